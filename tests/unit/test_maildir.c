/*
 * A maildir as a mailbox: what the fetch role says of it, frame by frame.  The
 * folder is changed between turns as other programs would do it.
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
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/step.h"
#include "ipc/wire.h"
#include "maildir/folder.h"
#include "maildir/uidlist.h"
#include "maildir/watch.h"
#include "spool/spool.h"

#include "fails_once.h"

#define NUMBER	7

struct room {
	char		 folder[64], box[80];
	struct arena	*arena;
	struct mailbox_config mailbox;
	struct spool	 spool;
	struct maildir	*maildir;
	struct buf	 said;		/* a line a frame */
	uint32_t	 validity;
};

static void
well(int rc, const struct err *err)
{
	if (rc == -1)
		fail_msg("%s", err->text);
}

/* A frame as a line, so that a test can say what it wants to hear. */
static void
hear(void *ctx, const struct frame *from)
{
	struct room *room = ctx;
	struct frame frame;
	uint32_t n;

	frame_init(&frame, from->type, from->id);
	buf_add(&frame.body, from->body.data, from->body.len);
	switch (frame.type) {
	case WIRE_ANEW:
		room->validity = get_u32(&frame);
		buf_printf(&room->said, "anew %u\n", get_u32(&frame));
		break;
	case WIRE_ENTERED:
		buf_printf(&room->said, "entered %s\n", get_str(&frame, room->arena));
		break;
	case WIRE_GONE:
	case WIRE_REFUSED:
		get_u32(&frame);
		buf_printf(&room->said, "%s %u\n", frame.type == WIRE_GONE ? "gone" : "refused", get_u32(&frame));
		break;
	case WIRE_STATE:
		for (int i = 0; i < 3; i++)
			get_u32(&frame);
		buf_printf(&room->said, "state %u\n", get_u32(&frame));
		break;
	case WIRE_SETTLED:
		get_u32(&frame);
		n = get_u32(&frame);
		for (uint32_t i = 0; i < n; i++) {
			uint32_t uid = get_u32(&frame);

			buf_printf(&room->said, "settled %u %u\n", uid, get_u32(&frame));
			get_u32(&frame);
		}
		break;
	case WIRE_LISTING:
		get_u32(&frame);
		n = get_u32(&frame);
		buf_printf(&room->said, "listing %s%u:", n == UINT32_MAX ? "all " : n == 0 ? "none " : "to ", n == UINT32_MAX ? 0 : n);
		get_u32(&frame);
		n = get_u32(&frame);
		for (uint32_t i = 0; i < n; i++) {
			buf_printf(&room->said, " %u", get_u32(&frame));
			get_u64(&frame);
			get_i64(&frame);
			buf_printf(&room->said, "%s", get_str(&frame, room->arena));
		}
		buf_add_char(&room->said, '\n');
		break;
	case WIRE_TROUBLE:
		buf_printf(&room->said, "trouble %u\n", get_u32(&frame));
		break;
	case WIRE_FOUND:
		buf_printf(&room->said, "found %u\n", get_u32(&frame));
		break;
	case WIRE_APPENDED:
		buf_add_str(&room->said, "appended\n");
		break;
	default:
		buf_printf(&room->said, "frame %u\n", frame.type);
	}
	frame_free(&frame);
}

/* Turn, and what is said must be this. */
static void
turn(struct room *room, const char *wanted)
{
	struct fetch_wait wait;

	maildir_turn(room->maildir, &wait);
	if (strcmp(buf_text(&room->said), wanted) != 0)
		fail_msg("said\n%swanted\n%s", buf_text(&room->said), wanted);
	buf_reset(&room->said);
}

static void
say(struct room *room, struct frame *frame)
{
	struct err err = { ERR_NONE, "" };

	well(maildir_handle(room->maildir, frame, &err), &err);
	frame_free(frame);
}

static void
say_resume(struct room *room, uint32_t number, uint32_t highest, uint32_t asked)
{
	struct frame frame;

	frame_init(&frame, WIRE_RESUME, 1);
	put_u32(&frame, number);
	put_u32(&frame, highest);
	put_u32(&frame, number == 0 ? 0 : room->validity);
	put_u32(&frame, asked);
	put_u32(&frame, 0);
	say(room, &frame);
}

