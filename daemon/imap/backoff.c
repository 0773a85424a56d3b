/*
 * How long to wait before connecting again.  Pure, but for the seed.
 * Invariant: waits are at most five minutes and a quarter, or what the server
 * asked for.
 * Fails: never.
 */
#include "imap/backoff.h"

#include <sys/random.h>

#define FIRST_MS	1000
#define GRANTED_MS	(30 * 60 * 1000)

void
backoff_init(struct reconnect *backoff, int first_ms, uint64_t seed)
{
	if (seed == 0 && getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uintptr_t)backoff;	/* early at boot: better than all alike */
	backoff->chance = seed;
	backoff->first_ms = backoff->next_ms = first_ms > 0 ? first_ms : FIRST_MS;
}

/* The next of a row of numbers that look like chance (splitmix64). */
static uint64_t
next_chance(struct reconnect *backoff)
{
	uint64_t z = backoff->chance += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int
with_chance(struct reconnect *backoff, int ms)
{
	return ms - ms / 4 + (int)(next_chance(backoff) % (uint64_t)(ms / 2 + 1));
}

int
backoff_wait_ms(struct reconnect *backoff, int steps, int least_ms)
{
	int wait_ms = with_chance(backoff, backoff->next_ms);

	for (; steps > 0; steps--)
		backoff->next_ms = backoff->next_ms > BACKOFF_MAX_MS / 2 ? BACKOFF_MAX_MS : backoff->next_ms * 2;
	if (least_ms > GRANTED_MS)
		least_ms = GRANTED_MS;
	/* Nobody is to come a moment too early, and not all in the same. */
	if (least_ms > 0 && wait_ms < least_ms)
		wait_ms = least_ms + (int)(next_chance(backoff) % (uint64_t)(least_ms / 8 + 1));
	return wait_ms;
}

void
backoff_reset(struct reconnect *backoff)
{
	backoff->next_ms = backoff->first_ms;
}
