/*
 * Comma-separated files as spreadsheets write them: quoted fields, doubled
 * quotes, a byte-order mark, CRLF or LF.  The first row names the columns.
 * Fails: nothing is returned in part; every bad line gets a line in problems.
 */
#ifndef CONF_CSV_H
#define CONF_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/str.h"

struct csv_row {
	struct strs	 fields;	/* trimmed; in the order of the columns asked for */
	int		 line;		/* from 1 */
	bool		 spoilt;	/* a field of it could not be read; that is a problem already */
};

struct csv {
	const char	*file;		/* as the administrator knows it */
	struct csv_row	*rows;		/* without the heading */
	size_t		 count;
	struct buf	*problems;
	size_t		 problem_count;
};

/* columns: their names, NULL-terminated; they may stand in any order, all must be there. */
void	csv_parse(struct arena *arena, const char *file, const char *bytes, size_t len,
	    const char *const *columns, struct buf *problems, struct csv *csv_r);

/* "FILE:LINE: ..." into problems. */
void	csv_problem(struct csv *csv, int line, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* Fields that both lists have. "" gives DAY_NONE and ""; what is wrong is a problem of that line. */
dayno	csv_date(struct csv *csv, int line, const char *column, const char *text);
const char *csv_address(struct arena *arena, struct csv *csv, int line, const char *column, const char *text);

#endif
