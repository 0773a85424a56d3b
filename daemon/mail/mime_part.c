/*
 * One part: its headers, its content in pieces, its text.  Runs in
 * adviced-parse only.
 * Invariant: content passes through in pieces, whatever its size; of text no
 * more than a limit is kept, and that it was cut is said.
 * Fails: never; what is damaged is a remark.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "mail/body.h"
#include "mail/charset.h"
#include "mail/mime.h"

#define CHUNK		16384
#define TEXT_FACTOR	4	/* HTML is so many times longer than its text, at most, that we look at */

/* The raw value of a part's header, or NULL. */
const char *
part_header(GMimeObject *object, const char *name)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(object);
	GMimeHeader *header = g_mime_header_list_get_header(list, name);

	return header == NULL ? NULL : g_mime_header_get_raw_value(header);
}

/* "text/plain", in lower case. */
char *
part_type(struct reading *reading, GMimeObject *object)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	const char *major = type == NULL ? NULL : g_mime_content_type_get_media_type(type);
	const char *minor = type == NULL ? NULL : g_mime_content_type_get_media_subtype(type);

	if (major == NULL || minor == NULL || *major == '\0' || *minor == '\0')
		return arena_strdup(reading->arena, "text/plain");
	return str_lower(reading->arena, str_visible(reading->arena,
	    arena_printf(reading->arena, "%s/%s", major, minor), 120));
}

const char *
part_type_param(GMimeObject *object, const char *name)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);

	return type == NULL ? NULL : g_mime_content_type_get_parameter(type, name);
}

/*
 * A part's bytes in the mail, or NULL.  GMime takes the line end before a
 * boundary to be as long as the boundary's own: where a program that only
 * knows LF wrote the part and one that writes CRLF the boundary, it takes the
 * part's last byte with it.  That byte is given back.
 */
static GMimeStream *
part_stream(GMimeDataWrapper *content)
{
	GMimeStream *stream = content == NULL ? NULL : g_mime_data_wrapper_get_stream(content);
	gint64 begin, end;
	char after[4];

	if (stream == NULL || stream->bound_end < 0)
		return stream;
	begin = stream->bound_start;
	end = stream->bound_end;
	g_mime_stream_set_bounds(stream, begin, end + (gint64)sizeof(after));
	if (g_mime_stream_seek(stream, end, GMIME_STREAM_SEEK_SET) == end &&
	    g_mime_stream_read(stream, after, sizeof(after)) == sizeof(after) &&
	    *after != '\r' && *after != '\n' && memcmp(after + 1, "\n--", 3) == 0)
		end++;
	g_mime_stream_set_bounds(stream, begin, end);
	return stream;
}

/* Decode a part's content and hand it to take; counts what was no base64. */
size_t
part_decode(GMimePart *part, take_bytes *take, void *ctx)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeStream *stream = part_stream(content);
	GMimeContentEncoding encoding;
	GMimeEncoding state;
	char in[CHUNK], out[CHUNK + 512];
	size_t foreign = 0, len;
	ssize_t got, i;

	if (stream == NULL)
		return 0;
	encoding = g_mime_data_wrapper_get_encoding(content);
	g_mime_encoding_init_decode(&state, encoding);
	g_mime_stream_reset(stream);
	while ((got = g_mime_stream_read(stream, in, sizeof(in))) > 0) {
		for (i = 0; encoding == GMIME_CONTENT_ENCODING_BASE64 && i < got; i++)
			if (!isalnum((unsigned char)in[i]) && strchr("+/=\r\n \t", in[i]) == NULL)
				foreign++;
		if (g_mime_encoding_outlen(&state, (size_t)got) > sizeof(out))
			break;
		len = g_mime_encoding_step(&state, in, (size_t)got, out);
		take(ctx, out, len);
	}
	len = g_mime_encoding_flush(&state, "", 0, out);
	if (len > 0 && len <= sizeof(out))
		take(ctx, out, len);
	return foreign;
}

static void
hash_text(GChecksum *sum, const char *bytes, size_t len)
{
	const char *end = bytes + len, *cr;

	while (bytes < end) {
		cr = memchr(bytes, '\r', (size_t)(end - bytes));
		if (cr == NULL)
			cr = end;
		g_checksum_update(sum, (const guchar *)bytes, cr - bytes);
		bytes = cr + 1;
	}
}

void
take_text(void *ctx, const char *bytes, size_t len)
{
	struct text_sink *sink = ctx;
	size_t room = sink->max - sink->bytes.len;

	hash_text(sink->sum, bytes, len);
	if (len > room) {
		sink->cut = true;
		len = room;
	}
	buf_add(&sink->bytes, bytes, len);
}

/* Note that this part has been decoded, under its hash. */
void
fingerprint_part(struct reading *reading, GChecksum *sum)
{
	g_checksum_update(reading->fingerprint, (const guchar *)g_checksum_get_string(sum), 64);
	g_checksum_free(sum);
}

static struct buf
gather_text(struct reading *reading, GMimePart *part, size_t max, bool plain)
{
	struct text_sink sink = { reading, BUF_INIT, max, false, g_checksum_new(G_CHECKSUM_SHA256) };

	if ((plain ? part_decode_text(part, &sink) : part_decode(part, take_text, &sink)) > 0)
		reading_remark(reading, "A part of the text is damaged: it is not the base64 that it says it is.");
	if (sink.cut)
		reading_remark(reading, "The text is longer than %zu KB; only its beginning was read.", max >> 10);
	fingerprint_part(reading, sink.sum);
	return sink.bytes;
}

struct buf
part_bytes(struct reading *reading, GMimePart *part, size_t max)
{
	return gather_text(reading, part, max, false);
}

/* The charset an HTML page names for itself, for parts that do not. */
static char *
html_charset(struct arena *arena, const struct buf *bytes)
{
	const char *text = buf_text(bytes), *at;
	size_t len;

	at = memmem(text, bytes->len > 2048 ? 2048 : bytes->len, "charset=", 8);
	if (at == NULL)
		return NULL;
	at += 8;
	at += strspn(at, "\"' ");
	len = strcspn(at, "\"' ;>/");
	return len > 40 ? NULL : arena_strndup(arena, at, len);
}

/* A text part as tidy UTF-8. */
char *
part_text(struct reading *reading, GMimeObject *object, bool is_html)
{
	const char *charset = part_type_param(object, "charset"), *format = part_type_param(object, "format");
	const char *delsp = part_type_param(object, "delsp"), *trouble;
	struct buf bytes = gather_text(reading, GMIME_PART(object), reading->limits->text_bytes *
	    (is_html ? TEXT_FACTOR : 1), !is_html);
	char *text;

	if (is_html && (charset == NULL || *charset == '\0'))
		charset = html_charset(reading->arena, &bytes);
	text = charset_decode(reading->arena, charset, buf_text(&bytes), bytes.len, &trouble);
	buf_free(&bytes);
	if (trouble != NULL)
		reading_remark(reading, "The text of the mail %s.", trouble);
	text = is_html ? text : charset_tidy(reading->arena, text);
	if (!is_html && format != NULL && strcasecmp(format, "flowed") == 0)
		text = body_unflow(reading->arena, text, delsp != NULL && strcasecmp(delsp, "yes") == 0);
	return text;
}
