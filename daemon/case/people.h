/*
 * From roles to people.  Pure.  Promise right-people: an address comes only
 * from a role, must be in a domain of the pack, and a person must be in the
 * directory.  Someone absent gives way to their cover, else their manager, and
 * says so.
 */
#ifndef CASE_PEOPLE_H
#define CASE_PEOPLE_H

#include "case/case.h"

struct people_query {
	const struct pack	*pack;
	const struct world	*world;
	const struct case_state	*state;		/* may be NULL */
	int			 strand;	/* 0 */
	dayno			 on;
	const struct recipients	*them;		/* whom "them" means, or NULL */
	const struct strs	*them_addresses;	/* or these, when it is a question's */
	const char		*sender;	/* address, or NULL */
	struct strs		 pass_over;	/* people being chased: an "else" passes over them */
	bool			 escalating;	/* and none of them stands in for somebody above them */
	bool			 keep_absent;	/* do not give way to cover */
	int			 depth;		/* our own recursion through roles; callers leave it 0 */
};

struct people {
	struct strs	 addresses;	/* nobody: n == 0 */
	struct strs	 notes;		/* "callum.strickland@... is away until 30 Nov 2026: bronwen.tully@... instead" */
	struct strs	 refused;	/* why an address was left out: domain, not in the directory */
};

void	people_of_role(struct arena *arena, const struct people_query *query, const char *role, struct people *people_r);
/* One recipient ("A else B", "worker's manager"): the first choice that gives somebody. */
void	people_of(struct arena *arena, const struct people_query *query,
	    const struct recipient *recipient, struct people *people_r);
/* All of a list; names_nobody_r: the text of the first that gave nobody, or NULL. */
void	people_of_all(struct arena *arena, const struct people_query *query,
	    const struct recipients *recipients, struct people *people_r, const char **names_nobody_r);
/* Does the address fit one of these (kinds' and rows' from)? */
bool	people_fits(struct arena *arena, const struct people_query *query,
	    const struct recipients *recipients, const char *address);
/* The same for a role as rules write it: "worker", "worker's manager", "their manager". */
bool	people_fits_text(struct arena *arena, const struct people_query *query, const char *text,
	    const char *address);
/* May the daemon write to a domain like this one's? */
bool	people_in_domains(const struct pack *pack, const char *address);
/* Does the role hang on a case (a worker on it, the record, a team of one of them)? */
bool	people_needs_case(const struct pack *pack, const char *text);
/* The service that a person's team belongs to, or NULL. */
const char *people_service(const struct pack *pack, const struct person *person);

#endif
