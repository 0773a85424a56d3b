/*
 * Case time in core: its anchor stands in the store, so that a restart goes on
 * where we were; timers run by it.  A moved clock (tests, the demo) moves only
 * when all is quiet, so that what happens does not depend on how fast the
 * machine is.
 * Fails: as the store does; a timer that cannot be decided is looked at again later.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ipc/wire.h"
#include "role/core_private.h"

#define DAY_LOOK_MS		(3600 * 1000)	/* how often to see whether a day has begun */
#define PACE_MS			20	/* how often a paced clock is moved */
#define WAITING_CLIENT_MS	50	/* how often `clock until` looks whether all is quiet */

int
clock_keep(struct core *core, struct err *err)
{
	char text[32];

	if (!core->clock.moved)
		return 0;
	snprintf(text, sizeof(text), "%lld", (long long)core->clock.anchor);
	return store_set_setting(core->store, "case-time", text, err);
}

int
clock_open(struct core *core, const struct core_start *start, struct err *err)
{
	const char *kept;

	core->test_clock = start->test_clock;
	core->speed = start->speed;
	core->paced_ms = clock_real_ms();
	if (store_setting(core->store, core->arena, "case-time", &kept, err) == -1)
		return -1;
	if (!start->test_clock) {
		if (kept != NULL)
			return err_set(err, ERR_CONFIG, "this store was made under a test clock; it can only be opened with --test-clock");
		return 0;
	}
	if (kept != NULL)
		case_clock_set(&core->clock, strtoll(kept, NULL, 10));
	else if (start->from != INSTANT_NONE && store_is_empty(core->store)) {
		core->clock.moved = true;
		core->clock.anchor = start->from;
	} else
		case_clock_set(&core->clock, clock_wall());
	/* case_clock_set() never goes back; a kept time may lie before the wall clock's. */
	if (kept != NULL)
		core->clock.anchor = strtoll(kept, NULL, 10);
	core->clock.speed = 0;
	return 0;
}

/* ---- Timers */

#define TIMER_AGAIN_S	3600	/* for a case that could not be looked after */

/* One case that cannot go on must not keep the others from it: a person is told, and it is tried again. */
static int
timer_put_off(struct core *core, struct arena *arena, int64_t case_id, instant now, struct err *err)
{
	struct held held = {
		.reason = arena_printf(arena, "What was due in case %lld could not be done: %s", (long long)case_id, err->text),
	};
	struct decision later = { .held = &held, .held_count = 1, .next_due = now + TIMER_AGAIN_S };

	log_err("timer case=%lld reason=\"%s\"", (long long)case_id, str_visible(arena, err->text, 300));
	if (store_rollback_to(core->store, err) == -1)
		return -1;
	return store_apply(core->store, case_id, 0, &later, now, err);
}

/* The same for what waits for a person: looked at again in a while. */
static int
triage_put_off(struct core *core, struct arena *arena, int64_t id, instant now, struct err *err)
{
	struct triage_row *row;

	log_err("triage row=%lld reason=\"%s\"", (long long)id, str_visible(arena, err->text, 300));
	if (store_rollback_to(core->store, err) == -1 ||
	    store_triage(core->store, arena, id, &row, err) == -1)
		return -1;
	row->due = now + TIMER_AGAIN_S;
	return store_triage_put(core->store, row, err);
}

static int
triage_run(struct core *core, int64_t id, instant now, struct err *err)
{
	struct arena *arena = arena_new();
	size_t frozen = core->frozen.n;
	int rc = store_savepoint(core->store, err);

	if (rc == 0 && engine_triage_timer(&core->engine, arena, id, now, err) == -1) {
		freeze_undo(core, frozen);
		rc = err->scope == ERR_MESSAGE || err->scope == ERR_CONFIG ? triage_put_off(core, arena, id, now, err) : -1;
	}
	if (rc == 0)
		rc = store_release(core->store, err);
	arena_free(&arena);
	return rc;
}

static int
timer_run(struct core *core, int64_t case_id, instant now, struct err *err)
{
	struct arena *arena = arena_new();
	size_t frozen = core->frozen.n;
	int rc = store_savepoint(core->store, err);

	if (rc == 0 && engine_timer(&core->engine, arena, case_id, now, err) == -1) {
		freeze_undo(core, frozen);
		rc = err->scope == ERR_MESSAGE || err->scope == ERR_CONFIG ?
		    timer_put_off(core, arena, case_id, now, err) : -1;
	}
	if (rc == 0)
		rc = store_release(core->store, err);
	arena_free(&arena);
	return rc;
}

