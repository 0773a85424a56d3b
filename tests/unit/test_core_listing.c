/*
 * Mails that are shown to core before they are taken, in core as an object: no
 * process, no server.  Each row is a mail in a folder that was made anew,
 * against what was known of the folder before it.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "core_room.h"
#include "base/step.h"
#include "spool/enter.h"

#define COUNT(v)	(sizeof(v) / sizeof((v)[0]))
#define LOOKED		INT64_C(1790000000)	/* the last look at the old folder */
#define BASELINE_AT	INT64_C(1780000000)	/* our first look */
#define OLD		7			/* its number */
#define NEW		8

struct heard {
	struct frame	 resume, wanted;	/* the last of each */
};

/* What is known under the old number. */
static const struct known {
	uint32_t	 uid;
	enum sighting_state state;
	int64_t		 message;	/* as if it had been read */
	const char	*id;
	uint64_t	 size;
	instant		 date;
	const char	*file;		/* its bytes, in the archive; NULL: none */
} known[] = {
	{ 1, SIGHTING_BEFORE, 0, "<before@x>", 100, 1700000000, NULL },
	{ 2, SIGHTING_BEFORE, 0, NULL, 150, 1700000001, NULL },
	{ 3, SIGHTING_SETTLED, 1, "<done@x>", 200, 1785000000, "done" },
	{ 4, SIGHTING_DONE, 2, "<waits@x>", 300, 1785000001, NULL },
	{ 5, SIGHTING_GONE, 0, NULL, 400, 1785000002, NULL },
	{ 6, SIGHTING_QUARANTINED, 0, NULL, 5, 1785000003, "badly" },
	{ 7, SIGHTING_SETTLED, 3, "<same@x>", 500, 1785000004, NULL },
	{ 8, SIGHTING_DONE, 4, "<same@x>", 500, 1785000004, NULL },
	{ 9, SIGHTING_DONE, 5, "<undated@x>", 600, INSTANT_NONE, NULL },
};

static const struct shown_row {
	const char	*name, *id;
	uint64_t	 size;
	instant		 date;
	bool		 wanted;
	uint32_t	 was;		/* the UID of the row that is now this mail's; 0: none */
	bool		 settles;	/* something is to happen to it on the server */
} rows[] = {
	{ "all three agree", "<done@x>", 200, 1785000000, false, 3, true },
	{ "its settling still waited", "<waits@x>", 300, 1785000001, false, 4, true },
	{ "the server counts its size otherwise", "<done@x>", 201, 1785000000, false, 3, true },
	{ "the same id and size on another day is read to know", "<done@x>", 200, 1789000000, true, 0, false },
	{ "the same id alone is read to know", "<done@x>", 299, 1789000000, true, 0, false },
	{ "the same size and moment under another id is another mail", "<new@x>", 200, 1785000000, true, 0, false },
	{ "of two that are alike, the one that was not moved away", "<same@x>", 500, 1785000004, false, 8, true },
	{ "before us", "<before@x>", 100, 1700000000, false, 1, false },
	{ "before us, put back with the day of the migration", "<before@x>", 100, LOOKED + 5, false, 1, false },
	{ "before us, without an id", "", 150, 1700000001, false, 2, false },
	{ "never seen, and older than our first look", "<older@x>", 77, BASELINE_AT - 5, false, 0, false },
	{ "noted as gone before it was read: it is read now", "", 400, 1785000002, true, 0, false },
	{ "without an id, size and moment are a doubt", "", 5, 1785000003, true, 0, false },
	{ "taken by us, and its moment is not known", "<undated@x>", 600, BASELINE_AT - 5, false, 9, true },
	{ "of that id, older than our first look: we may have taken it", "<done@x>", 299, BASELINE_AT - 5, true, 0, false },
	{ "another of that id", "<undated@x>", 601, 1785000005, true, 0, false },
	{ "the server says no moment: that is not before us", "<new@x>", 1, INSTANT_NONE, true, 0, false },
	{ "nobody knows it", "<new@x>", 1, LOOKED + 10, true, 0, false },
};

static void
keep_frame(struct frame *kept, const struct frame *frame)
{
	frame_free(kept);
	frame_init(kept, frame->type, frame->id);
	buf_add(&kept->body, frame->body.data, frame->body.len);
}

