/*
 * What people replied to, found again in another life.  A reply names a mail
 * of ours by its message-id, or a question by its code; both are of the live
 * store's making.  The live store says which case, question or matter that
 * was, and before the reply is decided its counterpart in this life gets the
 * same id or code beside its own: then everything goes the daemon's usual way.
 * A mail that did not go out in this life stands in its case under that id as
 * one that was dropped, so that the reply still finds the case, and nothing
 * else.  Runs in advicectl replay.
 * Invariant: a counterpart is looked for in the case that the live case has
 * become, never elsewhere.
 * Fails: as the store does.
 */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "case/match.h"
#include "ctl/replay.h"

#define CODE_LENGTH	8

struct linking {
	struct life	*life;
	struct arena	*arena;
	bool		 unasked;
};

/* ---- Questions */

static bool
same_strand(const struct case_state *a, int a_no, const struct case_state *b, int b_no)
{
	const struct case_strand *x = case_strand(a, a_no), *y = case_strand(b, b_no);

	if (x == NULL || y == NULL)
		return x == y;
	return strcmp(x->name, y->name) == 0 && strcmp(x->service, y->service) == 0;
}

/* As often as it had been put there, up to that one; else the last that was put here. */
static int
same_question(const struct case_state *there, int no, const struct case_state *here)
{
	const struct case_question *asked = NULL;
	int nth = 0, last = 0;

	for (size_t i = 0; i < there->question_count; i++)
		if (there->questions[i].no == no)
			asked = &there->questions[i];
	for (size_t i = 0; asked != NULL && i < there->question_count; i++)
		nth += there->questions[i].no <= no && strcmp(there->questions[i].name, asked->name) == 0 &&
		    same_strand(there, there->questions[i].strand, there, asked->strand);
	for (size_t i = 0; asked != NULL && i < here->question_count && nth > 0; i++)
		if (strcmp(here->questions[i].name, asked->name) == 0 &&
		    same_strand(there, asked->strand, here, here->questions[i].strand)) {
			last = here->questions[i].no;
			nth--;
		}
	return last;
}

/* 0: not put here. */
static int
question_here(struct linking *l, int64_t live_case, int no, int64_t *case_r, int *question_r, struct err *err)
{
	struct case_state *there, *here;

	*question_r = 0;
	if (life_case(l->life, l->arena, live_case, case_r, err) == -1)
		return -1;
	if (*case_r == 0 || no == 0)
		return 0;
	if (store_case_load(l->life->past->live, l->arena, live_case, &there, err) == -1 ||
	    store_case_load(l->life->scene.store, l->arena, *case_r, &here, err) == -1)
		return -1;
	*question_r = same_question(there, no, here);
	l->unasked |= *question_r == 0;
	return 0;
}

/* ---- What waits for a person */

static bool
waits_alike(const struct triage_row *here, const struct triage_row *there, int64_t message, int64_t of_case)
{
	return here->kind == there->kind && here->message == message && (message != 0 || here->case_id == of_case);
}

static int
candidates_as_there(struct life *life, struct arena *arena, const struct triage_row *there, int64_t id, struct err *err)
{
	int64_t *cases, *here;
	size_t count;

	if (store_triage_candidates(life->past->live, arena, there->id, &cases, &count, err) == -1)
		return -1;
	here = arena_alloc(arena, count * sizeof(*here) + 1);
	for (size_t i = 0; i < count; i++) {
		if (life_case(life, arena, cases[i], &here[i], err) == -1)
			return -1;
		if (here[i] == 0)
			return 0;
	}
	return count == 0 ? 0 : store_triage_candidates_put(life->scene.store, id, here, count, err);
}

