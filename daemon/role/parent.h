/*
 * The parent: starts the roles around core, restarts what dies, tells systemd
 * how we are, and ends everything cleanly.  Holds nothing itself: it reads a
 * password when it starts the role that needs it, and forgets it.
 */
#ifndef ROLE_PARENT_H
#define ROLE_PARENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "conf/config.h"

struct parent_start {
	const char	*config_path;
	const char	*config_text;	/* as checked by the caller */
	bool		 test_clock;
	instant		 from;		/* INSTANT_NONE */
	int		 speed;
	/* Is this configuration sound, with its passwords; and its packs? What is wrong has been said. */
	bool		(*check)(struct arena *arena, const char *path, const char *text, struct config **config_r,
			    bool *packs_sound_r);
};

/* Returns the exit code. */
int	role_parent(const struct parent_start *start);

/* ---- What the parent decides by, without processes */

/* How long a role that died is left alone: at once, then 1 s doubling to 60 s; a minute of life forgives all. */
struct backoff {
	int64_t	wait_ms;	/* the next one; 0: at once */
};
int64_t	backoff_next_ms(struct backoff *backoff, int64_t lived_ms);

/* Is a role alive?  All times are real milliseconds. */
struct pulse {
	int64_t	started_ms;	/* its process; -1: it has none */
	int64_t	answered_ms;	/* last answer of any process of this role, or when the role was first started */
	int64_t	asked_ms;	/* question not yet answered; -1: none */
	int64_t	limit_ms;	/* how long it may be silent */
};
bool	pulse_must_ask(const struct pulse *pulse, int64_t every_ms, int64_t now_ms);
bool	pulse_must_kill(const struct pulse *pulse, int64_t now_ms);
/* A role that does not come back is not well either: systemd is to know. */
bool	pulse_is_well(const struct pulse *pulse, int64_t now_ms);

#define PULSE_LIMIT_MS		60000
#define PULSE_GRACE_MS		30000	/* beyond the limit: killed, started again and answering */
#define PULSE_FIRST_LIMIT_MS	600000	/* core's, while it opens the store and recovers */

#endif
