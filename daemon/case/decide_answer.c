/*
 * What an answer says, and what it does: given by mail, by the involvement
 * list, or by a mail of the kind that was asked for.  Who may give one by
 * mail, and help for those who mistyped: decide_answer_mail.c.
 * Runs wherever decide() does; pure.  Invariant: a question is settled once.
 * Fails: never; what cannot be taken is told to whoever said it.
 */
#include <string.h>

#include "case/classify_facts.h"
#include "case/turn.h"
#include "rule/answer.h"

#define CAPTURES_MAX	8

/* ---- What an answer says */

/* A date without a year is the one nearest to today. */
static bool
date_of_answer(struct turn *turn, const char *text, const char **iso_r)
{
	dayno ahead = DAY_NONE, behind = DAY_NONE;

	if (date_parse_words(text, turn->today, DATE_AHEAD, &ahead) == 0 ||
	    date_parse_words(text, turn->today, DATE_BIRTH, &behind) == 0)
		return false;
	if (behind != DAY_NONE && behind <= turn->today && turn->today - behind < ahead - turn->today)
		ahead = behind;
	*iso_r = date_iso(turn->arena, ahead);
	return true;
}

/* The word that stands before a date in an answer says whether that day is to come ("BY") or has been. */
enum day_lies { LIES_AHEAD, LIES_BEHIND, LIES_LATELY };
#define LATELY_DAYS	366

static const struct dated_word { const char *word; enum day_lies lies; } dated_words[] = {
	{ "BY", LIES_AHEAD }, { "CLOSED", LIES_BEHIND }, { "BORN", LIES_BEHIND }, { "REVIEWED", LIES_BEHIND },
	{ "GIVEN", LIES_LATELY }, { "SUBMITTED", LIES_LATELY }, { "RECEIVED", LIES_LATELY },
};

/* Of the answer "ALLOCATE {person as officer} BY {date as agreed-date}" the word "BY"; NULL: none that is known. */
static const struct dated_word *
dated_word(struct turn *turn, const struct answer *answer)
{
	const char *hole = strstr(answer->text, " {date");

	for (size_t i = 0; hole != NULL && i < sizeof(dated_words) / sizeof(dated_words[0]); i++)
		if (str_ends_nocase(arena_strndup(turn->arena, answer->text, (size_t)(hole - answer->text)), dated_words[i].word))
			return &dated_words[i];
	return NULL;
}

/* A day that cannot be meant, in a sentence; NULL if it can.  Clocks begin on these days, and people are chased by them. */
static const char *
day_out_of_place(struct turn *turn, const struct answer *answer, const struct capture *said, const char *iso)
{
	const struct dated_word *word = dated_word(turn, answer);
	dayno day;

	if (word == NULL || !date_parse_iso(iso, &day))
		return NULL;
	if (word->lies == LIES_AHEAD)
		return day >= turn->today ? NULL : arena_printf(turn->arena,
		    "\"%s\" has passed; nothing was changed. Please give a day that is still to come.", said->text);
	if (day > turn->today)
		return arena_printf(turn->arena, "\"%s\" is still to come; nothing was changed. Please give the day on which it happened.",
		    said->text);
	if (word->lies == LIES_LATELY && turn->today - day > LATELY_DAYS)
		return arena_printf(turn->arena, "\"%s\" is more than a year ago; nothing was changed. Is the year right?", said->text);
	return NULL;
}

struct answer_fact { const char *name, *value; };

/* What the holes of an answer set; false and a sentence if one cannot be taken. */
static bool
answer_facts(struct turn *turn, const struct answer *answer, const struct capture *captures, size_t count,
    struct answer_fact *facts, const char **wrong_r)
{
	for (size_t i = 0; i < count; i++) {
		facts[i].name = captures[i].as;
		facts[i].value = str_trim(turn->arena, captures[i].text);
		if (strcmp(captures[i].hole, "person") == 0) {
			if (!person_of_answer(turn, captures[i].text, &facts[i].value, wrong_r))
				return false;
		} else if (strcmp(captures[i].hole, "date") == 0) {
			if (!date_of_answer(turn, captures[i].text, &facts[i].value)) {
				*wrong_r = arena_printf(turn->arena, "\"%s\" is not a date that I can read. Please write it like 7 October 2026.", captures[i].text);
				return false;
			}
			if ((*wrong_r = day_out_of_place(turn, answer, &captures[i], facts[i].value)) != NULL)
				return false;
		} else if (strcmp(captures[i].hole, "service") == 0) {
			const char *service = facts_service(turn->arena, turn->pack, captures[i].text);

			if (service != NULL)
				facts[i].value = service;
		}
	}
	return true;
}

