/*
 * In place of the system's: the clock, randomness, and connections.  The
 * daemon's code is linked as it is; its calls of clock_gettime() and
 * getrandom() (--wrap), and all of imap/stream.h, end here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "imap/stream.h"
#include "torture.h"

#define PATIENCE_S 30		/* how long a server that says nothing is waited for */

static struct life *here;

int	__real_clock_gettime(clockid_t id, struct timespec *ts);
int	__wrap_clock_gettime(clockid_t id, struct timespec *ts);
ssize_t	__wrap_getrandom(void *data, size_t len, unsigned flags);

void
wire_set(struct life *life)
{
	here = life;
}

int
__wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	int64_t ms;

	if (here == NULL || (id != CLOCK_REALTIME && id != CLOCK_MONOTONIC && id != CLOCK_BOOTTIME))
		return __real_clock_gettime(id, ts);
	ms = id == CLOCK_REALTIME ? here->clock_ms : here->clock_ms - here->began_ms + 1000000;
	*ts = (struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	return 0;
}

ssize_t
__wrap_getrandom(void *data, size_t len, unsigned flags)
{
	unsigned char *bytes = data;

	(void)flags;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)(here == NULL ? 7 * i : chance_next(&here->random) >> 24);
	return (ssize_t)len;
}

/* ---- How the servers feel */

enum mood
life_mood(void *ctx, bool is_smtp, const char *command)
{
	struct life *life = ctx;
	unsigned flaky = is_smtp ? life->flaky_smtp : life->flaky_imap, what;

	if (life->healed || flaky == 0 || chance_below(&life->chance, 1000) >= flaky)
		return MOOD_WELL;
	what = chance_below(&life->chance, 10);
	/* A command that they refuse for good would be a misconfiguration; recipients may be. */
	if (is_smtp && what < 4 && (str_starts_nocase(command, "RCPT") || str_same(command, ".") || str_same(command, "DATA")))
		what = what < 3 ? MOOD_REFUSES : MOOD_REFUSES_FOR_GOOD;
	else
		what = what < 5 ? MOOD_GONE_BEFORE : what < 8 ? MOOD_GONE_AFTER : MOOD_REFUSES;
	life_say(life, "  %s server, \"%.60s\": %s", is_smtp ? "SMTP" : "IMAP", command, what == MOOD_REFUSES ? "not now" :
	    what == MOOD_REFUSES_FOR_GOOD ? "never" : what == MOOD_GONE_BEFORE ? "connection lost before" : "connection lost after");
	return (enum mood)what;
}

/* ---- The IMAP connection */

struct stream {
	struct peer	*peer;
	struct err	 why;
};

int
stream_open(const struct server *server, struct stream_turn turn, struct stream **stream_r, struct err *err)
{
	struct stream *stream;

	(void)server;
	(void)turn;
	*stream_r = NULL;
	if (life_now(here) < here->imap_down_until)
		return err_set(err, ERR_RETRY, "the mail server refused the connection");
	stream = x_calloc(1, sizeof(*stream));
	stream->peer = model_peer(here->model, -1, false);
	*stream_r = stream;
	return 0;
}

void
stream_close(struct stream **stream)
{
	if (*stream != NULL)
		model_drop_peer(here->model, (*stream)->peer);
	free(*stream);
	*stream = NULL;
}

void
stream_step(struct stream *stream)
{
	(void)stream;
}

void
stream_expect(struct stream *stream, uint64_t bytes)
{
	(void)stream;
	(void)bytes;
}

void
stream_expect_lines(struct stream *stream, uint64_t bytes)
{
	(void)stream;
	(void)bytes;
}

ssize_t
stream_read(struct stream *stream, void *data, size_t size)
{
	struct buf *out = &stream->peer->out;
	size_t n = out->len < size ? out->len : size;

	if (stream->why.scope != ERR_NONE)
		return -1;
	if (n == 0 && stream->peer->gone)
		return err_set(&stream->why, ERR_RETRY, "the mail server closed the connection");
	if (n == 0) {
		here->clock_ms += PATIENCE_S * 1000;
		return err_set(&stream->why, ERR_RETRY, "the mail server did not answer within %d seconds", PATIENCE_S);
	}
	memcpy(data, out->data, n);
	buf_consume(out, n);
	return (ssize_t)n;
}

ssize_t
stream_write(struct stream *stream, const void *data, size_t len)
{
	if (stream->why.scope != ERR_NONE)
		return -1;
	if (stream->peer->gone || life_now(here) < here->imap_down_until)
		return err_set(&stream->why, ERR_RETRY, "the mail server closed the connection");
	buf_add(&stream->peer->in, data, len);
	peer_input(here->model, stream->peer);
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
	(void)stream;
	return -1;
}

bool
stream_has_input(const struct stream *stream)
{
	return stream->peer->out.len > 0 || stream->peer->gone;
}

/* ---- The SMTP connection */

static struct peer *smtp_peer;

static int
smtp_send(void *ctx, const void *data, size_t len, int64_t deadline_ms, struct err *err)
{
	struct life *life = ctx;

	(void)deadline_ms;
	if (smtp_peer->gone || life_now(life) < life->smtp_down_until)
		return err_set(err, ERR_RETRY, "the sending server is gone");
	buf_add(&smtp_peer->in, data, len);
	peer_input(life->model, smtp_peer);
	return 0;
}

static ssize_t
smtp_recv(void *ctx, void *data, size_t len, int64_t deadline_ms, struct err *err)
{
	struct buf *out = &smtp_peer->out;
	size_t n = out->len < len ? out->len : len;

	(void)ctx;
	if (n == 0 && smtp_peer->gone)
		return 0;
	if (n == 0) {
		if (deadline_ms - (here->clock_ms - here->began_ms + 1000000) > 0)
			here->clock_ms += deadline_ms - (here->clock_ms - here->began_ms + 1000000);
		return err_set(err, ERR_RETRY, "the sending server did not answer");
	}
	memcpy(data, out->data, n);
	buf_consume(out, n);
	return (ssize_t)n;
}

static void
smtp_close(void *ctx)
{
	struct life *life = ctx;

	if (smtp_peer != NULL)
		model_drop_peer(life->model, smtp_peer);
	smtp_peer = NULL;
}

/* Connecting eats the greeting, as in the daemon. */
static int
smtp_open(void *ctx, struct transport *transport_r, struct err *err)
{
	struct life *life = ctx;

	smtp_close(life);
	if (life_now(life) < life->smtp_down_until)
		return err_set(err, ERR_RETRY, "the sending server refused the connection");
	smtp_peer = model_peer(life->model, -1, true);
	buf_reset(&smtp_peer->out);
	*transport_r = (struct transport){ life, smtp_send, smtp_recv };
	return 0;
}

struct connector
wire_connector(struct life *life)
{
	return (struct connector){ life, PATIENCE_S * 1000, smtp_open, smtp_close };
}

void
wire_lose_imap(struct life *life)
{
	for (struct peer *peer = life->model->peers; peer != NULL; peer = peer->next)
		peer->gone |= !peer->is_smtp;
}

void
wire_forget(struct life *life)
{
	model_hang_up(life->model);
	smtp_peer = NULL;
}
