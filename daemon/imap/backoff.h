/*
 * How long a server that failed us is left alone: twice as long each time,
 * up to five minutes, with some chance in it, so that many mailboxes do not
 * come back in the same moment; never less than the server asked for.
 * At each failure backoff_wait_ms(); when all that was to do is done, backoff_reset().
 */
#ifndef IMAP_BACKOFF_H
#define IMAP_BACKOFF_H

#include <stdint.h>

#define BACKOFF_MAX_MS	(5 * 60 * 1000)

struct reconnect {
	int		first_ms, next_ms;
	uint64_t	chance;		/* where the row of chances stands */
};

/* first_ms: the first wait; 0 for a second.  seed: 0 for one that nobody knows; the same seed gives the same waits. */
void	backoff_init(struct reconnect *backoff, int first_ms, uint64_t seed);

/*
 * The wait after a failure, between three and five quarters of the round
 * number.  steps: how many doublings this failure counts for (1, or 2 for a
 * refusal that will hardly change by itself).  least_ms: what the server asked
 * for, or 0; at most half an hour of it is granted.
 */
int	backoff_wait_ms(struct reconnect *backoff, int steps, int least_ms);

/* Proven well: the next failure is a first one. */
void	backoff_reset(struct reconnect *backoff);

#endif
