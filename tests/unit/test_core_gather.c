/*
 * Mails of several cases, in core as an object: what a change to one of the
 * cases does while such a mail waits, and that nothing is lost or comes twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core_room.h"
#include "ctl/live.h"
#include "engine/outbox.h"
#include "mail/compose.h"

#define COUNT(v)	(sizeof(v) / sizeof((v)[0]))
#define CALLUM		"callum.strickland" TRUST
#define PRIYANKA	"priyanka.nair-holt" TRUST
#define CASES		3

struct town {
	struct room	 room;
	int64_t		 cases[CASES], mails[CASES];
};

static int64_t
open_case(struct room *room)
{
	struct err err = { ERR_NONE, "" };
	int64_t id;

	well(store_begin(room->core->store, &err), &err);
	well(store_case_new(room->core->store, "birmingham", core_now(room->core), &id, &err), &err);
	well(store_commit(room->core->store, &err), &err);
	return id;
}

static void
gather(struct town *town)
{
	struct err err = { ERR_NONE, "" };
	bool more = true;

	while (more) {
		more = false;
		well(gather_turn(town->room.core, &more, &err), &err);
	}
}

/* An escalation about each of so many cases to both people, written but not joined yet. */
static void
write_down(struct town *town, size_t cases, bool late)
{
	struct room *room = &town->room;
	struct err err = { ERR_NONE, "" };

	for (size_t i = 0; i < cases; i++) {
		const char *name = arena_printf(room->arena, "out-%zu", i);
		struct outbox_recipient recipients[] = {
			{ .address = CALLUM, .state = OUTBOX_GATHERED, .reply = "" },
			{ .address = PRIYANKA, .state = OUTBOX_GATHERED, .cc = true, .reply = "" },
		};
		struct outbox_row row = {
			.case_id = town->cases[i] = open_case(room), .pack = "birmingham", .mailbox = room->mailbox.address,
			.state = OUTBOX_GATHERED, .act = "escalate", .template = "escalate", .rule = "", .spool_name = name,
			.message_id = arena_printf(room->arena, "%s@x", name), .subject = "late", .decided = core_now(room->core),
			.next_try = core_now(room->core), .sent = INSTANT_NONE, .why = "", .recipients = recipients,
			.recipient_count = COUNT(recipients),
		};

		room_freeze(room, &row);
		town->mails[i] = row.id;
		well(store_begin(room->core->store, &err), &err);
		well(store_gathered_put(room->core->store, row.id, late, 0, "# words", &err), &err);
		well(store_commit(room->core->store, &err), &err);
	}
}

static struct outbox_row *
row_of(struct town *town, int64_t id)
{
	struct outbox_row *row;
	struct err err = { ERR_NONE, "" };

	well(store_outbox(town->room.core->store, town->room.arena, id, &row, &err), &err);
	assert_non_null(row);
	return row;
}

/* The mails of no case in a state, which a joined one is. */
static struct outbox_row *
joined_in(struct town *town, enum outbox_state state, size_t *count_r)
{
	struct outbox_row *rows;
	size_t count, n = 0;
	struct err err = { ERR_NONE, "" };

	well(store_outbox_in_state(town->room.core->store, town->room.arena, state, &rows, &count, &err), &err);
	for (size_t i = 0; i < count; i++)
		if (rows[i].case_id == 0 && rows[i].act[0] == 'e')
			rows[n++] = rows[i];
	*count_r = n;
	return rows;
}

static void
change(struct town *town, enum admin_word word, int64_t of_case)
{
	struct room *room = &town->room;
	struct change_wish wish = { .word = word, .case_id = of_case, .who = "somebody", .reason = "why",
	    .until = core_now(room->core) + 5 * 86400 };
	struct changed changed;
	struct err err = { ERR_NONE, "" };

	well(store_begin(room->core->store, &err), &err);
	well(engine_change(&room->core->engine, room->arena, &wish, core_now(room->core), &changed, &err), &err);
	if (changed.refused != NULL)
		fail_msg("%s", changed.refused);
	well(store_commit(room->core->store, &err), &err);
}

static const struct {
	const char	*name;
	size_t		 cases;
	bool		 late;
	enum admin_word	 word;
	enum outbox_state waits, first, others;	/* of the joined mails before; then of the mail of the first case, and of the rest */
	size_t		 joined;		/* mails that wait for the two people together afterwards */
} rows[] = {
	{ "one of two is closed: the other goes as it was written", 2, false, ADMIN_CLOSE, OUTBOX_QUEUED, OUTBOX_DROPPED, OUTBOX_QUEUED, 0 },
	{ "one of three is closed", 3, false, ADMIN_CLOSE, OUTBOX_QUEUED, OUTBOX_DROPPED, OUTBOX_JOINED, 2 },
	{ "the same while the server is down", 3, false, ADMIN_CLOSE, OUTBOX_RETRY, OUTBOX_DROPPED, OUTBOX_JOINED, 2 },
	{ "the same while it waits for a look", 3, false, ADMIN_CLOSE, OUTBOX_REVIEW, OUTBOX_DROPPED, OUTBOX_JOINED, 2 },
	{ "one of two is paused: its own waits", 2, false, ADMIN_PAUSE, OUTBOX_QUEUED, OUTBOX_QUEUED, OUTBOX_QUEUED, 0 },
	{ "one of three is paused", 3, false, ADMIN_PAUSE, OUTBOX_RETRY, OUTBOX_QUEUED, OUTBOX_JOINED, 2 },
	{ "missed, and one of three is closed", 3, true, ADMIN_CLOSE, OUTBOX_RETRY, OUTBOX_DROPPED, OUTBOX_JOINED, 2 },
	{ "missed, and one of three is paused", 3, true, ADMIN_PAUSE, OUTBOX_QUEUED, OUTBOX_QUEUED, OUTBOX_JOINED, 2 },
	{ "it has gone: nothing is taken back", 2, false, ADMIN_CLOSE, OUTBOX_SENT, OUTBOX_JOINED, OUTBOX_JOINED, 0 },
	{ "it may have gone: nothing goes again", 2, false, ADMIN_CLOSE, OUTBOX_UNKNOWN, OUTBOX_JOINED, OUTBOX_JOINED, 0 },
};

static void
joined_stand_at(struct town *town, enum outbox_state state)
{
	size_t count;
	struct outbox_row *joined = joined_in(town, OUTBOX_QUEUED, &count);
	struct err err = { ERR_NONE, "" };

	assert_int_equal(count, 2);
	well(store_begin(town->room.core->store, &err), &err);
	for (size_t i = 0; i < count; i++) {
		outbox_move(&joined[i], 1u << OUTBOX_QUEUED, state);
		joined[i].state = state;
		well(store_outbox_put(town->room.core->store, &joined[i], &err), &err);
	}
	well(store_commit(town->room.core->store, &err), &err);
}

static void
expect_state(struct town *town, const char *name, size_t i, enum outbox_state want)
{
	const struct outbox_row *row = row_of(town, town->mails[i]);

	if (row->state != want)
		fail_msg("%s: mail %zu is %s", name, i, outbox_state_name(row->state));
	for (size_t r = 0; r < row->recipient_count; r++)
		if (row->recipients[r].state != want)
			fail_msg("%s: mail %zu to %s is %s", name, i, row->recipients[r].address,
			    outbox_state_name(row->recipients[r].state));
	/* What may yet go as it was written has its file. */
	if (want == OUTBOX_QUEUED && !file_exists(town->room.core->spool.out, row->spool_name))
		fail_msg("%s: mail %zu has no file", name, i);
}

