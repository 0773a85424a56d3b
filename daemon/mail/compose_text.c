/*
 * The plain part of a mail, and what both parts share: how an answer is
 * shown, and the link that begins one.  Pure.  Run by core.
 * Fails: never.
 */
#include <string.h>

#include <glib.h>

#include "base/buf.h"
#include "base/literal.h"
#include "mail/compose.h"
#include "mail/compose_private.h"
#include "rule/answer.h"

#define TABLE_WIDTH	76

/* ---- Answers */

/* What a hole in an answer stands for, in words. */
static void
add_percent(struct buf *out, const char *text)
{
	const char *p;

	for (p = text; *p != '\0'; p++)
		if (g_ascii_isalnum(*p) || strchr("-._~", *p) != NULL)
			buf_add_char(out, *p);
		else
			buf_printf(out, "%%%02X", (unsigned char)*p);
}

static void
begin_link(struct arena *arena, const char *from, struct buf *out)
{
	const char *at = strrchr(from, '@');

	buf_add_str(out, "mailto:");
	if (at != NULL) {
		add_percent(out, arena_strndup(arena, from, (size_t)(at - from)));
		buf_add_char(out, '@');
	}
	add_percent(out, at != NULL ? at + 1 : from);
	buf_add_str(out, "?subject=");
}

bool
compose_is_answer(struct arena *arena, const char *from, const struct span *span)
{
	struct buf begins = BUF_INIT;
	bool is;

	begin_link(arena, from, &begins);
	is = str_starts(span->url, buf_text(&begins));
	buf_free(&begins);
	return is;
}

char *
compose_answer_link(struct arena *arena, const struct letter *letter, const char *answer)
{
	struct buf out = BUF_INIT;
	char *link;

	begin_link(arena, letter->from, &out);
	add_percent(&out, letter->case_name[0] != '\0' ? letter->case_name : "Answer");
	if (letter->code[0] != '\0')
		add_percent(&out, arena_printf(arena, " [code %s]", letter->code));
	buf_add_str(&out, "&body=");
	add_percent(&out, answer_begins(arena, answer));
	link = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return link;
}

/* ---- Text */

static char *
plain(struct arena *arena, const char *from, const char *line)
{
	struct buf out = BUF_INIT;
	struct span span;
	char *text;

	while (markup_span(arena, &line, &span)) {
		buf_add_str(&out, span.text);
		/* Of an answer the label is enough: what to write stands below it. */
		if (span.kind == SPAN_LINK && strcmp(span.text, span.url) != 0 && !compose_is_answer(arena, from, &span))
			buf_printf(&out, " (%s)", span.url);
	}
	text = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return text;
}

static const char *
cell(struct arena *arena, const char *from, const struct block *block, size_t row, size_t column)
{
	const struct strs *cells = &block->rows[row];

	/* Without the marks that nobody sees, or the columns would not be under each other. */
	return column < cells->n ? literal_shown(arena, plain(arena, from, cells->v[column])) : "";
}

static size_t
width_of(const char *text)
{
	return (size_t)g_utf8_strlen(text, -1);
}

static size_t
column_width(struct arena *arena, const char *from, const struct block *block, size_t column)
{
	size_t row, width = 0, w;

	for (row = 0; row < block->row_count; row++)
		if ((w = width_of(cell(arena, from, block, row, column))) > width)
			width = w;
	return width;
}

/* Columns under each other. */
static void
table_wide(struct arena *arena, const char *from, const struct block *block, const size_t *widths, size_t columns,
    struct buf *out)
{
	size_t row, column, pad;
	const char *text;

	for (row = 0; row < block->row_count; row++) {
		for (column = 0; column < columns; column++) {
			text = cell(arena, from, block, row, column);
			buf_add_str(out, text);
			if (column + 1 == columns)
				break;
			for (pad = width_of(text); pad < widths[column] + 2; pad++)
				buf_add_char(out, ' ');
		}
		buf_add_char(out, '\n');
	}
}

/* Too wide for a line: each row as a list of "heading: value". */
static void
table_narrow(struct arena *arena, const char *from, const struct block *block, size_t columns, struct buf *out)
{
	size_t row, column;

	for (row = 1; row < block->row_count; row++)
		for (column = 0; column < columns; column++)
			buf_printf(out, "%s%s: %s\n", column == 0 ? "- " : "  ", cell(arena, from, block, 0, column),
			    cell(arena, from, block, row, column));
}

