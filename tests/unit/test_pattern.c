/* Patterns in words: what they find, what they must not find, and their holes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "rule/pattern.h"

#define NBSP "\xC2\xA0"

static const char *chase[] = { "chase", "chasing", "hurry up" };
static const char *plan_words[] = { "EHC", "education, health and care" };
static const struct strs same_words[] = { { chase, 3 }, { plan_words, 2 } };
static const char *services[] = { "CSC", "CWD", "early help" };
static const struct strs service_list = { services, 3 };

/* want: captures as "as=text;as=text;", "" for a match without holes, NULL for none. */
struct row { const char *pattern, *text, *want; };

static const struct row finds[] = {
	{ "stage two", "This is Stage Two of it", "" },
	{ "stage two", "this is stage" NBSP "\n  two.", "" },
	{ "stage two", "backstage two", NULL },
	{ "stage two", "stage twofold", NULL },
	{ "SCA", "SCA_EHC-20610.docx", "" },
	{ "draft plan", "Draft-Plan_v2.docx", "" },
	{ "overdue", "The advice is OVERDUE!", "" },
	{ "caf\xC3\xA9", "the CAF\xC3\x89 is shut", "" },
	{ "parent's", "the Parent\xE2\x80\x99s view", "" },
	{ "multi-agency meeting", "a multi\xE2\x80\x93""agency meeting", "" },
	{ "please * chase", "Could you please kindly chase this", "" },
	{ "please * chase", "please chase this", "" },
	{ "please * chase", "please find it.\n\nWe chase nobody", NULL },
	{ "please * send", "please 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 "
	    "0123456789 0123456789 0123456789 send", NULL },
	{ "chas*", "I am chasing it", "" },
	{ "chas*", "I purchased it", NULL },
	{ "EHC*assessment", "an EHC needs assessment", "" },
	{ "EHC*assessment", "an EHC reassessment", NULL },
	{ "comment* on*plan", "comments on the draft plan", "" },
	{ "comment* on*plan", "comments on the explanation", NULL },
	{ "EHC-#####", "case EHC-20417.", "" },
	{ "EHC-#####", "case EHC-204171", NULL },
	{ "draft [EHC] plan", "the draft plan", "" },
	{ "draft [EHC] plan", "the draft EHC plan", "" },
	{ "draft [EHC] plan", "the draft education, health and care plan", "" },
	{ "draft [EHC] plan", "the draft support plan", NULL },
	{ "[final] plan issued", "plan issued", "" },
	{ "colo[u]r", "the color red", "" },
	{ "please chase", "please HURRY  UP now", "" },
	{ "a.b", "axb", NULL },
	{ "a.b (c)?", "a.b (c)?", "" },
	{ "return by {date}", "Please return by Monday 4 January 2027, thank you", "date=Monday 4 January 2027;" },
	{ "return by {date}", "return by noon, or return by 04/01/2027", "date=04/01/2027;" },
	{ "return by {date}", "return by 99/99/2027", NULL },
	{ "return * by {date as due-date}", "return the form by 4th Jan 2027", "due-date=4th Jan 2027;" },
	{ "return * by {date as due-date}", "return it by close of business on Friday 11th December 2026",
	    "due-date=Friday 11th December 2026;" },
	{ "return * by {date as due-date}", "return it by COP 4/1/2027", "due-date=4/1/2027;" },
	{ "return * by {date as due-date}", "return it by 5pm on the 4th January 2027", "due-date=4th January 2027;" },
	{ "due date: {date}", "Due date : 4.1.2027", "date=4.1.2027;" },
	{ "due date: {date}", "Due date:\n4.1.2027", "date=4.1.2027;" },
	{ "due date: {date}", "DUE DATE\n4.1.2027", "date=4.1.2027;" },
	{ "due date: {date}", "Due date \xe2\x80\x93 4.1.2027", "date=4.1.2027;" },
	{ "due date: {date}", "Due date (6 weeks): 4.1.2027", "date=4.1.2027;" },
	{ "due date: {date}", "Due date\t4.1.2027", "date=4.1.2027;" },
	{ "due date: {date}", "the due date 4.1.2027", NULL },
	{ "due date: {date}", "Due date\nReceived: 4.1.2027", NULL },
	{ "return by {date}", "return by 12 noon on 4.1.2027", "date=4.1.2027;" },
	{ "return by {date}", "return by 17:00 hrs on 4.1.2027", "date=4.1.2027;" },
	{ "{date}", "seen on 12 March 2015 and later", "date=12 March 2015;" },
	{ "from {date as a} to {date as b}", "from 1/2/2027 to 3/4/2027.", "a=1/2/2027;b=3/4/2027;" },
	{ "requested by: {words}", "Requested by: Jo Bell, SENAR \nTel: 1", "words=Jo Bell, SENAR;" },
	{ "requested by: {words}", "Requested by:\nTel: 1", NULL },
	{ "allocated to {person}", "It is allocated to Callum Strickland who will ring", "person=Callum Strickland;" },
	{ "worker is {person as worker}", "the worker is <mailto:c.s@x.example>", NULL },
	{ "worker is {person as worker}", "the worker is c.s@x.example.", "worker=c.s@x.example;" },
	{ "worker is {person as worker}", "worker is Cy Smith <c.s@x.example>", "worker=c.s@x.example;" },
	{ "child's name: {name}", "Child\xE2\x80\x99s name: Ana-Mar\xC3\xAD""a O\xE2\x80\x99""Brien\nborn", "name=Ana-Mar\xC3\xAD""a O\xE2\x80\x99""Brien;" },
	{ "child's name: {name}", "Child's name:\nDate of birth: 1/2/2015", NULL },
	{ "{service}: {person}", "CSC: Jane Doe", "service=CSC;person=Jane Doe;" },
	{ "as at {month}", "correct as at February 2026.", "month=February 2026;" },
	{ "as at {month}", "as at Sept 2026", "month=Sept 2026;" },
	{ "as at {month}", "as at 3 February", NULL },
	{ "as at {month}", "as at maybe 2026", NULL },
	{ "write to {email}", "write to a.b@c.example, please", "email=a.b@c.example;" },
	{ "within {n} days", "within 14 days", "n=14;" },
	{ "/ref (?<reference>[A-Z]+)/", "the ref abc", "reference=abc;" },
	{ "/(?:a+)+b!/", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL },
};

