/*
 * The daemon's lock.  Run by the parent and by advicectl.
 * Invariant: it belongs to the open file, so it is held as long as any process
 * that inherited it lives.  A file may be removed by somebody who tidies up, so
 * the parent holds the folder itself as well.
 * Fails: ERR_RETRY when it is taken, ERR_DAEMON when it cannot be used.
 */
#include "role/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

#define TRY_EVERY_MS	50

/* NFS locks nothing that is open for reading only, as a folder always is; some file systems lock no folder at all. */
static bool
locks_no_folder(int error)
{
	return error == EBADF || error == ENOLCK || error == EOPNOTSUPP;
}

/* Where a folder cannot be locked, the file alone says who works there. */
int
lock_folder(const char *spool, int *fd_r, struct err *err)
{
	*fd_r = -1;
	if (file_open_dir(spool, fd_r, err) == -1)
		return -1;
	if (flock(*fd_r, LOCK_EX | LOCK_NB) == 0 || locks_no_folder(errno))
		return 0;
	if (errno == EWOULDBLOCK)
		err_set(err, ERR_RETRY, "another adviced is working on %s, and its file " LOCK_FILE " was removed by somebody", spool);
	else
		err_errno(err, ERR_DAEMON, "the folder %s cannot be locked", spool);
	close(*fd_r);
	*fd_r = -1;
	return -1;
}

/* By a daemon whose file was removed; or nobody can say. */
static bool
folder_may_be_taken(const char *spool, struct err *err)
{
	int dirfd;

	if (lock_folder(spool, &dirfd, err) == -1)
		return true;
	close(dirfd);
	return false;
}

int
lock_take(const char *spool, int wait_ms, int *fd_r, struct err *err)
{
	int64_t until = clock_real_ms() + wait_ms;
	int dirfd = -1, fd = -1, rc = -1;

	*fd_r = -1;
	if (file_make_dir(spool, 0700, err) == -1 || file_open_dir(spool, &dirfd, err) == -1)
		return err_wrap(err, "the spool");
	fd = openat(dirfd, LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1) {
		err_errno(err, ERR_DAEMON, "the lock %s/" LOCK_FILE " cannot be opened", spool);
		goto out;
	}
	while ((rc = flock(fd, LOCK_EX | LOCK_NB)) == -1 && errno == EWOULDBLOCK && clock_real_ms() < until)
		poll(NULL, 0, TRY_EVERY_MS);
	if (rc == -1 && errno != EWOULDBLOCK)
		err_errno(err, ERR_DAEMON, "the lock %s/" LOCK_FILE " cannot be taken", spool);
	else if (rc == -1)
		err_set(err, ERR_RETRY, "another adviced (or advicectl) is working on %s", spool);
	else if (folder_may_be_taken(spool, err))
		rc = -1;
	else
		*fd_r = fd;
out:
	if (rc == -1 && fd != -1)
		close(fd);
	close(dirfd);
	return rc;
}
