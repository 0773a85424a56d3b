/*
 * Making a backup, step by step: first the database, which works on meanwhile;
 * in the moment in which its copy is complete, the names of all files in the
 * spool; then those, wherever they have gone to since.  Nothing is erased
 * while a backup is made (role/core_keep.c).
 * Run by core, and by advicectl where no daemon runs.
 * Invariant: a folder without ".part" behind its name is whole and durable.
 * Fails: ERR_RETRY for a failing disk, ERR_CONFIG where nothing may be written.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ctl/backup.h"

#define PAGES_A_STEP	512
#define FILES_A_STEP	32
#define BYTES_A_STEP	(8u * 1024 * 1024)
#define DEPTH_MOST	8
#define MANIFEST_MOST	((size_t)1 << 30)	/* some ten million files */

static const char readme[] =
	"A backup of adviced: the database (adviced.db), the mails that it accounts for and\n"
	"the rules in force (spool). It holds personal data about children: keep it as safe\n"
	"as the original, and no longer than you may keep what is in it.\n"
	"\n"
	"Is it whole?   cd into this folder and say: sha256sum --quiet -c MANIFEST\n"
	"To restore:    stop the daemon, then say, as its user:\n"
	"                   advicectl -c /etc/adviced/adviced.cfg restore --from THIS-FOLDER\n"
	"               What is there by then is moved aside, not overwritten. Start the\n"
	"               daemon; it sends nothing until you have looked through what it\n"
	"               would send, and have said: advicectl restored\n";

struct entry {			/* a file of the spool, by its folder below it */
	const char	*folder, *name;
};

struct backup {
	struct arena		*arena;
	const struct config	*config;
	struct store_copy	*copy;		/* NULL: the database is done */
	const char		*part, *place;	/* the folder until it is whole, and then */
	int			 to;		/* that folder */
	struct entry		*entries;
	size_t			 count, next, gone;
	uint64_t		 pages;		/* of the database, so far */
	struct buf		 manifest;
	instant			 taken;
	bool			 placed;
};

/* ---- Beginning */

static const char *
name_of(struct arena *arena, const char *folder, instant now, int attempt)
{
	int minute = instant_minute(now);
	const char *name = arena_printf(arena, "%s/adviced-%s-%02d%02d", folder, date_iso(arena, instant_date(now)), minute / 60,
	    minute % 60);

	return attempt == 0 ? name : arena_printf(arena, "%s-%d", name, attempt + 1);
}

static void
place_find(struct backup *backup, const char *folder, instant now)
{
	int attempt = 0;

	do {
		backup->place = name_of(backup->arena, folder, now, attempt++);
		backup->part = arena_printf(backup->arena, "%s.part", backup->place);
	} while (access(backup->place, F_OK) == 0 || access(backup->part, F_OK) == 0);
}

