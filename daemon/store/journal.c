/*
 * The journal: append-only, each row sealed with SHA-256 over the row before
 * it and its own fields.  Core only.
 * Invariant: rows are never changed or taken away (triggers refuse it, the
 * chain shows it); they hold codes, row ids and salted hashes, never content.
 * Fails: as store.h says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "store/sql.h"

#define FIRST_HASH	"0000000000000000000000000000000000000000000000000000000000000000"

static void
seal_text(struct buf *sealed, const char *text)
{
	if (text == NULL)
		text = "";
	buf_printf(sealed, "%zu:%s,", strlen(text), text);
}

/* Every field with its length, so that no two rows give the same bytes. */
static void
seal(const char *before, const struct journal_entry *entry, char hash_r[65])
{
	struct buf sealed = BUF_INIT;

	buf_printf(&sealed, "%s,%lld,%lld,%lld,%lld,", before, (long long)entry->at, (long long)entry->case_id,
	    (long long)entry->message, (long long)entry->outbox);
	seal_text(&sealed, entry->event);
	seal_text(&sealed, entry->rule);
	seal_text(&sealed, entry->detail);
	seal_text(&sealed, entry->who);
	sha256_hex(sealed.data, sealed.len, hash_r);
	buf_free(&sealed);
}

static int
last_hash(struct store *store, char hash_r[65], struct err *err)
{
	struct query q = sql_query(store, "SELECT hash FROM journal ORDER BY id DESC LIMIT 1");
	struct arena *arena = arena_new();
	const char *hash = FIRST_HASH;

	if (sql_row(&q))
		hash = sql_get_hex(&q, arena);
	(void)snprintf(hash_r, 65, "%.64s", hash);
	arena_free(&arena);
	return sql_end(&q, err);
}

int
store_journal_add(struct store *store, const struct journal_entry *entry, struct err *err)
{
	char before[65], hash[65];
	struct query q;

	if (last_hash(store, before, err) == -1)
		return -1;
	seal(before, entry, hash);
	q = sql_query(store, "INSERT INTO journal(at, event, case_id, message, outbox, rule, detail, who, hash)"
	    " VALUES(?,?,?,?,?,?,?,?,?)");
	sql_put_instant(&q, entry->at);
	sql_put_text(&q, entry->event);
	sql_put_id(&q, entry->case_id);
	sql_put_id(&q, entry->message);
	sql_put_id(&q, entry->outbox);
	sql_put_text(&q, entry->rule);
	sql_put_text(&q, entry->detail);
	sql_put_text(&q, entry->who);
	sql_put_hex(&q, hash);
	return sql_run(&q, err);
}

#define JOURNAL_COLUMNS	"at, event, case_id, message, outbox, rule, detail, who"

static void
read_entry(struct query *q, struct arena *arena, struct journal_entry *entry)
{
	entry->at = sql_get_instant(q);
	entry->event = sql_get_text(q, arena);
	entry->case_id = sql_get_int(q);
	entry->message = sql_get_int(q);
	entry->outbox = sql_get_int(q);
	entry->rule = sql_get_text(q, arena);
	entry->detail = sql_get_text(q, arena);
	entry->who = sql_get_text(q, arena);
}

/* Does the next row fit what stands before it?  before becomes its hash; the arena lives for this row. */
static bool
row_fits(struct query *q, int64_t id, char before[65])
{
	struct arena *arena = arena_new();
	struct journal_entry entry;
	char hash[65];
	bool fits;

	read_entry(q, arena, &entry);
	seal(before, &entry, hash);
	fits = strcmp(hash, sql_get_hex(q, arena)) == 0 && id != 0;
	(void)memcpy(before, hash, sizeof(hash));
	arena_free(&arena);
	return fits;
}

/* The highest number ever given: rows cut off the end would leave it behind. */
static int
last_number(struct store *store, int64_t *number_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT seq FROM sqlite_sequence WHERE name='journal'");

	*number_r = 0;
	if (sql_row(&q))
		*number_r = sql_get_int(&q);
	return sql_end(&q, err);
}

int
store_journal_verify(struct store *store, int64_t *rows_r, int64_t *broken_r, struct err *err)
{
	char before[65] = FIRST_HASH;
	int64_t id = 0, last;
	struct query q;

	*rows_r = 0;
	*broken_r = 0;
	if (last_number(store, &last, err) == -1)
		return -1;
	q = sql_query(store, "SELECT id, " JOURNAL_COLUMNS ", hash FROM journal ORDER BY id");
	while (*broken_r == 0 && sql_row(&q)) {
		id = sql_get_int(&q);
		(*rows_r)++;
		if (!row_fits(&q, id, before))
			*broken_r = id;
	}
	if (*broken_r == 0 && id < last)
		*broken_r = id + 1;
	return sql_end(&q, err);
}

int
store_journal_of(struct store *store, struct arena *arena, int64_t case_id, struct journal_entry **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT " JOURNAL_COLUMNS " FROM journal WHERE case_id IS ? ORDER BY id");
	struct journal_entry *rows = NULL;
	size_t count = 0;

	sql_put_id(&q, case_id);
	while (sql_row(&q))
		read_entry(&q, arena, arena_push(arena, rows, count));
	*rows_r = rows;
	*count_r = count;
	return sql_end(&q, err);
}

static int
make_salt(struct store *store, int64_t case_id, int64_t message, struct err *err)
{
	struct query q = sql_query(store, "INSERT OR IGNORE INTO salt(case_id, message, salt)"
	    " VALUES(?,?,randomblob(32))");

	sql_put_int(&q, case_id);
	sql_put_int(&q, message);
	return sql_run(&q, err);
}

int
store_journal_hash(struct store *store, int64_t case_id, int64_t message, const char *content, char hex_r[17], struct err *err)
{
	int64_t of_message = case_id != 0 ? 0 : message;	/* a case's mails share its salt */
	struct arena *arena;
	struct query q;
	const void *salt;
	size_t len;

	if (make_salt(store, case_id, of_message, err) == -1)
		return -1;
	q = sql_query(store, "SELECT salt FROM salt WHERE case_id=? AND message=?");
	sql_put_int(&q, case_id);
	sql_put_int(&q, of_message);
	arena = arena_new();
	hex_r[0] = '\0';
	if (sql_row(&q)) {
		salt = sql_get_blob(&q, arena, &len);
		hmac_hex(salt, len, content, hex_r);
	}
	arena_free(&arena);
	return sql_end(&q, err);
}
