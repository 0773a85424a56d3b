/*
 * Erasing: what is due, and the rows of it.  Core and advicectl.
 *
 * What stays of a case is its number, its pack, the days on which it was
 * opened, closed and erased: so that the journal's numbers mean something and
 * a number is never given twice.  What stays of a mail is its number and a
 * keyed hash of its fingerprint (promise once: the same mail, dragged back
 * into the inbox, is known and opens no case).  The key is this store's own
 * and never leaves it; the hash tells nothing to whoever has not got the very
 * mail and the store, and goes with the journal's time.
 *
 * Invariant: rows and the names of their files go in one transaction, the
 * names into purge_file; the files follow, each name being forgotten when its
 * file is gone.  So a crash leaves nothing behind that nobody looks for.
 * Fails: as store.h says.
 */
#include <string.h>

#include "base/file.h"
#include "store/keep.h"
#include "store/sql.h"

#define KEY_SETTING	"erasure-key"

/* A case and all that were merged into it, or into those. */
#define GROUP	"WITH RECURSIVE grp(id) AS (SELECT ?1 UNION SELECT c.id FROM cases c JOIN grp ON c.merged_into=grp.id) "
/* States of the outbox from which nothing more comes: sent, failed, dropped, joined, shadow. */
#define OVER	"(2, 4, 7, 9, 11)"
/* Mails about its cases, and those of several cases that hold a part of one: they go as a whole. */
#define MAILS_OUT	"(SELECT id FROM outbox WHERE case_id IN grp UNION SELECT r.joined FROM outbox_recipient r" \
	" JOIN outbox o ON o.id=r.outbox WHERE o.case_id IN grp AND r.joined IS NOT NULL)"

static int
run_of(struct store *store, const char *sql, int64_t id, struct err *err)
{
	struct query q = sql_query(store, sql);

	sql_put_int(&q, id);
	return sql_run(&q, err);
}

static int
run_all(struct store *store, const char *const *sql, size_t count, int64_t id, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (run_of(store, sql[i], id, err) == -1)
			return -1;
	return 0;
}
#define RUN_ALL(store, list, id, err)	run_all(store, list, sizeof(list) / sizeof((list)[0]), id, err)

static int
run_at(struct store *store, const char *sql, int64_t id, instant now, struct err *err)
{
	struct query q = sql_query(store, sql);

	sql_put_int(&q, id);
	sql_put_int(&q, now);
	return sql_run(&q, err);
}

/* ---- The fingerprints of erased mails */

static int
key_read(struct store *store, struct arena *arena, const char **key_r, struct err *err)
{
	return store_setting(store, arena, KEY_SETTING, key_r, err);
}

static int
key_make(struct store *store, struct arena *arena, const char **key_r, struct err *err)
{
	struct query q;

	if (key_read(store, arena, key_r, err) == -1)
		return -1;
	if (*key_r != NULL)
		return 0;
	q = sql_query(store, "INSERT INTO setting(name, value) VALUES('" KEY_SETTING "', lower(hex(randomblob(32))))");
	if (sql_run(&q, err) == -1)
		return -1;
	return key_read(store, arena, key_r, err);
}

static const char *
keyed(struct arena *arena, const char *key, const char *fingerprint)
{
	char hex[17];

	hmac_hex(key, strlen(key), fingerprint, hex);
	return arena_printf(arena, "erased %s", hex);
}

int
store_fingerprint_erased(struct store *store, struct arena *arena, const char *fingerprint, const char **keyed_r, struct err *err)
{
	const char *key;

	*keyed_r = NULL;
	if (key_read(store, arena, &key, err) == -1)
		return -1;
	if (key != NULL)
		*keyed_r = keyed(arena, key, fingerprint);
	return 0;
}

/* ---- Which cases are due */

