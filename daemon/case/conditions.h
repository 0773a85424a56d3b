/*
 * Conditions of a pack (when, unless, choose) weighed against a case and the
 * event at hand.  Pure: now is a parameter.  What cannot be said yet (no date
 * of birth for an age, no such mail) does not hold.
 */
#ifndef CASE_CONDITIONS_H
#define CASE_CONDITIONS_H

#include "case/case.h"

struct cond_query {
	const struct pack	*pack;
	const struct world	*world;
	const struct case_state	*state;		/* may be NULL: only what the event says */
	int			 strand;	/* 0: the case's */
	const struct event	*event;		/* NULL: none (a timer, a template) */
	instant			 now;
	const struct recipients	*them;		/* whom "them" means, or NULL */
	const struct strs	*them_addresses;	/* or these */
	int			 depth;		/* our own recursion; callers leave it 0 */
};

/* Any of them; none at all holds. */
bool	conditions_hold(struct arena *arena, const struct cond_query *query, const struct conditions *conditions);
/* All tests of this one. */
bool	condition_holds(struct arena *arena, const struct cond_query *query, const struct condition *condition);
/* The pack's condition of that name; false where there is none. */
bool	condition_named_holds(struct arena *arena, const struct cond_query *query, const char *name);

/*
 * conditions_time.c: may they come to say something else with no decision about the case, as days go by?  Weighed with
 * no mail at hand.
 */
bool	conditions_change_in_time(const struct pack *pack, const struct conditions *conditions);

#endif
