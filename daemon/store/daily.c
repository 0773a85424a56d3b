/*
 * Figures for the owner's daily digest: what came in and went out since the
 * last one, and what has not gone.  Core only.
 * Fails: as store.h says.
 */
#include "store/sql.h"

int
store_daily_came(struct store *store, struct arena *arena, const char *pack, int64_t after, struct daily_kind **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT m.kind, m.state='triage', count(DISTINCT m.id) FROM journal j JOIN message m ON m.id=j.message"
	    " WHERE j.id>? AND j.event='mail' AND m.pack=? AND m.kind NOT IN ('own','stray') GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2");
	struct daily_kind *rows = NULL, *row;
	size_t count = 0;

	sql_put_int(&q, after);
	sql_put_text(&q, pack);
	while (sql_row(&q)) {
		row = arena_push(arena, rows, count);
		row->kind = sql_get_text(&q, arena);
		row->waits = sql_get_int(&q) != 0;
		row->mails = sql_get_int(&q);
	}
	*rows_r = rows;
	*count_r = count;
	return sql_end(&q, err);
}

int
store_daily_sent(struct store *store, const char *pack, instant since, instant until, int64_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT count(*) FROM outbox WHERE sent>?1 AND sent<=?2 AND state=?3 AND pack=?4 AND act<>'canary'");

	*count_r = 0;
	sql_put_int(&q, since == INSTANT_NONE ? 0 : since);
	sql_put_instant(&q, until);
	sql_put_int(&q, OUTBOX_SENT);
	sql_put_text(&q, pack);
	if (sql_row(&q))
		*count_r = sql_get_int(&q);
	return sql_end(&q, err);
}

int
store_daily_unsent(struct store *store, const char *pack, instant since, int64_t by_state_r[OUTBOX_STATES], struct err *err)
{
	struct query q = sql_query(store, "SELECT state, count(*) FROM outbox WHERE state IN (?1,?2,?3,?4,?5,?6,?7) AND pack=?8"
	    " AND act<>'canary' AND (state<>?5 OR decided>?9) GROUP BY state");

	for (int i = 0; i < OUTBOX_STATES; i++)
		by_state_r[i] = 0;
	sql_put_int(&q, OUTBOX_QUEUED);
	sql_put_int(&q, OUTBOX_RETRY);
	sql_put_int(&q, OUTBOX_UNKNOWN);
	sql_put_int(&q, OUTBOX_HELD);
	sql_put_int(&q, OUTBOX_FAILED);
	sql_put_int(&q, OUTBOX_REVIEW);
	sql_put_int(&q, OUTBOX_SENDING);
	sql_put_text(&q, pack);
	sql_put_int(&q, since == INSTANT_NONE ? 0 : since);
	while (sql_row(&q)) {
		int64_t state = sql_get_int(&q);

		if (state >= 0 && state < OUTBOX_STATES)
			by_state_r[state] = sql_get_int(&q);
	}
	return sql_end(&q, err);
}
