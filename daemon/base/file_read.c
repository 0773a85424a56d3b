/*
 * Reading files and folders, and which names may become files.  Any role.
 * Invariant: no more than max bytes are ever held; only a regular file is
 * opened by name, so that nothing here waits for another process.
 * Fails: ERR_DAEMON when it is missing or forbidden, ERR_CONFIG when it is too
 * large or no file, ERR_RETRY when the disk is failing.
 */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

#define READ_PIECE	(64 * 1024)

static enum err_scope
scope_now(void)
{
	return errno == EIO || errno == EMFILE || errno == ENFILE || errno == ENOMEM ?
	    ERR_RETRY : ERR_DAEMON;
}

int
file_read_fd(int fd, size_t max, struct buf *out, struct err *err)
{
	char	piece[READ_PIECE];
	ssize_t	n;

	buf_reset(out);
	for (;;) {
		n = read(fd, piece, sizeof(piece));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_errno(err, scope_now(), "cannot be read");
		if (n == 0)
			break;
		if ((size_t)n > max - out->len)
			return err_set(err, ERR_CONFIG, "larger than %zu bytes", max);
		buf_add(out, piece, (size_t)n);
	}
	buf_add(out, "", 0);	/* data is set even when there is none */
	return 0;
}

int
file_read(int dirfd, const char *name, size_t max, struct buf *out, struct err *err)
{
	struct stat	st;
	int		fd, result = -1;

	/* Without O_NONBLOCK a pipe of that name would hold us up. */
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return err_errno(err, scope_now(), "%s", name);
	if (fstat(fd, &st) == -1)
		err_errno(err, ERR_RETRY, "cannot be read");
	else if (!S_ISREG(st.st_mode))
		err_set(err, ERR_CONFIG, "is not a file%s",
		    S_ISDIR(st.st_mode) ? " but a folder" : "");
	else
		result = file_read_fd(fd, max, out, err);
	close(fd);
	return result == 0 ? 0 : err_wrap(err, "%s", name);
}

bool
file_exists(int dirfd, const char *name)
{
	struct stat	st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool
file_name_is_safe(const char *name)
{
	static const char	allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789.-_=";
	size_t			len = strlen(name);

	return len > 0 && len <= NAME_MAX && name[0] != '.' && strspn(name, allowed) == len;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
file_list(struct arena *arena, int dirfd, struct strs *names_r, struct err *err)
{
	struct dirent	*entry;
	DIR		*dir = NULL;
	int		 fd;

	*names_r = (struct strs){ NULL, 0 };
	/* A descriptor of our own: reading moves its place in the folder. */
	fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1)
		dir = fdopendir(fd);
	if (dir == NULL) {
		err_errno(err, scope_now(), "cannot list a folder");
		if (fd != -1)
			close(fd);
		return -1;
	}
	while (errno = 0, (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			strs_add(arena, names_r, arena_strdup(arena, entry->d_name));
	}
	if (errno != 0) {
		err_errno(err, ERR_RETRY, "cannot list a folder");
		closedir(dir);
		return -1;
	}
	closedir(dir);
	if (names_r->n > 0)
		qsort(names_r->v, names_r->n, sizeof(*names_r->v), compare_names);
	return 0;
}
