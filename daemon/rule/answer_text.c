/*
 * The beginning of an answer as people type it: greetings, courtesies,
 * bullets, bold and quotes of any shape before the word that counts.
 * Pure; any role.
 * Invariant: only what carries no meaning is passed over; where a line says
 * anything else, the answer begins there, and may be none.
 * Fails: never.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "rule/answer.h"

#define GREETED_MAX	5	/* words of "Good morning Jane Doe" without a comma behind them */

/* ---- Characters */

static const struct { const char *bytes, *plain; } signs[] = {
	{ "\xc2\xa0", " " }, { "\xe2\x80\xaf", " " }, { "\xe2\x80\x87", " " }, { "\xe2\x80\x89", " " },	/* spaces that do not break */
	{ "\xe2\x80\x8b", "" }, { "\xe2\x81\xa0", "" }, { "\xef\xbb\xbf", "" }, { "\xc2\xad", "" },	/* of no width */
	{ "\xe2\x80\x9c", "\"" }, { "\xe2\x80\x9d", "\"" }, { "\xe2\x80\x9e", "\"" }, { "\xe2\x80\x9f", "\"" },
	{ "\xc2\xab", "\"" }, { "\xc2\xbb", "\"" }, { "\xe2\x80\xb9", "\"" }, { "\xe2\x80\xba", "\"" },
	{ "\xe2\x80\x98", "'" }, { "\xe2\x80\x99", "'" }, { "\xe2\x80\x9a", "'" }, { "\xe2\x80\x9b", "'" },
	{ "\xe2\x80\x93", "-" }, { "\xe2\x80\x94", "-" }, { "\xe2\x80\x92", "-" }, { "\xe2\x88\x92", "-" },
	{ "\xe2\x80\xa2", "-" }, { "\xe2\x96\xaa", "-" }, { "\xe2\x97\xa6", "-" }, { "\xe2\x96\xba", "-" }, { "\xc2\xb7", "-" },
	{ "\xef\xbc\x9f", "?" }, { "*", "" },
};

static size_t
sign_at(const char *text, const char **plain_r)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (str_starts(text, signs[i].bytes)) {
			*plain_r = signs[i].plain;
			return strlen(signs[i].bytes);
		}
	return 0;
}

/* The first line with plain signs; what follows it stays as it was written. */
static char *
plain_line(struct arena *arena, const char *text)
{
	struct buf out = BUF_INIT;
	const char *plain;
	char *result;

	while (*text != '\0' && *text != '\n') {
		size_t len = sign_at(text, &plain);

		if (len > 0)
			buf_add_str(&out, plain);
		else if (*text != '\r')
			buf_add_char(&out, *text);
		text += len > 0 ? len : 1;
	}
	buf_add_str(&out, text);
	result = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return result;
}

static bool
is_part_of_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* ---- What may stand before an answer */

static size_t
phrase_at(const char *line, const char *const *phrases)
{
	for (; *phrases != NULL; phrases++) {
		size_t len = strlen(*phrases);

		if (str_starts_nocase(line, *phrases) && !is_part_of_word(line[len]))
			return len;
	}
	return 0;
}

static const char *const greetings[] = { "hi", "hello", "hey", "hiya", "dear", "greetings", "good morning", "good afternoon",
	"good evening", "good day", "morning", "afternoon", "evening", "to whom it may concern", "all", "team", "colleagues", NULL };

/* Longer ones first. */
static const char *const courtesies[] = { "thank you very much", "thank you for your email", "thank you for your message",
	"thank you for this", "thank you for letting me know", "thank you", "many thanks for this", "many thanks", "thanks very much",
	"thanks for your email", "thanks for your message", "thanks for this", "thanks for letting me know", "thanks so much",
	"thanks a lot", "thanks", "thx", "cheers", "much appreciated", "i hope you are well", "hope you are well",
	"i hope this finds you well", "i hope this email finds you well", "hope this finds you well", "hope you're well", "please", NULL };

static const char *const agreeing[] = { "ok", "okay", "yes", "yep", "no problem", "noted", "acknowledged", "received", "got it", "will do", "sure",
	"great", "fine", "perfect", "understood", "no", NULL };

static const char *
over_line(const char *text)
{
	text += strcspn(text, "\n");
	return text + (*text == '\n');
}

static size_t
words_in(const char *line, size_t len)
{
	size_t words = 0;

	for (size_t i = 0; i < len; i++)
		words += is_part_of_word(line[i]) && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t');
	return words;
}

/* Behind "Hi," or "Dear Jane,", or on the next line; NULL: it is no greeting. */
static const char *
over_greeting(const char *line)
{
	size_t end = strcspn(line, "\n"), comma = strcspn(line, ",!:\n"), greeting = phrase_at(line, greetings);

	if (greeting == 0)
		return NULL;
	if (comma < end && words_in(line, comma) <= GREETED_MAX)
		return line + comma + 1;
	return words_in(line, end) <= GREETED_MAX && line[strcspn(line, "?\n")] != '?' ? over_line(line) : NULL;
}

