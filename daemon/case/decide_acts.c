/*
 * What a row does: mails, questions, facts.  A row is all or nothing: a name
 * in "to" that gives nobody holds the whole row, and the mailbox owner is
 * asked once; a copy that reaches nobody is left out and noted.
 * Runs wherever decide() does; pure.
 * Fails: never; what cannot be done is held for a person, with the reason.
 */
#include <string.h>

#include "case/outward.h"
#include "case/turn.h"

static const struct where NOWHERE = { NULL, 0 };

static const char *
recipients_text(struct arena *arena, const struct recipients *recipients)
{
	struct strs texts = { NULL, 0 };

	for (size_t i = 0; i < recipients->n; i++)
		strs_add(arena, &texts, recipients->v[i].text);
	return strs_join(arena, &texts, ", ");
}

/* Written by a machine by its own account: a portal's request is one too, and is read, but not answered. */
static bool
is_automatic(const struct message *mail)
{
	if (mail->notice != NOTICE_NONE)
		return true;
	for (size_t i = 0; i < mail->header_count; i++)
		if (str_same(mail->headers[i].name, "Auto-Submitted") && !str_starts_nocase(mail->headers[i].value, "no"))
			return true;
	return false;
}

/* Promise no-loop: an address that mail does not reach, or that answers by itself, is not written to because of it. */
void
acts_drop_machines(const struct turn *turn, struct strs *addresses)
{
	const struct message *mail = turn->event->mail;
	struct strs kept = { NULL, 0 }, not_reached;

	if (mail == NULL || mail->notice == NOTICE_NONE || mail->notice == NOTICE_ENCRYPTED ||
	    mail->notice == NOTICE_CALENDAR)
		return;
	not_reached = notice_not_reached(turn, true);
	for (size_t i = 0; i < addresses->n; i++)
		if (!(turn->sender != NULL && str_same(addresses->v[i], turn->sender)) && !strs_has_nocase(&not_reached, addresses->v[i]))
			strs_add(turn->arena, &kept, addresses->v[i]);
	*addresses = kept;
}

/* Promise right-people: who wrote to us, or was named to us, is written to like anybody else. */
bool
acts_may_write(const struct turn *turn, const char *address)
{
	return outward_may_write(turn->arena, turn->pack, &turn->world, address, NULL);
}

/* Resolve or say why not; the notes of people.c go into the decision's reasons. */
static bool
resolve(struct turn *turn, int strand, const struct row *row, const struct chased *chased,
    const struct recipients *recipients, struct strs *addresses_r, const char **nobody_r)
{
	struct people_query query = turn_query(turn, strand, chased);
	struct people people = { 0 };

	*nobody_r = NULL;
	if (chased != NULL && chased->climbing)
		query.pass_over = turn_chased_people(turn, strand, chased);
	for (size_t i = 0; i < row->act_count; i++)
		query.escalating |= row->acts[i].word == ACT_ESCALATE && recipients == &row->acts[i].whom;
	people_of_all(turn->arena, &query, recipients, &people, nobody_r);
	for (size_t i = 0; i < people.notes.n; i++)
		turn_why(turn, row->where, "%s", people.notes.v[i]);
	for (size_t i = 0; i < people.refused.n; i++)
		turn_why(turn, row->where, "not written to: %s", people.refused.v[i]);
	acts_drop_machines(turn, &people.addresses);
	*addresses_r = people.addresses;
	return *nobody_r == NULL && people.addresses.n > 0;
}

static void
drop_those_in(struct arena *arena, struct strs *list, const struct strs *in)
{
	struct strs kept = { NULL, 0 };

	for (size_t i = 0; i < list->n; i++)
		if (!strs_has_nocase(in, list->v[i]))
			strs_add_new(arena, &kept, list->v[i]);
	*list = kept;
}

/* A reminder speaks of the stage in which it was decided, and not of the one that its row goes on to. */
static const struct case_state *
as_it_stands(struct turn *turn)
{
	const struct case_state *state = turn->state;
	struct case_state *then = arena_memdup(turn->arena, state, sizeof(*state));

	then->strands = arena_memdup(turn->arena, state->strands, state->strand_count * sizeof(*state->strands));
	then->deadlines = arena_memdup(turn->arena, state->deadlines, state->deadline_count * sizeof(*state->deadlines));
	return then;
}

