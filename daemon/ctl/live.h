/*
 * The commands that work on the living store: inside core, for advicectl at
 * the control socket, or in advicectl itself when no daemon runs and it has
 * taken the daemon's lock.  One file per command; each reads or changes the
 * store and writes what it has to say into buffers.
 * Listings hold references only, never a child's name.
 */
#ifndef CTL_LIVE_H
#define CTL_LIVE_H

#include "base/buf.h"
#include "engine/engine.h"
#include "conf/config.h"
#include "ctl/paint.h"
#include "ipc/frame.h"
#include "spool/spool.h"
#include "store/store.h"

struct live_role {
	const char	*name;		/* "parse", "send", "fetch:NAME" */
	bool		 here;		/* core can talk to it */
	int64_t		 gone_s;	/* it has not been here for so many real seconds; 0 */
	int64_t		 starts;	/* how often it has come, since core began */
	bool		 restless;	/* it comes and goes */
	const char	*secret;	/* why what it signs in with cannot be read; "" */
};

/* The way of mail through one mailbox, as core sees it; real time. */
struct live_way {
	const char	*mailbox;
	bool		 looked;	/* into the mailbox, by this daemon */
	int64_t		 look_age_s;	/* since the last proven look; before the first one, since core began */
	int64_t		 trouble_s;	/* what fetch says is wrong stands for so long; 0: nothing is */
	bool		 canary;	/* it sends itself test mails */
	int64_t		 canary_age_s;	/* of the one under way; -1: none is */
	bool		 overdue;	/* it should have come back by now */
	int64_t		 proven_age_s;	/* since any mail of ours came back; -1: none has yet */
	int64_t		 latency_ms;	/* from handing it over to its decision here; -1: not known */
	bool		 skew_known;
	int64_t		 skew_s;	/* the mail server's clock is so far ahead of ours */
};

struct live_watch {
	const struct live_way *ways;
	size_t		 way_count;
	int64_t		 up_s;		/* core runs since */
	const char	*clock;		/* what the machine's clock did; "" */
	int64_t		 forgotten;	/* cases in which a strand has fallen silent; -1: not looked yet */
	int64_t		 checked_age_s;	/* that was looked for, -1: not yet */
};

struct live_change {			/* a transaction that may also freeze mails */
	void	*ctx;
	int	(*begin)(void *ctx, struct err *err);
	int	(*commit)(void *ctx, struct err *err);
	void	(*rollback)(void *ctx);
};

/* What lies in a folder on the server, as fetch has listed it. */
struct live_listed { uint32_t uid; uint64_t size; instant received; int64_t key; };
struct live_listing {
	const char		*mailbox, *folder;	/* folder "": the watched one */
	bool			 answered, there;
	uint32_t		 uidvalidity;		/* as the server says it */
	struct live_listed	*mails;
	size_t			 count;
};

struct live {
	struct arena	*arena;		/* for this command */
	struct store	*store;
	const struct spool *spool;
	const struct config *config;
	struct engine	*engine;	/* NULL without a daemon, but for the commands that need one */
	const struct live_change *change;	/* NULL where engine is */
	instant		 now;
	const char	*who;		/* "uid 1000": for the journal */
	int		 file;		/* what `import` reads, or -1; borrowed */
	bool		 unseen;	/* from the watched folder: nobody reads what it would show, nobody can be asked */
	const struct live_role *roles;	/* NULL without a daemon */
	size_t		 role_count;
	const struct live_watch *watch;	/* NULL without a daemon */
	const char	*trouble;	/* why core stores nothing at the moment; NULL or "": it does */
	bool		 reload;	/* other rules are in force from now on: they are to be taken */
	bool		 broken;	/* the store failed: the command may be tried again as it is */
	const char	*send_trouble;	/* why the sending server will not have us; NULL or "" */
	const char	*lists_trouble;	/* what is wrong with the watched folder; NULL or "" */
	bool		 json;
	bool		 colour;	/* out goes to a terminal that shows colours: live_paint() */
	struct buf	 out, errors;
	const struct live_listing *listings;	/* reconcile: what the servers said */
	size_t		 listing_count;
	const char	*servers_trouble;	/* why one gave none, where core did not ask; NULL or "" */
	struct strs	 again;		/* mailboxes of which every mail is to be shown to core once more */
	struct strs	 released;	/* names of mails put back into the spool's new: to be taken up */
};

/* The exit code of a command that has shown what it would change, and changes it only with --yes: advicectl asks. */
#define LIVE_WANTS_YES	3
/* Of one that goes through something long in pieces: the same again with the next "--piece N", from 0 on. */
#define LIVE_GOES_ON	4
/* Of one that must wait for something under way: out holds two numbers, how far it has got, and of how many. */
#define LIVE_NOT_YET	5

/* Long lists: what a person is shown, unless --limit says otherwise; its most; case numbers looked at in one piece. */
#define LIVE_ROWS_SHOWN	500
#define LIVE_ROWS_MOST	100000
#define LIVE_PIECE	10000
#define LIVE_DUE_NONE	"~"	/* before what `due` says where there is no other line */

