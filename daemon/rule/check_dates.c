/*
 * Proof: deadlines rest on each other without a circle, and a stage's deadline
 * can be known on every way into it.  A way makes a date known when a mail, an
 * answer or an act on it brings the date; what a mail may or may not say
 * counts as said, since a person is asked otherwise.
 * Fails: never; what is wrong goes to the problems.
 */
#include <string.h>

#include "rule/check.h"

/* ---- Circles */

static bool
rests_on_itself(const struct check *check, const struct deadline *target,
    const struct deadline *deadline, size_t depth)
{
	const struct deadline *base;
	size_t i;

	for (i = 0; i < deadline->is.term_count; i++) {
		base = pack_deadline(check->pack, deadline->is.terms[i].base);
		if (base == NULL)
			continue;
		if (base == target || (depth < check->pack->deadline_count &&
		    rests_on_itself(check, target, base, depth + 1)))
			return true;
	}
	return false;
}

static void
deadline_is_anchored(struct check *check, const struct deadline *deadline)
{
	size_t i;

	if (rests_on_itself(check, deadline, deadline, 0))
		problem_add(check->problems, deadline->where, NULL,
		    "the deadline \"%s\" rests on itself: \"%s\"", deadline->name,
		    deadline->is.text);
	for (i = 0; i < deadline->is.term_count; i++)
		if (deadline->is.terms[i].base != NULL &&
		    strcmp(deadline->is.terms[i].base, "due") == 0)
			problem_add(check->problems, deadline->where,
			    "name the fact or deadline that it counts from",
			    "the deadline \"%s\" counts from \"due\", which is a deadline itself",
			    deadline->name);
}

/* ---- What is known where */

/* One date of interest, and in which stages of one strand it is known whichever way a case came. */
struct known {
	struct check	*check;
	const struct strand *strand;
	struct ways	 ways;
	bool		 surely;	/* what other strands, or rows that hold anywhere, may have brought does not count */
};

static bool
kind_brings(const struct pack *pack, const char *kind_name, const char *date)
{
	const struct kind *kind = pack_kind(pack, kind_name);
	size_t i;

	if (strcmp(kind_name, date) == 0)
		return true;
	for (i = 0; kind != NULL && i < kind->extract_count; i++)
		if (strcmp(kind->extracts[i].fact, date) == 0)
			return true;
	return false;
}

static bool
answer_brings(const struct pack *pack, const char *word, const char *date)
{
	const struct answer *answer;
	size_t i, j;

	for (i = 0; i < pack->question_count; i++)
		for (j = 0; j < pack->questions[i].answer_count; j++) {
			answer = &pack->questions[i].answers[j];
			if ((strcmp(answer->word, word) == 0 || strcmp(word, "any") == 0) &&
			    answer->pattern != NULL &&
			    strs_has(pattern_holes(answer->pattern), date))
				return true;
		}
	return false;
}

static bool
row_brings(const struct pack *pack, const struct row *row, const char *date)
{
	size_t i, j;

	if (row->starts != NULL && strcmp(row->starts, date) == 0)
		return true;
	for (i = 0; i < row->act_count; i++)
		for (j = 0; j < row->acts[i].set_count; j++)
			if (strcmp(row->acts[i].sets[j].fact, date) == 0)
				return true;
	for (i = 0; i < row->names.n; i++)
		if ((row->event == ON_KIND && kind_brings(pack, row->names.v[i], date)) ||
		    (row->event == ON_ANSWER && answer_brings(pack, row->names.v[i], date)))
			return true;
	return row->command != NULL && strs_has(pattern_holes(row->command), date);
}

/* Known without any way: what every mail may tell, and what other strands have brought. */
static bool
known_anyhow(const struct known *known, const char *date)
{
	static const char *const always[] = { "received", "entered", "held", "today", "due-date",
		"request-date", "date-of-birth", "last-heard", "back-on" };
	const struct pack *pack = known->check->pack;
	size_t i, j;

	for (i = 0; i < sizeof always / sizeof *always; i++)
		if (strcmp(always[i], date) == 0)
			return true;
	for (i = 0; !known->surely && i < pack->strand_count; i++)
		for (j = 0; &pack->strands[i] != known->strand && j < pack->strands[i].begins.n;
		     j++)
			if (row_brings(pack, &pack->strands[i].begins.v[j], date))
				return true;
	for (i = 0; !known->surely && i < pack->always.n; i++)
		if (row_brings(pack, &pack->always.v[i], date))
			return true;
	return false;
}

