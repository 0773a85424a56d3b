/*
 * Bytes to and from one mail server, however it is reached: libcurl in the
 * daemon (smtp.c), a scripted peer or a model server in tests.
 */
#ifndef SEND_TRANSPORT_H
#define SEND_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* Deadlines are points in real time (clock_real_ms()). */
struct transport {
	void	*ctx;
	/* All of it; ERR_RETRY when the server is gone or takes nothing until the deadline. */
	int	(*send)(void *ctx, const void *data, size_t len, int64_t deadline_ms, struct err *err);
	/* What there is, at least one byte; 0 when the server closed; -1 with ERR_RETRY at the deadline. */
	ssize_t	(*recv)(void *ctx, void *data, size_t len, int64_t deadline_ms, struct err *err);
};

/*
 * Makes connections to one server, one at a time: after open(), TLS is
 * verified and the sign-in done.  ERR_RETRY: the server cannot be reached
 * now.  ERR_MAILBOX: it will not have us until a person has done something.
 */
struct connector {
	void	*ctx;
	int	 timeout_ms;	/* on every read and write */
	int	(*open)(void *ctx, struct transport *transport_r, struct err *err);
	void	(*close)(void *ctx);	/* also after a failed open; nothing open is well */
};

struct smtp_mail;		/* send/dialogue.h */
struct smtp_account;

/*
 * Sends whole mails, where there is no dialogue to be had: Microsoft Graph, or
 * a model of it in tests.  The account is filled either way.  -1: the other
 * side will not have us at all; trouble says why, and the mail can be tried
 * again.
 */
struct poster {
	void	*ctx;
	int	(*post)(void *ctx, const struct smtp_mail *mail, struct smtp_account *account, struct err *trouble);
};

#endif
