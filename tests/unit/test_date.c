/* Dates, instants and summer time; dates as people write them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/date.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

static dayno
iso(const char *text)
{
	dayno	day = DAY_NONE;

	if (!date_parse_iso(text, &day))
		fail_msg("the test's own date \"%s\" does not parse", text);
	return day;
}

static void
test_civil(void **state)
{
	static const struct { int year, month, day; dayno want; } rows[] = {
		{ 1970, 1, 1, 0 }, { 1969, 12, 31, -1 }, { 2000, 2, 29, 11016 },
		{ 2000, 3, 1, 11017 }, { 2026, 11, 22, 20779 }, { 1, 1, 1, -719162 },
		{ 9999, 12, 31, 2932896 }, { 1900, 2, 29, DAY_NONE }, { 2100, 2, 29, DAY_NONE },
		{ 2023, 2, 29, DAY_NONE }, { 2024, 4, 31, DAY_NONE }, { 2024, 0, 1, DAY_NONE },
		{ 2024, 13, 1, DAY_NONE }, { 2024, 1, 0, DAY_NONE }, { 0, 1, 1, DAY_NONE },
		{ 10000, 1, 1, DAY_NONE },
	};
	struct civil	civil;
	dayno		got;
	size_t		i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		got = date_from_civil(rows[i].year, rows[i].month, rows[i].day);
		if (got != rows[i].want)
			fail_msg("%d-%d-%d: got %d", rows[i].year, rows[i].month, rows[i].day, got);
		if (got == DAY_NONE)
			continue;
		civil = date_to_civil(got);
		if (civil.year != rows[i].year || civil.month != rows[i].month ||
		    civil.day != rows[i].day)
			fail_msg("%d and back: %d-%d-%d", got, civil.year, civil.month, civil.day);
	}
}

static void
test_weekday(void **state)
{
	(void)state;
	assert_int_equal(date_weekday(0), 3);
	assert_int_equal(date_weekday(iso("2026-11-23")), 0);
	assert_int_equal(date_weekday(iso("2026-11-22")), 6);
	assert_int_equal(date_weekday(iso("1900-01-01")), 0);
	assert_int_equal(date_weekday(iso("0001-01-01")), 0);
}

static void
test_add_months(void **state)
{
	static const struct { const char *day; int months; const char *want; } rows[] = {
		{ "2026-01-31", 1, "2026-02-28" }, { "2024-01-31", 1, "2024-02-29" },
		{ "2024-02-29", 12, "2025-02-28" }, { "2024-02-29", 48, "2028-02-29" },
		{ "2026-03-31", -1, "2026-02-28" }, { "2026-12-15", 1, "2027-01-15" },
		{ "2026-01-15", -1, "2025-12-15" }, { "2026-05-31", -13, "2025-04-30" },
		{ "2026-05-31", 0, "2026-05-31" },
	};
	size_t	i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (date_add_months(iso(rows[i].day), rows[i].months) != iso(rows[i].want))
			fail_msg("%s %+d months is not %s", rows[i].day, rows[i].months, rows[i].want);
	}
	assert_int_equal(date_add_months(iso("9999-12-01"), 1), DAY_NONE);
	assert_int_equal(date_add_months(iso("0001-01-01"), -1), DAY_NONE);
	assert_int_equal(date_add_months(iso("2026-01-01"), INT32_MAX), DAY_NONE);
	assert_int_equal(date_add_months(iso("2026-01-01"), INT32_MIN), DAY_NONE);
	assert_int_equal(date_add_months(DAY_NONE, 1), DAY_NONE);
}

/* Each instant in UTC seconds, and London's clock at it. */
static void
test_summer_time(void **state)
{
	static const struct { const char *utc, *london; } rows[] = {
		{ "2026-03-29T00:59:59Z", "2026-03-29T00:59:59+00:00" },
		{ "2026-03-29T01:00:00Z", "2026-03-29T02:00:00+01:00" },
		{ "2026-10-25T00:59:59Z", "2026-10-25T01:59:59+01:00" },
		{ "2026-10-25T01:00:00Z", "2026-10-25T01:00:00+00:00" },
		{ "2026-06-30T23:30:00Z", "2026-07-01T00:30:00+01:00" },
		{ "2026-11-23T09:00:00Z", "2026-11-23T09:00:00+00:00" },
		{ "2024-03-31T01:00:00Z", "2024-03-31T02:00:00+01:00" },
		{ "1969-12-31T23:59:59Z", "1969-12-31T23:59:59+00:00" },
	};
	struct arena	*arena = arena_new();
	instant		 at;
	size_t		 i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_true(instant_parse_iso(rows[i].utc, &at));
		if (strcmp(instant_iso(arena, at), rows[i].london) != 0)
			fail_msg("%s: got %s", rows[i].utc, instant_iso(arena, at));
	}
	arena_free(&arena);
}

