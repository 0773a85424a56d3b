/*
 * Looking a command up, and holding a command line against what it may have.
 * Pure; run by advicectl, and by core for what is said of misuse.
 * Fails: with a sentence.
 */
#include "ctl/commands.h"

#include <string.h>

#include "base/str.h"

const struct command *
command_find(const char *name)
{
	for (const struct command *command = commands; command->name != NULL; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

const char *
command_nearest(const char *name)
{
	struct arena *arena = arena_new();
	struct strs names = { NULL, 0 };
	const char *nearest;

	for (const struct command *command = commands; command->name != NULL; command++)
		strs_add(arena, &names, command->name);
	strs_add(arena, &names, NULL);	/* the end, for str_nearest() */
	nearest = str_nearest(name, names.v);
	arena_free(&arena);
	return nearest;
}

static const struct command_option *
option_among(const struct command_option *options, const char *name)
{
	for (; options->name != NULL; options++)
		if (strcmp(options->name, name) == 0)
			return options;
	return NULL;
}

const struct command_option *
command_option(const struct command *command, const char *name)
{
	return option_among(command->options, name);
}

static const char *
no_such_option(struct arena *arena, const struct command *command, const char *word)
{
	const char *names[COMMAND_OPTIONS_MOST + 1] = { NULL }, *nearest;

	for (size_t i = 0; command->options[i].name != NULL; i++)
		names[i] = command->options[i].name;
	nearest = str_nearest(word, names);
	return arena_printf(arena, "\"%s\" has no option %s%s%s%s; \"advicectl help %s\" lists them", command->name,
	    str_visible(arena, word, 60), nearest == NULL ? "" : "; did you mean ", nearest == NULL ? "" : nearest,
	    nearest == NULL ? "" : "?", command->name);
}

/* A sentence about a value that is no number, or none that may be; NULL: it may stand there. */
static const char *
value_wrong(struct arena *arena, const struct command_option *option, const char *value)
{
	long number;

	if (option->most == 0 || str_number(value, option->least, option->most, &number))
		return NULL;
	return arena_printf(arena, "%s is a whole number from %ld to %ld; found \"%s\"", option->name, option->least,
	    option->most,
	    str_visible(arena, value, 60));
}

/* How many words an option takes up; 0 and a sentence where it cannot stand there. */
static int
take_option(struct arena *arena, const struct command *command, char **argv, char **to, const char **wrong_r)
{
	const char *equals = strchr(argv[0], '=');
	char *name = equals == NULL ? argv[0] : arena_strndup(arena, argv[0], (size_t)(equals - argv[0]));
	const struct command_option *option = command_option(command, name);

	to[0] = name;
	if (option == NULL)
		*wrong_r = no_such_option(arena, command, name);
	else if (option->value == NULL) {
		if (equals == NULL)
			return 1;
		*wrong_r = arena_printf(arena, "%s takes no value", name);
	} else if (equals != NULL || (argv[1] != NULL && strncmp(argv[1], "--", 2) != 0)) {
		to[1] = equals != NULL ? arena_strdup(arena, equals + 1) : argv[1];
		*wrong_r = value_wrong(arena, option, to[1]);
		return *wrong_r != NULL ? 0 : equals != NULL ? 1 : 2;
	} else
		*wrong_r = arena_printf(arena, "%s wants %s behind it: %s", name, option->value, option->does);
	return 0;
}

const char *
command_words(struct arena *arena, const struct command *command, int argc, char **argv, int *argc_r, char ***argv_r)
{
	char **words = arena_alloc(arena, (2 * (size_t)argc + 1) * sizeof(*words));
	const char *wrong = NULL;
	int count = 0, took;

	words[count++] = argv[0];
	for (int i = 1; i < argc; i += took) {
		took = 1;
		if (argv[i][0] != '-' || argv[i][1] == '\0') {
			words[count++] = argv[i];
			continue;
		}
		if ((took = take_option(arena, command, argv + i, words + count, &wrong)) == 0)
			return wrong;
		count += option_among(command->options, words[count])->value == NULL ? 1 : 2;
	}
	words[count] = NULL;
	*argc_r = count;
	*argv_r = words;
	return NULL;
}

/* " [--reason TEXT] [--yes]": those that the form does not show already. */
static void
usage_options(const struct command *command, const char *form, struct buf *out)
{
	for (const struct command_option *option = command->options; option->name != NULL; option++)
		if (strstr(form, option->name) == NULL)
			buf_printf(out, " [%s%s%s]", option->name, option->value == NULL ? "" : " ",
			    option->value == NULL ? "" : option->value);
}

const char *
command_usage(struct arena *arena, const char *name)
{
	const struct command *command = command_find(name);
	struct buf out = BUF_INIT;
	const char *text;

	for (size_t i = 0; command != NULL && i < COMMAND_FORMS_MOST && command->forms[i] != NULL; i++) {
		buf_printf(&out, "%sadvicectl %s%s%s", i == 0 ? "usage: " : "\n   or: ", name,
		    command->forms[i][0] == '\0' ? "" : " ",
		    command->forms[i]);
		usage_options(command, command->forms[i], &out);
	}
	text = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return text;
}