static void
test_a_waiting_mail_of_several_cases_follows_each_of_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct town town = { .mails = { 0 } };
		struct outbox_row *joined;
		size_t count;

		room_furnish(&town.room);
		town.room.config.join = true;
		town.room.without_sender = true;
		room_open_with_people(&town.room);
		write_down(&town, rows[i].cases, rows[i].late);
		gather(&town);
		joined_stand_at(&town, rows[i].waits);
		change(&town, rows[i].word, town.cases[0]);
		gather(&town);
		for (size_t k = 0; k < rows[i].cases; k++)
			expect_state(&town, rows[i].name, k, k == 0 ? rows[i].first : rows[i].others);
		joined = joined_in(&town, OUTBOX_QUEUED, &count);
		if (count != rows[i].joined)
			fail_msg("%s: %zu joined mails wait", rows[i].name, count);
		for (size_t k = 0; k < count; k++)
			if (strcmp(joined[k].template, rows[i].late ? "gathered" : "together") != 0)
				fail_msg("%s: %s", rows[i].name, joined[k].template);
		room_leave(&town.room);
	}
}

/* As it is said to the send role, and by it. */
static void
send_all(struct town *town, enum send_result said)
{
	struct core *core = town->room.core;
	struct err err = { ERR_NONE, "" };

	core->sender_attached = true;
	for (int i = 0; i < 10; i++) {
		struct frame frame;
		struct outbox_row *row;

		well(send_next(core, &err), &err);
		if (!core->sending.busy)
			continue;
		row = row_of(town, core->sending.outbox);
		frame_init(&frame, WIRE_SENT, core->sending.ticket);
		put_u32(&frame, SEND_SENT);
		put_u32(&frame, 250);
		put_str(&frame, "ok");
		put_u32(&frame, (uint32_t)row->recipient_count);
		for (size_t r = 0; r < row->recipient_count; r++) {
			bool ours = row->case_id == 0 && row->act[0] == 'e';

			put_str(&frame, row->recipients[r].address);
			put_u32(&frame, ours ? said : SEND_SENT);
			put_u32(&frame, ours && said == SEND_FAILED ? 550 : 250);
			put_str(&frame, ours && said == SEND_FAILED ? "no such user" : "ok");
		}
		put_u32(&frame, 0);
		well(send_frame(core, &frame, &err), &err);
		frame_free(&frame);
	}
}

static void
begin(struct town *town)
{
	room_furnish(&town->room);
	town->room.config.join = true;
	town->room.without_sender = true;
	room_open_with_people(&town->room);
	write_down(town, 2, false);
	gather(town);
}

static void
test_files_of_what_was_joined_end_when_it_has_gone(void **state)
{
	struct town town = { .mails = { 0 } };

	(void)state;
	begin(&town);
	for (size_t i = 0; i < 2; i++)
		assert_true(file_exists(town.room.core->spool.out, row_of(&town, town.mails[i])->spool_name));
	/* Nor do they end when the daemon begins again. */
	core_close(&town.room.core);
	room_open(&town.room);
	for (size_t i = 0; i < 2; i++)
		assert_true(file_exists(town.room.core->spool.out, row_of(&town, town.mails[i])->spool_name));
	send_all(&town, SEND_SENT);
	for (size_t i = 0; i < 2; i++) {
		expect_state(&town, "sent", i, OUTBOX_JOINED);
		assert_false(file_exists(town.room.core->spool.out, row_of(&town, town.mails[i])->spool_name));
	}
	room_leave(&town.room);
}

/* Somebody has it in a mail of several, somebody else had it as it was written: taking it apart sends it to the first alone. */
static void
test_who_had_it_already_does_not_get_it_again(void **state)
{
	struct town town = { .mails = { 0 } };
	struct outbox_row *row, *joined;
	struct err err = { ERR_NONE, "" };
	size_t count;

	(void)state;
	room_furnish(&town.room);
	town.room.config.join = true;
	town.room.without_sender = true;
	room_open_with_people(&town.room);
	write_down(&town, 2, false);
	well(store_begin(town.room.core->store, &err), &err);
	row = row_of(&town, town.mails[0]);
	row->recipient_count = 1;
	well(store_outbox_put(town.room.core->store, row, &err), &err);
	well(store_commit(town.room.core->store, &err), &err);
	gather(&town);
	row = row_of(&town, town.mails[1]);
	assert_int_equal(row->recipients[0].state, OUTBOX_JOINED);
	assert_int_equal(row->recipients[1].state, OUTBOX_QUEUED);
	joined = joined_in(&town, OUTBOX_QUEUED, &count);
	assert_int_equal(count, 1);
	joined->next_try = core_now(town.room.core) + 3600;
	well(store_begin(town.room.core->store, &err), &err);
	well(store_outbox_put(town.room.core->store, joined, &err), &err);
	well(store_commit(town.room.core->store, &err), &err);
	send_all(&town, SEND_SENT);
	row = row_of(&town, town.mails[1]);
	assert_int_equal(row->state, OUTBOX_SENT);
	assert_true(file_exists(town.room.core->spool.out, row->spool_name));
	change(&town, ADMIN_CLOSE, town.cases[0]);
	gather(&town);
	row = row_of(&town, town.mails[1]);
	assert_int_equal(row->state, OUTBOX_QUEUED);
	assert_int_equal(row->recipients[0].state, OUTBOX_QUEUED);
	assert_int_equal(row->recipients[1].state, OUTBOX_SENT);
	send_all(&town, SEND_SENT);
	row = row_of(&town, town.mails[1]);
	assert_int_equal(row->recipients[0].state, OUTBOX_SENT);
	assert_false(file_exists(town.room.core->spool.out, row->spool_name));
	assert_true(file_exists(town.room.core->spool.sent, row->spool_name));
	assert_int_equal(row_of(&town, town.mails[0])->state, OUTBOX_DROPPED);
	room_leave(&town.room);
}

