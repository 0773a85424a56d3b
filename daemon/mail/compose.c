/*
 * From a decided letter to the bytes that will be sent.  Run by core; GMime
 * writes here and never parses.
 * Invariants: no line end in any header value; nobody twice among the
 * recipients; the same letter, date and secret give the same bytes; no line
 * longer than SMTP allows.
 * Fails: ERR_MESSAGE, the letter cannot be a mail; ERR_RETRY, the disk.
 */
#include <errno.h>
#include <string.h>

#include <gmime/gmime.h>

#include "base/file.h"
#include "base/step.h"
#include "mail/compose.h"
#include "mail/compose_parts.h"

#define HEADER_MAX	800	/* bytes of one value; a line may have 998 */
#define ID_MAX		250
#define REFERENCES_MAX	20

static void
unref(void *object)
{
	g_object_unref(object);
}

/* ---- What may stand in a header */

static bool
is_one_line(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static bool
is_address(const char *address)
{
	const char *at = strchr(address, '@'), *p;

	for (p = address; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f || strchr("<>()[]\\,;:\"", *p) != NULL)
			return false;
	return at != NULL && at != address && at[1] != '\0' && strchr(at + 1, '@') == NULL && p - address < 255;
}

static bool
is_message_id(const char *id)
{
	const char *p;

	for (p = id; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f || *p == '<' || *p == '>')
			return false;
	return strchr(id, '@') != NULL && p - id <= ID_MAX;
}

static int
check(const struct letter *letter, struct err *err)
{
	if (!is_address(letter->from))
		return err_set(err, ERR_MESSAGE, "the mailbox's own address cannot stand in a mail");
	if (!is_one_line(letter->subject) || strlen(letter->subject) > HEADER_MAX)
		return err_set(err, ERR_MESSAGE, "the subject has a line end in it or is too long");
	if (letter->pack != NULL && (!is_one_line(letter->pack->title) || strlen(letter->pack->title) > HEADER_MAX))
		return err_set(err, ERR_MESSAGE, "the pack's title has a line end in it or is too long");
	if (!is_message_id(letter->message_id))
		return err_set(err, ERR_MESSAGE, "the message-id made for a mail cannot stand in it");
	if (!is_one_line(letter->case_name) || strlen(letter->case_name) > HEADER_MAX)
		return err_set(err, ERR_MESSAGE, "the case's name has a line end in it or is too long");
	if (!is_one_line(letter->code))
		return err_set(err, ERR_MESSAGE, "the question's code has a line end in it");
	if (letter->mail->to.n == 0)
		return err_set(err, ERR_MESSAGE, "the mail has no recipient");
	return 0;
}

/* ---- Headers */

static int
add_recipients(struct arena *arena, GMimeMessage *message, GMimeAddressType type, const struct strs *addresses,
    struct strs *seen, struct err *err)
{
	size_t i, before;

	for (i = 0; i < addresses->n; i++) {
		if (!is_address(addresses->v[i]))
			return err_set(err, ERR_MESSAGE, "a recipient's address cannot stand in a mail");
		before = seen->n;
		strs_add_new(arena, seen, addresses->v[i]);
		if (seen->n > before)
			g_mime_message_add_mailbox(message, type, NULL, addresses->v[i]);
	}
	return 0;
}

static void
add_header(GMimeMessage *message, const char *name, const char *value)
{
	g_mime_object_append_header((GMimeObject *)message, name, value, "utf-8");
}

/* Ids come from strangers' mails: one that is none is left out, a line end is refused. */
static int
add_id(struct arena *arena, struct strs *ids, const char *id, struct err *err)
{
	if (!is_one_line(id))
		return err_set(err, ERR_MESSAGE, "a message-id to refer to has a line end in it");
	if (is_message_id(id))
		strs_add_new(arena, ids, arena_printf(arena, "<%s>", id));
	return 0;
}

static int
add_threading(struct arena *arena, GMimeMessage *message, const struct letter *letter, struct err *err)
{
	struct strs answered = { NULL, 0 }, all = { NULL, 0 };
	size_t i;

	if (letter->in_reply_to != NULL && letter->in_reply_to[0] != '\0' &&
	    add_id(arena, &answered, letter->in_reply_to, err) == -1)
		return -1;
	for (i = 0; i < letter->references.n; i++) {
		/* The first keeps a conversation together, the last say where in it. */
		if (i > 0 && letter->references.n - i >= REFERENCES_MAX)
			continue;
		if (add_id(arena, &all, letter->references.v[i], err) == -1)
			return -1;
	}
	if (answered.n > 0)
		add_header(message, "In-Reply-To", answered.v[0]);
	if (all.n > 0)
		add_header(message, "References", strs_join(arena, &all, " "));
	return 0;
}

void
compose_loop_mark(const char *secret, const char *address, char hex_r[17])
{
	struct arena *arena = arena_new();

	hmac_hex(secret, strlen(secret), str_lower(arena, address), hex_r);
	arena_free(&arena);
}

void
compose_proof(const char *secret, const char *address, const char *message_id, char hex_r[17])
{
	struct arena *arena = arena_new();

	hmac_hex(secret, strlen(secret), arena_printf(arena, "proof %s %s", str_lower(arena, address), message_id), hex_r);
	arena_free(&arena);
}

static void
add_machine_headers(GMimeMessage *message, const struct letter *letter, const char *secret)
{
	char mark[17], proof[17];

	compose_loop_mark(secret, letter->from, mark);
	compose_proof(secret, letter->from, letter->message_id, proof);
	add_header(message, "Auto-Submitted", "auto-generated");
	/* Receipts are noise; bounces and absences are what we must hear of. */
	add_header(message, "X-Auto-Response-Suppress", "DR, RN, NRN");
	add_header(message, COMPOSE_LOOP_HEADER, mark);
	add_header(message, COMPOSE_ID_HEADER, letter->message_id);
	add_header(message, COMPOSE_PROOF_HEADER, proof);
	if (letter->case_name[0] != '\0')
		add_header(message, "X-Adviced-Case", letter->case_name);
	if (letter->mail->urgent)
		add_header(message, "Importance", "high");
}

/* In London's time, as the reader's day has it. */
static void
set_date(GMimeMessage *message, instant date)
{
	int64_t local = ((int64_t)instant_date(date) * 1440 + instant_minute(date)) * 60;
	int offset = (int)((local - (date - date % 60)) / 60) * 60;
	GTimeZone *zone = g_time_zone_new_offset(offset);
	GDateTime *utc = g_date_time_new_from_unix_utc(date), *there = g_date_time_to_timezone(utc, zone);

	g_mime_message_set_date(message, there);
	g_date_time_unref(there);
	g_date_time_unref(utc);
	g_time_zone_unref(zone);
}

static int
add_headers(struct arena *arena, GMimeMessage *message, const struct letter *letter, instant date,
    const char *secret, struct err *err)
{
	struct strs seen = { NULL, 0 };

	g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM,
	    letter->pack != NULL ? letter->pack->title : NULL, letter->from);
	if (add_recipients(arena, message, GMIME_ADDRESS_TYPE_TO, &letter->mail->to, &seen, err) == -1 ||
	    add_recipients(arena, message, GMIME_ADDRESS_TYPE_CC, &letter->mail->cc, &seen, err) == -1)
		return -1;
	g_mime_message_set_subject(message, letter->subject, "utf-8");
	set_date(message, date);
	g_mime_message_set_message_id(message, letter->message_id);
	if (add_threading(arena, message, letter, err) == -1)
		return -1;
	add_machine_headers(message, letter, secret);
	return 0;
}

