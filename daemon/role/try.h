/*
 * Trying a server as a role would, for a person who wants to know whether it
 * would work: connect, verify, sign in, look.  Nothing is sent, moved, marked
 * or made.  Each call blocks, a minute at most.
 */
#ifndef ROLE_TRY_H
#define ROLE_TRY_H

#include "conf/config.h"

struct try_mailbox {
	bool		 can_idle, can_move, can_uidplus;
	bool		 read_only;	/* the watched folder may be read, and not written to */
	uint32_t	 mails;		/* in the watched folder */
	struct strs	 missing;	/* folders of the configuration that are not there */
	dayno		 ends;		/* the last day of the secret or certificate that we sign in with; DAY_NONE: not known */
};

/* ERR_RETRY: it cannot be reached, or does not answer; else what is refused must be put right. */
int	try_mailbox(struct arena *arena, const struct mailbox_config *mailbox, struct try_mailbox *found_r, struct err *err);
/* Up to the sign-in; of Microsoft Graph, that a token is given. user: whose token, where the server has no user of its own. */
int	try_sending(const struct server *server, bool graph, const char *user, struct err *err);

#endif
