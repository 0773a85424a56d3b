/*
 * The driver: lives by their seeds, each in a process of its own, so that one
 * that breaks down is a failing seed like another.
 *	torture [--pack NAME] [--seeds N] [--from SEED] [--workers N] [--seconds S] [--seed SEED [-v] [--cut N,N,...]] PLACE
 * PLACE is a folder of ours; the current folder holds rules, config and towns.  Last
 * line: "N passed, N failed".
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "mail/parse.h"
#include "torture.h"

#define TRACE_SHOWN	6000
#define LIFE_MAX_S	20	/* of one life, by far: of the processor's time; ten times that in all, on a machine with more to do */
#define SHRINK_MAX_S	20	/* for leaving out what a failure does not need */

struct torture {
	uint64_t	 from, seeds, one;
	time_t		 until;		/* no life is begun after that; 0: however long it takes */
	unsigned	 workers;
	bool		 verbose, alone;
	unsigned	 cuts[CUTS_MAX];
	size_t		 cut_count;
	const char	*pack, *place;
	const struct town *town;
};

/* What a life leaves for its parent. */
struct report {
	char	 failure[2000];
	char	 trace[1 << 20];
	unsigned events, starts, crashes, sent, steps;
	double	 days;
};

static struct report *report;
static char place[300];

static void
keep(const char *trace, char *kept, size_t room)
{
	size_t len = strlen(trace), from = len < room ? 0 : len - room + 1;

	memcpy(kept, trace + from, len - from + 1);
}

/* In the child. */
static void
live(const struct torture *torture, uint64_t seed, const unsigned *cuts, size_t cut_count)
{
	struct life *life = x_calloc(1, sizeof(*life));

	if (!torture->verbose) {
		const struct rlimit most = { LIFE_MAX_S, LIFE_MAX_S };

		setrlimit(RLIMIT_CPU, &most);
		alarm(10 * LIFE_MAX_S);
	}
	life->seed = seed;
	life->town = torture->town;
	life->arena = arena_new();
	life->verbose = torture->verbose;
	life->place = place;
	memcpy(life->cuts, cuts, cut_count * sizeof(*cuts));
	life->cut_count = cut_count;
	life_play(life);
	memcpy(report->failure, life->failure, sizeof(report->failure));
	keep(buf_text(&life->trace), report->trace, sizeof(report->trace));
	report->events = life->event_no;
	report->starts += life->starts;
	report->crashes += life->crashes;
	report->steps += life->steps;
	report->sent += (unsigned)life->model->accepted_count;
	report->days += (double)(life->clock_ms - life->began_ms) / 86400000.0;
	_exit(life->failure[0] != '\0');
}

/* 0: it held. */
static int
play(const struct torture *torture, uint64_t seed, const unsigned *cuts, size_t cut_count)
{
	int status;
	pid_t pid;

	fflush(stdout);
	report->failure[0] = report->trace[0] = '\0';
	spool_clear(place);
	pid = fork();
	if (pid == -1)
		exit(2);
	if (pid == 0)
		live(torture, seed, cuts, cut_count);
	if (waitpid(pid, &status, 0) == -1)
		exit(2);
	if (WIFSIGNALED(status))
		snprintf(report->failure, sizeof(report->failure), "the process ended by signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != 0 && report->failure[0] == '\0')
		snprintf(report->failure, sizeof(report->failure), "the process ended with %d", WEXITSTATUS(status));
	return report->failure[0] != '\0';
}

/* The first words of a failure: what is cut must still fail for the same reason. */
static bool
same_reason(const char *a, const char *b)
{
	size_t len = strcspn(a, ":");

	return strncmp(a, b, len < 20 ? 20 : len) == 0;
}

/* Events that are not needed for it to fail are left out one by one. */
static size_t
shrink(const struct torture *torture, uint64_t seed, unsigned *cuts)
{
	char wanted[2000];
	time_t until = time(NULL) + SHRINK_MAX_S;
	size_t n = 0;

	memcpy(wanted, report->failure, sizeof(wanted));
	for (unsigned no = report->events; no > 0 && n < CUTS_MAX && time(NULL) < until; no--) {
		cuts[n] = no;
		if (play(torture, seed, cuts, n + 1) != 0 && same_reason(wanted, report->failure))
			n++;
	}
	play(torture, seed, cuts, n);
	return n;
}

static void
tell(const struct torture *torture, uint64_t seed)
{
	unsigned cuts[CUTS_MAX] = { 0 };
	bool timed_out = strstr(report->failure, "signal 14") != NULL || strstr(report->failure, "signal 9") != NULL;
	size_t n = torture->alone || timed_out ? 0 : shrink(torture, seed, cuts), len = strlen(report->trace);

	printf("FAILED seed %llu: %s\n    tests/torture/run --pack %s --seed %llu -v", (unsigned long long)seed, report->failure,
	    torture->pack, (unsigned long long)seed);
	for (size_t i = 0; i < n; i++)
		printf("%s%u", i == 0 ? " --cut " : ",", cuts[i]);
	printf("\n%s", report->trace + (len > TRACE_SHOWN ? len - TRACE_SHOWN : 0));
	fflush(stdout);
}

/* ---- Workers */

struct totals {
	unsigned long long lives, failed, starts, crashes, sent, steps;
	double	 days;
};

static void
work(const struct torture *torture, unsigned number, struct totals *totals)
{
	for (uint64_t i = number; i < torture->seeds && (torture->until == 0 || time(NULL) < torture->until); i += torture->workers) {
		totals->lives++;
		if (play(torture, torture->from + i, NULL, 0) != 0) {
			totals->failed++;
			tell(torture, torture->from + i);
		}
	}
	totals->starts = report->starts;
	totals->crashes = report->crashes;
	totals->sent = report->sent;
	totals->steps = report->steps;
	totals->days = report->days;
}

static void
prepare(const struct torture *torture, unsigned number)
{
	struct life *life = x_calloc(1, sizeof(*life));

	snprintf(place, sizeof(place), "%.200s/%u", torture->place, number);
	mkdir(place, 0700);
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED)
		exit(2);
	disk_register();
	disk_stand_in(place);
	life->arena = arena_new();
	life->place = place;
	life->town = torture->town;
	life->model = model_new(true, true);
	life->clock_ms = life->began_ms = INT64_C(1788768000000);	/* a Monday, 7 September 2026 */
	wire_set(life);
	house_prepare(life);
}

