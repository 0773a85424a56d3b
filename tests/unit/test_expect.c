/* Demands of pack tests: how lines are read, what is refused and with which words, and when they hold. */
#include "pack_maker.h"

#include <stdlib.h>
#include <unistd.h>

#include "ctl/expect.h"
#include "ctl/requirements.h"

/* The problems of an expect file with this text; "" for none. */
static const char *
read_text(struct arena *arena, const char *text, struct expect *expect)
{
	char path[] = "/tmp/expect-XXXXXX";
	struct problems problems = { .arena = arena };
	struct buf out = BUF_INIT;
	const char *said;
	int fd = mkstemp(path);

	assert_true(fd != -1 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	expect_read(arena, path, "expect", expect, &problems);
	unlink(path);
	problems_print(&problems, &out);
	said = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return said;
}

static void
test_refused(void **unused)
{
	static const struct { const char *name, *text, *said; } cases[] = {
		{ "nothing", "", "the test demands nothing" },
		{ "only claims", "meets X-01\n", "the test demands nothing" },
		{ "a verb", "ouch 2026-09-07\n", "expect:1: a line begins with one of: in out no move deadline held unsaid meets; found \"ouch\"" },
		{ "its hint", "haeld reason=*\n", "did you mean \"held\"?" },
		{ "a key", "\nout temlate=x\n", "expect:2: \"temlate\" cannot be asked of \"out\"" },
		{ "a key of another verb", "no 2026-09-07 min=1\n", "\"min\" cannot be asked of \"no\"" },
		{ "in without a file", "in kind=advice\n", "\"in\" needs file=" },
		{ "unsaid without words", "unsaid\n", "\"unsaid\" needs words=" },
		{ "a day", "out 2026-02-30 act=send\n", "\"2026-02-30\" is no day" },
		{ "a range", "out 2026-02-01..tomorrow act=send\n", "\"tomorrow\" is no day" },
		{ "a count", "out min=many\n", "min=many: a whole number is wanted" },
		{ "counts that contradict", "out min=3 max=2\n", "min is more than max" },
		{ "a quotation mark", "unsaid words=\"a\n", "a quotation mark (\") is not closed" },
		{ "meets nothing", "out act=send\nmeets\n", "expect:2: \"meets\" names no requirement" },
		{ "well", "# a comment\n\n  out .. act=send|reply to=a@x.example   # why\nmeets X-01 X-02\n", "" },
	};
	(void)unused;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new();
		struct expect expect;
		const char *said = read_text(arena, cases[i].text, &expect);

		if (cases[i].said[0] == '\0' ? said[0] != '\0' : strstr(said, cases[i].said) == NULL)
			fail_msg("%s: said \"%s\"", cases[i].name, said);
		arena_free(&arena);
	}
}

static struct strs
people(struct arena *arena, const char *a, const char *b)
{
	struct strs list = { NULL, 0 };

	strs_add(arena, &list, a);
	if (b != NULL)
		strs_add(arena, &list, b);
	return list;
}

