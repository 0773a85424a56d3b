/*
 * Backups: a folder with a copy of the database, the mails in the spool, the
 * rules kept there, and a list of hashes over all of it (MANIFEST, as
 * sha256sum -c reads it).  Made in small steps while core works.
 */
#ifndef CTL_BACKUP_H
#define CTL_BACKUP_H

#include "conf/config.h"
#include "spool/spool.h"
#include "store/keep.h"

#define BACKUP_DATABASE	"adviced.db"
#define BACKUP_MANIFEST	"MANIFEST"
#define RESTORING	"restoring"	/* in the spool, while a backup is put in its place */
#define BEFORE_RESTORE	"before-restore-"	/* and a time: the names of what a restore put aside */
#define JOURNAL_HEAD	"journal-head"	/* in the spool, once a store is in use */
#define BACKUP_TAKEN	"TAKEN"		/* when: ISO 8601 */

struct backup;

/* to: the folder to make it in, NULL: the configured one. now: for its name. */
int	backup_begin(struct store *store, const struct config *config, const char *to, instant now, struct backup **backup_r,
	    struct err *err);
int	backup_step(struct backup *backup, bool *done_r, struct err *err);
const char *backup_place(const struct backup *backup);	/* where it stands once it is done */
/* How far it has got, and what it is doing. */
const char *backup_progress(const struct backup *backup, uint64_t *done_r, uint64_t *all_r);
size_t	backup_files(const struct backup *backup);
void	backup_end(struct backup **backup);	/* what is not done is removed */
/* Every file is there and has its hash; else which is not: *wrong_r. */
int	backup_verify(struct arena *arena, const char *folder, const char **wrong_r, struct err *err);

/*
 * ctl/restore_spool.c: the spool, when the database goes back to how it was at that moment and the spool has no copy of
 * its own.  Mails filed since come in again; what was made of mails since goes into the folder aside.
 */
int	restore_spool(struct arena *arena, const char *path, const char *aside, instant since, struct err *err);

#endif
