/*
 * Core keeping watch over itself (promise silence-is-an-alarm), as an object
 * in a scratch folder: the machine's clock, test mails, what status says is
 * wrong, cases that have fallen silent.  Times are moved by writing them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core_room.h"
#include "ctl/health.h"
#include "engine/outbox.h"
#include "role/core_vigil.h"

#define COUNT(v)	(sizeof(v) / sizeof((v)[0]))
#define HOUR_MS		(3600 * (int64_t)1000)

static void
furnish(struct room *room, int canary_s)
{
	room_furnish(room);
	room->mailbox.canary_s = canary_s;
	room->mailbox.canary_limit_s = 600;
	room->mailbox.canary_folder = "Canary";
	room->mailbox.silence_s = 900;
}

/* As if the folder had been looked into. */
static void
room_look(struct room *room)
{
	room->core->mailboxes[0].row.uidvalidity = 1;
	vigil_looked(room->core, &room->core->mailboxes[0]);
}

static void
turn(struct room *room)
{
	struct err err = { ERR_NONE, "" };
	bool more;

	for (int i = 0; i < 3; i++)
		if (core_turn(room->core, &more, &err) == -1)
			fail_msg("%s", err.text);
}

/* ---- What is wrong */

/* The text of this finding; NULL: it is well. */
static const char *
wrong(struct room *room, const char *code)
{
	struct live live = { .arena = room->arena, .file = -1, .who = "test" };
	struct health *health;
	struct err err = { ERR_NONE, "" };

	core_fill_live(room->core, &live);
	if (health_look(&live, &health, &err) == -1)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < health->finding_count; i++)
		if (health->findings[i].wrong && strcmp(health->findings[i].code, code) == 0)
			return health->findings[i].text;
	return NULL;
}

static void
has_words(const char *name, const char *text, const char *words)
{
	if (words == NULL ? text != NULL : text == NULL || strstr(text, words) == NULL)
		fail_msg("%s: found \"%s\", wanted \"%s\"", name, text == NULL ? "nothing" : text, words == NULL ? "nothing" : words);
}

/* ---- The clock */

static const struct clock_row {
	const char	*name;
	int64_t		 real_s[3], wall_s[3];	/* how far each goes on; 0: no more */
	const char	*words;
} clocks[] = {
	{ "it goes on", { 60, 3600, 7200 }, { 60, 3600, 7200 }, NULL },
	{ "it is kept in time", { 60, 60, 60 }, { 61, 20, 90 }, NULL },
	{ "it goes back", { 60, 10 }, { 60, -3590 }, "the clock of this machine went back by 3600 seconds" },
	{ "it jumps ahead", { 60, 10 }, { 60, 86410 }, "the clock of this machine jumped ahead by 86400 seconds" },
	{ "it jumps, and is put right", { 60, 10, 10 }, { 60, 3610, -3590 }, NULL },
	{ "it is said for an hour", { 60, 10, 4000 }, { 60, 3610, 4000 }, NULL },
};

static void
test_a_clock_that_goes_back_or_jumps_is_noticed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(clocks); i++) {
		struct room room;
		int64_t real = 1000000, seen = 1790000000;

		furnish(&room, 0);
		room_open(&room);
		room_look(&room);
		vigil_clock(room.core, real, seen);
		for (size_t k = 0; k < 3 && clocks[i].real_s[k] != 0; k++) {
			real += clocks[i].real_s[k] * 1000;
			seen += clocks[i].wall_s[k];
			vigil_clock(room.core, real, seen);
		}
		has_words(clocks[i].name, wrong(&room, "clock"), clocks[i].words);
		room_leave(&room);
	}
}

