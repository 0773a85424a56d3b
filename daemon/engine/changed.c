/*
 * A new involvement list and the cases that are open: what it says of a
 * child is compared with what was said before, and a difference is an event
 * that rules can act on ({ changed = "involvement"; ... }).  Runs in core and
 * in advicectl's simulate.
 * Invariant: what was said, the mark that the case waits, and what is decided
 * because of a difference change in one transaction: a change acts once.
 * Fails: as engine.h says.
 */
#include <string.h>

#include "engine/engine_private.h"

static int
list_says(struct engine *engine, struct arena *arena, const struct case_state *state, const char **said_r, struct err *err)
{
	struct child_key child = store_child_key(arena, state);

	return store_list_says(engine->store, arena, &child, said_r, err);
}

/* Who the child is decides which rows are theirs: with that, what the list says may differ though the list is the same. */
static bool
tells_who(const struct decision *decision)
{
	static const char *const names[] = { "child-name", "date-of-birth", "nhs-number", "upn" };

	for (size_t i = 0; i < decision->fact_count; i++)
		for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
			if (strcmp(decision->facts[i].name, names[n]) == 0)
				return true;
	return false;
}

int
engine_list_noted(struct engine *engine, struct arena *arena, int64_t case_id, const struct case_state *state,
    const struct decision *decision, struct err *err)
{
	const char *said;
	bool waits;

	if (!decision->opens_case && !decision->reopens_case && !tells_who(decision))
		return 0;
	if (store_list_waits(engine->store, case_id, &waits, err) == -1)
		return -1;
	if (waits)	/* a new list has not been looked at: what the old one said must stay */
		return 0;
	if (list_says(engine, arena, state, &said, err) == -1)
		return -1;
	return store_list_said_put(engine->store, case_id, said, err);
}

static int
act_on(struct engine *engine, struct arena *arena, int64_t case_id, const char *before, const char *now_said, instant now,
    struct err *err)
{
	struct event event = { .type = EVENT_CHANGED, .at = now, .changed = "involvement", .who = "list" };

	event.before = before[0] == '\0' ? "not known" : before;
	event.after = now_said[0] == '\0' ? "not known" : now_said;
	return engine_event(engine, arena, case_id, &event, now, err);
}

int
engine_changed(struct engine *engine, struct arena *arena, int64_t case_id, instant now, struct err *err)
{
	struct case_state *state;
	const char *before, *said;

	if (store_case_load(engine->store, arena, case_id, &state, err) == -1 ||
	    store_list_said(engine->store, arena, case_id, &before, err) == -1 ||
	    list_says(engine, arena, state, &said, err) == -1)
		return err_wrap(err, "case");
	if (state->closed == INSTANT_NONE && before != NULL && strcmp(before, said) != 0 &&
	    act_on(engine, arena, case_id, before, said, now, err) == -1)
		return -1;
	if (store_list_said_put(engine->store, case_id, said, err) == -1)
		return -1;
	return store_list_looked_at(engine->store, case_id, err);
}
