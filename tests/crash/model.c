/* The model servers' sockets and what they hold. */
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "model.h"

#define PEERS_MAX 30

static int
listen_somewhere(int *port_r)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&address, len) == -1 || listen(fd, 10) == -1 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) == -1) {
		perror("model server");
		exit(2);
	}
	*port_r = ntohs(address.sin_port);
	return fd;
}

struct model *
model_new(bool can_move, bool can_uidplus)
{
	struct model *model = x_calloc(1, sizeof(*model));

	model->can_move = can_move;
	model->can_uidplus = can_uidplus;
	model->imap_fd = listen_somewhere(&model->imap_port);
	model->smtp_fd = listen_somewhere(&model->smtp_port);
	model_reset(model);
	return model;
}

static void
peer_free(struct peer *peer)
{
	close(peer->fd);
	buf_free(&peer->in);
	buf_free(&peer->out);
	free(peer);
}

void
model_hang_up(struct model *model)
{
	while (model->peers != NULL) {
		struct peer *next = model->peers->next;

		peer_free(model->peers);
		model->peers = next;
	}
}

void
model_reset(struct model *model)
{
	model_hang_up(model);
	arena_free(&model->arena);
	model->arena = arena_new();
	model->folders = NULL;
	model->accepted = NULL;
	model->folder_count = model->accepted_count = 0;
	buf_reset(&model->log);
	buf_reset(&model->faults);
	model_folder(model, "INBOX", true);
}

void
model_free(struct model **modelp)
{
	struct model *model = *modelp;

	model_hang_up(model);
	close(model->imap_fd);
	close(model->smtp_fd);
	arena_free(&model->arena);
	buf_free(&model->log);
	buf_free(&model->faults);
	free(model);
	*modelp = NULL;
}

/* ---- What they hold */

struct folder *
model_folder(struct model *model, const char *name, bool make)
{
	struct folder *folder;

	for (size_t i = 0; i < model->folder_count; i++)
		if (strcasecmp(model->folders[i].name, name) == 0)
			return &model->folders[i];
	if (!make)
		return NULL;
	/* Room for all that will come: a selected folder is pointed to. */
	if (model->folders == NULL)
		model->folders = arena_alloc(model->arena, 20 * sizeof(*model->folders));
	folder = &model->folders[model->folder_count++];
	*folder = (struct folder){ .name = arena_strdup(model->arena, name), .uidnext = 1,
	    .uidvalidity = 700 + (uint32_t)model->folder_count };
	return folder;
}

struct stored_mail *
folder_add(struct model *model, struct folder *folder, const struct stored_mail *mail)
{
	struct stored_mail *copy = arena_push(model->arena, folder->mails, folder->count);

	*copy = *mail;
	copy->uid = folder->uidnext++;
	copy->deleted = copy->marked = false;
	return copy;
}

/* A header field's value, on one line; "" if there is none. */
const char *
mail_field(struct arena *arena, const char *data, size_t len, const char *name)
{
	const char *end = data + len, *line = data, *value;
	size_t name_len = strlen(name);

	while (line < end && *line != '\r' && *line != '\n') {
		const char *next = memchr(line, '\n', (size_t)(end - line));

		next = next == NULL ? end : next + 1;
		if ((size_t)(next - line) > name_len && line[name_len] == ':' &&
		    strncasecmp(line, name, name_len) == 0) {
			value = line + name_len + 1;
			while (next < end && (*next == ' ' || *next == '\t')) {
				next = memchr(next, '\n', (size_t)(end - next));
				next = next == NULL ? end : next + 1;
			}
			return str_squeeze(arena, arena_strndup(arena, value, (size_t)(next - value)));
		}
		line = next;
	}
	return "";
}

void
model_deliver(struct model *model, const char *text, instant at)
{
	struct stored_mail mail = { .internaldate = at };
	struct buf crlf = BUF_INIT;

	for (; *text != '\0'; text++) {
		if (*text == '\r')
			continue;
		if (*text == '\n')
			buf_add_char(&crlf, '\r');
		buf_add_char(&crlf, *text);
	}
	mail.data = arena_memdup(model->arena, crlf.data, crlf.len + 1);
	mail.len = crlf.len;
	mail.id = mail_field(model->arena, mail.data, mail.len, "Message-ID");
	folder_add(model, model_folder(model, "INBOX", true), &mail);
	buf_free(&crlf);
}

