/*
 * Dates as people write them.  parse (facts), core (rules and commands); pure.
 * Invariant: what may be no date is none: part of a longer number, a version
 * number, a time, a day that its month lacks.  Day before month always, unless
 * the second number cannot be a month.
 * Fails: 0 bytes taken.
 */
#include "base/date.h"

#include <glib.h>
#include <string.h>

#define PLAIN_YEAR_MIN	1900
#define PLAIN_YEAR_MAX	2199
#define AHEAD_YEARS	50	/* a year of two digits does not lie further ahead than this */
#define LEAP_GAP	8	/* from one 29 February to the next, 1896 to 1904 */

/* What has been read so far. */
struct parts {
	int	day, month, year;	/* month 0: only a day, "Friday 12th" */
	int	year_digits;		/* 4, 2, or 0 for no year */
	int	weekday;		/* 0 = Monday, -1 for none */
	bool	led;			/* a weekday or "w/c" stands before it */
};

struct word {
	const char	*text;
	int		 value;
};

static const struct word months[] = {
	{ "january", 1 }, { "february", 2 }, { "march", 3 }, { "april", 4 }, { "may", 5 },
	{ "june", 6 }, { "july", 7 }, { "august", 8 }, { "september", 9 }, { "october", 10 },
	{ "november", 11 }, { "december", 12 }, { "jan", 1 }, { "feb", 2 }, { "mar", 3 },
	{ "apr", 4 }, { "jun", 6 }, { "jul", 7 }, { "aug", 8 }, { "sep", 9 }, { "sept", 9 },
	{ "oct", 10 }, { "nov", 11 }, { "dec", 12 }
};
static const struct word weekdays[] = {
	{ "monday", 0 }, { "tuesday", 1 }, { "wednesday", 2 }, { "thursday", 3 }, { "friday", 4 },
	{ "saturday", 5 }, { "sunday", 6 }, { "mon", 0 }, { "tue", 1 }, { "tues", 1 }, { "wed", 2 },
	{ "weds", 2 }, { "thu", 3 }, { "thur", 3 }, { "thurs", 3 }, { "fri", 4 }, { "sat", 5 },
	{ "sun", 6 }
};

/* Bytes of white space at s, ends of lines included; Word writes no-break and narrow spaces. */
static size_t
spaces(const char *s)
{
	size_t	n = 0;

	for (;;) {
		if (g_ascii_isspace(s[n]))
			n++;
		else if (strncmp(s + n, "\xc2\xa0", 2) == 0)
			n += 2;
		else if (strncmp(s + n, "\xe2\x80\xaf", 3) == 0 || strncmp(s + n, "\xe3\x80\x80", 3) == 0 ||
		    (strncmp(s + n, "\xe2\x80", 2) == 0 && (unsigned char)s[n + 2] >= 0x80 &&
		    (unsigned char)s[n + 2] <= 0x8a))
			n += 3;
		else
			return n;
	}
}

/* The separator at s as '/', '.' or '-' (dashes of every length); 0 and no bytes else. */
static char
separator(const char *s, size_t *len_r)
{
	*len_r = 1;
	if (*s == '/' || *s == '.' || *s == '-')
		return *s;
	*len_r = 3;
	if (strncmp(s, "\xe2\x80", 2) == 0 && (unsigned char)s[2] >= 0x90 &&
	    (unsigned char)s[2] <= 0x94)
		return '-';
	if (strncmp(s, "\xe2\x88\x92", 3) == 0)
		return '-';
	*len_r = 0;
	return 0;
}

static size_t
apostrophe(const char *s)
{
	if (*s == '\'')
		return 1;
	return strncmp(s, "\xe2\x80\x98", 3) == 0 || strncmp(s, "\xe2\x80\x99", 3) == 0 ? 3 : 0;
}

static bool
is_letter(const char *s)
{
	gunichar	c;

	if ((unsigned char)*s < 0x80)
		return g_ascii_isalpha(*s);
	c = g_utf8_get_char_validated(s, -1);
	return c < 0x110000 && g_unichar_isalpha(c);
}

/* A run of 1 to max digits; 0 bytes when there is none or a longer one. */
static size_t
number(const char *s, size_t max, int *value_r)
{
	size_t	n;

	*value_r = 0;
	for (n = 0; g_ascii_isdigit(s[n]); n++) {
		if (n == max)
			return 0;
		*value_r = *value_r * 10 + s[n] - '0';
	}
	return n;
}