static void
to_peer(void *ctx, const char *peer, const struct frame *frame)
{
	struct room *room = ctx;

	if (strcmp(peer, "fetch:advice") == 0 && frame->type == WIRE_RESUME)
		keep_frame(&room->heard->resume, frame);
	else if (strcmp(peer, "fetch:advice") == 0 && frame->type == WIRE_WANTED)
		keep_frame(&room->heard->wanted, frame);
}

static void
file_put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd != -1 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0);
}

static void
known_put(struct room *room)
{
	struct core *core = room->core;
	struct err err = { ERR_NONE, "" };

	for (size_t i = 0; i < COUNT(known); i++) {
		const char *file = known[i].file == NULL ? "" : arena_printf(room->arena, "advice.%u.%u", OLD, known[i].uid);
		struct sighting_row row = { .mailbox = core->mailboxes[0].row.id, .uidvalidity = OLD, .uid = known[i].uid,
		    .state = known[i].state, .message = known[i].message, .spool_name = file, .received = known[i].date, .why = "",
		    .size = known[i].size, .message_id = known[i].id };
		struct settle_row settle = { .mailbox = row.mailbox, .uidvalidity = OLD, .uid = row.uid, .folder = "Processed",
		    .state = known[i].state == SIGHTING_DONE ? SETTLE_WAITING : SETTLE_DONE };
		bool was_known;

		well(store_sighting_add(core->store, &row, &was_known, &err), &err);
		settle.sighting = row.id;
		if (row.message != 0 || row.state == SIGHTING_QUARANTINED)
			well(store_settle_add(core->store, &settle, &err), &err);
		if (known[i].file != NULL)
			file_put(known[i].state == SIGHTING_QUARANTINED ? core->spool.bad : core->spool.archive, file, known[i].file);
	}
}

static void
set_up(struct room *room)
{
	struct core_mailbox *mailbox;
	struct err err = { ERR_NONE, "" };

	room_furnish(room);
	room->without_sender = true;
	room->heard = arena_alloc(room->arena, sizeof(*room->heard));
	frame_init(&room->heard->resume, 0, 0);
	frame_init(&room->heard->wanted, 0, 0);
	room->start.from = INSTANT_NONE;
	room->start.out.send = to_peer;
	room_open(room);
	mailbox = &room->core->mailboxes[0];
	mailbox->row.uidvalidity = mailbox->row.server_uidvalidity = mailbox->baseline_uidvalidity = OLD;
	mailbox->row.baseline_uid = 2;
	mailbox->row.highest_uid = 20;
	mailbox->row.looked = LOOKED;
	mailbox->baseline_at = BASELINE_AT;
	well(store_begin(room->core->store, &err), &err);
	well(store_mailbox_put(room->core->store, &mailbox->row, &err), &err);
	known_put(room);
	well(store_commit(room->core->store, &err), &err);
	well(core_attach(room->core, "fetch:advice", &err), &err);
}

static void
tear_down(struct room *room)
{
	frame_free(&room->heard->resume);
	frame_free(&room->heard->wanted);
	room_leave(room);
}

static void
say(struct room *room, struct frame *frame)
{
	struct err err = { ERR_NONE, "" };

	frame->read = 0;
	well(core_frame(room->core, "fetch:advice", frame, &err), &err);
	frame_free(frame);
}

static void
say_anew(struct room *room, uint32_t uidvalidity, uint32_t highest)
{
	struct frame frame;

	frame_init(&frame, WIRE_ANEW, 0);
	put_u32(&frame, uidvalidity);
	put_u32(&frame, highest);
	say(room, &frame);
}

static void
say_shown(struct room *room, uint32_t number, uint32_t uid, const char *id, uint64_t size, instant date)
{
	struct frame frame;

	frame_init(&frame, WIRE_LISTING, 0);
	put_u32(&frame, number);
	put_u32(&frame, uid);
	put_u32(&frame, 0);
	put_u32(&frame, 1);
	put_u32(&frame, uid);
	put_u64(&frame, size);
	put_i64(&frame, date);
	put_str(&frame, id);
	say(room, &frame);
}

static uint32_t
wanted_count(struct room *room)
{
	assert_int_equal(room->heard->wanted.type, WIRE_WANTED);
	room->heard->wanted.read = 0;
	get_u32(&room->heard->wanted);
	get_u32(&room->heard->wanted);
	return get_u32(&room->heard->wanted);
}

