/*
 * Walking a pack: every row with its place, the facts it can come to know,
 * the ways between a strand's stages.  Shared by the proofs.  Pure.
 * Invariant: rows are visited in file order.
 * Fails: never.
 */
#include <string.h>

#include "rule/check.h"

static void
visit_rows(
    struct check *check, const struct rows *rows, struct place place, check_row *visit, void *ctx)
{
	size_t i;

	for (i = 0; i < rows->n; i++)
		visit(check, &rows->v[i], &place, ctx);
}

static void
visit_stage(struct check *check, const struct strand *strand, const struct stage *stage,
    check_row *visit, void *ctx)
{
	size_t i;

	visit_rows(check, &stage->entry, (struct place){ strand, stage, PART_DO }, visit, ctx);
	visit_rows(check, &stage->choose, (struct place){ strand, stage, PART_CHOOSE }, visit, ctx);
	visit_rows(check, &stage->on, (struct place){ strand, stage, PART_ON }, visit, ctx);
	for (i = 0; i < stage->ladder_count; i++)
		if (stage->ladders[i].own != NULL)
			visit_rows(check, &stage->ladders[i].own->rungs,
			    (struct place){ strand, stage, PART_RUNG }, visit, ctx);
}

void
check_each_row(struct check *check, check_row *visit, void *ctx)
{
	const struct pack *pack = check->pack;
	const struct strand *strand;
	size_t i, j;

	for (i = 0; i < pack->ladder_count; i++)
		visit_rows(check, &pack->ladders[i].rungs, (struct place){ NULL, NULL, PART_RUNG },
		    visit, ctx);
	for (i = 0; i < pack->strand_count; i++) {
		strand = &pack->strands[i];
		visit_rows(check, &strand->begins, (struct place){ strand, NULL, PART_BEGINS },
		    visit, ctx);
		for (j = 0; j < strand->stage_count; j++)
			visit_stage(check, strand, &strand->stages[j], visit, ctx);
		visit_rows(check, &strand->always, (struct place){ strand, NULL, PART_ALWAYS },
		    visit, ctx);
		visit_rows(check, &strand->always_ladder.rungs,
		    (struct place){ strand, NULL, PART_RUNG }, visit, ctx);
	}
	visit_rows(check, &pack->always, (struct place){ NULL, NULL, PART_ALWAYS }, visit, ctx);
	visit_rows(
	    check, &pack->always_ladder.rungs, (struct place){ NULL, NULL, PART_RUNG }, visit, ctx);
}

static void
facts_of_pattern(struct check *check, const struct pattern *pattern)
{
	const struct strs *holes = pattern != NULL ? pattern_holes(pattern) : NULL;
	size_t i;

	for (i = 0; holes != NULL && i < holes->n; i++)
		strs_add_new(check->arena, &check->facts, holes->v[i]);
}

static void
facts_of_patterns(struct check *check, struct pattern **patterns, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		facts_of_pattern(check, patterns[i]);
}

static void
facts_of_row(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	size_t i, j;

	(void)place;
	(void)ctx;
	facts_of_pattern(check, row->command);
	if (row->starts != NULL)
		strs_add_new(check->arena, &check->facts, row->starts);
	for (i = 0; i < row->act_count; i++)
		for (j = 0; j < row->acts[i].set_count; j++)
			strs_add_new(check->arena, &check->facts, row->acts[i].sets[j].fact);
}

static void
facts_of_kind(struct check *check, const struct kind *kind)
{
	size_t i;

	facts_of_patterns(check, kind->test.says, kind->test.says_count);
	facts_of_patterns(check, kind->test.named, kind->test.named_count);
	facts_of_patterns(check, kind->test.subject, kind->test.subject_count);
	for (i = 0; i < kind->extract_count; i++) {
		strs_add_new(check->arena, &check->facts, kind->extracts[i].fact);
		facts_of_patterns(
		    check, kind->extracts[i].patterns, kind->extracts[i].pattern_count);
	}
}

