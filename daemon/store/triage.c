/*
 * Triage: what a person must settle because the daemon will not guess; to whom
 * it was put, what may be answered, when they are reminded.  Core only.
 * Invariant: the same thing (case, message, reason or what it is known by) waits once while it is open.
 * Fails: as store.h says.
 */
#include "store/sql.h"

#define TRIAGE_ROWS	"SELECT id, case_id, message, pack, reason, rule, state, at, kind, outbox, template, note, asked," \
	" asked_at, due, answer, answered_by, answered_at, words, known_by FROM triage"
#define KNOWN_BY	"CASE WHEN known_by='' THEN reason ELSE known_by END"

static void
read_triage(struct query *q, struct arena *arena, struct triage_row *row)
{
	row->id = sql_get_int(q);
	row->case_id = sql_get_int(q);
	row->message = sql_get_int(q);
	row->pack = sql_get_text(q, arena);
	row->reason = sql_get_text(q, arena);
	row->rule = sql_get_text(q, arena);
	row->state = sql_get_text(q, arena);
	row->at = sql_get_instant(q);
	row->kind = (enum triage_kind)sql_get_int(q);
	row->outbox = sql_get_int(q);
	row->template = sql_get_text(q, arena);
	row->note = sql_get_text(q, arena);
	row->asked = sql_get_lines(q, arena);
	row->asked_at = sql_get_instant(q);
	row->due = sql_get_instant(q);
	row->answer = sql_get_text(q, arena);
	row->answered_by = sql_get_text(q, arena);
	row->answered_at = sql_get_instant(q);
	row->words = sql_get_text(q, arena);
	row->known_by = sql_get_text(q, arena);
}

static int
one_triage(struct query *q, struct arena *arena, struct triage_row **row_r, struct err *err)
{
	*row_r = NULL;
	if (sql_row(q)) {
		*row_r = arena_alloc(arena, sizeof(**row_r));
		read_triage(q, arena, *row_r);
	}
	return sql_end(q, err);
}

static int
all_triages(struct query *q, struct arena *arena, struct triage_row **rows_r, size_t *count_r, struct err *err)
{
	struct triage_row *rows = NULL;
	size_t count = 0;

	while (sql_row(q))
		read_triage(q, arena, arena_push(arena, rows, count));
	*rows_r = rows;
	*count_r = count;
	return sql_end(q, err);
}

/* ---- Rows */

static int
find_open(struct store *store, const struct triage_row *row, int64_t *id_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT id FROM triage WHERE case_id IS ? AND message IS ? AND " KNOWN_BY "=?"
	    " AND state='open'");

	*id_r = 0;
	sql_put_id(&q, row->case_id);
	sql_put_id(&q, row->message);
	sql_put_text(&q, row->known_by != NULL && row->known_by[0] != '\0' ? row->known_by : row->reason);
	if (sql_row(&q))
		*id_r = sql_get_int(&q);
	return sql_end(&q, err);
}

int
store_triage_add(struct store *store, struct triage_row *row, struct err *err)
{
	struct query q;

	if (find_open(store, row, &row->id, err) == -1)
		return -1;
	if (row->id != 0)
		return 0;
	q = sql_query(store, "INSERT INTO triage(case_id, message, pack, reason, rule, state, at, kind, outbox,"
	    " template, note, known_by, sender) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,"
	    " coalesce((SELECT sender FROM message WHERE id=?2), '')) RETURNING id");
	sql_put_id(&q, row->case_id);
	sql_put_id(&q, row->message);
	sql_put_text(&q, row->pack);
	sql_put_text(&q, row->reason);
	sql_put_text(&q, row->rule);
	sql_put_text(&q, row->state != NULL ? row->state : "open");
	sql_put_instant(&q, row->at);
	sql_put_int(&q, row->kind);
	sql_put_id(&q, row->outbox);
	sql_put_text(&q, row->template);
	sql_put_text(&q, row->note);
	sql_put_text(&q, row->known_by);
	if (sql_row(&q))
		row->id = sql_get_int(&q);
	return sql_run(&q, err);
}

