/*
 * advicectl replay: the live store's own past, run through the real decision
 * path in virtual time under the rules in force and again under others; prints
 * which mails would have been different, person by person.  Runs in advicectl.
 * Invariant: the live store is read through a handle that cannot write, as it
 * stood at one moment, beside a running daemon or without one; nothing is sent.
 * Fails: exit 1 with a sentence where the store, the configuration or the
 * rules cannot be used.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/replay.h"

#define DAYS_MOST	36500

struct replay {
	struct arena	*arena;
	const char	*rules;		/* as named on the command line */
	long		 days;		/* 0: all */
	bool		 json;
	struct config	*config;
	struct past	 past;
	struct pack	*before, *after;
};

static int
store_take(struct replay *r)
{
	struct err err;
	const char *kept = NULL;

	if (store_open_reading(r->config->database, &r->past.live, &err) == -1 ||
	    store_setting(r->past.live, r->arena, "case-time", &kept, &err) == -1)
		return ctl_fail(1, "%s", err.text);
	r->past.now = kept != NULL ? strtoll(kept, NULL, 10) : clock_wall();
	r->past.config = r->config;
	return 0;
}

/* ---- The two versions */

static bool
watch_alike(const struct pack *a, const struct pack *b)
{
	for (size_t i = 0; i < a->watches.n; i++)
		if (strs_has(&b->watches, a->watches.v[i]))
			return true;
	return false;
}

/* Whose place the new rules would take: the pack of the same name, else the one that watches the same mailbox. */
static int
packs_take(struct replay *r)
{
	struct pack *pack, *alike = NULL;
	int code = scene_pack(r->arena, r->config->rules, r->config->calendars, r->rules, &r->after);

	for (size_t i = 0; code == 0 && i < r->config->packs.n; i++) {
		if ((code = pack_in_force(r->arena, r->config, r->past.live, r->config->packs.v[i], &pack)) != 0)
			break;
		if (strcmp(pack->name, r->after->name) == 0)
			r->before = pack;
		if (alike == NULL && watch_alike(pack, r->after))
			alike = pack;
	}
	if (code != 0)
		return code;
	if (r->before == NULL)
		r->before = alike;
	if (r->before == NULL)
		return ctl_fail(1, "%s: no pack in %s has this name (\"%s\") or watches the same mailbox, so there is no past to replay",
		    r->rules, r->config->file, r->after->name);
	r->past.pack = r->before->name;
	r->after->name = r->before->name;	/* the store knows its cases under that name */
	return 0;
}

/* ---- Both lives */

static void
show(struct replay *r, const struct life *before, const struct life *after)
{
	struct differences differences;
	struct replayed replayed = {
		.arena = r->arena, .past = &r->past, .rules = r->rules, .before = before, .after = after, .differences = &differences,
		.since = r->days == 0 ? INSTANT_NONE : instant_at(instant_date(r->past.now) - (dayno)r->days, 0),
	};

	differ(r->arena, before, after, replayed.since, &differences);
	replay_print(&replayed, r->json);
}

static int
live_twice(struct replay *r)
{
	struct life before = { .arena = NULL }, after = { .arena = NULL };
	struct err err = { 0 };
	int code = 0;

	if (past_read(r->arena, &r->past, &err) == -1 ||
	    life_live(&before, &r->past, r->before, "the rules in force", &err) == -1 ||
	    life_live(&after, &r->past, r->after, "the other rules", &err) == -1)
		code = ctl_fail(1, "%s", err.text);
	else
		show(r, &before, &after);
	if (code == 0 && fflush(stdout) != 0)
		code = ctl_fail(1, "the output could not be written");
	life_end(&before);
	life_end(&after);
	return code;
}

static bool
options_take(struct replay *r, int argc, char **argv)
{
	static const struct option options[] = {
		{ "rules", required_argument, NULL, 'r' }, { "days", required_argument, NULL, 'd' },
		{ "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'r')
			r->rules = optarg;
		else if (option == 'j')
			r->json = true;
		else if (option != 'd' || !str_number(optarg, 1, DAYS_MOST, &r->days))
			return false;
	}
	return r->rules != NULL && optind == argc;
}

int
ctl_replay(const struct ctl *ctl, int argc, char **argv)
{
	struct replay r = { .arena = arena_new() };
	int code = options_take(&r, argc, argv) ? 0 : ctl_usage("replay");

	if (code == 0)
		code = ctl_config(r.arena, ctl->config, &r.config) == -1 ? 1 : 0;
	if (code == 0)
		code = store_take(&r);
	if (code == 0)
		code = packs_take(&r);
	if (code == 0)
		code = live_twice(&r);
	store_close(&r.past.live);
	arena_free(&r.arena);
	return code;
}
