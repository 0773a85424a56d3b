/*
 * A pack over a folder of mails in virtual time: each mail at its moment,
 * each timer at its own, until nothing falls due.  Runs in advicectl
 * simulate, test and replay.
 * Invariant: the same folder and lists give the same happenings every time.
 * Fails: as reading the mails, the engine and the store do.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "ctl/happening.h"
#include "ctl/run.h"
#include "mail/parser.h"

#define TURNS_PER_MOMENT	10000	/* timers at one moment: a bound on a fault, far above any real day */

static int
by_received(const void *a, const void *b)
{
	const struct scene_mail *x = a, *y = b;

	if (x->received != y->received)
		return x->received < y->received ? -1 : 1;
	return strcmp(x->file, y->file);
}

/* From the first mail on, unless a day was given; a mail that says no date comes then. */
static void
mails_date(struct run *run)
{
	run->begins = run->from;
	for (size_t i = 0; run->from == INSTANT_NONE && i < run->mail_count; i++)
		if (run->mails[i].received != INSTANT_NONE &&
		    (run->begins == INSTANT_NONE || run->mails[i].received < run->begins))
			run->begins = run->mails[i].received;
	for (size_t i = 0; i < run->mail_count; i++)
		if (run->mails[i].received == INSTANT_NONE)
			run->mails[i].received = run->begins == INSTANT_NONE ? clock_wall() : run->begins;
}

/* The parser is asked for the next ones while it is waited for: it reads on meanwhile. */
static int
mails_take(struct run *run, const struct strs *paths, struct err *err)
{
	dayno today = instant_date(run->from == INSTANT_NONE ? clock_wall() : run->from);
	size_t asked = 0;

	for (size_t i = 0; i < paths->n; i++) {
		for (; asked < paths->n && asked < i + PARSER_AHEAD; asked++)
			if (scene_ask_mail(&run->scene, paths->v[asked], today, err) == -1)
				return -1;
		if (scene_take_mail(&run->scene, paths->v[i], arena_push(run->scene.arena, run->mails, run->mail_count), err) == -1)
			return -1;
		progress_say(&run->progress, i + 1, paths->n);
	}
	return 0;
}

static int
mails_read(struct run *run, struct err *err)
{
	struct arena *arena = run->scene.arena;
	struct strs names = { NULL, 0 }, paths = { NULL, 0 };
	int dirfd = -1, rc;

	if (file_open_dir(run->folder, &dirfd, err) == -1)
		return -1;
	rc = file_list(arena, dirfd, &names, err);
	close(dirfd);
	for (size_t i = 0; i < names.n; i++)
		if (str_ends_nocase(names.v[i], ".eml"))
			strs_add(arena, &paths, arena_printf(arena, "%s/%s", run->folder, names.v[i]));
	if (rc == 0 && paths.n == 0)
		rc = err_set(err, ERR_CONFIG, "there is no mail in %s; each is a file whose name ends in .eml", run->folder);
	if (rc == 0)
		rc = mails_take(run, &paths, err);
	progress_end(&run->progress);
	if (rc == -1)
		return -1;
	mails_date(run);
	if (run->mail_count > 1)
		qsort(run->mails, run->mail_count, sizeof(*run->mails), by_received);
	return 0;
}

static int
timers_run(struct scene *scene, instant now, struct err *err)
{
	struct engine *engine = &scene->engine;

	for (int turn = 0; turn < TURNS_PER_MOMENT; turn++) {
		struct arena *arena = arena_new();
		int64_t *ids, *waiting;
		size_t count = 0, waiting_count = 0;
		int rc = store_due(engine->store, arena, now, 64, &ids, &count, err);

		if (rc == 0)
			rc = store_triages_due(engine->store, arena, now, 64, &waiting, &waiting_count, err);
		for (size_t i = 0; rc == 0 && i < count; i++)
			rc = engine_timer(engine, arena, ids[i], now, err);
		for (size_t i = 0; rc == 0 && i < waiting_count; i++)
			rc = engine_triage_timer(engine, arena, waiting[i], now, err);
		arena_free(&arena);
		if (rc == -1 || count + waiting_count == 0)
			return rc;
	}
	return err_set(err, ERR_DAEMON, "the timers of %s do not come to an end", scene->pack->name);
}

