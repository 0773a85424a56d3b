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

#include "base/clock.h"
#include "base/log.h"
#include "ipc/wire.h"
#include "role/sandbox.h"
#include "role/send.h"
#include "send/smtp.h"

#define GO_MS	60000

struct send_role {
	struct smtp	*smtp;
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
	if (role->parent_lost)
		smtp_watch(role->smtp, nothing);
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

static int
run(struct send_role *role, struct err *err)
{
	struct pollfd fds[2] = {
		{ channel_fd(role->parent), POLLIN, 0 },
		{ channel_fd(role->core), POLLIN, 0 },
	};

	while (!role->stopping && !role->parent_lost) {
		if (poll(fds, 2, role->reload ? 0 : sender_wait_ms(role->sender, clock_real_ms())) < 0)
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
		"/run/systemd/resolve", server->ca_file, NULL
	};
	struct sandbox_paths paths = { read, NULL };

	return sandbox_role("send", &paths, err);
}

int
role_send(const struct send_start *start)
{
	struct smtp *smtp = smtp_new(start->server, start->password);
	struct send_role role = { .smtp = smtp };
	struct smtp_watch watch = { &role, start->parent_fd, on_parent };
	struct sender_out out = { &role, emit_to_core, wait_go };
	struct connector connector = smtp_connector(smtp);
	struct err err = { ERR_NONE, "" };
	char own_name[256];
	int rc;

	role.parent = channel_new(start->parent_fd);
	role.core = channel_new(start->core_fd);
	smtp_own_name(own_name);
	role.sender = sender_new(&connector, own_name, out);
	smtp_watch(smtp, watch);
	rc = shut_in(start->server, &err);
	if (rc == 0) {
		say_to_parent(&role, WIRE_READY, 0);
		log_info("started");
		rc = run(&role, &err);
	}
	if (rc == -1)
		log_err("ended why=\"%s\"", err.text);
	sender_free(&role.sender);
	smtp_free(&role.smtp);
	channel_free(&role.core);
	channel_free(&role.parent);
	return rc == -1 ? 1 : 0;
}
