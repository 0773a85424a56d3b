/*
 * Core, fetch, parse and send in one process.  Real time passes as the roles
 * ask for it: whoever would have to wait finds the clock moved instead.
 */
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "carry.h"
#include "house.h"
#include "imap/watch.h"
#include "ipc/wire.h"
#include "role/core_private.h"
#include "role/send.h"
#include "store/sql.h"

#define ROUNDS_MAX	5000
#define LISTS_IMPORTED	2	/* before the first scene: the directory and the involvement list */
#define TRIES_MAX	100	/* of one command, while the disk is full */
#define LONGEST_WAIT_MS	(10 * 60 * 1000)	/* fetch tries a connection again after five at the most */

struct house {
	const struct house_start *start;
	struct mailbox_config	 mailbox;
	struct config		 config;
	struct core		*core;
	struct fetch		*fetch;
	struct sender		*sender;
	struct spool		 spool;
	struct carrier		 carrier;
	uint64_t		 go;		/* the mail that core has given its leave for */
	bool			 answered;	/* advicectl's command, with this exit code */
	int			 code;
	int			 smtp_fd;
	enum house_end		 end;
};

/* ---- Real time, which moves when nobody has anything to do */

static int64_t skipped_ms;

int64_t __real_clock_real_ms(void);
int64_t __wrap_clock_real_ms(void);

int64_t
__wrap_clock_real_ms(void)
{
	return __real_clock_real_ms() + skipped_ms;
}

/* ---- Frames */

static void
from_core(void *ctx, const char *peer, const struct frame *frame)
{
	struct house *house = ctx;

	if (strcmp(peer, "send") == 0 && frame->type == WIRE_GO)
		house->go = frame->id;
	else
		carry(&house->carrier, false, peer, frame);
}

static void
to_client(void *ctx, uint64_t client, const struct frame *frame)
{
	struct house *house = ctx;
	struct frame heard;

	(void)client;
	frame_init(&heard, frame->type, frame->id);
	buf_add(&heard.body, frame->body.data, frame->body.len);
	if (frame->type == WIRE_CTL_END) {
		house->answered = true;
		house->code = (int)get_u32(&heard);
	} else if (frame->type == WIRE_CTL_ERR)
		fprintf(stderr, "%.*s", (int)heard.body.len - 4, heard.body.data + 4);
	frame_free(&heard);
}

static void
gave_up(struct house *house, const char *where, const struct err *err)
{
	fprintf(stderr, "%s: %s\n", where, err->text);
	if (house->end == HOUSE_WELL)
		house->end = err->scope == ERR_DAEMON || err->scope == ERR_RETRY ? HOUSE_AGAIN : HOUSE_WRONG;
}

static void
core_hears(struct house *house, const char *peer, struct frame *frame)
{
	struct err err = { ERR_NONE, "" };

	if (core_frame(house->core, peer, frame, &err) == -1)
		gave_up(house, peer, &err);
}

/* ---- The sender: the real one, over a plain connection to the model server */

static int
smtp_write(void *ctx, const void *data, size_t len, int64_t deadline_ms, struct err *err)
{
	const struct house *house = ctx;
	const char *from = data;

	(void)deadline_ms;
	while (len > 0) {
		ssize_t n = send(house->smtp_fd, from, len, MSG_NOSIGNAL);

		if (n <= 0)
			return err_set(err, ERR_RETRY, "the model server is gone");
		from += n;
		len -= (size_t)n;
	}
	return 0;
}

static ssize_t
smtp_read(void *ctx, void *data, size_t len, int64_t deadline_ms, struct err *err)
{
	const struct house *house = ctx;
	ssize_t n = recv(house->smtp_fd, data, len, 0);

	(void)deadline_ms;
	return n < 0 ? err_set(err, ERR_RETRY, "the model server is gone") : n;
}

static void
smtp_close(void *ctx)
{
	struct house *house = ctx;

	if (house->smtp_fd != -1)
		close(house->smtp_fd);
	house->smtp_fd = -1;
}

static int
smtp_open(void *ctx, struct transport *transport_r, struct err *err)
{
	struct house *house = ctx;
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((uint16_t)house->start->smtp_port) };
	char greeting[200];
	int one = 1;

	house->smtp_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (house->smtp_fd == -1 || connect(house->smtp_fd, (struct sockaddr *)&address, sizeof(address)) == -1 ||
	    recv(house->smtp_fd, greeting, sizeof(greeting), 0) <= 0)
		return err_set(err, ERR_RETRY, "the model server is gone");
	setsockopt(house->smtp_fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	*transport_r = (struct transport){ house, smtp_write, smtp_read };
	return 0;
}

