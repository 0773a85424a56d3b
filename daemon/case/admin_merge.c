/*
 * Two cases of one child become one: what the other has and this one lacks
 * comes over; where both have something, this one's stands.
 * Runs wherever decide() does; pure.  Invariant: of a date that the law fixes
 * the earlier one holds, now and whenever it is worked out again; a rung that
 * has gone in either case has gone.
 * Fails: never.
 */
#include <string.h>

#include "case/turn.h"

struct merging {
	struct turn		*turn;
	const struct case_state	*other;
	int			 question_offset;
};

static const struct case_strand *
same_strand(const struct case_state *state, const struct case_strand *strand)
{
	for (size_t i = 0; i < state->strand_count; i++)
		if (strcmp(state->strands[i].name, strand->name) == 0 && strcmp(state->strands[i].service, strand->service) == 0)
			return &state->strands[i];
	return NULL;
}

/* Numbers of ours for those that come over. */
static int
first_free_strand(const struct case_state *state)
{
	int no = 1;

	for (size_t i = 0; i < state->strand_count; i++)
		if (state->strands[i].no >= no)
			no = state->strands[i].no + 1;
	for (size_t i = 0; i < state->entry_count; i++)
		if (state->entries[i].strand >= no)
			no = state->entries[i].strand + 1;
	return no;
}

int *
case_merge_strands(struct arena *arena, const struct case_state *into, const struct case_state *other)
{
	int most = 0, next = first_free_strand(into), *map;

	for (size_t i = 0; i < other->strand_count; i++)
		if (other->strands[i].no > most)
			most = other->strands[i].no;
	map = arena_alloc(arena, ((size_t)most + 1) * sizeof(*map));
	for (size_t i = 0; i < other->strand_count; i++) {
		const struct case_strand *ours = same_strand(into, &other->strands[i]);

		map[other->strands[i].no] = ours != NULL ? ours->no : next++;
	}
	return map;
}

int
case_merge_questions(const struct case_state *into)
{
	int most = 0;

	for (size_t i = 0; i < into->question_count; i++)
		if (into->questions[i].no > most)
			most = into->questions[i].no;
	return most;
}

/* Strands taken back may be named by old mails still: those are the case's own. */
static int
mapped(const struct merging *m, const int *map, int strand)
{
	return case_strand(m->other, strand) == NULL ? 0 : map[strand];
}

static void
strand_comes(struct merging *m, const int *map, const struct case_strand *strand)
{
	struct turn *turn = m->turn;
	struct case_strand *ours;

	if (same_strand(turn->state, strand) != NULL) {
		admin_note(turn, "Both have %s: this case's stands, at \"%s\"; the other's (at \"%s\") ends.", strand->name,
		    pack_called(turn->pack, turn->arena, same_strand(turn->state, strand)->stage),
		    pack_called(turn->pack, turn->arena, strand->stage));
		return;
	}
	ours = arena_push(turn->arena, turn->state->strands, turn->state->strand_count);
	*ours = *strand;
	ours->no = map[strand->no];
	turn_touch_strand(turn, ours->no);
	admin_note(turn, "%s comes over, at \"%s\".", strand->name, pack_called(turn->pack, turn->arena, strand->stage));
	for (size_t i = 0; i < m->other->entry_count; i++) {
		struct case_entry entry = m->other->entries[i];

		if (entry.strand != strand->no)
			continue;
		entry.strand = ours->no;
		*arena_push(turn->arena, turn->state->entries, turn->state->entry_count) = entry;
		*arena_push(turn->arena, turn->decision->entries, turn->decision->entry_count) = entry;
	}
}

static void
questions_come(struct merging *m, const int *map, size_t own_strands)
{
	struct turn *turn = m->turn;

	for (size_t i = 0; i < m->other->question_count; i++) {
		struct case_question question = m->other->questions[i];
		bool ours = question.strand == 0;

		question.strand = mapped(m, map, question.strand);
		question.no += m->question_offset;
		for (size_t s = 0; s < own_strands; s++)
			ours |= turn->state->strands[s].no == question.strand;
		if (ours && question.state == QUESTION_OPEN) {
			question.state = QUESTION_WITHDRAWN;
			admin_note(turn, "The question \"%s\" to %s is withdrawn.", question.name,
			    strs_join(turn->arena, &question.asked, ", "));
		}
		*arena_push(turn->arena, turn->state->questions, turn->state->question_count) = question;
		turn_touch_question(turn, question.no);
	}
}

