/*
 * The case while one decision is being worked out: every change goes through
 * here, so that the state brought up to date and the decision that will be
 * stored say the same.  Runs wherever decide() does; pure.
 * Fails: never; the data was checked when it was read.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "case/turn.h"

struct case_strand *
turn_strand(struct turn *turn, int no)
{
	struct case_state *state = turn->state;

	for (size_t i = 0; i < state->strand_count; i++)
		if (state->strands[i].no == no)
			return &state->strands[i];
	return NULL;
}

struct case_question *
turn_question(struct turn *turn, int no)
{
	struct case_state *state = turn->state;

	for (size_t i = 0; i < state->question_count; i++)
		if (state->questions[i].no == no)
			return &state->questions[i];
	return NULL;
}

const struct strand *
turn_strand_rules(const struct turn *turn, int no)
{
	const struct case_strand *strand = case_strand(turn->state, no);

	return strand == NULL ? NULL : pack_strand(turn->pack, strand->name);
}

const struct stage *
turn_stage(const struct turn *turn, int no)
{
	const struct strand *rules = turn_strand_rules(turn, no);

	return rules == NULL ? NULL : strand_stage(rules, case_strand(turn->state, no)->stage);
}

/* A mail sent by hand counts from when it was sent, however late we saw it; but a strand does not go back in time. */
instant
turn_moment(const struct turn *turn, int no)
{
	const struct case_strand *strand = case_strand(turn->state, no);
	const struct event *event = turn->event;

	if (!event->by_hand || event->at >= turn->now)
		return turn->now;
	return strand != NULL && strand->entered > event->at ? strand->entered : event->at;
}

static void
touch(struct turn *turn, int **list, size_t *count, int no)
{
	for (size_t i = 0; i < *count; i++)
		if ((*list)[i] == no)
			return;
	*arena_push(turn->arena, *list, *count) = no;
}

void
turn_touch_strand(struct turn *turn, int no)
{
	touch(turn, &turn->touched_strands, &turn->touched_strand_count, no);
}

void
turn_touch_question(struct turn *turn, int no)
{
	touch(turn, &turn->touched_questions, &turn->touched_question_count, no);
}

/* Only strands that a case has several of keep facts to themselves. */
static int
fact_scope(struct turn *turn, int strand)
{
	const struct case_strand *s = turn_strand(turn, strand);

	return s != NULL && s->service[0] != '\0' ? strand : 0;
}

void
turn_set_fact(struct turn *turn, int strand, const char *name, const char *value,
    enum text_source source, const char *who)
{
	struct case_state *state = turn->state;
	struct case_fact *fact;
	int scope = fact_scope(turn, strand);

	for (size_t i = 0; i < state->fact_count; i++) {
		fact = &state->facts[i];
		if (fact->superseded || fact->strand != scope || strcmp(fact->name, name) != 0)
			continue;
		if (strcmp(fact->value, value) == 0)
			return;
		fact->superseded = true;
	}
	fact = arena_push(turn->arena, state->facts, state->fact_count);
	*fact = (struct case_fact){
		.name = arena_strdup(turn->arena, name),
		.value = arena_strdup(turn->arena, value),
		.strand = scope, .source = source,
		.who = who == NULL ? "" : who, .at = turn->now,
		.message = turn->event->message,
		.change = turn->event->admin == NULL ? 0 : turn->event->admin->change,
	};
	*arena_push(turn->arena, turn->decision->facts, turn->decision->fact_count) = *fact;
}

struct facts_mark
turn_mark(struct turn *turn)
{
	const struct case_state *state = turn->state;

	return (struct facts_mark){
		.facts = arena_memdup(turn->arena, state->facts, state->fact_count * sizeof(*state->facts)),
		.fact_count = state->fact_count, .facts_decided = turn->decision->fact_count,
		.deadlines = arena_memdup(turn->arena, state->deadlines, state->deadline_count * sizeof(*state->deadlines)),
		.deadline_count = state->deadline_count, .deadlines_decided = turn->decision->deadline_count,
		.reference = state->reference, .reference_decided = turn->decision->reference,
		.changes = turn->changes.n,
	};
}

void
turn_undo(struct turn *turn, const struct facts_mark *mark)
{
	struct case_state *state = turn->state;

	state->facts = NULL;
	state->fact_count = 0;
	for (size_t i = 0; i < mark->fact_count; i++)
		*arena_push(turn->arena, state->facts, state->fact_count) = mark->facts[i];
	state->deadlines = NULL;
	state->deadline_count = 0;
	for (size_t i = 0; i < mark->deadline_count; i++)
		*arena_push(turn->arena, state->deadlines, state->deadline_count) = mark->deadlines[i];
	turn->decision->fact_count = mark->facts_decided;
	turn->decision->deadline_count = mark->deadlines_decided;
	state->reference = mark->reference;
	turn->decision->reference = mark->reference_decided;
	turn->changes.n = mark->changes;
}

void
turn_forget_fact(struct turn *turn, int strand, const char *name)
{
	if (case_fact_value(turn->state, strand, name) != NULL)
		turn_set_fact(turn, strand, name, "", SOURCE_HEADER, "daemon");
}

