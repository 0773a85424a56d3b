/*
 * Two cases of one child made one, beside the decision: mails, mails of ours
 * and codes go over, the other case is closed and its reference and number go
 * on finding this one; and the reverse.  Runs in core.
 * Invariant: every row that goes over is noted as it was, so that it can go
 * back; cases of two authorities, or of two children, are never made one.
 * Fails: as the store does.
 */
#include <string.h>

#include "case/decide.h"
#include "engine/change.h"

static const char *
value_of(const struct case_state *state, const char *name)
{
	const char *value = case_fact_value(state, 0, name);

	return value == NULL ? "" : value;
}

/* What one child has only one of. */
static const char *
two_children(struct changing *c)
{
	static const char *const names[] = { "nhs-number", "upn", "date-of-birth" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *ours = value_of(c->state, names[i]), *theirs = value_of(c->other, names[i]);

		if (ours[0] != '\0' && theirs[0] != '\0' && strcmp(ours, theirs) != 0)
			return arena_printf(c->arena, "The two cases differ in %s, so they are two children's. If one of them is wrong, "
			    "correct it first.", names[i]);
	}
	return NULL;
}

int
change_merge_prepare(struct changing *c, struct err *err)
{
	struct store *store = c->engine->store;
	const char *pack;
	int64_t into;

	if (store_case_pack(store, c->arena, c->wish->other, &pack, err) == -1 ||
	    store_case_merged_into(store, c->wish->other, &into, err) == -1)
		return -1;
	if (pack == NULL || strcmp(pack, c->pack->name) != 0)
		c->changed->refused = "Only cases of one authority can be merged.";
	else if (c->wish->other == c->case_id)
		c->changed->refused = "These are one case already.";
	else if (into != 0)
		c->changed->refused = arena_printf(c->arena, "The second case was merged into case %lld already.", (long long)into);
	if (c->changed->refused != NULL)
		return 0;
	if (store_case_load(store, c->arena, c->wish->other, &c->other, err) == -1)
		return -1;
	c->changed->refused = two_children(c);
	c->admin.other = c->other;
	c->strands = case_merge_strands(c->arena, c->state, c->other);
	c->question_offset = case_merge_questions(c->state);
	return 0;
}

static int
strand_here(const struct changing *c, int strand)
{
	return case_strand(c->other, strand) == NULL ? 0 : c->strands[strand];
}

static int
mails_over(struct changing *c, struct err *err)
{
	for (size_t i = 0; i < c->other->mail_count; i++) {
		const struct case_mail *mail = &c->other->mails[i];
		const struct moved_row moved = { MOVED_MAIL, mail->message, c->wish->other, mail->strand, 0, 0 };

		if (store_moved_add(c->engine->store, c->change.id, &moved, err) == -1 ||
		    store_message_to_case(c->engine->store, mail->message, c->case_id, strand_here(c, mail->strand), NULL, err) == -1)
			return -1;
	}
	return 0;
}

