/*
 * Proof: what answers, commands and mails name goes where somebody looks for
 * it: a person becomes a role of the case, and a role of the case is named by
 * something.
 * Fails: never; what is wrong goes to the problems.
 */
#include <string.h>

#include "rule/check.h"

static bool
is_named_on_case(const struct role *role)
{
	return role != NULL && (role->source == ROLE_ON_CASE || role->source == ROLE_ON_STRAND);
}

static void
persons_are_roles(struct check *check, const struct pattern *pattern, struct where where)
{
	const struct strs *holes = pattern != NULL ? pattern_holes(pattern) : NULL;
	struct strs names = { NULL, 0 };
	size_t i, j;

	if (!check_is_own(check, where.file))
		return;
	for (i = 0; holes != NULL && i < holes->n; i++) {
		if (strcmp(pattern_hole_type(pattern, i), "person") != 0 || strcmp(holes->v[i], "person") == 0 || pack_says(check->pack, holes->v[i]) ||
		    is_named_on_case(pack_role(check->pack, holes->v[i])))
			continue;
		for (j = 0; j < check->pack->role_count; j++)
			if (is_named_on_case(&check->pack->roles[j]))
				strs_add(check->arena, &names, check->pack->roles[j].name);
		problem_add(check->problems, where, check_near(check, holes->v[i], &names),
		    "\"%s\" names a person as \"%s\", but no role of this pack is that: it would need  "
		    "%s : { on-case = true }", pattern_source(pattern), holes->v[i], holes->v[i]);
	}
}

static void
row_persons(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	(void)place;
	(void)ctx;
	persons_are_roles(check, row->command, row->where);
}

/* ---- Roles of the case */

struct setting { const char *name; bool yes; };

static void
set_by_pattern(struct setting *setting, const struct pattern *pattern)
{
	if (pattern != NULL && strs_has(pattern_holes(pattern), setting->name))
		setting->yes = true;
}

static void
set_by_row(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	struct setting *setting = ctx;
	size_t i, j;

	(void)check;
	(void)place;
	set_by_pattern(setting, row->command);
	for (i = 0; i < row->act_count; i++)
		for (j = 0; j < row->acts[i].set_count; j++)
			if (strcmp(row->acts[i].sets[j].fact, setting->name) == 0)
				setting->yes = true;
}

static void
set_by_kind(struct setting *setting, const struct kind *kind)
{
	const struct kind_test *test = &kind->test;
	size_t i, j;

	for (i = 0; i < kind->extract_count; i++) {
		if (strcmp(kind->extracts[i].fact, setting->name) == 0)
			setting->yes = true;
		for (j = 0; j < kind->extracts[i].pattern_count; j++)
			set_by_pattern(setting, kind->extracts[i].patterns[j]);
	}
	for (i = 0; i < test->says_count; i++)
		set_by_pattern(setting, test->says[i]);
	for (i = 0; i < test->subject_count; i++)
		set_by_pattern(setting, test->subject[i]);
	for (i = 0; i < test->named_count; i++)
		set_by_pattern(setting, test->named[i]);
}

static void
role_is_set(struct check *check, const struct role *role)
{
	const struct pack *pack = check->pack;
	struct setting setting = { role->name, false };
	size_t i, j;

	/* With services the involvement list names them, with a post the directory. */
	if (!is_named_on_case(role) || role->services.n > 0 || role->post != NULL)
		return;
	check_each_row(check, set_by_row, &setting);
	for (i = 0; i < pack->kind_count; i++)
		set_by_kind(&setting, &pack->kinds[i]);
	for (i = 0; i < pack->question_count; i++)
		for (j = 0; j < pack->questions[i].answer_count; j++)
			set_by_pattern(&setting, pack->questions[i].answers[j].pattern);
	if (!setting.yes)
		problem_add(check->problems, role->where,
		    arena_printf(check->arena, "an answer such as \"ALLOCATE {person as %s}\", or  set : { %s = \"sender\" }",
			role->name, role->name),
		    "nothing ever says who the \"%s\" of a case is", role->name);
}

void
check_set(struct check *check)
{
	const struct pack *pack = check->pack;
	const struct kind *kind;
	size_t i, j, k;

	if (pack->watches.n == 0)
		return;		/* a base: whoever extends it defines the roles */
	for (i = 0; i < pack->question_count; i++)
		for (j = 0; j < pack->questions[i].answer_count; j++)
			persons_are_roles(check, pack->questions[i].answers[j].pattern, pack->questions[i].where);
	for (i = 0; i < pack->kind_count; i++)
		for (kind = &pack->kinds[i], j = 0; j < kind->extract_count; j++)
			for (k = 0; k < kind->extracts[j].pattern_count; k++)
				persons_are_roles(check, kind->extracts[j].patterns[k], kind->extracts[j].where);
	check_each_row(check, row_persons, NULL);
	for (i = 0; i < pack->role_count; i++)
		role_is_set(check, &pack->roles[i]);
}
