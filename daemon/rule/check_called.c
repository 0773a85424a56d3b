/*
 * Proof: "called" gives words for names that there are, and words that can stand in a sentence.
 * Invariant: words that come from a base may be for what is no longer here.
 * Fails: never; what is wrong goes to the problems.
 */
#include <string.h>

#include "rule/check.h"
#include "rule/template.h"

static void
add_names(struct check *check, struct strs *names, const struct strs *more)
{
	for (size_t i = 0; i < more->n; i++)
		strs_add(check->arena, names, more->v[i]);
}

static void
add_items(struct check *check, struct strs *names, const void *items, size_t count, size_t size)
{
	struct strs more = check_names_of(check, items, count, size);

	add_names(check, names, &more);
}

static struct strs
all_names(struct check *check)
{
	const struct pack *pack = check->pack;
	struct strs names = { NULL, 0 };

	for (size_t i = 0; i < pack->strand_count; i++)
		add_items(check, &names, pack->strands[i].stages, pack->strands[i].stage_count, sizeof *pack->strands[i].stages);
	add_items(check, &names, pack->strands, pack->strand_count, sizeof *pack->strands);
	add_items(check, &names, pack->roles, pack->role_count, sizeof *pack->roles);
	add_items(check, &names, pack->kinds, pack->kind_count, sizeof *pack->kinds);
	add_items(check, &names, pack->deadlines, pack->deadline_count, sizeof *pack->deadlines);
	add_items(check, &names, pack->questions, pack->question_count, sizeof *pack->questions);
	add_items(check, &names, pack->services, pack->service_count, sizeof *pack->services);
	for (size_t i = 0; i < pack->template_count; i++)
		strs_add(check->arena, &names, pack->templates[i]->name);
	add_names(check, &names, &check->facts);
	add_names(check, &names, &pack->wanted);
	return names;
}

static bool
is_own(const struct pack *pack, const struct text *called)
{
	return pack->watches.n > 0 && strcmp(called->where.file, pack->where.file) == 0;
}

void
check_called(struct check *check)
{
	const struct pack *pack = check->pack;
	struct strs names = all_names(check);

	for (size_t i = 0; i < pack->called_count; i++) {
		const struct text *called = &pack->called[i];

		if (called->value[0] == '\0' || strpbrk(called->value, "\n{}|*") != NULL)
			problem_add(check->problems, called->where, "plain words that can stand in a sentence, such as \"with the worker\"",
			    "called: the words for \"%s\" are empty, or hold a line end or one of { } | *", called->name);
		else if (is_own(pack, called) && !strs_has(&names, called->name))
			problem_add(check->problems, called->where, check_near(check, called->name, &names),
			    "called: nothing has the name \"%s\": no stage, strand, role, kind, fact, date, question, service or template",
			    called->name);
	}
}
