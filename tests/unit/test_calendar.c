/*
 * Working days: the calendar that is shipped against facts known for certain,
 * and against an oracle that counts every day one by one in its own way;
 * calendar files that cannot be used.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/calendar.h"

#define SHIPPED	"config/calendars/england-and-wales.cfg"
#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

static dayno
iso(const char *text)
{
	dayno	day = DAY_NONE;

	if (!date_parse_iso(text, &day))
		fail_msg("the test's own date \"%s\" does not parse", text);
	return day;
}

static struct calendar *
load_shipped(struct arena *arena)
{
	struct calendar	*calendar = NULL;
	struct err	 err = { ERR_NONE, "" };

	if (calendar_load(arena, SHIPPED, &calendar, &err) == -1)
		fail_msg("%s", err.text);
	return calendar;
}

/* Every bank holiday of some years, as the government published them. */
static const char *const published[] = {
	"2012", "01-02 04-06 04-09 05-07 06-04 06-05 08-27 12-25 12-26",
	"2016", "01-01 03-25 03-28 05-02 05-30 08-29 12-26 12-27",
	"2020", "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28",
	"2021", "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28",
	"2022", "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
	"2023", "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
	"2026", "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
	"2027", "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
	"2028", "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
	"1995", "01-02 04-14 04-17 05-08 05-29 08-28 12-25 12-26",
	"1999", "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28 12-31",
	"2002", "01-01 03-29 04-01 05-06 06-03 06-04 08-26 12-25 12-26",
	"2011", "01-03 04-22 04-25 04-29 05-02 05-30 08-29 12-26 12-27",
};

static void
test_published(void **state)
{
	struct arena	*arena = arena_new();
	struct calendar	*calendar = load_shipped(arena);
	size_t		 i;

	(void)state;
	for (i = 0; i < COUNT(published); i += 2) {
		int	year = atoi(published[i]);
		char	got[256] = "";
		dayno	day;

		for (day = date_from_civil(year, 1, 1); day <= date_from_civil(year, 12, 31); day++) {
			if (calendar_holiday(calendar, day) != NULL)
				snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
				    got[0] == '\0' ? "" : " ", date_iso(arena, day) + 5);
		}
		if (strcmp(got, published[i + 1]) != 0)
			fail_msg("%s: got %s", published[i], got);
	}
	arena_free(&arena);
}

static void
test_names(void **state)
{
	static const struct { const char *day, *want; } rows[] = {
		{ "2026-12-25", "Christmas Day" },
		{ "2026-12-26", NULL },
		{ "2026-12-28", "Boxing Day (substitute day)" },
		{ "2027-12-27", "Christmas Day (substitute day)" },
		{ "2022-12-26", "Boxing Day" },
		{ "2022-12-27", "Christmas Day (substitute day)" },
		{ "2028-01-03", "New Year's Day (substitute day)" },
		{ "2022-09-19", "State funeral of Queen Elizabeth II" },
		{ "2022-05-30", NULL },
		{ "2026-06-15", NULL },		/* Scotland's alone */
		{ "2026-11-23", NULL },
		{ "2026-11-22", NULL },
		{ "1900-12-25", NULL },		/* before the years covered */
		{ "2101-12-25", NULL },
	};
	struct arena	*arena = arena_new();
	struct calendar	*calendar = load_shipped(arena);
	const char	*got;
	size_t		 i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		got = calendar_holiday(calendar, iso(rows[i].day));
		if ((got == NULL) != (rows[i].want == NULL) ||
		    (got != NULL && strcmp(got, rows[i].want) != 0))
			fail_msg("%s: got %s", rows[i].day, got == NULL ? "none" : got);
	}
	assert_int_equal(calendar_complete_to(calendar), 2027);
	arena_free(&arena);
}

