/*
 * The control socket.  Run by core.
 * Invariant: a client that is slow, silent or talks nonsense costs core one
 * place among CONTROL_CLIENTS and nothing else; one command a connection.
 * Fails: ERR_DAEMON when the socket cannot be made.
 */
#include "role/control_socket.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ipc/wire.h"

#define GROUP		"adviced"
#define SILENT_MS	60000	/* a client that connected and said nothing */

struct client {
	uint64_t	 id;		/* 0: nobody here */
	unsigned	 uid;
	struct channel	*channel;
	int64_t		 since_ms;
	bool		 asked, answered, gone;
};

struct control {
	int		 fd;
	uint64_t	 last_id;
	struct client	 clients[CONTROL_CLIENTS];
};

static int
socket_bind(int fd, const char *path, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int rc;

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(err, ERR_CONFIG, "the control socket's path is too long: %s", path);
	strcpy(address.sun_path, path);
	unlink(path);
	mask = umask(0117);
	rc = bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (rc == -1 || listen(fd, CONTROL_CLIENTS) == -1)
		return err_errno(err, ERR_DAEMON, "the control socket %s cannot be made", path);
	return 0;
}

/* The group whose members may use advicectl, where there is one and we may give it. */
static void
socket_group(const char *path)
{
	const struct group *group = getgrnam(GROUP);
	struct stat st;

	if (group == NULL || (stat(path, &st) == 0 && st.st_gid == group->gr_gid))
		return;
	/* An instance with a user of its own is in no group but that user's: its members may use it. */
	if (chown(path, (uid_t)-1, group->gr_gid) == -1 && errno != EPERM)
		log_warning("control socket group=%s reason=\"%s\"", GROUP, strerror(errno));
}

int
control_open(const char *path, struct control **control_r, struct err *err)
{
	struct control *control = x_calloc(1, sizeof(*control));
	char *folder = x_strdup(path), *slash = strrchr(folder, '/');
	int rc = 0;

	*control_r = control;
	control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->fd == -1)
		rc = err_errno(err, ERR_DAEMON, "no control socket");
	if (rc == 0 && slash != NULL && slash != folder) {
		*slash = '\0';
		rc = file_make_dir(folder, 0750, err);
	}
	if (rc == 0)
		rc = socket_bind(control->fd, path, err);
	if (rc == 0)
		socket_group(path);
	free(folder);
	return rc;
}

void
control_close(struct control **controlp)
{
	struct control *control = *controlp;

	if (control == NULL)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		channel_free(&control->clients[i].channel);
	if (control->fd != -1)
		close(control->fd);
	free(control);
	*controlp = NULL;
}

void
control_poll(const struct control *control, struct pollfd *fds)
{
	fds[0] = (struct pollfd){ control->fd, POLLIN, 0 };
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		const struct client *client = &control->clients[i];

		fds[i + 1] = (struct pollfd){ -1, 0, 0 };
		if (client->id == 0)
			continue;
		fds[i + 1].fd = channel_fd(client->channel);
		fds[i + 1].events = (short)(POLLIN | (channel_wants_write(client->channel) ? POLLOUT : 0));
	}
}

static void
client_new(struct control *control)
{
	struct ucred who;
	socklen_t len = sizeof(who);
	size_t i;
	int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd == -1)
		return;
	for (i = 0; i < CONTROL_CLIENTS && control->clients[i].id != 0; i++)
		;
	if (i == CONTROL_CLIENTS || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == -1) {
		close(fd);
		return;
	}
	control->clients[i] = (struct client){
		.id = ++control->last_id, .uid = who.uid, .channel = channel_new(fd), .since_ms = clock_real_ms(),
	};
}

static void
client_serve(struct client *client, struct core *core)
{
	struct frame frame;
	struct err err;
	bool lost = channel_fill(client->channel, &err) == -1;

	while (channel_next(client->channel, &frame)) {
		if (client->asked || frame.type != WIRE_CTL)
			client->gone = true;
		else {
			client->asked = true;
			core_command(core, client->id, client->uid, &frame);
		}
		frame_free(&frame);
	}
	if (lost || channel_flush(client->channel, &err) == -1)
		client->gone = true;
}

void
control_serve(struct control *control, struct core *core, const struct pollfd *fds)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (control->clients[i].id != 0 && fds[i + 1].fd != -1 && fds[i + 1].revents != 0)
			client_serve(&control->clients[i], core);
	if (fds[0].revents != 0)
		client_new(control);
}

void
control_reply(struct control *control, uint64_t id, const struct frame *frame)
{
	struct err err;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *client = &control->clients[i];

		if (client->id != id || id == 0)
			continue;
		channel_queue(client->channel, frame);
		if (channel_flush(client->channel, &err) == -1)
			client->gone = true;
		if (frame->type == WIRE_CTL_END)
			client->answered = true;
	}
}

void
control_sweep(struct control *control, struct core *core)
{
	int64_t now = clock_real_ms();

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *client = &control->clients[i];
		bool done = client->answered && client->id != 0 && !channel_wants_write(client->channel);

		if (client->id == 0 || !(client->gone || done || (!client->asked && now - client->since_ms > SILENT_MS)))
			continue;
		core_client_gone(core, client->id);
		channel_free(&client->channel);
		client->id = 0;
	}
}
