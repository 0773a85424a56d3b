/* Core's way of many mails: one transaction for what is announced, turns between mailboxes, one batch for what is read. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "core_room.h"
#include "fails_once.h"

#include "base/step.h"
#include "mail/record.h"

#define MANY	40

static int
count_syncs(void *ctx, const char *name)
{
	*(int *)ctx += strcmp(name, "store.sync") == 0;
	return 0;
}

static void
announce(struct room *room, const char *mailbox, uint32_t uid)
{
	const char *name = arena_printf(room->arena, "%s.7.%u", mailbox, uid);
	struct err err = { ERR_NONE, "" };
	struct frame frame;
	int fd = openat(room->core->spool.new, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd != -1 && write(fd, "mail", 4) == 4 && close(fd) == 0);
	frame_init(&frame, WIRE_ENTERED, 0);
	put_str(&frame, name);
	put_u32(&frame, 7);
	put_u32(&frame, uid);
	put_u64(&frame, 4);
	put_i64(&frame, 1785000000);
	well(core_frame(room->core, arena_printf(room->arena, "fetch:%s", mailbox), &frame, &err), &err);
	frame_free(&frame);
}

static void
parser_says(struct room *room, const struct work *work, uint32_t outcome, const char *why, const void *record, size_t len)
{
	struct err err = { ERR_NONE, "" };
	struct frame frame;

	frame_init(&frame, WIRE_PARSED, work->ticket);
	put_u32(&frame, outcome);
	put_str(&frame, why);
	put_bytes(&frame, record, len);
	well(core_frame(room->core, "parse", &frame, &err), &err);
	frame_free(&frame);
}

/* The parser says that the first mail it has of this mailbox cannot be read. */
static void
answer_first(struct room *room, size_t mailbox)
{
	struct work *work = room->core->mailboxes[mailbox].work;

	while (work != NULL && work->state != WORK_PARSING)
		work = work->next;
	assert_non_null(work);
	parser_says(room, work, PARSE_FAILED, "a mail that cannot be read", "", 0);
}

/* "advice", and "das" of another authority. */
static void
open_with_two(struct room *room, struct mailbox_config mailboxes[2])
{
	static const char *packs[] = { "birmingham", "leicester" };

	room_furnish(room);
	mailboxes[0] = mailboxes[1] = room->mailbox;
	mailboxes[1].name = "das";
	mailboxes[1].address = "das@leicester.example";
	room->config.packs = (struct strs){ packs, 2 };
	room->config.mailboxes = mailboxes;
	room->config.mailbox_count = 2;
	room_open_with_people(room);
}

static void
test_many_mails(void **state)
{
	struct mailbox_config mailboxes[2];
	struct room room;
	struct err err = { ERR_NONE, "" };
	int syncs = 0;
	bool more;

	(void)state;
	open_with_two(&room, mailboxes);
	for (uint32_t uid = 1; uid <= MANY; uid++)
		announce(&room, "advice", uid);
	announce(&room, "das", 1);
	assert_int_equal(room.core->untaken, MANY + 1);

	step_set(count_syncs, &syncs);
	well(mail_take_in(room.core, &err), &err);
	step_set(NULL, NULL);
	assert_in_range(syncs, 1, 4);		/* and not one for each */
	assert_int_equal(room.core->untaken, 0);
	assert_int_equal(room.core->work_count, MANY + 1);

	/* One that catches up leaves room for the other. */
	well(core_attach(room.core, "parse", &err), &err);
	mail_ask_parser(room.core);
	assert_int_equal(room.core->mailboxes[0].parsing, PARSING_EACH);
	assert_int_equal(room.core->mailboxes[1].parsing, 1);

	/* What is read waits a moment for others; not when the parser has none. */
	assert_int_equal(mail_wait_ms(room.core), -1);
	answer_first(&room, 1);
	assert_in_range(mail_wait_ms(room.core), 0, COMPANY_MS);
	room.core->parsed_since_ms -= COMPANY_MS;
	assert_int_equal(mail_wait_ms(room.core), 0);
	well(core_turn(room.core, &more, &err), &err);
	assert_null(room.core->mailboxes[1].work);	/* decided, though the other's forty came first */
	assert_int_equal(room.core->work_count, MANY);

	/* They are read in any order, and decided in the order of arrival. */
	while (room.core->work_count > 0) {
		while (room.core->parsing > 0)
			answer_first(&room, 0);
		assert_int_equal(mail_wait_ms(room.core), 0);
		well(core_turn(room.core, &more, &err), &err);
	}
	assert_int_equal(room.core->parsed, 0);
	assert_int_equal(room.core->untaken, 0);
	room_leave(&room);
}

