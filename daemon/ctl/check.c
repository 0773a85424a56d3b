/*
 * advicectl check: are the rule packs sound?  Needs neither a configuration
 * nor a store.  Prints every problem, then a line for each pack.
 * Exit: 0 well, 1 found wrong, 2 misuse.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "ctl/ctl.h"
#include "ctl/paint.h"
#include "ctl/requirements.h"
#include "rule/read.h"

struct checking {
	struct arena		*arena;
	const struct directory	*directory;
	const char		*rules, *calendars;
	bool			 json, tests, colour;
	struct strs told; /* problems printed already: packs may share a file */
	bool			 wrong;
};

static void
print_json(const struct checking *checking, const char *pack, const struct problems *problems,
    const struct requirements *requirements)
{
	struct buf out = BUF_INIT;
	size_t i;

	for (i = 0; i < problems->n; i++) {
		json_open(&out, NULL, '{');
		json_str(&out, "pack", pack);
		json_str(&out, "file", problems->v[i].where.file);
		json_int(&out, "line", problems->v[i].where.line);
		json_str(&out, "severity", problems->v[i].warning ? "warning" : "error");
		json_str(&out, "problem", problems->v[i].text);
		json_str(&out, "hint", problems->v[i].hint);
		json_close(&out, '}');
		buf_add_char(&out, '\n');
	}
	json_open(&out, NULL, '{');
	json_str(&out, "pack", pack);
	json_bool(&out, "well", problems_errors(problems) == 0);
	json_bool(&out, "recipients-checked", checking->directory != NULL);
	if (requirements != NULL)
		requirements_json(requirements, &out);
	json_close(&out, '}');
	buf_add_char(&out, '\n');
	fputs(buf_text(&out), stdout);
	buf_free(&out);
}

/* Problems of a file that several packs share are printed once. */
static struct problems
not_told_yet(struct checking *checking, const struct problems *problems)
{
	struct problems fresh = { .arena = checking->arena };
	const struct problem *problem;
	const char *key;
	size_t i;

	for (i = 0; i < problems->n; i++) {
		problem = &problems->v[i];
		key = arena_printf(checking->arena, "%s:%d:%s",
		    problem->where.file != NULL ? problem->where.file : "", problem->where.line,
		    problem->text);
		if (strs_has(&checking->told, key))
			continue;
		strs_add(checking->arena, &checking->told, key);
		*(struct problem *)arena_push(checking->arena, fresh.v, fresh.n) = *problem;
	}
	return fresh;
}

static void
summary(const struct checking *checking, const char *name, const struct pack *pack,
    const struct problems *problems)
{
	size_t i, stages = 0, warnings = problems_told(problems, true), errors = problems_told(problems, false);

	if (errors > 0 || pack == NULL) {
		printf("%s: %s\n", name, paint(checking->arena, checking->colour, PAINT_WRONG,
		    arena_printf(checking->arena, "%zu error%s", errors, errors == 1 ? "" : "s")));
		return;
	}
	for (i = 0; i < pack->strand_count; i++)
		stages += pack->strands[i].stage_count;
	printf("%s: %s, %zu strand%s, %zu stage%s, %zu kinds of mail, %zu question%s", name,
	    paint(checking->arena, checking->colour, PAINT_WELL, "well"), pack->strand_count, pack->strand_count == 1 ? "" : "s",
	    stages, stages == 1 ? "" : "s",
	    pack->kind_count, pack->question_count, pack->question_count == 1 ? "" : "s");
	if (warnings > 0)
		printf(", %s", paint(checking->arena, checking->colour, PAINT_DOUBT,
		    arena_printf(checking->arena, "%zu warning%s", warnings, warnings == 1 ? "" : "s")));
	if (pack->watches.n == 0)
		printf(" (a base for other packs: it watches no mailbox and is never run)");
	else if (checking->directory == NULL)
		printf(" (recipients not checked: no --directory)");
	putchar('\n');
}

