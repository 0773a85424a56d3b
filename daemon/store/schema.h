/*
 * What the store's tables look like, as a numbered list of migrations: item
 * n of the list brings version n to n + 1.  A released item is never edited;
 * a change is a new item.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/err.h"

#define SCHEMA_APPLICATION_ID	0x41445643	/* "ADVC" */

extern const char *const schema_migrations[];
extern const size_t schema_version;		/* how many there are */

/* 0: an empty file. */
int	schema_read_version(sqlite3 *db, int64_t *version_r, struct err *err);

/* Is this file ours (or empty), and of no later version than count?  Changes nothing.  Fails: as below. */
int	schema_check(sqlite3 *db, size_t count, struct err *err);

/*
 * Bring the database to version count, all of the way or not at all.
 * Fails: ERR_DAEMON for a file that is not ours or was made by a later version;
 * ERR_RETRY for a failing disk.
 */
int	schema_migrate(sqlite3 *db, const char *const *migrations, size_t count, struct err *err);

#endif
