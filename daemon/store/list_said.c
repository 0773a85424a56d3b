/*
 * What the involvement list last said of the child of each open case, and the
 * cases for which a new list has not been looked at yet.  Core only.
 * Invariant: an import marks every open case in its own transaction; a case
 * loses its mark in the transaction that acts on what has changed.
 * Fails: as store.h says.
 */
#include "store/sql.h"

static const char *
fact(struct arena *arena, const struct case_state *state, const char *name)
{
	const char *value = case_fact_value(state, 0, name);

	return value == NULL ? "" : arena_strdup(arena, value);
}

struct child_key
store_child_key(struct arena *arena, const struct case_state *state)
{
	struct child_key child = {
		.name = fact(arena, state, "child-name"), .born = DAY_NONE,
		.nhs_number = fact(arena, state, "nhs-number"), .upn = fact(arena, state, "upn"),
	};

	date_parse_iso(fact(arena, state, "date-of-birth"), &child.born);
	return child;
}

int
store_list_says(struct store *store, struct arena *arena, const struct child_key *child, const char **said_r, struct err *err)
{
	struct involvement *rows;
	bool contradicted;
	size_t count;

	if (store_involved(store, arena, child->name, child->born, child->nhs_number, child->upn,
	    &rows, &count, &contradicted, err) == -1)
		return -1;
	*said_r = involvement_said(arena, rows, count);
	return 0;
}

int
store_list_said(struct store *store, struct arena *arena, int64_t case_id, const char **said_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT said FROM list_said WHERE case_id=?");

	*said_r = NULL;
	sql_put_int(&q, case_id);
	if (sql_row(&q))
		*said_r = sql_get_text(&q, arena);
	return sql_end(&q, err);
}

int
store_list_said_put(struct store *store, int64_t case_id, const char *said, struct err *err)
{
	struct query q = sql_query(store, "INSERT OR REPLACE INTO list_said(case_id, said) VALUES(?,?)");

	sql_put_int(&q, case_id);
	sql_put_text(&q, said);
	return sql_run(&q, err);
}

int
store_list_waiting(struct store *store, struct arena *arena, size_t max, int64_t **case_ids_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT case_id FROM list_waiting ORDER BY case_id LIMIT ?");
	int64_t *ids = NULL;
	size_t count = 0;

	sql_put_int(&q, (int64_t)max);
	while (sql_row(&q))
		*arena_push(arena, ids, count) = sql_get_int(&q);
	*case_ids_r = ids;
	*count_r = count;
	return sql_end(&q, err);
}

int
store_list_waits(struct store *store, int64_t case_id, bool *waits_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT EXISTS (SELECT 1 FROM list_waiting WHERE case_id=?)");

	*waits_r = false;
	sql_put_int(&q, case_id);
	if (sql_row(&q))
		*waits_r = sql_get_int(&q) != 0;
	return sql_end(&q, err);
}

int
store_list_looked_at(struct store *store, int64_t case_id, struct err *err)
{
	struct query q = sql_query(store, "DELETE FROM list_waiting WHERE case_id=?");

	sql_put_int(&q, case_id);
	return sql_run(&q, err);
}

int
store_named_people(struct store *store, struct arena *arena, struct named_person **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT c.id, coalesce(c.reference, 'case ' || c.id), f.name, lower(f.value)"
	    " FROM cases c JOIN fact f ON f.case_id=c.id"
	    " WHERE c.closed IS NULL AND f.superseded_by IS NULL AND f.value LIKE '%_@_%'"
	    " ORDER BY c.id, f.name, f.value");
	struct named_person *rows = NULL, *row;
	size_t count = 0;

	while (sql_row(&q)) {
		row = arena_push(arena, rows, count);
		row->case_id = sql_get_int(&q);
		row->case_name = sql_get_text(&q, arena);
		row->fact = sql_get_text(&q, arena);
		row->address = sql_get_text(&q, arena);
	}
	*rows_r = rows;
	*count_r = count;
	return sql_end(&q, err);
}
