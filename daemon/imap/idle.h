/*
 * IDLE (RFC 2177), on lines of our own: libetpan's hangs when the server says
 * something before its "+", as Exchange Online does.
 */
#ifndef IMAP_IDLE_H
#define IMAP_IDLE_H

#include <stdbool.h>

#include "imap/session.h"

struct idle {
	bool	on;		/* IDLE is running */
	int	early_ends;	/* how often in a row the server ended it at once */
};

/* Begin; what the server says meanwhile sets session->news.  A server that refuses loses can_idle. */
int	idle_begin(struct session *session, struct idle *idle, struct err *err);
/* Read what is there; call when the descriptor is readable, or idle_has_input(). */
int	idle_read(struct session *session, struct idle *idle, struct err *err);
/* DONE, and read to the end of the command. */
int	idle_end(struct session *session, struct idle *idle, struct err *err);
/* Bytes wait in our own buffers, where poll() does not see them. */
bool	idle_has_input(const struct session *session);

#endif
