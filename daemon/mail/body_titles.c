/*
 * The titles that mail programs set above somebody else's mail, with or
 * without dashes, and rules drawn across the page: see body_parts.h.  Runs in
 * adviced-parse; pure.
 * Invariant: a line between dashes in words that body_words.c does not know
 * is a title only if a block of headers follows.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "mail/body_parts.h"

#define TITLE_BYTES	100
#define RULE_LENGTH	5

/* How many bytes at s are drawn: dashes of any length, underscores, stars, equals signs. */
static size_t
drawn(const char *s)
{
	size_t n = 0;

	for (;;) {
		if (s[n] != '\0' && strchr("-_=*#~ ", s[n]) != NULL)
			n++;
		else if (strncmp(s + n, "\xe2\x80\x93", 3) == 0 || strncmp(s + n, "\xe2\x80\x94", 3) == 0 ||
		    strncmp(s + n, "\xe2\x94\x80", 3) == 0)
			n += 3;
		else
			return n;
	}
}

bool
is_rule(const struct line *line)
{
	char folded[FOLD_MAX];

	if (line->len < RULE_LENGTH || line->len > 200 || isalnum((unsigned char)line->text[0]))
		return false;
	body_fold(line->text, line->len, folded);
	return folded[drawn(folded)] == '\0';
}

/*
 * Lines like headers in a language that body_words.c does not know: short
 * words and a colon, an address in the first, an hour close by.
 */
static bool
is_strange_block(const struct lines *lines, size_t at)
{
	unsigned labels = 0;
	bool hour = false;
	size_t i, n = 0;

	for (i = at; i < lines->n && n < 4; i++) {
		const struct line *line = &lines->v[i];
		const char *colon = memchr(line->text, ':', line->len), *s;

		if (line->len == 0)
			continue;
		n++;
		if (colon == NULL || colon - line->text > 40)
			break;
		if (n == 1 && memchr(line->text, '@', line->len) == NULL)
			return false;
		for (s = colon + 1; s + 2 < line->text + line->len; s++)
			if (isdigit((unsigned char)s[0]) && s[1] == ':' && isdigit((unsigned char)s[2]))
				hour = true;
		labels++;
	}
	return labels >= 3 && hour;
}

bool
block_below(const struct lines *lines, size_t at)
{
	size_t next = body_next(lines, at);

	return next < lines->n && (block_at(lines, next, true) || is_strange_block(lines, next));
}

/* Known words between dashes; what follows them is nothing, more dashes, or the headers themselves. */
static bool
known_title(const char *folded, size_t before, bool *forward_r)
{
	const char *words = folded + before, *rest;
	size_t forward = body_starts(words, body_forwards), original = body_starts(words, body_originals);

	if (forward == 0 && original == 0)
		return false;
	*forward_r = forward >= original;
	rest = words + (forward >= original ? forward : original);
	if (before >= 4 || *rest == '\0')
		return true;
	return drawn(rest) >= 2 || strstr(rest, "--") != NULL;
}

/* "Begin forwarded message:", or such words alone on a line above a block. */
static bool
bare_title(const struct lines *lines, size_t at, const char *folded, bool *forward_r)
{
	size_t len = strlen(folded), forward = body_starts(folded, body_forwards), original;

	original = body_starts(folded, body_originals);
	if (forward == 0 && original == 0)
		return false;
	if (len > (forward > original ? forward : original) + 24)
		return false;
	*forward_r = forward >= original;
	return (*forward_r && folded[len - 1] == ':') || block_below(lines, at + 1);
}

bool
title_at(const struct lines *lines, size_t at, bool *forward_r)
{
	const struct line *line = &lines->v[at];
	char folded[FOLD_MAX];
	size_t before, len;

	*forward_r = false;
	if (line->len < 6)
		return false;
	body_fold(line->text, line->len > 2 * TITLE_BYTES ? 2 * TITLE_BYTES : line->len, folded);
	before = drawn(folded);
	if (folded[before] == '\0')
		return false;
	if (before == 0)
		return line->len <= TITLE_BYTES && bare_title(lines, at, folded, forward_r);
	if (before < 2)
		return false;
	if (known_title(folded, before, forward_r) || (before >= 3 && block_is_dense(line)))
		return true;
	len = strlen(folded);
	return before >= 3 && line->len <= TITLE_BYTES && len > 3 && strchr("-_=*", folded[len - 1]) != NULL &&
	    folded[len - 2] == folded[len - 1] && block_below(lines, at + 1);
}
