/*
 * Mailboxes and sightings: which mails of which mailbox were seen, and how far
 * each has come.  Core only.
 * Invariant (no-loss): one row for each (mailbox, UIDVALIDITY, UID), never removed.
 * Fails: as store.h says.
 */
#include "store/case_kept.h"
#include "store/sighting.h"

#define MAILBOX_COLUMNS	"id, name, pack, address, uidvalidity, highest_uid, baseline_uid, proven, trouble," \
			" server_uidvalidity, asked_uid, held_before, looked"

static void
read_mailbox(struct query *q, struct arena *arena, struct mailbox_row *row)
{
	row->id = sql_get_int(q);
	row->name = sql_get_text(q, arena);
	row->pack = sql_get_text(q, arena);
	row->address = sql_get_text(q, arena);
	row->uidvalidity = (uint32_t)sql_get_int(q);
	row->highest_uid = (uint32_t)sql_get_int(q);
	row->baseline_uid = (uint32_t)sql_get_int(q);
	row->proven = sql_get_instant(q);
	row->trouble = sql_get_text(q, arena);
	row->server_uidvalidity = (uint32_t)sql_get_int(q);
	row->asked_uid = (uint32_t)sql_get_int(q);
	row->held_before = sql_get_instant(q);
	row->looked = sql_get_instant(q);
}

static int
mailbox_read(struct store *store, struct arena *arena, const char *name, struct mailbox_row **row_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " MAILBOX_COLUMNS " FROM mailbox WHERE name=?");

	*row_r = NULL;
	sql_put_text(&q, name);
	if (sql_row(&q)) {
		*row_r = arena_alloc(arena, sizeof(**row_r));
		read_mailbox(&q, arena, *row_r);
	}
	return sql_end(&q, err);
}

int
store_mailbox(struct store *store, struct arena *arena, const char *name, struct mailbox_row **row_r, struct err *err)
{
	const void **kept = kept_answer(store->kept, PART_MAILBOXES, name);

	if (kept == NULL)
		return mailbox_read(store, arena, name, row_r, err);
	if (*kept == NULL && mailbox_read(store, kept_arena(store->kept), name, row_r, err) == -1)
		return -1;
	if (*kept == NULL)
		*kept = *row_r;
	*row_r = *kept == NULL ? NULL : arena_memdup(arena, *kept, sizeof(**row_r));	/* the caller's own, to change */
	return 0;
}

int
store_message_mailbox(struct store *store, struct arena *arena, int64_t message, struct mailbox_row **row_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " MAILBOX_COLUMNS " FROM mailbox WHERE id="
	    "(SELECT mailbox FROM sighting WHERE message=? ORDER BY id LIMIT 1)");

	*row_r = NULL;
	sql_put_int(&q, message);
	if (sql_row(&q)) {
		*row_r = arena_alloc(arena, sizeof(**row_r));
		read_mailbox(&q, arena, *row_r);
	}
	return sql_end(&q, err);
}

int
store_mailboxes(struct store *store, struct arena *arena, struct mailbox_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " MAILBOX_COLUMNS " FROM mailbox ORDER BY name");
	struct mailbox_row *rows = NULL;
	size_t count = 0;

	while (sql_row(&q))
		read_mailbox(&q, arena, arena_push(arena, rows, count));
	*rows_r = rows;
	*count_r = count;
	return sql_end(&q, err);
}

int
store_mailbox_put(struct store *store, struct mailbox_row *row, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO mailbox(" MAILBOX_COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)"
	    " ON CONFLICT(id) DO UPDATE SET name=excluded.name, pack=excluded.pack,"
	    " address=excluded.address, uidvalidity=excluded.uidvalidity,"
	    " highest_uid=excluded.highest_uid, baseline_uid=excluded.baseline_uid,"
	    " proven=excluded.proven, trouble=excluded.trouble,"
	    " server_uidvalidity=excluded.server_uidvalidity, asked_uid=excluded.asked_uid,"
	    " held_before=excluded.held_before, looked=excluded.looked RETURNING id");

	sql_put_id(&q, row->id);
	sql_put_text(&q, row->name);
	sql_put_text(&q, row->pack);
	sql_put_text(&q, row->address);
	sql_put_int(&q, row->uidvalidity);
	sql_put_int(&q, row->highest_uid);
	sql_put_int(&q, row->baseline_uid);
	sql_put_instant(&q, row->proven);
	sql_put_text(&q, row->trouble);
	sql_put_int(&q, row->server_uidvalidity);
	sql_put_int(&q, row->asked_uid);
	sql_put_instant(&q, row->held_before);
	sql_put_instant(&q, row->looked);
	if (sql_row(&q))
		row->id = sql_get_int(&q);
	return sql_run(&q, err);
}

