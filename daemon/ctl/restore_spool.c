/*
 * Going back to the copy of the database that an upgrade left beside it (restore.c): the spool is not in that copy,
 * and has gone on since.  Mails that were filed or quarantined since are decided anew; what was made of mails since is put aside.
 * Under the daemon's lock.
 * Invariant: nothing is thrown away; a file is in its old place or its new one; doing it twice does no harm.
 * Fails: ERR_RETRY, ERR_DAEMON as the disk does.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ctl/backup.h"
#include "spool/spool.h"

/* A folder's files that got their place there after that moment; to may be of any kind. */
static int
move_newer(struct arena *arena, int from, int to, instant since, bool mails_only, struct err *err)
{
	struct strs names = { NULL, 0 };
	int rc = file_list(arena, from, &names, err);

	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		struct spool_name mail;
		struct stat st;

		if (fstatat(from, names.v[i], &st, AT_SYMLINK_NOFOLLOW) == -1 || !S_ISREG(st.st_mode) ||
		    (instant)st.st_ctime < since || (mails_only && !spool_name_parse(names.v[i], &mail)))
			continue;
		/* It is the same mail under that name: the one that waits is taken. */
		if (mails_only && file_exists(to, names.v[i]))
			continue;
		rc = file_rename(from, names.v[i], to, names.v[i], err);
	}
	return rc;
}

static int
put_aside(struct arena *arena, int from, const char *aside, const char *name, instant since, struct err *err)
{
	const char *path = arena_printf(arena, "%s/%s", aside, name);
	int to = -1, rc;

	if (file_make_dir(path, 0700, err) == -1 || file_open_dir(path, &to, err) == -1)
		return -1;
	rc = move_newer(arena, from, to, since, false, err);
	close(to);
	return rc;
}

int
restore_spool(struct arena *arena, const char *path, const char *aside, instant since, struct err *err)
{
	struct spool spool;
	int rc;

	if (spool_open(path, &spool, err) == -1)
		return -1;
	rc = move_newer(arena, spool.archive, spool.new, since, true, err);
	if (rc == 0)	/* a reason without its mail goes at the next start (spool/recover.c) */
		rc = move_newer(arena, spool.bad, spool.new, since, true, err);
	if (rc == 0)
		rc = put_aside(arena, spool.docs, aside, "docs", since, err);
	if (rc == 0)
		rc = put_aside(arena, spool.out, aside, "out", since, err);
	if (rc == 0)
		rc = put_aside(arena, spool.sent, aside, "sent", since, err);
	spool_close(&spool);
	return rc;
}
