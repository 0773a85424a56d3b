/*
 * What waits for a person, put to them by mail: the row's candidates, its
 * code, the answers with what they mean, reminders and escalation by the
 * pack's ladder for questions.  Answers: triage_say.c.
 * Runs in core and simulate.  Invariant: an open row is put to somebody once,
 * however often the same thing is held; and while it is open it wants to be
 * looked at again.
 * Fails: as the store does.
 */
#include <string.h>

#include "case/classify.h"
#include "case/decide.h"
#include "case/match_mail.h"
#include "case/triage.h"
#include "engine/engine_private.h"
#include "mail/record.h"
#include "rule/words.h"

/* ---- The row as a question, for the ladder and the templates */

static const struct pack *
pack_of(struct engine *engine, const struct triage_row *row, struct err *err)
{
	const struct pack *pack = engine_pack(engine, row->pack);

	if (pack == NULL)
		(void)err_set(err, ERR_CONFIG, "what waits belongs to the pack \"%s\", which is not loaded", row->pack);
	return pack;
}

/* A case with one open question and nothing else that could fall due. */
static int
as_question(struct engine *engine, struct arena *arena, const struct triage_row *row, struct case_state **state_r,
    struct err *err)
{
	struct case_state *state;
	struct case_question *question;
	bool ended;

	if (row->case_id == 0)
		state = case_empty(arena, row->at);
	else if (store_case_load(engine->store, arena, row->case_id, &state, err) == -1)
		return err_wrap(err, "case");
	/* The case has ended meanwhile: like its questions, it is chased no more; it is still listed. */
	ended = state->closed != INSTANT_NONE && state->closed > row->asked_at;
	state->strands = NULL;
	state->strand_count = 0;
	state->questions = NULL;
	state->question_count = 0;
	question = arena_push(arena, state->questions, state->question_count);
	*question = (struct case_question){
		.no = 1, .name = "triage", .asked = row->asked, .at = row->asked_at,
		.state = ended ? QUESTION_WITHDRAWN : QUESTION_OPEN, .answer = "", .answered_by = "", .answered_at = INSTANT_NONE,
	};
	if (store_triage_rungs(engine->store, arena, row->id, &state->rungs, &state->rung_count, err) == -1)
		return -1;
	for (size_t i = 0; i < state->rung_count; i++)
		state->rungs[i].question = question->no;
	*state_r = state;
	return 0;
}

/* The rungs that are due, and when it wants to be looked at next. */
static int
climb(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox, struct triage_row *row,
    struct case_state **state_r, struct world *world, instant now, struct decision **decision_r, struct err *err)
{
	struct event event = { .type = EVENT_TIMER, .at = now, .message = row->message };

	if (as_question(engine, arena, row, state_r, err) == -1 ||
	    engine_world(engine, arena, pack, mailbox, *state_r, NULL, now, world, err) == -1)
		return -1;
	decide(arena, pack, world, *state_r, &event, now, decision_r);
	row->due = (*decision_r)->next_due;
	if (row->due != INSTANT_NONE && row->due <= now)
		row->due = now + DAY_SECONDS;
	return 0;
}

/* ---- Candidates */

int
engine_candidates(struct engine *engine, struct arena *arena, const struct arrived *arrived, const struct decision *decision,
    struct err *err)
{
	int64_t cases[TRIAGE_CANDIDATES_MAX];
	struct triage_row *row;
	size_t n = 0;

	for (size_t i = 0; i < arrived->candidate_count && n < TRIAGE_CANDIDATES_MAX; i++)
		if (arrived->candidates[i].case_id != arrived->case_id)
			cases[n++] = arrived->candidates[i].case_id;
	for (size_t i = 0; i < decision->held_count && n > 0; i++) {
		const struct held *held = &decision->held[i];

		if (held->kind != TRIAGE_MAIL && held->kind != TRIAGE_FORM)
			continue;
		if (store_triage_open(engine->store, arena, arrived->case_id, arrived->message, held->reason, &row, err) == -1)
			return -1;
		if (row != NULL && store_triage_candidates_put(engine->store, row->id, cases, n, err) == -1)
			return -1;
	}
	return 0;
}

