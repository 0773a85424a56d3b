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

#include "base/file.h"
#include "role/core_private.h"
#include "role/kept.h"

/* Versions are named by hashes: letters of them here. */
#define HASH(c)	c c c c c c c c c c c c c c c c

struct room {
	char		 folder[64];
	struct arena	*arena;
	struct config	 config;
	struct mailbox_config mailbox;
	struct core	*core;
};

static void
to_peer(void *ctx, const char *peer, const struct frame *frame)
{
	(void)ctx, (void)peer, (void)frame;
}

static void
to_client(void *ctx, uint64_t client, const struct frame *frame)
{
	(void)ctx, (void)client, (void)frame;
}


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
	struct core_start core_start = { .config = &room->config, .rules_dir = "no-such-folder", .kept_rules = true,
	    .test_clock = true, .out = { room, to_peer, to_client } };

	core_close(&room->core);
	assert_true(instant_parse_iso("2026-09-07T09:00", &core_start.from));
	return core_open(&core_start, &room->core, err);
}

static int
set_up(void **state)
{
	static const char *packs[] = { "birmingham" };
	struct room *room = calloc(1, sizeof(*room));
	struct err err;

	room->arena = arena_new();
	strcpy(room->folder, "/tmp/test-core-packs-XXXXXX");
	assert_non_null(mkdtemp(room->folder));
	room->mailbox = (struct mailbox_config){ .name = "advice", .address = "SENSocialWorkAdvice@childrenstrust.example",
	    .folder = "INBOX", .processed = "Processed", .needs_you = "Needs you", .trust = "none" };
	room->config = (struct config){ .file = "", .rules = "no-such-folder", .calendars = "config/calendars",
	    .spool = arena_printf(room->arena, "%s/spool", room->folder),
	    .database = arena_printf(room->arena, "%s/store.db", room->folder),
	    .packs = { packs, 1 }, .mailboxes = &room->mailbox, .mailbox_count = 1, .per_minute = 20, .max_mail_mb = 100,
	    .administrator = "administrator@childrenstrust.example", .log_level = "err" };
	assert_int_equal(file_make_dir(arena_printf(room->arena, "%s/spool/rules", room->folder), 0700, &err), 0);
	*state = room;
	return 0;
}

static int
tear_down(void **state)
{
	struct room *room = *state;
	int gone = system(arena_printf(room->arena, "rm -rf '%s'", room->folder));

	core_close(&room->core);
	arena_free(&room->arena);
	free(room);
	return gone;
}

static const struct pack_version_row *
in_force(struct room *room)
{
	struct pack_version_row *row = NULL;
	struct err err;

	assert_int_equal(store_pack_in_force(room->core->store, room->arena, "birmingham", &row, &err), 0);
	return row;
}

static size_t
mails(struct room *room)
{
	struct outbox_row *rows;
	size_t count = 0;
	struct err err;

	assert_int_equal(store_outbox_in_state(room->core->store, room->arena, OUTBOX_QUEUED, &rows, &count, &err), 0);
	return count;
}

static void
takes(struct room *room, const char *what, const char *hash, size_t told)
{
	struct err err = { ERR_NONE, "" };
	const struct pack_version_row *row;

	if (room->core == NULL ? begin(room, &err) == -1 : core_reload(room->core, "uid 7", &err) == -1)
		fail_msg("%s: %s", what, err.text);
	row = in_force(room);
	if (row == NULL || strcmp(row->hash, hash) != 0 || mails(room) != told)
		fail_msg("%s: %.4s in force, %zu mails", what, row == NULL ? "none" : row->hash, mails(room));
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
		cmocka_unit_test_setup_teardown(what_was_tested_and_nothing_else, set_up, tear_down),
		cmocka_unit_test_setup_teardown(cases_left_behind, set_up, tear_down),
		cmocka_unit_test_setup_teardown(gone_back_holds_until_the_files_change, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
