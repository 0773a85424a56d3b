/*
 * The reader: what stands in a pack is what comes out, through extends and
 * without; and the source text's linter, line by line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "rule/lint.h"
#include "rule/read.h"
#include "rule/template.h"

#define DATA "tests/data/rule"

static struct pack *
pack_of(struct arena *arena, const char *name)
{
	struct problems problems = { .arena = arena };
	struct buf said = BUF_INIT;
	struct pack *pack = NULL;

	pack_read(arena, DATA, "config/calendars", name, &pack, &problems);
	problems_print(&problems, &said);
	if (pack == NULL || problems_errors(&problems) > 0)
		fail_msg("%s: %s", name, buf_text(&said));
	buf_free(&said);
	return pack;
}

static void
test_top(void **state)
{
	struct arena *arena = arena_new();
	const struct pack *pack = pack_of(arena, "well");

	(void)state;
	assert_string_equal(pack->name, "well");
	assert_string_equal(pack->title, "A small pack");
	assert_string_equal(pack->where.file, "rule/well/pathway.cfg");
	assert_string_equal(pack->watches.v[0], "advice");
	assert_int_equal(pack->hours_from, 480);
	assert_int_equal(pack->hours_to, 1080);
	assert_int_equal(pack->timers_at, 510);
	assert_int_equal(strlen(pack->hash), 64);
	assert_int_equal(pack->same_words[0].n, 2);
	assert_string_equal(pack->services[0].words.v[0], "Social care");
	assert_string_equal(pack_text(pack, "guidance"), "https://council.example/guidance");
	assert_false(calendar_is_working(pack->calendar, date_from_civil(2026, 12, 30)));
	assert_true(calendar_is_working(pack->calendar, date_from_civil(2026, 12, 23)));
	assert_int_equal(pack->reference_count, 1);
	assert_non_null(pack_template(pack, "stopped"));
	assert_non_null(pack_file(arena, pack, "form.txt"));
	assert_null(pack_file(arena, pack, "../pathway.cfg"));
	arena_free(&arena);
}

static void
test_sections(void **state)
{
	struct arena *arena = arena_new();
	const struct pack *pack = pack_of(arena, "well");
	const struct role *leader = pack_role(pack, "leader"),
			  *last = pack_role(pack, "last-resort");
	const struct kind *request = pack_kind(pack, "advice-request"),
			  *advice = pack_kind(pack, "advice");
	const struct deadline *statutory = pack_deadline(pack, "statutory");
	const struct question *involvement = pack_question(pack, "involvement");
	const struct condition *corrected = pack_condition(pack, "corrected"),
			       *agreed = pack_condition(pack, "agreed");

	(void)state;
	assert_int_equal(leader->source, ROLE_POST);
	assert_string_equal(leader->team_of, "worker");
	assert_int_equal(leader->where.line, 25);
	assert_int_equal(last->source, ROLE_CHOOSE);
	assert_int_equal(last->choice_count, 2);
	assert_int_equal(last->choices[0].when.n, 1);
	assert_int_equal(last->choices[1].is.n, 2);
	assert_int_equal(request->meets.n, 2);
	assert_string_equal(request->needs.v[0], "child");
	assert_string_equal(request->extracts[1].fact, "asked-on");
	assert_true(request->extracts[1].or_received);
	assert_int_equal(request->extracts[1].pattern_count, 1);
	assert_true(pack_kind(pack, "note")->kept);
	assert_true(advice->or_test->awaited);
	assert_string_equal(pack_kind(pack, "chaser")->unless->attachment.v[0], "*.pdf");
	assert_string_equal(pack_value_fact(pack, "permission")->values[0].value, "refused");
	assert_true(statutory->fixed);
	assert_int_equal(statutory->is.choice, DATE_EARLIEST);
	assert_string_equal(
	    pack_deadline(pack, "internal")->is.text, "agreed-date, else statutory - 2 weeks");
	assert_true(involvement->list_answers);
	assert_string_equal(involvement->ladder, "question");
	assert_string_equal(involvement->template, "question");
	assert_string_equal(involvement->answers[3].word, "NOT KNOWN");
	assert_string_equal(involvement->answers[0].word, "OPEN");
	assert_int_equal(corrected->tests[0].kind, TEST_CHANGED);
	assert_string_equal(corrected->tests[0].since, "worker");
	assert_int_equal(agreed->tests[0].kind, TEST_FACT);
	assert_string_equal(agreed->tests[0].name, "permission");
	assert_string_equal(agreed->tests[0].values.v[0], "given");
	assert_true(pack->guards[0].by_hand);
	assert_string_equal(pack->digests[0].every, "Monday");
	assert_string_equal(pack->alerts[0].to.v[0].choices[0].role, "leader");
	arena_free(&arena);
}

static void
test_strands(void **state)
{
	struct arena *arena = arena_new();
	const struct pack *pack = pack_of(arena, "well");
	const struct strand *strand = pack_strand(pack, "advice");
	const struct stage *stage = strand_stage(strand, "with-worker"),
			   *sorting = strand_stage(strand, "sorting");
	const struct row *row = &stage->entry.v[0],
			 *last = &pack_ladder(pack, "standard")->rungs.v[1];

	(void)state;
	assert_int_equal(strand->stage_count, 5);
	assert_int_equal(strand->begins.v[0].event, ON_KIND);
	assert_string_equal(strand->begins.v[0].go, "sorting");
	assert_string_equal(stage->waits_for.v[0].choices[0].role, "worker");
	assert_string_equal(stage->due, "internal");
	assert_string_equal(stage->ladders[0].name, "standard");
	assert_string_equal(stage->wants, "the advice");
	assert_int_equal(row->acts[0].word, ACT_FORWARD);
	assert_string_equal(row->acts[0].value, "advice-request");
	assert_true(row->cc.v[0].choices[0].manager);
	assert_string_equal(row->attach, "form.txt");
	assert_int_equal(stage->on.v[0].from.n, 2);
	assert_int_equal(stage->on.v[0].from_whom.n, 2);
	assert_string_equal(sorting->ask, "involvement");
	assert_int_equal(sorting->on.v[1].when.v[0].tests[0].kind, TEST_NAMED);
	assert_int_equal(sorting->on.v[2].names.n, 2);
	assert_string_equal(last->name, "last");
	assert_int_equal(last->every.first.n, 1);
	assert_int_equal(last->acts[0].whom.v[0].choice_count, 2);
	assert_int_equal(strand->always.v[0].acts[0].word, ACT_SEND);
	assert_int_equal(pack->always.v[1].event, ON_CHANGED);
	assert_string_equal(pack->always_ladder.rungs.v[0].name, "soon");
	arena_free(&arena);
}

/* tests/data/rule/child: over well, by name, at every depth */
static void
test_extends(void **state)
{
	struct arena *arena = arena_new();
	const struct pack *pack = pack_of(arena, "child"), *well = pack_of(arena, "well");
	const struct ladder *standard = pack_ladder(pack, "standard");
	const struct stage *stage = strand_stage(pack_strand(pack, "advice"), "with-worker");

	(void)state;
	assert_string_equal(pack->title, "A child");
	assert_int_equal(pack->watches.n, 0);				/* not inherited */
	assert_string_equal(pack->owner, "office");			/* inherited */
	assert_string_equal(pack->kinds[0].name, "narrow");		/* new kinds first */
	assert_string_equal(pack->kinds[1].name, "chaser"); /* replaced ones keep their place */
	assert_string_equal(pack->kinds[1].test.from.v[0], "office");
	assert_int_equal(pack->kinds[1].test.says_count, 1); /* the rest of the group stays */
	assert_string_equal(pack->kinds[1].where.file, "rule/child/pathway.cfg");
	assert_string_equal(pack->kinds[2].where.file, "rule/well/pathway.cfg");
	assert_int_equal(standard->rungs.n, 2); /* one taken away, one added */
	assert_string_equal(standard->rungs.v[0].name, "last");
	assert_string_equal(standard->rungs.v[0].at.text, "due + 1 day");
	assert_string_equal(
	    standard->rungs.v[0].every.first.unit == UNIT_WEEK ? "week" : "", "week");
	assert_int_equal(stage->on.n, 1); /* lists are replaced whole */
	assert_string_equal(stage->on.v[0].go, "returned");
	assert_string_equal(stage->due, "internal");
	assert_int_equal(pack->digest_count, 0);
	assert_string_equal(
	    pack_template(pack, "stopped")->file, "rule/child/templates/stopped.txt");
	assert_string_equal(pack_template(pack, "echo")->file, "rule/well/templates/echo.txt");
	assert_string_equal(pack_question(pack, "check")->template,
	    "check"); /* its own name, now that there is one */
	assert_non_null(pack_file(arena, pack, "form.txt"));
	assert_string_not_equal(pack->hash, well->hash);
	arena_free(&arena);
}

