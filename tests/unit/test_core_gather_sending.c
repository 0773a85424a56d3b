/* A mail of several cases while it is being sent, and one of them changes. */
#include "gather_town.h"

enum what { NOTHING_HAPPENS, IS_CLOSED, IS_CLOSED_AND_OPENED, IS_PAUSED, MOVES_ON };

static const struct {
	const char	*name;
	size_t		 cases;
	enum what	 what;		/* to the first case while the mail is being sent */
	enum send_result said;
	int		 code;
	/* Of Callum's, when all is over: of the first case and of the others; and mails that he was handed in all. */
	enum outbox_state first, others;
	size_t		 handed;
} changes[] = {
	{ "nothing happens, and it is put off", 2, NOTHING_HAPPENS, SEND_RETRY, 451, OUTBOX_JOINED, OUTBOX_JOINED, 2 },
	{ "closed, and it went", 2, IS_CLOSED, SEND_SENT, 250, OUTBOX_JOINED, OUTBOX_JOINED, 1 },
	{ "closed, and it was put off: the other goes as it was written", 2, IS_CLOSED, SEND_RETRY, 451, OUTBOX_DROPPED, OUTBOX_SENT, 2 },
	{ "the same of three: the others go in one mail", 3, IS_CLOSED, SEND_RETRY, 451, OUTBOX_DROPPED, OUTBOX_JOINED, 2 },
	{ "closed, opened again, and it was put off", 2, IS_CLOSED_AND_OPENED, SEND_RETRY, 451, OUTBOX_JOINED, OUTBOX_JOINED, 2 },
	{ "closed, and nobody knows whether it went", 2, IS_CLOSED, SEND_UNKNOWN, 0, OUTBOX_JOINED, OUTBOX_JOINED, 1 },
	{ "closed, and refused", 2, IS_CLOSED, SEND_FAILED, 550, OUTBOX_JOINED, OUTBOX_JOINED, 1 },
	{ "paused, and it was put off: its own waits", 3, IS_PAUSED, SEND_RETRY, 451, OUTBOX_QUEUED, OUTBOX_JOINED, 2 },
	{ "answered, and it was put off", 3, MOVES_ON, SEND_RETRY, 451, OUTBOX_DROPPED, OUTBOX_JOINED, 2 },
	{ "a mail alone, closed, and it was put off", 1, IS_CLOSED, SEND_RETRY, 451, OUTBOX_DROPPED, OUTBOX_SENT, 1 },
	{ "a mail alone, closed, opened again, and it was put off", 1, IS_CLOSED_AND_OPENED, SEND_RETRY, 451, OUTBOX_SENT, OUTBOX_SENT, 2 },
	{ "a mail alone, answered, and it was put off", 1, MOVES_ON, SEND_RETRY, 451, OUTBOX_DROPPED, OUTBOX_SENT, 1 },
	{ "answered, and it went", 3, MOVES_ON, SEND_SENT, 250, OUTBOX_JOINED, OUTBOX_JOINED, 1 },
};

static void
happens(struct town *town, enum what what)
{
	struct change_wish undo = { .word = ADMIN_UNDO, .who = "somebody", .reason = "why" };
	struct changed changed;
	struct err err = { ERR_NONE, "" };

	if (what == IS_CLOSED || what == IS_CLOSED_AND_OPENED)
		change(town, ADMIN_CLOSE, town->cases[0]);
	if (what == IS_PAUSED)
		change(town, ADMIN_PAUSE, town->cases[0]);
	if (what == MOVES_ON)
		enters(town, 0, 60);
	if (what != IS_CLOSED_AND_OPENED)
		return;
	undo.undoes = 1;
	well(store_begin(town->room.core->store, &err), &err);
	well(engine_change(&town->room.core->engine, town->room.arena, &undo, core_now(town->room.core), &changed, &err), &err);
	if (changed.refused != NULL)
		fail_msg("%s", changed.refused);
	well(store_commit(town->room.core->store, &err), &err);
}

