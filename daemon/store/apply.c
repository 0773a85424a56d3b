/*
 * A decision becomes rows: strands, stage entries, facts, deadlines, questions,
 * rungs, the timer, and the mail that joined the case.  Core only.
 * Invariant: all of it or nothing (a savepoint, or a transaction of its own);
 * nothing here decides anything.  Mails and reasons are the engine's to store.
 * Fails: as store.h says.
 */
#include <string.h>

#include "store/case_kept.h"

struct applying {
	struct store	*store;
	struct arena	*arena;		/* for folding names */
	int64_t		 case_id, message;
	int64_t		 change;
	instant		 now;
	int64_t		 next_no;	/* of the table being filled */
};

static int
read_next_no(struct applying *a, const char *sql, struct err *err)
{
	struct query q = sql_query(a->store, sql);

	sql_put_int(&q, a->case_id);
	a->next_no = sql_row(&q) ? sql_get_int(&q) + 1 : 1;
	return sql_end(&q, err);
}

/* What it was before, and what touched it: so that this can be taken back. */
static int
strand_was(struct applying *a, const struct case_strand *strand, struct err *err)
{
	struct query q = sql_query(a->store, "INSERT INTO strand_was(case_id, no, strand, message, change, at, existed, name,"
	    " service, stage, entry, began, entered, final, chased, held, held_at)"
	    " SELECT ?1, coalesce((SELECT max(no) FROM strand_was WHERE case_id=?1), 0) + 1, ?2, ?3, ?4, ?5, s.no IS NOT NULL,"
	    " s.name, s.service, s.stage, s.entry, s.began, s.entered, s.final, s.chased, s.held, s.held_at"
	    " FROM (SELECT 1) LEFT JOIN strand s ON s.case_id=?1 AND s.no=?2");

	sql_put_int(&q, a->case_id);
	sql_put_int(&q, strand->no);
	sql_put_id(&q, a->message);
	sql_put_id(&q, a->change);
	sql_put_int(&q, a->now);
	return sql_run(&q, err);
}

static int
drop_strand(struct applying *a, const struct case_strand *strand, struct err *err)
{
	struct query q = sql_query(a->store, "DELETE FROM strand WHERE case_id=? AND no=?");

	sql_put_int(&q, a->case_id);
	sql_put_int(&q, strand->no);
	return sql_run(&q, err);
}

static int
put_strand(struct applying *a, const struct case_strand *strand, struct err *err)
{
	struct query q = sql_query(a->store, "INSERT OR REPLACE INTO strand(case_id, no, name, service, stage,"
	    " entry, began, entered, final, chased, held, held_at)"
	    " VALUES(?,?,?,?,?,?,?,?,?,?,?,?)");

	sql_put_int(&q, a->case_id);
	sql_put_int(&q, strand->no);
	sql_put_text(&q, strand->name);
	sql_put_text(&q, strand->service);
	sql_put_text(&q, strand->stage);
	sql_put_int(&q, strand->entry);
	sql_put_instant(&q, strand->began);
	sql_put_instant(&q, strand->entered);
	sql_put_int(&q, strand->final);
	sql_put_text(&q, strand->chased);
	sql_put_int(&q, strand->held);
	sql_put_instant(&q, strand->held_at);
	return sql_run(&q, err);
}

static int
put_strands(struct applying *a, const struct decision *decision, struct err *err)
{
	size_t i;

	for (i = 0; i < decision->strand_count; i++)
		if (strand_was(a, &decision->strands[i], err) == -1 || (decision->strands[i].gone ?
		    drop_strand(a, &decision->strands[i], err) : put_strand(a, &decision->strands[i], err)) == -1)
			return -1;
	return 0;
}

static int
put_entry(struct applying *a, const struct case_entry *entry, struct err *err)
{
	struct query q = sql_query(a->store, "INSERT INTO stage_entry(case_id, no, strand, entry, stage, at, rule,"
	    " came_from) VALUES(?,?,?,?,?,?,?,?)");

	sql_put_int(&q, a->case_id);
	sql_put_int(&q, a->next_no++);
	sql_put_int(&q, entry->strand);
	sql_put_int(&q, entry->entry);
	sql_put_text(&q, entry->stage);
	sql_put_instant(&q, entry->at);
	sql_put_text(&q, entry->rule);
	sql_put_int(&q, entry->from);
	return sql_run(&q, err);
}

static int
put_entries(struct applying *a, const struct decision *decision, struct err *err)
{
	size_t i;

	if (decision->entry_count > 0 &&
	    read_next_no(a, "SELECT max(no) FROM stage_entry WHERE case_id=?", err) == -1)
		return -1;
	for (i = 0; i < decision->entry_count; i++)
		if (put_entry(a, &decision->entries[i], err) == -1)
			return -1;
	return 0;
}

