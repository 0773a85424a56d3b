/*
 * Colour on a terminal.  Run by advicectl, and by core for an advicectl that
 * asks for it.
 * Fails: never; where it is not sure, there is no colour.
 */
#include "ctl/paint.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *
paint(struct arena *arena, bool colour, enum paint how, const char *text)
{
	static const char *const codes[] = {
		[PAINT_WRONG] = "1;31", [PAINT_DOUBT] = "33", [PAINT_WELL] = "32", [PAINT_HEAD] = "1",
	};

	return !colour || *text == '\0' ? text : arena_printf(arena, "\033[%sm%s\033[0m", codes[how], text);
}

/* NO_COLOR: https://no-color.org */
bool
paint_wanted(const char *when, int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != NULL && strcmp(when, "always") == 0)
		return true;
	if (when != NULL && strcmp(when, "never") == 0)
		return false;
	return (no == NULL || *no == '\0') && term != NULL && strcmp(term, "dumb") != 0 && isatty(fd);
}
