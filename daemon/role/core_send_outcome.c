/*
 * What became of a mail that the send role was given: into its row, and what
 * follows from that.  Runs in core.
 * Invariants (promises once, nothing-hidden): who may have it is never sent to
 * again by this; every end is in the journal; whom it will not reach is an
 * event of its case, in the same transaction; what is wrong with us or with
 * the mail makes nobody absent, and waits for a person.
 * Fails: outcome_read() with ERR_MESSAGE; the others as the store does.
 */
#include <string.h>

#include "base/log.h"
#include "engine/outbox.h"
#include "role/core_send_private.h"
#include "send/refusal.h"

#define BARRED_TRIES	5	/* so often does a mail go again by itself once others go */

/* ---- What was said */

static enum outbox_state
state_of(enum send_result result)
{
	switch (result) {
	case SEND_SENT:
		return OUTBOX_SENT;
	case SEND_RETRY:
		return OUTBOX_RETRY;
	case SEND_FAILED:
		return OUTBOX_FAILED;
	case SEND_BARRED:
	case SEND_REJECTED:
		return OUTBOX_HELD;
	case SEND_UNKNOWN:
		break;
	}
	return OUTBOX_UNKNOWN;
}

/* True: the address is among those that the mail was sent to. */
static bool
recipient_said(struct arena *arena, struct outbox_row *row, const char *address, enum send_result said, int code,
    const char *reply, struct sent_result *result)
{
	bool found = false;

	for (size_t i = 0; i < row->recipient_count; i++) {
		struct outbox_recipient *recipient = &row->recipients[i];

		if (recipient->state != OUTBOX_SENDING || !str_same(recipient->address, address))
			continue;
		found = true;
		recipient->state = state_of(said);
		recipient->code = code;
		recipient->reply = str_visible(arena, reply, 200);
		if (said == SEND_FAILED)
			strs_add(arena, &result->bounced, recipient->address);
		result->barred |= said == SEND_BARRED;
	}
	return found;
}

int
outcome_read(struct frame *frame, struct arena *arena, struct outbox_row *row, struct sent_result *result_r, struct err *err)
{
	uint32_t count, worst;

	*result_r = (struct sent_result){ .result = worst = get_u32(frame), .code = (int)get_u32(frame) };
	result_r->text = str_visible(arena, get_str(frame, arena), 300);
	count = get_u32(frame);
	for (uint32_t i = 0; i < count && !frame->bad; i++) {
		const char *address = get_str(frame, arena), *reply;
		uint32_t said = get_u32(frame);
		int code = (int)get_u32(frame);

		reply = get_str(frame, arena);
		worst = said > worst ? said : worst;
		if (frame->bad || recipient_said(arena, row, address, said, code, reply, result_r) || !str_same(address, row->mailbox))
			continue;
		result_r->copy_said = true;
		result_r->copy_result = said;
		result_r->copy_code = code;
		result_r->copy_reply = reply;
	}
	result_r->retry_after_s = get_u32(frame);
	row->why = result_r->text;
	return get_end(frame) && worst <= SEND_REJECTED ? 0 :
	    err_set(err, ERR_MESSAGE, "a sending result that cannot be read");
}

/* ---- What it means */

/*
 * A reply to the whole mail that is about a recipient, without saying which: where there is one besides the copy, it is
 * about them.
 */
static void
sole_recipient(struct outbox_row *row, struct sent_result *result, struct arena *arena)
{
	struct outbox_recipient *sole = NULL;
	size_t count = 0;

	for (size_t i = 0; i < row->recipient_count; i++)
		if (row->recipients[i].state == OUTBOX_HELD) {
			sole = &row->recipients[i];
			count++;
		}
	if (result->result != SEND_REJECTED || count != 1 ||
	    refusal_means(REFUSAL_MAIL, result->code, result->text) != SEND_FAILED)
		return;
	sole->state = OUTBOX_FAILED;
	sole->code = result->code;
	strs_add(arena, &result->bounced, sole->address);
}

