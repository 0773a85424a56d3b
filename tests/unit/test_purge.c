/*
 * Erasing: what has had its time goes, from the database's bytes, its log and
 * the spool alike; what is held, open or unfinished stays; a mail that was
 * erased is known when it comes again.
 */
#include "purge_house.h"

/* Erased, and the journal still proves what was done. */
static void
nothing_of_an_erased_case_stays(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	int64_t id = put_case(house, "PLANTEDAA", 1, DAY(2027, 1, 4), DAY(2027, 5, 1)), again;
	struct message_row *known;
	struct purged purged;

	/* Others around it, so that pages are divided and joined. */
	for (uint32_t i = 0; i < 60; i++)
		(void)put_case(house, arena_printf(room->arena, "OTHER%02u", i), 10 + i, DAY(2027, 1, 4), i % 2 ? DAY(2027, 5, 1) :
		    INSTANT_NONE);
	assert_true(found(house, "PLANTEDAA") > 15);
	assert_true(found(house, "OTHER01") > 15);
	erase(house, NOW, true);
	assert_int_equal(found(house, "PLANTEDAA"), 0);
	assert_int_equal(found(house, "OTHER01"), 0);
	assert_true(found(house, "OTHER02") > 15);	/* it is open */
	chain_is_whole(house);
	WELL(store_case_purged(room->store, room->arena, id, &purged, &room->err));
	assert_true(purged.all == NOW);
	/* The mail is known, and is in no case. */
	WELL(store_message_find(room->store, room->arena, "durham", "fp-PLANTEDAA-1", &known, &room->err));
	assert_non_null(known);
	assert_string_equal(known->state, "erased");
	assert_int_equal(known->case_id, 0);
	WELL(store_message_find(room->store, room->arena, "durham", "fp-PLANTEDAA-2", &known, &room->err));
	assert_null(known);
	WELL(store_case_new(room->store, "durham", NOW, &again, &room->err));
	assert_true(again > id);
}

static void
mails_go_before_the_case(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	int64_t id = put_case(house, "PLANTEDBB", 1, DAY(2028, 1, 4), DAY(2028, 2, 1));
	struct case_state *loaded;
	struct purged purged;

	erase(house, DAY(2028, 4, 20), true);
	WELL(store_case_purged(room->store, room->arena, id, &purged, &room->err));
	assert_true(purged.raw == INSTANT_NONE);
	erase(house, NOW, true);
	WELL(store_case_purged(room->store, room->arena, id, &purged, &room->err));
	assert_true(purged.raw == NOW && purged.all == INSTANT_NONE);
	assert_int_equal(found_below(room->arena, house->spool_path, "PLANTEDBB"), 0);
	WELL(store_case_load(room->store, room->arena, id, &loaded, &room->err));
	assert_string_equal(loaded->reference, "PLANTEDBB");
	assert_int_equal(loaded->mail_count, 1);
	/* One that came after all that has its own time. */
	(void)put_mail(house, id, 2, "PLANTEDCAMELATE", "done", NOW);
	erase(house, NOW + 2 * DAY_SECONDS, true);
	assert_int_equal(found_below(room->arena, house->spool_path, "PLANTEDCAMELATE"), 2);
	erase(house, DAY(2028, 9, 3), true);
	assert_int_equal(found_below(room->arena, house->spool_path, "PLANTEDCAMELATE"), 0);
	chain_is_whole(house);
}

