/*
 * The end of a mail's way through the spool.  Run by core, after the commit.
 * Invariant: a mail is in the archive before it is moved on the server.
 * Fails: ERR_MESSAGE when there is no such mail, ERR_RETRY when the disk
 * fails; both leave the mail where it was.
 */
#include "spool/finish.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/step.h"

int
spool_finish(const struct spool *spool, const char *name, struct err *err)
{
	struct spool_name parsed;

	if (!spool_name_parse(name, &parsed))
		return err_set(err, ERR_MESSAGE, "spool: \"%.80s\" is not the name of a mail", name);
	if (step("spool.finish") == -1)
		return err_errno(err, ERR_RETRY, "spool: finish %s", name);
	if (renameat(spool->cur, name, spool->archive, name) == 0) {
		/* Fetched once more while it was being worked on: the same mail. */
		return !file_exists(spool->new, name) ? 0 : file_remove(spool->new, name, err);
	}
	if ((errno == ENOENT && renameat(spool->new, name, spool->archive, name) == 0) ||
	    (errno == ENOENT && file_exists(spool->archive, name)))
		return 0;
	return err_errno(err, errno == ENOENT ? ERR_MESSAGE : ERR_RETRY, "spool: finish %s", name);
}

int
spool_finish_sync(const struct spool *spool, struct err *err)
{
	if (step("spool.finish-sync") == -1 || fsync(spool->archive) == -1 || fsync(spool->cur) == -1)
		return err_errno(err, ERR_RETRY, "spool: the archive cannot be made durable");
	return 0;
}

int
spool_drop(const struct spool *spool, const char *name, struct err *err)
{
	struct spool_name parsed;

	if (!spool_name_parse(name, &parsed))
		return err_set(err, ERR_MESSAGE, "spool: \"%.80s\" is not the name of a mail", name);
	if (file_remove(spool->cur, name, err) == -1 || file_remove(spool->new, name, err) == -1)
		return err_wrap(err, "spool: drop %s", name);
	return 0;
}
