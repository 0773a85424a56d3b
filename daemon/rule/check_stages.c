/*
 * Proof: every stage says what it waits for, can be reached, and can end; no
 * stages lead round in a circle without waiting.
 * Fails: never; what is wrong goes to the problems.
 */
#include <string.h>

#include "rule/check.h"

struct graph {
	struct check		*check;
	const struct strand	*strand;
	struct ways		 ways;
	bool			*reached, *ends;
};

static void
says_what_it_waits_for(struct check *check, const struct stage *stage)
{
	const char *said[4];
	size_t n = 0;

	if (stage->waits_for.n > 0)
		said[n++] = "waits-for";
	if (stage->ask != NULL)
		said[n++] = "ask";
	if (stage->waits != NULL)
		said[n++] = "waits";
	if (stage->final)
		said[n++] = "final";
	if (n == 0 && stage->choose.n == 0)
		problem_add(check->problems, stage->where, "a case in it would fall silent",
		    "the stage \"%s\" does not say what it waits for: add waits-for, ask, waits or "
		    "final",
		    stage->name);
	else if (n == 0 && !check_row_is_certain(&stage->choose.v[stage->choose.n - 1]))
		problem_add(check->problems, stage->where, "let the last row have no \"when\"",
		    "the stage \"%s\" only chooses, and its last row may not fit: a case could be "
		    "stuck in it",
		    stage->name);
	if (n > 1)
		problem_add(check->problems, stage->where, "a stage waits for one thing",
		    "the stage \"%s\" has both \"%s\" and \"%s\"", stage->name, said[0], said[1]);
	if (stage->waits_for.n > 0 && stage->due == NULL && stage->ladder_count > 0 &&
	    stage->ladders[0].name != NULL)
		problem_add(check->problems, stage->where, "due = \"...\", one of the deadlines",
		    "the stage \"%s\" waits for somebody, but not until when: \"due\" is missing",
		    stage->name);
	if (stage->ask_of.n > 0 && stage->ask == NULL)
		problem_add(check->problems, stage->where, NULL, "\"of\" stands without ask");
	if (stage->final && (stage->ladder_count > 0 || stage->due != NULL)) {
		const char *has = stage->due == NULL ? "\"ladder\"" : stage->ladder_count == 0 ? "\"due\"" : "\"due\" and \"ladder\"";

		problem_add(check->problems, stage->where, arena_printf(check->arena,
		    "take out %s; or, if the case is not over there, take out final and say what it waits for", has),
		    "the stage \"%s\" is final, nobody is chased there any more: it cannot have %s", stage->name, has);
	}
}

static void
somebody_is_asked(struct check *check, const struct stage *stage)
{
	const struct question *question = pack_question(check->pack, stage->ask);

	if (question != NULL && question->of.n == 0 && stage->ask_of.n == 0)
		problem_add(check->problems, question->where, check_of_hint(check, question),
		    "the question \"%s\" does not say whom to ask", stage->ask);
}

static void
spread_reached(struct graph *graph)
{
	const struct way *way;
	bool changed = true;
	size_t i;

	while (changed)
		for (changed = false, i = 0; i < graph->ways.n; i++) {
			way = &graph->ways.v[i];
			if (way->to == WAY_END || graph->reached[way->to] ||
			    (way->from != WAY_BEGIN && !graph->reached[way->from]))
				continue;
			graph->reached[way->to] = changed = true;
		}
}

static void
spread_ends(struct graph *graph)
{
	const struct way *way;
	bool changed = true;
	size_t i;

	for (i = 0; i < graph->strand->stage_count; i++)
		graph->ends[i] = graph->strand->stages[i].final;
	while (changed)
		for (changed = false, i = 0; i < graph->ways.n; i++) {
			way = &graph->ways.v[i];
			if (way->from == WAY_BEGIN || graph->ends[way->from] ||
			    (way->to != WAY_END && !graph->ends[way->to]))
				continue;
			graph->ends[way->from] = changed = true;
		}
}

