/*
 * advicectl rules: the versions of the packs that were in force; what differs
 * between two of them, in words; and going back to one.
 * Invariant: nothing in the rules folder is written: whoever goes back finds
 * their files as they left them, not in force until they change and pass.
 * Fails: exit 1 when there is no such version or its files are gone.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "ctl/live.h"
#include "role/kept.h"
#include "rule/diff.h"
#include "rule/read.h"

static int
usage(struct live *live)
{
	return live_usage(live, "rules");
}

/* ---- log */

static void
log_line(struct live *live, const struct pack_version_row *row, bool in_force)
{
	if (live->json) {
		json_open(&live->out, NULL, '{');
		json_int(&live->out, "version", row->id);
		json_str(&live->out, "pack", row->pack);
		json_str(&live->out, "title", row->title);
		json_str(&live->out, "hash", row->hash);
		live_json_when(live, "since", row->since);
		json_str(&live->out, "who", row->who);
		json_int(&live->out, "tests", row->tests);
		json_bool(&live->out, "in-force", in_force);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
		return;
	}
	buf_printf(&live->out, "%5lld  %-14s since %-18s %-12s %3d test%s passed  %.12s%s\n", (long long)row->id, row->pack,
	    live_when(live, row->since), row->who, row->tests, row->tests == 1 ? " " : "s", row->hash, in_force ?
	    live_paint(live, PAINT_WELL, "  in force") : "");
}

static int
rules_log(struct live *live, const char *pack)
{
	struct pack_version_row *rows;
	struct strs seen = { NULL, 0 };
	size_t count;
	struct err err;

	if (store_pack_versions(live->store, live->arena, pack, &rows, &count, &err) == -1)
		return live_broken(live, &err);
	if (count == 0)
		return live_fail(live, 1, pack == NULL ? "no rules were ever in force here" :
		    "no version of a pack \"%s\" was ever in force here", pack);
	for (size_t i = 0; i < count; i++) {
		log_line(live, &rows[i], !strs_has(&seen, rows[i].pack));
		strs_add_new(live->arena, &seen, rows[i].pack);
	}
	return 0;
}

/* ---- diff */

/* NULL after a sentence. */
static struct pack_version_row *
version(struct live *live, const char *word, int *code_r)
{
	struct pack_version_row *row = NULL;
	long number;
	struct err err;

	*code_r = 1;
	if (!str_number(word, 1, 1000000000, &number))
		*code_r = live_fail(live, 2, "\"%s\" is no version; \"advicectl rules log\" shows their numbers",
		    str_visible(live->arena, word, 60));
	else if (store_pack_version(live->store, live->arena, number, &row, &err) == -1)
		*code_r = live_broken(live, &err);
	else if (row == NULL)
		live_fail(live, 1, "there is no version %ld; \"advicectl rules log\" shows which there are", number);
	else if (!kept_is_here(live->config->spool, row->hash)) {
		live_fail(live, 1, "the files of version %ld are not kept", number);
		row = NULL;
	}
	return row;
}

static void
show_diff(struct live *live, const struct pack_version_row *a, const struct pack_version_row *b)
{
	struct strs lines = { NULL, 0 };

	pack_diff(live->arena, kept_rules(live->arena, live->config->spool, a->hash),
	    kept_rules(live->arena, live->config->spool, b->hash), b->pack, &lines);
	if (live->json) {
		json_open(&live->out, NULL, '{');
		json_str(&live->out, "pack", b->pack);
		json_int(&live->out, "from", a->id);
		json_int(&live->out, "to", b->id);
		json_strs(&live->out, "differences", &lines);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
		return;
	}
	buf_printf(&live->out, "%s: from version %lld to version %lld\n", b->pack, (long long)a->id, (long long)b->id);
	for (size_t i = 0; i < lines.n; i++)
		buf_printf(&live->out, "  %s\n", lines.v[i]);
	if (lines.n == 0)
		buf_add_str(&live->out, "  nothing that they do differs\n");
}

