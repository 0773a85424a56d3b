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
	int64_t			 id;		/* its row */
	const struct message	*message;
	const char		*spool_name;	/* of the mail, and of its documents file */
};

/* What a reader wants to see at a glance: "Due", "5 October 2026". */
struct glance {
	const char	*label, *value;
	bool		 mail_back;	/* the value is the mailbox: a link that begins a mail to it */
};

/* How a mail greets its reader. */
enum tone { TONE_PLAIN, TONE_ASK, TONE_LATE };

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
	bool			 offers;	/* they are words that may be said, and answer no question */
	struct strs		 meanings;	/* what each button does, in a few words; none, or one for each of them */
	struct glance		*glances;	/* case, date, who: shown before the text is read */
	size_t			 glance_count;
	enum tone		 tone;
	const char		*badge;		/* "12 days late", above everything; NULL or "": none */
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
	/* Whom the mailbox of this address believes, as in struct arrival; NULL: "none". */
	const char *(*trust_of)(void *ctx, const char *mailbox);
	/* A mail that was settled is to lie in another folder on its server; written in the transaction. NULL: no server. */
	int	(*refile)(void *ctx, int64_t message, bool needs_person, const struct strs *filings, struct err *err);
};

struct engine {
	struct store		 *store;
	const struct pack	**packs;
	size_t			  pack_count;
	struct desk		  desk;
	const char		 *secret;	/* keys hashes of addresses in the journal */
	const char		 *administrator;	/* told where no role gives anybody to tell; or NULL */
	bool			  answers_by_reference;	/* simulate: design section 10 */
	bool			  list_always_fresh;	/* simulate: imported nightly */
	bool			  unjournalled;	/* simulate, replay: nobody will ask why, the store ends with them */
	bool			  gathers;	/* core: reminders that were missed go in one mail a person */
	bool			  joins;	/* and escalations about several cases at one moment */
	struct reached		 *reached;	/* test: the rules' lines that decide something; else NULL */
	struct arena		 *people;	/* owns directory */
	struct directory	 *directory;	/* as of the last import or absence */
	struct digest_round	 *digest;	/* digest.c, owners_late.c: under way, NULL: none; owned */
	struct late_round	 *late;
	int64_t			  at_hand;	/* the mail that is being decided, 0: none */
	bool			  at_hand_begins;	/* engine_may_begin() of it, which need not classify it again */
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
	bool			 sent;		/* it lay among the mail that the mailbox has sent */
};

struct arrived {
	int64_t			 message, case_id;
	bool			 duplicate, needs_person;
	bool			 by_hand;	/* a person sent it from the mailbox itself */
	bool			 copy;		/* the copy of a mail of ours that was awaited: it belongs among the sent mail */
	int64_t			 copy_of;	/* that mail, where it is sent by that; 0 */
	int64_t			 returned;	/* a mail of ours, proven by its mark, that has come back at all; 0 */
	bool			 canary;	/* and it was sent for nothing else: engine_canary() */
	struct outbox_row	*bounced;	/* it is the notice that this mail, of several cases, came back; NULL */
	struct classified	*classified;	/* NULL for a duplicate */
	struct matched		*matched;
	struct candidate	*candidates;	size_t candidate_count;	/* cases that it may belong to */
	struct decision		*decision;
	struct case_state	*state;		/* NULL without a case */
	struct strs		 filings;	/* folders; none: Processed */
	const char		*refused;	/* engine_again(): why it cannot be as the person said; nothing was stored. NULL */
};

/* The decision of one mail, whole: classify ... store. */
int	engine_mail(struct engine *engine, struct arena *arena, const struct arrival *arrival, instant now,
	    struct arrived **arrived_r, struct err *err);

/* What a person has said about a mail, before it is decided again. */
struct override {
	int64_t		 case_id;	/* it belongs to this case; 0: not said */
	bool		 is_new;	/* it begins a case of its own */
	bool		 authenticated;	/* it is an answer, and its sender is who From says */
	bool		 guards_released;	/* its attached forms are about the right child */
	bool		 by_hand;	/* it was sent from the mailbox itself: a copy lies among its sent mail */
	const char	*who;		/* for the journal: "uid 1000", "person 3f2a..." (a salted hash) */
	const char	*reason;	/* in their words, or ""; the journal keeps its hash */
};

/*
 * again.c: a stored mail is decided again, with today's rules, under a person's name: classified afresh, matched as
 * the override says (neither a case nor new: as the evidence says), received when it was received.  What waits in
 * triage for this mail is closed; what the new decision holds waits anew.  The mail is moved on its server to where it
 * now belongs.  Inside the caller's transaction.  Alerts are not sent again.
 * arrived_r->refused: nothing has changed, and this is why.  What an earlier decision about the mail has done is the
 * caller's to take back first.  Fails: ERR_MESSAGE when there is no such mail or its pack is not loaded.
 */
