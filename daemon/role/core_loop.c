/*
 * Core's process.  See core_loop.h.
 * Invariant: frames of a peer are handled before the parent's, so that what a
 * role said before it ended is stored before a stop is obeyed.
 * Fails: exit EXIT_CONFIG when core cannot begin because of what an
 * administrator wrote, 1 when it cannot go on.
 */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ipc/wire.h"
#include "role/control_socket.h"
#include "role/core_loop.h"
#include "role/launch.h"
#include "role/sandbox.h"

#define PEER_NAME_MAX	64
#define LULL_MS		1000	/* nothing to do for so long */

struct peer {
	struct peer	*next;
	char		 name[PEER_NAME_MAX];
	struct channel	*channel;
	bool		 gone;
};

struct core_loop {
	const struct config *config;
	struct core	*core;
	struct channel	*parent;
	struct control	*control;
	struct peer	*peers;
	bool		 stop;
	int		 exit_code;
};

static void
loop_end(struct core_loop *loop, int exit_code)
{
	loop->stop = true;
	if (exit_code != 0)
		loop->exit_code = exit_code;
}

/* ---- Peers */

static struct peer *
peer_find(struct core_loop *loop, const char *name)
{
	struct peer *peer;

	for (peer = loop->peers; peer != NULL; peer = peer->next)
		if (!peer->gone && strcmp(peer->name, name) == 0)
			return peer;
	return NULL;
}

static void
send_to_peer(void *ctx, const char *name, const struct frame *frame)
{
	struct peer *peer = peer_find(ctx, name);
	struct err err;

	if (peer == NULL)
		return;
	channel_queue(peer->channel, frame);
	channel_flush(peer->channel, &err);	/* a peer that is gone is noticed when it is read from */
}

static void
reply_to_client(void *ctx, uint64_t client, const struct frame *frame)
{
	struct core_loop *loop = ctx;

	control_reply(loop->control, client, frame);
}

/* It stays in the list until the turn is over: it may be in use further up. */
static void
peer_drop(struct core_loop *loop, struct peer *peer)
{
	peer->gone = true;
	core_detach(loop->core, peer->name);
}

static void
peers_sweep(struct core_loop *loop)
{
	struct peer **link = &loop->peers;

	while (*link != NULL) {
		struct peer *peer = *link;

		if (!peer->gone) {
			link = &peer->next;
			continue;
		}
		*link = peer->next;
		channel_free(&peer->channel);
		free(peer);
	}
}

static void
peer_frame(struct core_loop *loop, struct peer *peer, struct frame *frame)
{
	struct err err = { ERR_NONE, "" };

	if (core_frame(loop->core, peer->name, frame, &err) == 0)
		return;
	if (err.scope == ERR_MESSAGE) {
		log_err("dropped peer=%s reason=\"%s\"", peer->name, err.text);
		peer_drop(loop, peer);
	} else {
		core_suspect_store(loop->config, &err);
		log_err("ending reason=\"%s\"", err.text);
		loop_end(loop, 1);
	}
}

static void
peer_serve(struct core_loop *loop, struct peer *peer)
{
	struct frame frame;
	struct err err;
	bool lost = channel_fill(peer->channel, &err) == -1;

	while (channel_next(peer->channel, &frame)) {
		if (!peer->gone && !loop->stop)
			peer_frame(loop, peer, &frame);
		frame_free(&frame);
	}
	if (!peer->gone && (lost || channel_flush(peer->channel, &err) == -1)) {
		log_info("gone peer=%s", peer->name);
		peer_drop(loop, peer);
	}
}

