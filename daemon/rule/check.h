/*
 * The proofs about a pack, one file each; check.c lists them.  They see the
 * pack as read, never its source text.
 */
#ifndef RULE_CHECK_H
#define RULE_CHECK_H

#include "rule/read.h"

/* A name that was reported as unknown. */
struct missed {
	const char	*name, *near;	/* near: the known one that comes nearest, or NULL */
	size_t		 problem;	/* the report */
};

struct check {
	struct arena		*arena;
	const struct pack	*pack;
	const struct directory	*directory;	/* or NULL */
	struct problems		*problems;
	struct strs		 facts;		/* every fact that this pack can come to know */
	struct strs		 missing;	/* names that were reported as unknown */
	struct missed		*misses;	/* the same with their reports */
	size_t			 miss_count;
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

/* Lines to tell of together. */
struct places { struct where *v; size_t n; };
void	check_place_add(struct check *check, struct places *places, struct where where);	/* once each */
/* "lines 3, 7 and 9, and line 2 of common/pathway.cfg"; here: the file whose name need not be said. At least one place. */
const char *check_places(struct check *check, const struct places *places, const char *here);

/* check_slip.c: the problem just added says that name is none of names. */
void	check_missed(struct check *check, const char *name, const struct strs *names);
/* After all proofs: what a misspelt definition brought about is told once, of its own line. */
void	check_slips(struct check *check);
/* check_used.c: does a value or a template name it? */
bool	check_is_used(const struct check *check, const char *name);
bool	check_template_is_sent(struct check *check, const struct template *template);
struct strs check_unsent(struct check *check);	/* the pack's own templates that no row sends, not even misspelt */

/* check_stages.c: names of the strand's own stages that no way leads to */
struct strs check_unreached(struct check *check, const struct strand *strand);
/* check_rungs.c: does a stage have a ladder without a rung? Then it is told there what else is lost with it. */
bool	check_lost_a_rung(const struct strand *strand);
/* check_ladders.c */
bool	check_rung_reaches_others(const struct row *rung, const struct recipients *chased);

/* check_whom.c: whom the mail is for by its text, as a row says it ("officer else owner"); NULL where it does not say. */
const char *check_addressed(struct check *check, const struct template *template);
/* How to say to whom the act's mail goes. */
const char *check_to_hint(struct check *check, const struct row *row, const struct act *act);
/* How to say whom to ask. */
const char *check_of_hint(struct check *check, const struct question *question);

/* The proofs */
void	check_called(struct check *check);
void	check_names(struct check *check);
void	check_rows(struct check *check);
void	check_kinds(struct check *check);
void	check_stages(struct check *check);
void	check_answers(struct check *check);
void	check_ladders(struct check *check);
void	check_rungs(struct check *check);
void	check_whom(struct check *check);
void	check_dates(struct check *check);
void	check_templates(struct check *check);
void	check_alerts(struct check *check);
void	check_people(struct check *check);
void	check_set(struct check *check);
/* Last, and silent where there are errors: */
void	check_told(struct check *check);
void	check_used(struct check *check);

/* check_kinds.c: whoever fits one of b (roles as written) fits one of a */
bool	check_senders_within(const struct check *check, const struct strs *b, const struct strs *a);
/* check_same.c: b holds only where a does, so far as their text shows */
bool	check_conditions_within(const struct conditions *b, const struct conditions *a);

/* check_dates.c: whichever way a case came into the stage, is the date known there; of a kind: has such a mail come? */
bool	check_known_in(struct check *check, const struct strand *strand, size_t stage, const char *name);

/* check_names.c: a date's bases, for others that look at dates */
bool	check_date_base(const struct check *check, const char *base);

#endif
