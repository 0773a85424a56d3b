/*
 * A mail's text as lines, folded for comparison, put together again, and
 * format=flowed undone: see body.h and body_parts.h.  Runs in adviced-parse;
 * pure.
 * Invariant: a line points into the text it came from; nothing is copied.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include <glib.h>

#include "base/buf.h"
#include "mail/body.h"
#include "mail/body_parts.h"

/* "<ada@example.org" at the end: the ">" that begins the next line closes it and quotes nothing. */
static bool
is_open_address(const struct line *line)
{
	const char *open = memrchr(line->text, '<', line->len), *end = line->text + line->len;

	return line->depth == 0 && open != NULL && memchr(open, '@', (size_t)(end - open)) != NULL &&
	    memchr(open, '>', (size_t)(end - open)) == NULL && memchr(open, ' ', (size_t)(end - open)) == NULL;
}

struct lines
body_lines(struct arena *arena, const char *text, bool unquote)
{
	struct lines lines = { NULL, 0 };
	const char *end;

	while (*text != '\0') {
		struct line *line = arena_push(arena, lines.v, lines.n);

		end = strchr(text, '\n');
		if (end == NULL)
			end = text + strlen(text);
		line->text = text;
		while (unquote && !(lines.n > 1 && is_open_address(line - 1)) && line->text < end && (*line->text == '>' ||
		    (*line->text == ' ' && line->text + 1 < end && line->text[1] == '>' && line->depth > 0))) {
			line->depth += *line->text == '>' ? 1 : 0;
			line->text++;
		}
		if (line->depth > 0 && line->text < end && *line->text == ' ')
			line->text++;
		line->len = (size_t)(end - line->text);
		while (line->len > 0 && isspace((unsigned char)line->text[line->len - 1]))
			line->len--;
		text = *end == '\0' ? end : end + 1;
	}
	return lines;
}

char *
body_join(struct arena *arena, const struct line *lines, size_t n)
{
	struct buf out = BUF_INIT;
	char *text;
	size_t i;

	while (n > 0 && lines[0].len == 0) {
		lines++;
		n--;
	}
	while (n > 0 && lines[n - 1].len == 0)
		n--;
	for (i = 0; i < n; i++) {
		if (lines[i].len == 0 && lines[i - 1].len == 0)
			continue;
		buf_add(&out, lines[i].text, lines[i].len);
		buf_add_char(&out, '\n');
	}
	text = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return text;
}

size_t
body_next(const struct lines *lines, size_t at)
{
	while (at < lines->n && lines->v[at].len == 0)
		at++;
	return at;
}

bool
body_next_is_quoted(const struct lines *lines, size_t at)
{
	for (; at < lines->n; at++)
		if (lines->v[at].len > 0 || lines->v[at].depth > 0)
			return lines->v[at].depth > 0;
	return false;
}

/* One character as the tables have it; 0 for what stands on a letter and is dropped. */
static gunichar
fold_char(gunichar c)
{
	gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];

	if (c == 0x2019 || c == 0x2018 || c == 0x02bc)
		return '\'';
	if (c == 0xff1a)
		return ':';
	if (g_unichar_isdigit(c))
		return '0' + (gunichar)g_unichar_digit_value(c);
	if (g_unichar_isspace(c))
		return ' ';
	if (g_unichar_type(c) == G_UNICODE_FORMAT || (c >= 0x300 && c < 0x370) || (c >= 0x64b && c <= 0x652))
		return 0;
	if (c < 0x400 || (c >= 0x1e00 && c < 0x2000)) {
		g_unichar_fully_decompose(c, FALSE, parts, G_N_ELEMENTS(parts));
		c = parts[0];
	}
	return g_unichar_tolower(c);
}

/* The character at *at as the tables have it, and past it; 0 for what is dropped, and for what is no character. */
static gunichar
fold_next(const char **at, const char *end)
{
	gunichar c = g_utf8_get_char_validated(*at, end - *at);

	if (c == (gunichar)-1 || c == (gunichar)-2) {
		(*at)++;
		return 0;
	}
	*at = g_utf8_next_char(*at);
	return fold_char(c);
}

void
body_fold(const char *text, size_t len, char folded_r[FOLD_MAX])
{
	const char *end = text + len;
	size_t to = 0;
	bool space = false;

	while (text < end && to < FOLD_MAX - 8) {
		gunichar c = (unsigned char)*text;

		if (c >= 0x80)
			c = fold_next(&text, end);
		else {
			text++;
			c = g_ascii_isspace(c) || c == '\v' ? ' ' : (gunichar)(unsigned char)g_ascii_tolower((gchar)c);
		}
		if (c == 0)
			continue;
		if (c == ' ') {
			space = to > 0;
			continue;
		}
		if (space)
			folded_r[to++] = ' ';
		space = false;
		if (c < 0x80)
			folded_r[to++] = (char)c;
		else
			to += (size_t)g_unichar_to_utf8(c, folded_r + to);
	}
	folded_r[to] = '\0';
}

size_t
body_starts(const char *folded, const char *const *words)
{
	size_t i, len, longest = 0;

	for (i = 0; words[i] != NULL; i++) {
		if (words[i][0] != folded[0])
			continue;
		len = strlen(words[i]);
		if (len > longest && strncmp(folded, words[i], len) == 0)
			longest = len;
	}
	return longest;
}

bool
body_ends(const char *folded, const char *const *words)
{
	size_t i, len = strlen(folded), want;

	for (i = 0; words[i] != NULL; i++) {
		want = strlen(words[i]);
		if (want <= len && strcmp(folded + len - want, words[i]) == 0)
			return true;
	}
	return false;
}

char *
body_unflow(struct arena *arena, const char *text, bool delsp)
{
	struct buf out = BUF_INIT;
	unsigned depth, last = 0;
	bool open = false;	/* the line before flows into this one */
	char *result;

	while (*text != '\0') {
		const char *end = strchr(text, '\n');
		size_t len, i;

		if (end == NULL)
			end = text + strlen(text);
		for (depth = 0; text < end && *text == '>'; text++)
			depth++;
		if (text < end && *text == ' ')
			text++;
		len = (size_t)(end - text);
		if (open && depth != last) {
			buf_add_char(&out, '\n');
			open = false;
		}
		if (!open) {
			for (i = 0; i < depth; i++)
				buf_add_char(&out, '>');
			if (depth > 0)
				buf_add_char(&out, ' ');
		}
		open = len > 0 && text[len - 1] == ' ' && !(len == 3 && strncmp(text, "-- ", 3) == 0);
		buf_add(&out, text, open && delsp ? len - 1 : len);
		if (!open)
			buf_add_char(&out, '\n');
		last = depth;
		text = *end == '\0' ? end : end + 1;
	}
	result = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return result;
}
