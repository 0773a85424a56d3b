/*
 * The store: SQLite, WAL, synchronous=FULL; the only SQL of the project.  One
 * transaction an event (a savepoint each when many wait).  Statements are
 * prepared once and bound; never built by printf.
 * path ":memory:" gives simulate its store; everything else is the same.
 * Fails: ERR_RETRY (disk full, I/O error: the transaction is rolled back and
 * nothing has changed), ERR_DAEMON (corrupt, or made by a later version).
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "case/case.h"
#include "case/match.h"
#include "conf/directory.h"
#include "conf/involvement.h"

struct store;

int	store_open(const char *path, struct store **store_r, struct err *err);	/* migrates */
/*
 * A store in memory for one run (simulate, replay), which a failure ends: faster, with no way back from a failure inside a
 * transaction but to give up all of it.  To be called at once after opening.
 */
int	store_fleeting(struct store *store, struct err *err);
void	store_close(struct store **store);
/*
 * A commit that failed, at its fsync perhaps, may be there all the same after a crash.  Once this has succeeded, whatever failed
 * before is gone for good: a commit of nothing has taken its place.
 */
int	store_begin(struct store *store, struct err *err);
int	store_commit(struct store *store, struct err *err);
void	store_rollback(struct store *store);
int	store_savepoint(struct store *store, struct err *err);		/* one level, inside a transaction */
int	store_release(struct store *store, struct err *err);
int	store_rollback_to(struct store *store, struct err *err);	/* it still wants store_release() */

/* ---- settings: case clock anchor, secret keys, modes */
int	store_setting(struct store *store, struct arena *arena, const char *name, const char **value_r, struct err *err);	/* NULL: none */
int	store_set_setting(struct store *store, const char *name, const char *value, struct err *err);
bool	store_is_empty(struct store *store);	/* no message and no case yet */

/* ---- mailboxes and sightings */
struct mailbox_row {
	int64_t		 id;
	const char	*name, *pack, *address;
	uint32_t	 uidvalidity;	/* our number for the folder as it is now: its server's, where that is new to us */
	uint32_t	 highest_uid, baseline_uid;
	instant		 proven;	/* last finished look, INSTANT_NONE */
	const char	*trouble;	/* last sentence, "" when well */
	uint32_t	 server_uidvalidity;
	uint32_t	 asked_uid;	/* mails up to here may be known already, or are not ours; 0: that is settled */
	instant		 held_before;	/* such a mail that nobody knows and that is older waits for a person; INSTANT_NONE */
	instant		 looked;	/* as proven, by the machine's clock */
};
int	store_mailbox(struct store *store, struct arena *arena, const char *name, struct mailbox_row **row_r, struct err *err);	/* NULL: not there */
int	store_mailbox_put(struct store *store, struct mailbox_row *row, struct err *err);	/* insert (id 0) or update */
int	store_message_mailbox(struct store *store, struct arena *arena, int64_t message, struct mailbox_row **row_r, struct err *err);	/* in which it was first seen; NULL: none */
int	store_mailboxes(struct store *store, struct arena *arena, struct mailbox_row **rows_r, size_t *count_r, struct err *err);

enum sighting_state { SIGHTING_ENTERED, SIGHTING_DONE, SIGHTING_SETTLED, SIGHTING_QUARANTINED, SIGHTING_GONE,
	SIGHTING_HELD,		/* in the spool, and decided only once a person has said so: advicectl adopt */
	SIGHTING_BEFORE };	/* there before us: not ours */
struct sighting_row {
	int64_t		 id, mailbox;
	uint32_t	 uidvalidity, uid;
	enum sighting_state state;
	int64_t		 message;	/* 0 until parsed */
	const char	*spool_name;
	instant		 received;	/* INTERNALDATE */
	int		 strikes;
	const char	*why;		/* quarantine */
	uint64_t	 size;		/* 0: not known */
	const char	*message_id;	/* as written or without < >: written only, and kept as a key; NULL: as it was */
	bool		 has_id;	/* read only: such a key is kept */
};
int	store_sighting_add(struct store *store, struct sighting_row *row, bool *known_r, struct err *err);	/* same (mailbox, uidvalidity, uid): known */
int	store_sighting(struct store *store, struct arena *arena, int64_t mailbox, uint32_t uidvalidity, uint32_t uid, struct sighting_row **row_r, struct err *err);
int	store_sighting_put(struct store *store, const struct sighting_row *row, struct err *err);
int	store_sightings(struct store *store, struct arena *arena, enum sighting_state state, size_t max, struct sighting_row **rows_r, size_t *count_r, struct err *err);
/* Everywhere that a message was seen, the first first. */
int	store_sightings_of(struct store *store, struct arena *arena, int64_t message, struct sighting_row **rows_r, size_t *count_r, struct err *err);
/*
 * sighting.c.  Of a mailbox: every row under this number of the folder; every row in a state; a row by its id, by the
 * name of its file, NULL: none.
 */
