/*
 * Answers by mail: which question is meant, who may answer it, a vacant post's
 * question that moves on, and help for those who mistyped.
 * Runs wherever decide() does; pure.
 * Invariant (promise right-people): an answer counts from somebody who was
 * asked, their manager or their cover, and only once it is proven that they
 * sent it; everything else changes nothing, and is said to whoever wrote it.
 * Fails: never.
 */
#include <string.h>

#include "case/turn.h"
#include "rule/answer.h"

/* ---- A vacant post */

/* Whom the rules say the question is for; NULL once somebody was named for it. */
static const struct recipient *
question_is_for(struct turn *turn, const struct case_question *question)
{
	const struct question *rules = pack_question(turn->pack, question->name);
	const struct stage *stage = turn_stage(turn, question->strand);
	const struct recipients *of = stage != NULL && stage->ask != NULL && stage->ask_of.n > 0 &&
	    strcmp(stage->ask, question->name) == 0 ? &stage->ask_of : rules == NULL ? NULL : &rules->of;

	for (size_t i = 0; of != NULL && question->of_role.n > 0 && i < of->n; i++)
		if (strcmp(of->v[i].text, question->of_role.v[0]) == 0)
			return &of->v[i];
	return NULL;
}

/* Nobody holds the post: the question lies with the mailbox owner, who may name someone but not approve. */
bool
question_lies_with_owner(struct turn *turn, const struct case_question *question)
{
	const struct recipient *whom = question_is_for(turn, question);
	struct chased chased = turn_chased(turn, question->strand);
	struct people_query query = turn_query(turn, question->strand, &chased);
	struct people people = { 0 };

	if (whom == NULL || turn->sender == NULL || !strs_has_nocase(&question->asked, turn->sender))
		return false;
	query.keep_absent = true;
	people_of(turn->arena, &query, whom, &people);
	return people.addresses.n == 0;
}

/* The mailbox owner names somebody: the question moves to them. */
static void
move_vacant(struct turn *turn, struct case_question *question, const char *rest)
{
	const struct question *rules = pack_question(turn->pack, question->name);
	const char *address, *wrong;

	if (!person_of_answer(turn, rest, &address, &wrong)) {
		reply_refused(turn, question->strand, 0, wrong);
		return;
	}
	question->state = QUESTION_WITHDRAWN;
	turn_touch_question(turn, question->no);
	question = question_new(turn, question->strand, rules->name);
	strs_add(turn->arena, &question->of_role, "the one named for it");
	strs_add(turn->arena, &question->asked, address);
	question_mail(turn, question, rules, rules->where);
	turn_changed(turn, "The question now goes to %s.", person_called(turn, address));
	reply_understood(turn, question->strand, "ALLOCATE");
}

/* The question that the owner may move: the one that was answered, else the newest. */
static struct case_question *
vacant_question(struct turn *turn, struct case_question *answered)
{
	for (size_t i = turn->state->question_count; i-- > 0;) {
		struct case_question *question = answered != NULL ? answered : &turn->state->questions[i];

		if (question->state == QUESTION_OPEN && pack_question(turn->pack, question->name) != NULL &&
		    question_lies_with_owner(turn, question))
			return question;
		if (answered != NULL)
			break;
	}
	return NULL;
}

static bool
allocate_vacant(struct turn *turn, struct case_question *answered, const char *line)
{
	struct case_question *question;
	const char *rest;

	if (!answer_word(line, "ALLOCATE", &rest) || (question = vacant_question(turn, answered)) == NULL)
		return false;
	if (!turn->event->authenticated)
		reply_unproven(turn, question->strand);
	else
		move_vacant(turn, question, rest);
	return true;
}

/* ---- Who may answer */

static bool
stands_for(const struct turn *turn, const struct person *asked)
{
	if (asked->manager[0] != '\0' && str_same(asked->manager, turn->sender))
		return true;
	return asked->cover[0] != '\0' && str_same(asked->cover, turn->sender) &&
	    directory_absence(&turn->directory, asked->address, turn->today) != NULL;
}

/* The person asked, or the manager of one who was, or who covers for one who is away today. */
bool
question_may_answer(const struct turn *turn, const struct case_question *question)
{
	if (turn->sender == NULL)
		return false;
	for (size_t i = 0; i < question->asked.n; i++) {
		const struct person *person = directory_find(&turn->directory, question->asked.v[i]);

		if (str_same(question->asked.v[i], turn->sender) || (person != NULL && stands_for(turn, person)))
			return true;
	}
	return false;
}

static bool
is_colleague(const struct turn *turn)
{
	return person_is_colleague(turn, turn->sender);
}

static const struct answer *
answer_of(struct turn *turn, const struct case_question *question, const char *line)
{
	const struct question *rules = pack_question(turn->pack, question->name);

	return rules == NULL ? NULL : question_answer_fitting(rules, turn->arena, line, false);
}

