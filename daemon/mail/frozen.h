/*
 * A mail that compose() wrote, read again as its reader gets it: for a person who is to let it go or not.
 */
#ifndef MAIL_FROZEN_H
#define MAIL_FROZEN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct frozen {
	const char	*to, *cc, *subject;	/* as they stand in the mail, decoded; cc "" */
	const char	*text;			/* the plain part, line ends \n */
	struct strs	 attachments;		/* their names */
};

/*
 * fd is read from its beginning and stays the caller's.  Only for bytes that are proven to be ours, by their hash: what others
 * wrote is read by adviced-parse.  Attachments are not decoded.  Fails: ERR_MESSAGE, it is no mail.
 */
int	frozen_read(struct arena *arena, int fd, struct frozen *frozen_r, struct err *err);

#endif
