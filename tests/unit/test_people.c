/* From roles to people: who a role gives on a day, who stands in, who is refused, who fits. */
#include "pack_maker.h"

#include "case/conditions.h"
#include "case/people.h"

static const char lines[] =
    "head@x.example,Graham Odell,Head of Service,CwD,,,,\n"
    "mgr@x.example,Rosalind Achebe,EHCP Officers' Team Manager,EHG,head@x.example,,,\n"
    "bs@x.example,Sandra Whitlock,Business Support,BS,mgr@x.example,,,\n"
    "bs2@x.example,Simon Mallory,Business Support,BS,mgr@x.example,,,\n"
    "tm1@x.example,Deborah Lanyon,Team Manager,Erdington,head@x.example,,,\n"
    "tm2@x.example,Anthea Bellweather,Team Manager,Northfield,head@x.example,,,\n"
    "callum@x.example,Callum Strickland,Social Worker,Erdington,tm1@x.example,bronwen@x.example,,\n"
    "bronwen@x.example,Bronwen Tully,Social Worker,Erdington,tm1@x.example,,,\n"
    "priya@x.example,Priyanka Nair-Holt,Family Support Worker,Northfield,tm2@x.example,,,\n"
    "gone@x.example,Former Worker,Social Worker,Northfield,tm2@x.example,,2020-01-01,2026-09-30\n"
    "loop1@x.example,Loop One,Social Worker,Ring,,loop2@x.example,,\n"
    "loop2@x.example,Loop Two,Social Worker,Ring,,loop1@x.example,,\n"
    "ring1@x.example,Ring One,Ring Post,Ring,tm2@x.example,ring2@x.example,,\n"
    "ring2@x.example,Ring Two,,Ring,,ring3@x.example,,\n"
    "ring3@x.example,Ring Three,,Ring,head@x.example,ring1@x.example,,\n"
    "stray@x.example,Stray,Stray Post,Ring,mgr@x.example,far@other.example,,\n"
    "far@other.example,Far Away,Social Worker,Erdington,tm1@x.example,,,\n";

struct office {
	struct arena		*arena;
	struct pack		*pack;
	struct directory	*directory;
	struct world		 world;
	struct case_state	*state;
	struct people_query	 query;
};

static void
add_roles(struct office *o)
{
	struct role *choose, *role;
	struct test *test;

	make_role(o->arena, o->pack, "senar", ROLE_ADDRESS, "SENAR@council.example");
	make_role(o->arena, o->pack, "inbox", ROLE_MAILBOX, "advice");
	make_role(o->arena, o->pack, "business-support", ROLE_POST, "Business Support");
	make_role(o->arena, o->pack, "officers-manager", ROLE_POST, "EHCP Officers' Team Manager");
	make_role(o->arena, o->pack, "last-resort", ROLE_POST, "Head of Service");
	make_role(o->arena, o->pack, "vacant", ROLE_POST, "Nobody Has This");
	make_role(o->arena, o->pack, "worker", ROLE_ON_CASE, NULL);
	make_role(o->arena, o->pack, "officer", ROLE_ON_CASE, NULL);
	make_role(o->arena, o->pack, "caseworker", ROLE_ON_CASE, "Business Support");
	make_role(o->arena, o->pack, "adviser", ROLE_ON_STRAND, NULL);
	make_role(o->arena, o->pack, "team-manager", ROLE_POST, "Team Manager")->team_of = "worker";
	make_role(o->arena, o->pack, "known-worker", ROLE_INVOLVED, "CSC|EH");
	role = make_role(o->arena, o->pack, "others", ROLE_INVOLVED, "CSC|EH");
	role->except = make_strs(o->arena, "worker");
	role = make_role(o->arena, o->pack, "lead", ROLE_ON_CASE, NULL);
	role->otherwise = make_recipients(o->arena, "officers-manager");
	make_role(o->arena, o->pack, "everyone", ROLE_IS, "worker|officer else officers-manager");
	make_role(o->arena, o->pack, "self", ROLE_IS, "self");
	make_role(o->arena, o->pack, "ring", ROLE_POST, "Ring Post");
	make_role(o->arena, o->pack, "strays", ROLE_POST, "Stray Post");
	test = make_test(o->arena, o->pack, "grown", TEST_AGE);
	test->age_months = 18 * 12;
	test->age_over = true;
	choose = make_role(o->arena, o->pack, "leader", ROLE_CHOOSE, NULL);
	role = arena_push(o->arena, choose->choices, choose->choice_count);
	role->source = ROLE_IS;
	role->is = make_recipients(o->arena, "last-resort");
	*arena_push(o->arena, role->when.v, role->when.n) = o->pack->conditions[0];
	role = arena_push(o->arena, choose->choices, choose->choice_count);
	role->source = ROLE_IS;
	role->is = make_recipients(o->arena, "officers-manager");
}

