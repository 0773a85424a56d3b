/*
 * SQLite's files seen through step(): the crash sweep can stop the process, or
 * fail the step, at every write, fsync, truncation and removal of the store.
 */
#ifndef STORE_VFS_H
#define STORE_VFS_H

#include "base/err.h"

#define VFS_NAME	"adviced"

int	vfs_register(struct err *err);	/* once; later calls do nothing */

#endif