int	store_sightings_under(struct store *store, struct arena *arena, int64_t mailbox, uint32_t uidvalidity, struct sighting_row **rows_r, size_t *count_r, struct err *err);
int	store_sightings_in(struct store *store, struct arena *arena, int64_t mailbox, enum sighting_state state, struct sighting_row **rows_r, size_t *count_r, struct err *err);
int	store_sighting_by_id(struct store *store, struct arena *arena, int64_t id, struct sighting_row **row_r, struct err *err);
int	store_sighting_by_file(struct store *store, struct arena *arena, const char *spool_name, struct sighting_row **row_r, struct err *err);
/* Mails under other numbers of the folder that may be this one: the message-id agrees, or, where either has none, size (where known) and date. */
struct sighting_alike { struct sighting_row row; bool same_id; };
int	store_sightings_alike(struct store *store, struct arena *arena, const struct sighting_row *mail, struct sighting_alike **rows_r, size_t *count_r, struct err *err);
/* Those under other numbers that have so many bytes, and a file. */
int	store_sightings_sized(struct store *store, struct arena *arena, const struct sighting_row *mail, struct sighting_row **rows_r, size_t *count_r, struct err *err);
/* It lies there now, and what is to happen to it on the server happens there; what was not known of it is filled in. */
int	store_sighting_move(struct store *store, int64_t id, const struct sighting_row *mail, struct err *err);
int	store_number_highest(struct store *store, int64_t mailbox, uint32_t *highest_r, struct err *err);	/* of a folder, in any row; 0: none */
/* Where each settled mail of the mailbox was put last: message-id's key, size, date. */
struct put_away { int64_t sighting, message_key; const char *folder; uint64_t size; instant received; enum sighting_state state; };
int	store_sightings_put_away(struct store *store, struct arena *arena, int64_t mailbox, struct put_away **rows_r, size_t *count_r, struct err *err);
int64_t	store_key(const char *message_id);	/* as message_key holds it; 0 for "" */
/* What the parser made of a mail that waits for a person. */
int	store_held_put(struct store *store, int64_t sighting, const void *record, size_t len, struct err *err);
int	store_held(struct store *store, struct arena *arena, int64_t sighting, const void **record_r, size_t *len_r, struct err *err);	/* NULL: not yet */
int	store_held_drop(struct store *store, int64_t sighting, struct err *err);
int	store_sightings_unsettled(struct store *store, struct arena *arena, int64_t mailbox, uint32_t uidvalidity, uint32_t **uids_r, size_t *count_r, struct err *err);

/* ---- messages: (pack, fingerprint) is unique */
struct message_row {
	int64_t		 id;
	const char	*pack, *fingerprint;
	instant		 received;
	const char	*kind;		/* "" other */
	int64_t		 case_id;	/* 0 */
	const char	*state;		/* done, triage, kept, held */
	const char	*spool_name;	/* file in spool/archive */
	const void	*record;	/* record.h */
	size_t		 record_len;
};
int	store_message_find(struct store *store, struct arena *arena, const char *pack, const char *fingerprint, struct message_row **row_r, struct err *err);
int	store_message_put(struct store *store, struct message_row *row, struct err *err);	/* insert (id 0) or update; record NULL: the old one is kept */
int	store_message(struct store *store, struct arena *arena, int64_t id, struct message_row **row_r, struct err *err);
/* Call it after the first put: the documents, and the message-id, thread and sender that matching and cases look up. */
int	store_message_documents(struct store *store, int64_t id, const struct message *message, struct err *err);
/* Has another mail of the same pack come under this one's message-id? */
int	store_message_same_id(struct store *store, int64_t id, bool *same_r, struct err *err);
/* The case references that a kept mail carries (classified->references): what store_messages_kept() looks up. */
int	store_message_references(struct store *store, int64_t id, const struct strs *references, struct err *err);
/* Kept mails (state "kept", no case yet) of this pack that carry one of the references, oldest first. */
int	store_messages_kept(struct store *store, struct arena *arena, const char *pack, const struct strs *references, int64_t **ids_r, size_t *count_r, struct err *err);

/* ---- cases */
int	store_candidates(struct store *store, struct arena *arena, const char *pack, const struct evidence *evidence, size_t count, struct candidate **candidates_r, size_t *candidate_count_r, struct err *err);
int	store_case_new(struct store *store, const char *pack, instant opened, int64_t *id_r, struct err *err);	/* reserves the number */
int	store_case_load(struct store *store, struct arena *arena, int64_t id, struct case_state **state_r, struct err *err);
/* The same, past what a fleeting store keeps of it: for tests, which compare the two. */
int	store_case_load_anew(struct store *store, struct arena *arena, int64_t id, struct case_state **state_r, struct err *err);
int	store_case_pack(struct store *store, struct arena *arena, int64_t id, const char **pack_r, struct err *err);
int	store_case_by_name(struct store *store, const char *name, int64_t *id_r, struct err *err);	/* reference or number; 0: none */
/* Everything in a decision but its mails and its why, for case id (0 only if it opens none and has no case). */
int	store_apply(struct store *store, int64_t case_id, int64_t message, const struct decision *decision, instant now, struct err *err);
int	store_due(struct store *store, struct arena *arena, instant until, size_t max, int64_t **case_ids_r, size_t *count_r, struct err *err);	/* oldest first */
/*
 * Cases of this pack, of the numbers above after and up to upto, that were to be looked at later are looked at then; those of
 * no date, and the earlier ones, stay.
 */
