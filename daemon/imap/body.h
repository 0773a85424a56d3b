/*
 * Whole mails out of the selected folder, streamed: in constant memory,
 * whatever their size.
 */
#ifndef IMAP_BODY_H
#define IMAP_BODY_H

#include <stddef.h>
#include <stdint.h>

#include "imap/session.h"
#include "imap/uidset.h"

/*
 * Told, for each mail that comes: begin, write ..., end with its UID (0 when
 * the server sent what nobody asked for; then what was written is dropped).
 * Each returns 0, or -1 with err, which ends the fetch and the session.
 */
struct body_sink {
	void	*ctx;
	int	(*begin)(void *ctx, struct err *err);
	int	(*write)(void *ctx, const void *data, size_t len, struct err *err);
	int	(*end)(void *ctx, uint32_t uid, struct err *err);
};

/*
 * Fetch v[0..n), ascending; bytes is what they have together, by the list.
 * 0 does not mean that all came: the server may leave some out, and libetpan
 * reads a NO after data as success.  The caller counts what ended.
 */
int	body_fetch(struct session *session, const uint32_t *v, size_t n, uint64_t bytes,
	    const struct body_sink *sink, struct err *err);

#endif
