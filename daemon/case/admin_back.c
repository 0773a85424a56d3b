/*
 * Taking back what one mail, or one change of an administrator's, has made of
 * a case: strands and questions become what they were before it touched them,
 * facts give way to those that they had replaced.
 * Runs wherever decide() does; pure.  Invariant: something that has been built
 * on it since is in the way, and then nothing is taken back; what has gone out
 * has gone (a rung's key stays, promise once).
 * Fails: false, with what is in the way in the decision.
 */
#include <string.h>

#include "case/turn.h"

struct cause { int64_t message, change; };

static bool
caused(const struct cause *cause, int64_t message, int64_t change)
{
	return cause->change != 0 ? change == cause->change : message == cause->message;
}

static bool
same_thing(const struct case_touch *a, const struct case_touch *b)
{
	return a->strand_no == b->strand_no && a->question_no == b->question_no;
}

/* The first touch of this thing by the cause: what it was before that, it becomes again. */
static bool
is_first(const struct admin *admin, size_t at, const struct cause *cause)
{
	for (size_t i = 0; i < at; i++)
		if (same_thing(&admin->touches[i], &admin->touches[at]) &&
		    caused(cause, admin->touches[i].message, admin->touches[i].change))
			return false;
	return caused(cause, admin->touches[at].message, admin->touches[at].change);
}

/* What touched it after the cause had, or NULL. */
static const struct case_touch *
touched_since(const struct admin *admin, size_t at, const struct cause *cause)
{
	for (size_t i = admin->touch_count; i-- > at + 1;)
		if (same_thing(&admin->touches[i], &admin->touches[at]) &&
		    !caused(cause, admin->touches[i].message, admin->touches[i].change))
			return &admin->touches[i];
	return NULL;
}

/* ---- What is in the way */

static const char *
who_did(struct turn *turn, int64_t message, int64_t change)
{
	if (change != 0)
		return arena_printf(turn->arena, "change %lld", (long long)change);
	if (message != 0)
		return arena_printf(turn->arena, "mail %lld", (long long)message);
	return "the rules, as time passed";
}

static const char *
stage_called(const struct turn *turn, const struct case_strand *strand)
{
	return pack_called(turn->pack, turn->arena, strand->stage);
}

static void
strands_in_the_way(struct turn *turn, const struct cause *cause, struct strs *ways)
{
	const struct admin *admin = turn->event->admin;

	for (size_t i = 0; i < admin->touch_count; i++) {
		const struct case_touch *touch = &admin->touches[i], *since;
		const struct case_strand *strand = turn_strand(turn, touch->strand_no);

		if (touch->strand_no == 0 || !is_first(admin, i, cause) || (since = touched_since(admin, i, cause)) == NULL)
			continue;
		strs_add(turn->arena, ways, arena_printf(turn->arena, "%s has gone on since, to \"%s\" (%s, %s)",
		    strand == NULL ? "a line of work" : strand->name, strand == NULL ? "its end" : stage_called(turn, strand),
		    who_did(turn, since->message, since->change), date_words(turn->arena, instant_date(since->at))));
	}
}

static const struct case_fact *
fact_now(const struct turn *turn, const struct case_fact *like)
{
	for (size_t i = turn->state->fact_count; i-- > 0;) {
		const struct case_fact *fact = &turn->state->facts[i];

		if (!fact->superseded && fact->strand == like->strand && strcmp(fact->name, like->name) == 0)
			return fact;
	}
	return NULL;
}

/* A change that was overtaken: to take it back would change nothing, or the wrong thing. */
static void
facts_in_the_way(struct turn *turn, const struct cause *cause, struct strs *ways)
{
	for (size_t i = 0; cause->change != 0 && i < turn->state->fact_count; i++) {
		const struct case_fact *fact = &turn->state->facts[i], *now;

		if (fact->change != cause->change || (now = fact_now(turn, fact)) == NULL || now->change == cause->change)
			continue;
		strs_add_new(turn->arena, ways, arena_printf(turn->arena, "%s was told anew since (%s, %s)", fact->name,
		    who_did(turn, now->message, now->change), date_words(turn->arena, instant_date(now->at))));
	}
}

/* ---- Facts */

static bool
in_the_case(const struct turn *turn, int64_t message)
{
	for (size_t i = 0; i < turn->state->mail_count; i++)
		if (turn->state->mails[i].message == message)
			return true;
	return message == 0;
}

/* One that came back after something else was taken back stands where it first stood. */
static size_t
first_told(const struct turn *turn, size_t at, const struct cause *cause)
{
	const struct case_fact *facts = turn->state->facts;

	for (size_t i = 0; i < at; i++)
		if (facts[i].strand == facts[at].strand && strcmp(facts[i].name, facts[at].name) == 0 &&
		    caused(cause, facts[i].message, facts[i].change))
			return i;
	return at;
}

/* The newest older one that still counts; NULL: it was not known, or had been forgotten. */
static const struct case_fact *
fact_before(const struct turn *turn, size_t at, const struct cause *cause)
{
	const struct case_fact *fact = &turn->state->facts[at];

	at = first_told(turn, at, cause);
	for (size_t i = at; i-- > 0;) {
		const struct case_fact *older = &turn->state->facts[i];

		if (older->strand == fact->strand && strcmp(older->name, fact->name) == 0 &&
		    !caused(cause, older->message, older->change) && in_the_case(turn, older->message))
			return older->value[0] == '\0' && older->message == 0 ? NULL : older;
	}
	return NULL;
}

