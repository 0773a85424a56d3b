/*
 * Which cases a mail's evidence points to: one look-up by index for each piece
 * of evidence, never a scan, merged by case.  Core only.
 * Invariant (never-guess): only cases of the pack asked for are found, whatever
 * the evidence; weighing them is match()'s.
 * Fails: as store.h says.
 */
#include <string.h>

#include "base/file.h"
#include "store/sql.h"

struct finding {
	struct store		*store;
	struct arena		*arena;
	const char		*pack;
	struct candidate	*candidates;
	size_t			 count;
};

/* CROSS: the few rows found first, then their cases; never the other way round. */
#define OF_PACK		" CROSS JOIN cases c ON c.id=x.case_id WHERE c.pack=?"

/* The case once, the kind of evidence once; strong if it is strong anywhere. */
static void
note(struct finding *f, int64_t case_id, const struct evidence *evidence)
{
	struct candidate *candidate = NULL;
	size_t i;

	for (i = 0; i < f->count && candidate == NULL; i++)
		if (f->candidates[i].case_id == case_id)
			candidate = &f->candidates[i];
	if (candidate == NULL) {
		candidate = arena_push(f->arena, f->candidates, f->count);
		candidate->case_id = case_id;
	}
	for (i = 0; i < candidate->evidence_count; i++)
		if (candidate->evidence[i].kind == evidence->kind) {
			candidate->evidence[i].weak &= evidence->weak;
			return;
		}
	(void)arena_push(f->arena, candidate->evidence, candidate->evidence_count);
	candidate->evidence[i].kind = evidence->kind;
	candidate->evidence[i].weak = evidence->weak;
}

static int
note_all(struct finding *f, struct query *q, const struct evidence *evidence, struct err *err)
{
	while (sql_row(q))
		note(f, sql_get_int(q), evidence);
	return sql_end(q, err);
}

/* A message-id that we gave, or that a server gave to a mail of ours. */
static int
by_our_message_id(struct finding *f, const struct evidence *evidence, struct err *err)
{
	struct query q = sql_query(f->store, "SELECT x.case_id FROM ("
	    "SELECT case_id FROM outbox WHERE message_key=?1 AND message_id=?2 AND case_id IS NOT NULL"
	    " UNION SELECT o.case_id FROM message_id_alias a JOIN outbox o ON o.id=a.outbox"
	    " WHERE a.message_key=?1 AND a.message_id=?2 AND o.case_id IS NOT NULL) x" OF_PACK);

	sql_put_key(&q, evidence->value);
	sql_put_text(&q, evidence->value);
	sql_put_text(&q, f->pack);
	return note_all(f, &q, evidence, err);
}

static int
by_code_hash(struct finding *f, const char *hash, const struct evidence *evidence, struct err *err)
{
	struct query q = sql_query(f->store, "SELECT x.case_id FROM question_code x"
	    " JOIN cases c ON c.id=x.case_id WHERE x.hash=? AND c.pack=?");

	sql_put_hex(&q, hash);
	sql_put_text(&q, f->pack);
	return note_all(f, &q, evidence, err);
}

static int
by_token(struct finding *f, const struct evidence *evidence, struct err *err)
{
	char hash[65];

	if (strchr(evidence->value, '@') != NULL)
		return by_our_message_id(f, evidence, err);
	if (strlen(evidence->value) == 64)
		return by_code_hash(f, evidence->value, evidence, err);
	sha256_hex(evidence->value, strlen(evidence->value), hash);
	return by_code_hash(f, hash, evidence, err);
}

/* Mails that joined a case, by message-id or thread; and ours, which people answer. */
static int
by_thread(struct finding *f, const struct evidence *evidence, struct err *err)
{
	struct query q = sql_query(f->store, "SELECT x.case_id FROM ("
	    "SELECT case_id FROM message WHERE message_key=?1 AND message_id=?2 AND case_id IS NOT NULL"
	    " UNION SELECT case_id FROM message WHERE thread_key=?1 AND thread_root=?2"
	    " AND case_id IS NOT NULL) x" OF_PACK);

	sql_put_key(&q, evidence->value);
	sql_put_text(&q, evidence->value);
	sql_put_text(&q, f->pack);
	if (note_all(f, &q, evidence, err) == -1)
		return -1;
	return by_our_message_id(f, evidence, err);
}

