/* Sets of UIDs, as IMAP writes them: "3,5:9". */
#ifndef IMAP_UIDSET_H
#define IMAP_UIDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct uids {
	uint32_t	*v;	/* owned */
	size_t		 n;
};

void	uids_free(struct uids *uids);
void	uids_add(struct uids *uids, uint32_t uid);
void	uids_sort(struct uids *uids);		/* ascending, each once */
bool	uids_has(const struct uids *uids, uint32_t uid);	/* sorted */
/* Keep those that are not in other; both sorted. */
void	uids_without(struct uids *uids, const struct uids *other);

/*
 * The set of v[0..n), ascending, with runs of numbers as ranges, as far as
 * max_ranges of them go; returns how many of v stand in it.
 */
size_t	uidset_write(const uint32_t *v, size_t n, size_t max_ranges, struct buf *out);

/* Read a set of at most max UIDs; false for anything else ("*" too). Order is kept. */
bool	uidset_read(const char *text, size_t len, size_t max, struct uids *out);

#endif
