/*
 * Looking things up in a case as it stands.  Runs wherever decide() does;
 * pure.  A fact with an empty value was forgotten and counts as unknown.
 * Fails: never.
 */
#include <string.h>

#include "case/case.h"

struct case_state *
case_empty(struct arena *arena, instant opened)
{
	struct case_state *state = arena_alloc(arena, sizeof(*state));

	state->reference = "";
	state->opened = opened;
	state->closed = INSTANT_NONE;
	return state;
}

const char *
case_name(struct arena *arena, const struct case_state *state)
{
	if (state->reference != NULL && state->reference[0] != '\0')
		return state->reference;
	return arena_printf(arena, "case %lld", (long long)state->id);
}

static const struct case_fact *
fact_of(const struct case_state *state, int strand, const char *name)
{
	for (size_t i = state->fact_count; i-- > 0;) {
		const struct case_fact *fact = &state->facts[i];

		if (!fact->superseded && fact->strand == strand && fact->name[0] == name[0] && strcmp(fact->name, name) == 0)
			return fact;
	}
	return NULL;
}

const struct case_fact *
case_fact_now(const struct case_state *state, int strand, const char *name)
{
	const struct case_fact *fact = NULL;

	if (strand != 0)
		fact = fact_of(state, strand, name);
	if (fact == NULL)
		fact = fact_of(state, 0, name);
	return fact == NULL || fact->value[0] == '\0' ? NULL : fact;
}

const char *
case_fact_value(const struct case_state *state, int strand, const char *name)
{
	const struct case_fact *fact = case_fact_now(state, strand, name);

	return fact == NULL ? NULL : fact->value;
}

static const struct case_deadline *
deadline_of(const struct case_state *state, int strand, const char *name)
{
	for (size_t i = state->deadline_count; i-- > 0;) {
		const struct case_deadline *deadline = &state->deadlines[i];

		if (!deadline->superseded && deadline->strand == strand &&
		    strcmp(deadline->name, name) == 0)
			return deadline;
	}
	return NULL;
}

dayno
case_deadline_date(const struct case_state *state, int strand, const char *name)
{
	const struct case_deadline *deadline = NULL;

	if (strand != 0)
		deadline = deadline_of(state, strand, name);
	if (deadline == NULL)
		deadline = deadline_of(state, 0, name);
	return deadline == NULL ? DAY_NONE : deadline->date;
}

const char *
case_stage_before(const struct case_state *state, int strand, int entry)
{
	int from = entry - 1;

	for (size_t i = 0; i < state->entry_count; i++)
		if (state->entries[i].strand == strand && state->entries[i].entry == entry)
			from = state->entries[i].from;
	for (size_t i = state->entry_count; i-- > 0;)
		if (state->entries[i].strand == strand && state->entries[i].entry == from)
			return state->entries[i].stage;
	return NULL;
}

const struct case_strand *
case_strand(const struct case_state *state, int no)
{
	for (size_t i = 0; i < state->strand_count; i++)
		if (state->strands[i].no == no)
			return &state->strands[i];
	return NULL;
}
