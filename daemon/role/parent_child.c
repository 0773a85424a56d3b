/*
 * One role as its parent sees it: starting it with its descriptors, talking to
 * it.
 * Invariant: a password goes to the one role that needs it and to nobody else;
 * a role and core have a fresh socketpair each time, so that nothing of a dead
 * process reaches the next one.
 * Fails: ERR_RETRY when it cannot be started now, ERR_CONFIG for its password.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "ctl/ctl.h"
#include "ipc/wire.h"
#include "role/apart.h"
#include "role/parent_private.h"

#define ARGV_MAX	48	/* a name and a value for each limit, and some */

static const struct server *
server_of(const struct parent *parent, const struct child *child)
{
	if (child->mailbox != NULL)
		return child->mailbox->maildir != NULL ? NULL : &child->mailbox->imap;
	return strcmp(child->name, "send") == 0 ? &parent->config->smtp : NULL;
}

/* What runs goes on with what it has: whoever looks at our state hears why it could not sign in again. */
static void
secret_tell(struct parent *parent, struct child *child, const char *why)
{
	struct channel *core = parent->children[0].channel;
	struct frame frame;
	struct err err;

	if (core == NULL || (why[0] == '\0' && !child->secret_told))
		return;
	child->secret_told = why[0] != '\0';
	frame_init(&frame, WIRE_SECRET, 0);
	put_str(&frame, child->name);
	put_str(&frame, why);
	channel_queue(core, &frame);
	frame_free(&frame);
	channel_flush(core, &err);	/* a core that is gone is noticed when it is read from */
}

bool
child_secret_changed(struct parent *parent, struct child *child)
{
	const struct server *server = server_of(parent, child);
	char hash[65];
	struct err err;

	if (server == NULL)
		return false;
	if (apart_secret(server, NULL, hash, &err) == -1) {
		log_err("password role=%s reason=\"%s\"", child->name, err.text);
		if (err.scope == ERR_CONFIG)
			secret_tell(parent, child, err.text);
		return false;
	}
	secret_tell(parent, child, "");
	return strcmp(hash, child->secret_hash) != 0;
}

static int
give_secret(struct parent *parent, struct child *child, int *fd_r, struct err *err)
{
	const struct server *server = server_of(parent, child);
	int rc;

	*fd_r = -1;
	if (server == NULL)
		return 0;
	rc = apart_secret(server, fd_r, child->secret_hash, err);
	if (rc == 0 || err->scope == ERR_CONFIG)
		secret_tell(parent, child, rc == 0 ? "" : err->text);
	return rc;
}

/* ---- What a role is started with */

static void
role_words(const struct parent *parent, const char *name, struct arena *arena, const char **argv)
{
	const struct parent_start *start = parent->start;
	int n = 0;

	argv[n++] = "adviced";
	argv[n++] = "--role";
	argv[n++] = name;
	argv[n++] = "-c";
	argv[n++] = start->config_path;
	if (start->test_clock)
		argv[n++] = "--test-clock";
	if (start->from != INSTANT_NONE) {
		argv[n++] = "--from";
		argv[n++] = instant_iso(arena, start->from);
	}
	if (start->speed != 0) {
		argv[n++] = "--speed";
		argv[n++] = arena_printf(arena, "%d", start->speed);
	}
	argv[n] = NULL;
}

static void
parser_words(const struct parent *parent, struct arena *arena, const char **argv)
{
	struct strs words = { NULL, 0 };
	size_t i;

	argv[0] = "adviced-parse";
	limits_words(arena, &parent->config->limits, &words);
	for (i = 0; i < words.n && i + 2 < ARGV_MAX; i++)
		argv[i + 1] = words.v[i];
	argv[i + 1] = NULL;
}

static int
pair(int *ours, int *theirs, struct err *err)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		return err_errno(err, ERR_RETRY, "no descriptors for another role");
	*ours = fds[0];
	*theirs = fds[1];
	return 0;
}

