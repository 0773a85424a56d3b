/*
 * Moving a strand from stage to stage: which row takes an event, and what
 * entering a stage does (do, choose, ask).
 * Runs wherever decide() does; pure.  Invariant: a strand stands in exactly
 * one stage, and leaving it withdraws what was asked there.
 * Fails: never; what cannot be done is held for a person, with the reason.
 */
#include <string.h>

#include "case/turn.h"

bool
stage_row_fits(struct turn *turn, int strand, const struct row *row, enum event_word event, const char *name)
{
	struct cond_query conditions = turn_conditions(turn, strand);
	struct chased chased = turn_chased(turn, strand);

	conditions.them = chased.them;
	if (row->event != event)
		return false;
	if (event != ON_NONE && event != ON_COMMAND && event != ON_OPENED &&
	    !strs_has(&row->names, name) && !strs_has(&row->names, "any"))
		return false;
	if (event == ON_COMMAND && !pattern_begins(row->command, turn->arena, name, NULL, 0, NULL))
		return false;
	if (row->from_whom.n > 0) {
		struct people_query query = turn_query(turn, strand, &chased);

		if (turn->sender == NULL || !people_fits(turn->arena, &query, &row->from_whom, turn->sender))
			return false;
	}
	if (!conditions_hold(turn->arena, &conditions, &row->when))
		return false;
	return row->unless.n == 0 || !conditions_hold(turn->arena, &conditions, &row->unless);
}

static const struct row *
first_that_fits(struct turn *turn, int strand, const struct rows *rows, enum event_word event, const char *name)
{
	for (size_t i = 0; i < rows->n; i++)
		if (stage_row_fits(turn, strand, &rows->v[i], event, name))
			return &rows->v[i];
	return NULL;
}

const struct row *
stage_row_for(struct turn *turn, int strand, enum event_word event, const char *name, bool packs_too)
{
	const struct case_strand *s = turn_strand(turn, strand);
	const struct strand *rules = turn_strand_rules(turn, strand);
	const struct stage *stage = turn_stage(turn, strand);
	const struct row *row = NULL;

	/* A strand that was ended by a row stands in no final stage: nothing is awaited there any more. */
	if (stage != NULL && (stage->final || !s->final))
		row = first_that_fits(turn, strand, &stage->on, event, name);
	if (row == NULL && rules != NULL && s != NULL && !s->final)
		row = first_that_fits(turn, strand, &rules->always, event, name);
	if (row == NULL && packs_too)
		row = first_that_fits(turn, strand, &turn->pack->always, event, name);
	return row;
}

/* "back": the stage before the present one; a strand that has none stays where it is. */
static const char *
went_before(const struct turn *turn, const struct case_strand *strand)
{
	const char *before = case_stage_before(turn->state, strand->no, strand->entry);

	return before == NULL ? strand->stage : before;
}

bool
stage_take(struct turn *turn, int strand, const struct row *row)
{
	struct chased chased = turn_chased(turn, strand);
	const struct case_strand *s = turn_strand(turn, strand);

	if (turn->event->mail != NULL && turn->mail_index >= 0 && strand != 0 &&
	    turn->state->mails[turn->mail_index].strand == 0) {
		turn->state->mails[turn->mail_index].strand = strand;
		turn->decision->taken_by = strand;
	}
	if (acts_run(turn, strand, row, &chased) == ACTED_HELD)
		return false;
	if (row->go != NULL && s != NULL)
		stage_go(turn, strand, strcmp(row->go, "back") == 0 ? went_before(turn, s) : row->go, row->where);
	return true;
}

/* Every strand of this name has ended: rows "ended = NAME". */
void
stage_ended(struct turn *turn, const char *name)
{
	const struct row *row;

	for (size_t i = 0; i < turn->state->strand_count; i++)
		if (strcmp(turn->state->strands[i].name, name) == 0 && !turn->state->strands[i].final)
			return;
	row = first_that_fits(turn, 0, &turn->pack->always, ON_ENDED, name);
	if (row != NULL)
		stage_take(turn, 0, row);
}

