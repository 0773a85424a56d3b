/* Subjects peeled until stable, and their markings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "mail/subject.h"

static const struct {
	const char	*subject, *peeled, *marking;
	bool		 reply, forward;
} rows[] = {
	{ "EHC-20001", "EHC-20001", "", false, false },
	{ "", "", "", false, false },
	{ "RE: EHC-20001", "EHC-20001", "", true, false },
	{ "Re[2]: Fw: x", "x", "", true, false },
	{ "FW: RE: x", "x", "", false, true },
	{ "Fwd: [EXTERNAL] RE: x", "x", "", false, true },
	{ "[EXT] RE: x", "x", "", true, false },
	{ "*EXTERNAL* x", "x", "", false, false },
	{ "CAUTION: External: x", "x", "", false, false },
	{ "AW: WG: x", "x", "", true, false },
	{ "Automatic reply: RE: x", "x", "", true, false },
	{ "RE: OFFICIAL: Ymateb awtomatig: x", "x", "OFFICIAL", true, false },
	{ "[EXTERNAL] Auto-response: RE: x", "x", "", true, false },
	{ "Автоматический ответ: x", "x", "", false, false },
	{ "Declined: Annual review", "Annual review", "", false, false },
	{ "Undeliverable: RE: x", "x", "", true, false },
	{ "OFFICIAL-SENSITIVE: x", "x", "OFFICIAL-SENSITIVE", false, false },
	{ "OFFICIAL SENSITIVE - x", "x", "OFFICIAL-SENSITIVE", false, false },
	{ "OFFICIAL - SENSITIVE [PERSONAL] x", "x", "OFFICIAL-SENSITIVE", false, false },
	{ "[OFFICIAL-SENSITIVE: PERSONAL] RE: x", "x", "OFFICIAL-SENSITIVE", true, false },
	{ "OFFICIAL: x", "x", "OFFICIAL", false, false },
	{ "RE: [OFFICIAL] x", "x", "OFFICIAL", true, false },
	{ "x - OFFICIAL-SENSITIVE", "x", "OFFICIAL-SENSITIVE", false, false },
	{ "x [OFFICIAL]", "x", "OFFICIAL", false, false },
	{ "NOT PROTECTIVELY MARKED x", "x", "NOT PROTECTIVELY MARKED", false, false },
	{ "[SECURE] [Encrypted] x", "x", "", false, false },
	{ "[SPAM?] x", "x", "", false, false },
	{ "Official visit on Friday", "Official visit on Friday", "", false, false },
	{ "Is this official", "Is this official", "", false, false },
	{ "Regarding: x", "Regarding: x", "", false, false },
	{ "Re x", "Re x", "", false, false },
	{ "RE :x", "x", "", true, false },
	{ "RE:RE:RE:", "", "", true, false },
	{ "[Ticket 5] x", "[Ticket 5] x", "", false, false },
	{ "[#12345] RE: x", "x", "", true, false },
	{ "RE: [Ticket#12345] x", "x", "", true, false },
	{ "[Request ID :##123456##] : x", ": x", "", false, false },
	{ "[EHC-12345] x", "[EHC-12345] x", "", false, false },
	{ "[SCA-000123-7] x", "[SCA-000123-7] x", "", false, false },
	{ "#1 in the list", "#1 in the list", "", false, false },
	{ "Antw: x", "x", "", true, false },
	{ "SV: VS: x", "x", "", true, false },
	{ "VS: x", "x", "", false, false },
	{ "Odp: YNT: x", "x", "", true, false },
	{ "TR : x", "x", "", false, true },
	{ "回复：x", "x", "", true, false },
	{ "転送: x", "x", "", false, true },
	{ "PROTECT: x", "x", "PROTECT", false, false },
	{ "Protect the child", "Protect the child", "", false, false },
};

static void
test_peel(void **state)
{
	struct arena *arena = arena_new();
	struct subject got, again;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		subject_peel(arena, rows[i].subject, &got);
		if (strcmp(got.peeled, rows[i].peeled) != 0 || strcmp(got.marking, rows[i].marking) != 0 ||
		    got.is_reply != rows[i].reply || got.is_forward != rows[i].forward)
			fail_msg("\"%s\": peeled \"%s\" (wanted \"%s\"), marking \"%s\", reply %d, forward %d",
			    rows[i].subject, got.peeled, rows[i].peeled, got.marking, got.is_reply, got.is_forward);
		subject_peel(arena, got.peeled, &again);
		assert_string_equal(again.peeled, got.peeled);
	}
	arena_free(&arena);
}

static void
test_marking_of_line(void **state)
{
	(void)state;
	assert_string_equal(marking_of_line("OFFICIAL-SENSITIVE"), "OFFICIAL-SENSITIVE");
	assert_string_equal(marking_of_line(" [Official] "), "OFFICIAL");
	assert_null(marking_of_line("Official visit"));
	assert_null(marking_of_line(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_peel),
		cmocka_unit_test(test_marking_of_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