/* The whole word at s, if it is among words; with the full stop of a short one. */
static size_t
word_at(const char *s, const struct word *words, size_t count, int *value_r)
{
	size_t	len, i;

	for (i = 0; i < count; i++) {
		if (((*s ^ words[i].text[0]) & 0xdf) != 0)
			continue;
		len = strlen(words[i].text);
		if (g_ascii_strncasecmp(s, words[i].text, len) != 0 || is_letter(s + len))
			continue;
		*value_r = words[i].value;
		return len + (len <= 5 && s[len] == '.' && !g_ascii_isdigit(s[len + 1]));
	}
	return 0;
}

static size_t
month_word(const char *s, int *month_r)
{
	return word_at(s, months, G_N_ELEMENTS(months), month_r);
}

/* One of phrases (NULL-terminated) at s, whole. */
static size_t
phrase(const char *s, const char *const *phrases)
{
	size_t	len;

	for (; *phrases != NULL; phrases++) {
		len = strlen(*phrases);
		if (g_ascii_strncasecmp(s, *phrases, len) == 0 && !is_letter(s + len))
			return len;
	}
	return 0;
}

/* "th" right behind a day, or after one space where Word had raised it. */
static size_t
ordinal(const char *s)
{
	static const char *const endings[] = { "st", "nd", "rd", "th", NULL };
	size_t	space = *s == ' ', len = phrase(s + space, endings);

	return len == 0 || g_ascii_isdigit(s[space + len]) ? 0 : space + len;
}

/* Is what ends at s only the front of a longer number, version or time? */
static bool
runs_on(const char *s, char last)
{
	size_t	len;
	char	next;

	if (is_letter(s) || g_ascii_isdigit(*s))
		return true;
	if (*s == ':')
		return g_ascii_isdigit(s[1]);
	next = separator(s, &len);
	return next != 0 && g_ascii_isdigit(s[len]) &&
	    (next == '.' || next == '/' || next == last);
}

static bool
plain_year(int year)
{
	return year >= PLAIN_YEAR_MIN && year <= PLAIN_YEAR_MAX;
}

/* "w/c", "Friday", "Friday, the": what may lead a date, with the space behind it. */
static size_t
lead(const char *s, struct parts *parts)
{
	static const char *const weeks[] = { "w/c", "w/b", "w/e", "wc", "week commencing",
	    "week beginning", "week ending", NULL };
	static const char *const the[] = { "the", NULL };
	size_t	n = phrase(s, weeks), len;

	if (n > 0) {
		n += s[n] == '.' || s[n] == ':';
		n += spaces(s + n);
		parts->led = true;
	}
	len = word_at(s + n, weekdays, G_N_ELEMENTS(weekdays), &parts->weekday);
	if (len > 0) {
		n += len;
		n += s[n] == ',';
		n += spaces(s + n);
		parts->led = true;
	}
	len = n == 0 ? 0 : phrase(s + n, the);
	return len == 0 ? n : n + len + spaces(s + n + len);
}

/* 2015-03-12, 2015/03/12; a time may follow behind T. */
static size_t
year_first(const char *s, struct parts *parts)
{
	size_t	n = number(s, 4, &parts->year), len, digits;
	char	first, second;

	if (n != 4 || !plain_year(parts->year))
		return 0;
	first = separator(s + n, &len);
	if (first == 0 || first == '.')
		return 0;
	n += len;
	if ((digits = number(s + n, 2, &parts->month)) == 0)
		return 0;
	n += digits;
	second = separator(s + n, &len);
	n += len;
	if (second != first || (digits = number(s + n, 2, &parts->day)) == 0)
		return 0;
	n += digits;
	if (!(s[n] == 'T' && g_ascii_isdigit(s[n + 1])) && runs_on(s + n, first))
		return 0;
	parts->year_digits = 4;
	return n;
}

/* A separator between numbers, the same as *last_r if that is set; a stroke may have spaces, a dash on both sides. */
static size_t
between(const char *s, char *last_r, bool *spaced_r)
{
	size_t	before = *s == ' ', len, n;
	char	found = separator(s + before, &len);

	if (found == 0 || (*last_r != 0 && found != *last_r))
		return 0;
	n = before + len;
	if (found == '/')
		n += s[n] == ' ';
	else if (before != 0 && (found != '-' || s[n++] != ' '))
		return 0;
	*spaced_r = found == '-' && before != 0;
	*last_r = found;
	return n;
}

/* Numbers as written into day and month: the other way round only where that is the one way. */
static bool
order(struct parts *parts, char mark, int first, int second)
{
	bool	month_first = second > 12 && parts->year_digits > 0 &&
		    (mark != '.' || parts->year_digits == 4);

	parts->day = month_first ? second : first;
	parts->month = month_first ? first : second;
	return parts->month >= 1 && parts->month <= 12;
}

