/*
 * The watched folder and the age of lists, in core as an object: no process,
 * no network.  Looks at the folder are made at once instead of every few
 * seconds; case time is moved.
 */
#include <fcntl.h>
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

#include "core_room.h"

#define COUNT(v)	(sizeof(v) / sizeof((v)[0]))
#define INVOLVEMENT	"person-id,name,date-of-birth,nhs-number,upn,service,status,closed-on,worker,flags\n"
#define CHILD		"4410271,Zofia Przybylska,2016-03-12,9990000115,,CSC,open,,callum.strickland@childrenstrust.example,\n"

static int
set_up(void **state)
{
	struct room *room = x_calloc(1, sizeof(*room));
	struct err err;

	room_furnish(room);
	room->without_sender = true;
	room->config.lists_folder = arena_printf(room->arena, "%s/lists", room->folder);
	room->config.directory_file = "directory.csv";
	room->config.involvement_file = "involvement.csv";
	room->config.stale_days = 3;
	assert_int_equal(lists_make_folders(room->config.lists_folder, &err), 0);
	room_open(room);
	*state = room;
	return 0;
}

static void
put(struct room *room, const char *name, const char *text)
{
	FILE *file = fopen(arena_printf(room->arena, "%s/lists/%s", room->folder, name), "a");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
put_copy(struct room *room, const char *name, const char *from)
{
	struct buf text = BUF_INIT;
	struct err err;

	assert_int_equal(file_read(AT_FDCWD, from, 1u << 20, &text, &err), 0);
	put(room, name, buf_text(&text));
	buf_free(&text);
}

/* So many looks, each as if its time had come. */
static void
look(struct room *room, int looks)
{
	struct err err = { ERR_NONE, "" };
	bool more;

	while (looks-- > 0) {
		room->core->lists.look_ms = 0;
		do {
			if (core_turn(room->core, &more, &err) == -1)
				fail_msg("%s", err.text);
		} while (more && room->core->lists_differ);
	}
}

/* Names in a folder below the watched one, in order. */
static const char *
names_in(struct room *room, const char *below)
{
	struct strs names = { NULL, 0 }, plain = { NULL, 0 };
	struct err err;
	int dirfd;

	assert_int_equal(file_open_dir(arena_printf(room->arena, "%s/lists%s", room->folder, below), &dirfd, &err), 0);
	assert_int_equal(file_list(room->arena, dirfd, &names, &err), 0);
	close(dirfd);
	for (size_t i = 0; i < names.n; i++)
		if (strstr(names.v[i], ".csv") != NULL)
			strs_add(room->arena, &plain, names.v[i]);
	return strs_join(room->arena, &plain, " ");
}

static size_t
rows_in_force(struct room *room)
{
	struct err err;
	size_t count;

	assert_int_equal(store_involvement_count(room->core->store, &count, &err), 0);
	return count;
}

static void
taken_when_complete(void **state)
{
	struct room *room = *state;

	put(room, "involvement.csv", INVOLVEMENT);
	look(room, 1);
	put(room, "involvement.csv", CHILD);	/* it is still being written */
	look(room, 1);
	assert_int_equal(rows_in_force(room), 0);
	assert_string_equal(names_in(room, ""), "involvement.csv");
	look(room, 1);
	assert_int_equal(rows_in_force(room), 1);
	assert_string_equal(names_in(room, ""), "");
	assert_string_equal(names_in(room, "/taken"), "2026-09-07-0900-involvement.csv");
	put_copy(room, "directory.csv", "config/directory.csv");
	look(room, 2);
	assert_int_equal(room->core->engine.directory->count, 10);
	put(room, "involvement.csv", INVOLVEMENT CHILD);
	look(room, 2);
	assert_string_equal(names_in(room, "/taken"), "2026-09-07-0900-2-involvement.csv 2026-09-07-0900-directory.csv "
	    "2026-09-07-0900-involvement.csv");
	assert_int_equal(room_mails_about(room, ""), 0);
}

static const struct { const char *name, *text, *why; } bad[] = {
	{ "a wrong date", INVOLVEMENT "1,A Child,12/03/2016,,,CSC,open,,,\n", "involvement.csv:2: date-of-birth: \"12/03/2016\" is no date" },
	{ "windows-1252", INVOLVEMENT "1,Zo\xEB,2016-03-12,,,CSC,open,,,\n", "involvement.csv:2: byte 5 of this line is 0xEB" },
	{ "no rows", INVOLVEMENT, "the list has no rows, and the one in force has 4" },
	{ "cut short", INVOLVEMENT CHILD, "the list has 1 rows, and the one in force has 4" },
	{ "empty", "\xEF\xBB\xBF", "the list is empty" },
};

static void
refused_and_told(void **state)
{
	struct room *room = *state;
	const char *why_file = "2026-09-07-0900-involvement.csv.why";

	put_copy(room, "involvement.csv", "config/involvement.csv");
	look(room, 2);
	assert_int_equal(rows_in_force(room), 4);
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct buf why = BUF_INIT;
		struct err err;

		put(room, "involvement.csv", bad[i].text);
		look(room, 2);
		if (rows_in_force(room) != 4 || names_in(room, "")[0] != '\0')
			fail_msg("%s: %zu rows, left: %s", bad[i].name, rows_in_force(room), names_in(room, ""));
		if (i == 1)
			why_file = "2026-09-07-0900-2-involvement.csv.why";
		if (i < 2) {
			assert_int_equal(file_read(room->core->lists.refused, why_file, 9999, &why, &err), 0);
			if (strstr(buf_text(&why), bad[i].why) == NULL)
				fail_msg("%s: %s", bad[i].name, buf_text(&why));
			assert_null(strstr(buf_text(&why), "Child"));
			buf_free(&why);
		}
		if (room_mails_about(room, "involvement list was refused") != i + 1)
			fail_msg("%s: told %zu times", bad[i].name, room_mails_about(room, "refused"));
	}
}

