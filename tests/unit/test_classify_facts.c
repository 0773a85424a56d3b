/* The facts of a mail as a whole: the strongest place of each, none from a text about another child, due dates. */
#include "pack_maker.h"

#include "case/classify_facts.h"
#include "mail/facts.h"

static const instant received = 1795424400;	/* Mon 23 Nov 2026, 09:00 */

static const struct {
	const char	*name, *subject, *text, *quoted, *form, *want;	/* "fact=value@source" joined by ";" */
} rows[] = {
	{ "own words", "EHC-20417", "Child: Ann Lee\nDOB: 12/03/2015", "", "",
	    "reference=EHC-20417@subject;child-name=Ann Lee@new text;date-of-birth=2015-03-12@new text" },
	{ "history fills what is missing", "RE: EHC-20417", "Child: Ann Lee", "EHC-20417\nDOB: 12/03/2015", "",
	    "reference=EHC-20417@subject;child-name=Ann Lee@new text;date-of-birth=2015-03-12@quoted text" },
	{ "history about another child adds nothing", "", "Child: Ann Lee", "Child: Tom Moor\nDOB: 12/03/2015", "",
	    "child-name=Ann Lee@new text" },
	{ "history about another case adds nothing", "", "Child: Ann Lee EHC-20417", "EHC-20418 DOB: 12/03/2015", "",
	    "reference=EHC-20417@new text;child-name=Ann Lee@new text" },
	{ "a form about another child adds nothing", "EHC-20417", "Child: Ann Lee", "",
	    "Child's name\tTom Moor\tNHS number\t943 476 5919", "reference=EHC-20417@subject;child-name=Ann Lee@new text" },
	{ "a form about the same child does", "EHC-20417", "Child: Ann Lee", "",
	    "Child's name | LEE, Ann | NHS number | 943 476 5919",
	    "reference=EHC-20417@subject;child-name=Ann Lee@new text;nhs-number=9434765919@attachment text" },
	{ "a form alone", "", "Please see the form.", "", "Child's name\tAnn Lee\nOur reference\tehc 20417",
	    "reference=EHC-20417@attachment text;child-name=Ann Lee@attachment text" },
	{ "history alone", "", "On its way.", "Our reference: EHC-20417", "", "reference=EHC-20417@quoted text" },
	{ "other numbers are no references", "Ticket EHC-204171", "EH330/26/00123, INC0020417, XEHC-20417, EHC-2041", "", "", "" },
};

/* What stands at a fact's place must be the fact: the same letters and digits, apart from how a date is written. */
static void
check_place(const char *name, const struct message *message, const struct found_fact *fact)
{
	const char *text = message_text(message, fact->source, fact->document);

	if (fact->length == 0 || (size_t)fact->start + fact->length > strlen(text))
		fail_msg("%s: %s stands nowhere", name, fact->name);
	if (strcmp(fact->name, "reference") == 0 && strncmp(text + fact->start + fact->length - 5, fact->value + 4, 5) != 0)
		fail_msg("%s: the reference points at \"%.*s\"", name, (int)fact->length, text + fact->start);
}

static const char *
facts_text(struct arena *arena, const char *name, const struct message *message, const struct classified *classified)
{
	const char *text = "";

	for (size_t i = 0; i < classified->fact_count; i++) {
		const struct found_fact *fact = &classified->facts[i];

		if (fact->source == SOURCE_HEADER)
			continue;
		check_place(name, message, fact);
		text = arena_printf(arena, "%s%s%s=%s@%s", text, *text == '\0' ? "" : ";", fact->name, fact->value,
		    text_source_name(fact->source));
	}
	return text;
}

static void
test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct pack *pack = make_pack(arena, "owner", "x.example");
		struct message *message = make_mail(arena, "a@x.example", rows[i].subject, rows[i].text);
		struct classified classified = { 0 };
		const char *got;

		message->quoted_text = rows[i].quoted;
		if (rows[i].form[0] != '\0')
			make_document(arena, message, "form.docx", rows[i].form);
		facts_find(arena, message, instant_date(received));
		facts_of_mail(arena, pack, message, received, &classified);
		got = facts_text(arena, rows[i].name, message, &classified);
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: got \"%s\", wanted \"%s\"", rows[i].name, got, rows[i].want);
		arena_free(&arena);
	}
}

/* A mail of 23 November 2026: which year is meant? */
static const struct {
	const char	*text, *want;
} due_rows[] = {
	{ "due date: 04/01/2027", "2027-01-04" },
	{ "due date: 4 January", "2027-01-04" },
	{ "due date: 4/1/27", "2027-01-04" },
	{ "due date: 1 June", "2027-06-01" },	/* nearer lies the one that has passed */
	{ "due date: 20 November", "2026-11-20" },	/* last Friday, not in a year */
	{ "due date: Friday 27th", "2026-11-27" },
	{ "due date: 27th inst.", "2026-11-27" },
	{ "due date: 31 February", NULL },
};

static void
test_due(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(due_rows) / sizeof(due_rows[0]); i++) {
		struct arena *arena = arena_new();
		struct pack *pack = make_pack(arena, "owner", "x.example");
		struct message *message = make_mail(arena, "a@x.example", "", due_rows[i].text);
		struct classified classified = { 0 };
		const char *got;

		classified.kind = make_kind(arena, pack, "request", "", "due", NULL);
		make_extract(arena, &pack->kinds[0], "due-date", "due date: {date}");
		classified.kind = &pack->kinds[0];
		facts_of_kind(arena, pack, NULL, message, received, &classified);
		got = classified_fact(&classified, "due-date");
		if ((got == NULL) != (due_rows[i].want == NULL) || (got != NULL && strcmp(got, due_rows[i].want) != 0))
			fail_msg("\"%s\": got %s, wanted %s", due_rows[i].text, got == NULL ? "nothing" : got,
			    due_rows[i].want == NULL ? "nothing" : due_rows[i].want);
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
