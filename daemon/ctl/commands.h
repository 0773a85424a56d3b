/*
 * Every command of advicectl: its name, what may stand behind it, its options,
 * and what it does in words.  Help, the check of a command line, what is said
 * of misuse, and the shell's completion are all read off this one table; the
 * manual page is held against it by tests/man/run.
 */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"

#define COMMAND_OPTIONS_MOST	9
#define COMMAND_FORMS_MOST	6

/*
 * A word in capitals stands for something: PACK, CASE, MAILBOX, FILE, FOLDER and MAIL are what the completion knows how to
 * offer; a word in small letters stands for itself, a|b for one of several.
 */
struct command_option {
	const char	*name;		/* "--reason"; NULL: no more */
	const char	*value;		/* "TEXT"; NULL: it has none */
	const char	*does;
	long		 least, most;	/* the value is a whole number between these; both 0: it is none */
};

struct command {
	const char	*name;
	const char	*group;		/* a heading of the help; commands of one stand together */
	const char	*does;		/* in one line */
	const char	*forms[COMMAND_FORMS_MOST];	/* what may stand behind the name: "CASE on|off"; "" for nothing */
	const char	*about;		/* some sentences; NULL */
	const char	*example;	/* lines; NULL */
	struct command_option options[COMMAND_OPTIONS_MOST + 1];
};

extern const struct command commands[];		/* until the name is NULL: commands_table.c */
extern const struct command_option command_global[];	/* those of every command, until the name is NULL */

const struct command *command_find(const char *name);	/* NULL: there is none */
const char *command_nearest(const char *name);		/* for a "did you mean"; NULL */
const struct command_option *command_option(const struct command *command, const char *name);	/* NULL: it has none */

/*
 * argv[0] is the command's name.  "--reason=TEXT" becomes two words, in *argv_r (NULL behind the last); NULL, or a sentence
 * about the word that cannot stand there.
 */
const char *command_words(struct arena *arena, const struct command *command, int argc, char **argv, int *argc_r, char ***argv_r);

/* "usage: advicectl rules log [PACK] [--json]", a line for each form. */
const char *command_usage(struct arena *arena, const char *name);

/* help.c: "advicectl help", "advicectl help COMMAND", and a line for each word that may be typed, for the shell. */
void	help_all(struct buf *out);
void	help_command(const struct command *command, struct buf *out);
void	help_words(struct buf *out);

#endif
