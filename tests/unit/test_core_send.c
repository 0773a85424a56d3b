/*
 * The last look before a mail goes, in core as an object: no process, no
 * network.  Each row puts one frozen mail into the outbox, changes something,
 * and says what must become of it.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "core_room.h"

#define COUNT(v)	(sizeof(v) / sizeof((v)[0]))
#define CALLUM		"callum.strickland" TRUST

static const struct {
	const char	*name, *to, *cc;
	const char	*change;	/* d: the directory, D: domains, p: the pack is gone, b: a byte, s: shorter, f: the file is gone */
	bool		 goes;
	enum outbox_state state;	/* then, where it does not go */
	const char	*reason;	/* begins so; NULL: none */
} rows[] = {
	{ "a colleague and a role", CALLUM, "senar@birmingham.example", "", true, OUTBOX_SENDING, NULL },
	{ "the administrator, whom the configuration names", ADMINISTRATOR, NULL, "", true, OUTBOX_SENDING, NULL },
	{ "an import has taken the colleague out of the directory", CALLUM, NULL, "d", false, OUTBOX_HELD,
	  "A mail (request) is held: when it was about to be sent, " CALLUM " is not in the directory." },
	{ "the same for one on copy", "senar@birmingham.example", CALLUM, "d", false, OUTBOX_HELD, "A mail (request) is held" },
	{ "a reload has taken the domain from the rules", "senar@birmingham.example", NULL, "D", false, OUTBOX_HELD,
	  "A mail (request) is held: when it was about to be sent, senar@birmingham.example is not in a domain that the rules allow." },
	{ "the rules are no longer loaded", CALLUM, NULL, "p", false, OUTBOX_HELD, "A mail (request) is held" },
	{ "nobody of ours", "mum@home.example", NULL, "", false, OUTBOX_HELD, "A mail (request) is held" },
	{ "a domain that only looks like ours", "callum.strickland@chi1drenstrust.example", NULL, "", false, OUTBOX_HELD,
	  "A mail (request) is held: when it was about to be sent, callum.strickland@chi1drenstrust.example only looks like an address at" },
	{ "one byte of the frozen mail is another", CALLUM, NULL, "b", false, OUTBOX_FAILED, "Mail 1 could not be delivered" },
	{ "its end is missing", CALLUM, NULL, "s", false, OUTBOX_FAILED, "Mail 1 could not be delivered" },
	{ "the frozen mail is gone", CALLUM, NULL, "f", false, OUTBOX_FAILED, "Mail 1 could not be delivered" },
};

static void
freeze(struct room *room, const char *to, const char *cc)
{
	struct outbox_row row = {
		.pack = "birmingham", .mailbox = room->mailbox.address, .state = OUTBOX_QUEUED, .act = "forward", .template = "request",
		.rule = "", .spool_name = "out-1", .message_id = "m@x", .subject = "", .decided = core_now(room->core),
		.next_try = core_now(room->core), .sent = INSTANT_NONE, .why = "",
	};

	*arena_push(room->arena, row.recipients, row.recipient_count) = (struct outbox_recipient){ .address = to, .state = OUTBOX_QUEUED, .reply = "" };
	if (cc != NULL)
		*arena_push(room->arena, row.recipients, row.recipient_count) = (struct outbox_recipient){ .address = cc, .cc = true, .state = OUTBOX_QUEUED, .reply = "" };
	room_freeze(room, &row);
}

static void
spoil(struct room *room, const char *how)
{
	int fd;

	if (*how == 'd') {
		FILE *file = fopen(arena_printf(room->arena, "%s/d.csv", room->folder), "w");

		assert_true(file != NULL && fputs("address,name,posts,team,manager,cover,from,until\n"
		    "bryn.tolliver" TRUST ",Bryn Tolliver,Head,Top,,,,\n", file) >= 0 && fclose(file) == 0);
		room_take_directory(room, arena_printf(room->arena, "%s/d.csv", room->folder));
	} else if (*how == 'D') {
		struct pack *pack = (struct pack *)(uintptr_t)engine_pack(&room->core->engine, "birmingham");

		pack->domains.n = 0;
		strs_add(room->arena, &pack->domains, "childrenstrust.example");
	} else if (*how == 'p') {
		room->core->engine.pack_count = 0;
	} else if (*how == 'f') {
		assert_int_equal(unlinkat(room->core->spool.out, "out-1", 0), 0);
	} else if (*how != '\0') {
		fd = openat(room->core->spool.out, "out-1", O_WRONLY);
		assert_true(fd != -1 && (*how == 'b' ? pwrite(fd, "X", 1, 3) == 1 : ftruncate(fd, 30) == 0) && close(fd) == 0);
	}
}

static void
check(struct room *room, size_t i)
{
	struct triage_row *waiting;
	struct outbox_row *mail;
	struct err err = { ERR_NONE, "" };
	size_t count;

	if (send_next(room->core, &err) == -1 || send_next(room->core, &err) == -1 ||
	    store_outbox(room->core->store, room->arena, 1, &mail, &err) == -1 ||
	    store_triages(room->core->store, room->arena, true, &waiting, &count, &err) == -1)
		fail_msg("%s: %s", rows[i].name, err.text);
	if (mail->state != rows[i].state || room->handed_over != rows[i].goes)
		fail_msg("%s: %s, given to the send role %zu times", rows[i].name, outbox_state_name(mail->state), room->handed_over);
	if (count != (rows[i].reason != NULL) || (count > 0 && !str_starts(waiting[0].reason, rows[i].reason)))
		fail_msg("%s: %zu wait: %s", rows[i].name, count, count > 0 ? waiting[0].reason : "");
	if (mail->state == OUTBOX_HELD && (waiting[0].kind != TRIAGE_OUTGOING || waiting[0].outbox != 1 || waiting[0].due == INSTANT_NONE))
		fail_msg("%s: nobody will be asked", rows[i].name);
}

static void
test_rows(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct room room;

		room_furnish(&room);
		room_open_with_people(&room);
		freeze(&room, rows[i].to, rows[i].cc);
		spoil(&room, rows[i].change);
		check(&room, i);
		room_leave(&room);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
