/*
 * advicectl due: the deadlines of open cases that have passed or come within
 * some days, the oldest first.
 * Fails: exit 1 when the store cannot be read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "ctl/live.h"

#define DAYS_DEFAULT	14

struct due {
	const char			*name;		/* the case's */
	const struct case_deadline	*deadline;
	const struct case_strand	*strand;	/* NULL: the case's own */
};

struct dues {
	struct due	*v;
	size_t		 n;
};

static bool
anything_open(const struct case_state *state)
{
	for (size_t i = 0; i < state->strand_count; i++)
		if (!state->strands[i].final)
			return true;
	return false;
}

static int
collect(struct live *live, int64_t id, dayno until, struct dues *dues, struct err *err)
{
	struct case_state *state;

	if (store_case_load(live->store, live->arena, id, &state, err) == -1)
		return -1;
	for (size_t i = 0; i < state->deadline_count; i++) {
		const struct case_deadline *deadline = &state->deadlines[i];
		const struct case_strand *strand = case_strand(state, deadline->strand);
		struct due *due;

		if (deadline->superseded || deadline->date == DAY_NONE || deadline->date > until ||
		    (strand != NULL ? strand->final : !anything_open(state)))
			continue;
		due = arena_push(live->arena, dues->v, dues->n);
		*due = (struct due){ case_name(live->arena, state), deadline, strand };
	}
	return 0;
}

static int
by_date(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	if (x->deadline->date != y->deadline->date)
		return x->deadline->date < y->deadline->date ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void
due_print(struct live *live, const struct due *due)
{
	struct buf *out = &live->out;
	int days = due->deadline->date - instant_date(live->now);

	if (live->json) {
		json_open(out, NULL, '{');
		json_str(out, "case", due->name);
		json_str(out, "name", due->deadline->name);
		json_str(out, "date", date_iso(live->arena, due->deadline->date));
		json_int(out, "days", days);
		json_str(out, "strand", due->strand == NULL ? NULL : due->strand->name);
		json_str(out, "stage", due->strand == NULL ? NULL : due->strand->stage);
		json_close(out, '}');
		buf_add_char(out, '\n');
		return;
	}
	buf_printf(out, "%-16s %-12s %s%s%s%s", date_words_weekday(live->arena, due->deadline->date), due->name,
	    due->deadline->name, due->strand == NULL ? "" : " (", due->strand == NULL ? "" : due->strand->stage,
	    due->strand == NULL ? "" : ")");
	if (days < 0)
		buf_printf(out, "  %s", live_paint(live, PAINT_WRONG, arena_printf(live->arena, "%d day%s late", -days,
		    days == -1 ? "" : "s")));
	else if (days == 0)
		buf_printf(out, "  %s", live_paint(live, PAINT_DOUBT, "today"));
	buf_add_char(out, '\n');
}

int
live_due(struct live *live, int argc, char **argv)
{
	struct dues dues = { NULL, 0 };
	struct case_row *rows;
	long days = DAYS_DEFAULT;
	size_t count, i;
	struct err err;

	if (argc != 1 && (argc != 3 || strcmp(argv[1], "--days") != 0 || !str_number(argv[2], 0, 3660, &days)))
		return live_usage(live, "due");
	if (store_cases(live->store, live->arena, false, &rows, &count, &err) == -1)
		return live_broken(live, &err);
	for (i = 0; i < count; i++)
		if (collect(live, rows[i].id, instant_date(live->now) + (dayno)days, &dues, &err) == -1)
			return live_broken(live, &err);
	if (dues.n > 0)
		qsort(dues.v, dues.n, sizeof(*dues.v), by_date);
	for (i = 0; i < dues.n; i++)
		due_print(live, &dues.v[i]);
	if (dues.n == 0 && !live->json)
		buf_printf(&live->out, "nothing is late, and nothing falls due within %ld days\n", days);
	return 0;
}
