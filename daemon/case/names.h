/*
 * Are two spellings one child's name?  Pure; names are folded (str_fold_name).
 * What people vary is folded away: order, middle names left out, hyphens and
 * particles written together or apart.  What differs stays apart: another
 * forename is another child, however alike the rest (twins, siblings).
 */
#ifndef CASE_NAMES_H
#define CASE_NAMES_H

#include <stdbool.h>

enum names_alike {
	NAMES_DIFFER,		/* two children */
	NAMES_OTHER_SURNAME,	/* the same forename with another surname: one child only if a number says so */
	NAMES_NEAR,		/* one slip of the keyboard, or the first forename left out: needs more */
	NAMES_PART,		/* the same name with the end of a double surname left out */
	NAMES_AGREE
};

enum names_alike names_compare(const char *a, const char *b);
/* Does the full name (forename and surname, either first) stand in a folded text? */
bool	names_stand_in(const char *text, const char *name);

/* A text's words, by their hashes: where the last of a name's is not among them the name does not stand there. */
#define NAMES_BITS	2048
struct names_words {
	bool	has[NAMES_BITS];
};
struct names_words names_words_of(const char *text);
bool	names_may_stand_in(const struct names_words *words, const char *name);

#endif
