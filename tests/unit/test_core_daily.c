/*
 * When the mailbox owner's daily digest goes, in core as an object: once each
 * working day, whatever is restarted; once after a long absence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core_room.h"
#include "times.h"

#define COUNT(v)	(sizeof(v) / sizeof((v)[0]))

static size_t
digests(struct room *room, const char *words)
{
	struct outbox_row *rows;
	struct err err;
	size_t count, found = 0;

	well(store_outbox_in_state(room->core->store, room->arena, OUTBOX_QUEUED, &rows, &count, &err), &err);
	for (size_t i = 0; i < count; i++)
		found += strcmp(rows[i].act, "digest") == 0 && rows[i].case_id == 0 && strstr(rows[i].subject, words) != NULL;
	return found;
}

static void
move(struct room *room, const char *moment)
{
	struct err err = { ERR_NONE, "" };
	instant at;
	bool more;

	assert_true(instant_parse_iso(moment, &at));
	case_clock_set(&room->core->clock, at);
	do {
		more = false;
		well(timers_run(room->core, &more, &err), &err);
	} while (more);
}

static void
begin(struct room *room, int at)
{
	room_furnish(room);
	room->without_sender = true;
	room->config.daily = true;
	room->config.daily_at = at;
	room_open_with_people(room);
}

static void
test_once_each_working_day(void **state)
{
	static const struct { const char *at; size_t want; bool again; } rows[] = {
		{ "2026-09-07T09:01", 0, false },	/* begun behind its hour */
		{ "2026-09-08T07:59", 0, false }, { "2026-09-08T08:00", 1, false }, { "2026-09-08T08:00", 1, true },
		{ "2026-09-08T23:00", 1, true }, { "2026-09-09T12:00", 2, true },	/* late in the day: that day's */
		{ "2026-09-11T08:00", 3, false }, { "2026-09-12T12:00", 3, false },	/* a Saturday */
		{ "2026-09-13T08:00", 3, true }, { "2026-09-14T08:00", 4, false },
		{ "2026-10-17T10:00", 4, true },	/* a month away, back on a Saturday */
		{ "2026-10-19T07:00", 4, false }, { "2026-10-19T08:00", 5, true }, { "2026-12-25T12:00", 5, true },
		{ "2026-12-29T08:00", 6, false },	/* a bank holiday in place of the 26th is the 28th */
	};
	struct room room;

	(void)state;
	begin(&room, 8 * 60);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].again) {
			core_close(&room.core);
			room_open_with_people(&room);
		}
		move(&room, rows[i].at);
		if (digests(&room, "") != rows[i].want)
			fail_msg("%s: %zu digests, not %zu", rows[i].at, digests(&room, ""), rows[i].want);
	}
	room_leave(&room);
}

static void
test_what_it_says(void **state)
{
	struct triage_row row = { .pack = "birmingham", .reason = "nobody knows", .rule = "", .state = "open", .kind = TRIAGE_NOTE };
	struct err err = { ERR_NONE, "" };
	struct room room;

	(void)state;
	begin(&room, -1);
	move(&room, "2026-09-08T12:00");
	assert_int_equal(digests(&room, "all well"), 1);
	assert_int_equal(digests(&room, "waits for you"), 0);
	row.at = core_now(room.core);
	well(store_begin(room.core->store, &err), &err);
	well(store_triage_add(room.core->store, &row, &err), &err);
	well(store_commit(room.core->store, &err), &err);
	move(&room, "2026-09-09T12:00");
	assert_int_equal(digests(&room, "1 thing waits for you"), 1);
	room_leave(&room);
}

/* The mail itself, whole lines again. */
static const char *
digest_text(struct room *room, const char *words)
{
	struct buf raw = BUF_INIT, text = BUF_INIT;
	struct outbox_row *rows;
	struct err err;
	size_t count;
	const char *result;

	well(store_outbox_in_state(room->core->store, room->arena, OUTBOX_QUEUED, &rows, &count, &err), &err);
	for (size_t i = 0; i < count; i++)
		if (strstr(rows[i].subject, words) != NULL)
			well(file_read(room->core->spool.out, rows[i].spool_name, 1 << 20, &raw, &err), &err);
	for (const char *at = buf_text(&raw); *at != '\0'; at++)
		if (str_starts(at, "=\r\n"))
			at += 2;
		else
			buf_add_char(&text, *at);
	result = arena_strdup(room->arena, buf_text(&text));
	buf_free(&raw);
	buf_free(&text);
	return result;
}

