/*
 * The pack of which describe and draw tell.
 * Exit: 0 well, 1 found wrong.
 */
#include <stdio.h>

#include "ctl/ctl.h"
#include "ctl/describe.h"
#include "rule/read.h"

int
describe_read(struct arena *arena, const char *name, struct pack **pack_r)
{
	struct problems problems = { .arena = arena };
	struct buf out = BUF_INIT;
	bool read;

	read = pack_read(arena, place_rules(arena), place_calendars(arena), name, pack_r, &problems) == 0 && *pack_r != NULL;
	if (read && problems_errors(&problems) == 0)
		pack_check(*pack_r, NULL, &problems);
	if (!read)
		problems_print(&problems, &out);
	fputs(buf_text(&out), stderr);
	buf_free(&out);
	if (!read)
		return ctl_fail(1, "the pack %s cannot be read", name);
	if (problems_errors(&problems) > 0)
		ctl_fail(0, "the pack %s is not sound as it stands; \"advicectl check %s\" says why", name, name);
	return 0;
}
