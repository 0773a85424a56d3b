/* A mail of several cases that may have gone: nothing is lost, and nothing comes twice. */
#include "gather_town.h"

static void
asks_for_the_body(struct town *town)
{
	struct err err = { ERR_NONE, "" };
	struct frame frame;

	frame_init(&frame, WIRE_SENDING, town->room.core->sending.ticket);
	well(send_frame(town->room.core, &frame, &err), &err);
	frame_free(&frame);
}

/* The copy of a mail of ours lies in the mailbox. */
static void
copy_comes(struct town *town, int64_t of)
{
	struct room *room = &town->room;
	struct message *copy = notice_about(town, "", NULL, 900);
	struct mail_header *headers = arena_alloc(room->arena, 3 * sizeof(*headers));
	char *mark = arena_alloc(room->arena, 17), *proof = arena_alloc(room->arena, 17);
	struct arrival arrival = { .pack = room->core->engine.packs[0], .mailbox = room->mailbox.address, .trust = "none",
	    .spool_name = "x", .received = core_now(room->core), .message = copy };
	struct arrived *arrived;
	struct err err = { ERR_NONE, "" };

	compose_loop_mark(room->core->engine.secret, room->mailbox.address, mark);
	compose_proof(room->core->engine.secret, room->mailbox.address, row_of(town, of)->message_id, proof);
	headers[0] = (struct mail_header){ COMPOSE_LOOP_HEADER, mark };
	headers[1] = (struct mail_header){ COMPOSE_ID_HEADER, row_of(town, of)->message_id };
	headers[2] = (struct mail_header){ COMPOSE_PROOF_HEADER, proof };
	copy->notice = NOTICE_NONE;
	copy->message_id = row_of(town, of)->message_id;
	copy->from.address = room->mailbox.address;
	copy->headers = headers;
	copy->header_count = 3;
	well(store_begin(room->core->store, &err), &err);
	well(engine_mail(&room->core->engine, room->arena, &arrival, core_now(room->core), &arrived, &err), &err);
	well(store_commit(room->core->store, &err), &err);
}

static const struct {
	const char	*name;
	size_t		 cases;
	bool		 asked, due;	/* for the body; it is to go again before its copy comes */
	enum outbox_state closed, ended, first;	/* the mail once the case is closed, and at last; and the first case's own */
	size_t		 handed;
} passed_on[] = {
	{ "its copy comes before it goes again", 3, true, false, OUTBOX_RETRY, OUTBOX_UNKNOWN, OUTBOX_JOINED, 0 },
	{ "the same of two", 2, true, false, OUTBOX_RETRY, OUTBOX_UNKNOWN, OUTBOX_JOINED, 0 },
	{ "its copy comes after it was to go again", 2, true, true, OUTBOX_RETRY, OUTBOX_UNKNOWN, OUTBOX_DROPPED, 1 },
	{ "the server never had all of it", 2, false, true, OUTBOX_DROPPED, OUTBOX_DROPPED, OUTBOX_DROPPED, 1 },
	{ "a mail alone", 1, true, false, OUTBOX_DROPPED, OUTBOX_UNKNOWN, OUTBOX_UNKNOWN, 0 },
};

/* The server put it off after it had all of it, and passed it on; meanwhile a case is closed. */
static void
test_put_off_called_off_and_passed_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(passed_on); i++) {
		struct town town = { .mails = { 0 } };
		int64_t mail = begin_for_callum(&town, passed_on[i].cases);
		size_t handed = 0;

		hand_one_over(&town);
		if (passed_on[i].asked)
			asks_for_the_body(&town);
		ends(&town, SEND_RETRY, 451);
		change(&town, ADMIN_CLOSE, town.cases[0]);
		if (row_of(&town, mail)->state != passed_on[i].closed)
			fail_msg("%s: once closed it is %s", passed_on[i].name, outbox_state_name(row_of(&town, mail)->state));
		if (passed_on[i].due) {
			if (passed_on[i].asked)
				is_due(&town, mail);
			passes(&town, 3600);
			handed = goes_on(&town);
		}
		copy_comes(&town, mail);
		passes(&town, 3600);
		handed += goes_on(&town);
		if (row_of(&town, mail)->state != passed_on[i].ended)
			fail_msg("%s: at last it is %s", passed_on[i].name, outbox_state_name(row_of(&town, mail)->state));
		if (callums(&town, 0) != passed_on[i].first)
			fail_msg("%s: the first case's own is %s", passed_on[i].name, outbox_state_name(callums(&town, 0)));
		if (handed != passed_on[i].handed)
			fail_msg("%s: %zu mails were handed over", passed_on[i].name, handed);
		if (journalled(&town, row_of(&town, mail)->case_id, "sent", mail) != (passed_on[i].asked ? 2 : 1))
			fail_msg("%s: the copy stands %zu times in the journal", passed_on[i].name,
			    journalled(&town, row_of(&town, mail)->case_id, "sent", mail));
		room_leave(&town.room);
	}
}