static void
add_table(struct arena *arena, const char *from, const struct block *block, struct buf *out)
{
	size_t columns = 0, i, total = 0, *widths;

	for (i = 0; i < block->row_count; i++)
		if (block->rows[i].n > columns)
			columns = block->rows[i].n;
	widths = arena_alloc(arena, (columns + 1) * sizeof(*widths));
	for (i = 0; i < columns; i++) {
		widths[i] = column_width(arena, from, block, i);
		total += widths[i] + 2;
	}
	if (total <= TABLE_WIDTH || block->row_count < 2)
		table_wide(arena, from, block, widths, columns, out);
	else
		table_narrow(arena, from, block, columns, out);
}

static void
add_block(struct arena *arena, const char *from, const struct block *block, struct buf *out)
{
	const char *before = block->kind == BLOCK_LIST ? "- " : block->kind == BLOCK_QUOTE ? "> " : "";
	size_t i;

	if (block->kind == BLOCK_TABLE)
		add_table(arena, from, block, out);
	for (i = 0; i < block->lines.n; i++)
		buf_printf(out, "%s%s\n", before, block->kind == BLOCK_QUOTE ?
		    block->lines.v[i] : plain(arena, from, block->lines.v[i]));
	buf_add_char(out, '\n');
}

/* ---- What is asked, at a glance */

static void
add_glances(struct arena *arena, const struct letter *letter, struct buf *out)
{
	size_t width = 0, i;

	for (i = 0; i < letter->glance_count; i++)
		if (width_of(letter->glances[i].label) > width)
			width = width_of(letter->glances[i].label);
	for (i = 0; i < letter->glance_count; i++) {
		buf_printf(out, "  %s:", letter->glances[i].label);
		for (size_t pad = width_of(letter->glances[i].label); pad < width + 2; pad++)
			buf_add_char(out, ' ');
		buf_printf(out, "%s\n", compose_without_label(arena, letter->glances[i].value));
	}
	if (letter->glance_count > 0)
		buf_add_char(out, '\n');
}

/* A question wants one of its answers; to anything else a word may be said, and need not. */
static void
add_answers(struct arena *arena, const struct letter *letter, const struct strs *meanings, struct buf *out)
{
	size_t i;

	if (letter->buttons.n > 0) {
		buf_add_str(out, letter->offers ? "What you can do:\n" : "You may answer with:\n");
		for (i = 0; i < letter->buttons.n; i++)
			buf_printf(out, "  %s%s%s\n", answer_shown(arena, letter->buttons.v[i]), meanings->v[i][0] != '\0' ? " - " : "",
			    meanings->v[i]);
		buf_add_str(out, "Reply to this mail and begin with one of these.\n\n");
	}
	/* Above the text, which may hold what others wrote: what a reply cuts off is the end. */
	if (letter->code[0] != '\0')
		buf_printf(out, "Answer code: %s " CODE_MEANS "\n\n", letter->code);
}

static void
add_lead(struct arena *arena, const char *from, const char *lead, const struct strs *below, struct buf *out)
{
	buf_printf(out, "%s\n", lead);
	for (size_t i = 0; i < below->n; i++)
		buf_printf(out, "%s\n", plain(arena, from, below->v[i]));
	buf_add_char(out, '\n');
}

char *
compose_text_part(struct arena *arena, const struct letter *letter)
{
	struct blocks blocks = markup_read(arena, compose_without_label(arena, letter->body));
	struct buf out = BUF_INIT;
	struct strs meanings = compose_meanings(arena, letter, &blocks), below;
	const char *lead = compose_lead(arena, &blocks, &below);
	char *text;
	size_t i;

	if (lead != NULL)
		add_lead(arena, letter->from, lead, &below, &out);
	add_glances(arena, letter, &out);
	if (lead != NULL)
		add_answers(arena, letter, &meanings, &out);
	for (i = lead != NULL; i < blocks.n; i++)
		add_block(arena, letter->from, &blocks.v[i], &out);
	if (lead == NULL)
		add_answers(arena, letter, &meanings, &out);
	if (letter->footer != NULL && letter->footer[0] != '\0')
		buf_printf(&out, "-- \n%s\n", letter->footer);
	text = literal_shown(arena, buf_text(&out));
	buf_free(&out);
	return text;
}
