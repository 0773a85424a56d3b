/*
 * The daemon's lock, SPOOL/adviced.lock: whoever holds it may write the store
 * and the spool.  The parent takes it and core, fetch and send keep it open;
 * advicectl takes it when no daemon runs.
 */
#ifndef ROLE_LOCK_H
#define ROLE_LOCK_H

#include "base/err.h"

#define LOCK_FILE	"adviced.lock"
#define LOCK_WAIT_MS	3000	/* those of a daemon that was just killed go within moments */

/* ERR_RETRY when somebody else has it. The caller owns *fd_r; closing it gives the lock up. */
int	lock_take(const char *spool, int wait_ms, int *fd_r, struct err *err);
/* For the parent, besides: the folder; 0 as well where such a file system locks no folder.  No role gets this descriptor, with which files could be opened. */
int	lock_folder(const char *spool, int *fd_r, struct err *err);

#endif
