/*
 * The disk.  SQLite's files lie in memory, so that a life of weeks takes
 * milliseconds; what was written since the last sync is remembered, and a
 * power cut takes any of it back, or half of it.  step() is the hook at which
 * the process ends or the disk fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "torture.h"

#define FILES_MAX	6

struct undo {				/* of one write or truncate that was not synced */
	struct undo	*before;
	int64_t		 offset;
	size_t		 written, len;	/* of it; of what lay there before */
	size_t		 size;		/* of the file before */
	bool		 kept;
	unsigned char	 data[];
};

struct memory_file {
	char		 name[256];
	bool		 there;
	unsigned char	*data;
	size_t		 size, room;
	struct undo	*undo;
};

static struct memory_file files[FILES_MAX];

struct handle {
	sqlite3_file		 base;
	struct memory_file	*file;
};

/* Shared memory of the log: gone with the process. */
static void *shared[16];

static struct memory_file *
find(const char *name, bool make)
{
	struct memory_file *unused = NULL;

	for (int i = 0; i < FILES_MAX; i++) {
		if (files[i].name[0] != '\0' && strcmp(files[i].name, name) == 0)
			return files[i].there || make ? &files[i] : NULL;
		if (files[i].name[0] == '\0' && unused == NULL)
			unused = &files[i];
	}
	if (!make || unused == NULL)
		return NULL;
	snprintf(unused->name, sizeof(unused->name), "%s", name);
	return unused;
}

static void
make_room(struct memory_file *file, size_t size)
{
	if (size > file->room) {
		file->room = size * 2 < 65536 ? 65536 : size * 2;
		file->data = realloc(file->data, file->room);
		if (file->data == NULL)
			abort();
	}
	if (size > file->size)
		memset(file->data + file->size, 0, size - file->size);
}

static void
remember(struct memory_file *file, int64_t offset, size_t len)
{
	size_t there = (size_t)offset >= file->size ? 0 : file->size - (size_t)offset < len ? file->size - (size_t)offset : len;
	struct undo *undo = malloc(sizeof(*undo) + there);

	if (undo == NULL)
		abort();
	*undo = (struct undo){ .before = file->undo, .offset = offset, .written = len, .len = there, .size = file->size };
	memcpy(undo->data, file->data + offset, there);
	file->undo = undo;
}

static void
forget(struct memory_file *file)
{
	while (file->undo != NULL) {
		struct undo *before = file->undo->before;

		free(file->undo);
		file->undo = before;
	}
}

/* ---- SQLite's side */

static int
memory_close(sqlite3_file *base)
{
	(void)base;
	return SQLITE_OK;
}

static int
memory_read(sqlite3_file *base, void *data, int len, sqlite3_int64 offset)
{
	struct memory_file *file = ((struct handle *)(void *)base)->file;
	size_t there = (size_t)offset >= file->size ? 0 : file->size - (size_t)offset;

	if (there >= (size_t)len) {
		memcpy(data, file->data + offset, (size_t)len);
		return SQLITE_OK;
	}
	if (there > 0)
		memcpy(data, file->data + offset, there);
	memset((char *)data + there, 0, (size_t)len - there);
	return SQLITE_IOERR_SHORT_READ;
}

static int
memory_write(sqlite3_file *base, const void *data, int len, sqlite3_int64 offset)
{
	struct memory_file *file = ((struct handle *)(void *)base)->file;
	size_t end = (size_t)offset + (size_t)len;

	make_room(file, end);
	remember(file, offset, (size_t)len);
	memcpy(file->data + offset, data, (size_t)len);
	if (end > file->size)
		file->size = end;
	return SQLITE_OK;
}

static int
memory_truncate(sqlite3_file *base, sqlite3_int64 size)
{
	struct memory_file *file = ((struct handle *)(void *)base)->file;

	if ((size_t)size < file->size) {
		remember(file, size, file->size - (size_t)size);
		file->size = (size_t)size;
	}
	return SQLITE_OK;
}

static int
memory_sync(sqlite3_file *base, int flags)
{
	(void)flags;
	forget(((struct handle *)(void *)base)->file);
	return SQLITE_OK;
}

static int
memory_size(sqlite3_file *base, sqlite3_int64 *size_r)
{
	*size_r = (sqlite3_int64)((struct handle *)(void *)base)->file->size;
	return SQLITE_OK;
}