static void
test_a_server_whose_clock_differs_is_noticed(void **state)
{
	static const struct { const char *name; int64_t off; const char *words; } rows[] = {
		{ "the same", 0, NULL }, { "half a minute", 30, NULL },
		{ "ahead", 1800, "the clock of this machine is 30 minutes behind that of the mail server" },
		{ "behind", -10800, "the clock of this machine is 3 hours ahead of that of the mail server" },
	};
	struct err err = { ERR_NONE, "" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct room room;

		furnish(&room, 0);
		room_open(&room);
		room_look(&room);
		canary_handed(room.core, 7);
		assert_int_equal(canary_back(room.core, &room.core->mailboxes[0], 7, clock_wall() + rows[i].off, &err), 0);
		has_words(rows[i].name, wrong(&room, "skew"), rows[i].words);
		room_leave(&room);
	}
}

/* ---- Looks, processes */

static void
test_complaint_1_a_mailbox_is_judged_by_its_last_proven_look(void **state)
{
	struct room room;
	struct way *way;

	(void)state;
	furnish(&room, 0);
	room_open(&room);
	room_look(&room);
	way = &room.core->vigil->ways[0];
	has_words("just looked", wrong(&room, "silent"), NULL);
	way->looked_ms -= 899 * 1000;
	has_words("within its time", wrong(&room, "silent"), NULL);
	way->looked_ms -= 2 * 1000;
	has_words("too long ago", wrong(&room, "silent"), "advice: silent, nobody could look into it for 15 minutes");
	way->looked_ms = -1;
	room.core->vigil->began_ms -= 901 * 1000;
	has_words("never", wrong(&room, "silent"), "nobody has been able to look into it");
	room_leave(&room);
}

static void
test_complaint_2_a_process_that_is_gone_or_restless_is_noticed(void **state)
{
	struct room room;

	(void)state;
	furnish(&room, 0);
	room_open(&room);
	has_words("just begun", wrong(&room, "role"), NULL);
	for (int i = 0; i < 4; i++) {
		vigil_came(room.core, "send");
		vigil_gone(room.core, "send");
	}
	vigil_came(room.core, "parse");
	has_words("four times", wrong(&room, "role"), NULL);
	vigil_came(room.core, "send");
	has_words("five times", wrong(&room, "role"), "the process send ends and is started again and again");
	for (int i = 0; i < RECENT_STARTS; i++)
		room.core->vigil->presences[1].came_ms[i] -= RESTLESS_MS;
	has_words("long ago", wrong(&room, "role"), NULL);
	vigil_gone(room.core, "send");
	room.core->vigil->presences[1].gone_ms -= 90 * 1000;
	has_words("gone", wrong(&room, "role"), "the process send does not run, for 90 seconds");
	room_leave(&room);
}

static void
test_a_process_that_was_started_anew_as_wanted_is_not_restless(void **state)
{
	struct room room;

	(void)state;
	furnish(&room, 0);
	room_open(&room);
	vigil_came(room.core, "send");
	for (int i = 0; i < 7; i++) {		/* reloads, each with another password */
		vigil_gone(room.core, "send");
		vigil_wanted(room.core, "send");
		vigil_came(room.core, "send");
	}
	has_words("seven reloads", wrong(&room, "role"), NULL);
	for (int i = 0; i < RECENT_STARTS - 1; i++) {	/* deaths count as before */
		vigil_gone(room.core, "send");
		vigil_came(room.core, "send");
	}
	has_words("deaths after them", wrong(&room, "role"), "the process send ends and is started again and again");
	room_leave(&room);
}

static void
cannot_be_read(struct room *room, const char *why)
{
	struct frame frame;

	frame_init(&frame, WIRE_SECRET, 0);
	put_str(&frame, "send");
	put_str(&frame, why);
	vigil_secret(room->core, &frame);
	frame_free(&frame);
}

static void
test_a_password_that_cannot_be_read_is_told_while_all_still_works(void **state)
{
	struct room room;

	(void)state;
	furnish(&room, 0);
	room_open(&room);
	vigil_came(room.core, "send");
	cannot_be_read(&room, "the password file /x cannot be opened");
	has_words("gone", wrong(&room, "secret"), "send cannot sign in again once its connection ends: the password file /x cannot be opened");
	cannot_be_read(&room, "");
	has_words("there again", wrong(&room, "secret"), NULL);
	room_leave(&room);
}

