/*
 * Every open case of a pack is looked at again when other rules are in force:
 * on the next working day, as what they say may come earlier than when the
 * case was to be looked at.  A piece at once, the rest in later turns, so that
 * neither a start nor a reload waits for a great many.  Runs in core.
 * Invariant: how far that has got is in the store, written with each piece,
 * so that a restart goes on from there and no case is left out.
 * Fails: as the store does; what was not done is tried again.
 */
#include <stdio.h>

#include "base/calendar.h"
#include "base/log.h"
#include "role/core_private.h"

#define PIECE	5000	/* numbers of cases */

static const char *
setting_of(struct arena *arena, const char *pack)
{
	return arena_printf(arena, "cases-look %s", pack);
}

/* The numbers above after; what is left is noted, "" for nothing. */
static int
look_piece(struct core *core, struct arena *arena, const char *pack, instant at, int64_t after, struct err *err)
{
	int64_t highest, upto = after + PIECE;

	if (store_due_by(core->store, pack, after, upto, at, err) == -1 || store_case_highest(core->store, &highest, err) == -1)
		return -1;
	core->looking |= upto < highest;
	if (upto >= highest && after == 0)
		return 0;	/* as a rule: there is nothing to note */
	return store_set_setting(core->store, setting_of(arena, pack), upto >= highest ? "" :
	    arena_printf(arena, "%lld %lld", (long long)at, (long long)upto), err);
}

int
packs_look(struct core *core, struct arena *arena, const struct pack *pack, struct err *err)
{
	dayno day = calendar_add_working(pack->calendar, instant_date(core_now(core)), 1);

	log_info("looking pack=%s: each open case, under these rules", pack->name);
	return look_piece(core, arena, pack->name, instant_at(day, pack->timers_at), 0, err);
}

/* One piece for each pack that has any left. */
static int
look_on(struct core *core, struct arena *arena, bool *more_r, struct err *err)
{
	long long at, after;
	const char *text;

	core->looking = false;
	for (size_t i = 0; i < core->engine.pack_count; i++) {
		const char *pack = core->engine.packs[i]->name;

		if (store_setting(core->store, arena, setting_of(arena, pack), &text, err) == -1)
			return -1;
		if (text == NULL || sscanf(text, "%lld %lld", &at, &after) != 2)
			continue;
		if (core_begin(core, err) == -1 || look_piece(core, arena, pack, at, after, err) == -1 || core_commit(core, err) == -1)
			return -1;
		*more_r = true;
	}
	return 0;
}

int
packs_turn(struct core *core, bool *more_r, struct err *err)
{
	struct arena *arena;
	int rc;

	if (!core->looking)
		return 0;
	arena = arena_new();
	rc = look_on(core, arena, more_r, err);
	arena_free(&arena);
	if (rc == -1)
		core->looking = true;
	return rc == -1 && !core_failed(core, err) ? -1 : 0;
}
