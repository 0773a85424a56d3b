/*
 * Core's process: its sockets, its poll loop, the control socket.  What core
 * does is in core.h.
 */
#ifndef ROLE_CORE_LOOP_H
#define ROLE_CORE_LOOP_H

#include "role/core.h"

struct core_loop_start {
	const struct config	*config;
	bool			 test_clock;
	instant			 from;
	int			 speed;
	int			 parent_fd;	/* socketpair end; owned by role_core() */
};

/* Returns the exit code: 0 after a stop, EXIT_CONFIG, or 1. */
int	role_core(const struct core_loop_start *start);

#endif
