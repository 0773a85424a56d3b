/*
 * What a calendar is inside; only calendar.c and calendar_load.c look at it.
 */
#ifndef BASE_CALENDAR_DAYS_H
#define BASE_CALENDAR_DAYS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/date.h"

#define CALENDAR_FIRST_YEAR	1995
#define CALENDAR_LAST_YEAR	2100
#define CALENDAR_STEPS_MAX	100000	/* working days in one sum; more is no date */

struct holiday {
	dayno		 day;
	const char	*name;
};

struct calendar {
	struct holiday	*holidays;
	size_t		 count;
	int		 complete_to;
	dayno		 first;		/* the day of bit 0 */
	int		 days;
	unsigned char	*closed;
};

/* Sort the holidays and set the bits. */
void	calendar_finish(struct arena *arena, struct calendar *calendar);

#endif
