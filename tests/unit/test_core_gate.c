/*
 * What keeps a mail back on its way out: the mode of its mailbox, and the
 * guards against storms and loops, in core as an object.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core_room.h"

#define COUNT(v)	(sizeof(v) / sizeof((v)[0]))
#define CALLUM		"callum.strickland" TRUST
#define ROSALIND	"rosalind.achebe" TRUST
#define HOUR		3600

struct mail {
	const char	*to;
	int64_t		 case_id;
	const char	*act, *template;
	enum outbox_state state;
	instant		 at;		/* decided, or sent */
	enum outbox_rank rank;
	bool		 released;
};

static int64_t
put(struct room *room, const struct mail *mail)
{
	static unsigned number;
	const char *name = arena_printf(room->arena, "out-%u", ++number);
	struct outbox_recipient recipient = { .address = mail->to, .state = mail->state, .reply = "" };
	struct outbox_row row = {
		.case_id = mail->case_id, .pack = "birmingham", .mailbox = room->mailbox.address, .state = mail->state,
		.act = mail->act != NULL ? mail->act : "forward", .template = mail->template != NULL ? mail->template : "request",
		.rule = "", .spool_name = name, .message_id = arena_printf(room->arena, "%s@x", name), .subject = "", .decided = mail->at,
		.next_try = mail->at, .sent = mail->state == OUTBOX_SENT ? mail->at : INSTANT_NONE, .why = "", .rank = mail->rank,
		.released = mail->released, .recipients = &recipient, .recipient_count = 1,
	};

	room_freeze(room, &row);
	return row.id;
}

static int64_t
open_case(struct room *room)
{
	struct err err = { ERR_NONE, "" };
	int64_t id;

	if (store_begin(room->core->store, &err) == -1 ||
	    store_case_new(room->core->store, "birmingham", core_now(room->core), &id, &err) == -1 ||
	    store_commit(room->core->store, &err) == -1)
		fail_msg("%s", err.text);
	return id;
}

static struct outbox_row *
row_of(struct room *room, int64_t id)
{
	struct outbox_row *row;
	struct err err = { ERR_NONE, "" };

	if (store_outbox(room->core->store, room->arena, id, &row, &err) == -1)
		fail_msg("%s", err.text);
	return row;
}

static void
try_to_send(struct room *room)
{
	struct err err = { ERR_NONE, "" };

	for (int i = 0; i < 3; i++)
		if (send_next(room->core, &err) == -1)
			fail_msg("%s", err.text);
}

static const struct {
	const char	*name;
	enum mode	 mode;
	const char	*template;
	bool		 released;
	enum outbox_state state;
} modes[] = {
	{ "live: it goes", MODE_LIVE, NULL, false, OUTBOX_SENDING },
	{ "review: it waits", MODE_REVIEW, NULL, false, OUTBOX_REVIEW },
	{ "review: a person has let it go", MODE_REVIEW, NULL, true, OUTBOX_SENDING },
	{ "shadow: it never goes", MODE_SHADOW, NULL, false, OUTBOX_SHADOW },
	{ "shadow: not even what a person has let go", MODE_SHADOW, NULL, true, OUTBOX_SHADOW },
	{ "shadow: about the daemon itself", MODE_SHADOW, "administrator", false, OUTBOX_SENDING },
};

static void
test_a_mode_decides_what_becomes_of_a_mail(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(modes); i++) {
		struct room room;
		struct mail mail = { .to = CALLUM, .template = modes[i].template, .released = modes[i].released };
		int64_t id;

		room_furnish(&room);
		room.mailbox.mode = modes[i].mode;
		room_open_with_people(&room);
		if (mail.template != NULL)
			mail.to = ADMINISTRATOR;
		mail.at = core_now(room.core);
		id = put(&room, &mail);
		try_to_send(&room);
		if (row_of(&room, id)->state != modes[i].state)
			fail_msg("%s: %s", modes[i].name, outbox_state_name(row_of(&room, id)->state));
		/* In review the administrator is told that something waits: that mail is what went. */
		assert_int_equal(room.handed_over, modes[i].state == OUTBOX_SHADOW ? 0 : 1);
		room_leave(&room);
	}
}

