/*
 * The text of the HTML part: paragraphs, lists, tables and quotes of the
 * Markdown subset.  Pure.  Run by core.
 * Invariant: nothing of the text becomes a tag or an attribute: every byte
 * goes through html_escaped().
 * Fails: never.
 */
#include <string.h>

#include "base/literal.h"
#include "mail/compose_private.h"

#define CELL	"border:1px solid " HTML_LINE ";padding:6px 10px;text-align:left;vertical-align:top;" HTML_TEXT

void
html_escaped(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&':
			buf_add_str(out, "&amp;");
			break;
		case '<':
			buf_add_str(out, "&lt;");
			break;
		case '>':
			buf_add_str(out, "&gt;");
			break;
		case '"':
			buf_add_str(out, "&quot;");
			break;
		case '\'':
			buf_add_str(out, "&#39;");
			break;
		case LITERAL_MARK:
			break;
		default:
			buf_add_char(out, *text);
		}
}

/* A link says where it leads: a label alone could say anything. */
static void
add_link(struct arena *arena, const char *from, const struct span *span, struct buf *out)
{
	const char *host;

	buf_add_str(out, "<a href=\"");
	html_escaped(out, span->url);
	if (compose_is_answer(arena, from, span)) {
		buf_add_str(out, "\" class=\"link answer\" style=\"display:inline-block;margin:0 4px 8px 0;padding:7px 12px;border:1px solid "
		    HTML_BLUE ";border-radius:4px;color:" HTML_BLUE ";font-weight:bold;text-decoration:none\">");
		html_escaped(out, span->text);
		buf_add_str(out, "</a>");
		return;
	}
	buf_add_str(out, "\" class=\"link\" style=\"color:" HTML_BLUE "\">");
	html_escaped(out, span->text);
	buf_add_str(out, "</a>");
	if (strcmp(span->text, span->url) == 0)
		return;
	host = strstr(span->url, "://");
	host = host != NULL ? host + 3 : strchr(span->url, ':') + 1;
	buf_add_str(out, " (");
	html_escaped(out, arena_strndup(arena, host, strcspn(host, "/?#")));
	buf_add_char(out, ')');
}

void
html_spans(struct arena *arena, const char *from, const char *line, struct buf *out)
{
	struct span span;

	while (markup_span(arena, &line, &span)) {
		if (span.kind == SPAN_LINK) {
			add_link(arena, from, &span, out);
			continue;
		}
		if (span.kind == SPAN_BOLD)
			buf_add_str(out, "<b>");
		html_escaped(out, span.text);
		if (span.kind == SPAN_BOLD)
			buf_add_str(out, "</b>");
	}
}

static void
add_paragraph(struct arena *arena, const char *from, const struct strs *lines, struct buf *out)
{
	size_t i;

	buf_add_str(out, "<p class=\"text\" style=\"margin:0 0 14px;" HTML_TEXT "\">");
	for (i = 0; i < lines->n; i++) {
		html_spans(arena, from, str_trim(arena, lines->v[i]), out);
		if (i + 1 < lines->n)
			buf_add_str(out, markup_is_wrapped(lines->v[i]) ? "\n" : "<br>\n");
	}
	buf_add_str(out, "</p>\n");
}

/* What somebody else wrote: its line ends but those of their mail program, and no markup. */
static void
add_quote(struct arena *arena, const struct strs *quoted, struct buf *out)
{
	struct strs lines = { NULL, 0 };
	size_t i, width;

	for (i = 0; i < quoted->n; i++)
		strs_add(arena, &lines, literal_shown(arena, quoted->v[i]));
	width = flow_width(&lines);
	buf_add_str(out, "<blockquote class=\"text line\" style=\"margin:0 0 14px;padding:2px 0 2px 14px;"
	    "border-left:3px solid " HTML_LINE ";" HTML_TEXT "\">");
	for (i = 0; i < lines.n; i++) {
		html_escaped(out, lines.v[i]);
		if (i + 1 < lines.n)
			buf_add_str(out, flow_goes_on(lines.v[i], lines.v[i + 1], width) ? "\n" : "<br>\n");
	}
	buf_add_str(out, "</blockquote>\n");
}

static void
add_list(struct arena *arena, const char *from, const struct strs *items, struct buf *out)
{
	size_t i;

	buf_add_str(out, "<ul class=\"text\" style=\"margin:0 0 14px;padding:0 0 0 22px;" HTML_TEXT "\">\n");
	for (i = 0; i < items->n; i++) {
		buf_add_str(out, "<li style=\"margin:0 0 6px\">");
		html_spans(arena, from, items->v[i], out);
		buf_add_str(out, "</li>\n");
	}
	buf_add_str(out, "</ul>\n");
}

static void
add_table(struct arena *arena, const char *from, const struct block *block, struct buf *out)
{
	size_t row, column;

	buf_add_str(out, "<table cellspacing=\"0\" cellpadding=\"0\" style=\"border-collapse:collapse;margin:0 0 14px\">\n");
	for (row = 0; row < block->row_count; row++) {
		buf_add_str(out, "<tr>");
		for (column = 0; column < block->rows[row].n; column++) {
			buf_add_str(out, row == 0 ? "<th scope=\"col\" class=\"text glance line\" style=\"background:#f4f6f8;" CELL "\">" :
			    "<td class=\"text line\" style=\"" CELL "\">");
			html_spans(arena, from, block->rows[row].v[column], out);
			buf_add_str(out, row == 0 ? "</th>" : "</td>");
		}
		buf_add_str(out, "</tr>\n");
	}
	buf_add_str(out, "</table>\n");
}

void
html_block(struct arena *arena, const char *from, const struct block *block, struct buf *out)
{
	switch (block->kind) {
	case BLOCK_HEADING:
		buf_add_str(out, "<h2 class=\"text\" style=\"margin:20px 0 8px;font-weight:bold;" HTML_TEXT "\">");
		html_spans(arena, from, block->lines.v[0], out);
		buf_add_str(out, "</h2>\n");
		break;
	case BLOCK_LIST:
		add_list(arena, from, &block->lines, out);
		break;
	case BLOCK_TABLE:
		add_table(arena, from, block, out);
		break;
	case BLOCK_QUOTE:
		add_quote(arena, &block->lines, out);
		break;
	case BLOCK_PARAGRAPH:
		add_paragraph(arena, from, &block->lines, out);
		break;
	}
}