/* Simulated mails cannot quote a code: the newest open question that fits and was put to the sender. */
static struct case_question *
question_by_reference(struct turn *turn, const char *line)
{
	if (!turn->world.answers_by_reference)
		return NULL;
	for (size_t i = turn->state->question_count; i-- > 0;) {
		struct case_question *question = &turn->state->questions[i];

		if (question->state == QUESTION_OPEN && question_may_answer(turn, question) &&
		    answer_of(turn, question, line) != NULL)
			return question;
	}
	return NULL;
}

/* ---- Refusing */

/* A colleague is told why; of a stranger, or of nobody known, the mailbox owner is. */
static void
refuse(struct turn *turn, const struct case_question *question, const char *note)
{
	if (is_colleague(turn) && turn->event->authenticated) {
		reply_refused(turn, question->strand, question_may_answer(turn, question) ? question->no : 0, note);
	} else {
		turn_why(turn, (struct where){ NULL, 0 }, "answer refused: %s", note);
		acts_tell_owner(turn, question->strand, (struct where){ NULL, 0 }, "triage", "triage", note);
	}
	turn->decision->needs_person = true;
}

/* Who answered is told to those who might have. */
static void
refuse_settled(struct turn *turn, const struct case_question *question)
{
	const char *by = question->answered_by == NULL ? "" : question->answered_by;

	if (question->state != QUESTION_ANSWERED)
		refuse(turn, question, "This question is no longer open; nothing was changed.");
	else if (!question_may_answer(turn, question) || !turn->event->authenticated || by[0] == '\0')
		refuse(turn, question, "This question has been answered already; nothing was changed.");
	else
		refuse(turn, question, arena_printf(turn->arena,
		    "This question has been answered already: %s, by %s on %s. Nothing was changed.",
		    question->answer, strcmp(by, "list") == 0 ? "the involvement list" :
		    str_same(by, turn->sender) ? "you" : person_called(turn, by),
		    date_words(turn->arena, instant_date(question->answered_at))));
}

/* As many words of the line as an answer has. */
static const char *
words_like(struct turn *turn, const char *line, const char *answer)
{
	size_t len = 0;

	for (;;) {
		len += strcspn(line + len, " \t\n:,.!?\"");
		answer += strcspn(answer, " ");
		if (*answer == '\0' || line[len] != ' ')
			return arena_strndup(turn->arena, line, len);
		len++;
		answer++;
	}
}

/* The answer that was mistyped: "NOT KNWON"; NULL. */
static const char *
nearest_answer(struct turn *turn, const struct question *rules, const char *line)
{
	for (size_t i = 0; i < rules->answer_count; i++) {
		const char *const one[] = { rules->answers[i].word, NULL };
		const char *said = words_like(turn, line, one[0]);

		if (strlen(said) >= 4 && str_nearest(said, one) != NULL)
			return one[0];
	}
	return NULL;
}

/* Two of the question's answers in one mail, each on a line of its own. */
static bool
says_two(struct turn *turn, const struct case_question *question, const struct answer *first, const char *line)
{
	if (strstr(first->text, "{words") != NULL)	/* all that follows belongs to it */
		return false;
	for (line += strcspn(line, "\n"); *line != '\0'; line += strcspn(line, "\n")) {
		const struct answer *other;

		line += strspn(line, "\n");
		other = answer_of(turn, question, answer_text(turn->arena, arena_strndup(turn->arena, line, strcspn(line, "\n"))));
		if (other != NULL && strcmp(other->word, first->word) != 0)
			return true;
	}
	return false;
}

/* What the person may say, for those who said something else. */
static const char *
words_allowed(struct turn *turn, const struct question *rules, const char *line)
{
	struct strs words = { NULL, 0 };
	const char *nearest = nearest_answer(turn, rules, line);

	for (size_t i = 0; i < rules->answer_count; i++)
		strs_add(turn->arena, &words, answer_shown(turn->arena, rules->answers[i].text));
	return arena_printf(turn->arena, "I did not understand \"%s\"%s%s%s You may answer, at the beginning of your reply: %s.",
	    str_visible(turn->arena, arena_strndup(turn->arena, line, strcspn(line, "\r\n")), 60),
	    nearest == NULL ? "." : ": did you mean ", nearest == NULL ? "" : nearest,
	    nearest == NULL ? "" : "?", strs_join(turn->arena, &words, "; "));
}

/* Words that answer nothing, from one who was asked: told what may be said; only longer ones are for a person to read. */
static bool
not_understood(struct turn *turn, const struct case_question *question, const char *line)
{
	const struct question *rules = pack_question(turn->pack, question->name);
	bool needed_person = turn->decision->needs_person;

	if (line[0] == '\0')	/* nothing but a courtesy */
		line = str_trim(turn->arena, turn->event->mail->new_text);
	if (turn->event->classified->kind != NULL || rules == NULL || rules->answer_count == 0 || line[0] == '\0' ||
	    question->state != QUESTION_OPEN || !question_may_answer(turn, question))
		return false;
	refuse(turn, question, words_allowed(turn, rules, line));
	if (turn->event->authenticated && (answer_is_courtesy(turn->arena, line) || nearest_answer(turn, rules, line) != NULL))
		turn->decision->needs_person = needed_person;
	return true;
}

