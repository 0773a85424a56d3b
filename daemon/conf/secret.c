/*
 * Passwords, and what else proves who we are.  Read by the parent when it starts a role that needs one, and
 * handed over as a descriptor; never kept, never logged.
 * Invariant: a file that others could have read or written is refused.
 * Fails: ERR_CONFIG, with what to do.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "conf/config.h"
#include "conf/sign_in.h"

#define SECRET_MOST	4096
#define PROOF_MOST	(64 * 1024)	/* a certificate with all above it, a key */

/* LoadCredential=secrets:FOLDER, as in our units, gives each file of the folder this before its name. */
#define OF_FOLDER	"secrets_"

/* What systemd put there for us has its rights from systemd. */
static int
open_credential(const char *path, struct err *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY"), *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	char of_folder[NAME_MAX + 1];
	int dirfd, fd;

	if (folder == NULL || file_open_dir(folder, &dirfd, err) == -1)
		return -1;
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1 && snprintf(of_folder, sizeof(of_folder), OF_FOLDER "%s", name) < (int)sizeof(of_folder))
		fd = openat(dirfd, of_folder, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	close(dirfd);
	return fd;
}

static int
open_checked(const char *path, const char *what, int *fd_r, struct err *err)
{
	bool is_public = strcmp(what, "certificate") == 0;	/* it may be read by all, and changed by nobody */
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		return err_errno(err, ERR_CONFIG, "the %s file %s cannot be opened", what, path);
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		err_set(err, ERR_CONFIG, "the %s file %s is not a file", what, path);
	else if (st.st_uid != getuid() && st.st_uid != 0)
		err_set(err, ERR_CONFIG, "the %s file %s belongs to another user; it must belong to the user that "
		    "runs adviced, or to root", what, path);
	else if ((st.st_mode & (is_public ? 0022 : 0077)) != 0)
		err_set(err, ERR_CONFIG, "the %s file %s can be read by others; say: chmod 600 %s", what, path, path);
	else {
		*fd_r = fd;
		return 0;
	}
	close(fd);
	return -1;
}

static void
forget(struct buf *text)
{
	if (text->data != NULL)
		explicit_bzero(text->data, text->size);
	buf_free(text);
}

/* The file's text without the line end behind it, appended to text. what: "password". */
static int
add_file(struct buf *text, const char *path, const char *what, size_t most, struct err *err)
{
	struct buf one = BUF_INIT;
	int fd = open_credential(path, NULL), rc = -1;

	if (fd == -1 && open_checked(path, what, &fd, err) == -1)
		return -1;
	if (file_read_fd(fd, most, &one, err) == -1)
		err_wrap(err, "the %s file %s", what, path);
	else {
		while (one.len > 0 && (one.data[one.len - 1] == '\n' || one.data[one.len - 1] == '\r'))
			one.data[--one.len] = '\0';
		if (one.len == 0 || strlen(one.data) != one.len)
			err_set(err, ERR_CONFIG, "the %s file %s %s", what, path,
			    one.len == 0 ? "is empty" : "holds something else than text");
		else
			rc = 0;
	}
	close(fd);
	if (rc == 0)
		buf_add(text, one.data, one.len);
	forget(&one);
	return rc;
}

/* The text as the caller's own; -1 where rc says so. */
static int
give(struct buf *text, int rc, char **secret_r)
{
	*secret_r = rc == 0 ? x_strdup(buf_text(text)) : NULL;
	forget(text);
	return rc;
}

int
config_secret(const struct server *server, char **secret_r, struct err *err)
{
	struct buf text = BUF_INIT;

	*secret_r = NULL;
	if (server->sign_in != NULL)
		return sign_in_secret(server->sign_in, secret_r, err);
	if (server->user == NULL || server->password_file == NULL)
		return 0;
	return give(&text, add_file(&text, server->password_file, "password", SECRET_MOST, err), secret_r);
}

int
sign_in_secret(const struct sign_in *sign_in, char **secret_r, struct err *err)
{
	struct buf text = BUF_INIT;
	int rc;

	if (sign_in->secret_file != NULL)
		rc = add_file(&text, sign_in->secret_file, "secret", SECRET_MOST, err);
	else if (sign_in->account_file != NULL)
		rc = add_file(&text, sign_in->account_file, "account", PROOF_MOST, err);
	else {
		rc = add_file(&text, sign_in->certificate_file, "certificate", PROOF_MOST, err);
		buf_add_char(&text, '\n');
		if (rc == 0)
			rc = add_file(&text, sign_in->key_file, "key", PROOF_MOST, err);
		buf_add_char(&text, '\n');
	}
	return give(&text, rc, secret_r);
}
