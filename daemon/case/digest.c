/*
 * What a digest says of a case.  Runs in core and simulate; pure.
 * Invariant: a line names the case's reference and its stage, never the child.
 * Fails: never; a list of no case is empty, and a digest of empty lists is not sent.
 */
#include <ctype.h>
#include <string.h>

#include "base/calendar.h"
#include "case/conditions.h"
#include "case/digest.h"
#include "case/people.h"
#include "rule/read.h"

#define DAYS_AHEAD_MAX 14

static const char *const weekdays[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" };

static bool
is_its_day(const struct digest *digest, dayno day)
{
	return strcmp(digest->every, "day") == 0 || strcmp(digest->every, weekdays[date_weekday(day)]) == 0;
}

instant
digest_next(const struct pack *pack, const struct digest *digest, instant after)
{
	dayno today = instant_date(after);

	/* From the days before on: a Monday that is closed goes on the Tuesday. */
	for (dayno day = today - DAYS_AHEAD_MAX; day <= today + DAYS_AHEAD_MAX; day++) {
		instant at;

		if (!is_its_day(digest, day))
			continue;
		at = instant_at(calendar_on_or_after(pack->calendar, day), pack->timers_at);
		if (at > after)
			return at;
	}
	return INSTANT_NONE;
}

const char *
digest_heading(struct arena *arena, const struct pack *pack, const char *list)
{
	char *heading;

	if (strcmp(list, "first") == 0)
		return "To be looked at first";
	if (strcmp(list, "unanswered") == 0)
		return "Questions without an answer";
	if (str_starts(list, "at "))
		return arena_printf(arena, "Where it stands: %s", pack_called(pack, arena, strchr(list, '/') == NULL ? list + 3 :
		    strchr(list, '/') + 1));
	heading = arena_strdup(arena, list);
	heading[0] = (char)toupper((unsigned char)heading[0]);
	return heading;
}

/* ---- Lines */

struct telling {
	struct arena		*arena;
	const struct pack	*pack;
	const struct world	*world;
	const struct case_state	*state;
	dayno			 today;
	instant			 now;
	struct strs		 lines;
};

static const struct stage *
stage_of(const struct telling *t, const struct case_strand *strand)
{
	const struct strand *rules = pack_strand(t->pack, strand->name);

	return rules == NULL ? NULL : strand_stage(rules, strand->stage);
}

static const char *
called(const struct telling *t, const char *address)
{
	const struct person *person = t->world->directory == NULL ? NULL : directory_find(t->world->directory, address);

	return person == NULL || person->name[0] == '\0' ? address : person->name;
}

static const char *
whom(const struct telling *t, int strand, const struct recipients *recipients)
{
	struct people_query query = { .pack = t->pack, .world = t->world, .state = t->state, .strand = strand, .on = t->today };
	struct people people = { 0 };
	struct strs names = { NULL, 0 };
	const char *nobody = NULL;

	if (recipients->n == 0)
		return "";
	people_of_all(t->arena, &query, recipients, &people, &nobody);
	for (size_t i = 0; i < people.addresses.n; i++)
		strs_add(t->arena, &names, called(t, people.addresses.v[i]));
	return names.n == 0 ? ", with nobody" : arena_printf(t->arena, ", with %s", strs_join(t->arena, &names, " and "));
}

/* "EHC-20417 (advice: with the worker): due 5 Oct 2026, 3 days late, with Jo Reed" */
static void
strand_line(struct telling *t, const struct case_strand *strand)
{
	const struct stage *stage = stage_of(t, strand);
	dayno due = stage == NULL || stage->due == NULL ? DAY_NONE : case_deadline_date(t->state, strand->no, stage->due);
	const char *when = "";

	if (due != DAY_NONE && due < t->today)
		when = arena_printf(t->arena, ": was due on %s, %d day%s late", date_words(t->arena, due), (int)(t->today - due),
		    t->today - due == 1 ? "" : "s");
	else if (due != DAY_NONE)
		when = arena_printf(t->arena, ": due on %s", date_words(t->arena, due));
	strs_add(t->arena, &t->lines, arena_printf(t->arena, "%s (%s%s%s: %s)%s%s", case_name(t->arena, t->state),
	    pack_called(t->pack, t->arena, strand->name), strand->service[0] == '\0' ? "" : " of ",
	    strand->service[0] == '\0' ? "" : pack_called(t->pack, t->arena, strand->service),
	    pack_called(t->pack, t->arena, strand->stage), when, stage == NULL ? "" : whom(t, strand->no, &stage->waits_for)));
}

static bool
is_due_between(const struct telling *t, const struct case_strand *strand, dayno from, dayno until)
{
	const struct stage *stage = stage_of(t, strand);
	dayno due = stage == NULL || stage->due == NULL ? DAY_NONE : case_deadline_date(t->state, strand->no, stage->due);

	return due != DAY_NONE && due >= from && due <= until;
}

static dayno
ahead(const struct pack *pack, const char *list, dayno today)
{
	struct repeat span;

	if (!str_starts(list, "due in ") || repeat_parse(list + strlen("due in "), &span, NULL) != 0)
		return DAY_NONE;
	return calendar_add(pack->calendar, today, span.first.n, span.first.unit);
}

static bool
stands_at(const struct case_strand *strand, const char *list)
{
	const char *slash = strchr(list, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - list) - strlen("at ");

	return slash != NULL && strncmp(list + strlen("at "), strand->name, len) == 0 && strand->name[len] == '\0' &&
	    strcmp(slash + 1, strand->stage) == 0;
}

/* A guard that says such cases come first. */
static bool
comes_first(const struct telling *t)
{
	struct cond_query query = { .pack = t->pack, .world = t->world, .state = t->state, .now = t->now };

	for (size_t i = 0; i < t->pack->guard_count; i++) {
		const struct guard *guard = &t->pack->guards[i];
		struct test test = { .kind = TEST_FLAG, .name = guard->flag, .where = guard->where };
		struct condition condition = { .tests = &test, .test_count = 1, .where = guard->where };
		struct conditions flagged = { &condition, 1 };

		if (guard->first && guard->flag != NULL && conditions_hold(t->arena, &query, &flagged)) {
			reached_add(t->world->reached, guard->where, NULL);
			return true;
		}
	}
	return false;
}

static void
unanswered(struct telling *t)
{
	for (size_t i = 0; i < t->state->question_count; i++) {
		const struct case_question *question = &t->state->questions[i];
		struct strs asked = { NULL, 0 };

		if (question->state != QUESTION_OPEN || instant_date(question->at) >= t->today)
			continue;
		for (size_t k = 0; k < question->asked.n; k++)
			strs_add(t->arena, &asked, called(t, question->asked.v[k]));
		strs_add(t->arena, &t->lines, arena_printf(t->arena, "%s (question: %s), put to %s on %s", case_name(t->arena, t->state),
		    pack_called(t->pack, t->arena, question->name), strs_join(t->arena, &asked, " and "),
		    date_words(t->arena, instant_date(question->at))));
	}
}

struct strs
digest_lines(struct arena *arena, const struct pack *pack, const struct world *world,
    const struct case_state *state, const struct digest *digest, const char *list, instant now)
{
	struct telling t = { arena, pack, world, state, instant_date(now), now, { NULL, 0 } };
	struct cond_query query = { .pack = pack, .world = world, .state = state, .now = now };
	bool first = strcmp(list, "first") == 0 && comes_first(&t), late = strcmp(list, "late") == 0;
	dayno until = ahead(pack, list, t.today);

	if (digest->when.n > 0 && !conditions_hold(arena, &query, &digest->when))
		return t.lines;
	if (strcmp(list, "unanswered") == 0)
		unanswered(&t);
	for (size_t i = 0; i < state->strand_count; i++) {
		const struct case_strand *strand = &state->strands[i];

		if (strand->final)
			continue;
		if (first || (late && is_due_between(&t, strand, DAY_NONE + 1, t.today - 1)) ||
		    (until != DAY_NONE && is_due_between(&t, strand, t.today, until)) ||
		    (str_starts(list, "at ") && stands_at(strand, list)))
			strand_line(&t, strand);
	}
	return t.lines;
}

dayno
digest_reach(const struct pack *pack, const struct digest *digest, dayno today, bool *all_r)
{
	dayno reach = today;

	*all_r = false;
	for (size_t i = 0; i < digest->lists.n; i++) {
		dayno until = ahead(pack, digest->lists.v[i], today);

		if (until != DAY_NONE && until > reach)
			reach = until;
		*all_r |= str_starts(digest->lists.v[i], "at ") || strcmp(digest->lists.v[i], "first") == 0;
	}
	return reach;
}

struct strs
digest_people(struct arena *arena, const struct pack *pack, const struct world *world,
    const struct case_state *state, const struct digest *digest, instant now)
{
	struct people_query query = { .pack = pack, .world = world, .state = state, .on = instant_date(now) };
	struct people people = { 0 };
	const char *nobody = NULL;

	people_of_all(arena, &query, &digest->to, &people, &nobody);
	return people.addresses;
}
