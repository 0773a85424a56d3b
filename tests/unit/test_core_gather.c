/*
 * Mails of several cases, in core as an object: what a change to one of the
 * cases does while such a mail waits, and that nothing is lost or comes twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core_room.h"
#include "engine/outbox.h"

#define COUNT(v)	(sizeof(v) / sizeof((v)[0]))
#define CALLUM		"callum.strickland" TRUST
#define PRIYANKA	"priyanka.nair-holt" TRUST
#define CASES		3

struct town {
	struct room	 room;
	int64_t		 cases[CASES], mails[CASES];
};

static int64_t
open_case(struct room *room)
{
	struct err err = { ERR_NONE, "" };
	int64_t id;

	well(store_begin(room->core->store, &err), &err);
	well(store_case_new(room->core->store, "birmingham", core_now(room->core), &id, &err), &err);
	well(store_commit(room->core->store, &err), &err);
	return id;
}

static void
gather(struct town *town)
{
	struct err err = { ERR_NONE, "" };
	bool more = true;

	while (more) {
		more = false;
		well(gather_turn(town->room.core, &more, &err), &err);
	}
}

/* An escalation about each of so many cases to both people, written but not joined yet. */
static void
write_down(struct town *town, size_t cases, bool late)
{
	struct room *room = &town->room;
	struct err err = { ERR_NONE, "" };

	for (size_t i = 0; i < cases; i++) {
		const char *name = arena_printf(room->arena, "out-%zu", i);
		struct outbox_recipient recipients[] = {
			{ .address = CALLUM, .state = OUTBOX_GATHERED, .reply = "" },
			{ .address = PRIYANKA, .state = OUTBOX_GATHERED, .cc = true, .reply = "" },
		};
		struct outbox_row row = {
			.case_id = town->cases[i] = open_case(room), .pack = "birmingham", .mailbox = room->mailbox.address,
			.state = OUTBOX_GATHERED, .act = "escalate", .template = "escalate", .rule = "", .spool_name = name,
			.message_id = arena_printf(room->arena, "%s@x", name), .subject = "late", .decided = core_now(room->core),
			.next_try = core_now(room->core), .sent = INSTANT_NONE, .why = "", .recipients = recipients,
			.recipient_count = COUNT(recipients),
		};

		room_freeze(room, &row);
		town->mails[i] = row.id;
		well(store_begin(room->core->store, &err), &err);
		well(store_gathered_put(room->core->store, row.id, late, "# words", &err), &err);
		well(store_commit(room->core->store, &err), &err);
	}
}

static struct outbox_row *
row_of(struct town *town, int64_t id)
{
	struct outbox_row *row;
	struct err err = { ERR_NONE, "" };

	well(store_outbox(town->room.core->store, town->room.arena, id, &row, &err), &err);
	assert_non_null(row);
	return row;
}

/* The mails of no case in a state, which a joined one is. */
static struct outbox_row *
joined_in(struct town *town, enum outbox_state state, size_t *count_r)
{
	struct outbox_row *rows;
	size_t count, n = 0;
	struct err err = { ERR_NONE, "" };

	well(store_outbox_in_state(town->room.core->store, town->room.arena, state, &rows, &count, &err), &err);
	for (size_t i = 0; i < count; i++)
		if (rows[i].case_id == 0 && rows[i].act[0] == 'e')
			rows[n++] = rows[i];
	*count_r = n;
	return rows;
}

static void
change(struct town *town, enum admin_word word, int64_t of_case)
{
	struct room *room = &town->room;
	struct change_wish wish = { .word = word, .case_id = of_case, .who = "somebody", .reason = "why",
	    .until = core_now(room->core) + 5 * 86400 };
	struct changed changed;
	struct err err = { ERR_NONE, "" };

	well(store_begin(room->core->store, &err), &err);
	well(engine_change(&room->core->engine, room->arena, &wish, core_now(room->core), &changed, &err), &err);
	if (changed.refused != NULL)
		fail_msg("%s", changed.refused);
	well(store_commit(room->core->store, &err), &err);
}

