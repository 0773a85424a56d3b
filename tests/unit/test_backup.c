/* Backups, the copy before an upgrade, and the way back to either. */
#include "purge_house.h"

#include <time.h>

#include "ctl/backup.h"
#include "store/schema.h"

/* ---- Backups */

static void
a_backup_is_whole_and_says_what_is_not(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	struct backup *backup;
	struct store *copy;
	const char *place, *wrong;
	char *before;
	struct buf dump = BUF_INIT;
	bool done = false;
	struct stat st;

	(void)put_case(house, "PLANTEDHH", 1, DAY(2027, 1, 4), INSTANT_NONE);
	WELL(backup_begin(room->store, &house->config, NULL, NOW, &backup, &room->err));
	/* Work goes on meanwhile; a mail of ours is sent and moved. */
	(void)put_case(house, "PLANTEDII", 2, DAY(2027, 1, 4), INSTANT_NONE);
	while (!done)
		WELL(backup_step(backup, &done, &room->err));
	place = arena_strdup(room->arena, backup_place(backup));
	backup_end(&backup);
	WELL(backup_verify(room->arena, place, &wrong, &room->err));
	assert_null(wrong);
	assert_int_equal(stat(place, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(arena_printf(room->arena, "%s/adviced.db", place), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	before = room_dump(room);
	WELL(store_open(arena_printf(room->arena, "%s/adviced.db", place), &copy, &room->err));
	WELL(store_dump(copy, &dump, &room->err));
	assert_string_equal(buf_text(&dump), before);
	buf_free(&dump);
	store_close(&copy);
	assert_true(found_below(room->arena, place, "PLANTEDHH") > 15);
	assert_int_equal(system(arena_printf(room->arena, "echo x >> '%s/spool/archive/das.1.1'", place)), 0);
	WELL(backup_verify(room->arena, place, &wrong, &room->err));
	assert_non_null(wrong);
}

static void
a_backup_that_fails_leaves_nothing(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	struct strs names;
	int dir;

	(void)put_case(house, "PLANTEDJJ", 1, DAY(2027, 1, 4), INSTANT_NONE);
	for (unsigned at = 0, done = 0; !done; at += 2) {
		struct backup *backup = NULL;
		unsigned left = at;
		bool whole = false;
		int rc;

		step_set(stop_at, &left);
		rc = backup_begin(room->store, &house->config, NULL, NOW, &backup, &room->err);
		while (rc == 0 && !whole)
			rc = backup_step(backup, &whole, &room->err);
		backup_end(&backup);
		step_set(NULL, NULL);
		done = rc == 0;
		if (file_open_dir(house->config.backups, &dir, NULL) == -1)
			continue;
		WELL(file_list(room->arena, dir, &names, &room->err));
		close(dir);
		for (size_t i = 0; i < names.n; i++)
			if (str_ends_nocase(names.v[i], ".part"))
				fail_msg("stopped at step %u, it leaves %s", at, names.v[i]);
	}
}

/* Nobody need remove by hand what holds personal data; of what another daemon is making, nothing is touched. */
static void
a_backup_that_was_broken_off_goes_with_the_next(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	struct backup *other = NULL, *backup = NULL;
	const char *part = arena_printf(room->arena, "%s/adviced-2026-01-31-2200.part", house->config.backups), *theirs, *place;
	bool done = false;

	WELL(backup_begin(room->store, &house->config, NULL, NOW, &other, &room->err));
	theirs = arena_printf(room->arena, "%s.part", backup_place(other));
	assert_int_equal(system(arena_printf(room->arena, "mkdir -p '%s/spool/archive' && echo x > '%s/spool/archive/das.1.1'", part,
	    part)), 0);
	WELL(backup_begin(room->store, &house->config, NULL, NOW, &backup, &room->err));
	assert_int_equal(access(part, F_OK), -1);
	assert_int_equal(access(theirs, F_OK), 0);
	assert_string_not_equal(backup_place(backup), backup_place(other));
	while (!done)
		WELL(backup_step(backup, &done, &room->err));
	place = arena_strdup(room->arena, backup_place(backup));
	backup_end(&backup);
	backup_end(&other);
	assert_int_equal(access(place, F_OK), 0);
	assert_int_equal(access(theirs, F_OK), -1);
}

/* A backup as an older daemon made it: its database is brought up to date on the way, and no copy of the older one stays. */
static void
a_backup_of_an_older_version_is_restored(void **state)
{
	static const char taken[] = "2028-05-31T21:00\n";
	struct house *house = *state;
	struct room *room = &house->room;
	const char *from = arena_printf(room->arena, "%s/older", room->dir), *database = arena_printf(room->arena, "%s/adviced.db", from);
	char *argv[] = { W("restore"), W("--from"), W(from), NULL }, hex[65], taken_hex[65];
	struct buf bytes = BUF_INIT;
	sqlite3 *db = NULL;

	store_close(&room->store);
	WELL(file_make_dir(from, 0700, &room->err));
	assert_int_equal(sqlite3_open(database, &db), SQLITE_OK);
	WELL(schema_migrate(db, schema_migrations, 2, &room->err));
	(void)sqlite3_close(db);
	WELL(file_read(AT_FDCWD, database, 1u << 20, &bytes, &room->err));
	sha256_hex(bytes.data, bytes.len, hex);
	sha256_hex(taken, strlen(taken), taken_hex);
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s/" BACKUP_TAKEN, from), taken);
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s/" BACKUP_MANIFEST, from),
	    arena_printf(room->arena, "%s  " BACKUP_DATABASE "\n%s  " BACKUP_TAKEN "\n", hex, taken_hex));
	assert_int_equal(ctl_restore(room->arena, &house->config, 3, argv), 0);
	assert_int_equal(access(arena_printf(room->arena, "%s/" RESTORING, house->spool_path), F_OK), -1);
	WELL(store_open(room->path, &room->store, &room->err));
	buf_free(&bytes);
}

/* ---- Before an upgrade */

static void
an_older_store_upgraded(struct house *house)
{
	struct room *room = &house->room;
	sqlite3 *db = NULL;

	store_close(&room->store);
	assert_int_equal(unlink(room->path), 0);
	(void)unlink(arena_printf(room->arena, "%s-wal", room->path));
	assert_int_equal(sqlite3_open(room->path, &db), SQLITE_OK);
	WELL(schema_migrate(db, schema_migrations, 2, &room->err));
	assert_int_equal(sqlite3_exec(db, "INSERT INTO cases(pack, reference, opened) VALUES('durham','PLANTEDKK',5)", NULL, NULL, NULL),
	    SQLITE_OK);
	(void)sqlite3_close(db);
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s.version-1", room->path), "older");
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s.version-0", room->path), "not ours");
	WELL(store_open(room->path, &room->store, &room->err));
}

static void
an_older_store_is_kept_beside_the_new_one(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;

	an_older_store_upgraded(house);
	assert_true(found_in(arena_printf(room->arena, "%s.version-2", room->path), "PLANTEDKK") > 0);
	assert_true(file_exists(AT_FDCWD, arena_printf(room->arena, "%s.version-1", room->path)));
	WELL(store_version_copies_remove(room->path, 0, &room->err));
	assert_false(file_exists(AT_FDCWD, arena_printf(room->arena, "%s.version-2", room->path)));
	assert_true(file_exists(AT_FDCWD, arena_printf(room->arena, "%s.version-0", room->path)));
}

static bool
is_restored(struct room *room)
{
	struct pause_row *pauses;
	size_t count;
	bool found = false;

	WELL(store_pauses(room->store, room->arena, time(NULL), &pauses, &count, &room->err));
	for (size_t i = 0; i < count; i++)
		found |= strcmp(pauses[i].scope, "restored") == 0;
	return found;
}

/* How old the copy is, as its own time says; what is in the spool came just now. */
static void
copy_made(const char *copy, int seconds_ago)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = time(NULL) - seconds_ago } };

	assert_int_equal(utimensat(AT_FDCWD, copy, times, 0), 0);
}

