/*
 * The HTML part of a mail: one column, readable in Outlook (whose engine is
 * Word's) and on a phone, so inline styles only and no layout but what a
 * paragraph, a list and a plain table give.  Pure.  Run by core.
 * Invariant: nothing of the text becomes a tag or an attribute: every byte
 * goes through add_escaped().
 * Fails: never.
 */
#include <string.h>

#include "base/buf.h"
#include "mail/compose.h"
#include "rule/answer.h"
#include "mail/markup.h"

#define FONT	"font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.45;color:#1a1a1a"
#define SMALL	"font-family:Arial,Helvetica,sans-serif;font-size:13px;line-height:1.4;color:#555555"
#define CELL	"border:1px solid #b5b5b5;padding:6px 10px;text-align:left;vertical-align:top;" FONT
#define BLUE	"#1d4f7c"

static void
add_escaped(struct buf *out, const char *text)
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
		default:
			buf_add_char(out, *text);
		}
}

/* A link says where it leads: a label alone could say anything. */
static void
add_link(struct arena *arena, const struct span *span, struct buf *out)
{
	const char *host;

	buf_add_str(out, "<a href=\"");
	add_escaped(out, span->url);
	buf_add_str(out, "\" style=\"color:" BLUE "\">");
	add_escaped(out, span->text);
	buf_add_str(out, "</a>");
	if (strcmp(span->text, span->url) == 0)
		return;
	host = strstr(span->url, "://");
	host = host != NULL ? host + 3 : strchr(span->url, ':') + 1;
	buf_add_str(out, " (");
	add_escaped(out, arena_strndup(arena, host, strcspn(host, "/?#")));
	buf_add_char(out, ')');
}

static void
add_spans(struct arena *arena, const char *line, struct buf *out)
{
	struct span span;

	while (markup_span(arena, &line, &span)) {
		if (span.kind == SPAN_LINK) {
			add_link(arena, &span, out);
			continue;
		}
		if (span.kind == SPAN_BOLD)
			buf_add_str(out, "<b>");
		add_escaped(out, span.text);
		if (span.kind == SPAN_BOLD)
			buf_add_str(out, "</b>");
	}
}

static void
add_paragraph(struct arena *arena, const struct strs *lines, struct buf *out)
{
	size_t i;

	buf_add_str(out, "<p style=\"margin:0 0 14px;" FONT "\">");
	for (i = 0; i < lines->n; i++) {
		add_spans(arena, str_trim(arena, lines->v[i]), out);
		if (i + 1 < lines->n)
			buf_add_str(out, markup_is_wrapped(lines->v[i]) ? "\n" : "<br>\n");
	}
	buf_add_str(out, "</p>\n");
}

/* What somebody else wrote: every line as it was, and no markup. */
static void
add_quote(const struct strs *lines, struct buf *out)
{
	size_t i;

	buf_add_str(out, "<blockquote style=\"margin:0 0 14px;padding:2px 0 2px 14px;"
	    "border-left:3px solid #b5b5b5;" FONT "\">");
	for (i = 0; i < lines->n; i++) {
		add_escaped(out, lines->v[i]);
		if (i + 1 < lines->n)
			buf_add_str(out, "<br>\n");
	}
	buf_add_str(out, "</blockquote>\n");
}

static void
add_list(struct arena *arena, const struct strs *items, struct buf *out)
{
	size_t i;

	buf_add_str(out, "<ul style=\"margin:0 0 14px;padding:0 0 0 24px;" FONT "\">\n");
	for (i = 0; i < items->n; i++) {
		buf_add_str(out, "<li style=\"margin:0 0 6px\">");
		add_spans(arena, items->v[i], out);
		buf_add_str(out, "</li>\n");
	}
	buf_add_str(out, "</ul>\n");
}

static void
add_table(struct arena *arena, const struct block *block, struct buf *out)
{
	size_t row, column;

	buf_add_str(out, "<table cellspacing=\"0\" cellpadding=\"0\" style=\"border-collapse:collapse;margin:0 0 14px\">\n");
	for (row = 0; row < block->row_count; row++) {
		buf_add_str(out, "<tr>");
		for (column = 0; column < block->rows[row].n; column++) {
			buf_add_str(out, row == 0 ? "<th scope=\"col\" style=\"background:#eeeeee;" CELL "\">" :
			    "<td style=\"" CELL "\">");
			add_spans(arena, block->rows[row].v[column], out);
			buf_add_str(out, row == 0 ? "</th>" : "</td>");
		}
		buf_add_str(out, "</tr>\n");
	}
	buf_add_str(out, "</table>\n");
}

