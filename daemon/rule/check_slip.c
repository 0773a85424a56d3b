/*
 * A name that is misspelt where it is defined: every correct use of it would
 * be blamed, and each would be "corrected" to the misspelt one.  Here those
 * reports are folded into one about the line of the definition.
 * Invariant: a report is dropped only where another one names its line.
 * Fails: never; what is wrong goes to the problems.
 */
#include <string.h>

#include "rule/check.h"
#include "rule/template.h"

void
check_missed(struct check *check, const char *name, const struct strs *names)
{
	struct missed *missed = arena_push(check->arena, check->misses, check->miss_count);
	const char *near = check_meant(check, name, names);

	missed->name = name;
	missed->near = near != name ? near : NULL;
	missed->problem = check->problems->n - 1;
}

/* ---- Lines, as people say them */

void
check_place_add(struct check *check, struct places *places, struct where where)
{
	size_t i;

	if (where.file == NULL)
		return;
	for (i = 0; i < places->n; i++)
		if (places->v[i].line == where.line && strcmp(places->v[i].file, where.file) == 0)
			return;
	arena_push(check->arena, places->v, places->n);
	for (i = places->n - 1; i > 0 && places->v[i - 1].line > where.line; i--)
		places->v[i] = places->v[i - 1];
	places->v[i] = where;
}

#define LINES_SAID 8	/* of one file; the rest is counted */
#define FILES_SAID 2	/* beside the one that the message is about */

static const char *
lines_in(struct check *check, const struct places *places, const char *file)
{
	struct strs lines = { NULL, 0 };
	const char *last;
	size_t i, more;

	for (i = 0; i < places->n; i++)
		if (strcmp(places->v[i].file, file) == 0)
			strs_add(check->arena, &lines, arena_printf(check->arena, "%d", places->v[i].line));
	if (lines.n == 1)
		return arena_printf(check->arena, "line %s", lines.v[0]);
	if (lines.n > LINES_SAID) {
		more = lines.n - LINES_SAID;
		lines.n = LINES_SAID;
		return arena_printf(check->arena, "lines %s and %zu more", strs_join(check->arena, &lines, ", "), more);
	}
	last = lines.v[--lines.n];
	return arena_printf(check->arena, "lines %s and %s", strs_join(check->arena, &lines, ", "), last);
}

const char *
check_places(struct check *check, const struct places *places, const char *here)
{
	struct strs files = { NULL, 0 }, said = { NULL, 0 };
	const char *lines;
	size_t i, others = 0;

	for (i = 0; i < places->n; i++)
		if (strcmp(places->v[i].file, here) != 0)
			strs_add_new(check->arena, &files, places->v[i].file);
	for (i = 0; i < places->n; i++)
		others += strcmp(places->v[i].file, here) != 0;
	if (others < places->n)
		strs_add(check->arena, &said, lines_in(check, places, here));
	for (i = 0; files.n <= FILES_SAID && i < files.n; i++) {
		lines = lines_in(check, places, files.v[i]);
		strs_add(check->arena, &said, arena_printf(check->arena, "%s of %s", lines, files.v[i]));
	}
	if (files.n > FILES_SAID)
		strs_add(check->arena, &said, arena_printf(check->arena, "%zu lines of %zu other files", others, files.n));
	return strs_join(check->arena, &said, ", and ");
}

/* ---- Where a name is defined */

struct definition { const char *sort; struct where where; bool fits; };

/* Entries of a section begin with their name; where stands at the same place in each of them. */
static void
look_in(struct definition *found, const char *sort, const void *items, size_t count, size_t size, size_t where, const char *name)
{
	const char *item = items, *its;

	for (; count > 0; count--, item += size) {
		memcpy(&its, item, sizeof its);
		if (its == NULL || strcmp(its, name) != 0)
			continue;
		found->fits = found->sort == NULL;	/* two things of one name: who knows which is meant */
		found->sort = sort;
		memcpy(&found->where, item + where, sizeof found->where);
	}
}

#define LOOK(sort, list, count, type) \
	look_in(&found, (sort), (list), (count), sizeof *(list), offsetof(struct type, where), name)

/* What is defined under the name, once, in the pack's own file, and used nowhere. */
static struct definition
defined_for_nothing(const struct check *check, const char *name)
{
	const struct pack *pack = check->pack;
	struct definition found = { NULL, { NULL, 0 }, false };
	size_t i;

	LOOK("role", pack->roles, pack->role_count, role);
	LOOK("kind", pack->kinds, pack->kind_count, kind);
	LOOK("deadline", pack->deadlines, pack->deadline_count, deadline);
	LOOK("condition", pack->conditions, pack->condition_count, condition);
	LOOK("question", pack->questions, pack->question_count, question);
	LOOK("ladder", pack->ladders, pack->ladder_count, ladder);
	LOOK("strand", pack->strands, pack->strand_count, strand);
	for (i = 0; i < pack->strand_count; i++)
		LOOK("stage", pack->strands[i].stages, pack->strands[i].stage_count, stage);
	found.fits = found.fits && found.where.file != NULL && check_is_own(check, found.where.file) &&
	    !check_is_used(check, name);
	return found;
}