static void
fact_back(struct turn *turn, size_t at, const struct cause *cause)
{
	const struct case_fact *before = fact_before(turn, at, cause);
	struct case_fact fact = before == NULL ? (struct case_fact){
		.name = turn->state->facts[at].name, .value = "", .strand = turn->state->facts[at].strand,
		.source = SOURCE_HEADER, .who = "administrator", .at = turn->now,
	} : *before;

	fact.superseded = before == NULL;
	turn->state->facts[at].superseded = true;
	*arena_push(turn->arena, turn->state->facts, turn->state->fact_count) = fact;
	*arena_push(turn->arena, turn->decision->facts, turn->decision->fact_count) = fact;
	admin_note(turn, before == NULL ? "%s is no longer known." : "%s is again what it was before.", fact.name);
}

static void
facts_back(struct turn *turn, const struct cause *cause)
{
	size_t count = turn->state->fact_count;

	for (size_t i = 0; i < count; i++)
		if (!turn->state->facts[i].superseded &&
		    caused(cause, turn->state->facts[i].message, turn->state->facts[i].change))
			fact_back(turn, i, cause);
}

/* A mail has come back: what it had told and nothing newer has replaced holds again. */
void
admin_facts_again(struct turn *turn, int64_t message)
{
	size_t count = turn->state->fact_count;

	for (size_t i = 0; i < count; i++) {
		struct case_fact fact = turn->state->facts[i];
		const struct case_fact *now = fact_now(turn, &fact);

		if (fact.message != message || !fact.superseded || (now != NULL && now->at > fact.at))
			continue;
		for (size_t k = 0; k < count; k++)
			if (now != NULL && &turn->state->facts[k] == now)
				turn->state->facts[k].superseded = true;
		fact.superseded = false;
		*arena_push(turn->arena, turn->state->facts, turn->state->fact_count) = fact;
		*arena_push(turn->arena, turn->decision->facts, turn->decision->fact_count) = fact;
		admin_note(turn, "%s is again what the mail told.", fact.name);
	}
}

void
admin_reference_follows(struct turn *turn)
{
	const char *reference = case_fact_value(turn->state, 0, "reference");

	if (reference == NULL)
		reference = "";
	if (strcmp(reference, turn->state->reference) == 0)
		return;
	turn->state->reference = turn->decision->reference = reference;
}

/* ---- Strands and questions */

/* What was asked in a stage that is left again. */
static void
questions_of_later_stages(struct turn *turn, int strand, int entry)
{
	for (size_t i = 0; i < turn->state->question_count; i++) {
		struct case_question *question = &turn->state->questions[i];

		if (question->strand != strand || question->entry <= entry || question->state != QUESTION_OPEN)
			continue;
		question->state = QUESTION_WITHDRAWN;
		turn_touch_question(turn, question->no);
	}
}

static void
strand_back(struct turn *turn, const struct case_touch *touch)
{
	struct case_strand *strand = turn_strand(turn, touch->strand_no);

	if (strand == NULL && !touch->existed)
		return;
	if (strand == NULL)
		strand = arena_push(turn->arena, turn->state->strands, turn->state->strand_count);
	if (touch->existed)
		*strand = touch->strand;
	else
		strand->gone = strand->final = true;
	questions_of_later_stages(turn, strand->no, touch->existed ? strand->entry : 0);
	turn_touch_strand(turn, strand->no);
	if (touch->existed)
		admin_note(turn, "%s stands at \"%s\" again%s.", strand->name, stage_called(turn, strand), strand->held ? ", on hold" : "");
	else
		admin_note(turn, "%s never began.", strand->name);
}

static void
question_back(struct turn *turn, const struct case_touch *touch)
{
	struct case_question *question = turn_question(turn, touch->question_no);
	const struct case_strand *strand = question == NULL ? NULL : turn_strand(turn, question->strand);

	if (question == NULL)
		return;
	if (!touch->existed) {
		if (question->state != QUESTION_OPEN)
			return;
		question->state = QUESTION_WITHDRAWN;
	} else {
		if (touch->question.state == QUESTION_OPEN && strand != NULL && strand->final)
			return;
		question->state = touch->question.state;
		question->answer = touch->question.answer;
		question->answered_by = touch->question.answered_by;
		question->answered_at = touch->question.answered_at;
	}
	turn_touch_question(turn, question->no);
}

bool
admin_take_back(struct turn *turn, int64_t message, int64_t change)
{
	const struct admin *admin = turn->event->admin;
	const struct cause cause = { message, change };
	struct strs ways = { NULL, 0 };

	strands_in_the_way(turn, &cause, &ways);
	facts_in_the_way(turn, &cause, &ways);
	if (ways.n > 0) {
		admin_refuse(turn, "Something has been built on it: %s. Take that back first, or put the case where it belongs with "
		    "\"advicectl move\".", strs_join(turn->arena, &ways, "; "));
		return false;
	}
	facts_back(turn, &cause);
	for (size_t i = 0; i < admin->touch_count; i++)
		if (admin->touches[i].strand_no != 0 && is_first(admin, i, &cause))
			strand_back(turn, &admin->touches[i]);
	for (size_t i = 0; i < admin->touch_count; i++)
		if (admin->touches[i].question_no != 0 && is_first(admin, i, &cause) && touched_since(admin, i, &cause) == NULL)
			question_back(turn, &admin->touches[i]);
	admin_reference_follows(turn);
	return true;
}
