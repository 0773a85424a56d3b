/*
 * Conditions as they stand behind "if" and "unless".  A short one is said in
 * full; a long one by its name, under which describe has it in full.  Pure.
 * Fails: never.
 */
#include <string.h>

#include "rule/words.h"

#define SHORT	90	/* bytes: what is longer is said by its name */

static char *
involvement(const struct words *words, const struct test *test)
{
	struct strs said = { NULL, 0 };

	for (size_t i = 0; i < test->values.n; i++)
		strs_add(words->arena, &said, words_plain(words, test->values.v[i]));
	return arena_printf(words->arena, "the list of involvement says %s", words_list(words->arena, &said, "or"));
}

static char *
fact(const struct words *words, const struct test *test)
{
	if (test->name == NULL)
		return arena_printf(words->arena, "%s is known", words_quoted_list(words, &test->values, "or"));
	if (test->values.n == 0)
		return arena_printf(words->arena, "%s is known", words_quoted(words, test->name));
	/* worker = "named-worker": the same person. */
	if (test->values.n == 1 && pack_role(words->pack, test->values.v[0]) != NULL)
		return arena_printf(words->arena, "%s is %s", words_quoted(words, test->name),
		    words_role(words, test->values.v[0]));
	return arena_printf(words->arena, "%s is %s", words_quoted(words, test->name),
	    words_texts(words->arena, &test->values, "or"));
}

static char *
dates(const struct words *words, const struct test *test)
{
	const char *left = words_date(words, test->left), *right = words_date(words, test->right);

	if (test->relation == DATES_WITHIN)
		return arena_printf(words->arena, "%s is within %s of %s", left,
		    words_span(words->arena, test->within.n, test->within.unit), right);
	return arena_printf(words->arena, "%s is %s %s", left, test->relation == DATES_BEFORE ? "before" : "after", right);
}

static char *
changed(const struct words *words, const struct test *test)
{
	struct strs names = { NULL, 0 };

	if (test->name != NULL)
		strs_add(words->arena, &names, test->name);
	for (size_t i = 0; test->name == NULL && i < test->values.n; i++)
		strs_add(words->arena, &names, test->values.v[i]);
	return test->since == NULL ? arena_printf(words->arena, "%s has changed", words_quoted_list(words, &names, "or")) :
	    arena_printf(words->arena, "%s has changed since %s sent it", words_quoted_list(words, &names, "or"),
	    words_role(words, test->since));
}

static char *
test_text(const struct words *words, const struct test *test)
{
	const char *names = words_quoted_list(words, &test->values, "or"), *roles = words_role_texts(words, &test->values, "or");

	switch (test->kind) {
	case TEST_NAMED:
		return arena_strdup(words->arena, words_quoted(words, test->name));
	case TEST_INVOLVEMENT:
		return involvement(words, test);
	case TEST_SERVICE:
		return arena_printf(words->arena, "the service is %s", names);
	case TEST_FLAG:
		return arena_printf(words->arena, "the child’s record is marked %s", names);
	case TEST_OPEN_TO:
		return arena_printf(words->arena, "the child is open to %s", names);
	case TEST_AGE:
		return arena_printf(words->arena, test->age_over ? "the child is %s or over" : "the child is under %s",
		    words_age(words->arena, test->age_months));
	case TEST_FACT:
		return fact(words, test);
	case TEST_DATES:
		return dates(words, test);
	case TEST_CHANGED:
		return changed(words, test);
	case TEST_COPIED:
		return arena_printf(words->arena, "the mail is copied to %s", roles);
	case TEST_ATTACHMENT:
		return arena_printf(words->arena, "a file called %s is attached", words_texts(words->arena, &test->values, "or"));
	case TEST_KNOWN:
		return arena_printf(words->arena, "it is known who %s is", roles);
	case TEST_RECEIVED:
		return arena_printf(words->arena, "%s has come", names);
	case TEST_SENT:
		return arena_printf(words->arena, "the mail %s has been sent", names);
	case TEST_STAGE:
		return arena_printf(words->arena, "the work stands at %s", names);
	case TEST_SAYS:
		return arena_printf(words->arena, "the mail says %s", words_patterns(words->arena, test->says, test->says_count, "or"));
	case TEST_OPEN:
		return arena_printf(words->arena, "work on %s is open", names);
	}
	return arena_strdup(words->arena, "");
}

char *
words_condition(const struct words *words, const struct condition *condition)
{
	struct strs tests = { NULL, 0 };

	for (size_t i = 0; i < condition->test_count; i++)
		strs_add(words->arena, &tests, test_text(words, &condition->tests[i]));
	return words_list(words->arena, &tests, "and");
}

/* The condition that this one merely names, or NULL. */
static const struct condition *
named_alone(const struct words *words, const struct condition *condition)
{
	return condition->test_count == 1 && condition->tests[0].kind == TEST_NAMED ?
	    pack_condition(words->pack, condition->tests[0].name) : NULL;
}

char *
words_conditions(const struct words *words, const struct conditions *conditions)
{
	struct strs list = { NULL, 0 };

	for (size_t i = 0; i < conditions->n; i++) {
		const struct condition *named = named_alone(words, &conditions->v[i]);
		const char *text = words_condition(words, named == NULL ? &conditions->v[i] : named);

		if (named != NULL && (strlen(text) > SHORT || conditions->n > 3))
			text = words_quoted(words, named->name);
		strs_add(words->arena, &list, text);
	}
	return arena_printf(words->arena, "%s%s", words_list(words->arena, &list, "or"), conditions->n > 3 ? " holds" : "");
}
