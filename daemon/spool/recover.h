/* What a start finds in the spool. */
#ifndef SPOOL_RECOVER_H
#define SPOOL_RECOVER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "spool/spool.h"

/*
 * Called by core before any fetch role runs: empties tmp, removes reasons
 * whose mail never came to bad, and lists what stands in cur and new, to be
 * taken as if it were announced now: by mailbox, UIDVALIDITY and UID.
 * Files whose name no fetch role writes are left alone and returned in
 * *strange_r, for the log.
 */
int	spool_recover(const struct spool *spool, struct arena *arena, struct strs *names_r,
	    struct strs *strange_r, struct err *err);

#endif
