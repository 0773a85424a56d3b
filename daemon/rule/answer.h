/* An answer's form as people meet it. */
#ifndef RULE_ANSWER_H
#define RULE_ANSWER_H

#include "base/arena.h"

/* "AMEND {words}" as people read it: "AMEND (your words)". */
char	*answer_shown(struct arena *arena, const char *answer);
/* What a reply begins with: "AMEND ". */
char	*answer_begins(struct arena *arena, const char *answer);

#endif