/* A reminder on 5 October 2026, a forward on the 7th, a mail in, a move and a date. */
static struct happenings
some_happenings(struct arena *arena)
{
	static struct strs to1, cc1, to2, cc2;
	struct happenings all = { NULL, 0 };

	to1 = people(arena, "Jo@x.example", "sam@x.example");
	cc1 = people(arena, "mgr@x.example", NULL);
	to2 = people(arena, "out@y.example", NULL);
	cc2 = (struct strs){ NULL, 0 };
	*arena_push(arena, all.v, all.n) = (struct happening){ make_instant("2026-10-05T08:30"), "mail-out", {
	    { "template", FIELD_TEXT, "remind", NULL }, { "act", FIELD_TEXT, "remind", NULL }, { "to", FIELD_LIST, NULL, &to1 },
	    { "cc", FIELD_LIST, NULL, &cc1 }, { "subject", FIELD_TEXT, "EHC-20417: due Friday", NULL },
	    { "case", FIELD_TEXT, "EHC-20417", NULL }, { "rule", FIELD_TEXT, "rules/x/pathway.cfg:41", NULL } }, 7 };
	*arena_push(arena, all.v, all.n) = (struct happening){ make_instant("2026-10-07T12:00"), "mail-out", {
	    { "template", FIELD_TEXT, "advice", NULL }, { "act", FIELD_TEXT, "forward", NULL }, { "to", FIELD_LIST, NULL, &to2 },
	    { "cc", FIELD_LIST, NULL, &cc2 }, { "subject", FIELD_TEXT, "EHC-20417: Amélie's advice", NULL },
	    { "case", FIELD_TEXT, NULL, NULL }, { "rule", FIELD_TEXT, NULL, NULL } }, 7 };
	*arena_push(arena, all.v, all.n) = (struct happening){ make_instant("2026-10-07T11:59"), "mail-in", {
	    { "file", FIELD_TEXT, "01.eml", NULL }, { "kind", FIELD_TEXT, "advice", NULL }, { "match", FIELD_TEXT, "existing", NULL } }, 3 };
	*arena_push(arena, all.v, all.n) = (struct happening){ make_instant("2026-10-07T12:00"), "move", {
	    { "from", FIELD_TEXT, NULL, NULL }, { "to", FIELD_TEXT, "with-worker", NULL } }, 2 };
	return all;
}

static void
test_weighed(void **unused)
{
	static const struct { const char *name, *line; bool holds; } cases[] = {
		{ "act and day", "out 2026-10-05 act=remind", true },
		{ "another day", "out 2026-10-06 act=remind", false },
		{ "a range", "out 2026-10-01..2026-10-05 act=remind", true },
		{ "an open range", "out ..2026-10-04 act=remind", false },
		{ "to, all of them, in any order and case", "out to=sam@x.example,jo@X.example", true },
		{ "to, not all of them", "out to=sam@x.example", false },
		{ "no cc", "out 2026-10-05 cc=", false },
		{ "no cc, rightly", "out 2026-10-07 cc=", true },
		{ "reaches, in cc", "out reaches=mgr@x.example,jo@x.example", true },
		{ "reaches one that it does not", "out reaches=mgr@x.example,nobody@x.example", false },
		{ "any of", "out any-of=nobody@x.example,mgr@x.example", true },
		{ "outside", "no .. outside=x.example", false },
		{ "outside, allowed", "no .. outside=x.example,y.example", true },
		{ "either", "out 2026-10-07 act=send|forward", true },
		{ "anything", "out 2026-10-07 act=* template=*", true },
		{ "nothing known is empty", "out 2026-10-07 case=", true },
		{ "counted", "out .. min=2 max=2", true },
		{ "too many", "out .. max=1", false },
		{ "none, at most none", "out 2026-10-06 max=0", true },
		{ "the rule's line", "out rule=pathway.cfg:41", true },
		{ "the whole of it", "out rule=rules/x/pathway.cfg:41", true },
		{ "another line that ends so", "out rule=cfg:41", false },
		{ "by name", "out rule=overdue", true },
		{ "by name and place", "out rule=standard/overdue", true },
		{ "another name", "out rule=first", false },
		{ "a mail in", "in file=01.eml kind=advice|query match=existing", true },
		{ "of another kind", "in file=01.eml kind=query", false },
		{ "no such file", "in file=02.eml", false },
		{ "a move", "move 2026-10-07 to=with-worker from=", true },
		{ "a move elsewhere", "move to=done", false },
		{ "a date that there must not be", "deadline name=due min=0 max=0", true },
		{ "nothing held", "held reason=*", false },
		{ "not said", "unsaid words=\"okafor|9990000000\"", true },
		{ "said, in any case and part of a word", "unsaid words=\"okafor|AMÉLIE\"", false },
	};
	struct point points[] = { { { "rules/x/pathway.cfg", 41 }, "rung", "overdue", "standard", NULL },
		{ { "rules/x/pathway.cfg", 40 }, "rung", "first", "standard", NULL } };
	(void)unused;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new();
		struct happenings all = some_happenings(arena);
		struct unmet *unmet;
		struct expect expect;
		size_t count;
		const char *said = read_text(arena, cases[i].line, &expect);

		if (said[0] != '\0')
			fail_msg("%s: %s", cases[i].name, said);
		expect_weigh(arena, &expect, &all, points, 2, &unmet, &count);
		if ((count == 0) != cases[i].holds)
			fail_msg("%s: %s", cases[i].name, count == 0 ? "holds" : unmet[0].count);
		arena_free(&arena);
	}
}

