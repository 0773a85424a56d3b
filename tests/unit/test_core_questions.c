/* Questions about what waits for a person: many about one sender are few mails, and each answer says which. */
#include "gather_town.h"

/* A mail from somebody that belongs to no case. */
static void
comes(struct town *town, const char *from, int no)
{
	struct message *mail = notice_about(town, "", NULL, no);
	struct arrival arrival = { .pack = town->room.core->engine.packs[0], .mailbox = town->room.mailbox.address,
	    .trust = "none", .spool_name = "", .received = core_now(town->room.core), .message = mail };
	struct arrived *arrived;
	struct err err = { ERR_NONE, "" };

	mail->notice = NOTICE_NONE;
	mail->from.address = from;
	mail->subject = mail->subject_peeled = "a question";
	mail->new_text = "Where do I find the new form?";
	well(store_begin(town->room.core->store, &err), &err);
	well(engine_mail(&town->room.core->engine, town->room.arena, &arrival, core_now(town->room.core), &arrived, &err), &err);
	well(store_commit(town->room.core->store, &err), &err);
	assert_true(arrived->needs_person);
}

static size_t
in_state(struct town *town, enum outbox_state state, struct outbox_row **rows_r)
{
	struct outbox_row *found;
	size_t count, n = 0;
	struct err err = { ERR_NONE, "" };

	well(store_outbox_in_state(town->room.core->store, town->room.arena, state, &found, &count, &err), &err);
	for (size_t i = 0; i < count; i++)
		if (strcmp(found[i].act, "triage") == 0)
			found[n++] = found[i];
	if (rows_r != NULL)
		*rows_r = found;
	return n;
}

/* The mail as it goes out, without the soft ends of its lines. */
static const char *
frozen_text(struct town *town, const struct outbox_row *row)
{
	char *text = arena_alloc(town->room.arena, 1 << 18), *out = text;
	int fd = openat(town->room.core->spool.out, row->spool_name, O_RDONLY);
	ssize_t len;

	assert_int_not_equal(fd, -1);
	len = read(fd, text, (1 << 18) - 1);
	close(fd);
	assert_true(len > 0);
	text[len] = '\0';
	for (const char *in = text; *in != '\0'; in++)
		if (strncmp(in, "=\r\n", 3) == 0)
			in += 2;
		else
			*out++ = *in;
	*out = '\0';
	return text;
}

static const char *
code_of(struct town *town, const struct outbox_row *part)
{
	assert_int_equal(strcspn(part->message_id, "."), 8);
	return arena_strndup(town->room.arena, part->message_id, 8);
}

static void
says(struct town *town, const char *from, const char *subject, const char *in_reply_to, int no)
{
	struct message *mail = notice_about(town, "", NULL, no);
	struct arrival arrival = { .pack = town->room.core->engine.packs[0], .mailbox = town->room.mailbox.address,
	    .trust = "none", .spool_name = "", .received = core_now(town->room.core), .message = mail };
	struct arrived *arrived;
	struct err err = { ERR_NONE, "" };

	mail->notice = NOTICE_NONE;
	mail->from.address = from;
	mail->subject = mail->subject_peeled = subject;
	mail->in_reply_to = in_reply_to;
	mail->new_text = "NOT A CASE";
	well(store_begin(town->room.core->store, &err), &err);
	well(engine_mail(&town->room.core->engine, town->room.arena, &arrival, core_now(town->room.core), &arrived, &err), &err);
	well(store_commit(town->room.core->store, &err), &err);
	assert_true(arrived->decision != NULL && arrived->decision->is_answer);
}

static size_t
still_open(struct town *town)
{
	struct triage_row *open;
	struct err err = { ERR_NONE, "" };
	size_t count;

	well(store_triages(town->room.core->store, town->room.arena, true, &open, &count, &err), &err);
	return count;
}

/* Each by its own code; a reply that does not say which settles none, and its sender is told. */
static void
answers_say_which(struct town *town, const struct outbox_row *joined, const struct outbox_row *parts, size_t count)
{
	const char *owner = joined->recipients[0].address, *text = frozen_text(town, joined);
	size_t before = still_open(town);
	struct triage_row *row;
	const char *sole;
	struct err err = { ERR_NONE, "" };
	int64_t id;
	char hash[65];

	for (size_t i = 0; i < count; i++)
		if (strstr(text, code_of(town, &parts[i])) == NULL)
			fail_msg("part %zu has no code in the mail", i);
	says(town, owner, "Re: matters", joined->message_id, 300);
	assert_int_equal(still_open(town), before);
	says(town, owner, arena_printf(town->room.arena, "[code %s]", code_of(town, &parts[3])), "", 301);
	assert_int_equal(still_open(town), before - 1);
	sha256_hex(code_of(town, &parts[3]), 8, hash);
	well(store_triage_code_find(town->room.core->store, town->room.arena, hash, &id, &sole, &err), &err);
	well(store_triage(town->room.core->store, town->room.arena, id, &row, &err), &err);
	assert_string_equal(row->state, "done");
	assert_string_equal(row->answer, "NOT A CASE");
}