/* Back to the copy that was made so long before a mail was filed and a letter written; where are they then? */
static void
go_back(struct house *house, int seconds, const char *mail, bool letter_stays)
{
	struct room *room = &house->room;
	const char *copy = arena_printf(room->arena, "%s.version-2", room->path);
	char *argv[] = { W("restore"), W("--from"), W(copy), NULL };
	const char *letter = arena_printf(room->arena, "%s/out/17.eml", house->spool_path);
	const char *heads = arena_printf(room->arena, "%s/journal-head", house->spool_path);

	store_close(&room->store);
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s/archive/advice.7.11", house->spool_path), "a mail");
	put_file(house, AT_FDCWD, letter, "a letter");
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s/bad/advice.7.12", house->spool_path), "an odd mail");
	put_file(house, AT_FDCWD, heads, "2026-10-05T20:00 7 0123\n");
	copy_made(copy, seconds);
	assert_int_equal(ctl_restore(room->arena, &house->config, 3, argv), 0);
	assert_true(file_exists(AT_FDCWD, arena_printf(room->arena, "%s/%s/advice.7.11", house->spool_path, mail)));
	assert_int_equal(file_exists(AT_FDCWD, letter), letter_stays);
	/* Of a mail that could not be read since, the older store knows nothing; nor has its journal come to these heads. */
	assert_true(file_exists(AT_FDCWD, arena_printf(room->arena, "%s/%s/advice.7.12", house->spool_path, letter_stays ? "bad" : "new")));
	assert_false(file_exists(AT_FDCWD, heads));
	WELL(store_open(room->path, &room->store, &room->err));
	assert_true(is_restored(room));
}