static void
test_instant_at(void **state)
{
	static const struct { const char *name, *day; int minute; const char *want; } rows[] = {
		{ "winter", "2026-11-23", 540, "2026-11-23T09:00:00+00:00" },
		{ "summer", "2026-07-01", 0, "2026-07-01T00:00:00+01:00" },
		{ "skipped hour moves on", "2026-03-29", 90, "2026-03-29T02:30:00+01:00" },
		{ "before the skipped hour", "2026-03-29", 59, "2026-03-29T00:59:00+00:00" },
		{ "doubled hour is the first", "2026-10-25", 90, "2026-10-25T01:30:00+01:00" },
		{ "after the doubled hour", "2026-10-25", 120, "2026-10-25T02:00:00+00:00" },
		{ "last minute", "2026-12-31", 1439, "2026-12-31T23:59:00+00:00" },
	};
	struct arena	*arena = arena_new();
	instant		 at;
	size_t		 i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		at = instant_at(iso(rows[i].day), rows[i].minute);
		if (strcmp(instant_iso(arena, at), rows[i].want) != 0)
			fail_msg("%s: got %s", rows[i].name, instant_iso(arena, at));
	}
	at = instant_at(iso("2026-07-01"), 30);
	assert_int_equal(instant_date(at), iso("2026-07-01"));
	assert_int_equal(instant_minute(at), 30);
	assert_int_equal(instant_minute(at + 59), 30);
	assert_int_equal(instant_date(INSTANT_NONE), DAY_NONE);
	assert_true(instant_at(DAY_NONE, 0) == INSTANT_NONE);
	arena_free(&arena);
}

static void
test_parse_instant(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "2026-09-07", "2026-09-07T00:00:00+01:00" },
		{ "2026-09-07T09:00", "2026-09-07T09:00:00+01:00" },
		{ "2026-09-07T09:00:30", "2026-09-07T09:00:30+01:00" },
		{ "2026-09-07T09:00Z", "2026-09-07T10:00:00+01:00" },
		{ "2026-12-07T09:00+01:00", "2026-12-07T08:00:00+00:00" },
		{ "2026-12-07T23:30:00-05:00", "2026-12-08T04:30:00+00:00" },
		{ "2026-09-07T", NULL }, { "2026-09-07T24:00", NULL }, { "2026-09-07T09:60", NULL },
		{ "2026-09-07 09:00", NULL }, { "2026-09-31", NULL }, { "2026-9-7", NULL },
		{ "2026-09-07T09:00:3", NULL }, { "2026-09-07T09:00+1", NULL }, { "", NULL },
		{ "2026-09-07Tx9:00", NULL }, { "2026-09-07T09:00:00+00:00x", NULL },
	};
	struct arena	*arena = arena_new();
	instant		 at;
	size_t		 i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (instant_parse_iso(rows[i].text, &at) != (rows[i].want != NULL))
			fail_msg("\"%s\": taken wrongly or not at all", rows[i].text);
		if (rows[i].want != NULL && strcmp(instant_iso(arena, at), rows[i].want) != 0)
			fail_msg("\"%s\": got %s", rows[i].text, instant_iso(arena, at));
	}
	arena_free(&arena);
}

