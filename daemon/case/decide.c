/*
 * What one event makes of one case.  Runs in core, simulate, explain, test and
 * replay, which all call decide(); pure: no clock, no file, no SQL.
 * Invariant: when it returns, state is what the store will hold once the
 * decision is applied.
 * Fails: never; what the rules cannot settle is held and put before a person.
 */
#include <string.h>

#include "case/turn.h"

static const struct where NOWHERE = { NULL, 0 };

/* ---- Beginning and ending a turn */

/* Arrays that came from elsewhere are copied, so that they may grow. */
#define COPY(turn, items, count)	((items) = arena_copy((turn)->arena, (items), (count)))

/* What the mail is, and which of the rules' phrases told something about it. */
static void
note_classified(const struct turn *turn, const struct classified *classified)
{
	const struct kind *kind = classified == NULL ? NULL : classified->kind;

	if (turn->world.reached == NULL || kind == NULL)
		return;
	reached_add(turn->world.reached, kind->where, NULL);
	for (size_t i = 0; i < classified->fact_count; i++) {
		const struct value_fact *fact = pack_value_fact(turn->pack, classified->facts[i].name);

		if (fact != NULL)
			reached_add(turn->world.reached, fact->where, NULL);
		for (size_t e = 0; e < kind->extract_count; e++)
			if (classified->facts[i].said && strcmp(kind->extracts[e].fact, classified->facts[i].name) == 0)
				reached_add(turn->world.reached, kind->extracts[e].where, NULL);
	}
}

void
turn_begin(struct turn *turn, struct arena *arena, const struct pack *pack, const struct world *world,
    struct case_state *state, const struct event *event, instant now)
{
	memset(turn, 0, sizeof(*turn));
	turn->arena = arena;
	turn->pack = pack;
	turn->world = *world;
	turn->directory = *world->directory;
	turn->world.directory = &turn->directory;
	turn->state = state;
	turn->event = event;
	turn->now = now;
	turn->today = instant_date(now);
	turn->decision = arena_alloc(arena, sizeof(*turn->decision));
	turn->decision->next_due = INSTANT_NONE;
	turn->mail_index = -1;
	if (event->mail != NULL && event->mail->from.address != NULL && event->mail->from.address[0] != '\0' && !event->by_hand)
		turn->sender = event->mail->from.address;
	COPY(turn, turn->directory.absences, turn->directory.absence_count);
	COPY(turn, state->facts, state->fact_count);
	COPY(turn, state->strands, state->strand_count);
	COPY(turn, state->entries, state->entry_count);
	COPY(turn, state->deadlines, state->deadline_count);
	COPY(turn, state->questions, state->question_count);
	COPY(turn, state->rungs, state->rung_count);
	COPY(turn, state->mails, state->mail_count);
	COPY(turn, state->sent, state->sent_count);
	note_classified(turn, event->classified);
}

/* Of a child whose rows agree, the list may know the birth date where no mail has said it: a fact then, told by the list. */
static void
born_by_list(struct turn *turn)
{
	const struct world *world = &turn->world;
	dayno born = DAY_NONE;

	if (turn->state->strand_count == 0 || turn->event->type == EVENT_ADMIN ||
	    case_fact_value(turn->state, 0, "date-of-birth") != NULL)
		return;
	for (size_t i = 0; i < world->involved_count; i++) {
		if (world->involved[i].born == DAY_NONE)
			continue;
		if (born != DAY_NONE && born != world->involved[i].born)
			return;
		born = world->involved[i].born;
	}
	if (born == DAY_NONE)
		return;
	turn_set_fact(turn, 0, "date-of-birth", date_iso(turn->arena, born), SOURCE_HEADER, "list");
	turn_why(turn, NOWHERE, "the involvement list tells the date of birth");
}

static void
turn_end(struct turn *turn, struct decision **decision_r)
{
	struct decision *decision = turn->decision;

	born_by_list(turn);
	schedule_deadlines(turn);
	stage_finish(turn);
	schedule_settle(turn);
	triage_settle(turn);
	acts_merge(turn);
	guards_hold(turn);
	for (size_t i = 0; i < decision->mail_count; i++) {
		const struct case_strand *strand = turn_strand(turn, decision->mails[i].strand);

		decision->mails[i].strand_name = strand == NULL ? NULL : strand->name;
	}
	for (size_t i = 0; i < turn->touched_strand_count; i++)
		*arena_push(turn->arena, decision->strands, decision->strand_count) =
		    *turn_strand(turn, turn->touched_strands[i]);
	for (size_t i = 0; i < turn->touched_question_count; i++)
		*arena_push(turn->arena, decision->questions, decision->question_count) =
		    *turn_question(turn, turn->touched_questions[i]);
	*decision_r = decision;
}

/* ---- Events */

/* As for a mail: every strand that has a row for it, the pack's rows only if none has. */
void
change_rows(struct turn *turn)
{
	const struct event *event = turn->event;
	bool taken = false;

	for (size_t i = 0; i < turn->state->strand_count; i++) {
		int no = turn->state->strands[i].no;
		const struct row *row = stage_row_for(turn, no, ON_CHANGED, event->changed, false);

		if (row == NULL)
			continue;
		stage_take(turn, no, row);
		taken = true;
	}
	for (size_t i = 0; i < turn->pack->always.n && !taken; i++) {
		const struct row *row = &turn->pack->always.v[i];

		if (!stage_row_fits(turn, 0, row, ON_CHANGED, event->changed))
			continue;
		stage_take(turn, 0, row);
		taken = true;
	}
}

static void
change_take(struct turn *turn)
{
	const struct event *event = turn->event;

	turn_why(turn, NOWHERE, "\"%s\" has changed%s%s%s%s", event->changed, event->before == NULL ? "" : ": before, ",
	    event->before == NULL ? "" : event->before, event->after == NULL ? "" : "; now, ",
	    event->after == NULL ? "" : event->after);
	if (strcmp(event->changed, "involvement") == 0)
		question_ask_list(turn);
	change_rows(turn);
}

void
decide(struct arena *arena, const struct pack *pack, const struct world *world,
    struct case_state *state, const struct event *event, instant now, struct decision **decision_r)
{
	struct turn turn;

	turn_begin(&turn, arena, pack, world, state, event, now);
	switch (event->type) {
	case EVENT_MAIL:
		mail_take(&turn);
		break;
	case EVENT_TIMER:
		schedule_run(&turn);
		break;
	case EVENT_CHANGED:
		change_take(&turn);
		break;
	case EVENT_ADMIN:
		admin_take(&turn);
		break;
	case EVENT_UNDELIVERED:
		undelivered_take(&turn);
		break;
	case EVENT_OPENED:
		break;
	}
	turn_end(&turn, decision_r);
	if (event->type == EVENT_ADMIN)
		admin_end(&turn);
}
