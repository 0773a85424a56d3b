/*
 * The daemon's own words, which a person may send about any case they have a
 * say in: ACK, EXTEND, EXCEPTION, HOLD, RESUME, REASSIGN, DONE, STOP and whatever a stage
 * lists as a command.  Who may say what: design section 7.  WHY and HELP:
 * decide_why.c.
 * Runs wherever decide() does; pure.
 * Invariant: a word counts from somebody who may say it, and is proven to have
 * said it; a word that merely begins a sentence is none.
 * Fails: never; what is not done is said to whoever asked for it.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case/turn.h"
#include "rule/answer.h"

static const struct where NOWHERE = { NULL, 0 };

static bool
is_manager_of_any(const struct turn *turn, const struct strs *people)
{
	for (size_t i = 0; i < people->n; i++) {
		const struct person *person = directory_find(&turn->directory, people->v[i]);

		if (person != NULL && person->manager[0] != '\0' && str_same(person->manager, turn->sender))
			return true;
	}
	return false;
}

/* Of the mail that they answer; 0: of none, or of the case's. */
static int
strand_written_about(struct turn *turn)
{
	const struct case_question *question = turn->event->question == 0 ? NULL : turn_question(turn, turn->event->question);

	return question != NULL ? question->strand : turn->event->about != NULL ? turn->event->about->strand : 0;
}

/*
 * The strand that the words are about: the mail they answer was about it, or
 * it is the only one in which the sender, or one of theirs, is chased.
 */
static struct case_strand *
strand_meant(struct turn *turn, bool chased_themselves)
{
	struct case_strand *found = NULL;
	bool several = false;

	for (size_t i = 0; i < turn->state->strand_count; i++) {
		struct case_strand *s = &turn->state->strands[i];
		struct chased chased = turn_chased(turn, s->no);
		struct strs people = turn_chased_people(turn, s->no, &chased);
		struct strs by_right = turn_chased_by_right(turn, s->no, &chased);
		bool fits;

		if (s->final || people.n == 0)
			continue;
		/* A manager may be the one who stands in: it is still their colleague's work. */
		fits = is_manager_of_any(turn, &people) || is_manager_of_any(turn, &by_right) ||
		    person_is_owner(turn, turn->sender) ||
		    (chased_themselves && strs_has_nocase(&people, turn->sender));
		if (!fits)
			continue;
		if (s->no == strand_written_about(turn))
			return s;
		several |= found != NULL;
		found = s;
	}
	return several ? NULL : found;
}

static void
understood(struct turn *turn, int strand, const char *what)
{
	turn_why(turn, NOWHERE, "%s says %s", turn->sender, what);
	reply_understood(turn, strand, what);
}

static void
refused(struct turn *turn, int strand, const char *note)
{
	reply_refused(turn, strand, 0, note);
}

/* ---- What each of them does */

static void
say_extend(struct turn *turn, struct case_strand *strand, const char *rest)
{
	const struct stage *stage = turn_stage(turn, strand->no);
	const struct deadline *deadline = stage == NULL || stage->due == NULL ? NULL : pack_deadline(turn->pack, stage->due);
	const char *fact, *before, *reason, *help;
	long days, total;

	if (!answer_days(rest, &days, &reason, &help)) {
		refused(turn, strand->no, help);
		return;
	}
	if (deadline == NULL || deadline->fixed) {
		refused(turn, strand->no, "This date is fixed by law or by the authority and cannot be extended.");
		return;
	}
	fact = arena_printf(turn->arena, "extended %s", deadline->name);
	before = case_fact_value(turn->state, strand->no, fact);
	total = days + (before == NULL ? 0 : strtol(before, NULL, 10));
	turn_set_fact(turn, strand->no, fact, arena_printf(turn->arena, "%ld", total), SOURCE_NEW_TEXT, turn->sender);
	understood(turn, strand->no, arena_printf(turn->arena, "EXTEND %ld days", days));
}

static void
say_hold(struct turn *turn, struct case_strand *strand, bool hold, const char *reason)
{
	if (hold && reason[0] != '\0')
		turn_set_fact(turn, strand->no, "hold-reason", arena_strndup(turn->arena, reason, strcspn(reason, "\r\n")),
		    SOURCE_NEW_TEXT, turn->sender);
	strand->held = hold;
	strand->held_at = hold ? turn->now : INSTANT_NONE;
	turn_touch_strand(turn, strand->no);
	turn_changed(turn, hold ? "Nothing goes to the person chased until RESUME; dates run on, and the mailbox owner is asked every week." :
	    "What was missed goes out once.");
	understood(turn, strand->no, hold ? "HOLD" : "RESUME");
}

