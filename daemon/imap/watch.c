/*
 * Watching a mailbox: connect, look, wait, and do what core asks.  Run by the
 * fetch role.
 * Invariant: while there is no connection, one is tried again after a wait
 * that doubles up to five minutes, with some chance in it; a trouble is told
 * once, and its end too.
 * Fails: nothing that a caller sees; troubles go to core.
 */
#include "imap/watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "imap/watch_private.h"
#include "ipc/wire.h"

#define LIMITED_TIMES	30		/* the first wait, where a server wants fewer commands and does not say for how long */
#define MAIL_MAX_BYTES	(UINT64_C(100) << 20)
#define DOUBTFUL_MAX	1000000u

int
fetch_new(const struct fetch_start *start, struct fetch **fetch_r, struct err *err)
{
	struct fetch *fetch = x_calloc(1, sizeof(*fetch));

	*fetch_r = NULL;
	if (enter_init(&fetch->enter, start->tmp_fd, start->new_fd, start->mailbox->name, err) == -1 ||
	    token_open(fetch, start, err) == -1) {
		free(fetch);
		return -1;
	}
	fetch->mailbox = start->mailbox;
	fetch->password = x_strdup(fetch->signin == NULL ? start->password : "");
	fetch->max_mail_bytes = start->max_mail_bytes > 0 ? start->max_mail_bytes : MAIL_MAX_BYTES;
	backoff_init(&fetch->backoff, start->retry_ms, start->seed);
	fetch->turn = start->turn;
	fetch->out = start->out;
	fetch->out_ctx = start->out_ctx;
	fetch->jobs_end = &fetch->jobs;
	*fetch_r = fetch;
	return 0;
}

void
fetch_free(struct fetch **fetch)
{
	struct fetch *f = *fetch;
	struct job *next;

	*fetch = NULL;
	if (f == NULL)
		return;
	session_close(&f->session);
	signin_free(&f->signin);
	listing_forget(f);
	enter_drop(&f->enter);
	for (; f->jobs != NULL; f->jobs = next) {
		next = f->jobs->next;
		job_free(f->jobs);
	}
	uids_free(&f->doubtful);
	free(f->standing_about);
	explicit_bzero(f->password, strlen(f->password));
	free(f->password);
	free(f);
}

/* ---- what core says */

static int
take_resume(struct fetch *fetch, struct frame *frame)
{
	uint32_t n;

	fetch->number = get_u32(frame);
	fetch->highest = get_u32(frame);
	fetch->uidvalidity = get_u32(frame);
	fetch->asked = get_u32(frame);
	listing_forget(fetch);
	uids_free(&fetch->doubtful);
	n = get_u32(frame);
	for (uint32_t i = 0; i < n && i < DOUBTFUL_MAX && !frame->bad; i++)
		uids_add(&fetch->doubtful, get_u32(frame));
	uids_sort(&fetch->doubtful);
	job_drop_others(fetch);
	fetch->resumed = get_end(frame);
	fetch->selected = false;
	fetch->look_now = true;
	return fetch->resumed ? 0 : -1;
}

int
fetch_handle(struct fetch *fetch, struct frame *frame, struct err *err)
{
	int result;

	switch (frame->type) {
	case WIRE_RESUME:
		result = take_resume(fetch, frame);
		break;
	case WIRE_SETTLE:
	case WIRE_REFILE:
	case WIRE_APPEND:
	case WIRE_FIND:
	case WIRE_LIST:
	case WIRE_MAKE:
		result = job_add(fetch, frame);
		break;
	case WIRE_WANTED:
		result = listing_wanted(fetch, frame);
		break;
	case WIRE_POLL:
		fetch->look_now = true;
		fetch->poll_id = frame->id;
		result = get_end(frame) ? 0 : -1;
		break;
	default:
		result = -1;
	}
	return result == 0 ? 0 : err_set(err, ERR_DAEMON, "fetch: a frame of type %u from core that is not "
	    "for us, or damaged", frame->type);
}

/* ---- troubles */

static void
tell(struct fetch *fetch)
{
	const struct err *now = fetch->trouble.scope != ERR_NONE ? &fetch->trouble : &fetch->standing;
	struct frame frame;

	if (now->scope == fetch->told.scope && (now->scope == ERR_NONE || strcmp(now->text, fetch->told.text) == 0))
		return;
	fetch->told = *now;
	frame_init(&frame, WIRE_TROUBLE, 0);
	put_u32(&frame, (uint32_t)now->scope);
	put_str(&frame, now->scope == ERR_NONE ? "" : now->text);
	fetch->out(fetch->out_ctx, &frame);
	frame_free(&frame);
}

