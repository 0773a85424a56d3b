/*
 * A person's word about something that waits, by mail (triage_mail.c) or by
 * command: what it makes happen.  Runs in core and advicectl.
 * Invariant: a word that is refused has changed nothing; a row is settled once.
 * Fails: as the store does; a broken word is refused, not an error.
 */
#include <stdlib.h>
#include <string.h>

#include "case/triage.h"
#include "engine/engine_private.h"
#include "engine/outbox.h"

/* ---- What a decision changes, in words */

struct strs
engine_effects(struct arena *arena, const struct pack *pack, const struct decision *decision)
{
	struct strs effects = { NULL, 0 };

	for (size_t i = 0; i < decision->entry_count; i++)
		strs_add(arena, &effects, arena_printf(arena, "The case now stands at \"%s\".",
		    pack_called(pack, arena, decision->entries[i].stage)));
	for (size_t i = 0; i < decision->deadline_count; i++)
		if (decision->deadlines[i].date != DAY_NONE)
			strs_add(arena, &effects, arena_printf(arena, "The date \"%s\" is now %s.",
			    pack_called(pack, arena, decision->deadlines[i].name), date_words(arena, decision->deadlines[i].date)));
	for (size_t i = 0; i < decision->mail_count; i++) {
		const struct outgoing *mail = &decision->mails[i];

		strs_add(arena, &effects, arena_printf(arena, "A mail (%s) goes to %s%s%s.", pack_called(pack, arena, mail->template),
		    strs_join(arena, &mail->to, ", "), mail->cc.n > 0 ? ", copy to " : "", strs_join(arena, &mail->cc, ", ")));
	}
	for (size_t i = 0; i < decision->held_count; i++)
		strs_add(arena, &effects, arena_printf(arena, "It waits for a person: %s", decision->held[i].reason));
	return effects;
}

/* ---- What it makes happen */

struct saying {
	struct engine		*engine;
	struct arena		*arena;
	struct triage_row	*row;
	const struct triage_said *said;
	const char		*who, *reason;
	instant			 now;
	struct resolved		*resolved;
};

int
triage_case_meant(struct engine *engine, struct arena *arena, const struct triage_row *row, const struct triage_said *said,
    int64_t *case_r, const char **refused_r, struct err *err)
{
	const char *pack = NULL;
	int64_t *cases;
	size_t count;

	*case_r = 0;
	if (said->number != 0) {
		if (store_triage_candidates(engine->store, arena, row->id, &cases, &count, err) == -1)
			return -1;
		if ((size_t)said->number <= count)
			*case_r = cases[said->number - 1];
	} else if (store_case_by_name(engine->store, said->name, case_r, err) == -1) {
		return -1;
	}
	if (*case_r != 0 && store_case_pack(engine->store, arena, *case_r, &pack, err) == -1)
		return -1;
	if (pack != NULL && strcmp(pack, row->pack) == 0)
		return 0;
	*case_r = 0;
	*refused_r = arena_printf(arena, "There is no case \"%s\".", str_visible(arena, said->name, 60));
	return 0;
}

static int
close_row(struct saying *s, struct err *err)
{
	struct triage_row *row = s->row;

	row->state = "done";
	row->answer = s->said->name;
	row->answered_by = s->who;
	row->answered_at = s->now;
	row->words = s->reason;
	return store_triage_put(s->engine->store, row, err);
}

