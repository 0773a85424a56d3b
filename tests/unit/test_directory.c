/* The directory: what it takes, what it refuses, line by line, and its look-ups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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
	{ "directory-bad.csv", ":7: the managers lead round in a circle: ed@x.example, whose manager is fi@x.example (line 8), "
	    "whose manager is ed@x.example again;" },
	{ "directory-bad.csv", ":9: from: \"2026-13-01\" is no date" },
	{ "directory-bad.csv", ":10: the post ends (2026-04-01) before it begins" },
	{ "directory-bad.csv", ":11: byte 16 of this line is 0xFF, which is not UTF-8 (in windows-1252, " },
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

/* Lists as they come: what is said of each, line for line, and nothing else. */
#define HEAD	"address,name,posts,team,manager,cover,from,until\n"
#define BYTES(text)	text, sizeof(text) - 1

static const struct { const char *name, *bytes; size_t len; const char *want; } lists[] = {
	{ "empty", BYTES(""), "d:1: the list is empty" },
	{ "a byte order mark and nothing", BYTES("\xEF\xBB\xBF"), "d:1: the list is empty" },
	{ "only a heading", BYTES(HEAD), "d:1: the directory names nobody" },
	{ "UTF-16 with its mark", BYTES("\xFF\xFE" "a\0d\0d\0r\0"), "d:1: the list is in UTF-16" },
	{ "UTF-16 without", BYTES("\0a\0d\0d\0r\0e\0s\0s"), "d:1: the list is in UTF-16" },
	{ "semicolons", BYTES("address;name;posts;team;manager;cover;from;until\na@x.example;A;;;;;;\n"),
	  "d:1: the columns are separated by semicolons" },
	{ "tabs", BYTES("address\tname\n"), "d:1: the columns are separated by tabs" },
	{ "old line ends", BYTES("address,name\ra@x.example,A\r"), "d:1: the lines end in the way of old Macintoshes" },
	{ "windows-1252: each bad line, once", BYTES(HEAD "a@x.example,Ren\xE9 \xE9,,,,,,\nb@x.example,B,,,,,,\n"
	  "c@x.example,O\x92Hara,,,,,,\n"), "d:2: byte 16 of this line is 0xE9\nd:4: byte 14 of this line is 0x92" },
	{ "a bad line is still there for its address", BYTES(HEAD "a@x.example,\xE9,,,,,,\nb@x.example,B,,,a@x.example,,,\n"),
	  "d:2: byte 13" },
	{ "columns in any order", BYTES("name,address,until,from,cover,manager,team,posts\nA,a@x.example,,,,,,\n"), "" },
	{ "a column too many", BYTES("address,name,posts,team,manager,cover,from,until,phone\na@x.example,A,,,,,,,1\n"),
	  "d:1: there is no column \"phone\"; take it out" },
	{ "columns too few", BYTES("address,name,posts,team,manager,from\na@x.example,A,,,,\n"),
	  "d:1: the column \"cover\" is missing\nd:1: the column \"until\" is missing" },
	{ "a column twice", BYTES("address,name,name,team,posts,manager,cover,from,until\n"), "d:1: the column \"name\" is named twice" },
	{ "a quote never closed spoils its own line", BYTES(HEAD "\"a@x.example,A,,,,,,\nb@x.example,B,,,,,2026-13-01,\n"),
	  "d:2: the quotes of field 1 are not closed\nd:3: from: \"2026-13-01\" is no date" },
	{ "text behind quotes", BYTES(HEAD "a@x.example,\"A\" B,,,,,,\n"), "d:2: the quotes of field 2" },
	{ "quotes within quotes", BYTES(HEAD "a@x.example,\"A \"\"Al\"\" B\",,,,,,\n"), "" },
	{ "their own manager and cover", BYTES(HEAD "a@x.example,A,,,A@x.example,a@x.example,,\n"),
	  "d:2: a@x.example cannot be their own manager\nd:2: a@x.example cannot be their own cover" },
	{ "a circle of three, and one who hangs from it, is one fault", BYTES(HEAD "d@x.example,D,,,c@x.example,,,\n"
	  "c@x.example,C,,,b@x.example,,,\nb@x.example,B,,,a@x.example,,,\na@x.example,A,,,c@x.example,,,\n"),
	  "d:3: the managers lead round in a circle: c@x.example, whose manager is b@x.example (line 4), "
	  "whose manager is a@x.example (line 5), whose manager is c@x.example again" },
	{ "two circles", BYTES(HEAD "a@x.example,A,,,b@x.example,,,\nb@x.example,B,,,a@x.example,,,\n"
	  "c@x.example,C,,,d@x.example,,,\nd@x.example,D,,,c@x.example,,,\n"),
	  "d:2: the managers lead round\nd:4: the managers lead round" },
	{ "cover may go round", BYTES(HEAD "a@x.example,A,,,,b@x.example,,\nb@x.example,B,,,,a@x.example,,\n"), "" },
};

