/* The facts that a mail tells, for classify.c and match.c.  Pure. */
#ifndef CASE_CLASSIFY_FACTS_H
#define CASE_CLASSIFY_FACTS_H

#include "case/classify.h"
#include "case/people.h"

/* Child, numbers, references, marking, received: known before the kind is. */
void	facts_of_mail(struct arena *arena, const struct pack *pack, const struct message *message,
	    instant received, struct classified *classified);
/* What the kind's extracts read.  Several holes give "service: person" pairs joined with "; ". */
void	facts_of_kind(struct arena *arena, const struct pack *pack, const struct directory *directory,
	    const struct message *message, instant received, struct classified *classified);
/* Facts with values (permission = refused), where the sender may tell them. */
void	facts_with_values(struct arena *arena, const struct people_query *query,
	    const struct message *message, struct classified *classified);
/* Would this extract find anything? */
bool	facts_can_extract(struct arena *arena, const struct message *message, const struct extract *extract);
/* Every reference of the pack's shapes in a text, as the shape writes it. */
void	facts_references(struct arena *arena, const struct pack *pack, const char *text, struct strs *found);
/* The same; where the first stands, if found was empty before.  length 0: none. */
void	references_find(struct arena *arena, const struct pack *pack, const char *text, struct strs *found,
	    size_t *start_r, size_t *length_r);

/* The service of the pack that is named so, by its name or one of its words; NULL: none. */
const char *facts_service(struct arena *arena, const struct pack *pack, const char *text);

#endif
