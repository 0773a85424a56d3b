/*
 * The set of rule lines that have decided something.  Runs wherever decide()
 * does, and fills only in advicectl test.
 * Invariant: a line stands in it once.
 * Fails: never.
 */
#include <string.h>

#include "case/reached.h"

static bool
same(const struct reached_line *line, struct where where, const char *name)
{
	if (line->where.line != where.line || strcmp(line->where.file, where.file) != 0)
		return false;
	return name == NULL ? line->name == NULL : line->name != NULL && strcmp(line->name, name) == 0;
}

bool
reached_has(const struct reached *reached, struct where where, const char *name)
{
	for (size_t i = 0; where.file != NULL && i < reached->n; i++)
		if (same(&reached->v[i], where, name))
			return true;
	return false;
}

void
reached_add(struct reached *reached, struct where where, const char *name)
{
	struct reached_line *line;

	if (reached == NULL || where.file == NULL || reached_has(reached, where, name))
		return;
	line = arena_push(reached->arena, reached->v, reached->n);
	line->where = (struct where){ arena_strdup(reached->arena, where.file), where.line };
	line->name = arena_strdup(reached->arena, name);
}
