/* A reminder that its case has overtaken does not go; it waits again when that is taken back. */
#include "gather_town.h"

static const struct {
	const char	*name, *act;
	int		 question;		/* 0: about none */
	enum question_state is;
	bool		 overtaken, dropped;	/* the strand has moved since it was decided; dropped: by itself, at another try */
} overtaken[] = {
	{ "a reminder of a stage that is over", "remind", 0, QUESTION_OPEN, true, true },
	{ "an escalation of a stage that is over", "escalate", 0, QUESTION_OPEN, true, true },
	{ "a reminder of a question that outlives its stage", "remind", 1, QUESTION_OPEN, false, false },
	{ "a reminder of a question that is settled", "remind", 1, QUESTION_ANSWERED, true, true },
	{ "a question that outlives its stage", "ask", 1, QUESTION_OPEN, false, false },
	{ "a question that is settled: what settled it may be taken back", "ask", 1, QUESTION_ANSWERED, true, false },
	{ "words to the owner about what is held", "ask", 0, QUESTION_OPEN, false, false },
	{ "a letter", "send", 0, QUESTION_OPEN, false, false },
};

static void
test_what_its_case_has_overtaken(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(overtaken); i++) {
		struct town town = { .mails = { 0 } };
		int64_t mail = begin_for_callum(&town, 1);
		struct case_question question = { .no = 1, .strand = 1, .name = "a question", .at = core_now(town.room.core),
		    .state = overtaken[i].is, .answer = "", .answered_by = "", .answered_at = INSTANT_NONE };
		struct decision decision = { .questions = &question, .question_count = 1, .next_due = INSTANT_NONE };
		struct outbox_row *row;
		struct recalled recalled;
		struct err err = { ERR_NONE, "" };
		const char *why;

		enters(&town, 0, 60);
		row = row_of(&town, mail);
		row->act = overtaken[i].act;
		row->question = overtaken[i].question;
		row->tries = 1;
		put(&town, row);
		well(store_begin(town.room.core->store, &err), &err);
		well(store_apply(town.room.core->store, town.cases[0], 0, &decision, core_now(town.room.core), &err), &err);
		well(outbox_overtaken(town.room.core->store, town.room.arena, row, &why, &err), &err);
		if ((why != NULL) != overtaken[i].overtaken)
			fail_msg("%s: %s", overtaken[i].name, why == NULL ? "still wanted" : why);
		passes(&town, 3600);
		well(engine_recall(&town.room.core->engine, town.room.arena, row, core_now(town.room.core), &recalled, &err), &err);
		well(store_commit(town.room.core->store, &err), &err);
		if ((row_of(&town, mail)->state == OUTBOX_DROPPED) != overtaken[i].dropped)
			fail_msg("%s: %s", overtaken[i].name, outbox_state_name(row_of(&town, mail)->state));
		room_leave(&town.room);
	}
}

static int64_t
moves_quietly(struct town *town, const char *stage)
{
	struct change_wish move = { .word = ADMIN_MOVE, .case_id = town->cases[0], .strand = "advice", .stage = stage, .quiet = true,
	    .who = "somebody", .reason = "why" };
	struct changed changed;
	struct err err = { ERR_NONE, "" };

	well(store_begin(town->room.core->store, &err), &err);
	well(engine_change(&town->room.core->engine, town->room.arena, &move, core_now(town->room.core), &changed, &err), &err);
	well(store_commit(town->room.core->store, &err), &err);
	if (changed.refused != NULL)
		fail_msg("%s", changed.refused);
	return changed.change;
}

static const struct {
	const char	*name, *act;
	bool		 later, others;		/* meanwhile a later one has been written; to other people */
	enum outbox_state ended;
} back[] = {
	{ "a reminder", "remind", false, false, OUTBOX_SENT },
	{ "an escalation", "escalate", false, false, OUTBOX_SENT },
	{ "a later one went for it", "remind", true, false, OUTBOX_DROPPED },
	{ "a later one went to somebody else", "remind", true, true, OUTBOX_SENT },
};

static int64_t
a_later_one(struct town *town, const struct outbox_row *first, const char *to)
{
	struct outbox_recipient recipient = { .address = to, .state = OUTBOX_SENT, .reply = "" };
	struct outbox_row row = *first;

	row.id = 0;
	row.spool_name = "";
	row.message_id = "later@x";
	row.state = OUTBOX_SENT;
	row.recipients = &recipient;
	row.recipient_count = 1;
	put(town, &row);
	return row.id;
}

