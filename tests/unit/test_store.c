/* The store's rows and transactions: what is put in comes out, and what is rolled back is gone. */
#include "test_store.h"

#include <sys/stat.h>

#include "store/keep.h"

static void
settings_and_emptiness(void **state)
{
	struct room *room = *state;
	const char *value;

	assert_true(store_is_empty(room->store));
	WELL(store_setting(room->store, room->arena, "anchor", &value, &room->err));
	assert_null(value);
	WELL(store_set_setting(room->store, "anchor", "1", &room->err));
	WELL(store_set_setting(room->store, "anchor", "2", &room->err));
	room_reopen(room);
	WELL(store_setting(room->store, room->arena, "anchor", &value, &room->err));
	assert_string_equal(value, "2");
	assert_true(store_is_empty(room->store));
	(void)room_message(room, "durham", "f1", "done");
	assert_false(store_is_empty(room->store));
}

static void
pack_versions(void **state)
{
	static const char *const hashes[] = { "one", "one", "two", "one", "one" };
	struct room *room = *state;
	size_t i, lines = 0;
	const char *at;

	for (i = 0; i < COUNT(hashes); i++)
		WELL(store_pack_version_add(room->store, &(struct pack_version_row){ .pack = "durham", .hash = hashes[i],
		    .title = "Durham", .since = MORNING, .who = "start", .tests = 2 }, NULL, &room->err));
	for (at = room_dump(room); (at = strstr(at, "pack-version ")) != NULL; at++)
		lines++;
	assert_int_equal(lines, 3);
}