static void
say_wanted(struct room *room, uint32_t last, uint32_t uid)
{
	struct frame frame;

	frame_init(&frame, WIRE_WANTED, 0);
	put_u32(&frame, NUMBER);
	put_u32(&frame, last);
	put_u32(&frame, uid != 0);
	if (uid != 0)
		put_u32(&frame, uid);
	say(room, &frame);
}

static void
say_poll(struct room *room)
{
	struct frame frame;

	frame_init(&frame, WIRE_POLL, 5);
	say(room, &frame);
}

static void
say_settle(struct room *room, const char *folder, uint32_t number, uint32_t uid)
{
	struct frame frame;

	frame_init(&frame, WIRE_SETTLE, 9);
	put_str(&frame, folder);
	put_str(&frame, "");
	put_u32(&frame, number);
	put_u32(&frame, 1);
	put_u32(&frame, uid);
	say(room, &frame);
}

static void
say_list(struct room *room, const char *folder)
{
	struct frame frame;

	frame_init(&frame, WIRE_LIST, 11);
	put_str(&frame, folder);
	say(room, &frame);
}

static void
deliver(struct room *room, const char *name, time_t at)
{
	const char *path = arena_printf(room->arena, "%s/%s", room->box, name);
	const struct timespec times[2] = { { at, 0 }, { at, 0 } };
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fprintf(file, "Subject: x\nMessage-ID:\n <%.1s>\n\nText.\n", strrchr(name, '/') + 1);
	fclose(file);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
move(struct room *room, const char *from, const char *to)
{
	assert_int_equal(rename(arena_printf(room->arena, "%s/%s", room->box, from), arena_printf(room->arena, "%s/%s", room->box, to)), 0);
}

static bool
is_there(struct room *room, const char *name)
{
	return access(arena_printf(room->arena, "%s/%s", room->box, name), F_OK) == 0;
}

static void
begin(struct room *room)
{
	struct fetch_start start = { .mailbox = &room->mailbox, .password = "", .tmp_fd = room->spool.tmp, .new_fd = room->spool.new,
	    .max_mail_bytes = 1000, .out = hear, .out_ctx = room };
	struct err err = { ERR_NONE, "" };

	maildir_free(&room->maildir);
	well(maildir_new(&start, &room->maildir, &err), &err);
}

static void
set_up(struct room *room)
{
	static const char *const parts[] = { "new", "cur", "tmp" };
	struct err err = { ERR_NONE, "" };

	memset(room, 0, sizeof(*room));
	room->arena = arena_new();
	strcpy(room->folder, "/tmp/test-maildir-XXXXXX");
	assert_non_null(mkdtemp(room->folder));
	snprintf(room->box, sizeof(room->box), "%s/box", room->folder);
	for (int i = 0; i < 3; i++)
		well(file_make_dir(arena_printf(room->arena, "%s/%s", room->box, parts[i]), 0700, &err), &err);
	well(spool_open(arena_printf(room->arena, "%s/spool", room->folder), &room->spool, &err), &err);
	room->mailbox = (struct mailbox_config){ .name = "advice", .maildir = room->box, .folder = "INBOX", .poll_s = 3600 };
	begin(room);
}

static void
tear_down(struct room *room)
{
	maildir_free(&room->maildir);
	spool_close(&room->spool);
	buf_free(&room->said);
	assert_int_equal(system(arena_printf(room->arena, "rm -rf '%s'", room->folder)), 0);
	arena_free(&room->arena);
}

/* A mailbox with two mails that were there before us, and whose folder core knows. */
static void
set_up_known(struct room *room)
{
	set_up(room);
	deliver(room, "cur/b:2,S", 2000);
	deliver(room, "new/a", 1000);
	say_resume(room, 0, 0, 0);
	turn(room, "anew 2\n");
	say_resume(room, NUMBER, 0, 2);
	turn(room, "listing to 2: 1<a> 2<b>\n");
	say_wanted(room, 2, 0);
	turn(room, "state 2\nstate 2\n");
}

static void
test_first_look(void **state)
{
	struct room room;

	(void)state;
	set_up_known(&room);
	deliver(&room, "new/c", 3000);
	turn(&room, "entered advice.7.3\nstate 3\n");	/* noticed by itself */
	assert_true(file_exists(room.spool.new, "advice.7.3"));
	tear_down(&room);
}

static const struct failing_step failing[] = {
	{ "its bytes cannot be brought to the disk", "file.fsync", EIO },
	{ "no room for them", "file.fsync", ENOSPC },
	{ "it cannot get its name", "spool.place", EIO },
	{ "the names cannot be brought to the disk", "spool.sync", EIO },
};

/* Core hears of a mail once it is durable, and not before. */
static void
test_nothing_is_announced_after_a_failed_sync(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(failing) / sizeof(failing[0]); i++) {
		struct fetch_wait wait;
		struct room room;
		const struct failing_step *at = &failing[i];

		set_up_known(&room);
		deliver(&room, "new/c", 3000);
		deliver(&room, "new/d", 4000);
		step_set(fails_once, &at);
		maildir_turn(room.maildir, &wait);
		step_set(NULL, NULL);
		if (at != NULL || strstr(buf_text(&room.said), "entered") != NULL)
			fail_msg("%s: said\n%s", failing[i].name, buf_text(&room.said));
		buf_reset(&room.said);
		begin(&room);			/* without waiting for its time to try again */
		say_resume(&room, NUMBER, 2, 0);
		maildir_turn(room.maildir, &wait);
		if (strstr(buf_text(&room.said), "entered advice.7.3\nentered advice.7.4\n") == NULL)
			fail_msg("%s: then said\n%s", failing[i].name, buf_text(&room.said));
		tear_down(&room);
	}
}