static int
outbox_over(struct changing *c, struct err *err)
{
	struct outbox_row *rows;
	size_t count;

	if (store_outbox_of_case(c->engine->store, c->arena, c->wish->other, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct moved_row moved = { MOVED_OUTBOX, rows[i].id, c->wish->other, rows[i].strand, rows[i].question, (int)rows[i].state };

		rows[i].case_id = c->case_id;
		rows[i].strand = strand_here(c, rows[i].strand);
		rows[i].question = rows[i].question == 0 ? 0 : rows[i].question + c->question_offset;
		if (store_moved_add(c->engine->store, c->change.id, &moved, err) == -1 ||
		    store_outbox_put(c->engine->store, &rows[i], err) == -1)
			return -1;
	}
	return 0;
}

static int
cases_over(struct changing *c, struct err *err)
{
	struct moved_row self = { .what = MOVED_CASE, .id = c->wish->other, .state = c->other->closed != INSTANT_NONE };
	int64_t *ids;
	size_t count;

	if (store_cases_merged(c->engine->store, c->arena, c->wish->other, &ids, &count, err) == -1 ||
	    store_moved_add(c->engine->store, c->change.id, &self, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct moved_row moved = { .what = MOVED_CASE, .id = ids[i], .case_id = c->wish->other, .state = 1 };

		if (store_moved_add(c->engine->store, c->change.id, &moved, err) == -1)
			return -1;
	}
	return store_case_merge(c->engine->store, c->wish->other, c->case_id, c->now, err);
}

static int
journal_other(struct changing *c, int64_t other, const char *word, struct err *err)
{
	struct journal_entry entry = {
		.at = c->now, .event = "admin", .case_id = other, .rule = "", .who = c->wish->who,
		.detail = arena_printf(c->arena, "%s case %lld, change %lld", word, (long long)c->case_id, (long long)c->change.id),
	};

	return store_journal_add(c->engine->store, &entry, err);
}

int
change_merged(struct changing *c, struct err *err)
{
	struct moved_row codes = { .what = MOVED_CODES, .id = 1, .case_id = c->wish->other, .question = c->question_offset };

	codes.state = case_merge_questions(c->other);
	if (mails_over(c, err) == -1 || outbox_over(c, err) == -1 ||
	    store_moved_add(c->engine->store, c->change.id, &codes, err) == -1 ||
	    store_codes_move(c->engine->store, c->wish->other, c->case_id, 0, codes.state, codes.question, err) == -1 ||
	    cases_over(c, err) == -1)
		return -1;
	strs_add(c->arena, &c->changed->effects, arena_printf(c->arena, "%s is closed; its reference and its number find this case from now on.",
	    case_name(c->arena, c->other)));
	return journal_other(c, c->wish->other, "merged into", err);
}

/* ---- The reverse */

static int
mail_over_again(struct changing *c, const struct moved_row *moved, struct err *err)
{
	struct message_row *row;

	if (store_message(c->engine->store, c->arena, moved->id, &row, err) == -1)
		return -1;
	if (row == NULL || row->case_id != c->case_id)		/* a person took it out since */
		return 0;
	return store_message_to_case(c->engine->store, moved->id, moved->case_id, moved->strand, NULL, err);
}

static int
outbox_over_again(struct changing *c, const struct moved_row *moved, struct err *err)
{
	struct outbox_row *row;

	if (store_outbox(c->engine->store, c->arena, moved->id, &row, err) == -1)
		return -1;
	if (row == NULL)
		return 0;
	row->case_id = moved->case_id;
	row->strand = moved->strand;
	row->question = moved->question;
	return store_outbox_put(c->engine->store, row, err);
}

static int
case_again(struct changing *c, const struct moved_row *moved, struct err *err)
{
	struct case_state *state;

	if (store_case_load(c->engine->store, c->arena, moved->id, &state, err) == -1)
		return -1;
	if (moved->case_id == 0) {
		strs_add(c->arena, &c->changed->effects, arena_printf(c->arena, "%s stands by itself again.", case_name(c->arena, state)));
		if (journal_other(c, moved->id, "parted from", err) == -1)
			return -1;
	}
	return store_case_again(c->engine->store, moved->id, moved->case_id, moved->state != 0 ? state->closed : INSTANT_NONE, c->now, err);
}

int
change_unmerged(struct changing *c, struct err *err)
{
	for (size_t i = 0; i < c->moved_count; i++) {
		const struct moved_row *moved = &c->moved[i];
		int rc = 0;

		switch (moved->what) {
		case MOVED_MAIL:
			rc = mail_over_again(c, moved, err);
			break;
		case MOVED_OUTBOX:
			rc = outbox_over_again(c, moved, err);
			break;
		case MOVED_CASE:
			rc = case_again(c, moved, err);
			break;
		case MOVED_CODES:
			rc = store_codes_move(c->engine->store, c->case_id, moved->case_id, moved->question, moved->question + moved->state,
			    -moved->question, err);
			break;
		case MOVED_RECALLED:	/* it went, or did not */
			break;
		}
		if (rc == -1)
			return -1;
	}
	return 0;
}
