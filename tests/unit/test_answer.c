/* Answers as people type them: tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/str.h"
#include "rule/answer.h"
#include "rule/pattern.h"

struct trial { const char *text, *want; };

static const struct trial texts[] = {
	{ "APPROVED", "APPROVED" },
	{ "  \n\n approved.", "approved." },
	{ "**APPROVED**", "APPROVED" },
	{ "*Approved*, thanks", "Approved, thanks" },
	{ "Hi, APPROVED", "APPROVED" },
	{ "Hi Jane, approved", "approved" },
	{ "Hi Jane\nAPPROVED", "APPROVED" },
	{ "Dear daemon,\n\nAPPROVED\n\nJo", "APPROVED\n\nJo" },
	{ "Good morning all,\n\nThank you for this.\n\nAPPROVED", "APPROVED" },
	{ "Hello!\nI hope you are well.\nAMEND part 2\nand part 3", "AMEND part 2\nand part 3" },
	{ "\"APPROVED\"", "APPROVED\"" },
	{ "\xe2\x80\x9c" "APPROVED" "\xe2\x80\x9d", "APPROVED\"" },
	{ "\xe2\x80\x9e" "APPROVED" "\xe2\x80\x9c", "APPROVED\"" },
	{ "\xc2\xab" " APPROVED " "\xc2\xbb", "APPROVED \"" },
	{ "- APPROVED", "APPROVED" },
	{ "\xe2\x80\xa2" "\xc2\xa0" "APPROVED", "APPROVED" },
	{ "> APPROVED", "APPROVED" },
	{ "ALLOCATE\xc2\xa0Sam\xc2\xa0Smith", "ALLOCATE Sam Smith" },
	{ "Please ALLOCATE Sam Smith", "ALLOCATE Sam Smith" },
	{ "Thanks, APPROVED", "APPROVED" },
	{ "AMEND the \xe2\x80\x9cviews\xe2\x80\x9d\nkeep \xe2\x80\x9cthis\xe2\x80\x9d", "AMEND the \"views\"\nkeep \xe2\x80\x9cthis\xe2\x80\x9d" },
	{ "Hi Jane I have not been able to read this yet\nAPPROVED", "Hi Jane I have not been able to read this yet\nAPPROVED" },
	{ "Hi, is this APPROVED?", "is this APPROVED?" },
	{ "Thanks to everybody who APPROVED it", "Thanks to everybody who APPROVED it" },
	{ "Allan Smith is off", "Allan Smith is off" },
	{ "Hi", "" },
	{ "", "" },
	{ "***\n---\n", "" },
};

static void
test_texts(void **unused)
{
	size_t failed = 0;

	(void)unused;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct arena *arena = arena_new();
		const char *got = answer_text(arena, texts[i].text);

		if (strcmp(got, texts[i].want) != 0) {
			fprintf(stderr, "\"%s\": wanted \"%s\", got \"%s\"\n", texts[i].text, texts[i].want, got);
			failed++;
		}
		arena_free(&arena);
	}
	assert_int_equal(failed, 0);
}

/* What is taken as APPROVED, and what is not. */
static const struct { const char *text; bool want; } approvals[] = {
	{ "APPROVED", true }, { "approved", true }, { "Approved.", true }, { "APPROVED!", true }, { "**APPROVED**", true },
	{ "APPROVED - thanks", true }, { "APPROVED, many thanks", true }, { "Approved thank you", true }, { "APPROVED :-)", true },
	{ "APPROVED\n\nSam Smith\nTeam Manager", true }, { "APPROVED (with no changes)", true }, { "APPROVED, no changes needed", true },
	{ "APPROVED - no further comments from me", true }, { "Approved with no amendments.", true },
	{ "APPROVED. Could you tell me when it goes out?", true }, { "APPROVED.\nIf you need me, please call.", true },
	{ "APPROVED. I have not changed anything.", true },

	{ "APPROVED?", false }, { "Approved ?", false }, { "APPROVED\xef\xbc\x9f", false }, { "\"APPROVED\"?", false },
	{ "APPROVED by whom?", false }, { "Approved already?\n\nThanks", false },
	{ "not approved", false }, { "NOT APPROVED", false }, { "Not yet approved", false }, { "I have not APPROVED this", false },
	{ "This is not approved.", false }, { "Cannot be approved", false }, { "unapproved", false }, { "dis-approved", false },
	{ "APPROVED not", false }, { "Approved it is not", false }, { "APPROVED: no", false }, { "APPROVED - never", false },
	{ "Approved, I do not think so", false }, { "APPROVED isn't what I would say", false }, { "Approved? No.", false },
	{ "APPROVED can't be said yet", false }, { "APPROVED, not", false }, { "Approved nothing so far", false },
	{ "APPROVED / AMEND", false }, { "APPROVED or AMEND", false },
	{ "APPROVED subject to section 2", false }, { "Approved but please mend section 2", false },
	{ "Approval", false }, { "Approve", false }, { "APROVED", false }, { "It is approved", false }, { "", false },
};

