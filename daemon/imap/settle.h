/* Carrying out on the server what core has decided: mails go to their folder, in sets. */
#ifndef IMAP_SETTLE_H
#define IMAP_SETTLE_H

#include <stddef.h>
#include <stdint.h>

#include "imap/session.h"
#include "imap/uidset.h"

enum outcome { OUTCOME_MOVED, OUTCOME_GONE, OUTCOME_FAILED };	/* as WIRE_SETTLED has them */

struct settled {
	enum outcome	outcome;
	uint32_t	new_uid;	/* in its new folder, or 0 */
};

struct settling {
	const char		*watched;	/* the selected folder, where the mails are */
	const char		*folder;	/* where they go; "": they stay */
	const char		*keyword;	/* set on mails that stay; "": none */
	uint32_t		 uidvalidity;
	const struct uids	*uids;		/* sorted */
	const struct uids	*repeated;	/* of these an earlier attempt may have got half way; sorted */
};

/*
 * settled_r has room for uids->n.  0: an outcome for each; when one failed,
 * or could not be moved as wished, err says why (its scope is ERR_NONE
 * otherwise).  -1: the session broke; nothing is known, and a repeat must name
 * these UIDs as repeated.
 */
int	settle_run(struct session *session, const struct settling *settling, struct settled *settled_r,
	    struct err *err);

/* A mail that was moved once and is to lie elsewhere: known by what a move leaves as it was. */
struct refiling {
	const char	*from, *folder;		/* where it lies, where it goes */
	const char	*message_id;		/* "" without */
	uint32_t	 size_bytes;		/* 0: not known */
	int64_t		 internaldate;		/* 0: not known */
	const char		*sha256;		/* of all its bytes; "": any of its size and date will do */
};

/*
 * refile.c.  Another folder than before is selected afterwards.  Not found is
 * OUTCOME_GONE: a person has moved it.  Otherwise as settle_run().
 */
int	settle_refile(struct session *session, const struct refiling *refiling, struct settled *settled_r,
	    struct err *err);

#endif