static int
rules_diff(struct live *live, const char *first, const char *second)
{
	struct pack_version_row *a, *b = NULL;
	struct err err;
	int code;

	if ((a = version(live, first, &code)) == NULL)
		return code;
	if (second != NULL)
		b = version(live, second, &code);
	else if (store_pack_in_force(live->store, live->arena, a->pack, &b, &err) == -1)
		code = live_broken(live, &err);
	if (b == NULL)
		return code;
	if (strcmp(a->pack, b->pack) != 0)
		return live_fail(live, 1, "version %lld is of the pack \"%s\", version %lld of \"%s\"", (long long)a->id, a->pack,
		    (long long)b->id, b->pack);
	show_diff(live, a, b);
	return 0;
}

/* ---- back */

/* A sentence, or NULL: its rules are sound today, and know every stage in which a case stands. */
static const char *
obstacle(struct live *live, const struct pack_version_row *row, struct err *err)
{
	struct problems problems = { .arena = live->arena };
	struct pack *pack = NULL;
	const char *words = NULL;

	pack_read(live->arena, kept_rules(live->arena, live->config->spool, row->hash), live->config->calendars, row->pack, &pack,
	    &problems);
	if (pack != NULL)
		pack_check(pack, NULL, &problems);
	if (pack == NULL || problems_errors(&problems) > 0)
		return arena_printf(live->arena, "version %lld is not sound for this version of adviced", (long long)row->id);
	if (kept_left_behind(live->store, live->arena, pack, &words, err) == -1)
		return err->text;
	return words;
}

static int
go_back(struct live *live, void *ctx, int *code_r, struct err *err)
{
	const struct pack_version_row *row = ctx;
	struct pack_version_row *now = NULL;
	struct kept kept;
	const char *refused;
	bool plain;

	if (store_pack_in_force(live->store, live->arena, row->pack, &now, err) == -1 ||
	    kept_read(live->arena, live->config->spool, row->pack, &kept, err) == -1)
		return -1;
	if (now == NULL || strcmp(now->hash, row->hash) == 0) {
		*code_r = live_fail(live, 1, "version %lld is in force already", (long long)row->id);
		return 0;
	}
	if ((refused = obstacle(live, row, err)) != NULL) {
		*code_r = live_fail(live, 1, "version %lld cannot be put in force: %s", (long long)row->id, refused);
		return 0;
	}
	show_diff(live, now, row);
	plain = kept.hash != NULL && strcmp(kept.hash, row->hash) == 0;
	if (!live->json)
		buf_printf(&live->out, plain ? "It is what lies in the folder of the pack now.\n" :
		    "The files in the folder of the pack stay as they are, and are not in force until they are changed and reloaded.\n"
		    "Those of version %lld are kept in %s.\n", (long long)row->id,
		    kept_rules(live->arena, live->config->spool, row->hash));
	if (!live->json && live->roles == NULL)
		buf_add_str(&live->out, "No daemon runs: it is in force from the next start on.\n");
	/* By the hash of what lies there now: other files end it. */
	if (store_set_setting(live->store, arena_printf(live->arena, "rules-back %s", row->pack), plain ? "" :
	    arena_printf(live->arena, "%s %s %d", row->hash, kept.hash == NULL ? "-" : kept.hash, row->tests), err) == -1)
		return -1;
	return live_note(live, "rules-back", 0, 0, err);
}

static int
rules_back(struct live *live, const char *word, const struct live_options *options)
{
	struct pack_version_row *row;
	int code;

	if ((row = version(live, word, &code)) == NULL)
		return code;
	code = live_try(live, options, go_back, row);
	live->reload = code == 0;
	return code;
}

int
live_rules(struct live *live, int argc, char **argv)
{
	struct live_options options;

	argc = live_options(argc, argv, &options);
	if (argc >= 2 && argc <= 3 && strcmp(argv[1], "log") == 0)
		return rules_log(live, argc == 3 ? argv[2] : NULL);
	if (argc >= 3 && argc <= 4 && strcmp(argv[1], "diff") == 0)
		return rules_diff(live, argv[2], argc == 4 ? argv[3] : NULL);
	if (argc == 3 && strcmp(argv[1], "back") == 0)
		return rules_back(live, argv[2], &options);
	return usage(live);
}
