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
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "mail/parse.h"
#include "role/core_private.h"

#define TRUST		"@childrenstrust.example"
#define BOX		"SENSocialWorkAdvice" TRUST
#define BEGINS		"2026-09-07"
#define WORKING_DAYS	15	/* on which the requests come */
#define DOWN_DAYS	30
#define FAULTS_SHOWN	10

struct house {
	struct arena	*arena;
	char		 folder[64];
	struct config	 config;
	struct mailbox_config mailbox;
	struct core	*core;
	struct strs	 reminders;	/* "person case" after the downtime, sorted */
	size_t		 mails;		/* that carry them */
};

static unsigned long passed, failed;
static uint64_t random_state;

static void
expect(bool condition, const char *format, ...)
{
	va_list ap;

	if (condition) {
		passed++;
		return;
	}
	if (failed++ < FAULTS_SHOWN) {
		va_start(ap, format);
		vprintf(format, ap);
		va_end(ap);
		putchar('\n');
	}
}

static void
must(int rc, const struct err *err)
{
	if (rc == 0)
		return;
	fprintf(stderr, "downtime: %s\n", err->text);
	exit(1);
}

static unsigned
chance(unsigned below)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % below;
}

static void
to_peer(void *ctx, const char *peer, const struct frame *frame)
{
	(void)ctx, (void)peer, (void)frame;
}

static void
to_client(void *ctx, uint64_t client, const struct frame *frame)
{
	(void)ctx, (void)client, (void)frame;
}

static void
open_core(struct house *house)
{
	struct core_start start = { .config = &house->config, .rules_dir = "rules", .test_clock = true,
	    .out = { house, to_peer, to_client } };
	struct err err = { ERR_NONE, "" };

	instant_parse_iso(BEGINS "T09:00", &start.from);
	must(core_open(&start, &house->core, &err), &err);
}

static void
set_up(struct house *house)
{
	static const char *packs[] = { "birmingham" };
	struct directory *directory;
	struct buf problems = BUF_INIT;
	struct err err;

	memset(house, 0, sizeof(*house));
	house->arena = arena_new();
	strcpy(house->folder, "/tmp/adviced-downtime-XXXXXX");
	if (mkdtemp(house->folder) == NULL)
		exit(1);
	house->mailbox = (struct mailbox_config){ .name = "advice", .address = BOX, .folder = "INBOX", .processed = "Processed",
	    .needs_you = "Needs you", .trust = "none" };
	house->config = (struct config){ .file = "", .rules = "rules", .calendars = "config/calendars",
	    .spool = arena_printf(house->arena, "%s/spool", house->folder),
	    .database = arena_printf(house->arena, "%s/store.db", house->folder), .packs = { packs, 1 },
	    .mailboxes = &house->mailbox, .mailbox_count = 1, .max_mail_mb = 100, .log_level = "err",
	    .administrator = "administrator" TRUST };
	open_core(house);
	must(directory_read(house->arena, "config/directory.csv", &directory, &problems, &err), &err);
	must(store_begin(house->core->store, &err), &err);
	must(store_import_directory(house->core->store, directory, core_now(house->core), "", &err), &err);
	must(store_commit(house->core->store, &err), &err);
	must(engine_refresh(&house->core->engine, &err), &err);
	buf_free(&problems);
}

static void
tear_down(struct house *house)
{
	core_close(&house->core);
	if (system(arena_printf(house->arena, "rm -rf '%s'", house->folder)) != 0)
		fprintf(stderr, "downtime: %s is left\n", house->folder);
	arena_free(&house->arena);
}

/* ---- A request for advice, as a mail */

