/*
 * The copy of each mail to the sending mailbox, on its way out.  That it came
 * back is noticed where mails are read (engine/own_copy.c).  Runs in core.
 * Invariant: it goes with one transaction only, the first that may have been
 * accepted, so that its coming back says what became of just that one; no
 * header shows it; that it is refused keeps the mail from nobody.
 * Fails: as the store does.
 */
#include <string.h>

#include "base/log.h"
#include "engine/outbox.h"
#include "role/core_send_private.h"

#define UNSEEN_MAX_S	86400	/* a mailbox that cannot be looked into delays the question so long */
#define LOOK_AGAIN_S	600

static const struct core_mailbox *
sending_mailbox(const struct core *core, const struct outbox_row *row)
{
	for (size_t i = 0; i < core->mailbox_count; i++)
		if (core->mailboxes[i].config->sent_of == NULL && str_same(core->mailboxes[i].config->address, row->mailbox))
			return &core->mailboxes[i];
	return NULL;
}

bool
copy_is_recipient(const struct outbox_row *row, const char *address)
{
	for (size_t i = 0; i < row->recipient_count; i++)
		if (str_same(row->recipients[i].address, address))
			return true;
	return false;
}

const char *
copy_address(const struct core *core, const struct outbox_row *row)
{
	const struct core_mailbox *mailbox = sending_mailbox(core, row);

	for (size_t i = 0; i < row->recipient_count; i++)
		if (str_same(row->recipients[i].address, row->mailbox) && !outbox_still_to_send(&row->recipients[i]))
			return NULL;
	/* Graph puts a mail among the sent mail itself, and sends to nobody whom no header names. */
	if (core->config->graph || mailbox == NULL || !mailbox->config->own_copy)
		return NULL;
	return row->copy == COPY_NONE || row->copy == COPY_SENDING ? mailbox->config->address : NULL;
}

instant
copy_ask_at(const struct core *core)
{
	return core_now(core) + core->config->ask_after_s;
}

int
copy_refused_tell(struct core *core, struct arena *arena, const struct outbox_row *row, int code, const char *reply,
    struct err *err)
{
	/* The words of the server differ from mail to mail; the sentence does not, so it stands in triage once. */
	struct triage_row triage = {
		.pack = row->pack, .state = "open", .rule = "", .at = core_now(core),
		.reason = arena_printf(arena, "The mail server does not take the copies that mails send to %s itself (%d). Mails go out "
		    "without them: none lies among the sent mail, and one whose connection breaks has to be looked for by hand.",
		    row->mailbox, code),
	};

	log_warning("copy refused mail=%lld code=%d reason=\"%s\"", (long long)row->id, code, str_visible(arena, reply, 200));
	return store_triage_add(core->store, &triage, err);
}

/* It can only have come back if somebody has looked. */
static bool
may_lie_unseen(const struct core *core, const struct outbox_row *row)
{
	const struct core_mailbox *mailbox = sending_mailbox(core, row);
	instant now = core_now(core);

	return row->copy == COPY_UNKNOWN && mailbox != NULL && now - row->first_try < UNSEEN_MAX_S &&
	    (mailbox->row.proven == INSTANT_NONE || now - mailbox->row.proven >= core->config->ask_after_s);
}

static int
ask_one(struct core *core, struct arena *arena, struct outbox_row *row, struct err *err)
{
	struct triage_row triage = {
		.case_id = row->case_id, .pack = row->pack, .state = "open", .rule = row->rule, .at = core_now(core),
		.reason = outbox_unknown_words(arena, row),
	};

	if (may_lie_unseen(core, row)) {
		row->ask_at = core_now(core) + LOOK_AGAIN_S;
		return store_outbox_put(core->store, row, err);
	}
	row->ask_at = 0;
	log_warning("unknown mail=%lld case=%lld", (long long)row->id, (long long)row->case_id);
	return store_outbox_put(core->store, row, err) == -1 ? -1 : store_triage_add(core->store, &triage, err);
}

int
copy_ask(struct core *core, struct err *err)
{
	struct arena *arena = arena_new();
	struct outbox_row *rows;
	size_t count = 0;
	int rc = store_outbox_unproven(core->store, arena, core_now(core), &rows, &count, err);

	if (rc == 0 && count > 0)
		rc = core_begin(core, err);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = ask_one(core, arena, &rows[i], err);
	if (rc == 0 && count > 0)
		rc = core_commit(core, err);
	arena_free(&arena);
	return rc;
}
