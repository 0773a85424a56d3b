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
	/* RFC 2047 as it is really written. */
	{ "=?UTF-8?Q?two words?=", "two words", false },			/* spaces left raw */
	{ "=?utf-8?Q?100%?=", "100%", false },
	{ "=?utf-8?Q?a=3?=", "a=3", false },				/* a code cut short */
	{ "=?utf-8?Q?a=ZZb?=", "a=ZZb", false },
	{ "=?utf-8?q?=c3=a9?=", "é", false },				/* small letters */
	{ "=?UTF-8?B?w6k?= x", "é x", false },
	{ "=?UTF-8?B?w6k= ?=", "é", false },				/* space inside */
	{ "=?UTF-8?B?w6 k=?=", "é", false },
	{ "= ?UTF-8?Q?x?=", "= ?UTF-8?Q?x?=", false },
	{ "=?UTF-8?B?w6k=", "é", false },					/* its end is missing */
	{ "=?UTF-8?Q?Zo=C3=AB?", "Zoë", false },
	{ "=?UTF-8?Q?Zo=C3=AB? rest", "Zoë rest", false },
	{ "\"=?UTF-8?Q?Zo=C3=AB?=\" quoted", "\"Zoë\" quoted", false },
	{ "(=?UTF-8?Q?Zo=C3=AB?=)", "(Zoë)", false },
	{ "=?utf-8?B?4oKs?==?utf-8?B?4oKs?=", "€€", false },		/* none between them */
	{ "=?utf-8?Q?=E2?= =?utf-8?Q?=82?= =?utf-8?Q?=AC?=", "€", false },	/* a letter over three words */
	{ "=?utf-8?Q?=E2=82?= =?UTF-8?B?rA==?=", "€", false },		/* and in two encodings */
	{ "=?gb2312?B?1tA=?= =?gb2312?B?zsQ=?=", "中文", false },
	{ "=?iso-2022-jp?B?GyRCRnw=?= =?iso-2022-jp?B?GyRCS1wbKEI=?=", "日本", false },
	{ "=?utf-8?B?PT91dGYtOD9RP1pvPUMzPUFCPz0=?=", "Zoë", false },	/* encoded twice */
	{ "=?utf-8?Q?=3D=3Futf-8=3FQ=3FZo=3DC3=3DAB=3F=3D?=", "Zoë", false },
	{ "=?utf-8?Q?\?=", "", false },
	{ "=?utf-8?Q?\?= x", "x", false },
	{ "=?utf-8?Q?a=0D=0AX-Evil:_b?=", "a X-Evil: b", false },		/* no line ends get in */
	{ "=?iso-8859-1?Q?Zo=C3=AB?=", "Zoë", false },			/* UTF-8 under another name */
	{ "=?us-ascii?Q?Zo=EB?=", "Zoë", false },
	{ "=?ISO-8859-15?Q?=93x=94?=", "“x”", false },
	{ "=?unknown-8bit?Q?Zo=C3=AB?=", "Zoë", false },
	{ "=?x-user-defined?Q?Zo=EB?=", "Zoë", false },
	{ "=?cp-850?Q?Zo=89?=", "Zoë", false },
	{ "=?ansi_x3.110-1983?Q?Zoe?=", "Zoe", false },
	{ "=?gb2312?B?6UY=?=", "镕", false },				/* really GBK */
	{ "=?ks_c_5601-1987?B?jGM=?=", "똠", false },			/* really cp949 */
	{ "=?shift_jis?B?h0A=?=", "①", false },				/* really cp932 */
	{ "=?iso-2022-jp?B?GyRCLSEbKEI=?=", "①", false },
	{ "=?iso-2022-jp?B?GyhJMTIbKEI=?=", "ｱｲ", false },			/* half-width kana */
	{ "=?koi8-u?B?pA==?=", "є", false },
	{ "=?macintosh?Q?Zo=91?=", "Zoë", false },
	{ "=?hz-gb-2312?Q?~{VPND~}?=", "中文", false },
	{ "=?big5-hkscs?B?pKSk5Q==?=", "中文", false },
	{ "=?tis-620?B?oQ==?=", "ก", false },
	{ "=?windows-874?B?oQ==?=", "ก", false },
	{ "=?utf-7?Q?Zo+AOs-?=", "Zoë", false },
	{ "=?utf-16le?B?WgBvAOsA?=", "Zoë", false },
	{ "=?unicode?B?WgBvAOsA?=", "Zoë", false },
	{ "=?windows-1258?Q?=F5?=", "ơ", false },				/* a letter held back to the end */
	{ "=?windows-1251?B?/w==?=", "я", false },
	{ "=?windows-1250?Q?Zo=C3=AB?=", "Zoë", false },
	{ "=?windows-1251*ru?B?/w==?=", "я", false },
	{ "=?utf-8?Q?Zo=EB?=", "Zoë", true },				/* not what it says */
	{ "=?ebcdic-cp-gb?Q?abc?=", "abc", true },
	{ "Zo\xc3\xab and Zo\xc3\xab", "Zoë and Zoë", false },
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
	/* RFC 2231 as it is really written. */
	{ "attachment; filename*0=\"one \"; filename*1=\"two.pdf\"", "filename", "one two.pdf" },
	{ "attachment; filename*2=c; filename*0=a; filename*1=b", "filename", "abc" },
	{ "attachment; filename*0=a; filename*2=c.pdf", "filename", "ac.pdf" },		/* one is missing */
	{ "attachment; filename*1*=%C3%AB.pdf; filename*0*=UTF-8''Zo", "filename", "Zoë.pdf" },
	{ "attachment; filename*0*=UTF-8''Zo%C3; filename*1*=%AB.pdf", "filename", "Zoë.pdf" },	/* a letter in two */
	{ "attachment; filename*0*=iso-8859-1''Zo%EB; filename*1=\".pdf\"", "filename", "Zoë.pdf" },
	{ "attachment; filename*=%C3%AB.pdf", "filename", "ë.pdf" },			/* no charset at all */
	{ "attachment; filename*=\"UTF-8''Zo%C3%AB.pdf\"", "filename", "Zoë.pdf" },
	{ "attachment; filename*=utf-8'en'a%20b.pdf", "filename", "a b.pdf" },
	{ "attachment; filename*=utf-8''100%.pdf", "filename", "100%.pdf" },
	{ "attachment; filename*=utf-8''%zz%4.pdf", "filename", "%zz%4.pdf" },
	{ "attachment; filename*0=\"=?utf-8?Q?Zo=C3=AB?=\"; filename*1=\".pdf\"", "filename", "Zoë.pdf" },
	{ "attachment; filename=\"=?utf-8?Q?Zo=C3=AB_a?= =?utf-8?Q?nd_b.pdf?=\"", "filename", "Zoë and b.pdf" },
	{ "attachment; filename==?utf-8?Q?Zo=C3=AB.pdf?=", "filename", "Zoë.pdf" },
	{ "attachment; filename=\"Zo\xc3\xab.pdf\"", "filename", "Zoë.pdf" },
	{ "attachment; filename=\"Zo\xeb.pdf\"", "filename", "Zoë.pdf" },
	{ "attachment; filename=\"Zo%C3%AB.pdf\"", "filename", "Zo%C3%AB.pdf" },
	{ "attachment; filename='a b.pdf'", "filename", "a b.pdf" },
	{ "attachment; filename=a=b.pdf", "filename", "a=b.pdf" },
	{ "attachment;\r\n filename=\"a\r\n b.pdf\"", "filename", "a b.pdf" },
	{ "attachment filename=\"a.pdf\"", "filename", "a.pdf" },			/* no semicolon */
	{ "attachment;; filename=\"a.pdf\";", "filename", "a.pdf" },
	{ "attachment; filename=", "filename", "" },
	{ "attachment; filename=\"\"", "filename", "" },
	{ "attachment; filename*99999999999999999999=a", "filename", "a" },
	{ "attachment; filename=\"C:\\Docs\\a.pdf\"", "filename", "C:\\Docs\\a.pdf" },
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
	/* as it is really written */
	{ "Ada <ada@example.org> (at work)", "Ada|ada@example.org" },
	{ "ada@example.org <ada@example.org>", "ada@example.org|ada@example.org" },
	{ "\"fake@example.net\" <real@example.org>", "fake@example.net|real@example.org" },
	{ "fake@example.net <real@example.org>", "fake@example.net|real@example.org" },
	{ "=?utf-8?Q?Ada_=3Cfake=40example.net=3E?= <real@example.org>", "Ada <fake@example.net>|real@example.org" },
	{ "=?utf-8?Q?fake=40example.net=2C_x?= <real@example.org>", "fake@example.net, x|real@example.org" },
	{ "\"name <fake@example.net>\" <real@example.org>", "name <fake@example.net>|real@example.org" },
	{ "name <fake@example.net> <real@example.org>", "name|real@example.org" },
	{ "Ada ada@example.org", "Ada|ada@example.org" },				/* no brackets */
	{ "ADA@EXAMPLE.ORG", "|ADA@example.org" },
	{ "ada@example.org.", "|ada@example.org" },
	{ "<ada@example.org.>", "|ada@example.org" },
	{ "<<ada@example.org>>", "|ada@example.org" },
	{ "ada@b\xc3\xbc" "cher.example", "|ada@bücher.example" },
	{ "Ada <ada@xn--bcher-kva.example>", "Ada|ada@xn--bcher-kva.example" },
	{ "\"ada\"@example.org", "|ada@example.org" },
	{ "Ada (the \\(first\\)) <ada@example.org>", "Ada|ada@example.org" },
	{ "a@example.org; b@example.org", "|a@example.org;|b@example.org" },
	{ "A: a@example.org;, B: b@example.org;", "|a@example.org;|b@example.org" },
	{ "Ada <ada@example.org>, , <>, Bo <bo@example.org>", "Ada|ada@example.org;Bo|bo@example.org" },
	{ "Ada Byron [ada@example.org]", "Ada Byron|ada@example.org" },
	{ "Ada <SMTP:ada@example.org>", "Ada|ada@example.org" },
	{ "Ada <@relay.example:ada@example.org>", "Ada|ada@example.org" },
	{ "Ada < ada@example.org >", "Ada|ada@example.org" },
	{ "Ada <ada @example.org>", "Ada|ada@example.org" },
	{ "\"Byron, Ada (SEND)\" <ada@example.org>", "Byron, Ada (SEND)|ada@example.org" },
	{ "Byron, Ada (SEND) <ada@example.org>", "Byron, Ada|ada@example.org" },
	{ "\"=?utf-8?Q?Zo=C3=AB?=\" <zoe@example.org>", "Zoë|zoe@example.org" },
	{ "=?utf-8?Q?Byron=2C_Ada?= <ada@example.org>", "Byron, Ada|ada@example.org" },
	{ "=?utf-8?B?5pel5pys?= =?utf-8?B?6Kqe?= <a@example.org>", "日本語|a@example.org" },
	{ "Zo\xc3\xab <zoe@example.org>", "Zoë|zoe@example.org" },
	{ "\"Ada \\\"Al\\\" Byron\" <ada@example.org>", "Ada \"Al\" Byron|ada@example.org" },
	{ "\"open <ada@example.org>", "open|ada@example.org" },				/* a quote never closed */
	{ "Ada (open <ada@example.org>", "Ada|ada@example.org" },
	{ "O'Neil@example.org", "|O'Neil@example.org" },
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
