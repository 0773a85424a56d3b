/*
 * The daemon's own words, which a person may send about any case they have a
 * say in: ACK, EXTEND, HOLD, RESUME, REASSIGN, WHY, HELP and whatever a stage lists as a
 * command.  Who may say what: design section 7.
 * Runs wherever decide() does; pure.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case/turn.h"

static const struct where NOWHERE = { NULL, 0 };

/* Does line begin with this word?  rest_r: what follows it. */
static bool
begins_with(const char *line, const char *word, const char **rest_r)
{
	size_t len = strlen(word);

	while (isspace((unsigned char)*line))
		line++;
	if (!str_starts_nocase(line, word) || isalnum((unsigned char)line[len]))
		return false;
	line += len;
	while (*line == ' ' || *line == '\t' || *line == ':' || *line == '.')
		line++;
	*rest_r = line;
	return true;
}

static bool
is_owner(struct turn *turn)
{
	struct recipient_choice choice = { "owner", false };
	struct recipient owner = { &choice, 1, "owner" };
	struct recipients owners = { &owner, 1, { NULL, 0 } };
	struct people_query query = turn_query(turn, 0, NULL);

	return turn->sender != NULL && people_fits(turn->arena, &query, &owners, turn->sender);
}

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

/*
 * The strand that the words are about: the mail they answer was about it, or
 * it is the only one in which the sender, or one of theirs, is chased.
 */
static struct case_strand *
strand_meant(struct turn *turn, bool chased_themselves)
{
	struct case_strand *found = NULL;

	for (size_t i = 0; i < turn->state->strand_count; i++) {
		struct case_strand *s = &turn->state->strands[i];
		struct chased chased = turn_chased(turn, s->no);
		struct strs people = turn_chased_people(turn, s->no, &chased);
		struct strs by_right = turn_chased_by_right(turn, s->no, &chased);
		bool fits;

		if (s->final || people.n == 0)
			continue;
		/* A manager may be the one who stands in: it is still their colleague's work. */
		fits = is_manager_of_any(turn, &people) || is_manager_of_any(turn, &by_right) || is_owner(turn) ||
		    (chased_themselves && strs_has_nocase(&people, turn->sender));
		if (!fits)
			continue;
		if (found != NULL)
			return NULL;
		found = s;
	}
	return found;
}

static void
understood(struct turn *turn, int strand, const char *what)
{
	schedule_deadlines(turn);
	turn_why(turn, NOWHERE, "%s says %s", turn->sender, what);
	acts_tell(turn, strand, "echo", "echo", turn->sender,
	    arena_printf(turn->arena, "Your answer was understood: %s. %s", what,
	    turn->changes.n == 0 ? "Nothing else changes." : strs_join(turn->arena, &turn->changes, " ")));
}

static void
refused(struct turn *turn, int strand, const char *note)
{
	turn_why(turn, NOWHERE, "refused: %s", note);
	acts_tell(turn, strand, "echo", "echo-refused", turn->sender, note);
}

