/*
 * The daemon as functions in one process: core, fetch, parse and send, with
 * frames carried between them by hand.  It lives one of the short lives of life.h
 * against the model servers, from wherever the store and the spool are.
 */
#ifndef CRASH_HOUSE_H
#define CRASH_HOUSE_H

#include "life.h"

#define HOUSE_ADDRESS	"SENSocialWorkAdvice@childrenstrust.example"	/* of the watched mailbox */
#define HOUSE_PACK	"birmingham"

struct house_start {
	const struct life *life;
	const char	*store, *spool, *backups, *lists, *board;	/* paths */
	int		 imap_port, smtp_port;
	int		 world_fd;		/* asks the driver (sweep.c: answer()); one byte comes back */
};

enum house_end {
	HOUSE_WELL	= 0,	/* the life is over and all is quiet */
	HOUSE_KILLED	= 100,	/* by the hook */
	HOUSE_AGAIN	= 101,	/* core gave up: the parent would start it afresh */
	HOUSE_RESTLESS	= 102,	/* it never became quiet */
	HOUSE_WRONG	= 103	/* a role said nonsense */
};

enum house_end house_run(const struct house_start *start);

#endif
