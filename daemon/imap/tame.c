/*
 * The bytes of a server, looked through before libetpan has them.  Run by the
 * fetch role.
 * libetpan 1.9.4 follows no pointer where "PERMANENTFLAGS" is not followed by a
 * list as it should be, and a server may say that at any time.  So the word is
 * made another one, which it takes for an unknown code and passes over; the
 * lines of SELECT, where the flags are wanted, are read by ourselves.
 * Invariant: no byte of a literal, which is where mails are, is ever changed.
 * Fails: never.
 */
#include "imap/tame.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define LITERAL_MAX	(UINT64_C(1) << 40)

static const char word[] = "PERMANENTFLAGS";

/* "* OK ...", "a7 NO ...": for people, and a brace at their end announces nothing. */
static bool
is_status(const struct tame *tame)
{
	static const char *const words[] = { "OK", "NO", "BA", "BY", "PR" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (tame->column >= sizeof(tame->start) && strncasecmp(tame->start + 2, words[i], 2) == 0)
			return true;
	return tame->start[0] != '*';
}

static void
line_ends(struct tame *tame)
{
	uint64_t literal = tame->at == TAME_CLOSED && !is_status(tame) ? tame->number : 0;

	tame->literal = literal;
	/* What comes behind a literal belongs to the same line. */
	if (tame->at != TAME_CLOSED || is_status(tame))
		tame->column = 0;
	tame->at = TAME_TEXT;
	tame->matched = 0;
}

/* Of "{123}" or "{123+}" before the end of the line. */
static void
follow_brace(struct tame *tame, char c)
{
	if (c == '{') {
		tame->at = TAME_BRACE;
		tame->number = 0;
	} else if (c >= '0' && c <= '9' && (tame->at == TAME_BRACE || tame->at == TAME_DIGITS)) {
		tame->at = TAME_DIGITS;
		tame->number = tame->number > LITERAL_MAX ? tame->number : tame->number * 10 + (uint64_t)(c - '0');
	} else if (c == '}' && tame->at == TAME_DIGITS)
		tame->at = TAME_CLOSED;
	else if (c != '\r' && (c != '+' || tame->at != TAME_DIGITS))
		tame->at = TAME_TEXT;
}

static void
take_char(struct tame *tame, char *c)
{
	char upper = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;

	if (tame->column < sizeof(tame->start))
		tame->start[tame->column] = *c;
	tame->column++;
	follow_brace(tame, *c);
	/* No part of the word is another beginning of it. */
	tame->matched = upper == word[tame->matched] ? tame->matched + 1 : upper == word[0];
	if (tame->matched == sizeof(word) - 1) {
		*c = TAME_FLAGS[sizeof(word) - 2];
		tame->matched = 0;
	}
}

void
tame_bytes(struct tame *tame, char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (tame->literal > 0) {
			uint64_t skipped = tame->literal < len - i ? tame->literal : len - i;

			tame->literal -= skipped;
			i += (size_t)skipped - 1;
		} else if (data[i] == '\n')
			line_ends(tame);
		else
			take_char(tame, &data[i]);
	}
}
