/* What journald is told of a log line: which fields, and that nothing in a line can make one of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log_journal.h"

struct row {
	const char	*name, *role, *line, *want;	/* want: without PRIORITY, SYSLOG_IDENTIFIER and MESSAGE */
};

static const struct row rows[] = {
	{ "keys", "core", "decided mailbox=advice uid=17 case=4", "ADVICED_EVENT=decided\nADVICED_ROLE=core\nADVICED_MAILBOX=advice\n"
	    "ADVICED_UID=17\nADVICED_CASE=4\n" },
	{ "a hyphen", "core", "sign-in=office days-left=7", "ADVICED_EVENT=sign-in\nADVICED_ROLE=core\n"
	    "ADVICED_SIGN_IN=office\nADVICED_DAYS_LEFT=7\n" },
	{ "a mailbox's process", "fetch:advice", "trouble scope=2 reason=\"no route\"",
	    "ADVICED_EVENT=trouble\nADVICED_ROLE=fetch\nADVICED_MAILBOX=advice\nADVICED_SCOPE=2\n" },
	{ "its mailbox once", "fetch:advice", "entered mailbox=advice uid=1",
	    "ADVICED_EVENT=entered\nADVICED_ROLE=fetch\nADVICED_MAILBOX=advice\nADVICED_UID=1\n" },
	{ "what a server says names nothing", "send", "lost tries=2 reason=\"x\" mailbox=other priority=0",
	    "ADVICED_EVENT=lost\nADVICED_ROLE=send\nADVICED_TRIES=2\n" },
	{ "quotes in quotes", "send", "lost reason=\"said \" case=9 \" and\" case=8", "ADVICED_EVENT=lost\nADVICED_ROLE=send\n" },
	{ "no name", "core", "x MESSAGE=1 =2 a.b=3 _k=4", "ADVICED_EVENT=x\nADVICED_ROLE=core\nADVICED__K=4\n" },
	{ "no role", "", "started", "ADVICED_EVENT=started\n" },
	{ "no value", "core", "command name= uid=0", "ADVICED_EVENT=command\nADVICED_ROLE=core\nADVICED_NAME=\nADVICED_UID=0\n" },
};

static void
test_entries(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char got[4096], want[4096];
		size_t len = journal_entry(got, sizeof(got) - 1, LOG_LEVEL_WARNING, rows[i].role, rows[i].line);

		got[len] = '\0';
		snprintf(want, sizeof(want), "PRIORITY=4\nSYSLOG_IDENTIFIER=adviced\nMESSAGE=%s%s%s\n%s", rows[i].line,
		    rows[i].role[0] == '\0' ? "" : " role=", rows[i].role, rows[i].want);
		if (strcmp(got, want) != 0)
			fail_msg("row %zu, %s:\ngot  %s\nwant %s", i, rows[i].name, got, want);
	}
}

/* Whatever fits is whole: no field is cut. */
static void
test_room(void **state)
{
	char whole[4096], got[4096];
	size_t len = journal_entry(whole, sizeof(whole), LOG_LEVEL_INFO, "core", rows[0].line);

	(void)state;
	for (size_t size = 0; size <= len; size++) {
		size_t n = journal_entry(got, size, LOG_LEVEL_INFO, "core", rows[0].line);

		assert_true(n <= size);
		assert_true(n == 0 || got[n - 1] == '\n');
	}
	assert_int_equal(journal_entry(got, len, LOG_LEVEL_INFO, "core", rows[0].line), len);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_entries), cmocka_unit_test(test_room) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