/* ---- The fold */

static void
template_places(struct check *check, const char *name, struct places *places)
{
	const struct template *template;
	size_t i, j, len = strlen(name);

	for (i = 0; i < check->pack->template_count; i++)
		for (template = check->pack->templates[i], j = 0; j < template->named_count; j++)
			if (strncmp(template->named[j].name, name, len) == 0 &&
			    (template->named[j].name[len] == '\0' || template->named[j].name[len] == '\''))
				check_place_add(check, places,
				    (struct where){ template->file, template->named[j].line });
}

static void
tell(struct check *check, const struct definition *definition, const char *name, const char *meant, const struct places *places)
{
	const char *lines = check_places(check, places, definition->where.file);

	if (places->n == 1)
		problem_add(check->problems, definition->where, arena_printf(check->arena,
		    "one of the two is misspelt: write \"%s\" here, or \"%s\" there", meant, name),
		    "nothing uses the %s \"%s\", and \"%s\", which %s names, is defined nowhere",
		    definition->sort, name, meant, lines);
	else
		problem_add(check->problems, definition->where,
		    arena_printf(check->arena, "did you mean \"%s\" here?", meant),
		    "nothing uses the %s \"%s\", and \"%s\", which is used in %zu places (%s), is defined nowhere",
		    definition->sort, name, meant, places->n, lines);
}

static void
drop(struct problems *problems, const bool *dropped, size_t count)
{
	size_t i, kept = 0;

	for (i = 0; i < problems->n; i++)
		if (i >= count || !dropped[i])
			problems->v[kept++] = problems->v[i];
	problems->n = kept;
}

/* Every name that is defined for nothing. */
static struct strs
names_for_nothing(struct check *check)
{
	const struct pack *pack = check->pack;
	const struct strs sorts[] = {
		check_names_of(check, pack->roles, pack->role_count, sizeof *pack->roles),
		check_names_of(check, pack->kinds, pack->kind_count, sizeof *pack->kinds),
		check_names_of(check, pack->deadlines, pack->deadline_count, sizeof *pack->deadlines),
		check_names_of(check, pack->conditions, pack->condition_count, sizeof *pack->conditions),
		check_names_of(check, pack->questions, pack->question_count, sizeof *pack->questions),
		check_names_of(check, pack->ladders, pack->ladder_count, sizeof *pack->ladders),
		check_names_of(check, pack->strands, pack->strand_count, sizeof *pack->strands),
	};
	struct strs names = { NULL, 0 }, stages;
	size_t i, j;

	for (i = 0; i < sizeof sorts / sizeof *sorts; i++)
		for (j = 0; j < sorts[i].n; j++)
			if (defined_for_nothing(check, sorts[i].v[j]).fits)
				strs_add(check->arena, &names, sorts[i].v[j]);
	for (i = 0; i < pack->strand_count; i++) {
		stages = check_names_of(check, pack->strands[i].stages, pack->strands[i].stage_count, sizeof *pack->strands[i].stages);
		for (j = 0; j < stages.n; j++)
			if (defined_for_nothing(check, stages.v[j]).fits)
				strs_add(check->arena, &names, stages.v[j]);
	}
	return names;
}

static struct places
uses_of(struct check *check, const char *name, bool *reported)
{
	struct places places = { NULL, 0 };
	size_t i;

	for (i = 0; i < check->miss_count; i++)
		if (strcmp(check->misses[i].name, name) == 0) {
			check_place_add(check, &places, check->problems->v[check->misses[i].problem].where);
			reported[check->misses[i].problem] = true;
		}
	template_places(check, name, &places);
	return places;
}

/* What else was said of the line of the definition follows from its name. */
static bool
is_about(const struct problem *problem, const struct definition *definition, const char *name)
{
	return problem->where.line == definition->where.line && problem->where.file != NULL &&
	    strcmp(problem->where.file, definition->where.file) == 0 && strstr(problem->text, name) != NULL;
}

void
check_slips(struct check *check)
{
	const size_t count = check->problems->n;
	bool *dropped, *reported;
	const struct missed *missed;
	struct definition definition;
	struct places places;
	struct strs idle;
	const char *name;
	size_t i, j;

	if (check->miss_count == 0)
		return;
	idle = names_for_nothing(check);
	dropped = arena_alloc(check->arena, count * sizeof *dropped);
	for (i = 0; i < check->miss_count; i++) {
		missed = &check->misses[i];
		name = check_meant(check, missed->name, &idle);
		if (name == missed->name || dropped[missed->problem])
			continue;
		reported = arena_alloc(check->arena, count * sizeof *reported);
		places = uses_of(check, missed->name, reported);
		/* Used once, it may as well be meant for the one that comes nearer. */
		if (places.n < 2 && (missed->near == NULL || strcmp(missed->near, name) != 0))
			continue;
		definition = defined_for_nothing(check, name);
		for (j = 0; j < count; j++)
			dropped[j] |= reported[j] || is_about(&check->problems->v[j], &definition, name);
		tell(check, &definition, name, missed->name, &places);
	}
	drop(check->problems, dropped, count);
}
