/*
 * Promise nobody-forgotten, looked after once a day: every open case is asked
 * whether something still follows in each of its strands; where nothing does,
 * it waits for a person from then on, and somebody hears of it.  Runs in core,
 * a few cases at a time.
 * Invariant: what is in order again waits for nobody.
 * Fails: the store's failures are core's.
 */
#include <string.h>

#include "base/log.h"
#include "role/core_vigil.h"

#define EVERY_MS	((int64_t)24 * 60 * 60 * 1000)
#define PIECE_MS	20	/* between two pieces: others are served */
#define PIECE		25
#define WORDS		"Nothing more will happen in this case by itself: "

void
forgotten_free(struct vigil *vigil)
{
	arena_free(&vigil->forgotten.arena);
	vigil->forgotten.found = NULL;
	vigil->forgotten.found_count = 0;
}

static const char *
sentence(struct arena *arena, const struct strs *parts)
{
	return arena_printf(arena, WORDS "%s. Move it on (\"advicectl move\"), or close it.", strs_join(arena, parts, "; "));
}

static int
look_at(struct core *core, struct arena *arena, int64_t id, struct err *err)
{
	struct vigil *vigil = core->vigil;
	struct strs sentences, known_by;
	struct sought found = { .case_id = id };

	if (engine_forgotten(&core->engine, arena, id, core_now(core), &sentences, &known_by, err) == -1)
		return -1;
	if (sentences.n == 0)
		return 0;
	found.reason = sentence(vigil->forgotten.arena, &sentences);
	found.known_by = sentence(vigil->forgotten.arena, &known_by);
	*arena_push(vigil->forgotten.arena, vigil->forgotten.found, vigil->forgotten.found_count) = found;
	return 0;
}

/* ---- The end of it: rows for what was found, and none for what is in order again */

static bool
is_found(const struct vigil *vigil, const struct triage_row *row)
{
	const char *known_by = row->known_by[0] == '\0' ? row->reason : row->known_by;

	for (size_t i = 0; i < vigil->forgotten.found_count; i++)
		if (vigil->forgotten.found[i].case_id == row->case_id && strcmp(vigil->forgotten.found[i].known_by, known_by) == 0)
			return true;
	return false;
}

static int
rows_end(struct core *core, struct arena *arena, struct err *err)
{
	struct triage_row *rows;
	size_t count;

	if (store_triages(core->store, arena, true, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!str_starts(rows[i].reason, WORDS) || is_found(core->vigil, &rows[i]))
			continue;
		if (store_triage_done(core->store, rows[i].id, err) == -1)
			return -1;
	}
	return 0;
}

static int
row_add(struct core *core, struct arena *arena, const struct sought *found, struct err *err)
{
	struct triage_row row = {
		.case_id = found->case_id, .state = "open", .rule = "", .at = core_now(core), .reason = found->reason,
		.known_by = found->known_by,
	};

	if (store_case_pack(core->store, arena, found->case_id, &row.pack, err) == -1)
		return -1;
	log_err("alarm case=%lld reason=\"it has fallen silent\"", (long long)found->case_id);
	return store_triage_add(core->store, &row, err);
}

static int
end(struct core *core, struct arena *arena, struct err *err)
{
	struct vigil *vigil = core->vigil;
	int rc = core_begin(core, err);

	if (rc == 0)
		rc = rows_end(core, arena, err);
	for (size_t i = 0; rc == 0 && i < vigil->forgotten.found_count; i++)
		rc = row_add(core, arena, &vigil->forgotten.found[i], err);
	if (rc == 0)
		rc = core_commit(core, err);
	if (rc == -1)
		return -1;
	vigil->forgotten.cases = (int64_t)vigil->forgotten.found_count;
	vigil->forgotten.ended_ms = clock_real_ms();
	vigil->forgotten.next_ms = vigil->forgotten.ended_ms + EVERY_MS;
	vigil->forgotten.after = 0;
	log_info("forgotten cases=%lld", (long long)vigil->forgotten.cases);
	forgotten_free(vigil);
	return 0;
}

int
forgotten_turn(struct core *core, struct err *err)
{
	struct vigil *vigil = core->vigil;
	struct arena *arena;
	int64_t *ids;
	size_t count;
	int rc;

	/* What is late is made good before anything is called forgotten. */
	if (clock_real_ms() < vigil->forgotten.next_ms || core->look_first_ms != 0)
		return 0;
	if (vigil->forgotten.arena == NULL)
		vigil->forgotten.arena = arena_new();
	arena = arena_new();
	rc = store_cases_after(core->store, arena, vigil->forgotten.after, PIECE, &ids, &count, err);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		rc = look_at(core, arena, ids[i], err);
		if (rc == 0)
			vigil->forgotten.after = ids[i];
	}
	vigil->forgotten.next_ms = clock_real_ms() + PIECE_MS;
	if (rc == 0 && count < PIECE)
		rc = end(core, arena, err);
	arena_free(&arena);
	return rc;
}
