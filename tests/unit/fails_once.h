/* A durable step that fails once, as a disk does. */
#ifndef FAILS_ONCE_H
#define FAILS_ONCE_H

#include <string.h>

struct failing_step {
	const char	*name, *step;
	int		 error;
};

/* For step_set(); ctx is a struct failing_step **, which is NULL once it has failed. */
static int
fails_once(void *ctx, const char *name)
{
	const struct failing_step **at = ctx;
	int error = 0;

	if (*at != NULL && strcmp(name, (*at)->step) == 0) {
		error = (*at)->error;
		*at = NULL;
	}
	return error;
}

#endif