/* A test that fails, or all of them where none could be run. */
static void
failures_add(struct packtests *tests)
{
	for (size_t i = 0; i < tests->test_count; i++)
		if (tests->tests[i].read && !packtest_passed(&tests->tests[i]))
			problem_add(&tests->problems, (struct where){ tests->tests[i].expect.file, 0 },
			    "advicectl test shows what was seen instead", "the test fails");
}

/* What the pack claims to meet, and which of its tests show it, or say so. */
static void
claims_read(const struct checking *checking, struct pack *pack, struct problems *problems, struct requirements *requirements_r)
{
	struct packtests tests = { .pack = NULL };
	struct err err = { 0 };

	packtests_read(problems->arena, pack, &tests);
	if (checking->tests && packtests_go(&tests, &err) == -1)
		problem_add(&tests.problems, pack->where, NULL, "the tests cannot be run: %s", err.text);
	else if (checking->tests)
		failures_add(&tests);
	requirements_of(&tests, checking->tests, requirements_r);
	for (size_t i = 0; i < tests.problems.n; i++)
		*(struct problem *)arena_push(problems->arena, problems->v, problems->n) = tests.problems.v[i];
}

static void
check_pack(struct checking *checking, const char *name)
{
	struct problems problems = { .arena = checking->arena }, fresh;
	struct buf out = BUF_INIT;
	struct requirements requirements = { NULL, 0, false, { 0 } };
	struct pack *pack = NULL;
	size_t errors;

	if (pack_read(
		checking->arena, checking->rules, checking->calendars, name, &pack, &problems) == 0)
		pack_check(pack, checking->directory, &problems);
	errors = problems_errors(&problems);
	if (errors == 0 && pack != NULL) {
		claims_read(checking, pack, &problems, &requirements);
		errors = problems_errors(&problems);
	}
	if (errors > 0 || pack == NULL)
		checking->wrong = true;
	if (checking->json) {
		print_json(checking, name, &problems, errors == 0 && pack != NULL ? &requirements : NULL);
		return;
	}
	fresh = not_told_yet(checking, &problems);
	problems_print(&fresh, &out);
	fputs(buf_text(&out), stderr);
	fflush(stderr);
	buf_reset(&out);
	summary(checking, name, pack, &problems);
	if (errors == 0 && pack != NULL)
		requirements_print(&requirements, checking->tests, checking->arena, &out);
	fputs(buf_text(&out), stdout);
	fflush(stdout);
	buf_free(&out);
}

static int
read_directory(struct checking *checking, const char *path)
{
	struct directory *directory = NULL;
	struct buf problems = BUF_INIT;
	struct err err = { ERR_NONE, "" };
	int rc = 0;

	if (directory_read(checking->arena, path, &directory, &problems, &err) != 0) {
		fputs(buf_text(&problems), stderr);
		rc = ctl_fail(1, "the directory %s cannot be used%s%s", path,
		    err.text[0] != '\0' ? ": " : "", err.text);
	}
	checking->directory = directory;
	buf_free(&problems);
	return rc;
}

static int
options(struct checking *checking, int argc, char **argv, struct strs *names)
{
	int i, rc;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			checking->json = true;
		else if (strcmp(argv[i], "--tests") == 0)
			checking->tests = true;
		else if (strcmp(argv[i], "--directory") == 0 && i + 1 < argc) {
			if ((rc = read_directory(checking, argv[++i])) != 0)
				return rc;
		} else if (argv[i][0] == '-')
			return ctl_usage("check");
		else
			strs_add(checking->arena, names, argv[i]);
	}
	return names->n > 0 ? 0 : place_packs(checking->arena, checking->rules, names);
}

int
ctl_check(const struct ctl *ctl, int argc, char **argv)
{
	struct checking checking = { .arena = arena_new(), .colour = ctl->colour };
	struct strs names = { NULL, 0 };
	size_t i;
	int rc;

	checking.rules = place_rules(checking.arena);
	checking.calendars = place_calendars(checking.arena);
	rc = options(&checking, argc, argv, &names);
	for (i = 0; rc == 0 && i < names.n; i++)
		check_pack(&checking, names.v[i]);
	if (rc == 0 && checking.wrong)
		rc = 1;
	arena_free(&checking.arena);
	return rc;
}
