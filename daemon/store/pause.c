/*
 * Pauses: until when nothing goes out, of everything, of one mailbox or of one
 * case.  Core only.
 * Invariant: a pause has an end; one that is over has no effect, whether its
 * row is still there or not.
 * Fails: as store.h says.
 */
#include "store/case_kept.h"

static int
move_due(struct query q, instant from, instant to, struct err *err)
{
	sql_put_int(&q, to);
	sql_put_int(&q, from);
	return sql_run(&q, err);
}

/* Cases, and what waits for a person, that would have been looked at when the pause ends, are so earlier. */
static int
wake(struct store *store, instant until, instant at, struct err *err)
{
	if (move_due(sql_query(store, "UPDATE timer SET due=? WHERE due=?"), until, at, err) == -1)
		return -1;
	return move_due(sql_query(store, "UPDATE triage SET due=? WHERE due=?"), until, at, err);
}

int
store_pause_put(struct store *store, const struct pause_row *row, struct err *err)
{
	struct query q = sql_query(store, "DELETE FROM pause WHERE until<=?");
	instant before = INSTANT_NONE;

	sql_put_int(&q, row->since);
	if (sql_run(&q, err) == -1)
		return -1;
	q = sql_query(store, "DELETE FROM pause WHERE scope=? RETURNING until");
	sql_put_text(&q, row->scope);
	if (sql_row(&q))
		before = sql_get_instant(&q);
	if (sql_run(&q, err) == -1)
		return -1;
	q = sql_query(store, "INSERT INTO pause(scope, since, until) VALUES(?,?,?)");
	sql_put_text(&q, row->scope);
	sql_put_int(&q, row->since);
	sql_put_int(&q, row->until);
	if (sql_run(&q, err) == -1)
		return -1;
	return before != INSTANT_NONE && before > row->until ? wake(store, before, row->until, err) : 0;
}

int
store_pause_end(struct store *store, const char *scope, instant now, bool *any_r, struct err *err)
{
	struct query q = sql_query(store, "DELETE FROM pause WHERE scope=? RETURNING until");
	instant until = INSTANT_NONE;

	sql_put_text(&q, scope);
	if (sql_row(&q))
		until = sql_get_instant(&q);
	*any_r = until != INSTANT_NONE && until > now;
	if (sql_run(&q, err) == -1)
		return -1;
	return *any_r ? wake(store, until, now, err) : 0;
}

int
store_pauses(struct store *store, struct arena *arena, instant now, struct pause_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT scope, since, until FROM pause WHERE until>? ORDER BY scope");

	*rows_r = NULL;
	*count_r = 0;
	sql_put_int(&q, now);
	while (sql_row(&q)) {
		struct pause_row *row = arena_push(arena, *rows_r, *count_r);

		row->scope = sql_get_text(&q, arena);
		row->since = sql_get_instant(&q);
		row->until = sql_get_instant(&q);
	}
	return sql_end(&q, err);
}

int
store_paused_until(struct store *store, const char *mailbox, instant *until_r, struct err *err)
{
	const void **kept = kept_answer(store->kept, PART_PAUSES, mailbox);
	struct query q;

	if (kept != NULL && *kept != NULL) {
		*until_r = *(const instant *)*kept;
		return 0;
	}
	q = sql_query(store, "SELECT nullif(max(coalesce((SELECT until FROM pause WHERE scope=''), 0),"
	    " coalesce((SELECT until FROM pause WHERE scope='mailbox:' || ?), 0)), 0)");
	*until_r = INSTANT_NONE;
	sql_put_text(&q, mailbox);
	if (sql_row(&q))
		*until_r = sql_get_instant(&q);
	if (sql_end(&q, err) == -1)
		return -1;
	if (kept != NULL)
		*kept = arena_memdup(kept_arena(store->kept), until_r, sizeof(*until_r));
	return 0;
}

int
store_next_send(struct store *store, instant *at_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT max(min(CASE WHEN act='echo' OR template='administrator' THEN next_try ELSE"
	    " max(next_try, coalesce((SELECT max(until) FROM pause WHERE scope IN"
	    " ('', 'mailbox:' || outbox.mailbox, 'case:' || outbox.case_id)), next_try)) END),"
	    " coalesce((SELECT until FROM pause WHERE scope='restored'), 0)) FROM outbox WHERE state IN (?,?)");

	*at_r = INSTANT_NONE;
	sql_put_int(&q, OUTBOX_QUEUED);
	sql_put_int(&q, OUTBOX_RETRY);
	if (sql_row(&q))
		*at_r = sql_get_instant(&q);
	return sql_end(&q, err);
}