/* A question put to several, one after the other: the next is asked once this one let it pass. */
static bool
next_is_asked(struct turn *turn, const struct case_question *question, const struct question *rules, const char *word)
{
	const struct stage *stage = turn_stage(turn, question->strand);
	const struct recipients *of = stage != NULL && stage->ask_of.n > 0 ? &stage->ask_of : &rules->of;
	struct recipients next = { NULL, 1, rules->where };

	if (!rules->one_after_the_other || rules->answer_count == 0 || question->of_role.n == 0 ||
	    strcmp(word, rules->answers[0].word) != 0)
		return false;
	for (size_t i = 0; i + 1 < of->n; i++) {
		if (strcmp(of->v[i].text, question->of_role.v[0]) != 0)
			continue;
		next.v = &of->v[i + 1];
		question_put(turn, question->strand, rules->name, &next, rules->where);
		return true;
	}
	return false;
}

/* A file that comes with an answer is the new version of what was shown. */
static void
take_new_version(struct turn *turn, const struct case_question *question, const struct question *rules)
{
	struct case_mail *mail;

	if (rules->shows == NULL || turn->mail_index < 0)
		return;
	mail = &turn->state->mails[turn->mail_index];
	mail->strand = question->strand;
	turn->decision->taken_by = question->strand;
	if (mail->document_count > 0)
		mail->kind = rules->shows;
}

bool
question_pass(struct turn *turn, struct case_question *question, const struct answer *answer,
    const char *by, struct where *where_r)
{
	const struct question *rules = pack_question(turn->pack, question->name);
	struct capture captures[CAPTURES_MAX];
	struct answer_fact facts[CAPTURES_MAX];
	const char *wrong = NULL, *line = NULL;
	size_t count = 0;
	bool from_list = strcmp(by, "list") == 0;
	struct facts_mark before = turn_mark(turn);
	int no = question->no;

	if (from_list)
		answer = question_list_answer(turn, rules, &line);
	else
		line = answer_text(turn->arena, turn->event->mail->new_text);
	pattern_begins(answer->pattern, turn->arena, line, captures, CAPTURES_MAX, &count);
	if (!answer_facts(turn, answer, captures, count, facts, &wrong)) {
		if (from_list) {
			turn_why(turn, *where_r, "the involvement list could not answer: %s", wrong);
			question->state = QUESTION_WITHDRAWN;
			return false;
		}
		reply_refused(turn, question->strand, no, wrong);
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		turn_set_fact(turn, question->strand, facts[i].name, facts[i].value, SOURCE_NEW_TEXT, by);
		if (strcmp(captures[i].hole, "person") == 0)
			turn_changed(turn, "The %s is %s.", facts[i].name, person_called(turn, facts[i].value));
		if (strcmp(captures[i].hole, "words") == 0)
			turn_set_fact(turn, question->strand, arena_printf(turn->arena, "%s-by", facts[i].name), by,
			    SOURCE_NEW_TEXT, by);
	}
	turn_why(turn, *where_r, "\"%s\" is answered %s by %s", question->name, answer->word,
	    from_list ? "the involvement list" : by);
	question_answered(turn, question, answer->word, by);
	if (!from_list)
		take_new_version(turn, question, rules);
	if (next_is_asked(turn, question, rules, answer->word) ||
	    question_take_row(turn, turn_question(turn, no), answer->word))
		return true;
	turn_undo(turn, &before);
	if (from_list)		/* a person is asked, and chased */
		turn_question(turn, no)->state = QUESTION_WITHDRAWN;
	else
		reply_refused(turn, turn_question(turn, no)->strand, no,
		    "Your answer was understood, but what the rules do next cannot be done now. "
		    "The mailbox owner has been asked to put it right; please answer again after that.");
	return false;
}

void
question_settle_by_kind(struct turn *turn, int strand, const char *kind)
{
	for (size_t i = 0; i < turn->state->question_count; i++) {
		struct case_question *question = &turn->state->questions[i];
		const struct question *rules = pack_question(turn->pack, question->name);

		if (question->state != QUESTION_OPEN || question->strand != strand || rules == NULL ||
		    rules->by_mail == NULL || strcmp(rules->by_mail, kind) != 0)
			continue;
		question_answered(turn, question, kind, turn->sender == NULL ? "" : turn->sender);
	}
}

void
question_unsettle(struct turn *turn, int strand, const char *kind)
{
	for (size_t i = 0; i < turn->touched_question_count; i++) {
		struct case_question *question = turn_question(turn, turn->touched_questions[i]);
		const struct question *rules = pack_question(turn->pack, question->name);

		if (question->state == QUESTION_ANSWERED && question->strand == strand && rules != NULL &&
		    rules->by_mail != NULL && strcmp(rules->by_mail, kind) == 0)
			question_open_again(question);
	}
}
