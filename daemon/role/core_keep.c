/*
 * What core does by itself once a day, in small pieces between its other work:
 * what has had its time is erased, the journal's head is noted outside the
 * database, in the log and in the spool's journal-head, and frozen mails that
 * nobody waits for any more are put away; and backups, when somebody asks for
 * one.
 * Invariant: nothing is erased while a backup is made; a day is over only when
 * everything due was erased, so a crash in between repeats the day.  What is put
 * away was listed while no transaction stood open or in doubt; a start does it all.
 * Fails: core_failed() tells what ends the role from what is tried again; an
 * erasing or noting that cannot be done is said in the log once a day, and is
 * no reason to stop.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ctl/backup.h"
#include "ctl/erase.h"
#include "ipc/wire.h"
#include "role/core_private.h"

#define DAY_SETTING	"kept-day"
#define FILES_A_TURN	100	/* of spool/out, looked at */
#define HEAD_FILE	JOURNAL_HEAD
#define HEADS_MOST	(512u * 1024)	/* some 4000 days */

struct keeping {
	struct live_change	 change;
	struct erase		 erase;
	bool			 erasing;
	struct arena		*out_arena;	/* NULL: there is nothing to put away */
	struct strs		 out;		/* files that lay in spool/out */
	size_t			 out_done;
	dayno			 day;		/* done; DAY_NONE: not read yet */
	struct backup		*backup;
	uint64_t		 client;	/* who waits for it; 0: nobody any more */
	bool			 json;		/* what it is told then */
};

static struct keeping *
keeping(struct core *core)
{
	if (core->keeping == NULL) {
		core->keeping = x_calloc(1, sizeof(*core->keeping));
		core->keeping->day = DAY_NONE;
	}
	return core->keeping;
}

/* ---- The journal's head */

/* The oldest lines go where the file grows too long. */
static int
head_file_add(const char *spool, const char *line, struct err *err)
{
	struct buf text = BUF_INIT;
	const char *from;
	int dir = -1, rc = file_open_dir(spool, &dir, err);

	if (rc == 0 && file_exists(dir, HEAD_FILE))
		rc = file_read(dir, HEAD_FILE, HEADS_MOST + 1024, &text, err);
	buf_add_str(&text, line);
	from = buf_text(&text);
	while (strlen(from) > HEADS_MOST)
		from = strchr(from, '\n') + 1;
	if (rc == 0)
		rc = file_replace(dir, HEAD_FILE, from, strlen(from), err);
	buf_free(&text);
	if (dir != -1)
		close(dir);
	return rc;
}

static int
head_note(struct core *core, struct err *err)
{
	struct arena *arena = arena_new();
	char hash[65];
	int64_t row;
	int rc = store_journal_head(core->store, &row, hash, err);

	if (rc == 0 && row > 0) {
		log_info("journal row=%lld head=%s", (long long)row, hash);
		rc = head_file_add(core->config->spool, arena_printf(arena, "%s row %lld %s\n", instant_iso(arena, core_now(core)),
		    (long long)row, hash), err);
	}
	arena_free(&arena);
	return rc;
}

/* ---- Erasing */

static int
change_begin(void *ctx, struct err *err)
{
	return core_begin(ctx, err);
}

static int
change_commit(void *ctx, struct err *err)
{
	return core_commit(ctx, err);
}

static void
change_rollback(void *ctx)
{
	struct core *core = ctx;

	store_rollback(core->store);
	freeze_undo(core, 0);
}

/* An erasing that a crash may have broken off is gone on with at once. */
static int
day_read(struct core *core, struct keeping *keep, struct err *err)
{
	struct arena *arena = arena_new();
	const char *text = NULL;
	bool unfinished = false;
	int rc = store_setting(core->store, arena, DAY_SETTING, &text, err);

	if (rc == 0)
		rc = erase_is_unfinished(core->store, &unfinished, err);
	if (rc == 0)
		keep->day = text == NULL || unfinished ? DAY_NONE + 1 : (dayno)strtol(text, NULL, 10);
	arena_free(&arena);
	return rc;
}

static int
day_begin(struct core *core, struct keeping *keep, struct err *err)
{
	if (head_note(core, err) == -1)
		return -1;
	keep->change = (struct live_change){ core, change_begin, change_commit, change_rollback };
	keep->erase = (struct erase){ .store = core->store, .spool = &core->spool, .config = core->config,
	    .change = &keep->change, .now = core_now(core), .who = "daemon", .in_core = true };
	erase_begin(&keep->erase);
	keep->erasing = true;
	return 0;
}

/* ---- Frozen mails that have an end */

static void
out_end(struct keeping *keep)
{
	arena_free(&keep->out_arena);
}

/* Right after a commit: whatever lies there has its row by now, or never gets one. */
static int
out_begin(struct core *core, struct keeping *keep, struct err *err)
{
	out_end(keep);
	keep->out_arena = arena_new();
	keep->out = (struct strs){ NULL, 0 };
	keep->out_done = 0;
	return file_list(keep->out_arena, core->spool.out, &keep->out, err);
}

static int
out_step(struct core *core, struct keeping *keep, struct err *err)
{
	struct arena *arena = arena_new();
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < FILES_A_TURN && keep->out_done < keep->out.n; i++) {
		const char *name = keep->out.v[keep->out_done++];

		if (file_exists(core->spool.out, name))
			rc = send_put_away(core, arena, name, err);
	}
	arena_free(&arena);
	if (rc == 0 && keep->out_done == keep->out.n)
		out_end(keep);
	return rc;
}

/* ---- A day */

