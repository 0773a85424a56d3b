/*
 * Which cases a mail's evidence points to: one look-up by index for each piece
 * of evidence, never a scan, merged by case.  Core only.
 * Invariant (never-guess): only cases of the pack asked for are found, whatever
 * the evidence; weighing them is match()'s.
 * Fails: as store.h says.
 */
#include <ctype.h>
#include <string.h>

#include "base/file.h"
#include "case/names.h"
#include "store/sql.h"

#define NAMES_LOOKED_UP	400	/* different forenames of one text */

struct finding {
	struct store		*store;
	struct arena		*arena;
	const char		*pack, *words;	/* the mail's own, folded; "" */
	struct candidate	*candidates;
	size_t			 count;
};

/* CROSS: the few rows found first, then their cases; never the other way round. */
#define OF_PACK		" CROSS JOIN cases c ON c.id=x.case_id WHERE c.pack=?"

/* The case once, the kind of evidence once; strong if it is strong anywhere. */
static void
note(struct finding *f, int64_t case_id, enum evidence_kind kind, bool weak)
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
		if (candidate->evidence[i].kind == kind) {
			candidate->evidence[i].weak &= weak;
			return;
		}
	(void)arena_push(f->arena, candidate->evidence, candidate->evidence_count);
	candidate->evidence[i].kind = kind;
	candidate->evidence[i].weak = weak;
}

static int
note_all(struct finding *f, struct query *q, const struct evidence *evidence, struct err *err)
{
	while (sql_row(q))
		note(f, sql_get_int(q), evidence->kind, evidence->weak);
	return sql_end(q, err);
}