/* A person has taken one reader out of a part that another has in a mail of several: taken apart, it goes to that one alone. */
static void
test_a_part_that_a_person_took_from_somebody(void **state)
{
	static const enum outbox_state said[] = { OUTBOX_DROPPED, OUTBOX_SENT, OUTBOX_HELD };

	(void)state;
	for (size_t i = 0; i < COUNT(said); i++) {
		struct town town = { .mails = { 0 } };
		struct outbox_row *part, *alone;
		struct err err = { ERR_NONE, "" };
		const char *file;
		enum outbox_state want = said[i] == OUTBOX_HELD ? OUTBOX_HELD : said[i] == OUTBOX_SENT ? OUTBOX_SENT : OUTBOX_JOINED;

		room_furnish(&town.room);
		town.room.config.join = true;
		town.room.without_sender = true;
		room_open_with_people(&town.room);
		write_down(&town, 2, false);
		well(store_begin(town.room.core->store, &err), &err);
		alone = row_of(&town, town.mails[0]);
		alone->recipient_count = 1;
		well(store_outbox_put(town.room.core->store, alone, &err), &err);
		well(store_commit(town.room.core->store, &err), &err);
		gather(&town);
		/* Callum has it in a mail of several, Priyanka was to get it as it was written. */
		part = row_of(&town, town.mails[1]);
		file = part->spool_name;
		outbox_move(part, 1u << OUTBOX_QUEUED, said[i]);
		outbox_sum(part);
		if (part->state != want)
			fail_msg("row %zu: it is %s", i, outbox_state_name(part->state));
		well(store_begin(town.room.core->store, &err), &err);
		well(store_outbox_put(town.room.core->store, part, &err), &err);
		well(store_commit(town.room.core->store, &err), &err);
		well(outbox_files_end(town.room.core->store, town.room.arena, town.room.core->spool.out, town.room.core->spool.sent, part,
		    &err), &err);
		assert_true(file_exists(town.room.core->spool.out, file));
		change(&town, ADMIN_CLOSE, town.cases[0]);
		gather(&town);
		send_all(&town, SEND_SENT);
		part = row_of(&town, town.mails[1]);
		/* What is held keeps the whole of it until a person says more. */
		if (said[i] == OUTBOX_HELD) {
			assert_int_equal(part->recipients[0].state, OUTBOX_GATHERED);
			outbox_move(part, 1u << OUTBOX_HELD, OUTBOX_DROPPED);
			outbox_sum(part);
			well(store_begin(town.room.core->store, &err), &err);
			well(store_outbox_put(town.room.core->store, part, &err), &err);
			well(store_commit(town.room.core->store, &err), &err);
			gather(&town);
			send_all(&town, SEND_SENT);
			part = row_of(&town, town.mails[1]);
		}
		if (part->recipients[0].state != OUTBOX_SENT || part->state != OUTBOX_SENT)
			fail_msg("row %zu: Callum's is %s", i, outbox_state_name(part->recipients[0].state));
		assert_int_equal(part->recipients[1].state, said[i] == OUTBOX_SENT ? OUTBOX_SENT : OUTBOX_DROPPED);
		assert_false(file_exists(town.room.core->spool.out, file));
		room_leave(&town.room);
	}
}

static size_t
told_of(struct town *town, int64_t of_case)
{
	struct journal_entry *entries;
	size_t count, n = 0;
	struct err err = { ERR_NONE, "" };

	well(store_journal_of(town->room.core->store, town->room.arena, of_case, &entries, &count, &err), &err);
	for (size_t i = 0; i < count; i++)
		n += strcmp(entries[i].event, "undelivered") == 0;
	return n;
}

static void
test_each_case_hears_that_a_joined_mail_was_refused(void **state)
{
	struct town town = { .mails = { 0 } };

	(void)state;
	begin(&town);
	send_all(&town, SEND_FAILED);
	for (size_t i = 0; i < 2; i++)
		if (told_of(&town, town.cases[i]) != 2)
			fail_msg("case %zu heard %zu times", i, told_of(&town, town.cases[i]));
	room_leave(&town.room);
}

static void
passes(struct town *town, int64_t seconds)
{
	case_clock_set(&town->room.core->clock, core_now(town->room.core) + seconds);
}

/* ---- While it is being sent */

static void
hand_one_over(struct town *town)
{
	struct core *core = town->room.core;
	struct err err = { ERR_NONE, "" };

	core->sender_attached = true;
	for (int i = 0; i < 5 && !core->sending.busy; i++)
		well(send_next(core, &err), &err);
	assert_true(core->sending.busy);
}

static void
ends(struct town *town, enum send_result said, int code)
{
	struct core *core = town->room.core;
	struct outbox_row *row = row_of(town, core->sending.outbox);
	struct err err = { ERR_NONE, "" };
	struct frame frame;

	if (said == SEND_UNKNOWN) {
		frame_init(&frame, WIRE_SENDING, core->sending.ticket);
		well(send_frame(core, &frame, &err), &err);
		frame_free(&frame);
		well(send_lost(core, &err), &err);
		return;
	}
	frame_init(&frame, WIRE_SENT, core->sending.ticket);
	put_u32(&frame, said);
	put_u32(&frame, (uint32_t)code);
	put_str(&frame, "so it says");
	put_u32(&frame, (uint32_t)row->recipient_count);
	for (size_t r = 0; r < row->recipient_count; r++) {
		put_str(&frame, row->recipients[r].address);
		put_u32(&frame, said);
		put_u32(&frame, (uint32_t)code);
		put_str(&frame, "so it says");
	}
	put_u32(&frame, 0);
	well(send_frame(core, &frame, &err), &err);
	frame_free(&frame);
	core->sending.not_before_ms = 0;
}

/* Its time has come again. */
static void
is_due(struct town *town, int64_t id)
{
	struct outbox_row *row = row_of(town, id);
	struct err err = { ERR_NONE, "" };

	row->next_try = core_now(town->room.core);
	well(store_begin(town->room.core->store, &err), &err);
	well(store_outbox_put(town->room.core->store, row, &err), &err);
	well(store_commit(town->room.core->store, &err), &err);
}

/* The strand that the mail of a case is about enters a stage, so long after the mail. */
static void
enters(struct town *town, size_t i, int64_t after_s)
{
	struct store *store = town->room.core->store;
	struct case_strand strand = { .no = 1, .name = "advice", .stage = "a stage", .entered = core_now(town->room.core) + after_s,
	    .service = "" };
	struct decision decision = { .strands = &strand, .strand_count = 1, .next_due = INSTANT_NONE };
	struct outbox_row *row = row_of(town, town->mails[i]);
	struct err err = { ERR_NONE, "" };

	row->strand = 1;
	well(store_begin(store, &err), &err);
	well(store_apply(store, town->cases[i], 0, &decision, core_now(town->room.core), &err), &err);
	well(store_outbox_put(store, row, &err), &err);
	well(store_commit(store, &err), &err);
}

enum what { NOTHING_HAPPENS, IS_CLOSED, IS_CLOSED_AND_OPENED, IS_PAUSED, MOVES_ON };

static const struct {
	const char	*name;
	size_t		 cases;
	enum what	 what;		/* to the first case while the mail is being sent */
	enum send_result said;
	int		 code;
	/* Of Callum's, when all is over: of the first case and of the others; and mails that he was handed in all. */
	enum outbox_state first, others;
	size_t		 handed;
} changes[] = {
	{ "nothing happens, and it is put off", 2, NOTHING_HAPPENS, SEND_RETRY, 451, OUTBOX_JOINED, OUTBOX_JOINED, 2 },
	{ "closed, and it went", 2, IS_CLOSED, SEND_SENT, 250, OUTBOX_JOINED, OUTBOX_JOINED, 1 },
	{ "closed, and it was put off: the other goes as it was written", 2, IS_CLOSED, SEND_RETRY, 451, OUTBOX_DROPPED, OUTBOX_SENT, 2 },
	{ "the same of three: the others go in one mail", 3, IS_CLOSED, SEND_RETRY, 451, OUTBOX_DROPPED, OUTBOX_JOINED, 2 },
	{ "closed, opened again, and it was put off", 2, IS_CLOSED_AND_OPENED, SEND_RETRY, 451, OUTBOX_JOINED, OUTBOX_JOINED, 2 },
	{ "closed, and nobody knows whether it went", 2, IS_CLOSED, SEND_UNKNOWN, 0, OUTBOX_JOINED, OUTBOX_JOINED, 1 },
	{ "closed, and refused", 2, IS_CLOSED, SEND_FAILED, 550, OUTBOX_JOINED, OUTBOX_JOINED, 1 },
	{ "paused, and it was put off: its own waits", 3, IS_PAUSED, SEND_RETRY, 451, OUTBOX_QUEUED, OUTBOX_JOINED, 2 },
	{ "answered, and it was put off", 3, MOVES_ON, SEND_RETRY, 451, OUTBOX_DROPPED, OUTBOX_JOINED, 2 },
	{ "a mail alone, closed, and it was put off", 1, IS_CLOSED, SEND_RETRY, 451, OUTBOX_DROPPED, OUTBOX_SENT, 1 },
	{ "a mail alone, closed, opened again, and it was put off", 1, IS_CLOSED_AND_OPENED, SEND_RETRY, 451, OUTBOX_SENT, OUTBOX_SENT, 2 },
	{ "a mail alone, answered, and it was put off", 1, MOVES_ON, SEND_RETRY, 451, OUTBOX_DROPPED, OUTBOX_SENT, 1 },
	{ "answered, and it went", 3, MOVES_ON, SEND_SENT, 250, OUTBOX_JOINED, OUTBOX_JOINED, 1 },
};

