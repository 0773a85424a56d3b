/*
 * Facts in a mail's texts: see facts.h.  Runs in adviced-parse; pure.
 * Invariant: a value is only ever what stands at its span; nothing is
 * guessed from initials, from a bare name, or from ten digits without a label.
 * Fails: never; a mail that says more than SAID_MAX things gets a remark.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "base/str.h"
#include "mail/charset.h"
#include "mail/facts.h"
#include "mail/headers.h"
#include "mail/identifier.h"

/* One text being searched. */
struct search {
	struct arena	*arena;
	struct message	*message;
	dayno		 today;
	enum text_source source;
	uint32_t	 document;
	const char	*text;
};

/* Labels of a child's name; the longer first. */
static const char *const name_labels[] = {
	"name of the child/young person", "name of child/young person", "name of child / young person",
	"name of child or young person", "name of the child or young person", "name of child/yp",
	"name of the child", "name of child", "name of the young person", "name of young person",
	"name of pupil", "name of student", "child/young person's name", "child / young person's name",
	"child or young person's name", "child/young person name", "child/yp name", "child's full name",
	"child’s full name", "child's name", "child’s name", "childs name", "child name",
	"young person's full name", "young person's name", "young person’s name", "young person name",
	"pupil's name", "pupil’s name", "pupil name", "student's name", "student name", "yp's name",
	"yp name", "child/young person", "child / young person", "full name of child", "child", "young person",
	"pupil", "full name", NULL
};

static const char *const birth_labels[] = {
	"date of birth", "birth date", "birthdate", "d.o.b.", "d.o.b", "d. o. b.", "dob", "d o b", "born on",
	"born", NULL
};

/* What follows a name on the same line; a comma before one of these ends the name. */
static const char *const after_name[] = {
	"date of birth", "dob", "d.o.b", "d o b", "born", "nhs", "upn", "ref", "our ref", "your ref",
	"reference", "age", "aged", "address", "year", "school", "case", "ehc", "known as", "aka", "a.k.a",
	"who ", "and ", "gender", "male", "female", "id", "ll id", "attend", "is ", "was ", NULL
};

static const char *const no_names[] = {
	"not known", "unknown", "n/a", "na", "none", "tbc", "as above", "see above", "see attached",
	"see below", "attached", "as attached", "not given", "withheld", "redacted", "name", "the child",
	"yes", "no", NULL
};

static struct said *
say(const struct search *search, enum said_kind kind, const char *value, const char *start, size_t len)
{
	struct message *message = search->message;
	struct said *said;

	if (message->said_count >= SAID_MAX) {
		remark_add(search->arena, &message->remarks,
		    "The mail holds so many dates and numbers that not all were noted.");
		return NULL;
	}
	said = arena_push(search->arena, message->said, message->said_count);
	said->kind = kind;
	said->value = value;
	said->source = search->source;
	said->document = search->document;
	said->start = (uint32_t)(start - search->text);
	said->length = (uint32_t)len;
	return said;
}

static bool
is_word_byte(int c)
{
	return isalnum(c) || c >= 0x80;
}

/* Does a word of the text begin at s? */
static bool
at_word(const struct search *search, const char *s)
{
	return s == search->text || !is_word_byte((unsigned char)s[-1]);
}

/* Does a line, or a cell, begin at s? */
static bool
at_line(const struct search *search, const char *s)
{
	while (s > search->text && strchr(" *-", s[-1]) != NULL)
		s--;
	return s == search->text || s[-1] == '\n' || s[-1] == '\t';
}

/* The first of labels at s, as whole words; its length or 0. */
static size_t
label_at(const char *s, const char *const *labels)
{
	size_t i, len;

	for (i = 0; labels[i] != NULL; i++) {
		if (((*s ^ labels[i][0]) & 0xdf) != 0)
			continue;
		len = strlen(labels[i]);
		if (strncasecmp(s, labels[i], len) == 0 && !is_word_byte((unsigned char)s[len]))
			return len;
	}
	return 0;
}

/*
 * Past "(s)", "(dd/mm/yyyy)", ":", "-", spaces; to the next line when nothing
 * follows and the label stood at the start of its own (down) or had a colon.
 */