static struct sighting_row *
row_at(struct room *room, uint32_t number, uint32_t uid)
{
	struct sighting_row *row;
	struct err err = { ERR_NONE, "" };

	well(store_sighting(room->core->store, room->arena, room->core->mailboxes[0].row.id, number, uid, &row, &err), &err);
	return row;
}

static bool
settles(struct room *room, uint32_t number, uint32_t uid)
{
	struct settle_row *found;
	struct err err = { ERR_NONE, "" };
	size_t count;

	well(store_settles(room->core->store, room->arena, room->core->mailboxes[0].row.id, SETTLE_WAITING, 100, &found, &count, &err), &err);
	for (size_t i = 0; i < count; i++)
		if (found[i].uidvalidity == number && found[i].uid == uid)
			return true;
	return false;
}

static int64_t
id_of_known(struct room *room, uint32_t uid)
{
	struct sighting_row *row = row_at(room, OLD, uid);

	return row == NULL ? 0 : row->id;
}

static void
test_each_mail_is_known_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct room room;
		struct sighting_row *row;
		int64_t was;
		bool right;

		set_up(&room);
		was = rows[i].was == 0 ? 0 : id_of_known(&room, rows[i].was);
		say_anew(&room, NEW, 100);
		say_shown(&room, NEW, 50, rows[i].id, rows[i].size, rows[i].date);
		row = row_at(&room, NEW, 50);
		right = (wanted_count(&room) == 1) == rows[i].wanted && (rows[i].wanted ? row == NULL : row != NULL) &&
		    (was == 0 || row->id == was) && settles(&room, NEW, 50) == rows[i].settles;
		if (!right)
			fail_msg("%s: wanted %u, row %lld (is to be %lld), settles %d", rows[i].name, wanted_count(&room),
			    row == NULL ? 0LL : (long long)row->id, (long long)was, settles(&room, NEW, 50));
		/* Shown once more, after a crash: nothing changes. */
		say_shown(&room, NEW, 50, rows[i].id, rows[i].size, rows[i].date);
		if ((wanted_count(&room) == 1) != rows[i].wanted)
			fail_msg("%s: another answer when it was shown again", rows[i].name);
		tear_down(&room);
	}
}

/* One row can become only one mail: of two that are exactly alike, one is new. */
static void
test_a_row_is_given_once(void **state)
{
	struct room room;

	(void)state;
	set_up(&room);
	say_anew(&room, NEW, 100);
	say_shown(&room, NEW, 50, "<done@x>", 200, 1785000000);
	assert_int_equal(wanted_count(&room), 0);
	say_shown(&room, NEW, 51, "<done@x>", 200, 1785000000);
	assert_int_equal(wanted_count(&room), 1);
	tear_down(&room);
}

static void
enter(struct room *room, uint32_t number, uint32_t uid, const char *text, instant date)
{
	const char *name = arena_printf(room->arena, "advice.%u.%u", number, uid);
	struct err err = { ERR_NONE, "" };
	struct frame frame;

	file_put(room->core->spool.new, name, text);
	frame_init(&frame, WIRE_ENTERED, 0);
	put_str(&frame, name);
	put_u32(&frame, number);
	put_u32(&frame, uid);
	put_u64(&frame, strlen(text));
	put_i64(&frame, date);
	say(room, &frame);
	well(mail_take_in(room->core, &err), &err);
}

/* Where size and date leave a doubt, the bytes decide. */
static void
test_the_bytes_decide(void **state)
{
	struct room room;
	int64_t was;

	(void)state;
	set_up(&room);
	was = id_of_known(&room, 6);
	say_anew(&room, NEW, 100);
	enter(&room, NEW, 50, "badly", 1789999990);
	assert_int_equal(row_at(&room, NEW, 50)->id, was);
	assert_false(file_exists(room.core->spool.new, "advice.8.50"));
	enter(&room, NEW, 51, "other", 1789999990);
	assert_int_equal(row_at(&room, NEW, 51)->state, SIGHTING_ENTERED);
	tear_down(&room);
}

static int
disk_full(void *ctx, const char *name)
{
	bool *full = ctx;

	return *full && strncmp(name, "store.", 6) == 0 ? ENOSPC : 0;
}

