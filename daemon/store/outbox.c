/*
 * The outbox: mails decided and frozen, how each stands for each recipient,
 * and by which message-ids they are known.  Core only.
 * Invariant: a mail and its recipients are written together.
 * Fails: as store.h says.
 */
#include <assert.h>
#include <stdio.h>

#include "store/case_kept.h"

#define OUTBOX_COLUMNS	"id, case_id, pack, mailbox, state, act, template, rule, strand, question, spool_name," \
	" sha256, message_id, subject, in_reply_to, forwarded, decided, next_try, sent, body_asked, tries, why, cause, change," \
	" copy, rank, first_try, ask_at, told, barred, released"

static_assert(OUTBOX_QUEUED == 0 && OUTBOX_RETRY == 3 && RANK_URGENT == 1 && RANK_DIGEST == 2, "the numbers of outbox_next");

const char *
outbox_state_name(enum outbox_state state)
{
	switch (state) {
	case OUTBOX_QUEUED:
		return "queued";
	case OUTBOX_SENDING:
		return "sending";
	case OUTBOX_SENT:
		return "sent";
	case OUTBOX_RETRY:
		return "retry";
	case OUTBOX_FAILED:
		return "failed";
	case OUTBOX_UNKNOWN:
		return "unknown";
	case OUTBOX_HELD:
		return "held";
	case OUTBOX_DROPPED:
		return "dropped";
	case OUTBOX_GATHERED:
		return "gathered";
	case OUTBOX_JOINED:
		return "joined";
	case OUTBOX_REVIEW:
		return "review";
	case OUTBOX_SHADOW:
		return "shadow";
	}
	return "unknown";
}

static void
read_outbox(struct query *q, struct arena *arena, struct outbox_row *row)
{
	row->id = sql_get_int(q);
	row->case_id = sql_get_int(q);
	row->pack = sql_get_text(q, arena);
	row->mailbox = sql_get_text(q, arena);
	row->state = (enum outbox_state)sql_get_int(q);
	row->act = sql_get_text(q, arena);
	row->template = sql_get_text(q, arena);
	row->rule = sql_get_text(q, arena);
	row->strand = (int)sql_get_int(q);
	row->question = (int)sql_get_int(q);
	row->spool_name = sql_get_text(q, arena);
	(void)snprintf(row->sha256, sizeof(row->sha256), "%.64s", sql_get_hex(q, arena));
	row->message_id = sql_get_text(q, arena);
	row->subject = sql_get_text(q, arena);
	row->in_reply_to = sql_get_int(q);
	row->forwarded = sql_get_int(q);
	row->decided = sql_get_instant(q);
	row->next_try = sql_get_instant(q);
	row->sent = sql_get_instant(q);
	row->body_asked = sql_get_int(q) != 0;
	row->tries = (int)sql_get_int(q);
	row->why = sql_get_text(q, arena);
	row->cause = sql_get_int(q);
	row->change = sql_get_int(q);
	row->copy = (enum outbox_copy)sql_get_int(q);
	row->rank = (enum outbox_rank)sql_get_int(q);
	row->first_try = sql_get_int(q);
	row->ask_at = sql_get_int(q);
	row->told = sql_get_int(q) != 0;
	row->barred = sql_get_int(q) != 0;
	row->released = sql_get_int(q) != 0;
}

static int
read_recipients(struct store *store, struct arena *arena, struct outbox_row *row, struct err *err)
{
	struct query q = sql_query(store, "SELECT address, cc, state, code, reply, coalesce(joined, 0) FROM outbox_recipient"
	    " WHERE outbox=? ORDER BY no");
	struct outbox_recipient *recipient;

	sql_put_int(&q, row->id);
	while (sql_row(&q)) {
		recipient = arena_push(arena, row->recipients, row->recipient_count);
		recipient->address = sql_get_text(&q, arena);
		recipient->cc = sql_get_int(&q) != 0;
		recipient->state = (enum outbox_state)sql_get_int(&q);
		recipient->code = (int)sql_get_int(&q);
		recipient->reply = sql_get_text(&q, arena);
		recipient->joined = sql_get_int(&q);
	}
	return sql_end(&q, err);
}

/* All rows of a query, then the recipients of each. */
static int
read_all(struct store *store, struct arena *arena, struct query *q, struct outbox_row **rows_r, size_t *count_r, struct err *err)
{
	struct outbox_row *rows = NULL;
	size_t i, count = 0;

	*rows_r = NULL;
	*count_r = 0;
	while (sql_row(q))
		read_outbox(q, arena, arena_push(arena, rows, count));
	if (sql_end(q, err) == -1)
		return -1;
	for (i = 0; i < count; i++)
		if (read_recipients(store, arena, &rows[i], err) == -1)
			return -1;
	*rows_r = rows;
	*count_r = count;
	return 0;
}