/* The pack's version follows every file that can change what it does, wherever it lies. */
static void
test_hash(void **state)
{
	char folder[] = "/tmp/adviced-test-XXXXXX", path[64], other[65];
	struct arena *arena = arena_new();
	int i;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/pathway.cfg", folder);
	for (i = 0; i < 2; i++) {
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		fprintf(file, "title = \"%d\"\n", i);
		fclose(file);
		if (i == 0)
			snprintf(other, sizeof other, "%s", pack_of(arena, folder)->hash);
		else
			assert_string_not_equal(other, pack_of(arena, folder)->hash);
		assert_string_equal(pack_of(arena, folder)->hash, pack_of(arena, folder)->hash);
	}
	unlink(path);
	rmdir(folder);
	arena_free(&arena);
}

/* ---- The linter */

static const struct {
	const char	*name, *source, *want;	/* want: part of what is said; NULL: nothing */
	int		 line;
} lints[] = {
	{ "plain", "a = \"x\"\nb : { c = true }\n", NULL, 0 },
	{ "byte order mark", "\xef\xbb\xbf" "a = \"x\"\n", NULL, 0 },
	{ "carriage returns", "a = \"x\";\r\nb = [ \"y\",\r\n \"z\" ]\r\n", NULL, 0 },
	{ "tabs", "\ta\t=\t\"x\"\n", NULL, 0 },
	{ "hard space", "a\u00a0= \"x\"\n", NULL, 0 },
	{ "curly apostrophe in a text", "a = \"the worker\u2019s form\"\n", NULL, 0 },
	{ "hash in a text", "a = \"EHC-#####\" # not = \"\n", NULL, 0 },
	{ "long comment", "/* a\n b = \n*/ a = \"x\"\n", NULL, 0 },
	{ "escaped quote", "a = \"say \\\"yes\\\"\"\n", NULL, 0 },
	{ "name twice in two groups", "a : { x = \"1\" }; b : { x = \"1\" }\n", NULL, 0 },
	{ "unclosed text", "a = \"x\nb = \"y\"\n", "not closed", 1 },
	{ "joined texts over lines", "a = [ \"x\"\n \"y\" ]\n", "side by side", 1 },
	{ "trailing comma", "a = [ \"x\",\n ]\n", "comma stands before", 1 },
	{ "rows without comma", "a = ( { b = \"x\" }\n { b = \"y\" } )\n", "comma is missing", 1 },
	{ "curly quotes", "a = \u201cx\u201d\n", "curly quotes", 1 },
	{ "missing equals", "\na \"x\"\n", "missing after \"a\"", 2 },
	{ "missing value", "a =\nb = \"x\"\n", "value is missing after \"a\"", 1 },
	{ "missing closing brace", "a : {\n b : {\n  c = \"x\"\n}\n", "not closed before line 4", 2 },
	{ "missing closing brace in a line", "a : { b = \"x\"\nc = \"y\"\n", "not closed before line 2", 1 },
	{ "nothing to tell by", "a : {", "never closed", 1 },
	{ "wrong closing mark", "a = [ \"x\" )\n", "closes nothing", 1 },
	{ "zero byte", "a = \"x\\\n", "not closed", 1 },
	{ "include", "@include \"x\"\n", "@include", 1 },
	{ "only spaces", " \n\n", "empty", 1 },
	{ "bare word", "a = worker\n", "without quotes", 1 },
	{ "very deep", "a=((((((((((((((((((((((((((((((((((((((((", "inside each other", 1 },
};

static void
test_lint(void **state)
{
	size_t i, wrong = 0;

	(void)state;
	for (i = 0; i < sizeof lints / sizeof *lints; i++) {
		struct arena *arena = arena_new();
		struct problems problems = { .arena = arena };
		bool well =
		    lint_text(arena, "f", lints[i].source, strlen(lints[i].source), &problems);

		if (well != (lints[i].want == NULL) ||
		    (lints[i].want != NULL && (strstr(problems.v[0].text, lints[i].want) == NULL ||
						  problems.v[0].where.line != lints[i].line))) {
			print_error("%s: line %d: %s\n", lints[i].name,
			    problems.n > 0 ? problems.v[0].where.line : 0,
			    problems.n > 0 ? problems.v[0].text : "nothing said");
			wrong++;
		}
		arena_free(&arena);
	}
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_strands),
		cmocka_unit_test(test_extends),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_lint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
