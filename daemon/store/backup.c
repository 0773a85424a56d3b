/*
 * The database as a file: a copy of it while it is in use, a copy before it is
 * brought to another version, leaving no deleted byte in it, and whether it is
 * whole.  Core and advicectl.
 * Invariant: a copy has its final name, or none, only when it is durable.
 * Fails: as store.h says.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "store/keep.h"
#include "store/sql.h"
#include "store/vfs.h"

#define PAGES_AT_ONCE	4096
#define COPIES_KEPT	2
#define COPY_MARK	".version-"

/* ---- Nothing deleted stays */

/* What was deleted is overwritten in the database (secure_delete) and gone from its log. */
int
store_log_empty(struct store *store, struct err *err)
{
	struct query q = sql_query(store, "PRAGMA wal_checkpoint(TRUNCATE)");
	bool busy = sql_row(&q) && sql_get_int(&q) != 0;

	if (sql_end(&q, err) == -1)
		return -1;
	return busy ? err_set(err, ERR_RETRY, "the database's log is in use") : 0;
}

/* Pages that were divided once may hold copies of what went to another page: only a file written anew holds none. */
int
store_write_anew(struct store *store, struct err *err)
{
	char *folder = x_strdup(sqlite3_db_filename(store->db, "main")), *slash = strrchr(folder, '/');
	struct err ignored;
	int rc;

	/* Not in memory, which it may not fit into; beside the database, where core may write. */
	if (slash != NULL)
		slash[slash == folder] = '\0';
	sqlite3_temp_directory = sqlite3_mprintf("%s", slash == NULL ? "." : folder);
	free(folder);
	rc = sql_exec(store, "PRAGMA temp_store=FILE", err);
	if (rc == 0)
		rc = sql_exec(store, "VACUUM", err);
	if (sql_exec(store, "PRAGMA temp_store=MEMORY", rc == 0 ? err : &ignored) == -1)
		rc = -1;
	sqlite3_free(sqlite3_temp_directory);
	sqlite3_temp_directory = NULL;
	return rc == 0 ? store_log_empty(store, err) : -1;
}

/* ---- A copy of a database in use */

struct store_copy {
	sqlite3		*to;
	sqlite3_backup	*backup;
	char		*path;
};

static int
open_copy(const char *path, sqlite3 **db_r, struct err *err)
{
	int rc, fd = -1, dir = -1;
	char *copy = x_strdup(path), *name = strrchr(copy, '/');

	*db_r = NULL;
	if (name != NULL)
		*name++ = '\0';
	if (file_open_dir(name == NULL ? "." : copy[0] == '\0' ? "/" : copy, &dir, err) == -1)
		goto out;
	if (file_create(dir, name == NULL ? copy : name, &fd, err) == -1)	/* private, and nobody else's */
		goto out;
	rc = sqlite3_open_v2(path, db_r, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, VFS_NAME);
	if (rc != SQLITE_OK) {
		(void)sql_fail(*db_r, rc, "copying the store", err);
		(void)sqlite3_close(*db_r);
		*db_r = NULL;
	}
out:
	if (fd != -1)
		close(fd);
	if (dir != -1)
		close(dir);
	free(copy);
	return *db_r == NULL ? -1 : 0;
}

static int
copy_begin(sqlite3 *from, const char *path, struct store_copy **copy_r, struct err *err)
{
	struct store_copy *copy = x_calloc(1, sizeof(*copy));

	*copy_r = copy;
	copy->path = x_strdup(path);
	if (open_copy(path, &copy->to, err) == -1)
		goto fail;
	copy->backup = sqlite3_backup_init(copy->to, "main", from, "main");
	if (copy->backup != NULL)
		return 0;
	(void)sql_fail(copy->to, sqlite3_errcode(copy->to), "copying the store", err);
fail:
	store_copy_end(copy_r);
	return -1;
}

int
store_copy_begin(struct store *store, const char *path, struct store_copy **copy_r, struct err *err)
{
	return copy_begin(store->db, path, copy_r, err);
}

