/*
 * Exceptions to statutory time: a person moves one date of one case, on a
 * ground that the law gives and the rules name, and says why.  Nothing else
 * does; the date's derivation says it from then on (dates.c).
 * Runs wherever decide() does; pure.
 * Invariant: there is always a new day, later than the one that it replaces:
 * a limit that was lifted without one would be chased no more.
 * Fails: never; a refusal is a sentence.
 */
#include <ctype.h>
#include <string.h>

#include "case/turn.h"
#include "rule/answer.h"

static const struct exception *
exception_named(struct turn *turn, const char *name, const char **wrong_r)
{
	const struct pack *pack = turn->pack;
	struct strs names = { NULL, 0 };

	for (size_t i = 0; i < pack->exception_count; i++) {
		if (pack->exceptions[i].of.n == 0)
			continue;
		if (str_same(pack->exceptions[i].name, name))
			return &pack->exceptions[i];
		strs_add(turn->arena, &names, pack->exceptions[i].name);
	}
	*wrong_r = names.n == 0 ? "These rules name no exception to a date." :
	    arena_printf(turn->arena, "These rules name no exception \"%s\"; they name %s.", name, strs_join(turn->arena, &names, ", "));
	return NULL;
}

/* NULL: done; else why not. */
static const char *
apply(struct turn *turn, int strand, const struct exception *exception, const struct deadline *deadline, dayno before, dayno day,
    const char *who)
{
	if (before == DAY_NONE)
		return arena_printf(turn->arena, "The date (%s) is not known in this case yet, so there is nothing to move.",
		    pack_called(turn->pack, turn->arena, deadline->name));
	if (day == DAY_NONE || day <= before)
		return arena_printf(turn->arena, "The date (%s) is %s; an exception moves it to a later day.",
		    pack_called(turn->pack, turn->arena, deadline->name),
		    date_words(turn->arena, before));
	turn_set_fact(turn, strand, arena_printf(turn->arena, "exception to %s", deadline->name),
	    arena_printf(turn->arena, "%s %s", date_iso(turn->arena, day), exception->name), SOURCE_NEW_TEXT, who);
	turn_why(turn, exception->where, "exception \"%s\" to \"%s\"", exception->name, deadline->name);
	reached_add(turn->world.reached, exception->where, NULL);
	schedule_deadlines(turn);
	return NULL;
}

/* ---- By an administrator */

static const struct deadline *
deadline_named(struct turn *turn, const char *name, const char **wrong_r)
{
	const struct deadline *deadline = pack_deadline(turn->pack, name);
	const char **names = arena_alloc(turn->arena, (turn->pack->deadline_count + 1) * sizeof(*names)), *near;

	for (size_t i = 0; i < turn->pack->deadline_count; i++)
		names[i] = turn->pack->deadlines[i].name;
	near = deadline != NULL ? NULL : str_nearest(name, names);
	if (deadline == NULL)
		*wrong_r = near == NULL ? arena_printf(turn->arena, "These rules have no date \"%s\".", name) :
		    arena_printf(turn->arena, "These rules have no date \"%s\"; did you mean \"%s\"?", name, near);
	return deadline;
}

void
except_take(struct turn *turn)
{
	const struct admin *admin = turn->event->admin;
	const struct case_strand *strand = admin->strand == NULL ? NULL : admin_strand(turn, admin->strand);
	int scope = strand == NULL ? 0 : strand->no;
	const struct exception *exception;
	const struct deadline *deadline;
	const char *wrong = NULL;
	dayno before;

	if (turn->decision->refused != NULL)
		return;
	if ((deadline = deadline_named(turn, admin->fact, &wrong)) == NULL ||
	    (exception = exception_named(turn, admin->value, &wrong)) == NULL) {
		admin_refuse(turn, "%s", wrong);
		return;
	}
	before = case_deadline_date(turn->state, scope, deadline->name);
	if (!strs_has(&exception->of, deadline->name))
		wrong = arena_printf(turn->arena, "\"%s\" (%s) may move %s, not \"%s\".", exception->name, exception->ground,
		    strs_join(turn->arena, &exception->of, " and "), deadline->name);
	else if (turn->state->closed != INSTANT_NONE)
		wrong = "This case is closed.";
	else if (before == DAY_NONE)
		wrong = arena_printf(turn->arena, "The date \"%s\" is not known in this case%s.", deadline->name,
		    strand == NULL ? ", or is a strand's own: say STRAND.DEADLINE" : "");
	else
		wrong = apply(turn, scope, exception, deadline, before,
		    admin->until != DAY_NONE ? admin->until : before + admin->days, turn->event->who);
	if (wrong != NULL)
		admin_refuse(turn, "%s", wrong);
	else
		admin_note(turn, "Exception: %s (%s).", exception->words, exception->ground);
}

