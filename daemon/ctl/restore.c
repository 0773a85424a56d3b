/*
 * advicectl restore --from BACKUP: puts a backup in the place of what is lost.
 * Under the daemon's lock.  First everything is looked through and copied
 * beside its place; then what is there by now is moved aside, and the copies
 * take its place, the database last: until then it may simply be done again,
 * and core does not begin (role/core_damaged.c): the folder of the copies says
 * so, and stays until the end.  BACKUP may also be the copy
 * of the database that an upgrade left beside it: then the spool stays, and
 * what is newer in it is sorted (restore_spool.c).
 * Invariant: nothing is overwritten; the restored store sends nothing before a
 * person says so (ctl/live_backup.c), for nobody here can know what went out
 * after the backup was made.
 * Fails: exit 1 with a sentence; before the places are changed, nothing was.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/step.h"
#include "ctl/backup.h"
#include "ctl/ctl.h"
#include "ctl/live.h"
#include "role/lock.h"

#define LOCK_WAIT_MS	3000

struct restore {
	struct arena		*arena;
	const struct config	*config;
	const char		*from, *aside, *part;
	instant			 taken;		/* when the backup was made */
	int			 spool;		/* the spool's own folder */
	bool			 alone;		/* it is the copy of a database that an upgrade left, and no backup */
};

static const char *const folders[] = { "new", "cur", "archive", "bad", "docs", "out", "sent", "rules" };
#define FOLDERS	(sizeof(folders) / sizeof(folders[0]))
static const char *const ends[] = { "", "-wal", "-shm" };	/* of the database's files */
#define ENDS	(sizeof(ends) / sizeof(ends[0]))

/* ---- Copying */

static int
tree_copy(struct restore *r, const char *from, const char *to, struct err *err)
{
	struct strs names = { NULL, 0 };
	int from_fd = -1, to_fd = -1, rc = 0;
	struct stat st;

	if (file_make_dir(to, 0700, err) == -1 || file_open_dir(from, &from_fd, err) == -1 || file_open_dir(to, &to_fd, err) == -1 ||
	    file_list(r->arena, from_fd, &names, err) == -1)
		rc = -1;
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		char hex[65];
		uint64_t size;

		if (fstatat(from_fd, names.v[i], &st, AT_SYMLINK_NOFOLLOW) == -1)
			rc = err_errno(err, ERR_RETRY, "%s/%s", from, names.v[i]);
		else if (S_ISDIR(st.st_mode))
			rc = tree_copy(r, arena_printf(r->arena, "%s/%s", from, names.v[i]),
			    arena_printf(r->arena, "%s/%s", to, names.v[i]), err);
		else
			rc = file_copy_hashed(from_fd, names.v[i], to_fd, names.v[i], hex, &size, err);
	}
	if (rc == 0)
		rc = file_sync_dir(to_fd, err);
	if (from_fd != -1)
		close(from_fd);
	if (to_fd != -1)
		close(to_fd);
	return rc;
}

/* It sends nothing until a person has looked, and knows when it was made. */
static int
mark(struct restore *r, const char *database, struct err *err)
{
	struct pause_row pause = { "restored", r->taken, instant_at(date_from_civil(9999, 1, 1), 0) };
	struct journal_entry entry = { .at = r->taken, .event = "admin", .rule = "", .detail = "restored from a backup",
	    .who = arena_printf(r->arena, "uid %u", (unsigned)getuid()) };
	struct store *store = NULL;
	int rc = store_open(database, &store, err);

	if (rc == 0)
		rc = store_begin(store, err);
	if (rc == 0 && (store_pause_put(store, &pause, err) == -1 || store_journal_add(store, &entry, err) == -1))
		rc = -1;
	if (rc == 0)
		rc = store_commit(store, err);
	if (rc == 0)
		rc = store_log_empty(store, err);
	store_close(&store);
	/* Of a backup that an older version made: the backup itself is that copy. */
	return rc == 0 ? store_version_copies_remove(database, 0, err) : -1;
}

