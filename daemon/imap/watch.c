/*
 * Watching a mailbox: connect, look, wait, and do what core asks.  Run by the
 * fetch role.
 * Invariant: while there is no connection, one is tried again after a wait
 * that doubles up to five minutes, with some chance in it; a trouble is told
 * once, and its end too.
 * Fails: nothing that a caller sees; troubles go to core.
 */
#include "imap/watch.h"

#include <sys/random.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/str.h"
#include "imap/watch_private.h"
#include "ipc/wire.h"

#define RETRY_FIRST_MS	1000
#define RETRY_MAX_MS	300000
#define MAIL_MAX_BYTES	(UINT64_C(100) << 20)
#define DOUBTFUL_MAX	1000000u

int
fetch_new(const struct fetch_start *start, struct fetch **fetch_r, struct err *err)
{
	struct fetch *fetch = x_calloc(1, sizeof(*fetch));

	*fetch_r = NULL;
	if (enter_init(&fetch->enter, start->tmp_fd, start->new_fd, start->mailbox->name, err) == -1) {
		free(fetch);
		return -1;
	}
	fetch->mailbox = start->mailbox;
	fetch->password = x_strdup(start->password);
	fetch->max_mail_bytes = start->max_mail_bytes > 0 ? start->max_mail_bytes : MAIL_MAX_BYTES;
	fetch->first_retry_ms = start->retry_ms > 0 ? start->retry_ms : RETRY_FIRST_MS;
	fetch->retry_ms = fetch->first_retry_ms;
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
	enter_abandon(&f->enter);
	for (; f->jobs != NULL; f->jobs = next) {
		next = f->jobs->next;
		job_free(f->jobs);
	}
	uids_free(&f->doubtful);
	explicit_bzero(f->password, strlen(f->password));
	free(f->password);
	free(f);
}

/* ---- what core says */

static int
take_mode(struct fetch *fetch, const char *mode)
{
	dayno day;

	fetch->baseline = false;
	fetch->adopt_from = 0;
	if (str_same(mode, "baseline"))
		fetch->baseline = true;
	else if (str_starts(mode, "adopt:") && date_parse_iso(mode + strlen("adopt:"), &day))
		fetch->adopt_from = instant_at(day, 0);
	else if (!str_same(mode, "resume"))
		return -1;
	return 0;
}

static int
take_resume(struct fetch *fetch, struct frame *frame)
{
	struct arena *arena = arena_new();
	uint32_t n;
	int mode;

	fetch->uidvalidity = get_u32(frame);
	fetch->highest = get_u32(frame);
	mode = take_mode(fetch, get_str(frame, arena));
	arena_free(&arena);
	uids_free(&fetch->doubtful);
	n = get_u32(frame);
	for (uint32_t i = 0; i < n && i < DOUBTFUL_MAX && !frame->bad; i++)
		uids_add(&fetch->doubtful, get_u32(frame));
	uids_sort(&fetch->doubtful);
	/* Only a mailbox never seen before has a baseline. */
	if (fetch->uidvalidity != 0)
		fetch->baseline = false;
	fetch->resumed = mode == 0 && get_end(frame);
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
		result = job_add(fetch, frame);
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

void
watch_trouble(struct fetch *fetch, const struct err *trouble)
{
	struct frame frame;

	if (trouble->scope == fetch->trouble.scope &&
	    (trouble->scope == ERR_NONE || strcmp(trouble->text, fetch->trouble.text) == 0))
		return;
	fetch->trouble = *trouble;
	frame_init(&frame, WIRE_TROUBLE, 0);
	put_u32(&frame, (uint32_t)trouble->scope);
	put_str(&frame, trouble->text);
	fetch->out(fetch->out_ctx, &frame);
	frame_free(&frame);
}

static int
with_chance(int ms)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		return ms;
	return ms - ms / 4 + (int)(random % (uint32_t)(ms / 2 + 1));
}

