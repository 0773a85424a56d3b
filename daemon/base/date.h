/*
 * Civil dates and instants, Europe/London.  Statutory periods are counted on
 * dates (dayno), independent of hours and of summer time; an instant is a
 * point in time.  London's offset is computed (summer time from the last
 * Sunday of March, 01:00 UTC, to the last Sunday of October, 01:00 UTC; in
 * force since 1996), so that nothing here depends on the machine's zone.
 * Pure: no clock is read here.
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

typedef int32_t dayno;		/* days since 1970-01-01, Europe/London civil date */
typedef int64_t instant;	/* seconds since 1970-01-01T00:00:00Z */

#define DAY_NONE	INT32_MIN
#define DAY_SECONDS	86400	/* of an instant; a civil day may be an hour longer or shorter */
#define INSTANT_NONE	INT64_MIN

enum date_unit { UNIT_DAY, UNIT_WORKING_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_YEAR };

struct civil { int year, month, day; };		/* month and day from 1 */

dayno	date_from_civil(int year, int month, int day);	/* DAY_NONE if there is no such day */
struct civil date_to_civil(dayno day);
int	date_weekday(dayno day);			/* 0 = Monday ... 6 = Sunday */

/* A day that a month lacks is its last: 31 January + 1 month is 28 or 29 February. */
dayno	date_add_months(dayno day, int months);

/* London civil date and time of an instant, and back (an hour that summer time skips moves on). */
dayno	instant_date(instant at);
int	instant_minute(instant at);			/* minute of the day, 0 to 1439 */
instant	instant_at(dayno day, int minute);

/* "2026-11-23", "2026-11-23T09:00:00+00:00" (London offset), "23 Nov 2026", "Mon 23 Nov 2026". */
char	*date_iso(struct arena *arena, dayno day);
char	*instant_iso(struct arena *arena, instant at);
char	*date_words(struct arena *arena, dayno day);
char	*date_words_weekday(struct arena *arena, dayno day);

bool	date_parse_iso(const char *text, dayno *day_r);	/* YYYY-MM-DD exactly */
/* "2026-09-07", "2026-09-07T09:00", "...T09:00:00", with Z, +01:00 or nothing (London). */
bool	instant_parse_iso(const char *text, instant *at_r);

/*
 * A date as people write it, at the start of text: 12/03/2015, 12.3.15,
 * 12-03-2015, 12 March 2015, 12th Mar 2015, Thursday 12 March 2015, 12 March,
 * March 12, 2015, 2015-03-12, "w/c 9/3".  Day first always; a year of two
 * digits or none is settled by near: for DATE_BIRTH the latest such day not
 * after near, for DATE_AHEAD the first not before near (a year of two digits
 * never means one more than fifty years ahead: then it is past).
 * Returns the bytes taken, 0 if no date starts here; day_r is set only then.
 * text must not be the middle of a longer number or word: the caller sees to it.
 */
enum date_leaning { DATE_BIRTH, DATE_AHEAD };
size_t	date_parse_words(const char *text, dayno near, enum date_leaning leaning, dayno *day_r);

/* Whole years from born to on (a 29 February is counted on 1 March); -1 if either is no day. */
int	date_age(dayno born, dayno on);

#endif
