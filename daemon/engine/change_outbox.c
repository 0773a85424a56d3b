/*
 * What an administrator puts right, and the mails of the case: those that have
 * not gone and are not wanted any more are taken out, those that have gone are
 * listed.  Runs in core.
 * Invariant: what has gone out is listed, never forgotten; nobody who waits
 * for another case's part of a joined mail loses it.
 * Fails: as the store does.
 */
#include <string.h>

#include "engine/change.h"
#include "engine/outbox.h"

/* What has not gone, and would. */
#define WAITING	(1u << OUTBOX_QUEUED | 1u << OUTBOX_RETRY | 1u << OUTBOX_HELD | 1u << OUTBOX_REVIEW | 1u << OUTBOX_GATHERED)

static bool
still_waits(const struct outbox_row *row)
{
	return (WAITING >> row->state & 1) != 0;
}

/*
 * It is on its way, or was put off after the server had all of it, so that its copy may yet show that it went: a mail of
 * several stays whole until it is to go again (engine/recall.c), lest its parts go a second time.
 */
static bool
may_be_gone(const struct outbox_row *joined)
{
	return joined->state == OUTBOX_SENDING || (joined->body_asked && still_waits(joined));
}

static bool
is_chaser(const struct outbox_row *row)
{
	return strcmp(row->act, "remind") == 0 || strcmp(row->act, "escalate") == 0 || strcmp(row->act, "ask") == 0;
}

/* Is the question that it puts withdrawn by this decision? */
static bool
asks_no_more(const struct changing *c, const struct outbox_row *row)
{
	for (size_t i = 0; row->question != 0 && i < c->decision->question_count; i++)
		if (c->decision->questions[i].no == row->question && c->decision->questions[i].state == QUESTION_WITHDRAWN)
			return true;
	return false;
}

/* A letter that somebody waits for (a return, a notice) goes out all the same when a case is closed; chasing ends. */
static bool
is_moot(const struct changing *c, const struct outbox_row *row)
{
	switch (c->wish->word) {
	case ADMIN_DETACH:
		return row->cause == c->wish->message || row->forwarded == c->wish->message || asks_no_more(c, row);
	case ADMIN_UNDO:
		return row->change == c->undone->id || asks_no_more(c, row);
	case ADMIN_CLOSE:
		return is_chaser(row) || strcmp(row->act, "forward") == 0 || asks_no_more(c, row);
	default:
		return asks_no_more(c, row);
	}
}

/* Did the change's own cause send it? Those are listed where they have gone out. */
static bool
is_its_work(const struct changing *c, const struct outbox_row *row)
{
	return c->wish->word == ADMIN_DETACH ? row->cause == c->wish->message || row->forwarded == c->wish->message :
	    c->wish->word == ADMIN_UNDO && row->change == c->undone->id;
}

/* Or may have it: as it was written, or in a mail of several cases. */
static bool
has_it(struct changing *c, const struct outbox_recipient *recipient)
{
	enum outbox_state state = recipient->state;
	struct outbox_row *joined = NULL;
	struct err ignored;

	if (state == OUTBOX_JOINED && store_outbox(c->engine->store, c->arena, recipient->joined, &joined, &ignored) == 0 &&
	    joined != NULL)
		state = joined->state;
	return state == OUTBOX_SENT || state == OUTBOX_SENDING || state == OUTBOX_UNKNOWN;
}

static const char *
mail_words(struct changing *c, const struct outbox_row *row, bool gone)
{
	struct strs people = { NULL, 0 };

	for (size_t i = 0; i < row->recipient_count; i++) {
		enum outbox_state state = row->recipients[i].state;

		if (has_it(c, &row->recipients[i]) == gone && state != OUTBOX_FAILED && (gone || state != OUTBOX_JOINED))
			strs_add(c->arena, &people, row->recipients[i].address);
	}
	return people.n == 0 ? NULL : arena_printf(c->arena, "mail %lld (%s) to %s", (long long)row->id, row->template,
	    strs_join(c->arena, &people, ", "));
}

static int
triage_done(struct changing *c, const struct outbox_row *mail, struct err *err)
{
	struct triage_row *rows;
	size_t count;

	if (mail->state != OUTBOX_HELD)
		return 0;
	if (store_triages(c->engine->store, c->arena, true, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].outbox != mail->id)
			continue;
		if (store_triage_done(c->engine->store, rows[i].id, err) == -1)
			return -1;
	}
	return 0;
}

