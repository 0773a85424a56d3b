/*
 * Reading and writing on a verified connection, each under a deadline.  Run
 * by the fetch role; libetpan reads and writes through it (session.c).
 * Connecting and verifying are in stream_open.c and stream_verify.c.
 * Invariant: no byte of ours is sent in the clear to another machine, or to
 * one whose certificate has not been verified; a call returns in time.
 * Fails: ERR_RETRY for everything that another connection may cure.
 */
#include "imap/stream.h"

#include <sys/socket.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "imap/stream_private.h"

#define TURN_MS		250
#define PROGRESS_BYTES	(32u << 10)
#define LINE_MAX_BYTES	(1u << 20)
#define STEP_BYTES	(16u << 20)	/* unless more is announced */
#define STEP_TIMES	8		/* timeout_s, for a whole step that keeps saying something */
#define LEAST_RATE	8192		/* bytes a second of what was announced, on the average */

static int
fail_too_slow(struct stream *stream)
{
	if (clock_real_ms() >= stream->end_ms)
		return err_set(&stream->why, ERR_RETRY, "%s answers so slowly that it was given up after %lld "
		    "seconds", stream->host, (long long)(stream->end_ms - stream->step_ms) / 1000);
	return err_set(&stream->why, ERR_RETRY, "%s did not answer within %d seconds", stream->host,
	    stream->timeout_s);
}

static int
take_turn(struct stream *stream)
{
	int64_t now = clock_real_ms();

	if (stream->turn.call == NULL || now < stream->next_turn_ms)
		return 0;
	stream->next_turn_ms = now + TURN_MS;
	if (!stream->turn.call(stream->turn.ctx))
		return err_set(&stream->why, ERR_RETRY, "stopped while talking to %s", stream->host);
	return 0;
}

int
stream_wait(struct stream *stream, short events)
{
	struct pollfd pfd = { stream->fd, events, 0 };
	int64_t left;
	int n;

	for (;;) {
		left = (stream->deadline_ms < stream->end_ms ? stream->deadline_ms : stream->end_ms) - clock_real_ms();
		if (left <= 0)
			return fail_too_slow(stream);
		n = poll(&pfd, 1, left < TURN_MS ? (int)left : TURN_MS);
		if (take_turn(stream) == -1)
			return -1;
		if (n > 0)
			return 0;
		if (n == -1 && errno != EINTR)
			return err_errno(&stream->why, ERR_RETRY, "waiting for %s", stream->host);
	}
}

void
stream_step(struct stream *stream)
{
	int64_t now = clock_real_ms(), timeout_ms = stream->timeout_s * INT64_C(1000);

	if (stream->announced == 0)
		stream->left = STEP_BYTES;
	stream->step_ms = now;
	stream->deadline_ms = now + timeout_ms;
	stream->end_ms = now + STEP_TIMES * timeout_ms + (int64_t)(stream->announced / LEAST_RATE) * 1000;
	stream->since_progress = 0;
}

static void
announce(struct stream *stream, uint64_t bytes, bool long_lines)
{
	stream->announced = stream->left = bytes;
	stream->long_lines = long_lines;
	stream->in_line = 0;
}

void
stream_expect(struct stream *stream, uint64_t bytes)
{
	announce(stream, bytes, bytes > 0);
}

void
stream_expect_lines(struct stream *stream, uint64_t bytes)
{
	announce(stream, bytes, false);
}

/* The deadline moves only with real progress, so that single bytes do not keep a step alive. */
static int
count_progress(struct stream *stream, size_t n)
{
	int64_t now = clock_real_ms();

	if (now >= stream->deadline_ms || now >= stream->end_ms)
		return fail_too_slow(stream);
	stream->since_progress += n;
	if (stream->since_progress >= PROGRESS_BYTES) {
		stream->deadline_ms = now + stream->timeout_s * INT64_C(1000);
		stream->since_progress = 0;
	}
	return 0;
}

