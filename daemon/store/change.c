/*
 * What an administrator put right: the changes with their reasons, what
 * strands and questions were before anything touched them, and the rows that a
 * change moved, as they were.  Core only.
 * Invariant: a touch is in force until one change takes it back; apply.c writes
 * them with what touches.
 * Fails: as store.h says.
 */
#include <stdio.h>
#include <string.h>

#include "store/sql.h"

#define CHANGE_ROWS	"SELECT id, case_id, word, at, who, what, reason, message, other, scope, undoes, undone_by FROM change"

static void
read_change(struct query *q, struct arena *arena, struct change_row *row)
{
	row->id = sql_get_int(q);
	row->case_id = sql_get_int(q);
	row->word = (enum admin_word)sql_get_int(q);
	row->at = sql_get_instant(q);
	row->who = sql_get_text(q, arena);
	row->what = sql_get_text(q, arena);
	row->reason = sql_get_text(q, arena);
	row->message = sql_get_int(q);
	row->other = sql_get_int(q);
	row->scope = sql_get_text(q, arena);
	row->undoes = sql_get_int(q);
	row->undone_by = sql_get_int(q);
}

int
store_change_add(struct store *store, struct change_row *row, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO change(case_id, word, at, who, what, reason, message, other, scope,"
	    " undoes) VALUES(?,?,?,?,?,?,?,?,?,?) RETURNING id");

	sql_put_id(&q, row->case_id);
	sql_put_int(&q, row->word);
	sql_put_int(&q, row->at);
	sql_put_text(&q, row->who);
	sql_put_text(&q, row->what);
	sql_put_text(&q, row->reason);
	sql_put_id(&q, row->message);
	sql_put_id(&q, row->other);
	sql_put_text(&q, row->scope);
	sql_put_id(&q, row->undoes);
	if (sql_row(&q))
		row->id = sql_get_int(&q);
	return sql_run(&q, err);
}

int
store_change_put(struct store *store, const struct change_row *row, struct err *err)
{
	struct query q = sql_query(store, "UPDATE change SET what=?, undone_by=? WHERE id=?");

	sql_put_text(&q, row->what);
	sql_put_id(&q, row->undone_by);
	sql_put_int(&q, row->id);
	return sql_run(&q, err);
}

int
store_change(struct store *store, struct arena *arena, int64_t id, struct change_row **row_r, struct err *err)
{
	struct query q = sql_query(store, CHANGE_ROWS " WHERE id=?");

	*row_r = NULL;
	sql_put_int(&q, id);
	if (sql_row(&q)) {
		*row_r = arena_alloc(arena, sizeof(**row_r));
		read_change(&q, arena, *row_r);
	}
	return sql_end(&q, err);
}

int
store_changes(struct store *store, struct arena *arena, int64_t case_id, struct change_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, CHANGE_ROWS " WHERE case_id=? ORDER BY id");

	*rows_r = NULL;
	*count_r = 0;
	sql_put_int(&q, case_id);
	while (sql_row(&q))
		read_change(&q, arena, arena_push(arena, *rows_r, *count_r));
	return sql_end(&q, err);
}

/* ---- Touches */

static int
strand_touches(struct store *store, struct arena *arena, int64_t case_id, struct case_touch **touches, size_t *count,
    struct err *err)
{
	struct query q = sql_query(store, "SELECT message, change, at, strand, existed, name, service, stage, entry, began,"
	    " entered, final, chased, held, held_at FROM strand_was WHERE case_id=? AND taken_back IS NULL ORDER BY no");

	sql_put_int(&q, case_id);
	while (sql_row(&q)) {
		struct case_touch *touch = arena_push(arena, *touches, *count);
		struct case_strand *strand = &touch->strand;

		touch->message = sql_get_int(&q);
		touch->change = sql_get_int(&q);
		touch->at = sql_get_instant(&q);
		touch->strand_no = strand->no = (int)sql_get_int(&q);
		touch->existed = sql_get_int(&q) != 0;
		strand->name = sql_get_text(&q, arena);
		strand->service = sql_get_text(&q, arena);
		strand->stage = sql_get_text(&q, arena);
		strand->entry = (int)sql_get_int(&q);
		strand->began = sql_get_instant(&q);
		strand->entered = sql_get_instant(&q);
		strand->final = sql_get_int(&q) != 0;
		strand->chased = sql_get_text(&q, arena);
		strand->held = sql_get_int(&q) != 0;
		strand->held_at = sql_get_instant(&q);
	}
	return sql_end(&q, err);
}

