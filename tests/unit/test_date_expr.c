/* Date sentences, repeats, ages, comparisons and recipients: read whole or refused with the right words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "rule/read.h"

/* want: the parsed form as written by show_*(), or "!" and words of the error. */
struct sample { const char *text, *want; };

static const struct sample dates[] = {
	{ "due-date", "known due-date" },
	{ "earliest of due-date, advice-request + 6 weeks", "earliest due-date|advice-request+6w" },
	{ "latest of a and b", "latest a|b" },
	{ "agreed-date, else statutory - 2 weeks", "known agreed-date|statutory-2w" },
	{ "entered + 6 weeks + 1 working day", "known entered+6w+1W" },
	{ "15 days beginning with draft-sent", "known [15d]draft-sent" },
	{ "next Wednesday", "known next2" },
	{ "last-review + 12 months", "known last-review+12m" },
	{ "date-of-birth + 18 years", "known date-of-birth+18y" },
	{ "agreed-date but no later than statutory, else a - 2 weeks", "known agreed-date<statutory|a-2w" },
	{ "a but later than b", "!no later than" },
	{ "", "!missing" }, { "due-14 days", "!space on either side" }, { "due - 14", "!no unit" },
	{ "due - days", "!a number" }, { "due - 14 fortnights", "!no unit" }, { "15 days", "!beginning with" },
	{ "next week", "!day of the week" }, { "earliest of a", "!two dates" }, { "Due + 1 day", "!no name of a date" },
	{ "a, b", "!from \",\" on" }, { "a or b", "!from \"or\" on" }, { "a, else", "!missing" },
	{ "a + 99999999999 days", "!a number" },
};

static const struct sample repeats[] = {
	{ "1 week", "1w" }, { "2 working days, 3 in all, then 1 week", "2Wx3,1w" },
	{ "2 working days, 3 in all", "2Wx3" }, { "weekly", "!a number" }, { "0 days", "!no repeat" },
	{ "1 week, 3 in all,", "!no repeat" }, { "1 week, then 2 weeks", "!no repeat" }, { "1 week, 0 in all", "!no repeat" },
};

static const struct sample ages[] = {
	{ "under 18", "<216" }, { "18 or over", ">=216" }, { "17 years 6 months or over", ">=210" },
	{ "over 18", "!no age" }, { "18", "!no age" }, { "17 years 13 months or over", "!no age" },
};

static const struct sample relations[] = {
	{ "closed-on within 3 months of advice-request", "known closed-on within 3m known advice-request" },
	{ "a + 1 week before b", "known a+1w before known b" }, { "a after b", "known a after known b" },
	{ "a within b", "!a number" }, { "a before", "!compare two" }, { "a b", "!compare two" },
};

static const struct sample recipients[] = {
	{ "worker", "worker" }, { "worker's manager", "worker^" }, { "worker\xE2\x80\x99s manager", "worker^" },
	{ "their manager else owner else last-resort", "them^|owner|last-resort" },
	{ "anyone in the directory", "anyone in the directory" }, { "a@x.example", "!roles alone" },
	{ "a, b", "!comma" }, { "", "!no recipient" }, { "Head of Service", "!no recipient" }, { "worker else ", "!no recipient" },
};

static char *
show_step(struct arena *arena, struct date_step step, bool sign)
{
	return arena_printf(arena, "%s%d%c", sign && step.n >= 0 ? "+" : "", step.n, "dWwmy"[step.unit]);
}

static char *
show_expr(struct arena *arena, const struct date_expr *expr)
{
	static const char *const choices[] = { "earliest ", "latest ", "known " };
	char *text = arena_strdup(arena, choices[expr->choice]);
	const struct date_term *term;
	size_t i, j;

	for (i = 0; i < expr->term_count; i++) {
		term = &expr->terms[i];
		if (i > 0)
			text = arena_printf(arena, "%s|", text);
		if (term->beginning_n > 0)
			text = arena_printf(arena, "%s[%s]", text, show_step(arena,
			    (struct date_step){ term->beginning_n, term->beginning_unit }, false));
		if (term->weekday >= 0)
			text = arena_printf(arena, "%snext%d", text, term->weekday);
		else
			text = arena_printf(arena, "%s%s", text, term->base);
		for (j = 0; j < term->step_count; j++)
			text = arena_printf(arena, "%s%s", text, show_step(arena, term->steps[j], true));
		if (term->no_later_than != NULL)
			text = arena_printf(arena, "%s<%s", text, term->no_later_than);
	}
	return text;
}

