/*
 * Which folder of the server a folder of the configuration is.  Servers
 * differ: all folders may have to lie beneath "INBOX.", the character between
 * levels may be any, and what people made before us may be "processed" instead
 * of "Processed".  The configuration writes levels with "/".
 */
#ifndef IMAP_PLACE_H
#define IMAP_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct session;

/* What the server has told of its folders. */
struct place {
	char	*wire;			/* its name as the server writes it */
	char	*name;			/* that in UTF-8 */
	bool	 no_mails;		/* \Noselect, \NonExistent: holds other folders only */
	bool	 is_sent;		/* \Sent */
};

struct places {
	struct place	*v;
	size_t		 n;
	char		 delimiter;	/* between levels; '\0': there are none, or nobody said */
	char		 prefix[100];	/* of people's own folders, in UTF-8: "INBOX.", or "" */
	bool		 is_known;	/* the server has listed at least one */
};

/* One untagged line of the server's: LIST, NAMESPACE; others are passed over.  Pure. */
void	places_take(struct places *places, const char *line);
/*
 * The folder for a name of the configuration, put behind what is in wire: one
 * that is there (exactly; else in other letters' case; else, for a folder of
 * sent mail, the one that the server marks as that), or where it is to be
 * made.  True: it is there, and can hold mails.  Pure.
 */
bool	places_find(const struct places *places, const char *folder, struct buf *wire);
void	places_free(struct places *places);

/*
 * The name for the wire, put behind what is in wire.  The server is asked for
 * its folders when one other than INBOX is first named, and after
 * place_forget(); one that will not list them is taken at the
 * configuration's word.  -1: the session broke.
 */
int	place_wire(struct session *session, const char *folder, struct buf *wire, struct err *err);
/* Is it there, as far as the server tells?  Asks again. 1, 0 or -1. */
int	place_exists(struct session *session, const char *folder, struct err *err);
/* Folders have changed. */
void	place_forget(struct session *session);

#endif