/* From stage back to target by ways that wait for nothing? */
static bool
runs_round(const struct graph *graph, size_t stage, size_t target, bool *seen)
{
	size_t i;

	for (i = 0; i < graph->ways.n; i++) {
		const struct way *way = &graph->ways.v[i];

		if (way->from != stage || !way->at_once || way->to == WAY_END)
			continue;
		if (way->to == target)
			return true;
		if (!seen[way->to]) {
			seen[way->to] = true;
			if (runs_round(graph, way->to, target, seen))
				return true;
		}
	}
	return false;
}

/* A stage that came with what the pack extends may have been bypassed on purpose. */
static void
not_reached(struct check *check, const struct stage *stage)
{
	struct strs unsent = check_unsent(check);
	const char *hint = arena_printf(check->arena, "a row must say  go = \"%s\",  or take the stage out", stage->name);

	if (unsent.n == 1)
		hint = arena_printf(check->arena, "a row must say  go = \"%s\"; the template \"%s\" is sent by no row "
		    "either: was one row lost that did both?", stage->name, unsent.v[0]);
	if (strcmp(stage->where.file, check->pack->where.file) == 0)
		problem_add(check->problems, stage->where, hint, "no way leads to the stage \"%s\"",
		    stage->name);
	else
		problem_warn(check->problems, stage->where, hint,
		    "no way leads to the stage \"%s\"", stage->name);
}

/* Rows of the strand or the pack may end a case from anywhere; who waits for somebody must say what comes of it. */
static void
leads_on(const struct graph *graph, size_t stage)
{
	const struct stage *at = &graph->strand->stages[stage];
	size_t i, j;

	if (at->waits_for.n == 0 || at->final || !graph->ends[stage])
		return;
	for (i = 0; i < graph->ways.n; i++) {
		if (graph->ways.v[i].from != stage)
			continue;
		for (j = 0; j < at->on.n; j++)
			if (graph->ways.v[i].row == &at->on.v[j])
				return;
	}
	problem_add(graph->check->problems, at->where, "on : ( { kind = \"...\"; go = \"...\" } )",
	    "the stage \"%s\" waits for somebody, but nothing that they can do leads on from it", at->name);
}

static bool
leads_there(const struct graph *graph, size_t stage)
{
	size_t i;

	for (i = 0; i < graph->ways.n; i++)
		if (graph->ways.v[i].to == stage && graph->ways.v[i].from != stage)
			return true;
	return false;
}

/* That stage is told of with the ladder that has no rung. */
static bool
follows_from_a_lost_rung(const struct graph *graph, size_t stage)
{
	const struct strand *strand = graph->strand;
	size_t first;

	for (first = 0; first < strand->stage_count; first++)
		if (!leads_there(graph, first) && check_is_own(graph->check, strand->stages[first].where.file))
			break;
	/* What lies behind the first one follows from it. */
	return check_lost_a_rung(strand) && (stage == first || leads_there(graph, stage));
}

static void
check_graph(struct graph *graph)
{
	const struct strand *strand = graph->strand;
	struct problems *problems = graph->check->problems;
	const struct stage *stage;
	bool *seen;
	size_t i;

	for (i = 0; i < strand->stage_count; i++) {
		stage = &strand->stages[i];
		if (!graph->reached[i] && strand->begins.n > 0 && !follows_from_a_lost_rung(graph, i))
			not_reached(graph->check, stage);
		if (!graph->ends[i])
			problem_add(problems, stage->where,
			    "a row must lead on, in the end to a stage with final = true",
			    "a case can never leave the stage \"%s\" for an end", stage->name);
		leads_on(graph, i);
		seen = arena_alloc(graph->check->arena, strand->stage_count * sizeof *seen);
		if (runs_round(graph, i, i, seen))
			problem_add(problems, stage->where, NULL,
			    "the stage \"%s\" leads back to itself without waiting for anything",
			    stage->name);
	}
}

