/*
 * New text without banner, signature and disclaimer: see body.h.  Runs in
 * adviced-parse; pure.
 * Invariant: only whole lines are taken away, and a line that carries a fact
 * with a label ("Date of birth: ...") is never taken for a signature.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/str.h"
#include "mail/body.h"
#include "mail/subject.h"
#include "mail/words.h"

/* What gateways put before the first word. */
static const char *const banner_words[] = {
	"originated from outside", "originated outside", "from outside of the organi", "from outside the organi",
	"from outside your organi", "from outside of your organi", "outside of our organi",
	"from outside the council", "from outside the trust", "sent from outside", "came from outside",
	"external sender", "external email", "external e-mail", "from an external source",
	"do not click links", "do not click on links", "don't click links", "never click on links",
	"open attachments unless", "know the content is safe", "content is safe",
	"recognise the sender", "recognize the sender",
	"don't often get email from", "you don't often get email", "why this is important",
	"learnaboutsenderidentification", "this sender is not in your", "report suspicious", NULL
};

/* Two of these in one paragraph make it a disclaimer. */
static const char *const disclaimer_words[] = {
	"confidential", "intended recipient", "named recipient", "intended only for", "intended for the",
	"only intended for", "solely for", "privileged", "this email and any", "this e-mail and any",
	"this message and any", "any attachment", "any files", "any views", "the views in it", "views expressed",
	"notify the sender", "tell the sender", "advise the sender", "inform the sender",
	"contact the sender", "in error", "delete it", "delete the e", "and delete", "please delete",
	"destroy the", "destroy all", "must not copy", "not copy it", "unlawful", "prohibited",
	"freedom of information", "data protection act", "monitored", "monitoring", "monitors all",
	"scanned for", "malware", "viruses", "virus", "secure means of communication",
	"addressee", "above named", "person or body", "person or organisation", "protect our environment",
	"before you print", "before printing", "consider the environment", "only printing this",
	"lawful business purposes", "personal information are on", "privacy notice", "registered office",
	"registered in england", "not necessarily those of", "copyright", "accept no liability",
	"accept any liability", "disclosure", NULL
};

/* How people end; the whole of a line, with a comma or not. */
static const char *const closings[] = {
	"kind regards", "kindest regards", "best regards", "warm regards", "warmest regards", "regards",
	"many regards", "with kind regards", "with best regards", "with regards", "kr", "br", "rgds",
	"best wishes", "with best wishes", "best", "all the best", "warm wishes", "many thanks", "thanks",
	"thank you", "thanks in advance", "many thanks in advance", "thank you in advance", "with thanks",
	"thanks again", "cheers", "yours sincerely", "yours faithfully", "yours truly", "yours", "sincerely",
	"with many thanks", "thanks and regards", "thanks & regards", "thanks and kind regards",
	"thank you and kind regards", "many thanks and kind regards", "take care", "cordially", NULL
};

static const char *const device_words[] = {
	"sent from my ", "sent from mail for", "get outlook for", "sent from outlook", "sent from yahoo",
	"sent from samsung", "sent from a mobile", NULL
};

/* With a colon behind them, labels of facts: such a line is no signature. */
static const char *const fact_labels[] = {
	"name of", "child", "young person", "date of birth", "dob", "d.o.b", "nhs", "upn", "our ref", "ref:",
	"reference", "due", "return by", "deadline", NULL
};
static const char *const afterthoughts[] = { "p.s", "ps:", "ps ", "ps.", "nb:", "nb ", "n.b", NULL };

static bool
has_any(const struct line *line, const char *const *words)
{
	return words_in(line->text, line->len, words, 1) > 0;
}