int
store_triage_put(struct store *store, const struct triage_row *row, struct err *err)
{
	struct query q = sql_query(store, "UPDATE triage SET case_id=?, state=?, kind=?, outbox=?, template=?, note=?,"
	    " asked=?, asked_at=?, due=?, answer=?, answered_by=?, answered_at=?, words=? WHERE id=?");

	sql_put_id(&q, row->case_id);
	sql_put_text(&q, row->state);
	sql_put_int(&q, row->kind);
	sql_put_id(&q, row->outbox);
	sql_put_text(&q, row->template);
	sql_put_text(&q, row->note);
	sql_put_lines(&q, &row->asked);
	sql_put_instant(&q, row->asked_at);
	sql_put_instant(&q, str_same(row->state, "open") ? row->due : INSTANT_NONE);
	sql_put_text(&q, row->answer);
	sql_put_text(&q, row->answered_by);
	sql_put_instant(&q, row->answered_at);
	sql_put_text(&q, row->words);
	sql_put_int(&q, row->id);
	return sql_run(&q, err);
}

int
store_triage_done(struct store *store, int64_t id, struct err *err)
{
	struct query q = sql_query(store, "UPDATE triage SET state='done', due=NULL WHERE id=?");

	sql_put_int(&q, id);
	return sql_run(&q, err);
}

int
store_triages(struct store *store, struct arena *arena, bool open_only, struct triage_row **rows_r, size_t *count_r, struct err *err)
{
	static const char *const which[] = {
		TRIAGE_ROWS " ORDER BY id",
		TRIAGE_ROWS " WHERE state='open' ORDER BY id",
	};
	struct query q = sql_query(store, which[open_only]);

	return all_triages(&q, arena, rows_r, count_r, err);
}

int
store_triages_of_case(struct store *store, struct arena *arena, int64_t case_id, struct triage_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, TRIAGE_ROWS " WHERE case_id=?1 OR (message IN (SELECT id FROM message WHERE case_id=?1)"
	    " AND case_id IS NULL) ORDER BY id");

	sql_put_int(&q, case_id);
	return all_triages(&q, arena, rows_r, count_r, err);
}

int
store_triage(struct store *store, struct arena *arena, int64_t id, struct triage_row **row_r, struct err *err)
{
	struct query q = sql_query(store, TRIAGE_ROWS " WHERE id=?");

	sql_put_int(&q, id);
	return one_triage(&q, arena, row_r, err);
}

int
store_triage_open(struct store *store, struct arena *arena, int64_t case_id, int64_t message, const char *known_by, struct triage_row **row_r, struct err *err)
{
	struct query q = sql_query(store, TRIAGE_ROWS " WHERE case_id IS ? AND message IS ? AND " KNOWN_BY "=? AND state='open'");

	sql_put_id(&q, case_id);
	sql_put_id(&q, message);
	sql_put_text(&q, known_by);
	return one_triage(&q, arena, row_r, err);
}

int
store_triages_of_message(struct store *store, struct arena *arena, int64_t message, struct triage_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, TRIAGE_ROWS " WHERE message=? AND state='open' ORDER BY id");

	sql_put_int(&q, message);
	return all_triages(&q, arena, rows_r, count_r, err);
}

int
store_triage_vouched(struct store *store, int64_t case_id, int64_t message, bool *text_r, bool *files_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT t.kind FROM triage t LEFT JOIN outbox o ON o.id=t.outbox"
	    " WHERE (t.message=?2 AND (t.kind=?3 OR (t.kind=?4 AND t.case_id=?1))"
	    " AND t.answer NOT IN ('', 'DONE', 'NEW', 'NOT A CASE'))"
	    " OR (t.case_id=?1 AND t.kind=?5 AND t.answer='RELEASE' AND o.forwarded=?2)");

	*text_r = *files_r = false;
	sql_put_int(&q, case_id);
	sql_put_int(&q, message);
	sql_put_int(&q, TRIAGE_MAIL);
	sql_put_int(&q, TRIAGE_FORM);
	sql_put_int(&q, TRIAGE_OUTGOING);
	while (sql_row(&q)) {
		*text_r = true;
		*files_r |= sql_get_int(&q) != TRIAGE_MAIL;
	}
	return sql_end(&q, err);
}

int
store_triage_asked_of(struct store *store, int64_t message, instant since, int64_t most, int64_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT count(*) FROM (SELECT DISTINCT t.message FROM message n CROSS JOIN triage t"
	    " WHERE n.id=?1 AND t.sender=n.sender AND t.asked_at>?2 AND t.pack=n.pack AND t.message<>n.id LIMIT ?3)");

	sql_put_int(&q, message);
	sql_put_int(&q, since);
	sql_put_int(&q, most);
	*count_r = sql_row(&q) ? sql_get_int(&q) : 0;
	return sql_end(&q, err);
}

