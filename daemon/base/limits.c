/*
 * The table of limits: see limits.h.  Every role.  Pure.
 * Invariant: limits_default lies within the bounds of its rows.
 * Fails: never.
 */
#include <string.h>

#include "base/limits.h"

#define DEFAULT(member, name, unit, low, high, normal)	.member = normal,
const struct limits limits_default = { LIMITS(DEFAULT) };
#undef DEFAULT

#define ROW(member, name, unit, low, high, normal)	{ name, unit, low, high, offsetof(struct limits, member) },
const struct limit_row limit_rows[] = { LIMITS(ROW) { NULL, LIMIT_NUMBER, 0, 0, 0 } };
#undef ROW

const struct limit_row *
limit_find(const char *name)
{
	const struct limit_row *row;

	for (row = limit_rows; row->name != NULL; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

int *
limit_value(struct limits *limits, const struct limit_row *row)
{
	return (int *)(void *)((char *)limits + row->offset);
}

void
limits_words(struct arena *arena, const struct limits *limits, struct strs *words)
{
	struct limits copy = *limits;
	const struct limit_row *row;

	for (row = limit_rows; row->name != NULL; row++) {
		strs_add(arena, words, arena_printf(arena, "--%s", row->name));
		strs_add(arena, words, arena_printf(arena, "%d", *limit_value(&copy, row)));
	}
}
