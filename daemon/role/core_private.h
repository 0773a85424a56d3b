/* What the files of the core role share. */
#ifndef ROLE_CORE_PRIVATE_H
#define ROLE_CORE_PRIVATE_H

#include <sys/types.h>
#include <time.h>

#include "engine/engine.h"
#include "role/core.h"
#include "spool/spool.h"
#include "store/store.h"

#define PARSING_MAX	4	/* mails with the parser at a time */
#define BATCH_MAX	64	/* decisions in one transaction */
#define STRIKES_MAX	2	/* crashes of the parser that a mail may cause */
#define RETRY_WAIT_MS	1000	/* after the disk was full or failing */

enum work_state { WORK_WAITING, WORK_PARSING, WORK_PARSED };

/* A mail in the spool on its way to a decision; kept in the order of arrival. */
struct work {
	struct work	*next;
	char		 name[SPOOL_NAME_MAX];
	struct core_mailbox *mailbox;
	uint32_t	 uidvalidity, uid;
	instant		 received;	/* INTERNALDATE */
	enum work_state	 state;
	uint64_t	 ticket;	/* id of the WIRE_PARSE frame */
	int		 status;	/* enum parse_status */
	char		 why[256];
	void		*record;
	size_t		 record_len;
	bool		 decided;	/* in the transaction now open */
	bool		 duplicate;
	bool		 quarantine;
};

struct core_mailbox {
	const struct mailbox_config *config;
	struct mailbox_row	 row;
	const struct pack	*pack;
	char			 peer[64];	/* "fetch:NAME" */
	bool			 attached;
	bool			 settling;	/* a set is with fetch */
	uint64_t		 settle_ticket;
	int64_t			*settle_ids;	/* rows of that set */
	uint32_t		*settle_uids;
	size_t			 settle_count;
	bool			 polling;	/* asked to look, not yet answered */
	uint64_t		 poll_ticket;	/* a look that began before this was asked does not count */
	uint32_t		 baseline_uidvalidity;
	instant			 baseline_at;	/* wall clock; older mail is never ours, whatever UID it has by now */
	bool			 looked;	/* since case time last moved */
	int64_t			 settle_after_ms;	/* real: not before, after a failure */
};

struct sending {
	bool		 busy;
	uint64_t	 ticket;
	int64_t		 outbox;
	double		 tokens;
	int64_t		 tokens_at_ms;
	int64_t		 not_before_ms;
};

struct waiting_client {			/* `clock until T` */
	bool		 active;
	uint64_t	 client;
	instant		 until;
};

#define LISTS	2			/* the directory, the involvement list */

struct lists {				/* the watched folder */
	int		 folder, taken, refused;	/* -1: none is watched, or it cannot be */
	struct watched {
		const char	*name;
		ino_t		 inode;		/* as it lay there at the last look; 0: it did not */
		off_t		 size;
		struct timespec	 changed;
		bool		 given_up;	/* it could not be moved away: not again until it changes */
	} watched[LISTS];
	int64_t		 look_ms;	/* real: not before */
	char		 trouble[400];
};

struct core {
	struct arena		*arena;		/* configuration-long */
	const struct config	*config;
	char			*rules_dir;
	bool			 kept_rules;
	struct core_out		 out;
	struct store		*store;
	struct spool		 spool;
	struct engine		 engine;
	struct arena		*pack_arena;	/* packs in force */
	struct arena		*transaction;	/* lives as long as the transaction now open, or the last */
	struct strs		 frozen;	/* files in spool/out that it will account for */
	struct strs		 doubtful;	/* files there that no row may account for: removed after the next commit */
	struct case_clock	 clock;
	bool			 test_clock;
	int			 speed;		/* of the paced clock */
	int64_t			 paced_ms;	/* real time up to which a paced clock was moved */
	struct core_mailbox	*mailboxes;
	size_t			 mailbox_count;
	struct work		*work, **work_end;
	bool			 documents_unsynced;	/* their names, since the last commit */
	unsigned		 parsing;
	bool			 parser_attached, sender_attached;
	uint64_t		 ticket;
	struct sending		 sending;
	struct waiting_client	 waiting;
	struct lists		 lists;
	bool			 lists_differ;	/* open cases may wait for a new list to be looked at */
	instant			 stale_at;	/* when a list's age is next to be told; INSTANT_NONE */
	int64_t			 retry_at_ms;	/* nothing is written before, after a failing disk */
	char			 disk_trouble[512];	/* what failed since the last commit; "" for nothing */
};

/* core.c */
struct core_mailbox *core_mailbox(struct core *core, const char *name);
struct core_mailbox *core_mailbox_of_peer(struct core *core, const char *peer);
int	core_begin(struct core *core, struct err *err);		/* a transaction that also keeps case time */
int	core_commit(struct core *core, struct err *err);	/* and what was frozen in it stays */
bool	core_wait(struct core *core, const char *why);	/* the disk is tried again in a while; true: why is news */
bool	core_failed(struct core *core, struct err *err);	/* rolls back; true: only wait and try again */

/* core_packs.c */
int	packs_take(struct core *core, const char *who, struct err *err);

/* core_mail.c */
int	mail_recover(struct core *core, struct err *err);
int	mail_entered(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err);
int	mail_refused(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err);
int	mail_parsed(struct core *core, struct frame *frame, struct err *err);
void	mail_parser_lost(struct core *core);
void	mail_ask_parser(struct core *core);
int	mail_decide(struct core *core, bool *more_r, struct err *err);
void	mail_free(struct core *core);

/* core_freeze.c: the desk of the daemon */
struct desk freeze_desk(struct core *core);
void	freeze_undo(struct core *core, size_t kept);	/* what was frozen after the first so many goes */
void	freeze_doubt(struct core *core);		/* the commit failed: it may stand all the same after a crash */
void	freeze_drop_doubtful(struct core *core);	/* another commit has taken its place */

/* core_send.c */
int	send_recover(struct core *core, struct err *err);
int	send_next(struct core *core, struct err *err);
int	send_frame(struct core *core, struct frame *frame, struct err *err);
int	send_lost(struct core *core, struct err *err);

/* core_settle.c */
int	settle_next(struct core *core, struct err *err);
int	settle_done(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err);
void	settle_lost(struct core_mailbox *mailbox);
/* A mail settled before belongs elsewhere now; in the transaction that decided so. */
int	settle_refile_add(struct core *core, int64_t message, bool needs_person, const struct strs *filings, struct err *err);

/* core_lists.c */
int	lists_open(struct core *core, struct err *err);
void	lists_close(struct core *core);
int	lists_reckon(struct core *core, struct err *err);	/* a list may have been imported */
int	lists_turn(struct core *core, bool *more_r, struct err *err);
/* A mail about the daemon itself, in the open transaction; where nobody can be told, 0: `status` still says it. */
int	core_tell(struct core *core, struct arena *arena, const char *subject, const char *body, struct err *err);

/* core_clock.c */
int	clock_open(struct core *core, const struct core_start *start, struct err *err);
int	clock_keep(struct core *core, struct err *err);
int	clock_turn(struct core *core, bool *more_r, struct err *err);
int	timers_run(struct core *core, bool *more_r, struct err *err);

#endif
