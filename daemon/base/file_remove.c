/*
 * Taking a whole folder away.  Core and advicectl.
 * Invariant: a link is removed, never followed.
 * Fails: never; what could not be removed stays, and the next attempt meets it again.
 */
#include <ftw.h>
#include <stdio.h>

#include "base/file.h"
#include "base/step.h"

static int
remove_one(const char *path, const struct stat *st, int sort, struct FTW *ftw)
{
	(void)st;
	(void)sort;
	(void)ftw;
	(void)step("file.unlink");	/* whatever a test says: what can go goes */
	(void)remove(path);
	return 0;
}

void
file_remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
