/*
 * A pack as one SVG page: for each strand its flow chart (laid out by dot) and
 * its reminders in time.
 */
#ifndef CTL_DRAW_H
#define CTL_DRAW_H

#include "base/buf.h"
#include "base/err.h"
#include "rule/words.h"

#define DRAW_LINE	14.0	/* height of a line of words */

/* Who acts, and the colour that stands for them. */
struct actors {
	struct strs	names;
};

struct drawing {
	struct words	 words;
	struct actors	 actors;
	int		 strand;	/* which one is being drawn: names in the SVG are told apart by it */
};

/* draw_chart.c: the strand as a graph in dot's language. */
void	draw_chart(struct drawing *drawing, const struct strand *strand, struct buf *dot);
/* Colour of whoever acts, "#rrggbb"; NULL and "" are nobody. */
const char *draw_colour(struct drawing *drawing, const char *actor);

/* draw_dot.c: -1 and a sentence if dot is missing or fails. svg: a nested picture's inside, without its <svg>. */
int	draw_dot(struct arena *arena, const struct buf *dot, char **svg_r, double *width_r, double *height_r, struct err *err);

/* draw_timeline.c: the strand's reminders from y on; returns the height taken, width_r the width. */
double	draw_timeline(struct drawing *drawing, const struct strand *strand, double y, double *width_r, struct buf *svg);

/* draw.c: the whole page; only: one strand's name, or NULL. */
int	draw_pack(struct arena *arena, const struct pack *pack, const char *only, struct buf *svg, struct err *err);

/* draw_text.c */
char	*draw_escape(struct arena *arena, const char *text);
/* Lines of at most columns characters; between them and after the last: end. Escaped. */
char	*draw_wrap(struct arena *arena, const char *text, size_t columns, const char *end, size_t *lines_r);
/* <text> with a line each, from y downwards; anchor "start" or "middle". Returns the height. */
double	draw_text(struct buf *svg, struct arena *arena, const char *text, size_t columns, double x, double y,
	    const char *anchor, const char *class);

#endif
