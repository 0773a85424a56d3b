/* What templates may ask about a case: facts, deadlines, roles' names, texts, strands. Pure. */
#ifndef CASE_FIELDS_H
#define CASE_FIELDS_H

#include "case/case.h"
#include "rule/template.h"

struct fields {				/* ctx of the template_source */
	const struct pack	*pack;
	const struct world	*world;
	const struct case_state	*state;
	const struct outgoing	*mail;
	instant			 now;
	struct arena		*arena;		/* where what was worked out once is kept for the rest of the mail; NULL: nothing is */
	struct field_said	*said;		size_t said_count;	/* by fields.c alone */
};

struct template_source fields_source(struct fields *fields);

/* No child's name, birth date, NHS number or UPN in a subject (promise no-leak): the word found, or NULL. */
const char *fields_leak(struct arena *arena, const struct case_state *state, const char *subject);

#endif