int
store_purge_waits(struct store *store, struct arena *arena, int64_t case_id, const char **why_r, struct err *err)
{
	static const struct { const char *sql, *why; } rows[] = {
		{ GROUP "SELECT 1 FROM cases WHERE id=?1 AND merged_into IS NOT NULL",
		  "it was merged into another case, and goes with that" },
		{ GROUP "SELECT 1 FROM cases WHERE id=?1 AND purged IS NOT NULL", "it was erased already" },
		{ GROUP "SELECT 1 FROM cases WHERE id=?1 AND closed IS NULL", "it is open; close it first" },
		{ GROUP "SELECT 1 FROM legal_hold WHERE case_id=0 OR case_id IN grp", "there is a legal hold on it" },
		{ GROUP "SELECT 1 FROM outbox WHERE id IN " MAILS_OUT " AND state NOT IN " OVER,
		  "a mail of it has not gone out yet (\"advicectl queue\")" },
		{ GROUP "SELECT 1 FROM outbox_recipient r JOIN outbox c ON c.id=r.outbox JOIN legal_hold h ON h.case_id=c.case_id"
		  " WHERE r.joined IN " MAILS_OUT, "a mail of several reminders also speaks of a case with a legal hold" },
		{ GROUP "SELECT 1 FROM triage WHERE state='open' AND case_id IN grp", "a person must still decide something in it "
		  "(\"advicectl triage\")" },
	};
	struct query q;

	*why_r = NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && *why_r == NULL; i++) {
		q = sql_query(store, rows[i].sql);
		sql_put_int(&q, case_id);
		if (sql_row(&q))
			*why_r = rows[i].why;
		if (sql_end(&q, err) == -1)
			return -1;
	}
	(void)arena;
	return 0;
}

