/*
 * Out-of-office texts: do they say that somebody is away, and from which day
 * they are back.  Runs in adviced-parse; pure.
 * Invariant: a day is only given when the text ties it to coming back; where
 * several absences are announced, the one that is or comes next counts.
 * Fails: DAY_NONE.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "mail/notice.h"
#include "mail/words.h"

static const char *const away_words[] = {
	"out of office", "out of the office", "out-of-office", "out of my office", "annual leave", "on leave",
	"on a/l", "flexi leave", "am away", "i'm away", "i’m away", "be away", "currently away", "away until",
	"away from the office", "away from my", "away on", "not in the office", "not in work", "not at work",
	"not working", "non-working day", "non working day", "do not work on", "don't work on", "don’t work on",
	"my working days", "will be back", "back in the office", "back at work", "returning to work",
	"returning to the office", "return to work", "return to the office", "will return", "i return", "i am returning",
	"on holiday", "on holidays", "on vacation", "maternity", "paternity", "parental leave", "adoption leave",
	"sick leave", "off sick", "study leave", "special leave", "compassionate leave", "bereavement", "jury service",
	"secondment", "sabbatical", "career break", "limited access to email", "limited access to my email",
	"intermittent access to email", "not have access to my email", "not have access to email", "no access to email",
	"no longer work", "left the organi", "left the authority", "left the council", "left the trust",
	"left the school", "left the service", "left the company", "have now left", "has now left", "has left",
	"have left", "have retired", "has retired", "no longer employed", "no longer with", "travelling for work",
	"traveling for work", "attending training", "on a course", "in training all", "in meetings all day",
	"school is closed", "closed for the", "half term", "half-term",
	"abwesend", "nicht im büro", "nicht im haus", "im urlaub", "außer haus", "absent du bureau", "absente du bureau",
	"en congé", "suis absent", "serai absent", "fuera de la oficina", "de vacaciones", "fuori ufficio", "in ferie",
	"afwezig", "niet aanwezig", "met vakantie", "på semester", "ikke på kontoret", "fora do escritório", "em férias",
	"poza biurem", "na urlopie", "jestem nieobecn", "plecat", "în concediu", "allan o'r swyddfa", "allan o’r swyddfa",
	"i ffwrdd o", "ar wyliau", NULL
};

/* What stands before the first day back. */
static const char *const back_words[] = {
	"back on", "back at work on", "back in the office on", "back in on", "be back", "back in work on", "back in",
	"back to work on", "return on", "returning on", "return to work on", "return to the office on",
	"returning to work on", "returning to the office on", "return to work", "returning to work", "return in",
	"returning in", "return to the office", "returning to the office", "return", "returning", "returns", "until",
	"till", "'til", "til", "back from", "back in the office from", "back at work from", "back in the office",
	"back at work", "back in work", "available again from", "available from", "available again on", "available again",
	"return date", "date of return", "back", "resume", "resume work on", "resuming", "next in the office on",
	"next in the office", "next in", "next in work on", "next at work on", "next working day is",
	    "in the office again on",
	"in again on", "back with you on", "wieder am", "wieder ab", "ab dem", "zurück am", "zurück ab", "bis zum", "bis",
	"retour le", "retour à partir du", "jusqu'au", "jusqu’au", "regreso el", "hasta el", "hasta", "vuelvo el", "fino al",
	"rientro il", "rientrerò il", "terug op", "terug vanaf", "tot", "tot en met", "tillbaka den", "tillbaka", "tilbage",
	"tilbake", "até", "wracam", "yn ôl ar", "yn ôl", "tan", NULL
};

/* What stands before the last day away. */
static const char *const last_words[] = {
	"up to", "to", "through", "thru", "-", "\xe2\x80\x93", "\xe2\x80\x94", "last day", "end date", "ends on", "au", "al",
	"bis einschließlich", "t/m", NULL
};
static const char *const including_words[] = {
	"until and including", "up to and including", "to and including", "till and including", "inclusive until",
	"including", "through to", "tot en met", "bis einschließlich", NULL
};
static const char *const end_words[] = { "end of", "the end of", "ende", "fin", NULL };

/* A date while it is being looked at. */
struct told {
	const char	*start;		/* of its text */
	size_t		 taken;
	dayno		 day;
	bool		 is_last;	/* the second of "5 to 9 October" */
	bool		 is_near;	/* told from today: "Monday", "the 14th" */
};

bool
words_end_at(const char *text, const char *at, const char *const *words)
{
	size_t i, len;

	while (at > text && strchr(" ,:;\n\r\t.(<\"=*\\", at[-1]) != NULL)
		at--;
	for (i = 0; words[i] != NULL; i++) {
		len = strlen(words[i]);
		if ((size_t)(at - text) >= len && strncasecmp(at - len, words[i], len) == 0 &&
		    (at - len == text || !isalnum((unsigned char)at[-1 - (long)len]) ||
		    !isalpha((unsigned char)words[i][0])))
			return true;
	}
	return false;
}