/* Announced while the disk is full, and taken when it is not: the bytes decide then. */
static void
test_the_bytes_decide_after_a_full_disk(void **state)
{
	struct room room;
	struct err err = { ERR_NONE, "" };
	bool full = true, more;
	int64_t was;

	(void)state;
	set_up(&room);
	was = id_of_known(&room, 6);
	say_anew(&room, NEW, 100);
	step_set(disk_full, &full);
	enter(&room, NEW, 50, "badly", 1789999990);
	assert_null(row_at(&room, NEW, 50));
	room.core->retry_at_ms = 0;
	well(mail_take_in(room.core, &err), &err);	/* still full */
	assert_int_equal(room.core->work_count, 1);
	full = false;
	room.core->retry_at_ms = 0;
	well(core_turn(room.core, &more, &err), &err);
	step_set(NULL, NULL);
	assert_int_equal(room.core->work_count, 0);
	assert_int_equal(row_at(&room, NEW, 50)->id, was);
	assert_false(file_exists(room.core->spool.new, "advice.8.50"));
	tear_down(&room);
}

/* From before us, and read because a person wants to see it: it waits for their word, whatever the disk did meanwhile. */
static void
test_mail_from_before_us_is_held_after_a_full_disk(void **state)
{
	struct room room;
	struct err err = { ERR_NONE, "" };
	bool full = true, more;

	(void)state;
	set_up(&room);
	room.core->mailboxes[0].adopt_from = 1600000000;
	step_set(disk_full, &full);
	enter(&room, OLD, 1, "older", 1700000000);
	assert_int_equal(row_at(&room, OLD, 1)->state, SIGHTING_BEFORE);
	full = false;
	room.core->retry_at_ms = 0;
	well(core_turn(room.core, &more, &err), &err);
	step_set(NULL, NULL);
	assert_int_equal(row_at(&room, OLD, 1)->state, SIGHTING_HELD);
	assert_string_equal(row_at(&room, OLD, 1)->spool_name, "advice.7.1");
	tear_down(&room);
}

static int
disk_keeps_files(void *ctx, const char *name)
{
	const bool *keeps = ctx;

	return *keeps && strcmp(name, "file.unlink") == 0 ? EIO : 0;
}

/*
 * Known by its bytes under another file, and the disk did not let its own go, or the daemon ended just before: it is
 * dropped later, and is no second mail.  Here one in quarantine, which must not be tried, and put away, once more.
 */
