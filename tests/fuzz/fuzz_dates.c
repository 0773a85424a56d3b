/* Dates as people, headers and rules write them: read within bounds, to a date that can be, or refused with a reason. */
#include <string.h>

#include "base/str.h"
#include "fuzz.h"
#include "mail/headers.h"
#include "rule/read.h"

/* In words, at every place where one could begin. */
static void
words(const char *text, enum date_leaning leaning)
{
	struct civil civil;
	size_t i, taken;
	dayno day;

	for (i = 0; text[i] != '\0'; i++) {
		day = DAY_NONE;
		taken = date_parse_words(text + i, fuzz_today(), leaning, &day);
		if (taken == 0) {
			must(day == DAY_NONE);
			continue;
		}
		must(day != DAY_NONE && taken <= strlen(text + i));
		civil = date_to_civil(day);
		must(date_from_civil(civil.year, civil.month, civil.day) == day);
		must(civil.year >= 1800 && civil.year <= 2299);
	}
}

/* ISO forms come back as they were. */
static void
iso(struct arena *arena, const char *text)
{
	instant at, again;
	dayno day;

	if (date_parse_iso(text, &day))
		must(strcmp(date_iso(arena, day), text) == 0);
	if (instant_parse_iso(text, &at))
		must(instant_parse_iso(instant_iso(arena, at), &again) && again == at);
	at = header_date(text);
	if (at != INSTANT_NONE)
		must(fuzz_is_utf8(instant_iso(arena, at)));
}

static void
refusal(int result, const struct err *err)
{
	if (result == -1)
		must(err->scope == ERR_CONFIG && err->text[0] != '\0');
	else
		must(result == 0);
}

static void
rules(struct arena *arena, const char *text)
{
	struct err err = { ERR_NONE, "" };
	struct date_expr expr = { 0 };
	struct repeat repeat = { 0 };
	struct recipient recipient = { 0 };
	struct test test = { 0 };
	bool over = false;
	int months = -1, result;

	result = date_expr_parse(arena, text, &expr, &err);
	refusal(result, &err);
	must(result == -1 || expr.term_count > 0);
	result = repeat_parse(text, &repeat, &err);
	refusal(result, &err);
	must(result == -1 || (repeat.first.n > 0 && repeat.in_all >= 0 && repeat.then.n >= 0));
	result = recipient_parse(arena, text, &recipient, &err);
	refusal(result, &err);
	result = age_parse(text, &over, &months, &err);
	refusal(result, &err);
	must(result == -1 || (months >= 0 && months < 12 * 1000));
	result = dates_parse(arena, text, &test, &err);
	refusal(result, &err);
	must(result == -1 || (test.left != NULL && test.right != NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	char *text = fuzz_text(arena, data, size);

	words(text, DATE_BIRTH);
	words(text, DATE_AHEAD);
	iso(arena, text);
	rules(arena, text);
	arena_free(&arena);
	return 0;
}
