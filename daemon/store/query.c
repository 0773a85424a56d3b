/*
 * Queries: statements prepared once and kept by the address of their text,
 * parameters bound and columns read in order.  Core only, like all of store/.
 * Invariant: a statement is reset and its parameters are forgotten by
 * sql_end(), so no text of a caller is held beyond it.
 * Fails: ERR_RETRY for a full or failing disk, ERR_DAEMON for everything else.
 */
#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "store/case_kept.h"

static bool
may_succeed_later(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return true;
	default:
		return false;
	}
}

int
sql_fail(sqlite3 *db, int rc, const char *doing, struct err *err)
{
	const char *what = db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc);

	if ((rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB)
		return err_set(err, ERR_DAEMON, "the store is damaged (%s)", what);
	if (rc == SQLITE_ABORT)
		return err_set(err, ERR_RETRY, "%s: the transaction has been rolled back", doing);
	return err_set(err, may_succeed_later(rc) ? ERR_RETRY : ERR_DAEMON,
	    "%s: %s (SQLite %d)", doing, what, rc);
}

static struct statement *
find_place(struct store *store, const char *sql)
{
	size_t i = ((uintptr_t)sql >> 3) * 2654435761u & (SQL_CACHE - 1);
	size_t tried;

	for (tried = 0; store->cache[i].sql != NULL && store->cache[i].sql != sql; tried++) {
		assert(tried < SQL_CACHE);
		i = (i + 1) & (SQL_CACHE - 1);
	}
	return &store->cache[i];
}

struct query
sql_query(struct store *store, const char *sql)
{
	struct query q = { .store = store };
	struct statement *place;

	if (store->broken) {
		q.rc = SQLITE_ABORT;
		return q;
	}
	place = find_place(store, sql);
	if (place->stmt == NULL) {
		kept_preparing(store->kept);
		q.rc = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &place->stmt, NULL);
		if (q.rc != SQLITE_OK)
			return q;
		place->sql = sql;
		place->writes = kept_prepared(store->kept);
	}
	assert(!sqlite3_stmt_busy(place->stmt));
	kept_written(store->kept, place->writes);
	q.stmt = place->stmt;
	return q;
}

bool
sql_row(struct query *q)
{
	if (q->rc != SQLITE_OK && q->rc != SQLITE_ROW)
		return false;
	q->rc = sqlite3_step(q->stmt);
	q->column = 0;
	return q->rc == SQLITE_ROW;
}

