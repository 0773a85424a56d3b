/* The pure parts of imap/: sets of UIDs and folder names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "imap/name.h"
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folder_names),
		cmocka_unit_test(test_write_sets),
		cmocka_unit_test(test_read_sets),
		cmocka_unit_test(test_uids)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
