/*
 * A strand as a graph for dot: stages are boxes that say what they wait for
 * and what is done on arrival; arrows say which mail or answer leads on.
 * Invariant: every stage is a box, every way out of one an arrow.
 * Fails: never.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/draw.h"
#include "rule/pattern.h"

#define BOX	40	/* characters a line */
#define LABEL	32
#define SMALL	"<FONT POINT-SIZE=\"11\">"
#define LEFT	"<BR ALIGN=\"LEFT\"/>"

const char *
draw_colour(struct drawing *drawing, const char *actor)
{
	static const char *const colours[] = { "#cfe3f7", "#fde2b8", "#d5efcf", "#f6cfd8", "#e3d7f4", "#c9ecea", "#f7f0b2",
		"#e8d9c8", "#dfe8a6", "#f3c9ef", "#b9d3c2", "#ffd0b0" };
	size_t i = 0;

	if (actor == NULL || actor[0] == '\0')
		return "#f2f2f2";
	while (i < drawing->actors.names.n && strcmp(drawing->actors.names.v[i], actor) != 0)
		i++;
	if (i == drawing->actors.names.n)
		strs_add(drawing->words.arena, &drawing->actors.names, actor);
	return colours[i % (sizeof colours / sizeof *colours)];
}

/* ---- A stage's box */

static const struct recipients *
asked(const struct drawing *drawing, const struct stage *stage)
{
	const struct question *question = stage->ask == NULL ? NULL : pack_question(drawing->words.pack, stage->ask);

	return stage->ask_of.n > 0 ? &stage->ask_of : question != NULL ? &question->of : NULL;
}

/* The first of whom it waits for gives the colour: who covers for them does not matter here. */
static const char *
actor(const struct drawing *drawing, const struct stage *stage)
{
	const struct recipients *of = stage->waits_for.n > 0 ? &stage->waits_for : asked(drawing, stage);
	const struct recipient_choice *first = of == NULL || of->n == 0 || of->v[0].choice_count == 0 ? NULL : of->v[0].choices;

	if (first == NULL)
		return "";
	return first->manager ? arena_printf(drawing->words.arena, "%s’s manager", words_role(&drawing->words, first->role)) :
	    words_role(&drawing->words, first->role);
}

static void
cell(struct drawing *drawing, struct buf *dot, const char *before, const char *text, const char *after)
{
	if (text[0] != '\0')
		buf_printf(dot, "<TR><TD ALIGN=\"LEFT\" BALIGN=\"LEFT\">%s%s%s</TD></TR>", before,
		    draw_wrap(drawing->words.arena, text, BOX, LEFT, NULL), after);
}

static char *
waits_text(struct drawing *drawing, const struct stage *stage)
{
	struct arena *arena = drawing->words.arena;
	const struct recipients *of = asked(drawing, stage);
	const char *text = "";

	if (stage->waits_for.n > 0)
		text = arena_printf(arena, "Waits for %s%s%s%s%s", words_recipients(&drawing->words, &stage->waits_for, "and"),
		    stage->wants == NULL ? "" : ": ", stage->wants == NULL ? "" : words_said(arena, stage->wants),
		    stage->due == NULL ? "" : "; by ", stage->due == NULL ? "" : words_day(&drawing->words, stage->due));
	if (stage->ask != NULL)
		text = arena_printf(arena, "%s%sAsks %s: %s", text, text[0] == '\0' ? "" : ". ",
		    of == NULL ? "" : words_recipients(&drawing->words, of, "and"), words_quoted(&drawing->words, stage->ask));
	if (stage->waits != NULL)
		text = arena_printf(arena, "Waits: %s", stage->waits);
	if (stage->one_for_each != NULL)
		text = arena_printf(arena, "One line of work for each %s", words_plain(&drawing->words, stage->one_for_each));
	return arena_strdup(arena, text);
}

static bool
moves(const struct row *row)
{
	return row->go != NULL;
}

static bool
people_see(const struct act *act)
{
	return act->word == ACT_FORWARD || act->word == ACT_SEND || act->word == ACT_REPLY || act->word == ACT_REMIND ||
	    act->word == ACT_ESCALATE || act->word == ACT_ASK || act->word == ACT_HOLD || act->word == ACT_END;
}

/* The row with what somebody sees of it; what is merely noted stands in describe alone. */
static struct row
seen(struct arena *arena, const struct row *row)
{
	struct row shown = *row;

	shown.acts = NULL;
	shown.act_count = 0;
	shown.starts = NULL;
	for (size_t i = 0; i < row->act_count; i++)
		if (people_see(&row->acts[i]))
			*arena_push(arena, shown.acts, shown.act_count) = row->acts[i];
	return shown;
}

static void
box_rows(struct drawing *drawing, struct buf *dot, const struct rows *rows, const char *mark)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct row row = seen(drawing->words.arena, &rows->v[i]);

		if (!moves(&row) && row.act_count > 0)
			cell(drawing, dot, SMALL, arena_printf(drawing->words.arena, "%s%s", mark, words_row(&drawing->words, &row)),
			    "</FONT>");
	}
}

