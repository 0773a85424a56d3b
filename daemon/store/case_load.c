/*
 * A case as it stands, whole: one range of each table, since the keys of what
 * belongs to a case begin with its number.  Core only.
 * Invariant: what decide() left in its struct case_state is what a load gives
 * after store_apply(), in the same order (rungs in the order of their key).
 * Mails that were given up (failed) are among those sent: they were decided;
 * those that a person withdrew are not.
 * Fails: as store.h says; ERR_DAEMON for a number that no case has.
 */
#include <stdio.h>
#include <string.h>

#include "store/case_kept.h"

struct loading {
	struct store		*store;
	struct arena		*arena;
	struct case_state	*state;
	int64_t			*sent_up_to;	/* rows of the outbox up to this number are there already */
};

static struct query
of_case(struct loading *l, const char *sql)
{
	struct query q = sql_query(l->store, sql);

	sql_put_int(&q, l->state->id);
	return q;
}

static int
load_case(struct loading *l, struct err *err)
{
	struct query q = of_case(l, "SELECT reference, opened, closed,"
	    " (SELECT until FROM pause WHERE scope='case:' || cases.id) FROM cases WHERE id=?");
	bool found = sql_row(&q);

	if (found) {
		l->state->reference = sql_get_text(&q, l->arena);
		l->state->opened = sql_get_instant(&q);
		l->state->closed = sql_get_instant(&q);
		l->state->paused_until = sql_get_instant(&q);
	}
	if (sql_end(&q, err) == -1)
		return -1;
	if (!found)
		return err_set(err, ERR_DAEMON, "there is no case %lld", (long long)l->state->id);
	return 0;
}

static int
load_facts(struct loading *l, struct err *err)
{
	struct query q = of_case(l, "SELECT name, value, strand, source, who, at, message,"
	    " superseded_by IS NOT NULL, change FROM fact WHERE case_id=? ORDER BY no");
	struct case_fact *fact;

	while (sql_row(&q)) {
		fact = arena_push(l->arena, l->state->facts, l->state->fact_count);
		fact->name = sql_get_text(&q, l->arena);
		fact->value = sql_get_text(&q, l->arena);
		fact->strand = (int)sql_get_int(&q);
		fact->source = (enum text_source)sql_get_int(&q);
		fact->who = sql_get_text(&q, l->arena);
		fact->at = sql_get_instant(&q);
		fact->message = sql_get_int(&q);
		fact->superseded = sql_get_int(&q) != 0;
		fact->change = sql_get_int(&q);
	}
	return sql_end(&q, err);
}

static int
load_strands(struct loading *l, struct err *err)
{
	struct query q = of_case(l, "SELECT no, name, service, stage, entry, began, entered, final, chased,"
	    " held, held_at FROM strand WHERE case_id=? ORDER BY no");
	struct case_strand *strand;

	while (sql_row(&q)) {
		strand = arena_push(l->arena, l->state->strands, l->state->strand_count);
		strand->no = (int)sql_get_int(&q);
		strand->name = sql_get_text(&q, l->arena);
		strand->service = sql_get_text(&q, l->arena);
		strand->stage = sql_get_text(&q, l->arena);
		strand->entry = (int)sql_get_int(&q);
		strand->began = sql_get_instant(&q);
		strand->entered = sql_get_instant(&q);
		strand->final = sql_get_int(&q) != 0;
		strand->chased = sql_get_text(&q, l->arena);
		strand->held = sql_get_int(&q) != 0;
		strand->held_at = sql_get_instant(&q);
	}
	return sql_end(&q, err);
}

