/*
 * The copy of each mail of ours that goes to the sending mailbox itself, in
 * the envelope only, coming back.  It proves that the mail was accepted, and
 * is what lies among the sent mail; nothing else ever follows from it.  Runs
 * in core.
 * Invariant (promise once): it speaks only for the mail whose keyed proof it
 * carries, and only for those who were sent to in the transaction that it
 * went out with; who replays a mail of ours shows no more than that it went.
 * Fails: as the store does.
 */
#include <string.h>

#include "engine/engine_private.h"
#include "engine/outbox.h"
#include "mail/compose.h"

/* The mail of ours that it is, by a header that only we can write; NULL. */
static int
mail_proven(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct outbox_row **row_r, struct err *err)
{
	const char *id = own_header(arrival->message, COMPOSE_ID_HEADER);
	char proof[17];

	*row_r = NULL;
	if (engine->secret == NULL || id[0] == '\0')
		return 0;
	compose_proof(engine->secret, arrival->mailbox, id, proof);
	if (strcmp(own_header(arrival->message, COMPOSE_PROOF_HEADER), proof) != 0)
		return 0;
	if (store_outbox_by_message_id(engine->store, arena, id, row_r, err) == -1)
		return err_wrap(err, "our own mail");
	if (*row_r != NULL && !str_same((*row_r)->mailbox, arrival->mailbox))
		*row_r = NULL;
	return 0;
}

static bool
was_reached(const struct outbox_row *row)
{
	for (size_t i = 0; i < row->recipient_count; i++)
		if (row->recipients[i].state == OUTBOX_SENT)
			return true;
	return false;
}

/*
 * None of ours went along (Microsoft Graph sends to nobody whom no header names), and the server has put one among the
 * sent mail by itself: it was accepted, and nobody had it from an earlier try.
 */
static bool
is_servers_own(const struct outbox_row *row)
{
	return row->copy == COPY_NONE && row->state == OUTBOX_UNKNOWN && !was_reached(row);
}

/*
 * The server refused it for now, after it had all of it, and passed it on: whoever is still to have it may have it, and so
 * may whoever was not to have it any more.
 */
static bool
is_contradiction(const struct outbox_row *row)
{
	return row->copy == COPY_NONE && row->body_asked && !was_reached(row) &&
	    (row->state == OUTBOX_RETRY || row->state == OUTBOX_QUEUED || row->state == OUTBOX_DROPPED);
}

static int
note(struct engine *engine, const struct outbox_row *row, int64_t message, const char *detail, instant now, struct err *err)
{
	struct journal_entry entry = {
		.at = now, .event = "sent", .case_id = row->case_id, .message = message, .outbox = row->id, .rule = row->rule,
		.detail = detail, .who = "returned copy",
	};

	return store_journal_add(engine->store, &entry, err) == -1 ? err_wrap(err, "journal") : 0;
}

static int
settle(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct outbox_row *row, struct arrived *arrived,
    instant now, struct err *err)
{
	arrived->copy_of = row->id;
	outbox_proven(row, arrival->received);
	if (outbox_told_done(engine->store, arena, row, err) == -1)
		return err_wrap(err, "triage");
	return note(engine, row, arrived->message, outbox_state_name(row->state), now, err);
}

static int
contradicted(struct engine *engine, struct outbox_row *row, const struct arrived *arrived, instant now, struct err *err)
{
	bool dropped = row->state == OUTBOX_DROPPED;

	/* Whom a person took out before any try has been told nothing, and no server has said a word about them. */
	for (size_t i = 0; i < row->recipient_count && dropped; i++)
		if (row->recipients[i].state == OUTBOX_DROPPED && row->recipients[i].reply[0] != '\0')
			row->recipients[i].state = OUTBOX_UNKNOWN;
	outbox_move(row, 1u << OUTBOX_RETRY | 1u << OUTBOX_QUEUED, OUTBOX_UNKNOWN);
	row->copy = COPY_BACK;
	row->ask_at = now;
	row->why = dropped ? "It was not to be sent any more after the mail server had refused it, and its copy came back all the same; "
	    "it may or may not have arrived." :
	    "The mail server refused it, and its copy came back all the same; it may or may not have arrived.";
	outbox_sum(row);
	return note(engine, row, arrived->message, outbox_state_name(row->state), now, err);
}

int
own_copy_take(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct arrived *arrived, instant now,
    struct err *err)
{
	struct outbox_row *row;
	int rc = 0;

	if (mail_proven(engine, arena, arrival, &row, err) == -1)
		return -1;
	if (row == NULL)
		return 0;
	arrived->returned = row->id;
	arrived->canary = strcmp(row->act, ACT_CANARY) == 0;
	if (arrived->canary)
		arrived->needs_person = false;
	arrived->copy = row->copy == COPY_SENDING || row->copy == COPY_SENT || row->copy == COPY_UNKNOWN;
	if (row->copy == COPY_SENDING)
		row->copy = COPY_EARLY;
	else if (row->copy == COPY_SENT)
		row->copy = COPY_BACK;
	else if (row->copy == COPY_UNKNOWN)
		rc = settle(engine, arena, arrival, row, arrived, now, err);
	else if (is_servers_own(row))
		rc = settle(engine, arena, arrival, row, arrived, now, err);
	else if (is_contradiction(row))
		rc = contradicted(engine, row, arrived, now, err);
	else
		return 0;
	if (rc == 0 && store_outbox_put(engine->store, row, err) == -1)
		return err_wrap(err, "outbox");
	return rc;
}
