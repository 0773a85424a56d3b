/*
 * The spool: folders of mails on their way, and what their names mean.
 * See spool/README.md for what each folder holds and who writes there.
 */
#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define SPOOL_NAME_MAX	128	/* with the NUL */
#define SPOOL_UNDATED	0	/* a file's time, where nobody said when its mail was received */

struct spool {
	int	tmp, new, cur, archive, bad, docs, out, sent;	/* folders; -1 when not open */
};

/* What a mail's file name says: MAILBOX.UIDVALIDITY.UID. */
struct spool_name {
	char		mailbox[SPOOL_NAME_MAX];
	uint32_t	uidvalidity, uid;
};

/* Opens all folders below path, and makes those that are missing (0700). ERR_DAEMON when it cannot. */
int	spool_open(const char *path, struct spool *spool_r, struct err *err);
void	spool_close(struct spool *spool);

/* -1 with ERR_CONFIG if the mailbox's name cannot stand in a file name. */
int	spool_name_make(const char *mailbox, uint32_t uidvalidity, uint32_t uid, char name_r[SPOOL_NAME_MAX],
	    struct err *err);
/* False for anything that spool_name_make() did not make. */
bool	spool_name_parse(const char *name, struct spool_name *name_r);

#endif
