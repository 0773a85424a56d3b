/*
 * Sightings as they are looked for: under a number of their folder, by what a
 * mail is known again by, by their file.  Core only.
 * Invariant: a mail that lies elsewhere now keeps its row; only its number and
 * UID change, and those of what is to happen to it with them.
 * Fails: as store.h says.
 */
#include "store/sighting.h"

#include <string.h>

#include "base/file.h"

#define ID_MAX	1024

void
sighting_read(struct query *q, struct arena *arena, struct sighting_row *row)
{
	row->id = sql_get_int(q);
	row->mailbox = sql_get_int(q);
	row->uidvalidity = (uint32_t)sql_get_int(q);
	row->uid = (uint32_t)sql_get_int(q);
	row->state = (enum sighting_state)sql_get_int(q);
	row->message = sql_get_int(q);
	row->spool_name = sql_get_text(q, arena);
	row->received = sql_get_instant(q);
	row->strikes = (int)sql_get_int(q);
	row->why = sql_get_text(q, arena);
	row->size = (uint64_t)sql_get_int(q);
	row->message_id = NULL;
	row->has_id = sql_get_int(q) != 0;
}

/* Without < >, as the parser gives it. */
static const char *
bare_id(const char *message_id, char text[ID_MAX])
{
	size_t len;

	if (message_id == NULL || message_id[0] != '<')
		return message_id;
	len = strcspn(message_id + 1, ">");
	if (len >= ID_MAX)
		return message_id;
	memcpy(text, message_id + 1, len);
	text[len] = '\0';
	return text;
}

void
sighting_put_key(struct query *q, const char *message_id)
{
	char text[ID_MAX];

	sql_put_key(q, bare_id(message_id, text));
}

int64_t
store_key(const char *message_id)
{
	char bare[ID_MAX], hex[65];
	const char *text = bare_id(message_id, bare);
	uint64_t key = 0;

	if (text == NULL || text[0] == '\0')
		return 0;
	sha256_hex(text, strlen(text), hex);
	for (int i = 0; i < 16; i++)
		key = key << 4 | (uint64_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
	return (int64_t)key;
}

static int
read_all(struct query *q, struct arena *arena, struct sighting_row **rows_r, size_t *count_r, struct err *err)
{
	struct sighting_row *rows = NULL;
	size_t count = 0;

	while (sql_row(q))
		sighting_read(q, arena, arena_push(arena, rows, count));
	*rows_r = rows;
	*count_r = count;
	return sql_end(q, err);
}

int
store_sightings_under(struct store *store, struct arena *arena, int64_t mailbox, uint32_t uidvalidity, struct sighting_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " SIGHTING_COLUMNS
	    " FROM sighting WHERE mailbox=? AND uidvalidity=? ORDER BY uid");

	sql_put_int(&q, mailbox);
	sql_put_int(&q, uidvalidity);
	return read_all(&q, arena, rows_r, count_r, err);
}

int
store_sightings_in(struct store *store, struct arena *arena, int64_t mailbox, enum sighting_state state, struct sighting_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " SIGHTING_COLUMNS
	    " FROM sighting WHERE state=? AND mailbox=? ORDER BY received, id");

	sql_put_int(&q, state);
	sql_put_int(&q, mailbox);
	return read_all(&q, arena, rows_r, count_r, err);
}

int
store_sighting_by_id(struct store *store, struct arena *arena, int64_t id, struct sighting_row **row_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " SIGHTING_COLUMNS " FROM sighting WHERE id=?");
	size_t count;

	sql_put_int(&q, id);
	return read_all(&q, arena, row_r, &count, err);
}

int
store_sighting_by_file(struct store *store, struct arena *arena, const char *spool_name, struct sighting_row **row_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " SIGHTING_COLUMNS
	    " FROM sighting WHERE spool_name=? AND spool_name<>'' ORDER BY id DESC LIMIT 1");
	size_t count;

	sql_put_text(&q, spool_name);
	return read_all(&q, arena, row_r, &count, err);
}

int
store_sightings_alike(struct store *store, struct arena *arena, const struct sighting_row *mail, struct sighting_alike **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " SIGHTING_COLUMNS ", message_key=?4 FROM sighting WHERE id IN"
	    " (SELECT id FROM sighting WHERE message_key=?4 UNION"
	    " SELECT id FROM sighting WHERE received=?3 AND (size=?5 OR size=0) AND (message_key IS NULL OR ?4 IS NULL))"
	    " AND mailbox=?1 AND uidvalidity<>?2 ORDER BY id");
	struct sighting_alike *rows = NULL;
	size_t count = 0;

	sql_put_int(&q, mail->mailbox);
	sql_put_int(&q, mail->uidvalidity);
	sql_put_instant(&q, mail->received);
	sighting_put_key(&q, mail->message_id);
	sql_put_int(&q, (int64_t)mail->size);
	while (sql_row(&q)) {
		struct sighting_alike *alike = arena_push(arena, rows, count);

		sighting_read(&q, arena, &alike->row);
		alike->same_id = sql_get_int(&q) != 0;
	}
	*rows_r = rows;
	*count_r = count;
	return sql_end(&q, err);
}