/* The role that the stage waits for, where it is one person named on the case; else NULL. */
const char *
words_role_waited_for(const struct turn *turn, const struct stage *stage)
{
	const struct recipient *one = stage != NULL && stage->waits_for.n == 1 ? &stage->waits_for.v[0] : NULL;
	const struct role *role;

	if (one == NULL || one->choice_count != 1 || one->choices[0].manager)
		return NULL;
	role = pack_role(turn->pack, one->choices[0].role);
	return role != NULL && role->source == ROLE_ON_CASE ? role->name : NULL;
}

static bool
goes_to(const struct row *row, const char *role)
{
	for (size_t i = 0; i < row->to.n; i++)
		for (size_t c = 0; c < row->to.v[i].choice_count; c++)
			if (!row->to.v[i].choices[c].manager && (strcmp(row->to.v[i].choices[c].role, "them") == 0 ||
			    (role != NULL && strcmp(row->to.v[i].choices[c].role, role) == 0)))
				return true;
	return false;
}

/* Whoever takes the work over stands in the role, and gets what the first one was sent on entry. */
void
words_hand_over(struct turn *turn, const struct case_strand *strand, const char *address)
{
	static struct recipient_choice choice = { "them", false };
	static struct recipient them = { &choice, 1, "them" };
	const struct stage *stage = turn_stage(turn, strand->no);
	const char *role = words_role_waited_for(turn, stage);
	struct chased chased;

	if (role != NULL)
		turn_set_fact(turn, strand->no, role, address, SOURCE_NEW_TEXT, turn->sender);
	chased = turn_chased(turn, strand->no);
	for (size_t i = 0; stage != NULL && i < stage->entry.n; i++) {
		struct row row = stage->entry.v[i];

		if (!goes_to(&row, role) || !stage_row_fits(turn, strand->no, &row, ON_NONE, NULL))
			continue;
		row.to = (struct recipients){ &them, 1, row.to.where };
		row.cc.n = 0;
		row.once = false;
		row.acts = NULL;
		row.act_count = 0;
		for (size_t a = 0; a < stage->entry.v[i].act_count; a++)
			if (stage->entry.v[i].acts[a].word == ACT_FORWARD || stage->entry.v[i].acts[a].word == ACT_SEND)
				*arena_push(turn->arena, row.acts, row.act_count) = stage->entry.v[i].acts[a];
		acts_run(turn, strand->no, &row, &chased);
	}
}

static void
say_reassign(struct turn *turn, struct case_strand *strand, const char *rest)
{
	const char *address, *wrong;

	if (!person_of_answer(turn, rest, &address, &wrong)) {
		refused(turn, strand->no, wrong);
		return;
	}
	strand->chased = address;
	turn_touch_strand(turn, strand->no);
	turn_changed(turn, "Reminders now go to %s; no date moves.", person_called(turn, address));
	words_hand_over(turn, strand, address);
	understood(turn, strand->no, "REASSIGN");
}

static void
say_exception(struct turn *turn, struct case_strand *strand, const char *rest)
{
	const char *wrong, *said = except_say(turn, strand->no, rest, &wrong);

	if (said == NULL)
		refused(turn, strand->no, wrong);
	else
		understood(turn, strand->no, said);
}

static bool
say_ack(struct turn *turn)
{
	struct case_strand *strand = strand_meant(turn, true);

	if (strand == NULL)
		return false;
	turn_set_fact(turn, strand->no,
	    arena_printf(turn->arena, "acknowledged by %s", str_lower(turn->arena, turn->sender)), "yes",
	    SOURCE_NEW_TEXT, turn->sender);
	turn_why(turn, NOWHERE, "%s acknowledges: the next reminder is left out", turn->sender);
	return true;
}

/* What only a manager may say, from the one chased: their manager is asked. */
static bool
wish(struct turn *turn, const char *line)
{
	const struct question *rules = pack_question(turn->pack, "wish");
	struct case_strand *strand = strand_meant(turn, true);
	const struct person *sender = directory_find(&turn->directory, str_lower(turn->arena, turn->sender));
	char *words = arena_strdup(turn->arena, line + strspn(line, " \t\n"));
	size_t first = turn->decision->mail_count;

	if (rules == NULL || strand == NULL || sender == NULL)
		return false;
	words[strcspn(words, "\r\n")] = '\0';
	turn_set_fact(turn, strand->no, "wish", words, SOURCE_NEW_TEXT, turn->sender);
	turn_set_fact(turn, strand->no, "wish-by", sender->address, SOURCE_NEW_TEXT, turn->sender);
	question_put(turn, strand->no, rules->name, NULL, rules->where);
	for (size_t i = first; i < turn->decision->mail_count; i++)
		turn->decision->mails[i].note = arena_printf(turn->arena, "%s wrote: %s", sender->name, words);
	turn_why(turn, rules->where, "%s wishes what only a manager may say: their manager is asked", turn->sender);
	reply_with(turn, strand->no, "echo", "echo",
	    "That is for your manager to say, who has been asked. Until then nothing changes, and the date stands.");
	return true;
}

