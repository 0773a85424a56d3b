/* What lies in a mailbox's folders, asked by advicectl itself while no daemon runs. */
#ifndef ROLE_ALONE_H
#define ROLE_ALONE_H

#include "conf/config.h"
#include "ctl/live.h"

/*
 * Connects to each mailbox once and lists the folders; answered is set where it
 * went well, else the mailbox's trouble goes to *trouble_r, "" without.  Nothing
 * on the server, in the store or in the spool is changed.  Blocks, at most some
 * minutes a mailbox.
 */
void	alone_list(struct arena *arena, const struct config *config, struct live_listing *listings, size_t count,
	    const char **trouble_r);

#endif
