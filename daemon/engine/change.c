/*
 * What an administrator puts right, from the wish to the store: the case and
 * its history are loaded, decide() is asked, and what lies beside the decision
 * follows it: mails that wait to be sent (change_outbox.c), mails that join or
 * leave, codes, the other case.  Runs in core.
 * Invariant: everything is written in the caller's transaction; what is refused
 * is not to stand.
 * Fails: as the store does.
 */
#include <string.h>

#include "case/decide.h"
#include "engine/change.h"

/* ---- The mail that leaves */

/* It waits for a person, and is put to the mailbox owner at the next turn. */
static int
mail_waits(struct changing *c, struct err *err)
{
	struct triage_row *rows, row = {
		.message = c->wish->message, .pack = c->pack->name, .state = "open", .at = c->now, .kind = TRIAGE_MAIL,
		.rule = "", .template = "triage", .due = c->now, .asked_at = INSTANT_NONE, .answer = "", .answered_by = "",
		.answered_at = INSTANT_NONE, .words = "",
		.reason = arena_printf(c->arena, "A mail was taken out of %s by a person, and waits for its place.",
		    case_name(c->arena, c->state)),
	};
	struct strs none = { NULL, 0 };
	size_t count;

	if (store_triages_of_message(c->engine->store, c->arena, c->wish->message, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].kind == TRIAGE_OUTGOING)
			continue;
		if (store_triage_done(c->engine->store, rows[i].id, err) == -1)
			return -1;
	}
	row.note = row.reason;
	if (store_triage_add(c->engine->store, &row, err) == -1 || store_triage_put(c->engine->store, &row, err) == -1)
		return -1;
	strs_add(c->arena, &c->changed->effects, arena_printf(c->arena, "The mail waits for a person: advicectl resolve %lld ANSWER.",
	    (long long)row.id));
	return c->engine->desk.refile == NULL ? 0 :
	    c->engine->desk.refile(c->engine->desk.ctx, c->wish->message, true, &none, err);
}

static int
detached(struct changing *c, struct err *err)
{
	struct moved_row moved = { .what = MOVED_MAIL, .id = c->wish->message, .case_id = c->case_id };
	bool absences;

	moved.strand = c->mail.strand;
	if (store_moved_add(c->engine->store, c->change.id, &moved, err) == -1 ||
	    store_message_to_case(c->engine->store, c->wish->message, 0, 0, "triage", err) == -1 ||
	    store_touches_take_back(c->engine->store, c->case_id, c->wish->message, 0, c->change.id, err) == -1 ||
	    store_absences_forget(c->engine->store, c->wish->message, &absences, err) == -1)
		return -1;
	if (absences) {
		strs_add(c->arena, &c->changed->effects, "The absence that it told no longer counts.");
		c->refresh = true;
	}
	return mail_waits(c, err);
}

/* ---- What every change does */

static const char *
question_words(struct changing *c, const struct case_question *question)
{
	const char *people = strs_join(c->arena, &question->asked, ", "), *name = pack_called(c->pack, c->arena, question->name);

	if (question->state == QUESTION_WITHDRAWN)
		return arena_printf(c->arena, "The question \"%s\" to %s is withdrawn.", name, people);
	if (question->state == QUESTION_OPEN && question->at < c->now)
		return arena_printf(c->arena, "The question \"%s\" to %s is open again.", name, people);
	return NULL;
}

