/*
 * Who is away, who stands in for them, and where people belong.  Runs
 * wherever decide() does; pure.
 * Invariant: a chain of cover and managers ends, however they name one another.
 * Fails: never; where nobody stands in there is nobody.
 */
#include <string.h>

#include "case/people_find.h"

const struct person *
people_person(const struct people_query *query, const char *address)
{
	if (query->world == NULL || query->world->directory == NULL)
		return NULL;
	return directory_find(query->world->directory, address);
}

bool
people_in_domains(const struct pack *pack, const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL && at != address && strs_has_nocase(&pack->domains, at + 1);
}

const char *
people_service(const struct pack *pack, const struct person *person)
{
	for (size_t i = 0; i < pack->service_count; i++)
		for (size_t j = 0; j < pack->services[i].teams.n; j++)
			if (pattern_file(pack->services[i].teams.v[j], person->team))
				return pack->services[i].name;
	return NULL;
}

const char *
people_absence(struct arena *arena, const struct people_query *query, const struct person *person)
{
	const struct absence *absence;

	if (person->until != DAY_NONE && person->until < query->on)
		return arena_printf(arena, "%s left on %s", person->address,
		    date_words(arena, person->until));
	if (person->from != DAY_NONE && person->from > query->on)
		return arena_printf(arena, "%s only begins on %s", person->address,
		    date_words(arena, person->from));
	absence = directory_absence(query->world->directory, person->address, query->on);
	if (absence == NULL)
		return NULL;
	if (strcmp(absence->because, "bounce") == 0)
		return arena_printf(arena, "mail to %s came back", person->address);
	if (absence->until == DAY_NONE)
		return arena_printf(arena, "%s is away", person->address);
	return arena_printf(arena, "%s is away until %s", person->address,
	    date_words(arena, absence->until));
}

/* There that day, in an allowed domain, and not whom an escalation is about. */
static bool
can_stand_in(struct arena *arena, const struct people_query *query, const struct person *person)
{
	return people_absence(arena, query, person) == NULL && people_in_domains(query->pack, person->address) &&
	    !(query->escalating && strs_has_nocase(&query->pass_over, person->address));
}

/* The cover, else the cover's cover, and so on; it may lead round in a circle. */
static const struct person *
covering(struct arena *arena, const struct people_query *query, const struct person *person, struct strs *seen)
{
	while (person != NULL && !strs_has_nocase(seen, person->address)) {
		strs_add(arena, seen, person->address);
		person = people_person(query, person->cover);
		if (person != NULL && can_stand_in(arena, query, person))
			return person;
	}
	return NULL;
}

const struct person *
people_stand_in(struct arena *arena, const struct people_query *query, const struct person *person)
{
	const struct person *other;
	struct strs seen = { 0 }, climbed = { 0 };

	while (person != NULL && !strs_has_nocase(&climbed, person->address)) {
		strs_add(arena, &climbed, person->address);
		if ((other = covering(arena, query, person, &seen)) != NULL)
			return other;
		person = people_person(query, person->manager);
		if (person != NULL && can_stand_in(arena, query, person))
			return person;
	}
	return NULL;
}
