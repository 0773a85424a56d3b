/*
 * From an event to a decision in the store.  Runs in core, and in advicectl's
 * simulate, explain and test.  Invariant: what a decision says, and the mails
 * it makes, are written in the caller's transaction or not at all.
 */
#include <string.h>

#include "base/file.h"
#include "case/decide.h"
#include "engine/engine.h"
#include "mail/compose.h"
#include "mail/record.h"

#define DAY_SECONDS	86400

int
engine_refresh(struct engine *engine, struct err *err)
{
	struct arena *people = arena_new();
	struct directory *directory;

	if (store_directory(engine->store, people, &directory, err) == -1) {
		arena_free(&people);
		return err_wrap(err, "directory");
	}
	arena_free(&engine->people);
	engine->people = people;
	engine->directory = directory;
	return 0;
}

void
engine_end(struct engine *engine)
{
	arena_free(&engine->people);
	engine->directory = NULL;
}

const struct pack *
engine_pack(const struct engine *engine, const char *name)
{
	for (size_t i = 0; i < engine->pack_count; i++)
		if (strcmp(engine->packs[i]->name, name) == 0)
			return engine->packs[i];
	return NULL;
}

/* ---- The world */

static const char *
child(const struct case_state *state, const struct classified *classified, const char *name)
{
	const char *value = state == NULL ? NULL : case_fact_value(state, 0, name);

	if (value == NULL && classified != NULL)
		value = classified_fact(classified, name);
	return value == NULL ? "" : value;
}

/* Imported within two working days: then the list may answer a question. */
static int
list_is_fresh(struct engine *engine, const struct pack *pack, instant now, bool *fresh_r, struct err *err)
{
	instant at;

	if (store_involvement_imported(engine->store, &at, err) == -1)
		return -1;
	*fresh_r = at != INSTANT_NONE && (engine->list_always_fresh ||
	    calendar_add_working(pack->calendar, instant_date(at), 2) >= instant_date(now));
	return 0;
}

static int
world_of(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox,
    const struct case_state *state, const struct classified *classified, instant now,
    struct world *world, struct err *err)
{
	struct involvement *rows = NULL;
	size_t count = 0;
	dayno born = DAY_NONE;
	bool contradicted = false;

	memset(world, 0, sizeof(*world));
	world->directory = engine->directory;
	world->mailbox = mailbox;
	world->answers_by_reference = engine->answers_by_reference;
	date_parse_iso(child(state, classified, "date-of-birth"), &born);
	if (store_involved(engine->store, arena, child(state, classified, "child-name"), born,
	    child(state, classified, "nhs-number"), child(state, classified, "upn"),
	    &rows, &count, &contradicted, err) == -1)
		return err_wrap(err, "involvement list");
	world->involved = rows;
	world->involved_count = count;
	return list_is_fresh(engine, pack, now, &world->list_is_fresh, err);
}

/* ---- Mails */

/* A mail that quotes one of ours, or a question's code: which mail, which question, which case. */
static int
about(struct engine *engine, struct arena *arena, const struct message *message,
    const struct evidence *evidence, size_t count, int64_t case_id, struct event *event, struct err *err)
{
	struct outbox_row *row;

	for (size_t i = 0; i < count; i++) {
		char hash[65];
		int64_t of_case = 0;
		int question = 0;
		bool used = false;

		if (evidence[i].kind != EVIDENCE_TOKEN || evidence[i].weak)
			continue;
		sha256_hex(evidence[i].value, strlen(evidence[i].value), hash);
		if (store_code_find(engine->store, hash, &of_case, &question, &used, err) == -1)
			return -1;
		if (of_case == case_id && event->question == 0)
			event->question = question;
		if (store_outbox_by_message_id(engine->store, arena, evidence[i].value, &row, err) == -1)
			return -1;
		if (row == NULL || row->case_id != case_id)
			continue;
		event->about_outbox = row->id;
		if (event->question == 0)
			event->question = row->question;
	}
	if (event->about_outbox == 0 && message->original_message_id[0] != '\0') {
		if (store_outbox_by_message_id(engine->store, arena, message->original_message_id, &row, err) == -1)
			return -1;
		if (row != NULL && row->case_id == case_id)
			event->about_outbox = row->id;
	}
	return 0;
}

