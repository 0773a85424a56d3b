/*
 * Words in texts: see words.h.  Runs in adviced-parse; pure.
 * Invariant: linear in the text, but for words that begin with the same
 * letter.
 * Fails: never.
 */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "mail/words.h"

/* ASCII letters without case; other bytes as they are. */
static unsigned char
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : (unsigned char)c;
}

unsigned
words_in(const char *text, size_t len, const char *const *words, unsigned enough)
{
	unsigned char first[256] = { 0 }, next[WORDS_MAX + 1];	/* chains of numbers from 1, by first letter */
	bool found[WORDS_MAX + 1] = { false };
	unsigned n, i, hits = 0;
	size_t at;

	for (n = 0; words[n] != NULL; n++) {
		assert(n < WORDS_MAX);
		next[n + 1] = first[fold(words[n][0])];
		first[fold(words[n][0])] = (unsigned char)(n + 1);
	}
	for (at = 0; at < len && hits < enough; at++)
		for (i = first[fold(text[at])]; i != 0; i = next[i]) {
			size_t want = strlen(words[i - 1]);

			if (found[i] || want > len - at || strncasecmp(text + at, words[i - 1], want) != 0)
				continue;
			found[i] = true;
			if (++hits >= enough)
				return hits;
		}
	return hits;
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
