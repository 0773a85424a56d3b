/*
 * Thirty days of downtime: so many open cases, each with its reminders, and a
 * daemon that was off for a month.  Lived twice: as shipped, and with every
 * reminder as a mail of its own.  As shipped, nobody may get two mails of
 * reminders at one moment, and nobody may miss one, or get one that was
 * another's (promise no-flood; peers' complaint 22).
 *
 *	downtime [CASES [SEED]]
 *
 * Prints the seed; the last line is "N passed, N failed".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "office.h"

#define WORKING_DAYS	15	/* on which the requests come */
#define DOWN_DAYS	30
#define LIFE		"downtime"

struct house {
	struct room	 room;
	struct strs	 reminders;	/* "person case" after the downtime, sorted */
	size_t		 mails;		/* that carry them */
};

static uint64_t random_state;

static unsigned
chance(unsigned below)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % below;
}

static void
set_up(struct house *house)
{
	memset(house, 0, sizeof(*house));
	room_furnish(&house->room);
	house->room.without_sender = true;
	room_open_with_people(&house->room);
}

/* ---- A request for advice, as a mail */

static void
request(struct house *house, unsigned n)
{
	static const char *const forenames[] = { "Ada", "Bilal", "Cora", "Dmitri", "Esme", "Femi", "Gita", "Hugo" };
	struct arena *arena = arena_new();
	struct arrived *arrived;
	struct message *mail;
	struct buf text = BUF_INIT;

	buf_printf(&text, "From: SENAR <senar@birmingham.example>\nTo: " ADDRESS "\nDate: Mon, 7 Sep 2026 09:00:00 +0100\n"
	    "Message-ID: <request-%u@birmingham.example>\nSubject: SEND ADVICE Request - Stage Two - EHC-%u\n"
	    "Content-Type: text/plain; charset=utf-8\n\nPlease provide social care advice.\n\nName: %s Number%u%s\n"
	    "Date of birth: %u/%u/201%u\nReference: EHC-%u\nRequest date: %s\n", n, 30000 + n, forenames[chance(8)], n,
	    chance(2) ? "-Jones" : "", 1 + n % 28, 1 + n / 28 % 12, n / 336 % 8, 30000 + n,
	    date_iso(arena, instant_date(core_now(house->room.core))));
	office_take_in(&house->room, arena, n, buf_text(&text), &mail, &arrived);
	buf_free(&text);
	arena_free(&arena);
}

/* ---- Time, with a server that takes everything */

static void
send_all(struct house *house)
{
	struct core *core = house->room.core;
	struct err err;

	for (;;) {
		struct arena *arena = arena_new();
		struct outbox_row *rows;
		size_t count;

		well(store_outbox_due(core->store, arena, core_now(core), 200, &rows, &count, &err), &err);
		well(core_begin(core, &err), &err);
		for (size_t i = 0; i < count; i++)
			office_sent(&house->room, &rows[i], OUTBOX_QUEUED);
		well(core_commit(core, &err), &err);
		arena_free(&arena);
		if (count == 0)
			return;
	}
}

static void
work(struct house *house)
{
	office_work(&house->room);
	send_all(house);
}

/* Working until then, from one moment at which something is due to the next. */
static void
live_until(struct house *house, instant until)
{
	struct store_waiting waiting;
	struct err err;

	for (;;) {
		work(house);
		well(store_waiting(house->room.core->store, &waiting, &err), &err);
		if (waiting.next_due == INSTANT_NONE || waiting.next_due > until)
			break;
		case_clock_set(&house->room.core->clock, waiting.next_due);
	}
	case_clock_set(&house->room.core->clock, until);
	work(house);
}

/* ---- What went out after it */

