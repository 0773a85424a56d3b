/*
 * Which version of a pack core takes, as an object: no process.  The kept versions are made by hand, as the trial
 * leaves them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "core_room.h"
#include "role/kept.h"

/* Versions are named by hashes: letters of them here. */
#define HASH(c)	c c c c c c c c c c c c c c c c

static void
shell(struct room *room, const char *command)
{
	assert_int_equal(system(arena_printf(room->arena, "cd '%s/spool/rules' && %s", room->folder, command)), 0);
}

/* A version as it would be kept: the pack as it is, with an edit. */
static void
keep(struct room *room, const char *hash, const char *edit)
{
	char here[512];

	assert_non_null(getcwd(here, sizeof(here)));
	shell(room, arena_printf(room->arena, "mkdir -p %s/rules && cp -rL '%s/rules/birmingham' '%s/rules/common' %s/rules && "
	    "sed -i '%s' %s/rules/birmingham/pathway.cfg", hash, here, here, hash, edit, hash));
}

static void
passed(struct room *room, const char *hash)
{
	shell(room, arena_printf(room->arena, "echo %s 7 >birmingham.passed && rm -f birmingham.refused", hash));
}

static int
begin(struct room *room, struct err *err)
{
	core_close(&room->core);
	return core_open(&room->start, &room->core, err);
}

static int
set_up(void **state)
{
	struct room *room = x_calloc(1, sizeof(*room));
	struct err err;

	room_furnish(room);
	room->config.rules = room->start.rules_dir = "no-such-folder";
	room->start.kept_rules = true;
	assert_int_equal(file_make_dir(arena_printf(room->arena, "%s/spool/rules", room->folder), 0700, &err), 0);
	*state = room;
	return 0;
}

static const struct pack_version_row *
in_force(struct room *room)
{
	struct pack_version_row *row = NULL;
	struct err err;

	assert_int_equal(store_pack_in_force(room->core->store, room->arena, "birmingham", &row, &err), 0);
	return row;
}

static void
takes(struct room *room, const char *what, const char *hash, size_t told)
{
	struct err err = { ERR_NONE, "" };
	const struct pack_version_row *row;

	if (room->core == NULL ? begin(room, &err) == -1 : core_reload(room->core, "uid 7", &err) == -1)
		fail_msg("%s: %s", what, err.text);
	row = in_force(room);
	if (row == NULL || strcmp(row->hash, hash) != 0 || room_mails_about(room, "") != told)
		fail_msg("%s: %.4s in force, %zu mails", what, row == NULL ? "none" : row->hash, room_mails_about(room, ""));
}

static void
what_was_tested_and_nothing_else(void **state)
{
	static const char first[] = HASH("aaaa"), second[] = HASH("bbbb"), third[] = HASH("cccc");
	struct room *room = *state;
	struct err err = { ERR_NONE, "" };

	assert_int_equal(begin(room, &err), -1);
	assert_int_equal(err.scope, ERR_CONFIG);
	assert_non_null(strstr(err.text, "has not been tested yet"));
	shell(room, "echo 'rules/x/pathway.cfg:3: no' >birmingham.refused");
	assert_int_equal(begin(room, &err), -1);
	assert_non_null(strstr(err.text, "rules/x/pathway.cfg:3: no"));
	core_close(&room->core);

	keep(room, first, "s/^title .*/title = \"one\"/");
	passed(room, first);
	takes(room, "the first", first, 0);
	assert_int_equal(in_force(room)->tests, 7);
	keep(room, second, "s/^title .*/title = \"two\"/");
	takes(room, "kept, and not said to have passed", first, 0);
	shell(room, "echo 'its tests fail' >birmingham.refused");
	takes(room, "refused", first, 1);
	takes(room, "refused again", first, 1);
	core_close(&room->core);
	takes(room, "refused, after a start", first, 1);
	shell(room, "echo 'its tests fail in another way' >birmingham.refused");
	takes(room, "refused for another reason", first, 2);
	passed(room, second);
	takes(room, "the second", second, 2);
	assert_string_equal(in_force(room)->who, "uid 7");

	keep(room, third, "s/^title .*/title = /");
	passed(room, third);
	takes(room, "kept, and damaged since", second, 3);
	shell(room, arena_printf(room->arena, "rm -r %s", third));
	core_close(&room->core);
	takes(room, "kept, and gone since", second, 4);
	shell(room, arena_printf(room->arena, "rm -r %s", second));
	assert_int_equal(core_reload(room->core, "uid 7", &err), -1);
	assert_string_equal(room->core->engine.packs[0]->title, "two");
}

