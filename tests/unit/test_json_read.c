/* Reading JSON and base64: what is taken, what is refused, and what comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/base64.h"
#include "base/json_read.h"

/* The bytes in memory of their own size, so that a step beyond is found. */
static int
read_exact(struct arena *arena, const char *text, size_t len, const struct json **json_r)
{
	char *copy = malloc(len > 0 ? len : 1);
	struct err err;
	int rc;

	memcpy(copy, text, len);
	rc = json_read(arena, copy, len, json_r, &err);
	free(copy);
	if (rc == -1)
		assert_int_equal(err.scope, ERR_RETRY);
	return rc;
}

static void
test_taken(void **state)
{
	static const char *const rows[] = {
		"{}", " [ ] ", "null", "true", "false", "0", "-0", "-12.5e+10", "1E9", "\"\"", "[1,2,[3,{\"a\":null}]]",
		"{\"a\":1,\"b\":{\"a\":2}}", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\ud83d\\ude00\"", "\t\n\r {\"a\" : [ true , false ] }\n",
		"\"\xc3\xa9\"",
	};
	struct arena *arena = arena_new();
	const struct json *json;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (read_exact(arena, rows[i], strlen(rows[i]), &json) == -1)
			fail_msg("refused: %s", rows[i]);
	arena_free(&arena);
}

static void
test_refused(void **state)
{
	static const char *const rows[] = {
		"", " ", "{", "}", "[", "[1", "[1,", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "'a'", "nul",
		"nulll", "truefalse", "01", "-", "-01", "1.", ".5", "1e", "1e+", "+1", "0x1", "Infinity", "NaN", "\"", "\"a", "\"\\",
		"\"\\x\"", "\"\\u12\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"a\nb\"", "\"\x01\"",
		"\"\xff\"", "\xef\xbb\xbf{}", "{} {}", "1 2", "{\"a\":1,\"a\":2}", "[1 2]", "{\"a\":1 \"b\":2}", "/* */ 1",
	};
	struct arena *arena = arena_new();
	const struct json *json;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (read_exact(arena, rows[i], strlen(rows[i]), &json) == 0)
			fail_msg("taken: %s", rows[i]);
	assert_int_equal(read_exact(arena, "1\0", 2, &json), -1);
	assert_int_equal(read_exact(arena, "\"a\0b\"", 5, &json), -1);
	arena_free(&arena);
}

static void
test_limits(void **state)
{
	struct arena *arena = arena_new();
	char deep[200] = "", *large = calloc(1, JSON_SIZE_MAX + 10);
	const struct json *json;

	(void)state;
	memset(deep, '[', JSON_DEPTH_MAX);
	memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	assert_int_equal(read_exact(arena, deep, strlen(deep), &json), 0);
	memset(deep, '[', JSON_DEPTH_MAX + 1);
	memset(deep + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	assert_int_equal(read_exact(arena, deep, strlen(deep), &json), -1);
	memset(large, ' ', JSON_SIZE_MAX + 5);
	large[0] = '1';
	assert_int_equal(read_exact(arena, large, JSON_SIZE_MAX, &json), 0);
	assert_int_equal(read_exact(arena, large, JSON_SIZE_MAX + 1, &json), -1);
	strcpy(large, "[");
	for (int i = 0; i < 5000; i++)
		strcpy(large + 1 + 2 * i, "1,");
	strcpy(large + 1 + 2 * 5000, "1]");
	assert_int_equal(read_exact(arena, large, strlen(large), &json), -1);
	free(large);
	arena_free(&arena);
}

static void
test_members(void **state)
{
	static const char text[] = "{\"a\":\"x\\u00e9\",\"n\":3600,\"s\":\"42\",\"neg\":-1,\"f\":1.5,\"o\":{\"a\":\"inner\"},\"l\":[1]}";
	struct arena *arena = arena_new();
	const struct json *json;
	long value = 7;

	(void)state;
	assert_int_equal(read_exact(arena, text, strlen(text), &json), 0);
	assert_string_equal(json_member_text(json, "a"), "x\xc3\xa9");
	assert_string_equal(json_member_text(json_member(json, "o"), "a"), "inner");
	assert_null(json_member_text(json, "n"));
	assert_null(json_member_text(json, "o"));
	assert_null(json_member(json, "none"));
	assert_null(json_member(json_member(json, "l"), "a"));
	assert_null(json_member(NULL, "a"));
	assert_true(json_member_number(json, "n", 1, 86400, &value));
	assert_int_equal(value, 3600);
	assert_true(json_member_number(json, "s", 1, 86400, &value));
	assert_int_equal(value, 42);
	assert_false(json_member_number(json, "neg", 1, 86400, &value));
	assert_false(json_member_number(json, "f", 1, 86400, &value));
	assert_false(json_member_number(json, "o", 1, 86400, &value));
	assert_int_equal(value, 42);
	arena_free(&arena);
}

static void
test_base64(void **state)
{
	static const struct { const char *plain, *usual, *safe; } rows[] = {
		{ "", "", "" }, { "f", "Zg==", "Zg" }, { "fo", "Zm8=", "Zm8" }, { "foo", "Zm9v", "Zm9v" },
		{ "foobar", "Zm9vYmFy", "Zm9vYmFy" }, { "\xff\xfe\xfd?>", "//79Pz4=", "__79Pz4" },
	};
	static const char *const wrong[] = { "Z", "Zg=", "Zh", "Zg==Zg==", "Z===", "====", "Z g=", "Zm9!", "=", "Zm9vZ" };
	struct buf out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&out);
		base64_add(&out, rows[i].plain, strlen(rows[i].plain));
		assert_string_equal(buf_text(&out), rows[i].usual);
		buf_reset(&out);
		base64url_add(&out, rows[i].plain, strlen(rows[i].plain));
		assert_string_equal(buf_text(&out), rows[i].safe);
		buf_reset(&out);
		assert_true(base64_decode(&out, rows[i].usual, strlen(rows[i].usual)));
		assert_true(base64_decode(&out, rows[i].safe, strlen(rows[i].safe)));
		assert_int_equal(out.len, 2 * strlen(rows[i].plain));
		assert_true(out.len == 0 || memcmp(out.data, rows[i].plain, out.len / 2) == 0);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		buf_reset(&out);
		buf_add_str(&out, "kept");
		if (base64_decode(&out, wrong[i], strlen(wrong[i])))
			fail_msg("taken: %s", wrong[i]);
		assert_string_equal(buf_text(&out), "kept");
	}
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken), cmocka_unit_test(test_refused), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_members), cmocka_unit_test(test_base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