static int
withdraw(struct changing *c, struct outbox_row *row, struct err *err)
{
	const struct moved_row moved = { MOVED_OUTBOX, row->id, row->case_id, row->strand, row->question, (int)row->state };
	const char *words = mail_words(c, row, false);

	if (words != NULL)
		strs_add(c->arena, &c->changed->effects, arena_printf(c->arena, "Not sent: %s.", words));
	if (triage_done(c, row, err) == -1 || store_moved_add(c->engine->store, c->change.id, &moved, err) == -1)
		return -1;
	outbox_withdraw(row, WAITING, outbox_withdrawn_by(c->arena, c->change.id));
	outbox_sum(row);	/* somebody else may have it, or is being sent it with others */
	row->why = outbox_withdrawn_by(c->arena, c->change.id);
	return store_outbox_put(c->engine->store, row, err);
}

/* It is being sent at this moment, or may have gone: whether it goes is not known, but put off it does not go. */
static int
recall(struct changing *c, const struct outbox_row *row, enum outbox_state as, bool sending, struct err *err)
{
	const struct moved_row moved = { MOVED_RECALLED, row->id, row->case_id, row->strand, row->question, (int)as };

	/* Several may have it in a mail of theirs. */
	strs_add_new(c->arena, &c->changed->effects, arena_printf(c->arena, sending ? "Mail %lld (%s) is being sent at this moment; only if "
	    "the server puts it off will it not go." : "Not sent: mail %lld (%s), unless the server, which put it off, passes it on all "
	    "the same.", (long long)row->id, row->template));
	return store_moved_add(c->engine->store, c->change.id, &moved, err);
}

/* The case's parts of such a mail. */
static int
recall_parts(struct changing *c, const struct outbox_row *joined, struct err *err)
{
	struct outbox_row *parts;
	size_t count;

	if (store_outbox_parts(c->engine->store, c->arena, joined->id, &parts, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (parts[i].case_id == c->case_id && is_moot(c, &parts[i]) &&
		    recall(c, &parts[i], OUTBOX_GATHERED, joined->state == OUTBOX_SENDING, err) == -1)
			return -1;
	return 0;
}

/* A part of it is this case's, and does not go, or not now. */
static int
loses_part(struct changing *c, const struct outbox_row *joined, bool *loses_r, struct err *err)
{
	struct outbox_row *parts;
	size_t count;

	*loses_r = false;
	if (store_outbox_parts(c->engine->store, c->arena, joined->id, &parts, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		*loses_r |= parts[i].case_id == c->case_id && (c->wish->word == ADMIN_PAUSE || is_moot(c, &parts[i]));
	return 0;
}

/* Mails of several cases that have not gone: what the other cases say goes all the same. */
int
change_joined(struct changing *c, struct err *err)
{
	struct outbox_row *rows;
	size_t count;
	bool loses;

	if (store_outbox_joining(c->engine->store, c->arena, c->case_id, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (may_be_gone(&rows[i])) {
			/* A pause keeps it by itself, once it is to go again. */
			if (c->wish->word != ADMIN_PAUSE && recall_parts(c, &rows[i], err) == -1)
				return -1;
			continue;
		}
		if (!still_waits(&rows[i]))
			continue;
		if (loses_part(c, &rows[i], &loses, err) == -1 || (loses && (triage_done(c, &rows[i], err) == -1 ||
		    engine_gathered_apart(c->engine, c->arena, &rows[i], c->now, err) == -1)))
			return -1;
	}
	return 0;
}

int
change_outbox(struct changing *c, struct err *err)
{
	struct outbox_row *rows;
	size_t count;

	if (change_joined(c, err) == -1)
		return -1;
	if (store_outbox_of_case(c->engine->store, c->arena, c->case_id, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *gone = is_its_work(c, &rows[i]) ? mail_words(c, &rows[i], true) : NULL;

		if (gone != NULL && rows[i].state != OUTBOX_DROPPED)
			strs_add(c->arena, &c->changed->gone, rows[i].sent == INSTANT_NONE ? gone :
			    arena_printf(c->arena, "%s, %s", gone, date_words(c->arena, instant_date(rows[i].sent))));
		if (rows[i].state == OUTBOX_SENDING && is_moot(c, &rows[i])) {
			if (recall(c, &rows[i], OUTBOX_QUEUED, true, err) == -1)
				return -1;
		} else if (still_waits(&rows[i]) && is_moot(c, &rows[i])) {
			if (withdraw(c, &rows[i], err) == -1)
				return -1;
		} else if (still_waits(&rows[i]) && c->wish->word == ADMIN_CLOSE && mail_words(c, &rows[i], false) != NULL)
			strs_add(c->arena, &c->changed->effects, arena_printf(c->arena, "Sent all the same, since somebody waits for it: %s.",
			    mail_words(c, &rows[i], false)));
	}
	return 0;
}