static void
test_showing(void **state)
{
	struct arena	*arena = arena_new();

	(void)state;
	assert_string_equal(date_iso(arena, iso("2026-01-04")), "2026-01-04");
	assert_string_equal(date_words(arena, iso("2026-11-23")), "23 Nov 2026");
	assert_string_equal(date_words_weekday(arena, iso("2026-11-03")), "Tue 3 Nov 2026");
	assert_string_equal(date_iso(arena, DAY_NONE), "");
	assert_string_equal(date_words(arena, DAY_NONE), "");
	assert_string_equal(date_words_weekday(arena, DAY_NONE), "");
	assert_string_equal(instant_iso(arena, INSTANT_NONE), "");
	arena_free(&arena);
}

static void
test_age(void **state)
{
	static const struct { const char *born, *on; int want; } rows[] = {
		{ "2015-03-12", "2026-03-11", 10 }, { "2015-03-12", "2026-03-12", 11 },
		{ "2012-02-29", "2025-02-28", 12 }, { "2012-02-29", "2025-03-01", 13 },
		{ "2012-02-29", "2024-02-29", 12 }, { "2026-01-01", "2026-01-01", 0 },
	};
	size_t	i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (date_age(iso(rows[i].born), iso(rows[i].on)) != rows[i].want)
			fail_msg("born %s, on %s: not %d", rows[i].born, rows[i].on, rows[i].want);
	}
}

/* Written on Sunday 22 November 2026; | ends what must be taken; want NULL: no date. */
struct words_row {
	const char		*text;
	enum date_leaning	 leaning;
	const char		*want;
};

