/*
 * A look at the mailbox: list what is new, stream it to the spool, announce
 * it.  Run by the fetch role.
 * Invariant: mails are announced in ascending order of UID, each durable in
 * the spool, and none beyond a UID that is not accounted for (taken, gone, or
 * refused), so that the highest UID core knows means that everything below it
 * is.
 * Fails: ERR_RETRY, ERR_MAILBOX; what was announced stands.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "imap/body.h"
#include "imap/list.h"
#include "imap/watch_private.h"
#include "ipc/wire.h"

#define BATCH_MAILS	100
#define BATCH_RANGES	60
#define BATCH_BYTES	(32u << 20)
#define TRIES		2
#define BREAKS_MAX	8		/* of the connection, each time the same mail was asked for: two minutes, with the waits */

/* The mails of one fetch: those wanted, and those that have come. */
struct batch {
	struct fetch		*fetch;
	const struct listed	*v;
	size_t			 n;
	uint64_t		 sizes[BATCH_MAILS];	/* as they came; valid where came */
	bool			 came[BATCH_MAILS];
	bool			 spool_failed;		/* not the server's fault */
};

static int
note_failure(struct batch *batch, int result)
{
	batch->spool_failed |= result == -1;
	return result;
}

static int
begin_mail(void *ctx, struct err *err)
{
	struct batch *batch = ctx;

	return note_failure(batch, enter_begin(&batch->fetch->enter, err));
}

static int
write_mail(void *ctx, const void *data, size_t len, struct err *err)
{
	struct batch *batch = ctx;

	return note_failure(batch, enter_write(&batch->fetch->enter, data, len, err));
}

static int
end_mail(void *ctx, uint32_t uid, struct err *err)
{
	struct batch *batch = ctx;
	struct fetch *fetch = batch->fetch;
	char name[SPOOL_NAME_MAX];
	size_t i;

	for (i = 0; i < batch->n && batch->v[i].uid != uid; i++)
		;
	if (uid == 0 || i == batch->n || batch->came[i]) {
		enter_abandon(&fetch->enter);
		return 0;
	}
	if (spool_name_make(fetch->mailbox->name, fetch->number, uid, name, err) == -1 ||
	    enter_place(&fetch->enter, name, batch->v[i].internaldate, err) == -1)
		return note_failure(batch, -1);
	batch->sizes[i] = fetch->enter.size;
	batch->came[i] = true;
	return 0;
}

static void
announce(struct batch *batch, size_t i)
{
	struct fetch *fetch = batch->fetch;
	char name[SPOOL_NAME_MAX];
	struct frame frame;

	if (spool_name_make(fetch->mailbox->name, fetch->number, batch->v[i].uid, name, NULL) == -1)
		return;
	frame_init(&frame, WIRE_ENTERED, 0);
	put_str(&frame, name);
	put_u32(&frame, fetch->number);
	put_u32(&frame, batch->v[i].uid);
	put_u64(&frame, batch->sizes[i]);
	put_i64(&frame, batch->v[i].internaldate);
	fetch->out(fetch->out_ctx, &frame);
	frame_free(&frame);
}

/* A mail that stays on the server: core shows it to a person. why NULL: it has gone. */
static void
refuse(struct fetch *fetch, const struct listed *mail, const char *why)
{
	struct frame frame;

	frame_init(&frame, why == NULL ? WIRE_GONE : WIRE_REFUSED, 0);
	put_u32(&frame, fetch->number);
	put_u32(&frame, mail->uid);
	put_u64(&frame, mail->size_bytes);
	put_i64(&frame, mail->internaldate);
	if (why != NULL)
		put_str(&frame, why);
	fetch->out(fetch->out_ctx, &frame);
	frame_free(&frame);
}

static int
fetch_batch(struct batch *batch, const uint32_t *uids, size_t n, uint64_t bytes, struct err *err)
{
	struct fetch *fetch = batch->fetch;
	const struct body_sink sink = { batch, begin_mail, write_mail, end_mail };
	int result = body_fetch(fetch->session, uids, n, bytes, &sink, err);

	enter_abandon(&fetch->enter);
	/* A server that says no is asked mail by mail; anything else ends the look. */
	if (result == -1 && session_is_broken(fetch->session))
		return -1;
	return note_failure(batch, enter_sync(&fetch->enter, err));
}

/*
 * The connection broke while mails came.  Those that are whole count, so that
 * a bad line gets on, too; and the first that is not is remembered: it may be
 * the mail.
 */
static void
save_what_came(struct batch *batch)
{
	struct fetch *fetch = batch->fetch;
	size_t i;

	if (batch->spool_failed || fetch->session->busy != BUSY_NOT || enter_sync(&fetch->enter, NULL) == -1) {
		enter_drop(&fetch->enter);
		return;
	}
	for (i = 0; i < batch->n && batch->came[i]; i++) {
		announce(batch, i);
		fetch->highest = batch->v[i].uid;
	}
	if (i == batch->n)
		return;
	fetch->breaks = fetch->suspect == batch->v[i].uid ? fetch->breaks + 1 : 1;
	fetch->suspect = batch->v[i].uid;
}

