/*
 * Ladders: which rungs are due, which have gone, and when the case must be
 * looked at again.  Nothing about a timer is stored but that one instant; rungs are worked out anew
 * from the rules and the case each time, so that a changed date or a changed
 * rule needs no bookkeeping.
 * Promises: once (a rung's key), no-flood (missed rungs collapse into the
 * highest), dates-are-dates (a sending window delays a mail, never a deadline).
 * Runs wherever decide() does; pure.
 * Fails: never.
 */
#include <string.h>

#include "case/turn.h"

#define LATE_S	86400	/* a rung that could have gone so long ago was missed: nothing could be sent */
#define SELDOM_DAYS	20	/* working days; the rules themselves may change */

/* A ladder in force: whose, since when, chasing whom. */
struct climb {
	int			 strand, entry, question;
	instant			 since;		/* rungs dated before never go */
	const struct rows	*rungs;
	const char		*prefix;
	struct chased		 chased;
};

struct pending {
	const struct climb	*climb;
	const struct row	*rung;
	struct case_rung	 key;
	instant			 at;		/* as the calendar says */
	instant			 goes;		/* in sending hours */
};

typedef void climb_visit(struct turn *turn, const struct climb *climb, void *ctx);

/* ---- Deadlines */

static const struct case_deadline *
deadline_in_force(const struct turn *turn, int strand, const char *name)
{
	for (size_t i = turn->state->deadline_count; i-- > 0;) {
		const struct case_deadline *deadline = &turn->state->deadlines[i];

		if (!deadline->superseded && deadline->strand == strand && strcmp(deadline->name, name) == 0)
			return deadline;
	}
	return NULL;
}

static void
deadline_set(struct turn *turn, int strand, const char *name, dayno date, const char *derivation)
{
	struct case_deadline *deadline;
	int version = 1;

	for (size_t i = 0; i < turn->state->deadline_count; i++) {
		deadline = &turn->state->deadlines[i];
		if ((deadline->strand == strand || deadline->strand == 0) && strcmp(deadline->name, name) == 0) {
			deadline->superseded |= deadline->strand == strand;
			version = deadline->version >= version ? deadline->version + 1 : version;
		}
	}
	deadline = arena_push(turn->arena, turn->state->deadlines, turn->state->deadline_count);
	*deadline = (struct case_deadline){
		.strand = strand, .name = name, .date = date, .version = version,
		.derivation = arena_strdup(turn->arena, derivation),
	};
	*arena_push(turn->arena, turn->decision->deadlines, turn->decision->deadline_count) = *deadline;
	if (version > 1 && date != DAY_NONE)
		turn_changed(turn, "The date (%s) is now %s.", pack_called(turn->pack, turn->arena, name), date_words(turn->arena, date));
}

static bool
deadline_refresh(struct turn *turn, int strand, const struct deadline *rules)
{
	struct dates_query query = {
		.pack = turn->pack, .state = turn->state, .strand = strand, .now = turn->now,
	};
	const struct case_deadline *old = deadline_in_force(turn, strand, rules->name);
	const char *derivation;
	dayno date = dates_deadline(turn->arena, &query, rules, NULL, NULL);

	if (old == NULL && strand != 0)
		old = deadline_in_force(turn, 0, rules->name);
	if (date == DAY_NONE || (old != NULL && old->date == date))
		return false;
	(void)dates_deadline(turn->arena, &query, rules, &derivation, NULL);	/* in words, now that they are wanted */
	deadline_set(turn, strand, rules->name, date, derivation);
	reached_add(turn->world.reached, rules->where, NULL);
	return true;
}

/* Of a date that counts from a stage's beginning: does it count from where the strand stands now? */
static bool
counts_here(const struct turn *turn, const struct case_strand *strand, const struct deadline *rules)
{
	const struct stage *stage = turn_stage(turn, strand->no);

	if (stage != NULL && stage->due != NULL && strcmp(stage->due, rules->name) == 0)
		return true;
	for (size_t i = 0; i < rules->is.term_count; i++)
		if (rules->is.terms[i].base != NULL && deadline_in_force(turn, strand->no, rules->is.terms[i].base) != NULL)
			return true;
	return false;
}

