/*
 * Civil dates and instants by arithmetic.  Any role; pure.  Invariant: a dayno
 * is DAY_NONE or a day of the years 1 to 9999; DAY_NONE in gives DAY_NONE (or
 * an empty text) out.
 * Fails: never.
 */
#include "base/date.h"

#include <string.h>

#define YEAR_MIN	1
#define YEAR_MAX	9999

static const char *const month_names[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};
static const char *const weekday_names[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int
month_days(int year, int month)
{
	static const int	days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Years are counted from 1 March, so that the leap day is the last of its year. */
dayno
date_from_civil(int year, int month, int day)
{
	int	y, m;

	if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month))
		return DAY_NONE;
	y = month > 2 ? year : year - 1;
	m = month > 2 ? month - 3 : month + 9;
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

struct civil
date_to_civil(dayno day)
{
	struct civil	civil = { 0, 0, 0 };
	int		n, era, of_era, year, of_year, m;

	if (day == DAY_NONE)
		return civil;
	n = day + 719468;			/* days since 1 March of the year 0 */
	era = n / 146097;			/* of 400 years */
	of_era = n % 146097;
	year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * year + year / 4 - year / 100);
	m = (5 * of_year + 2) / 153;
	civil.day = of_year - (153 * m + 2) / 5 + 1;
	civil.month = m < 10 ? m + 3 : m - 9;
	civil.year = year + era * 400 + (civil.month <= 2);
	return civil;
}

int
date_weekday(dayno day)
{
	int	weekday = (day + 3) % 7;	/* 1970-01-01 was a Thursday */

	return weekday < 0 ? weekday + 7 : weekday;
}

dayno
date_add_months(dayno day, int months)
{
	struct civil	civil = date_to_civil(day);
	int64_t		n;
	int		year, month, last;

	if (day == DAY_NONE)
		return DAY_NONE;
	n = (int64_t)civil.year * 12 + civil.month - 1 + months;
	if (n < YEAR_MIN * 12 || n > YEAR_MAX * 12 + 11)
		return DAY_NONE;
	year = (int)(n / 12);
	month = (int)(n % 12) + 1;
	last = month_days(year, month);
	return date_from_civil(year, month, civil.day < last ? civil.day : last);
}

/* Midnight at the start of the last Sunday of a month of 31 days. */
static int64_t
last_sunday(int year, int month)
{
	dayno	last = date_from_civil(year, month, 31);

	return (int64_t)(last - (date_weekday(last) + 1) % 7) * DAY_SECONDS;
}

static int64_t
day_of(int64_t seconds)
{
	return seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0);
}

/*
 * Seconds that London is ahead of UTC; none before 1972, where no hour matters
 * to us.  The year that was last asked about is kept, since most are asked for
 * many times in a row.
 */
static int
london_offset(instant at)
{
	static instant	from = 0, to = 0, summer, winter;
	int		year;

	if (at < from || at >= to) {
		year = date_to_civil((dayno)day_of(at)).year;
		if (year < 1972)
			return 0;
		from = (instant)date_from_civil(year, 1, 1) * DAY_SECONDS;
		to = (instant)(date_from_civil(year, 12, 31) + 1) * DAY_SECONDS;
		summer = last_sunday(year, 3) + 3600;
		winter = last_sunday(year, 10) + 3600;
	}
	return at >= summer && at < winter ? 3600 : 0;
}

/* London's clock, as if it were UTC; INSTANT_NONE beyond the years we know. */
static instant
london_clock(instant at)
{
	static const int64_t	first = -719162LL * DAY_SECONDS;	/* 0001-01-01 */
	static const int64_t	last = 2932896LL * DAY_SECONDS;		/* 9999-12-31 */

	if (at < first || at >= last)
		return INSTANT_NONE;
	return at + london_offset(at);
}

dayno
instant_date(instant at)
{
	instant	local = london_clock(at);

	return local == INSTANT_NONE ? DAY_NONE : (dayno)day_of(local);
}

int
instant_minute(instant at)
{
	instant	local = london_clock(at);

	if (local == INSTANT_NONE)
		return 0;
	return (int)((local - day_of(local) * DAY_SECONDS) / 60);
}

instant
instant_at(dayno day, int minute)
{
	instant	local = (instant)day * DAY_SECONDS + minute * 60;

	if (day == DAY_NONE)
		return INSTANT_NONE;
	return london_offset(local - 3600) == 3600 ? local - 3600 : local;
}

char *
date_iso(struct arena *arena, dayno day)
{
	struct civil	civil = date_to_civil(day);

	if (day == DAY_NONE)
		return arena_strdup(arena, "");
	return arena_printf(arena, "%04d-%02d-%02d", civil.year, civil.month, civil.day);
}

/* In this many digits, with what stands behind them. */
static char *
put_digits(char *out, int number, int digits, char behind)
{
	for (int i = digits - 1; i >= 0; i--, number /= 10)
		out[i] = (char)('0' + number % 10);
	out[digits] = behind;
	return out + digits + 1;
}