static const char *
past_label(const char *s, bool down, bool *marked_r)
{
	bool marked = false;
	int lines = 0;

	for (;;) {
		if (*s == ' ' || *s == '.' || *s == '*')
			s++;
		else if (*s == ':' || *s == '\t' || *s == '-' || *s == '=' || *s == '|') {
			marked = true;
			s++;
		} else if (strncmp(s, "\xe2\x80\x93", 3) == 0 || strncmp(s, "\xe2\x80\x94", 3) == 0) {
			marked = true;
			s += 3;
		} else if (*s == '(' && s[1] != '\0' && !isdigit((unsigned char)s[1]) &&
		    strcspn(s, ")\n") < 30 && s[strcspn(s, ")\n")] == ')')
			s += strcspn(s, ")\n") + 1;
		else if (*s == '\n' && lines < 2 && (down || marked)) {
			/* A form or a table row: the value stands below its label. */
			lines++;
			marked = true;
			s++;
		} else
			break;
	}
	*marked_r = marked;
	return s;
}

/* Where a name that starts at s ends, on its line. */
static size_t
name_length(const char *s)
{
	size_t len = 0;

	while (s[len] != '\0' && s[len] != '\n' && strchr(";|()[]{}<>@/:\t", s[len]) == NULL) {
		if (isdigit((unsigned char)s[len]) || len > 100)
			break;
		if (s[len] == ',' && label_at(s + len + 1 + strspn(s + len + 1, " "), after_name) > 0)
			break;
		if (s[len] == ',' && memchr(s, ',', len) != NULL)
			break;
		if (s[len] == '.' && (s[len + 1] == ' ' || s[len + 1] == '\n' || s[len + 1] == '\0') &&
		    len > 3 && s[len - 2] != ' ' && s[len - 2] != '.')
			break;
		if (s[len] == ' ' && (strncmp(s + len, " - ", 3) == 0 || strncmp(s + len, "  ", 2) == 0 ||
		    strncmp(s + len, " \xe2\x80\x93", 4) == 0 ||
		    label_at(s + len + 1, after_name) > 0))
			break;
		len++;
	}
	/* "Child: Ann Lee, NHS 123": the word that was cut short by its colon or digit is no name. */
	while (len > 0 && strchr(" ,.-*'", s[len - 1]) != NULL)
		len--;
	return len;
}

/* Two words at least, each beginning like a name, and more than initials. */
static bool
is_full_name(const char *name)
{
	unsigned words = 0, long_words = 0;
	const char *s = name;
	size_t len;

	if (label_at(name, no_names) == strlen(name))
		return false;
	for (;;) {
		s += strspn(s, " ,");
		if (*s == '\0')
			break;
		if (!is_word_byte((unsigned char)*s) || isdigit((unsigned char)*s))
			return false;
		len = strcspn(s, " ,");
		words++;
		if (len > 2 || (unsigned char)*s >= 0x80 || (len == 2 && islower((unsigned char)s[1])))
			long_words++;
		s += len;
	}
	return words >= 2 && words <= 7 && long_words >= 2;
}

/* Mostly words that begin with a capital: a name, not the beginning of a sentence. */
static bool
looks_like_name(const char *name)
{
	static const char *const particles[] = { "de", "van", "der", "den", "von", "da", "di", "al", "el",
		"bin", "ibn", "ap", "ab", "ferch", "la", "le", "du", "dos", "del", "st", "y", "bint", "o", "mac",
		"mc", NULL };
	const char *s = name;
	unsigned small = 0, words = 0;

	while (*(s += strspn(s, " ,'")) != '\0') {
		words++;
		if (islower((unsigned char)*s) && label_at(s, particles) == 0)
			small++;
		s += strcspn(s, " ,");
	}
	return small == 0 || (small == words && words <= 3);
}

/* "VAUGHAN-HUGHES, Idris" the other way round; everything else as written. */
static char *
forename_first(struct arena *arena, const char *name)
{
	const char *comma = strchr(name, ',');

	if (comma == NULL)
		return str_squeeze(arena, name);
	return str_squeeze(arena, arena_printf(arena, "%s %.*s", comma + 1, (int)(comma - name), name));
}

static void
say_name(const struct search *search, const char *start)
{
	size_t len = name_length(start);
	char *name = arena_strndup(search->arena, start, len);

	if (len >= 3 && len <= 100 && is_full_name(name) && looks_like_name(name))
		say(search, SAID_CHILD_NAME, forename_first(search->arena, name), start, len);
}

