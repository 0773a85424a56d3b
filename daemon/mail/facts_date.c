/*
 * Dates of birth and other dates: see facts.h.  Runs in adviced-parse; pure.
 * Invariant: a date of birth is labelled as the child's and makes nobody older
 * than a plan can last; day before month, and where that cannot be, a remark.
 * Fails: never.
 */
#include <string.h>
#include <strings.h>

#include <glib.h>

#include "base/date.h"
#include "mail/facts_private.h"

#define AGE_MAX	25	/* a plan ends with the 26th birthday at the latest; older is a parent */

/* Was "03/13/2015" read the only way that it can be? */
static bool
is_month_first(const char *s, size_t len, dayno day)
{
	struct civil civil = date_to_civil(day);
	int first = 0, second = 0;
	size_t n;

	for (n = 0; n < len && g_ascii_isdigit(s[n]) && n < 2; n++)
		first = first * 10 + s[n] - '0';
	while (n > 0 && n < len && !g_ascii_isalnum(s[n]))
		n++;
	for (; n > 0 && n < len && g_ascii_isdigit(s[n]); n++)
		second = second * 10 + s[n] - '0';
	return second > 12 && second == civil.day && first == civil.month;
}

static void
remark_order(const struct search *search, const char *s, size_t len, dayno day)
{
	if (is_month_first(s, len, day))
		fact_remark(search, "A date is written month first, as in the United States; other dates may be too.");
}

static bool
is_birth(const struct search *search, dayno day)
{
	return day <= search->today && date_age(day, search->today) <= AGE_MAX;
}

size_t
birth_value(const struct search *search, const char *s)
{
	size_t taken;
	dayno day;

	if (!g_ascii_isalnum(*s) || (taken = date_parse_words(s, search->today, DATE_BIRTH, &day)) == 0)
		return 0;
	if (is_birth(search, day)) {
		fact_say(search, SAID_DATE_OF_BIRTH, date_iso(search->arena, day), s, taken);
		remark_order(search, s, taken, day);
	} else
		fact_remark(search, "A date of birth lies in the future or is that of a grown-up; it was not used.");
	return taken;
}

const char *
birth_find(const struct search *search, const char *s)
{
	static const char *const fillers[] = { "is", "was", "on", "the", NULL };
	size_t label = label_of_birth(s), len;
	const char *value;
	bool marked;

	if (label == 0)
		return s;
	value = text_past_label(s + label, text_at_cell(search->text, s), &marked);
	while ((len = text_phrases(value, fillers)) > 0)
		value += len + text_blanks(value + len);
	if (label_is_others(search, s))
		return date_parse_words(value, search->today, DATE_BIRTH, &(dayno){ 0 }) > 0 ? value : s + label;
	if ((len = birth_value(search, value)) == 0)
		return s;
	name_before(search, s);
	return value + len;
}

/* Only what can begin a date is offered to the date reader: a digit, a month, a weekday, "w/c". */
static bool
may_be_date(const char *s)
{
	static const char *const begins[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct",
		"nov", "dec", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "w/c", "w/b", "w/e", "wc ", "wee", NULL };

	if (g_ascii_isdigit(*s))
		return true;
	if (!text_begins(s, "adfjmnostw"))
		return false;
	for (size_t i = 0; begins[i] != NULL; i++)
		if (((*s ^ begins[i][0]) & 0xdf) == 0 && strncasecmp(s, begins[i], 3) == 0)
			return true;
	return false;
}

/* Part of a number, a reference, a time, an amount or an address is no date; nor the rest of "31 Feb 12". */
static bool
is_inside(const struct search *search, const char *s)
{
	const char *before = s;

	if (s == search->text)
		return false;
	if (strchr("-/.@#_\xa3", s[-1]) != NULL)	/* the last byte of a pound sign */
		return true;
	if (g_ascii_isdigit(*s))
		return false;
	while (before > search->text && strchr("stndrhof ", before[-1]) != NULL && s - before < 8)
		before--;
	return before < s && before > search->text && g_ascii_isdigit(before[-1]);
}

/* "12/03/2015 (DOB)" */
static bool
is_called_birth(const char *s)
{
	size_t label;

	s += text_blanks(s);
	if (*s != '(')
		return false;
	label = label_of_birth(s + 1);
	return label > 0 && s[1 + label] == ')';
}

const char *
date_find(const struct search *search, const char *s)
{
	size_t taken;
	dayno day;

	if (!may_be_date(s) || is_inside(search, s))
		return s;
	taken = date_parse_words(s, search->today, DATE_AHEAD, &day);
	if (taken == 0 || text_letter(s + taken) > 0)
		return s;
	if (is_called_birth(s + taken) && !label_is_others(search, s) && birth_value(search, s) > 0)
		return s + taken;
	fact_say(search, SAID_DATE, date_iso(search->arena, day), s, taken);
	remark_order(search, s, taken, day);
	return s + taken;
}