static void
stage_enter(struct turn *turn, int strand, const struct stage *stage)
{
	int entry = turn_strand(turn, strand)->entry;
	struct strs others = divide_stage(turn, strand, stage);
	const struct row *row;

	for (size_t i = 0; !turn->quiet && i < stage->entry.n; i++) {
		struct chased chased = turn_chased(turn, strand);

		if (stage_row_fits(turn, strand, &stage->entry.v[i], ON_NONE, NULL))
			acts_run(turn, strand, &stage->entry.v[i], &chased);
	}
	row = first_that_fits(turn, strand, &stage->choose, ON_NONE, NULL);
	if (row != NULL)
		stage_take(turn, strand, row);
	if (stage->ask != NULL && turn_strand(turn, strand)->entry == entry)
		question_put(turn, strand, stage->ask, stage->ask_of.n > 0 ? &stage->ask_of : NULL, stage->where);
	divide_others(turn, strand, stage, &others);
}

/* Entries that were taken back stay in the history: their numbers are not used again. */
static int
next_entry(const struct turn *turn, const struct case_strand *strand)
{
	int next = strand->entry;

	for (size_t i = 0; i < turn->state->entry_count; i++)
		if (turn->state->entries[i].strand == strand->no && turn->state->entries[i].entry > next)
			next = turn->state->entries[i].entry;
	return next + 1;
}

void
stage_go(struct turn *turn, int strand, const char *name, struct where where)
{
	struct case_strand *s = turn_strand(turn, strand);
	const struct strand *rules = turn_strand_rules(turn, strand);
	const struct stage *stage = rules == NULL ? NULL : strand_stage(rules, name);
	struct case_entry *entry;
	int from = s->entry;

	if (stage == NULL || ++turn->steps > TURN_STEPS_MAX) {
		turn_hold(turn, strand, where, "the rules lead nowhere from stage \"%s\" to \"%s\"", s->stage, name);
		return;
	}
	question_withdraw(turn, strand, stage->final);
	s->stage = stage->name;
	s->entry = next_entry(turn, s);
	s->entered = turn_moment(turn, strand);
	s->chased = "";
	s->held = false;
	s->final = stage->final;
	turn_touch_strand(turn, strand);
	entry = arena_push(turn->arena, turn->state->entries, turn->state->entry_count);
	*entry = (struct case_entry){
		.strand = strand, .entry = s->entry, .stage = stage->name, .at = s->entered,
		.rule = where.file != NULL ? where_text(turn->arena, where) : turn->event->admin == NULL ? "" : "an administrator",
		.from = from,
	};
	*arena_push(turn->arena, turn->decision->entries, turn->decision->entry_count) = *entry;
	turn_why(turn, where, "strand %s goes to stage \"%s\"", s->name, stage->name);
	reached_add(turn->world.reached, rules->where, NULL);
	reached_add(turn->world.reached, stage->where, NULL);
	turn_changed(turn, "Where the case stands now: %s.", pack_called(turn->pack, turn->arena, stage->name));
	schedule_deadlines(turn);
	stage_enter(turn, strand, stage);
	if (stage->final)
		stage_ended(turn, rules->name);
}

int
stage_strand(struct turn *turn, const struct strand *rules, const char *service)
{
	struct case_state *state = turn->state;
	struct case_strand *s;
	int no = 1;

	for (size_t i = 0; i < state->strand_count; i++)
		if (state->strands[i].no >= no)
			no = state->strands[i].no + 1;
	for (size_t i = 0; i < state->entry_count; i++)		/* of one that was taken back */
		if (state->entries[i].strand >= no)
			no = state->entries[i].strand + 1;
	s = arena_push(turn->arena, state->strands, state->strand_count);
	*s = (struct case_strand){
		.no = no, .name = rules->name, .service = service, .stage = "",
		.began = turn->now, .entered = turn->now, .chased = "", .held_at = INSTANT_NONE,
	};
	turn_touch_strand(turn, no);
	return no;
}

void
stage_begin(struct turn *turn, const struct strand *rules, const struct row *row)
{
	stage_take(turn, stage_strand(turn, rules, ""), row);
}

void
stage_finish(struct turn *turn)
{
	struct case_state *state = turn->state;
	bool open = false;

	for (size_t i = 0; i < state->strand_count; i++)
		open |= !state->strands[i].final;
	if (state->strand_count > 0 && !open && state->closed == INSTANT_NONE) {
		state->closed = turn->now;
		turn->decision->ends_case = true;
	} else if (open && state->closed != INSTANT_NONE) {
		state->closed = INSTANT_NONE;
		turn->decision->reopens_case = true;
	}
}
