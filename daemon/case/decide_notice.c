/*
 * Automatic mail: bounces, absences, receipts.  It changes the case where it
 * must and is never answered (promise no-loop).  A bounce moves no date.
 * Runs wherever decide() does; pure.
 * Fails: never; what cannot be done is held for a person, with the reason.
 */
#include <string.h>

#include "case/turn.h"

#define UNDATED_ABSENCE_DAYS	7	/* an out-of-office that does not say until when */
#define ABSENCE_DAYS_MOST	366	/* a day of return further off was misread, or is a slip */

static const struct where NOWHERE = { NULL, 0 };

/* The last mail of ours that went to an address; the very one, where we know it ourselves. */
static const struct case_sent *
last_sent_to(const struct turn *turn, const char *address)
{
	int64_t known = turn->event->type == EVENT_UNDELIVERED ? turn->event->about_outbox : 0;

	for (size_t i = turn->state->sent_count; i-- > 0;) {
		const struct case_sent *sent = &turn->state->sent[i];

		if ((known == 0 || sent->outbox == known) &&
		    (strs_has_nocase(&sent->to, address) || strs_has_nocase(&sent->cc, address)))
			return sent;
	}
	return NULL;
}

/* Questions put to somebody whom mail does not reach go to whoever stands in. Only those: not what others were asked. */
static void
ask_again(struct turn *turn, const char *address)
{
	size_t count = turn->state->question_count;

	for (size_t i = 0; i < count; i++) {
		struct case_question *question = &turn->state->questions[i];

		if (question->state == QUESTION_OPEN && strs_has_nocase(&question->asked, address))
			question_again(turn, question);
	}
}

static void
person_must_read(struct turn *turn, const char *note)
{
	turn->decision->needs_person = true;
	turn_hold(turn, 0, NOWHERE, "%s", note);
	triage_ask(turn, TRIAGE_NOTE, "triage", "triage", NULL);
}

static void
bounced(struct turn *turn, const char *address)
{
	const struct case_sent *sent = last_sent_to(turn, address);
	int strand = sent == NULL ? 0 : sent->strand;	/* sent may move: what is needed of it, now */
	int64_t forwarded = sent == NULL ? 0 : sent->forwarded;
	struct chased chased = { 0 };
	size_t first = turn->decision->mail_count;
	const struct row *row;

	if (sent == NULL) {	/* we wrote nothing there: anybody could send such a notice */
		person_must_read(turn, "A notice came that a mail was not delivered, to an address that this case never wrote to. Nothing was changed.");
		return;
	}
	strs_add(turn->arena, &chased.addresses, address);
	turn_learn_absence(turn, address, DAY_NONE, "bounce");
	turn_set_fact(turn, 0, "not-reached", address, SOURCE_HEADER, "daemon");
	row = stage_row_for(turn, strand, ON_NOTICE, "bounce", true);
	if (row != NULL)
		acts_run(turn, strand, row, &chased);
	else
		acts_tell_owner(turn, strand, NOWHERE, "send", "not-delivered",
		    "A mail about this case did not reach everybody it went to.");
	for (size_t i = first; i < turn->decision->mail_count; i++)
		if (turn->decision->mails[i].act == ACT_SEND)
			turn->decision->mails[i].forward = forwarded;
	ask_again(turn, address);
}

struct strs
notice_not_reached(const struct turn *turn, bool perhaps)
{
	const struct message *mail = turn->event->mail;
	const struct case_sent *about = turn->event->about;
	struct strs people = { NULL, 0 };

	if (mail == NULL || mail->notice != NOTICE_BOUNCE)
		return people;
	for (size_t i = 0; i < mail->bounced_count; i++)
		strs_add(turn->arena, &people, str_lower(turn->arena, mail->bounced[i].address));
	if (people.n > 0 || about == NULL || (!perhaps && about->to.n + about->cc.n != 1))
		return people;
	for (size_t i = 0; i < about->to.n; i++)
		strs_add(turn->arena, &people, str_lower(turn->arena, about->to.v[i]));
	for (size_t i = 0; i < about->cc.n; i++)
		strs_add(turn->arena, &people, str_lower(turn->arena, about->cc.v[i]));
	return people;
}