static void
gone_back_holds_until_the_files_change(void **state)
{
	static const char first[] = HASH("aaaa"), second[] = HASH("bbbb"), third[] = HASH("cccc");
	struct room *room = *state;
	struct err err;

	keep(room, first, "s/^title .*/title = \"one\"/");
	keep(room, second, "s/^title .*/title = \"two\"/");
	keep(room, third, "s/^title .*/title = \"three\"/");
	passed(room, second);
	takes(room, "the second", second, 0);
	assert_int_equal(store_set_setting(room->core->store, "rules-back birmingham",
	    arena_printf(room->arena, "%s %s 3", first, second), &err), 0);
	takes(room, "back", first, 0);
	assert_int_equal(in_force(room)->tests, 3);
	core_close(&room->core);
	takes(room, "back, after a start", first, 0);
	shell(room, "echo 'broken now' >birmingham.refused");
	takes(room, "back, and broken files", first, 1);
	passed(room, third);
	takes(room, "other files", third, 1);
	passed(room, second);
	takes(room, "the same files as then, later", second, 1);
}

static int64_t
case_due(struct room *room, const char *pack, instant due)
{
	struct decision decision = { .opens_case = true, .next_due = due };
	struct err err = { ERR_NONE, "" };
	int64_t id = 0;

	if (store_begin(room->core->store, &err) == -1 || store_case_new(room->core->store, pack, 1, &id, &err) == -1 ||
	    store_apply(room->core->store, id, 0, &decision, 1, &err) == -1 || store_commit(room->core->store, &err) == -1)
		fail_msg("%s", err.text);
	return id;
}

/* What the rules say now may come earlier than what they said when the case was last looked at. */
static void
cases_are_looked_at_under_new_rules(void **state)
{
	static const char first[] = HASH("aaaa"), second[] = HASH("bbbb");
	instant monday = 0, tuesday = 0, later = 0, due;
	struct room *room = *state;
	struct err err;

	assert_true(instant_parse_iso("2026-09-07T08:00", &monday) && instant_parse_iso("2026-09-08T08:30", &tuesday) &&
	    instant_parse_iso("2026-10-01T08:30", &later));
	keep(room, first, "s/^title .*/title = \"one\"/");
	keep(room, second, "s/^title .*/title = \"two\"/");
	passed(room, first);
	takes(room, "the first", first, 0);
	const struct { const char *what; int64_t id; instant before, after; } cases[] = {
		{ "later", case_due(room, "birmingham", later), later, tuesday },
		{ "earlier", case_due(room, "birmingham", monday), monday, monday },
		{ "never", case_due(room, "birmingham", INSTANT_NONE), INSTANT_NONE, INSTANT_NONE },
		{ "another pack's", case_due(room, "leicester", later), later, later },
	};
	for (int taken = 0; taken < 2; taken++) {
		passed(room, taken ? second : first);
		takes(room, taken ? "the second" : "the first again", taken ? second : first, 0);
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
			if (store_case_due(room->core->store, cases[i].id, &due, &err) == -1 ||
			    due != (taken ? cases[i].after : cases[i].before))
				fail_msg("%s, %s: %lld", taken ? "new rules" : "the same rules", cases[i].what, (long long)due);
	}
}

