/*
 * A token bucket: so many mails a minute, and half of that at once, so that no
 * minute sees more than one and a half times the rate.  Pure; time is given.
 */
#ifndef ROLE_BUCKET_H
#define ROLE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
	double	 tokens;
	int64_t	 at_ms;		/* when it held them */
};

/* per_minute 0: without a limit.  False: wait_ms_r is how long until there is one. */
bool	bucket_take(struct bucket *bucket, int per_minute, int64_t now_ms, int64_t *wait_ms_r);
/* Nothing went after all. */
void	bucket_give_back(struct bucket *bucket, int per_minute);
/* A bucket that held so many tokens so long ago, before a restart; full where that is not known (tokens below 0). */
void	bucket_open(struct bucket *bucket, int per_minute, double tokens, int64_t age_ms, int64_t now_ms);

#endif
