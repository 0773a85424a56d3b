/* The conditions of a pack: each test, where it holds, where it does not, and where nothing is known. */
#include "pack_maker.h"

#include "case/conditions.h"

static const char lines[] =
    "mgr@x.example,Rosalind Achebe,Manager,EHG,,,,\n"
    "callum@x.example,Callum Strickland,Social Worker,Families First East,mgr@x.example,,,\n"
    "cc@x.example,Contact Centre,Duty,Adults,mgr@x.example,,,\n";

struct office {
	struct arena		*arena;
	struct pack		*pack;
	struct world		 world;
	struct case_state	*state;
	struct classified	 classified;
	struct event		 event;
	struct involvement	 rows[2];
	struct cond_query	 query;
};

static void
begin(struct office *o)
{
	struct service *service;

	memset(o, 0, sizeof(*o));
	o->arena = arena_new();
	o->pack = make_pack(o->arena, "manager", "x.example");
	make_role(o->arena, o->pack, "manager", ROLE_POST, "Manager");
	make_role(o->arena, o->pack, "vacant", ROLE_POST, "Nobody");
	make_role(o->arena, o->pack, "worker", ROLE_ON_CASE, NULL);
	make_role(o->arena, o->pack, "contact-centre", ROLE_ADDRESS, "cc@x.example");
	make_kind(o->arena, o->pack, "advice", "staff", "advice", NULL);
	make_kind(o->arena, o->pack, "advice-request", "staff", "request", NULL);
	service = arena_push(o->arena, o->pack->services, o->pack->service_count);
	service->name = "CSC";
	service->teams = make_strs(o->arena, "Families First*");
	make_stage(o->arena, make_strand(o->arena, o->pack, "advice", "advice-request"), "with-worker",
	    "worker", NULL);
	o->world = (struct world){ .directory = make_directory(o->arena, lines), .involved = o->rows };
	o->state = make_case(o->arena, "EHC-20417", make_instant("2026-11-23T09:00"));
	make_case_strand(o->arena, o->state, "advice", "", "with-worker", make_instant("2026-11-23T09:00"));
	make_case_fact(o->arena, o->state, 0, "worker", "callum@x.example");
	o->query = (struct cond_query){ .pack = o->pack, .world = &o->world, .state = o->state,
		.strand = 1, .now = make_instant("2026-12-01T10:00") };
}

static void
list_row(struct office *o, const char *service, bool open, const char *flags)
{
	struct involvement *row = &o->rows[o->world.involved_count++];

	*row = (struct involvement){ .name = "A", .born = DAY_NONE, .nhs_number = "", .upn = "",
		.service = service, .open = open, .closed_on = DAY_NONE, .worker = "" };
	row->flags = make_strs(o->arena, flags);
}

static bool
holds(struct office *o, struct test *test)
{
	struct condition condition = { .tests = test, .test_count = 1 };

	return condition_holds(o->arena, &o->query, &condition);
}

static bool
holds_values(struct office *o, enum test_kind kind, const char *name, const char *values)
{
	struct test test = { .kind = kind, .name = name, .values = make_strs(o->arena, values) };

	return holds(o, &test);
}

static const struct { const char *fact, *list; bool fresh; const char *wanted; bool want; } involved[] = {
	{ NULL, "", false, "open|closed|not-known", false },	/* nothing is known: neither */
	{ NULL, "", true, "not-known", true },
	{ NULL, "open", false, "open", true }, { NULL, "closed", true, "open", false },
	{ NULL, "closed", true, "closed", true }, { NULL, "closed open", true, "open", true },
	{ "NOT KNOWN", "", false, "not-known", true }, { "OPEN", "", false, "open", true },
	{ "open", "closed", true, "open", false },	/* a fresh list speaks first */
	{ "open", "closed", false, "open", true },	/* an old one does not */
};

