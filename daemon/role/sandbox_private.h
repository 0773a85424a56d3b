/* What the files of the sandbox share. */
#ifndef ROLE_SANDBOX_PRIVATE_H
#define ROLE_SANDBOX_PRIVATE_H

#include "role/sandbox.h"

int	sandbox_paths(const struct sandbox_paths *paths, struct err *err);
int	sandbox_role_calls(const char *role, struct err *err);		/* of a long-lived role other than the parent */

#endif
