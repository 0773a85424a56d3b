/*
 * Live commands where no daemon runs: done here, under the daemon's lock and
 * as the store's owner.  Runs in advicectl.
 * Invariant: the store is written by whoever holds the lock and by nobody
 * else; what only looks makes no store and brings none up to date.
 * Fails: as an exit code, with a sentence; -1 where the lock cannot be had.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ctl/ctl.h"
#include "ctl/live.h"
#include "ctl/live_alone.h"
#include "ctl/scene.h"
#include "role/alone.h"
#include "role/core.h"
#include "role/lock.h"
#include "store/history.h"
#include "store/keep.h"

#define LOCK_MS		150	/* for a daemon that is just being started or stopped */

static void
put_out(struct live *live, struct buf *heard)
{
	if (heard != NULL)
		buf_add(heard, live->out.data, live->out.len);
	else
		fwrite(buf_text(&live->out), 1, live->out.len, stdout);
	fflush(stdout);
	fwrite(buf_text(&live->errors), 1, live->errors.len, stderr);
}

/* Case time without a daemon: where a test clock stands, else the machine's. */
static int
case_time(struct live *live, struct err *err)
{
	const char *kept;

	if (store_setting(live->store, live->arena, "case-time", &kept, err) == -1)
		return -1;
	live->now = kept != NULL ? strtoll(kept, NULL, 10) : clock_wall();
	return 0;
}

/* What fetch would list for core. */
static void
ask_servers(struct live *live, int argc, char **argv)
{
	struct live_listing *listings;
	struct err err;

	if (live_reconcile_folders(live->store, live->arena, live->config, argc, argv, &listings, &live->listing_count, &err) == -1)
		live->listing_count = 0;
	live->listings = listings;
	alone_list(live->arena, live->config, listings, live->listing_count, &live->servers_trouble);
}

/* ---- Looking, and small changes */

/* The rules in force, and no desk: with such an engine nothing can be decided. */
static int
packs_look(struct arena *arena, const struct config *config, struct engine *engine)
{
	const struct pack **packs = arena_alloc(arena, (config->packs.n + 1) * sizeof(*packs));
	struct pack *pack;
	int code = 0;

	for (size_t i = 0; code == 0 && i < config->packs.n; i++) {
		code = pack_in_force(arena, config, engine->store, config->packs.v[i], &pack);
		packs[i] = pack;
	}
	engine->packs = packs;
	engine->pack_count = config->packs.n;
	return code;
}

static int
do_it(struct arena *arena, const struct config *config, int argc, char **argv, int file, struct buf *heard)
{
	struct spool spool = { -1, -1, -1, -1, -1, -1, -1, -1 };
	struct live live = { .arena = arena, .spool = &spool, .config = config, .file = file,
	    .who = arena_printf(arena, "uid %u", (unsigned)getuid()) };
	struct engine engine = { .administrator = config->administrator };
	struct err err;
	int code;

	if (store_open(config->database, &live.store, &err) == -1 || spool_open(config->spool, &spool, &err) == -1 ||
	    case_time(&live, &err) == -1)
		code = ctl_fail(1, "%s", err.text);
	else {
		if (strcmp(argv[0], "reconcile") == 0)
			ask_servers(&live, argc, argv);
		engine.store = live.store;
		/* In the words that the rules have for people; without them in their own names. */
		if ((strcmp(argv[0], "case") == 0 || strcmp(argv[0], "triage") == 0) && packs_look(arena, config, &engine) == 0 &&
		    engine_refresh(&engine, &err) == 0)
			live.engine = &engine;
		code = live_run(&live, argc, argv);
		put_out(&live, heard);
	}
	buf_free(&live.out);
	buf_free(&live.errors);
	engine_end(&engine);
	spool_close(&spool);
	store_close(&live.store);
	return code;
}

/* ---- Deciding */

