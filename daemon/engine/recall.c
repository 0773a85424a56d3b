/*
 * What did not go at once is looked at again before it goes.  A mail that a
 * change called off while it was being sent, and that the server then put off,
 * does not go; nor does a reminder that its case has overtaken while it waited for
 * another try: should that be taken back it goes after all.  A question is put
 * once, and goes.  A mail of several is taken apart when one
 * of its parts is wanted no more, or is not to go now: the rest goes anew.
 * Runs in core.
 * Invariant (promise once): called for mails that are to go now, so never
 * where somebody may have them already; what a person let go goes.
 * Fails: as the store does.
 */
#include <string.h>

#include "engine/engine_private.h"
#include "engine/outbox.h"

#define FRESH_S	600	/* decided so lately, and never tried: as it was decided */

int
outbox_overtaken(struct store *store, struct arena *arena, const struct outbox_row *row, const char **why_r, struct err *err)
{
	/* What is told (a mail that was held, nobody to ask) is an "ask" about no question: it is always wanted. */
	bool chases = strcmp(row->act, "remind") == 0 || strcmp(row->act, "escalate") == 0 ||
	    (strcmp(row->act, "ask") == 0 && row->question != 0);
	const struct case_strand *strand;
	struct case_state *state;

	*why_r = NULL;
	if (!chases || row->case_id == 0)
		return 0;
	if (store_case_load(store, arena, row->case_id, &state, err) == -1)
		return err_wrap(err, "case");
	for (size_t i = 0; i < state->question_count; i++)
		if (state->questions[i].no == row->question && state->questions[i].state != QUESTION_OPEN)
			*why_r = "its question has been settled meanwhile";
	/* It may outlive the stage in which it was put: the question alone says whether it still stands. */
	if (row->question != 0)
		return 0;
	strand = row->strand == 0 ? NULL : case_strand(state, row->strand);
	/* What ended with the very step that wrote the mail has not overtaken it. */
	if ((row->strand != 0 && (strand == NULL || strand->entered > row->decided)) ||
	    (state->closed != INSTANT_NONE && state->closed > row->decided))
		*why_r = "its case has moved on meanwhile";
	return 0;
}

struct reason {
	const char	*why;		/* it does not go; NULL: it does */
	const char	*mark;		/* as outbox_withdraw() says */
};

/* What somebody let go is overtaken no more: only a person takes it back. */
static int
unwanted(struct engine *engine, struct arena *arena, const struct outbox_row *row, bool overtakes, struct reason *reason_r,
    struct err *err)
{
	int64_t change;
	bool settled;

	*reason_r = (struct reason){ NULL, NULL };
	if (store_outbox_recalled(engine->store, row->id, &change, err) == -1 ||
	    store_gathered_is_settled(engine->store, row->id, &settled, err) == -1)
		return -1;
	if (change != 0)
		*reason_r = (struct reason){ "it was withdrawn while it was being sent", outbox_withdrawn_by(arena, change) };
	else if (settled)
		*reason_r = (struct reason){ "somebody has decided meanwhile", OUTBOX_SETTLED };
	/* A question is put once: whoever takes back what settled it must not find that nobody was ever asked. */
	if (reason_r->why != NULL || !overtakes || strcmp(row->act, "ask") == 0)
		return 0;
	reason_r->mark = outbox_overtaken_as(OUTBOX_QUEUED);
	return outbox_overtaken(engine->store, arena, row, &reason_r->why, err);
}

int
engine_call_off(struct engine *engine, struct arena *arena, struct outbox_row *row, const char *why, const char *mark,
    instant now, struct recalled *recalled, struct err *err)
{
	struct journal_entry entry = {
		.at = now, .event = "called off", .case_id = row->case_id, .outbox = row->id, .rule = row->rule, .who = "daemon",
		.detail = why,
	};

	if (row->told && outbox_told_done(engine->store, arena, row, err) == -1)
		return -1;
	outbox_withdraw(row, 1u << OUTBOX_QUEUED | 1u << OUTBOX_RETRY | 1u << OUTBOX_GATHERED, mark);
	outbox_sum(row);
	row->why = arena_printf(arena, "not sent, since %s", why);
	*arena_push(arena, recalled->off, recalled->off_count) = row->id;
	return store_outbox_put(engine->store, row, err) == -1 ? -1 : store_journal_add(engine->store, &entry, err);
}

static int
recall_joined(struct engine *engine, struct arena *arena, struct outbox_row *joined, struct outbox_row *parts, size_t count, instant now,
    struct recalled *recalled, struct err *err)
{
	struct reason *reasons = arena_alloc(arena, count * sizeof(*reasons));