static void
file_is_private(void **state)
{
	struct room *room = *state;
	struct stat st;

	assert_int_equal(stat(room->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static int64_t
put_mailbox(struct room *room)
{
	struct mailbox_row row = { .name = "das", .pack = "leicester", .address = "das@leicester.example",
	    .uidvalidity = 7, .highest_uid = 4294967295u, .baseline_uid = 3, .proven = INSTANT_NONE, .trouble = "" };

	WELL(store_mailbox_put(room->store, &row, &room->err));
	return row.id;
}

static void
mailboxes(void **state)
{
	struct room *room = *state;
	struct mailbox_row *row, *rows;
	int64_t id = put_mailbox(room);
	size_t count;

	WELL(store_mailbox(room->store, room->arena, "das", &row, &room->err));
	assert_int_equal(row->id, id);
	assert_true(row->highest_uid == 4294967295u);
	assert_true(row->proven == INSTANT_NONE);
	row->proven = MORNING;
	row->trouble = "the password was refused";
	WELL(store_mailbox_put(room->store, row, &room->err));
	WELL(store_mailboxes(room->store, room->arena, &rows, &count, &room->err));
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].id, id);
	assert_string_equal(rows[0].trouble, "the password was refused");
	assert_int_equal(rows[0].proven, MORNING);
	WELL(store_mailbox(room->store, room->arena, "ses", &row, &room->err));
	assert_null(row);
}

static void
sightings(void **state)
{
	static const enum sighting_state states[] = { SIGHTING_DONE, SIGHTING_ENTERED, SIGHTING_SETTLED,
	    SIGHTING_QUARANTINED, SIGHTING_GONE };
	struct room *room = *state;
	struct sighting_row row = { .mailbox = put_mailbox(room), .uidvalidity = 7, .spool_name = "das.7.9", .why = "" };
	struct sighting_row *found;
	uint32_t *uids;
	size_t i, count;
	int64_t first = 0;
	bool known;

	for (i = 0; i < COUNT(states); i++) {
		row.uid = (uint32_t)(9 - i);
		row.state = states[i];
		row.received = MORNING;
		WELL(store_sighting_add(room->store, &row, &known, &room->err));
		assert_false(known);
		first = i == 0 ? row.id : first;
	}
	row.uid = 9;
	WELL(store_sighting_add(room->store, &row, &known, &room->err));
	assert_true(known);
	assert_int_equal(row.id, first);
	WELL(store_sightings_unsettled(room->store, room->arena, row.mailbox, 7, &uids, &count, &room->err));
	assert_int_equal(count, 2);
	assert_int_equal(uids[0], 8);
	assert_int_equal(uids[1], 9);
	WELL(store_sightings_unsettled(room->store, room->arena, row.mailbox, 8, &uids, &count, &room->err));
	assert_int_equal(count, 0);
	WELL(store_sighting(room->store, room->arena, row.mailbox, 7, 9, &found, &room->err));
	assert_int_equal(found->state, SIGHTING_DONE);
	found->state = SIGHTING_QUARANTINED;
	found->strikes = 2;
	found->why = "it ended the parser twice";
	WELL(store_sighting_put(room->store, found, &room->err));
	WELL(store_sightings(room->store, room->arena, SIGHTING_QUARANTINED, 1, &found, &count, &room->err));
	assert_int_equal(count, 1);
	assert_int_equal(found->uid, 9);
	assert_string_equal(found->why, "it ended the parser twice");
	WELL(store_sighting(room->store, room->arena, row.mailbox, 7, 99, &found, &room->err));
	assert_null(found);
}

static void
messages(void **state)
{
	static const char hex[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	struct room *room = *state;
	struct message_row *row, again = { .pack = "durham", .fingerprint = hex, .kind = "", .state = "done",
	    .spool_name = "" };
	int64_t id = room_message(room, "durham", hex, "triage");

	WELL(store_message_find(room->store, room->arena, "durham", hex, &row, &room->err));
	assert_int_equal(row->id, id);
	assert_string_equal(row->fingerprint, hex);
	assert_int_equal(row->record_len, 6);
	assert_memory_equal(row->record, "record", 6);
	assert_int_equal(row->case_id, 0);
	WELL(store_message_find(room->store, room->arena, "leicester", hex, &row, &room->err));
	assert_null(row);
	assert_int_equal(store_message_put(room->store, &again, &room->err), -1);	/* promise once */
	assert_int_equal(room->err.scope, ERR_DAEMON);
	(void)room_message(room, "leicester", hex, "done");
	WELL(store_message(room->store, room->arena, id, &row, &room->err));
	row->state = "done";
	row->kind = "";
	row->record = NULL;
	WELL(store_message_put(room->store, row, &room->err));
	WELL(store_message(room->store, room->arena, id, &row, &room->err));
	assert_string_equal(row->state, "done");
	assert_string_equal(row->kind, "");
	assert_int_equal(row->record_len, 6);
}

static void
put_out(struct room *room, enum outbox_state state, instant next_try, const char *message_id, int64_t *id_r)
{
	struct outbox_recipient recipients[] = {
		{ "a@durham.example", false, state, 0, "", 0 }, { "b@durham.example", true, state, 0, "", 0 },
		{ "c@durham.example", true, state, 0, "", 0 },
	};
	struct outbox_row row = { .pack = "durham", .mailbox = "sen", .state = state, .act = "remind",
	    .template = "reminder", .rule = "pathway.cfg:3", .spool_name = "out.1", .message_id = message_id,
	    .subject = "Advice due on 4 Jan 2027", .decided = MORNING, .next_try = next_try, .sent = INSTANT_NONE,
	    .why = "", .recipients = recipients, .recipient_count = 3 };

	(void)memset(row.sha256, 'b', 64);
	WELL(store_outbox_put(room->store, &row, &room->err));
	*id_r = row.id;
}

static void
outbox_states(void **state)
{
	static const struct { enum outbox_state state; instant next_try; bool due; } rows[] = {
		{ OUTBOX_QUEUED, INSTANT_NONE, true }, { OUTBOX_RETRY, 100, true }, { OUTBOX_RETRY, 101, false },
		{ OUTBOX_SENDING, 1, false }, { OUTBOX_SENT, 1, false }, { OUTBOX_FAILED, 1, false },
		{ OUTBOX_UNKNOWN, 1, false }, { OUTBOX_HELD, 1, false }, { OUTBOX_QUEUED, 2, true },
	};
	struct room *room = *state;
	struct outbox_row *due;
	int64_t ids[COUNT(rows)];
	size_t i, n = 0, count;

	for (i = 0; i < COUNT(rows); i++)
		put_out(room, rows[i].state, rows[i].next_try, "", &ids[i]);
	WELL(store_outbox_due(room->store, room->arena, 100, 10, &due, &count, &room->err));
	for (i = 0; i < COUNT(rows); i++)
		if (rows[i].due && (n >= count || due[n++].id != ids[i]))
			fail_msg("row %zu is not due in its turn", i);
	assert_int_equal(n, count);
	for (i = OUTBOX_QUEUED; i <= OUTBOX_HELD; i++) {
		WELL(store_outbox_in_state(room->store, room->arena, (enum outbox_state)i, &due, &count, &room->err));
		assert_int_equal(count, i == OUTBOX_QUEUED || i == OUTBOX_RETRY ? 2 : 1);
	}
	assert_string_equal(outbox_state_name(OUTBOX_UNKNOWN), "unknown");
	assert_string_equal(outbox_state_name(OUTBOX_RETRY), "retry");
}

/* Last-day mail first; a digest lets others pass, and is not passed for ever. */
/* One that a change had withdrawn, and another took up again when the others had long gone: it goes alone. */
static void
a_reminder_without_its_words_goes_as_it_was_written(void **state)
{
	struct room *room = *state;
	struct gathered_person *people;
	struct outbox_row *row;
	size_t count;
	int64_t ids[3];

	for (size_t i = 0; i < COUNT(ids); i++)
		put_out(room, OUTBOX_GATHERED, 10, i == 0 ? "one@x" : i == 1 ? "two@x" : "three@x", &ids[i]);
	WELL(store_gathered_put(room->store, ids[0], true, 0, "# words", &room->err));
	WELL(store_gathered_people(room->store, room->arena, false, 100, 10, &people, &count, &room->err));
	assert_int_equal(count, 0);
	WELL(store_gathered_rest(room->store, 100, &room->err));
	for (size_t i = 0; i < COUNT(ids); i++) {
		WELL(store_outbox(room->store, room->arena, ids[i], &row, &room->err));
		assert_int_equal(row->state, OUTBOX_QUEUED);
		for (size_t r = 0; r < row->recipient_count; r++)
			if (row->recipients[r].state != OUTBOX_QUEUED)
				fail_msg("mail %zu: %s is %s", i, row->recipients[r].address, outbox_state_name(row->recipients[r].state));
	}
}

static void
outbox_order(void **state)
{
	static const struct { enum outbox_rank rank; int64_t decided; size_t place; } rows[] = {
		{ RANK_DIGEST, 0, 4 }, { RANK_USUAL, 0, 2 }, { RANK_USUAL, 890, 3 }, { RANK_URGENT, 5000, 1 },
		{ RANK_USUAL, 910, 5 }, { RANK_URGENT, 0, 0 },
	};
	struct room *room = *state;
	struct outbox_row *row, *due;
	int64_t ids[COUNT(rows)];
	size_t i, count;

	for (i = 0; i < COUNT(rows); i++) {
		put_out(room, OUTBOX_QUEUED, INSTANT_NONE, "", &ids[i]);
		WELL(store_outbox(room->store, room->arena, ids[i], &row, &room->err));
		row->rank = rows[i].rank;
		row->decided = MORNING + rows[i].decided;
		WELL(store_outbox_put(room->store, row, &room->err));
	}
	WELL(store_outbox_due(room->store, room->arena, 100, 10, &due, &count, &room->err));
	assert_int_equal(count, COUNT(rows));
	for (i = 0; i < COUNT(rows); i++)
		if (due[rows[i].place].id != ids[i])
			fail_msg("row %zu is not in place %zu", i, rows[i].place);
}

/* Whoever is to be asked about an unknown mail is, at its time, and core wakes for it. */
static void
outbox_unproven(void **state)
{
	static const struct { enum outbox_state state; int64_t ask_at; bool due; } rows[] = {
		{ OUTBOX_UNKNOWN, 50, true }, { OUTBOX_UNKNOWN, 100, true }, { OUTBOX_UNKNOWN, 101, false },
		{ OUTBOX_UNKNOWN, 0, false }, { OUTBOX_SENT, 50, false },
	};
	struct room *room = *state;
	struct store_waiting waiting;
	struct outbox_row *row, *due;
	int64_t id, ids[COUNT(rows)];
	size_t i, n = 0, count;

	for (i = 0; i < COUNT(rows); i++) {
		put_out(room, rows[i].state, INSTANT_NONE, "", &id);
		WELL(store_outbox(room->store, room->arena, id, &row, &room->err));
		row->ask_at = rows[i].ask_at;
		row->copy = COPY_UNKNOWN;
		row->first_try = 7;
		row->told = row->barred = true;
		WELL(store_outbox_put(room->store, row, &room->err));
		ids[i] = id;
	}
	WELL(store_outbox_unproven(room->store, room->arena, 100, &due, &count, &room->err));
	for (i = 0; i < COUNT(rows); i++)
		if (rows[i].due && (n >= count || due[n++].id != ids[i]))
			fail_msg("row %zu is not due in its turn", i);
	assert_int_equal(n, count);
	assert_true(due[0].copy == COPY_UNKNOWN && due[0].first_try == 7 && due[0].told && due[0].barred);
	WELL(store_waiting(room->store, &waiting, &room->err));
	assert_int_equal(waiting.next_due, 50);
}

static void
outbox_row_round_trip(void **state)
{
	struct room *room = *state;
	struct outbox_row *row, *again;
	int64_t id;

	put_out(room, OUTBOX_QUEUED, MORNING, "ours@trust.example", &id);
	WELL(store_outbox(room->store, room->arena, id, &row, &room->err));
	assert_int_equal(row->recipient_count, 3);
	row->state = OUTBOX_UNKNOWN;
	row->body_asked = true;
	row->tries = 3;
	row->sent = MORNING + 1;
	row->why = "the connection was lost after the text";
	row->recipients[1].state = OUTBOX_FAILED;
	row->recipients[1].code = 550;
	row->recipients[1].reply = "550 5.1.1 unknown";
	row->recipient_count = 2;
	WELL(store_outbox_put(room->store, row, &room->err));
	WELL(store_outbox(room->store, room->arena, id, &again, &room->err));
	assert_int_equal(again->state, OUTBOX_UNKNOWN);
	assert_true(again->body_asked);
	assert_int_equal(again->tries, 3);
	assert_int_equal(again->sent, MORNING + 1);
	assert_int_equal(again->recipient_count, 2);
	assert_string_equal(again->recipients[0].address, "a@durham.example");
	assert_false(again->recipients[0].cc);
	assert_int_equal(again->recipients[1].code, 550);
	assert_string_equal(again->recipients[1].reply, "550 5.1.1 unknown");
	assert_string_equal(again->sha256, row->sha256);
	WELL(store_outbox(room->store, room->arena, 99, &again, &room->err));
	assert_null(again);
}

static void
outbox_by_message_id(void **state)
{
	struct room *room = *state;
	struct outbox_row *row;
	int64_t id, other;

	put_out(room, OUTBOX_SENT, MORNING, "ours@trust.example", &id);
	put_out(room, OUTBOX_SENT, MORNING, "other@trust.example", &other);
	WELL(store_message_id_alias(room->store, other, "rewritten@exchange.example", &room->err));
	WELL(store_message_id_alias(room->store, other, "rewritten@exchange.example", &room->err));
	WELL(store_outbox_by_message_id(room->store, room->arena, "ours@trust.example", &row, &room->err));
	assert_int_equal(row->id, id);
	WELL(store_outbox_by_message_id(room->store, room->arena, "rewritten@exchange.example", &row, &room->err));
	assert_int_equal(row->id, other);
	WELL(store_outbox_by_message_id(room->store, room->arena, "", &row, &room->err));
	assert_null(row);
}

static void
settles(void **state)
{
	struct room *room = *state;
	static const struct { const char *folder; uint32_t uidvalidity, uid; bool done; } asked[] = {
		{ "Processed", 7, 9, true }, { "Processed", 7, 10, false },	/* it waits still */
		{ "Processed", 7, 11, false }, { "Processed", 8, 9, false }, { "Retry", 7, 9, false },
	};
	struct settle_row row = { .mailbox = put_mailbox(room), .uidvalidity = 7, .uid = 9, .folder = "Processed" };
	struct settle_row *rows;
	size_t count;
	bool done;

	WELL(store_settle_add(room->store, &row, &room->err));
	row.uid = 10;
	WELL(store_settle_add(room->store, &row, &room->err));
	WELL(store_settles(room->store, room->arena, row.mailbox, SETTLE_WAITING, 10, &rows, &count, &room->err));
	assert_int_equal(count, 2);
	assert_string_equal(rows[0].folder, "Processed");
	rows[0].state = SETTLE_DONE;
	rows[0].tries = 1;
	WELL(store_settle_put(room->store, &rows[0], &room->err));
	WELL(store_settles(room->store, room->arena, row.mailbox, SETTLE_WAITING, 10, &rows, &count, &room->err));
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].uid, 10);
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		const struct settle_row put = { .folder = asked[i].folder, .uidvalidity = asked[i].uidvalidity, .uid = asked[i].uid };

		WELL(store_settle_is_done(room->store, &put, &done, &room->err));
		if (done != asked[i].done)
			fail_msg("%s %u %u: %d", asked[i].folder, asked[i].uidvalidity, asked[i].uid, done);
	}
}