/* Rows as the store writes them, under numbers far apart: as if there were very many cases. */
static void
case_far_away(struct room *room, int64_t id, instant due)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(room->config.database, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, arena_printf(room->arena, "INSERT INTO cases(id, pack, opened) VALUES(%lld, 'birmingham', 1);"
	    "INSERT INTO timer(case_id, due, day, minute) VALUES(%lld, %lld, %lld, %d)", (long long)id, (long long)id, (long long)due,
	    (long long)instant_date(due), instant_minute(due)), NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Of very many a piece at once, the others in turns that follow, also of a core that was started anew meanwhile. */
static void
very_many_cases_are_looked_at_in_turns(void **state)
{
	static const char first[] = HASH("aaaa"), second[] = HASH("bbbb");
	static const int64_t ids[] = { 1, 5000, 5001, 12000, 40000 };
	instant tuesday = 0, later = 0, due;
	struct room *room = *state;
	struct err err;
	size_t turns = 0, done = 0;
	bool more = true;

	assert_true(instant_parse_iso("2026-09-08T08:30", &tuesday) && instant_parse_iso("2026-10-01T08:30", &later));
	keep(room, first, "s/^title .*/title = \"one\"/");
	keep(room, second, "s/^title .*/title = \"two\"/");
	passed(room, first);
	takes(room, "the first", first, 0);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		case_far_away(room, ids[i], later);
	passed(room, second);
	takes(room, "the second", second, 0);
	for (; more && turns < 20; turns++) {
		more = false;
		assert_int_equal(packs_turn(room->core, &more, &err), 0);
		if (turns == 2) {
			core_close(&room->core);
			takes(room, "opened again", second, 0);
			more = true;
		}
	}
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		done += store_case_due(room->core->store, ids[i], &due, &err) == 0 && due == tuesday;
	if (turns != 8 || done != 5 || room->core->looking)
		fail_msg("%zu turns, %zu cases", turns, done);
}

/* A version whose files are as old as that. */
static const char *
old_version(struct room *room, int n)
{
	const char *hash = arena_printf(room->arena, "%064x", n);

	shell(room, arena_printf(room->arena, "mkdir -p %s/rules/birmingham && touch -d '3 days ago' %s", hash, hash));
	return hash;
}

static bool
is_kept(struct room *room, const char *hash)
{
	return kept_is_here(room->config.spool, hash);
}

/* The last twenty, and what somebody could still need; a folder that is no version is left alone. */
static void
old_versions_go(void **state)
{
	static const char now[] = HASH("aaaa");
	struct room *room = *state;
	struct err err;
	const char *hash[30];
	struct pack_version_row row = { .pack = "birmingham", .title = "old", .who = "uid 7", .since = 1 };

	keep(room, now, "s/^title .*/title = \"one\"/");
	passed(room, now);
	takes(room, "the first", now, 0);
	for (int i = 0; i < 30; i++) {
		hash[i] = row.hash = old_version(room, i + 1);
		assert_int_equal(store_pack_version_add(room->core->store, &row, NULL, &err), 0);
	}
	shell(room, arena_printf(room->arena, "mkdir -p mine && touch -d '3 days ago' mine && touch %s", hash[4]));
	assert_int_equal(store_set_setting(room->core->store, "rules-back birmingham",
	    arena_printf(room->arena, "%s %s 3", hash[2], HASH("bbbb")), &err), 0);
	assert_int_equal(kept_prune(room->core->store, room->config.spool, &room->config.packs, &err), 0);
	for (int i = 0; i < 30; i++)
		if (is_kept(room, hash[i]) != (i >= 10 || i == 2 || i == 4))	/* gone back to; young */
			fail_msg("version %d is %skept", i, is_kept(room, hash[i]) ? "" : "not ");
	assert_true(is_kept(room, now));
	shell(room, "test -d mine && test ! -e gone");
}

static const struct {
	const char *name, *strand, *stage, *closed;
	int final;
	const char *want;	/* in the words, or NULL: nobody is left behind */
} standing[] = {
	{ "a stage that is there", "advice", "with-worker", "NULL", 0, NULL },
	{ "a stage that is not", "advice", "gone", "NULL", 0, "the stage \"gone\" of the strand \"advice\"" },
	{ "a strand that is not", "gone", "x", "NULL", 0, "the strand \"gone\"" },
	{ "final", "advice", "gone", "NULL", 1, NULL },
	{ "of a closed case", "advice", "gone", "5", 0, NULL },
	{ "held before its first stage", "advice", "", "NULL", 0, NULL },
	{ "held, in a strand that is not", "gone", "", "NULL", 0, "the strand \"gone\"" },
};

static void
cases_left_behind(void **state)
{
	static const char first[] = HASH("aaaa");
	struct room *room = *state;
	struct err err;

	keep(room, first, "s/^title .*/title = \"one\"/");
	passed(room, first);
	takes(room, "the first", first, 0);
	for (size_t i = 0; i < sizeof(standing) / sizeof(standing[0]); i++) {
		const char *words = NULL;
		sqlite3 *db;

		assert_int_equal(sqlite3_open(room->config.database, &db), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, arena_printf(room->arena, "DELETE FROM strand; DELETE FROM cases;"
		    "INSERT INTO cases(id, pack, opened, closed) VALUES(12, 'birmingham', 1, %s);"
		    "INSERT INTO strand(case_id, no, name, service, stage, entry, final, chased, held)"
		    " VALUES(12, 1, '%s', '', '%s', 1, %d, '', 0)", standing[i].closed, standing[i].strand, standing[i].stage,
		    standing[i].final), NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
		assert_int_equal(kept_left_behind(room->core->store, room->arena, room->core->engine.packs[0], &words, &err), 0);
		if ((words == NULL) != (standing[i].want == NULL) ||
		    (words != NULL && (strstr(words, standing[i].want) == NULL || strstr(words, "1 case (number 12) stands") == NULL)))
			fail_msg("%s: %s", standing[i].name, words == NULL ? "nobody" : words);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_tested_and_nothing_else, set_up, room_end),
		cmocka_unit_test_setup_teardown(cases_left_behind, set_up, room_end),
		cmocka_unit_test_setup_teardown(old_versions_go, set_up, room_end),
		cmocka_unit_test_setup_teardown(cases_are_looked_at_under_new_rules, set_up, room_end),
		cmocka_unit_test_setup_teardown(very_many_cases_are_looked_at_in_turns, set_up, room_end),
		cmocka_unit_test_setup_teardown(gone_back_holds_until_the_files_change, set_up, room_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