static void
disconnect(struct fetch *fetch, const struct err *why)
{
	session_close(&fetch->session);
	fetch->selected = false;
	fetch->idle = (struct idle){ false, 0 };
	fetch->retry_at_ms = clock_real_ms() + with_chance(fetch->retry_ms);
	fetch->retry_ms = fetch->retry_ms > RETRY_MAX_MS / 2 ? RETRY_MAX_MS : fetch->retry_ms * 2;
	fetch->disconnected = true;
	watch_trouble(fetch, why);
}

/* ---- the connection */

/* The folder's UIDs mean something else than before: begin at the first; core knows what it has had. */
static void
begin_anew(struct fetch *fetch)
{
	struct err trouble;
	struct frame frame;

	err_set(&trouble, ERR_MAILBOX, "the folder %s was made anew on the server (its UIDVALIDITY went from %u "
	    "to %u): everything in it is looked at again", fetch->mailbox->folder, fetch->uidvalidity,
	    fetch->session->uidvalidity);
	fetch->uidvalidity = fetch->session->uidvalidity;
	fetch->highest = 0;
	uids_free(&fetch->doubtful);
	watch_trouble(fetch, &trouble);
	frame_init(&frame, WIRE_STATE, 0);
	put_u32(&frame, fetch->uidvalidity);
	put_u32(&frame, fetch->session->uidnext);
	put_u32(&frame, fetch->session->exists);
	put_u32(&frame, 0);
	fetch->out(fetch->out_ctx, &frame);
	frame_free(&frame);
}

int
watch_select(struct fetch *fetch, struct err *err)
{
	if (fetch->selected)
		return 0;
	if (session_select(fetch->session, fetch->mailbox->folder, fetch->mailbox->sent_of != NULL, err) == -1)
		return -1;
	fetch->selected = true;
	if (fetch->uidvalidity == 0)
		fetch->uidvalidity = fetch->session->uidvalidity;
	else if (fetch->uidvalidity != fetch->session->uidvalidity)
		begin_anew(fetch);
	return 0;
}

static int
connect_now(struct fetch *fetch)
{
	struct err err = { .scope = ERR_NONE };

	if (session_open(&fetch->mailbox->imap, fetch->password, fetch->turn, &fetch->session, &err) == -1) {
		disconnect(fetch, &err);
		return -1;
	}
	fetch->look_now = true;
	return 0;
}

static int
look_now(struct fetch *fetch, struct err *err)
{
	fetch->look_now = false;
	if (watch_look(fetch, err) == -1)
		return -1;
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

	fetch->retry_ms = fetch->first_retry_ms;
	if (fetch->disconnected)
		watch_trouble(fetch, &over);
	fetch->disconnected = false;
}

static int
start_idle(struct fetch *fetch, struct err *err)
{
	all_well(fetch);
	if (watch_select(fetch, err) == -1 || idle_begin(fetch->session, &fetch->idle, err) == -1)
		return -1;
	fetch->idle_until_ms = clock_real_ms() + fetch->mailbox->idle_s * INT64_C(1000);
	return 0;
}

/* One thing after the other until there is nothing to do but wait; 1 then. */
static int
step_once(struct fetch *fetch, struct err *err)
{
	int64_t now = clock_real_ms();

	if (fetch->idle.on) {
		if (idle_read(fetch->session, &fetch->idle, err) == -1)
			return -1;
		if (fetch->idle.on && !must_look(fetch, now) && fetch->jobs == NULL &&
		    now < fetch->idle_until_ms)
			return 1;
		return idle_end(fetch->session, &fetch->idle, err);
	}
	/* Looking comes first: a job that breaks the connection each time must not keep new mail out. */
	if (must_look(fetch, now))
		return look_now(fetch, err);
	if (fetch->jobs != NULL)
		return job_run(fetch, err);
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
	if (!fetch->resumed)
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
