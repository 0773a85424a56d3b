/*
 * The two clocks.  Real time (monotonic) drives network and kill deadlines,
 * backoff and the watchdog.  Case time (civil, Europe/London) drives
 * deadlines, timers and sending hours; core alone owns it.  Case time is
 * either the machine's, or moved: an anchor and a speed, or standing still
 * until somebody moves it (`advicectl clock until T`).
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"

int64_t	clock_real_ms(void);		/* CLOCK_MONOTONIC */
instant	clock_wall(void);		/* CLOCK_REALTIME, seconds */

struct case_clock {
	bool	moved;		/* false: case time is the wall clock */
	instant	anchor;		/* case time when real_anchor_ms was read */
	int64_t	real_anchor_ms;
	int	speed;		/* case seconds per real second; 0 stands still */
};

instant	case_clock_now(const struct case_clock *clock);
/* Move to at (never backwards: then it stays). */
void	case_clock_set(struct case_clock *clock, instant at);
/* Real milliseconds until case time reaches at; 0 if it has; -1 if it never will by itself. */
int64_t	case_clock_wait_ms(const struct case_clock *clock, instant at);

#endif
