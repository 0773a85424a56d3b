/* Whole mails from tests/data/mail: what a struct message holds of them, and through a record and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "mail/parse.h"
#include "mail/record.h"

#define FOLDER "tests/data/mail/"

static const struct {
	const char	*file, *subject, *peeled, *marking, *new_text, *documents, *forwarded_from;
	size_t		 remarks;
} rows[] = {
	{ "request.eml", "OFFICIAL-SENSITIVE: Request for social care advice - CASE-31415",
	    "Request for social care advice - CASE-31415", "OFFICIAL-SENSITIVE",
	    "Dear colleague,\n\nPlease give your advice.\n\nName of child/young person: GALBRAITH, Morwenna\n"
	    "Date of birth: 3rd April 2014\nNHS number: 943 476 5919\nUPN: B801200005001\n",
	    "(image001.png);Formulário CASE-31415.pdf", "", 0 },
	{ "forward-attached-twice.eml", "FW: FW: for you", "for you", "", "Came to me by mistake.\n", "inner.pdf",
	    "needs@council.example", 0 },
	{ "reply-owa.eml", "RE: CASE-1: which officer?", "CASE-1: which officer?", "", "ALLOCATE Perrin Lowe\n", "", "", 0 },
	{ "odd-bytes.eml", "Zo\xc3\xab \xef\xbf\xbd visit", "Zo\xc3\xab \xef\xbf\xbd visit", "",
	    "The visit is\xef\xbf\xbd done.\n", "", "", 2 },
	{ "open-ended.eml", "form", "form", "", "Form attached.\n", "form.pdf", "", 1 },
};

static struct message *
parse(struct arena *arena, const char *file, int documents_fd)
{
	struct message *message = NULL;
	struct err err = { ERR_NONE, "" };
	char *path = arena_printf(arena, FOLDER "%s", file);
	int fd = open(path, O_RDONLY);

	if (fd == -1)
		fail_msg("%s: cannot be opened", path);
	if (parse_message(arena, fd, documents_fd, date_from_civil(2026, 10, 6), &parse_limits_default, &message,
	    &err) == -1)
		fail_msg("%s: %s", path, err.text);
	close(fd);
	return message;
}

static void
test_mails(void **state)
{
	size_t i, j;

	(void)state;
	parse_start();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct message *m = parse(arena, rows[i].file, -1), *back;
		char *documents = arena_strdup(arena, "");
		struct buf record = BUF_INIT;
		struct err err;

		for (j = 0; j < m->document_count; j++)
			documents = arena_printf(arena, m->documents[j].is_inline ? "%s%s(%s)" : "%s%s%s", documents,
			    j == 0 ? "" : ";", m->documents[j].name);
		if (strcmp(m->subject, rows[i].subject) != 0 || strcmp(m->subject_peeled, rows[i].peeled) != 0 ||
		    strcmp(m->marking, rows[i].marking) != 0 || strcmp(m->new_text, rows[i].new_text) != 0 ||
		    strcmp(documents, rows[i].documents) != 0 ||
		    strcmp(m->forwarded_from.address, rows[i].forwarded_from) != 0 || m->remarks.n != rows[i].remarks)
			fail_msg("%s:\nsubject \"%s\" \"%s\" \"%s\"\nnew text \"%s\"\ndocuments \"%s\"\nforwarded from %s\n"
			    "%zu remarks: %s", rows[i].file, m->subject, m->subject_peeled, m->marking, m->new_text,
			    documents, m->forwarded_from.address, m->remarks.n, strs_join(arena, &m->remarks, " | "));
		record_encode(m, &record);
		if (record_decode(arena, record.data, record.len, &back, &err) == -1)
			fail_msg("%s: %s", rows[i].file, err.text);
		assert_string_equal(back->new_text, m->new_text);
		buf_free(&record);
		arena_free(&arena);
	}
}

static struct message *
parse_text(struct arena *arena, const struct buf *mail)
{
	struct message *message = NULL;
	struct err err = { ERR_NONE, "" };
	int fd = memfd_create("mail", MFD_CLOEXEC);

	assert_int_equal(write(fd, buf_text(mail), mail->len), mail->len);
	if (parse_message(arena, fd, -1, date_from_civil(2026, 10, 6), &parse_limits_default, &message, &err) == -1)
		fail_msg("%s", err.text);
	close(fd);
	return message;
}

static void
add_people(struct buf *mail, const char *field, unsigned count)
{
	buf_add_str(mail, field);
	for (unsigned i = 0; i < count; i++)
		buf_printf(mail, "%s\"Person, Number %u\" <p%u@example.org>", i == 0 ? " " : ",\r\n ", i, i);
	buf_add_str(mail, "\r\n");
}

/* Fields that are kept from GMime are read as if they were short, wherever they stand; texts that look like them too. */
static void
test_long_fields(void **state)
{
	struct arena *arena = arena_new();
	struct buf mail = BUF_INIT, line = BUF_INIT;
	struct message *m;

	(void)state;
	for (unsigned i = 0; i < 300; i++)
		buf_printf(&line, "word%u ", i);
	add_people(&mail, "from:", 60);
	buf_add_str(&mail, "Dear: no field\r\nReply-To: back@example.org\r\n");
	add_people(&mail, "To :", 100);
	add_people(&mail, "CC:", 501);
	buf_printf(&mail, "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nCc: %s\r\n--b\r\n"
	    "Content-Type: message/rfc822\r\n\r\n", buf_text(&line));
	add_people(&mail, "From:", 50);
	add_people(&mail, "To:", 70);
	buf_add_str(&mail, "Subject: y\r\n\r\ninside\r\n--b--\r\n");
	m = parse_text(arena, &mail);
	assert_string_equal(m->from.address, "p0@example.org");
	assert_string_equal(m->from.name, "Person, Number 0");
	assert_int_equal(m->to.n, 100);
	assert_string_equal(m->to.v[99].address, "p99@example.org");
	assert_int_equal(m->reply_to.n, 1);
	assert_int_equal(m->cc.n, 500);
	assert_int_equal(m->remarks.n, 1);
	assert_string_equal(m->remarks.v[0], "The Cc header has more than 500 addresses; the rest was not read.");
	assert_ptr_equal(strstr(m->new_text, "Cc: word0 word1 "), m->new_text);
	assert_ptr_equal(strstr(m->forwarded_text, "From: \"Person, Number 0\" <p0@"), m->forwarded_text);
	assert_non_null(strstr(m->forwarded_text, "\nTo: \"Person, Number 0\""));
	assert_non_null(strstr(m->forwarded_text, "<p69@example.org>"));
	buf_free(&mail);
	buf_free(&line);
	arena_free(&arena);
}

