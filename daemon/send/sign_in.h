/* Signing in to an SMTP server with a token, on a connection that is verified already. */
#ifndef SEND_SIGN_IN_H
#define SEND_SIGN_IN_H

#include "conf/config.h"
#include "send/transport.h"

/*
 * EHLO, AUTH.  ERR_MAILBOX when the server offers no such sign-in or refuses
 * it; ERR_RETRY when it is gone, too slow, or cannot say now.
 */
int	smtp_sign_in(const struct transport *transport, const struct server *server, int timeout_ms, const char *own_name,
	    const char *token, struct err *err);

#endif
