/*
 * Does a colleague's mail bring back what was asked for?  A form that cannot
 * be opened, or that nobody has filled in, is no advice.  Pure.
 */
#ifndef CASE_RETURNED_H
#define CASE_RETURNED_H

#include "case/case.h"

/*
 * kind: what the mail is, or NULL for an answer with a file.  Of the files that make it so: one that can be used, or
 * none at all, is NULL; else a sentence without a full stop, which says what is wrong with the first.
 */
const char *returned_nothing(struct arena *arena, const struct pack *pack, const struct message *message,
	    const struct kind *kind);

/* Only labels, with nothing behind or below them but lines and boxes to fill in. */
bool	returned_is_blank(const char *text);

#endif
