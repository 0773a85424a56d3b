/*
 * A mail joins its case: what must not be believed or used is put aside, an
 * answer goes to its question, everything else is of a kind (decide_kind.c).
 * Runs wherever decide() does; pure.  Invariant: a mail that waits for a
 * person is none of its kind until they have decided.
 * Fails: never.
 */
#include <string.h>

#include "case/match.h"
#include "case/outward.h"
#include "case/returned.h"
#include "case/turn.h"
#include "rule/answer.h"

static const struct where NOWHERE = { NULL, 0 };

/* ---- Into the case */

/* The one last put there goes to its place, oldest first: one that waited for a person is not the newest for that. */
static int
in_order(struct case_state *state)
{
	size_t at = state->mail_count - 1;

	for (; at > 0 && state->mails[at - 1].received > state->mails[at].received; at--) {
		struct case_mail later = state->mails[at - 1];

		state->mails[at - 1] = state->mails[at];
		state->mails[at] = later;
	}
	return (int)at;
}

static void
mail_joins(struct turn *turn)
{
	const struct message *message = turn->event->mail;
	const struct kind *kind = turn->event->classified->kind;
	struct case_mail *mail = arena_push(turn->arena, turn->state->mails, turn->state->mail_count);

	*mail = (struct case_mail){
		.message = turn->event->message,
		.kind = turn->event->by_hand ? KIND_BY_HAND : message->notice != NOTICE_NONE ? notice_name(message->notice) :
		    kind == NULL ? "other" : kind->name,
		.from = turn->event->by_hand ? message->from.address : turn->sender == NULL ? "" : turn->sender,
		.received = turn->event->at, .message_id = message->message_id,
	};
	for (size_t i = 0; i < message->document_count; i++)
		if (!message->documents[i].is_inline)
			*arena_push(turn->arena, mail->documents, mail->document_count) = message->documents[i];
	turn->mail_index = in_order(turn->state);
}

/* There is no case to look it up in. */
static void
alert_says_whose(struct turn *turn, size_t first)
{
	const char *note = arena_printf(turn->arena, "It came%s%s and belongs to no case yet; whoever looks after the mailbox "
	    "can show it to you.", turn->sender == NULL ? "" : " from ", turn->sender == NULL ? "" : turn->sender);

	for (size_t i = first; i < turn->decision->mail_count; i++)
		if (turn->decision->mails[i].note == NULL)	/* else the owner hears why nobody could be told */
			turn->decision->mails[i].note = note;
}

static void
alerts_take(struct turn *turn, bool without_case)
{
	size_t first = turn->decision->mail_count;

	for (size_t i = 0; !turn->event->again && i < turn->event->classified->alert_count; i++) {
		const struct alert *alert = turn->event->classified->alerts[i];
		struct act act = { .word = ACT_SEND, .value = "alert" };
		struct row row = { .acts = &act, .act_count = 1, .to = alert->to, .where = alert->where, .urgent = true,
		    .key = arena_printf(turn->arena, "alerts/%s", alert->name) };

		turn_why(turn, alert->where, "alert \"%s\"", alert->name);
		acts_run(turn, 0, &row, NULL);
	}
	if (without_case)
		alert_says_whose(turn, first);
}

/*
 * A mail that waits for a person is none of its kind yet: it must not move a
 * date, count as received, or be what a later row passes on.
 */
void
mail_waits(struct turn *turn)
{
	if (turn->mail_index >= 0)
		turn->state->mails[turn->mail_index].kind = "waits";
}

void
mail_untaken(struct turn *turn, const char *reason)
{
	mail_waits(turn);
	turn->decision->needs_person = true;
	turn_hold(turn, 0, NOWHERE, "%s", reason);
	triage_ask(turn, TRIAGE_MAIL, "triage", "triage", NULL);
}

/* ---- What it is */

static void
opened_rows(struct turn *turn)
{
	for (size_t i = 0; i < turn->pack->always.n; i++)
		if (stage_row_fits(turn, 0, &turn->pack->always.v[i], ON_OPENED, NULL))
			stage_take(turn, 0, &turn->pack->always.v[i]);
}

