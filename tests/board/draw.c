/*
 * The board's page from lines as `advicectl board --json` prints them: the
 * same reading and drawing, without a store.
 * usage: draw LINES > page.html
 */
#include <fcntl.h>
#include <stdio.h>

#include "base/file.h"
#include "ctl/board.h"

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct buf lines = BUF_INIT, page = BUF_INIT;
	struct board board = { .every_s = 600 };
	int64_t next;
	struct err err;

	if (argc != 2 || file_read(AT_FDCWD, argv[1], 256u << 20, &lines, &err) == -1 ||
	    board_read(arena, buf_text(&lines), &board, &next, &err) == -1) {
		fprintf(stderr, "draw: %s\n", argc != 2 ? "usage: draw LINES" : err.text);
		return 2;
	}
	board.made = board.now;
	board_page(arena, &board, &page);
	fwrite(buf_text(&page), 1, page.len, stdout);
	buf_free(&page);
	buf_free(&lines);
	arena_free(&arena);
	return 0;
}
