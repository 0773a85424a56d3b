/*
 * The store's handle: opening with the settings that durability needs,
 * transactions, savepoints.  Core only; it holds the one writing handle.
 * Invariant: what a failure has rolled back stays rolled back; nothing is
 * written until the caller has called store_rollback() or store_commit().
 * Fails: ERR_RETRY (disk full, I/O error), ERR_DAEMON (corrupt, not ours, or
 * made by a later version).
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/keep.h"
#include "store/schema.h"
#include "base/step.h"
#include "store/case_kept.h"
#include "store/vfs.h"

#define BUSY_MS		5000
#define CACHE_KB	"-16000"	/* a core stays far under 64 MB */

/*
 * SQLite would create the file readable for others.  Only a new file is touched:
 * closing a descriptor of an open database would drop its locks.
 */
static int
create_private(const char *path, struct err *err)
{
	int fd;

	if (strcmp(path, ":memory:") == 0 || access(path, F_OK) == 0)
		return 0;
	if (step("store.create") == -1)
		return err_errno(err, ERR_RETRY, "creating the store %s", path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return errno == EEXIST ? 0 : err_errno(err, ERR_DAEMON, "creating the store %s", path);
	if (close(fd) == -1)
		return err_errno(err, ERR_RETRY, "creating the store %s", path);
	return 0;
}

/* What an older daemon left is kept beside it, as it was, before it is changed for good. */
static int
copy_older(sqlite3 *db, const char *path, struct err *err)
{
	int64_t version;

	if (schema_read_version(db, &version, err) == -1)
		return -1;
	if (version == 0 || version >= (int64_t)schema_version || strcmp(path, ":memory:") == 0)
		return 0;
	return store_copy_version(db, path, version, err);
}

/* Of a store that a later daemon has changed: how to get on.  What was wrong stays said. */
static int
refuse(sqlite3 *db, const char *path, struct err *err)
{
	struct err said = *err, ignored;
	int64_t version = 0, older = 0;

	if (schema_read_version(db, &version, &ignored) == -1 || version <= (int64_t)schema_version)
		return -1;
	if (store_version_copy_find(path, (int64_t)schema_version, &older, &ignored) == -1 || older == 0)
		return err_set(err, said.scope, "%s. Install that version again; or, with the daemon stopped, go back to a backup from "
		    "before the upgrade: advicectl restore --from BACKUP", said.text);
	return err_set(err, said.scope, "%s. Install that version again; or, with the daemon stopped, go back to how it was before "
	    "the upgrade: advicectl restore --from %s.version-%lld", said.text, path, (long long)older);
}

static int
prepare_handle(sqlite3 *db, const char *path, struct err *err)
{
	int rc;

	(void)sqlite3_busy_timeout(db, BUSY_MS);
	if (schema_check(db, schema_version, err) == -1)
		return refuse(db, path, err);	/* before anything of a stranger's file is changed */
	rc = sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
	    "PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;"
	    "PRAGMA cache_size=" CACHE_KB, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return sql_fail(db, rc, "preparing the store", err);
	if (copy_older(db, path, err) == -1)
		return -1;
	return schema_migrate(db, schema_migrations, schema_version, err);
}

int
store_open(const char *path, struct store **store_r, struct err *err)
{
	struct store *store;
	int rc;

	*store_r = NULL;
	if (vfs_register(err) == -1 || create_private(path, err) == -1)
		return -1;
	store = x_calloc(1, sizeof(*store));
	rc = sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, VFS_NAME);
	if (rc != SQLITE_OK)
		(void)sql_fail(store->db, rc, "opening it", err);
	if (rc != SQLITE_OK || prepare_handle(store->db, path, err) == -1) {
		store_close(&store);
		return err_wrap(err, "store %s", path);
	}
	*store_r = store;
	return 0;
}

int
store_fleeting(struct store *store, struct err *err)
{
	int rc = sqlite3_exec(store->db, "PRAGMA secure_delete=OFF; PRAGMA foreign_keys=OFF;"
	    /* Nothing is ever sent from it, gathered or erased. */
	    "DROP INDEX outbox_state; DROP INDEX outbox_sent; DROP INDEX outbox_alone;"
	    "DROP INDEX outbox_recipient_address; DROP INDEX question_code_case", NULL, NULL, NULL);

	if (rc != SQLITE_OK)
		return sql_fail(store->db, rc, "preparing the store", err);
	sql_forget(store);
	store->kept = kept_new(store->db);
	return 0;
}

void
store_close(struct store **store)
{
	if (*store == NULL)
		return;
	sql_forget(*store);
	(void)sqlite3_close((*store)->db);
	kept_free(&(*store)->kept);
	free(*store);
	*store = NULL;
}

static int
begin(struct store *store, struct err *err)
{
	assert(!store->in_transaction);
	if (sql_exec(store, "BEGIN IMMEDIATE", err) == -1)
		return -1;
	store->in_transaction = true;
	return 0;
}

/* Over the one that failed: SQLite writes the page, though the number stays. */
static int
commit_nothing(struct store *store, struct err *err)
{
	char sql[64];

	(void)snprintf(sql, sizeof(sql), "PRAGMA user_version=%zu", schema_version);
	if (begin(store, err) == -1)
		return -1;
	if (sql_exec(store, sql, err) == 0)
		return store_commit(store, err);
	store_rollback(store);
	return -1;
}

int
store_begin(struct store *store, struct err *err)
{
	if (store->doubt && commit_nothing(store, err) == -1)
		return -1;
	return begin(store, err);
}

int
store_commit(struct store *store, struct err *err)
{
	int result;

	assert(store->in_transaction);
	result = sql_exec(store, "COMMIT", err);
	store->doubt = result == -1;
	store_rollback(store);		/* of what could not be committed; else nothing */
	return result;
}

void
store_rollback(struct store *store)
{
	if (!sqlite3_get_autocommit(store->db)) {
		(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
		kept_forget(store->kept);
	}
	store->in_transaction = false;
	store->broken = false;
}

int
store_savepoint(struct store *store, struct err *err)
{
	assert(store->in_transaction);
	return sql_exec(store, "SAVEPOINT event", err);
}

int
store_release(struct store *store, struct err *err)
{
	return sql_exec(store, "RELEASE event", err);
}

int
store_rollback_to(struct store *store, struct err *err)
{
	kept_forget(store->kept);
	return sql_exec(store, "ROLLBACK TO event", err);
}

int
sql_whole(struct store *store, struct whole *whole_r, struct err *err)
{
	whole_r->own = !store->in_transaction;
	if (whole_r->own)
		return store_begin(store, err);
	return store->kept != NULL ? 0 : sql_exec(store, "SAVEPOINT whole", err);
}

int
sql_whole_end(struct store *store, struct whole *whole, int result, struct err *err)
{
	if (result == 0)
		return whole->own ? store_commit(store, err) : store->kept != NULL ? 0 : sql_exec(store, "RELEASE whole", err);
	kept_forget(store->kept);
	if (whole->own)
		store_rollback(store);
	else if (store->kept == NULL && sql_exec(store, "ROLLBACK TO whole", NULL) == 0)
		(void)sql_exec(store, "RELEASE whole", NULL);
	return -1;
}