static int
load_entries(struct loading *l, struct err *err)
{
	struct query q = of_case(l, "SELECT strand, entry, stage, at, rule, coalesce(came_from, entry-1) FROM stage_entry"
	    " WHERE case_id=? ORDER BY no");
	struct case_entry *entry;

	while (sql_row(&q)) {
		entry = arena_push(l->arena, l->state->entries, l->state->entry_count);
		entry->strand = (int)sql_get_int(&q);
		entry->entry = (int)sql_get_int(&q);
		entry->stage = sql_get_text(&q, l->arena);
		entry->at = sql_get_instant(&q);
		entry->rule = sql_get_text(&q, l->arena);
		entry->from = (int)sql_get_int(&q);
	}
	return sql_end(&q, err);
}

static int
load_deadlines(struct loading *l, struct err *err)
{
	struct query q = of_case(l, "SELECT strand, name, date, version, derivation, superseded FROM deadline"
	    " WHERE case_id=? ORDER BY no");
	struct case_deadline *deadline;

	while (sql_row(&q)) {
		deadline = arena_push(l->arena, l->state->deadlines, l->state->deadline_count);
		deadline->strand = (int)sql_get_int(&q);
		deadline->name = sql_get_text(&q, l->arena);
		deadline->date = sql_get_day(&q);
		deadline->version = (int)sql_get_int(&q);
		deadline->derivation = sql_get_text(&q, l->arena);
		deadline->superseded = sql_get_int(&q) != 0;
	}
	return sql_end(&q, err);
}

static int
load_questions(struct loading *l, struct err *err)
{
	struct query q = of_case(l, "SELECT no, strand, entry, name, asked, of_role, at, state, answer,"
	    " answered_by, answered_at FROM question WHERE case_id=? ORDER BY no");
	struct case_question *question;

	while (sql_row(&q)) {
		question = arena_push(l->arena, l->state->questions, l->state->question_count);
		question->no = (int)sql_get_int(&q);
		question->strand = (int)sql_get_int(&q);
		question->entry = (int)sql_get_int(&q);
		question->name = sql_get_text(&q, l->arena);
		question->asked = sql_get_lines(&q, l->arena);
		question->of_role = sql_get_lines(&q, l->arena);
		question->at = sql_get_instant(&q);
		question->state = (enum question_state)sql_get_int(&q);
		question->answer = sql_get_text(&q, l->arena);
		question->answered_by = sql_get_text(&q, l->arena);
		question->answered_at = sql_get_instant(&q);
	}
	return sql_end(&q, err);
}

static int
load_rungs(struct loading *l, struct err *err)
{
	struct query q = of_case(l, "SELECT strand, entry, question, rung, occurrence, version, collapsed FROM rung"
	    " WHERE case_id=? ORDER BY strand, entry, question, rung, occurrence, version");
	struct case_rung *rung;

	while (sql_row(&q)) {
		rung = arena_push(l->arena, l->state->rungs, l->state->rung_count);
		rung->strand = (int)sql_get_int(&q);
		rung->entry = (int)sql_get_int(&q);
		rung->question = (int)sql_get_int(&q);
		rung->rung = sql_get_text(&q, l->arena);
		/* One name, one text: whoever looks through them compares each once. */
		if (l->state->rung_count > 1 && strcmp(rung[-1].rung, rung->rung) == 0)
			rung->rung = rung[-1].rung;
		rung->occurrence = (int)sql_get_int(&q);
		rung->version = (int)sql_get_int(&q);
		rung->collapsed = sql_get_int(&q) != 0;
	}
	return sql_end(&q, err);
}

static int
load_mails(struct loading *l, struct err *err)
{
	struct query q = of_case(l, "SELECT id, kind, strand, sender, received, message_id FROM message"
	    " WHERE case_id=? ORDER BY received, id");
	struct case_mail *mail;

	while (sql_row(&q)) {
		mail = arena_push(l->arena, l->state->mails, l->state->mail_count);
		mail->message = sql_get_int(&q);
		mail->kind = sql_get_text(&q, l->arena);
		mail->strand = (int)sql_get_int(&q);
		mail->from = sql_get_text(&q, l->arena);
		mail->received = sql_get_instant(&q);
		mail->message_id = sql_get_text(&q, l->arena);
	}
	return sql_end(&q, err);
}