bool
away_says(const char *text)
{
	return text_has_any(text, away_words);
}

/* Passes over "the", a weekday, "9am" right before at; returns at when there is none. */
static const char *
before_filler(const char *text, const char *at)
{
	static const char *const fillers[] = { "the", "on", "monday", "tuesday", "wednesday", "thursday", "friday",
		"saturday", "sunday", "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun", "is", "at",
		"approximately", "around", "approx", "week", "commencing", "beginning", "noon", "midday", "morning", "le",
		"el", "il", "den", "dem", "der", "am", "pm", "a.m", "p.m", "end", "of", "lundi", "montag", "early",
		    "late", "mid", NULL };
	const char *end;
	size_t i, len;

	while (at > text && strchr(" ,:\n\t.(", at[-1]) != NULL)
		at--;
	for (i = 0; fillers[i] != NULL; i++) {
		len = strlen(fillers[i]);
		if ((size_t)(at - text) > len && strncasecmp(at - len, fillers[i], len) == 0 &&
		    !isalpha((unsigned char)at[-1 - (long)len]))
			return at - len;
	}
	/* An hour: "9 am", "9.30", "17:00". */
	for (end = at; at > text && end - at < 5 && (isdigit((unsigned char)at[-1]) || at[-1] == ':' || at[-1] == '.'); )
		at--;
	if (at == end || (at > text && isalnum((unsigned char)at[-1])))
		return end;
	return memchr(at, ':', (size_t)(end - at)) != NULL || memchr(at, '.', (size_t)(end - at)) != NULL ||
	    strchr("aApP", end[strspn(end, " ")]) != NULL ? at : end;
}

static bool
preceded_by(const char *text, const char *at, const char *const *words)
{
	const char *before;
	int i;

	for (i = 0; i < 8; i++) {
		if (words_end_at(text, at, words))
			return true;
		before = before_filler(text, at);
		if (before == at)
			return false;
		at = before;
	}
	return false;
}

/* Is one of these words at s?  Its number and length; -1 when none is. */
static int
word_at(const char *s, const char *const *words, size_t *len_r)
{
	int i;

	for (i = 0; words[i] != NULL; i++) {
		*len_r = strlen(words[i]);
		if (strncasecmp(s, words[i], *len_r) == 0 && !isalnum((unsigned char)s[*len_r]) &&
		    (unsigned char)s[*len_r] < 0x80)
			return i;
	}
	return -1;
}

/* The month that s names, in English or in a language of a neighbour; 0 when none. */
static int
month_at(const char *s, size_t *len_r)
{
	static const char *const months[] = {
		"january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
		"november", "december",
		"jan", "feb", "mar", "apr", "mai", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
		"januar", "februar", "märz", "avril", "mayo", "juni", "juli", "août", "sept", "oktober", "novembre",
		    "dezember",
		"janvier", "février", "mars", "abril", "maggio", "juin", "juillet", "agosto", "septembre", "octobre",
		"noviembre", "décembre",
		"enero", "febrero", "marzo", "aprile", "maio", "junio", "julio", "augustus", "septiembre", "octubre",
		"novembro", "diciembre",
		"gennaio", "febbraio", "maart", "kwietnia", "mei", "giugno", "luglio", "sierpnia", "settembre", "ottobre",
		"listopada", "dicembre",
		"januari", "februari", "março", "ebrill", "maja", "junho", "julho", "augusti", "setembro", "outubro",
		"tachwedd", "dezembro",
		"stycznia", "lutego", "marca", "aprilie", "mehefin", "czerwca", "lipca", "awst", "września", "października",
		"noiembrie", "grudnia",
		"ionawr", "chwefror", "mawrth", "aprilis", "maj", "iunie", "gorffennaf", "augusto", "medi", "hydref",
		"noviembre", "rhagfyr", NULL };
	int which = word_at(s, months, len_r);

	return which < 0 ? 0 : which % 12 + 1;
}

/* A year that was left out: the next such day, or the last when that is only weeks ago. */
static dayno
nearest_year(int day, int month, dayno today)
{
	int year = date_to_civil(today).year;
	dayno ahead = date_from_civil(year, month, day), past;

	if (ahead == DAY_NONE || ahead < today)
		ahead = date_from_civil(year + 1, month, day);
	past = date_from_civil(ahead != DAY_NONE && date_to_civil(ahead).year > year ? year : year - 1, month, day);
	if (past != DAY_NONE && (ahead == DAY_NONE || ahead - today > 300))
		return past;
	return ahead;
}

