/* What a mail itself says of its child, for match.c.  Pure. */
#ifndef CASE_MATCH_MAIL_H
#define CASE_MATCH_MAIL_H

#include "case/match.h"

/* NULL where the mail does not say it, or only in quoted history or in a form. */
struct own {
	const char	*reference;
	const char	*name;		/* folded */
	const char	*nhs_number, *upn;
	dayno		 born;		/* DAY_NONE */
};
struct own match_own(struct arena *arena, const struct classified *classified);
/* Subject, new and forwarded text and file names, folded like a name: where a child may be named without a label. */
const char *match_own_words(struct arena *arena, const struct message *message);

/* Two references, numbers, birth dates, or names that cannot be one child's. */
bool	match_several_children(struct arena *arena, const struct message *message,
	    const struct classified *classified);

struct opening {
	struct arena		*arena;
	const struct pack	*pack;
	const struct message	*message;
	const struct classified	*classified;
};
/* Does any strand begin with a mail of this kind? */
bool	match_begins_a_strand(const struct pack *pack, const char *kind);
/* NULL if the mail may open a case by itself, else why it may not. */
const char *match_cannot_open(const struct opening *opening);

#endif
