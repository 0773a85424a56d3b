/* Weighing the candidates, for match.c, which gives the verdict.  Pure. */
#ifndef CASE_MATCH_WEIGH_H
#define CASE_MATCH_WEIGH_H

#include "case/match_mail.h"
#include "case/names.h"

enum birth { BIRTH_UNKNOWN, BIRTH_SAME, BIRTH_SWAPPED, BIRTH_OTHER };

struct weighed {
	const struct candidate *candidate;
	bool		 strong, token, thread, number, reference, name_birth;	/* kinds of strong evidence */
	bool		 near_name, near_reference;
	bool		 knows_name;		/* the mail and the case both name the child */
	enum names_alike name;
	enum birth	 birth;
	bool		 other_reference, other_child;
};

struct weighing {
	struct arena		*arena;
	struct opening		 opening;
	const char		*cannot_open;	/* NULL: the mail may open a case */
	struct own		 own;
	const char		*words;		/* the mail's own, folded */
	struct weighed		*list;
	size_t			 count;
	struct matched		*matched;
};

/* Fills list: each candidate with what speaks for it and against it, said in matched->evidence. */
void	match_weigh(struct weighing *w, const struct candidate *candidates, size_t count);

bool	match_known(const char *text);			/* neither NULL nor "" */
bool	match_same(const char *a, const char *b);	/* both known, and equal */
/* "EHC-20417", else "case 12". */
const char *match_candidate_name(const struct weighing *w, const struct candidate *candidate);

#endif
