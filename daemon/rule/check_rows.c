/*
 * Proof: a row can do what it says: it has an event where one is needed and
 * none where none can come, its acts have what they need, and it does
 * something.
 * Fails: never; what is wrong goes to the problems.
 */
#include <string.h>

#include "rule/check.h"

static bool
sends_mail(const struct row *row)
{
	return check_act(row, ACT_FORWARD) != NULL || check_act(row, ACT_SEND) != NULL ||
	    check_act(row, ACT_REPLY) != NULL || check_act(row, ACT_REMIND) != NULL ||
	    check_act(row, ACT_ESCALATE) != NULL;
}

static bool
event_may_stand(const struct row *row, const struct place *place)
{
	switch (place->part) {
	case PART_DO:
	case PART_CHOOSE:
	case PART_RUNG:
		return row->event == ON_NONE;
	case PART_BEGINS:
		return row->event == ON_KIND;
	default:
		return row->event != ON_NONE;
	}
}

static void
event_fits(struct check *check, const struct row *row, const struct place *place)
{
	if (event_may_stand(row, place))
		return;
	if (place->part == PART_BEGINS)
		problem_add(check->problems, row->where, NULL,
		    "a row of \"begins\" needs a kind of mail:  kind = \"...\"");
	else if (row->event == ON_NONE)
		problem_add(check->problems, row->where, NULL, "the row does not say on what; "
		    "add kind, answer, command, notice, changed, opened or ended");
	else
		problem_add(check->problems, row->where, "rows with events stand in \"on\"",
		    "%s cannot wait for an event; take it out",
		    place->part == PART_RUNG ? "a rung"
		    : place->part == PART_DO ? "a row of \"do\", which acts on entry,"
					     : "a row of \"choose\", which acts on entry,");
}

/* What the mail of an act needs; a mail or an answer is at hand only after such an event. */
static void
act_can(struct check *check, const struct row *row, const struct act *act)
{
	const char *name = act_word_name(act->word);
	const struct question *question;

	if ((act->word == ACT_FORWARD || act->word == ACT_SEND) && row->to.n == 0)
		problem_add(check->problems, row->where, check_to_hint(check, row, act),
		    "\"%s\" does not say to whom", name);
	if (act->word == ACT_FORWARD && act->value != NULL && strcmp(act->value, "this") == 0 &&
	    row->event != ON_KIND)
		problem_add(check->problems, row->where,
		    "name a kind of mail: the latest one is forwarded",
		    "there is no mail here to forward as \"this\"");
	if (act->word == ACT_REPLY && (row->event == ON_NONE || row->event == ON_OPENED ||
					  row->event == ON_ENDED || row->event == ON_CHANGED))
		problem_add(check->problems, row->where, "use send, with  to = \"...\"",
		    "there is no mail here to reply to");
	if (act->word == ACT_ASK && (question = pack_question(check->pack, act->value)) != NULL &&
	    question->of.n == 0 && row->of.n == 0)
		problem_add(check->problems, question->where, check_of_hint(check, question),
		    "the question \"%s\" does not say whom to ask", act->value);
}

/* "them" is somebody where the stage waits for somebody or asks; of a named ladder it is whoever is chased. */
static const char *
rung_hint(const struct check *check, const struct row *rung, const struct place *place)
{
	const char *last = "escalate = \"their manager else owner\"; every = \"1 week\"";
	const struct rows *rungs;
	size_t i;

	for (i = 0; place->strand == NULL && i < check->pack->ladder_count; i++) {
		rungs = &check->pack->ladders[i].rungs;
		if (rungs->n > 0 && rung == &rungs->v[rungs->n - 1])
			return last;
	}
	for (i = 0; place->stage != NULL && place->stage->waits_for.n > 0 && i < place->stage->ladder_count; i++)
		if (place->stage->ladders[i].own != NULL) {
			rungs = &place->stage->ladders[i].own->rungs;
			if (rungs->n > 0 && rung == &rungs->v[rungs->n - 1])
				return last;
		}
	if (place->strand == NULL || (place->stage != NULL && (place->stage->waits_for.n > 0 || place->stage->ask != NULL)))
		return "remind = \"them\"";
	return "remind = \"owner\",  or another role";
}

