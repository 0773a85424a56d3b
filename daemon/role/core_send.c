/*
 * Core's side of sending: one frozen mail at a time to the send role, and
 * what became of it into the outbox (core_send_outcome.c).
 * Invariant (promise once): a mail is SENDING, durably, before the send role
 * has it; that its body was asked for is durable before the body goes out
 * (the role waits for WIRE_GO); a mail lost after that is unknown, and is
 * sent again only when a person says so.
 * Fails: core_failed() tells what ends the role from what is tried again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "engine/outbox.h"
#include "ipc/wire.h"
#include "role/core_send_private.h"

#define KEPT_TOGETHER	32

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
	const char *copy = row->copy == COPY_SENDING ? copy_address(core, row) : NULL;
	struct frame frame;
	uint32_t count;
	int fd = openat(core->spool.out, row->spool_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1)
		return err_errno(err, errno == ENOENT ? ERR_MESSAGE : ERR_RETRY, "spool: out/%s", row->spool_name);
	if (verify_frozen(row, fd, err) == -1) {
		close(fd);
		return -1;
	}
	if (copy != NULL && copy_is_recipient(row, copy))
		copy = NULL;
	count = copy != NULL;
	for (size_t i = 0; i < row->recipient_count; i++)
		count += row->recipients[i].state == OUTBOX_SENDING;
	core->sending.busy = true;
	core->sending.outbox = row->id;
	core->sending.ticket = ++core->ticket;
	canary_handed(core, row->id);
	frame_init(&frame, WIRE_SEND, core->sending.ticket);
	put_str(&frame, core->config->smtp_from != NULL ? core->config->smtp_from : row->mailbox);
	put_u32(&frame, count);
	for (size_t i = 0; i < row->recipient_count; i++)
		if (row->recipients[i].state == OUTBOX_SENDING)
			put_str(&frame, row->recipients[i].address);
	if (copy != NULL)
		put_str(&frame, copy);
	put_fd(&frame, fd);
	close(fd);
	core->out.send(core->out.ctx, "send", &frame);
	frame_free(&frame);
	return 0;
}

static int
mark_sending(struct core *core, struct outbox_row *row, struct err *err)
{
	row->body_asked = false;
	row->tries++;
	if (row->first_try == 0)
		row->first_try = core_now(core);
	if (copy_address(core, row) != NULL)
		row->copy = COPY_SENDING;
	outbox_sending(row);
	if (core_begin(core, err) == -1 || store_outbox_put(core->store, row, err) == -1 || pace_keep(core, err) == -1)
		return -1;
	return core_commit(core, err);
}

/* ---- What became of it */

int
send_put_away(struct core *core, struct arena *arena, const char *name, struct err *err)
{
	struct outbox_row *row = NULL;
	bool wanted = false;	/* what keeps it back may yet be taken back */

	if (store_outbox_by_file(core->store, arena, name, &row, err) == -1)
		return -1;
	if (row != NULL && row->state != OUTBOX_DROPPED)
		return outbox_file_end(core->store, core->spool.out, core->spool.sent, row, err);
	if (row != NULL && outbox_may_come_back(core->store, row, &wanted, err) == -1)
		return -1;
	return wanted ? 0 : file_remove(core->spool.out, name, err);
}

static int
frozen_recover(struct core *core, struct arena *arena, struct err *err)
{
	struct strs names = { NULL, 0 };
	int rc = file_list(arena, core->spool.out, &names, err);

	for (size_t i = 0; rc == 0 && i < names.n; i++)
		rc = send_put_away(core, arena, names.v[i], err);
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
		outbox_take_back(&rows[i], core_now(core), copy_ask_at(core));
		rc = outcome_put(core, &rows[i], arena, NULL, err);
	}
	if (rc == 0)
		rc = frozen_recover(core, arena, err);
	arena_free(&arena);
	return rc;
}