static void
rungs_come(struct merging *m, const int *map)
{
	for (size_t i = 0; i < m->other->rung_count; i++) {
		struct case_rung rung = m->other->rungs[i];

		rung.strand = mapped(m, map, rung.strand);
		rung.question = rung.question == 0 ? 0 : rung.question + m->question_offset;
		if (!turn_rung_gone(m->turn, &rung, false))
			turn_rung_add(m->turn, &rung);
	}
}

static bool
has_fact(const struct case_state *state, const struct case_fact *fact, int strand)
{
	for (size_t i = 0; i < state->fact_count; i++)
		if (!state->facts[i].superseded && state->facts[i].strand == strand && state->facts[i].value[0] != '\0' &&
		    strcmp(state->facts[i].name, fact->name) == 0)
			return true;
	return false;
}

static void
facts_come(struct merging *m, const int *map)
{
	struct turn *turn = m->turn;

	for (size_t i = 0; i < m->other->fact_count; i++) {
		struct case_fact fact = m->other->facts[i];
		const char *ours;

		fact.strand = mapped(m, map, fact.strand);
		if (fact.superseded || fact.value[0] == '\0')
			continue;
		if (has_fact(turn->state, &fact, fact.strand)) {
			ours = case_fact_value(turn->state, fact.strand, fact.name);
			if (strcmp(ours, fact.value) != 0)
				admin_note(turn, "%s differs: this case's stands.", fact.name);
			continue;
		}
		fact.change = turn->event->admin->change;
		*arena_push(turn->arena, turn->state->facts, turn->state->fact_count) = fact;
		*arena_push(turn->arena, turn->decision->facts, turn->decision->fact_count) = fact;
		admin_note(turn, "%s comes over.", fact.name);
	}
}

static void
mails_come(struct merging *m, const int *map)
{
	struct case_state *state = m->turn->state;

	for (size_t i = 0; i < m->other->mail_count; i++) {
		size_t at = state->mail_count;
		struct case_mail mail = m->other->mails[i];

		mail.strand = mapped(m, map, mail.strand);
		(void)arena_push(m->turn->arena, state->mails, state->mail_count);
		for (; at > 0 && state->mails[at - 1].received > mail.received; at--)
			state->mails[at] = state->mails[at - 1];
		state->mails[at] = mail;
	}
	for (size_t i = 0; i < m->other->sent_count; i++) {
		struct case_sent *sent = arena_push(m->turn->arena, state->sent, state->sent_count);

		*sent = m->other->sent[i];
		sent->strand = mapped(m, map, sent->strand);
		sent->question = sent->question == 0 ? 0 : sent->question + m->question_offset;
	}
	admin_note(m->turn, "%zu mails that came and %zu that were sent come over.", m->other->mail_count, m->other->sent_count);
}

/* Of two dates that the law fixes the earlier holds: kept as a fact, so that it holds when they are worked out again. */
static void
earlier_dates(struct merging *m)
{
	struct turn *turn = m->turn;
	size_t count = turn->state->deadline_count;

	for (size_t i = 0; i < count; i++) {
		const struct case_deadline deadline = turn->state->deadlines[i];
		const struct deadline *rules = pack_deadline(turn->pack, deadline.name);
		dayno theirs = case_deadline_date(m->other, 0, deadline.name), first = deadline.date;

		if (deadline.superseded || deadline.strand != 0 || rules == NULL || !rules->fixed || first == DAY_NONE ||
		    theirs == DAY_NONE)
			continue;
		if (theirs != first)
			admin_note(turn, "%s: %s in this case, %s in the other; the earlier holds.", deadline.name,
			    date_words(turn->arena, first), date_words(turn->arena, theirs));
		first = theirs < first ? theirs : first;
		turn_set_fact(turn, 0, arena_printf(turn->arena, "no later than %s", deadline.name), date_iso(turn->arena, first),
		    SOURCE_HEADER, "administrator");
	}
}

void
admin_merge(struct turn *turn)
{
	struct merging m = { .turn = turn, .other = turn->event->admin->other };
	size_t own_strands = turn->state->strand_count;
	int *map = case_merge_strands(turn->arena, turn->state, m.other);

	m.question_offset = case_merge_questions(turn->state);
	for (size_t i = 0; i < m.other->strand_count; i++)
		strand_comes(&m, map, &m.other->strands[i]);
	questions_come(&m, map, own_strands);
	rungs_come(&m, map);
	facts_come(&m, map);
	earlier_dates(&m);
	mails_come(&m, map);
	admin_reference_follows(turn);
	schedule_deadlines(turn);
}
