/*
 * The store's own past for advicectl replay, and the handle that can only
 * read.  Runs in advicectl.
 * Invariant: what the reading handle shows is one moment of the store, however
 * long it is read and whatever the daemon writes meanwhile.
 * Fails: as store.h says; ERR_CONFIG where the store cannot be read.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "store/history.h"
#include "store/keep.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/vfs.h"

/* The moment begins with the first row that is read. */
static int
stand_still(struct store *store, struct err *err)
{
	int rc = sqlite3_exec(store->db, "PRAGMA query_only=ON; PRAGMA trusted_schema=OFF; BEGIN; SELECT count(*) FROM setting",
	    NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : sql_fail(store->db, rc, "reading the store", err);
}

static int
of_this_version(struct store *store, struct err *err)
{
	struct query q = sql_query(store, "SELECT user_version FROM pragma_user_version");
	int64_t version = 0;

	if (sql_row(&q))
		version = sql_get_int(&q);
	if (sql_end(&q, err) == -1)
		return -1;
	return version == (int64_t)schema_version ? 0 : err_set(err, ERR_CONFIG,
	    "it was made by another version of adviced; start the daemon of this version once, which brings it up to date");
}

static int
not_ready(const char *path, int64_t version, struct err *err)
{
	if (version == 0)
		return err_set(err, ERR_CONFIG, "there is no store %s yet: the daemon makes it when it is started for the first time. If "
		    "there was one, put a backup in its place: advicectl restore --from BACKUP", path);
	return err_set(err, ERR_CONFIG, "the store %s was made by an earlier version of adviced (%lld; this one makes %zu); start the daemon "
	    "once, which brings it up to date", path, (long long)version, schema_version);
}

/*
 * SQLite would make a log and its index beside a file that it only reads.  Where no log is left nobody is writing, for we have
 * the daemon's lock, and the file alone says all.
 */
static char *
name_to_look_at(struct arena *arena, const char *path)
{
	struct buf out = BUF_INIT;
	char *name;

	buf_add_str(&out, "file:");
	for (const char *p = path; *p != '\0'; p++) {
		if (strchr("%?#", *p) != NULL)
			buf_printf(&out, "%%%02x", (unsigned char)*p);
		else
			buf_add_char(&out, *p);
	}
	if (access(arena_printf(arena, "%s-wal", path), F_OK) == -1)
		buf_add_str(&out, "?immutable=1");
	name = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return name;
}

int
store_check_ready(const char *path, struct err *err)
{
	struct arena *arena;
	int64_t version = (int64_t)schema_version;
	sqlite3 *db = NULL;
	struct err ignored;

	if (access(path, F_OK) == -1)
		return errno == ENOENT ? not_ready(path, 0, err) : 0;
	if (vfs_register(err) == -1)
		return -1;
	arena = arena_new();
	if (sqlite3_open_v2(name_to_look_at(arena, path), &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
	    SQLITE_OPEN_EXRESCODE, VFS_NAME) == SQLITE_OK && schema_check(db, schema_version, &ignored) == 0)
		(void)schema_read_version(db, &version, &ignored);
	(void)sqlite3_close(db);
	arena_free(&arena);
	return version >= (int64_t)schema_version ? 0 : not_ready(path, version, err);
}

int
store_open_reading(const char *path, struct store **store_r, struct err *err)
{
	struct store *store;
	int rc;

	*store_r = NULL;
	if (access(path, R_OK) == -1)
		return errno == EACCES ? err_set(err, ERR_CONFIG, "you may not read the store %s; the daemon's user may (for example: "
		    "sudo -u adviced advicectl ...)", path) : err_errno(err, ERR_CONFIG, "there is no store to read: %s", path);
	if (vfs_register(err) == -1)
		return -1;
	store = x_calloc(1, sizeof(*store));
	rc = sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, VFS_NAME);
	if (rc != SQLITE_OK)
		(void)sql_fail(store->db, rc, "opening it", err);
	if (rc != SQLITE_OK || schema_check(store->db, schema_version, err) == -1 || stand_still(store, err) == -1 ||
	    of_this_version(store, err) == -1) {
		store_close(&store);
		return err_wrap(err, "store %s", path);
	}
	*store_r = store;
	return 0;
}