static struct outgoing *
mail_new(struct turn *turn, int strand, const struct row *row, enum act_word word)
{
	struct outgoing *mail = arena_push(turn->arena, turn->decision->mails, turn->decision->mail_count);
	const struct stage *stage = turn_stage(turn, strand);

	mail->act = word;
	mail->act_name = act_word_name(word);
	mail->template = mail->act_name;
	mail->strand = strand;
	mail->late = turn->late;
	if (word == ACT_REMIND || word == ACT_ESCALATE)
		mail->then = as_it_stands(turn);
	if (stage != NULL)
		mail->wants = stage->wants;
	if (row != NULL) {
		mail->rule = row->where;
		mail->attach = row->attach;
		mail->urgent = row->urgent;
		if (row->enclose != NULL)
			strs_add(turn->arena, &mail->enclose, row->enclose);
		if (row->template != NULL)
			mail->template = row->template;
	}
	return mail;
}

/* Note in the case that this went (or is to go), for "chased" lists and once-rules. */
void
acts_record(struct turn *turn, const struct outgoing *mail)
{
	struct case_sent *sent = arena_push(turn->arena, turn->state->sent, turn->state->sent_count);

	*sent = (struct case_sent){
		.template = mail->template, .act = mail->act, .strand = mail->strand,
		.to = mail->to, .cc = mail->cc, .message_id = "", .at = turn->now,
		.forwarded = mail->forward, .question = mail->question,
	};
}

/* A colleague who answered ACK is spared the next reminder, once. */
static bool
spared_by_ack(struct turn *turn, int strand, const struct strs *to)
{
	const char *fact, *value;

	if (to->n != 1)
		return false;
	fact = arena_printf(turn->arena, "acknowledged by %s", str_lower(turn->arena, to->v[0]));
	value = case_fact_value(turn->state, strand, fact);
	if (value == NULL || value[0] == '\0')
		return false;
	turn_set_fact(turn, strand, fact, "", SOURCE_HEADER, "daemon");
	turn_why(turn, NOWHERE, "%s had acknowledged: this reminder is left out", to->v[0]);
	return true;
}

static int64_t
forwarded_message(struct turn *turn, int strand, const struct act *act)
{
	const struct case_mail *mail;

	if (strcmp(act->value, "this") == 0)
		return turn->event->message;
	mail = turn_mail_of_kind(turn, strand, act->value);
	return mail == NULL ? 0 : mail->message;
}

static const struct recipients *
act_recipients(const struct row *row, const struct act *act)
{
	switch (act->word) {
	case ACT_REMIND:
	case ACT_ESCALATE:
		return &act->whom;
	case ACT_FORWARD:
	case ACT_SEND:
		return &row->to;
	default:
		return NULL;
	}
}

/* Why the row cannot be done, or NULL. Nothing is changed. */
static const char *
row_obstacle(struct turn *turn, int strand, const struct row *row, const struct chased *chased)
{
	for (size_t i = 0; i < row->act_count; i++) {
		const struct act *act = &row->acts[i];
		const struct recipients *to = act_recipients(row, act);
		const char *nobody;
		struct strs addresses;

		if (to != NULL && !resolve(turn, strand, row, chased, to, &addresses, &nobody))
			return arena_printf(turn->arena, "\"%s\" gives nobody to write to",
			    nobody == NULL ? recipients_text(turn->arena, to) : nobody);
		if (to != NULL && sent_stands_for(turn, row, act, &addresses))
			continue;
		if (act->word == ACT_REPLY && turn->sender != NULL && !acts_may_write(turn, turn->sender))
			return "the sender is nobody whom these rules may write to";
		if (act->word == ACT_FORWARD && forwarded_message(turn, strand, act) == 0)
			return arena_printf(turn->arena, "no mail of the kind \"%s\" has come that could be passed on",
			    act->value);
	}
	return NULL;
}