/* It was back before we heard: whatever we heard then, those who were sent to with it have it. */
static void
copy_was_early(struct outbox_row *row, struct sent_result *result, instant now)
{
	for (size_t i = 0; i < row->recipient_count; i++) {
		struct outbox_recipient *recipient = &row->recipients[i];
		bool refused = recipient->code / 100 == 4 || recipient->code / 100 == 5;

		if ((recipient->state == OUTBOX_RETRY || recipient->state == OUTBOX_HELD) && !refused)
			recipient->state = OUTBOX_UNKNOWN;
	}
	result->barred = false;
	outbox_proven(row, now);
}

static void
copy_settle(struct outbox_row *row, struct sent_result *result)
{
	enum send_result said = result->copy_said ? result->copy_result : result->result;
	int class = result->copy_said ? result->copy_code / 100 : 0;

	if (said == SEND_SENT)
		row->copy = COPY_SENT;
	else if (said == SEND_UNKNOWN)
		row->copy = COPY_UNKNOWN;
	else if (class == 5 || (class == 4 && outbox_has_welcome(row)))
		row->copy = COPY_REFUSED;
	else
		row->copy = COPY_NONE;
	result->copy_refused = row->copy == COPY_REFUSED && class == 5;
}

/* Put off for days: whom the server put off will not be reached; what it put off as a whole waits for a person. */
static void
give_up(const struct core *core, struct outbox_row *row, struct sent_result *result, struct arena *arena)
{
	if (!retry_is_over(core, row))
		return;
	for (size_t i = 0; i < row->recipient_count; i++) {
		struct outbox_recipient *recipient = &row->recipients[i];

		if (recipient->state == OUTBOX_RETRY && recipient->code / 100 == 4) {
			recipient->state = OUTBOX_FAILED;
			strs_add(arena, &result->bounced, recipient->address);
		} else if (recipient->state == OUTBOX_RETRY && result->code / 100 == 4 && recipient->code == 0)
			recipient->state = OUTBOX_HELD;
	}
}

void
outcome_settle(struct core *core, struct outbox_row *row, struct sent_result *result, struct arena *arena)
{
	instant now = core_now(core);

	outbox_move(row, 1u << OUTBOX_SENDING, state_of(result->result));
	sole_recipient(row, result, arena);
	if (row->copy == COPY_EARLY)
		copy_was_early(row, result, now);
	else if (row->copy == COPY_SENDING)
		copy_settle(row, result);
	give_up(core, row, result, arena);
	outbox_sum(row);
	row->barred |= result->barred;
	if (row->state == OUTBOX_SENT)
		row->sent = now;
	if (row->state == OUTBOX_RETRY)
		row->next_try = outbox_has_welcome(row) ? now : retry_at(core, row, result->retry_after_s);
	if (row->state == OUTBOX_UNKNOWN)
		row->ask_at = row->copy == COPY_UNKNOWN ? copy_ask_at(core) : now;
}

/* ---- Who hears of it */

static int
tell(struct core *core, const struct outbox_row *row, const char *reason, struct err *err)
{
	struct triage_row triage = {
		.case_id = row->case_id, .pack = row->pack, .state = "open", .rule = row->rule, .at = core_now(core), .reason = reason,
	};

	return store_triage_add(core->store, &triage, err);
}

/* Who was refused, and what the server said to it; otherwise what keeps the whole mail. */
static const char *
failure_words(struct arena *arena, const struct outbox_row *row)
{
	struct strs refused = { NULL, 0 };

	for (size_t i = 0; i < row->recipient_count; i++) {
		const struct outbox_recipient *recipient = &row->recipients[i];

		if (recipient->state == OUTBOX_FAILED && recipient->reply != NULL && recipient->reply[0] != '\0')
			strs_add(arena, &refused, arena_printf(arena, "%s: %d %s", recipient->address, recipient->code,
			    recipient->reply));
	}
	return refused.n > 0 ? strs_join(arena, &refused, "; ") : row->why;
}

static const char *
barred_words(struct arena *arena, const struct outbox_row *row)
{
	return arena_printf(arena, "The mail server does not let us send as %s.", row->mailbox);
}

