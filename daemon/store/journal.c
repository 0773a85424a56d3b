/*
 * The journal: append-only, a chain of SHA-256.  Core only.
 *	digest = SHA-256 over the row's nonce (hex) and its fields, each with its length
 *	hash   = SHA-256("HASH-OF-THE-ROW-BEFORE,DIGEST")
 * So the digests of the rows between prove that a row belongs to the chain,
 * and say nothing: the nonce keeps anybody from trying out what a row may hold.
 * Rows of a store from before there were nonces have none, and are sealed in one.
 * Invariant: rows are never changed (triggers refuse it, the chain shows it),
 * and only those from the beginning are taken away, when the chain's new
 * beginning stands in journal_base; they hold codes, row ids and salted
 * hashes, never content.
 * Fails: as store.h says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "store/keep.h"
#include "store/sql.h"

#define ROWS_AN_ARENA	500
#define FIRST_HASH	"0000000000000000000000000000000000000000000000000000000000000000"

static void
seal_text(struct buf *sealed, const char *text)
{
	if (text == NULL)
		text = "";
	buf_printf(sealed, "%zu:%s,", strlen(text), text);
}

#define NONCE_BYTES	16
#define NONCE_HEX	(2 * NONCE_BYTES + 1)

/* What a row says, every field with its length, so that no two rows give the same bytes. */
static void
seal_fields(struct buf *sealed, const struct journal_entry *entry)
{
	buf_printf(sealed, "%lld,%lld,%lld,%lld,", (long long)entry->at, (long long)entry->case_id,
	    (long long)entry->message, (long long)entry->outbox);
	seal_text(sealed, entry->event);
	seal_text(sealed, entry->rule);
	seal_text(sealed, entry->detail);
	seal_text(sealed, entry->who);
}

static void
digest_of(const char *nonce, const struct journal_entry *entry, char digest_r[65])
{
	struct buf sealed = BUF_INIT;

	buf_printf(&sealed, "%s,", nonce);
	seal_fields(&sealed, entry);
	sha256_hex(sealed.data, sealed.len, digest_r);
	buf_free(&sealed);
}

void
journal_link(const char *before, const char *digest, char hash_r[65])
{
	char both[130];

	(void)snprintf(both, sizeof(both), "%.64s,%.64s", before, digest);
	sha256_hex(both, strlen(both), hash_r);
}

/* The row's hash; digest_r: "" for a row without a nonce. */
static void
seal(const char *before, const char *nonce, const struct journal_entry *entry, char digest_r[65], char hash_r[65])
{
	struct buf sealed = BUF_INIT;

	digest_r[0] = '\0';
	if (nonce[0] != '\0') {
		digest_of(nonce, entry, digest_r);
		journal_link(before, digest_r, hash_r);
		return;
	}
	buf_printf(&sealed, "%s,", before);
	seal_fields(&sealed, entry);
	sha256_hex(sealed.data, sealed.len, hash_r);
	buf_free(&sealed);
}

/* Where the chain of the rows that are kept begins: after row *upto_r, whose hash this is. */
static int
chain_base(struct store *store, int64_t *upto_r, char hash_r[65], struct err *err)
{
	struct query q = sql_query(store, "SELECT upto, hash FROM journal_base ORDER BY upto DESC LIMIT 1");
	struct arena *arena = arena_new();

	*upto_r = 0;
	memcpy(hash_r, FIRST_HASH, sizeof(FIRST_HASH));
	if (sql_row(&q)) {
		*upto_r = sql_get_int(&q);
		(void)snprintf(hash_r, 65, "%.64s", sql_get_hex(&q, arena));
	}
	arena_free(&arena);
	return sql_end(&q, err);
}

/* The last row up to number upto; without one, what the first row stands on. */
static int
hash_before(struct store *store, int64_t upto, int64_t *id_r, char hash_r[65], struct err *err)
{
	struct query q = sql_query(store, "SELECT id, hash FROM journal WHERE id<=? ORDER BY id DESC LIMIT 1");
	struct arena *arena = arena_new();
	bool any;

	sql_put_int(&q, upto);
	any = sql_row(&q);
	if (any) {
		*id_r = sql_get_int(&q);
		(void)snprintf(hash_r, 65, "%.64s", sql_get_hex(&q, arena));
	}
	arena_free(&arena);
	if (sql_end(&q, err) == -1)
		return -1;
	return any ? 0 : chain_base(store, id_r, hash_r, err);
}

