/*
 * Writing JSON.  Any role.  Invariant: what comes out is valid UTF-8 and valid
 * JSON whatever text goes in.  Whether a comma is due is read off the last
 * byte written, so there is no state: a string always ends in a quotation mark.
 * Fails: never.
 */
#include "base/json.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>

#define REPLACEMENT	"\xef\xbf\xbd"	/* U+FFFD */

static void
add_escaped(struct buf *out, unsigned char c)
{
	switch (c) {
	case '"':
		buf_add_str(out, "\\\"");
		break;
	case '\\':
		buf_add_str(out, "\\\\");
		break;
	case '\n':
		buf_add_str(out, "\\n");
		break;
	case '\t':
		buf_add_str(out, "\\t");
		break;
	case '\r':
		buf_add_str(out, "\\r");
		break;
	default:
		buf_printf(out, "\\u%04x", c);
		break;
	}
}

/* text[0..len) is valid UTF-8: only what JSON reserves is changed. */
static void
add_valid(struct buf *out, const char *text, size_t len)
{
	size_t	from = 0, i;

	for (i = 0; i < len; i++) {
		unsigned char	c = (unsigned char)text[i];

		if (c >= ' ' && c != '"' && c != '\\' && c != 0x7f)
			continue;
		buf_add(out, text + from, i - from);
		add_escaped(out, c);
		from = i + 1;
	}
	buf_add(out, text + from, len - from);
}

static void
add_quoted(struct buf *out, const char *text)
{
	size_t		 left = strlen(text);
	const char	*end;

	buf_add_char(out, '"');
	while (left > 0) {
		g_utf8_validate_len(text, left, &end);
		add_valid(out, text, (size_t)(end - text));
		left -= (size_t)(end - text);
		text = end;
		if (left > 0) {
			buf_add_str(out, REPLACEMENT);
			text++;
			left--;
		}
	}
	buf_add_char(out, '"');
}

static void
begin(struct buf *out, const char *name)
{
	if (out->len > 0 && strchr("{[\n", out->data[out->len - 1]) == NULL)
		buf_add_char(out, ',');
	if (name == NULL)
		return;
	add_quoted(out, name);
	buf_add_char(out, ':');
}

void
json_open(struct buf *out, const char *name, char bracket)
{
	begin(out, name);
	buf_add_char(out, bracket);
}

void
json_close(struct buf *out, char bracket)
{
	buf_add_char(out, bracket);
}

void
json_str(struct buf *out, const char *name, const char *text)
{
	begin(out, name);
	if (text == NULL)
		buf_add_str(out, "null");
	else
		add_quoted(out, text);
}

void
json_strs(struct buf *out, const char *name, const struct strs *list)
{
	size_t	i;

	json_open(out, name, '[');
	for (i = 0; i < list->n; i++)
		json_str(out, NULL, list->v[i]);
	json_close(out, ']');
}

void
json_int(struct buf *out, const char *name, int64_t value)
{
	begin(out, name);
	buf_printf(out, "%" PRId64, value);
}

void
json_bool(struct buf *out, const char *name, bool value)
{
	begin(out, name);
	buf_add_str(out, value ? "true" : "false");
}
