/* A live command where no daemon runs. */
#ifndef CTL_LIVE_ALONE_H
#define CTL_LIVE_ALONE_H

#include "conf/config.h"
#include "base/buf.h"

/*
 * Under the daemon's lock; *code_r is the exit code.  file: what `import` reads, or -1; heard: what is said goes there, and
 * not to stdout; or NULL.  -1: somebody else has the lock (ERR_RETRY), or it cannot be had.
 */
int	live_alone(struct arena *arena, const struct config *config, int argc, char **argv, int file, struct buf *heard, int *code_r,
	    struct err *err);

#endif
