/*
 * Core's side of sending: one frozen mail at a time to the send role, and
 * what became of it into the outbox.
 * Invariant (promise once): a mail is SENDING, durably, before the send role
 * has it; that its body was asked for is durable before the body goes out
 * (the role waits for WIRE_GO); a mail lost after that is unknown, and is
 * sent again only when a person says so.
 * Fails: core_failed() tells what ends the role from what is tried again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ipc/wire.h"
#include "role/core_private.h"

#define BACKOFF_FIRST_S		60
#define BACKOFF_MAX_S		3600
#define TRIES_LONG		20	/* about a day: after that a person is told */

static const char *const because_lost = "The connection was lost while the mail was being handed over; it may or may not have arrived.";

static bool
token_taken(struct core *core)
{
	struct sending *sending = &core->sending;
	int64_t now = clock_real_ms();

	if (core->config->per_minute <= 0)
		return true;
	sending->tokens += (double)(now - sending->tokens_at_ms) * core->config->per_minute / 60000.0;
	if (sending->tokens > core->config->per_minute)
		sending->tokens = core->config->per_minute;
	sending->tokens_at_ms = now;
	if (sending->tokens < 1.0) {
		sending->not_before_ms = now + (int64_t)((1.0 - sending->tokens) * 60000.0 / core->config->per_minute) + 1;
		return false;
	}
	sending->tokens -= 1.0;
	return true;
}

static bool
still_to_send(const struct outbox_recipient *recipient)
{
	return recipient->state == OUTBOX_QUEUED || recipient->state == OUTBOX_RETRY || recipient->state == OUTBOX_SENDING;
}

/* Promise right-people: what the rules and the directory say now.  held_r: it does not go. */
static int
hold_back(struct core *core, struct outbox_row *row, struct arena *arena, bool *held_r, struct err *err)
{
	const char *why;

	engine_may_send(&core->engine, arena, row, &why);
	*held_r = why != NULL;
	if (why == NULL)
		return 0;
	why = arena_printf(arena, "A mail (%s) is held: when it was about to be sent, %s.", row->template, why);
	if (core_begin(core, err) == -1 || engine_hold(&core->engine, arena, row, why, core_now(core), err) == -1 ||
	    core_commit(core, err) == -1)
		return -1;
	log_warning("held mail=%lld case=%lld reason=recipient", (long long)row->id, (long long)row->case_id);
	return 0;
}

/* A frozen mail is what was decided, to the byte, or it does not go. */
static int
verify_frozen(const struct outbox_row *row, int fd, struct err *err)
{
	char hex[65];

	if (sha256_hex_fd(fd, hex, err) == -1)
		return err_wrap(err, "spool: out/%s", row->spool_name);
	if (strcmp(hex, row->sha256) == 0)
		return 0;
	log_err("alarm mail=%lld case=%lld reason=\"the frozen mail is not what was decided; it was not sent\"", (long long)row->id,
	    (long long)row->case_id);
	return err_set(err, ERR_MESSAGE, "the mail in the spool was changed after it was written, so it was not sent");
}

static int
hand_over(struct core *core, struct outbox_row *row, struct err *err)
{
	struct frame frame;
	uint32_t count = 0;
	int fd = openat(core->spool.out, row->spool_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1)
		return err_errno(err, errno == ENOENT ? ERR_MESSAGE : ERR_RETRY, "spool: out/%s", row->spool_name);
	if (verify_frozen(row, fd, err) == -1) {
		close(fd);
		return -1;
	}
	for (size_t i = 0; i < row->recipient_count; i++)
		count += still_to_send(&row->recipients[i]);
	core->sending.busy = true;
	core->sending.outbox = row->id;
	core->sending.ticket = ++core->ticket;
	frame_init(&frame, WIRE_SEND, core->sending.ticket);
	put_str(&frame, core->config->smtp_from != NULL ? core->config->smtp_from : row->mailbox);
	put_u32(&frame, count);
	for (size_t i = 0; i < row->recipient_count; i++)
		if (still_to_send(&row->recipients[i]))
			put_str(&frame, row->recipients[i].address);
	put_fd(&frame, fd);
	close(fd);
	core->out.send(core->out.ctx, "send", &frame);
	frame_free(&frame);
	return 0;
}

