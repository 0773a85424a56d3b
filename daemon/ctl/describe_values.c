/*
 * advicectl describe: dates, questions, conditions, reminders and texts: what
 * the strands refer to by name.
 * Invariant: every named value has a line.
 * Fails: never.
 */
#include <string.h>

#include "ctl/describe.h"
#include "rule/answer.h"
#include "rule/template.h"

static void
one_deadline(struct description *d, const struct deadline *deadline)
{
	describe_add(d, 0, deadline->name, deadline->where, &deadline->meets, "%s is %s%s%s%s%s%s",
	    words_quoted(&d->words, deadline->name), words_date(&d->words, &deadline->is),
	    deadline->fixed ? "; nobody can extend it" : "", deadline->optional ? "; it may stay unknown" : "",
	    deadline->because == NULL ? "" : " (", deadline->because == NULL ? "" : deadline->because,
	    deadline->because == NULL ? "" : ")");
}

static void
exceptions(struct description *d)
{
	const struct pack *pack = d->words.pack;

	describe_section(d, "What a person may move a date for");
	for (size_t i = 0; i < pack->exception_count; i++) {
		const struct exception *one = &pack->exceptions[i];

		if (one->of.n > 0)
			describe_add(d, 0, one->name, one->where, &one->meets, "%s may move %s to another day, once a person says so with a "
			    "reason: %s (%s)", words_quoted(&d->words, one->name), words_quoted_list(&d->words, &one->of, "and"),
			    one->words == NULL ? "" : one->words, one->ground == NULL ? "" : one->ground);
	}
}

static char *
answers_text(struct description *d, const struct question *question)
{
	struct strs answers = { NULL, 0 };

	for (size_t i = 0; i < question->answer_count; i++)
		strs_add(d->words.arena, &answers, answer_shown(d->words.arena, question->answers[i].text));
	return words_list(d->words.arena, &answers, "or");
}

static void
question_ways(struct description *d, const struct question *question)
{
	struct words *words = &d->words;
	const char *name = question->name;

	if (question->list_answers)
		describe_add(d, 1, name, question->where, NULL,
		    "the list of involvement answers it by itself, if one was imported lately");
	if (question->by_mail != NULL)
		describe_add(d, 1, name, question->where, NULL, "the mail %s answers it, too", words_quoted(words, question->by_mail));
	if (question->shows != NULL)
		describe_add(d, 1, name, question->where, NULL, "the files of %s go with it; a file attached to the answer is the "
		    "new version", words_quoted(words, question->shows));
	if (question->invitation_accepted != NULL)
		describe_add(d, 1, name, question->where, NULL, "an invitation accepted in the calendar means %s",
		    question->invitation_accepted);
	if (question->invitation_declined != NULL)
		describe_add(d, 1, name, question->where, NULL, "an invitation declined in the calendar means %s",
		    question->invitation_declined);
	if (question->template != NULL && strcmp(question->template, name) != 0)
		describe_add(d, 1, name, question->where, NULL, "it is put in the mail %s", words_quoted(words, question->template));
	if (question->outlives_stage)
		describe_add(d, 1, name, question->where, NULL, "it stays open when the work goes on to another stage");
}

static void
one_question(struct description *d, const struct question *question)
{
	struct words *words = &d->words;
	const struct ladder *ladder = pack_ladder(words->pack, question->ladder);

	describe_add(d, 0, question->name, question->where, &question->meets, "%s is put to %s%s%s%s",
	    words_quoted(words, question->name), question->of.n == 0 ? "whom the stage names" : words_recipients(words, &question->of, "and"),
	    question->one_after_the_other ? ", one after the other" : "",
	    question->answer_count == 0 ? "" : question->answer_count == 1 ? "; the answer is " : "; the answers are ",
	    answers_text(d, question));
	question_ways(d, question);
	words->them = question->of.n == 0 ? NULL : words_recipients(words, &question->of, "and");
	if (ladder != NULL) {
		describe_add(d, 1, question->name, question->where, NULL, "until it is answered:");
		describe_rungs(d, 2, question->name, ladder);
	}
	words->them = NULL;
}

static void
one_template(struct description *d, const struct template *template)
{
	const struct where where = { template->file, 1 };

	describe_add(d, 0, template->name, where, NULL, "the mail %s%s%s", words_quoted(&d->words, template->name),
	    template->subject == NULL ? " has the subject of the mail it belongs to" : " has the subject: ",
	    template->subject == NULL ? "" : template->subject);
}

void
describe_values(struct description *d)
{
	const struct pack *pack = d->words.pack;

	describe_section(d, "The dates");
	for (size_t i = 0; i < pack->deadline_count; i++)
		one_deadline(d, &pack->deadlines[i]);
	exceptions(d);
	describe_section(d, "The questions");
	for (size_t i = 0; i < pack->question_count; i++)
		one_question(d, &pack->questions[i]);
	describe_section(d, "The conditions");
	for (size_t i = 0; i < pack->condition_count; i++)
		describe_add(d, 0, pack->conditions[i].name, pack->conditions[i].where, &pack->conditions[i].meets, "%s holds if %s",
		    words_quoted(&d->words, pack->conditions[i].name), words_condition(&d->words, &pack->conditions[i]));
	describe_section(d, "The reminders that stages and questions share");
	for (size_t i = 0; i < pack->ladder_count; i++) {
		describe_add(d, 0, pack->ladders[i].name, pack->ladders[i].where, NULL, "the reminders called %s:",
		    words_quoted(&d->words, pack->ladders[i].name));
		describe_rungs(d, 1, pack->ladders[i].name, &pack->ladders[i]);
	}
	describe_section(d, "The mails that are sent, and words that stand in them");
	for (size_t i = 0; i < pack->template_count; i++)
		one_template(d, pack->templates[i]);
	for (size_t i = 0; i < pack->text_count; i++)
		describe_add(d, 0, pack->texts[i].name, pack->texts[i].where, NULL, "where a mail says {%s}, it reads: %s",
		    pack->texts[i].name, pack->texts[i].value);
	for (size_t i = 0; i < pack->called_count; i++)
		describe_add(d, 0, pack->called[i].name, pack->called[i].where, NULL, "in mails and on the board, %s is called “%s”",
		    words_quoted(&d->words, pack->called[i].name), pack->called[i].value);
}
