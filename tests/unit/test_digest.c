/* A pack's digests: on which day they go, which cases stand in which list, and what a line says. */
#include "pack_maker.h"

#include "case/digest.h"

static const char people[] =
    "jo@x.example,Jo Worker,Social Worker,North,mgr@x.example,,,\n"
    "mgr@x.example,Mo Manager,Team Manager,North,,,,\n";

struct desk_of_digest {
	struct arena		*arena;
	struct pack		*pack;
	struct world		 world;
	struct case_state	*state;
	struct digest		 digest;
};

static void
set_up(struct desk_of_digest *d)
{
	struct strand *strand;

	memset(d, 0, sizeof(*d));
	d->arena = arena_new();
	d->pack = make_pack(d->arena, "manager", "x.example");
	d->pack->timers_at = 8 * 60 + 30;
	make_role(d->arena, d->pack, "manager", ROLE_POST, "Team Manager");
	make_role(d->arena, d->pack, "worker", ROLE_ON_CASE, NULL);
	strand = make_strand(d->arena, d->pack, "advice", "request");
	make_stage(d->arena, strand, "with-worker", "worker", "worker-due");
	make_stage(d->arena, strand, "done", NULL, NULL)->final = true;
	make_deadline(d->arena, d->pack, "worker-due", "received + 2 weeks");
	d->world.directory = make_directory(d->arena, people);
	d->state = make_case(d->arena, "EHC-20001", make_instant("2026-09-01T09:00"));
	make_case_strand(d->arena, d->state, "advice", "", "with-worker", make_instant("2026-09-01T09:00"));
	make_case_fact(d->arena, d->state, 0, "worker", "jo@x.example");
	make_case_fact(d->arena, d->state, 0, "child-name", "Amelia Okafor");
	*arena_push(d->arena, d->state->deadlines, d->state->deadline_count) = (struct case_deadline){
		.name = "worker-due", .date = make_day("2026-09-15"), .version = 1, .derivation = "",
	};
	d->digest = (struct digest){ .name = "late-list", .every = "Monday", .to = make_recipients(d->arena, "manager") };
}

static void
test_days(void **state)
{
	static const struct { const char *every, *after, *want; } rows[] = {
		{ "Monday", "2026-09-04T10:00", "2026-09-07T08:30" },
		{ "Monday", "2026-09-07T08:00", "2026-09-07T08:30" },
		{ "Monday", "2026-09-07T08:30", "2026-09-14T08:30" },
		{ "Tuesday", "2026-09-07T08:30", "2026-09-08T08:30" },
		{ "Monday", "2026-08-30T10:00", "2026-09-01T08:30" },	/* a bank holiday: on the day after */
		{ "Monday", "2026-08-31T10:00", "2026-09-01T08:30" },
		{ "day", "2026-09-04T08:30", "2026-09-07T08:30" },	/* Friday, then Monday */
		{ "Saturday", "2026-09-03T08:30", "2026-09-07T08:30" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct desk_of_digest d;

		set_up(&d);
		d.digest.every = rows[i].every;
		if (digest_next(d.pack, &d.digest, make_instant(rows[i].after)) != make_instant(rows[i].want))
			fail_msg("every %s after %s is not %s", rows[i].every, rows[i].after, rows[i].want);
		arena_free(&d.arena);
	}
}

static void
test_lists(void **state)
{
	static const struct { const char *name, *list, *now, *want; } rows[] = {
		{ "not late on its day", "late", "2026-09-15T08:30", "" },
		{ "late", "late", "2026-09-18T08:30",
		    "EHC-20001 (advice: with worker): was due on 15 Sep 2026, 3 days late, with Jo Worker" },
		{ "one day", "late", "2026-09-16T08:30",
		    "EHC-20001 (advice: with worker): was due on 15 Sep 2026, 1 day late, with Jo Worker" },
		{ "due soon", "due in 2 weeks", "2026-09-01T10:00",
		    "EHC-20001 (advice: with worker): due on 15 Sep 2026, with Jo Worker" },
		{ "too far off", "due in 1 week", "2026-09-07T08:30", "" },
		{ "within the days", "due in 14 days", "2026-09-01T10:00",
		    "EHC-20001 (advice: with worker): due on 15 Sep 2026, with Jo Worker" },
		{ "late is not due", "due in 2 weeks", "2026-09-16T08:30", "" },
		{ "at its stage", "at advice/with-worker", "2026-09-02T08:30",
		    "EHC-20001 (advice: with worker): due on 15 Sep 2026, with Jo Worker" },
		{ "at another", "at advice/done", "2026-09-02T08:30", "" },
		{ "of another strand", "at plan/with-worker", "2026-09-02T08:30", "" },
		{ "no question open", "unanswered", "2026-09-02T08:30", "" },
		{ "nothing comes first", "first", "2026-09-02T08:30", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct desk_of_digest d;
		struct strs lines;

		set_up(&d);
		lines = digest_lines(d.arena, d.pack, &d.world, d.state, &d.digest, rows[i].list, make_instant(rows[i].now));
		if (strcmp(strs_join(d.arena, &lines, "\n"), rows[i].want) != 0)
			fail_msg("%s: %s", rows[i].name, strs_join(d.arena, &lines, "\n"));
		arena_free(&d.arena);
	}
}

static void
test_others(void **state)
{
	struct desk_of_digest d;
	struct involvement flagged = { .open = true };
	struct guard guard = { .name = "protection", .flag = "child-protection", .first = true };
	instant now = make_instant("2026-09-18T08:30");
	struct strs lines, readers;
	bool all;

	(void)state;
	set_up(&d);
	*arena_push(d.arena, d.state->questions, d.state->question_count) = (struct case_question){
		.no = 1, .strand = 1, .name = "check", .asked = make_strs(d.arena, "mgr@x.example"),
		.at = make_instant("2026-09-17T10:00"), .state = QUESTION_OPEN,
	};
	lines = digest_lines(d.arena, d.pack, &d.world, d.state, &d.digest, "unanswered", now);
	assert_string_equal(strs_join(d.arena, &lines, "\n"), "EHC-20001 (question: check), put to Mo Manager on 17 Sep 2026");
	lines = digest_lines(d.arena, d.pack, &d.world, d.state, &d.digest, "unanswered", make_instant("2026-09-17T10:30"));
	assert_int_equal(lines.n, 0);		/* put today */

	flagged.flags = make_strs(d.arena, "child-protection");
	d.world.involved = &flagged;
	d.world.involved_count = 1;
	d.pack->guards = &guard;
	d.pack->guard_count = 1;
	lines = digest_lines(d.arena, d.pack, &d.world, d.state, &d.digest, "first", now);
	assert_int_equal(lines.n, 1);
	assert_null(strstr(lines.v[0], "Okafor"));

	d.state->strands[0].final = true;
	lines = digest_lines(d.arena, d.pack, &d.world, d.state, &d.digest, "late", now);
	assert_int_equal(lines.n, 0);		/* what has ended is in no list */

	readers = digest_people(d.arena, d.pack, &d.world, d.state, &d.digest, now);
	assert_string_equal(strs_join(d.arena, &readers, " "), "mgr@x.example");

	d.digest.lists = make_strs(d.arena, "late|due in 2 weeks");
	assert_int_equal(digest_reach(d.pack, &d.digest, make_day("2026-09-18"), &all), make_day("2026-10-02"));
	assert_false(all);
	d.digest.lists = make_strs(d.arena, "late|first");
	digest_reach(d.pack, &d.digest, make_day("2026-09-18"), &all);
	assert_true(all);
	arena_free(&d.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days), cmocka_unit_test(test_lists), cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
