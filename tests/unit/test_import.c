/*
 * advicectl import on a store: what is shown before it is done, what waits
 * for a yes, what is refused.  The pack in force is the one of test_changed.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "ctl/live.h"
#include "rule/read.h"

#define PEOPLE	"address,name,posts,team,manager,cover,from,until\n"
#define HEAD	"head@trust.example,Hedda Head,Head,Top,,,,\n"
#define CHILDREN "person-id,name,date-of-birth,nhs-number,upn,service,status,closed-on,worker,flags\n"
#define IDRIS	"1,Idris Vaughan-Hughes,2015-03-12,,,"

struct room {
	struct arena	*arena;
	struct engine	 engine;
	struct live	 live;
};

static void
well(int rc, const struct err *err)
{
	if (rc != 0)
		fail_msg("%s", err->text);
}

/* An open case of Idris, with a worker. */
static void
open_case(struct room *room)
{
	struct case_fact facts[] = {
		{ .name = "child-name", .value = "Idris Vaughan-Hughes", .who = "" },
		{ .name = "date-of-birth", .value = "2015-03-12", .who = "" },
		{ .name = "worker", .value = "ann@trust.example", .who = "list" },
	};
	struct decision decision = { .opens_case = true, .reference = "EHC-20001", .facts = facts, .fact_count = 3,
		.next_due = INSTANT_NONE };
	struct err err;
	int64_t id;

	well(store_case_new(room->engine.store, "list", room->live.now, &id, &err), &err);
	well(store_apply(room->engine.store, id, 0, &decision, room->live.now, &err), &err);
}

static int
set_up(void **state)
{
	struct room *room = calloc(1, sizeof(*room));
	const struct pack **packs;
	struct problems problems;
	struct pack *pack = NULL;
	struct err err;

	room->arena = arena_new();
	problems = (struct problems){ .arena = room->arena };
	pack_read(room->arena, "tests/data/engine", "config/calendars", "list", &pack, &problems);
	assert_int_equal(problems_errors(&problems), 0);
	packs = arena_alloc(room->arena, sizeof(*packs));
	packs[0] = pack;
	room->engine = (struct engine){ .packs = packs, .pack_count = 1 };
	well(store_open(":memory:", &room->engine.store, &err), &err);
	well(engine_refresh(&room->engine, &err), &err);
	room->live = (struct live){ .arena = room->arena, .store = room->engine.store, .engine = &room->engine,
	    .who = "uid 0", .file = -1 };
	assert_true(instant_parse_iso("2026-09-07T09:00", &room->live.now));
	open_case(room);
	*state = room;
	return 0;
}

static int
tear_down(void **state)
{
	struct room *room = *state;

	buf_free(&room->live.out);
	buf_free(&room->live.errors);
	engine_end(&room->engine);
	store_close(&room->engine.store);
	arena_free(&room->arena);
	free(room);
	return 0;
}

static int
import(struct room *room, const char *list, const char *text, const char *option)
{
	char *argv[] = { arena_strdup(room->arena, "import"), arena_strdup(room->arena, list), arena_strdup(room->arena, "FILE"),
	    option == NULL ? NULL : arena_strdup(room->arena, option), NULL };
	int code;

	buf_reset(&room->live.out);
	buf_reset(&room->live.errors);
	room->live.file = memfd_create("list", MFD_CLOEXEC);
	assert_true(write(room->live.file, text, strlen(text)) == (ssize_t)strlen(text));
	assert_int_equal(lseek(room->live.file, 0, SEEK_SET), 0);
	code = live_run(&room->live, option == NULL ? 3 : 4, argv);
	close(room->live.file);
	return code;
}

static void
says(const struct buf *out, const char *words)
{
	if (strstr(buf_text(out), words) == NULL)
		fail_msg("\"%s\" is not in:\n%s", words, buf_text(out));
}

static void
people_are_shown_first(void **state)
{
	static const char first[] = PEOPLE HEAD "ann@trust.example,Ann,,North,head@trust.example,,,\nbob@trust.example,Bob,,North,,,,\n";
	static const char second[] = PEOPLE HEAD "ann@trust.example,Ann,,South,,head@trust.example,,2026-12-01\n"
	    "cat@trust.example,Cat,,South,,,,\n";
	struct room *room = *state;

	assert_int_equal(import(room, "directory", first, NULL), 0);	/* the first list asks nothing */
	assert_int_equal(room->engine.directory->count, 3);
	assert_int_equal(import(room, "directory", first, NULL), 0);	/* nor does one that changes nothing */
	assert_int_equal(import(room, "directory", second, NULL), LIVE_WANTS_YES);
	assert_non_null(directory_find(room->engine.directory, "bob@trust.example"));
	says(&room->live.out, "ann@trust.example: team South, was North; manager none, was head@trust.example; "
	    "cover head@trust.example, was none; until 2026-12-01, was none\n");
	says(&room->live.out, "new (1):\n    cat@trust.example\n");
	says(&room->live.out, "no longer there (1):\n    bob@trust.example\n");
	says(&room->live.out, "EHC-20001: worker ann@trust.example: team South");
	assert_int_equal(import(room, "directory", second, "--yes"), 0);
	assert_null(directory_find(room->engine.directory, "bob@trust.example"));
	assert_int_equal(import(room, "directory", PEOPLE HEAD, "--asked"), 0);
	assert_string_equal(buf_text(&room->live.out), "directory imported\n");
	assert_int_equal(room->engine.directory->count, 1);
}

