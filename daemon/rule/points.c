/*
 * Every line of a pack that can decide something.  Used by advicectl check
 * and test.
 * Invariant: what case/reached.h may note stands here, with the same line.
 * Fails: never.
 */
#include <string.h>

#include "rule/points.h"

struct points {
	struct arena	*arena;
	struct point	*v;
	size_t		 n;
};

static void
add(struct points *points, struct where where, const char *sort, const char *name, const char *inside,
    const struct strs *meets)
{
	struct point *point = arena_push(points->arena, points->v, points->n);

	*point = (struct point){ where, sort, name == NULL ? "" : name, inside, meets };
}

/* "kind advice", "answer APPROVED", "forward advice", "go with-worker": what tells it from the rows beside it. */
static const char *
row_name(struct arena *arena, const struct row *row)
{
	static const char *const events[] = {
		[ON_NONE] = "", [ON_KIND] = "kind", [ON_ANSWER] = "answer", [ON_COMMAND] = "command",
		[ON_NOTICE] = "notice", [ON_CHANGED] = "changed", [ON_OPENED] = "opened", [ON_ENDED] = "ended",
	};

	if (row->name != NULL)
		return row->name;
	if (row->event != ON_NONE)
		return arena_printf(arena, "%s%s%s", events[row->event], row->names.n > 0 ? " " : "", strs_join(arena, &row->names, ", "));
	if (row->act_count > 0)
		return arena_printf(arena, "%s%s%s", act_word_name(row->acts[0].word), row->acts[0].value == NULL ? "" : " ",
		    row->acts[0].value == NULL ? "" : row->acts[0].value);
	return row->go == NULL ? "" : arena_printf(arena, "go %s", row->go);
}

static void
rows(struct points *points, const struct rows *rows, const char *sort, const char *inside)
{
	for (size_t i = 0; i < rows->n; i++)
		add(points, rows->v[i].where, sort, row_name(points->arena, &rows->v[i]), inside, &rows->v[i].meets);
}

static void
roles(struct points *points, const struct pack *pack)
{
	for (size_t i = 0; i < pack->role_count; i++) {
		const struct role *role = &pack->roles[i];

		add(points, role->where, "role", role->name, "", &role->meets);
		for (size_t c = 0; c < role->choice_count; c++)
			add(points, role->choices[c].where, "choice", role->name, role->name, &role->choices[c].meets);
	}
}

static void
kinds(struct points *points, const struct pack *pack)
{
	for (size_t i = 0; i < pack->kind_count; i++) {
		const struct kind *kind = &pack->kinds[i];

		add(points, kind->where, "kind", kind->name, "", &kind->meets);
		for (size_t e = 0; e < kind->extract_count; e++)
			add(points, kind->extracts[e].where, "extract", kind->extracts[e].fact, kind->name, NULL);
	}
	for (size_t i = 0; i < pack->fact_count; i++)
		add(points, pack->facts[i].where, "fact", pack->facts[i].name, "", &pack->facts[i].meets);
}

static void
questions(struct points *points, const struct pack *pack)
{
	for (size_t i = 0; i < pack->question_count; i++) {
		const struct question *question = &pack->questions[i];

		add(points, question->where, "question", question->name, "", &question->meets);
		for (size_t a = 0; a < question->answer_count; a++)
			add(points, question->where, "answer", question->answers[a].word, question->name, NULL);
	}
}

static void
strands(struct points *points, const struct pack *pack)
{
	for (size_t i = 0; i < pack->strand_count; i++) {
		const struct strand *strand = &pack->strands[i];

		add(points, strand->where, "strand", strand->name, "", &strand->meets);
		rows(points, &strand->begins, "row", strand->name);
		for (size_t s = 0; s < strand->stage_count; s++) {
			const struct stage *stage = &strand->stages[s];

			add(points, stage->where, "stage", stage->name, strand->name, &stage->meets);
			rows(points, &stage->entry, "row", stage->name);
			rows(points, &stage->choose, "row", stage->name);
			rows(points, &stage->on, "row", stage->name);
			for (size_t l = 0; l < stage->ladder_count; l++)
				if (stage->ladders[l].own != NULL)
					rows(points, &stage->ladders[l].own->rungs, "rung", stage->name);
		}
		rows(points, &strand->always, "row", strand->name);
		rows(points, &strand->always_ladder.rungs, "rung", strand->name);
	}
}

static void
watchers(struct points *points, const struct pack *pack)
{
	for (size_t i = 0; i < pack->guard_count; i++)
		add(points, pack->guards[i].where, "guard", pack->guards[i].name, "", &pack->guards[i].meets);
	for (size_t i = 0; i < pack->alert_count; i++)
		add(points, pack->alerts[i].where, "alert", pack->alerts[i].name, "", &pack->alerts[i].meets);
	for (size_t i = 0; i < pack->digest_count; i++)
		add(points, pack->digests[i].where, "digest", pack->digests[i].name, "", &pack->digests[i].meets);
}

void
pack_points(struct arena *arena, const struct pack *pack, struct point **points_r, size_t *count_r)
{
	struct points points = { arena, NULL, 0 };

	if (pack->meets.n > 0)
		add(&points, pack->where, "pack", pack->name, "", &pack->meets);
	roles(&points, pack);
	kinds(&points, pack);
	for (size_t i = 0; i < pack->condition_count; i++)
		add(&points, pack->conditions[i].where, "condition", pack->conditions[i].name, "", &pack->conditions[i].meets);
	for (size_t i = 0; i < pack->deadline_count; i++)
		add(&points, pack->deadlines[i].where, "deadline", pack->deadlines[i].name, "", &pack->deadlines[i].meets);
	for (size_t i = 0; i < pack->exception_count; i++)
		if (pack->exceptions[i].of.n > 0)	/* what moves no date of this pack is another pack's */
			add(&points, pack->exceptions[i].where, "exception", pack->exceptions[i].name, "", &pack->exceptions[i].meets);
	questions(&points, pack);
	for (size_t i = 0; i < pack->ladder_count; i++)
		rows(&points, &pack->ladders[i].rungs, "rung", pack->ladders[i].name);
	strands(&points, pack);
	rows(&points, &pack->always, "row", "always");
	rows(&points, &pack->always_ladder.rungs, "rung", "always");
	watchers(&points, pack);
	*points_r = points.v;
	*count_r = points.n;
}
