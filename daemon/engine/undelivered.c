/*
 * A mail of ours that its server refused for somebody: an event like the
 * notice that would have come back later.  Whoever it did not reach counts as
 * away until their address is put right, and the next person is tried.  A
 * notice about a mail of several cases is such an event, too, for each of them.
 * Runs in core.
 * Invariant: it moves no date that is fixed, and nobody is written to because
 * of it whom mail does not reach (promises dates-are-dates, no-loop).
 * Fails: as the store does; ERR_CONFIG when the case's pack is not loaded.
 */
#include <string.h>

#include "engine/engine_private.h"

/* What there is to say of it in a mail's terms: only from whom it came back. */
static const struct message *
as_notice(struct arena *arena, const struct outbox_row *row, const struct strs *addresses)
{
	struct message *notice = arena_alloc(arena, sizeof(*notice));

	*notice = (struct message){
		.message_id = "", .in_reply_to = "", .thread_root = "", .from = { "", "" }, .sender = { "", "" },
		.subject = "", .subject_peeled = "", .marking = "", .date = INSTANT_NONE, .received = INSTANT_NONE,
		.notice = NOTICE_BOUNCE, .original_message_id = row->message_id, .back_on = DAY_NONE,
		.calendar_method = "", .calendar_answer = "", .new_text = "", .forwarded_text = "", .quoted_text = "",
		.forwarded_from = { "", "" },
	};
	for (size_t i = 0; i < addresses->n; i++)
		*arena_push(arena, notice->bounced, notice->bounced_count) =
		    (struct bounced){ .address = addresses->v[i], .status = "", .reason = "" };
	return notice;
}

/* Nobody's case: all that is to be learned is that they are not reached. */
static int
learn_only(struct engine *engine, struct arena *arena, const struct strs *addresses, instant now, struct err *err)
{
	for (size_t i = 0; i < addresses->n; i++) {
		struct absence absence = {
			.address = str_lower(arena, addresses->v[i]), .from = instant_date(now), .until = DAY_NONE, .because = "bounce",
		};

		if (directory_find(engine->directory, absence.address) != NULL &&
		    store_absence_put(engine->store, &absence, 0, err) == -1)
			return err_wrap(err, "absence");
	}
	return 0;
}

static int
undelivered(struct engine *engine, struct arena *arena, const struct outbox_row *row, const struct strs *addresses, instant now,
    struct err *err)
{
	struct event event = {
		.type = EVENT_UNDELIVERED, .at = now, .mail = as_notice(arena, row, addresses), .about_outbox = row->id,
		.classified = arena_alloc(arena, sizeof(*event.classified)),	/* nothing is known of its kind */
	};
	struct case_state *state = NULL;

	if (row->case_id != 0 && store_case_load(engine->store, arena, row->case_id, &state, err) == -1)
		return err_wrap(err, "case");
	return state == NULL || state->closed != INSTANT_NONE ? learn_only(engine, arena, addresses, now, err) :
	    engine_event(engine, arena, row->case_id, &event, now, err);
}

int
engine_bounced_joined(struct engine *engine, struct arena *arena, const struct arrival *arrival, const struct evidence *evidence,
    size_t count, struct outbox_row **joined_r, struct err *err)
{
	struct outbox_row *row, *parts;
	size_t part_count;

	*joined_r = NULL;
	for (size_t i = 0; arrival->message->notice == NOTICE_BOUNCE && *joined_r == NULL && i < count; i++) {
		if (evidence[i].kind != EVIDENCE_TOKEN || evidence[i].weak)
			continue;
		if (store_outbox_by_message_id(engine->store, arena, evidence[i].value, &row, err) == -1)
			return err_wrap(err, "our own mail");
		if (row == NULL || row->case_id != 0 || strcmp(row->pack, arrival->pack->name) != 0)
			continue;
		if (store_outbox_parts(engine->store, arena, row->id, &parts, &part_count, err) == -1)
			return err_wrap(err, "our own mail");
		for (size_t k = 0; k < part_count; k++)
			if (parts[k].case_id != 0)
				*joined_r = row;
	}
	return 0;
}

/* A mail of several cases: each of them hears of it as of the mail that it had written. */
int
engine_undelivered(struct engine *engine, struct arena *arena, const struct outbox_row *row, const struct strs *addresses,
    instant now, struct err *err)
{
	struct outbox_row *parts = NULL;
	size_t count = 0;
	int rc = store_outbox_parts(engine->store, arena, row->id, &parts, &count, err);

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = undelivered(engine, arena, &parts[i], addresses, now, err);
	if (rc == 0 && count == 0)
		rc = undelivered(engine, arena, row, addresses, now, err);
	return rc == -1 ? -1 : engine_refresh(engine, err);
}