static void
happens(struct town *town, enum what what)
{
	struct change_wish undo = { .word = ADMIN_UNDO, .who = "somebody", .reason = "why" };
	struct changed changed;
	struct err err = { ERR_NONE, "" };

	if (what == IS_CLOSED || what == IS_CLOSED_AND_OPENED)
		change(town, ADMIN_CLOSE, town->cases[0]);
	if (what == IS_PAUSED)
		change(town, ADMIN_PAUSE, town->cases[0]);
	if (what == MOVES_ON)
		enters(town, 0, 60);
	if (what != IS_CLOSED_AND_OPENED)
		return;
	undo.undoes = 1;
	well(store_begin(town->room.core->store, &err), &err);
	well(engine_change(&town->room.core->engine, town->room.arena, &undo, core_now(town->room.core), &changed, &err), &err);
	if (changed.refused != NULL)
		fail_msg("%s", changed.refused);
	well(store_commit(town->room.core->store, &err), &err);
}

static enum outbox_state
callums(struct town *town, size_t i)
{
	struct outbox_row *row = row_of(town, town->mails[i]);

	for (size_t r = 0; r < row->recipient_count; r++)
		if (strcmp(row->recipients[r].address, CALLUM) == 0)
			return row->recipients[r].state;
	fail();
	return OUTBOX_FAILED;
}

/* So that his is the only mail. */
static void
to_callum_alone(struct town *town, size_t cases)
{
	struct err err = { ERR_NONE, "" };

	well(store_begin(town->room.core->store, &err), &err);
	for (size_t i = 0; i < cases; i++) {
		struct outbox_row *row = row_of(town, town->mails[i]);

		row->recipient_count = 1;
		well(store_outbox_put(town->room.core->store, row, &err), &err);
	}
	well(store_commit(town->room.core->store, &err), &err);
}

static void
test_a_case_changes_while_the_mail_is_being_sent(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++) {
		struct town town = { .mails = { 0 } };
		struct room *room = &town.room;
		size_t handed, joined_count;
		struct outbox_row *joined_rows;
		int64_t joined;

		room_furnish(room);
		room->config.join = true;
		room->without_sender = true;
		room_open_with_people(room);
		write_down(&town, changes[i].cases, false);
		to_callum_alone(&town, changes[i].cases);
		if (changes[i].what == MOVES_ON)
			enters(&town, 0, -3600);
		gather(&town);
		joined_rows = joined_in(&town, OUTBOX_QUEUED, &joined_count);
		assert_int_equal(joined_count, changes[i].cases > 1);
		joined = joined_count == 0 ? town.mails[0] : joined_rows->id;
		hand_one_over(&town);
		assert_int_equal(room->core->sending.outbox, joined);
		happens(&town, changes[i].what);
		ends(&town, changes[i].said, changes[i].code);
		handed = room->handed_over;
		if (changes[i].said == SEND_RETRY)
			is_due(&town, joined);
		for (int turns = 0; turns < 4; turns++) {
			struct err err = { ERR_NONE, "" };

			well(send_next(room->core, &err), &err);
			if (room->core->sending.busy && row_of(&town, room->core->sending.outbox)->act[0] == 'e')
				handed++;
			if (room->core->sending.busy)
				ends(&town, SEND_SENT, 250);
			gather(&town);
		}
		if (handed != changes[i].handed)
			fail_msg("%s: %zu mails were handed over", changes[i].name, handed);
		for (size_t k = 0; k < changes[i].cases; k++) {
			enum outbox_state want = k == 0 ? changes[i].first : changes[i].others;

			if (callums(&town, k) != want)
				fail_msg("%s: mail %zu is %s", changes[i].name, k, outbox_state_name(callums(&town, k)));
			if (want == OUTBOX_DROPPED && changes[i].what == MOVES_ON &&
			    !file_exists(room->core->spool.out, row_of(&town, town.mails[k])->spool_name))
				fail_msg("%s: mail %zu could not come back", changes[i].name, k);
		}
		room_leave(room);
	}
}

/* Called off, put off, dropped; then the change is taken back: it goes after all. */
static void
test_what_was_called_off_goes_when_the_change_is_taken_back(void **state)
{
	struct town town = { .mails = { 0 } };
	struct room *room = &town.room;
	struct change_wish undo = { .word = ADMIN_UNDO, .undoes = 1, .who = "somebody", .reason = "why" };
	struct changed changed;
	struct err err = { ERR_NONE, "" };

	(void)state;
	begin(&town);
	hand_one_over(&town);
	change(&town, ADMIN_CLOSE, town.cases[0]);
	ends(&town, SEND_RETRY, 451);
	is_due(&town, joined_in(&town, OUTBOX_RETRY, &(size_t){ 0 })->id);
	for (int turns = 0; turns < 6; turns++) {
		well(send_next(room->core, &err), &err);
		if (room->core->sending.busy)
			ends(&town, SEND_SENT, 250);
		gather(&town);
	}
	expect_state(&town, "called off", 0, OUTBOX_DROPPED);
	expect_state(&town, "called off", 1, OUTBOX_SENT);
	well(store_begin(room->core->store, &err), &err);
	well(engine_change(&room->core->engine, room->arena, &undo, core_now(room->core), &changed, &err), &err);
	well(store_commit(room->core->store, &err), &err);
	gather(&town);
	expect_state(&town, "taken back", 0, OUTBOX_QUEUED);
	send_all(&town, SEND_SENT);
	expect_state(&town, "gone", 0, OUTBOX_SENT);
	room_leave(room);
}

