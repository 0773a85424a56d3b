/*
 * Questions put to people: whom they go to, what the involvement list says to
 * them by itself, and withdrawing them.  Answers by mail: decide_answer.c.
 * Runs wherever decide() does; pure.  Invariant: a question is settled once.
 * Fails: never; what cannot be done is held for a person, with the reason.
 */
#include <string.h>

#include "case/turn.h"

void
question_withdraw(struct turn *turn, int strand, bool all)
{
	for (size_t i = 0; i < turn->state->question_count; i++) {
		struct case_question *question = &turn->state->questions[i];
		const struct question *rules = pack_question(turn->pack, question->name);

		if (question->strand != strand || question->state != QUESTION_OPEN)
			continue;
		if (!all && rules != NULL && rules->outlives_stage)
			continue;
		question->state = QUESTION_WITHDRAWN;
		turn_touch_question(turn, question->no);
	}
}

void
question_open_again(struct case_question *question)
{
	question->state = QUESTION_OPEN;
	question->answer = question->answered_by = "";
	question->answered_at = INSTANT_NONE;
}

static void
withdraw_named(struct turn *turn, int strand, const char *name)
{
	for (size_t i = 0; i < turn->state->question_count; i++) {
		struct case_question *question = &turn->state->questions[i];

		if (question->strand != strand || question->state != QUESTION_OPEN ||
		    strcmp(question->name, name) != 0)
			continue;
		question->state = QUESTION_WITHDRAWN;
		turn_touch_question(turn, question->no);
	}
}

struct case_question *
question_new(struct turn *turn, int strand, const char *name)
{
	const struct case_strand *s = turn_strand(turn, strand);
	struct case_question *question;
	int no = 1;

	for (size_t i = 0; i < turn->state->question_count; i++)
		if (turn->state->questions[i].no >= no)
			no = turn->state->questions[i].no + 1;
	question = arena_push(turn->arena, turn->state->questions, turn->state->question_count);
	*question = (struct case_question){
		.no = no, .strand = strand, .entry = s == NULL ? 0 : s->entry, .name = name,
		.at = turn->now, .state = QUESTION_OPEN, .answer = "", .answered_by = "",
		.answered_at = INSTANT_NONE,
	};
	turn_touch_question(turn, no);
	return question;
}

/* ---- What the involvement list says, in the words a person would use */

static const struct involvement *
first_open(const struct turn *turn)
{
	const struct world *world = &turn->world;

	/* The first service named by the role that the answer fills comes first. */
	for (size_t r = 0; r < turn->pack->role_count; r++) {
		const struct role *role = &turn->pack->roles[r];

		for (size_t s = 0; role->source == ROLE_ON_CASE && s < role->services.n; s++)
			for (size_t i = 0; i < world->involved_count; i++)
				if (world->involved[i].open &&
				    strcmp(world->involved[i].service, role->services.v[s]) == 0)
					return &world->involved[i];
	}
	for (size_t i = 0; i < world->involved_count; i++)
		if (world->involved[i].open)
			return &world->involved[i];
	return NULL;
}

static const struct involvement *
last_closed(const struct turn *turn)
{
	const struct involvement *last = NULL;

	for (size_t i = 0; i < turn->world.involved_count; i++) {
		const struct involvement *row = &turn->world.involved[i];

		if (!row->open && row->closed_on != DAY_NONE &&
		    (last == NULL || row->closed_on > last->closed_on))
			last = row;
	}
	return last;
}

const struct answer *
question_answer_fitting(const struct question *rules, struct arena *arena, const char *line, bool with_service)
{
	for (size_t i = 0; i < rules->answer_count; i++) {
		const struct answer *answer = &rules->answers[i];

		if (with_service && strstr(answer->text, "{service") == NULL)
			continue;
		if (pattern_begins(answer->pattern, arena, line, NULL, 0, NULL))
			return answer;
	}
	return NULL;
}

/* The answer that the list gives, with its line; NULL if it cannot say. */
const struct answer *
question_list_answer(struct turn *turn, const struct question *rules, const char **line_r)
{
	const struct involvement *row;
	struct arena *arena = turn->arena;
	const struct answer *answer = NULL;

	if ((row = first_open(turn)) != NULL) {
		if (row->worker[0] == '\0')
			return NULL;
		*line_r = arena_printf(arena, "OPEN %s %s", row->service, row->worker);
		answer = question_answer_fitting(rules, arena, *line_r, true);
		if (answer != NULL)
			return answer;
		*line_r = arena_printf(arena, "OPEN %s", row->worker);
	} else if ((row = last_closed(turn)) != NULL) {
		*line_r = row->worker[0] == '\0' ?
		    arena_printf(arena, "CLOSED %s", date_iso(arena, row->closed_on)) :
		    arena_printf(arena, "CLOSED %s WITH %s", date_iso(arena, row->closed_on), row->worker);
	} else {
		*line_r = "NOT KNOWN";
	}
	return question_answer_fitting(rules, arena, *line_r, false);
}

