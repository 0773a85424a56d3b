/*
 * An office that is lived in virtual time, for the programs here: core as an
 * object, as tests/unit/core_room.h makes it.  Mails come in as text, through
 * the parser; nobody sends, and each program says what becomes of what is due.
 */
#ifndef TESTS_PROPERTY_OFFICE_H
#define TESTS_PROPERTY_OFFICE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core_room.h"
#include "mail/parse.h"

#define FAULTS_SHOWN	20

static unsigned long passed, failed;

/* life: what is lived, said with a fault. */
static inline void __attribute__((format(printf, 3, 4)))
expect(const char *life, bool condition, const char *format, ...)
{
	va_list ap;

	if (condition) {
		passed++;
		return;
	}
	if (failed++ < FAULTS_SHOWN) {
		printf("%s: ", life);
		va_start(ap, format);
		vprintf(format, ap);
		va_end(ap);
		putchar('\n');
	}
}

/* A mail comes to the mailbox now; number: of its file in the spool.  What it was and what came of it live in the arena. */
static inline void
office_take_in(struct room *room, struct arena *arena, unsigned number, const char *text, struct message **mail_r,
    struct arrived **arrived_r)
{
	instant now = core_now(room->core);
	struct arrival arrival = { .pack = room->core->mailboxes[0].pack, .mailbox = room->mailbox.address, .trust = "none",
	    .received = now, .spool_name = arena_printf(arena, "advice.1.%u", number) };
	struct err err = { ERR_NONE, "" };
	FILE *file = tmpfile();

	if (file == NULL || fputs(text, file) == EOF || fflush(file) != 0)
		fail_msg("%s", "a mail cannot be laid down for the parser");
	rewind(file);
	well(parse_message(arena, fileno(file), -1, instant_date(now), &parse_limits_default, mail_r, &err), &err);
	arrival.message = *mail_r;
	well(core_begin(room->core, &err), &err);
	well(engine_mail(&room->core->engine, arena, &arrival, now, arrived_r, &err), &err);
	well(core_commit(room->core, &err), &err);
	fclose(file);
}

/* All that core can do now; nothing comes meanwhile. */
static inline void
office_work(struct room *room)
{
	struct err err = { ERR_NONE, "" };
	bool more = true;

	room->core->mailboxes[0].row.looked = clock_wall();
	while (more)
		well(core_turn(room->core, &more, &err), &err);
}

/* A server took the mail, for those of its readers whose state was this; within core_begin() and core_commit(). */
static inline void
office_sent(struct room *room, struct outbox_row *row, enum outbox_state was)
{
	struct err err = { ERR_NONE, "" };

	for (size_t r = 0; r < row->recipient_count; r++)
		if (row->recipients[r].state == was)
			row->recipients[r].state = OUTBOX_SENT;
	row->state = OUTBOX_SENT;
	row->sent = core_now(room->core);
	well(store_outbox_put(room->core->store, row, &err), &err);
}

/* A frozen mail without its soft line breaks, which may lie in the middle of a word, and without returns. */
static inline const char *
office_unbroken(struct arena *arena, const char *text)
{
	struct buf plain = BUF_INIT;
	const char *result;

	for (; *text != '\0'; text++)
		if (text[0] == '=' && text[1] == '\r' && text[2] == '\n')
			text += 2;
		else if (*text != '\r')
			buf_add_char(&plain, *text);
	result = arena_strdup(arena, buf_text(&plain));
	buf_free(&plain);
	return result;
}

#endif
