/*
 * Proof of a directory as a whole: one line a person, managers and cover that
 * are in it, and no circle of managers.  Circles of cover are allowed: two
 * colleagues who cover one another are usual.  Runs in core and advicectl.
 * Pure.
 * Fails: into the problems; a circle is named once, whole, at its first line.
 */
#include <string.h>

#include "conf/directory_check.h"

static void
check_duplicates(struct csv *csv, const struct directory *directory)
{
	const struct person *person;
	size_t i;

	for (i = 1; i < directory->count; i++) {
		person = &directory->people[i];
		if (*person->address != '\0' && strcmp(person[-1].address, person->address) == 0)
			csv_problem(csv, person->line, "%s stands in line %d already; a person has one line, "
			    "with posts separated by ;", person->address, person[-1].line);
	}
}

static void
check_link(struct csv *csv, const struct directory *directory, const struct person *person,
    const char *what, const char *address)
{
	if (*address == '\0')
		return;
	if (strcmp(address, person->address) == 0)
		csv_problem(csv, person->line, "%s cannot be their own %s; leave the field empty, or name somebody else",
		    person->address, what);
	else if (directory_find(directory, address) == NULL)
		csv_problem(csv, person->line, "%s %s has no line in this list; every manager and cover needs one",
		    what, address);
}

/* Who comes after a person on the way up; NULL at its end. Being one's own manager is said by itself. */
static const struct person *
above(const struct directory *directory, const struct person *person)
{
	const struct person *manager = directory_find(directory, person->manager);

	return manager == person ? NULL : manager;
}

static void
name_circle(struct arena *arena, struct csv *csv, const struct directory *directory, const struct person *in)
{
	const struct person *first = in, *person;
	struct buf text = BUF_INIT;

	for (person = above(directory, in); person != in; person = above(directory, person))
		if (person->line < first->line)
			first = person;
	buf_add_str(&text, first->address);
	for (person = above(directory, first); person != first; person = above(directory, person))
		buf_printf(&text, ", whose manager is %s (line %d)", person->address, person->line);
	csv_problem(csv, first->line, "the managers lead round in a circle: %s, whose manager is %s again; "
	    "one of them must have another manager, or none", arena_strdup(arena, buf_text(&text)), first->address);
	buf_free(&text);
}

/* round[i]: the walk in which person i was met first; each is walked over once. */
static void
check_circles(struct arena *arena, struct csv *csv, const struct directory *directory)
{
	size_t *round = arena_alloc(arena, (directory->count + 1) * sizeof(*round));
	const struct person *person;
	size_t i;

	for (i = 0; i < directory->count; i++) {
		for (person = &directory->people[i]; person != NULL && round[person - directory->people] == 0;
		    person = above(directory, person))
			round[person - directory->people] = i + 1;
		if (person != NULL && round[person - directory->people] == i + 1)
			name_circle(arena, csv, directory, person);
	}
}

void
directory_check(struct arena *arena, struct csv *csv, const struct directory *directory)
{
	size_t i;

	check_duplicates(csv, directory);
	for (i = 0; i < directory->count; i++) {
		check_link(csv, directory, &directory->people[i], "manager", directory->people[i].manager);
		check_link(csv, directory, &directory->people[i], "cover", directory->people[i].cover);
	}
	check_circles(arena, csv, directory);
}
