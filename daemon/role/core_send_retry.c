/*
 * How fast mails go out, and when one that was put off goes again.  Runs in
 * core.
 * Invariant: the pace is kept over restarts; a wait is never the same for all
 * that were put off together; nothing is given up before a person was told.
 * Fails: as the store does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "role/core_send_private.h"

#define BACKOFF_FIRST_S	60
#define BACKOFF_MAX_S	3600
#define DAY_S		86400
#define PACE_SETTING	"sending-pace"

/* ---- How fast */

int
send_open(struct core *core, uint64_t seed, struct err *err)
{
	const char *kept;
	double tokens = -1;
	long long at = clock_wall();
	int64_t age_s;

	if (seed == 0 && !core->test_clock && getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint64_t)clock_wall();
	core->sending.random = seed == 0 ? 1 : seed;
	if (store_setting(core->store, core->arena, PACE_SETTING, &kept, err) == -1)
		return -1;
	if (kept == NULL || sscanf(kept, "%lf %lld", &tokens, &at) != 2)
		tokens = -1;
	age_s = clock_wall() - at > DAY_S ? DAY_S : clock_wall() - at;
	bucket_open(&core->sending.bucket, core->config->per_minute, tokens, age_s * 1000, clock_real_ms());
	/* Whether any are is not looked up: those that are go again with the next mail that goes well. */
	core->sending.barred = true;
	return 0;
}

bool
pace_take(struct core *core)
{
	struct sending *sending = &core->sending;
	int64_t now = clock_real_ms(), wait;

	if (bucket_take(&sending->bucket, core->config->per_minute, now, &wait))
		return true;
	sending->not_before_ms = now + wait;
	return false;
}

int
pace_keep(struct core *core, struct err *err)
{
	char text[64];

	if (core->config->per_minute <= 0)
		return 0;
	(void)snprintf(text, sizeof(text), "%.3f %lld", core->sending.bucket.tokens, (long long)clock_wall());
	return store_set_setting(core->store, PACE_SETTING, text, err);
}

void
pace_after(struct core *core, const struct sent_result *result)
{
	int64_t until = clock_real_ms() + (result->retry_after_s > DAY_S ? DAY_S : (int64_t)result->retry_after_s) * 1000;

	if (result->result == SEND_RETRY)
		bucket_give_back(&core->sending.bucket, core->config->per_minute);
	if (result->retry_after_s > 0 && until > core->sending.not_before_ms)
		core->sending.not_before_ms = until;
}

/* ---- When again */

/* splitmix64: even numbers are enough, nobody guesses them for gain. */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

instant
retry_at(struct core *core, const struct outbox_row *row, uint32_t retry_after_s)
{
	int64_t wait = BACKOFF_FIRST_S;

	for (int i = 1; i < row->tries && wait < BACKOFF_MAX_S; i++)
		wait *= 2;
	if (wait > BACKOFF_MAX_S)
		wait = BACKOFF_MAX_S;
	wait = wait / 2 + (int64_t)(next_random(&core->sending.random) % (uint64_t)(wait / 2 + 1));
	if (retry_after_s > DAY_S)
		retry_after_s = DAY_S;
	return core_now(core) + (wait < (int64_t)retry_after_s ? (int64_t)retry_after_s : wait);
}

static bool
has_lasted(const struct core *core, const struct outbox_row *row, int64_t seconds)
{
	return core->config->give_up_days > 0 && row->first_try != 0 && core_now(core) - row->first_try >= seconds;
}

bool
retry_is_long(const struct core *core, const struct outbox_row *row)
{
	return has_lasted(core, row, (int64_t)core->config->give_up_days * DAY_S / 2);
}

bool
retry_is_over(const struct core *core, const struct outbox_row *row)
{
	return row->told && has_lasted(core, row, (int64_t)core->config->give_up_days * DAY_S);
}