static bool
is_chaser(const struct outbox_row *row)
{
	return strcmp(row->act, "remind") == 0 || strcmp(row->act, "escalate") == 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The words of a mail that went; the one read last is kept. */
static const char *
text_of(struct house *house, int64_t outbox)
{
	static const struct house *where;
	static const char *words;
	static int64_t read;
	struct spool *spool = &house->room.core->spool;
	struct outbox_row *row;
	struct buf text = BUF_INIT;
	struct err err;

	if (read == outbox && where == house)
		return words;
	well(store_outbox(house->room.core->store, house->room.arena, outbox, &row, &err), &err);
	/* Where it was sent from, until core has put it away. */
	well(file_read(file_exists(spool->out, row->spool_name) ? spool->out : spool->sent, row->spool_name, 64u << 20, &text,
	    &err), &err);
	words = office_unbroken(house->room.arena, buf_text(&text));
	read = outbox;
	where = house;
	buf_free(&text);
	/* A reply quotes it: no code may be found there as if the reply were about that one. */
	expect(LIFE, strstr(words, "Answer code:") == NULL, "a mail of several reminders has an answer code");
	return words;
}

static void
count_reminders(struct house *house, instant since, bool look_inside)
{
	static const enum outbox_state went[] = { OUTBOX_SENT, OUTBOX_JOINED };
	struct arena *arena = house->room.arena;
	struct strs readers = { NULL, 0 }, inside = { NULL, 0 };	/* inside: "mail reference" */

	for (size_t s = 0; s < 2; s++) {
		struct outbox_row *rows;
		size_t count;
		struct err err;

		well(store_outbox_in_state(house->room.core->store, arena, went[s], &rows, &count, &err), &err);
		for (size_t i = 0; i < count; i++) {
			if (!is_chaser(&rows[i]) || rows[i].sent < since)
				continue;
			for (size_t r = 0; r < rows[i].recipient_count; r++) {
				const struct outbox_recipient *recipient = &rows[i].recipients[r];
				long long in = 0;

				if (rows[i].state == OUTBOX_SENT && recipient->state == OUTBOX_SENT) {
					house->mails++;
					strs_add(arena, &readers, arena_printf(arena, "%s at %lld", recipient->address,
					    (long long)rows[i].sent));
				}
				if (rows[i].case_id != 0)
					strs_add(arena, &house->reminders, arena_printf(arena, "%s case %lld %s",
					    recipient->address, (long long)rows[i].case_id, rows[i].template));
				if (!look_inside || recipient->state != OUTBOX_JOINED)
					continue;
				expect(LIFE, sscanf(recipient->reply, "in mail %lld", &in) == 1, "%s: in which mail?",
				    rows[i].subject);
				strs_add(arena, &inside, arena_printf(arena, "%019lld %.9s", in, rows[i].subject));
			}
			if (rows[i].case_id == 0)
				expect(LIFE, rows[i].recipient_count == 1, "a mail of several reminders went to %zu people",
				    rows[i].recipient_count);
		}
	}
	if (house->reminders.n > 0)
		qsort(house->reminders.v, house->reminders.n, sizeof(*house->reminders.v), by_text);
	if (!look_inside)
		return;
	if (inside.n > 0)
		qsort(inside.v, inside.n, sizeof(*inside.v), by_text);
	for (size_t i = 0; i < inside.n; i++)
		expect(LIFE, strstr(text_of(house, strtoll(inside.v[i], NULL, 10)), strchr(inside.v[i], ' ') + 1) != NULL,
		    "%s is not in the mail that it is said to be in", strchr(inside.v[i], ' ') + 1);
	if (readers.n > 0)
		qsort(readers.v, readers.n, sizeof(*readers.v), by_text);
	for (size_t i = 1; i < readers.n; i++)
		expect(LIFE, strcmp(readers.v[i], readers.v[i - 1]) != 0, "two mails of reminders: %s", readers.v[i]);
}

static void
live(struct house *house, unsigned cases, bool gathers)
{
	dayno day;
	instant now = 0, back;
	unsigned n = 0;
	struct err err;

	set_up(house);
	day = instant_date(house->room.start.from);
	for (int d = 0; d < WORKING_DAYS; d++) {
		now = instant_at(day + (dayno)(d / 5 * 7 + d % 5), 9 * 60 + 30);
		live_until(house, now);
		while (n < cases * (unsigned)(d + 1) / WORKING_DAYS)
			request(house, n++);
	}
	live_until(house, now + 3600);
	back = now + DOWN_DAYS * 86400;
	core_close(&house->room.core);
	room_open(&house->room);
	house->room.core->engine.gathers = gathers;
	case_clock_set(&house->room.core->clock, back);
	live_until(house, back + 3 * 86400);
	expect(LIFE, !store_gathered_any(house->room.core->store, INT64_MAX), "something is gathered and has not gone");
	well(core_begin(house->room.core, &err), &err);
	well(core_commit(house->room.core, &err), &err);
	count_reminders(house, back, gathers);
}

int
main(int argc, char **argv)
{
	unsigned cases = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 300;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	struct house gathered, single;

	printf("%u cases, %d days of downtime, seed %llu\n", cases, DOWN_DAYS, (unsigned long long)seed);
	parse_start();
	random_state = seed;
	live(&gathered, cases, true);
	random_state = seed;
	live(&single, cases, false);
	expect(LIFE, gathered.reminders.n >= cases, "only %zu reminders for %u cases", gathered.reminders.n, cases);
	expect(LIFE, gathered.reminders.n == single.reminders.n, "%zu reminders one by one, %zu gathered", single.reminders.n,
	    gathered.reminders.n);
	for (size_t i = 0; i < gathered.reminders.n && i < single.reminders.n; i++)
		expect(LIFE, strcmp(gathered.reminders.v[i], single.reminders.v[i]) == 0, "one by one: %s; gathered: %s",
		    single.reminders.v[i], gathered.reminders.v[i]);
	printf("%zu reminders: %zu mails one by one, %zu gathered\n", gathered.reminders.n, single.mails, gathered.mails);
	room_leave(&gathered.room);
	room_leave(&single.room);
	printf("%lu passed, %lu failed\n", passed, failed);
	return failed != 0;
}
