/*
 * What a list that is to be imported would change: people, the open cases in
 * which they are named, and what the case system says of the children of open
 * cases.  Children are named by the reference of their case only.
 * Run by core or by advicectl.
 * Fails: as store.h says.
 */
#include <string.h>

#include "base/json.h"
#include "ctl/live_import.h"

/* ---- The directory */

static void
note(struct arena *arena, struct strs *what, const char *field, const char *before, const char *after)
{
	if (strcmp(before, after) != 0)
		strs_add(arena, what, arena_printf(arena, "%s %s, was %s", field, *after == '\0' ? "none" : after,
		    *before == '\0' ? "none" : before));
}

static const char *
day_text(struct arena *arena, dayno day)
{
	return day == DAY_NONE ? "" : date_iso(arena, day);
}

/* "team South, was North; manager none, was ann@x.example"; "" where nothing is different. */
static const char *
difference(struct arena *arena, const struct person *a, const struct person *b)
{
	struct strs what = { NULL, 0 };

	note(arena, &what, "name", a->name, b->name);
	note(arena, &what, "posts", strs_join(arena, &a->posts, ";"), strs_join(arena, &b->posts, ";"));
	note(arena, &what, "team", a->team, b->team);
	note(arena, &what, "manager", a->manager, b->manager);
	note(arena, &what, "cover", a->cover, b->cover);
	note(arena, &what, "from", day_text(arena, a->from), day_text(arena, b->from));
	note(arena, &what, "until", day_text(arena, a->until), day_text(arena, b->until));
	return strs_join(arena, &what, "; ");
}

