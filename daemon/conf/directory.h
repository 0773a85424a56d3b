/*
 * The directory of people: address, name, posts, team, manager, cover, from,
 * until (directory.csv).  Read whole or not at all, every bad line named.
 * In memory it is immutable; absences learned from mails stand beside it.
 * Fails: ERR_CONFIG; problems go to the report, all of them.
 */
#ifndef CONF_DIRECTORY_H
#define CONF_DIRECTORY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"
#include "base/str.h"

struct person {
	const char	*address;	/* lower case */
	const char	*name;
	const char	*folded;	/* the name as str_fold_name() makes it; NULL: not yet */
	struct strs	 posts;
	struct strs	 shared;	/* of them, those marked "(shared)"; only as read from a file */
	const char	*team;
	const char	*manager;	/* address or "" */
	const char	*cover;		/* address or "" */
	dayno		 from, until;	/* of the post; DAY_NONE = open */
	int		 line;		/* in the file */
};

struct absence {			/* learned from an out-of-office or a bounce */
	const char	*address;
	dayno		 from, until;	/* until: first day back; DAY_NONE = until corrected */
	const char	*because;	/* "out-of-office" or "bounce" */
};

struct directory {
	struct person	*people;	/* sorted by address */
	size_t		 count;
	struct absence	*absences;
	size_t		 absence_count;
};

/* bytes of a CSV file; problems: one line each, "FILE:LINE: ...". 0 only if there are none. */
int	directory_parse(struct arena *arena, const char *file, const char *bytes, size_t len,
	    struct directory **directory_r, struct buf *problems);
int	directory_read(struct arena *arena, const char *path, struct directory **directory_r,
	    struct buf *problems, struct err *err);

const struct person *directory_find(const struct directory *directory, const char *address);
/* Everyone whose name folds to the same; for {person} holes. */
size_t	directory_named(const struct directory *directory, const char *name,
	    const struct person **found, size_t max);
/* Holders of a post on a day; team NULL = any. */
size_t	directory_holders(const struct directory *directory, const char *post, const char *team,
	    dayno on, const struct person **found, size_t max);
/*
 * Do two people hold a post in one team on the same day, without "(shared)" behind it in both lines?
 * The first such two, by their lines.
 */
bool	directory_held_twice(const struct directory *directory, const char *post,
	    const struct person **first_r, const struct person **second_r);
/* The absence that covers a day, or NULL. */
const struct absence *directory_absence(const struct directory *directory, const char *address, dayno on);

#endif
