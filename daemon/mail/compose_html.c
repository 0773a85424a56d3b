/*
 * The HTML part of a mail, read on a phone first: what is asked, the case, the
 * date and the answers before the rest of the text.  Readable in Outlook
 * (whose engine is Word's), so inline styles, plain tables, and a style sheet
 * for nothing but dark screens.  Pure.  Run by core.
 * Invariant: nothing of the text becomes a tag or an attribute, and nothing is
 * fetched from anywhere.
 * Fails: never.
 */
#include <string.h>

#include "mail/compose.h"
#include "mail/compose_private.h"
#include "rule/answer.h"

/* A dark screen that follows this has its own colours; one that does not shows the light ones. */
#define DARK \
	"@media (prefers-color-scheme:dark){" \
	".page{background:#12171c !important}.card{background:#1c242c !important;border-right-color:#36424e !important;" \
	"border-bottom-color:#36424e !important;border-left-color:#36424e !important}" \
	".glance,.foot{background:#242e38 !important}.line{border-color:#36424e !important}" \
	".text,.lead{color:#e8edf2 !important}.soft{color:#b3bfcb !important}.link{color:#8ec5f5 !important}" \
	".late{background:#4a1d18 !important;color:#ffc9c0 !important}.ask{background:#173650 !important;color:#bfe0fb !important}}"

static const struct {
	const char *name, *bar, *back, *text;
} tones[] = {
	[TONE_PLAIN] = { "ask", HTML_BLUE, "#e4eef7", "#143d61" },
	[TONE_ASK] = { "ask", HTML_BLUE, "#e4eef7", "#143d61" },
	[TONE_LATE] = { "late", "#a63a2b", "#fbe6e2", "#7d2318" },
};

/* ---- What is asked, at a glance */

const char *
compose_lead(struct arena *arena, const struct blocks *blocks, struct strs *below_r)
{
	const struct block *first = blocks->n == 0 ? NULL : &blocks->v[0];
	const char *line = first == NULL || first->kind != BLOCK_PARAGRAPH ? "" : first->lines.v[0];
	struct span span;

	*below_r = (struct strs){ NULL, 0 };
	if (!markup_span(arena, &line, &span) || span.kind != SPAN_BOLD || line[strspn(line, " ")] != '\0')
		return NULL;
	for (size_t i = 1; i < first->lines.n; i++)
		strs_add(arena, below_r, first->lines.v[i]);
	return span.text;
}

static void
add_badge(const struct letter *letter, struct buf *out)
{
	if (letter->badge == NULL || letter->badge[0] == '\0')
		return;
	buf_printf(out, "<p style=\"margin:0 0 12px\"><span class=\"%s\" style=\"background:%s;color:%s;padding:3px 10px;font-weight:bold;"
	    HTML_FACE "font-size:14px\">", tones[letter->tone].name, tones[letter->tone].back, tones[letter->tone].text);
	html_escaped(out, letter->badge);
	buf_add_str(out, "</span></p>\n");
}

static void
add_lead(struct arena *arena, const char *from, const char *lead, const struct strs *below, struct buf *out)
{
	buf_add_str(out, "<h1 class=\"lead\" style=\"margin:0 0 8px;" HTML_FACE "font-size:20px;line-height:1.35;font-weight:bold;"
	    "color:#102a43\">");
	html_escaped(out, lead);
	buf_add_str(out, "</h1>\n");
	if (below->n == 0)
		return;
	buf_add_str(out, "<p class=\"soft\" style=\"margin:0 0 16px;" HTML_SOFT "\">");
	for (size_t i = 0; i < below->n; i++) {
		html_spans(arena, from, str_trim(arena, below->v[i]), out);
		if (i + 1 < below->n)
			buf_add_str(out, markup_is_wrapped(below->v[i]) ? "\n" : "<br>\n");
	}
	buf_add_str(out, "</p>\n");
}