static const struct words_row words_rows[] = {
	/* numbers */
	{ "12/03/2015|", DATE_BIRTH, "2015-03-12" },
	{ "12/3/15|", DATE_BIRTH, "2015-03-12" },
	{ "12.3.15|", DATE_BIRTH, "2015-03-12" },
	{ "12.03.15|.", DATE_BIRTH, "2015-03-12" },
	{ "12-03-2015|,", DATE_BIRTH, "2015-03-12" },
	{ "12\xe2\x80\x93" "03\xe2\x80\x93" "2015|", DATE_BIRTH, "2015-03-12" },
	{ "12\xe2\x80\x91" "03\xe2\x80\x91" "2015|", DATE_BIRTH, "2015-03-12" },
	{ "12 / 03 / 2015|", DATE_BIRTH, "2015-03-12" },
	{ "12 - 03 - 2015|", DATE_BIRTH, "2015-03-12" },
	{ "1 - 2 - 15", DATE_BIRTH, NULL },
	{ "12 -03 -2015", DATE_BIRTH, NULL },
	{ "2015-03-12|", DATE_BIRTH, "2015-03-12" },
	{ "2015/03/12|", DATE_BIRTH, "2015-03-12" },
	{ "2015-03-12|T09:00", DATE_BIRTH, "2015-03-12" },
	{ "04/01/2027|) please", DATE_AHEAD, "2027-01-04" },
	{ "04/01/27|", DATE_AHEAD, "2027-01-04" },
	{ "03/13/2015|", DATE_BIRTH, "2015-03-13" },
	{ "3/13/15|", DATE_BIRTH, "2015-03-13" },
	{ "01/02/2027|-03/02/2027", DATE_AHEAD, "2027-02-01" },
	{ "9/3|", DATE_AHEAD, "2027-03-09" },
	{ "14/01| at 10", DATE_AHEAD, "2027-01-14" },
	{ "25/12|", DATE_AHEAD, "2026-12-25" },
	{ "22/11|", DATE_AHEAD, "2026-11-22" },
	{ "21/11|", DATE_AHEAD, "2027-11-21" },
	{ "22/11|", DATE_BIRTH, "2026-11-22" },
	{ "23/11|", DATE_BIRTH, "2025-11-23" },
	{ "w/c 9/3|", DATE_AHEAD, "2027-03-09" },
	{ "W/C: 9/3/27|", DATE_AHEAD, "2027-03-09" },
	{ "w/c Monday 9 March|", DATE_AHEAD, "2027-03-09" },
	{ "week commencing 30th November|", DATE_AHEAD, "2026-11-30" },
	/* words */
	{ "12 March 2015|", DATE_BIRTH, "2015-03-12" },
	{ "12th Mar 2015|", DATE_BIRTH, "2015-03-12" },
	{ "12th of March 2015|", DATE_BIRTH, "2015-03-12" },
	{ "12th of March, 2015|", DATE_BIRTH, "2015-03-12" },
	{ "12TH MARCH 2015|", DATE_BIRTH, "2015-03-12" },
	{ "12 th March 2015|", DATE_BIRTH, "2015-03-12" },
	{ "1st sept 2027|", DATE_AHEAD, "2027-09-01" },
	{ "2nd Sep. 2027|", DATE_AHEAD, "2027-09-02" },
	{ "3rd September|", DATE_AHEAD, "2027-09-03" },
	{ "12-Mar-2015|", DATE_BIRTH, "2015-03-12" },
	{ "12-Mar-15|", DATE_BIRTH, "2015-03-12" },
	{ "12Mar2015|", DATE_BIRTH, "2015-03-12" },
	{ "12 Mar '15|", DATE_BIRTH, "2015-03-12" },
	{ "12 Mar \xe2\x80\x99" "15|", DATE_BIRTH, "2015-03-12" },
	{ "12 Mar 15|", DATE_BIRTH, "2015-03-12" },
	{ "12\xc2\xa0March\xc2\xa0" "2015|", DATE_BIRTH, "2015-03-12" },
	{ "12\xe3\x80\x80March\xe2\x80\x89" "2015|", DATE_BIRTH, "2015-03-12" },
	{ "Thursday 12 March 2015|", DATE_BIRTH, "2015-03-12" },
	{ "Thurs, 12 March 2015|", DATE_BIRTH, "2015-03-12" },
	{ "thu. 12/03/2015|", DATE_BIRTH, "2015-03-12" },
	{ "Friday the 12th of March|", DATE_AHEAD, "2027-03-12" },
	{ "Friday 12th March|", DATE_AHEAD, "2027-03-12" },
	{ "Thursday 12 March|", DATE_AHEAD, "2027-03-12" },
	{ "12 March|", DATE_AHEAD, "2027-03-12" },
	{ "12 March| at 10", DATE_AHEAD, "2027-03-12" },
	{ "12 March| 10am", DATE_AHEAD, "2027-03-12" },
	{ "12 March| 10:30", DATE_AHEAD, "2027-03-12" },
	{ "12 March| 10.30", DATE_AHEAD, "2027-03-12" },
	{ "12 March| 1430", DATE_AHEAD, "2027-03-12" },
	{ "12 March|, 10 children", DATE_AHEAD, "2027-03-12" },
	{ "12 March|, 2 pm", DATE_AHEAD, "2027-03-12" },
	{ "12th\nMarch|", DATE_AHEAD, "2027-03-12" },
	{ "March 12, 2015|", DATE_BIRTH, "2015-03-12" },
	{ "March 12 2015|", DATE_BIRTH, "2015-03-12" },
	{ "March 12th|", DATE_AHEAD, "2027-03-12" },
	{ "12th may| be", DATE_AHEAD, "2027-05-12" },
	{ "12 May|", DATE_AHEAD, "2027-05-12" },
	{ "29 February|", DATE_AHEAD, "2028-02-29" },
	{ "29/02/2024|", DATE_BIRTH, "2024-02-29" },
	{ "Friday 27th|", DATE_AHEAD, "2026-11-27" },
	{ "Friday 12th|", DATE_AHEAD, "2027-02-12" },
	{ "27th inst.|", DATE_AHEAD, "2026-11-27" },
	/* two digits: a birth lies behind, a date due lies ahead, but not by fifty years */
	{ "12/03/27|", DATE_BIRTH, "1927-03-12" },
	{ "12/03/26|", DATE_BIRTH, "2026-03-12" },
	{ "12/03/99|", DATE_BIRTH, "1999-03-12" },
	{ "22/11/26|", DATE_AHEAD, "2026-11-22" },
	{ "04/01/26|", DATE_AHEAD, "2026-01-04" },
	{ "29/02/00|", DATE_BIRTH, "2000-02-29" },
	/* no dates */
	{ "", DATE_BIRTH, NULL },
	{ "9990003017", DATE_BIRTH, NULL },
	{ "0000 496 0303", DATE_BIRTH, NULL },
	{ "943 476 5919", DATE_BIRTH, NULL },
	{ "943-476-5919", DATE_BIRTH, NULL },
	{ "15.20.9160.17", DATE_BIRTH, NULL },
	{ "1.2.20.4", DATE_BIRTH, NULL },
	{ "10.0.0.1", DATE_BIRTH, NULL },
	{ "2026/0123", DATE_BIRTH, NULL },
	{ "26/00123", DATE_BIRTH, NULL },
	{ "12/03/201", DATE_BIRTH, NULL },
	{ "12/03/20155", DATE_BIRTH, NULL },
	{ "12/03/2015/4", DATE_BIRTH, NULL },
	{ "12/03/15.3", DATE_BIRTH, NULL },
	{ "12/03/1066", DATE_BIRTH, NULL },
	{ "12.3", DATE_BIRTH, NULL },
	{ "12-3", DATE_BIRTH, NULL },
	{ "12.30.45", DATE_BIRTH, NULL },
	{ "12/03-2015", DATE_BIRTH, NULL },
	{ "13/13/2015", DATE_BIRTH, NULL },
	{ "31/04/2015", DATE_BIRTH, NULL },
	{ "29/02/2015", DATE_BIRTH, NULL },
	{ "00/03/2015", DATE_BIRTH, NULL },
	{ "30 February 2015", DATE_BIRTH, NULL },
	{ "24/7", DATE_AHEAD, NULL },
	{ "1/2%", DATE_AHEAD, NULL },
	{ "12 may be", DATE_AHEAD, NULL },
	{ "12 marchers", DATE_AHEAD, NULL },
	{ "12 Marc 2015", DATE_BIRTH, NULL },
	{ "March 2015", DATE_BIRTH, NULL },
	{ "May 12 children come", DATE_AHEAD, NULL },
	{ "March 12:30", DATE_AHEAD, NULL },
	{ "Friday 12", DATE_AHEAD, NULL },
	{ "Friday", DATE_AHEAD, NULL },
	{ "12th", DATE_AHEAD, NULL },
	{ "Friday 12th", DATE_BIRTH, NULL },
	{ "12", DATE_AHEAD, NULL },
	{ "2015-13-01", DATE_BIRTH, NULL },
	{ "2015-03-123", DATE_BIRTH, NULL },
	{ "2015-03", DATE_BIRTH, NULL },
	{ " 12/03/2015", DATE_BIRTH, NULL },
	{ "12/03/2015x", DATE_BIRTH, NULL },
	{ "12 m\xc3\xa4rz 2015", DATE_BIRTH, NULL },
};

