/* The directory: what it takes, what it refuses, line by line, and its look-ups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "conf/directory.h"

#define DATA "tests/data/lists/"

static struct directory *
read_good(struct arena *arena, const char *path)
{
	struct directory *directory = NULL;
	struct buf problems = BUF_INIT;
	struct err err = { ERR_NONE, "" };

	if (directory_read(arena, path, &directory, &problems, &err) == -1)
		print_error("%s: %s\n%s", path, err.text, buf_text(&problems));
	buf_free(&problems);
	assert_non_null(directory);
	return directory;
}

static void
check_good(const char *path)
{
	struct arena *arena = arena_new();
	struct directory *directory = read_good(arena, path);
	const struct person *ann = directory_find(directory, "ANN.lee@X.example");

	assert_int_equal(directory->count, 3);
	assert_non_null(ann);
	assert_string_equal(ann->address, "ann.lee@x.example");
	assert_int_equal(ann->posts.n, 2);
	assert_string_equal(ann->posts.v[1], "Duty Worker");
	assert_string_equal(ann->manager, "bo@x.example");
	assert_int_equal(ann->until, date_from_civil(2026, 12, 31));
	assert_int_equal(ann->line, 2);
	assert_string_equal(directory_find(directory, "cy@x.example")->team, "South, East");
	assert_null(directory_find(directory, "dee@x.example"));
	assert_null(directory_find(directory, ""));
	arena_free(&arena);
}

static void
test_good(void **state)
{
	(void)state;
	check_good(DATA "directory-good.csv");
	check_good(DATA "directory-bom-crlf.csv");
}

static void
test_lookups(void **state)
{
	struct arena *arena = arena_new();
	struct directory *directory = read_good(arena, DATA "directory-good.csv");
	const struct person *found[4];
	struct absence absence = { "ann.lee@x.example", date_from_civil(2026, 5, 1),
	    date_from_civil(2026, 5, 8), "out-of-office" };

	(void)state;
	assert_int_equal(directory_named(directory, "bo ni bhriain", found, 4), 1);
	assert_string_equal(found[0]->address, "bo@x.example");
	assert_int_equal(directory_named(directory, "", found, 4), 0);
	assert_int_equal(directory_holders(directory, "social worker", NULL,
	    date_from_civil(2026, 6, 1), found, 4), 2);
	assert_int_equal(directory_holders(directory, "Social Worker", "North",
	    date_from_civil(2026, 6, 1), found, 4), 1);
	assert_int_equal(directory_holders(directory, "Social Worker", "North",
	    date_from_civil(2027, 1, 1), found, 4), 0);
	assert_int_equal(directory_holders(directory, "EHCP Officers\xE2\x80\x99 Team Manager", NULL,
	    date_from_civil(2027, 1, 1), found, 4), 1);
	directory->absences = &absence;
	directory->absence_count = 1;
	assert_null(directory_absence(directory, "ann.lee@x.example", date_from_civil(2026, 4, 30)));
	assert_non_null(directory_absence(directory, "Ann.Lee@x.example", date_from_civil(2026, 5, 7)));
	assert_null(directory_absence(directory, "ann.lee@x.example", date_from_civil(2026, 5, 8)));
	arena_free(&arena);
}

struct fault { const char *file, *want; };

static const struct fault faults[] = {
	{ "directory-bad.csv", ":2: manager nobody@x.example has no line" },
	{ "directory-bad.csv", ":3: ann@x.example stands in line 2 already" },
	{ "directory-bad.csv", ":4: cover gone@x.example has no line" },
	{ "directory-bad.csv", ":5: address: \"not-an-address\" is no e-mail address" },
	{ "directory-bad.csv", ":6: 4 fields where there should be 8" },
	{ "directory-bad.csv", ":7: ed@x.example is, from manager to manager, their own manager" },
	{ "directory-bad.csv", ":8: fi@x.example is, from manager to manager, their own manager" },
	{ "directory-bad.csv", ":9: from: \"2026-13-01\" is no date" },
	{ "directory-bad.csv", ":10: the post ends (2026-04-01) before it begins" },
	{ "directory-bad.csv", ":11: field 2 is not UTF-8" },
	{ "directory-bad.csv", ":12: the name is missing" },
	{ "directory-bad.csv", ":12: jo@x.example cannot be their own cover" },
	{ "directory-bad.csv", ":13: the quotes of field 2 are not closed" },
	{ "directory-heading.csv", ":1: the column \"posts\" is missing" },
	{ "directory-heading.csv", ":1: there is no column \"post\"; did you mean \"posts\"?" },
};

static void
test_faults(void **state)
{
	struct arena *arena = arena_new();
	struct buf problems = BUF_INIT;
	struct directory *directory = NULL;
	struct err err;
	size_t i;
	int bad = 0;

	(void)state;
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		buf_reset(&problems);
		assert_int_equal(directory_read(arena, arena_printf(arena, DATA "%s", faults[i].file),
		    &directory, &problems, &err), -1);
		assert_int_equal(err.scope, ERR_CONFIG);
		if (strstr(buf_text(&problems), faults[i].want) == NULL) {
			print_error("%s: want \"%s\" in\n%s", faults[i].file, faults[i].want, buf_text(&problems));
			bad++;
		}
	}
	assert_null(directory);
	assert_int_equal(directory_parse(arena, "empty", "", 0, &directory, &problems), -1);
	buf_free(&problems);
	arena_free(&arena);
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good), cmocka_unit_test(test_lookups), cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