/* "J.B." of a name as the case knows it. */
static const char *
initials(struct arena *arena, const char *name)
{
	char *text = arena_alloc(arena, 4 * strlen(name) + 1), *out = text;

	while (*name != '\0') {
		size_t len = 1;

		name += strspn(name, " -'.,");
		if (*name == '\0')
			break;
		while (((unsigned char)name[len] & 0xc0) == 0x80)
			len++;
		memcpy(out, name, len);
		out += len;
		*out++ = '.';
		name += strcspn(name, " -");
	}
	*out = '\0';
	return text;
}

const char *
engine_case_words(struct arena *arena, const struct case_state *state)
{
	const char *name = case_fact_value(state, 0, "child-name");

	return arena_printf(arena, "%s%s%s%s%s", case_name(arena, state), name == NULL || name[0] == '\0' ? "" : " (",
	    name == NULL ? "" : initials(arena, name), name == NULL || name[0] == '\0' ? "" : ")",
	    state->closed == INSTANT_NONE ? "" : ", a closed case");
}

/* ---- The mail */

static const char *
meaning(enum triage_kind kind, const char *answer)
{
	static const struct { const char *answer, *meaning; } all[] = {
		{ "NEW", "it begins a case of its own" },
		{ "NOT A CASE", "it has nothing to do with any case, and is filed" },
		{ "DROP", "it is not sent" },
		{ "CONFIRM", "the sender has said so, and it counts" },
		{ "REFUSE", "the sender has not said so, and nothing happens" },
		{ "AGAIN", "what stood in the way has been put right; do it now" },
		{ "DONE", "it has been dealt with by hand; nothing more happens" },
	};

	if (strcmp(answer, "RELEASE") == 0)
		return kind == TRIAGE_OUTGOING ? "it is right, and is sent as it is" :
		    "the form is the right one, and is used";
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i].answer, answer) == 0)
			return all[i].meaning;
	return "";
}

bool
engine_begins(const struct pack *pack, const struct classified *classified)
{
	for (size_t i = 0; i < classified->possible_count; i++)
		if (match_begins_a_strand(pack, classified->possible[i]->name))
			return true;
	return false;
}

int
engine_may_begin(struct engine *engine, struct arena *arena, const struct triage_row *row, bool *may_r, struct err *err)
{
	const struct pack *pack = engine_pack(engine, row->pack);
	struct classified *classified;
	struct message_row *stored;
	struct message *message;
	struct err ignored;

	*may_r = pack == NULL || (row->kind != TRIAGE_MAIL && row->kind != TRIAGE_FORM);
	if (*may_r || row->message == 0)
		return 0;
	if (store_message(engine->store, arena, row->message, &stored, err) == -1)
		return err_wrap(err, "message");
	if (stored == NULL || strcmp(stored->kind, KIND_BY_HAND) == 0)
		return 0;
	if (row->message == engine->at_hand) {
		*may_r = engine->at_hand_begins;
		return 0;
	}
	if (record_decode(arena, stored->record, stored->record_len, &message, &ignored) == -1)
		return 0;
	classify(arena, pack, engine->directory, message, stored->received, &classified);
	*may_r = engine_begins(pack, classified);
	return 0;
}

int
engine_choices(struct engine *engine, struct arena *arena, const struct triage_row *row, struct strs *answers_r,
    struct strs *choices_r, struct err *err)
{
	struct case_state *state;
	int64_t *cases;
	size_t count;
	bool begins;