static const struct {
	const char	*name;
	struct storm	 storm;
	size_t		 before;	/* so many went */
	int		 ago_s;		/* so long before */
	const char	*to;		/* them */
	bool		 of_case;	/* about the case at hand */
	enum outbox_rank rank;
	size_t		 usual;		/* so many went in one hour, a week ago */
	bool		 goes;
} storms[] = {
	{ "nothing is looked at", { 0, 0, 0, 0 }, 50, 60, CALLUM, true, RANK_USUAL, 0, true },
	{ "fewer than the least", { 10, 2, 0, 0 }, 9, 60, ROSALIND, false, RANK_USUAL, 0, true },
	{ "a storm", { 10, 2, 0, 0 }, 10, 60, ROSALIND, false, RANK_USUAL, 0, false },
	{ "the same an hour later", { 10, 2, 0, 0 }, 10, HOUR + 1, ROSALIND, false, RANK_USUAL, 0, true },
	{ "they went before the clock was put back", { 10, 2, 0, 0 }, 10, -HOUR, ROSALIND, false, RANK_USUAL, 0, true },
	{ "and to the same person", { 0, 0, 5, 0 }, 5, -HOUR, CALLUM, false, RANK_USUAL, 0, true },
	{ "and about the same case", { 0, 0, 0, 5 }, 5, -HOUR, ROSALIND, true, RANK_USUAL, 0, true },
	{ "a date that ends today", { 10, 2, 0, 0 }, 10, 60, ROSALIND, false, RANK_URGENT, 0, true },
	{ "as many as twice the usual", { 10, 2, 0, 0 }, 16, 60, ROSALIND, false, RANK_USUAL, 8, false },
	{ "fewer than twice the usual", { 10, 2, 0, 0 }, 15, 60, ROSALIND, false, RANK_USUAL, 8, true },
	{ "one person gets too many", { 0, 0, 5, 0 }, 5, 60, CALLUM, false, RANK_USUAL, 0, false },
	{ "their address in other letters", { 0, 0, 5, 0 }, 5, 60, "Callum.STRICKLAND" TRUST, false, RANK_USUAL, 0, false },
	{ "even about a date that ends today", { 0, 0, 5, 0 }, 5, 60, CALLUM, false, RANK_URGENT, 0, false },
	{ "another person did", { 0, 0, 5, 0 }, 5, 60, ROSALIND, false, RANK_USUAL, 0, true },
	{ "too many about one case", { 0, 0, 0, 5 }, 5, 20 * HOUR, ROSALIND, true, RANK_USUAL, 0, false },
	{ "about others", { 0, 0, 0, 5 }, 5, 20 * HOUR, ROSALIND, false, RANK_USUAL, 0, true },
	{ "the day before", { 0, 0, 0, 5 }, 5, 25 * HOUR, ROSALIND, true, RANK_USUAL, 0, true },
};

static size_t
told(struct room *room)
{
	struct outbox_row *rows;
	size_t count, n = 0;
	struct err err;

	assert_int_equal(store_outbox_in_state(room->core->store, room->arena, OUTBOX_QUEUED, &rows, &count, &err), 0);
	for (size_t i = 0; i < count; i++)
		n += strcmp(rows[i].template, "administrator") == 0 && strcmp(rows[i].recipients[0].address, ADMINISTRATOR) == 0;
	return n;
}

static void
weigh(struct room *room, size_t i)
{
	instant now = core_now(room->core);
	int64_t case_id = open_case(room), id;
	struct mail went = { .to = storms[i].to, .case_id = storms[i].of_case ? case_id : 0, .state = OUTBOX_SENT, .at = now - storms[i].ago_s };
	struct mail usual = { .to = "senar@birmingham.example", .state = OUTBOX_SENT, .at = now - 7 * 24 * HOUR };
	struct mail mail = { .to = CALLUM, .case_id = case_id, .at = now, .rank = storms[i].rank };
	struct arena *arena = arena_new();
	struct err err = { ERR_NONE, "" };
	bool passes;

	for (size_t n = 0; n < storms[i].before; n++)
		put(room, &went);
	for (size_t n = 0; n < storms[i].usual; n++)
		put(room, &usual);
	for (int again = 0; again < 2; again++) {
		id = put(room, &mail);
		if (gate_pass(room->core, arena, row_of(room, id), &passes, &err) == -1)
			fail_msg("%s: %s", storms[i].name, err.text);
		if (passes != storms[i].goes || row_of(room, id)->state != (passes ? OUTBOX_QUEUED : OUTBOX_REVIEW))
			fail_msg("%s: %s", storms[i].name, outbox_state_name(row_of(room, id)->state));
	}
	if (told(room) != !storms[i].goes)
		fail_msg("%s: %zu mails to the administrator", storms[i].name, told(room));
	arena_free(&arena);
}

