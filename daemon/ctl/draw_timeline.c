/*
 * A strand's reminders in time: for each stage a line with its date as zero,
 * what goes out before it on the left and after it on the right.  Steps are
 * set evenly, so that words never touch; the words say how many days.
 * Invariant: every rung that runs in the strand stands on a line.
 * Fails: never.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/draw.h"

#define NAME_WIDTH	220.0
#define STEP		150.0
#define COLUMNS		22	/* characters that fit into a step */
#define NAME_COLUMNS	32
#define FIRST		22.0	/* from the line down to the first words */

struct mark {
	int		  days;		/* roughly: only for order */
	const char	 *when, *what;
	bool		  higher;	/* goes to someone above */
};

struct line {
	const char	*names;		/* stages that share it */
	const char	*zero;		/* what the line counts from */
	const char	*key;		/* the same for lines that say the same */
	struct mark	*marks;	size_t mark_count;
};

struct lines {
	struct line	*v;
	size_t		 n;
};

static int
days_of(const struct date_term *term)
{
	static const int tenths[] = { [UNIT_DAY] = 10, [UNIT_WORKING_DAY] = 14, [UNIT_WEEK] = 70, [UNIT_MONTH] = 304,
		[UNIT_YEAR] = 3652 };
	int days = 0;

	for (size_t i = 0; i < term->step_count; i++)
		days += term->steps[i].n * tenths[term->steps[i].unit];
	return days;
}

static bool
counts_from_one(const struct date_expr *at)
{
	return at->term_count == 1 && at->terms[0].weekday < 0 && at->terms[0].beginning_n == 0 &&
	    at->terms[0].no_later_than == NULL;
}

static void
add_mark(struct drawing *drawing, struct line *line, const struct row *rung)
{
	struct words *words = &drawing->words;
	struct arena *arena = words->arena;
	bool one = counts_from_one(&rung->at);
	const char *provided = words_provided(words, rung), *repeat = words_repeat(arena, &rung->every), *goes = words_goes(words, rung);
	const char *steps = one ? words_steps(arena, &rung->at.terms[0]) : "", *acts = words_acts(words, rung);
	struct mark mark = { .days = one ? days_of(&rung->at.terms[0]) : 0 };
	size_t i;

	mark.when = steps[0] == '\0' ? "on the day" : steps;
	mark.what = arena_printf(arena, "%s%s%s%s%s%s%s", provided, provided[0] == '\0' ? "" : ", ", acts,
	    acts[0] == '\0' || goes[0] == '\0' ? "" : "; ", goes, repeat[0] == '\0' ? "" : " ↻ ", repeat);
	for (i = 0; i < rung->act_count; i++)
		mark.higher |= rung->acts[i].word == ACT_ESCALATE;
	arena_push(arena, line->marks, line->mark_count);
	for (i = line->mark_count - 1; i > 0 && line->marks[i - 1].days > mark.days; i--)
		line->marks[i] = line->marks[i - 1];
	line->marks[i] = mark;
	line->key = arena_printf(arena, "%s|%s|%s", line->key, mark.when, mark.what);
}

/* A ladder gives a line for each thing that its rungs count from. */
static void
ladder_lines(struct drawing *drawing, struct lines *lines, const char *name, const struct ladder *ladder)
{
	struct words *words = &drawing->words;
	struct lines fresh = { NULL, 0 };

	for (size_t i = 0; i < ladder->rungs.n; i++) {
		const struct row *rung = &ladder->rungs.v[i];
		const char *zero = counts_from_one(&rung->at) ? words_day(words, rung->at.terms[0].base) : words_date(words, &rung->at);
		size_t l = 0;

		while (l < fresh.n && strcmp(fresh.v[l].zero, zero) != 0)
			l++;
		if (l == fresh.n)
			*(struct line *)arena_push(words->arena, fresh.v, fresh.n) =
			    (struct line){ .names = name, .zero = zero, .key = zero };
		add_mark(drawing, &fresh.v[l], rung);
	}
	for (size_t i = 0; i < fresh.n; i++) {
		struct line *same = NULL;

		for (size_t l = 0; l < lines->n && same == NULL; l++)
			if (strcmp(lines->v[l].key, fresh.v[i].key) == 0)
				same = &lines->v[l];
		if (same == NULL)
			*(struct line *)arena_push(words->arena, lines->v, lines->n) = fresh.v[i];
		else if (strstr(same->names, name) == NULL)
			same->names = arena_printf(words->arena, "%s, %s", same->names, name);
	}
}

static void
question_line(struct drawing *drawing, struct lines *lines, const char *name)
{
	const struct question *question = pack_question(drawing->words.pack, name);
	const struct ladder *ladder = question == NULL ? NULL : pack_ladder(drawing->words.pack, question->ladder);

	if (ladder == NULL)
		return;
	drawing->words.them = "whoever was asked";
	ladder_lines(drawing, lines, words_quoted(&drawing->words, name), ladder);
	drawing->words.them = NULL;
}

static void
questions_of_rows(struct drawing *drawing, struct lines *lines, const struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		for (size_t a = 0; a < rows->v[i].act_count; a++)
			if (rows->v[i].acts[a].word == ACT_ASK)
				question_line(drawing, lines, rows->v[i].acts[a].value);
}

