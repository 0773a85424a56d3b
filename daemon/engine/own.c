/*
 * What the watched mailbox itself has sent: by the daemon, or by its people by
 * hand.  The daemon's own mails are known by their mark, and, where they lie
 * among the sent mail, by their message-id; a server may have given them
 * another id, which is kept, since people's answers refer to that one.
 * Runs in core, simulate and explain.
 * Invariant (promise no-loop): what the daemon sent is never evidence of
 * anything.  What came in under the mailbox's address counts as sent by hand
 * only if the server vouches for it; what lies among its sent mail, always.
 * Fails: as the store does.
 */
#include <string.h>

#include "engine/engine_private.h"
#include "mail/compose.h"

const char *
own_header(const struct message *mail, const char *name)
{
	for (size_t i = 0; i < mail->header_count; i++)
		if (str_same(mail->headers[i].name, name))
			return mail->headers[i].value;
	return "";
}

static bool
is_from_mailbox(const struct arrival *arrival)
{
	const struct message *mail = arrival->message;

	return arrival->mailbox[0] != '\0' && (str_same(mail->from.address, arrival->mailbox) ||
	    (arrival->sent && str_same(mail->sender.address, arrival->mailbox)));
}

static bool
has_our_mark(const struct engine *engine, const struct arrival *arrival)
{
	char mark[17];

	if (engine->secret == NULL || !str_same(arrival->message->from.address, arrival->mailbox))
		return false;
	compose_loop_mark(engine->secret, arrival->mailbox, mark);
	for (size_t i = 0; i < arrival->message->header_count; i++)
		if (str_same(arrival->message->headers[i].name, COMPOSE_LOOP_HEADER) &&
		    strcmp(arrival->message->headers[i].value, mark) == 0)
			return true;
	return false;
}

bool
own_by_hand(const struct engine *engine, const struct arrival *arrival)
{
	return is_from_mailbox(arrival) && !has_our_mark(engine, arrival) &&
	    (arrival->sent || engine_authenticated(arrival->trust, arrival->pack, arrival->message));
}

int
own_origin(struct engine *engine, struct arena *arena, const struct arrival *arrival, enum origin *origin_r, struct err *err)
{
	struct outbox_row *row = NULL;

	*origin_r = ORIGIN_OTHERS;
	if (has_our_mark(engine, arrival)) {
		*origin_r = ORIGIN_DAEMON;
		return 0;
	}
	if (arrival->sent && is_from_mailbox(arrival) && arrival->message->message_id[0] != '\0' &&
	    store_outbox_by_message_id(engine->store, arena, arrival->message->message_id, &row, err) == -1)
		return err_wrap(err, "our own mail");
	if (row != NULL)
		*origin_r = ORIGIN_DAEMON;
	else if (own_by_hand(engine, arrival))
		*origin_r = ORIGIN_BY_HAND;
	else if (arrival->sent)
		*origin_r = ORIGIN_STRAY;
	return 0;
}

/*
 * The id that the server gave it, beside the one that it went out with.  awaited: it is the copy that was to come, whose
 * word is taken where the mailbox believes nobody: an answer is confirmed by a person there.
 */
static int
keep_alias(struct engine *engine, struct arena *arena, const struct arrival *arrival, bool awaited, struct err *err)
{
	const char *ours = own_header(arrival->message, COMPOSE_ID_HEADER), *theirs = arrival->message->message_id;
	struct outbox_row *row, *known = NULL;

	if (ours[0] == '\0' || theirs[0] == '\0' || strcmp(ours, theirs) == 0 ||
	    (!(awaited && strcmp(arrival->trust, "none") == 0) && !arrival->sent &&
	    !engine_authenticated(arrival->trust, arrival->pack, arrival->message)))
		return 0;
	if (store_outbox_by_message_id(engine->store, arena, ours, &row, err) == -1 ||
	    store_outbox_by_message_id(engine->store, arena, theirs, &known, err) == -1 ||
	    (row != NULL && known == NULL && store_message_id_alias(engine->store, row->id, theirs, err) == -1))
		return err_wrap(err, "message-id");
	return 0;
}

/* Among the mail that came in it is for whoever reads the mailbox; among the sent mail it is where it belongs. */
static bool
is_for_reader(const struct arrival *arrival)
{
	const struct mail_addresses *lists[] = { &arrival->message->to, &arrival->message->cc };

	for (size_t l = 0; l < 2 && !arrival->sent; l++)
		for (size_t i = 0; i < lists[l]->n; i++)
			if (str_same(lists[l]->v[i].address, arrival->mailbox))
				return true;
	return false;
}

int
own_record(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct arrived *arrived,
    enum origin origin, instant now, struct event *event_r, struct err *err)
{
	bool ours = origin == ORIGIN_DAEMON;

	arrived->matched->kind = MATCH_NONE;
	arrived->decision = arena_alloc(arena, sizeof(*arrived->decision));
	arrived->decision->next_due = INSTANT_NONE;
	strs_add(arena, &arrived->decision->why, ours ? "our own mail came back: recorded" :
	    "it lies among the mail that was sent, and this mailbox did not send it: recorded");
	arrived->needs_person = is_for_reader(arrival);
	if (engine_message_store(engine, arrival, arrived, ours ? "own" : "stray", "done", err) == -1 ||
	    (ours && own_copy_take(engine, arena, arrival, arrived, now, err) == -1) ||
	    (ours && keep_alias(engine, arena, arrival, arrived->copy, err) == -1))
		return -1;
	*event_r = (struct event){
		.type = EVENT_MAIL, .at = arrival->received, .mail = arrival->message, .message = arrived->message,
	};
	return 0;
}
