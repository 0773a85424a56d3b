/*
 * advicectl board: asks core for what there is, draws the page, puts it where
 * it is wanted; the daemon's board process does the same.
 * Invariant: the file is the page before or the page after, never a part; it
 * is readable for its owner and one group, never for everybody.
 * Exit: 0 well, 1 found wrong, 2 misuse.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "ctl/board.h"
#include "ctl/ctl.h"
#include "ctl/live.h"

#define RESTS	3	/* for each part of core's time that we take, so many are left to others */

/* ---- Asking */

static void
rest(long took_ms)
{
	struct timespec time = { took_ms * RESTS / 1000, took_ms * RESTS % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

/* All but the line that says where to go on. */
static void
lines_print(const char *lines)
{
	const char *end;

	for (; (end = strchr(lines, '\n')) != NULL; lines = end + 1)
		if (!str_starts(lines, "{\"next\":"))
			fwrite(lines, 1, (size_t)(end + 1 - lines), stdout);
}

int
board_ask(struct arena *arena, const struct config *config, bool only_daemon, bool print, struct board *board)
{
	char command[] = "board", option[] = "--after";
	struct buf heard = BUF_INIT;
	int64_t next = 0;
	int code = LIVE_GOES_ON;
	struct err err;

	*board = (struct board){ .made = clock_wall() };
	while (code == LIVE_GOES_ON) {
		char *argv[] = { command, option, arena_printf(arena, "%lld", (long long)next), NULL };

		buf_reset(&heard);
		code = only_daemon ? ctl_ask_daemon(config, 3, argv, &heard) : ctl_ask(arena, config, 3, argv, &heard);
		if (code != 0 && code != LIVE_GOES_ON)
			break;
		if (board_read(arena, buf_text(&heard), board, &next, &err) == -1 || (code == LIVE_GOES_ON && next == 0))
			code = ctl_fail(1, "%s", next == 0 ? "the daemon answered in words that make no sense" : err.text);
		if (print)
			lines_print(buf_text(&heard));
		if (only_daemon && code == LIVE_GOES_ON)
			rest(board->took_ms);
	}
	buf_free(&heard);
	return code;
}

/* ---- Writing */

/* The group's number, and leave for nobody else. */
static int
permit(int fd, const char *group, unsigned mode, struct err *err)
{
	const struct group *found;

	if (group != NULL) {
		if ((found = getgrnam(group)) == NULL)
			return err_set(err, ERR_CONFIG, "the board's group \"%s\" does not exist on this machine", group);
		if (fchown(fd, (uid_t)-1, found->gr_gid) == -1)
			return err_errno(err, ERR_CONFIG, "the board cannot be given to the group %s; the user who writes it must be a "
			    "member", group);
	}
	return fchmod(fd, mode) == -1 ? err_errno(err, ERR_RETRY, "the board") : 0;
}

/* What was there before us is left with the rights that it has. */
int
board_folder(const char *path, const char *group, struct err *err)
{
	struct stat st;
	int fd = -1, rc;

	if (stat(path, &st) == 0)
		return 0;
	if (file_make_dir(path, 0750, err) == -1 || file_open_dir(path, &fd, err) == -1)
		return -1;
	rc = permit(fd, group, 0750, err);
	close(fd);
	return rc;
}

int
board_write(const struct board_config *config, const struct buf *page, struct err *err)
{
	struct arena *arena = arena_new();
	const char *slash = strrchr(config->file, '/');
	const char *folder = slash == NULL ? "." : slash == config->file ? "/" :
	    arena_strndup(arena, config->file, (size_t)(slash - config->file));
	const char *name = slash == NULL ? config->file : slash + 1, *fresh = arena_printf(arena, "%s.new", name);
	int dir = -1, fd = -1, rc = -1;

	if (board_folder(folder, config->group, err) == -1 || file_open_dir(folder, &dir, err) == -1 || file_remove(dir,
	    fresh, err) == -1 ||
	    file_create(dir, fresh, &fd, err) == -1)
		goto out;
	if (permit(fd, config->group, 0640, err) == 0 && file_write(fd, buf_text(page), page->len, err) == 0 &&
	    file_commit(&fd, err) == 0)
		rc = file_rename(dir, fresh, dir, name, err);
	if (rc == -1)
		unlinkat(dir, fresh, 0);
out:
	if (fd != -1)
		close(fd);
	if (dir != -1)
		close(dir);
	arena_free(&arena);
	return rc;
}

/* ---- The command */

static int
draw(struct arena *arena, const struct config *config, const char *file, bool json)
{
	struct board_config to = { .file = file };
	struct buf page = BUF_INIT;
	struct board board;
	struct err err;
	int code = board_ask(arena, config, false, json, &board);

	if (code == 0 && !json)
		board_page(arena, &board, &page);
	if (code == 0 && file != NULL && board_write(&to, &page, &err) == -1)
		code = ctl_fail(1, "%s", err.text);
	else if (code == 0 && file == NULL && (fwrite(buf_text(&page), 1, page.len, stdout) != page.len || fflush(stdout) == EOF))
		code = ctl_fail(1, "the page could not be written: %s", strerror(errno));
	buf_free(&page);
	return code;
}

int
ctl_board(const struct ctl *ctl, int argc, char **argv)
{
	struct arena *arena = arena_new();
	bool named = argc == 3 && (strcmp(argv[1], "-o") == 0 || strcmp(argv[1], "--out") == 0);
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	struct config *config;
	int code;

	if (argc != 1 && !named && !json)
		code = ctl_usage(argv[0]);
	else if (!named && !json && isatty(STDOUT_FILENO))
		code = ctl_fail(2, "a page of HTML is no use on a terminal; say where it is to go: advicectl board -o board.html");
	else if (ctl_config(arena, ctl->config, &config) == -1)
		code = 1;
	else
		code = draw(arena, config, named ? argv[2] : NULL, json);
	arena_free(&arena);
	return code;
}