static void
test_involvement(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(involved) / sizeof(involved[0]); i++) {
		struct office o;

		begin(&o);
		if (strstr(involved[i].list, "closed") != NULL)
			list_row(&o, "CSC", false, "");
		if (strstr(involved[i].list, "open") != NULL)
			list_row(&o, "CSC", true, "");
		if (involved[i].fact != NULL)
			make_case_fact(o.arena, o.state, 0, "involvement", involved[i].fact);
		o.world.list_is_fresh = involved[i].fresh;
		if (holds_values(&o, TEST_INVOLVEMENT, NULL, involved[i].wanted) != involved[i].want)
			fail_msg("row %zu", i);
		arena_free(&o.arena);
	}
}

static const struct { const char *born; int months; bool over, want; } ages[] = {
	{ "2008-12-01", 216, true, true }, { "2008-12-02", 216, true, false },
	{ "2008-12-02", 216, false, true }, { "2008-12-01", 216, false, false },
	{ "2009-06-01", 210, true, true }, { "2009-06-02", 210, true, false },
	{ NULL, 216, true, false }, { NULL, 216, false, false },
};

static void
test_age(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
		struct office o;
		struct test test = { .kind = TEST_AGE, .age_months = ages[i].months, .age_over = ages[i].over };

		begin(&o);
		if (ages[i].born != NULL)
			make_case_fact(o.arena, o.state, 0, "date-of-birth", ages[i].born);
		if (holds(&o, &test) != ages[i].want)
			fail_msg("row %zu", i);
		arena_free(&o.arena);
	}
}

/* Turning 18 later does not change the way. */
static void
test_age_counted_on(void **state)
{
	struct office o;
	struct test test = { .kind = TEST_AGE, .age_months = 216, .age_over = true };

	(void)state;
	begin(&o);
	o.pack->age_counted_on = "request-date";
	make_case_fact(o.arena, o.state, 0, "date-of-birth", "2008-11-25");
	assert_true(holds(&o, &test));
	make_case_fact(o.arena, o.state, 0, "request-date", "2026-11-24");
	assert_false(holds(&o, &test));
	arena_free(&o.arena);
}

static const struct { const char *name, *values; bool want; } facts[] = {
	{ "permission", NULL, true }, { "permission", "given", false }, { "permission", "given|refused", true },
	{ "agreed", NULL, false }, { "unknown", NULL, false }, { NULL, "unknown|EOTAS", true },
	{ NULL, "unknown|agreed", false }, { "worker", "worker", true }, { "worker", "contact-centre", false },
	{ "worker", "callum@x.example", true }, { "forgotten", NULL, false },
};

static void
test_facts(void **state)
{
	struct office o;

	(void)state;
	begin(&o);
	make_case_fact(o.arena, o.state, 0, "permission", "refused");
	make_case_fact(o.arena, o.state, 0, "agreed", "no");
	make_case_fact(o.arena, o.state, 0, "EOTAS", "yes");
	make_case_fact(o.arena, o.state, 0, "forgotten", "");
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (holds_values(&o, TEST_FACT, facts[i].name, facts[i].values) != facts[i].want)
			fail_msg("row %zu", i);

	/* the mail at hand speaks first, unless it only quotes */
	*arena_push(o.arena, o.classified.facts, o.classified.fact_count) =
	    (struct found_fact){ "permission", "given", SOURCE_QUOTED, true, 0, 0, 0 };
	o.event.classified = &o.classified;
	o.query.event = &o.event;
	assert_true(holds_values(&o, TEST_FACT, "permission", "refused"));
	o.classified.facts[0].source = SOURCE_NEW_TEXT;
	assert_true(holds_values(&o, TEST_FACT, "permission", "given"));
	arena_free(&o.arena);
}

static void
test_record(void **state)
{
	struct office o;

	(void)state;
	begin(&o);
	assert_false(holds_values(&o, TEST_FLAG, NULL, "child-protection"));
	assert_true(holds_values(&o, TEST_SERVICE, NULL, "CSC"));	/* by the worker's team */
	assert_false(holds_values(&o, TEST_SERVICE, NULL, "OPS"));
	list_row(&o, "ASC", true, "looked-after|restricted");
	list_row(&o, "EH", false, "");
	assert_true(holds_values(&o, TEST_FLAG, NULL, "child-protection|restricted"));
	assert_true(holds_values(&o, TEST_OPEN_TO, NULL, "ASC"));
	assert_false(holds_values(&o, TEST_OPEN_TO, NULL, "EH"));
	o.state->strands[0].service = "EH";
	assert_true(holds_values(&o, TEST_SERVICE, NULL, "EH"));
	arena_free(&o.arena);
}

