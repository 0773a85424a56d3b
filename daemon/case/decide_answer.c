/*
 * Answers: by mail, by the involvement list, or by a mail of the kind that was
 * asked for; who may give them, and help for those who mistyped.
 * Runs wherever decide() does; pure.  Invariant: a question is settled once.
 */
#include <string.h>

#include "case/turn.h"

#define CAPTURES_MAX	8

/* ---- What an answer says */

static bool
person_of_answer(struct turn *turn, const char *text, const char **address_r, const char **wrong_r)
{
	const struct person *found[8];
	const struct person *person;
	struct strs names = { NULL, 0 };
	size_t count;

	text = str_squeeze(turn->arena, text);
	if (strchr(text, '@') != NULL) {
		person = directory_find(&turn->directory, str_lower(turn->arena, text));
		if (person != NULL) {
			*address_r = person->address;
			return true;
		}
		*wrong_r = arena_printf(turn->arena, "The directory has nobody with the address \"%s\".", text);
		return false;
	}
	count = directory_named(&turn->directory, text, found, 8);
	if (count == 1) {
		*address_r = found[0]->address;
		return true;
	}
	for (size_t i = 0; i < count && i < 8; i++)
		strs_add(turn->arena, &names, arena_printf(turn->arena, "%s <%s>, %s", found[i]->name,
		    found[i]->address, found[i]->team));
	*wrong_r = count == 0 ?
	    arena_printf(turn->arena, "The directory has nobody named \"%s\". Please give the name as it stands there, or the e-mail address.", text) :
	    arena_printf(turn->arena, "Several people are named \"%s\": %s. Please give the e-mail address.", text,
		strs_join(turn->arena, &names, "; "));
	return false;
}

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

struct answer_fact { const char *name, *value; };

/* What the holes of an answer set; false and a sentence if one cannot be taken. */
static bool
answer_facts(struct turn *turn, const struct capture *captures, size_t count, struct answer_fact *facts,
    const char **wrong_r)
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