static void
begin(struct office *o)
{
	static struct involvement rows[] = {
		{ .name = "A Child", .born = DAY_NONE, .nhs_number = "", .upn = "", .service = "CSC",
		    .open = true, .worker = "callum@x.example" },
		{ .name = "A Child", .born = DAY_NONE, .nhs_number = "", .upn = "", .service = "EH",
		    .open = true, .worker = "priya@x.example" },
		{ .name = "A Child", .born = DAY_NONE, .nhs_number = "", .upn = "", .service = "CSC",
		    .open = false, .worker = "gone@x.example" },
	};
	struct strand *strand;

	memset(o, 0, sizeof(*o));
	o->arena = arena_new();
	o->pack = make_pack(o->arena, "business-support", "x.example|council.example");
	o->pack->watches = make_strs(o->arena, "advice");
	add_roles(o);
	o->directory = make_directory(o->arena, lines);
	o->world = (struct world){ .directory = o->directory, .involved = rows, .involved_count = 3,
		.mailbox = "Advice@x.example" };
	strand = make_strand(o->arena, o->pack, "advice", "advice-request");
	make_stage(o->arena, strand, "with-worker", "worker", NULL);
	o->state = make_case(o->arena, "EHC-20417", make_instant("2026-10-01T09:00"));
	make_case_strand(o->arena, o->state, "advice", "", "with-worker", make_instant("2026-10-01T09:00"));
	make_case_strand(o->arena, o->state, "advice", "EH", "with-worker", make_instant("2026-10-01T09:00"));
	make_case_fact(o->arena, o->state, 0, "worker", "callum@x.example");
	make_case_fact(o->arena, o->state, 2, "worker", "priya@x.example");
	make_case_fact(o->arena, o->state, 2, "adviser", "bronwen@x.example");
	make_case_fact(o->arena, o->state, 2, "only-there", "bronwen@x.example");
	make_case_fact(o->arena, o->state, 0, "date-of-birth", "2012-05-05");
	make_role(o->arena, o->pack, "only-there", ROLE_ON_CASE, NULL);
	o->query = (struct people_query){ .pack = o->pack, .world = &o->world, .state = o->state,
		.strand = 1, .on = make_day("2026-10-12"), .sender = "callum@x.example" };
}

/* absent: "ADDRESS until" or "ADDRESS bounce"; over: who is chased. */
static const struct { const char *recipient; int strand; const char *absent, *over, *want; } rows[] = {
	{ "senar", 1, "", "", "SENAR@council.example" },
	{ "inbox", 1, "", "", "Advice@x.example" },
	{ "owner", 1, "", "", "bs2@x.example, bs@x.example" },
	{ "owner", 1, "bs2@x.example away", "", "bs@x.example" },	/* the other holder is there */
	{ "vacant", 1, "", "", "" },
	{ "nonsense", 1, "", "", "" },
	{ "anyone", 1, "", "", "" },
	{ "staff", 1, "", "", "" },
	{ "worker", 1, "", "", "callum@x.example" },
	{ "worker", 2, "", "", "priya@x.example" },
	{ "worker's manager", 1, "", "", "tm1@x.example" },
	{ "last-resort's manager", 1, "", "", "" },
	{ "officer", 1, "", "", "" },
	{ "officer else officers-manager", 1, "", "", "mgr@x.example" },
	{ "caseworker", 1, "", "", "bs2@x.example, bs@x.example" },
	{ "adviser", 1, "", "", "" },
	{ "adviser", 2, "", "", "bronwen@x.example" },
	{ "only-there", 0, "", "", "bronwen@x.example" },	/* seen from outside its strand */
	{ "team-manager", 1, "", "", "tm1@x.example" },
	{ "team-manager", 2, "", "", "tm2@x.example" },
	{ "known-worker", 1, "", "", "callum@x.example, priya@x.example" },
	{ "known-worker", 2, "", "", "priya@x.example" },	/* the strand's own service */
	{ "others", 1, "", "", "priya@x.example" },
	{ "lead", 1, "", "", "mgr@x.example" },
	{ "everyone", 1, "", "", "callum@x.example, mgr@x.example" },
	{ "self", 1, "", "", "" },
	{ "leader", 1, "", "", "mgr@x.example" },
	{ "sender", 1, "", "", "callum@x.example" },
	{ "sender's manager", 1, "", "", "tm1@x.example" },
	{ "instead", 1, "", "", "bronwen@x.example" },
	{ "them", 1, "", "", "callum@x.example" },
	{ "their manager", 1, "", "", "tm1@x.example" },
	/* away: the cover, else the manager, up the line; a manager is the absent person's own */
	{ "worker", 1, "callum@x.example away", "", "bronwen@x.example" },
	{ "worker's manager", 1, "callum@x.example away", "", "tm1@x.example" },
	{ "worker", 1, "callum@x.example away|bronwen@x.example away", "", "tm1@x.example" },
	{ "worker", 1, "callum@x.example away|bronwen@x.example away|tm1@x.example away", "", "head@x.example" },
	{ "worker", 1, "callum@x.example away|bronwen@x.example away|tm1@x.example away|head@x.example away", "", "" },
	{ "worker", 2, "priya@x.example bounce", "", "tm2@x.example" },
	/* cover of cover before the manager; a circle of cover ends; whom we may not write to stands in for nobody */
	{ "ring", 1, "ring1@x.example away", "", "ring2@x.example" },
	{ "ring", 1, "ring1@x.example away|ring2@x.example away", "", "ring3@x.example" },
	{ "ring", 1, "ring1@x.example away|ring2@x.example away|ring3@x.example away", "", "tm2@x.example" },
	{ "strays", 1, "stray@x.example away", "", "mgr@x.example" },
	/* two holders away: each one's cover or manager */
	{ "owner", 1, "bs@x.example away|bs2@x.example bounce", "", "mgr@x.example" },
	{ "worker", 1, "callum@x.example back", "", "callum@x.example" },
	{ "senar", 1, "SENAR@council.example away", "", "SENAR@council.example" },
	/* "else" passes over whoever is chased; a single name does not */
	{ "owner else last-resort", 1, "", "bs@x.example|bs2@x.example", "head@x.example" },
	{ "their manager else owner else last-resort", 1, "", "tm1@x.example", "bs2@x.example, bs@x.example" },
	{ "owner", 1, "", "bs@x.example|bs2@x.example", "bs2@x.example, bs@x.example" },
};

