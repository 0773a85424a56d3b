/*
 * The crash sweep: a short life of the daemon, stopped at each durable step
 * in turn, and begun again on what is there; then each step failing instead.
 * The end must be the same as without, and a further start must change
 * nothing.
 *	sweep [--every N] [--failing N] [--writes N] [--from N] [--to N] [--workers N] [--count] [--trace] [--life NAME]
 *	    [--server NAME] DIR
 * The driver holds the model mail servers; the daemon is a child that a step's
 * hook ends.  Last line: "N passed, N failed".
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "base/file.h"
#include "base/log.h"
#include "base/step.h"
#include "house.h"
#include "mail/parse.h"
#include "packs.h"

#define STEPS_MAX	40000
#define STEPS_LEAST	100
#define STARTS_MAX	60
#define WORKERS_MAX	16
#define SHOWN_MAX	3000

/* Seen by the daemon's process, the driver and its workers alike. */
struct watch {
	unsigned	 count;			/* steps so far in this life */
	unsigned	 at;			/* the step that counts; 0: none */
	int		 failing;		/* it fails with this errno; 0: the process ends there */
	unsigned	 lasts;			/* and so many with it */
	unsigned	 ends_after;		/* having failed, the process ends so many steps later; 0: it goes on */
	bool		 trace;			/* say each step as a system call that a tracer sees */
	char		 names[STEPS_MAX][24];	/* of this life */
};

struct server_kind {
	const char	*name;
	bool		 can_move, can_uidplus;
};

static const struct server_kind kinds[] = {
	{ "move", true, true },			/* MOVE and UIDPLUS: Exchange Online, Dovecot */
	{ "uidplus", false, true },		/* COPY and UID EXPUNGE */
	{ "plain", false, false },		/* neither: a keyword */
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct way {
	const char	*name;
	int		 failing;
	unsigned	 lasts, ends_after, times;	/* times: so much rarer than a kill */
};

static const struct way ways[] = {
	{ "killed", 0, 0, 0, 1 },
	{ "no space", ENOSPC, 1, 0, 2 },
	{ "no space for forty steps", ENOSPC, 40, 0, 4 },
	{ "half of it, killed one step later", ENOSPC, 1, 1, 4 },
	{ "I/O error", EIO, 1, 0, 2 },
	{ "I/O error, killed one step later", EIO, 1, 1, 4 },
	{ "I/O error, killed three steps later", EIO, 1, 3, 4 },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))
static const struct way undisturbed = { "undisturbed", 0, 0, 0, 1 };

struct sweep {
	const char	*dir;
	const struct life *life;
	unsigned	 every, failing, writes;	/* of how many steps one is taken: killed, failing, within a run of writes */
	unsigned	 from, to;			/* of these steps alone */
	int		 workers;
	bool		 count_only, trace, show;
	const char	*server;
};

struct theatre {				/* one worker's place to play in */
	const struct life *life;
	char		 dir[200], store[240], spool[240], backups[240], lists[240], board[240], log[240];
	struct model	*model;
	struct watch	*watch;
	bool		 delivered[40];
	bool		 anew;		/* the folder was made anew */
	int		 rules;		/* which lie there */
	bool		 restoring, restored;	/* somebody is at it; it is done */
};

