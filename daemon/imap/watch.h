/*
 * Watching one mailbox: everything the fetch role does, without its process,
 * for the loop in role/fetch.c and for tests.
 *	fetch_new(); fetch_handle(frame) ...; while (!stop) { fetch_turn(); poll }
 * Nothing is done before core's WIRE_RESUME.  New mail is announced in
 * ascending order of UID, and none beyond one that is not accounted for.
 */
#ifndef IMAP_WATCH_H
#define IMAP_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/config.h"
#include "imap/stream.h"
#include "ipc/frame.h"

struct fetch;

struct fetch_start {
	const struct mailbox_config *mailbox;	/* borrowed */
	const char	*password;		/* copied, and wiped by fetch_free(); with a sign-in, what sign_in_secret() gives */
	int		 tmp_fd, new_fd;	/* the spool's folders; borrowed */
	uint64_t	 max_mail_bytes;	/* larger mails are not fetched; 0: 100 MB */
	int		 retry_ms;		/* first wait before connecting again; 0: 1,000; doubles up to 5 minutes */
	uint64_t	 seed;			/* of the chance in those waits; 0: unknown to all */
	struct stream_turn turn;		/* see stream.h */
	/* A frame for core.  It is freed by the caller afterwards. */
	void		(*out)(void *ctx, const struct frame *frame);
	void		*out_ctx;
};

/* What fetch_turn() waits for. */
struct fetch_wait {
	int	fd;		/* readable: the server has spoken; -1: no connection */
	int	timeout_ms;	/* -1: nothing by itself */
};

/* ERR_CONFIG when the mailbox's name cannot stand in a file name. */
int	fetch_new(const struct fetch_start *start, struct fetch **fetch_r, struct err *err);
void	fetch_free(struct fetch **fetch);

/*
 * A frame from core: RESUME, WANTED, SETTLE, REFILE, APPEND, FIND, LIST, POLL.  It is only noted
 * here (and may be called from the turn callback); fetch_turn() acts on it.
 * -1 with ERR_DAEMON for one that is not for us or malformed.
 */
int	fetch_handle(struct fetch *fetch, struct frame *frame, struct err *err);

/* Do what can be done now; then say what to wait for. */
void	fetch_turn(struct fetch *fetch, struct fetch_wait *wait_r);

#endif
