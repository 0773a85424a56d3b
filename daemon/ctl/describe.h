/*
 * A pack in plain English, line by line: what advicectl describe prints, for
 * its tests too.
 */
#ifndef CTL_DESCRIBE_H
#define CTL_DESCRIBE_H

#include "base/buf.h"
#include "rule/words.h"

struct described {
	const char		*section;	/* "The stages of “advice”" */
	const char		*name;		/* what it is about: "with-worker"; a row's own stage */
	const char		*sentence;
	struct where		 where;
	const struct strs	*meets;		/* requirements, or NULL */
	int			 depth;		/* 0: stands by itself; 1, 2: belongs to the one above */
};

struct description {
	struct words		 words;
	const char		*section;
	struct described	*v;
	size_t			 n;
};

/* Everything in the pack, in a reader's order.  Lives in arena; the same pack gives the same lines. */
void	describe_pack(struct arena *arena, const struct pack *pack, struct description *description_r);
/* columns: where lines are wrapped. */
void	describe_print(const struct description *description, size_t columns, struct buf *out);
void	describe_json(const struct description *description, struct buf *out);

/*
 * The pack that a person named, for describe and draw.  0, or an exit code after a sentence on stderr.  A pack that
 * does not check is given all the same, with a word about it on stderr: people look at what they are still writing.
 */
int	describe_read(struct arena *arena, const char *name, struct pack **pack_r);

/* For the files of describe alone. */
void	describe_add(struct description *d, int depth, const char *name, struct where where, const struct strs *meets,
	    const char *fmt, ...) __attribute__((format(printf, 6, 7)));
void	describe_section(struct description *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void	describe_rungs(struct description *d, int depth, const char *name, const struct ladder *ladder);
void	describe_people(struct description *d);		/* describe_people.c: roles, services */
void	describe_mails(struct description *d);		/* describe_mails.c: kinds, facts, alerts */
void	describe_strands(struct description *d);	/* describe_strands.c: strands, and what holds everywhere */
void	describe_values(struct description *d);		/* describe_values.c: deadlines, questions, conditions, ladders, texts */

#endif
