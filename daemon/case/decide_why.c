/*
 * WHY and HELP: how the mail that somebody replies to came about, and what
 * they may say now.  They change nothing.
 * Runs wherever decide() does; pure.
 * Invariant (promise no-leak): a mail is explained to those who got it, their
 * managers and the mailbox owner, once it is proven that they ask; a child's
 * name, birth date and numbers are not repeated.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include "case/turn.h"
#include "rule/answer.h"

#define FACT_MAX	80

static const struct where NOWHERE = { NULL, 0 };

/* ---- The trace of one mail */

static const char *
day_of(struct turn *turn, instant at)
{
	return date_words(turn->arena, instant_date(at));
}

/* The rung that stands at this place of the rules, as its ladder says it; NULL. */
static const char *
rung_at(struct turn *turn, const struct rows *rungs, const char *ladder, const char *place)
{
	for (size_t i = 0; i < rungs->n; i++) {
		const struct row *rung = &rungs->v[i];

		if (rung->name != NULL && strcmp(where_text(turn->arena, rung->where), place) == 0)
			return arena_printf(turn->arena, "the step “%s” of the %s reminders%s%s", pack_called(turn->pack, turn->arena, rung->name),
			    ladder == NULL ? "rules'" : ladder, rung->at.text == NULL ? "" : ", which goes at ", rung->at.text == NULL ? "" : rung->at.text);
	}
	return NULL;
}

static const char *
rule_in_words(struct turn *turn, const char *place)
{
	const char *found = rung_at(turn, &turn->pack->always_ladder.rungs, NULL, place);

	for (size_t i = 0; found == NULL && i < turn->pack->ladder_count; i++)
		found = rung_at(turn, &turn->pack->ladders[i].rungs, turn->pack->ladders[i].name, place);
	for (size_t s = 0; found == NULL && s < turn->pack->strand_count; s++) {
		const struct strand *strand = &turn->pack->strands[s];

		found = rung_at(turn, &strand->always_ladder.rungs, NULL, place);
		for (size_t t = 0; found == NULL && t < strand->stage_count; t++)
			for (size_t l = 0; found == NULL && l < strand->stages[t].ladder_count; l++)
				if (strand->stages[t].ladders[l].own != NULL)
					found = rung_at(turn, &strand->stages[t].ladders[l].own->rungs, NULL, place);
	}
	for (size_t i = 0; found == NULL && i < turn->pack->question_count; i++)
		if (strcmp(where_text(turn->arena, turn->pack->questions[i].where), place) == 0)
			found = arena_printf(turn->arena, "the question “%s”", pack_called(turn->pack, turn->arena, turn->pack->questions[i].name));
	return found;
}

/* What sort of mail it was, as its reader saw it. */
static const char *
sort_of_mail(const char *act)
{
	static const struct { const char *act, *words; } sorts[] = {
		{ "forward", "a mail was passed on" }, { "ask", "a question went" }, { "remind", "a reminder went" },
		{ "escalate", "word that it is late went" }, { "reply", "an answer went" }, { "echo", "an answer went" },
	};

	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++)
		if (strcmp(sorts[i].act, act) == 0)
			return sorts[i].words;
	return "a mail went";
}

static void
add_mail(struct turn *turn, struct strs *lines)
{
	const struct case_sent *sent = turn->event->about;
	const char *act = turn->event->about_act, *place = turn->event->about_rule, *cc, *words;

	cc = people_called(turn, &sent->cc);
	strs_add(turn->arena, lines, arena_printf(turn->arena, "- on %s %s%s to %s%s%s",
	    day_of(turn, sent->at), sort_of_mail(act), strcmp(act, sent->template) == 0 ? "" :
	    arena_printf(turn->arena, " (%s)", pack_called(turn->pack, turn->arena, sent->template)),
	    people_called(turn, &sent->to), cc[0] == '\0' ? "" : ", copy to ", cc));
	if (place[0] == '\0')
		return;
	words = rule_in_words(turn, place);
	strs_add(turn->arena, lines, arena_printf(turn->arena, "- the line of the rules that sent it: %s%s(%s)", words == NULL ? "" : words,
	    words == NULL ? "" : " ", place));
}