/* After an upgrade that does not please: all mail since is decided anew, and nothing is sent unasked. */
static void
an_upgrade_can_be_gone_back_on(void **state)
{
	an_older_store_upgraded(*state);
	go_back(*state, 100, "new", false);
}

/* What lay in the spool before the copy was made belongs to it. */
static void
going_back_leaves_what_was_there_before(void **state)
{
	an_older_store_upgraded(*state);
	go_back(*state, -100, "archive", true);
}

static int
no_second_name(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "file.link") == 0 ? EPERM : 0;
}

/* The only file of that folder whose name has this in it and ends so. */
static const char *
file_like(struct room *room, const char *part, const char *end)
{
	struct strs names = { NULL, 0 };
	const char *found = NULL;
	int dir;

	WELL(file_open_dir(room->dir, &dir, &room->err));
	WELL(file_list(room->arena, dir, &names, &room->err));
	for (size_t i = 0; i < names.n; i++)
		if (strstr(names.v[i], part) != NULL && str_ends_nocase(names.v[i], end)) {
			assert_null(found);
			found = arena_printf(room->arena, "%s/%s", room->dir, names.v[i]);
		}
	close(dir);
	assert_non_null(found);
	return found;
}

/* An older store that was upgraded and has gone on since, with a log beside it; argv: the words that go back on that. */
static void
left_with_a_log(struct house *house, char *argv[4])
{
	struct room *room = &house->room;

	argv[0] = W("restore");
	argv[1] = W("--from");
	argv[2] = arena_printf(room->arena, "%s.version-2", room->path);
	argv[3] = NULL;
	an_older_store_upgraded(house);
	store_close(&room->store);
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s-wal", room->path), "PLANTEDLOG");
}

