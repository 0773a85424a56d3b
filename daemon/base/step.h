/*
 * The durable steps.  Everything that changes what a restart would find (a
 * write, fsync, rename, unlink, a database page, a command that changes a
 * server) passes through step() first, so that the crash sweep can stop the
 * process, or fail the step, at each one in turn.  In the shipped program no
 * hook is set and step() is one test of a pointer.
 */
#ifndef BASE_STEP_H
#define BASE_STEP_H

#include "base/err.h"

/* Returns 0, or an errno (ENOSPC, EIO) with which the step must fail; may not return. */
typedef int step_hook(void *ctx, const char *name);

void	step_set(step_hook *hook, void *ctx);
int	step(const char *name);		/* 0, or -1 with errno set */

#endif