static void
test_wanted_of_those_before_us(void **state)
{
	struct room room;

	(void)state;
	set_up(&room);
	deliver(&room, "new/a", 1000);
	deliver(&room, "new/b", 2000);
	say_resume(&room, 0, 0, 0);
	turn(&room, "anew 2\n");
	say_resume(&room, NUMBER, 0, 2);
	turn(&room, "listing to 2: 1<a> 2<b>\n");
	turn(&room, "");			/* core's word is waited for */
	say_wanted(&room, 2, 2);
	turn(&room, "entered advice.7.2\nstate 2\nstate 2\n");
	tear_down(&room);
}

/* Flags, new to cur, a restart: a mail keeps its number; one that went and another that came have different ones. */
static void
test_numbers_stay(void **state)
{
	struct room room;

	(void)state;
	set_up_known(&room);
	move(&room, "new/a", "cur/a:2,S");
	move(&room, "cur/b:2,S", "cur/b:2,RS");
	say_list(&room, "");
	turn(&room, "state 2\nlisting all 0: 1<a> 2<b>\n");
	unlink(arena_printf(room.arena, "%s/cur/b:2,RS", room.box));
	begin(&room);
	say_resume(&room, NUMBER, 2, 0);
	deliver(&room, "new/c", 500);
	turn(&room, "entered advice.7.3\nstate 3\n");
	tear_down(&room);
}

static void
test_settling(void **state)
{
	struct room room;

	(void)state;
	set_up_known(&room);
	say_settle(&room, "Needs you", NUMBER, 1);
	turn(&room, "settled 1 0\n");
	assert_true(is_there(&room, ".Needs you/cur/a:2,"));
	say_settle(&room, "Needs you", NUMBER, 1);
	turn(&room, "settled 1 1\n");		/* gone from here: once is enough */
	say_settle(&room, "", NUMBER, 2);
	turn(&room, "settled 2 0\n");		/* it stays */
	assert_true(is_there(&room, "cur/b:2,S"));
	say_settle(&room, "Processed", NUMBER - 1, 2);
	say_list(&room, "Needs you");
	turn(&room, "settled 2 1\nlisting all 0: 1<a>\n");	/* that number means other mails */
	say_list(&room, "No such folder");
	turn(&room, "listing none 0:\n");
	tear_down(&room);
}

static void
test_refile_append_find(void **state)
{
	struct room room;
	struct frame frame;
	int fd;

	(void)state;
	set_up_known(&room);
	say_settle(&room, "Needs you", NUMBER, 1);
	turn(&room, "settled 1 0\n");
	for (int i = 0; i < 2; i++) {		/* cut off, and said again: it lies there already */
		frame_init(&frame, WIRE_REFILE, 9);
		put_str(&frame, "Processed");
		put_str(&frame, "Needs you");
		put_str(&frame, "a");
		put_u32(&frame, NUMBER);
		put_u32(&frame, 1);
		put_u64(&frame, 0);
		put_i64(&frame, 0);
		put_str(&frame, "");
		say(&room, &frame);
		turn(&room, "settled 1 0\n");
		assert_true(is_there(&room, ".Processed/cur/a:2,"));
	}
	fd = open(arena_printf(room.arena, "%s/.Processed/cur/a:2,", room.box), O_RDONLY);
	for (int i = 0; i < 2; i++) {
		frame_init(&frame, WIRE_APPEND, 9);
		put_str(&frame, "Sent");
		put_str(&frame, "\\Seen");
		put_str(&frame, "<a>");
		put_fd(&frame, fd);
		say(&room, &frame);
		turn(&room, "appended\n");
	}
	close(fd);
	say_list(&room, "Sent");
	turn(&room, "listing all 0: 1<a>\n");
	frame_init(&frame, WIRE_FIND, 9);
	put_str(&frame, "Sent");
	put_str(&frame, "<none>");
	say(&room, &frame);
	turn(&room, "found 0\n");
	tear_down(&room);
}

