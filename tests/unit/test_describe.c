/*
 * advicectl describe and draw: every line of the five packs that can decide
 * something is told in words; the words themselves; the same bytes twice; a
 * chart that holds every stage.  Run from the top of the source tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libxml/parser.h>

#include "ctl/describe.h"
#include "ctl/draw.h"
#include "rule/points.h"
#include "rule/read.h"

static const char *const packs[] = { "birmingham", "leicester", "durham", "stockport", "se7", "common" };
#define PACKS	(sizeof packs / sizeof *packs)

static struct pack *
read_pack(struct arena *arena, const char *rules, const char *name)
{
	struct problems problems = { .arena = arena };
	struct pack *pack = NULL;

	if (pack_read(arena, rules, "config/calendars", name, &pack, &problems) != 0 || pack == NULL)
		fail_msg("%s/%s cannot be read: %s", rules, name, problems.n > 0 ? problems.v[0].text : "");
	return pack;
}

/* ---- Words */

struct phrase { const char *written, *said; };

static void
test_dates(void **state)
{
	static const struct phrase rows[] = {
		{ "due - 14 days", "14 days before the deadline" },
		{ "due + 1 day", "1 day after the deadline" },
		{ "due - 2 working days", "2 working days before the deadline" },
		{ "due", "the deadline" },
		{ "asked + 1 week", "1 week after the day the question was put" },
		{ "entered + 6 weeks + 1 working day", "1 working day and 6 weeks after the day this step began" },
		{ "entered + 6 weeks - 2 days", "2 days before 6 weeks after the day this step began" },
		{ "15 days beginning with draft-sent", "the last of 15 days of which the date “draft sent” is the first" },
		{ "earliest of due-date, asked + 6 weeks", "the earlier of the date “due date” and 6 weeks after the day the question was put" },
		{ "latest of a, b, c", "the latest of the date “a”, the date “b” and the date “c”" },
		{ "due-date, else asked + 6 weeks", "the date “due date”; where that is not known, 6 weeks after the day the question was put" },
		{ "next Wednesday", "the next Wednesday" },
		{ "agreed-date but no later than statutory", "the date “agreed date”, but no later than the date “statutory”" },
	};
	struct arena *arena = arena_new();
	struct pack pack = { .name = "none" };
	struct words words;

	(void)state;
	words_begin(&words, arena, &pack);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct date_expr expr = { .text = NULL };
		struct err err = { ERR_NONE, "" };
		const char *said = date_expr_parse(arena, rows[i].written, &expr, &err) == -1 ? err.text : words_date(&words, &expr);

		if (strcmp(said, rows[i].said) != 0)
			fail_msg("\"%s\"\n  said:   %s\n  wanted: %s", rows[i].written, said, rows[i].said);
	}
	arena_free(&arena);
}

static void
test_recipients(void **state)
{
	static const struct phrase rows[] = {
		{ "worker", "the worker" },
		{ "worker's manager", "the worker’s manager" },
		{ "them", "whoever is chased" },
		{ "their manager", "the manager of whoever is chased" },
		{ "officer else owner", "the officer (failing that, the owner of the mailbox)" },
		{ "sender", "the sender" },
		{ "owner's manager", "the manager of the owner of the mailbox" },
		{ "their manager else owner else last-resort",
		    "the manager of whoever is chased (failing that, the owner of the mailbox; failing that, the last resort)" },
	};
	struct arena *arena = arena_new();
	struct pack pack = { .name = "none" };
	struct words words;

	(void)state;
	words_begin(&words, arena, &pack);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct recipient one;
		struct recipients list = { .v = &one, .n = 1 };
		struct err err = { ERR_NONE, "" };
		const char *said = recipient_parse(arena, rows[i].written, &one, &err) == -1 ? err.text :
		    words_recipients(&words, &list, "and");

		if (strcmp(said, rows[i].said) != 0)
			fail_msg("\"%s\"\n  said:   %s\n  wanted: %s", rows[i].written, said, rows[i].said);
	}
	arena_free(&arena);
}

static void
test_repeats(void **state)
{
	static const struct phrase rows[] = {
		{ "1 week", "every week" },
		{ "2 working days", "every 2 working days" },
		{ "2 working days, 3 in all, then 1 week", "every 2 working days, 3 times in all, then every week" },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct repeat repeat;
		struct err err = { ERR_NONE, "" };
		const char *said = repeat_parse(rows[i].written, &repeat, &err) == -1 ? err.text : words_repeat(arena, &repeat);

		if (strcmp(said, rows[i].said) != 0)
			fail_msg("\"%s\"\n  said:   %s\n  wanted: %s", rows[i].written, said, rows[i].said);
	}
	arena_free(&arena);
}

