/* Core takes a mail from new to work on it. */
#ifndef SPOOL_CLAIM_H
#define SPOOL_CLAIM_H

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

#endif
