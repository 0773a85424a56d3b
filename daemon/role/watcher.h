/* Whatever watches a mailbox: on an IMAP server, or a maildir on this machine.  Its calls are those of imap/watch.h. */
#ifndef ROLE_WATCHER_H
#define ROLE_WATCHER_H

#include "imap/watch.h"

struct maildir;

struct watcher {			/* one of them; owned */
	struct fetch	*imap;
	struct maildir	*maildir;
};

int	watcher_new(const struct fetch_start *start, struct watcher *watcher_r, struct err *err);
void	watcher_free(struct watcher *watcher);
int	watcher_handle(struct watcher *watcher, struct frame *frame, struct err *err);
void	watcher_turn(struct watcher *watcher, struct fetch_wait *wait_r);

#endif
