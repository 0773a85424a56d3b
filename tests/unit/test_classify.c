/* What a mail is to a pack: its kind, what hangs on the case, the facts it tells. */
#include "pack_maker.h"

#include "case/classify.h"

static const char lines[] =
    "mgr@x.example,Rosalind Achebe,EHCP Officers' Team Manager,EHG,,,,\n"
    "callum@x.example,Callum Strickland,Social Worker,Erdington,mgr@x.example,,,\n"
    "ann1@x.example,Ann Twice,Social Worker,Erdington,mgr@x.example,,,\n"
    "ann2@x.example,Ann Twice,Social Worker,Northfield,mgr@x.example,,,\n";

struct desk {
	struct arena		*arena;
	struct pack		*pack;
	struct directory	*directory;
	struct world		 world;
	struct classified	*classified;
};

static const instant received = 1795424400;	/* 23 Nov 2026, 09:00 */

static void
add_facts(struct desk *d)
{
	struct value_fact *fact = arena_push(d->arena, d->pack->facts, d->pack->fact_count);

	fact->name = "permission";
	fact->from = make_strs(d->arena, "staff");
	fact->values = arena_alloc(d->arena, 2 * sizeof(*fact->values));
	fact->value_count = 2;
	fact->values[0].value = "refused";
	fact->values[0].patterns = make_patterns(d->arena, "not give permission", &fact->values[0].pattern_count);
	fact->values[1].value = "given";
	fact->values[1].patterns = make_patterns(d->arena, "give* permission", &fact->values[1].pattern_count);
}

static void
add_alerts(struct desk *d)
{
	struct alert *alert = arena_push(d->arena, d->pack->alerts, d->pack->alert_count);

	alert->name = "safeguarding";
	alert->test.from = make_strs(d->arena, "staff");
	alert->test.says = make_patterns(d->arena, "at risk of harm", &alert->test.says_count);
	alert = arena_push(d->arena, d->pack->alerts, d->pack->alert_count);
	alert->name = "not-to-one-officer";
	alert->test.says = make_patterns(d->arena, "contact details", &alert->test.says_count);
	alert->sent_to = make_strs(d->arena, "*@council.example");
	alert->sent_to_unless = make_strs(d->arena, "senar");
}

static void
add_kinds(struct desk *d)
{
	struct kind *kind;

	make_kind(d->arena, d->pack, "chaser", "senar", "still waiting|please * chase", NULL);
	kind = make_kind(d->arena, d->pack, "information-request", "senar", "stage one", NULL);
	kind->unless = arena_alloc(d->arena, sizeof(*kind->unless));
	kind->unless->says = make_patterns(d->arena, "stage two", &kind->unless->says_count);
	kind = make_kind(d->arena, d->pack, "advice-request", "senar", "stage two|social care advice is requested", NULL);
	make_extract(d->arena, kind, "due-date", "form by {date}|return * by {date}");
	make_extract(d->arena, kind, "named-worker", "worker is {person}");
	make_extract(d->arena, kind, "request-date", "requested on {date}");
	kind->extracts[kind->extract_count - 1].or_received = true;
	make_extract(d->arena, kind, "asked", "{service}: {person}");
	kind = make_kind(d->arena, d->pack, "draft-plan", "senar", NULL, NULL);
	kind->test.named = make_patterns(d->arena, "draft EHCP", &kind->test.named_count);
	kind = make_kind(d->arena, d->pack, "advice", "worker", NULL, "*.doc*|*.pdf");
	kind->or_test = arena_alloc(d->arena, sizeof(*kind->or_test));
	kind->or_test->from = make_strs(d->arena, "officer");
	kind->or_test->awaited = true;
	make_kind(d->arena, d->pack, "paper", "staff", NULL, "*.doc*");
	make_kind(d->arena, d->pack, "query", "staff", "little knowledge", NULL);
	make_kind(d->arena, d->pack, "no-tests", NULL, NULL, NULL);
}

static void
begin(struct desk *d)
{
	struct service *service;
	struct stage *stage;
	struct row *row;

	memset(d, 0, sizeof(*d));
	d->arena = arena_new();
	d->pack = make_pack(d->arena, "officers-manager", "x.example");
	make_role(d->arena, d->pack, "senar", ROLE_ADDRESS, "SENAR@council.example");
	make_role(d->arena, d->pack, "officers-manager", ROLE_POST, "EHCP Officers' Team Manager");
	make_role(d->arena, d->pack, "worker", ROLE_ON_CASE, NULL);
	make_role(d->arena, d->pack, "officer", ROLE_ON_CASE, NULL);
	service = arena_push(d->arena, d->pack->services, d->pack->service_count);
	service->name = "social-care";
	service->words = make_strs(d->arena, "Social care");
	add_kinds(d);
	add_facts(d);
	add_alerts(d);
	stage = make_stage(d->arena, make_strand(d->arena, d->pack, "advice", "advice-request"),
	    "with-officer", "officer", NULL);
	row = arena_push(d->arena, stage->on.v, stage->on.n);
	row->event = ON_KIND;
	row->names = make_strs(d->arena, "advice");
	d->directory = make_directory(d->arena, lines);
	d->world = (struct world){ .directory = d->directory };
}