static int
candidates_of(struct engine *engine, struct arena *arena, const struct arrival *arrival,
    struct arrived *arrived, struct evidence **evidence_r, size_t *count_r, struct err *err)
{
	struct candidate *candidates;
	size_t candidate_count;

	evidence_of(arena, arrival->message, arrived->classified, evidence_r, count_r);
	if (store_candidates(engine->store, arena, arrival->pack->name, *evidence_r, *count_r,
	    &candidates, &candidate_count, err) == -1)
		return err_wrap(err, "candidates");
	match(arena, arrival->pack, arrival->message, arrived->classified, candidates, candidate_count,
	    &arrived->matched);
	return 0;
}

static int
message_store(struct engine *engine, const struct arrival *arrival, struct arrived *arrived,
    const char *kind, const char *state, struct err *err)
{
	struct buf record = BUF_INIT;
	struct message_row row = {
		.id = arrived->message, .pack = arrival->pack->name,
		.fingerprint = arrival->message->fingerprint, .received = arrival->received,
		.kind = kind, .case_id = arrived->case_id, .state = state,
		.spool_name = arrival->spool_name,
	};
	bool is_new = row.id == 0;
	int rc;

	record_encode(arrival->message, &record);
	row.record = record.data;
	row.record_len = record.len;
	rc = store_message_put(engine->store, &row, err);
	if (rc == 0 && is_new)
		rc = store_message_documents(engine->store, row.id, arrival->message, err);
	arrived->message = row.id;
	buf_free(&record);
	return rc == -1 ? err_wrap(err, "message") : 0;
}