static bool
starts_any(const struct line *line, const char *const *words)
{
	size_t i;

	for (i = 0; words[i] != NULL; i++)
		if (line->len >= strlen(words[i]) &&
		    strncasecmp(line->text, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/* Only stars, dashes, underscores: drawn by hand or by a gateway. */
static bool
is_drawn(const struct line *line)
{
	size_t i;

	for (i = 0; i < line->len; i++)
		if (strchr("*-_=~#+ ", line->text[i]) == NULL)
			return false;
	return line->len >= 3;
}

/* "[cid:image001.png@...]", "[Logo]", "<https://...>" alone on a line. */
static bool
is_picture(const struct line *line)
{
	static const char *const words[] = { "cid:", "logo", ".png", ".jpg", ".gif", "image", NULL };

	if (line->len < 3 || line->text[0] != '[' || line->text[line->len - 1] != ']')
		return false;
	return line->len < 300 && has_any(line, words);
}

/* Lines of one paragraph from at: how many. */
static size_t
paragraph(const struct lines *lines, size_t at)
{
	size_t n = 0;

	while (at + n < lines->n && lines->v[at + n].len > 0)
		n++;
	return n;
}

static void
drop(struct lines *lines, size_t from, size_t n)
{
	memmove(lines->v + from, lines->v + from + n, (lines->n - from - n) * sizeof(*lines->v));
	lines->n -= n;
}

/* "[EXTERNAL]", "CAUTION", "EXTERNAL EMAIL" alone on a line. */
static bool
is_banner_head(const struct line *line)
{
	static const char *const heads[] = { "caution", "warning", "external", "external email",
		"external sender", "[external]", "*external*", "[ext]", "external message", "be careful",
		"external email warning", NULL };
	size_t i, len = line->len;

	while (len > 0 && strchr("!:. *", line->text[len - 1]) != NULL)
		len--;
	for (i = 0; heads[i] != NULL; i++)
		if (len == strlen(heads[i]) && strncasecmp(line->text, heads[i], len) == 0)
			return true;
	return false;
}

/* Banners stand in the first few paragraphs; up to the last line that speaks like one goes. */
static void
trim_banners(struct lines *lines)
{
	size_t at = 0, n, i, upto, seen = 0;

	while (at < lines->n && seen < 4) {
		if (lines->v[at].len == 0) {
			at++;
			continue;
		}
		n = paragraph(lines, at);
		upto = 0;
		for (i = 0; i < n && i < 12; i++)
			if (is_drawn(&lines->v[at + i]) || is_banner_head(&lines->v[at + i])) {
				if (upto == i)
					upto = i + 1;
			} else if (lines->v[at + i].len < 600 && has_any(&lines->v[at + i], banner_words))
				upto = i + 1;
		if (upto > 0)
			drop(lines, at, upto);
		else {
			at += n;
			seen++;
		}
	}
}

static unsigned
disclaimer_score(const struct line *line)
{
	return words_in(line->text, line->len, disclaimer_words, 10);
}

/*
 * Disclaimers, wherever they stand.  A paragraph whose own line scores goes
 * line by line when lines are long; wrapped ones are weighed together.
 */
static void
trim_disclaimers(struct lines *lines)
{
	size_t at = 0, n, i;

	while (at < lines->n) {
		unsigned score = 0;
		size_t hits = 0, first = (size_t)-1;

		n = paragraph(lines, at);
		if (n == 0) {
			at++;
			continue;
		}
		for (i = 0; i < n; i++) {
			unsigned one = disclaimer_score(&lines->v[at + i]);

			if (one > 0 && first == (size_t)-1)
				first = i;
			score += one;
			hits += one > 0 ? 1 : 0;
		}
		if (score < 2 || first == (size_t)-1) {
			at += n;
			continue;
		}
		/* Long lines stand for themselves; the text above the first scoring line stays. */
		if (lines->v[at + first].len > 120 || n == 1) {
			if (disclaimer_score(&lines->v[at + first]) >= 2) {
				drop(lines, at + first, 1);
				continue;
			}
			at += first + 1;
			continue;
		}
		if (score >= 3 || hits * 2 >= n - first)
			drop(lines, at + first, n - first);
		else
			at += n;
	}
}

static bool
is_closing(const struct line *line)
{
	size_t len = line->len, i;

	while (len > 0 && strchr(",.!- ", line->text[len - 1]) != NULL)
		len--;
	for (i = 0; closings[i] != NULL; i++)
		if (len == strlen(closings[i]) && strncasecmp(line->text, closings[i], len) == 0)
			return true;
	return false;
}

/* The sender's own name, alone on a line ("Achebe, Rosalind" in the header is "Rosalind Achebe" here). */
static bool
is_sender(struct arena *arena, const struct line *line, const char *sender)
{
	const char *have, *want;

	if (line->len > 80 || line->len < 3 || *sender == '\0')
		return false;
	have = str_fold_name(arena, arena_strndup(arena, line->text, line->len));
	want = str_fold_name(arena, sender);
	return *want != '\0' && strcmp(have, want) == 0;
}

/* From here to the end nothing but names, posts, telephone numbers. */
static bool
is_signature(const struct lines *lines, size_t from)
{
	size_t i, filled = 0;

	for (i = from; i < lines->n; i++) {
		const struct line *line = &lines->v[i];

		if (line->len == 0)
			continue;
		if (line->len > 160 || ++filled > 25)
			return false;
		if (starts_any(line, afterthoughts) ||
		    (starts_any(line, fact_labels) && memchr(line->text, ':', line->len) != NULL))
			return false;
		/* A sentence that asks is said to somebody. */
		if (line->text[line->len - 1] == '?')
			return false;
	}
	return true;
}

static void
trim_signature(struct arena *arena, struct lines *lines, const char *sender)
{
	size_t i, first_text = 0;

	while (first_text < lines->n && lines->v[first_text].len == 0)
		first_text++;
	for (i = first_text; i < lines->n; i++) {
		const struct line *line = &lines->v[i];

		if (line->len == 2 && strncmp(line->text, "--", 2) == 0 && lines->n - i <= 30) {
			lines->n = i;
			return;
		}
		if (i == first_text || line->len == 0)
			continue;
		if ((is_closing(line) || is_sender(arena, line, sender)) && is_signature(lines, i + 1)) {
			lines->n = i;
			return;
		}
	}
}

/* Markings alone on a line at the top (or the very end) are taken off and kept as a field. */
static const char *
trim_markings(struct arena *arena, struct lines *lines)
{
	const char *found = "", *name;
	size_t at = 0, seen = 0, i;

	while (at < lines->n && seen < 3) {
		const struct line *line = &lines->v[at];

		name = line->len > 0 && line->len < 80 ?
		    marking_of_line(arena_strndup(arena, line->text, line->len)) : NULL;
		if (name != NULL) {
			if (*found == '\0')
				found = name;
			drop(lines, at, 1);
			continue;
		}
		seen += line->len > 0 ? 1 : 0;
		at++;
	}
	for (i = lines->n; i > 0 && lines->n - i < 4; i--) {
		const struct line *line = &lines->v[i - 1];

		if (line->len == 0 || line->len >= 80)
			continue;
		name = marking_of_line(arena_strndup(arena, line->text, line->len));
		if (name != NULL) {
			if (*found == '\0')
				found = name;
			drop(lines, i - 1, 1);
		}
	}
	return found;
}

static void
trim_odd_lines(struct lines *lines)
{
	size_t i;

	for (i = 0; i < lines->n; )
		if (is_picture(&lines->v[i]) || (is_drawn(&lines->v[i]) && lines->v[i].len > 2) ||
		    (lines->v[i].len < 80 && starts_any(&lines->v[i], device_words)))
			drop(lines, i, 1);
		else
			i++;
}

char *
body_trim(struct arena *arena, const char *new_text, const char *sender, const char **marking_r)
{
	struct lines lines = body_lines(arena, new_text, false);

	trim_banners(&lines);
	*marking_r = trim_markings(arena, &lines);
	trim_banners(&lines);
	trim_disclaimers(&lines);
	trim_signature(arena, &lines, sender);
	trim_odd_lines(&lines);
	return body_join(arena, lines.v, lines.n);
}