static int
supersede_fact(struct applying *a, const struct case_fact *fact, struct err *err)
{
	/* With a bare name SQLite would weigh an index of one name anew each time, and make the statement again for that. */
	struct query q = sql_query(a->store, "UPDATE fact SET superseded_by=? WHERE case_id=? AND strand=? AND +name=?"
	    " AND superseded_by IS NULL");

	sql_put_int(&q, a->next_no);
	sql_put_int(&q, a->case_id);
	sql_put_int(&q, fact->strand);
	sql_put_text(&q, fact->name);
	return sql_run(&q, err);
}

/* A fact that comes superseded takes the older ones with it and is superseded by itself: forgotten. */
static int
put_fact(struct applying *a, const struct case_fact *fact, struct err *err)
{
	struct query q;

	if (supersede_fact(a, fact, err) == -1)
		return -1;
	q = sql_query(a->store, "INSERT INTO fact(case_id, no, strand, name, value, source, who, at, message,"
	    " superseded_by, change) VALUES(?,?,?,?,?,?,?,?,?,?,?)");
	sql_put_int(&q, a->case_id);
	sql_put_int(&q, a->next_no);
	sql_put_int(&q, fact->strand);
	sql_put_text(&q, fact->name);
	sql_put_text(&q, fact->value);
	sql_put_int(&q, fact->source);
	sql_put_text(&q, fact->who);
	sql_put_instant(&q, fact->at);
	sql_put_id(&q, fact->message);
	sql_put_id(&q, fact->superseded ? a->next_no : 0);
	sql_put_id(&q, fact->change);
	a->next_no++;
	return sql_run(&q, err);
}

/*
 * What matching looks up.  The case's own fact rules; one that a strand's mail
 * told fills only what the case does not know.
 */
static int
put_child(struct applying *a, const struct case_fact *fact, struct err *err)
{
	static const struct { const char *fact, *sql; } columns[] = {
		{ "child-name", "UPDATE cases SET child_name=?1 WHERE id=?2 AND (?3=0 OR child_name IS NULL)" },
		{ "date-of-birth", "UPDATE cases SET born=?1 WHERE id=?2 AND (?3=0 OR born IS NULL)" },
		{ "nhs-number", "UPDATE cases SET nhs_number=?1 WHERE id=?2 AND (?3=0 OR nhs_number IS NULL)" },
		{ "upn", "UPDATE cases SET upn=?1 WHERE id=?2 AND (?3=0 OR upn IS NULL)" },
	};
	const char *value = fact->superseded || fact->value == NULL ? "" : fact->value;
	struct query q;
	dayno born = DAY_NONE;
	size_t i;

	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		if (strcmp(columns[i].fact, fact->name) == 0)
			break;
	if (i == sizeof(columns) / sizeof(columns[0]))
		return 0;
	q = sql_query(a->store, columns[i].sql);
	if (i == 0) {
		value = str_fold_name(a->arena, value);
		forename_add(a->store, value);
		sql_put_some(&q, value);
	} else if (i == 1)
		sql_put_day(&q, date_parse_iso(value, &born) ? born : DAY_NONE);
	else
		sql_put_some(&q, value);
	sql_put_int(&q, a->case_id);
	sql_put_int(&q, fact->strand);
	return sql_run(&q, err);
}

static int
put_facts(struct applying *a, const struct decision *decision, struct err *err)
{
	size_t i;

	if (decision->fact_count > 0 &&
	    read_next_no(a, "SELECT max(no) FROM fact WHERE case_id=?", err) == -1)
		return -1;
	for (i = 0; i < decision->fact_count; i++)
		if (put_fact(a, &decision->facts[i], err) == -1 ||
		    put_child(a, &decision->facts[i], err) == -1)
			return -1;
	return 0;
}

static int
supersede_deadline(struct applying *a, const struct case_deadline *deadline, struct err *err)
{
	struct query q = sql_query(a->store, "UPDATE deadline SET superseded=1"
	    " WHERE case_id=? AND strand=? AND name=?");

	sql_put_int(&q, a->case_id);
	sql_put_int(&q, deadline->strand);
	sql_put_text(&q, deadline->name);
	return sql_run(&q, err);
}

static int
put_deadline(struct applying *a, const struct case_deadline *deadline, struct err *err)
{
	struct query q;

	if (supersede_deadline(a, deadline, err) == -1)
		return -1;
	q = sql_query(a->store, "INSERT INTO deadline(case_id, no, strand, name, version, date, derivation,"
	    " superseded) VALUES(?,?,?,?,?,?,?,?)");
	sql_put_int(&q, a->case_id);
	sql_put_int(&q, a->next_no++);
	sql_put_int(&q, deadline->strand);
	sql_put_text(&q, deadline->name);
	sql_put_int(&q, deadline->version);
	sql_put_day(&q, deadline->date);
	sql_put_text(&q, deadline->derivation);
	sql_put_int(&q, deadline->superseded);
	return sql_run(&q, err);
}

