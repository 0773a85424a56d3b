/*
 * What people do in the crash sweep's lives: see life.h.  Whatever fails is
 * done again, as people do.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/board.h"
#include "ctl/ctl.h"
#include "ctl/live.h"
#include "house_private.h"
#include "role/core_private.h"
#include "store/sql.h"

/* ---- People: what they say with advicectl */

#define LISTS_IMPORTED	2	/* before the first scene: the directory and the involvement list */
#define TRIES_MAX	100	/* of one command, while the disk is full */
#define LOOK_MS		6000	/* core looks into the folder for lists that often */
#define BOARD_MOST	50	/* pieces in which core tells what the board shows */

/* Exit code of the command; -1 if core gave up. */
static int
say(struct house *house, const char *const *words, size_t count, const char *file)
{
	roles_command(&house->roles, count, words, file);
	house_run_until_answered(house);
	if (house->end == HOUSE_WELL && house->roles.code != 0)
		fprintf(stderr, "%s", buf_text(&house->roles.said));
	return house->end == HOUSE_WELL ? house->roles.code : -1;
}

static void
refused(struct house *house, const char *const *words)
{
	fprintf(stderr, "%s %s is refused again and again\n", words[0], words[1] == NULL ? "" : words[1]);
	house_ends(house, HOUSE_WRONG);
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

	if (store_outbox_in_state(house->roles.core->store, arena, OUTBOX_UNKNOWN, &rows, &count, &err) == -1)
		house_gave_up(house, "unknown", &err);
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
		say_until_well(house, "clock", "until", until < core_now(house->roles.core) ?
		    instant_iso(arena, core_now(house->roles.core)) : at, NULL);
	while (resolve_one(house));
	arena_free(&arena);
}