/* A year behind a date: four digits. */
static size_t
year_at(const char *s, int *year_r)
{
	size_t skip = strspn(s, " ,");

	if (strncasecmp(s + skip, "de ", 3) == 0)
		skip += 3;
	if (strspn(s + skip, "0123456789") != 4 || (s[skip] != '2' && s[skip] != '1'))
		return 0;
	*year_r = atoi(s + skip);
	return skip + 4;
}

/* "12", "12th", "12." at s: its length; the number. */
static size_t
ordinal_at(const char *s, int *day_r)
{
	static const char *const endings[] = { "st", "nd", "rd", "th", "er", "eg", "fed", "ydd", "ain", NULL };
	size_t len = strspn(s, "0123456789"), more;

	if (len == 0 || len > 2)
		return 0;
	*day_r = atoi(s);
	if (word_at(s + len, endings, &more) >= 0)
		len += more;
	else if (isalpha((unsigned char)s[len]))
		return 0;
	return *day_r >= 1 && *day_r <= 31 ? len : 0;
}

/* "12 octobre", "12. Oktober 2026", "12 de octubre de 2026", "October 12": what base/date does not know as well. */
static size_t
day_month_at(const char *s, dayno today, dayno *day_r)
{
	int number, month, year;
	size_t taken = ordinal_at(s, &number), len, more;

	if (taken == 0)
		return 0;
	taken += strspn(s + taken, " .");
	if (strncasecmp(s + taken, "de ", 3) == 0 || strncasecmp(s + taken, "of ", 3) == 0)
		taken += 3;
	month = month_at(s + taken, &len);
	if (month == 0)
		return 0;
	taken += len;
	more = year_at(s + taken, &year);
	*day_r = more > 0 ? date_from_civil(year, month, number) : nearest_year(number, month, today);
	return *day_r == DAY_NONE ? 0 : taken + more;
}

/* "5" of "5-9 October", "5th to Friday 9th October", "July 10-31": where the second day begins, or NULL. */
static const char *
range_second(const char *s, bool month_first)
{
	static const char *const between[] = { "to", "and", "until", "till", "through", "bis", "au", "al", "t/m", NULL };
	static const char *const weekdays[] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
		"sunday", "mon", "tue", "tues", "wed", "thu", "thurs", "fri", "sat", "sun", "the", NULL };
	int number, second;
	size_t len = ordinal_at(s, &number), more;

	if (len == 0)
		return NULL;
	s += len;
	s += strspn(s, " ");
	if (*s == '-')
		s++;
	else if (strncmp(s, "\xe2\x80\x93", 3) == 0 || strncmp(s, "\xe2\x80\x94", 3) == 0)
		s += 3;
	else if (word_at(s, between, &more) >= 0)
		s += more;
	else
		return NULL;
	s += strspn(s, " ");
	while (word_at(s, weekdays, &more) >= 0)
		s += more + strspn(s + more, " ");
	len = ordinal_at(s, &second);
	if (len == 0 || second <= number)
		return NULL;
	if (!month_first && month_at(s + len + strspn(s + len, " ."), &more) == 0)
		return NULL;
	return s;
}

/* "July 10-31", "October 5 to 9": a range whose month comes first. */
static size_t
month_range_at(const char *s, dayno today, struct told *told)
{
	size_t len, more;
	int month = month_at(s, &len), number, year;
	const char *second;

	if (month == 0 || (second = range_second(s + len + strspn(s + len, " "), true)) == NULL)
		return 0;
	more = ordinal_at(second, &number);
	told->taken = (size_t)(second - s) + more;
	more = year_at(second + more, &year);
	told->day = more > 0 ? date_from_civil(year, month, number) : nearest_year(number, month, today);
	told->taken += more;
	told->is_last = true;
	return told->day == DAY_NONE ? 0 : told->taken;
}

/* "Monday", "next Monday", "Monday 14th", "the 14th", "tomorrow": told from today. */
static size_t
near_day_at(const char *s, dayno today, dayno *day_r)
{
	static const char *const weekdays[] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
		"sunday", NULL };
	size_t len, taken = 0, more;
	int weekday, number = 0, i;
	dayno day;

	if (strncasecmp(s, "tomorrow", 8) == 0) {
		*day_r = today + 1;
		return 8;
	}
	if (strncasecmp(s, "next week", 9) == 0) {
		*day_r = today + 7 - date_weekday(today);
		return 9;
	}
	if (strncasecmp(s, "next ", 5) == 0)
		taken = 5;
	weekday = word_at(s + taken, weekdays, &len);
	if (weekday >= 0) {
		taken += len;
		more = strspn(s + taken, " ,");
		if (strncasecmp(s + taken + more, "the ", 4) == 0)
			more += 4;
		len = ordinal_at(s + taken + more, &number);
		if (len > 0 && strchr(":./-",
		    s[taken + more + len]) != NULL && isdigit((unsigned char)s[taken + more + len + 1]))
			len = 0;	/* an hour */
		if (len > 0 && s[taken + more + len] == '\0' && isdigit((unsigned char)s[taken + more + len - 1]))
			len = 0;
		taken += len > 0 ? more + len : 0;
		number = len > 0 ? number : 0;
	} else {
		taken = ordinal_at(s, &number);
		if (taken == 0 || isdigit((unsigned char)s[taken - 1]) || s[taken - 1] == '.')
			return 0;
	}
	for (day = today + (number == 0 ? 1 : 0), i = 0; i < 92; i++, day++)
		if ((weekday < 0 || date_weekday(day) == weekday) && (number == 0 || date_to_civil(day).day == number)) {
			*day_r = day;
			return taken;
		}
	return 0;
}

