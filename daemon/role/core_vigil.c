/*
 * Core keeps watch over itself: who is there, when each mailbox was last
 * proven to be read, what the machine's clock does.  What of it is wrong,
 * ctl/health.c says.  Runs in core.
 * Invariant (promise silence-is-an-alarm): ages are real time that has gone
 * by; a clock that is set makes nothing look young.
 * Fails: the store's failures are core's.
 */
#include "role/core_vigil.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define JUMP_S		60	/* a clock that is set by less is only kept in time */
#define JUMP_SAID_MS	(60 * 60 * 1000)
#define CLOCK_LOOK_MS	(30 * 1000)
#define CLOCK_KEEP_MS	(10 * 60 * 1000)
#define FORGOTTEN_MS	(10 * 60 * 1000)	/* after the start: what is late is made good first */

/* ---- Beginning */

static void
presences_make(struct core *core, struct vigil *vigil)
{
	vigil->presence_count = core->mailbox_count + 2;
	vigil->presences = x_calloc(vigil->presence_count, sizeof(*vigil->presences));
	vigil->presences[0].name = "parse";
	vigil->presences[1].name = "send";
	for (size_t i = 0; i < core->mailbox_count; i++)
		vigil->presences[i + 2].name = core->mailboxes[i].peer;
	for (size_t i = 0; i < vigil->presence_count; i++)
		vigil->presences[i].gone_ms = vigil->began_ms;
}

/* What the wall clock was when it was stored last. */
static int
clock_open_watch(struct core *core, struct err *err)
{
	const char *text;
	instant seen, now = clock_wall();

	if (core->test_clock)
		return 0;
	if (store_setting(core->store, core->arena, "clock-seen", &text, err) == -1)
		return -1;
	seen = text == NULL ? INSTANT_NONE : strtoll(text, NULL, 10);
	if (seen != INSTANT_NONE && now < seen - JUMP_S) {
		core->vigil->clock_off_s = now - seen;
		core->vigil->clock_until_ms = core->vigil->began_ms + JUMP_SAID_MS;
		log_err("alarm reason=\"the machine's clock is earlier than it was before\" seconds=%lld", (long long)(seen - now));
	}
	return 0;
}

int
vigil_open(struct core *core, struct err *err)
{
	struct vigil *vigil = core->vigil = x_calloc(1, sizeof(*core->vigil));

	vigil->began_ms = clock_real_ms();
	vigil->ways = x_calloc(core->mailbox_count + 1, sizeof(*vigil->ways));
	vigil->forgotten.next_ms = vigil->began_ms + FORGOTTEN_MS;
	vigil->forgotten.cases = -1;
	presences_make(core, vigil);
	if (clock_open_watch(core, err) == -1)
		return -1;
	return canary_open(core, core->test_clock, err);
}

void
vigil_close(struct core *core)
{
	if (core->vigil == NULL)
		return;
	forgotten_free(core->vigil);
	free(core->vigil->presences);
	free(core->vigil->ways);
	free(core->vigil);
	core->vigil = NULL;
}

/* ---- Who is there */

static struct presence *
presence_of(struct core *core, const char *peer)
{
	for (size_t i = 0; core->vigil != NULL && i < core->vigil->presence_count; i++)
		if (strcmp(core->vigil->presences[i].name, peer) == 0)
			return &core->vigil->presences[i];
	return NULL;
}

void
vigil_wanted(struct core *core, const char *peer)
{
	struct presence *presence = presence_of(core, peer);

	if (presence != NULL)
		presence->wanted = true;
}

void
vigil_secret(struct core *core, struct frame *frame)
{
	struct arena *arena = arena_new();
	const char *name = get_str(frame, arena), *why = get_str(frame, arena);
	struct presence *presence = presence_of(core, name);

	if (get_end(frame) && presence != NULL)
		snprintf(presence->secret, sizeof(presence->secret), "%s", why);
	arena_free(&arena);
}

void
vigil_came(struct core *core, const char *peer)
{
	struct presence *presence = presence_of(core, peer);

	if (presence == NULL)
		return;
	presence->here = true;
	if (!presence->wanted || presence->starts == 0)
		presence->came_ms[presence->starts++ % RECENT_STARTS] = clock_real_ms();
	presence->wanted = false;
}

void
vigil_gone(struct core *core, const char *peer)
{
	struct presence *presence = presence_of(core, peer);

	if (presence == NULL || !presence->here)
		return;
	presence->here = false;
	presence->gone_ms = clock_real_ms();
}

/* ---- Mailboxes */

static struct way *
way_of(struct core *core, const struct core_mailbox *mailbox)
{
	return &core->vigil->ways[mailbox - core->mailboxes];
}

void
vigil_looked(struct core *core, const struct core_mailbox *mailbox)
{
	way_of(core, mailbox)->looked_ms = clock_real_ms();
}

void
vigil_trouble(struct core *core, const struct core_mailbox *mailbox)
{
	struct way *way = way_of(core, mailbox);

	if (mailbox->trouble[0] == '\0')
		way->trouble_ms = -1;
	else if (way->trouble_ms == -1)
		way->trouble_ms = clock_real_ms();
}

/* ---- The clock */

