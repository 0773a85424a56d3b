/*
 * Watching a maildir on this machine: what imap/watch.h does for a mailbox on a
 * server, with the same frames.  A mail's number is kept in the folder
 * (uidlist.h); its file's time stands for INTERNALDATE; settling renames it.
 */
#ifndef MAILDIR_WATCH_H
#define MAILDIR_WATCH_H

#include "imap/watch.h"

struct maildir;

int	maildir_new(const struct fetch_start *start, struct maildir **maildir_r, struct err *err);
void	maildir_free(struct maildir **maildir);
int	maildir_handle(struct maildir *maildir, struct frame *frame, struct err *err);
void	maildir_turn(struct maildir *maildir, struct fetch_wait *wait_r);

#endif
