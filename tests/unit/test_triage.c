/* What a person's first line says about something that waits: what is an answer, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "case/triage.h"

static const struct {
	enum triage_kind kind;
	size_t		 candidates;
	const char	*text, *want;	/* "word name|words", or the help's beginning behind "!" */
} answers[] = {
	{ TRIAGE_MAIL, 2, "2", "0 2|" },
	{ TRIAGE_MAIL, 2, "\n  2.\n\nThanks, Sandra", "0 2|" },
	{ TRIAGE_MAIL, 2, "No 1: the mother rang", "0 1|the mother rang" },
	{ TRIAGE_MAIL, 2, "#2 please", "0 2|please" },
	{ TRIAGE_MAIL, 2, "*2*", "0 2|" },
	{ TRIAGE_MAIL, 2, "2 weeks ago they wrote to us", "!I did not understand" },
	{ TRIAGE_MAIL, 2, "1.5", "!I did not understand" },
	{ TRIAGE_MAIL, 2, "1/9", "!I did not understand" },
	{ TRIAGE_MAIL, 2, "3", "!There is no number 3 in the list; it goes from 1 to 2." },
	{ TRIAGE_MAIL, 2, "0", "!I did not understand" },
	{ TRIAGE_MAIL, 0, "1", "!There is no list of cases" },
	{ TRIAGE_MAIL, 9, "9 - the second of the twins", "0 9|the second of the twins" },
	{ TRIAGE_MAIL, 0, "EHC-20417", "0 EHC-20417|" },
	{ TRIAGE_MAIL, 0, "EHC-20417, I think", "0 EHC-20417|I think" },
	{ TRIAGE_MAIL, 0, "case 12", "0 case 12|" },
	{ TRIAGE_MAIL, 0, "EHC-20417 is not it", "!I did not understand" },
	{ TRIAGE_MAIL, 0, "a letter of 2019", "!I did not understand" },
	{ TRIAGE_MAIL, 0, "new", "1 NEW|" },
	{ TRIAGE_MAIL, 0, "NEW, thank you", "1 NEW|thank you" },
	{ TRIAGE_MAIL, 0, "New information will follow", "!I did not understand" },
	{ TRIAGE_MAIL, 0, "NEWS", "!I did not understand \"NEWS\": did you mean NEW?" },
	{ TRIAGE_MAIL, 0, "Not a case (a newsletter)", "2 NOT A CASE|(a newsletter)" },
	{ TRIAGE_MAIL, 0, "100234", "0 100234|" },
	{ TRIAGE_MAIL, 0, "not  a\tcase", "2 NOT A CASE|" },
	{ TRIAGE_MAIL, 0, "NOT A CAES", "!I did not understand \"NOT A CAES\": did you mean NOT A CASE?" },
	{ TRIAGE_MAIL, 0, "RELEASE", "!I did not understand" },
	{ TRIAGE_MAIL, 0, "", "!I did not understand \"\". You may answer: NEW; NOT A CASE; DONE; or the reference of a case." },
	{ TRIAGE_FORM, 1, "release", "3 RELEASE|" },
	{ TRIAGE_FORM, 1, "1", "0 1|" },
	{ TRIAGE_OUTGOING, 0, "Drop.", "4 DROP|" },
	{ TRIAGE_OUTGOING, 0, "1", "!I did not understand \"1\". You may answer: RELEASE; DROP; DONE." },
	{ TRIAGE_OUTGOING, 0, "EHC-20417", "!I did not understand" },
	{ TRIAGE_ANSWER, 0, "CONFIRM: I have rung her", "5 CONFIRM|I have rung her" },
	{ TRIAGE_ANSWER, 0, "refuse", "6 REFUSE|" },
	{ TRIAGE_ROW, 0, "again", "7 AGAIN|" },
	{ TRIAGE_NOTE, 0, "done!", "8 DONE|" },
	{ TRIAGE_NOTE, 0, "NEW", "!I did not understand \"NEW\". You may answer: DONE." },
};

static void
reads_answers(void **unused)
{
	struct arena *arena = arena_new();
	size_t failed = 0;

	(void)unused;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct triage_said said;
		const char *help, *got;
		bool is_answer = triage_read(arena, answers[i].kind, answers[i].candidates, true, answers[i].text, &said, &help);

		got = is_answer ? arena_printf(arena, "%d %s|%s", (int)said.word, said.name, said.words) : arena_printf(arena, "!%s", help);
		if (is_answer ? strcmp(got, answers[i].want) == 0 : str_starts(got, answers[i].want))
			continue;
		fprintf(stderr, "row %zu: \"%s\": wanted %s, got %s\n", i, answers[i].text, answers[i].want, got);
		failed++;
	}
	arena_free(&arena);
	assert_int_equal(failed, 0);
}

static const struct {
	enum triage_kind kind;
	size_t		 candidates;
	const char	*want;
	bool		 begins_nothing;
} permitted[] = {
	{ TRIAGE_NOTE, 3, "DONE", false },
	{ TRIAGE_MAIL, 2, "1 2 NEW NOT A CASE DONE", false },
	{ TRIAGE_MAIL, 0, "NEW NOT A CASE DONE", false },
	{ TRIAGE_FORM, 1, "1 RELEASE NEW NOT A CASE DONE", false },
	{ TRIAGE_MAIL, 1, "1 NOT A CASE DONE", true },
	{ TRIAGE_FORM, 1, "1 RELEASE NOT A CASE DONE", true },
	{ TRIAGE_ROW, 2, "AGAIN DONE", false },
	{ TRIAGE_ANSWER, 0, "CONFIRM REFUSE DONE", false },
	{ TRIAGE_OUTGOING, 0, "RELEASE DROP DONE", false },
};

static void
says_what_may_be_answered(void **unused)
{
	struct arena *arena = arena_new();

	(void)unused;
	for (size_t i = 0; i < sizeof(permitted) / sizeof(permitted[0]); i++) {
		struct strs found = triage_answers(arena, permitted[i].kind, permitted[i].candidates, !permitted[i].begins_nothing);

		assert_string_equal(strs_join(arena, &found, " "), permitted[i].want);
	}
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(reads_answers), cmocka_unit_test(says_what_may_be_answered) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
