/*
 * Moves that the server refuses, in core as an object: asked for ten times in
 * a row, told once, then tried again now and then; and what fetch says is
 * wrong stands in the mailbox's row until it says that it is over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core_room.h"

#define NUMBER	7
#define UID	5

enum { MOVED, GONE, REFUSED };

static void
open_with_some_to_move(struct room *room, uint32_t count)
{
	struct core_mailbox *mailbox;
	struct settle_row row = { .uidvalidity = NUMBER, .folder = "Needs you", .from_folder = "", .state = SETTLE_WAITING };
	struct err err = { ERR_NONE, "" };

	room_furnish(room);
	room_open(room);
	mailbox = &room->core->mailboxes[0];
	mailbox->row.uidvalidity = NUMBER;
	row.mailbox = mailbox->row.id;
	well(store_begin(room->core->store, &err), &err);
	for (row.uid = UID; row.uid < UID + count; row.uid++, row.id = 0)
		well(store_settle_add(room->core->store, &row, &err), &err);
	well(store_commit(room->core->store, &err), &err);
	mailbox->attached = true;
}

static void
open_with_one_to_move(struct room *room)
{
	open_with_some_to_move(room, 1);
}

/* The set goes to fetch, if one is to, and this comes back; did one go? */
static bool
settle_once(struct room *room, uint32_t result)
{
	struct core_mailbox *mailbox = &room->core->mailboxes[0];
	struct err err = { ERR_NONE, "" };
	struct frame frame;

	mailbox->settle_after_ms = 0;		/* the five seconds are over */
	well(settle_next(room->core, &err), &err);
	if (!mailbox->settling)
		return false;
	frame_init(&frame, WIRE_SETTLED, mailbox->settle_ticket);
	put_u32(&frame, mailbox->settle_uids[0] == UID + 10 ? NUMBER + 1 : NUMBER);
	put_u32(&frame, (uint32_t)mailbox->settle_count);
	for (size_t i = 0; i < mailbox->settle_count; i++) {
		put_u32(&frame, mailbox->settle_uids[i]);
		put_u32(&frame, result);
		put_u32(&frame, 0);
	}
	well(settle_done(room->core, mailbox, &frame, &err), &err);
	frame_free(&frame);
	return true;
}

static size_t
open_triages(struct room *room)
{
	struct triage_row *rows;
	struct err err;
	size_t count;

	well(store_triages(room->core->store, room->arena, true, &rows, &count, &err), &err);
	return count;
}

static size_t
doubtful(struct room *room)
{
	struct err err;
	uint32_t *uids;
	size_t count;

	well(store_sightings_unsettled(room->core->store, room->arena, room->core->mailboxes[0].row.id, NUMBER, &uids, &count,
	    &err), &err);
	return count;
}

static void
say_trouble(struct room *room, enum err_scope scope, const char *sentence)
{
	struct err err = { ERR_NONE, "" };
	struct frame frame;

	frame_init(&frame, WIRE_TROUBLE, 0);
	put_u32(&frame, scope);
	put_str(&frame, sentence);
	well(core_frame(room->core, "fetch:advice", &frame, &err), &err);
	frame_free(&frame);
}

static void
test_refused_is_told_once_and_tried_again(void **state)
{
	struct room room;

	(void)state;
	open_with_one_to_move(&room);
	for (int i = 0; i < 10; i++)
		assert_true(settle_once(&room, REFUSED));
	assert_int_equal(open_triages(&room), 1);
	assert_false(settle_once(&room, REFUSED));
	/* It may have got half way: fetch must hear of it after a restart. */
	assert_int_equal(doubtful(&room), 1);
	for (int i = 0; i < 3; i++) {
		assert_true(room.core->mailboxes[0].settle_again_ms > clock_real_ms() &&
		    room.core->mailboxes[0].settle_again_ms != INT64_MAX);
		room.core->mailboxes[0].settle_again_ms = 0;	/* an hour later */
		assert_true(settle_once(&room, REFUSED));
		assert_int_equal(open_triages(&room), 1);
		assert_false(settle_once(&room, REFUSED));
	}
	/* The mailbox is well again: at once. */
	say_trouble(&room, ERR_NONE, "");
	assert_true(settle_once(&room, MOVED));
	assert_int_equal(open_triages(&room), 0);
	assert_int_equal(doubtful(&room), 0);
	room.core->mailboxes[0].settle_again_ms = 0;
	assert_false(settle_once(&room, MOVED));
	assert_true(room.core->mailboxes[0].settle_again_ms == INT64_MAX);
	room_leave(&room);
}

