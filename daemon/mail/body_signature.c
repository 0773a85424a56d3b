/*
 * Where a signature begins: closing words, the sender's own name, "-- ", a
 * rule with an address below it; see body_parts.h.  Runs in adviced-parse;
 * pure.
 * Invariant: what answers, asks or carries a labelled fact ("Date of birth:
 * ...") is never part of one, and a text begins with one only where the
 * sender's name stands in it: in doubt a signature is kept as text.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "mail/body_parts.h"
#include "mail/words.h"

#define SIGNATURE_LINES	25
#define SIGNATURE_BYTES	160	/* of its longest line */
#define NAMED_LINES	80	/* the same where the sender's own name stands on top of it */
#define NAMED_BYTES	600
#define FOOTER_LINES	8	/* below a rule */

/* With a colon behind them, labels of facts. */
static const char *const fact_labels[] = {
	"name of", "child", "young person", "date of birth", "dob", "d.o.b", "nhs", "upn", "our ref", "ref:",
	"reference", "due", "return by", "deadline", NULL
};
static const char *const afterthoughts[] = { "p.s", "ps:", "ps ", "ps.", "nb:", "nb ", "n.b", NULL };
static const char *const contacts[] = { "http", "www.", "tel:", "tel.", "mobile:", "phone:", "mailing list", NULL };

/* One of the words that people answer with, as a whole word. */
static bool
is_answer(const char *folded)
{
	size_t len = body_starts(folded, body_answers);

	return len > 0 && (folded[len - 1] == ' ' || !isalnum((unsigned char)folded[len]));
}

/* A sentence rather than a name, a post or a street: most of its words begin small. */
static bool
is_prose(const struct line *line)
{
	size_t i, words = 0, small = 0;

	if (line->len < 20)
		return false;
	for (i = 0; i < line->len; i++)
		if (i == 0 || line->text[i - 1] == ' ') {
			words++;
			small += islower((unsigned char)line->text[i]) ? 1 : 0;
		}
	return words >= 5 && small * 3 >= words * 2;
}

static bool
is_text(const struct line *line)
{
	char folded[FOLD_MAX];

	body_fold(line->text, line->len, folded);
	/* A sentence that asks is said to somebody. */
	return is_answer(folded) || body_starts(folded, afterthoughts) > 0 ||
	    line->text[line->len - 1] == '?' ||
	    (body_starts(folded, fact_labels) > 0 && memchr(line->text, ':', line->len) != NULL);
}

/* The words of text are all among those of the sender's name. */
static bool
is_of_name(const char *text, const char *name)
{
	const char *at;
	size_t len;
	bool any = false;

	for (; *text != '\0'; text += len) {
		text += strspn(text, " .,!-");
		len = strcspn(text, " .,!-");
		if (len == 0)
			break;
		for (at = name; *at != '\0'; at += strcspn(at, " "), at += strspn(at, " "))
			if (strncmp(at, text, len) == 0 && (at[len] == ' ' || at[len] == '\0'))
				break;
		if (*at == '\0')
			return false;
		any = true;
	}
	return any;
}

static bool
line_is_of_name(const struct line *line, const char *name)
{
	char folded[FOLD_MAX];

	if (line->len > 80)
		return false;
	body_fold(line->text, line->len, folded);
	return is_of_name(folded, name);
}

/* From here to the end nothing but names, posts, telephone numbers. */
static bool
is_signature(const struct lines *lines, size_t from, const char *name)
{
	size_t i, filled = 0;
	bool named = false;

	for (i = from; i < lines->n; i++) {
		const struct line *line = &lines->v[i];

		if (line->len == 0 || is_device_line(line))
			continue;
		if (++filled == 1)
			named = line_is_of_name(line, name);
		if (line->len > (named ? NAMED_BYTES : SIGNATURE_BYTES) ||
		    filled > (named ? NAMED_LINES : SIGNATURE_LINES) || is_text(line) ||
		    (filled == 1 && is_prose(line)))
			return false;
	}
	return true;
}

