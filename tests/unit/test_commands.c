/* What may stand on advicectl's command line, and what is said of what may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/str.h"
#include "ctl/commands.h"
#include "ctl/live.h"
#include "ctl/paint.h"

#define WORDS_MOST	12

/* The words that come out, separated by '|'; or the sentence. */
static const char *
words_of(struct arena *arena, const char *line)
{
	char *argv[WORDS_MOST + 1] = { NULL }, *text = arena_strdup(arena, line), **words;
	struct strs out = { NULL, 0 };
	const char *wrong;
	int argc = 0;

	for (char *word = strtok(text, "|"); word != NULL; word = strtok(NULL, "|"))
		argv[argc++] = word;
	wrong = command_words(arena, command_find(argv[0]), argc, argv, &argc, &words);
	if (wrong != NULL)
		return wrong;
	assert_null(words[argc]);
	for (int i = 0; i < argc; i++)
		strs_add(arena, &out, words[i]);
	return strs_join(arena, &out, "|");
}

static void
lines_are_read_or_refused(void **state)
{
	static const struct { const char *name, *line, *want; } rows[] = {
		{ "nothing behind it", "status", "status" },
		{ "an option", "status|--json", "status|--json" },
		{ "a value behind it", "due|--days|3", "due|--days|3" },
		{ "a value behind '='", "due|--days=3", "due|--days|3" },
		{ "an empty value", "close|EHC-1|--reason=", "close|EHC-1|--reason|" },
		{ "a value with '='", "close|EHC-1|--reason=a=b", "close|EHC-1|--reason|a=b" },
		{ "options before and behind", "move|--quiet|EHC-1|advice|done|--reason|why", "move|--quiet|EHC-1|advice|done|--reason|why" },
		{ "a hyphen alone is a word", "case|-", "case|-" },
		{ "a fact with '='", "correct|EHC-1|worker=|--reason|x", "correct|EHC-1|worker=|--reason|x" },
		{ "a misspelt one", "status|--jsom", "\"status\" has no option --jsom; did you mean --json?; \"advicectl help status\" lists them" },
		{ "another command's", "status|--quiet", "\"status\" has no option --quiet; \"advicectl help status\" lists them" },
		{ "one of advicectl's own", "status|--colour", "\"status\" has no option --colour; \"advicectl help status\" lists them" },
		{ "what was agreed to is not said by people", "close|EHC-1|--asked",
		    "\"close\" has no option --asked; \"advicectl help close\" lists them" },
		{ "without its value", "due|--days", "--days wants N behind it: how far to look ahead, 0 to 3660; otherwise 14" },
		{ "an option for a value", "due|--days|--json", "--days wants N behind it: how far to look ahead, 0 to 3660; otherwise 14" },
		{ "a number that is none", "due|--days|soon", "--days is a whole number from 0 to 3660; found \"soon\"" },
		{ "too large a number", "due|--days=3661", "--days is a whole number from 0 to 3660; found \"3661\"" },
		{ "the smallest number", "due|--days|0", "due|--days|0" },
		{ "a value that is not wanted", "status|--json=yes", "--json takes no value" },
		{ "a letter", "status|-j", "\"status\" has no option -j; \"advicectl help status\" lists them" },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *found = words_of(arena, rows[i].line);

		if (strcmp(found, rows[i].want) != 0)
			fail_msg("%s: \"%s\": found \"%s\", wanted \"%s\"", rows[i].name, rows[i].line, found, rows[i].want);
	}
	arena_free(&arena);
}

