/*
 * The line that mail programs set above what they quote: "On Monday, Ada
 * <ada@...> wrote:", date or name first, over as many as four lines; see
 * body_parts.h.  Runs in adviced-parse; pure.
 * Invariant: without an address, a full date or a time of day no line is one
 * unless quoted text follows; a sentence of the sender's own that stands
 * above it is never drawn in.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include "mail/body_parts.h"

#define WROTE_LINES	4
#define WROTE_BYTES	400

struct shape {
	bool	colon;		/* at the end */
	bool	begins;		/* as such lines do */
	bool	address, date, hour, digit;
	bool	verb;		/* "wrote" in some language */
	bool	verb_ends;	/* and nothing but "(a)" behind it */
	bool	address_ends;
};

/* A year, or day, month and year in figures. */
static bool
has_date(const char *s)
{
	for (; *s != '\0'; s++) {
		size_t n = strspn(s, "0123456789"), m;

		if (n == 0)
			continue;
		if (n == 4 && ((s[0] == '2' && s[1] == '0') || (s[0] == '1' && s[1] == '9')))
			return true;
		if (n <= 2 && s[n] != '\0' && strchr("./-", s[n]) != NULL) {
			m = strspn(s + n + 1, "0123456789");
			if ((m == 1 || m == 2) && s[n + 1 + m] == s[n] && isdigit((unsigned char)s[n + m + 2]))
				return true;
		}
		s += n - 1;
	}
	return false;
}

static bool
has_hour(const char *s)
{
	for (; *s != '\0'; s++)
		if (isdigit((unsigned char)*s) && (s[1] == ':' || s[1] == '.') && isdigit((unsigned char)s[2]) &&
		    isdigit((unsigned char)s[3]) && !isdigit((unsigned char)s[4]) && s[4] != '.')
			return true;
	return false;
}

/* As such lines begin: "On 3", "Le lun. 3", "3 May", "tir. 3."; with a figure in the same line. */
static bool
is_beginning(const char *folded)
{
	size_t token;

	folded += strspn(folded, "-* ");
	if (isdigit((unsigned char)*folded))
		return true;
	if (folded[strcspn(folded, "0123456789")] == '\0')
		return false;
	if (body_starts(folded, body_begins) > 0)
		return true;
	token = strcspn(folded, " ");
	return token > 1 && token <= 14 && strchr(".,", folded[token - 1]) != NULL &&
	    isdigit((unsigned char)folded[token + 1]);
}

static void
find_verb(const char *folded, struct shape *shape)
{
	size_t i, len;
	const char *at, *behind;

	for (i = 0; body_wrotes[i] != NULL && !shape->verb_ends; i++)
		for (at = folded, len = strlen(body_wrotes[i]); (at = strstr(at, body_wrotes[i])) != NULL; at++) {
			behind = at + len;
			if ((at > folded && isalpha((unsigned char)at[-1])) || isalpha((unsigned char)*behind))
				continue;
			shape->verb = true;
			behind += strncmp(behind, "(a)", 3) == 0 ? 3 : 0;
			shape->verb_ends = behind[strspn(behind, " -*:;,.")] == '\0' || strncmp(behind, ":>", 2) == 0;
			if (shape->verb_ends)
				break;
		}
}

static void
shape_of(const char *text, size_t len, struct shape *shape)
{
	char folded[FOLD_MAX], *start = folded;
	size_t n;

	memset(shape, 0, sizeof(*shape));
	body_fold(text, len, folded);
	start += strspn(start, "-* ");
	for (n = strlen(start); n > 0 && strchr(" -*:>\"", start[n - 1]) != NULL; n--) {
		shape->colon = shape->colon || start[n - 1] == ':';
		shape->address_ends = shape->address_ends || start[n - 1] == '>';
	}
	shape->begins = is_beginning(start);
	shape->address = strchr(start, '@') != NULL;
	shape->address_ends = shape->address_ends && shape->address;
	shape->date = has_date(start);
	shape->hour = has_hour(start);
	shape->digit = start[strcspn(start, "0123456789")] != '\0';
	find_verb(start, shape);
}

