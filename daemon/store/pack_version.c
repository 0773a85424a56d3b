/*
 * Which version of each pack was in force since when, by whose doing; and
 * where open cases stand, which a new version must not leave behind.  Core
 * only; the files of a version are in the spool (role/kept.h).
 * Fails: as store.h says.
 */
#include "store/sql.h"

#define VERSION	"SELECT id, pack, hash, title, since, who, tests FROM pack_version"

int
store_pack_version_add(struct store *store, const struct pack_version_row *row, bool *news_r, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO pack_version(pack, hash, title, since, who, tests) SELECT ?1,?2,?3,?4,?5,?6"
	    " WHERE ?2 IS NOT (SELECT hash FROM pack_version WHERE pack=?1 ORDER BY id DESC LIMIT 1)");
	int rc;

	sql_put_text(&q, row->pack);
	sql_put_hex(&q, row->hash);
	sql_put_text(&q, row->title);
	sql_put_instant(&q, row->since);
	sql_put_text(&q, row->who);
	sql_put_int(&q, row->tests);
	rc = sql_run(&q, err);
	if (rc == 0 && news_r != NULL)
		*news_r = sqlite3_changes(store->db) > 0;
	return rc;
}

static void
version_get(struct query *q, struct arena *arena, struct pack_version_row *row)
{
	row->id = sql_get_int(q);
	row->pack = sql_get_text(q, arena);
	row->hash = sql_get_hex(q, arena);
	row->title = sql_get_text(q, arena);
	row->since = sql_get_instant(q);
	row->who = sql_get_text(q, arena);
	row->tests = (int)sql_get_int(q);
}

static int
version_one(struct query *q, struct arena *arena, struct pack_version_row **row_r, struct err *err)
{
	*row_r = NULL;
	if (sql_row(q)) {
		*row_r = arena_alloc(arena, sizeof(**row_r));
		version_get(q, arena, *row_r);
	}
	return sql_end(q, err);
}

int
store_pack_in_force(struct store *store, struct arena *arena, const char *pack, struct pack_version_row **row_r, struct err *err)
{
	struct query q = sql_query(store, VERSION " WHERE pack=? ORDER BY id DESC LIMIT 1");

	sql_put_text(&q, pack);
	return version_one(&q, arena, row_r, err);
}

int
store_pack_version(struct store *store, struct arena *arena, int64_t id, struct pack_version_row **row_r, struct err *err)
{
	struct query q = sql_query(store, VERSION " WHERE id=?");

	sql_put_int(&q, id);
	return version_one(&q, arena, row_r, err);
}

int
store_pack_versions(struct store *store, struct arena *arena, const char *pack, struct pack_version_row **rows_r,
    size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, VERSION " WHERE ?1='' OR pack=?1 ORDER BY id DESC");

	*rows_r = NULL;
	*count_r = 0;
	sql_put_text(&q, pack);
	while (sql_row(&q))
		version_get(&q, arena, arena_push(arena, *rows_r, *count_r));
	return sql_end(&q, err);
}

int
store_pack_standing(struct store *store, struct arena *arena, const char *pack, struct standing **rows_r, size_t *count_r,
    struct err *err)
{
	struct query q = sql_query(store, "SELECT s.name, s.stage, count(DISTINCT s.case_id), min(s.case_id)"
	    " FROM cases c JOIN strand s ON s.case_id=c.id"
	    " WHERE c.pack=? AND c.closed IS NULL AND s.final=0 GROUP BY s.name, s.stage ORDER BY s.name, s.stage");

	*rows_r = NULL;
	*count_r = 0;
	sql_put_text(&q, pack);
	while (sql_row(&q)) {
		struct standing *row = arena_push(arena, *rows_r, *count_r);

		row->strand = sql_get_text(&q, arena);
		row->stage = sql_get_text(&q, arena);
		row->cases = sql_get_int(&q);
		row->example = sql_get_int(&q);
	}
	return sql_end(&q, err);
}
