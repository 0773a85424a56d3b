/* What templates may ask about a case, and the last look at a subject. */
#include "pack_maker.h"

#include "case/fields.h"
#include "mail/compose.h"
#include "rule/read.h"

static const char lines[] =
    "mgr@x.example,Rosalind Achebe,Manager,EHG,,,,\n"
    "callum@x.example,Callum Strickland,Social Worker,Erdington,mgr@x.example,,,\n"
    "bs1@x.example,Sandra Whitlock,Business Support,BS,mgr@x.example,,,\n"
    "bs2@x.example,Simon Mallory,Business Support,BS,mgr@x.example,,,\n";

struct office {
	struct arena		*arena;
	struct pack		*pack;
	struct world		 world;
	struct case_state	*state;
	struct outgoing		 mail;
	struct fields		 fields;
	struct template_source	 source;
};

static void
add_rules(struct office *o)
{
	struct question *question;
	struct stage *stage;
	struct row *row;
	struct test *test;

	make_role(o->arena, o->pack, "owner-post", ROLE_POST, "Business Support");
	make_role(o->arena, o->pack, "worker", ROLE_ON_CASE, NULL);
	make_role(o->arena, o->pack, "officer", ROLE_ON_CASE, NULL);
	make_extract(o->arena, make_kind(o->arena, o->pack, "advice-request", "staff", "request", NULL),
	    "due-date", "by {date}");
	make_kind(o->arena, o->pack, "advice", "staff", "advice", NULL);
	make_deadline(o->arena, o->pack, "statutory", "advice-request + 6 weeks");
	make_deadline(o->arena, o->pack, "internal", "statutory - 2 weeks");
	question = arena_push(o->arena, o->pack->questions, o->pack->question_count);
	question->name = "involvement";
	*arena_push(o->arena, o->pack->texts, o->pack->text_count) =
	    (struct text){ .name = "return-address", .value = "advice@x.example" };
	*arena_push(o->arena, o->pack->called, o->pack->called_count) = (struct text){ .name = "EH", .value = "Early Help" };
	*arena_push(o->arena, o->pack->called, o->pack->called_count) =
	    (struct text){ .name = "commissioner", .value = "who commissions" };
	o->pack->wanted = make_strs(o->arena, "keyworker|commissioner|home-authority");
	stage = make_stage(o->arena, make_strand(o->arena, o->pack, "advice", "advice-request"),
	    "with-worker", "worker", "internal");
	stage->wants = "the social care advice form";
	row = arena_push(o->arena, stage->on.v, stage->on.n);
	row->starts = "draft-sent";
	test = make_test(o->arena, o->pack, "in-time", TEST_STAGE);
	test->values = make_strs(o->arena, "with-worker");
}

static void
add_sent(struct office *o, int64_t outbox, enum act_word act, const char *at)
{
	*arena_push(o->arena, o->state->sent, o->state->sent_count) = (struct case_sent){ .act = act,
		.outbox = outbox, .template = "reminder", .strand = 1, .message_id = "", .at = make_instant(at) };
}

static void
begin(struct office *o)
{
	struct case_mail *request;

	memset(o, 0, sizeof(*o));
	o->arena = arena_new();
	o->pack = make_pack(o->arena, "owner-post", "x.example");
	add_rules(o);
	o->world = (struct world){ .directory = make_directory(o->arena, lines), .mailbox = "advice@x.example" };
	o->state = make_case(o->arena, "EHC-20417", make_instant("2026-11-23T09:00"));
	make_case_strand(o->arena, o->state, "advice", "", "with-worker", make_instant("2026-11-24T09:00"));
	make_case_strand(o->arena, o->state, "advice", "EH", "with-worker", make_instant("2026-11-25T09:00"));
	request = make_case_mail(o->arena, o->state, "advice-request", "s@x.example", make_instant("2026-11-23T09:00"));
	(void)arena_push(o->arena, request->documents, request->document_count);
	request->documents[0].name = "Appendix.pdf";
	make_case_fact(o->arena, o->state, 0, "child-name", "Zo\xc3\xab O'Donoghue-Reeve");
	make_case_fact(o->arena, o->state, 0, "date-of-birth", "2015-03-12");
	make_case_fact(o->arena, o->state, 0, "nhs-number", "9990002010");
	make_case_fact(o->arena, o->state, 0, "upn", "E999912012001");
	make_case_fact(o->arena, o->state, 0, "worker", "callum@x.example");
	make_case_fact(o->arena, o->state, 0, "words", "say more about school");
	make_case_fact(o->arena, o->state, 0, "keyworker", "Jo");
	add_sent(o, 1, ACT_FORWARD, "2026-11-24T09:00");
	add_sent(o, 2, ACT_REMIND, "2026-12-07T08:30");
	add_sent(o, 3, ACT_REMIND, "2026-12-14T08:30");
	add_sent(o, 0, ACT_REMIND, "2026-12-15T08:30");	/* the mail at hand */
	o->mail = (struct outgoing){ .strand = 1, .forward = 1, .note = "All is understood.",
		.extra_field = "n", .extra_value = "7" };
	o->mail.answers = make_strs(o->arena, "APPROVED|AMEND {words}");
	o->fields = (struct fields){ .pack = o->pack, .world = &o->world, .state = o->state,
		.mail = &o->mail, .now = make_instant("2026-12-15T10:00") };
	o->source = fields_source(&o->fields);
}