static void
tell_effects(struct changing *c)
{
	struct strs effects = engine_effects(c->arena, c->pack, c->decision), all = { NULL, 0 };
	const char *words;

	for (size_t i = 0; i < c->decision->notes.n; i++)
		strs_add_new(c->arena, &all, c->decision->notes.v[i]);
	for (size_t i = 0; c->wish->word != ADMIN_MERGE && i < effects.n; i++)
		strs_add_new(c->arena, &all, effects.v[i]);
	for (size_t i = 0; i < c->decision->deadline_count; i++) {
		if (c->wish->word == ADMIN_MERGE && c->decision->deadlines[i].date != DAY_NONE)
			strs_add_new(c->arena, &all, arena_printf(c->arena, "The date \"%s\" is now %s.",
			    pack_called(c->pack, c->arena, c->decision->deadlines[i].name), date_words(c->arena, c->decision->deadlines[i].date)));
		if (c->decision->deadlines[i].date == DAY_NONE)
			strs_add_new(c->arena, &all, arena_printf(c->arena, "The date \"%s\" is no longer known.",
			    pack_called(c->pack, c->arena, c->decision->deadlines[i].name)));
	}
	for (size_t i = 0; c->wish->word != ADMIN_MERGE && i < c->decision->question_count; i++)
		if ((words = question_words(c, &c->decision->questions[i])) != NULL)
			strs_add_new(c->arena, &all, words);
	if (c->decision->ends_case)
		strs_add(c->arena, &all, "The case is closed.");
	if (c->decision->reopens_case)
		strs_add(c->arena, &all, "The case is open again.");
	if (c->decision->next_due != INSTANT_NONE && c->decision->next_due <= c->now)
		strs_add(c->arena, &all, "What has become due goes out at once.");
	for (size_t i = 0; i < c->changed->effects.n; i++)
		strs_add(c->arena, &all, c->changed->effects.v[i]);
	if (c->wish->word == ADMIN_CORRECT && all.n <= c->decision->notes.n)
		strs_add(c->arena, &all, "No date moves, and no mail goes out because of it.");
	c->changed->effects = all;
}

static int
code_of(struct changing *c, struct err *err)
{
	const char *what = c->wish->word == ADMIN_CORRECT ? c->wish->fact : c->wish->word == ADMIN_EXCEPT ? c->wish->value :
	    c->wish->word == ADMIN_MOVE ? c->wish->stage : NULL;
	char hex[17] = "";

	if (c->wish->reason[0] != '\0' &&
	    store_journal_hash(c->engine->store, c->case_id, 0, c->wish->reason, hex, err) == -1)
		return err_wrap(err, "journal");
	c->admin.code = arena_printf(c->arena, "%s%s%s, change %lld%s%s", admin_word_name(c->wish->word), what == NULL ? "" : " ",
	    what == NULL ? "" : what, (long long)c->change.id, hex[0] == '\0' ? "" : ", reason ", hex);
	return 0;
}

static const char *
what_words(struct changing *c)
{
	const struct change_wish *wish = c->wish;

	switch (wish->word) {
	case ADMIN_CORRECT:
		return arena_printf(c->arena, "correct %s", wish->fact);
	case ADMIN_DETACH:
		return arena_printf(c->arena, "detach mail %lld", (long long)wish->message);
	case ADMIN_MERGE:
		return arena_printf(c->arena, "merge case %lld into it", (long long)wish->other);
	case ADMIN_MOVE:
		return arena_printf(c->arena, "move %s to \"%s\"%s", wish->strand, wish->stage, wish->quiet ? ", quietly" : "");
	case ADMIN_UNDO:
		return arena_printf(c->arena, "undo change %lld (%s)", (long long)wish->undoes, c->undone->what);
	case ADMIN_PAUSE:
		return arena_printf(c->arena, "pause until %s", instant_iso(c->arena, wish->until));
	case ADMIN_EXCEPT:
		return arena_printf(c->arena, "except %s for \"%s\"", wish->fact, wish->value);
	case ADMIN_CLOSE:
	case ADMIN_RESUME:
		break;
	}
	return admin_word_name(wish->word);
}

/* Its number is known before anything is decided; the row goes again with the transaction where it is only shown. */
static int
change_row(struct changing *c, struct err *err)
{
	const struct change_wish *wish = c->wish;

	c->change = (struct change_row){
		.case_id = c->case_id, .word = wish->word, .at = c->now, .who = wish->who, .what = what_words(c),
		.reason = wish->reason, .message = wish->message, .other = wish->other, .scope = c->scope == NULL ? "" : c->scope,
		.undoes = wish->undoes,
	};
	if (store_change_add(c->engine->store, &c->change, err) == -1)
		return err_wrap(err, "change");
	c->changed->change = c->change.id;
	c->changed->done = c->change.what;
	return code_of(c, err);
}

