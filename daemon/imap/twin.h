/*
 * Is a mail without a message-id in another folder already?  Size and date
 * say which may be it there, the hash of all its bytes which is.
 */
#ifndef IMAP_TWIN_H
#define IMAP_TWIN_H

#include "imap/list.h"

#define TWIN_FETCHES_MAX	50	/* of what may be the mail */

struct twin {
	uint32_t	 uid;		/* the mail */
	uint32_t	 there;		/* what may be its copy */
	uint32_t	 size_bytes;
	char		 hash[65];	/* of that */
};

struct twins {
	struct twin	*v;		/* owned */
	size_t		 n;
	unsigned	 looks;		/* at the folder, each for one mail */
	unsigned	 fetches;	/* of what may be a copy */
};

/*
 * In the folder now selected: what has the mail's size and date.  Only so many are looked at and fetched, whoever sent
 * them; beyond that nothing is found, and a mail stands there twice rather than that nothing else is done.
 */
int	twins_look(struct session *session, const struct listed *mail, struct twins *twins, struct err *err);
/* May what is listed there be the mail of this size and date, which has no message-id that could be asked for? */
bool	twin_may_be(const struct listed *there, uint32_t size_bytes, int64_t internaldate);
/* Of every byte of a mail in the folder now selected, SHA-256; "" when the server does not hand it out. */
int	twin_hash(struct session *session, uint32_t uid, uint32_t size_bytes, char hex_r[65], struct err *err);
/* The mail in the folder now selected: does every byte agree? */
int	twin_is_same(struct session *session, const struct twin *twin, bool *same_r, struct err *err);
void	twins_free(struct twins *twins);

#endif