static const struct row begins[] = {
	{ "APPROVED", "approved, thank you", "" },
	{ "APPROVED", "\n  *Approved*", "" },
	{ "APPROVED", "It is approved", NULL },
	{ "APPROVED", "Approved with thanks", "" },
	{ "APPROVED", "APPROVED subject to a change in section 2", NULL },
	{ "APPROVED", "approved, but see section 2", NULL },
	{ "APPROVED", "APPROVED\n\nbut please tell the worker", "" },
	{ "ALLOCATE {person as officer}", "ALLOCATE Meera Joshi if she is back", NULL },
	{ "APPROVED", "approvedly", NULL },
	{ "AMEND {words}", "AMEND the date\nis wrong\n\nJo", "words=the date\nis wrong;" },
	{ "AMEND {words}", "Amend: the date", "words=the date;" },
	{ "AMEND {words}", "AMEND - the date", "words=the date;" },
	{ "ALLOCATE {person}", "ALLOCATE: Jo Doe", "person=Jo Doe;" },
	{ "ALLOCATE {person}", "ALLOCATED Jo Doe", NULL },
	{ "ALLOCATE {person as officer}", "Allocate Meera Joshi please", "officer=Meera Joshi;" },
	{ "ALLOCATE {person as officer}", "allocate meera joshi, thanks", "officer=meera joshi;" },
	{ "ALLOCATE {person as officer}", "ALLOCATE Joshi, Meera", "officer=Joshi, Meera;" },
	{ "ALLOCATE {person as officer}", "ALLOCATE Meera Joshi by teh 3rd", NULL },
	{ "ALLOCATE {person as officer} BY {date as agreed-date}", "ALLOCATE Meera Joshi BY 3 December 2026",
	    "officer=Meera Joshi;agreed-date=3 December 2026;" },
	{ "CLOSED {date as closed-on}", "CLOSED 12/09/2026", "closed-on=12/09/2026;" },
	{ "CLOSED {date as closed-on}", "CLOSED 12/09/2026 with nobody@", NULL },
	{ "OPEN [{service}] {person as worker}", "OPEN CSC Callum Strickland", "service=CSC;worker=Callum Strickland;" },
	{ "OPEN [{service}] {person as worker}", "OPEN Callum Strickland", "worker=Callum Strickland;" },
	{ "NOT KNOWN", "not known", "" },
	{ "EXTEND {n} days: {words as reason}", "EXTEND 5 days: mother is ill", "n=5;reason=mother is ill;" },
};