static void
stage_lines(struct drawing *drawing, struct lines *lines, struct lines *questions, const struct stage *stage)
{
	struct words *words = &drawing->words;

	words->them = stage->waits_for.n == 0 ? NULL : words_recipients(words, &stage->waits_for, "and");
	words->due = stage->due == NULL ? NULL : words_day(words, stage->due);
	for (size_t i = 0; i < stage->ladder_count; i++) {
		const struct ladder *ladder = stage->ladders[i].own != NULL ? stage->ladders[i].own :
		    pack_ladder(words->pack, stage->ladders[i].name);

		if (ladder != NULL)
			ladder_lines(drawing, lines, words_plain(words, stage->name), ladder);
	}
	words->them = words->due = NULL;
	if (stage->ask != NULL)
		question_line(drawing, questions, stage->ask);
	questions_of_rows(drawing, questions, &stage->entry);
	questions_of_rows(drawing, questions, &stage->choose);
	questions_of_rows(drawing, questions, &stage->on);
}

/* ---- Drawing */

static size_t
before_zero(const struct line *line)
{
	size_t before = 0;

	while (before < line->mark_count && line->marks[before].days < 0)
		before++;
	return before;
}

static size_t
after_zero(const struct line *line)
{
	size_t after = 0;

	while (after < line->mark_count && line->marks[line->mark_count - 1 - after].days > 0)
		after++;
	return after;
}

static size_t
lines_needed(struct arena *arena, const char *text, size_t columns)
{
	size_t lines;

	draw_wrap(arena, text, columns, "\n", &lines);
	return lines;
}

static void
draw_mark(struct arena *arena, const struct mark *mark, double x, double y, struct buf *svg)
{
	buf_printf(svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"6\" class=\"%s\"/>\n", x, y, mark->higher ? "higher" : "reminder");
	if (mark->days != 0)
		draw_text(svg, arena, mark->when, COLUMNS, x, y - 14, "middle", "when");
}

/* Returns its height. */
static double
draw_line(struct drawing *drawing, const struct line *line, size_t before, size_t after, double y, struct buf *svg)
{
	struct arena *arena = drawing->words.arena;
	double zero = NAME_WIDTH + STEP * ((double)before + 0.5), right = zero + STEP * ((double)after + 0.5), x, axis;
	size_t mine = before_zero(line), top = lines_needed(arena, line->zero, COLUMNS), below = 0, name;
	size_t at_zero = line->mark_count - mine - after_zero(line);
	double under = 0;

	name = lines_needed(arena, line->names, NAME_COLUMNS);
	axis = y + DRAW_LINE * (double)top + 8;
	buf_printf(svg, "<path d=\"M%.1f %.1f H%.1f\" class=\"axis\"/>\n", NAME_WIDTH, axis, right);
	draw_text(svg, arena, line->names, NAME_COLUMNS, 0, axis - 4, "start", "name");
	draw_text(svg, arena, line->zero, COLUMNS, zero, y + 4, "middle", "zero");
	buf_printf(svg, "<path d=\"M%.1f %.1f l8 8 l-8 8 l-8 -8 z\" class=\"date\"/>\n", zero, axis - 8);
	for (size_t i = 0; i < line->mark_count; i++) {
		const struct mark *mark = &line->marks[i];
		bool at = mark->days == 0;	/* several then stand one under the other */
		double lower;

		x = at ? zero : i < mine ? zero - STEP * (double)(mine - i) : zero + STEP * (double)(i - mine - at_zero + 1);
		draw_mark(arena, mark, x, axis, svg);
		lower = draw_text(svg, arena, mark->what, COLUMNS, x, axis + FIRST + (at ? under : 0), "middle", "what");
		under += at ? lower + 4 : 0;
		if (lines_needed(arena, mark->what, COLUMNS) > below)
			below = lines_needed(arena, mark->what, COLUMNS);
	}
	if (under > DRAW_LINE * (double)below)
		below = (size_t)(under / DRAW_LINE) + 1;
	if (name > below)
		below = name;
	return axis - y + FIRST + DRAW_LINE * (double)below + 16;
}

static double
draw_lines(struct drawing *drawing, const struct lines *lines, const char *title, double y, double *width_r, struct buf *svg)
{
	size_t before = 0, after = 0;
	double at = y;

	if (lines->n == 0)
		return 0;
	for (size_t i = 0; i < lines->n; i++) {
		before = before_zero(&lines->v[i]) > before ? before_zero(&lines->v[i]) : before;
		after = after_zero(&lines->v[i]) > after ? after_zero(&lines->v[i]) : after;
	}
	if (NAME_WIDTH + STEP * (double)(before + after + 1) > *width_r)
		*width_r = NAME_WIDTH + STEP * (double)(before + after + 1);
	buf_printf(svg, "<text x=\"0\" y=\"%.1f\" class=\"heading\">%s</text>\n", at + 14, draw_escape(drawing->words.arena, title));
	at += 44;
	for (size_t i = 0; i < lines->n; i++)
		at += draw_line(drawing, &lines->v[i], before, after, at, svg);
	return at - y + 10;
}

double
draw_timeline(struct drawing *drawing, const struct strand *strand, double y, double *width_r, struct buf *svg)
{
	struct lines lines = { NULL, 0 }, questions = { NULL, 0 };
	double height;

	for (size_t i = 0; i < strand->stage_count; i++)
		stage_lines(drawing, &lines, &questions, &strand->stages[i]);
	ladder_lines(drawing, &lines, "At any stage", &strand->always_ladder);
	questions_of_rows(drawing, &questions, &strand->always);
	*width_r = 0;
	height = draw_lines(drawing, &lines, "Reminders, stage by stage", y, width_r, svg);
	return height + draw_lines(drawing, &questions, "Reminders of questions", y + height, width_r, svg);
}