static void
test_words(void **state)
{
	const dayno	near = iso("2026-11-22");
	char		text[64];
	const char	*mark;
	size_t		want, got, i;
	dayno		day;

	(void)state;
	for (i = 0; i < COUNT(words_rows); i++) {
		const struct words_row	*row = &words_rows[i];

		mark = strchr(row->text, '|');
		want = mark == NULL ? 0 : (size_t)(mark - row->text);
		snprintf(text, sizeof(text), "%.*s%s", (int)want, row->text,
		    mark == NULL ? row->text : mark + 1);
		day = 42;
		got = date_parse_words(text, near, row->leaning, &day);
		if (got != want || day != (row->want == NULL ? 42 : iso(row->want)))
			fail_msg("\"%s\": took %zu bytes, day %d", row->text, got, day);
	}
}

/* Cut anywhere, nothing is read beyond the end (the sanitizer sees it). */
static void
test_words_cut(void **state)
{
	size_t	i, len;
	char	*copy;
	dayno	day;

	(void)state;
	for (i = 0; i < COUNT(words_rows); i++) {
		for (len = 0; len <= strlen(words_rows[i].text); len++) {
			copy = strndup(words_rows[i].text, len);
			date_parse_words(copy, 20000, DATE_AHEAD, &day);
			date_parse_words(copy, DAY_NONE, DATE_BIRTH, &day);
			free(copy);
		}
	}
}

int
main(void)
{
	static const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_civil),
		cmocka_unit_test(test_weekday),
		cmocka_unit_test(test_add_months),
		cmocka_unit_test(test_summer_time),
		cmocka_unit_test(test_instant_at),
		cmocka_unit_test(test_parse_instant),
		cmocka_unit_test(test_showing),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_words_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