static int
mark_sending(struct core *core, struct outbox_row *row, struct err *err)
{
	row->state = OUTBOX_SENDING;
	row->body_asked = false;
	row->tries++;
	for (size_t i = 0; i < row->recipient_count; i++)
		if (still_to_send(&row->recipients[i]))
			row->recipients[i].state = OUTBOX_SENDING;
	if (core_begin(core, err) == -1 || store_outbox_put(core->store, row, err) == -1)
		return -1;
	return core_commit(core, err);
}

/* ---- What became of it */

static enum outbox_state
state_of(uint32_t result)
{
	switch (result) {
	case SEND_SENT:
		return OUTBOX_SENT;
	case SEND_RETRY:
		return OUTBOX_RETRY;
	case SEND_FAILED:
		return OUTBOX_FAILED;
	default:
		return OUTBOX_UNKNOWN;
	}
}

/* Twice as long each time, and a little different for each mail. */
static instant
next_try(const struct core *core, const struct outbox_row *row)
{
	int64_t wait = BACKOFF_FIRST_S;

	for (int i = 1; i < row->tries && wait < BACKOFF_MAX_S; i++)
		wait *= 2;
	return core_now(core) + (wait > BACKOFF_MAX_S ? BACKOFF_MAX_S : wait) + row->id % 30;
}

static void
recipient_said(struct arena *arena, struct outbox_row *row, const char *address, uint32_t result, uint32_t code,
    const char *reply)
{
	for (size_t i = 0; i < row->recipient_count; i++) {
		struct outbox_recipient *recipient = &row->recipients[i];

		if (!still_to_send(recipient) || !str_same(recipient->address, address))
			continue;
		recipient->state = state_of(result);
		recipient->code = (int)code;
		recipient->reply = str_visible(arena, reply, 200);
	}
}

/* The mail's state is the one of its recipients that still wants something. */
static void
sum_up(struct core *core, struct outbox_row *row)
{
	bool retry = false, sent = false, unknown = false, deferred = false;

	for (size_t i = 0; i < row->recipient_count; i++) {
		if (row->recipients[i].state == OUTBOX_SENDING)
			row->recipients[i].state = row->state;
		retry |= row->recipients[i].state == OUTBOX_RETRY || row->recipients[i].state == OUTBOX_QUEUED;
		deferred |= row->recipients[i].state == OUTBOX_RETRY && row->recipients[i].code / 100 != 2;
		sent |= row->recipients[i].state == OUTBOX_SENT;
		unknown |= row->recipients[i].state == OUTBOX_UNKNOWN;
	}
	row->state = unknown ? OUTBOX_UNKNOWN : retry ? OUTBOX_RETRY : sent ? OUTBOX_SENT : OUTBOX_FAILED;
	if (row->state == OUTBOX_SENT)
		row->sent = core_now(core);
	if (row->state == OUTBOX_RETRY)
		/* Those who were welcome and only suffered for another's refusal are sent to at once. */
		row->next_try = deferred ? next_try(core, row) : core_now(core);
}

/* Who was refused, and what the server said to it; otherwise what keeps the whole mail. */
static const char *
failure_text(struct arena *arena, const struct outbox_row *row)
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

/* Somebody was refused for good, or nothing goes: a person is told. */
static int
tell_failure(struct core *core, const struct outbox_row *row, struct arena *arena, struct err *err)
{
	bool failed = row->state == OUTBOX_UNKNOWN || (row->state == OUTBOX_RETRY && row->tries == TRIES_LONG);
	struct triage_row triage = {
		.case_id = row->case_id, .pack = row->pack, .state = "open", .rule = row->rule, .at = core_now(core),
	};

	for (size_t i = 0; i < row->recipient_count; i++)
		failed |= row->recipients[i].state == OUTBOX_FAILED;
	if (!failed)
		return 0;
	triage.reason = row->state == OUTBOX_UNKNOWN ?
	    arena_printf(arena, "Mail %lld may or may not have arrived. Look for it, then say: advicectl queue sent %lld, or: advicectl queue retry %lld.",
		(long long)row->id, (long long)row->id, (long long)row->id) :
	    arena_printf(arena, "Mail %lld could not be delivered to everybody: %s", (long long)row->id,
		failure_text(arena, row));
	return store_triage_add(core->store, &triage, err);
}

