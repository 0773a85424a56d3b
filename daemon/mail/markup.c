/*
 * The Markdown subset of templates: lines into blocks, lines into spans.
 * Pure.  Run by core.
 * Invariant: any text is taken; what is not markup is text.  No link but to
 * http, https or mailto.
 * Fails: never.
 */
#include <string.h>

#include "base/literal.h"
#include "mail/markup.h"

#define WRAPPED_LENGTH	60	/* shorter lines were ended on purpose */

/* One line off *at, without its end. */
static char *
next_line(struct arena *arena, const char **at)
{
	size_t len = strcspn(*at, "\n");
	char *line = arena_strndup(arena, *at, len > 0 && (*at)[len - 1] == '\r' ? len - 1 : len);

	*at += len + ((*at)[len] == '\n');
	return line;
}

static bool
is_blank(const char *line)
{
	return line[strspn(line, " \t")] == '\0';
}

static bool
is_item(const char *line)
{
	return str_starts(line, "- ") || str_starts(line, "* ");
}

static bool
is_heading(const char *line)
{
	size_t n = strspn(line, "#");

	return n >= 1 && n <= 4 && line[n] == ' ';
}

static enum block_kind
kind_of(const char *line)
{
	if (is_heading(line))
		return BLOCK_HEADING;
	if (is_item(line))
		return BLOCK_LIST;
	if (line[0] == '|')
		return BLOCK_TABLE;
	if (line[0] == '>')
		return BLOCK_QUOTE;
	return BLOCK_PARAGRAPH;
}

/* "|---|:--|": drawn by people who know Markdown, says nothing. */
static bool
is_rule(const char *line)
{
	return line[strspn(line, "|-: ")] == '\0' && strchr(line, '-') != NULL;
}

/* Up to the bar that ends it: one that others wrote, inside a value, is text. */
static size_t
cell_length(const char *line)
{
	size_t len = strcspn(line, "|");

	while (line[len] == '|' && len > 0 && line[len - 1] == LITERAL_MARK)
		len += 1 + strcspn(line + len + 1, "|");
	return len;
}

static void
add_row(struct arena *arena, struct block *block, const char *line)
{
	struct strs *row;
	size_t len;

	if (is_rule(line))
		return;
	row = arena_push(arena, block->rows, block->row_count);
	for (line++; *line != '\0'; line += len + (line[len] == '|')) {
		len = cell_length(line);
		if (line[len] == '\0' && is_blank(line))
			break;
		strs_add(arena, row, str_trim(arena, arena_strndup(arena, line, len)));
	}
}

/* A list item's second line. */
static void
add_to_item(struct arena *arena, struct block *block, const char *line)
{
	const char **item = &block->lines.v[block->lines.n - 1];

	*item = arena_printf(arena, "%s %s", *item, str_trim(arena, line));
}

static void
add_line(struct arena *arena, struct block *block, const char *line)
{
	switch (block->kind) {
	case BLOCK_HEADING:
		strs_add(arena, &block->lines, str_trim(arena, line + strspn(line, "#")));
		break;
	case BLOCK_LIST:
		if (is_item(line))
			strs_add(arena, &block->lines, str_trim(arena, line + 2));
		else
			add_to_item(arena, block, line);
		break;
	case BLOCK_TABLE:
		add_row(arena, block, line);
		break;
	case BLOCK_QUOTE:
		strs_add(arena, &block->lines, line + 1 + (line[1] == ' '));
		break;
	case BLOCK_PARAGRAPH:
		strs_add(arena, &block->lines, line);
		break;
	}
}

static bool
goes_on(const struct block *block, const char *line, bool after_blank)
{
	enum block_kind kind = kind_of(line);

	/* Rows that a template repeats may have empty lines between them. */
	if (block->kind == BLOCK_TABLE || (block->kind == BLOCK_LIST && kind == BLOCK_LIST))
		return kind == block->kind;
	if (after_blank || block->kind == BLOCK_HEADING)
		return false;
	/* An item goes on in lines that are set in; where a template's {each} left no empty line, the next words are none of it. */
	return block->kind == BLOCK_LIST ? kind == BLOCK_PARAGRAPH && (line[0] == ' ' || line[0] == '\t') : kind == block->kind;
}