int
links_triage(struct life *life, struct arena *arena, const struct triage_row *live, struct triage_row **row_r, struct err *err)
{
	struct triage_row *rows;
	int64_t message = life_message(life, live->message), of_case = 0;
	size_t count;

	*row_r = NULL;
	if (live->message != 0 && message == 0)
		return 0;
	if ((live->case_id != 0 && life_case(life, arena, live->case_id, &of_case, err) == -1) ||
	    store_triages(life->scene.store, arena, false, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (waits_alike(&rows[i], live, message, of_case) && (*row_r == NULL || strcmp(rows[i].state, "open") == 0))
			*row_r = &rows[i];
	return *row_r == NULL ? 0 : candidates_as_there(life, arena, live, (*row_r)->id, err);
}

/* ---- Codes */

static int
matter_code(struct linking *l, const char *hash, struct err *err)
{
	struct triage_row *there = NULL, *here = NULL;
	const char *sole, *ignored;
	int64_t id = 0, known = 0;

	if (store_triage_code_find(l->life->scene.store, l->arena, hash, &known, &ignored, err) == -1 ||
	    store_triage_code_find(l->life->past->live, l->arena, hash, &id, &sole, err) == -1)
		return -1;
	if (known != 0 || id == 0)
		return 0;
	if (store_triage(l->life->past->live, l->arena, id, &there, err) == -1 ||
	    (there != NULL && links_triage(l->life, l->arena, there, &here, err) == -1))
		return -1;
	return here == NULL ? 0 : store_triage_code_add(l->life->scene.store, hash, here->id, sole, err);
}

static int
code_known_here(struct linking *l, const char *code, struct err *err)
{
	int64_t there = 0, here = 0;
	int question = 0;
	char hash[65];

	sha256_hex(code, strlen(code), hash);
	if (store_code_find(l->life->scene.store, hash, &here, &question, err) == -1)
		return -1;
	if (here != 0)
		return 0;
	if (store_code_find(l->life->past->live, hash, &there, &question, err) == -1)
		return -1;
	if (there == 0)
		return matter_code(l, hash, err);
	if (question_here(l, there, question, &here, &question, err) == -1)
		return -1;
	return question == 0 ? 0 : store_code_add(l->life->scene.store, hash, here, question, err);
}

/* ---- Mails of ours */

static bool
shares_reader(const struct outbox_row *a, const struct outbox_row *b)
{
	for (size_t i = 0; i < a->recipient_count; i++)
		for (size_t k = 0; k < b->recipient_count; k++)
			if (str_same(a->recipients[i].address, b->recipients[k].address))
				return true;
	return false;
}

/* What stands here for that mail: about the same question, else of the same template; to the same people, nearest in time. */
static const struct outbox_row *
counterpart(const struct outbox_row *rows, size_t count, const struct outbox_row *there, int question)
{
	const struct outbox_row *best = NULL;
	int most = 0;

	for (size_t i = 0; i < count; i++) {
		bool asks = question != 0 && rows[i].question == question;
		int points = 4 * asks + 2 * (strcmp(rows[i].template, there->template) == 0) + shares_reader(&rows[i], there);

		if (rows[i].state == OUTBOX_DROPPED || points < 2 || points < most)
			continue;
		if (best == NULL || points > most ||
		    llabs(rows[i].decided - there->decided) < llabs(best->decided - there->decided))
			best = &rows[i];
		most = points;
	}
	return best;
}

static int
stand_in(struct linking *l, const struct outbox_row *there, int64_t of_case, int question, struct err *err)
{
	struct outbox_row row = *there;

	row.id = 0;
	row.case_id = of_case;
	row.question = question;
	row.strand = 0;
	row.state = OUTBOX_DROPPED;
	row.spool_name = "";
	row.in_reply_to = row.forwarded = row.cause = row.change = 0;
	for (size_t i = 0; i < row.recipient_count; i++)
		row.recipients[i].state = OUTBOX_DROPPED;
	return store_outbox_put(l->life->scene.store, &row, err);
}

/* Its counterpart gets the same id as well; without one, it stands in. */
static int
link_mail(struct linking *l, const struct outbox_row *there, const char *message_id, int64_t of_case, int question,
    struct err *err)
{
	struct store *store = l->life->scene.store;
	const struct outbox_row *found = NULL;
	struct outbox_row *rows, *here;
	size_t count;

	if (of_case != 0) {
		if (store_outbox_of_case(store, l->arena, of_case, &rows, &count, err) == -1)
			return -1;
		found = counterpart(rows, count, there, question);
	}
	if (found != NULL)
		return store_message_id_alias(store, found->id, message_id, err);
	if (store_outbox_by_message_id(store, l->arena, there->message_id, &here, err) == -1 ||
	    (here == NULL && stand_in(l, there, of_case, question, err) == -1) ||
	    (here == NULL && store_outbox_by_message_id(store, l->arena, there->message_id, &here, err) == -1))
		return -1;
	return here == NULL ? 0 : store_message_id_alias(store, here->id, message_id, err);
}

static int
id_known_here(struct linking *l, const char *message_id, struct err *err)
{
	struct outbox_row *there, *here;
	int64_t of_case = 0;
	int question = 0;

	if (message_id[0] == '\0')
		return 0;
	if (store_outbox_by_message_id(l->life->past->live, l->arena, message_id, &there, err) == -1 ||
	    store_outbox_by_message_id(l->life->scene.store, l->arena, message_id, &here, err) == -1)
		return -1;
	if (there == NULL || strcmp(there->pack, l->life->past->pack) != 0)
		return 0;
	if (strcspn(there->message_id, ".") == CODE_LENGTH &&
	    code_known_here(l, arena_strndup(l->arena, there->message_id, CODE_LENGTH), err) == -1)
		return -1;
	if (here != NULL)
		return 0;
	if (there->case_id != 0 && question_here(l, there->case_id, there->question, &of_case, &question, err) == -1)
		return -1;
	return there->case_id != 0 && of_case == 0 ? 0 : link_mail(l, there, message_id, of_case, question, err);
}

int
links_make(struct life *life, struct arena *arena, const struct message *mail, struct err *err)
{
	struct linking l = { life, arena, false };
	struct strs codes;
	int rc = id_known_here(&l, mail->in_reply_to, err);

	for (size_t i = 0; rc == 0 && i < mail->references.n; i++)
		rc = id_known_here(&l, mail->references.v[i], err);
	if (rc == 0)
		rc = id_known_here(&l, mail->original_message_id, err);
	evidence_codes(arena, mail, &codes);
	for (size_t i = 0; rc == 0 && i < codes.n; i++)
		rc = code_known_here(&l, codes.v[i], err);
	life->unasked += l.unasked;
	return rc;
}