/* Who stands in for everybody agrees with themselves, and has read so already. */
static void
tell_wisher(struct turn *turn, int strand, const char *by, const char *note)
{
	if (!str_same(by, turn->sender))
		acts_tell(turn, strand, "echo", "echo", by, note);
}

/* The manager's answer to a wish: AGREED does it as though they had said it themselves. */
void
words_wish_answered(struct turn *turn, int strand, const char *word)
{
	const char *said = case_fact_value(turn->state, strand, "wish");
	const char *by = case_fact_value(turn->state, strand, "wish-by"), *rest = "";
	struct case_strand *s = turn_strand(turn, strand);

	if (said == NULL || by == NULL || s == NULL || s->final)
		return;
	if (strcmp(word, "AGREED") != 0) {
		understood(turn, strand, word);
		tell_wisher(turn, strand, by, "Your manager has not agreed to what you asked for. Nothing changes.");
		return;
	}
	if (answer_word(said, "EXTEND", &rest))
		say_extend(turn, s, rest);
	else if (answer_word(said, "REASSIGN", &rest))
		say_reassign(turn, s, rest);
	else if (answer_word(said, "EXCEPTION", &rest))
		say_exception(turn, s, rest);
	else
		say_hold(turn, s, answer_word(said, "HOLD", &rest), rest);
	tell_wisher(turn, strand, by, "Your manager has agreed to what you asked for.");
}

/* Said by the manager in their own words: the question whether they agree is settled. */
static void
wish_settled(struct turn *turn, int strand)
{
	for (size_t i = 0; i < turn->state->question_count; i++) {
		struct case_question *question = &turn->state->questions[i];

		if (question->state == QUESTION_OPEN && question->strand == strand && strcmp(question->name, "wish") == 0)
			question_answered(turn, question, "AGREED", turn->sender);
	}
}

/* ---- The rules' own commands, and DONE */

/* "DONE" in a row that does not say from whom: from the one chased, or the mailbox owner. */
static bool
may_command(struct turn *turn, int strand, const struct row *row)
{
	struct chased chased = turn_chased(turn, strand);
	struct strs people = turn_chased_people(turn, strand, &chased);

	return row->from_whom.n > 0 || strs_has_nocase(&people, turn->sender) || is_manager_of_any(turn, &people) ||
	    person_is_owner(turn, turn->sender);
}

static const struct row *
command_said(struct turn *turn, const char *line, int *strand_r)
{
	int about = strand_written_about(turn);
	const struct row *found = NULL;

	for (size_t i = 0; i < turn->state->strand_count; i++) {
		int no = turn->state->strands[i].no;
		const struct row *row = stage_row_for(turn, no, ON_COMMAND, line, true);

		if (row == NULL || !may_command(turn, no, row) || (found != NULL && no != about))
			continue;
		found = row;
		*strand_r = no;
	}
	return found;
}

static void
say_command(struct turn *turn, const struct row *row, int strand, const char *line)
{
	struct capture captures[4];
	size_t count = 0;

	pattern_begins(row->command, turn->arena, line, captures, 4, &count);
	for (size_t c = 0; c < count; c++) {
		const char *value = captures[c].text, *wrong;
		dayno day;

		if (strcmp(captures[c].hole, "person") == 0 && !person_of_answer(turn, captures[c].text, &value, &wrong)) {
			acts_tell(turn, strand, "echo", "echo-refused", turn->sender, wrong);
			return;
		}
		if (strcmp(captures[c].hole, "date") == 0 && date_parse_words(value, turn->today, DATE_AHEAD, &day) > 0)
			value = date_iso(turn->arena, day);
		turn_set_fact(turn, strand, captures[c].as, value, SOURCE_NEW_TEXT, turn->sender);
	}
	stage_take(turn, strand, row);
	understood(turn, strand, pattern_source(row->command));
}

/* ---- STOP */

