/*
 * Date sentences evaluated against a case, each with its derivation in words.
 * Runs wherever decide() does; pure: today comes from the query's now.
 * Invariant: periods are counted on civil dates; only "working days" look at
 * the calendar.  "n weeks after X" leaves X out, "beginning with X" counts it.
 * Fails: never; what cannot be said yet is DAY_NONE.
 */
#include <string.h>

#include "case/classify.h"
#include "case/dates.h"

#define DEPTH_MAX 12	/* deadlines resting on deadlines; the checker proves there is no loop */

struct dating {
	struct arena		*arena;
	const struct dates_query *query;
	int			 depth;
	bool			 in_deadline;
	bool			 wordless;	/* the day alone is asked for: no derivation is written */
	int			 version;	/* sum over the deadlines rested on */
};

struct dated {
	dayno		 day;
	const char	*text;		/* "advice-request was received on 23 Nov 2026" */
};

static const struct dated unknown = { DAY_NONE, "" };

static struct dated	dated_expr(struct dating *, const struct date_expr *);

/* ---- What a name may be */

static const struct stage *
stage_of(const struct dates_query *query)
{
	const struct case_strand *strand = case_strand(query->state, query->strand);
	const struct strand *rules = strand == NULL ? NULL : pack_strand(query->pack, strand->name);

	return rules == NULL ? NULL : strand_stage(rules, strand->stage);
}

static struct dated
dated(struct dating *d, dayno day, const char *what)
{
	if (day == DAY_NONE)
		return unknown;
	if (d->wordless)
		return (struct dated){ day, "" };
	return (struct dated){ day, arena_printf(d->arena, "%s %s", what, date_words(d->arena, day)) };
}

static struct dated
dated_instant(struct dating *d, instant at, const char *what)
{
	return dated(d, at == INSTANT_NONE ? DAY_NONE : instant_date(at), what);
}

/* The mail that opened the case; one that had only been kept before does not count. */
static instant
opening(const struct dates_query *query)
{
	const struct case_state *state = query->state;

	for (size_t i = 0; i < state->mail_count; i++) {
		const struct kind *kind = pack_kind(query->pack, state->mails[i].kind);

		if (kind == NULL || !kind->kept)
			return state->mails[i].received;
	}
	if (state->mail_count > 0)
		return state->mails[0].received;
	return state->opened;
}

static instant
latest_of_kind(const struct case_state *state, const char *kind)
{
	instant at = INSTANT_NONE;

	for (size_t i = 0; i < state->mail_count; i++)
		if (strcmp(state->mails[i].kind, kind) == 0 &&
		    (at == INSTANT_NONE || state->mails[i].received > at))
			at = state->mails[i].received;
	return at;
}

static instant
last_heard(const struct case_state *state)
{
	instant at = state->opened;

	for (size_t i = 0; i < state->mail_count; i++)
		if (at == INSTANT_NONE || state->mails[i].received > at)
			at = state->mails[i].received;
	return at;
}

static dayno
fact_day(const struct dates_query *query, const char *name)
{
	const struct classified *said = query->event == NULL ? NULL : query->event->classified;
	const char *value = case_fact_value(query->state, query->strand, name);
	dayno day;

	if (value != NULL && date_parse_iso(value, &day))
		return day;
	if (said != NULL && (value = classified_fact(said, name)) != NULL && date_parse_iso(value, &day))
		return day;
	if (strcmp(name, "back-on") == 0 && query->event != NULL && query->event->mail != NULL)
		return query->event->mail->back_on;
	return DAY_NONE;
}

/*
 * A question's ladder counts from that question.  A deadline counts from the
 * fact of that name where the pack keeps one (starts = "asked"), so that a later
 * question in the same strand does not move it.
 */
static instant
asked(struct dating *d)
{
	const struct dates_query *query = d->query;
	const struct case_state *state = query->state;

	for (size_t i = state->question_count; i-- > 0;) {
		const struct case_question *question = &state->questions[i];

		if (query->question != 0 ? question->no == query->question :
		    !d->in_deadline && question->strand == query->strand &&
		    question->state == QUESTION_OPEN)
			return question->at;
	}
	return INSTANT_NONE;
}

static instant
answered(const struct case_state *state, const char *name)
{
	for (size_t i = state->question_count; i-- > 0;)
		if (strcmp(state->questions[i].name, name) == 0 &&
		    state->questions[i].state == QUESTION_ANSWERED)
			return state->questions[i].answered_at;
	return INSTANT_NONE;
}

/* ---- Ready-made names */

static struct dated
dated_asked(struct dating *d)
{
	dayno day = fact_day(d->query, "asked");

	if (day != DAY_NONE && (d->in_deadline || d->query->question == 0))
		return dated(d, day, "the day it was asked for,");
	return dated_instant(d, asked(d), "the question was put on");
}

