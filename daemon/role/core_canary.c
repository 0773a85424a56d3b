/*
 * The way of mail, tested end to end: any mail of ours whose copy comes back
 * proves it; where none has for a while, the mailbox sends one to itself.
 * What comes back also says how long the way takes, and what the mail
 * server's clock says.  Runs in core, by real time.
 * Invariant: at most one test mail is under way in a mailbox; it goes whatever
 * holds up other mail, and has no other effect.
 * Fails: the store's failures are core's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "role/core_vigil.h"

#define FIRST_MS	60000	/* the first one after a start: the mailboxes are looked into before */

static bool
is_tested(const struct core *core, size_t i)
{
	return core->mailboxes[i].config->canary_s > 0 && core->mailboxes[i].config->sent_of == NULL;
}

/* ---- What survives a restart: when the way was proven last, the mail under way, when it went, whether it is overdue */

static int
keep(struct core *core, struct arena *arena, size_t i, struct err *err)
{
	const struct way *way = &core->vigil->ways[i];
	instant asked = way->outbox == 0 ? 0 : clock_wall() - (clock_real_ms() - way->asked_ms) / 1000;

	return store_set_setting(core->store, arena_printf(arena, "way %s", core->mailboxes[i].config->name),
	    arena_printf(arena, "%lld %lld %lld %d", (long long)(way->kept_at == INSTANT_NONE ? 0 : way->kept_at),
	    (long long)way->outbox, (long long)asked, way->told), err);
}

static void
take_kept(struct core *core, size_t i, const char *text)
{
	struct way *way = &core->vigil->ways[i];
	instant wall = clock_wall();
	long long proven, outbox, asked;
	int told;

	if (text == NULL || sscanf(text, "%lld %lld %lld %d", &proven, &outbox, &asked, &told) != 4)
		return;
	way->kept_at = proven == 0 || proven > wall ? INSTANT_NONE : proven;
	way->outbox = outbox;
	way->asked_ms = core->vigil->began_ms - (asked > wall ? 0 : (wall - asked) * 1000);
	way->overdue = way->told = told != 0;
	if (way->kept_at != INSTANT_NONE)
		way->proven_ms = core->vigil->began_ms - (wall - way->kept_at) * 1000;
}

int
canary_open(struct core *core, bool test_clock, struct err *err)
{
	for (size_t i = 0; i < core->mailbox_count; i++) {
		struct way *way = &core->vigil->ways[i];
		int64_t every_ms = core->mailboxes[i].config->canary_s * (int64_t)1000, first_ms = every_ms < FIRST_MS ? every_ms : FIRST_MS;
		const char *text;

		*way = (struct way){ .looked_ms = -1, .trouble_ms = -1, .proven_ms = -1, .latency_ms = -1, .kept_at = INSTANT_NONE };
		if (!is_tested(core, i))
			continue;
		if (store_setting(core->store, core->arena, arena_printf(core->arena, "way %s", core->mailboxes[i].config->name), &text,
		    err) == -1)
			return -1;
		take_kept(core, i, text);
		way->due_ms = core->vigil->began_ms + (test_clock && way->proven_ms == -1 ? every_ms : first_ms);
		if (way->proven_ms != -1 && way->proven_ms + every_ms > way->due_ms)
			way->due_ms = way->proven_ms + every_ms;
	}
	return 0;
}

/* ---- Back */

void
canary_handed(struct core *core, int64_t outbox)
{
	struct vigil *vigil = core->vigil;

	vigil->handed[vigil->handed_next++ % HANDED_MOST] = (struct handed){ outbox, clock_real_ms(), clock_wall() };
}

/* Between handing it over and now the server has had it: what its clock said then. */
static void
measure(struct vigil *vigil, struct way *way, int64_t outbox, instant stamp)
{
	instant now = clock_wall();

	for (size_t i = 0; i < HANDED_MOST; i++) {
		const struct handed *handed = &vigil->handed[i];

		if (handed->outbox != outbox)
			continue;
		way->latency_ms = clock_real_ms() - handed->at_ms;
		if (stamp == INSTANT_NONE)
			continue;
		way->skew_known = true;
		way->skew_s = stamp < handed->at ? stamp - handed->at : stamp > now ? stamp - now : 0;
	}
}

int
canary_back(struct core *core, const struct core_mailbox *mailbox, int64_t outbox, instant stamp, struct err *err)
{
	size_t i = (size_t)(mailbox - core->mailboxes);
	struct way *way = &core->vigil->ways[i];
	int64_t every_ms = mailbox->config->canary_s * (int64_t)1000;
	struct arena *arena;
	bool news;
	int rc = 0;

	if (mailbox->config->sent_of != NULL)
		return 0;
	measure(core->vigil, way, outbox, stamp);
	way->proven_ms = clock_real_ms();
	way->due_ms = way->proven_ms + every_ms;
	if (!is_tested(core, i))
		return 0;
	news = way->outbox != 0 || way->kept_at == INSTANT_NONE || clock_wall() - way->kept_at > mailbox->config->canary_s / 2;
	way->over |= way->told;
	way->overdue = way->told = false;
	way->outbox = 0;
	if (!news)
		return 0;
	way->kept_at = clock_wall();
	arena = arena_new();
	rc = keep(core, arena, i, err);
	arena_free(&arena);
	return rc;
}

