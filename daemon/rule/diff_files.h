/* The other files of two versions of a pack: templates by line, the rest by name. */
#ifndef RULE_DIFF_FILES_H
#define RULE_DIFF_FILES_H

#include "base/str.h"

void	diff_files(struct arena *arena, const char *before, const char *after, struct strs *lines_r);

#endif