static struct message *
notice_about(struct town *town, const char *message_id, const char *address, int no)
{
	struct message *notice = arena_alloc(town->room.arena, sizeof(*notice));
	instant now = core_now(town->room.core);

	*notice = (struct message){
		.message_id = arena_printf(town->room.arena, "notice-%d@x", no), .in_reply_to = "", .thread_root = "",
		.from = { "", "postmaster" TRUST }, .sender = { "", "" }, .subject = "Undeliverable: late", .subject_peeled = "late",
		.marking = "", .date = now, .received = now, .notice = NOTICE_BOUNCE, .original_message_id = message_id, .back_on = DAY_NONE,
		.calendar_method = "", .calendar_answer = "", .new_text = "", .forwarded_text = "", .quoted_text = "",
		.forwarded_from = { "", "" },
	};
	snprintf(notice->fingerprint, sizeof(notice->fingerprint), "%064d", no);
	if (address != NULL)
		*arena_push(town->room.arena, notice->bounced, notice->bounced_count) =
		    (struct bounced){ .address = address, .status = "5.1.1", .reason = "" };
	return notice;
}

static const struct {
	const char	*name, *id, *address;	/* id NULL: the joined mail's */
	size_t		 heard;			/* each case, from this notice */
	bool		 waits;			/* a person must look at it */
} notices[] = {
	{ "it says from whom", NULL, CALLUM, 1, false },
	{ "it does not say from whom: it went to one alone", NULL, NULL, 1, false },
	{ "it names somebody to whom that mail did not go", NULL, PRIYANKA, 0, true },
	{ "it is about another mail", "nothing@x", CALLUM, 0, true },
};

static void
test_each_case_hears_that_a_joined_mail_came_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(notices); i++) {
		struct town town = { .mails = { 0 } };
		struct err err = { ERR_NONE, "" };
		struct arrived *arrived;
		struct arrival arrival;
		struct outbox_row *joined;
		size_t count, of = 0;

		begin(&town);
		joined = joined_in(&town, OUTBOX_QUEUED, &count);
		while (of < count && strcmp(joined[of].recipients[0].address, CALLUM) != 0)
			of++;
		send_all(&town, SEND_SENT);
		for (int twice = 0; twice < 2; twice++) {
			arrival = (struct arrival){ .pack = town.room.core->engine.packs[0], .mailbox = town.room.mailbox.address,
			    .trust = "none", .spool_name = "", .received = core_now(town.room.core),
			    .message = notice_about(&town, notices[i].id == NULL ? joined[of].message_id : notices[i].id, notices[i].address, 1) };
			well(store_begin(town.room.core->store, &err), &err);
			well(engine_mail(&town.room.core->engine, town.room.arena, &arrival, core_now(town.room.core), &arrived, &err), &err);
			well(store_commit(town.room.core->store, &err), &err);
			if (arrived->needs_person != notices[i].waits)
				fail_msg("%s: a person %s", notices[i].name, arrived->needs_person ? "must look" : "need not look");
			for (size_t k = 0; k < 2; k++)
				if (told_of(&town, town.cases[k]) != notices[i].heard)
					fail_msg("%s: case %zu heard %zu times", notices[i].name, k, told_of(&town, town.cases[k]));
		}
		room_leave(&town.room);
	}
}

/* ---- What may have gone */

static void
put(struct town *town, struct outbox_row *row)
{
	struct err err = { ERR_NONE, "" };

	well(store_begin(town->room.core->store, &err), &err);
	well(store_outbox_put(town->room.core->store, row, &err), &err);
	well(store_commit(town->room.core->store, &err), &err);
}

static void
take_back(struct town *town, int64_t change_no)
{
	struct change_wish undo = { .word = ADMIN_UNDO, .undoes = change_no, .who = "somebody", .reason = "why" };
	struct changed changed;
	struct err err = { ERR_NONE, "" };

	well(store_begin(town->room.core->store, &err), &err);
	well(engine_change(&town->room.core->engine, town->room.arena, &undo, core_now(town->room.core), &changed, &err), &err);
	if (changed.refused != NULL)
		fail_msg("%s", changed.refused);
	well(store_commit(town->room.core->store, &err), &err);
}

/* So many cases, Callum alone to be told of them; with more than one in one mail, whose number this is. */
static int64_t
begin_for_callum(struct town *town, size_t cases)
{
	struct outbox_row *joined;
	size_t count;

	room_furnish(&town->room);
	town->room.config.join = true;
	town->room.without_sender = true;
	room_open_with_people(&town->room);
	write_down(town, cases, false);
	to_callum_alone(town, cases);
	gather(town);
	joined = joined_in(town, OUTBOX_QUEUED, &count);
	return count == 0 ? town->mails[0] : joined[0].id;
}

static void
asks_for_the_body(struct town *town)
{
	struct err err = { ERR_NONE, "" };
	struct frame frame;

	frame_init(&frame, WIRE_SENDING, town->room.core->sending.ticket);
	well(send_frame(town->room.core, &frame, &err), &err);
	frame_free(&frame);
}

/* The copy of a mail of ours lies in the mailbox. */
static void
copy_comes(struct town *town, int64_t of)
{
	struct room *room = &town->room;
	struct message *copy = notice_about(town, "", NULL, 900);
	struct mail_header *headers = arena_alloc(room->arena, 3 * sizeof(*headers));
	char *mark = arena_alloc(room->arena, 17), *proof = arena_alloc(room->arena, 17);
	struct arrival arrival = { .pack = room->core->engine.packs[0], .mailbox = room->mailbox.address, .trust = "none",
	    .spool_name = "x", .received = core_now(room->core), .message = copy };
	struct arrived *arrived;
	struct err err = { ERR_NONE, "" };

	compose_loop_mark(room->core->engine.secret, room->mailbox.address, mark);
	compose_proof(room->core->engine.secret, room->mailbox.address, row_of(town, of)->message_id, proof);
	headers[0] = (struct mail_header){ COMPOSE_LOOP_HEADER, mark };
	headers[1] = (struct mail_header){ COMPOSE_ID_HEADER, row_of(town, of)->message_id };
	headers[2] = (struct mail_header){ COMPOSE_PROOF_HEADER, proof };
	copy->notice = NOTICE_NONE;
	copy->message_id = row_of(town, of)->message_id;
	copy->from.address = room->mailbox.address;
	copy->headers = headers;
	copy->header_count = 3;
	well(store_begin(room->core->store, &err), &err);
	well(engine_mail(&room->core->engine, room->arena, &arrival, core_now(room->core), &arrived, &err), &err);
	well(store_commit(room->core->store, &err), &err);
}

static size_t
journalled(struct town *town, int64_t of_case, const char *event, int64_t outbox)
{
	struct journal_entry *entries;
	struct err err = { ERR_NONE, "" };
	size_t count, n = 0;

	well(store_journal_of(town->room.core->store, town->room.arena, of_case, &entries, &count, &err), &err);
	for (size_t i = 0; i < count; i++)
		n += strcmp(entries[i].event, event) == 0 && entries[i].outbox == outbox;
	return n;
}

/* How many mails about the cases are handed over from now on. */
static size_t
goes_on(struct town *town)
{
	struct err err = { ERR_NONE, "" };
	size_t handed = 0;

	for (int turns = 0; turns < 6; turns++) {
		well(send_next(town->room.core, &err), &err);
		if (town->room.core->sending.busy) {
			handed += row_of(town, town->room.core->sending.outbox)->act[0] == 'e';
			ends(town, SEND_SENT, 250);
		}
		gather(town);
	}
	return handed;
}