/* Of one row and column; what was done before the daemon ended is not done again. */
static int64_t
number_of(struct house *house, const char *sql)
{
	struct query q = sql_query(house->roles.core->store, sql);
	struct err err = { ERR_NONE, "" };
	int64_t n = 0;

	while (sql_row(&q))
		n = sql_get_int(&q);
	if (sql_end(&q, &err) == -1)
		house_gave_up(house, "counting", &err);
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

/* The one that is made in a life, once it is whole; NULL before. */
static const char *
whole_backup(struct arena *arena, const struct house *house)
{
	DIR *dir = opendir(house->start->backups);
	const struct dirent *entry;
	const char *found = NULL;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (str_starts(entry->d_name, "adviced-") && strstr(entry->d_name, ".part") == NULL)
			found = arena_printf(arena, "%s/%s", house->start->backups, entry->d_name);
	if (dir != NULL)
		closedir(dir);
	return found;
}

static bool
is_said(struct house *house, const struct scene *scene)
{
	struct arena *arena = arena_new();
	bool said = str_same(scene->words[0], "backup") ? whole_backup(arena, house) != NULL :
	    scene->done != NULL && number_of(house, scene->done) > 0;

	arena_free(&arena);
	return said;
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

/* ---- Rules */

/* SIGHUP, until it is done. */
static void
reload(struct house *house)
{
	struct err err = { ERR_NONE, "" };

	for (int tries = 0; house->end == HOUSE_WELL; tries++) {
		house_rules(house);
		house->roles.core->rules_dir = (char *)(uintptr_t)house->config.rules;
		if (core_reload(house->roles.core, "uid 1000", &err) == 0)
			return;
		if (tries == TRIES_MAX || err.scope == ERR_DAEMON)
			house_gave_up(house, "reload", &err);
	}
}

/* Once others have taken their place, rules are not put back into the folder. */
static void
take_rules(struct house *house, const char *number)
{
	char question[40];

	snprintf(question, sizeof(question), "rules %s", number);
	if (world_says_yes(house, question))
		reload(house);
}

/* advicectl tells core to reload when core has agreed. */
static void
go_back(struct house *house, const struct scene *scene)
{
	struct err err = { ERR_NONE, "" };

	if (number_of(house, scene->done) == 0)
		say_words(house, (const char *const[]){ "rules", "back", "1", "--yes" }, 4, NULL);
	for (int tries = 0; house->end == HOUSE_WELL && core_reload(house->roles.core, "uid 1000", &err) == -1; tries++)
		if (tries == TRIES_MAX || err.scope == ERR_DAEMON)
			house_gave_up(house, "reload", &err);
}

/* ---- The board */

/* What there is, as core tells it piece by piece. */
static int
board_hear(struct house *house, struct arena *arena, struct board *board)
{
	int64_t next = 0;
	struct err err;

	*board = (struct board){ .every_s = 600 };
	for (int pieces = 0; pieces < BOARD_MOST; pieces++) {
		const char *words[] = { "board", "--after", arena_printf(arena, "%lld", (long long)next) };
		int code = say(house, words, 3, NULL);

		if (code != 0 && code != LIVE_GOES_ON)
			return -1;
		if (board_read(arena, buf_text(&house->roles.said), board, &next, &err) == -1)
			return -1;
		if (code == 0)
			return 0;
	}
	return -1;
}

/* As the board's own process does; a page that cannot be drawn is drawn when it is due the next time. */
static int
board_draw(struct house *house)
{
	struct arena *arena = arena_new();
	struct buf page = BUF_INIT;
	struct board board;
	struct err err;
	int rc = board_hear(house, arena, &board);

	if (rc == 0) {
		board.made = board.now;
		board_page(arena, &board, &page);
		rc = board_write(&house->config.board, &page, &err);
	}
	buf_free(&page);
	arena_free(&arena);
	return rc;
}

static void
draw(struct house *house)
{
	for (int tries = 0; house->end == HOUSE_WELL && board_draw(house) == -1; tries++)
		if (tries == TRIES_MAX)
			house_ends(house, HOUSE_WRONG);
}

/* ---- Going back to a backup */

/* Between a restore that was broken off and the next try somebody starts the daemon: it must not begin anew with nothing. */
static void
starts_in_between(struct house *house)
{
	struct core_start start = { .config = &house->config, .kept_rules = true, .rules_dir = "rules", .test_clock = true };
	struct core *core = NULL;
	struct err err;

	if (access(house->start->store, F_OK) == 0)
		return;
	if (core_open(&start, &core, &err) == 0 || access(house->start->store, F_OK) == 0) {
		fprintf(stderr, "core begins with an empty store, in the middle of a restore\n");
		house_ends(house, HOUSE_WRONG);
	} else if (!core_is_out_of_order(core)) {
		fprintf(stderr, "core does not say that a restore was broken off: %s\n", err.text);
		house_ends(house, err.scope == ERR_RETRY ? HOUSE_AGAIN : HOUSE_WRONG);
	}
	core_close(&core);
}

void
deeds_restore(struct house *house)
{
	struct arena *arena = arena_new();
	char *words[] = { arena_strdup(arena, "restore"), arena_strdup(arena, "--from"), arena_strdup(arena, whole_backup(arena, house)),
	    NULL };

	for (int tries = 0; house->end == HOUSE_WELL; tries++) {
		starts_in_between(house);
		if (house->end == HOUSE_WELL && ctl_restore(arena, &house->config, 3, words) == 0) {
			world_says_yes(house, "restored");
			break;
		}
		if (tries == TRIES_MAX)
			house_ends(house, HOUSE_WRONG);
	}
	arena_free(&arena);
}

/* The machine is lost as it stands, and what there is goes back to the backup before the daemon begins again. */
static void
lose(struct house *house)
{
	if (world_says_yes(house, "restored?"))
		return;
	world_says_yes(house, "restoring");
	house_ends(house, HOUSE_AGAIN);
}

/* ---- What people do with mails and files */

/* The driver does it once, whatever is begun again here. */
static void
deliver(struct house *house, const struct scene *scene)
{
	size_t number = (size_t)(scene - house->start->life->scenes);
	char question[40];

	if (scene->deed == DEED_MAIL && scene->file == NULL)
		return;
	snprintf(question, sizeof(question), "deliver %zu", number);
	if (!world_says_yes(house, question)) {
		fprintf(stderr, "scene %zu: what it is about is not there\n", number);
		house_ends(house, HOUSE_WRONG);
	}
}

static void
list_is_taken(struct house *house)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/" LIFE_LIST, house->start->lists);
	for (int tries = 0; house->end == HOUSE_WELL && access(path, F_OK) == 0; tries++) {
		house_skip(LOOK_MS);
		clock_until(house, LIFE_BEGINS);
		if (tries == TRIES_MAX) {
			fprintf(stderr, "the list is never taken\n");
			house_ends(house, HOUSE_WRONG);
		}
	}
}

/* ---- A scene */

static void
do_deed(struct house *house, const struct scene *scene)
{
	switch (scene->deed) {
	case DEED_MAIL:
	case DEED_PUT:
		deliver(house, scene);
		break;
	case DEED_SAY:
		say_scene(house, scene);
		break;
	case DEED_IMPORT:
		if (number_of(house, "SELECT count(*) FROM import") <= LISTS_IMPORTED + before(house, scene, DEED_IMPORT))
			say_words(house, (const char *const[]){ "import", "directory", "directory.csv", "--yes" }, 4, scene->file);
		break;
	case DEED_LIST:
		deliver(house, scene);
		list_is_taken(house);
		break;
	case DEED_RULES:
		take_rules(house, scene->words[0]);
		break;
	case DEED_BACK:
		go_back(house, scene);
		break;
	case DEED_ANEW:
		world_says_yes(house, "anew");
		break;
	case DEED_BOARD:
		draw(house);
		break;
	case DEED_RESTORE:
		lose(house);
		break;
	}
}

void
deeds_play(struct house *house, const struct scene *scene)
{
	clock_until(house, scene->at);
	if (house->end == HOUSE_WELL)
		do_deed(house, scene);
	clock_until(house, scene->at);
}
/* What an administrator imports before the first mail: the sample lists. */
void
deeds_import_lists(struct house *house)
{
	struct err err = { ERR_NONE, "" };
	instant imported = INSTANT_NONE;

	if (house->end == HOUSE_WELL && house->roles.core->engine.directory->count == 0)
		say_until_well(house, "import", "directory", "directory.csv", "config/directory.csv");
	if (house->end == HOUSE_WELL && store_involvement_imported(house->roles.core->store, &imported, &err) == -1)
		house_gave_up(house, "import", &err);
	if (imported == INSTANT_NONE)
		say_until_well(house, "import", "involvement", "involvement.csv", "config/involvement.csv");
}