const struct accepted_mail *
model_latest(const struct model *model, const char *to, const char *words)
{
	for (size_t i = model->accepted_count; i > 0; i--)
		if (strstr(model->accepted[i - 1].to, to) != NULL &&
		    strstr(model->accepted[i - 1].subject, words) != NULL)
			return &model->accepted[i - 1];
	return NULL;
}

bool
model_has_accepted(const struct model *model, const char *id)
{
	for (size_t i = 0; i < model->accepted_count; i++)
		if (strstr(model->accepted[i].id, id) != NULL)
			return true;
	return false;
}

/* ---- What they saw */

void
model_note(struct model *model, const char *what)
{
	buf_printf(&model->log, "%s: %s\n", model->last_step == NULL ? "" : model->last_step(model->ctx), what);
}

void
model_expect(struct model *model, const char *what, const char *const *steps)
{
	const char *last = model->last_step == NULL ? "" : model->last_step(model->ctx);

	model_note(model, what);
	for (; model->last_step != NULL && *steps != NULL; steps++)
		if (strcmp(last, *steps) == 0)
			return;
	if (model->last_step != NULL)
		buf_printf(&model->faults, "the server executed \"%s\" without a step of its own (the last was %s)\n",
		    what, last);
}

/* ---- Sockets */

static void
take_peer(struct model *model, int listening, bool is_smtp)
{
	struct peer *peer = x_calloc(1, sizeof(*peer));
	int one = 1;

	peer->fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (peer->fd == -1) {
		free(peer);
		return;
	}
	setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	peer->is_smtp = is_smtp;
	buf_add_str(&peer->out, is_smtp ? "220 model ESMTP\r\n" : "* OK model ready\r\n");
	peer->next = model->peers;
	model->peers = peer;
}

static void
peer_read(struct model *model, struct peer *peer)
{
	char data[65536];
	ssize_t n = read(peer->fd, data, sizeof(data));

	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
		peer->gone = true;
	if (n <= 0)
		return;
	buf_add(&peer->in, data, (size_t)n);
	if (peer->is_smtp)
		smtp_input(model, peer);
	else
		imap_input(model, peer);
}

static void
peer_write(struct peer *peer)
{
	ssize_t n;

	while (peer->out.len > 0 && (n = send(peer->fd, peer->out.data, peer->out.len, MSG_NOSIGNAL)) > 0)
		buf_consume(&peer->out, (size_t)n);
}

static void
drop_gone(struct model *model)
{
	for (struct peer **link = &model->peers; *link != NULL; ) {
		struct peer *peer = *link;

		if (peer->gone) {
			*link = peer->next;
			peer_free(peer);
		} else
			link = &peer->next;
	}
}

void
model_serve(struct model *model, int ready_fd)
{
	struct pollfd fds[3 + PEERS_MAX];
	struct peer *peer;
	size_t n;

	for (;;) {
		fds[0] = (struct pollfd){ ready_fd, POLLIN, 0 };
		fds[1] = (struct pollfd){ model->imap_fd, POLLIN, 0 };
		fds[2] = (struct pollfd){ model->smtp_fd, POLLIN, 0 };
		for (n = 3, peer = model->peers; peer != NULL && n < 3 + PEERS_MAX; peer = peer->next)
			fds[n++] = (struct pollfd){ peer->fd,
			    (short)(peer->out.len > 0 ? POLLIN | POLLOUT : POLLIN), 0 };
		if (poll(fds, n, -1) == -1)
			continue;
		for (n = 3, peer = model->peers; peer != NULL && n < 3 + PEERS_MAX; peer = peer->next, n++) {
			if (fds[n].revents & (POLLIN | POLLHUP | POLLERR))
				peer_read(model, peer);
			peer_write(peer);
		}
		drop_gone(model);
		if (fds[1].revents != 0)
			take_peer(model, model->imap_fd, false);
		if (fds[2].revents != 0)
			take_peer(model, model->smtp_fd, true);
		if (fds[0].revents != 0)
			return;
	}
}
