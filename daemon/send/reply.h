/* Commands out, replies in: the lines of an SMTP dialogue. */
#ifndef SEND_REPLY_H
#define SEND_REPLY_H

#include "send/dialogue.h"

/*
 * Read one whole reply within the connection's time limit.  -1 when the
 * connection is lost, too slow, or says what is not SMTP: it is then broken.
 * each_line may be NULL; it sees every line's text (EHLO's keywords).
 */
int	reply_read(struct dialogue *dialogue, struct smtp_reply *reply_r,
	    void (*each_line)(struct dialogue *dialogue, const char *text), struct err *err);
/* The same, allowing timeout_ms instead. */
int	reply_read_within(struct dialogue *dialogue, int timeout_ms, struct smtp_reply *reply_r,
	    void (*each_line)(struct dialogue *dialogue, const char *text), struct err *err);

int	reply_command(struct dialogue *dialogue, const char *line, struct err *err);

/* Something was said that nobody asked for: answers could no longer be told apart. */
bool	reply_is_early(const struct dialogue *dialogue);

#endif