static void
a_bounce_is_forgotten_with_a_new_line(void **state)
{
	struct absence absence = { "ann@trust.example", 20000, DAY_NONE, "bounce" };
	struct room *room = *state;
	struct err err;

	assert_int_equal(import(room, "directory", PEOPLE HEAD "ann@trust.example,Ann,,North,,,,\n", NULL), 0);
	well(store_absence_put(room->engine.store, &absence, 0, &err), &err);
	assert_int_equal(import(room, "directory", PEOPLE HEAD "ann@trust.example,Ann,,North,,,,\n", "--yes"), 0);
	assert_int_equal(room->engine.directory->absence_count, 1);
	assert_int_equal(import(room, "directory", PEOPLE HEAD "ann@trust.example,Ann,,South,,,,\n", "--yes"), 0);
	assert_int_equal(room->engine.directory->absence_count, 0);
}

static const struct { const char *rows; int code; const char *error, *warning; } weighed[] = {
	{ HEAD "second@trust.example,S,Head,Top,,,,\n", 1, "FILE:3: second@trust.example holds the post \"Head\" in the team \"Top\", "
	  "and so does head@trust.example (line 2); if they share it", NULL },
	{ "head@trust.example,Hedda Head,Head (shared),Top,,,,\nsecond@trust.example,S,Head (shared),Top,,,,\n", 0, "", NULL },
	{ HEAD "second@trust.example,S,Head,Other,,,,\n", 0, "", NULL },
	{ HEAD "a@trust.example,A,Social Worker,Top,,,,\nb@trust.example,B,Social Worker,Top,,,,\n", 0, "", NULL },
	{ "ann@trust.example,Ann,,North,,,,\n", 0, "nobody in the directory holds the post \"Head\"", NULL },
	{ HEAD "far@elsewhere.example,Far,,,,,,\n", 0, "", "FILE:3: nothing can be sent to far@elsewhere.example: the rules may write to "
	  "trust.example, senar.example only" },
	{ HEAD "ann@trust.example,Ann,Social Worker|Team Manager,North,,,,\n", 0, "", "FILE:3: \"Social Worker|Team Manager\" is taken as one "
	  "post; write several with ; between them" },
	{ HEAD "ann@trust.example,Ann,Social Worker;Team Manager,North,,,,\n", 0, "", NULL },
};

static void
a_directory_is_weighed_against_the_packs(void **state)
{
	struct room *room = *state;

	for (size_t i = 0; i < sizeof(weighed) / sizeof(weighed[0]); i++) {
		int code = import(room, "directory", arena_printf(room->arena, "%s%s", PEOPLE, weighed[i].rows), "--yes");

		if (code != weighed[i].code)
			fail_msg("row %zu: %d\n%s", i, code, buf_text(&room->live.errors));
		says(&room->live.errors, weighed[i].error);
		if (weighed[i].warning != NULL)
			says(&room->live.out, weighed[i].warning);
	}
}

static void
children_are_shown_by_case_only(void **state)
{
	static const char more[] = "2,A,2015-01-01,,,CSC,open,,,\n3,B,2015-01-01,,,CSC,open,,,\n";
	struct room *room = *state;
	struct err err;
	size_t count;

	assert_int_equal(import(room, "involvement", CHILDREN IDRIS "CSC,open,,ann@trust.example,\n"
	    "2,A,2015-01-01,,,CSC,open,,,\n3,B,2015-01-01,,,CSC,open,,,\n", NULL), 0);
	assert_int_equal(import(room, "involvement", arena_printf(room->arena, "%s%s%s", CHILDREN,
	    IDRIS "CSC,open,,bob@trust.example,child-protection\n" IDRIS "EH,closed,2026-08-01,,\n", more), NULL), LIVE_WANTS_YES);
	says(&room->live.out, "involvement: 4 rows, 3 before\n");
	says(&room->live.out, "EHC-20001: CSC open bob@trust.example child-protection, EH closed 2026-08-01, was CSC open ann@trust.example\n");
	assert_null(strstr(buf_text(&room->live.out), "Idris"));
	well(store_involvement_count(room->engine.store, &count, &err), &err);
	assert_int_equal(count, 3);	/* taken back */
	assert_int_equal(import(room, "involvement", arena_printf(room->arena, "%s%s%s", CHILDREN,
	    IDRIS "CSC,open,,ann@trust.example,\n4,C,2014-01-01,,,CSC,open,,,\n", more), NULL), 0);	/* no open case is touched */
	assert_int_equal(import(room, "involvement", CHILDREN IDRIS "CSC,open,,ann@trust.example,\n", NULL), LIVE_WANTS_YES);
	says(&room->live.out, "warning: the list before had 4 rows");
	assert_int_equal(import(room, "involvement", CHILDREN, "--yes"), 1);
	says(&room->live.errors, "the list has no rows");
	room->live.unseen = true;
	assert_int_equal(import(room, "involvement", CHILDREN IDRIS "CSC,open,,ann@trust.example,\n", "--yes"), 1);
}

static void
misuse(void **state)
{
	struct room *room = *state;

	assert_int_equal(import(room, "people", PEOPLE, NULL), 2);
	assert_int_equal(import(room, "directory", "", NULL), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(people_are_shown_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_bounce_is_forgotten_with_a_new_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_directory_is_weighed_against_the_packs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(children_are_shown_by_case_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(misuse, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