struct strs
check_unreached(struct check *check, const struct strand *strand)
{
	struct graph graph = { .check = check, .strand = strand, .ways = check_ways(check, strand) };
	struct strs names = { NULL, 0 };
	size_t i;

	for (i = 0; i < strand->stage_count; i++)
		if (!leads_there(&graph, i) && check_is_own(check, strand->stages[i].where.file))
			strs_add(check->arena, &names, strand->stages[i].name);
	return names;
}

static bool
have_one_in_common(const struct strs *a, const struct strs *b)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (strs_has(b, a->v[i]))
			return true;
	return false;
}

static bool
meets_something_of(const struct kind *kind, const struct strand *strand)
{
	size_t i;

	for (i = 0; i < strand->stage_count; i++)
		if (have_one_in_common(&kind->meets, &strand->stages[i].meets))
			return true;
	return have_one_in_common(&kind->meets, &strand->meets);
}

static void
kinds_taken(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	struct strs *taken = ctx;
	size_t i;

	(void)place;
	for (i = 0; row->event == ON_KIND && i < row->names.n; i++)
		strs_add_new(check->arena, taken, row->names.v[i]);
}

/* The kinds that can begin a strand: first those that no row takes, then those that meet what its stages meet. */
static struct strs
kinds_for(struct check *check, const struct strand *strand)
{
	const struct pack *pack = check->pack;
	struct strs taken = { NULL, 0 }, kinds = { NULL, 0 };
	int turn;
	size_t i;

	check_each_row(check, kinds_taken, &taken);
	for (turn = 0; turn < 2; turn++)
		for (i = 0; i < pack->kind_count; i++)
			if (!pack->kinds[i].kept && (turn == 0 ? !strs_has(&taken, pack->kinds[i].name) :
			    meets_something_of(&pack->kinds[i], strand)))
				strs_add_new(check->arena, &kinds, pack->kinds[i].name);
	for (i = 0; kinds.n == 0 && i < pack->kind_count; i++)
		strs_add(check->arena, &kinds, pack->kinds[i].name);
	return kinds;
}

static void
never_begins(struct graph *graph)
{
	struct check *check = graph->check;
	struct strs stages = check_unreached(check, graph->strand), kinds = kinds_for(check, graph->strand);
	size_t i;

	for (i = 0; stages.n == 0 && i < graph->strand->stage_count; i++)
		strs_add(check->arena, &stages, graph->strand->stages[i].name);
	problem_add(check->problems, graph->strand->where, kinds.n == 1 && stages.n == 1 ?
	    arena_printf(check->arena, "begins : ( { kind = \"%s\"; go = \"%s\" } )", kinds.v[0], stages.v[0]) :
	    arena_printf(check->arena, "begins : ( { kind = \"...\"; go = \"...\" } ); kinds that fit: %s; stages that fit: %s",
	    strs_join(check->arena, &kinds, ", "), strs_join(check->arena, &stages, ", ")),
	    "the strand \"%s\" never begins: \"begins\" is missing", graph->strand->name);
}

static void
check_strand(struct check *check, const struct strand *strand)
{
	struct graph graph = { .check = check, .strand = strand };
	size_t i;

	if (strand->stage_count == 0) {
		problem_add(check->problems, strand->where, NULL, "the strand \"%s\" has no stages",
		    strand->name);
		return;
	}
	for (i = 0; i < strand->stage_count; i++) {
		says_what_it_waits_for(check, &strand->stages[i]);
		somebody_is_asked(check, &strand->stages[i]);
	}
	graph.reached = arena_alloc(check->arena, strand->stage_count * sizeof *graph.reached);
	graph.ends = arena_alloc(check->arena, strand->stage_count * sizeof *graph.ends);
	graph.ways = check_ways(check, strand);
	if (strand->begins.n == 0)
		never_begins(&graph);
	spread_reached(&graph);
	spread_ends(&graph);
	check_graph(&graph);
}

void
check_stages(struct check *check)
{
	size_t i;

	for (i = 0; i < check->pack->strand_count; i++)
		check_strand(check, &check->pack->strands[i]);
}