static int
load(struct changing *c, struct err *err)
{
	const char *name;
	struct store *store = c->engine->store;

	if (store_case_pack(store, c->arena, c->case_id, &name, err) == -1)
		return err_wrap(err, "case");
	if (name == NULL) {
		c->changed->refused = "There is no such case.";
		return 0;
	}
	if ((c->pack = engine_pack(c->engine, name)) == NULL)
		return err_set(err, ERR_CONFIG, "the case belongs to the pack \"%s\", which is not loaded", name);
	if (store_case_load(store, c->arena, c->case_id, &c->state, err) == -1 ||
	    engine_mailbox(c->engine, c->arena, c->pack, 0, &c->mailbox, err) == -1)
		return err_wrap(err, "case");
	return 0;
}

/* What the store has to say against it, before anything is decided. */
static int
refuse_early(struct changing *c, struct err *err)
{
	int64_t into = 0, bearing = 0;

	if (store_case_merged_into(c->engine->store, c->case_id, &into, err) == -1)
		return -1;
	if (into != 0)
		c->changed->refused = arena_printf(c->arena, "This case was merged into case %lld; change that one.", (long long)into);
	if (c->wish->word != ADMIN_CORRECT || strcmp(c->wish->fact, "reference") != 0)
		return 0;
	if (store_case_bearing(c->engine->store, c->pack->name, str_trim(c->arena, c->wish->value), c->case_id, &bearing, err) == -1)
		return -1;
	if (bearing != 0)
		c->changed->refused = arena_printf(c->arena, "Another open case, number %lld, bears this reference. If both are one "
		    "child's, merge them.", (long long)bearing);
	return 0;
}

static int
decided(struct changing *c, struct err *err)
{
	struct event *event = &c->event;

	*event = (struct event){
		.type = EVENT_ADMIN, .at = c->now, .admin = &c->admin, .who = c->wish->who,
		.changed = c->wish->word == ADMIN_CORRECT ? c->wish->fact : NULL,
	};
	if (engine_world(c->engine, c->arena, c->pack, c->mailbox, c->state, NULL, c->now, &c->world, err) == -1)
		return -1;
	decide(c->arena, c->pack, &c->world, c->state, event, c->now, &c->decision);
	c->changed->refused = c->decision->refused;
	return 0;
}

/* A reference, as decide() has understood it, that another open case bears after all. */
static int
reference_is_free(struct changing *c, struct err *err)
{
	int64_t bearing = 0;

	if (c->decision->reference == NULL || c->decision->reference[0] == '\0')
		return 0;
	if (store_case_bearing(c->engine->store, c->pack->name, c->decision->reference,
	    c->wish->word == ADMIN_MERGE ? c->wish->other : c->case_id, &bearing, err) == -1)
		return -1;
	if (bearing != 0 && bearing != c->case_id)
		c->changed->refused = arena_printf(c->arena, "Another open case, number %lld, bears the reference %s. If both are one "
		    "child's, merge them.", (long long)bearing, c->decision->reference);
	return 0;
}

/* Two open cases with one number would draw each other's mails. */
static int
number_is_free(struct changing *c, struct err *err)
{
	const char *number = c->wish->word != ADMIN_CORRECT ? NULL : strcmp(c->wish->fact, "nhs-number") == 0 ||
	    strcmp(c->wish->fact, "upn") == 0 ? case_fact_value(c->state, 0, c->wish->fact) : NULL;
	int64_t bearing = 0;

	if (number == NULL)
		return 0;
	if (store_case_numbered(c->engine->store, c->pack->name, number, c->case_id, &bearing, err) == -1)
		return -1;
	if (bearing != 0)
		c->changed->refused = arena_printf(c->arena, "Another open case, number %lld, has a child with this number. If both are "
		    "one child's, merge them.", (long long)bearing);
	return 0;
}

static int
beside(struct changing *c, struct err *err)
{
	switch (c->wish->word) {
	case ADMIN_DETACH:
		return detached(c, err);
	case ADMIN_MERGE:
		return change_merged(c, err);
	case ADMIN_UNDO:
		return change_undone(c, err);
	default:
		return 0;
	}
}