	if (store_gathered_halts(engine->store, joined->id, now, &recalled->stays, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (unwanted(engine, arena, &parts[i], !joined->released, &reasons[i], err) == -1)
			return -1;
		recalled->stays |= reasons[i].why != NULL;
	}
	if (!recalled->stays)
		return 0;
	if (engine_gathered_apart(engine, arena, joined, now, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct outbox_row *part = NULL;

		if (reasons[i].why == NULL)
			continue;
		if (store_outbox(engine->store, arena, parts[i].id, &part, err) == -1 ||
		    engine_call_off(engine, arena, part, reasons[i].why, reasons[i].mark, now, recalled, err) == -1)
			return -1;
	}
	*arena_push(arena, recalled->off, recalled->off_count) = joined->id;
	return 0;
}

bool
engine_may_recall(const struct outbox_row *row, instant now)
{
	return row->tries > 0 || row->decided <= now - FRESH_S;
}

int
engine_recall(struct engine *engine, struct arena *arena, struct outbox_row *row, instant now, struct recalled *recalled_r, struct err *err)
{
	struct outbox_row *parts = NULL;
	size_t count = 0;
	struct reason reason = { NULL, NULL };
	int rc = 0;

	*recalled_r = (struct recalled){ .stays = false };
	if (row->case_id == 0)
		rc = store_outbox_parts(engine->store, arena, row->id, &parts, &count, err);
	if (rc == 0 && count > 0)
		rc = recall_joined(engine, arena, row, parts, count, now, recalled_r, err);
	else if (rc == 0)
		rc = unwanted(engine, arena, row, row->tries > 0 && !row->released, &reason, err);
	if (rc == 0 && reason.why != NULL) {
		recalled_r->stays = true;
		rc = engine_call_off(engine, arena, row, reason.why, reason.mark, now, recalled_r, err);
	}
	return rc == -1 ? err_wrap(err, "looking at a mail again") : 0;
}

/* ---- What overtook it is taken back */

static bool
has_recipient(const struct outbox_row *row, const char *address)
{
	for (size_t i = 0; i < row->recipient_count; i++)
		if (str_same(row->recipients[i].address, address))
			return true;
	return false;
}

/* A later reminder of the same went, or is to, to everybody who would get this one: no two (promise no-flood). */
static bool
goes_for(const struct outbox_row *later, const struct outbox_row *row)
{
	bool goes = later->id > row->id && later->strand == row->strand && later->question == row->question &&
	    later->state != OUTBOX_DROPPED && later->state != OUTBOX_FAILED && strcmp(row->act, "ask") != 0 &&
	    (strcmp(later->act, "remind") == 0 || strcmp(later->act, "escalate") == 0);

	for (size_t i = 0; goes && i < row->recipient_count; i++)
		goes = !outbox_is_overtaken(&row->recipients[i]) || has_recipient(later, row->recipients[i].address);
	return goes;
}

static bool
is_collapsed(const struct outbox_row *rows, size_t count, const struct outbox_row *row)
{
	for (size_t i = 0; i < count; i++)
		if (goes_for(&rows[i], row))
			return true;
	return false;
}

static bool
was_overtaken(const struct outbox_row *row)
{
	for (size_t i = 0; i < row->recipient_count; i++)
		if (outbox_is_overtaken(&row->recipients[i]))
			return true;
	return false;
}

static int
waits_again(struct engine *engine, struct outbox_row *row, instant now, struct err *err)
{
	static const enum outbox_state waited[] = { OUTBOX_QUEUED, OUTBOX_REVIEW, OUTBOX_HELD };

	for (size_t i = 0; i < sizeof(waited) / sizeof(waited[0]); i++)
		outbox_bring_back(row, outbox_overtaken_as(waited[i]), waited[i]);
	outbox_sum(row);
	row->next_try = now;
	row->first_try = 0;
	row->why = "";
	return store_outbox_put(engine->store, row, err);
}

int
engine_overtaken_again(struct engine *engine, struct arena *arena, int64_t case_id, instant now, struct strs *told_r,
    struct err *err)
{
	struct outbox_row *rows;
	const char *why;
	size_t count;

	if (store_outbox_of_case(engine->store, arena, case_id, &rows, &count, err) == -1)
		return -1;
	/* The latest first: it goes for those before it. */
	for (size_t i = count; i-- > 0;) {
		if (!was_overtaken(&rows[i]) || is_collapsed(rows, count, &rows[i]))
			continue;
		if (outbox_overtaken(engine->store, arena, &rows[i], &why, err) == -1)
			return -1;
		if (why != NULL)
			continue;
		if (waits_again(engine, &rows[i], now, err) == -1)
			return -1;
		strs_add(arena, told_r, arena_printf(arena, "Mail %lld (%s), which had been overtaken, %s.", (long long)rows[i].id,
		    rows[i].template, rows[i].state == OUTBOX_QUEUED ? "goes out after all" : "waits again for a person"));
	}
	return 0;
}
