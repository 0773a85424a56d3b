/*
 * The last look at a mail of ours: is what it passes on another child's, may
 * its recipients still be written to; and how it is held where not.  Runs in
 * core and simulate.
 * Invariant: a mail that is held stands in the outbox and in triage in one
 * transaction, and somebody is asked about it, today or tomorrow.
 * Fails: as the store does.
 */
#include <string.h>

#include "case/outward.h"
#include "engine/engine_private.h"

/* ---- What goes along */

struct look {
	struct engine		*engine;
	struct arena		*arena;
	const struct letter	*letter;
	const struct case_state	*state;
	const struct event	*event;
	const struct enclosure	*enclosure;
	struct candidate	*others;
	size_t			 other_count;
};

static const char *
fault(const struct look *look, bool with_text)
{
	return guard_outward(look->arena, look->letter->pack, look->enclosure->message,
	    with_text && look->enclosure->id == look->letter->mail->forward, look->state, look->others, look->other_count);
}

/* What a person has answered for: the mail that they put into this case by its text, a form that they let go by that too. */
static int
vouched(const struct look *look, bool *text_r, bool *files_r, struct err *err)
{
	bool now = look->event->vouched && look->enclosure->id == look->event->message;

	if (store_triage_vouched(look->engine->store, look->letter->case_id, look->enclosure->id, text_r, files_r, err) == -1)
		return err_wrap(err, "triage");
	*text_r |= now;
	*files_r |= now && look->event->guards_released;
	return 0;
}

static int
look_at(struct look *look, const char **fault_r, struct err *err)
{
	struct evidence *evidence;
	bool text, files;
	size_t count;

	guard_evidence(look->arena, look->letter->pack, look->enclosure->message, &evidence, &count);
	named_evidence(look->arena, look->enclosure->message, true, &evidence, &count);
	if (store_candidates(look->engine->store, look->arena, look->letter->pack->name, evidence, count, &look->others,
	    &look->other_count, err) == -1)
		return err_wrap(err, "candidates");
	*fault_r = fault(look, true);
	if (*fault_r == NULL)
		return 0;
	if (vouched(look, &text, &files, err) == -1)
		return -1;
	if (files)
		*fault_r = NULL;
	else if (text)
		*fault_r = fault(look, false);
	return 0;
}

int
engine_outward(struct engine *engine, struct arena *arena, const struct letter *letter, const struct case_state *state,
    const struct event *event, const char **reason_r, struct err *err)
{
	*reason_r = NULL;
	for (size_t i = 0; state != NULL && i < letter->enclosure_count && *reason_r == NULL; i++) {
		struct look look = { engine, arena, letter, state, event, &letter->enclosures[i], NULL, 0 };

		if (look_at(&look, reason_r, err) == -1)
			return -1;
	}
	return 0;
}

/* ---- To whom */

static bool
still_to_send(const struct outbox_recipient *recipient)
{
	return recipient->state == OUTBOX_QUEUED || recipient->state == OUTBOX_RETRY;
}

void
engine_may_send(const struct engine *engine, struct arena *arena, const struct outbox_row *row, const char **why_not_r)
{
	const struct pack *pack = engine_pack(engine, row->pack);
	struct world world = { .directory = engine->directory, .mailbox = row->mailbox };

	*why_not_r = NULL;
	if (pack == NULL)
		*why_not_r = arena_printf(arena, "its rules (\"%s\") are no longer loaded", row->pack);
	for (size_t i = 0; i < row->recipient_count && *why_not_r == NULL; i++) {
		const struct outbox_recipient *recipient = &row->recipients[i];
		const char *why;

		if (!still_to_send(recipient) || str_same(recipient->address, engine->administrator))
			continue;
		if (strcmp(row->act, ACT_CANARY) == 0 && str_same(recipient->address, row->mailbox))
			continue;
		if (!outward_may_write(arena, pack, &world, recipient->address, &why))
			*why_not_r = why[0] == '\0' ? "a recipient may no longer be written to" : why;
	}
}

/* ---- Held */

int
engine_hold(struct engine *engine, struct arena *arena, struct outbox_row *row, const char *why, instant now,
    struct err *err)
{
	struct triage_row triage = {
		.case_id = row->case_id, .pack = row->pack, .reason = why, .state = "open", .at = now, .rule = row->rule,
		.kind = TRIAGE_OUTGOING, .outbox = row->id,
	};

	row->state = OUTBOX_HELD;
	row->why = why;
	for (size_t i = 0; i < row->recipient_count; i++)
		if (still_to_send(&row->recipients[i]))
			row->recipients[i].state = OUTBOX_HELD;
	if (store_outbox_put(engine->store, row, err) == -1 || store_triage_add(engine->store, &triage, err) == -1)
		return err_wrap(err, "holding a mail");
	return engine_held(engine, arena, row->id, triage.id, now, err);
}

int
engine_held(struct engine *engine, struct arena *arena, int64_t outbox, int64_t id, instant now, struct err *err)
{
	struct journal_entry entry = { .at = now, .event = "held", .rule = "", .detail = "outgoing", .who = "daemon", .outbox = outbox };
	struct triage_row *row;

	if (store_triage(engine->store, arena, id, &row, err) == -1)
		return err_wrap(err, "triage");
	if (row->asked.n == 0) {
		row->template = "held";
		row->note = row->reason;
		row->due = row->message == 0 ? now : now + DAY_SECONDS;
		if (store_triage_put(engine->store, row, err) == -1)
			return err_wrap(err, "triage");
	}
	entry.case_id = row->case_id;
	entry.message = row->message;
	entry.rule = row->rule;
	return store_journal_add(engine->store, &entry, err) == -1 ? err_wrap(err, "journal") : 0;
}
