/*
 * adviced-parse: reads mails for the daemon and for advicectl, each in a
 * process that can do nothing else.  The only program that links the MIME and
 * document libraries' parsers.  It is started by the others and speaks over
 * descriptor 3 (and 4, when the parent gives it one); its arguments are
 * limits, and all have good values without being given.
 * Fails: exit 2 for wrong usage, 1 for anything else.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "role/parse.h"

static const struct option options[] = {
	{ "deadline-ms", required_argument, NULL, 'd' },
	{ "memory-mb", required_argument, NULL, 'm' },
	{ "documents-mb", required_argument, NULL, 'f' },
	{ "text-kb", required_argument, NULL, 't' },
	{ "parts", required_argument, NULL, 'p' },
	{ "depth", required_argument, NULL, 'n' },
	{ "children", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static void
usage(FILE *out)
{
	fprintf(out, "usage: adviced-parse [limits]\n"
	    "Started by adviced and advicectl, not by hand: it reads mails that they pass to it.\n"
	    "  --deadline-ms N   a mail may take this long (100 to 600000; 5000)\n"
	    "  --memory-mb N     memory for reading one mail (64 to 4096; 512)\n"
	    "  --documents-mb N  all attachments of a mail, decoded (1 to 2000; 150)\n"
	    "  --text-kb N       each of new, forwarded and quoted text (4 to 512; 256)\n"
	    "  --parts N         parts of a mail (10 to 100000; 1000)\n"
	    "  --depth N         levels of nesting (5 to 500; 100)\n"
	    "  --children N      mails at the same time (1 to 8; 2)\n");
}

/* One limit; false when the value cannot be. */
static bool
set_limit(struct parse_settings *settings, int option, const char *text)
{
	long value;

	switch (option) {
	case 'd':
		if (!str_number(text, 100, 600000, &value))
			return false;
		settings->deadline_ms = (int)value;
		settings->sandbox.cpu_seconds = (unsigned)(value / 1000 * 2 + 1);
		return true;
	case 'm':
		if (!str_number(text, 64, 4096, &value))
			return false;
		settings->sandbox.memory_bytes = (uint64_t)value << 20;
		return true;
	case 'f':
		if (!str_number(text, 1, 2000, &value))
			return false;
		settings->parse.document_bytes = (uint64_t)value << 20;
		settings->sandbox.file_bytes = (uint64_t)(value + 50) << 20;
		return true;
	case 't':
		if (!str_number(text, 4, 512, &value))
			return false;
		settings->parse.text_bytes = (size_t)value << 10;
		return true;
	case 'p':
		if (!str_number(text, 10, 100000, &value))
			return false;
		settings->parse.parts = (unsigned)value;
		return true;
	case 'n':
		if (!str_number(text, 5, 500, &value))
			return false;
		settings->parse.depth = (unsigned)value;
		return true;
	case 'c':
		if (!str_number(text, 1, 8, &value))
			return false;
		settings->children = (unsigned)value;
		return true;
	default:
		return false;
	}
}

static bool
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* After this the role can open nothing but /dev/null, which its children get for 0 to 2. */
static int
run(const struct parse_settings *settings, struct err *err)
{
	static const char *const writable[] = { "/dev/null", NULL };
	static const struct sandbox_paths paths = { NULL, writable };

	parse_start();
	if (sandbox_role("parse", &paths, err) == -1)
		return -1;
	return role_parse(3, is_socket(4) ? 4 : -1, settings, err);
}

int
main(int argc, char **argv)
{
	struct parse_settings settings = parse_settings_default;
	struct err err;
	int option, fd;

	log_init("parse", LOG_LEVEL_INFO);
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h') {
			usage(stdout);
			return 0;
		}
		if (option == '?' || !set_limit(&settings, option, optarg)) {
			if (option != '?')
				fprintf(stderr, "adviced-parse: \"%s\" is not a value for this limit\n", optarg);
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
	if (run(&settings, &err) == -1) {
		log_err("stopped reason=\"%s\"", err.text);
		return 1;
	}
	return 0;
}
