/*
 * From an event to a decision in the store.  Runs in core, and in advicectl's
 * simulate, explain and test.  Invariant: what a decision says, and the mails
 * it makes, are written in the caller's transaction or not at all.
 * Fails: as engine.h says.
 */
#include <string.h>

#include "case/decide.h"
#include "engine/engine_private.h"
#include "mail/record.h"

/* ---- Mails */

static int
candidates_of(struct engine *engine, struct arena *arena, const struct arrival *arrival,
    struct arrived *arrived, struct evidence **evidence_r, size_t *count_r, struct err *err)
{
	evidence_of(arena, arrival->message, arrived->classified, evidence_r, count_r);
	if (store_candidates(engine->store, arena, arrival->pack->name, *evidence_r, *count_r,
	    &arrived->candidates, &arrived->candidate_count, err) == -1)
		return err_wrap(err, "candidates");
	match(arena, arrival->pack, arrival->message, arrived->classified, arrived->candidates, arrived->candidate_count,
	    &arrived->matched);
	return 0;
}

int
engine_message_store(struct engine *engine, const struct arrival *arrival, struct arrived *arrived,
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

static const char *
kind_to_people(const struct arrived *arrived)
{
	if (arrived->decision != NULL && arrived->decision->is_answer)
		return "answer";
	if (arrived->by_hand)
		return KIND_BY_HAND;
	return arrived->classified->kind == NULL ? "other" : arrived->classified->kind->name;
}

static void
heard(struct engine *engine, struct arena *arena, const struct arrival *arrival,
    const struct arrived *arrived, const struct event *event, instant now)
{
	struct desk *desk = &engine->desk;

	if (desk->on_mail_in != NULL && !event->again)
		desk->on_mail_in(desk->ctx, arrival->file, kind_to_people(arrived), arrived->matched,
		    arrived->state == NULL ? NULL : case_name(arena, arrived->state), arrived->duplicate, now);
	if (desk->on_decision != NULL && arrived->decision != NULL)
		desk->on_decision(desk->ctx, arrival->pack, arrived->state, arrived->decision, now);
}

static const char *
reason_without_case(struct arena *arena, const struct pack *pack, const struct arrived *arrived)
{
	const struct matched *matched = arrived->matched;

	if (matched->why != NULL && matched->why[0] != '\0')
		return matched->why;
	if (arrived->classified->kind == NULL)
		return "A mail came that the rules do not know, and it names no case.";
	return arena_printf(arena, "A mail came that names no case we know; by its words it is of this kind: %s.",
	    pack_called(pack, arena, arrived->classified->kind->name));
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
	if (arrived->by_hand)
		return KIND_BY_HAND;
	return arrived->classified->kind == NULL ? "" : arrived->classified->kind->name;
}

/* What a person said of it goes before the evidence; of a forged mail too, since they have looked at it. */
static void
override_take(struct arena *arena, const struct override *override, struct arrived *arrived, struct event *event)
{
	event->again = true;
	event->who = override->who;
	event->authenticated |= override->authenticated;
	event->guards_released = override->guards_released;
	event->vouched = override->case_id != 0 || override->is_new || override->authenticated || override->guards_released ||
	    override->by_hand;
	if (override->case_id == 0 && !override->is_new && !override->authenticated)
		return;
	event->forged = event->doubtful = false;
	if (override->case_id == 0 && !override->is_new)
		return;
	arrived->matched->kind = override->is_new ? MATCH_NEW : MATCH_EXISTING;
	arrived->matched->case_id = override->case_id;
	arrived->matched->why = override->is_new ? "a person says that it begins a case" : "a person says which case it belongs to";
	strs_add(arena, &arrived->matched->evidence, arrived->matched->why);
}

/* It stood in the case already, and joins it anew. */
static void
leave_case(struct case_state *state, int64_t message)
{
	size_t kept = 0;

	for (size_t i = 0; i < state->mail_count; i++)
		if (state->mails[i].message != message)
			state->mails[kept++] = state->mails[i];
	state->mail_count = kept;
}

static int
case_for(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct arrived *arrived,
    instant now, struct err *err)
{
	const char *pack;

	arrived->case_id = 0;
	if (arrived->matched->kind == MATCH_NEW)
		arrived->state = case_empty(arena, now);
	if (arrived->matched->kind != MATCH_EXISTING)
		return 0;
	arrived->case_id = arrived->matched->case_id;
	if (store_case_pack(engine->store, arena, arrived->case_id, &pack, err) == -1)
		return -1;
	if (pack == NULL || strcmp(pack, arrival->pack->name) != 0) {
		arrived->refused = "There is no such case.";
		return 0;
	}
	if (store_case_load(engine->store, arena, arrived->case_id, &arrived->state, err) == -1)
		return -1;
	leave_case(arrived->state, arrived->message);
	return 0;
}

/* The rules begin nothing with it after all: the mail is without a case, or what a person wished cannot be. */
static void
begins_nothing(struct arena *arena, const struct override *override, struct arrived *arrived)
{
	const struct kind *kind = arrived->classified->kind;

	arrived->state = NULL;
	arrived->matched->kind = MATCH_NONE;
	if (override != NULL && override->is_new)
		arrived->refused = kind == NULL ?
		    "The rules do not know what kind of mail this is, so they cannot begin a case with it." :
		    arena_printf(arena, "The rules begin no case with a mail of the kind \"%s\".", kind->name);
}

/* A mailbox owner's STOP, or RESUME after it: whoever looks after the daemon hears of a stop. */
static int
stop_or_go_on(struct engine *engine, struct arena *arena, const struct arrival *arrival, const struct decision *decision,
    instant now, struct err *err)
{
	struct change_wish wish = {
		.word = decision->pause_until == INSTANT_NONE ? ADMIN_RESUME : ADMIN_PAUSE, .mailbox = arrival->mailbox,
		.until = decision->pause_until, .who = "mailbox owner", .reason = "by mail",
	};
	struct changed changed;

	if (decision->pause_until == 0)
		return 0;
	if (engine_change(engine, arena, &wish, now, &changed, err) == -1)
		return -1;
	if (wish.word == ADMIN_RESUME || engine->administrator == NULL || changed.refused != NULL)
		return 0;
	return engine_tell(engine, arena, arrival->pack, arrival->mailbox, "A mailbox is paused",
	    arena_printf(arena, "The owner of %s has said STOP. Nothing goes out for that mailbox until %s, %02d:%02d; dates run on. "
	    "To end it before that, the owner can reply RESUME, or you can use: advicectl resume", arrival->mailbox,
	    date_words(arena, instant_date(wish.until)), instant_minute(wish.until) / 60, instant_minute(wish.until) % 60), now, err);
}

/* What the decision says, and the mails it makes; last the directory anew, since the decision's addresses stand in the old one. */
static int
decision_store(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct arrived *arrived,
    const struct world *world, const struct event *event, instant now, struct err *err)
{
	if (arrived->state != NULL && arrived->case_id == 0) {
		if (store_case_new(engine->store, arrival->pack->name, now, &arrived->case_id, err) == -1)
			return err_wrap(err, "case");
		arrived->state->id = arrived->case_id;
	}
	if (store_apply(engine->store, arrived->case_id, arrived->message, arrived->decision, now, err) == -1 ||
	    (arrived->state != NULL &&
	    engine_list_noted(engine, arena, arrived->case_id, arrived->state, arrived->decision, err) == -1))
		return err_wrap(err, "decision");
	if (engine_candidates(engine, arena, arrived, arrived->decision, err) == -1)
		return err_wrap(err, "triage");
	heard(engine, arena, arrival, arrived, event, now);
	if (engine_mailings(engine, arena, arrival->pack, arrival->mailbox, arrived->case_id, arrived->state, world, event,
	    arrived->decision, now, err) == -1 ||
	    engine_unasked(engine, arena, arrival->pack, arrived, arrived->decision, now, err) == -1 ||
	    engine_journal(engine, arena, arrived->case_id, event, arrived->decision, now, err) == -1 ||
	    stop_or_go_on(engine, arena, arrival, arrived->decision, now, err) == -1)
		return -1;
	return arrived->decision->absence_count > 0 ? engine_refresh(engine, err) : 0;
}

/* The children whom a mail that joins a case names without a label. */
static int
named_children(struct engine *engine, struct arena *arena, const struct arrival *arrival, const struct arrived *arrived,
    struct world *world, struct err *err)
{
	struct evidence *evidence = NULL;
	struct candidate *named = NULL;
	size_t count = 0;

	if (arrived->case_id == 0)
		return 0;
	named_evidence(arena, arrival->message, false, &evidence, &count);
	if (store_candidates(engine->store, arena, arrival->pack->name, evidence, count, &named, &world->named_count, err) == -1)
		return err_wrap(err, "children");
	world->named = named;
	return 0;
}

static int
decide_mail(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct arrived *arrived,
    const struct evidence *evidence, size_t evidence_count, const struct override *override, instant now, struct err *err)
{
	struct event event = {
		.type = EVENT_MAIL, .at = arrival->received, .mail = arrival->message,
		.message = arrived->message, .classified = arrived->classified,
		.authenticated = engine_authenticated(arrival->trust, arrival->pack, arrival->message),
		.forged = engine_forged(arrival->trust, arrival->message),
		.doubtful = engine_doubtful(arrival->trust, arrival->pack, arrival->message),
		.by_hand = arrived->by_hand,
	};
	struct world world;

	if (arrived->bounced != NULL)	/* it names them all, and belongs to none */
		arrived->matched->kind = MATCH_NONE;
	if (override != NULL)
		override_take(arena, override, arrived, &event);
	event.about_several = arrived->bounced != NULL && arrived->matched->kind == MATCH_NONE;
	if (case_for(engine, arena, arrival, arrived, now, err) == -1)
		return err_wrap(err, "case");
	if (arrived->refused != NULL)
		return 0;
	if (arrived->matched->kind != MATCH_NEW && !event.by_hand && engine_about(engine, arena, arrival, evidence, evidence_count,
	    arrived->state, arrived->case_id, &event, err) == -1)
		return -1;
	if (engine_world(engine, arena, arrival->pack, arrival->mailbox, arrived->state, arrived->classified, now, &world, err) == -1 ||
	    named_children(engine, arena, arrival, arrived, &world, err) == -1)
		return -1;
	classify_settle(arena, arrival->pack, &world, arrival->message, arrival->received,
	    arrived->case_id != 0 ? arrived->state : NULL, arrived->classified);
	if (event.by_hand)
		arrived->classified->kind = NULL;
	if (arrived->state != NULL)
		decide(arena, arrival->pack, &world, arrived->state, &event, now, &arrived->decision);
	if (arrived->matched->kind == MATCH_NEW && arrived->state->strand_count == 0)
		begins_nothing(arena, override, arrived);
	if (arrived->refused != NULL)
		return 0;
	if (arrived->state == NULL)
		decide_without_case(arena, arrival->pack, &world, &event, reason_without_case(arena, arrival->pack, arrived),
		    arrived->matched->kind == MATCH_AMBIGUOUS, now, &arrived->decision);
	if (override != NULL && again_begin(engine, arena, arrived->message, override, now, err) == -1)
		return -1;
	if (decision_store(engine, arena, arrival, arrived, &world, &event, now, err) == -1)
		return -1;
	/* Decided again, it tells nobody twice. */
	return override != NULL || arrived->decision->not_reached.n == 0 ? 0 :
	    engine_undelivered(engine, arena, arrived->bounced, &arrived->decision->not_reached, now, err);
}

/* What the daemon sent, and what lies among the sent mail though this mailbox did not send it: for nobody's rules. */
static int
take_our_own(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct arrived *arrived,
    enum origin origin, instant now, struct err *err)
{
	struct event event;

	if (own_record(engine, arena, arrival, arrived, origin, now, &event, err) == -1)
		return -1;
	heard(engine, arena, arrival, arrived, &event, now);
	return engine_journal(engine, arena, 0, &event, arrived->decision, now, err);
}

static int
decide_classified(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct arrived *arrived,
    const struct override *override, instant now, struct err *err)
{
	struct evidence *evidence;
	size_t evidence_count;
	bool kept;

	arrived->by_hand = own_by_hand(engine, arrival);
	if (candidates_of(engine, arena, arrival, arrived, &evidence, &evidence_count, err) == -1 ||
	    engine_bounced_joined(engine, arena, arrival, evidence, evidence_count, &arrived->bounced, err) == -1)
		return -1;
	if (arrived->by_hand && arrived->matched->kind == MATCH_NEW)
		arrived->matched->kind = MATCH_NONE;
	if (decide_mail(engine, arena, arrival, arrived, evidence, evidence_count, override, now, err) == -1)
		return -1;
	if (arrived->refused != NULL)
		return 0;
	arrived->needs_person = arrived->decision->needs_person;
	arrived->filings = arrived->decision->filings;
	kept = arrived->case_id == 0 && !arrived->needs_person && arrival->message->notice == NOTICE_NONE &&
	    arrived->classified->kind != NULL && arrived->classified->kind->kept;
	if (engine_message_store(engine, arrival, arrived, kind_in_case(arrived),
	    arrived->needs_person ? "triage" : kept ? "kept" : "done", err) == -1)
		return -1;
	if (arrived->decision->opens_case && join_kept(engine, arena, arrival, arrived, err) == -1)
		return err_wrap(err, "kept mails");
	return kept ? store_message_references(engine->store, arrived->message, &arrived->classified->references, err) : 0;
}

int
engine_decide(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct arrived *arrived,
    const struct override *override, instant now, struct err *err)
{
	int rc;

	classify(arena, arrival->pack, engine->directory, arrival->message, arrival->received, &arrived->classified);
	engine->at_hand = arrived->message;
	engine->at_hand_begins = engine_begins(arrival->pack, arrived->classified);
	rc = decide_classified(engine, arena, arrival, arrived, override, now, err);
	engine->at_hand = 0;
	return rc;
}

/* A copy came into the mailbox first and was not believed; now it lies among the sent mail as well. */
static int
proven_by_hand(struct engine *engine, struct arena *arena, const struct message_row *known, struct arrived *arrived,
    instant now, struct err *err)
{
	struct override override = { .by_hand = true, .who = "daemon", .reason = "" };
	struct arrived *again;

	if (engine_again(engine, arena, known->id, &override, now, &again, err) == -1)
		return -1;
	*arrived = *again;
	arrived->duplicate = true;
	return 0;
}

/* Its case was erased since, or it was in none: what it led to then is not done again, and no case is opened. */
static int
note_erased(struct engine *engine, int64_t message, instant now, struct err *err)
{
	struct journal_entry entry = {
		.at = now, .event = "mail", .message = message, .rule = "", .who = "daemon", .detail = "seen before and erased since",
	};

	return store_journal_add(engine->store, &entry, err) == -1 ? err_wrap(err, "journal") : 0;
}

/* What is settled at first sight: a mail seen before, and our own. */
static int
known_already(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct arrived *arrived,
    instant now, bool *settled_r, struct err *err)
{
	struct message_row *known;
	struct evidence *evidence;
	size_t evidence_count;
	enum origin origin;

	if (store_message_find(engine->store, arena, arrival->pack->name, arrival->message->fingerprint, &known, err) == -1)
		return err_wrap(err, "message");
	if (own_origin(engine, arena, arrival, &origin, err) == -1)
		return -1;
	*settled_r = known != NULL || origin == ORIGIN_DAEMON || origin == ORIGIN_STRAY;
	if (!*settled_r)
		return 0;
	if (known != NULL && origin == ORIGIN_BY_HAND && strcmp(known->state, "triage") == 0 && strcmp(known->kind, KIND_BY_HAND) != 0)
		return proven_by_hand(engine, arena, known, arrived, now, err);
	classify(arena, arrival->pack, engine->directory, arrival->message, arrival->received, &arrived->classified);
	if (candidates_of(engine, arena, arrival, arrived, &evidence, &evidence_count, err) == -1)
		return -1;
	if (known == NULL)
		return take_our_own(engine, arena, arrival, arrived, origin, now, err);
	arrived->duplicate = true;
	arrived->message = known->id;
	arrived->case_id = known->case_id;
	if (strcmp(known->state, "erased") == 0 && note_erased(engine, known->id, now, err) == -1)
		return -1;
	arrived->needs_person = strcmp(known->state, "triage") == 0;	/* it waits still: so does this copy, where people look for it */
	if (origin == ORIGIN_DAEMON && own_copy_take(engine, arena, arrival, arrived, now, err) == -1)
		return -1;
	return heard_again(engine, arena, arrival, arrived, known, now, err);
}

/* Other content under a message-id that we have seen is another mail; who looks into it later finds that noted. */
static int
note_same_id(struct engine *engine, const struct arrived *arrived, instant now, struct err *err)
{
	struct journal_entry entry = {
		.at = now, .event = "mail", .message = arrived->message, .rule = "", .who = "daemon",
		.detail = "another mail under a message-id that was seen before",
	};
	bool same;

	if (store_message_same_id(engine->store, arrived->message, &same, err) == -1)
		return err_wrap(err, "message");
	return same && store_journal_add(engine->store, &entry, err) == -1 ? err_wrap(err, "journal") : 0;
}

int
engine_mail(struct engine *engine, struct arena *arena, const struct arrival *arrival, instant now,
    struct arrived **arrived_r, struct err *err)
{
	struct arrived *arrived = arena_alloc(arena, sizeof(*arrived));
	bool settled = false;

	*arrived_r = arrived;
	if (known_already(engine, arena, arrival, arrived, now, &settled, err) == -1)
		return -1;
	if (settled)
		return 0;
	if (engine_message_store(engine, arrival, arrived, "", "done", err) == -1 ||
	    note_same_id(engine, arrived, now, err) == -1 ||
	    (!own_by_hand(engine, arrival) && engine_triage_mail(engine, arena, arrival, arrived, now, &settled, err) == -1))
		return -1;
	return settled ? 0 : engine_decide(engine, arena, arrival, arrived, NULL, now, err);
}

/* ---- Timers */

int
engine_timer(struct engine *engine, struct arena *arena, int64_t case_id, instant now, struct err *err)
{
	struct event event = { .type = EVENT_TIMER, .at = now };

	return engine_event(engine, arena, case_id, &event, now, err);
}

int
engine_event(struct engine *engine, struct arena *arena, int64_t case_id, struct event *event, instant now, struct err *err)
{
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
	if (engine_world(engine, arena, pack, address, state, NULL, now, &world, err) == -1)
		return -1;
	decide(arena, pack, &world, state, event, now, &decision);
	if (decision->next_due != INSTANT_NONE && decision->next_due <= now && decision->rung_count == 0)
		decision->next_due = now + DAY_SECONDS;		/* nothing went: not again at once */
	if (store_apply(engine->store, case_id, 0, decision, now, err) == -1)
		return err_wrap(err, "decision");
	if (engine->desk.on_decision != NULL)
		engine->desk.on_decision(engine->desk.ctx, pack, state, decision, now);
	if (engine_mailings(engine, arena, pack, address, case_id, state, &world, event, decision, now, err) == -1)
		return -1;
	return engine_journal(engine, arena, case_id, event, decision, now, err);
}