/* Empty, whatever a restore that was broken off left in it.  It stays all the while: it tells core not to begin. */
static int
part_begin(struct restore *r, struct err *err)
{
	struct strs names = { NULL, 0 };
	int dir = -1, rc = file_make_dir(r->part, 0700, err);

	if (rc == 0)
		rc = file_open_dir(r->part, &dir, err);
	if (rc == 0)
		rc = file_list(r->arena, dir, &names, err);
	for (size_t i = 0; rc == 0 && i < names.n; i++)
		file_remove_tree(arena_printf(r->arena, "%s/%s", r->part, names.v[i]));
	if (dir != -1)
		close(dir);
	return rc;
}

static int
copy_all(struct restore *r, struct err *err)
{
	const char *spool = arena_printf(r->arena, "%s/spool", r->from);
	int from = -1, to = -1, rc;
	char hex[65];
	uint64_t size;

	rc = part_begin(r, err);
	if (rc == 0 && !r->alone && access(spool, F_OK) == 0)
		rc = tree_copy(r, spool, r->part, err);
	if (rc == 0 && !r->alone)
		rc = file_open_dir(r->from, &from, err);
	if (rc == 0)
		rc = file_open_dir(r->part, &to, err);
	if (rc == 0)
		rc = file_copy_hashed(r->alone ? AT_FDCWD : from, r->alone ? r->from : BACKUP_DATABASE, to, BACKUP_DATABASE, hex, &size,
		    err);
	if (rc == 0)
		rc = mark(r, arena_printf(r->arena, "%s/" BACKUP_DATABASE, r->part), err);
	if (from != -1)
		close(from);
	if (to != -1)
		close(to);
	return rc;
}

/* ---- Changing places */

/* The folder in which a path's last part stands. */
static int
open_folder_of(struct restore *r, const char *path, int *dir_r, const char **name_r, struct err *err)
{
	char *folder = arena_strdup(r->arena, path), *slash = strrchr(folder, '/');

	*name_r = slash + 1;
	*slash = '\0';
	return file_open_dir(folder[0] == '\0' ? "/" : folder, dir_r, err);
}

static int
move(struct restore *r, const char *from, const char *to, struct err *err)
{
	const char *from_name, *to_name;
	int from_dir = -1, to_dir = -1, rc;

	if (access(from, F_OK) == -1)
		return 0;
	if (access(to, F_OK) == 0)
		return err_set(err, ERR_CONFIG, "%s is there already", to);
	rc = open_folder_of(r, from, &from_dir, &from_name, err);
	if (rc == 0)
		rc = open_folder_of(r, to, &to_dir, &to_name, err);
	if (rc == 0)
		rc = file_rename(from_dir, from_name, to_dir, to_name, err);
	if (from_dir != -1)
		close(from_dir);
	if (to_dir != -1)
		close(to_dir);
	return rc == 0 ? 0 : err_wrap(err, "%s cannot be moved to %s", from, to);
}

/* Of the database: durable before anything else changes its place, or a power cut could leave it with the other's mails. */
static int
sync_beside(struct restore *r, struct err *err)
{
	const char *name;
	int dir, rc;

	if (open_folder_of(r, r->config->database, &dir, &name, err) == -1)
		return -1;
	rc = file_sync_dir(dir, err);
	close(dir);
	return rc;
}

/* 1: here a file cannot have two names (CIFS, exFAT, or another owner's where links are protected). */
static int
second_name(const char *from, const char *to, struct err *err)
{
	if (step("file.link") == 0 && link(from, to) == 0)
		return 0;
	if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK)
		return 1;
	return err_errno(err, ERR_DAEMON, "%s cannot be moved to %s", from, to);
}

/* The database keeps its place after all: no part of it lies aside alone. */
static void
names_back(int dir, const char *aside, struct arena *arena)
{
	struct err ignored;

	for (size_t i = 0; i < ENDS; i++) {
		const char *name = arena_printf(arena, "%s%s", aside, ends[i]);

		if (file_exists(dir, name))
			(void)file_remove(dir, name, &ignored);
	}
}

/*
 * Its three files are one store: each has its second name before the first loses its own.  Where none can have two, the
 * database itself gets its new one last, by a rename, and the small files beside it are copied.
 */