int
store_outbox(struct store *store, struct arena *arena, int64_t id, struct outbox_row **row_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE id=?");
	size_t count;

	sql_put_int(&q, id);
	return read_all(store, arena, &q, row_r, &count, err);
}

static int
put_row(struct store *store, struct outbox_row *row, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO outbox(" OUTBOX_COLUMNS ", message_key)"
	    " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
	    " ON CONFLICT(id) DO UPDATE SET case_id=excluded.case_id, pack=excluded.pack,"
	    " mailbox=excluded.mailbox, state=excluded.state, act=excluded.act,"
	    " template=excluded.template, rule=excluded.rule, strand=excluded.strand,"
	    " question=excluded.question, spool_name=excluded.spool_name, sha256=excluded.sha256,"
	    " message_id=excluded.message_id, subject=excluded.subject,"
	    " in_reply_to=excluded.in_reply_to, forwarded=excluded.forwarded,"
	    " decided=excluded.decided, next_try=excluded.next_try, sent=excluded.sent,"
	    " body_asked=excluded.body_asked, tries=excluded.tries, why=excluded.why,"
	    " copy=excluded.copy, rank=excluded.rank, first_try=excluded.first_try, ask_at=excluded.ask_at,"
	    " told=excluded.told, barred=excluded.barred, released=excluded.released,"
	    " message_key=excluded.message_key");

	sql_put_id(&q, row->id);
	sql_put_id(&q, row->case_id);
	sql_put_text(&q, row->pack);
	sql_put_text(&q, row->mailbox);
	sql_put_int(&q, row->state);
	sql_put_text(&q, row->act);
	sql_put_text(&q, row->template);
	sql_put_text(&q, row->rule);
	sql_put_int(&q, row->strand);
	sql_put_int(&q, row->question);
	sql_put_text(&q, row->spool_name);
	sql_put_hex(&q, row->sha256);
	sql_put_text(&q, row->message_id);
	sql_put_text(&q, row->subject);
	sql_put_id(&q, row->in_reply_to);
	sql_put_id(&q, row->forwarded);
	sql_put_instant(&q, row->decided);
	sql_put_instant(&q, row->next_try);
	sql_put_instant(&q, row->sent);
	sql_put_int(&q, row->body_asked);
	sql_put_int(&q, row->tries);
	sql_put_text(&q, row->why);
	sql_put_id(&q, row->cause);
	sql_put_id(&q, row->change);
	sql_put_int(&q, row->copy);
	sql_put_int(&q, row->rank);
	sql_put_int(&q, row->first_try);
	sql_put_int(&q, row->ask_at);
	sql_put_int(&q, row->told);
	sql_put_int(&q, row->barred);
	sql_put_int(&q, row->released);
	sql_put_key(&q, row->message_id);
	if (sql_run(&q, err) == -1)
		return -1;
	if (row->id == 0)
		row->id = sqlite3_last_insert_rowid(store->db);
	return 0;
}

static int
put_recipient(struct store *store, int64_t outbox, size_t no, const struct outbox_recipient *recipient, struct err *err)
{
	struct query q = sql_query(store, "INSERT OR REPLACE INTO outbox_recipient(outbox, no, address, cc, state,"
	    " code, reply, joined) VALUES(?,?,?,?,?,?,?,?)");

	sql_put_int(&q, outbox);
	sql_put_int(&q, (int64_t)no);
	sql_put_text(&q, recipient->address);
	sql_put_int(&q, recipient->cc);
	sql_put_int(&q, recipient->state);
	sql_put_int(&q, recipient->code);
	sql_put_text(&q, recipient->reply);
	sql_put_id(&q, recipient->joined);
	return sql_run(&q, err);
}

static int
drop_recipients_from(struct store *store, int64_t outbox, size_t no, struct err *err)
{
	struct query q = sql_query(store, "DELETE FROM outbox_recipient WHERE outbox=? AND no>=?");

	sql_put_int(&q, outbox);
	sql_put_int(&q, (int64_t)no);
	return sql_run(&q, err);
}