static void
a_shorter_pause_wakes_earlier(void **state)
{
	static const struct { const char *name; instant until, want; } rows[] = {
		{ "a longer one moves nothing", 900, 500 }, { "a shorter one", 300, 300 },
	};
	struct room *room = *state;
	int64_t id;
	bool any;

	WELL(store_case_new(room->store, "durham", 100, &id, &room->err));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct pause_row first = { "", 100, 500 }, second = { "", 110, rows[i].until };
		instant due;

		WELL(store_case_again(room->store, id, 0, INSTANT_NONE, 500, &room->err));
		WELL(store_pause_put(room->store, &first, &room->err));
		WELL(store_pause_put(room->store, &second, &room->err));
		WELL(store_next_due(room->store, &due, &room->err));
		if (due != rows[i].want)
			fail_msg("%s: looked at again at %lld", rows[i].name, (long long)due);
		WELL(store_pause_end(room->store, "", 200, &any, &room->err));
		assert_true(any);
	}
}

static void
codes_are_single(void **state)
{
	struct room *room = *state;
	int64_t case_id;
	int question;

	WELL(store_code_add(room->store, "hash", 4, 2, &room->err));
	assert_int_equal(store_code_add(room->store, "hash", 5, 1, &room->err), -1);
	WELL(store_code_find(room->store, "hash", &case_id, &question, &room->err));
	assert_int_equal(case_id, 4);
	assert_int_equal(question, 2);
	WELL(store_code_find(room->store, "none", &case_id, &question, &room->err));
	assert_int_equal(case_id, 0);
}