/* Each strand has its own; once it has gone on, the date stays what it was. */
static bool
stages_date_refresh(struct turn *turn, const struct deadline *rules)
{
	bool changed = false;

	for (size_t i = 0; i < turn->state->strand_count; i++) {
		const struct case_strand *strand = &turn->state->strands[i];

		if (!strand->final && counts_here(turn, strand, rules))
			changed |= deadline_refresh(turn, strand->no, rules);
	}
	return changed;
}

/* A divided strand has dates of its own, where they differ from the case's; the others share the case's. */
static bool
deadlines_refresh(struct turn *turn)
{
	bool changed = false, divided = false, whole = false;

	for (size_t i = 0; i < turn->state->strand_count; i++) {
		const struct case_strand *strand = &turn->state->strands[i];

		divided |= !strand->final && strand->service[0] != '\0';
		whole |= !strand->final && strand->service[0] == '\0';
	}
	for (size_t d = 0; d < turn->pack->deadline_count; d++) {
		const struct deadline *rules = &turn->pack->deadlines[d];

		if (rules->of_stage) {
			changed |= stages_date_refresh(turn, rules);
			continue;
		}
		if (whole || !divided)
			changed |= deadline_refresh(turn, 0, rules);
		for (size_t i = 0; i < turn->state->strand_count; i++) {
			const struct case_strand *strand = &turn->state->strands[i];

			if (strand->service[0] != '\0' && !strand->final)
				changed |= deadline_refresh(turn, strand->no, rules);
		}
	}
	return changed;
}

/* One deadline may rest on another that stands below it: until nothing changes. */
void
schedule_deadlines(struct turn *turn)
{
	for (size_t pass = 0; pass <= turn->pack->deadline_count && deadlines_refresh(turn); pass++)
		continue;
}

/* ---- Ladders in force */

static void
visit_question(struct turn *turn, const struct case_question *question, climb_visit *visit, void *ctx)
{
	const struct question *rules = pack_question(turn->pack, question->name);
	/* What the rules do not name (triage; a question whose rules have gone) is not forgotten either. */
	const struct ladder *ladder = pack_ladder(turn->pack, rules == NULL ? "question" : rules->ladder);
	struct climb climb = {
		.strand = question->strand, .entry = question->entry, .question = question->no,
		.since = question->at, .prefix = "question",
	};

	if (question->state != QUESTION_OPEN || ladder == NULL)
		return;
	climb.rungs = &ladder->rungs;
	climb.chased.addresses = question->asked;
	visit(turn, &climb, ctx);
}

static void
visit_stage(struct turn *turn, const struct case_strand *strand, climb_visit *visit, void *ctx)
{
	const struct stage *stage = turn_stage(turn, strand->no);
	const struct ladder *held = pack_ladder(turn->pack, "held");
	struct climb climb = {
		.strand = strand->no, .entry = strand->entry, .since = strand->entered,
	};

	if (stage == NULL)
		return;
	climb.chased = turn_chased(turn, strand->no);
	if (strand->held) {
		if (held == NULL)
			return;
		climb.rungs = &held->rungs;
		/* Held a second time in the same stage, the owner is asked anew. */
		climb.prefix = arena_printf(turn->arena, "held %s", date_iso(turn->arena, instant_date(strand->held_at)));
		climb.since = strand->held_at;
		visit(turn, &climb, ctx);
		return;
	}
	for (size_t i = 0; i < stage->ladder_count; i++) {
		const struct ladder *ladder = stage->ladders[i].own != NULL ? stage->ladders[i].own :
		    pack_ladder(turn->pack, stage->ladders[i].name);

		if (ladder == NULL)
			continue;
		climb.rungs = &ladder->rungs;
		climb.prefix = ladder->name == NULL ? "own" : ladder->name;
		visit(turn, &climb, ctx);
	}
}

static void
visit_all(struct turn *turn, climb_visit *visit, void *ctx)
{
	const struct case_state *state = turn->state;
	struct climb climb = { .since = state->opened, .rungs = &turn->pack->always_ladder.rungs, .prefix = "always" };

	if (state->strand_count > 0 && state->closed == INSTANT_NONE && climb.rungs->n > 0)
		visit(turn, &climb, ctx);
	for (size_t i = 0; i < state->strand_count; i++) {
		const struct case_strand *strand = &state->strands[i];
		const struct strand *rules = pack_strand(turn->pack, strand->name);

		if (strand->final || rules == NULL)
			continue;
		climb = (struct climb){
			.strand = strand->no, .since = strand->began,
			.rungs = &rules->always_ladder.rungs, .prefix = "always",
		};
		climb.chased = turn_chased(turn, strand->no);
		if (climb.rungs->n > 0)
			visit(turn, &climb, ctx);
		visit_stage(turn, strand, visit, ctx);
	}
	for (size_t i = 0; i < state->question_count; i++)
		visit_question(turn, &state->questions[i], visit, ctx);
}