/* Two of one size in one second, without a message-id: the one whose bytes these are. */
static void
test_refile_by_bytes(void **state)
{
	struct room room;
	struct frame frame;
	char hex[65];

	(void)state;
	for (int other = 0; other < 2; other++) {
		const char *text = other ? "Subject: x\nMessage-ID:\n <z>\n\nText.\n" : "Subject: x\nMessage-ID:\n <d>\n\nText.\n";

		set_up_known(&room);
		say_settle(&room, "Needs you", NUMBER, 1);
		turn(&room, "settled 1 0\n");
		deliver(&room, ".Needs you/cur/c:2,", 4000);
		deliver(&room, ".Needs you/cur/d:2,", 4000);
		sha256_hex(text, strlen(text), hex);
		frame_init(&frame, WIRE_REFILE, 9);
		put_str(&frame, "Processed");
		put_str(&frame, "Needs you");
		put_str(&frame, "");
		put_u32(&frame, NUMBER);
		put_u32(&frame, 1);
		put_u64(&frame, strlen(text));
		put_i64(&frame, 4000);
		put_str(&frame, hex);
		say(&room, &frame);
		turn(&room, other ? "settled 1 1\n" : "settled 1 0\n");
		assert_true(is_there(&room, ".Needs you/cur/c:2,"));
		assert_int_equal(is_there(&room, ".Needs you/cur/d:2,"), other);
		tear_down(&room);
	}
}

/* The numbers were lost, or an older copy of them was put back: core is asked anew. */
static void
test_lost_numbers(void **state)
{
	struct room room;
	struct uidlist list;
	struct err err = { ERR_NONE, "" };
	int dir;

	(void)state;
	set_up_known(&room);
	unlink(arena_printf(room.arena, "%s/" UIDLIST_NAME, room.box));
	say_poll(&room);
	room.validity = 0;
	turn(&room, "anew 2\n");
	say_resume(&room, NUMBER, 40, 0);
	turn(&room, "anew 2\n");		/* a number went back */
	well(file_open_dir(room.box, &dir, &err), &err);
	well(file_replace(dir, UIDLIST_NAME, "1 5 x\n", 6, &err), &err);
	well(uidlist_read(room.arena, dir, 5, &list, &err), &err);
	assert_int_equal(list.n, 0);
	assert_int_not_equal(list.validity, 5);
	close(dir);
	tear_down(&room);
}

static void
test_too_large_and_vanished(void **state)
{
	struct room room;
	struct fetch_wait wait;

	(void)state;
	set_up_known(&room);
	deliver(&room, "new/c", 3000);
	assert_int_equal(truncate(arena_printf(room.arena, "%s/new/c", room.box), 5000), 0);
	turn(&room, "refused 3\nstate 3\n");
	assert_int_equal(rename(room.box, arena_printf(room.arena, "%s.away", room.box)), 0);
	say_poll(&room);
	turn(&room, "trouble 3\n");
	maildir_turn(room.maildir, &wait);
	assert_true(wait.timeout_ms > 0);
	turn(&room, "");			/* told once */
	tear_down(&room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_look),
		cmocka_unit_test(test_nothing_is_announced_after_a_failed_sync),
		cmocka_unit_test(test_wanted_of_those_before_us),
		cmocka_unit_test(test_numbers_stay),
		cmocka_unit_test(test_settling),
		cmocka_unit_test(test_refile_append_find),
		cmocka_unit_test(test_refile_by_bytes),
		cmocka_unit_test(test_lost_numbers),
		cmocka_unit_test(test_too_large_and_vanished),
	};

	return cmocka_run_group_tests_name("maildir", tests, NULL, NULL);
}
