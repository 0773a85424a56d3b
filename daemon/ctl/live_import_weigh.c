/*
 * Does a directory fit the packs in force?  What the daemon could not work
 * with is an error: nobody who looks after a mailbox, and a post of the rules
 * that two people in one team hold without the list saying that they share
 * it.  What a person may well mean is a warning: a vacant post, an address to
 * which nothing will be sent, posts that run together.
 * Run by core or by advicectl; without a daemon the packs are read from disk.
 * Fails: -1, with every reason in the errors.
 */
#include <string.h>

#include "case/people.h"
#include "ctl/live_import.h"
#include "rule/read.h"

struct packs {
	const struct pack	**v;
	size_t			  n;
};

/* A pack that is not sound is no reason to refuse a list: `check` says what is wrong with it. */
static struct packs
packs_in_force(struct live *live)
{
	const struct config *config = live->config;
	struct packs packs = { NULL, 0 };

	if (live->engine != NULL)
		return (struct packs){ live->engine->packs, live->engine->pack_count };
	for (size_t i = 0; config != NULL && config->rules != NULL && i < config->packs.n; i++) {
		struct problems problems = { .arena = live->arena };
		struct pack *pack = NULL;

		pack_read(live->arena, config->rules, config->calendars, config->packs.v[i], &pack, &problems);
		if (pack != NULL && problems_errors(&problems) == 0)
			*arena_push(live->arena, packs.v, packs.n) = pack;
	}
	return packs;
}

static void
fault(struct import *import, int line, const char *text)
{
	buf_printf(&import->live->errors, "%s:%d: %s\n", import->name, line, text);
}

/* ---- Posts */

static void
posts_of(struct arena *arena, const struct role *role, struct strs *posts)
{
	if (role->post != NULL)
		strs_add_new(arena, posts, role->post);
	for (size_t i = 0; i < role->choice_count; i++)
		posts_of(arena, &role->choices[i], posts);
}

static size_t
held_twice(struct import *import, const struct directory *directory, const struct strs *posts)
{
	struct arena *arena = import->live->arena;
	const struct person *first, *second;
	size_t faults = 0;

	for (size_t i = 0; i < posts->n; i++) {
		if (!directory_held_twice(directory, posts->v[i], &first, &second))
			continue;
		faults++;
		fault(import, second->line, arena_printf(arena, "%s holds the post \"%s\" in the team \"%s\", and so does %s "
		    "(line %d); if they share it, write \"%s (shared)\" in both lines, else give one an \"until\"",
		    second->address, posts->v[i], second->team, first->address, first->line, posts->v[i]));
	}
	return faults;
}

/* ---- Owners */

/* Somebody must hear of what the daemon does not know, on the day the list comes into force. */
static bool
owner_is_somebody(struct import *import, const struct pack *pack, const struct directory *directory)
{
	struct world world = { .directory = directory, .mailbox = "" };
	struct people_query query = { .pack = pack, .world = &world, .on = instant_date(import->live->now), .keep_absent = true };
	struct people people = { 0 };

	if (pack->owner == NULL || people_needs_case(pack, pack->owner))
		return true;
	people_of_role(import->live->arena, &query, "owner", &people);
	return people.addresses.n > 0;
}

static size_t
owners_missing(struct import *import, const struct packs *packs, const struct directory *directory)
{
	size_t faults = 0;

	for (size_t i = 0; i < packs->n; i++) {
		const struct pack *pack = packs->v[i];
		const struct role *role = pack->owner == NULL ? NULL : pack_role(pack, pack->owner);

		if (pack->watches.n == 0 || owner_is_somebody(import, pack, directory))
			continue;
		faults++;
		fault(import, 1, arena_printf(import->live->arena, "nobody in this list looks after the mailboxes of \"%s\"%s%s%s "
		    "on %s; somebody in its domains (%s) must", pack->name, role != NULL && role->post != NULL ? " (the post \"" : "",
		    role != NULL && role->post != NULL ? role->post : "", role != NULL && role->post != NULL ? "\")" : "",
		    date_words(import->live->arena, instant_date(import->live->now)),
		    strs_join(import->live->arena, &pack->domains, ", ")));
	}
	return faults;
}

/* ---- Warnings */

static void
outside_domains(struct import *import, const struct packs *packs, const struct directory *directory)
{
	struct arena *arena = import->live->arena;
	struct strs domains = { NULL, 0 };

	for (size_t i = 0; i < packs->n; i++)
		for (size_t d = 0; d < packs->v[i]->domains.n; d++)
			strs_add_new(arena, &domains, packs->v[i]->domains.v[d]);
	for (size_t i = 0; packs->n > 0 && i < directory->count; i++) {
		const struct person *person = &directory->people[i];
		const char *at = strchr(person->address, '@');

		if (at != NULL && !strs_has_nocase(&domains, at + 1))
			strs_add(arena, &import->warnings, arena_printf(arena, "%s:%d: nothing can be sent to %s: the rules "
			    "may write to %s only", import->name, person->line, person->address, strs_join(arena, &domains, ", ")));
	}
}

/* Several posts in one field, with another mark between them than the one that is read. */
static void
posts_run_together(struct import *import, const struct directory *directory)
{
	struct arena *arena = import->live->arena;

	for (size_t i = 0; i < directory->count; i++) {
		const struct person *person = &directory->people[i];

		for (size_t k = 0; k < person->posts.n; k++)
			if (strchr(person->posts.v[k], '|') != NULL)
				strs_add(arena, &import->warnings, arena_printf(arena, "%s:%d: \"%s\" is taken as one post; write several "
				    "with ; between them", import->name, person->line, person->posts.v[k]));
	}
}

/* Posts that nobody would hold, people without anybody to stand in: as `check --directory` says it. */
static void
as_check_says(struct import *import, const struct packs *packs, const struct directory *directory)
{
	struct problems problems = { .arena = import->live->arena };

	for (size_t i = 0; i < packs->n; i++)
		pack_check(packs->v[i], directory, &problems);
	problems_print(&problems, &import->live->errors);
}

int
import_weigh(struct import *import, const struct directory *directory)
{
	struct packs packs = packs_in_force(import->live);
	struct strs posts = { NULL, 0 };
	size_t faults;

	for (size_t i = 0; i < packs.n; i++)
		for (size_t r = 0; packs.v[i]->watches.n > 0 && r < packs.v[i]->role_count; r++)
			posts_of(import->live->arena, &packs.v[i]->roles[r], &posts);
	faults = held_twice(import, directory, &posts) + owners_missing(import, &packs, directory);
	if (faults > 0)
		return -1;
	if (import->brief)
		return 0;
	outside_domains(import, &packs, directory);
	posts_run_together(import, directory);
	as_check_says(import, &packs, directory);
	return 0;
}