static int
result_store(struct core *core, struct outbox_row *row, struct arena *arena, const struct sent_result *result, struct err *err)
{
	if (core_begin(core, err) == -1 || outcome_put(core, row, arena, result, err) == -1 || core_commit(core, err) == -1)
		return -1;
	log_info("sent mail=%lld case=%lld state=%s tries=%d", (long long)row->id, (long long)row->case_id,
	    outbox_state_name(row->state), row->tries);
	return outbox_files_end(core->store, arena, core->spool.out, core->spool.sent, row, err);
}

int
send_proven(struct core *core, int64_t outbox, struct err *err)
{
	struct arena *arena = arena_new();
	struct outbox_row *row = NULL;
	int rc = store_outbox(core->store, arena, outbox, &row, err);

	if (rc == 0 && row != NULL) {
		log_info("sent mail=%lld case=%lld state=%s by=copy", (long long)row->id, (long long)row->case_id,
		    outbox_state_name(row->state));
		rc = outbox_files_end(core->store, arena, core->spool.out, core->spool.sent, row, err);
	}
	arena_free(&arena);
	return rc;
}

/* The frozen mail cannot be opened: later, or never, if it is not there. */
static int
not_handed_over(struct core *core, struct outbox_row *row, struct arena *arena, struct err *err)
{
	bool later = err->scope == ERR_RETRY;

	outbox_move(row, 1u << OUTBOX_SENDING, later ? OUTBOX_RETRY : OUTBOX_FAILED);
	if (row->copy == COPY_SENDING)
		row->copy = COPY_NONE;
	row->why = arena_strdup(arena, err->text);
	row->next_try = retry_at(core, row, 0);
	outbox_sum(row);
	if (core_begin(core, err) == -1 || outcome_put(core, row, arena, NULL, err) == -1 ||
	    (!later && outcome_unreadable(core, row, arena, err) == -1) || core_commit(core, err) == -1)
		return -1;
	return outbox_files_end(core->store, arena, core->spool.out, core->spool.sent, row, err);
}

/* The file of a mail that is not sent after all, or not to all: what is left lying is put away at the next start, or the next day. */
static int
recalled_file(struct core *core, struct arena *arena, int64_t id, struct err *err)
{
	struct outbox_row *row = NULL;
	struct err unimportant;
	bool wanted;	/* by whoever takes back what keeps it */

	if (store_outbox(core->store, arena, id, &row, err) == -1 || outbox_may_come_back(core->store, row, &wanted, err) == -1)
		return -1;
	if (row->state != OUTBOX_DROPPED)
		return outbox_file_end(core->store, core->spool.out, core->spool.sent, row, err);
	if (!wanted && row->spool_name[0] != '\0' && file_exists(core->spool.out, row->spool_name))
		(void)file_remove(core->spool.out, row->spool_name, &unimportant);
	return 0;
}

int
send_called_off(struct core *core, struct arena *arena, const struct recalled *recalled, struct err *err)
{
	for (size_t i = 0; i < recalled->off_count; i++)
		if (recalled_file(core, arena, recalled->off[i], err) == -1)
			return -1;
	return 0;
}

/* What did not go at once may be wanted no more. */
static int
look_again(struct core *core, struct outbox_row *row, struct arena *arena, bool *stays_r, struct err *err)
{
	struct recalled recalled;

	*stays_r = false;
	if (!engine_may_recall(row, core_now(core)))
		return 0;
	if (core_begin(core, err) == -1 || engine_recall(&core->engine, arena, row, core_now(core), &recalled, err) == -1 ||
	    core_commit(core, err) == -1)
		return -1;
	*stays_r = recalled.stays;
	if (recalled.stays)
		log_info("called off mail=%lld case=%lld", (long long)row->id, (long long)row->case_id);
	return send_called_off(core, arena, &recalled, err);
}

/* The one place where a mail that is due is weighed before it goes.  goes_r: it does, now. */
static int
weigh(struct core *core, struct outbox_row *row, struct arena *arena, bool *goes_r, struct err *err)
{
	bool stays;

	*goes_r = false;
	if (look_again(core, row, arena, &stays, err) == -1 || (!stays && hold_back(core, row, arena, &stays, err) == -1))
		return -1;
	if (stays)
		return 0;
	if (gate_pass(core, arena, row, goes_r, err) == -1)
		return -1;
	*goes_r = *goes_r && pace_take(core);
	return 0;
}

