/*
 * What there is in the end, as lines of text that two lives can be compared
 * by: store, spool, backups, mailboxes, mails accepted.
 */
#ifndef CRASH_ACCOUNT_H
#define CRASH_ACCOUNT_H

#include "base/err.h"
#include "model.h"

struct account_places {
	const char	*store, *spool, *backups, *lists, *board;
	const char	*const *erased;	/* words of which nothing may be left; NULL ends them */
};

/* -1 when the store or the spool cannot be read, or the journal's chain is broken. */
int	account_take(const struct account_places *places, const struct model *model, struct buf *out,
	    struct err *err);
/* The same for a second look at one life: with the message-ids of our mails. */
int	account_take_exactly(const struct account_places *places, const struct model *model, struct buf *out,
	    struct err *err);
/* NULL: the page is not there or is whole; else what is wrong with it. */
const char *account_board(const char *path);
/* Lines that only one of the two has, with < and >; nothing when they are equal. */
void	account_compare(const char *wanted, const char *found, struct buf *out);

#endif