static void
counts(void **state)
{
	struct room *room = *state;
	struct decision decision = { .ends_case = true, .next_due = 70 };
	struct triage_row triage = { .pack = "durham", .reason = "no case", .at = 1 };
	struct store_counts found;
	int64_t id;

	WELL(store_counts(room->store, &found, &room->err));
	assert_true(found.next_due == INSTANT_NONE && found.oldest_queued == INSTANT_NONE);
	WELL(store_case_new(room->store, "durham", 1, &id, &room->err));
	WELL(store_apply(room->store, id, 0, &decision, 2, &room->err));
	WELL(store_case_new(room->store, "durham", 1, &id, &room->err));
	put_out(room, OUTBOX_RETRY, 3, "", &id);
	put_out(room, OUTBOX_HELD, 3, "", &id);
	WELL(store_triage_add(room->store, &triage, &room->err));
	WELL(store_counts(room->store, &found, &room->err));
	assert_int_equal(found.open_cases, 1);
	assert_int_equal(found.closed_cases, 1);
	assert_int_equal(found.outbox_waiting, 1);
	assert_int_equal(found.outbox_held, 1);
	assert_int_equal(found.triage_open, 1);
	assert_int_equal(found.next_due, 70);
	assert_int_equal(found.oldest_queued, MORNING);
}

