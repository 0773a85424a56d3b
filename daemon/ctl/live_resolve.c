/*
 * advicectl resolve NUMBER ANSWER: what waits for a person, settled by
 * command, just as the answer by mail settles it.
 * Invariant: shown before it is done.
 * Fails: exit 1 when the answer cannot be taken; nothing has changed then.
 */
#include <string.h>

#include "base/json.h"
#include "case/triage.h"
#include "ctl/live.h"

struct resolving {
	bool			 applied;
	struct triage_row	*row;
	struct triage_said	 said;
	const char		*reason;
};

static void
show_text(struct live *live, const struct resolving *resolving, const struct resolved *resolved)
{
	buf_printf(&live->out, "%s%s\n", resolving->applied ? "" : "Not done yet: ", resolved->done);
	for (size_t i = 0; i < resolved->effects.n; i++)
		buf_printf(&live->out, "  %s\n", resolved->effects.v[i]);
	if (resolved->effects.n == 0)
		buf_add_str(&live->out, "  Nothing else changes.\n");
}

static void
show_json(struct live *live, const struct resolving *resolving, const struct resolved *resolved)
{
	struct buf *out = &live->out;

	json_open(out, NULL, '{');
	json_int(out, "triage", resolving->row->id);
	json_str(out, "answer", resolving->said.name);
	json_str(out, "case", resolved->again == NULL ? NULL : live_case_name(live, resolved->again->case_id));
	json_str(out, "done", resolved->done);
	json_bool(out, "applied", resolving->applied);
	json_strs(out, "effects", &resolved->effects);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

static int
resolve(struct live *live, void *ctx, int *code_r, struct err *err)
{
	struct resolving *resolving = ctx;
	struct engine plain = { .store = live->store };
	struct resolved resolved;

	if (engine_resolve(live->engine != NULL ? live->engine : &plain, live->arena, resolving->row, &resolving->said, live->who,
	    resolving->reason, live->now, &resolved, err) == -1)
		return -1;
	if (resolved.refused != NULL)
		*code_r = live_fail(live, 1, "%s", resolved.refused);
	else if (live->json)
		show_json(live, resolving, &resolved);
	else
		show_text(live, resolving, &resolved);
	return 0;
}

int
live_settle(struct live *live, const struct live_options *options, struct triage_row *row, const char *answer)
{
	struct resolving resolving = { .applied = options->yes, .row = row, .reason = options->reason };
	struct err err;
	int64_t *cases;
	size_t count;
	const char *help;
	bool begins = true;

	if (store_triage_candidates(live->store, live->arena, row->id, &cases, &count, &err) == -1 ||
	    (live->engine != NULL && engine_may_begin(live->engine, live->arena, row, &begins, &err) == -1))
		return live_broken(live, &err);
	if (!triage_read(live->arena, row->kind, count, begins, answer, &resolving.said, &help))
		return live_fail(live, 1, "%s", help);
	if (resolving.reason[0] == '\0')
		resolving.reason = resolving.said.words;
	return live_try(live, options, resolve, &resolving);
}

int
live_resolve(struct live *live, int argc, char **argv)
{
	struct live_options options;
	struct strs words = { NULL, 0 };
	struct triage_row *row;
	struct err err;
	long id;

	argc = live_options(argc, argv, &options);
	if (argc < 3 || !str_number(argv[1], 1, INT32_MAX, &id))
		return live_usage(live, "resolve");
	for (int i = 2; i < argc; i++)
		strs_add(live->arena, &words, argv[i]);
	if (store_triage(live->store, live->arena, id, &row, &err) == -1)
		return live_broken(live, &err);
	if (row == NULL)
		return live_fail(live, 1, "nothing waits under the number %ld; \"advicectl triage\" lists what does", id);
	return live_settle(live, &options, row, strs_join(live->arena, &words, " "));
}