int	store_due_by(struct store *store, const char *pack, int64_t after, int64_t upto, instant at, struct err *err);
int	store_next_due(struct store *store, instant *at_r, struct err *err);	/* of cases and of what waits; digests apart */
/* Digests: when each is next due.  Cases: open ones with a date up to reach or an open question, or all of them. */
struct digest_row { const char *pack, *name; instant due; };
int	store_digests(struct store *store, struct arena *arena, struct digest_row **rows_r, size_t *count_r, struct err *err);	/* soonest first */
int	store_digest_put(struct store *store, const char *pack, const char *name, instant due, struct err *err);
int	store_digest_drop(struct store *store, const char *pack, const char *name, struct err *err);
/* A pack's open cases with a date up to reach or an open question, or all, in pieces: of the next `most` numbers, closed ones too. */
struct digest_span { const char *pack; dayno reach; bool all; int64_t after; bool over; };	/* it begins with the last two 0 */
int	store_digest_cases(struct store *store, struct arena *arena, struct digest_span *span, int64_t most, int64_t **ids_r, size_t *count_r, struct err *err);
struct case_row { int64_t id; const char *pack, *reference; instant opened, closed, next_due; const char *stages; };
struct cases_wish { bool closed_too; int64_t after, upto, most; };	/* numbers above after and up to upto; no more rows than most; 0: any */
int	store_cases(struct store *store, struct arena *arena, const struct cases_wish *wish, struct case_row **rows_r, size_t *count_r, struct err *err);
int	store_cases_count(struct store *store, bool closed_too, int64_t *count_r, struct err *err);
/* Dates up to until of open cases, of those numbers: a strand's while it goes on, the case's while any of its strands does. */
struct due_row { int64_t id; const char *reference, *name; dayno date; bool of_strand; const char *strand, *stage; };
int	store_cases_due(struct store *store, struct arena *arena, int64_t after, int64_t upto, dayno until, struct due_row **rows_r, size_t *count_r, struct err *err);

/* ---- questions' codes: only their hash is kept */
int	store_code_add(struct store *store, const char *code_hash, int64_t case_id, int question, struct err *err);
int	store_code_find(struct store *store, const char *code_hash, int64_t *case_r, int *question_r, struct err *err);
/* The same of a mail of ours that puts no question: a reminder's words begin a new mail.  0: none. */
int	store_mail_code_add(struct store *store, const char *code_hash, int64_t outbox, struct err *err);
int	store_mail_code_find(struct store *store, const char *code_hash, int64_t *outbox_r, struct err *err);

/* ---- outbox */
enum outbox_state { OUTBOX_QUEUED, OUTBOX_SENDING, OUTBOX_SENT, OUTBOX_RETRY, OUTBOX_FAILED, OUTBOX_UNKNOWN, OUTBOX_HELD,
	OUTBOX_DROPPED,		/* held, and a person said that it is not to go */
	OUTBOX_GATHERED,	/* a reminder, until all of this moment are there: perhaps they go in one mail a person */
	OUTBOX_JOINED,		/* it went so */
	OUTBOX_REVIEW,		/* a person looks at it before it goes: the mode "review", or a storm */
	OUTBOX_SHADOW };	/* decided in the mode "shadow": it never goes */
