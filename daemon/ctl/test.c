/*
 * advicectl test: the tests beside the packs.  Prints every demand that does
 * not hold with what was seen instead, the rule lines that no test reached,
 * and the requirements that are met.  Needs neither a configuration nor a
 * store; changes nothing.
 * Exit: 0 all passed, 1 some failed, 2 misuse.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "ctl/ctl.h"
#include "ctl/paint.h"
#include "ctl/requirements.h"

struct testing {
	struct arena	*arena;		/* of one pack */
	bool		 json, brief, colour;
	size_t		 passed, failed;
};

static bool
is_reached(const struct packtests *tests, const struct point *point)
{
	if (strcmp(point->sort, "pack") == 0)
		return true;
	for (size_t i = 0; i < tests->test_count; i++)
		if (reached_has(&tests->tests[i].reached, point->where, strcmp(point->sort, "answer") == 0 ? point->name : NULL))
			return true;
	return false;
}

/* ---- For people */

static void
print_test(const struct testing *testing, const struct packtest *test)
{
	if (packtest_passed(test))
		return;
	if (!test->read)
		printf("%s: %s: its expect file has errors (see above)\n", test->shown,
		    paint(testing->arena, testing->colour, PAINT_WRONG, "failed"));
	if (test->broken != NULL)
		printf("%s: could not be run: %s\n", test->shown, test->broken);
	for (size_t i = 0; i < test->unmet_count; i++) {
		const struct unmet *unmet = &test->unmet[i];

		printf("%s:%d: %s\n    seen: %s\n", test->expect.file, unmet->demand->line,
		    paint(testing->arena, testing->colour, PAINT_WRONG, unmet->demand->text), unmet->count);
		for (size_t s = 0; s < unmet->seen.n; s++)
			printf("          %s\n", unmet->seen.v[s]);
	}
}

/* An answer that two rows of rules take stands in one line of the file all the same. */
static bool
is_said(const struct packtests *tests, size_t which)
{
	const struct point *point = &tests->points[which];

	for (size_t i = 0; i < which; i++)
		if (tests->points[i].where.file == point->where.file && tests->points[i].where.line == point->where.line &&
		    strcmp(tests->points[i].sort, point->sort) == 0 && strcmp(tests->points[i].name, point->name) == 0 &&
		    strcmp(tests->points[i].inside, point->inside) == 0)
			return true;
	return false;
}

static void
print_coverage(const struct packtests *tests)
{
	size_t left = 0;

	for (size_t i = 0; i < tests->point_count; i++)
		left += !is_reached(tests, &tests->points[i]);
	printf("  rule lines: %zu of %zu were reached%s\n", tests->point_count - left, tests->point_count,
	    left > 0 ? "; no test reached" : "");
	for (size_t i = 0; i < tests->point_count; i++) {
		const struct point *point = &tests->points[i];

		if (!is_reached(tests, point) && !is_said(tests, i))
			printf("    %s: %s %s%s%s\n", where_text(tests->arena, point->where), point->sort, point->name,
			    point->inside[0] == '\0' ? "" : ", in ", point->inside);
	}
}

static void
print_pack(const struct testing *testing, const struct packtests *tests, const struct requirements *requirements)
{
	struct buf out = BUF_INIT;
	size_t demands = 0, passed = 0;

	problems_print(&tests->problems, &out);
	fputs(buf_text(&out), stderr);
	fflush(stderr);
	buf_reset(&out);
	for (size_t i = 0; i < tests->test_count; i++) {
		print_test(testing, &tests->tests[i]);
		demands += tests->tests[i].expect.demand_count;
		passed += packtest_passed(&tests->tests[i]);
	}
	printf("%s: %zu test%s of %zu passed, %zu lines of expect\n", tests->pack->name, passed, passed == 1 ? "" : "s",
	    tests->test_count, demands);
	if (!testing->brief && tests->test_count > 0)
		print_coverage(tests);
	if (!testing->brief)
		requirements_print(requirements, true, tests->arena, &out);
	fputs(buf_text(&out), stdout);
	buf_free(&out);
}

/* ---- For scripts */

