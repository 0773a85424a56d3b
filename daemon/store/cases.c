/*
 * Cases as a list: new numbers, names, when each is due.  What one case holds
 * is in case_load.c and apply.c; finding the case of a mail in candidate.c.
 * Core only.
 * Fails: as store.h says.
 */
#include <string.h>

#include "store/case_kept.h"

int
store_case_new(struct store *store, const char *pack, instant opened, int64_t *id_r, struct err *err)
{
	int64_t outer = kept_scope(store->kept, KEPT_NOBODY);	/* what is kept is of other cases */
	struct query q = sql_query(store, "INSERT INTO cases(pack, opened) VALUES(?,?)");

	(void)kept_scope(store->kept, outer);
	*id_r = 0;
	sql_put_text(&q, pack);
	sql_put_int(&q, opened);
	if (sql_run(&q, err) == -1)
		return -1;
	*id_r = sqlite3_last_insert_rowid(store->db);
	return 0;
}

int
store_case_pack(struct store *store, struct arena *arena, int64_t id, const char **pack_r, struct err *err)
{
	struct kept_case *kept = store->kept == NULL ? NULL : kept_case(store->kept, id);
	struct query q;

	*pack_r = kept == NULL ? NULL : kept->pack;
	if (*pack_r != NULL)
		return 0;
	q = sql_query(store, "SELECT pack FROM cases WHERE id=?");
	sql_put_int(&q, id);
	if (sql_row(&q))
		*pack_r = sql_get_text(&q, kept == NULL ? arena : kept_arena(store->kept));
	if (kept != NULL)
		kept->pack = *pack_r;
	return sql_end(&q, err);
}

/* Two authorities may have given the same reference: the open one, then the newest.  in_capitals: as it may have been meant. */
static int
case_by_reference(struct store *store, const char *name, bool in_capitals, int64_t *id_r, struct err *err)
{
	struct query q = sql_query(store, in_capitals ?
	    "SELECT id FROM cases WHERE reference=upper(?) ORDER BY closed IS NOT NULL, id DESC LIMIT 1" :
	    "SELECT id FROM cases WHERE reference=? ORDER BY closed IS NOT NULL, id DESC LIMIT 1");

	*id_r = 0;
	sql_put_text(&q, name);
	if (sql_row(&q))
		*id_r = sql_get_int(&q);
	return sql_end(&q, err);
}

static int
case_by_number(struct store *store, long number, int64_t *id_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT id FROM cases WHERE id=?");

	*id_r = 0;
	sql_put_int(&q, number);
	if (sql_row(&q))
		*id_r = sql_get_int(&q);
	return sql_end(&q, err);
}

/* Where the case went that was merged into another. */
static int
standing(struct store *store, int64_t *id, struct err *err)
{
	int64_t into = 0;

	if (*id != 0 && store_case_merged_into(store, *id, &into, err) == -1)
		return -1;
	if (into != 0)
		*id = into;
	return 0;
}

int
store_case_by_name(struct store *store, const char *name, int64_t *id_r, struct err *err)
{
	long number;

	if (case_by_reference(store, name, false, id_r, err) == -1 ||
	    (*id_r == 0 && case_by_reference(store, name, true, id_r, err) == -1))
		return -1;
	if (*id_r != 0)
		return standing(store, id_r, err);
	if (str_starts_nocase(name, "case "))
		name += strlen("case ");
	if (!str_number(name, 1, INT32_MAX, &number))
		return 0;
	return case_by_number(store, number, id_r, err) == -1 ? -1 : standing(store, id_r, err);
}

int
store_due(struct store *store, struct arena *arena, instant until, size_t max, int64_t **case_ids_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT case_id FROM timer WHERE due<=? ORDER BY due, case_id LIMIT ?");
	int64_t *ids = NULL;
	size_t count = 0;

	sql_put_int(&q, until);
	sql_put_int(&q, (int64_t)max);
	while (sql_row(&q))
		*arena_push(arena, ids, count) = sql_get_int(&q);
	*case_ids_r = ids;
	*count_r = count;
	return sql_end(&q, err);
}

int
store_due_by(struct store *store, const char *pack, int64_t after, int64_t upto, instant at, struct err *err)
{
	struct query q = sql_query(store, "UPDATE timer SET due=?1, day=?2, minute=?3 WHERE case_id>?5 AND case_id<=?6 AND +due>?1"
	    " AND EXISTS (SELECT 1 FROM cases WHERE id=case_id AND pack=?4)");

	sql_put_int(&q, at);
	sql_put_day(&q, instant_date(at));
	sql_put_int(&q, instant_minute(at));
	sql_put_text(&q, pack);
	sql_put_int(&q, after);
	sql_put_int(&q, upto);
	return sql_run(&q, err);
}

int
store_next_due(struct store *store, instant *at_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT min(at) FROM (SELECT min(due) AS at FROM timer"
	    " UNION ALL SELECT min(due) FROM triage WHERE due IS NOT NULL)");

	*at_r = INSTANT_NONE;
	if (sql_row(&q))
		*at_r = sql_get_instant(&q);
	return sql_end(&q, err);
}