/* ---- Body */

/* Unguessable from the text, and the same every time. */
static void
set_boundary(GMimeMultipart *multipart, const struct letter *letter, const char *secret, const char *what)
{
	char text[ID_MAX + 32], hex[17], boundary[32];

	snprintf(text, sizeof(text), "boundary %s %s", what, letter->message_id);
	hmac_hex(secret, strlen(secret), text, hex);
	snprintf(boundary, sizeof(boundary), "=_%s", hex);
	g_mime_multipart_set_boundary(multipart, boundary);
}

static void
add_text(GMimeMultipart *alternative, const char *subtype, const char *text)
{
	GMimeTextPart *part = g_mime_text_part_new_with_subtype(subtype);

	g_mime_text_part_set_charset(part, "utf-8");
	g_mime_text_part_set_text(part, text);
	g_mime_part_set_content_encoding((GMimePart *)part, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	g_mime_multipart_add(alternative, (GMimeObject *)part);
	g_object_unref(part);
}

static int
add_body(struct arena *arena, GMimeMessage *message, const struct letter *letter, const struct compose_files *files,
    const char *secret, struct err *err)
{
	GMimeMultipart *alternative = g_mime_multipart_new_with_subtype("alternative"), *mixed;

	arena_on_free(arena, unref, alternative);
	set_boundary(alternative, letter, secret, "alternative");
	add_text(alternative, "plain", compose_text_part(arena, letter));
	add_text(alternative, "html", compose_html_part(arena, letter));
	if (!compose_has_attachments(letter)) {
		g_mime_message_set_mime_part(message, (GMimeObject *)alternative);
		return 0;
	}
	mixed = g_mime_multipart_new_with_subtype("mixed");
	arena_on_free(arena, unref, mixed);
	set_boundary(mixed, letter, secret, "mixed");
	g_mime_multipart_add(mixed, (GMimeObject *)alternative);
	g_mime_message_set_mime_part(message, (GMimeObject *)mixed);
	return compose_attach(arena, letter, files, mixed, err);
}

/* ---- Writing */

static int
write_out(struct arena *arena, GMimeMessage *message, int out_fd, struct err *err)
{
	GMimeFormatOptions *options = g_mime_format_options_new();
	GMimeStream *file = g_mime_stream_pipe_new(out_fd);	/* GMime's other stream calls fsync at each flush */
	GMimeStream *stream = g_mime_stream_buffer_new(file, GMIME_STREAM_BUFFER_BLOCK_WRITE);
	int rc = 0;

	arena_on_free(arena, unref, file);
	g_mime_stream_pipe_set_owner((GMimeStreamPipe *)file, FALSE);
	g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
	if (step("compose.write") == -1 || g_mime_object_write_to_stream((GMimeObject *)message, options, stream) == -1 ||
	    g_mime_stream_flush(stream) == -1)
		rc = err_errno(err, ERR_RETRY, "writing a mail to the spool");
	g_object_unref(stream);
	g_mime_format_options_free(options);
	return rc;
}

int
compose(const struct letter *letter, const struct compose_files *files, instant date, const char *secret,
    int out_fd, struct err *err)
{
	struct arena *arena;
	GMimeMessage *message;
	int rc = -1;

	if (check(letter, err) == -1)
		return -1;
	g_mime_init();
	arena = arena_new();
	message = g_mime_message_new(FALSE);
	arena_on_free(arena, unref, message);
	if (add_headers(arena, message, letter, date, secret, err) == 0 &&
	    add_body(arena, message, letter, files, secret, err) == 0)
		rc = write_out(arena, message, out_fd, err);
	arena_free(&arena);
	return rc;
}
