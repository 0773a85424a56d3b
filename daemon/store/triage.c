/*
 * Triage: what a person must settle because the daemon will not guess.  Core
 * only.
 * Invariant: the same thing (case, message, reason) waits once while it is open.
 * Fails: as store.h says.
 */
#include "store/sql.h"

static int
find_open(struct store *store, const struct triage_row *row, int64_t *id_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT id FROM triage WHERE case_id IS ? AND message IS ? AND reason=?"
	    " AND state='open'");

	*id_r = 0;
	sql_put_id(&q, row->case_id);
	sql_put_id(&q, row->message);
	sql_put_text(&q, row->reason);
	if (sql_row(&q))
		*id_r = sql_get_int(&q);
	return sql_end(&q, err);
}

int
store_triage_add(struct store *store, struct triage_row *row, struct err *err)
{
	struct query q;

	if (find_open(store, row, &row->id, err) == -1)
		return -1;
	if (row->id != 0)
		return 0;
	q = sql_query(store, "INSERT INTO triage(case_id, message, pack, reason, rule, state, at)"
	    " VALUES(?,?,?,?,?,?,?) RETURNING id");
	sql_put_id(&q, row->case_id);
	sql_put_id(&q, row->message);
	sql_put_text(&q, row->pack);
	sql_put_text(&q, row->reason);
	sql_put_text(&q, row->rule);
	sql_put_text(&q, row->state != NULL ? row->state : "open");
	sql_put_instant(&q, row->at);
	if (sql_row(&q))
		row->id = sql_get_int(&q);
	return sql_run(&q, err);
}

int
store_triage_put(struct store *store, const struct triage_row *row, struct err *err)
{
	struct query q = sql_query(store, "UPDATE triage SET case_id=?, state=? WHERE id=?");

	sql_put_id(&q, row->case_id);
	sql_put_text(&q, row->state);
	sql_put_int(&q, row->id);
	return sql_run(&q, err);
}

int
store_triages(struct store *store, struct arena *arena, bool open_only, struct triage_row **rows_r, size_t *count_r, struct err *err)
{
	static const char *const which[] = {
#define TRIAGE_ROWS "SELECT id, case_id, message, pack, reason, rule, state, at FROM triage"
		TRIAGE_ROWS " ORDER BY id",
		TRIAGE_ROWS " WHERE state='open' ORDER BY id",
#undef TRIAGE_ROWS
	};
	struct query q = sql_query(store, which[open_only]);
	struct triage_row *rows = NULL, *row;
	size_t count = 0;

	while (sql_row(&q)) {
		row = arena_push(arena, rows, count);
		row->id = sql_get_int(&q);
		row->case_id = sql_get_int(&q);
		row->message = sql_get_int(&q);
		row->pack = sql_get_text(&q, arena);
		row->reason = sql_get_text(&q, arena);
		row->rule = sql_get_text(&q, arena);
		row->state = sql_get_text(&q, arena);
		row->at = sql_get_instant(&q);
	}
	*rows_r = rows;
	*count_r = count;
	return sql_end(&q, err);
}
