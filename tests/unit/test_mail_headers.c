/* Encoded words, parameters, addresses, ids: right forms and broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "mail/headers.h"
#include "mail/parse.h"

static const struct {
	const char	*raw, *want;
	bool		 remark;
} words[] = {
	{ "plain", "plain", false },
	{ " folded\r\n over\r\n\ttwo", "folded over two", false },
	{ "=?utf-8?B?Wm/Dqw==?=", "Zoë", false },
	{ "=?UTF-8?q?a_b=3Dc?= d", "a b=c d", false },
	{ "=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab", false },
	{ "=?utf-8?Q?a?=\r\n =?utf-8?Q?_b?=", "a b", false },
	{ "=?utf-8?B?w7w=?= and =?utf-8?B?w58=?=", "ü and ß", false },
	{ "=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "€", false },		/* a letter split between words */
	{ "=?iso-8859-1?Q?=93x=94?=", "“x”", false },			/* Windows-1252 under another name */
	{ "=?utf-8?Q?open end", "open end", false },
	{ "x=?utf-8?Q?=C3=A9?=y", "xéy", false },
	{ "=?utf-8?X?abc?=", "=?utf-8?X?abc?=", false },
	{ "=??Q?abc?=", "=??Q?abc?=", false },
	{ "=?utf-8?B?Wm/Dqw?=", "Zoë", false },			/* no padding */
	{ "=?utf-8*en?Q?=C3=A9?=", "é", false },
	{ "Zo\xc3\xab", "Zoë", false },				/* eight bits, UTF-8 */
	{ "Zo\xeb", "Zoë", false },					/* eight bits, Latin */
	{ "=?x-none?Q?abc?=", "abc", true },
	{ "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本", false },
	{ "", "", false },
};

static void
test_words(void **state)
{
	struct arena *arena = arena_new();
	size_t i;

	(void)state;
	parse_start();
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct strs remarks = { NULL, 0 };
		char *got = header_decode(arena, words[i].raw, "subject", &remarks);

		if (strcmp(got, words[i].want) != 0 || (remarks.n > 0) != words[i].remark)
			fail_msg("\"%s\": got \"%s\", wanted \"%s\", %zu remarks", words[i].raw, got, words[i].want,
			    remarks.n);
	}
	arena_free(&arena);
}

static const struct {
	const char	*raw, *name, *want;
} params[] = {
	{ "attachment; filename=\"a b.docx\"", "filename", "a b.docx" },
	{ "attachment; filename=a b.docx; size=3", "filename", "a b.docx" },
	{ "attachment; size=3; filename=\"x;y.pdf\"", "filename", "x;y.pdf" },
	{ "attachment; filename*=UTF-8''Zo%C3%AB.pdf", "filename", "Zoë.pdf" },
	{ "attachment; filename*0*=utf-8''Zo%C3%AB%20; filename*1=\"and more.pdf\"", "filename", "Zoë and more.pdf" },
	{ "attachment; filename*1*=b.pdf; filename*0*=utf-8''a", "filename", "ab.pdf" },
	{ "attachment; filename=\"=?utf-8?B?Wm/Dqw==?=.pdf\"", "filename", "Zoë.pdf" },
	{ "attachment; filename=\"a.pdf\"; filename*=utf-8''%C3%A9.pdf", "filename", "é.pdf" },
	{ "attachment; filename=\"quo\\\"te.pdf\"", "filename", "quo\"te.pdf" },
	{ "attachment; FILENAME = \"a.pdf\"", "filename", "a.pdf" },
	{ "attachment", "filename", NULL },
	{ "attachment; filenames=\"a.pdf\"", "filename", NULL },
	{ "attachment; filename=\"open", "filename", "open" },
};

static void
test_params(void **state)
{
	struct arena *arena = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		struct strs remarks = { NULL, 0 };
		char *got = header_param(arena, params[i].raw, params[i].name, &remarks);

		if ((got == NULL) != (params[i].want == NULL) ||
		    (got != NULL && strcmp(got, params[i].want) != 0))
			fail_msg("\"%s\": got \"%s\", wanted \"%s\"", params[i].raw, got == NULL ? "(none)" : got,
			    params[i].want == NULL ? "(none)" : params[i].want);
	}
	arena_free(&arena);
}

static const struct {
	const char	*raw, *want;	/* "name|address" joined by ";" */
} lists[] = {
	{ "a@example.org", "|a@example.org" },
	{ "Ada Byron <ada@Example.ORG>", "Ada Byron|ada@example.org" },
	{ "\"Byron, Ada\" <ada@example.org>, b@example.org", "Byron, Ada|ada@example.org;|b@example.org" },
	{ "Byron, Ada <ada@example.org>", "Byron, Ada|ada@example.org" },
	{ "ada@example.org (Ada Byron)", "Ada Byron|ada@example.org" },
	{ "Team: a@example.org, B <b@example.org>;", "|a@example.org;B|b@example.org" },
	{ "undisclosed-recipients:;", "" },
	{ "'Ada' <mailto:ada@example.org>", "Ada|ada@example.org" },
	{ "Microsoft Exchange Server", "Microsoft Exchange Server|" },
	{ "=?utf-8?Q?Zo=C3=AB?= <zoe@example.org>", "Zoë|zoe@example.org" },
	{ "\"a@b.example\" <real@example.org>", "a@b.example|real@example.org" },
	{ "Ada <ada@example.org", "Ada|ada@example.org" },
	{ "<>", "" },
	{ "", "" },
};

static void
test_addresses(void **state)
{
	struct arena *arena = arena_new();
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct mail_addresses list = { NULL, 0 };
		struct strs remarks = { NULL, 0 };
		char *got = arena_strdup(arena, "");

		address_parse(arena, lists[i].raw, "To", &remarks, &list);
		for (j = 0; j < list.n; j++)
			got = arena_printf(arena, "%s%s%s|%s", got, j == 0 ? "" : ";", list.v[j].name, list.v[j].address);
		if (strcmp(got, lists[i].want) != 0)
			fail_msg("\"%s\": got \"%s\", wanted \"%s\"", lists[i].raw, got, lists[i].want);
	}
	arena_free(&arena);
}

static void
test_ids_and_dates(void **state)
{
	struct arena *arena = arena_new();
	struct strs ids = { NULL, 0 };

	(void)state;
	header_ids(arena, "<a@x>\r\n <b@x><c@x> junk <open", &ids);
	assert_int_equal(ids.n, 3);
	assert_string_equal(ids.v[2], "c@x");
	assert_true(header_date("Mon, 5 Oct 2026 07:58:54 +0000") == 1791187134);
	assert_true(header_date("Mon, 5 Oct 2026 08:58:54 +0100 (BST)") == 1791187134);
	assert_true(header_date("yesterday") == INSTANT_NONE);
	assert_true(header_date("") == INSTANT_NONE);
	assert_string_equal(header_thread_root(arena, "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhc="),
	    "0102030405060708090a0b0c0d0e0f10111213141516");
	assert_string_equal(header_thread_root(arena, "AQID"), "");
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_ids_and_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
