/*
 * Which days are worked: asking a calendar that has been loaded.  Any role;
 * pure.  Invariant: holidays are sorted by day, each day once, and closed has
 * a bit set for exactly those days.  Beyond the years that a calendar covers
 * only weekends are not worked.
 * Fails: never; DAY_NONE in gives DAY_NONE out.
 */
#include "base/calendar.h"

#include <stdlib.h>
#include <string.h>

#include "base/calendar_days.h"

static bool
is_closed(const struct calendar *calendar, dayno day)
{
	int64_t	bit = (int64_t)day - calendar->first;

	if (bit < 0 || bit >= calendar->days)
		return false;
	return calendar->closed[bit / 8] >> (bit % 8) & 1;
}

static int
compare_days(const void *a, const void *b)
{
	const struct holiday	*x = a, *y = b;

	return (x->day > y->day) - (x->day < y->day);
}

void
calendar_finish(struct arena *arena, struct calendar *calendar)
{
	size_t	i;

	qsort(calendar->holidays, calendar->count, sizeof(*calendar->holidays), compare_days);
	calendar->first = date_from_civil(CALENDAR_FIRST_YEAR, 1, 1);
	calendar->days = date_from_civil(CALENDAR_LAST_YEAR, 12, 31) - calendar->first + 1;
	calendar->closed = arena_alloc(arena, (size_t)calendar->days / 8 + 1);
	for (i = 0; i < calendar->count; i++) {
		int64_t	bit = (int64_t)calendar->holidays[i].day - calendar->first;

		if (bit >= 0 && bit < calendar->days)
			calendar->closed[bit / 8] |= (unsigned char)(1 << (bit % 8));
	}
}

struct calendar *
calendar_with_closed(struct arena *arena, const struct calendar *calendar, const dayno *days,
    size_t count)
{
	struct calendar	*copy = arena_memdup(arena, calendar, sizeof(*calendar));
	struct holiday	*holidays;
	size_t		 i;

	holidays = arena_alloc(arena, (calendar->count + count) * sizeof(*holidays));
	if (calendar->count > 0)
		memcpy(holidays, calendar->holidays, calendar->count * sizeof(*holidays));
	copy->holidays = holidays;
	for (i = 0; i < count; i++) {
		if (calendar_holiday(calendar, days[i]) != NULL)
			continue;
		holidays[copy->count].day = days[i];
		holidays[copy->count++].name = "closed";
	}
	calendar_finish(arena, copy);
	return copy;
}

bool
calendar_is_working(const struct calendar *calendar, dayno day)
{
	return day != DAY_NONE && date_weekday(day) < 5 && !is_closed(calendar, day);
}

const char *
calendar_holiday(const struct calendar *calendar, dayno day)
{
	struct holiday		 key = { day, NULL };
	const struct holiday	*found;

	if (!is_closed(calendar, day))
		return NULL;
	found = bsearch(&key, calendar->holidays, calendar->count, sizeof(key), compare_days);
	return found == NULL ? NULL : found->name;
}

dayno
calendar_add_working(const struct calendar *calendar, dayno day, int n)
{
	int	step = n < 0 ? -1 : 1;

	if (day == DAY_NONE || abs(n) > CALENDAR_STEPS_MAX)
		return DAY_NONE;
	while (n != 0) {
		day += step;
		if (calendar_is_working(calendar, day))
			n -= step;
	}
	return day;
}

dayno
calendar_on_or_before(const struct calendar *calendar, dayno day)
{
	while (day != DAY_NONE && !calendar_is_working(calendar, day))
		day--;
	return day;
}

dayno
calendar_on_or_after(const struct calendar *calendar, dayno day)
{
	while (day != DAY_NONE && !calendar_is_working(calendar, day))
		day++;
	return day;
}

/* day + n, or DAY_NONE when that is no day of the years 1 to 9999. */
static dayno
add_days(dayno day, int64_t n)
{
	int64_t	sum = day + n;

	if (day == DAY_NONE || sum < date_from_civil(1, 1, 1) || sum > date_from_civil(9999, 12, 31))
		return DAY_NONE;
	return (dayno)sum;
}

dayno
calendar_add(const struct calendar *calendar, dayno day, int n, enum date_unit unit)
{
	switch (unit) {
	case UNIT_DAY:
		return add_days(day, n);
	case UNIT_WORKING_DAY:
		return calendar_add_working(calendar, day, n);
	case UNIT_WEEK:
		return add_days(day, (int64_t)n * 7);
	case UNIT_MONTH:
		return date_add_months(day, n);
	case UNIT_YEAR:
		return abs(n) > 9999 ? DAY_NONE : date_add_months(day, n * 12);
	}
	return DAY_NONE;
}

int
calendar_complete_to(const struct calendar *calendar)
{
	return calendar->complete_to;
}