/* Those that are due before any that may go, and that only their mailbox's mode keeps back: in one transaction. */
static int
keep_back_due(struct core *core, struct arena *arena, size_t *kept_r, struct err *err)
{
	struct outbox_row *rows;
	size_t count, n;

	*kept_r = 0;
	if (store_outbox_due(core->store, arena, core_now(core), KEPT_TOGETHER, &rows, &count, err) == -1)
		return -1;
	for (n = 0; n < count && gate_keeps(core, &rows[n]) && !engine_may_recall(&rows[n], core_now(core)); n++) {
		const char *why_not;

		engine_may_send(&core->engine, arena, &rows[n], &why_not);
		if (why_not != NULL)
			break;
	}
	*kept_r = n;
	return n == 0 ? 0 : gate_keep_back(core, arena, rows, n, err);
}

int
send_next(struct core *core, struct err *err)
{
	struct arena *arena;
	struct outbox_row *rows;
	size_t count = 0, kept = 0;
	bool goes = false;
	int rc;

	if (copy_ask(core, err) == -1)
		return core_failed(core, err) ? 0 : -1;
	if (core->sending.busy)
		return 0;
	core->sending.flowing = false;
	if (!core->sender_attached || clock_real_ms() < core->sending.not_before_ms)
		return 0;
	arena = arena_new();
	rc = store_outbox_due(core->store, arena, core_now(core), 1, &rows, &count, err);
	if (rc == 0 && count > 0 && gate_keeps(core, &rows[0]))
		rc = keep_back_due(core, arena, &kept, err);
	if (rc == 0 && count > 0 && kept == 0)
		rc = weigh(core, &rows[0], arena, &goes, err);
	if (rc == 0 && goes) {
		rc = mark_sending(core, &rows[0], err);
		if (rc == 0 && hand_over(core, &rows[0], err) == -1)
			rc = not_handed_over(core, &rows[0], arena, err);
	}
	core->sending.flowing = goes;
	arena_free(&arena);
	return rc == -1 && !core_failed(core, err) ? -1 : 0;
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
send_trouble(struct core *core, struct frame *frame, struct err *err)
{
	struct arena *arena = arena_new();
	uint32_t scope = get_u32(frame);
	const char *sentence = get_str(frame, arena);

	if (get_end(frame)) {
		if (scope != ERR_NONE)
			log_err("trouble role=send scope=%u reason=\"%s\"", scope, str_visible(arena, sentence, 300));
		snprintf(core->send_trouble, sizeof(core->send_trouble), "%s", scope == ERR_NONE ? "" : sentence);
	}
	arena_free(&arena);
	return frame->bad ? err_set(err, ERR_MESSAGE, "a trouble that cannot be read") : 0;
}

/* A moved clock does not go on before its copy, where it is there already, has been taken. */
static void
look_for_copy(struct core *core, const struct outbox_row *row)
{
	for (size_t i = 0; i < core->mailbox_count; i++)
		if ((row->copy == COPY_SENT || row->copy == COPY_UNKNOWN) && str_same(core->mailboxes[i].config->address, row->mailbox))
			core->mailboxes[i].looked = false;
}

int
send_frame(struct core *core, struct frame *frame, struct err *err)
{
	struct sent_result result;
	struct arena *arena;
	struct outbox_row *row;
	int rc;

	if (frame->type == WIRE_TROUBLE)
		return send_trouble(core, frame, err);
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
		rc = outcome_read(frame, arena, row, &result, err);
	if (rc == 0) {
		outcome_settle(core, row, &result, arena);
		pace_after(core, &result);
		rc = result_store(core, row, arena, &result, err);
		look_for_copy(core, row);
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
		outbox_take_back(row, core_now(core), copy_ask_at(core));
		rc = result_store(core, row, arena, NULL, err);
	}
	arena_free(&arena);
	return rc;
}