/* Everything of the mailbox waits until the end of the next working day: a pause without an end would be forgotten. */
static void
say_stop(struct turn *turn)
{
	dayno until = calendar_add_working(turn->pack->calendar, turn->today, 1);

	turn->decision->pause_until = instant_at(until, turn->pack->hours_to);
	turn_changed(turn, "Nothing more goes out for %s until %s, %02d:%02d; dates run on, and what was missed then goes out once. "
	    "To go on before that, reply RESUME to this mail; for a longer pause, ask the administrator.", turn->world.mailbox,
	    date_words(turn->arena, until), turn->pack->hours_to / 60, turn->pack->hours_to % 60);
	understood(turn, 0, "STOP");
}

static bool
is_paused(const struct turn *turn)
{
	return turn->world.paused_until != 0 && turn->world.paused_until != INSTANT_NONE && turn->world.paused_until > turn->now;
}

static void
say_go_on(struct turn *turn)
{
	turn->decision->pause_until = INSTANT_NONE;
	turn_changed(turn, "Mails go out for %s again; what was missed goes out once.", turn->world.mailbox);
	understood(turn, 0, "RESUME");
}

/* ---- Which word it is */

enum word_to_us { WORD_NONE, WORD_ACK, WORD_EXTEND, WORD_HOLD, WORD_RESUME, WORD_REASSIGN, WORD_DONE, WORD_STOP, WORD_EXCEPTION };

static bool
in_capitals(const char *line)
{
	size_t len = strcspn(line, " \t\n:.,;!?-\"");

	for (size_t i = 0; i < len; i++)
		if (!isupper((unsigned char)line[i]))
			return false;
	return len > 1;
}

/* "Hold on a minute" and "Done with this?" begin a sentence; "Done." and "HOLD family bereaved" are words to us. */
static bool
is_said(struct turn *turn, const char *line, size_t len)
{
	const char *rest = line + len + strspn(line + len, " \t");

	return in_capitals(line) || *rest == '\0' || strchr("\r\n:.,;!-", *rest) != NULL ||
	    answer_is_courtesy(turn->arena, arena_strndup(turn->arena, rest, strcspn(rest, "\n")));
}

static enum word_to_us
word_said(struct turn *turn, const char *line, const char **rest_r)
{
	static const struct { const char *word; enum word_to_us said; bool takes_more; } words[] = {
		{ "ACK", WORD_ACK, false }, { "EXTEND", WORD_EXTEND, true }, { "HOLD", WORD_HOLD, false },
		{ "RESUME", WORD_RESUME, false }, { "REASSIGN", WORD_REASSIGN, true }, { "DONE", WORD_DONE, false },
		{ "STOP", WORD_STOP, false }, { "EXCEPTION", WORD_EXCEPTION, true },
	};

	/* A mail that is of a kind is that, unless its word is unmistakable: "Done, the form is attached". */
	if (turn->event->classified->kind != NULL && !in_capitals(line))
		return WORD_NONE;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (answer_word(line, words[i].word, rest_r) &&
		    (words[i].takes_more || is_said(turn, line, strlen(words[i].word))))
			return words[i].said;
	return WORD_NONE;
}

/* ---- What the sender may say now */

static void
add_commands(struct turn *turn, int strand, struct strs *lines)
{
	const struct stage *stage = turn_stage(turn, strand);
	const struct strand *rules = turn_strand_rules(turn, strand);
	const struct rows *all[] = { stage == NULL ? NULL : &stage->on, rules == NULL ? NULL : &rules->always, &turn->pack->always };

	for (size_t a = 0; a < sizeof(all) / sizeof(all[0]); a++)
		for (size_t i = 0; all[a] != NULL && i < all[a]->n; i++) {
			const struct row *row = &all[a]->v[i];
			const char *source = row->event == ON_COMMAND ? pattern_source(row->command) : NULL;

			if (source != NULL && stage_row_fits(turn, strand, row, ON_COMMAND, answer_begins(turn->arena, source)) &&
			    may_command(turn, strand, row))
				strs_add_new(turn->arena, lines, arena_printf(turn->arena, "- %s", answer_shown(turn->arena, source)));
		}
}

static void
add_questions(struct turn *turn, struct strs *lines)
{
	for (size_t i = 0; i < turn->state->question_count; i++) {
		const struct case_question *question = &turn->state->questions[i];
		const struct question *rules = pack_question(turn->pack, question->name);
		struct strs answers = { NULL, 0 };

		if (question->state != QUESTION_OPEN || rules == NULL || !question_may_answer(turn, question))
			continue;
		for (size_t a = 0; a < rules->answer_count; a++)
			strs_add(turn->arena, &answers, answer_shown(turn->arena, rules->answers[a].text));
		if (answers.n > 0)
			strs_add(turn->arena, lines, arena_printf(turn->arena, "- %s: to the question of %s", strs_join(turn->arena, &answers, ", or "),
			    date_words(turn->arena, instant_date(question->at))));
		if (question_lies_with_owner(turn, question))
			strs_add_new(turn->arena, lines, "- ALLOCATE and a name: nobody holds the post that was asked; the question goes to them");
	}
}