static void
test_what_is_known_is_dropped_later(void **state)
{
	static const struct { const char *name; bool ended; } ways[] = {
		{ "the disk takes it again", false }, { "the daemon begins again", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct room room;
		struct err err = { ERR_NONE, "" };
		bool keeps = true, more;
		int64_t was;

		set_up(&room);
		was = id_of_known(&room, 6);
		say_anew(&room, NEW, 100);
		step_set(disk_keeps_files, &keeps);
		enter(&room, NEW, 50, "badly", 1789999990);
		assert_int_equal(row_at(&room, NEW, 50)->id, was);
		assert_true(file_exists(room.core->spool.new, "advice.8.50"));
		keeps = false;
		room.core->retry_at_ms = 0;
		if (ways[i].ended) {
			mail_free(room.core);
			well(mail_recover(room.core, &err), &err);
		}
		well(core_turn(room.core, &more, &err), &err);
		step_set(NULL, NULL);
		if (room.core->work_count > 0 || file_exists(room.core->spool.new, "advice.8.50") ||
		    row_at(&room, NEW, 50)->id != was || row_at(&room, NEW, 50)->state != SIGHTING_QUARANTINED ||
		    strcmp(row_at(&room, NEW, 50)->spool_name, "advice.7.6") != 0)
			fail_msg("%s: it is taken for another mail", ways[i].name);
		tear_down(&room);
	}
}

/* Durable in the spool, and the daemon ended before it was announced: its row is as whole as if it had been. */
static void
test_what_lies_in_the_spool_is_known(void **state)
{
	static const instant date = BASELINE_AT - 5;	/* by this alone it would be "before us" */
	struct room room;
	struct enter entering;
	struct err err = { ERR_NONE, "" };
	struct sighting_row *row;
	int64_t was;

	(void)state;
	set_up(&room);
	well(enter_init(&entering, room.core->spool.tmp, room.core->spool.new, "advice", &err), &err);
	well(enter_begin(&entering, &err), &err);
	well(enter_write(&entering, "taken", 5, &err), &err);
	well(enter_place(&entering, "advice.7.15", date, &err), &err);
	well(enter_sync(&entering, &err), &err);
	well(mail_recover(room.core, &err), &err);
	row = row_at(&room, OLD, 15);
	assert_non_null(row);
	assert_int_equal(row->size, 5);
	assert_int_equal(row->received, date);
	was = row->id;
	say_anew(&room, NEW, 100);
	say_shown(&room, NEW, 50, "<nobody-read-it-yet@x>", 5, date);
	/* Nobody has read its id yet, so its bytes decide. */
	assert_int_equal(wanted_count(&room), 1);
	enter(&room, NEW, 50, "taken", date);
	assert_int_equal(row_at(&room, NEW, 50)->id, was);
	tear_down(&room);
}

/* What nobody knows and is older than our last look came from elsewhere: a person is asked first. */
static void
test_old_strangers_are_held(void **state)
{
	static const struct { const char *name; instant date; uint32_t uid; enum sighting_state state; } strangers[] = {
		{ "long before", LOOKED - 30 * DAY_SECONDS, 50, SIGHTING_HELD },
		{ "just before: it may only show up now", LOOKED - 60, 51, SIGHTING_ENTERED },
		{ "since", LOOKED + 60, 52, SIGHTING_ENTERED },
		{ "old, but it came after the folder was made anew", LOOKED - 30 * DAY_SECONDS, 101, SIGHTING_ENTERED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(strangers); i++) {
		struct room room;

		set_up(&room);
		say_anew(&room, NEW, 100);
		enter(&room, NEW, strangers[i].uid, "a stranger", strangers[i].date);
		if (row_at(&room, NEW, strangers[i].uid)->state != strangers[i].state)
			fail_msg("%s: its state is %d", strangers[i].name, row_at(&room, NEW, strangers[i].uid)->state);
		tear_down(&room);
	}
}

/* The same UIDVALIDITY again, or one that stood for the folder before: a higher number, so that no UID and no file means two mails. */
static void
test_numbers_are_never_used_twice(void **state)
{
	static const struct { uint32_t said, number; } steps[] = { { NEW, NEW }, { OLD, NEW + 1 }, { NEW, NEW + 2 }, { 50, 50 } };
	struct room room;

	(void)state;
	set_up(&room);
	for (size_t i = 0; i < COUNT(steps); i++) {
		say_anew(&room, steps[i].said, 10);
		room.heard->resume.read = 0;
		assert_int_equal(get_u32(&room.heard->resume), steps[i].number);
		assert_int_equal(get_u32(&room.heard->resume), 0);
		assert_int_equal(get_u32(&room.heard->resume), steps[i].said);
		assert_int_equal(get_u32(&room.heard->resume), 10);
		say_shown(&room, steps[i].number, 3, "<before@x>", 100, 1700000000);	/* so that the number stands in a row */
	}
	tear_down(&room);
}

/* Under a number and UID that we know lies another mail: everything is compared anew. */
static void
test_another_mail_under_a_known_number(void **state)
{
	struct room room;

	(void)state;
	set_up(&room);
	room.core->mailboxes[0].row.asked_uid = 20;
	say_shown(&room, OLD, 3, "<other@x>", 999, 1789000000);
	room.heard->resume.read = 0;
	assert_int_not_equal(get_u32(&room.heard->resume), OLD);
	tear_down(&room);
}

static void
test_gone_before_it_was_read(void **state)
{
	struct room room;
	struct frame frame;

	(void)state;
	set_up(&room);
	frame_init(&frame, WIRE_GONE, 0);
	put_u32(&frame, OLD);
	put_u32(&frame, 30);
	put_u64(&frame, 10);
	put_i64(&frame, LOOKED);
	say(&room, &frame);
	assert_int_equal(row_at(&room, OLD, 30)->state, SIGHTING_GONE);
	tear_down(&room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_mail_is_known_again),
		cmocka_unit_test(test_a_row_is_given_once),
		cmocka_unit_test(test_the_bytes_decide),
		cmocka_unit_test(test_the_bytes_decide_after_a_full_disk),
		cmocka_unit_test(test_mail_from_before_us_is_held_after_a_full_disk),
		cmocka_unit_test(test_what_is_known_is_dropped_later),
		cmocka_unit_test(test_what_lies_in_the_spool_is_known),
		cmocka_unit_test(test_old_strangers_are_held),
		cmocka_unit_test(test_numbers_are_never_used_twice),
		cmocka_unit_test(test_another_mail_under_a_known_number),
		cmocka_unit_test(test_gone_before_it_was_read),
	};

	return cmocka_run_group_tests_name("core: mails that are shown first", tests, NULL, NULL);
}
