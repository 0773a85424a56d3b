/*
 * A struct message as bytes and back: the only form in which a parse child's
 * result crosses a pipe or stands in the store.  Decoding trusts nothing:
 * lengths, enums, UTF-8 and counts are checked.
 * Fails: ERR_MESSAGE.
 */
#ifndef MAIL_RECORD_H
#define MAIL_RECORD_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "mail/message.h"

#define RECORD_MAX	(2u << 20)	/* bytes; a longer result is cut by the child and says so */

void	record_encode(const struct message *message, struct buf *out);
int	record_decode(struct arena *arena, const void *data, size_t len,
	    struct message **message_r, struct err *err);

#endif
