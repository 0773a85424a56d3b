/*
 * Parts that are files: decoded once, onto the descriptor that core gave,
 * with name, size, hash, and their text or why there is none.  Runs in
 * adviced-parse only.
 * Invariant: offset and size of a document say what really stands in the
 * documents file; its name is no path.
 * Fails: never; a file that was cut or damaged is a remark.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/step.h"
#include "base/str.h"
#include "mail/charset.h"
#include "mail/document.h"
#include "mail/headers.h"
#include "mail/mime.h"
#include "mail/parse_rest.h"
#include "mail/tnef.h"

#define TEXTS_MOST	(768u << 10)	/* of all documents together: a record must hold them */

/* Onto the documents file; false when the disk did not take it. */
static bool
write_out(struct reading *reading, const char *bytes, size_t len)
{
	uint64_t at = reading->documents_end;

	while (reading->documents_fd != -1 && len > 0) {
		ssize_t done = step("parse.document") == -1 ? -1 : pwrite(reading->documents_fd, bytes, len, (off_t)at);

		if (done == -1 && errno == EINTR)
			continue;
		if (done <= 0) {
			reading->no_room |= done == -1 && (errno == ENOSPC || errno == EDQUOT || errno == EIO);
			return false;
		}
		bytes += done;
		len -= (size_t)done;
		at += (uint64_t)done;
	}
	return true;
}

/* Keep what may be looked into later: the beginning always, the rest only of what can be read. */
static void
gather(struct document_sink *sink, const char *bytes, size_t len)
{
	const struct parse_limits *limits = sink->reading->limits;
	const struct document *document = sink->document;
	size_t head = sink->bytes.len < DOCUMENT_HEAD ? DOCUMENT_HEAD - sink->bytes.len : 0;

	if (sink->gathered)
		return;
	if (head > 0) {
		head = len < head ? len : head;
		buf_add(&sink->bytes, bytes, head);
		if (sink->bytes.len < DOCUMENT_HEAD)
			return;
		sink->gathered = document->is_inline || limits->shut || !document_is_readable(sink->bytes.data,
		    sink->bytes.len, document->type, document->name);
		if (sink->gathered)
			return;
		bytes += head;
		len -= head;
	}
	if (len > 0 && sink->bytes.len + len > limits->look_bytes) {
		sink->gathered = sink->too_large = true;
		return;
	}
	buf_add(&sink->bytes, bytes, len);
}

void
take_document(void *ctx, const char *bytes, size_t len)
{
	struct document_sink *sink = ctx;
	struct reading *reading = sink->reading;
	uint64_t room = reading->limits->document_bytes - reading->documents_end;

	if (parse_rest_missed())
		return;
	if (len > room) {
		sink->cut = true;
		len = (size_t)room;
	}
	gather(sink, bytes, len);
	g_checksum_update(sink->sum, (const guchar *)bytes, (gssize)len);
	if (sink->failed || !write_out(reading, bytes, len)) {
		sink->failed = true;
		return;
	}
	reading->documents_end += len;
	sink->document->size += len;
}

/* A file name without folders and control characters, at most 200 bytes. */
static char *
clean_name(struct arena *arena, const char *name)
{
	const char *s, *base = name;
	char *out, *c;
	size_t len;

	for (s = name; *s != '\0'; s++)
		if ((*s == '/' || *s == '\\') && s[1] != '\0')
			base = s + 1;
	out = arena_strdup(arena, base);
	for (c = out; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '/' || *c == '\\')
			*c = ' ';
	out = str_squeeze(arena, out);
	len = strlen(out);
	while (len > 200 || (len > 0 && len < strlen(out) && ((unsigned char)out[len] & 0xc0) == 0x80))
		len--;
	out[len] = '\0';
	return out;
}

/* The name a part gives itself, or NULL: Content-Disposition first, then Content-Type. */
char *
part_name(struct reading *reading, GMimeObject *object)
{
	struct strs *remarks = &reading->message->remarks;
	char *name = header_param(reading->arena, part_header(object, "Content-Disposition"), "filename", remarks);

	if (name == NULL || *name == '\0')
		name = header_param(reading->arena, part_header(object, "Content-Type"), "name", remarks);
	if (name == NULL)
		return NULL;
	name = clean_name(reading->arena, name);
	return *name == '\0' ? NULL : name;
}