/* A backup that was broken off is nobody's, and holds personal data; on one that is being made its maker has a lock. */
static int
broken_off_remove(struct backup *backup, const char *folder, struct err *err)
{
	struct strs names = { NULL, 0 };
	int dir, part, rc;

	if (file_open_dir(folder, &dir, err) == -1)
		return -1;
	rc = file_list(backup->arena, dir, &names, err);
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		if (!str_starts(names.v[i], "adviced-") || !str_ends_nocase(names.v[i], ".part"))
			continue;
		part = openat(dir, names.v[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (part == -1)
			continue;
		if (flock(part, LOCK_EX | LOCK_NB) == 0)
			file_remove_tree(arena_printf(backup->arena, "%s/%s", folder, names.v[i]));
		close(part);
	}
	close(dir);
	return rc;
}

/* The lock says that it is being made; a folder that knows no locks is not cleared up after us. */
static int
part_make(struct backup *backup, struct err *err)
{
	if (file_make_dir(backup->part, 0700, err) == -1 || file_open_dir(backup->part, &backup->to, err) == -1)
		return -1;
	(void)flock(backup->to, LOCK_EX | LOCK_NB);
	return 0;
}

int
backup_begin(struct store *store, const struct config *config, const char *to, instant now, struct backup **backup_r,
    struct err *err)
{
	struct backup *backup = x_calloc(1, sizeof(*backup));
	const char *folder = to != NULL ? to : config->backups;

	*backup_r = backup;
	backup->arena = arena_new();
	backup->config = config;
	backup->to = -1;
	backup->taken = now;
	if (file_make_dir(folder, 0700, err) == -1 || broken_off_remove(backup, folder, err) == -1) {
		backup_end(backup_r);
		return -1;
	}
	place_find(backup, folder, now);
	if (part_make(backup, err) == 0 &&
	    store_copy_begin(store, arena_printf(backup->arena, "%s/" BACKUP_DATABASE, backup->part), &backup->copy, err) == 0)
		return 0;
	backup_end(backup_r);
	return -1;
}

/* ---- What lies in the spool */

static int
list(struct backup *backup, const char *folder, int depth, struct err *err)
{
	const char *path = arena_printf(backup->arena, "%s/%s", backup->config->spool, folder);
	struct strs names = { NULL, 0 };
	struct stat st;
	int dir = -1, rc = 0;

	if (access(path, F_OK) == -1)
		return 0;
	if (file_open_dir(path, &dir, err) == -1)
		return -1;
	rc = file_list(backup->arena, dir, &names, err);
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		if (fstatat(dir, names.v[i], &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MOST)
			rc = list(backup, arena_printf(backup->arena, "%s/%s", folder, names.v[i]), depth + 1, err);
		else if (S_ISREG(st.st_mode))
			*arena_push(backup->arena, backup->entries, backup->count) = (struct entry){ folder, names.v[i] };
	}
	close(dir);
	return rc;
}

static int
list_all(struct backup *backup, struct err *err)
{
	static const char *const folders[] = { "new", "cur", "archive", "bad", "docs", "out", "sent", "rules" };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (list(backup, folders[i], 0, err) == -1)
			return -1;
	return 0;
}

/* ---- Its files, one by one */

static void
manifest_add(struct backup *backup, const char *hex, const char *path)
{
	buf_printf(&backup->manifest, "%s  %s\n", hex, path);
}

/* Where the file lies: in its folder, or where mails of that folder go next; -1 in *dir_r: nowhere any more. */
static int
folder_now(const struct backup *backup, struct arena *arena, const struct entry *entry, int *dir_r, struct err *err)
{
	static const struct { const char *from, *to; } ways[] = {
		{ "new", "cur" }, { "new", "archive" }, { "new", "bad" }, { "cur", "archive" }, { "cur", "bad" }, { "bad", "new" },
		{ "bad", "cur" }, { "bad", "archive" }, { "out", "sent" }, { "sent", "out" },
	};
	const char *spool = backup->config->spool, *folder = entry->folder;

	*dir_r = -1;
	for (size_t i = 0; access(arena_printf(arena, "%s/%s/%s", spool, folder, entry->name), F_OK) == -1; i++) {
		if (errno != ENOENT)
			return err_errno(err, ERR_RETRY, "%s/%s", folder, entry->name);
		while (i < sizeof(ways) / sizeof(ways[0]) && strcmp(ways[i].from, entry->folder) != 0)
			i++;
		if (i >= sizeof(ways) / sizeof(ways[0]))
			return 0;
		folder = ways[i].to;
	}
	return file_open_dir(arena_printf(arena, "%s/%s", spool, folder), dir_r, err);
}

static int
file_take(struct backup *backup, const struct entry *entry, uint64_t *size_r, struct err *err)
{
	struct arena *arena = arena_new();
	const char *below = arena_printf(arena, "spool/%s", entry->folder);
	char hex[65];
	int from, to = -1, rc = folder_now(backup, arena, entry, &from, err);

	*size_r = 0;
	if (from == -1) {		/* a mail of ours that was not to stay, or documents of a repeat */
		backup->gone += rc == 0;
		arena_free(&arena);
		return rc;
	}
	rc = file_make_dir(arena_printf(arena, "%s/%s", backup->part, below), 0700, err);
	if (rc == 0)
		rc = file_open_dir(arena_printf(arena, "%s/%s", backup->part, below), &to, err);
	if (rc == 0)
		rc = file_copy_hashed(from, entry->name, to, entry->name, hex, size_r, err);
	if (rc == 0)
		manifest_add(backup, hex, arena_printf(arena, "%s/%s", below, entry->name));
	if (to != -1)
		close(to);
	close(from);
	arena_free(&arena);
	return rc;
}

/* The names of a folder's files are durable when its last one is taken. */
static int
folders_sync(struct backup *backup, struct err *err)
{
	int dir, rc = 0;

	for (size_t i = 0; rc == 0 && i < backup->count; i++) {
		if (i > 0 && strcmp(backup->entries[i].folder, backup->entries[i - 1].folder) == 0)
			continue;
		if (file_open_dir(arena_printf(backup->arena, "%s/spool/%s", backup->part, backup->entries[i].folder), &dir, NULL) == -1)
			continue;	/* nothing of it was there any more */
		rc = file_sync_dir(dir, err);
		close(dir);
	}
	return rc;
}

static int
note_taken(struct backup *backup, struct err *err)
{
	const char *text = arena_printf(backup->arena, "%s\n", instant_iso(backup->arena, backup->taken));
	char hex[65];

	sha256_hex(text, strlen(text), hex);
	manifest_add(backup, hex, BACKUP_TAKEN);
	return file_replace(backup->to, BACKUP_TAKEN, text, strlen(text), err);
}

static int
finish(struct backup *backup, struct err *err)
{
	char *folder = arena_strdup(backup->arena, backup->place), *name = strrchr(folder, '/');
	int dir = -1, rc = -1;

	*name++ = '\0';
	if (folders_sync(backup, err) == -1 || note_taken(backup, err) == -1 ||
	    file_replace(backup->to, "README", readme, sizeof(readme) - 1, err) == -1 ||
	    file_replace(backup->to, BACKUP_MANIFEST, buf_text(&backup->manifest), backup->manifest.len, err) == -1 ||
	    file_open_dir(folder[0] == '\0' ? "/" : folder, &dir, err) == -1)
		return -1;
	if (file_rename(dir, arena_printf(backup->arena, "%s.part", name), dir, name, err) == 0) {
		backup->placed = true;
		rc = 0;
	}
	close(dir);
	return rc;
}

static int
database_done(struct backup *backup, struct err *err)
{
	char hex[65];
	int fd, rc;

	store_copy_end(&backup->copy);
	fd = openat(backup->to, BACKUP_DATABASE, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return err_errno(err, ERR_RETRY, "the copy of the database");
	rc = sha256_hex_fd(fd, hex, err);
	close(fd);
	if (rc == 0)
		manifest_add(backup, hex, BACKUP_DATABASE);
	return rc;
}

int
backup_step(struct backup *backup, bool *done_r, struct err *err)
{
	uint64_t bytes = 0, size;
	bool whole;

	*done_r = false;
	if (backup->copy != NULL) {
		if (store_copy_step(backup->copy, PAGES_A_STEP, &whole, err) == -1)
			return -1;
		backup->pages += PAGES_A_STEP;
		return !whole ? 0 : database_done(backup, err) == -1 || list_all(backup, err) == -1 ? -1 : 0;
	}
	for (int i = 0; i < FILES_A_STEP && bytes < BYTES_A_STEP && backup->next < backup->count; i++) {
		if (file_take(backup, &backup->entries[backup->next], &size, err) == -1)
			return -1;
		backup->next++;
		bytes += size;
	}
	if (backup->next < backup->count)
		return 0;
	*done_r = true;
	return finish(backup, err);
}

const char *
backup_place(const struct backup *backup)
{
	return backup->place;
}

const char *
backup_progress(const struct backup *backup, uint64_t *done_r, uint64_t *all_r)
{
	*done_r = backup->copy != NULL ? backup->pages : backup->next;
	*all_r = backup->copy != NULL ? 0 : backup->count;
	return backup->copy != NULL ? "copying the database, pages" : "copying the spool, files";
}

size_t
backup_files(const struct backup *backup)
{
	return backup->count - backup->gone;
}

void
backup_end(struct backup **backupp)
{
	struct backup *backup = *backupp;

	if (backup == NULL)
		return;
	store_copy_end(&backup->copy);
	if (backup->to != -1)
		close(backup->to);
	if (!backup->placed && backup->part != NULL)
		file_remove_tree(backup->part);
	buf_free(&backup->manifest);
	arena_free(&backup->arena);
	free(backup);
	*backupp = NULL;
}

/* ---- Is it whole? */

static bool
hash_is(int dir, const char *path, const char *hash)
{
	char hex[65] = "";
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool same = fd != -1 && sha256_hex_fd(fd, hex, NULL) == 0 && strcmp(hex, hash) == 0;

	if (fd != -1)
		close(fd);
	return same;
}

int
backup_verify(struct arena *arena, const char *folder, const char **wrong_r, struct err *err)
{
	struct buf manifest = BUF_INIT;
	char *line, *next;
	int dir = -1;
	bool database = false;

	*wrong_r = NULL;
	if (file_open_dir(folder, &dir, err) == -1)
		return -1;
	if (file_read(dir, BACKUP_MANIFEST, MANIFEST_MOST, &manifest, err) == -1) {
		close(dir);
		buf_free(&manifest);
		return err_wrap(err, "%s is no whole backup", folder);
	}
	for (line = arena_strdup(arena, buf_text(&manifest)); *line != '\0' && *wrong_r == NULL; line = next) {
		next = line + strcspn(line, "\n");
		if (*next != '\0')
			*next++ = '\0';
		if (strlen(line) < 67 || strncmp(line + 64, "  ", 2) != 0 || strstr(line, "..") != NULL || line[66] == '/') {
			*wrong_r = "a line of MANIFEST";
			break;
		}
		line[64] = '\0';
		database |= strcmp(line + 66, BACKUP_DATABASE) == 0;
		if (!hash_is(dir, line + 66, line))
			*wrong_r = line + 66;
	}
	if (!database && *wrong_r == NULL)
		*wrong_r = BACKUP_DATABASE;
	close(dir);
	buf_free(&manifest);
	return 0;
}
