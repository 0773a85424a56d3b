/* The case clock: standing still, paced, never backwards; how long to wait. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "base/clock.h"

#define START	INT64_C(1788768000)
#define HOUR_MS	INT64_C(3600000)

static void
test_standing_still(void **state)
{
	struct case_clock	clock = { true, START, clock_real_ms() - HOUR_MS, 0 };

	(void)state;
	assert_true(case_clock_now(&clock) == START);
	assert_true(case_clock_wait_ms(&clock, START) == 0);
	assert_true(case_clock_wait_ms(&clock, START - 1) == 0);
	assert_true(case_clock_wait_ms(&clock, START + 1) == -1);
	case_clock_set(&clock, START + 100);
	assert_true(case_clock_now(&clock) == START + 100);
	case_clock_set(&clock, START);
	assert_true(case_clock_now(&clock) == START + 100);
	assert_true(case_clock_wait_ms(&clock, INSTANT_NONE) == 0);
}

/* An hour of real time has passed; the machine may be slow, so only a lower bound is sure. */
static void
test_paced(void **state)
{
	struct case_clock	clock = { true, START, clock_real_ms() - HOUR_MS, 86400 };
	instant			now = case_clock_now(&clock);
	int64_t			wait_ms;

	(void)state;
	assert_true(now >= START + 3600 * 86400);
	assert_true(now < START + 3660 * 86400);
	/* A day ahead is a real second ahead. */
	wait_ms = case_clock_wait_ms(&clock, START + 3700 * INT64_C(86400));
	assert_true(wait_ms <= 100000 && wait_ms > 40000);
	assert_true(case_clock_wait_ms(&clock, START) == 0);
	case_clock_set(&clock, START);
	assert_true(case_clock_now(&clock) >= now);
}

/* Sleeping for what is left always reaches the time: never a moment too short. */
static void
test_wait_is_enough(void **state)
{
	static const int	speeds[] = { 1, 7, 60, 999, 1000, 1001, 86400 };
	struct case_clock	clock = { true, START, 0, 0 };
	int64_t			at, wait_ms, elapsed_ms;
	size_t			i;

	(void)state;
	for (i = 0; i < sizeof(speeds) / sizeof(*speeds); i++) {
		clock.speed = speeds[i];
		for (at = 1; at < 100000; at = at * 3 + 1) {
			clock.real_anchor_ms = clock_real_ms();
			wait_ms = case_clock_wait_ms(&clock, START + at);
			/* As if wait_ms had gone by, and nothing since the anchor was read. */
			elapsed_ms = wait_ms + (clock_real_ms() - clock.real_anchor_ms);
			if (elapsed_ms * speeds[i] / 1000 < at)
				fail_msg("speed %d, %ld s: %ld ms is too short", speeds[i],
				    (long)at, (long)wait_ms);
		}
	}
}

static void
test_wall(void **state)
{
	struct case_clock	clock = { false, 0, 0, 0 };
	instant			before = clock_wall(), now = case_clock_now(&clock);
	int64_t			wait_ms;

	(void)state;
	assert_true(now >= before && now <= clock_wall());
	assert_true(case_clock_wait_ms(&clock, now) == 0);
	wait_ms = case_clock_wait_ms(&clock, now + 1000);
	assert_true(wait_ms <= 1000000 && wait_ms > 900000);
	assert_true(case_clock_wait_ms(&clock, INT64_MAX) == INT64_MAX);
	case_clock_set(&clock, now + 1000);
	assert_true(case_clock_now(&clock) == now + 1000);
}

int
main(void)
{
	static const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_standing_still),
		cmocka_unit_test(test_paced),
		cmocka_unit_test(test_wait_is_enough),
		cmocka_unit_test(test_wall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