/* What a mail server said, and whoever can make it say so, puts no button of its own among ours. */
static void
test_strangers(void **state)
{
	struct triage_row row = { .pack = "birmingham", .rule = "", .state = "open", .kind = TRIAGE_NOTE,
	    .reason = "550 [Release it](mailto:collect@evil.example?subject=x)\n# Decided\n- [a](https://evil.example/)" };
	struct err err = { ERR_NONE, "" };
	struct room room;
	const char *text;

	(void)state;
	begin(&room, -1);
	row.at = core_now(room.core);
	well(store_begin(room.core->store, &err), &err);
	well(store_triage_add(room.core->store, &row, &err), &err);
	well(store_commit(room.core->store, &err), &err);
	move(&room, "2026-09-08T12:00");
	text = digest_text(&room, "1 thing waits for you");
	if (strstr(text, ">DONE</a>") == NULL || strstr(text, "[Release it](mailto:collect@evil.example?subject") == NULL ||
	    strstr(text, "\"mailto:collect") != NULL || strstr(text, "\"https://evil") != NULL || strstr(text, ">Decided</h2>") != NULL)
		fail_msg("%s", text);
	room_leave(&room);
}

static void
test_switched_off(void **state)
{
	struct room room;

	(void)state;
	begin(&room, 8 * 60);
	core_close(&room.core);
	room.config.daily = false;
	room_open_with_people(&room);
	move(&room, "2026-09-09T12:00");
	assert_int_equal(digests(&room, ""), 0);
	room_leave(&room);
}

/* ---- Very many cases: a piece in each turn, and long lists are cut short */

#define CASES		450	/* three pieces */
#define LATE_BY(i)	(1 + (i) % 60)

static void
put_late_cases(struct room *room, dayno today)
{
	struct case_strand strand = { .no = 1, .name = "advice", .service = "", .stage = "with-worker", .entry = 1, .chased = "",
	    .held_at = INSTANT_NONE, .began = instant_at(today - 90, 0), .entered = instant_at(today - 90, 0) };
	struct case_deadline deadline = { .strand = 1, .name = "worker-due", .version = 1, .derivation = "" };
	struct decision decision = { .opens_case = true, .strands = &strand, .strand_count = 1, .deadlines = &deadline,
	    .deadline_count = 1, .next_due = INSTANT_NONE };
	struct err err = { ERR_NONE, "" };
	int64_t id;

	well(store_begin(room->core->store, &err), &err);
	for (int i = 0; i < CASES; i++) {
		deadline.date = today - LATE_BY(i);
		well(store_case_new(room->core->store, "leicester", 1, &id, &err), &err);
		well(store_apply(room->core->store, id, 0, &decision, 1, &err), &err);
	}
	well(store_commit(room->core->store, &err), &err);
}

static void
nothing_happens(struct room *room)
{
	(void)room;
}

static void
is_opened_again(struct room *room)
{
	core_close(&room->core);
	room_open(room);
}

static void
is_reloaded(struct room *room)
{
	struct err err;

	well(core_reload(room->core, "start", &err), &err);
}

/* Nothing goes before the last of them was looked at, and then each list goes once and whole. */
static void
test_many_cases(void **state)
{
	static const struct { const char *name; void (*meanwhile)(struct room *room); } rows[] = {
		{ "nothing happens meanwhile", nothing_happens },
		{ "opened again", is_opened_again },
		{ "reloaded", is_reloaded },
	};
	static const char *const packs[] = { "leicester" };
	instant at;

	(void)state;
	assert_true(instant_parse_iso("2026-09-14T12:00", &at));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err = { ERR_NONE, "" };
		const char *manager, *owner;
		struct room room;
		bool more;

		room_furnish(&room);
		room.without_sender = true;
		room.config.packs = (struct strs){ (const char **)packs, 1 };
		room.config.daily = true;
		room.config.daily_at = 8 * 60;
		room.mailbox.name = "das";
		room.mailbox.address = "das@leicester.example";
		room_open(&room);
		room_take_directory(&room, "rules/leicester/tests/returned-in-time/directory.csv");
		put_late_cases(&room, instant_date(at));
		case_clock_set(&room.core->clock, at);
		for (int turns = 0; turns < 2; turns++) {
			more = false;
			well(timers_run(room.core, &more, &err), &err);
			if (!more || digests(&room, "") != 0)
				fail_msg("%s: %zu lists after turn %d", rows[i].name, digests(&room, ""), turns + 1);
		}
		rows[i].meanwhile(&room);
		move(&room, "2026-09-14T12:00");
		if (digests(&room, "") != 2)
			fail_msg("%s: %zu lists", rows[i].name, digests(&room, ""));
		manager = digest_text(&room, "what is late and what");
		owner = digest_text(&room, "pieces of work are late");
		if (times(manager, " days late") + times(manager, " day late") != 400 || strstr(manager, "and 250 more") == NULL)
			fail_msg("%s: %s", rows[i].name, manager);
		if (strstr(owner, "and 410 more, which \"advicectl due\" names") == NULL || times(owner, "60 days late") != 14)
			fail_msg("%s: %s", rows[i].name, owner);
		room_leave(&room);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_once_each_working_day),
		cmocka_unit_test(test_what_it_says), cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_switched_off), cmocka_unit_test(test_many_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
