/*
 * Looking for words in texts, in any case (ASCII), in one pass however many
 * the words are: mails are long and hostile, lists are long too.  Pure.
 * Fails: never.
 */
#ifndef MAIL_WORDS_H
#define MAIL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define WORDS_MAX	250	/* in one list */

bool	text_has(const char *text, const char *word);
/* How many of words (lower case, two bytes at least, NULL-terminated) stand in text; counting ends at enough. */
unsigned words_in(const char *text, size_t len, const char *const *words, unsigned enough);
bool	text_has_any(const char *text, const char *const *words);

#endif
