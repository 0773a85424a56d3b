/*
 * What one event makes of one case.  Runs in core, simulate, explain, test and
 * replay, which all call decide(); pure: no clock, no file, no SQL.
 * Invariant: when it returns, state is what the store will hold once the
 * decision is applied.
 * Fails: never; what the rules cannot settle is held and put before a person.
 */
#include <string.h>

#include "case/match.h"
#include "case/turn.h"

static const struct where NOWHERE = { NULL, 0 };

/* ---- Beginning and ending a turn */

/* Arrays that came from elsewhere are copied, so that they may grow. */
#define COPY(turn, items, count, type) do {					\
	type *from_ = (items);							\
	size_t n_ = (count);							\
	(items) = NULL;								\
	(count) = 0;								\
	for (size_t i_ = 0; i_ < n_; i_++)					\
		*(type *)arena_push((turn)->arena, (items), (count)) = from_[i_];	\
} while (0)

static void
turn_begin(struct turn *turn, struct arena *arena, const struct pack *pack, const struct world *world,
    struct case_state *state, const struct event *event, instant now)
{
	memset(turn, 0, sizeof(*turn));
	turn->arena = arena;
	turn->pack = pack;
	turn->world = *world;
	turn->directory = *world->directory;
	turn->world.directory = &turn->directory;
	turn->state = state;
	turn->event = event;
	turn->now = now;
	turn->today = instant_date(now);
	turn->decision = arena_alloc(arena, sizeof(*turn->decision));
	turn->decision->next_due = INSTANT_NONE;
	turn->mail_index = -1;
	if (event->mail != NULL && event->mail->from.address != NULL && event->mail->from.address[0] != '\0')
		turn->sender = event->mail->from.address;
	COPY(turn, turn->directory.absences, turn->directory.absence_count, struct absence);
	COPY(turn, state->facts, state->fact_count, struct case_fact);
	COPY(turn, state->strands, state->strand_count, struct case_strand);
	COPY(turn, state->entries, state->entry_count, struct case_entry);
	COPY(turn, state->deadlines, state->deadline_count, struct case_deadline);
	COPY(turn, state->questions, state->question_count, struct case_question);
	COPY(turn, state->rungs, state->rung_count, struct case_rung);
	COPY(turn, state->mails, state->mail_count, struct case_mail);
	COPY(turn, state->sent, state->sent_count, struct case_sent);
}

static void
turn_end(struct turn *turn, struct decision **decision_r)
{
	struct decision *decision = turn->decision;

	schedule_deadlines(turn);
	stage_finish(turn);
	schedule_settle(turn);
	acts_merge(turn);
	for (size_t i = 0; i < decision->mail_count; i++) {
		const struct case_strand *strand = turn_strand(turn, decision->mails[i].strand);

		decision->mails[i].strand_name = strand == NULL ? NULL : strand->name;
	}
	for (size_t i = 0; i < turn->touched_strand_count; i++)
		*arena_push(turn->arena, decision->strands, decision->strand_count) =
		    *turn_strand(turn, turn->touched_strands[i]);
	for (size_t i = 0; i < turn->touched_question_count; i++)
		*arena_push(turn->arena, decision->questions, decision->question_count) =
		    *turn_question(turn, turn->touched_questions[i]);
	*decision_r = decision;
}

/* ---- A mail joins the case */

static void
mail_joins(struct turn *turn)
{
	const struct message *message = turn->event->mail;
	const struct kind *kind = turn->event->classified->kind;
	struct case_mail *mail = arena_push(turn->arena, turn->state->mails, turn->state->mail_count);

	*mail = (struct case_mail){
		.message = turn->event->message,
		.kind = message->notice != NOTICE_NONE ? notice_name(message->notice) :
		    kind == NULL ? "other" : kind->name,
		.from = turn->sender == NULL ? "" : turn->sender,
		.received = turn->event->at, .message_id = message->message_id,
	};
	for (size_t i = 0; i < message->document_count; i++)
		if (!message->documents[i].is_inline)
			*arena_push(turn->arena, mail->documents, mail->document_count) = message->documents[i];
	turn->mail_index = (int)turn->state->mail_count - 1;
}

