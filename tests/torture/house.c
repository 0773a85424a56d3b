/*
 * The daemon in one process: the real core, fetch, parser and sender, with
 * the frames between them carried by hand.  A crash drops all of it where it
 * stands; what it had in memory is lost as it is with a process.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../crash/carry.h"
#include "ipc/wire.h"
#include "store/sql.h"
#include "torture.h"

#define ROUNDS_MAX	20000
#define FIRST_FD	64	/* what a life opens lies above, so that a crash can close it */
#define FOREVER_S	86400
#define LONGEST_WAIT_MS	(10 * 60 * 1000)	/* fetch tries a connection again after five at the most */
#define RULES_VERSIONS	2
#define LOOKS_AROUND_MS	(6 * 60 * 60 * 1000)

struct house {
	struct life	*life;
	struct mailbox_config mailbox;
	struct config	 config;
	struct core	*core;
	struct fetch	*fetch;
	struct sender	*sender;
	struct spool	 spool;
	struct carrier	 carrier;
	uint64_t	 go;
	int64_t		 fetch_wakes_ms;
	bool		 answered;
	int		 code;
	struct buf	 said;
	bool		 dead;		/* core gave up: the parent would start all afresh */
};

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
	} else if (heard.body.len > 4)
		buf_add(&house->said, heard.body.data + 4, heard.body.len - 4);
	frame_free(&heard);
}

/* A role said that it cannot go on: the parent would start all of them afresh. */
static void
gave_up(struct house *house, const char *where, const struct err *err)
{
	life_say(house->life, "  %s gives up: %s", where, err->text);
	house->dead = true;
	if (err->scope != ERR_DAEMON && err->scope != ERR_RETRY)
		life_fail(house->life, "%s said nonsense: %s", where, err->text);
	else if (house->life->healed)
		life_fail(house->life, "%s gives up while nothing is wrong: %s", where, err->text);
}

static void
core_hears(struct house *house, const char *peer, struct frame *frame)
{
	struct err err = { ERR_NONE, "" };

	if (core_frame(house->core, peer, frame, &err) == -1)
		gave_up(house, peer, &err);
}

/* ---- The sender */

