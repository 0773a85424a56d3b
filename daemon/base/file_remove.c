/*
 * Taking a whole folder away.  Core and advicectl.
 * Invariant: a link is removed, never followed.
 * Fails: never; what could not be removed stays, and the next attempt meets it again.
 */
#include <ftw.h>
#include <stdio.h>

#include "base/file.h"

static int
remove_one(const char *path, const struct stat *st, int sort, struct FTW *ftw)
{
	(void)st;
	(void)sort;
	(void)ftw;
	return remove(path);
}

void
file_remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
