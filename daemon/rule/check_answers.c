/*
 * Proof: every answer that a person may give is handled where the question
 * is put, and every answer that a row waits for can be given.
 * Fails: never; what is wrong goes to the problems.
 */
#include <string.h>

#include "rule/check.h"

/* Words that the daemon itself understands in an answer. */
static const char *const own_words[] = { "any", "ACK", "EXTEND", "ALLOCATE", "REASSIGN", "HOLD",
	"RESUME", "DONE", "WHY", "HELP", "STOP" };

static bool
is_offered(const struct pack *pack, const char *word)
{
	size_t i, j;

	for (i = 0; i < pack->question_count; i++)
		for (j = 0; j < pack->questions[i].answer_count; j++)
			if (strcmp(pack->questions[i].answers[j].word, word) == 0)
				return true;
	return false;
}

struct asked {
	const char	*question;
	struct where	 where;
	const struct strand *strand; /* NULL: put by the pack's own always, or by a named ladder */
	const struct stage *stage;	/* NULL: put anywhere in the strand */
};

static bool
takes(const struct rows *rows, enum event_word event, const char *name)
{
	size_t i;

	for (i = 0; i < rows->n; i++)
		if (rows->v[i].event == event && check_row_is_certain(&rows->v[i]) &&
		    (strs_has(&rows->v[i].names, name) ||
		    (event == ON_ANSWER && strs_has(&rows->v[i].names, "any"))))
			return true;
	return false;
}

static bool
strand_takes(
    const struct asked *asked, const struct strand *strand, enum event_word event, const char *name)
{
	size_t i;

	if (takes(&strand->always, event, name))
		return true;
	if (asked->stage != NULL)
		return takes(&asked->stage->on, event, name);
	for (i = 0; i < strand->stage_count; i++)
		if (takes(&strand->stages[i].on, event, name))
			return true;
	return false;
}

static bool
handled(
    const struct check *check, const struct asked *asked, enum event_word event, const char *name)
{
	size_t i;

	if (takes(&check->pack->always, event, name))
		return true;
	if (asked->strand != NULL)
		return strand_takes(asked, asked->strand, event, name);
	for (i = 0; i < check->pack->strand_count; i++)
		if (strand_takes(asked, &check->pack->strands[i], event, name))
			return true;
	return false;
}

/* A row for an answer that no question offers, and that comes near this one: that is said already. */
static bool
is_misspelt(struct check *check, const struct asked *asked, const char *word)
{
	const struct strs only = { (const char *[]){ word }, 1 };
	const struct rows *rows = asked->stage != NULL ? &asked->stage->on :
	    asked->strand != NULL ? &asked->strand->always : &check->pack->always;
	size_t i, j;

	for (i = 0; i < rows->n; i++)
		for (j = 0; rows->v[i].event == ON_ANSWER && j < rows->v[i].names.n; j++)
			if (!is_offered(check->pack, rows->v[i].names.v[j]) &&
			    strcmp(check_meant(check, rows->v[i].names.v[j], &only), word) == 0)
				return true;
	return false;
}

static void
question_is_handled(struct check *check, const struct asked *asked)
{
	const struct question *question = pack_question(check->pack, asked->question);
	struct strs done = { NULL, 0 };
	const char *word;
	size_t i;

	for (i = 0; question != NULL && i < question->answer_count; i++) {
		word = question->answers[i].word;
		if (strs_has(&done, word) || handled(check, asked, ON_ANSWER, word) ||
		    is_misspelt(check, asked, word))
			continue;
		strs_add(check->arena, &done, word);
		problem_add(check->problems, asked->where,
		    arena_printf(check->arena,
			"add a row without \"when\":  { answer = \"%s\"; ... }", word),
		    "the question \"%s\" is put here, but no row handles its answer \"%s\" in "
		    "every case",
		    question->name, word);
	}
	if (question != NULL && question->by_mail != NULL &&
	    !handled(check, asked, ON_KIND, question->by_mail))
		problem_add(check->problems, asked->where, NULL,
		    "the question \"%s\" is answered by a mail of the kind \"%s\", but no row here "
		    "takes one in every case",
		    question->name, question->by_mail);
}

static void
asked_by_row(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	const struct act *act = check_act(row, ACT_ASK);
	const struct question *question =
	    act != NULL ? pack_question(check->pack, act->value) : NULL;
	struct asked asked = {
		.where = row->where, .strand = place->strand, .stage = place->stage
	};

	(void)ctx;
	if (question == NULL)
		return;
	asked.question = question->name;
	if (question->outlives_stage || row->go != NULL)
		asked.stage = NULL;
	question_is_handled(check, &asked);
}

static bool
can_be_answered(const struct pack *pack, const char *word)
{
	size_t i;

	for (i = 0; i < sizeof own_words / sizeof *own_words; i++)
		if (strcmp(own_words[i], word) == 0)
			return true;
	return is_offered(pack, word);
}