static const struct {
	const char	*name;
	size_t		 cases;
	bool		 late;
	enum admin_word	 word;
	enum outbox_state waits, first, others;	/* of the joined mails before; then of the mail of the first case, and of the rest */
	size_t		 joined;		/* mails that wait for the two people together afterwards */
} rows[] = {
	{ "one of two is closed: the other goes as it was written", 2, false, ADMIN_CLOSE, OUTBOX_QUEUED, OUTBOX_DROPPED, OUTBOX_QUEUED, 0 },
	{ "one of three is closed", 3, false, ADMIN_CLOSE, OUTBOX_QUEUED, OUTBOX_DROPPED, OUTBOX_JOINED, 2 },
	{ "the same while the server is down", 3, false, ADMIN_CLOSE, OUTBOX_RETRY, OUTBOX_DROPPED, OUTBOX_JOINED, 2 },
	{ "the same while it waits for a look", 3, false, ADMIN_CLOSE, OUTBOX_REVIEW, OUTBOX_DROPPED, OUTBOX_JOINED, 2 },
	{ "one of two is paused: its own waits", 2, false, ADMIN_PAUSE, OUTBOX_QUEUED, OUTBOX_QUEUED, OUTBOX_QUEUED, 0 },
	{ "one of three is paused", 3, false, ADMIN_PAUSE, OUTBOX_RETRY, OUTBOX_QUEUED, OUTBOX_JOINED, 2 },
	{ "missed, and one of three is closed", 3, true, ADMIN_CLOSE, OUTBOX_RETRY, OUTBOX_DROPPED, OUTBOX_JOINED, 2 },
	{ "missed, and one of three is paused", 3, true, ADMIN_PAUSE, OUTBOX_QUEUED, OUTBOX_QUEUED, OUTBOX_JOINED, 2 },
	{ "it has gone: nothing is taken back", 2, false, ADMIN_CLOSE, OUTBOX_SENT, OUTBOX_JOINED, OUTBOX_JOINED, 0 },
	{ "it may have gone: nothing goes again", 2, false, ADMIN_CLOSE, OUTBOX_UNKNOWN, OUTBOX_JOINED, OUTBOX_JOINED, 0 },
};

static void
joined_stand_at(struct town *town, enum outbox_state state)
{
	size_t count;
	struct outbox_row *joined = joined_in(town, OUTBOX_QUEUED, &count);
	struct err err = { ERR_NONE, "" };

	assert_int_equal(count, 2);
	well(store_begin(town->room.core->store, &err), &err);
	for (size_t i = 0; i < count; i++) {
		outbox_move(&joined[i], 1u << OUTBOX_QUEUED, state);
		joined[i].state = state;
		well(store_outbox_put(town->room.core->store, &joined[i], &err), &err);
	}
	well(store_commit(town->room.core->store, &err), &err);
}

static void
expect_state(struct town *town, const char *name, size_t i, enum outbox_state want)
{
	const struct outbox_row *row = row_of(town, town->mails[i]);

	if (row->state != want)
		fail_msg("%s: mail %zu is %s", name, i, outbox_state_name(row->state));
	for (size_t r = 0; r < row->recipient_count; r++)
		if (row->recipients[r].state != want)
			fail_msg("%s: mail %zu to %s is %s", name, i, row->recipients[r].address,
			    outbox_state_name(row->recipients[r].state));
	/* What may yet go as it was written has its file. */
	if (want == OUTBOX_QUEUED && !file_exists(town->room.core->spool.out, row->spool_name))
		fail_msg("%s: mail %zu has no file", name, i);
}

static void
test_a_waiting_mail_of_several_cases_follows_each_of_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct town town = { .mails = { 0 } };
		struct outbox_row *joined;
		size_t count;

		room_furnish(&town.room);
		town.room.config.join = true;
		town.room.without_sender = true;
		room_open_with_people(&town.room);
		write_down(&town, rows[i].cases, rows[i].late);
		gather(&town);
		joined_stand_at(&town, rows[i].waits);
		change(&town, rows[i].word, town.cases[0]);
		gather(&town);
		for (size_t k = 0; k < rows[i].cases; k++)
			expect_state(&town, rows[i].name, k, k == 0 ? rows[i].first : rows[i].others);
		joined = joined_in(&town, OUTBOX_QUEUED, &count);
		if (count != rows[i].joined)
			fail_msg("%s: %zu joined mails wait", rows[i].name, count);
		for (size_t k = 0; k < count; k++)
			if (strcmp(joined[k].template, rows[i].late ? "gathered" : "together") != 0)
				fail_msg("%s: %s", rows[i].name, joined[k].template);
		room_leave(&town.room);
	}
}

/* As it is said to the send role, and by it. */
static void
send_all(struct town *town, enum send_result said)
{
	struct core *core = town->room.core;
	struct err err = { ERR_NONE, "" };

	core->sender_attached = true;
	for (int i = 0; i < 10; i++) {
		struct frame frame;
		struct outbox_row *row;

		well(send_next(core, &err), &err);
		if (!core->sending.busy)
			continue;
		row = row_of(town, core->sending.outbox);
		frame_init(&frame, WIRE_SENT, core->sending.ticket);
		put_u32(&frame, SEND_SENT);
		put_u32(&frame, 250);
		put_str(&frame, "ok");
		put_u32(&frame, (uint32_t)row->recipient_count);
		for (size_t r = 0; r < row->recipient_count; r++) {
			bool ours = row->case_id == 0 && row->act[0] == 'e';

			put_str(&frame, row->recipients[r].address);
			put_u32(&frame, ours ? said : SEND_SENT);
			put_u32(&frame, ours && said == SEND_FAILED ? 550 : 250);
			put_str(&frame, ours && said == SEND_FAILED ? "no such user" : "ok");
		}
		put_u32(&frame, 0);
		well(send_frame(core, &frame, &err), &err);
		frame_free(&frame);
	}
}