static int
by_case_column(struct finding *f, const char *sql, const struct evidence *evidence, struct err *err)
{
	struct query q = sql_query(f->store, sql);

	sql_put_text(&q, evidence->value);
	sql_put_text(&q, f->pack);
	return note_all(f, &q, evidence, err);
}

static int
by_reference(struct finding *f, const struct evidence *evidence, struct err *err)
{
	return by_case_column(f, "SELECT x.case_id FROM ("
	    "SELECT id AS case_id FROM cases WHERE reference=?1 UNION"
	    " SELECT case_id FROM fact WHERE value=?1 AND name='reference' AND superseded_by IS NULL) x"
	    OF_PACK, evidence, err);
}

/* value: "folded name|2015-03-12" */
static int
by_name_and_birth(struct finding *f, const struct evidence *evidence, struct err *err)
{
	const char *bar = strrchr(evidence->value, '|');
	struct query q;
	dayno born;

	if (bar == NULL || bar == evidence->value || !date_parse_iso(bar + 1, &born))
		return 0;
	q = sql_query(f->store, "SELECT id FROM cases WHERE born=? AND child_name=? AND pack=?");
	sql_put_day(&q, born);
	sql_put_text(&q, arena_strndup(f->arena, evidence->value, (size_t)(bar - evidence->value)));
	sql_put_text(&q, f->pack);
	return note_all(f, &q, evidence, err);
}

static int
find(struct finding *f, const struct evidence *evidence, struct err *err)
{
	if (evidence->value == NULL || *evidence->value == '\0')
		return 0;
	switch (evidence->kind) {
	case EVIDENCE_TOKEN:
		return by_token(f, evidence, err);
	case EVIDENCE_THREAD:
		return by_thread(f, evidence, err);
	case EVIDENCE_NHS_NUMBER:
		return by_case_column(f, "SELECT id FROM cases WHERE nhs_number=? AND pack=?", evidence, err);
	case EVIDENCE_UPN:
		return by_case_column(f, "SELECT id FROM cases WHERE upn=? AND pack=?", evidence, err);
	case EVIDENCE_REFERENCE:
		return by_reference(f, evidence, err);
	case EVIDENCE_NAME_AND_BIRTH:
		return by_name_and_birth(f, evidence, err);
	}
	return 0;
}

static int
describe(struct finding *f, struct candidate *candidate, struct err *err)
{
	struct query q = sql_query(f->store, "SELECT reference, closed IS NOT NULL, child_name, born, nhs_number,"
	    " upn FROM cases WHERE id=?");

	sql_put_int(&q, candidate->case_id);
	if (sql_row(&q)) {
		candidate->reference = sql_get_text(&q, f->arena);
		candidate->closed = sql_get_int(&q) != 0;
		candidate->name = sql_get_text(&q, f->arena);
		candidate->born = sql_get_day(&q);
		candidate->nhs_number = sql_get_text(&q, f->arena);
		candidate->upn = sql_get_text(&q, f->arena);
	}
	return sql_end(&q, err);
}

int
store_candidates(struct store *store, struct arena *arena, const char *pack, const struct evidence *evidence, size_t count, struct candidate **candidates_r, size_t *candidate_count_r, struct err *err)
{
	struct finding f = { .store = store, .arena = arena, .pack = pack };
	size_t i;

	for (i = 0; i < count; i++)
		if (find(&f, &evidence[i], err) == -1)
			return -1;
	for (i = 0; i < f.count; i++)
		if (describe(&f, &f.candidates[i], err) == -1)
			return -1;
	*candidates_r = f.candidates;
	*candidate_count_r = f.count;
	return 0;
}