static void
add_absences(struct office *o, const char *list)
{
	struct strs absences = make_strs(o->arena, list);

	for (size_t i = 0; i < absences.n; i++) {
		size_t len = strcspn(absences.v[i], " ");
		const char *word = absences.v[i] + len + 1;

		make_absence(o->arena, o->directory, arena_strndup(o->arena, absences.v[i], len),
		    make_day("2026-10-01"),
		    strcmp(word, "back") == 0 ? make_day("2026-10-12") :
		    strcmp(word, "bounce") == 0 ? DAY_NONE : make_day("2026-11-30"),
		    strcmp(word, "bounce") == 0 ? "bounce" : "out-of-office");
	}
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct office o;
		struct recipients them, recipients;
		struct people people;
		const char *nobody, *got;

		begin(&o);
		them = make_recipients(o.arena, "worker");
		recipients = make_recipients(o.arena, rows[i].recipient);
		o.query.strand = rows[i].strand;
		o.query.them = &them;
		o.query.pass_over = make_strs(o.arena, rows[i].over);
		add_absences(&o, rows[i].absent);
		people_of_all(o.arena, &o.query, &recipients, &people, &nobody);
		got = strs_join(o.arena, &people.addresses, ", ");
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("row %zu, \"%s\" (%s): %s, wanted %s", i, rows[i].recipient, rows[i].absent,
			    got, rows[i].want);
		if ((nobody != NULL) != (*rows[i].want == '\0'))
			fail_msg("row %zu, \"%s\": names nobody: %s", i, rows[i].recipient,
			    nobody == NULL ? "no" : nobody);
		arena_free(&o.arena);
	}
}

/* Whatever a fact holds, only allowed domains and the directory come out. */
static const struct { const char *worker, *want, *note, *refused; } named[] = {
	{ "stranger@x.example", "", NULL, "not in the directory" },
	{ "far@other.example", "", NULL, "not in a domain" },
	{ "someone@evil.example", "", NULL, "not in a domain" },
	{ "someone@sub.x.example", "", NULL, "not in a domain" },
	{ "SENAR@council.example", "SENAR@council.example", NULL, NULL },
	{ "other@council.example", "", NULL, "not in the directory" },
	{ "callum@x.example, priya@x.example", "callum@x.example, priya@x.example", NULL, NULL },
	{ "gone@x.example", "tm2@x.example", "gone@x.example left on 30 Sep 2026: tm2@x.example instead", NULL },
	{ "not an address", "", NULL, "not in a domain" },
};

