/*
 * adviced: the daemon.  Reads its options and its configuration, then becomes
 * the parent, or, started by the parent with --role, one of the roles.
 * Invariant: nothing is started before configuration, passwords and rule packs
 * have been found sound, and everything that is not has been named.
 * Exit: 0 well, 1 found wrong, 2 misuse.
 */
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ctl/agree.h"
#include "ctl/ctl.h"
#include "role/apart.h"
#include "role/board.h"
#include "role/core_loop.h"
#include "role/fetch.h"
#include "role/kept.h"
#include "role/launch.h"
#include "role/parent.h"
#include "role/send.h"
#include "role/trial.h"
#include "signin/signin.h"

#define SPEED_MOST	10000000

struct options {
	const char	*config;
	const char	*role;		/* NULL: the parent */
	bool		 check_only, test_clock;
	instant		 from;
	int		 speed;
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "check", no_argument, NULL, 'n' },
	{ "test-clock", no_argument, NULL, 't' },
	{ "from", required_argument, NULL, 'f' },
	{ "speed", required_argument, NULL, 's' },
	{ "role", required_argument, NULL, 'r' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

static int
usage(FILE *out, int code)
{
	fprintf(out, "usage: adviced [-c FILE] [-n] [--test-clock] [--from T] [--speed N] [--version]\n\n"
	    "  -c FILE       the configuration (otherwise /etc/adviced/adviced.cfg, or\n"
	    "                config/adviced.cfg in a source tree)\n"
	    "  -n            check the configuration and the rule packs, say what is wrong, and end\n"
	    "  --test-clock  for trying things out: time stands still until \"advicectl clock until T\"\n"
	    "  --from T      the same, and an empty store begins at this time (2026-09-07T09:00)\n"
	    "  --speed N     with a test clock: N seconds go by in each real second\n");
	return code;
}

static int
misuse(const char *what, const char *found)
{
	fprintf(stderr, "adviced: %s; found \"%s\"\n", what, found);
	return 2;
}

static int
read_options(int argc, char **argv, struct options *options)
{
	long speed;
	int c;

	while ((c = getopt_long(argc, argv, "c:nh", long_options, NULL)) != -1)
		switch (c) {
		case 'c':
			options->config = optarg;
			break;
		case 'n':
			options->check_only = true;
			break;
		case 't':
			options->test_clock = true;
			break;
		case 'f':
			if (!instant_parse_iso(optarg, &options->from))
				return misuse("--from wants a time such as 2026-09-07T09:00", optarg);
			options->test_clock = true;
			break;
		case 's':
			if (!str_number(optarg, 1, SPEED_MOST, &speed))
				return misuse("--speed wants the number of seconds that go by in a real one, 1 to 10000000", optarg);
			options->speed = (int)speed;
			break;
		case 'r':
			options->role = optarg;
			break;
		case 'h':
			exit(usage(stdout, 0));
		case 'V':
			printf("adviced %s\n", place_version());
			exit(0);
		default:
			return usage(stderr, 2);
		}
	if (optind != argc)
		return misuse("adviced takes options only", argv[optind]);
	if (options->speed != 0 && !options->test_clock)
		return misuse("--speed is for a test clock: give --from or --test-clock too", argv[argc - 1]);
	return 0;
}

/* ---- Checking */

/* watched: the mailboxes that packs watch so far; NULL when the configuration's own cannot be relied on. */
static void
check_pack(struct arena *arena, const struct config *config, const char *name, struct strs *watched,
    struct problems *problems)
{
	struct pack *pack = NULL;

	pack_read(arena, config->rules, config->calendars, name, &pack, problems);
	if (pack == NULL)
		return;
	pack_check(pack, NULL, problems);
	if (watched != NULL)
		agree_pack(config, pack, watched, problems);
}

/* True: the configuration is sound; the packs too only if *packs_r says so. */
static bool
check_text(struct arena *arena, const char *path, const char *text, struct config **config_r, bool *packs_r)
{
	struct problems problems = { .arena = arena };
	struct strs watched = { NULL, 0 };
	struct buf out = BUF_INIT;
	bool sound = config_parse(arena, path, text, config_r, &problems) == 0;
	size_t before = problems_errors(&problems);

	/* The packs too, whatever is wrong with the configuration: everything is named at once. */
	place_defaults(arena, *config_r);
	for (size_t i = 0; i < (*config_r)->packs.n; i++)
		check_pack(arena, *config_r, (*config_r)->packs.v[i], sound ? &watched : NULL, &problems);
	*packs_r = problems_errors(&problems) == before;
	if (problems_errors(&problems) == 0) {
		agree_mailboxes(*config_r, &watched, &problems);
		sound = problems_errors(&problems) == 0;
	}
	problems_print(&problems, &out);
	fputs(buf_text(&out), stderr);
	buf_free(&out);
	return sound;
}

/* Broken packs are no reason not to start where each has a version that passed before. */
static bool
may_start(const struct config *config, bool packs_sound)
{
	struct arena *arena = arena_new();
	bool may = true;

	for (size_t i = 0; !packs_sound && may && i < config->packs.n; i++) {
		struct kept kept;
		struct err err;

		may = kept_read(arena, config->spool, config->packs.v[i], &kept, &err) == 0 && kept.hash != NULL;
	}
	if (may && !packs_sound)
		fputs("adviced: the rule packs named above are not taken; their last good versions are used\n", stderr);
	arena_free(&arena);
	return may;
}

static bool
check_secret(const struct server *server)
{
	char *secret = NULL;
	struct err err;
	bool well;

	if (config_secret(server, &secret, &err) == -1) {
		fprintf(stderr, "adviced: %s\n", err.text);
		return false;
	}
	well = server->sign_in == NULL || signin_check(server->sign_in, secret, &err) == 0;
	if (!well)
		fprintf(stderr, "adviced: the sign-in \"%s\": %s\n", server->sign_in->name, err.text);
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
	return well;
}

static bool
look_at_secrets(const void *arg)
{
	const struct config *config = arg;
	bool well = check_secret(&config->smtp);

	for (size_t i = 0; i < config->mailbox_count; i++)
		if (config->mailboxes[i].maildir == NULL)
			well &= check_secret(&config->mailboxes[i].imap);
	return well;
}

static bool
check_secrets(const struct config *config)
{
	return apart_well(look_at_secrets, config);
}

/* As the parent calls it before it reloads: rules, mailboxes and passwords. */
static bool
check_all(struct arena *arena, const char *path, const char *text, struct config **config_r, bool *packs_sound_r)
{
	return check_text(arena, path, text, config_r, packs_sound_r) && check_secrets(*config_r);
}

/* ---- The parent */

static int
run_parent(const struct options *options, struct arena *arena, const char *path)
{
	struct parent_start start = {
		.config_path = path, .test_clock = options->test_clock, .from = options->from,
		.speed = options->speed, .check = check_all,
	};
	struct config *config = NULL;
	struct buf text = BUF_INIT;
	char whole[PATH_MAX];
	bool packs_sound = false;
	struct err err;
	int code = 1;

	if (config_text(path, &text, &err) == -1)
		fprintf(stderr, "adviced: the configuration cannot be read: %s\n  hint: name it with  -c FILE\n", err.text);
	else if (!check_text(arena, path, buf_text(&text), &config, &packs_sound) ||
	    (!packs_sound && (options->check_only || !may_start(config, packs_sound))))
		fprintf(stderr, "adviced: %s\n", options->check_only ? "something must be mended; see above" :
		    "not started; mend what is named above");
	else if (options->check_only) {
		printf("%s: well, %zu mailbox%s, %zu pack%s\n", path, config_mailboxes(config),
		    config_mailboxes(config) == 1 ? "" : "es", config->packs.n, config->packs.n == 1 ? "" : "s");
		/* No error: whoever checks need not be the user that the daemon runs as. */
		if (!check_secrets(config))
			fputs("adviced: it would not start as this user before the passwords are in order\n", stderr);
		code = 0;
	} else if (check_secrets(config)) {
		if (realpath(path, whole) != NULL)
			start.config_path = whole;
		start.config_text = buf_text(&text);
		log_init("parent", log_level_of(config->log_level));
		code = role_parent(&start);
	}
	buf_free(&text);
	return code;
}

/* ---- The roles */

/* What name look-up and the system's certificates need. */
static const char *const network_paths[] = {
	"/etc/ssl", "/etc/ca-certificates", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
	"/etc/gnutls", "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
	"/etc/services", "/usr/lib", "/lib", "/etc/ld.so.cache", "/dev/urandom", "/run/systemd/resolve"
};
#define NETWORK_PATHS	(sizeof(network_paths) / sizeof(network_paths[0]))

static int
run_fetch(struct arena *arena, const struct config *config, const char *name)
{
	const char *read[NETWORK_PATHS + 3] = { NULL }, *write[4] = { NULL };
	size_t read_count = NETWORK_PATHS;
	struct fetch_role_start start = { .mailbox = config_mailbox(config, name), .parent_fd = ROLE_FD_PARENT,
	    .core_fd = ROLE_FD_CORE, .max_mail_bytes = (uint64_t)config->max_mail_mb << 20,
	    .read_paths = read, .write_paths = write };
	struct err err;

	if (start.mailbox == NULL)
		return EXIT_CONFIG;
	if (start.mailbox->maildir == NULL)
		memcpy(read, network_paths, sizeof(network_paths));
	else
		read_count = 0;
	if (start.mailbox->imap.ca_file != NULL)
		read[read_count++] = start.mailbox->imap.ca_file;
	if (start.mailbox->imap.sign_in != NULL)
		read[read_count] = start.mailbox->imap.sign_in->ca_file;
	write[0] = arena_printf(arena, "%s/tmp", config->spool);
	write[1] = arena_printf(arena, "%s/new", config->spool);
	write[2] = start.mailbox->maildir;
	if (file_make_dir(write[0], 0700, &err) == -1 || file_make_dir(write[1], 0700, &err) == -1 ||
	    file_open_dir(write[0], &start.tmp_fd, &err) == -1 || file_open_dir(write[1], &start.new_fd, &err) == -1) {
		log_err("cannot begin reason=\"%s\"", err.text);
		return 1;
	}
	/* Where no secret was given, another file may stand under its number by now. */
	start.password = start.mailbox->maildir == NULL ? launch_read(ROLE_FD_SECRET) : "";
	return role_fetch(&start);
}

static int
run_send(const struct config *config)
{
	struct send_start start = { .server = &config->smtp, .graph = config->graph, .parent_fd = ROLE_FD_PARENT, .core_fd = ROLE_FD_CORE };

	start.password = launch_read(ROLE_FD_SECRET);
	return role_send(&start);
}

static int
run_core(const struct options *options, const struct config *config)
{
	struct core_loop_start start = {
		.config = config, .test_clock = options->test_clock, .from = options->from,
		.speed = options->speed, .parent_fd = ROLE_FD_PARENT,
	};

	return role_core(&start);
}

static int
run_role(const struct options *options, struct arena *arena, const char *path)
{
	struct problems problems = { .arena = arena };
	struct config *config = NULL;
	char *text = launch_read(ROLE_FD_CONFIG);
	const char *role = options->role;
	int code;

	if (text == NULL) {
		fprintf(stderr, "adviced: --role is for adviced itself; start it without\n");
		return 2;
	}
	if (config_parse(arena, path, text, &config, &problems) == -1)
		return EXIT_CONFIG;
	place_defaults(arena, config);
	log_init(role, log_level_of(config->log_level));
	/* For ps: started by way of a link, it would be named after that.  Only the parent is plain "adviced". */
	(void)prctl(PR_SET_NAME, arena_printf(arena, "adviced-%.*s", (int)strcspn(role, ":"), role));
	if (strcmp(role, "core") == 0)
		code = run_core(options, config);
	else if (strcmp(role, "trial") == 0)
		code = role_trial(config);
	else if (strcmp(role, "board") == 0)
		code = role_board(config);
	else if (strcmp(role, "send") == 0)
		code = run_send(config);
	else if (str_starts(role, "fetch:"))
		code = run_fetch(arena, config, role + strlen("fetch:"));
	else
		code = misuse("there is no such role", role);
	free(text);
	return code;
}

int
main(int argc, char **argv)
{
	struct options options = { .from = INSTANT_NONE };
	struct arena *arena;
	const char *path;
	int code = read_options(argc, argv, &options);

	if (code != 0)
		return code;
	arena = arena_new();
	path = options.config != NULL ? options.config : place_config(arena);
	code = options.role != NULL ? run_role(&options, arena, path) : run_parent(&options, arena, path);
	arena_free(&arena);
	return code;
}