/* argv[0] is the command. Returns the exit code: 0 well, 1 found wrong, 2 misuse; or LIVE_WANTS_YES. */
int	live_run(struct live *live, int argc, char **argv);
bool	live_is_command(const char *name);
bool	live_is_later_piece(int argc, char **argv);	/* of what was begun: "board --after 64", "verify --piece 2" */
bool	live_needs_core(const char *name);	/* it decides: rules, engine and spool must be at hand */

/* ---- One each */
int	live_status(struct live *live, int argc, char **argv);
int	live_board(struct live *live, int argc, char **argv);
int	live_cases(struct live *live, int argc, char **argv);
int	live_case(struct live *live, int argc, char **argv);
int	live_due(struct live *live, int argc, char **argv);
int	live_queue(struct live *live, int argc, char **argv);
int	live_queue_show(struct live *live, long id);
/* One row; applied: whether what a person said of it is done, or only shown; NULL: nothing was said. */
void	live_queue_json(struct live *live, const struct outbox_row *row, const bool *applied);
int	live_triage(struct live *live, int argc, char **argv);
int	live_quarantine(struct live *live, int argc, char **argv);
int	live_import(struct live *live, int argc, char **argv);
int	live_verify(struct live *live, int argc, char **argv);
int	live_evidence(struct live *live, int argc, char **argv);
int	live_purge(struct live *live, int argc, char **argv);
int	live_hold(struct live *live, int argc, char **argv);
int	live_backup(struct live *live, int argc, char **argv);
void	live_backup_done(struct live *live, const char *place, size_t files);
int	live_restored(struct live *live, int argc, char **argv);
int	live_resolve(struct live *live, int argc, char **argv);
int	live_rules(struct live *live, int argc, char **argv);
int	live_reconcile(struct live *live, int argc, char **argv);
int	live_adopt(struct live *live, int argc, char **argv);
int	live_readiness(struct live *live, int argc, char **argv);
/* The folders that reconcile with these words wants to see; none where the words make no sense. */
int	live_reconcile_folders(struct store *store, struct arena *arena, const struct config *config, int argc, char **argv,
	    struct live_listing **listings_r, size_t *count_r, struct err *err);
/* A piece of one, as fetch sends it (WIRE_LISTING); answered when it was the last. */
void	live_listing_take(struct arena *arena, struct live_listing *listing, struct frame *frame);
int	live_change(struct live *live, int argc, char **argv);	/* correct detach merge move close undo pause resume except */

/* ---- For them */
/* Is this word among them?  Then it is taken out. */
bool	live_word(int *argc, char **argv, const char *word);
struct live_options { bool yes, asked; const char *reason; };	/* asked: shown and agreed to; reason: "" without */
/* Takes --yes, --asked and --reason TEXT from among the words; how many are left. */
int	live_options(int argc, char **argv, struct live_options *options_r);
/* Makes a change and shows it in live->out; *code_r other than 0: it was refused, with a sentence. */
typedef int live_doing(struct live *live, void *ctx, int *code_r, struct err *err);
/* In a transaction, which stands only where that went well and the person has agreed; else LIVE_WANTS_YES, or the code. */
int	live_try(struct live *live, const struct live_options *options, live_doing *doing, void *ctx);
/* live_queue_word.c: retry, sent, hold, release or drop of one mail; id 0: "release all". */
bool	live_queue_is_word(const char *name);
int	live_queue_word(struct live *live, const struct live_options *options, const char *name, long id);
/* An answer about an open triage row, as from the mailbox owner: live_resolve.c. */
int	live_settle(struct live *live, const struct live_options *options, struct triage_row *row, const char *answer);
/* Takes out --json, and --colour, which advicectl adds; how many words are left. */
int	live_words(struct live *live, int argc, char **argv);
const char *live_paint(struct live *live, enum paint how, const char *text);
int	live_usage(struct live *live, const char *name);	/* how the command is used; 2 */
int	live_fail(struct live *live, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int	live_broken(struct live *live, const struct err *err);	/* the store said so; 1 */
/* It was restored from a backup, and nobody has looked yet at what it would send (live_backup.c). */
bool	live_is_restored(struct live *live);
/* A person's change, in the journal: detail is a code such as "queue-sent". Inside the change's transaction. */
int	live_note(struct live *live, const char *detail, int64_t case_id, int64_t outbox, struct err *err);
/* What waits for a person with these words in it is settled by what they did. Inside the change's transaction. */
int	live_told_done(struct live *live, const char *words, struct err *err);
/* "7 Sep 2026 08:30", "" for INSTANT_NONE. */
const char *live_when(struct live *live, instant at);
void	live_json_when(struct live *live, const char *name, instant at);	/* null for INSTANT_NONE */
/* "EHC-20417", "case 12", "" for none. */
const char *live_case_name(struct live *live, int64_t case_id);

#endif
