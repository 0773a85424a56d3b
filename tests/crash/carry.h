/*
 * Frames on their way between roles that are functions in one process, and the
 * parser among these roles.  For the crash sweep's house and that of
 * tests/torture.
 */
#ifndef CRASH_CARRY_H
#define CRASH_CARRY_H

#include <stdbool.h>

#include "ipc/frame.h"

struct carried {
	struct carried	*next;
	bool		 to_core;
	char		 peer[64];	/* whom it is for, or who said it */
	struct frame	 frame;
};

struct carrier {
	struct carried	*first, **end;
};

void	carrier_begin(struct carrier *carrier);
/* A copy of the frame, descriptors and all. */
void	carry(struct carrier *carrier, bool to_core, const char *peer, const struct frame *frame);
/* The first one, taken off; NULL when nothing is on its way. */
struct carried *carrier_next(struct carrier *carrier);
void	carried_free(struct carried *carried);
/* A WIRE_PARSE is answered: by the real parser, but without its process, which a mail with this header line would end. */
void	carry_parsed(struct carrier *carrier, struct frame *frame, const char *ends);

#endif