static void
act_mail(struct turn *turn, int strand, const struct row *row, const struct act *act, const struct chased *chased)
{
	const struct recipients *whom = act_recipients(row, act);
	struct outgoing *mail;
	struct strs to, cc = { NULL, 0 };
	const char *nobody;

	resolve(turn, strand, row, chased, whom, &to, &nobody);
	if (sent_stands_for(turn, row, act, &to)) {
		turn_why(turn, row->where, "%s \"%s\": done by hand, not repeated", act_word_name(act->word), act->value);
		return;
	}
	if (row->cc.n > 0) {
		resolve(turn, strand, row, chased, &row->cc, &cc, &nobody);
		if (nobody != NULL)
			turn_why(turn, row->where, "no copy to \"%s\": it gives nobody", nobody);
	}
	drop_those_in(turn->arena, &cc, &to);
	if (act->word == ACT_REMIND && spared_by_ack(turn, strand, &to))
		return;
	mail = mail_new(turn, strand, row, act->word);
	mail->to = to;
	mail->cc = cc;
	mail->why = recipients_text(turn->arena, whom);
	if (act->word == ACT_SEND)
		mail->template = act->value;
	if (act->word == ACT_FORWARD)
		mail->forward = forwarded_message(turn, strand, act);
	if (chased != NULL && chased->question != 0)
		question_answers(turn, chased->question, mail);
	acts_record(turn, mail);
	turn_why(turn, row->where, "%s \"%s\" to %s", mail->act_name, mail->template,
	    strs_join(turn->arena, &to, ", "));
}

static void
act_reply(struct turn *turn, int strand, const struct row *row, const struct act *act)
{
	struct outgoing *mail;

	if (turn->sender == NULL || turn->event->mail == NULL || is_automatic(turn->event->mail))
		return;		/* promise no-loop */
	mail = mail_new(turn, strand, row, ACT_REPLY);
	mail->template = act->value;
	strs_add(turn->arena, &mail->to, turn->sender);
	mail->in_reply_to = turn->event->message;
	mail->why = "sender";
	acts_record(turn, mail);
	turn_why(turn, row->where, "reply \"%s\"", mail->template);
}

static void
act_set(struct turn *turn, int strand, const struct row *row, const struct act *act)
{
	for (size_t i = 0; i < act->set_count; i++) {
		const char *value = act->sets[i].value;
		struct people people = { 0 };

		if (strcmp(value, "sender") == 0 && turn->sender != NULL) {
			value = turn->sender;
		} else if (pack_role(turn->pack, value) != NULL) {
			struct people_query query = turn_query(turn, strand, NULL);

			query.keep_absent = true;
			people_of_role(turn->arena, &query, value, &people);
			if (people.addresses.n == 0)
				continue;
			value = people.addresses.v[0];
		}
		turn_set_fact(turn, strand, act->sets[i].fact, value, SOURCE_HEADER, "rule");
		turn_why(turn, row->where, "%s is now set", act->sets[i].fact);
	}
}

static void
act_end(struct turn *turn, const struct act *act, struct where where)
{
	struct case_state *state = turn->state;

	for (size_t i = 0; i < state->strand_count; i++) {
		struct case_strand *strand = &state->strands[i];

		if (strand->final || (strcmp(act->value, "all") != 0 && strcmp(act->value, strand->name) != 0))
			continue;
		strand->final = true;
		turn_touch_strand(turn, strand->no);
		question_withdraw(turn, strand->no, true);
		turn_why(turn, where, "strand %s ends", strand->name);
	}
}

static void
act_run(struct turn *turn, int strand, const struct row *row, const struct act *act, const struct chased *chased)
{
	switch (act->word) {
	case ACT_FORWARD:
	case ACT_SEND:
	case ACT_REMIND:
	case ACT_ESCALATE:
		act_mail(turn, strand, row, act, chased);
		break;
	case ACT_REPLY:
		act_reply(turn, strand, row, act);
		break;
	case ACT_ASK:
		question_put(turn, strand, act->value, row->of.n > 0 ? &row->of : NULL, row->where);
		break;
	case ACT_SET:
		break;		/* done before the recipients were looked up */
	case ACT_RECORD:
		turn_why(turn, row->where, "recorded: %s", act->value);
		break;
	case ACT_FILE:
		strs_add_new(turn->arena, &turn->decision->filings, act->value);
		break;
	case ACT_HOLD:
		turn->decision->needs_person = true;
		turn_hold(turn, strand, row->where, "%s", act->value);
		break;
	case ACT_END:
		act_end(turn, act, row->where);
		break;
	case ACT_FORGET:
		for (size_t i = 0; i < act->names.n; i++)
			turn_forget_fact(turn, strand, act->names.v[i]);
		break;
	}
}

