/*
 * Proof: a ladder has rungs, they stand in the order in which they fall due,
 * and what they say fits their time: after the date nobody hears less than
 * before it, and a letter for late work does not go out before the date.
 * Fails: never; what is wrong goes to the problems.
 */
#include <stdlib.h>
#include <string.h>

#include "rule/check.h"
#include "rule/template.h"

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

static bool
times_of(const struct row *a, const struct row *b, double *a_days_r, double *b_days_r)
{
	const char *base, *other;

	return distance(a, &base, a_days_r) && distance(b, &other, b_days_r) && strcmp(base, other) == 0;
}

/* Others hear of what is late last: where the earlier of two rungs writes to more people, their dates are mixed up. */
static const char *
order_hint(struct check *check, const struct row *early, const struct row *late, const struct recipients *chased)
{
	if (check_rung_reaches_others(early, chased) && !check_rung_reaches_others(late, chased))
		return arena_printf(check->arena, "the two dates are probably mixed up: \"%s\" writes to others, too, \"%s\" only "
		    "to the one who is chased; give each rung its right date", early->name, late->name);
	return "one of the two dates is probably wrong: read what each rung does, and correct its date; "
	    "only if both dates are right, change the order";
}

/* True: they do. */
static bool
in_time_order(struct check *check, const struct ladder *ladder, const struct recipients *chased)
{
	const struct row *first, *second;
	double days, other_days;
	size_t i, j;

	for (i = 0; i < ladder->rungs.n; i++)
		for (j = i + 1; j < ladder->rungs.n; j++) {
			first = &ladder->rungs.v[i];
			second = &ladder->rungs.v[j];
			if (!times_of(first, second, &days, &other_days) || other_days >= days - 0.01)
				continue;
			problem_add(check->problems, second->where, order_hint(check, second, first, chased),
			    "the rung \"%s\" (%s) falls due before \"%s\" (%s, line %d), which stands above it",
			    second->name, second->at.text, first->name, first->at.text, first->where.line);
			return false;
		}
	return true;
}

/* ---- What a rung does, and when */

/* Does the rung chase: remind or escalate, and not only send something on? */
static bool
chases(const struct row *rung)
{
	return check_act(rung, ACT_REMIND) != NULL || check_act(rung, ACT_ESCALATE) != NULL;
}

/* Days from the date that must be kept; false where the rung counts from another one. */
static bool
days_from_due(const struct check *check, const struct row *rung, double *days_r)
{
	const char *base;

	return distance(rung, &base, days_r) && (strcmp(base, "due") == 0 || pack_deadline(check->pack, base) != NULL);
}

/* Others hear of it before the date, and after it only the one who is chased: the dates have changed places. */
static void
widens_with_time(struct check *check, const struct ladder *ladder, const struct recipients *chased)
{
	const struct row *before, *after;
	double days;
	size_t i, j;

	for (i = 0; i < ladder->rungs.n; i++)
		for (j = 0; j < ladder->rungs.n; j++) {
			before = &ladder->rungs.v[i];
			after = &ladder->rungs.v[j];
			if (!chases(before) || !days_from_due(check, before, &days) || days >= 0 ||
			    !check_rung_reaches_others(before, chased) ||
			    !chases(after) || !days_from_due(check, after, &days) || days <= 0 ||
			    check_rung_reaches_others(after, chased))
				continue;
			problem_warn(check->problems, before->where, "correct the two dates, or write to others after the date, too",
			    "the rung \"%s\" (%s) writes to others before the date, and \"%s\" (%s, line %d) after it only "
			    "to the one who is chased: are the two dates mixed up?", before->name, before->at.text, after->name,
			    after->at.text, after->where.line);
			return;
		}
}

static bool
told_of(const struct check *check, struct where where)
{
	size_t i;

	for (i = 0; i < check->problems->n; i++)
		if (check->problems->v[i].where.line == where.line && check->problems->v[i].where.file == where.file)
			return true;
	return false;
}

/* What makes a rung the last word, so that a later one on the same date is too late for what it does; or NULL. */
static const char *
comes_last(const struct row *rung, const struct row *later)
{
	if (check_row_is_certain(rung) && rung->go != NULL)
		return "leads out of the stage";
	if (!chases(rung) || !chases(later) || !check_row_is_certain(later))
		return NULL;
	if (check_row_is_certain(rung) && check_repeats_for_ever(rung) && !check_repeats_for_ever(later))
		return "goes on for ever";
	if (check_act(rung, ACT_ESCALATE) != NULL && check_act(later, ACT_ESCALATE) == NULL)
		return "turns to somebody else";
	return NULL;
}

