/* The pure parts of imap/: sets of UIDs, names and places of folders, waits, and servers that want to be left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "imap/backoff.h"
#include "imap/busy.h"
#include "imap/name.h"
#include "imap/place.h"
#include "imap/uidset.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static void
test_folder_names(void **state)
{
	static const struct { const char *folder, *want; } rows[] = {
		{ "Processed", "Processed" },
		{ "Needs you", "Needs you" },
		{ "A & B", "A &- B" },
		{ "Gel\xc3\xb6scht", "Gel&APY-scht" },
		{ "\xe5\x8f\xb0\xe5\x8c\x97", "&U,BTFw-" },
		{ "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", "~peter/mail/&U,BTFw-/&ZeVnLIqe-" },
		{ "\xf0\x9f\x93\xa8", "&2D3c6A-" },
		{ "a\r\nb", "a&,,3,,Q-b" },
		{ "\xff", "&,,0-" },
		{ "\xc3", "&,,0-" },
		{ "", "" }
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_INIT;

		name_encode(rows[i].folder, &out);
		if (strcmp(buf_text(&out), rows[i].want) != 0)
			fail_msg("row %zu: %s became %s, not %s", i, rows[i].folder, buf_text(&out), rows[i].want);
		buf_free(&out);
	}
}

static void
test_write_sets(void **state)
{
	static const struct { uint32_t v[6]; size_t n, max, taken; const char *want; } rows[] = {
		{ { 1 }, 1, 9, 1, "1" },
		{ { 1, 2, 3, 7, 9, 10 }, 6, 9, 6, "1:3,7,9:10" },
		{ { 1, 3, 5, 7, 9, 11 }, 6, 2, 2, "1,3" },
		{ { 1, 2, 5, 6, 9, 10 }, 6, 2, 4, "1:2,5:6" },
		{ { 4294967294u, 4294967295u }, 2, 9, 2, "4294967294:4294967295" },
		{ { 0 }, 0, 9, 0, "" }
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_INIT;
		size_t taken = uidset_write(rows[i].v, rows[i].n, rows[i].max, &out);

		if (taken != rows[i].taken || strcmp(buf_text(&out), rows[i].want) != 0)
			fail_msg("row %zu: %s, %zu taken", i, buf_text(&out), taken);
		buf_free(&out);
	}
}

static void
test_read_sets(void **state)
{
	static const struct { const char *text; bool ok; size_t n; uint32_t last; } rows[] = {
		{ "1", true, 1, 1 },
		{ "1:3,7", true, 4, 7 },
		{ "7,1:3", true, 4, 3 },
		{ "4294967295", true, 1, 4294967295u },
		{ "4294967290:4294967295", true, 6, 4294967295u },
		{ "", false, 0, 0 },
		{ "0", false, 0, 0 },
		{ "*", false, 0, 0 },
		{ "1:*", false, 0, 0 },
		{ "3:1", false, 0, 0 },
		{ "1,", false, 0, 0 },
		{ "1 2", false, 0, 0 },
		{ "4294967296", false, 0, 0 },
		{ "1:4294967295", false, 0, 0 },
		{ "1:101", false, 0, 0 },
		{ "1:60,1:60", false, 0, 0 }
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct uids uids = { NULL, 0 };
		bool ok = uidset_read(rows[i].text, strlen(rows[i].text), 100, &uids);

		if (ok != rows[i].ok || (ok && (uids.n != rows[i].n || uids.v[uids.n - 1] != rows[i].last)))
			fail_msg("row %zu: %s", i, rows[i].text);
		uids_free(&uids);
	}
}

static void
test_uids(void **state)
{
	struct uids uids = { NULL, 0 }, other = { NULL, 0 };

	(void)state;
	uids_sort(&uids);
	assert_false(uids_has(&uids, 1));
	for (uint32_t i = 1000; i > 0; i--) {
		uids_add(&uids, i);
		uids_add(&uids, i);
		if (i % 2 == 0)
			uids_add(&other, i);
	}
	uids_sort(&uids);
	uids_sort(&other);
	assert_int_equal(uids.n, 1000);
	uids_without(&uids, &other);
	assert_int_equal(uids.n, 500);
	assert_true(uids_has(&uids, 999));
	assert_false(uids_has(&uids, 1000));
	uids_free(&uids);
	uids_free(&other);
}

static void
test_names_read(void **state)
{
	static const struct { const char *wire, *want; } rows[] = {
		{ "Processed", "Processed" },
		{ "A &- B", "A & B" },
		{ "Gel&APY-scht", "Gel\xc3\xb6scht" },
		{ "&U,BTFw-", "\xe5\x8f\xb0\xe5\x8c\x97" },
		{ "&2D3c6A-", "\xf0\x9f\x93\xa8" },
		{ "Gel\xc3\xb6scht", "Gel\xc3\xb6scht" },		/* a server that writes UTF-8 */
		{ "R&D", "R&D" },
		{ "&&&", "&&&" },
		{ "&2D0-", "&2D0-" },				/* half a character */
		{ "&3Oj-", "&3Oj-" },
		{ "&AAA-", "&AAA-" },
		{ "&APY", "&APY" },
		{ "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "a\x01", "a\xef\xbf\xbd" },
		{ "\xed\xb6\xb6", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },	/* half of a pair */
		{ "\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },	/* longer than it need be */
		{ "", "" }
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_INIT;

		name_decode(rows[i].wire, &out);
		if (strcmp(buf_text(&out), rows[i].want) != 0)
			fail_msg("row %zu: %s became %s, not %s", i, rows[i].wire, buf_text(&out), rows[i].want);
		buf_free(&out);
	}
}