/* Those who are named on an open case and whose line is different, or gone. */
static int
compare_cases(struct import *import, const struct directory *old, const struct directory *new, struct err *err)
{
	struct arena *arena = import->live->arena;
	struct named_person *named;
	size_t count;

	if (store_named_people(import->live->store, arena, &named, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct person *before = directory_find(old, named[i].address);
		const struct person *after = directory_find(new, named[i].address);
		const char *what = before == NULL || after == NULL ? "" : difference(arena, before, after);

		if (before != NULL && after == NULL)
			what = "no longer in the directory";
		if (before == NULL || *what == '\0')
			continue;
		strs_add(arena, &import->cases, arena_printf(arena, "%s: %s %s: %s", named[i].case_name, named[i].fact,
		    named[i].address, what));
	}
	return 0;
}

int
import_compare_directory(struct import *import, const struct directory *old, const struct directory *new, struct err *err)
{
	struct arena *arena = import->live->arena;

	import->before = old->count;
	import->after = new->count;
	for (size_t i = 0; i < new->count; i++) {
		const struct person *person = &new->people[i], *before = directory_find(old, person->address);
		const char *what = before == NULL ? "" : difference(arena, before, person);

		if (before == NULL)
			strs_add(arena, &import->added, person->address);
		else if (*what != '\0') {
			strs_add(arena, &import->changed, person->address);
			strs_add(arena, &import->lines, arena_printf(arena, "%s: %s", person->address, what));
		}
	}
	for (size_t i = 0; i < old->count; i++)
		if (directory_find(new, old->people[i].address) == NULL)
			strs_add(arena, &import->removed, old->people[i].address);
	return import->before == 0 ? 0 : compare_cases(import, old, new, err);
}

/* ---- The involvement list */

struct listed_case {
	const char	*name;
	struct child_key child;
	const char	*said;
};

struct listed_cases {
	struct listed_case	*v;
	size_t			 n;
};

static int
list_before(struct import *import, const struct case_row *row, struct listed_cases *cases, struct err *err)
{
	struct arena *arena = import->live->arena, *load = arena_new();
	struct listed_case listed = { .name = *row->reference != '\0' ? row->reference :
	    arena_printf(arena, "case %lld", (long long)row->id) };
	struct case_state *state;
	int rc = store_case_load(import->live->store, load, row->id, &state, err);

	if (rc == 0) {
		listed.child = store_child_key(arena, state);
		rc = store_list_says(import->live->store, arena, &listed.child, &listed.said, err);
	}
	if (rc == 0)
		*arena_push(arena, cases->v, cases->n) = listed;
	arena_free(&load);
	return rc;
}

int
import_list_before(struct import *import, struct listed_cases **cases_r, struct err *err)
{
	struct arena *arena = import->live->arena;
	struct case_row *rows;
	size_t count;
	int rc;

	*cases_r = arena_alloc(arena, sizeof(**cases_r));
	if (import->live->unseen)
		return 0;
	rc = store_cases(import->live->store, arena, &(struct cases_wish){ 0 }, &rows, &count, err);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = list_before(import, &rows[i], *cases_r, err);
	return rc;
}

/* Lines of one text that the other has not, in a row; "not known" for none at all. */
static const char *
lines_only_in(struct arena *arena, const char *text, const char *other)
{
	struct strs only = { NULL, 0 }, theirs = { NULL, 0 };

	for (const char *p = other; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n')
		strs_add(arena, &theirs, arena_strndup(arena, p, strcspn(p, "\n")));
	for (const char *p = text; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n') {
		const char *line = arena_strndup(arena, p, strcspn(p, "\n"));

		if (!strs_has(&theirs, line))
			strs_add(arena, &only, line);
	}
	if (only.n == 0)
		return *text == '\0' ? "not known" : "no such line";
	return strs_join(arena, &only, ", ");
}

int
import_list_after(struct import *import, struct listed_cases *cases, struct err *err)
{
	struct arena *arena = import->live->arena;

	for (size_t i = 0; i < cases->n; i++) {
		const char *said;

		if (store_list_says(import->live->store, arena, &cases->v[i].child, &said, err) == -1)
			return -1;
		if (strcmp(said, cases->v[i].said) != 0)
			strs_add(arena, &import->cases, arena_printf(arena, "%s: %s, was %s", cases->v[i].name,
			    lines_only_in(arena, said, cases->v[i].said), lines_only_in(arena, cases->v[i].said, said)));
	}
	return 0;
}

/* ---- Saying it */

static void
show_json(struct import *import, bool applied)
{
	struct buf *out = &import->live->out;

	json_open(out, NULL, '{');
	json_str(out, applied ? "imported" : "list", import->list);
	json_bool(out, "applied", applied);
	json_int(out, "before", (int64_t)import->before);
	json_int(out, "rows", (int64_t)import->after);
	json_strs(out, "added", &import->added);
	json_strs(out, "changed", &import->changed);
	json_strs(out, "removed", &import->removed);
	json_strs(out, "changes", &import->lines);
	json_strs(out, "cases", &import->cases);
	json_strs(out, "warnings", &import->warnings);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

static void
show_list(struct import *import, const char *title, const struct strs *list)
{
	struct buf *out = &import->live->out;

	if (list->n > 0)
		buf_printf(out, "  %s (%zu):\n", title, list->n);
	for (size_t i = 0; i < list->n; i++)
		buf_printf(out, "    %s\n", list->v[i]);
}

void
import_show(struct import *import, bool applied)
{
	struct buf *out = &import->live->out;

	if (import->live->json) {
		show_json(import, applied);
		return;
	}
	buf_printf(out, "%s%s: %zu rows, %zu before\n", import->list, applied ? " imported" : "", import->after, import->before);
	for (size_t i = 0; i < import->warnings.n; i++)
		buf_printf(out, "  warning: %s\n", import->warnings.v[i]);
	if (import->before == 0)
		return;		/* the first list: everything is new */
	show_list(import, "new", &import->added);
	show_list(import, "changed", &import->lines);
	show_list(import, "no longer there", &import->removed);
	show_list(import, "open cases for which that makes a difference", &import->cases);
}
