/*
 * What is late, for the owner's daily digest: past the date of its stage, or
 * past the one that counts in the end; the latest first.  Runs in core, in
 * the caller's transaction.
 * All open cases are gone through in pieces, a call each, so that nothing waits for it.
 * Invariant: all that is late is counted, however little of it is shown; nothing is changed in the store.
 * Fails: as the store does.
 */
#include <string.h>

#include "engine/board.h"
#include "engine/engine_private.h"

#define LATE_SHOWN	40

struct late {
	int		 days;
	const char	*line;
};

struct late_round {
	struct arena		*arena;
	const struct pack	*pack;
	struct board_desk	 desk;
	struct digest_span	 span;
	size_t			 count;		/* all */
	struct late		 shown[LATE_SHOWN];
	size_t			 shown_count;
};

void
owners_late_forget(struct engine *engine)
{
	struct arena *arena = engine->late == NULL ? NULL : engine->late->arena;

	engine->late = NULL;
	arena_free(&arena);
}

static const char *
late_line(struct arena *arena, const struct board_case *shown, const struct board_work *work, dayno due, int days)
{
	return arena_printf(arena, "- **%s**%s%s: %d day%s late (due %s)%s%s%s", shown->name,
	    work->service[0] == '\0' ? "" : ", ", work->service, days, days == 1 ? "" : "s",
	    date_words(arena, due), work->holder[0] == '\0' ? ", with nobody" : ", with ", work->holder,
	    work->held ? ", on hold" : "");
}

static void
take_work(struct late_round *round, const struct board_case *shown, const struct board_work *work)
{
	dayno today = instant_date(round->desk.now), due = work->due != DAY_NONE && work->due < today ? work->due : work->last;
	size_t at;

	if (work->ended != DAY_NONE || due == DAY_NONE || due >= today)
		return;
	round->count++;
	for (at = round->shown_count; at > 0 && round->shown[at - 1].days < today - due; at--)
		;
	if (at == LATE_SHOWN)
		return;
	if (round->shown_count < LATE_SHOWN)
		round->shown_count++;
	memmove(&round->shown[at + 1], &round->shown[at], (round->shown_count - at - 1) * sizeof(round->shown[0]));
	round->shown[at] = (struct late){ today - due, late_line(round->arena, shown, work, due, today - due) };
}

static int
take_case(struct late_round *round, int64_t id, struct err *err)
{
	struct arena *arena = arena_new();
	struct board_case *shown;
	int rc = board_case_look(&round->desk, arena, id, &shown, err);

	for (size_t w = 0; rc == 0 && shown != NULL && w < shown->work_count; w++)
		take_work(round, shown, &shown->work[w]);
	arena_free(&arena);
	return rc;
}

static void
round_begin(struct engine *engine, const struct pack *pack, instant now)
{
	struct arena *arena = arena_new();

	owners_late_forget(engine);
	engine->late = arena_alloc(arena, sizeof(*engine->late));
	*engine->late = (struct late_round){ .arena = arena, .pack = pack,
	    .desk = { .engine = engine, .now = now, .names = true, .arena = arena },
	    .span = { .pack = pack->name, .reach = instant_date(now) - 1 } };
	board_desk_begin(&engine->late->desk);
}

int
engine_owners_look(struct engine *engine, const struct pack *pack, int64_t most, instant now, bool *done_r, struct err *err)
{
	struct arena *arena;
	int64_t *ids;
	size_t count;
	int rc;

	if (engine->late == NULL || engine->late->pack != pack || instant_date(engine->late->desk.now) != instant_date(now))
		round_begin(engine, pack, now);
	arena = arena_new();
	rc = store_digest_cases(engine->store, arena, &engine->late->span, most, &ids, &count, err);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = take_case(engine->late, ids[i], err);
	*done_r = rc == 0 && engine->late->span.over;
	if (rc == -1)
		owners_late_forget(engine);
	arena_free(&arena);
	return rc;
}

struct strs
owners_late(struct engine *engine, struct arena *arena, const struct pack *pack, size_t *count_r)
{
	struct late_round *round = engine->late;
	struct strs lines = { NULL, 0 };

	*count_r = 0;
	if (round == NULL || round->pack != pack)
		return lines;
	*count_r = round->count;
	for (size_t i = 0; i < round->shown_count; i++)
		strs_add(arena, &lines, arena_strdup(arena, round->shown[i].line));
	owners_late_forget(engine);
	return lines;
}