static void
row_starts(struct turn *turn, int strand, const struct row *row)
{
	const char *known;

	if (row->starts == NULL)
		return;
	known = case_fact_value(turn->state, strand, row->starts);
	if (known == NULL || known[0] == '\0' || row->restarts)
		turn_set_fact(turn, strand, row->starts, date_iso(turn->arena, instant_date(turn_moment(turn, strand))),
		    SOURCE_HEADER, "daemon");
}

/* Never the line alone: an edit above it would make the row another one, and it would go again. */
static const char *
row_key(const struct turn *turn, const struct row *row)
{
	return row->key != NULL ? row->key : where_text(turn->arena, row->where);
}

static void
row_held(struct turn *turn, int strand, const struct row *row, const char *obstacle)
{
	struct case_rung once = {
		.strand = strand, .entry = 0, .occurrence = 1,
		.rung = arena_printf(turn->arena, "held %s %s", row_key(turn, row), obstacle),
	};

	turn_hold(turn, strand, row->where, "%s", obstacle);
	turn->decision->needs_person = turn->event->mail != NULL;
	if (turn_rung_gone(turn, &once, true) && !turn->event->again)
		return;
	turn_rung_add(turn, &once);
	triage_ask(turn, turn->event->mail != NULL ? TRIAGE_ROW : TRIAGE_NOTE, "ask", "held", NULL);
}

/* What goes to the sender goes once to each of them. */
static bool
goes_to_sender(const struct row *row)
{
	for (size_t i = 0; i < row->to.n; i++)
		for (size_t j = 0; j < row->to.v[i].choice_count; j++)
			if (strcmp(row->to.v[i].choices[j].role, "sender") == 0)
				return true;
	return false;
}

enum acted
acts_run(struct turn *turn, int strand, const struct row *row, const struct chased *chased)
{
	struct case_rung once = { .strand = strand, .occurrence = 1 };
	struct facts_mark before;
	const char *obstacle;

	if (row->once) {
		once.rung = arena_printf(turn->arena, "once %s%s%s", row_key(turn, row),
		    goes_to_sender(row) && turn->sender != NULL ? " " : "",
		    goes_to_sender(row) && turn->sender != NULL ? turn->sender : "");
		if (turn_rung_gone(turn, &once, true))
			return ACTED;
	}
	before = turn_mark(turn);
	for (size_t i = 0; i < row->act_count; i++)
		if (row->acts[i].word == ACT_SET)
			act_set(turn, strand, row, &row->acts[i]);
	obstacle = row_obstacle(turn, strand, row, chased);
	if (obstacle != NULL) {
		turn_undo(turn, &before);
		row_held(turn, strand, row, obstacle);
		return ACTED_HELD;
	}
	row_starts(turn, strand, row);
	for (size_t i = 0; i < row->act_count; i++)
		act_run(turn, strand, row, &row->acts[i], chased);
	reached_add(turn->world.reached, row->where, NULL);
	if (row->once)
		turn_rung_add(turn, &once);
	return ACTED;
}

/* Is this mail about our not having reached whoever is written to last? */
static bool
last_was_not_reached(struct turn *turn, int strand)
{
	struct people_query query = turn_query(turn, strand, NULL);
	struct people people = { 0 };
	size_t found;

	query.keep_absent = true;
	people_of_role(turn->arena, &query, "last-resort", &people);
	found = people.addresses.n;
	acts_drop_machines(turn, &people.addresses);
	return people.addresses.n < found;
}

