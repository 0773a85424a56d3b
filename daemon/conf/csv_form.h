/* Whether a list is a file of the form that csv.h reads; for csv.c. */
#ifndef CONF_CSV_FORM_H
#define CONF_CSV_FORM_H

#include <stdbool.h>

#include "conf/csv.h"

/*
 * bytes: without a byte order mark.  False: there is no use in reading rows,
 * and a problem says why.  Lines with bytes that are not UTF-8 are problems
 * too, one each, but the other rows can still be read.
 */
bool	csv_form_fits(struct csv *csv, const char *bytes, size_t len);

#endif
