/*
 * Has a case fallen silent?  The store's case before case_forgotten(), and
 * whether its timer stands.  Runs in core, once a day.
 * Invariant: nothing is changed.
 * Fails: as the store does.
 */
#include "case/decide.h"
#include "engine/engine_private.h"

#define STANDS_S	86400	/* what fell due so long ago and was not done is not done any more */

int
engine_forgotten(struct engine *engine, struct arena *arena, int64_t case_id, instant now, struct strs *sentences_r,
    struct strs *known_by_r, struct err *err)
{
	struct case_state *state;
	const struct pack *pack;
	const char *name, *mailbox;
	struct world world;
	instant due;
	const char *also = NULL;
	bool follows;

	*sentences_r = *known_by_r = (struct strs){ NULL, 0 };
	if (store_case_pack(engine->store, arena, case_id, &name, err) == -1)
		return err_wrap(err, "case");
	pack = name == NULL ? NULL : engine_pack(engine, name);
	if (pack == NULL)
		return 0;
	if (store_case_load(engine->store, arena, case_id, &state, err) == -1 ||
	    store_case_due(engine->store, case_id, &due, err) == -1)
		return err_wrap(err, "case");
	if (engine_mailbox(engine, arena, pack, 0, &mailbox, err) == -1 ||
	    engine_world(engine, arena, pack, mailbox, state, NULL, now, &world, err) == -1)
		return -1;
	*sentences_r = case_forgotten(arena, pack, &world, state, now, &follows, known_by_r);
	if (follows && due == INSTANT_NONE)
		also = "something is still to fall due in it, and no timer is set for that";
	if (due != INSTANT_NONE && due < now - STANDS_S)
		also = arena_printf(arena, "what fell due in it on %s has not been done", date_words(arena, instant_date(due)));
	if (also != NULL) {
		strs_add(arena, sentences_r, also);
		strs_add(arena, known_by_r, also);
	}
	return 0;
}