static const char *
sentence(struct turn *turn, struct where where, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (where.file == NULL)
		return arena_strdup(turn->arena, text);
	return arena_printf(turn->arena, "%s (%s)", text, where_text(turn->arena, where));
}

void
turn_why(struct turn *turn, struct where where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strs_add(turn->arena, &turn->decision->why, sentence(turn, where, fmt, ap));
	va_end(ap);
}

void
turn_changed(struct turn *turn, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strs_add(turn->arena, &turn->changes, sentence(turn, (struct where){ NULL, 0 }, fmt, ap));
	va_end(ap);
}

void
turn_hold(struct turn *turn, int strand, struct where where, const char *fmt, ...)
{
	struct held *held = arena_push(turn->arena, turn->decision->held, turn->decision->held_count);
	va_list ap;

	va_start(ap, fmt);
	held->reason = sentence(turn, (struct where){ NULL, 0 }, fmt, ap);
	va_end(ap);
	held->strand = strand;
	held->rule = where;
	held->message = turn->event->message;
	turn_why(turn, where, "held: %s", held->reason);
}

struct people_query
turn_query(const struct turn *turn, int strand, const struct chased *chased)
{
	struct people_query query = {
		.pack = turn->pack, .world = &turn->world, .state = turn->state,
		.strand = strand, .on = turn->today, .sender = turn->sender,
	};

	if (chased != NULL && chased->addresses.n > 0)
		query.them_addresses = &chased->addresses;
	else if (chased != NULL)
		query.them = chased->them;
	return query;
}

struct cond_query
turn_conditions(const struct turn *turn, int strand)
{
	return (struct cond_query){
		.pack = turn->pack, .world = &turn->world, .state = turn->state,
		.strand = strand, .event = turn->event, .now = turn->now,
	};
}

bool
turn_rung_gone(const struct turn *turn, const struct case_rung *key, bool any_version)
{
	const struct case_state *state = turn->state;

	for (size_t i = state->rung_count; i-- > 0;) {
		const struct case_rung *rung = &state->rungs[i];

		if (rung->strand == key->strand && rung->entry == key->entry &&
		    rung->question == key->question && rung->occurrence == key->occurrence &&
		    (any_version || rung->version == key->version) &&
		    strcmp(rung->rung, key->rung) == 0)
			return true;
	}
	return false;
}

void
turn_rung_add(struct turn *turn, const struct case_rung *key)
{
	*arena_push(turn->arena, turn->state->rungs, turn->state->rung_count) = *key;
	*arena_push(turn->arena, turn->decision->rungs, turn->decision->rung_count) = *key;
}

const struct case_mail *
turn_mail_of_kind(const struct turn *turn, int strand, const char *kind)
{
	const struct case_state *state = turn->state;
	const struct case_mail *newest = NULL;

	for (size_t i = state->mail_count; i-- > 0;) {
		const struct case_mail *mail = &state->mails[i];

		if (strcmp(mail->kind, kind) != 0)
			continue;
		if (strand == 0 || mail->strand == strand)
			return mail;
		if (newest == NULL)
			newest = mail;
	}
	return newest;
}

struct chased
turn_chased(struct turn *turn, int strand)
{
	const struct stage *stage = turn_stage(turn, strand);
	const struct case_strand *s = turn_strand(turn, strand);
	struct chased chased = { 0 };

	if (stage != NULL && stage->waits_for.n > 0)
		chased.them = &stage->waits_for;
	if (s != NULL && s->chased[0] != '\0')
		strs_add(turn->arena, &chased.addresses, s->chased);
	return chased;
}

static struct strs
chased_people(struct turn *turn, int strand, const struct chased *chased, bool keep_absent)
{
	static const struct recipient_choice them = { "them", false };
	struct recipient recipient = { (struct recipient_choice *)&them, 1, "them" };
	struct people_query query = turn_query(turn, strand, chased);
	struct people people = { 0 };

	query.keep_absent = keep_absent;
	if (chased->them == NULL && chased->addresses.n == 0)
		return people.addresses;
	people_of(turn->arena, &query, &recipient, &people);
	return people.addresses;
}

/* Who is chased by right: absent or not. */
struct strs
turn_chased_by_right(struct turn *turn, int strand, const struct chased *chased)
{
	return chased_people(turn, strand, chased, true);
}

struct strs
turn_chased_people(struct turn *turn, int strand, const struct chased *chased)
{
	return chased_people(turn, strand, chased, false);
}

void
turn_learn_absence(struct turn *turn, const char *address, dayno until, const char *because)
{
	struct absence absence = {
		.address = str_lower(turn->arena, address),
		.from = turn->today, .until = until, .because = because,
	};

	if (directory_find(&turn->directory, absence.address) == NULL)
		return;
	*arena_push(turn->arena, turn->directory.absences, turn->directory.absence_count) = absence;
	*arena_push(turn->arena, turn->decision->absences, turn->decision->absence_count) = absence;
}