int
store_purge_cases(struct store *store, struct arena *arena, bool raw, instant before, size_t max, struct purge_due **rows_r,
    size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, raw ?
	    "SELECT id, pack, closed FROM cases WHERE closed<?1 AND closed IS NOT NULL AND purged IS NULL AND merged_into IS NULL"
	    " AND (raw_purged IS NULL OR raw_purged<closed OR EXISTS (SELECT 1 FROM message m WHERE m.case_id=cases.id"
	    " AND m.spool_name<>'' AND m.received<?1)) ORDER BY closed, id LIMIT ?2" :
	    "SELECT id, pack, closed FROM cases WHERE closed<? AND closed IS NOT NULL AND purged IS NULL AND merged_into IS NULL"
	    " ORDER BY closed, id LIMIT ?");
	struct purge_due *rows = NULL, *row;
	size_t count = 0;

	sql_put_int(&q, before);
	sql_put_int(&q, (int64_t)max);
	while (sql_row(&q)) {
		row = arena_push(arena, rows, count);
		row->id = sql_get_int(&q);
		row->pack = sql_get_text(&q, arena);
		row->closed = sql_get_instant(&q);
	}
	*rows_r = rows;
	*count_r = count;
	if (sql_end(&q, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (store_purge_waits(store, arena, rows[i].id, &rows[i].waits, err) == -1)
			return -1;
	return 0;
}

int
store_case_purged(struct store *store, struct arena *arena, int64_t case_id, struct purged *purged_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT raw_purged, purged, purged_why FROM cases WHERE id=?");

	*purged_r = (struct purged){ INSTANT_NONE, INSTANT_NONE, "" };
	sql_put_int(&q, case_id);
	if (sql_row(&q)) {
		purged_r->raw = sql_get_instant(&q);
		purged_r->all = sql_get_instant(&q);
		purged_r->why = sql_get_text(&q, arena);
	}
	return sql_end(&q, err);
}

/* ---- Files, by the names that rows have for them */

/* A mail that was taken in: the mail itself wherever it was put, its documents, the reason for which it was put aside. */
static const char *const files_of_message[] = {
	"INSERT OR IGNORE INTO purge_file(folder, name) SELECT f.column1, s.spool_name FROM sighting s,"
	" (VALUES ('archive'), ('bad'), ('docs'), ('cur')) f WHERE s.message=? AND s.spool_name<>''",
	"INSERT OR IGNORE INTO purge_file(folder, name) SELECT 'bad', spool_name || '.why' FROM sighting"
	" WHERE message=? AND spool_name<>''",
	"INSERT OR IGNORE INTO purge_file(folder, name) SELECT f.column1, m.spool_name FROM message m,"
	" (VALUES ('archive'), ('docs')) f WHERE m.id=? AND m.spool_name<>''",
	"UPDATE sighting SET spool_name='', why='' WHERE message=? AND spool_name<>''",
};

static const char *const files_of_outbox[] = {
	"INSERT OR IGNORE INTO purge_file(folder, name) SELECT f.column1, o.spool_name FROM outbox o,"
	" (VALUES ('out'), ('sent')) f WHERE o.id=? AND o.spool_name<>''",
	/* Of a mail of several: their own files were kept only in case it is taken apart, unless another has them as well. */
	"INSERT OR IGNORE INTO purge_file(folder, name) SELECT 'out', o.spool_name FROM outbox_recipient r JOIN outbox o ON o.id=r.outbox"
	" WHERE r.joined=?1 AND o.state=9 AND o.spool_name<>''"
	" AND NOT EXISTS (SELECT 1 FROM outbox_recipient t WHERE t.outbox=o.id AND t.joined<>?1)",
};

/* Every number that a query gives, in memory: what it reads from is about to change. */
static int
numbers(struct store *store, struct arena *arena, struct query *q, int64_t **ids_r, size_t *count_r, struct err *err)
{
	int64_t *ids = NULL;
	size_t count = 0;

	(void)store;
	while (sql_row(q))
		*arena_push(arena, ids, count) = sql_get_int(q);
	*ids_r = ids;
	*count_r = count;
	return sql_end(q, err);
}

static int
group_numbers(struct store *store, struct arena *arena, const char *sql, int64_t case_id, int64_t **ids_r, size_t *count_r,
    struct err *err)
{
	struct query q = sql_query(store, sql);

	sql_put_int(&q, case_id);
	return numbers(store, arena, &q, ids_r, count_r, err);
}

#define GROUP_CASES	GROUP "SELECT id FROM grp"
#define GROUP_MAILS	GROUP "SELECT id FROM message WHERE case_id IN grp"


/* ---- The mails of a case: what was taken in and what went out, as they were */

static const char *const raw_of_message[] = {
	"UPDATE message SET spool_name='', record=NULL WHERE id=?",
};
static const char *const raw_of_outbox[] = {
	"UPDATE outbox SET spool_name='' WHERE id=?",
};

int
store_purge_raw(struct store *store, int64_t case_id, instant now, struct err *err)
{
	struct arena *arena = arena_new();
	int64_t *mails, *outbox;
	size_t mail_count, outbox_count;
	int rc = group_numbers(store, arena, GROUP_MAILS, case_id, &mails, &mail_count, err);

	if (rc == 0)
		rc = group_numbers(store, arena, GROUP "SELECT id FROM " MAILS_OUT, case_id, &outbox, &outbox_count, err);
	for (size_t i = 0; rc == 0 && i < mail_count; i++)
		if (RUN_ALL(store, files_of_message, mails[i], err) == -1 || RUN_ALL(store, raw_of_message, mails[i], err) == -1)
			rc = -1;
	for (size_t i = 0; rc == 0 && i < outbox_count; i++)
		if (RUN_ALL(store, files_of_outbox, outbox[i], err) == -1 || RUN_ALL(store, raw_of_outbox, outbox[i], err) == -1)
			rc = -1;
	if (rc == 0)
		rc = run_at(store, GROUP "UPDATE cases SET raw_purged=?2 WHERE id IN grp", case_id, now, err);
	arena_free(&arena);
	return rc;
}

/* ---- All of a case, or a mail that belongs to none */

static const char *const rows_of_message[] = {
	"DELETE FROM document WHERE message=?", "DELETE FROM message_reference WHERE message=?",
	"DELETE FROM triage WHERE message=?", "DELETE FROM salt WHERE case_id=0 AND message=?",
	"UPDATE absence SET message=NULL WHERE message=?",
	"DELETE FROM held_mail WHERE sighting IN (SELECT id FROM sighting WHERE message=?)",
	"UPDATE sighting SET received=NULL, size=0, message_key=NULL WHERE message=?",
};

static int
message_blank(struct store *store, int64_t id, const char *fingerprint, instant now, struct err *err)
{
	struct query q = sql_query(store, "DELETE FROM message WHERE fingerprint=? AND id<>?"
	    " AND pack=(SELECT pack FROM message WHERE id=?)");

	/* Erased once before, and come again since. */
	sql_put_text(&q, fingerprint);
	sql_put_int(&q, id);
	sql_put_int(&q, id);
	if (sql_run(&q, err) == -1)
		return -1;
	q = sql_query(store, "UPDATE message SET fingerprint=?, received=?, kind='', case_id=NULL, strand=0, state='erased',"
	    " spool_name='', message_id='', message_key=NULL, thread_root='', thread_key=NULL, sender='', record=NULL WHERE id=?");
	sql_put_text(&q, fingerprint);
	sql_put_int(&q, now);
	sql_put_int(&q, id);
	return sql_run(&q, err);
}

static int
message_erase(struct store *store, int64_t id, instant now, struct err *err)
{
	struct arena *arena = arena_new();
	struct message_row *row;
	const char *key;
	int rc = store_message(store, arena, id, &row, err);

	if (rc == 0 && row != NULL && (RUN_ALL(store, files_of_message, id, err) == -1 ||
	    RUN_ALL(store, rows_of_message, id, err) == -1 || key_make(store, arena, &key, err) == -1 ||
	    message_blank(store, id, keyed(arena, key, row->fingerprint), now, err) == -1))
		rc = -1;
	arena_free(&arena);
	return rc;
}

static const char *const rows_of_outbox[] = {
	"DELETE FROM triage WHERE outbox=?", "DELETE FROM outbox WHERE id=?",
};

static int
outbox_erase(struct store *store, int64_t id, struct err *err)
{
	return RUN_ALL(store, files_of_outbox, id, err) == -1 || RUN_ALL(store, rows_of_outbox, id, err) == -1 ? -1 : 0;
}

static const char *const rows_of_case[] = {
	"DELETE FROM fact WHERE case_id=?", "DELETE FROM deadline WHERE case_id=?", "DELETE FROM question WHERE case_id=?",
	"DELETE FROM question_code WHERE case_id=?", "DELETE FROM question_was WHERE case_id=?", "DELETE FROM rung WHERE case_id=?",
	"DELETE FROM stage_entry WHERE case_id=?", "DELETE FROM strand_was WHERE case_id=?", "DELETE FROM strand WHERE case_id=?",
	"DELETE FROM timer WHERE case_id=?", "DELETE FROM list_said WHERE case_id=?", "DELETE FROM list_waiting WHERE case_id=?",
	"DELETE FROM triage WHERE case_id=?", "DELETE FROM triage_candidate WHERE case_id=?", "DELETE FROM change WHERE case_id=?",
	"DELETE FROM salt WHERE case_id=?", "DELETE FROM pause WHERE scope='case:' || ?",
	"UPDATE cases SET reference=NULL, child_name=NULL, born=NULL, nhs_number=NULL, upn=NULL, paused=0 WHERE id=?",
};

static int
case_note(struct store *store, int64_t case_id, const char *why, instant now, struct err *err)
{
	struct query q = sql_query(store, GROUP "UPDATE cases SET purged=?2, raw_purged=coalesce(raw_purged, ?2), purged_why=?3"
	    " WHERE id IN grp");

	sql_put_int(&q, case_id);
	sql_put_int(&q, now);
	sql_put_some(&q, why);
	return sql_run(&q, err);
}

int
store_purge_case(struct store *store, int64_t case_id, const char *why, instant now, struct err *err)
{
	struct arena *arena = arena_new();
	int64_t *mails, *outbox, *cases;
	size_t mail_count, outbox_count, case_count;
	int rc = 0;

	if (group_numbers(store, arena, GROUP_CASES, case_id, &cases, &case_count, err) == -1 ||
	    group_numbers(store, arena, GROUP_MAILS, case_id, &mails, &mail_count, err) == -1 ||
	    group_numbers(store, arena, GROUP "SELECT id FROM " MAILS_OUT, case_id, &outbox, &outbox_count, err) == -1 ||
	    case_note(store, case_id, why, now, err) == -1)
		rc = -1;
	for (size_t i = 0; rc == 0 && i < outbox_count; i++)
		rc = outbox_erase(store, outbox[i], err);
	for (size_t i = 0; rc == 0 && i < mail_count; i++)
		rc = message_erase(store, mails[i], now, err);
	for (size_t i = 0; rc == 0 && i < case_count; i++)
		rc = RUN_ALL(store, rows_of_case, cases[i], err);
	arena_free(&arena);
	return rc;
}

/* ---- What belongs to no case */

#define NOBODY_ASKED	" AND NOT EXISTS (SELECT 1 FROM triage t WHERE t.message=m.id AND t.state='open')"

/* In the order of enum purge_alone: numbers of what is due before ?1, at most ?2. */
static const char *const alone_due[] = {
	"SELECT id FROM message m WHERE case_id IS NULL AND received<?1 AND state NOT IN ('erased', 'kept')" NOBODY_ASKED " LIMIT ?2",
	"SELECT id FROM message m WHERE case_id IS NULL AND received<?1 AND state='kept'" NOBODY_ASKED " LIMIT ?2",
	"SELECT m.id FROM message m JOIN sighting s ON s.message=m.id WHERE m.case_id IS NULL AND m.received<?1 AND m.state='erased'"
	" AND s.spool_name<>'' LIMIT ?2",
	/* A mail of several cases stays as long as one of them is on hold. */
	"SELECT id FROM outbox o WHERE case_id IS NULL AND decided<?1 AND state IN " OVER
	" AND NOT EXISTS (SELECT 1 FROM triage t WHERE t.outbox=o.id AND t.state='open')"
	" AND NOT EXISTS (SELECT 1 FROM outbox_recipient r JOIN outbox c ON c.id=r.outbox JOIN legal_hold h ON h.case_id=c.case_id"
	" WHERE r.joined=o.id) LIMIT ?2",
	"SELECT id FROM triage WHERE case_id IS NULL AND message IS NULL AND state<>'open' AND at<?1"
	" AND instr(reason, 'in quarantine as ')=0 LIMIT ?2",
	"SELECT id FROM change WHERE case_id IS NULL AND at<?1 LIMIT ?2",
	"SELECT s.id FROM sighting s WHERE s.state=3 AND s.spool_name<>'' AND EXISTS (SELECT 1 FROM triage t WHERE t.case_id IS NULL"
	" AND t.message IS NULL AND t.state<>'open' AND t.at<?1 AND instr(t.reason, 'in quarantine as ' || s.spool_name || ':')>0) LIMIT ?2",
};

static const char *const quarantined[] = {
	"INSERT OR IGNORE INTO purge_file(folder, name) SELECT f.column1, s.spool_name || f.column2 FROM sighting s,"
	" (VALUES ('bad', ''), ('bad', '.why'), ('docs', '')) f WHERE s.id=?",
	"DELETE FROM triage WHERE case_id IS NULL AND message IS NULL AND state<>'open' AND instr(reason, 'in quarantine as ' || (SELECT spool_name FROM sighting WHERE id=?)"
	" || ':')>0",
	"DELETE FROM held_mail WHERE sighting=?",
	"UPDATE sighting SET spool_name='', why='', received=NULL, size=0, message_key=NULL WHERE id=?",
};

static int
alone_erase(struct store *store, enum purge_alone kind, int64_t id, instant now, struct err *err)
{
	switch (kind) {
	case PURGE_MAIL:
	case PURGE_KEPT:
		return message_erase(store, id, now, err);
	case PURGE_REPEAT:
		return RUN_ALL(store, files_of_message, id, err);
	case PURGE_SENT:
		return outbox_erase(store, id, err);
	case PURGE_TRIAGE:
		return run_of(store, "DELETE FROM triage WHERE id=?", id, err);
	case PURGE_CHANGE:
		return run_of(store, "DELETE FROM change WHERE id=?", id, err);
	case PURGE_QUARANTINE:
		return RUN_ALL(store, quarantined, id, err);
	case PURGE_ALONE_KINDS:
		break;
	}
	return 0;
}

static int
alone_numbers(struct store *store, struct arena *arena, enum purge_alone kind, instant before, size_t max, int64_t **ids_r,
    size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, alone_due[kind]);

	sql_put_int(&q, before);
	sql_put_int(&q, (int64_t)max);
	return numbers(store, arena, &q, ids_r, count_r, err);
}

