/*
 * A mail is decided again, under a person's name: the one way in which a
 * person's word about a mail (a number from triage, NEW, a confirmed answer, a
 * released form, detaching and attaching elsewhere) becomes what happens.
 * Runs in core and advicectl.  Invariant: all of it is written in the caller's
 * transaction, or the person's wish is refused and nothing is.
 * Fails: as engine.h says.
 */
#include <string.h>

#include "engine/engine_private.h"
#include "mail/record.h"

/* Nobody needs to look at it for what was wrong before. */
static int
triage_close(struct engine *engine, struct arena *arena, int64_t message, struct err *err)
{
	struct triage_row *rows;
	size_t count;

	if (store_triages_of_message(engine->store, arena, message, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].outbox != 0)	/* a mail of ours that it led to */
			continue;
		if (store_triage_done(engine->store, rows[i].id, err) == -1)
			return -1;
	}
	return 0;
}

/* By whom and how, before what it led to. */
static int
journal_word(struct engine *engine, struct arena *arena, int64_t message, const struct override *override, instant now,
    struct err *err)
{
	char hex[17] = "";
	struct journal_entry entry = {
		.at = now, .event = "again", .case_id = override->case_id, .message = message, .rule = "", .who = override->who,
		.detail = override->case_id != 0 ? "case" : override->is_new ? "new" : override->guards_released ? "released" :
		    override->authenticated ? "confirmed" : "again",
	};

	if (override->reason != NULL && override->reason[0] != '\0') {
		if (store_journal_hash(engine->store, override->case_id, message, override->reason, hex, err) == -1)
			return -1;
		entry.detail = arena_printf(arena, "%s, reason %s", entry.detail, hex);
	}
	return store_journal_add(engine->store, &entry, err);
}

int
again_begin(struct engine *engine, struct arena *arena, int64_t message, const struct override *override, instant now,
    struct err *err)
{
	if (triage_close(engine, arena, message, err) == -1 || journal_word(engine, arena, message, override, now, err) == -1)
		return err_wrap(err, "deciding again");
	return 0;
}

static int
arrival_of(struct engine *engine, struct arena *arena, const struct message_row *row, struct arrival *arrival,
    struct err *err)
{
	const struct desk *desk = &engine->desk;
	struct message *message;

	*arrival = (struct arrival){
		.pack = engine_pack(engine, row->pack), .received = row->received, .trust = "none", .spool_name = row->spool_name,
	};
	if (arrival->pack == NULL)
		return err_set(err, ERR_MESSAGE, "the mail belongs to the pack \"%s\", which is not loaded", row->pack);
	if (record_decode(arena, row->record, row->record_len, &message, err) == -1)
		return err_wrap(err, "stored mail %lld", (long long)row->id);
	arrival->message = message;
	if (engine_mailbox(engine, arena, arrival->pack, row->id, &arrival->mailbox, err) == -1)
		return -1;
	if (desk->trust_of != NULL)
		arrival->trust = desk->trust_of(desk->ctx, arrival->mailbox);
	return 0;
}

int
engine_again(struct engine *engine, struct arena *arena, int64_t message, const struct override *override, instant now,
    struct arrived **arrived_r, struct err *err)
{
	struct arrived *arrived = arena_alloc(arena, sizeof(*arrived));
	struct desk *desk = &engine->desk;
	struct message_row *row;
	struct arrival arrival;

	*arrived_r = arrived;
	if (store_message(engine->store, arena, message, &row, err) == -1)
		return err_wrap(err, "message");
	if (row == NULL || row->record_len == 0)
		return err_set(err, ERR_MESSAGE, "there is no mail %lld that could be decided again", (long long)message);
	if (arrival_of(engine, arena, row, &arrival, err) == -1)
		return -1;
	arrival.sent = (override != NULL && override->by_hand) || strcmp(row->kind, KIND_BY_HAND) == 0;
	arrived->message = message;
	if (engine_decide(engine, arena, &arrival, arrived, override, now, err) == -1)
		return -1;
	if (arrived->refused != NULL)
		return 0;
	if (row->case_id != 0 && row->case_id != arrived->case_id && store_case_look(engine->store, row->case_id, now, err) == -1)
		return -1;
	if (desk->refile == NULL)
		return 0;
	return desk->refile(desk->ctx, message, arrived->needs_person, &arrived->filings, err);
}