static void
test_a_case_changes_while_the_mail_is_being_sent(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++) {
		struct town town = { .mails = { 0 } };
		struct room *room = &town.room;
		size_t handed, joined_count;
		struct outbox_row *joined_rows;
		int64_t joined;

		room_furnish(room);
		room->config.join = true;
		room->without_sender = true;
		room_open_with_people(room);
		write_down(&town, changes[i].cases, false);
		to_callum_alone(&town, changes[i].cases);
		if (changes[i].what == MOVES_ON)
			enters(&town, 0, -3600);
		gather(&town);
		joined_rows = joined_in(&town, OUTBOX_QUEUED, &joined_count);
		assert_int_equal(joined_count, changes[i].cases > 1);
		joined = joined_count == 0 ? town.mails[0] : joined_rows->id;
		hand_one_over(&town);
		assert_int_equal(room->core->sending.outbox, joined);
		happens(&town, changes[i].what);
		ends(&town, changes[i].said, changes[i].code);
		handed = room->handed_over;
		if (changes[i].said == SEND_RETRY)
			is_due(&town, joined);
		for (int turns = 0; turns < 4; turns++) {
			struct err err = { ERR_NONE, "" };

			well(send_next(room->core, &err), &err);
			if (room->core->sending.busy && row_of(&town, room->core->sending.outbox)->act[0] == 'e')
				handed++;
			if (room->core->sending.busy)
				ends(&town, SEND_SENT, 250);
			gather(&town);
		}
		if (handed != changes[i].handed)
			fail_msg("%s: %zu mails were handed over", changes[i].name, handed);
		for (size_t k = 0; k < changes[i].cases; k++) {
			enum outbox_state want = k == 0 ? changes[i].first : changes[i].others;

			if (callums(&town, k) != want)
				fail_msg("%s: mail %zu is %s", changes[i].name, k, outbox_state_name(callums(&town, k)));
			if (want == OUTBOX_DROPPED && changes[i].what == MOVES_ON &&
			    !file_exists(room->core->spool.out, row_of(&town, town.mails[k])->spool_name))
				fail_msg("%s: mail %zu could not come back", changes[i].name, k);
		}
		room_leave(room);
	}
}

/* Called off, put off, dropped; then the change is taken back: it goes after all. */
static void
test_what_was_called_off_goes_when_the_change_is_taken_back(void **state)
{
	struct town town = { .mails = { 0 } };
	struct room *room = &town.room;
	struct change_wish undo = { .word = ADMIN_UNDO, .undoes = 1, .who = "somebody", .reason = "why" };
	struct changed changed;
	struct err err = { ERR_NONE, "" };

	(void)state;
	begin(&town);
	hand_one_over(&town);
	change(&town, ADMIN_CLOSE, town.cases[0]);
	ends(&town, SEND_RETRY, 451);
	is_due(&town, joined_in(&town, OUTBOX_RETRY, &(size_t){ 0 })->id);
	for (int turns = 0; turns < 6; turns++) {
		well(send_next(room->core, &err), &err);
		if (room->core->sending.busy)
			ends(&town, SEND_SENT, 250);
		gather(&town);
	}
	expect_state(&town, "called off", 0, OUTBOX_DROPPED);
	expect_state(&town, "called off", 1, OUTBOX_SENT);
	well(store_begin(room->core->store, &err), &err);
	well(engine_change(&room->core->engine, room->arena, &undo, core_now(room->core), &changed, &err), &err);
	well(store_commit(room->core->store, &err), &err);
	gather(&town);
	expect_state(&town, "taken back", 0, OUTBOX_QUEUED);
	send_all(&town, SEND_SENT);
	expect_state(&town, "gone", 0, OUTBOX_SENT);
	room_leave(room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_case_changes_while_the_mail_is_being_sent),
		cmocka_unit_test(test_what_was_called_off_goes_when_the_change_is_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
