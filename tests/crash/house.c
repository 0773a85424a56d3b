/*
 * Core, fetch, parse and send in one process.  Real time passes as the roles
 * ask for it: whoever would have to wait finds the clock moved instead.
 */
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "house_private.h"
#include "role/core_private.h"
#include "role/kept.h"
#include "role/trial.h"

#define ROUNDS_MAX	5000
#define RULES_TRIES	50

/* ---- Time, which moves when nobody has anything to do */

static int64_t skipped_ms;

int64_t __real_clock_real_ms(void);
int64_t __wrap_clock_real_ms(void);
instant __real_clock_wall(void);
instant __wrap_clock_wall(void);

int64_t
__wrap_clock_real_ms(void)
{
	return __real_clock_real_ms() + skipped_ms;
}

instant
__wrap_clock_wall(void)
{
	return __real_clock_wall() + skipped_ms / 1000;
}

void
house_skip(int ms)
{
	skipped_ms += ms;
}

/* ---- Giving up */

void
house_gave_up(void *ctx, const char *where, const struct err *err)
{
	struct house *house = ctx;

	fprintf(stderr, "%s: %s\n", where, err->text);
	if (house->end == HOUSE_WELL)
		house->end = err->scope == ERR_DAEMON || err->scope == ERR_RETRY ? HOUSE_AGAIN : HOUSE_WRONG;
	house->roles.over = true;
}

void
house_ends(struct house *house, enum house_end end)
{
	house->end = end;
	house->roles.over = true;
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

/* ---- The world outside */

bool
world_says_yes(struct house *house, const char *question)
{
	char answer = 'n';

	if (write(house->start->world_fd, question, strlen(question)) == -1 ||
	    read(house->start->world_fd, &answer, 1) != 1)
		_exit(HOUSE_WRONG);
	return answer == 'y';
}

/* ---- One round of everything */

/* As long as whoever is in trouble wants to wait; a look that nobody asked for is not waited for. */
static void
let_time_pass(struct house *house, const struct fetch_wait *wait)
{
	int ms = core_wait_ms(house->roles.core);

	if (wait->timeout_ms > ms && wait->timeout_ms < ROLES_LONGEST_WAIT_MS)
		ms = wait->timeout_ms;
	if (ms > 0)
		house_skip(ms);
}

/* Until core has answered the command. */
void
house_run_until_answered(struct house *house)
{
	for (int rounds = 0; house->end == HOUSE_WELL; rounds++) {
		struct err err = { ERR_NONE, "" };
		struct fetch_wait wait;
		bool more;

		if (rounds == ROUNDS_MAX) {
			house_ends(house, HOUSE_RESTLESS);
			return;
		}
		if (core_turn(house->roles.core, &more, &err) == -1) {
			house_gave_up(house, "core", &err);
			return;
		}
		roles_hand_out(&house->roles);
		fetch_turn(house->roles.fetch, &wait);
		if (roles_hand_out(&house->roles))
			continue;
		if (house->roles.answered)
			return;
		if (!more)
			let_time_pass(house, &wait);
		sender_tick(house->roles.sender, clock_real_ms());
	}
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
	mailbox->retry = house->start->life->upkeep ? "Retry" : NULL;
	mailbox->poll_s = 86400;
	mailbox->idle_s = 480;
	house->config = (struct config){ .file = "", .rules = "rules", .calendars = "config/calendars",
	    .spool = house->start->spool, .database = house->start->store, .backups = house->start->backups,
	    .retention = house->start->life->retention, .packs = { packs, 1 },
	    .mailboxes = mailbox, .mailbox_count = 1, .max_mail_mb = 100,
	    .give_up_days = 2, .ask_after_s = 3600, .log_level = "err", .daily = house->start->life->daily, .daily_at = 8 * 60,
	    .join = true };
	if (house->start->life->upkeep) {
		house->config.administrator = "admin@childrenstrust.example";
		house->config.board = (struct board_config){ .file = house->start->board, .every_s = 600 };
		house->config.lists_folder = house->start->lists;
		house->config.directory_file = LIFE_LIST;
		house->config.involvement_file = "involvement.csv";
	}
}

/* For want of room, or of a disk that works: it says nothing of the rules themselves. */
static bool
could_not_be_tried(const struct house *house)
{
	struct arena *arena = arena_new();
	struct err err;
	struct kept kept;
	bool again = kept_read(arena, house->config.spool, HOUSE_PACK, &kept, &err) == -1 || (kept.refused != NULL &&
	    (str_starts(kept.refused, "It could not be tried") || str_starts(kept.refused, "Its tests did not come to an end")));

	arena_free(&arena);
	return again;
}

/*
 * The driver knows which lie there.  A try that came to nothing would be told to an administrator, who reloads: that would
 * be one mail more each time.
 */
void
house_rules(struct house *house)
{
	house->config.rules = world_says_yes(house, "lies 3") ? "rules-3" : world_says_yes(house, "lies 2") ? "rules-2" : "rules";
	for (int tries = 0; house->start->life->upkeep && tries < RULES_TRIES; tries++)
		if (role_trial(&house->config) == 0 && !could_not_be_tried(house))
			return;
}

static int
open_house(struct house *house, struct err *err)
{
	struct core_start core = { .config = &house->config, .kept_rules = house->start->life->upkeep, .test_clock = true };
	struct fetch_start fetch = { .mailbox = &house->mailbox, .password = "secret", .retry_ms = 10 };
	struct connector connector = { house, 30000, smtp_open, smtp_close };

	house_rules(house);
	core.rules_dir = house->config.rules;
	instant_parse_iso(LIFE_BEGINS, &core.from);
	if (house->start->life->upkeep && lists_make_folders(house->start->lists, err) == -1)
		return -1;
	return roles_open(&house->roles, &core, &fetch, &connector, house->start->spool, err);
}

static bool
is_restore(const struct scene *scene)
{
	return scene->deed == DEED_RESTORE;
}

/* Of what was before a restore, nobody does anything again. */
static size_t
first_scene(struct house *house)
{
	const struct life *life = house->start->life;
	size_t i = 0;

	if (!world_says_yes(house, "restored?"))
		return 0;
	while (i < life->count && !is_restore(&life->scenes[i]))
		i++;
	return i;
}

enum house_end
house_run(const struct house_start *start)
{
	struct house house = { .start = start, .smtp_fd = -1 };
	struct err err = { ERR_NONE, "" };

	house.roles.ends = "X-Crash-Sweep: crash";
	house.roles.ctx = &house;
	house.roles.gave_up = house_gave_up;
	configure(&house);
	if (world_says_yes(&house, "restoring?"))
		deeds_restore(&house);
	if (house.end == HOUSE_WELL && open_house(&house, &err) == -1) {
		house_gave_up(&house, "start", &err);
		/* Rules that could not be tried for the first time: whoever starts the daemon starts it again. */
		return start->life->upkeep && err.scope == ERR_CONFIG ? HOUSE_AGAIN : house.end;
	}
	deeds_import_lists(&house);
	for (size_t i = first_scene(&house); i < start->life->count && house.end == HOUSE_WELL; i++)
		deeds_play(&house, &start->life->scenes[i]);
	if (house.end == HOUSE_WELL)
		roles_close(&house.roles);
	return house.end;
}