static void
box(struct drawing *drawing, const struct stage *stage, size_t no, struct buf *dot)
{
	struct words *words = &drawing->words;
	bool junction = stage->waits_for.n == 0 && stage->ask == NULL && stage->waits == NULL && !stage->final;
	char *name = words_plain(words, stage->name);

	words->them = stage->waits_for.n == 0 ? NULL : words_recipients(words, &stage->waits_for, "and");
	words->due = stage->due == NULL ? NULL : words_day(words, stage->due);
	if (name[0] >= 'a' && name[0] <= 'z')
		name[0] = (char)(name[0] - 'a' + 'A');
	buf_printf(dot, "s%zu [id=\"w%ds%zu\", tooltip=\" \", label=<<TABLE BORDER=\"%d\" CELLBORDER=\"0\" CELLSPACING=\"0\" "
	    "CELLPADDING=\"3\" "
	    "COLOR=\"#444444\" BGCOLOR=\"%s\"%s><TR><TD><FONT POINT-SIZE=\"15\"><B>%s</B></FONT></TD></TR>", no, drawing->strand, no,
	    stage->final ? 2 : 1, stage->final ? "#dddddd" : junction ? "#ffffff" : draw_colour(drawing, actor(drawing, stage)),
	    stage->final ? " STYLE=\"ROUNDED\"" : junction ? " STYLE=\"DASHED\"" : "", draw_escape(words->arena, name));
	cell(drawing, dot, "<I>", waits_text(drawing, stage), "</I>");
	box_rows(drawing, dot, &stage->entry, "▸ ");
	box_rows(drawing, dot, &stage->choose, "▸ ");
	box_rows(drawing, dot, &stage->on, "• ");
	buf_add_str(dot, "</TABLE>>];\n");
	words->them = words->due = NULL;
}

/* ---- Arrows */

struct arrow {
	size_t		 from, to;	/* stages; FROM_*: another box */
	bool		 timed;		/* nobody does anything: time passes */
	struct strs	 labels;
};

#define FROM_BEGIN	((size_t)-1)
#define FROM_ANY	((size_t)-2)
#define TO_BACK		((size_t)-3)

struct arrows {
	struct arrow	*v;
	size_t		 n;
};

static size_t
stage_no(const struct strand *strand, const char *name)
{
	for (size_t i = 0; i < strand->stage_count; i++)
		if (strcmp(strand->stages[i].name, name) == 0)
			return i;
	return TO_BACK;
}

static char *
short_event(struct drawing *drawing, const struct row *row)
{
	struct words *words = &drawing->words;
	const char *from = row->from.n == 0 ? "" : arena_printf(words->arena, " from %s", words_role_texts(words, &row->from, "or"));

	if (row->event == ON_KIND)
		return arena_printf(words->arena, "%s%s", words_quoted_list(words, &row->names, "or"), from);
	if (row->event == ON_ANSWER)
		return arena_printf(words->arena, "%s%s", strs_has(&row->names, "any") ? "any answer" :
		    words_list(words->arena, &row->names, "or"), from);
	if (row->event == ON_COMMAND)
		return arena_printf(words->arena, "%s%s", pattern_source(row->command), from);
	return words_event(words, row);
}

/* left: others stand above it, so that without a condition it takes what is left. */
static char *
arrow_label(struct drawing *drawing, const struct row *row, bool left)
{
	struct words *words = &drawing->words;
	const struct row shown = seen(words->arena, row);
	const char *event = short_event(drawing, row), *provided = words_provided(words, row);
	const char *acts = shown.act_count == 0 ? "" : words_acts(words, &shown);
	const char *text = row->at.term_count > 0 ? words_date(words, &row->at) : event;

	if (text[0] == '\0' && provided[0] == '\0')
		text = left ? "otherwise" : "straight away";
	if (provided[0] != '\0')
		text = arena_printf(words->arena, "%s%s%s", text, text[0] == '\0' ? "" : ", ", provided);
	return acts[0] == '\0' ? arena_strdup(words->arena, text) : arena_printf(words->arena, "%s: %s", text, acts);
}

/* One arrow for all the ways from one box to another. */
static void
add_arrows(struct drawing *drawing, struct arrows *arrows, const struct strand *strand, size_t from, const struct rows *rows)
{
	for (size_t r = 0; r < rows->n; r++) {
		const struct row *row = &rows->v[r];
		bool timed = row->at.term_count > 0;
		struct arrow *arrow = NULL;
		size_t to;

		if (!moves(row))
			continue;
		to = stage_no(strand, row->go);
		for (size_t i = 0; i < arrows->n && arrow == NULL; i++)
			if (arrows->v[i].from == from && arrows->v[i].to == to && arrows->v[i].timed == timed)
				arrow = &arrows->v[i];
		if (arrow == NULL) {
			arrow = arena_push(drawing->words.arena, arrows->v, arrows->n);
			*arrow = (struct arrow){ from, to, timed, { NULL, 0 } };
		}
		strs_add_new(drawing->words.arena, &arrow->labels, arrow_label(drawing, row, r > 0));
	}
}