bool
part_has_disposition(GMimeObject *object, const char *wanted)
{
	const char *raw = part_header(object, "Content-Disposition");

	if (raw == NULL)
		return false;
	raw += strspn(raw, " \t\r\n");
	return strncasecmp(raw, wanted, strlen(wanted)) == 0;
}

/* "image001.png", "Outlook-abc.jpg": what mail programs call the pictures of a signature. */
static bool
is_picture_name(const char *name)
{
	size_t digits;

	if (strncasecmp(name, "outlook-", 8) == 0 || strncasecmp(name, "oledata.mso", 11) == 0)
		return true;
	if (strncasecmp(name, "image", 5) != 0)
		return false;
	digits = strspn(name + 5, "0123456789");
	return digits >= 3 && digits <= 4 && name[5 + digits] == '.';
}

static const char *
default_name(struct reading *reading, const char *type)
{
	static const struct { const char *type, *ending; } endings[] = {
		{ "application/pdf", "pdf" }, { "text/plain", "txt" }, { "text/html", "html" },
		{ "image/jpeg", "jpg" }, { "image/png", "png" }, { "image/gif", "gif" },
		{ "application/zip", "zip" }, { "text/calendar", "ics" }, { "application/msword", "doc" },
		{ "application/rtf", "rtf" }, { "text/csv", "csv" },
		{ "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx" },
	};
	const char *ending = "bin";
	size_t i;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcmp(type, endings[i].type) == 0)
			ending = endings[i].ending;
	return arena_printf(reading->arena, "part-%u.%s", reading->parts, ending);
}

/* Its text, or why it has none. */
static void
look_into(struct document_sink *sink)
{
	struct reading *reading = sink->reading;
	const struct parse_limits *limits = reading->limits;
	struct document *document = sink->document;
	struct document_file file = { .bytes = buf_text(&sink->bytes), .len = sink->bytes.len, .type = document->type,
		.name = document->name, .charset = sink->charset, .room = TEXTS_MOST - reading->document_text };
	struct document_text text;

	if (reading->documents_until_ms == 0)
		reading->documents_until_ms = clock_real_ms() + limits->documents_ms;
	file.until_ms = reading->documents_until_ms;
	document_look(reading->arena, limits, &file, &text);
	document->text = text.text;
	document->unreadable = text.unreadable;
	reading->document_text += strlen(text.text);
	reading->document_read |= *text.text != '\0';
	reading->document_locked |= text.locked;
	if (text.left_out != NULL)
		reading_remark(reading, "The attachment \"%s\" %s.", document->name, text.left_out);
}

static void
find_text(struct document_sink *sink)
{
	const struct parse_limits *limits = sink->reading->limits;
	struct document *document = sink->document;
	struct arena *arena = sink->reading->arena;

	if (document->is_inline)
		return;
	if (limits->shut)
		document->unreadable = "left out: reading the attachments of this mail broke down or took too long";
	else if (sink->cut)
		document->unreadable = arena_printf(arena, "left out: the attachments are together larger than %llu MB",
		    (unsigned long long)(limits->document_bytes >> 20));
	else if (sink->too_large)
		document->unreadable = arena_printf(arena, "left out: larger than %zu MB", limits->look_bytes >> 20);
	else
		look_into(sink);
}

void
document_close(struct document_sink *sink, size_t foreign)
{
	struct reading *reading = sink->reading;
	struct document *document = sink->document;
	const char *head = buf_text(&sink->bytes);

	memcpy(document->sha256, g_checksum_get_string(sink->sum), 65);
	fingerprint_part(reading, sink->sum);
	if (foreign > 0)
		reading_remark(reading, "The attachment \"%s\" is damaged: it is not the base64 that it says it is.",
		    document->name);
	if (sink->cut)
		reading_remark(reading, "The attachments are together larger than %llu MB; \"%s\" was cut there.",
		    (unsigned long long)(reading->limits->document_bytes >> 20), document->name);
	if (sink->failed)
		reading_remark(reading, "The attachment \"%s\" could not be written out whole.", document->name);
	if (sink->bytes.len >= 8 && memcmp(head, "PK\003\004", 4) == 0 && (head[6] & 1) != 0)
		reading->zip_locked = true;
	find_text(sink);
	buf_free(&sink->bytes);
}