static struct case_state *
sample_case(struct desk *d)
{
	struct case_state *state = make_case(d->arena, "EHC-20417", received);

	make_case_strand(d->arena, state, "advice", "", "with-officer", received);
	make_case_fact(d->arena, state, 0, "worker", "callum@x.example");
	make_case_fact(d->arena, state, 0, "officer", "mgr@x.example");
	return state;
}

static void
read_mail(struct desk *d, const struct message *mail, bool with_case)
{
	classify(d->arena, d->pack, d->directory, mail, received, &d->classified);
	classify_settle(d->arena, d->pack, &d->world, mail, received,
	    with_case ? sample_case(d) : NULL, d->classified);
}

/* Without a case, and with one whose worker is Callum and whose officer, awaited, is Rosalind. */
static const struct { const char *from, *subject, *text, *file, *alone, *in_case; } kinds[] = {
	{ "SENAR@council.example", "SEND request - Stage Two - EHC-20417", "", NULL, "advice-request", "advice-request" },
	{ "senar@COUNCIL.EXAMPLE", "x", "Social care advice\n is requested", NULL, "advice-request", "advice-request" },
	{ "senar@council.example", "Stage one", "", NULL, "information-request", "information-request" },
	{ "senar@council.example", "Stage one", "now at stage two", NULL, "advice-request", "advice-request" },
	{ "senar@council.example", "RE: Stage Two", "we are still waiting", NULL, "chaser", "chaser" },
	{ "senar@council.example", "please do chase the worker", "", NULL, "chaser", "chaser" },
	{ "callum@x.example", "Stage Two", "", NULL, NULL, NULL },
	{ "senar@evil.example", "Stage Two", "", NULL, NULL, NULL },
	{ "senar@council.example", "for you", "see attached", "Draft EHCP EHC-20417.docx", "draft-plan", "draft-plan" },
	{ "callum@x.example", "form", "attached", "SCA.DOCX", "paper", "advice" },
	{ "callum@x.example", "form", "attached", "SCA.pdf", NULL, "advice" },
	{ "ann1@x.example", "form", "attached", "SCA.docx", "paper", "paper" },
	{ "ann1@x.example", "form", "attached", "photo.png", NULL, NULL },
	{ "mgr@x.example", "here it is", "all in the text", NULL, NULL, "advice" },	/* awaited */
	{ "callum@x.example", "x", "I have little knowledge of them", NULL, "query", "query" },
	{ "parent@home.example", "x", "I have little knowledge of them", NULL, NULL, NULL },
};

static void
want_kind(const struct desk *d, size_t row, const char *want)
{
	const char *got = d->classified->kind == NULL ? NULL : d->classified->kind->name;

	if ((got == NULL) != (want == NULL) || (got != NULL && strcmp(got, want) != 0))
		fail_msg("row %zu: %s, wanted %s", row, got == NULL ? "other" : got, want == NULL ? "other" : want);
}

static void
test_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct desk d;
		struct message *mail;

		begin(&d);
		mail = make_mail(d.arena, kinds[i].from, kinds[i].subject, kinds[i].text);
		if (kinds[i].file != NULL)
			make_document(d.arena, mail, kinds[i].file, "");
		read_mail(&d, mail, false);
		want_kind(&d, i, kinds[i].alone);
		read_mail(&d, mail, true);
		want_kind(&d, i, kinds[i].in_case);
		arena_free(&d.arena);
	}
}

static void
test_open_until_the_case(void **state)
{
	struct desk d;
	struct message *mail;

	(void)state;
	begin(&d);
	mail = make_mail(d.arena, "callum@x.example", "form", "attached");
	make_document(d.arena, mail, "SCA.docx", "");
	classify(d.arena, d.pack, d.directory, mail, received, &d.classified);
	assert_int_equal(d.classified->possible_count, 2);
	assert_string_equal(d.classified->possible[0]->name, "advice");
	assert_true(d.classified->conditional[0]);
	assert_string_equal(d.classified->possible[1]->name, "paper");
	assert_false(d.classified->conditional[1]);
	assert_true(d.classified->from_domain);
	assert_true(d.classified->from_directory);
	arena_free(&d.arena);
}

