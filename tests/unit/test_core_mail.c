/* Core's way of many mails: one transaction for what is announced, turns between mailboxes, one batch for what is read. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core_room.h"

#include "base/step.h"

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

/* The parser says that the first mail it has of this mailbox cannot be read. */
static void
answer_first(struct room *room, size_t mailbox)
{
	struct err err = { ERR_NONE, "" };
	struct work *work = room->core->mailboxes[mailbox].work;
	struct frame frame;

	while (work != NULL && work->state != WORK_PARSING)
		work = work->next;
	assert_non_null(work);
	frame_init(&frame, WIRE_PARSED, work->ticket);
	put_u32(&frame, PARSE_FAILED);
	put_str(&frame, "a mail that cannot be read");
	put_bytes(&frame, "", 0);
	well(core_frame(room->core, "parse", &frame, &err), &err);
	frame_free(&frame);
}

static void
test_many_mails(void **state)
{
	static const char *packs[] = { "birmingham", "leicester" };
	struct mailbox_config mailboxes[2];
	struct room room;
	struct err err = { ERR_NONE, "" };
	int syncs = 0;
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_mails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