/* ---- An answer to no question, or to somebody else's */

static struct case_question *
question_almost_answered(struct turn *turn, const char *line)
{
	for (size_t i = turn->state->question_count; i-- > 0;) {
		struct case_question *question = &turn->state->questions[i];
		const struct question *rules = pack_question(turn->pack, question->name);

		if (question->state == QUESTION_OPEN && rules != NULL &&
		    (answer_of(turn, question, line) != NULL || nearest_answer(turn, rules, line) != NULL))
			return question;
	}
	return NULL;
}

/*
 * An answer's words from a colleague, without the code of a question: whoever was asked is given the question again,
 * anybody else is told why it is not taken, and the mailbox owner hears of it.
 */
static bool
answer_to_no_question(struct turn *turn, const char *line)
{
	struct case_question *found;

	if (!is_colleague(turn) || !turn->event->authenticated || turn->event->classified->kind != NULL ||
	    (found = question_almost_answered(turn, line)) == NULL)
		return false;
	if (question_may_answer(turn, found) && turn->world.answers_by_reference)
		return not_understood(turn, found, line);
	if (question_may_answer(turn, found)) {
		reply_refused(turn, found->strand, found->no, "Your mail does not say which question it answers. "
		    "Please answer this mail, or the one that asked you.");
		return true;
	}
	refuse(turn, found,
	    "This question was put to somebody else; only they, or their manager, can answer it. Nothing was changed.");
	acts_tell_owner(turn, found->strand, (struct where){ NULL, 0 }, "triage", "triage",
	    "An answer came from somebody to whom the question was not put. They were told so; nothing was changed.");
	return true;
}

/* "Thank you" for what was understood wants no answer; to anything else of ours it is none, and they are told what is. */
static bool
only_polite(struct turn *turn)
{
	const struct event *event = turn->event;
	const char *text = answer_text(turn->arena, event->mail->new_text);

	if (text[0] == '\0')	/* nothing but a courtesy, or nothing at all */
		text = event->mail->new_text;
	if (event->about == NULL || !event->authenticated || !is_colleague(turn) || event->classified->kind != NULL ||
	    !answer_is_courtesy(turn->arena, text))
		return false;
	text += strspn(text, " \t\r\n");
	if (strcmp(event->about_act, "echo") == 0 || strcmp(event->about_act, "reply") == 0)
		turn_why(turn, (struct where){ NULL, 0 }, "a courtesy: nothing is to be done");
	else
		reply_refused(turn, event->about->strand, 0, arena_printf(turn->arena,
		    "I did not understand \"%s\". You may say:\n\n%s",
		    str_visible(turn->arena, arena_strndup(turn->arena, text, strcspn(text, "\r\n")), 60),
		    words_permitted(turn, event->about->strand)));
	return true;
}

/* ---- Taking it */

static bool
take_answer(struct turn *turn, struct case_question *question, const struct answer *answer, const char *line)
{
	struct where where = pack_question(turn->pack, question->name)->where;
	int no = question->no, strand = question->strand;

	if (question->state != QUESTION_OPEN)
		refuse_settled(turn, question);
	else if (!question_may_answer(turn, question))
		refuse(turn, question, "This question was put to somebody else; only they, or their manager, can answer it.");
	else if (!turn->event->authenticated)
		reply_unproven(turn, strand);
	else if (says_two(turn, question, answer, line))
		refuse(turn, question, "Your mail has two answers. Please give one of them, at the beginning of your reply.");
	else if (strstr(answer->text, "{person") == NULL && question_lies_with_owner(turn, question))
		refuse(turn, question, "Nobody holds the post that decides this. You may name someone who does: "
		    "reply ALLOCATE and a name, and the question goes to them.");
	else if (!question_pass(turn, question, answer, turn->sender, &where))
		return true;
	else if (strcmp(turn_question(turn, no)->name, "wish") == 0)
		words_wish_answered(turn, strand, turn_question(turn, no)->answer);
	else
		reply_understood(turn, strand, turn_question(turn, no)->answer);
	return true;
}

bool
question_answer_by_mail(struct turn *turn)
{
	const char *line = answer_text(turn->arena, turn->event->mail->new_text);
	struct case_question *question = NULL;
	const struct answer *answer = NULL;

	if (turn->event->question != 0)
		question = turn_question(turn, turn->event->question);
	if (question == NULL)
		question = question_by_reference(turn, line);
	if (question != NULL)
		answer = answer_of(turn, question, line);
	if (answer != NULL)
		return take_answer(turn, question, answer, line);
	if (allocate_vacant(turn, question, line) || why_take(turn, line) || words_take(turn, line))
		return true;
	if (question != NULL && not_understood(turn, question, line))
		return true;
	return only_polite(turn) || (question == NULL && answer_to_no_question(turn, line));
}
