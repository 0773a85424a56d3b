/*
 * Mails in the folder Retry about which nothing may be decided, in core as an
 * object: our own, one whose effect cannot be taken back, one that nobody knows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core_room.h"
#include "mail/record.h"

#define RETRY_UID	31
#define SIZE		200
#define DATE		1785000000

struct heard {
	size_t	 refiles;	/* unknown mails that are to be moved into the watched folder */
};

static void
to_peer(void *ctx, const char *peer, const struct frame *frame)
{
	struct room *room = ctx;

	room->heard->refiles += strcmp(peer, "fetch:advice") == 0 && frame->type == WIRE_REFILE;
}

static struct core_mailbox *
set_up(struct room *room)
{
	struct core_mailbox *mailbox;
	struct err err = { ERR_NONE, "" };

	room_furnish(room);
	room->without_sender = true;
	room->heard = arena_alloc(room->arena, sizeof(*room->heard));
	room->mailbox.retry = "Retry";
	room->start.out.send = to_peer;
	room_open(room);
	well(core_attach(room->core, "fetch:advice", &err), &err);
	mailbox = &room->core->mailboxes[0];
	mailbox->row.uidvalidity = 7;
	return mailbox;
}

/* Fetch says what lies in the folder. */
static void
look(struct room *room, struct core_mailbox *mailbox, const char *message_id)
{
	struct err err = { ERR_NONE, "" };
	struct frame frame;
	bool ours;

	mailbox->retry.ticket = 5;
	frame_init(&frame, WIRE_LISTING, 5);
	put_u32(&frame, 9);
	put_u32(&frame, RETRY_UID);
	put_u32(&frame, 0);
	put_u32(&frame, 1);
	put_u32(&frame, RETRY_UID);
	put_u64(&frame, SIZE);
	put_i64(&frame, DATE);
	put_str(&frame, message_id);
	frame.read = 0;
	well(retry_listed(room->core, mailbox, &frame, &ours, &err), &err);
	assert_true(ours);
	frame_free(&frame);
}

static size_t
waiting(struct room *room, const char *words)
{
	struct triage_row *rows;
	struct err err;
	size_t count, found = 0;

	assert_int_equal(store_triages(room->core->store, room->arena, true, &rows, &count, &err), 0);
	for (size_t i = 0; i < count; i++)
		found += strstr(rows[i].reason, words) != NULL;
	return found;
}

/* A mail of this kind, in a case that has become part of another, or in none. */
static int64_t
mail_known(struct room *room, const char *kind, bool merged)
{
	struct store *store = room->core->store;
	struct message_row message = { .pack = "birmingham", .fingerprint = "f", .received = DATE, .kind = kind, .state = "done",
	    .spool_name = "advice.7.3", .record = "", .record_len = 0 };
	struct sighting_row row = { .mailbox = room->core->mailboxes[0].row.id, .uidvalidity = 7, .uid = 3, .state = SIGHTING_SETTLED,
	    .spool_name = "advice.7.3", .received = DATE, .why = "", .size = SIZE, .message_id = "<one@x>" };
	struct decision opening = { .opens_case = true, .next_due = INSTANT_NONE };
	struct err err = { ERR_NONE, "" };
	int64_t other = 0;
	bool known;

	well(store_begin(store, &err), &err);
	if (merged) {
		well(store_case_new(store, "birmingham", DATE, &message.case_id, &err), &err);
		well(store_apply(store, message.case_id, 0, &opening, DATE, &err), &err);
		well(store_case_new(store, "birmingham", DATE, &other, &err), &err);
		well(store_apply(store, other, 0, &opening, DATE, &err), &err);
		well(store_case_merge(store, message.case_id, other, DATE, &err), &err);
	}
	well(store_message_put(store, &message, &err), &err);
	row.message = message.id;
	well(store_sighting_add(store, &row, &known, &err), &err);
	well(store_sighting_put(store, &row, &err), &err);
	well(store_commit(store, &err), &err);
	return row.id;
}