/* The rows come in the order of the mails they belong to. */
static int
load_documents(struct loading *l, struct err *err)
{
	struct query q = of_case(l, "SELECT m.id, d.name, d.type, d.offset, d.size, d.sha256, d.unreadable"
	    " FROM message m JOIN document d ON d.message=m.id"
	    " WHERE m.case_id=? AND NOT d.is_inline ORDER BY m.received, m.id, d.part");
	struct document *document;
	struct case_mail *mail = l->state->mails;
	int64_t message;

	while (sql_row(&q)) {
		message = sql_get_int(&q);
		while (mail->message != message)
			mail++;
		document = arena_push(l->arena, mail->documents, mail->document_count);
		document->name = sql_get_text(&q, l->arena);
		document->type = sql_get_text(&q, l->arena);
		document->content_id = "";
		document->text = "";
		document->offset = (uint64_t)sql_get_int(&q);
		document->size = (uint64_t)sql_get_int(&q);
		(void)snprintf(document->sha256, sizeof(document->sha256), "%.64s", sql_get_hex(&q, l->arena));
		document->unreadable = sql_get_text(&q, l->arena);
	}
	return sql_end(&q, err);
}

/* Kinds of mail that no rule's act names (triage, digest, echo) are sent like any other. */
enum act_word
kept_act(const char *name)
{
	int act;

	for (act = ACT_FORWARD; act <= ACT_FORGET; act++)
		if (strcmp(act_word_name((enum act_word)act), name) == 0)
			return (enum act_word)act;
	return ACT_SEND;
}

static int
sent_rows(struct loading *l, struct err *err)
{
	struct query q = of_case(l, "SELECT id, template, act, strand, message_id, decided, forwarded, question, state"
	    " FROM outbox WHERE case_id=? AND id>? AND state<>? ORDER BY id");
	struct case_sent *sent;

	sql_put_int(&q, *l->sent_up_to);
	sql_put_int(&q, OUTBOX_DROPPED);
	while (sql_row(&q)) {
		sent = arena_push(l->arena, l->state->sent, l->state->sent_count);
		sent->outbox = sql_get_int(&q);
		sent->template = sql_get_text(&q, l->arena);
		sent->act = kept_act(sql_get_text(&q, l->arena));
		sent->strand = (int)sql_get_int(&q);
		sent->message_id = sql_get_text(&q, l->arena);
		sent->at = sql_get_instant(&q);
		sent->forwarded = sql_get_int(&q);
		sent->question = (int)sql_get_int(&q);
		sent->shadow = sql_get_int(&q) == OUTBOX_SHADOW;
	}
	return sql_end(&q, err);
}

/* Of the mails from the first one on, which have just been read. */
static int
recipient_rows(struct loading *l, size_t first, struct err *err)
{
	struct query q = of_case(l, "SELECT o.id, r.cc, r.address FROM outbox o"
	    " JOIN outbox_recipient r ON r.outbox=o.id WHERE o.case_id=? AND o.id>? AND o.state<>? ORDER BY o.id, r.no");
	struct case_sent *sent = l->state->sent + first;
	int64_t outbox;
	bool cc;

	sql_put_int(&q, *l->sent_up_to);
	sql_put_int(&q, OUTBOX_DROPPED);
	while (sql_row(&q)) {
		outbox = sql_get_int(&q);
		cc = sql_get_int(&q) != 0;
		while (sent->outbox != outbox)
			sent++;
		strs_add(l->arena, cc ? &sent->cc : &sent->to, sql_get_text(&q, l->arena));
	}
	return sql_end(&q, err);
}

static int
load_sent(struct loading *l, struct err *err)
{
	size_t before = l->state->sent_count;

	if (sent_rows(l, err) == -1)
		return -1;
	if (l->state->sent_count == before)
		return 0;
	if (recipient_rows(l, before, err) == -1)
		return -1;
	*l->sent_up_to = l->state->sent[l->state->sent_count - 1].outbox;
	return 0;
}

