/*
 * A mail's way into the spool, written by the fetch role: bytes go to a file
 * in tmp, which becomes durable and then stands in new under its final name.
 *	enter_begin(); enter_write() ...; enter_place(); ... enter_sync();
 * Nothing may be announced before enter_sync() has returned 0; one sync may
 * stand for many mails.
 */
#ifndef SPOOL_ENTER_H
#define SPOOL_ENTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/err.h"
#include "spool/spool.h"

struct enter {
	int		 tmp, new;		/* borrowed folder descriptors */
	int		 fd;			/* the file being written, or -1 */
	uint64_t	 size;			/* of it so far */
	char		 part[SPOOL_NAME_MAX];	/* its name in tmp: one a mailbox */
};

/* ERR_CONFIG when the mailbox's name cannot be used. */
int	enter_init(struct enter *enter, int tmp, int new, const char *mailbox, struct err *err);
/* A fresh, empty file in tmp; what an earlier attempt left there goes. */
int	enter_begin(struct enter *enter, struct err *err);
int	enter_write(struct enter *enter, const void *data, size_t len, struct err *err);
/*
 * Durable under its final name but for the folder itself; a repeat replaces the
 * same mail.  The file bears the moment at which the mail was received, as its
 * server says (INSTANT_NONE: it does not), for spool_measure().
 */
int	enter_place(struct enter *enter, const char *name, instant received, struct err *err);
/* The folders themselves: after this every mail placed so far survives a power cut. */
int	enter_sync(struct enter *enter, struct err *err);
/* Drop the file being written, if any. */
void	enter_abandon(struct enter *enter);

#endif