static void
peer_new(struct core_loop *loop, struct frame *frame)
{
	struct arena *arena = arena_new();
	const char *name = get_str(frame, arena);
	int fd = get_fd(frame);
	struct err err = { ERR_NONE, "" };
	struct peer *peer;

	if (!get_end(frame) || fd == -1 || strlen(name) >= sizeof(peer->name)) {
		log_err("ending reason=\"the parent introduced a role in words that make no sense\"");
		loop_end(loop, 1);
		if (fd != -1)
			close(fd);
		arena_free(&arena);
		return;
	}
	if ((peer = peer_find(loop, name)) != NULL)
		peer_drop(loop, peer);	/* its next process is here before we heard of the end of this one */
	peer = x_calloc(1, sizeof(*peer));
	strcpy(peer->name, name);
	peer->channel = channel_new(fd);
	peer->next = loop->peers;
	loop->peers = peer;
	if (frame->id == PEER_WANTED)
		vigil_wanted(loop->core, name);
	if (core_attach(loop->core, name, &err) == -1) {
		log_err("attach peer=%s reason=\"%s\"", name, err.text);
		if (err.scope == ERR_MESSAGE || err.scope == ERR_RETRY)
			peer_drop(loop, peer);
		else
			loop_end(loop, 1);
	}
	arena_free(&arena);
}

/* ---- The parent */

static void
say_to_parent(struct core_loop *loop, uint16_t type, uint64_t id)
{
	struct frame frame;
	struct err err;

	frame_init(&frame, type, id);
	channel_queue(loop->parent, &frame);
	frame_free(&frame);
	channel_flush(loop->parent, &err);
}

/* The parent says who sent the signal: their number and one, or 0. */
static void
reload(struct core_loop *loop, uint64_t uid_and_one)
{
	struct err err = { ERR_NONE, "" };
	char who[32] = "reload";

	if (uid_and_one != 0)
		snprintf(who, sizeof(who), "uid %llu", (unsigned long long)uid_and_one - 1);
	if (core_reload(loop->core, who, &err) == -1)
		log_err("reload refused reason=\"%s\"", err.text);
}

static void
parent_frame(struct core_loop *loop, struct frame *frame)
{
	switch (frame->type) {
	case WIRE_STOP:
		loop_end(loop, 0);
		break;
	case WIRE_RELOAD:
		reload(loop, frame->id);
		break;
	case WIRE_ALIVE_ASK:
		say_to_parent(loop, WIRE_ALIVE, frame->id);
		break;
	case WIRE_PEER:
		peer_new(loop, frame);
		break;
	case WIRE_SECRET:
		vigil_secret(loop->core, frame);
		break;
	default:
		log_err("unexpected frame from=parent type=%u", frame->type);
		loop_end(loop, 1);
	}
}

static void
parent_serve(struct core_loop *loop)
{
	struct frame frame;
	struct err err;
	bool gone = channel_fill(loop->parent, &err) == -1;

	while (channel_next(loop->parent, &frame)) {
		if (!loop->stop)
			parent_frame(loop, &frame);
		frame_free(&frame);
	}
	if (gone || channel_flush(loop->parent, &err) == -1)
		loop_end(loop, 0);
}

/* ---- The loop */

static struct pollfd
poll_of(const struct channel *channel)
{
	return (struct pollfd){ channel_fd(channel), (short)(POLLIN | (channel_wants_write(channel) ? POLLOUT : 0)), 0 };
}

/* False: nothing came. */
static bool
wait_and_serve(struct core_loop *loop, int timeout_ms)
{
	struct pollfd *fds;
	struct peer *peer;
	size_t count = 1 + CONTROL_FDS, n = 0;
	bool came;

	for (peer = loop->peers; peer != NULL; peer = peer->next)
		count++;
	fds = x_calloc(count, sizeof(*fds));
	for (peer = loop->peers; peer != NULL; peer = peer->next)
		fds[n++] = poll_of(peer->channel);
	fds[n++] = poll_of(loop->parent);
	control_poll(loop->control, fds + n);
	came = poll(fds, count, timeout_ms) > 0;
	if (came) {
		struct peer *end = loop->peers;

		n = 0;
		for (peer = end; peer != NULL; peer = peer->next)
			if (fds[n++].revents != 0 && !peer->gone)
				peer_serve(loop, peer);
		if (fds[n++].revents != 0)
			parent_serve(loop);
		if (!loop->stop)
			control_serve(loop->control, loop->core, fds + n);
	}
	free(fds);
	return came;
}