static int
question_touches(struct store *store, struct arena *arena, int64_t case_id, struct case_touch **touches, size_t *count,
    struct err *err)
{
	struct query q = sql_query(store, "SELECT message, change, at, question, existed, state, answer, answered_by,"
	    " answered_at FROM question_was WHERE case_id=? AND taken_back IS NULL ORDER BY no");

	sql_put_int(&q, case_id);
	while (sql_row(&q)) {
		struct case_touch *touch = arena_push(arena, *touches, *count);
		struct case_question *question = &touch->question;

		touch->message = sql_get_int(&q);
		touch->change = sql_get_int(&q);
		touch->at = sql_get_instant(&q);
		touch->question_no = question->no = (int)sql_get_int(&q);
		touch->existed = sql_get_int(&q) != 0;
		question->state = (enum question_state)sql_get_int(&q);
		question->answer = sql_get_text(&q, arena);
		question->answered_by = sql_get_text(&q, arena);
		question->answered_at = sql_get_instant(&q);
	}
	return sql_end(&q, err);
}

int
store_touches(struct store *store, struct arena *arena, int64_t case_id, struct case_touch **touches_r, size_t *count_r, struct err *err)
{
	*touches_r = NULL;
	*count_r = 0;
	if (strand_touches(store, arena, case_id, touches_r, count_r, err) == -1)
		return -1;
	return question_touches(store, arena, case_id, touches_r, count_r, err);
}

static int
take_back(struct query q, int64_t case_id, int64_t cause, int64_t by, struct err *err)
{
	sql_put_int(&q, by);
	sql_put_int(&q, case_id);
	sql_put_int(&q, cause);
	return sql_run(&q, err);
}

int
store_touches_take_back(struct store *store, int64_t case_id, int64_t message, int64_t change, int64_t by, struct err *err)
{
	if (message != 0)
		return take_back(sql_query(store, "UPDATE strand_was SET taken_back=? WHERE case_id=? AND message=?"
		    " AND taken_back IS NULL"), case_id, message, by, err) == -1 ? -1 :
		    take_back(sql_query(store, "UPDATE question_was SET taken_back=? WHERE case_id=? AND message=?"
		    " AND taken_back IS NULL"), case_id, message, by, err);
	return take_back(sql_query(store, "UPDATE strand_was SET taken_back=? WHERE case_id=? AND change=?"
	    " AND taken_back IS NULL"), case_id, change, by, err) == -1 ? -1 :
	    take_back(sql_query(store, "UPDATE question_was SET taken_back=? WHERE case_id=? AND change=?"
	    " AND taken_back IS NULL"), case_id, change, by, err);
}

int
store_touches_again(struct store *store, int64_t case_id, int64_t by, struct err *err)
{
	struct query q = sql_query(store, "UPDATE strand_was SET taken_back=NULL WHERE case_id=? AND taken_back=?");

	sql_put_int(&q, case_id);
	sql_put_int(&q, by);
	if (sql_run(&q, err) == -1)
		return -1;
	q = sql_query(store, "UPDATE question_was SET taken_back=NULL WHERE case_id=? AND taken_back=?");
	sql_put_int(&q, case_id);
	sql_put_int(&q, by);
	return sql_run(&q, err);
}

/* ---- Rows that were moved */

int
store_moved_add(struct store *store, int64_t change, const struct moved_row *row, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO moved(change, what, id, case_id, strand, question, state)"
	    " VALUES(?,?,?,?,?,?,?) ON CONFLICT DO NOTHING");

	sql_put_int(&q, change);
	sql_put_int(&q, row->what);
	sql_put_int(&q, row->id);
	sql_put_id(&q, row->case_id);
	sql_put_int(&q, row->strand);
	sql_put_int(&q, row->question);
	sql_put_int(&q, row->state);
	return sql_run(&q, err);
}

