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
#include "mail/body_parts.h"
#include "mail/subject.h"
#include "mail/words.h"

#define BANNERS	8	/* banners and markings that are taken off; more of them are text */

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
	"learnaboutsenderidentification", "this sender is not in your", "report suspicious",
	"from outside of the", "sent by an external", "external source", "unless you trust the sender",
	"unless you recogni", "unless you were expecting", "unless you are expecting",
	"treat links and attachments with", "this is an external", "outside your organisation",
	"sender is outside", "be cautious of links", "suspicious email", "y tu allan i'r", "e-bost allanol",
	"externe e-mail", "expéditeur externe", "correo externo", NULL
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
	"accept any liability", "disclosure", "not the intended", "for the use of the", "legally protected",
	"cyfrinachol", "neges e-bost hon", "e-bost hwn", "derbynnydd", "dileu", "croesawn ohebiaeth",
	"vertraulich", "irrtümlich", "nicht der richtige adressat", "unbefugte", "confidentiel",
	"destinataire", "par erreur", "confidencial", "destinatario", "por error", "por engano",
	"riservat", "per errore", "vertrouwelijk", "geadresseerde", "poufn", "adresat",
	"fortrolig", "konfidentiell", "ved en fejl", NULL
};

static bool
has_any(const struct line *line, const char *const *words)
{
	return words_in(line->text, line->len, words, 1) > 0;
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
	size_t at = 0, n, i, upto, seen = 0, dropped = 0;

	while (at < lines->n && seen < 4 && dropped < BANNERS) {
		if (lines->v[at].len == 0) {
			at++;
			continue;
		}
		n = paragraph(lines, at);
		upto = 0;
		for (i = 0; i < n && i < 12; i++)
			if (is_banner_head(&lines->v[at + i])) {
				if (upto == i || (i > 0 && is_drawn(&lines->v[at + i - 1])))
					upto = i + 1;
			} else if (is_drawn(&lines->v[at + i])) {
				if (upto == i && i > 0)
					upto = i + 1;
			} else if (lines->v[at + i].len < 600 && has_any(&lines->v[at + i], banner_words))
				upto = i + 1;
		if (upto > 0) {
			drop(lines, at, upto);
			dropped++;
		} else {
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

struct score {
	unsigned	total;
	size_t		hits, first;	/* lines that score, and the first of them */
	bool		first_is_long;
};

/* Is line i of a paragraph of n lines that scored so part of a disclaimer? */
static bool
is_disclaimer(const struct line *line, size_t n, const struct score *score, size_t i)
{
	if (score->total < 2 || i < score->first)
		return false;
	/* Long lines stand for themselves; wrapped ones are weighed together. */
	if (score->first_is_long || n == 1)
		return disclaimer_score(line) >= 2;
	return score->total >= 3 || score->hits * 2 >= n - score->first;
}

/* Disclaimers, wherever they stand; what stands above them in the same paragraph stays. */
static void
trim_disclaimers(struct lines *lines)
{
	size_t at, n, i, to = 0;

	for (at = 0; at < lines->n; at += n > 0 ? n : 1) {
		struct score score = { 0 };
		size_t kept = to;

		n = paragraph(lines, at);
		for (i = 0; i < n; i++) {
			unsigned one = disclaimer_score(&lines->v[at + i]);

			if (one > 0 && score.hits++ == 0) {
				score.first = i;
				score.first_is_long = lines->v[at + i].len > 120;
			}
			score.total += one;
		}
		if (n == 0)
			lines->v[to++] = lines->v[at];
		for (i = 0; i < n; i++)
			if (!is_disclaimer(&lines->v[at + i], n, &score, i))
				lines->v[kept++] = lines->v[at + i];
		to = n == 0 ? to : kept;
	}
	lines->n = to;
}

/* Markings alone on a line at the top (or the very end) are taken off and kept as a field. */
static const char *
trim_markings(struct arena *arena, struct lines *lines)
{
	const char *found = "", *name;
	size_t at = 0, seen = 0, i, dropped = 0;

	while (at < lines->n && seen < 3 && dropped < BANNERS) {
		const struct line *line = &lines->v[at];

		name = line->len > 0 && line->len < 80 ?
		    marking_of_line(arena_strndup(arena, line->text, line->len)) : NULL;
		if (name != NULL) {
			if (*found == '\0')
				found = name;
			drop(lines, at, 1);
			dropped++;
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

/* Pictures, telephones' last lines and drawn lines say nothing. */
static void
trim_odd_lines(struct lines *lines)
{
	size_t i, to = 0;

	for (i = 0; i < lines->n; i++)
		if (lines->v[i].len == 0 || (!is_picture(&lines->v[i]) && !is_drawn(&lines->v[i]) &&
		    !is_device_line(&lines->v[i])))
			lines->v[to++] = lines->v[i];
	lines->n = to;
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
