/*
 * Can time alone change what a condition says?  The schedule asks, so that a
 * case need not be looked at day by day for what only an event can change.
 * Runs wherever decide() does; pure.
 * Invariant: "no" only for what nothing but a decision about the case itself
 * changes, since each one weighs the rungs anew: its facts and its stages.
 * Fails: never; in doubt it says yes.
 */
#include "case/conditions.h"

#define DEPTH_MAX 24	/* conditions within one another */

static bool	in_time(const struct pack *pack, const struct condition *condition, int depth);

static bool
named_in_time(const struct pack *pack, const char *name, int depth)
{
	const struct condition *condition = pack_condition(pack, name);

	return condition == NULL || in_time(pack, condition, depth + 1);
}

/* People come, go and are away without the case; lists are imported, and a mail that was kept joins it. */
static bool
test_in_time(const struct pack *pack, const struct test *test, int depth)
{
	switch (test->kind) {
	case TEST_NAMED:
		for (size_t i = 0; i < test->values.n; i++)
			if (named_in_time(pack, test->values.v[i], depth))
				return true;
		return test->values.n == 0 && named_in_time(pack, test->name, depth);
	case TEST_FACT:
		for (size_t i = 0; test->name != NULL && i < test->values.n; i++)
			if (pack_role(pack, test->values.v[i]) != NULL)
				return true;
		return false;
	case TEST_STAGE:
	case TEST_OPEN:
		return false;
	default:
		return true;
	}
}

static bool
in_time(const struct pack *pack, const struct condition *condition, int depth)
{
	bool changes = depth > DEPTH_MAX;

	for (size_t i = 0; i < condition->test_count && !changes; i++)
		changes = test_in_time(pack, &condition->tests[i], depth);
	return changes;
}

bool
conditions_change_in_time(const struct pack *pack, const struct conditions *conditions)
{
	for (size_t i = 0; i < conditions->n; i++)
		if (in_time(pack, &conditions->v[i], 0))
			return true;
	return false;
}
