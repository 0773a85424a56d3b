/*
 * Figures for status and metrics, in one query.  Core only.
 * Fails: as store.h says.
 */
#include "store/sql.h"

int
store_counts(struct store *store, struct store_counts *counts_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT (SELECT count(*) FROM cases WHERE closed IS NULL),"
	    " (SELECT count(*) FROM cases), (SELECT count(*) FROM message),"
	    " (SELECT count(*) FROM triage WHERE state='open'),"
	    " (SELECT count(*) FROM outbox WHERE state IN (?1,?2,?3)),"
	    " (SELECT count(*) FROM outbox WHERE state=?4), (SELECT count(*) FROM outbox WHERE state=?5),"
	    " (SELECT count(*) FROM sighting WHERE state=?6),"
	    " (SELECT count(*) FROM sighting WHERE state IN (?7,?8)),"
	    " (SELECT min(decided) FROM outbox WHERE state IN (?1,?2,?3)),"
	    " (SELECT min(next_try) FROM outbox WHERE state IN (?1,?3)),"
	    " (SELECT min(at) FROM (SELECT min(due) AS at FROM timer"
	    " UNION ALL SELECT min(due) FROM triage WHERE due IS NOT NULL"
	    " UNION ALL SELECT min(due) FROM digest))");

	*counts_r = (struct store_counts){ .oldest_queued = INSTANT_NONE, .next_send = INSTANT_NONE,
	    .next_due = INSTANT_NONE };
	sql_put_int(&q, OUTBOX_QUEUED);
	sql_put_int(&q, OUTBOX_SENDING);
	sql_put_int(&q, OUTBOX_RETRY);
	sql_put_int(&q, OUTBOX_UNKNOWN);
	sql_put_int(&q, OUTBOX_HELD);
	sql_put_int(&q, SIGHTING_QUARANTINED);
	sql_put_int(&q, SIGHTING_ENTERED);
	sql_put_int(&q, SIGHTING_DONE);
	if (sql_row(&q)) {
		counts_r->open_cases = sql_get_int(&q);
		counts_r->closed_cases = sql_get_int(&q) - counts_r->open_cases;
		counts_r->messages = sql_get_int(&q);
		counts_r->triage_open = sql_get_int(&q);
		counts_r->outbox_waiting = sql_get_int(&q);
		counts_r->outbox_unknown = sql_get_int(&q);
		counts_r->outbox_held = sql_get_int(&q);
		counts_r->quarantined = sql_get_int(&q);
		counts_r->unsettled = sql_get_int(&q);
		counts_r->oldest_queued = sql_get_instant(&q);
		counts_r->next_send = sql_get_instant(&q);
		counts_r->next_due = sql_get_instant(&q);
	}
	return sql_end(&q, err);
}

int
store_waiting(struct store *store, struct store_waiting *waiting_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT EXISTS (SELECT 1 FROM sighting WHERE state IN (?1,?2)"
	    " UNION ALL SELECT 1 FROM settle WHERE state=?5),"
	    " (SELECT min(at) FROM (SELECT min(next_try) AS at FROM outbox WHERE state=?3"
	    " UNION ALL SELECT min(next_try) FROM outbox WHERE state=?4)), (SELECT max(until) FROM pause), (SELECT min(at) FROM (SELECT min(due) AS at FROM timer"
	    " UNION ALL SELECT min(due) FROM triage WHERE due IS NOT NULL"
	    " UNION ALL SELECT min(ask_at) FROM outbox WHERE state=?6 AND ask_at<>0"
	    " UNION ALL SELECT min(next_try) FROM outbox WHERE state=?7"
	    " UNION ALL SELECT min(due) FROM digest))");
	instant paused = INSTANT_NONE;

	*waiting_r = (struct store_waiting){ .next_send = INSTANT_NONE, .next_due = INSTANT_NONE };
	sql_put_int(&q, SIGHTING_ENTERED);
	sql_put_int(&q, SIGHTING_DONE);
	sql_put_int(&q, OUTBOX_QUEUED);
	sql_put_int(&q, OUTBOX_RETRY);
	sql_put_int(&q, SETTLE_WAITING);
	sql_put_int(&q, OUTBOX_UNKNOWN);
	sql_put_int(&q, OUTBOX_GATHERED);
	if (sql_row(&q)) {
		waiting_r->unsettled = sql_get_int(&q) != 0;
		waiting_r->next_send = sql_get_instant(&q);
		paused = sql_get_instant(&q);
		waiting_r->next_due = sql_get_instant(&q);
	}
	if (sql_end(&q, err) == -1)
		return -1;
	return paused == INSTANT_NONE || waiting_r->next_send == INSTANT_NONE ? 0 : store_next_send(store, &waiting_r->next_send, err);
}

int
store_queues(struct store *store, struct store_queues *queues_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT state, count(*), min(decided) FROM outbox WHERE state IN (?,?,?,?,?,?,?,?,?,?) GROUP BY state");

	*queues_r = (struct store_queues){ .oldest_triage = INSTANT_NONE };
	for (int i = 0; i < OUTBOX_STATES; i++)
		queues_r->oldest_state[i] = INSTANT_NONE;
	for (int i = 0; i < OUTBOX_STATES; i++)
		if (i != OUTBOX_SENT && i != OUTBOX_JOINED)
			sql_put_int(&q, i);
	while (sql_row(&q)) {
		int64_t state = sql_get_int(&q);

		if (state < 0 || state >= OUTBOX_STATES)
			continue;
		queues_r->by_state[state] = sql_get_int(&q);
		queues_r->oldest_state[state] = sql_get_instant(&q);
	}
	if (sql_end(&q, err) == -1)
		return -1;
	q = sql_query(store, "SELECT min(at) FROM triage WHERE state='open'");
	if (sql_row(&q))
		queues_r->oldest_triage = sql_get_instant(&q);
	return sql_end(&q, err);
}