static int
database_aside(struct restore *r, struct err *err)
{
	const char *to = arena_printf(r->arena, "%s.%s", r->config->database, strrchr(r->aside, '/') + 1), *from;
	const char *name;
	int dir, rc = 0;
	bool renamed = false;
	char hex[65];
	uint64_t size;

	for (size_t i = 0; rc == 0 && i < ENDS; i++) {
		const char *new = arena_printf(r->arena, "%s%s", to, ends[i]);

		from = arena_printf(r->arena, "%s%s", r->config->database, ends[i]);
		if (access(from, F_OK) == 0 && (rc = second_name(from, new, err)) == 1) {
			renamed |= i == 0;
			rc = i == 0 ? 0 : file_copy_hashed(AT_FDCWD, from, AT_FDCWD, new, hex, &size, err);
		}
	}
	if (rc == 0)
		rc = sync_beside(r, err);
	if (open_folder_of(r, r->config->database, &dir, &name, rc == -1 ? NULL : err) == -1)
		return -1;
	if (rc == 0 && renamed)
		rc = file_rename(dir, name, dir, strrchr(to, '/') + 1, err);
	if (rc == -1 && file_exists(dir, name))
		names_back(dir, strrchr(to, '/') + 1, r->arena);
	/* The database first: without its mails it is of no use, and with a new one's it would be wrong. */
	for (size_t i = 0; rc == 0 && i < ENDS; i++)
		rc = file_remove(dir, arena_printf(r->arena, "%s%s", name, ends[i]), err);
	close(dir);
	return rc;
}

static int
move_aside(struct restore *r, struct err *err)
{
	if (file_make_dir(r->aside, 0700, err) == -1 || database_aside(r, err) == -1)
		return -1;
	if (r->alone && restore_spool(r->arena, r->config->spool, r->aside, r->taken, err) == -1)
		return -1;
	for (size_t i = 0; !r->alone && i < FOLDERS; i++)
		if (move(r, arena_printf(r->arena, "%s/%s", r->config->spool, folders[i]), arena_printf(r->arena, "%s/%s", r->aside, folders[i]),
		    err) == -1)
			return -1;
	return move(r, arena_printf(r->arena, "%s/" JOURNAL_HEAD, r->config->spool), arena_printf(r->arena, "%s/" JOURNAL_HEAD,
	    r->aside), err);
}

static int
move_in(struct restore *r, struct err *err)
{
	const char *beside, *name;
	int from = -1, to = -1, rc = 0;
	char hex[65];
	uint64_t size;

	for (size_t i = 0; rc == 0 && i < FOLDERS; i++)
		rc = move(r, arena_printf(r->arena, "%s/%s", r->part, folders[i]), arena_printf(r->arena, "%s/%s", r->config->spool,
		    folders[i]), err);
	if (rc == 0)
		rc = file_sync_dir(r->spool, err);
	if (rc == 0)
		rc = file_open_dir(r->part, &from, err);
	if (rc == 0)
		rc = open_folder_of(r, r->config->database, &to, &name, err);
	beside = rc == 0 ? arena_printf(r->arena, "%s.restoring", name) : NULL;
	/* The database may lie on another disk than the spool. */
	if (rc == 0)
		rc = file_remove(to, beside, err);
	if (rc == 0)
		rc = file_copy_hashed(from, BACKUP_DATABASE, to, beside, hex, &size, err);
	if (rc == 0)
		rc = file_rename(to, beside, to, name, err);
	if (rc == 0)
		rc = file_remove(from, BACKUP_DATABASE, err);
	if (rc == 0)
		file_remove_tree(r->part);
	if (from != -1)
		close(from);
	if (to != -1)
		close(to);
	return rc;
}

/* ---- All of it */

/* A copy that an upgrade left is a file: SQLite says whether it is whole, and its own time when it was made. */
static int
look_at_copy(struct restore *r, const struct stat *st, struct err *err)
{
	const char *why;
	bool whole;

	r->taken = (instant)st->st_mtime;
	if (store_check_whole(r->from, &whole, &why, r->arena, err) == -1)
		return -1;
	return whole ? 0 : err_set(err, ERR_CONFIG, "%s is no whole database: %s", r->from, why);
}

