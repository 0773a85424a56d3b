/*
 * A mail about the daemon itself: to whom the configuration names, else to a
 * mailbox's owner, about no case and by no rule.  Runs in core.
 * Invariant: frozen and in the outbox in the caller's transaction, or not at
 * all.
 * Fails: as engine.h says.
 */
#include <string.h>

#include "case/people.h"
#include "engine/engine.h"

static struct strs
whom(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox, instant now)
{
	struct world world = { .directory = engine->directory, .mailbox = mailbox };
	struct people_query query = { .pack = pack, .world = &world, .on = instant_date(now) };
	struct people people = { 0 };

	if (engine->administrator != NULL)
		strs_add(arena, &people.addresses, engine->administrator);
	else
		people_of_role(arena, &query, "owner", &people);
	return people.addresses;
}

int
engine_tell(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox,
    const char *subject, const char *body, instant now, struct err *err)
{
	struct strs to = whom(engine, arena, pack, mailbox, now);
	struct outgoing mail = { .act = ACT_SEND, .act_name = "send", .template = "administrator", .to = to };
	struct letter letter = {
		.pack = pack, .mail = &mail, .case_name = "", .from = mailbox, .subject = subject, .body = body,
		.in_reply_to = "", .code = "", .footer = arena_printf(arena,
		"You get this mail from %s as %s.", mailbox, engine->administrator != NULL ? "the daemon's administrator" :
		"the one who looks after the mailbox"),
	};
	struct outbox_row row = {
		.pack = pack->name, .mailbox = mailbox, .state = OUTBOX_QUEUED, .act = mail.act_name,
		.template = mail.template, .rule = "", .spool_name = "", .subject = subject,
		.decided = now, .next_try = now, .sent = INSTANT_NONE, .why = "",
	};
	const char *at = strchr(mailbox, '@');
	char hex[41];

	if (to.n == 0)
		return err_set(err, ERR_MESSAGE, "no administrator is configured, and nobody looks after the mailbox");
	engine->desk.random(engine->desk.ctx, hex);
	letter.message_id = row.message_id = arena_printf(arena, "m.%s%s", hex + 20, at == NULL ? "@localhost" : at);
	for (size_t i = 0; i < to.n; i++)
		*arena_push(arena, row.recipients, row.recipient_count) = (struct outbox_recipient){
			.address = to.v[i], .state = OUTBOX_QUEUED, .reply = "",
		};
	if (engine->desk.freeze != NULL && engine->desk.freeze(engine->desk.ctx, &letter, now, &row, err) == -1)
		return err_wrap(err, "freeze");
	return store_outbox_put(engine->store, &row, err) == -1 ? err_wrap(err, "outbox") : 0;
}
