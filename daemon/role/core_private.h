/* What the files of the core role share. */
#ifndef ROLE_CORE_PRIVATE_H
#define ROLE_CORE_PRIVATE_H

#include <sys/types.h>
#include <time.h>

#include "engine/engine.h"
#include "role/bucket.h"
#include "role/core.h"
#include "spool/spool.h"
#include "store/store.h"

#define PARSING_MAX	32	/* mails with the parser at a time */
#define PARSING_EACH	24	/* of one mailbox: one that catches up leaves room for the others */
#define BATCH_MAX	64	/* decisions in one transaction */
#define BATCH_FEW	8	/* while a mailbox with fewer mails than that, or a mail out, waits beside one that catches up */
#define CASES_A_TURN	200	/* looked at for a digest */
#define WEIGHED_MAX	16	/* mails out in a turn, of which the first that goes is the last */
#define FROZEN_OPEN	200	/* files of one transaction that stay open until freeze_sync() */
#define PARSED_BYTES_MAX	(32u << 20)	/* read and not decided: beyond it only the first mail of each mailbox */
#define BATCH_READY	24	/* so many wait for no others */
#define COMPANY_MS	25	/* and fewer not longer than this */
#define STRIKES_MAX	2	/* crashes of the parser that a mail may cause */
#define RETRY_WAIT_MS	1000	/* after the disk was full or failing */

enum work_state {
	WORK_WAITING,
	WORK_PARSING,
	WORK_PARSED,
	WORK_UNTAKEN,		/* announced, and its row not made yet, or its file not dropped: mail_take_in() */
};

/* What mail_take_in() found, to be done once that is committed. */
enum work_taken {
	TAKEN_NOT,
	TAKEN_WAITS,		/* for the parser */
	TAKEN_DONE,		/* nothing is left to do */
	TAKEN_DROP,		/* its file is not wanted */
};

/* A mail in the spool on its way to a decision; kept by mailbox, in the order of arrival. */
struct work {
	struct work	*next;
	char		 name[SPOOL_NAME_MAX];
	struct core_mailbox *mailbox;
	uint32_t	 uidvalidity, uid;
	int64_t		 sighting;	/* its row, which may have another number by now; 0: WORK_UNTAKEN */
	uint64_t	 size;
	instant		 received;	/* INTERNALDATE */
	enum work_state	 state;
	enum work_taken	 taken;		/* in the transaction now open */
	struct sighting_row row;	/* while it is taken: its row, of which the texts are not kept */
	uint64_t	 ticket;	/* id of the WIRE_PARSE frame */
	int		 status;	/* enum parse_status */
	char		 why[256];
	void		*record;
	size_t		 record_len;
	bool		 decided;	/* in the transaction now open */
	bool		 duplicate;
	int64_t		 copy_of;	/* the mail of ours that is sent by this, 0 */
	bool		 quarantine;
	bool		 held;		/* it is read, and waits */
	bool		 documents;	/* in spool/docs, not known to be durable yet */
};

struct core_mailbox {
	const struct mailbox_config *config;
	struct mailbox_row	 row;
	const struct pack	*pack;
	char			 peer[64];	/* "fetch:NAME" */
	bool			 attached;
	struct work		*work, **work_end;
	uint32_t		 work_number, work_highest;	/* of the mails that ever stood there, the last UIDVALIDITY's highest UID */
	unsigned		 parsing;	/* of them, with the parser */
	bool			 settling;	/* a set is with fetch */
	uint64_t		 settle_ticket;
	int64_t			*settle_ids;	/* rows of that set */
	uint32_t		*settle_uids;
	size_t			 settle_count;
	bool			 polling;	/* asked to look, not yet answered */
	uint64_t		 poll_ticket;	/* a look that began before this was asked does not count */
	bool			 resume_due;	/* what it was told last could not be stored */
	uint32_t		 baseline_uidvalidity;
	instant			 adopt_from;	/* older mail from this day on is wanted, INSTANT_NONE */
	instant			 baseline_at;	/* wall clock; older mail is never ours, whatever UID it has by now */
	bool			 looked;	/* since case time last moved */
	int64_t			 settle_after_ms;	/* real: not before, after a failure */
	int64_t			 settle_again_ms;	/* real: what was given up is tried once more; INT64_MAX: nothing was */
	struct {			/* the folder Retry */
		uint64_t	 ticket;	/* of the listing that is awaited, 0 */
		int64_t		 next_ms;	/* real: when it is looked into again */
		bool		 for_look;	/* the look is finished with it */
		bool		 made;		/* asked for, since it was not there */
		uint32_t	 unknown, unknown_before;	/* the highest number of an unknown mail, in this look and the last */
		unsigned	 decided;		/* in this listing */
	}			 retry;
	char			 trouble[512];	/* what fetch says is wrong, until it says that it is over */
};

