/*
 * Whether what only few mails need is there: see parse_rest.h.  Runs in
 * adviced-parse.
 * Invariant: what is at file scope is one process's: a child that missed
 * something says so and ends.
 * Fails: never.
 */
#include "mail/parse_rest.h"

static bool loaded, missed;

void
parse_rest_came(void)
{
	loaded = true;
}

bool
parse_rest_loaded(void)
{
	missed |= !loaded;
	return loaded;
}

bool
parse_rest_missed(void)
{
	return missed;
}