static void
test_many_questions_about_one_sender_are_few_mails(void **state)
{
	struct town town = { .mails = { 0 } };
	struct outbox_row *rows_left, *parts;
	struct triage_row *waiting;
	struct store_waiting when;
	struct err err = { ERR_NONE, "" };
	size_t count;
	bool settled;

	(void)state;
	room_furnish(&town.room);
	town.room.without_sender = true;
	room_open_with_people(&town.room);
	for (int i = 0; i < 10; i++) {
		comes(&town, "newsletter@elsewhere.example", 100 + i);
		passes(&town, 60);
		gather(&town);
	}
	comes(&town, "somebody@elsewhere.example", 200);
	gather(&town);
	assert_int_equal(in_state(&town, OUTBOX_QUEUED, NULL), 4);
	assert_int_equal(in_state(&town, OUTBOX_GATHERED, &rows_left), 7);
	/* Nothing is forgotten: each stands in triage, and core knows when to go on. */
	well(store_triages(town.room.core->store, town.room.arena, true, &waiting, &count, &err), &err);
	assert_int_equal(count, 11);
	for (size_t i = 0; i < count; i++)
		assert_true(waiting[i].asked.n > 0 && waiting[i].due != INSTANT_NONE);
	well(store_waiting(town.room.core->store, &when, &err), &err);
	assert_true(when.next_due == rows_left[0].next_try && when.next_due > core_now(town.room.core) &&
	    when.next_due <= core_now(town.room.core) + 3600);
	/* One is settled by command meanwhile. */
	well(store_begin(town.room.core->store, &err), &err);
	well(store_triage_done(town.room.core->store, waiting[9].id, &err), &err);
	well(store_commit(town.room.core->store, &err), &err);
	case_clock_set(&town.room.core->clock, when.next_due);
	gather(&town);
	assert_int_equal(in_state(&town, OUTBOX_GATHERED, NULL), 0);
	/* Nobody was asked about that one: it is said so, and its text does not stay. */
	assert_int_equal(in_state(&town, OUTBOX_DROPPED, &rows_left), 1);
	assert_int_equal(journalled(&town, rows_left[0].case_id, "called off", rows_left[0].id), 1);
	assert_false(file_exists(town.room.core->spool.out, rows_left[0].spool_name));
	count = in_state(&town, OUTBOX_QUEUED, &rows_left);
	assert_int_equal(count, 5);
	assert_string_equal(rows_left[4].template, "triage");
	well(store_outbox_parts(town.room.core->store, town.room.arena, rows_left[4].id, &parts, &count, &err), &err);
	assert_int_equal(count, 6);
	answers_say_which(&town, &rows_left[4], parts, count);
	/* One of its parts is settled while it waits for another try: the rest goes anew. */
	well(store_begin(town.room.core->store, &err), &err);
	well(store_triage_done(town.room.core->store, waiting[8].id, &err), &err);
	well(store_commit(town.room.core->store, &err), &err);
	well(store_gathered_is_settled(town.room.core->store, parts[5].id, &settled, &err), &err);
	assert_true(settled);
	room_leave(&town.room);
}

/* The ladder of each falls due at one moment: one mail of all. */
static void
test_reminders_of_what_waits_are_one_mail(void **state)
{
	struct town town = { .mails = { 0 } };
	struct outbox_row *sent, *remind;
	struct err err = { ERR_NONE, "" };
	size_t count, joined = 0, parts = 0;
	bool more;

	(void)state;
	room_furnish(&town.room);
	town.room.without_sender = true;
	room_open_with_people(&town.room);
	for (int i = 0; i < 6; i++)
		comes(&town, arena_printf(town.room.arena, "stranger%d@elsewhere.example", i), 100 + i);
	gather(&town);
	/* All of one moment: one mail, and each of them is a part of it. */
	assert_int_equal(in_state(&town, OUTBOX_QUEUED, &sent), 1);
	well(store_outbox_parts(town.room.core->store, town.room.arena, sent[0].id, &remind, &count, &err), &err);
	assert_int_equal(count, 6);
	for (int day = 0; day < 14 && joined == 0; day++) {
		passes(&town, 86400);
		more = true;
		while (more) {
			more = false;
			well(timers_run(town.room.core, &more, &err), &err);
		}
		count = in_state(&town, OUTBOX_QUEUED, &remind);
		for (size_t i = 0; i < count; i++)
			if (remind[i].id != sent[0].id) {
				struct outbox_row *of;

				well(store_outbox_parts(town.room.core->store, town.room.arena, remind[i].id, &of, &parts, &err), &err);
				joined++;
			}
	}
	assert_int_equal(joined, 1);
	assert_int_equal(parts, 6);
	room_leave(&town.room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_questions_about_one_sender_are_few_mails),
		cmocka_unit_test(test_reminders_of_what_waits_are_one_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
