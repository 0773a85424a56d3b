/*
 * Running the tests beside a pack.  Runs in advicectl; the daemon's parent
 * runs advicectl before a pack is taken.
 * Invariant: a test that cannot be read or run has failed.
 * Fails: as the parser does when it cannot be started; everything else is the
 * result of a test.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "ctl/ctl.h"
#include "ctl/packtest.h"
#include "ctl/run.h"

struct recording { struct arena *arena; struct happenings happenings; };

/* Kept for weighing: lists and texts of a happening end with the decision that it came from. */
static void
record(void *ctx, const struct happening *happening)
{
	struct recording *recording = ctx;
	struct arena *arena = recording->arena;
	struct happening *kept = arena_push(arena, recording->happenings.v, recording->happenings.n);

	*kept = *happening;
	for (size_t i = 0; i < kept->n; i++) {
		struct happening_field *field = &kept->fields[i];
		struct strs *list;

		field->text = arena_strdup(arena, field->text);
		if (field->sort != FIELD_LIST)
			continue;
		list = arena_alloc(arena, sizeof(*list));
		for (size_t s = 0; s < field->list->n; s++)
			strs_add(arena, list, arena_strdup(arena, field->list->v[s]));
		field->list = list;
	}
}

/* "2026-09-07 2026-12-31" */
static const char *
period_read(struct arena *arena, const char *path, instant *from_r, instant *until_r)
{
	struct buf text = BUF_INIT;
	struct err err = { 0 };
	const char *wrong = NULL;
	char first[32] = "", last[32] = "";
	dayno from, until;

	if (file_read(AT_FDCWD, path, 4096, &text, &err) == -1)
		wrong = arena_printf(arena, "period cannot be read: %s", err.text);
	else if (sscanf(buf_text(&text), "%31s %31s", first, last) != 2 || !date_parse_iso(first, &from) ||
	    !date_parse_iso(last, &until) || until < from)
		wrong = "period must hold two days, from and until: 2026-09-07 2026-12-31";
	buf_free(&text);
	if (wrong != NULL)
		return wrong;
	*from_r = instant_at(from, 0);
	*until_r = instant_at(until, 24 * 60 - 1);
	return NULL;
}

static void
go(struct packtests *tests, struct packtest *test, struct run *run)
{
	struct recording recording = { .arena = tests->arena };
	struct err err = { 0 };

	happenings_tell(&run->scene, record, &recording);
	if (run_go(run, &err) == -1) {
		test->broken = arena_strdup(tests->arena, err.text);
		return;
	}
	expect_weigh(tests->arena, &test->expect, &recording.happenings, tests->points, tests->point_count,
	    &test->unmet, &test->unmet_count);
}

static void
test_run(struct packtests *tests, struct packtest *test, struct parser *parser)
{
	struct arena *arena = tests->arena;
	char *involvement = arena_printf(arena, "%s/involvement.csv", test->folder);
	struct run run = { .folder = arena_printf(arena, "%s/mail", test->folder) };

	test->reached.arena = arena;
	test->broken = period_read(arena, arena_printf(arena, "%s/period", test->folder), &run.from, &run.until);
	if (test->broken != NULL)
		return;
	run.options = (struct scene_options){
		.directory = arena_printf(arena, "%s/directory.csv", test->folder),
		.involvement = access(involvement, F_OK) == 0 ? involvement : NULL,
		.lent_pack = tests->pack, .lent_parser = parser, .reached = &test->reached,
	};
	if (run_open(&run) != 0)
		test->broken = "its lists cannot be used (see above)";
	else
		go(tests, test, &run);
	run_close(&run);
}

/* "rules/x/pathway.cfg" gives "rules/x". */
static const char *
pack_shown(struct arena *arena, const struct pack *pack)
{
	const char *slash = pack->where.file == NULL ? NULL : strrchr(pack->where.file, '/');

	return slash == NULL ? pack->name : arena_strndup(arena, pack->where.file, (size_t)(slash - pack->where.file));
}

void
packtests_read(struct arena *arena, struct pack *pack, struct packtests *tests)
{
	char *folder = arena_printf(arena, "%s/tests", pack->folder);
	struct strs names = { NULL, 0 };
	struct err err = { 0 };
	int dirfd = -1;

	tests->arena = arena;
	tests->problems.arena = arena;
	tests->pack = pack;
	pack_points(arena, pack, &tests->points, &tests->point_count);
	if (access(folder, F_OK) != 0)
		return;
	if (file_open_dir(folder, &dirfd, &err) == -1 || file_list(arena, dirfd, &names, &err) == -1)
		problem_add(&tests->problems, (struct where){ folder, 0 }, NULL, "the tests cannot be read: %s", err.text);
	for (size_t i = 0; i < names.n; i++) {
		struct packtest *test;

		if (!file_exists(dirfd, arena_printf(arena, "%s/expect", names.v[i])))
			continue;
		test = arena_push(arena, tests->tests, tests->test_count);
		test->name = names.v[i];
		test->folder = arena_printf(arena, "%s/%s", folder, names.v[i]);
		test->shown = arena_printf(arena, "%s/tests/%s", pack_shown(arena, pack), names.v[i]);
		test->read = expect_read(arena, arena_printf(arena, "%s/expect", test->folder),
		    arena_printf(arena, "%s/expect", test->shown), &test->expect, &tests->problems) == 0;
	}
	if (dirfd != -1)
		close(dirfd);
}

int
packtests_go(struct packtests *tests, struct err *err)
{
	struct parser *parser = NULL;

	if (tests->test_count == 0)
		return 0;
	if (parser_open(place_parser(tests->arena), true, &parser, err) == -1)
		return -1;
	for (size_t i = 0; i < tests->test_count; i++)
		if (tests->tests[i].read)
			test_run(tests, &tests->tests[i], parser);
	parser_close(&parser);
	return 0;
}

int
packtests_run(struct arena *arena, const char *rules, const char *calendars, const char *name,
    struct packtests *tests, struct err *err)
{
	struct problems problems = { .arena = arena };
	struct pack *pack = NULL;

	memset(tests, 0, sizeof(*tests));
	pack_read(arena, rules, calendars, name, &pack, &problems);
	if (pack != NULL)
		pack_check(pack, NULL, &problems);
	if (pack == NULL || problems_errors(&problems) > 0) {
		tests->problems = problems;
		return -1;
	}
	packtests_read(arena, pack, tests);
	return packtests_go(tests, err);
}

bool
packtest_passed(const struct packtest *test)
{
	return test->read && test->broken == NULL && test->unmet_count == 0;
}
