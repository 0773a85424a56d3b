/*
 * One POST over HTTPS to a server whose certificate and name are verified:
 * for tokens, and for Microsoft Graph.  No redirect is followed, no proxy is
 * asked, and no more is read than was said.
 */
#ifndef SIGNIN_HTTPS_H
#define SIGNIN_HTTPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct https {
	const char	*url;		/* "https://..." */
	const char	*ca_file;	/* instead of the system's; NULL: the system's */
	const char	*const *headers;	/* "Name: value", up to NULL */
	const char	*body;		/* borrowed */
	size_t		 body_len;
	int		 timeout_ms;	/* for all of it, from the name to the last byte */
	size_t		 answer_max;	/* bytes of the answer's body that are read; more is an error */
	/* Called once, when the connection is verified and the first byte of the body is about to go.  -1: it must not. */
	int		(*offer)(void *ctx, struct err *err);
	/* Called at least once a second; false: give up. */
	bool		(*turn)(void *ctx);
	void		*ctx;		/* for both; each may be NULL */
};

struct https_answer {
	int		 status;	/* 200 ...; 0: there was none */
	struct buf	 body;
	char		 retry_after[80];	/* as it stood there; "" */
	bool		 offered;	/* offer() was called and said 0 */
};

/*
 * 0: there is a whole answer, whatever its status.  -1: ERR_RETRY when the
 * server cannot be reached, was lost or too slow, or says too much;
 * ERR_MAILBOX when its certificate is not to be trusted, or the settings do
 * not work; what offer() said.  answer_r is filled as far as it came either
 * way, and is to be freed with https_answer_free().
 */
int	https_post(const struct https *https, struct https_answer *answer_r, struct err *err);
void	https_answer_free(struct https_answer *answer);	/* and wipes it */

/* Seconds that a Retry-After (a number, or a date) asks for from now (seconds, UTC) on, at most a day; 0: nothing. */
uint32_t https_retry_after(const char *value, int64_t now);

#endif
