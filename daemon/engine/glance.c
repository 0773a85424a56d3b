/*
 * What a mail says at a glance, above its text: the case, what is awaited, by
 * when, from whom, who was chased; how late it is; and, where no question is
 * put, the daemon's own words that its reader may use.  Runs in core and
 * simulate.
 * Invariant: only what the mail's own strand says today, and no child's name.
 * Fails: never; what is not known is left out.
 */
#include <string.h>

#include "case/dates.h"
#include "case/fields.h"
#include "case/people.h"
#include "engine/engine_private.h"

#define REMINDED_MAX	5	/* days shown */

struct glancing {
	struct arena		*arena;
	struct fields		*fields;
	struct letter		*letter;
	const struct stage	*stage;		/* of the mail's strand; NULL: none, or it has ended */
	dayno			 due;
	const char		*due_name;	/* which date that is; NULL: none */
};

static const struct stage *
stage_of(const struct fields *fields)
{
	const struct case_state *state = fields->state;

	for (size_t i = 0; i < state->strand_count; i++) {
		const struct case_strand *strand = &state->strands[i];
		const struct strand *rules = pack_strand(fields->pack, strand->name);

		if (strand->no == fields->mail->strand && !strand->final && rules != NULL)
			return strand_stage(rules, strand->stage);
	}
	return NULL;
}

static void
show(struct glancing *g, const char *label, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	*arena_push(g->arena, g->letter->glances, g->letter->glance_count) = (struct glance){ .label = label, .value = value };
}

static const char *
field(struct glancing *g, const char *name)
{
	struct template_source source = fields_source(g->fields);

	return source.field(source.ctx, g->arena, -1, name);
}

/* Written to stand in a sentence, "the draft, for the worker's comments,", it may end in a comma. */
static const char *
awaited(struct glancing *g)
{
	const char *wants = field(g, "wants");
	size_t len = wants == NULL ? 0 : strlen(wants);

	return len > 0 && wants[len - 1] == ',' ? arena_strndup(g->arena, wants, len - 1) : wants;
}

static const struct row *
rung_in(const struct rows *rungs, struct where where)
{
	for (size_t i = 0; i < rungs->n; i++)
		if (rungs->v[i].where.line == where.line && strcmp(rungs->v[i].where.file, where.file) == 0)
			return &rungs->v[i];
	return NULL;
}

/* The date that the mail's own rung counts from, where that is another one than its stage's: the law's, late before or after it. */
static const char *
date_counted_from(struct glancing *g)
{
	const struct pack *pack = g->fields->pack;
	struct where where = g->fields->mail->rule;
	const struct row *rung = where.file == NULL ? NULL : rung_in(&pack->always_ladder.rungs, where);

	for (size_t i = 0; where.file != NULL && rung == NULL && i < pack->strand_count; i++)
		rung = rung_in(&pack->strands[i].always_ladder.rungs, where);
	return rung == NULL || rung->at.term_count != 1 || pack_deadline(pack, rung->at.terms[0].base) == NULL ? g->stage->due :
	    rung->at.terms[0].base;
}

static dayno
due_of(struct glancing *g)
{
	struct dates_query query = {
		.pack = g->fields->pack, .state = g->fields->state, .strand = g->fields->mail->strand,
		.question = g->fields->mail->question, .now = g->fields->now,
	};

	g->due_name = g->stage == NULL ? NULL : date_counted_from(g);
	return g->stage == NULL ? DAY_NONE : dates_named(g->arena, &query, g->due_name == g->stage->due ? "due" : g->due_name);
}

/* "12 days late", "today", "in 3 days" */
static const char *
away(struct arena *arena, int days)
{
	if (days < 0)
		return arena_printf(arena, "%d day%s late", -days, days == -1 ? "" : "s");
	if (days < 2)
		return days == 0 ? "today" : "tomorrow";
	return arena_printf(arena, "in %d days", days);
}