static const struct {
	const char	*name;
	size_t		 cases;
	bool		 asked, due;	/* for the body; it is to go again before its copy comes */
	enum outbox_state closed, ended, first;	/* the mail once the case is closed, and at last; and the first case's own */
	size_t		 handed;
} passed_on[] = {
	{ "its copy comes before it goes again", 3, true, false, OUTBOX_RETRY, OUTBOX_UNKNOWN, OUTBOX_JOINED, 0 },
	{ "the same of two", 2, true, false, OUTBOX_RETRY, OUTBOX_UNKNOWN, OUTBOX_JOINED, 0 },
	{ "its copy comes after it was to go again", 2, true, true, OUTBOX_RETRY, OUTBOX_UNKNOWN, OUTBOX_DROPPED, 1 },
	{ "the server never had all of it", 2, false, true, OUTBOX_DROPPED, OUTBOX_DROPPED, OUTBOX_DROPPED, 1 },
	{ "a mail alone", 1, true, false, OUTBOX_DROPPED, OUTBOX_UNKNOWN, OUTBOX_UNKNOWN, 0 },
};

/* The server put it off after it had all of it, and passed it on; meanwhile a case is closed. */
static void
test_put_off_called_off_and_passed_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(passed_on); i++) {
		struct town town = { .mails = { 0 } };
		int64_t mail = begin_for_callum(&town, passed_on[i].cases);
		size_t handed = 0;

		hand_one_over(&town);
		if (passed_on[i].asked)
			asks_for_the_body(&town);
		ends(&town, SEND_RETRY, 451);
		change(&town, ADMIN_CLOSE, town.cases[0]);
		if (row_of(&town, mail)->state != passed_on[i].closed)
			fail_msg("%s: once closed it is %s", passed_on[i].name, outbox_state_name(row_of(&town, mail)->state));
		if (passed_on[i].due) {
			if (passed_on[i].asked)
				is_due(&town, mail);
			passes(&town, 3600);
			handed = goes_on(&town);
		}
		copy_comes(&town, mail);
		passes(&town, 3600);
		handed += goes_on(&town);
		if (row_of(&town, mail)->state != passed_on[i].ended)
			fail_msg("%s: at last it is %s", passed_on[i].name, outbox_state_name(row_of(&town, mail)->state));
		if (callums(&town, 0) != passed_on[i].first)
			fail_msg("%s: the first case's own is %s", passed_on[i].name, outbox_state_name(callums(&town, 0)));
		if (handed != passed_on[i].handed)
			fail_msg("%s: %zu mails were handed over", passed_on[i].name, handed);
		if (journalled(&town, row_of(&town, mail)->case_id, "sent", mail) != (passed_on[i].asked ? 2 : 1))
			fail_msg("%s: the copy stands %zu times in the journal", passed_on[i].name,
			    journalled(&town, row_of(&town, mail)->case_id, "sent", mail));
		room_leave(&town.room);
	}
}

/* Two readers, each with a mail of theirs that may have gone: the change notes the part in both once. */
static void
test_two_mails_of_several_may_have_gone(void **state)
{
	struct town town = { .mails = { 0 } };
	struct outbox_row *joined;
	size_t count;

	(void)state;
	begin(&town);
	joined_stand_at(&town, OUTBOX_RETRY);
	joined = joined_in(&town, OUTBOX_RETRY, &count);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++) {
		joined[i].body_asked = true;
		joined[i].tries = 1;
		put(&town, &joined[i]);
	}
	change(&town, ADMIN_CLOSE, town.cases[0]);
	(void)joined_in(&town, OUTBOX_RETRY, &count);
	assert_int_equal(count, 2);
	/* Each is taken apart as it is to go again: the other case's goes as it was written, to one after the other. */
	town.room.core->sender_attached = true;
	assert_int_equal(goes_on(&town), 2);
	expect_state(&town, "closed", 0, OUTBOX_DROPPED);
	expect_state(&town, "the other", 1, OUTBOX_SENT);
	take_back(&town, 1);
	gather(&town);
	expect_state(&town, "taken back", 0, OUTBOX_QUEUED);
	room_leave(&town.room);
}

/* Nor is one taken apart, while its copy may still come, that now waits for a person. */
static void
test_one_that_may_have_gone_waits_whole(void **state)
{
	static const enum outbox_state waits[] = { OUTBOX_QUEUED, OUTBOX_HELD, OUTBOX_REVIEW };

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		struct town town = { .mails = { 0 } };
		struct outbox_row *joined;
		size_t count;

		begin(&town);
		joined_stand_at(&town, waits[i]);
		joined = joined_in(&town, waits[i], &count);
		assert_int_equal(count, 2);
		joined[0].body_asked = true;
		put(&town, &joined[0]);
		change(&town, ADMIN_CLOSE, town.cases[0]);
		(void)joined_in(&town, waits[i], &count);
		assert_int_equal(count, 1);	/* the other one never left */
		room_leave(&town.room);
	}
}

/* One reader has it in a mail of several that went, another was taken out by a person: taking a change back sends it to nobody. */
static void
test_whom_a_person_took_out_stays_out(void **state)
{
	struct town town = { .mails = { 0 } };
	struct outbox_row *row;

	(void)state;
	room_furnish(&town.room);
	town.room.config.join = true;
	town.room.without_sender = true;
	room_open_with_people(&town.room);
	write_down(&town, 2, false);
	row = row_of(&town, town.mails[0]);
	row->recipient_count = 1;
	put(&town, row);
	gather(&town);
	row = row_of(&town, town.mails[1]);
	assert_int_equal(row->recipients[0].state, OUTBOX_JOINED);
	outbox_move(row, 1u << OUTBOX_QUEUED, OUTBOX_DROPPED);
	outbox_sum(row);
	put(&town, row);
	hand_one_over(&town);
	assert_int_equal(town.room.core->sending.outbox, row->recipients[0].joined);
	change(&town, ADMIN_CLOSE, town.cases[1]);
	ends(&town, SEND_SENT, 250);
	take_back(&town, 1);
	row = row_of(&town, town.mails[1]);
	assert_int_equal(row->recipients[0].state, OUTBOX_JOINED);
	assert_int_equal(row->recipients[1].state, OUTBOX_DROPPED);
	assert_int_equal(goes_on(&town), 0);
	room_leave(&town.room);
}

/* The same of a mail alone that the change itself had withdrawn from the other. */
static void
test_a_change_taken_back_brings_back_its_own_alone(void **state)
{
	struct town town = { .mails = { 0 } };
	struct outbox_row *row;

	(void)state;
	room_furnish(&town.room);
	town.room.without_sender = true;
	room_open_with_people(&town.room);
	write_down(&town, 1, false);
	gather(&town);
	row = row_of(&town, town.mails[0]);
	row->recipients[1].state = OUTBOX_DROPPED;
	put(&town, row);
	change(&town, ADMIN_CLOSE, town.cases[0]);
	assert_int_equal(callums(&town, 0), OUTBOX_DROPPED);
	take_back(&town, 1);
	row = row_of(&town, town.mails[0]);
	assert_int_equal(row->recipients[0].state, OUTBOX_QUEUED);
	assert_int_equal(row->recipients[1].state, OUTBOX_DROPPED);
	room_leave(&town.room);
}