static const char *
name_of(const struct turn *turn, const char *address)
{
	const struct person *person = directory_find(&turn->directory, address);

	return person == NULL ? address : person->name;
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
		line = turn->event->mail->new_text;
	pattern_begins(answer->pattern, turn->arena, line, captures, CAPTURES_MAX, &count);
	if (!answer_facts(turn, captures, count, facts, &wrong)) {
		if (from_list) {
			turn_why(turn, *where_r, "the involvement list could not answer: %s", wrong);
			question->state = QUESTION_WITHDRAWN;
			return false;
		}
		acts_tell(turn, question->strand, "echo", "echo-refused", turn->sender, wrong);
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		turn_set_fact(turn, question->strand, facts[i].name, facts[i].value, SOURCE_NEW_TEXT, by);
		if (strcmp(captures[i].hole, "person") == 0)
			turn_changed(turn, "The %s is %s.", facts[i].name, name_of(turn, facts[i].value));
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
		acts_tell(turn, turn_question(turn, no)->strand, "echo", "echo-refused", turn->sender,
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
static bool
lies_with_owner(struct turn *turn, const struct case_question *question)
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

/* "ALLOCATE {person}" from the mailbox owner: a vacant post's question moves to them. */
static bool
move_vacant(struct turn *turn, struct case_question *question, const char *line)
{
	const struct question *rules = pack_question(turn->pack, question->name);
	const char *rest = line + strspn(line, " \t\n"), *address, *wrong;
	char *text;

	if (!str_starts_nocase(rest, "ALLOCATE") || !turn->event->authenticated || rules == NULL ||
	    question->state != QUESTION_OPEN || !lies_with_owner(turn, question))
		return false;
	rest += strlen("ALLOCATE");
	text = arena_strdup(turn->arena, rest + strspn(rest, " \t:"));
	text[strcspn(text, "\r\n")] = '\0';
	if (!person_of_answer(turn, text, &address, &wrong)) {
		acts_tell(turn, question->strand, "echo", "echo-refused", turn->sender, wrong);
		return true;
	}
	if (!acts_may_write(turn, address)) {
		acts_tell(turn, question->strand, "echo", "echo-refused", turn->sender,
		    "These rules may not write to that person: their address is in no domain that the rules allow. Please name somebody else.");
		return true;
	}
	question->state = QUESTION_WITHDRAWN;
	turn_touch_question(turn, question->no);
	question = question_new(turn, question->strand, rules->name);
	strs_add(turn->arena, &question->of_role, "the one named for it");
	strs_add(turn->arena, &question->asked, address);
	question_mail(turn, question, rules, rules->where);
	acts_tell(turn, question->strand, "echo", "echo", turn->sender,
	    arena_printf(turn->arena, "Your answer was understood: ALLOCATE. The question now goes to %s.", name_of(turn, address)));
	return true;
}

static bool
move_any_vacant(struct turn *turn, const char *line)
{
	for (size_t i = turn->state->question_count; i-- > 0;)
		if (turn->state->questions[i].state == QUESTION_OPEN && move_vacant(turn, &turn->state->questions[i], line))
			return true;
	return false;
}

/* The person asked, or the manager of one who was. */
static bool
may_answer(const struct turn *turn, const struct case_question *question)
{
	if (turn->sender == NULL)
		return false;
	for (size_t i = 0; i < question->asked.n; i++) {
		const struct person *person = directory_find(&turn->directory, question->asked.v[i]);

		if (str_same(question->asked.v[i], turn->sender) ||
		    (person != NULL && person->manager[0] != '\0' && str_same(person->manager, turn->sender)))
			return true;
	}
	return false;
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

		if (question->state == QUESTION_OPEN && may_answer(turn, question) &&
		    answer_of(turn, question, line) != NULL)
			return question;
	}
	return NULL;
}

static void
refuse(struct turn *turn, const struct case_question *question, const char *note)
{
	turn_why(turn, (struct where){ NULL, 0 }, "answer refused: %s", note);
	if (directory_find(&turn->directory, str_lower(turn->arena, turn->sender)) != NULL &&
	    turn->event->authenticated)
		acts_tell(turn, question->strand, "echo", "echo-refused", turn->sender, note);
	else
		acts_tell_owner(turn, question->strand, (struct where){ NULL, 0 }, "triage", "triage", note);
	turn->decision->needs_person = true;
}

/* What the person may say, for those who said something else. */
static const char *
words_allowed(struct turn *turn, const struct question *rules, const char *line)
{
	struct strs words = { NULL, 0 };
	const char *first = str_visible(turn->arena, line, 60);
	const char **known = arena_alloc(turn->arena, (rules->answer_count + 1) * sizeof(*known));
	char *upper = arena_strdup(turn->arena, line);
	const char *nearest;

	upper[strcspn(upper, " \t\n:,.")] = '\0';
	for (size_t i = 0; i < rules->answer_count; i++) {
		strs_add(turn->arena, &words, rules->answers[i].text);
		known[i] = rules->answers[i].word;
	}
	nearest = str_nearest(upper, known);
	return arena_printf(turn->arena, "I did not understand \"%s\"%s%s%s. You may answer: %s.", first,
	    nearest == NULL ? "" : ": did you mean ", nearest == NULL ? "" : nearest,
	    nearest == NULL ? "" : "?", strs_join(turn->arena, &words, "; "));
}

/* Words that answer nothing, from one who was asked: told what may be said. */
static bool
not_understood(struct turn *turn, const struct case_question *question, const char *line)
{
	const struct question *rules = pack_question(turn->pack, question->name);

	if (turn->event->classified->kind != NULL || rules == NULL || rules->answer_count == 0 ||
	    !may_answer(turn, question))
		return false;
	refuse(turn, question, words_allowed(turn, rules, line));
	return true;
}

/* Does the line begin with a word much like one of the question's answers? */
static bool
almost_answers(struct turn *turn, const struct case_question *question, const char *line)
{
	const struct question *rules = pack_question(turn->pack, question->name);
	char *first = arena_strdup(turn->arena, line + strspn(line, " \t\n\"'*"));
	const char **known;

	if (rules == NULL || rules->answer_count == 0)
		return false;
	first[strcspn(first, " \t\n:,.!-")] = '\0';
	known = arena_alloc(turn->arena, (rules->answer_count + 1) * sizeof(*known));
	for (size_t i = 0; i < rules->answer_count; i++) {
		char *word = arena_strdup(turn->arena, rules->answers[i].word);

		word[strcspn(word, " ")] = '\0';
		known[i] = word;
	}
	return strlen(first) >= 4 && str_nearest(first, known) != NULL;
}

/*
 * An answer's words from a colleague, but to no question of theirs: they are
 * told why it is not taken, and the mailbox owner decides what to do with it.
 */
static bool
answer_to_no_question(struct turn *turn, const char *line)
{
	static const char *const note =
	    "This question was put to somebody else; only they, or their manager, can answer it. Nothing was changed.";
	struct case_question *found = NULL;

	if (turn->sender == NULL || !turn->event->authenticated || turn->event->classified->kind != NULL ||
	    directory_find(&turn->directory, str_lower(turn->arena, turn->sender)) == NULL)
		return false;
	for (size_t i = turn->state->question_count; i-- > 0 && found == NULL;) {
		struct case_question *question = &turn->state->questions[i];

		if (question->state == QUESTION_OPEN && almost_answers(turn, question, line))
			found = question;
	}
	if (found == NULL)
		return false;
	if (may_answer(turn, found))
		return turn->world.answers_by_reference && not_understood(turn, found, line);
	refuse(turn, found, note);
	acts_tell_owner(turn, found->strand, (struct where){ NULL, 0 }, "triage", "triage",
	    "An answer came from somebody to whom the question was not put. They were told so; nothing was changed.");
	return true;
}

static void
echo_understood(struct turn *turn, int strand, const char *word)
{
	const char *changes;

	schedule_deadlines(turn);
	changes = turn->changes.n == 0 ? "Nothing else changes." : strs_join(turn->arena, &turn->changes, " ");
	acts_tell(turn, strand, "echo", "echo", turn->sender,
	    arena_printf(turn->arena, "Your answer was understood: %s. %s", word, changes));
}

bool
question_answer_by_mail(struct turn *turn)
{
	const char *line = turn->event->mail->new_text;
	struct case_question *question = NULL;
	const struct answer *answer;
	struct where where = { NULL, 0 };
	int no, strand;

	if (turn->event->question != 0)
		question = turn_question(turn, turn->event->question);
	if (question == NULL)
		question = question_by_reference(turn, line);
	if (question == NULL)
		return words_take(turn, line) || move_any_vacant(turn, line) || answer_to_no_question(turn, line);
	answer = answer_of(turn, question, line);
	if (answer == NULL && move_vacant(turn, question, line))
		return true;
	if (answer == NULL) {
		if (words_take(turn, line))
			return true;
		return not_understood(turn, question, line);
	}
	if (question->state != QUESTION_OPEN) {
		refuse(turn, question, question->state == QUESTION_ANSWERED ?
		    "This question has been answered already; nothing was changed." :
		    "This question is no longer open; nothing was changed.");
		return true;
	}
	if (!turn->event->authenticated) {
		refuse(turn, question, "An answer came whose sender could not be proven. Please ask the person, and answer for them.");
		return true;
	}
	if (!may_answer(turn, question)) {
		refuse(turn, question, "This question was put to somebody else; only they, or their manager, can answer it.");
		return true;
	}
	if (strstr(answer->text, "{person") == NULL && lies_with_owner(turn, question)) {
		refuse(turn, question, "Nobody holds the post that decides this. You may name someone who does: "
		    "reply ALLOCATE and a name, and the question goes to them.");
		return true;
	}
	where = pack_question(turn->pack, question->name)->where;
	no = question->no;
	strand = question->strand;
	if (!question_pass(turn, question, answer, turn->sender, &where))
		return true;
	if (strcmp(turn_question(turn, no)->name, "wish") == 0)
		words_wish_answered(turn, strand, turn_question(turn, no)->answer);
	else
		echo_understood(turn, strand, turn_question(turn, no)->answer);
	return true;
}
