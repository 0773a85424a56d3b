/*
 * A struct message as bytes and back: see record.h.  Encoding runs in the
 * parse child, decoding in core and advicectl; pure.
 * Layout: the four bytes "ADV1", then every field of struct message in its
 * order; texts and lists are a u32 count and their content, numbers are
 * big-endian, texts are without NUL and valid UTF-8.
 * Fails: ERR_MESSAGE; a record that is short, long, or holds a value that
 * cannot be is refused whole.
 */
#include <string.h>

#include "base/str.h"
#include "mail/record.h"

#define MAGIC		"ADV1"
#define LIST_MAX	100000u

/* --- writing ----------------------------------------------------------- */

static void
put_number(struct buf *out, uint64_t value, int bytes)
{
	char raw[8];
	int i;

	for (i = 0; i < bytes; i++)
		raw[i] = (char)(value >> (8 * (bytes - 1 - i)) & 0xff);
	buf_add(out, raw, (size_t)bytes);
}

static void
put_text(struct buf *out, const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text);

	put_number(out, len, 4);
	buf_add(out, text == NULL ? "" : text, len);
}

static void
put_strs(struct buf *out, const struct strs *list)
{
	size_t i;

	put_number(out, list->n, 4);
	for (i = 0; i < list->n; i++)
		put_text(out, list->v[i]);
}

static void
put_address(struct buf *out, const struct mail_address *address)
{
	put_text(out, address->name);
	put_text(out, address->address);
}

static void
put_addresses(struct buf *out, const struct mail_addresses *list)
{
	size_t i;

	put_number(out, list->n, 4);
	for (i = 0; i < list->n; i++)
		put_address(out, &list->v[i]);
}

static void
put_document(struct buf *out, const struct document *document)
{
	put_text(out, document->name);
	put_text(out, document->type);
	put_text(out, document->content_id);
	put_number(out, document->is_inline, 1);
	put_number(out, document->offset, 8);
	put_number(out, document->size, 8);
	put_text(out, document->sha256);
	put_text(out, document->text);
	put_text(out, document->unreadable);
}

static void
put_said(struct buf *out, const struct said *said)
{
	put_number(out, said->kind, 1);
	put_text(out, said->value);
	put_number(out, said->source, 1);
	put_number(out, said->document, 4);
	put_number(out, said->start, 4);
	put_number(out, said->length, 4);
}

static void
put_notice(struct buf *out, const struct message *message)
{
	size_t i;

	put_number(out, message->notice, 1);
	put_number(out, message->bounced_count, 4);
	for (i = 0; i < message->bounced_count; i++) {
		put_text(out, message->bounced[i].address);
		put_text(out, message->bounced[i].status);
		put_text(out, message->bounced[i].reason);
	}
	put_text(out, message->original_message_id);
	put_number(out, (uint32_t)message->back_on, 4);
	put_text(out, message->calendar_method);
	put_text(out, message->calendar_answer);
}

void
record_encode(const struct message *message, struct buf *out)
{
	size_t i;

	buf_add(out, MAGIC, 4);
	put_text(out, message->message_id);
	put_text(out, message->in_reply_to);
	put_strs(out, &message->references);
	put_text(out, message->thread_root);
	put_address(out, &message->from);
	put_address(out, &message->sender);
	put_addresses(out, &message->reply_to);
	put_addresses(out, &message->to);
	put_addresses(out, &message->cc);
	put_text(out, message->subject);
	put_text(out, message->subject_peeled);
	put_text(out, message->marking);
	put_number(out, (uint64_t)message->date, 8);
	put_number(out, (uint64_t)message->received, 8);
	put_number(out, message->header_count, 4);
	for (i = 0; i < message->header_count; i++) {
		put_text(out, message->headers[i].name);
		put_text(out, message->headers[i].value);
	}
	put_notice(out, message);
	put_text(out, message->new_text);
	put_text(out, message->forwarded_text);
	put_text(out, message->quoted_text);
	put_address(out, &message->forwarded_from);
	put_number(out, message->document_count, 4);
	for (i = 0; i < message->document_count; i++)
		put_document(out, &message->documents[i]);
	put_number(out, message->said_count, 4);
	for (i = 0; i < message->said_count; i++)
		put_said(out, &message->said[i]);
	put_strs(out, &message->remarks);
	put_number(out, message->size, 8);
	put_text(out, message->fingerprint);
}

/* --- reading ----------------------------------------------------------- */

struct source {
	struct arena		*arena;
	const unsigned char	*at;
	size_t			 left;
	bool			 bad;
};

static uint64_t
get_number(struct source *source, int bytes)
{
	uint64_t value = 0;

	if (source->bad || source->left < (size_t)bytes) {
		source->bad = true;
		return 0;
	}
	for (; bytes > 0; bytes--, source->at++, source->left--)
		value = value << 8 | *source->at;
	return value;
}

/* A number below limit. */
static unsigned
get_small(struct source *source, unsigned limit)
{
	uint64_t value = get_number(source, 1);

	if (value >= limit) {
		source->bad = true;
		return 0;
	}
	return (unsigned)value;
}

static char *
get_text(struct source *source)
{
	size_t len = (size_t)get_number(source, 4);
	char *text;

	if (source->bad || len > source->left) {
		source->bad = true;
		return arena_strdup(source->arena, "");
	}
	text = arena_strndup(source->arena, (const char *)source->at, len);
	if (strlen(text) != len || strcmp(str_utf8(source->arena, text, len), text) != 0)
		source->bad = true;
	source->at += len;
	source->left -= len;
	return text;
}