static void
what_is_not_over_stays(void **state)
{
	static const struct { const char *name, *sql; bool goes; } rows[] = {
		{ "nothing in the way", "SELECT 1", true },
		{ "open", "UPDATE cases SET closed=NULL WHERE id=1", false },
		{ "a hold on it", "INSERT INTO legal_hold VALUES(1, 5, 'uid 1', 'tribunal')", false },
		{ "a hold on everything", "INSERT INTO legal_hold VALUES(0, 5, 'uid 1', 'inquiry')", false },
		{ "a hold on what went into it", "UPDATE cases SET merged_into=1 WHERE id=2; INSERT INTO legal_hold VALUES(2, 5, 'u', "
		    "'t')", false },
		{ "a mail that waits", "UPDATE outbox SET state=0 WHERE case_id=1", false },
		{ "a mail of which nobody knows", "UPDATE outbox SET state=5 WHERE case_id=1", false },
		{ "a mail that is held", "UPDATE outbox SET state=6 WHERE case_id=1", false },
		{ "a mail that waits for a look", "UPDATE outbox SET state=10 WHERE case_id=1", false },
		{ "a reminder that went together with others", "UPDATE outbox SET state=9 WHERE case_id=1", true },
		{ "a mail decided in shadow, which never goes", "UPDATE outbox SET state=11 WHERE case_id=1", true },
		{ "a mail that waits for others of its moment", "UPDATE outbox SET state=8 WHERE case_id=1", false },
		{ "a person is asked", "UPDATE triage SET state='open' WHERE case_id=1", false },
		{ "it went into one that goes on", "UPDATE cases SET merged_into=2 WHERE id=1; UPDATE cases SET closed=NULL WHERE id=2",
		    false },
	};
	struct house *house = *state;
	struct room *room = &house->room;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct purged purged;
		int64_t id;

		(void)room_sql(room, "PRAGMA foreign_keys=OFF; DELETE FROM purge_file; DELETE FROM legal_hold; DELETE FROM sighting;"
		    "DELETE FROM message; DELETE FROM outbox; DELETE FROM triage; DELETE FROM cases; DELETE FROM fact; DELETE FROM strand;"
		    "DELETE FROM question; DELETE FROM question_code; DELETE FROM deadline; DELETE FROM change; DELETE FROM list_said;"
		    "DELETE FROM strand_was; DELETE FROM question_was; DELETE FROM document; DELETE FROM sqlite_sequence WHERE name='cases'");
		assert_int_equal(system(arena_printf(room->arena, "rm -f '%s'/*/*", house->spool_path)), 0);
		id = put_case(house, "PLANTEDCC", 1, DAY(2027, 1, 4), DAY(2027, 5, 1));
		assert_int_equal(id, 1);
		(void)put_case(house, "PLANTEDDD", 2, DAY(2027, 1, 4), DAY(2027, 5, 1));
		assert_int_equal(room_sql(room, rows[i].sql), SQLITE_OK);
		erase(house, NOW, false);
		WELL(store_case_purged(room->store, room->arena, id, &purged, &room->err));
		if ((purged.all != INSTANT_NONE) != rows[i].goes)
			fail_msg("%s: %s", rows[i].name, rows[i].goes ? "it stayed" : "it was erased");
	}
}

/* A mail of several that was refused keeps its parts' files, for a person may yet send it; with it they go, unless another has them. */
static void
the_parts_files_go_with_a_mail_of_several(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	int64_t open = put_case(house, "PLANTEDEE", 1, DAY(2027, 1, 4), INSTANT_NONE);
	int64_t refused = put_sent(house, 0, "JOINEDFF", OUTBOX_FAILED, DAY(2027, 2, 1));
	int64_t fresh = put_sent(house, 0, "JOINEDGG", OUTBOX_FAILED, NOW - DAY_SECONDS);
	static const char *const names[] = { "PARTHH", "PARTII" };

	for (size_t i = 0; i < COUNT(names); i++) {
		struct outbox_recipient to[] = {
			{ .address = "one@to.example", .state = OUTBOX_JOINED, .reply = "", .joined = refused },
			{ .address = "two@to.example", .state = OUTBOX_JOINED, .reply = "", .joined = i == 0 ? refused : fresh },
		};
		struct outbox_row row = { .case_id = open, .pack = "durham", .mailbox = "das@durham.example", .state = OUTBOX_JOINED,
		    .act = "escalate", .template = "escalate", .rule = "", .spool_name = names[i], .message_id = "", .subject = "",
		    .decided = DAY(2027, 2, 1), .next_try = DAY(2027, 2, 1), .sent = DAY(2027, 2, 1), .why = "", .recipients = to,
		    .recipient_count = 2 };

		strcpy(row.sha256, "0000000000000000000000000000000000000000000000000000000000000000");
		WELL(store_outbox_put(room->store, &row, &room->err));
		put_file(house, house->spool.out, names[i], names[i]);
	}
	erase(house, NOW, true);
	assert_int_equal(found_below(room->arena, house->spool_path, "JOINEDFF"), 0);
	assert_int_equal(found_below(room->arena, house->spool_path, "JOINEDGG"), 1);
	assert_int_equal(found_below(room->arena, house->spool_path, "PARTHH"), 0);
	assert_true(found_below(room->arena, house->spool_path, "PARTII") > 0);
}