int
store_triages_due(struct store *store, struct arena *arena, instant until, size_t max, int64_t **ids_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT id FROM triage WHERE due IS NOT NULL AND due<=? ORDER BY due, id LIMIT ?");
	int64_t *ids = NULL;
	size_t count = 0;

	sql_put_int(&q, until);
	sql_put_int(&q, (int64_t)max);
	while (sql_row(&q))
		*arena_push(arena, ids, count) = sql_get_int(&q);
	*ids_r = ids;
	*count_r = count;
	return sql_end(&q, err);
}

/* ---- What its answers mean */

static int
candidate_put(struct store *store, int64_t id, size_t no, int64_t case_id, struct err *err)
{
	struct query q = sql_query(store, "INSERT OR REPLACE INTO triage_candidate(triage, no, case_id) VALUES(?,?,?)");

	sql_put_int(&q, id);
	sql_put_int(&q, (int64_t)no);
	sql_put_int(&q, case_id);
	return sql_run(&q, err);
}

int
store_triage_candidates_put(struct store *store, int64_t id, const int64_t *cases, size_t count, struct err *err)
{
	struct whole whole;
	int result = 0;

	if (sql_whole(store, &whole, err) == -1)
		return -1;
	for (size_t i = 0; i < count && result == 0; i++)
		result = candidate_put(store, id, i + 1, cases[i], err);
	return sql_whole_end(store, &whole, result, err);
}

int
store_triage_candidates(struct store *store, struct arena *arena, int64_t id, int64_t **cases_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT case_id FROM triage_candidate WHERE triage=? ORDER BY no");
	int64_t *cases = NULL;
	size_t count = 0;

	sql_put_int(&q, id);
	while (sql_row(&q))
		*arena_push(arena, cases, count) = sql_get_int(&q);
	*cases_r = cases;
	*count_r = count;
	return sql_end(&q, err);
}

/* ---- Reminders */

static int
rung_put(struct store *store, int64_t id, const struct case_rung *rung, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO triage_rung(triage, rung, occurrence, version, collapsed)"
	    " VALUES(?,?,?,?,?) ON CONFLICT DO UPDATE SET collapsed=excluded.collapsed");

	sql_put_int(&q, id);
	sql_put_text(&q, rung->rung);
	sql_put_int(&q, rung->occurrence);
	sql_put_int(&q, rung->version);
	sql_put_int(&q, rung->collapsed);
	return sql_run(&q, err);
}

int
store_triage_rungs_put(struct store *store, int64_t id, const struct case_rung *rungs, size_t count, struct err *err)
{
	struct whole whole;
	int result = 0;

	if (sql_whole(store, &whole, err) == -1)
		return -1;
	for (size_t i = 0; i < count && result == 0; i++)
		result = rung_put(store, id, &rungs[i], err);
	return sql_whole_end(store, &whole, result, err);
}

int
store_triage_rungs(struct store *store, struct arena *arena, int64_t id, struct case_rung **rungs_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT rung, occurrence, version, collapsed FROM triage_rung WHERE triage=?"
	    " ORDER BY rung, occurrence, version");
	struct case_rung *rungs = NULL, *rung;
	size_t count = 0;

	sql_put_int(&q, id);
	while (sql_row(&q)) {
		rung = arena_push(arena, rungs, count);
		*rung = (struct case_rung){ .rung = sql_get_text(&q, arena) };
		rung->occurrence = (int)sql_get_int(&q);
		rung->version = (int)sql_get_int(&q);
		rung->collapsed = sql_get_int(&q) != 0;
	}
	*rungs_r = rungs;
	*count_r = count;
	return sql_end(&q, err);
}

/* ---- Codes */

int
store_triage_code_add(struct store *store, const char *code_hash, int64_t id, const char *sole, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO triage_code(hash, triage, sole) VALUES(?,?,?)");

	sql_put_hex(&q, code_hash);
	sql_put_int(&q, id);
	sql_put_text(&q, sole);
	return sql_run(&q, err);
}

int
store_triage_code_find(struct store *store, struct arena *arena, const char *code_hash, int64_t *id_r, const char **sole_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT triage, sole FROM triage_code WHERE hash=?");

	*id_r = 0;
	*sole_r = "";
	sql_put_hex(&q, code_hash);
	if (sql_row(&q)) {
		*id_r = sql_get_int(&q);
		*sole_r = sql_get_text(&q, arena);
	}
	return sql_end(&q, err);
}
