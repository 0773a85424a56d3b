/* A town in which somebody has several cases, and mails about them are joined: for the tests of such mails in core. */
#ifndef GATHER_TOWN_H
#define GATHER_TOWN_H

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

static inline int64_t
open_case(struct room *room)
{
	struct err err = { ERR_NONE, "" };
	int64_t id;

	well(store_begin(room->core->store, &err), &err);
	well(store_case_new(room->core->store, "birmingham", core_now(room->core), &id, &err), &err);
	well(store_commit(room->core->store, &err), &err);
	return id;
}

static inline void
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
static inline void
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

static inline struct outbox_row *
row_of(struct town *town, int64_t id)
{
	struct outbox_row *row;
	struct err err = { ERR_NONE, "" };

	well(store_outbox(town->room.core->store, town->room.arena, id, &row, &err), &err);
	assert_non_null(row);
	return row;
}

/* The mails of no case in a state, which a joined one is. */
static inline struct outbox_row *
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

static inline void
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

static inline void
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

static inline void
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

/* As it is said to the send role, and by it. */
static inline void
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

static inline void
begin(struct town *town)
{
	room_furnish(&town->room);
	town->room.config.join = true;
	town->room.without_sender = true;
	room_open_with_people(&town->room);
	write_down(town, 2, false);
	gather(town);
}

static inline void
passes(struct town *town, int64_t seconds)
{
	case_clock_set(&town->room.core->clock, core_now(town->room.core) + seconds);
}

static inline void
hand_one_over(struct town *town)
{
	struct core *core = town->room.core;
	struct err err = { ERR_NONE, "" };

	core->sender_attached = true;
	for (int i = 0; i < 5 && !core->sending.busy; i++)
		well(send_next(core, &err), &err);
	assert_true(core->sending.busy);
}

static inline void
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
static inline void
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
static inline void
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

static inline enum outbox_state
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
static inline void
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

static inline struct message *
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

static inline void
put(struct town *town, struct outbox_row *row)
{
	struct err err = { ERR_NONE, "" };

	well(store_begin(town->room.core->store, &err), &err);
	well(store_outbox_put(town->room.core->store, row, &err), &err);
	well(store_commit(town->room.core->store, &err), &err);
}

static inline void
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
static inline int64_t
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

static inline size_t
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
static inline size_t
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

#endif