static void
show_due(struct glancing *g)
{
	int days = g->due - instant_date(g->fields->now);

	show(g, "Due", arena_printf(g->arena, "%s, %s", field(g, g->due_name == g->stage->due ? "due" : g->due_name), away(g->arena, days)));
	if (days < 0) {
		g->letter->tone = TONE_LATE;
		g->letter->badge = arena_printf(g->arena, "%s", away(g->arena, days));
	} else if (days < 2)
		g->letter->badge = days == 0 ? "Due today" : "Due tomorrow";
}

/* "Priya Lindqvist, since 7 September 2026" */
static void
show_whom(struct glancing *g)
{
	const char *whom = field(g, "them"), *since = field(g, "entered");

	if (whom == NULL || whom[0] == '\0')
		return;
	show(g, "With", since == NULL || since[0] == '\0' ? whom : arena_printf(g->arena, "%s, since %s", whom, since));
}

/* "28 Sep, 5 Oct, 8 Oct 2026", this one not among them; of many, how many and the latest. */
static const char *
reminded(struct glancing *g)
{
	const struct case_state *state = g->fields->state;
	struct strs days = { NULL, 0 }, last = { NULL, 0 };

	for (size_t i = 0; i < state->sent_count; i++)
		if (state->sent[i].strand == g->fields->mail->strand && state->sent[i].act == ACT_REMIND &&
		    state->sent[i].outbox != 0 && state->sent[i].at <= g->fields->now)
			strs_add_new(g->arena, &days, date_words(g->arena, instant_date(state->sent[i].at)));
	for (size_t i = days.n > REMINDED_MAX ? days.n - REMINDED_MAX : 0; i < days.n; i++) {
		const char *year = strrchr(days.v[i], ' ');
		bool repeated = i + 1 < days.n && strcmp(year, strrchr(days.v[i + 1], ' ')) == 0;

		strs_add(g->arena, &last, repeated ? arena_strndup(g->arena, days.v[i], (size_t)(year - days.v[i])) : days.v[i]);
	}
	return days.n <= REMINDED_MAX ? strs_join(g->arena, &last, ", ") :
	    arena_printf(g->arena, "%zu times, last on %s", days.n, strs_join(g->arena, &last, ", "));
}

/* Whom the stage waits for; absent: also when somebody stands in for them. */
static struct people
waited_for(const struct glancing *g, bool absent)
{
	struct people_query query = {
		.pack = g->fields->pack, .world = g->fields->world, .state = g->fields->state, .strand = g->fields->mail->strand,
		.on = instant_date(g->fields->now), .them = &g->stage->waits_for, .keep_absent = absent,
	};
	struct people people = { 0 };
	const char *nobody = NULL;

	if (g->stage->waits_for.n > 0)
		people_of_all(g->arena, &query, &g->stage->waits_for, &people, &nobody);
	return people;
}

/* Does it go to whoever the stage waits for? */
static bool
goes_to_them(const struct glancing *g)
{
	struct people people = waited_for(g, false);

	for (size_t i = 0; i < people.addresses.n; i++)
		if (strs_has_nocase(&g->fields->mail->to, people.addresses.v[i]))
			return true;
	return false;
}

static void
offer(struct glancing *g, const char *word, const char *meaning)
{
	g->letter->offers = true;
	strs_add(g->arena, &g->letter->buttons, word);
	strs_add(g->arena, &g->letter->meanings, meaning);
}

/* Is their manager, or whoever looks after the mailbox, among its readers?  From others the words would not be taken. */
static bool
may_say(const struct glancing *g, const struct people *chased)
{
	struct people_query query = {
		.pack = g->fields->pack, .world = g->fields->world, .state = g->fields->state, .on = instant_date(g->fields->now),
	};
	struct people people = { 0 };

	people_of_role(g->arena, &query, "owner", &people);
	for (size_t i = 0; i < chased->addresses.n; i++) {
		const struct person *person = g->fields->world->directory == NULL ? NULL :
		    directory_find(g->fields->world->directory, chased->addresses.v[i]);

		if (person != NULL && person->manager[0] != '\0')
			strs_add(g->arena, &people.addresses, person->manager);
	}
	for (size_t i = 0; i < people.addresses.n; i++)
		if (strs_has_nocase(&g->fields->mail->to, people.addresses.v[i]) || strs_has_nocase(&g->fields->mail->cc, people.addresses.v[i]))
			return true;
	return false;
}