int
store_moved(struct store *store, struct arena *arena, int64_t change, struct moved_row **rows_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT what, id, case_id, strand, question, state FROM moved WHERE change=?"
	    " ORDER BY what, id");

	*rows_r = NULL;
	*count_r = 0;
	sql_put_int(&q, change);
	while (sql_row(&q)) {
		struct moved_row *row = arena_push(arena, *rows_r, *count_r);

		row->what = (enum moved_what)sql_get_int(&q);
		row->id = sql_get_int(&q);
		row->case_id = sql_get_int(&q);
		row->strand = (int)sql_get_int(&q);
		row->question = (int)sql_get_int(&q);
		row->state = (int)sql_get_int(&q);
	}
	return sql_end(&q, err);
}

int
store_moved_mail(struct store *store, int64_t outbox, bool *moved_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT 1 FROM moved m JOIN change c ON c.id=m.change WHERE m.what IN (?,?) AND m.id=?"
	    " AND coalesce(c.undone_by, 0)=0");

	sql_put_int(&q, MOVED_OUTBOX);
	sql_put_int(&q, MOVED_RECALLED);
	sql_put_int(&q, outbox);
	*moved_r = sql_row(&q);
	return sql_end(&q, err);
}

int
store_outbox_recalled(struct store *store, int64_t outbox, int64_t *change_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT c.id FROM moved m JOIN change c ON c.id=m.change WHERE m.what=? AND m.id=?"
	    " AND coalesce(c.undone_by, 0)=0 ORDER BY c.id LIMIT 1");

	sql_put_int(&q, MOVED_RECALLED);
	sql_put_int(&q, outbox);
	*change_r = sql_row(&q) ? sql_get_int(&q) : 0;
	return sql_end(&q, err);
}

int
store_message_to_case(struct store *store, int64_t message, int64_t case_id, int strand, const char *state, struct err *err)
{
	struct query q = sql_query(store, "UPDATE message SET case_id=?, strand=?, state=coalesce(?, state) WHERE id=?");

	sql_put_id(&q, case_id);
	sql_put_int(&q, strand);
	sql_put_some(&q, state);
	sql_put_int(&q, message);
	return sql_run(&q, err);
}

static int
mail_documents(struct store *store, struct arena *arena, struct case_mail *mail, struct err *err)
{
	struct query q = sql_query(store, "SELECT name, type, offset, size, sha256, unreadable FROM document WHERE message=?"
	    " AND NOT is_inline ORDER BY part");

	sql_put_int(&q, mail->message);
	while (sql_row(&q)) {
		struct document *document = arena_push(arena, mail->documents, mail->document_count);

		document->name = sql_get_text(&q, arena);
		document->type = sql_get_text(&q, arena);
		document->content_id = document->text = "";
		document->offset = (uint64_t)sql_get_int(&q);
		document->size = (uint64_t)sql_get_int(&q);
		(void)snprintf(document->sha256, sizeof(document->sha256), "%.64s", sql_get_hex(&q, arena));
		document->unreadable = sql_get_text(&q, arena);
	}
	return sql_end(&q, err);
}

int
store_case_mail(struct store *store, struct arena *arena, int64_t message, struct case_mail *mail_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT kind, strand, sender, received, message_id FROM message WHERE id=?");

	*mail_r = (struct case_mail){ .message = message, .kind = "", .from = "", .message_id = "" };
	sql_put_int(&q, message);
	if (sql_row(&q)) {
		mail_r->kind = sql_get_text(&q, arena);
		mail_r->strand = (int)sql_get_int(&q);
		mail_r->from = sql_get_text(&q, arena);
		mail_r->received = sql_get_instant(&q);
		mail_r->message_id = sql_get_text(&q, arena);
	}
	if (sql_end(&q, err) == -1)
		return -1;
	return mail_documents(store, arena, mail_r, err);
}

/* ---- Cases made one */

static int
numbers(struct query q, int64_t first, int64_t second, struct err *err)
{
	sql_put_int(&q, first);
	sql_put_int(&q, second);
	return sql_run(&q, err);
}