/* "Surname: X" with "Forename: Y" close by, in either order. */
static void
find_split_name(const struct search *search, const char *s)
{
	static const char *const first_labels[] = { "forename(s)", "forenames", "forename", "first names",
		"first name", "given name", "given names", NULL };
	static const char *const last_labels[] = { "surname", "family name", "last name", NULL };
	bool surname = label_at(s, last_labels) > 0, marked;
	size_t label = surname ? label_at(s, last_labels) : label_at(s, first_labels), len, other_len;
	const char *value, *other;
	char *first, *last, *whole;

	if (label == 0)
		return;
	value = past_label(s + label, at_line(search, s), &marked);
	len = marked ? name_length(value) : 0;
	if (len == 0)
		return;
	for (other = value + len; *other != '\0' && other - value < 120; other++) {
		if (!at_word(search, other))
			continue;
		label = label_at(other, surname ? first_labels : last_labels);
		if (label == 0)
			continue;
		other = past_label(other + label, at_line(search, other), &marked);
		other_len = name_length(other);
		if (!marked || other_len == 0)
			return;
		first = arena_strndup(search->arena, surname ? other : value, surname ? other_len : len);
		last = arena_strndup(search->arena, surname ? value : other, surname ? len : other_len);
		whole = arena_printf(search->arena, "%s %s", first, last);
		if (is_full_name(whole))
			say(search, SAID_CHILD_NAME, str_squeeze(search->arena, whole), value,
			    (size_t)(other + other_len - value));
		return;
	}
}

/* A bare "Name:" at the start of a line counts when a date of birth stands within the next lines. */
static bool
is_name_of_form(const struct search *search, const char *s)
{
	const char *end;
	int lines = 0;

	if (strncasecmp(s, "name", 4) != 0 || s[4 + strspn(s + 4, " \t")] != ':')
		return false;
	if (s != search->text && s[-1] != '\n')
		return false;
	for (end = s; *end != '\0' && lines < 6; end++) {
		lines += *end == '\n' ? 1 : 0;
		if (lines > 0 && at_word(search, end) && label_at(end, birth_labels) > 0)
			return true;
	}
	return false;
}

static bool
has_name_word(const char *label, size_t len)
{
	size_t i;

	for (i = 0; i + 4 <= len; i++)
		if (strncasecmp(label + i, "name", 4) == 0)
			return true;
	return false;
}

/* A labelled name at s: the place behind the label, or s. */
static const char *
find_name(const struct search *search, const char *s)
{
	size_t label = label_at(s, name_labels);
	const char *value;
	bool marked;

	if (label == 0) {
		find_split_name(search, s);
		if (!is_name_of_form(search, s))
			return s;
		label = 4;
	}
	/* "the child - somebody said": without the word "name" only a colon makes it a label. */
	if (!has_name_word(s, label) && s[label + strspn(s + label, " *")] != ':')
		return s;
	value = past_label(s + label, at_line(search, s), &marked);
	if (!marked)
		return s;
	say_name(search, value);
	return s + label;
}

/* A labelled date of birth at s: the place behind it, or s. */
static const char *
find_birth(const struct search *search, const char *s)
{
	size_t label = label_at(s, birth_labels), taken;
	const char *value;
	dayno day;
	bool marked;

	if (label == 0)
		return s;
	value = past_label(s + label, at_line(search, s), &marked);
	if (strncasecmp(value, "is ", 3) == 0 || strncasecmp(value, "on ", 3) == 0)
		value += 3;
	taken = date_parse_words(value, search->today, DATE_BIRTH, &day);
	if (taken == 0)
		return s;
	if (day <= search->today && date_to_civil(day).year >= 1900)
		say(search, SAID_DATE_OF_BIRTH, date_iso(search->arena, day), value, taken);
	return value + taken;
}

/* "NHS", at most a few words, then ten digits: the place behind them, or s. */
static const char *
find_nhs(const struct search *search, const char *s)
{
	const char *at, *start;
	char digits[11];
	size_t n = 0;

	if (strncasecmp(s, "nhs", 3) != 0 || isalnum((unsigned char)s[3]))
		return s;
	for (at = s + 3; *at != '\0' && at - s < 40 && !isdigit((unsigned char)*at); at++)
		if (*at == ',' || *at == ';')
			return s;
	for (start = at; n < 10 && *at != '\0'; at++) {
		if (isdigit((unsigned char)*at))
			digits[n++] = *at;
		else if (strchr(" -.", *at) == NULL || !isdigit((unsigned char)at[1]))
			break;
	}
	digits[n] = '\0';
	if (n < 10 || isdigit((unsigned char)*at) || !nhs_number_is_valid(digits))
		return s;
	say(search, SAID_NHS_NUMBER, arena_strdup(search->arena, digits), start, (size_t)(at - start));
	return at;
}

static const char *
find_upn(const struct search *search, const char *s)
{
	char upn[14];
	size_t n = 0, i;

	while (n < 13 && isalnum((unsigned char)s[n])) {
		upn[n] = (char)toupper((unsigned char)s[n]);
		n++;
	}
	upn[n] = '\0';
	if (n != 13 || is_word_byte((unsigned char)s[13]) || !isalpha((unsigned char)upn[0]))
		return s;
	for (i = 1; i < 12; i++)
		if (!isdigit((unsigned char)upn[i]))
			return s;
	if (!upn_is_valid(upn))
		return s;
	say(search, SAID_UPN, arena_strdup(search->arena, upn), s, 13);
	return s + 13;
}