static void
json_test(struct buf *out, const struct packtests *tests, const struct packtest *test)
{
	json_open(out, NULL, '{');
	json_str(out, "pack", tests->pack->name);
	json_str(out, "test", test->name);
	json_bool(out, "passed", packtest_passed(test));
	json_str(out, "broken", test->broken);
	json_open(out, "failed", '[');
	for (size_t i = 0; i < test->unmet_count; i++) {
		json_open(out, NULL, '{');
		json_int(out, "line", test->unmet[i].demand->line);
		json_str(out, "demand", test->unmet[i].demand->text);
		json_str(out, "count", test->unmet[i].count);
		json_strs(out, "seen", &test->unmet[i].seen);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_close(out, '}');
	buf_add_char(out, '\n');
}

static void
json_pack(const struct packtests *tests, const struct requirements *requirements)
{
	struct buf out = BUF_INIT;
	struct strs left = { NULL, 0 };
	struct strs problems = { NULL, 0 };

	for (size_t i = 0; i < tests->test_count; i++)
		json_test(&out, tests, &tests->tests[i]);
	for (size_t i = 0; i < tests->point_count; i++)
		if (!is_reached(tests, &tests->points[i]))
			strs_add(tests->arena, &left, arena_printf(tests->arena, "%s: %s %s",
			    where_text(tests->arena, tests->points[i].where), tests->points[i].sort, tests->points[i].name));
	for (size_t i = 0; i < tests->problems.n; i++)
		strs_add(tests->arena, &problems, arena_printf(tests->arena, "%s: %s",
		    where_text(tests->arena, tests->problems.v[i].where), tests->problems.v[i].text));
	json_open(&out, NULL, '{');
	json_str(&out, "pack", tests->pack->name);
	json_str(&out, "hash", tests->pack->hash);
	json_strs(&out, "problems", &problems);
	json_int(&out, "rule-lines", (int64_t)tests->point_count);
	json_strs(&out, "not-reached", &left);
	requirements_json(requirements, &out);
	json_close(&out, '}');
	puts(buf_text(&out));
	buf_free(&out);
}

/* ---- */

/* A pack that does not check, or could not be run at all, counts as one that failed. */
static void
refused(struct testing *testing, const char *name, const struct problems *problems, const struct err *err)
{
	struct buf out = BUF_INIT;

	problems_print(problems, &out);
	fputs(buf_text(&out), stderr);
	if (err->text[0] != '\0')
		ctl_fail(1, "%s", err->text);
	fflush(stderr);
	buf_reset(&out);
	if (testing->json) {
		json_open(&out, NULL, '{');
		json_str(&out, "pack", name);
		json_str(&out, "refused", err->text[0] != '\0' ? err->text : "the pack has errors");
		json_close(&out, '}');
		puts(buf_text(&out));
	} else {
		printf("%s: not tested, %s\n", name, err->text[0] != '\0' ? err->text : "the pack has errors");
	}
	buf_free(&out);
	testing->failed++;
}

/* Something is wrong beside the tests themselves: a number that nobody claims, a line of the list. */
static bool
wrong_beside(const struct packtests *tests)
{
	for (size_t i = 0; i < tests->test_count; i++)
		if (!tests->tests[i].read)
			return false;
	return problems_errors(&tests->problems) > 0;
}

static void
test_pack(struct testing *testing, const char *rules, const char *calendars, const char *name)
{
	struct packtests tests;
	struct requirements requirements;
	struct err err = { 0 };

	testing->arena = arena_new();
	if (packtests_run(testing->arena, rules, calendars, name, &tests, &err) == -1) {
		refused(testing, name, &tests.problems, &err);
	} else {
		requirements_of(&tests, true, &requirements);
		for (size_t i = 0; i < tests.test_count; i++) {
			testing->passed += packtest_passed(&tests.tests[i]);
			testing->failed += !packtest_passed(&tests.tests[i]);
		}
		testing->failed += wrong_beside(&tests);
		if (testing->json)
			json_pack(&tests, &requirements);
		else
			print_pack(testing, &tests, &requirements);
	}
	fflush(stdout);
	arena_free(&testing->arena);
}

int
ctl_test(const struct ctl *ctl, int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct testing testing = { .colour = ctl->colour };
	struct strs names = { NULL, 0 };
	const char *rules = place_rules(arena), *calendars = place_calendars(arena);
	int code = 0;

	for (int i = 1; i < argc && code == 0; i++) {
		if (strcmp(argv[i], "--json") == 0)
			testing.json = true;
		else if (strcmp(argv[i], "--brief") == 0)
			testing.brief = true;
		else if (argv[i][0] == '-')
			code = ctl_usage("test");
		else
			strs_add(arena, &names, argv[i]);
	}
	if (code == 0 && names.n == 0)
		code = place_packs(arena, rules, &names);
	for (size_t i = 0; code == 0 && i < names.n; i++)
		test_pack(&testing, rules, calendars, names.v[i]);
	if (code == 0) {
		if (testing.json)
			printf("{\"passed\":%zu,\"failed\":%zu}\n", testing.passed, testing.failed);
		else
			puts(paint(arena, testing.colour, testing.failed > 0 ? PAINT_WRONG : PAINT_WELL,
			    arena_printf(arena, "%zu passed, %zu failed", testing.passed, testing.failed)));
		code = testing.failed > 0 ? 1 : 0;
	}
	if (fflush(stdout) != 0)
		code = ctl_fail(1, "the output could not be written");
	arena_free(&arena);
	return code;
}
