/*
 * advicectl simulate --letters FOLDER: every mail as its reader would see it,
 * 0001.html and 0001.txt and so on, in the order in which they go.  For
 * whoever writes rules and templates, and for pictures.
 * Invariant: the text is the one that the daemon would send; no attachment is
 * written.
 * Fails: when the folder cannot be written.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ctl/letters.h"
#include "mail/compose.h"

static int
put(struct scene *scene, const char *name, const char *text, struct err *err)
{
	int fd = openat(scene->letters, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	size_t len = strlen(text);
	bool written = fd != -1 && write(fd, text, len) == (ssize_t)len;

	if (fd != -1 && close(fd) == -1)
		written = false;
	return written ? 0 : err_errno(err, ERR_RETRY, "--letters: %s", name);
}

/* In the place of freezing: the mail is rendered, and nothing is sent. */
static int
letter_put(void *ctx, const struct letter *letter, instant at, struct outbox_row *row, struct err *err)
{
	struct scene *scene = ctx;
	struct arena *arena = arena_new();
	const char *head = arena_printf(arena, "To: %s\nCc: %s\nSubject: %s\n\n", strs_join(arena, &letter->mail->to, ", "),
	    strs_join(arena, &letter->mail->cc, ", "), letter->subject);
	int rc;

	(void)at;
	row->spool_name = "";
	if (row->state != OUTBOX_QUEUED) {	/* held: it does not go */
		arena_free(&arena);
		return 0;
	}
	scene->letter_count++;
	rc = put(scene, arena_printf(arena, "%04d.html", scene->letter_count), compose_html_part(arena, letter), err);
	if (rc == 0)
		rc = put(scene, arena_printf(arena, "%04d.txt", scene->letter_count),
		    arena_printf(arena, "%s%s", head, compose_text_part(arena, letter)), err);
	arena_free(&arena);
	return rc;
}

int
letters_open(struct scene *scene, const char *folder, struct err *err)
{
	if (mkdir(folder, 0700) == -1 && errno != EEXIST)
		return err_errno(err, ERR_RETRY, "--letters %s", folder);
	scene->letters = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (scene->letters == -1)
		return err_errno(err, ERR_RETRY, "--letters %s", folder);
	scene->engine.desk.freeze = letter_put;
	return 0;
}

void
letters_close(struct scene *scene)
{
	if (scene->letters != -1)
		close(scene->letters);
}
