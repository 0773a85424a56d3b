/*
 * Text in an SVG: escaped, wrapped, a line each.  Pure.
 * Fails: never.
 */
#include <string.h>

#include "ctl/draw.h"

char *
draw_escape(struct arena *arena, const char *text)
{
	struct buf out = BUF_INIT;
	char *kept;

	for (; *text != '\0'; text++)
		switch (*text) {
		case '&': buf_add_str(&out, "&amp;"); break;
		case '<': buf_add_str(&out, "&lt;"); break;
		case '>': buf_add_str(&out, "&gt;"); break;
		case '"': buf_add_str(&out, "&quot;"); break;
		default: buf_add_char(&out, *text);
		}
	kept = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return kept;
}

static size_t
columns_of(const char *text, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len; i++)
		columns += ((unsigned char)text[i] & 0xC0) != 0x80;
	return columns;
}

char *
draw_wrap(struct arena *arena, const char *text, size_t columns, const char *end, size_t *lines_r)
{
	struct buf out = BUF_INIT;
	size_t at = 0, lines = 0;
	char *kept;

	while (*(text += strspn(text, " ")) != '\0') {
		size_t len = strcspn(text, " "), wide = columns_of(text, len);

		if (at > 0 && at + 1 + wide > columns) {
			buf_add_str(&out, end);
			lines++;
			at = 0;
		}
		if (at > 0)
			buf_add_char(&out, ' ');
		buf_add_str(&out, draw_escape(arena, arena_strndup(arena, text, len)));
		at += wide + (at > 0);
		text += len;
	}
	if (at > 0) {
		buf_add_str(&out, end);
		lines++;
	}
	if (lines_r != NULL)
		*lines_r = lines;
	kept = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return kept;
}

double
draw_text(struct buf *svg, struct arena *arena, const char *text, size_t columns, double x, double y, const char *anchor,
    const char *class)
{
	size_t lines;
	char *rest = draw_wrap(arena, text, columns, "\n", &lines), *end;

	for (size_t i = 0; i < lines; i++, rest = end + 1) {
		end = strchr(rest, '\n');
		*end = '\0';
		buf_printf(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">%s</text>\n", x, y + DRAW_LINE * (double)i, anchor,
		    class, rest);
	}
	return DRAW_LINE * (double)lines;
}