/* ---- Putting a question */

void
question_answers(struct turn *turn, int no, struct outgoing *mail)
{
	const struct case_question *question = turn_question(turn, no);
	const struct question *rules = question == NULL ? NULL : pack_question(turn->pack, question->name);

	if (rules == NULL)
		return;
	mail->question = no;
	for (size_t i = 0; i < rules->answer_count; i++)
		strs_add(turn->arena, &mail->answers, rules->answers[i].text);
}

void
question_mail(struct turn *turn, const struct case_question *question, const struct question *rules,
    struct where where)
{
	struct outgoing *mail = arena_push(turn->arena, turn->decision->mails, turn->decision->mail_count);
	const struct stage *stage = turn_stage(turn, question->strand);

	mail->act = ACT_ASK;
	mail->act_name = act_word_name(ACT_ASK);
	mail->template = rules->template;
	mail->to = question->asked;
	mail->strand = question->strand;
	mail->rule = where;
	question_answers(turn, question->no, mail);
	mail->why = question->of_role.n > 0 ? question->of_role.v[0] : "owner";
	if (rules->shows != NULL)
		strs_add(turn->arena, &mail->enclose, rules->shows);
	if (stage != NULL)
		mail->wants = stage->wants;
	acts_record(turn, mail);
	turn_why(turn, where, "ask \"%s\" of %s", question->name, strs_join(turn->arena, &question->asked, ", "));
}

static struct strs
people_to_ask(struct turn *turn, int strand, const struct recipient *of)
{
	struct chased chased = turn_chased(turn, strand);
	struct people_query query = turn_query(turn, strand, &chased);
	struct recipient_choice choices[] = { { "owner", false }, { "last-resort", false } };
	struct recipient owner = { choices, 2, "owner" };
	struct people people = { 0 };

	people_of(turn->arena, &query, of, &people);
	acts_drop_machines(turn, &people.addresses);
	if (people.addresses.n == 0) {
		memset(&people, 0, sizeof(people));
		people_of(turn->arena, &query, &owner, &people);
		acts_drop_machines(turn, &people.addresses);
	}
	for (size_t i = 0; i < people.notes.n; i++)
		turn_why(turn, (struct where){ NULL, 0 }, "%s", people.notes.v[i]);
	return people.addresses;
}

/* Silence is the one thing that must not follow. */
static void
nobody_asked(struct turn *turn, int strand, struct where where, const char *name)
{
	static const char said[] = "Nobody can be reached for a question (%s).";
	const char *note = arena_printf(turn->arena, said, pack_called(turn->pack, turn->arena, name));
	const char *known_by = arena_printf(turn->arena, said, name);
	struct outgoing *mail;

	turn_hold(turn, strand, where, "%s", note);
	turn->decision->held[turn->decision->held_count - 1].known_by = known_by;
	mail = acts_tell_owner(turn, strand, where, "ask", "held", note);
	if (mail != NULL)
		mail->held = known_by;
}

/*
 * Did the mail at hand bring what the question shows, from one who would be asked about it?  A question that such a
 * mail answers is put to its author all the same: whether it still holds, what is to be amended.
 */
static bool
asker_has_just_spoken(const struct turn *turn, const struct question *rules, const struct strs *asked)
{
	return rules->shows != NULL && (rules->by_mail == NULL || strcmp(rules->by_mail, rules->shows) != 0) && turn->sender != NULL && turn->mail_index >= 0 &&
	    turn->event->authenticated && strcmp(turn->state->mails[turn->mail_index].kind, rules->shows) == 0 &&
	    rules->answer_count > 0 && turn->event->classified->kind != NULL &&
	    strs_has_nocase(asked, turn->sender);
}

/* False: the row is held, and the question stays open: nobody would be asked or chased otherwise. */
bool
question_take_row(struct turn *turn, struct case_question *question, const char *word)
{
	const struct row *row = stage_row_for(turn, question->strand, ON_ANSWER, word, true);
	int no = question->no;

	/* A wish is settled by the daemon itself: a row for the AGREED of another question is not meant. */
	if (row == NULL || strcmp(question->name, "wish") == 0)
		return true;
	if (row->stay) {
		question->state = QUESTION_OPEN;
		turn_touch_question(turn, no);
	}
	if (stage_take(turn, question->strand, row))
		return true;
	question_open_again(turn_question(turn, no));
	return false;
}