/* Still SENDING, but nobody sends it any more: unknown, if its body had been asked for. */
static void
take_back(struct outbox_row *row)
{
	row->state = row->body_asked ? OUTBOX_UNKNOWN : OUTBOX_QUEUED;
	row->why = row->body_asked ? because_lost : "";
	for (size_t i = 0; i < row->recipient_count; i++)
		if (row->recipients[i].state == OUTBOX_SENDING)
			row->recipients[i].state = row->state;
}

/* In the caller's transaction: the row, a line in the journal, and a person is told if one must act. */
static int
outcome_put(struct core *core, struct outbox_row *row, struct arena *arena, struct err *err)
{
	struct journal_entry entry = {
		.at = core_now(core), .event = "sent", .case_id = row->case_id, .outbox = row->id, .rule = row->rule,
		.detail = outbox_state_name(row->state), .who = "daemon",
	};

	if (store_outbox_put(core->store, row, err) == -1 || store_journal_add(core->store, &entry, err) == -1)
		return -1;
	return tell_failure(core, row, arena, err);
}

/*
 * Frozen mails: one whose transaction was never committed has no row and goes;
 * one that nobody waits for any more was to be put away when we died.
 */
static int
frozen_recover(struct core *core, struct arena *arena, struct err *err)
{
	struct strs names = { NULL, 0 };
	int rc = file_list(arena, core->spool.out, &names, err);

	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		struct outbox_row *row = NULL;

		rc = store_outbox_by_file(core->store, arena, names.v[i], &row, err);
		if (rc == 0 && row == NULL)
			rc = file_remove(core->spool.out, names.v[i], err);
		else if (rc == 0 && (row->state == OUTBOX_SENT || row->state == OUTBOX_FAILED))
			rc = file_rename(core->spool.out, names.v[i], core->spool.sent, names.v[i], err);
		else if (rc == 0 && row->state == OUTBOX_DROPPED)
			rc = file_remove(core->spool.out, names.v[i], err);
	}
	return rc;
}

/* At start: what was on its way when we died. */
int
send_recover(struct core *core, struct err *err)
{
	struct arena *arena = arena_new();
	struct outbox_row *rows;
	size_t count;
	int rc = store_outbox_in_state(core->store, arena, OUTBOX_SENDING, &rows, &count, err);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		take_back(&rows[i]);
		rc = outcome_put(core, &rows[i], arena, err);
	}
	if (rc == 0)
		rc = frozen_recover(core, arena, err);
	arena_free(&arena);
	return rc;
}

static int
result_store(struct core *core, struct outbox_row *row, struct arena *arena, struct err *err)
{
	if (core_begin(core, err) == -1 || outcome_put(core, row, arena, err) == -1 || core_commit(core, err) == -1)
		return -1;
	log_info("sent mail=%lld case=%lld state=%s tries=%d", (long long)row->id, (long long)row->case_id,
	    outbox_state_name(row->state), row->tries);
	if ((row->state == OUTBOX_SENT || row->state == OUTBOX_FAILED) && file_exists(core->spool.out, row->spool_name))
		return file_rename(core->spool.out, row->spool_name, core->spool.sent, row->spool_name, err);
	return 0;
}

/* The frozen mail cannot be opened: later, or never, if it is not there. */
static int
not_handed_over(struct core *core, struct outbox_row *row, struct arena *arena, struct err *err)
{
	row->state = err->scope == ERR_RETRY ? OUTBOX_RETRY : OUTBOX_FAILED;
	row->why = arena_strdup(arena, err->text);
	sum_up(core, row);
	return result_store(core, row, arena, err);
}

int
send_next(struct core *core, struct err *err)
{
	struct arena *arena;
	struct outbox_row *rows;
	size_t count = 0;
	bool held = false;
	int rc;

	if (!core->sender_attached || core->sending.busy || clock_real_ms() < core->sending.not_before_ms)
		return 0;
	arena = arena_new();
	rc = store_outbox_due(core->store, arena, core_now(core), 1, &rows, &count, err);
	if (rc == 0 && count > 0)
		rc = hold_back(core, &rows[0], arena, &held, err);
	if (rc == 0 && count > 0 && !held && token_taken(core)) {
		rc = mark_sending(core, &rows[0], err);
		if (rc == 0 && hand_over(core, &rows[0], err) == -1)
			rc = not_handed_over(core, &rows[0], arena, err);
	}
	arena_free(&arena);
	return rc == -1 && !core_failed(core, err) ? -1 : 0;
}

