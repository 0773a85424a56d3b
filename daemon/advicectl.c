/*
 * advicectl: the command with which people look into the daemon and its rules.
 * Options are each subcommand's own (ctl/); this file only finds it.
 * Exit: 0 well, 1 found wrong, 2 misuse.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "ctl/ctl.h"

static const struct command {
	const char	*name;
	int		(*run)(int argc, char **argv);	/* NULL: works with what the configuration names */
	const char	*does;
} commands[] = {
	{ "check", ctl_check, "prove that rule packs are sound" },
	{ "test", ctl_test, "run the tests beside rule packs; --brief: without the lines that no test reached" },
	{ "describe", ctl_describe, "a pack in plain English, each line with the file and line that says so" },
	{ "draw", ctl_draw, "a pack as a flow chart with its chasers in time, SVG; --strand NAME, --out FILE" },
	{ "explain", ctl_explain, "what the daemon would make of one mail, and why" },
	{ "simulate", ctl_simulate, "run a pack over a folder of mails in virtual time" },
	{ "replay", NULL, "--rules PACK [--days N]: the store's own past under other rules; whose mails would differ, and how" },
	{ "status", NULL, "how the daemon, its mailboxes and queues stand" },
	{ "watch", NULL, "for a timer: look from outside, and tell by the second path what is wrong; --failed, --memory FILE" },
	{ "cases", NULL, "open cases with their stages; --all: closed ones too" },
	{ "case", NULL, "one case: stages, deadlines, questions, mails, and why" },
	{ "due", NULL, "deadlines that have passed or come within 14 days; --days N" },
	{ "queue", NULL, "mails that wait to be sent; retry, sent, hold, release, drop NUMBER; release all" },
	{ "triage", NULL, "what a person must decide" },
	{ "resolve", NULL, "decide it: NUMBER ANSWER [--reason TEXT] [--yes]" },
	{ "correct", NULL, "CASE [STRAND.]FACT=VALUE --reason TEXT: mend a fact; dates are worked out anew" },
	{ "detach", NULL, "MAIL --reason TEXT: take a mail out of its case, with what it alone caused" },
	{ "merge", NULL, "CASE OTHER --reason TEXT: two cases of one child; the other goes into the first" },
	{ "move", NULL, "CASE STRAND STAGE [--quiet] --reason TEXT: put a strand at another stage" },
	{ "close", NULL, "CASE --reason TEXT: end all of it; undo opens it again" },
	{ "undo", NULL, "NUMBER: take such a change back; \"advicectl case\" shows the numbers" },
	{ "pause", NULL, "[CASE] --until T [--mailbox NAME] --reason TEXT: nothing goes out; dates run on" },
	{ "resume", NULL, "[CASE] [--mailbox NAME]: end a pause" },
	{ "except", NULL, "CASE [STRAND.]DEADLINE NAME --until DAY | --days N --reason TEXT: an exception that the law gives" },
	{ "rules", NULL, "log [PACK]; diff A [B]: what differs, in words; back N: put an earlier version in force" },
	{ "reconcile", NULL, "[MAILBOX] [--take]: prove against the mail server that every mail is accounted for" },
	{ "adopt", NULL, "MAILBOX [--from DAY] [--leave]: what older mail would do, and take it up" },
	{ "readiness", NULL, "[MAILBOX] [--days N]: a mailbox in shadow: what would have gone beside what people sent, and a score" },
	{ "quarantine", NULL, "mails that could not be read; release NAME" },
	{ "import", NULL, "directory FILE or involvement FILE: show what a new list changes, and take it; --yes" },
	{ "verify", NULL, "prove that nobody changed the journal; --head HASH: and that this hash, noted once, is still in it" },
	{ "evidence", NULL, "CASE: all that happened in it, for a complaint, a tribunal, a subject access request; --out FILE" },
	{ "purge", NULL, "erase what has had its time; --preview; --case CASE --reason TEXT: one case, on request" },
	{ "legal-hold", NULL, "CASE on|off --reason TEXT: nothing of it is erased; \"all\": nothing at all" },
	{ "backup", NULL, "a copy of everything, while the daemon works; --to FOLDER" },
	{ "restore", NULL, "--from BACKUP: put it in the place of what is lost; then nothing is sent before \"restored\"" },
	{ "restored", NULL, "after a restore: everything has been looked through, sending may begin" },
	{ "clock", NULL, "until T: move the time of a daemon under a test clock" },
};
#define COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static int
help(FILE *out, int code)
{
	fputs("usage: advicectl [-c FILE] COMMAND [...]\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].does);
	fputs("\n-c FILE names the daemon's configuration; otherwise /etc/adviced/adviced.cfg, or\n"
	    "config/adviced.cfg in a source tree. --json prints one JSON object a line.\n", out);
	return code;
}

static int
unknown(const char *name)
{
	const char *names[COMMANDS + 1] = { NULL }, *nearest;

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	nearest = str_nearest(name, names);
	return ctl_fail(2, "there is no command \"%s\"%s%s%s; \"advicectl help\" lists them", name,
	    nearest == NULL ? "" : "; did you mean \"", nearest == NULL ? "" : nearest, nearest == NULL ? "" : "\"");
}

/* -c FILE, wherever it stands; false when the file is missing. */
static bool
take_config(int *argc, char **argv, const char **config_r)
{
	int kept = 1;

	for (int i = 1; i < *argc; i++) {
		if (strcmp(argv[i], "-c") != 0)
			argv[kept++] = argv[i];
		else if (i + 1 == *argc)
			return false;
		else
			*config_r = argv[++i];
	}
	argv[kept] = NULL;
	*argc = kept;
	return true;
}

int
main(int argc, char **argv)
{
	const char *config = NULL;

	signal(SIGPIPE, SIG_IGN);
	if (!take_config(&argc, argv, &config))
		return ctl_fail(2, "-c wants the name of the configuration file");
	if (argc < 2)
		return help(stderr, 2);
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help(stdout, 0);
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run != NULL ? commands[i].run(argc - 1, argv + 1) :
			    strcmp(argv[1], "replay") == 0 ? ctl_replay(config, argc - 1, argv + 1) :
			    strcmp(argv[1], "watch") == 0 ? ctl_watch(config, argc - 1, argv + 1) :
			    ctl_live(config, argc - 1, argv + 1);
	return unknown(argv[1]);
}