static int
person_says(struct town *town, const char *word, int64_t mail, const char **said_r)
{
	struct live live = { .arena = town->room.arena, .who = "uid 1", .file = -1 };
	const char *argv[] = { "queue", word, arena_printf(town->room.arena, "%lld", (long long)mail), "--yes", NULL };
	int code = core_live(town->room.core, &live, 4, (char **)(uintptr_t)argv);

	*said_r = arena_strdup(town->room.arena, buf_text(&live.errors));
	buf_free(&live.out);
	buf_free(&live.errors);
	return code;
}

/* Nobody knows whether it went, and the case was closed meanwhile: a retry would come to nothing, and says so. */
static void
test_a_retry_of_what_was_called_off_is_refused(void **state)
{
	struct town town = { .mails = { 0 } };
	int64_t mail = begin_for_callum(&town, 1);
	const char *said;

	(void)state;
	hand_one_over(&town);
	change(&town, ADMIN_CLOSE, town.cases[0]);
	ends(&town, SEND_UNKNOWN, 0);
	assert_int_equal(person_says(&town, "retry", mail, &said), 1);
	assert_non_null(strstr(said, "change 1 called it off"));
	assert_int_equal(row_of(&town, mail)->state, OUTBOX_UNKNOWN);
	take_back(&town, 1);
	assert_int_equal(row_of(&town, mail)->state, OUTBOX_UNKNOWN);
	assert_int_equal(person_says(&town, "retry", mail, &said), 0);
	assert_true(row_of(&town, mail)->released);
	assert_int_equal(goes_on(&town), 1);
	room_leave(&town.room);
}

/* A reminder of a question, on its way with others: the pause withdraws nothing. */
static void
test_a_pause_while_a_question_is_being_sent(void **state)
{
	struct town town = { .mails = { 0 } };
	int64_t mail = begin_for_callum(&town, 2);
	struct outbox_row *part = row_of(&town, town.mails[0]);

	(void)state;
	part->question = 1;
	put(&town, part);
	hand_one_over(&town);
	change(&town, ADMIN_PAUSE, town.cases[0]);
	assert_int_equal(row_of(&town, mail)->state, OUTBOX_SENDING);
	ends(&town, SEND_SENT, 250);
	assert_int_equal(callums(&town, 0), OUTBOX_JOINED);
	room_leave(&town.room);
}

/* A person has let a mail of several go: that one of its cases has gone on does not undo this, nor does its taking apart. */
static void
test_a_mail_of_several_stays_released(void **state)
{
	(void)state;
	for (int released = 0; released < 2; released++) {
		struct town town = { .mails = { 0 } };
		int64_t mail = begin_for_callum(&town, 3);
		struct outbox_row *row = row_of(&town, mail);
		struct err err = { ERR_NONE, "" };
		size_t count;

		row->released = released;
		put(&town, row);
		enters(&town, 0, 60);
		passes(&town, 3600);
		town.room.core->sender_attached = true;
		well(send_next(town.room.core, &err), &err);
		assert_int_equal(town.room.core->sending.busy, released);
		room_leave(&town.room);

		mail = begin_for_callum(&town, 3);
		row = row_of(&town, mail);
		row->released = released;
		put(&town, row);
		change(&town, ADMIN_PAUSE, town.cases[0]);
		gather(&town);
		row = joined_in(&town, OUTBOX_QUEUED, &count);
		assert_int_equal(count, 1);
		assert_true(row->id != mail && row->released == (bool)released);
		room_leave(&town.room);
	}
}

/* ---- What its case has overtaken */

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

/* ---- Questions about what waits */

/* A mail from somebody that belongs to no case. */
static void
comes(struct town *town, const char *from, int no)
{
	struct message *mail = notice_about(town, "", NULL, no);
	struct arrival arrival = { .pack = town->room.core->engine.packs[0], .mailbox = town->room.mailbox.address,
	    .trust = "none", .spool_name = "", .received = core_now(town->room.core), .message = mail };
	struct arrived *arrived;
	struct err err = { ERR_NONE, "" };

	mail->notice = NOTICE_NONE;
	mail->from.address = from;
	mail->subject = mail->subject_peeled = "a question";
	mail->new_text = "Where do I find the new form?";
	well(store_begin(town->room.core->store, &err), &err);
	well(engine_mail(&town->room.core->engine, town->room.arena, &arrival, core_now(town->room.core), &arrived, &err), &err);
	well(store_commit(town->room.core->store, &err), &err);
	assert_true(arrived->needs_person);
}

static size_t
in_state(struct town *town, enum outbox_state state, struct outbox_row **rows_r)
{
	struct outbox_row *found;
	size_t count, n = 0;
	struct err err = { ERR_NONE, "" };

	well(store_outbox_in_state(town->room.core->store, town->room.arena, state, &found, &count, &err), &err);
	for (size_t i = 0; i < count; i++)
		if (strcmp(found[i].act, "triage") == 0)
			found[n++] = found[i];
	if (rows_r != NULL)
		*rows_r = found;
	return n;
}

/* The mail as it goes out, without the soft ends of its lines. */
static const char *
frozen_text(struct town *town, const struct outbox_row *row)
{
	char *text = arena_alloc(town->room.arena, 1 << 18), *out = text;
	int fd = openat(town->room.core->spool.out, row->spool_name, O_RDONLY);
	ssize_t len;

	assert_int_not_equal(fd, -1);
	len = read(fd, text, (1 << 18) - 1);
	close(fd);
	assert_true(len > 0);
	text[len] = '\0';
	for (const char *in = text; *in != '\0'; in++)
		if (strncmp(in, "=\r\n", 3) == 0)
			in += 2;
		else
			*out++ = *in;
	*out = '\0';
	return text;
}

static const char *
code_of(struct town *town, const struct outbox_row *part)
{
	assert_int_equal(strcspn(part->message_id, "."), 8);
	return arena_strndup(town->room.arena, part->message_id, 8);
}

static void
says(struct town *town, const char *from, const char *subject, const char *in_reply_to, int no)
{
	struct message *mail = notice_about(town, "", NULL, no);
	struct arrival arrival = { .pack = town->room.core->engine.packs[0], .mailbox = town->room.mailbox.address,
	    .trust = "none", .spool_name = "", .received = core_now(town->room.core), .message = mail };
	struct arrived *arrived;
	struct err err = { ERR_NONE, "" };

	mail->notice = NOTICE_NONE;
	mail->from.address = from;
	mail->subject = mail->subject_peeled = subject;
	mail->in_reply_to = in_reply_to;
	mail->new_text = "NOT A CASE";
	well(store_begin(town->room.core->store, &err), &err);
	well(engine_mail(&town->room.core->engine, town->room.arena, &arrival, core_now(town->room.core), &arrived, &err), &err);
	well(store_commit(town->room.core->store, &err), &err);
	assert_true(arrived->decision != NULL && arrived->decision->is_answer);
}

static size_t
still_open(struct town *town)
{
	struct triage_row *open;
	struct err err = { ERR_NONE, "" };
	size_t count;

	well(store_triages(town->room.core->store, town->room.arena, true, &open, &count, &err), &err);
	return count;
}