static void
add_block(struct arena *arena, const struct block *block, struct buf *out)
{
	switch (block->kind) {
	case BLOCK_HEADING:
		buf_add_str(out, "<h2 style=\"margin:18px 0 8px;font-weight:bold;" FONT "\">");
		add_spans(arena, block->lines.v[0], out);
		buf_add_str(out, "</h2>\n");
		break;
	case BLOCK_LIST:
		add_list(arena, &block->lines, out);
		break;
	case BLOCK_TABLE:
		add_table(arena, block, out);
		break;
	case BLOCK_QUOTE:
		add_quote(&block->lines, out);
		break;
	case BLOCK_PARAGRAPH:
		add_paragraph(arena, &block->lines, out);
		break;
	}
}

/* Word gives padding to cells only, so a button is a coloured cell. */
static void
add_button(struct arena *arena, const struct letter *letter, const char *answer, struct buf *out)
{
	char *begins = answer_begins(arena, answer);
	bool has_more = strcspn(answer, "{[") < strlen(answer);

	buf_add_str(out, "<tr><td bgcolor=\"" BLUE "\" style=\"background:" BLUE
	    ";border-radius:4px;padding:10px 18px;text-align:center\"><a href=\"");
	add_escaped(out, compose_answer_link(arena, letter, answer));
	buf_add_str(out, "\" style=\"display:block;color:#ffffff;font-weight:bold;text-decoration:none;"
	    "font-family:Arial,Helvetica,sans-serif;font-size:16px\">");
	add_escaped(out, str_trim(arena, begins));
	buf_add_str(out, has_more ? " &hellip;</a></td>" : "</a></td>");
	buf_add_str(out, "<td style=\"padding:0 0 0 12px;" SMALL "\">");
	if (has_more)
		add_escaped(out, answer_shown(arena, answer));
	buf_add_str(out, "</td></tr>\n<tr><td colspan=\"2\" height=\"8\" style=\"font-size:8px;line-height:8px\">"
	    "&nbsp;</td></tr>\n");
}

static void
add_answers(struct arena *arena, const struct letter *letter, struct buf *out)
{
	size_t i;

	if (letter->buttons.n > 0) {
		buf_add_str(out, "<p style=\"margin:18px 0 10px;" FONT "\">To answer, press a button and send the mail "
		    "that opens; or reply to this mail and begin with one of these words.</p>\n"
		    "<table role=\"presentation\" cellspacing=\"0\" cellpadding=\"0\" border=\"0\">\n");
		for (i = 0; i < letter->buttons.n; i++)
			add_button(arena, letter, letter->buttons.v[i], out);
		buf_add_str(out, "</table>\n");
	}
	if (letter->code[0] != '\0') {
		buf_add_str(out, "<p style=\"margin:0 0 14px;" SMALL "\">Answer code: ");
		add_escaped(out, letter->code);
		buf_add_str(out, "</p>\n");
	}
}

static void
add_footer(const char *footer, struct buf *out)
{
	buf_add_str(out, "<p style=\"margin:18px 0 0;padding:10px 0 0;border-top:1px solid #b5b5b5;" SMALL "\">");
	for (; *footer != '\0'; footer += strspn(footer, "\n")) {
		size_t len = strcspn(footer, "\n");
		struct buf line = BUF_INIT;

		buf_add(&line, footer, len);
		add_escaped(out, buf_text(&line));
		buf_free(&line);
		footer += len;
		if (footer[strspn(footer, "\n")] != '\0')
			buf_add_str(out, "<br>\n");
	}
	buf_add_str(out, "</p>\n");
}

char *
compose_html_part(struct arena *arena, const struct letter *letter)
{
	struct blocks blocks = markup_read(arena, letter->body);
	struct buf out = BUF_INIT;
	char *html;
	size_t i;

	buf_add_str(&out, "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
	add_escaped(&out, letter->subject);
	buf_add_str(&out, "</title>\n</head>\n<body style=\"margin:0;padding:16px;background:#ffffff\">\n"
	    "<div style=\"max-width:680px;" FONT "\">\n");
	for (i = 0; i < blocks.n; i++)
		add_block(arena, &blocks.v[i], &out);
	add_answers(arena, letter, &out);
	if (letter->footer != NULL && letter->footer[0] != '\0')
		add_footer(letter->footer, &out);
	buf_add_str(&out, "</div>\n</body>\n</html>\n");
	html = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return html;
}