static void
transactions(void **state)
{
	struct room *room = *state;
	const char *value;

	WELL(store_begin(room->store, &room->err));
	WELL(store_set_setting(room->store, "a", "kept", &room->err));
	WELL(store_savepoint(room->store, &room->err));
	WELL(store_set_setting(room->store, "b", "undone", &room->err));
	WELL(store_rollback_to(room->store, &room->err));
	WELL(store_release(room->store, &room->err));
	WELL(store_savepoint(room->store, &room->err));
	WELL(store_set_setting(room->store, "c", "kept", &room->err));
	WELL(store_release(room->store, &room->err));
	WELL(store_commit(room->store, &room->err));
	WELL(store_begin(room->store, &room->err));
	WELL(store_set_setting(room->store, "d", "undone", &room->err));
	store_rollback(room->store);
	assert_string_equal(room_dump(room), "setting name=a\nsetting name=c\n");
	WELL(store_begin(room->store, &room->err));
	WELL(store_set_setting(room->store, "a", "lost with the process", &room->err));
	room_reopen(room);
	WELL(store_setting(room->store, room->arena, "a", &value, &room->err));
	assert_string_equal(value, "kept");
}

/* A mistake of one call undoes that call; the events before it stand. */
static void
refused_call_is_undone_alone(void **state)
{
	struct room *room = *state;
	struct case_strand strands[] = { { .no = 1, .name = "advice", .service = "", .stage = "a", .chased = "" } };
	struct decision decision = { .strands = strands, .strand_count = 1, .next_due = 5 };

	WELL(store_begin(room->store, &room->err));
	WELL(store_set_setting(room->store, "a", "kept", &room->err));
	assert_int_equal(store_apply(room->store, 77, 0, &decision, 1, &room->err), -1);	/* no such case */
	WELL(store_commit(room->store, &room->err));
	assert_string_equal(room_dump(room), "setting name=a\n");
}