/* What was due when the run began is looked at again before it goes: a hold counts from the moment in which it is put. */
static void
what_changes_during_a_run_counts(void **state)
{
	static const char *const rows[] = {
		"INSERT INTO legal_hold VALUES(?, 5, 'uid 1', 'tribunal')", "UPDATE cases SET closed=NULL WHERE id=?",
		"UPDATE outbox SET state=0 WHERE case_id=?", "UPDATE cases SET purged=7, purged_why='request 3' WHERE id=?",
	};
	struct house *house = *state;
	struct room *room = &house->room;

	for (uint32_t i = 0; i < 2 * COUNT(rows); i++) {
		bool raw = i >= COUNT(rows), more = true;
		instant now = raw ? DAY(2027, 9, 1) : NOW;
		const char *token = arena_printf(room->arena, "PLANTED%05u", i);
		int64_t id = put_case(house, token, 1 + i, DAY(2027, 1, 4), DAY(2027, 5, 1));
		struct erase run = { .store = room->store, .spool = &house->spool, .config = &house->config, .change = &house->change,
		    .now = now, .who = "daemon" };
		struct query q = sql_query(room->store, rows[i % COUNT(rows)]);
		size_t before;

		erase_begin(&run);
		while (run.due_count == 0)
			WELL(erase_step(&run, &more, &room->err));
		sql_put_int(&q, id);
		assert_int_equal(sql_run(&q, &room->err), 0);
		before = found_below(room->arena, house->spool_path, token);
		while (more)
			WELL(erase_step(&run, &more, &room->err));
		erase_end(&run);
		if (run.cases + run.mails_of != 0 || found_below(room->arena, house->spool_path, token) != before)
			fail_msg("%s, after \"%s\"", raw ? "its mails were erased" : "it was erased", rows[i % COUNT(rows)]);
		assert_int_equal(room_sql(room, "UPDATE cases SET purged=1; DELETE FROM legal_hold"), SQLITE_OK);
	}
}

static int
whole_tables(unsigned what, void *ctx, void *stmt, void *ns)
{
	const char **sql = ctx;

	(void)ns;
	if (what == SQLITE_TRACE_PROFILE && sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1) > 20)
		*sql = sqlite3_sql(stmt);
	return 0;
}

/* There are a million others beside the case that is erased, and thousands of such cases a day. */
static void
erasing_a_case_reads_no_table_whole(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	const char *whole = NULL;
	int64_t id = 0;

	for (uint32_t i = 0; i < 40; i++)
		id = put_case(house, arena_printf(room->arena, "OTHER%02u", i), 1 + i, DAY(2027, 1, 4), DAY(2027, 5, 1));
	assert_int_equal(room_sql(room, "INSERT INTO message_reference SELECT 'ref' || id, id FROM message;"
	    "INSERT INTO triage_candidate SELECT id, 1, case_id FROM triage; INSERT INTO triage_code SELECT 'c' || id, id, '' FROM triage;"
	    "UPDATE triage SET message=case_id, outbox=case_id"), SQLITE_OK);
	(void)sqlite3_trace_v2(room->store->db, SQLITE_TRACE_PROFILE, whole_tables, &whole);
	WELL(store_begin(room->store, &room->err));
	WELL(store_purge_raw(room->store, id - 1, NOW, &room->err));
	WELL(store_purge_case(room->store, id, NULL, NOW, &room->err));
	WELL(store_commit(room->store, &room->err));
	(void)sqlite3_trace_v2(room->store->db, 0, NULL, NULL);
	if (whole != NULL)
		fail_msg("a whole table is read by: %s", whole);
}

static void
what_went_into_a_case_goes_with_it(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	int64_t one = put_case(house, "PLANTEDEE", 1, DAY(2027, 1, 4), DAY(2027, 5, 1)),
	    two = put_case(house, "PLANTEDFF", 2, DAY(2027, 1, 4), INSTANT_NONE);

	WELL(store_case_merge(room->store, two, one, DAY(2027, 2, 1), &room->err));
	erase(house, NOW, true);
	assert_int_equal(found(house, "PLANTEDEE") + found(house, "PLANTEDFF"), 0);
	chain_is_whole(house);
}

