/*
 * The directory and the involvement list as last imported, and who is known to
 * be away.  Core only.
 * Invariant: an import replaces its list whole, or nothing has changed.
 * Fails: as store.h says.
 */
#include <string.h>

#include "store/case_kept.h"

static int
put_import(struct store *store, const char *kind, instant at, const char *sha256, size_t rows, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO import(kind, at, sha256, rows) VALUES(?,?,?,?)");

	sql_put_text(&q, kind);
	sql_put_instant(&q, at);
	sql_put_hex(&q, sha256);
	sql_put_int(&q, (int64_t)rows);
	return sql_run(&q, err);
}

static int
put_person(struct store *store, const struct person *person, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO person(address, name, posts, team, manager, cover, from_day,"
	    " until_day, line) VALUES(?,?,?,?,?,?,?,?,?)");

	sql_put_text(&q, person->address);
	sql_put_text(&q, person->name);
	sql_put_lines(&q, &person->posts);
	sql_put_text(&q, person->team);
	sql_put_text(&q, person->manager);
	sql_put_text(&q, person->cover);
	sql_put_day(&q, person->from);
	sql_put_day(&q, person->until);
	sql_put_int(&q, person->line);
	return sql_run(&q, err);
}

int
store_import_directory(struct store *store, const struct directory *directory, instant at, const char *sha256, struct err *err)
{
	struct whole whole;
	size_t i;
	int result;

	if (sql_whole(store, &whole, err) == -1)
		return -1;
	result = sql_exec(store, "DELETE FROM person", err);
	for (i = 0; i < directory->count && result == 0; i++)
		result = put_person(store, &directory->people[i], err);
	if (result == 0)
		result = put_import(store, "directory", at, sha256, directory->count, err);
	return sql_whole_end(store, &whole, result, err);
}

static int
put_involvement(struct store *store, const struct involvement *row, const char *folded, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO involvement(person_id, name, folded, born, nhs_number, upn,"
	    " service, open, closed_on, worker, flags, line) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)");

	sql_put_text(&q, row->person_id);
	sql_put_text(&q, row->name);
	sql_put_text(&q, folded);
	sql_put_day(&q, row->born);
	sql_put_some(&q, row->nhs_number);
	sql_put_some(&q, row->upn);
	sql_put_text(&q, row->service);
	sql_put_int(&q, row->open);
	sql_put_day(&q, row->closed_on);
	sql_put_text(&q, row->worker);
	sql_put_lines(&q, &row->flags);
	sql_put_int(&q, row->line);
	return sql_run(&q, err);
}

int
store_import_involvement(struct store *store, const struct involvement_list *list, instant at, const char *sha256, struct err *err)
{
	struct arena *arena;
	struct whole whole;
	size_t i;
	int result;

	if (sql_whole(store, &whole, err) == -1)
		return -1;
	arena = arena_new();
	result = sql_exec(store, "DELETE FROM involvement", err);
	for (i = 0; i < list->count && result == 0; i++)
		result = put_involvement(store, &list->rows[i], str_fold_name(arena, list->rows[i].name), err);
	if (result == 0)
		result = put_import(store, "involvement", at, sha256, list->count, err);
	if (result == 0)
		result = sql_exec(store, "INSERT OR IGNORE INTO list_waiting SELECT id FROM cases WHERE closed IS NULL", err);
	arena_free(&arena);
	return sql_whole_end(store, &whole, result, err);
}

static int
read_absences(struct store *store, struct arena *arena, struct directory *directory, struct err *err)
{
	struct query q = sql_query(store, "SELECT address, from_day, until_day, because FROM absence"
	    " ORDER BY address, because");
	struct absence *absence;

	while (sql_row(&q)) {
		absence = arena_push(arena, directory->absences, directory->absence_count);
		absence->address = sql_get_text(&q, arena);
		absence->from = sql_get_day(&q);
		absence->until = sql_get_day(&q);
		absence->because = sql_get_text(&q, arena);
	}
	return sql_end(&q, err);
}

int
store_directory(struct store *store, struct arena *arena, struct directory **directory_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT address, name, posts, team, manager, cover, from_day, until_day,"
	    " line FROM person ORDER BY address, line");
	struct directory *directory = arena_alloc(arena, sizeof(*directory));
	struct person *person;

	*directory_r = directory;
	while (sql_row(&q)) {
		person = arena_push(arena, directory->people, directory->count);
		person->address = sql_get_text(&q, arena);
		person->name = sql_get_text(&q, arena);
		person->folded = str_fold_name(arena, person->name);
		person->posts = sql_get_lines(&q, arena);
		person->team = sql_get_text(&q, arena);
		person->manager = sql_get_text(&q, arena);
		person->cover = sql_get_text(&q, arena);
		person->from = sql_get_day(&q);
		person->until = sql_get_day(&q);
		person->line = (int)sql_get_int(&q);
	}
	if (sql_end(&q, err) == -1)
		return -1;
	return read_absences(store, arena, directory, err);
}

/* What was learned last of the same kind holds. */
int
store_absence_put(struct store *store, const struct absence *absence, int64_t message, struct err *err)
{
	struct query q = sql_query(store, "INSERT OR REPLACE INTO absence(address, because, from_day, until_day, message)"
	    " VALUES(?,?,?,?,?)");

	sql_put_text(&q, absence->address);
	sql_put_text(&q, absence->because);
	sql_put_day(&q, absence->from);
	sql_put_day(&q, absence->until);
	sql_put_id(&q, message);
	return sql_run(&q, err);
}