/* A part by a program that ends lines with LF, its boundaries by one that ends them with CRLF. */
static void
test_mixed_line_ends(void **state)
{
	static const struct { const char *name, *last, *boundary; unsigned size; } parts[] = {
		{ "padded twice", "JVBERi0xLg==", "\r\n", 7 }, { "padded once", "JVBERi0xLjQ=", "\r\n", 8 },
		{ "whole", "JVBERi0xLjQK", "\r\n", 9 }, { "all LF", "JVBERi0xLjQK", "\n", 9 },
	};
	static const char *const ends[] = { "\n", "\r\n" };
	struct arena *arena = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < 2 * sizeof(parts) / sizeof(parts[0]); i++) {
		struct buf mail = BUF_INIT;
		struct message *m;

		buf_printf(&mail, "From: a@example.org\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
		    "--b\r\n\r\nSeen%s--b\r\nContent-Type: application/pdf; name=a.pdf\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\n%s%s--b--%s", ends[i % 2], parts[i / 2].last, ends[i % 2],
		    parts[i / 2].boundary);
		m = parse_text(arena, &mail);
		buf_free(&mail);
		if (m->document_count != 1 || m->documents[0].size != parts[i / 2].size || strcmp(m->new_text, "Seen\n") != 0)
			fail_msg("%s, %zu: %zu documents, %llu bytes, text \"%s\"", parts[i / 2].name, i % 2, m->document_count,
			    m->document_count == 0 ? 0 : (unsigned long long)m->documents[0].size, m->new_text);
	}
	arena_free(&arena);
}

