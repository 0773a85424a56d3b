/*
 * Help, out of the table of commands.
 * Run by advicectl.  Fails: never.
 */
#include <string.h>

#include "base/str.h"
#include "ctl/commands.h"

#define COLUMNS	80

/* A paragraph, broken at spaces; the first line begins where the text before it ended. */
static void
paragraph(struct buf *out, const char *text, size_t indent, size_t at)
{
	while (*text != '\0') {
		size_t len = strcspn(text, " \n");

		if (at > indent && at + 1 + len > COLUMNS) {
			buf_printf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			buf_add_char(out, ' ');
			at++;
		}
		buf_add(out, text, len);
		at += len;
		text += len;
		text += strspn(text, " \n");
	}
	buf_add_char(out, '\n');
}

static void
help_options(struct buf *out, const struct command_option *options)
{
	for (; options->name != NULL; options++) {
		size_t before = out->len, width;

		buf_printf(out, "  %s%s%s", options->name, options->value == NULL ? "" : " ",
		    options->value == NULL ? "" : options->value);
		width = out->len - before;
		buf_printf(out, "%*s", width < 21 ? (int)(22 - width) : 1, "");
		paragraph(out, options->does, 22, width < 21 ? 22 : width + 1);
	}
}

void
help_all(struct buf *out)
{
	const char *group = "";

	buf_add_str(out, "usage: advicectl [-c FILE] COMMAND [...]\n");
	for (const struct command *command = commands; command->name != NULL; command++) {
		if (strcmp(group, command->group) != 0)
			buf_printf(out, "\n%s\n", command->group);
		group = command->group;
		buf_printf(out, "  %-12s", command->name);
		paragraph(out, command->does, 14, 14);
	}
	buf_add_str(out, "\nOptions of every command\n");
	help_options(out, command_global);
	buf_add_str(out, "\n\"advicectl help COMMAND\" says more of one; \"man advicectl\" says everything.\n"
	    "Exit code: 0 well, 1 found wrong, 2 misuse.\n");
}

void
help_command(const struct command *command, struct buf *out)
{
	struct arena *arena = arena_new();

	for (size_t i = 0; i < COMMAND_FORMS_MOST && command->forms[i] != NULL; i++)
		buf_printf(out, "%sadvicectl %s%s%s\n", i == 0 ? "usage: " : "       ", command->name,
		    command->forms[i][0] == '\0' ? "" : " ", command->forms[i]);
	buf_add_char(out, '\n');
	paragraph(out, arena_printf(arena, "%c%s.", command->does[0] & ~0x20, command->does + 1), 0, 0);
	if (command->about != NULL) {
		buf_add_char(out, '\n');
		paragraph(out, command->about, 0, 0);
	}
	if (command->options[0].name != NULL)
		buf_add_str(out, "\nOptions\n");
	help_options(out, command->options);
	if (command->example != NULL)
		buf_printf(out, "\nFor example\n");
	for (const char *line = command->example; line != NULL && *line != '\0'; line += strcspn(line, "\n"),
	    line += *line == '\n')
		buf_printf(out, "  %.*s\n", (int)strcspn(line, "\n"), line);
	arena_free(&arena);
}

void
help_words(struct buf *out)
{
	for (const struct command_option *option = command_global; option->name != NULL; option++)
		buf_printf(out, "* option %s %s\n", option->name, option->value == NULL ? "" : option->value);
	for (const struct command *command = commands; command->name != NULL; command++) {
		for (size_t i = 0; i < COMMAND_FORMS_MOST && command->forms[i] != NULL; i++)
			buf_printf(out, "%s form %s\n", command->name, command->forms[i]);
		for (const struct command_option *option = command->options; option->name != NULL; option++)
			buf_printf(out, "%s option %s %s\n", command->name, option->name, option->value == NULL ?
			    "" : option->value);
	}
}