/* What status prints in the end. */
static void
status_says(struct room *room, const char *name, int want_code, const char *want, const char *never)
{
	struct live live = { .arena = room->arena, .file = -1, .who = "test" };
	char *argv[] = { arena_strdup(room->arena, "status"), NULL };
	int code;

	core_fill_live(room->core, &live);
	code = live_status(&live, 1, argv);
	if (code != want_code || strstr(buf_text(&live.out), want) == NULL ||
	    (never != NULL && strstr(buf_text(&live.out), never) != NULL))
		fail_msg("%s: ended with %d and said\n%s", name, code, buf_text(&live.out));
	buf_free(&live.out);
	buf_free(&live.errors);
}

static void
test_a_trouble_that_passes_is_none(void **state)
{
	struct room room;
	struct core_mailbox *mailbox;
	struct err err = { ERR_NONE, "" };

	(void)state;
	furnish(&room, 0);
	room_open(&room);
	room_look(&room);
	status_says(&room, "processes are still on their way", 0, "less than a minute", "all is well");
	vigil_came(room.core, "parse");
	vigil_came(room.core, "send");
	vigil_came(room.core, "fetch:advice");
	status_says(&room, "nothing yet", 0, "all is well", "less than a minute");
	mailbox = &room.core->mailboxes[0];
	mailbox->row.trouble = strcpy(mailbox->trouble, "the server says no");
	vigil_trouble(room.core, mailbox);
	if (core_begin(room.core, &err) == -1 || store_mailbox_put(room.core->store, &mailbox->row, &err) == -1 ||
	    core_commit(room.core, &err) == -1)
		fail_msg("%s", err.text);
	has_words("just now", wrong(&room, "mailbox"), NULL);
	status_says(&room, "just now", 0, "less than a minute", "all is well");
	room.core->vigil->ways[0].trouble_ms -= 61 * 1000;
	has_words("it stays", wrong(&room, "mailbox"), "advice: the server says no");
	status_says(&room, "it stays", 1, "WRONG", "all is well");
	room_leave(&room);
}

/* ---- Test mails */

static size_t
mails(struct room *room, const char *act, enum outbox_state state)
{
	struct outbox_row *rows;
	size_t count, n = 0;
	struct err err = { ERR_NONE, "" };

	if (store_outbox_in_state(room->core->store, room->arena, state, &rows, &count, &err) == -1)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < count; i++)
		n += strcmp(rows[i].act, act) == 0;
	return n;
}

static void
come_back(struct room *room, int64_t outbox)
{
	struct err err = { ERR_NONE, "" };

	if (core_begin(room->core, &err) == -1 || canary_back(room->core, &room->core->mailboxes[0], outbox, clock_wall(), &err) == -1 ||
	    core_commit(room->core, &err) == -1)
		fail_msg("%s", err.text);
}

static void
test_complaint_1_a_canary_goes_only_when_nothing_has_come_back(void **state)
{
	struct room room;
	struct way *way;

	(void)state;
	furnish(&room, 3600);
	room.mailbox.mode = MODE_SHADOW;
	room_open(&room);
	room.core->sender_attached = false;
	way = &room.core->vigil->ways[0];
	way->due_ms = 1;
	turn(&room);
	assert_int_equal(mails(&room, ACT_CANARY, OUTBOX_QUEUED), 0);	/* the folder was not seen yet */
	room_look(&room);
	come_back(&room, 99);			/* any mail of ours proves the way */
	assert_in_range(way->due_ms - clock_real_ms(), HOUR_MS - 5000, HOUR_MS);
	turn(&room);
	assert_int_equal(mails(&room, ACT_CANARY, OUTBOX_QUEUED), 0);
	way->due_ms -= HOUR_MS;
	turn(&room);
	assert_int_equal(mails(&room, ACT_CANARY, OUTBOX_QUEUED), 1);
	way->due_ms -= HOUR_MS;
	turn(&room);
	assert_int_equal(mails(&room, ACT_CANARY, OUTBOX_QUEUED), 1);	/* one at a time */
	room.core->sender_attached = true;
	turn(&room);
	assert_int_equal(room.handed_over, 1);	/* whatever the mode: nothing of it is anybody's */
	assert_int_equal(mails(&room, ACT_CANARY, OUTBOX_SENDING), 1);
	assert_in_range(core_wait_ms(room.core), 1, 30000);
	room_leave(&room);
}

