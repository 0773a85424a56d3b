/* Colour on a terminal: for what stands out by its meaning, never as the only sign of it. */
#ifndef CTL_PAINT_H
#define CTL_PAINT_H

#include <stdbool.h>

#include "base/arena.h"

enum paint { PAINT_WRONG, PAINT_DOUBT, PAINT_WELL, PAINT_HEAD };	/* red, yellow, green, bold */

/* The text itself where there is to be no colour; else in the arena. */
const char *paint(struct arena *arena, bool colour, enum paint how, const char *text);
/* when: what --color says, NULL: it was not said. fd: 1 or 2. */
bool	paint_wanted(const char *when, int fd);

#endif
