/*
 * The daemon's roles as functions in one process: core, fetch, parse and send,
 * with the frames between them carried by hand.  For the crash sweep's house
 * and that of tests/torture, which say when what is done.
 */
#ifndef CRASH_ROLES_H
#define CRASH_ROLES_H

#include "carry.h"
#include "imap/watch.h"
#include "role/core.h"
#include "role/send.h"
#include "spool/spool.h"

#define ROLES_LONGEST_WAIT_MS	(10 * 60 * 1000)	/* fetch tries a connection again after five at the most */

struct roles {
	struct core	*core;
	struct fetch	*fetch;
	struct sender	*sender;
	struct spool	 spool;
	struct carrier	 carrier;
	char		 fetch_peer[64];	/* as core names it: by its mailbox */
	uint64_t	 go;			/* the mail that core has given its leave for */
	bool		 answered;		/* advicectl's command, with this exit code */
	int		 code;
	struct buf	 said;			/* by it, both streams */
	const char	*ends;			/* a header line: the parser ends at a mail that has it */
	void		*ctx;
	/* A role cannot go on: the parent would start all of them afresh.  Sets over. */
	void		(*gave_up)(void *ctx, const char *where, const struct err *err);
	bool		 over;
};

/* The start's out, and fetch's folders and callbacks, are filled in here. */
int	roles_open(struct roles *roles, struct core_start *core, struct fetch_start *fetch, const struct connector *connector,
	    const char *spool, struct err *err);
void	roles_close(struct roles *roles);
/* Frames to where they belong until there are none.  True: there were some. */
bool	roles_hand_out(struct roles *roles);
/* A command of advicectl, with file as its standard input or NULL; core answers at once or in later turns. */
void	roles_command(struct roles *roles, size_t n, const char *const *words, const char *file);

#endif