/* What is decided anew needs rules, engine and spool: core itself does it, without its roles. */
static int
do_as_core(struct arena *arena, const struct config *config, int argc, char **argv, struct buf *heard)
{
	struct live live = { .arena = arena, .file = -1, .who = arena_printf(arena, "uid %u", (unsigned)getuid()) };
	struct core_start start = { .config = config, .rules_dir = config->rules, .from = INSTANT_NONE,
	    .kept_rules = access(arena_printf(arena, "%s/rules", config->spool), F_OK) == 0 };
	struct core *core = NULL;
	const char *kept = NULL;
	struct err err;
	int code;

	if (store_open(config->database, &live.store, &err) == -1 ||
	    store_setting(live.store, arena, "case-time", &kept, &err) == -1) {
		store_close(&live.store);
		return ctl_fail(1, "%s", err.text);
	}
	store_close(&live.store);
	start.test_clock = kept != NULL;
	log_init("advicectl", LOG_LEVEL_WARNING);
	if (core_open(&start, &core, &err) == -1)
		code = ctl_fail(1, "%s", err.text);
	else {
		code = core_live(core, &live, argc, argv);
		put_out(&live, heard);
	}
	buf_free(&live.out);
	buf_free(&live.errors);
	core_close(&core);
	return code;
}

/* ---- The board */

/* The board asks rules and store, and decides nothing: it looks through a handle that cannot write. */
static int
do_board(struct arena *arena, const struct config *config, int argc, char **argv, struct buf *heard)
{
	struct engine engine = { .administrator = config->administrator };
	struct live live = { .arena = arena, .config = config, .engine = &engine, .file = -1 };
	struct err err;
	int code;

	if (store_open_reading(config->database, &live.store, &err) == -1 || case_time(&live, &err) == -1) {
		store_close(&live.store);
		return ctl_fail(1, "%s", err.text);
	}
	engine.store = live.store;
	code = packs_look(arena, config, &engine);
	if (code == 0 && engine_refresh(&engine, &err) == -1)
		code = ctl_fail(1, "%s", err.text);
	else if (code == 0) {
		code = live_run(&live, argc, argv);
		put_out(&live, heard);
	}
	buf_free(&live.out);
	buf_free(&live.errors);
	engine_end(&engine);
	store_close(&live.store);
	return code;
}

/* ---- Which, and as whom */

/*
 * What root makes here would be root's, and the daemon's user could not use it: root works as whoever has the store, and is
 * root again afterwards.  A store that nobody has made yet belongs to nobody.
 */
static int
as_owner(const struct stat *store, struct err *err)
{
	const struct passwd *user;

	if (geteuid() != 0 || store->st_uid == 0)
		return 0;
	user = getpwuid(store->st_uid);
	if ((user != NULL && initgroups(user->pw_name, store->st_gid) == -1) || setegid(store->st_gid) == -1 ||
	    seteuid(store->st_uid) == -1)
		return err_errno(err, ERR_CONFIG, "the store's files belong to user %u, whom nothing can be done as", (unsigned)store->st_uid);
	return 0;
}

static int
as_before(int code, uid_t user, gid_t group)
{
	if (geteuid() == user)
		return code;
	return seteuid(user) == -1 || setegid(group) == -1 ? ctl_fail(1, "%s", strerror(errno)) : code;
}

/* Looking makes no store, and brings none up to date: that is the daemon's. */
static int
do_without(struct arena *arena, const struct config *config, int argc, char **argv, int file, struct buf *heard)
{
	struct err err;

	if (store_check_ready(config->database, &err) == -1)
		return ctl_fail(1, "no daemon answers at %s, and %s", config->socket, err.text);
	if (strcmp(argv[0], "board") == 0)
		return do_board(arena, config, argc, argv, heard);
	return live_needs_core(argv[0]) ? do_as_core(arena, config, argc, argv, heard) : do_it(arena, config, argc, argv, file, heard);
}

int
live_alone(struct arena *arena, const struct config *config, int argc, char **argv, int file, struct buf *heard, int *code_r,
    struct err *err)
{
	const char *lock_file = arena_printf(arena, "%s/" LOCK_FILE, config->spool);
	uid_t user = geteuid();
	gid_t group = getegid();
	struct stat st;
	int lock;

	/* A lock without a store: a daemon is just being started for the first time, or was. */
	if (stat(config->database, &st) == -1 && errno == ENOENT && stat(lock_file, &st) == -1 && errno == ENOENT) {
		*code_r = do_without(arena, config, argc, argv, file, heard);
		return 0;
	}
	if ((stat(config->database, &st) == 0 || stat(lock_file, &st) == 0) && as_owner(&st, err) == -1)
		return -1;
	if (lock_take(config->spool, LOCK_MS, &lock, err) == -1) {
		(void)as_before(0, user, group);
		return -1;
	}
	*code_r = do_without(arena, config, argc, argv, file, heard);
	close(lock);
	*code_r = as_before(*code_r, user, group);
	return 0;
}
