/*
 * The group "board" of adviced.cfg: the page that the daemon writes for
 * managers.
 * Invariant: without a file there is no page.
 * Fails: every problem goes to the report, with file and line.
 */
#include <stddef.h>
#include <string.h>

#include "conf/config_value.h"

/* As rules say it (true), or as the rest of this file does ("yes"). */
static void
key_names(struct reader *reader, const struct node *node, void *at)
{
	if (node->type == NODE_BOOL)
		key_bool(reader, node, at);
	else
		key_yes_no(reader, node, at);
}

static const struct key board_keys[] = {
	{ "file", key_text, offsetof(struct board_config, file) },
	{ "every", key_seconds, offsetof(struct board_config, every_s) },
	{ "names", key_names, offsetof(struct board_config, names) },
	{ "group", key_text, offsetof(struct board_config, group) },
	{ NULL, NULL, 0 }
};

void
key_board(struct reader *reader, const struct node *node, void *at)
{
	struct board_config *board = &((struct config *)at)->board;

	if (!read_is_group(reader, node, "a group { file = \"/srv/adviced-board/board.html\"; group = \"send-managers\" }"))
		return;
	read_group(reader, node, "the board", board_keys, board);
	if (board->file != NULL && (board->file[0] == '\0' || board->file[strlen(board->file) - 1] == '/'))
		problem_add(reader->problems, tree_child(node, "file")->where, "file = \"/srv/adviced-board/board.html\"",
		    "\"file\" is a folder; it must name the page in it");
}
