/*
 * A change that a person asks for: done in a transaction, shown, and kept only
 * when they agree (--yes, or asked by advicectl).  Run by core or by advicectl.
 * Invariant: what was not agreed to has left nothing behind: no row, no file
 * in the spool.
 * Fails: as the change does.
 */
#include <string.h>

#include "ctl/live.h"

int
live_options(int argc, char **argv, struct live_options *options_r)
{
	int kept = 0;

	*options_r = (struct live_options){ .reason = "" };
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--yes") == 0)
			options_r->yes = true;
		else if (strcmp(argv[i], "--asked") == 0)
			options_r->yes = options_r->asked = true;
		else if (strcmp(argv[i], "--reason") == 0 && i + 1 < argc)
			options_r->reason = argv[++i];
		else if (strncmp(argv[i], "--reason=", 9) == 0)
			options_r->reason = argv[i] + 9;
		else
			argv[kept++] = argv[i];
	}
	return kept;
}

static int
begin(struct live *live, struct err *err)
{
	return live->change == NULL ? store_begin(live->store, err) : live->change->begin(live->change->ctx, err);
}

static int
commit(struct live *live, struct err *err)
{
	return live->change == NULL ? store_commit(live->store, err) : live->change->commit(live->change->ctx, err);
}

static void
rollback(struct live *live)
{
	if (live->change == NULL)
		store_rollback(live->store);
	else
		live->change->rollback(live->change->ctx);
}

int
live_try(struct live *live, const struct live_options *options, live_doing *doing, void *ctx)
{
	struct err err = { ERR_NONE, "" };
	size_t shown = live->out.len;
	int code = 0;

	if (begin(live, &err) == -1) {
		rollback(live);
		return live_broken(live, &err);
	}
	if (doing(live, ctx, &code, &err) == -1) {
		rollback(live);
		return live_broken(live, &err);
	}
	if (code != 0 || !options->yes) {
		rollback(live);
		return code != 0 ? code : LIVE_WANTS_YES;
	}
	if (commit(live, &err) == -1)
		return live_broken(live, &err);
	if (options->asked)		/* shown before */
		live->out.len = shown;
	return 0;
}