int
timers_run(struct core *core, bool *more_r, struct err *err)
{
	struct arena *arena = arena_new();
	int64_t *ids, *waiting;
	struct digest_row *digests;
	size_t count = 0, waiting_count = 0, digest_count = 0, issued = 0;
	instant now = core_now(core);
	int rc = store_due(core->store, arena, now, BATCH_MAX, &ids, &count, err);

	if (rc == 0)
		rc = store_triages_due(core->store, arena, now, BATCH_MAX, &waiting, &waiting_count, err);
	if (rc == 0)
		rc = store_digests(core->store, arena, &digests, &digest_count, err);
	digest_count = digest_count > 0 && digests[0].due <= now;
	if (rc == 0 && count + waiting_count + digest_count > 0) {
		rc = core_begin(core, err);
		if (rc == 0 && digest_count > 0)
			rc = engine_digests(&core->engine, CASES_A_TURN, now, &issued, err);
		if (rc == 0)
			rc = daily_run(core, now, &issued, err);
		for (size_t i = 0; rc == 0 && i < count; i++)
			rc = timer_run(core, ids[i], now, err);
		for (size_t i = 0; rc == 0 && i < waiting_count; i++)
			rc = triage_run(core, waiting[i], now, err);
		if (rc == 0)
			rc = core_commit(core, err);
		if (count + waiting_count + issued > 0)
			log_info("timers cases=%zu triage=%zu digests=%zu", count, waiting_count, issued);
		*more_r = true;
	} else if (rc == 0)
		rc = gather_turn(core, more_r, err);
	arena_free(&arena);
	return rc == -1 && !core_failed(core, err) ? -1 : 0;
}

/* ---- Quiet */

static bool
nothing_in_flight(struct core *core)
{
	struct store_waiting waiting;
	struct err err;
	instant now = core_now(core);

	if (core->work_count > 0 || core->sending.busy || keep_is_busy(core))
		return false;
	for (size_t i = 0; i < core->mailbox_count; i++)
		if (core->mailboxes[i].settling)
			return false;
	if (store_waiting(core->store, &waiting, &err) == -1)
		return false;
	return !waiting.unsettled && !core->looking && !core->lists_differ && (waiting.next_due == INSTANT_NONE || waiting.next_due > now) &&
	    (waiting.next_send == INSTANT_NONE || waiting.next_send > now);
}

/* Ask every mailbox to look now; true while an answer is awaited. */
static bool
look_everywhere(struct core *core)
{
	bool waiting = false;

	for (size_t i = 0; i < core->mailbox_count; i++) {
		struct core_mailbox *mailbox = &core->mailboxes[i];
		struct frame frame;

		if (mailbox->looked)
			continue;
		waiting = true;
		if (!mailbox->attached || mailbox->polling || mailbox->retry.for_look || mailbox->row.uidvalidity == 0)
			continue;
		mailbox->poll_ticket = ++core->ticket;
		frame_init(&frame, WIRE_POLL, mailbox->poll_ticket);
		core->out.send(core->out.ctx, mailbox->peer, &frame);
		frame_free(&frame);
		mailbox->polling = true;
	}
	return waiting;
}

static void
look_again(struct core *core)
{
	for (size_t i = 0; i < core->mailbox_count; i++)
		core->mailboxes[i].looked = false;
}

/* ---- Moving */

/* The next moment at which something happens by itself, at most limit. */
static int
next_moment(struct core *core, instant limit, instant *at_r, struct err *err)
{
	struct store_waiting waiting;

	*at_r = limit;
	if (store_waiting(core->store, &waiting, err) == -1)
		return -1;
	if (waiting.next_due != INSTANT_NONE && waiting.next_due < *at_r)
		*at_r = waiting.next_due;
	if (waiting.next_send != INSTANT_NONE && waiting.next_send < *at_r)
		*at_r = waiting.next_send;
	if (core->stale_at != INSTANT_NONE && core->stale_at < *at_r)
		*at_r = core->stale_at;
	if (core->expiry_at != INSTANT_NONE && core->expiry_at < *at_r)
		*at_r = core->expiry_at;
	return 0;
}

static int
move_to(struct core *core, instant at, struct err *err)
{
	if (at <= core_now(core))
		return 0;
	case_clock_set(&core->clock, at);
	look_again(core);
	if (core_begin(core, err) == -1)
		return -1;
	return core_commit(core, err);
}

