/*
 * A mail's way into the spool, written by the fetch role: bytes go to a file
 * in tmp, which becomes durable and then stands in new under its final name.
 *	enter_begin(); enter_write() ...; enter_place(); ... enter_sync();
 * Nothing may be announced before enter_sync() has returned 0.  One sync for
 * many mails costs little more than for one: the disk has been at work on them
 * since they were placed.
 */
#ifndef SPOOL_ENTER_H
#define SPOOL_ENTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/err.h"
#include "spool/spool.h"

#define ENTER_MAX	100			/* mails placed and not synced; more are synced in between */

struct placed {
	int		 fd;
	char		 name[SPOOL_NAME_MAX];	/* in new */
};

struct enter {
	int		 tmp, new;		/* borrowed folder descriptors */
	int		 fd;			/* the file being written, or -1 */
	uint64_t	 size;			/* of it so far */
	char		 mailbox[SPOOL_NAME_MAX];
	struct placed	 placed[ENTER_MAX];	/* in tmp as enter_part() says, whole, perhaps not on the disk yet */
	size_t		 placed_count;
};

/* ERR_CONFIG when the mailbox's name cannot be used. */
int	enter_init(struct enter *enter, int tmp, int new, const char *mailbox, struct err *err);
/* A fresh, empty file in tmp. */
int	enter_begin(struct enter *enter, struct err *err);
int	enter_write(struct enter *enter, const void *data, size_t len, struct err *err);
/*
 * The file is whole and gets this name with the next sync; a repeat replaces the
 * same mail.  The file bears the moment at which the mail was received, as its
 * server says (INSTANT_NONE: it does not), for spool_measure().
 */
int	enter_place(struct enter *enter, const char *name, instant received, struct err *err);
/* After this every mail placed so far stands in new and survives a power cut; if it fails, none of them counts. */
int	enter_sync(struct enter *enter, struct err *err);
/* Drop the file being written, if any; enter_drop(): and those that are placed and not synced. */
void	enter_abandon(struct enter *enter);
void	enter_drop(struct enter *enter);

#endif