/* One file without a log beside it, on the disk before it counts. */
static int
copy_finish(struct store_copy *copy, struct err *err)
{
	int fd = -1, rc = sqlite3_backup_finish(copy->backup);

	copy->backup = NULL;
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(copy->to, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_close(copy->to);
	if (rc != SQLITE_OK)
		return sql_fail(copy->to, rc, "copying the store", err);
	copy->to = NULL;
	fd = open(copy->path, O_RDWR | O_CLOEXEC);
	if (fd == -1)
		return err_errno(err, ERR_RETRY, "copying the store");
	return file_commit(&fd, err);
}

int
store_copy_step(struct store_copy *copy, int pages, bool *done_r, struct err *err)
{
	int rc = sqlite3_backup_step(copy->backup, pages);

	*done_r = rc == SQLITE_DONE;
	if (rc == SQLITE_DONE)
		return copy_finish(copy, err);
	if (rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
		return 0;
	return sql_fail(NULL, rc, "copying the store", err);
}

void
store_copy_end(struct store_copy **copyp)
{
	struct store_copy *copy = *copyp;

	if (copy == NULL)
		return;
	if (copy->backup != NULL)
		(void)sqlite3_backup_finish(copy->backup);
	if (copy->to != NULL)
		(void)sqlite3_close(copy->to);
	free(copy->path);
	free(copy);
	*copyp = NULL;
}

/* ---- Before another version */

struct beside {			/* the database's folder, and its name there */
	int	 dir;
	char	*folder;
	char	*name;
};

static int
beside_open(const char *path, struct beside *beside_r, struct err *err)
{
	char *slash;

	beside_r->dir = -1;
	beside_r->folder = x_strdup(path);
	slash = strrchr(beside_r->folder, '/');
	beside_r->name = x_strdup(slash == NULL ? path : slash + 1);
	if (slash == NULL)
		strcpy(beside_r->folder, ".");
	else
		slash[slash == beside_r->folder] = '\0';
	return file_open_dir(beside_r->folder, &beside_r->dir, err);
}

static void
beside_close(struct beside *beside)
{
	if (beside->dir != -1)
		close(beside->dir);
	free(beside->folder);
	free(beside->name);
}

/* Its version, 0 for any other file. */
static long
version_of(const struct beside *beside, const char *name)
{
	size_t len = strlen(beside->name);
	long version = 0;

	if (strncmp(name, beside->name, len) == 0 && str_starts(name + len, COPY_MARK))
		(void)str_number(name + len + strlen(COPY_MARK), 1, INT32_MAX, &version);
	return version;
}

/* All but those of the highest versions. */
static int
prune(const struct beside *beside, struct err *err)
{
	struct arena *arena = arena_new();
	struct strs names = { NULL, 0 };
	int rc = file_list(arena, beside->dir, &names, err);

	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		long version = version_of(beside, names.v[i]);
		int later = 0;

		for (size_t k = 0; k < names.n; k++)
			later += version_of(beside, names.v[k]) > version;
		if (version > 0 && later >= COPIES_KEPT)
			rc = file_remove(beside->dir, names.v[i], err);
	}
	arena_free(&arena);
	return rc;
}

int
store_copy_version(sqlite3 *db, const char *path, int64_t version, struct err *err)
{
	struct arena *arena = arena_new();
	struct store_copy *copy = NULL;
	struct beside beside;
	const char *name, *part;
	bool done = false;
	int rc = beside_open(path, &beside, err);

	name = arena_printf(arena, "%s" COPY_MARK "%lld", beside.name, (long long)version);
	part = arena_printf(arena, "%s.part", name);
	if (rc == 0 && file_exists(beside.dir, part))	/* of an attempt that was broken off */
		rc = file_remove(beside.dir, part, err);
	if (rc == 0)
		rc = copy_begin(db, arena_printf(arena, "%s/%s", beside.folder, part), &copy, err);
	while (rc == 0 && !done)
		rc = store_copy_step(copy, PAGES_AT_ONCE, &done, err);
	store_copy_end(&copy);
	if (rc == 0)
		rc = file_rename(beside.dir, part, beside.dir, name, err);
	if (rc == 0)
		rc = prune(&beside, err);
	beside_close(&beside);
	arena_free(&arena);
	return rc == 0 ? 0 : err_wrap(err, "a copy before the store is brought to a new version");
}

int
store_version_copy_find(const char *path, int64_t most, int64_t *version_r, struct err *err)
{
	struct arena *arena = arena_new();
	struct strs names = { NULL, 0 };
	struct beside beside;
	int rc = beside_open(path, &beside, err);

	*version_r = 0;
	if (rc == 0)
		rc = file_list(arena, beside.dir, &names, err);
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		long version = version_of(&beside, names.v[i]);

		if (version <= most && version > *version_r)
			*version_r = version;
	}
	beside_close(&beside);
	arena_free(&arena);
	return rc;
}

int
store_version_copies_remove(const char *path, int64_t older_s, struct err *err)
{
	struct arena *arena = arena_new();
	struct strs names = { NULL, 0 };
	struct beside beside;
	struct stat st;
	int rc = beside_open(path, &beside, err);

	if (rc == 0)
		rc = file_list(arena, beside.dir, &names, err);
	for (size_t i = 0; rc == 0 && i < names.n; i++)
		if (version_of(&beside, names.v[i]) > 0 && fstatat(beside.dir, names.v[i], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    (int64_t)time(NULL) - (int64_t)st.st_mtime >= older_s)
			rc = file_remove(beside.dir, names.v[i], err);
	beside_close(&beside);
	arena_free(&arena);
	return rc;
}

/* ---- Is it whole? */

bool
store_is_in_place(const struct store *store)
{
	int moved = 0;

	return sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK || moved == 0;
}

int
store_check_whole(const char *path, bool *whole_r, const char **why_r, struct arena *arena, struct err *err)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	int rc;

	if (vfs_register(err) == -1)
		return -1;
	rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, VFS_NAME);
	*whole_r = false;
	*why_r = "it cannot be read";
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &stmt, NULL);
	if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		*why_r = arena_strdup(arena, (const char *)sqlite3_column_text(stmt, 0));
		*whole_r = strcmp(*why_r, "ok") == 0;
	}
	(void)sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW && (rc & 0xff) != SQLITE_CORRUPT && (rc & 0xff) != SQLITE_NOTADB) {
		(void)sql_fail(db, rc, "looking whether the store is whole", err);
		(void)sqlite3_close(db);
		return -1;
	}
	(void)sqlite3_close(db);
	return 0;
}
