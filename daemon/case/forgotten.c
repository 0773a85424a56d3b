/*
 * Promise nobody-forgotten, for a case as it stands: `advicectl check` proves
 * of rules that no strand can fall silent; this looks whether one has all the
 * same, by a change of the rules, a correction, a fault.  Runs in core, once a
 * day; pure.
 * Invariant: a strand whose stage says why nobody owes anything is well.
 * Fails: never.
 */
#include <string.h>

#include "case/turn.h"

static const char *
of_strand(struct arena *arena, const struct case_strand *strand)
{
	return strand->service[0] == '\0' ? strand->name : arena_printf(arena, "%s (%s)", strand->name, strand->service);
}

struct strs
case_forgotten(struct arena *arena, const struct pack *pack, const struct world *world, struct case_state *state, instant now,
    bool *follows_r, struct strs *known_by_r)
{
	const struct event event = { .type = EVENT_TIMER, .at = now };
	struct strs sentences = { NULL, 0 };
	struct turn turn;

	*known_by_r = (struct strs){ NULL, 0 };
	turn_begin(&turn, arena, pack, world, state, &event, now);
	*follows_r = schedule_goes_on(&turn, 0);
	for (size_t i = 0; i < state->strand_count && state->closed == INSTANT_NONE; i++) {
		const struct case_strand *strand = &state->strands[i];
		const struct stage *stage = turn_stage(&turn, strand->no);
		bool follows = !strand->final && schedule_goes_on(&turn, strand->no);

		*follows_r |= follows;
		if (strand->final)
			continue;
		if (stage == NULL) {
			strs_add(arena, &sentences, arena_printf(arena, "its %s stands at a point that the rules no longer have (%s)",
			    of_strand(arena, strand), strand->stage));
			strs_add(arena, known_by_r, arena_printf(arena, "its %s stands at \"%s\", which the rules no longer have",
			    of_strand(arena, strand), strand->stage));
		} else if (stage->waits == NULL && !follows) {
			strs_add(arena, &sentences, arena_printf(arena, "nothing will fall due any more for its %s: nobody is asked, "
			    "nobody is chased (where it stands: %s)", of_strand(arena, strand), pack_called(pack, arena, strand->stage)));
			strs_add(arena, known_by_r, arena_printf(arena, "its %s stands at \"%s\", and nothing will fall due there: "
			    "nobody is asked, nobody is chased", of_strand(arena, strand), strand->stage));
		}
	}
	return sentences;
}
