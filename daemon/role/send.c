/*
 * The send role's process: frames from the parent and from core in, one mail
 * at a time out.  While a slow server keeps us waiting, the parent's
 * questions are still answered.
 * Invariants: a mail that is under way is brought to its end before a stop;
 * no body goes out before core has stored that it was asked for.
 * Fails: the process ends with 1 when core or the parent is gone.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "conf/sign_in.h"
#include "ipc/wire.h"
#include "role/sandbox.h"
#include "role/send.h"
#include "send/graph.h"
#include "send/smtp.h"
#include "signin/signin.h"

#define GO_MS	60000

struct send_role {
	struct smtp	*smtp;		/* or, for Microsoft Graph: */
	struct graph	*graph;
	struct signin	*signin;	/* where tokens are used; else NULL */
	char		 own_name[256];
	struct sender	*sender;
	struct channel	*parent, *core;
	bool		 stopping, reload;
	bool		 parent_lost;
};

static int
flush_all(struct channel *channel, struct err *err)
{
	struct pollfd fd = { channel_fd(channel), POLLOUT, 0 };

	while (channel_wants_write(channel)) {
		if (channel_flush(channel, err) == -1)
			return -1;
		if (channel_wants_write(channel))
			poll(&fd, 1, 1000);
	}
	return 0;
}

static void
say_to_parent(struct send_role *role, uint16_t type, uint64_t id)
{
	struct frame frame;
	struct err err;

	frame_init(&frame, type, id);
	channel_queue(role->parent, &frame);
	frame_free(&frame);
	if (flush_all(role->parent, &err) == -1)
		role->parent_lost = true;
}

/* Also called in the middle of a mail: it only answers, and notes what is to be done afterwards. */
static void
on_parent(void *ctx)
{
	struct send_role *role = ctx;
	struct smtp_watch nothing = { NULL, -1, NULL };
	struct frame frame;
	struct err err;

	if (role->parent_lost)
		return;
	if (channel_fill(role->parent, &err) == -1)
		role->parent_lost = true;
	while (channel_next(role->parent, &frame)) {
		if (frame.type == WIRE_ALIVE_ASK)
			say_to_parent(role, WIRE_ALIVE, frame.id);
		else if (frame.type == WIRE_STOP)
			role->stopping = true;
		else if (frame.type == WIRE_RELOAD)
			role->reload = true;
		frame_free(&frame);
	}
	if (role->parent_lost && role->smtp != NULL)
		smtp_watch(role->smtp, nothing);
}

/* While a server of another kind keeps us waiting: the parent may have asked something. */
static void
look_at_parent(void *ctx)
{
	struct send_role *role = ctx;
	struct pollfd fd = { channel_fd(role->parent), POLLIN, 0 };

	if (!role->parent_lost && poll(&fd, 1, 0) == 1)
		on_parent(role);
}

/* No mail is under way while a token is asked for: it may be broken off. */
static bool
token_goes_on(void *ctx)
{
	struct send_role *role = ctx;

	look_at_parent(role);
	return !role->stopping && !role->parent_lost;
}

/*
 * Core's leave to send the body.  A core that is that slow is left for the
 * parent to deal with; the server would not wait for it either.
 */
static int
wait_go(void *ctx, uint64_t id, struct err *err)
{
	struct send_role *role = ctx;
	struct pollfd fds[2] = {
		{ channel_fd(role->parent), POLLIN, 0 },
		{ channel_fd(role->core), POLLIN, 0 },
	};
	int64_t deadline_ms = clock_real_ms() + GO_MS;
	struct frame frame;
	bool is_go;

	while (!role->parent_lost && clock_real_ms() < deadline_ms) {
		if (channel_next(role->core, &frame)) {
			is_go = frame.type == WIRE_GO && frame.id == id && get_end(&frame);
			frame_free(&frame);
			return is_go ? 0 : err_set(err, ERR_DAEMON, "core said something else than to go on");
		}
		if (poll(fds, 2, 1000) <= 0)
			continue;
		if (fds[0].revents != 0)
			on_parent(role);
		if (fds[1].revents != 0 && channel_fill(role->core, err) == -1)
			return -1;
	}
	return err_set(err, ERR_RETRY, "core did not say in time that the mail may go");
}

static int
emit_to_core(void *ctx, const struct frame *frame, struct err *err)
{
	struct send_role *role = ctx;

	channel_queue(role->core, frame);
	return flush_all(role->core, err);
}

/* The mails that wait, until the parent wants something else of us. */
static int
send_waiting(struct send_role *role, struct err *err)
{
	struct frame frame;
	int rc = 0;

	while (rc == 0 && !role->stopping && !role->reload && !role->parent_lost &&
	    channel_next(role->core, &frame)) {
		rc = sender_handle(role->sender, &frame, err);
		frame_free(&frame);
	}
	return rc;
}

/* A token is had before the first mail wants one, and renewed in time: what is wrong with it is known early. */
static int
tend_token(struct send_role *role, struct err *err)
{
	const char *token;

	if (role->signin == NULL || role->stopping || clock_real_ms() < signin_renew_ms(role->signin))
		return 0;
	if (signin_token(role->signin, &token, NULL) == -1 && (role->stopping || role->parent_lost))
		return 0;
	return sender_note(role->sender, signin_trouble(role->signin), err);
}