/* Two readers, each with a mail of theirs that may have gone: the change notes the part in both once. */
static void
test_two_mails_of_several_may_have_gone(void **state)
{
	struct town town = { .mails = { 0 } };
	struct outbox_row *joined;
	size_t count;

	(void)state;
	begin(&town);
	joined_stand_at(&town, OUTBOX_RETRY);
	joined = joined_in(&town, OUTBOX_RETRY, &count);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++) {
		joined[i].body_asked = true;
		joined[i].tries = 1;
		put(&town, &joined[i]);
	}
	change(&town, ADMIN_CLOSE, town.cases[0]);
	(void)joined_in(&town, OUTBOX_RETRY, &count);
	assert_int_equal(count, 2);
	/* Each is taken apart as it is to go again: the other case's goes as it was written, to one after the other. */
	town.room.core->sender_attached = true;
	assert_int_equal(goes_on(&town), 2);
	expect_state(&town, "closed", 0, OUTBOX_DROPPED);
	expect_state(&town, "the other", 1, OUTBOX_SENT);
	take_back(&town, 1);
	gather(&town);
	expect_state(&town, "taken back", 0, OUTBOX_QUEUED);
	room_leave(&town.room);
}

/* Nor is one taken apart, while its copy may still come, that now waits for a person. */
static void
test_one_that_may_have_gone_waits_whole(void **state)
{
	static const enum outbox_state waits[] = { OUTBOX_QUEUED, OUTBOX_HELD, OUTBOX_REVIEW };

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		struct town town = { .mails = { 0 } };
		struct outbox_row *joined;
		size_t count;

		begin(&town);
		joined_stand_at(&town, waits[i]);
		joined = joined_in(&town, waits[i], &count);
		assert_int_equal(count, 2);
		joined[0].body_asked = true;
		put(&town, &joined[0]);
		change(&town, ADMIN_CLOSE, town.cases[0]);
		(void)joined_in(&town, waits[i], &count);
		assert_int_equal(count, 1);	/* the other one never left */
		room_leave(&town.room);
	}
}

/* One reader has it in a mail of several that went, another was taken out by a person: taking a change back sends it to nobody. */
static void
test_whom_a_person_took_out_stays_out(void **state)
{
	struct town town = { .mails = { 0 } };
	struct outbox_row *row;

	(void)state;
	room_furnish(&town.room);
	town.room.config.join = true;
	town.room.without_sender = true;
	room_open_with_people(&town.room);
	write_down(&town, 2, false);
	row = row_of(&town, town.mails[0]);
	row->recipient_count = 1;
	put(&town, row);
	gather(&town);
	row = row_of(&town, town.mails[1]);
	assert_int_equal(row->recipients[0].state, OUTBOX_JOINED);
	outbox_move(row, 1u << OUTBOX_QUEUED, OUTBOX_DROPPED);
	outbox_sum(row);
	put(&town, row);
	hand_one_over(&town);
	assert_int_equal(town.room.core->sending.outbox, row->recipients[0].joined);
	change(&town, ADMIN_CLOSE, town.cases[1]);
	ends(&town, SEND_SENT, 250);
	take_back(&town, 1);
	row = row_of(&town, town.mails[1]);
	assert_int_equal(row->recipients[0].state, OUTBOX_JOINED);
	assert_int_equal(row->recipients[1].state, OUTBOX_DROPPED);
	assert_int_equal(goes_on(&town), 0);
	room_leave(&town.room);
}

/* The same of a mail alone that the change itself had withdrawn from the other. */
static void
test_a_change_taken_back_brings_back_its_own_alone(void **state)
{
	struct town town = { .mails = { 0 } };
	struct outbox_row *row;

	(void)state;
	room_furnish(&town.room);
	town.room.without_sender = true;
	room_open_with_people(&town.room);
	write_down(&town, 1, false);
	gather(&town);
	row = row_of(&town, town.mails[0]);
	row->recipients[1].state = OUTBOX_DROPPED;
	put(&town, row);
	change(&town, ADMIN_CLOSE, town.cases[0]);
	assert_int_equal(callums(&town, 0), OUTBOX_DROPPED);
	take_back(&town, 1);
	row = row_of(&town, town.mails[0]);
	assert_int_equal(row->recipients[0].state, OUTBOX_QUEUED);
	assert_int_equal(row->recipients[1].state, OUTBOX_DROPPED);
	room_leave(&town.room);
}