/* ---- By mail: "EXCEPTION absence until 9 November 2026: the family is abroad" */

static bool
rests_on(const struct pack *pack, const struct deadline *deadline, const char *name, size_t depth)
{
	if (strcmp(deadline->name, name) == 0)
		return true;
	for (size_t i = 0; depth < pack->deadline_count && i < deadline->is.term_count; i++) {
		const struct date_term *term = &deadline->is.terms[i];
		const struct deadline *base = term->base == NULL ? NULL : pack_deadline(pack, term->base);
		const struct deadline *cap = term->no_later_than == NULL ? NULL : pack_deadline(pack, term->no_later_than);

		if ((base != NULL && rests_on(pack, base, name, depth + 1)) || (cap != NULL && rests_on(pack, cap, name, depth + 1)))
			return true;
	}
	return false;
}

/* The first of its dates that what is awaited at this stage rests on. */
static const struct deadline *
deadline_meant(struct turn *turn, int strand, const struct exception *exception)
{
	const struct stage *stage = turn_stage(turn, strand);
	const struct deadline *due = stage == NULL || stage->due == NULL ? NULL : pack_deadline(turn->pack, stage->due);

	for (size_t i = 0; due != NULL && i < exception->of.n; i++)
		if (rests_on(turn->pack, due, exception->of.v[i], 0))
			return pack_deadline(turn->pack, exception->of.v[i]);
	return NULL;
}

const char *
except_names(struct turn *turn, int strand)
{
	struct strs names = { NULL, 0 };

	for (size_t i = 0; i < turn->pack->exception_count; i++)
		if (deadline_meant(turn, strand, &turn->pack->exceptions[i]) != NULL)
			strs_add(turn->arena, &names, turn->pack->exceptions[i].name);
	return names.n == 0 ? NULL : strs_join(turn->arena, &names, ", ");
}

/* An exception's name at the start of text, the longest, a space as good as its dash: "missed appointment until ..."; its length or 0. */
static size_t
name_taken(const struct pack *pack, const char *text, const char **name_r)
{
	size_t longest = 0;

	for (size_t i = 0; i < pack->exception_count; i++) {
		const char *name = pack->exceptions[i].name;
		size_t n = 0;

		while (name[n] != '\0' && (tolower((unsigned char)text[n]) == name[n] || (name[n] == '-' && text[n] == ' ')))
			n++;
		if (name[n] == '\0' && n > longest && text[n] != '\0' && strchr(" \t:,", text[n]) != NULL) {
			*name_r = name;
			longest = n;
		}
	}
	return longest;
}

static bool
read_words(struct turn *turn, const char *rest, const char **name_r, dayno *day_r)
{
	static const char *const leads[] = { "until", "to", "till", "by" };
	size_t taken;

	rest += strspn(rest, " \t");
	taken = name_taken(turn->pack, rest, name_r);
	if (taken == 0) {
		*name_r = arena_strndup(turn->arena, rest, strcspn(rest, " \t\r\n:,"));
		taken = strlen(*name_r);
	}
	rest += taken;
	rest += strspn(rest, " \t,:");
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
		if (str_starts_nocase(rest, leads[i]) && rest[strlen(leads[i])] == ' ') {
			rest += strlen(leads[i]) + 1;
			break;
		}
	taken = date_parse_words(rest, turn->today, DATE_AHEAD, day_r);
	rest += taken;
	/* The reason is not kept word for word, the mail is; but one must be given. */
	return taken > 0 && isalnum((unsigned char)rest[strspn(rest, " \t:,;.-")]);
}

const char *
except_say(struct turn *turn, int strand, const char *rest, const char **wrong_r)
{
	const struct exception *exception;
	const struct deadline *deadline;
	const char *name;
	dayno day;

	*wrong_r = "An exception needs its name, a day and the reason, for example: EXCEPTION absence until 9 November 2026: the "
	    "family is abroad.";
	if (!read_words(turn, rest, &name, &day) || (exception = exception_named(turn, name, wrong_r)) == NULL)
		return NULL;
	if ((deadline = deadline_meant(turn, strand, exception)) == NULL) {
		*wrong_r = arena_printf(turn->arena, "\"%s\" does not move the date that is waited for here.", exception->name);
		return NULL;
	}
	*wrong_r = apply(turn, strand, exception, deadline, case_deadline_date(turn->state, strand, deadline->name), day, turn->sender);
	return *wrong_r != NULL ? NULL :
	    arena_printf(turn->arena, "EXCEPTION %s: %s (%s)", exception->name, exception->words, exception->ground);
}