static const struct { const char *pattern, *error; } faults[] = {
	{ "", "empty" }, { "by {dat}", "did you mean {date}" }, { "by {date", "missing behind \"{date\"; write {date}" },
	{ "by {person as worker to", "missing behind \"{person as worker\"; write {person as worker}" },
	{ "by {dat", "missing behind \"{dat\"; write {date}" }, { "by {xyzzy", "a brace begins {date}" },
	{ "a [b", "not closed" }, { "a]", "closes nothing" }, { "*", "fits anything" }, { "asks for *", "fits anything" },
	{ "[a]", "fits every text" }, { "/(a/", "cannot be read" }, { "/(a)/", "needs a name" },
	{ "{person as }", "one name" },
};

static const char *
shown(struct arena *arena, const struct capture *captures, size_t count)
{
	char *text = arena_strdup(arena, "");
	size_t i;

	for (i = 0; i < count; i++)
		text = arena_printf(arena, "%s%s=%s;", text, captures[i].as, captures[i].text);
	return text;
}

static int
run_row(const struct row *row, bool whole)
{
	struct arena *arena = arena_new();
	struct pattern *pattern = NULL;
	struct capture captures[8];
	struct err err = { ERR_NONE, "" };
	const char *got = NULL;
	size_t count;
	bool found;
	int bad;

	if (pattern_compile_services(arena, row->pattern, same_words, 2,
	    strstr(row->pattern, "[{service}]") != NULL ? &service_list : NULL, &pattern, &err) == 0) {
		found = whole ? pattern_begins(pattern, arena, row->text, captures, 8, &count) :
		    pattern_find(pattern, arena, row->text, captures, 8, &count);
		if (found)
			got = shown(arena, captures, count);
	} else
		got = err.text;
	bad = (got == NULL) != (row->want == NULL) || (got != NULL && strcmp(got, row->want) != 0);
	if (bad)
		print_error("\"%s\" in \"%s\": want %s, got %s\n", row->pattern, row->text,
		    row->want != NULL ? row->want : "no match", got != NULL ? got : "no match");
	arena_free(&arena);
	return bad;
}

static void
test_find(void **state)
{
	size_t i;
	int bad = 0;

	(void)state;
	for (i = 0; i < sizeof(finds) / sizeof(finds[0]); i++)
		bad += run_row(&finds[i], false);
	assert_int_equal(bad, 0);
}

static void
test_begins(void **state)
{
	size_t i;
	int bad = 0;

	(void)state;
	for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		bad += run_row(&begins[i], true);
	assert_int_equal(bad, 0);
}

static void
test_faults(void **state)
{
	struct arena *arena = arena_new();
	struct pattern *pattern;
	struct err err;
	size_t i;
	int bad = 0;

	(void)state;
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		err.text[0] = '\0';
		if (pattern_compile(arena, faults[i].pattern, NULL, 0, &pattern, &err) == 0 ||
		    strstr(err.text, faults[i].error) == NULL || err.scope != ERR_CONFIG) {
			print_error("\"%s\": want %s, got \"%s\"\n", faults[i].pattern, faults[i].error, err.text);
			bad++;
		}
	}
	arena_free(&arena);
	assert_int_equal(bad, 0);
}

static void
test_files(void **state)
{
	(void)state;
	assert_true(pattern_file("*.doc*", "Advice [final].DOCX"));
	assert_true(pattern_file("*", "x"));
	assert_false(pattern_file("*.pdf", "advice.pdf.exe"));
	assert_true(pattern_file("*profile*", "Personal Profile.docx"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find), cmocka_unit_test(test_begins),
		cmocka_unit_test(test_faults), cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