/* "UPN: E 9999 1201 2001", which find_upn() alone would not see. */
static const char *
find_spaced_upn(const struct search *search, const char *s)
{
	const char *start, *at;
	char upn[14];
	size_t n = 0;
	bool marked;

	if (strncasecmp(s, "upn", 3) != 0 || isalnum((unsigned char)s[3]))
		return s;
	start = past_label(s + 3, at_line(search, s), &marked);
	for (at = start; n < 13 && *at != '\0'; at++) {
		if (isalnum((unsigned char)*at))
			upn[n++] = (char)toupper((unsigned char)*at);
		else if (strchr(" -", *at) == NULL)
			break;
	}
	upn[n] = '\0';
	if (n != 13 || at - start == 13 || isalnum((unsigned char)*at) || !upn_is_valid(upn))
		return s;
	say(search, SAID_UPN, arena_strdup(search->arena, upn), start, (size_t)(at - start));
	return at;
}

/* Only what can begin a date is offered to the date reader: a digit, a month, a weekday, "w/c". */
static bool
may_be_date(const char *s)
{
	static const char *const begins[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep",
		"oct", "nov", "dec", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "w/c", NULL };
	size_t i;

	if (isdigit((unsigned char)*s))
		return true;
	for (i = 0; begins[i] != NULL; i++)
		if (strncasecmp(s, begins[i], 3) == 0)
			return true;
	return false;
}

static const char *
find_date(const struct search *search, const char *s)
{
	size_t taken;
	dayno day;

	if (!may_be_date(s))
		return s;
	/* Part of a number, a reference, a time or an address is no date. */
	if (s > search->text && strchr("-/.@#\xc2", s[-1]) != NULL && s[-1] != '\0')
		return s;
	taken = date_parse_words(s, search->today, DATE_AHEAD, &day);
	if (taken == 0 || is_word_byte((unsigned char)s[taken]))
		return s;
	say(search, SAID_DATE, date_iso(search->arena, day), s, taken);
	return s + taken;
}

/* The address around an "@" at s. */
static void
find_address(const struct search *search, const char *s)
{
	const char *start = s, *end = s + 1;

	while (start > search->text && (isalnum((unsigned char)start[-1]) ||
	    strchr("._%+-'", start[-1]) != NULL))
		start--;
	while (*start == '\'' || *start == '.')
		start++;
	while (isalnum((unsigned char)*end) || *end == '-' || *end == '.')
		end++;
	while (end > s && (end[-1] == '.' || end[-1] == '-'))
		end--;
	if (start == s || end == s + 1 || memchr(s, '.', (size_t)(end - s)) == NULL || end - start > 254)
		return;
	{
		char *value = arena_strndup(search->arena, start, (size_t)(end - start)), *at;

		for (at = strchr(value, '@'); *at != '\0'; at++)
			*at = (char)tolower((unsigned char)*at);
		say(search, SAID_ADDRESS, value, start, (size_t)(end - start));
	}
}

static void
search_text(struct search *search)
{
	const char *s = search->text, *next;

	while (*s != '\0') {
		if (*s == '@')
			find_address(search, s);
		if (!is_word_byte((unsigned char)*s) || !at_word(search, s)) {
			s++;
			continue;
		}
		next = find_name(search, s);
		if (next == s)
			next = find_birth(search, s);
		if (next == s)
			next = find_nhs(search, s);
		if (next == s)
			next = find_upn(search, s);
		if (next == s)
			next = find_spaced_upn(search, s);
		if (next == s)
			next = find_date(search, s);
		if (next == s)
			while (is_word_byte((unsigned char)*next))
				next++;
		s = next;
	}
}

void
facts_find(struct arena *arena, struct message *message, dayno today)
{
	struct search search = { arena, message, today, SOURCE_SUBJECT, 0, "" };
	uint32_t i;
	int source;

	for (source = SOURCE_SUBJECT; source < SOURCE_HEADER; source++) {
		search.source = (enum text_source)source;
		if (source == SOURCE_ATTACHMENT_NAME || source == SOURCE_ATTACHMENT_TEXT) {
			for (i = 0; i < message->document_count; i++) {
				if (message->documents[i].is_inline)
					continue;
				search.document = i;
				search.text = message_text(message, search.source, i);
				search_text(&search);
			}
			search.document = 0;
			continue;
		}
		search.text = message_text(message, search.source, 0);
		search_text(&search);
	}
}