/* Are these the lines, each by its beginning, and no others? */
static bool
says(const char *text, const char *want)
{
	while (*want != '\0') {
		size_t len = strcspn(want, "\n");

		if (strncmp(text, want, len) != 0)
			return false;
		text += strcspn(text, "\n");
		text += *text == '\n';
		want += len + (want[len] == '\n');
	}
	return *text == '\0';
}

static void
test_lists(void **state)
{
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct arena *arena = arena_new();
		struct buf problems = BUF_INIT;
		struct directory *directory = NULL;
		int rc = directory_parse(arena, "d", lists[i].bytes, lists[i].len, &directory, &problems);

		if (!says(buf_text(&problems), lists[i].want) || (rc == 0) != (*lists[i].want == '\0') ||
		    (directory != NULL) != (rc == 0)) {
			print_error("%s: want\n%s\ngot\n%s", lists[i].name, lists[i].want, buf_text(&problems));
			bad++;
		}
		buf_free(&problems);
		arena_free(&arena);
	}
	assert_int_equal(bad, 0);
}

static const struct { const char *lines; const char *want; } shares[] = {
	{ "a@x.example,A,Lead,North,,,,\nb@x.example,B,Lead,South,,,,\n", "" },
	{ "b@x.example,B,Lead,North,,,,\na@x.example,A,lead,north,,,,\n", "2 3" },
	{ "a@x.example,A,Lead (shared),North,,,,\nb@x.example,B,Lead (Shared),North,,,,\n", "" },
	{ "a@x.example,A,Lead (shared),North,,,,\nb@x.example,B,Lead,North,,,,\n", "2 3" },
	{ "a@x.example,A,Lead,North,,,,2026-03-31\nb@x.example,B,Lead,North,,,2026-04-01,\n", "" },
	{ "a@x.example,A,Lead,North,,,,2026-04-01\nb@x.example,B,Lead,North,,,2026-04-01,\n", "2 3" },
};

static void
test_shared_posts(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		const struct person *a = NULL, *b = NULL, *found[4];
		const char *csv = arena_printf(arena, "%s%s", HEAD, shares[i].lines), *got = "";
		struct directory *directory = NULL;
		struct buf problems = BUF_INIT;

		assert_int_equal(directory_parse(arena, "d", csv, strlen(csv), &directory, &problems), 0);
		if (directory_held_twice(directory, "LEAD", &a, &b))
			got = arena_printf(arena, "%d %d", a->line, b->line);
		if (strcmp(got, shares[i].want) != 0)
			fail_msg("row %zu: \"%s\", wanted \"%s\"", i, got, shares[i].want);
		assert_int_equal(directory_holders(directory, "Lead", NULL, date_from_civil(2026, 4, 1), found, 4) > 0, 1);
		buf_free(&problems);
	}
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good), cmocka_unit_test(test_lookups), cmocka_unit_test(test_faults),
		cmocka_unit_test(test_lists), cmocka_unit_test(test_shared_posts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