/* Behind "Thank you for this." at the end of a sentence or line; NULL: it is none. */
static const char *
over_courtesy(const char *line)
{
	size_t len = phrase_at(line, courtesies);
	const char *rest = line + len;

	if (len == 0)
		return NULL;
	rest += strspn(rest, " ");
	if (*rest == '\0' || *rest == '\n')
		return over_line(rest);
	return strchr(".,!", *rest) != NULL ? rest + 1 : NULL;
}

char *
answer_text(struct arena *arena, const char *text)
{
	const char *next;
	char *line;

	for (;;) {
		line = plain_line(arena, text + strspn(text, " \t\r\n"));
		text = line + strspn(line, " \t\r\n\"'_>#-");
		if (*text == '\0')
			return arena_strdup(arena, "");
		if (text > line)
			continue;
		if ((next = over_greeting(text)) == NULL && (next = over_courtesy(text)) == NULL) {
			if (!str_starts_nocase(text, "please "))
				return line;
			next = text + strlen("please ");
		}
		text = next;
	}
}

/* ---- Words */

bool
answer_word(const char *text, const char *word, const char **rest_r)
{
	size_t len = strlen(word);
	const char *rest;

	if (!str_starts_nocase(text, word) || is_part_of_word(text[len]) || text[len] == '\'')
		return false;
	rest = text + len + strspn(text + len, "\"'");
	if (*rest == '?' || (*rest == '-' && is_part_of_word(rest[1])))
		return false;
	rest += strspn(rest, " \t:.,;!-");
	if (isdigit((unsigned char)*rest) && rest[-1] == '-' && (rest[-2] == ' ' || rest[-2] == ':'))	/* "-3" is less than nothing */
		rest--;
	*rest_r = rest;
	return true;
}

bool
answer_is_courtesy(struct arena *arena, const char *text)
{
	const char *rest = plain_line(arena, text);
	bool any = false;

	for (;;) {
		size_t len;

		rest += strspn(rest, " \t\r\n\"'.,!-");
		if (*rest == '\0')
			return any;
		len = phrase_at(rest, courtesies);
		if (len == 0)
			len = phrase_at(rest, agreeing);
		if (len == 0)
			return false;
		any = true;
		rest += len;
		if (*rest == '\n')	/* a name below it */
			return true;
	}
}

/* ---- Lengths of time */

static bool
read_number(const char **at, long *number_r)
{
	static const char *const names[] = { "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
		"eleven", "twelve", "fourteen", NULL };
	char *end;

	if (isdigit((unsigned char)**at)) {
		*number_r = strtol(*at, &end, 10);
		*at = end;
		return *number_r <= 9999;
	}
	for (size_t i = 0; names[i] != NULL; i++) {
		size_t len = strlen(names[i]);

		if (!str_starts_nocase(*at, names[i]) || is_part_of_word((*at)[len]))
			continue;
		*number_r = i == 12 ? 14 : (long)i + 1;
		*at += len;
		return true;
	}
	if (!str_starts_nocase(*at, "a "))
		return false;
	*number_r = 1;
	*at += 1;
	return true;
}

static bool
read_unit(const char **at, long *days_r)
{
	static const struct { const char *name; long days; } units[] = {
		{ "calendar days", 1 }, { "calendar day", 1 }, { "days", 1 }, { "day", 1 }, { "d", 1 },
		{ "weeks", 7 }, { "week", 7 }, { "wks", 7 }, { "wk", 7 }, { "fortnights", 14 }, { "fortnight", 14 },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t len = strlen(units[i].name);

		if (!str_starts_nocase(*at, units[i].name) || is_part_of_word((*at)[len]))
			continue;
		*at += len;
		*days_r = units[i].days;
		return true;
	}
	return false;
}

bool
answer_days(const char *text, long *days_r, const char **rest_r, const char **help_r)
{
	static const char *const leads[] = { "by", "for", "it by", "this by", "the date by", "deadline by", "another", NULL };
	const char *at = text + strspn(text, " \t");
	long number = 0, unit = 1;
	size_t lead = phrase_at(at, leads);

	at += lead + strspn(at + lead, " \t");
	*help_r = "EXTEND needs a number of days, from 1 to 365, for example: EXTEND 7 days: the school is closed.";
	if (*at == '-' && isdigit((unsigned char)at[1]))
		*help_r = "EXTEND gives more time, never less; nothing was changed. Please say how many days more, for example: EXTEND 7 days: the reason.";
	if (!read_number(&at, &number))
		return false;
	at += strspn(at, " \t-");
	if (str_starts_nocase(at, "working") || str_starts_nocase(at, "business") || str_starts_nocase(at, "school")) {
		*help_r = "EXTEND counts calendar days, not working days. Please say how many calendar days, for example: EXTEND 7 days: the reason.";
		return false;
	}
	/* "5" alone, or before its reason, means days; "5 hours" and "5.5" do not. */
	if (!read_unit(&at, &unit) && *at != '\0' && strchr(":,;\n(\"", *at) == NULL && !(*at == '.' && !isdigit((unsigned char)at[1])))
		return false;
	if (number < 1 || number * unit > 365 || at[strspn(at, " ")] == '?')
		return false;
	*days_r = number * unit;
	*rest_r = at + strspn(at, " \t:.,;-");
	return true;
}