static struct totals
workers_run(const struct torture *torture)
{
	struct totals all = { 0 }, one;
	int pipes[2], status;

	if (pipe2(pipes, O_CLOEXEC) == -1)
		exit(2);
	for (unsigned i = 0; i < torture->workers; i++) {
		pid_t pid = fork();

		if (pid == -1)
			exit(2);
		if (pid == 0) {
			one = (struct totals){ 0 };
			prepare(torture, i);
			work(torture, i, &one);
			fflush(stdout);
			_exit(write(pipes[1], &one, sizeof(one)) == (ssize_t)sizeof(one) ? 0 : 1);
		}
	}
	close(pipes[1]);
	while (wait(&status) != -1)
		all.failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	while (read(pipes[0], &one, sizeof(one)) == (ssize_t)sizeof(one)) {
		all.lives += one.lives;
		all.failed += one.failed;
		all.starts += one.starts;
		all.crashes += one.crashes;
		all.sent += one.sent;
		all.steps += one.steps;
		all.days += one.days;
	}
	close(pipes[0]);
	return all;
}

static void
take_cuts(struct torture *torture, char *list)
{
	char *one;

	while ((one = strsep(&list, ",")) != NULL && torture->cut_count < CUTS_MAX)
		torture->cuts[torture->cut_count++] = (unsigned)atoi(one);
}

static int
take_options(int argc, char **argv, struct torture *torture)
{
	static const struct option options[] = {
		{ "seeds", required_argument, NULL, 'n' }, { "from", required_argument, NULL, 'f' },
		{ "workers", required_argument, NULL, 'w' }, { "seed", required_argument, NULL, 's' },
		{ "cut", required_argument, NULL, 'c' }, { "seconds", required_argument, NULL, 't' },
		{ "pack", required_argument, NULL, 'p' }, { NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "v", options, NULL)) != -1)
		switch (c) {
		case 'n':
			torture->seeds = strtoull(optarg, NULL, 10);
			break;
		case 'f':
			torture->from = strtoull(optarg, NULL, 10);
			break;
		case 'w':
			torture->workers = (unsigned)atoi(optarg);
			break;
		case 's':
			torture->one = strtoull(optarg, NULL, 10);
			torture->alone = true;
			break;
		case 'c':
			take_cuts(torture, optarg);
			break;
		case 't':
			torture->until = time(NULL) + atoi(optarg);
			break;
		case 'p':
			torture->pack = optarg;
			break;
		case 'v':
			torture->verbose = true;
			break;
		default:
			return -1;
		}
	torture->place = argv[optind];
	return optind + 1 == argc && torture->workers > 0 ? 0 : -1;
}

int
main(int argc, char **argv)
{
	struct torture torture = { .pack = "birmingham", .from = 1, .seeds = 100, .workers = 2 };
	struct totals totals;
	struct timespec begin, end;
	double s;

	if (take_options(argc, argv, &torture) == -1) {
		fprintf(stderr, "usage: torture [--pack NAME] [--seeds N] [--from SEED] [--workers N] [--seconds S] [--seed SEED [-v] [--cut N,N]] PLACE\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	log_init("torture", torture.verbose ? LOG_LEVEL_INFO : (enum log_level)0);
	parse_start();
	clock_gettime(CLOCK_MONOTONIC, &begin);
	torture.town = town_read(torture.pack);
	script_files(torture.town, torture.place);
	if (torture.alone) {
		prepare(&torture, 0);
		if (play(&torture, torture.one, torture.cuts, torture.cut_count) == 0) {
			printf("1 passed, 0 failed\n");
			return 0;
		}
		tell(&torture, torture.one);
		printf("0 passed, 1 failed\n");
		return 1;
	}
	totals = workers_run(&torture);
	clock_gettime(CLOCK_MONOTONIC, &end);
	s = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	printf("%llu lives of %.0f days in all; %llu starts, %llu of them after a crash; %llu mails sent; %llu durable steps\n"
	    "%.1f lives a second\n", totals.lives, totals.days, totals.starts, totals.crashes, totals.sent, totals.steps,
	    (double)totals.lives / s);
	printf("%llu passed, %llu failed\n", totals.lives > totals.failed ? totals.lives - totals.failed : 0, totals.failed);
	return totals.failed != 0 || totals.lives == 0;
}
