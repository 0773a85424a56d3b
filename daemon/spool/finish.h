/* A mail whose decision is committed goes to the archive. */
#ifndef SPOOL_FINISH_H
#define SPOOL_FINISH_H

#include "base/err.h"
#include "spool/spool.h"

/*
 * From cur (or new) to archive; there already is well.  Only after the commit.
 * Not durable by itself: call spool_finish_sync() once for all that were
 * finished, before anything is changed on the server.
 */
int	spool_finish(const struct spool *spool, const char *name, struct err *err);
int	spool_finish_sync(const struct spool *spool, struct err *err);

/* Delete a mail that is already known, without keeping it (a repeat of one in the archive). */
int	spool_drop(const struct spool *spool, const char *name, struct err *err);

#endif