struct sending {
	bool		 busy;		/* one is with the sender */
	bool		 flowing;	/* and perhaps others after it */
	uint64_t	 ticket;
	int64_t		 outbox;
	struct bucket	 bucket;
	int64_t		 not_before_ms;
	uint64_t	 random;	/* of the waits between tries */
	bool		 barred;	/* mails are held because the server does not let us send */
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

struct reconciling;			/* core_reconcile.c */
struct vigil;				/* core_vigil.h */

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
	bool			 frozen_together;	/* made durable by freeze_sync() */
	int			 frozen_fds[FROZEN_OPEN];	/* the first of them: open, to miss no failure; -1: durable */
	uint64_t		 commits;	/* so far */
	struct strs		 doubtful;	/* files there that no row may account for: removed after the next commit */
	struct case_clock	 clock;
	bool			 test_clock;
	int			 speed;		/* of the paced clock */
	int64_t			 paced_ms;	/* real time up to which a paced clock was moved */
	struct core_mailbox	*mailboxes;
	size_t			 mailbox_count;
	size_t			 work_count, untaken;	/* mails on their way, and those of them that are WORK_UNTAKEN */
	int			 documents_fds[BATCH_MAX];	/* in spool/docs, that it will account for; open as well */
	size_t			 documents_count;
	bool			 batch_failed;	/* the last one, which may have been committed all the same */
	unsigned		 parsing, parsed;	/* with the parser; read, and not decided */
	size_t			 parsed_bytes;	/* of the records of those */
	int64_t			 parsed_since_ms;	/* real: when the first of those was */
	size_t			 turn;		/* the mailbox whose mail comes next */
	bool			 parser_attached, sender_attached;
	uint64_t		 ticket;
	struct sending		 sending;
	struct waiting_client	 waiting;
	struct reconciling	*reconciling;	/* commands under way; owned */
	struct lists		 lists;
	struct keeping		*keeping;	/* core_keep.c */
	const char		*out_of_order;	/* the store cannot be used, and what to do; NULL: it can */
	int64_t			 alarm_ms;	/* real: when that is said again */
	bool			 looking;	/* open cases may wait to be looked at under other rules */
	bool			 lists_differ;	/* open cases may wait for a new list to be looked at */
	instant			 stale_at;	/* when a list's age is next to be told; INSTANT_NONE */
	int64_t			 look_first_ms;	/* real: timers wait until every mailbox was looked into, at most until then; 0: they do not */
	instant			 began;		/* wall clock */
	struct vigil		*vigil;		/* owned; NULL while it is out of order */
	struct gate {
		instant		 usual_at;	/* when it was reckoned, 0 */
		int64_t		 usual;		/* mails in the busiest hour of the last weeks */
	} gate;
	int64_t			 retry_at_ms;	/* nothing is written before, after a failing disk */
	struct expiry {			/* of a sign-in's secret or certificate */
		const struct sign_in	*sign_in;
		dayno			 ends;	/* its last day; DAY_NONE: not known */
	}			*expiries;
	size_t			 expiry_count;
	instant			 expiry_at;	/* when one is next to be told; INSTANT_NONE */
	char			 send_trouble[512];	/* why the sending server will not have us; "": it will */
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
void	packs_prune(struct core *core);		/* once that is committed */
/* core_packs_look.c: in the open transaction, a piece; packs_turn() does the rest. */
int	packs_look(struct core *core, struct arena *arena, const struct pack *pack, struct err *err);
int	packs_turn(struct core *core, bool *more_r, struct err *err);

/* core_take.c */
int	mail_recover(struct core *core, struct err *err);
int	mail_entered(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err);
bool	mail_untaken_in(const struct core_mailbox *mailbox);	/* the listing is not over while one is */
int	mail_take_in(struct core *core, struct err *err);	/* what was announced gets its rows, many in one transaction */
int	mail_gone(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err);
int	mail_refused(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err);

/* core_mail.c */
int	mail_documents_drop(struct core *core, const char *name, struct err *err);
int	mail_parsed(struct core *core, struct frame *frame, struct err *err);
void	mail_parser_lost(struct core *core);
void	mail_ask_parser(struct core *core);
int	mail_decide(struct core *core, bool *more_r, struct err *err);
int64_t	mail_wait_ms(const struct core *core);	/* until mails that are read have waited long enough for others; -1: none wait */
void	mail_work_free(struct core *core, struct work **link);	/* out of its mailbox's list */
void	mail_free(struct core *core);

/* core_listing.c: mails that may be known, or not ours */
int	listing_read_adopt(struct core *core, struct core_mailbox *mailbox, struct err *err);
int	listing_resume(struct core *core, struct core_mailbox *mailbox, struct err *err);	/* tell fetch where we stand */
int	listing_anew(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err);
int	listing_shown(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err);
bool	listing_over(const struct core_mailbox *mailbox);	/* everything that was shown is accounted for */
int	listing_end(struct core *core, struct core_mailbox *mailbox, struct err *err);
int	listing_turn(struct core *core, struct err *err);
/* The mail in new under this name, by its bytes: true with its row moved to here. In the open transaction. */
int	listing_same_bytes(struct core *core, struct core_mailbox *mailbox, const char *name, const struct sighting_row *mail,
	    bool *same_r, struct err *err);
/* Is a mail that was just taken to wait for a person? */
bool	listing_holds(const struct core_mailbox *mailbox, const struct sighting_row *mail);
/* Everything in the folder is to be shown once more: reconcile --take, adopt --from. In the open transaction. */
int	listing_again(struct core *core, struct core_mailbox *mailbox, struct err *err);

/* core_control.c */
struct live;
void	core_answer(struct core *core, uint64_t client, const struct live *live, int code);
void	core_fill_live(struct core *core, struct live *live);	/* what a live command may look at */

/* core_reconcile.c: the command that asks the servers first */
void	reconcile_begin(struct core *core, uint64_t client, unsigned uid, int argc, char **argv);
int	reconcile_listed(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err);
void	reconcile_lost(struct core *core, const struct core_mailbox *mailbox);
void	reconcile_turn(struct core *core);
int	reconcile_wait_ms(const struct core *core);
void	reconcile_client_gone(struct core *core, uint64_t client);
void	reconcile_free(struct core *core);

/* core_freeze.c: the desk of the daemon */
struct desk freeze_desk(struct core *core);
int	freeze_sync(struct core *core, struct err *err);	/* before the commit */
void	freeze_undo(struct core *core, size_t kept);	/* what was frozen after the first so many goes */
void	freeze_doubt(struct core *core);		/* the commit failed: it may stand all the same after a crash */
void	freeze_drop_doubtful(struct core *core);	/* another commit has taken its place */

/* core_send.c */
int	send_open(struct core *core, uint64_t seed, struct err *err);	/* what is kept of its pace; seed: as in core_start */
int	send_recover(struct core *core, struct err *err);
int	send_next(struct core *core, struct err *err);
int	send_frame(struct core *core, struct frame *frame, struct err *err);
int	send_lost(struct core *core, struct err *err);
int	send_called_off(struct core *core, struct arena *arena, const struct recalled *recalled, struct err *err);	/* after the commit: files that nobody waits for go */
int	send_proven(struct core *core, int64_t outbox, struct err *err);	/* after the commit: its copy came back, the frozen mail follows */
/* A file in spool/out, outside a transaction: one that no row accounts for goes; one that nobody waits for any more is put away. */
int	send_put_away(struct core *core, struct arena *arena, const char *name, struct err *err);

/* core_gate.c */
int	gate_open(struct core *core, struct err *err);	/* a mailbox may have another mode by now */
int	gate_pass(struct core *core, struct arena *arena, struct outbox_row *row, bool *passes_r, struct err *err);	/* else it is kept back */
bool	gate_keeps(const struct core *core, const struct outbox_row *row);	/* its mailbox's mode does, whatever else is weighed */
int	gate_keep_back(struct core *core, struct arena *arena, struct outbox_row *rows, size_t count, struct err *err);	/* those; in one transaction */

/* core_gather.c */
int	gather_open(struct core *core, struct err *err);
bool	gather_waits(struct core *core);		/* mail that came while we were away is read first */
int	gather_turn(struct core *core, bool *more_r, struct err *err);	/* once nothing is due any more */

/* core_daily.c: the owner's daily digest */
int	daily_plan(struct core *core, struct err *err);	/* at start and after a reload, in the open transaction: each pack has its next day */
int	daily_run(struct core *core, instant now, size_t *count_r, struct err *err);	/* what is due, in the open transaction, or a piece of it; what has gone is counted on */

/* core_vigil.c, core_canary.c: whether everything works */
struct live_role;
struct live_watch;
int	vigil_open(struct core *core, struct err *err);
void	vigil_close(struct core *core);
void	vigil_came(struct core *core, const char *peer);
void	vigil_gone(struct core *core, const char *peer);
void	vigil_looked(struct core *core, const struct core_mailbox *mailbox);	/* a proven look is finished */
void	vigil_trouble(struct core *core, const struct core_mailbox *mailbox);	/* it has another trouble, or none */
struct live_role *vigil_roles(const struct core *core, struct arena *arena, size_t *count_r);
const struct live_watch *vigil_show(const struct core *core, struct arena *arena);
void	vigil_look(struct core *core);		/* each turn, whatever else cannot be done */
int	vigil_turn(struct core *core, struct err *err);
int64_t	vigil_wait_ms(const struct core *core);
void	canary_handed(struct core *core, int64_t outbox);	/* a mail goes to the send role */
/* A mail of ours came back; stamp: when the mail server had it, by its own clock. In the open transaction. */
int	canary_back(struct core *core, const struct core_mailbox *mailbox, int64_t outbox, instant stamp, struct err *err);

/* core_retry.c: the folder from which mails are decided again */
void	retry_turn(struct core *core);
int64_t	retry_wait_ms(const struct core *core);	/* -1: nothing is to be looked at */
bool	retry_look(struct core *core, struct core_mailbox *mailbox);	/* now, and the mailbox counts as looked at after it; false: it has no such folder */
int	retry_listed(struct core *core, struct core_mailbox *mailbox, struct frame *frame, bool *ours_r, struct err *err);
void	retry_lost(struct core_mailbox *mailbox);

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

/* core_expiry.c */
int	expiry_open(struct core *core, struct err *err);
int	expiry_heard(struct core *core, struct frame *frame, struct err *err);	/* WIRE_SIGN_IN */
int	expiry_turn(struct core *core, struct err *err);
/* Days until the secret of core->expiries[i] ends, negative when it has; INT_MAX: not known. */
int	core_days_left(const struct core *core, size_t i);

/* core_damaged.c */
int	damaged_open(struct core *core, struct err *err);	/* the store, or what is said instead of working */
void	damaged_turn(struct core *core);

/* core_keep.c */
struct live;
int	keep_turn(struct core *core, bool *more_r, struct err *err);
bool	keep_is_busy(const struct core *core);	/* it has something to do at this moment */
bool	keep_backup(struct core *core, struct live *live, uint64_t client, int argc, char **argv, int *code_r);	/* true: answered later */
bool	keep_backs_up(const struct core *core);
void	keep_client_gone(struct core *core, uint64_t client);
void	keep_close(struct core *core);

/* core_clock.c */
int	clock_open(struct core *core, const struct core_start *start, struct err *err);
int	clock_keep(struct core *core, struct err *err);
int	clock_turn(struct core *core, bool *more_r, struct err *err);
int	timers_run(struct core *core, bool *more_r, struct err *err);

#endif
