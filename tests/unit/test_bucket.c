/* The pace of sending, on a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "role/bucket.h"

#define MINUTE	60000

/* How many go within so long, if there is always one more. */
static int
burst(struct bucket *bucket, int per_minute, int64_t from, int64_t length)
{
	int64_t wait;
	int went = 0;

	for (int64_t now = from; now < from + length; now += 10)
		while (bucket_take(bucket, per_minute, now, &wait))
			went++;
	return went;
}

static void
test_no_minute_sees_too_many(void **unused)
{
	static const struct { int per_minute, first, later; } rows[] = {
		{ 20, 30, 20 }, { 1, 2, 1 }, { 2, 3, 2 }, { 60, 90, 60 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bucket bucket;
		int first, later;

		bucket_open(&bucket, rows[i].per_minute, -1, 0, 1000);
		first = burst(&bucket, rows[i].per_minute, 1000, MINUTE);
		later = burst(&bucket, rows[i].per_minute, 1000 + MINUTE, MINUTE);
		if (first < rows[i].first - 1 || first > rows[i].first || later < rows[i].later - 1 || later > rows[i].later + 1)
			fail_msg("%d a minute: %d, then %d", rows[i].per_minute, first, later);
	}
}

static void
test_a_restart_refills_nothing(void **unused)
{
	static const struct { const char *name; double tokens; int64_t age; int low, high; } rows[] = {
		{ "never sent before", -1, 0, 10, 10 },
		{ "emptied just before", 0, 0, 0, 0 },
		{ "half a second ago", 0.2, 500, 0, 0 },
		{ "six seconds ago", 0, 6000, 2, 2 },
		{ "a day ago", 0, 86400000, 10, 10 },
		{ "a clock that went back", 3, -86400000, 3, 3 },
		{ "a file that says too much", 1e9, 0, 10, 10 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bucket bucket;
		int64_t wait;
		int went = 0;

		bucket_open(&bucket, 20, rows[i].tokens, rows[i].age, 5000);
		while (bucket_take(&bucket, 20, 5000, &wait))
			went++;
		if (went < rows[i].low || went > rows[i].high || wait <= 0 || wait > 3001)
			fail_msg("%s: %d went, then wait %lld", rows[i].name, went, (long long)wait);
	}
}

static void
test_waits(void **unused)
{
	struct bucket bucket;
	int64_t wait;

	(void)unused;
	bucket_open(&bucket, 20, 0, 0, 0);
	assert_false(bucket_take(&bucket, 20, 0, &wait));
	assert_true(wait >= 3000 && wait <= 3002);
	assert_false(bucket_take(&bucket, 20, wait - 5, &wait));
	assert_true(bucket_take(&bucket, 20, 3002, &wait));
	assert_false(bucket_take(&bucket, 20, 3002, &wait));
	bucket_give_back(&bucket, 20);
	assert_true(bucket_take(&bucket, 20, 3002, &wait));
	/* The clock goes back: nothing is added, nothing breaks. */
	assert_false(bucket_take(&bucket, 20, 10, &wait));
	/* No limit. */
	assert_true(bucket_take(&bucket, 0, 10, &wait));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_minute_sees_too_many),
		cmocka_unit_test(test_a_restart_refills_nothing),
		cmocka_unit_test(test_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
