/*
 * A connection to a mail server with manners: TLS 1.2 or better with the
 * certificate and host name verified before the first byte of ours, or plain
 * text to this machine only; a deadline on every step; the end of the
 * connection is an error; and no more is taken than was asked for.
 */
#ifndef IMAP_STREAM_H
#define IMAP_STREAM_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/config.h"

struct stream;

/*
 * Called at least every quarter of a second while the stream waits or works,
 * so that a role stays answerable.  False: give up, the stream fails.
 */
struct stream_turn {
	bool	(*call)(void *ctx);
	void	 *ctx;
};

/*
 * Connect, and verify.  ERR_RETRY: refused, no answer in time, no such host
 * just now.  ERR_MAILBOX: the certificate is not to be trusted.  ERR_CONFIG:
 * the settings ask for what must not be done (plain text to another machine).
 */
int	stream_open(const struct server *server, struct stream_turn turn, struct stream **stream_r,
	    struct err *err);
void	stream_close(struct stream **stream);

/*
 * Begin a step: from here on the other side has timeout_s; each 32 KB that
 * pass give it as much again, up to eight times timeout_s, and a second more
 * for each 8 KB that was announced.  Then it is over, whatever still comes.
 */
void	stream_step(struct stream *stream);
/*
 * Announce what may come in all until the next call, before the step is begun:
 * lines of any length, or lines of at most 1 MB.  0: lines of at most 1 MB,
 * 16 MB in a step, as it is without being told.
 */
void	stream_expect(struct stream *stream, uint64_t bytes);
void	stream_expect_lines(struct stream *stream, uint64_t bytes);

/* At least one byte; -1 when the connection has ended, failed or is too slow: stream_error() says why. */
ssize_t	stream_read(struct stream *stream, void *data, size_t size);
/* All of it, or -1. */
ssize_t	stream_write(struct stream *stream, const void *data, size_t len);

/* Why the stream failed; scope ERR_NONE while it has not. */
const struct err *stream_error(const struct stream *stream);
int	stream_fd(const struct stream *stream);
/* Decrypted bytes wait that poll() on the descriptor does not show. */
bool	stream_has_input(const struct stream *stream);

#endif
