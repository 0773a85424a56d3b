/*
 * The involvement list: the nightly extract of the case system
 * (person-id,name,date-of-birth,nhs-number,upn,service,status,closed-on,worker,flags).
 * Read whole or not at all, every bad line named.
 */
#ifndef CONF_INVOLVEMENT_H
#define CONF_INVOLVEMENT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"
#include "base/str.h"

struct involvement {
	const char	*person_id, *name;
	dayno		 born;		/* or DAY_NONE */
	const char	*nhs_number, *upn;	/* canonical or "" */
	const char	*service;	/* CSC OPS EH CWD ASC */
	bool		 open;
	dayno		 closed_on;	/* or DAY_NONE */
	const char	*worker;	/* address, lower case, or "" */
	struct strs	 flags;
	int		 line;
};

struct involvement_list {
	struct involvement *rows;
	size_t		    count;
};

int	involvement_parse(struct arena *arena, const char *file, const char *bytes, size_t len,
	    struct involvement_list **list_r, struct buf *problems);
int	involvement_read(struct arena *arena, const char *path, struct involvement_list **list_r,
	    struct buf *problems, struct err *err);

/*
 * What these rows say of a child, as one text that is the same whenever they say the same, in whatever order they
 * stand: "CSC open ann@x.example child-protection", one line a row; "" without rows.  Neither name nor number is in it.
 */
const char *involvement_said(struct arena *arena, const struct involvement *rows, size_t count);

#endif