/* On CIFS, or where links are protected, no file can have two names; what was there is put aside whole all the same. */
static void
a_restore_needs_no_second_names(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	char *argv[4];

	left_with_a_log(house, argv);
	step_set(no_second_name, NULL);
	assert_int_equal(ctl_restore(room->arena, &house->config, 3, argv), 0);
	step_set(NULL, NULL);
	assert_true(found_in(file_like(room, BEFORE_RESTORE, "-wal"), "PLANTEDLOG") > 0);
	assert_true(found_in(arena_strndup(room->arena, file_like(room, BEFORE_RESTORE, "-wal"),
	    strlen(file_like(room, BEFORE_RESTORE, "-wal")) - strlen("-wal")), "PLANTEDKK") > 0);
	WELL(store_open(room->path, &room->store, &room->err));
	assert_true(is_restored(room));
}

static int
no_second_name_and_no_new_one(void *ctx, const char *name)
{
	bool *linked = ctx;

	*linked |= strcmp(name, "file.link") == 0;
	return strcmp(name, "file.link") == 0 ? EPERM : *linked && strcmp(name, "file.rename") == 0 ? EIO : 0;
}

/* Broken off where the database has kept its place: no part of it lies beside it alone. */
static void
a_restore_that_is_broken_off_puts_no_part_aside(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	char *argv[4];
	struct strs names = { NULL, 0 };
	bool linked = false;
	int dir;

	left_with_a_log(house, argv);
	step_set(no_second_name_and_no_new_one, &linked);
	assert_int_equal(ctl_restore(room->arena, &house->config, 3, argv), 1);
	step_set(NULL, NULL);
	WELL(file_open_dir(room->dir, &dir, &room->err));
	WELL(file_list(room->arena, dir, &names, &room->err));
	for (size_t i = 0; i < names.n; i++)
		if (strstr(names.v[i], BEFORE_RESTORE) != NULL)
			fail_msg("%s was left", names.v[i]);
	close(dir);
	assert_true(found_in(arena_printf(room->arena, "%s-wal", room->path), "PLANTEDLOG") > 0);
	WELL(store_open(room->path, &room->store, &room->err));
}

/* Twice within a second, too: each puts aside what it finds under a name of its own. */
static void
a_second_restore_keeps_what_the_first_put_aside(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	char *argv[4];

	left_with_a_log(house, argv);
	assert_int_equal(ctl_restore(room->arena, &house->config, 3, argv), 0);
	assert_int_equal(ctl_restore(room->arena, &house->config, 3, argv), 0);
	assert_true(found_in(file_like(room, BEFORE_RESTORE, "-wal"), "PLANTEDLOG") > 0);
	WELL(store_open(room->path, &room->store, &room->err));
	assert_true(is_restored(room));
}

/* A store that a later daemon has changed: refused, with the copy to go back to. */
static void
a_later_store_says_how_to_go_back(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;

	assert_int_equal(room_sql(room, "PRAGMA user_version=999"), SQLITE_OK);
	store_close(&room->store);
	assert_int_equal(store_open(room->path, &room->store, &room->err), -1);
	assert_non_null(strstr(room->err.text, "advicectl restore --from BACKUP"));
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s.version-3", room->path), "older");
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s.version-998", room->path), "later");
	assert_int_equal(store_open(room->path, &room->store, &room->err), -1);
	if (strstr(room->err.text, arena_printf(room->arena, "advicectl restore --from %s.version-3", room->path)) == NULL)
		fail_msg("%s", room->err.text);
}

int
main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, house_open, house_close)
	const struct CMUnitTest tests[] = {
		TEST(a_backup_is_whole_and_says_what_is_not),
		TEST(a_backup_that_fails_leaves_nothing),
		TEST(a_backup_that_was_broken_off_goes_with_the_next),
		TEST(a_backup_of_an_older_version_is_restored),
		TEST(an_older_store_is_kept_beside_the_new_one),
		TEST(an_upgrade_can_be_gone_back_on),
		TEST(going_back_leaves_what_was_there_before),
		TEST(a_restore_needs_no_second_names),
		TEST(a_restore_that_is_broken_off_puts_no_part_aside),
		TEST(a_second_restore_keeps_what_the_first_put_aside),
		TEST(a_later_store_says_how_to_go_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
