/*
 * Conditions: named ones under "conditions", and what stands in "when" and
 * "unless".  Used by the pack reader.
 * Invariant: the keys of a condition that are no word of the language are
 * facts to be compared; check_names.c proves that there is such a fact.
 * Fails: reports to the problems.
 */
#include <string.h>

#include "rule/read_value.h"

static const struct { const char *name; enum test_kind kind;
} test_words[] = { { "involvement", TEST_INVOLVEMENT }, { "service", TEST_SERVICE },
	{ "flag", TEST_FLAG }, { "open-to", TEST_OPEN_TO }, { "age", TEST_AGE },
	{ "fact", TEST_FACT }, { "dates", TEST_DATES }, { "changed", TEST_CHANGED },
	{ "copied", TEST_COPIED }, { "attachment", TEST_ATTACHMENT }, { "known", TEST_KNOWN },
	{ "received", TEST_RECEIVED }, { "sent", TEST_SENT }, { "stage", TEST_STAGE },
	{ "says", TEST_SAYS }, { "open", TEST_OPEN } };

static bool
test_word(const char *name, enum test_kind *kind_r)
{
	size_t i;

	for (i = 0; i < sizeof test_words / sizeof *test_words; i++)
		if (strcmp(test_words[i].name, name) == 0) {
			*kind_r = test_words[i].kind;
			return true;
		}
	return false;
}

static void
read_age(struct reader *reader, const struct node *node, struct test *test)
{
	const char *text = NULL;
	struct err err;

	key_text(reader, node, &text);
	if (text != NULL && age_parse(text, &test->age_over, &test->age_months, &err) != 0)
		read_failed(reader, node, &err);
}

/* One name stands in name; of several, any will do: they stand in values, and name is NULL. */
static void
read_either(struct reader *reader, const struct node *node, struct test *test)
{
	struct strs names;

	if (!read_strs(reader, node, &names))
		return;
	if (names.n == 1)
		test->name = names.v[0];
	else
		test->values = names;
}

static void
read_dates(struct reader *reader, const struct node *node, struct test *test)
{
	const char *text = NULL;
	struct where where = test->where;
	struct err err;

	key_text(reader, node, &text);
	if (text != NULL && dates_parse(reader->arena, text, test, &err) != 0)
		read_failed(reader, node, &err);
	test->kind = TEST_DATES;
	test->where = where;
	if (test->left != NULL)
		test->left->where = where;
	if (test->right != NULL)
		test->right->where = where;
}

static void
read_test(struct reader *reader, const struct node *node, struct test *test)
{
	test->where = node->where;
	if (!test_word(node->name, &test->kind)) {
		test->kind = TEST_FACT;
		test->name = node->name;
		read_strs(reader, node, &test->values);
		return;
	}
	switch (test->kind) {
	case TEST_AGE:
		read_age(reader, node, test);
		break;
	case TEST_DATES:
		read_dates(reader, node, test);
		break;
	case TEST_SAYS:
		read_patterns(reader, node, &test->says, &test->says_count);
		break;
	case TEST_FACT:
	case TEST_CHANGED:
		read_either(reader, node, test);
		break;
	default:
		read_strs(reader, node, &test->values);
	}
}

static void
read_condition(struct reader *reader, const struct node *node, struct condition *condition)
{
	const struct node *since = tree_child(node, "since");
	struct test *test;
	size_t i;

	condition->where = node->where;
	for (i = 0; i < node->count; i++) {
		if (strcmp(node->items[i]->name, "meets") == 0)
			key_meets(reader, node->items[i], &condition->meets);
		if (strcmp(node->items[i]->name, "since") == 0 ||
		    strcmp(node->items[i]->name, "meets") == 0)
			continue;
		test = arena_push(reader->arena, condition->tests, condition->test_count);
		read_test(reader, node->items[i], test);
		if (test->kind == TEST_CHANGED && since != NULL)
			key_text(reader, since, &test->since);
	}
	if (since != NULL && tree_child(node, "changed") == NULL)
		problem_add(
		    reader->problems, since->where, NULL, "\"since\" stands without \"changed\"");
	if (condition->test_count == 0)
		problem_add(reader->problems, node->where, NULL, "a condition tests nothing; "
		    "write for example { involvement = \"open\" }");
}

static void
condition_by_name(struct reader *reader, const struct node *node, struct condition *condition)
{
	struct test *test = arena_push(reader->arena, condition->tests, condition->test_count);

	condition->where = test->where = node->where;
	test->kind = TEST_NAMED;
	test->name = node->text;
}

void
key_conditions(struct reader *reader, const struct node *node, void *at)
{
	struct conditions *conditions = at;
	struct condition *condition;
	size_t i;

	if (node->type == NODE_ARRAY || node->type == NODE_LIST) {
		for (i = 0; i < node->count; i++)
			key_conditions(reader, node->items[i], at);
		return;
	}
	if (node->type != NODE_TEXT && node->type != NODE_GROUP) {
		read_wrong(reader, node, "a condition's name, or a condition in { }");
		return;
	}
	condition = arena_push(reader->arena, conditions->v, conditions->n);
	if (node->type == NODE_TEXT)
		condition_by_name(reader, node, condition);
	else
		read_condition(reader, node, condition);
}

void
read_conditions_named(struct reader *reader, const struct node *node)
{
	struct pack *pack = reader->pack;
	struct condition *condition;
	size_t i;

	for (i = 0; i < node->count; i++) {
		if (!read_is_group(reader, node->items[i], "a condition in { }"))
			continue;
		condition = arena_push(reader->arena, pack->conditions, pack->condition_count);
		condition->name = node->items[i]->name;
		read_condition(reader, node->items[i], condition);
	}
}
