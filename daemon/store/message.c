/*
 * Messages: what a mail became, once for each (pack, fingerprint), with its
 * parsed record, its documents and what later mails may refer to.  Core only.
 * Invariant (once): a second message of the same pack and fingerprint is refused.
 * Fails: as store.h says.
 */
#include "store/keep.h"
#include "store/case_kept.h"

#define MESSAGE_COLUMNS	"id, pack, fingerprint, received, kind, case_id, state, spool_name, record"

static void
read_message(struct query *q, struct arena *arena, struct message_row *row)
{
	row->id = sql_get_int(q);
	row->pack = sql_get_text(q, arena);
	row->fingerprint = sql_get_hex(q, arena);
	row->received = sql_get_instant(q);
	row->kind = sql_get_text(q, arena);
	row->case_id = sql_get_int(q);
	row->state = sql_get_text(q, arena);
	row->spool_name = sql_get_text(q, arena);
	row->record = sql_get_blob(q, arena, &row->record_len);
}

static int
one_message(struct query *q, struct arena *arena, struct message_row **row_r, struct err *err)
{
	*row_r = NULL;
	if (sql_row(q)) {
		*row_r = arena_alloc(arena, sizeof(**row_r));
		read_message(q, arena, *row_r);
	}
	return sql_end(q, err);
}

int
store_message_same_id(struct store *store, int64_t id, bool *same_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT 1 FROM message a JOIN message b ON b.message_key=a.message_key"
	    " AND b.message_id=a.message_id AND b.pack=a.pack AND b.id<>a.id WHERE a.id=? AND a.message_id<>'' LIMIT 1");

	sql_put_int(&q, id);
	*same_r = sql_row(&q);
	return sql_end(&q, err);
}

static int
find(struct store *store, struct arena *arena, const char *pack, const char *fingerprint, struct message_row **row_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " MESSAGE_COLUMNS
	    " FROM message WHERE fingerprint=? AND pack=?");

	sql_put_hex(&q, fingerprint);
	sql_put_text(&q, pack);
	return one_message(&q, arena, row_r, err);
}

/* A mail that was erased is known by the keyed hash that stayed of it. */
int
store_message_find(struct store *store, struct arena *arena, const char *pack, const char *fingerprint, struct message_row **row_r, struct err *err)
{
	const char *keyed;

	if (find(store, arena, pack, fingerprint, row_r, err) == -1)
		return -1;
	if (*row_r != NULL)
		return 0;
	if (store_fingerprint_erased(store, arena, fingerprint, &keyed, err) == -1)
		return -1;
	return keyed == NULL ? 0 : find(store, arena, pack, keyed, row_r, err);
}

int
store_message(struct store *store, struct arena *arena, int64_t id, struct message_row **row_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " MESSAGE_COLUMNS " FROM message WHERE id=?");

	sql_put_int(&q, id);
	return one_message(&q, arena, row_r, err);
}

int
store_message_put(struct store *store, struct message_row *row, struct err *err)
{
	int64_t outer = kept_scope(store->kept, kept_scope_mail(store, row->id, row->case_id));
	struct query q = sql_query(store, "INSERT INTO message(" MESSAGE_COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?)"
	    " ON CONFLICT(id) DO UPDATE SET received=excluded.received, kind=excluded.kind,"
	    " case_id=excluded.case_id, state=excluded.state, spool_name=excluded.spool_name,"
	    " record=coalesce(excluded.record, record)");

	(void)kept_scope(store->kept, outer);
	sql_put_id(&q, row->id);
	sql_put_text(&q, row->pack);
	sql_put_hex(&q, row->fingerprint);
	sql_put_instant(&q, row->received);
	sql_put_text(&q, row->kind);
	sql_put_id(&q, row->case_id);
	sql_put_text(&q, row->state);
	sql_put_text(&q, row->spool_name);
	sql_put_blob(&q, row->record, row->record_len);
	if (sql_run(&q, err) == -1)
		return -1;
	if (row->id == 0)
		row->id = sqlite3_last_insert_rowid(store->db);
	return 0;
}

static int
put_ids(struct store *store, int64_t id, const struct message *message, struct err *err)
{
	struct query q = sql_query(store, "UPDATE message SET message_id=?, message_key=?, thread_root=?,"
	    " thread_key=?, sender=? WHERE id=?");

	sql_put_text(&q, message->message_id);
	sql_put_key(&q, message->message_id);
	sql_put_text(&q, message->thread_root);
	sql_put_key(&q, message->thread_root);
	sql_put_text(&q, message->from.address);
	sql_put_int(&q, id);
	return sql_run(&q, err);
}

