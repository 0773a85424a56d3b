/*
 * The two clocks.  Any role reads real time; core alone keeps a case clock.
 * Invariant: case time never goes backwards while it is moved by us.
 * Fails: never.
 */
#include "base/clock.h"

#include <time.h>

static int64_t
read_ms(clockid_t id)
{
	struct timespec	ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_real_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

instant
clock_wall(void)
{
	return read_ms(CLOCK_REALTIME) / 1000;
}

instant
case_clock_now(const struct case_clock *clock)
{
	int64_t	elapsed_ms;

	if (!clock->moved)
		return clock_wall();
	if (clock->speed == 0)
		return clock->anchor;
	elapsed_ms = clock_real_ms() - clock->real_anchor_ms;
	return clock->anchor + elapsed_ms * clock->speed / 1000;
}

void
case_clock_set(struct case_clock *clock, instant at)
{
	instant	now = case_clock_now(clock);

	clock->moved = true;
	clock->anchor = at > now ? at : now;
	clock->real_anchor_ms = clock_real_ms();
}

int64_t
case_clock_wait_ms(const struct case_clock *clock, instant at)
{
	int64_t	due_ms, wait_ms;

	if (at <= case_clock_now(clock))
		return 0;
	if (!clock->moved) {
		if (__builtin_mul_overflow(at, 1000, &due_ms))
			return INT64_MAX;
		wait_ms = due_ms - read_ms(CLOCK_REALTIME);
		return wait_ms > 0 ? wait_ms : 0;
	}
	if (clock->speed == 0)
		return -1;
	if (__builtin_mul_overflow(at - clock->anchor, 1000, &due_ms))
		return INT64_MAX;
	/* Rounded up: whoever sleeps this long finds the time reached. */
	due_ms = due_ms / clock->speed + (due_ms % clock->speed != 0);
	wait_ms = due_ms - (clock_real_ms() - clock->real_anchor_ms);
	return wait_ms > 0 ? wait_ms : 0;
}
