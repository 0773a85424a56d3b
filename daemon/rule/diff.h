/*
 * What differs between two versions of a pack, in words: "rung manager: at: "5 working days" -> "7 working days"",
 * with file and line; text files by line.
 */
#ifndef RULE_DIFF_H
#define RULE_DIFF_H

#include "base/str.h"

/*
 * before, after: folders of packs (one version each, as they are kept); name: of the pack in both.  Each line stands
 * where the later version has it, what was removed where the earlier one had it.  No lines: they do the same.
 */
void	pack_diff(struct arena *arena, const char *before, const char *after, const char *name, struct strs *lines_r);

#endif
