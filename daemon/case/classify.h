/*
 * What a mail is to a pack: its kind, the facts it tells, who sent it.
 * Pure.  Classifying precedes matching: a condition on a role of the case
 * (from = "worker") stays open until the case is known, so the result is a list
 * of possible kinds in file order, settled by classify_settle().
 */
#ifndef CASE_CLASSIFY_H
#define CASE_CLASSIFY_H

#include "case/case.h"

struct found_fact {
	const char	*name, *value;
	enum text_source source;
	bool		 said;		/* labelled in the mail (not from received) */
	uint32_t	 document;	/* where it stands: in the text of source, of this attachment; */
	uint32_t	 start, length;	/* length 0: nowhere */
};

struct near_kind {			/* did not match, and why not */
	const struct kind *kind;
	const char	*why;
};

struct classified {
	const struct kind **possible;	/* in file order; the first that settles is the kind */
	bool		*conditional;	/* possible[i] hangs on a role of the case */
	size_t		 possible_count;
	const struct kind *kind;	/* settled; NULL: other */
	struct near_kind *near_kinds;
	size_t		 near_count;
	const char	*sender_role;	/* first role in file order that the sender fits without a case, or NULL */
	bool		 from_domain;	/* sender in one of the pack's domains */
	bool		 from_directory;	/* and a person of the directory */
	struct found_fact *facts;	/* of the mail itself and of the settled kind's extracts */
	size_t		 fact_count;
	struct strs	 references;	/* canonical; new text and subject first, quoted after */
	size_t		 strong_references;	/* how many of them do not stand only in quoted history */
	const struct alert **alerts;
	size_t		 alert_count;
};

void	classify(struct arena *arena, const struct pack *pack, const struct directory *directory,
	    const struct message *message, instant received, struct classified **classified_r);

/* Settle the kind for a case (state NULL: a case that does not exist yet) and read its extracts. */
void	classify_settle(struct arena *arena, const struct pack *pack, const struct world *world,
	    const struct message *message, instant received, const struct case_state *state,
	    struct classified *classified);

/* The value of a fact found in the mail, or NULL. */
const char *classified_fact(const struct classified *classified, const char *name);

#endif