static void
nothing_is_decided_and_the_mail_moves_on(void **state)
{
	static const struct { const char *name, *kind; bool merged; size_t told; } rows[] = {
		{ "our own", "own", false, 0 },
		{ "an answer to no mail of ours", "stray", false, 0 },
		{ "what it did cannot be taken back", "advice", true, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct room room;
		struct core_mailbox *mailbox = set_up(&room);
		int64_t id = mail_known(&room, rows[i].kind, rows[i].merged);
		struct settle_row *last;
		struct err err = { ERR_NONE, "" };

		look(&room, mailbox, "<one@x>");
		well(store_settle_last(room.core->store, room.arena, id, &last, &err), &err);
		if (last == NULL || last->state != SETTLE_WAITING || strcmp(last->folder, "Needs you") != 0 ||
		    room.heard->refiles != 0 || waiting(&room, "cannot be taken back") != rows[i].told ||
		    waiting(&room, "") != rows[i].told)
			fail_msg("%s: %s, told %zu of %zu", rows[i].name, last == NULL ? "no move" : last->folder,
			    waiting(&room, "cannot be taken back"), waiting(&room, ""));
		room_leave(&room);
	}
}

/* A request as it came, from this sender. */
static int64_t
request_known(struct room *room, const char *from)
{
	struct store *store = room->core->store;
	struct message mail = {
		.message_id = "one@x", .in_reply_to = "", .thread_root = "", .from = { "", from }, .sender = { "", "" },
		.subject = "Social care advice request EHC-20417", .subject_peeled = "Social care advice request EHC-20417", .marking = "",
		.date = DATE, .received = DATE, .original_message_id = "", .back_on = DAY_NONE, .calendar_method = "", .calendar_answer = "",
		.new_text = "The authority has agreed to assess. Please provide social care advice within six weeks.",
		.forwarded_text = "", .quoted_text = "", .forwarded_from = { "", "" },
	};
	struct message_row message = { .pack = "birmingham", .fingerprint = mail.fingerprint, .received = DATE, .kind = "other",
	    .state = "triage", .spool_name = "advice.7.3" };
	struct sighting_row row = { .mailbox = room->core->mailboxes[0].row.id, .uidvalidity = 7, .uid = 3, .state = SIGHTING_SETTLED,
	    .spool_name = "advice.7.3", .received = DATE, .why = "", .size = SIZE, .message_id = "<one@x>" };
	struct buf record = BUF_INIT;
	struct err err = { ERR_NONE, "" };
	bool known;

	memset(mail.fingerprint, 'f', sizeof(mail.fingerprint) - 1);
	record_encode(&mail, &record);
	message.record = record.data;
	message.record_len = record.len;
	well(store_begin(store, &err), &err);
	well(store_message_put(store, &message, &err), &err);
	row.message = message.id;
	well(store_sighting_add(store, &row, &known, &err), &err);
	well(store_sighting_put(store, &row, &err), &err);
	well(store_commit(store, &err), &err);
	buf_free(&record);
	return row.id;
}

static void
a_sender_that_only_looks_like_one_of_ours_is_not_believed_for_being_put_there(void **state)
{
	static const struct { const char *name, *from, *folder; size_t cases, told; } rows[] = {
		{ "the genuine one", "SENAR@birmingham.example", "Processed", 1, 0 },
		{ "one that looks like it", "SENAR@birrningham.example", "Needs you", 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct room room;
		struct core_mailbox *mailbox = set_up(&room);
		int64_t id;
		struct settle_row *last;
		struct case_row *cases;
		struct err err = { ERR_NONE, "" };
		size_t count;

		room_take_directory(&room, "config/directory.csv");
		id = request_known(&room, rows[i].from);
		look(&room, mailbox, "<one@x>");
		well(store_settle_last(room.core->store, room.arena, id, &last, &err), &err);
		well(store_cases(room.core->store, room.arena, &(struct cases_wish){ .closed_too = true }, &cases, &count, &err), &err);
		if (last == NULL || strcmp(last->folder, rows[i].folder) != 0 || count != rows[i].cases ||
		    waiting(&room, "only looks like it") != rows[i].told)
			fail_msg("%s: to %s, %zu cases, told %zu", rows[i].name, last == NULL ? "nowhere" : last->folder, count,
			    waiting(&room, "only looks like it"));
		room_leave(&room);
	}
}

static void
what_cannot_be_moved_is_told_once(void **state)
{
	struct room room;
	struct core_mailbox *mailbox = set_up(&room);

	(void)state;
	for (size_t looks = 1; looks <= 4; looks++) {
		look(&room, mailbox, "<nobody@x>");
		if (room.heard->refiles != looks || waiting(&room, "could not be moved") != (looks > 1))
			fail_msg("look %zu: %zu moves, told %zu", looks, room.heard->refiles, waiting(&room, "could not be moved"));
	}
	room_leave(&room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_decided_and_the_mail_moves_on),
		cmocka_unit_test(a_sender_that_only_looks_like_one_of_ours_is_not_believed_for_being_put_there),
		cmocka_unit_test(what_cannot_be_moved_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
