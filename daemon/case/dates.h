/*
 * Date sentences evaluated against a case, with the derivation in words.
 * Pure.
 */
#ifndef CASE_DATES_H
#define CASE_DATES_H

#include "case/case.h"

struct dates_query {
	const struct pack	*pack;
	const struct case_state	*state;
	int			 strand;	/* 0: the case's */
	int			 question;	/* whose asking "asked" means, 0: the newest open one of the strand */
	instant			 now;
	const struct event	*event;		/* may be NULL: facts of the mail at hand count too */
};

/*
 * DAY_NONE if it cannot be said yet.  derivation_r (may be NULL): "six weeks after
 * the request was received on 23 Nov 2026".  version_r (may be NULL): sum of the
 * versions of the deadlines it rests on.
 */
dayno	dates_eval(struct arena *arena, const struct dates_query *query, const struct date_expr *expr,
	    const char **derivation_r, int *version_r);
/* A rung's day: moved off closed days, before its deadline backwards, else forwards. */
dayno	dates_of_rung(const struct pack *pack, dayno day, bool before_deadline);
/* The date of occurrence n (1 = at) of a repeating rung, before it is moved; DAY_NONE after the last. */
dayno	dates_occurrence(const struct pack *pack, dayno first, const struct repeat *every, int n);
/*
 * A deadline of the pack as it stands for the query's strand: its sentence, moved by an
 * EXTEND where it is the stage's due and not fixed.  derivation_r (may be NULL): "4 Jan 2027:
 * 6 weeks after advice-request was received on 23 Nov 2026 (SEND Regs 2014 reg 8(1))".
 */
dayno	dates_deadline(struct arena *arena, const struct dates_query *query, const struct deadline *deadline,
	    const char **derivation_r, int *version_r);
/* One name (fact, deadline, kind, received entered asked due today ...); DAY_NONE if it has no date yet. */
dayno	dates_named(struct arena *arena, const struct dates_query *query, const char *name);
bool	dates_hold(struct arena *arena, const struct dates_query *query, const struct test *test);

#endif
