/*
 * A mail that a person sent by hand from the watched mailbox: evidence of what
 * was done, never a command (design section 4).  A request passed on by hand
 * starts the clock of whoever got it; advice returned by hand ends the
 * chasing.  What it can mean is read off the rules: the stage whose mails it
 * stands in for.
 * Runs wherever decide() does; pure.  Invariant (promise never-guess): a
 * strand moves only where one stage alone fits both the recipients and what
 * the mail carries; anything else is recorded and moves nothing.
 * Fails: never.
 */
#include <string.h>

#include "case/match.h"
#include "case/sent_reach.h"

static const struct where NOWHERE = { NULL, 0 };

static void
record(struct turn *turn, const char *why)
{
	turn_why(turn, NOWHERE, "sent by hand: %s", why);
}

static void
tell_owner(struct turn *turn, int strand, const char *reason)
{
	turn_hold(turn, strand, NOWHERE, "%s", reason);
	triage_ask(turn, TRIAGE_NOTE, "triage", "held", NULL);
}

/* Said once for where the strand stands. */
static void
unclear(struct turn *turn, int strand)
{
	struct case_rung once = {
		.strand = strand, .entry = turn_strand(turn, strand)->entry, .rung = "sent by hand: unclear", .occurrence = 1,
	};

	record(turn, "it may be one of several steps of the rules; nothing is moved");
	if (turn_rung_gone(turn, &once, true) && !turn->event->again)
		return;
	turn_rung_add(turn, &once);
	tell_owner(turn, strand, "A mail was sent by hand that may be one of several steps of this case, so nothing was moved. "
	    "If it was one, please answer what is still asked about the case.");
}

bool
sent_stands_for(const struct turn *turn, const struct row *row, const struct act *act, struct strs *addresses)
{
	const char *kind = turn->by_hand_kind == NULL ? NULL : reach_kind(row, act);
	struct strs left = { NULL, 0 };
	struct strs all;

	if (kind == NULL || (act != turn->by_hand_act && (strcmp(kind, turn->by_hand_kind) != 0 || strcmp(kind, ANY_KIND) == 0)))
		return false;
	all = reach_everybody(turn);
	for (size_t i = 0; i < addresses->n; i++)
		if (!strs_has_nocase(&all, addresses->v[i]))
			strs_add(turn->arena, &left, addresses->v[i]);
	*addresses = left;
	return left.n == 0;
}

/* The one who got it, whom nobody had named yet. */
static void
fill_role(struct turn *turn, const struct reach *reach)
{
	if (reach->role == NULL)
		return;
	turn_set_fact(turn, reach->strand, reach->role, reach->person, SOURCE_HEADER, "sent by hand");
	turn_why(turn, reach->where, "sent by hand to %s, who is now the %s", reach->person, reach->role);
}

static void
move(struct turn *turn, const struct reach *reach)
{
	struct facts_mark before = turn_mark(turn);
	bool well = true;

	turn->by_hand_act = reach->act;
	turn->by_hand_kind = reach->kind;
	fill_role(turn, reach);
	if (reach->question != 0)
		question_answered(turn, turn_question(turn, reach->question), "sent by hand", turn->event->mail->from.address);
	turn_why(turn, reach->where, "sent by hand: the mail that leads to \"%s\"", reach->stage->name);
	if (reach->row != NULL)
		well = stage_take(turn, reach->strand, reach->row);
	else
		stage_go(turn, reach->strand, reach->stage->name, reach->where);
	turn->by_hand_act = NULL;
	turn->by_hand_kind = NULL;
	if (well)
		return;
	turn_undo(turn, &before);
	if (reach->question != 0)
		question_open_again(turn_question(turn, reach->question));
}

/* Several strands may each have their step in one mail, where it is sure that all of them are in it. */
static bool
is_certain(const struct reaches *found)
{
	for (size_t i = 0; i < found->n && found->n > 1; i++) {
		if (!found->v[i].seen || found->v[i].role != NULL)
			return false;
		for (size_t j = 0; j < i; j++)
			if (found->v[j].strand == found->v[i].strand)
				return false;
	}
	return true;
}

static void
step_taken(struct turn *turn, const struct reach *reach)
{
	const struct stage *stage = turn_stage(turn, reach->strand);

	if (stage != reach->stage) {
		move(turn, reach);
	} else if (reach->role != NULL) {
		fill_role(turn, reach);
		schedule_deadlines(turn);
	} else {
		record(turn, "what the daemon had sent as well; nothing changes");
	}
}

static void
follow(struct turn *turn, const struct reaches *found)
{
	if (!is_certain(found)) {
		unclear(turn, found->v[0].strand);
		return;
	}
	turn->state->mails[turn->mail_index].strand = turn->decision->taken_by = found->v[0].strand;
	for (size_t i = 0; i < found->n; i++)
		step_taken(turn, &found->v[i]);
}

/* What is said about a mail of staff's own needs nobody's answer, and the mail waits nowhere. */
static void
calm(struct turn *turn)
{
	for (size_t i = 0; i < turn->decision->held_count; i++)
		turn->decision->held[i].kind = TRIAGE_NOTE;
	turn->decision->needs_person = false;
}

static void
look(struct turn *turn)
{
	struct reaches ends = { NULL, 0 }, known = { NULL, 0 }, filled = { NULL, 0 };

	reach_find(turn, &ends, &known, &filled);
	/* An end goes before a step; whom the rules name already, before somebody whom the mail would name. */
	if (ends.n > 0)
		follow(turn, &ends);
	else if (known.n > 0)
		follow(turn, &known);
	else if (filled.n > 0)
		follow(turn, &filled);
	else
		record(turn, "it is none of the steps of the rules; recorded");
}

void
sent_take(struct turn *turn)
{
	const char *wrong;

	if (turn->event->mail->notice != NOTICE_NONE || turn->state->closed != INSTANT_NONE)
		record(turn, "recorded");
	else if (!turn->event->guards_released &&
	    (wrong = match_wrong_child(turn->arena, turn->pack, turn->event->mail, turn->state,
	    turn->world.named, turn->world.named_count)) != NULL)
		tell_owner(turn, 0, arena_printf(turn->arena, "A mail was sent by hand about this case, and nothing was moved: %s. "
		    "If it went to the wrong person, please act on it at once.", wrong));
	else
		look(turn);
	calm(turn);
}

void
sent_without_case(struct turn *turn, bool ambiguous)
{
	const struct message *mail = turn->event->mail;
	size_t files = 0;

	for (size_t i = 0; i < mail->document_count; i++)
		files += !mail->documents[i].is_inline;
	if (!ambiguous || files == 0) {
		record(turn, "it fits no case; recorded");
		return;
	}
	tell_owner(turn, 0, "A mail with files was sent by hand that speaks of more than one case. Nothing was moved; "
	    "please make sure that each file went to the right person.");
	calm(turn);
}