static void
test_places(void **state)
{
	static const struct { const char *said[5], *folder, *want; bool there; } rows[] = {
		{ { "* LIST () \"/\" INBOX" }, "Processed", "Processed", false },
		{ { "* LIST () \"/\" Processed" }, "Processed", "Processed", true },
		{ { "* list (\\HasNoChildren) \"/\" \"pROCESSED\"" }, "Processed", "pROCESSED", true },
		{ { "* LIST () \"/\" processed", "* LIST () \"/\" Processed" }, "Processed", "Processed", true },
		{ { "* LIST (\\Noselect) \"/\" Processed" }, "Processed", "Processed", false },
		{ { "* LIST (\\NonExistent \\HasChildren) \"/\" Processed" }, "Processed", "Processed", false },
		{ { "* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL" }, "A/B", "INBOX.A.B", false },
		{ { "* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL" }, "INBOX.B", "INBOX.B", false },
		{ { "* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL", "* LIST () \".\" INBOX.b" }, "B", "INBOX.b", true },
		{ { "* NAMESPACE ((\"\" \"/\")) ((\"Other/\" \"/\")) NIL", "* LIST () \"/\" Other/x" }, "B", "B", false },
		{ { "* NAMESPACE NIL NIL NIL", "* LIST () \"/\" INBOX" }, "B", "B", false },
		{ { "* NAMESPACE ((\"\" NIL)) NIL NIL" }, "A/B", "A/B", false },
		/* No NAMESPACE, but where the others stand. */
		{ { "* LIST () \".\" INBOX", "* LIST () \".\" INBOX.Sent" }, "A.B/C", "INBOX.A_B.C", false },
		{ { "* LIST () \".\" INBOX", "* LIST () \".\" INBOX.Sent", "* LIST () \".\" Else" }, "A", "A", false },
		{ { "* LIST () \"/\" Gesendet", "* LIST (\\Sent \\X) \"/\" \"Gesendete Elemente\"" }, "Sent Items", "Gesendete Elemente", true },
		{ { "* LIST (\\Sent) \"/\" Gesendet", "* LIST () \"/\" sent" }, "Sent", "sent", true },
		{ { "* LIST (\\Sent) \"/\" Gesendet" }, "Done", "Done", false },
		{ { "* LIST () \"/\" \"say \\\"a\\\\b\\\"\"" }, "say \"a\\b\"", "say \"a\\b\"", true },
		{ { "* LIST () NIL \"x\"", "* LIST", "* LIST (", "* LIST () \"/\"", "* LIST () \"/\" \"x" }, "x", "x", true },
		{ { "" }, "Gel\xc3\xb6scht", "Gel&APY-scht", false }
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct places places = { .n = 0 };
		struct buf wire = BUF_INIT;
		bool there;

		for (size_t k = 0; k < COUNT(rows[i].said) && rows[i].said[k] != NULL; k++)
			places_take(&places, rows[i].said[k]);
		there = places_find(&places, rows[i].folder, &wire);
		if (there != rows[i].there || strcmp(buf_text(&wire), rows[i].want) != 0)
			fail_msg("row %zu: %s is \"%s\"%s", i, rows[i].folder, buf_text(&wire), there ? ", there" : "");
		buf_free(&wire);
		places_free(&places);
	}
}