static int
put_deadlines(struct applying *a, const struct decision *decision, struct err *err)
{
	size_t i;

	if (decision->deadline_count > 0 &&
	    read_next_no(a, "SELECT max(no) FROM deadline WHERE case_id=?", err) == -1)
		return -1;
	for (i = 0; i < decision->deadline_count; i++)
		if (put_deadline(a, &decision->deadlines[i], err) == -1)
			return -1;
	return 0;
}

static int
question_was(struct applying *a, const struct case_question *question, struct err *err)
{
	struct query q = sql_query(a->store, "INSERT INTO question_was(case_id, no, question, message, change, at, existed,"
	    " state, answer, answered_by, answered_at)"
	    " SELECT ?1, coalesce((SELECT max(no) FROM question_was WHERE case_id=?1), 0) + 1, ?2, ?3, ?4, ?5, s.no IS NOT NULL,"
	    " s.state, s.answer, s.answered_by, s.answered_at"
	    " FROM (SELECT 1) LEFT JOIN question s ON s.case_id=?1 AND s.no=?2");

	sql_put_int(&q, a->case_id);
	sql_put_int(&q, question->no);
	sql_put_id(&q, a->message);
	sql_put_id(&q, a->change);
	sql_put_int(&q, a->now);
	return sql_run(&q, err);
}

static int
put_question(struct applying *a, const struct case_question *question, struct err *err)
{
	struct query q = sql_query(a->store, "INSERT OR REPLACE INTO question(case_id, no, strand, entry, name,"
	    " asked, of_role, at, state, answer, answered_by, answered_at) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)");

	sql_put_int(&q, a->case_id);
	sql_put_int(&q, question->no);
	sql_put_int(&q, question->strand);
	sql_put_int(&q, question->entry);
	sql_put_text(&q, question->name);
	sql_put_lines(&q, &question->asked);
	sql_put_lines(&q, &question->of_role);
	sql_put_instant(&q, question->at);
	sql_put_int(&q, question->state);
	sql_put_text(&q, question->answer);
	sql_put_text(&q, question->answered_by);
	sql_put_instant(&q, question->answered_at);
	return sql_run(&q, err);
}

static int
put_questions(struct applying *a, const struct decision *decision, struct err *err)
{
	size_t i;

	for (i = 0; i < decision->question_count; i++)
		if (question_was(a, &decision->questions[i], err) == -1 || put_question(a, &decision->questions[i], err) == -1)
			return -1;
	return 0;
}

static int
put_rung(struct applying *a, const struct case_rung *rung, struct err *err)
{
	struct query q = sql_query(a->store, "INSERT INTO rung(case_id, strand, entry, question, rung, occurrence,"
	    " version, collapsed) VALUES(?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET collapsed=excluded.collapsed");

	sql_put_int(&q, a->case_id);
	sql_put_int(&q, rung->strand);
	sql_put_int(&q, rung->entry);
	sql_put_int(&q, rung->question);
	sql_put_text(&q, rung->rung);
	sql_put_int(&q, rung->occurrence);
	sql_put_int(&q, rung->version);
	sql_put_int(&q, rung->collapsed);
	return sql_run(&q, err);
}

static int
put_rungs(struct applying *a, const struct decision *decision, struct err *err)
{
	bool kept = kept_is_fresh(a->store->kept, a->case_id, PART_RUNGS);

	for (size_t i = 0; i < decision->rung_count; i++) {
		if (put_rung(a, &decision->rungs[i], err) == -1)
			return -1;
		if (kept)
			kept_rung(a->store->kept, a->case_id, &decision->rungs[i]);
	}
	return 0;
}

static int
put_end(struct applying *a, instant closed, struct err *err)
{
	struct query q = sql_query(a->store, "UPDATE cases SET closed=? WHERE id=?");

	sql_put_instant(&q, closed);
	sql_put_int(&q, a->case_id);
	return sql_run(&q, err);
}

static int
put_case_reference(struct applying *a, const char *reference, struct err *err)
{
	struct query q = sql_query(a->store, "UPDATE cases SET reference=? WHERE id=?");

	sql_put_some(&q, reference);
	sql_put_int(&q, a->case_id);
	return sql_run(&q, err);
}

