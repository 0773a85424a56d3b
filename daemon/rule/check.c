/*
 * The list of proofs that a pack must pass before it may run.  advicectl
 * check, and core at load and reload.  Pure.
 * Invariant: a proof never relies on another one having passed: every problem
 * is reported in one run.
 * Fails: never; what is wrong goes to the problems.
 */
#include "rule/check.h"

void
pack_check(const struct pack *pack, const struct directory *directory, struct problems *problems)
{
	struct check check = {
		.arena = problems->arena, .pack = pack, .directory = directory, .problems = problems
	};

	check_collect_facts(&check);
	check_names(&check);
	check_rows(&check);
	check_kinds(&check);
	check_stages(&check);
	check_answers(&check);
	check_ladders(&check);
	check_dates(&check);
	check_templates(&check);
	check_people(&check);
}