static struct dated
dated_entered(struct dating *d)
{
	const struct case_strand *strand = case_strand(d->query->state, d->query->strand);

	if (strand != NULL)
		return dated_instant(d, strand->entered, "this stage began on");
	return dated_instant(d, d->query->state->opened, "the case began on");
}

/* HOLD: since when nothing goes to the person chased. */
static struct dated
dated_held(struct dating *d)
{
	const struct case_strand *strand = case_strand(d->query->state, d->query->strand);

	return dated_instant(d, strand == NULL || !strand->held ? INSTANT_NONE : strand->held_at, "it was held on");
}

static struct dated	dated_name(struct dating *, const char *);

static bool
is(const char *name, const char *known)
{
	return name[0] == known[0] && strcmp(name, known) == 0;
}

static bool
ready_made(struct dating *d, const char *name, struct dated *dated_r)
{
	const struct stage *stage;

	if (is(name, "received"))
		*dated_r = dated_instant(d, opening(d->query), "the first mail was received on");
	else if (is(name, "entered"))
		*dated_r = dated_entered(d);
	else if (is(name, "asked"))
		*dated_r = dated_asked(d);
	else if (is(name, "held"))
		*dated_r = dated_held(d);
	else if (is(name, "today"))
		*dated_r = dated(d, instant_date(d->query->now), "today,");
	else if (is(name, "last-heard"))
		*dated_r = dated_instant(d, last_heard(d->query->state), "anything was last heard on");
	else if (is(name, "due")) {
		stage = stage_of(d->query);
		*dated_r = stage == NULL || stage->due == NULL ? unknown : dated_name(d, stage->due);
	} else
		return false;
	if (dated_r->day == DAY_NONE)
		*dated_r = dated(d, fact_day(d->query, name), name);
	return true;
}

/* ---- Deadlines */

static const struct case_deadline *
kept_deadline(const struct dates_query *query, const char *name)
{
	const struct case_deadline *found = NULL;

	for (size_t i = 0; i < query->state->deadline_count; i++) {
		const struct case_deadline *deadline = &query->state->deadlines[i];

		if (deadline->superseded || strcmp(deadline->name, name) != 0)
			continue;
		if (deadline->strand == query->strand)
			return deadline;
		if (deadline->strand == 0)
			found = deadline;
	}
	return found;
}

static struct dated
dated_deadline(struct dating *d, const char *name, const struct deadline *rules)
{
	const struct case_deadline *kept = kept_deadline(d->query, name);
	bool outer = d->in_deadline;
	struct dated result;

	if (kept != NULL) {
		d->version += kept->version;
		return dated(d, kept->date, name);
	}
	if (rules == NULL || d->depth >= DEPTH_MAX)
		return unknown;
	d->depth++;
	d->in_deadline = true;
	result = dated_expr(d, &rules->is);
	d->in_deadline = outer;
	d->depth--;
	return dated(d, result.day, name);
}

static struct dated
dated_name(struct dating *d, const char *name)
{
	const struct deadline *rules = pack_deadline(d->query->pack, name);
	struct dated result;
	dayno day;

	if (ready_made(d, name, &result))
		return result;
	if ((day = fact_day(d->query, name)) != DAY_NONE)
		return dated(d, day, name);
	if (rules != NULL || kept_deadline(d->query, name) != NULL)
		return dated_deadline(d, name, rules);
	if (pack_kind(d->query->pack, name) != NULL)
		return dated_instant(d, latest_of_kind(d->query->state, name),
		    d->wordless ? "" : arena_join(d->arena, name, " was received on", ""));
	return dated_instant(d, answered(d->query->state, name),
	    d->wordless ? "" : arena_join(d->arena, name, " was answered on", ""));
}

/* ---- Sums */

static const char *
amount(struct dating *d, int n, enum date_unit unit)
{
	static const char *const names[] = {
		[UNIT_DAY] = "day", [UNIT_WORKING_DAY] = "working day", [UNIT_WEEK] = "week",
		[UNIT_MONTH] = "month", [UNIT_YEAR] = "year",
	};

	return arena_printf(d->arena, "%d %s%s", n, names[unit], n == 1 ? "" : "s");
}

static dayno
beginning_with(const struct pack *pack, dayno base, int n, enum date_unit unit)
{
	switch (unit) {
	case UNIT_DAY:
		return base + n - 1;
	case UNIT_WEEK:
		return base + 7 * n - 1;
	case UNIT_WORKING_DAY:
		base = calendar_on_or_after(pack->calendar, base);
		return calendar_add_working(pack->calendar, base, n - 1);
	case UNIT_MONTH:
	case UNIT_YEAR:
		break;
	}
	return calendar_add(pack->calendar, base, n, unit) - 1;
}