static void
stage_arrows(struct drawing *drawing, struct arrows *arrows, const struct strand *strand, size_t no)
{
	const struct stage *stage = &strand->stages[no];
	struct words *words = &drawing->words;

	words->them = stage->waits_for.n == 0 ? NULL : words_recipients(words, &stage->waits_for, "and");
	words->due = stage->due == NULL ? NULL : words_day(words, stage->due);
	add_arrows(drawing, arrows, strand, no, &stage->entry);
	add_arrows(drawing, arrows, strand, no, &stage->choose);
	add_arrows(drawing, arrows, strand, no, &stage->on);
	for (size_t i = 0; i < stage->ladder_count; i++) {
		const struct ladder *ladder = stage->ladders[i].own != NULL ? stage->ladders[i].own :
		    pack_ladder(words->pack, stage->ladders[i].name);

		if (ladder != NULL)
			add_arrows(drawing, arrows, strand, no, &ladder->rungs);
	}
	words->them = words->due = NULL;
}

static const char *
box_name(struct arena *arena, size_t no)
{
	return no == FROM_BEGIN ? "begin" : no == FROM_ANY ? "any" : no == TO_BACK ? "back" : arena_printf(arena, "s%zu", no);
}

static void
print_arrow(struct drawing *drawing, const struct arrow *arrow, size_t no, struct buf *dot)
{
	struct arena *arena = drawing->words.arena;

	buf_printf(dot, "%s -> %s [id=\"w%da%zu\", %slabel=<<TABLE BORDER=\"0\" CELLBORDER=\"0\" "
	    "CELLSPACING=\"0\" CELLPADDING=\"4\">",
	    box_name(arena, arrow->from), box_name(arena, arrow->to), drawing->strand, no,
	    arrow->timed ? "style=dashed, " : arrow->from == FROM_BEGIN ? "penwidth=2, weight=4, " : "");
	for (size_t i = 0; i < arrow->labels.n; i++)
		buf_printf(dot, "<TR><TD ALIGN=\"LEFT\" BALIGN=\"LEFT\">%s</TD></TR>", draw_wrap(arena, arrow->labels.n > 1 ?
		    arena_printf(arena, "• %s", arrow->labels.v[i]) : arrow->labels.v[i], LABEL, LEFT, NULL));
	buf_add_str(dot, "</TABLE>>];\n");
}

/* A box that is no stage: where work begins, what holds at any stage, going back. */
static void
other_box(struct drawing *drawing, const char *name, const char *title, const struct rows *rows, const char *style,
    struct buf *dot)
{
	buf_printf(dot, "%s [id=\"w%d%s\", tooltip=\" \", label=<<TABLE BORDER=\"1\" CELLBORDER=\"0\" CELLSPACING=\"0\" "
	    "CELLPADDING=\"3\" "
	    "COLOR=\"#444444\" BGCOLOR=\"#ffffff\" STYLE=\"%s\"><TR><TD><B>%s</B></TD></TR>", name, drawing->strand, name, style,
	    draw_escape(drawing->words.arena, title));
	if (rows != NULL)
		box_rows(drawing, dot, rows, "• ");
	buf_add_str(dot, "</TABLE>>];\n");
}

static bool
has_end(const struct arrows *arrows, size_t no)
{
	for (size_t i = 0; i < arrows->n; i++)
		if (arrows->v[i].from == no || arrows->v[i].to == no)
			return true;
	return false;
}

void
draw_chart(struct drawing *drawing, const struct strand *strand, struct buf *dot)
{
	struct arrows arrows = { NULL, 0 };

	buf_printf(dot, "digraph strand {\n"
	    "graph [id=\"w%d\", rankdir=TB, nodesep=0.35, ranksep=0.45, bgcolor=transparent, fontname=\"Helvetica\"];\n"
	    "node [shape=plain, fontname=\"Helvetica\", fontsize=12];\n"
	    "edge [fontname=\"Helvetica\", fontsize=11, color=\"#444444\", arrowsize=0.8];\n", drawing->strand);
	add_arrows(drawing, &arrows, strand, FROM_BEGIN, &strand->begins);
	for (size_t i = 0; i < strand->stage_count; i++)
		stage_arrows(drawing, &arrows, strand, i);
	add_arrows(drawing, &arrows, strand, FROM_ANY, &strand->always);
	add_arrows(drawing, &arrows, strand, FROM_ANY, &strand->always_ladder.rungs);
	other_box(drawing, "begin", "Begins", NULL, "ROUNDED", dot);
	for (size_t i = 0; i < strand->stage_count; i++)
		box(drawing, &strand->stages[i], i, dot);
	if (strand->always.n > 0 || has_end(&arrows, FROM_ANY))
		other_box(drawing, "any", "At any stage", &strand->always, "DASHED", dot);
	if (has_end(&arrows, TO_BACK))
		other_box(drawing, "back", "Back to where it stood", NULL, "ROUNDED", dot);
	for (size_t i = 0; i < arrows.n; i++)
		print_arrow(drawing, &arrows.v[i], i, dot);
	buf_add_str(dot, "}\n");
}
