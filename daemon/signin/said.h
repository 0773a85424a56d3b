/*
 * What servers say when a sign-in fails, and what that means for the person
 * who looks after it: one table, said.c.
 */
#ifndef SIGNIN_SAID_H
#define SIGNIN_SAID_H

#include <stddef.h>

#include "base/err.h"

enum said_by { SAID_TOKEN, SAID_IMAP, SAID_SMTP, SAID_GRAPH };

struct said_row {
	enum said_by	 by;
	const char	*what;		/* "AADSTS7000215", or words that stand in what was said */
	enum err_scope	 scope;		/* ERR_MAILBOX: a person must act; ERR_RETRY: it may pass */
	const char	*cause;		/* a sentence without its full stop */
	const char	*remedy;	/* one or more sentences */
};

/* The first row that fits; NULL: it is not known. */
const struct said_row *said_find(enum said_by by, const char *text);

/*
 * err from what a server said: "WHO: cause. remedy (code)", or, where no row
 * fits, "WHO: " and the words themselves, with the given scope.  -1.
 */
int	said_err(enum said_by by, const char *who, const char *text, enum err_scope scope, struct err *err);

/* All rows, for tests; count_r: how many. */
const struct said_row *said_rows(size_t *count_r);

#endif
