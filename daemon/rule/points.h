/*
 * The lines of a pack that can decide something, one after the other: for the
 * coverage of its tests, and for the requirements that they say they meet.
 */
#ifndef RULE_POINTS_H
#define RULE_POINTS_H

#include "rule/pack.h"

struct point {
	struct where		 where;
	const char		*sort;		/* "stage", "row", "rung", "kind", "answer" ... */
	const char		*name;		/* of it; an answer's word; what a row is for ("kind advice"); never NULL */
	const char		*inside;	/* the stage, ladder or question that it stands in; "" */
	const struct strs	*meets;		/* requirements, or NULL */
};

/* In file order within each part of the pack; what it takes from others included. */
void	pack_points(struct arena *arena, const struct pack *pack, struct point **points_r, size_t *count_r);

#endif