static int
put_case(struct applying *a, const struct decision *decision, struct err *err)
{
	if (decision->reopens_case && put_end(a, INSTANT_NONE, err) == -1)
		return -1;
	if (decision->ends_case && put_end(a, a->now, err) == -1)
		return -1;
	if (decision->reference != NULL)
		return put_case_reference(a, decision->reference, err);
	return 0;
}

static int
put_timer(struct applying *a, instant due, struct err *err)
{
	struct query q;

	if (due == INSTANT_NONE) {
		q = sql_query(a->store, "DELETE FROM timer WHERE case_id=?");
		sql_put_int(&q, a->case_id);
		return sql_run(&q, err);
	}
	q = sql_query(a->store, "INSERT INTO timer(case_id, due, day, minute) VALUES(?,?,?,?)"
	    " ON CONFLICT(case_id) DO UPDATE SET due=excluded.due, day=excluded.day, minute=excluded.minute");
	sql_put_int(&q, a->case_id);
	sql_put_int(&q, due);
	sql_put_day(&q, instant_date(due));
	sql_put_int(&q, instant_minute(due));
	return sql_run(&q, err);
}

static int
join_mail(struct applying *a, int taken_by, struct err *err)
{
	struct query q;
	int64_t outer;

	if (a->message == 0)
		return 0;
	outer = kept_scope(a->store->kept, kept_scope_mail(a->store, a->message, a->case_id));
	q = sql_query(a->store, "UPDATE message SET case_id=?, strand=? WHERE id=?");
	sql_put_int(&q, a->case_id);
	sql_put_int(&q, taken_by);
	sql_put_int(&q, a->message);
	(void)kept_scope(a->store->kept, outer);
	return sql_run(&q, err);
}

static int
apply_to_case(struct applying *a, const struct decision *decision, struct err *err)
{
	if (put_strands(a, decision, err) == -1 || put_entries(a, decision, err) == -1 ||
	    put_facts(a, decision, err) == -1 || put_deadlines(a, decision, err) == -1 ||
	    put_questions(a, decision, err) == -1 || put_rungs(a, decision, err) == -1 ||
	    put_case(a, decision, err) == -1 || put_timer(a, decision->next_due, err) == -1)
		return -1;
	return join_mail(a, decision->taken_by, err);
}

/* The pack that a triage row belongs to: the case's, else the mail's. */
static int
read_pack(struct applying *a, const char **pack_r, struct err *err)
{
	struct query q = sql_query(a->store, "SELECT coalesce((SELECT pack FROM cases WHERE id=?),"
	    " (SELECT pack FROM message WHERE id=?))");

	*pack_r = "";
	sql_put_int(&q, a->case_id);
	sql_put_int(&q, a->message);
	if (sql_row(&q))
		*pack_r = sql_get_text(&q, a->arena);
	return sql_end(&q, err);
}

static int
put_held(struct applying *a, const struct decision *decision, struct err *err)
{
	struct triage_row row;
	const struct held *held;
	const char *pack;
	size_t i;

	if (decision->held_count == 0)
		return 0;
	if (read_pack(a, &pack, err) == -1)
		return -1;
	for (i = 0; i < decision->held_count; i++) {
		held = &decision->held[i];
		row = (struct triage_row){ .case_id = a->case_id, .pack = pack, .reason = held->reason, .known_by = held->known_by,
		    .state = "open", .at = a->now, .kind = held->kind, .template = held->template };
		row.message = held->message != 0 ? held->message : a->message;
		if (held->rule.file != NULL)
			row.rule = arena_printf(a->arena, "%s:%d", held->rule.file, held->rule.line);
		if (store_triage_add(a->store, &row, err) == -1)
			return -1;
	}
	return 0;
}

static int
put_absences(struct applying *a, const struct decision *decision, struct err *err)
{
	size_t i;

	for (i = 0; i < decision->absence_count; i++)
		if (store_absence_put(a->store, &decision->absences[i], a->message, err) == -1)
			return -1;
	return 0;
}

int
store_apply(struct store *store, int64_t case_id, int64_t message, const struct decision *decision, instant now, struct err *err)
{
	struct applying a = { .store = store, .case_id = case_id, .message = message,
	    .change = decision->change, .now = now };
	struct whole whole;
	int64_t outer;
	int result = 0;

	if (sql_whole(store, &whole, err) == -1)
		return -1;
	outer = kept_scope(store->kept, case_id);
	a.arena = arena_new();
	if (case_id != 0)
		result = apply_to_case(&a, decision, err);
	if (result == 0)
		result = put_held(&a, decision, err);
	if (result == 0)
		result = put_absences(&a, decision, err);
	arena_free(&a.arena);
	(void)kept_scope(store->kept, outer);
	return sql_whole_end(store, &whole, result, err);
}