/* One mail that did not come with the others: asked for alone, and looked for. */
static int
account_for(struct batch *batch, size_t i, struct err *err)
{
	const struct listed *mail = &batch->v[i];
	struct uids one = { NULL, 0 }, present;
	int result = -1;

	uids_add(&one, mail->uid);
	for (int try = 0; try < TRIES; try++) {
		if (list_present(batch->fetch->session, &one, &present, err) == -1)
			goto out;
		if (present.n == 0) {		/* moved or deleted by a person */
			refuse(batch->fetch, mail, NULL);
			result = 0;
			goto out;
		}
		uids_free(&present);
		if (fetch_batch(batch, &mail->uid, 1, mail->size_bytes, err) == -1)
			goto out;
		if (batch->came[i]) {
			announce(batch, i);
			result = 0;
			goto out;
		}
	}
	refuse(batch->fetch, mail, "the mail server does not hand this mail out; it stays in the mailbox");
	result = 0;
out:
	uids_free(&one);
	return result;
}

static int
take_batch(struct batch *batch, struct err *err)
{
	struct fetch *fetch = batch->fetch;
	uint32_t uids[BATCH_MAILS];
	uint64_t bytes = 0;
	char why[160];
	size_t n = 0;

	for (size_t i = 0; i < batch->n; i++)
		if (batch->v[i].size_bytes <= fetch->max_mail_bytes) {
			uids[n++] = batch->v[i].uid;
			bytes += batch->v[i].size_bytes;
		}
	if (n > 0 && fetch_batch(batch, uids, n, bytes, err) == -1) {
		save_what_came(batch);
		return -1;
	}
	for (size_t i = 0; i < batch->n; i++) {
		if (batch->came[i])
			announce(batch, i);
		else if (batch->v[i].size_bytes > fetch->max_mail_bytes) {
			snprintf(why, sizeof(why), "the mail has %u MB, more than the %ju MB that are allowed "
			    "(max-mail); it stays in the mailbox", batch->v[i].size_bytes >> 20,
			    (uintmax_t)(fetch->max_mail_bytes >> 20));
			refuse(fetch, &batch->v[i], why);
		} else if (account_for(batch, i, err) == -1) {
			enter_drop(&fetch->enter);	/* whole, perhaps, and not announced: it comes once more */
			return -1;
		}
		fetch->highest = batch->v[i].uid;
	}
	return 0;
}

/* How many of v go into one command; a suspect goes alone. */
static size_t
batch_size(const struct listed *v, size_t n, uint32_t suspect)
{
	uint64_t bytes = 0;
	size_t i, ranges = 0;

	for (i = 0; i < n && i < BATCH_MAILS; i++) {
		if (i > 0 && (v[i].uid == suspect || v[i - 1].uid == suspect))
			break;
		if (i == 0 || v[i].uid != v[i - 1].uid + 1)
			ranges++;
		bytes += v[i].size_bytes;
		if (i > 0 && (ranges > BATCH_RANGES || bytes > BATCH_BYTES))
			break;
	}
	return i;
}

int
watch_take(struct fetch *fetch, const struct list *list, struct err *err)
{
	for (size_t i = 0; i < list->n; ) {
		struct batch batch = { .fetch = fetch, .v = list->v + i };

		batch.n = batch_size(batch.v, list->n - i, fetch->suspect);
		if (batch.v->uid == fetch->suspect && fetch->breaks >= BREAKS_MAX) {
			refuse(fetch, batch.v, "each time this mail was asked for, the connection to the mail server broke; "
			    "it stays in the mailbox");
			fetch->highest = batch.v->uid;
		} else if (take_batch(&batch, err) == -1)
			return -1;
		i += batch.n;
	}
	return 0;
}

void
watch_tell_state(struct fetch *fetch, uint64_t poll_id)
{
	struct session *session = fetch->session;
	struct frame frame;

	if (session->uidnext <= fetch->highest)
		session->uidnext = fetch->highest + 1;
	frame_init(&frame, WIRE_STATE, poll_id);
	put_u32(&frame, fetch->number);
	put_u32(&frame, session->uidnext);
	put_u32(&frame, session->exists);
	put_u32(&frame, fetch->highest);
	fetch->out(fetch->out_ctx, &frame);
	frame_free(&frame);
}

int
watch_look(struct fetch *fetch, struct err *err)
{
	struct list list = { NULL, 0, 0 };
	uint64_t poll_id = fetch->poll_id;
	int result = -1;

	if (watch_select(fetch, err) == -1)
		goto out;
	if (!fetch->resumed) {
		result = 0;
		goto out;
	}
	/* Some servers show what is new only after a command that may say so. */
	if (session_noop(fetch->session, err) == -1)
		goto out;
	fetch->session->news = false;
	if ((result = listing_ask(fetch, err)) != 0) {
		result = result == 1 ? 0 : -1;
		goto out;
	}
	result = -1;
	if (fetch->highest < UINT32_MAX && list_from(fetch->session, fetch->highest + 1, &list, err) == -1)
		goto out;
	if (watch_take(fetch, &list, err) == -1)
		goto out;
	watch_tell_state(fetch, poll_id);
	result = 0;
out:
	list_free(&list);
	return result;
}
