/*
 * Date sentences, repeats, ages and relations between dates, as packs write
 * them: parsing only, case/dates.c evaluates.  Pure.
 * Invariant: a sentence is read whole or refused; nothing behind it is ignored.
 * Fails: ERR_CONFIG, saying what was found and what may stand there.
 */
#include <ctype.h>
#include <string.h>

#include "rule/read.h"

#define DATE_FORMS \
	"write for example \"due-date\", \"advice-request + 6 weeks\", \"earliest of a, b + 2 weeks\", " \
	"\"a, else b\", \"15 days beginning with a\" or \"next Wednesday\""
#define UNIT_FORMS "days, working days, weeks, months or years"
#define MAX_COUNT 5000		/* of any unit: more is a slip of the pen */

/* The words of a sentence; punctuation that matters (, + -) stands alone. */
struct words {
	const char	*text;
	struct strs	 list;
	size_t		 at;
};

static struct words
words_of(struct arena *arena, const char *text)
{
	struct words words = { .text = str_squeeze(arena, text) };
	const char *p = words.text;
	size_t len;

	while (*p != '\0') {
		len = *p == ',' ? 1 : strcspn(p, " ,");
		if (len > 0)
			strs_add(arena, &words.list, arena_strndup(arena, p, len));
		p += len;
		while (*p == ' ')
			p++;
	}
	return words;
}

static const char *
word_peek(const struct words *words)
{
	return words->at < words->list.n ? words->list.v[words->at] : "";
}

static bool
word_take(struct words *words, const char *word)
{
	if (strcmp(word_peek(words), word) != 0)
		return false;
	words->at++;
	return true;
}

/* Several words in a row, or none of them. */
static bool
words_take(struct words *words, const char *first, const char *second)
{
	size_t at = words->at;

	if (word_take(words, first) && word_take(words, second))
		return true;
	words->at = at;
	return false;
}

static bool
words_done(const struct words *words)
{
	return words->at == words->list.n;
}

static bool
take_number(struct words *words, int *number_r)
{
	long value;

	if (!str_number(word_peek(words), 0, MAX_COUNT, &value))
		return false;
	*number_r = (int)value;
	words->at++;
	return true;
}

static bool
take_unit(struct words *words, enum date_unit *unit_r)
{
	static const struct { const char *one, *many; enum date_unit unit; } units[] = {
		{ "day", "days", UNIT_DAY }, { "week", "weeks", UNIT_WEEK },
		{ "month", "months", UNIT_MONTH }, { "year", "years", UNIT_YEAR }
	};
	size_t i;

	if (words_take(words, "working", "day") || words_take(words, "working", "days")) {
		*unit_r = UNIT_WORKING_DAY;
		return true;
	}
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (word_take(words, units[i].one) || word_take(words, units[i].many)) {
			*unit_r = units[i].unit;
			return true;
		}
	return false;
}

/* What a word that is no unit was meant for, or NULL. */
static const char *
nearest_unit(const char *word)
{
	static const char *const spelt[] = { "days", "weeks", "months", "years", "working",
		"workingday", "workingdays", "working-days", "workday", "workdays", "day", "week", "month",
		"year", "wks", "wk", "work", "business", "fortnight", NULL };
	const char *near = strcmp(word, "else") != 0 && strcmp(word, "but") != 0 ? str_nearest(word, spelt) : NULL;

	if (near == NULL)
		return NULL;
	if (str_starts(near, "work") || strcmp(near, "business") == 0)
		return "working days";
	return str_starts(near, "wk") ? "weeks" : strcmp(near, "fortnight") == 0 ? "2 weeks" : near;
}

static int
take_duration(struct words *words, struct date_step *step, struct err *err)
{
	const char *near;

	if (!take_number(words, &step->n))
		return err_set(err, ERR_CONFIG, "\"%s\": a number should stand where \"%s\" does "
		    "(0 to %d)", words->text, word_peek(words), MAX_COUNT);
	if (take_unit(words, &step->unit))
		return 0;
	near = nearest_unit(word_peek(words));
	if (near != NULL)
		return err_set(err, ERR_CONFIG, "\"%s\": there is no unit \"%s\"; did you mean "
		    "\"%s\"? Allowed are " UNIT_FORMS, words->text, word_peek(words), near);
	return err_set(err, ERR_CONFIG, "\"%s\": %d has no unit%s%s%s; allowed are " UNIT_FORMS,
	    words->text, step->n, *word_peek(words) != '\0' ? ", but is followed by \"" : "",
	    word_peek(words), *word_peek(words) != '\0' ? "\"" : "");
}

