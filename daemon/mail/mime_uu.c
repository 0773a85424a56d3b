/*
 * Files that stand uuencoded in plain text ("begin 644 name" to "end"): they
 * become documents, the text goes on without them.  Runs in adviced-parse
 * only.
 * Invariant: what only looks like such a file stays text: the line behind
 * "begin" must be one of its data.
 * Fails: never; a file without its end is a remark.
 */
#include <string.h>

#include "base/str.h"
#include "mail/mime.h"

#define LINE_MOST	200	/* a line of data has 61 characters, "begin" has a file name */

enum uu_state { UU_TEXT, UU_BEGUN, UU_DATA };

struct uu {
	struct text_sink	*text;
	enum uu_state		 state;
	bool			 mid_line;	/* in a line that is text */
	struct buf		 line;		/* the line that is not complete yet */
	struct buf		 begin;		/* the line that began the file */
	struct document_sink	 file;
};

/* "begin 644 name": the name, or NULL. */
static const char *
begin_name(const char *line)
{
	size_t digits;

	if (strncmp(line, "begin ", 6) != 0)
		return NULL;
	digits = strspn(line + 6, "01234567");
	if (digits < 3 || digits > 4 || line[6 + digits] != ' ' || line[7 + digits] == '\0')
		return NULL;
	return line + 7 + digits;
}

/* Bytes of a data line into out (room for 45); -1 when it is none. */
static int
decode_line(const char *line, size_t len, char *out)
{
	size_t count, i;

	if (len == 0 || line[0] < ' ' || line[0] > '`')
		return -1;
	count = (size_t)(line[0] - ' ') & 63;
	/* Gateways cut spaces at a line's end, and some programs add a character or two. */
	if (count > 45 || len - 1 > (count + 2) / 3 * 4 + 2 || (count > 0 && len < 2))
		return -1;
	for (i = 1; i < len; i++)
		if (line[i] < ' ' || line[i] > '`')
			return -1;
	for (i = 0; i < count; i++) {
		size_t at = 1 + i / 3 * 4 + i % 3;
		unsigned a = at < len ? (unsigned)(line[at] - ' ') & 63 : 0;
		unsigned b = at + 1 < len ? (unsigned)(line[at + 1] - ' ') & 63 : 0;

		out[i] = (char)(a << (2 + 2 * (i % 3)) | b >> (4 - 2 * (i % 3)));
	}
	return (int)count;
}

static void
as_text(struct uu *uu, const struct buf *line)
{
	take_text(uu->text, buf_text(line), line->len);
}

static void
end_file(struct uu *uu, bool whole)
{
	if (!whole)
		reading_remark(uu->text->reading, "The attachment \"%s\" is damaged: its end is missing.",
		    uu->file.document->name);
	document_close(&uu->file, 0);
	uu->state = UU_TEXT;
}

static bool
may_begin(struct reading *reading)
{
	if (++reading->parts <= reading->limits->parts)
		return true;
	reading_remark(reading, "The mail has more than %u parts; the rest was not read.", reading->limits->parts);
	return false;
}

/* One complete line, with its end, that is not known to be text. */
static void
take_line(struct uu *uu)
{
	const char *line;
	char bytes[64];
	size_t len = uu->line.len;
	int count;

	while (len > 0 && (uu->line.data[len - 1] == '\n' || uu->line.data[len - 1] == '\r'))
		len--;
	line = arena_strndup(uu->text->reading->arena, buf_text(&uu->line), len);
	if (uu->state == UU_DATA && strcmp(line, "end") == 0) {
		end_file(uu, true);
		return;
	}
	if (uu->state != UU_TEXT) {
		count = decode_line(line, len, bytes);
		if (count > 0 && uu->state == UU_BEGUN && may_begin(uu->text->reading)) {
			const char *name = begin_name(buf_text(&uu->begin));

			document_open(&uu->file, uu->text->reading, arena_strndup(uu->text->reading->arena, name,
			    strcspn(name, "\r\n")), "application/octet-stream");
			uu->state = UU_DATA;
		}
		if (uu->state == UU_DATA && count >= 0) {
			take_document(&uu->file, bytes, (size_t)count);
			return;
		}
		if (uu->state == UU_DATA && len == 0)
			return;		/* before "end" some programs leave an empty line */
		if (uu->state == UU_BEGUN)
			as_text(uu, &uu->begin);
		else
			end_file(uu, false);
		uu->state = UU_TEXT;
	}
	if (begin_name(line) != NULL) {
		buf_reset(&uu->begin);
		buf_add(&uu->begin, uu->line.data, uu->line.len);
		uu->state = UU_BEGUN;
	} else
		as_text(uu, &uu->line);
}

/* Could the line that begins so be of a file? */
static bool
is_wanted(const struct uu *uu, const char *start, size_t len)
{
	return uu->state != UU_TEXT || strncmp(start, "begin ", len < 6 ? len : 6) == 0;
}

static void
take_uu(void *ctx, const char *bytes, size_t len)
{
	struct uu *uu = ctx;
	const char *end = bytes + len, *line_end;
	size_t piece;

	while (bytes < end) {
		line_end = memchr(bytes, '\n', (size_t)(end - bytes));
		piece = (size_t)((line_end == NULL ? end : line_end + 1) - bytes);
		if (uu->mid_line || (uu->line.len == 0 && !is_wanted(uu, bytes, piece))) {
			take_text(uu->text, bytes, piece);
			uu->mid_line = line_end == NULL;
		} else {
			buf_add(&uu->line, bytes, piece);
			if (line_end != NULL || uu->line.len > LINE_MOST) {
				take_line(uu);
				uu->mid_line = line_end == NULL;
				buf_reset(&uu->line);
			}
		}
		bytes += piece;
	}
}

size_t
part_decode_text(GMimePart *part, struct text_sink *sink)
{
	struct uu uu = { .text = sink };
	size_t foreign = part_decode(part, take_uu, &uu);

	if (uu.line.len > 0)
		take_line(&uu);
	if (uu.state == UU_BEGUN)
		as_text(&uu, &uu.begin);
	else if (uu.state == UU_DATA)
		end_file(&uu, false);
	buf_free(&uu.line);
	buf_free(&uu.begin);
	return foreign;
}
