/* Date sentences against a case: what day, and the words for it; rungs and their repeats. */
#include "pack_maker.h"

#include "case/dates.h"

struct world_of_dates {
	struct arena		*arena;
	struct pack		*pack;
	struct case_state	*state;
	struct dates_query	 query;
};

/* Received Monday 23 November 2026; the stage entered the day after. */
static void
begin(struct world_of_dates *w)
{
	struct strand *strand;

	memset(w, 0, sizeof(*w));
	w->arena = arena_new();
	w->pack = make_pack(w->arena, "owner", "x.example");
	make_kind(w->arena, w->pack, "advice-request", "anyone", "advice", NULL);
	make_kind(w->arena, w->pack, "early", "anyone", "early", NULL)->kept = true;
	make_deadline(w->arena, w->pack, "statutory", "earliest of due-date, advice-request + 6 weeks")->fixed = true;
	w->pack->deadlines[0].because = "SEND Regs 2014 reg 8(1)";
	make_deadline(w->arena, w->pack, "internal", "agreed-date, else statutory - 2 weeks");
	make_deadline(w->arena, w->pack, "advice-due", "asked + 6 weeks");
	make_deadline(w->arena, w->pack, "round", "round + 1 day");
	make_deadline(w->arena, w->pack, "agreed", "agreed-date but no later than statutory, else statutory - 2 weeks");
	strand = make_strand(w->arena, w->pack, "advice", "advice-request");
	make_stage(w->arena, strand, "with-worker", "owner", "internal");
	w->state = make_case(w->arena, "EHC-20417", make_instant("2026-11-23T09:00"));
	make_case_mail(w->arena, w->state, "early", "a@x.example", make_instant("2026-10-01T09:00"));
	make_case_mail(w->arena, w->state, "advice-request", "a@x.example", make_instant("2026-11-23T09:00"));
	make_case_strand(w->arena, w->state, "advice", "", "with-worker", make_instant("2026-11-24T23:30"));
	w->query = (struct dates_query){ .pack = w->pack, .state = w->state, .strand = 1,
		.now = make_instant("2026-12-01T10:00") };
}

static const struct { const char *facts, *sentence, *want, *words; } sentences[] = {
	{ "", "advice-request + 6 weeks", "2027-01-04", "6 weeks after advice-request was received on 23 Nov 2026" },
	{ "", "received", "2026-11-23", "the first mail was received on 23 Nov 2026" },
	{ "", "entered + 10 working days", "2026-12-08", "10 working days after this stage began on 24 Nov 2026" },
	{ "", "entered + 6 weeks + 1 working day", "2027-01-06", "1 working day after 6 weeks after" },
	{ "", "today", "2026-12-01", "today" },
	{ "", "last-heard + 4 weeks", "2026-12-21", NULL },
	{ "", "due-date", "", NULL },
	{ "due-date=2026-12-24", "due-date", "2026-12-24", "due-date 24 Dec 2026" },
	{ "due-date=soon", "due-date", "", NULL },
	{ "", "statutory", "2027-01-04", "statutory 4 Jan 2027" },
	{ "due-date=2026-12-24", "statutory", "2026-12-24", NULL },
	{ "due-date=2027-02-01", "statutory", "2027-01-04", NULL },
	{ "", "internal", "2026-12-21", NULL },
	{ "agreed-date=2026-12-10", "internal", "2026-12-10", NULL },
	{ "", "due - 2 working days", "2026-12-17", "2 working days before internal 21 Dec 2026" },
	{ "", "earliest of due-date, advice-request + 6 weeks", "2027-01-04", NULL },
	{ "due-date=2026-12-24", "earliest of due-date, advice-request + 6 weeks", "2026-12-24",
	    "due-date 24 Dec 2026 (earlier than 4 Jan 2027)" },
	{ "due-date=2026-12-24", "latest of due-date, advice-request + 6 weeks", "2027-01-04", "(later than 24 Dec 2026)" },
	{ "due-date=2026-12-24", "agreed-date, else due-date", "2026-12-24", NULL },
	{ "", "15 days beginning with advice-request", "2026-12-07", "15 days beginning with advice-request" },
	{ "", "2 weeks beginning with advice-request", "2026-12-06", NULL },
	{ "", "5 working days beginning with advice-request", "2026-11-27", NULL },
	{ "", "next Wednesday", "2026-11-25", NULL },
	{ "", "next Tuesday", "2026-12-01", NULL },
	{ "date-of-birth=2008-02-29", "date-of-birth + 18 years", "2026-02-28", NULL },
	{ "", "advice-due", "", NULL },		/* an open question is not what was asked for */
	{ "asked=2026-12-02", "advice-due", "2027-01-13", NULL },
	{ "asked=2026-12-02", "asked", "2026-12-02", NULL },
	{ "", "asked + 2 working days", "2026-11-30", "2 working days after the question was put on 26 Nov 2026" },
	{ "", "round", "", NULL },
	{ "", "no-such-thing + 1 day", "", NULL },
};

