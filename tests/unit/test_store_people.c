/* Imports whole or not at all; which rows of the involvement list count for a child. */
#include "test_store.h"

#include <errno.h>

static const char *two_posts[] = { "Team leader", "DAS manager" };

static void
directory_round_trip(void **state)
{
	struct person people[] = {
		{ .address = "a@leicester.example", .name = "Amara Osei", .posts = { two_posts, 2 }, .team = "North",
		    .manager = "b@leicester.example", .cover = "", .from = 20000, .until = DAY_NONE, .line = 2 },
		{ .address = "b@leicester.example", .name = "Ben Tully", .team = "", .manager = "",
		    .cover = "a@leicester.example", .from = DAY_NONE, .until = 21000, .line = 3 },
	};
	struct directory first = { .people = people, .count = 2 }, second = { .people = people + 1, .count = 1 };
	struct absence away = { "a@leicester.example", 20800, 20810, "out-of-office" };
	struct room *room = *state;
	struct directory *read;

	WELL(store_absence_put(room->store, &away, 0, &room->err));
	WELL(store_import_directory(room->store, &first, MORNING, "hash", &room->err));
	WELL(store_directory(room->store, room->arena, &read, &room->err));
	assert_int_equal(read->count, 2);
	assert_string_equal(read->people[0].address, "a@leicester.example");
	assert_int_equal(read->people[0].posts.n, 2);
	assert_string_equal(read->people[0].posts.v[1], "DAS manager");
	assert_string_equal(read->people[0].manager, "b@leicester.example");
	assert_string_equal(read->people[0].folded, str_fold_name(room->arena, "Amara Osei"));
	assert_int_equal(read->people[0].from, 20000);
	assert_true(read->people[0].until == DAY_NONE);
	assert_int_equal(read->people[1].posts.n, 0);
	assert_int_equal(read->people[1].line, 3);
	assert_int_equal(read->absence_count, 1);
	away.until = 20820;
	WELL(store_absence_put(room->store, &away, 0, &room->err));
	WELL(store_import_directory(room->store, &second, MORNING, "hash", &room->err));
	WELL(store_directory(room->store, room->arena, &read, &room->err));
	assert_int_equal(read->count, 1);
	assert_int_equal(read->absence_count, 1);
	assert_int_equal(read->absences[0].until, 20820);
}

static const char *flags[] = { "looked-after", "restricted" };
#define BORN	16506		/* 2015-03-12 */
static struct involvement list_rows[] = {
	{ "p1", "Vaughan-Hughes, Idris", BORN, "9434765919", "H801200001001", "CSC", true, DAY_NONE, "w1@d.example",
	    { flags, 2 }, 2 },
	{ "p1", "Idris Vaughan-Hughes", BORN, "9434765919", "", "EH", false, 20500, "w2@d.example", { NULL, 0 }, 3 },
	{ "p1", "Idris Vaughan Hughes", BORN, "", "", "OPS", false, 20600, "w3@d.example", { NULL, 0 }, 4 },
	{ "p2", "Mair Vaughan-Hughes", BORN, "4010232137", "", "CSC", true, DAY_NONE, "w4@d.example", { NULL, 0 }, 5 },
	{ "p3", "Tom Reed", DAY_NONE, "6541003238", "", "CSC", true, DAY_NONE, "w5@d.example", { NULL, 0 }, 6 },
};
static struct involvement_list whole_list = { list_rows, COUNT(list_rows) };

