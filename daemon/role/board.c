/*
 * The daemon's own board page.  See board.h.  A process of its own, started by
 * the parent when it is time: core only tells what there is, in small pieces
 * between other work, and this process draws it.
 * Invariant: it opens nothing but the folder of the page; the store is core's.
 * Fails: exit 1 with a line in the log; the page stays as it was, and its own
 * time says how old it is.
 */
#include "role/board.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "ctl/board.h"
#include "role/sandbox.h"

#define SEARCHED	"/etc"	/* where the group's number is found */

static int
shut_in(struct arena *arena, const struct config *config, struct err *err)
{
	const char *slash = strrchr(config->board.file, '/');
	const char *folder = arena_strndup(arena, config->board.file,
	    slash == config->board.file ? 1 : (size_t)(slash - config->board.file));
	const char *read[] = { SEARCHED, "/usr/lib", "/lib", NULL }, *write[] = { folder, NULL };
	struct sandbox_paths paths = { read, write };

	if (board_folder(folder, config->board.group, err) == -1)
		return -1;
	return sandbox_role("board", &paths, err);
}

int
role_board(const struct config *config)
{
	struct arena *arena = arena_new();
	struct buf page = BUF_INIT;
	struct err err = { ERR_NONE, "" };
	struct board board;
	int code = 1;

	if (config->board.file == NULL || shut_in(arena, config, &err) == -1)
		log_err("board reason=\"%s\"", err.text);
	else if (board_ask(arena, config, true, false, &board) == 0) {
		board.every_s = config->board.every_s;
		board_page(arena, &board, &page);
		if (board_write(&config->board, &page, &err) == -1)
			log_err("board reason=\"%s\"", err.text);
		else {
			log_info("board cases=%zu bytes=%zu", board.case_count, page.len);
			code = 0;
		}
	}
	buf_free(&page);
	arena_free(&arena);
	return code;
}
