/*
 * adviced-parse: reads mails for the daemon and for advicectl, each in a
 * process that can do nothing else.  The only program that links the MIME and
 * document libraries' parsers.  It is started by the others and speaks over
 * descriptor 3 (and 4, when the parent gives it one); its arguments are
 * limits, and all have good values without being given.
 * Fails: exit 2 for wrong usage, 1 for anything else.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "role/parse.h"

#define LIMIT_OPTION(member, name, unit, low, high, normal)	{ name, required_argument, NULL, 'l' },
static const struct option options[] = {
	LIMITS(LIMIT_OPTION)
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static void
usage(FILE *out)
{
	static const char *const units[] = { "", " seconds", " KB", " MB" };
	struct limits normal = limits_default;
	const struct limit_row *row;

	fprintf(out, "usage: adviced-parse [limits]\n"
	    "Started by adviced and advicectl, not by hand: it reads mails that they pass to it.\n"
	    "The limits are those of the configuration's group \"limits\", as plain numbers:\n");
	for (row = limit_rows; row->name != NULL; row++)
		fprintf(out, "  --%s N%*s %d to %d%s; %d\n", row->name, 20 - (int)strlen(row->name), "", row->low,
		    row->high, units[row->unit], *limit_value(&normal, row));
}

/* One limit; false when the value cannot be. */
static bool
set_limit(struct limits *limits, const char *name, const char *text)
{
	const struct limit_row *row = limit_find(name);
	long value;

	if (row == NULL || !str_number(text, row->low, row->high, &value))
		return false;
	*limit_value(limits, row) = (int)value;
	return true;
}

static bool
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* After this the role can open nothing but /dev/null, which its children get for 0 to 2. */
static int
serve(int parent, int second, const struct parse_settings *settings, struct err *err)
{
	static const char *const writable[] = { "/dev/null", NULL };
	static const struct sandbox_paths paths = { NULL, writable };

	return sandbox_role("parse", &paths, err) == -1 ? -1 : role_parse(3, parent, second, settings, err);
}

/* The second keeper: a process with all that the first one does without, asked by it and by nobody else. */
static _Noreturn void
second(int fd, const struct parse_settings *settings)
{
	struct err err;
	int result = -1;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	dup2(fd, 3);
	close_range(4, ~0u, 0);
	if (!parse_start_rest())
		err_set(&err, ERR_DAEMON, "the reader of PDFs (poppler) is not installed, or of another version");
	else
		result = serve(-1, -1, settings, &err);
	if (result == -1)
		log_err("stopped reason=\"%s\"", err.text);
	_exit(result == -1);
}

static int
start_second(const struct parse_settings *settings, pid_t *pid_r, int *fd_r, struct err *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1 || (*pid_r = fork()) == -1)
		return err_errno(err, ERR_DAEMON, "no second process");
	if (*pid_r == 0)
		second(pair[1], settings);
	close(pair[1]);
	*fd_r = pair[0];
	return 0;
}

/* A daemon's parser is two processes, so that the fork for each mail is a small one; another is soon done with. */
static int
run(const struct parse_settings *settings, struct err *err)
{
	int fd = -1, result;
	pid_t pid;

	if (!is_socket(4)) {
		parse_start();
		return serve(-1, -1, settings, err);
	}
	parse_start_common();
	if (start_second(settings, &pid, &fd, err) == -1)
		return -1;
	result = serve(4, fd, settings, err);
	kill(pid, SIGKILL);	/* all that was asked of it was ours to answer; its children go with it */
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	return result;
}

int
main(int argc, char **argv)
{
	struct limits limits = limits_default;
	struct parse_settings settings;
	struct err err;
	int option, fd, which = 0;

	log_init("parse", LOG_LEVEL_INFO);
	while ((option = getopt_long(argc, argv, "h", options, &which)) != -1) {
		if (option == 'h') {
			usage(stdout);
			return 0;
		}
		if (option == '?' || !set_limit(&limits, options[which].name, optarg)) {
			if (option != '?')
				fprintf(stderr, "adviced-parse: \"%s\" is not a value for --%s\n", optarg,
				    options[which].name);
			usage(stderr);
			return 2;
		}
	}
	if (optind != argc || !is_socket(3)) {
		usage(stderr);
		return 2;
	}
	/* Nothing that a mail is read from may come to lie among 0 to 2. */
	while ((fd = open("/dev/null", O_RDWR)) != -1 && fd < 3)
		;
	if (fd >= 3)
		close(fd);
	settings = parse_settings_from(&limits);
	if (run(&settings, &err) == -1) {
		log_err("stopped reason=\"%s\"", err.text);
		return 1;
	}
	return 0;
}