static dayno
next_weekday(dayno base, int weekday)
{
	int ahead = (weekday - date_weekday(base) + 7) % 7;

	return base + (ahead == 0 ? 7 : ahead);
}

static void
step(struct dating *d, const struct date_step *by, struct dated *at)
{
	int n = by->n < 0 ? -by->n : by->n;

	if (n == 0)
		return;
	at->day = calendar_add(d->query->pack->calendar, at->day, by->n, by->unit);
	if (!d->wordless)
		at->text = arena_printf(d->arena, "%s %s %s", amount(d, n, by->unit), by->n < 0 ? "before" : "after", at->text);
}

/* "next Wednesday" must stay the same Wednesday: it counts from the stage's beginning. */
static struct dated
dated_base(struct dating *d, const struct date_term *term)
{
	bool unnamed = term->base == NULL || term->base[0] == '\0';

	if (unnamed || (term->weekday >= 0 && strcmp(term->base, "today") == 0))
		return dated_entered(d);
	return dated_name(d, term->base);
}

/* "agreed-date but no later than statutory": the cap rules where it is earlier. */
static struct dated
capped(struct dating *d, const struct date_term *term, struct dated at)
{
	struct dated cap;

	if (term->no_later_than == NULL)
		return at;
	cap = dated_name(d, term->no_later_than);
	return cap.day != DAY_NONE && cap.day < at.day ? cap : at;
}

static struct dated
dated_term(struct dating *d, const struct date_term *term)
{
	struct dated at = dated_base(d, term);

	if (at.day == DAY_NONE)
		return unknown;
	if (term->beginning_n > 0) {
		at.day = beginning_with(d->query->pack, at.day, term->beginning_n, term->beginning_unit);
		at.text = d->wordless ? "" : arena_printf(d->arena, "%s beginning with %s",
		    amount(d, term->beginning_n, term->beginning_unit), at.text);
	}
	if (term->weekday >= 0) {
		at.day = next_weekday(at.day, term->weekday);
		at.text = d->wordless ? "" : arena_printf(d->arena, "the next %.3s after %s",
		    date_words_weekday(d->arena, at.day), at.text);
	}
	for (size_t i = 0; i < term->step_count; i++)
		step(d, &term->steps[i], &at);
	return capped(d, term, at);
}

static struct dated
dated_expr(struct dating *d, const struct date_expr *expr)
{
	bool earliest = expr->choice == DATE_EARLIEST;
	struct dated best = unknown, other = unknown;

	for (size_t i = 0; i < expr->term_count; i++) {
		struct dated at = dated_term(d, &expr->terms[i]);

		if (at.day == DAY_NONE)
			continue;
		if (best.day == DAY_NONE) {
			best = at;
			if (expr->choice == DATE_FIRST_KNOWN)
				break;
			continue;
		}
		other = at;
		if (earliest ? at.day < best.day : at.day > best.day) {
			other = best;
			best = at;
		}
	}
	if (other.day != DAY_NONE && other.day != best.day && !d->wordless)
		best.text = arena_printf(d->arena, "%s (%s than %s)", best.text,
		    earliest ? "earlier" : "later", date_words(d->arena, other.day));
	return best;
}

/* ---- Public */

dayno
dates_eval(struct arena *arena, const struct dates_query *query, const struct date_expr *expr,
    const char **derivation_r, int *version_r)
{
	struct dating d = { .arena = arena, .query = query, .wordless = derivation_r == NULL };
	struct dated at = dated_expr(&d, expr);

	if (derivation_r != NULL)
		*derivation_r = at.text;
	if (version_r != NULL)
		*version_r = d.version;
	return at.day;
}

dayno
dates_named(struct arena *arena, const struct dates_query *query, const char *name)
{
	struct dating d = { .arena = arena, .query = query, .wordless = true };

	return dated_name(&d, name).day;
}

/* The days that EXTEND has moved this deadline by, kept as a fact. */
static int
extended_by(struct dating *d, const struct deadline *deadline)
{
	const char *days = case_fact_value(d->query->state, d->query->strand,
	    arena_join(d->arena, "extended ", deadline->name, ""));
	long n = 0;

	return days != NULL && str_number(days, 0, 3660, &n) ? (int)n : 0;
}

/* A case was merged whose date was earlier: the law's date is the earlier one.  Returns what to say of it. */
static const char *
merged_earlier(struct dating *d, const struct deadline *deadline, dayno *day)
{
	const char *name = arena_join(d->arena, "no later than ", deadline->name, "");
	const char *value = case_fact_value(d->query->state, d->query->strand, name);
	dayno last;

	if (value == NULL || !date_parse_iso(value, &last) || *day <= last)
		return "";
	*day = last;
	return ", but no later than in the case that was merged with this one";
}

