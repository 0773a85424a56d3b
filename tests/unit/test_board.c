/* The board: what is late and by how much, rates, the page of nothing and of one case, and strangers' words in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "conf/config.h"
#include "ctl/board.h"
#include "times.h"

#define HEAD "{\"board\":\"2026-10-19T10:00:00+01:00\",\"names\":false,\"daemon\":true,\"well\":true,\"outbox-waiting\":0," \
	"\"outbox-held\":0,\"outbox-unknown\":0,\"quarantine\":0}\n{\"pack\":\"town\",\"title\":\"Town: advice\"}\n"

static struct board *
read_lines(struct arena *arena, const char *lines)
{
	struct board *board = arena_alloc(arena, sizeof(*board));
	int64_t next;
	struct err err;

	if (board_read(arena, lines, board, &next, &err) == -1)
		fail_msg("%s", err.text);
	return board;
}

static const char *
page_of(struct arena *arena, const struct board *board)
{
	struct buf out = BUF_INIT;
	const char *page;

	board_page(arena, board, &out);
	page = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return page;
}

/* A case with one piece of work, as a line; fields are of the work. */
static const char *
case_line(struct arena *arena, int number, const char *fields)
{
	return arena_printf(arena, "{\"case\":\"EHC-%d\",\"number\":%d,\"pack\":\"town\",\"opened\":\"2026-09-07\","
	    "\"work\":[{\"strand\":\"advice\","
	    "\"stage\":\"with worker\",\"began\":\"2026-09-07\",\"with\":\"the worker\",%s,\"marks\":[]}]}"
	    "\n", number, number, fields);
}

/* ---- Late, and by how much; now is 19 October 2026 */

