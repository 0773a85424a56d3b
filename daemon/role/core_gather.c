/*
 * After downtime: mail that came meanwhile is read before anybody is chased
 * for it, and what was missed goes in one mail a person (engine/gather.c).
 * Runs in core.
 * Invariant: timers wait for a first look into every mailbox, but not for
 * ever: a mailbox that cannot be looked into holds up no reminder for long.
 * Fails: as the store does.
 */
#include "base/log.h"
#include "role/core_private.h"

#define DOWN_S		86400	/* what fell due so long ago was missed */
#define LOOK_FIRST_MS	600000

int
gather_open(struct core *core, struct err *err)
{
	struct store_waiting waiting;

	core->engine.gathers = true;
	core->engine.joins = core->config->join;
	if (store_waiting(core->store, &waiting, err) == -1)
		return -1;
	if (waiting.next_due != INSTANT_NONE && waiting.next_due <= core_now(core) - DOWN_S) {
		core->look_first_ms = clock_real_ms() + LOOK_FIRST_MS;
		core->began = clock_wall();
		log_info("missed timers since=%lld: mail that came meanwhile is read first", (long long)waiting.next_due);
	}
	return 0;
}

bool
gather_waits(struct core *core)
{
	bool looked = core->work_count == 0;

	if (core->look_first_ms == 0)
		return false;
	for (size_t i = 0; looked && i < core->mailbox_count; i++)
		looked = core->mailboxes[i].row.looked != INSTANT_NONE && core->mailboxes[i].row.looked >= core->began;
	if (looked || clock_real_ms() >= core->look_first_ms)
		core->look_first_ms = 0;
	return core->look_first_ms != 0;
}

int
gather_turn(struct core *core, bool *more_r, struct err *err)
{
	struct recalled recalled;
	struct arena *arena;
	int rc;

	if (!store_gathered_any(core->store, core_now(core)))
		return 0;
	arena = arena_new();
	rc = core_begin(core, err);
	if (rc == 0)
		rc = engine_gathered(&core->engine, arena, core_now(core), &recalled, err);
	if (rc == 0)
		rc = core_commit(core, err);
	if (rc == 0)
		rc = send_called_off(core, arena, &recalled, err);
	*more_r = true;
	arena_free(&arena);
	return rc;
}
