/*
 * How long core takes to open a store and to do what falls due at some
 * moments, one after the other: timers found, decided, their mails frozen
 * durably in the spool, all committed.  Core as an object, as in
 * role/core.h; nothing is sent.
 * usage: tick CONFIGURATION MOMENT... ; prints "open MS CPU_MS", then "tick
 * MS CPU_MS CASES LONGEST_MS" for each moment, the last the longest turn, in
 * which nothing else moves, and "memory KB", the peak.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <cmocka.h>

#include "base/log.h"
#include "core_room.h"

static struct err err;

struct took {
	double	ms, cpu_ms;
};

static void
must(bool well, const char *what)
{
	if (well)
		return;
	fprintf(stderr, "tick: %s: %s\n", what, err.text);
	exit(2);
}

static struct took
now_ms(void)
{
	struct timespec real, cpu;

	(void)clock_gettime(CLOCK_MONOTONIC, &real);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	return (struct took){ (double)real.tv_sec * 1e3 + (double)real.tv_nsec / 1e6,
	    (double)cpu.tv_sec * 1e3 + (double)cpu.tv_nsec / 1e6 };
}

static struct took
since(struct took began)
{
	struct took now = now_ms();

	return (struct took){ now.ms - began.ms, now.cpu_ms - began.cpu_ms };
}

static size_t
due_by(struct core *core, instant at)
{
	struct arena *arena = arena_new();
	int64_t *ids;
	size_t count;

	must(store_due(core->store, arena, at, 1000000, &ids, &count, &err) == 0, "what is due");
	arena_free(&arena);
	return count;
}

static void
tick(struct core *core, const char *moment)
{
	instant at;
	size_t count;
	struct took took, turn;
	double longest_ms = 0;
	bool more = true;

	must(instant_parse_iso(moment, &at), moment);
	count = due_by(core, at);
	took = now_ms();
	case_clock_set(&core->clock, at);
	while (more) {
		turn = now_ms();
		must(core_turn(core, &more, &err) == 0, moment);
		turn = since(turn);
		if (turn.ms > longest_ms)
			longest_ms = turn.ms;
	}
	took = since(took);
	must(due_by(core, at) == 0, "something was left undone");
	printf("tick %.3f %.3f %zu %.3f\n", took.ms, took.cpu_ms, count, longest_ms);
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct room nobody = { .handed_over = 0 };
	struct core_start start = { .test_clock = true, .from = INSTANT_NONE, .seed = 1,
	    .out = { &nobody, room_peer, room_client } };
	struct problems problems = { .arena = arena };
	struct config *config;
	struct rusage usage;
	struct core *core;
	struct took took;

	must(argc > 1, "usage: tick CONFIGURATION MOMENT...");
	must(config_read(arena, argv[1], &config, &problems) == 0, argv[1]);
	log_init("tick", LOG_LEVEL_ERR);
	start.config = config;
	start.rules_dir = config->rules;
	took = now_ms();
	must(core_open(&start, &core, &err) == 0, "opening");
	took = since(took);
	printf("open %.3f %.3f\n", took.ms, took.cpu_ms);
	for (int i = 2; i < argc; i++)
		tick(core, argv[i]);
	(void)getrusage(RUSAGE_SELF, &usage);
	printf("memory %ld\n", usage.ru_maxrss);
	core_close(&core);
	arena_free(&arena);
	return 0;
}