/* Where nothing went out that was asked for, silence proves nothing. */
static void
test_silence_is_not_counted(void **unused)
{
	struct arena *arena = arena_new();
	struct happenings all = some_happenings(arena);
	struct unmet *unmet;
	struct expect expect;
	size_t count;
	(void)unused;

	assert_string_equal(read_text(arena, "out act=escalate\nno 2026-12-01\nunsaid words=zzz\n", &expect), "");
	expect_weigh(arena, &expect, &all, NULL, 0, &unmet, &count);
	assert_int_equal(count, 3);
	assert_string_equal(unmet[0].count, "none such");
	assert_non_null(strstr(unmet[1].count, "not counted"));
	assert_string_equal(read_text(arena, "out act=remind\nno 2026-12-01\nunsaid words=zzz\n", &expect), "");
	expect_weigh(arena, &expect, &all, NULL, 0, &unmet, &count);
	assert_int_equal(count, 0);
	arena_free(&arena);
}

/* A requirement is met when a test that passes names it and has run a line that claims it. */
static void
test_requirements(void **unused)
{
	static const struct { const char *name; bool claimed, named, ran, passed, run; enum requirement_state state; } cases[] = {
		{ "met", true, true, true, true, true, REQUIREMENT_MET },
		{ "the test fails", true, true, true, false, true, REQUIREMENT_CLAIMED },
		{ "the line was not run", true, true, true, true, false, REQUIREMENT_CLAIMED },
		{ "no test names it", true, false, true, true, true, REQUIREMENT_CLAIMED },
		{ "nothing was run", true, true, false, true, false, REQUIREMENT_NAMED },
		{ "no line claims it", false, true, true, true, true, REQUIREMENT_OPEN },
	};
	(void)unused;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new();
		struct strs meets = { NULL, 0 };
		struct point point = { { "rules/x/pathway.cfg", 41 }, "stage", "checking", "advice", &meets };
		struct claim claim = { "X-01", 1 };
		struct unmet unmet = { .count = "none such" };
		struct packtest test = { .name = "a", .read = true, .reached = { .arena = arena } };
		struct packtests tests = { .arena = arena, .problems = { .arena = arena }, .points = &point, .point_count = 1,
			.tests = &test, .test_count = 1, .pack = make_pack(arena, "manager", "x.example") };
		struct requirements all;

		tests.pack->folder = "tests/data/packtest";
		tests.pack->where = (struct where){ "rules/x/pathway.cfg", 0 };
		if (cases[i].claimed)
			strs_add(arena, &meets, "X-01");
		test.expect = (struct expect){ .file = "expect", .claims = &claim, .claim_count = cases[i].named };
		test.unmet = &unmet;
		test.unmet_count = !cases[i].passed;
		if (cases[i].run)
			reached_add(&test.reached, point.where, NULL);
		requirements_of(&tests, cases[i].ran, &all);
		if (all.n != 2 || all.v[0].state != cases[i].state || all.v[1].state != REQUIREMENT_OUTSIDE)
			fail_msg("%s: %zu, state %d", cases[i].name, all.n, all.n > 0 ? (int)all.v[0].state : -1);
		if ((problems_errors(&tests.problems) > 0) != (cases[i].named && !cases[i].claimed))
			fail_msg("%s: %zu errors", cases[i].name, problems_errors(&tests.problems));
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_weighed),
		cmocka_unit_test(test_silence_is_not_counted),
		cmocka_unit_test(test_requirements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
