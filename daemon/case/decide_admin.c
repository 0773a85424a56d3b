/*
 * What an administrator puts right: a fact corrected, a mail taken out of the
 * case, two cases made one, a strand put at another stage, a case closed, any
 * of that taken back, a pause.  The same rules as for a mail hold for what
 * follows from it.
 * Runs wherever decide() does; pure.  Invariant: what is refused has changed
 * nothing that the decision would store; its caller stores nothing then.
 * Fails: never; a refusal is a sentence in the decision.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "case/turn.h"

static const struct where NOWHERE = { NULL, 0 };

const char *
admin_word_name(enum admin_word word)
{
	static const char *const names[] = {
		[ADMIN_CORRECT] = "correct", [ADMIN_DETACH] = "detach", [ADMIN_MERGE] = "merge", [ADMIN_MOVE] = "move",
		[ADMIN_CLOSE] = "close", [ADMIN_UNDO] = "undo", [ADMIN_PAUSE] = "pause", [ADMIN_RESUME] = "resume",
		[ADMIN_EXCEPT] = "except",
	};

	return names[word];
}

static const char *
said(struct turn *turn, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	return arena_strdup(turn->arena, text);
}

void
admin_note(struct turn *turn, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strs_add(turn->arena, &turn->decision->notes, said(turn, fmt, ap));
	va_end(ap);
}

void
admin_refuse(struct turn *turn, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	turn->decision->refused = said(turn, fmt, ap);
	va_end(ap);
}

/* ---- Which strand */

static bool
is_called(struct turn *turn, const struct case_strand *strand, const char *name)
{
	return str_same(strand->name, name) || (strand->service[0] != '\0' && (str_same(strand->service, name) ||
	    str_same(arena_printf(turn->arena, "%s (%s)", strand->name, strand->service), name))) ||
	    strcmp(arena_printf(turn->arena, "%d", strand->no), name) == 0;
}

struct case_strand *
admin_strand(struct turn *turn, const char *name)
{
	struct case_state *state = turn->state;
	struct case_strand *found = NULL;
	struct strs names = { NULL, 0 };
	size_t fitting = 0;

	for (size_t i = 0; i < state->strand_count; i++) {
		struct case_strand *strand = &state->strands[i];

		strs_add(turn->arena, &names, strand->service[0] == '\0' ? strand->name :
		    arena_printf(turn->arena, "%s (%s)", strand->name, strand->service));
		if (!is_called(turn, strand, name))
			continue;
		fitting++;
		found = strand;
	}
	if (fitting == 1)
		return found;
	admin_refuse(turn, fitting == 0 ? "This case has no strand \"%s\"; it has %s." :
	    "This case has several strands \"%s\": %s. Say which, by its service.", name,
	    names.n == 0 ? "none" : strs_join(turn->arena, &names, ", "));
	return NULL;
}

/* ---- correct */

/* Has this person got the work of the stage already? */
static bool
has_been_sent(const struct turn *turn, const struct case_strand *strand, const char *address)
{
	for (size_t i = 0; i < turn->state->sent_count; i++) {
		const struct case_sent *sent = &turn->state->sent[i];

		if (sent->strand == strand->no && sent->at >= strand->entered && (sent->act == ACT_FORWARD || sent->act == ACT_SEND) &&
		    strs_has_nocase(&sent->to, address))
			return true;
	}
	return false;
}

/* Another worker: whoever is named stands in the role, and gets what the first one was sent on entry. */
static void
role_follows(struct turn *turn, int scope, const char *role, const char *address)
{
	for (size_t i = 0; i < turn->state->strand_count; i++) {
		struct case_strand *strand = &turn->state->strands[i];
		const char *waited = words_role_waited_for(turn, turn_stage(turn, strand->no));

		if (strand->final || waited == NULL || strcmp(waited, role) != 0 || (scope != 0 && scope != strand->no))
			continue;
		if (strand->chased[0] != '\0') {
			strand->chased = "";
			turn_touch_strand(turn, strand->no);
		}
		if (address[0] != '\0' && !has_been_sent(turn, strand, address))
			words_hand_over(turn, strand, address);
	}
}