static void
client_done(struct core *core)
{
	struct frame frame;

	frame_init(&frame, WIRE_CTL_END, 0);
	put_u32(&frame, 0);
	core->out.reply(core->out.ctx, core->waiting.client, &frame);
	frame_free(&frame);
	core->waiting.active = false;
}

/* `clock until T`: from one moment at which something is due to the next, each time all quiet. */
static int
move_for_client(struct core *core, bool *more_r, struct err *err)
{
	instant at;

	if (!nothing_in_flight(core) || look_everywhere(core))
		return 0;
	if (core_now(core) >= core->waiting.until) {
		client_done(core);
		return 0;
	}
	if (next_moment(core, core->waiting.until, &at, err) == -1)
		return -1;
	*more_r = true;
	return move_to(core, at, err);
}

/* --speed: as real time goes by, but never past a moment at which something is due. */
static int
move_paced(struct core *core, bool *more_r, struct err *err)
{
	int64_t real = clock_real_ms(), elapsed = real - core->paced_ms;
	instant at, now = core_now(core);

	if (!nothing_in_flight(core)) {
		core->paced_ms = real;
		return 0;
	}
	if (elapsed * core->speed < 1000 || elapsed < PACE_MS)
		return 0;
	core->paced_ms = real;
	if (next_moment(core, now + elapsed * core->speed / 1000, &at, err) == -1)
		return -1;
	*more_r = true;
	return move_to(core, at, err);
}

int
clock_turn(struct core *core, bool *more_r, struct err *err)
{
	int rc = 0;

	if (core->waiting.active)
		rc = move_for_client(core, more_r, err);
	else if (core->test_clock && core->speed > 0)
		rc = move_paced(core, more_r, err);
	return rc == -1 && !core_failed(core, err) ? -1 : 0;
}

static int64_t
sooner(int64_t wait, int64_t other)
{
	return other > 0 && (wait == -1 || other < wait) ? other : wait;
}

int
core_wait_ms(struct core *core)
{
	struct store_waiting waiting;
	struct err err;
	instant due, now = core_now(core);
	int64_t wait, real = clock_real_ms();

	if (core_is_out_of_order(core))
		return DAY_LOOK_MS;
	if (core->retry_at_ms > real)
		return (int)(core->retry_at_ms - real);
	if (core->untaken > 0)
		return 0;		/* more than one turn takes */
	if ((wait = mail_wait_ms(core)) != -1)
		return (int)wait;	/* 0: at once */
	wait = core->test_clock ? -1 : DAY_LOOK_MS;
	if (core->test_clock && core->speed > 0)
		return PACE_MS;
	if (core->waiting.active)
		return WAITING_CLIENT_MS;
	if (store_waiting(core->store, &waiting, &err) == -1)
		return RETRY_WAIT_MS;
	due = waiting.next_due;
	if (waiting.next_send != INSTANT_NONE && core->sender_attached && !core->sending.busy &&
	    (due == INSTANT_NONE || waiting.next_send < due))
		due = waiting.next_send;
	if (due != INSTANT_NONE && !core->test_clock && due > now)
		wait = (due - now > 3600 ? 3600 : due - now) * 1000;
	if (due != INSTANT_NONE && due <= now && gather_waits(core))
		wait = RETRY_WAIT_MS;	/* what fetch says wakes us before */
	else if (due != INSTANT_NONE && due <= now)
		wait = core->sending.not_before_ms > real ? core->sending.not_before_ms - real : PACE_MS;
	for (size_t i = 0; i < core->mailbox_count; i++) {
		wait = sooner(wait, core->mailboxes[i].settle_after_ms - real);
		if (core->mailboxes[i].settle_again_ms != INT64_MAX)
			wait = sooner(wait, core->mailboxes[i].settle_again_ms - real);
	}
	wait = sooner(wait, reconcile_wait_ms(core));
	wait = sooner(wait, vigil_wait_ms(core));
	wait = sooner(wait, retry_wait_ms(core));
	if (core->lists.folder != -1)
		wait = sooner(wait, core->lists.look_ms > real ? core->lists.look_ms - real : 1);
	if (core->expiry_at != INSTANT_NONE && !core->test_clock)
		wait = sooner(wait, core->expiry_at <= now ? 1 : (core->expiry_at - now > 3600 ? 3600 : core->expiry_at - now) * 1000);
	if (core->stale_at != INSTANT_NONE && !core->test_clock)
		wait = sooner(wait, core->stale_at <= now ? 1 : (core->stale_at - now > 3600 ? 3600 : core->stale_at - now) * 1000);
	return (int)wait;
}
