/*
 * What a power cut leaves of the spool.  Its files lie in a folder of ours and
 * are real; what was done to their names since the folder was last synced, and
 * what was written into them since they were, is remembered, and a cut takes
 * any of it back.  A rename is one step, as journalling file systems have it:
 * afterwards the file has the one name or the other.  After a minute the
 * system has written everything by itself.
 * The daemon's calls of openat(), renameat(), unlinkat() and fsync() end here
 * (--wrap).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "torture.h"

#define FOLDERS_MAX	512

struct place {				/* a name in a folder; 0: none */
	ino_t	 folder;
	char	 name[128];
};

struct change {				/* of names */
	struct change	*before;
	ino_t		 file, replaced;	/* replaced: what had the name before; it lies in the grave */
	struct place	 from, to;
	bool		 kept, durable;
};

struct unsynced {			/* a file whose content may be lost */
	struct unsynced	*next;
	ino_t		 file;
	struct place	 at;
};

static struct { ino_t inode; char path[400]; } folders[FOLDERS_MAX];
static struct change *changes;
static struct unsynced *unsynced;
static char grave[400];

int	__real_openat(int dir, const char *name, int flags, ...);
int	__wrap_openat(int dir, const char *name, int flags, ...);
int	__real_renameat(int from_dir, const char *from, int to_dir, const char *to);
int	__wrap_renameat(int from_dir, const char *from, int to_dir, const char *to);
int	__real_unlinkat(int dir, const char *name, int flags);
int	__wrap_unlinkat(int dir, const char *name, int flags);
int	__real_fsync(int fd);
int	__wrap_fsync(int fd);

/* ---- Where things are */

static ino_t
folder_of(int dir)
{
	struct stat st;
	char link[40];
	ssize_t len;
	int i;

	if (grave[0] == '\0' || fstat(dir, &st) == -1)
		return 0;
	for (i = 0; i < FOLDERS_MAX && folders[i].inode != 0; i++)
		if (folders[i].inode == st.st_ino)
			return st.st_ino;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	if (i == FOLDERS_MAX || (len = readlink(link, folders[i].path, sizeof(folders[i].path) - 1)) <= 0)
		abort();
	folders[i].path[len] = '\0';
	return folders[i].inode = st.st_ino;
}

static const char *
path_of(const struct place *place, char path[600])
{
	int i = 0;

	while (i < FOLDERS_MAX - 1 && place->folder != 1 && folders[i].inode != place->folder)
		i++;
	snprintf(path, 600, "%s/%s", place->folder == 1 ? grave : folders[i].path, place->name);
	return path;
}

static struct place
named(ino_t folder, const char *name)
{
	struct place place = { .folder = folder };

	snprintf(place.name, sizeof(place.name), "%s", name);
	return place;
}

/* Where a file lies whose name is gone, for as long as it may come back. */
static struct place
in_grave(ino_t file)
{
	char name[32];

	snprintf(name, sizeof(name), "%llu", (unsigned long long)file);
	return named(1, name);
}

static bool
same(const struct place *a, const struct place *b)
{
	return a->folder != 0 && a->folder == b->folder && strcmp(a->name, b->name) == 0;
}

static ino_t
inode_at(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) ? st.st_ino : 0;
}

/* ---- Remembering */

static struct change *
remember(ino_t file, struct place from, struct place to)
{
	struct change *change = x_calloc(1, sizeof(*change));

	*change = (struct change){ .before = changes, .file = file, .from = from, .to = to };
	changes = change;
	for (struct unsynced *one = unsynced; one != NULL; one = one->next)
		if (one->file == file && to.folder != 0)
			one->at = to;
	return change;
}

static void
content_unsynced(ino_t file, struct place at)
{
	struct unsynced *one;

	for (one = unsynced; one != NULL; one = one->next)
		if (one->file == file)
			return;
	one = x_calloc(1, sizeof(*one));
	*one = (struct unsynced){ unsynced, file, at };
	unsynced = one;
}

static void
content_synced(ino_t file)
{
	for (struct unsynced **link = &unsynced; *link != NULL; link = &(*link)->next)
		if ((*link)->file == file) {
			struct unsynced *gone = *link;

			*link = gone->next;
			free(gone);
			return;
		}
}

static void
bury(const struct change *change)
{
	struct place place = in_grave(change->to.folder == 0 ? change->file : change->replaced);
	char path[600];

	if (change->to.folder == 0 || change->replaced != 0)
		unlink(path_of(&place, path));
}

static bool
one_rests_on(const struct change *later, const struct change *earlier)
{
	return later->file == earlier->file || (later->replaced != 0 && later->replaced == earlier->file) ||
	    same(&later->from, &earlier->from) || same(&later->from, &earlier->to) || same(&later->to, &earlier->from) ||
	    same(&later->to, &earlier->to);
}

/* What happened in this folder is there for good, and what it rests on. */
static void
folder_synced(ino_t folder)
{
	struct change **link = &changes;

	for (struct change *change = changes; change != NULL; change = change->before) {
		change->durable = change->from.folder == folder || change->to.folder == folder;
		for (struct change *later = changes; later != change && !change->durable; later = later->before)
			change->durable = later->durable && one_rests_on(later, change);
	}
	while (*link != NULL) {
		struct change *change = *link;

		if (!change->durable) {
			link = &change->before;
			continue;
		}
		*link = change->before;
		bury(change);
		free(change);
	}
}

void
spool_written_back(void)
{
	while (changes != NULL) {
		struct change *change = changes;

		changes = change->before;
		bury(change);
		free(change);
	}
	while (unsynced != NULL)
		content_synced(unsynced->file);
}

/* ---- In place of the system's */

