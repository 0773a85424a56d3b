/*
 * The list of proofs that a pack must pass before it may run.  advicectl
 * check, and core at load and reload.  Pure.
 * Invariant: a proof never relies on another one having passed: every problem
 * is reported in one run.
 * Fails: never; what is wrong goes to the problems.
 */
#include <string.h>

#include "rule/check.h"

/* What the proofs say of a line that could not even be read follows from that. */
static void
causes_alone(struct problems *problems, size_t read)
{
	const struct problem *cause, *problem;
	size_t i, j, kept = read;

	for (i = read; i < problems->n; i++) {
		problem = &problems->v[i];
		for (j = 0; j < read; j++) {
			cause = &problems->v[j];
			if (!cause->warning && cause->where.line == problem->where.line && cause->where.line > 1 &&
			    cause->where.file != NULL && problem->where.file != NULL &&
			    strcmp(cause->where.file, problem->where.file) == 0)
				break;
		}
		if (j == read)
			problems->v[kept++] = *problem;
	}
	problems->n = kept;
}

void
pack_check(const struct pack *pack, const struct directory *directory, struct problems *problems)
{
	struct check check = {
		.arena = problems->arena, .pack = pack, .directory = directory, .problems = problems
	};
	const size_t before = problems->n;

	check_collect_facts(&check);
	check_names(&check);
	check_rows(&check);
	check_kinds(&check);
	check_stages(&check);
	check_answers(&check);
	check_rungs(&check);
	check_ladders(&check);
	check_dates(&check);
	check_templates(&check);
	check_alerts(&check);
	check_whom(&check);
	check_people(&check);
	check_set(&check);
	check_told(&check);
	check_used(&check);
	check_slips(&check);
	causes_alone(problems, before);
}
