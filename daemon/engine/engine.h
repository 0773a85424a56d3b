/*
 * The way of an event, from a parsed mail or a timer that fell due to one
 * decision in the store: classify, find candidates, match, decide, render,
 * freeze, store.  The daemon, simulate and explain all call this; they differ
 * only in the struct desk that they hand in: where mails are frozen, and who
 * hears what happened.
 * Each call runs inside the caller's transaction and leaves the commit to it
 * (core takes what waits as one transaction, a savepoint for each event).
 * Fails: as store/ does; the caller rolls back, and nothing has changed.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "case/case.h"
#include "case/classify.h"
#include "case/match.h"
#include "rule/template.h"
#include "store/store.h"

struct enclosure {			/* a received mail whose documents go along */
	const struct message	*message;
	const char		*spool_name;	/* of the mail, and of its documents file */
};

/* A mail decided and rendered, about to be frozen. */
struct letter {
	const struct pack	*pack;
	const struct outgoing	*mail;
	int64_t			 case_id;
	const char		*case_name;	/* "EHC-20417"; "" without a case */
	const char		*from;		/* the watched mailbox's address */
	const char		*subject, *body;	/* body: Markdown subset, all fields filled */
	const char		*footer;	/* why you get this, which case, what to quote */
	const char		*message_id;	/* without < > */
	const char		*in_reply_to;	/* message-id, or "" */
	struct strs		 references;
	const char		*code;		/* question's code, or "" */
	struct strs		 buttons;	/* answers with a mailto: button each: "APPROVED", "AMEND {words}" */
	struct enclosure	*enclosures;
	size_t			 enclosure_count;
	const char		*attach;	/* path of a pack file, or NULL */
};

struct desk {
	void	*ctx;
	/* Freeze durably; fill the row's spool_name and sha256. NULL: nothing is frozen (simulate, explain). */
	int	(*freeze)(void *ctx, const struct letter *letter, instant at, struct outbox_row *row, struct err *err);
	/* 40 random hex digits; deterministic in simulate. */
	void	(*random)(void *ctx, char hex_r[41]);
	/* Told as it happens; any may be NULL. */
	void	(*on_mail_in)(void *ctx, const char *file, const char *kind,
		    const struct matched *matched, const char *case_name, bool duplicate, instant at);
	void	(*on_decision)(void *ctx, const struct pack *pack, const struct case_state *state,
		    const struct decision *decision, instant at);
	void	(*on_mail_out)(void *ctx, const struct letter *letter, instant at);
	void	(*on_mail_held)(void *ctx, const char *case_name, const char *reason, instant at);
};

struct engine {
	struct store		 *store;
	const struct pack	**packs;
	size_t			  pack_count;
	struct desk		  desk;
	const char		 *secret;	/* keys hashes of addresses in the journal */
	bool			  answers_by_reference;	/* simulate: design section 10 */
	bool			  list_always_fresh;	/* simulate: imported nightly */
	struct arena		 *people;	/* owns directory */
	struct directory	 *directory;	/* as of the last import or absence */
};

/* Read the directory from the store again: at start, after an import. */
int	engine_refresh(struct engine *engine, struct err *err);
void	engine_end(struct engine *engine);
const struct pack *engine_pack(const struct engine *engine, const char *name);

struct arrival {
	const struct pack	*pack;
	const char		*mailbox;	/* address */
	const char		*trust;		/* "none", "exchange-online", "header:HOST" or "simulate" */
	const struct message	*message;
	instant			 received;
	const char		*file;		/* name for prints, or NULL */
	const char		*spool_name;	/* in the archive, "" in simulate */
};

struct arrived {
	int64_t			 message, case_id;
	bool			 duplicate, needs_person;
	struct classified	*classified;	/* NULL for a duplicate */
	struct matched		*matched;
	struct decision		*decision;
	struct case_state	*state;		/* NULL without a case */
	struct strs		 filings;	/* folders; none: Processed */
};

/* The decision of one mail, whole: classify ... store. */
int	engine_mail(struct engine *engine, struct arena *arena, const struct arrival *arrival, instant now,
	    struct arrived **arrived_r, struct err *err);

/* Everything that is due for one case by now. */
int	engine_timer(struct engine *engine, struct arena *arena, int64_t case_id, instant now, struct err *err);

/* Is the sender who From says?  trust as in struct arrival (design section 7). */
bool	engine_authenticated(const char *trust, const struct pack *pack, const struct message *message);
/* Does the server that the mailbox believes say that they are not?  Where nothing was said, false. */
bool	engine_forged(const char *trust, const struct message *message);

/* mailing.c: render, freeze and put into the outbox what was decided. */
int	engine_mailings(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox,
	    int64_t case_id, struct case_state *state, const struct world *world, const struct event *event,
	    const struct decision *decision, instant now, struct err *err);

/* journal.c: a row for everything that was decided. */
int	engine_journal(struct engine *engine, struct arena *arena, int64_t case_id, const struct event *event,
	    const struct decision *decision, instant now, struct err *err);

#endif