static int
put_document(struct store *store, int64_t id, size_t part, const struct document *document, struct err *err)
{
	struct query q = sql_query(store, "INSERT OR REPLACE INTO document(message, part, name, type,"
	    " is_inline, offset, size, sha256, unreadable) VALUES(?,?,?,?,?,?,?,?,?)");

	sql_put_int(&q, id);
	sql_put_int(&q, (int64_t)part);
	sql_put_text(&q, document->name);
	sql_put_text(&q, document->type);
	sql_put_int(&q, document->is_inline);
	sql_put_int(&q, (int64_t)document->offset);
	sql_put_int(&q, (int64_t)document->size);
	sql_put_hex(&q, document->sha256);
	sql_put_text(&q, document->unreadable);
	return sql_run(&q, err);
}

int
store_message_documents(struct store *store, int64_t id, const struct message *message, struct err *err)
{
	struct whole whole;
	int64_t outer;
	size_t i;
	int result;

	if (sql_whole(store, &whole, err) == -1)
		return -1;
	outer = kept_scope(store->kept, kept_scope_documents(store, id));
	result = put_ids(store, id, message, err);
	for (i = 0; i < message->document_count && result == 0; i++)
		result = put_document(store, id, i, &message->documents[i], err);
	(void)kept_scope(store->kept, outer);
	return sql_whole_end(store, &whole, result, err);
}

static int
put_reference(struct store *store, int64_t id, const char *reference, struct err *err)
{
	struct query q = sql_query(store, "INSERT OR IGNORE INTO message_reference(reference, message) VALUES(?,?)");

	sql_put_text(&q, reference);
	sql_put_int(&q, id);
	return sql_run(&q, err);
}

int
store_message_references(struct store *store, int64_t id, const struct strs *references, struct err *err)
{
	struct whole whole;
	size_t i;
	int result = 0;

	if (sql_whole(store, &whole, err) == -1)
		return -1;
	for (i = 0; i < references->n && result == 0; i++)
		result = put_reference(store, id, references->v[i], err);
	return sql_whole_end(store, &whole, result, err);
}

struct kept {
	int64_t	 id;
	instant	 received;
};

static int
kept_of_reference(struct store *store, struct arena *arena, const char *pack, const char *reference,
    struct kept **kept, size_t *count, struct err *err)
{
	struct query q = sql_query(store, "SELECT m.id, m.received FROM message_reference r"
	    " JOIN message m ON m.id=r.message"
	    " WHERE r.reference=? AND m.pack=? AND m.state='kept' AND m.case_id IS NULL");
	struct kept *one;

	sql_put_text(&q, reference);
	sql_put_text(&q, pack);
	while (sql_row(&q)) {
		one = arena_push(arena, *kept, *count);
		one->id = sql_get_int(&q);
		one->received = sql_get_instant(&q);
	}
	return sql_end(&q, err);
}

/* Oldest first, each once: few, so put in place one by one. */
static int64_t *
in_order(struct arena *arena, const struct kept *kept, size_t count, size_t *count_r)
{
	struct kept *sorted = arena_alloc(arena, count * sizeof(*sorted) + 1);
	int64_t *ids = arena_alloc(arena, count * sizeof(*ids) + 1);
	size_t i, j, n = 0;

	for (i = 0; i < count; i++) {
		for (j = 0; j < n && sorted[j].id != kept[i].id; j++)
			;
		if (j < n)
			continue;
		for (j = n++; j > 0 && (sorted[j - 1].received > kept[i].received ||
		    (sorted[j - 1].received == kept[i].received && sorted[j - 1].id > kept[i].id)); j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = kept[i];
	}
	for (i = 0; i < n; i++)
		ids[i] = sorted[i].id;
	*count_r = n;
	return ids;
}

int
store_messages_kept(struct store *store, struct arena *arena, const char *pack, const struct strs *references, int64_t **ids_r, size_t *count_r, struct err *err)
{
	struct kept *kept = NULL;
	size_t i, count = 0;

	for (i = 0; i < references->n; i++)
		if (kept_of_reference(store, arena, pack, references->v[i], &kept, &count, err) == -1)
			return -1;
	*ids_r = in_order(arena, kept, count, count_r);
	return 0;
}
