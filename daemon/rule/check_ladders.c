/*
 * Proof of the promise nobody-forgotten: whoever is waited for is chased by a
 * ladder that never stops, and that in the end reaches somebody else.
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

bool
check_rung_reaches_others(const struct row *rung, const struct recipients *chased)
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
		    (check_repeats_for_ever(rung) && check_rung_reaches_others(rung, chased)))
			return true;
	}
	return false;
}

/* What the last rung lacks, in words, and what to do about it: added to what stands there, not put in its place. */
static const char *
what_is_missing(struct check *check, const struct ladder *ladder, const struct recipients *chased, const char **hint_r)
{
	const struct row *last = &ladder->rungs.v[ladder->rungs.n - 1];
	const char *others = check_rung_reaches_others(last, chased) ? "" :
	    check_act(last, ACT_REMIND) != NULL || check_act(last, ACT_SEND) != NULL ? "; cc = \"their manager else owner\"" :
	    "; escalate = \"their manager else owner\"";

	if (!check_row_is_certain(last)) {
		*hint_r = arena_printf(check->arena,
		    "take the condition out, or write a rung behind \"%s\" that has none", last->name);
		return "has a condition: where it does not hold, nobody is chased";
	}
	if (!check_repeats_for_ever(last)) {
		*hint_r = last->every.first.n > 0 ?
		    arena_printf(check->arena, "let it go on: add \", then 1 week\" to its every%s", others) :
		    arena_printf(check->arena, "add  every = \"1 week\"%s  to the rung \"%s\"", others, last->name);
		return last->every.first.n > 0 ? "stops after some times" : "does not repeat";
	}
	*hint_r = arena_printf(check->arena, check_act(last, ACT_ESCALATE) != NULL ?
	    "escalate = \"their manager else owner\"  in the rung \"%s\"" :
	    "add  cc = \"their manager else owner\"  to the rung \"%s\"", last->name);
	return "reaches nobody but the person who is chased";
}

/* A ladder that lets go, said once with all the stages and questions that rest on it. */
struct weak {
	const struct ladder	*ladder;
	const char		*missing, *hint;
	struct strs		 stages, questions;
};
struct weaks { struct weak *v; size_t n; };

static void
weak_add(struct check *check, struct weaks *weaks, const struct ladder *ladder, const struct recipients *chased,
    const char *stage, const char *question)
{
	struct weak *weak;
	const struct row *last = ladder->rungs.n > 0 ? &ladder->rungs.v[ladder->rungs.n - 1] : NULL;
	size_t i;

	if (last == NULL || (last->act_count == 0 && last->go == NULL))
		return;		/* said already */
	for (i = 0; i < weaks->n; i++)
		if (weaks->v[i].ladder == ladder)
			break;
	if (i == weaks->n) {
		weak = arena_push(check->arena, weaks->v, weaks->n);
		weak->ladder = ladder;
		weak->missing = what_is_missing(check, ladder, chased, &weak->hint);
	}
	if (stage != NULL)
		strs_add_new(check->arena, &weaks->v[i].stages, stage);
	else
		strs_add_new(check->arena, &weaks->v[i].questions, question);
}

static void
weak_told(struct check *check, const struct weak *weak)
{
	const struct row *last = &weak->ladder->rungs.v[weak->ladder->rungs.n - 1];
	const char *stages = weak->stages.n == 0 ? "" : arena_printf(check->arena, " in the stage%s %s",
	    weak->stages.n == 1 ? "" : "s", strs_join(check->arena, &weak->stages, ", "));
	const char *questions = weak->questions.n == 0 ? "" : arena_printf(check->arena, "%s while nobody answers the question%s %s",
	    weak->stages.n == 0 ? "" : " and", weak->questions.n == 1 ? "" : "s", strs_join(check->arena, &weak->questions, ", "));
	const char *name = weak->ladder->name == NULL ? "" : arena_printf(check->arena, " of the ladder \"%s\"", weak->ladder->name);

	problem_add(check->problems, last->where, weak->hint,
	    "a case could be forgotten%s%s: the last rung%s, \"%s\", %s", stages, questions, name, last->name, weak->missing);
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
		weak_add(check, weaks, ladders[n - 1], &stage->waits_for, stage->name, NULL);
}

static void
question_is_chased(struct check *check, const struct question *question, struct weaks *weaks)
{
	const struct ladder *ladder = pack_ladder(check->pack, question->ladder);

	if (ladder != NULL && !never_lets_go(ladder, &question->of))
		weak_add(check, weaks, ladder, &question->of, NULL, question->name);
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

void
check_ladders(struct check *check)
{
	const struct pack *pack = check->pack;
	const struct strand *strand;
	const struct stage *stage;
	struct weaks weaks = { NULL, 0 };
	size_t i, j;

	for (i = 0; i < pack->question_count; i++)
		question_is_chased(check, &pack->questions[i], &weaks);
	for (i = 0; i < pack->strand_count; i++) {
		strand = &pack->strands[i];
		for (j = 0; j < strand->stage_count; j++) {
			stage = &strand->stages[j];
			stage_is_chased(check, stage, &weaks);
			stage_ladders_fit(check, stage);
		}
	}
	for (i = 0; i < weaks.n; i++)
		weak_told(check, &weaks.v[i]);
}