static void
test_approvals(void **unused)
{
	struct arena *arena = arena_new();
	struct pattern *pattern;
	size_t failed = 0;

	(void)unused;
	assert_int_equal(pattern_compile(arena, "APPROVED", NULL, 0, &pattern, NULL), 0);
	for (size_t i = 0; i < sizeof(approvals) / sizeof(approvals[0]); i++)
		if (pattern_begins(pattern, arena, answer_text(arena, approvals[i].text), NULL, 0, NULL) != approvals[i].want) {
			fprintf(stderr, "\"%s\" should %sbe an approval\n", approvals[i].text, approvals[i].want ? "" : "not ");
			failed++;
		}
	arena_free(&arena);
	assert_int_equal(failed, 0);
}

static const struct { const char *text; long want; const char *rest; } lengths[] = {	/* want 0: refused */
	{ "5 days", 5, "" }, { "5 days: the school is closed", 5, "the school is closed" }, { "by 5 days", 5, "" }, { "5", 5, "" },
	{ "5: sickness", 5, "sickness" }, { "5 day", 5, "" }, { "five days", 5, "" }, { "one week", 7, "" }, { "a week", 7, "" },
	{ "for two weeks - leave", 14, "leave" }, { "1 fortnight", 14, "" }, { "a fortnight", 14, "" }, { "7 calendar days", 7, "" },
	{ "365 days", 365, "" }, { "10 days.", 10, "" }, { "5-days", 5, "" }, { "5 days because of leave", 5, "because of leave" },
	{ "5 working days", 0, NULL }, { "five business days", 0, NULL }, { "", 0, NULL }, { "days", 0, NULL }, { "0 days", 0, NULL },
	{ "366 days", 0, NULL }, { "53 weeks", 0, NULL }, { "5 hours", 0, NULL }, { "5.5 days", 0, NULL }, { "-5 days", 0, NULL },
	{ "5-7 days", 0, NULL }, { "5 days?", 0, NULL }, { "until 12 October", 0, NULL }, { "a month", 0, NULL }, { "99999999999999999999", 0, NULL },
	{ "- 5 days", 0, NULL }, { "5 or 6 days", 0, NULL }, { "to 3 December", 0, NULL }, { "5 October", 0, NULL }, { "5/10", 0, NULL },
};

static void
test_lengths(void **unused)
{
	size_t failed = 0;

	(void)unused;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		const char *rest = "", *help = "";
		long days = 0;
		bool read = answer_days(lengths[i].text, &days, &rest, &help);

		if ((read ? days : 0) != lengths[i].want || (read && strcmp(rest, lengths[i].rest) != 0) || (!read && help[0] == '\0')) {
			fprintf(stderr, "\"%s\": wanted %ld \"%s\", got %ld \"%s\"\n", lengths[i].text, lengths[i].want,
			    lengths[i].rest == NULL ? "" : lengths[i].rest, read ? days : 0, rest);
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

static void
test_courtesies(void **unused)
{
	static const struct { const char *text; bool want; } all[] = {
		{ "Thanks", true }, { "Thank you!", true }, { "OK", true }, { "ok thanks", true }, { "Yes", true }, { "Many thanks, will do.", true },
		{ "Thanks\n\nJo Bloggs", true }, { "Noted, thank you.\n", true }, { "Great \xe2\x80\x93 thanks", true },
		{ "Thanks, but the child has moved", false }, { "OK if she agrees", false }, { "Yesterday", false }, { "", false },
		{ "No longer working here", false },
	};
	struct arena *arena = arena_new();
	size_t failed = 0;

	(void)unused;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (answer_is_courtesy(arena, all[i].text) != all[i].want) {
			fprintf(stderr, "\"%s\" should %sbe a courtesy\n", all[i].text, all[i].want ? "" : "not ");
			failed++;
		}
	arena_free(&arena);
	assert_int_equal(failed, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts), cmocka_unit_test(test_approvals), cmocka_unit_test(test_lengths), cmocka_unit_test(test_courtesies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
