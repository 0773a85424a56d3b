/* Signing in to an IMAP server: with a password, or with a token. */
#ifndef IMAP_SIGN_IN_H
#define IMAP_SIGN_IN_H

#include "imap/session.h"

/*
 * credential: the password, or the token where server->sign_in is set.
 * ERR_MAILBOX when the server refuses it or offers no way to say it;
 * ERR_RETRY when it cannot let us in just now.  After either the session is
 * broken.
 */
int	session_sign_in(struct session *session, const struct server *server, const char *credential, struct err *err);

#endif
