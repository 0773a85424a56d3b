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
void	store_close(struct store **store);
int	store_begin(struct store *store, struct err *err);
int	store_commit(struct store *store, struct err *err);
void	store_rollback(struct store *store);
int	store_savepoint(struct store *store, struct err *err);		/* one level, inside a transaction */
int	store_release(struct store *store, struct err *err);
int	store_rollback_to(struct store *store, struct err *err);

/* ---- settings: case clock anchor, secret keys, modes */
int	store_setting(struct store *store, struct arena *arena, const char *name, const char **value_r, struct err *err);	/* NULL: none */
int	store_set_setting(struct store *store, const char *name, const char *value, struct err *err);
bool	store_is_empty(struct store *store);	/* no message and no case yet */

/* ---- mailboxes and sightings */
struct mailbox_row {
	int64_t		 id;
	const char	*name, *pack, *address;
	uint32_t	 uidvalidity, highest_uid, baseline_uid;
	instant		 proven;	/* last finished look, INSTANT_NONE */
	const char	*trouble;	/* last sentence, "" when well */
};
int	store_mailbox(struct store *store, struct arena *arena, const char *name, struct mailbox_row **row_r, struct err *err);	/* NULL: not there */
int	store_mailbox_put(struct store *store, struct mailbox_row *row, struct err *err);	/* insert (id 0) or update */
int	store_mailboxes(struct store *store, struct arena *arena, struct mailbox_row **rows_r, size_t *count_r, struct err *err);

enum sighting_state { SIGHTING_ENTERED, SIGHTING_DONE, SIGHTING_SETTLED, SIGHTING_QUARANTINED, SIGHTING_GONE };
struct sighting_row {
	int64_t		 id, mailbox;
	uint32_t	 uidvalidity, uid;
	enum sighting_state state;
	int64_t		 message;	/* 0 until parsed */
	const char	*spool_name;
	instant		 received;	/* INTERNALDATE */
	int		 strikes;
	const char	*why;		/* quarantine */
};
int	store_sighting_add(struct store *store, struct sighting_row *row, bool *known_r, struct err *err);	/* same (mailbox, uidvalidity, uid): known */
int	store_sighting(struct store *store, struct arena *arena, int64_t mailbox, uint32_t uidvalidity, uint32_t uid, struct sighting_row **row_r, struct err *err);
int	store_sighting_put(struct store *store, const struct sighting_row *row, struct err *err);
int	store_sightings(struct store *store, struct arena *arena, enum sighting_state state, size_t max, struct sighting_row **rows_r, size_t *count_r, struct err *err);
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
/* The case references that a kept mail carries (classified->references): what store_messages_kept() looks up. */
int	store_message_references(struct store *store, int64_t id, const struct strs *references, struct err *err);
/* Kept mails (state "kept", no case yet) of this pack that carry one of the references, oldest first. */
int	store_messages_kept(struct store *store, struct arena *arena, const char *pack, const struct strs *references, int64_t **ids_r, size_t *count_r, struct err *err);

/* ---- cases */
int	store_candidates(struct store *store, struct arena *arena, const char *pack, const struct evidence *evidence, size_t count, struct candidate **candidates_r, size_t *candidate_count_r, struct err *err);
int	store_case_new(struct store *store, const char *pack, instant opened, int64_t *id_r, struct err *err);	/* reserves the number */
int	store_case_load(struct store *store, struct arena *arena, int64_t id, struct case_state **state_r, struct err *err);
int	store_case_pack(struct store *store, struct arena *arena, int64_t id, const char **pack_r, struct err *err);
int	store_case_by_name(struct store *store, const char *name, int64_t *id_r, struct err *err);	/* reference or number; 0: none */
/* Everything in a decision but its mails and its why, for case id (0 only if it opens none and has no case). */
int	store_apply(struct store *store, int64_t case_id, int64_t message, const struct decision *decision, instant now, struct err *err);
int	store_due(struct store *store, struct arena *arena, instant until, size_t max, int64_t **case_ids_r, size_t *count_r, struct err *err);	/* oldest first */
int	store_next_due(struct store *store, instant *at_r, struct err *err);
struct case_row { int64_t id; const char *pack, *reference; instant opened, closed, next_due; const char *stages; };
int	store_cases(struct store *store, struct arena *arena, bool closed_too, struct case_row **rows_r, size_t *count_r, struct err *err);

/* ---- questions' codes: only their hash is kept */
int	store_code_add(struct store *store, const char *code_hash, int64_t case_id, int question, struct err *err);
int	store_code_find(struct store *store, const char *code_hash, int64_t *case_r, int *question_r, bool *used_r, struct err *err);
int	store_code_use(struct store *store, const char *code_hash, struct err *err);