static void
form_unused(struct turn *turn, struct where where, const char *wrong)
{
	mail_waits(turn);
	turn->decision->needs_person = true;
	turn_hold(turn, 0, where, "%s", wrong);
	triage_ask(turn, TRIAGE_FORM, "ask", "held", arena_printf(turn->arena, "A mail from %s was not used: %s. "
	    "Please look at it, and ask for the right form.", turn->sender == NULL ? "somebody" : turn->sender, wrong));
}

/* Neither a request nor an end, nor somebody's absence, is believed of a sender who is not who From says. */
static const char forged_reason[] = "The mail server says that this mail does not come from the sender that it names. "
    "Nothing was changed.";

/* Nor of one whose domain is made to be taken for one of ours, until a person has looked at the mail. */
static const char *
imitation(const struct turn *turn)
{
	const char *genuine = turn->event->vouched ? NULL : outward_imitates(turn->pack, turn->sender);

	return genuine == NULL ? NULL : arena_printf(turn->arena, "This mail does not come from %s: its sender's domain, %s, "
	    "only looks like it. Nothing was changed. Please do not answer it, and tell whoever looks after your mail's security.",
	    genuine, strrchr(turn->sender, '@') + 1);
}

/* Automatic mail that is not believed: no mail goes out for it (promise no-loop), but it waits to be looked at. */
static void
doubtful_notice(struct turn *turn, const char *reason)
{
	mail_waits(turn);
	turn->decision->needs_person = true;
	turn_hold(turn, 0, NOWHERE, "%s", reason);
}

/* A colleague's mail went to strangers as well: whoever looks after the mailbox hears of it, once for each of their domains. */
static void
copied_outside(struct turn *turn)
{
	struct strs domains = outward_outsiders(turn->arena, turn->pack, turn->event->mail), fresh = { NULL, 0 };

	if (turn->event->again || !turn->event->classified->from_directory)
		return;
	for (size_t i = 0; i < domains.n; i++) {
		struct case_rung once = { .occurrence = 1, .rung = arena_printf(turn->arena, "copied to %s", domains.v[i]) };

		if (turn_rung_gone(turn, &once, true))
			continue;
		turn_rung_add(turn, &once);
		strs_add(turn->arena, &fresh, domains.v[i]);
	}
	if (fresh.n == 0)
		return;
	turn_why(turn, NOWHERE, "the mail also went to %s", strs_join(turn->arena, &fresh, ", "));
	acts_tell_owner(turn, 0, NOWHERE, "send", "alert", arena_printf(turn->arena, "A colleague's mail about this case also "
	    "went to %s, which these rules do not write to. It was used as usual, and nothing was sent there. Please see "
	    "whether that was meant; this is said once.", strs_join(turn->arena, &fresh, ", ")));
}

/* A form from a colleague that holds nothing: the mail's own, or one that comes with an answer to a question. */
static const char *
nothing_returned(const struct turn *turn, const struct kind *kind)
{
	if (!turn->event->classified->from_directory || (kind == NULL && turn->event->question == 0))
		return NULL;
	return returned_nothing(turn->arena, turn->pack, turn->event->mail, kind);
}

/* Ours or the requester's by its address, where the server proves that of others: it moves nothing until a person says so. */
static void
unproven(struct turn *turn)
{
	mail_waits(turn);
	turn->decision->needs_person = true;
	turn_hold(turn, 0, NOWHERE, "A mail came whose sender could not be proven.");
	triage_ask(turn, TRIAGE_ANSWER, "triage", "triage", arena_printf(turn->arena,
	    "A mail that names %s as its sender came, and the mail server does not prove it, as it does for others of theirs. "
	    "Nothing was changed. Please ask them, not by replying to that mail; CONFIRM only if they say that they sent it.",
	    turn->sender));
}

/* A word to us about a mail of ours that belongs to no case. */
static bool
answers_without_case(struct turn *turn)
{
	const char *line;

	if (turn->event->about_outbox == 0)
		return false;
	line = answer_text(turn->arena, turn->event->mail->new_text);
	turn->decision->is_answer = why_take(turn, line) || words_take(turn, line);
	return turn->decision->is_answer;
}

