/*
 * Does a sender fit a role that rules name?  Runs wherever decide() does; pure.
 * Invariant: someone away still fits, and so does whoever stands in for them
 * that day; an address fits as it is written in any case, never as a part.
 * Fails: never.
 */
#include <string.h>

#include "case/outward.h"
#include "case/people_find.h"

/* The chasing was moved to this person: they stand where the stage waits for the role. */
static bool
chased_instead(const struct people_query *query, const char *role, const char *address)
{
	const struct strand *rules;
	const struct stage *stage;

	for (size_t i = 0; query->state != NULL && i < query->state->strand_count; i++) {
		const struct case_strand *strand = &query->state->strands[i];

		if (strand->no != query->strand || strand->chased == NULL ||
		    strand->chased[0] == '\0' || !str_same(strand->chased, address))
			continue;
		rules = pack_strand(query->pack, strand->name);
		stage = rules == NULL ? NULL : strand_stage(rules, strand->stage);
		for (size_t j = 0; stage != NULL && j < stage->waits_for.n; j++)
			for (size_t k = 0; k < stage->waits_for.v[j].choice_count; k++)
				if (strcmp(stage->waits_for.v[j].choices[k].role, role) == 0 &&
				    !stage->waits_for.v[j].choices[k].manager)
					return true;
	}
	return false;
}

static bool
fits_ready_made(const struct people_query *query, const char *role, const char *address, bool *fits_r)
{
	bool listed = people_person(query, address) != NULL;

	if (strcmp(role, "anyone") == 0)
		*fits_r = true;
	else if (strcmp(role, "anyone in the directory") == 0)
		*fits_r = listed;
	else if (strcmp(role, "staff") == 0)
		*fits_r = listed && people_in_domains(query->pack, address);
	else
		return false;
	return true;
}

/* Themselves, away or not, or whoever stands in for them today. */
static bool
fits_quietly(struct arena *arena, const struct people_query *query,
    const struct recipient_choice *choice, const char *address)
{
	struct people_query named = *query;
	struct people found = { 0 };
	bool fits;

	if (!choice->manager && strcmp(choice->role, "anyone") != 0 && outward_imitates(query->pack, address) != NULL)
		return false;	/* made to be taken for one of ours */
	if (!choice->manager && fits_ready_made(query, choice->role, address, &fits))
		return fits;
	named.keep_absent = true;
	people_find(arena, &named, choice, &found);
	if (strs_has_nocase(&found.addresses, address))
		return true;
	for (size_t i = 0; i < found.addresses.n; i++) {
		const struct person *person = people_person(query, found.addresses.v[i]), *other;

		if (person == NULL || people_absence(arena, query, person) == NULL)
			continue;
		other = people_stand_in(arena, query, person);
		if (other != NULL && str_same(other->address, address))
			return true;
	}
	return !choice->manager && chased_instead(query, choice->role, address);
}

/* A role that somebody was only compared with has decided nothing. */
static bool
fits_choice(struct arena *arena, const struct people_query *query,
    const struct recipient_choice *choice, const char *address)
{
	struct people_query quiet = *query;
	struct world world;
	const struct role *role;

	if (query->world == NULL || query->world->reached == NULL)
		return fits_quietly(arena, query, choice, address);
	world = *query->world;
	world.reached = NULL;
	quiet.world = &world;
	if (!fits_quietly(arena, &quiet, choice, address))
		return false;
	if ((role = pack_role(query->pack, choice->role)) != NULL)
		reached_add(query->world->reached, role->where, NULL);
	return true;
}

bool
people_fits(struct arena *arena, const struct people_query *query,
    const struct recipients *recipients, const char *address)
{
	for (size_t i = 0; i < recipients->n; i++)
		for (size_t j = 0; j < recipients->v[i].choice_count; j++)
			if (fits_choice(arena, query, &recipients->v[i].choices[j], address))
				return true;
	return false;
}

/* Bytes of the role's own name in "worker's manager", with an apostrophe of either shape. */
static size_t
role_length(const char *text, bool *manager_r)
{
	static const char *const endings[] = { "'s manager", "\xe2\x80\x99s manager" };

	*manager_r = true;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (str_ends_nocase(text, endings[i]) && strlen(text) > strlen(endings[i]))
			return strlen(text) - strlen(endings[i]);
	*manager_r = false;
	return strlen(text);
}

static struct recipient_choice
choice_of(struct arena *arena, const char *text)
{
	struct recipient_choice choice = { "them", true };
	size_t len;

	if (strcmp(text, "their manager") == 0)
		return choice;
	len = role_length(text, &choice.manager);
	choice.role = arena_strndup(arena, text, len);
	return choice;
}

bool
people_fits_text(struct arena *arena, const struct people_query *query, const char *text,
    const char *address)
{
	struct recipient_choice choice = choice_of(arena, text);

	return fits_choice(arena, query, &choice, address);
}

static bool
role_needs_case(const struct pack *pack, const char *name, size_t len, int depth)
{
	const struct role *role = NULL;

	if ((len == 4 && strncmp(name, "them", 4) == 0) || depth > PEOPLE_DEPTH_MAX)
		return true;
	for (size_t i = 0; i < pack->role_count && role == NULL; i++)
		if (strlen(pack->roles[i].name) == len && strncmp(pack->roles[i].name, name, len) == 0)
			role = &pack->roles[i];
	if (role == NULL)
		return false;
	if (role->source == ROLE_ON_CASE || role->source == ROLE_ON_STRAND ||
	    role->source == ROLE_INVOLVED || role->source == ROLE_CHOOSE || role->when.n > 0)
		return true;
	if (role->team_of != NULL)
		return true;
	for (size_t i = 0; i < role->is.n; i++)
		for (size_t j = 0; j < role->is.v[i].choice_count; j++) {
			const char *inner = role->is.v[i].choices[j].role;

			if (role_needs_case(pack, inner, strlen(inner), depth + 1))
				return true;
		}
	return false;
}

bool
people_needs_case(const struct pack *pack, const char *text)
{
	bool manager;
	size_t len = role_length(text, &manager);

	return strcmp(text, "their manager") == 0 || role_needs_case(pack, text, len, 0);
}
