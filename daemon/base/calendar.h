/*
 * Which days are worked.  A calendar is data (config/calendars/NAME.cfg):
 * rules for bank holidays, and an override list of days added or taken away.
 * Loading reads a file; everything else is pure.
 * Fails: ERR_CONFIG, with file and line, for a file that cannot be used.
 */
#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/err.h"

struct calendar;	/* lives in the arena it was loaded into */

int	calendar_load(struct arena *arena, const char *path, struct calendar **calendar_r, struct err *err);

/* A copy with more closed days (a pack's closed-days), in arena. */
struct calendar *calendar_with_closed(struct arena *arena, const struct calendar *calendar,
	    const dayno *days, size_t count);

bool	calendar_is_working(const struct calendar *calendar, dayno day);
/* Name of the bank holiday, "closed", or NULL on any other day (weekends too). */
const char *calendar_holiday(const struct calendar *calendar, dayno day);
/* The nth working day after (n > 0) or before (n < 0) day; n = 0 gives day. */
dayno	calendar_add_working(const struct calendar *calendar, dayno day, int n);
dayno	calendar_on_or_before(const struct calendar *calendar, dayno day);
dayno	calendar_on_or_after(const struct calendar *calendar, dayno day);
/* day + n units; working days through the calendar. */
dayno	calendar_add(const struct calendar *calendar, dayno day, int n, enum date_unit unit);
/* The last year that the override list was checked for ("complete-to"), or 0. */
int	calendar_complete_to(const struct calendar *calendar);

#endif