static void
one_sentence(size_t i)
{
	struct world_of_dates w;
	struct date_expr expr = { 0 };
	const char *words = NULL, *equals = strchr(sentences[i].facts, '=');
	struct err err;
	dayno got, want;

	begin(&w);
	*arena_push(w.arena, w.state->questions, w.state->question_count) = (struct case_question){
		.no = 3, .strand = 1, .name = "which-officer", .at = make_instant("2026-11-26T09:00") };
	if (equals != NULL)
		make_case_fact(w.arena, w.state, 0, arena_strndup(w.arena, sentences[i].facts,
		    (size_t)(equals - sentences[i].facts)), equals + 1);
	make_check(date_expr_parse(w.arena, sentences[i].sentence, &expr, &err), &err, sentences[i].sentence);
	got = dates_eval(w.arena, &w.query, &expr, &words, NULL);
	want = *sentences[i].want == '\0' ? DAY_NONE : make_day(sentences[i].want);
	if (got != want)
		fail_msg("row %zu, \"%s\": %s, wanted %s", i, sentences[i].sentence,
		    got == DAY_NONE ? "none" : date_iso(w.arena, got), sentences[i].want);
	if (sentences[i].words != NULL && strstr(words, sentences[i].words) == NULL)
		fail_msg("row %zu, \"%s\": said \"%s\"", i, sentences[i].sentence, words);
	arena_free(&w.arena);
}

static void
test_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		one_sentence(i);
}

static void
test_deadline(void **state)
{
	struct world_of_dates w;
	const char *words;
	int version;

	(void)state;
	begin(&w);
	assert_int_equal(dates_deadline(w.arena, &w.query, &w.pack->deadlines[0], &words, &version),
	    make_day("2027-01-04"));
	assert_string_equal(words, "4 Jan 2027: 6 weeks after advice-request was received on "
	    "23 Nov 2026 (SEND Regs 2014 reg 8(1))");
	assert_int_equal(version, 0);

	/* EXTEND moves a deadline that is not fixed, never a fixed one; a stored statutory is rested on */
	*arena_push(w.arena, w.state->facts, w.state->fact_count) = (struct case_fact){
		.name = "extended internal", .value = "7", .who = "" };
	*arena_push(w.arena, w.state->deadlines, w.state->deadline_count) = (struct case_deadline){
		.strand = 0, .name = "statutory", .date = make_day("2027-01-04"), .version = 3, .derivation = "" };
	assert_int_equal(dates_deadline(w.arena, &w.query, &w.pack->deadlines[1], &words, &version),
	    make_day("2026-12-28"));
	assert_non_null(strstr(words, "moved by 7 days (EXTEND)"));
	assert_int_equal(version, 3);
	/* "no later than" holds after EXTEND too */
	*arena_push(w.arena, w.state->facts, w.state->fact_count) = (struct case_fact){
		.name = "extended agreed", .value = "30", .who = "" };
	assert_int_equal(dates_deadline(w.arena, &w.query, &w.pack->deadlines[4], &words, NULL), make_day("2027-01-04"));
	assert_non_null(strstr(words, "but no later than statutory"));
	w.query.strand = 0;	/* the case's own view */
	assert_int_equal(dates_deadline(w.arena, &w.query, &w.pack->deadlines[1], NULL, NULL),
	    make_day("2026-12-28"));
	assert_int_equal(dates_deadline(w.arena, &w.query, &w.pack->deadlines[0], &words, NULL),
	    make_day("2027-01-04"));
	arena_free(&w.arena);
}

