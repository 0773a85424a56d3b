/* Names, dates of birth, NHS numbers, UPNs: labelled, checked, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "mail/facts.h"
#include "mail/identifier.h"

static const struct {
	const char	*text, *want;	/* "kind=value" joined by ";", dates and addresses left out unless asked */
} rows[] = {
	{ "Name of child/young person: Idris Vaughan-Hughes", "child-name=Idris Vaughan-Hughes" },
	{ "Child's name: VAUGHAN-HUGHES, Idris", "child-name=Idris VAUGHAN-HUGHES" },
	{ "Child’s name - Zoë O’Dowd", "child-name=Zoë O’Dowd" },
	{ "Child's name: Niamh O'Dowd, DOB 12/03/2015", "child-name=Niamh O'Dowd;date-of-birth=2015-03-12" },
	{ "Look at Child's name: Ann Lee, Date of birth: 5 May 2015, reference EHC-1 next",
	    "child-name=Ann Lee;date-of-birth=2015-05-05" },
	{ "Child's name\tAnn Lee\nDate of birth\t5 May 2015\n", "child-name=Ann Lee;date-of-birth=2015-05-05" },
	{ "Name of child\nAnn Lee\n", "child-name=Ann Lee" },
	{ "Surname: Lee\nForename(s): Ann Mary\n", "child-name=Ann Mary Lee" },
	{ "First name: Ann\nLast name: Lee\n", "child-name=Ann Lee" },
	{ "Name: Ann Lee\n\nDate of birth: 5 May 2015\n", "child-name=Ann Lee;date-of-birth=2015-05-05" },
	{ "Name: Ann Lee\nTel: 0000\n", "" },
	{ "Child: Ann Lee (known as Annie)", "child-name=Ann Lee" },
	{ "Child's name: A.L.", "" },
	{ "Child's name: AL", "" },
	{ "Child's name: Ann", "" },
	{ "Child's name: not known", "" },
	{ "the child - Ann Lee said so", "" },
	{ "We met Ann Lee.", "" },
	{ "DOB: 12/03/2015", "date-of-birth=2015-03-12" },
	{ "d.o.b. 12.3.15", "date-of-birth=2015-03-12" },
	{ "D.O.B 4/7/08", "date-of-birth=2008-07-04" },
	{ "Date of Birth - 1st Feb 2012", "date-of-birth=2012-02-01" },
	{ "Date of birth (dd/mm/yyyy): 12/03/2015", "date-of-birth=2015-03-12" },
	{ "born on Thursday 12 March 2015", "date-of-birth=2015-03-12" },
	{ "DOB 2015-03-12", "date-of-birth=2015-03-12" },
	{ "DOB: 31/02/2015", "" },
	{ "DOB: 1 May 2031", "" },
	{ "NHS number: 943 476 5919", "nhs-number=9434765919" },
	{ "NHS No 943-476-5919", "nhs-number=9434765919" },
	{ "NHS: 9434765919", "nhs-number=9434765919" },
	{ "NHS number: 943 476 5918", "" },
	{ "Tel 9434765919", "" },
	{ "NHS 9999999999", "" },
	{ "NHS number: 94347659190", "" },
	{ "UPN: B801200005001", "upn=B801200005001" },
	{ "upn h801200001001", "upn=H801200001001" },
	{ "UPN: B 8012 0000 5001", "upn=B801200005001" },
	{ "UPN: A801200005001", "" },
	{ "B8012000050011", "" },
};

static void
test_facts(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct message *message = arena_alloc(arena, sizeof(*message));
		char *got = arena_strdup(arena, "");

		message->new_text = rows[i].text;
		facts_find(arena, message, date_from_civil(2026, 10, 5));
		for (j = 0; j < message->said_count; j++) {
			const struct said *said = &message->said[j];

			assert_true((size_t)said->start + said->length <= strlen(rows[i].text));
			if (said->kind == SAID_DATE || said->kind == SAID_ADDRESS)
				continue;
			got = arena_printf(arena, "%s%s%s=%s", got, *got == '\0' ? "" : ";", said_kind_name(said->kind),
			    said->value);
		}
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("\"%s\": got \"%s\", wanted \"%s\"", rows[i].text, got, rows[i].want);
		arena_free(&arena);
	}
}

static void
test_span_and_source(void **state)
{
	struct arena *arena = arena_new();
	struct message *message = arena_alloc(arena, sizeof(*message));

	(void)state;
	message->subject = "Advice by 12 October 2026";
	message->new_text = "Write to Ada.Byron@Example.org.";
	facts_find(arena, message, date_from_civil(2026, 10, 5));
	assert_int_equal(message->said_count, 2);
	assert_int_equal(message->said[0].source, SOURCE_SUBJECT);
	assert_string_equal(message->said[0].value, "2026-10-12");
	assert_int_equal(message->said[0].start, 10);
	assert_int_equal(message->said[0].length, 15);
	assert_string_equal(message->said[1].value, "Ada.Byron@example.org");
	arena_free(&arena);
}

static void
test_check_digits(void **state)
{
	(void)state;
	assert_true(nhs_number_is_valid("9434765919"));
	assert_true(nhs_number_is_valid("4505577104"));
	assert_false(nhs_number_is_valid("9434765918"));
	assert_false(nhs_number_is_valid("943476591"));
	assert_false(nhs_number_is_valid("9999999999"));
	assert_true(upn_is_valid("B801200005001"));
	assert_true(upn_is_valid("H801200001001"));
	assert_false(upn_is_valid("H801200001002"));
	assert_false(upn_is_valid("I801200001001"));
	assert_false(upn_is_valid(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_span_and_source),
		cmocka_unit_test(test_check_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