static const char *
parse_date(struct arena *arena, const char *text, struct err *err)
{
	struct date_expr expr;

	return date_expr_parse(arena, text, &expr, err) == -1 ? NULL : show_expr(arena, &expr);
}

static const char *
parse_repeat(struct arena *arena, const char *text, struct err *err)
{
	struct repeat repeat;
	char *shown;

	if (repeat_parse(text, &repeat, err) == -1)
		return NULL;
	shown = show_step(arena, repeat.first, false);
	if (repeat.in_all > 0)
		shown = arena_printf(arena, "%sx%d", shown, repeat.in_all);
	if (repeat.then.n > 0)
		shown = arena_printf(arena, "%s,%s", shown, show_step(arena, repeat.then, false));
	return shown;
}

static const char *
parse_age(struct arena *arena, const char *text, struct err *err)
{
	bool over;
	int months;

	if (age_parse(text, &over, &months, err) == -1)
		return NULL;
	return arena_printf(arena, "%s%d", over ? ">=" : "<", months);
}

static const char *
parse_relation(struct arena *arena, const char *text, struct err *err)
{
	static const char *const words[] = { "before", "after", "within" };
	struct test test;

	memset(&test, 0, sizeof(test));
	if (dates_parse(arena, text, &test, err) == -1)
		return NULL;
	return arena_printf(arena, "%s %s %s%s%s", show_expr(arena, test.left), words[test.relation],
	    test.relation == DATES_WITHIN ? show_step(arena, test.within, false) : "",
	    test.relation == DATES_WITHIN ? " " : "", show_expr(arena, test.right));
}

static const char *
parse_recipient(struct arena *arena, const char *text, struct err *err)
{
	struct recipient recipient;
	char *shown;
	size_t i;

	if (recipient_parse(arena, text, &recipient, err) == -1)
		return NULL;
	shown = arena_strdup(arena, "");
	for (i = 0; i < recipient.choice_count; i++)
		shown = arena_printf(arena, "%s%s%s%s", shown, i > 0 ? "|" : "",
		    recipient.choices[i].role, recipient.choices[i].manager ? "^" : "");
	return shown;
}

static void
run_rows(const struct sample *rows, size_t count,
    const char *(*parse)(struct arena *, const char *, struct err *))
{
	struct arena *arena = arena_new();
	struct err err;
	const char *got;
	size_t i;
	int bad = 0;
	bool well;

	for (i = 0; i < count; i++) {
		err.text[0] = '\0';
		got = parse(arena, rows[i].text, &err);
		if (rows[i].want[0] == '!')
			well = got == NULL && strstr(err.text, rows[i].want + 1) != NULL;
		else
			well = got != NULL && strcmp(got, rows[i].want) == 0;
		if (!well) {
			print_error("\"%s\": want %s, got %s\n", rows[i].text, rows[i].want,
			    got != NULL ? got : err.text);
			bad++;
		}
	}
	arena_free(&arena);
	assert_int_equal(bad, 0);
}

#define TABLE_TEST(name, rows, parse) \
	static void name(void **state) { (void)state; run_rows(rows, sizeof(rows) / sizeof(rows[0]), parse); }

TABLE_TEST(test_dates, dates, parse_date)
TABLE_TEST(test_repeats, repeats, parse_repeat)
TABLE_TEST(test_ages, ages, parse_age)
TABLE_TEST(test_relations, relations, parse_relation)
TABLE_TEST(test_recipients, recipients, parse_recipient)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates), cmocka_unit_test(test_repeats), cmocka_unit_test(test_ages),
		cmocka_unit_test(test_relations), cmocka_unit_test(test_recipients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