#define OUTBOX_STATES	(OUTBOX_SHADOW + 1)
const char *outbox_state_name(enum outbox_state state);
/* The copy to the sending mailbox itself, in the envelope only: it goes with the first transaction that may have been accepted. */
enum outbox_copy {
	COPY_NONE,		/* not out: it goes along next time, where the mailbox wants it */
	COPY_SENDING,
	COPY_SENT,		/* accepted with the mail */
	COPY_UNKNOWN,		/* gone, or not, with recipients that are unknown */
	COPY_REFUSED,		/* the server will not have it: the mail goes without */
	COPY_EARLY,		/* back, before we heard what became of the mail */
	COPY_BACK		/* back in the mailbox: the mail it went with was accepted */
};
/* Before what it goes: urgent mail at once; a digest after what was decided up to a quarter of an hour later. */
enum outbox_rank { RANK_USUAL, RANK_URGENT, RANK_DIGEST };
struct outbox_recipient { const char *address; bool cc; enum outbox_state state; int code; const char *reply; int64_t joined; };	/* joined: JOINED, in that mail */
struct outbox_row {
	int64_t		 id, case_id;	/* 0 */
	const char	*pack, *mailbox;
	enum outbox_state state;
	const char	*act, *template, *rule;
	int		 strand, question;
	const char	*spool_name;	/* frozen file in spool/out */
	char		 sha256[65];
	const char	*message_id, *subject;
	int64_t		 in_reply_to, forwarded;	/* messages */
	instant		 decided, next_try, sent;
	bool		 body_asked;	/* SENDING: the body was asked for */
	int		 tries;
	const char	*why;		/* last reply, hold reason */
	int64_t		 cause, change;	/* the mail, or the administrator's change, that it was decided for; 0 */
	enum outbox_copy copy;
	enum outbox_rank rank;
	instant		 first_try;	/* 0: not tried yet, or a person said to try anew */
	instant		 ask_at;	/* UNKNOWN: when a person is asked, if its copy has not come back; 0: they were */
	bool		 told;		/* a person was told that it takes long */
	bool		 released;	/* a person has looked at it: the mode and the guards keep it back no more */
	bool		 barred;	/* HELD because the server does not let us send: it goes by itself once that is over */
	struct outbox_recipient *recipients;
	size_t		 recipient_count;
};
int	store_outbox_put(struct store *store, struct outbox_row *row, struct err *err);		/* insert (id 0) or update, recipients too */
int	store_outbox(struct store *store, struct arena *arena, int64_t id, struct outbox_row **row_r, struct err *err);
int	store_outbox_due(struct store *store, struct arena *arena, instant now, size_t max, struct outbox_row **rows_r, size_t *count_r, struct err *err);	/* QUEUED and RETRY whose next_try has come, by rank, then oldest first */
int	store_outbox_unproven(struct store *store, struct arena *arena, instant now, struct outbox_row **rows_r, size_t *count_r, struct err *err);	/* UNKNOWN whose ask_at has come */
int	store_outbox_in_state(struct store *store, struct arena *arena, enum outbox_state state, struct outbox_row **rows_r, size_t *count_r, struct err *err);
int	store_outbox_of_case(struct store *store, struct arena *arena, int64_t case_id, struct outbox_row **rows_r, size_t *count_r, struct err *err);
int	store_outbox_parts(struct store *store, struct arena *arena, int64_t joined, struct outbox_row **rows_r, size_t *count_r, struct err *err);	/* somebody has them in this mail */
int	store_outbox_joining(struct store *store, struct arena *arena, int64_t case_id, struct outbox_row **rows_r, size_t *count_r, struct err *err);	/* the mails of which the case's are parts */
int	store_outbox_by_file(struct store *store, struct arena *arena, const char *spool_name, struct outbox_row **row_r, struct err *err);	/* NULL: none */
int	store_outbox_by_message_id(struct store *store, struct arena *arena, const char *message_id, struct outbox_row **row_r, struct err *err);	/* aliases too; NULL: none */
int	store_message_id_alias(struct store *store, int64_t outbox, const char *message_id, struct err *err);

/* ---- gathered.c: the reminders of one moment; those who have several get them in one mail, if one was missed (promise no-flood) */
#define MISSED_TEMPLATE		"gathered"	/* of a mail of all that somebody missed */
#define TOGETHER_TEMPLATE	"together"	/* of one of escalations about several cases */
#define QUESTIONS_TEMPLATE	"triage"	/* of one of questions about what waits: it counts as one */
struct gathered_person {
	const char	*pack, *mailbox, *address;
	enum gathered_what {
		ESCALATIONS,		/* about several cases */
		MISSED,			/* after downtime: all of their reminders */
		QUESTIONS		/* about what waits (triage), and reminders of them */
	} what;
	struct gathered_mail { int64_t outbox, case_id; bool cc, urgent, released; const char *act, *section; } *mails;	/* in the order of their making */
	size_t		 mail_count;
};
int	store_gathered_put(struct store *store, int64_t outbox, bool late, int64_t triage, const char *section, struct err *err);	/* the row stands GATHERED; triage: which row it is about, 0 */
bool	store_gathered_any(struct store *store, instant now);	/* whose time has come */
/* Questions whose time has come and that were settled meanwhile; is it such a question? */
int	store_gathered_settled(struct store *store, struct arena *arena, instant now, int64_t **ids_r, size_t *count_r, struct err *err);
int	store_gathered_is_settled(struct store *store, int64_t outbox, bool *settled_r, struct err *err);
/* Some of those who have several, where one was missed in the same mailbox, or (join) escalations about several cases, or questions; none: the rest may go.  Not of a case that is paused. */
int	store_gathered_people(struct store *store, struct arena *arena, bool join, instant now, size_t max, struct gathered_person **people_r, size_t *count_r, struct err *err);
/* That person has theirs, in this mail; what everybody has is JOINED. */
int	store_gathered_joined(struct store *store, const struct gathered_person *person, int64_t outbox, instant now, struct err *err);
int	store_gathered_again(struct store *store, int64_t outbox, struct err *err);	/* of a mail of what was missed, taken apart: it counts as missed again */
int	store_gathered_halts(struct store *store, int64_t joined, instant now, bool *halts_r, struct err *err);	/* a case of which it holds a part is paused */
int	store_gathered_waits(struct store *store, int64_t outbox, bool *waits_r, struct err *err);	/* somebody has it in a mail that may yet be taken apart */
int	store_gathered_rest(struct store *store, instant now, struct err *err);	/* what is left is QUEUED as it was written */

