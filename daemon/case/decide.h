/*
 * The heart: what one event makes of one case.  Pure; now is a parameter.
 * The daemon, simulate, explain, test and replay all call this function.
 */
#ifndef CASE_DECIDE_H
#define CASE_DECIDE_H

#include "case/case.h"
#include "case/classify.h"

/*
 * state: as loaded; for a mail that opens a case an empty one (id 0).  It is
 * brought up to date in place (new items are taken from arena), so that it
 * equals what the store will hold once the decision is applied.
 */
void	decide(struct arena *arena, const struct pack *pack, const struct world *world,
	    struct case_state *state, const struct event *event, instant now,
	    struct decision **decision_r);

/*
 * A mail without a case: untaken, ambiguous, unreadable, a notice.  Decides
 * who is asked (triage to the owner), whom not to answer, where it is filed.
 */
void	decide_without_case(struct arena *arena, const struct pack *pack, const struct world *world,
	    const struct event *event, const char *reason, bool ambiguous, instant now,
	    struct decision **decision_r);

/*
 * Promise nobody-forgotten, asked of one case: the strands in which nothing is due, nobody is asked, and whose stage does not
 * say why it waits, a sentence each; known_by_r: the same with the rules' own names.  follows_r: something is still to fall due in the case.  state is only looked at.
 */
struct strs case_forgotten(struct arena *arena, const struct pack *pack, const struct world *world, struct case_state *state,
	    instant now, bool *follows_r, struct strs *known_by_r);

/*
 * Where things of another case go when it is merged into this one: its strands by number (map[no], 0 where it has none), and
 * what is added to the number of a question.
 */
int	*case_merge_strands(struct arena *arena, const struct case_state *into, const struct case_state *other);
int	case_merge_questions(const struct case_state *into);

#endif
