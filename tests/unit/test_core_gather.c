/*
 * Mails of several cases, in core as an object: what a change to one of the
 * cases does while such a mail waits, and what each case hears of it.
 */
#include "gather_town.h"

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

/* A person has taken one reader out of a part that another has in a mail of several: taken apart, it goes to that one alone. */
static void
test_a_part_that_a_person_took_from_somebody(void **state)
{
	static const enum outbox_state said[] = { OUTBOX_DROPPED, OUTBOX_SENT, OUTBOX_HELD };

	(void)state;
	for (size_t i = 0; i < COUNT(said); i++) {
		struct town town = { .mails = { 0 } };
		struct outbox_row *part, *alone;
		struct err err = { ERR_NONE, "" };
		const char *file;
		enum outbox_state want = said[i] == OUTBOX_HELD ? OUTBOX_HELD : said[i] == OUTBOX_SENT ? OUTBOX_SENT : OUTBOX_JOINED;

		room_furnish(&town.room);
		town.room.config.join = true;
		town.room.without_sender = true;
		room_open_with_people(&town.room);
		write_down(&town, 2, false);
		well(store_begin(town.room.core->store, &err), &err);
		alone = row_of(&town, town.mails[0]);
		alone->recipient_count = 1;
		well(store_outbox_put(town.room.core->store, alone, &err), &err);
		well(store_commit(town.room.core->store, &err), &err);
		gather(&town);
		/* Callum has it in a mail of several, Priyanka was to get it as it was written. */
		part = row_of(&town, town.mails[1]);
		file = part->spool_name;
		outbox_move(part, 1u << OUTBOX_QUEUED, said[i]);
		outbox_sum(part);
		if (part->state != want)
			fail_msg("row %zu: it is %s", i, outbox_state_name(part->state));
		well(store_begin(town.room.core->store, &err), &err);
		well(store_outbox_put(town.room.core->store, part, &err), &err);
		well(store_commit(town.room.core->store, &err), &err);
		well(outbox_files_end(town.room.core->store, town.room.arena, town.room.core->spool.out, town.room.core->spool.sent, part,
		    &err), &err);
		assert_true(file_exists(town.room.core->spool.out, file));
		change(&town, ADMIN_CLOSE, town.cases[0]);
		gather(&town);
		send_all(&town, SEND_SENT);
		part = row_of(&town, town.mails[1]);
		/* What is held keeps the whole of it until a person says more. */
		if (said[i] == OUTBOX_HELD) {
			assert_int_equal(part->recipients[0].state, OUTBOX_GATHERED);
			outbox_move(part, 1u << OUTBOX_HELD, OUTBOX_DROPPED);
			outbox_sum(part);
			well(store_begin(town.room.core->store, &err), &err);
			well(store_outbox_put(town.room.core->store, part, &err), &err);
			well(store_commit(town.room.core->store, &err), &err);
			gather(&town);
			send_all(&town, SEND_SENT);
			part = row_of(&town, town.mails[1]);
		}
		if (part->recipients[0].state != OUTBOX_SENT || part->state != OUTBOX_SENT)
			fail_msg("row %zu: Callum's is %s", i, outbox_state_name(part->recipients[0].state));
		assert_int_equal(part->recipients[1].state, said[i] == OUTBOX_SENT ? OUTBOX_SENT : OUTBOX_DROPPED);
		assert_false(file_exists(town.room.core->spool.out, file));
		room_leave(&town.room);
	}
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

static const struct {
	const char	*name, *id, *address;	/* id NULL: the joined mail's */
	size_t		 heard;			/* each case, from this notice */
	bool		 waits;			/* a person must look at it */
} notices[] = {
	{ "it says from whom", NULL, CALLUM, 1, false },
	{ "it does not say from whom: it went to one alone", NULL, NULL, 1, false },
	{ "it names somebody to whom that mail did not go", NULL, PRIYANKA, 0, true },
	{ "it is about another mail", "nothing@x", CALLUM, 0, true },
};

static void
test_each_case_hears_that_a_joined_mail_came_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(notices); i++) {
		struct town town = { .mails = { 0 } };
		struct err err = { ERR_NONE, "" };
		struct arrived *arrived;
		struct arrival arrival;
		struct outbox_row *joined;
		size_t count, of = 0;

		begin(&town);
		joined = joined_in(&town, OUTBOX_QUEUED, &count);
		while (of < count && strcmp(joined[of].recipients[0].address, CALLUM) != 0)
			of++;
		send_all(&town, SEND_SENT);
		for (int twice = 0; twice < 2; twice++) {
			arrival = (struct arrival){ .pack = town.room.core->engine.packs[0], .mailbox = town.room.mailbox.address,
			    .trust = "none", .spool_name = "", .received = core_now(town.room.core),
			    .message = notice_about(&town, notices[i].id == NULL ? joined[of].message_id : notices[i].id, notices[i].address, 1) };
			well(store_begin(town.room.core->store, &err), &err);
			well(engine_mail(&town.room.core->engine, town.room.arena, &arrival, core_now(town.room.core), &arrived, &err), &err);
			well(store_commit(town.room.core->store, &err), &err);
			if (arrived->needs_person != notices[i].waits)
				fail_msg("%s: a person %s", notices[i].name, arrived->needs_person ? "must look" : "need not look");
			for (size_t k = 0; k < 2; k++)
				if (told_of(&town, town.cases[k]) != notices[i].heard)
					fail_msg("%s: case %zu heard %zu times", notices[i].name, k, told_of(&town, town.cases[k]));
		}
		room_leave(&town.room);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_waiting_mail_of_several_cases_follows_each_of_them),
		cmocka_unit_test(test_files_of_what_was_joined_end_when_it_has_gone),
		cmocka_unit_test(test_who_had_it_already_does_not_get_it_again),
		cmocka_unit_test(test_a_part_that_a_person_took_from_somebody),
		cmocka_unit_test(test_each_case_hears_that_a_joined_mail_was_refused),
		cmocka_unit_test(test_each_case_hears_that_a_joined_mail_came_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
