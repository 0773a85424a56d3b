/*
 * Strands that are divided, one for each service: at their beginning, where a
 * request names the services and whom it asks ("for-each"), or on entering a
 * stage, for each service that the child is open to ("one-for-each").
 * Runs wherever decide() does; pure.  Invariant: of one name, a service has
 * one strand; a request that comes again adds only the services it adds.
 * Fails: never; who is not named, or nobody we know, is left to the rows.
 */
#include <string.h>

#include "case/turn.h"

static const struct case_strand *
strand_of_service(const struct turn *turn, const char *name, const char *service)
{
	for (size_t i = 0; i < turn->state->strand_count; i++)
		if (strcmp(turn->state->strands[i].name, name) == 0 &&
		    strcmp(turn->state->strands[i].service, service) == 0)
			return &turn->state->strands[i];
	return NULL;
}

/* Who stands on the strand in a role that is named there; NULL while nobody does. */
static const char *
person_on_strand(const struct turn *turn, int strand)
{
	for (size_t i = 0; i < turn->pack->role_count; i++) {
		const char *person = turn->pack->roles[i].source != ROLE_ON_STRAND ? NULL :
		    case_fact_value(turn->state, strand, turn->pack->roles[i].name);

		if (person != NULL && person[0] != '\0')
			return person;
	}
	return NULL;
}

/* The person asked stands in the roles that the pack says are named on the strand. */
static void
name_on_strand(struct turn *turn, int strand, const char *person)
{
	for (size_t i = 0; i < turn->pack->role_count; i++)
		if (turn->pack->roles[i].source == ROLE_ON_STRAND)
			turn_set_fact(turn, strand, turn->pack->roles[i].name, person, SOURCE_NEW_TEXT,
			    turn->sender == NULL ? "" : turn->sender);
}

/* "health: somebody@example.org", or a service alone, as classify_facts.c writes them. */
struct asked { const char *service, *person; };	/* person: in the directory, else NULL */

/* The next of those asked; false after the last. */
static bool
next_asked(const struct turn *turn, const char **list, struct asked *asked_r)
{
	const char *end, *colon;
	char *pair;

	if (*list == NULL || **list == '\0')
		return false;
	end = strstr(*list, "; ");
	pair = arena_strndup(turn->arena, *list, end == NULL ? strlen(*list) : (size_t)(end - *list));
	*list = end == NULL ? NULL : end + 2;
	colon = strstr(pair, ": ");
	asked_r->service = colon == NULL ? pair : arena_strndup(turn->arena, pair, (size_t)(colon - pair));
	asked_r->person = colon == NULL || directory_find(&turn->directory, colon + 2) == NULL ? NULL : colon + 2;
	return true;
}

const char *
divide_other_person(struct turn *turn, const struct strand *rules, const char *list)
{
	struct asked asked;

	while (next_asked(turn, &list, &asked)) {
		const struct case_strand *strand = strand_of_service(turn, rules->name, asked.service);
		const char *person = strand == NULL ? NULL : person_on_strand(turn, strand->no);

		if (asked.person != NULL && person != NULL && !str_same(person, asked.person))
			return arena_printf(turn->arena, "%s is asked for %s, and a mail names %s for it as well. Only %s is asked; "
			    "REASSIGN, or a mail of your own to the other, would change that.", person, asked.service, asked.person, person);
	}
	return NULL;
}

/* What counts from the day of the request counts for a strand from the request that began it, whatever comes later. */
static void
keep_own_day(struct turn *turn, int strand)
{
	const struct classified *said = turn->event->classified;

	for (size_t i = 0; said != NULL && said->kind != NULL && i < said->kind->extract_count; i++) {
		const struct extract *extract = &said->kind->extracts[i];
		const char *day = extract->or_received ? classified_fact(said, extract->fact) : NULL;

		if (day != NULL)
			turn_set_fact(turn, strand, extract->fact, day, SOURCE_HEADER, "daemon");
	}
}

/* A new strand; or an open one whose service was named before without a person, which now has one. */
static bool
begin_asked(struct turn *turn, const struct strand *rules, const struct row *row, const struct asked *asked)
{
	const struct case_strand *there = strand_of_service(turn, rules->name, asked->service);
	int strand;

	if (there != NULL && (there->final || asked->person == NULL || person_on_strand(turn, there->no) != NULL))
		return false;
	strand = there != NULL ? there->no : stage_strand(turn, rules, asked->service);
	if (there == NULL)
		keep_own_day(turn, strand);
	if (asked->person != NULL)
		name_on_strand(turn, strand, asked->person);
	stage_take(turn, strand, row);
	return true;
}