static void
test_lists(void **state)
{
	static const struct { size_t n; const char *said; } rows[] = {
		{ 0, "" }, { 1, "a" }, { 2, "a and b" }, { 3, "a, b and c" },
	};
	const char *items[] = { "a", "b", "c" };
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct strs list = { items, rows[i].n };

		assert_string_equal(words_list(arena, &list, "and"), rows[i].said);
	}
	arena_free(&arena);
}

/* ---- Whole packs */

static bool
is_told(const struct description *d, struct where where)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].where.line == where.line && strcmp(d->v[i].where.file, where.file) == 0)
			return true;
	return false;
}

static bool
is_said(const struct description *d, const char *phrase)
{
	for (size_t i = 0; i < d->n; i++)
		if (strstr(d->v[i].sentence, phrase) != NULL)
			return true;
	return false;
}

static void
test_everything_is_told(void **state)
{
	(void)state;
	for (size_t p = 0; p < PACKS; p++) {
		struct arena *arena = arena_new();
		struct pack *pack = read_pack(arena, "rules", packs[p]);
		struct description d;
		struct point *points = NULL;
		size_t count = 0;

		describe_pack(arena, pack, &d);
		pack_points(arena, pack, &points, &count);
		assert_true(count > 5);
		for (size_t i = 0; i < count; i++)
			if (!is_told(&d, points[i].where))
				fail_msg("%s: the %s \"%s\" (line %d) is not told", packs[p], points[i].sort, points[i].name,
				    points[i].where.line);
		for (size_t i = 0; i < pack->text_count; i++)
			if (!is_told(&d, pack->texts[i].where))
				fail_msg("%s: the text %s is not told", packs[p], pack->texts[i].name);
		for (size_t i = 0; i < pack->service_count; i++)
			if (!is_told(&d, pack->services[i].where))
				fail_msg("%s: the service %s is not told", packs[p], pack->services[i].name);
		arena_free(&arena);
	}
}

/* Names may lose their capitals and hyphens, so both are folded away. */
static char *
folded(struct arena *arena, const char *text)
{
	char *fold = str_lower(arena, text);

	for (char *c = fold; *c != '\0'; c++)
		if (*c == '-')
			*c = ' ';
	return fold;
}

/* From a name in the pack to how it is read. */
static void
test_names(void **state)
{
	static const struct phrase rows[] = {
		{ "with-worker", "with worker" }, { "co-ordinator", "co-ordinator" }, { "post-18-caseworker", "post-18 caseworker" },
		{ "sen-lead", "SEN lead" }, { "done", "done" },
	};
	struct arena *arena = arena_new();
	struct pack pack = { .name = "none", .title = "What the SEN team has DONE about SEN" };
	struct words words;

	(void)state;
	words_begin(&words, arena, &pack);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(words_plain(&words, rows[i].written), rows[i].said);
	arena_free(&arena);
}

static void
test_names_and_answers_are_said(void **state)
{
	(void)state;
	for (size_t p = 0; p < PACKS; p++) {
		struct arena *arena = arena_new();
		struct pack *pack = read_pack(arena, "rules", packs[p]);
		struct description d;

		describe_pack(arena, pack, &d);
		for (size_t i = 0; i < d.n; i++)
			d.v[i].sentence = folded(arena, d.v[i].sentence);
		for (size_t s = 0; s < pack->strand_count; s++)
			for (size_t i = 0; i < pack->strands[s].stage_count; i++)
				if (!is_said(&d, arena_printf(arena, "at “%s” ", folded(arena, pack->strands[s].stages[i].name))))
					fail_msg("%s: the stage %s is not said", packs[p], pack->strands[s].stages[i].name);
		for (size_t i = 0; i < pack->kind_count; i++)
			if (!is_said(&d, arena_printf(arena, "“%s” is a mail", folded(arena, pack->kinds[i].name))))
				fail_msg("%s: the kind %s is not said", packs[p], pack->kinds[i].name);
		for (size_t i = 0; i < pack->question_count; i++)
			for (size_t a = 0; a < pack->questions[i].answer_count; a++)
				if (!is_said(&d, folded(arena, pack->questions[i].answers[a].word)))
					fail_msg("%s: the answer %s is not said", packs[p], pack->questions[i].answers[a].word);
		arena_free(&arena);
	}
}

