/*
 * How much has gone out, for the guards against storms and loops; and what a
 * shadow leaves behind when it ends.  Core only.
 * Invariant: escalations in one mail count as each of them, wherever mails are
 * counted against a storm; what was missed counts as the one mail it is in.
 * Fails: as store.h says.
 */
#include "store/sql.h"

#define MAILS	"coalesce(sum(CASE template WHEN '" TOGETHER_TEMPLATE "' THEN" \
		" max(1, (SELECT count(*) FROM outbox_recipient r WHERE r.joined=outbox.id)) ELSE 1 END), 0)"

static int
count(struct query *q, int64_t *count_r, struct err *err)
{
	*count_r = sql_row(q) ? sql_get_int(q) : 0;
	return sql_end(q, err);
}

int
store_sent_between(struct store *store, instant since, instant until, int64_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " MAILS " FROM outbox WHERE sent>? AND sent<=? AND state<>?");

	sql_put_int(&q, since);
	sql_put_int(&q, until);
	sql_put_int(&q, OUTBOX_JOINED);
	return count(&q, count_r, err);
}

int
store_sent_to(struct store *store, const char *address, instant since, instant until, int64_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT count(*) FROM outbox WHERE sent>? AND sent<=? AND state<>? AND EXISTS"
	    " (SELECT 1 FROM outbox_recipient r WHERE r.outbox=outbox.id AND r.address=? COLLATE NOCASE)");

	sql_put_int(&q, since);
	sql_put_int(&q, until);
	sql_put_int(&q, OUTBOX_JOINED);
	sql_put_text(&q, address);
	return count(&q, count_r, err);
}

int
store_sent_about(struct store *store, int64_t case_id, instant since, instant until, int64_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT (SELECT count(*) FROM outbox WHERE case_id=?1 AND sent>?2 AND sent<=?3 AND state<>?4)"
	    " + (SELECT count(DISTINCT m.id) FROM outbox o JOIN outbox_recipient r ON r.outbox=o.id JOIN outbox m ON m.id=r.joined"
	    " WHERE o.case_id=?1 AND m.sent>?2 AND m.sent<=?3)");

	sql_put_int(&q, case_id);
	sql_put_int(&q, since);
	sql_put_int(&q, until);
	sql_put_int(&q, OUTBOX_JOINED);
	return count(&q, count_r, err);
}

int
store_sent_alone(struct store *store, const char *mailbox, const char *template, instant since, instant until, int64_t *count_r,
    struct err *err)
{
	struct query q = sql_query(store, "SELECT count(*) FROM outbox WHERE case_id IS NULL AND mailbox=? AND template=?"
	    " AND sent>? AND sent<=? AND state<>?");

	sql_put_text(&q, mailbox);
	sql_put_text(&q, template);
	sql_put_int(&q, since);
	sql_put_int(&q, until);
	sql_put_int(&q, OUTBOX_JOINED);
	return count(&q, count_r, err);
}

int
store_busiest_hour(struct store *store, instant since, instant until, int64_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT max(n) FROM (SELECT " MAILS " AS n FROM outbox"
	    " WHERE sent>? AND sent<=? AND state<>? GROUP BY sent/3600)");

	sql_put_int(&q, since);
	sql_put_int(&q, until);
	sql_put_int(&q, OUTBOX_JOINED);
	return count(&q, count_r, err);
}

int
store_shadow_to_review(struct store *store, const char *mailbox, int64_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "UPDATE outbox SET state=?1, why='decided in shadow; please look whether it is still wanted'"
	    " WHERE state=?2 AND mailbox=?3 AND CASE question"
	    " WHEN 0 THEN act IN ('forward','send','reply') AND EXISTS (SELECT 1 FROM strand s WHERE s.case_id=outbox.case_id"
	    "  AND s.no=outbox.strand AND NOT s.final AND s.entered<=outbox.decided)"
	    " ELSE act='ask' AND EXISTS (SELECT 1 FROM question n WHERE n.case_id=outbox.case_id AND n.no=outbox.question AND n.state=?4) END"
	    " RETURNING id");

	sql_put_int(&q, OUTBOX_REVIEW);
	sql_put_int(&q, OUTBOX_SHADOW);
	sql_put_text(&q, mailbox);
	sql_put_int(&q, QUESTION_OPEN);
	*count_r = 0;
	while (sql_row(&q))
		(*count_r)++;
	if (sql_end(&q, err) == -1)
		return -1;
	q = sql_query(store, "UPDATE outbox_recipient SET state=?1 WHERE state=?2 AND outbox IN (SELECT id FROM outbox WHERE state=?1)");
	sql_put_int(&q, OUTBOX_REVIEW);
	sql_put_int(&q, OUTBOX_SHADOW);
	return sql_run(&q, err);
}
