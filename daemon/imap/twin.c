/*
 * Mails without a message-id that can be asked for, which an attempt that was
 * cut off may have copied (a server without MOVE): told by size, date and the
 * hash of every byte.  Run by the fetch role.
 * Invariant: two mails that differ in one byte are never taken for one.
 * Fails: ERR_MAILBOX when the server will not search or list, ERR_RETRY when it broke; a mail that it does not hand
 * out is nobody's twin.
 */
#include "imap/twin.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "imap/body.h"

#define LOOKS_MAX	100

/* ---- The hash of a mail as the server hands it out */

struct hashing {
	GChecksum	*sum;
	uint32_t	 wanted;
	bool		 done;
	char		*hex;
};

static int
hash_begin(void *ctx, struct err *err)
{
	struct hashing *hashing = ctx;

	(void)err;
	g_checksum_reset(hashing->sum);
	return 0;
}

static int
hash_write(void *ctx, const void *data, size_t len, struct err *err)
{
	struct hashing *hashing = ctx;

	(void)err;
	g_checksum_update(hashing->sum, data, (gssize)len);
	return 0;
}

static int
hash_end(void *ctx, uint32_t uid, struct err *err)
{
	struct hashing *hashing = ctx;

	(void)err;
	if (uid != hashing->wanted)
		return 0;
	memcpy(hashing->hex, g_checksum_get_string(hashing->sum), 65);
	g_checksum_reset(hashing->sum);
	hashing->done = true;
	return 0;
}

int
twin_hash(struct session *session, uint32_t uid, uint32_t size_bytes, char hex_r[65], struct err *err)
{
	struct hashing hashing = { .sum = g_checksum_new(G_CHECKSUM_SHA256), .wanted = uid, .hex = hex_r };
	const struct body_sink sink = { &hashing, hash_begin, hash_write, hash_end };
	struct err why;
	int result;

	hex_r[0] = '\0';
	result = body_fetch(session, &uid, 1, size_bytes, &sink, &why);
	g_checksum_free(hashing.sum);
	if (!hashing.done || result == -1)
		hex_r[0] = '\0';
	if (result == 0 || !session_is_broken(session))
		return 0;
	*err = why;
	return -1;
}

/* ---- */

bool
twin_may_be(const struct listed *there, uint32_t size_bytes, int64_t internaldate)
{
	return there->size_bytes == size_bytes && there->internaldate == internaldate &&
	    (there->message_id == NULL || !list_id_is_askable(there->message_id));
}

int
twins_look(struct session *session, const struct listed *mail, struct twins *twins, struct err *err)
{
	struct uids found = { NULL, 0 };
	struct list there = { NULL, 0, 0 };
	int result;

	if (twins->looks >= LOOKS_MAX || twins->fetches >= TWIN_FETCHES_MAX)
		return 0;
	twins->looks++;
	result = list_around(session, mail->internaldate, &found, err);
	if (result == 0)
		result = list_uids(session, &found, true, &there, err);
	for (size_t i = 0; result == 0 && i < there.n && twins->fetches < TWIN_FETCHES_MAX; i++) {
		struct twin twin = { .uid = mail->uid, .there = there.v[i].uid, .size_bytes = mail->size_bytes };

		if (!twin_may_be(&there.v[i], mail->size_bytes, mail->internaldate))
			continue;
		twins->fetches++;
		if ((result = twin_hash(session, twin.there, mail->size_bytes, twin.hash, err)) == -1 || twin.hash[0] == '\0')
			continue;
		twins->v = x_realloc(twins->v, (twins->n + 1) * sizeof(*twins->v));
		twins->v[twins->n++] = twin;
	}
	list_free(&there);
	uids_free(&found);
	return result;
}

int
twin_is_same(struct session *session, const struct twin *twin, bool *same_r, struct err *err)
{
	char hash[65];

	*same_r = false;
	if (twin_hash(session, twin->uid, twin->size_bytes, hash, err) == -1)
		return -1;
	*same_r = hash[0] != '\0' && strcmp(hash, twin->hash) == 0;
	return 0;
}

void
twins_free(struct twins *twins)
{
	free(twins->v);
	memset(twins, 0, sizeof(*twins));
}