int
__wrap_openat(int dir, const char *name, int flags, ...)
{
	ino_t folder = 0, was = 0;
	mode_t mode = 0;
	int fd;

	if (flags & O_CREAT) {
		va_list arguments;

		va_start(arguments, flags);
		mode = va_arg(arguments, mode_t);
		va_end(arguments);
		folder = folder_of(dir);
		was = inode_at(dir, name);
	}
	fd = __real_openat(dir, name, flags, mode);
	if (fd != -1 && folder != 0) {
		ino_t file = inode_at(dir, name);

		if (was == 0)
			remember(file, named(0, ""), named(folder, name));
		if (was == 0 || (flags & O_TRUNC))
			content_unsynced(file, named(folder, name));
	}
	return fd;
}

/* A folder has another name, and what lies in it another path.  That is there at once. */
static void
folder_renamed(ino_t from_folder, const char *from, ino_t to_folder, const char *to)
{
	struct place was = named(from_folder, from), is = named(to_folder, to);
	char old[600], new[600], rest[400];
	size_t len;

	path_of(&is, new);
	len = strlen(path_of(&was, old));
	for (int i = 0; i < FOLDERS_MAX; i++) {
		if (strncmp(folders[i].path, old, len) != 0 || (folders[i].path[len] != '/' && folders[i].path[len] != '\0'))
			continue;
		snprintf(rest, sizeof(rest), "%s", folders[i].path + len);
		snprintf(folders[i].path, sizeof(folders[i].path), "%.200s%.190s", new, rest);
	}
}

int
__wrap_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	ino_t from_folder = folder_of(from_dir), to_folder = folder_of(to_dir);
	ino_t file = inode_at(from_dir, from), replaced = inode_at(to_dir, to);
	struct place kept = in_grave(replaced);
	char path[600];

	if (from_folder != 0 && file != 0 && replaced != 0 && linkat(to_dir, to, AT_FDCWD, path_of(&kept, path), 0) == -1)
		abort();
	if (__real_renameat(from_dir, from, to_dir, to) == -1)
		return -1;
	if (from_folder != 0 && file != 0)
		remember(file, named(from_folder, from), named(to_folder, to))->replaced = replaced;
	else if (from_folder != 0)
		folder_renamed(from_folder, from, to_folder, to);
	return 0;
}

int
__wrap_unlinkat(int dir, const char *name, int flags)
{
	ino_t folder = folder_of(dir), file = inode_at(dir, name);
	struct place kept = in_grave(file);
	char path[600];

	if (folder == 0 || file == 0)
		return __real_unlinkat(dir, name, flags);
	if (__real_renameat(dir, name, AT_FDCWD, path_of(&kept, path)) == -1)
		abort();
	for (struct unsynced *one = unsynced; one != NULL; one = one->next)
		if (one->file == file)
			one->at = kept;
	remember(file, named(folder, name), named(0, ""));
	return 0;
}

int
__wrap_fsync(int fd)
{
	struct stat st;

	if (grave[0] == '\0')
		return __real_fsync(fd);
	if (fstat(fd, &st) == -1)
		return -1;
	if (S_ISDIR(st.st_mode))
		folder_synced(st.st_ino);
	else
		content_synced(st.st_ino);
	return 0;			/* in memory, all of it */
}

/* ---- The cut */

static unsigned
contents_cut(struct chance *chance, unsigned percent)
{
	unsigned n = 0;

	for (struct unsynced *one = unsynced; one != NULL; one = one->next) {
		struct stat st;
		char path[600];

		if (stat(path_of(&one->at, path), &st) == -1 || st.st_ino != one->file || !chance_percent(chance, percent))
			continue;
		if (truncate(path, chance_percent(chance, 50) ? 0 : chance_below(chance, (unsigned)st.st_size + 1)) == -1)
			abort();
		n++;
	}
	return n;
}

static bool
hidden(const struct change *change)
{
	for (const struct change *later = changes; later != change; later = later->before)
		if (later->kept && one_rests_on(later, change))
			return true;
	return false;
}

static void
take_back(const struct change *change)
{
	struct place from_grave = in_grave(change->to.folder == 0 ? change->file : change->replaced);
	char from[600], to[600];

	if (change->from.folder == 0)
		unlink(path_of(&change->to, to));
	else if (change->to.folder == 0)
		rename(path_of(&from_grave, from), path_of(&change->from, to));
	else {
		rename(path_of(&change->to, to), path_of(&change->from, from));
		if (change->replaced != 0)
			rename(path_of(&from_grave, from), path_of(&change->to, to));
	}
}

unsigned
spool_power_cut(struct chance *chance)
{
	unsigned percent = chance_percent(chance, 40) ? 100 : 20 + chance_below(chance, 70), n = contents_cut(chance, percent);

	for (struct change *change = changes; change != NULL; change = change->before) {
		change->kept = !chance_percent(chance, percent) || hidden(change);
		if (change->kept)
			continue;
		take_back(change);
		n++;
	}
	spool_written_back();
	return n;
}

/* ---- Before a life */

static void
clear(const char *path)
{
	struct dirent *entry;
	DIR *dir = opendir(path);

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			__real_unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
}

void
spool_clear(const char *place)
{
	static const char *const inside[] = { "tmp", "new", "cur", "archive", "bad", "docs", "out", "sent" };
	char path[600];

	snprintf(grave, sizeof(grave), "%.300s/grave", place);
	mkdir(grave, 0700);
	clear(grave);
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
		snprintf(path, sizeof(path), "%s/spool/%s", place, inside[i]);
		clear(path);
	}
	snprintf(path, sizeof(path), "%s/spool/journal-head", place);
	unlink(path);
	snprintf(path, sizeof(path), "%s/backups", place);
	file_remove_tree(path);
	spool_written_back();
}