static int
count_input(struct stream *stream, const char *data, size_t n)
{
	const char *line_end;

	if (n >= stream->left)
		return err_set(&stream->why, ERR_RETRY, "%s sends more than was asked for", stream->host);
	stream->left -= n;
	if (stream->long_lines)
		return 0;
	line_end = memrchr(data, '\n', n);
	stream->in_line = line_end == NULL ? stream->in_line + n : (size_t)(data + n - line_end - 1);
	if (stream->in_line > LINE_MAX_BYTES)
		return err_set(&stream->why, ERR_RETRY, "%s sends a line without end", stream->host);
	return 0;
}

/* What the other side did: 1 to try again, 0 when the stream has failed. */
static int
after_tls(struct stream *stream, ssize_t n)
{
	if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)
		return stream_wait(stream, gnutls_record_get_direction(stream->tls) == 1 ?
		    POLLOUT : POLLIN) == 0;
	if (n == GNUTLS_E_REHANDSHAKE || n == GNUTLS_E_WARNING_ALERT_RECEIVED)
		return 1;
	if (n == 0 || n == GNUTLS_E_PREMATURE_TERMINATION)
		err_set(&stream->why, ERR_RETRY, "%s closed the connection", stream->host);
	else
		err_set(&stream->why, ERR_RETRY, "the connection to %s broke: %s", stream->host,
		    gnutls_strerror((int)n));
	return 0;
}

static int
after_plain(struct stream *stream, ssize_t n, short events)
{
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return stream_wait(stream, events) == 0;
	if (n == 0 || errno == ECONNRESET || errno == EPIPE)
		err_set(&stream->why, ERR_RETRY, "%s closed the connection", stream->host);
	else
		err_errno(&stream->why, ERR_RETRY, "the connection to %s broke", stream->host);
	return 0;
}

ssize_t
stream_read(struct stream *stream, void *data, size_t size)
{
	ssize_t n;
	int again = 1;

	if (stream->why.scope != ERR_NONE || take_turn(stream) == -1)
		return -1;
	while (again) {
		n = stream->tls != NULL ? gnutls_record_recv(stream->tls, data, size) :
		    recv(stream->fd, data, size, MSG_DONTWAIT);
		if (n > 0) {
			if (count_input(stream, data, (size_t)n) == -1 ||
			    count_progress(stream, (size_t)n) == -1)
				return -1;
			tame_bytes(&stream->tame, data, (size_t)n);
			return n;
		}
		again = stream->tls != NULL ? after_tls(stream, n) : after_plain(stream, n, POLLIN);
	}
	return -1;
}

ssize_t
stream_write(struct stream *stream, const void *data, size_t len)
{
	const char *p = data;
	size_t left = len;
	ssize_t n;

	if (stream->why.scope != ERR_NONE || take_turn(stream) == -1)
		return -1;
	while (left > 0) {
		n = stream->tls != NULL ? gnutls_record_send(stream->tls, p, left) :
		    send(stream->fd, p, left, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0) {
			p += n;
			left -= (size_t)n;
			if (count_progress(stream, (size_t)n) == -1)
				return -1;
			continue;
		}
		if (!(stream->tls != NULL ? after_tls(stream, n) : after_plain(stream, n, POLLOUT)))
			return -1;
	}
	return (ssize_t)len;
}

const struct err *
stream_error(const struct stream *stream)
{
	return &stream->why;
}

int
stream_fd(const struct stream *stream)
{
	return stream->fd;
}

bool
stream_has_input(const struct stream *stream)
{
	return stream->tls != NULL && gnutls_record_check_pending(stream->tls) > 0;
}

void
stream_close(struct stream **stream)
{
	struct stream *s = *stream;

	*stream = NULL;
	if (s == NULL)
		return;
	if (s->tls != NULL) {
		/* A word of farewell, without waiting for one. */
		if (s->why.scope == ERR_NONE && s->verified)
			gnutls_bye(s->tls, GNUTLS_SHUT_WR);
		gnutls_deinit(s->tls);
	}
	if (s->credentials != NULL)
		gnutls_certificate_free_credentials(s->credentials);
	if (s->fd != -1)
		close(s->fd);
	free(s->host);
	free(s);
}
