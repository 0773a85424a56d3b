/*
 * What is said back to somebody who wrote to us: what was understood and what
 * it changes, or exactly why not; and the mailbox owner's confirmation of
 * words whose sender is not proven.
 * Runs wherever decide() does; pure.
 * Invariant (promise no-loop): automatic mail is not answered, and nobody is
 * answered more than so often on one day about one case.
 * Fails: never.
 */
#include <string.h>

#include "case/turn.h"

#define REPLIES_A_DAY	6

static const struct where NOWHERE = { NULL, 0 };

/* ---- How often */

static bool
is_reply(const char *template)
{
	static const char *const replies[] = { "echo", "echo-refused", "why", "help" };

	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++)
		if (strcmp(template, replies[i]) == 0)
			return true;
	return false;
}

static size_t
replies_today(const struct turn *turn, const char *address)
{
	size_t count = 0;

	for (size_t i = 0; i < turn->state->sent_count; i++) {
		const struct case_sent *sent = &turn->state->sent[i];

		count += is_reply(sent->template) && instant_date(sent->at) == turn->today && strs_has_nocase(&sent->to, address);
	}
	return count;
}

struct outgoing *
reply_with(struct turn *turn, int strand, const char *act_name, const char *template, const char *note)
{
	size_t before = turn->decision->mail_count;

	if (replies_today(turn, turn->sender) >= REPLIES_A_DAY) {
		turn->decision->needs_person = true;
		turn_hold(turn, strand, NOWHERE, "somebody wrote so often on one day that they are not answered any more; "
		    "please see what they want");
		return NULL;
	}
	acts_tell(turn, strand, act_name, template, turn->sender, note);
	return turn->decision->mail_count > before ? &turn->decision->mails[before] : NULL;
}

/* ---- Understood, or not */

/* Who gets what now, a sentence for each mail of the decision so far. */
static void
tell_mails(struct turn *turn)
{
	for (size_t i = 0; i < turn->decision->mail_count; i++) {
		const struct outgoing *mail = &turn->decision->mails[i];
		const char *to = people_called(turn, &mail->to), *cc = people_called(turn, &mail->cc);

		if (is_reply(mail->template) || strcmp(mail->act_name, "triage") == 0)
			continue;
		turn_changed(turn, mail->act == ACT_FORWARD ? "It is forwarded to %s%s%s." : mail->act == ACT_ASK ?
		    "A question goes to %s%s%s." : "A mail goes to %s%s%s.", to, cc[0] == '\0' ? "" : ", copy to ", cc);
	}
}

void
reply_understood(struct turn *turn, int strand, const char *what)
{
	schedule_deadlines(turn);
	tell_mails(turn);
	reply_with(turn, strand, "echo", "echo", arena_printf(turn->arena, "Your answer was understood: %s. %s", what,
	    turn->changes.n == 0 ? "Nothing else changes." : strs_join(turn->arena, &turn->changes, " ")));
}

/* The question's words and buttons go along as long as it may still be answered. */
void
reply_refused(struct turn *turn, int strand, int no, const char *note)
{
	const struct case_question *question = no == 0 ? NULL : turn_question(turn, no);
	struct outgoing *mail;

	turn_why(turn, NOWHERE, "refused: %s", note);
	mail = reply_with(turn, strand, "echo", "echo-refused", note);
	if (mail != NULL && question != NULL && question->state == QUESTION_OPEN)
		question_answers(turn, no, mail);
}

/* ---- Not proven */

/* Their first line, as they wrote it. */
static const char *
first_line(struct turn *turn)
{
	const char *text = turn->event->mail->new_text;

	text += strspn(text, " \t\r\n");
	return str_visible(turn->arena, arena_strndup(turn->arena, text, strcspn(text, "\r\n")), 200);
}

void
reply_unproven(struct turn *turn, int strand)
{
	const char *name = person_called(turn, turn->sender);

	/* What comes with it is none of its kind until then: no later row may pass it on. */
	if (turn->mail_index >= 0)
		turn->state->mails[turn->mail_index].kind = "waits";
	turn->decision->needs_person = true;
	turn_hold(turn, strand, NOWHERE, "An answer came whose sender could not be proven.");
	triage_ask(turn, TRIAGE_ANSWER, "triage", "triage", arena_printf(turn->arena,
	    "An answer came that seems to be from %s%s%s%s, but %s. Its first line is:\n\n> %s\n\n"
	    "Nothing was changed. Please ask them by telephone or in person, not by replying to that mail. "
	    "CONFIRM only if they say that they wrote it.",
	    name, strcmp(name, turn->sender) == 0 ? "" : " <", strcmp(name, turn->sender) == 0 ? "" : turn->sender,
	    strcmp(name, turn->sender) == 0 ? "" : ">",
	    turn->event->forged ? "the mail server says that it is not" : "nothing proves that it is", first_line(turn)));
}