void
vigil_clock(struct core *core, int64_t real_ms, instant wall)
{
	struct vigil *vigil = core->vigil;
	int64_t jump = vigil->clock_ms == 0 ? 0 : wall - vigil->clock_wall - (real_ms - vigil->clock_ms) / 1000;

	if (jump > JUMP_S || jump < -JUMP_S) {
		vigil->clock_off_s += jump;
		vigil->clock_until_ms = real_ms + JUMP_SAID_MS;
		log_err("alarm reason=\"the machine's clock jumped\" seconds=%lld", (long long)jump);
	}
	vigil->clock_ms = real_ms;
	vigil->clock_wall = wall;
	if (real_ms >= vigil->clock_until_ms)
		vigil->clock_off_s = 0;
}

/* Kept, so that a clock that is early after a restart is noticed. */
static int
clock_store(struct core *core, struct err *err)
{
	struct vigil *vigil = core->vigil;
	struct arena *arena;
	int rc;

	if (core->test_clock || vigil->clock_ms < vigil->clock_keep_ms)
		return 0;
	vigil->clock_keep_ms = vigil->clock_ms + CLOCK_KEEP_MS;
	arena = arena_new();
	rc = core_begin(core, err);
	if (rc == 0)
		rc = store_set_setting(core->store, "clock-seen", arena_printf(arena, "%lld", (long long)vigil->clock_wall), err);
	if (rc == 0)
		rc = core_commit(core, err);
	arena_free(&arena);
	return rc;
}

static const char *
clock_words(const struct vigil *vigil, struct arena *arena)
{
	int64_t off = vigil->clock_off_s;

	if (off <= JUMP_S && off >= -JUMP_S)
		return "";
	return arena_printf(arena, "the clock of this machine %s by %lld seconds; what is due goes by it",
	    off < 0 ? "went back" : "jumped ahead", (long long)(off < 0 ? -off : off));
}

/* ---- What others are shown */

struct live_role *
vigil_roles(const struct core *core, struct arena *arena, size_t *count_r)
{
	const struct vigil *vigil = core->vigil;
	struct live_role *roles = arena_alloc(arena, vigil->presence_count * sizeof(*roles));
	int64_t now = clock_real_ms();

	*count_r = vigil->presence_count;
	for (size_t i = 0; i < vigil->presence_count; i++) {
		const struct presence *from = &vigil->presences[i];
		int64_t first = from->came_ms[from->starts % RECENT_STARTS];	/* the oldest that is known */

		roles[i] = (struct live_role){ .name = from->name, .here = from->here, .starts = from->starts, .secret = from->secret,
		    .gone_s = from->here ? 0 : (now - from->gone_ms) / 1000,
		    .restless = from->starts >= RECENT_STARTS && now - first < RESTLESS_MS };
	}
	return roles;
}

static void
way_show(const struct core *core, size_t i, int64_t now, struct live_way *to)
{
	const struct way *way = &core->vigil->ways[i];

	*to = (struct live_way){
		.mailbox = core->mailboxes[i].config->name, .looked = way->looked_ms != -1,
		.look_age_s = (now - (way->looked_ms == -1 ? core->vigil->began_ms : way->looked_ms)) / 1000,
		.trouble_s = way->trouble_ms == -1 ? 0 : (now - way->trouble_ms) / 1000 + 1,
		.canary = core->mailboxes[i].config->canary_s > 0,
		.canary_age_s = way->outbox == 0 ? -1 : (now - way->asked_ms) / 1000, .overdue = way->overdue,
		.proven_age_s = way->proven_ms == -1 ? -1 : (now - way->proven_ms) / 1000, .latency_ms = way->latency_ms,
		.skew_known = way->skew_known, .skew_s = way->skew_s,
	};
}

const struct live_watch *
vigil_show(const struct core *core, struct arena *arena)
{
	const struct vigil *vigil = core->vigil;
	struct live_watch *live = arena_alloc(arena, sizeof(*live));
	struct live_way *ways = arena_alloc(arena, (core->mailbox_count + 1) * sizeof(*ways));
	int64_t now = clock_real_ms();

	for (size_t i = 0; i < core->mailbox_count; i++)
		way_show(core, i, now, &ways[i]);
	*live = (struct live_watch){
		.ways = ways, .way_count = core->mailbox_count, .up_s = (now - vigil->began_ms) / 1000,
		.clock = clock_words(vigil, arena), .forgotten = vigil->forgotten.cases,
		.checked_age_s = vigil->forgotten.cases == -1 ? -1 : (now - vigil->forgotten.ended_ms) / 1000,
	};
	return live;
}

/* ---- Turning */

/* Also while nothing can be stored. */
void
vigil_look(struct core *core)
{
	int64_t now = clock_real_ms();

	if (core->vigil->clock_ms == 0 || now - core->vigil->clock_ms >= 1000)
		vigil_clock(core, now, clock_wall());
	metrics_turn(core);
}

int
vigil_turn(struct core *core, struct err *err)
{
	if (clock_store(core, err) == -1 || canary_turn(core, err) == -1 || forgotten_turn(core, err) == -1)
		return core_failed(core, err) ? 0 : -1;
	return 0;
}

int64_t
vigil_wait_ms(const struct core *core)
{
	int64_t now = clock_real_ms(), wait = CLOCK_LOOK_MS, canary = canary_wait_ms(core, now);

	if (core->vigil->forgotten.next_ms - now < wait)
		wait = core->vigil->forgotten.next_ms - now;
	if (core->config->metrics != NULL && core->vigil->metrics_ms - now < wait)
		wait = core->vigil->metrics_ms - now;
	if (canary != -1 && canary < wait)
		wait = canary;
	return wait < 1 ? 1 : wait;
}
