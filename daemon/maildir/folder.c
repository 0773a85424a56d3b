/*
 * Folders of a maildir.  Run by the fetch role.
 * Invariant: a mail's file is renamed and never written; whoever else uses the
 * maildir may move and rename files at any time.
 * Fails: ERR_MAILBOX when a folder cannot be read, ERR_RETRY when the disk
 * fails, ERR_MESSAGE for a mail that has gone.
 */
#include "maildir/folder.h"

#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/step.h"
#include "base/str.h"
#include "imap/name.h"

#define HEADER_MAX	(256u << 10)	/* where a Message-ID is looked for */

/* ---- Folders */

static char *
folder_path(struct arena *arena, const char *path, const char *name)
{
	struct buf wire = BUF_INIT;
	char *whole;

	if (str_same(name, "INBOX"))
		return arena_strdup(arena, path);
	name_encode(name, &wire);
	whole = arena_printf(arena, "%s/.%s", path, buf_text(&wire));
	for (char *p = whole + strlen(path) + 2; *p != '\0'; p++)
		if (*p == '/')
			*p = '.';
	buf_free(&wire);
	return whole;
}

static int
make(struct arena *arena, const char *folder, bool below, struct err *err)
{
	static const char *const parts[] = { "tmp", "new", "cur" };
	int fd;

	if (step("maildir.create") == -1)
		return err_errno(err, ERR_RETRY, "maildir: making %s", folder);
	for (int i = 0; i < 3; i++)
		if (file_make_dir(arena_printf(arena, "%s/%s", folder, parts[i]), 0700, err) == -1)
			return -1;
	fd = below ? open(arena_printf(arena, "%s/maildirfolder", folder), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
	if (fd != -1)
		close(fd);
	return 0;
}

static int
open_part(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int
maildir_open(const char *path, const char *name, bool may_make, struct maildir_folder *folder_r, bool *there_r, struct err *err)
{
	struct arena *arena = arena_new();
	const char *whole = folder_path(arena, path, name);
	int rc = 0;

	*folder_r = (struct maildir_folder){ -1, -1, -1, -1 };
	*there_r = true;
	if (may_make && access(arena_printf(arena, "%s/cur", whole), F_OK) == -1)
		rc = make(arena, whole, !str_same(name, "INBOX"), err);
	if (rc == 0) {
		folder_r->dir = open(whole, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		folder_r->cur = folder_r->dir == -1 ? -1 : open_part(folder_r->dir, "cur");
		folder_r->new = folder_r->dir == -1 ? -1 : open_part(folder_r->dir, "new");
		folder_r->tmp = folder_r->dir == -1 ? -1 : open_part(folder_r->dir, "tmp");
		if (folder_r->cur == -1 || folder_r->new == -1 || folder_r->tmp == -1) {
			*there_r = false;
			if (errno != ENOENT && errno != ENOTDIR)
				rc = err_errno(err, ERR_MAILBOX, "the maildir %s cannot be opened", whole);
			maildir_close(folder_r);
		}
	}
	arena_free(&arena);
	return rc;
}

static void
close_one(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
maildir_close(struct maildir_folder *folder)
{
	close_one(&folder->dir);
	close_one(&folder->cur);
	close_one(&folder->new);
	close_one(&folder->tmp);
}

/* ---- Mails */

static int
compare_base(const void *pa, const void *pb)
{
	const struct maildir_mail *a = pa, *b = pb;

	return strcmp(a->base, b->base);
}

static int
scan_part(struct arena *arena, int part, bool in_new, struct maildir_mail **mails, size_t *count, struct err *err)
{
	int fd = openat(part, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL) {
		close_one(&fd);
		return err_errno(err, ERR_MAILBOX, "the maildir cannot be read");
	}
	while ((errno = 0, entry = readdir(dir)) != NULL) {
		struct maildir_mail *mail;
		struct stat st;

		if (entry->d_name[0] == '.' || strchr(entry->d_name, '\n') != NULL ||
		    fstatat(part, entry->d_name, &st, 0) == -1 || !S_ISREG(st.st_mode))
			continue;
		mail = arena_push(arena, *mails, *count);
		mail->name = arena_strdup(arena, entry->d_name);
		mail->base = arena_strndup(arena, entry->d_name, strcspn(entry->d_name, ":"));
		mail->in_new = in_new;
		mail->size = (uint64_t)st.st_size;
		mail->mtime = st.st_mtime;
	}
	if (errno != 0) {
		err_errno(err, ERR_MAILBOX, "the maildir cannot be read");
		closedir(dir);
		return -1;
	}
	closedir(dir);
	return 0;
}

int
maildir_scan(struct arena *arena, const struct maildir_folder *folder, struct maildir_mail **mails_r, size_t *count_r,
    struct err *err)
{
	size_t kept = 0;

	*mails_r = NULL;
	*count_r = 0;
	/* new first: what is moved from new to cur meanwhile is seen twice rather than not at all. */
	if (scan_part(arena, folder->new, true, mails_r, count_r, err) == -1 ||
	    scan_part(arena, folder->cur, false, mails_r, count_r, err) == -1)
		return -1;
	if (*count_r > 0)
		qsort(*mails_r, *count_r, sizeof(**mails_r), compare_base);
	for (size_t i = 0; i < *count_r; i++) {
		if (kept > 0 && strcmp((*mails_r)[kept - 1].base, (*mails_r)[i].base) == 0) {
			if (!(*mails_r)[i].in_new)
				(*mails_r)[kept - 1] = (*mails_r)[i];
		} else
			(*mails_r)[kept++] = (*mails_r)[i];
	}
	*count_r = kept;
	return 0;
}

const struct maildir_mail *
maildir_find(const struct maildir_mail *mails, size_t count, const char *base)
{
	const struct maildir_mail key = { .base = base };

	return count == 0 ? NULL : bsearch(&key, mails, count, sizeof(*mails), compare_base);
}

static int
gone(const struct maildir_mail *mail, struct err *err)
{
	return err_errno(err, errno == ENOENT ? ERR_MESSAGE : ERR_RETRY, "maildir: %.80s", mail->base);
}

int
maildir_open_mail(const struct maildir_folder *folder, const struct maildir_mail *mail, int *fd_r, struct err *err)
{
	*fd_r = openat(mail->in_new ? folder->new : folder->cur, mail->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return *fd_r == -1 ? gone(mail, err) : 0;
}

/* The value of the first Message-ID field, unfolded as far as its angle brackets go. */
static const char *
id_in(struct arena *arena, const char *text)
{
	for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n'), line += line != NULL) {
		const char *open, *close;

		if (*line == '\n' || *line == '\r')
			return "";
		if (strncasecmp(line, "message-id:", 11) != 0)
			continue;
		open = strchr(line, '<');
		close = open == NULL ? NULL : strchr(open, '>');
		if (close == NULL || close - open > 900)
			return "";
		for (const char *p = open; p < close; p++)
			if (*p <= ' ' || *p > '~')
				return "";
		return arena_strndup(arena, open, (size_t)(close - open) + 1);
	}
	return "";
}

int
maildir_message_id(struct arena *arena, const struct maildir_folder *folder, const struct maildir_mail *mail,
    const char **id_r, struct err *err)
{
	char *text = x_calloc(1, HEADER_MAX + 1);
	ssize_t n = 0;
	int fd, rc = maildir_open_mail(folder, mail, &fd, err);

	*id_r = "";
	if (rc == 0) {
		n = pread(fd, text, HEADER_MAX, 0);
		close(fd);
		if (n > 0)
			*id_r = id_in(arena, text);
	}
	free(text);
	return rc;
}

int
maildir_move(const struct maildir_folder *from, const struct maildir_mail *mail, const struct maildir_folder *to, struct err *err)
{
	struct arena *arena = arena_new();
	const char *name = strchr(mail->name, ':') != NULL ? mail->name : arena_printf(arena, "%s:2,", mail->name);
	int source = mail->in_new ? from->new : from->cur, rc = 0;

	if (step("maildir.move") == -1)
		rc = err_errno(err, ERR_RETRY, "maildir: moving a mail");
	else if (renameat(source, mail->name, to->cur, name) == -1)
		rc = gone(mail, err);
	else if (fsync(to->cur) == -1 || fsync(source) == -1)
		rc = err_errno(err, ERR_RETRY, "maildir: moving a mail");
	arena_free(&arena);
	return rc;
}