static void
add_glance(struct arena *arena, const struct letter *letter, const struct glance *glance, bool last, struct buf *out)
{
	const char *line = last ? "" : "border-bottom:1px solid " HTML_LINE ";";

	buf_printf(out, "<tr><th scope=\"row\" class=\"soft line\" style=\"%spadding:7px 10px 7px 12px;text-align:left;vertical-align:top;"
	    "font-weight:normal;white-space:nowrap;width:1%%;" HTML_SOFT "\">", line);
	html_escaped(out, glance->label);
	buf_printf(out, "</th><td class=\"text line\" style=\"%spadding:6px 12px 6px 0;vertical-align:top;" HTML_TEXT "\">", line);
	if (glance->mail_back) {
		buf_add_str(out, "<a class=\"link\" href=\"");
		html_escaped(out, compose_answer_link(arena, letter, ""));
		buf_add_str(out, "\" style=\"color:" HTML_BLUE "\">");
	}
	html_escaped(out, compose_without_label(arena, glance->value));
	buf_add_str(out, glance->mail_back ? "</a></td></tr>\n" : "</td></tr>\n");
}

static void
add_glances(struct arena *arena, const struct letter *letter, struct buf *out)
{
	if (letter->glance_count == 0)
		return;
	buf_add_str(out, "<table class=\"glance line\" width=\"100%\" cellspacing=\"0\" cellpadding=\"0\" style=\"width:100%;background:#f4f6f8;"
	    "border:1px solid " HTML_LINE ";margin:0 0 16px\">\n");
	for (size_t i = 0; i < letter->glance_count; i++)
		add_glance(arena, letter, &letter->glances[i], i + 1 == letter->glance_count, out);
	buf_add_str(out, "</table>\n");
}

/* ---- Answers */

char *
compose_answer_label(struct arena *arena, const char *answer)
{
	char *label = str_trim(arena, answer_begins(arena, answer));
	size_t len = strlen(label);

	if (len > 0 && label[len - 1] == ':')
		label[len - 1] = '\0';
	return label;
}

/* What stands behind the first hole of an answer, holes as "...": " BY ..." tells two answers that begin alike apart. */
static void
add_second_half(struct arena *arena, const char *answer, struct buf *out)
{
	const char *hole = answer + strcspn(answer, "{[");

	while (*hole == '{' && strchr(hole, '}') != NULL) {
		size_t len;

		hole = strchr(hole, '}') + 1;
		len = strcspn(hole, "{[");
		html_escaped(out, arena_strndup(arena, hole, len));
		hole += len;
		if (*hole == '{')
			buf_add_str(out, "&hellip;");
	}
}

/* Word gives padding to cells only, so a button is a coloured cell. */
static void
add_button(struct arena *arena, const struct letter *letter, size_t i, const char *meaning, struct buf *out)
{
	const char *answer = letter->buttons.v[i];
	bool has_more = strcspn(answer, "{[") < strlen(answer);

	buf_add_str(out, "<tr><td bgcolor=\"" HTML_BLUE "\" style=\"background:" HTML_BLUE
	    ";border-radius:4px;text-align:center;vertical-align:middle\"><a href=\"");
	html_escaped(out, compose_answer_link(arena, letter, answer));
	buf_add_str(out, "\" style=\"display:block;padding:11px 14px;color:#ffffff;font-weight:bold;text-decoration:none;white-space:nowrap;"
	    HTML_FACE "font-size:16px;line-height:1.3\">");
	html_escaped(out, compose_answer_label(arena, answer));
	if (has_more)
		buf_add_str(out, " &hellip;");
	add_second_half(arena, answer, out);
	buf_add_str(out, "</a></td>");
	buf_add_str(out, "<td class=\"soft\" style=\"padding:0 0 0 12px;vertical-align:middle;" HTML_SOFT "\">");
	if (meaning[0] != '\0')
		html_escaped(out, meaning);
	else if (has_more)
		html_escaped(out, answer_shown(arena, answer));
	buf_add_str(out, "</td></tr>\n<tr><td colspan=\"2\" height=\"8\" style=\"font-size:8px;line-height:8px\">"
	    "&nbsp;</td></tr>\n");
}

/* For whoever replies with a program that leaves out everything else. */
static void
add_code(const struct letter *letter, struct buf *out)
{
	if (letter->code[0] == '\0')
		return;
	buf_add_str(out, "<p class=\"soft\" style=\"margin:0 0 14px;" HTML_SOFT "\">Answer code: ");
	html_escaped(out, letter->code);
	buf_add_str(out, " " CODE_MEANS "</p>\n");
}

