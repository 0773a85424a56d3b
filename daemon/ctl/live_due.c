/*
 * advicectl due: the deadlines of open cases that have passed or come within
 * some days.  Core goes through the cases in pieces, and begins each line
 * with what it is to be sorted by, and a tab; advicectl puts the oldest first
 * (ask_due.c).
 * Fails: exit 1 when the store cannot be read.
 */
#include <string.h>

#include "base/json.h"
#include "ctl/live.h"

#define DAYS_DEFAULT	14

struct asked {
	long	 days, piece;		/* piece -1: all in one go */
};

static bool
asked_read(int argc, char **argv, struct asked *asked)
{
	int i;

	*asked = (struct asked){ .days = DAYS_DEFAULT, .piece = -1 };
	for (i = 1; i + 1 < argc; i += 2)
		if (!(strcmp(argv[i], "--days") == 0 && str_number(argv[i + 1], 0, 3660, &asked->days)) &&
		    !(strcmp(argv[i], "--piece") == 0 && str_number(argv[i + 1], 0, INT32_MAX, &asked->piece)))
			return false;
	return i == argc;
}

static void
row_json(struct live *live, const struct due_row *row, const char *case_name, int days)
{
	struct buf out = BUF_INIT;	/* its own: what stands before it on the line is no JSON */

	json_open(&out, NULL, '{');
	json_str(&out, "case", case_name);
	json_str(&out, "name", row->name);
	json_str(&out, "date", date_iso(live->arena, row->date));
	json_int(&out, "days", days);
	json_str(&out, "strand", row->of_strand ? row->strand : NULL);
	json_str(&out, "stage", row->of_strand ? row->stage : NULL);
	json_close(&out, '}');
	buf_printf(&live->out, "%s\n", buf_text(&out));
	buf_free(&out);
}

static void
row_text(struct live *live, const struct due_row *row, const char *case_name, int days)
{
	struct buf *out = &live->out;

	buf_printf(out, "%-16s %-12s %s%s%s%s", date_words_weekday(live->arena, row->date), case_name,
	    row->name, row->of_strand ? " (" : "", row->of_strand ? row->stage : "", row->of_strand ? ")" : "");
	if (days < 0)
		buf_printf(out, "  %s", live_paint(live, PAINT_WRONG, arena_printf(live->arena, "%d day%s late", -days,
		    days == -1 ? "" : "s")));
	else if (days == 0)
		buf_printf(out, "  %s", live_paint(live, PAINT_DOUBT, "today"));
	buf_add_char(out, '\n');
}

static void
row_put(struct live *live, const struct due_row *row)
{
	const char *case_name = row->reference[0] != '\0' ? row->reference : arena_printf(live->arena, "case %lld", (long long)row->id);

	buf_printf(&live->out, "%s %s\t", date_iso(live->arena, row->date), case_name);
	(live->json ? row_json : row_text)(live, row, case_name, row->date - instant_date(live->now));
}

int
live_due(struct live *live, int argc, char **argv)
{
	struct due_row *rows;
	struct asked asked;
	int64_t highest, after = 0, upto;
	size_t count;
	struct err err;

	if (!asked_read(argc, argv, &asked))
		return live_usage(live, "due");
	if (store_case_highest(live->store, &highest, &err) == -1)
		return live_broken(live, &err);
	upto = highest;
	if (asked.piece != -1) {
		after = (int64_t)asked.piece * LIVE_PIECE;
		upto = after + LIVE_PIECE;
	}
	if (store_cases_due(live->store, live->arena, after, upto, instant_date(live->now) + (dayno)asked.days, &rows, &count,
	    &err) == -1)
		return live_broken(live, &err);
	for (size_t i = 0; i < count; i++)
		row_put(live, &rows[i]);
	if (upto < highest)
		return LIVE_GOES_ON;
	if (!live->json)
		buf_printf(&live->out, "%s\tnothing is late, and nothing falls due within %ld days\n", LIVE_DUE_NONE, asked.days);
	return 0;
}
