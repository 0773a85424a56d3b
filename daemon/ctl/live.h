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

struct live {
	struct arena	*arena;		/* for this command */
	struct store	*store;
	const struct spool *spool;
	const struct config *config;
	struct engine	*engine;	/* NULL without a daemon */
	instant		 now;
	const char	*who;		/* "uid 1000": for the journal */
	int		 file;		/* what `import` reads, or -1; borrowed */
	const struct live_role *roles;	/* NULL without a daemon */
	size_t		 role_count;
	const char	*trouble;	/* why core stores nothing at the moment; NULL or "": it does */
	bool		 json;
	struct buf	 out, errors;
	struct strs	 released;	/* names of mails put back into the spool's new: to be taken up */
};

/* argv[0] is the command. Returns the exit code: 0 well, 1 found wrong, 2 misuse. */
int	live_run(struct live *live, int argc, char **argv);
bool	live_is_command(const char *name);

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

/* ---- For them */
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