/* Told once for a mailbox, however many mails wait for it. */
static int
barred_tell(struct core *core, struct arena *arena, const struct outbox_row *row, struct err *err)
{
	struct triage_row triage = {
		.pack = row->pack, .state = "open", .rule = "", .at = core_now(core), .reason = arena_printf(arena, "%s Its mails are held. "
		    "When that has been put right they go with the next mail that goes through, or say: advicectl queue release all.",
		    barred_words(arena, row)),
	};

	log_err("alarm mail=%lld case=%lld reason=\"the mail server does not let us send: %s\"", (long long)row->id,
	    (long long)row->case_id, row->why);
	core->sending.barred = true;
	return store_triage_add(core->store, &triage, err);
}

/* The mails with which we ask and tell: nobody is asked by mail about such a one. */
static bool
is_telling(const struct outbox_row *row)
{
	static const char *const templates[] = { "held", "administrator", "not-delivered" };

	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++)
		if (strcmp(row->template, templates[i]) == 0)
			return true;
	return strcmp(row->act, "triage") == 0 || strcmp(row->act, "echo") == 0;
}

/* No server will take it as it is: whoever looks after the mailbox is asked. */
static int
rejected_hold(struct core *core, struct arena *arena, struct outbox_row *row, struct err *err)
{
	const char *why = arena_printf(arena, "A mail (%s) is held: the mail server will not take it (%s).", row->template, row->why);

	log_err("alarm mail=%lld case=%lld reason=\"the mail server will not take it: %s\"", (long long)row->id,
	    (long long)row->case_id, row->why);
	if (!is_telling(row))
		return engine_hold(&core->engine, arena, row, why, core_now(core), err);
	outbox_move(row, 1u << OUTBOX_HELD, OUTBOX_FAILED);
	outbox_sum(row);
	return store_outbox_put(core->store, row, err) == -1 ? -1 : tell(core, row, arena_printf(arena,
	    "Mail %lld could not be delivered to everybody: %s", (long long)row->id, failure_words(arena, row)), err);
}

/* Half of the time for it has gone: a person hears of it before it is given up. */
static int
long_tell(struct core *core, struct arena *arena, struct outbox_row *row, struct err *err)
{
	if (row->state != OUTBOX_RETRY || row->told || !retry_is_long(core, row))
		return 0;
	row->told = true;
	log_warning("long mail=%lld case=%lld tries=%d", (long long)row->id, (long long)row->case_id, row->tries);
	return tell(core, row, arena_printf(arena, "Mail %lld has been tried for a long time and is not taken. It is tried on, up to %d "
	    "day%s in all where the mail server puts it off: %s", (long long)row->id, core->config->give_up_days,
	    core->config->give_up_days == 1 ? "" : "s", row->why), err);
}

/*
 * That somebody is not reached, and that the directory may be wrong.  A mail of a case is followed by one to whoever looks
 * after the mailbox; about one of no case they are asked through triage, but never about such a question itself.
 */
static int
bounces_tell(struct core *core, struct arena *arena, const struct outbox_row *row, struct err *err)
{
	bool ask = row->case_id == 0 && !is_telling(row);
	struct triage_row triage = {
		.case_id = row->case_id, .pack = row->pack, .state = "open", .rule = row->rule, .at = core_now(core),
		.reason = arena_printf(arena, "Mail %lld could not be delivered to everybody: %s. If an address is wrong, or somebody "
		    "has left, correct the directory; until then somebody else is written to.", (long long)row->id,
		    failure_words(arena, row)),
	}, *stored;

	if (store_triage_add(core->store, &triage, err) == -1 ||
	    (ask && store_triage(core->store, arena, triage.id, &stored, err) == -1))
		return -1;
	if (!ask || stored->asked.n > 0)
		return 0;
	stored->template = "triage";
	stored->note = stored->reason;
	stored->due = core_now(core);
	return store_triage_put(core->store, stored, err);
}