static int
when_taken(struct restore *r, struct err *err)
{
	struct buf text = BUF_INIT;
	int dir = -1, rc = file_open_dir(r->from, &dir, err);

	if (rc == 0)
		rc = file_read(dir, BACKUP_TAKEN, 100, &text, err);
	if (rc == 0 && !instant_parse_iso(str_trim(r->arena, buf_text(&text)), &r->taken))
		rc = err_set(err, ERR_CONFIG, "%s/" BACKUP_TAKEN " is no time", r->from);
	buf_free(&text);
	if (dir != -1)
		close(dir);
	return rc;
}

static int
restore(struct restore *r, struct err *err)
{
	const char *wrong = NULL;
	struct stat st;

	r->alone = stat(r->from, &st) == 0 && S_ISREG(st.st_mode);
	if (r->alone ? look_at_copy(r, &st, err) == -1 : backup_verify(r->arena, r->from, &wrong, err) == -1)
		return -1;
	if (wrong != NULL)
		return err_set(err, ERR_CONFIG, "the backup is damaged: %s is missing or is not what it was; take another one", wrong);
	if ((!r->alone && when_taken(r, err) == -1) || file_open_dir(r->config->spool, &r->spool, err) == -1 || copy_all(r, err) == -1 ||
	    move_aside(r, err) == -1)
		return -1;
	return move_in(r, err);
}

/* A restore that was broken off within this second has put the store itself aside under its name. */
static const char *
free_aside(struct arena *arena, const struct config *config, instant now)
{
	for (;; now++) {
		const char *name = arena_printf(arena, BEFORE_RESTORE "%lld", (long long)now);
		const char *folder = arena_printf(arena, "%s/%s", config->spool, name);

		if (access(folder, F_OK) == -1 && access(arena_printf(arena, "%s.%s", config->database, name), F_OK) == -1)
			return folder;
	}
}

int
ctl_restore(struct arena *arena, const struct config *config, int argc, char **argv)
{
	struct restore r = { .arena = arena, .config = config, .spool = -1 };
	struct buf out = BUF_INIT;
	struct err err;
	bool json;
	int lock, rc;

	json = live_word(&argc, argv, "--json");
	if (argc != 3 || strcmp(argv[1], "--from") != 0)
		return ctl_usage("restore");
	r.from = argv[2];
	r.part = arena_printf(arena, "%s/" RESTORING, config->spool);
	if (lock_take(config->spool, LOCK_WAIT_MS, &lock, &err) == -1)
		return ctl_fail(1, "%s%s", err.text, err.scope == ERR_RETRY ? "; stop the daemon first: systemctl stop adviced" : "");
	r.aside = free_aside(arena, config, clock_wall());
	rc = restore(&r, &err);
	if (r.spool != -1)
		close(r.spool);
	close(lock);
	if (rc == -1)
		return ctl_fail(1, "%s", err.text);
	if (json) {
		json_open(&out, NULL, '{');
		json_str(&out, "restored-from", r.from);
		json_str(&out, "as-it-was", instant_iso(arena, r.taken));
		json_str(&out, "aside", r.aside);
		json_close(&out, '}');
		puts(buf_text(&out));
		buf_free(&out);
		return 0;
	}
	printf("restored, as it was on %s %02d:%02d. What was there before lies in\n  %s\nand beside the database. "
	    "Now start the daemon. It takes in mail, and sends nothing until you have\nlooked through what it would send: advicectl "
	    "restored\n%s What was erased since must be erased again.\n",
	    date_words(arena, instant_date(r.taken)), instant_minute(r.taken) / 60, instant_minute(r.taken) % 60, r.aside, r.alone ?
	    "Mail that came since is still in the spool, and is decided anew." :
	    "Mail that came since is in the folder \"Processed\" of the mailbox: put what came after that time back into\n"
	    "the inbox; what is known already has no second effect.");
	return 0;
}