/* Why not: the kinds that fitted but for one key. */
static void
test_near(void **state)
{
	struct desk d;

	(void)state;
	begin(&d);
	read_mail(&d, make_mail(d.arena, "parent@home.example", "Stage Two", ""), false);
	assert_int_equal(d.classified->near_count, 1);
	assert_string_equal(d.classified->near_kinds[0].kind->name, "advice-request");
	assert_string_equal(d.classified->near_kinds[0].why, "the sender is not senar");
	assert_null(d.classified->sender_role);
	read_mail(&d, make_mail(d.arena, "senar@council.example", "Stage one and stage two", ""), false);
	assert_string_equal(d.classified->sender_role, "senar");
	assert_non_null(strstr(d.classified->near_kinds[1].why, "unless"));
	arena_free(&d.arena);
}

/* An inline logo is no attachment; a notice has no kind; history is not what is said now. */
static void
test_no_kind(void **state)
{
	struct desk d;
	struct message *mail;

	(void)state;
	begin(&d);
	mail = make_mail(d.arena, "ann1@x.example", "form", "attached");
	make_document(d.arena, mail, "logo.docx", "")->is_inline = true;
	read_mail(&d, mail, false);
	assert_null(d.classified->kind);
	mail = make_mail(d.arena, "senar@council.example", "Stage Two", "");
	mail->notice = NOTICE_OUT_OF_OFFICE;
	read_mail(&d, mail, true);
	assert_null(d.classified->kind);
	assert_int_equal(d.classified->possible_count, 0);
	mail = make_mail(d.arena, "senar@council.example", "RE: hello", "thank you");
	mail->quoted_text = "SEND request - Stage Two";
	read_mail(&d, mail, false);
	assert_null(d.classified->kind);
	arena_free(&d.arena);
}

static void
test_forward(void **state)
{
	struct desk d;
	struct message *mail;

	(void)state;
	begin(&d);
	mail = make_mail(d.arena, "callum@x.example", "FW: for you", "It came to me by mistake.");
	mail->forwarded_text = "Stage two: please return the form by 4 January 2027. EHC-20931";
	mail->forwarded_from = (struct mail_address){ "SENAR", "SENAR@council.example" };
	read_mail(&d, mail, false);
	assert_string_equal(d.classified->kind->name, "advice-request");
	assert_string_equal(classified_fact(d.classified, "due-date"), "2027-01-04");
	assert_string_equal(classified_fact(d.classified, "reference"), "EHC-20931");
	mail->from.address = "stranger@home.example";	/* an inner header is only as good as who passed it on */
	read_mail(&d, mail, false);
	assert_null(d.classified->kind);
	arena_free(&d.arena);
}

static const struct { const char *text, *fact, *want; } facts[] = {
	{ "Stage two. Return the form by 4 January 2027.", "due-date", "2027-01-04" },
	{ "Stage two. Return it by 4/1/27", "due-date", "2027-01-04" },
	{ "Stage two. Return it by 4 January", "due-date", "2027-01-04" },	/* the nearest, ahead */
	{ "Stage two. Requested on 3 November", "request-date", "2026-11-03" },	/* the nearest, behind */
	{ "Stage two.", "request-date", "2026-11-23" },
	{ "Stage two.", "due-date", NULL },
	{ "Stage two. The worker is Callum Strickland", "named-worker", "callum@x.example" },
	{ "Stage two. The worker is callum@x.example", "named-worker", "callum@x.example" },
	{ "Stage two. The worker is Ann Twice", "named-worker", "Ann Twice" },	/* two bear it: nobody */
	{ "Stage two\nSocial care: Callum Strickland\nHealth: Ann Twice\n", "asked",
	    "social-care: callum@x.example" },	/* the pack knows no such service as the other */
	{ "Stage two, EHC-20417", "reference", "EHC-20417" },
	{ "Stage two, ehc-20417", "reference", "EHC-20417" },
	{ "Stage two, EHC\xe2\x80\x93" "20417.", "reference", "EHC-20417" },
	{ "Stage two, EHC20417", "reference", "EHC-20417" },
	{ "Stage two, EHC204170", "reference", NULL },
	{ "Stage two, EHC-204170", "reference", NULL },
	{ "Stage two, XEHC-20417", "reference", NULL },
	{ "Stage two", "received", "2026-11-23" },
};

