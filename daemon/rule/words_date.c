/*
 * Date sentences as an administrator wrote them, turned into a reader's: "due -
 * 14 days" is "14 days before the deadline".  Pure.
 * Fails: never.
 */
#include <stdlib.h>
#include <string.h>

#include "rule/words.h"

static const char *const units[] = {
	[UNIT_DAY] = "day", [UNIT_WORKING_DAY] = "working day", [UNIT_WEEK] = "week", [UNIT_MONTH] = "month",
	[UNIT_YEAR] = "year",
};

char *
words_span(struct arena *arena, int n, enum date_unit unit)
{
	int count = abs(n);

	return arena_printf(arena, "%d %s%s", count, units[unit], count == 1 ? "" : "s");
}

char *
words_day(const struct words *words, const char *base)
{
	static const struct { const char *name, *said; } ready[] = {
		{ "received", "the day the first mail came" }, { "entered", "the day this step began" },
		{ "asked", "the day the question was put" }, { "held", "the day the work was put on hold" },
		{ "today", "today" }, { "last-heard", "the day anything was last heard" },
	};

	if (strcmp(base, "due") == 0)
		return arena_strdup(words->arena, words->due != NULL ? words->due : "the deadline");
	for (size_t i = 0; i < sizeof ready / sizeof *ready; i++)
		if (strcmp(ready[i].name, base) == 0)
			return arena_strdup(words->arena, ready[i].said);
	if (pack_deadline(words->pack, base) != NULL)
		return arena_printf(words->arena, "the deadline %s", words_quoted(words, base));
	if (pack_kind(words->pack, base) != NULL)
		return arena_printf(words->arena, "the day %s came", words_quoted(words, base));
	if (pack_question(words->pack, base) != NULL)
		return arena_printf(words->arena, "the day %s was answered", words_quoted(words, base));
	return arena_printf(words->arena, "the date %s", words_quoted(words, base));
}

char *
words_steps(struct arena *arena, const struct date_term *term)
{
	const char *text = "";

	/* The last step is said first: base + 1 week - 2 days is "2 days before 1 week after". */
	for (size_t i = term->step_count; i-- > 0;) {
		const struct date_step *step = &term->steps[i];
		bool goes_on = i > 0 && (term->steps[i - 1].n < 0) == (step->n < 0);

		text = arena_printf(arena, "%s%s%s ", text, words_span(arena, step->n, step->unit),
		    goes_on ? " and" : step->n < 0 ? " before" : " after");
	}
	return str_trim(arena, text);
}

static char *
term_text(const struct words *words, const struct date_term *term)
{
	static const char *const days[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" };
	const char *steps = words_steps(words->arena, term), *text;

	if (term->weekday >= 0)
		text = arena_printf(words->arena, "the next %s", days[term->weekday]);
	else if (term->beginning_n > 0)
		text = arena_printf(words->arena, "the last of %s of which %s is the first",
		    words_span(words->arena, term->beginning_n, term->beginning_unit), words_day(words, term->base));
	else
		text = words_day(words, term->base);
	if (steps[0] != '\0')
		text = arena_printf(words->arena, "%s %s", steps, text);
	if (term->no_later_than != NULL)
		text = arena_printf(words->arena, "%s, but no later than %s", text, words_day(words, term->no_later_than));
	return arena_strdup(words->arena, text);
}

char *
words_date(const struct words *words, const struct date_expr *expr)
{
	struct strs terms = { NULL, 0 };

	for (size_t i = 0; i < expr->term_count; i++)
		strs_add(words->arena, &terms, term_text(words, &expr->terms[i]));
	if (expr->term_count == 1)
		return arena_strdup(words->arena, terms.v[0]);
	if (expr->choice == DATE_FIRST_KNOWN)
		return strs_join(words->arena, &terms, "; where that is not known, ");
	return arena_printf(words->arena, "the %s of %s", expr->choice == DATE_EARLIEST ?
	    (terms.n == 2 ? "earlier" : "earliest") : (terms.n == 2 ? "later" : "latest"),
	    words_list(words->arena, &terms, "and"));
}

static char *
every(struct arena *arena, const struct date_step *step)
{
	return step->n == 1 ? arena_printf(arena, "every %s", units[step->unit]) :
	    arena_printf(arena, "every %s", words_span(arena, step->n, step->unit));
}

char *
words_repeat(struct arena *arena, const struct repeat *repeat)
{
	if (repeat->first.n == 0)
		return arena_strdup(arena, "");
	if (repeat->in_all == 0)
		return every(arena, &repeat->first);
	if (repeat->then.n == 0)
		return arena_printf(arena, "%s, %d times in all", every(arena, &repeat->first), repeat->in_all);
	return arena_printf(arena, "%s, %d times in all, then %s", every(arena, &repeat->first), repeat->in_all,
	    every(arena, &repeat->then));
}

char *
words_age(struct arena *arena, int months)
{
	if (months % 12 == 0)
		return arena_printf(arena, "%d", months / 12);
	return arena_printf(arena, "%s and %s", words_span(arena, months / 12, UNIT_YEAR), words_span(arena, months % 12, UNIT_MONTH));
}