static void
last_word_comes_last(struct check *check, const struct ladder *ladder)
{
	const struct row *rung, *later;
	const char *why;
	double days, later_days;
	size_t i, j;

	for (i = 0; i < ladder->rungs.n; i++)
		for (j = i + 1; j < ladder->rungs.n; j++) {
			rung = &ladder->rungs.v[i];
			later = &ladder->rungs.v[j];
			if (!times_of(rung, later, &days, &later_days) || days >= later_days || told_of(check, rung->where) ||
			    (why = comes_last(rung, later)) == NULL)
				continue;
			problem_warn(check->problems, rung->where, "correct the two dates, or take out the rung that comes too late",
			    "the rung \"%s\" (%s) %s, and \"%s\" (%s, line %d) comes only after it: are the two dates mixed up?",
			    rung->name, rung->at.text, why, later->name, later->at.text, later->where.line);
			return;
		}
}

struct timing {
	const char	*template;	/* NULL: the act's own */
	const struct row *rung;
	bool		 late;		/* after the date */
};
struct timings { struct timing *v; size_t n; };

static void
rung_timing(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	struct timings *timings = ctx;
	double days;

	if (place->part == PART_RUNG && row->template != NULL && days_from_due(check, row, &days) && days != 0)
		*(struct timing *)arena_push(check->arena, timings->v, timings->n) =
		    (struct timing){ row->template, row, days > 0 };
}

/* A letter that elsewhere goes out on the other side of the date only. */
static void
letters_fit_their_time(struct check *check)
{
	struct timings timings = { NULL, 0 };
	const struct timing *one, *other;
	const struct row *elsewhere;
	size_t i, j, alike, unlike;

	check_each_row(check, rung_timing, &timings);
	for (i = 0; i < timings.n && problems_errors(check->problems) == 0; i++) {
		one = &timings.v[i];
		alike = unlike = 0;
		elsewhere = NULL;
		for (j = 0; j < timings.n; j++) {
			other = &timings.v[j];
			if (strcmp(one->template, other->template) != 0)
				continue;
			alike += one->late == other->late;
			unlike += one->late != other->late;
			if (one->late != other->late && elsewhere == NULL)
				elsewhere = other->rung;
		}
		if (alike == 1 && unlike >= 2 && !told_of(check, one->rung->where))
			problem_warn(check->problems, one->rung->where,
			    "if the date of this rung is wrong, correct it, else name another template",
			    "the rung \"%s\" (%s) sends the template \"%s\" %s the date; everywhere else it goes out %s it, "
			    "such as \"%s\" (%s)", one->rung->name, one->rung->at.text, one->template,
			    one->late ? "after" : "before", one->late ? "before" : "after", elsewhere->name, elsewhere->at.text);
	}
}

/* ---- A ladder without rungs */

/* The first stage that is chased by the ladder, for what may stand in its rungs; NULL: none. */
static const struct stage *
stage_of(const struct pack *pack, const struct ladder *ladder)
{
	const struct stage *stage;
	size_t i, j, k;

	for (i = 0; i < pack->strand_count; i++)
		for (j = 0; j < pack->strands[i].stage_count; j++)
			for (stage = &pack->strands[i].stages[j], k = 0; k < stage->ladder_count; k++)
				if (stage->ladders[k].own == ladder || (ladder->name != NULL &&
				    stage->ladders[k].name != NULL && strcmp(stage->ladders[k].name, ladder->name) == 0))
					return stage;
	return NULL;
}

static bool
is_a_questions(const struct pack *pack, const struct ladder *ladder)
{
	size_t i;

	for (i = 0; ladder->name != NULL && i < pack->question_count; i++)
		if (strcmp(pack->questions[i].ladder, ladder->name) == 0)
			return true;
	return false;
}