static void
test_sentences_are_sentences(void **state)
{
	static const char *const wrong[] = { "(null)", "  ", "..", ", ,", ":;", ",.", " .", " ,", "not unless", "the the ", "the any ", " KNOWN” holds", "to nobody", "{}" };

	(void)state;
	for (size_t p = 0; p < PACKS; p++) {
		struct arena *arena = arena_new();
		struct description d;

		describe_pack(arena, read_pack(arena, "rules", packs[p]), &d);
		for (size_t i = 0; i < d.n; i++) {
			const char *sentence = d.v[i].sentence;

			if (strchr(".:?!", sentence[strlen(sentence) - 1]) == NULL || (sentence[0] >= 'a' && sentence[0] <= 'z'))
				fail_msg("%s: %s", packs[p], sentence);
			for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++)
				if (strstr(sentence, wrong[w]) != NULL)
					fail_msg("%s, line %d: \"%s\" in: %s", packs[p], d.v[i].where.line, wrong[w], sentence);
		}
		arena_free(&arena);
	}
}

static void
printed(const char *name, bool json, struct buf *out)
{
	struct arena *arena = arena_new();
	struct description d;

	describe_pack(arena, read_pack(arena, "rules", name), &d);
	if (json)
		describe_json(&d, out);
	else
		describe_print(&d, 100, out);
	arena_free(&arena);
}

static void
test_same_bytes_and_no_long_line(void **state)
{
	(void)state;
	for (size_t p = 0; p < PACKS; p++)
		for (int json = 0; json < 2; json++) {
			struct buf first = BUF_INIT, second = BUF_INIT;

			printed(packs[p], json, &first);
			printed(packs[p], json, &second);
			assert_string_equal(buf_text(&first), buf_text(&second));
			for (const char *line = buf_text(&first); !json && *line != '\0'; line += strcspn(line, "\n") + 1) {
				size_t len = strcspn(line, "\n"), wide = 0;

				for (size_t i = 0; i < len; i++)
					wide += ((unsigned char)line[i] & 0xC0) != 0x80;
				if (wide > 100 && memchr(line + 4, ' ', len - 4) != NULL)
					fail_msg("%s: %zu columns: %.*s", packs[p], wide, (int)len, line);
			}
			buf_free(&first);
			buf_free(&second);
		}
}

/* ---- Drawing */

static void
test_chart_holds_every_stage(void **state)
{
	(void)state;
	for (size_t p = 0; p < PACKS; p++) {
		struct arena *arena = arena_new();
		struct pack *pack = read_pack(arena, "rules", packs[p]);
		struct buf svg = BUF_INIT, again = BUF_INIT;
		struct err err = { ERR_NONE, "" };
		xmlDocPtr document;

		if (draw_pack(arena, pack, NULL, &svg, &err) == -1)
			fail_msg("%s: %s", packs[p], err.text);
		if ((document = xmlReadMemory(svg.data, (int)svg.len, NULL, NULL, XML_PARSE_NONET)) == NULL)
			fail_msg("%s: the drawing is no XML", packs[p]);
		xmlFreeDoc(document);
		for (size_t s = 0; s < pack->strand_count; s++)
			for (size_t i = 0; i < pack->strands[s].stage_count; i++)
				if (strstr(buf_text(&svg), arena_printf(arena, "id=\"w%zus%zu\"", s + 1, i)) == NULL)
					fail_msg("%s: the stage %s has no box", packs[p], pack->strands[s].stages[i].name);
		assert_int_equal(draw_pack(arena, pack, NULL, &again, &err), 0);
		assert_string_equal(buf_text(&svg), buf_text(&again));
		buf_free(&svg);
		buf_free(&again);
		arena_free(&arena);
	}
}

static void
test_one_strand(void **state)
{
	struct arena *arena = arena_new();
	struct pack *pack = read_pack(arena, "rules", "birmingham");
	struct buf svg = BUF_INIT;
	struct err err = { ERR_NONE, "" };

	(void)state;
	assert_int_equal(draw_pack(arena, pack, "plan", &svg, &err), 0);
	assert_null(strstr(buf_text(&svg), "The work on “advice”"));
	assert_int_equal(draw_pack(arena, pack, "nothing", &svg, &err), -1);
	assert_non_null(strstr(err.text, "it has advice, plan and review"));
	buf_free(&svg);
	arena_free(&arena);
}

static void
test_without_dot(void **state)
{
	struct arena *arena = arena_new();
	struct pack *pack = read_pack(arena, "rules", "leicester");
	struct buf svg = BUF_INIT;
	struct err err = { ERR_NONE, "" };
	char *path = arena_strdup(arena, getenv("PATH"));

	(void)state;
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(draw_pack(arena, pack, NULL, &svg, &err), -1);
	setenv("PATH", path, 1);
	assert_non_null(strstr(err.text, "apt-get install graphviz"));
	buf_free(&svg);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_recipients),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_everything_is_told),
		cmocka_unit_test(test_names_and_answers_are_said),
		cmocka_unit_test(test_sentences_are_sentences),
		cmocka_unit_test(test_same_bytes_and_no_long_line),
		cmocka_unit_test(test_chart_holds_every_stage),
		cmocka_unit_test(test_one_strand),
		cmocka_unit_test(test_without_dot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