void
check_collect_facts(struct check *check)
{
	/* What the daemon reads from every mail, or keeps about every case. */
	static const char *const always[] = { "child-name", "date-of-birth", "nhs-number", "upn",
		"reference", "request-date", "due-date", "marking", "closed-on", "involvement",
		"back-on", "last-heard", "consent" };
	const struct pack *pack = check->pack;
	size_t i, j;

	for (i = 0; i < sizeof always / sizeof *always; i++)
		strs_add_new(check->arena, &check->facts, always[i]);
	for (i = 0; i < pack->kind_count; i++)
		facts_of_kind(check, &pack->kinds[i]);
	for (i = 0; i < pack->fact_count; i++)
		strs_add_new(check->arena, &check->facts, pack->facts[i].name);
	for (i = 0; i < pack->question_count; i++)
		for (j = 0; j < pack->questions[i].answer_count; j++)
			facts_of_pattern(check, pack->questions[i].answers[j].pattern);
	for (i = 0; i < pack->role_count; i++)
		if (pack->roles[i].source == ROLE_ON_CASE ||
		    pack->roles[i].source == ROLE_ON_STRAND)
			strs_add_new(check->arena, &check->facts, pack->roles[i].name);
	for (i = 0; i < pack->wanted.n; i++)
		strs_add_new(check->arena, &check->facts, pack->wanted.v[i]);
	check_each_row(check, facts_of_row, NULL);
}

bool
check_is_own(const struct check *check, const char *file)
{
	const char *own = check->pack->where.file;

	return strncmp(file, own, (size_t)(strrchr(own, '/') + 1 - own)) == 0;
}

bool
check_knows_fact(const struct check *check, const char *name)
{
	return strs_has(&check->facts, name);
}

const char *
check_near(struct check *check, const char *name, const struct strs *names)
{
	struct strs list = { NULL, 0 };
	const char *near;
	size_t i;

	for (i = 0; i < names->n; i++)
		strs_add(check->arena, &list, names->v[i]);
	strs_add(check->arena, &list, NULL);
	near = str_nearest(name, list.v);
	return near != NULL ? arena_printf(check->arena, "did you mean \"%s\"?", near) : NULL;
}

const char *
check_meant(struct check *check, const char *name, const struct strs *names)
{
	struct strs list = { NULL, 0 };
	const char *near;
	size_t i;

	if (name == NULL || strs_has(names, name))
		return name;
	for (i = 0; i < names->n; i++)
		strs_add(check->arena, &list, names->v[i]);
	strs_add(check->arena, &list, NULL);
	near = str_nearest(name, list.v);
	return near != NULL ? near : name;
}

/* Every named entry of a pack begins with its name. */
struct strs
check_names_of(struct check *check, const void *items, size_t count, size_t size)
{
	struct strs names = { NULL, 0 };
	const char *item = items, *name;
	size_t i;

	for (i = 0; i < count; i++, item += size) {
		memcpy(&name, item, sizeof name);
		if (name != NULL)
			strs_add(check->arena, &names, name);
	}
	return names;
}

bool
check_row_is_certain(const struct row *row)
{
	return row->when.n == 0 && row->unless.n == 0;
}

const struct act *
check_act(const struct row *row, enum act_word word)
{
	size_t i;

	for (i = 0; i < row->act_count; i++)
		if (row->acts[i].word == word)
			return &row->acts[i];
	return NULL;
}

bool
check_repeats_for_ever(const struct row *rung)
{
	return rung->every.first.n > 0 && (rung->every.in_all == 0 || rung->every.then.n > 0);
}