const char *
words_permitted(struct turn *turn, int strand)
{
	struct strs lines = { NULL, 0 };
	const struct case_strand *above = strand_meant(turn, false), *own = strand_meant(turn, true);
	const char *exceptions;

	add_questions(turn, &lines);
	if (own != NULL && above == NULL)
		strs_add(turn->arena, &lines, "- ACK: you are on it; the next reminder is left out\n"
		    "- EXTEND 5 days: and the reason, HOLD: and the reason, REASSIGN and a name: your manager is asked whether they agree");
	if (above != NULL)
		strs_add(turn->arena, &lines, above->held ? "- RESUME: reminders go on" :
		    "- EXTEND 5 days: and the reason; the date moves by calendar days\n"
		    "- REASSIGN and a name: the work goes to a colleague; no date moves\n- HOLD: and the reason; reminders stop until RESUME");
	if (strand == 0 && own != NULL)
		strand = own->no;
	if (above != NULL && (exceptions = except_names(turn, above->no)) != NULL)
		strs_add(turn->arena, &lines, arena_printf(turn->arena, "- EXCEPTION and one of %s, until a day: and the reason; only where "
		    "the law allows it", exceptions));
	add_commands(turn, strand, &lines);
	if (person_is_owner(turn, turn->sender))
		strs_add(turn->arena, &lines, is_paused(turn) ? "- RESUME: mails go out again" :
		    "- STOP: nothing goes out for this mailbox until the end of the next working day");
	strs_add(turn->arena, &lines, "- WHY: how the mail that you reply to came about");
	return strs_join(turn->arena, &lines, "\n");
}

/* ---- Taking them */

static void
say_to_strand(struct turn *turn, struct case_strand *strand, enum word_to_us said, const char *rest)
{
	wish_settled(turn, strand->no);
	if (said == WORD_EXTEND)
		say_extend(turn, strand, rest);
	else if (said == WORD_REASSIGN)
		say_reassign(turn, strand, rest);
	else if (said == WORD_EXCEPTION)
		say_exception(turn, strand, rest);
	else
		say_hold(turn, strand, said == WORD_HOLD, rest);
}

static void
say(struct turn *turn, enum word_to_us said, const char *line, const char *rest)
{
	bool owner = person_is_owner(turn, turn->sender);
	struct case_strand *strand = strand_meant(turn, false);

	if (said == WORD_STOP && owner)
		say_stop(turn);
	else if (said == WORD_RESUME && owner && is_paused(turn) && (strand == NULL || !strand->held))
		say_go_on(turn);
	else if (said == WORD_ACK && say_ack(turn))
		return;
	else if (said == WORD_ACK || said == WORD_DONE || said == WORD_STOP)
		refused(turn, strand == NULL ? 0 : strand->no, arena_printf(turn->arena, "%s is not yours to say here, or not now. You may say:\n\n%s",
		    said == WORD_ACK ? "ACK" : said == WORD_DONE ? "DONE" : "STOP", words_permitted(turn, strand == NULL ? 0 : strand->no)));
	else if (strand != NULL)
		say_to_strand(turn, strand, said, rest);
	else if (!wish(turn, line))
		refused(turn, 0, "Only the manager of the person chased, or the mailbox owner, can say this, about a case in which somebody is being chased.");
}

bool
words_take(struct turn *turn, const char *line)
{
	const struct event *event = turn->event;
	const struct row *row = NULL;
	const char *rest = "";
	enum word_to_us said;
	int strand = 0;

	if (!person_is_colleague(turn, turn->sender))
		return false;
	if (event->question == 0 && event->about_outbox == 0 && !turn->world.answers_by_reference)
		return false;
	if (event->classified->kind == NULL || in_capitals(line))
		row = command_said(turn, line, &strand);
	said = row != NULL ? WORD_NONE : word_said(turn, line, &rest);
	if (row == NULL && said == WORD_NONE)
		return false;
	if (!event->authenticated)
		reply_unproven(turn, strand_written_about(turn));
	else if (row != NULL)
		say_command(turn, row, strand, line);
	else
		say(turn, said, line, rest);
	return true;
}