/* Of a mailbox that catches up, so much is done in between that the mail of another waits for a moment only. */
static void
test_a_mail_beside_a_catch_up(void **state)
{
	struct mailbox_config mailboxes[2];
	struct room room;
	struct err err = { ERR_NONE, "" };
	bool more;

	(void)state;
	open_with_two(&room, mailboxes);
	for (uint32_t uid = 1; uid <= 600; uid++)
		announce(&room, "advice", uid);
	announce(&room, "das", 1);
	well(mail_take_in(room.core, &err), &err);
	assert_int_equal(room.core->untaken, 101);
	assert_int_not_equal(room.core->mailboxes[1].work->state, WORK_UNTAKEN);

	well(core_attach(room.core, "parse", &err), &err);
	while (room.core->mailboxes[0].work != NULL && room.core->parsed < PARSING_EACH * 2) {
		mail_ask_parser(room.core);
		while (room.core->mailboxes[0].parsing > 0)
			answer_first(&room, 0);
	}
	assert_int_equal(room.core->mailboxes[1].work->state, WORK_PARSING);
	room.core->parsed_since_ms -= COMPANY_MS;
	well(mail_decide(room.core, &more, &err), &err);
	assert_int_equal(room.core->work_count, 601 - BATCH_FEW);
	answer_first(&room, 1);
	well(mail_decide(room.core, &more, &err), &err);
	assert_null(room.core->mailboxes[1].work);
	assert_int_equal(room.core->work_count, 601 - 2 * BATCH_FEW);

	/* Nor does the mail that comes of it, on its way out; and alone, the other has all of a batch. */
	room.core->sending.flowing = true;
	well(mail_decide(room.core, &more, &err), &err);
	assert_int_equal(room.core->work_count, 601 - 3 * BATCH_FEW);
	well(send_next(room.core, &err), &err);
	well(mail_decide(room.core, &more, &err), &err);
	assert_int_equal(room.core->work_count, 601 - 2 * PARSING_EACH - 1);
	room_leave(&room);
}

static void
say_state(struct room *room)
{
	struct err err = { ERR_NONE, "" };
	struct frame frame;

	frame_init(&frame, WIRE_STATE, 0);
	put_u32(&frame, 7);
	put_u32(&frame, 2000);
	put_u32(&frame, 1500);
	put_u32(&frame, 1500);
	well(core_frame(room->core, "fetch:advice", &frame, &err), &err);
	frame_free(&frame);
}

/* A turn takes so many; the rest waits for no event, and what fetch says next finds all of it taken. */
static void
test_more_than_a_turn_takes(void **state)
{
	struct room room;
	struct err err = { ERR_NONE, "" };
	bool more;

	(void)state;
	room_furnish(&room);
	room_open_with_people(&room);
	for (uint32_t uid = 1; uid <= 501; uid++)
		announce(&room, "advice", uid);
	well(core_turn(room.core, &more, &err), &err);
	assert_int_equal(room.core->untaken, 1);
	assert_int_equal(core_wait_ms(room.core), 0);
	room.core->retry_at_ms = clock_real_ms() + RETRY_WAIT_MS;	/* but not while the disk waits */
	assert_in_range(core_wait_ms(room.core), 1, RETRY_WAIT_MS);
	room.core->retry_at_ms = 0;
	well(core_turn(room.core, &more, &err), &err);
	assert_int_equal(room.core->untaken, 0);

	for (uint32_t uid = 502; uid <= 1003; uid++)
		announce(&room, "advice", uid);
	say_state(&room);
	assert_int_equal(room.core->untaken, 0);
	assert_int_equal(room.core->work_count, 1003);
	room_leave(&room);
}

static int
disk_renames_nothing(void *ctx, const char *name)
{
	const bool *fails = ctx;

	return *fails && strcmp(name, "file.rename") == 0 ? EIO : 0;
}