/* A message-id that we gave, or that a server gave to a mail of ours. */
static int
by_our_message_id(struct finding *f, const struct evidence *evidence, struct err *err)
{
	struct query q = sql_query(f->store, "SELECT coalesce(c.merged_into, x.case_id) FROM ("
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
	struct query q = sql_query(f->store, "SELECT coalesce(c.merged_into, x.case_id) FROM ("
	    "SELECT case_id FROM question_code WHERE hash=?1 UNION SELECT o.case_id FROM mail_code m"
	    " JOIN outbox o ON o.id=m.outbox WHERE m.hash=?1 AND o.case_id IS NOT NULL) x" OF_PACK);

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
	struct query q = sql_query(f->store, "SELECT coalesce(c.merged_into, x.case_id) FROM ("
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
	return by_case_column(f, "SELECT coalesce(c.merged_into, x.case_id) FROM ("
	    "SELECT id AS case_id FROM cases WHERE reference=?1 UNION"
	    " SELECT case_id FROM fact WHERE value=?1 AND name='reference' AND superseded_by IS NULL) x"
	    OF_PACK, evidence, err);
}

/* ---- A child's name */

/* Named with a label: as match() compares names.  Without one: its full name stands in the mail. */
static void
note_named(struct finding *f, int64_t case_id, const char *name, const char *child, const struct evidence *evidence)
{
	enum names_alike alike;

	if (*name == '\0') {
		if (names_stand_in(f->words, child))
			note(f, case_id, EVIDENCE_NAME_AND_BIRTH, evidence->weak);
		return;
	}
	alike = names_compare(name, child);
	if (alike == NAMES_AGREE)
		note(f, case_id, EVIDENCE_NAME_AND_BIRTH, evidence->weak);
	else if (alike == NAMES_NEAR || alike == NAMES_PART)
		note(f, case_id, EVIDENCE_NEAR_NAME, true);
}

/* value: "folded name|2015-03-12"; the children of a day are few enough to compare each name. */
static int
by_name_and_birth(struct finding *f, const struct evidence *evidence, struct err *err)
{
	const char *bar = strrchr(evidence->value, '|'), *name;
	struct query q;
	dayno born;

	if (bar == NULL || !date_parse_iso(bar + 1, &born))
		return 0;
	name = arena_strndup(f->arena, evidence->value, (size_t)(bar - evidence->value));
	q = sql_query(f->store, "SELECT coalesce(merged_into, id), child_name FROM cases WHERE born=? AND pack=?"
	    " AND child_name IS NOT NULL");
	sql_put_day(&q, born);
	sql_put_text(&q, f->pack);
	while (sql_row(&q)) {
		int64_t case_id = sql_get_int(&q);

		note_named(f, case_id, name, sql_get_text(&q, f->arena), evidence);
	}
	return sql_end(&q, err);
}

/* The case of this reference, if the mail names its child. */
static int
by_near_reference(struct finding *f, const char *reference, struct err *err)
{
	struct query q = sql_query(f->store, "SELECT coalesce(merged_into, id), child_name FROM cases WHERE reference=? AND pack=?"
	    " AND child_name IS NOT NULL");

	sql_put_text(&q, reference);
	sql_put_text(&q, f->pack);
	while (sql_row(&q)) {
		int64_t case_id = sql_get_int(&q);

		if (names_stand_in(f->words, sql_get_text(&q, f->arena)))
			note(f, case_id, EVIDENCE_NEAR_REFERENCE, true);
	}
	return sql_end(&q, err);
}

/* One digit mistyped, or two neighbours changed round: whose case would that be? */
static int
by_near_references(struct finding *f, const struct evidence *evidence, struct err *err)
{
	char *reference = arena_strdup(f->arena, evidence->value);
	size_t i;

	for (i = 0; reference[i] != '\0'; i++) {
		char own = reference[i], next = reference[i + 1];

		if (!isdigit((unsigned char)own))
			continue;
		for (reference[i] = '0'; reference[i] <= '9'; reference[i]++)
			if (reference[i] != own && by_near_reference(f, reference, err) == -1)
				return -1;
		reference[i] = own;
		if (!isdigit((unsigned char)next) || next == own)
			continue;
		reference[i] = next;
		reference[i + 1] = own;
		if (by_near_reference(f, reference, err) == -1)
			return -1;
		reference[i] = own;
		reference[i + 1] = next;
	}
	return 0;
}

/* A forename in the text, once: the children who bear it and whose full name stands in it. */
static int
by_forename(struct finding *f, const char *forename, const struct names_words *words, const struct evidence *evidence,
    struct err *err)
{
	struct query q = sql_query(f->store, "SELECT coalesce(merged_into, id), child_name FROM cases WHERE pack=?"
	    " AND child_name>=? AND child_name<?");

	sql_put_text(&q, f->pack);
	sql_put_text(&q, arena_printf(f->arena, "%s ", forename));
	sql_put_text(&q, arena_printf(f->arena, "%s!", forename));	/* what sorts next after the space */
	while (sql_row(&q)) {
		int64_t case_id = sql_get_int(&q);

		if (names_may_stand_in(words, sql_peek_text(&q)) && names_stand_in(evidence->value, sql_get_text(&q, f->arena)))
			note(f, case_id, EVIDENCE_NAMES, true);
	}
	return sql_end(&q, err);
}

static int
by_names(struct finding *f, const struct evidence *evidence, struct err *err)
{
	struct names_words words = names_words_of(evidence->value);
	struct strs seen = { NULL, 0 };
	bool known;

	for (const char *at = evidence->value; seen.n < NAMES_LOOKED_UP; at += strcspn(at, " ")) {
		const char *word;

		at += strspn(at, " |");
		if (*at == '\0')
			break;
		word = arena_strndup(f->arena, at, strcspn(at, " "));
		if (forename_known(f->store, word, &known, err) == -1)
			return -1;
		if (!known || strs_has(&seen, word))
			continue;
		strs_add(f->arena, &seen, word);
		if (by_forename(f, word, &words, evidence, err) == -1)
			return -1;
	}
	return 0;
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
		return by_case_column(f, "SELECT coalesce(merged_into, id) FROM cases WHERE nhs_number=? AND pack=?", evidence, err);
	case EVIDENCE_UPN:
		return by_case_column(f, "SELECT coalesce(merged_into, id) FROM cases WHERE upn=? AND pack=?", evidence, err);
	case EVIDENCE_REFERENCE:
		if (by_reference(f, evidence, err) == -1)
			return -1;
		return evidence->weak || *f->words == '\0' ? 0 : by_near_references(f, evidence, err);
	case EVIDENCE_NAME_AND_BIRTH:
		return by_name_and_birth(f, evidence, err);
	case EVIDENCE_NAMES:
		return by_names(f, evidence, err);
	case EVIDENCE_WORDS:
	case EVIDENCE_NEAR_NAME:
	case EVIDENCE_NEAR_REFERENCE:
		break;
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
store_candidates(struct store *store, struct arena *arena, const char *pack, const struct evidence *evidence,
    size_t count, struct candidate **candidates_r, size_t *candidate_count_r, struct err *err)
{
	struct finding f = { .store = store, .arena = arena, .pack = pack, .words = "" };
	size_t i;

	for (i = 0; i < count; i++)
		if (evidence[i].kind == EVIDENCE_WORDS)
			f.words = evidence[i].value;
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