/* In the first lull after some work, what a busy day has left in holes of the heap goes back to the system. */
static void
wait_or_tidy(struct core_loop *loop, bool more, bool *tidy)
{
	int wait_ms = more ? 0 : core_wait_ms(loop->core);
	bool lull = !*tidy && (wait_ms < 0 || wait_ms > LULL_MS);
	bool came = wait_and_serve(loop, lull ? LULL_MS : wait_ms);

	if (lull && !came)
		malloc_trim(0);
	*tidy = !came && !more && (*tidy || lull);
}

static void
run(struct core_loop *loop)
{
	struct err err = { ERR_NONE, "" };
	bool more = true, tidy = false;

	while (!loop->stop) {
		wait_or_tidy(loop, more, &tidy);
		more = false;
		if (!loop->stop && core_turn(loop->core, &more, &err) == -1) {
			core_suspect_store(loop->config, &err);
			log_err("ending reason=\"%s\"", err.text);
			loop_end(loop, 1);
		}
		peers_sweep(loop);
		control_sweep(loop->control, loop->core);
	}
}

/* ---- Beginning */

static const char *
folder_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL || slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path));
}

/* The store's folder and the spool to write, the rules to read; character set tables for what is written. */
static int
shut_in(const struct config *config, struct arena *arena, struct err *err)
{
	struct strs read = { NULL, 0 }, write = { NULL, 0 };
	struct sandbox_paths paths;

	strs_add(arena, &write, config->spool);
	strs_add(arena, &write, folder_of(arena, config->database));
	strs_add(arena, &write, config->backups);
	if (config->lists_folder != NULL)
		strs_add(arena, &write, config->lists_folder);
	if (config->metrics != NULL)
		strs_add(arena, &write, folder_of(arena, config->metrics));
	strs_add(arena, &write, NULL);
	strs_add(arena, &read, config->rules);
	strs_add(arena, &read, config->calendars);
	strs_add(arena, &read, "/usr/lib");
	/* A pack elsewhere may extend one beside it. */
	for (size_t i = 0; i < config->packs.n; i++)
		if (config->packs.v[i][0] == '/')
			strs_add(arena, &read, folder_of(arena, config->packs.v[i]));
	strs_add(arena, &read, NULL);
	paths = (struct sandbox_paths){ read.v, write.v };
	return sandbox_role("core", &paths, err);
}

static int
begin(struct core_loop *loop, const struct core_loop_start *start, struct arena *arena, struct err *err)
{
	struct core_start core_start = {
		.config = start->config, .rules_dir = start->config->rules, .kept_rules = true, .test_clock = start->test_clock,
		.from = start->from, .speed = start->speed,
		.out = { .ctx = loop, .send = send_to_peer, .reply = reply_to_client },
	};

	/* What names a path outside the store and the spool is done before we are shut in. */
	if (file_make_dir(start->config->backups, 0700, err) == -1)
		log_err("backups reason=\"%s\"", err->text);
	if (start->config->lists_folder != NULL && lists_make_folders(start->config->lists_folder, err) == -1)
		log_err("lists reason=\"%s\"", err->text);
	if (control_open(start->config->socket, &loop->control, err) == -1 || shut_in(start->config, arena, err) == -1)
		return -1;
	return core_open(&core_start, &loop->core, err);
}

int
role_core(const struct core_loop_start *start)
{
	struct core_loop loop = { .config = start->config, .parent = channel_new(start->parent_fd) };
	struct arena *arena = arena_new();
	struct err err = { ERR_NONE, "" };

	signal(SIGPIPE, SIG_IGN);
	if (begin(&loop, start, arena, &err) == -1) {
		log_err("cannot begin reason=\"%s\"", err.text);
		if (!core_is_out_of_order(loop.core))
			loop_end(&loop, err.scope == ERR_CONFIG ? EXIT_CONFIG : 1);
	}
	if (!loop.stop) {
		say_to_parent(&loop, WIRE_READY, 0);
		run(&loop);
	}
	while (loop.peers != NULL) {
		loop.peers->gone = true;
		peers_sweep(&loop);
	}
	control_close(&loop.control);
	core_close(&loop.core);
	channel_free(&loop.parent);
	arena_free(&arena);
	return loop.exit_code;
}