static int
sender_says(void *ctx, const struct frame *frame, struct err *err)
{
	struct house *house = ctx;
	struct frame heard;

	frame_init(&heard, frame->type, frame->id);
	buf_add(&heard.body, frame->body.data, frame->body.len);
	core_hears(house, "send", &heard);
	frame_free(&heard);
	return house->end == HOUSE_WELL ? 0 : err_set(err, ERR_DAEMON, "core is gone");
}

static int
sender_waits(void *ctx, uint64_t id, struct err *err)
{
	const struct house *house = ctx;

	return house->go == id ? 0 : err_set(err, ERR_RETRY, "core did not say that the mail may go");
}

/* ---- The mailbox */

static bool
turn_goes_on(void *ctx)
{
	(void)ctx;
	return true;
}

static void
fetch_says(void *ctx, const struct frame *frame)
{
	struct house *house = ctx;

	carry(&house->carrier, true, "fetch:advice", frame);
}

/* ---- The world outside */

static bool
world_says_yes(struct house *house, const char *question)
{
	char answer = 'n';

	if (write(house->start->world_fd, question, strlen(question)) == -1 ||
	    read(house->start->world_fd, &answer, 1) != 1)
		_exit(HOUSE_WRONG);
	return answer == 'y';
}

/* ---- One round of everything */

static void
hand_out(struct house *house)
{
	struct carried *carried;
	struct err err = { ERR_NONE, "" };

	while (house->end == HOUSE_WELL && (carried = carrier_next(&house->carrier)) != NULL) {
		if (carried->to_core)
			core_hears(house, carried->peer, &carried->frame);
		else if (strcmp(carried->peer, "parse") == 0)
			carry_parsed(&house->carrier, &carried->frame, "X-Crash-Sweep: crash");
		else if (strcmp(carried->peer, "send") == 0) {
			if (sender_handle(house->sender, &carried->frame, &err) == -1)
				gave_up(house, "send", &err);
		} else if (fetch_handle(house->fetch, &carried->frame, &err) == -1)
			gave_up(house, "fetch", &err);
		carried_free(carried);
	}
}

/* As long as whoever is in trouble wants to wait; a look that nobody asked for is not waited for. */
static void
let_time_pass(struct house *house, const struct fetch_wait *wait)
{
	int ms = core_wait_ms(house->core);

	if (wait->timeout_ms > ms && wait->timeout_ms < LONGEST_WAIT_MS)
		ms = wait->timeout_ms;
	if (ms > 0)
		skipped_ms += ms;
}

/* Until core has answered the command. */
static void
run_until_answered(struct house *house)
{
	for (int rounds = 0; house->end == HOUSE_WELL; rounds++) {
		struct err err = { ERR_NONE, "" };
		struct fetch_wait wait;
		bool more;

		if (rounds == ROUNDS_MAX) {
			house->end = HOUSE_RESTLESS;
			return;
		}
		if (core_turn(house->core, &more, &err) == -1) {
			gave_up(house, "core", &err);
			return;
		}
		hand_out(house);
		fetch_turn(house->fetch, &wait);
		if (house->carrier.first != NULL) {
			hand_out(house);
			continue;
		}
		if (house->answered)
			return;
		if (!more)
			let_time_pass(house, &wait);
		sender_tick(house->sender, clock_real_ms());
	}
}

/* ---- People: what they say with advicectl */

