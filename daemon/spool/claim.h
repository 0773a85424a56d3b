/* Core takes a mail from new to work on it. */
#ifndef SPOOL_CLAIM_H
#define SPOOL_CLAIM_H

#include "base/date.h"
#include "base/err.h"
#include "spool/spool.h"

/*
 * Move name from new to cur and open it for reading; one that is in cur
 * already is just opened.  The caller owns *fd_r.  ERR_MESSAGE when the name
 * is not a mail's or there is no such mail.  The move is not made durable:
 * after a power cut the mail is found in either folder and announced again.
 */
int	spool_claim(const struct spool *spool, const char *name, int *fd_r, struct err *err);

/* Open a mail wherever it stands: cur, archive, bad or new. */
int	spool_read(const struct spool *spool, const char *name, int *fd_r, struct err *err);

/*
 * Its bytes, and when it was received as its server said (INSTANT_NONE: not
 * known), wherever it stands.  For a mail that nobody announced.
 */
int	spool_measure(const struct spool *spool, const char *name, uint64_t *size_r, instant *received_r, struct err *err);

#endif