/* Each by its own code; a reply that does not say which settles none, and its sender is told. */
static void
answers_say_which(struct town *town, const struct outbox_row *joined, const struct outbox_row *parts, size_t count)
{
	const char *owner = joined->recipients[0].address, *text = frozen_text(town, joined);
	size_t before = still_open(town);
	struct triage_row *row;
	const char *sole;
	struct err err = { ERR_NONE, "" };
	int64_t id;
	char hash[65];

	for (size_t i = 0; i < count; i++)
		if (strstr(text, code_of(town, &parts[i])) == NULL)
			fail_msg("part %zu has no code in the mail", i);
	says(town, owner, "Re: matters", joined->message_id, 300);
	assert_int_equal(still_open(town), before);
	says(town, owner, arena_printf(town->room.arena, "[code %s]", code_of(town, &parts[3])), "", 301);
	assert_int_equal(still_open(town), before - 1);
	sha256_hex(code_of(town, &parts[3]), 8, hash);
	well(store_triage_code_find(town->room.core->store, town->room.arena, hash, &id, &sole, &err), &err);
	well(store_triage(town->room.core->store, town->room.arena, id, &row, &err), &err);
	assert_string_equal(row->state, "done");
	assert_string_equal(row->answer, "NOT A CASE");
}

static void
test_many_questions_about_one_sender_are_few_mails(void **state)
{
	struct town town = { .mails = { 0 } };
	struct outbox_row *rows_left, *parts;
	struct triage_row *waiting;
	struct store_waiting when;
	struct err err = { ERR_NONE, "" };
	size_t count;
	bool settled;

	(void)state;
	room_furnish(&town.room);
	town.room.without_sender = true;
	room_open_with_people(&town.room);
	for (int i = 0; i < 10; i++) {
		comes(&town, "newsletter@elsewhere.example", 100 + i);
		passes(&town, 60);
		gather(&town);
	}
	comes(&town, "somebody@elsewhere.example", 200);
	gather(&town);
	assert_int_equal(in_state(&town, OUTBOX_QUEUED, NULL), 4);
	assert_int_equal(in_state(&town, OUTBOX_GATHERED, &rows_left), 7);
	/* Nothing is forgotten: each stands in triage, and core knows when to go on. */
	well(store_triages(town.room.core->store, town.room.arena, true, &waiting, &count, &err), &err);
	assert_int_equal(count, 11);
	for (size_t i = 0; i < count; i++)
		assert_true(waiting[i].asked.n > 0 && waiting[i].due != INSTANT_NONE);
	well(store_waiting(town.room.core->store, &when, &err), &err);
	assert_true(when.next_due == rows_left[0].next_try && when.next_due > core_now(town.room.core) &&
	    when.next_due <= core_now(town.room.core) + 3600);
	/* One is settled by command meanwhile. */
	well(store_begin(town.room.core->store, &err), &err);
	well(store_triage_done(town.room.core->store, waiting[9].id, &err), &err);
	well(store_commit(town.room.core->store, &err), &err);
	case_clock_set(&town.room.core->clock, when.next_due);
	gather(&town);
	assert_int_equal(in_state(&town, OUTBOX_GATHERED, NULL), 0);
	/* Nobody was asked about that one: it is said so, and its text does not stay. */
	assert_int_equal(in_state(&town, OUTBOX_DROPPED, &rows_left), 1);
	assert_int_equal(journalled(&town, rows_left[0].case_id, "called off", rows_left[0].id), 1);
	assert_false(file_exists(town.room.core->spool.out, rows_left[0].spool_name));
	count = in_state(&town, OUTBOX_QUEUED, &rows_left);
	assert_int_equal(count, 5);
	assert_string_equal(rows_left[4].template, "triage");
	well(store_outbox_parts(town.room.core->store, town.room.arena, rows_left[4].id, &parts, &count, &err), &err);
	assert_int_equal(count, 6);
	answers_say_which(&town, &rows_left[4], parts, count);
	/* One of its parts is settled while it waits for another try: the rest goes anew. */
	well(store_begin(town.room.core->store, &err), &err);
	well(store_triage_done(town.room.core->store, waiting[8].id, &err), &err);
	well(store_commit(town.room.core->store, &err), &err);
	well(store_gathered_is_settled(town.room.core->store, parts[5].id, &settled, &err), &err);
	assert_true(settled);
	room_leave(&town.room);
}

/* The ladder of each falls due at one moment: one mail of all. */
static void
test_reminders_of_what_waits_are_one_mail(void **state)
{
	struct town town = { .mails = { 0 } };
	struct outbox_row *sent, *remind;
	struct err err = { ERR_NONE, "" };
	size_t count, joined = 0, parts = 0;
	bool more;

	(void)state;
	room_furnish(&town.room);
	town.room.without_sender = true;
	room_open_with_people(&town.room);
	for (int i = 0; i < 6; i++)
		comes(&town, arena_printf(town.room.arena, "stranger%d@elsewhere.example", i), 100 + i);
	gather(&town);
	/* All of one moment: one mail, and each of them is a part of it. */
	assert_int_equal(in_state(&town, OUTBOX_QUEUED, &sent), 1);
	well(store_outbox_parts(town.room.core->store, town.room.arena, sent[0].id, &remind, &count, &err), &err);
	assert_int_equal(count, 6);
	for (int day = 0; day < 14 && joined == 0; day++) {
		passes(&town, 86400);
		more = true;
		while (more) {
			more = false;
			well(timers_run(town.room.core, &more, &err), &err);
		}
		count = in_state(&town, OUTBOX_QUEUED, &remind);
		for (size_t i = 0; i < count; i++)
			if (remind[i].id != sent[0].id) {
				struct outbox_row *of;

				well(store_outbox_parts(town.room.core->store, town.room.arena, remind[i].id, &of, &parts, &err), &err);
				joined++;
			}
	}
	assert_int_equal(joined, 1);
	assert_int_equal(parts, 6);
	room_leave(&town.room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_waiting_mail_of_several_cases_follows_each_of_them),
		cmocka_unit_test(test_files_of_what_was_joined_end_when_it_has_gone),
		cmocka_unit_test(test_who_had_it_already_does_not_get_it_again),
		cmocka_unit_test(test_a_part_that_a_person_took_from_somebody),
		cmocka_unit_test(test_each_case_hears_that_a_joined_mail_was_refused),
		cmocka_unit_test(test_each_case_hears_that_a_joined_mail_came_back),
		cmocka_unit_test(test_a_case_changes_while_the_mail_is_being_sent),
		cmocka_unit_test(test_many_questions_about_one_sender_are_few_mails),
		cmocka_unit_test(test_reminders_of_what_waits_are_one_mail),
		cmocka_unit_test(test_what_was_called_off_goes_when_the_change_is_taken_back),
		cmocka_unit_test(test_put_off_called_off_and_passed_on),
		cmocka_unit_test(test_two_mails_of_several_may_have_gone),
		cmocka_unit_test(test_one_that_may_have_gone_waits_whole),
		cmocka_unit_test(test_whom_a_person_took_out_stays_out),
		cmocka_unit_test(test_a_change_taken_back_brings_back_its_own_alone),
		cmocka_unit_test(test_a_retry_of_what_was_called_off_is_refused),
		cmocka_unit_test(test_a_pause_while_a_question_is_being_sent),
		cmocka_unit_test(test_a_mail_of_several_stays_released),
		cmocka_unit_test(test_what_its_case_has_overtaken),
		cmocka_unit_test(test_what_was_overtaken_goes_when_that_is_taken_back),
		cmocka_unit_test(test_what_was_overtaken_unseen_waits_again),
		cmocka_unit_test(test_what_was_overtaken_stays_so_in_a_merged_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