static int
all_on_hold(struct store *store, bool *held_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT 1 FROM legal_hold WHERE case_id=0");

	*held_r = sql_row(&q);
	return sql_end(&q, err);
}

int
store_purge_alone(struct store *store, enum purge_alone kind, instant before, instant now, size_t max, size_t *count_r,
    struct err *err)
{
	struct arena *arena = arena_new();
	int64_t *ids;
	bool held;
	int rc = all_on_hold(store, &held, err);

	*count_r = 0;
	if (rc == 0 && !held)
		rc = alone_numbers(store, arena, kind, before, max, &ids, count_r, err);
	for (size_t i = 0; rc == 0 && i < *count_r; i++)
		rc = alone_erase(store, kind, ids[i], now, err);
	arena_free(&arena);
	return rc;
}

int
store_purge_alone_due(struct store *store, enum purge_alone kind, instant before, size_t max, size_t *count_r, struct err *err)
{
	struct arena *arena = arena_new();
	int64_t *ids;
	bool held;
	int rc = all_on_hold(store, &held, err);

	*count_r = 0;
	if (rc == 0 && !held)
		rc = alone_numbers(store, arena, kind, before, max, &ids, count_r, err);
	arena_free(&arena);
	return rc;
}

int
store_purge_traces(struct store *store, instant before, struct err *err)
{
	static const char *const gone[] = {
		"UPDATE sighting SET message=NULL WHERE message IN"
		" (SELECT id FROM message WHERE case_id IS NULL AND state='erased' AND received<?)",
		"DELETE FROM message WHERE case_id IS NULL AND state='erased' AND received<?",
		"DELETE FROM cases WHERE purged<? AND merged_into IS NOT NULL AND NOT EXISTS (SELECT 1 FROM journal WHERE case_id=cases.id)",
		"DELETE FROM cases WHERE purged<? AND NOT EXISTS (SELECT 1 FROM journal WHERE case_id=cases.id)"
		" AND NOT EXISTS (SELECT 1 FROM cases m WHERE m.merged_into=cases.id)",
	};

	return RUN_ALL(store, gone, before, err);
}

/* ---- Files still to be removed */

int
store_purge_files(struct store *store, struct arena *arena, size_t max, struct purge_file **rows_r, size_t *count_r,
    struct err *err)
{
	struct query q = sql_query(store, "SELECT folder, name FROM purge_file ORDER BY folder, name LIMIT ?");
	struct purge_file *rows = NULL, *row;
	size_t count = 0;

	sql_put_int(&q, (int64_t)max);
	while (sql_row(&q)) {
		row = arena_push(arena, rows, count);
		row->folder = sql_get_text(&q, arena);
		row->name = sql_get_text(&q, arena);
	}
	*rows_r = rows;
	*count_r = count;
	return sql_end(&q, err);
}

int
store_purge_file_gone(struct store *store, const struct purge_file *file, struct err *err)
{
	struct query q = sql_query(store, "DELETE FROM purge_file WHERE folder=? AND name=?");

	sql_put_text(&q, file->folder);
	sql_put_text(&q, file->name);
	return sql_run(&q, err);
}