/* ---- rate.c: how much has gone out, and what is kept from going; since is left out, until is not */
int	store_sent_between(struct store *store, instant since, instant until, int64_t *count_r, struct err *err);
int	store_sent_to(struct store *store, const char *address, instant since, instant until, int64_t *count_r, struct err *err);
int	store_sent_about(struct store *store, int64_t case_id, instant since, instant until, int64_t *count_r, struct err *err);
int	store_sent_alone(struct store *store, const char *mailbox, const char *template, instant since, instant until, int64_t *count_r, struct err *err);	/* about no case */
int	store_busiest_hour(struct store *store, instant since, instant until, int64_t *count_r, struct err *err);
/*
 * A mailbox goes live after it was in shadow: what was decided then and still stands (a question that is open, a mail of the
 * stage in which its strand still is) waits for a person's look; the rest never goes.
 */
int	store_shadow_to_review(struct store *store, const char *mailbox, int64_t *count_r, struct err *err);

/* ---- settle: what is to happen on the server, written in the decision's transaction */
enum settle_state { SETTLE_WAITING, SETTLE_SENT, SETTLE_DONE, SETTLE_FAILED };
struct settle_row {
	int64_t		 id, mailbox, sighting;
	uint32_t	 uidvalidity, uid;
	const char	*folder;
	enum settle_state state;
	int		 tries;
	const char	*from_folder;	/* where it lies by now, to be found by its message-id; NULL or "": the watched folder */
};
int	store_settle_add(struct store *store, struct settle_row *row, struct err *err);
int	store_settles(struct store *store, struct arena *arena, int64_t mailbox, enum settle_state state, size_t max, struct settle_row **rows_r, size_t *count_r, struct err *err);
int	store_settles_again(struct store *store, int64_t mailbox, bool *any_r, struct err *err);	/* what the server refused is asked for once more */
int	store_settle(struct store *store, struct arena *arena, int64_t id, struct settle_row **row_r, struct err *err);	/* NULL: none */
int	store_settle_last(struct store *store, struct arena *arena, int64_t sighting, struct settle_row **row_r, struct err *err);	/* NULL: it was left where it was */
int	store_settle_is_done(struct store *store, const struct settle_row *row, bool *done_r, struct err *err);	/* by sighting, folder, uidvalidity and uid */
int	store_settle_put(struct store *store, const struct settle_row *row, struct err *err);

/* ---- held and triage */
struct triage_row {
	int64_t		 id, case_id, message;
	const char	*pack, *reason, *rule, *state;	/* state: open, done */
	instant		 at;
	enum triage_kind kind;
	int64_t		 outbox;	/* the mail that is held, 0 */
	const char	*template, *note;	/* of the mails about it; template "": nobody is asked by mail */
	struct strs	 asked;		/* addresses it was put to; none: not yet */
	instant		 asked_at, due;	/* due: when it wants to be looked at again, INSTANT_NONE */
	const char	*answer, *answered_by;	/* "2", "NEW"; "uid 1000" or a salted hash */
	instant		 answered_at;
	const char	*words;		/* the reason that was given with the answer */
	const char	*known_by;	/* the reason with the rules' own names, where it has words for them; NULL, "": the reason itself */
};
/*
 * state NULL: "open".  The same (case, message, known_by) while it is open is one row, whose id is then filled in and
 * nothing else; and store_apply() adds decision->held by itself.
 */
int	store_triage_add(struct store *store, struct triage_row *row, struct err *err);
int	store_triage_put(struct store *store, const struct triage_row *row, struct err *err);	/* all but what it is about */
int	store_triage_done(struct store *store, int64_t id, struct err *err);	/* settled by what happened, not by a person's answer */
int	store_triages(struct store *store, struct arena *arena, bool open_only, struct triage_row **rows_r, size_t *count_r, struct err *err);	/* oldest first */
/* All of a case, with those of its mails from before they belonged to it. */
int	store_triages_of_case(struct store *store, struct arena *arena, int64_t case_id, struct triage_row **rows_r, size_t *count_r, struct err *err);
int	store_triage(struct store *store, struct arena *arena, int64_t id, struct triage_row **row_r, struct err *err);	/* NULL: none */
int	store_triage_open(struct store *store, struct arena *arena, int64_t case_id, int64_t message, const char *known_by, struct triage_row **row_r, struct err *err);	/* NULL: none */
int	store_triages_of_message(struct store *store, struct arena *arena, int64_t message, struct triage_row **rows_r, size_t *count_r, struct err *err);	/* open ones */
/*
 * Has a person answered for this mail in this case?  text_r: they have said that it belongs there; files_r: they have
 * let go its held form, or a held mail of ours that passed it on.
 */