static int
day_over(struct core *core, struct keeping *keep, struct err *err)
{
	const struct erase *erase = &keep->erase;
	char text[32];

	if (erase->cases + erase->mails_of + erase->alone > 0)
		log_info("erased cases=%zu mails-of=%zu of-no-case=%zu files=%zu", erase->cases, erase->mails_of, erase->alone,
		    erase->files);
	if (erase->too_large)
		log_warning("erased reason=\"the database's file is too large to be written anew while the daemon works; stop it once and say: "
		    "advicectl purge --yes\"");
	snprintf(text, sizeof(text), "%d", (int)instant_date(erase->now));
	if (core_begin(core, err) == -1 || store_set_setting(core->store, DAY_SETTING, text, err) == -1 || core_commit(core, err) == -1)
		return -1;
	keep->day = instant_date(erase->now);
	keep->erasing = false;
	erase_end(&keep->erase);
	return out_begin(core, keep, err);
}

static int
day_turn(struct core *core, struct keeping *keep, bool *more_r, struct err *err)
{
	bool more = true;

	if (keep->out_arena != NULL) {
		*more_r = true;
		return out_step(core, keep, err);
	}
	if (!keep->erasing) {
		if (keep->day == DAY_NONE && day_read(core, keep, err) == -1)
			return -1;
		if (instant_date(core_now(core)) <= keep->day)
			return 0;
		*more_r = true;
		return day_begin(core, keep, err);
	}
	*more_r = true;
	if (erase_step(&keep->erase, &more, err) == -1)
		return -1;
	return more ? 0 : day_over(core, keep, err);
}

/* What is no matter of waiting is said, and the day is left at that. */
static int
day_failed(struct core *core, struct keeping *keep, struct err *err)
{
	if (core_failed(core, err))
		return 0;
	if (str_starts(err->text, "the store is damaged"))
		return -1;
	log_err("keeping reason=\"%s\"", err->text);
	keep->day = instant_date(core_now(core));
	if (keep->erasing)
		erase_end(&keep->erase);
	keep->erasing = false;
	out_end(keep);
	return 0;
}

/* ---- Backups */

/* Whoever waits for it sees that it goes on. */
static void
backup_tell(struct core *core, const struct keeping *keep)
{
	uint64_t done, all;
	const char *what = backup_progress(keep->backup, &done, &all);
	struct frame frame;

	frame_init(&frame, WIRE_CTL_FAR, 0);
	put_str(&frame, what);
	put_u64(&frame, done);
	put_u64(&frame, all);
	core->out.reply(core->out.ctx, keep->client, &frame);
	frame_free(&frame);
}

static void
backup_over(struct core *core, struct keeping *keep, const struct err *err)
{
	struct live live = { .arena = arena_new(), .file = -1, .json = keep->json };

	if (err == NULL) {
		log_info("backup files=%zu", backup_files(keep->backup));
		live_backup_done(&live, backup_place(keep->backup), backup_files(keep->backup));
	} else {
		log_err("backup reason=\"%s\"", err->text);
		live_fail(&live, 1, "no backup was made: %s", err->text);
	}
	if (keep->client != 0)
		core_answer(core, keep->client, &live, err == NULL ? 0 : 1);
	keep->client = 0;
	backup_end(&keep->backup);
	buf_free(&live.out);
	buf_free(&live.errors);
	arena_free(&live.arena);
}

bool
keep_backup(struct core *core, struct live *live, uint64_t client, int argc, char **argv, int *code_r)
{
	struct keeping *keep = keeping(core);
	const char *to;
	struct err err;

	argc = live_words(live, argc, argv);
	to = argc == 3 && strcmp(argv[1], "--to") == 0 ? argv[2] : NULL;
	*code_r = 1;
	if (argc != 1 && to == NULL)
		*code_r = live_usage(live, "backup");
	else if (keep->backup != NULL)
		live_fail(live, 1, "a backup is being made already; wait for its end");
	else if (backup_begin(core->store, core->config, to, core_now(core), &keep->backup, &err) == -1)
		live_fail(live, 1, "no backup was made: %s%s", err.text, to == NULL ? "" : "; the daemon may write below its spool, the "
		    "database's folder and the folder named \"backups\" in the configuration, and nowhere else");
	else {
		keep->client = client;
		keep->json = live->json;
		return true;
	}
	return false;
}

bool
keep_backs_up(const struct core *core)
{
	return core->keeping != NULL && core->keeping->backup != NULL;
}

void
keep_client_gone(struct core *core, uint64_t client)
{
	if (core->keeping != NULL && core->keeping->client == client)
		core->keeping->client = 0;	/* it is made all the same */
}

/* ---- A turn */

bool
keep_is_busy(const struct core *core)
{
	const struct keeping *keep = core->keeping;

	return keep == NULL || keep->backup != NULL || keep->erasing || keep->out_arena != NULL || keep->day < instant_date(core_now(core));
}

int
keep_turn(struct core *core, bool *more_r, struct err *err)
{
	struct keeping *keep = keeping(core);
	bool done = false;

	if (keep->backup != NULL) {
		*more_r = true;
		if (backup_step(keep->backup, &done, err) == -1)
			backup_over(core, keep, err);
		else if (done)
			backup_over(core, keep, NULL);
		else if (keep->client != 0)
			backup_tell(core, keep);
		return 0;
	}
	return day_turn(core, keep, more_r, err) == -1 ? day_failed(core, keep, err) : 0;
}

void
keep_close(struct core *core)
{
	if (core->keeping == NULL)
		return;
	if (core->keeping->erasing)
		erase_end(&core->keeping->erase);
	out_end(core->keeping);
	backup_end(&core->keeping->backup);
	free(core->keeping);
	core->keeping = NULL;
}