/* 12/03/2015, 12.3.15, 12-03-2015; 9/3 without a year only with a stroke. */
static size_t
numbers(const char *s, struct parts *parts)
{
	size_t	n, len, digits;
	char	mark = 0;
	bool	spaced = false;
	int	first, second;

	if ((n = number(s, 2, &first)) == 0 || (len = between(s + n, &mark, &spaced)) == 0)
		return 0;
	n += len;
	if ((digits = number(s + n, 2, &second)) == 0)
		return 0;
	n += digits;
	len = between(s + n, &mark, &spaced);
	if (len > 0 && g_ascii_isdigit(s[n + len])) {
		n += len;
		digits = number(s + n, 4, &parts->year);
		if ((digits != 2 || spaced) && (digits != 4 || !plain_year(parts->year)))
			return 0;	/* "1 - 2 - 15" may be a score */
		parts->year_digits = (int)digits;
		n += digits;
	} else if (mark != '/' || (first == 24 && second == 7 && !parts->led))
		return 0;	/* a section number, a range; round the clock */
	else if (separator(s + n, &len) != 0 && number(s + n + len, 4, &parts->year) == 4)
		return 0;	/* 12/03-2015: whatever is meant, not the next 12 March */
	if (runs_on(s + n, mark) || s[n] == '%' || !order(parts, mark, first, second))
		return 0;
	return n;
}

/* Is the number that ends at s, behind "12 March", an hour rather than a year? */
static bool
is_hour(const char *s)
{
	static const char *const hours[] = { "am", "pm", "a.m", "p.m", "hrs", "hours", "h",
	    "o'clock", "noon", NULL };
	size_t	len;

	if (separator(s, &len) != 0 && g_ascii_isdigit(s[len]))
		return true;
	return phrase(s + spaces(s), hours) > 0;
}

/* The year behind a month, with what parts them; two digits not behind a comma. */
static size_t
year_behind(const char *s, struct parts *parts)
{
	size_t	n = spaces(s), len, digits;
	bool	comma = s[n] == ',', marked;
	int	year;

	if (comma) {
		n++;
		n += spaces(s + n);
	} else if (n == 0 && separator(s, &len) != 0)
		n += len;
	marked = apostrophe(s + n) > 0;
	n += apostrophe(s + n);
	digits = number(s + n, 4, &year);
	n += digits;
	if (digits == 0 || runs_on(s + n, 0))
		return 0;
	if (!(digits == 4 && plain_year(year)) &&
	    !(digits == 2 && (marked || (!comma && !is_hour(s + n)))))
		return 0;
	parts->year = year;
	parts->year_digits = (int)digits;
	return n;
}

/* What stands between a day and the word for its month: "of", a separator, a space, nothing. */
static size_t
before_month(const char *s)
{
	static const char *const of[] = { "of", "day of", NULL };
	size_t	n = spaces(s), len;

	len = phrase(s + n, of);
	if (len > 0)
		return n + len + spaces(s + n + len);
	if (n > 0)
		return n;
	separator(s, &len);
	return len + spaces(s + len);
}

/* "may" and "march" are verbs too: bare, they are months only with a capital. */
static bool
is_verb(const char *month)
{
	return strncmp(month, "may", 3) == 0 || strncmp(month, "march", 5) == 0;
}

/* 12 March 2015, 12th of March, 12-Mar-15. */
static size_t
day_then_month(const char *s, struct parts *parts)
{
	size_t		 n = number(s, 2, &parts->day), ending, len;
	const char	*month;

	if (n == 0)
		return 0;
	ending = ordinal(s + n);
	n += ending;
	n += before_month(s + n);
	month = s + n;
	if ((len = month_word(month, &parts->month)) == 0)
		return 0;
	n += len;
	len = year_behind(s + n, parts);
	if (len == 0 && (g_ascii_isdigit(s[n]) ||
	    (ending == 0 && !parts->led && is_verb(month))))
		return 0;
	return n + len;
}

/* March 12, 2015; March 12th; without a year or "th" only where no other word follows. */
static size_t
month_then_day(const char *s, struct parts *parts)
{
	size_t	n = month_word(s, &parts->month), ending, len;

	if (n == 0 || (len = spaces(s + n)) == 0)
		return 0;
	n += len;
	if ((len = number(s + n, 2, &parts->day)) == 0)
		return 0;
	n += len;
	ending = ordinal(s + n);
	n += ending;
	if (runs_on(s + n, 0))
		return 0;
	len = year_behind(s + n, parts);
	if (len > 0 && (parts->year_digits == 4 || ending > 0))
		return n + len;
	parts->year_digits = 0;
	if (ending == 0 && !parts->led && (is_verb(s) || is_letter(s + n + spaces(s + n))))
		return 0;
	return n;
}