void
mail_take(struct turn *turn)
{
	const struct kind *kind = turn->event->classified->kind;
	bool opens = turn->state->strand_count == 0 && turn->state->mail_count == 0;
	const char *wrong = NULL, *imitated = imitation(turn);

	mail_joins(turn);
	if (turn->event->by_hand) {
		sent_take(turn);
		return;
	}
	alerts_take(turn, false);
	if (turn->event->mail->notice != NOTICE_NONE) {
		if (turn->event->forged || imitated != NULL)
			doubtful_notice(turn, imitated != NULL ? imitated : forged_reason);
		else
			notice_take(turn);
		return;
	}
	if (imitated != NULL) {
		mail_untaken(turn, imitated);
		return;
	}
	copied_outside(turn);
	/* Before answers: a file that comes with one is a new version. */
	if (!opens && !turn->event->guards_released &&
	    (wrong = match_wrong_child(turn->arena, turn->pack, turn->event->mail, turn->state,
	    turn->world.named, turn->world.named_count)) == NULL)
		wrong = nothing_returned(turn, kind);
	if (wrong != NULL) {
		form_unused(turn, kind == NULL ? NOWHERE : kind->where, wrong);
		return;
	}
	if (!opens && question_answer_by_mail(turn)) {
		turn->decision->is_answer = true;
		return;
	}
	if (turn->event->forged) {
		mail_untaken(turn, forged_reason);
		return;
	}
	if (kind == NULL) {
		mail_untaken(turn, "A mail came about this case, and the rules do not say what it is.");
		return;
	}
	if (turn->event->doubtful) {
		unproven(turn);
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

/* Those of them to whom the mail that came back had gone: of others such a notice proves nothing. */
static struct strs
written_to(const struct turn *turn, struct strs people)
{
	const struct case_sent *about = turn->event->about;
	struct strs those = { NULL, 0 };

	for (size_t i = 0; about != NULL && i < people.n; i++)
		if (strs_has_nocase(&about->to, people.v[i]) || strs_has_nocase(&about->cc, people.v[i]))
			strs_add(turn->arena, &those, people.v[i]);
	return those;
}

void
decide_without_case(struct arena *arena, const struct pack *pack, const struct world *world,
    const struct event *event, const char *reason, bool ambiguous, instant now, struct decision **decision_r)
{
	struct case_state *empty = case_empty(arena, now);
	enum notice notice = event->mail->notice;
	const struct kind *kind = event->classified->kind;
	struct strs not_reached;
	const char *doubt;
	struct turn turn;

	turn_begin(&turn, arena, pack, world, empty, event, now);
	if (event->by_hand) {
		sent_without_case(&turn, ambiguous);
		turn.decision->next_due = INSTANT_NONE;
		*decision_r = turn.decision;
		return;
	}
	alerts_take(&turn, true);
	doubt = imitation(&turn);
	if (doubt == NULL && event->forged)
		doubt = forged_reason;
	if (doubt != NULL) {
		if (notice != NOTICE_NONE)
			doubtful_notice(&turn, doubt);
		else
			mail_untaken(&turn, doubt);
		turn.decision->next_due = INSTANT_NONE;
		*decision_r = turn.decision;
		return;
	}
	not_reached = written_to(&turn, notice_not_reached(&turn, false));
	for (size_t i = 0; i < not_reached.n; i++)
		turn_learn_absence(&turn, not_reached.v[i], DAY_NONE, "bounce");
	if (notice == NOTICE_OUT_OF_OFFICE || notice == NOTICE_AUTO_REPLY || notice == NOTICE_RECEIPT ||
	    notice == NOTICE_CALENDAR || notice == NOTICE_DELAY)
		notice_take(&turn);
	else if (event->about_several && not_reached.n > 0) {
		turn.decision->not_reached = not_reached;
		turn_why(&turn, NOWHERE, "a mail about several cases came back: each of them hears of it");
	} else if (notice == NOTICE_NONE && !ambiguous && answers_without_case(&turn))
		turn_why(&turn, NOWHERE, "a word to us, about no case");
	else if (notice == NOTICE_NONE && kind != NULL && event->doubtful)
		unproven(&turn);
	else if (notice == NOTICE_NONE && !ambiguous && kind != NULL && kind->kept)
		turn_why(&turn, kind->where, "kept: it opens no case, and is joined if the child comes again");
	else
		mail_untaken(&turn, reason);
	turn.decision->next_due = INSTANT_NONE;
	*decision_r = turn.decision;
}