/* Mails kept for a child who now has a case. */
static int
join_kept(struct engine *engine, struct arena *arena, const struct arrival *arrival,
    const struct arrived *arrived, struct err *err)
{
	struct message_row *row;
	int64_t *ids;
	size_t count;

	if (store_messages_kept(engine->store, arena, arrival->pack->name, &arrived->classified->references,
	    &ids, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (store_message(engine->store, arena, ids[i], &row, err) == -1)
			return -1;
		row->case_id = arrived->case_id;
		row->state = "done";
		if (store_message_put(engine->store, row, err) == -1)
			return -1;
	}
	return 0;
}

static struct case_state *
state_empty(struct arena *arena, instant opened)
{
	struct case_state *state = arena_alloc(arena, sizeof(*state));

	state->reference = "";
	state->opened = opened;
	state->closed = INSTANT_NONE;
	return state;
}

static const char *
kind_to_people(const struct arrived *arrived)
{
	if (arrived->decision != NULL && arrived->decision->is_answer)
		return "answer";
	return arrived->classified->kind == NULL ? "other" : arrived->classified->kind->name;
}

static void
heard(struct engine *engine, struct arena *arena, const struct arrival *arrival,
    const struct arrived *arrived, instant now)
{
	struct desk *desk = &engine->desk;

	if (desk->on_mail_in != NULL)
		desk->on_mail_in(desk->ctx, arrival->file, kind_to_people(arrived), arrived->matched,
		    arrived->state == NULL ? NULL : case_name(arena, arrived->state), arrived->duplicate, now);
	if (desk->on_decision != NULL && arrived->decision != NULL)
		desk->on_decision(desk->ctx, arrival->pack, arrived->state, arrived->decision, now);
}

static const char *
reason_without_case(struct arena *arena, const struct arrived *arrived)
{
	const struct matched *matched = arrived->matched;

	if (matched->why != NULL && matched->why[0] != '\0')
		return matched->why;
	if (arrived->classified->kind == NULL)
		return "A mail came that the rules do not know, and it names no case.";
	return arena_printf(arena, "A mail of the kind \"%s\" came that names no case we know.",
	    arrived->classified->kind->name);
}

/* Seen before: said as it was settled the first time, and nothing else happens. */
static int
heard_again(struct engine *engine, struct arena *arena, const struct arrival *arrival,
    const struct arrived *arrived, const struct message_row *known, instant now, struct err *err)
{
	struct desk *desk = &engine->desk;
	struct case_state *state = NULL;
	const char *kind = known->kind[0] != '\0' ? known->kind : kind_to_people(arrived);

	if (desk->on_mail_in == NULL)
		return 0;
	if (known->case_id != 0 && store_case_load(engine->store, arena, known->case_id, &state, err) == -1)
		return err_wrap(err, "case");
	desk->on_mail_in(desk->ctx, arrival->file, kind, arrived->matched, state == NULL ? NULL : case_name(arena, state), true, now);
	return 0;
}

/* The kind under which the mail stands in its case: an answer with a file is the new version. */
static const char *
kind_in_case(const struct arrived *arrived)
{
	if (arrived->state != NULL)
		for (size_t i = arrived->state->mail_count; i-- > 0;)
			if (arrived->state->mails[i].message == arrived->message)
				return arrived->state->mails[i].kind;
	return arrived->classified->kind == NULL ? "" : arrived->classified->kind->name;
}

static int
decide_mail(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct arrived *arrived,
    const struct evidence *evidence, size_t evidence_count, instant now, struct err *err)
{
	struct event event = {
		.type = EVENT_MAIL, .at = arrival->received, .mail = arrival->message,
		.message = arrived->message, .classified = arrived->classified,
		.authenticated = engine_authenticated(arrival->trust, arrival->pack, arrival->message),
		.forged = engine_forged(arrival->trust, arrival->message),
	};
	bool existing = arrived->matched->kind == MATCH_EXISTING;
	struct world world;

	arrived->case_id = existing ? arrived->matched->case_id : 0;
	if (existing && store_case_load(engine->store, arena, arrived->case_id, &arrived->state, err) == -1)
		return err_wrap(err, "case");
	if (arrived->matched->kind == MATCH_NEW)
		arrived->state = state_empty(arena, now);
	if (arrived->matched->kind != MATCH_NEW && about(engine, arena, arrival->message, evidence, evidence_count, arrived->case_id, &event, err) == -1)
		return -1;
	if (world_of(engine, arena, arrival->pack, arrival->mailbox, arrived->state, arrived->classified, now, &world, err) == -1)
		return -1;
	classify_settle(arena, arrival->pack, &world, arrival->message, arrival->received,
	    existing ? arrived->state : NULL, arrived->classified);
	if (arrived->state != NULL)
		decide(arena, arrival->pack, &world, arrived->state, &event, now, &arrived->decision);
	if (arrived->matched->kind == MATCH_NEW && arrived->state->strand_count == 0) {
		arrived->state = NULL;		/* the rules begin nothing with it after all */
		arrived->matched->kind = MATCH_NONE;
	}
	if (arrived->state == NULL)
		decide_without_case(arena, arrival->pack, &world, &event, reason_without_case(arena, arrived),
		    arrived->matched->kind == MATCH_AMBIGUOUS, now, &arrived->decision);
	if (arrived->state != NULL && arrived->case_id == 0) {
		if (store_case_new(engine->store, arrival->pack->name, now, &arrived->case_id, err) == -1)
			return err_wrap(err, "case");
		arrived->state->id = arrived->case_id;
	}
	if (store_apply(engine->store, arrived->case_id, arrived->message, arrived->decision, now, err) == -1)
		return err_wrap(err, "decision");
	heard(engine, arena, arrival, arrived, now);
	if (engine_mailings(engine, arena, arrival->pack, arrival->mailbox, arrived->case_id, arrived->state, &world, &event,
	    arrived->decision, now, err) == -1 ||
	    engine_journal(engine, arena, arrived->case_id, &event, arrived->decision, now, err) == -1)
		return -1;
	/* Last, since the decision's addresses stand in the old directory. */
	return arrived->decision->absence_count > 0 ? engine_refresh(engine, err) : 0;
}

/* Promise no-loop: what this mailbox itself sent by us, and now receives, is for its reader, not for the rules. */
static bool
is_our_own(const struct engine *engine, const struct arrival *arrival)
{
	const struct message *mail = arrival->message;
	char mark[17];

	if (engine->secret == NULL || mail->from.address == NULL || !str_same(mail->from.address, arrival->mailbox))
		return false;
	compose_loop_mark(engine->secret, arrival->mailbox, mark);
	for (size_t i = 0; i < mail->header_count; i++)
		if (str_same(mail->headers[i].name, "X-Adviced-Loop") && strcmp(mail->headers[i].value, mark) == 0)
			return true;
	return false;
}

static int
take_our_own(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct arrived *arrived,
    instant now, struct err *err)
{
	struct event event = { .type = EVENT_MAIL, .at = arrival->received, .mail = arrival->message };
	const struct mail_addresses *lists[] = { &arrival->message->to, &arrival->message->cc };

	arrived->matched->kind = MATCH_NONE;
	arrived->decision = arena_alloc(arena, sizeof(*arrived->decision));
	arrived->decision->next_due = INSTANT_NONE;
	strs_add(arena, &arrived->decision->why, "our own mail came back: recorded");
	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0; i < lists[l]->n; i++)
			arrived->needs_person |= str_same(lists[l]->v[i].address, arrival->mailbox);
	if (message_store(engine, arrival, arrived, "own", "done", err) == -1)
		return -1;
	event.message = arrived->message;
	heard(engine, arena, arrival, arrived, now);
	return engine_journal(engine, arena, 0, &event, arrived->decision, now, err);
}