static void
test_a_storm_is_held_and_told_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(storms); i++) {
		struct room room;

		room_furnish(&room);
		room.config.storm = storms[i].storm;
		room_open_with_people(&room);
		weigh(&room, i);
		room_leave(&room);
	}
}

static const struct {
	const char	*name, *act, *template;
	int		 case_day;
	bool		 of_case;
	bool		 goes;
} strangers[] = {
	{ "nothing is looked at", "triage", "triage", 0, false, true },
	{ "as many as about one case", "triage", "triage", 5, false, false },
	{ "its reminder", "remind", "triage", 5, false, false },
	{ "fewer", "triage", "triage", 6, false, true },
	{ "one about a case", "triage", "triage", 5, true, true },
	{ "a digest", "digest", "digest", 5, false, true },
	{ "an alert", "send", "alert", 5, false, true },
	{ "about the daemon itself", "send", "administrator", 5, false, true },
};

/* A machine that answers from a new address each time has no case that could be weighed. */
static void
test_mails_that_nobody_knows_are_put_to_the_owner_so_often_a_day(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(strangers); i++) {
		struct room room;
		struct arena *arena = arena_new();
		struct err err = { ERR_NONE, "" };
		bool passes;
		int64_t id;

		room_furnish(&room);
		room.config.storm = (struct storm){ .case_day = strangers[i].case_day };
		room_open_with_people(&room);
		for (int n = 0; n < 5; n++)
			put(&room, &(struct mail){ .to = ROSALIND, .act = "triage", .template = "triage", .state = OUTBOX_SENT,
			    .at = core_now(room.core) - 20 * HOUR });
		id = put(&room, &(struct mail){ .to = CALLUM, .case_id = strangers[i].of_case ? open_case(&room) : 0,
		    .act = strangers[i].act, .template = strangers[i].template, .at = core_now(room.core) });
		well(gate_pass(room.core, arena, row_of(&room, id), &passes, &err), &err);
		if (passes != strangers[i].goes || row_of(&room, id)->state != (passes ? OUTBOX_QUEUED : OUTBOX_REVIEW))
			fail_msg("%s: %s", strangers[i].name, outbox_state_name(row_of(&room, id)->state));
		arena_free(&arena);
		room_leave(&room);
	}
}

/* So many sections of it, each about a case of its own, but of_case: about that one. */
static int64_t
put_joined(struct room *room, const struct mail *mail, size_t parts, int64_t of_case)
{
	int64_t id = put(room, mail);
	struct err err = { ERR_NONE, "" };

	for (size_t i = 0; i < parts; i++) {
		struct mail part = { .to = mail->to, .case_id = of_case != 0 ? of_case : open_case(room), .state = OUTBOX_JOINED,
		    .act = "escalate", .template = "escalate", .at = mail->at };
		struct outbox_row *row = row_of(room, put(room, &part));

		row->recipients[0].joined = id;
		well(store_outbox_put(room->core->store, row, &err), &err);
		assert_int_equal(row_of(room, row->id)->recipients[0].joined, id);
	}
	return id;
}

static const struct {
	const char	*name, *template;
	struct storm	 storm;
	size_t		 before;	/* so many joined mails of three cases went */
	bool		 same;		/* they were about the case of this one */
	bool		 goes;
} joins[] = {
	{ "fewer than the least", "together", { 10, 2, 0, 0 }, 3, false, true },
	{ "each stands for its parts", "together", { 9, 2, 0, 0 }, 3, false, false },
	{ "what was missed goes all the same", "gathered", { 9, 2, 0, 0 }, 3, false, true },
	{ "but counts one", NULL, { 4, 2, 0, 0 }, 3, false, true },
	{ "too many about one of its cases", "together", { 0, 0, 0, 3 }, 3, true, false },
	{ "the same of what was missed", "gathered", { 0, 0, 0, 3 }, 3, true, false },
	{ "about others", "together", { 0, 0, 0, 3 }, 3, false, true },
	{ "fewer about one of its cases", "together", { 0, 0, 0, 4 }, 3, true, true },
};