/* "January 2027", "January": its first day; after "end of" the first of the next. */
static size_t
month_alone_at(const char *text, const char *s, dayno today, dayno *day_r)
{
	const char *before = s;
	size_t len, more;
	int month = month_at(s, &len), year;

	while (before > text && before[-1] == ' ')
		before--;
	if (before > text && isdigit((unsigned char)before[-1]))
		return 0;		/* of a date that there is not */
	/* "may" and "march" are words too: only with a capital. */
	if (month == 0 || !isupper((unsigned char)*s) || isdigit((unsigned char)s[len + strspn(s + len, " .")])) {
		if (month == 0 || !isupper((unsigned char)*s) || year_at(s + len, &year) == 0)
			return 0;
	}
	more = year_at(s + len, &year);
	*day_r = more > 0 ? date_from_civil(year, month, 1) : nearest_year(1, month, today);
	if (*day_r != DAY_NONE && preceded_by(text, s, end_words))
		*day_r = date_add_months(*day_r, 1);
	return *day_r == DAY_NONE ? 0 : len + more;
}

/* A year of four digits stands in what was taken. */
static bool
has_year(const char *s, size_t len)
{
	for (; len >= 4; s++, len--)
		if (strspn(s, "0123456789") == 4 && (s[0] == '2' || s[0] == '1'))
			return true;
	return false;
}

/* The date that begins at s, if one does. */
static bool
told_at(const char *text, const char *s, dayno today, struct told *told)
{
	const char *second = range_second(s, false);
	struct civil civil;

	told->start = s;
	told->is_last = second != NULL;
	told->is_near = false;
	if (second == NULL)
		second = s;
	if (second == s && month_range_at(s, today, told) > 0)
		return true;
	told->taken = day_month_at(second, today, &told->day);
	if (told->taken == 0) {
		told->taken = date_parse_words(second, today, DATE_AHEAD, &told->day);
		if (told->taken > 0 && told->day - today > 300 && !has_year(second, told->taken)) {
			civil = date_to_civil(told->day);
			told->day = nearest_year(civil.day, civil.month, today);
		}
	}
	if (told->taken == 0) {
		told->taken = near_day_at(second, today, &told->day);
		told->is_near = true;
	}
	if (told->taken == 0)
		told->taken = month_alone_at(text, second, today, &told->day);
	if (told->taken == 0)
		return false;
	told->taken += (size_t)(second - s);
	return true;
}

/* Of several, the earliest that is not past; else the latest. */
static void
take_nearer(dayno *kept, dayno day, dayno today)
{
	if (*kept == DAY_NONE || (day >= today && (*kept < today || day < *kept)))
		*kept = day;
}

dayno
away_back_on(const char *text, dayno today)
{
	static const char *const first_words[] = { "between", NULL }, *const and_words[] = { "and", NULL };
	const char *s;
	dayno back = DAY_NONE, last = DAY_NONE;
	bool between = false;
	struct told told;

	for (s = text; *s != '\0'; ) {
		if (!isalnum((unsigned char)*s) || (s > text && (isalnum((unsigned char)s[-1]) ||
		    (unsigned char)s[-1] >= 0x80)) || !told_at(text, s, today, &told)) {
			s++;
			continue;
		}
		s += told.taken;
		if (told.is_last || preceded_by(text, told.start, including_words) ||
		    strncasecmp(s + strspn(s, " ,("), "inclusive", 9) == 0)
			take_nearer(&last, told.day, today);
		else if (preceded_by(text, told.start, back_words))
			take_nearer(&back, told.day, today);
		else if (!told.is_near && (preceded_by(text, told.start, last_words) ||
		    (between && preceded_by(text, told.start, and_words))))	/* "I work Monday to Wednesday" */
			take_nearer(&last, told.day, today);
		between = preceded_by(text, told.start, first_words);
	}
	if (back != DAY_NONE && (back >= today || last == DAY_NONE || last < today))
		return back;
	return last == DAY_NONE ? back : last + 1;
}