static int
wait_ms(const struct send_role *role)
{
	int64_t now = clock_real_ms(), renew_ms;
	int wait = role->reload ? 0 : sender_wait_ms(role->sender, now);

	if (role->signin == NULL || wait == 0)
		return wait;
	renew_ms = signin_renew_ms(role->signin) - now;
	renew_ms = renew_ms < 0 ? 0 : renew_ms > INT32_MAX ? INT32_MAX : renew_ms;
	return wait == -1 || renew_ms < wait ? (int)renew_ms : wait;
}

static int
run(struct send_role *role, struct err *err)
{
	struct pollfd fds[2] = {
		{ channel_fd(role->parent), POLLIN, 0 },
		{ channel_fd(role->core), POLLIN, 0 },
	};

	while (!role->stopping && !role->parent_lost) {
		if (tend_token(role, err) == -1)
			return -1;
		if (poll(fds, 2, wait_ms(role)) < 0)
			fds[0].revents = fds[1].revents = 0;
		if (fds[0].revents != 0)
			on_parent(role);
		if (role->reload)
			sender_reload(role->sender);
		role->reload = false;
		if (fds[1].revents != 0 && channel_fill(role->core, err) == -1)
			return -1;
		if (send_waiting(role, err) == -1)
			return -1;
		sender_tick(role->sender, clock_real_ms());
	}
	return role->parent_lost ? err_set(err, ERR_DAEMON, "the parent is gone") : 0;
}

/*
 * What libcurl, GnuTLS and the resolver read: the trusted certificates, and
 * how names are found.  No spool, no database, no configuration of ours.
 */
static int
shut_in(const struct server *server, struct err *err)
{
	const char *read[] = {
		"/etc/ssl", "/etc/ca-certificates", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
		"/etc/gnutls", "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf",
		"/etc/gai.conf", "/etc/services", "/usr/lib", "/lib", "/etc/ld.so.cache", "/dev/urandom",
		"/run/systemd/resolve", NULL, NULL, NULL
	};
	size_t n = sizeof(read) / sizeof(read[0]) - 3;
	struct sandbox_paths paths = { read, NULL };

	if (server->ca_file != NULL)
		read[n++] = server->ca_file;
	if (server->sign_in != NULL)
		read[n] = server->sign_in->ca_file;
	return sandbox_role("send", &paths, err);
}

/* Tokens, where the configuration says so; core hears until when the secret is good. */
static int
open_signin(struct send_role *role, const struct send_start *start, struct err *err)
{
	const struct server *server = start->server;
	struct arena *arena = arena_new();
	struct signin_start signin = { .sign_in = server->sign_in, .secret = start->password, .user = server->user,
	    .scope = start->graph ? graph_scope(arena, server) : NULL, .turn = token_goes_on, .turn_ctx = role };
	struct frame frame;
	int rc = 0;

	if (server->sign_in != NULL)
		rc = signin_new(&signin, &role->signin, err);
	else if (start->graph)
		rc = err_set(err, ERR_CONFIG, "graph has no sign-in");
	if (rc == 0 && role->signin != NULL) {
		frame_init(&frame, WIRE_SIGN_IN, 0);
		put_str(&frame, server->sign_in->name);
		put_i64(&frame, signin_ends(role->signin));
		rc = emit_to_core(role, &frame, err);
		frame_free(&frame);
	}
	arena_free(&arena);
	return rc;
}

static void
open_sender(struct send_role *role, const struct send_start *start)
{
	struct sender_out out = { role, emit_to_core, wait_go };
	struct graph_turn turn = { role, look_at_parent };
	struct smtp_watch watch = { role, start->parent_fd, on_parent };
	struct connector connector;
	struct poster poster;

	if (start->graph) {
		role->graph = graph_new(start->server, role->signin, turn);
		poster = graph_poster(role->graph);
		role->sender = sender_new_posting(&poster, out);
		return;
	}
	role->smtp = smtp_new(start->server, role->signin == NULL ? start->password : NULL);
	smtp_use_signin(role->smtp, role->signin);
	smtp_watch(role->smtp, watch);
	connector = smtp_connector(role->smtp);
	role->sender = sender_new(&connector, role->own_name, out);
}

int
role_send(const struct send_start *start)
{
	struct send_role role = { .smtp = NULL };
	struct err err = { ERR_NONE, "" };
	int rc;

	role.parent = channel_new(start->parent_fd);
	role.core = channel_new(start->core_fd);
	smtp_own_name(role.own_name);
	rc = open_signin(&role, start, &err);
	if (rc == 0) {
		open_sender(&role, start);
		rc = shut_in(start->server, &err);
	}
	if (rc == 0) {
		say_to_parent(&role, WIRE_READY, 0);
		log_info("started");
		rc = run(&role, &err);
	}
	if (rc == -1)
		log_err("ended why=\"%s\"", err.text);
	if (role.sender != NULL)
		sender_free(&role.sender);
	smtp_free(&role.smtp);
	graph_free(&role.graph);
	signin_free(&role.signin);
	channel_free(&role.core);
	channel_free(&role.parent);
	return rc == -1 ? 1 : 0;
}
