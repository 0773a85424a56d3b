/*
 * The trial of the packs: a process that the parent starts before core takes
 * rules, at a start and at a reload.  Each pack is checked, copied into the
 * spool, and its own tests run on the copy; see role/kept.h for what it leaves.
 */
#ifndef ROLE_TRIAL_H
#define ROLE_TRIAL_H

#include "conf/config.h"

/* Returns the exit code: 0, also when packs were refused; 1 when nothing could be found out. */
int	role_trial(const struct config *config);

#endif
