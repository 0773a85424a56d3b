/*
 * What core does once a day by itself, its backups, and a store that cannot be
 * used: core as an object, without processes, without network.
 */
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
#include <sqlite3.h>

#include "core_room.h"
#include "ctl/backup.h"
#include "ctl/live.h"
#include "engine/outbox.h"
#include "store/keep.h"

#define WELL(call)	do { if ((call) != 0) fail_msg("%s: %s", #call, room->heard->err.text); } while (0)

struct heard {
	struct buf	 said;		/* to advicectl */
	int		 code;		/* -1: not answered yet */
	struct err	 err;
};

static void
to_client(void *ctx, uint64_t client, const struct frame *frame)
{
	struct room *room = ctx;
	struct frame heard;
	const void *text;
	size_t len;

	(void)client;
	frame_init(&heard, frame->type, frame->id);
	buf_add(&heard.body, frame->body.data, frame->body.len);
	if (frame->type == WIRE_CTL_END)
		room->heard->code = (int)get_u32(&heard);
	else {
		text = get_bytes(&heard, &len);
		buf_add(&room->heard->said, text, len);
	}
	frame_free(&heard);
}

static int
set_up(void **state)
{
	struct room *room = x_calloc(1, sizeof(*room));

	room_furnish(room);
	room->without_sender = true;
	room->heard = arena_alloc(room->arena, sizeof(*room->heard));
	room->config.backups = arena_printf(room->arena, "%s/backups", room->folder);
	room->config.retention = (struct retention){ .raw_mail = 3, .cases = 12, .journal = 72, .unmatched = 3, .quarantine = 3 };
	room->start.out.reply = to_client;
	room_open(room);
	*state = room;
	return 0;
}

static int
tear_down(void **state)
{
	struct room *room = *state;

	buf_free(&room->heard->said);
	return room_end(state);
}

/* Until nothing of it is left to do. */
static void
turn(struct room *room)
{
	bool more = true;

	for (int i = 0; i < 2000 && (more || keep_is_busy(room->core)); i++)
		WELL(core_turn(room->core, &more, &room->heard->err));
	assert_false(keep_is_busy(room->core));
}

static const char *
say(struct room *room, const char *one, const char *two, const char *three)
{
	const char *words[] = { one, two, three };
	struct frame frame;
	uint32_t count = two == NULL ? 1 : three == NULL ? 2 : 3;

	buf_reset(&room->heard->said);
	room->heard->code = -1;
	frame_init(&frame, WIRE_CTL, 0);
	put_u32(&frame, count);
	for (uint32_t i = 0; i < count; i++)
		put_str(&frame, words[i]);
	core_command(room->core, 7, 1000, &frame);
	frame_free(&frame);
	return buf_text(&room->heard->said);
}

static const char *
file_text(struct room *room, const char *path)
{
	struct buf text = BUF_INIT;
	const char *copy;

	if (file_read(AT_FDCWD, path, 1 << 20, &text, NULL) == -1)
		return "";
	copy = arena_strdup(room->arena, buf_text(&text));
	buf_free(&text);
	return copy;
}

static void
the_head_is_noted_each_day_and_verified(void **state)
{
	struct room *room = *state;
	const char *path = arena_printf(room->arena, "%s/journal-head", room->config.spool), *first;
	struct journal_entry entry = { .at = 1, .event = "mail", .rule = "", .detail = "", .who = "daemon" };

	WELL(store_journal_add(room->core->store, &entry, &room->heard->err));
	turn(room);
	first = file_text(room, path);
	assert_true(str_starts(first, "2026-09-07T09:00:00+01:00 row "));
	turn(room);
	assert_string_equal(file_text(room, path), first);
	WELL(store_journal_add(room->core->store, &entry, &room->heard->err));
	case_clock_set(&room->core->clock, core_now(room->core) + DAY_SECONDS);
	turn(room);
	assert_true(str_starts(file_text(room, path), first));
	assert_non_null(strstr(file_text(room, path), "2026-09-08T09:00:00+01:00 row "));
	(void)say(room, "verify", NULL, NULL);
	assert_int_equal(room->heard->code, 0);
	assert_non_null(strstr(buf_text(&room->heard->said), "every one of the 2 hashes"));
	/* Written anew from outside, whole in itself. */
	assert_int_equal(system(arena_printf(room->arena, "sed -i 's/[0-9a-f]\\{8\\}$/00000000/' '%s'", path)), 0);
	(void)say(room, "verify", NULL, NULL);
	assert_int_equal(room->heard->code, 1);
	assert_non_null(strstr(buf_text(&room->heard->said), "is not what it was when its hash was noted on 2026-09-07"));
}

