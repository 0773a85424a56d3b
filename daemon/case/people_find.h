/* Between people.c, people_away.c and people_fits.c; nobody else needs it.  Pure. */
#ifndef CASE_PEOPLE_FIND_H
#define CASE_PEOPLE_FIND_H

#include "case/people.h"

/* Roles within roles; deeper is a loop in the pack. */
#define PEOPLE_DEPTH_MAX 24

const struct person *people_person(const struct people_query *query, const char *address);
/* Why someone cannot be written to on that day, or NULL. */
const char *people_absence(struct arena *arena, const struct people_query *query,
	    const struct person *person);
/*
 * The cover, else their cover ..., else the manager, else the manager's cover ... until one is there who may
 * be written to, and whom no escalation is about; NULL: nobody.
 */
const struct person *people_stand_in(struct arena *arena, const struct people_query *query,
	    const struct person *person);
/* What a choice says, before absence, domains and directory are looked at. */
void	people_find(struct arena *arena, const struct people_query *query,
	    const struct recipient_choice *choice, struct people *found);

#endif
