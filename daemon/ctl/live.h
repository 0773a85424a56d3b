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
#include "spool/spool.h"
#include "store/store.h"

struct live_role {
	const char	*name;		/* "parse", "send", "fetch:NAME" */
	bool		 here;		/* core can talk to it */
};

struct live_change {			/* a transaction that may also freeze mails */
	void	*ctx;
	int	(*begin)(void *ctx, struct err *err);
	int	(*commit)(void *ctx, struct err *err);
	void	(*rollback)(void *ctx);
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
	const char	*trouble;	/* why core stores nothing at the moment; NULL or "": it does */
	bool		 reload;	/* other rules are in force from now on: they are to be taken */
	bool		 broken;	/* the store failed: the command may be tried again as it is */
	const char	*lists_trouble;	/* what is wrong with the watched folder; NULL or "" */
	bool		 json;
	struct buf	 out, errors;
	struct strs	 released;	/* names of mails put back into the spool's new: to be taken up */
};

/* The exit code of a command that has shown what it would change, and changes it only with --yes: advicectl asks. */
#define LIVE_WANTS_YES	3

/* argv[0] is the command. Returns the exit code: 0 well, 1 found wrong, 2 misuse; or LIVE_WANTS_YES. */
int	live_run(struct live *live, int argc, char **argv);
bool	live_is_command(const char *name);
bool	live_needs_core(const char *name);	/* it decides: rules, engine and spool must be at hand */

/* ---- One each */
int	live_status(struct live *live, int argc, char **argv);
int	live_cases(struct live *live, int argc, char **argv);
int	live_case(struct live *live, int argc, char **argv);
int	live_due(struct live *live, int argc, char **argv);
int	live_queue(struct live *live, int argc, char **argv);
int	live_triage(struct live *live, int argc, char **argv);
int	live_quarantine(struct live *live, int argc, char **argv);
int	live_import(struct live *live, int argc, char **argv);
int	live_verify(struct live *live, int argc, char **argv);
int	live_resolve(struct live *live, int argc, char **argv);
int	live_rules(struct live *live, int argc, char **argv);
int	live_change(struct live *live, int argc, char **argv);	/* correct detach merge move close undo pause resume */

/* ---- For them */
struct live_options { bool yes, asked; const char *reason; };	/* asked: shown and agreed to; reason: "" without */
/* Takes --yes, --asked and --reason TEXT from among the words; how many are left. */
int	live_options(int argc, char **argv, struct live_options *options_r);
/* Makes a change and shows it in live->out; *code_r other than 0: it was refused, with a sentence. */
typedef int live_doing(struct live *live, void *ctx, int *code_r, struct err *err);
/* In a transaction, which stands only where that went well and the person has agreed; else LIVE_WANTS_YES, or the code. */
int	live_try(struct live *live, const struct live_options *options, live_doing *doing, void *ctx);
/* An answer about an open triage row, as from the mailbox owner: live_resolve.c. */
int	live_settle(struct live *live, const struct live_options *options, struct triage_row *row, const char *answer);
int	live_fail(struct live *live, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int	live_broken(struct live *live, const struct err *err);	/* the store said so; 1 */
/* A person's change, in the journal: detail is a code such as "queue-sent". Inside the change's transaction. */
int	live_note(struct live *live, const char *detail, int64_t case_id, int64_t outbox, struct err *err);
/* "7 Sep 2026 08:30", "" for INSTANT_NONE. */
const char *live_when(struct live *live, instant at);
void	live_json_when(struct live *live, const char *name, instant at);	/* null for INSTANT_NONE */
/* "EHC-20417", "case 12", "" for none. */
const char *live_case_name(struct live *live, int64_t case_id);

#endif
