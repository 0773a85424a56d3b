/*
 * advicectl: the command with which people look into the daemon and its rules.
 * What a command line may hold stands in ctl/commands_table.c; this file takes
 * the options that every command has, and finds the function that is meant.
 * Exit: 0 well, 1 found wrong, 2 misuse.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/paint.h"

/* All others are for the living store: ctl_live(). */
static const struct { const char *name; ctl_command *run; } apart[] = {
	{ "check", ctl_check }, { "test", ctl_test }, { "describe", ctl_describe }, { "draw", ctl_draw },
	{ "explain", ctl_explain }, { "simulate", ctl_simulate }, { "replay", ctl_replay }, { "watch", ctl_watch },
	{ "doctor", ctl_doctor }, { "board", ctl_board },
};

static int
say(FILE *out, struct buf *text, int code)
{
	fputs(buf_text(text), out);
	buf_free(text);
	return fflush(out) == 0 ? code : ctl_fail(1, "the output could not be written");
}

static int
help(FILE *out, const struct command *command, int code)
{
	struct buf text = BUF_INIT;

	if (command == NULL)
		help_all(&text);
	else
		help_command(command, &text);
	return say(out, &text, code);
}

static int
unknown(struct arena *arena, const char *name)
{
	const char *nearest = command_nearest(name);

	return ctl_fail(2, "there is no command \"%s\"%s%s%s; \"advicectl help\" lists them", str_visible(arena, name, 60),
	    nearest == NULL ? "" : "; did you mean \"", nearest == NULL ? "" : nearest, nearest == NULL ? "" : "\"?");
}

/* "help", "help COMMAND", "help --words". */
static int
help_wanted(struct arena *arena, int argc, char **argv)
{
	const struct command *command = argc == 2 ? command_find(argv[1]) : NULL;
	struct buf text = BUF_INIT;
	const char *wrong;

	if (argc == 2 && strcmp(argv[1], "--words") == 0) {
		help_words(&text);
		return say(stdout, &text, 0);
	}
	if ((wrong = command_words(arena, command_find("help"), argc, argv, &argc, &argv)) != NULL)
		return ctl_fail(2, "%s", wrong);
	if (argc > 2)
		return ctl_fail(2, "%s", command_usage(arena, "help"));
	return argc == 2 && command == NULL ? unknown(arena, argv[1]) : help(stdout, command, 0);
}

/* ---- The options of every command, wherever they stand */

/* The value of an option: behind it, or behind a '='. NULL: it is another word, or has none; *took_r words belong to it. */
static const char *
value_of(char **word, const char *name, int *took_r)
{
	size_t len = strlen(name);

	*took_r = 0;
	if (strncmp(*word, name, len) != 0 || ((*word)[len] != '\0' && ((*word)[len] != '=' || name[1] != '-')))
		return NULL;
	*took_r = (*word)[len] == '=' ? 1 : 2;
	return (*word)[len] == '=' ? *word + len + 1 : word[1];
}

struct wants { const char *color; bool help, version; };

/* 0, or the exit code after a sentence.  What is left are the command and its words. */
static int
take_global(struct ctl *ctl, struct wants *wants, int *argc, char **argv)
{
	int kept = 1, took;

	for (int i = 1; i < *argc; i += took) {
		const char *config = value_of(argv + i, "-c", &took), *color;

		if (took > 0 && config == NULL)
			return ctl_fail(2, "-c wants the name of the configuration file behind it");
		if (took > 0) {
			ctl->config = config;
			continue;
		}
		color = value_of(argv + i, "--color", &took);
		if (took > 0 && (color == NULL ||
		    (strcmp(color, "always") != 0 && strcmp(color, "never") != 0 && strcmp(color, "auto") != 0)))
			return ctl_fail(2, "--color is \"always\", \"never\" or \"auto\"");
		if (took > 0) {
			wants->color = color;
			continue;
		}
		took = 1;
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			wants->help = true;
		else if (strcmp(argv[i], "--version") == 0)
			wants->version = true;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	*argc = kept;
	return 0;
}

/* ---- The command */

static int
run(struct ctl *ctl, struct arena *arena, const struct command *command, int argc, char **argv)
{
	const char *wrong = command_words(arena, command, argc, argv, &argc, &argv);

	if (wrong != NULL)
		return ctl_fail(2, "%s", wrong);
	for (size_t i = 0; i < sizeof(apart) / sizeof(apart[0]); i++)
		if (strcmp(apart[i].name, argv[0]) == 0)
			return apart[i].run(ctl, argc, argv);
	return ctl_live(ctl, argc, argv);
}

int
main(int argc, char **argv)
{
	struct ctl ctl = { .config = NULL };
	struct arena *arena = arena_new();
	const struct command *command;
	struct wants wants = { .color = NULL };
	int code;

	signal(SIGPIPE, SIG_IGN);
	if ((code = take_global(&ctl, &wants, &argc, argv)) != 0)
		goto out;
	ctl.colour = paint_wanted(wants.color, 1);
	ctl.colour_errors = paint_wanted(wants.color, 2);
	command = argc < 2 ? NULL : command_find(argv[1]);
	if (wants.version)
		code = printf("advicectl %s\n", place_version()) < 0;
	else if (argc < 2)
		code = wants.help ? help(stdout, NULL, 0) : help(stderr, NULL, 2);
	else if (command == NULL)
		code = unknown(arena, argv[1]);
	else if (wants.help)
		code = help(stdout, command, 0);
	else if (strcmp(argv[1], "help") == 0)
		code = help_wanted(arena, argc - 1, argv + 1);
	else
		code = run(&ctl, arena, command, argc - 1, argv + 1);
out:
	arena_free(&arena);
	return code;
}
