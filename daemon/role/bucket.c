/*
 * A token bucket.  Runs in core; pure.
 * Invariant: never more than half a minute's mails in it; a clock that goes
 * back, or a restart, adds nothing.
 * Fails: never.
 */
#include "role/bucket.h"

#define MINUTE_MS	60000.0

static double
most(int per_minute)
{
	return per_minute < 2 ? 1.0 : per_minute / 2.0;
}

static void
fill(struct bucket *bucket, int per_minute, int64_t passed_ms)
{
	if (passed_ms > 0)
		bucket->tokens += (double)passed_ms * per_minute / MINUTE_MS;
	if (bucket->tokens > most(per_minute))
		bucket->tokens = most(per_minute);
}

void
bucket_open(struct bucket *bucket, int per_minute, double tokens, int64_t age_ms, int64_t now_ms)
{
	bucket->tokens = tokens < 0 ? most(per_minute) : tokens;
	bucket->at_ms = now_ms;
	fill(bucket, per_minute, age_ms);
}

bool
bucket_take(struct bucket *bucket, int per_minute, int64_t now_ms, int64_t *wait_ms_r)
{
	*wait_ms_r = 0;
	if (per_minute <= 0)
		return true;
	fill(bucket, per_minute, now_ms - bucket->at_ms);
	bucket->at_ms = now_ms;
	if (bucket->tokens < 1.0) {
		*wait_ms_r = (int64_t)((1.0 - bucket->tokens) * MINUTE_MS / per_minute) + 1;
		return false;
	}
	bucket->tokens -= 1.0;
	return true;
}

void
bucket_give_back(struct bucket *bucket, int per_minute)
{
	bucket->tokens += 1.0;
	fill(bucket, per_minute, 0);
}
