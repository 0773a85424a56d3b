/*
 * What a pack test expects: a file of demands, one a line, and what they are
 * held against.  The form is told in rules/README.md; shortly
 *	in file=01-request.eml kind=advice-request match=new
 *	out 2026-10-05 act=remind reaches=jo@example.org min=1 max=1 rule=overdue
 *	no 2026-10-06..2026-12-01 any-of=jo@example.org
 *	move|deadline|held [DAYS] KEY=VALUE ...
 *	unsaid words="amelia|okafor"
 *	meets BIR-13 BIR-14
 */
#ifndef CTL_EXPECT_H
#define CTL_EXPECT_H

#include "ctl/happening.h"
#include "rule/points.h"

enum demand_verb { DEMAND_IN, DEMAND_OUT, DEMAND_NO, DEMAND_MOVE, DEMAND_DEADLINE, DEMAND_HELD, DEMAND_UNSAID };

struct demand {
	enum demand_verb verb;
	int		 line;
	const char	*text;			/* as written */
	dayno		 first, last;		/* DAY_NONE: open */
	struct { const char *key, *value; } *keys;
	size_t		 key_count;
	long		 least, most;		/* how many such; most -1: any number */
};

struct claim { const char *id; int line; };	/* a requirement that the test says it shows */

struct expect {
	const char	*file;			/* as shown: "rules/x/tests/NAME/expect" */
	struct demand	*demands;	size_t demand_count;
	struct claim	*claims;	size_t claim_count;
};

/* All that is wrong with the file goes to problems; shown: its name for them. */
int	expect_read(struct arena *arena, const char *path, const char *shown, struct expect *expect_r, struct problems *problems);

struct unmet {				/* a demand that does not hold */
	const struct demand	*demand;
	const char		*count;	/* "none such", "3 such" */
	struct strs		 seen;	/* what was seen instead, a line each */
};

struct happenings { struct happening *v; size_t n; };

/* points: the pack's, for rule=NAME. */
void	expect_weigh(struct arena *arena, const struct expect *expect, const struct happenings *happenings,
	    const struct point *points, size_t point_count, struct unmet **unmet_r, size_t *count_r);

#endif
