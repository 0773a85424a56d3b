/*
 * The numbers of a maildir's mails, kept in a file in the folder itself, as
 * IMAP servers do: a number is given once and never again.
 */
#ifndef MAILDIR_UIDLIST_H
#define MAILDIR_UIDLIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define UIDLIST_NAME	"adviced-uids"

struct uidlist_entry {
	uint32_t	 uid;
	const char	*base;		/* the file's name up to its flags */
};

struct uidlist {
	uint32_t	 validity, next;
	struct uidlist_entry *v;	/* ascending by uid */
	size_t		 n;
};

/* No list, or one that cannot be understood: an empty one under a new validity, above the one before. */
int	uidlist_read(struct arena *arena, int folder, uint32_t before, struct uidlist *list_r, struct err *err);
/* Durable when this returns 0. */
int	uidlist_write(int folder, const struct uidlist *list, struct err *err);
const struct uidlist_entry *uidlist_uid(const struct uidlist *list, uint32_t uid);	/* NULL: none */

#endif