static const struct { const char *day; bool before; const char *want; } rungs[] = {
	{ "2026-12-25", true, "2026-12-24" }, { "2026-12-25", false, "2026-12-29" },
	{ "2026-11-28", true, "2026-11-27" }, { "2026-11-28", false, "2026-11-30" },
	{ "2026-11-26", true, "2026-11-26" }, { "2026-11-26", false, "2026-11-26" },
};

static void
test_rungs(void **state)
{
	struct world_of_dates w;

	(void)state;
	begin(&w);
	for (size_t i = 0; i < sizeof(rungs) / sizeof(rungs[0]); i++) {
		dayno got = dates_of_rung(w.pack, make_day(rungs[i].day), rungs[i].before);

		if (got != make_day(rungs[i].want))
			fail_msg("row %zu: %s", i, date_iso(w.arena, got));
	}
	assert_int_equal(dates_of_rung(w.pack, DAY_NONE, true), DAY_NONE);
	arena_free(&w.arena);
}

/* "Every 1 week" counts from the rung's own date, closed or not. */
static const struct { const char *every; int n; const char *want; } repeats[] = {
	{ "1 week", 1, "2026-12-18" }, { "1 week", 2, "2026-12-25" }, { "1 week", 3, "2027-01-01" },
	{ "2 working days, 3 in all, then 1 week", 2, "2026-12-22" },
	{ "2 working days, 3 in all, then 1 week", 3, "2026-12-24" },
	{ "2 working days, 3 in all, then 1 week", 4, "2026-12-31" },
	{ "2 working days, 3 in all, then 1 week", 5, "2027-01-07" },
	{ "2 working days, 3 in all", 3, "2026-12-24" }, { "2 working days, 3 in all", 4, "" },
	{ "1 month", 3, "2027-02-18" }, { "1 week", 0, "" },
};

static void
test_repeats(void **state)
{
	struct world_of_dates w;
	struct repeat never = { 0 };

	(void)state;
	begin(&w);
	for (size_t i = 0; i < sizeof(repeats) / sizeof(repeats[0]); i++) {
		struct repeat every = { 0 };
		struct err err;
		dayno got;

		make_check(repeat_parse(repeats[i].every, &every, &err), &err, repeats[i].every);
		got = dates_occurrence(w.pack, make_day("2026-12-18"), &every, repeats[i].n);
		if (got != (*repeats[i].want == '\0' ? DAY_NONE : make_day(repeats[i].want)))
			fail_msg("row %zu: %s", i, got == DAY_NONE ? "none" : date_iso(w.arena, got));
	}
	assert_int_equal(dates_occurrence(w.pack, 20000, &never, 1), 20000);
	assert_int_equal(dates_occurrence(w.pack, 20000, &never, 2), DAY_NONE);
	arena_free(&w.arena);
}

static const struct { const char *closed_on, *sentence; bool want; } relations[] = {
	{ "2026-08-23", "closed-on within 3 months of advice-request", true },	/* includes the day */
	{ "2026-08-22", "closed-on within 3 months of advice-request", false },
	{ "", "closed-on within 3 months of advice-request", false },
	{ "2026-05-31", "closed-on before today - 6 months", true },
	{ "2026-06-01", "closed-on before today - 6 months", false },
	{ "2026-06-02", "closed-on after today - 6 months", true },
};

static void
test_relations(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++) {
		struct world_of_dates w;
		struct test test = { .kind = TEST_DATES };
		struct err err;

		begin(&w);
		if (*relations[i].closed_on != '\0')
			make_case_fact(w.arena, w.state, 0, "closed-on", relations[i].closed_on);
		make_check(dates_parse(w.arena, relations[i].sentence, &test, &err), &err, relations[i].sentence);
		if (dates_hold(w.arena, &w.query, &test) != relations[i].want)
			fail_msg("row %zu: %s, %s", i, relations[i].closed_on, relations[i].sentence);
		arena_free(&w.arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences), cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_rungs), cmocka_unit_test(test_repeats), cmocka_unit_test(test_relations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
