/* Two versions of a pack in words, and rows that are the same when lines have moved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "rule/diff.h"
#include "rule/read.h"

struct room {
	struct arena	*arena;
	char		 dir[64];
	int		 number;
};

static int
room_open(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	room->arena = arena_new();
	strcpy(room->dir, "/tmp/rule-diff-XXXXXX");
	assert_non_null(mkdtemp(room->dir));
	*state = room;
	return 0;
}

static int
room_close(void **state)
{
	struct room *room = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", room->dir);
	assert_int_equal(system(command), 0);
	arena_free(&room->arena);
	free(room);
	return 0;
}

static void
put(struct room *room, const char *folder, const char *name, const char *text)
{
	struct err err;
	int dirfd = -1;

	assert_int_equal(file_make_dir(folder, 0700, &err), 0);
	assert_int_equal(file_open_dir(folder, &dirfd, &err), 0);
	assert_int_equal(file_replace(dirfd, name, text, strlen(text), &err), 0);
	close(dirfd);
	(void)room;
}

/* A rules folder that holds the pack "x" with these settings and one template. */
static const char *
rules(struct room *room, const char *settings, const char *template)
{
	const char *folder = arena_printf(room->arena, "%s/%d/rules", room->dir, ++room->number);

	put(room, arena_printf(room->arena, "%s/x", folder), "pathway.cfg", settings);
	if (template != NULL)
		put(room, arena_printf(room->arena, "%s/x/templates", folder), "request.txt", template);
	return folder;
}

#define STAGE(rows)	"strands : { advice : { stages : { asked : { " rows " } } } }\n"

static const struct {
	const char *name, *before, *after, *want;
} differences[] = {
	{ "the same", "title = \"X\"\n", "title = \"X\"\n", "" },
	{ "only a comment and lines", "title = \"X\"\n", "# why\n\n  title=\"X\"\n", "" },
	{ "meets is no difference", STAGE("meets = \"A\""), STAGE("meets = \"B\""), "" },
	{ "a text", "title = \"X\"\n", "\ntitle = \"Y\"\n", "rules/x/pathway.cfg:2: title: \"X\" -> \"Y\"\n" },
	{ "phrases", "kinds : { chaser : { says = [ \"any news\", \"overdue\" ] } }\n",
	    "kinds : { chaser : {\n says = [ \"any news\", \"where is it\" ] } }\n",
	    "rules/x/pathway.cfg:1: kind chaser: says: \"overdue\" removed\n"
	    "rules/x/pathway.cfg:2: kind chaser: says: \"where is it\" added\n" },
	{ "the order of phrases", "kinds : { chaser : { says = [ \"a\", \"b\" ] } }\n", "kinds : { chaser : { says = [ \"b\", \"a\" ] } }\n",
	    "rules/x/pathway.cfg:1: kind chaser: says: the same in another order\n" },
	{ "the order of kinds", "kinds : { a : { } b : { } }\n", "kinds : { b : { } a : { } }\n",
	    "rules/x/pathway.cfg:1: the kinds stand in another order; the first that fits is taken\n" },
	{ "a rung of a shared ladder", "ladders : { standard : { manager : { at = \"due + 5 working days\" } } }\n",
	    "ladders : { standard : { manager : { at = \"due + 7 working days\" } } }\n",
	    "rules/x/pathway.cfg:1: ladder standard, rung manager: at: \"due + 5 working days\" -> \"due + 7 working days\"\n" },
	{ "a stage's own rung goes", STAGE("ladder : { first : { at = \"due\" } last : { at = \"due + 1 day\" } }"),
	    STAGE("ladder : { first : { at = \"due\" } }"),
	    "rules/x/pathway.cfg:1: strand advice, stage asked, rung last: removed\n" },
	{ "a stage goes, another comes", STAGE("final = true"), "strands : { advice : { stages : { told : { final = true } } } }\n",
	    "rules/x/pathway.cfg:1: strand advice, stage asked: removed\n"
	    "rules/x/pathway.cfg:1: strand advice, stage told: added\n" },
	{ "a section comes", "title = \"X\"\n", "title = \"X\"\nroles : { ses : { address = \"a@x.example\" } }\n",
	    "rules/x/pathway.cfg:2: roles: added\n" },
	{ "a row", STAGE("on : ( { kind = \"advice\"; go = \"a\" }, { kind = \"query\"; go = \"b\" } )"),
	    STAGE("on : ( { kind = \"advice\"; go = \"c\" }, { kind = \"chaser\"; go = \"b\" } )"),
	    "rules/x/pathway.cfg:1: strand advice, stage asked: on, row kind = \"advice\": go: \"a\" -> \"c\"\n"
	    "rules/x/pathway.cfg:1: strand advice, stage asked: on: row removed: { kind = \"query\"; go = \"b\" }\n"
	    "rules/x/pathway.cfg:1: strand advice, stage asked: on: row added: { kind = \"chaser\"; go = \"b\" }\n" },
	{ "the order of rows", STAGE("on : ( { kind = \"a\" }, { kind = \"b\" } )"), STAGE("on : ( { kind = \"b\" }, { kind = \"a\" } )"),
	    "rules/x/pathway.cfg:1: strand advice, stage asked: on: the same rows in another order; the first that fits is taken\n" },
	{ "yes and no", STAGE("final = true"), STAGE("final = false"),
	    "rules/x/pathway.cfg:1: strand advice, stage asked: final: true -> false\n" },
	{ "a setting of another sort", "watches = \"a\"\n", "watches = [ \"a\" ]\n", "rules/x/pathway.cfg:1: watches: \"a\" -> [ \"a\" ]\n" },
};