static void
take_row(struct turn *turn, const char *notice)
{
	for (size_t i = 0; i < turn->state->strand_count; i++) {
		int no = turn->state->strands[i].no;
		const struct row *row = stage_row_for(turn, no, ON_NOTICE, notice, true);

		if (row != NULL) {
			stage_take(turn, no, row);
			return;
		}
	}
}

static void
out_of_office(struct turn *turn)
{
	dayno back_on = turn->event->mail->back_on, until = back_on;

	if (turn->sender == NULL)
		return;
	if (back_on == DAY_NONE || back_on < turn->today || back_on > turn->today + ABSENCE_DAYS_MOST)
		until = turn->today + UNDATED_ABSENCE_DAYS;
	if (back_on != DAY_NONE && until != back_on)
		turn_why(turn, NOWHERE, "the absence notice names %s as the day of return, which %s: taken as undated",
		    date_words(turn->arena, back_on), back_on < turn->today ? "has passed" : "is more than a year off");
	turn_learn_absence(turn, turn->sender, until, "out-of-office");
	turn_why(turn, NOWHERE, "%s is away until %s", turn->sender, date_words(turn->arena, until));
	take_row(turn, "out-of-office");
}

/* The calendar's word of one who was asked whether they come is their answer, as though they had written it. */
static bool
invitation_answers(struct turn *turn, bool accepted)
{
	for (size_t i = 0; turn->sender != NULL && turn->event->authenticated && i < turn->state->question_count; i++) {
		struct case_question *question = &turn->state->questions[i];
		const struct question *rules = pack_question(turn->pack, question->name);
		const char *word = rules == NULL ? NULL : accepted ? rules->invitation_accepted : rules->invitation_declined;

		if (word == NULL || question->state != QUESTION_OPEN || !strs_has_nocase(&question->asked, turn->sender))
			continue;
		turn_why(turn, rules->where, "\"%s\" is answered %s by %s, in the calendar", rules->name, word, turn->sender);
		question_answered(turn, question, word, turn->sender);
		question_take_row(turn, question, word);
		return true;
	}
	return false;
}

void
undelivered_take(struct turn *turn)
{
	struct strs people = notice_not_reached(turn, false);

	for (size_t i = 0; i < people.n; i++)
		bounced(turn, people.v[i]);
}

void
notice_take(struct turn *turn)
{
	const struct message *mail = turn->event->mail;
	struct strs people = notice_not_reached(turn, false);

	switch (mail->notice) {
	case NOTICE_BOUNCE:
		for (size_t i = 0; i < people.n; i++)
			bounced(turn, people.v[i]);
		if (people.n == 0)
			person_must_read(turn, "A mail of ours came back, and the notice does not say from whom.");
		break;
	case NOTICE_OUT_OF_OFFICE:
		out_of_office(turn);
		break;
	case NOTICE_CALENDAR:
		if (str_same(mail->calendar_answer, "ACCEPTED"))
			invitation_answers(turn, true);
		else if (str_same(mail->calendar_answer, "DECLINED") && !invitation_answers(turn, false))
			take_row(turn, "invitation-declined");
		break;
	case NOTICE_ENCRYPTED:
		person_must_read(turn, "A mail came that is encrypted and cannot be read here. Please open it, and answer for the sender.");
		break;
	case NOTICE_STUB:
		person_must_read(turn, "The mail server could not hand over a mail; its place is taken by a notice. Please look at it in Outlook.");
		break;
	case NOTICE_RECALL:
		person_must_read(turn, "A sender wishes to recall a mail. Nothing was deleted.");
		break;
	default:
		turn_why(turn, NOWHERE, "an automatic mail (%s): recorded", notice_name(mail->notice));
		break;
	}
}