/* When a rung might fall due there: on a date that the place knows. */
static const char *
rung_date(struct check *check, const struct ladder *ladder, const struct stage *stage)
{
	const struct pack *pack = check->pack;
	size_t i;

	if (stage != NULL && stage->due != NULL)
		return "due + 1 day";
	if ((stage != NULL && stage->ask != NULL) || (stage == NULL && is_a_questions(pack, ladder)))
		return "asked + 2 working days";
	for (i = 0; i < pack->deadline_count; i++)
		if (check_is_own(check, pack->deadlines[i].where.file) && !check_is_used(check, pack->deadlines[i].name))
			return arena_printf(check->arena, "%s + 1 day", pack->deadlines[i].name);
	return "entered + 5 working days";
}

static const char *
rung_act(struct check *check, const struct ladder *ladder, const struct stage *stage, const char *template)
{
	const char *to;

	if (template != NULL && (to = check_addressed(check, pack_template(check->pack, template))) != NULL)
		return arena_printf(check->arena, "send = \"%s\"; to = \"%s\"", template, to);
	if (template != NULL)
		return arena_printf(check->arena, "send = \"%s\"; to = \"...\"", template);
	if (stage != NULL ? stage->waits_for.n > 0 || stage->ask != NULL : is_a_questions(check->pack, ladder))
		return "remind = \"them\"";
	return "remind = \"owner\"";
}

/* What the pack has that only a rung taken out by mistake can have used: one stage, one template. */
static void
ladder_has_rungs(struct check *check, const struct ladder *ladder, const struct strand *strand)
{
	const struct stage *stage = stage_of(check->pack, ladder);
	struct strs stages = strand != NULL ? check_unreached(check, strand) : (struct strs){ NULL, 0 };
	struct strs unsent = check_unsent(check);
	const char *go = stages.n > 0 && stage != NULL && !stage->final ? stages.v[0] : NULL;
	const char *template = strand != NULL && unsent.n == 1 ? unsent.v[0] : NULL;
	const char *lost = "";

	if (go != NULL || template != NULL)
		lost = arena_printf(check->arena, "; without one nothing%s%s%s%s%s%s%s",
		    go != NULL ? " leads to the stage \"" : "", go != NULL ? go : "", go != NULL ? "\"" : "",
		    go != NULL && template != NULL ? ", and nothing" : "",
		    template != NULL ? " sends the template \"" : "", template != NULL ? template : "", template != NULL ? "\"" : "");
	problem_add(check->problems, ladder->where, arena_printf(check->arena, "for example  first : { at = \"%s\"; %s%s%s%s }",
	    rung_date(check, ladder, stage), rung_act(check, ladder, stage, template),
	    go != NULL ? "; go = \"" : "", go != NULL ? go : "", go != NULL ? "\"" : ""),
	    "the ladder has no rung%s", lost);
}

static void
one_ladder(struct check *check, const struct ladder *ladder, const struct strand *strand, const struct stage *stage)
{
	static const struct recipients nobody = { NULL, 0, { NULL, 0 } };
	const struct recipients *chased = stage != NULL ? &stage->waits_for : &nobody;

	if (ladder->empty)
		ladder_has_rungs(check, ladder, strand);
	if (!in_time_order(check, ladder, chased))
		return;
	widens_with_time(check, ladder, chased);
	last_word_comes_last(check, ladder);
}

bool
check_lost_a_rung(const struct strand *strand)
{
	size_t i, j;

	for (i = 0; i < strand->stage_count; i++)
		for (j = 0; j < strand->stages[i].ladder_count; j++)
			if (strand->stages[i].ladders[j].own != NULL && strand->stages[i].ladders[j].own->empty)
				return true;
	return false;
}

void
check_rungs(struct check *check)
{
	const struct pack *pack = check->pack;
	const struct strand *strand;
	const struct stage *stage;
	size_t i, j, k;

	for (i = 0; i < pack->ladder_count; i++)
		one_ladder(check, &pack->ladders[i], NULL, NULL);
	one_ladder(check, &pack->always_ladder, NULL, NULL);
	for (i = 0; i < pack->strand_count; i++) {
		strand = &pack->strands[i];
		one_ladder(check, &strand->always_ladder, strand, NULL);
		for (j = 0; j < strand->stage_count; j++)
			for (stage = &strand->stages[j], k = 0; k < stage->ladder_count; k++)
				if (stage->ladders[k].own != NULL)
					one_ladder(check, stage->ladders[k].own, strand, stage);
	}
	letters_fit_their_time(check);
}