void
watch_trouble(struct fetch *fetch, const struct err *trouble)
{
	fetch->trouble = *trouble;
	tell(fetch);
}

void
watch_standing(struct fetch *fetch, const char *folder, const struct err *trouble)
{
	/* Where mails go well into one folder, those for another may still have nowhere to go. */
	if (trouble->scope == ERR_NONE && fetch->standing_about != NULL && strcmp(fetch->standing_about, folder) != 0)
		return;
	free(fetch->standing_about);
	fetch->standing_about = trouble->scope == ERR_NONE ? NULL : x_strdup(folder);
	fetch->standing = *trouble;
	tell(fetch);
}

/* How long the server is left alone: what it asked for, or more if it goes on like this. */
static int
wait_before_retry(struct fetch *fetch, const struct err *why)
{
	const struct session *session = fetch->session;
	int least_ms = 0;

	if (session != NULL && session->wait_ms > 0)
		least_ms = session->wait_ms;
	else if (session != NULL && session->busy == BUSY_LIMITED)
		least_ms = fetch->backoff.first_ms * LIMITED_TIMES;
	return backoff_wait_ms(&fetch->backoff, why->scope == ERR_RETRY ? 1 : 2, least_ms);
}

static void
disconnect(struct fetch *fetch, const struct err *why)
{
	fetch->retry_at_ms = clock_real_ms() + wait_before_retry(fetch, why);
	session_close(&fetch->session);
	fetch->selected = false;
	listing_forget(fetch);
	fetch->idle = (struct idle){ false, 0 };
	watch_trouble(fetch, why);
}

/* ---- the connection */

/* Core decides what that means, and says RESUME. */
static int
say_anew(struct fetch *fetch, struct err *err)
{
	struct session *session = fetch->session;
	struct list list = { NULL, 0, 0 };
	uint32_t highest = session->uidnext - 1;
	struct frame frame;

	/* A server that does not say its UIDNEXT: the highest there is. */
	if (session->uidnext == 0) {
		if (list_from(session, 1, &list, err) == -1)
			return -1;
		highest = list.n > 0 ? list.v[list.n - 1].uid : 0;
		list_free(&list);
	}
	frame_init(&frame, WIRE_ANEW, 0);
	put_u32(&frame, session->uidvalidity);
	put_u32(&frame, highest);
	fetch->out(fetch->out_ctx, &frame);
	frame_free(&frame);
	fetch->resumed = false;
	return 0;
}

static void
made_anew(struct fetch *fetch)
{
	struct session *session = fetch->session;
	struct err trouble;

	if (session->uidvalidity != fetch->uidvalidity)
		err_set(&trouble, ERR_MAILBOX, "the folder %s was made anew on the server (its UIDVALIDITY went from %u "
		    "to %u): everything in it is compared with what is known", fetch->mailbox->folder, fetch->uidvalidity,
		    session->uidvalidity);
	else
		err_set(&trouble, ERR_MAILBOX, "the folder %s is in an earlier state than before (its UIDNEXT is %u, and a mail "
		    "up to %u was there): everything in it is compared with what is known", fetch->mailbox->folder,
		    session->uidnext, fetch->highest);
	watch_trouble(fetch, &trouble);
}

int
watch_select(struct fetch *fetch, struct err *err)
{
	if (fetch->selected)
		return 0;
	if (session_select(fetch->session, fetch->mailbox->folder, fetch->mailbox->sent_of != NULL, err) == -1)
		return -1;
	fetch->selected = true;
	if (fetch->resumed && fetch->number == 0)
		return say_anew(fetch, err);
	if (!fetch->resumed || (fetch->session->uidvalidity == fetch->uidvalidity &&
	    (fetch->session->uidnext == 0 || fetch->session->uidnext > fetch->highest)))
		return 0;
	made_anew(fetch);
	return say_anew(fetch, err);
}

static int
open_session(struct fetch *fetch, struct err *err)
{
	const char *credential;

	if (token_credential(fetch, &credential, err) == -1)
		return -1;
	if (session_open(&fetch->mailbox->imap, credential, fetch->turn, &fetch->session, err) == -1) {
		if (err->scope == ERR_MAILBOX)
			token_refused(fetch);
		return -1;
	}
	fetch->look_now = true;
	return 0;
}

static int
connect_now(struct fetch *fetch)
{
	struct err err = { .scope = ERR_NONE };

	if (open_session(fetch, &err) == -1) {
		disconnect(fetch, &err);
		return -1;
	}
	return 0;
}