	if (store_triage_candidates(engine->store, arena, row->id, &cases, &count, err) == -1 ||
	    engine_may_begin(engine, arena, row, &begins, err) == -1)
		return -1;
	*answers_r = triage_answers(arena, row->kind, count, begins);
	*choices_r = (struct strs){ NULL, 0 };
	for (size_t i = 0; i < answers_r->n; i++) {
		const char *answer = answers_r->v[i];

		if (answer[0] < '0' || answer[0] > '9') {
			strs_add(arena, choices_r, arena_printf(arena, "%s: %s", answer, meaning(row->kind, answer)));
			continue;
		}
		if (store_case_load(engine->store, arena, cases[i], &state, err) == -1)
			return err_wrap(err, "case");
		strs_add(arena, choices_r, arena_printf(arena, "%s: it belongs to %s", answer, engine_case_words(arena, state)));
	}
	if (row->kind == TRIAGE_MAIL || row->kind == TRIAGE_FORM)
		strs_add(arena, choices_r, "the reference of another case: it belongs to that one");
	return 0;
}

static int
dress(struct engine *engine, struct arena *arena, const struct triage_row *row, struct outgoing *mail, instant now,
    struct err *err)
{
	struct strs choices, lines = { NULL, 0 };

	if (engine_choices(engine, arena, row, &mail->answers, &choices, err) == -1)
		return -1;
	for (size_t i = 0; i < choices.n; i++) {
		if (i < mail->answers.n)
			strs_add(arena, &mail->meanings, choices.v[i] + strlen(mail->answers.v[i]) + strlen(": "));
		else
			strs_add(arena, &lines, arena_printf(arena, "- %s", choices.v[i]));
	}
	mail->choices = strs_join(arena, &lines, "\n");
	mail->triage = row->id;
	if (row->asked_at < now)
		mail->since = date_words(arena, instant_date(row->asked_at));
	if (row->due != INSTANT_NONE)
		mail->by = date_words(arena, instant_date(row->due));
	return 0;
}

/* So that whoever is asked can find it: the mail itself is not shown. */
static const char *
note_with_sender(struct arena *arena, const struct event *event, const char *note)
{
	const char *from = event->mail == NULL ? NULL : event->mail->from.address;
	/* A reason need not be a sentence; an address keeps its small letters. */
	const char *sentence = strchr(note, '\n') != NULL || memchr(note, '@', strcspn(note, " ")) != NULL ?
	    NULL : words_sentence(arena, note);

	if (sentence != NULL)
		note = sentence;
	if (from == NULL || from[0] == '\0' || strstr(note, from) != NULL)
		return note;
	return arena_printf(arena, "%s\n\nThe mail came from %s on %s.", note, from,
	    date_words(arena, instant_date(event->at)));
}

static bool
is_about_a_row(const struct outgoing *mail)
{
	return mail->held != NULL || (mail->note != NULL && mail->question == 0 && (strcmp(mail->act_name, "triage") == 0 ||
	    (strcmp(mail->act_name, "ask") == 0 && strcmp(mail->template, "held") == 0)));
}

static int
row_of(struct engine *engine, struct arena *arena, const struct pack *pack, int64_t case_id, const struct event *event,
    const struct outgoing *mail, instant now, struct triage_row **row_r, struct err *err)
{
	const char *reason = mail->held != NULL ? mail->held : mail->note;
	struct triage_row fresh = {
		.case_id = case_id, .message = event->message, .pack = pack->name, .reason = reason, .state = "open", .at = now,
		.rule = mail->rule.file == NULL ? "" : where_text(arena, mail->rule),
	};

	if (store_triage_open(engine->store, arena, case_id, event->message, reason, row_r, err) == -1)
		return -1;
	if (*row_r != NULL)
		return 0;
	if (store_triage_add(engine->store, &fresh, err) == -1)
		return -1;
	return store_triage(engine->store, arena, fresh.id, row_r, err);
}

int
engine_put_to(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox, int64_t case_id,
    const struct event *event, struct outgoing *mail, instant now, bool *put_before_r, struct err *err)
{
	struct triage_row *row;
	struct case_state *state;
	struct decision *decision;
	struct world world;
	bool chased;

	*put_before_r = false;
	if (mail->triage != 0 || !is_about_a_row(mail))
		return 0;
	if (row_of(engine, arena, pack, case_id, event, mail, now, &row, err) == -1)
		return err_wrap(err, "triage");
	*put_before_r = row->asked.n > 0;
	if (*put_before_r)
		return 0;
	chased = row->template[0] != '\0' || row->outbox != 0;	/* else it was only told */
	row->template = mail->template;
	row->note = mail->note = note_with_sender(arena, event, mail->note);
	row->asked = mail->to;
	row->asked_at = now;
	if ((chased && climb(engine, arena, pack, mailbox, row, &state, &world, now, &decision, err) == -1) ||
	    store_triage_put(engine->store, row, err) == -1 || dress(engine, arena, row, mail, now, err) == -1)
		return err_wrap(err, "triage");
	return 0;
}

