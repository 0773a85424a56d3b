/* What watch.c and job.c share; nobody else looks in here. */
#ifndef MAILDIR_WATCH_PRIVATE_H
#define MAILDIR_WATCH_PRIVATE_H

#include "imap/uidset.h"
#include "maildir/folder.h"
#include "maildir/uidlist.h"
#include "maildir/watch.h"
#include "spool/enter.h"

struct maildir_job {
	struct maildir_job *next;
	uint16_t	 type;
	uint64_t	 id;
	char		*folder, *from, *message_id, *sha256;
	uint32_t	 number;
	struct uids	 uids;
	uint64_t	 size;
	int64_t		 mtime;
	int		 fd;
};

struct maildir {
	const struct mailbox_config *mailbox;
	uint64_t	 max_mail_bytes;
	struct stream_turn turn;
	void		(*out)(void *ctx, const struct frame *frame);
	void		*out_ctx;
	struct enter	 enter;
	int		 inotify;		/* -1: there is none */

	bool		 resumed;
	uint32_t	 number, highest, validity, asked;	/* as in imap/watch_private.h */
	bool		 waiting, answered;
	uint32_t	 last;
	struct uids	 wanted;
	struct maildir_job *jobs, **jobs_end;

	bool		 look_now;
	uint64_t	 poll_id;
	int64_t		 next_poll_ms, retry_at_ms;
	struct err	 trouble;		/* last told */
};

/* The watched folder as it is now, its mails numbered. */
struct maildir_view {
	struct arena		*arena;
	struct maildir_folder	 folder;
	struct maildir_mail	*mails;		/* by base */
	size_t			 count;
	struct uidlist		 list;
};
/* maildir_look_end() whatever this returns. */
int	maildir_look_at(struct maildir *maildir, struct maildir_view *view, struct err *err);
void	maildir_look_end(struct maildir_view *view);
void	maildir_put_listed(struct frame *frame, struct maildir_view *view, const struct uidlist_entry *entry);

/* job.c */
int	maildir_job_add(struct maildir *maildir, struct frame *frame);
int	maildir_job_run(struct maildir *maildir, struct err *err);	/* the first; 0: it is answered */
bool	maildir_job_is_list(const struct maildir *maildir);
void	maildir_jobs_drop_others(struct maildir *maildir);	/* whose numbers mean something else now */
void	maildir_jobs_free(struct maildir *maildir);
bool	maildir_still_there(struct maildir *maildir, const char *base);

#endif