/* Their case goes on with somebody else; where that cannot be decided, the mail's end is stored all the same. */
static int
bounces_take(struct core *core, struct arena *arena, const struct outbox_row *row, const struct strs *bounced, struct err *err)
{
	size_t frozen = core->frozen.n;

	if (bounced->n == 0)
		return 0;
	if (bounces_tell(core, arena, row, err) == -1 || store_savepoint(core->store, err) == -1)
		return -1;
	if (engine_undelivered(&core->engine, arena, row, bounced, core_now(core), err) == -1) {
		if (err->scope != ERR_MESSAGE && err->scope != ERR_CONFIG)
			return -1;
		log_err("bounce mail=%lld reason=\"%s\"", (long long)row->id, str_visible(arena, err->text, 300));
		freeze_undo(core, frozen);
		if (store_rollback_to(core->store, err) == -1)
			return -1;
	}
	return store_release(core->store, err);
}

/* A mail of this mailbox went: what was held because none might goes again. */
static int
barred_over(struct core *core, struct arena *arena, const struct outbox_row *went, struct err *err)
{
	struct outbox_row *rows;
	struct triage_row *waiting;
	size_t count, waiting_count;

	if (!core->sending.barred || went->state != OUTBOX_SENT)
		return 0;
	core->sending.barred = false;
	if (store_outbox_in_state(core->store, arena, OUTBOX_HELD, &rows, &count, err) == -1 ||
	    store_triages(core->store, arena, true, &waiting, &waiting_count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		bool same = str_same(rows[i].mailbox, went->mailbox);

		if (!rows[i].barred || !same || rows[i].tries >= BARRED_TRIES) {
			core->sending.barred |= rows[i].barred && !same;
			continue;
		}
		outbox_move(&rows[i], 1u << OUTBOX_HELD, OUTBOX_QUEUED);
		outbox_sum(&rows[i]);
		rows[i].barred = false;
		rows[i].next_try = core_now(core);
		if (store_outbox_put(core->store, &rows[i], err) == -1)
			return -1;
	}
	for (size_t i = 0; i < waiting_count; i++) {
		if (!str_starts(waiting[i].reason, barred_words(arena, went)))
			continue;
		if (store_triage_done(core->store, waiting[i].id, err) == -1)
			return -1;
	}
	return 0;
}

static int
follow(struct core *core, struct outbox_row *row, struct arena *arena, const struct sent_result *result, struct err *err)
{
	/* That it takes long is over, one way or the other. */
	if (row->told && row->state != OUTBOX_RETRY && outbox_told_done(core->store, arena, row, err) == -1)
		return -1;
	if (result->copy_refused && copy_refused_tell(core, arena, row, result->copy_code, result->copy_reply, err) == -1)
		return -1;
	if (result->barred && barred_tell(core, arena, row, err) == -1)
		return -1;
	/* Held, and nobody of them is still to be sent to: now it can be asked about. */
	if (row->state == OUTBOX_HELD && !row->barred && rejected_hold(core, arena, row, err) == -1)
		return -1;
	if (bounces_take(core, arena, row, &result->bounced, err) == -1)
		return -1;
	return barred_over(core, arena, row, err);
}

int
outcome_put(struct core *core, struct outbox_row *row, struct arena *arena, const struct sent_result *result, struct err *err)
{
	struct journal_entry entry = {
		.at = core_now(core), .event = "sent", .case_id = row->case_id, .outbox = row->id, .rule = row->rule,
		.detail = outbox_state_name(row->state), .who = "daemon",
	};

	if (long_tell(core, arena, row, err) == -1 || store_outbox_put(core->store, row, err) == -1 ||
	    store_journal_add(core->store, &entry, err) == -1)
		return -1;
	return result == NULL ? 0 : follow(core, row, arena, result, err);
}

int
outcome_unreadable(struct core *core, struct outbox_row *row, struct arena *arena, struct err *err)
{
	return tell(core, row, arena_printf(arena, "Mail %lld could not be delivered to everybody: %s", (long long)row->id,
	    row->why), err);
}