int
engine_mail(struct engine *engine, struct arena *arena, const struct arrival *arrival, instant now,
    struct arrived **arrived_r, struct err *err)
{
	struct arrived *arrived = arena_alloc(arena, sizeof(*arrived));
	struct message_row *known;
	struct evidence *evidence;
	size_t evidence_count;
	bool kept;

	*arrived_r = arrived;
	classify(arena, arrival->pack, engine->directory, arrival->message, arrival->received, &arrived->classified);
	if (candidates_of(engine, arena, arrival, arrived, &evidence, &evidence_count, err) == -1)
		return -1;
	if (store_message_find(engine->store, arena, arrival->pack->name, arrival->message->fingerprint, &known, err) == -1)
		return err_wrap(err, "message");
	if (known != NULL) {
		arrived->duplicate = true;
		arrived->message = known->id;
		arrived->case_id = known->case_id;
		return heard_again(engine, arena, arrival, arrived, known, now, err);
	}
	if (is_our_own(engine, arrival))
		return take_our_own(engine, arena, arrival, arrived, now, err);
	if (message_store(engine, arrival, arrived, "", "done", err) == -1 ||
	    decide_mail(engine, arena, arrival, arrived, evidence, evidence_count, now, err) == -1)
		return -1;
	arrived->needs_person = arrived->decision->needs_person;
	arrived->filings = arrived->decision->filings;
	kept = arrived->case_id == 0 && !arrived->needs_person && arrival->message->notice == NOTICE_NONE &&
	    arrived->classified->kind != NULL && arrived->classified->kind->kept;
	if (message_store(engine, arrival, arrived, kind_in_case(arrived),
	    arrived->needs_person ? "triage" : kept ? "kept" : "done", err) == -1)
		return -1;
	if (arrived->decision->opens_case && join_kept(engine, arena, arrival, arrived, err) == -1)
		return err_wrap(err, "kept mails");
	return kept ? store_message_references(engine->store, arrived->message, &arrived->classified->references, err) : 0;
}

/* ---- Timers */

int
engine_timer(struct engine *engine, struct arena *arena, int64_t case_id, instant now, struct err *err)
{
	struct event event = { .type = EVENT_TIMER, .at = now };
	struct case_state *state;
	struct decision *decision;
	struct mailbox_row *mailbox;
	const struct pack *pack;
	const char *name, *address;
	struct world world;

	if (store_case_pack(engine->store, arena, case_id, &name, err) == -1 ||
	    store_case_load(engine->store, arena, case_id, &state, err) == -1)
		return err_wrap(err, "case");
	pack = engine_pack(engine, name);
	if (pack == NULL)
		return err_set(err, ERR_CONFIG, "case %lld belongs to the pack \"%s\", which is not loaded", (long long)case_id, name);
	if (store_mailbox(engine->store, arena, pack->watches.n > 0 ? pack->watches.v[0] : "", &mailbox, err) == -1)
		return err_wrap(err, "mailbox");
	address = mailbox == NULL ? "" : mailbox->address;
	if (world_of(engine, arena, pack, address, state, NULL, now, &world, err) == -1)
		return -1;
	decide(arena, pack, &world, state, &event, now, &decision);
	if (decision->next_due != INSTANT_NONE && decision->next_due <= now && decision->rung_count == 0)
		decision->next_due = now + DAY_SECONDS;		/* nothing went: not again at once */
	if (store_apply(engine->store, case_id, 0, decision, now, err) == -1)
		return err_wrap(err, "decision");
	if (engine->desk.on_decision != NULL)
		engine->desk.on_decision(engine->desk.ctx, pack, state, decision, now);
	if (engine_mailings(engine, arena, pack, address, case_id, state, &world, &event, decision, now, err) == -1)
		return -1;
	return engine_journal(engine, arena, case_id, &event, decision, now, err);
}
