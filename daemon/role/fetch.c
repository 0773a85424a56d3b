/*
 * The process around a watched mailbox.  Polls the parent's and core's
 * channels and the IMAP connection; stays answerable while mail is being
 * fetched, because the stream calls serve() at least every quarter of a
 * second.
 * Invariant: what core was told (WIRE_ENTERED) is durable in the spool.
 * Fails: exit 1 when it cannot start or core talks nonsense; everything about
 * the mailbox itself is told to core and tried again.
 */
#include "role/fetch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "ipc/frame.h"
#include "ipc/wire.h"
#include "role/sandbox.h"
#include "role/watcher.h"

struct fetch_process {
	struct channel	*parent, *core;
	struct watcher	 watcher;
	bool		 stop;
	int		 exit_code;
};

static void
to_core(void *ctx, const struct frame *frame)
{
	struct fetch_process *process = ctx;

	channel_queue(process->core, frame);
	/* At once: a person waits for this mail.  A core that is gone is noticed in serve(). */
	channel_flush(process->core, NULL);
}

static void
stop(struct fetch_process *process, int exit_code)
{
	process->stop = true;
	if (exit_code != 0)
		process->exit_code = exit_code;
}

static void
from_parent(struct fetch_process *process, const struct frame *frame)
{
	struct frame answer;

	switch (frame->type) {
	case WIRE_STOP:
		stop(process, 0);
		break;
	case WIRE_ALIVE_ASK:
		frame_init(&answer, WIRE_ALIVE, frame->id);
		channel_queue(process->parent, &answer);
		frame_free(&answer);
		break;
	case WIRE_RELOAD:
		break;		/* the parent starts us afresh when our settings change */
	default:
		log_err("unexpected frame from=parent type=%u", frame->type);
		stop(process, 1);
	}
}

static void
from_core(struct fetch_process *process, struct frame *frame)
{
	struct err err;

	if (watcher_handle(&process->watcher, frame, &err) == -1) {
		log_err("unexpected frame from=core type=%u", frame->type);
		stop(process, 1);
	}
}

static void
serve_channel(struct fetch_process *process, struct channel *channel)
{
	struct frame frame;
	struct err err;
	bool gone = channel_fill(channel, &err) == -1;

	while (channel_next(channel, &frame)) {
		if (channel == process->parent)
			from_parent(process, &frame);
		else
			from_core(process, &frame);
		frame_free(&frame);
	}
	if (gone || channel_flush(channel, &err) == -1)
		stop(process, 0);
}

/* Hear and answer parent and core; false when it is time to go. */
static bool
serve(void *ctx)
{
	struct fetch_process *process = ctx;

	serve_channel(process, process->parent);
	serve_channel(process, process->core);
	return !process->stop;
}

static void
wait_for_any(struct fetch_process *process, const struct fetch_wait *wait)
{
	struct pollfd fds[3] = {
		{ channel_fd(process->parent), POLLIN, 0 },
		{ channel_fd(process->core), POLLIN, 0 },
		{ wait->fd, POLLIN, 0 }		/* -1 is passed over */
	};

	if (channel_wants_write(process->parent))
		fds[0].events |= POLLOUT;
	if (channel_wants_write(process->core))
		fds[1].events |= POLLOUT;
	if (poll(fds, 3, wait->timeout_ms) == -1 && errno != EINTR) {
		log_err("poll failed errno=%d", errno);
		stop(process, 1);
	}
}

/*
 * Looking a name up is the one thing that cannot be left half way: the C
 * library is told to take some twenty seconds at most, with three name servers
 * that are silent.  Should it take longer, the parent ends this process.
 */
static void
limit_name_look_up(void)
{
	setenv("RES_OPTIONS", "timeout:3 attempts:2", 0);
}

static int
enter_sandbox(const struct fetch_role_start *start, struct err *err)
{
	const struct sandbox_paths paths = { start->read_paths, start->write_paths };
	bool none = start->read_paths == NULL && start->write_paths == NULL;

	return sandbox_role(start->mailbox->maildir != NULL ? "maildir" : "fetch", none ? NULL : &paths, err);
}

int
role_fetch(const struct fetch_role_start *start)
{
	struct fetch_process process = { .parent = channel_new(start->parent_fd), .core = channel_new(start->core_fd) };
	struct fetch_start fetch_start = { .mailbox = start->mailbox, .password = start->password,
	    .tmp_fd = start->tmp_fd, .new_fd = start->new_fd, .max_mail_bytes = start->max_mail_bytes,
	    .retry_ms = start->retry_ms, .turn = { serve, &process }, .out = to_core, .out_ctx = &process };
	struct fetch_wait wait;
	struct err err;

	signal(SIGPIPE, SIG_IGN);
	limit_name_look_up();
	if (watcher_new(&fetch_start, &process.watcher, &err) == -1 || enter_sandbox(start, &err) == -1) {
		log_err("cannot start mailbox=%s reason=\"%s\"", start->mailbox->name, err.text);
		stop(&process, 1);
	}
	while (!process.stop && serve(&process)) {
		watcher_turn(&process.watcher, &wait);
		if (!process.stop)
			wait_for_any(&process, &wait);
	}
	watcher_free(&process.watcher);
	channel_free(&process.core);
	channel_free(&process.parent);
	close(start->tmp_fd);
	close(start->new_fd);
	return process.exit_code;
}
