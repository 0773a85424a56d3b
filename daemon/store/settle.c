/*
 * Settling: what is to happen to a mail on the server, written in the
 * transaction that decided it and carried out afterwards.  Core only.
 * Fails: as store.h says.
 */
#include "store/sql.h"

int
store_settle_add(struct store *store, struct settle_row *row, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO settle(mailbox, sighting, uidvalidity, uid, folder, state,"
	    " tries, from_folder) VALUES(?,?,?,?,?,?,?,?) RETURNING id");

	sql_put_int(&q, row->mailbox);
	sql_put_id(&q, row->sighting);
	sql_put_int(&q, row->uidvalidity);
	sql_put_int(&q, row->uid);
	sql_put_text(&q, row->folder);
	sql_put_int(&q, row->state);
	sql_put_int(&q, row->tries);
	sql_put_text(&q, row->from_folder);
	if (sql_row(&q))
		row->id = sql_get_int(&q);
	return sql_run(&q, err);
}

static int
read_all(struct arena *arena, struct query *q, struct settle_row **rows_r, size_t *count_r, struct err *err)
{
	struct settle_row *rows = NULL, *row;
	size_t count = 0;

	while (sql_row(q)) {
		row = arena_push(arena, rows, count);
		row->id = sql_get_int(q);
		row->mailbox = sql_get_int(q);
		row->sighting = sql_get_int(q);
		row->uidvalidity = (uint32_t)sql_get_int(q);
		row->uid = (uint32_t)sql_get_int(q);
		row->folder = sql_get_text(q, arena);
		row->state = (enum settle_state)sql_get_int(q);
		row->tries = (int)sql_get_int(q);
		row->from_folder = sql_get_text(q, arena);
	}
	*rows_r = rows;
	*count_r = count;
	return sql_end(q, err);
}

#define SETTLE_COLUMNS	"id, mailbox, sighting, uidvalidity, uid, folder, state, tries, from_folder"

int
store_settles(struct store *store, struct arena *arena, int64_t mailbox, enum settle_state state, size_t max, struct settle_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " SETTLE_COLUMNS
	    " FROM settle WHERE state=? AND mailbox=? ORDER BY id LIMIT ?");

	sql_put_int(&q, state);
	sql_put_int(&q, mailbox);
	sql_put_int(&q, (int64_t)max);
	return read_all(arena, &q, rows_r, count_r, err);
}

int
store_settles_again(struct store *store, int64_t mailbox, bool *any_r, struct err *err)
{
	struct query q = sql_query(store, "UPDATE settle SET state=? WHERE state=? AND mailbox=? RETURNING id");

	*any_r = false;
	sql_put_int(&q, SETTLE_WAITING);
	sql_put_int(&q, SETTLE_FAILED);
	sql_put_int(&q, mailbox);
	while (sql_row(&q))
		*any_r = true;
	return sql_end(&q, err);
}

int
store_settle(struct store *store, struct arena *arena, int64_t id, struct settle_row **row_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " SETTLE_COLUMNS " FROM settle WHERE id=?");
	size_t count;

	sql_put_int(&q, id);
	return read_all(arena, &q, row_r, &count, err);
}

/* Where a mail was put last, or is about to be put. */
int
store_settle_last(struct store *store, struct arena *arena, int64_t sighting, struct settle_row **row_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " SETTLE_COLUMNS " FROM settle WHERE sighting=?"
	    " ORDER BY id DESC LIMIT 1");
	size_t count;

	sql_put_int(&q, sighting);
	return read_all(arena, &q, row_r, &count, err);
}

/* Was this mail put there, under this number, and is that done? */
int
store_settle_is_done(struct store *store, const struct settle_row *row, bool *done_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT 1 FROM settle WHERE sighting IS ? AND folder=? AND uidvalidity=? AND uid=? AND state=?");

	sql_put_id(&q, row->sighting);
	sql_put_text(&q, row->folder);
	sql_put_int(&q, row->uidvalidity);
	sql_put_int(&q, row->uid);
	sql_put_int(&q, SETTLE_DONE);
	*done_r = false;
	while (sql_row(&q))
		*done_r = true;
	return sql_end(&q, err);
}

int
store_settle_put(struct store *store, const struct settle_row *row, struct err *err)
{
	struct query q = sql_query(store, "UPDATE settle SET folder=?, state=?, tries=? WHERE id=?");

	sql_put_text(&q, row->folder);
	sql_put_int(&q, row->state);
	sql_put_int(&q, row->tries);
	sql_put_int(&q, row->id);
	return sql_run(&q, err);
}
