/*
 * What a server's refusal is about: whom it was to go to, us who send it, or
 * the mail.  Read off the reply's code, its enhanced code (RFC 3463) and, where
 * servers use those loosely, its words.
 */
#ifndef SEND_REFUSAL_H
#define SEND_REFUSAL_H

#include "ipc/wire.h"

enum refusal_stage { REFUSAL_SENDER, REFUSAL_RECIPIENT, REFUSAL_MAIL };	/* MAIL; RCPT; DATA and the final dot */

/*
 * code: 400 to 599 (anything else is SEND_RETRY); text: the reply without its code.  Never SEND_SENT, SEND_UNKNOWN.
 * At REFUSAL_MAIL SEND_FAILED means: about a recipient, and it is not said about which.
 */
enum send_result refusal_means(enum refusal_stage stage, int code, const char *text);

#endif