/*
 * What waits again because the case, or each of two that are apart again, is what it was.  A merge takes nothing back: what one
 * of them had overtaken is not wanted since the other goes on.
 */
static int
overtaken_again(struct changing *c, struct err *err)
{
	struct strs *told = &c->changed->effects;

	if (c->wish->word == ADMIN_MERGE)
		return 0;
	for (size_t i = 0; i < c->moved_count; i++)
		if (c->moved[i].what == MOVED_CASE &&
		    engine_overtaken_again(c->engine, c->arena, c->moved[i].id, c->now, told, err) == -1)
			return -1;
	return engine_overtaken_again(c->engine, c->arena, c->case_id, c->now, told, err);
}

static int
stored(struct changing *c, struct err *err)
{
	struct engine *engine = c->engine;

	if (c->wish->word != ADMIN_MERGE && c->wish->word != ADMIN_PAUSE && c->wish->word != ADMIN_RESUME &&
	    change_outbox(c, err) == -1)
		return err_wrap(err, "outbox");
	if (store_apply(engine->store, c->case_id, 0, c->decision, c->now, err) == -1 || beside(c, err) == -1 ||
	    (c->wish->word == ADMIN_DETACH &&
	    store_touches_take_back(engine->store, c->case_id, 0, c->change.id, c->change.id, err) == -1) ||
	    engine_list_noted(engine, c->arena, c->case_id, c->state, c->decision, err) == -1)
		return err_wrap(err, "change");
	tell_effects(c);
	if (engine->desk.on_decision != NULL)
		engine->desk.on_decision(engine->desk.ctx, c->pack, c->state, c->decision, c->now);
	if (engine_mailings(engine, c->arena, c->pack, c->mailbox, c->case_id, c->state, &c->world, &c->event, c->decision, c->now,
	    err) == -1 || engine_journal(engine, c->arena, c->case_id, &c->event, c->decision, c->now, err) == -1 ||
	    overtaken_again(c, err) == -1)
		return -1;
	return c->refresh ? engine_refresh(engine, err) : 0;
}

/* What decide() needs to know beside the case. */
static int
prepare(struct changing *c, struct err *err)
{
	const struct change_wish *wish = c->wish;
	struct case_touch *touches;

	c->admin = (struct admin){
		.word = wish->word, .fact = wish->fact, .value = wish->value, .strand = wish->strand, .stage = wish->stage,
		.quiet = wish->quiet, .message = wish->message, .undoes = wish->undoes, .until = wish->day, .days = wish->days,
	};
	for (size_t i = 0; i < c->state->mail_count; i++)
		if (c->state->mails[i].message == wish->message)
			c->mail = c->state->mails[i];
	if (store_touches(c->engine->store, c->arena, c->case_id, &touches, &c->admin.touch_count, err) == -1)
		return -1;
	c->admin.touches = touches;
	if (wish->word == ADMIN_MERGE)
		return change_merge_prepare(c, err);
	return wish->word == ADMIN_UNDO ? change_undo_prepare(c, err) : 0;
}

int
change_decide(struct changing *c, struct err *err)
{
	if (load(c, err) == -1)
		return -1;
	if (c->changed->refused == NULL && (refuse_early(c, err) == -1 || prepare(c, err) == -1))
		return -1;
	if (c->changed->refused != NULL)
		return 0;
	if (change_row(c, err) == -1)
		return -1;
	c->admin.change = c->change.id;
	if (decided(c, err) == -1)
		return -1;
	if (c->changed->refused == NULL && number_is_free(c, err) == -1)
		return -1;
	if (c->changed->refused == NULL && reference_is_free(c, err) == -1)
		return -1;
	return c->changed->refused != NULL ? 0 : stored(c, err);
}

/* ---- Pauses */

static const char *
pause_scope(struct changing *c)
{
	if (c->case_id != 0)
		return arena_printf(c->arena, "case:%lld", (long long)c->case_id);
	return c->wish->mailbox == NULL ? "" : arena_printf(c->arena, "mailbox:%s", c->wish->mailbox);
}