/* Lower-case letters, digits and hyphens, beginning with a letter: a fact, deadline or kind. */
static bool
is_name(const char *word)
{
	const char *p;

	if (!islower((unsigned char)word[0]))
		return false;
	for (p = word; *p != '\0'; p++)
		if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '-')
			return false;
	return p[-1] != '-';
}

static int
take_base(struct words *words, struct date_term *term, struct err *err)
{
	const char *word = word_peek(words);

	if (!is_name(word))
		return err_set(err, ERR_CONFIG, "\"%s\": \"%s\" is no name of a date; " DATE_FORMS,
		    words->text, word);
	term->base = word;
	words->at++;
	return 0;
}

static bool
take_weekday(struct words *words, int *weekday_r)
{
	static const char *const names[] = { "Monday", "Tuesday", "Wednesday", "Thursday",
	    "Friday", "Saturday", "Sunday" };
	int i;

	for (i = 0; i < 7; i++)
		if (str_same(word_peek(words), names[i])) {
			*weekday_r = i;
			words->at++;
			return true;
		}
	return false;
}

static int
take_steps(struct arena *arena, struct words *words, struct date_term *term, struct err *err)
{
	struct date_step *step;
	bool minus;

	for (;;) {
		minus = strcmp(word_peek(words), "-") == 0;
		if (!minus && strcmp(word_peek(words), "+") != 0)
			return 0;
		words->at++;
		step = arena_push(arena, term->steps, term->step_count);
		if (take_duration(words, step, err) == -1)
			return -1;
		if (minus)
			step->n = -step->n;
	}
}

/* "but no later than statutory": nobody agrees a date away that the law sets. */
static int
take_cap(struct words *words, struct date_term *term, struct err *err)
{
	if (!word_take(words, "but"))
		return 0;
	if (!words_take(words, "no", "later") || !word_take(words, "than") || !is_name(word_peek(words)))
		return err_set(err, ERR_CONFIG, "\"%s\": \"but\" goes on as \"but no later than\" and the "
		    "name of a date", words->text);
	term->no_later_than = word_peek(words);
	words->at++;
	return 0;
}

static int
take_term(struct arena *arena, struct words *words, struct date_term *term, struct err *err)
{
	struct date_step beginning;

	term->weekday = -1;
	if (word_take(words, "next")) {
		if (!take_weekday(words, &term->weekday))
			return err_set(err, ERR_CONFIG, "\"%s\": \"next\" is followed by a day of the "
			    "week, for example \"next Wednesday\"; found \"%s\"", words->text,
			    word_peek(words));
		return take_steps(arena, words, term, err);
	}
	if (isdigit((unsigned char)word_peek(words)[0])) {
		if (take_duration(words, &beginning, err) == -1)
			return -1;
		if (!words_take(words, "beginning", "with") || beginning.n == 0)
			return err_set(err, ERR_CONFIG, "\"%s\": a number at the start is read as "
			    "\"15 days beginning with draft-sent\"; to count from a date write "
			    "\"draft-sent + 15 days\"", words->text);
		term->beginning_n = beginning.n;
		term->beginning_unit = beginning.unit;
	}
	if (take_base(words, term, err) == -1 || take_steps(arena, words, term, err) == -1)
		return -1;
	return take_cap(words, term, err);
}

static bool
take_separator(struct words *words, const struct date_expr *expr)
{
	size_t at = words->at;
	bool comma = word_take(words, ",");

	if (expr->choice != DATE_FIRST_KNOWN)
		return word_take(words, "and") || comma;
	if (word_take(words, "else"))
		return true;
	words->at = at;
	return false;
}

static bool
is_long_dash(const char *word)
{
	return strncmp(word, "\xe2\x80\x93", 3) == 0 || strncmp(word, "\xe2\x80\x94", 3) == 0 || strncmp(word, "\xe2\x88\x92", 3) == 0;
}

int
date_expr_parse(struct arena *arena, const char *text, struct date_expr *expr_r, struct err *err)
{
	struct words words = words_of(arena, text);

	memset(expr_r, 0, sizeof(*expr_r));
	expr_r->text = words.text;
	expr_r->choice = DATE_FIRST_KNOWN;
	if (words_take(&words, "earliest", "of"))
		expr_r->choice = DATE_EARLIEST;
	else if (words_take(&words, "latest", "of"))
		expr_r->choice = DATE_LATEST;
	do {
		if (words_done(&words))
			return err_set(err, ERR_CONFIG, "\"%s\": a date is missing; " DATE_FORMS, words.text);
		if (take_term(arena, &words, arena_push(arena, expr_r->terms, expr_r->term_count),
		    err) == -1)
			return -1;
	} while (take_separator(&words, expr_r));
	if (!words_done(&words) && is_long_dash(word_peek(&words)))
		return err_set(err, ERR_CONFIG, "\"%s\": a long dash stands where - should; word processors put it in, write a plain -",
		    words.text);
	if (!words_done(&words))
		return err_set(err, ERR_CONFIG, "\"%s\": cannot read it from \"%s\" on; + and - have a "
		    "space on either side; " DATE_FORMS, words.text, word_peek(&words));
	if (expr_r->choice != DATE_FIRST_KNOWN && expr_r->term_count < 2)
		return err_set(err, ERR_CONFIG, "\"%s\": \"earliest of\" and \"latest of\" need two "
		    "dates or more, with commas between them", words.text);
	return 0;
}

