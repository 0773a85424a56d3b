/*
 * Proof of the promise nobody-forgotten: whoever is waited for is chased by a
 * ladder that never stops, and that in the end reaches somebody else; rungs
 * stand in the order in which they fall due.
 * Fails: never; what is wrong goes to the problems.
 */
#include <stdlib.h>
#include <string.h>

#include "rule/check.h"

#define LADDERS_MOST 16

static bool
is_chased(const struct recipient_choice *choice, const struct recipients *chased)
{
	size_t i, j;

	if (strcmp(choice->role, "them") == 0)
		return !choice->manager;
	for (i = 0; i < chased->n; i++)
		for (j = 0; j < chased->v[i].choice_count; j++)
			if (strcmp(chased->v[i].choices[j].role, choice->role) == 0 &&
			    chased->v[i].choices[j].manager == choice->manager)
				return true;
	return false;
}

static bool
reaches_others(const struct recipients *recipients, const struct recipients *chased)
{
	size_t i, j;

	for (i = 0; i < recipients->n; i++)
		for (j = 0; j < recipients->v[i].choice_count; j++)
			if (!is_chased(&recipients->v[i].choices[j], chased))
				return true;
	return false;
}

static bool
row_reaches_others(const struct row *rung, const struct recipients *chased)
{
	size_t i;

	if (reaches_others(&rung->to, chased) || reaches_others(&rung->cc, chased))
		return true;
	for (i = 0; i < rung->act_count; i++)
		if (reaches_others(&rung->acts[i].whom, chased))
			return true;
	return false;
}

/* A rung that goes on for ever and reaches another person, or one that leads out of the stage. */
static bool
never_lets_go(const struct ladder *ladder, const struct recipients *chased)
{
	const struct row *rung;
	size_t i;

	for (i = 0; i < ladder->rungs.n; i++) {
		rung = &ladder->rungs.v[i];
		if (!check_row_is_certain(rung))
			continue;
		if (rung->go != NULL ||
		    (check_repeats_for_ever(rung) && row_reaches_others(rung, chased)))
			return true;
	}
	return false;
}

/* What is missing, in words, for the last rung of the ladder. */
static const char *
what_is_missing(const struct ladder *ladder, const struct recipients *chased)
{
	const struct row *last;

	if (ladder->rungs.n == 0)
		return "has no rung";
	last = &ladder->rungs.v[ladder->rungs.n - 1];
	if (!check_row_is_certain(last))
		return "has a condition on its last rung";
	if (!check_repeats_for_ever(last))
		return "ends: its last rung does not repeat (every = \"1 week\")";
	if (!row_reaches_others(last, chased))
		return "reaches nobody but the person who is chased with its last rung";
	return "sends nothing with its last rung";
}

/* A ladder that lets go, said once with all the stages that rest on it. */
struct weak { const struct ladder *ladder; const char *missing; struct strs stages; };
struct weaks { struct weak *v; size_t n; };

static void
weak_add(struct check *check, struct weaks *weaks, const struct ladder *ladder, const struct stage *stage)
{
	struct weak *weak;
	size_t i;

	for (i = 0; i < weaks->n; i++)
		if (weaks->v[i].ladder == ladder)
			break;
	if (i == weaks->n) {
		weak = arena_push(check->arena, weaks->v, weaks->n);
		weak->ladder = ladder;
		weak->missing = what_is_missing(ladder, &stage->waits_for);
	}
	strs_add_new(check->arena, &weaks->v[i].stages, stage->name);
}

static void
weak_told(struct check *check, const struct weak *weak)
{
	const struct rows *rungs = &weak->ladder->rungs;

	problem_add(check->problems, rungs->n > 0 ? rungs->v[rungs->n - 1].where : weak->ladder->where,
	    "end the ladder with, for example,  escalate = \"last-resort\"; every = \"1 week\"",
	    "a case could be forgotten in the stage%s %s: the ladder%s%s%s %s",
	    weak->stages.n == 1 ? "" : "s", strs_join(check->arena, &weak->stages, ", "),
	    weak->ladder->name != NULL ? " \"" : " there", weak->ladder->name != NULL ? weak->ladder->name : "",
	    weak->ladder->name != NULL ? "\"" : "", weak->missing);
}

static void
stage_is_chased(struct check *check, const struct stage *stage, struct weaks *weaks)
{
	const struct ladder *ladders[LADDERS_MOST];
	size_t i, n;

	if (stage->waits_for.n == 0)
		return;
	n = check_stage_ladders(check, stage, ladders, LADDERS_MOST);
	if (stage->ladder_count == 0) {
		problem_add(check->problems, stage->where, "ladder = \"standard\"",
		    "the stage \"%s\" waits for somebody whom nobody chases: \"ladder\" is missing",
		    stage->name);
		return;
	}
	for (i = 0; i < n; i++)
		if (never_lets_go(ladders[i], &stage->waits_for))
			return;
	if (n > 0)
		weak_add(check, weaks, ladders[n - 1], stage);
}

static void
question_is_chased(struct check *check, const struct question *question)
{
	const struct ladder *ladder = pack_ladder(check->pack, question->ladder);

	if (ladder != NULL && !never_lets_go(ladder, &question->of))
		problem_add(check->problems, question->where,
		    "end the ladder with, for example,  escalate = \"their manager else owner\"; "
		    "every = \"1 week\"",
		    "the question \"%s\" could be forgotten: its ladder \"%s\" %s",
		    question->name, question->ladder, what_is_missing(ladder, &question->of));
}

/* ---- What a rung may rest on in this stage */