size_t
check_stage_ladders(const struct check *check, const struct stage *stage,
    const struct ladder **ladders_r, size_t max)
{
	const struct question *question = pack_question(check->pack, stage->ask);
	const struct ladder *ladder;
	size_t i, n = 0;

	for (i = 0; i < stage->ladder_count && n < max; i++) {
		ladder = stage->ladders[i].own != NULL ? stage->ladders[i].own :
		    pack_ladder(check->pack, stage->ladders[i].name);
		if (ladder != NULL)
			ladders_r[n++] = ladder;
	}
	if (question != NULL && n < max &&
	    (ladder = pack_ladder(check->pack, question->ladder)) != NULL)
		ladders_r[n++] = ladder;
	return n;
}

struct ways_of {
	struct check		*check;
	const struct strand	*strand;
	struct strs		 stages;	/* their names */
	struct ways		 ways;
};

static void
way_add(struct ways_of *of, size_t from, size_t to, const struct row *row, bool at_once)
{
	struct way *way = arena_push(of->check->arena, of->ways.v, of->ways.n);

	*way = (struct way){ from, to, row, at_once };
}

static bool
ends_strand(const struct row *row, const struct strand *strand)
{
	const struct act *act = check_act(row, ACT_END);

	return act != NULL && act->value != NULL &&
	    (strcmp(act->value, "all") == 0 || strcmp(act->value, strand->name) == 0);
}

static void
ways_of_rows(struct ways_of *of, size_t from, const struct rows *rows, bool at_once)
{
	const struct stage *stage;
	const char *go;
	size_t i;

	for (i = 0; i < rows->n; i++) {
		if (ends_strand(&rows->v[i], of->strand))
			way_add(of, from, WAY_END, &rows->v[i], false);
		go = rows->v[i].go == NULL || strcmp(rows->v[i].go, "back") == 0 ? NULL :
		    check_meant(of->check, rows->v[i].go, &of->stages);
		stage = strand_stage(of->strand, go);
		if (stage != NULL)
			way_add(
			    of, from, (size_t)(stage - of->strand->stages), &rows->v[i], at_once);
	}
}

static void
ways_of_stage(struct ways_of *of, size_t from)
{
	const struct stage *stage = &of->strand->stages[from];
	const struct pack *pack = of->check->pack;
	const struct ladder *ladders[16];
	size_t i, n;

	ways_of_rows(of, from, &stage->entry, true);
	ways_of_rows(of, from, &stage->choose, true);
	ways_of_rows(of, from, &stage->on, false);
	n = check_stage_ladders(of->check, stage, ladders, 16);
	for (i = 0; i < n; i++)
		ways_of_rows(of, from, &ladders[i]->rungs, false);
	if (stage->final)
		return;
	ways_of_rows(of, from, &of->strand->always, false);
	ways_of_rows(of, from, &of->strand->always_ladder.rungs, false);
	ways_of_rows(of, from, &pack->always, false);
	ways_of_rows(of, from, &pack->always_ladder.rungs, false);
}

/* go = "back" leads wherever the stage can have been come from. */
static void
ways_back(struct ways_of *of, size_t from, const struct rows *rows)
{
	size_t i, j, known = of->ways.n;

	for (i = 0; i < rows->n; i++) {
		if (rows->v[i].go == NULL || strcmp(rows->v[i].go, "back") != 0)
			continue;
		for (j = 0; j < known; j++)
			if (of->ways.v[j].to == from && of->ways.v[j].from != from &&
			    of->ways.v[j].from != WAY_BEGIN)
				way_add(of, from, of->ways.v[j].from, &rows->v[i], false);
	}
}

struct ways
check_ways(struct check *check, const struct strand *strand)
{
	struct ways_of of = { .check = check, .strand = strand,
		.stages = check_names_of(check, strand->stages, strand->stage_count, sizeof *strand->stages) };
	size_t i;

	ways_of_rows(&of, WAY_BEGIN, &strand->begins, false);
	for (i = 0; i < strand->stage_count; i++)
		ways_of_stage(&of, i);
	for (i = 0; i < strand->stage_count; i++)
		ways_back(&of, i, &strand->stages[i].on);
	return of.ways;
}