/* want NULL: the pack knows no such field; "": known, but not for this case. */
static const struct { int strand; const char *name, *want; } rows[] = {
	{ -1, "ref", "EHC-20417" }, { -1, "child-name", "Zo\xc3\xab O'Donoghue-Reeve" },
	{ -1, "date-of-birth", "12 March 2015" }, { -1, "statutory", "4 January 2027" },
	{ -1, "internal", "21 December 2026" }, { -1, "due", "21 December 2026" },
	{ -1, "advice-request", "23 November 2026" }, { -1, "advice", "" }, { -1, "received", "23 November 2026" },
	{ -1, "today", "15 December 2026" }, { -1, "worker", "Callum Strickland" },
	{ -1, "worker's manager", "Rosalind Achebe" }, { -1, "them", "Callum Strickland" },
	{ -1, "their manager", "Rosalind Achebe" }, { -1, "owner", "Sandra Whitlock and Simon Mallory" },
	{ -1, "officer", "" }, { -1, "return-address", "advice@x.example" }, { -1, "mailbox", "advice@x.example" },
	{ -1, "wants", "the social care advice form" }, { -1, "chased", "7 Dec 2026, 14 Dec 2026" },
	{ -1, "last-reminded", "14 December 2026" }, { 1, "last-reminded", "" }, { -1, "note", "All is understood." },
	{ -1, "answers", "APPROVED or AMEND (your words)" }, { -1, "words", "say more about school" },
	{ -1, "began", "24 November 2026" }, { 1, "began", "25 November 2026" }, { 1, "service", "Early Help" },
	{ -1, "service", "" }, { -1, "state", "with worker" }, { -1, "n", "7" },
	{ -1, "their-documents", "Appendix.pdf" }, { -1, "wanted-missing", "who commissions, home authority" },
	{ -1, "keyworker", "Jo" }, { -1, "commissioner", "" }, { -1, "due-date", "" }, { -1, "draft-sent", "" },
	{ -1, "their-text", "" }, { -1, "involvement", "" }, { -1, "no-such-field", NULL },
};

static void
test_rows(void **state)
{
	struct office o;

	(void)state;
	begin(&o);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = o.source.field(o.source.ctx, o.arena, rows[i].strand, rows[i].name);

		if ((got == NULL) != (rows[i].want == NULL) || (got != NULL && strcmp(got, rows[i].want) != 0))
			fail_msg("row %zu, {%s}: %s", i, rows[i].name, got == NULL ? "no such field" : got);
	}
	arena_free(&o.arena);
}

static void
test_answered(void **state)
{
	struct office o;

	(void)state;
	begin(&o);
	*arena_push(o.arena, o.state->questions, o.state->question_count) = (struct case_question){
		.no = 1, .strand = 1, .name = "involvement", .state = QUESTION_ANSWERED,
		.answered_at = make_instant("2026-11-26T10:00"), .answer = "NOT KNOWN" };
	assert_string_equal(o.source.field(o.source.ctx, o.arena, -1, "involvement"), "26 November 2026");
	arena_free(&o.arena);
}

static const struct { const char *condition; bool want; } conditions[] = {
	{ "in-time", true }, { "words", true }, { "keyworker", true }, { "commissioner", false },
	{ "advice", false }, { "officer", false }, { "no-such-thing", false },
};

static void
test_holds(void **state)
{
	struct office o;

	(void)state;
	begin(&o);
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		if (o.source.holds(o.source.ctx, -1, conditions[i].condition) != conditions[i].want)
			fail_msg("row %zu, {if %s}", i, conditions[i].condition);
	assert_int_equal(o.source.strand(o.source.ctx, "advice", 0), 0);
	assert_int_equal(o.source.strand(o.source.ctx, "advice", 1), 1);
	assert_int_equal(o.source.strand(o.source.ctx, "advice", 2), -1);
	assert_int_equal(o.source.strand(o.source.ctx, "plan", 0), -1);
	arena_free(&o.arena);
}

static const struct { const char *subject; bool want; } subjects[] = {
	{ "EHC-20417: please check the advice", false },
	{ "EHC-20417: advice is due on 4 January 2027", false },
	{ "Zoe's advice", true }, { "advice for ZO\xc3\x8b", true }, { "Reeve, EHC-20417", true },
	{ "about O\xe2\x80\x99" "Donoghue", true }, { "reevement of goods", false },
	{ "born 12/03/2015", true }, { "12.3.15", true }, { "12 March 2015", true }, { "2015-03-12", true },
	{ "12th Mar 2015", true }, { "13/03/2015", false },
	{ "NHS 999 000 2010", true }, { "9990002010", true }, { "999-000-2010", true }, { "9990002011", false },
	{ "upn e999912012001", true }, { "", false },
};

