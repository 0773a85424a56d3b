/*
 * Files that survive a power cut.  core and fetch write with it, every role
 * reads with it.  Invariant: each change goes through step() first, and nothing
 * is reported as done before the file and its folder are on the disk.
 * Fails: ERR_RETRY when the disk is full or failing; ERR_DAEMON when a folder
 * is missing or forbidden; ERR_CONFIG for a file that is too large or no file.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/step.h"

#define WRITE_PIECE	(256 * 1024)

/* Says what failed, by errno: can it be better next time, or must somebody mend a folder? */
static int
fail(struct err *err, const char *what, const char *name)
{
	enum err_scope	scope = ERR_RETRY;

	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case EACCES:
	case EPERM:
	case EROFS:
	case ELOOP:
	case EBADF:
	case EINVAL:
	case ENAMETOOLONG:
		scope = ERR_DAEMON;
		break;
	}
	return err_errno(err, scope, "cannot %s %s", what, name);
}

int
file_create(int dirfd, const char *name, int *fd_r, struct err *err)
{
	int	fd = -1;

	if (step("file.create") == 0)
		fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return fail(err, "create", name);
	*fd_r = fd;
	return 0;
}

static int
write_all(int fd, const char *data, size_t len)
{
	ssize_t	n;

	while (len > 0) {
		n = write(fd, data, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* One piece; a disk that a test says is full takes half of it, as a real one would. */
static int
write_piece(int fd, const char *data, size_t len)
{
	int	failed;

	if (step("file.write") == 0)
		return write_all(fd, data, len);
	failed = errno;
	if (failed == ENOSPC && write_all(fd, data, len / 2) == -1)
		return -1;
	errno = failed;
	return -1;
}

int
file_write(int fd, const void *data, size_t len, struct err *err)
{
	const char	*from = data;
	size_t		 piece;

	while (len > 0) {
		piece = len < WRITE_PIECE ? len : WRITE_PIECE;
		if (write_piece(fd, from, piece) == -1)
			return fail(err, "write", "to the disk");
		from += piece;
		len -= piece;
	}
	return 0;
}

static int
sync_fd(int fd, const char *step_name)
{
	int	result;

	if (step(step_name) == -1)
		return -1;
	while ((result = fsync(fd)) == -1 && errno == EINTR)
		continue;
	return result;
}

int
file_commit(int *fd, struct err *err)
{
	int	result = 0;

	if (sync_fd(*fd, "file.fsync") == -1)
		result = fail(err, "bring to the disk", "what was written");
	if (result == 0 && step("file.close") == -1)
		result = fail(err, "close", "what was written");
	/* After EINTR the descriptor is gone on Linux, and the data is on the disk already. */
	if (close(*fd) == -1 && errno != EINTR && result == 0)
		result = fail(err, "close", "what was written");
	*fd = -1;
	return result;
}

void
file_sync_start(int fd)
{
	(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

int
file_sync(int dirfd, const char *name, struct err *err)
{
	int	fd = openat(dirfd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1)
		return fail(err, "open", name);
	return file_commit(&fd, err);
}

int
file_sync_dir(int dirfd, struct err *err)
{
	if (sync_fd(dirfd, "file.dirsync") == -1)
		return fail(err, "bring to the disk", "a folder");
	return 0;
}

int
file_rename(int from_dirfd, const char *from, int to_dirfd, const char *to, struct err *err)
{
	if (step("file.rename") == -1 || renameat(from_dirfd, from, to_dirfd, to) == -1)
		return fail(err, "rename", from);
	/* The new name first: a crash in between leaves two names rather than none. */
	if (file_sync_dir(to_dirfd, err) == -1)
		return -1;
	return from_dirfd == to_dirfd ? 0 : file_sync_dir(from_dirfd, err);
}

int
file_remove(int dirfd, const char *name, struct err *err)
{
	if (step("file.unlink") == -1)
		return fail(err, "remove", name);
	if (unlinkat(dirfd, name, 0) == -1 && errno != ENOENT)
		return fail(err, "remove", name);
	return file_sync_dir(dirfd, err);
}

static int
write_new(int dirfd, const char *name, const void *data, size_t len, struct err *err)
{
	int	fd = -1, result;

	if (file_create(dirfd, name, &fd, err) == -1)
		return -1;
	result = file_write(fd, data, len, err);
	if (result == 0)
		result = file_commit(&fd, err);
	if (fd != -1)
		close(fd);
	return result;
}

int
file_replace(int dirfd, const char *name, const void *data, size_t len, struct err *err)
{
	char	tmp[NAME_MAX + 1];
	int	failed;

	if (strchr(name, '/') != NULL ||
	    snprintf(tmp, sizeof(tmp), ".%s.tmp", name) >= (int)sizeof(tmp))
		return err_set(err, ERR_DAEMON, "cannot write %s: no name for a file", name);
	/* A crash may have left one behind. */
	if (file_exists(dirfd, tmp) && file_remove(dirfd, tmp, err) == -1)
		return -1;
	if (write_new(dirfd, tmp, data, len, err) == 0 &&
	    file_rename(dirfd, tmp, dirfd, name, err) == 0)
		return 0;
	failed = errno;
	if (step("file.unlink") == 0)
		unlinkat(dirfd, tmp, 0);
	errno = failed;
	return err_wrap(err, "%s", name);
}

int
file_open_dir(const char *path, int *dirfd_r, struct err *err)
{
	int	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return fail(err, "open the folder", path);
	*dirfd_r = fd;
	return 0;
}

/* The folder is made and stands in its parent for good. */
static int
make_one(char *path, size_t len, unsigned mode, struct err *err)
{
	char	*slash, cut = path[len];
	int	 fd = -1, result = -1;

	path[len] = '\0';
	if (access(path, F_OK) == 0) {
		result = 0;
		goto out;
	}
	if (step("file.mkdir") == -1 || mkdir(path, mode) == -1) {
		result = errno == EEXIST ? 0 : fail(err, "make the folder", path);
		goto out;
	}
	slash = strrchr(path, '/');
	if (slash == NULL)
		result = file_open_dir(".", &fd, err);
	else if (slash == path)
		result = file_open_dir("/", &fd, err);
	else {
		*slash = '\0';
		result = file_open_dir(path, &fd, err);
		*slash = '/';
	}
	if (result == 0)
		result = file_sync_dir(fd, err);
out:
	if (fd != -1)
		close(fd);
	path[len] = cut;
	return result;
}

int
file_make_dir(const char *path, unsigned mode, struct err *err)
{
	char		copy[PATH_MAX];
	struct stat	st;
	size_t		i;

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return err_set(err, ERR_DAEMON, "cannot make a folder: its path is too long");
	for (i = 1; copy[0] != '\0'; i++) {
		if (copy[i] != '/' && copy[i] != '\0')
			continue;
		if (copy[i - 1] != '/' && make_one(copy, i, mode, err) == -1)
			return -1;
		if (copy[i] == '\0')
			break;
	}
	if (stat(path, &st) == -1)
		return fail(err, "make the folder", path);
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return fail(err, "make the folder", path);
	}
	return 0;
}
