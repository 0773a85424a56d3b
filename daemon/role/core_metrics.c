/*
 * The file of figures, for whatever watches machines: written anew every
 * quarter of a minute, beside its name and then put in its place.  Runs in
 * core.
 * Invariant: a reader finds a whole file or none; figures that take long to
 * reckon are reckoned less often.
 * Fails: says so in the log, once; the file's age shows it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "ctl/health.h"
#include "role/core_vigil.h"

#define EVERY_MS	15000
#define SHARE		50	/* of our time at most one part in so many */

static bool
file_put(struct arena *arena, const char *path, const struct buf *text)
{
	const char *fresh = arena_printf(arena, "%s.new", path);
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	bool written = fd != -1 && fchmod(fd, 0644) == 0 && write(fd, text->data, text->len) == (ssize_t)text->len;

	if (fd != -1 && close(fd) == -1)
		written = false;
	if (written && rename(fresh, path) == 0)
		return true;
	unlink(fresh);
	return false;
}

static void
put(struct core *core, const char *path)
{
	struct live live = { .arena = arena_new(), .file = -1, .who = "" };
	struct health *health;
	struct err err = { ERR_NONE, "" };
	struct buf out = BUF_INIT;
	bool well;

	core_fill_live(core, &live);
	well = health_look(&live, &health, &err) == 0;
	if (well) {
		metrics_write(&live, health, &out);
		well = file_put(live.arena, path, &out);
		if (!well)
			err_errno(&err, ERR_RETRY, "%s", path);
	}
	if (!well && !core->vigil->metrics_failed)
		log_err("metrics reason=\"%s\"", err.text);
	core->vigil->metrics_failed = !well;
	buf_free(&out);
	arena_free(&live.arena);
}

void
metrics_turn(struct core *core)
{
	int64_t began = clock_real_ms(), took;

	if (core->config->metrics == NULL || began < core->vigil->metrics_ms)
		return;
	put(core, core->config->metrics);
	took = clock_real_ms() - began;
	core->vigil->metrics_ms = began + (took * SHARE > EVERY_MS ? took * SHARE : EVERY_MS);
}