#define AFRESH(items, count)	((items) = NULL, (count) = 0)

/* What of it is stale, read anew; of the mails sent, those that were added. */
static int
load_parts(struct loading *l, unsigned stale, struct err *err)
{
	static const struct { unsigned part; int (*load)(struct loading *, struct err *); } loads[] = {
		{ PART_CASE, load_case }, { PART_FACTS, load_facts }, { PART_STRANDS, load_strands },
		{ PART_ENTRIES, load_entries }, { PART_DEADLINES, load_deadlines }, { PART_QUESTIONS, load_questions },
		{ PART_RUNGS, load_rungs }, { PART_MAILS, load_mails }, { PART_MAILS, load_documents }, { PART_SENT, load_sent },
	};
	struct case_state *state = l->state;

	if (stale & PART_FACTS)
		AFRESH(state->facts, state->fact_count);
	if (stale & PART_STRANDS)
		AFRESH(state->strands, state->strand_count);
	if (stale & PART_ENTRIES)
		AFRESH(state->entries, state->entry_count);
	if (stale & PART_DEADLINES)
		AFRESH(state->deadlines, state->deadline_count);
	if (stale & PART_QUESTIONS)
		AFRESH(state->questions, state->question_count);
	if (stale & PART_RUNGS)
		AFRESH(state->rungs, state->rung_count);
	if (stale & PART_MAILS)
		AFRESH(state->mails, state->mail_count);
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		if ((stale & loads[i].part) != 0 && loads[i].load(l, err) == -1)
			return -1;
	return 0;
}

/* Whoever gets it may change what stands in its lists; what went out is history, which decide() copies before it adds to it. */
static struct case_state *
copy_of(struct arena *arena, const struct case_state *state)
{
	struct case_state *copy = arena_memdup(arena, state, sizeof(*state));

	copy->facts = arena_copy(arena, state->facts, state->fact_count);
	copy->strands = arena_copy(arena, state->strands, state->strand_count);
	copy->entries = arena_copy(arena, state->entries, state->entry_count);
	copy->deadlines = arena_copy(arena, state->deadlines, state->deadline_count);
	copy->questions = arena_copy(arena, state->questions, state->question_count);
	copy->mails = arena_copy(arena, state->mails, state->mail_count);
	for (size_t i = 0; i < copy->question_count; i++) {
		struct case_question *question = &copy->questions[i];

		question->asked.v = arena_copy(arena, question->asked.v, question->asked.n);
		question->of_role.v = arena_copy(arena, question->of_role.v, question->of_role.n);
	}
	return copy;
}

int
store_case_load_anew(struct store *store, struct arena *arena, int64_t id, struct case_state **state_r, struct err *err)
{
	int64_t sent_up_to = 0;
	struct loading l = { store, arena, arena_alloc(arena, sizeof(struct case_state)), &sent_up_to };

	*state_r = NULL;
	l.state->id = id;
	if (load_parts(&l, ~0u, err) == -1)
		return -1;
	*state_r = l.state;
	return 0;
}

int
store_case_load(struct store *store, struct arena *arena, int64_t id, struct case_state **state_r, struct err *err)
{
	struct kept_case *kept;
	struct loading l;

	if (store->kept == NULL)
		return store_case_load_anew(store, arena, id, state_r, err);
	*state_r = NULL;
	kept = kept_case(store->kept, id);
	l = (struct loading){ store, kept_arena(store->kept), &kept->state, &kept->sent_up_to };
	l.state->id = id;
	if (load_parts(&l, ~kept->fresh, err) == -1) {
		kept_forget(store->kept);
		return -1;
	}
	kept->fresh = ~0u;
	*state_r = copy_of(arena, &kept->state);
	return 0;
}