static void
test_busy(void **state)
{
	static const struct { const char *line; enum busy want; int wait_ms; } rows[] = {
		{ "OK [THROTTLED] all is well", BUSY_NOT, 0 },
		{ "NO no such folder", BUSY_NOT, 0 },
		{ "NO [OVERQUOTA] Quota exceeded", BUSY_NOT, 0 },
		{ "NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)", BUSY_LIMITED, 0 },
		{ "BAD Request is throttled. Suggested Backoff Time: 299932 milliseconds", BUSY_LIMITED, 299932 },
		{ "NO [LIMIT] slow down, retry after 30 seconds", BUSY_LIMITED, 30000 },
		{ "NO [limit] try again in 5 minutes", BUSY_LIMITED, 300000 },
		{ "NO [LIMIT] try again in 2.5 seconds", BUSY_LIMITED, 2500 },
		{ "NO [LIMIT] try again in 99999999999999999999 hours", BUSY_LIMITED, 86400000 },
		{ "NO [LIMIT] try again in a while", BUSY_LIMITED, 0 },
		{ "NO [UNAVAILABLE] Temporary authentication failure", BUSY_TROUBLED, 0 },
		{ "BAD User is authenticated but not connected.", BUSY_SHUT_OUT, 0 },
		{ "Connection is closed. 13", BUSY_NOT, 0 },
		{ "", BUSY_NOT, 0 }
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int wait_ms;
		enum busy busy = busy_read(rows[i].line, &wait_ms);

		if (busy != rows[i].want || wait_ms != rows[i].wait_ms)
			fail_msg("row %zu: %s: %d, %d ms", i, rows[i].line, (int)busy, wait_ms);
	}
}

static void
test_backoff(void **state)
{
	struct reconnect backoff, same, other;
	int full = 1000, wait, differ = 0;

	(void)state;
	backoff_init(&backoff, 0, 42);
	backoff_init(&same, 1000, 42);
	backoff_init(&other, 1000, 43);
	for (int i = 0; i < 20; i++) {
		wait = backoff_wait_ms(&backoff, 1, 0);
		if (wait < full - full / 4 || wait > full + full / 4)
			fail_msg("wait %d: %d ms, where %d was meant", i, wait, full);
		assert_int_equal(backoff_wait_ms(&same, 1, 0), wait);
		differ += backoff_wait_ms(&other, 1, 0) != wait;
		full = full * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : full * 2;
	}
	assert_true(differ > 15);
	backoff_reset(&backoff);
	assert_in_range(backoff_wait_ms(&backoff, 2, 0), 750, 1250);
	assert_in_range(backoff_wait_ms(&backoff, 2, 0), 3000, 5000);
	/* What the server asks for, never less; but half an hour at the most. */
	assert_in_range(backoff_wait_ms(&backoff, 1, 299932), 299932, 299932 + 299932 / 8);
	backoff_reset(&backoff);
	assert_in_range(backoff_wait_ms(&backoff, 1, 86400000), 1800000, 2025000);
	assert_in_range(backoff_wait_ms(&backoff, 1, 1), 1500, 2500);
	backoff_init(&backoff, 10, 0);
	assert_in_range(backoff_wait_ms(&backoff, 1, 0), 8, 13);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folder_names),
		cmocka_unit_test(test_write_sets),
		cmocka_unit_test(test_read_sets),
		cmocka_unit_test(test_uids),
		cmocka_unit_test(test_names_read),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_backoff)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