static void
test_states(void **state)
{
	static const struct { const char *name, *fields; enum board_state want; int days; } rows[] = {
		{ "nothing is late on its day", "\"last\":\"2026-10-19\"", BOARD_DUE_SOON, 0 },
		{ "a day late", "\"last\":\"2026-10-18\"", BOARD_LATE, -1 },
		{ "over the end of summer time", "\"last\":\"2026-09-21\"", BOARD_LATE, -28 },
		{ "the step is overdue, the end is not", "\"due\":\"2026-10-12\",\"last\":\"2026-10-26\"", BOARD_OVERDUE, -7 },
		{ "both have passed: the end counts", "\"due\":\"2026-10-05\",\"last\":\"2026-10-17\"", BOARD_LATE, -2 },
		{ "the step comes first", "\"due\":\"2026-10-22\",\"last\":\"2026-11-05\"", BOARD_DUE_SOON, 3 },
		{ "within fourteen days", "\"last\":\"2026-11-02\"", BOARD_DUE_SOON, 14 },
		{ "beyond them", "\"last\":\"2026-11-03\"", BOARD_ON_TRACK, 15 },
		{ "a step without an end", "\"due\":\"2026-10-16\"", BOARD_OVERDUE, -3 },
		{ "no date", "\"wants\":\"the next review\"", BOARD_NO_DATE, 0 },
		{ "on hold, and not late", "\"due\":\"2026-10-12\",\"last\":\"2026-10-26\",\"held\":true", BOARD_HELD, -7 },
		{ "a hold hides no lateness", "\"last\":\"2026-10-12\",\"held\":true", BOARD_LATE, -7 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct board_sum sum;

		board_sum(arena, read_lines(arena, arena_printf(arena, HEAD "%s", case_line(arena, 1, rows[i].fields))), &sum);
		if (sum.item_count != 1 || sum.items[0].state != rows[i].want || sum.items[0].days != rows[i].days)
			fail_msg("%s: state %d, %d days", rows[i].name, sum.item_count == 0 ? -1 : (int)sum.items[0].state,
			    sum.item_count == 0 ? 0 : sum.items[0].days);
		arena_free(&arena);
	}
}

static void
test_order(void **state)
{
	static const char *const fields[] = { "\"last\":\"2026-12-01\"", "\"wants\":\"a "
	    "plan\"", "\"last\":\"2026-10-12\"", "\"last\":\"2026-10-20\"",
	    "\"last\":\"2026-10-01\"", "\"due\":\"2026-10-16\",\"last\":\"2026-10-30\"", "\"last\":\"2026-10-12\"" };
	static const int want[] = { 5, 3, 7, 6, 4, 1, 2 };
	struct arena *arena = arena_new();
	const char *lines = HEAD;
	struct board_sum sum;

	(void)state;
	for (int i = 0; i < 7; i++)
		lines = arena_printf(arena, "%s%s", lines, case_line(arena, i + 1, fields[i]));
	board_sum(arena, read_lines(arena, lines), &sum);
	for (int i = 0; i < 7; i++)
		if (sum.items[i].of->id != want[i])
			fail_msg("place %d: case %d", i, (int)sum.items[i].of->id);
	arena_free(&arena);
}

/* ---- What fell due; the weeks are those from Monday 27 July on */

static void
test_rates(void **state)
{
	/* week -1: it stands in none; then due, on time, late, open of its week. */
	static const struct { const char *name, *fields; int week; size_t due, on_time, late, open; } rows[] = {
		{ "done on its day", "\"last\":\"2026-10-12\",\"ended\":\"2026-10-12\",\"counted\":true", 11, 1, 1, 0, 0 },
		{ "done a day late", "\"last\":\"2026-10-12\",\"ended\":\"2026-10-13\",\"counted\":true", 11, 1, 0, 1, 0 },
		{ "still open", "\"last\":\"2026-10-18\"", 11, 1, 0, 0, 1 },
		{ "due today and open: not yet", "\"last\":\"2026-10-19\"", -1, 0, 0, 0, 0 },
		{ "due today and done", "\"last\":\"2026-10-19\",\"ended\":\"2026-10-19\",\"counted\":true", 12, 1, 1, 0, 0 },
		{ "done before its date, which is this week",
		    "\"last\":\"2026-10-25\",\"ended\":\"2026-10-01\",\"counted\":true", 12, 1, 1, 0, 0 },
		{ "due next week", "\"last\":\"2026-10-26\",\"ended\":\"2026-10-01\",\"counted\":true", -1, 0, 0, 0, 0 },
		{ "called off", "\"last\":\"2026-10-12\",\"ended\":\"2026-10-01\"", -1, 0, 0, 0, 0 },
		{ "the first week", "\"last\":\"2026-07-27\"", 0, 1, 0, 0, 1 },
		{ "before it", "\"last\":\"2026-07-26\"", -1, 0, 0, 0, 0 },
		{ "without a date", "\"due\":\"2026-10-12\"", -1, 0, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct board_sum sum;
		const struct board_rate *week = &sum.weeks[rows[i].week == -1 ? 0 : rows[i].week];

		board_sum(arena, read_lines(arena, arena_printf(arena, HEAD "%s", case_line(arena, 1, rows[i].fields))), &sum);
		if (sum.all.due != rows[i].due || week->due != rows[i].due || week->on_time != rows[i].on_time ||
		    week->late != rows[i].late ||
		    week->open != rows[i].open)
			fail_msg("%s: all %zu, week %zu: %zu, %zu, "
			    "%zu", rows[i].name, sum.all.due, week->due, week->on_time, week->late, week->open);
		if (rows[i].due > 0 && (sum.team_count != 1 || strcmp(sum.teams[0].name, "No team known") != 0))
			fail_msg("%s: team", rows[i].name);
		arena_free(&arena);
	}
}

static void
test_percent(void **state)
{
	static const struct { size_t on_time, due; int want; } rows[] = {
		{ 0, 0, -1 }, { 0, 7, 0 }, { 7, 7, 100 }, { 1, 3, 33 }, { 2, 3, 67 }, { 1, 2, 50 }, { 999, 1000, 99 }, { 1, 1000,
		    1 }, { 1, 8, 13 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct board_rate rate = { .due = rows[i].due, .on_time = rows[i].on_time };

		if (board_percent(&rate) != rows[i].want)
			fail_msg("%zu of %zu: %d", rows[i].on_time, rows[i].due, board_percent(&rate));
	}
}

/* ---- The page */

static void
test_pages(void **state)
{
	static const struct { const char *name, *lines, *there, *not_there; } rows[] = {
		{ "empty: no case", HEAD, "There is no open case.", "class=\"card\"" },
		{ "empty: nobody asked", HEAD, "Nothing waits for a person’s decision.", NULL },
		{ "empty: no rate", HEAD, "Nothing fell due in the last 13 weeks.", NULL },
		{ "well", HEAD, "All well", "Not all is well" },
		{ "not well", "{\"board\":\"2026-10-19T10:00:00+01:00\",\"daemon\":true,\"well\":false}\n{\"finding\":\"the disk "
		    "is full\",\"wrong\":true}\n",
		    "<b>Wrong:</b> the disk is full", "All well" },
		{ "no daemon", "{\"board\":\"2026-10-19T10:00:00+01:00\",\"well\":false}\n", "The daemon was not running", NULL },
		{ "its time, in London's", HEAD, "Mon 19 Oct 2026, 10:00", NULL },
		{ "a mailbox that is looked into", HEAD "{\"mailbox\":\"advice\",\"pack\":\"town\","
		    "\"looked\":\"2026-10-19T09:59:00+01:00\",\"trouble\":\"\","
		    "\"tested\":true,\"way-age-s\":600,\"round-trip-ms\":1250}\n", "proven 10 minutes ago, 1.2 s there and "
		    "back", "Not looked into" },
		{ "a mailbox in trouble", HEAD "{\"mailbox\":\"advice\",\"pack\":\"town\","
		    "\"looked\":\"2026-10-19T09:59:00+01:00\",\"trouble\":\"the "
		    "sign-in was refused\",\"way-age-s\":-1,\"round-trip-ms\":-1}\n", "the sign-in was refused", NULL },
		{ "a mailbox in shadow", HEAD "{\"mailbox\":\"advice\",\"pack\":\"town\",\"mode\":\"shadow\","
		    "\"looked\":\"2026-10-19T09:59:00+01:00\",\"trouble\":\"\"}\n", "In shadow: not sent. Mails of advice are", NULL },
		{ "a mailbox that sends", HEAD "{\"mailbox\":\"advice\",\"pack\":\"town\",\"mode\":\"live\","
		    "\"looked\":\"2026-10-19T09:59:00+01:00\",\"trouble\":\"\"}\n", "advice", "shadow: not sent" },
		{ "what waits for a person", HEAD "{\"triage\":7,\"pack\":\"town\",\"case\":\"EHC-1\",\"what\":\"May it "
		    "go?\",\"reason\":null,\"asked\":"
		    "\"asked by mail\",\"since\":\"2026-10-12T09:00:00+01:00\"}\n", "<small>7 days ago</small>", "Nothing waits" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		const char *page = page_of(arena, read_lines(arena, rows[i].lines));

		if (strstr(page, rows[i].there) == NULL)
			fail_msg("%s: \"%s\" is not there", rows[i].name, rows[i].there);
		if (rows[i].not_there != NULL && strstr(page, rows[i].not_there) != NULL)
			fail_msg("%s: \"%s\" is there", rows[i].name, rows[i].not_there);
		arena_free(&arena);
	}
}

static void
test_one_late(void **state)
{
	static const char *const there[] = {
		"<title>1 late, 0 due soon: the board</title>", "<h4>EHC-1</h4>", "7 days late", "the worker, North",
		"<time datetime=\"2026-10-12\">12 Oct 2026</time>", "Reminded on 28 Sep and 5 Oct (last: Social Worker).",
		"Escalated on 13 Oct (Team Manager).", "data-s=\"late\"", "<svg class=\"time\"", "Began on <time datetime=\"2026-09-07\">",
	};
	struct arena *arena = arena_new();
	const char *page = page_of(arena, read_lines(arena,
	    HEAD "{\"case\":\"EHC-1\",\"number\":1,\"pack\":\"town\",\"opened\":\"2026-09-07\",\"work\":["
	    "{\"strand\":\"advice\",\"stage\":\"with "
	    "worker\",\"began\":\"2026-09-07\",\"last\":\"2026-10-12\",\"last-name\":\"statutory\","
	    "\"with\":\"the worker\",\"team\":\"North\",\"marks\":[{\"stage\":\"2026-09-07\",\"what\":\"with worker\"},"
	    "{\"remind\":\"2026-09-28\",\"what\":\"Social Worker\"},{\"remind\":\"2026-10-05\",\"what\":\"Social Worker\"},"
	    "{\"escalate\":\"2026-10-13\",\"what\":\"Team Manager\"}]}]}\n"));

	(void)state;
	for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++)
		if (strstr(page, there[i]) == NULL)
			fail_msg("\"%s\" is not there", there[i]);
	assert_null(strstr(page, "http://"));
	assert_null(strstr(page, "https://"));
	arena_free(&arena);
}

/* Of very many, the most pressing are drawn and the others listed, and the page says so. */
static void
test_very_many(void **state)
{
	struct arena *arena = arena_new();
	struct buf lines = BUF_INIT;
	const char *page;

	(void)state;
	buf_add_str(&lines, HEAD);
	for (int i = 1; i <= BOARD_DRAWN + 30; i++)
		buf_add_str(&lines, case_line(arena, i, i <= 10 ? "\"last\":\"2026-12-01\"" : "\"last\":\"2026-10-12\""));
	page = page_of(arena, read_lines(arena, buf_text(&lines)));
	assert_int_equal(times(page, "<li class=\"card\""), BOARD_DRAWN);
	assert_int_equal(times(page, "<tr data-s="), 30);
	assert_non_null(strstr(page, "at most 500 of them"));
	assert_non_null(strstr(page, "500 of them stand here with their time"));
	buf_free(&lines);
	arena_free(&arena);
}

/* So many cases that core tells none: the page says so, and shows no figure that would be wrong. */
static void
test_too_many(void **state)
{
	struct arena *arena = arena_new();
	struct board *board = read_lines(arena, "{\"board\":\"2026-10-19T10:00:00+01:00\",\"daemon\":true,\"well\":true,"
	    "\"left-out\":1000000}\n{\"pack\":\"town\",\"title\":\"Town: advice\"}\n");
	const char *page = page_of(arena, board);

	(void)state;
	assert_int_equal(board->left_out, 1000000);
	assert_non_null(strstr(page, "There are 1,000,000 open cases, more than the 20,000 that a page can show"));
	assert_null(strstr(page, "class=\"tiles\""));
	assert_null(strstr(page, "id=\"work\""));
	assert_non_null(strstr(page, "id=\"health\""));
	arena_free(&arena);
}

/* Whatever comes from mails and lists stands there as text. */
static void
test_strangers_words(void **state)
{
#define EVIL	"</li><script>alert(1)</script><b a=\\\"'&x\\\">"
	static const char shown[] = "&lt;/li&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;b a=&quot;&#39;&amp;x&quot;&gt;";
	struct arena *arena = arena_new();
	const char *page = page_of(arena, read_lines(arena, "{\"board\":\"2026-10-19T10:00:00+01:00\",\"well\":false}\n"
	    "{\"pack\":\"town\",\"title\":\"" EVIL "\"}\n{\"pack\":\"two\",\"title\":\"" EVIL "\"}"
	    "\n{\"finding\":\"" EVIL "\",\"wrong\":true}\n"
	    "{\"mailbox\":\"" EVIL "\",\"pack\":\"town\",\"looked\":null,\"trouble\":\"" EVIL "\"}\n"
	    "{\"triage\":1,\"pack\":\"town\",\"case\":\"" EVIL "\",\"what\":\"" EVIL "\",\"reason\":\"" EVIL "\","
	    "\"asked\":\"" EVIL "\",\"since\":null}\n"
	    "{\"case\":\"" EVIL "\",\"number\":1,\"pack\":\"town\",\"child\":\"" EVIL "\",\"opened\":\"2026-09-07\",\"work\":["
	    "{\"strand\":\"" EVIL "\",\"service\":\"" EVIL "\",\"stage\":\"" EVIL "\",\"began\":\"2026-09-07\","
	    "\"due\":\"2026-10-01\",\"due-name\":\"" EVIL "\","
	    "\"last\":\"2026-10-12\",\"last-name\":\"" EVIL "\",\"with\":\"" EVIL "\",\"team\":\"" EVIL "\","
	    "\"wants\":\"" EVIL "\",\"marks\":["
	    "{\"stage\":\"2026-09-08\",\"what\":\"" EVIL "\"},{\"stage\":\"2026-09-09\",\"what\":\"" EVIL "\"}"
	    ",{\"remind\":\"2026-09-28\",\"what\":\"" EVIL "\"},"
	    "{\"escalate\":\"2026-09-29\",\"what\":\"" EVIL "\"}]},"
	    "{\"strand\":\"" EVIL "\",\"stage\":\"" EVIL "\",\"began\":\"2026-09-07\",\"last\":\"2027-01-01\","
	    "\"with\":\"" EVIL "\",\"team\":\"b\",\"marks\":[]}]}\n"));

	(void)state;
	assert_null(strstr(page, "alert(1)</script>"));
	assert_null(strstr(page, "<b a="));
	assert_true(times(page, shown) >= 25);
	assert_int_equal(times(page, "<script"), 1);
	arena_free(&arena);
#undef EVIL
}

static void
test_there_and_back(void **state)
{
	struct board_mark marks[] = { { BOARD_STAGE, 20703, "with worker" }, { BOARD_REMIND, 20710, "Social "
	    "Worker" }, { BOARD_ESCALATE, 20720, "x" } };
	struct board_work work = { "advice", "CSC", "with "
	    "worker", 20703, DAY_NONE, true, false, 20730, 20740, "internal", "statutory", "the \"worker\"",
	    "North\n", "the form", marks, 3 };
	struct board_case one = { 17, "EHC-17", "town", "A Child", 20703, DAY_NONE, true, &work, 1 };
	struct arena *arena = arena_new();
	struct buf lines = BUF_INIT, again = BUF_INIT;
	const struct board *board;

	(void)state;
	board_case_put(arena, &one, &lines);
	board = read_lines(arena, buf_text(&lines));
	assert_int_equal(board->case_count, 1);
	board_case_put(arena, &board->cases[0], &again);
	assert_string_equal(buf_text(&lines), buf_text(&again));
	assert_string_equal(board->cases[0].work[0].holder, "the \"worker\"");
	assert_string_equal(board->cases[0].work[0].team, "North\n");
	assert_int_equal(board->cases[0].work[0].ended, DAY_NONE);
	buf_free(&lines);
	buf_free(&again);
	arena_free(&arena);
}

/* ---- The file */

static void
test_bad_lines(void **state)
{
	struct arena *arena = arena_new();
	struct board board = { .now = 0 };
	int64_t next;
	struct err err;

	(void)state;
	assert_int_equal(board_read(arena, "{\"next\":4711}\n", &board, &next, &err), 0);
	assert_int_equal(next, 4711);
	assert_int_equal(board_read(arena, "{\"of-a-later-version\":1}\n", &board, &next, &err), 0);
	assert_int_equal(next, 0);
	assert_int_equal(board_read(arena, "advicectl: no\n", &board, &next, &err), -1);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states), cmocka_unit_test(test_order), cmocka_unit_test(test_rates), cmocka_unit_test(test_percent),
		cmocka_unit_test(test_pages), cmocka_unit_test(test_one_late), cmocka_unit_test(test_very_many),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_strangers_words), cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_bad_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