static void
test_leak(void **state)
{
	struct office o;

	(void)state;
	begin(&o);
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		const char *found = fields_leak(o.arena, o.state, subjects[i].subject);

		if ((found != NULL) != subjects[i].want)
			fail_msg("row %zu, \"%s\": %s", i, subjects[i].subject, found == NULL ? "nothing" : found);
	}
	arena_free(&o.arena);
}

static void
test_case_name(void **state)
{
	struct office o;

	(void)state;
	begin(&o);
	o.state->reference = "";
	assert_string_equal(case_name(o.arena, o.state), "case 7");
	make_case_fact(o.arena, o.state, 2, "worker", "mgr@x.example");
	assert_string_equal(case_fact_value(o.state, 2, "worker"), "mgr@x.example");
	assert_string_equal(case_fact_value(o.state, 1, "worker"), "callum@x.example");
	make_case_fact(o.arena, o.state, 0, "words", "");	/* forgotten */
	assert_null(case_fact_value(o.state, 1, "words"));
	arena_free(&o.arena);
}

/* What a stranger wrote, in a mail of ours: shown to the letter in both parts, and never a button, link, heading or list. */
static const struct { const char *written, *never; } strangers[] = {
	{ "[Release it](mailto:a@evil.example?subject=x)", "href=\"mailto:" }, { "[Read it](https://evil.example/)", "href=\"https" },
	{ "](https://evil.example/)", "evil.example\"" }, { "(https://evil.example/)", "href=\"(" },
	{ "https://evil.example/", "href=\"https" }, { "# Decided", "<h2" }, { "- Decided", "<li" }, { "* Decided", "<li" },
	{ "a\n\n# Decided", "<h2" }, { "a\n\n- Decided", "<li" }, { "a\n\n| b | c |", "<td class=\"text line\"" },
	{ "**Decided**", "<b>Decided</b></p>" }, { "a** b **c", "a</b>" }, { "\x1f# Decided", "<h2" },
};

static const char *
letter_part(struct office *o, const char *text, bool html, const char **subject_r)
{
	struct problems problems = { .arena = o->arena };
	struct letter letter = { .pack = o->pack, .mail = &o->mail, .case_name = "", .code = "", .from = "advice@x.example" };
	struct template *template;
	struct rendered rendered;
	struct err err = { ERR_NONE, "" };

	assert_int_equal(template_parse(o->arena, "t", "t.txt", text, &template, &problems), 0);
	if (template_render(template, o->arena, &o->source, &rendered, &err) == -1)
		fail_msg("%s", err.text);
	letter.body = rendered.body;
	letter.subject = rendered.subject == NULL ? "" : rendered.subject;
	*subject_r = rendered.subject;
	return html ? compose_html_part(o->arena, &letter) : compose_text_part(o->arena, &letter);
}

static void
test_strangers(void **state)
{
	static const char text[] = "Subject: {words}\n\n**Please act.**\n\n{words}\n\nand [form]{words} and **{words}**.\n\n{note}\n";
	struct office o;
	const char *subject, *part;

	(void)state;
	begin(&o);
	o.mail.triage = 1;	/* a reason */
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		const char *last = strrchr(strangers[i].written, '\n');

		make_case_fact(o.arena, o.state, 0, "words", strangers[i].written);
		o.mail.note = strangers[i].written;
		part = letter_part(&o, text, true, &subject);
		if (strstr(part, strangers[i].never) != NULL || strchr(part, '\x1f') != NULL)
			fail_msg("row %zu: %s", i, part);
		part = letter_part(&o, text, false, &subject);
		if (strstr(part, last == NULL ? strangers[i].written + (strangers[i].written[0] == '\x1f') : last + 1) == NULL ||
		    strchr(part, '\x1f') != NULL || strchr(subject, '\x1f') != NULL)
			fail_msg("row %zu: %s\n%s", i, subject, part);
	}
	/* The rules' own text may, and so may the lists of a note of ours, but not the links in it. */
	o.mail.triage = 0;
	o.mail.note = "- a\n- [b](https://evil.example/)";
	(void)arena_push(o.arena, o.pack->texts, o.pack->text_count);
	o.pack->texts[o.pack->text_count - 1] = (struct text){ .name = "guidance", .value = "https://good.example/" };
	part = letter_part(&o, "{guidance}\n\n{note}\n", true, &subject);
	assert_non_null(strstr(part, "href=\"https://good.example/\""));
	assert_non_null(strstr(part, "<li"));
	assert_null(strstr(part, "href=\"https://evil"));
	arena_free(&o.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_answered), cmocka_unit_test(test_holds),
		cmocka_unit_test(test_leak), cmocka_unit_test(test_case_name), cmocka_unit_test(test_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
