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

#include "../crash/roles.h"
#include "store/sql.h"
#include "torture.h"

#define ROUNDS_MAX	20000
#define FIRST_FD	64	/* what a life opens lies above, so that a crash can close it */
#define FOREVER_S	86400
#define RULES_VERSIONS	2
#define LOOKS_AROUND_MS	(6 * 60 * 60 * 1000)

struct house {
	struct life	*life;
	struct mailbox_config mailbox;
	struct config	 config;
	struct roles	 roles;
	int64_t		 fetch_wakes_ms;
};

/* A role said that it cannot go on: the parent would start all of them afresh. */
static void
gave_up(void *ctx, const char *where, const struct err *err)
{
	struct house *house = ctx;

	life_say(house->life, "  %s gives up: %s", where, err->text);
	house->roles.over = true;
	if (err->scope != ERR_DAEMON && err->scope != ERR_RETRY)
		life_fail(house->life, "%s said nonsense: %s", where, err->text);
	else if (house->life->healed)
		life_fail(house->life, "%s gives up while nothing is wrong: %s", where, err->text);
}

/* ---- Rounds */

static bool
one_round(struct house *house)
{
	struct err err = { ERR_NONE, "" };
	struct fetch_wait wait;
	bool more = false, any;

	if (core_turn(house->roles.core, &more, &err) == -1) {
		gave_up(house, "core", &err);
		return false;
	}
	any = roles_hand_out(&house->roles);
	if (house->roles.over)
		return false;
	fetch_turn(house->roles.fetch, &wait);
	house->fetch_wakes_ms = wait.timeout_ms >= 0 && wait.timeout_ms < ROLES_LONGEST_WAIT_MS ?
	    house->life->clock_ms + (wait.timeout_ms > 0 ? wait.timeout_ms : 1) : INT64_MAX;
	any |= roles_hand_out(&house->roles);
	if (!house->roles.over)
		sender_tick(house->roles.sender, clock_real_ms());
	return (more || any) && !house->roles.over;
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
	if (house != NULL && house->roles.over) {
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
	struct core *core = house->roles.core;
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
	struct core *core = life->house->roles.core;

	return core->retry_at_ms > clock_real_ms() || gather_waits(core);
}

/* ---- advicectl */

int
house_say(struct life *life, size_t n, const char *const *words, const char *file)
{
	struct house *house = life->house;

	if (house == NULL)
		return -1;
	roles_command(&house->roles, n, words, file);
	if (!house->roles.answered && strcmp(words[0], "backup") == 0)
		return 0;		/* when it is made */
	if (!house->roles.answered)
		life_fail(life, "a command is not answered: %s", words[0]);
	return house->roles.code;
}

const char *
house_said(struct life *life)
{
	return life->house == NULL ? "" : buf_text(&life->house->roles.said);
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
	house->roles.core->rules_dir = (char *)(uintptr_t)rules_folder(life);
	if (core_reload(house->roles.core, "uid 1000", &err) == -1)
		life_say(life, "  the reload is refused: %s", err.text);
}

struct store *
house_store(struct life *life)
{
	return life->house->roles.core->store;
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
	struct core *core = life->house->roles.core;
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
	struct life *life = house->life;
	struct mailbox_config *mailbox = &house->mailbox;
	struct strs packs = { NULL, 0 };

	strs_add(life->arena, &packs, life->town->pack);
	mailbox->name = life->town->mailbox;
	mailbox->address = life->town->watched;
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
	    .database = arena_printf(life->arena, "%s/store.db", life->place), .packs = packs,
	    .mailboxes = mailbox, .mailbox_count = 1, .max_mail_mb = 100, .per_minute = 20, .give_up_days = 2, .ask_after_s = 3600, .log_level = "err",
	    .administrator = life->town->administrator, .daily = life->seed % 3 == 2, .daily_at = life->seed % 2 == 0 ? -1 : 8 * 60, .join = life->seed % 5 != 0 };
	/* Most keep for longer than they live. */
	if (life->seed % 3 == 1)
		house->config.retention = (struct retention){ .raw_mail = 1, .cases = 1, .unmatched = 1, .quarantine = 1 };
}

static int
open_inside(struct house *house, struct err *err)
{
	struct life *life = house->life;
	struct core_start core_start = { .config = &house->config, .rules_dir = rules_folder(life), .from = INSTANT_NONE };
	struct fetch_start fetch_start = { .mailbox = &house->mailbox, .password = "secret" };
	struct connector connector = wire_connector(life);

	house->roles.ends = "X-Torture: crash";
	house->roles.ctx = house;
	house->roles.gave_up = gave_up;
	return roles_open(&house->roles, &core_start, &fetch_start, &connector, house->config.spool, err);
}

int
house_open(struct life *life)
{
	struct house *house = x_calloc(1, sizeof(*house));
	struct err err = { ERR_NONE, "" };

	life->starts++;
	life->house = house;
	house->life = life;
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
	roles_close(&house->roles);
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

static void
begin(struct life *life)
{
	if (house_open(life) == 0)
		return;
	fprintf(stderr, "torture: the daemon does not begin: %s", buf_text(&life->trace));
	exit(2);
}

void
house_prepare(struct life *life)
{
	for (int fd = open("/dev/null", O_RDONLY | O_CLOEXEC); fd != -1 && fd < FIRST_FD - 1; )
		fd = dup(fd);
	life->rules = 1;
	begin(life);
	house_close(life);
	life->rules = 0;
	begin(life);
	import(life, "directory", arena_printf(life->arena, "%s/../directory-0.csv", life->place));
	import(life, "involvement", arena_printf(life->arena, "%s/../involvement-0.csv", life->place));
	house_until_quiet(life);
	house_close(life);
}
