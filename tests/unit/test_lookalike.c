/* Domains that are made to be taken for another, as a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/lookalike.h"

static const struct { const char *name, *domain, *genuine; bool want; } rows[] = {
	{ "itself", "childrenstrust.example", "childrenstrust.example", false },
	{ "itself in capitals", "ChildrensTrust.example", "childrenstrust.example", false },
	{ "what stands below it", "mail.childrenstrust.example", "childrenstrust.example", false },
	{ "another name", "midlandschools.example", "childrenstrust.example", false },
	{ "a letter left out", "childrentrust.example", "childrenstrust.example", true },
	{ "a letter more", "childrensstrust.example", "childrenstrust.example", true },
	{ "another letter", "childremstrust.example", "childrenstrust.example", true },
	{ "two changed round", "chlidrenstrust.example", "childrenstrust.example", true },
	{ "two letters other: another name", "shildrenstrast.example", "childrenstrust.example", false },
	{ "rn for m", "birrningharn.example", "birmingham.example", true },
	{ "0 for o", "st0ckp0rt.example", "stockport.example", true },
	{ "1 for l and i", "1e1cester.example", "leicester.example", true },
	{ "vv for w", "vvarvvick.example", "warwick.example", true },
	{ "hyphens added", "childrens-trust.example", "childrenstrust.example", true },
	{ "a hyphen left out", "childrenstrust.example", "childrens-trust.example", true },
	{ "another ending", "childrenstrust.test", "childrenstrust.example", true },
	{ "another ending, and below it", "mail.childrenstrust.test", "childrenstrust.example", true },
	{ "a council's name under com", "leicester.com", "leicester.gov.uk", true },
	{ "and under org.uk", "leicester.org.uk", "leicester.gov.uk", true },
	{ "one letter off under co.uk", "leicestr.co.uk", "leicester.gov.uk", true },
	{ "a university of the same town", "leicester.ac.uk", "leicester.gov.uk", false },
	{ "the police of the same county", "durham.police.uk", "durham.gov.uk", false },
	{ "the genuine name in front of a stranger's", "childrenstrust.example.login.test", "childrenstrust.example", true },
	{ "the same with hyphens", "childrenstrust-example.test", "childrenstrust.example", true },
	{ "Cyrillic letters", "l\xd0\xb5ic\xd0\xb5ster.example", "leicester.example", true },
	{ "the same as it stands in a header", "xn--licster-7ggc.example", "leicester.example", true },
	{ "an accent", "l\xc3\xa9icester.example", "leicester.example", true },
	{ "an honest foreign name", "xn--mnchen-3ya.example", "leicester.example", false },
	{ "short names differ honestly", "dss.example", "das.example", false },
	{ "nothing", "", "leicester.example", false },
	{ "broken punycode", "xn--\xff.example", "leicester.example", false },
	{ "dots alone", "...", "leicester.example", false },
};

static void
test_rows(void **unused)
{
	size_t failed = 0;

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (domain_looks_like(rows[i].domain, rows[i].genuine) != rows[i].want) {
			fprintf(stderr, "%s: %s and %s\n", rows[i].name, rows[i].domain, rows[i].genuine);
			failed++;
		}
	assert_int_equal(failed, 0);
}

static void
test_long(void **unused)
{
	char longest[1000];

	(void)unused;
	for (size_t i = 0; i < sizeof(longest) - 1; i++)
		longest[i] = i % 50 == 49 ? '.' : 'a';
	for (size_t n = 240; n < sizeof(longest); n++) {
		longest[n] = '\0';
		assert_false(domain_looks_like(longest, "leicester.example"));
		assert_false(domain_looks_like("leicester.example", longest));
		longest[n] = n % 50 == 49 ? '.' : 'a';
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_long) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