static int
find_sighting(struct store *store, const struct sighting_row *row, int64_t *id_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT id FROM sighting WHERE mailbox=? AND uidvalidity=? AND uid=?");

	*id_r = 0;
	sql_put_int(&q, row->mailbox);
	sql_put_int(&q, row->uidvalidity);
	sql_put_int(&q, row->uid);
	if (sql_row(&q))
		*id_r = sql_get_int(&q);
	return sql_end(&q, err);
}

int
store_sighting_add(struct store *store, struct sighting_row *row, bool *known_r, struct err *err)
{
	struct query q;

	if (find_sighting(store, row, &row->id, err) == -1)
		return -1;
	*known_r = row->id != 0;
	if (*known_r)
		return 0;
	q = sql_query(store, "INSERT INTO sighting(mailbox, uidvalidity, uid, state, message, spool_name,"
	    " received, strikes, why, size, message_key) VALUES(?,?,?,?,?,?,?,?,?,?,?) RETURNING id");
	sql_put_int(&q, row->mailbox);
	sql_put_int(&q, row->uidvalidity);
	sql_put_int(&q, row->uid);
	sql_put_int(&q, row->state);
	sql_put_id(&q, row->message);
	sql_put_text(&q, row->spool_name);
	sql_put_instant(&q, row->received);
	sql_put_int(&q, row->strikes);
	sql_put_text(&q, row->why);
	sql_put_int(&q, (int64_t)row->size);
	sighting_put_key(&q, row->message_id);
	if (sql_row(&q))
		row->id = sql_get_int(&q);
	return sql_run(&q, err);
}

int
store_sighting(struct store *store, struct arena *arena, int64_t mailbox, uint32_t uidvalidity, uint32_t uid, struct sighting_row **row_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " SIGHTING_COLUMNS
	    " FROM sighting WHERE mailbox=? AND uidvalidity=? AND uid=?");

	*row_r = NULL;
	sql_put_int(&q, mailbox);
	sql_put_int(&q, uidvalidity);
	sql_put_int(&q, uid);
	if (sql_row(&q)) {
		*row_r = arena_alloc(arena, sizeof(**row_r));
		sighting_read(&q, arena, *row_r);
	}
	return sql_end(&q, err);
}

int
store_sighting_put(struct store *store, const struct sighting_row *row, struct err *err)
{
	struct query q = sql_query(store, "UPDATE sighting SET state=?, message=?, spool_name=?, received=?,"
	    " strikes=?, why=?, message_key=coalesce(?, message_key) WHERE id=?");

	sql_put_int(&q, row->state);
	sql_put_id(&q, row->message);
	sql_put_text(&q, row->spool_name);
	sql_put_instant(&q, row->received);
	sql_put_int(&q, row->strikes);
	sql_put_text(&q, row->why);
	sighting_put_key(&q, row->message_id);
	sql_put_int(&q, row->id);
	return sql_run(&q, err);
}

int
store_sightings(struct store *store, struct arena *arena, enum sighting_state state, size_t max, struct sighting_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " SIGHTING_COLUMNS
	    " FROM sighting WHERE state=? ORDER BY id LIMIT ?");
	struct sighting_row *rows = NULL;
	size_t count = 0;

	sql_put_int(&q, state);
	sql_put_int(&q, (int64_t)max);
	while (sql_row(&q))
		sighting_read(&q, arena, arena_push(arena, rows, count));
	*rows_r = rows;
	*count_r = count;
	return sql_end(&q, err);
}

int
store_sightings_of(struct store *store, struct arena *arena, int64_t message, struct sighting_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " SIGHTING_COLUMNS " FROM sighting WHERE message=? ORDER BY id");
	struct sighting_row *rows = NULL;
	size_t count = 0;

	sql_put_int(&q, message);
	while (sql_row(&q))
		sighting_read(&q, arena, arena_push(arena, rows, count));
	*rows_r = rows;
	*count_r = count;
	return sql_end(&q, err);
}

int
store_sightings_unsettled(struct store *store, struct arena *arena, int64_t mailbox, uint32_t uidvalidity, uint32_t **uids_r, size_t *count_r, struct err *err)
{
	/* One in quarantine is moved too: what waits to be moved may have been copied before we died. */
	struct query q = sql_query(store, "SELECT uid FROM sighting WHERE state IN (?1,?2) AND mailbox=?3"
	    " AND uidvalidity=?4 UNION SELECT uid FROM settle WHERE state IN (?5,?6) AND mailbox=?3"
	    " AND uidvalidity=?4 ORDER BY uid");
	uint32_t *uids = NULL;
	size_t count = 0;

	sql_put_int(&q, SIGHTING_ENTERED);
	sql_put_int(&q, SIGHTING_DONE);
	sql_put_int(&q, mailbox);
	sql_put_int(&q, uidvalidity);
	sql_put_int(&q, SETTLE_WAITING);
	sql_put_int(&q, SETTLE_FAILED);
	while (sql_row(&q))
		*arena_push(arena, uids, count) = (uint32_t)sql_get_int(&q);
	*uids_r = uids;
	*count_r = count;
	return sql_end(&q, err);
}
