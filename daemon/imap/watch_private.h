/* What watch.c, look.c and job.c share; nobody else looks in here. */
#ifndef IMAP_WATCH_PRIVATE_H
#define IMAP_WATCH_PRIVATE_H

#include "imap/backoff.h"
#include "imap/idle.h"
#include "imap/list.h"
#include "imap/session.h"
#include "imap/uidset.h"
#include "imap/watch.h"
#include "signin/signin.h"
#include "spool/enter.h"

/* Something core asked for, waiting for a connection. */
struct job {
	struct job	*next;
	uint16_t	 type;			/* WIRE_SETTLE, WIRE_REFILE, WIRE_APPEND, WIRE_FIND, WIRE_LIST, WIRE_MAKE */
	uint64_t	 id;
	char		*folder, *text;		/* text: keyword or flags; where it lies */
	char		*message_id, *sha256;
	uint32_t	 uidvalidity;
	struct uids	 uids;			/* as asked, in core's order */
	uint64_t	 size_bytes;
	int64_t		 internaldate;
	int		 fd;
	int		 breaks;		/* of the connection, while it was done */
};

/* Mails shown to core before they are taken. */
struct asking {
	struct list	 list;			/* what lies there up to fetch->asked, without message-ids */
	bool		 listed;
	bool		 waiting;		/* for core's word about the mails up to last */
	bool		 answered;
	uint32_t	 last;
	struct uids	 wanted;		/* sorted */
};

struct fetch {
	const struct mailbox_config *mailbox;
	char		*password;		/* with a sign-in: empty, and ... */
	struct signin	*signin;		/* ... this; else NULL */
	unsigned	 token_number;		/* that the connection was opened with */
	bool		 token_trouble;		/* a failed renewal was told, its end not yet */
	uint64_t	 max_mail_bytes;
	struct stream_turn turn;
	void		(*out)(void *ctx, const struct frame *frame);
	void		*out_ctx;
	struct enter	 enter;

	/* what core told us, and how far we are */
	bool		 resumed;
	uint32_t	 number;		/* core's for the folder as it was, or is; 0: never seen */
	uint32_t	 highest;		/* everything up to here is accounted for */
	uint32_t	 uidvalidity;		/* the server's, then */
	uint32_t	 asked;			/* mails up to here are taken only if core wants them */
	struct asking	 asking;
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
	struct reconnect	 backoff;
	uint32_t	 suspect;		/* a mail that was asked for when the connection broke; 0: none */
	int		 breaks;		/* so often in a row */

	/* what is wrong; core is told one at a time, and when none is left */
	struct err	 trouble;		/* of the connection or the watched folder */
	struct err	 standing;		/* with settling, while mail goes on coming */
	char		*standing_about;	/* the folder; owned */
	struct err	 told;
};

/* Select the watched folder if another is selected, and see what has become of it. */
int	watch_select(struct fetch *fetch, struct err *err);
/* token.c: the password, or a token that is good now; what the server said against it; is it time to sign in again? */
int	token_open(struct fetch *fetch, const struct fetch_start *start, struct err *err);
int	token_credential(struct fetch *fetch, const char **credential_r, struct err *err);
void	token_refused(struct fetch *fetch);
bool	token_has_changed(struct fetch *fetch);
int64_t	token_wait_ms(const struct fetch *fetch);	/* when to ask that again; real time */

/* A trouble of the connection or the watched folder; ERR_NONE when it is over.  Told to core once per change. */
void	watch_trouble(struct fetch *fetch, const struct err *trouble);
/* The same of settling into a folder: it lasts until settling into that folder goes well. */
void	watch_standing(struct fetch *fetch, const char *folder, const struct err *trouble);

/* Find what is new, take it into the spool, announce it, and say how far we are. */
int	watch_look(struct fetch *fetch, struct err *err);
/* Take these, and announce them; fetch->highest moves along. */
int	watch_take(struct fetch *fetch, const struct list *list, struct err *err);
/* How far core may go on: everything up to fetch->highest is accounted for. */
void	watch_tell_state(struct fetch *fetch, uint64_t poll_id);

/* listing.c: mails that are shown before they are taken. 0: nothing is left to show; 1: core's word is waited for. */
int	listing_ask(struct fetch *fetch, struct err *err);
int	listing_wanted(struct fetch *fetch, struct frame *frame);
void	listing_forget(struct fetch *fetch);
/* A whole folder, for WIRE_LIST. */
int	listing_run(struct fetch *fetch, const struct job *job, struct err *err);

/* Take a job apart from its frame; -1 if it is malformed. */
int	job_add(struct fetch *fetch, struct frame *frame);
void	job_free(struct job *job);
/* Jobs about UIDs that mean something else now go unanswered: core begins them anew. */
void	job_drop_others(struct fetch *fetch);
/* Do the first job and answer it; on -1 it stays first. */
int	job_run(struct fetch *fetch, struct err *err);

#endif