/* ---- outbox */
enum outbox_state { OUTBOX_QUEUED, OUTBOX_SENDING, OUTBOX_SENT, OUTBOX_RETRY, OUTBOX_FAILED, OUTBOX_UNKNOWN, OUTBOX_HELD };
const char *outbox_state_name(enum outbox_state state);
struct outbox_recipient { const char *address; bool cc; enum outbox_state state; int code; const char *reply; };
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
	struct outbox_recipient *recipients;
	size_t		 recipient_count;
};
int	store_outbox_put(struct store *store, struct outbox_row *row, struct err *err);		/* insert (id 0) or update, recipients too */
int	store_outbox(struct store *store, struct arena *arena, int64_t id, struct outbox_row **row_r, struct err *err);
int	store_outbox_due(struct store *store, struct arena *arena, instant now, size_t max, struct outbox_row **rows_r, size_t *count_r, struct err *err);	/* QUEUED and RETRY whose next_try has come, oldest first */
int	store_outbox_in_state(struct store *store, struct arena *arena, enum outbox_state state, struct outbox_row **rows_r, size_t *count_r, struct err *err);
int	store_outbox_by_file(struct store *store, struct arena *arena, const char *spool_name, struct outbox_row **row_r, struct err *err);	/* start only: it scans; NULL: none */
int	store_outbox_by_message_id(struct store *store, struct arena *arena, const char *message_id, struct outbox_row **row_r, struct err *err);	/* aliases too; NULL: none */
int	store_message_id_alias(struct store *store, int64_t outbox, const char *message_id, struct err *err);

/* ---- settle: what is to happen on the server, written in the decision's transaction */
enum settle_state { SETTLE_WAITING, SETTLE_SENT, SETTLE_DONE, SETTLE_FAILED };
struct settle_row { int64_t id, mailbox, sighting; uint32_t uidvalidity, uid; const char *folder; enum settle_state state; int tries; };
int	store_settle_add(struct store *store, struct settle_row *row, struct err *err);
int	store_settles(struct store *store, struct arena *arena, int64_t mailbox, enum settle_state state, size_t max, struct settle_row **rows_r, size_t *count_r, struct err *err);
int	store_settle(struct store *store, struct arena *arena, int64_t id, struct settle_row **row_r, struct err *err);	/* NULL: none */
int	store_settle_put(struct store *store, const struct settle_row *row, struct err *err);

/* ---- held and triage */
struct triage_row { int64_t id, case_id, message; const char *pack, *reason, *rule, *state; instant at; };
/* state NULL: "open".  The same (case, message, reason) while it is open is one row, and store_apply() adds decision->held by itself. */
int	store_triage_add(struct store *store, struct triage_row *row, struct err *err);
int	store_triage_put(struct store *store, const struct triage_row *row, struct err *err);	/* its state */
int	store_triages(struct store *store, struct arena *arena, bool open_only, struct triage_row **rows_r, size_t *count_r, struct err *err);

/* ---- directory and involvement: imported whole, in one transaction */
int	store_import_directory(struct store *store, const struct directory *directory, instant at, const char *sha256, struct err *err);
int	store_import_involvement(struct store *store, const struct involvement_list *list, instant at, const char *sha256, struct err *err);
int	store_directory(struct store *store, struct arena *arena, struct directory **directory_r, struct err *err);	/* with absences */
/* Rows that agree with this child: a number and (name or birth date), or name and birth date; contradicted: a number agrees, both others differ. */
int	store_involved(struct store *store, struct arena *arena, const char *name, dayno born, const char *nhs_number, const char *upn,
	    struct involvement **rows_r, size_t *count_r, bool *contradicted_r, struct err *err);
int	store_involvement_count(struct store *store, size_t *count_r, struct err *err);	/* rows in force */
int	store_involvement_imported(struct store *store, instant *at_r, struct err *err);	/* INSTANT_NONE: never */
int	store_absence_put(struct store *store, const struct absence *absence, struct err *err);

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
int	store_journal_of(struct store *store, struct arena *arena, int64_t case_id, struct journal_entry **rows_r, size_t *count_r, struct err *err);

/* ---- packs: version in force */
int	store_pack_version(struct store *store, const char *pack, const char *hash, const char *title, instant at, struct err *err);

/* Counts for status: name and number pairs. */
struct store_counts { int64_t open_cases, closed_cases, messages, triage_open, outbox_waiting, outbox_unknown, outbox_held, quarantined, unsettled; instant oldest_queued, next_send, next_due; };	/* next_send: when the outbox is next worth a try */
/* What still wants doing by itself, answered from indexes alone: core asks it every turn. */
struct store_waiting { bool unsettled; instant next_send, next_due; };	/* a sighting not yet settled; INSTANT_NONE: nothing */
int	store_waiting(struct store *store, struct store_waiting *waiting_r, struct err *err);

int	store_counts(struct store *store, struct store_counts *counts_r, struct err *err);

/* Everything in a fixed order as text, without row ids of time and randomness: crash tests compare it. */
int	store_dump(struct store *store, struct buf *out, struct err *err);

#endif