int
store_outbox_put(struct store *store, struct outbox_row *row, struct err *err)
{
	struct whole whole;
	int64_t before = row->id, outer = 0;
	bool kept = before == 0 && kept_is_fresh(store->kept, row->case_id, PART_SENT);
	size_t i;
	int result;

	if (sql_whole(store, &whole, err) == -1)
		return -1;
	if (before == 0)
		outer = kept_scope(store->kept, row->case_id == 0 ? KEPT_NOBODY : row->case_id);
	result = put_row(store, row, err);
	for (i = 0; i < row->recipient_count && result == 0; i++)
		result = put_recipient(store, row->id, i, &row->recipients[i], err);
	if (result == 0 && before != 0)
		result = drop_recipients_from(store, row->id, row->recipient_count, err);
	if (before == 0)
		(void)kept_scope(store->kept, outer);
	if (result == 0 && kept)
		kept_sent(store->kept, row);
	result = sql_whole_end(store, &whole, result, err);
	if (result == -1)
		row->id = before;
	return result;
}

int
store_outbox_due(struct store *store, struct arena *arena, instant now, size_t max, struct outbox_row **rows_r, size_t *count_r, struct err *err)
{
	/*
	 * A pause holds back neither what is said to its own author (an echo), nor an alarm; after a restore only alarms go.
	 * QUEUED and RETRY, what is urgent first; a digest lets pass what was decided up to 900 seconds later: as the index has it.
	 */
	struct query q = sql_query(store, "SELECT " OUTBOX_COLUMNS " FROM outbox INDEXED BY outbox_next WHERE state IN (0,3)"
	    " AND (next_try IS NULL OR next_try<=?) AND (act='echo' OR template='administrator' OR NOT EXISTS (SELECT 1 FROM pause"
	    " WHERE until>? AND scope IN ('', 'mailbox:' || outbox.mailbox, 'case:' || outbox.case_id)))"
	    " AND (template='administrator' OR NOT EXISTS (SELECT 1 FROM pause WHERE scope='restored'))"
	    " ORDER BY rank<>1, decided+CASE rank WHEN 2 THEN 900 ELSE 0 END, id LIMIT ?");

	sql_put_int(&q, now);
	sql_put_int(&q, now);
	sql_put_int(&q, (int64_t)max);
	return read_all(store, arena, &q, rows_r, count_r, err);
}

int
store_outbox_unproven(struct store *store, struct arena *arena, instant now, struct outbox_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE state=? AND ask_at<>0 AND ask_at<=? ORDER BY id");

	sql_put_int(&q, OUTBOX_UNKNOWN);
	sql_put_int(&q, now);
	return read_all(store, arena, &q, rows_r, count_r, err);
}

int
store_outbox_in_state(struct store *store, struct arena *arena, enum outbox_state state, struct outbox_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE state=? ORDER BY id");

	sql_put_int(&q, state);
	return read_all(store, arena, &q, rows_r, count_r, err);
}

int
store_outbox_of_case(struct store *store, struct arena *arena, int64_t case_id, struct outbox_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE case_id=? ORDER BY id");

	sql_put_int(&q, case_id);
	return read_all(store, arena, &q, rows_r, count_r, err);
}

int
store_outbox_parts(struct store *store, struct arena *arena, int64_t joined, struct outbox_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE id IN"
	    " (SELECT outbox FROM outbox_recipient WHERE joined=?) ORDER BY id");

	sql_put_int(&q, joined);
	return read_all(store, arena, &q, rows_r, count_r, err);
}

int
store_outbox_joining(struct store *store, struct arena *arena, int64_t case_id, struct outbox_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE id IN (SELECT r.joined FROM outbox o"
	    " JOIN outbox_recipient r ON r.outbox=o.id WHERE o.case_id=? AND r.joined IS NOT NULL) ORDER BY id");

	sql_put_int(&q, case_id);
	return read_all(store, arena, &q, rows_r, count_r, err);
}

int
store_outbox_by_file(struct store *store, struct arena *arena, const char *spool_name, struct outbox_row **row_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE spool_name=? AND spool_name<>'' LIMIT 1");
	size_t count;

	sql_put_text(&q, spool_name);
	return read_all(store, arena, &q, row_r, &count, err);
}

int
store_outbox_by_message_id(struct store *store, struct arena *arena, const char *message_id, struct outbox_row **row_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE id=("
	    "SELECT id FROM outbox WHERE message_key=?1 AND message_id=?2 UNION ALL"
	    " SELECT outbox FROM message_id_alias WHERE message_key=?1 AND message_id=?2 LIMIT 1)");
	size_t count;

	sql_put_key(&q, message_id);
	sql_put_text(&q, message_id);
	return read_all(store, arena, &q, row_r, &count, err);
}

int
store_message_id_alias(struct store *store, int64_t outbox, const char *message_id, struct err *err)
{
	struct query q = sql_query(store, "INSERT OR IGNORE INTO message_id_alias(message_key, message_id, outbox)"
	    " VALUES(?,?,?)");

	sql_put_key(&q, message_id);
	sql_put_text(&q, message_id);
	sql_put_int(&q, outbox);
	return sql_run(&q, err);
}
