/* Versions of the store, its journal, and that no look-up reads a whole table. */
#include "test_store.h"

#include "store/keep.h"
#include "store/schema.h"
#include "store/sql.h"

static const char to_version_2[] = "ALTER TABLE cases ADD COLUMN legal_hold INTEGER NOT NULL DEFAULT 7;"
	"CREATE TABLE extra(x);";
static const char to_version_3_broken[] = "CREATE TABLE more(x); INSERT INTO no_such_table VALUES(1);";

static int64_t
number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t value = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
		value = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	return value;
}

static void
migrates_all_or_nothing(void **state)
{
	const char *const migrations[] = { schema_migrations[0], to_version_2, to_version_3_broken };
	struct room *room = *state;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	WELL(schema_migrate(db, migrations, 1, &room->err));
	assert_int_equal(number(db, "PRAGMA user_version"), 1);
	assert_int_equal(number(db, "PRAGMA application_id"), SCHEMA_APPLICATION_ID);
	assert_int_equal(sqlite3_exec(db, "INSERT INTO cases(pack, opened) VALUES('durham', 5)", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(schema_migrate(db, migrations, 3, &room->err), -1);
	assert_int_equal(number(db, "PRAGMA user_version"), 1);
	assert_int_equal(number(db, "SELECT count(*) FROM sqlite_schema WHERE name IN ('extra','more')"), 0);
	WELL(schema_migrate(db, migrations, 2, &room->err));
	assert_int_equal(number(db, "PRAGMA user_version"), 2);
	assert_int_equal(number(db, "SELECT legal_hold FROM cases WHERE opened=5"), 7);
	WELL(schema_migrate(db, migrations, 2, &room->err));	/* nothing more to do */
	assert_int_equal(schema_migrate(db, migrations, 1, &room->err), -1);
	assert_int_equal(room->err.scope, ERR_DAEMON);
	assert_non_null(strstr(room->err.text, "later version"));
	(void)sqlite3_close(db);
}

/* A store at version 1 with rows in it, as an older daemon left it, opens with all of them. */
static void
version_1_opens(void **state)
{
	struct room *room = *state;
	sqlite3 *db = NULL;

	store_close(&room->store);
	(void)unlink(room->path);
	assert_int_equal(sqlite3_open(room->path, &db), SQLITE_OK);
	WELL(schema_migrate(db, schema_migrations, 1, &room->err));
	assert_int_equal(sqlite3_exec(db, "INSERT INTO cases(pack, reference, opened) VALUES('durham','EHC-00001',5);"
	    "INSERT INTO setting VALUES('mode','live')", NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
	WELL(store_open(room->path, &room->store, &room->err));
	assert_string_equal(room_dump(room), "setting name=mode\ncase name=EHC-00001 pack=durham opened=1970-01-01 paused=0\n");
	WELL(store_version_copies_remove(room->path, 0, &room->err));	/* the one made before the upgrade */
}

static void
strangers_are_refused(void **state)
{
	static const struct { const char *name, *sql, *says; } rows[] = {
		{ "later", "PRAGMA user_version=999", "later version" },
		{ "foreign id", "PRAGMA application_id=12", "another program" },
		{ "foreign tables", "PRAGMA application_id=0", "another program" },
	};
	struct room *room = *state;
	char sql[96];
	size_t i;

	store_close(&room->store);
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(room_sql(room, rows[i].sql), SQLITE_OK);
		if (store_open(room->path, &room->store, &room->err) == 0)
			fail_msg("%s: opened", rows[i].name);
		assert_null(room->store);
		if (room->err.scope != ERR_DAEMON || strstr(room->err.text, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].name, room->err.text);
		snprintf(sql, sizeof(sql), "PRAGMA user_version=%zu; PRAGMA application_id=1094997571", schema_version);
		assert_int_equal(room_sql(room, sql), SQLITE_OK);
	}
	WELL(store_open(room->path, &room->store, &room->err));
}

static void
damage_is_told(void **state)
{
	static const char noise[4096] = "SQLite format 3 this is not";
	struct room *room = *state;
	FILE *file;

	store_close(&room->store);
	file = fopen(room->path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(noise, 1, sizeof(noise), file), sizeof(noise));
	assert_int_equal(fclose(file), 0);
	assert_int_equal(store_open(room->path, &room->store, &room->err), -1);
	assert_int_equal(room->err.scope, ERR_DAEMON);
}

static void
settings_of_the_handle(void **state)
{
	const struct { const char *sql; int64_t want; } rows[] = {
		{ "PRAGMA synchronous", 2 }, { "PRAGMA foreign_keys", 1 }, { "PRAGMA secure_delete", 1 },
		{ "PRAGMA busy_timeout", 5000 }, { "SELECT journal_mode='wal' FROM pragma_journal_mode", 1 },
		{ "PRAGMA user_version", (int64_t)schema_version }, { "PRAGMA temp_store", 2 },
	};
	struct room *room = *state;
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		if (number(room->store->db, rows[i].sql) != rows[i].want)
			fail_msg("%s is %lld", rows[i].sql, (long long)number(room->store->db, rows[i].sql));
}

static void
put_journal(struct room *room, int64_t case_id, const char *detail)
{
	struct journal_entry entry = { .at = MORNING, .event = "move", .case_id = case_id, .message = 3,
	    .rule = "pathway.cfg:9", .detail = detail, .who = "daemon" };

	WELL(store_journal_add(room->store, &entry, &room->err));
}

static void
journal_only_grows(void **state)
{
	struct room *room = *state;
	struct journal_entry *rows;
	int64_t count, broken;
	size_t of_case;

	WELL(store_journal_verify(room->store, &count, &broken, &room->err));
	assert_int_equal(count, 0);
	assert_int_equal(broken, 0);
	put_journal(room, 1, "one");
	put_journal(room, 2, "two");
	put_journal(room, 1, "three");
	room_reopen(room);
	put_journal(room, 0, "four");
	WELL(store_journal_verify(room->store, &count, &broken, &room->err));
	assert_int_equal(count, 4);
	assert_int_equal(broken, 0);
	WELL(store_journal_of(room->store, room->arena, 1, &rows, &of_case, &room->err));
	assert_int_equal(of_case, 2);
	assert_string_equal(rows[1].detail, "three");
	assert_string_equal(rows[1].event, "move");
	assert_int_equal(rows[1].at, MORNING);
	assert_int_not_equal(room_sql(room, "UPDATE journal SET detail='x'"), SQLITE_OK);
	assert_int_not_equal(room_sql(room, "DELETE FROM journal"), SQLITE_OK);
}

static void
tampering_shows(void **state)
{
	static const struct { const char *sql; int64_t broken; } rows[] = {
		{ "UPDATE journal SET detail='x' WHERE id=2", 2 },
		{ "UPDATE journal SET at=at+1 WHERE id=1", 1 },
		{ "UPDATE journal SET rule='pathway.cfg:', detail='9' || detail WHERE id=3", 3 },
		{ "UPDATE journal SET case_id=NULL WHERE id=4", 4 },
		{ "DELETE FROM journal WHERE id=2", 3 },
		{ "DELETE FROM journal WHERE id=4", 4 },
		{ "UPDATE journal SET hash=(SELECT hash FROM journal WHERE id=1) WHERE id=4", 4 },
	};
	struct room *room = *state;
	int64_t count, broken;
	char sql[256];
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		store_close(&room->store);
		(void)unlink(room->path);
		WELL(store_open(room->path, &room->store, &room->err));
		put_journal(room, 1, "one");
		put_journal(room, 1, "two");
		put_journal(room, 1, "three");
		put_journal(room, 1, "four");
		(void)snprintf(sql, sizeof(sql), "DROP TRIGGER journal_no_update; DROP TRIGGER journal_no_delete; %s",
		    rows[i].sql);
		assert_int_equal(room_sql(room, sql), SQLITE_OK);
		WELL(store_journal_verify(room->store, &count, &broken, &room->err));
		if (broken != rows[i].broken)
			fail_msg("%s: row %lld", rows[i].sql, (long long)broken);
	}
}

/* The same within a case, another in another case, another once the salt is erased. */
static void
salted_hashes(void **state)
{
	struct room *room = *state;
	char first[17], second[17];

	WELL(store_journal_hash(room->store, 1, 5, "dele@durham.example", first, &room->err));
	WELL(store_journal_hash(room->store, 1, 6, "dele@durham.example", second, &room->err));
	assert_string_equal(first, second);
	WELL(store_journal_hash(room->store, 2, 0, "dele@durham.example", second, &room->err));
	assert_string_not_equal(first, second);
	assert_int_equal(room_sql(room, "DELETE FROM salt WHERE case_id=1"), SQLITE_OK);
	WELL(store_journal_hash(room->store, 1, 5, "dele@durham.example", second, &room->err));
	assert_string_not_equal(first, second);
}

static void
use_every_look_up(struct room *room)
{
	static const struct evidence evidence[] = {
		{ EVIDENCE_TOKEN, "x@y", false }, { EVIDENCE_TOKEN, "12345678", false }, { EVIDENCE_THREAD, "x@y", false },
		{ EVIDENCE_NHS_NUMBER, "1", false }, { EVIDENCE_UPN, "1", false }, { EVIDENCE_REFERENCE, "1", false },
		{ EVIDENCE_NAME_AND_BIRTH, "a|2015-03-12", false }, { EVIDENCE_NAMES, "a b", false },
	};
	struct strs references = { (const char *[]){ "1" }, 1 };
	struct decision decision = { .next_due = 5 };
	struct candidate *candidates;
	struct case_state *loaded;
	struct involvement *involved;
	struct outbox_row *mails;
	struct message_row *message;
	struct sighting_row *sighting;
	uint32_t *uids;
	int64_t id, *ids;
	size_t count;
	bool contradicted;
	instant next;
	struct digest_span span = { .pack = "durham", .reach = 9 };

	WELL(store_case_new(room->store, "durham", 1, &id, &room->err));
	WELL(store_apply(room->store, id, 0, &decision, 1, &room->err));
	WELL(store_candidates(room->store, room->arena, "durham", evidence, COUNT(evidence), &candidates, &count, &room->err));
	WELL(store_case_load(room->store, room->arena, id, &loaded, &room->err));
	WELL(store_case_by_name(room->store, "EHC-1", &id, &room->err));
	WELL(store_due(room->store, room->arena, 9, 9, &ids, &count, &room->err));
	WELL(store_next_due(room->store, &next, &room->err));
	WELL(store_digest_cases(room->store, room->arena, &span, 9, &ids, &count, &room->err));
	WELL(store_involved(room->store, room->arena, "a", 1, "1", "2", &involved, &count, &contradicted, &room->err));
	WELL(store_messages_kept(room->store, room->arena, "durham", &references, &ids, &count, &room->err));
	WELL(store_message_find(room->store, room->arena, "durham", "f", &message, &room->err));
	WELL(store_outbox_due(room->store, room->arena, 9, 9, &mails, &count, &room->err));
	WELL(store_outbox_by_message_id(room->store, room->arena, "x@y", &mails, &room->err));
	WELL(store_outbox_by_file(room->store, room->arena, "m.1", &mails, &room->err));
	WELL(store_sighting_by_file(room->store, room->arena, "advice.1.1", &sighting, &room->err));
	WELL(store_sightings(room->store, room->arena, SIGHTING_ENTERED, 9, &sighting, &count, &room->err));
	WELL(store_sightings_unsettled(room->store, room->arena, 1, 1, &uids, &count, &room->err));
	put_journal(room, 1, "");
}

/* SCAN of a table; of a temporary row set, or an index from its one end, it is well. */
static bool
reads_a_table(const char *detail)
{
	if (strncmp(detail, "SCAN ", 5) != 0)
		return false;
	return strcmp(detail, "SCAN x") != 0 && strcmp(detail, "SCAN CONSTANT ROW") != 0 &&
	    strcmp(detail, "SCAN outbox USING INDEX outbox_next") != 0 &&	/* only what waits, in its order: the first ones */
	    strcmp(detail, "SCAN journal") != 0 &&	/* its last row */
	    strcmp(detail, "SCAN journal_base") != 0;	/* its only one */
}

static void
no_look_up_scans(void **state)
{
	struct room *room = *state;
	sqlite3_stmt *used = NULL, *plan = NULL;
	char *sql;
	size_t count = 0;

	use_every_look_up(room);
	while ((used = sqlite3_next_stmt(room->store->db, used)) != NULL) {
		if (!sqlite3_stmt_readonly(used) || sqlite3_column_count(used) == 0)
			continue;
		sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sqlite3_sql(used));
		assert_int_equal(sqlite3_prepare_v2(room->store->db, sql, -1, &plan, NULL), SQLITE_OK);
		while (sqlite3_step(plan) == SQLITE_ROW) {
			const char *detail = (const char *)sqlite3_column_text(plan, 3);

			if (reads_a_table(detail) || (strstr(sql, "outbox_next") != NULL && strstr(detail, "TEMP B-TREE") != NULL))
				fail_msg("%s\n%s", sqlite3_sql(used), detail);
		}
		(void)sqlite3_finalize(plan);
		sqlite3_free(sql);
		count++;
	}
	assert_true(count > 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(migrates_all_or_nothing, room_open, room_close),
		cmocka_unit_test_setup_teardown(version_1_opens, room_open, room_close),
		cmocka_unit_test_setup_teardown(strangers_are_refused, room_open, room_close),
		cmocka_unit_test_setup_teardown(damage_is_told, room_open, room_close),
		cmocka_unit_test_setup_teardown(settings_of_the_handle, room_open, room_close),
		cmocka_unit_test_setup_teardown(journal_only_grows, room_open, room_close),
		cmocka_unit_test_setup_teardown(tampering_shows, room_open, room_close),
		cmocka_unit_test_setup_teardown(salted_hashes, room_open, room_close),
		cmocka_unit_test_setup_teardown(no_look_up_scans, room_open, room_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