static bool
is_identity(const char *name)
{
	static const char *const names[] = { "child-name", "date-of-birth", "nhs-number", "upn", "reference" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* What the mail tells. Who the child is, once known, a later mail does not change. */
static void
mail_facts(struct turn *turn, int strand)
{
	const struct classified *classified = turn->event->classified;

	for (size_t i = 0; i < classified->fact_count; i++) {
		const struct found_fact *fact = &classified->facts[i];
		bool identity = is_identity(fact->name);

		if (!identity && (strcmp(fact->name, "received") == 0 || strcmp(fact->name, "marking") == 0 ||
		    strcmp(fact->name, "sender-role") == 0))
			continue;
		if (identity && (case_fact_value(turn->state, 0, fact->name) != NULL || fact->source == SOURCE_QUOTED))
			continue;
		turn_set_fact(turn, identity ? 0 : strand, fact->name, fact->value, fact->source,
		    turn->sender == NULL ? "" : turn->sender);
	}
	if (turn->state->reference[0] == '\0' && case_fact_value(turn->state, 0, "reference") != NULL) {
		turn->state->reference = case_fact_value(turn->state, 0, "reference");
		turn->decision->reference = turn->state->reference;
	}
}

static void
alerts_take(struct turn *turn)
{
	for (size_t i = 0; i < turn->event->classified->alert_count; i++) {
		const struct alert *alert = turn->event->classified->alerts[i];
		struct act act = { .word = ACT_SEND, .value = "alert" };
		struct row row = { .acts = &act, .act_count = 1, .to = alert->to, .where = alert->where, .urgent = true };

		turn_why(turn, alert->where, "alert \"%s\"", alert->name);
		acts_run(turn, 0, &row, NULL);
	}
}

/*
 * A mail that waits for a person is none of its kind yet: it must not move a
 * date, count as received, or be what a later row passes on.
 */
static void
mail_waits(struct turn *turn)
{
	if (turn->mail_index >= 0)
		turn->state->mails[turn->mail_index].kind = "waits";
}

static void
untaken(struct turn *turn, const char *reason)
{
	mail_waits(turn);
	turn->decision->needs_person = true;
	turn_hold(turn, 0, NOWHERE, "%s", reason);
	acts_tell_owner(turn, 0, NOWHERE, "triage", "triage", reason);
}

/* ---- Which strand takes a mail of a kind */

struct taker { int strand; const struct row *row; };

static bool
is_senders_own(struct turn *turn, int strand)
{
	struct chased chased = turn_chased(turn, strand);
	struct strs people = turn_chased_people(turn, strand, &chased);

	return turn->sender != NULL && strs_has_nocase(&people, turn->sender);
}

static bool
names_its_service(const struct turn *turn, const struct case_strand *strand)
{
	const struct message *mail = turn->event->mail;
	const char *texts[] = { mail->subject, mail->new_text };

	for (size_t s = 0; s < turn->pack->service_count; s++) {
		const struct service *service = &turn->pack->services[s];

		if (strcmp(service->name, strand->service) != 0)
			continue;
		for (size_t w = 0; w < service->words.n; w++)
			for (size_t t = 0; t < 2; t++) {
				struct pattern *pattern;

				if (pattern_compile(turn->arena, service->words.v[w], NULL, 0, &pattern, NULL) == 0 &&
				    pattern_find(pattern, turn->arena, texts[t], NULL, 0, NULL))
					return true;
			}
	}
	return false;
}

/* Of several strands of one name, the one that the mail belongs to; 0 if it cannot be said. */
static int
one_of_several(struct turn *turn, const struct taker *takers, size_t count, const char *name)
{
	int own = 0, named = 0, fitting = 0;
	size_t owns = 0, nameds = 0, fittings = 0;

	for (size_t i = 0; i < count; i++) {
		const struct case_strand *strand = turn_strand(turn, takers[i].strand);

		if (strcmp(strand->name, name) != 0)
			continue;
		fittings++;
		fitting = strand->no;
		if (is_senders_own(turn, strand->no)) {
			owns++;
			own = strand->no;
		}
		if (strand->service[0] != '\0' && names_its_service(turn, strand)) {
			nameds++;
			named = strand->no;
		}
	}
	return fittings == 1 ? fitting : owns == 1 ? own : nameds == 1 ? named : 0;
}

static bool
strands_take(struct turn *turn, const char *kind)
{
	struct taker *takers = NULL;
	size_t count = 0;
	bool taken = false;

	for (size_t i = 0; i < turn->state->strand_count; i++) {
		int no = turn->state->strands[i].no;
		const struct row *row = stage_row_for(turn, no, ON_KIND, kind, false);

		if (row != NULL)
			*arena_push(turn->arena, takers, count) = (struct taker){ no, row };
	}
	for (size_t i = 0; i < count; i++) {
		const char *name = turn_strand(turn, takers[i].strand)->name;
		int one = one_of_several(turn, takers, count, name);

		if (one == 0) {
			untaken(turn, "A mail came that could belong to several lines of work of this case.");
			return true;
		}
		if (one != takers[i].strand)
			continue;
		question_settle_by_kind(turn, one, kind);
		if (!stage_take(turn, one, takers[i].row))
			question_unsettle(turn, one, kind);
		taken = true;
	}
	return taken;
}

static bool
strand_exists(const struct turn *turn, const char *name, bool open)
{
	for (size_t i = 0; i < turn->state->strand_count; i++)
		if (strcmp(turn->state->strands[i].name, name) == 0 &&
		    (!open || !turn->state->strands[i].final))
			return true;
	return false;
}

static bool
strands_begin(struct turn *turn, const char *kind)
{
	bool begun = false;

	for (size_t s = 0; s < turn->pack->strand_count; s++) {
		const struct strand *rules = &turn->pack->strands[s];

		if (strand_exists(turn, rules->name, false))
			continue;
		for (size_t i = 0; i < rules->begins.n; i++) {
			if (!stage_row_fits(turn, 0, &rules->begins.v[i], ON_KIND, kind))
				continue;
			stage_begin(turn, rules, "", &rules->begins.v[i]);
			begun = true;
			break;
		}
	}
	return begun;
}

static bool
pack_takes(struct turn *turn, const char *kind)
{
	for (size_t i = 0; i < turn->pack->always.n; i++) {
		const struct row *row = &turn->pack->always.v[i];

		if (stage_row_fits(turn, 0, row, ON_KIND, kind)) {
			stage_take(turn, 0, row);
			return true;
		}
	}
	return false;
}

/* Would this kind begin a strand that the case already has? */
static bool
is_repeat(const struct turn *turn, const char *kind, bool open)
{
	for (size_t s = 0; s < turn->pack->strand_count; s++) {
		const struct strand *rules = &turn->pack->strands[s];

		for (size_t i = 0; i < rules->begins.n; i++)
			if (strs_has(&rules->begins.v[i].names, kind) && strand_exists(turn, rules->name, open))
				return true;
	}
	return false;
}

static bool
any_says(struct turn *turn, const struct kind_test *test, const char *text)
{
	for (size_t i = 0; test != NULL && i < test->says_count; i++)
		if (pattern_find(test->says[i], turn->arena, text, NULL, 0, NULL))
			return true;
	return false;
}

/* A request names its child or encloses who it is about; a bare reference may as well ask where the answer is. */
static bool
says_who(const struct turn *turn)
{
	const struct classified *classified = turn->event->classified;

	for (size_t i = 0; i < classified->fact_count; i++)
		if (is_identity(classified->facts[i].name) && strcmp(classified->facts[i].name, "reference") != 0 &&
		    classified->facts[i].source != SOURCE_QUOTED && classified->facts[i].source != SOURCE_SUBJECT)
			return true;
	return turn->state->mails[turn->mail_index].document_count > 0;
}

/* A reply that is of this kind by its old subject alone: what it really says is for a person. */
static bool
only_subject_says(struct turn *turn, const struct kind *kind)
{
	const struct message *mail = turn->event->mail;
	bool reply = mail->in_reply_to[0] != '\0' || mail->references.n > 0 || mail->quoted_text[0] != '\0';

	return reply && kind->test.says_count > 0 && !any_says(turn, &kind->test, mail->new_text) &&
	    !any_says(turn, kind->or_test, mail->new_text) && !any_says(turn, &kind->test, mail->forwarded_text);
}

/* A repeated request joins and changes nothing; one with another printed date is shown to a person. */
static void
take_repeat(struct turn *turn, const struct kind *kind)
{
	const struct classified *classified = turn->event->classified;

	if (only_subject_says(turn, kind)) {
		untaken(turn, "A reply came under an old subject, and the rules do not say what its words are.");
		return;
	}
	if (strs_has(&kind->needs, "child") && !says_who(turn)) {
		untaken(turn, "A mail came that may be the same request again, or may ask where the answer is.");
		return;
	}
	turn->state->mails[turn->mail_index].kind = "repeat";
	for (size_t i = 0; i < kind->extract_count; i++) {
		const char *name = kind->extracts[i].fact;
		const char *now = classified_fact(classified, name), *before = case_fact_value(turn->state, 0, name);

		if (kind->extracts[i].or_received || now == NULL || (before != NULL && strcmp(now, before) == 0))
			continue;
		untaken(turn, arena_printf(turn->arena,
		    "The same request came again with another \"%s\". Nothing was changed; please say which one holds.", name));
		return;
	}
	turn_why(turn, kind->where, "the same request came again: joined, nothing is sent again");
}

static void
kind_take(struct turn *turn, const struct kind *kind)
{
	struct facts_mark before = turn_mark(turn);
	bool was_closed = turn->state->closed != INSTANT_NONE, taken;

	mail_facts(turn, 0);
	schedule_deadlines(turn);
	taken = strands_take(turn, kind->name);
	taken |= strands_begin(turn, kind->name);
	if (!taken && !was_closed)
		taken = pack_takes(turn, kind->name);
	if (taken)
		return;
	turn_undo(turn, &before);
	if (is_repeat(turn, kind->name, true) && !was_closed)
		take_repeat(turn, kind);
	else if (was_closed)
		untaken(turn, "A mail came about a case that has ended.");
	else
		untaken(turn, "A mail came for which the rules have no place at this stage of the case.");
}

static void
opened_rows(struct turn *turn)
{
	for (size_t i = 0; i < turn->pack->always.n; i++)
		if (stage_row_fits(turn, 0, &turn->pack->always.v[i], ON_OPENED, NULL))
			stage_take(turn, 0, &turn->pack->always.v[i]);
}

static void
wrong_child(struct turn *turn, struct where where, const char *wrong)
{
	mail_waits(turn);
	turn->decision->needs_person = true;
	turn_hold(turn, 0, where, "%s", wrong);
	acts_tell_owner(turn, 0, where, "ask", "held", arena_printf(turn->arena, "A mail from %s was not used: %s. "
	    "Please look at it, and ask for the right form.", turn->sender == NULL ? "somebody" : turn->sender, wrong));
}

/* Neither a request nor an end, nor somebody's absence, is believed of a sender who is not who From says. */
static const char forged_reason[] = "The mail server says that this mail does not come from the sender that it names. "
    "Nothing was changed.";

/* Automatic mail that is not believed: no mail goes out for it (promise no-loop), but it waits to be looked at. */
static void
forged_notice(struct turn *turn)
{
	mail_waits(turn);
	turn->decision->needs_person = true;
	turn_hold(turn, 0, NOWHERE, "%s", forged_reason);
}

static void
mail_take(struct turn *turn)
{
	const struct kind *kind = turn->event->classified->kind;
	bool opens = turn->state->strand_count == 0 && turn->state->mail_count == 0;
	const char *wrong;

	mail_joins(turn);
	alerts_take(turn);
	if (turn->event->mail->notice != NOTICE_NONE) {
		if (turn->event->forged)
			forged_notice(turn);
		else
			notice_take(turn);
		return;
	}
	/* Before answers: a file that comes with one is a new version. */
	if (!opens && (wrong = match_wrong_child(turn->arena, turn->pack, turn->event->mail, turn->state)) != NULL) {
		wrong_child(turn, kind == NULL ? NOWHERE : kind->where, wrong);
		return;
	}
	if (!opens && question_answer_by_mail(turn)) {
		turn->decision->is_answer = true;
		return;
	}
	if (turn->event->forged) {
		untaken(turn, forged_reason);
		return;
	}
	if (kind == NULL) {
		untaken(turn, "A mail came about this case, and the rules do not say what it is.");
		return;
	}
	if (opens) {
		turn->decision->opens_case = true;
		turn_why(turn, kind->where, "a case is opened");
	}
	kind_take(turn, kind);
	if (opens)
		opened_rows(turn);
}

void
decide(struct arena *arena, const struct pack *pack, const struct world *world,
    struct case_state *state, const struct event *event, instant now, struct decision **decision_r)
{
	struct turn turn;

	turn_begin(&turn, arena, pack, world, state, event, now);
	switch (event->type) {
	case EVENT_MAIL:
		mail_take(&turn);
		break;
	case EVENT_TIMER:
		schedule_run(&turn);
		break;
	case EVENT_CHANGED:
		for (size_t i = 0; i < state->strand_count; i++) {
			int no = state->strands[i].no;
			const struct row *row = stage_row_for(&turn, no, ON_CHANGED, event->changed, true);

			if (row != NULL)
				stage_take(&turn, no, row);
		}
		break;
	case EVENT_OPENED:
	case EVENT_ADMIN:
		break;
	}
	turn_end(&turn, decision_r);
}

void
decide_without_case(struct arena *arena, const struct pack *pack, const struct world *world,
    const struct event *event, const char *reason, bool ambiguous, instant now, struct decision **decision_r)
{
	struct case_state *empty = arena_alloc(arena, sizeof(*empty));
	enum notice notice = event->mail->notice;
	const struct kind *kind = event->classified->kind;
	struct turn turn;

	empty->reference = "";
	empty->opened = now;
	empty->closed = INSTANT_NONE;
	turn_begin(&turn, arena, pack, world, empty, event, now);
	alerts_take(&turn);
	if (event->forged) {
		if (notice != NOTICE_NONE)
			forged_notice(&turn);
		else
			untaken(&turn, forged_reason);
		turn.decision->next_due = INSTANT_NONE;
		*decision_r = turn.decision;
		return;
	}
	if (notice == NOTICE_BOUNCE && event->about_outbox != 0)
		for (size_t i = 0; i < event->mail->bounced_count; i++)
			turn_learn_absence(&turn, event->mail->bounced[i].address, DAY_NONE, "bounce");
	if (notice == NOTICE_OUT_OF_OFFICE || notice == NOTICE_AUTO_REPLY || notice == NOTICE_RECEIPT ||
	    notice == NOTICE_CALENDAR || notice == NOTICE_DELAY)
		notice_take(&turn);
	else if (notice == NOTICE_NONE && !ambiguous && kind != NULL && kind->kept)
		turn_why(&turn, kind->where, "kept: it opens no case, and is joined if the child comes again");
	else
		untaken(&turn, reason);
	turn.decision->next_due = INSTANT_NONE;
	*decision_r = turn.decision;
}
