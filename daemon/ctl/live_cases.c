/*
 * advicectl cases: every case with its stages and when it is looked at again.
 * Fails: exit 1 when the store cannot be read.
 */
#include <string.h>

#include "base/json.h"
#include "ctl/live.h"

static const char *
row_name(struct live *live, const struct case_row *row)
{
	return row->reference[0] != '\0' ? row->reference : arena_printf(live->arena, "case %lld", (long long)row->id);
}

static void
row_json(struct live *live, const struct case_row *row)
{
	struct buf *out = &live->out;

	json_open(out, NULL, '{');
	json_str(out, "case", row_name(live, row));
	json_int(out, "number", row->id);
	json_str(out, "pack", row->pack);
	live_json_when(live, "opened", row->opened);
	live_json_when(live, "closed", row->closed);
	live_json_when(live, "next-due", row->next_due);
	json_str(out, "stages", row->stages);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

static void
row_text(struct live *live, const struct case_row *row)
{
	struct buf *out = &live->out;

	buf_printf(out, "%-12s %-12s since %-12s %s", row_name(live, row), row->pack,
	    date_words(live->arena, instant_date(row->opened)), row->stages);
	if (row->closed != INSTANT_NONE)
		buf_printf(out, "  closed %s", date_words(live->arena, instant_date(row->closed)));
	else if (row->next_due != INSTANT_NONE)
		buf_printf(out, "  next %s", live_when(live, row->next_due));
	buf_add_char(out, '\n');
}

int
live_cases(struct live *live, int argc, char **argv)
{
	bool all = argc == 2 && strcmp(argv[1], "--all") == 0;
	struct case_row *rows;
	struct err err;
	size_t count;

	if (argc > 1 + all)
		return live_usage(live, "cases");
	if (store_cases(live->store, live->arena, all, &rows, &count, &err) == -1)
		return live_broken(live, &err);
	for (size_t i = 0; i < count; i++) {
		if (live->json)
			row_json(live, &rows[i]);
		else
			row_text(live, &rows[i]);
	}
	if (count == 0 && !live->json)
		buf_add_str(&live->out, all ? "there are no cases\n" : "there are no open cases\n");
	return 0;
}