void
question_answered(struct turn *turn, struct case_question *question, const char *word, const char *by)
{
	const struct question *rules = pack_question(turn->pack, question->name);

	question->state = QUESTION_ANSWERED;
	question->answer = word;
	question->answered_by = by;
	question->answered_at = turn->now;
	turn_touch_question(turn, question->no);
	if (rules != NULL)
		reached_add(turn->world.reached, rules->where, word);
}

static bool
question_by_list(struct turn *turn, int strand, const struct question *rules, struct where where)
{
	const struct answer *answer;
	struct case_question *question;
	const char *line;

	if (!rules->list_answers || !turn->world.list_is_fresh ||
	    (answer = question_list_answer(turn, rules, &line)) == NULL)
		return false;
	question = question_new(turn, strand, rules->name);
	return question_pass(turn, question, answer, "list", &where);
}

/* A new list may know what was asked of a person because the one before did not. */
void
question_ask_list(struct turn *turn)
{
	for (size_t i = 0; i < turn->state->question_count && turn->world.list_is_fresh && turn->world.involved_count > 0; i++) {
		struct case_question *question = &turn->state->questions[i];
		const struct question *rules = pack_question(turn->pack, question->name);
		const struct answer *answer;
		const char *line;
		int no = question->no;

		if (question->state != QUESTION_OPEN || rules == NULL || !rules->list_answers ||
		    (answer = question_list_answer(turn, rules, &line)) == NULL)
			continue;
		/* An answer that it cannot give after all leaves the question with the person. */
		if (!question_pass(turn, question, answer, "list", &(struct where){ rules->where.file, rules->where.line }))
			question_open_again(turn_question(turn, no));
	}
}

void
question_put(struct turn *turn, int strand, const char *name, const struct recipients *of, struct where where)
{
	const struct question *rules = pack_question(turn->pack, name);
	struct case_question *question;
	size_t several;

	if (rules == NULL) {
		turn_hold(turn, strand, where, "the rules know no question \"%s\"", name);
		return;
	}
	withdraw_named(turn, strand, name);
	reached_add(turn->world.reached, rules->where, NULL);
	if (question_by_list(turn, strand, rules, where))
		return;
	if (of == NULL)
		of = &rules->of;
	several = rules->one_after_the_other && of->n > 0 ? 1 : of->n;
	for (size_t i = 0; i < (several == 0 ? 1 : several); i++) {
		static const struct recipient_choice owner_choice = { "owner", false };
		const struct recipient owner = { (struct recipient_choice *)&owner_choice, 1, "owner" };
		const struct recipient *whom = of->n > 0 ? &of->v[i] : &owner;
		struct strs asked = people_to_ask(turn, strand, whom);

		question = question_new(turn, strand, rules->name);
		question->asked = asked;
		strs_add(turn->arena, &question->of_role, whom->text);
		if (asker_has_just_spoken(turn, rules, &asked)) {
			turn_why(turn, where, "\"%s\" is not asked of %s, who sent it", name, turn->sender);
			question_answered(turn, question, rules->answers[0].word, turn->sender);
			question_take_row(turn, question, rules->answers[0].word);
			return;
		}
		if (asked.n == 0)
			nobody_asked(turn, strand, where, name);
		else
			question_mail(turn, question, rules, where);
	}
}

/* The people asked cannot be reached: one question moves to whoever stands in, whatever else was asked beside it. */
void
question_again(struct turn *turn, struct case_question *question)
{
	const struct question *rules = pack_question(turn->pack, question->name);
	const struct stage *stage = turn_stage(turn, question->strand);
	const struct recipients *of = stage != NULL && stage->ask != NULL && stage->ask_of.n > 0 &&
	    strcmp(stage->ask, question->name) == 0 ? &stage->ask_of : rules == NULL ? NULL : &rules->of;
	const struct recipient_choice owner_choice = { "owner", false };
	struct recipient whom = { (struct recipient_choice *)&owner_choice, 1, "owner" };

	if (rules == NULL)
		return;
	for (size_t i = 0; question->of_role.n > 0 && i < of->n; i++)
		if (strcmp(of->v[i].text, question->of_role.v[0]) == 0)
			whom = of->v[i];
	question->state = QUESTION_WITHDRAWN;
	turn_touch_question(turn, question->no);
	question = question_new(turn, question->strand, rules->name);
	strs_add(turn->arena, &question->of_role, whom.text);
	question->asked = people_to_ask(turn, question->strand, &whom);
	if (question->asked.n == 0)
		nobody_asked(turn, question->strand, rules->where, question->name);
	else
		question_mail(turn, question, rules, rules->where);
}
