/*
 * A VFS over SQLite's default one that passes every durable act through
 * step(): store.create, store.write, store.sync, store.truncate, store.delete.
 * Core only.
 * A step that fails with ENOSPC in a write has written half of it, as a full
 * disk does.  Reads, locks and shared memory go straight through.
 * Fails: SQLite's own codes, which query.c turns into errors.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <sqlite3.h>

#include "base/step.h"
#include "store/vfs.h"

struct shim_file {
	sqlite3_file	 base;
	sqlite3_file	*real;		/* behind this struct, in the same memory */
};

static int	shim_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
		    int *flags_r);
static int	shim_delete(sqlite3_vfs *vfs, const char *name, int sync_dir);

static sqlite3_vfs *base_vfs;		/* the process's default: set once, at registration */
static sqlite3_vfs shim_vfs;

static sqlite3_file *
real_file(sqlite3_file *file)
{
	return ((struct shim_file *)(void *)file)->real;
}

/* A step's errno as SQLite says it. */
static int
step_failed(int otherwise)
{
	return errno == ENOSPC ? SQLITE_FULL : otherwise;
}

static int
shim_close(sqlite3_file *file)
{
	return real_file(file)->pMethods->xClose(real_file(file));
}

static int
shim_read(sqlite3_file *file, void *data, int len, sqlite3_int64 offset)
{
	return real_file(file)->pMethods->xRead(real_file(file), data, len, offset);
}

static int
shim_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 offset)
{
	sqlite3_file *real = real_file(file);

	if (step("store.write") == 0)
		return real->pMethods->xWrite(real, data, len, offset);
	if (errno != ENOSPC)
		return SQLITE_IOERR_WRITE;
	(void)real->pMethods->xWrite(real, data, len / 2, offset);
	return SQLITE_FULL;
}

static int
shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	if (step("store.truncate") == -1)
		return step_failed(SQLITE_IOERR_TRUNCATE);
	return real_file(file)->pMethods->xTruncate(real_file(file), size);
}

static int
shim_sync(sqlite3_file *file, int flags)
{
	if (step("store.sync") == -1)
		return step_failed(SQLITE_IOERR_FSYNC);
	return real_file(file)->pMethods->xSync(real_file(file), flags);
}

static int
shim_file_size(sqlite3_file *file, sqlite3_int64 *size_r)
{
	return real_file(file)->pMethods->xFileSize(real_file(file), size_r);
}

static int
shim_lock(sqlite3_file *file, int lock)
{
	return real_file(file)->pMethods->xLock(real_file(file), lock);
}

static int
shim_unlock(sqlite3_file *file, int lock)
{
	return real_file(file)->pMethods->xUnlock(real_file(file), lock);
}

static int
shim_check_reserved(sqlite3_file *file, int *held_r)
{
	return real_file(file)->pMethods->xCheckReservedLock(real_file(file), held_r);
}

static int
shim_control(sqlite3_file *file, int op, void *arg)
{
	return real_file(file)->pMethods->xFileControl(real_file(file), op, arg);
}

static int
shim_sector_size(sqlite3_file *file)
{
	return real_file(file)->pMethods->xSectorSize(real_file(file));
}

static int
shim_characteristics(sqlite3_file *file)
{
	return real_file(file)->pMethods->xDeviceCharacteristics(real_file(file));
}

static int
shim_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory_r)
{
	return real_file(file)->pMethods->xShmMap(real_file(file), page, size, extend, memory_r);
}

static int
shim_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
	return real_file(file)->pMethods->xShmLock(real_file(file), offset, count, flags);
}

static void
shim_shm_barrier(sqlite3_file *file)
{
	real_file(file)->pMethods->xShmBarrier(real_file(file));
}

/* The last one out removes the file; where that step fails it stays, which harms nobody. */
static int
shim_shm_unmap(sqlite3_file *file, int remove)
{
	if (remove && step("store.delete") == -1)
		remove = 0;
	return real_file(file)->pMethods->xShmUnmap(real_file(file), remove);
}

static int
shim_fetch(sqlite3_file *file, sqlite3_int64 offset, int len, void **memory_r)
{
	return real_file(file)->pMethods->xFetch(real_file(file), offset, len, memory_r);
}

static int
shim_unfetch(sqlite3_file *file, sqlite3_int64 offset, void *memory)
{
	return real_file(file)->pMethods->xUnfetch(real_file(file), offset, memory);
}

static const sqlite3_io_methods shim_methods = {
	.iVersion = 3,
	.xClose = shim_close,
	.xRead = shim_read,
	.xWrite = shim_write,
	.xTruncate = shim_truncate,
	.xSync = shim_sync,
	.xFileSize = shim_file_size,
	.xLock = shim_lock,
	.xUnlock = shim_unlock,
	.xCheckReservedLock = shim_check_reserved,
	.xFileControl = shim_control,
	.xSectorSize = shim_sector_size,
	.xDeviceCharacteristics = shim_characteristics,
	.xShmMap = shim_shm_map,
	.xShmLock = shim_shm_lock,
	.xShmBarrier = shim_shm_barrier,
	.xShmUnmap = shim_shm_unmap,
	.xFetch = shim_fetch,
	.xUnfetch = shim_unfetch,
};

/* A file of its own: the log, a journal. */
static bool
makes_a_file(const char *name, int flags)
{
	int there = 0;

	if (name == NULL || (flags & SQLITE_OPEN_CREATE) == 0)
		return false;
	return base_vfs->xAccess(base_vfs, name, SQLITE_ACCESS_EXISTS, &there) == SQLITE_OK && !there;
}

static int
shim_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *flags_r)
{
	struct shim_file *shim = (struct shim_file *)(void *)file;
	int rc;

	(void)vfs;
	shim->base.pMethods = NULL;	/* SQLite closes only what has methods */
	shim->real = (sqlite3_file *)(void *)(shim + 1);
	if (makes_a_file(name, flags) && step("store.create") == -1)
		return step_failed(SQLITE_IOERR);
	rc = base_vfs->xOpen(base_vfs, name, shim->real, flags, flags_r);
	if (rc == SQLITE_OK)
		shim->base.pMethods = &shim_methods;
	else if (shim->real->pMethods != NULL)
		(void)shim->real->pMethods->xClose(shim->real);
	return rc;
}

static int
shim_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	(void)vfs;
	if (step("store.delete") == -1)
		return step_failed(SQLITE_IOERR_DELETE);
	return base_vfs->xDelete(base_vfs, name, sync_dir);
}

int
vfs_register(struct err *err)
{
	int rc;

	if (base_vfs != NULL)
		return 0;
	/* One thread uses it, and nobody asks how much memory it has: no lock at each allocation. */
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	base_vfs = sqlite3_vfs_find(NULL);
	if (base_vfs == NULL)
		return err_set(err, ERR_DAEMON, "SQLite has no file system layer");
	shim_vfs = *base_vfs;		/* everything but opening and removing is the default's */
	shim_vfs.pNext = NULL;
	shim_vfs.zName = VFS_NAME;
	shim_vfs.szOsFile = (int)sizeof(struct shim_file) + base_vfs->szOsFile;
	shim_vfs.xOpen = shim_open;
	shim_vfs.xDelete = shim_delete;
	rc = sqlite3_vfs_register(&shim_vfs, 0);
	if (rc != SQLITE_OK)
		return err_set(err, ERR_DAEMON, "SQLite: %s", sqlite3_errstr(rc));
	return 0;
}