static bool
rests_on(const struct row *rung, const char *base)
{
	size_t i;

	for (i = 0; i < rung->at.term_count; i++)
		if (rung->at.terms[i].base != NULL && strcmp(rung->at.terms[i].base, base) == 0)
			return true;
	return false;
}

static bool
names_them(const struct recipients *recipients)
{
	size_t i, j;

	for (i = 0; i < recipients->n; i++)
		for (j = 0; j < recipients->v[i].choice_count; j++)
			if (strcmp(recipients->v[i].choices[j].role, "them") == 0)
				return true;
	return false;
}

static bool
row_names_them(const struct row *row)
{
	size_t i;

	if (names_them(&row->to) || names_them(&row->cc) || names_them(&row->from_whom) ||
	    names_them(&row->of))
		return true;
	for (i = 0; i < row->act_count; i++)
		if (names_them(&row->acts[i].whom))
			return true;
	return false;
}

static void
rung_fits_stage(
    struct check *check, const struct row *rung, const struct stage *stage, struct where where)
{
	if (rests_on(rung, "due") && stage->due == NULL &&
	    (stage->waits_for.n == 0 || stage->ladders[0].own != NULL))
		problem_add(check->problems, stage->waits_for.n == 0 ? where : stage->where, "due = \"...\", one of the deadlines",
		    "the rung \"%s\" counts from \"due\", but the stage \"%s\" has no due",
		    rung->name, stage->name);
	if (rests_on(rung, "asked") && stage->ask == NULL && !check_knows_fact(check, "asked"))
		problem_add(check->problems, where, NULL,
		    "the rung \"%s\" counts from \"asked\", but the stage \"%s\" asks nothing",
		    rung->name, stage->name);
	if (row_names_them(rung) && stage->waits != NULL)
		problem_add(check->problems, where, "name the role",
		    "the rung \"%s\" goes to \"them\", but the stage \"%s\" waits for nobody",
		    rung->name, stage->name);
}

static void
stage_ladders_fit(struct check *check, const struct stage *stage)
{
	const struct ladder *ladder;
	size_t i, j;

	for (i = 0; i < stage->ladder_count && !stage->final; i++) {
		ladder = stage->ladders[i].own != NULL ? stage->ladders[i].own :
		    pack_ladder(check->pack, stage->ladders[i].name);
		for (j = 0; ladder != NULL && j < ladder->rungs.n; j++)
			rung_fits_stage(check, &ladder->rungs.v[j], stage,
			    stage->ladders[i].own != NULL ? ladder->rungs.v[j].where
							  : stage->where);
	}
	for (i = 0; i < stage->entry.n; i++)
		if (row_names_them(&stage->entry.v[i]) && stage->waits_for.n == 0 &&
		    stage->ask == NULL)
			problem_add(check->problems, stage->entry.v[i].where, "name the role",
			    "\"them\" is nobody: the stage \"%s\" waits for nobody", stage->name);
}

/* ---- Order of rungs */

/* Days from the base, roughly (weeks of five working days); false where it cannot be said. */
static bool
distance(const struct row *rung, const char **base_r, double *days_r)
{
	static const double days[] = { [UNIT_DAY] = 1, [UNIT_WORKING_DAY] = 1.4, [UNIT_WEEK] = 7,
		[UNIT_MONTH] = 30.4, [UNIT_YEAR] = 365.2 };
	const struct date_term *term = rung->at.terms;
	size_t i;

	if (rung->at.term_count != 1 || term->base == NULL || term->weekday >= 0 ||
	    term->beginning_n != 0)
		return false;
	*base_r = term->base;
	*days_r = 0;
	for (i = 0; i < term->step_count; i++)
		*days_r += term->steps[i].n * days[term->steps[i].unit];
	return true;
}

static void
in_time_order(struct check *check, const struct ladder *ladder)
{
	const char *base, *other_base;
	double days, other_days;
	size_t i, j;

	for (i = 0; i < ladder->rungs.n; i++)
		for (j = i + 1; j < ladder->rungs.n; j++)
			if (distance(&ladder->rungs.v[i], &base, &days) &&
			    distance(&ladder->rungs.v[j], &other_base, &other_days) &&
			    strcmp(base, other_base) == 0 && other_days < days - 0.01) {
				problem_add(check->problems, ladder->rungs.v[j].where,
				    "put the rungs in the order of their dates",
				    "the rung \"%s\" (%s) falls due before \"%s\" (%s), which "
				    "stands above it",
				    ladder->rungs.v[j].name, ladder->rungs.v[j].at.text,
				    ladder->rungs.v[i].name, ladder->rungs.v[i].at.text);
				return;
			}
}

void
check_ladders(struct check *check)
{
	const struct pack *pack = check->pack;
	const struct strand *strand;
	const struct stage *stage;
	struct weaks weaks = { NULL, 0 };
	size_t i, j, k;

	for (i = 0; i < pack->ladder_count; i++)
		in_time_order(check, &pack->ladders[i]);
	in_time_order(check, &pack->always_ladder);
	for (i = 0; i < pack->question_count; i++)
		question_is_chased(check, &pack->questions[i]);
	for (i = 0; i < pack->strand_count; i++) {
		strand = &pack->strands[i];
		in_time_order(check, &strand->always_ladder);
		for (j = 0; j < strand->stage_count; j++) {
			stage = &strand->stages[j];
			stage_is_chased(check, stage, &weaks);
			stage_ladders_fit(check, stage);
			for (k = 0; k < stage->ladder_count; k++)
				if (stage->ladders[k].own != NULL)
					in_time_order(check, stage->ladders[k].own);
		}
	}
	for (i = 0; i < weaks.n; i++)
		weak_told(check, &weaks.v[i]);
}
