/* A mail's bytes as they go over the wire after DATA. */
#ifndef SEND_BODY_H
#define SEND_BODY_H

#include "send/dialogue.h"

enum body_end { BODY_SENT, BODY_LOST, BODY_UNREADABLE };

/* All but the final dot. BODY_LOST: the connection broke; BODY_UNREADABLE: our own file did. */
enum body_end body_send(struct dialogue *dialogue, int fd, struct err *err);

/*
 * Stuff len bytes onto out: every line end (CRLF, LF, CR) becomes CRLF, a dot
 * at the start of a line is doubled.  last carries the state between calls:
 * '\n' at the start of a line (and of the mail), '\r' behind a CR, else 0.
 */
void	body_stuff(struct buf *out, const char *data, size_t len, char *last);

#endif
