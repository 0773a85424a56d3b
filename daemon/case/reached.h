/*
 * Which lines of the rules have decided something: for the coverage of pack
 * tests.  A sink hangs in struct world; where none does, nothing is noted.
 * Only what took effect is noted: a row that was held, a rung for which a
 * later one went, a role that gave nobody are not.
 */
#ifndef CASE_REACHED_H
#define CASE_REACHED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "rule/pack.h"

struct reached_line {
	struct where	 where;
	const char	*name;		/* an answer's word, where several stand on one line; else NULL */
};

struct reached {
	struct arena		*arena;
	struct reached_line	*v;
	size_t			 n;
};

/* Once for each line and name; a NULL sink and a rule without a line are passed over. */
void	reached_add(struct reached *reached, struct where where, const char *name);
bool	reached_has(const struct reached *reached, struct where where, const char *name);

#endif