static void
test_guard(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		struct office o;
		struct people people;
		const char *got, *notes, *refused;

		begin(&o);
		make_case_fact(o.arena, o.state, 1, "worker", named[i].worker);
		people_of_role(o.arena, &o.query, "worker", &people);
		got = strs_join(o.arena, &people.addresses, ", ");
		notes = strs_join(o.arena, &people.notes, "; ");
		refused = strs_join(o.arena, &people.refused, "; ");
		if (strcmp(got, named[i].want) != 0)
			fail_msg("row %zu, %s: %s", i, named[i].worker, got);
		if (named[i].note != NULL && strcmp(notes, named[i].note) != 0)
			fail_msg("row %zu: note \"%s\"", i, notes);
		if (named[i].refused != NULL ? strstr(refused, named[i].refused) == NULL : *refused != '\0')
			fail_msg("row %zu: refused \"%s\"", i, refused);
		arena_free(&o.arena);
	}
}

static void
test_notes(void **state)
{
	struct office o;
	struct people people;
	struct strs them;

	(void)state;
	begin(&o);
	add_absences(&o, "callum@x.example away|loop1@x.example away|loop2@x.example away");
	people_of_role(o.arena, &o.query, "everyone", &people);
	assert_string_equal(people.addresses.v[0], "bronwen@x.example");
	assert_string_equal(people.notes.v[0],
	    "callum@x.example is away until 30 Nov 2026: bronwen@x.example instead");

	/* two who cover for each other, both away: nobody, and it ends */
	them = make_strs(o.arena, "loop1@x.example");
	o.query.them_addresses = &them;
	people_of_role(o.arena, &o.query, "them", &people);
	assert_int_equal(people.addresses.n, 0);
	assert_non_null(strstr(people.refused.v[0], "nobody stands in"));

	o.query.keep_absent = true;
	people_of_role(o.arena, &o.query, "them", &people);
	assert_string_equal(people.addresses.v[0], "loop1@x.example");
	arena_free(&o.arena);
}

static const struct { const char *from, *address; bool with_case, want; } fits[] = {
	{ "anyone", "parent@home.example", true, true },
	{ "anyone in the directory", "parent@home.example", true, false },
	{ "anyone in the directory", "far@other.example", true, true },
	{ "staff", "far@other.example", true, false },
	{ "staff", "Priya@X.example", true, true },
	{ "senar", "senar@COUNCIL.example", true, true },
	{ "senar", "senar@council.example.evil.example", true, false },
	{ "worker", "callum@x.example", true, true },
	{ "worker", "callum@x.example", false, false },
	{ "worker", "priya@x.example", true, false },
	{ "worker", "bronwen@x.example", true, true },		/* covers for him, who is away */
	{ "worker's manager", "tm1@x.example", true, true },
	{ "worker's manager", "tm2@x.example", true, false },
	{ "worker\xe2\x80\x99s manager", "tm1@x.example", true, true },
	{ "owner", "bs@x.example", true, true },
	{ "officers-manager", "mgr@x.example", false, true },
};

static void
test_fits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++) {
		struct office o;

		begin(&o);
		add_absences(&o, "callum@x.example away");
		if (!fits[i].with_case)
			o.query.state = NULL;
		if (people_fits_text(o.arena, &o.query, fits[i].from, fits[i].address) != fits[i].want)
			fail_msg("row %zu: %s from %s", i, fits[i].from, fits[i].address);
		arena_free(&o.arena);
	}
}

/* REASSIGN moves the chasing: whoever is chased instead stands where the worker stood. */
static void
test_reassigned(void **state)
{
	struct office o;

	(void)state;
	begin(&o);
	assert_false(people_fits_text(o.arena, &o.query, "worker", "priya@x.example"));
	o.state->strands[0].chased = "priya@x.example";
	assert_true(people_fits_text(o.arena, &o.query, "worker", "priya@x.example"));
	assert_false(people_fits_text(o.arena, &o.query, "officer", "priya@x.example"));
	arena_free(&o.arena);
}

static const struct { const char *text; bool want; } needs[] = {
	{ "senar", false }, { "owner", false }, { "staff", false }, { "worker", true },
	{ "worker's manager", true }, { "team-manager", true }, { "everyone", true }, { "officers-manager", false },
	{ "known-worker", true }, { "leader", true }, { "their manager", true },
};

static void
test_needs_case(void **state)
{
	struct office o;

	(void)state;
	begin(&o);
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (people_needs_case(o.pack, needs[i].text) != needs[i].want)
			fail_msg("row %zu: %s", i, needs[i].text);
	arena_free(&o.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_guard), cmocka_unit_test(test_notes),
		cmocka_unit_test(test_fits), cmocka_unit_test(test_reassigned), cmocka_unit_test(test_needs_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
