/*
 * Secrets and certificates that end, in core as an object: case time is moved, and the mails to the administrator are
 * counted.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "conf/sign_in.h"
#include "core_room.h"
#include "ctl/live.h"

static int
set_up(void **state)
{
	struct room *room = x_calloc(1, sizeof(*room));
	struct sign_in *sign_ins;

	room_furnish(room);
	room->without_sender = true;
	sign_ins = arena_alloc(room->arena, 2 * sizeof(*sign_ins));
	sign_ins[0] = (struct sign_in){ .name = "office", .kind = SIGN_IN_MICROSOFT, .secret_file = "/s",
	    .secret_expires = date_from_civil(2027, 3, 1) };
	sign_ins[1] = (struct sign_in){ .name = "second", .kind = SIGN_IN_MICROSOFT, .certificate_file = "/c",
	    .secret_expires = DAY_NONE };
	room->config.sign_ins = sign_ins;
	room->config.sign_in_count = 2;
	room->config.directory_file = "directory.csv";
	room->config.involvement_file = "involvement.csv";
	room_open(room);
	*state = room;
	return 0;
}

static void
until(struct room *room, const char *at)
{
	struct err err = { ERR_NONE, "" };
	instant when;
	bool more;

	assert_true(instant_parse_iso(at, &when));
	case_clock_set(&room->core->clock, when);
	do {
		if (core_turn(room->core, &more, &err) == -1)
			fail_msg("%s", err.text);
	} while (more);
}

static void
hear(struct room *room, const char *peer, const char *name, dayno ends, int want)
{
	struct frame frame;
	struct err err = { ERR_NONE, "" };

	frame_init(&frame, WIRE_SIGN_IN, 0);
	put_str(&frame, name);
	put_i64(&frame, ends);
	if (core_frame(room->core, peer, &frame, &err) != want)
		fail_msg("%s", err.text);
	frame_free(&frame);
}

/* 60, 30, 14, 7 days and one day before, and on the day: each once, whatever is started again in between. */
static void
each_word_is_said_once(void **state)
{
	static const struct { const char *at; size_t told; int left; } days[] = {
		{ "2026-12-30T10:00", 0, 61 }, { "2026-12-31T08:59", 0, 60 }, { "2026-12-31T09:00", 1, 60 },
		{ "2027-01-20T10:00", 1, 40 }, { "2027-01-30T09:00", 2, 30 }, { "2027-02-14T23:59", 2, 15 },
		{ "2027-02-15T10:00", 3, 14 }, { "2027-02-22T10:00", 4, 7 }, { "2027-02-28T08:00", 4, 1 },
		{ "2027-02-28T10:00", 5, 1 }, { "2027-03-01T10:00", 6, 0 }, { "2027-05-01T10:00", 6, -61 },
	};
	struct room *room = *state;

	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		until(room, days[i].at);
		if (room_mails_about(room, "\"office\"") != days[i].told)
			fail_msg("%s: told %zu times, wanted %zu", days[i].at, room_mails_about(room, "\"office\""), days[i].told);
		assert_int_equal(core_days_left(room->core, 0), days[i].left);
		if (i % 3 == 2) {
			core_close(&room->core);
			room_open(room);
		}
	}
	assert_int_equal(room_mails_about(room, "ends in 30 days"), 1);
	assert_int_equal(room_mails_about(room, "ends tomorrow"), 1);
	assert_int_equal(room_mails_about(room, "ends today"), 1);
	assert_int_equal(room_mails_about(room, "\"second\""), 0);
	assert_int_equal(core_days_left(room->core, 1), INT_MAX);
}

/* After a long rest, the most urgent word alone. */
static void
the_most_urgent_alone(void **state)
{
	struct room *room = *state;

	until(room, "2027-02-25T10:00");
	assert_int_equal(room_mails_about(room, "\"office\" ends in 4 days"), 1);
	assert_int_equal(room_mails_about(room, "\"office\""), 1);
	until(room, "2027-02-28T10:00");
	assert_int_equal(room_mails_about(room, "\"office\""), 2);
}

/* A certificate's end is the role's to say; a new certificate begins the count anew. */
static void
a_certificate_is_heard_of(void **state)
{
	struct room *room = *state;

	hear(room, "fetch:advice", "second", date_from_civil(2026, 10, 1), 0);
	assert_int_equal(core_days_left(room->core, 1), 24);
	until(room, "2026-09-08T09:00");
	assert_int_equal(room_mails_about(room, "the certificate of the sign-in \"second\" ends in 23 days"), 1);
	core_close(&room->core);
	room_open(room);
	until(room, "2026-09-08T12:00");
	assert_int_equal(core_days_left(room->core, 1), 23);
	hear(room, "send", "second", date_from_civil(2026, 10, 1), 0);
	until(room, "2026-09-10T12:00");
	assert_int_equal(room_mails_about(room, "\"second\""), 1);
	hear(room, "send", "second", date_from_civil(2026, 10, 20), 0);
	until(room, "2026-09-20T12:00");
	assert_int_equal(room_mails_about(room, "\"second\""), 2);
	hear(room, "send", "nobody", 20000, 0);
	hear(room, "parse", "second", 20000, -1);
}

static void
status_says_it(void **state)
{
	static const struct { const char *at, *says; } days[] = {
		{ "2026-09-07T09:00", "sign-in office       its secret ends on 1 Mar 2027, in 175 days\n" },
		{ "2026-09-07T09:00", "sign-in second       it is not known when its certificate ends" },
		{ "2027-02-10T09:00", "sign-in office       warning: its secret ends on 1 Mar 2027, in 19 days\n" },
		{ "2027-03-10T09:00", "sign-in office       warning: its secret ended on 1 Mar 2027\n" },
	};
	struct room *room = *state;

	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		struct live live = { .store = room->core->store, .config = &room->config, .arena = room->arena };
		char status[] = "status", *argv[] = { status, NULL };

		until(room, days[i].at);
		live.now = core_now(room->core);
		live.send_trouble = "the server will not have us";
		assert_true(live_status(&live, 1, argv) <= 1);	/* 1: something is wrong, and it is said */
		if (strstr(buf_text(&live.out), days[i].says) == NULL)
			fail_msg("%s: not in\n%s", days[i].says, buf_text(&live.out));
		assert_non_null(strstr(buf_text(&live.out), "trouble: the server will not have us"));
		buf_reset(&live.out);
		live.json = true;
		assert_true(live_status(&live, 1, argv) <= 1);	/* 1: something is wrong, and it is said */
		assert_non_null(strstr(buf_text(&live.out), "\"ends\":\"2027-03-01\",\"days-left\":"));
		buf_free(&live.out);
		buf_free(&live.errors);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_word_is_said_once, set_up, room_end),
		cmocka_unit_test_setup_teardown(the_most_urgent_alone, set_up, room_end),
		cmocka_unit_test_setup_teardown(a_certificate_is_heard_of, set_up, room_end),
		cmocka_unit_test_setup_teardown(status_says_it, set_up, room_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
