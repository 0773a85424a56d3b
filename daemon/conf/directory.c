/*
 * The directory of people.  Runs in core and advicectl.  Pure but for
 * directory_read(), which reads one file.
 * Invariant: people are sorted by address, addresses are lower case and
 * unique; every manager and cover is in the directory; no one is, over any
 * number of steps, their own manager.
 * Fails: ERR_CONFIG from directory_read(); directory_parse() names every bad
 * line and then gives nothing.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "conf/csv.h"
#include "conf/directory.h"
#include "conf/directory_check.h"

#define MAX_BYTES (16u << 20)

enum { ADDRESS, NAME, POSTS, TEAM, MANAGER, COVER, FROM, UNTIL };

static const char *const columns[] = {
	"address", "name", "posts", "team", "manager", "cover", "from", "until", NULL
};

/* "Team leader (shared)": several may hold it in one team, and the list says so. */
static void
add_post(struct arena *arena, struct person *person, char *post)
{
	static const char shared[] = "(shared)";
	size_t len;

	if (str_ends_nocase(post, shared)) {
		len = strlen(post) - strlen(shared);
		post = str_squeeze(arena, arena_strndup(arena, post, len));
		strs_add_new(arena, &person->shared, post);
	}
	if (*post != '\0')
		strs_add_new(arena, &person->posts, post);
}

static void
add_posts(struct arena *arena, struct person *person, const char *text)
{
	const char *p = text;
	size_t len;

	for (;;) {
		len = strcspn(p, ";");
		add_post(arena, person, str_squeeze(arena, arena_strndup(arena, p, len)));
		if (p[len] == '\0')
			return;
		p += len + 1;
	}
}

static void
add_person(struct arena *arena, struct csv *csv, const struct csv_row *row, struct directory *directory)
{
	struct person *person = arena_push(arena, directory->people, directory->count);
	const char *const *field = row->fields.v;

	person->line = row->line;
	person->from = person->until = DAY_NONE;
	if (row->spoilt) {	/* that is said already; the line stands for its address all the same */
		person->address = str_lower(arena, field[ADDRESS]);
		person->name = person->folded = person->team = person->manager = person->cover = "";
		return;
	}
	person->address = csv_address(arena, csv, row->line, "address", field[ADDRESS]);
	person->name = str_squeeze(arena, field[NAME]);
	person->folded = str_fold_name(arena, person->name);
	person->team = str_squeeze(arena, field[TEAM]);
	person->manager = csv_address(arena, csv, row->line, "manager", field[MANAGER]);
	person->cover = csv_address(arena, csv, row->line, "cover", field[COVER]);
	person->from = csv_date(csv, row->line, "from", field[FROM]);
	person->until = csv_date(csv, row->line, "until", field[UNTIL]);
	add_posts(arena, person, field[POSTS]);
	if (*field[ADDRESS] == '\0')
		csv_problem(csv, row->line, "the address is missing");
	if (*person->name == '\0')
		csv_problem(csv, row->line, "the name is missing");
	if (person->from != DAY_NONE && person->until != DAY_NONE && person->until < person->from)
		csv_problem(csv, row->line, "the post ends (%s) before it begins (%s)",
		    field[UNTIL], field[FROM]);
}

static int
by_address(const void *a, const void *b)
{
	const struct person *left = a, *right = b;
	int order = strcmp(left->address, right->address);

	return order != 0 ? order : left->line - right->line;
}

int
directory_parse(struct arena *arena, const char *file, const char *bytes, size_t len,
    struct directory **directory_r, struct buf *problems)
{
	struct directory *directory = arena_alloc(arena, sizeof(*directory));
	struct csv csv;
	size_t i;

	csv_parse(arena, file, bytes, len, columns, problems, &csv);
	for (i = 0; i < csv.count; i++)
		add_person(arena, &csv, &csv.rows[i], directory);
	if (directory->count > 0)
		qsort(directory->people, directory->count, sizeof(*directory->people), by_address);
	directory_check(arena, &csv, directory);
	if (directory->count == 0 && csv.problem_count == 0)
		csv_problem(&csv, 1, "the directory names nobody");
	if (csv.problem_count > 0)
		return -1;
	*directory_r = directory;
	return 0;
}

int
directory_read(struct arena *arena, const char *path, struct directory **directory_r,
    struct buf *problems, struct err *err)
{
	struct buf bytes = BUF_INIT;
	int rc = -1;

