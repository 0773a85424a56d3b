/*
 * Finding and reaching the mail server.  Run by the fetch role.
 * Invariant: without TLS only addresses of this machine are tried
 * (127.0.0.0/8 and ::1), whatever the name says.
 * Fails: ERR_RETRY, ERR_MAILBOX, ERR_CONFIG as stream.h says.
 */
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "imap/stream_private.h"

static bool
is_this_machine(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)address;

		return (ntohl(in->sin_addr.s_addr) >> 24) == 127;
	}
	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)address;

		return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	}
	return false;
}

static int
resolve(const struct server *server, struct addrinfo **found_r, struct err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	char port[16];
	int e;

	snprintf(port, sizeof(port), "%d", server->port);
	e = getaddrinfo(server->host, port, &hints, found_r);
	if (e == EAI_NONAME)
		return err_set(err, ERR_RETRY, "there is no mail server named %s", server->host);
	if (e != 0)
		return err_set(err, ERR_RETRY, "the mail server's name %s could not be looked up: %s",
		    server->host, gai_strerror(e));
	return 0;
}

/* One address: 0 with stream->fd connected, or -1 with stream->why. */
static int
reach(struct stream *stream, const struct addrinfo *address, int port)
{
	socklen_t len = sizeof(int);
	int one = 1, e = 0;

	stream->fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (stream->fd == -1)
		return err_errno(&stream->why, ERR_RETRY, "connecting to %s", stream->host);
	setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(stream->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	if (connect(stream->fd, address->ai_addr, address->ai_addrlen) == -1) {
		e = errno;
		if (e == EINPROGRESS) {
			if (stream_wait(stream, POLLOUT) == -1)
				goto fail;
			if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &e, &len) == -1)
				e = errno;
		}
	}
	if (e == 0)
		return 0;
	errno = e;
	if (e == ECONNREFUSED)
		err_set(&stream->why, ERR_RETRY, "%s refused the connection on port %d: is that the right "
		    "port, and does the mail server run?", stream->host, port);
	else
		err_errno(&stream->why, ERR_RETRY, "connecting to %s, port %d", stream->host, port);
fail:
	close(stream->fd);
	stream->fd = -1;
	return -1;
}

static int
reach_any(struct stream *stream, const struct server *server)
{
	struct addrinfo *found = NULL, *address;
	int tried = 0, result = -1;

	if (resolve(server, &found, &stream->why) == -1)
		return -1;
	for (address = found; address != NULL && result == -1; address = address->ai_next) {
		if (server->tls == TLS_NONE && !is_this_machine(address->ai_addr))
			continue;
		tried++;
		stream->why.scope = ERR_NONE;
		result = reach(stream, address, server->port);
	}
	if (tried == 0)
		err_set(&stream->why, ERR_CONFIG, "%s is not this machine: without TLS the daemon speaks to "
		    "this machine only; use imaps://", server->host);
	freeaddrinfo(found);
	return result;
}

int
stream_open(const struct server *server, struct stream_turn turn, struct stream **stream_r,
    struct err *err)
{
	struct stream *stream = x_calloc(1, sizeof(*stream));

	*stream_r = NULL;
	stream->fd = -1;
	stream->host = x_strdup(server->host);
	stream->timeout_s = server->timeout_s > 0 ? server->timeout_s : 30;
	stream->turn = turn;
	stream_step(stream);
	if (server->tls == TLS_STARTTLS) {
		/* An IMAP STARTTLS dialogue begins in the clear, where anybody may put words in. */
		err_set(&stream->why, ERR_CONFIG, "%s: a mailbox is read over TLS from the first byte "
		    "(imaps://, usually port 993); STARTTLS is not used", server->host);
		goto fail;
	}
	if (reach_any(stream, server) == -1)
		goto fail;
	stream_step(stream);
	if (server->tls == TLS_IMPLICIT && stream_handshake(stream, server->ca_file) == -1)
		goto fail;
	*stream_r = stream;
	return 0;
fail:
	if (err != NULL)
		*err = stream->why;
	stream_close(&stream);
	return -1;
}