/* "Kind regards,", "Thanks, Ada", "Ada Byron" alone, "-Ada". */
static bool
is_closing(const struct line *line, const char *name)
{
	char folded[FOLD_MAX];
	size_t len, start, words;

	if (line->len > 80 || line->len < 2)
		return false;
	body_fold(line->text, line->len, folded);
	start = strspn(folded, "*_- ");
	for (len = strlen(folded); len > start && strchr(",.!-*_ ", folded[len - 1]) != NULL; )
		folded[--len] = '\0';
	words = body_starts(folded + start, body_closings);
	if (words > 0 && folded[start + words] == '\0')
		return true;
	if (words > 0 && strchr(" ,.-", folded[start + words]) != NULL &&
	    is_of_name(folded + start + words, name))
		return true;
	return line->len >= 3 && *name != '\0' && strcmp(folded + start, name) == 0;
}

/* A rule of underscores or wide dashes, and right below it to the end a short footer with somebody's address in it. */
static bool
is_footer(const struct lines *lines, size_t at, const char *name)
{
	const struct line *line = &lines->v[at];
	size_t i, filled = 0;
	bool contact = false;

	if (strncmp(line->text, "\xe2\x80\x94", 3) == 0 ? !is_rule(line) : line->text[0] != '_' ||
	    line->text[strspn(line->text, "_")] != '\n' || line->len < 2)
		return false;
	if (at + 1 < lines->n && lines->v[at + 1].len == 0)
		return false;
	for (i = at + 1; i < lines->n; i++) {
		line = &lines->v[i];
		if (line->len == 0)
			continue;
		if (++filled > FOOTER_LINES || is_prose(line))
			return false;
		contact = contact || memchr(line->text, '@', line->len) != NULL ||
		    words_in(line->text, line->len, contacts, 1) > 0;
	}
	return contact && is_signature(lines, at + 1, name);
}

/* "-- " and nothing below it that answers. */
static bool
is_dashes(const struct lines *lines, size_t at)
{
	const struct line *line = &lines->v[at];
	size_t i;

	if (line->len != 2 || strncmp(line->text, "--", 2) != 0 || lines->n - at > 30)
		return false;
	for (i = at + 1; i < lines->n; i++)
		if (lines->v[i].len > 0 && is_text(&lines->v[i]))
			return false;
	return true;
}

static bool
begins_signature(const struct lines *lines, size_t at, const char *name)
{
	if (is_footer(lines, at, name) || (is_closing(&lines->v[at], name) && is_signature(lines, at + 1, name)))
		return true;
	return body_next(lines, at + 1) == lines->n && line_is_of_name(&lines->v[at], name);
}

/* A text of closing words, the sender's name and more below it: what Outlook puts above a forward by itself. */
static bool
is_nothing_else(const struct lines *lines, size_t first, const char *name)
{
	size_t below = body_next(lines, first + 1);

	if (below == lines->n || !is_closing(&lines->v[first], name))
		return false;
	return (line_is_of_name(&lines->v[first], name) || line_is_of_name(&lines->v[below], name)) &&
	    is_signature(lines, below, name);
}

void
trim_signature(struct arena *arena, struct lines *lines, const char *sender)
{
	const char *name = str_fold_name(arena, sender);
	size_t i, first = body_next(lines, 0);

	/* Each look below ends after so many lines that all of them together stay linear. */
	for (i = first; i < lines->n; i++)
		if (lines->v[i].len > 0 && (is_dashes(lines, i) || (i == first ? is_nothing_else(lines, i, name) :
		    begins_signature(lines, i, name)))) {
			lines->n = i;
			return;
		}
}

bool
is_device_line(const struct line *line)
{
	char folded[FOLD_MAX];

	if (line->len >= 120 || line->len < 6)
		return false;
	body_fold(line->text, line->len, folded);
	return body_starts(folded, body_devices) > 0 || body_ends(folded, body_devices_end);
}
