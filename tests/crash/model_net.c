/* The model servers' sockets. */
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
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

void
model_listen(struct model *model)
{
	model->imap_fd = listen_somewhere(&model->imap_port);
	model->smtp_fd = listen_somewhere(&model->smtp_port);
}

static void
take_peer(struct model *model, int listening, bool is_smtp)
{
	int one = 1, fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd == -1)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	model_peer(model, fd, is_smtp);
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
	peer_input(model, peer);
}

static void
peer_write(struct peer *peer)
{
	ssize_t n;

	while (peer->out.len > 0 && (n = send(peer->fd, peer->out.data, peer->out.len, MSG_NOSIGNAL)) > 0)
		buf_consume(&peer->out, (size_t)n);
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
		model_drop_gone(model);
		if (fds[1].revents != 0)
			take_peer(model, model->imap_fd, false);
		if (fds[2].revents != 0)
			take_peer(model, model->smtp_fd, true);
		if (fds[0].revents != 0)
			return;
	}
}