static struct document *
add_document(struct reading *reading, const char *name, const char *type, bool is_inline)
{
	struct message *message = reading->message;
	struct document *document = arena_push(reading->arena, message->documents, message->document_count);

	document->name = name;
	document->type = type;
	document->content_id = document->text = document->unreadable = "";
	document->is_inline = is_inline;
	document->offset = reading->documents_end;
	return document;
}

void
document_open(struct document_sink *sink, struct reading *reading, const char *name, const char *type)
{
	const char *trouble;
	char *clean = clean_name(reading->arena, charset_decode(reading->arena, "", name, strlen(name), &trouble));

	if (*clean == '\0')
		clean = arena_printf(reading->arena, "part-%u.bin", reading->parts);
	memset(sink, 0, sizeof(*sink));
	sink->reading = reading;
	sink->sum = g_checksum_new(G_CHECKSUM_SHA256);
	sink->document = add_document(reading, clean, type, is_picture_name(clean));
}

/* A file that was found inside another (winmail.dat). */
static void
take_inner_file(void *ctx, const char *name, const char *bytes, size_t len)
{
	struct reading *reading = ctx;
	struct document_sink sink;

	if (++reading->parts > reading->limits->parts)
		return;
	document_open(&sink, reading, name, "application/octet-stream");
	take_document(&sink, bytes, len);
	document_close(&sink, 0);
}

/*
 * winmail.dat is a wrapper: what is in it takes its place.  The bytes go
 * through memory (bounded), never onto the documents file.
 */
bool
open_wrapper(struct reading *reading, GMimePart *part, char **body_r)
{
	struct text_sink sink = { reading, BUF_INIT, reading->limits->look_bytes, false, NULL };
	size_t before = reading->message->document_count;
	int read = -1;

	*body_r = NULL;
	if (reading->limits->shut)
		return false;
	sink.sum = g_checksum_new(G_CHECKSUM_SHA256);
	part_decode(part, take_text, &sink);
	fingerprint_part(reading, sink.sum);
	if (!sink.cut)
		read = tnef_read(reading->arena, buf_text(&sink.bytes), sink.bytes.len, take_inner_file, reading, body_r);
	buf_free(&sink.bytes);
	if (read == -1)
		reading_remark(reading, "The mail holds a winmail.dat (an Outlook wrapper) that could not be read%s.",
		    reading->message->document_count > before || *body_r != NULL ? " to its end" : "");
	return read == 0 || reading->message->document_count > before;
}

void
document_part(struct reading *reading, GMimeObject *object, const char *type, bool in_related)
{
	struct document_sink sink = { .reading = reading, .charset = part_type_param(object, "charset") };
	const char *content_id = part_header(object, "Content-ID"), *name = part_name(reading, object);
	bool picture = strncmp(type, "image/", 6) == 0, is_inline;

	if (name == NULL)
		name = default_name(reading, type);
	is_inline = (picture && (in_related || part_has_disposition(object, "inline") ||
	    (content_id != NULL && is_picture_name(name)) || is_picture_name(name))) ||
	    strcmp(type, "application/pkcs7-signature") == 0 ||
	    strcmp(type, "application/x-pkcs7-signature") == 0 ||
	    strcmp(type, "application/pgp-signature") == 0 || strcmp(type, "application/x-ms-wmz") == 0;
	sink.document = add_document(reading, name, type, is_inline);
	sink.sum = g_checksum_new(G_CHECKSUM_SHA256);
	if (content_id != NULL) {
		content_id = str_visible(reading->arena, str_squeeze(reading->arena, content_id), 250);
		sink.document->content_id = *content_id != '<' ? content_id :
		    arena_strndup(reading->arena, content_id + 1, strcspn(content_id + 1, ">"));
	}
	document_close(&sink, part_decode(GMIME_PART(object), take_document, &sink));
	if (strcmp(type, "application/pkcs7-mime") == 0 || strcmp(type, "application/x-pkcs7-mime") == 0) {
		const char *smime = part_type_param(object, "smime-type");

		if (smime == NULL || strcasecmp(smime, "signed-data") != 0)
			reading->opaque = true;
	}
}
