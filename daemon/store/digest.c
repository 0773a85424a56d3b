/*
 * When each pack's digests are next due, and the open cases that may stand in
 * one.  Core and simulate.
 * Invariant: a digest has one row, so that it goes once on its day whatever
 * crashes.  Fails: as the store does.
 */
#include <string.h>

#include "store/sql.h"

int
store_digest_put(struct store *store, const char *pack, const char *name, instant due, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO digest(pack, name, due) VALUES(?,?,?)"
	    " ON CONFLICT(pack, name) DO UPDATE SET due=excluded.due");

	sql_put_text(&q, pack);
	sql_put_text(&q, name);
	sql_put_instant(&q, due);
	return sql_run(&q, err);
}

int
store_digest_drop(struct store *store, const char *pack, const char *name, struct err *err)
{
	struct query q = sql_query(store, "DELETE FROM digest WHERE pack=? AND name=?");

	sql_put_text(&q, pack);
	sql_put_text(&q, name);
	return sql_run(&q, err);
}

int
store_digests(struct store *store, struct arena *arena, struct digest_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT pack, name, due FROM digest ORDER BY due, pack, name");
	struct digest_row *rows = NULL, *row;
	size_t count = 0;

	while (sql_row(&q)) {
		row = arena_push(arena, rows, count);
		row->pack = sql_get_text(&q, arena);
		row->name = sql_get_text(&q, arena);
		row->due = sql_get_instant(&q);
	}
	*rows_r = rows;
	*count_r = count;
	return sql_end(&q, err);
}

int
store_digest_cases(struct store *store, struct arena *arena, struct digest_span *span, int64_t most, int64_t **ids_r,
    size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT id FROM cases c WHERE closed IS NULL AND pack=?1 AND id>?5 AND id<=?6 AND (?2"
	    " OR EXISTS (SELECT 1 FROM deadline d WHERE d.case_id=c.id AND NOT d.superseded AND d.date<=?3)"
	    " OR EXISTS (SELECT 1 FROM question q WHERE q.case_id=c.id AND q.state=?4)) ORDER BY id");
	int64_t *ids = NULL, highest, upto = span->after > INT64_MAX - most ? INT64_MAX : span->after + most;
	size_t count = 0;

	sql_put_text(&q, span->pack);
	sql_put_int(&q, span->all);
	sql_put_day(&q, span->reach);
	sql_put_int(&q, QUESTION_OPEN);
	sql_put_int(&q, span->after);
	sql_put_int(&q, upto);
	while (sql_row(&q))
		*arena_push(arena, ids, count) = sql_get_int(&q);
	*ids_r = ids;
	*count_r = count;
	if (sql_end(&q, err) == -1 || store_case_highest(store, &highest, err) == -1)
		return -1;
	span->after = upto;
	span->over = upto >= highest;
	return 0;
}
