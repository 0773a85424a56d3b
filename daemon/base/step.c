/*
 * The hook before every durable step.  Any role; only tests set it.
 * Fails: with the errno that the hook gave.
 */
#include "base/step.h"

#include <errno.h>
#include <stddef.h>

static step_hook	*step_hook_set;
static void		*step_ctx;

void
step_set(step_hook *hook, void *ctx)
{
	step_hook_set = hook;
	step_ctx = ctx;
}

int
step(const char *name)
{
	int	failed;

	if (step_hook_set == NULL)
		return 0;
	failed = step_hook_set(step_ctx, name);
	if (failed == 0)
		return 0;
	errno = failed;
	return -1;
}
