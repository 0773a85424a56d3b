/*
 * Keeping and erasing: the journal's proofs, what is due to be erased and its
 * erasing, copies of the database.  Core and advicectl.
 * Fails: as store.h says.
 */
#ifndef STORE_KEEP_H
#define STORE_KEEP_H

#include "store/store.h"

struct sqlite3;

/* ---- journal.c: the chain */
struct journal_span {
	int64_t	 base;		/* rows up to this one are gone, their time was over; 0: none */
	int64_t	 head, given;	/* the last row, and the highest number ever given */
	char	 hash[65];	/* of the last row */
};
int	store_journal_span(struct store *store, struct journal_span *span_r, struct err *err);
int	store_journal_head(struct store *store, int64_t *row_r, char hash_r[65], struct err *err);	/* row 0: empty */
/* The rows behind after, up to upto.  That row's own hash is taken as it stands: verify what is before it too. */
int	store_journal_verify_piece(struct store *store, int64_t after, int64_t upto, int64_t *rows_r, int64_t *broken_r,
	    struct err *err);
int	store_journal_with_hash(struct store *store, const char *hash, int64_t *row_r, struct err *err);	/* 0: none; reads all */
int	store_journal_hash_at(struct store *store, int64_t row, char hash_r[65], struct err *err);	/* "": none */
struct journal_proof {
	int64_t			 row;
	struct journal_entry	 entry;
	const char		*nonce, *digest;	/* "" in a row from before there were nonces */
	const char		*before, *hash;		/* of the row before it, and its own */
};
/* A case's rows, with those of its mails from before they belonged to it. */
int	store_journal_proof(struct store *store, struct arena *arena, int64_t case_id, struct journal_proof **rows_r,
	    size_t *count_r, struct err *err);
typedef void journal_digest(void *ctx, int64_t row, const char *digest);
int	store_journal_digests(struct store *store, int64_t after, journal_digest *digest_of_row, void *ctx, struct err *err);
void	journal_link(const char *before, const char *digest, char hash_r[65]);	/* a row's hash */
/* Rows from before that moment go from the beginning on, as far as all of their cases are erased and none is on hold. */
int	store_journal_shorten(struct store *store, instant before, instant now, int64_t *rows_r, struct err *err);

/* ---- legal_hold.c: nothing of such a case is erased; case 0: nothing at all */
struct hold_row { int64_t case_id; instant since; const char *who, *reason; };
int	store_hold_put(struct store *store, const struct hold_row *row, struct err *err);
int	store_hold_end(struct store *store, int64_t case_id, bool *any_r, struct err *err);
int	store_holds(struct store *store, struct arena *arena, struct hold_row **rows_r, size_t *count_r, struct err *err);

/*
 * ---- purge.c: what is due, and its erasing.  Each erasing belongs into one
 * transaction of the caller; the files that the rows named stand in
 * purge_file from then on, and are the caller's to remove.
 */
struct purge_due {		/* a case with those that were merged into it */
	int64_t		 id;
	const char	*pack;
	instant		 closed;
	const char	*waits;	/* why it is not erased yet; NULL: it may be */
};
/* Cases closed before; raw: whose mails are still there, else whose rows are. */
int	store_purge_cases(struct store *store, struct arena *arena, bool raw, instant before, size_t max, struct purge_due **rows_r,
	    size_t *count_r, struct err *err);
/* Why this case cannot be erased now: it is open, on hold, or something of it is under way; NULL: it can. */
int	store_purge_waits(struct store *store, struct arena *arena, int64_t case_id, const char **why_r, struct err *err);
int	store_purge_raw(struct store *store, int64_t case_id, instant now, struct err *err);
int	store_purge_case(struct store *store, int64_t case_id, const char *why, instant now, struct err *err);	/* why: NULL: its time was over */
/* What belongs to no case: how many of each are due (max), and their erasing. */
enum purge_alone { PURGE_MAIL, PURGE_KEPT, PURGE_REPEAT, PURGE_SENT, PURGE_TRIAGE, PURGE_CHANGE, PURGE_QUARANTINE, PURGE_ALONE_KINDS };
int	store_purge_alone(struct store *store, enum purge_alone kind, instant before, instant now, size_t max, size_t *count_r,
	    struct err *err);
int	store_purge_alone_due(struct store *store, enum purge_alone kind, instant before, size_t max, size_t *count_r, struct err *err);
/* What recalled erased cases and mails goes when the journal's time is over for them too. */
int	store_purge_traces(struct store *store, instant before, struct err *err);
struct purge_file { const char *folder, *name; };
int	store_purge_files(struct store *store, struct arena *arena, size_t max, struct purge_file **rows_r, size_t *count_r, struct err *err);
int	store_purge_file_gone(struct store *store, const struct purge_file *file, struct err *err);
/* When a case's mails and its content were erased; INSTANT_NONE: not.  why "": its time was over. */
struct purged { instant raw, all; const char *why; };
int	store_case_purged(struct store *store, struct arena *arena, int64_t case_id, struct purged *purged_r, struct err *err);
/* Is this the keyed hash of a mail that was erased?  store_message_find() asks it. */
int	store_fingerprint_erased(struct store *store, struct arena *arena, const char *fingerprint, const char **keyed_r, struct err *err);

/* ---- backup.c: the file itself */
/* No deleted byte stays in the database or its log: the first is quick, the second writes the database anew. */
int	store_log_empty(struct store *store, struct err *err);
int	store_write_anew(struct store *store, struct err *err);
struct store_copy;		/* of a database in use; changes made meanwhile are in it */
int	store_copy_begin(struct store *store, const char *path, struct store_copy **copy_r, struct err *err);	/* path: not there yet */
int	store_copy_step(struct store_copy *copy, int pages, bool *done_r, struct err *err);	/* done: durable, closed */
void	store_copy_end(struct store_copy **copy);
/* Beside the database before it is brought to another version: PATH.version-N; the last two stay. */
int	store_copy_version(struct sqlite3 *db, const char *path, int64_t version, struct err *err);
int	store_version_copy_find(const char *path, int64_t most, int64_t *version_r, struct err *err);	/* the latest, up to most; 0: none */
int	store_version_copies_remove(const char *path, int64_t older_s, struct err *err);	/* of at least that age */
/* Was it made, and is it of this version?  Changes nothing.  ERR_CONFIG: no, with what to do; what else is wrong store_open() says. */
int	store_check_ready(const char *path, struct err *err);
/* False: another file, or none, is where the open one was; what is written now is lost when it is closed. */
bool	store_is_in_place(const struct store *store);
int	store_check_whole(const char *path, bool *whole_r, const char **why_r, struct arena *arena, struct err *err);	/* reads all of it */

#endif
