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
bool	check_knows_fact(const struct check *check, const char *name);
/* "did you mean "x"?" or NULL. */
const char *check_near(struct check *check, const char *name, const struct strs *names);
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

/* check_names.c: a date's bases, for others that look at dates */
bool	check_date_base(const struct check *check, const char *base);

#endif
