/*
 * Passwords.  Read by the parent when it starts a role that needs one, and
 * handed over as a descriptor; never kept, never logged.
 * Invariant: a file that others could have read or written is refused.
 * Fails: ERR_CONFIG, with what to do.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "conf/config.h"

#define SECRET_MOST	4096

/* What systemd put there for us has its rights from systemd. */
static int
open_credential(const char *path, struct err *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY"), *slash = strrchr(path, '/');
	int dirfd, fd;

	if (folder == NULL || file_open_dir(folder, &dirfd, err) == -1)
		return -1;
	fd = openat(dirfd, slash != NULL ? slash + 1 : path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	close(dirfd);
	return fd;
}

static int
open_checked(const char *path, int *fd_r, struct err *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		return err_errno(err, ERR_CONFIG, "the password file %s cannot be opened", path);
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		err_set(err, ERR_CONFIG, "the password file %s is not a file", path);
	else if (st.st_uid != getuid() && st.st_uid != 0)
		err_set(err, ERR_CONFIG, "the password file %s belongs to another user; it must belong to the user that "
		    "runs adviced, or to root", path);
	else if ((st.st_mode & 0077) != 0)
		err_set(err, ERR_CONFIG, "the password file %s can be read by others; say: chmod 600 %s", path, path);
	else {
		*fd_r = fd;
		return 0;
	}
	close(fd);
	return -1;
}

int
config_secret(const struct server *server, char **secret_r, struct err *err)
{
	struct buf text = BUF_INIT;
	int fd, rc = -1;

	*secret_r = NULL;
	if (server->user == NULL || server->password_file == NULL)
		return 0;
	fd = open_credential(server->password_file, NULL);
	if (fd == -1 && open_checked(server->password_file, &fd, err) == -1)
		return -1;
	if (file_read_fd(fd, SECRET_MOST, &text, err) == -1)
		err_wrap(err, "the password file %s", server->password_file);
	else {
		while (text.len > 0 && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r'))
			text.data[--text.len] = '\0';
		if (text.len == 0 || strlen(text.data) != text.len)
			err_set(err, ERR_CONFIG, "the password file %s %s", server->password_file,
			    text.len == 0 ? "is empty" : "holds something else than a password");
		else
			rc = 0;
	}
	close(fd);
	if (rc == 0)
		*secret_r = x_strdup(text.data);
	if (text.data != NULL)
		explicit_bzero(text.data, text.size);
	buf_free(&text);
	return rc;
}
