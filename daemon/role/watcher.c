/*
 * The seam between the fetch role and what it watches.  Run by the fetch role.
 * Fails: as imap/watch.h and maildir/watch.h.
 */
#include "role/watcher.h"

#include "maildir/watch.h"

int
watcher_new(const struct fetch_start *start, struct watcher *watcher_r, struct err *err)
{
	*watcher_r = (struct watcher){ NULL, NULL };
	return start->mailbox->maildir != NULL ? maildir_new(start, &watcher_r->maildir, err) :
	    fetch_new(start, &watcher_r->imap, err);
}

void
watcher_free(struct watcher *watcher)
{
	fetch_free(&watcher->imap);
	maildir_free(&watcher->maildir);
}

int
watcher_handle(struct watcher *watcher, struct frame *frame, struct err *err)
{
	return watcher->maildir != NULL ? maildir_handle(watcher->maildir, frame, err) :
	    fetch_handle(watcher->imap, frame, err);
}

void
watcher_turn(struct watcher *watcher, struct fetch_wait *wait_r)
{
	if (watcher->maildir != NULL)
		maildir_turn(watcher->maildir, wait_r);
	else
		fetch_turn(watcher->imap, wait_r);
}