char *
instant_iso(struct arena *arena, instant at)
{
	instant		local = london_clock(at);
	struct civil	civil;
	char		*text, *out;
	int		second;

	if (local == INSTANT_NONE)
		return arena_strdup(arena, "");
	civil = date_to_civil((dayno)day_of(local));
	second = (int)(local - day_of(local) * DAY_SECONDS);
	text = out = arena_alloc(arena, sizeof("2026-09-07T12:00:00+01:00"));
	out = put_digits(out, civil.year, 4, '-');
	out = put_digits(out, civil.month, 2, '-');
	out = put_digits(out, civil.day, 2, 'T');
	out = put_digits(out, second / 3600, 2, ':');
	out = put_digits(out, second / 60 % 60, 2, ':');
	out = put_digits(out, second % 60, 2, '+');
	out = put_digits(out, (int)(local - at) / 3600, 2, ':');
	(void)put_digits(out, 0, 2, '\0');
	return text;
}

static char *
put_number(char *out, int number)
{
	if (number >= 10)
		out = put_number(out, number / 10);
	*out = (char)('0' + number % 10);
	return out + 1;
}

/* Every mail names some days: put together without a format, which takes four times as long. */
char *
date_words(struct arena *arena, dayno day)
{
	struct civil	civil = date_to_civil(day);
	char		text[48], *out = text;

	if (day == DAY_NONE)
		return arena_strdup(arena, "");
	out = put_number(out, civil.day);
	*out++ = ' ';
	out = stpcpy(out, month_names[civil.month - 1]);
	*out++ = ' ';
	out = put_number(out, civil.year);
	*out = '\0';
	return arena_strdup(arena, text);
}

char *
date_words_weekday(struct arena *arena, dayno day)
{
	if (day == DAY_NONE)
		return arena_strdup(arena, "");
	return arena_printf(arena, "%s %s", weekday_names[date_weekday(day)],
	    date_words(arena, day));
}

/* Exactly len digits; -1 where there is anything else. */
static int
digits(const char *text, int len)
{
	int	value = 0, i;

	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + text[i] - '0';
	}
	return value;
}

/* YYYY-MM-DD at the start of text; what follows is not looked at. */
static dayno
iso_day(const char *text)
{
	int	year, month, day;

	if (strnlen(text, 10) < 10 || text[4] != '-' || text[7] != '-')
		return DAY_NONE;
	year = digits(text, 4);
	month = digits(text + 5, 2);
	day = digits(text + 8, 2);
	if (year < 0 || month < 0 || day < 0)
		return DAY_NONE;
	return date_from_civil(year, month, day);
}

bool
date_parse_iso(const char *text, dayno *day_r)
{
	dayno	day = iso_day(text);

	if (day == DAY_NONE || text[10] != '\0')
		return false;
	*day_r = day;
	return true;
}

/* THH:MM or THH:MM:SS: moves *text behind it and returns the second of the day, or -1. */
static int
iso_time(const char **text)
{
	const char	*s = *text;
	int		 hour, minute, second = 0;

	if (strnlen(s, 6) < 6 || s[0] != 'T' || s[3] != ':')
		return -1;
	hour = digits(s + 1, 2);
	minute = digits(s + 4, 2);
	s += 6;
	if (s[0] == ':') {
		if (strnlen(s, 3) < 3)
			return -1;
		second = digits(s + 1, 2);
		s += 3;
	}
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
		return -1;
	*text = s;
	return hour * 3600 + minute * 60 + second;
}

/* Z or +HH:MM, and nothing behind it. */
static bool
iso_zone(const char *text, int *offset_r)
{
	int	hour, minute;

	if (strcmp(text, "Z") == 0) {
		*offset_r = 0;
		return true;
	}
	if (strlen(text) != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
		return false;
	hour = digits(text + 1, 2);
	minute = digits(text + 4, 2);
	if (hour < 0 || hour > 14 || minute < 0 || minute > 59)
		return false;
	*offset_r = (hour * 3600 + minute * 60) * (text[0] == '-' ? -1 : 1);
	return true;
}

bool
instant_parse_iso(const char *text, instant *at_r)
{
	dayno	day = iso_day(text);
	int	second = 0, offset;

	if (day == DAY_NONE)
		return false;
	text += 10;
	if (*text != '\0' && (second = iso_time(&text)) < 0)
		return false;
	if (*text == '\0') {
		*at_r = instant_at(day, second / 60) + second % 60;
		return true;
	}
	if (!iso_zone(text, &offset))
		return false;
	*at_r = (instant)day * DAY_SECONDS + second - offset;
	return true;
}

int
date_age(dayno born, dayno on)
{
	struct civil	b = date_to_civil(born), o = date_to_civil(on);

	if (born == DAY_NONE || on == DAY_NONE)
		return -1;
	return o.year - b.year - (o.month < b.month || (o.month == b.month && o.day < b.day));
}
