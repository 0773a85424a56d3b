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

static void
question_is_handled(struct check *check, const struct asked *asked)
{
	const struct question *question = pack_question(check->pack, asked->question);
	struct strs done = { NULL, 0 };
	const char *word;
	size_t i;

	for (i = 0; question != NULL && i < question->answer_count; i++) {
		word = question->answers[i].word;
		if (strs_has(&done, word) || handled(check, asked, ON_ANSWER, word))
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
	size_t i, j;

	for (i = 0; i < sizeof own_words / sizeof *own_words; i++)
		if (strcmp(own_words[i], word) == 0)
			return true;
	for (i = 0; i < pack->question_count; i++)
		for (j = 0; j < pack->questions[i].answer_count; j++)
			if (strcmp(pack->questions[i].answers[j].word, word) == 0)
				return true;
	return false;
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

struct used {
	const char	*question;
	bool		 yes;
};

static void
asked_somewhere(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	const struct act *act = check_act(row, ACT_ASK);
	struct used *used = ctx;

	(void)check;
	if ((act != NULL && act->value != NULL && strcmp(act->value, used->question) == 0) ||
	    (place->stage != NULL && place->stage->ask != NULL &&
		strcmp(place->stage->ask, used->question) == 0))
		used->yes = true;
}

/* A question of a base may go unused; one in the file of a pack that runs is a slip. */
static void
is_asked(struct check *check, const struct question *question)
{
	struct used used = { question->name, false };

	if (check->pack->watches.n == 0 ||
	    strcmp(question->where.file, check->pack->where.file) != 0)
		return;
	check_each_row(check, asked_somewhere, &used);
	if (!used.yes)
		problem_warn(check->problems, question->where, NULL,
		    "the question \"%s\" is never put", question->name);
}

void
check_answers(struct check *check)
{
	const struct pack *pack = check->pack;
	const struct strand *strand;
	size_t i, j;

	for (i = 0; i < pack->strand_count; i++) {
		strand = &pack->strands[i];
		for (j = 0; j < strand->stage_count; j++)
			if (strand->stages[j].ask != NULL)
				question_is_handled(check, &(struct asked){ strand->stages[j].ask,
				    strand->stages[j].where, strand, &strand->stages[j] });
	}
	check_each_row(check, asked_by_row, NULL);
	check_each_row(check, answer_exists, NULL);
	for (i = 0; i < pack->question_count; i++)
		is_asked(check, &pack->questions[i]);
}