static void
add_version(struct office *o, const char *from, const char *hash)
{
	struct case_mail *mail = make_case_mail(o->arena, o->state, "advice", from, o->query.now);

	(void)arena_push(o->arena, mail->documents, mail->document_count);
	mail->documents[0].name = "SCA.docx";
	snprintf(mail->documents[0].sha256, sizeof(mail->documents[0].sha256), "%s", hash);
}

static void
test_changed(void **state)
{
	struct office o;
	struct test test = { .kind = TEST_CHANGED, .name = "advice", .since = "worker" };

	(void)state;
	begin(&o);
	assert_false(holds(&o, &test));
	add_version(&o, "callum@x.example", "aa");
	assert_false(holds(&o, &test));
	add_version(&o, "mgr@x.example", "aa");
	assert_false(holds(&o, &test));		/* passed on as it was */
	add_version(&o, "mgr@x.example", "bb");
	assert_true(holds(&o, &test));
	add_version(&o, "callum@x.example", "cc");
	assert_false(holds(&o, &test));		/* the worker's own new version */
	test.name = "involvement";
	assert_false(holds(&o, &test));
	o.event = (struct event){ .type = EVENT_CHANGED, .changed = "involvement" };
	o.query.event = &o.event;
	assert_true(holds(&o, &test));
	arena_free(&o.arena);
}

static void
test_mail(void **state)
{
	struct office o;
	struct message *mail;
	struct test says = { .kind = TEST_SAYS };

	(void)state;
	begin(&o);
	says.says = make_patterns(o.arena, "escalat*", &says.says_count);
	assert_false(holds(&o, &says));
	mail = make_mail(o.arena, "cc@x.example", "Chaser", "we must escalate this");
	make_document(o.arena, mail, "SCA.PDF", "");
	*arena_push(o.arena, mail->cc.v, mail->cc.n) = (struct mail_address){ "", "Callum@x.example" };
	o.event.mail = mail;
	o.query.event = &o.event;
	assert_true(holds(&o, &says));
	assert_true(holds_values(&o, TEST_ATTACHMENT, NULL, "*.doc*|*.pdf"));
	assert_false(holds_values(&o, TEST_ATTACHMENT, NULL, "*.odt"));
	assert_true(holds_values(&o, TEST_COPIED, NULL, "worker"));
	assert_false(holds_values(&o, TEST_COPIED, NULL, "manager"));
	arena_free(&o.arena);
}

static void
test_standing(void **state)
{
	struct office o;

	(void)state;
	begin(&o);
	make_case_mail(o.arena, o.state, "advice-request", "a@x.example", o.query.now);
	*arena_push(o.arena, o.state->sent, o.state->sent_count) = (struct case_sent){ .template = "contact-record" };
	assert_true(holds_values(&o, TEST_KNOWN, NULL, "worker"));
	assert_false(holds_values(&o, TEST_KNOWN, NULL, "vacant"));
	assert_true(holds_values(&o, TEST_RECEIVED, NULL, "advice|advice-request"));
	assert_false(holds_values(&o, TEST_RECEIVED, NULL, "advice"));
	assert_true(holds_values(&o, TEST_SENT, NULL, "contact-record"));
	assert_false(holds_values(&o, TEST_SENT, NULL, "request"));
	assert_true(holds_values(&o, TEST_STAGE, NULL, "sorting|with-worker"));
	assert_false(holds_values(&o, TEST_STAGE, NULL, "sorting"));
	assert_true(holds_values(&o, TEST_OPEN, NULL, "advice"));
	o.state->strands[0].final = true;
	assert_false(holds_values(&o, TEST_OPEN, NULL, "advice"));
	o.query.strand = 0;
	assert_true(holds_values(&o, TEST_STAGE, NULL, "with-worker"));
	arena_free(&o.arena);
}