/* Core gets its end of the line to a role. */
static void
introduce(struct parent *parent, const struct child *child, int core_end)
{
	struct channel *core = parent->children[0].channel;
	struct frame frame;
	struct err err;

	if (core == NULL)
		return;
	frame_init(&frame, WIRE_PEER, child->wanted_anew ? PEER_WANTED : 0);
	put_str(&frame, child->name);
	put_fd(&frame, core_end);
	channel_queue(core, &frame);
	frame_free(&frame);
	channel_flush(core, &err);
}

static void
close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] != -1)
			close(fds[i]);
}

static void
child_started(struct parent *parent, struct child *child, int parent_end)
{
	int64_t now = clock_real_ms();

	child->channel = channel_new(parent_end);
	child->pulse.started_ms = now;
	child->wanted_anew = false;
	if (child->pulse.answered_ms == -1)
		child->pulse.answered_ms = now;
	child->pulse.limit_ms = child == &parent->children[0] ? PULSE_FIRST_LIMIT_MS : PULSE_LIMIT_MS;
	log_info("start name=%s pid=%d", child->name, (int)child->pid);
	child_ask(parent, child);
}

int
child_start(struct parent *parent, struct child *child, struct err *err)
{
	struct arena *arena = arena_new();
	const char *argv[ARGV_MAX];
	struct launch launched = { .argv = argv };
	int ends[2] = { -1, -1 };	/* ours to the role, core's to it */
	bool is_core = child == &parent->children[0], is_parser = strcmp(child->name, "parse") == 0;
	int rc = -1;

	for (int i = 0; i < ROLE_FD_END; i++)
		launched.fds[i] = -1;
	if (pair(&ends[0], &launched.fds[ROLE_FD_PARENT], err) == -1 ||
	    (!is_core && pair(&ends[1], &launched.fds[ROLE_FD_CORE], err) == -1) ||
	    give_secret(parent, child, &launched.fds[ROLE_FD_SECRET], err) == -1)
		goto out;
	if (is_parser) {
		launched.program = place_parser(arena);
		parser_words(parent, arena, argv);
	} else {
		role_words(parent, child->name, arena, argv);
		if (launch_text("configuration", parent->config_text, &launched.fds[ROLE_FD_CONFIG], err) == -1)
			goto out;
		launched.fds[ROLE_FD_LOCK] = dup(parent->lock_fd);
	}
	if (launch(&launched, &child->pid, err) == -1)
		goto out;
	if (!is_core)
		introduce(parent, child, ends[1]);
	child_started(parent, child, ends[0]);
	ends[0] = -1;
	rc = 0;
out:
	close_all(ends, 2);
	close_all(launched.fds + ROLE_FD_CORE, ROLE_FD_END - ROLE_FD_CORE);
	arena_free(&arena);
	return rc;
}

int
child_once(const struct parent *parent, const char *name, bool writes, pid_t *pid_r, struct err *err)
{
	struct arena *arena = arena_new();
	const char *argv[ARGV_MAX];
	struct launch launched = { .argv = argv };
	int rc;

	for (int i = 0; i < ROLE_FD_END; i++)
		launched.fds[i] = -1;
	role_words(parent, name, arena, argv);
	rc = launch_text("configuration", parent->config_text, &launched.fds[ROLE_FD_CONFIG], err);
	if (rc == 0) {
		launched.fds[ROLE_FD_LOCK] = writes ? dup(parent->lock_fd) : -1;
		rc = launch(&launched, pid_r, err);
	}
	close_all(launched.fds + ROLE_FD_CORE, ROLE_FD_END - ROLE_FD_CORE);
	arena_free(&arena);
	return rc;
}

/* ---- Talking to it */

void
child_tell(struct child *child, uint16_t type, uint64_t id)
{
	struct frame frame;
	struct err err;

	if (child->channel == NULL)
		return;
	frame_init(&frame, type, id);
	channel_queue(child->channel, &frame);
	frame_free(&frame);
	channel_flush(child->channel, &err);	/* a role that is gone is noticed when it is read from */
}

void
child_ask(struct parent *parent, struct child *child)
{
	child->pulse.asked_ms = clock_real_ms();
	child_tell(child, WIRE_ALIVE_ASK, ++parent->ticket);
}

void
child_lost(struct child *child)
{
	channel_free(&child->channel);
}