int	engine_again(struct engine *engine, struct arena *arena, int64_t message, const struct override *override,
	    instant now, struct arrived **arrived_r, struct err *err);

/* Everything that is due for one case by now. */
int	engine_timer(struct engine *engine, struct arena *arena, int64_t case_id, instant now, struct err *err);

/*
 * A new involvement list for one case that waits for it (store_list_waiting()): what has changed for its child is
 * decided, once, and the case waits no more.
 */
int	engine_changed(struct engine *engine, struct arena *arena, int64_t case_id, instant now, struct err *err);

/* The same for one thing that waits for a person: reminded and escalated like any question. */
int	engine_triage_timer(struct engine *engine, struct arena *arena, int64_t triage, instant now, struct err *err);

/* What a person says about something that waits (an open row), by mail or by command: triage_say.c. */
struct resolved {
	const char	*refused;	/* nothing has changed, and this is why; NULL */
	const char	*done;		/* what was understood and done, a sentence */
	struct arrived	*again;		/* what it made of the mail that waited; NULL */
	struct strs	 effects;	/* what else changes, a sentence each: stages, dates, mails */
};
struct triage_said;
int	engine_resolve(struct engine *engine, struct arena *arena, struct triage_row *row, const struct triage_said *said,
	    const char *who, const char *reason, instant now, struct resolved *resolved_r, struct err *err);
/* May the rules begin a case with the mail that waits?  Else NEW would only be refused; true where they are not at hand. */
int	engine_may_begin(struct engine *engine, struct arena *arena, const struct triage_row *row, bool *may_r, struct err *err);
/* What may be answered, and the same with what it means, a line each. */
int	engine_choices(struct engine *engine, struct arena *arena, const struct triage_row *row, struct strs *answers_r,
	    struct strs *choices_r, struct err *err);
/* What a decision changes, a sentence each: stages, dates, mails that go out now, what is held. */
struct strs engine_effects(struct arena *arena, const struct pack *pack, const struct decision *decision);
/* "EHC-20417 (J.B.)": a case as it may be shown to people who look after the mailbox. */
const char *engine_case_words(struct arena *arena, const struct case_state *state);

/*
 * The digests that have fallen due by now; count_r: how many rows were done with.  Each is gathered from all open cases; a
 * call looks at the next `most` case numbers, so that it holds nothing up, and a digest goes at the call that sees the last
 * of them.  What was gathered is only in memory: a digest that was begun is begun again after a restart.
 */
int	engine_digests(struct engine *engine, int64_t most, instant now, size_t *count_r, struct err *err);
/* What was gathered so far is forgotten: before packs are changed, and at the end. */
void	engine_digests_forget(struct engine *engine);
/* At start and after a reload: each digest of the packs in force has its day. */
int	engine_digests_plan(struct engine *engine, instant now, struct err *err);

/*
 * owners_digest.c: the mailbox owner's own, the daemon's: what came in, what waits for them, what is late and who has it, what
 * has not gone, how the daemon is, and where the journal stands.  ERR_MESSAGE: there is nobody to tell.
 */
#define DIGEST_OWNERS	"@daily"	/* its row among the digests, and no name that a pack can give one */
struct owners_news {
	instant		 since;		/* the one before; INSTANT_NONE: it is the first */
	int64_t		 journal_row;	/* where the journal stood then */
	bool		 well;
	struct strs	 wrong, notes;	/* of the daemon itself, a sentence each */
	struct strs	 mailboxes;	/* how each of them is, a sentence */
	struct strs	 pauses;
};
/* owners_late.c: before it goes, what is late is gathered, as engine_digests() does it; done_r: all of it is. */
int	engine_owners_look(struct engine *engine, const struct pack *pack, int64_t most, instant now, bool *done_r, struct err *err);
int	engine_owners_digest(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox,
	    const struct owners_news *news, instant now, struct err *err);
/* When the next one goes, after this moment: on a working day of the pack, at this minute (-1: when its sending hours begin). */
instant	engine_owners_next(const struct pack *pack, int minute, instant after);

/*
 * change.c: what an administrator puts right.  Decided, stored, rendered and journalled in the caller's transaction, which
 * takes all of it back where it was only to be shown.  changed_r->refused: nothing may stand, and this is why.
 * A pause of everything (case_id 0, mailbox NULL) or of a mailbox is such a change too: STOP says it by mail.
 */