static int
sender_says(void *ctx, const struct frame *frame, struct err *err)
{
	struct house *house = ctx;
	struct frame heard;

	frame_init(&heard, frame->type, frame->id);
	buf_add(&heard.body, frame->body.data, frame->body.len);
	core_hears(house, "send", &heard);
	frame_free(&heard);
	return house->dead ? err_set(err, ERR_DAEMON, "core is gone") : 0;
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

/* ---- Rounds */

/* True: something was done. */
static bool
hand_out(struct house *house)
{
	struct carried *carried;
	struct err err = { ERR_NONE, "" };
	bool any = false;

	while (!house->dead && (carried = carrier_next(&house->carrier)) != NULL) {
		any = true;
		if (carried->to_core)
			core_hears(house, carried->peer, &carried->frame);
		else if (strcmp(carried->peer, "parse") == 0)
			carry_parsed(&house->carrier, &carried->frame, "X-Torture: crash");
		else if (strcmp(carried->peer, "send") == 0) {
			if (sender_handle(house->sender, &carried->frame, &err) == -1 && !house->dead)
				gave_up(house, "send", &err);
		} else if (fetch_handle(house->fetch, &carried->frame, &err) == -1)
			gave_up(house, "fetch", &err);
		carried_free(carried);
	}
	return any;
}

static bool
one_round(struct house *house)
{
	struct err err = { ERR_NONE, "" };
	struct fetch_wait wait;
	bool more = false, any;

	if (core_turn(house->core, &more, &err) == -1) {
		gave_up(house, "core", &err);
		return false;
	}
	any = hand_out(house);
	if (house->dead)
		return false;
	fetch_turn(house->fetch, &wait);
	house->fetch_wakes_ms = wait.timeout_ms >= 0 && wait.timeout_ms < LONGEST_WAIT_MS ?
	    house->life->clock_ms + (wait.timeout_ms > 0 ? wait.timeout_ms : 1) : INT64_MAX;
	any |= hand_out(house);
	if (!house->dead)
		sender_tick(house->sender, clock_real_ms());
	return (more || any) && !house->dead;
}

void
house_until_quiet(struct life *life)
{
	struct house *house = life->house;

	for (int rounds = 0; house != NULL && one_round(house); rounds++)
		if (rounds == ROUNDS_MAX) {
			life_fail(life, "it never becomes quiet");
			return;
		}
	if (house != NULL && house->dead) {
		life_say(life, "  the parent starts all afresh");
		house_drop(life);
		life->down_until = life_now(life) + 1;
	}
}

static void
sooner(int64_t *at, int64_t other)
{
	if (other < *at)
		*at = other;
}

/*
 * As core_wait_ms(), but for its looks around, which every few minutes would
 * fill a life of weeks: they come as often as something else happens, and
 * some times a day.
 */
int64_t
house_wakes_ms(struct life *life)
{
	struct house *house = life->house;
	struct core *core = house->core;
	struct store_waiting waiting;
	struct err err;
	int64_t clock = life->clock_ms, real = clock_real_ms(), at = house->fetch_wakes_ms;
	instant due;

	if (core->retry_at_ms > real)
		return clock + core->retry_at_ms - real;
	if (store_waiting(core->store, &waiting, &err) == -1)
		return clock + 1000;
	sooner(&at, clock + LOOKS_AROUND_MS);
	due = waiting.next_due;
	if (waiting.next_send != INSTANT_NONE && !core->sending.busy && (due == INSTANT_NONE || waiting.next_send < due))
		due = waiting.next_send;
	if (due != INSTANT_NONE && due * 1000 > clock)
		sooner(&at, due * 1000);
	else if (due != INSTANT_NONE)
		sooner(&at, clock + (core->sending.not_before_ms > real ? core->sending.not_before_ms - real : 1000));
	for (size_t i = 0; i < core->mailbox_count; i++)
		if (core->mailboxes[i].settle_after_ms > real)
			sooner(&at, clock + core->mailboxes[i].settle_after_ms - real);
	if (core->stale_at != INSTANT_NONE && core->stale_at * 1000 > clock)
		sooner(&at, core->stale_at * 1000);
	return at;
}

bool
house_waits(const struct life *life)
{
	struct core *core = life->house->core;

	return core->retry_at_ms > clock_real_ms() || gather_waits(core);
}

/* ---- advicectl */

int
house_say(struct life *life, size_t n, const char *const *words, const char *file)
{
	struct house *house = life->house;
	struct frame frame;
	int fd = file == NULL ? -1 : open(file, O_RDONLY | O_CLOEXEC);

	if (house == NULL)
		return -1;
	frame_init(&frame, WIRE_CTL, 0);
	put_u32(&frame, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		put_str(&frame, words[i]);
	if (fd != -1) {
		put_fd(&frame, fd);
		close(fd);
	}
	house->answered = false;
	house->code = -1;
	buf_reset(&house->said);
	core_command(house->core, 1, 1000, &frame);
	frame_free(&frame);
	if (!house->answered && strcmp(words[0], "backup") == 0)
		return 0;		/* when it is made */
	if (!house->answered)
		life_fail(life, "a command is not answered: %s", words[0]);
	return house->code;
}

const char *
house_said(struct life *life)
{
	return life->house == NULL ? "" : buf_text(&life->house->said);
}

static const char *
rules_folder(const struct life *life)
{
	return life->rules % RULES_VERSIONS == 0 ? "rules" : arena_printf(life->arena, "%s/../rules-2", life->place);
}

/* As after SIGHUP. */
void
house_reload(struct life *life)
{
	struct house *house = life->house;
	struct err err;

	if (house == NULL)
		return;
	house->core->rules_dir = (char *)(uintptr_t)rules_folder(life);
	if (core_reload(house->core, "uid 1000", &err) == -1)
		life_say(life, "  the reload is refused: %s", err.text);
}

struct store *
house_store(struct life *life)
{
	return life->house->core->store;
}

static const char *
newest_mail(struct core *core, struct arena *arena)
{
	struct query q = sql_query(core->store, "SELECT act || ' ' || template || ' by ' || rule || ' state ' || state || ': ' || subject || ' '"
	    " || why FROM outbox ORDER BY id DESC LIMIT 1");
	const char *said = "";

	while (sql_row(&q))
		said = sql_get_text(&q, arena);
	sql_end(&q, NULL);
	return said;
}

/* As the timer would, and then nothing has happened. */
void
house_look_again(struct life *life, int64_t case_id)
{
	struct core *core = life->house->core;
	struct arena *arena = arena_new();
	struct err err = { ERR_NONE, "" };
	size_t before, after;

	if (core_begin(core, &err) == -1) {
		core_failed(core, &err);
		arena_free(&arena);
		return;
	}
	before = core->frozen.n;
	if (engine_timer(&core->engine, arena, case_id, core_now(core), &err) == -1)
		life_fail(life, "nobody-forgotten: case %lld cannot be looked at: %s", (long long)case_id, err.text);
	after = core->frozen.n;
	if (after != before)
		life_fail(life, "nobody-forgotten: case %lld has something to send (%s), and nobody would have looked at it", (long long)case_id,
		    newest_mail(core, arena));
	freeze_undo(core, before);
	store_rollback(core->store);
	arena_free(&arena);
}

/* ---- Opening and closing */

static void
configure(struct house *house)
{
	static const char *names[] = { "birmingham" };
	struct life *life = house->life;
	struct mailbox_config *mailbox = &house->mailbox;

	mailbox->name = "advice";
	mailbox->address = WATCHED;
	mailbox->imap = (struct server){ .host = "127.0.0.1", .port = 1, .tls = TLS_NONE, .user = "advice", .timeout_s = 30 };
	mailbox->folder = "INBOX";
	mailbox->processed = "Processed";
	mailbox->needs_you = "Needs you";
	mailbox->retry = "Retry";
	mailbox->trust = "header:mx.childrenstrust.example";
	/* Some have their own copy of each mail, which says that it went; the others ask a person. */
	mailbox->own_copy = life->seed % 4 != 0;
	mailbox->sent = mailbox->own_copy ? "Sent Items" : NULL;
	mailbox->poll_s = FOREVER_S;
	mailbox->idle_s = FOREVER_S;
	house->config = (struct config){ .file = "", .rules = "rules", .calendars = "config/calendars",
	    .spool = arena_printf(life->arena, "%s/spool", life->place), .backups = arena_printf(life->arena, "%s/backups", life->place),
	    .database = arena_printf(life->arena, "%s/store.db", life->place), .packs = { names, 1 },
	    .mailboxes = mailbox, .mailbox_count = 1, .max_mail_mb = 100, .per_minute = 20, .give_up_days = 2, .ask_after_s = 3600, .log_level = "err",
	    .administrator = "admin@" OWN_DOMAIN, .daily = life->seed % 3 == 2, .daily_at = life->seed % 2 == 0 ? -1 : 8 * 60, .join = life->seed % 5 != 0 };
	/* Most keep for longer than they live. */
	if (life->seed % 3 == 1)
		house->config.retention = (struct retention){ .raw_mail = 1, .cases = 1, .unmatched = 1, .quarantine = 1 };
}

static int
open_inside(struct house *house, struct err *err)
{
	struct life *life = house->life;
	struct core_start core_start = { .config = &house->config, .rules_dir = rules_folder(life), .from = INSTANT_NONE,
	    .out = { house, from_core, to_client } };
	struct fetch_start fetch_start = { .mailbox = &house->mailbox, .password = "secret",
	    .turn = { turn_goes_on, house }, .out = fetch_says, .out_ctx = house };
	struct sender_out sender_out = { house, sender_says, sender_waits };
	struct connector connector = wire_connector(life);

	if (core_open(&core_start, &house->core, err) == -1 || spool_open(house->config.spool, &house->spool, err) == -1)
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

int
house_open(struct life *life)
{
	struct house *house = x_calloc(1, sizeof(*house));
	struct err err = { ERR_NONE, "" };

	life->starts++;
	life->house = house;
	house->life = life;
	carrier_begin(&house->carrier);
	house->fetch_wakes_ms = INT64_MAX;
	configure(house);
	if (open_inside(house, &err) == 0)
		return 0;
	gave_up(house, "the start", &err);
	house_drop(life);
	return -1;
}

void
house_close(struct life *life)
{
	struct house *house = life->house;

	check_forget(true);
	sender_free(&house->sender);
	fetch_free(&house->fetch);
	spool_close(&house->spool);
	core_close(&house->core);
	life->house = NULL;
	disk_killed();
	wire_forget(life);
}

/* Nothing is freed, as nothing is tidy when a process dies; the life's own process ends soon enough. */
void
house_drop(struct life *life)
{
	life->house = NULL;
	check_forget(false);
	close_range(FIRST_FD, ~0u, 0);
	wire_forget(life);
}

/* ---- The store that every life begins with */

static void
import(struct life *life, const char *what, const char *file)
{
	const char *words[] = { "import", what, file, "--yes" };

	if (house_say(life, 4, words, file) != 0) {
		fprintf(stderr, "torture: import %s: %s\n", what, house_said(life));
		exit(2);
	}
}

void
house_prepare(struct life *life)
{
	for (int fd = open("/dev/null", O_RDONLY | O_CLOEXEC); fd != -1 && fd < FIRST_FD - 1; )
		fd = dup(fd);
	life->rules = 1;
	if (house_open(life) == -1)
		exit(2);
	house_close(life);
	life->rules = 0;
	if (house_open(life) == -1)
		exit(2);
	import(life, "directory", "config/directory.csv");
	import(life, "involvement", arena_printf(life->arena, "%s/../involvement-0.csv", life->place));
	house_until_quiet(life);
	house_close(life);
}