static void
in_words(void **state)
{
	struct room *room = *state;

	for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++) {
		const char *before = rules(room, differences[i].before, NULL), *after = rules(room, differences[i].after, NULL);
		struct strs lines = { NULL, 0 };
		struct buf found = BUF_INIT;

		pack_diff(room->arena, before, after, "x", &lines);
		for (size_t l = 0; l < lines.n; l++)
			buf_printf(&found, "%s\n", lines.v[l]);
		if (strcmp(buf_text(&found), differences[i].want) != 0)
			fail_msg("%s:\n  found\n%s  wanted\n%s", differences[i].name, buf_text(&found), differences[i].want);
		buf_free(&found);
	}
}

static void
other_files(void **state)
{
	struct room *room = *state;
	const char *before = rules(room, "title = \"X\"\n", "Subject: one\n\nDear {person}\nyours\n");
	const char *after = rules(room, "title = \"X\"\n", "Subject: one\n\nHello {person}\nhow are you?\nyours\n");
	struct strs lines = { NULL, 0 };

	put(room, arena_printf(room->arena, "%s/x/tests/one", after), "expect", "out act=remind\n");
	pack_diff(room->arena, before, after, "x", &lines);
	assert_int_equal(lines.n, 4);
	assert_string_equal(lines.v[0], "rules/x/templates/request.txt:3: line removed: Dear {person}");
	assert_string_equal(lines.v[1], "rules/x/templates/request.txt:3: line added: Hello {person}");
	assert_string_equal(lines.v[2], "rules/x/templates/request.txt:4: line added: how are you?");
	assert_string_equal(lines.v[3], "rules/x/tests/one/expect: added");
}

/* ---- Rows */

static const struct pack *
pack_of(struct room *room, const char *settings)
{
	struct problems problems = { .arena = room->arena };
	struct pack *pack = NULL;

	pack_read(room->arena, rules(room, settings, NULL), "config/calendars", "x", &pack, &problems);
	assert_non_null(pack);
	return pack;
}

static const struct {
	const char *name, *settings;
	bool same;
} moved[] = {
	{ "lines above", "# one\n# two\n\n" STAGE("on : ( { kind = \"a\"; once = true; go = \"b\" } )"), true },
	{ "a row before it", STAGE("on : ( { kind = \"z\" }, { kind = \"a\"; once = true; go = \"b\" } )"), true },
	{ "what it meets", STAGE("on : ( { kind = \"a\"; once = true; go = \"b\"; meets = \"X-01\" } )"), true },
	{ "another text", STAGE("on : ( { kind = \"a\"; once = true; go = \"c\" } )"), false },
	{ "another stage", "strands : { advice : { stages : { told : { on : ( { kind = \"a\"; once = true; go = \"b\" } ) } } } }\n", false },
	{ "another strand", "strands : { plan : { stages : { asked : { on : ( { kind = \"a\"; once = true; go = \"b\" } ) } } } }\n", false },
};

static void
rows_keep_their_keys(void **state)
{
	struct room *room = *state;
	const struct rows *was = &pack_of(room, STAGE("on : ( { kind = \"a\"; once = true; go = \"b\" } )"))->strands[0].stages[0].on;

	for (size_t i = 0; i < sizeof(moved) / sizeof(moved[0]); i++) {
		const struct rows *is = &pack_of(room, moved[i].settings)->strands[0].stages[0].on;
		const char *key = is->v[is->n - 1].key;

		if ((strcmp(was->v[0].key, key) == 0) != moved[i].same)
			fail_msg("%s: %s and %s", moved[i].name, was->v[0].key, key);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(in_words, room_open, room_close),
		cmocka_unit_test_setup_teardown(other_files, room_open, room_close),
		cmocka_unit_test_setup_teardown(rows_keep_their_keys, room_open, room_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