/* On a line that breaks all the time a large set never comes to its end. */
static void
test_refused_is_asked_for_in_smaller_sets(void **state)
{
	static const size_t asked[] = { 300, 125, 31, 7, 4, 4 };
	struct core_mailbox *mailbox;
	struct room room;

	(void)state;
	open_with_some_to_move(&room, 300);
	mailbox = &room.core->mailboxes[0];
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		struct err err = { ERR_NONE, "" };

		mailbox->settle_after_ms = 0;
		well(settle_next(room.core, &err), &err);
		assert_int_equal(mailbox->settle_count, asked[i]);
		assert_true(settle_once(&room, REFUSED));
	}
	/* Once done, they do not hold up the others. */
	for (int i = 0; i < 100; i++)
		(void)settle_once(&room, MOVED);
	assert_false(settle_once(&room, MOVED));
	assert_int_equal(open_triages(&room), 0);
	room_leave(&room);
}

/* The folder was made anew while fetch had the set: it answers that the old numbers mean nothing, and the mail has another now. */
static void
test_an_answer_about_numbers_that_are_no_more(void **state)
{
	struct core_mailbox *mailbox;
	struct sighting_row mail = { .uidvalidity = NUMBER, .uid = UID, .state = SIGHTING_DONE, .spool_name = "", .why = "",
	    .received = INSTANT_NONE };
	struct settle_row row = { .uidvalidity = NUMBER, .uid = UID, .folder = "Needs you", .from_folder = "",
	    .state = SETTLE_WAITING };
	struct err err = { ERR_NONE, "" };
	struct room room;
	bool known;

	(void)state;
	open_with_some_to_move(&room, 0);
	mailbox = &room.core->mailboxes[0];
	row.mailbox = mail.mailbox = mailbox->row.id;
	well(store_begin(room.core->store, &err), &err);
	well(store_sighting_add(room.core->store, &mail, &known, &err), &err);
	row.sighting = mail.id;
	well(store_settle_add(room.core->store, &row, &err), &err);
	well(store_commit(room.core->store, &err), &err);
	well(settle_next(room.core, &err), &err);
	assert_true(mailbox->settling);

	mail.uidvalidity = NUMBER + 1;
	mail.uid = UID + 10;
	well(store_begin(room.core->store, &err), &err);
	well(store_sighting_move(room.core->store, mail.id, &mail, &err), &err);
	well(store_commit(room.core->store, &err), &err);
	assert_true(settle_once(&room, GONE));
	assert_true(settle_once(&room, MOVED));
	assert_false(settle_once(&room, MOVED));
	room_leave(&room);
}

static void
test_one_that_a_person_moved_after_all(void **state)
{
	struct room room;

	(void)state;
	open_with_one_to_move(&room);
	for (int i = 0; i < 10; i++)
		assert_true(settle_once(&room, REFUSED));
	room.core->mailboxes[0].settle_again_ms = 0;
	assert_true(settle_once(&room, GONE));
	assert_int_equal(open_triages(&room), 0);
	room_leave(&room);
}

static const char *
trouble_in_store(struct room *room)
{
	struct mailbox_row *row;
	struct err err;

	well(store_mailbox(room->core->store, room->arena, "advice", &row, &err), &err);
	return row->trouble;
}

static void
test_trouble_stands_until_it_is_over(void **state)
{
	struct room room;
	struct frame frame;
	struct err err = { ERR_NONE, "" };

	(void)state;
	open_with_one_to_move(&room);
	say_trouble(&room, ERR_MAILBOX, "the mailbox is full");
	assert_string_equal(trouble_in_store(&room), "the mailbox is full");
	/* A look that went well says nothing about the moving. */
	frame_init(&frame, WIRE_STATE, 0);
	put_u32(&frame, NUMBER);
	put_u32(&frame, 10);
	put_u32(&frame, 3);
	put_u32(&frame, 9);
	well(core_frame(room.core, "fetch:advice", &frame, &err), &err);
	frame_free(&frame);
	assert_string_equal(trouble_in_store(&room), "the mailbox is full");
	say_trouble(&room, ERR_NONE, "");
	assert_string_equal(trouble_in_store(&room), "");
	room_leave(&room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_is_told_once_and_tried_again),
		cmocka_unit_test(test_refused_is_asked_for_in_smaller_sets),
		cmocka_unit_test(test_an_answer_about_numbers_that_are_no_more),
		cmocka_unit_test(test_one_that_a_person_moved_after_all),
		cmocka_unit_test(test_trouble_stands_until_it_is_over)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