static void
test_statute(void **state)
{
	static const struct {
		const char	*from;
		int		 n;
		enum date_unit	 unit;
		const char	*want;
	} rows[] = {
		{ "2026-11-23", 6, UNIT_WEEK, "2027-01-04" },
		{ "2026-11-23", 12, UNIT_WEEK, "2027-02-15" },
		{ "2026-11-23", 16, UNIT_WEEK, "2027-03-15" },
		{ "2026-11-23", 20, UNIT_WEEK, "2027-04-12" },
		{ "2026-11-23", 14, UNIT_DAY, "2026-12-07" },
		{ "2026-12-24", 1, UNIT_WORKING_DAY, "2026-12-29" },
		{ "2027-01-04", -5, UNIT_WORKING_DAY, "2026-12-23" },
		{ "2026-11-22", 1, UNIT_WORKING_DAY, "2026-11-23" },
		{ "2026-11-21", -1, UNIT_WORKING_DAY, "2026-11-20" },
		{ "2026-11-22", 0, UNIT_WORKING_DAY, "2026-11-22" },
		{ "2026-08-31", 6, UNIT_MONTH, "2027-02-28" },
		{ "2024-02-29", 1, UNIT_YEAR, "2025-02-28" },
		{ "2026-11-23", -7, UNIT_DAY, "2026-11-16" },
	};
	struct arena	*arena = arena_new();
	struct calendar	*calendar = load_shipped(arena);
	dayno		 got;
	size_t		 i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		got = calendar_add(calendar, iso(rows[i].from), rows[i].n, rows[i].unit);
		if (got != iso(rows[i].want))
			fail_msg("%s + %d: got %s, want %s", rows[i].from, rows[i].n,
			    date_iso(arena, got), rows[i].want);
	}
	arena_free(&arena);
}

/* Nothing is counted from no day, and no sum wraps round. */
static void
test_no_day(void **state)
{
	static const enum date_unit	units[] = { UNIT_DAY, UNIT_WORKING_DAY, UNIT_WEEK,
					    UNIT_MONTH, UNIT_YEAR };
	struct arena	*arena = arena_new();
	struct calendar	*calendar = load_shipped(arena);
	size_t		 i;

	(void)state;
	for (i = 0; i < COUNT(units); i++) {
		assert_int_equal(calendar_add(calendar, DAY_NONE, 1, units[i]), DAY_NONE);
		assert_int_equal(calendar_add(calendar, 20000, INT32_MAX, units[i]), DAY_NONE);
		assert_int_equal(calendar_add(calendar, 20000, -INT32_MAX, units[i]), DAY_NONE);
	}
	assert_int_equal(calendar_on_or_before(calendar, DAY_NONE), DAY_NONE);
	assert_int_equal(calendar_on_or_after(calendar, DAY_NONE), DAY_NONE);
	assert_int_equal(calendar_add_working(calendar, DAY_NONE, 5), DAY_NONE);
	assert_false(calendar_is_working(calendar, DAY_NONE));
	arena_free(&arena);
}

static void
test_closed_days(void **state)
{
	struct arena	*arena = arena_new();
	struct calendar	*calendar = load_shipped(arena);
	const dayno	 days[] = { iso("2026-12-30"), iso("2026-12-29"), iso("2026-12-31"),
			    iso("2026-12-25"), iso("2150-01-03") };
	struct calendar	*closed = calendar_with_closed(arena, calendar, days, COUNT(days));

	(void)state;
	assert_int_equal(calendar_add_working(closed, iso("2026-12-24"), 1), iso("2027-01-04"));
	assert_int_equal(calendar_add_working(calendar, iso("2026-12-24"), 1), iso("2026-12-29"));
	assert_string_equal(calendar_holiday(closed, iso("2026-12-30")), "closed");
	assert_string_equal(calendar_holiday(closed, iso("2026-12-25")), "Christmas Day");
	assert_null(calendar_holiday(calendar, iso("2026-12-30")));
	assert_int_equal(calendar_complete_to(closed), 2027);
	closed = calendar_with_closed(arena, calendar, NULL, 0);
	assert_true(calendar_is_working(closed, iso("2026-12-30")));
	arena_free(&arena);
}

