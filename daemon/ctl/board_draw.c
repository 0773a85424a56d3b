/*
 * The board's pictures: a case's time as a line, columns for weeks, bars for
 * teams, all as SVG that is as wide as its place: only x is in percent, so that
 * letters and marks keep their size.  Pure.
 * Invariant: what a picture shows stands in words beside it as well.
 * Fails: never.
 */
#include <string.h>

#include "ctl/board.h"

#define LEFT	1.5	/* percent of the width that marks at the ends need */
#define WIDTH	97.0
#define APART	17.0	/* percent: labels that are nearer cover each other */
#define CHART	120	/* height of the tallest column */
#define BASE	142	/* where columns stand */

void
board_text(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&': buf_add_str(out, "&amp;"); break;
		case '<': buf_add_str(out, "&lt;"); break;
		case '>': buf_add_str(out, "&gt;"); break;
		case '"': buf_add_str(out, "&quot;"); break;
		case '\'': buf_add_str(out, "&#39;"); break;
		default: buf_add_char(out, *text);
		}
}

const char *
board_day(struct arena *arena, dayno day)
{
	return day == DAY_NONE ? "" : arena_printf(arena, "<time datetime=\"%s\">"
	    "%s</time>", date_iso(arena, day), date_words(arena, day));
}

const char *
board_short_day(struct arena *arena, dayno day, dayno today)
{
	const char *words = date_words(arena, day);

	return date_to_civil(day).year != date_to_civil(today).year ? words : arena_strndup(arena, words,
	    (size_t)(strrchr(words, ' ') - words));
}

/* ---- Time */

struct axis { dayno from, until; };

static double
at(const struct axis *axis, dayno day)
{
	if (day <= axis->from)
		return LEFT;
	if (day >= axis->until)
		return LEFT + WIDTH;
	return LEFT + WIDTH * (day - axis->from) / (axis->until - axis->from);
}

/* "7 Sep": the year stands in the words. */
static const char *
short_day(struct arena *arena, dayno day)
{
	return board_short_day(arena, day, day);
}

static void
label(struct buf *out, double x, int y, const char *class, const char *text)
{
	buf_printf(out, "<text x=\"%.1f%%\" y=\"%d\" class=\"%s %s\">", x, y, class, x < 12 ? "l" : x > 88 ? "r" : "m");
	board_text(out, text);
	buf_add_str(out, "</text>");
}

static void
line(struct buf *out, const char *class, double from, double to)
{
	if (to > from)
		buf_printf(out, "<line class=\"%s\" x1=\"%.1f%%\" x2=\"%.1f%%\" y1=\"26\" y2=\"26\"/>", class, from, to);
}

static void
mark(struct buf *out, const char *shape, double x)
{
	buf_printf(out, "<use href=\"#%s\" x=\"%.1f%%\" y=\"26\"/>", shape, x);
}

static void
marks_draw(struct buf *out, const struct board_work *work, const struct axis *axis)
{
	static const char *const shapes[] = { [BOARD_STAGE] = "tick", [BOARD_REMIND] = "dot", [BOARD_ESCALATE] = "up" };
	double before[3] = { -1, -1, -1 };

	/* The same mark at the same place once more shows nothing. */
	for (size_t i = 0; i < work->mark_count; i++) {
		enum board_mark_kind kind = work->marks[i].kind;
		double x = at(axis, work->marks[i].on);

		if (before[kind] >= 0 && x - before[kind] < 0.3)
			continue;
		mark(out, shapes[kind], x);
		before[kind] = x;
	}
}