static void
who_is_involved(void **state)
{
	static const struct {
		const char *name, *child;
		dayno born;
		const char *nhs, *upn, *want;
		bool contradicted;
	} rows[] = {
		{ "all agree", "Idris Vaughan-Hughes", BORN, "9434765919", "", "2 4 3", false },
		{ "name and birth alone", "VAUGHAN-HUGHES, Idris", BORN, "", "", "2 4 3", false },
		{ "number and birth, name changed", "Idris Bevan", BORN, "9434765919", "", "2 3", false },
		{ "number and name, birth mistyped", "Idris Vaughan-Hughes", BORN + 1, "9434765919", "", "2 3", false },
		{ "UPN and birth", "", BORN, "", "H801200001001", "2", false },
		{ "number alone", "", DAY_NONE, "9434765919", "", "", false },
		{ "number, both others differ", "Tom Reed", BORN + 9, "9434765919", "", "", true },
		{ "number, name differs, birth unknown", "Zoe Park", BORN, "6541003238", "", "", false },
		{ "number and name, birth unknown", "Tom Reed", BORN, "6541003238", "", "6", false },
		{ "twin", "Mair Vaughan-Hughes", BORN, "", "", "5", false },
		{ "birth alone", "", BORN, "", "", "", false },
		{ "name alone", "Idris Vaughan-Hughes", DAY_NONE, "", "", "", false },
		{ "nobody", "Ann Other", 1, "1", "2", "", false },
	};
	struct room *room = *state;
	struct involvement *found;
	char got[64];
	size_t i, j, count;
	bool contradicted;

	assert_int_equal(BORN, date_from_civil(2015, 3, 12));
	WELL(store_import_involvement(room->store, &whole_list, MORNING, "hash", &room->err));
	for (i = 0; i < COUNT(rows); i++) {
		WELL(store_involved(room->store, room->arena, rows[i].child, rows[i].born, rows[i].nhs, rows[i].upn,
		    &found, &count, &contradicted, &room->err));
		got[0] = '\0';
		for (j = 0; j < count; j++)
			(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%d", j > 0 ? " " : "",
			    found[j].line);
		if (strcmp(got, rows[i].want) != 0 || contradicted != rows[i].contradicted)
			fail_msg("%s: lines '%s', contradicted %d", rows[i].name, got, contradicted);
	}
}

static void
involvement_round_trip(void **state)
{
	struct room *room = *state;
	struct involvement *found;
	size_t count;
	bool contradicted;
	instant at;

	WELL(store_involvement_imported(room->store, &at, &room->err));
	assert_true(at == INSTANT_NONE);
	WELL(store_import_involvement(room->store, &whole_list, MORNING, "hash", &room->err));
	WELL(store_import_involvement(room->store, &whole_list, MORNING + 9, "hash", &room->err));
	WELL(store_involvement_imported(room->store, &at, &room->err));
	assert_int_equal(at, MORNING + 9);
	WELL(store_involved(room->store, room->arena, "Idris Vaughan-Hughes", BORN, "", "", &found, &count,
	    &contradicted, &room->err));
	assert_int_equal(count, 3);
	assert_string_equal(found[0].name, "Vaughan-Hughes, Idris");
	assert_string_equal(found[0].nhs_number, "9434765919");
	assert_string_equal(found[0].worker, "w1@d.example");
	assert_true(found[0].open);
	assert_true(found[0].closed_on == DAY_NONE);
	assert_int_equal(found[0].flags.n, 2);
	assert_string_equal(found[0].flags.v[1], "restricted");
	assert_int_equal(found[1].closed_on, 20600);
}

static long steps_left;

static int
fail_later(void *ctx, const char *name)
{
	(void)ctx;
	(void)name;
	return steps_left-- > 0 ? 0 : ENOSPC;
}

/* A disk that fills up during the import leaves the old list, inside a transaction of the caller's too. */
static void
imports_whole_or_nothing(void **state)
{
	struct involvement_list shorter = { list_rows, 1 };
	struct room *room = *state;
	const char *before;
	long n;

	WELL(store_import_involvement(room->store, &whole_list, MORNING, "one", &room->err));
	before = room_dump(room);
	for (n = 0;; n++) {
		steps_left = n;
		step_set(fail_later, NULL);
		if (store_import_involvement(room->store, &shorter, MORNING + 1, "two", &room->err) == 0)
			break;
		step_set(NULL, NULL);
		assert_int_equal(room->err.scope, ERR_RETRY);
		assert_string_equal(room_dump(room), before);
	}
	step_set(NULL, NULL);
	assert_true(n > 1);
	assert_string_not_equal(room_dump(room), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(directory_round_trip, room_open, room_close),
		cmocka_unit_test_setup_teardown(who_is_involved, room_open, room_close),
		cmocka_unit_test_setup_teardown(involvement_round_trip, room_open, room_close),
		cmocka_unit_test_setup_teardown(imports_whole_or_nothing, room_open, room_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