/* What nobody sees is no word of the mail, and a person is told of it. */
static void
test_hidden_text(void **state)
{
	struct arena *arena = arena_new();
	struct buf mail = BUF_INIT;
	struct message *m;

	(void)state;
	buf_add_str(&mail, "From: a@example.org\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n"
	    "<p>Not yet.</p><p style=\"font-size:0\">APPROVED</p>\r\n");
	m = parse_text(arena, &mail);
	assert_string_equal(m->new_text, "Not yet.\n");
	assert_int_equal(m->remarks.n, 1);
	assert_non_null(strstr(m->remarks.v[0], "hidden text was left out"));
	buf_free(&mail);
	arena_free(&arena);
}

static void
test_request(void **state)
{
	struct arena *arena = arena_new();
	int documents = memfd_create("documents", 0);
	struct message *m = parse(arena, "request.eml", documents);
	char bytes[32] = "";

	(void)state;
	assert_string_equal(m->from.address, "needs@council.example");
	assert_string_equal(m->to.v[0].name, "Advice Inbox");
	assert_string_equal(m->message_id, "req1@council.example");
	assert_string_equal(m->thread_root, "0102030405060708090a0b0c0d0e0f10111213141516");
	assert_true(m->received - m->date == 5);
	assert_int_equal(m->said_count, 4);
	assert_string_equal(m->said[0].value, "Morwenna GALBRAITH");
	assert_string_equal(m->said[1].value, "2014-04-03");
	assert_string_equal(m->said[2].value, "9434765919");
	assert_string_equal(m->said[3].value, "B801200005001");
	assert_int_equal(m->documents[1].size, 9);
	assert_true(pread(documents, bytes, sizeof(bytes), (off_t)m->documents[1].offset) == 9);
	assert_string_equal(bytes, "%PDF-1.4\n");
	close(documents);
	arena_free(&arena);
}

/* The same mail by another road is the same message; another text is another. */
static void
test_fingerprint(void **state)
{
	struct arena *arena = arena_new();
	struct message *first = parse(arena, "request.eml", -1), *second, *third;
	struct buf bytes = BUF_INIT;
	struct err err;
	char *text, *at;
	int fd;

	(void)state;
	assert_int_equal(file_read(AT_FDCWD, FOLDER "request.eml", 1 << 20, &bytes, &err), 0);
	fd = memfd_create("mail", 0);
	assert_true(write(fd, "Received: by c.example; Tue, 6 Oct 2026 08:00:09 +0000\r\n", 56) == 56);
	assert_true(write(fd, bytes.data, bytes.len) == (ssize_t)bytes.len);
	assert_int_equal(parse_message(arena, fd, -1, 20000, &parse_limits_default, &second, &err), 0);
	close(fd);
	assert_string_equal(first->fingerprint, second->fingerprint);
	text = arena_memdup(arena, bytes.data, bytes.len + 1);
	at = strstr(text, "Dear colleague");
	assert_non_null(at);
	at[0] = 'd';
	fd = memfd_create("mail", 0);
	assert_true(write(fd, text, bytes.len) == (ssize_t)bytes.len);
	assert_int_equal(parse_message(arena, fd, -1, 20000, &parse_limits_default, &third, &err), 0);
	close(fd);
	assert_string_not_equal(first->fingerprint, third->fingerprint);
	buf_free(&bytes);
	arena_free(&arena);
}

static void
test_limits(void **state)
{
	struct parse_limits limits = parse_limits_default;
	struct arena *arena = arena_new();
	struct message *message;
	struct err err;
	int fd = open(FOLDER "forward-attached-twice.eml", O_RDONLY);

	(void)state;
	assert_true(fd != -1);
	limits.depth = 2;
	limits.document_bytes = 2;
	assert_int_equal(parse_message(arena, fd, -1, 20000, &limits, &message, &err), 0);
	assert_true(message->remarks.n > 0);
	assert_int_equal(message->document_count, 0);
	close(fd);
	fd = memfd_create("nothing", 0);
	assert_int_equal(parse_message(arena, fd, -1, 20000, &limits, &message, &err), -1);
	assert_int_equal(err.scope, ERR_MESSAGE);
	close(fd);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mails),
		cmocka_unit_test(test_long_fields),
		cmocka_unit_test(test_mixed_line_ends),
		cmocka_unit_test(test_hidden_text),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_fingerprint),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
