/*
 * A mail is taken to be worked on.  Run by core.
 * Invariant: claiming twice is the same as claiming once.
 * Fails: ERR_MESSAGE when there is no such mail, ERR_RETRY when the disk
 * fails.
 */
#include "spool/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/step.h"

static int
open_mail(int dirfd, const char *name, int *fd_r)
{
	*fd_r = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return *fd_r == -1 ? -1 : 0;
}

static int
check_name(const char *name, struct err *err)
{
	struct spool_name parsed;

	if (!spool_name_parse(name, &parsed))
		return err_set(err, ERR_MESSAGE, "spool: \"%.80s\" is not the name of a mail", name);
	return 0;
}

int
spool_claim(const struct spool *spool, const char *name, int *fd_r, struct err *err)
{
	*fd_r = -1;
	if (check_name(name, err) == -1)
		return -1;
	if (step("spool.claim") == -1)
		return err_errno(err, ERR_RETRY, "spool: claim %s", name);
	if (renameat(spool->new, name, spool->cur, name) == -1 && errno != ENOENT)
		return err_errno(err, ERR_RETRY, "spool: claim %s", name);
	if (open_mail(spool->cur, name, fd_r) == -1)
		return err_errno(err, errno == ENOENT ? ERR_MESSAGE : ERR_RETRY, "spool: claim %s", name);
	return 0;
}

int
spool_read(const struct spool *spool, const char *name, int *fd_r, struct err *err)
{
	const int places[] = { spool->cur, spool->archive, spool->bad, spool->new };

	*fd_r = -1;
	if (check_name(name, err) == -1)
		return -1;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (open_mail(places[i], name, fd_r) == 0)
			return 0;
		if (errno != ENOENT)
			break;
	}
	return err_errno(err, errno == ENOENT ? ERR_MESSAGE : ERR_RETRY, "spool: open %s", name);
}

int
spool_measure(const struct spool *spool, const char *name, uint64_t *size_r, instant *received_r, struct err *err)
{
	struct stat st;
	int fd, rc = 0;

	if (spool_read(spool, name, &fd, err) == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		rc = err_errno(err, ERR_RETRY, "spool: %s", name);
	else {
		*size_r = (uint64_t)st.st_size;
		*received_r = st.st_mtime == SPOOL_UNDATED ? INSTANT_NONE : (instant)st.st_mtime;
	}
	close(fd);
	return rc;
}