static void
test_facts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		struct desk d;
		const char *got;

		begin(&d);
		read_mail(&d, make_mail(d.arena, "senar@council.example", "x", facts[i].text), false);
		got = classified_fact(d.classified, facts[i].fact);
		if ((got == NULL) != (facts[i].want == NULL) || (got != NULL && strcmp(got, facts[i].want) != 0))
			fail_msg("row %zu, %s: %s", i, facts[i].fact, got == NULL ? "none" : got);
		arena_free(&d.arena);
	}
}

/* The strongest source speaks; history never goes before what is said now. */
static void
test_sources(void **state)
{
	struct desk d;
	struct message *mail;

	(void)state;
	begin(&d);
	mail = make_mail(d.arena, "callum@x.example", "RE: hello", "for the sister, EHC-20951");
	mail->quoted_text = "about EHC-20950";
	make_said(d.arena, mail, SAID_CHILD_NAME, "Cosmo Wainscott", SOURCE_QUOTED);
	make_said(d.arena, mail, SAID_CHILD_NAME, "Ottilie Wainscott", SOURCE_NEW_TEXT);
	make_said(d.arena, mail, SAID_DATE_OF_BIRTH, "2013-06-17", SOURCE_QUOTED);
	read_mail(&d, mail, false);
	assert_string_equal(classified_fact(d.classified, "child-name"), "Ottilie Wainscott");
	assert_string_equal(classified_fact(d.classified, "reference"), "EHC-20951");
	assert_int_equal(d.classified->references.n, 2);
	assert_int_equal(d.classified->strong_references, 1);
	for (size_t i = 0; i < d.classified->fact_count; i++)
		if (strcmp(d.classified->facts[i].name, "date-of-birth") == 0)
			assert_int_equal(d.classified->facts[i].source, SOURCE_QUOTED);
	/* a form's own reference counts only where the mail names none */
	mail = make_mail(d.arena, "callum@x.example", "EHC-20951", "");
	make_document(d.arena, mail, "SCA EHC-20952.docx", "");
	read_mail(&d, mail, false);
	assert_int_equal(d.classified->strong_references, 1);
	mail->subject = mail->subject_peeled = "advice";
	read_mail(&d, mail, false);
	assert_string_equal(classified_fact(d.classified, "reference"), "EHC-20952");
	assert_int_equal(d.classified->strong_references, 1);
	arena_free(&d.arena);
}

static const struct { const char *from, *text, *form, *want; } values[] = {
	{ "callum@x.example", "the family gives permission", "", "given" },
	{ "callum@x.example", "they do not give permission", "", "refused" },
	{ "callum@x.example", "attached", "They give permission", "given" },
	{ "callum@x.example", "they did not give permission", "They give permission", "refused" },
	{ "callum@x.example", "attached", "", NULL },
	{ "parent@home.example", "we give permission", "", NULL },
};

static void
test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct desk d;
		struct message *mail;
		const char *got;

		begin(&d);
		mail = make_mail(d.arena, values[i].from, "x", values[i].text);
		make_document(d.arena, mail, "SCA.docx", values[i].form);
		read_mail(&d, mail, true);
		got = classified_fact(d.classified, "permission");
		if ((got == NULL) != (values[i].want == NULL) || (got != NULL && strcmp(got, values[i].want) != 0))
			fail_msg("row %zu: %s", i, got == NULL ? "none" : got);
		arena_free(&d.arena);
	}
}

static void
test_alerts(void **state)
{
	struct desk d;
	struct message *mail;

	(void)state;
	begin(&d);
	read_mail(&d, make_mail(d.arena, "callum@x.example", "x", "he is at risk of harm"), true);
	assert_int_equal(d.classified->alert_count, 1);
	assert_string_equal(d.classified->alerts[0]->name, "safeguarding");
	read_mail(&d, make_mail(d.arena, "parent@home.example", "x", "he is at risk of harm"), true);
	assert_int_equal(d.classified->alert_count, 0);
	mail = make_mail(d.arena, "callum@x.example", "x", "contact details please");
	*arena_push(d.arena, mail->cc.v, mail->cc.n) = (struct mail_address){ "", "jo@council.example" };
	read_mail(&d, mail, true);
	assert_int_equal(d.classified->alert_count, 1);
	mail->cc.v[0].address = "senar@council.example";
	read_mail(&d, mail, true);
	assert_int_equal(d.classified->alert_count, 0);
	arena_free(&d.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds), cmocka_unit_test(test_open_until_the_case),
		cmocka_unit_test(test_near), cmocka_unit_test(test_no_kind), cmocka_unit_test(test_forward),
		cmocka_unit_test(test_facts), cmocka_unit_test(test_sources), cmocka_unit_test(test_values),
		cmocka_unit_test(test_alerts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
