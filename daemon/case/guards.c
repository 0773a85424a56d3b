/*
 * Guards: what holds for a case whatever its rows say.  A flag holds what
 * would be passed on for a person, leaves it to them altogether, or copies
 * requests to somebody; a file is left out until a condition holds.
 * Runs wherever decide() does, over the mails that were decided; pure.
 * Invariant: no row passes a file on around a guard.
 * Fails: never; a guard whose person cannot be found holds for the owner.
 */
#include <string.h>

#include "case/turn.h"

static bool
carries_files(const struct outgoing *mail)
{
	return mail->forward != 0 || mail->enclose.n > 0;
}

static bool
flag_holds(struct turn *turn, int strand, const struct guard *guard)
{
	struct cond_query query = turn_conditions(turn, strand);
	struct test test = { .kind = TEST_FLAG, .name = guard->flag, .where = guard->where };
	struct condition condition = { .tests = &test, .test_count = 1, .where = guard->where };
	struct conditions flagged = { &condition, 1 };

	return conditions_hold(turn->arena, &query, &flagged);
}

static bool
is_off(struct turn *turn, int strand, const struct guard *guard)
{
	struct cond_query query = turn_conditions(turn, strand);

	return guard->unless.n > 0 && conditions_hold(turn->arena, &query, &guard->unless);
}

static struct strs
person_of(struct turn *turn, int strand, const char *role)
{
	struct people_query query = turn_query(turn, strand, NULL);
	struct people people = { 0 };

	people_of_role(turn->arena, &query, role, &people);
	if (people.addresses.n == 0)
		people_of_role(turn->arena, &query, "owner", &people);
	return people.addresses;
}

/* Does the mail pass on what began its strand? */
static bool
is_request(const struct turn *turn, const struct outgoing *mail)
{
	const struct strand *rules = turn_strand_rules(turn, mail->strand);
	const char *kind = NULL;

	for (size_t i = 0; i < turn->state->mail_count; i++)
		if (turn->state->mails[i].message == mail->forward)
			kind = turn->state->mails[i].kind;
	for (size_t i = 0; rules != NULL && kind != NULL && mail->forward != 0 && i < rules->begins.n; i++)
		if (strs_has(&rules->begins.v[i].names, kind))
			return true;
	return false;
}

static void
copy_requests(struct turn *turn, const struct guard *guard, struct outgoing *mail)
{
	struct people_query query = turn_query(turn, mail->strand, NULL);
	struct people people = { 0 };
	const char *nobody = NULL;

	if (guard->copy_requests_to.n == 0 || !is_request(turn, mail))
		return;
	people_of_all(turn->arena, &query, &guard->copy_requests_to, &people, &nobody);
	if (nobody != NULL)
		turn_why(turn, guard->where, "guard \"%s\": no copy to \"%s\": it gives nobody", guard->name, nobody);
	for (size_t i = 0; i < people.addresses.n; i++)
		if (!strs_has_nocase(&mail->to, people.addresses.v[i]))
			strs_add_new(turn->arena, &mail->cc, people.addresses.v[i]);
	reached_add(turn->world.reached, guard->where, NULL);
	turn_why(turn, guard->where, "guard \"%s\": copied to %s", guard->name, strs_join(turn->arena, &people.addresses, ", "));
}

/* Nothing is passed on by itself: the person is asked to do it. A question goes out all the same, without its file. */
static void
leave_to_person(struct turn *turn, const struct guard *guard, struct outgoing *mail)
{
	const char *whom = strs_join(turn->arena, &mail->to, ", ");

	mail->enclose = (struct strs){ NULL, 0 };
	mail->attach = NULL;
	if (mail->question != 0) {
		turn_why(turn, guard->where, "guard \"%s\": the file does not go with the question", guard->name);
		return;
	}
	turn_why(turn, guard->where, "guard \"%s\": not passed on to %s by the daemon", guard->name, whom);
	mail->note = arena_printf(turn->arena, "This case is not passed on by the daemon. "
	    "The rules would have sent it (%s) to %s: please do it by hand as far as it may be done.",
	    pack_called(turn->pack, turn->arena, mail->template), people_called(turn, &mail->to));
	mail->forward = 0;
	mail->act = ACT_SEND;
	mail->act_name = "ask";
	mail->template = "by-hand";
	mail->to = person_of(turn, mail->strand, guard->held_for);
	mail->cc = (struct strs){ NULL, 0 };
	mail->why = guard->held_for;
	mail->urgent = true;
	turn_hold(turn, mail->strand, guard->where, "what would be passed on to %s is left to be done by hand", whom);
}

static bool
goes_only_to(const struct outgoing *mail, const struct strs *people)
{
	for (size_t i = 0; i < mail->to.n; i++)
		if (!strs_has_nocase(people, mail->to.v[i]))
			return false;
	for (size_t i = 0; i < mail->cc.n; i++)
		if (!strs_has_nocase(people, mail->cc.v[i]))
			return false;
	return true;
}

static void
by_flag(struct turn *turn, const struct guard *guard, struct outgoing *mail)
{
	struct strs looks_first;

	if (!carries_files(mail) || !flag_holds(turn, mail->strand, guard) || is_off(turn, mail->strand, guard))
		return;
	mail->urgent |= guard->first;
	copy_requests(turn, guard, mail);
	if (guard->held_for == NULL)
		return;
	if (guard->by_hand || mail->question == 0)
		reached_add(turn->world.reached, guard->where, NULL);
	if (guard->by_hand) {
		leave_to_person(turn, guard, mail);
		return;
	}
	if (mail->question != 0)
		return;		/* asks a colleague of the case, and tells nobody else */
	looks_first = person_of(turn, mail->strand, guard->held_for);
	if (goes_only_to(mail, &looks_first))
		return;		/* it is they who look at it first */
	mail->held_why = arena_printf(turn->arena, "in such a case (%s) a person looks at it first", pack_called(turn->pack, turn->arena, guard->name));
	mail->held_known_by = arena_printf(turn->arena, "in such a case (%s) a person looks at it first", guard->name);
	mail->held_for = looks_first;
	turn_why(turn, guard->where, "guard \"%s\": held until it is released", guard->name);
}

static void
by_file(struct turn *turn, const struct guard *guard, struct outgoing *mail)
{
	if (!guard->leave_out || !carries_files(mail) || is_off(turn, mail->strand, guard))
		return;
	strs_add_new(turn->arena, &mail->leave_out, guard->file);
	reached_add(turn->world.reached, guard->where, NULL);
	turn_why(turn, guard->where, "guard \"%s\": files named \"%s\" are left out", guard->name, guard->file);
}

void
guards_hold(struct turn *turn)
{
	for (size_t m = 0; m < turn->decision->mail_count; m++)
		for (size_t i = 0; i < turn->pack->guard_count; i++) {
			const struct guard *guard = &turn->pack->guards[i];

			if (guard->flag != NULL)
				by_flag(turn, guard, &turn->decision->mails[m]);
			else
				by_file(turn, guard, &turn->decision->mails[m]);
		}
}