	if (file_read(AT_FDCWD, path, MAX_BYTES, &bytes, err) == -1) {
		err_wrap(err, "directory %s", path);
		goto out;
	}
	if (directory_parse(arena, path, buf_text(&bytes), bytes.len, directory_r, problems) == -1) {
		err_set(err, ERR_CONFIG, "directory %s has bad lines; nothing of it was taken", path);
		goto out;
	}
	rc = 0;
out:
	buf_free(&bytes);
	return rc;
}

static int
address_order(const void *key, const void *item)
{
	return strcasecmp(key, ((const struct person *)item)->address);
}

const struct person *
directory_find(const struct directory *directory, const char *address)
{
	if (directory == NULL || directory->count == 0 || address == NULL || *address == '\0')
		return NULL;
	return bsearch(address, directory->people, directory->count, sizeof(*directory->people),
	    address_order);
}

size_t
directory_named(const struct directory *directory, const char *name,
    const struct person **found, size_t max)
{
	struct arena *arena = arena_new();
	const char *folded = str_fold_name(arena, name), *other;
	size_t i, count = 0;

	for (i = 0; *folded != '\0' && i < directory->count && count < max; i++) {
		other = directory->people[i].folded;
		if (other == NULL)
			other = str_fold_name(arena, directory->people[i].name);
		if (strcmp(other, folded) == 0)
			found[count++] = &directory->people[i];
	}
	arena_free(&arena);
	return count;
}

/* One character of a title: lower case, any apostrophe as the plain one. */
static int
title_char(const char **p)
{
	if (strncmp(*p, "\xE2\x80\x98", 3) == 0 || strncmp(*p, "\xE2\x80\x99", 3) == 0) {
		*p += 3;
		return '\'';
	}
	return tolower((unsigned char)*(*p)++);
}

/* Names of posts and teams: any case, any shape of apostrophe. */
static bool
same_title(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0')
		if (title_char(&a) != title_char(&b))
			return false;
	return *a == *b;
}

static bool
has_title(const struct strs *titles, const char *title)
{
	size_t i;

	for (i = 0; i < titles->n; i++)
		if (same_title(titles->v[i], title))
			return true;
	return false;
}

static bool
holds_post(const struct person *person, const char *post, const char *team, dayno on)
{
	if ((person->from != DAY_NONE && on < person->from) ||
	    (person->until != DAY_NONE && on > person->until))
		return false;
	return has_title(&person->posts, post) && (team == NULL || same_title(person->team, team));
}

size_t
directory_holders(const struct directory *directory, const char *post, const char *team,
    dayno on, const struct person **found, size_t max)
{
	size_t i, count = 0;

	for (i = 0; i < directory->count && count < max; i++)
		if (holds_post(&directory->people[i], post, team, on))
			found[count++] = &directory->people[i];
	return count;
}

/* Is there a day on which both are there? */
static bool
overlap(const struct person *a, const struct person *b)
{
	return (a->until == DAY_NONE || b->from == DAY_NONE || b->from <= a->until) &&
	    (b->until == DAY_NONE || a->from == DAY_NONE || a->from <= b->until);
}

bool
directory_held_twice(const struct directory *directory, const char *post,
    const struct person **first_r, const struct person **second_r)
{
	const struct person *a, *b;
	size_t i, j;

	for (i = 0; i < directory->count; i++) {
		a = &directory->people[i];
		if (!has_title(&a->posts, post))
			continue;
		for (j = i + 1; j < directory->count; j++) {
			b = &directory->people[j];
			if (!has_title(&b->posts, post) || !same_title(a->team, b->team) || !overlap(a, b) ||
			    (has_title(&a->shared, post) && has_title(&b->shared, post)))
				continue;
			*first_r = a->line < b->line ? a : b;
			*second_r = a->line < b->line ? b : a;
			return true;
		}
	}
	return false;
}

const struct absence *
directory_absence(const struct directory *directory, const char *address, dayno on)
{
	const struct absence *absence;
	size_t i;

	for (i = 0; i < directory->absence_count; i++) {
		absence = &directory->absences[i];
		if (strcasecmp(absence->address, address) == 0 && absence->from <= on &&
		    (absence->until == DAY_NONE || on < absence->until))
			return absence;
	}
	return NULL;
}
