/*
 * How a token is said to a mail server: XOAUTH2 (Microsoft, Google) and
 * OAUTHBEARER (RFC 7628), and what the server says against it.
 */
#ifndef SIGNIN_SASL_H
#define SIGNIN_SASL_H

#include <stdbool.h>

#include "base/buf.h"

enum sasl { SASL_NONE, SASL_XOAUTH2, SASL_OAUTHBEARER };

/* XOAUTH2 where the server offers it. */
enum sasl sasl_choose(bool has_xoauth2, bool has_oauthbearer);
const char *sasl_name(enum sasl sasl);	/* "XOAUTH2" */

/* The first and only answer, in base64, appended to out.  host and port are OAUTHBEARER's.  The caller wipes it. */
void	sasl_say(enum sasl sasl, const char *user, const char *token, const char *host, int port, struct buf *out);
/* What is said, in base64, to a server's complaint, so that it goes on to refuse: "" or "AQ==". */
const char *sasl_go_on(enum sasl sasl);

/*
 * The complaint itself (base64 of JSON, behind "+ " or "334 "): what is of use
 * in it, printable, such as "status 401".  "" when it cannot be read.
 */
void	sasl_complaint(const char *text, char said_r[128]);

#endif