/* All tests of a condition; any condition of several; none holds always; a loop of names ends. */
static void
test_together(void **state)
{
	struct office o;
	struct conditions none = { 0 };
	struct condition both = { 0 }, either[2] = { { 0 }, { 0 } };
	struct conditions any = { either, 2 };
	struct test *test;

	(void)state;
	begin(&o);
	assert_true(conditions_hold(o.arena, &o.query, &none));
	*arena_push(o.arena, both.tests, both.test_count) =
	    (struct test){ .kind = TEST_OPEN, .values = make_strs(o.arena, "advice") };
	assert_true(condition_holds(o.arena, &o.query, &both));
	*arena_push(o.arena, both.tests, both.test_count) =
	    (struct test){ .kind = TEST_STAGE, .values = make_strs(o.arena, "elsewhere") };
	assert_false(condition_holds(o.arena, &o.query, &both));
	either[0] = both;
	either[1] = (struct condition){ .tests = both.tests, .test_count = 1 };
	assert_true(conditions_hold(o.arena, &o.query, &any));
	test = make_test(o.arena, o.pack, "round", TEST_NAMED);
	test->name = "round";
	assert_false(condition_named_holds(o.arena, &o.query, "round"));
	assert_false(condition_named_holds(o.arena, &o.query, "no-such-condition"));
	arena_free(&o.arena);
}

/* What time alone may change, and what waits for a decision about the case. */
static void
test_in_time(void **state)
{
	static const struct { const char *name; enum test_kind kind; const char *test_name, *values; bool want; } rows[] = {
		{ "a fact is known", TEST_FACT, "worker", NULL, false },
		{ "one of several is", TEST_FACT, NULL, "worker|told", false },
		{ "a fact's value", TEST_FACT, "told", "yes", false },
		{ "a fact that is whoever holds a role", TEST_FACT, "worker", "yes|manager", true },
		{ "a stage", TEST_STAGE, NULL, "with-worker", false },
		{ "an open strand", TEST_OPEN, NULL, "advice", false },
		{ "an age", TEST_AGE, NULL, NULL, true },
		{ "dates", TEST_DATES, NULL, NULL, true },
		{ "the list", TEST_INVOLVEMENT, NULL, "open", true },
		{ "somebody is there", TEST_KNOWN, NULL, "worker", true },
		{ "a mail has come, which one kept may do later", TEST_RECEIVED, NULL, "advice", true },
		{ "a mail has gone, which a person may drop", TEST_SENT, NULL, "advice", true },
		{ "by name", TEST_NAMED, "of-a-stage", NULL, false },
		{ "by names", TEST_NAMED, NULL, "of-a-stage|of-an-age", true },
		{ "one that is not there", TEST_NAMED, "nowhere", NULL, true },
		{ "one that names itself", TEST_NAMED, "round", NULL, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct office o;
		struct test test = { .kind = rows[i].kind, .name = rows[i].test_name };
		struct condition condition = { .tests = &test, .test_count = 1 };
		struct conditions conditions = { &condition, 1 };

		begin(&o);
		if (rows[i].values != NULL)
			test.values = make_strs(o.arena, rows[i].values);
		make_test(o.arena, o.pack, "of-a-stage", TEST_STAGE)->values = make_strs(o.arena, "with-worker");
		make_test(o.arena, o.pack, "of-an-age", TEST_AGE);
		make_test(o.arena, o.pack, "round", TEST_NAMED)->name = "round";
		if (conditions_change_in_time(o.pack, &conditions) != rows[i].want)
			fail_msg("%s: %s", rows[i].name, rows[i].want ? "time alone may change it" : "only a decision changes it");
		arena_free(&o.arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_involvement), cmocka_unit_test(test_age),
		cmocka_unit_test(test_age_counted_on), cmocka_unit_test(test_facts),
		cmocka_unit_test(test_record), cmocka_unit_test(test_changed), cmocka_unit_test(test_mail),
		cmocka_unit_test(test_standing), cmocka_unit_test(test_together),
		cmocka_unit_test(test_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