static int
memory_lock(sqlite3_file *base, int lock)
{
	(void)base;
	(void)lock;
	return SQLITE_OK;
}

static int
memory_reserved(sqlite3_file *base, int *held_r)
{
	(void)base;
	*held_r = 0;
	return SQLITE_OK;
}

static int
memory_control(sqlite3_file *base, int op, void *arg)
{
	(void)base;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int
memory_sector(sqlite3_file *base)
{
	(void)base;
	return 4096;
}

static int
memory_traits(sqlite3_file *base)
{
	(void)base;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int
memory_shm_map(sqlite3_file *base, int page, int size, int extend, void volatile **memory_r)
{
	(void)base;
	if (page >= 16)
		return SQLITE_NOMEM;
	if (shared[page] == NULL && extend)
		shared[page] = x_calloc(1, (size_t)size);
	*memory_r = shared[page];
	return SQLITE_OK;
}

static int
memory_shm_lock(sqlite3_file *base, int offset, int count, int flags)
{
	(void)base;
	(void)offset;
	(void)count;
	(void)flags;
	return SQLITE_OK;
}

static void
memory_shm_barrier(sqlite3_file *base)
{
	(void)base;
}

static int
memory_shm_unmap(sqlite3_file *base, int remove)
{
	(void)base;
	for (int i = 0; remove && i < 16; i++) {
		free(shared[i]);
		shared[i] = NULL;
	}
	return SQLITE_OK;
}

static int
memory_fetch(sqlite3_file *base, sqlite3_int64 offset, int len, void **memory_r)
{
	(void)base;
	(void)offset;
	(void)len;
	*memory_r = NULL;
	return SQLITE_OK;
}

static int
memory_unfetch(sqlite3_file *base, sqlite3_int64 offset, void *memory)
{
	(void)base;
	(void)offset;
	(void)memory;
	return SQLITE_OK;
}

static const sqlite3_io_methods memory_methods = {
	3, memory_close, memory_read, memory_write, memory_truncate, memory_sync, memory_size, memory_lock, memory_lock,
	memory_reserved, memory_control, memory_sector, memory_traits, memory_shm_map, memory_shm_lock, memory_shm_barrier,
	memory_shm_unmap, memory_fetch, memory_unfetch,
};

/* Copies of the store are files like others, for they are read as such. */
static sqlite3_vfs *real_vfs;

static bool
is_copy(const char *name)
{
	return name != NULL && strstr(name, "/backups/") != NULL;
}

static int
memory_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *base, int flags, int *flags_r)
{
	struct handle *handle = (struct handle *)(void *)base;

	(void)vfs;
	if (is_copy(name))
		return real_vfs->xOpen(real_vfs, name, base, flags, flags_r);
	base->pMethods = NULL;
	handle->file = find(name == NULL ? "(temporary)" : name, (flags & SQLITE_OPEN_CREATE) != 0);
	if (handle->file == NULL)
		return SQLITE_CANTOPEN;
	if (name == NULL || !handle->file->there)
		handle->file->size = 0;
	handle->file->there = true;
	base->pMethods = &memory_methods;
	if (flags_r != NULL)
		*flags_r = flags;
	return SQLITE_OK;
}

static int
memory_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	struct memory_file *file = find(name, false);

	(void)vfs;
	if (is_copy(name))
		return real_vfs->xDelete(real_vfs, name, sync_dir);
	if (file == NULL)
		return SQLITE_IOERR_DELETE_NOENT;
	forget(file);
	file->there = false;
	file->size = 0;
	return SQLITE_OK;
}

static int
memory_access(sqlite3_vfs *vfs, const char *name, int flags, int *there_r)
{
	(void)vfs;
	if (is_copy(name))
		return real_vfs->xAccess(real_vfs, name, flags, there_r);
	*there_r = find(name, false) != NULL;
	return SQLITE_OK;
}

static int
memory_path(sqlite3_vfs *vfs, const char *name, int size, char *path_r)
{
	(void)vfs;
	snprintf(path_r, (size_t)size, "%s", name);
	return SQLITE_OK;
}

static int
memory_random(sqlite3_vfs *vfs, int len, char *data)
{
	(void)vfs;
	for (int i = 0; i < len; i++)
		data[i] = (char)i;
	return len;
}

static int
memory_sleep(sqlite3_vfs *vfs, int microseconds)
{
	(void)vfs;
	return microseconds;
}