static void
store_in_memory(void **state)
{
	struct room *room = *state;
	struct store *store = NULL;
	int64_t id;

	WELL(store_open(":memory:", &store, &room->err));
	WELL(store_case_new(store, "durham", 1, &id, &room->err));
	assert_int_equal(id, 1);
	store_close(&store);
	assert_null(store);
}

/* While it is open: taken away, or another put there. */
static void
store_whose_file_is_gone(void **state)
{
	struct room *room = *state;
	char *aside = arena_printf(room->arena, "%s.aside", room->path);
	FILE *other;

	assert_true(store_is_in_place(room->store));
	assert_int_equal(rename(room->path, aside), 0);
	assert_false(store_is_in_place(room->store));
	other = fopen(room->path, "w");
	assert_non_null(other);
	fclose(other);
	assert_false(store_is_in_place(room->store));
	assert_int_equal(rename(aside, room->path), 0);
	assert_true(store_is_in_place(room->store));
}

/* Two runs of the same work at other moments, with other codes and numbers, print the same. */
static void
dump_leaves_out_chance(void **state)
{
	struct room *room = *state;
	struct journal_entry entry = { .at = MORNING, .event = "mail-out", .rule = "", .detail = "", .who = "daemon" };
	struct outbox_row *row;
	char *first, *second;
	int64_t id;

	put_out(room, OUTBOX_QUEUED, MORNING, "a1b2@trust.example", &id);
	entry.outbox = id;
	WELL(store_journal_add(room->store, &entry, &room->err));
	first = room_dump(room);
	assert_non_null(strstr(first, "to=a@durham.example cc=b@durham.example c@durham.example act=remind"));
	assert_non_null(strstr(first, "journal event=mail-out template=reminder"));
	WELL(store_outbox(room->store, room->arena, id, &row, &room->err));
	row->message_id = "ffff@trust.example";
	row->tries = 4;
	row->spool_name = "out.2";
	row->decided += 60;
	WELL(store_outbox_put(room->store, row, &room->err));
	second = room_dump(room);
	assert_string_equal(first, second);
	row->state = OUTBOX_SENT;
	WELL(store_outbox_put(room->store, row, &room->err));
	assert_string_not_equal(first, room_dump(room));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(settings_and_emptiness, room_open, room_close),
		cmocka_unit_test_setup_teardown(pack_versions, room_open, room_close),
		cmocka_unit_test_setup_teardown(file_is_private, room_open, room_close),
		cmocka_unit_test_setup_teardown(mailboxes, room_open, room_close),
		cmocka_unit_test_setup_teardown(sightings, room_open, room_close),
		cmocka_unit_test_setup_teardown(messages, room_open, room_close),
		cmocka_unit_test_setup_teardown(outbox_states, room_open, room_close),
		cmocka_unit_test_setup_teardown(a_reminder_without_its_words_goes_as_it_was_written, room_open, room_close),
		cmocka_unit_test_setup_teardown(outbox_order, room_open, room_close),
		cmocka_unit_test_setup_teardown(outbox_unproven, room_open, room_close),
		cmocka_unit_test_setup_teardown(outbox_row_round_trip, room_open, room_close),
		cmocka_unit_test_setup_teardown(outbox_by_message_id, room_open, room_close),
		cmocka_unit_test_setup_teardown(settles, room_open, room_close),
		cmocka_unit_test_setup_teardown(a_shorter_pause_wakes_earlier, room_open, room_close),
		cmocka_unit_test_setup_teardown(codes_are_single, room_open, room_close),
		cmocka_unit_test_setup_teardown(counts, room_open, room_close),
		cmocka_unit_test_setup_teardown(transactions, room_open, room_close),
		cmocka_unit_test_setup_teardown(refused_call_is_undone_alone, room_open, room_close),
		cmocka_unit_test_setup_teardown(store_in_memory, room_open, room_close),
		cmocka_unit_test_setup_teardown(store_whose_file_is_gone, room_open, room_close),
		cmocka_unit_test_setup_teardown(dump_leaves_out_chance, room_open, room_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
