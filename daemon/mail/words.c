/*
 * Words in texts: see words.h.  Runs in adviced-parse; pure.
 * Invariant: linear in the text, but for words that begin with the same two
 * letters.
 * Fails: never.
 */
#include <assert.h>
#include <string.h>

#include "mail/words.h"

/* ASCII letters without case; other bytes as they are. */
static unsigned char
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : (unsigned char)c;
}

static bool
stands_at(const char *text, const char *end, const char *word)
{
	while (*word != '\0' && text < end && fold(*text) == (unsigned char)*word) {
		text++;
		word++;
	}
	return *word == '\0';
}

/* A number for two letters, of which few lists have two words with the same. */
static unsigned char
pair(unsigned char a, unsigned char b)
{
	return (unsigned char)(a * 31 + b);
}

unsigned
words_in(const char *text, size_t len, const char *const *words, unsigned enough)
{
	unsigned char first[256] = { 0 }, next[WORDS_MAX + 1];	/* chains of numbers from 1, by the first two letters */
	bool found[WORDS_MAX + 1] = { false };
	unsigned char now, behind, *chain;
	unsigned n, i, hits = 0;
	size_t at;

	for (n = 0; words[n] != NULL; n++) {
		assert(n < WORDS_MAX && words[n][0] != '\0' && words[n][1] != '\0');
		chain = &first[pair((unsigned char)words[n][0], (unsigned char)words[n][1])];
		next[n + 1] = *chain;
		*chain = (unsigned char)(n + 1);
	}
	now = len > 0 ? fold(text[0]) : 0;
	for (at = 0; at + 1 < len && hits < enough; at++, now = behind) {
		behind = fold(text[at + 1]);
		for (i = first[pair(now, behind)]; i != 0; i = next[i])
			if (!found[i] && stands_at(text + at, text + len, words[i - 1])) {
				found[i] = true;
				hits++;
			}
	}
	return hits < enough ? hits : enough;
}

bool
text_has(const char *text, const char *word)
{
	const char *const words[] = { word, NULL };

	return words_in(text, strlen(text), words, 1) > 0;
}

bool
text_has_any(const char *text, const char *const *words)
{
	return words_in(text, strlen(text), words, 1) > 0;
}
