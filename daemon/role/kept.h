/*
 * Versions of packs, kept as files in the spool's folder "rules":
 *
 *	rules/HASH/rules/PACK/...	one version: all files of the pack and of what it extends
 *	rules/PACK.passed		the version that passed its checks and its own tests last, and how many tests
 *	rules/PACK.refused		why the files in the rules folder now were refused; not there: they were not
 *
 * The trial (role/trial.h) writes them; core loads packs from nowhere else, so that what is in force is what was
 * tested, whatever happens to the rules folder meanwhile.
 */
#ifndef ROLE_KEPT_H
#define ROLE_KEPT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "rule/pack.h"
#include "store/store.h"

/* A pack's name: the last part, where the configuration names it by a path. */
const char	*kept_name(const char *pack);
/* The folder of packs of one version, to be read as a rules folder is. */
char		*kept_rules(struct arena *arena, const char *spool, const char *hash);
bool		 kept_is_here(const char *spool, const char *hash);

struct kept {
	const char	*hash;		/* NULL: none has passed yet */
	int		 tests;
	const char	*refused;	/* sentences; NULL: what lies in the rules folder passed */
};
/* What the last trial found.  ERR_RETRY when it cannot be read now. */
int	kept_read(struct arena *arena, const char *spool, const char *pack, struct kept *kept_r, struct err *err);

/* kept_prune.c: versions that nobody will go back to are removed; packs as the configuration names them. */
int	kept_prune(struct store *store, const char *spool, const struct strs *packs, struct err *err);

/*
 * Cases that stand where these rules have no stage would never be chased again: which, and what to do, in sentences.
 * words_r: NULL: there are none.
 */
int	kept_left_behind(struct store *store, struct arena *arena, const struct pack *pack, const char **words_r, struct err *err);

#endif