int	store_triage_vouched(struct store *store, int64_t case_id, int64_t message, bool *text_r, bool *files_r, struct err *err);
/* How many mails of the sender of this one somebody was asked about since then, by mail; counted up to most. */
int	store_triage_asked_of(struct store *store, int64_t message, instant since, int64_t most, int64_t *count_r, struct err *err);
int	store_triages_due(struct store *store, struct arena *arena, instant until, size_t max, int64_t **ids_r, size_t *count_r, struct err *err);
/* The cases that its answers 1, 2, ... mean. */
int	store_triage_candidates_put(struct store *store, int64_t id, const int64_t *cases, size_t count, struct err *err);
int	store_triage_candidates(struct store *store, struct arena *arena, int64_t id, int64_t **cases_r, size_t *count_r, struct err *err);
/* The rungs of its ladder that have gone; only rung, occurrence, version and collapsed are kept. */
int	store_triage_rungs_put(struct store *store, int64_t id, const struct case_rung *rungs, size_t count, struct err *err);
int	store_triage_rungs(struct store *store, struct arena *arena, int64_t id, struct case_rung **rungs_r, size_t *count_r, struct err *err);
/* Codes: only their hash.  sole: the one person whom the mail with it went to; "" where it went to several. */
int	store_triage_code_add(struct store *store, const char *code_hash, int64_t id, const char *sole, struct err *err);
int	store_triage_code_find(struct store *store, struct arena *arena, const char *code_hash, int64_t *id_r, const char **sole_r, struct err *err);	/* 0: none */

/* ---- directory and involvement: imported whole, in one transaction */
int	store_import_directory(struct store *store, const struct directory *directory, instant at, const char *sha256, struct err *err);
int	store_import_involvement(struct store *store, const struct involvement_list *list, instant at, const char *sha256, struct err *err);
int	store_directory(struct store *store, struct arena *arena, struct directory **directory_r, struct err *err);	/* with absences */
/* Rows that agree with this child: a number and (name or birth date), or name and birth date; contradicted: a number agrees, both others differ. */
int	store_involved(struct store *store, struct arena *arena, const char *name, dayno born, const char *nhs_number, const char *upn,
	    struct involvement **rows_r, size_t *count_r, bool *contradicted_r, struct err *err);
int	store_involvement_count(struct store *store, size_t *count_r, struct err *err);	/* rows in force */
int	store_involvement_imported(struct store *store, instant *at_r, struct err *err);	/* INSTANT_NONE: never */
int	store_imported(struct store *store, const char *list, instant *at_r, struct err *err);	/* "directory", "involvement"; the same */
int	store_absence_put(struct store *store, const struct absence *absence, int64_t message, struct err *err);	/* which mail told it, 0 */
int	store_absences_forget(struct store *store, int64_t message, bool *any_r, struct err *err);	/* those that this mail told */
/* Somebody's address was corrected: that mail to the old one came back no longer counts. */
int	store_bounce_forget(struct store *store, const char *address, struct err *err);
/*
 * list_said.c.  An import of the involvement list marks every open case (store_list_waiting(), oldest first, at most
 * max); what it said of a case's child before stands beside the case until the case was looked at.  said_r: NULL: none yet.
 */
int	store_list_said(struct store *store, struct arena *arena, int64_t case_id, const char **said_r, struct err *err);
int	store_list_said_put(struct store *store, int64_t case_id, const char *said, struct err *err);
int	store_list_waiting(struct store *store, struct arena *arena, size_t max, int64_t **case_ids_r, size_t *count_r, struct err *err);
int	store_list_waits(struct store *store, int64_t case_id, bool *waits_r, struct err *err);
int	store_list_looked_at(struct store *store, int64_t case_id, struct err *err);
/* Who a case's child is, as far as the list can be asked; and what the list in force says of them, as involvement_said(). */
struct child_key { const char *name; dayno born; const char *nhs_number, *upn; };
struct child_key store_child_key(struct arena *arena, const struct case_state *state);
int	store_list_says(struct store *store, struct arena *arena, const struct child_key *child, const char **said_r, struct err *err);
/* Addresses that stand in the facts of open cases: "worker", "officer" ... */
struct named_person { int64_t case_id; const char *case_name, *fact, *address; };
int	store_named_people(struct store *store, struct arena *arena, struct named_person **rows_r, size_t *count_r, struct err *err);

