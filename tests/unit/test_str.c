/* Text: lists, white space, folding of names, showing untrusted bytes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"

struct row {
	const char	*name, *input, *want;
};

typedef char *text_function(struct arena *arena, const char *text);

static void
run_rows(const struct row *rows, size_t count, text_function *function)
{
	struct arena	*arena = arena_new();
	char		*got;
	size_t		 i;

	for (i = 0; i < count; i++) {
		got = function(arena, rows[i].input);
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", rows[i].name, got, rows[i].want);
	}
	arena_free(&arena);
}

#define RUN_ROWS(rows, function) run_rows(rows, sizeof(rows) / sizeof(*(rows)), function)

static void
test_trim(void **state)
{
	static const struct row	rows[] = {
		{ "empty", "", "" },
		{ "only space", " \t\r\n ", "" },
		{ "only no-break spaces", "\xc2\xa0\xc2\xa0", "" },
		{ "both ends", "  a  b \n", "a  b" },
		{ "no-break space at the ends", "\xc2\xa0" "a\xc2\xa0 ", "a" },
		{ "thin spaces", "\xe2\x80\x89" "a\xe2\x80\xaf", "a" },
		{ "a letter that ends like a space", " \xc3\xa0 ", "\xc3\xa0" },
		{ "a lone byte stays", "a\xa0", "a\xa0" },
	};

	(void)state;
	RUN_ROWS(rows, str_trim);
}

static void
test_squeeze(void **state)
{
	static const struct row	rows[] = {
		{ "empty", "", "" },
		{ "only space", " \r\n\t", "" },
		{ "runs", "  a \r\n b\tc  ", "a b c" },
		{ "no-break space", "12\xc2\xa0March\xc2\xa0 2015", "12 March 2015" },
		{ "ideographic and narrow", "a\xe3\x80\x80" "b\xe2\x80\xaf" "c", "a b c" },
		{ "line separator", "a\xe2\x80\xa8" "b", "a b" },
		{ "curly quotes stay", "O\xe2\x80\x99" "Brien", "O\xe2\x80\x99" "Brien" },
		{ "cut sequence at the end", "a \xe2\x80", "a \xe2\x80" },
		{ "cut sequence of one byte", "\xc2", "\xc2" },
	};

	(void)state;
	RUN_ROWS(rows, str_squeeze);
}

static void
test_lower(void **state)
{
	static const struct row	rows[] = {
		{ "ascii", "AbC-9", "abc-9" },
		{ "accents", "\xc3\x89MILE", "\xc3\xa9mile" },
		{ "two bytes become three", "\xc8\xba\xc8\xba\xc8\xba",
		    "\xe2\xb1\xa5\xe2\xb1\xa5\xe2\xb1\xa5" },
		{ "bad bytes stay", "A\xff" "B\xc3", "a\xff" "b\xc3" },
	};

	(void)state;
	RUN_ROWS(rows, str_lower);
}

static void
test_fold_name(void **state)
{
	static const struct row	rows[] = {
		{ "plain", "Jane Smith", "jane smith" },
		{ "surname first", "SMITH, Jane", "jane smith" },
		{ "surname first, two forenames", "Smith,Jane  Mary", "jane mary smith" },
		{ "straight apostrophe", "O'Brien", "obrien" },
		{ "curly apostrophe", "O\xe2\x80\x99" "Brien", "obrien" },
		{ "wrong-way apostrophe", "O\xe2\x80\x98" "Brien", "obrien" },
		{ "backtick and acute", "O`Brien O\xc2\xb4" "Brien", "obrien obrien" },
		{ "hyphen", "Anne-Marie", "anne marie" },
		{ "no-break hyphen", "Anne\xe2\x80\x91Marie", "anne marie" },
		{ "en dash", "Anne\xe2\x80\x93Marie", "anne marie" },
		{ "accent in one character", "Zo\xc3\xab", "zoe" },
		{ "accent as a mark", "Zoe\xcc\x88", "zoe" },
		{ "letters without a base", "\xc5\x81ukasz S\xc3\xb8rensen Strau\xc3\x9f",
		    "lukasz sorensen strauss" },
		{ "ligature", "\xc3\x86thelred", "aethelred" },
		{ "no-break space, dots", "J.\xc2\xa0" "B. Smith", "j b smith" },
		{ "zero-width space", "Jane\xe2\x80\x8b Smith", "jane smith" },
		{ "other alphabets stay", "\xd0\x98\xd0\x92\xd0\x90\xd0\x9d", "\xd0\xb8\xd0\xb2\xd0\xb0\xd0\xbd" },
		{ "bad bytes are space", "Jane\xff" "Smith", "jane smith" },
		{ "comma and nothing", "Smith,", "smith" },
		{ "nothing", " , ", "" },
	};

	(void)state;
	RUN_ROWS(rows, str_fold_name);
}

static void
test_visible(void **state)
{
	static const struct {
		const char	*name, *input;
		size_t		 max;
		const char	*want;
	} rows[] = {
		{ "plain", "abc def", 100, "abc def" },
		{ "line end", "a\r\nb", 100, "a\\x0d\\x0ab" },
		{ "escape sequence", "\x1b[31m", 100, "\\x1b[31m" },
		{ "bad byte", "a\xff", 100, "a\\xff" },
		{ "text turned round", "a\xe2\x80\xae" "b", 100, "a\\u{202e}b" },
		{ "cut", "abcdef", 3, "abc" },
		{ "cut at a character", "ab\xc3\xa9", 3, "ab" },
		{ "cut before an escape", "ab\n", 4, "ab" },
		{ "none allowed", "abc", 0, "" },
	};
	struct arena	*arena = arena_new();
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char	*got = str_visible(arena, rows[i].input, rows[i].max);

		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", rows[i].name, got, rows[i].want);
	}
	arena_free(&arena);
}

#define FFFD "\xef\xbf\xbd"

static void
test_utf8(void **state)
{
	static const struct {
		const char	*name, *input;
		size_t		 len;
		const char	*want;
	} rows[] = {
		{ "empty", "", 0, "" },
		{ "valid", "\xc3\xa9", 2, "\xc3\xa9" },
		{ "NUL", "a\0b", 3, "a" FFFD "b" },
		{ "only NUL", "\0", 1, FFFD },
		{ "windows-1252", "caf\xe9 au", 7, "caf" FFFD " au" },
		{ "cut", "a\xe2\x82", 3, "a" FFFD FFFD },
		{ "surrogate", "\xed\xa0\x80", 3, FFFD FFFD FFFD },
		{ "overlong", "\xc0\xaf", 2, FFFD FFFD },
		{ "not beyond len", "abc\xff", 3, "abc" },
	};
	struct arena	*arena = arena_new();
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char	*got = str_utf8(arena, rows[i].input, rows[i].len);

		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", rows[i].name, got, rows[i].want);
	}
	arena_free(&arena);
}

static void
test_nearest(void **state)
{
	static const char *const list[] = { "escalate", "remind", "send", "go", "to", "n", NULL };
	static const struct row	 rows[] = {
		{ "swapped", "escalaet", "escalate" },
		{ "a letter missing", "remnd", "remind" },
		{ "any case", "REMIND", "remind" },
		{ "changed", "sand", "send" },
		{ "short", "ot", "to" },
		{ "nothing near", "template", NULL },
		{ "not just anything for one letter", "x", NULL },
		{ "empty", "", NULL },
	};
	const char	*got;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		got = str_nearest(rows[i].input, list);
		if (!str_same(got, rows[i].want))
			fail_msg("%s: got %s", rows[i].name, got == NULL ? "nothing" : got);
	}
}

static void
test_number(void **state)
{
	static const struct {
		const char	*input;
		bool		 taken;
		long		 want;
	} rows[] = {
		{ "0", true, 0 }, { "100", true, 100 }, { "-5", true, -5 }, { "007", true, 7 },
		{ "101", false, 0 }, { "-6", false, 0 }, { "", false, 0 }, { "-", false, 0 },
		{ " 1", false, 0 }, { "1 ", false, 0 }, { "+1", false, 0 }, { "0x1", false, 0 },
		{ "--1", false, 0 }, { "99999999999999999999", false, 0 },
	};
	long	value;
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		value = 42;
		if (str_number(rows[i].input, -5, 100, &value) != rows[i].taken ||
		    value != (rows[i].taken ? rows[i].want : 42))
			fail_msg("\"%s\": got %ld", rows[i].input, value);
	}
}

static void
test_lists(void **state)
{
	struct arena	*arena = arena_new();
	struct strs	 list = { NULL, 0 };
	size_t		 i;

	(void)state;
	assert_string_equal(strs_join(arena, &list, ", "), "");
	strs_add(arena, &list, "One");
	assert_string_equal(strs_join(arena, &list, ", "), "One");
	strs_add_new(arena, &list, "ONE");
	strs_add_new(arena, &list, "two");
	assert_int_equal(list.n, 2);
	assert_string_equal(strs_join(arena, &list, ", "), "One, two");
	assert_true(strs_has(&list, "One"));
	assert_false(strs_has(&list, "one"));
	assert_true(strs_has_nocase(&list, "oNE"));
	for (i = 0; i < 100; i++)
		strs_add(arena, &list, "x");
	assert_int_equal(list.n, 102);
	assert_string_equal(list.v[1], "two");
	arena_free(&arena);
}

static void
test_comparing(void **state)
{
	(void)state;
	assert_true(str_same(NULL, NULL));
	assert_false(str_same(NULL, ""));
	assert_false(str_same("", NULL));
	assert_true(str_same("aB", "Ab"));
	assert_false(str_same("a", "ab"));
	assert_true(str_starts("abc", "ab"));
	assert_false(str_starts("abc", "AB"));
	assert_false(str_starts("a", "ab"));
	assert_true(str_starts_nocase("abc", "AB"));
	assert_true(str_ends_nocase("form.DOCX", ".docx"));
	assert_false(str_ends_nocase("x", ".docx"));
	assert_true(str_ends_nocase("x", ""));
}

int
main(void)
{
	static const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_squeeze),
		cmocka_unit_test(test_lower),
		cmocka_unit_test(test_fold_name),
		cmocka_unit_test(test_visible),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_comparing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