/* Of whom a child is, only the name of the fact is said. */
static bool
says_who(const char *name)
{
	static const char *const names[] = { "child-name", "date-of-birth", "nhs-number", "upn" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void
note_fact(struct turn *turn, const char *name, const char *value)
{
	if (value[0] == '\0')
		admin_note(turn, "%s is no longer known.", name);
	else if (says_who(name))
		admin_note(turn, "%s is corrected.", name);
	else
		admin_note(turn, "%s is now %s.", name, value);
}

static void
correct(struct turn *turn)
{
	const struct admin *admin = turn->event->admin;
	const struct case_strand *strand = admin->strand == NULL ? NULL : admin_strand(turn, admin->strand);
	int scope = strand == NULL ? 0 : strand->no;
	size_t count = turn->state->deadline_count;
	const char *value, *before;
	bool *known;

	if (turn->decision->refused != NULL || (value = admin_fact_value(turn, admin->fact, admin->value)) == NULL)
		return;
	before = case_fact_value(turn->state, scope, admin->fact);
	if (strcmp(value, before == NULL ? "" : before) == 0) {
		admin_refuse(turn, value[0] == '\0' ? "%s is not known anyway." : "%s says that already.", admin->fact);
		return;
	}
	known = schedule_said(turn);
	turn_set_fact(turn, scope, admin->fact, value, SOURCE_HEADER, "administrator");
	note_fact(turn, admin->fact, value);
	admin_reference_follows(turn);
	schedule_deadlines(turn);
	schedule_forget(turn, known, count);
	role_follows(turn, scope, admin->fact, value);
	change_rows(turn);
}

/* ---- detach */

static void
detach(struct turn *turn)
{
	struct case_state *state = turn->state;
	size_t kept = 0, count = state->deadline_count;
	bool *known = schedule_said(turn);

	for (size_t i = 0; i < state->mail_count; i++)
		if (state->mails[i].message != turn->event->admin->message)
			state->mails[kept++] = state->mails[i];
	if (kept == state->mail_count) {
		admin_refuse(turn, "Mail %lld is not in this case.", (long long)turn->event->admin->message);
		return;
	}
	state->mail_count = kept;
	if (!admin_take_back(turn, turn->event->admin->message, 0))
		return;
	schedule_deadlines(turn);
	schedule_forget(turn, known, count);
}

/* ---- move */

static void
no_such_stage(struct turn *turn, const struct strand *rules, const char *name)
{
	const char **names = arena_alloc(turn->arena, (rules->stage_count + 1) * sizeof(*names)), *nearest;
	struct strs all = { NULL, 0 };

	for (size_t i = 0; i < rules->stage_count; i++) {
		names[i] = rules->stages[i].name;
		strs_add(turn->arena, &all, names[i]);
	}
	nearest = str_nearest(name, names);
	if (nearest != NULL)
		admin_refuse(turn, "The strand \"%s\" has no stage \"%s\"; did you mean \"%s\"?", rules->name, name, nearest);
	else
		admin_refuse(turn, "The strand \"%s\" has no stage \"%s\"; it has %s.", rules->name, name,
		    strs_join(turn->arena, &all, ", "));
}

static void
move(struct turn *turn)
{
	const struct admin *admin = turn->event->admin;
	const struct case_strand *strand = admin_strand(turn, admin->strand);
	const struct strand *rules = strand == NULL ? NULL : turn_strand_rules(turn, strand->no);

	if (strand == NULL)
		return;
	if (rules == NULL) {
		admin_refuse(turn, "The rules no longer know the strand \"%s\".", strand->name);
		return;
	}
	if (strand_stage(rules, admin->stage) == NULL) {
		no_such_stage(turn, rules, admin->stage);
		return;
	}
	if (strcmp(strand->stage, admin->stage) == 0 && strand->final == strand_stage(rules, admin->stage)->final) {
		admin_refuse(turn, "\"%s\" stands at \"%s\" already.", strand->name, strand->stage);
		return;
	}
	turn->quiet = admin->quiet;
	stage_go(turn, strand->no, admin->stage, NOWHERE);
	turn->quiet = false;
}

/* ---- close */

static void
close_case(struct turn *turn)
{
	struct case_state *state = turn->state;

	if (state->closed != INSTANT_NONE) {
		admin_refuse(turn, "This case is closed already.");
		return;
	}
	for (size_t i = 0; i < state->strand_count; i++) {
		struct case_strand *strand = &state->strands[i];

		question_withdraw(turn, strand->no, true);
		if (strand->final)
			continue;
		strand->final = true;
		turn_touch_strand(turn, strand->no);
		admin_note(turn, "%s ends at \"%s\".", strand->name, pack_called(turn->pack, turn->arena, strand->stage));
	}
	question_withdraw(turn, 0, true);
}

/* ---- undo */

static int
by_received(const struct case_state *state, const struct case_mail *mail)
{
	size_t at = 0;

	while (at < state->mail_count && state->mails[at].received <= mail->received)
		at++;
	return (int)at;
}

static void
mail_comes_back(struct turn *turn, const struct case_mail *mail)
{
	struct case_state *state = turn->state;
	size_t at = (size_t)by_received(state, mail);

	(void)arena_push(turn->arena, state->mails, state->mail_count);
	memmove(&state->mails[at + 1], &state->mails[at], (state->mail_count - 1 - at) * sizeof(*mail));
	state->mails[at] = *mail;
	admin_note(turn, "Mail %lld is in this case again.", (long long)mail->message);
}

static void
undo(struct turn *turn)
{
	const struct admin *admin = turn->event->admin;
	size_t count = turn->state->deadline_count;
	bool *known = schedule_said(turn);

	for (size_t i = 0; i < admin->back_count; i++)
		mail_comes_back(turn, &admin->back[i]);
	if (!admin_take_back(turn, 0, admin->undoes))
		return;
	for (size_t i = 0; i < admin->back_count; i++)
		admin_facts_again(turn, admin->back[i].message);
	admin_reference_follows(turn);
	schedule_deadlines(turn);
	schedule_forget(turn, known, count);
}

/* ---- All of them */

void
admin_take(struct turn *turn)
{
	const struct admin *admin = turn->event->admin;

	turn->decision->change = admin->change;
	turn_why(turn, NOWHERE, "an administrator says %s", admin_word_name(admin->word));
	switch (admin->word) {
	case ADMIN_CORRECT:
		correct(turn);
		break;
	case ADMIN_DETACH:
		detach(turn);
		break;
	case ADMIN_MERGE:
		admin_merge(turn);
		break;
	case ADMIN_MOVE:
		move(turn);
		break;
	case ADMIN_CLOSE:
		close_case(turn);
		break;
	case ADMIN_UNDO:
		undo(turn);
		break;
	case ADMIN_EXCEPT:
		except_take(turn);
		break;
	case ADMIN_PAUSE:	/* what the state says of it already; when it wants to be looked at is worked out anew */
	case ADMIN_RESUME:
		break;
	}
}

static void
strands_gone(struct case_state *state)
{
	size_t kept = 0;

	for (size_t i = 0; i < state->strand_count; i++)
		if (!state->strands[i].gone)
			state->strands[kept++] = state->strands[i];
	state->strand_count = kept;
}

void
admin_end(struct turn *turn)
{
	struct case_state *state = turn->state;
	struct decision *decision = turn->decision;

	strands_gone(state);
	/* Nothing is left of it, or it never had a strand: there is nothing to wait for. */
	if (state->strand_count > 0 || state->closed != INSTANT_NONE ||
	    (turn->event->admin->word != ADMIN_CLOSE && turn->event->admin->word != ADMIN_DETACH))
		return;
	state->closed = turn->now;
	decision->ends_case = true;
	decision->next_due = INSTANT_NONE;
}