/* ---- journal: append-only, hash-chained; codes, row ids and salted hashes, never content */
struct journal_entry {
	instant		 at;
	const char	*event;		/* mail, timer, move, mail-out, held, sent, answer, admin ... */
	int64_t		 case_id, message, outbox;
	const char	*rule;		/* "file:line" */
	const char	*detail;	/* codes only */
	const char	*who;		/* "daemon", "uid 1000", salted hash of an address */
};
int	store_journal_add(struct store *store, const struct journal_entry *entry, struct err *err);
/*
 * Salted hash of content (an address, a value) for detail or who.  One salt for each case, or message
 * without a case; erasing it makes the hashes meaningless and leaves the chain whole.
 */
int	store_journal_hash(struct store *store, int64_t case_id, int64_t message, const char *content, char hex_r[17], struct err *err);
/* Walk the chain; broken_r: first row that does not fit, 0 if whole. */
int	store_journal_verify(struct store *store, int64_t *rows_r, int64_t *broken_r, struct err *err);
int	store_journal_of(struct store *store, struct arena *arena, int64_t case_id, struct journal_entry **rows_r, size_t *count_r, struct err *err);	/* case_id 0: what belongs to no case */

/* ---- pack_version.c: which version of each pack was in force since when */
struct pack_version_row {
	int64_t		 id;		/* the number that people name it by */
	const char	*pack, *hash, *title;	/* hash: hex, of all its files */
	instant		 since;
	const char	*who;		/* by whose doing: "start", "uid 1000" */
	int		 tests;		/* how many it had passed */
};
/* The one in force already makes no new row.  news_r (or NULL): it was not. */
int	store_pack_version_add(struct store *store, const struct pack_version_row *row, bool *news_r, struct err *err);
int	store_pack_in_force(struct store *store, struct arena *arena, const char *pack, struct pack_version_row **row_r, struct err *err);	/* NULL: none yet */
int	store_pack_version(struct store *store, struct arena *arena, int64_t id, struct pack_version_row **row_r, struct err *err);	/* NULL: none */
int	store_pack_versions(struct store *store, struct arena *arena, const char *pack, struct pack_version_row **rows_r, size_t *count_r, struct err *err);	/* newest first; pack NULL: of all */
/* Where the strands of a pack's open cases stand, final stages left out; example: one of the cases. */
struct standing { const char *strand, *stage; int64_t cases, example; };
int	store_pack_standing(struct store *store, struct arena *arena, const char *pack, struct standing **rows_r, size_t *count_r, struct err *err);

/* ---- change.c: what an administrator put right, and what it takes to take that back */
struct change_row {
	int64_t		 id, case_id;	/* 0: a pause of more than one case */
	enum admin_word	 word;
	instant		 at;
	const char	*who, *what, *reason;	/* what: in words; it and the reason are content */
	int64_t		 message, other;	/* detached; the case that was merged; 0 */
	const char	*scope;		/* pauses: as below, else "" */
	int64_t		 undoes, undone_by;	/* changes, 0 */
};
int	store_change_add(struct store *store, struct change_row *row, struct err *err);	/* fills in its number */
int	store_change_put(struct store *store, const struct change_row *row, struct err *err);	/* what, undone_by */
int	store_change(struct store *store, struct arena *arena, int64_t id, struct change_row **row_r, struct err *err);	/* NULL: none */
int	store_changes(struct store *store, struct arena *arena, int64_t case_id, struct change_row **rows_r, size_t *count_r, struct err *err);
/* What strands and questions were before they were touched; those that no change has taken back, oldest first. */
int	store_touches(struct store *store, struct arena *arena, int64_t case_id, struct case_touch **touches_r, size_t *count_r, struct err *err);
/* A change takes back what this mail, or (message 0) that change, has touched; and what it took back itself is in force again. */
int	store_touches_take_back(struct store *store, int64_t case_id, int64_t message, int64_t change, int64_t by, struct err *err);
int	store_touches_again(struct store *store, int64_t case_id, int64_t by, struct err *err);
/* Rows as they were before a change moved them: for MOVED_MAIL and MOVED_CASE strand, question and state may be 0. */
enum moved_what { MOVED_MAIL, MOVED_OUTBOX, MOVED_CASE, MOVED_CODES,
	MOVED_RECALLED };	/* a mail of ours that was being sent, or may have gone: if it comes back it does not go */