/* How many items follow; each takes at least least bytes, so a lying count is found before any memory is. */
static size_t
get_count(struct source *source, size_t least)
{
	size_t n = (size_t)get_number(source, 4);

	if (n > LIST_MAX || n * least > source->left)
		source->bad = true;
	return source->bad ? 0 : n;
}

static void
get_strs(struct source *source, struct strs *list)
{
	size_t n = get_count(source, 4);

	for (; n > 0 && !source->bad; n--)
		strs_add(source->arena, list, get_text(source));
}

static void
get_address(struct source *source, struct mail_address *address)
{
	address->name = get_text(source);
	address->address = get_text(source);
}

static void
get_addresses(struct source *source, struct mail_addresses *list)
{
	size_t n = get_count(source, 8);

	for (; n > 0 && !source->bad; n--)
		get_address(source, arena_push(source->arena, list->v, list->n));
}

/* 64 hex digits. */
static void
get_hash(struct source *source, char hash_r[65])
{
	const char *text = get_text(source);

	if (strlen(text) != 64 || strspn(text, "0123456789abcdef") != 64) {
		source->bad = true;
		return;
	}
	memcpy(hash_r, text, 65);
}

static void
get_document(struct source *source, struct document *document)
{
	document->name = get_text(source);
	document->type = get_text(source);
	document->content_id = get_text(source);
	document->is_inline = get_small(source, 2) == 1;
	document->offset = get_number(source, 8);
	document->size = get_number(source, 8);
	if (document->offset > INT64_MAX / 2 || document->size > INT64_MAX / 2)
		source->bad = true;
	get_hash(source, document->sha256);
	document->text = get_text(source);
	document->unreadable = get_text(source);
}

static void
get_notice(struct source *source, struct message *message)
{
	size_t n;

	message->notice = (enum notice)get_small(source, NOTICE_STUB + 1);
	for (n = get_count(source, 12); n > 0 && !source->bad; n--) {
		struct bounced *one = arena_push(source->arena, message->bounced, message->bounced_count);

		one->address = get_text(source);
		one->status = get_text(source);
		one->reason = get_text(source);
	}
	message->original_message_id = get_text(source);
	message->back_on = (dayno)(uint32_t)get_number(source, 4);
	message->calendar_method = get_text(source);
	message->calendar_answer = get_text(source);
}

/* A span must lie within the text it was found in, and its document must exist. */
static void
get_said(struct source *source, const struct message *message, struct said *said)
{
	size_t len;

	said->kind = (enum said_kind)get_small(source, SAID_KIND_COUNT);
	said->value = get_text(source);
	said->source = (enum text_source)get_small(source, SOURCE_COUNT);
	said->document = (uint32_t)get_number(source, 4);
	said->start = (uint32_t)get_number(source, 4);
	said->length = (uint32_t)get_number(source, 4);
	if (source->bad)
		return;
	if ((said->source == SOURCE_ATTACHMENT_NAME || said->source == SOURCE_ATTACHMENT_TEXT) ?
	    said->document >= message->document_count : said->document != 0) {
		source->bad = true;
		return;
	}
	len = strlen(message_text(message, said->source, said->document));
	if (said->start > len || said->length > len - said->start)
		source->bad = true;
}

static void
get_message(struct source *source, struct message *message)
{
	size_t n;

	message->message_id = get_text(source);
	message->in_reply_to = get_text(source);
	get_strs(source, &message->references);
	message->thread_root = get_text(source);
	get_address(source, &message->from);
	get_address(source, &message->sender);
	get_addresses(source, &message->reply_to);
	get_addresses(source, &message->to);
	get_addresses(source, &message->cc);
	message->subject = get_text(source);
	message->subject_peeled = get_text(source);
	message->marking = get_text(source);
	message->date = (instant)get_number(source, 8);
	message->received = (instant)get_number(source, 8);
	for (n = get_count(source, 8); n > 0 && !source->bad; n--) {
		struct mail_header *header = arena_push(source->arena, message->headers, message->header_count);

		header->name = get_text(source);
		header->value = get_text(source);
	}
	get_notice(source, message);
	message->new_text = get_text(source);
	message->forwarded_text = get_text(source);
	message->quoted_text = get_text(source);
	get_address(source, &message->forwarded_from);
	for (n = get_count(source, 96); n > 0 && !source->bad; n--)
		get_document(source, arena_push(source->arena, message->documents, message->document_count));
	for (n = get_count(source, 18); n > 0 && !source->bad; n--)
		get_said(source, message, arena_push(source->arena, message->said, message->said_count));
	get_strs(source, &message->remarks);
	message->size = get_number(source, 8);
	get_hash(source, message->fingerprint);
}

int
record_decode(struct arena *arena, const void *data, size_t len, struct message **message_r, struct err *err)
{
	struct source source = { arena, data, len, false };
	struct message *message = arena_alloc(arena, sizeof(*message));

	if (len > RECORD_MAX)
		return err_set(err, ERR_MESSAGE, "mail: the record is %zu bytes long, more than %u", len, RECORD_MAX);
	if (len < 4 || memcmp(data, MAGIC, 4) != 0)
		return err_set(err, ERR_MESSAGE, "mail: the record does not begin as one");
	source.at += 4;
	source.left -= 4;
	get_message(&source, message);
	if (source.bad || source.left != 0)
		return err_set(err, ERR_MESSAGE, "mail: the record is damaged at byte %zu of %zu",
		    len - source.left, len);
	*message_r = message;
	return 0;
}