/* ---- Rungs */

/*
 * The first moment in sending hours from at on: reminders wait for them, deadlines do not.  Before the hour at which
 * dates are looked at nothing goes, lest what was missed go some minutes before what falls due that day.
 */
static instant
in_sending_hours(const struct pack *pack, instant at)
{
	dayno day = instant_date(at);
	int minute = instant_minute(at);

	if (!calendar_is_working(pack->calendar, day) || minute >= pack->hours_to)
		return instant_at(calendar_on_or_after(pack->calendar, day + (calendar_is_working(pack->calendar, day) ? 1 : 0)),
		    pack->timers_at);
	if (minute < pack->hours_from || minute < pack->timers_at)
		return instant_at(day, pack->timers_at);
	return at;
}

static bool
is_before_its_deadline(const struct row *rung)
{
	const struct date_term *term = &rung->at.terms[rung->at.term_count - 1];

	return term->step_count > 0 && term->steps[term->step_count - 1].n < 0;
}

struct rung_dates { dayno first; int version; bool before; };

static bool
rung_dates(struct turn *turn, const struct climb *climb, const struct row *rung, struct rung_dates *dates)
{
	struct dates_query query = {
		.pack = turn->pack, .state = turn->state, .strand = climb->strand,
		.question = climb->question, .now = turn->now,
	};

	dates->version = 0;
	dates->first = dates_eval(turn->arena, &query, &rung->at, NULL, &dates->version);
	dates->before = is_before_its_deadline(rung);
	return dates->first != DAY_NONE;
}

/* When occurrence n is due; INSTANT_NONE after the last, and for one dated before the ladder began. */
static instant
occurrence_at(struct turn *turn, const struct climb *climb, const struct row *rung,
    const struct rung_dates *dates, int n, bool *over_r)
{
	dayno day = dates_occurrence(turn->pack, dates->first, &rung->every, n);
	instant at;

	*over_r = day == DAY_NONE;
	if (*over_r)
		return INSTANT_NONE;
	at = instant_at(dates_of_rung(turn->pack, day, dates->before), turn->pack->timers_at);
	return at <= climb->since ? INSTANT_NONE : at;
}

/* Of the first occurrence that may still go: what was missed goes with a later one, so before the last that went all have. */
static struct case_rung
rung_key(struct turn *turn, const struct climb *climb, const struct row *rung, int version)
{
	struct case_rung key = {
		.strand = climb->strand, .entry = strcmp(climb->prefix, "always") == 0 ? 0 : climb->entry,
		.question = climb->question, .occurrence = 1, .version = version,
		.rung = arena_join(turn->arena, climb->prefix, ".", rung->name),
	};
	const char *other = NULL;	/* the last text that was another name: the rungs of one name share one text */

	for (size_t i = turn->state->rung_count; i-- > 0;) {
		const struct case_rung *gone = &turn->state->rungs[i];

		if (gone->occurrence < key.occurrence || gone->strand != key.strand || gone->entry != key.entry ||
		    gone->question != key.question || gone->version != version || gone->rung == other)
			continue;
		if (gone->rung != key.rung && strcmp(gone->rung, key.rung) != 0) {
			other = gone->rung;
			continue;
		}
		key.rung = gone->rung;
		key.occurrence = gone->occurrence + 1;
	}
	return key;
}

struct pendings { struct pending *v; size_t n; };

static bool
only_chases(const struct row *rung)
{
	for (size_t i = 0; i < rung->act_count; i++)
		if (rung->acts[i].word != ACT_REMIND && rung->acts[i].word != ACT_ESCALATE)
			return false;
	return rung->go == NULL;
}

/* A pause keeps reminders back; at its end what was missed goes once. What moves the case runs on. */
static instant
after_pause(const struct turn *turn, const struct row *rung, instant goes)
{
	const instant pauses[] = { turn->state->paused_until, turn->world.paused_until };

	for (size_t i = 0; only_chases(rung) && i < 2; i++)
		if (pauses[i] > turn->now && goes < pauses[i])
			goes = pauses[i];
	return goes;
}