static void
begin(struct town *town)
{
	room_furnish(&town->room);
	town->room.config.join = true;
	town->room.without_sender = true;
	room_open_with_people(&town->room);
	write_down(town, 2, false);
	gather(town);
}

static void
test_files_of_what_was_joined_end_when_it_has_gone(void **state)
{
	struct town town = { .mails = { 0 } };

	(void)state;
	begin(&town);
	for (size_t i = 0; i < 2; i++)
		assert_true(file_exists(town.room.core->spool.out, row_of(&town, town.mails[i])->spool_name));
	/* Nor do they end when the daemon begins again. */
	core_close(&town.room.core);
	room_open(&town.room);
	for (size_t i = 0; i < 2; i++)
		assert_true(file_exists(town.room.core->spool.out, row_of(&town, town.mails[i])->spool_name));
	send_all(&town, SEND_SENT);
	for (size_t i = 0; i < 2; i++) {
		expect_state(&town, "sent", i, OUTBOX_JOINED);
		assert_false(file_exists(town.room.core->spool.out, row_of(&town, town.mails[i])->spool_name));
	}
	room_leave(&town.room);
}

/* Somebody has it in a mail of several, somebody else had it as it was written: taking it apart sends it to the first alone. */
static void
test_who_had_it_already_does_not_get_it_again(void **state)
{
	struct town town = { .mails = { 0 } };
	struct outbox_row *row, *joined;
	struct err err = { ERR_NONE, "" };
	size_t count;

	(void)state;
	room_furnish(&town.room);
	town.room.config.join = true;
	town.room.without_sender = true;
	room_open_with_people(&town.room);
	write_down(&town, 2, false);
	well(store_begin(town.room.core->store, &err), &err);
	row = row_of(&town, town.mails[0]);
	row->recipient_count = 1;
	well(store_outbox_put(town.room.core->store, row, &err), &err);
	well(store_commit(town.room.core->store, &err), &err);
	gather(&town);
	row = row_of(&town, town.mails[1]);
	assert_int_equal(row->recipients[0].state, OUTBOX_JOINED);
	assert_int_equal(row->recipients[1].state, OUTBOX_QUEUED);
	joined = joined_in(&town, OUTBOX_QUEUED, &count);
	assert_int_equal(count, 1);
	joined->next_try = core_now(town.room.core) + 3600;
	well(store_begin(town.room.core->store, &err), &err);
	well(store_outbox_put(town.room.core->store, joined, &err), &err);
	well(store_commit(town.room.core->store, &err), &err);
	send_all(&town, SEND_SENT);
	row = row_of(&town, town.mails[1]);
	assert_int_equal(row->state, OUTBOX_SENT);
	assert_true(file_exists(town.room.core->spool.out, row->spool_name));
	change(&town, ADMIN_CLOSE, town.cases[0]);
	gather(&town);
	row = row_of(&town, town.mails[1]);
	assert_int_equal(row->state, OUTBOX_QUEUED);
	assert_int_equal(row->recipients[0].state, OUTBOX_QUEUED);
	assert_int_equal(row->recipients[1].state, OUTBOX_SENT);
	send_all(&town, SEND_SENT);
	row = row_of(&town, town.mails[1]);
	assert_int_equal(row->recipients[0].state, OUTBOX_SENT);
	assert_false(file_exists(town.room.core->spool.out, row->spool_name));
	assert_true(file_exists(town.room.core->spool.sent, row->spool_name));
	assert_int_equal(row_of(&town, town.mails[0])->state, OUTBOX_DROPPED);
	room_leave(&town.room);
}

static size_t
told_of(struct town *town, int64_t of_case)
{
	struct journal_entry *entries;
	size_t count, n = 0;
	struct err err = { ERR_NONE, "" };

	well(store_journal_of(town->room.core->store, town->room.arena, of_case, &entries, &count, &err), &err);
	for (size_t i = 0; i < count; i++)
		n += strcmp(entries[i].event, "undelivered") == 0;
	return n;
}

static void
test_each_case_hears_that_a_joined_mail_was_refused(void **state)
{
	struct town town = { .mails = { 0 } };

	(void)state;
	begin(&town);
	send_all(&town, SEND_FAILED);
	for (size_t i = 0; i < 2; i++)
		if (told_of(&town, town.cases[i]) != 2)
			fail_msg("case %zu heard %zu times", i, told_of(&town, town.cases[i]));
	room_leave(&town.room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_waiting_mail_of_several_cases_follows_each_of_them),
		cmocka_unit_test(test_files_of_what_was_joined_end_when_it_has_gone),
		cmocka_unit_test(test_who_had_it_already_does_not_get_it_again),
		cmocka_unit_test(test_each_case_hears_that_a_joined_mail_was_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