/* A rule that sends the owner's mail on marks it as a machine's, and is no notice: the owner is not told of it, for ever. */
static void
drop_own_machine(const struct turn *turn, struct strs *addresses)
{
	struct strs kept = { NULL, 0 };

	if (turn->event->mail == NULL || turn->sender == NULL || !is_automatic(turn->event->mail))
		return;
	for (size_t i = 0; i < addresses->n; i++)
		if (!str_same(addresses->v[i], turn->sender))
			strs_add(turn->arena, &kept, addresses->v[i]);
	*addresses = kept;
}

/*
 * Whom mail does not reach is passed over; once not even the last is reached, only the administrator is left,
 * who is no role of the rules.
 */
static struct strs
owner_or_last(struct turn *turn, int strand)
{
	static const char *const roles[] = { "owner", "last-resort" };
	struct people_query query = turn_query(turn, strand, NULL);
	struct strs addresses = { NULL, 0 };

	for (size_t i = 0; i < 2 && addresses.n == 0 && !last_was_not_reached(turn, strand); i++) {
		struct people people = { 0 };

		people_of_role(turn->arena, &query, roles[i], &people);
		addresses = people.addresses;
		acts_drop_machines(turn, &addresses);
		drop_own_machine(turn, &addresses);
	}
	if (addresses.n == 0 && turn->world.administrator != NULL) {
		strs_add(turn->arena, &addresses, turn->world.administrator);
		acts_drop_machines(turn, &addresses);
		turn_hold(turn, strand, NOWHERE, "Nobody holds the posts that look after this mailbox; the administrator is told instead.");
	}
	return addresses;
}

struct outgoing *
acts_tell_owner(struct turn *turn, int strand, struct where where, const char *act_name,
    const char *template, const char *note)
{
	struct strs people = owner_or_last(turn, strand);
	struct outgoing *mail;

	if (people.n == 0) {
		turn_hold(turn, strand, where, "the mailbox owner could not be told, since nobody holds that post: %s", note);
		return NULL;
	}
	mail = mail_new(turn, strand, NULL, ACT_SEND);
	mail->act_name = act_name;
	mail->template = template;
	mail->rule = where;
	mail->to = people;
	mail->note = note;
	mail->why = "owner";
	acts_record(turn, mail);
	return mail;
}

void
acts_tell(struct turn *turn, int strand, const char *act_name, const char *template,
    const char *address, const char *note)
{
	struct outgoing *mail;

	if (turn->event->mail != NULL && is_automatic(turn->event->mail))
		return;		/* promise no-loop */
	if (!acts_may_write(turn, address)) {
		turn->decision->needs_person = true;
		turn_hold(turn, strand, NOWHERE, "an answer to a sender whom these rules may not write to was not sent");
		return;
	}
	mail = mail_new(turn, strand, NULL, ACT_SEND);
	mail->act_name = act_name;
	mail->template = template;
	strs_add(turn->arena, &mail->to, address);
	mail->in_reply_to = turn->event->message;
	mail->note = note;
	mail->why = "sender";
	acts_record(turn, mail);
}

static bool
same_people(const struct strs *a, const struct strs *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!strs_has_nocase(b, a->v[i]))
			return false;
	return true;
}

static bool
is_chaser(const struct outgoing *mail)
{
	return mail->act == ACT_REMIND || mail->act == ACT_ESCALATE;
}

void
acts_merge(struct turn *turn)
{
	struct outgoing *mails = turn->decision->mails;
	size_t kept = 0;

	for (size_t i = 0; i < turn->decision->mail_count; i++) {
		size_t j;

		for (j = 0; j < kept && is_chaser(&mails[i]); j++)
			if (is_chaser(&mails[j]) && same_people(&mails[i].to, &mails[j].to) &&
			    same_people(&mails[i].cc, &mails[j].cc))
				break;
		if (!is_chaser(&mails[i]) || j == kept) {
			mails[kept++] = mails[i];
		} else {
			if (mails[i].act == ACT_ESCALATE) {
				mails[j].act = ACT_ESCALATE;
				mails[j].act_name = act_word_name(ACT_ESCALATE);
			}
			if (mails[j].question == 0) {	/* its answers must stay within reach */
				mails[j].question = mails[i].question;
				mails[j].answers = mails[i].answers;
			}
		}
	}
	turn->decision->mail_count = kept;
}