int
store_cases(struct store *store, struct arena *arena, const struct cases_wish *wish, struct case_row **rows_r, size_t *count_r,
    struct err *err)
{
	static const char *const which[] = {
#define CASE_ROWS "SELECT c.id, c.pack, c.reference, c.opened, c.closed, t.due," \
	    " (SELECT group_concat(name || CASE service WHEN '' THEN '' ELSE ' (' || service || ')' END ||" \
	    " ': ' || stage, ', ') FROM (SELECT name, service, stage FROM strand WHERE case_id=c.id ORDER BY no))" \
	    " FROM cases c LEFT JOIN timer t ON t.case_id=c.id"
		CASE_ROWS " WHERE c.id>? AND c.id<=? AND c.closed IS NULL ORDER BY c.id LIMIT ?",
		CASE_ROWS " WHERE c.id>? AND c.id<=? ORDER BY c.id LIMIT ?",
#undef CASE_ROWS
	};
	struct query q = sql_query(store, which[wish->closed_too]);
	struct case_row *rows = NULL, *row;
	size_t count = 0;

	sql_put_int(&q, wish->after);
	sql_put_int(&q, wish->upto == 0 ? INT64_MAX : wish->upto);
	sql_put_int(&q, wish->most == 0 ? -1 : wish->most);
	while (sql_row(&q)) {
		row = arena_push(arena, rows, count);
		row->id = sql_get_int(&q);
		row->pack = sql_get_text(&q, arena);
		row->reference = sql_get_text(&q, arena);
		row->opened = sql_get_instant(&q);
		row->closed = sql_get_instant(&q);
		row->next_due = sql_get_instant(&q);
		row->stages = sql_get_text(&q, arena);
	}
	*rows_r = rows;
	*count_r = count;
	return sql_end(&q, err);
}

int
store_cases_count(struct store *store, bool closed_too, int64_t *count_r, struct err *err)
{
	struct query q = sql_query(store, closed_too ? "SELECT count(*) FROM cases" : "SELECT count(*) FROM cases WHERE closed IS NULL");

	*count_r = sql_row(&q) ? sql_get_int(&q) : 0;
	return sql_end(&q, err);
}

int
store_cases_due(struct store *store, struct arena *arena, int64_t after, int64_t upto, dayno until, struct due_row **rows_r,
    size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT c.id, c.reference, d.name, d.date, s.no IS NOT NULL, s.name, s.stage FROM cases c"
	    " JOIN deadline d ON d.case_id=c.id LEFT JOIN strand s ON s.case_id=c.id AND s.no=d.strand"
	    " WHERE c.id>? AND c.id<=? AND c.closed IS NULL AND NOT d.superseded AND d.date<=? AND CASE WHEN s.no IS NULL"
	    " THEN EXISTS (SELECT 1 FROM strand o WHERE o.case_id=c.id AND NOT o.final) ELSE NOT s.final END"
	    " ORDER BY c.id, d.no");
	struct due_row *rows = NULL, *row;
	size_t count = 0;

	sql_put_int(&q, after);
	sql_put_int(&q, upto);
	sql_put_day(&q, until);
	while (sql_row(&q)) {
		row = arena_push(arena, rows, count);
		row->id = sql_get_int(&q);
		row->reference = sql_get_text(&q, arena);
		row->name = sql_get_text(&q, arena);
		row->date = sql_get_day(&q);
		row->of_strand = sql_get_int(&q) != 0;
		row->strand = sql_get_text(&q, arena);
		row->stage = sql_get_text(&q, arena);
	}
	*rows_r = rows;
	*count_r = count;
	return sql_end(&q, err);
}

int
store_cases_after(struct store *store, struct arena *arena, int64_t after, size_t max, int64_t **ids_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT id FROM cases WHERE id>? AND closed IS NULL ORDER BY id LIMIT ?");

	*ids_r = NULL;
	*count_r = 0;
	sql_put_int(&q, after);
	sql_put_int(&q, (int64_t)max);
	while (sql_row(&q))
		*arena_push(arena, *ids_r, *count_r) = sql_get_int(&q);
	return sql_end(&q, err);
}

int
store_case_highest(struct store *store, int64_t *id_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT coalesce(max(id), 0) FROM cases");

	*id_r = sql_row(&q) ? sql_get_int(&q) : 0;
	return sql_end(&q, err);
}

int
store_cases_shown(struct store *store, struct arena *arena, int64_t after, int64_t upto, instant closed_since, int64_t **ids_r,
    size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT id FROM cases WHERE id>? AND id<=? AND (closed IS NULL OR closed>=?)"
	    " AND merged_into IS NULL AND purged IS NULL ORDER BY id");

	*ids_r = NULL;
	*count_r = 0;
	sql_put_int(&q, after);
	sql_put_int(&q, upto);
	sql_put_int(&q, closed_since);
	while (sql_row(&q))
		*arena_push(arena, *ids_r, *count_r) = sql_get_int(&q);
	return sql_end(&q, err);
}

int
store_case_due(struct store *store, int64_t id, instant *due_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT due FROM timer WHERE case_id=?");

	*due_r = INSTANT_NONE;
	sql_put_int(&q, id);
	if (sql_row(&q))
		*due_r = sql_get_instant(&q);
	return sql_end(&q, err);
}