static void
what_has_had_its_time_goes_by_itself(void **state)
{
	struct room *room = *state;
	struct decision over = { .next_due = INSTANT_NONE, .ends_case = true };
	struct purged purged;
	int64_t id;

	turn(room);
	WELL(store_case_new(room->core->store, "birmingham", core_now(room->core), &id, &room->heard->err));
	WELL(store_apply(room->core->store, id, 0, &over, core_now(room->core), &room->heard->err));
	for (int months = 0; months < 15; months += 2) {
		WELL(store_case_purged(room->core->store, room->arena, id, &purged, &room->heard->err));
		assert_int_equal(purged.raw != INSTANT_NONE, months > 4);
		assert_int_equal(purged.all != INSTANT_NONE, months > 12);
		case_clock_set(&room->core->clock, instant_at(date_add_months(date_from_civil(2026, 9, 7), months + 1), 600));
		turn(room);
	}
	WELL(store_case_purged(room->core->store, room->arena, id, &purged, &room->heard->err));
	assert_true(purged.all != INSTANT_NONE);
}

/* A crash between the rows and their files, after the day was over already. */
static void
an_erasing_that_was_broken_off_is_ended_at_the_next_start(void **state)
{
	struct room *room = *state;
	const char *file = arena_printf(room->arena, "%s/archive/advice.1.7", room->config.spool);
	sqlite3 *db = NULL;
	int fd;

	turn(room);
	fd = open(file, O_WRONLY | O_CREAT, 0600);
	assert_true(fd != -1 && close(fd) == 0);
	core_close(&room->core);
	assert_int_equal(sqlite3_open(room->config.database, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "INSERT INTO purge_file VALUES('archive', 'advice.1.7'); INSERT INTO setting "
	    "VALUES('erased-since', '20700')",
	    NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
	WELL(core_open(&room->start, &room->core, &room->heard->err));
	turn(room);
	assert_int_equal(access(file, F_OK), -1);
}

static void
a_backup_is_made_between_other_work(void **state)
{
	struct room *room = *state;
	struct stat st;

	turn(room);
	(void)say(room, "backup", NULL, NULL);
	assert_int_equal(room->heard->code, -1);
	(void)say(room, "backup", NULL, NULL);
	assert_int_equal(room->heard->code, 1);	/* one at a time */
	(void)say(room, "purge", "--yes", NULL);
	assert_int_equal(room->heard->code, 1);	/* what its database names must still be there when it is copied */
	assert_non_null(strstr(buf_text(&room->heard->said), "a backup is being made"));
	turn(room);
	assert_int_equal(room->heard->code, 0);
	assert_non_null(strstr(buf_text(&room->heard->said), "adviced-2026-09-07-0900"));
	assert_int_equal(stat(arena_printf(room->arena, "%s/adviced-2026-09-07-0900/MANIFEST", room->config.backups), &st), 0);
	(void)say(room, "backup", NULL, NULL);
	turn(room);
	assert_non_null(strstr(buf_text(&room->heard->said), "adviced-2026-09-07-0900-2"));	/* never over another */
}

static void
bytes_put(struct room *room, off_t at, const char *bytes, size_t len)
{
	int fd = open(room->config.database, O_RDWR);

	assert_true(fd != -1 && pwrite(fd, bytes, len, at) == (ssize_t)len && close(fd) == 0);
}

/* Promise silence-is-an-alarm: no starting again for ever, with nobody hearing of it. */
static void
a_damaged_store_is_said_and_nothing_is_done(void **state)
{
	struct room *room = *state;
	static const char noise[4096] = "noise";
	bool more;

	turn(room);
	core_close(&room->core);
	bytes_put(room, 0, noise, sizeof(noise));
	assert_int_equal(core_open(&room->start, &room->core, &room->heard->err), -1);
	assert_true(core_is_out_of_order(room->core));
	WELL(core_turn(room->core, &more, &room->heard->err));
	assert_false(more);
	assert_true(core_wait_ms(room->core) > 1000);
	WELL(core_attach(room->core, "fetch:advice", &room->heard->err));	/* it is told nothing: it takes nothing */
	(void)say(room, "status", NULL, NULL);
	assert_int_equal(room->heard->code, 1);
	assert_non_null(strstr(buf_text(&room->heard->said), "the store is damaged"));
	assert_non_null(strstr(buf_text(&room->heard->said), "advicectl restore --from"));
}

static void
a_store_of_a_later_version_is_left_alone(void **state)
{
	struct room *room = *state;
	sqlite3 *db = NULL;

	turn(room);
	core_close(&room->core);
	assert_int_equal(sqlite3_open(room->config.database, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version=999", NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
	assert_int_equal(core_open(&room->start, &room->core, &room->heard->err), -1);
	(void)say(room, "cases", NULL, NULL);
	assert_int_equal(room->heard->code, 1);
	assert_non_null(strstr(buf_text(&room->heard->said), "made by a later version"));
	assert_non_null(strstr(buf_text(&room->heard->said), "Install that version again"));
}

static void
damage_deep_inside_is_looked_for_once_it_was_met(void **state)
{
	struct room *room = *state;
	const struct err met = { ERR_DAEMON, "the store is damaged (database disk image is malformed)" };
	const char *mark = arena_printf(room->arena, "%s/damaged", room->config.spool);
	char page[4096], noise[4096];
	int fd;

	turn(room);
	core_close(&room->core);
	memset(noise, 0x5a, sizeof(noise));
	fd = open(room->config.database, O_RDONLY);
	assert_true(fd != -1 && pread(fd, page, sizeof(page), 5 * 4096) == sizeof(page) && close(fd) == 0);
	bytes_put(room, 5 * 4096, noise, sizeof(noise));
	core_suspect_store(&room->config, &met);
	assert_int_equal(core_open(&room->start, &room->core, &room->heard->err), -1);
	assert_true(core_is_out_of_order(room->core));
	core_close(&room->core);
	bytes_put(room, 5 * 4096, page, sizeof(page));	/* the last good backup is put in its place */
	WELL(core_open(&room->start, &room->core, &room->heard->err));
	assert_int_equal(access(mark, F_OK), -1);
}

/* Whoever answered DROP to the rest of a mail that some have, or died before its file was moved, leaves it lying. */
static void
frozen_mails_that_nobody_waits_for_are_put_away(void **state)
{
	static const struct { const char *name; enum outbox_state one, two; const char *reply; bool out, sent; } rows[] = {
		{ "out-dropped-for-the-rest", OUTBOX_SENT, OUTBOX_DROPPED, "", false, true },
		{ "out-went", OUTBOX_SENT, OUTBOX_SENT, "", false, true },
		{ "out-failed", OUTBOX_FAILED, OUTBOX_FAILED, "", false, true },
		{ "out-dropped", OUTBOX_DROPPED, OUTBOX_DROPPED, "", false, false },
		{ "out-overtaken", OUTBOX_DROPPED, OUTBOX_DROPPED, "overtaken", true, false },
		{ "out-overtaken-for-the-rest", OUTBOX_SENT, OUTBOX_DROPPED, "overtaken, held", true, false },
		{ "out-waits", OUTBOX_QUEUED, OUTBOX_QUEUED, "", true, false },
		{ "out-held-for-the-rest", OUTBOX_SENT, OUTBOX_HELD, "", true, false },
		{ "out-on-its-way", OUTBOX_SENDING, OUTBOX_SENDING, "", true, false },
	};
	struct room *room = *state;
	struct core *core = room->core;

	turn(room);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct outbox_recipient to[] = { { .address = "x" TRUST, .state = rows[i].one, .reply = "" },
		    { .address = "y" TRUST, .state = rows[i].two, .reply = rows[i].reply } };
		struct outbox_row row = { .pack = "birmingham", .mailbox = ADDRESS, .act = "forward", .template = "request", .rule = "",
		    .spool_name = rows[i].name, .message_id = arena_printf(room->arena, "%s@x", rows[i].name), .subject = "",
		    .decided = core_now(core), .next_try = core_now(core), .sent = INSTANT_NONE, .why = "", .recipients = to,
		    .recipient_count = 2 };

		outbox_sum(&row);
		room_freeze(room, &row);
	}
	close(openat(core->spool.out, "out-of-no-row", O_WRONLY | O_CREAT, 0600));
	turn(room);
	assert_true(file_exists(core->spool.out, "out-dropped-for-the-rest"));	/* not at once */
	case_clock_set(&core->clock, core_now(core) + DAY_SECONDS);
	turn(room);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (file_exists(core->spool.out, rows[i].name) != rows[i].out || file_exists(core->spool.sent, rows[i].name) != rows[i].sent)
			fail_msg("%s: %s out, %s sent", rows[i].name, file_exists(core->spool.out, rows[i].name) ? "in" : "not in",
			    file_exists(core->spool.sent, rows[i].name) ? "in" : "not in");
	assert_false(file_exists(core->spool.out, "out-of-no-row"));
}

/* Moved or deleted by hand, or what a failed copy leaves: a fresh one would take the whole mailbox for what was there before us. */
static void
a_start_stands_still_where_the_database_is_gone(void **state)
{
	struct room *room = *state;
	static const char *const ends[] = { "", "-wal", "-shm" };
	bool more;

	turn(room);
	close(open(arena_printf(room->arena, "%s/" JOURNAL_HEAD, room->config.spool), O_WRONLY | O_CREAT, 0600));
	core_close(&room->core);
	for (int emptied = 0; emptied < 2; emptied++) {
		for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
			unlink(arena_printf(room->arena, "%s%s", room->config.database, ends[i]));
		if (emptied)
			close(open(room->config.database, O_WRONLY | O_CREAT | O_EXCL, 0600));
		assert_int_equal(core_open(&room->start, &room->core, &room->heard->err), -1);
		assert_true(core_is_out_of_order(room->core));
		WELL(core_turn(room->core, &more, &room->heard->err));
		assert_false(more);
		WELL(core_attach(room->core, "fetch:advice", &room->heard->err));	/* it is told nothing: it takes nothing */
		(void)say(room, "status", NULL, NULL);
		assert_int_equal(room->heard->code, 1);
		assert_non_null(strstr(buf_text(&room->heard->said), "the database is gone"));
		assert_non_null(strstr(buf_text(&room->heard->said), "advicectl restore --from BACKUP"));
		core_close(&room->core);
		assert_int_equal(access(room->config.database, F_OK), emptied ? 0 : -1);
	}
	assert_int_equal(unlink(room->config.database), 0);
	assert_int_equal(unlink(arena_printf(room->arena, "%s/" JOURNAL_HEAD, room->config.spool)), 0);
	WELL(core_open(&room->start, &room->core, &room->heard->err));	/* a spool that never had one begins one */
}

/* A fresh store there would take the whole mailbox for what was there before us. */
static void
a_restore_that_was_broken_off_begins_no_new_store(void **state)
{
	struct room *room = *state;

	core_close(&room->core);
	assert_int_equal(unlink(room->config.database), 0);
	assert_int_equal(mkdir(arena_printf(room->arena, "%s/restoring", room->config.spool), 0700), 0);
	assert_int_equal(core_open(&room->start, &room->core, &room->heard->err), -1);
	assert_true(core_is_out_of_order(room->core));
	assert_int_equal(access(room->config.database, F_OK), -1);
	(void)say(room, "status", NULL, NULL);
	assert_non_null(strstr(buf_text(&room->heard->said), "a restore was broken off"));
}

/* Broken off between the second name and the end of the first: what was put aside before stays, the second name does not. */
static void
a_broken_restore_leaves_no_second_name(void **state)
{
	struct room *room = *state;
	const char *database = room->config.database;
	const char *second = arena_printf(room->arena, "%s.before-restore-17", database);
	const char *earlier = arena_printf(room->arena, "%s.before-restore-16", database);
	const char *copies = arena_printf(room->arena, "%s/restoring", room->config.spool);
	int fd;

	core_close(&room->core);
	assert_int_equal(link(database, second), 0);
	fd = open(earlier, O_WRONLY | O_CREAT, 0600);
	assert_true(fd != -1 && close(fd) == 0);
	assert_int_equal(mkdir(copies, 0700), 0);
	WELL(core_open(&room->start, &room->core, &room->heard->err));
	assert_int_equal(access(second, F_OK), -1);
	assert_int_equal(access(copies, F_OK), -1);
	assert_int_equal(access(earlier, F_OK), 0);
	assert_int_equal(access(database, F_OK), 0);
	assert_int_equal(unlink(earlier), 0);
}

static void
after_a_restore_nothing_goes_out_before_a_person_says_so(void **state)
{
	struct room *room = *state;
	struct pause_row pause = { "restored", core_now(room->core) - 60, instant_at(date_from_civil(9999, 1, 1), 0) };
	struct outbox_recipient to = { .address = "x" TRUST, .state = OUTBOX_QUEUED, .reply = "" };
	struct outbox_row row = { .pack = "birmingham", .mailbox = "m" TRUST, .state = OUTBOX_QUEUED, .act = "echo", .template = "echo",
	    .rule = "", .spool_name = "out-1", .message_id = "m@x", .subject = "", .decided = core_now(room->core),
	    .next_try = core_now(room->core), .sent = INSTANT_NONE, .why = "", .recipients = &to, .recipient_count = 1 }, *due;
	size_t count;
	instant at;

	WELL(store_outbox_put(room->core->store, &row, &room->heard->err));
	WELL(store_pause_put(room->core->store, &pause, &room->heard->err));
	WELL(store_outbox_due(room->core->store, room->arena, core_now(room->core), 9, &due, &count, &room->heard->err));
	assert_int_equal(count, 0);
	WELL(store_next_send(room->core->store, &at, &room->heard->err));
	assert_true(at > core_now(room->core) + 365 * (instant)DAY_SECONDS);
	(void)say(room, "restored", NULL, NULL);
	assert_int_equal(room->heard->code, LIVE_WANTS_YES);
	assert_non_null(strstr(buf_text(&room->heard->said), "x" TRUST));
	(void)say(room, "queue", "sent", "1");		/* it had gone already */
	assert_int_equal(room->heard->code, 0);
	(void)say(room, "restored", "--yes", NULL);
	assert_int_equal(room->heard->code, 0);
	WELL(store_outbox_due(room->core->store, room->arena, core_now(room->core), 9, &due, &count, &room->heard->err));
	assert_int_equal(count, 0);
	row.id = 0;
	WELL(store_outbox_put(room->core->store, &row, &room->heard->err));
	WELL(store_outbox_due(room->core->store, room->arena, core_now(room->core), 9, &due, &count, &room->heard->err));
	assert_int_equal(count, 1);
}

int
main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_head_is_noted_each_day_and_verified), TEST(what_has_had_its_time_goes_by_itself),
		TEST(an_erasing_that_was_broken_off_is_ended_at_the_next_start),
		TEST(a_backup_is_made_between_other_work), TEST(a_damaged_store_is_said_and_nothing_is_done),
		TEST(a_start_stands_still_where_the_database_is_gone), TEST(frozen_mails_that_nobody_waits_for_are_put_away),
		TEST(a_store_of_a_later_version_is_left_alone), TEST(damage_deep_inside_is_looked_for_once_it_was_met),
		TEST(a_restore_that_was_broken_off_begins_no_new_store), TEST(a_broken_restore_leaves_no_second_name),
		TEST(after_a_restore_nothing_goes_out_before_a_person_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
