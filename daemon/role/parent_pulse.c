/*
 * What the parent decides by: how long a role that died is left alone, and
 * whether one that lives still answers.  Pure.
 * Fails: never.
 */
#include "role/parent.h"

#define BACKOFF_FIRST_MS	1000
#define BACKOFF_MOST_MS		60000
#define FORGIVEN_AFTER_MS	60000

int64_t
backoff_next_ms(struct backoff *backoff, int64_t lived_ms)
{
	int64_t wait_ms;

	if (lived_ms >= FORGIVEN_AFTER_MS)
		backoff->wait_ms = 0;
	wait_ms = backoff->wait_ms;
	backoff->wait_ms = wait_ms == 0 ? BACKOFF_FIRST_MS : wait_ms * 2;
	if (backoff->wait_ms > BACKOFF_MOST_MS)
		backoff->wait_ms = BACKOFF_MOST_MS;
	return wait_ms;
}

bool
pulse_must_ask(const struct pulse *pulse, int64_t every_ms, int64_t now_ms)
{
	int64_t last_ms = pulse->answered_ms > pulse->started_ms ? pulse->answered_ms : pulse->started_ms;

	return pulse->started_ms != -1 && pulse->asked_ms == -1 && now_ms - last_ms >= every_ms;
}

/* Silent since its last answer, or since it was started: an answer of the process before it does not count. */
bool
pulse_must_kill(const struct pulse *pulse, int64_t now_ms)
{
	int64_t last_ms = pulse->answered_ms > pulse->started_ms ? pulse->answered_ms : pulse->started_ms;

	return pulse->started_ms != -1 && pulse->asked_ms != -1 && now_ms - last_ms >= pulse->limit_ms;
}

bool
pulse_is_well(const struct pulse *pulse, int64_t now_ms)
{
	return now_ms - pulse->answered_ms < pulse->limit_ms + PULSE_GRACE_MS;
}
