/*
 * A mail's state in the outbox and those of its recipients.  Runs in core and
 * in advicectl's commands; all but outbox_told_done() is pure.
 * Invariant (promise once): nothing here makes somebody who may have a mail
 * one to whom it is still to be sent.
 * Fails: outbox_told_done() as the store does.
 */
#include <string.h>

#include "engine/outbox.h"

static const char *const because_lost =
    "The connection was lost while the mail was being handed over; it may or may not have arrived.";

bool
outbox_still_to_send(const struct outbox_recipient *recipient)
{
	return recipient->state == OUTBOX_QUEUED || recipient->state == OUTBOX_RETRY || recipient->state == OUTBOX_SENDING;
}

size_t
outbox_move(struct outbox_row *row, unsigned from, enum outbox_state to)
{
	size_t n = 0;

	for (size_t i = 0; i < row->recipient_count; i++)
		if ((from >> row->recipients[i].state & 1) != 0) {
			row->recipients[i].state = to;
			n++;
		}
	return n;
}

size_t
outbox_withdraw(struct outbox_row *row, unsigned from, const char *mark)
{
	for (size_t i = 0; i < row->recipient_count; i++)
		if ((from >> row->recipients[i].state & 1) != 0)
			row->recipients[i].reply = mark;
	return outbox_move(row, from, OUTBOX_DROPPED);
}

size_t
outbox_bring_back(struct outbox_row *row, const char *mark, enum outbox_state to)
{
	size_t n = 0;

	for (size_t i = 0; i < row->recipient_count; i++) {
		struct outbox_recipient *recipient = &row->recipients[i];

		if (recipient->state != OUTBOX_DROPPED || strcmp(recipient->reply, mark) != 0)
			continue;
		recipient->state = to;
		recipient->code = 0;
		recipient->reply = "";
		n++;
	}
	return n;
}

const char *
outbox_overtaken_as(enum outbox_state waited)
{
	return waited == OUTBOX_REVIEW ? "overtaken, unseen" : waited == OUTBOX_HELD ? "overtaken, held" : "overtaken";
}

bool
outbox_is_overtaken(const struct outbox_recipient *recipient)
{
	/* With it each of its kind begins. */
	return recipient->state == OUTBOX_DROPPED && str_starts(recipient->reply, outbox_overtaken_as(OUTBOX_QUEUED));
}

const char *
outbox_withdrawn_by(struct arena *arena, int64_t change)
{
	return arena_printf(arena, "withdrawn by change %lld", (long long)change);
}

static bool
is_welcome(const struct outbox_recipient *recipient)
{
	return recipient->state == OUTBOX_RETRY && recipient->code / 100 == 2;
}

bool
outbox_has_welcome(const struct outbox_row *row)
{
	for (size_t i = 0; i < row->recipient_count; i++)
		if (is_welcome(&row->recipients[i]))
			return true;
	return false;
}

void
outbox_sending(struct outbox_row *row)
{
	bool welcome = outbox_has_welcome(row);

	for (size_t i = 0; i < row->recipient_count; i++) {
		struct outbox_recipient *recipient = &row->recipients[i];

		if (recipient->state != OUTBOX_QUEUED && (recipient->state != OUTBOX_RETRY || (welcome && !is_welcome(recipient))))
			continue;
		recipient->state = OUTBOX_SENDING;
		recipient->code = 0;
		recipient->reply = "";
	}
	outbox_sum(row);
}

void
outbox_sum(struct outbox_row *row)
{
	/* What is unknown keeps all of it: the others wait until it is settled. */
	static const enum outbox_state order[] = {
		OUTBOX_SENDING, OUTBOX_UNKNOWN, OUTBOX_RETRY, OUTBOX_QUEUED, OUTBOX_HELD, OUTBOX_REVIEW,
		OUTBOX_GATHERED, OUTBOX_SHADOW, OUTBOX_SENT, OUTBOX_FAILED, OUTBOX_JOINED
	};
	unsigned there = 0;

	for (size_t i = 0; i < row->recipient_count; i++)
		there |= 1u << row->recipients[i].state;
	row->state = row->recipient_count == 0 ? OUTBOX_FAILED : OUTBOX_DROPPED;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if ((there >> order[i] & 1) != 0) {
			row->state = order[i];
			return;
		}
}

void
outbox_proven(struct outbox_row *row, instant at)
{
	outbox_move(row, 1u << OUTBOX_UNKNOWN, OUTBOX_SENT);
	row->copy = COPY_BACK;
	row->body_asked = false;
	row->ask_at = 0;
	row->sent = at;
	row->why = "";
	outbox_sum(row);
	if (row->state == OUTBOX_RETRY)
		row->next_try = at;	/* those who had only waited for this */
}

void
outbox_take_back(struct outbox_row *row, instant now, instant ask_at)
{
	outbox_move(row, 1u << OUTBOX_SENDING, row->body_asked ? OUTBOX_UNKNOWN : OUTBOX_QUEUED);
	row->why = row->body_asked ? because_lost : "";
	if (row->copy == COPY_EARLY) {
		outbox_proven(row, now);
		return;
	}
	if (row->body_asked)
		row->ask_at = row->copy == COPY_SENDING ? ask_at : now;
	if (row->copy == COPY_SENDING)
		row->copy = row->body_asked ? COPY_UNKNOWN : COPY_NONE;
	outbox_sum(row);
}

const char *
outbox_unknown_words(struct arena *arena, const struct outbox_row *row)
{
	return arena_printf(arena, "Mail %lld may or may not have arrived. Look for it, then say: advicectl queue sent %lld, "
	    "or: advicectl queue retry %lld.", (long long)row->id, (long long)row->id, (long long)row->id);
}

int
outbox_told_done(struct store *store, struct arena *arena, const struct outbox_row *row, struct err *err)
{
	const char *about = arena_printf(arena, "Mail %lld ", (long long)row->id);
	struct triage_row *rows;
	size_t count;

	if (store_triages(store, arena, true, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].case_id != row->case_id || !str_starts(rows[i].reason, about))
			continue;
		if (store_triage_done(store, rows[i].id, err) == -1)
			return -1;
	}
	return 0;
}
