/*
 * Out-of-office texts: do they say that somebody is away, and from which day
 * they are back.  Runs in adviced-parse; pure.
 * Invariant: a day is only given when the text ties it to coming back.
 * Fails: DAY_NONE.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "mail/reading.h"
#include "mail/words.h"

static const char *const away_words[] = {
	"out of office", "out of the office", "out of my office", "annual leave", "on leave", "away from",
	"am away", "i'm away", "i’m away", "be away", "currently away", "away until", "away on", "not in the office",
	"not in work", "not at work", "not working", "non-working day", "do not work on", "don't work on",
	"will be back", "back in the office", "back on", "back at work", "returning on", "returning to",
	"return on", "return to", "will return", "i return", "on holiday", "on vacation", "maternity", "paternity",
	"parental leave", "sick leave", "off sick", "study leave", "special leave", "limited access to email",
	"limited access to my email", "not have access to my email", "no access to email",
	"no longer work", "left the organi", "left the authority", "left the council", "left the trust",
	"abwesend", "nicht im büro", "urlaub", "absent du bureau", "en congé", "fuera de la oficina",
	"fuori ufficio", "afwezig", NULL
};

/* What stands before the first day back. */
static const char *const back_words[] = {
	"back on", "back at work on", "back in the office on", "back in on", "be back", "back in work on",
	"back to work on", "return on", "returning on", "return to work on", "return to the office on",
	"returning to work on", "returning to the office on", "return to work", "returning to work",
	"return to the office", "returning to the office", "return", "returning", "until", "till", "back from",
	"back in the office from", "back at work from", "available again from", "available from",
	"return date", "date of return", "back", "zurück am", "retour le", NULL
};

/* What stands before the last day away. */
static const char *const last_words[] = {
	"until and including", "up to and including", "to and including", "through", "till and including",
	"up to", "to", "-", "\xe2\x80\x93", "inclusive until", "last day", "and", NULL
};

bool
away_says(const char *text)
{
	return text_has_any(text, away_words);
}

/* Do the words right before at (but for weekday, "the", ":") end with one of these? */
static bool
preceded_by(const char *text, const char *at, const char *const *words)
{
	static const char *const fillers[] = { "the", "on", "monday", "tuesday", "wednesday", "thursday",
		"friday", "saturday", "sunday", "is", "approximately", "around", NULL };
	size_t i, len;
	bool again = true;

	while (again) {
		again = false;
		while (at > text && strchr(" ,:\n\t.(", at[-1]) != NULL)
			at--;
		for (i = 0; words[i] != NULL; i++) {
			len = strlen(words[i]);
			if ((size_t)(at - text) >= len && strncasecmp(at - len, words[i], len) == 0 &&
			    (at - len == text || !isalnum((unsigned char)at[-1 - (long)len]) ||
			    !isalpha((unsigned char)words[i][0])))
				return true;
		}
		for (i = 0; fillers[i] != NULL && !again; i++) {
			len = strlen(fillers[i]);
			if ((size_t)(at - text) > len && strncasecmp(at - len, fillers[i], len) == 0 &&
			    !isalnum((unsigned char)at[-1 - (long)len])) {
				at -= len;
				again = true;
			}
		}
	}
	return false;
}

dayno
away_back_on(const char *text, dayno today)
{
	static const char *const including[] = { "until and including", "up to and including",
		"to and including", "till and including", NULL };
	const char *s;
	dayno day, back = DAY_NONE, last = DAY_NONE;
	size_t taken;

	for (s = text; *s != '\0'; s += taken > 0 ? taken : 1) {
		taken = 0;
		if (!isalnum((unsigned char)*s) || (s > text && isalnum((unsigned char)s[-1])))
			continue;
		taken = date_parse_words(s, today, DATE_AHEAD, &day);
		if (taken == 0) {
			while (isalnum((unsigned char)s[taken]))
				taken++;
			continue;
		}
		if (preceded_by(text, s, including) || strncasecmp(s + taken, " inclusive", 10) == 0)
			last = day;
		else if (preceded_by(text, s, back_words)) {
			if (back == DAY_NONE)
				back = day;
		} else if (preceded_by(text, s, last_words))
			last = day;
	}
	if (back == DAY_NONE && last != DAY_NONE)
		back = last + 1;
	return back;
}