static void
test_a_mail_of_several_cases_is_weighed_as_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(joins); i++) {
		struct room room;
		struct arena *arena = arena_new();
		struct err err = { ERR_NONE, "" };
		struct mail went = { .to = ROSALIND, .act = "escalate", .state = OUTBOX_SENT };
		struct mail mail = { .to = CALLUM, .act = "escalate", .template = joins[i].template };
		int64_t id, of_case;
		bool passes;

		room_furnish(&room);
		room.config.storm = joins[i].storm;
		room_open_with_people(&room);
		went.template = joins[i].template == NULL ? "gathered" : joins[i].template;
		went.at = core_now(room.core) - 60;
		mail.at = core_now(room.core);
		of_case = joins[i].same ? open_case(&room) : 0;
		for (size_t n = 0; n < joins[i].before; n++)
			put_joined(&room, &went, 3, of_case);
		id = joins[i].template == NULL ? put(&room, &mail) : put_joined(&room, &mail, 2, of_case);
		well(gate_pass(room.core, arena, row_of(&room, id), &passes, &err), &err);
		if (passes != joins[i].goes || row_of(&room, id)->state != (passes ? OUTBOX_QUEUED : OUTBOX_REVIEW))
			fail_msg("%s: %s", joins[i].name, outbox_state_name(row_of(&room, id)->state));
		arena_free(&arena);
		room_leave(&room);
	}
}

static void
test_what_leaves_the_shadow_is_looked_at(void **state)
{
	struct room room;
	struct mail of_no_case = { .to = CALLUM, .act = "remind" };
	int64_t id;

	(void)state;
	room_furnish(&room);
	room.mailbox.mode = MODE_SHADOW;
	room_open_with_people(&room);
	of_no_case.at = core_now(room.core);
	id = put(&room, &of_no_case);
	try_to_send(&room);
	assert_int_equal(row_of(&room, id)->state, OUTBOX_SHADOW);
	core_close(&room.core);
	room.mailbox.mode = MODE_LIVE;
	room_open(&room);
	try_to_send(&room);
	/* A reminder of then is not wanted any more: the next one comes by itself. */
	assert_int_equal(row_of(&room, id)->state, OUTBOX_SHADOW);
	assert_int_equal(room.handed_over, 0);
	room_leave(&room);
}

/* In one transaction, up to the first that goes, which waits for none of those before it. */
static void
test_what_is_kept_back_is_kept_together(void **state)
{
	struct room room;
	struct err err = { ERR_NONE, "" };
	struct mail mail = { .to = CALLUM }, about_us = { .to = ADMINISTRATOR, .template = "administrator" };
	int64_t ids[7];
	uint64_t commits;

	(void)state;
	room_furnish(&room);
	room.mailbox.mode = MODE_SHADOW;
	room_open_with_people(&room);
	mail.at = about_us.at = core_now(room.core);
	for (size_t i = 0; i < COUNT(ids); i++)
		ids[i] = put(&room, i == 5 ? &about_us : &mail);
	commits = room.core->commits;
	if (send_next(room.core, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(room.core->commits, commits + 1);
	for (size_t i = 0; i < COUNT(ids); i++)
		assert_int_equal(row_of(&room, ids[i])->state, i < 5 ? OUTBOX_SHADOW : OUTBOX_QUEUED);
	if (send_next(room.core, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(row_of(&room, ids[5])->state, OUTBOX_SENDING);
	assert_int_equal(room.handed_over, 1);
	room_leave(&room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_mode_decides_what_becomes_of_a_mail),
		cmocka_unit_test(test_a_storm_is_held_and_told_once),
		cmocka_unit_test(test_mails_that_nobody_knows_are_put_to_the_owner_so_often_a_day),
		cmocka_unit_test(test_a_mail_of_several_cases_is_weighed_as_each),
		cmocka_unit_test(test_what_leaves_the_shadow_is_looked_at),
		cmocka_unit_test(test_what_is_kept_back_is_kept_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
