/*
 * What a pack claims to meet, and what of it its own tests have shown.  Runs
 * in advicectl check and test.
 * Invariant: no requirement is met by a claim alone.
 * Fails: what is wrong with the list or the tests goes to their problems.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "ctl/requirements.h"

#define LIST_MOST	(256 * 1024)

static struct requirement *
requirement_named(struct arena *arena, struct requirements *all, const char *id)
{
	struct requirement *requirement;

	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i].id, id) == 0)
			return &all->v[i];
	requirement = arena_push(arena, all->v, all->n);
	*requirement = (struct requirement){ .id = id, .words = "" };
	return requirement;
}

/* "BIR-13 P the officer checks the form that came back"; # begins a comment. */
static void
list_line(struct packtests *tests, struct requirements *all, char *line, struct where where)
{
	size_t id = strcspn(line, " \t");
	struct requirement *requirement;
	const char *rest = line + id + strspn(line + id, " \t");

	if (line[0] == '\0' || line[0] == '#')
		return;
	if (strchr("APO", rest[0]) == NULL || rest[0] == '\0' || rest[1] != ' ') {
		problem_add(&tests->problems, where, "for example: BIR-13 P the officer checks the form",
		    "a number, a letter (A the daemon by itself, P by asking people, O people alone) and words are wanted; found \"%s\"",
		    str_visible(tests->arena, line, 60));
		return;
	}
	requirement = requirement_named(tests->arena, all, arena_strndup(tests->arena, line, id));
	if (requirement->letter != '\0')
		problem_add(&tests->problems, where, NULL, "%s stands here a second time", requirement->id);
	requirement->letter = rest[0];
	requirement->words = rest + 1 + strspn(rest + 1, " ");
}

static void
list_read(struct packtests *tests, struct requirements *all)
{
	struct arena *arena = tests->arena;
	const char *slash = strrchr(tests->pack->where.file, '/');
	struct where where = { arena_printf(arena, "%.*srequirements.txt",
	    slash == NULL ? 0 : (int)(slash + 1 - tests->pack->where.file), tests->pack->where.file), 0 };
	char *path = arena_printf(arena, "%s/requirements.txt", tests->pack->folder), *p;
	struct buf text = BUF_INIT;
	struct err err = { 0 };

	if (access(path, F_OK) != 0)
		return;
	all->listed = true;
	if (file_read(AT_FDCWD, path, LIST_MOST, &text, &err) == -1)
		problem_add(&tests->problems, where, NULL, "cannot be read: %s", err.text);
	p = arena_strdup(arena, buf_text(&text));
	buf_free(&text);
	while (p != NULL) {
		char *end = strchr(p, '\n');

		if (end != NULL)
			*end++ = '\0';
		where.line++;
		list_line(tests, all, str_trim(arena, p), where);
		p = end;
	}
}

static const char *
line_of(struct arena *arena, const struct point *point)
{
	return arena_printf(arena, "%s (%s%s%s)", where_text(arena, point->where), point->sort, point->name[0] == '\0' ? "" : " ",
	    point->name);
}

static void
lines_claim(struct packtests *tests, struct requirements *all)
{
	for (size_t i = 0; i < tests->point_count; i++)
		for (size_t m = 0; tests->points[i].meets != NULL && m < tests->points[i].meets->n; m++)
			strs_add_new(tests->arena, &requirement_named(tests->arena, all, tests->points[i].meets->v[m])->lines,
			    line_of(tests->arena, &tests->points[i]));
}

/* The first line that claims it and that the test has run; NULL. */
static const struct point *
line_run(const struct packtests *tests, const struct packtest *test, const char *id)
{
	for (size_t i = 0; i < tests->point_count; i++) {
		const struct point *point = &tests->points[i];

		if (point->meets != NULL && strs_has(point->meets, id) &&
		    (strcmp(point->sort, "pack") == 0 || reached_has(&test->reached, point->where, NULL)))
			return point;
	}
	return NULL;
}

static void
test_shows(struct packtests *tests, const struct packtest *test, bool ran, struct requirements *all)
{
	struct arena *arena = tests->arena;

	for (size_t i = 0; i < test->expect.claim_count; i++) {
		const struct claim *claim = &test->expect.claims[i];
		struct requirement *requirement = NULL;
		const struct point *point;

		for (size_t r = 0; r < all->n && requirement == NULL; r++)
			if (strcmp(all->v[r].id, claim->id) == 0 && all->v[r].lines.n > 0)
				requirement = &all->v[r];
		if (requirement == NULL) {
			problem_add(&tests->problems, (struct where){ test->expect.file, claim->line },
			    arena_printf(arena, "add meets = \"%s\" to the line of the rules that meets it", claim->id),
			    "the test names %s, which no line of the rules claims to meet", claim->id);
			continue;
		}
		point = ran && packtest_passed(test) ? line_run(tests, test, claim->id) : NULL;
		if (point != NULL)
			strs_add_new(arena, &requirement->shown_by, arena_printf(arena, "%s (%s)", test->name, where_text(arena, point->where)));
		else
			strs_add_new(arena, &requirement->named_by, test->name);
	}
}