/* "Friday 12th", "12th inst.": the month is near. */
static size_t
day_alone(const char *s, struct parts *parts, dayno near)
{
	static const char *const inst[] = { "inst", "instant", NULL };
	size_t		n = number(s, 2, &parts->day), len, space;
	struct civil	today = date_to_civil(near);

	if (n == 0 || near == DAY_NONE || (len = ordinal(s + n)) == 0)
		return 0;
	n += len;
	parts->month = 0;
	space = spaces(s + n);
	len = phrase(s + n + space, inst);
	if (len == 0)
		return parts->led ? n : 0;
	parts->month = today.month;
	parts->year = today.year;
	parts->year_digits = 4;
	n += space + len;
	return n + (s[n] == '.');
}

/* The next such day of a month that falls on the weekday named. */
static bool
settle_month(const struct parts *parts, dayno near, enum date_leaning leaning, dayno *day_r)
{
	struct civil	civil = date_to_civil(near);
	int		i;

	if (leaning != DATE_AHEAD)
		return false;
	for (i = 0; i < 12; i++) {
		*day_r = date_from_civil(civil.year, civil.month, parts->day);
		if (*day_r != DAY_NONE && *day_r >= near &&
		    (parts->weekday == -1 || date_weekday(*day_r) == parts->weekday))
			return true;
		civil.year += civil.month / 12;
		civil.month = civil.month % 12 + 1;
	}
	return false;
}

static bool
settle_century(const struct parts *parts, dayno near, enum date_leaning leaning, dayno *day_r)
{
	int	now = date_to_civil(near).year, year = now - now % 100 + parts->year;
	dayno	day = date_from_civil(year, parts->month, parts->day);

	if (leaning == DATE_BIRTH && (day == DAY_NONE || day > near))
		year -= 100;
	if (leaning == DATE_AHEAD && (day == DAY_NONE || day < near))
		year += 100;
	if (year > now + AHEAD_YEARS)
		year -= 100;
	*day_r = date_from_civil(year, parts->month, parts->day);
	return *day_r != DAY_NONE;
}

static bool
settle_year(const struct parts *parts, dayno near, enum date_leaning leaning, dayno *day_r)
{
	int	now = date_to_civil(near).year, i;

	for (i = 0; i <= LEAP_GAP; i++) {
		*day_r = date_from_civil(leaning == DATE_BIRTH ? now - i : now + i, parts->month,
		    parts->day);
		if (*day_r != DAY_NONE && (leaning == DATE_BIRTH ? *day_r <= near : *day_r >= near))
			return true;
	}
	return false;
}

static bool
settle(const struct parts *parts, dayno near, enum date_leaning leaning, dayno *day_r)
{
	if (parts->year_digits == 4) {
		*day_r = date_from_civil(parts->year, parts->month, parts->day);
		return *day_r != DAY_NONE;
	}
	if (near == DAY_NONE)
		return false;
	if (parts->month == 0)
		return settle_month(parts, near, leaning, day_r);
	if (parts->year_digits == 2)
		return settle_century(parts, near, leaning, day_r);
	return settle_year(parts, near, leaning, day_r);
}

/* The forms in the order of their certainty; each starts from what leads the date alone. */
static size_t
any_form(const char *s, dayno near, struct parts *parts)
{
	static size_t	(*const forms[])(const char *, struct parts *) = {
		year_first, numbers, day_then_month, month_then_day
	};
	const struct parts	led = *parts;
	size_t			n, i;

	for (i = 0; i < G_N_ELEMENTS(forms); i++) {
		*parts = led;
		if ((n = forms[i](s, parts)) > 0)
			return n;
	}
	*parts = led;
	return day_alone(s, parts, near);
}

size_t
date_parse_words(const char *text, dayno near, enum date_leaning leaning, dayno *day_r)
{
	struct parts	parts = { 0, 0, 0, 0, -1, false };
	size_t		start, n;
	dayno		day;

	/* Most calls are at places where no date can begin. */
	if (!g_ascii_isalnum(*text))
		return 0;
	start = lead(text, &parts);
	n = any_form(text + start, near, &parts);
	if (n == 0 || !settle(&parts, near, leaning, &day))
		return 0;
	*day_r = day;
	return start + n;
}
