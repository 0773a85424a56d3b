/*
 * How the parent starts a role and what the role finds there: the same
 * program again, with its descriptors in fixed places.
 */
#ifndef ROLE_LAUNCH_H
#define ROLE_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/err.h"

/* Descriptors of a role; one that it has no use for is not open. */
enum role_fd {
	ROLE_FD_CORE = 3,	/* socketpair to core; not in core itself */
	ROLE_FD_PARENT,
	ROLE_FD_CONFIG,		/* the text of the configuration, not to be changed */
	ROLE_FD_SECRET,		/* its password, to be read once; fetch and send */
	ROLE_FD_LOCK,		/* the daemon's lock: held until the last of us that could write is gone */
	ROLE_FD_END
};

#define EXIT_CONFIG	78	/* a role ended because of what an administrator wrote */

struct launch {
	const char	*program;	/* path, or NULL: this program again */
	const char	*const *argv;
	int		 fds[ROLE_FD_END];	/* from ROLE_FD_CORE on; -1: not open */
};

/* Fork and start it. It dies with us. */
int	launch(const struct launch *launch, pid_t *pid_r, struct err *err);

/* Memory to be handed over: nobody can change it any more, and it is read from its beginning. */
int	launch_seal(int fd, struct err *err);
/* A descriptor from which these bytes are read, from its beginning; nobody can change them. */
int	launch_text(const char *name, const char *text, int *fd_r, struct err *err);
/* All of it as text on the heap, then closed; NULL when it is not open or cannot be read. */
char	*launch_read(int fd);

#endif