/* ---- Of its strand, as it stood then */

static void
add_stages(struct turn *turn, int strand, instant until, struct strs *lines)
{
	const struct case_state *state = turn->state;

	for (size_t i = 0; i < state->entry_count; i++)
		if (state->entries[i].strand == strand && state->entries[i].at <= until)
			strs_add(turn->arena, lines, arena_printf(turn->arena, "- since %s the case stood here: %s (%s)",
			    day_of(turn, state->entries[i].at), pack_called(turn->pack, turn->arena, state->entries[i].stage),
			    state->entries[i].rule));
}

static void
add_dates(struct turn *turn, int strand, struct strs *lines)
{
	const struct case_state *state = turn->state;

	for (size_t i = 0; i < state->deadline_count; i++)
		if (!state->deadlines[i].superseded && (state->deadlines[i].strand == 0 || state->deadlines[i].strand == strand))
			strs_add(turn->arena, lines, arena_printf(turn->arena, "- the date (%s): %s", pack_called(turn->pack, turn->arena, state->deadlines[i].name),
			    state->deadlines[i].derivation));
}

/* Those that a name or a date may stand in; who the child is, is not said again. */
static bool
is_told(const struct case_fact *fact, int strand)
{
	static const char *const untold[] = { "child-name", "date-of-birth", "nhs-number", "upn", "reference", "wish", "wish-by",
	    "hold-reason" };

	for (size_t i = 0; i < sizeof(untold) / sizeof(untold[0]); i++)
		if (strcmp(fact->name, untold[i]) == 0)
			return false;
	return !fact->superseded && fact->value[0] != '\0' && (fact->strand == 0 || fact->strand == strand) &&
	    strlen(fact->value) <= FACT_MAX && strchr(fact->value, '\n') == NULL;
}

static bool
is_a_person_or_a_day(const struct turn *turn, const char *value)
{
	dayno day;

	return date_parse_iso(value, &day) || directory_find(&turn->directory, value) != NULL;
}

static void
add_facts(struct turn *turn, int strand, struct strs *lines)
{
	for (size_t i = 0; i < turn->state->fact_count; i++) {
		const struct case_fact *fact = &turn->state->facts[i];
		dayno day;

		if (!is_told(fact, strand) || !is_a_person_or_a_day(turn, fact->value))
			continue;
		strs_add(turn->arena, lines, arena_printf(turn->arena, "- %s: %s", pack_called(turn->pack, turn->arena, fact->name),
		    date_parse_iso(fact->value, &day) ? date_words(turn->arena, day) : person_called(turn, fact->value)));
	}
}

static void
add_chased(struct turn *turn, int strand, instant until, struct strs *lines)
{
	const struct case_state *state = turn->state;

	for (size_t i = 0; i < state->sent_count; i++)
		if (state->sent[i].strand == strand && state->sent[i].at <= until &&
		    (state->sent[i].act == ACT_REMIND || state->sent[i].act == ACT_ESCALATE))
			strs_add(turn->arena, lines, arena_printf(turn->arena, "- %s: %s to %s", day_of(turn, state->sent[i].at),
			    state->sent[i].act == ACT_REMIND ? "a reminder" : "an escalation", people_called(turn, &state->sent[i].to)));
}

/* Which rules decided it: their name, their version, since when they hold. */
static void
add_rules(struct turn *turn, struct strs *lines)
{
	const struct pack *pack = turn->pack;
	const char *since = pack->effective;
	dayno day;

	if (since != NULL && date_parse_iso(since, &day))
		since = date_words(turn->arena, day);
	strs_add(turn->arena, lines, arena_printf(turn->arena, "- the rules: %s%s%s%s%s", pack->title == NULL ? pack->name : pack->title,
	    pack->version == NULL ? "" : ", ", pack->version == NULL ? "" : pack->version, since == NULL ? "" : ", in force since ",
	    since == NULL ? "" : since));
}

