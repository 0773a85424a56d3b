/*
 * A mail about the daemon itself: to whom the configuration names, else to a
 * mailbox's owner, about no case and by no rule; and one that a mailbox sends
 * itself.  Runs in core.
 * Invariant: frozen and in the outbox in the caller's transaction, or not at
 * all.
 * Fails: as engine.h says.
 */
#include <string.h>

#include "base/literal.h"
#include "case/people.h"
#include "engine/engine_private.h"

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
tell_put(struct engine *engine, struct arena *arena, const struct about_us *us, instant now, int64_t *outbox_r, struct err *err)
{
	struct outgoing mail = { .act = ACT_SEND, .act_name = us->act, .template = us->template, .to = us->to };
	struct letter letter = {
		.pack = us->pack, .mail = &mail, .case_name = "", .from = us->mailbox, .subject = us->subject, .body = us->body,
		.in_reply_to = "", .code = "", .footer = us->footer, .glances = us->glances, .glance_count = us->glance_count,
		.tone = us->tone, .badge = us->badge,
	};
	struct outbox_row row = {
		.pack = us->pack->name, .mailbox = us->mailbox, .state = OUTBOX_QUEUED, .act = mail.act_name,
		.template = mail.template, .rule = "", .spool_name = "", .subject = us->subject,
		.decided = now, .next_try = now, .sent = INSTANT_NONE, .why = "", .rank = us->rank,
	};
	const char *at = strchr(us->mailbox, '@');
	char hex[41];

	engine->desk.random(engine->desk.ctx, hex);
	letter.message_id = row.message_id = arena_printf(arena, "m.%s%s", hex + 20, at == NULL ? "@localhost" : at);
	for (size_t i = 0; i < us->to.n; i++)
		*arena_push(arena, row.recipients, row.recipient_count) = (struct outbox_recipient){
			.address = us->to.v[i], .state = OUTBOX_QUEUED, .reply = "",
		};
	if (engine->desk.freeze != NULL && engine->desk.freeze(engine->desk.ctx, &letter, now, &row, err) == -1)
		return err_wrap(err, "freeze");
	if (store_outbox_put(engine->store, &row, err) == -1)
		return err_wrap(err, "outbox");
	*outbox_r = row.id;
	return 0;
}

int
engine_tell(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox,
    const char *subject, const char *body, instant now, struct err *err)
{
	struct about_us us = {
		.pack = pack, .mailbox = mailbox, .act = "send", .template = TEMPLATE_US, .subject = subject,
		.body = literal_links(arena, body),
		.footer = arena_printf(arena, "You get this mail from %s as %s.", mailbox, engine->administrator != NULL ?
		"the daemon's administrator" : "the one who looks after the mailbox"),
		.to = whom(engine, arena, pack, mailbox, now),
	};
	int64_t id;

	if (us.to.n == 0)
		return err_set(err, ERR_MESSAGE, "no administrator is configured, and nobody looks after the mailbox");
	return tell_put(engine, arena, &us, now, &id, err);
}

int
engine_canary(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox, instant now,
    int64_t *outbox_r, struct err *err)
{
	struct about_us us = {
		.pack = pack, .mailbox = mailbox, .act = ACT_CANARY, .template = TEMPLATE_US, .subject = "adviced: test of the way of mail",
		.body = "This mailbox has sent this mail to itself, to see whether mail still goes out and comes in. Nobody needs to read it.",
		.footer = arena_printf(arena, "%s has sent this mail to itself.", mailbox),
	};

	strs_add(arena, &us.to, mailbox);
	return tell_put(engine, arena, &us, now, outbox_r, err);
}