int
store_absences_forget(struct store *store, int64_t message, bool *any_r, struct err *err)
{
	struct query q = sql_query(store, "DELETE FROM absence WHERE message=? RETURNING 1");

	sql_put_int(&q, message);
	*any_r = sql_row(&q);
	return sql_run(&q, err);
}

int
store_bounce_forget(struct store *store, const char *address, struct err *err)
{
	struct query q = sql_query(store, "DELETE FROM absence WHERE address=? AND because='bounce'");

	sql_put_text(&q, address);
	return sql_run(&q, err);
}

int
store_involvement_count(struct store *store, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT count(*) FROM involvement");

	*count_r = sql_row(&q) ? (size_t)sql_get_int(&q) : 0;
	return sql_end(&q, err);
}

int
store_involvement_imported(struct store *store, instant *at_r, struct err *err)
{
	return store_imported(store, "involvement", at_r, err);
}

int
store_imported(struct store *store, const char *list, instant *at_r, struct err *err)
{
	const void **kept = kept_answer(store->kept, PART_IMPORTS, list);
	struct query q;

	if (kept != NULL && *kept != NULL) {
		*at_r = *(const instant *)*kept;
		return 0;
	}
	q = sql_query(store, "SELECT at FROM import WHERE kind=? ORDER BY id DESC LIMIT 1");
	*at_r = INSTANT_NONE;
	sql_put_text(&q, list);
	if (sql_row(&q))
		*at_r = sql_get_instant(&q);
	if (sql_end(&q, err) == -1)
		return -1;
	if (kept != NULL)
		*kept = arena_memdup(kept_arena(store->kept), at_r, sizeof(*at_r));
	return 0;
}

struct child {
	const char	*folded;
	dayno		 born;
	const char	*nhs_number, *upn;
};

static bool
same_number(const char *ours, const char *theirs)
{
	return ours != NULL && *ours != '\0' && strcmp(ours, theirs) == 0;
}

/* Does this row of the list count for the child?  contradicted_r is set where a number alone says so. */
static bool
row_agrees(const struct child *child, const struct involvement *row, const char *folded, bool *contradicted_r)
{
	bool names = *child->folded != '\0' && *folded != '\0';
	bool births = child->born != DAY_NONE && row->born != DAY_NONE;
	bool name = names && strcmp(child->folded, folded) == 0;
	bool birth = births && child->born == row->born;

	if (name && birth)
		return true;
	if (!same_number(child->nhs_number, row->nhs_number) && !same_number(child->upn, row->upn))
		return false;
	if (names && !name && births && !birth)
		*contradicted_r = true;
	return name || birth;
}

static int
read_involved(struct store *store, struct arena *arena, const char *name, dayno born, const char *nhs_number, const char *upn,
    struct involvement **rows_r, size_t *count_r, bool *contradicted_r, struct err *err)
{
	struct child child = { str_fold_name(arena, name), born, nhs_number, upn };
	struct query q = sql_query(store, "SELECT folded, person_id, name, born, nhs_number, upn, service, open,"
	    " closed_on, worker, flags, line FROM involvement WHERE nhs_number=? OR upn=? OR (born=? AND folded=?)"
	    " ORDER BY open DESC, closed_on DESC, line");
	struct involvement *rows = NULL, row = { 0 };
	const char *folded;
	size_t count = 0;

	*contradicted_r = false;
	sql_put_some(&q, nhs_number);
	sql_put_some(&q, upn);
	sql_put_day(&q, born);
	sql_put_some(&q, child.folded);
	while (sql_row(&q)) {
		folded = sql_get_text(&q, arena);
		row.person_id = sql_get_text(&q, arena);
		row.name = sql_get_text(&q, arena);
		row.born = sql_get_day(&q);
		row.nhs_number = sql_get_text(&q, arena);
		row.upn = sql_get_text(&q, arena);
		row.service = sql_get_text(&q, arena);
		row.open = sql_get_int(&q) != 0;
		row.closed_on = sql_get_day(&q);
		row.worker = sql_get_text(&q, arena);
		row.flags = sql_get_lines(&q, arena);
		row.line = (int)sql_get_int(&q);
		if (row_agrees(&child, &row, folded, contradicted_r))
			*arena_push(arena, rows, count) = row;
	}
	*rows_r = rows;
	*count_r = count;
	return sql_end(&q, err);
}

int
store_involved(struct store *store, struct arena *arena, const char *name, dayno born, const char *nhs_number, const char *upn,
    struct involvement **rows_r, size_t *count_r, bool *contradicted_r, struct err *err)
{
	const char *said[] = { name == NULL ? "" : name, nhs_number == NULL ? "" : nhs_number, upn == NULL ? "" : upn };
	struct kept_child **place, *child;
	struct arena *keeps;

	if (store->kept == NULL)
		return read_involved(store, arena, said[0], born, said[1], said[2], rows_r, count_r, contradicted_r, err);
	place = kept_child(store->kept, said[0], born, said[1], said[2]);
	if (*place == NULL) {
		keeps = kept_arena(store->kept);
		child = arena_alloc(keeps, sizeof(*child));
		*child = (struct kept_child){ .name = arena_strdup(keeps, said[0]), .nhs_number = arena_strdup(keeps, said[1]),
		    .upn = arena_strdup(keeps, said[2]), .born = born };
		if (read_involved(store, keeps, said[0], born, said[1], said[2], &child->rows, &child->count, &child->contradicted, err) == -1)
			return -1;
		*place = child;
	}
	*rows_r = arena_copy(arena, (*place)->rows, (*place)->count);
	*count_r = (*place)->count;
	*contradicted_r = (*place)->contradicted;
	return 0;
}