static int
strand_asked_about(const struct turn *turn)
{
	const struct case_state *state = turn->state;

	if (turn->event->about != NULL && turn->event->about->strand != 0)
		return turn->event->about->strand;
	for (size_t i = 0; i < state->strand_count; i++)
		if (!state->strands[i].final)
			return state->strands[i].no;
	return state->strand_count > 0 ? state->strands[0].no : 0;
}

static const char *
trace_of(struct turn *turn)
{
	const struct case_sent *about = turn->event->about;
	int strand = strand_asked_about(turn);
	instant until = about == NULL ? turn->now : about->at;
	struct strs lines = { NULL, 0 };

	if (about != NULL)
		add_mail(turn, &lines);
	add_stages(turn, strand, until, &lines);
	add_dates(turn, strand, &lines);
	add_facts(turn, strand, &lines);
	add_chased(turn, strand, until, &lines);
	if (lines.n == 0)
		return "Nothing is known of how that mail came about.";
	add_rules(turn, &lines);
	return strs_join(turn->arena, &lines, "\n");
}

/* ---- Who may ask */

static bool
is_manager_of(const struct turn *turn, const char *address)
{
	const struct person *person = directory_find(&turn->directory, address);

	return person != NULL && person->manager[0] != '\0' && str_same(person->manager, turn->sender);
}

/* It went to them, or to one of theirs, or they look after the mailbox. */
static bool
may_ask(const struct turn *turn)
{
	const struct case_sent *about = turn->event->about;

	if (about == NULL || strs_has_nocase(&about->to, turn->sender) || strs_has_nocase(&about->cc, turn->sender) ||
	    person_is_owner(turn, turn->sender))
		return true;
	for (size_t i = 0; i < about->to.n; i++)
		if (is_manager_of(turn, about->to.v[i]))
			return true;
	return false;
}

static bool
is_meant_for_us(const struct turn *turn)
{
	const struct event *event = turn->event;

	return person_is_colleague(turn, turn->sender) &&
	    (event->question != 0 || event->about_outbox != 0 || turn->world.answers_by_reference);
}

/* The word alone, or in capitals: "Why was she not asked?" is for a person to read. */
static bool
asks(struct turn *turn, const char *line, const char *word)
{
	size_t len = strlen(word);
	const char *rest;

	if (!str_starts_nocase(line, word))
		return false;
	rest = line + len;
	if (isalnum((unsigned char)*rest) || (unsigned char)*rest >= 0x80 || *rest == '\'')
		return false;
	if (turn->event->classified->kind != NULL && strncmp(line, word, len) != 0)
		return false;
	rest += strspn(rest, " \t?!.,:\"");
	return strncmp(line, word, len) == 0 || *rest == '\0' || *rest == '\n' ||
	    answer_is_courtesy(turn->arena, arena_strndup(turn->arena, rest, strcspn(rest, "\n")));
}

bool
why_take(struct turn *turn, const char *line)
{
	bool why = asks(turn, line, "WHY"), help = !why && asks(turn, line, "HELP");
	int strand = strand_asked_about(turn);

	if ((!why && !help) || !is_meant_for_us(turn))
		return false;
	if (!turn->event->authenticated)
		reply_unproven(turn, strand);
	else if (why && !may_ask(turn))
		reply_refused(turn, strand, 0, "That mail was not sent to you, and is explained to those who got it.");
	else if (why)
		reply_with(turn, strand, "reply", "why", trace_of(turn));
	else
		reply_with(turn, strand, "reply", "help", words_permitted(turn, strand));
	turn_why(turn, NOWHERE, "%s asks %s", turn->sender, why ? "WHY" : "HELP");
	return true;
}