/* What overtook it is taken back: who was to be reminded is, once. */
static void
test_what_was_overtaken_goes_when_that_is_taken_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(back); i++) {
		struct town town = { .mails = { 0 } };
		int64_t mail = begin_for_callum(&town, 1);
		struct outbox_row *row;
		int64_t change_no;

		enters(&town, 0, -3600);
		row = row_of(&town, mail);
		row->act = back[i].act;
		row->tries = 1;
		put(&town, row);
		passes(&town, 3600);
		change_no = moves_quietly(&town, "reviewing");
		town.room.core->sender_attached = true;
		assert_int_equal(goes_on(&town), 0);
		assert_int_equal(row_of(&town, mail)->state, OUTBOX_DROPPED);
		if (back[i].later)
			a_later_one(&town, row_of(&town, mail), back[i].others ? PRIYANKA : CALLUM);
		take_back(&town, change_no);
		goes_on(&town);
		if (row_of(&town, mail)->state != back[i].ended)
			fail_msg("%s: %s", back[i].name, outbox_state_name(row_of(&town, mail)->state));
		room_leave(&town.room);
	}
}

/* A merge takes nothing back: what one case had overtaken is not wanted since another goes on. */
static void
test_what_was_overtaken_stays_so_in_a_merged_case(void **state)
{
	struct town town = { .mails = { 0 } };
	struct change_wish merge = { .word = ADMIN_MERGE, .who = "somebody", .reason = "why" };
	struct outbox_row *row;
	struct changed changed;
	struct err err = { ERR_NONE, "" };

	(void)state;
	(void)begin_for_callum(&town, 2);
	enters(&town, 0, -3600);
	enters(&town, 1, -3600);
	row = row_of(&town, town.mails[1]);
	row->act = "forward";		/* no later reminder that goes for it */
	put(&town, row);
	row = row_of(&town, town.mails[0]);
	row->act = "remind";
	row->recipients[0] = (struct outbox_recipient){ .address = CALLUM, .state = OUTBOX_DROPPED, .reply = outbox_overtaken_as(OUTBOX_QUEUED) };
	row->recipient_count = 1;
	outbox_sum(row);
	put(&town, row);
	merge.case_id = town.cases[1];
	merge.other = town.cases[0];
	well(store_begin(town.room.core->store, &err), &err);
	well(engine_change(&town.room.core->engine, town.room.arena, &merge, core_now(town.room.core), &changed, &err), &err);
	if (changed.refused != NULL)
		fail_msg("%s", changed.refused);
	well(store_commit(town.room.core->store, &err), &err);
	assert_int_equal(row_of(&town, town.mails[0])->case_id, town.cases[1]);
	assert_int_equal(row_of(&town, town.mails[0])->state, OUTBOX_DROPPED);
	room_leave(&town.room);
}

/* What a person lets go with all others, and is overtaken, waits for a person again once that is taken back. */
static void
test_what_was_overtaken_unseen_waits_again(void **state)
{
	const char *const argv[] = { "queue", "release", "all", "--yes" };
	struct town town = { .mails = { 0 } };
	int64_t mail = begin_for_callum(&town, 1), change_no;
	struct live live = { .arena = town.room.arena, .who = "uid 1", .file = -1 };
	struct outbox_row *row;

	(void)state;
	enters(&town, 0, -3600);
	row = row_of(&town, mail);
	outbox_move(row, ~0u, OUTBOX_REVIEW);
	outbox_sum(row);
	put(&town, row);
	passes(&town, 3600);
	change_no = moves_quietly(&town, "reviewing");
	if (core_live(town.room.core, &live, COUNT(argv), (char **)(uintptr_t)argv) != 0)
		fail_msg("%s", buf_text(&live.errors));
	assert_int_equal(row_of(&town, mail)->state, OUTBOX_DROPPED);
	take_back(&town, change_no);
	assert_int_equal(row_of(&town, mail)->state, OUTBOX_REVIEW);
	buf_free(&live.out);
	buf_free(&live.errors);
	room_leave(&town.room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_its_case_has_overtaken),
		cmocka_unit_test(test_what_was_overtaken_goes_when_that_is_taken_back),
		cmocka_unit_test(test_what_was_overtaken_stays_so_in_a_merged_case),
		cmocka_unit_test(test_what_was_overtaken_unseen_waits_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
