/*
 * Mails as core is to know them again: by message-id, size and date.  Those
 * that may be known already (a first look, a folder made anew) are shown to it
 * some hundreds at a time, and taken only where it wants them; and a whole
 * folder is listed on request.  Run by the fetch role.
 * Invariant: fetch->highest passes a mail that was shown only after core has
 * said what is to become of it, and after it was taken if it was wanted.
 * Fails: as list.c and look.c.
 */
#include <stdlib.h>
#include <string.h>

#include "imap/watch_private.h"
#include "ipc/wire.h"

#define SHOWN_MAX	500	/* mails in one frame: with the longest message-ids, half a megabyte */

void
listing_forget(struct fetch *fetch)
{
	struct asking *asking = &fetch->asking;

	list_free(&asking->list);
	uids_free(&asking->wanted);
	memset(asking, 0, sizeof(*asking));
}

static void
say_listing(struct fetch *fetch, uint64_t id, uint32_t last, bool more, const struct list *list)
{
	struct frame frame;

	frame_init(&frame, WIRE_LISTING, id);
	put_u32(&frame, id == 0 ? fetch->number : fetch->session->uidvalidity);
	put_u32(&frame, last);
	put_u32(&frame, more);
	put_u32(&frame, (uint32_t)list->n);
	for (size_t i = 0; i < list->n; i++) {
		const char *message_id = list->v[i].message_id;

		put_u32(&frame, list->v[i].uid);
		put_u64(&frame, list->v[i].size_bytes);
		put_i64(&frame, list->v[i].internaldate);
		put_str(&frame, message_id != NULL && list_id_is_askable(message_id) ? message_id : "");
	}
	fetch->out(fetch->out_ctx, &frame);
	frame_free(&frame);
}

/* The next mails of list behind *at, with their message-ids. */
static int
next_piece(struct session *session, const struct list *list, size_t *at, struct list *piece_r, struct err *err)
{
	struct uids uids = { NULL, 0 };
	int result;

	while (*at < list->n && uids.n < SHOWN_MAX)
		uids_add(&uids, list->v[(*at)++].uid);
	result = list_uids(session, &uids, true, piece_r, err);
	uids_free(&uids);
	return result;
}

/* ---- Shown before they are taken */

int
listing_wanted(struct fetch *fetch, struct frame *frame)
{
	struct asking *asking = &fetch->asking;
	uint32_t number = get_u32(frame), last = get_u32(frame), n = get_u32(frame);

	uids_free(&asking->wanted);
	for (uint32_t i = 0; i < n && !frame->bad; i++)
		uids_add(&asking->wanted, get_u32(frame));
	uids_sort(&asking->wanted);
	if (!get_end(frame))
		return -1;
	/* What was asked before the connection broke is asked again. */
	if (!asking->waiting || number != fetch->number || last != asking->last)
		return 0;
	asking->waiting = false;
	asking->answered = true;
	fetch->look_now = true;
	return 0;
}

/* Those of the last piece that core wants. */
static int
take_wanted(struct fetch *fetch, struct err *err)
{
	struct asking *asking = &fetch->asking;
	struct list wanted = { NULL, 0, 0 };
	int result;

	wanted.v = x_calloc(asking->wanted.n + 1, sizeof(*wanted.v));
	for (size_t i = 0; i < asking->list.n; i++)
		if (asking->list.v[i].uid > fetch->highest && uids_has(&asking->wanted, asking->list.v[i].uid))
			wanted.v[wanted.n++] = asking->list.v[i];
	result = watch_take(fetch, &wanted, err);
	free(wanted.v);
	if (result == -1)
		return -1;
	fetch->highest = asking->last;
	asking->answered = false;
	watch_tell_state(fetch, 0);
	return 0;
}

/* 1: shown; 0: nothing is left. */
static int
show_next(struct fetch *fetch, struct err *err)
{
	struct asking *asking = &fetch->asking;
	struct list piece;
	size_t at = 0;

	while (at < asking->list.n && asking->list.v[at].uid <= fetch->highest)
		at++;
	if (at == asking->list.n)
		return 0;
	if (next_piece(fetch->session, &asking->list, &at, &piece, err) == -1)
		return -1;
	asking->last = asking->list.v[at - 1].uid;
	asking->waiting = true;
	say_listing(fetch, 0, asking->last, false, &piece);
	list_free(&piece);
	return 1;
}

int
listing_ask(struct fetch *fetch, struct err *err)
{
	struct asking *asking = &fetch->asking;
	int result;

	if (fetch->highest >= fetch->asked)
		return 0;
	if (!asking->listed) {
		if (list_from(fetch->session, fetch->highest + 1, &asking->list, err) == -1)
			return -1;
		while (asking->list.n > 0 && asking->list.v[asking->list.n - 1].uid > fetch->asked)
			free(asking->list.v[--asking->list.n].message_id);
		asking->listed = true;
	}
	if (asking->answered && take_wanted(fetch, err) == -1)
		return -1;
	if ((result = show_next(fetch, err)) != 0)
		return result;
	fetch->highest = fetch->asked;
	listing_forget(fetch);
	return 0;
}

/* ---- A whole folder */

static int
select_for(struct fetch *fetch, const char *folder, bool *there_r, struct err *err)
{
	*there_r = true;
	if (*folder == '\0')
		return watch_select(fetch, err);
	fetch->selected = false;
	if (session_select(fetch->session, folder, true, err) == 0)
		return 0;
	*there_r = false;
	return session_is_broken(fetch->session) ? -1 : 0;
}

int
listing_run(struct fetch *fetch, const struct job *job, struct err *err)
{
	struct list list = { NULL, 0, 0 }, piece = { NULL, 0, 0 };
	size_t at = 0;
	bool there;
	int result = select_for(fetch, job->folder, &there, err);

	if (result == 0 && there)
		result = session_noop(fetch->session, err) == -1 ? -1 : list_from(fetch->session, 1, &list, err);
	while (result == 0 && at < list.n) {
		result = next_piece(fetch->session, &list, &at, &piece, err);
		if (result == 0)
			say_listing(fetch, job->id, UINT32_MAX, at < list.n, &piece);
		list_free(&piece);
	}
	if (result == 0 && list.n == 0)
		say_listing(fetch, job->id, there ? UINT32_MAX : 0, false, &list);
	list_free(&list);
	return result;
}
