/*
 * The board's arithmetic: what is late and by how much, what comes first, and
 * how much of what fell due was done by its date.  Pure.
 * Invariant: days are calendar days; nothing is late on its day.
 * Fails: never.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/board.h"

#define ELSEWHERE	"No team known"

/* ---- What goes on */

static dayno
earlier(dayno a, dayno b)
{
	return a == DAY_NONE || (b != DAY_NONE && b < a) ? b : a;
}

static void
item_judge(struct board_item *item, dayno today)
{
	const struct board_work *work = item->work;
	bool last_passed = work->last != DAY_NONE && work->last < today, due_passed = work->due != DAY_NONE && work->due < today;

	item->due = last_passed ? work->last : due_passed ? work->due : earlier(work->due, work->last);
	item->due_name = item->due == work->due && !last_passed ? work->due_name : work->last_name;
	item->days = item->due == DAY_NONE ? 0 : item->due - today;
	if (last_passed)
		item->state = BOARD_LATE;
	else if (work->held || item->of->paused)
		item->state = BOARD_HELD;
	else if (due_passed)
		item->state = BOARD_OVERDUE;
	else if (item->due == DAY_NONE)
		item->state = BOARD_NO_DATE;
	else
		item->state = item->days <= BOARD_SOON ? BOARD_DUE_SOON : BOARD_ON_TRACK;
}

/* What is late by most comes first, then what is due next; what has no date comes last. */
static int
by_urgency(const void *a, const void *b)
{
	static const int rank[] = { [BOARD_LATE] = 0, [BOARD_OVERDUE] = 1, [BOARD_DUE_SOON] = 2, [BOARD_HELD] = 3,
	    [BOARD_ON_TRACK] = 3,
	    [BOARD_NO_DATE] = 4 };
	const struct board_item *x = a, *y = b;

	if (rank[x->state] != rank[y->state])
		return rank[x->state] - rank[y->state];
	if (x->due != y->due)
		return x->due == DAY_NONE || (y->due != DAY_NONE && x->due > y->due) ? 1 : -1;
	return x->of->id != y->of->id ? (x->of->id > y->of->id ? 1 : -1) : (x->work > y->work) - (x->work < y->work);
}

/* ---- What fell due */

static void
rate_add(struct board_rate *rate, const struct board_work *work)
{
	rate->due++;
	rate->on_time += work->ended != DAY_NONE && work->ended <= work->last;
	rate->late += work->ended != DAY_NONE && work->ended > work->last;
	rate->open += work->ended == DAY_NONE;
}

static struct board_rate *
team_rate(struct arena *arena, struct board_sum *sum, const char *name)
{
	struct board_rate *rate;

	for (size_t i = 0; i < sum->team_count; i++)
		if (strcmp(sum->teams[i].name, name) == 0)
			return &sum->teams[i];
	rate = arena_push(arena, sum->teams, sum->team_count);
	rate->name = name;
	return rate;
}

static void
fell_due(struct arena *arena, struct board_sum *sum, const struct board_work *work, dayno today)
{
	int week;

	if (work->last == DAY_NONE || work->last < sum->weeks[0].from)
		return;
	week = (work->last - sum->weeks[0].from) / 7;
	if (week >= BOARD_WEEKS)
		return;
	if (work->ended == DAY_NONE ? work->last >= today : !work->counted)
		return;		/* it may still be done in time; it was called off */
	rate_add(&sum->weeks[week], work);
	rate_add(&sum->all, work);
	rate_add(team_rate(arena, sum, work->team[0] == '\0' ? ELSEWHERE : work->team), work);
}

static int
by_work(const void *a, const void *b)
{
	const struct board_rate *x = a, *y = b;

	return x->due != y->due ? (x->due < y->due ? 1 : -1) : strcmp(x->name, y->name);
}

void
board_sum(struct arena *arena, const struct board *board, struct board_sum *sum)
{
	dayno today = instant_date(board->now);

	memset(sum, 0, sizeof(*sum));
	for (int i = 0; i < BOARD_WEEKS; i++)
		sum->weeks[i].from = today - date_weekday(today) - 7 * (BOARD_WEEKS - 1 - i);
	for (size_t c = 0; c < board->case_count; c++)
		for (size_t w = 0; w < board->cases[c].work_count; w++) {
			const struct board_work *work = &board->cases[c].work[w];
			struct board_item *item;

			fell_due(arena, sum, work, today);
			if (work->ended != DAY_NONE || board->cases[c].closed != DAY_NONE)
				continue;
			item = arena_push(arena, sum->items, sum->item_count);
			item->of = &board->cases[c];
			item->work = work;
			item_judge(item, today);
			sum->of_state[item->state]++;
		}
	if (sum->item_count > 0)
		qsort(sum->items, sum->item_count, sizeof(*sum->items), by_urgency);
	if (sum->team_count > 0)
		qsort(sum->teams, sum->team_count, sizeof(*sum->teams), by_work);
}

/* Rounded, but all is said only where it is all, and nothing only where it is nothing. */
int
board_percent(const struct board_rate *rate)
{
	int percent = rate->due == 0 ? -1 : (int)((rate->on_time * 200 + rate->due) / (rate->due * 2));

	if (percent == 100 && rate->on_time < rate->due)
		return 99;
	return percent == 0 && rate->on_time > 0 ? 1 : percent;
}
