/* The involvement list: whole or not at all, every bad line named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "conf/involvement.h"

#define DATA "tests/data/lists/"

static void
test_good(void **state)
{
	struct arena *arena = arena_new();
	struct involvement_list *list = NULL;
	struct buf problems = BUF_INIT;
	struct err err = { ERR_NONE, "" };

	(void)state;
	if (involvement_read(arena, DATA "involvement-good.csv", &list, &problems, &err) == -1)
		print_error("%s\n%s", err.text, buf_text(&problems));
	assert_non_null(list);
	assert_int_equal(list->count, 3);
	assert_string_equal(list->rows[0].nhs_number, "9990000115");
	assert_string_equal(list->rows[0].upn, "T999910112111");
	assert_string_equal(list->rows[0].worker, "ann.lee@x.example");
	assert_int_equal(list->rows[0].born, date_from_civil(2016, 3, 12));
	assert_true(list->rows[0].open);
	assert_int_equal(list->rows[0].flags.n, 2);
	assert_true(strs_has(&list->rows[0].flags, "restricted"));
	assert_int_equal(list->rows[1].closed_on, date_from_civil(2026, 8, 11));
	assert_false(list->rows[1].open);
	assert_string_equal(list->rows[2].service, "CWD");
	assert_int_equal(list->rows[2].born, DAY_NONE);
	assert_int_equal(list->rows[2].line, 5);
	buf_free(&problems);
	arena_free(&arena);
}

static const char *const faults[] = {
	":2: date-of-birth: \"12/03/2016\" is no date", ":3: the last digit of the nhs-number",
	":4: the nhs-number does not have ten digits", ":5: the upn is not one letter",
	":6: service: \"XYZ\" is none of", ":7: status: \"pending\" is neither",
	":8: the status is open, but closed-on is 2026-01-01", ":9: closed-on: \"2026-02-30\" is no date",
	":10: worker: \"ann at x.example\"", ":11: flags: \"so(bad)\"", ":12: the person-id is missing",
	":13: the name is missing", ":14: 9 fields where there should be 10",
	":15: closed-on lies before the date of birth",
};

static void
test_faults(void **state)
{
	struct arena *arena = arena_new();
	struct involvement_list *list = NULL;
	struct buf problems = BUF_INIT;
	struct err err;
	size_t i;
	int bad = 0;

	(void)state;
	assert_int_equal(involvement_read(arena, DATA "involvement-bad.csv", &list, &problems, &err), -1);
	assert_int_equal(err.scope, ERR_CONFIG);
	assert_null(list);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (strstr(buf_text(&problems), faults[i]) == NULL) {
			print_error("want \"%s\" in\n%s", faults[i], buf_text(&problems));
			bad++;
		}
	/* No child's name in what is reported. */
	assert_null(strstr(buf_text(&problems), "Hartley"));
	buf_free(&problems);
	arena_free(&arena);
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_good), cmocka_unit_test(test_faults) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
