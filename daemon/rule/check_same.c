/*
 * Are two conditions the same, so far as their text shows?  Shared by the
 * proofs.  Pure.
 * Invariant: says yes only where it is sure.
 * Fails: never.
 */
#include <string.h>

#include "rule/check.h"

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_texts(const struct strs *a, const struct strs *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return a->n == b->n;
}

static bool
same_date(const struct date_expr *a, const struct date_expr *b)
{
	return a == b || (a != NULL && b != NULL && same_text(a->text, b->text));
}

static bool
same_test(const struct test *a, const struct test *b)
{
	size_t i;

	if (a->kind != b->kind || !same_text(a->name, b->name) || !same_texts(&a->values, &b->values) ||
	    !same_text(a->since, b->since) || a->says_count != b->says_count)
		return false;
	for (i = 0; i < a->says_count; i++)
		if (strcmp(pattern_source(a->says[i]), pattern_source(b->says[i])) != 0)
			return false;
	if (a->kind == TEST_AGE)
		return a->age_months == b->age_months && a->age_over == b->age_over;
	return a->kind != TEST_DATES || (a->relation == b->relation && same_date(a->left, b->left) &&
	    same_date(a->right, b->right) && a->within.n == b->within.n && a->within.unit == b->within.unit);
}

static bool
same_condition(const struct condition *a, const struct condition *b)
{
	size_t i;

	for (i = 0; i < a->test_count && i < b->test_count; i++)
		if (!same_test(&a->tests[i], &b->tests[i]))
			return false;
	return a->test_count == b->test_count;
}

bool
check_conditions_within(const struct conditions *b, const struct conditions *a)
{
	size_t i, j;

	if (a->n == 0)
		return true;
	for (i = 0; i < b->n; i++) {
		for (j = 0; j < a->n; j++)
			if (same_condition(&a->v[j], &b->v[i]))
				break;
		if (j == a->n)
			return false;
	}
	return b->n > 0;
}
