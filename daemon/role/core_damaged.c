/*
 * A store that cannot be used: core does not end and begin again for ever, but
 * stands there and says what is wrong and what to do.  Mail stays on the
 * server: nobody tells the fetch roles to begin.
 * Invariant: nothing is written to a damaged store.
 * Fails: as store.h says.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ctl/backup.h"
#include "role/core_private.h"
#include "store/keep.h"

#define MARK		"damaged"	/* in the spool: the store was found damaged while it was in use */
#define DAMAGED		"the store is damaged"
#define LATER		"a later version"	/* as store/schema.c says it */
#define BROKEN_OFF	"a restore was broken off"
#define GONE		"the database is gone"
#define SAY_EVERY_MS	(3600 * 1000)

static const char *
mark_path(const struct config *config, struct arena *arena)
{
	return arena_printf(arena, "%s/" MARK, config->spool);
}

void
core_suspect_store(const struct config *config, const struct err *err)
{
	struct err ignored;
	int dir = -1;

	if (strstr(err->text, DAMAGED) == NULL || file_open_dir(config->spool, &dir, &ignored) == -1)
		return;
	if (file_replace(dir, MARK, DAMAGED "\n", strlen(DAMAGED) + 1, &ignored) == -1)
		log_err("mark reason=\"%s\"", ignored.text);
	close(dir);
}

/* One that was found damaged deep inside opens well: all of it is read. */
static int
look_whether_whole(struct core *core, struct err *err)
{
	const char *why;
	bool whole;
	int dir, rc;

	if (access(mark_path(core->config, core->arena), F_OK) == -1)
		return 0;
	if (store_check_whole(core->config->database, &whole, &why, core->arena, err) == -1)
		return -1;
	if (!whole)
		return err_set(err, ERR_DAEMON, DAMAGED " (%s)", why);
	log_info("whole reason=\"the store was found damaged before, and is whole now\"");
	if (file_open_dir(core->config->spool, &dir, err) == -1)
		return -1;
	rc = file_remove(dir, MARK, err);
	close(dir);
	return rc;
}

/* Of what a restore had put aside: a second name of a file that is in use would show another store than the one kept. */
static int
remove_second_names(const struct core *core, struct err *err)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	const char *base = strrchr(core->config->database, '/') + 1;
	const char *folder = arena_strndup(core->arena, core->config->database, (size_t)(base - core->config->database));
	const char *aside = arena_printf(core->arena, "%s." BEFORE_RESTORE, base);
	struct strs names = { NULL, 0 };
	struct stat in_use, st;
	int dir, rc;

	if (file_open_dir(folder, &dir, err) == -1)
		return -1;
	rc = file_list(core->arena, dir, &names, err);
	for (size_t i = 0; rc == 0 && i < names.n; i++)
		for (size_t k = 0; rc == 0 && str_starts(names.v[i], aside) && k < sizeof(ends) / sizeof(ends[0]); k++)
			if (fstatat(dir, arena_printf(core->arena, "%s%s", base, ends[k]), &in_use, AT_SYMLINK_NOFOLLOW) == 0 &&
			    fstatat(dir, names.v[i], &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == in_use.st_dev &&
			    st.st_ino == in_use.st_ino)
				rc = file_remove(dir, names.v[i], err);
	close(dir);
	return rc;
}

/*
 * A new store would take everything in the mailbox for what was there before us.  Where the database is in its place, the
 * restore had not changed anything yet or was done: what it copied is of no use, and would never be erased, nor is a
 * name that it gave the database in use.
 */
static int
look_whether_restored(const struct core *core, struct err *err)
{
	const char *copies = arena_printf(core->arena, "%s/" RESTORING, core->config->spool);

	if (access(copies, F_OK) == -1)
		return 0;
	if (access(core->config->database, F_OK) == -1)
		return err_set(err, ERR_DAEMON, BROKEN_OFF " before the database was in its place");
	if (remove_second_names(core, err) == -1)
		return -1;
	log_info("removed reason=\"copies of a restore that was broken off\"");
	file_remove_tree(copies);
	return 0;
}

/* Nor may one be begun where there was one, moved or deleted by hand; an empty file is what a failed copy leaves. */
static int
look_whether_gone(const struct core *core, struct err *err)
{
	struct stat st;

	if ((stat(core->config->database, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_size > 0)) ||
	    access(arena_printf(core->arena, "%s/" JOURNAL_HEAD, core->config->spool), F_OK) == -1)
		return 0;
	return err_set(err, ERR_DAEMON, GONE ": there is nothing in %s, and %s belongs to one that was in use", core->config->database,
	    core->config->spool);
}

static const char *
what_to_do(const struct core *core, const char *text)
{
	if (strstr(text, LATER) != NULL)
		return "Stop the daemon for either";	/* what there is to choose from, the store has said */
	if (strstr(text, BROKEN_OFF) != NULL)
		return "Stop the daemon, say \"advicectl restore --from BACKUP\" again, and start it";
	if (strstr(text, GONE) != NULL)
		return "Stop the daemon, put the database back in its place, or a backup (\"advicectl restore --from BACKUP\"), and start it. "
		    "To begin anew with nothing, move the whole spool folder away as well";
	return arena_printf(core->arena, "Stop the daemon, keep a copy of %s as it is, put the last good backup in its place "
	    "(\"advicectl restore --from BACKUP\"), and start it again", core->config->database);
}

int
damaged_open(struct core *core, struct err *err)
{
	if (look_whether_restored(core, err) == 0 && look_whether_gone(core, err) == 0 && look_whether_whole(core, err) == 0 && store_open(core->config->database,
	    &core->store, err) == 0)
		return 0;
	if (err->scope == ERR_DAEMON)
		core->out_of_order = arena_printf(core->arena, "%s. Nothing is done: mail stays on the server, nothing is sent, dates run "
		    "on. %s", err->text, what_to_do(core, err->text));
	return -1;
}

bool
core_is_out_of_order(const struct core *core)
{
	return core != NULL && core->out_of_order != NULL;
}

void
damaged_turn(struct core *core)
{
	if (clock_real_ms() < core->alarm_ms)
		return;
	core->alarm_ms = clock_real_ms() + SAY_EVERY_MS;
	log_err("alarm reason=\"%s\"", core->out_of_order);
}