static int
person_says(struct town *town, const char *word, int64_t mail, const char **said_r)
{
	struct live live = { .arena = town->room.arena, .who = "uid 1", .file = -1 };
	const char *argv[] = { "queue", word, arena_printf(town->room.arena, "%lld", (long long)mail), "--yes", NULL };
	int code = core_live(town->room.core, &live, 4, (char **)(uintptr_t)argv);

	*said_r = arena_strdup(town->room.arena, buf_text(&live.errors));
	buf_free(&live.out);
	buf_free(&live.errors);
	return code;
}

/* Nobody knows whether it went, and the case was closed meanwhile: a retry would come to nothing, and says so. */
static void
test_a_retry_of_what_was_called_off_is_refused(void **state)
{
	struct town town = { .mails = { 0 } };
	int64_t mail = begin_for_callum(&town, 1);
	const char *said;

	(void)state;
	hand_one_over(&town);
	change(&town, ADMIN_CLOSE, town.cases[0]);
	ends(&town, SEND_UNKNOWN, 0);
	assert_int_equal(person_says(&town, "retry", mail, &said), 1);
	assert_non_null(strstr(said, "change 1 called it off"));
	assert_int_equal(row_of(&town, mail)->state, OUTBOX_UNKNOWN);
	take_back(&town, 1);
	assert_int_equal(row_of(&town, mail)->state, OUTBOX_UNKNOWN);
	assert_int_equal(person_says(&town, "retry", mail, &said), 0);
	assert_true(row_of(&town, mail)->released);
	assert_int_equal(goes_on(&town), 1);
	room_leave(&town.room);
}

/* A reminder of a question, on its way with others: the pause withdraws nothing. */
static void
test_a_pause_while_a_question_is_being_sent(void **state)
{
	struct town town = { .mails = { 0 } };
	int64_t mail = begin_for_callum(&town, 2);
	struct outbox_row *part = row_of(&town, town.mails[0]);

	(void)state;
	part->question = 1;
	put(&town, part);
	hand_one_over(&town);
	change(&town, ADMIN_PAUSE, town.cases[0]);
	assert_int_equal(row_of(&town, mail)->state, OUTBOX_SENDING);
	ends(&town, SEND_SENT, 250);
	assert_int_equal(callums(&town, 0), OUTBOX_JOINED);
	room_leave(&town.room);
}

/* A person has let a mail of several go: that one of its cases has gone on does not undo this, nor does its taking apart. */
static void
test_a_mail_of_several_stays_released(void **state)
{
	(void)state;
	for (int released = 0; released < 2; released++) {
		struct town town = { .mails = { 0 } };
		int64_t mail = begin_for_callum(&town, 3);
		struct outbox_row *row = row_of(&town, mail);
		struct err err = { ERR_NONE, "" };
		size_t count;

		row->released = released;
		put(&town, row);
		enters(&town, 0, 60);
		passes(&town, 3600);
		town.room.core->sender_attached = true;
		well(send_next(town.room.core, &err), &err);
		assert_int_equal(town.room.core->sending.busy, released);
		room_leave(&town.room);

		mail = begin_for_callum(&town, 3);
		row = row_of(&town, mail);
		row->released = released;
		put(&town, row);
		change(&town, ADMIN_PAUSE, town.cases[0]);
		gather(&town);
		row = joined_in(&town, OUTBOX_QUEUED, &count);
		assert_int_equal(count, 1);
		assert_true(row->id != mail && row->released == (bool)released);
		room_leave(&town.room);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put_off_called_off_and_passed_on),
		cmocka_unit_test(test_two_mails_of_several_may_have_gone),
		cmocka_unit_test(test_one_that_may_have_gone_waits_whole),
		cmocka_unit_test(test_whom_a_person_took_out_stays_out),
		cmocka_unit_test(test_a_change_taken_back_brings_back_its_own_alone),
		cmocka_unit_test(test_a_retry_of_what_was_called_off_is_refused),
		cmocka_unit_test(test_a_pause_while_a_question_is_being_sent),
		cmocka_unit_test(test_a_mail_of_several_stays_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
