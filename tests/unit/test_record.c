/* A message as bytes and back; cut at every byte, and spoilt, it is refused and nothing worse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "mail/record.h"

static const char hash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* One of everything. */
static struct message *
sample(struct arena *arena)
{
	struct message *m = arena_alloc(arena, sizeof(*m));
	struct mail_address *address;
	struct mail_header *header;
	struct document *document;
	struct bounced *bounced;
	struct said *said;

	m->message_id = "id@example.org";
	m->in_reply_to = "before@example.org";
	strs_add(arena, &m->references, "root@example.org");
	m->thread_root = "";
	m->from.name = "Zoë";
	m->from.address = "zoe@example.org";
	m->sender.name = m->sender.address = "";
	address = arena_push(arena, m->to.v, m->to.n);
	address->name = "";
	address->address = "b@example.org";
	m->subject = "RE: x";
	m->subject_peeled = "x";
	m->marking = "OFFICIAL";
	m->date = INSTANT_NONE;
	m->received = 1791187134;
	header = arena_push(arena, m->headers, m->header_count);
	header->name = "Auto-Submitted";
	header->value = "no";
	m->notice = NOTICE_BOUNCE;
	bounced = arena_push(arena, m->bounced, m->bounced_count);
	bounced->address = "gone@example.org";
	bounced->status = "5.1.1";
	bounced->reason = "no such user";
	m->original_message_id = "ours@example.org";
	m->back_on = DAY_NONE;
	m->calendar_method = m->calendar_answer = "";
	m->new_text = "Due 1 May 2015\n";
	m->forwarded_text = m->quoted_text = "";
	m->forwarded_from.name = m->forwarded_from.address = "";
	document = arena_push(arena, m->documents, m->document_count);
	document->name = "a.pdf";
	document->type = "application/pdf";
	document->content_id = "";
	document->offset = 5;
	document->size = 7;
	memcpy(document->sha256, hash, 65);
	document->text = document->unreadable = "";
	said = arena_push(arena, m->said, m->said_count);
	said->kind = SAID_DATE;
	said->value = "2015-05-01";
	said->source = SOURCE_NEW_TEXT;
	said->start = 4;
	said->length = 10;
	strs_add(arena, &m->remarks, "Something was cut.");
	m->size = 4711;
	memcpy(m->fingerprint, hash, 65);
	return m;
}

static void
test_round_trip(void **state)
{
	struct arena *arena = arena_new();
	struct buf first = BUF_INIT, second = BUF_INIT;
	struct message *back;
	struct err err;

	(void)state;
	record_encode(sample(arena), &first);
	assert_int_equal(record_decode(arena, first.data, first.len, &back, &err), 0);
	assert_string_equal(back->from.name, "Zoë");
	assert_true(back->date == INSTANT_NONE);
	assert_true(back->back_on == DAY_NONE);
	assert_int_equal(back->said[0].length, 10);
	assert_string_equal(back->bounced[0].status, "5.1.1");
	record_encode(back, &second);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.data, second.data, first.len);
	buf_free(&first);
	buf_free(&second);
	arena_free(&arena);
}

/* A copy of exactly len bytes, so that reading past it is seen. */
static int
decode_copy(struct arena *arena, const char *data, size_t len)
{
	char *copy = malloc(len == 0 ? 1 : len);
	struct message *back;
	struct err err;
	int result;

	memcpy(copy, data, len);
	result = record_decode(arena, copy, len, &back, &err);
	if (result == -1)
		assert_int_equal(err.scope, ERR_MESSAGE);
	free(copy);
	return result;
}

static void
test_cut(void **state)
{
	struct arena *arena = arena_new();
	struct buf whole = BUF_INIT;
	size_t len;

	(void)state;
	record_encode(sample(arena), &whole);
	for (len = 0; len < whole.len; len++)
		if (decode_copy(arena, whole.data, len) != -1)
			fail_msg("cut to %zu of %zu bytes and still taken", len, whole.len);
	buf_add_char(&whole, 'x');
	assert_int_equal(decode_copy(arena, whole.data, whole.len), -1);
	buf_free(&whole);
	arena_free(&arena);
}

static void
test_spoilt(void **state)
{
	struct arena *arena = arena_new();
	struct buf whole = BUF_INIT;
	size_t at;

	(void)state;
	record_encode(sample(arena), &whole);
	for (at = 0; at < whole.len; at++) {
		char was = whole.data[at];

		whole.data[at] = (char)0xff;
		(void)decode_copy(arena, whole.data, whole.len);
		whole.data[at] = (char)(was + 1);
		(void)decode_copy(arena, whole.data, whole.len);
		whole.data[at] = was;
	}
	assert_int_equal(decode_copy(arena, whole.data, whole.len), 0);
	buf_free(&whole);
	arena_free(&arena);
}

/* Each of these makes the record lie in one way that only a careful reader sees. */
static void
spoil_span(struct message *m)
{
	m->said[0].length = 100;
}

static void
spoil_document(struct message *m)
{
	m->said[0].source = SOURCE_ATTACHMENT_NAME;
	m->said[0].document = 1;
}

static void
spoil_hash(struct message *m)
{
	m->fingerprint[0] = 'G';
}

static void
spoil_utf8(struct message *m)
{
	m->subject = "\xff";
}

static void
spoil_enum(struct message *m)
{
	m->said[0].kind = SAID_KIND_COUNT;
}

static void
test_lies(void **state)
{
	static const struct {
		const char	*name;
		void		(*spoil)(struct message *);
	} rows[] = {
		{ "span beyond its text", spoil_span }, { "document that is not there", spoil_document },
		{ "hash that is none", spoil_hash }, { "bad UTF-8", spoil_utf8 }, { "unknown kind", spoil_enum },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct message *m = sample(arena);
		struct buf out = BUF_INIT;

		rows[i].spoil(m);
		record_encode(m, &out);
		if (decode_copy(arena, out.data, out.len) != -1)
			fail_msg("%s: taken", rows[i].name);
		buf_free(&out);
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_spoilt),
		cmocka_unit_test(test_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