#define PAUSE_DAYS_MOST	30
struct change_wish {
	enum admin_word	 word;
	int64_t		 case_id;
	const char	*fact, *value;	/* correct; value "": taken away; except: a deadline and an exception of the rules */
	dayno		 day;		/* except: to this day; DAY_NONE: by so many days */
	int		 days;
	const char	*strand, *stage;	/* correct (NULL: the case's), move */
	bool		 quiet;		/* move: what the stage does on entry is left out */
	int64_t		 message;	/* detach */
	int64_t		 other;		/* merge: the case that goes into case_id */
	int64_t		 undoes;	/* undo: a change's number; case_id is then found */
	const char	*mailbox;	/* pause, resume: an address; or NULL */
	instant		 until;		/* pause; else INSTANT_NONE */
	bool		 long_pause;	/* more than PAUSE_DAYS_MOST */
	const char	*who, *reason;	/* who for the journal; reason, "" without: content, kept with the case */
};
struct changed {
	const char	*refused;
	int64_t		 change;	/* its number, for undo */
	int64_t		 case_id;
	const char	*done;		/* what was said, in words */
	struct strs	 effects;	/* what changes, a sentence each: dates, stages, questions, mails that go or are withdrawn */
	struct strs	 gone;		/* what has gone out and cannot be taken back, and who has it */
};
int	engine_change(struct engine *engine, struct arena *arena, const struct change_wish *wish, instant now,
	    struct changed *changed_r, struct err *err);

/* Is the sender who From says?  trust as in struct arrival (design section 7). */
bool	engine_authenticated(const char *trust, const struct pack *pack, const struct message *message);
/* Does the server that the mailbox believes say that they are not?  Where nothing was said, false. */
bool	engine_forged(const char *trust, const struct message *message);
/* One of the pack's own domains, or an address that its rules name, and the server that is believed does not prove it. */
bool	engine_doubtful(const char *trust, const struct pack *pack, const struct message *message);

/*
 * tell.c: a mail about the daemon itself and no case, from one of its mailboxes: to the administrator, else to whoever
 * looks after that mailbox.  ERR_MESSAGE: there is nobody to tell.
 */
int	engine_tell(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox,
	    const char *subject, const char *body, instant now, struct err *err);

/* The act of a mail that a mailbox sends itself, to see whether the way is open; it passes modes, guards and pauses. */
#define ACT_CANARY	"canary"
int	engine_canary(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox, instant now,
	    int64_t *outbox_r, struct err *err);

/*
 * forgotten.c: the strands of an open case that will fall silent by the rules in force: nothing is due in them, nobody is
 * asked, and their stage does not say why it waits.  A sentence each, without personal data; none where its rules are not loaded.
 * known_by_r: the same with the rules' own names.
 */
int	engine_forgotten(struct engine *engine, struct arena *arena, int64_t case_id, instant now, struct strs *sentences_r,
	    struct strs *known_by_r, struct err *err);

/* mailing.c: render, freeze and put into the outbox what was decided. */
int	engine_mailings(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox,
	    int64_t case_id, struct case_state *state, const struct world *world, const struct event *event,
	    const struct decision *decision, instant now, struct err *err);

/*
 * outward.c.  Promise right-people, asked again just before sending, of the rules and the directory in force then: may
 * everybody be written to whom the mail has not reached yet?  why_not_r: a sentence without a full stop; NULL: yes.
 */
void	engine_may_send(const struct engine *engine, struct arena *arena, const struct outbox_row *row, const char **why_not_r);
/* A mail that waits to be sent is held instead, and the mailbox owner is asked.  why: a sentence without personal data. */
int	engine_hold(struct engine *engine, struct arena *arena, struct outbox_row *row, const char *why, instant now,
	    struct err *err);

/*
 * undelivered.c: the mail server will not have this mail of ours for these: they count as not reached, as by a notice
 * that came back, and the case goes on with whoever stands in.  Inside the caller's transaction.
 */
int	engine_undelivered(struct engine *engine, struct arena *arena, const struct outbox_row *row, const struct strs *addresses,
	    instant now, struct err *err);

/* What is sent after all to nobody, or to fewer. */
struct recalled {
	bool	 stays;		/* it does not go; its row has changed */
	int64_t	*off;		/* mails whose files may be wanted no more: it, or it and those of its parts that do not go */
	size_t	 off_count;
};
/*
 * gather.c: of the reminders that were missed while nothing could go, some people's are put into one mail each, in the
 * caller's transaction; called again until store_gathered_any() says no.  The frozen files of what was joined stay until that mail has gone.
 */
int	engine_gathered(struct engine *engine, struct arena *arena, instant now, struct recalled *recalled_r, struct err *err);
/* Such a mail that has not gone is dropped, and its parts wait for the next engine_gathered(), which joins what then belongs together. */
int	engine_gathered_apart(struct engine *engine, struct arena *arena, struct outbox_row *joined, instant now, struct err *err);

/*
 * recall.c: a mail that is to go now, and did not go at once (engine_may_recall()): where it is wanted no more it is dropped, and
 * where a part of it is not, or is not to go now, taken apart.  In the caller's transaction.
 */
bool	engine_may_recall(const struct outbox_row *row, instant now);
int	engine_recall(struct engine *engine, struct arena *arena, struct outbox_row *row, instant now, struct recalled *recalled_r, struct err *err);

/* journal.c: a row for everything that was decided. */
int	engine_journal(struct engine *engine, struct arena *arena, int64_t case_id, const struct event *event,
	    const struct decision *decision, instant now, struct err *err);

#endif
