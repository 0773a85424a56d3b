/* JSON: commas, escapes, and text that is no UTF-8. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

static void
test_object(void **state)
{
	struct arena	*arena = arena_new();
	struct strs	 list = { NULL, 0 };
	struct buf	 out = BUF_INIT;

	(void)state;
	strs_add(arena, &list, "a");
	strs_add(arena, &list, "{");
	json_open(&out, NULL, '{');
	json_str(&out, "kind", "advice");
	json_str(&out, "none", NULL);
	json_open(&out, "empty", '{');
	json_close(&out, '}');
	json_strs(&out, "to", &list);
	json_strs(&out, "cc", &(struct strs){ NULL, 0 });
	json_int(&out, "n", INT64_MIN);
	json_bool(&out, "yes", true);
	json_open(&out, "mails", '[');
	json_open(&out, NULL, '{');
	json_bool(&out, "no", false);
	json_close(&out, '}');
	json_open(&out, NULL, '{');
	json_close(&out, '}');
	json_close(&out, ']');
	json_close(&out, '}');
	buf_add_char(&out, '\n');
	json_open(&out, NULL, '{');
	json_close(&out, '}');
	assert_string_equal(buf_text(&out),
	    "{\"kind\":\"advice\",\"none\":null,\"empty\":{},\"to\":[\"a\",\"{\"],\"cc\":[],"
	    "\"n\":-9223372036854775808,\"yes\":true,\"mails\":[{\"no\":false},{}]}\n{}");
	buf_free(&out);
	arena_free(&arena);
}

static void
test_escapes(void **state)
{
	static const struct { const char *name, *input, *want; } rows[] = {
		{ "empty", "", "[\"\"]" },
		{ "quotes", "a\"b\\c", "[\"a\\\"b\\\\c\"]" },
		{ "line ends", "a\r\n\tb", "[\"a\\r\\n\\tb\"]" },
		{ "control", "\x01\x1b\x7f", "[\"\\u0001\\u001b\\u007f\"]" },
		{ "UTF-8 stays", "caf\xc3\xa9 \xf0\x9f\x98\x80", "[\"caf\xc3\xa9 \xf0\x9f\x98\x80\"]" },
		{ "bad bytes", "a\xff\xc3", "[\"a\xef\xbf\xbd\xef\xbf\xbd\"]" },
		{ "bad, then a quote", "\xff\"", "[\"\xef\xbf\xbd\\\"\"]" },
		{ "ends in a bracket", "x[", "[\"x[\"]" },
	};
	struct buf	out = BUF_INIT;
	size_t		i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		buf_reset(&out);
		json_open(&out, NULL, '[');
		json_str(&out, NULL, rows[i].input);
		json_close(&out, ']');
		if (strcmp(buf_text(&out), rows[i].want) != 0)
			fail_msg("%s: got %s", rows[i].name, buf_text(&out));
	}
	buf_free(&out);
}

/* What follows a string that ends like an opening still has its comma. */
static void
test_comma_after_bracket(void **state)
{
	struct buf	out = BUF_INIT;

	(void)state;
	json_open(&out, NULL, '[');
	json_str(&out, NULL, "{");
	json_str(&out, NULL, "[");
	json_int(&out, NULL, 1);
	json_close(&out, ']');
	assert_string_equal(buf_text(&out), "[\"{\",\"[\",1]");
	buf_free(&out);
}

int
main(void)
{
	static const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_object),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_comma_after_bracket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
