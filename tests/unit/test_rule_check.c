/*
 * Every folder under tests/data/rule is a pack with faults; its file "expect"
 * holds, word for word, what the reader and the proofs say about it.  A pack
 * whose expect is empty is well.  Run from the top of the source tree.
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

#include "base/clock.h"
#include "base/file.h"
#include "rule/read.h"

#define DATA "tests/data/rule"

static struct directory *
people(struct arena *arena)
{
	struct directory *directory = NULL;
	struct buf problems = BUF_INIT;
	struct err err;

	if (directory_read(arena, DATA "/directory.csv", &directory, &problems, &err) != 0)
		fail_msg("directory: %s", buf_text(&problems));
	buf_free(&problems);
	return directory;
}

static void
said_about(const char *name, bool with_directory, struct buf *out)
{
	struct arena *arena = arena_new();
	struct problems problems = { .arena = arena };
	struct pack *pack = NULL;

	if (pack_read(arena, DATA, "config/calendars", name, &pack, &problems) == 0)
		pack_check(pack, with_directory ? people(arena) : NULL, &problems);
	problems_print(&problems, out);
	arena_free(&arena);
}

/* The first line in which the two differ, for the report. */
static void
report(const char *name, const char *said, const char *expected)
{
	while (*said != '\0' && *expected != '\0' &&
	       strcspn(said, "\n") == strcspn(expected, "\n") &&
	       strncmp(said, expected, strcspn(said, "\n")) == 0) {
		said += strcspn(said, "\n") + (said[strcspn(said, "\n")] != '\0');
		expected += strcspn(expected, "\n") + (expected[strcspn(expected, "\n")] != '\0');
	}
	print_error("%s/%s:\n  said:     %.*s\n  expected: %.*s\n", DATA, name,
	    (int)strcspn(said, "\n"), said, (int)strcspn(expected, "\n"), expected);
}

static void
test_faults(void **state)
{
	struct arena *arena = arena_new();
	struct strs names = { NULL, 0 };
	struct buf expected = BUF_INIT, said = BUF_INIT;
	size_t i, tried = 0, wrong = 0;
	int dirfd = -1;

	(void)state;
	assert_int_equal(file_open_dir(DATA, &dirfd, NULL), 0);
	assert_int_equal(file_list(arena, dirfd, &names, NULL), 0);
	for (i = 0; i < names.n; i++) {
		buf_reset(&expected);
		buf_reset(&said);
		if (!file_exists(dirfd, arena_printf(arena, "%s/expect", names.v[i])))
			continue;
		assert_int_equal(file_read(dirfd, arena_printf(arena, "%s/expect", names.v[i]),
				     65536, &expected, NULL),
		    0);
		said_about(names.v[i], true, &said);
		tried++;
		if (strcmp(buf_text(&said), buf_text(&expected)) != 0) {
			report(names.v[i], buf_text(&said), buf_text(&expected));
			wrong++;
		}
	}
	close(dirfd);
	buf_free(&expected);
	buf_free(&said);
	arena_free(&arena);
	assert_true(tried >= 20);
	assert_int_equal(wrong, 0);
}

static void
test_without_directory(void **state)
{
	struct buf said = BUF_INIT;

	(void)state;
	said_about("people", false, &said);
	assert_non_null(strstr(buf_text(&said), "asker@elsewhere.example"));
	assert_null(strstr(buf_text(&said), "in the directory"));
	buf_free(&said);
}

static void
test_missing_pack(void **state)
{
	struct buf said = BUF_INIT;

	(void)state;
	said_about("wel", false, &said);
	assert_string_equal(buf_text(&said), "rule/wel: there is no pack \"wel\" here; "
	    "a pack is a folder with a pathway.cfg\n  hint: did you mean \"well\"?\n");
	buf_free(&said);
}

static void
test_unreadable(void **state)
{
	char folder[] = "/tmp/adviced-test-XXXXXX", path[64];
	struct arena *arena = arena_new();
	struct problems problems = { .arena = arena };
	struct buf said = BUF_INIT;
	struct pack *pack = NULL;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/pathway.cfg", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(chmod(path, 0), 0);
	assert_int_equal(pack_read(arena, NULL, NULL, folder, &pack, &problems), -1);
	problems_print(&problems, &said);
	/* root reads it all the same, and finds it empty */
	assert_non_null(
	    strstr(buf_text(&said), geteuid() == 0 ? "the file is empty" : "cannot be read"));
	unlink(path);
	rmdir(folder);
	buf_free(&said);
	arena_free(&arena);
}

/* At most fifty, then how many more; errors before warnings. */
static void
test_many(void **state)
{
	struct arena *arena = arena_new();
	struct problems problems = { .arena = arena };
	struct buf said = BUF_INIT;
	int i;

	(void)state;
	problem_warn(&problems, (struct where){ "a.cfg", 1 }, NULL, "a warning");
	for (i = 60; i > 0; i--)
		problem_add(&problems, (struct where){ "b.cfg", i }, "mend it", "fault %d", i);
	problem_add(&problems, (struct where){ "b.cfg", 1 }, "mend it", "fault 1");
	assert_int_equal(problems_errors(&problems), 61);
	/* "fault 1" is said twice of one line; that is one message. */
	assert_int_equal(problems_told(&problems, false), 60);
	assert_int_equal(problems_told(&problems, true), 1);
	problems_print(&problems, &said);
	assert_true(
	    str_starts(buf_text(&said), "b.cfg:1: fault 1\n  hint: mend it\nb.cfg:2: fault 2\n"));
	assert_non_null(
	    strstr(buf_text(&said), "b.cfg:50: fault 50\n  hint: mend it\n... and 11 more\n"));
	assert_null(strstr(buf_text(&said), "fault 51"));
	buf_free(&said);
	arena_free(&arena);
}

static void
test_fast(void **state)
{
	struct buf said = BUF_INIT;
	int64_t start = clock_real_ms();

	(void)state;
	said_about("well", true, &said);
	assert_string_equal(buf_text(&said), "");
	assert_in_range(
	    clock_real_ms() - start, 0, 1000); /* sanitizers included; 100 ms as shipped */
	buf_free(&said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_without_directory),
		cmocka_unit_test(test_missing_pack),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_fast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