/* The process ends between telling and moving the file: it is found again, refused again, and told no second time. */
static void
told_once_over_a_crash(void **state)
{
	struct room *room = *state;

	for (int i = 0; i < 3; i++) {
		put(room, "involvement.csv", bad[0].text);
		look(room, 2);
		core_close(&room->core);
		room_open(room);
	}
	assert_int_equal(room_mails_about(room, "refused"), 1);
}

static void
stale_is_told_once_then_weekly(void **state)
{
	static const struct { const char *at; size_t told; } days[] = {
		{ "2026-09-10T08:59", 0 }, { "2026-09-10T09:00", 2 }, { "2026-09-10T09:01", 2 }, { "2026-09-16T12:00", 2 },
		{ "2026-09-17T09:00", 4 }, { "2026-09-18T09:00", 4 }, { "2026-09-24T09:00", 6 },
	};
	struct room *room = *state;
	instant at;

	put_copy(room, "involvement.csv", "config/involvement.csv");
	put_copy(room, "directory.csv", "config/directory.csv");
	look(room, 2);
	for (size_t i = 0; i < COUNT(days); i++) {
		assert_true(instant_parse_iso(days[i].at, &at));
		case_clock_set(&room->core->clock, at);
		look(room, 1);
		if (room_mails_about(room, "days old") != days[i].told)
			fail_msg("%s: told %zu times, wanted %zu", days[i].at, room_mails_about(room, "days old"), days[i].told);
		core_close(&room->core);	/* a restart tells nothing again */
		room_open(room);
		case_clock_set(&room->core->clock, at);
	}
	put_copy(room, "involvement.csv", "config/involvement.csv");
	put_copy(room, "directory.csv", "config/directory.csv");
	look(room, 2);
	assert_true(instant_parse_iso("2026-09-27T08:00", &at));
	case_clock_set(&room->core->clock, at);
	look(room, 1);
	assert_int_equal(room_mails_about(room, "days old"), 6);
	assert_true(instant_parse_iso("2026-09-27T12:00", &at));
	case_clock_set(&room->core->clock, at);
	look(room, 1);
	assert_int_equal(room_mails_about(room, "days old"), 8);
}

/* A folder and a link under a list's name are no lists. */
static void
only_plain_files(void **state)
{
	struct room *room = *state;

	assert_int_equal(mkdir(arena_printf(room->arena, "%s/lists/directory.csv", room->folder), 0700), 0);
	assert_int_equal(symlink("/etc/passwd", arena_printf(room->arena, "%s/lists/involvement.csv", room->folder)), 0);
	look(room, 3);
	assert_string_equal(names_in(room, ""), "directory.csv involvement.csv");
	assert_int_equal(room_mails_about(room, ""), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(taken_when_complete, set_up, room_end),
		cmocka_unit_test_setup_teardown(refused_and_told, set_up, room_end),
		cmocka_unit_test_setup_teardown(told_once_over_a_crash, set_up, room_end),
		cmocka_unit_test_setup_teardown(stale_is_told_once_then_weekly, set_up, room_end),
		cmocka_unit_test_setup_teardown(only_plain_files, set_up, room_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