static void
request(struct house *house, unsigned n, instant at)
{
	static const char *const forenames[] = { "Ada", "Bilal", "Cora", "Dmitri", "Esme", "Femi", "Gita", "Hugo" };
	struct arena *arena = arena_new();
	struct arrival arrival = { .pack = house->core->mailboxes[0].pack, .mailbox = BOX, .trust = "none", .received = at,
	    .spool_name = arena_printf(arena, "advice.1.%u", n) };
	struct arrived *arrived;
	struct message *mail;
	struct buf text = BUF_INIT;
	struct err err;
	FILE *file = tmpfile();

	buf_printf(&text, "From: SENAR <senar@birmingham.example>\nTo: " BOX "\nDate: Mon, 7 Sep 2026 09:00:00 +0100\n"
	    "Message-ID: <request-%u@birmingham.example>\nSubject: SEND ADVICE Request - Stage Two - EHC-%u\n"
	    "Content-Type: text/plain; charset=utf-8\n\nPlease provide social care advice.\n\nName: %s Number%u%s\n"
	    "Date of birth: %u/%u/201%u\nReference: EHC-%u\nRequest date: %s\n", n, 30000 + n, forenames[chance(8)], n,
	    chance(2) ? "-Jones" : "", 1 + n % 28, 1 + n / 28 % 12, n / 336 % 8, 30000 + n,
	    date_iso(arena, instant_date(at)));
	if (file == NULL || fwrite(text.data, 1, text.len, file) != text.len || fflush(file) != 0)
		exit(1);
	rewind(file);
	must(parse_message(arena, fileno(file), -1, instant_date(at), &parse_limits_default, &mail, &err), &err);
	arrival.message = mail;
	must(core_begin(house->core, &err), &err);
	must(engine_mail(&house->core->engine, arena, &arrival, at, &arrived, &err), &err);
	must(core_commit(house->core, &err), &err);
	fclose(file);
	buf_free(&text);
	arena_free(&arena);
}

/* ---- Time, with a server that takes everything */

static void
send_all(struct house *house)
{
	struct err err;

	for (;;) {
		struct arena *arena = arena_new();
		struct outbox_row *rows;
		size_t count;

		must(store_outbox_due(house->core->store, arena, core_now(house->core), 200, &rows, &count, &err), &err);
		must(core_begin(house->core, &err), &err);
		for (size_t i = 0; i < count; i++) {
			for (size_t r = 0; r < rows[i].recipient_count; r++)
				if (rows[i].recipients[r].state == OUTBOX_QUEUED)
					rows[i].recipients[r].state = OUTBOX_SENT;
			rows[i].state = OUTBOX_SENT;
			rows[i].sent = core_now(house->core);
			must(store_outbox_put(house->core->store, &rows[i], &err), &err);
		}
		must(core_commit(house->core, &err), &err);
		arena_free(&arena);
		if (count == 0)
			return;
	}
}

static void
work(struct house *house)
{
	struct err err;
	bool more = true;

	house->core->mailboxes[0].row.looked = clock_wall();	/* nothing has come meanwhile */
	while (more)
		must(core_turn(house->core, &more, &err), &err);
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
		must(store_waiting(house->core->store, &waiting, &err), &err);
		if (waiting.next_due == INSTANT_NONE || waiting.next_due > until)
			break;
		case_clock_set(&house->core->clock, waiting.next_due);
	}
	case_clock_set(&house->core->clock, until);
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

/* A frozen mail with its soft line breaks taken out: they may lie in the middle of a word.  The one read last is kept. */
static const char *
text_of(struct house *house, int64_t outbox)
{
	static struct buf plain = BUF_INIT;
	static int64_t read;
	static const struct house *where;
	struct arena *arena;
	struct outbox_row *row;
	struct buf text = BUF_INIT;
	struct err err;

	if (read == outbox && where == house)
		return buf_text(&plain);
	arena = arena_new();
	buf_reset(&plain);
	must(store_outbox(house->core->store, arena, outbox, &row, &err), &err);
	/* Where it was sent from, until core has put it away. */
	must(file_read(file_exists(house->core->spool.out, row->spool_name) ? house->core->spool.out : house->core->spool.sent,
	    row->spool_name, 64u << 20, &text, &err), &err);
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '=' && i + 2 < text.len && text.data[i + 1] == '\r')
			i += 2;
		else
			buf_add_char(&plain, text.data[i]);
	read = outbox;
	where = house;
	buf_free(&text);
	arena_free(&arena);
	/* A reply quotes it: no code may be found there as if the reply were about that one. */
	expect(strstr(buf_text(&plain), "Answer code:") == NULL, "a mail of several reminders has an answer code");
	return buf_text(&plain);
}