/* Does something else about this mail still wait? */
static int
waits_still(struct saying *s, bool *waits_r, struct err *err)
{
	struct triage_row *rows;
	size_t count;

	*waits_r = false;
	if (store_triages_of_message(s->engine->store, s->arena, s->row->message, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		*waits_r |= rows[i].id != s->row->id && rows[i].outbox == 0;
	return 0;
}

/* Nothing more happens with the mail that waited: it is filed. */
static int
file_away(struct saying *s, bool leaves_case, struct err *err)
{
	struct desk *desk = &s->engine->desk;
	const struct strs none = { NULL, 0 };
	struct message_row *message = NULL;
	bool waits;

	if (s->row->message == 0 || s->row->outbox != 0)
		return 0;
	if (store_message(s->engine->store, s->arena, s->row->message, &message, err) == -1 || waits_still(s, &waits, err) == -1)
		return -1;
	if (message == NULL || waits || strcmp(message->state, "triage") != 0)
		return 0;
	message->state = "done";
	if (leaves_case && message->case_id != 0 && store_case_look(s->engine->store, message->case_id, s->now, err) == -1)
		return -1;
	if (leaves_case)
		message->case_id = 0;
	if (store_message_put(s->engine->store, message, err) == -1)
		return -1;
	return desk->refile == NULL ? 0 : desk->refile(desk->ctx, message->id, false, &none, err);
}

static int
decide_again(struct saying *s, const struct override *override, struct err *err)
{
	struct arrived *again;

	if (s->row->message == 0) {
		s->resolved->refused = "There is no mail that could be decided again.";
		return 0;
	}
	if (engine_again(s->engine, s->arena, s->row->message, override, s->now, &again, err) == -1)
		return -1;
	s->resolved->refused = again->refused;
	if (again->refused != NULL)
		return 0;
	s->resolved->again = again;
	s->resolved->effects = engine_effects(s->arena, engine_pack(s->engine, s->row->pack), again->decision);
	s->resolved->done = again->case_id == 0 ? "The mail was looked at again, and belongs to no case." :
	    arena_printf(s->arena, "The mail %s %s.", override->is_new ? "has begun a case," : "belongs to",
	    engine_case_words(s->arena, again->state));
	return 0;
}

static const char *
called(struct saying *s, const struct outbox_row *mail)
{
	return pack_called(engine_pack(s->engine, s->row->pack), s->arena, mail->template);
}

/* What was held goes out now: said as any mail that does. */
static void
heard_out(struct saying *s, const struct outbox_row *row)
{
	struct desk *desk = &s->engine->desk;
	const char *colon = strrchr(row->rule, ':');
	struct case_state *state = NULL;
	struct err ignored;
	struct outgoing mail = { .act_name = row->act, .template = row->template, .strand = row->strand };
	struct letter letter = {
		.pack = engine_pack(s->engine, row->pack), .mail = &mail, .case_id = row->case_id, .case_name = "",
		.from = row->mailbox, .subject = row->subject, .message_id = row->message_id,
	};

	if (desk->on_mail_out == NULL)
		return;
	for (size_t i = 0; i < row->recipient_count; i++)
		strs_add(s->arena, row->recipients[i].cc ? &mail.cc : &mail.to, row->recipients[i].address);
	if (colon != NULL)
		mail.rule = (struct where){ arena_strndup(s->arena, row->rule, (size_t)(colon - row->rule)), atoi(colon + 1) };
	if (row->case_id != 0 && store_case_load(s->engine->store, s->arena, row->case_id, &state, &ignored) == 0)
		letter.case_name = case_name(s->arena, state);
	desk->on_mail_out(desk->ctx, &letter, s->now);
}

static int
outgoing(struct saying *s, bool release, struct err *err)
{
	struct outbox_row *mail = NULL;

	if (s->row->outbox != 0 && store_outbox(s->engine->store, s->arena, s->row->outbox, &mail, err) == -1)
		return -1;
	if (mail == NULL || mail->state != OUTBOX_HELD) {
		s->resolved->refused = "That mail is no longer held.";
		return 0;
	}
	if (release && mail->spool_name[0] == '\0' && s->engine->desk.freeze != NULL) {
		s->resolved->refused = arena_printf(s->arena, "It cannot be sent as it is. %s", mail->why);
		return 0;
	}
	outbox_move(mail, 1u << OUTBOX_HELD, release ? OUTBOX_QUEUED : OUTBOX_DROPPED);
	outbox_sum(mail);
	if (release)
		mail->first_try = 0;
	mail->next_try = s->now;
	if (release)
		mail->why = "";
	s->resolved->done = release ? arena_printf(s->arena, "The mail (%s) is sent as it is.", called(s, mail)) :
	    arena_printf(s->arena, "The mail (%s) is not sent.", called(s, mail));
	if (store_outbox_put(s->engine->store, mail, err) == -1)
		return -1;
	if (release)
		heard_out(s, mail);
	return 0;
}

/* Dealt with by hand: what is still held must not go as well. */
static int
forget_held(struct saying *s, struct err *err)
{
	struct outbox_row *mail = NULL;

	if (store_outbox(s->engine->store, s->arena, s->row->outbox, &mail, err) == -1)
		return -1;
	return mail != NULL && mail->state == OUTBOX_HELD ? outgoing(s, false, err) : 0;
}

static int
say_case(struct saying *s, struct err *err)
{
	struct override override = { .who = s->who, .reason = s->reason };

	if (triage_case_meant(s->engine, s->arena, s->row, s->said, &override.case_id, &s->resolved->refused, err) == -1)
		return -1;
	override.guards_released = s->row->kind == TRIAGE_FORM && override.case_id == s->row->case_id;
	return s->resolved->refused != NULL ? 0 : decide_again(s, &override, err);
}

static int
say(struct saying *s, struct err *err)
{
	struct override override = { .who = s->who, .reason = s->reason };

	switch (s->said->word) {
	case TRIAGE_SAID_CASE:
		return say_case(s, err);
	case TRIAGE_SAID_NEW:
		override.is_new = true;
		return decide_again(s, &override, err);
	case TRIAGE_SAID_AGAIN:
		override.case_id = s->row->case_id;
		return decide_again(s, &override, err);
	case TRIAGE_SAID_CONFIRM:
		override.authenticated = true;
		return decide_again(s, &override, err);
	case TRIAGE_SAID_RELEASE:
		if (s->row->kind == TRIAGE_OUTGOING)
			return outgoing(s, true, err);
		override.case_id = s->row->case_id;
		override.guards_released = true;
		return decide_again(s, &override, err);
	case TRIAGE_SAID_DROP:
		return outgoing(s, false, err);
	case TRIAGE_SAID_NO_CASE:
		s->resolved->done = "The mail has nothing to do with any case, and is filed.";
		return file_away(s, true, err);
	case TRIAGE_SAID_REFUSE:
		s->resolved->done = "The answer does not count, and is filed.";
		return file_away(s, false, err);
	case TRIAGE_SAID_DONE:
		s->resolved->done = "It has been dealt with by hand.";
		return s->row->outbox != 0 ? forget_held(s, err) : file_away(s, false, err);
	}
	return 0;
}

int
engine_resolve(struct engine *engine, struct arena *arena, struct triage_row *row, const struct triage_said *said,
    const char *who, const char *reason, instant now, struct resolved *resolved_r, struct err *err)
{
	struct saying saying = {
		.engine = engine, .arena = arena, .row = row, .said = said, .who = who, .reason = reason, .now = now,
		.resolved = resolved_r,
	};
	struct journal_entry entry = {
		.at = now, .event = "triage", .case_id = row->case_id, .message = row->message, .outbox = row->outbox, .rule = row->rule,
		.detail = said->number != 0 ? "number" : said->word == TRIAGE_SAID_CASE ? "case" : said->name, .who = who,
	};

	memset(resolved_r, 0, sizeof(*resolved_r));
	if (strcmp(row->state, "open") != 0) {
		resolved_r->refused = arena_printf(arena, "This was settled already%s%s. Nothing was changed.",
		    row->answer[0] == '\0' ? "" : ", with the answer ", row->answer);
		return 0;
	}
	if (say(&saying, err) == -1)
		return err_wrap(err, "triage");
	if (resolved_r->refused != NULL)
		return 0;
	if (close_row(&saying, err) == -1 || store_journal_add(engine->store, &entry, err) == -1)
		return err_wrap(err, "triage");
	return 0;
}