struct moved_row { enum moved_what what; int64_t id, case_id; int strand, question, state; };
int	store_moved_add(struct store *store, int64_t change, const struct moved_row *row, struct err *err);	/* as it was the first time */
int	store_moved(struct store *store, struct arena *arena, int64_t change, struct moved_row **rows_r, size_t *count_r, struct err *err);
/* A change that nobody has taken back withdrew this mail of ours: it may have to go after all. */
int	store_moved_mail(struct store *store, int64_t outbox, bool *moved_r, struct err *err);
/* It was being sent, or may have gone, when a change that nobody has taken back called it off: which one; 0: none. */
int	store_outbox_recalled(struct store *store, int64_t outbox, int64_t *change_r, struct err *err);
/* A mail into a case (0: none), taken by a strand there; state NULL: as it was. */
int	store_message_to_case(struct store *store, int64_t message, int64_t case_id, int strand, const char *state, struct err *err);
int	store_case_mail(struct store *store, struct arena *arena, int64_t message, struct case_mail *mail_r, struct err *err);	/* as case_load() gives it */
/* One case ends in another: closed, found under the other's number; open triage goes along. again: the reverse. */
int	store_case_merge(struct store *store, int64_t from, int64_t into, instant at, struct err *err);
int	store_case_again(struct store *store, int64_t id, int64_t merged_into, instant closed, instant now, struct err *err);
/* An open case is looked at as soon as may be: something that its timer rested on is not so any more. */
int	store_case_look(struct store *store, int64_t id, instant now, struct err *err);
int	store_case_merged_into(struct store *store, int64_t id, int64_t *into_r, struct err *err);	/* 0: it stands */
int	store_cases_merged(struct store *store, struct arena *arena, int64_t into, int64_t **ids_r, size_t *count_r, struct err *err);
/* Codes of questions above after (and up to most) go to the other case, their numbers moved by so much. */
int	store_codes_move(struct store *store, int64_t from, int64_t to, int after, int most, int by, struct err *err);
/* Another open case of the pack that bears this reference; 0: none. */
int	store_case_bearing(struct store *store, const char *pack, const char *reference, int64_t except, int64_t *id_r, struct err *err);
/* The other open case of a child with this NHS number or UPN. */
int	store_case_numbered(struct store *store, const char *pack, const char *number, int64_t except, int64_t *id_r, struct err *err);
/* ---- pause.c: scope "" everything, "mailbox:ADDRESS", "case:NUMBER" */
struct pause_row { const char *scope; instant since, until; };
int	store_pause_put(struct store *store, const struct pause_row *row, struct err *err);	/* those that are over go; one of this scope is replaced */
int	store_pause_end(struct store *store, const char *scope, instant now, bool *any_r, struct err *err);	/* and what waits for it is due now */
int	store_pauses(struct store *store, struct arena *arena, instant now, struct pause_row **rows_r, size_t *count_r, struct err *err);
int	store_paused_until(struct store *store, const char *mailbox, instant *until_r, struct err *err);	/* everything, or this mailbox; INSTANT_NONE */
int	store_next_send(struct store *store, instant *at_r, struct err *err);	/* the outbox is worth a try, pauses considered */

/* Counts for status: name and number pairs. */
struct store_counts { int64_t open_cases, closed_cases, messages, triage_open, outbox_waiting, outbox_unknown, outbox_held, quarantined, unsettled; instant oldest_queued, next_send, next_due; };	/* next_send: when the outbox is next worth a try */
/* What still wants doing by itself, answered from indexes alone: core asks it every turn. */
struct store_waiting { bool unsettled; instant next_send, next_due; };	/* a sighting not yet settled, or a move still to be made; INSTANT_NONE: nothing */
int	store_waiting(struct store *store, struct store_waiting *waiting_r, struct err *err);

int	store_counts(struct store *store, struct store_counts *counts_r, struct err *err);
/* The outbox by state, without SENT and JOINED (there are too many to be counted often), and what waits longest; INSTANT_NONE: nothing. */
struct store_queues { int64_t by_state[OUTBOX_STATES]; instant oldest_state[OUTBOX_STATES], oldest_triage; };
int	store_queues(struct store *store, struct store_queues *queues_r, struct err *err);
/* daily.c: for the owner's daily digest, of one pack. */
struct daily_kind { const char *kind; bool waits; int64_t mails; };	/* kind "": none that the rules know; waits: for a person */
int	store_daily_came(struct store *store, struct arena *arena, const char *pack, int64_t after, struct daily_kind **rows_r, size_t *count_r, struct err *err);	/* after: a row of the journal */
int	store_daily_sent(struct store *store, const char *pack, instant since, instant until, int64_t *count_r, struct err *err);
/* What has not gone, by state; of those that never will, the ones decided since. */
int	store_daily_unsent(struct store *store, const char *pack, instant since, int64_t by_state_r[OUTBOX_STATES], struct err *err);
int	store_case_due(struct store *store, int64_t id, instant *due_r, struct err *err);	/* when it is looked at again; INSTANT_NONE: never */
/* The next open cases by number, for going through all of them in pieces. */
int	store_cases_after(struct store *store, struct arena *arena, int64_t after, size_t max, int64_t **ids_r, size_t *count_r, struct err *err);
/* Cases whose number is above after and up to upto, that are open or were closed at this time or later, and still have their content. */
int	store_cases_shown(struct store *store, struct arena *arena, int64_t after, int64_t upto, instant closed_since, int64_t **ids_r,
	    size_t *count_r, struct err *err);
int	store_case_highest(struct store *store, int64_t *id_r, struct err *err);	/* number; 0: there is none */

/* Everything in a fixed order as text, without row ids of time and randomness: crash tests compare it. */
int	store_dump(struct store *store, struct buf *out, struct err *err);

#endif