int
store_case_merge(struct store *store, int64_t from, int64_t into, instant at, struct err *err)
{
	struct query q = sql_query(store, "UPDATE cases SET closed=coalesce(closed, ?), merged_into=? WHERE id=?");

	sql_put_int(&q, at);
	sql_put_int(&q, into);
	sql_put_int(&q, from);
	if (sql_run(&q, err) == -1 ||
	    numbers(sql_query(store, "UPDATE cases SET merged_into=?1 WHERE merged_into=?2"), into, from, err) == -1 ||
	    numbers(sql_query(store, "UPDATE triage SET case_id=?1 WHERE case_id=?2 AND state='open'"), into, from, err) == -1)
		return -1;
	q = sql_query(store, "DELETE FROM timer WHERE case_id=?");
	sql_put_int(&q, from);
	if (sql_run(&q, err) == -1)
		return -1;
	q = sql_query(store, "DELETE FROM list_waiting WHERE case_id=?");
	sql_put_int(&q, from);
	return sql_run(&q, err);
}

int
store_case_again(struct store *store, int64_t id, int64_t merged_into, instant closed, instant now, struct err *err)
{
	struct query q = sql_query(store, "UPDATE cases SET closed=?, merged_into=? WHERE id=?");

	sql_put_instant(&q, closed);
	sql_put_id(&q, merged_into);
	sql_put_int(&q, id);
	if (sql_run(&q, err) == -1)
		return -1;
	return store_case_look(store, id, now, err);
}

int
store_case_look(struct store *store, int64_t id, instant now, struct err *err)
{
	struct query q = sql_query(store, "INSERT OR REPLACE INTO timer(case_id, due, day, minute)"
	    " SELECT id, ?, ?, ? FROM cases WHERE id=? AND closed IS NULL AND merged_into IS NULL");

	sql_put_int(&q, now);
	sql_put_day(&q, instant_date(now));
	sql_put_int(&q, instant_minute(now));
	sql_put_int(&q, id);
	return sql_run(&q, err);
}

int
store_case_merged_into(struct store *store, int64_t id, int64_t *into_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT merged_into FROM cases WHERE id=?");

	*into_r = 0;
	sql_put_int(&q, id);
	if (sql_row(&q))
		*into_r = sql_get_int(&q);
	return sql_end(&q, err);
}

int
store_cases_merged(struct store *store, struct arena *arena, int64_t into, int64_t **ids_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT id FROM cases WHERE merged_into=? ORDER BY id");

	*ids_r = NULL;
	*count_r = 0;
	sql_put_int(&q, into);
	while (sql_row(&q))
		*arena_push(arena, *ids_r, *count_r) = sql_get_int(&q);
	return sql_end(&q, err);
}

int
store_codes_move(struct store *store, int64_t from, int64_t to, int after, int most, int by, struct err *err)
{
	struct query q = sql_query(store, "UPDATE question_code SET case_id=?, question=question+? WHERE case_id=?"
	    " AND question>? AND question<=?");

	sql_put_int(&q, to);
	sql_put_int(&q, by);
	sql_put_int(&q, from);
	sql_put_int(&q, after);
	sql_put_int(&q, most);
	return sql_run(&q, err);
}

int
store_case_bearing(struct store *store, const char *pack, const char *reference, int64_t except, int64_t *id_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT id FROM cases WHERE reference=? AND pack=? AND id<>? AND closed IS NULL");

	*id_r = 0;
	sql_put_text(&q, reference);
	sql_put_text(&q, pack);
	sql_put_int(&q, except);
	if (sql_row(&q))
		*id_r = sql_get_int(&q);
	return sql_end(&q, err);
}

int
store_case_numbered(struct store *store, const char *pack, const char *number, int64_t except, int64_t *id_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT id FROM cases WHERE nhs_number=?1 AND pack=?2 AND id<>?3 AND closed IS NULL"
	    " UNION ALL SELECT id FROM cases WHERE upn=?1 AND pack=?2 AND id<>?3 AND closed IS NULL");

	*id_r = 0;
	sql_put_text(&q, number);
	sql_put_text(&q, pack);
	sql_put_int(&q, except);
	if (sql_row(&q))
		*id_r = sql_get_int(&q);
	return sql_end(&q, err);
}
