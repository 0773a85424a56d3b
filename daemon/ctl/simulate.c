/*
 * advicectl simulate: the real decision path over a folder of mails, in
 * virtual time, on a store in memory.  Prints everything that happens, as a
 * readable timeline or as JSON (design section 10); same bytes every run.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "ctl/ctl.h"
#include "ctl/scene.h"
#include "ctl/simulate.h"

#define DAY	86400
#define TURNS_PER_MOMENT	10000	/* timers at one moment: a bound on a fault, far above any real day */

struct simulation {
	struct scene		 scene;
	struct scene_options	 options;
	const char		*folder;
	struct scene_mail	*mails;
	size_t			 mail_count;
	instant			 from, until;
	bool			 from_given, until_given;
};

static int
by_received(const void *a, const void *b)
{
	const struct scene_mail *x = a, *y = b;

	if (x->received != y->received)
		return x->received < y->received ? -1 : 1;
	return strcmp(x->file, y->file);
}

static int
mails_read(struct simulation *sim, struct err *err)
{
	struct arena *arena = sim->scene.arena;
	struct strs names = { NULL, 0 };
	int dirfd = -1, rc;

	if (file_open_dir(sim->folder, &dirfd, err) == -1)
		return -1;
	rc = file_list(arena, dirfd, &names, err);
	close(dirfd);
	if (rc == -1)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct scene_mail *mail;
		dayno today = sim->from == INSTANT_NONE ? instant_date(clock_wall()) : instant_date(sim->from);

		if (!str_ends_nocase(names.v[i], ".eml"))
			continue;
		mail = arena_push(arena, sim->mails, sim->mail_count);
		if (scene_read_mail(&sim->scene, arena_printf(arena, "%s/%s", sim->folder, names.v[i]), today, mail, err) == -1)
			return -1;
	}
	for (size_t i = 0; !sim->from_given && i < sim->mail_count; i++)
		if (sim->mails[i].received != INSTANT_NONE &&
		    (sim->from == INSTANT_NONE || sim->mails[i].received < sim->from))
			sim->from = sim->mails[i].received;
	for (size_t i = 0; i < sim->mail_count; i++)
		if (sim->mails[i].received == INSTANT_NONE)
			sim->mails[i].received = sim->from == INSTANT_NONE ? clock_wall() : sim->from;
	if (sim->mail_count > 1)
		qsort(sim->mails, sim->mail_count, sizeof(*sim->mails), by_received);
	return 0;
}

static int
timers_run(struct simulation *sim, instant now, struct err *err)
{
	struct engine *engine = &sim->scene.engine;

	for (int turn = 0; turn < TURNS_PER_MOMENT; turn++) {
		struct arena *arena = arena_new();
		int64_t *ids;
		size_t count = 0;
		int rc = store_due(engine->store, arena, now, 64, &ids, &count, err);

		for (size_t i = 0; rc == 0 && i < count; i++)
			rc = engine_timer(engine, arena, ids[i], now, err);
		arena_free(&arena);
		if (rc == -1 || count == 0)
			return rc;
	}
	return err_set(err, ERR_DAEMON, "the timers of %s do not come to an end", sim->scene.pack->name);
}

static int
mail_arrives(struct simulation *sim, const struct scene_mail *mail, struct err *err)
{
	struct arena *arena;
	struct arrived *arrived;
	struct arrival arrival = {
		.pack = sim->scene.pack, .mailbox = scene_mailbox(&sim->scene), .trust = "simulate",
		.message = mail->message, .received = mail->received, .file = mail->file, .spool_name = "",
	};
	int rc;

	if (mail->message == NULL) {
		simulate_unreadable(&sim->scene, mail->file, mail->why, mail->received);
		return 0;
	}
	arena = arena_new();
	rc = engine_mail(&sim->scene.engine, arena, &arrival, mail->received, &arrived, err);
	arena_free(&arena);
	return rc == -1 ? err_wrap(err, "%s", mail->file) : 0;
}

/* Nothing is left to fall due after the last timer; a repeating rung would go on for ever: at most a year. */
static instant
horizon(const struct simulation *sim)
{
	if (sim->until_given)
		return sim->until;
	return (sim->mail_count > 0 ? sim->mails[sim->mail_count - 1].received : sim->from) + 366 * (instant)DAY;
}

static int
run(struct simulation *sim, struct err *err)
{
	instant until = horizon(sim);
	size_t next = 0;
	int rc = store_begin(sim->scene.store, err);

	while (rc == 0) {
		instant due = INSTANT_NONE;

		rc = store_next_due(sim->scene.store, &due, err);
		if (rc == -1)
			break;
		if (next < sim->mail_count && sim->mails[next].received <= until &&
		    (due == INSTANT_NONE || sim->mails[next].received <= due)) {
			rc = mail_arrives(sim, &sim->mails[next++], err);
		} else if (due != INSTANT_NONE && due <= until) {
			rc = timers_run(sim, due, err);
		} else {
			break;
		}
	}
	if (rc == 0)
		rc = store_commit(sim->scene.store, err);
	return rc;
}

static int
usage(void)
{
	return ctl_fail(2, "usage: advicectl simulate --pack PACK --mail FOLDER [--directory FILE] [--involvement FILE] "
	    "[--from DATE] [--until DATE] [--json]");
}

static bool
until_parse(const char *text, instant *until_r)
{
	dayno day;

	if (date_parse_iso(text, &day)) {
		*until_r = instant_at(day, 24 * 60 - 1);
		return true;
	}
	return instant_parse_iso(text, until_r);
}

int
ctl_simulate(int argc, char **argv)
{
	static const struct option options[] = {
		{ "pack", required_argument, NULL, 'p' }, { "mail", required_argument, NULL, 'm' },
		{ "directory", required_argument, NULL, 'd' }, { "involvement", required_argument, NULL, 'i' },
		{ "from", required_argument, NULL, 'f' }, { "until", required_argument, NULL, 'u' },
		{ "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 },
	};
	struct simulation sim = { .from = INSTANT_NONE };
	struct err err = { 0 };
	bool json = false;
	int option, code;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'p': sim.options.pack = optarg; break;
		case 'm': sim.folder = optarg; break;
		case 'd': sim.options.directory = optarg; break;
		case 'i': sim.options.involvement = optarg; break;
		case 'j': json = true; break;
		case 'f':
			if (!instant_parse_iso(optarg, &sim.from))
				return ctl_fail(2, "--from: \"%s\" is not a date; write it like 2026-09-07", optarg);
			sim.from_given = true;
			break;
		case 'u':
			if (!until_parse(optarg, &sim.until))
				return ctl_fail(2, "--until: \"%s\" is not a date; write it like 2026-12-31", optarg);
			sim.until_given = true;
			break;
		default:
			return usage();
		}
	}
	if (sim.options.pack == NULL || sim.folder == NULL || optind != argc)
		return usage();
	sim.options.many = true;
	sim.options.lists_at = sim.from;
	if (sim.options.lists_at == INSTANT_NONE)
		sim.options.lists_at = 0;
	if ((code = scene_open(&sim.scene, &sim.options)) != 0)
		return code;
	simulate_prints(&sim.scene, json);
	if (mails_read(&sim, &err) == -1 || run(&sim, &err) == -1)
		code = ctl_fail(1, "%s", err.text);
	if (fflush(stdout) != 0)
		code = ctl_fail(1, "the output could not be written");
	scene_close(&sim.scene);
	return code;
}
