/*
 * Once more, from where it was put: a mail that was settled, and is to lie
 * elsewhere.  Run by the fetch role.
 * Invariant: what is moved is this mail: known by its message-id, or by every
 * byte, with the size and date that a move leaves as they were.
 * Fails: as settle.c.
 */
#include <string.h>

#include "imap/list.h"
#include "imap/settle.h"
#include "imap/twin.h"

static int
find_by_id(struct session *session, const struct refiling *refiling, uint32_t *uid_r, struct err *err)
{
	struct uids found = { NULL, 0 };
	struct list there = { NULL, 0, 0 };
	int result = list_with_id(session, refiling->message_id, &found, err);

	if (result == 0)
		result = list_uids(session, &found, false, &there, err);
	for (size_t i = 0; result == 0 && i < there.n && *uid_r == 0; i++)
		if ((refiling->internaldate == 0 || there.v[i].internaldate == refiling->internaldate) &&
		    (refiling->size_bytes == 0 || there.v[i].size_bytes == refiling->size_bytes))
			*uid_r = there.v[i].uid;
	list_free(&there);
	uids_free(&found);
	return result;
}

/* Machines send many of one size in one second. */
static int
find_by_bytes(struct session *session, const struct refiling *refiling, uint32_t *uid_r, struct err *err)
{
	struct uids found = { NULL, 0 };
	struct list there = { NULL, 0, 0 };
	int fetches = 0, result = list_around(session, refiling->internaldate, &found, err);

	if (result == 0)
		result = list_uids(session, &found, true, &there, err);
	for (size_t i = 0; result == 0 && i < there.n && *uid_r == 0 && fetches < TWIN_FETCHES_MAX; i++) {
		char hex[65] = "";

		if (!twin_may_be(&there.v[i], refiling->size_bytes, refiling->internaldate))
			continue;
		if (refiling->sha256[0] != '\0') {
			fetches++;
			result = twin_hash(session, there.v[i].uid, refiling->size_bytes, hex, err);
		}
		if (result == 0 && strcmp(hex, refiling->sha256) == 0)
			*uid_r = there.v[i].uid;
	}
	list_free(&there);
	uids_free(&found);
	return result;
}

/* The mail in the folder now selected; 0: it is not there. */
static int
find_mail(struct session *session, const struct refiling *refiling, uint32_t *uid_r, struct err *err)
{
	*uid_r = 0;
	if (refiling->message_id[0] != '\0' && list_id_is_askable(refiling->message_id))
		return find_by_id(session, refiling, uid_r, err);
	if (refiling->size_bytes == 0 || refiling->internaldate == 0)
		return 0;		/* it could be any */
	return find_by_bytes(session, refiling, uid_r, err);
}

/* 0 with the UID, which is 0 where there is no such mail or folder. */
static int
find_in(struct session *session, const char *folder, bool read_only, const struct refiling *refiling, uint32_t *uid_r,
    struct err *err)
{
	struct err ignored;

	*uid_r = 0;
	if (session_select(session, folder, read_only, &ignored) == -1) {
		if (!session_is_broken(session))
			return 0;
		*err = ignored;
		return -1;
	}
	return find_mail(session, refiling, uid_r, err);
}

int
settle_refile(struct session *session, const struct refiling *refiling, struct settled *settled_r, struct err *err)
{
	struct uids uids = { NULL, 0 };
	struct settling settling = {
		.watched = refiling->from, .folder = refiling->folder, .keyword = "", .uids = &uids, .repeated = &uids,
	};
	uint32_t uid;
	int result;

	err->scope = ERR_NONE;
	*settled_r = (struct settled){ OUTCOME_GONE, 0 };
	result = find_in(session, refiling->from, false, refiling, &uid, err);
	if (result == 0 && uid != 0) {
		settling.uidvalidity = session->uidvalidity;
		uids_add(&uids, uid);
		result = settle_run(session, &settling, settled_r, err);
	} else if (result == 0) {		/* moved by an attempt that was cut off? */
		result = find_in(session, refiling->folder, true, refiling, &settled_r->new_uid, err);
		settled_r->outcome = settled_r->new_uid != 0 ? OUTCOME_MOVED : OUTCOME_GONE;
	}
	uids_free(&uids);
	/* One odd folder, where it cannot be looked for, holds up no other. */
	if (result == -1 && !session_is_broken(session)) {
		*settled_r = (struct settled){ OUTCOME_FAILED, 0 };
		result = 0;
	}
	return result;
}