/* ---- Out */

/* The one before still waits to go: another would only wait behind it. */
static int
still_waits(struct core *core, struct arena *arena, const struct way *way, bool *waits_r, struct err *err)
{
	struct outbox_row *row = NULL;

	*waits_r = false;
	if (way->outbox == 0)
		return 0;
	if (store_outbox(core->store, arena, way->outbox, &row, err) == -1)
		return -1;
	*waits_r = row != NULL && (row->state == OUTBOX_QUEUED || row->state == OUTBOX_RETRY || row->state == OUTBOX_SENDING ||
	    row->state == OUTBOX_HELD);
	return 0;
}

static int
send_one(struct core *core, struct arena *arena, size_t i, int64_t now, struct err *err)
{
	const struct core_mailbox *mailbox = &core->mailboxes[i];
	struct way *way = &core->vigil->ways[i];
	bool waits, first;
	int64_t outbox;

	way->due_ms = now + mailbox->config->canary_s * (int64_t)1000;
	if (still_waits(core, arena, way, &waits, err) == -1)
		return -1;
	if (waits)
		return 0;
	if (core_begin(core, err) == -1 || engine_canary(&core->engine, arena, mailbox->pack, mailbox->config->address, core_now(core),
	    &outbox, err) == -1)
		return -1;
	first = way->outbox == 0;
	way->outbox = outbox;
	if (first)
		way->asked_ms = now;	/* while none has come back, it is the first that is waited for */
	if (keep(core, arena, i, err) == -1 || core_commit(core, err) == -1)
		return -1;
	log_info("canary mailbox=%s mail=%lld", mailbox->config->name, (long long)outbox);
	return 0;
}

static int
tell(struct core *core, struct arena *arena, size_t i, const char *subject, const char *body, struct err *err)
{
	if (core_begin(core, err) == -1 || core_tell(core, arena, subject, body, err) == -1 || keep(core, arena, i, err) == -1)
		return -1;
	return core_commit(core, err);
}

static int
tell_overdue(struct core *core, struct arena *arena, size_t i, struct err *err)
{
	const struct mailbox_config *config = core->mailboxes[i].config;
	struct way *way = &core->vigil->ways[i];

	way->overdue = way->told = true;
	log_err("alarm mailbox=%s mail=%lld reason=\"the test mail has not come back\"", config->name, (long long)way->outbox);
	return tell(core, arena, i, arena_printf(arena, "adviced: mail does not get through at %s", config->name),
	    arena_printf(arena, "The mailbox %s has sent itself a test mail, and it has not come back within %d minutes. "
	    "Mail does not go out, or does not come in.\n\n\"advicectl status\" and \"advicectl queue\" say what is known. Until it is "
	    "put right, people may not get their mail, and answers may not be seen.\n", config->name, (config->canary_limit_s + 59) / 60), err);
}

static int
tell_over(struct core *core, struct arena *arena, size_t i, struct err *err)
{
	core->vigil->ways[i].over = false;
	log_info("well mailbox=%s reason=\"mail of ours comes back again\"", core->mailboxes[i].config->name);
	return tell(core, arena, i, arena_printf(arena, "adviced: mail gets through again at %s", core->mailboxes[i].config->name),
	    "A mail of ours has gone out and come back. What had to wait goes now.\n", err);
}

static int
turn_one(struct core *core, struct arena *arena, size_t i, int64_t now, struct err *err)
{
	struct core_mailbox *mailbox = &core->mailboxes[i];
	struct way *way = &core->vigil->ways[i];

	if (way->over && tell_over(core, arena, i, err) == -1)
		return -1;
	if (way->outbox != 0 && !way->overdue && now - way->asked_ms >= mailbox->config->canary_limit_s * (int64_t)1000 &&
	    tell_overdue(core, arena, i, err) == -1)
		return -1;
	/* Before the folder was first seen, what lies in it is not ours. */
	if (now < way->due_ms || mailbox->row.uidvalidity == 0 || (way->outbox != 0 && !way->overdue))
		return 0;
	return send_one(core, arena, i, now, err);
}

int
canary_turn(struct core *core, struct err *err)
{
	int64_t now = clock_real_ms();
	int rc = 0;

	for (size_t i = 0; i < core->mailbox_count && rc == 0; i++) {
		struct arena *arena;

		if (!is_tested(core, i))
			continue;
		arena = arena_new();
		rc = turn_one(core, arena, i, now, err);
		arena_free(&arena);
	}
	return rc;
}

int64_t
canary_wait_ms(const struct core *core, int64_t now_ms)
{
	int64_t wait = -1;

	for (size_t i = 0; i < core->mailbox_count; i++) {
		const struct way *way = &core->vigil->ways[i];
		int64_t at = way->outbox != 0 && !way->overdue ?
		    way->asked_ms + core->mailboxes[i].config->canary_limit_s * (int64_t)1000 : way->due_ms;

		if (!is_tested(core, i) || (core->mailboxes[i].row.uidvalidity == 0 && way->outbox == 0))
			continue;
		if (wait == -1 || at - now_ms < wait)
			wait = at > now_ms ? at - now_ms : 0;
	}
	return wait;
}