static void
test_complaint_1_a_canary_that_does_not_come_back_is_told_once(void **state)
{
	struct room room;
	struct way *way;
	int64_t asked;

	(void)state;
	furnish(&room, 3600);
	room_open(&room);
	room.core->sender_attached = false;
	room_look(&room);
	way = &room.core->vigil->ways[0];
	way->due_ms = 1;
	turn(&room);
	assert_int_not_equal(way->outbox, 0);
	has_words("under way", wrong(&room, "way"), NULL);
	way->asked_ms -= 601 * 1000;
	turn(&room);
	turn(&room);
	has_words("overdue", wrong(&room, "way"), "a test mail that advice sent to itself has not come back, for 10 minutes");
	assert_int_equal(mails(&room, "send", OUTBOX_QUEUED), 1);	/* the administrator's */
	way->due_ms = 1;			/* the one before still waits: no second one behind it */
	turn(&room);
	assert_int_equal(mails(&room, ACT_CANARY, OUTBOX_QUEUED), 1);
	asked = way->asked_ms;
	core_close(&room.core);			/* a restart tells it no second time */
	room_open(&room);
	room.core->sender_attached = false;
	room_look(&room);
	way = &room.core->vigil->ways[0];
	assert_in_range(way->asked_ms, asked - 2000, asked + 2000);
	turn(&room);
	has_words("after a restart", wrong(&room, "way"), "has not come back");
	assert_int_equal(mails(&room, "send", OUTBOX_QUEUED), 1);
	come_back(&room, way->outbox);
	turn(&room);
	has_words("back", wrong(&room, "way"), NULL);
	assert_int_equal(mails(&room, "send", OUTBOX_QUEUED), 2);
	room_leave(&room);
}

/* ---- Cases that have fallen silent */

static int64_t
put_case(struct room *room, const char *strand, const char *stage, instant due)
{
	struct case_strand one = {
		.no = 1, .name = strand, .service = "", .stage = stage, .entry = 1, .chased = "", .held_at = INSTANT_NONE,
	};
	struct decision decision = { .strands = &one, .strand_count = 1, .next_due = due };
	struct err err = { ERR_NONE, "" };
	int64_t id;

	one.began = one.entered = core_now(room->core);
	if (core_begin(room->core, &err) == -1 ||
	    store_case_new(room->core->store, "birmingham", core_now(room->core), &id, &err) == -1 ||
	    store_apply(room->core->store, id, 0, &decision, core_now(room->core), &err) == -1 || core_commit(room->core, &err) == -1)
		fail_msg("%s", err.text);
	return id;
}

/* All of one look, in its pieces. */
static void
sweep(struct room *room)
{
	struct err err = { ERR_NONE, "" };

	room->core->vigil->forgotten.ended_ms = 0;
	for (int i = 0; i < 4 && room->core->vigil->forgotten.ended_ms == 0; i++) {
		room->core->vigil->forgotten.next_ms = 1;
		if (forgotten_turn(room->core, &err) == -1)
			fail_msg("%s", err.text);
	}
}

static size_t
silent_rows(struct room *room, int64_t case_id)
{
	struct triage_row *rows;
	size_t count, n = 0;
	struct err err = { ERR_NONE, "" };

	if (store_triages(room->core->store, room->arena, true, &rows, &count, &err) == -1)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < count; i++)
		n += rows[i].case_id == case_id && strstr(rows[i].reason, "Nothing more will happen") != NULL;
	return n;
}