static void
row_can(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	size_t i;

	(void)ctx;
	event_fits(check, row, place);
	for (i = 0; i < row->act_count && event_may_stand(row, place); i++)
		act_can(check, row, &row->acts[i]);
	if (row->cc.n > 0 && !sends_mail(row))
		problem_add(
		    check->problems, row->where, NULL, "\"cc\" stands without a mail to copy");
	if (row->to.n > 0 && check_act(row, ACT_FORWARD) == NULL &&
	    check_act(row, ACT_SEND) == NULL)
		problem_add(check->problems, row->where,
		    "remind and escalate name the person themselves",
		    "\"to\" stands without forward or send");
	if (row->of.n > 0 && check_act(row, ACT_ASK) == NULL)
		problem_add(check->problems, row->where, NULL, "\"of\" stands without ask");
	if (row->template != NULL && !sends_mail(row) && check_act(row, ACT_ASK) == NULL)
		problem_add(
		    check->problems, row->where, NULL, "\"template\" stands without a mail");
	if (row->act_count == 0 && row->go == NULL && row->starts == NULL && place->part == PART_RUNG)
		problem_add(check->problems, row->where, rung_hint(check, row, place),
		    "the rung \"%s\" says when, but not what is to happen then", row->name);
	else if (row->act_count == 0 && row->go == NULL && row->starts == NULL)
		problem_add(check->problems, row->where, "say so with  record = \"why\"",
		    "the row does nothing");
	if (row->go == NULL &&
	    (place->part == PART_BEGINS || (place->part == PART_CHOOSE && row->act_count == 0)))
		problem_add(check->problems, row->where, NULL,
		    "the row does not say where it goes: \"go\" is missing");
	if (row->go != NULL && row->stay)
		problem_add(
		    check->problems, row->where, NULL, "\"go\" and \"stay\" contradict each other");
	if (row->for_each != NULL && place->part != PART_BEGINS)
		problem_add(
		    check->problems, row->where, NULL, "\"for-each\" stands in \"begins\" only");
}

/* Is every name of b one of a? */
static bool
names_within(const struct row *b, const struct row *a)
{
	size_t i;

	if (a->event == ON_ANSWER && strs_has(&a->names, "any"))
		return true;
	for (i = 0; i < b->names.n; i++)
		if (!strs_has(&a->names, b->names.v[i]))
			return false;
	return b->names.n > 0 || a->event == ON_OPENED;
}

/* What keeps a from being taken keeps b from it too. */
static bool
unless_within(const struct row *b, const struct row *a)
{
	return a->unless.n == 0 || (b->unless.n > 0 && check_conditions_within(&a->unless, &b->unless));
}

/* Does a take all that b would, whatever the case? */
static bool
row_within(const struct check *check, const struct row *b, const struct row *a)
{
	return a->event == b->event && a->event != ON_NONE && names_within(b, a) &&
	    (a->from.n == 0 || check_senders_within(check, &b->from, &a->from)) &&
	    check_conditions_within(&b->when, &a->when) &&
	    unless_within(b, a);
}

/* A row behind one that always fits first is never reached. */
static void
never_reached(struct check *check, const struct rows *rows)
{
	size_t i, j;

	for (j = 1; j < rows->n; j++)
		for (i = 0; i < j; i++) {
			/* Of rows for a case that opened all that fit are taken; only twins are a slip. */
			if (!row_within(check, &rows->v[j], &rows->v[i]) ||
			    (rows->v[j].event == ON_OPENED && !row_within(check, &rows->v[i], &rows->v[j])))
				continue;
			problem_add(check->problems, rows->v[j].where, "the first row that fits is taken",
			    "the row is never reached: the row on line %d always fits first",
			    rows->v[i].where.line);
			break;
		}
}

/* A junction takes the first row that fits. */
static void
never_chosen(struct check *check, const struct rows *rows)
{
	size_t i, j;

	for (j = 1; j < rows->n; j++)
		for (i = 0; i < j; i++) {
			if ((rows->v[i].from.n > 0 &&
			    !check_senders_within(check, &rows->v[j].from, &rows->v[i].from)) ||
			    !check_conditions_within(&rows->v[j].when, &rows->v[i].when) ||
			    !unless_within(&rows->v[j], &rows->v[i]))
				continue;
			problem_add(check->problems, rows->v[j].where,
			    check_row_is_certain(&rows->v[i]) ? "the row without \"when\" stands last" : NULL,
			    "the row is never reached: the row on line %d always fits first",
			    rows->v[i].where.line);
			break;
		}
}

static void
role_never_chosen(struct check *check, const struct role *role)
{
	size_t i, j;

	for (j = 1; j < role->choice_count; j++)
		for (i = 0; i < j; i++) {
			if (!check_conditions_within(&role->choices[j].when, &role->choices[i].when))
				continue;
			problem_add(check->problems, role->choices[j].where, "the first that fits is taken",
			    "the choice is never reached: the one on line %d always fits first",
			    role->choices[i].where.line);
			break;
		}
}

void
check_rows(struct check *check)
{
	const struct pack *pack = check->pack;
	size_t i, j;

	check_each_row(check, row_can, NULL);
	for (i = 0; i < pack->role_count; i++)
		role_never_chosen(check, &pack->roles[i]);
	never_reached(check, &pack->always);
	for (i = 0; i < pack->strand_count; i++) {
		never_reached(check, &pack->strands[i].begins);
		never_reached(check, &pack->strands[i].always);
		for (j = 0; j < pack->strands[i].stage_count; j++) {
			never_reached(check, &pack->strands[i].stages[j].on);
			never_chosen(check, &pack->strands[i].stages[j].choose);
		}
	}
}