/* All occurrences that have not gone, up to and including the first that lies ahead. Their days grow, so there is one. */
static void
rung_pending(struct turn *turn, const struct climb *climb, const struct row *rung, struct pendings *out)
{
	struct rung_dates dates;
	struct case_rung key;

	if (!rung_dates(turn, climb, rung, &dates))
		return;
	for (key = rung_key(turn, climb, rung, dates.version);; key.occurrence++) {
		struct pending *pending;
		bool over;
		instant at = occurrence_at(turn, climb, rung, &dates, key.occurrence, &over);

		if (over || (at == INSTANT_NONE && rung->every.first.n == 0))
			return;
		if (at == INSTANT_NONE)
			continue;
		pending = arena_push(turn->arena, out->v, out->n);
		*pending = (struct pending){ climb, rung, key, at,
		    after_pause(turn, rung, in_sending_hours(turn->pack, at < turn->now ? turn->now : at)) };
		if (at > turn->now || rung->every.first.n == 0)
			return;
	}
}

static bool
rung_holds(struct turn *turn, const struct climb *climb, const struct row *rung)
{
	return stage_row_fits(turn, climb->strand, rung, ON_NONE, NULL);
}

/* Is there a later one in the same ladder that goes now as well?  What is no reminder gives way to its own next time alone. */
static bool
is_collapsed(const struct pendings *due, size_t i)
{
	for (size_t j = 0; j < due->n; j++)
		if (due->v[j].rung == due->v[i].rung && due->v[j].key.occurrence > due->v[i].key.occurrence)
			return true;
	if (!only_chases(due->v[i].rung))
		return false;
	for (size_t j = 0; j < due->n; j++) {
		const struct pending *other = &due->v[j];

		if (j == i || !only_chases(other->rung))
			continue;
		if (other->at > due->v[i].at || (other->at == due->v[i].at && j > i))
			return true;
	}
	return false;
}

static bool
climb_still_stands(struct turn *turn, const struct climb *climb)
{
	const struct case_strand *strand = turn_strand(turn, climb->strand);
	const struct case_question *question = turn_question(turn, climb->question);

	if (climb->question != 0)
		return question != NULL && question->state == QUESTION_OPEN;
	return strand == NULL || (!strand->final && (climb->entry == 0 || strand->entry == climb->entry));
}

static void
rung_go(struct turn *turn, const struct pending *pending)
{
	const struct climb *climb = pending->climb;
	enum acted acted;

	turn_rung_add(turn, &pending->key);
	turn_why(turn, pending->rung->where, "rung \"%s\" of %s fell due", pending->key.rung,
	    date_words(turn->arena, instant_date(pending->at)));
	turn->late = only_chases(pending->rung) && in_sending_hours(turn->pack, pending->at) <= turn->now - LATE_S;
	acted = acts_run(turn, climb->strand, pending->rung, &climb->chased);
	turn->late = false;
	if (acted == ACTED_HELD)
		return;
	if (pending->rung->go != NULL && turn_strand(turn, climb->strand) != NULL)
		stage_go(turn, climb->strand, pending->rung->go, pending->rung->where);
}

struct run { struct climb *climbs; size_t n; };

static void
collect_climb(struct turn *turn, const struct climb *climb, void *ctx)
{
	struct run *run = ctx;

	struct climb *kept = arena_push(turn->arena, run->climbs, run->n);

	*kept = *climb;
	kept->chased.climbing = true;
	kept->chased.question = climb->question;
}

/* What of one ladder is due now, its conditions weighed. */
static void
climb_due(struct turn *turn, const struct climb *climb, struct pendings *due)
{
	for (size_t i = 0; i < climb->rungs->n; i++) {
		struct pendings pending = { NULL, 0 };

		rung_pending(turn, climb, &climb->rungs->v[i], &pending);
		for (size_t p = 0; p < pending.n; p++)
			if (pending.v[p].goes <= turn->now && rung_holds(turn, climb, pending.v[p].rung))
				*arena_push(turn->arena, due->v, due->n) = pending.v[p];
	}
}

