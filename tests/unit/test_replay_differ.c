/* Two lives held against each other: who would have had which mail more, fewer, earlier, later, or by another template. */
#include "pack_maker.h"

#include "ctl/replay.h"

/* "ADDRESS CASE TEMPLATE DAY", one mail each; CASE is a number, 0 for none. */
#define MAILS_MAX	8

static void
put(struct arena *arena, struct life *life, const char *const lines[MAILS_MAX])
{
	char address[40], template[40], day[40];
	long long key;

	memset(life, 0, sizeof(*life));
	for (size_t i = 0; i < MAILS_MAX && lines[i] != NULL; i++) {
		assert_int_equal(sscanf(lines[i], "%39s %lld %39s %39s", address, &key, template, day), 4);
		*arena_push(arena, life->mails, life->mail_count) = (struct life_mail){
			.at = make_instant(day), .address = arena_strdup(arena, address), .case_id = key, .case_name = "", .key = key,
			.strand = "", .act = "remind", .template = arena_strdup(arena, template), .rule = "",
		};
	}
}

static const char *
day_of(struct arena *arena, const struct life_mail *mail)
{
	return mail == NULL ? "-" : arena_printf(arena, "%s/%s", date_iso(arena, instant_date(mail->at)) + 5, mail->template);
}

static const char *
said(struct arena *arena, const struct differences *differences)
{
	struct strs lines = { NULL, 0 };

	for (size_t i = 0; i < differences->n; i++) {
		const struct difference *one = &differences->v[i];

		strs_add(arena, &lines, arena_printf(arena, "%s %s %s %s", differ_how_name(one->how),
		    one->after != NULL ? one->after->address : one->before->address, day_of(arena, one->before), day_of(arena, one->after)));
	}
	return strs_join(arena, &lines, "; ");
}

#define T(day)	"2026-09-" day "T08:30"

static void
test_differ(void **state)
{
	static const struct { const char *name, *since, *before[MAILS_MAX], *after[MAILS_MAX], *want; } rows[] = {
		{ "nothing", NULL, { "jo 1 r " T("07") }, { "jo 1 r " T("07") }, "" },
		{ "more and fewer", NULL, { "jo 1 r " T("07") }, { "mo 1 r " T("07") }, "fewer jo 09-07/r -; more mo - 09-07/r" },
		{ "earlier and later", NULL, { "jo 1 r " T("07"), "mo 1 r " T("07") }, { "jo 1 r " T("04"), "mo 1 r " T("09") },
		    "earlier jo 09-07/r 09-04/r; later mo 09-07/r 09-09/r" },
		{ "a ladder shifted", NULL, { "jo 1 r " T("07"), "jo 1 r " T("14") }, { "jo 1 r " T("08"), "jo 1 r " T("15") },
		    "later jo 09-07/r 09-08/r; later jo 09-14/r 09-15/r" },
		{ "a repeat that begins later", NULL, { "jo 1 r " T("07"), "jo 1 r " T("14"), "jo 1 r " T("21") },
		    { "jo 1 r " T("14"), "jo 1 r " T("21"), "jo 1 r " T("28") }, "fewer jo 09-07/r -; more jo - 09-28/r" },
		{ "another case is another mail", NULL, { "jo 1 r " T("07") }, { "jo 2 r " T("07") },
		    "fewer jo 09-07/r -; more jo - 09-07/r" },
		{ "another template", NULL, { "jo 1 r " T("07") }, { "jo 1 s " T("07") }, "otherwise jo 09-07/r 09-07/s" },
		{ "another template at another time", NULL, { "jo 1 r " T("07") }, { "jo 1 s " T("08") },
		    "fewer jo 09-07/r -; more jo - 09-08/s" },
		{ "twice at one moment", NULL, { "jo 0 r " T("07"), "jo 0 r " T("07") }, { "jo 0 r " T("07") }, "fewer jo 09-07/r -" },
		{ "whatever the order", NULL, { "mo 1 r " T("07"), "jo 2 r " T("09"), "jo 1 r " T("08") },
		    { "jo 1 r " T("08"), "jo 2 r " T("10"), "mo 1 r " T("07") }, "later jo 09-09/r 09-10/r" },
		{ "since a day, on either side", T("08"), { "jo 1 r " T("07"), "jo 2 r " T("07"), "mo 1 r " T("09") },
		    { "jo 2 r " T("09") }, "later jo 09-07/r 09-09/r; fewer mo 09-09/r -" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct life before, after;
		struct differences differences;
		const char *found;

		put(arena, &before, rows[i].before);
		put(arena, &after, rows[i].after);
		differ(arena, &before, &after, rows[i].since == NULL ? INSTANT_NONE : make_instant(rows[i].since), &differences);
		found = said(arena, &differences);
		if (strcmp(found, rows[i].want) != 0)
			fail_msg("%s: found \"%s\", wanted \"%s\"", rows[i].name, found, rows[i].want);
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_differ) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