static void
every_command_is_whole(void **state)
{
	const char *group = "";
	struct strs groups = { NULL, 0 }, names = { NULL, 0 };
	struct arena *arena = arena_new();

	(void)state;
	for (const struct command *command = commands; command->name != NULL; command++) {
		if (strs_has(&names, command->name))
			fail_msg("\"%s\" stands there twice", command->name);
		strs_add(arena, &names, command->name);
		if (strcmp(group, command->group) != 0 && strs_has(&groups, command->group))
			fail_msg("the commands of \"%s\" do not stand together: \"%s\"", command->group, command->name);
		strs_add_new(arena, &groups, command->group);
		group = command->group;
		if (command->does[0] == '\0' || command->forms[0] == NULL)
			fail_msg("\"%s\" does not say what it does, or how it is used", command->name);
		for (const struct command_option *option = command->options; option->name != NULL; option++)
			if (option->name[0] != '-' || option->does[0] == '\0')
				fail_msg("\"%s\": the option \"%s\"", command->name, option->name);
		if (!str_starts(command_usage(arena, command->name), "usage: advicectl "))
			fail_msg("usage of \"%s\": %s", command->name, command_usage(arena, command->name));
	}
	arena_free(&arena);
}

/* Whatever core would do has an entry, or nobody could ask for it. */
static void
every_live_command_has_an_entry(void **state)
{
	static const char *const live[] = { "status", "cases", "case", "due", "queue", "triage", "quarantine", "import", "verify",
	    "evidence", "purge", "legal-hold", "backup", "restored", "resolve", "rules", "reconcile", "adopt", "readiness", "correct",
	    "detach", "merge", "move", "close", "undo", "pause", "resume", "except", "board" };

	(void)state;
	for (size_t i = 0; i < sizeof(live) / sizeof(live[0]); i++) {
		assert_true(live_is_command(live[i]));
		assert_non_null(command_find(live[i]));
	}
}

static void
usage_shows_each_form_once(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(command_usage(arena, "import"), "usage: advicectl import directory FILE [--yes] [--json]\n"
	    "   or: advicectl import involvement FILE [--yes] [--json]");
	assert_string_equal(command_usage(arena, "close"), "usage: advicectl close CASE --reason TEXT [--yes] [--json]");
	assert_string_equal(command_usage(arena, "status"), "usage: advicectl status [--json]");
	arena_free(&arena);
}

static void
the_nearest_is_meant(void **state)
{
	(void)state;
	assert_string_equal(command_nearest("statsu"), "status");
	assert_string_equal(command_nearest("quarantaine"), "quarantine");
	assert_null(command_nearest("xyzzy"));
	assert_null(command_find("statsu"));
}

static void
help_names_everything(void **state)
{
	struct buf out = BUF_INIT;

	(void)state;
	help_all(&out);
	for (const struct command *command = commands; command->name != NULL; command++)
		if (strstr(buf_text(&out), command->name) == NULL)
			fail_msg("help does not name \"%s\"", command->name);
	for (const struct command *command = commands; command->name != NULL; command++) {
		buf_reset(&out);
		help_command(command, &out);
		for (const struct command_option *option = command->options; option->name != NULL; option++)
			if (strstr(buf_text(&out), option->name) == NULL)
				fail_msg("help of \"%s\" does not name %s", command->name, option->name);
	}
	buf_free(&out);
}

static void
colour_is_only_where_it_is_wanted(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(paint(arena, false, PAINT_WRONG, "late"), "late");
	assert_string_equal(paint(arena, true, PAINT_WRONG, "late"), "\033[1;31mlate\033[0m");
	assert_string_equal(paint(arena, true, PAINT_WRONG, ""), "");
	setenv("TERM", "xterm", 1);
	setenv("NO_COLOR", "1", 1);
	assert_false(paint_wanted(NULL, 1));
	assert_false(paint_wanted("auto", 1));
	assert_true(paint_wanted("always", 1));
	unsetenv("NO_COLOR");
	assert_false(paint_wanted("never", 1));
	setenv("TERM", "dumb", 1);
	assert_false(paint_wanted(NULL, 1));
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read_or_refused),
		cmocka_unit_test(every_command_is_whole),
		cmocka_unit_test(every_live_command_has_an_entry),
		cmocka_unit_test(usage_shows_each_form_once),
		cmocka_unit_test(the_nearest_is_meant),
		cmocka_unit_test(help_names_everything),
		cmocka_unit_test(colour_is_only_where_it_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
