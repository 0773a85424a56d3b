/*
 * A pack's digests: the lists that people who keep watch get on a day of the
 * week.  Pure: which lines one case gives, and when a digest is next due.
 */
#ifndef CASE_DIGEST_H
#define CASE_DIGEST_H

#include "case/case.h"

/* The first moment after `after` at which the digest goes: its day (the next working day, if that is closed), at the timers' hour. */
instant	digest_next(const struct pack *pack, const struct digest *digest, instant after);

/* What one list says of one case: a line for each strand or question that stands in it, references only. */
struct strs digest_lines(struct arena *arena, const struct pack *pack, const struct world *world,
	    const struct case_state *state, const struct digest *digest, const char *list, instant now);

/* "Late", "Due in 2 weeks": the heading of a list. */
const char *digest_heading(struct arena *arena, const struct pack *pack, const char *list);

/* Until which day dates matter to its lists; all_r: every open case may stand in one of them. */
dayno	digest_reach(const struct pack *pack, const struct digest *digest, dayno today, bool *all_r);

/* Whom it goes to, as far as this case has a say in it: "worker's manager" is another one for each case. */
struct strs digest_people(struct arena *arena, const struct pack *pack, const struct world *world,
	    const struct case_state *state, const struct digest *digest, instant now);

#endif