void
schedule_run(struct turn *turn)
{
	struct run run = { NULL, 0 };

	visit_all(turn, collect_climb, &run);
	for (size_t c = 0; c < run.n; c++) {
		struct pendings due = { NULL, 0 };

		if (!climb_still_stands(turn, &run.climbs[c]))
			continue;
		climb_due(turn, &run.climbs[c], &due);
		for (size_t i = 0; i < due.n; i++) {
			if (!climb_still_stands(turn, &run.climbs[c]))
				break;
			if (is_collapsed(&due, i)) {
				due.v[i].key.collapsed = true;
				turn_rung_add(turn, &due.v[i].key);
				turn_why(turn, due.v[i].rung->where, "rung \"%s\" was missed: a later one goes for it",
				    due.v[i].key.rung);
			} else {
				rung_go(turn, &due.v[i]);
			}
		}
	}
}

/* ---- A date that has lost what it rested on */

static dayno
deadline_says(struct turn *turn, const struct case_deadline *deadline)
{
	const struct deadline *rules = pack_deadline(turn->pack, deadline->name);
	struct dates_query query = {
		.pack = turn->pack, .state = turn->state, .strand = deadline->strand, .now = turn->now,
	};

	return rules == NULL ? DAY_NONE : dates_deadline(turn->arena, &query, rules, NULL, NULL);
}

bool *
schedule_said(struct turn *turn)
{
	bool *said = arena_alloc(turn->arena, turn->state->deadline_count * sizeof(*said) + 1);

	for (size_t i = 0; i < turn->state->deadline_count; i++)
		said[i] = !turn->state->deadlines[i].superseded && deadline_says(turn, &turn->state->deadlines[i]) != DAY_NONE;
	return said;
}

/* One deadline may rest on another, so until nothing changes. */
void
schedule_forget(struct turn *turn, const bool *said, size_t count)
{
	bool changed;

	do {
		changed = false;
		for (size_t i = 0; i < count; i++) {
			const struct case_deadline deadline = turn->state->deadlines[i];

			if (!said[i] || deadline.superseded || deadline_says(turn, &deadline) != DAY_NONE)
				continue;
			deadline_set(turn, deadline.strand, deadline.name, DAY_NONE, "no longer known");
			changed = true;
		}
	} while (changed);
}

/*
 * Due, but its condition does not hold yet: again on the next working day.
 * What only a decision about the case can change is weighed with that one.
 */
static instant
look_again(const struct turn *turn, const struct row *rung)
{
	bool seldom = turn->event->type == EVENT_TIMER && !conditions_change_in_time(turn->pack, &rung->when) &&
	    !conditions_change_in_time(turn->pack, &rung->unless);

	return instant_at(calendar_add_working(turn->pack->calendar, turn->today, seldom ? SELDOM_DAYS : 1), turn->pack->timers_at);
}

struct settling { instant next; };

static void
settle_climb(struct turn *turn, const struct climb *climb, void *ctx)
{
	struct settling *settling = ctx;

	for (size_t i = 0; i < climb->rungs->n; i++) {
		const struct row *rung = &climb->rungs->v[i];
		struct pendings pending = { NULL, 0 };

		rung_pending(turn, climb, rung, &pending);
		for (size_t p = 0; p < pending.n; p++) {
			struct pending *one = &pending.v[p];
			instant goes = one->goes;

			/* Under a new date, what has passed and had gone under the old one is done. */
			if (one->at <= turn->now && turn_rung_gone(turn, &one->key, true)) {
				one->key.collapsed = true;
				turn_rung_add(turn, &one->key);
				continue;
			}
			if (goes <= turn->now && !rung_holds(turn, climb, rung))
				goes = look_again(turn, rung);
			if (settling->next == INSTANT_NONE || goes < settling->next)
				settling->next = goes;
		}
	}
}

void
schedule_settle(struct turn *turn)
{
	struct settling settling = { INSTANT_NONE };

	visit_all(turn, settle_climb, &settling);
	turn->decision->next_due = settling.next;
}

/* ---- Does anything follow? */

struct going { int strand; bool goes_on; };

static void
going_climb(struct turn *turn, const struct climb *climb, void *ctx)
{
	struct going *going = ctx;
	struct pendings pending = { NULL, 0 };

	if (climb->strand != going->strand)
		return;
	for (size_t i = 0; i < climb->rungs->n && pending.n == 0; i++)
		rung_pending(turn, climb, &climb->rungs->v[i], &pending);
	going->goes_on |= pending.n > 0;
}

bool
schedule_goes_on(struct turn *turn, int strand)
{
	struct going going = { strand, false };

	visit_all(turn, going_climb, &going);
	return going.goes_on;
}
