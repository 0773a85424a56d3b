/*
 * The proofs about a pack, one file each; check.c lists them.  They see the
 * pack as read, never its source text.
 */
#ifndef RULE_CHECK_H
#define RULE_CHECK_H

#include "rule/read.h"

struct check {
	struct arena		*arena;
	const struct pack	*pack;
	const struct directory	*directory;	/* or NULL */
	struct problems		*problems;
	struct strs		 facts;		/* every fact that this pack can come to know */
	struct strs		 missing;	/* names that were reported as unknown */
};

/* Where a row stands. */
enum row_part { PART_BEGINS, PART_DO, PART_CHOOSE, PART_ON, PART_ALWAYS, PART_RUNG };

struct place {
	const struct strand	*strand;	/* NULL: the pack's own always, or a named ladder */
	const struct stage	*stage;		/* NULL outside stages */
	enum row_part		 part;
};

typedef void check_row(struct check *check, const struct row *row, const struct place *place, void *ctx);

/* check_walk.c */
void	check_each_row(struct check *check, check_row *visit, void *ctx);
/* Fills check->facts. */
void	check_collect_facts(struct check *check);
/* Does the file lie in the folder of the pack itself, not of one that it extends? */
bool	check_is_own(const struct check *check, const char *file);
bool	check_knows_fact(const struct check *check, const char *name);
/* "did you mean "x"?" or NULL. */
const char *check_near(struct check *check, const char *name, const struct strs *names);
/* The one of names that is meant: itself, else the nearest, else name.  For what follows from a name that was reported already. */
const char *check_meant(struct check *check, const char *name, const struct strs *names);
struct strs check_names_of(struct check *check, const void *items, size_t count, size_t size);
bool	check_row_is_certain(const struct row *row);	/* no when, no unless */
const struct act *check_act(const struct row *row, enum act_word word);	/* first of its word, or NULL */
bool	check_repeats_for_ever(const struct row *rung);

/* A way from one stage of a strand to another. */
#define WAY_BEGIN	((size_t)-1)	/* from: the strand begins */
#define WAY_END		((size_t)-2)	/* to: the strand is ended by an act */
struct way {
	size_t		 from, to;
	const struct row *row;
	bool		 at_once;	/* without waiting for anything: do, choose */
};
struct ways {
	struct way	*v;
	size_t		 n;
};
struct ways check_ways(struct check *check, const struct strand *strand);

/* The ladders that run in a stage: named, its own, its question's. ladders_r has room for max. */
size_t	check_stage_ladders(const struct check *check, const struct stage *stage, const struct ladder **ladders_r,
	    size_t max);

/* The proofs */
void	check_names(struct check *check);
void	check_rows(struct check *check);
void	check_kinds(struct check *check);
void	check_stages(struct check *check);
void	check_answers(struct check *check);
void	check_ladders(struct check *check);
void	check_dates(struct check *check);
void	check_templates(struct check *check);
void	check_people(struct check *check);
void	check_set(struct check *check);
void	check_used(struct check *check);		/* last: says nothing where there are errors */

/* check_kinds.c: whoever fits one of b (roles as written) fits one of a */
bool	check_senders_within(const struct check *check, const struct strs *b, const struct strs *a);
/* check_same.c: b holds only where a does, so far as their text shows */
bool	check_conditions_within(const struct conditions *b, const struct conditions *a);

/* check_names.c: a date's bases, for others that look at dates */
bool	check_date_base(const struct check *check, const char *base);

#endif
