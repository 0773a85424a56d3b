/*
 * A store on disk after some mails of one pack were lived through in virtual
 * time: what `simulate` does in memory, kept.
 * usage, from the top of the source tree: fill PACK MAILS DIRECTORY INVOLVEMENT UNTIL STORE
 */
#include <stdio.h>

#include "ctl/ctl.h"
#include "ctl/happening.h"
#include "ctl/run.h"
#include "mail/parser.h"
#include "store/sql.h"

static void
quiet(void *ctx, const struct happening *happening)
{
	(void)ctx;
	(void)happening;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct run run = { .from = INSTANT_NONE };
	struct err err = { ERR_NONE, "" };
	char sql[4200], now[32];
	int code = 2;

	if (argc != 7 || !instant_parse_iso(argv[5], &run.until))
		return ctl_fail(2, "usage: fill PACK MAILS DIRECTORY INVOLVEMENT UNTIL STORE");
	run.folder = argv[2];
	run.options = (struct scene_options){ .pack = argv[1], .directory = argv[3], .involvement = argv[4] };
	if (scene_pack(arena, "rules", "config/calendars", argv[1], &run.options.lent_pack) != 0)
		return 1;
	if (parser_open("./adviced-parse", true, &run.options.lent_parser, &err) == -1)
		return ctl_fail(1, "%s", err.text);
	if (run_open(&run) != 0)
		return 1;
	happenings_tell(&run.scene, quiet, NULL);
	(void)snprintf(now, sizeof(now), "%lld", (long long)run.until);
	(void)snprintf(sql, sizeof(sql), "VACUUM INTO '%s'", argv[6]);
	if (run_go(&run, &err) == -1 || store_begin(run.scene.store, &err) == -1 ||
	    store_set_setting(run.scene.store, "case-time", now, &err) == -1 || store_commit(run.scene.store, &err) == -1)
		fprintf(stderr, "fill: %s\n", err.text);
	else if (sqlite3_exec(run.scene.store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fprintf(stderr, "fill: %s\n", sqlite3_errmsg(run.scene.store->db));
	else
		code = 0;
	run_close(&run);
	parser_close(&run.options.lent_parser);
	arena_free(&arena);
	return code;
}
