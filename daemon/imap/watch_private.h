/* What watch.c, look.c and job.c share; nobody else looks in here. */
#ifndef IMAP_WATCH_PRIVATE_H
#define IMAP_WATCH_PRIVATE_H

#include "imap/idle.h"
#include "imap/session.h"
#include "imap/uidset.h"
#include "imap/watch.h"
#include "spool/enter.h"

/* Something core asked for, waiting for a connection. */
struct job {
	struct job	*next;
	uint16_t	 type;			/* WIRE_SETTLE, WIRE_REFILE, WIRE_APPEND, WIRE_FIND */
	uint64_t	 id;
	char		*folder, *text;		/* text: keyword or flags; where it lies */
	char		*message_id;
	uint32_t	 uidvalidity;
	struct uids	 uids;			/* as asked, in core's order */
	uint64_t	 size_bytes;
	int64_t		 internaldate;
	int		 fd;
};

struct fetch {
	const struct mailbox_config *mailbox;
	char		*password;
	uint64_t	 max_mail_bytes;
	struct stream_turn turn;
	void		(*out)(void *ctx, const struct frame *frame);
	void		*out_ctx;
	struct enter	 enter;

	/* what core told us, and how far we are */
	bool		 resumed;
	bool		 baseline;		/* take what comes from now on, not what is there */
	int64_t		 adopt_from;		/* seconds; mails received before stay; 0: no such date */
	uint32_t	 uidvalidity, highest;	/* 0: never seen */
	struct uids	 doubtful;		/* an earlier attempt to settle them may have got half way; sorted */
	struct job	*jobs, **jobs_end;

	/* the connection */
	struct session	*session;		/* NULL: none */
	struct idle	 idle;
	bool		 selected;		/* the watched folder, for reading and writing */
	bool		 look_now;
	uint64_t	 poll_id;		/* of the last WIRE_POLL; the look that began after it answers with it */
	int64_t		 next_poll_ms, idle_until_ms;
	int64_t		 retry_at_ms;
	int		 first_retry_ms, retry_ms;
	bool		 disconnected;		/* a trouble of the connection was told, its end not yet */
	struct err	 trouble;		/* last told to core */
};

/* Select the watched folder if another is selected, and see what has become of it. */
int	watch_select(struct fetch *fetch, struct err *err);
/* Tell core, once per change. */
void	watch_trouble(struct fetch *fetch, const struct err *trouble);

/* Find what is new, take it into the spool, announce it, and say how far we are. */
int	watch_look(struct fetch *fetch, struct err *err);

/* Take a job apart from its frame; -1 if it is malformed. */
int	job_add(struct fetch *fetch, struct frame *frame);
void	job_free(struct job *job);
/* Do the first job and answer it; on -1 it stays first. */
int	job_run(struct fetch *fetch, struct err *err);

#endif
