/*
 * When the board's page is written: soon after core is there, then again and
 * again.  Runs in the parent.
 * Invariant: one at a time; drawing takes at most one part in ten of the time,
 * so that a store that has grown slows the page and not the daemon.
 * Fails: a page that cannot be drawn is tried again when it is due the next
 * time; one that takes too long is given up.
 */
#include <signal.h>
#include <sys/wait.h>

#include "base/log.h"
#include "role/parent_private.h"

#define DRAW_MS		(10 * 60 * 1000)
#define SHARE		10

void
board_turn(struct parent *parent)
{
	int64_t now = clock_real_ms();
	struct err err;

	if (parent->board.pid != 0) {
		if (now >= parent->board.until_ms || parent->phase != PHASE_RUNNING) {
			log_warning("kill name=board");
			kill(parent->board.pid, SIGKILL);
			parent->board.until_ms = INT64_MAX;
		}
		return;
	}
	if (parent->config->board.file == NULL || parent->phase != PHASE_RUNNING || !parent->core_ready || now < parent->board.next_ms)
		return;
	parent->board.began_ms = now;
	parent->board.until_ms = now + DRAW_MS;
	parent->board.next_ms = now + parent->config->board.every_s * (int64_t)1000;
	if (child_once(parent, "board", false, &parent->board.pid, &err) == -1) {
		parent->board.pid = 0;
		log_err("the board cannot be drawn reason=\"%s\"", err.text);
	}
}

bool
board_over(struct parent *parent, pid_t pid)
{
	int64_t now = clock_real_ms(), took;

	if (parent->board.pid == 0 || pid != parent->board.pid)
		return false;
	took = now - parent->board.began_ms;
	parent->board.pid = 0;
	if (now + took * SHARE > parent->board.next_ms)
		parent->board.next_ms = now + took * SHARE;
	return true;
}
