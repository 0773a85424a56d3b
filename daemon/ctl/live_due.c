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
	const char	*case_name, *name;
	dayno		 date;
	const char	*strand, *stage;	/* NULL: the case's own */
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

/* What it is to say outlives the case that it was read from. */
static void
due_add(struct live *live, struct dues *dues, const struct case_deadline *deadline, const struct case_strand *strand,
    const char *case_name)
{
	struct due *due = arena_push(live->arena, dues->v, dues->n);

	*due = (struct due){ case_name, arena_strdup(live->arena, deadline->name), deadline->date, NULL, NULL };
	if (strand == NULL)
		return;
	due->strand = arena_strdup(live->arena, strand->name);
	due->stage = arena_strdup(live->arena, strand->stage);
}

/* One case at a time in memory: there may be very many. */
static int
collect(struct live *live, int64_t id, dayno until, struct dues *dues, struct err *err)
{
	struct arena *arena = arena_new();
	struct case_state *state;
	int rc = store_case_load(live->store, arena, id, &state, err);

	for (size_t i = 0; rc == 0 && i < state->deadline_count; i++) {
		const struct case_deadline *deadline = &state->deadlines[i];
		const struct case_strand *strand = case_strand(state, deadline->strand);

		if (deadline->superseded || deadline->date == DAY_NONE || deadline->date > until ||
		    (strand != NULL ? strand->final : !anything_open(state)))
			continue;
		due_add(live, dues, deadline, strand, arena_strdup(live->arena, case_name(arena, state)));
	}
	arena_free(&arena);
	return rc;
}

static int
by_date(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	if (x->date != y->date)
		return x->date < y->date ? -1 : 1;
	return strcmp(x->case_name, y->case_name);
}

static void
due_print(struct live *live, const struct due *due)
{
	struct buf *out = &live->out;
	int days = due->date - instant_date(live->now);

	if (live->json) {
		json_open(out, NULL, '{');
		json_str(out, "case", due->case_name);
		json_str(out, "name", due->name);
		json_str(out, "date", date_iso(live->arena, due->date));
		json_int(out, "days", days);
		json_str(out, "strand", due->strand);
		json_str(out, "stage", due->stage);
		json_close(out, '}');
		buf_add_char(out, '\n');
		return;
	}
	buf_printf(out, "%-16s %-12s %s%s%s%s", date_words_weekday(live->arena, due->date), due->case_name,
	    due->name, due->strand == NULL ? "" : " (", due->strand == NULL ? "" : due->stage,
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