int
store_history_mails(struct store *store, struct arena *arena, const char *pack, struct history_mail **mails_r, size_t *count_r, struct err *err)
{
	/* Of several rows with the least number, SQLite takes the other columns from that row. */
	struct query q = sql_query(store, "WITH decided AS (SELECT message, min(id), at FROM journal WHERE message IS NOT NULL"
	    " GROUP BY message), before AS (SELECT id, min(change), case_id FROM moved WHERE what=? GROUP BY id),"
	    " seen AS (SELECT message, min(id), mailbox FROM sighting WHERE message IS NOT NULL GROUP BY message)"
	    " SELECT m.id, m.case_id, coalesce(before.case_id, m.case_id), coalesce(decided.at, m.received), m.received, m.kind,"
	    " mailbox.name, m.record IS NULL OR length(m.record)=0 FROM message m LEFT JOIN decided ON decided.message=m.id"
	    " LEFT JOIN before ON before.id=m.id LEFT JOIN seen ON seen.message=m.id LEFT JOIN mailbox ON mailbox.id=seen.mailbox"
	    " WHERE m.pack=? ORDER BY m.id");
	struct history_mail *mail;

	*mails_r = NULL;
	*count_r = 0;
	sql_put_int(&q, MOVED_MAIL);
	sql_put_text(&q, pack);
	while (sql_row(&q)) {
		mail = arena_push(arena, *mails_r, *count_r);
		mail->id = sql_get_int(&q);
		mail->case_id = sql_get_int(&q);
		mail->first_case = sql_get_int(&q);
		mail->at = sql_get_instant(&q);
		mail->received = sql_get_instant(&q);
		mail->kind = sql_get_text(&q, arena);
		mail->mailbox = sql_get_text(&q, arena);
		mail->erased = sql_get_int(&q) != 0;
	}
	return sql_end(&q, err);
}

int
store_history_changes(struct store *store, struct arena *arena, int64_t **ids_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT id FROM change ORDER BY id");

	*ids_r = NULL;
	*count_r = 0;
	while (sql_row(&q))
		*arena_push(arena, *ids_r, *count_r) = sql_get_int(&q);
	return sql_end(&q, err);
}

int
store_history_imports(struct store *store, struct arena *arena, const char *list, struct history_import **imports_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT at, coalesce(sha256=lag(sha256) OVER (ORDER BY id), 0) FROM import"
	    " WHERE kind=? ORDER BY id");
	struct history_import *import;

	*imports_r = NULL;
	*count_r = 0;
	sql_put_text(&q, list);
	while (sql_row(&q)) {
		import = arena_push(arena, *imports_r, *count_r);
		import->at = sql_get_instant(&q);
		import->same = sql_get_int(&q) != 0;
	}
	return sql_end(&q, err);
}

int
store_history_involvement(struct store *store, struct arena *arena, struct involvement_list **list_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT person_id, name, born, nhs_number, upn, service, open, closed_on, worker, flags,"
	    " line FROM involvement ORDER BY id");
	struct involvement_list *list = arena_alloc(arena, sizeof(*list));
	struct involvement *row;

	*list_r = list;
	while (sql_row(&q)) {
		row = arena_push(arena, list->rows, list->count);
		row->person_id = sql_get_text(&q, arena);
		row->name = sql_get_text(&q, arena);
		row->born = sql_get_day(&q);
		row->nhs_number = sql_get_text(&q, arena);
		row->upn = sql_get_text(&q, arena);
		row->service = sql_get_text(&q, arena);
		row->open = sql_get_int(&q) != 0;
		row->closed_on = sql_get_day(&q);
		row->worker = sql_get_text(&q, arena);
		row->flags = sql_get_lines(&q, arena);
		row->line = (int)sql_get_int(&q);
	}
	return sql_end(&q, err);
}

int
store_import_again(struct store *store, const char *list, instant at, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO import(kind, at, sha256, rows) SELECT kind, ?, sha256, rows FROM import"
	    " WHERE kind=? ORDER BY id DESC LIMIT 1");

	sql_put_instant(&q, at);
	sql_put_text(&q, list);
	return sql_run(&q, err);
}

int
store_history_sent(struct store *store, const char *pack, int64_t *sent_r, int64_t *unsent_r, int64_t *refused_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT count(DISTINCT iif(o.state IN (?1,?2), NULL, o.id)),"
	    " count(DISTINCT iif(o.state IN (?1,?2), o.id, NULL)), total(r.state=?3) FROM outbox o JOIN outbox_recipient r"
	    " ON r.outbox=o.id WHERE o.pack=?4 AND o.state NOT IN (?5,?6)");

	*sent_r = *unsent_r = *refused_r = 0;
	sql_put_int(&q, OUTBOX_SHADOW);
	sql_put_int(&q, OUTBOX_REVIEW);
	sql_put_int(&q, OUTBOX_FAILED);
	sql_put_text(&q, pack);
	sql_put_int(&q, OUTBOX_HELD);
	sql_put_int(&q, OUTBOX_DROPPED);
	if (sql_row(&q)) {
		*sent_r = sql_get_int(&q);
		*unsent_r = sql_get_int(&q);
		*refused_r = sql_get_int(&q);
	}
	return sql_end(&q, err);
}
