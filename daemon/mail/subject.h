/*
 * A subject without what mail programs, gateways and councils put before it,
 * and the protective marking that may stand in it.  Pure.
 * Fails: never.
 */
#ifndef MAIL_SUBJECT_H
#define MAIL_SUBJECT_H

#include <stdbool.h>

#include "base/arena.h"

struct subject {
	const char	*peeled;
	const char	*marking;	/* "OFFICIAL-SENSITIVE", "OFFICIAL", an older one ("PROTECT"), or "" */
	bool		 is_reply;	/* the outermost of RE: and FW: */
	bool		 is_forward;
	const char	*notice;	/* the outermost prefix of a notice ("Automatic reply"), or "" */
};

/* What only machines write before the subject of an automatic reply; ends with NULL. */
extern const char *const subject_machine_prefixes[];

void	subject_peel(struct arena *arena, const char *subject, struct subject *subject_r);

/* Is this whole line a protective marking?  Its canonical name, or NULL. */
const char *marking_of_line(const char *line);

#endif