/* How many mails wait already, and would be kept back. */
static int
tell_waiting(struct changing *c, struct err *err)
{
	static const enum outbox_state waiting[] = { OUTBOX_QUEUED, OUTBOX_RETRY, OUTBOX_GATHERED };
	instant until = c->wish->until;
	struct outbox_row *rows;
	size_t count, n = 0;

	for (size_t i = 0; i < sizeof(waiting) / sizeof(waiting[0]); i++) {
		if (store_outbox_in_state(c->engine->store, c->arena, waiting[i], &rows, &count, err) == -1)
			return -1;
		for (size_t k = 0; k < count; k++)
			n += (c->case_id == 0 || rows[k].case_id == c->case_id) &&
			    (c->wish->mailbox == NULL || str_same(rows[k].mailbox, c->wish->mailbox));
	}
	strs_add(c->arena, &c->changed->effects, c->wish->word == ADMIN_RESUME ?
	    arena_printf(c->arena, "Mails go out again; %zu wait%s. What was missed goes out once.", n, n == 1 ? "s" : "") :
	    arena_printf(c->arena, "Nothing goes out until %s %02d:%02d%s. Dates and decisions run on; what is missed goes out "
	    "once then.",
	    date_words(c->arena, instant_date(until)), instant_minute(until) / 60, instant_minute(until) % 60,
	    n == 0 ? "" : n == 1 ? "; 1 mail that waits now is kept back" : arena_printf(c->arena,
	    "; %zu mails that wait now are kept back", n)));
	return 0;
}

static int
pause_or_resume(struct changing *c, struct err *err)
{
	const struct change_wish *wish = c->wish;
	struct pause_row row = { .since = c->now, .until = wish->until };
	bool any = true;

	c->scope = row.scope = pause_scope(c);
	if (wish->word == ADMIN_PAUSE && wish->until <= c->now)
		c->changed->refused = "A pause needs an end that lies ahead.";
	else if (wish->word == ADMIN_PAUSE && !wish->long_pause && wish->until > c->now + PAUSE_DAYS_MOST * DAY_SECONDS)
		c->changed->refused = arena_printf(c->arena, "A pause ends within %d days, unless it is said to be a long one (--long).",
		    PAUSE_DAYS_MOST);
	if (c->changed->refused != NULL)
		return 0;
	if ((wish->word == ADMIN_PAUSE ? store_pause_put(c->engine->store, &row, err) :
	    store_pause_end(c->engine->store, row.scope, c->now, &any, err)) == -1)
		return err_wrap(err, "pause");
	if (!any)
		c->changed->refused = "Nothing of that is paused; \"advicectl status\" shows the pauses.";
	if (c->changed->refused != NULL)
		return 0;
	if (c->case_id != 0 && wish->word == ADMIN_PAUSE && change_joined(c, err) == -1)
		return err_wrap(err, "outbox");
	if (tell_waiting(c, err) == -1)
		return -1;
	return c->case_id != 0 ? change_decide(c, err) : change_pause_whole(c, err);
}

int
change_pause_whole(struct changing *c, struct err *err)
{
	struct journal_entry entry = { .at = c->now, .event = "admin", .rule = "", .who = c->wish->who };

	if (change_row(c, err) == -1)
		return -1;
	entry.detail = c->admin.code;
	return store_journal_add(c->engine->store, &entry, err);
}

int
engine_change(struct engine *engine, struct arena *arena, const struct change_wish *wish, instant now,
    struct changed *changed_r, struct err *err)
{
	struct changing c = { .engine = engine, .arena = arena, .wish = wish, .now = now, .changed = changed_r,
	    .case_id = wish->case_id };
	int rc;

	memset(changed_r, 0, sizeof(*changed_r));
	if (wish->word == ADMIN_PAUSE || wish->word == ADMIN_RESUME)
		rc = pause_or_resume(&c, err);
	else if (wish->word == ADMIN_UNDO)
		rc = change_undo(&c, err);
	else
		rc = change_decide(&c, err);
	changed_r->case_id = c.case_id;
	return rc == -1 ? err_wrap(err, "%s", admin_word_name(wish->word)) : 0;
}