/* What was read while the disk did not let another be put away waits for no event either. */
static void
test_others_go_on_after_a_failing_disk(void **state)
{
	struct room room;
	struct err err = { ERR_NONE, "" };
	bool fails = true, more;

	(void)state;
	room_furnish(&room);
	room_open_with_people(&room);
	announce(&room, "advice", 1);
	announce(&room, "advice", 2);
	well(core_attach(room.core, "parse", &err), &err);
	well(core_turn(room.core, &more, &err), &err);
	answer_first(&room, 0);
	room.core->parsed_since_ms -= COMPANY_MS;
	step_set(disk_renames_nothing, &fails);
	well(core_turn(room.core, &more, &err), &err);
	assert_int_equal(room.core->work_count, 2);	/* decided, and not put away */
	answer_first(&room, 0);
	assert_in_range(core_wait_ms(room.core), 1, RETRY_WAIT_MS);
	fails = false;
	room.core->retry_at_ms = 0;
	assert_int_equal(core_wait_ms(room.core), 0);
	well(mail_decide(room.core, &more, &err), &err);
	assert_int_equal(room.core->work_count, 1);
	assert_true(more);
	assert_int_equal(core_wait_ms(room.core), 0);
	well(core_turn(room.core, &more, &err), &err);
	step_set(NULL, NULL);
	assert_int_equal(room.core->work_count, 0);
	room_leave(&room);
}

/* The parser is done with this one, and what it says of it is large. */
static void
answer_largely(struct room *room, struct work *work)
{
	static const char record[1 << 20];

	parser_says(room, work, PARSE_OK, "", record, sizeof(record));
}

/* One that takes the parser long: what is read behind it does not fill the memory, and holds up no other mailbox. */
static void
test_a_slow_mail_fills_no_memory(void **state)
{
	static const char *packs[] = { "birmingham", "leicester" };
	struct mailbox_config mailboxes[2];
	struct room room;
	struct err err = { ERR_NONE, "" };
	struct work *work;
	bool more;

	(void)state;
	room_furnish(&room);
	mailboxes[0] = mailboxes[1] = room.mailbox;
	mailboxes[1].name = "das";
	mailboxes[1].address = "das@leicester.example";
	room.config.packs = (struct strs){ packs, 2 };
	room.config.mailboxes = mailboxes;
	room.config.mailbox_count = 2;
	room_open_with_people(&room);
	for (uint32_t uid = 1; uid <= 100; uid++)
		announce(&room, "advice", uid);
	well(core_attach(room.core, "parse", &err), &err);
	do {
		well(core_turn(room.core, &more, &err), &err);
		for (work = room.core->mailboxes[0].work->next; work != NULL && work->state != WORK_PARSING; work = work->next)
			;
		if (work != NULL)
			answer_largely(&room, work);
	} while (work != NULL);
	assert_in_range(room.core->parsed, 32, 32 + PARSING_EACH);
	assert_int_equal(room.core->work_count, 100);
	announce(&room, "das", 1);
	well(core_turn(room.core, &more, &err), &err);
	assert_int_equal(room.core->mailboxes[1].parsing, 1);

	answer_first(&room, 1);
	while (room.core->work_count > 0) {
		while (room.core->parsing > 0)
			answer_first(&room, 0);
		well(core_turn(room.core, &more, &err), &err);
	}
	assert_int_equal(room.core->parsed, 0);
	assert_int_equal(room.core->parsed_bytes, 0);
	room_leave(&room);
}