/*
 * The oracle.  It knows no day numbers: it walks from day to day with a
 * counter of its own, finds Easter by the tables of golden number and Sunday
 * letter, and lists what is not worked as text.
 */
struct walk {
	int	year, month, day, weekday;
	int	working;
};

#define ORACLE_FIRST	2013
#define ORACLE_LAST	2100
#define ORACLE_DAYS	((ORACLE_LAST - ORACLE_FIRST + 1) * 366)

static struct walk	walked[ORACLE_DAYS];
static int		walked_count;

static int
walk_month_days(int year, int month)
{
	if (month == 2)
		return year % 400 == 0 ? 29 : year % 100 == 0 ? 28 : year % 4 == 0 ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* Full moons for the golden numbers 1 to 19, from 1900 to 2199: days after 21 March. */
static int
easter_from_table(int year, int *month_r)
{
	static const int	moon[] = { 24, 13, 2, 21, 10, 29, 18, 7, 26, 15, 4, 23, 12, 1, 20,
				    9, 28, 17, 6 };
	int	i, day = 21 + moon[year % 19], month = 3;

	/* The table's 29 and 28 mean 18 and 17 April. */
	if (moon[year % 19] >= 28)
		day--;
	if (day > 31) {
		day -= 31;
		month = 4;
	}
	for (i = 0; i < walked_count; i++) {
		if (walked[i].year != year || walked[i].month != month || walked[i].day != day)
			continue;
		for (i++; walked[i].weekday != 6; i++)
			continue;
		*month_r = walked[i].month;
		return walked[i].day;
	}
	return 0;
}

static int
find_walk(int year, int month, int day)
{
	int	i;

	for (i = 0; i < walked_count; i++) {
		if (walked[i].year == year && walked[i].month == month && walked[i].day == day)
			return i;
	}
	fail_msg("the oracle has no %d-%d-%d", year, month, day);
	return -1;
}

static void
close_walk(int at)
{
	while (!walked[at].working)
		at++;
	walked[at].working = 0;
}

/* The first (step 1) or last (step -1) Monday of a month. */
static int
monday_of(int year, int month, int step)
{
	int	at = find_walk(year, month, step == 1 ? 1 : walk_month_days(year, month));

	while (walked[at].weekday != 0)
		at += step;
	return at;
}

/* Christmas and Boxing Day each take the next worked day that the other has not. */
static void
close_year(int year)
{
	int	month = 0, day = easter_from_table(year, &month), easter = find_walk(year, month, day);
	int	boxing = find_walk(year, 12, 26);

	close_walk(find_walk(year, 1, 1));
	close_walk(easter - 2);
	close_walk(easter + 1);
	if (year == 2020)
		close_walk(find_walk(2020, 5, 8));
	else
		close_walk(monday_of(year, 5, 1));
	if (year == 2022) {
		close_walk(find_walk(2022, 6, 2));
		close_walk(find_walk(2022, 6, 3));
		close_walk(find_walk(2022, 9, 19));
	} else
		close_walk(monday_of(year, 5, -1));
	if (year == 2023)
		close_walk(find_walk(2023, 5, 8));
	close_walk(monday_of(year, 8, -1));
	if (walked[boxing].working)
		walked[boxing].working = 0;
	else
		close_walk(boxing);
	close_walk(find_walk(year, 12, 25));
}

static void
walk_all(void)
{
	struct walk	at = { ORACLE_FIRST, 1, 1, 1, 1 };	/* a Tuesday */
	int		year;

	walked_count = 0;
	while (at.year <= ORACLE_LAST) {
		at.working = at.weekday < 5;
		walked[walked_count++] = at;
		at.weekday = at.weekday == 6 ? 0 : at.weekday + 1;
		if (++at.day > walk_month_days(at.year, at.month)) {
			at.day = 1;
			if (++at.month > 12) {
				at.month = 1;
				at.year++;
			}
		}
	}
	for (year = ORACLE_FIRST; year <= ORACLE_LAST; year++)
		close_year(year);
}

/* Walk n working days from at. */
static int
walk_working(int at, int n)
{
	int	step = n < 0 ? -1 : 1;

	while (n != 0) {
		at += step;
		if (walked[at].working)
			n -= step;
	}
	return at;
}

static void
same_day(const char *what, int from, int want, dayno got)
{
	struct civil	civil = date_to_civil(got);

	if (civil.year == walked[want].year && civil.month == walked[want].month &&
	    civil.day == walked[want].day && date_weekday(got) == walked[want].weekday)
		return;
	fail_msg("%s from %d-%02d-%02d: got %d-%02d-%02d, want %d-%02d-%02d", what,
	    walked[from].year, walked[from].month, walked[from].day, civil.year, civil.month,
	    civil.day, walked[want].year, walked[want].month, walked[want].day);
}

/* months months on, walking: the same day, or the last day of a shorter month. */
static void
compare_months(int at, dayno day, int months)
{
	int	year = walked[at].year, month = walked[at].month, i, want;
	int	step = months < 0 ? -1 : 1;

	for (i = 0; i != months; i += step) {
		month += step;
		if (month == 13 || month == 0) {
			month = month == 0 ? 12 : 1;
			year += step;
		}
	}
	/* Not find_walk(): that would walk from the beginning every time. */
	want = at;
	while (walked[want].year != year || walked[want].month != month)
		want += step;
	while (walked[want].day != 1)
		want--;
	while (walked[want].day != walked[at].day && walked[want + 1].month == month)
		want++;
	same_day("months", at, want, date_add_months(day, months));
}

static void
compare_day(const struct calendar *calendar, int at, dayno day)
{
	static const int	working[] = { 1, 2, 5, 10, -2, -1 };
	static const int	weeks[] = { 1, 2, 6, 12, 16, 20 };
	static const int	months[] = { 1, 3, 6, 12, 14, -1 };
	size_t			i;
	int			want;

	same_day("today", at, at, day);
	if (calendar_is_working(calendar, day) != (walked[at].working != 0))
		fail_msg("%d-%02d-%02d: worked or not?", walked[at].year, walked[at].month,
		    walked[at].day);
	for (i = 0; i < COUNT(working); i++)
		same_day("working days", at, walk_working(at, working[i]),
		    calendar_add(calendar, day, working[i], UNIT_WORKING_DAY));
	for (i = 0; i < COUNT(weeks); i++)
		same_day("weeks", at, at + weeks[i] * 7,
		    calendar_add(calendar, day, weeks[i], UNIT_WEEK));
	for (i = 0; i < COUNT(months); i++)
		compare_months(at, day, months[i]);
	want = walked[at].working ? at : walk_working(at, -1);
	same_day("on or before", at, want, calendar_on_or_before(calendar, day));
	want = walked[at].working ? at : walk_working(at, 1);
	same_day("on or after", at, want, calendar_on_or_after(calendar, day));
}

static void
test_oracle(void **state)
{
	struct arena	*arena = arena_new();
	struct calendar	*calendar = load_shipped(arena);
	int		 at, last;
	dayno		 day;

	(void)state;
	walk_all();
	at = find_walk(2014, 1, 1);
	last = find_walk(2045, 12, 31);
	assert_int_equal(last - at + 1, 11688);
	for (day = iso("2014-01-01"); at <= last; at++, day++)
		compare_day(calendar, at, day);
	/* Easter has its exceptions in 2049 and 2076. */
	for (; at < walked_count; at++, day++) {
		if (calendar_is_working(calendar, day) != (walked[at].working != 0))
			fail_msg("%s: worked or not?", date_iso(arena, day));
	}
	assert_int_equal(day, iso("2101-01-01"));
	arena_free(&arena);
}

/* Each file is written out and must be refused with this line and these words. */
static void
test_refused(void **state)
{
	static const struct { const char *name, *text, *want; } rows[] = {
		{ "syntax", "title = \"x\"\nholidays : {\n", ":3: syntax error" },
		{ "unknown setting", "title = \"x\"\nholiday : { }\n",
		    ":2: \"holiday\" is no setting of a calendar; allowed are title, complete-to, "
		    "holidays, changes\n  hint: did you mean \"holidays\"?" },
		{ "unknown rule", "holidays : {\n  xmas = \"Christmas\"\n}\n",
		    ":2: \"xmas\" is no bank holiday with a rule; allowed are new-year, good-friday" },
		{ "a name that is none", "holidays : { summer = 3 }\n",
		    ":1: summer must be the bank holiday's name in quotation marks" },
		{ "holidays no group", "holidays = [ \"summer\" ]\n", ":1: holidays must be a group" },
		{ "changes no list", "changes : { }\n", ":1: changes must be rows in round brackets" },
		{ "change no group", "changes = ( 1 )\n", ":1: a change must stand in braces" },
		{ "no date", "changes = (\n { add = \"x\" } )\n", ":2: a change needs a day that there is" },
		{ "no such day", "changes = (\n { date = \"2022-06-31\"; add = \"x\" } )\n",
		    "found 2022-06-31" },
		{ "neither", "changes = ( { date = \"2022-06-03\" } )\n", ":1: the change of 2022-06-03" },
		{ "both", "changes = ( { date = \"2022-06-03\"; add = \"x\"; remove = true } )\n",
		    "either add" },
		{ "nothing to take away", "changes = ( { date = \"2022-06-03\"; remove = true } )\n",
		    ":1: 2022-06-03 is no bank holiday" },
		{ "there already", "holidays : { christmas = \"X\" }\nchanges = (\n"
		    " { date = \"2026-12-25\"; add = \"Y\" } )\n",
		    ":3: 2026-12-25 is a bank holiday already: X" },
		{ "unknown key", "changes = (\n { date = \"2022-06-03\"; ad = \"x\" } )\n",
		    ":2: \"ad\" is no key of a change" },
		{ "complete-to", "complete-to = \"2027\"\n", ":1: complete-to must be a year" },
		{ "a key twice", "title = \"x\"\ntitle = \"y\"\n", ":2: duplicate setting name" },
	};
	char		 path[] = "/tmp/test_calendar.XXXXXX";
	struct arena	*arena = arena_new();
	struct calendar	*calendar = NULL;
	struct err	 err;
	FILE		*file;
	size_t		 i;
	int		 fd = mkstemp(path);

	(void)state;
	assert_true(fd != -1);
	close(fd);
	for (i = 0; i < COUNT(rows); i++) {
		file = fopen(path, "w");
		assert_non_null(file);
		fputs(rows[i].text, file);
		fclose(file);
		err.text[0] = '\0';
		if (calendar_load(arena, path, &calendar, &err) != -1)
			fail_msg("%s: was accepted", rows[i].name);
		if (err.scope != ERR_CONFIG || strncmp(err.text, path, strlen(path)) != 0 ||
		    strstr(err.text, rows[i].want) == NULL)
			fail_msg("%s: got %s", rows[i].name, err.text);
	}
	unlink(path);
	assert_int_equal(calendar_load(arena, path, &calendar, &err), -1);
	assert_int_equal(err.scope, ERR_DAEMON);
	assert_int_equal(calendar_load(arena, "/tmp", &calendar, &err), -1);
	assert_int_equal(err.scope, ERR_CONFIG);
	assert_null(calendar);
	arena_free(&arena);
}

int
main(void)
{
	static const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_statute),
		cmocka_unit_test(test_no_day),
		cmocka_unit_test(test_closed_days),
		cmocka_unit_test(test_oracle),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