static void
add_answers(struct arena *arena, const struct letter *letter, const struct strs *meanings, struct buf *out)
{
	if (letter->buttons.n > 0) {
		buf_add_str(out, "<p class=\"soft\" style=\"margin:0 0 8px;" HTML_SOFT "\">Press a button and send the mail that opens, "
		    "or reply and begin with the word.</p>\n"
		    "<table role=\"presentation\" cellspacing=\"0\" cellpadding=\"0\" border=\"0\" style=\"margin:0 0 8px\">\n");
		for (size_t i = 0; i < letter->buttons.n; i++)
			add_button(arena, letter, i, meanings->v[i], out);
		buf_add_str(out, "</table>\n");
	}
	/* Above the text, which may hold what others wrote: what a reply cuts off is the end. */
	add_code(letter, out);
}

/* ---- The page */

static void
add_footer(const char *footer, struct buf *out)
{
	if (footer == NULL || footer[0] == '\0')
		return;
	buf_add_str(out, "<tr><td class=\"foot soft line\" style=\"padding:12px 20px;overflow-wrap:anywhere;word-break:break-word;background:#f4f6f8;border-top:1px solid " HTML_LINE
	    ";" HTML_FACE "font-size:13px;line-height:1.45;color:#52606d\">");
	for (; *footer != '\0'; footer += strspn(footer, "\n")) {
		size_t len = strcspn(footer, "\n");
		struct buf line = BUF_INIT;

		buf_add(&line, footer, len);
		html_escaped(out, buf_text(&line));
		buf_free(&line);
		footer += len;
		if (footer[strspn(footer, "\n")] != '\0')
			buf_add_str(out, "<br>\n");
	}
	buf_add_str(out, "</td></tr>\n");
}

/* Word knows no max-width: it is given a table of that width around ours. */
static void
begin_page(const struct letter *letter, struct buf *out)
{
	buf_add_str(out, "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	html_escaped(out, letter->subject);
	buf_add_str(out, "</title>\n<style>" DARK "</style>\n</head>\n"
	    "<body class=\"page\" style=\"margin:0;padding:0;background:#eef1f4\">\n"
	    "<div role=\"main\" class=\"page\" style=\"background:#eef1f4;padding:12px 8px\">\n"
	    "<!--[if mso]><table role=\"presentation\" width=\"640\" align=\"center\"><tr><td><![endif]-->\n");
	buf_printf(out, "<table role=\"presentation\" class=\"card\" width=\"100%%\" cellspacing=\"0\" cellpadding=\"0\" align=\"center\""
	    " style=\"width:100%%;max-width:640px;margin:0 auto;background:#ffffff;border:1px solid " HTML_LINE ";border-top:5px solid %s\">\n"
	    "<tr><td style=\"padding:18px 20px 8px;overflow-wrap:anywhere;word-break:break-word\">\n", tones[letter->tone].bar);
}

char *
compose_html_part(struct arena *arena, const struct letter *letter)
{
	struct blocks blocks = markup_read(arena, compose_without_label(arena, letter->body));
	struct buf out = BUF_INIT;
	struct strs meanings = compose_meanings(arena, letter, &blocks), below;
	const char *lead = compose_lead(arena, &blocks, &below);
	char *html;

	begin_page(letter, &out);
	add_badge(letter, &out);
	if (lead != NULL)
		add_lead(arena, letter->from, lead, &below, &out);
	add_glances(arena, letter, &out);
	if (lead != NULL)
		add_answers(arena, letter, &meanings, &out);
	for (size_t i = lead != NULL; i < blocks.n; i++)
		html_block(arena, letter->from, &blocks.v[i], &out);
	if (lead == NULL)
		add_answers(arena, letter, &meanings, &out);
	buf_add_str(&out, "</td></tr>\n");
	add_footer(letter->footer, &out);
	buf_add_str(&out, "</table>\n<!--[if mso]></td></tr></table><![endif]-->\n</div>\n</body>\n</html>\n");
	html = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return html;
}
