/*
 * The journal of decisions: a row for each thing decided, with its rule, in
 * codes only (promises nothing-hidden and no-leak).  Runs in core and simulate.
 * Fails: as the store does.
 */
#include <string.h>

#include "base/file.h"
#include "engine/engine.h"

/* An address as a salted hash: within a case the journal can say "the same person", never who. */
static int
hashed(struct engine *engine, struct arena *arena, int64_t case_id, const struct event *event, const char **who_r,
    struct err *err)
{
	const char *address = event->mail == NULL ? NULL : event->mail->from.address;
	char hex[17];

	*who_r = event->who != NULL ? event->who : "daemon";
	if (event->who != NULL || address == NULL || address[0] == '\0')
		return 0;
	if (store_journal_hash(engine->store, case_id, event->message, str_lower(arena, address), hex, err) == -1)
		return err_wrap(err, "journal");
	*who_r = arena_printf(arena, "person %s", hex);
	return 0;
}

static int
row(struct engine *engine, int64_t case_id, int64_t message, instant now, const char *event, const char *rule,
    const char *who, const char *detail, struct err *err)
{
	struct journal_entry entry = {
		.at = now, .event = event, .case_id = case_id, .message = message,
		.rule = rule, .detail = detail, .who = who,
	};

	return store_journal_add(engine->store, &entry, err) == -1 ? err_wrap(err, "journal") : 0;
}

int
engine_journal(struct engine *engine, struct arena *arena, int64_t case_id, const struct event *event,
    const struct decision *decision, instant now, struct err *err)
{
	const char *who;
	const struct kind *kind = event->classified == NULL ? NULL : event->classified->kind;
	const char *what = event->type == EVENT_TIMER ? "timer" : event->type == EVENT_CHANGED ? "changed" :
	    event->type == EVENT_ADMIN ? "admin" : event->type == EVENT_UNDELIVERED ? "undelivered" : "mail";

	if (engine->unjournalled)
		return 0;
	if (hashed(engine, arena, case_id, event, &who, err) == -1 || row(engine, case_id, event->message, now, what,
	    kind == NULL ? "" : where_text(arena, kind->where), who,
	    kind != NULL ? kind->name : event->admin != NULL ? event->admin->code : event->by_hand ? KIND_BY_HAND : event->mail == NULL ? (event->changed == NULL ? "" : event->changed) : notice_name(event->mail->notice), err) == -1)
		return -1;
	for (size_t i = 0; i < decision->entry_count; i++)
		if (row(engine, case_id, event->message, now, "move", decision->entries[i].rule, who,
		    arena_printf(arena, "strand %d to %s", decision->entries[i].strand, decision->entries[i].stage), err) == -1)
			return -1;
	for (size_t i = 0; i < decision->deadline_count; i++)
		if (row(engine, case_id, event->message, now, "deadline", "", who,
		    arena_printf(arena, "%s version %d: %s", decision->deadlines[i].name, decision->deadlines[i].version,
		    decision->deadlines[i].date == DAY_NONE ? "not known" : date_iso(arena, decision->deadlines[i].date)), err) == -1)
			return -1;
	for (size_t i = 0; i < decision->question_count; i++)
		if (row(engine, case_id, event->message, now, "question", "", who,
		    arena_printf(arena, "%d %s %s", decision->questions[i].no, decision->questions[i].name,
		    decision->questions[i].state == QUESTION_OPEN ? "open" :
		    decision->questions[i].state == QUESTION_ANSWERED ? decision->questions[i].answer : "withdrawn"), err) == -1)
			return -1;
	for (size_t i = 0; i < decision->mail_count; i++)
		if (row(engine, case_id, event->message, now, "mail-out",
		    decision->mails[i].rule.file == NULL ? "" : where_text(arena, decision->mails[i].rule), who,
		    arena_printf(arena, "%s %s to %zu", decision->mails[i].act_name, decision->mails[i].template,
		    decision->mails[i].to.n + decision->mails[i].cc.n), err) == -1)
			return -1;
	for (size_t i = 0; i < decision->rung_count; i++)
		if (row(engine, case_id, event->message, now, decision->rungs[i].collapsed ? "rung-missed" : "rung", "", who,
		    arena_printf(arena, "%s occurrence %d", decision->rungs[i].rung, decision->rungs[i].occurrence), err) == -1)
			return -1;
	for (size_t i = 0; i < decision->held_count; i++)
		if (row(engine, case_id, event->message, now, "held",
		    decision->held[i].rule.file == NULL ? "" : where_text(arena, decision->held[i].rule), who, "held", err) == -1)
			return -1;
	return 0;
}