void
board_timeline(struct arena *arena, const struct board *board, const struct board_item *item, struct buf *out)
{
	const struct board_work *work = item->work;
	dayno today = instant_date(board->now);
	struct axis axis = { work->began, today };
	double now, last, due;

	axis.until = work->last != DAY_NONE && work->last > axis.until ? work->last : axis.until;
	axis.until = work->due != DAY_NONE && work->due > axis.until ? work->due : axis.until;
	if (axis.until <= axis.from)
		axis.until = axis.from + 1;
	now = at(&axis, today);
	last = work->last == DAY_NONE ? -1 : at(&axis, work->last);
	due = work->due == DAY_NONE || work->due == work->last ? -1 : at(&axis, work->due);
	buf_add_str(out, "<svg class=\"time\" height=\"58\" aria-hidden=\"true\">");
	line(out, "way", LEFT, LEFT + WIDTH);
	line(out, "gone", LEFT, now);
	if (item->state == BOARD_LATE || item->state == BOARD_OVERDUE)
		line(out, item->state == BOARD_LATE ? "over" : "past", at(&axis, item->due), now);
	marks_draw(out, work, &axis);
	if (due >= 0)
		mark(out, "step", due);
	if (last >= 0)
		mark(out, "end", last);
	mark(out, "now", now);
	if (last >= 0)
		label(out, last, 11, "d", arena_printf(arena, "due %s", short_day(arena, work->last)));
	if (due >= 0 && (last < 0 || due - last > APART || last - due > APART))
		label(out, due, 11, "s", arena_printf(arena, "%s %s", last < 0 ? "due" : "step", short_day(arena, work->due)));
	if (now - LEFT > APART)
		label(out, LEFT, 54, "b", arena_printf(arena, "began %s", short_day(arena, work->began)));
	label(out, now, 54, "n", "today");
	buf_add_str(out, "</svg>");
}

/* ---- On time, by week */

static void
part(struct buf *out, const char *class, double x, double wide, int *y, size_t count, size_t most)
{
	int high = count == 0 ? 0 : (int)(count * CHART / most);

	if (count > 0 && high < 3)
		high = 3;
	*y -= high;
	if (high > 0)
		buf_printf(out, "<rect class=\"%s\" x=\"%.2f%%\" y=\"%d\" width=\"%.2f%%\" height=\"%d\"/>", class, x, *y, wide, high);
}

static void
column(struct arena *arena, const struct board_rate *week, int i, size_t most, struct buf *out)
{
	double step = 100.0 / BOARD_WEEKS, x = step * i, middle = x + step / 2;
	struct civil day = date_to_civil(week->from);
	const char *words = short_day(arena, week->from);
	int y = BASE;

	part(out, "c-on", x + step * .18, step * .64, &y, week->on_time, most);
	part(out, "c-late", x + step * .18, step * .64, &y, week->late, most);
	part(out, "c-open", x + step * .18, step * .64, &y, week->open, most);
	if (week->due > 0)
		buf_printf(out, "<text class=\"v m\" x=\"%.2f%%\" y=\"%d\">%d</text>", middle, y - 5, board_percent(week));
	buf_printf(out, "<text class=\"k m\" x=\"%.2f%%\" y=\"%d\">%d</text>", middle, BASE + 16, day.day);
	if (i == 0 || day.day <= 7)
		buf_printf(out, "<text class=\"k m\" x=\"%.2f%%\" y=\"%d\">%s</text>", middle, BASE + 31, strchr(words, ' ') + 1);
}

static const char *
percent_words(struct arena *arena, const struct board_rate *rate)
{
	int percent = board_percent(rate);

	return percent == -1 ? "–" : arena_printf(arena, "%d%%", percent);
}

static void
rate_cells(struct arena *arena, const struct board_rate *rate, struct buf *out)
{
	buf_printf(out, "<td class=\"n\">%zu</td><td class=\"n\">%zu</td><td class=\"n\">%zu</td><td class=\"n\">%zu</td>"
	    "<td class=\"n\">%s</td>",
	    rate->due, rate->on_time, rate->late, rate->open, percent_words(arena, rate));
}

#define RATE_HEADS "<th scope=\"col\" class=\"n\">Fell due</th><th scope=\"col\" class=\"n\">Done in time</th>" \
	"<th scope=\"col\" class=\"n\">Done late</th><th scope=\"col\" class=\"n\">Still open</th>" \
	"<th scope=\"col\" class=\"n\">In time</th>"