static bool
is_wrote(const struct lines *lines, size_t at, size_t take)
{
	const struct line *first = &lines->v[at], *last = &lines->v[at + take - 1];
	struct shape s;
	size_t next;

	shape_of(first->text, (size_t)(last->text + last->len - first->text), &s);
	/* Above quoted text the verb may be in a language that we do not know. */
	if ((s.verb ? s.digit || s.address : s.date || s.hour || s.address) &&
	    (s.colon || (s.verb && s.begins)) && body_next_is_quoted(lines, at + take))
		return true;
	if (s.colon && s.verb && s.address)
		return true;
	if (s.colon && s.verb && s.verb_ends && s.begins && (s.date || s.hour))
		return true;
	if (s.colon && s.verb && s.date && s.hour)
		return true;
	/* No verb at all: "3.10.2026, 18:30, \"Ada\" <ada@example.org>:". */
	if (s.colon && s.begins && s.address_ends && (s.date || s.hour))
		return true;
	if (s.verb_ends && s.begins && s.address && (s.date || s.hour))
		return true;
	next = body_next(lines, at + take);
	return s.verb && s.begins && s.date && next < lines->n && lines->v[next].label == LABEL_FROM;
}

/* Such lines end with a colon, or at least with "wrote" or dashes, or a block follows. */
static bool
may_end(const struct lines *lines, size_t at)
{
	const struct line *line = &lines->v[at];
	const char *end = line->text + line->len;

	if (end[-1] == ':' || end[-1] == '-' || (line->len >= 3 && strncmp(end - 3, "\xef\xbc\x9a", 3) == 0) ||
	    memmem(line->text, line->len > WROTE_BYTES ? WROTE_BYTES : line->len, ":>", 2) != NULL)
		return true;
	if (line->len >= 5 && strncmp(end - 5, "wrote", 5) == 0)
		return true;
	if (end[-1] == '*' || (unsigned char)end[-1] >= 0x80)
		return true;
	at = body_next(lines, at + 1);
	return at < lines->n && lines->v[at].label == LABEL_FROM;
}

static bool
begins_at(const struct line *line)
{
	char folded[FOLD_MAX];

	body_fold(line->text, line->len > 120 ? 120 : line->len, folded);
	return is_beginning(folded);
}

/* Does a line of this kind begin right here, however many lines it takes? */
static bool
starts_its_own(const struct lines *lines, size_t at)
{
	size_t take;

	if (!begins_at(&lines->v[at]))
		return false;
	for (take = 1; take <= WROTE_LINES && at + take <= lines->n; take++) {
		const struct line *last = &lines->v[at + take - 1];

		if (last->len == 0 || last->depth > 0 ||
		    (size_t)(last->text + last->len - lines->v[at].text) > WROTE_BYTES)
			return false;
		if (may_end(lines, at + take - 1) && is_wrote(lines, at, take))
			return true;
	}
	return false;
}

size_t
wrote_at(const struct lines *lines, size_t at)
{
	const struct line *first = &lines->v[at];
	size_t take;

	if (first->len == 0 || first->depth > 0)
		return 0;
	for (take = 1; take <= WROTE_LINES && at + take <= lines->n; take++) {
		const struct line *last = &lines->v[at + take - 1];

		if (last->len == 0 || last->depth > 0 ||
		    (size_t)(last->text + last->len - first->text) > WROTE_BYTES)
			return 0;
		if (take == 2 && !begins_at(first))
			return 0;
		if (take > 1 && starts_its_own(lines, at + take - 1))
			return 0;
		if (may_end(lines, at + take - 1) && is_wrote(lines, at, take))
			return take;
	}
	return 0;
}