/* "but no later than X" holds after EXTEND too.  Returns what to say of it. */
static const char *
stays_within(struct dating *d, const struct date_expr *expr, dayno *day)
{
	for (size_t i = 0; i < expr->term_count; i++) {
		const char *cap = expr->terms[i].no_later_than;
		dayno last = cap == NULL ? DAY_NONE : dated_name(d, cap).day;

		if (last == DAY_NONE || *day <= last)
			continue;
		*day = last;
		return arena_printf(d->arena, ", but no later than %s", cap);
	}
	return "";
}

/* What a person has applied, and the law allows: a later day.  Returns what to say of it before all else. */
static const char *
excepted(struct dating *d, const struct deadline *deadline, dayno *day)
{
	const struct case_fact *fact = case_fact_now(d->query->state, d->query->strand,
	    arena_join(d->arena, "exception to ", deadline->name, ""));
	const char *name = fact == NULL ? NULL : strchr(fact->value, ' ');
	const struct exception *rules;
	dayno last, before = *day;

	if (name == NULL || !date_parse_iso(arena_strndup(d->arena, fact->value, (size_t)(name - fact->value)), &last) || last <= *day)
		return "";
	*day = last;
	rules = pack_exception(d->query->pack, name + 1);
	return arena_printf(d->arena, "exception: %s (%s), applied by %s on %s with a reason; without it %s, ",
	    rules == NULL ? name + 1 : rules->words, rules == NULL ? "no longer in the rules" : rules->ground, fact->who,
	    date_words(d->arena, instant_date(fact->at)), date_words(d->arena, before));
}

dayno
dates_deadline(struct arena *arena, const struct dates_query *query, const struct deadline *deadline,
    const char **derivation_r, int *version_r)
{
	struct dating d = { .arena = arena, .query = query, .in_deadline = true, .wordless = derivation_r == NULL };
	struct dated at = dated_expr(&d, &deadline->is);
	const char *because = "", *moved = "", *earlier, *exception;
	int days;

	if (version_r != NULL)
		*version_r = d.version;
	if (derivation_r != NULL)
		*derivation_r = "";
	if (at.day == DAY_NONE)
		return DAY_NONE;
	days = deadline->fixed ? 0 : extended_by(&d, deadline);
	at.day += days;
	earlier = merged_earlier(&d, deadline, &at.day);
	if (deadline->because != NULL && derivation_r != NULL)
		because = arena_printf(arena, " (%s)", deadline->because);
	if (days != 0)
		moved = arena_printf(arena, ", moved by %s (EXTEND)%s", amount(&d, days, UNIT_DAY),
		    stays_within(&d, &deadline->is, &at.day));
	exception = excepted(&d, deadline, &at.day);
	if (derivation_r != NULL)
		*derivation_r = arena_printf(arena, "%s: %s%s%s%s%s", date_words(arena, at.day), exception, at.text,
		    because, moved, earlier);
	return at.day;
}

dayno
dates_of_rung(const struct pack *pack, dayno day, bool before_deadline)
{
	if (day == DAY_NONE)
		return DAY_NONE;
	return before_deadline ? calendar_on_or_before(pack->calendar, day) :
	    calendar_on_or_after(pack->calendar, day);
}

dayno
dates_occurrence(const struct pack *pack, dayno first, const struct repeat *every, int n)
{
	dayno day;

	if (first == DAY_NONE || n < 1)
		return DAY_NONE;
	if (n == 1)
		return first;
	if (every->first.n == 0)
		return DAY_NONE;
	if (every->in_all == 0 || n <= every->in_all)
		return calendar_add(pack->calendar, first, (n - 1) * every->first.n, every->first.unit);
	if (every->then.n == 0)
		return DAY_NONE;
	day = calendar_add(pack->calendar, first, (every->in_all - 1) * every->first.n,
	    every->first.unit);
	return calendar_add(pack->calendar, day, (n - every->in_all) * every->then.n, every->then.unit);
}

/* "a within 3 months of b" counts from b and includes the day itself. */
static bool
within(const struct pack *pack, dayno a, dayno b, const struct date_step *by)
{
	int n = by->n < 0 ? -by->n : by->n;

	return a >= calendar_add(pack->calendar, b, -n, by->unit) &&
	    a <= calendar_add(pack->calendar, b, n, by->unit);
}

bool
dates_hold(struct arena *arena, const struct dates_query *query, const struct test *test)
{
	dayno left = dates_eval(arena, query, test->left, NULL, NULL);
	dayno right = dates_eval(arena, query, test->right, NULL, NULL);

	if (left == DAY_NONE || right == DAY_NONE)
		return false;
	switch (test->relation) {
	case DATES_BEFORE:
		return left < right;
	case DATES_AFTER:
		return left > right;
	case DATES_WITHIN:
		return within(query->pack, left, right, &test->within);
	}
	return false;
}
