/* Between live_import.c and the files that weigh and compare a list for it. */
#ifndef CTL_LIVE_IMPORT_H
#define CTL_LIVE_IMPORT_H

#include "ctl/live.h"

struct import {				/* one list on its way in */
	struct live	*live;
	const char	*name;		/* of the file, as the administrator knows it */
	const char	*list;		/* "directory", "involvement" */
	bool		 brief;		/* it was shown, and agreed to */
	size_t		 before, after;	/* rows in force, rows of the new list */
	struct strs	 added, removed, changed;	/* addresses */
	struct strs	 lines;		/* what changes, a sentence each */
	struct strs	 cases;		/* and for which open cases, by reference */
	struct strs	 warnings;
};

/* live_import_weigh.c: directory and packs.  -1: what is wrong stands in live->errors, and the list cannot be taken. */
int	import_weigh(struct import *import, const struct directory *directory);

/* live_import_show.c: what would be different. */
int	import_compare_directory(struct import *import, const struct directory *old, const struct directory *new, struct err *err);
/* The children of the open cases, before and after; the new list stands in the store, in a transaction, for the second. */
struct listed_cases;
int	import_list_before(struct import *import, struct listed_cases **cases_r, struct err *err);
int	import_list_after(struct import *import, struct listed_cases *cases, struct err *err);
void	import_show(struct import *import, bool applied);

#endif