void
board_weeks(struct arena *arena, const struct board_sum *sum, struct buf *out)
{
	size_t most = 1;

	for (int i = 0; i < BOARD_WEEKS; i++)
		most = sum->weeks[i].due > most ? sum->weeks[i].due : most;
	buf_printf(out, "<svg class=\"chart\" height=\"%d\" role=\"img\" aria-label=\"How much of what fell due in each of "
	    "the last %d weeks was "
	    "done in time; the table below has the figures\"><line class=\"way\" x1=\"0\" x2=\"100%%\" y1=\"%d\" "
	    "y2=\"%d\"/>", BASE + 36,
	    BOARD_WEEKS, BASE, BASE);
	for (int i = 0; i < BOARD_WEEKS; i++)
		column(arena, &sum->weeks[i], i, most, out);
	buf_add_str(out, "</svg>\n<p class=\"key\"><svg class=\"sw\" aria-hidden=\"true\"><rect class=\"c-on\" "
	    "width=\"14\" height=\"14\"/></svg>"
	    "done in time <svg class=\"sw\" aria-hidden=\"true\"><rect class=\"c-late\" width=\"14\" height=\"14\"/></svg>done late "
	    "<svg class=\"sw\" aria-hidden=\"true\"><rect class=\"c-open\" width=\"14\" height=\"14\"/></svg>still open. "
	    "Above each column: percent in time.</p>\n"
	    "<details><summary>The same in figures</summary><table><caption>By week in which it fell due</caption><thead><tr>"
	    "<th scope=\"col\">Week from</th>" RATE_HEADS "</tr></thead><tbody>\n");
	for (int i = 0; i < BOARD_WEEKS; i++) {
		buf_printf(out, "<tr><th scope=\"row\">%s</th>", board_day(arena, sum->weeks[i].from));
		rate_cells(arena, &sum->weeks[i], out);
		buf_add_str(out, "</tr>\n");
	}
	buf_add_str(out, "</tbody></table></details>\n");
}

/* ---- By team */

static void
bar(const struct board_rate *rate, struct buf *out)
{
	static const char *const classes[] = { "c-on", "c-late", "c-open" };
	size_t parts[] = { rate->on_time, rate->late, rate->open };
	double x = 0;

	buf_add_str(out, "<svg class=\"bar\" height=\"14\" aria-hidden=\"true\">");
	for (size_t i = 0; i < 3; i++) {
		double wide = 100.0 * (double)parts[i] / (double)rate->due;

		if (parts[i] > 0)
			buf_printf(out, "<rect class=\"%s\" x=\"%.2f%%\" y=\"1\" width=\"%.2f%%\" height=\"12\"/>", classes[i], x, wide);
		x += wide;
	}
	buf_add_str(out, "</svg>");
}

void
board_teams(struct arena *arena, const struct board_sum *sum, struct buf *out)
{
	buf_add_str(out, "<table class=\"teams\"><caption>By team</caption><thead><tr><th scope=\"col\">Team</th>"
	    "<th scope=\"col\" class=\"n\">In time</th><th scope=\"col\" class=\"n\">Of</th><th scope=\"col\" class=\"n\">"
	    "Still open</th><th scope=\"col\" class=\"w\">In time, late, still open</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < sum->team_count; i++) {
		const struct board_rate *rate = &sum->teams[i];

		buf_add_str(out, "<tr><th scope=\"row\">");
		board_text(out, rate->name);
		buf_printf(out, "</th><td class=\"n\">%s</td><td class=\"n\">%zu</td><td class=\"n\">%zu</td><td class=\"w\">",
		    percent_words(arena, rate), rate->due, rate->open);
		bar(rate, out);
		buf_add_str(out, "</td></tr>\n");
	}
	buf_add_str(out, "</tbody></table>\n");
}