/* Not while core has the word: its answer is about what this connection has shown. */
static bool
may_open_again(const struct fetch *fetch)
{
	return fetch->resumed && !fetch->asking.waiting;
}

/* With another token: a server ends a connection whose token has ended, and not always aloud. */
static int
open_again(struct fetch *fetch, struct err *err)
{
	idle_end(fetch->session, &fetch->idle, NULL);
	session_close(&fetch->session);
	fetch->selected = false;
	fetch->idle = (struct idle){ false, 0 };
	return open_session(fetch, err);
}

static int
look_now(struct fetch *fetch, struct err *err)
{
	fetch->look_now = false;
	if (watch_look(fetch, err) == -1)
		return -1;
	if (!fetch->resumed || fetch->asking.waiting)
		return 0;
	fetch->next_poll_ms = clock_real_ms() + fetch->mailbox->poll_s * INT64_C(1000);
	return 0;
}

static bool
must_look(const struct fetch *fetch, int64_t now)
{
	return fetch->look_now || fetch->session->news || now >= fetch->next_poll_ms;
}

/* All that was to do is done: the connection is a good one. */
static void
all_well(struct fetch *fetch)
{
	static const struct err over = { ERR_NONE, "" };

	backoff_reset(&fetch->backoff);
	watch_trouble(fetch, &over);
}

static int
start_idle(struct fetch *fetch, struct err *err)
{
	all_well(fetch);
	if (watch_select(fetch, err) == -1)
		return -1;
	if (!fetch->resumed)
		return 0;
	if (idle_begin(fetch->session, &fetch->idle, err) == -1)
		return -1;
	fetch->idle_until_ms = clock_real_ms() + fetch->mailbox->idle_s * INT64_C(1000);
	return 0;
}

/* One thing after the other until there is nothing to do but wait; 1 then. */
static int
step_once(struct fetch *fetch, struct err *err)
{
	int64_t now = clock_real_ms();

	if (may_open_again(fetch) && token_has_changed(fetch))
		return open_again(fetch, err);
	if (fetch->idle.on) {
		if (idle_read(fetch->session, &fetch->idle, err) == -1)
			return -1;
		if (fetch->idle.on && !must_look(fetch, now) && fetch->jobs == NULL &&
		    now < fetch->idle_until_ms)
			return 1;
		return idle_end(fetch->session, &fetch->idle, err);
	}
	/* Core has the word; it may want to see a folder before it gives it. */
	if (!fetch->resumed || fetch->asking.waiting)
		return fetch->jobs != NULL && fetch->jobs->type == WIRE_LIST ? job_run(fetch, err) : 1;
	/* Looking comes first: a job that breaks the connection each time must not keep new mail out. */
	if (must_look(fetch, now))
		return look_now(fetch, err);
	if (fetch->jobs != NULL) {
		if (fetch->jobs->type == WIRE_SETTLE && watch_select(fetch, err) == -1)
			return -1;
		return fetch->resumed ? job_run(fetch, err) : 0;
	}
	if (fetch->session->can_idle)
		return start_idle(fetch, err);
	all_well(fetch);
	return 1;
}

static void
say_wait(const struct fetch *fetch, struct fetch_wait *wait_r)
{
	int64_t until = fetch->next_poll_ms, left;

	if (fetch->session == NULL)
		until = fetch->retry_at_ms;
	else if (fetch->idle.on && fetch->idle_until_ms < until)
		until = fetch->idle_until_ms;
	if (fetch->session != NULL && may_open_again(fetch) && token_wait_ms(fetch) < until)
		until = token_wait_ms(fetch);
	left = until - clock_real_ms();
	wait_r->fd = fetch->session == NULL || !fetch->idle.on ? -1 : stream_fd(fetch->session->stream);
	wait_r->timeout_ms = left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

void
fetch_turn(struct fetch *fetch, struct fetch_wait *wait_r)
{
	struct err err = { .scope = ERR_NONE };
	int result = 0;

	*wait_r = (struct fetch_wait){ -1, -1 };
	if (!fetch->resumed && fetch->jobs == NULL)
		return;
	if (fetch->session == NULL && (clock_real_ms() < fetch->retry_at_ms || connect_now(fetch) == -1)) {
		say_wait(fetch, wait_r);
		return;
	}
	while (result == 0)
		result = step_once(fetch, &err);
	if (result == -1)
		disconnect(fetch, &err);
	say_wait(fetch, wait_r);
}