static void
test_complaint_23_a_case_in_which_nothing_follows_is_found(void **state)
{
	struct room room;
	int64_t gone, late, well;
	struct err err = { ERR_NONE, "" };
	struct decision moved;
	struct case_strand one;
	struct triage_row *rows, old;
	size_t count;

	(void)state;
	furnish(&room, 0);
	room_open(&room);
	room_look(&room);
	well = put_case(&room, "review", "plan-in-force", INSTANT_NONE);	/* its stage says why it waits */
	gone = put_case(&room, "advice", "no-such-stage", INSTANT_NONE);
	late = put_case(&room, "review", "plan-in-force", core_now(room.core) - 3 * DAY_SECONDS);
	for (int i = 0; i < 60; i++)		/* more than are looked at in one piece */
		put_case(&room, "review", "plan-in-force", INSTANT_NONE);
	room.core->look_first_ms = INT64_MAX;	/* timers stand still */
	sweep(&room);
	assert_int_equal(room.core->vigil->forgotten.cases, -1);	/* and are waited for */
	room.core->look_first_ms = 0;
	sweep(&room);
	assert_int_equal(room.core->vigil->forgotten.cases, 2);
	assert_int_equal(silent_rows(&room, gone), 1);
	assert_int_equal(silent_rows(&room, late), 1);
	assert_int_equal(silent_rows(&room, well), 0);
	has_words("found", wrong(&room, "forgotten"), "in 2 open cases nobody is asked");
	/* A row of the time before the rules had words for people is the same matter. */
	if (store_triages_of_case(room.core->store, room.arena, gone, &rows, &count, &err) == -1 || count != 1 ||
	    store_triage_done(room.core->store, rows[0].id, &err) == -1)
		fail_msg("%s", err.text);
	old = (struct triage_row){ .case_id = gone, .pack = rows[0].pack, .rule = "", .template = "", .note = "", .at = rows[0].at,
	    .reason = "Nothing more will happen in this case by itself: its advice stands at \"no-such-stage\", which the rules no longer "
	    "have. Move it on (\"advicectl move\"), or close it." };
	if (store_triage_add(room.core->store, &old, &err) == -1)
		fail_msg("%s", err.text);
	sweep(&room);
	if (store_triages_of_case(room.core->store, room.arena, gone, &rows, &count, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(count, 2);
	assert_int_equal(rows[1].id, old.id);
	assert_string_equal(rows[1].state, "open");
	/* The next look finds the same once more, and no more of what is in order again. */
	one = (struct case_strand){ .no = 1, .name = "advice", .service = "", .stage = "stopped", .entry = 2, .chased = "",
	    .held_at = INSTANT_NONE, .final = true, .began = core_now(room.core), .entered = core_now(room.core) };
	moved = (struct decision){ .strands = &one, .strand_count = 1, .next_due = INSTANT_NONE };
	if (core_begin(room.core, &err) == -1 || store_apply(room.core->store, gone, 0, &moved, core_now(room.core), &err) == -1 ||
	    core_commit(room.core, &err) == -1)
		fail_msg("%s", err.text);
	sweep(&room);
	assert_int_equal(room.core->vigil->forgotten.cases, 1);
	assert_int_equal(silent_rows(&room, gone), 0);
	assert_int_equal(silent_rows(&room, late), 1);
	room_leave(&room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_clock_that_goes_back_or_jumps_is_noticed),
		cmocka_unit_test(test_a_server_whose_clock_differs_is_noticed),
		cmocka_unit_test(test_complaint_1_a_mailbox_is_judged_by_its_last_proven_look),
		cmocka_unit_test(test_complaint_2_a_process_that_is_gone_or_restless_is_noticed),
		cmocka_unit_test(test_a_process_that_was_started_anew_as_wanted_is_not_restless),
		cmocka_unit_test(test_a_password_that_cannot_be_read_is_told_while_all_still_works),
		cmocka_unit_test(test_a_trouble_that_passes_is_none),
		cmocka_unit_test(test_complaint_1_a_canary_goes_only_when_nothing_has_come_back),
		cmocka_unit_test(test_complaint_1_a_canary_that_does_not_come_back_is_told_once),
		cmocka_unit_test(test_complaint_23_a_case_in_which_nothing_follows_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