int
repeat_parse(const char *text, struct repeat *repeat_r, struct err *err)
{
	struct arena *arena = arena_new();
	struct words words = words_of(arena, text);
	int rc = -1;

	memset(repeat_r, 0, sizeof(*repeat_r));
	if (take_duration(&words, &repeat_r->first, err) == -1)
		goto out;
	if (word_take(&words, ",") && take_number(&words, &repeat_r->in_all)) {
		if (!words_take(&words, "in", "all") || repeat_r->in_all < 1)
			goto form;
		if (word_take(&words, ",") && (!word_take(&words, "then") ||
		    take_duration(&words, &repeat_r->then, err) == -1))
			goto form;
		if (repeat_r->then.n == 0 && words.at > 0 && strcmp(words.list.v[words.at - 1], ",") == 0)
			goto form;
	}
	if (words_done(&words) && repeat_r->first.n > 0) {
		rc = 0;
		goto out;
	}
form:
	err_set(err, ERR_CONFIG, "\"%s\" is no repeat; write for example \"1 week\" or "
	    "\"2 working days, 3 in all, then 1 week\"", words.text);
out:
	arena_free(&arena);
	return rc;
}

/* "18", "17 years", "17 years 6 months". */
static bool
take_age(struct words *words, int *months_r)
{
	int years, months = 0;

	if (!take_number(words, &years) || years > 120)
		return false;
	if (word_take(words, "years") || word_take(words, "year")) {
		word_take(words, "and");
		if (take_number(words, &months) &&
		    (months > 11 || (!word_take(words, "months") && !word_take(words, "month"))))
			return false;
	}
	*months_r = years * 12 + months;
	return true;
}

int
age_parse(const char *text, bool *over_r, int *months_r, struct err *err)
{
	struct arena *arena = arena_new();
	struct words words = words_of(arena, text);
	int rc = 0;

	*over_r = !word_take(&words, "under");
	if (!take_age(&words, months_r) || (*over_r && !words_take(&words, "or", "over")) ||
	    !words_done(&words))
		rc = err_set(err, ERR_CONFIG, "\"%s\" is no age; write \"under 18\", \"18 or over\" or "
		    "\"17 years 6 months or over\"", words.text);
	arena_free(&arena);
	return rc;
}

/* The words of list from one place to another as a sentence of their own. */
static char *
words_between(struct arena *arena, const struct words *words, size_t from, size_t to)
{
	struct strs part = { words->list.v + from, to - from };

	return strs_join(arena, &part, " ");
}

int
dates_parse(struct arena *arena, const char *text, struct test *test, struct err *err)
{
	struct words words = words_of(arena, text);
	size_t verb = 0;
	const char *word;

	for (; verb < words.list.n; verb++) {
		word = words.list.v[verb];
		if (strcmp(word, "within") == 0 || strcmp(word, "before") == 0 || strcmp(word, "after") == 0)
			break;
	}
	if (verb == 0 || verb + 1 >= words.list.n)
		goto form;
	word = words.list.v[verb];
	test->kind = TEST_DATES;
	test->relation = *word == 'w' ? DATES_WITHIN : *word == 'b' ? DATES_BEFORE : DATES_AFTER;
	words.at = verb + 1;
	if (test->relation == DATES_WITHIN) {
		if (take_duration(&words, &test->within, err) == -1)
			return -1;
		if (!word_take(&words, "of"))
			goto form;
	}
	test->left = arena_alloc(arena, sizeof(*test->left));
	test->right = arena_alloc(arena, sizeof(*test->right));
	if (date_expr_parse(arena, words_between(arena, &words, 0, verb), test->left, err) == -1)
		return -1;
	return date_expr_parse(arena, words_between(arena, &words, words.at, words.list.n),
	    test->right, err);
form:
	return err_set(err, ERR_CONFIG, "\"%s\" does not compare two dates; write \"a before b\", "
	    "\"a after b\" or \"closed-on within 3 months of advice-request\"", words.text);
}