static void
die(const char *what)
{
	fprintf(stderr, "sweep: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* ---- The hook */

static int
on_step(void *ctx, const char *name)
{
	struct watch *watch = ctx;
	char said[40];
	int len;

	watch->count++;
	if (watch->count < STEPS_MAX)
		snprintf(watch->names[watch->count], sizeof(watch->names[0]), "%s", name);
	if (watch->trace) {
		len = snprintf(said, sizeof(said), "step:%s", name);
		if (write(-1, said, (size_t)len) != -1)		/* fails, and is seen */
			abort();
	}
	if (watch->failing != 0 && watch->count >= watch->at && watch->count < watch->at + watch->lasts)
		return watch->failing;
	if ((watch->failing == 0 && watch->count == watch->at) ||
	    (watch->ends_after > 0 && watch->count == watch->at + watch->ends_after))
		_exit(HOUSE_KILLED);
	return 0;
}

static const char *
last_step(void *ctx)
{
	const struct watch *watch = ctx;

	return watch->count == 0 || watch->count >= STEPS_MAX ? "" : watch->names[watch->count];
}

/* ---- One stage */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
stage_clear(struct theatre *stage)
{
	nftw(stage->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (mkdir(stage->dir, 0700) == -1)
		die(stage->dir);
	model_reset(stage->model);
	memset(stage->delivered, 0, sizeof(stage->delivered));
	stage->anew = stage->restoring = stage->restored = false;
	stage->rules = 1;
}

static void
stage_open(struct theatre *stage, const struct sweep *sweep, int number, const struct server_kind *kind)
{
	const char *dir = sweep->dir;

	memset(stage, 0, sizeof(*stage));
	stage->life = sweep->life;
	snprintf(stage->dir, sizeof(stage->dir), "%.150s/%d", dir, number);
	snprintf(stage->store, sizeof(stage->store), "%s/store.db", stage->dir);
	snprintf(stage->spool, sizeof(stage->spool), "%s/spool", stage->dir);
	snprintf(stage->backups, sizeof(stage->backups), "%s/backups", stage->dir);
	snprintf(stage->lists, sizeof(stage->lists), "%s/lists", stage->dir);
	snprintf(stage->board, sizeof(stage->board), "%s/board/board.html", stage->dir);
	snprintf(stage->log, sizeof(stage->log), "%.150s/%d.log", dir, number);
	stage->watch = mmap(NULL, sizeof(*stage->watch), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stage->watch == MAP_FAILED)
		die("memory");
	stage->model = model_new(kind->can_move, kind->can_uidplus);
	model_listen(stage->model);
	stage->model->watched = HOUSE_ADDRESS;
	stage->model->last_step = last_step;
	stage->model->ctx = stage->watch;
}

/* ---- One start of the daemon */

static void
be_the_daemon(const struct theatre *stage, int world)
{
	struct house_start start = { stage->life, stage->store, stage->spool, stage->backups, stage->lists, stage->board,
	    stage->model->imap_port, stage->model->smtp_port, world };
	int log = open(stage->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);

	dup2(log, 2);
	close(log);
	log_init("house", LOG_LEVEL_INFO);
	step_set(on_step, stage->watch);
	_exit(house_run(&start));
}

/* Rules that took the place of others stay there. */
static bool
put_rules(struct theatre *stage, int number)
{
	if (number < stage->rules)
		return false;
	stage->rules = number;
	return true;
}

static bool
deliver(struct theatre *stage, size_t scene)
{
	if (!stage->delivered[scene])
		stage->delivered[scene] = life_deliver(stage->life, stage->model, stage->lists, scene) == 0;
	return stage->delivered[scene];
}

static void
make_anew(struct theatre *stage)
{
	if (!stage->anew) {
		life_anew(stage->model);
		model_hang_up(stage->model);
	}
	stage->anew = true;
}

/* The daemon's house asks the world outside, or tells it something; false when the house is gone. */
static bool
answer(struct theatre *stage, int fd)
{
	char question[500];
	ssize_t n = read(fd, question, sizeof(question) - 1);
	size_t scene;
	int number;
	bool yes = true;

	if (n <= 0)
		return false;
	question[n] = '\0';
	if (sscanf(question, "deliver %zu", &scene) == 1)
		yes = deliver(stage, scene);
	else if (strcmp(question, "anew") == 0)
		make_anew(stage);
	else if (sscanf(question, "rules %d", &number) == 1)
		yes = put_rules(stage, number);
	else if (sscanf(question, "lies %d", &number) == 1)
		yes = number == stage->rules;
	else if (strcmp(question, "restoring") == 0)
		stage->restoring = true;
	else if (strcmp(question, "restored") == 0)
		stage->restored = true;
	else if (strcmp(question, "restoring?") == 0)
		yes = stage->restoring && !stage->restored;
	else if (strcmp(question, "restored?") == 0)
		yes = stage->restored;
	else
		yes = model_has_accepted(stage->model, question + strlen("accepted "));
	return write(fd, yes ? "y" : "n", 1) == 1;
}

static enum house_end
start_once(struct theatre *stage)
{
	int world[2], status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, world) == -1)
		die("socketpair");
	pid = fork();
	if (pid == -1)
		die("fork");
	if (pid == 0) {
		close(world[0]);
		be_the_daemon(stage, world[1]);
	}
	close(world[1]);
	do
		model_serve(stage->model, world[0]);
	while (answer(stage, world[0]));
	close(world[0]);
	model_hang_up(stage->model);
	if (waitpid(pid, &status, 0) == -1)
		die("waitpid");
	return WIFEXITED(status) ? (enum house_end)WEXITSTATUS(status) : HOUSE_WRONG;
}

/* A life with one step that ends or fails, and as many starts as it takes. */
static int
live(struct theatre *stage, unsigned at, const struct way *way, struct buf *why)
{
	stage_clear(stage);
	life_begin(stage->life, stage->model);
	stage->watch->count = 0;
	stage->watch->at = at;
	stage->watch->failing = at == 0 ? 0 : way->failing;
	stage->watch->lasts = way->lasts;
	stage->watch->ends_after = way->ends_after;
	for (int starts = 1;; starts++) {
		enum house_end end = start_once(stage);
		const char *wrong = account_board(stage->board);

		if (wrong != NULL)
			buf_printf(why, "\tstart %d left a board that %s\n", starts, wrong);
		if (end == HOUSE_WELL)
			return 0;
		if ((end != HOUSE_KILLED && end != HOUSE_AGAIN) || starts == STARTS_MAX) {
			buf_printf(why, "\tstart %d ended with %d; see %s\n", starts, end, stage->log);
			return -1;
		}
	}
}

/* ---- One point of the sweep */

static void
take_account(struct theatre *stage, bool exactly, struct buf *out, struct buf *why)
{
	struct account_places places = { stage->store, stage->spool, stage->backups, stage->lists, stage->board,
	    stage->life->erased };
	struct err err = { ERR_NONE, "" };
	int rc = exactly ? account_take_exactly(&places, stage->model, out, &err) :
	    account_take(&places, stage->model, out, &err);

	if (rc == -1)
		buf_printf(why, "\t%s\n", err.text);
}

/* Started once more, it must find nothing to do. */
static void
once_more(struct theatre *stage, struct buf *why)
{
	struct buf before = BUF_INIT, after = BUF_INIT, change = BUF_INIT;
	enum house_end end;

	take_account(stage, true, &before, why);
	stage->watch->at = 0;
	end = start_once(stage);
	if (end != HOUSE_WELL)
		buf_printf(why, "\ta further start ended with %d; see %s\n", end, stage->log);
	take_account(stage, true, &after, why);
	account_compare(buf_text(&before), buf_text(&after), &change);
	if (change.len > 0)
		buf_printf(why, "\ta further start changed:\n%s", buf_text(&change));
	buf_free(&before);
	buf_free(&after);
	buf_free(&change);
}

static void
play_point(struct theatre *stage, unsigned at, const struct way *way, const char *wanted, struct buf *why)
{
	struct buf found = BUF_INIT;

	if (live(stage, at, way, why) == 0) {
		take_account(stage, false, &found, why);
		if (wanted != NULL)
			account_compare(wanted, buf_text(&found), why);
		once_more(stage, why);
	}
	if (stage->model->faults.len > 0)
		buf_printf(why, "\t%s", buf_text(&stage->model->faults));
	buf_free(&found);
}

/* ---- The sweep */

static void
print_steps(const struct watch *watch)
{
	unsigned counted[100] = { 0 }, n = 0, i, k;
	const char *names[100];

	for (i = 1; i <= watch->count && i < STEPS_MAX; i++) {
		for (k = 0; k < n && strcmp(names[k], watch->names[i]) != 0; k++)
			;
		if (k == n && n < 100)
			names[n++] = watch->names[i];
		if (k < 100)
			counted[k]++;
	}
	printf("  %u steps:", watch->count);
	for (k = 0; k < n; k++)
		printf(" %s %u", names[k], counted[k]);
	printf("\n");
}

struct totals { unsigned passed, failed; };

static void
report(const struct sweep *sweep, const struct server_kind *kind, const struct way *way, unsigned at, const char *step_name,
    struct buf *why, struct totals *totals)
{
	if (why->len == 0) {
		totals->passed++;
		return;
	}
	totals->failed++;
	printf("FAILED life=%s server=%s step=%u (%s) %s:\n%.*s\n", sweep->life->name, kind->name, at, step_name, way->name,
	    SHOWN_MAX, buf_text(why));
	fflush(stdout);
}

/* Writes to the store, and files that are copied one after the other. */
static int
sort_of(const char *name)
{
	static const char *const copying[] = { "file.create", "file.write", "file.fsync", "file.close" };

	if (strcmp(name, "store.write") == 0)
		return 1;
	for (size_t i = 0; i < sizeof(copying) / sizeof(copying[0]); i++)
		if (strcmp(name, copying[i]) == 0)
			return 2;
	return 0;
}

/* Within a run of one sort: what is lost there is the same as at its neighbours. */
static bool
is_inner(char (*names)[24], unsigned at)
{
	const int sort = sort_of(names[at]);
	const unsigned most = sort == 1 ? 1 : 6;

	for (unsigned by = 1; sort != 0 && by <= most; by++)
		if (at <= by || sort_of(names[at - by]) != sort || sort_of(names[at + by]) != sort)
			return false;
	return sort != 0;
}

/*
 * The failing ones begin elsewhere, so that they meet other steps.  A commit that fails and may be there all the same after a
 * kill is met more often.
 */
static bool
is_taken(const struct sweep *sweep, char (*names)[24], size_t w, unsigned at)
{
	const bool doubt = ways[w].ends_after > 0 && strcmp(names[at], "store.sync") == 0;

	if (w > 0)
		return (at + (unsigned)w) % (sweep->failing == 1 ? 1 : doubt ? (sweep->failing + 1) / 2 :
		    sweep->failing * ways[w].times) == 0;
	return at % (is_inner(names, at) ? sweep->every * sweep->writes : sweep->every) == 0;
}

/* Every worker takes its share of the points. */
static void
work(const struct sweep *sweep, const struct server_kind *kind, int number, unsigned steps, const char *wanted,
    char (*names)[24], struct totals *totals)
{
	struct theatre stage;
	unsigned point = 0;

	stage_open(&stage, sweep, number + 1, kind);
	for (size_t w = 0; w < WAYS; w++)
		for (unsigned at = 1; at <= steps; at++) {
			struct buf why = BUF_INIT;

			if (at < sweep->from || at > sweep->to || !is_taken(sweep, names, w, at))
				continue;
			if (point++ % (unsigned)sweep->workers != (unsigned)number)
				continue;
			play_point(&stage, at, &ways[w], wanted, &why);
			report(sweep, kind, &ways[w], at, names[at], &why, totals);
			buf_free(&why);
		}
	model_free(&stage.model);
}

static struct totals
workers_run(const struct sweep *sweep, const struct server_kind *kind, unsigned steps, const char *wanted,
    char (*names)[24])
{
	struct totals all = { 0, 0 }, one;
	int pipes[2], status;

	if (pipe2(pipes, O_CLOEXEC) == -1)
		die("pipe");
	for (int i = 0; i < sweep->workers; i++) {
		pid_t pid = fork();

		if (pid == -1)
			die("fork");
		if (pid == 0) {
			one = (struct totals){ 0, 0 };
			work(sweep, kind, i, steps, wanted, names, &one);
			fflush(stdout);
			_exit(write(pipes[1], &one, sizeof(one)) == (ssize_t)sizeof(one) ? 0 : 1);
		}
	}
	close(pipes[1]);
	for (int i = 0; i < sweep->workers; i++)
		if (wait(&status) == -1 || status != 0)
			all.failed++;
	while (read(pipes[0], &one, sizeof(one)) == (ssize_t)sizeof(one)) {
		all.passed += one.passed;
		all.failed += one.failed;
	}
	close(pipes[0]);
	return all;
}

/* One server: the life without a mishap, which says how many steps there are, and then with each. */
static struct totals
sweep_server(const struct sweep *sweep, const struct server_kind *kind)
{
	static char names[STEPS_MAX][24];
	struct buf wanted = BUF_INIT, why = BUF_INIT;
	struct totals totals = { 0, 0 }, more;
	struct theatre stage;
	unsigned steps;

	stage_open(&stage, sweep, 0, kind);
	stage.watch->trace = sweep->trace;
	printf("life %s, server %s\n", sweep->life->name, kind->name);
	if (live(&stage, 0, &undisturbed, &why) == 0)
		take_account(&stage, false, &wanted, &why);
	steps = stage.watch->count;
	memcpy(names, stage.watch->names, sizeof(names));
	print_steps(stage.watch);
	if (sweep->show)
		printf("%s\n%s", buf_text(&wanted), buf_text(&stage.model->log));
	if (why.len == 0 && !sweep->trace)
		once_more(&stage, &why);
	if (steps < STEPS_LEAST || steps >= STEPS_MAX)
		buf_printf(&why, "\t%u steps: that cannot be the whole life\n", steps);
	if (stage.model->faults.len > 0)
		buf_printf(&why, "\t%s", buf_text(&stage.model->faults));
	report(sweep, kind, &undisturbed, 0, "none", &why, &totals);
	fflush(stdout);
	if (why.len == 0 && !sweep->count_only && !sweep->trace) {
		more = workers_run(sweep, kind, steps, buf_text(&wanted), names);
		totals.passed += more.passed;
		totals.failed += more.failed;
	}
	model_free(&stage.model);
	buf_free(&wanted);
	buf_free(&why);
	return totals;
}

static const struct life *
life_named(const char *name)
{
	for (size_t i = 0; i < lives_count; i++)
		if (strcmp(lives[i].name, name) == 0)
			return &lives[i];
	return NULL;
}

static int
take_options(int argc, char **argv, struct sweep *sweep)
{
	static const struct option options[] = {
		{ "every", required_argument, NULL, 'e' }, { "failing", required_argument, NULL, 'f' },
		{ "writes", required_argument, NULL, 'r' }, { "from", required_argument, NULL, 'o' },
		{ "to", required_argument, NULL, 'p' },
		{ "workers", required_argument, NULL, 'w' }, { "count", no_argument, NULL, 'c' },
		{ "trace", no_argument, NULL, 't' }, { "server", required_argument, NULL, 's' },
		{ "show", no_argument, NULL, 'v' }, { "life", required_argument, NULL, 'l' }, { NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'e':
			sweep->every = (unsigned)atoi(optarg);
			break;
		case 'f':
			sweep->failing = (unsigned)atoi(optarg);
			break;
		case 'r':
			sweep->writes = (unsigned)atoi(optarg);
			break;
		case 'o':
			sweep->from = (unsigned)atoi(optarg);
			break;
		case 'p':
			sweep->to = (unsigned)atoi(optarg);
			break;
		case 'w':
			sweep->workers = atoi(optarg);
			break;
		case 'c':
			sweep->count_only = true;
			break;
		case 't':
			sweep->trace = true;
			break;
		case 's':
			sweep->server = optarg;
			break;
		case 'l':
			sweep->life = life_named(optarg);
			if (sweep->life == NULL)
				return -1;
			break;
		case 'v':
			sweep->show = true;
			break;
		default:
			return -1;
		}
	if (optind + 1 != argc || sweep->every < 1 || sweep->failing < 1 || sweep->writes < 1 ||
	    sweep->workers < 1 || sweep->workers > WORKERS_MAX)
		return -1;
	sweep->dir = argv[optind];
	return 0;
}

int
main(int argc, char **argv)
{
	struct sweep sweep = { .life = &lives[0], .every = 1, .failing = 1, .writes = 1, .to = STEPS_MAX, .workers = 2 };
	struct totals totals = { 0, 0 }, one;

	if (take_options(argc, argv, &sweep) == -1) {
		fprintf(stderr, "usage: sweep [--every N] [--failing N] [--writes N] [--from N] [--to N] [--workers N] [--count] [--show] [--trace] "
		    "[--life advice|keeping|days|upkeep] [--server move|uidplus|plain] DIR\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	parse_start();
	packs_read_ahead("rules", HOUSE_PACK);
	packs_read_ahead("rules-2", HOUSE_PACK);
	for (size_t i = 0; i < KINDS; i++) {
		if (sweep.server != NULL && strcmp(sweep.server, kinds[i].name) != 0)
			continue;
		one = sweep_server(&sweep, &kinds[i]);
		totals.passed += one.passed;
		totals.failed += one.failed;
	}
	printf("%u passed, %u failed\n", totals.passed, totals.failed);
	return totals.failed > 0 ? 1 : 0;
}