static void
answer_exists(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	const struct pack *pack = check->pack;
	struct strs words = { NULL, 0 };
	size_t i, j;

	(void)place;
	(void)ctx;
	for (i = 0; i < pack->question_count; i++)
		for (j = 0; j < pack->questions[i].answer_count; j++)
			strs_add_new(check->arena, &words, pack->questions[i].answers[j].word);
	for (i = 0; row->event == ON_ANSWER && i < row->names.n; i++)
		if (!can_be_answered(pack, row->names.v[i]))
			problem_add(check->problems, row->where,
			    check_near(check, row->names.v[i], &words),
			    "no question offers the answer \"%s\"; they offer %s", row->names.v[i],
			    strs_join(check->arena, &words, ", "));
}

/* ---- Rows for answers that nobody is asked for there */

struct offered { const struct strand *strand; const struct stage *stage; struct strs words; };

static void
offer(struct check *check, struct offered *offered, const struct question *question)
{
	size_t i;

	for (i = 0; question != NULL && i < question->answer_count; i++)
		strs_add_new(check->arena, &offered->words, question->answers[i].word);
}

/* A question put in a stage may be answered there; one that outlives it, in the whole strand; elsewhere, anywhere. */
static void
offered_by_row(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	const struct act *act = check_act(row, ACT_ASK);
	const struct strs questions = check_names_of(check, check->pack->questions, check->pack->question_count,
	    sizeof *check->pack->questions);
	/* One that is misspelt was told of; its answers are offered all the same. */
	const struct question *question =
	    act != NULL ? pack_question(check->pack, check_meant(check, act->value, &questions)) : NULL;
	struct offered *offered = ctx;

	if (question == NULL)
		return;
	if (place->strand == NULL || (place->strand == offered->strand && (place->stage == NULL ||
	    offered->stage == NULL || place->stage == offered->stage || question->outlives_stage ||
	    row->go != NULL)) || question->outlives_stage)
		offer(check, offered, question);
}

static void
rows_are_asked_for(struct check *check, const struct rows *rows, const struct strand *strand, const struct stage *stage)
{
	struct offered offered = { .strand = strand, .stage = stage };
	const char *word;
	size_t i, j;

	if (stage != NULL && (stage->ask != NULL ? pack_question(check->pack, stage->ask) == NULL :
	    stage->waits_for.n == 0 && stage->waits == NULL && !stage->final))
		return;		/* said already */
	for (i = 0; i < check->pack->question_count; i++)
		if (check->pack->questions[i].answer_count == 0 && check->pack->questions[i].by_mail == NULL)
			return;
	for (j = 0; j < strand->stage_count; j++)
		if (stage == NULL || stage == &strand->stages[j])
			offer(check, &offered, pack_question(check->pack, strand->stages[j].ask));
	check_each_row(check, offered_by_row, &offered);
	for (i = 0; i < rows->n; i++)
		for (j = 0; rows->v[i].event == ON_ANSWER && j < rows->v[i].names.n; j++) {
			word = rows->v[i].names.v[j];
			/* What no question of the pack offers has been said; what the daemon itself asks may come anywhere. */
			if (strs_has(&offered.words, word) || strcmp(word, "any") == 0 || !is_offered(check->pack, word))
				continue;
			problem_add(check->problems, rows->v[i].where, check_near(check, word, &offered.words),
			    "nobody is asked here for the answer \"%s\"; %s%s", word,
			    offered.words.n > 0 ? "they may answer " : "nothing is asked here",
			    strs_join(check->arena, &offered.words, ", "));
		}
}

/* ---- An answer after which nobody is asked any more */

static void
answer_leads_on(struct check *check, const struct stage *stage)
{
	const struct question *question = pack_question(check->pack, stage->ask);
	const struct row *row;
	size_t i, j, k;

	if (question == NULL || question->of.n > 1 || stage->ask_of.n > 1)
		return;		/* of several, each may answer; the others are still asked */
	for (i = 0; i < question->answer_count; i++)
		for (j = 0; j < stage->on.n; j++) {
			row = &stage->on.v[j];
			for (k = 0; k < row->names.n; k++)
				if (row->event == ON_ANSWER && (strcmp(row->names.v[k], "any") == 0 ||
				    strcmp(row->names.v[k], question->answers[i].word) == 0))
					break;
			if (k == row->names.n || row->go != NULL || row->stay || check_act(row, ACT_ASK) != NULL ||
			    check_act(row, ACT_END) != NULL)
				continue;
			problem_add(check->problems, row->where,
			    "say where it goes, with  go = \"...\",  or  stay = true  to keep the question open",
			    "after the answer \"%s\" nobody is asked any more, and the case stays in the stage \"%s\"",
			    question->answers[i].word, stage->name);
		}
}

void
check_answers(struct check *check)
{
	const struct pack *pack = check->pack;
	const struct strand *strand;
	size_t i, j;

	for (i = 0; i < pack->strand_count; i++) {
		strand = &pack->strands[i];
		for (j = 0; j < strand->stage_count; j++) {
			if (strand->stages[j].ask != NULL && !strand->stages[j].final)
				question_is_handled(check, &(struct asked){ strand->stages[j].ask,
				    strand->stages[j].where, strand, &strand->stages[j] });
			rows_are_asked_for(check, &strand->stages[j].on, strand, &strand->stages[j]);
			answer_leads_on(check, &strand->stages[j]);
		}
		rows_are_asked_for(check, &strand->always, strand, NULL);
	}
	check_each_row(check, asked_by_row, NULL);
	check_each_row(check, answer_exists, NULL);
}