static void
count_reminders(struct house *house, instant since, bool look_inside)
{
	static const enum outbox_state went[] = { OUTBOX_SENT, OUTBOX_JOINED };
	struct strs readers = { NULL, 0 }, inside = { NULL, 0 };	/* inside: "mail reference" */

	for (size_t s = 0; s < 2; s++) {
		struct outbox_row *rows;
		size_t count;
		struct err err;

		must(store_outbox_in_state(house->core->store, house->arena, went[s], &rows, &count, &err), &err);
		for (size_t i = 0; i < count; i++) {
			if (!is_chaser(&rows[i]) || rows[i].sent < since)
				continue;
			for (size_t r = 0; r < rows[i].recipient_count; r++) {
				const struct outbox_recipient *recipient = &rows[i].recipients[r];
				long long in = 0;

				if (rows[i].state == OUTBOX_SENT && recipient->state == OUTBOX_SENT) {
					house->mails++;
					strs_add(house->arena, &readers, arena_printf(house->arena, "%s at %lld", recipient->address,
					    (long long)rows[i].sent));
				}
				if (rows[i].case_id != 0)
					strs_add(house->arena, &house->reminders, arena_printf(house->arena, "%s case %lld %s",
					    recipient->address, (long long)rows[i].case_id, rows[i].template));
				if (!look_inside || recipient->state != OUTBOX_JOINED)
					continue;
				expect(sscanf(recipient->reply, "in mail %lld", &in) == 1, "%s: in which mail?", rows[i].subject);
				strs_add(house->arena, &inside, arena_printf(house->arena, "%019lld %.9s", in, rows[i].subject));
			}
			if (rows[i].case_id == 0)
				expect(rows[i].recipient_count == 1, "a mail of several reminders went to %zu people", rows[i].recipient_count);
		}
	}
	if (house->reminders.n > 0)
		qsort(house->reminders.v, house->reminders.n, sizeof(*house->reminders.v), by_text);
	if (!look_inside)
		return;
	if (inside.n > 0)
		qsort(inside.v, inside.n, sizeof(*inside.v), by_text);
	for (size_t i = 0; i < inside.n; i++)
		expect(strstr(text_of(house, strtoll(inside.v[i], NULL, 10)), strchr(inside.v[i], ' ') + 1) != NULL,
		    "%s is not in the mail that it is said to be in", strchr(inside.v[i], ' ') + 1);
	if (readers.n > 0)
		qsort(readers.v, readers.n, sizeof(*readers.v), by_text);
	for (size_t i = 1; i < readers.n; i++)
		expect(strcmp(readers.v[i], readers.v[i - 1]) != 0, "two mails of reminders: %s", readers.v[i]);
}

static void
live(struct house *house, unsigned cases, bool gathers)
{
	dayno day;
	instant now = 0, back;
	unsigned n = 0;
	struct err err;

	set_up(house);
	date_parse_iso(BEGINS, &day);
	for (int d = 0; d < WORKING_DAYS; d++) {
		now = instant_at(day + (dayno)(d / 5 * 7 + d % 5), 9 * 60 + 30);
		live_until(house, now);
		while (n < cases * (unsigned)(d + 1) / WORKING_DAYS)
			request(house, n++, now);
	}
	live_until(house, now + 3600);
	back = now + DOWN_DAYS * 86400;
	core_close(&house->core);
	open_core(house);
	house->core->engine.gathers = gathers;
	case_clock_set(&house->core->clock, back);
	live_until(house, back + 3 * 86400);
	expect(!store_gathered_any(house->core->store, INT64_MAX), "something is gathered and has not gone");
	must(core_begin(house->core, &err), &err);
	must(core_commit(house->core, &err), &err);
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
	expect(gathered.reminders.n >= cases, "only %zu reminders for %u cases", gathered.reminders.n, cases);
	expect(gathered.reminders.n == single.reminders.n, "%zu reminders one by one, %zu gathered", single.reminders.n,
	    gathered.reminders.n);
	for (size_t i = 0; i < gathered.reminders.n && i < single.reminders.n; i++)
		expect(strcmp(gathered.reminders.v[i], single.reminders.v[i]) == 0, "one by one: %s; gathered: %s",
		    single.reminders.v[i], gathered.reminders.v[i]);
	printf("%zu reminders: %zu mails one by one, %zu gathered\n", gathered.reminders.n, single.mails, gathered.mails);
	tear_down(&gathered);
	tear_down(&single);
	printf("%lu passed, %lu failed\n", passed, failed);
	return failed != 0;
}
