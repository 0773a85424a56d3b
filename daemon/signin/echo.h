/*
 * Servers that repeat what they were told: a refusal's words go into the log
 * and into "status", and must not take a password or token there.
 */
#ifndef SIGNIN_ECHO_H
#define SIGNIN_ECHO_H

#include "base/err.h"
#include "conf/config.h"

/*
 * err, where it repeats secret (the password, or the token) as it is or in a form in which a sign-in to server says it,
 * whole or a part of it, becomes a sentence without it; its scope stays.  err NULL: nothing.
 */
void	echo_hide(const struct server *server, const char *secret, struct err *err);

#endif