static void
say_extend(struct turn *turn, struct case_strand *strand, const char *rest)
{
	const struct stage *stage = turn_stage(turn, strand->no);
	const struct deadline *deadline = stage == NULL || stage->due == NULL ? NULL : pack_deadline(turn->pack, stage->due);
	const char *fact, *before;
	char *end;
	long days = strtol(rest, &end, 10), total;

	if (end == rest || days < 1 || days > 365) {
		refused(turn, strand->no, "EXTEND needs a number of days, for example: EXTEND 7 days: the school is closed.");
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
say_hold(struct turn *turn, struct case_strand *strand, bool hold)
{
	strand->held = hold;
	strand->held_at = hold ? turn->now : INSTANT_NONE;
	turn_touch_strand(turn, strand->no);
	turn_changed(turn, hold ? "Nothing goes to the person chased until RESUME; dates run on, and the mailbox owner is asked every week." :
	    "What was missed goes out once.");
	understood(turn, strand->no, hold ? "HOLD" : "RESUME");
}

/* The role that the stage waits for, where it is one person named on the case; else NULL. */
static const char *
role_waited_for(const struct turn *turn, const struct stage *stage)
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
static void
hand_over(struct turn *turn, const struct case_strand *strand, const char *address)
{
	static struct recipient_choice choice = { "them", false };
	static struct recipient them = { &choice, 1, "them" };
	const struct stage *stage = turn_stage(turn, strand->no);
	const char *role = role_waited_for(turn, stage);
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
	const struct person *found[2];
	char *text = arena_strdup(turn->arena, rest);
	const struct person *person = NULL;

	text[strcspn(text, "\r\n")] = '\0';
	text = str_squeeze(turn->arena, text);
	if (strchr(text, '@') != NULL)
		person = directory_find(&turn->directory, str_lower(turn->arena, text));
	else if (directory_named(&turn->directory, text, found, 2) == 1)
		person = found[0];
	if (person == NULL) {
		refused(turn, strand->no, arena_printf(turn->arena,
		    "The directory does not have exactly one person \"%s\". Please give the e-mail address.", text));
		return;
	}
	if (!acts_may_write(turn, person->address)) {
		refused(turn, strand->no,
		    "These rules may not write to that person: their address is in no domain that the rules allow. Please name somebody else.");
		return;
	}
	strand->chased = person->address;
	turn_touch_strand(turn, strand->no);
	turn_changed(turn, "Reminders now go to %s; no date moves.", person->name);
	hand_over(turn, strand, person->address);
	understood(turn, strand->no, "REASSIGN");
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
	acts_tell(turn, strand->no, "echo", "echo", turn->sender,
	    "That is for your manager to say, who has been asked. Until then nothing changes, and the date stands.");
	return true;
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
		acts_tell(turn, strand, "echo", "echo", by, "Your manager has not agreed to what you asked for. Nothing changes.");
		return;
	}
	if (begins_with(said, "EXTEND", &rest))
		say_extend(turn, s, rest);
	else if (begins_with(said, "REASSIGN", &rest))
		say_reassign(turn, s, rest);
	else
		say_hold(turn, s, begins_with(said, "HOLD", &rest));
	acts_tell(turn, strand, "echo", "echo", by, "Your manager has agreed to what you asked for.");
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

/* A row with "command" in a stage, the strand or the pack. */
static bool
say_command(struct turn *turn, const char *line)
{
	for (size_t i = 0; i < turn->state->strand_count; i++) {
		int no = turn->state->strands[i].no;
		const struct row *row = stage_row_for(turn, no, ON_COMMAND, line, true);
		struct capture captures[4];
		size_t count = 0;

		if (row == NULL)
			continue;
		pattern_begins(row->command, turn->arena, line, captures, 4, &count);
		for (size_t c = 0; c < count; c++) {
			const char *value = captures[c].text;
			dayno day;

			if (strcmp(captures[c].hole, "date") == 0 &&
			    date_parse_words(value, turn->today, DATE_AHEAD, &day) > 0)
				value = date_iso(turn->arena, day);
			turn_set_fact(turn, no, captures[c].as, value, SOURCE_NEW_TEXT, turn->sender);
		}
		stage_take(turn, no, row);
		understood(turn, no, pattern_source(row->command));
		return true;
	}
	return false;
}

/* ---- WHY and HELP: they change nothing */

static int
strand_asked_about(const struct turn *turn)
{
	const struct case_state *state = turn->state;

	for (size_t i = state->sent_count; turn->event->about_outbox != 0 && i-- > 0;)
		if (state->sent[i].outbox == turn->event->about_outbox && state->sent[i].strand != 0)
			return state->sent[i].strand;
	for (size_t i = 0; i < state->strand_count; i++)
		if (!state->strands[i].final)
			return state->strands[i].no;
	return state->strand_count > 0 ? state->strands[0].no : 0;
}

/* How the strand came to where it stands: its stages with their rules, its dates, who was chased when. */
static const char *
trace_of(struct turn *turn, int strand)
{
	const struct case_state *state = turn->state;
	struct arena *arena = turn->arena;
	struct strs lines = { NULL, 0 };

	for (size_t i = 0; i < state->entry_count; i++)
		if (state->entries[i].strand == strand)
			strs_add(arena, &lines, arena_printf(arena, "- %s: the case went to \"%s\" (%s)",
			    date_words(arena, instant_date(state->entries[i].at)), state->entries[i].stage, state->entries[i].rule));
	for (size_t i = 0; i < state->deadline_count; i++)
		if (!state->deadlines[i].superseded && (state->deadlines[i].strand == 0 || state->deadlines[i].strand == strand))
			strs_add(arena, &lines, arena_printf(arena, "- the date \"%s\": %s", state->deadlines[i].name,
			    state->deadlines[i].derivation));
	for (size_t i = 0; i < state->sent_count; i++)
		if (state->sent[i].strand == strand && (state->sent[i].act == ACT_REMIND || state->sent[i].act == ACT_ESCALATE))
			strs_add(arena, &lines, arena_printf(arena, "- %s: %s to %s", date_words(arena, instant_date(state->sent[i].at)),
			    state->sent[i].act == ACT_REMIND ? "a reminder" : "an escalation",
			    strs_join(arena, &state->sent[i].to, ", ")));
	return strs_join(arena, &lines, "\n");
}

static bool
say_why_or_help(struct turn *turn, const char *line)
{
	const char *rest;
	int strand = strand_asked_about(turn);

	if (begins_with(line, "WHY", &rest))
		acts_tell(turn, strand, "reply", "why", turn->sender, trace_of(turn, strand));
	else if (begins_with(line, "HELP", &rest))
		acts_tell(turn, strand, "reply", "help", turn->sender, "");
	else
		return false;
	turn_why(turn, NOWHERE, "%s asks %.4s", turn->sender, line);
	return true;
}

bool
words_take(struct turn *turn, const char *line)
{
	struct case_strand *strand;
	const char *rest = "";
	bool extend, hold, resume, reassign;

	if (turn->sender == NULL || directory_find(&turn->directory, str_lower(turn->arena, turn->sender)) == NULL)
		return false;
	if (turn->event->question == 0 && turn->event->about_outbox == 0 && !turn->world.answers_by_reference)
		return false;
	if (turn->event->authenticated && say_command(turn, line))
		return true;
	if (turn->event->authenticated && say_why_or_help(turn, line))
		return true;
	if (begins_with(line, "ACK", &rest))
		return say_ack(turn);
	extend = begins_with(line, "EXTEND", &rest);
	hold = !extend && begins_with(line, "HOLD", &rest);
	resume = !extend && !hold && begins_with(line, "RESUME", &rest);
	reassign = !extend && !hold && !resume && begins_with(line, "REASSIGN", &rest);
	if (!extend && !hold && !resume && !reassign)
		return false;
	strand = strand_meant(turn, false);
	if (strand == NULL && turn->event->authenticated && wish(turn, line))
		return true;
	if (strand == NULL || !turn->event->authenticated) {
		refused(turn, 0, "Only the manager of the person chased, or the mailbox owner, can say this, about a case in which somebody is being chased.");
		return true;
	}
	wish_settled(turn, strand->no);
	if (extend)
		say_extend(turn, strand, rest);
	else if (reassign)
		say_reassign(turn, strand, rest);
	else
		say_hold(turn, strand, hold);
	return true;
}
