/*
 * What guards the way out: may an address be written to now, does it only
 * look like one of ours.  Pure.  The other half, what goes along and whether
 * it is another child's, is in match.h (guard_outward).
 */
#ifndef CASE_OUTWARD_H
#define CASE_OUTWARD_H

#include "case/case.h"

/*
 * Promise right-people, for one address whoever found it: in a domain of the pack, and in the directory unless a role
 * names it.  why_r (may be NULL): a sentence without a full stop where it may not be written to.
 */
bool	outward_may_write(struct arena *arena, const struct pack *pack, const struct world *world, const char *address,
	    const char **why_r);

/* The pack's domain that the address's is made to look like; NULL: none, or the pack itself names it. */
const char *outward_imitates(const struct pack *pack, const char *address);

/* The domains outside the pack's to which a mail was addressed as well, each once. */
struct strs outward_outsiders(struct arena *arena, const struct pack *pack, const struct message *mail);

#endif