void
disk_register(void)
{
	static sqlite3_vfs vfs;

	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_initialize();
	real_vfs = sqlite3_vfs_find(NULL);
	vfs = *real_vfs;			/* its clock and its libraries */
	vfs.pNext = NULL;
	vfs.zName = "memory";
	if (vfs.szOsFile < (int)sizeof(struct handle))
		vfs.szOsFile = (int)sizeof(struct handle);
	vfs.mxPathname = 250;
	vfs.xOpen = memory_open;
	vfs.xDelete = memory_delete;
	vfs.xAccess = memory_access;
	vfs.xFullPathname = memory_path;
	vfs.xRandomness = memory_random;
	vfs.xSleep = memory_sleep;
	if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
		abort();
}

/* ---- The end of the process, and of the power */

static void
shared_gone(void)
{
	for (int i = 0; i < 16; i++) {
		free(shared[i]);
		shared[i] = NULL;
	}
}

void
disk_killed(void)
{
	shared_gone();
}

static bool
overlaps(const struct undo *a, const struct undo *b)
{
	return a->offset < b->offset + (int64_t)b->written && b->offset < a->offset + (int64_t)a->written;
}

/* A later write over the same place has reached the disk: then what it hides does not matter. */
static bool
hidden(const struct memory_file *file, const struct undo *undo)
{
	for (const struct undo *later = file->undo; later != undo; later = later->before)
		if (later->kept && overlaps(later, undo))
			return true;
	return false;
}

/* The last write first: each is there, gone, or there in its first half. */
static void
take_back(struct memory_file *file, struct chance *chance, unsigned percent)
{
	bool all_gone = true;

	for (struct undo *undo = file->undo; undo != NULL; undo = undo->before) {
		size_t from = 0;

		undo->kept = !chance_percent(chance, percent) || hidden(file, undo);
		all_gone &= !undo->kept;
		if (undo->kept)
			continue;
		if (chance_percent(chance, 20))
			from = undo->written / 2 / 512 * 512;
		make_room(file, (size_t)undo->offset + undo->written);
		if (from < undo->len)
			memcpy(file->data + undo->offset + from, undo->data + from, undo->len - from);
		if (from < undo->written)
			memset(file->data + undo->offset + (from > undo->len ? from : undo->len), 0,
			    undo->written - (from > undo->len ? from : undo->len));
		if (all_gone && from == 0)
			file->size = undo->size;
	}
}

void
disk_power_cut(struct chance *chance)
{
	unsigned percent = chance_percent(chance, 40) ? 100 : 20 + chance_below(chance, 70);

	shared_gone();
	for (int i = 0; i < FILES_MAX; i++) {
		take_back(&files[i], chance, percent);
		forget(&files[i]);
	}
}

/* The store lies in memory; core looks with stat(2) whether it is there, and finds this. */
void
disk_stand_in(const char *place)
{
	char path[600];
	FILE *file;

	snprintf(path, sizeof(path), "%s/store.db", place);
	if ((file = fopen(path, "w")) == NULL || fputs("in memory\n", file) == EOF || fclose(file) == EOF)
		abort();
}

/* What lies in memory as files, to be looked at. */
void
disk_leave(const char *place)
{
	for (int i = 0; i < FILES_MAX; i++) {
		const char *slash = strrchr(files[i].name, '/');
		char path[600];
		FILE *file;

		snprintf(path, sizeof(path), "%s/left-%s", place, slash == NULL ? "" : slash + 1);
		if (slash == NULL || !files[i].there || (file = fopen(path, "w")) == NULL)
			continue;
		fwrite(files[i].data, 1, files[i].size, file);
		fclose(file);
	}
}

int
disk_step(void *ctx, const char *name)
{
	struct life *life = ctx;
	struct disk_plan *plan = &life->disk;

	(void)name;
	life->steps++;
	if (!life->may_crash)
		return 0;
	if (plan->crash_in > 0 && --plan->crash_in == 0) {
		life_say(life, "  crash at step %u (%s)", life->steps, name);
		longjmp(life->crash, 1);
	}
	if (plan->fail_in > 0) {
		if (--plan->fail_in == 0)
			life_say(life, "  the disk fails (%s) from step %u (%s) on, %u steps", strerror(plan->failing), life->steps,
			    name, plan->fail_for);
	} else if (plan->fail_for > 0) {
		plan->fail_for--;
		return plan->failing;
	}
	return 0;
}