/* ---- Timers */

static instant
next_working_day(const struct pack *pack, instant now)
{
	return instant_at(calendar_add_working(pack->calendar, instant_date(now), 1), pack->timers_at);
}

int
engine_unasked(struct engine *engine, struct arena *arena, const struct pack *pack, const struct arrived *arrived,
    const struct decision *decision, instant now, struct err *err)
{
	struct triage_row *row;

	for (size_t i = 0; i < decision->held_count; i++) {
		if (decision->held[i].template == NULL)
			continue;
		if (store_triage_open(engine->store, arena, arrived->case_id, arrived->message, decision->held[i].reason, &row, err) == -1)
			return -1;
		if (row == NULL || row->asked.n > 0)
			continue;
		row->note = row->reason;
		row->due = next_working_day(pack, now);
		if (store_triage_put(engine->store, row, err) == -1)
			return -1;
	}
	return 0;
}

/* Nobody held the post until now: the owner is told as soon as there is one. */
static void
ask_owner(struct arena *arena, const struct pack *pack, struct triage_row *row, struct case_state *state,
    const struct world *world, instant now, struct decision **decision_r)
{
	struct event event = { .type = EVENT_TIMER, .at = now, .message = row->message };
	struct triage_telling telling = { "triage", row->template, row->note, true };

	triage_tell(arena, pack, world, state, &event, &telling, now, decision_r);
	if ((*decision_r)->mail_count > 0) {
		row->asked = (*decision_r)->mails[0].to;
		row->asked_at = now;
	}
	row->due = next_working_day(pack, now);
}

int
engine_triage_timer(struct engine *engine, struct arena *arena, int64_t id, instant now, struct err *err)
{
	struct event event = { .type = EVENT_TIMER, .at = now };
	const struct pack *pack;
	struct triage_row *row;
	struct case_state *state;
	struct decision *decision;
	struct world world;
	const char *mailbox;

	if (store_triage(engine->store, arena, id, &row, err) == -1)
		return err_wrap(err, "triage");
	if (row == NULL || strcmp(row->state, "open") != 0)
		return 0;
	if ((pack = pack_of(engine, row, err)) == NULL ||
	    engine_mailbox(engine, arena, pack, row->message, &mailbox, err) == -1 ||
	    climb(engine, arena, pack, mailbox, row, &state, &world, now, &decision, err) == -1)
		return -1;
	if (row->asked.n == 0)
		ask_owner(arena, pack, row, state, &world, now, &decision);
	event.message = row->message;
	decision->held_count = 0;	/* what waits is waiting already */
	for (size_t i = 0; i < decision->mail_count; i++) {
		struct outgoing *mail = &decision->mails[i];

		mail->template = row->template;
		mail->note = row->note;
		mail->question = 0;
		if (dress(engine, arena, row, mail, now, err) == -1)
			return err_wrap(err, "triage");
	}
	if (store_triage_rungs_put(engine->store, id, decision->rungs, decision->rung_count, err) == -1 ||
	    store_triage_put(engine->store, row, err) == -1)
		return err_wrap(err, "triage");
	if (engine->desk.on_decision != NULL)
		engine->desk.on_decision(engine->desk.ctx, pack, state, decision, now);
	if (engine_mailings(engine, arena, pack, mailbox, row->case_id, row->case_id == 0 ? NULL : state, &world, &event,
	    decision, now, err) == -1)
		return -1;
	return engine_journal(engine, arena, row->case_id, &event, decision, now, err);
}
