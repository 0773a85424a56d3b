/*
 * The fetch role: one process a mailbox.  Holds that mailbox's credential;
 * touches IMAP, and tmp and new of the spool.  What it does is in
 * imap/watch.h; this is its process.
 */
#ifndef ROLE_FETCH_H
#define ROLE_FETCH_H

#include <stdint.h>

#include "conf/config.h"

struct fetch_role_start {
	const struct mailbox_config *mailbox;
	const char	*password;
	uint64_t	 max_mail_bytes;
	int		 retry_ms;		/* first wait before connecting again; 0: a second */
	int		 parent_fd, core_fd;	/* socketpair ends; owned by role_fetch() */
	int		 tmp_fd, new_fd;	/* the spool's folders; owned by role_fetch() */
	const char	*const *read_paths;	/* what name look-up and certificates need; see sandbox.h; may be NULL */
	const char	*const *write_paths;	/* tmp and new; may be NULL */
};

/* Returns the exit code: 0 when told to stop or when core or parent is gone. */
int	role_fetch(const struct fetch_role_start *start);

#endif