static void
what_belongs_to_no_case(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	struct triage_row quarantined = { .pack = "durham", .rule = "", .at = DAY(2027, 1, 4),
	    .reason = "A mail could not be read and waits in quarantine as das.1.9: too deep" };
	struct triage_row open = { .pack = "durham", .rule = "", .at = DAY(2027, 1, 4), .reason = "who is this" };
	struct sighting_row sighting = { .mailbox = put_mailbox(house), .uidvalidity = 1, .uid = 9, .state = SIGHTING_QUARANTINED,
	    .spool_name = "das.1.9", .received = DAY(2027, 1, 4), .why = "too deep" };
	bool known;

	struct change_row pause = { .word = ADMIN_PAUSE, .at = DAY(2027, 1, 4), .who = "uid 1", .what = "pause",
	    .reason = "PLANTEDPAUSE", .scope = "" };

	WELL(store_change_add(room->store, &pause, &room->err));
	(void)put_mail(house, 0, 1, "PLANTEDOLD", "done", DAY(2028, 1, 1));
	(void)put_mail(house, 0, 2, "PLANTEDNEW", "done", DAY(2028, 5, 1));
	(void)put_mail(house, 0, 3, "PLANTEDKEPT", "kept", DAY(2027, 9, 1));
	(void)put_mail(house, 0, 4, "PLANTEDLATE", "kept", DAY(2027, 1, 1));
	open.message = put_mail(house, 0, 5, "PLANTEDASKED", "triage", DAY(2027, 1, 1));
	WELL(store_triage_add(room->store, &open, &room->err));
	(void)put_sent(house, 0, "PLANTEDSENT11", OUTBOX_SENT, DAY(2028, 1, 1));
	(void)put_sent(house, 0, "PLANTEDWAITS22", OUTBOX_UNKNOWN, DAY(2028, 1, 1));
	(void)put_sent(house, 0, "PLANTEDSHADOW33", OUTBOX_SHADOW, DAY(2028, 1, 1));
	WELL(store_sighting_add(room->store, &sighting, &known, &room->err));
	WELL(store_triage_add(room->store, &quarantined, &room->err));
	put_file(house, house->spool.bad, "das.1.9", "PLANTEDBAD");
	put_file(house, house->spool.bad, "das.1.9.why", "PLANTEDWHY");
	erase(house, NOW, true);
	assert_int_equal(found(house, "PLANTEDOLD") + found(house, "PLANTEDPAUSE"), 0);
	assert_true(found(house, "PLANTEDNEW") > 3);
	assert_true(found(house, "PLANTEDKEPT") > 3);
	assert_int_equal(found(house, "PLANTEDLATE"), 0);
	assert_true(found(house, "PLANTEDASKED") > 3);
	assert_int_equal(found(house, "PLANTEDSENT11"), 0);
	assert_true(found(house, "PLANTEDWAITS22") > 3);
	assert_int_equal(found(house, "PLANTEDSHADOW33"), 0);
	assert_true(found(house, "PLANTEDBAD") > 0);	/* nobody has seen to it */
	quarantined.state = "done";
	WELL(store_triage_put(room->store, &quarantined, &room->err));
	erase(house, NOW, true);
	assert_int_equal(found(house, "PLANTEDBAD") + found(house, "PLANTEDWHY"), 0);
	chain_is_whole(house);
}

/* The same mail dragged back after its case was erased: its new copy does not stay either. */
static void
a_repeat_of_an_erased_mail_leaves_nothing(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	struct message_row *known;
	struct sighting_row sighting = { .mailbox = put_mailbox(house), .uidvalidity = 1, .uid = 77, .state = SIGHTING_SETTLED,
	    .spool_name = "das.1.77", .received = NOW, .why = "" };
	bool was_known;

	(void)put_case(house, "PLANTEDGG", 1, DAY(2027, 1, 4), DAY(2027, 5, 1));
	erase(house, NOW, true);
	WELL(store_message_find(room->store, room->arena, "durham", "fp-PLANTEDGG-1", &known, &room->err));
	sighting.message = known->id;
	WELL(store_sighting_add(room->store, &sighting, &was_known, &room->err));
	put_file(house, house->spool.archive, "das.1.77", "PLANTEDGG");
	erase(house, NOW + DAY_SECONDS, true);
	assert_int_equal(found(house, "PLANTEDGG"), 0);
}