static int
count_in(const char *folder)
{
	DIR *dir = opendir(folder);
	int count = 0;

	assert_non_null(dir);
	for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

/* What is frozen together stays open until it is durable, but for what is too many; and is let go with what is undone. */
static void
test_frozen_together(void **state)
{
	static const char *to[] = { "someone" TRUST };
	struct room room;
	struct outgoing mail = { .to = { to, 1 } };
	struct err err = { ERR_NONE, "" };
	int before;

	(void)state;
	room_furnish(&room);
	room_open_with_people(&room);
	well(core_begin(room.core, &err), &err);
	room.core->frozen_together = true;
	before = count_in("/proc/self/fd");
	for (size_t i = 0; i < FROZEN_OPEN + 5; i++) {
		struct letter letter = { .pack = room.core->mailboxes[0].pack, .mail = &mail, .case_name = "", .from = ADDRESS,
		    .subject = "Please write", .body = "Please.", .footer = "",
		    .message_id = "one@x", .in_reply_to = "", .code = "" };
		struct outbox_row row = { 0 };

		well(room.core->engine.desk.freeze(room.core, &letter, core_now(room.core), &row, &err), &err);
	}
	assert_int_equal(count_in("/proc/self/fd"), before + FROZEN_OPEN);
	freeze_undo(room.core, FROZEN_OPEN - 2);
	assert_int_equal(count_in("/proc/self/fd"), before + FROZEN_OPEN - 2);
	well(core_commit(room.core, &err), &err);
	room.core->frozen_together = false;
	assert_int_equal(count_in("/proc/self/fd"), before);
	assert_int_equal(count_in(arena_printf(room.arena, "%s/out", room.config.spool)), FROZEN_OPEN - 2);
	assert_int_equal(count_in(arena_printf(room.arena, "%s/tmp", room.config.spool)), 0);
	room_leave(&room);
}

/* The parser is done with the first mail: one with a document, which it has written. */
static void
answer_with_document(struct room *room)
{
	struct work *work = room->core->mailboxes[0].work;
	struct document document = { .name = "advice.txt", .type = "text/plain", .content_id = "", .size = 4, .text = "", .unreadable = "" };
	struct message message = { .message_id = "one@x", .in_reply_to = "", .thread_root = "", .from = { "", "someone" TRUST },
	    .sender = { "", "" }, .subject = "papers", .subject_peeled = "papers", .marking = "", .date = 1785000000,
	    .received = 1785000000, .original_message_id = "", .back_on = DAY_NONE, .calendar_method = "", .calendar_answer = "",
	    .new_text = "", .forwarded_text = "", .quoted_text = "", .forwarded_from = { "", "" }, .documents = &document,
	    .document_count = 1 };
	struct buf record = BUF_INIT;
	int fd = openat(room->core->spool.docs, work->name, O_WRONLY | O_TRUNC);

	assert_int_equal(work->state, WORK_PARSING);
	assert_true(fd != -1 && write(fd, "text", 4) == 4 && close(fd) == 0);
	sha256_hex("text", 4, document.sha256);
	snprintf(message.fingerprint, sizeof(message.fingerprint), "%064d", 1);
	record_encode(&message, &record);
	parser_says(room, work, PARSE_OK, "", record.data, record.len);
	buf_free(&record);
}

static const struct failing_step failing[] = {
	{ "the document's bytes cannot be brought to the disk", "file.fsync", EIO },
	{ "no room for them", "file.fsync", ENOSPC },
	{ "its name cannot be", "file.dirsync", EIO },
	{ "the transaction cannot be", "store.sync", EIO },
};

/* A disk says once that it could not write, and may have thrown away what it could not: the document is written anew. */
static void
test_a_document_that_could_not_be_brought_to_the_disk(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(failing) / sizeof(failing[0]); i++) {
		struct room room;
		struct err err = { ERR_NONE, "" };
		const struct failing_step *at = &failing[i];
		bool more;

		room_furnish(&room);
		room_open_with_people(&room);
		announce(&room, "advice", 1);
		well(core_attach(room.core, "parse", &err), &err);
		well(core_turn(room.core, &more, &err), &err);
		answer_with_document(&room);
		room.core->parsed_since_ms -= COMPANY_MS;
		step_set(fails_once, &at);
		well(mail_decide(room.core, &more, &err), &err);
		step_set(NULL, NULL);
		if (at != NULL || room.core->work_count != 1)
			fail_msg("%s: it did not fail", failing[i].name);
		if (room.core->mailboxes[0].work->state != WORK_PARSED)
			fail_msg("%s: written anew, while the transaction that failed may be there after a crash", failing[i].name);
		room.core->retry_at_ms = 0;
		room.core->parsed_since_ms -= COMPANY_MS;
		well(core_turn(room.core, &more, &err), &err);
		if (room.core->mailboxes[0].work->state != WORK_PARSING || room.core->parsed != 0 || room.core->parsed_bytes != 0)
			fail_msg("%s: it is believed all the same", failing[i].name);
		answer_with_document(&room);
		room.core->parsed_since_ms -= COMPANY_MS;
		well(core_turn(room.core, &more, &err), &err);
		assert_int_equal(room.core->work_count, 0);
		assert_int_equal(room.core->parsed, 0);
		room_leave(&room);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_mails),
		cmocka_unit_test(test_a_mail_beside_a_catch_up),
		cmocka_unit_test(test_more_than_a_turn_takes),
		cmocka_unit_test(test_others_go_on_after_a_failing_disk),
		cmocka_unit_test(test_a_slow_mail_fills_no_memory),
		cmocka_unit_test(test_frozen_together),
		cmocka_unit_test(test_a_document_that_could_not_be_brought_to_the_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