static int
mail_arrives(struct run *run, const struct scene_mail *mail, struct err *err)
{
	struct arena *arena;
	struct arrived *arrived;
	struct arrival arrival = {
		.pack = run->scene.pack, .mailbox = run->scene.mailbox, .trust = "simulate",
		.message = mail->message, .received = mail->received, .file = mail->file, .spool_name = "",
	};
	int rc;

	if (mail->message == NULL) {
		happening_unreadable(&run->scene, mail->file, mail->why, mail->received);
		return 0;
	}
	arena = arena_new();
	rc = engine_mail(&run->scene.engine, arena, &arrival, mail->received, &arrived, err);
	arena_free(&arena);
	return rc == -1 ? err_wrap(err, "%s", mail->file) : 0;
}

static int
next_digest(struct scene *scene, instant *at_r, struct err *err)
{
	struct arena *arena = arena_new();
	struct digest_row *rows;
	size_t count = 0;
	int rc = store_digests(scene->store, arena, &rows, &count, err);

	*at_r = rc == 0 && count > 0 ? rows[0].due : INSTANT_NONE;
	arena_free(&arena);
	return rc;
}

int
run_events(struct scene *scene, const struct run_events *events, instant begins, instant until, struct err *err)
{
	size_t next = 0;
	int rc = engine_digests_plan(&scene->engine, begins == INSTANT_NONE ? 0 : begins, err);

	while (rc == 0) {
		instant due = INSTANT_NONE, digest = INSTANT_NONE, event = INSTANT_NONE;
		size_t count;

		rc = store_next_due(scene->store, &due, err);
		if (rc == 0)
			rc = next_digest(scene, &digest, err);
		if (rc == -1)
			break;
		if (next < events->count && events->at(events->ctx, next) <= until)
			event = events->at(events->ctx, next);
		/* A list is no reason to go on when nothing else will happen. */
		if (digest != INSTANT_NONE && digest <= until && (event != INSTANT_NONE || (due != INSTANT_NONE && due <= until)) &&
		    (event == INSTANT_NONE || digest < event) && (due == INSTANT_NONE || digest < due)) {
			rc = engine_digests(&scene->engine, INT64_MAX, digest, &count, err);
		} else if (event != INSTANT_NONE && (due == INSTANT_NONE || event <= due)) {
			rc = events->happens(events->ctx, next++, err);
		} else if (due != INSTANT_NONE && due <= until) {
			rc = timers_run(scene, due, err);
		} else {
			break;
		}
	}
	return rc;
}

/* Nothing is left to fall due after the last timer; a repeating rung would go on for ever: at most a year. */
static instant
horizon(const struct run *run)
{
	if (run->until != INSTANT_NONE)
		return run->until;
	return (run->mail_count > 0 ? run->mails[run->mail_count - 1].received : run->begins) + 366 * (instant)DAY_SECONDS;
}

static instant
mail_at(void *ctx, size_t i)
{
	const struct run *run = ctx;

	return run->mails[i].received;
}

static int
mail_happens(void *ctx, size_t i, struct err *err)
{
	struct run *run = ctx;

	progress_say(&run->progress, i + 1, run->mail_count);
	return mail_arrives(run, &run->mails[i], err);
}

int
run_open(struct run *run)
{
	run->options.many = true;
	run->options.lists_at = run->from == INSTANT_NONE ? 0 : run->from;
	run->mails = NULL;
	run->mail_count = 0;
	return scene_open(&run->scene, &run->options);
}

int
run_go(struct run *run, struct err *err)
{
	struct run_events events = { .ctx = run, .at = mail_at, .happens = mail_happens };

	if (mails_read(run, err) == -1 || scene_receive(&run->scene, run->mails, run->mail_count, err) == -1 ||
	    store_begin(run->scene.store, err) == -1)
		return -1;
	events.count = run->mail_count;
	run->progress.what = "mails decided";
	run->progress.on &= isatty(STDOUT_FILENO) == 0;		/* what happens is there to be seen */
	if (run_events(&run->scene, &events, run->begins, horizon(run), err) == -1)
		return -1;
	return store_commit(run->scene.store, err);
}

void
run_close(struct run *run)
{
	progress_end(&run->progress);
	scene_close(&run->scene);
}
