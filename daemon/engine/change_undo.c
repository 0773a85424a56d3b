/*
 * A change taken back, as a change of its own: the case becomes what it was
 * before, unless something has been built on it since; mails that it withdrew
 * go out after all, mails that it took out of the case come back.  Runs in core.
 * Invariant: a change is taken back once, and a taking back is not taken back:
 * the change is made anew instead.
 * Fails: as the store does.
 */
#include <string.h>

#include "engine/change.h"
#include "engine/outbox.h"

static bool
is_done(const struct changing *c, enum admin_word word)
{
	return c->undone->word == word;
}

static const char *
obstacle(struct changing *c)
{
	if (c->undone == NULL)
		return arena_printf(c->arena, "There is no change %lld; \"advicectl case\" shows their numbers.", (long long)c->wish->undoes);
	if (c->undone->undone_by != 0)
		return arena_printf(c->arena, "Change %lld was taken back already, by change %lld.", (long long)c->undone->id,
		    (long long)c->undone->undone_by);
	if (is_done(c, ADMIN_UNDO))
		return arena_printf(c->arena, "Change %lld took back another one; make that one anew instead.", (long long)c->undone->id);
	if (is_done(c, ADMIN_RESUME))
		return "What was let go has gone; say \"advicectl pause\" anew instead.";
	return NULL;
}

static int
put_undone(struct changing *c, struct err *err)
{
	c->undone->undone_by = c->change.id;
	return store_change_put(c->engine->store, c->undone, err);
}

static int
undo_pause(struct changing *c, struct err *err)
{
	bool any;

	if (store_pause_end(c->engine->store, c->undone->scope, c->now, &any, err) == -1)
		return err_wrap(err, "pause");
	if (!any) {
		c->changed->refused = "That pause is over.";
		return 0;
	}
	strs_add(c->arena, &c->changed->effects, "Mails go out again; what was missed goes out once.");
	if (c->case_id != 0)
		return change_decide(c, err);
	return change_pause_whole(c, err) == -1 ? -1 : put_undone(c, err);
}

int
change_undo(struct changing *c, struct err *err)
{
	if (store_change(c->engine->store, c->arena, c->wish->undoes, &c->undone, err) == -1)
		return -1;
	if ((c->changed->refused = obstacle(c)) != NULL)
		return 0;
	c->case_id = c->undone->case_id;
	if (is_done(c, ADMIN_PAUSE))
		return undo_pause(c, err);
	return change_decide(c, err);
}

/* ---- Before decide() */

/* The mail that a detaching took out comes back, unless it has found another place. */
static int
mail_back(struct changing *c, const struct moved_row *moved, struct err *err)
{
	struct case_mail *mail = arena_alloc(c->arena, sizeof(*mail));
	struct message_row *row;

	if (store_message(c->engine->store, c->arena, moved->id, &row, err) == -1 ||
	    store_case_mail(c->engine->store, c->arena, moved->id, mail, err) == -1)
		return -1;
	if (row == NULL || row->case_id != 0) {
		c->changed->refused = arena_printf(c->arena, "Mail %lld has found another place since, in case %lld. Detach it there first.",
		    (long long)moved->id, row == NULL ? 0 : (long long)row->case_id);
		return 0;
	}
	mail->strand = moved->strand;
	c->admin.back = mail;
	c->admin.back_count = 1;
	return 0;
}

static void
leave(struct changing *c, const struct moved_row *moved)
{
	struct case_state *state = c->state;
	size_t kept = 0;

	for (size_t i = 0; moved->what == MOVED_MAIL && i < state->mail_count; i++)
		if (state->mails[i].message != moved->id)
			state->mails[kept++] = state->mails[i];
	if (moved->what == MOVED_MAIL)
		state->mail_count = kept;
	kept = 0;
	for (size_t i = 0; moved->what == MOVED_OUTBOX && i < state->sent_count; i++)
		if (state->sent[i].outbox != moved->id)
			state->sent[kept++] = state->sent[i];
	if (moved->what == MOVED_OUTBOX)
		state->sent_count = kept;
}

int
change_undo_prepare(struct changing *c, struct err *err)
{
	struct store *store = c->engine->store;
	struct case_touch *touches;

	c->admin.undone = c->undone->word;
	if (store_touches_again(store, c->case_id, c->undone->id, err) == -1 ||
	    store_touches(store, c->arena, c->case_id, &touches, &c->admin.touch_count, err) == -1 ||
	    store_moved(store, c->arena, c->undone->id, &c->moved, &c->moved_count, err) == -1)
		return -1;
	c->admin.touches = touches;
	for (size_t i = 0; i < c->moved_count; i++) {
		if (is_done(c, ADMIN_MERGE))
			leave(c, &c->moved[i]);
		else if (c->moved[i].what == MOVED_MAIL && mail_back(c, &c->moved[i], err) == -1)
			return -1;
	}
	return 0;
}

/* ---- Beside the decision */

/* A mail that the change had withdrawn; not where its question stays withdrawn. */
static int
send_after_all(struct changing *c, const struct moved_row *moved, struct err *err)
{
	struct outbox_row *row;

	if (store_outbox(c->engine->store, c->arena, moved->id, &row, err) == -1)
		return -1;
	if (row == NULL)
		return 0;
	for (size_t i = 0; row->question != 0 && i < c->state->question_count; i++)
		if (c->state->questions[i].no == row->question && c->state->questions[i].state != QUESTION_OPEN)
			return 0;
	/* Those whom it kept from them, and nobody whom a person has taken out. */
	if (outbox_bring_back(row, outbox_withdrawn_by(c->arena, c->undone->id), (enum outbox_state)moved->state) == 0)
		return 0;
	outbox_sum(row);
	row->next_try = c->now;
	row->why = "";
	strs_add(c->arena, &c->changed->effects, arena_printf(c->arena, "Mail %lld (%s), which had been withdrawn, %s.", (long long)row->id,
	    row->template, row->state == OUTBOX_REVIEW ? "waits again for a person to look at it" : row->state == OUTBOX_HELD ?
	    "is held again" : row->state == OUTBOX_SHADOW ? "stays in shadow, and does not go out" : "goes out after all"));
	return store_outbox_put(c->engine->store, row, err);
}

static int
mail_again(struct changing *c, const struct moved_row *moved, struct err *err)
{
	struct strs none = { NULL, 0 };
	struct triage_row *rows;
	size_t count;

	if (store_message_to_case(c->engine->store, moved->id, c->case_id, moved->strand, "done", err) == -1 ||
	    store_triages_of_message(c->engine->store, c->arena, moved->id, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (store_triage_done(c->engine->store, rows[i].id, err) == -1)
			return -1;
	return c->engine->desk.refile == NULL ? 0 : c->engine->desk.refile(c->engine->desk.ctx, moved->id, false, &none, err);
}

int
change_undone(struct changing *c, struct err *err)
{
	struct store *store = c->engine->store;

	if (store_touches_take_back(store, c->case_id, 0, c->undone->id, c->change.id, err) == -1 ||
	    store_touches_take_back(store, c->case_id, 0, c->change.id, c->change.id, err) == -1 || put_undone(c, err) == -1)
		return -1;
	if (is_done(c, ADMIN_MERGE))
		return change_unmerged(c, err);
	for (size_t i = 0; i < c->moved_count; i++) {
		if ((c->moved[i].what == MOVED_OUTBOX || c->moved[i].what == MOVED_RECALLED) && send_after_all(c, &c->moved[i], err) == -1)
			return -1;
		if (c->moved[i].what == MOVED_MAIL && mail_again(c, &c->moved[i], err) == -1)
			return -1;
	}
	return 0;
}
