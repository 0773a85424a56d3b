/*
 * One name of each sort, looked up in the pack; an unknown one is reported
 * with the nearest known one.  What stands where is check_names.c's matter.
 * Fails: never; what is wrong goes to the problems.
 */
#include <string.h>

#include "rule/check_name.h"

static const char *const ready_dates[] = { "received", "entered", "asked", "due", "held",
	"last-heard", "today" };
static const char *const list_services[] = { "CSC", "OPS", "EH", "CWD", "ASC" };

#define NAMES(check, list, count) check_names_of((check), (list), (count), sizeof *(list))

void
check_unknown(struct check *check, struct where where, const char *sort, const char *name,
    const struct strs *names)
{
	const char *hint = check_near(check, name, names);

	strs_add_new(check->arena, &check->missing, name);
	if (hint == NULL && names->n > 0)
		hint = arena_printf(check->arena, "there are: %s", strs_join(check->arena, names, ", "));
	problem_add(check->problems, where, hint,
	    "there is no %s \"%s\" in this pack", sort, name);
	check_missed(check, name, names);
}

static bool
is_one_of(const char *name, const char *const *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

bool
check_date_base(const struct check *check, const char *base)
{
	return is_one_of(base, ready_dates, sizeof ready_dates / sizeof *ready_dates) ||
	    pack_deadline(check->pack, base) != NULL || pack_kind(check->pack, base) != NULL ||
	    pack_question(check->pack, base) != NULL ||
	    check_knows_fact(check, base);
}

void
check_role_name(struct check *check, struct where where, const char *name, bool may_be_anyone)
{
	static const char *const somebody[] = { "owner", "them", "sender", "instead" };
	static const char *const anybody[] = { "staff", "anyone", "anyone in the directory" };
	struct strs names;
	size_t i;

	if (pack_role(check->pack, name) != NULL || is_one_of(name, somebody, 4))
		return;
	if (is_one_of(name, anybody, 3)) {
		if (!may_be_anyone)
			problem_add(check->problems, where, NULL,
			    "\"%s\" is too many people to write to; name a role", name);
		return;
	}
	if (check->pack->watches.n == 0)
		return;		/* a base: whoever extends it defines the role */
	names = NAMES(check, check->pack->roles, check->pack->role_count);
	for (i = 0; i < 4; i++)
		strs_add(check->arena, &names, somebody[i]);
	for (i = 0; may_be_anyone && i < 3; i++)
		strs_add(check->arena, &names, anybody[i]);
	check_unknown(check, where, "role", name, &names);
}

void
check_role_names(struct check *check, const struct recipients *recipients, bool may_be_anyone)
{
	size_t i, j;

	for (i = 0; i < recipients->n; i++)
		for (j = 0; j < recipients->v[i].choice_count; j++)
			check_role_name(check, recipients->where, recipients->v[i].choices[j].role,
			    may_be_anyone);
}

/* Names written as texts: "worker", "worker's manager". */
void
check_role_texts(struct check *check, struct where where, const struct strs *texts)
{
	struct recipients recipients = { .where = where };
	struct recipient *one;
	struct err err;
	size_t i;

	for (i = 0; i < texts->n; i++) {
		one = arena_push(check->arena, recipients.v, recipients.n);
		if (recipient_parse(check->arena, texts->v[i], one, &err) != 0) {
			recipients.n--;
			problem_add(check->problems, where, NULL, "%s", err.text);
		}
	}
	check_role_names(check, &recipients, true);
}

void
check_kind_name(struct check *check, struct where where, const char *name)
{
	struct strs names;

	if (name == NULL || pack_kind(check->pack, name) != NULL)
		return;
	names = NAMES(check, check->pack->kinds, check->pack->kind_count);
	check_unknown(check, where, "kind", name, &names);
}

void
check_question_name(struct check *check, struct where where, const char *name)
{
	struct strs names;

	if (name == NULL || pack_question(check->pack, name) != NULL)
		return;
	names = NAMES(check, check->pack->questions, check->pack->question_count);
	check_unknown(check, where, "question", name, &names);
}

void
check_ladder_name(struct check *check, struct where where, const char *name)
{
	struct strs names;

	if (name == NULL || pack_ladder(check->pack, name) != NULL)
		return;
	names = NAMES(check, check->pack->ladders, check->pack->ladder_count);
	problem_add(check->problems, where,
	    names.n == 0 ? "the standard ladders come with  extends = \"common\""
			 : check_near(check, name, &names),
	    "there is no ladder \"%s\" in this pack", name);
	check_missed(check, name, &names);
}

void
check_fact_name(struct check *check, struct where where, const char *name)
{
	if (name != NULL && !check_knows_fact(check, name))
		check_unknown(check, where, "fact", name, &check->facts);
}

void
check_stage_name(struct check *check, struct where where, const struct strand *strand, const char *name)
{
	const struct pack *pack = check->pack;
	struct strs names = { NULL, 0 };
	size_t i, j;

	for (i = 0; i < pack->strand_count; i++) {
		if (strand != NULL && strand != &pack->strands[i])
			continue;
		if (strand_stage(&pack->strands[i], name) != NULL)
			return;
		for (j = 0; j < pack->strands[i].stage_count; j++)
			strs_add(check->arena, &names, pack->strands[i].stages[j].name);
	}
	if (strand != NULL) {
		problem_add(check->problems, where, check_near(check, name, &names),
		    "there is no stage \"%s\" in the strand \"%s\"", name, strand->name);
		check_missed(check, name, &names);
	} else
		check_unknown(check, where, "stage", name, &names);
}

void
check_strand_name(struct check *check, struct where where, const char *name)
{
	struct strs names;

	if (pack_strand(check->pack, name) != NULL)
		return;
	names = NAMES(check, check->pack->strands, check->pack->strand_count);
	check_unknown(check, where, "strand", name, &names);
}

void
check_service_names(struct check *check, struct where where, const struct strs *services)
{
	struct strs names = NAMES(check, check->pack->services, check->pack->service_count);
	size_t i;

	for (i = 0; i < sizeof list_services / sizeof *list_services; i++)
		strs_add_new(check->arena, &names, list_services[i]);
	for (i = 0; i < services->n; i++)
		if (!strs_has(&names, services->v[i]))
			check_unknown(check, where, "service", services->v[i], &names);
}

void
check_date_names(struct check *check, const struct date_expr *expr)
{
	struct strs names;
	const char *base;
	size_t i, j;

	for (i = 0; i < expr->term_count; i++) {
		base = expr->terms[i].base;
		if (base == NULL || check_date_base(check, base))
			continue;
		names = NAMES(check, check->pack->deadlines, check->pack->deadline_count);
		for (j = 0; j < sizeof ready_dates / sizeof *ready_dates; j++)
			strs_add(check->arena, &names, ready_dates[j]);
		for (j = 0; j < check->facts.n; j++)
			strs_add(check->arena, &names, check->facts.v[j]);
		for (j = 0; j < check->pack->kind_count; j++)
			strs_add(check->arena, &names, check->pack->kinds[j].name);
		problem_add(check->problems, expr->where, check_near(check, base, &names),
		    "\"%s\": there is no date \"%s\"; a date is a fact, a deadline, a kind of "
		    "mail, or one of "
		    "received, entered, asked, due, today",
		    expr->text, base);
		check_missed(check, base, &names);
	}
}