static bool
entry_brings(const struct known *known, size_t stage, const char *date)
{
	const struct rows *entry = &known->strand->stages[stage].entry;
	size_t i;

	for (i = 0; i < entry->n; i++)
		if (row_brings(known->check->pack, &entry->v[i], date))
			return true;
	return false;
}

/* Where a case was before, it has kept what was known there. */
static bool
leads_back(const struct way *way)
{
	return way->row->go != NULL && strcmp(way->row->go, "back") == 0;
}

/* Begin with "known everywhere", and take away until nothing changes. */
static bool *
spread(const struct known *known, const char *date)
{
	size_t i, count = known->strand->stage_count;
	bool *in = arena_alloc(known->check->arena, (count + 1) * sizeof *in), changed = true;
	const struct way *way;

	memset(in, true, count * sizeof *in);
	while (changed)
		for (changed = false, i = 0; i < known->ways.n; i++) {
			way = &known->ways.v[i];
			if (way->to == WAY_END || !in[way->to] || leads_back(way) ||
			    row_brings(known->check->pack, way->row, date))
				continue;
			if (way->from != WAY_BEGIN &&
			    (in[way->from] || entry_brings(known, way->from, date)))
				continue;
			in[way->to] = false;
			changed = true;
		}
	return in;
}

static bool
date_known(const struct known *known, size_t stage, const char *date)
{
	if (known_anyhow(known, date) || entry_brings(known, stage, date))
		return true;
	if (strcmp(date, "asked") == 0 && known->strand->stages[stage].ask != NULL)
		return true;
	return spread(known, date)[stage];
}

bool
check_known_in(struct check *check, const struct strand *strand, size_t stage, const char *name)
{
	const struct known known = { check, strand, check_ways(check, strand), true };

	return date_known(&known, stage, name);
}

static bool
deadline_known(
    const struct known *known, size_t stage, const struct deadline *deadline, size_t depth)
{
	const struct deadline *base;
	const char *name;
	size_t i;

	if (rests_on_itself(known->check, deadline, deadline, 0))
		return true;		/* said already */
	for (i = 0; i < deadline->is.term_count; i++) {
		name = deadline->is.terms[i].base;
		if (name == NULL)
			return true;
		base = pack_deadline(known->check->pack, name);
		if (base != NULL && depth <= known->check->pack->deadline_count) {
			if (deadline_known(known, stage, base, depth + 1))
				return true;
		} else if (base == NULL &&
			   (!check_date_base(known->check, name) || date_known(known, stage, name)))
			return true;
	}
	return deadline->is.term_count == 0;
}

/* A way on a kind of mail that there is not: what it brings cannot be judged, and that it is unknown was said. */
static bool
ways_are_known(const struct check *check, const struct ways *ways)
{
	const struct row *row;
	size_t i, j;

	for (i = 0; i < ways->n; i++)
		for (row = ways->v[i].row, j = 0; row->event == ON_KIND && j < row->names.n; j++)
			if (strs_has(&check->missing, row->names.v[j]))
				return false;
	return true;
}

static void
stage_deadlines(struct check *check, const struct strand *strand)
{
	struct known known = { check, strand, check_ways(check, strand), false };
	const struct deadline *deadline;
	size_t i;

	for (i = 0; i < strand->stage_count && ways_are_known(check, &known.ways); i++) {
		deadline = pack_deadline(check->pack, strand->stages[i].due);
		if (deadline != NULL && !deadline_known(&known, i, deadline, 0))
			problem_add(check->problems, strand->stages[i].where,
			    arena_printf(
				check->arena, "%s is \"%s\"", deadline->name, deadline->is.text),
			    "a case can come into the stage \"%s\" without its deadline \"%s\" "
			    "being known",
			    strand->stages[i].name, deadline->name);
	}
}

void
check_dates(struct check *check)
{
	size_t i;

	for (i = 0; i < check->pack->deadline_count; i++)
		deadline_is_anchored(check, &check->pack->deadlines[i]);
	for (i = 0; i < check->pack->strand_count; i++)
		stage_deadlines(check, &check->pack->strands[i]);
}