static int
read_result(struct frame *frame, struct arena *arena, struct outbox_row *row, struct err *err)
{
	uint32_t result = get_u32(frame), code = get_u32(frame), count;
	const char *reply = get_str(frame, arena);

	count = get_u32(frame);
	row->state = state_of(result);
	row->why = str_visible(arena, reply, 300);
	for (uint32_t i = 0; i < count && !frame->bad; i++) {
		const char *address = get_str(frame, arena);
		uint32_t one = get_u32(frame), one_code = get_u32(frame);
		const char *one_reply = get_str(frame, arena);

		recipient_said(arena, row, address, one, one_code, one_reply);
	}
	(void)code;
	return get_end(frame) && result <= SEND_UNKNOWN ? 0 :
	    err_set(err, ERR_MESSAGE, "a sending result that cannot be read");
}

static int
body_asked(struct core *core, struct err *err)
{
	struct arena *arena = arena_new();
	struct outbox_row *row;
	struct frame go;
	int rc = core_begin(core, err);

	if (rc == 0)
		rc = store_outbox(core->store, arena, core->sending.outbox, &row, err);
	if (rc == 0) {
		row->body_asked = true;
		rc = store_outbox_put(core->store, row, err);
	}
	if (rc == 0)
		rc = core_commit(core, err);
	if (rc == 0) {
		frame_init(&go, WIRE_GO, core->sending.ticket);
		core->out.send(core->out.ctx, "send", &go);
		frame_free(&go);
	}
	arena_free(&arena);
	return rc;
}

static int
send_trouble(struct frame *frame, struct err *err)
{
	struct arena *arena = arena_new();
	uint32_t scope = get_u32(frame);
	const char *sentence = get_str(frame, arena);

	if (get_end(frame))
		log_err("trouble role=send scope=%u reason=\"%s\"", scope, str_visible(arena, sentence, 300));
	arena_free(&arena);
	return frame->bad ? err_set(err, ERR_MESSAGE, "a trouble that cannot be read") : 0;
}

int
send_frame(struct core *core, struct frame *frame, struct err *err)
{
	struct arena *arena;
	struct outbox_row *row;
	int rc;

	if (frame->type == WIRE_TROUBLE)
		return send_trouble(frame, err);
	if (!core->sending.busy || frame->id != core->sending.ticket)
		return err_set(err, ERR_MESSAGE, "an answer about no mail that is being sent");
	if (frame->type == WIRE_SENDING) {
		rc = body_asked(core, err);
		return rc == -1 && !core_failed(core, err) ? -1 : 0;
	}
	if (frame->type != WIRE_SENT)
		return err_set(err, ERR_MESSAGE, "frame %u is not for core", frame->type);
	arena = arena_new();
	rc = store_outbox(core->store, arena, core->sending.outbox, &row, err);
	if (rc == 0)
		rc = read_result(frame, arena, row, err);
	if (rc == 0) {
		sum_up(core, row);
		rc = result_store(core, row, arena, err);
	}
	/* After nonsense the role is dropped, and send_lost() takes the mail back. */
	core->sending.busy = rc == -1 && err->scope == ERR_MESSAGE;
	arena_free(&arena);
	if (rc == -1 && err->scope == ERR_RETRY) {
		/* The row still says SENDING: only a fresh start can tell what it is worth. */
		store_rollback(core->store);
		return err_set(err, ERR_DAEMON, "the result of a sending could not be stored");
	}
	return rc;
}

/* The send role is gone: what it had is retried, or unknown if its body had been asked for. */
int
send_lost(struct core *core, struct err *err)
{
	struct arena *arena;
	struct outbox_row *row;
	int rc;

	if (!core->sending.busy)
		return 0;
	core->sending.busy = false;
	arena = arena_new();
	rc = store_outbox(core->store, arena, core->sending.outbox, &row, err);
	if (rc == 0) {
		take_back(row);
		rc = result_store(core, row, arena, err);
	}
	arena_free(&arena);
	return rc;
}