/* A failing disk must not leave half a transaction open for the next query. */
static void
break_off(struct store *store, int rc)
{
	if (!store->in_transaction)
		return;
	if (!may_succeed_later(rc) && !sqlite3_get_autocommit(store->db))
		return;
	if (!sqlite3_get_autocommit(store->db))
		(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	store->broken = true;
}

int
sql_end(struct query *q, struct err *err)
{
	int rc = q->rc;

	if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
		rc = SQLITE_OK;
	else
		(void)sql_fail(q->store->db, rc, "the store", err);
	if (q->stmt != NULL) {
		(void)sqlite3_reset(q->stmt);
		(void)sqlite3_clear_bindings(q->stmt);
	}
	if (rc != SQLITE_OK && rc != SQLITE_ABORT)
		break_off(q->store, rc);
	q->stmt = NULL;
	return rc == SQLITE_OK ? 0 : -1;
}

int
sql_run(struct query *q, struct err *err)
{
	while (sql_row(q))
		;
	return sql_end(q, err);
}

int
sql_exec(struct store *store, const char *sql, struct err *err)
{
	struct query q = sql_query(store, sql);

	return sql_run(&q, err);
}

void
sql_forget(struct store *store)
{
	size_t i;

	for (i = 0; i < SQL_CACHE; i++) {
		(void)sqlite3_finalize(store->cache[i].stmt);
		store->cache[i] = (struct statement){ 0 };
	}
}

/* The first failure is kept. */
static void
bound(struct query *q, int rc)
{
	if (q->rc == SQLITE_OK && rc != SQLITE_OK)
		q->rc = rc;
}

void
sql_put_int(struct query *q, int64_t value)
{
	if (q->stmt != NULL)
		bound(q, sqlite3_bind_int64(q->stmt, ++q->parameter, value));
}

static void
put_null(struct query *q)
{
	if (q->stmt != NULL)
		bound(q, sqlite3_bind_null(q->stmt, ++q->parameter));
}

void
sql_put_id(struct query *q, int64_t id)
{
	if (id == 0)
		put_null(q);
	else
		sql_put_int(q, id);
}

void
sql_put_instant(struct query *q, instant at)
{
	if (at == INSTANT_NONE)
		put_null(q);
	else
		sql_put_int(q, at);
}

void
sql_put_day(struct query *q, dayno day)
{
	if (day == DAY_NONE)
		put_null(q);
	else
		sql_put_int(q, day);
}

void
sql_put_text(struct query *q, const char *text)
{
	if (q->stmt != NULL)
		bound(q, sqlite3_bind_text(q->stmt, ++q->parameter, text != NULL ? text : "", -1,
		    SQLITE_STATIC));
}

void
sql_put_some(struct query *q, const char *text)
{
	if (text == NULL || *text == '\0')
		put_null(q);
	else
		sql_put_text(q, text);
}

void
sql_put_blob(struct query *q, const void *data, size_t len)
{
	if (data == NULL)
		put_null(q);
	else if (q->stmt != NULL)
		bound(q, sqlite3_bind_blob64(q->stmt, ++q->parameter, data, len, SQLITE_STATIC));
}

void
sql_put_lines(struct query *q, const struct strs *list)
{
	struct buf text = BUF_INIT;
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (i > 0)
			buf_add_char(&text, '\n');
		buf_add_str(&text, list->v[i]);
	}
	if (q->stmt != NULL)
		bound(q, sqlite3_bind_text64(q->stmt, ++q->parameter, buf_text(&text), text.len,
		    SQLITE_TRANSIENT, SQLITE_UTF8));
	buf_free(&text);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool
hex_bytes(const char *hex, unsigned char bytes_r[32])
{
	size_t i;

	if (strlen(hex) != 64)
		return false;
	for (i = 0; i < 32; i++) {
		if (hex_digit(hex[2 * i]) < 0 || hex_digit(hex[2 * i + 1]) < 0)
			return false;
		bytes_r[i] = (unsigned char)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
	}
	return true;
}

void
sql_put_hex(struct query *q, const char *hex)
{
	unsigned char bytes[32];

	if (hex == NULL || !hex_bytes(hex, bytes))
		sql_put_text(q, hex);
	else if (q->stmt != NULL)
		bound(q, sqlite3_bind_blob(q->stmt, ++q->parameter, bytes, sizeof(bytes),
		    SQLITE_TRANSIENT));
}

void
sql_put_key(struct query *q, const char *text)
{
	unsigned char bytes[32];
	char hex[65];
	uint64_t key = 0;
	size_t i;

	if (text == NULL || *text == '\0') {
		put_null(q);
		return;
	}
	if (q->store->kept != NULL) {
		sql_put_int(q, kept_number(q->store->kept, text));
		return;
	}
	sha256_hex(text, strlen(text), hex);
	(void)hex_bytes(hex, bytes);
	for (i = 0; i < 8; i++)
		key = key << 8 | bytes[i];
	sql_put_int(q, (int64_t)key);
}

int64_t
sql_get_int(struct query *q)
{
	return sqlite3_column_int64(q->stmt, q->column++);
}

static bool
next_is_null(struct query *q)
{
	return sqlite3_column_type(q->stmt, q->column) == SQLITE_NULL;
}

instant
sql_get_instant(struct query *q)
{
	if (next_is_null(q)) {
		q->column++;
		return INSTANT_NONE;
	}
	return sql_get_int(q);
}

dayno
sql_get_day(struct query *q)
{
	if (next_is_null(q)) {
		q->column++;
		return DAY_NONE;
	}
	return (dayno)sql_get_int(q);
}

const char *
sql_peek_text(struct query *q)
{
	const unsigned char *text = sqlite3_column_text(q->stmt, q->column);

	return text == NULL ? "" : (const char *)text;
}

const char *
sql_get_text(struct query *q, struct arena *arena)
{
	const unsigned char *text = sqlite3_column_text(q->stmt, q->column);
	int len = sqlite3_column_bytes(q->stmt, q->column);

	q->column++;
	return text == NULL ? "" : arena_strndup(arena, (const char *)text, (size_t)len);
}

const char *
sql_get_hex(struct query *q, struct arena *arena)
{
	const unsigned char *bytes;
	char *hex;
	int i, len;

	if (sqlite3_column_type(q->stmt, q->column) != SQLITE_BLOB)
		return sql_get_text(q, arena);
	bytes = sqlite3_column_blob(q->stmt, q->column);
	len = sqlite3_column_bytes(q->stmt, q->column);
	q->column++;
	hex = arena_alloc(arena, 2 * (size_t)len + 1);
	for (i = 0; i < len; i++) {
		hex[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
	}
	return hex;
}

const void *
sql_get_blob(struct query *q, struct arena *arena, size_t *len_r)
{
	const void *data = sqlite3_column_blob(q->stmt, q->column);

	*len_r = (size_t)sqlite3_column_bytes(q->stmt, q->column);
	q->column++;
	return data == NULL ? NULL : arena_memdup(arena, data, *len_r);
}

struct strs
sql_get_lines(struct query *q, struct arena *arena)
{
	const char *text = sql_get_text(q, arena), *end;
	struct strs list = { 0 };

	while (*text != '\0') {
		end = strchrnul(text, '\n');
		strs_add(arena, &list, arena_strndup(arena, text, (size_t)(end - text)));
		text = *end == '\0' ? end : end + 1;
	}
	return list;
}
