/*
 * What a decision may look at besides its case: the people, the list of
 * involvements, pauses, whose mailbox it is.  Run by whoever decides.
 * Invariant: nothing is changed in the store.
 * Fails: as the store does.
 */
#include <string.h>

#include "engine/engine_private.h"

int
engine_refresh(struct engine *engine, struct err *err)
{
	struct arena *people = arena_new();
	struct directory *directory;

	if (store_directory(engine->store, people, &directory, err) == -1) {
		arena_free(&people);
		return err_wrap(err, "directory");
	}
	arena_free(&engine->people);
	engine->people = people;
	engine->directory = directory;
	return 0;
}

void
engine_end(struct engine *engine)
{
	engine_digests_forget(engine);
	arena_free(&engine->people);
	engine->directory = NULL;
}

const struct pack *
engine_pack(const struct engine *engine, const char *name)
{
	for (size_t i = 0; i < engine->pack_count; i++)
		if (strcmp(engine->packs[i]->name, name) == 0)
			return engine->packs[i];
	return NULL;
}

static const char *
child(const struct case_state *state, const struct classified *classified, const char *name)
{
	const char *value = state == NULL ? NULL : case_fact_value(state, 0, name);

	if (value == NULL && classified != NULL)
		value = classified_fact(classified, name);
	return value == NULL ? "" : value;
}

/* Imported within two working days: then the list may answer a question. */
static int
list_is_fresh(struct engine *engine, const struct pack *pack, instant now, bool *fresh_r, struct err *err)
{
	instant at;

	if (store_involvement_imported(engine->store, &at, err) == -1)
		return -1;
	*fresh_r = at != INSTANT_NONE && (engine->list_always_fresh ||
	    calendar_add_working(pack->calendar, instant_date(at), 2) >= instant_date(now));
	return 0;
}

int
engine_world(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox,
    const struct case_state *state, const struct classified *classified, instant now,
    struct world *world, struct err *err)
{
	struct involvement *rows = NULL;
	size_t count = 0;
	dayno born = DAY_NONE;
	bool contradicted = false;

	memset(world, 0, sizeof(*world));
	world->directory = engine->directory;
	world->mailbox = mailbox;
	world->administrator = engine->administrator;
	world->answers_by_reference = engine->answers_by_reference;
	world->reached = engine->reached;
	date_parse_iso(child(state, classified, "date-of-birth"), &born);
	if (store_involved(engine->store, arena, child(state, classified, "child-name"), born,
	    child(state, classified, "nhs-number"), child(state, classified, "upn"),
	    &rows, &count, &contradicted, err) == -1)
		return err_wrap(err, "involvement list");
	world->involved = rows;
	world->involved_count = count;
	if (store_paused_until(engine->store, mailbox, &world->paused_until, err) == -1)
		return err_wrap(err, "pause");
	return list_is_fresh(engine, pack, now, &world->list_is_fresh, err);
}

int
engine_mailbox(struct engine *engine, struct arena *arena, const struct pack *pack, int64_t message,
    const char **address_r, struct err *err)
{
	struct mailbox_row *mailbox = NULL;

	if ((message != 0 && store_message_mailbox(engine->store, arena, message, &mailbox, err) == -1) ||
	    (mailbox == NULL && pack->watches.n > 0 &&
	    store_mailbox(engine->store, arena, pack->watches.v[0], &mailbox, err) == -1))
		return err_wrap(err, "mailbox");
	*address_r = mailbox == NULL ? "" : mailbox->address;
	return 0;
}