static enum requirement_state
state_of(const struct requirement *requirement, bool ran)
{
	if (requirement->shown_by.n > 0)
		return REQUIREMENT_MET;
	if (!ran && requirement->named_by.n > 0)
		return REQUIREMENT_NAMED;
	if (requirement->lines.n > 0)
		return REQUIREMENT_CLAIMED;
	return requirement->letter == 'O' ? REQUIREMENT_OUTSIDE : REQUIREMENT_OPEN;
}

void
requirements_of(struct packtests *tests, bool ran, struct requirements *all)
{
	memset(all, 0, sizeof(*all));
	list_read(tests, all);
	lines_claim(tests, all);
	for (size_t i = 0; i < tests->test_count; i++)
		test_shows(tests, &tests->tests[i], ran, all);
	for (size_t i = 0; i < all->n; i++) {
		struct requirement *requirement = &all->v[i];

		if (all->listed && requirement->letter == '\0')
			problem_warn(&tests->problems, tests->pack->where, NULL,
			    "%s is claimed at %s, but does not stand in requirements.txt", requirement->id,
			    requirement->lines.n > 0 ? requirement->lines.v[0] : "no line");
		if (requirement->letter == 'O' && requirement->lines.n == 0 && strstr(requirement->words, "; no mail: ") == NULL)
			problem_warn(&tests->problems, tests->pack->where, "a row with record = \"...\" and meets; or in requirements.txt "
			    "\"...; no mail: why none tells of it\"", "%s is left to people, and neither is a mail that tells of it recorded nor "
			    "is it said that none can", requirement->id);
		requirement->state = state_of(requirement, ran);
		all->counts[requirement->state]++;
	}
}

static const char *const state_words[] = {
	[REQUIREMENT_MET] = "met", [REQUIREMENT_NAMED] = "named", [REQUIREMENT_CLAIMED] = "claimed",
	[REQUIREMENT_OPEN] = "not met", [REQUIREMENT_OUTSIDE] = "people",
};

/* "15 met, 2 claimed but shown by no test, 1 not met, 9 left to people and other systems" */
static void
counts_print(const struct requirements *all, bool ran, struct buf *out)
{
	buf_add_str(out, "  requirements: ");
	if (ran)
		buf_printf(out, "%zu met", all->counts[REQUIREMENT_MET]);
	else
		buf_printf(out, "%zu claimed by a line and named by a test (with --tests they are run, and it is said what is met)",
		    all->counts[REQUIREMENT_NAMED]);
	if (all->counts[REQUIREMENT_CLAIMED] > 0)
		buf_printf(out, ", %zu claimed but shown by no test", all->counts[REQUIREMENT_CLAIMED]);
	if (all->listed)
		buf_printf(out, ", %zu not met, %zu left to people and other systems", all->counts[REQUIREMENT_OPEN],
		    all->counts[REQUIREMENT_OUTSIDE]);
	buf_add_char(out, '\n');
}

void
requirements_print(const struct requirements *all, bool ran, struct arena *arena, struct buf *out)
{
	if (all->n == 0)
		return;
	counts_print(all, ran, out);
	for (size_t i = 0; i < all->n; i++) {
		const struct requirement *r = &all->v[i];
		const struct strs *by = r->shown_by.n > 0 ? &r->shown_by : &r->named_by;

		buf_printf(out, "    %-8s %-8s", r->id, state_words[r->state]);
		if (r->words[0] != '\0')
			buf_printf(out, " %s", r->words);
		buf_add_char(out, '\n');
		if (r->lines.n > 0)
			buf_printf(out, "%22slines: %s\n", "", strs_join(arena, &r->lines, ", "));
		if (by->n > 0)
			buf_printf(out, "%22s%s: %s\n", "", r->shown_by.n > 0 ? "shown by" : ran ? "named, but not shown, by" :
			    "named by", strs_join(arena, by, ", "));
	}
}

void
requirements_json(const struct requirements *all, struct buf *out)
{
	json_open(out, "requirements", '[');
	for (size_t i = 0; i < all->n; i++) {
		const struct requirement *r = &all->v[i];
		const char letter[2] = { r->letter, '\0' };

		json_open(out, NULL, '{');
		json_str(out, "id", r->id);
		json_str(out, "letter", letter);
		json_str(out, "state", state_words[r->state]);
		json_strs(out, "lines", &r->lines);
		json_strs(out, "shown-by", &r->shown_by);
		json_strs(out, "named-by", &r->named_by);
		json_close(out, '}');
	}
	json_close(out, ']');
}
