/*
 * advicectl cases: cases with their stages and when each is looked at again;
 * to a person the first of them, to a script all.
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

struct wanted {
	struct cases_wish	 rows;
	long			 piece;		/* -1: all in one go */
};

static bool
wanted_read(struct live *live, int argc, char **argv, struct wanted *wanted)
{
	long most = live->json ? 0 : LIVE_ROWS_SHOWN;
	int i;

	*wanted = (struct wanted){ .piece = -1 };
	wanted->rows.closed_too = live_word(&argc, argv, "--all");
	for (i = 1; i + 1 < argc; i += 2)
		if (!(strcmp(argv[i], "--limit") == 0 && str_number(argv[i + 1], 0, LIVE_ROWS_MOST, &most)) &&
		    !(strcmp(argv[i], "--piece") == 0 && str_number(argv[i + 1], 0, INT32_MAX, &wanted->piece)))
			return false;
	wanted->rows.most = most;
	return i == argc;
}

/* What is not limited goes in pieces, so that core can do other things in between. */
static int
piece_begin(struct live *live, struct wanted *wanted, bool *goes_on_r, struct err *err)
{
	int64_t highest;

	*goes_on_r = false;
	if (wanted->piece == -1 || wanted->rows.most != 0)
		return 0;
	if (store_case_highest(live->store, &highest, err) == -1)
		return -1;
	wanted->rows.after = (int64_t)wanted->piece * LIVE_PIECE;
	wanted->rows.upto = wanted->rows.after + LIVE_PIECE;
	*goes_on_r = wanted->rows.upto < highest;
	return 0;
}

/* A person is told what they do not see. */
static int
rest_text(struct live *live, const struct wanted *wanted, size_t shown, struct err *err)
{
	int64_t all;

	if (live->json || wanted->piece > 0 || (shown > 0 && (wanted->rows.most == 0 || (int64_t)shown < wanted->rows.most)))
		return 0;
	if (store_cases_count(live->store, wanted->rows.closed_too, &all, err) == -1)
		return -1;
	if (all == 0)
		buf_add_str(&live->out, wanted->rows.closed_too ? "there are no cases\n" : "there are no open cases\n");
	else if (wanted->rows.most != 0 && all > (int64_t)shown)
		buf_printf(&live->out, "and %lld more; \"advicectl cases%s --limit 0\" names all\n", (long long)all - (long long)shown,
		    wanted->rows.closed_too ? " --all" : "");
	return 0;
}

int
live_cases(struct live *live, int argc, char **argv)
{
	struct wanted wanted;
	struct case_row *rows;
	bool goes_on;
	struct err err;
	size_t count;

	if (!wanted_read(live, argc, argv, &wanted))
		return live_usage(live, "cases");
	if (piece_begin(live, &wanted, &goes_on, &err) == -1 ||
	    store_cases(live->store, live->arena, &wanted.rows, &rows, &count, &err) == -1)
		return live_broken(live, &err);
	for (size_t i = 0; i < count; i++)
		(live->json ? row_json : row_text)(live, &rows[i]);
	if (rest_text(live, &wanted, count, &err) == -1)
		return live_broken(live, &err);
	return goes_on ? LIVE_GOES_ON : 0;
}
