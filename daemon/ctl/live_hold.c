/*
 * advicectl legal-hold: cases of which nothing is erased, for a complaint, a
 * tribunal, an inquiry; "all" is everything.
 * Fails: exit 1 when there is no such case, or no hold to end.
 */
#include <string.h>

#include "base/json.h"
#include "ctl/live.h"
#include "store/keep.h"

static const char *
hold_name(struct live *live, int64_t case_id)
{
	return case_id == 0 ? "everything" : live_case_name(live, case_id);
}

static int
list(struct live *live)
{
	struct hold_row *rows;
	size_t count;
	struct err err;

	if (store_holds(live->store, live->arena, &rows, &count, &err) == -1)
		return live_broken(live, &err);
	for (size_t i = 0; i < count; i++) {
		if (!live->json) {
			buf_printf(&live->out, "%-14s since %s, by %s: %s\n", hold_name(live, rows[i].case_id),
			    live_when(live, rows[i].since), rows[i].who, rows[i].reason);
			continue;
		}
		json_open(&live->out, NULL, '{');
		json_str(&live->out, "case", hold_name(live, rows[i].case_id));
		live_json_when(live, "since", rows[i].since);
		json_str(&live->out, "who", rows[i].who);
		json_str(&live->out, "reason", rows[i].reason);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
	}
	if (count == 0 && !live->json)
		buf_add_str(&live->out, "there is no legal hold\n");
	return 0;
}

static int
put(struct live *live, int64_t case_id, bool on, const char *reason, bool *any_r, struct err *err)
{
	const struct hold_row row = { case_id, live->now, live->who, reason };

	*any_r = on;
	if (store_begin(live->store, err) == -1)
		return -1;
	if ((on ? store_hold_put(live->store, &row, err) : store_hold_end(live->store, case_id, any_r, err)) == 0 &&
	    live_note(live, on ? "legal-hold on" : "legal-hold off", case_id, 0, err) == 0 && store_commit(live->store, err) == 0)
		return 0;
	store_rollback(live->store);
	return -1;
}

int
live_hold(struct live *live, int argc, char **argv)
{
	struct live_options options;
	struct err err;
	int64_t id = 0;
	bool on, any;

	argc = live_options(argc, argv, &options);
	if (argc == 1)
		return list(live);
	on = argc == 3 && strcmp(argv[2], "on") == 0;
	if (argc != 3 || (!on && strcmp(argv[2], "off") != 0))
		return live_usage(live, "legal-hold");
	if (options.reason[0] == '\0')
		return live_fail(live, 2, "say why, with --reason \"...\"");
	if (strcmp(argv[1], "all") != 0) {
		if (store_case_by_name(live->store, argv[1], &id, &err) == -1)
			return live_broken(live, &err);
		if (id == 0)
			return live_fail(live, 1, "there is no case \"%s\"; \"advicectl cases --all\" lists them", argv[1]);
	}
	if (put(live, id, on, options.reason, &any, &err) == -1)
		return live_broken(live, &err);
	if (!any)
		return live_fail(live, 1, "there is no hold on %s", hold_name(live, id));
	if (live->json) {
		json_open(&live->out, NULL, '{');
		json_str(&live->out, "case", id == 0 ? "all" : hold_name(live, id));
		json_bool(&live->out, "held", on);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
	} else
		buf_printf(&live->out, on ? "nothing%s is erased until the hold ends\n" : "the hold on%s has ended\n",
		    id == 0 && on ? "" : arena_printf(live->arena, "%s %s", on ? " of" : "", hold_name(live, id)));
	return 0;
}