/* Exit code of the command; -1 if core gave up. */
static int
say(struct house *house, const char *const *words, size_t count, const char *file)
{
	struct frame frame;
	int fd = file == NULL ? -1 : open(file, O_RDONLY | O_CLOEXEC);

	frame_init(&frame, WIRE_CTL, 0);
	put_u32(&frame, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		put_str(&frame, words[i]);
	if (fd != -1) {
		put_fd(&frame, fd);
		close(fd);
	}
	house->answered = false;
	house->code = -1;
	core_command(house->core, 1, 1000, &frame);
	frame_free(&frame);
	run_until_answered(house);
	return house->end == HOUSE_WELL ? house->code : -1;
}

static void
refused(struct house *house, const char *const *words)
{
	fprintf(stderr, "%s %s is refused again and again\n", words[0], words[1] == NULL ? "" : words[1]);
	house->end = HOUSE_WRONG;
}

/* A command that fails has changed nothing; the person says it again. */
static void
say_words(struct house *house, const char *const *words, size_t count, const char *file)
{
	for (int tries = 0; house->end == HOUSE_WELL && say(house, words, count, file) != 0; tries++)
		if (tries == TRIES_MAX)
			refused(house, words);
}

static void
say_until_well(struct house *house, const char *one, const char *two, const char *three, const char *file)
{
	const char *words[] = { one, two, three };

	say_words(house, words, 3, file);
}

/* Somebody looks whether a mail of which the daemon does not know has arrived, and says so. */
static bool
resolve_one(struct house *house)
{
	struct arena *arena = arena_new();
	struct outbox_row *rows = NULL;
	struct err err = { ERR_NONE, "" };
	size_t count = 0;

	if (store_outbox_in_state(house->core->store, arena, OUTBOX_UNKNOWN, &rows, &count, &err) == -1)
		gave_up(house, "unknown", &err);
	if (count > 0)
		say_until_well(house, "queue", world_says_yes(house, arena_printf(arena, "accepted %s", rows[0].message_id)) ?
		    "sent" : "retry", arena_printf(arena, "%lld", (long long)rows[0].id), NULL);
	arena_free(&arena);
	return count > 0 && house->end == HOUSE_WELL;
}

/* Time goes on until then, or stands still if that is over; everything that waits is done. */
static void
clock_until(struct house *house, const char *at)
{
	struct arena *arena = arena_new();
	instant until;

	if (house->end != HOUSE_WELL || !instant_parse_iso(at, &until))
		return;
	do
		say_until_well(house, "clock", "until", until < core_now(house->core) ?
		    instant_iso(arena, core_now(house->core)) : at, NULL);
	while (resolve_one(house));
	arena_free(&arena);
}

/* Of one row and column; what was done before the daemon ended is not done again. */
static int64_t
number_of(struct house *house, const char *sql)
{
	struct query q = sql_query(house->core->store, sql);
	struct err err = { ERR_NONE, "" };
	int64_t n = 0;

	while (sql_row(&q))
		n = sql_get_int(&q);
	if (sql_end(&q, &err) == -1)
		gave_up(house, "counting", &err);
	return n;
}

/* How many scenes of this kind come before. */
static int64_t
before(const struct house *house, const struct scene *scene, enum deed deed)
{
	const struct scene *one;
	int64_t n = 0;

	for (one = house->start->life->scenes; one < scene; one++)
		n += one->deed == deed;
	return n;
}

/* One that is whole. */
static bool
has_backup(const struct house *house)
{
	DIR *dir = opendir(house->start->backups);
	const struct dirent *entry;
	bool any = false;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		any |= str_starts(entry->d_name, "adviced-") && strstr(entry->d_name, ".part") == NULL;
	if (dir != NULL)
		closedir(dir);
	return any;
}

static bool
is_said(struct house *house, const struct scene *scene)
{
	return str_same(scene->words[0], "backup") ? has_backup(house) : scene->done != NULL && number_of(house, scene->done) > 0;
}

/* What fails half way may have been done all the same. */
static void
say_scene(struct house *house, const struct scene *scene)
{
	size_t words = 0;

	while (words < sizeof(scene->words) / sizeof(scene->words[0]) && scene->words[words] != NULL)
		words++;
	for (int tries = 0; house->end == HOUSE_WELL && !is_said(house, scene) && say(house, scene->words, words, NULL) != 0; tries++)
		if (tries == TRIES_MAX)
			refused(house, scene->words);
}

static void
take_rules(struct house *house)
{
	struct err err = { ERR_NONE, "" };

	house->core->rules_dir = (char *)(uintptr_t)"rules-2";
	for (int tries = 0; house->end == HOUSE_WELL && core_reload(house->core, "uid 1000", &err) == -1; tries++)
		if (tries == TRIES_MAX || err.scope == ERR_DAEMON)
			gave_up(house, "reload", &err);
}

static void
deliver(struct house *house, const struct scene *scene)
{
	size_t number = (size_t)(scene - house->start->life->scenes);
	char question[40];

	snprintf(question, sizeof(question), "deliver %zu", number);
	if (scene->file != NULL && !world_says_yes(house, question)) {
		fprintf(stderr, "scene %zu: the mail that is to be answered never went out\n", number);
		house->end = HOUSE_WRONG;
	}
}

static void
play(struct house *house, const struct scene *scene)
{
	clock_until(house, scene->at);
	if (house->end != HOUSE_WELL)
		return;
	switch (scene->deed) {
	case DEED_MAIL:
		deliver(house, scene);
		break;
	case DEED_SAY:
		say_scene(house, scene);
		break;
	case DEED_IMPORT:
		if (number_of(house, "SELECT count(*) FROM import") <= LISTS_IMPORTED + before(house, scene, DEED_IMPORT))
			say_words(house, (const char *const[]){ "import", "directory", "directory.csv", "--yes" }, 4, scene->file);
		break;
	case DEED_RULES:
		world_says_yes(house, "rules");
		take_rules(house);
		break;
	case DEED_ANEW:
		world_says_yes(house, "anew");
		break;
	}
	clock_until(house, scene->at);
}

/* ---- Opening */

static void
configure(struct house *house)
{
	static const char *packs[] = { HOUSE_PACK };
	struct mailbox_config *mailbox = &house->mailbox;

	mailbox->name = "advice";
	mailbox->address = HOUSE_ADDRESS;
	mailbox->imap = (struct server){ .host = "127.0.0.1", .port = house->start->imap_port, .tls = TLS_NONE,
	    .user = "advice", .timeout_s = 30 };
	mailbox->folder = "INBOX";
	mailbox->processed = "Processed";
	mailbox->needs_you = "Needs you";
	mailbox->sent = "Sent Items";
	mailbox->own_copy = true;
	mailbox->trust = "header:mx.childrenstrust.example";
	mailbox->poll_s = 86400;
	mailbox->idle_s = 480;
	house->config = (struct config){ .file = "", .rules = "rules", .calendars = "config/calendars",
	    .spool = house->start->spool, .database = house->start->store, .backups = house->start->backups,
	    .retention = house->start->life->retention, .packs = { packs, 1 },
	    .mailboxes = mailbox, .mailbox_count = 1, .max_mail_mb = 100,
	    .give_up_days = 2, .ask_after_s = 3600, .log_level = "err", .daily = house->start->life->daily, .daily_at = 8 * 60,
	    .join = true };
}

/* What an administrator imports before the first mail: the sample lists. */
static void
import_lists(struct house *house)
{
	struct err err = { ERR_NONE, "" };
	instant imported = INSTANT_NONE;

	if (house->core->engine.directory->count == 0)
		say_until_well(house, "import", "directory", "directory.csv", "config/directory.csv");
	if (house->end == HOUSE_WELL && store_involvement_imported(house->core->store, &imported, &err) == -1)
		gave_up(house, "import", &err);
	if (imported == INSTANT_NONE)
		say_until_well(house, "import", "involvement", "involvement.csv", "config/involvement.csv");
}

static int
open_house(struct house *house, struct err *err)
{
	struct core_start core_start = { .config = &house->config,
	    .rules_dir = world_says_yes(house, "which") ? "rules-2" : "rules", .test_clock = true,
	    .out = { house, from_core, to_client } };
	struct fetch_start fetch_start = { .mailbox = &house->mailbox, .password = "secret", .retry_ms = 10,
	    .turn = { turn_goes_on, house }, .out = fetch_says, .out_ctx = house };
	struct sender_out sender_out = { house, sender_says, sender_waits };
	struct connector connector = { house, 30000, smtp_open, smtp_close };

	instant_parse_iso(LIFE_BEGINS, &core_start.from);
	if (core_open(&core_start, &house->core, err) == -1 ||
	    spool_open(house->start->spool, &house->spool, err) == -1)
		return -1;
	fetch_start.tmp_fd = house->spool.tmp;
	fetch_start.new_fd = house->spool.new;
	if (fetch_new(&fetch_start, &house->fetch, err) == -1)
		return -1;
	house->sender = sender_new(&connector, "model.example", sender_out);
	if (core_attach(house->core, "parse", err) == -1 || core_attach(house->core, "send", err) == -1)
		return -1;
	return core_attach(house->core, "fetch:advice", err);
}

enum house_end
house_run(const struct house_start *start)
{
	struct house house = { .start = start, .smtp_fd = -1 };
	struct err err = { ERR_NONE, "" };

	carrier_begin(&house.carrier);
	configure(&house);
	if (open_house(&house, &err) == -1) {
		gave_up(&house, "start", &err);
		return house.end;
	}
	import_lists(&house);
	for (size_t i = 0; i < start->life->count && house.end == HOUSE_WELL; i++)
		play(&house, &start->life->scenes[i]);
	if (house.end == HOUSE_WELL) {
		sender_free(&house.sender);
		fetch_free(&house.fetch);
		spool_close(&house.spool);
		core_close(&house.core);
	}
	return house.end;
}