/* What a manager may say about work that is late; a date that is fixed cannot be moved. */
static void
offer_words(struct glancing *g)
{
	struct people chased = waited_for(g, true);
	const struct deadline *deadline = g->stage->due == NULL ? NULL : pack_deadline(g->fields->pack, g->stage->due);

	if (may_say(g, &chased) && deadline != NULL && !deadline->fixed)
		offer(g, "EXTEND 5 days: {reason}", "gives more time; write the reason");
	if (may_say(g, &chased)) {
		offer(g, "REASSIGN {person}", "gives it to a colleague; write the name");
		offer(g, "HOLD: {reason}", "stops the reminders until RESUME");
	}
	offer(g, "WHY", "tells you how it came to this");
}

/* What a stage sends on its entry to whoever it waits for. */
static bool
is_request(const struct outgoing *mail)
{
	return mail->act == ACT_FORWARD || (mail->act == ACT_SEND && strcmp(mail->act_name, "send") == 0);
}

static bool
is_reader(const struct glancing *g, const struct recipients *whom)
{
	struct people_query query = {
		.pack = g->fields->pack, .world = g->fields->world, .state = g->fields->state, .strand = g->fields->mail->strand,
		.on = instant_date(g->fields->now), .them = &g->stage->waits_for,
	};

	for (size_t i = 0; i < whom->n; i++) {
		struct people people;

		people_of(g->arena, &query, &whom->v[i], &people);
		for (size_t k = 0; k < people.addresses.n; k++)
			if (strs_has_nocase(&g->fields->mail->to, people.addresses.v[k]))
				return true;
	}
	return false;
}

/* The stage's own words, "ALLOCATE {person}", to those of whom they are taken whatever else is so. */
static void
offer_commands(struct glancing *g)
{
	for (size_t i = 0; i < g->stage->on.n; i++) {
		const struct row *row = &g->stage->on.v[i];

		if (row->event == ON_COMMAND && row->when.n == 0 && row->unless.n == 0 && is_reader(g, &row->from_whom))
			offer(g, pattern_source(row->command), strcmp(pattern_source(row->command), "DONE") == 0 ? "it has been done" : "");
	}
}

static void
glance_chase(struct glancing *g)
{
	const struct outgoing *mail = g->fields->mail;
	bool theirs = goes_to_them(g);

	show(g, "Awaited", awaited(g));
	if (g->due != DAY_NONE)
		show_due(g);
	if (!theirs && g->stage->waits_for.n > 0)
		show_whom(g);
	if (!is_request(mail) && mail->answers.n == 0)
		show(g, "Reminded", reminded(g));
	if ((theirs || mail->act == ACT_ASK) && mail->answers.n == 0) {
		show(g, "Send it to", g->letter->from);
		g->letter->glances[g->letter->glance_count - 1].mail_back = true;
	}
	if (mail->answers.n > 0)
		return;
	if (mail->act == ACT_REMIND || mail->act == ACT_ESCALATE)
		offer_commands(g);
	if (mail->act == ACT_ESCALATE)
		offer_words(g);
	else if (mail->act == ACT_REMIND && theirs)
		offer(g, "ACK", "I am on it: the next reminder is left out");
}

void
glance_take(struct arena *arena, struct fields *fields, struct letter *letter)
{
	struct glancing g = { arena, fields, letter, stage_of(fields), DAY_NONE, NULL };
	const struct outgoing *mail = fields->mail;

	letter->tone = mail->act == ACT_ESCALATE ? TONE_LATE : mail->answers.n > 0 ? TONE_ASK : TONE_PLAIN;
	if (letter->case_name[0] == '\0')
		return;
	if (g.stage == NULL || (mail->act != ACT_REMIND && mail->act != ACT_ESCALATE && mail->act != ACT_ASK &&
	    (!is_request(mail) || !goes_to_them(&g))))
		return;
	g.due = due_of(&g);
	show(&g, "Case", letter->case_name);
	show(&g, "Service", field(&g, "service"));
	glance_chase(&g);
	if (letter->glance_count == 1)		/* the text has named the case */
		letter->glance_count = 0;
}
