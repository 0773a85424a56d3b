/*
 * Legal holds: cases of which nothing is erased, whatever their time.  Core
 * and advicectl.
 * Invariant: a hold on case 0 is one on everything.
 * Fails: as store.h says.
 */
#include "store/keep.h"
#include "store/sql.h"

int
store_hold_put(struct store *store, const struct hold_row *row, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO legal_hold(case_id, since, who, reason) VALUES(?,?,?,?)"
	    " ON CONFLICT(case_id) DO UPDATE SET reason=excluded.reason, who=excluded.who");

	sql_put_int(&q, row->case_id);
	sql_put_instant(&q, row->since);
	sql_put_text(&q, row->who);
	sql_put_text(&q, row->reason);
	return sql_run(&q, err);
}

int
store_hold_end(struct store *store, int64_t case_id, bool *any_r, struct err *err)
{
	struct query q = sql_query(store, "DELETE FROM legal_hold WHERE case_id=? RETURNING 1");

	sql_put_int(&q, case_id);
	*any_r = sql_row(&q);
	return sql_run(&q, err);
}

int
store_holds(struct store *store, struct arena *arena, struct hold_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT case_id, since, who, reason FROM legal_hold ORDER BY case_id");
	struct hold_row *rows = NULL, *row;
	size_t count = 0;

	while (sql_row(&q)) {
		row = arena_push(arena, rows, count);
		row->case_id = sql_get_int(&q);
		row->since = sql_get_instant(&q);
		row->who = sql_get_text(&q, arena);
		row->reason = sql_get_text(&q, arena);
	}
	*rows_r = rows;
	*count_r = count;
	return sql_end(&q, err);
}