int
store_sightings_sized(struct store *store, struct arena *arena, const struct sighting_row *mail, struct sighting_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " SIGHTING_COLUMNS " FROM sighting WHERE mailbox=? AND uidvalidity<>?"
	    " AND size=? AND spool_name<>'' ORDER BY id");

	sql_put_int(&q, mail->mailbox);
	sql_put_int(&q, mail->uidvalidity);
	sql_put_int(&q, (int64_t)mail->size);
	return read_all(&q, arena, rows_r, count_r, err);
}

static int
settles_move(struct store *store, int64_t id, const struct sighting_row *mail, struct err *err)
{
	struct query q = sql_query(store, "UPDATE settle SET uidvalidity=?, uid=? WHERE sighting=? AND state=?");

	sql_put_int(&q, mail->uidvalidity);
	sql_put_int(&q, mail->uid);
	sql_put_int(&q, id);
	sql_put_int(&q, SETTLE_WAITING);
	return sql_run(&q, err);
}

int
store_sighting_move(struct store *store, int64_t id, const struct sighting_row *mail, struct err *err)
{
	struct query q = sql_query(store, "UPDATE sighting SET uidvalidity=?, uid=?, size=?, received=coalesce(?, received),"
	    " message_key=coalesce(?, message_key) WHERE id=?");

	sql_put_int(&q, mail->uidvalidity);
	sql_put_int(&q, mail->uid);
	sql_put_int(&q, (int64_t)mail->size);
	sql_put_instant(&q, mail->received);
	sighting_put_key(&q, mail->message_id);
	sql_put_int(&q, id);
	return sql_run(&q, err) == -1 ? -1 : settles_move(store, id, mail, err);
}

int
store_number_highest(struct store *store, int64_t mailbox, uint32_t *highest_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT max(uidvalidity) FROM sighting WHERE mailbox=?");

	*highest_r = 0;
	sql_put_int(&q, mailbox);
	if (sql_row(&q))
		*highest_r = (uint32_t)sql_get_int(&q);
	return sql_end(&q, err);
}

int
store_sightings_put_away(struct store *store, struct arena *arena, int64_t mailbox, struct put_away **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT s.id, s.message_key, s.size, s.received, s.state, t.folder FROM sighting s"
	    " JOIN settle t ON t.id=(SELECT max(id) FROM settle WHERE sighting=s.id)"
	    " WHERE s.mailbox=? AND t.state=? ORDER BY s.id");
	struct put_away *rows = NULL;
	size_t count = 0;

	sql_put_int(&q, mailbox);
	sql_put_int(&q, SETTLE_DONE);
	while (sql_row(&q)) {
		struct put_away *row = arena_push(arena, rows, count);

		row->sighting = sql_get_int(&q);
		row->message_key = sql_get_int(&q);
		row->size = (uint64_t)sql_get_int(&q);
		row->received = sql_get_instant(&q);
		row->state = (enum sighting_state)sql_get_int(&q);
		row->folder = sql_get_text(&q, arena);
	}
	*rows_r = rows;
	*count_r = count;
	return sql_end(&q, err);
}

/* ---- Mails that wait for a person before anything is decided */

int
store_held_put(struct store *store, int64_t sighting, const void *record, size_t len, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO held_mail(sighting, record) VALUES(?,?)"
	    " ON CONFLICT(sighting) DO UPDATE SET record=excluded.record");

	sql_put_int(&q, sighting);
	sql_put_blob(&q, record, len);
	return sql_run(&q, err);
}

int
store_held(struct store *store, struct arena *arena, int64_t sighting, const void **record_r, size_t *len_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT record FROM held_mail WHERE sighting=?");

	*record_r = NULL;
	*len_r = 0;
	sql_put_int(&q, sighting);
	if (sql_row(&q))
		*record_r = sql_get_blob(&q, arena, len_r);
	return sql_end(&q, err);
}

int
store_held_drop(struct store *store, int64_t sighting, struct err *err)
{
	struct query q = sql_query(store, "DELETE FROM held_mail WHERE sighting=?");

	sql_put_int(&q, sighting);
	return sql_run(&q, err);
}
