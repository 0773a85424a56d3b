/* What no single line of a directory shows; for directory.c. */
#ifndef CONF_DIRECTORY_CHECK_H
#define CONF_DIRECTORY_CHECK_H

#include "conf/csv.h"
#include "conf/directory.h"

/* people sorted by address; what is wrong goes into the problems of csv, each with its line. */
void	directory_check(struct arena *arena, struct csv *csv, const struct directory *directory);

#endif