struct blocks
markup_read(struct arena *arena, const char *text)
{
	struct blocks blocks = { NULL, 0 };
	struct block *block = NULL;
	bool after_blank = false;
	const char *line;

	while (*text != '\0') {
		line = next_line(arena, &text);
		if (is_blank(line)) {
			after_blank = true;
			continue;
		}
		if (block == NULL || !goes_on(block, line, after_blank)) {
			block = arena_push(arena, blocks.v, blocks.n);
			block->kind = kind_of(line);
		}
		add_line(arena, block, line);
		after_blank = false;
	}
	return blocks;
}

static bool
is_url(const char *text)
{
	return str_starts(text, "https://") || str_starts(text, "http://");
}

/* "Guidance: https://...": however long, nothing was carried over. */
static bool
ends_in_url(const char *line)
{
	const char *last = strrchr(line, ' ');

	return is_url(last == NULL ? line : last + 1);
}

bool
markup_is_wrapped(const char *line)
{
	size_t len = strlen(line);

	return len >= WRAPPED_LENGTH && line[len - 1] != ' ' && !ends_in_url(line);
}

/* ---- Spans */

/* Bytes of a bare address; what ends a sentence does not belong to it. */
static size_t
url_length(const char *text)
{
	size_t len = strcspn(text, " \t\"<>|()[]{}*\n");

	while (len > 0 && strchr(".,;:!?'", text[len - 1]) != NULL)
		len--;
	return len;
}

/* "[label](url)" at text: its length, or 0. */
static size_t
link_length(const char *text, size_t *label_r)
{
	size_t label = strcspn(text + 1, "[]\n"), url;
	const char *p = text + 1 + label;

	if (label == 0 || p[0] != ']' || p[1] != '(')
		return 0;
	p += 2;
	if (!is_url(p) && !str_starts(p, "mailto:"))
		return 0;
	url = strcspn(p, " \t\"<>()\n");
	if (p[url] != ')')
		return 0;
	*label_r = label;
	return (size_t)(p + url + 1 - text);
}

/* "**text**" at text: its length, or 0. Stars with spaces inside them are stars. */
static size_t
bold_length(const char *text)
{
	const char *end;

	if (!str_starts(text, "**") || text[2] == ' ' || text[2] == '*')
		return 0;
	end = strstr(text + 2, "**");
	return end != NULL && end[-1] != ' ' ? (size_t)(end + 2 - text) : 0;
}

/* Something other than text starts here. */
static size_t
special_length(const char *text, size_t *label_r)
{
	if (*text == '*')
		return bold_length(text);
	if (*text == '[')
		return link_length(text, label_r);
	return is_url(text) ? url_length(text) : 0;
}

bool
markup_span(struct arena *arena, const char **at, struct span *span_r)
{
	const char *p = *at;
	size_t label = 0, len = special_length(p, &label);

	if (*p == '\0')
		return false;
	span_r->url = NULL;
	if (len == 0) {
		do
			p++;
		while (*p != '\0' && special_length(p, &label) == 0);
		span_r->kind = SPAN_TEXT;
		span_r->text = arena_strndup(arena, *at, (size_t)(p - *at));
		*at = p;
		return true;
	}
	if (*p == '*') {
		span_r->kind = SPAN_BOLD;
		span_r->text = arena_strndup(arena, p + 2, len - 4);
	} else if (*p == '[') {
		span_r->kind = SPAN_LINK;
		span_r->text = arena_strndup(arena, p + 1, label);
		span_r->url = arena_strndup(arena, p + label + 3, len - label - 4);
	} else {
		span_r->kind = SPAN_LINK;
		span_r->text = span_r->url = arena_strndup(arena, p, len);
	}
	*at += len;
	return true;
}