int
store_journal_head(struct store *store, int64_t *row_r, char hash_r[65], struct err *err)
{
	return hash_before(store, INT64_MAX, row_r, hash_r, err);
}

int
store_journal_add(struct store *store, const struct journal_entry *entry, struct err *err)
{
	unsigned char nonce[NONCE_BYTES];
	char before[65], hash[65], digest[65], hex[NONCE_HEX];
	int64_t last;
	struct query q;

	if (store_journal_head(store, &last, before, err) == -1)
		return -1;
	sqlite3_randomness(sizeof(nonce), nonce);
	for (size_t i = 0; i < sizeof(nonce); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", nonce[i]);
	seal(before, hex, entry, digest, hash);
	q = sql_query(store, "INSERT INTO journal(at, event, case_id, message, outbox, rule, detail, who, nonce, hash)"
	    " VALUES(?,?,?,?,?,?,?,?,?,?)");
	sql_put_instant(&q, entry->at);
	sql_put_text(&q, entry->event);
	sql_put_id(&q, entry->case_id);
	sql_put_id(&q, entry->message);
	sql_put_id(&q, entry->outbox);
	sql_put_text(&q, entry->rule);
	sql_put_text(&q, entry->detail);
	sql_put_text(&q, entry->who);
	sql_put_text(&q, hex);
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

/* Does the row that the query stands on fit what stands before it?  before becomes its hash. */
static bool
row_fits(struct query *q, struct arena *arena, char before[65])
{
	struct journal_entry entry;
	const char *nonce;
	char hash[65], digest[65];
	bool fits;

	read_entry(q, arena, &entry);
	nonce = sql_get_text(q, arena);
	seal(before, nonce, &entry, digest, hash);
	fits = strcmp(hash, sql_get_hex(q, arena)) == 0;
	(void)memcpy(before, hash, sizeof(hash));
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
store_journal_verify_piece(struct store *store, int64_t after, int64_t upto, int64_t *rows_r, int64_t *broken_r,
    struct err *err)
{
	char before[65];
	int64_t id;
	struct query q;
	struct arena *arena = NULL;

	*rows_r = *broken_r = 0;
	if (hash_before(store, after, &id, before, err) == -1)
		return -1;
	q = sql_query(store, "SELECT id, " JOURNAL_COLUMNS ", nonce, hash FROM journal WHERE id>? AND id<=? ORDER BY id");
	sql_put_int(&q, after);
	sql_put_int(&q, upto);
	while (*broken_r == 0 && sql_row(&q)) {
		if (*rows_r % ROWS_AN_ARENA == 0) {
			arena_free(&arena);
			arena = arena_new();
		}
		id = sql_get_int(&q);
		(*rows_r)++;
		if (!row_fits(&q, arena, before))
			*broken_r = id;
	}
	arena_free(&arena);
	return sql_end(&q, err);
}

int
store_journal_verify(struct store *store, int64_t *rows_r, int64_t *broken_r, struct err *err)
{
	char hash[65];
	int64_t last, head;

	*rows_r = *broken_r = 0;
	if (last_number(store, &last, err) == -1 || store_journal_head(store, &head, hash, err) == -1 ||
	    store_journal_verify_piece(store, 0, INT64_MAX, rows_r, broken_r, err) == -1)
		return -1;
	if (*broken_r == 0 && head < last)
		*broken_r = head + 1;
	return 0;
}

int
store_journal_span(struct store *store, struct journal_span *span_r, struct err *err)
{
	char hash[65];

	if (chain_base(store, &span_r->base, hash, err) == -1 || last_number(store, &span_r->given, err) == -1 ||
	    store_journal_head(store, &span_r->head, span_r->hash, err) == -1)
		return -1;
	return 0;
}

int
store_journal_with_hash(struct store *store, const char *hash, int64_t *row_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT id FROM journal WHERE hash=?");

	*row_r = 0;
	sql_put_hex(&q, hash);
	if (sql_row(&q))
		*row_r = sql_get_int(&q);
	return sql_end(&q, err);
}

int
store_journal_hash_at(struct store *store, int64_t row, char hash_r[65], struct err *err)
{
	struct query q = sql_query(store, "SELECT hash FROM journal WHERE id=?");
	struct arena *arena = arena_new();

	hash_r[0] = '\0';
	sql_put_int(&q, row);
	if (sql_row(&q))
		(void)snprintf(hash_r, 65, "%.64s", sql_get_hex(&q, arena));
	arena_free(&arena);
	return sql_end(&q, err);
}

int
store_journal_proof(struct store *store, struct arena *arena, int64_t case_id, struct journal_proof **rows_r,
    size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT id, " JOURNAL_COLUMNS ", nonce, hash,"
	    " (SELECT hash FROM journal b WHERE b.id<j.id ORDER BY b.id DESC LIMIT 1) FROM journal j WHERE case_id=?1"
	    " UNION SELECT id, " JOURNAL_COLUMNS ", nonce, hash,"
	    " (SELECT hash FROM journal b WHERE b.id<j.id ORDER BY b.id DESC LIMIT 1) FROM journal j"
	    " WHERE case_id IS NULL AND message IN (SELECT id FROM message WHERE case_id=?1) ORDER BY 1");
	struct journal_proof *rows = NULL, *row;
	char digest[65], hash[65], base[65];
	int64_t upto;
	size_t count = 0;

	if (chain_base(store, &upto, base, err) == -1) {
		(void)sql_end(&q, NULL);
		return -1;
	}
	sql_put_int(&q, case_id);
	while (sql_row(&q)) {
		row = arena_push(arena, rows, count);
		row->row = sql_get_int(&q);
		read_entry(&q, arena, &row->entry);
		row->nonce = sql_get_text(&q, arena);
		row->hash = sql_get_hex(&q, arena);
		row->before = sql_get_hex(&q, arena);
		if (row->before[0] == '\0')
			row->before = arena_strdup(arena, base);
		seal(row->before, row->nonce, &row->entry, digest, hash);
		row->digest = arena_strdup(arena, digest);
	}
	*rows_r = rows;
	*count_r = count;
	return sql_end(&q, err);
}

int
store_journal_digests(struct store *store, int64_t after, journal_digest *digest_of_row, void *ctx, struct err *err)
{
	struct query q = sql_query(store, "SELECT id, " JOURNAL_COLUMNS ", nonce FROM journal WHERE id>? ORDER BY id");
	char digest[65], hash[65];

	sql_put_int(&q, after);
	while (sql_row(&q)) {
		struct arena *arena = arena_new();
		struct journal_entry entry;
		int64_t id = sql_get_int(&q);

		read_entry(&q, arena, &entry);
		seal(FIRST_HASH, sql_get_text(&q, arena), &entry, digest, hash);
		digest_of_row(ctx, id, digest);
		arena_free(&arena);
	}
	return sql_end(&q, err);
}

/* ---- The end of the journal's own time */

/* The first row that must stay: younger, or of a case whose content is still there, or on hold. */
static int
first_to_stay(struct store *store, instant before, int64_t *row_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT min(id) FROM journal j WHERE at>=?1 OR EXISTS (SELECT 1 FROM legal_hold WHERE "
	    "case_id=0)"
	    " OR EXISTS (SELECT 1 FROM cases c"
	    " WHERE c.id=j.case_id AND (c.purged IS NULL OR EXISTS (SELECT 1 FROM legal_hold WHERE case_id=c.id)))");

	sql_put_int(&q, before);
	*row_r = sql_row(&q) ? sql_get_int(&q) : 0;
	return sql_end(&q, err);
}

static int
base_put(struct store *store, int64_t upto, const char *hash, instant now, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO journal_base(upto, hash, at) VALUES(?,?,?)");

	sql_put_int(&q, upto);
	sql_put_hex(&q, hash);
	sql_put_int(&q, now);
	return sql_run(&q, err);
}

int
store_journal_shorten(struct store *store, instant before, instant now, int64_t *rows_r, struct err *err)
{
	static const char *const gone[] = {
		"DELETE FROM journal WHERE id<=(SELECT max(upto) FROM journal_base)",
		"DELETE FROM journal_base WHERE upto<(SELECT max(upto) FROM journal_base)",
	};
	int64_t stays, upto, was;
	char hash[65], ignored[65];
	struct query q;

	*rows_r = 0;
	if (first_to_stay(store, before, &stays, err) == -1 || chain_base(store, &was, ignored, err) == -1)
		return -1;
	if (stays == 0 || hash_before(store, stays - 1, &upto, hash, err) == -1)
		return stays == 0 ? 0 : -1;
	if (upto <= was)
		return 0;
	*rows_r = upto - was;
	if (base_put(store, upto, hash, now, err) == -1)
		return -1;
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		q = sql_query(store, gone[i]);
		if (sql_run(&q, err) == -1)
			return -1;
	}
	return 0;
}

int
store_journal_of(struct store *store, struct arena *arena, int64_t case_id, struct journal_entry **rows_r, size_t *count_r,
    struct err *err)
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