/* Whoever adds a table, or a column of content, to what belongs to a case has to say in store/purge.c how it is erased. */
static void
every_table_of_a_case_is_erased(void **state)
{
	static const char *const known[] = { "change", "deadline", "document", "fact", "held_mail", "journal", "legal_hold", "list_said",
	    "list_waiting", "message", "message_id_alias", "message_reference", "moved", "outbox", "outbox_recipient", "question",
	    "question_code", "question_was", "rung", "salt", "sighting", "stage_entry", "strand", "strand_was", "timer", "triage",
	    "triage_candidate", "absence", "gathered", "mail_code", NULL };
	struct house *house = *state;
	struct query q = sql_query(house->room.store, "SELECT DISTINCT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c"
	    " WHERE m.type='table' AND c.name IN ('case_id', 'message', 'outbox', 'sighting', 'triage')");

	while (sql_row(&q)) {
		const char *name = sql_get_text(&q, house->room.arena);
		bool is_known = strcmp(name, "settle") == 0 || strcmp(name, "triage_rung") == 0 || strcmp(name, "triage_code") == 0;

		for (size_t i = 0; known[i] != NULL; i++)
			is_known |= strcmp(known[i], name) == 0;
		if (!is_known)
			fail_msg("the table %s belongs to cases or mails: say in store/purge.c how it is erased, and here that it is", name);
	}
	assert_int_equal(sql_end(&q, &house->room.err), 0);
}

/* ---- Stopped at each step, and gone on with */

static int
fail_once(void *ctx, const char *name)
{
	unsigned *left = ctx;

	(void)name;
	return (*left)-- == 0 ? EIO : 0;
}

/* Nothing is left for another day because the disk failed for a moment. */
static void
a_run_goes_on_with_what_failed(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;

	for (unsigned at = 0, failures = 1; failures > 0; at += 5) {
		struct erase run = { .store = room->store, .spool = &house->spool, .config = &house->config, .change = &house->change,
		    .now = NOW, .who = "daemon", .anew = true };
		const char *token = arena_printf(room->arena, "PLANTED%05u", at);
		unsigned left = at;
		bool more = true;

		(void)put_case(house, token, 100 + at, DAY(2027, 1, 4), DAY(2027, 5, 1));
		step_set(fail_once, &left);
		erase_begin(&run);
		for (failures = 0; more && failures < 3;)
			failures += erase_step(&run, &more, &room->err) == -1;
		erase_end(&run);
		step_set(NULL, NULL);
		if (run.cases != 1 || found(house, token) != 0)
			fail_msg("failed once at step %u, %zu copies of it stay, %zu cases were erased", at, found(house, token), run.cases);
	}
	chain_is_whole(house);
}

static void
broken_off_at_any_step_the_next_run_ends_it(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;

	for (unsigned at = 0, done = 0; !done; at += 3) {
		struct erase run = { .store = room->store, .spool = &house->spool, .config = &house->config, .change = &house->change,
		    .now = NOW,
		    .who = "daemon", .anew = true };
		const char *token = arena_printf(room->arena, "PLANTED%05u", at);
		unsigned left = at;
		bool more = true;

		(void)put_case(house, token, 100 + at, DAY(2027, 1, 4), DAY(2027, 5, 1));
		step_set(stop_at, &left);
		erase_begin(&run);
		while (more && erase_step(&run, &more, &room->err) == 0)
			;
		erase_end(&run);
		step_set(NULL, NULL);
		done = !more;
		room_reopen(room);
		erase(house, NOW, true);
		if (found(house, token) != 0)
			fail_msg("broken off at step %u, %zu copies of it stay", at, found(house, token));
		chain_is_whole(house);
	}
}

int
main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, house_open, house_close)
	const struct CMUnitTest tests[] = {
		TEST(nothing_of_an_erased_case_stays),
		TEST(mails_go_before_the_case),
		TEST(what_is_not_over_stays),
		TEST(the_parts_files_go_with_a_mail_of_several),
		TEST(what_changes_during_a_run_counts),
		TEST(erasing_a_case_reads_no_table_whole),
		TEST(what_went_into_a_case_goes_with_it),
		TEST(what_belongs_to_no_case),
		TEST(a_repeat_of_an_erased_mail_leaves_nothing),
		TEST(every_table_of_a_case_is_erased),
		TEST(a_run_goes_on_with_what_failed),
		TEST(broken_off_at_any_step_the_next_run_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