bool
divide_begin(struct turn *turn, const struct strand *rules, const struct row *row)
{
	const char *list = case_fact_value(turn->state, 0, row->for_each), *rest = list, *other;
	struct asked asked;
	bool begun = false;

	while (next_asked(turn, &rest, &asked))
		begun |= begin_asked(turn, rules, row, &asked);
	other = begun ? divide_other_person(turn, rules, list) : NULL;
	if (other != NULL) {
		turn_hold(turn, 0, row->where, "%s", other);
		triage_ask(turn, TRIAGE_NOTE, "ask", "held", NULL);
	}
	return begun;
}

/* ---- On entering a stage */

/* Was it the list that last answered in this strand?  Then it may name several services; a person names the one. */
static bool
list_answered(const struct turn *turn, int strand)
{
	for (size_t i = turn->state->question_count; i-- > 0;) {
		const struct case_question *question = &turn->state->questions[i];

		if (question->strand == strand && question->state == QUESTION_ANSWERED)
			return strcmp(question->answered_by, "list") == 0;
	}
	return false;
}

static void
add_open(struct turn *turn, struct strs *services)
{
	for (size_t s = 0; s < turn->pack->service_count; s++)
		for (size_t i = 0; i < turn->world.involved_count; i++)
			if (turn->world.involved[i].open &&
			    str_same(turn->world.involved[i].service, turn->pack->services[s].name))
				strs_add_new(turn->arena, services, turn->pack->services[s].name);
}

static struct strs
services_of(struct turn *turn, int strand)
{
	const char *said = case_fact_value(turn->state, strand, "service");
	const char *worker = case_fact_value(turn->state, strand, "worker");
	const struct person *person = worker == NULL ? NULL : directory_find(&turn->directory, worker);
	struct strs services = { NULL, 0 };

	if (list_answered(turn, strand))
		add_open(turn, &services);
	else if (said != NULL)
		strs_add(turn->arena, &services, said);
	else if (person != NULL && people_service(turn->pack, person) != NULL)
		strs_add(turn->arena, &services, people_service(turn->pack, person));
	return services;
}

/* Each service's own worker stands in the roles that the list fills for it. */
static void
name_from_list(struct turn *turn, int strand, const char *service)
{
	const struct involvement *row = NULL;

	for (size_t i = 0; i < turn->world.involved_count && row == NULL; i++)
		if (turn->world.involved[i].open && turn->world.involved[i].worker[0] != '\0' &&
		    str_same(turn->world.involved[i].service, service))
			row = &turn->world.involved[i];
	for (size_t i = 0; row != NULL && i < turn->pack->role_count; i++) {
		const struct role *role = &turn->pack->roles[i];

		if (role->source == ROLE_ON_CASE && strs_has_nocase(&role->services, service))
			turn_set_fact(turn, strand, role->name, row->worker, SOURCE_HEADER, "list");
	}
}

/* Each strand has somebody of its own now: seen from outside, they are all named on the case, not the first alone. */
static void
leave_the_case(struct turn *turn)
{
	for (size_t i = 0; i < turn->pack->role_count; i++)
		if (turn->pack->roles[i].source == ROLE_ON_CASE && turn->pack->roles[i].services.n > 0)
			turn_forget_fact(turn, 0, turn->pack->roles[i].name);
}

struct strs
divide_stage(struct turn *turn, int strand, const struct stage *stage)
{
	struct case_strand *s = turn_strand(turn, strand);
	struct strs services = { NULL, 0 };

	if (stage->one_for_each == NULL || s->service[0] != '\0')
		return services;
	services = services_of(turn, strand);
	if (services.n == 0)
		return services;
	s->service = services.v[0];
	turn_touch_strand(turn, strand);
	if (list_answered(turn, strand))
		name_from_list(turn, strand, s->service);
	if (services.n > 1)
		leave_the_case(turn);
	turn_why(turn, stage->where, "%zu service%s asked: %s", services.n, services.n == 1 ? " is" : "s are",
	    strs_join(turn->arena, &services, ", "));
	services.v++;
	services.n--;
	return services;
}

/* What the strand knew goes along, but for who works on it and for which service. */
static void
take_facts(struct turn *turn, int from, int to)
{
	size_t count = turn->state->fact_count;

	for (size_t i = 0; i < count; i++) {
		const struct case_fact fact = turn->state->facts[i];

		if (fact.strand == from && !fact.superseded && strcmp(fact.name, "service") != 0 &&
		    pack_role(turn->pack, fact.name) == NULL)
			turn_set_fact(turn, to, fact.name, fact.value, fact.source, fact.who);
	}
}

void
divide_others(struct turn *turn, int strand, const struct stage *stage, const struct strs *services)
{
	const struct strand *rules = turn_strand_rules(turn, strand);

	for (size_t i = 0; i < services->n; i++) {
		int other;

		if (strand_of_service(turn, rules->name, services->v[i]) != NULL)
			continue;
		other = stage_strand(turn, rules, services->v[i]);
		take_facts(turn, strand, other);
		name_from_list(turn, other, services->v[i]);
		stage_go(turn, other, stage->name, stage->where);
	}
}
