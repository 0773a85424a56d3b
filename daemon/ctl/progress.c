/*
 * Progress of long work, for a person at a terminal.  Runs in advicectl.
 * Invariant: nothing is written where stderr is no terminal, and nothing of it
 * stays on one.
 * Fails: never.
 */
#include "ctl/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define EVERY_MS	100

void
progress_begin(struct progress *progress, const char *what)
{
	*progress = (struct progress){ .what = what, .on = isatty(STDERR_FILENO) == 1 };
}

void
progress_say(struct progress *progress, uint64_t done, uint64_t all)
{
	int64_t now = progress->on ? clock_real_ms() : 0;

	if (!progress->on || now < progress->next_ms)
		return;
	progress->next_ms = now + EVERY_MS;
	progress->shown = true;
	fprintf(stderr, "\r\033[K%s: %llu", progress->what, (unsigned long long)done);
	if (all > 0)
		fprintf(stderr, " of %llu", (unsigned long long)all);
	fflush(stderr);
}

void
progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
	progress->next_ms = 0;
}
