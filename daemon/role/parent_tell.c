/*
 * What the parent tells about all of us: systemd, and whoever looks at the
 * heartbeat file.
 * Invariant: WATCHDOG=1 goes out, and the heartbeat is written, only while
 * every role has answered within its limit.
 * Fails: never; a systemd that does not listen is no reason to stop, and no
 * reason to wait; a heartbeat that cannot be written is old, and noticed.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "base/log.h"
#include "role/notify.h"
#include "role/parent_private.h"

#define ASK_EVERY_MS	10000

void
tell_open(struct parent *parent)
{
	uint64_t usec = 0;

	parent->ask_every_ms = ASK_EVERY_MS;
	parent->has_watchdog = sd_watchdog_enabled(0, &usec) > 0;
	if (parent->has_watchdog && (int64_t)(usec / 3000) < ASK_EVERY_MS)
		parent->ask_every_ms = (int64_t)(usec / 3000);
	notify_say("STATUS=starting");
}

static bool
all_answered(const struct parent *parent)
{
	for (size_t i = 0; i < parent->child_count; i++)
		if (!parent->children[i].answered)
			return false;
	return true;
}

static const struct child *
first_missing(const struct parent *parent)
{
	for (size_t i = 0; i < parent->child_count; i++)
		if (parent->children[i].pid == 0)
			return &parent->children[i];
	return NULL;
}

static void
tell_status(struct parent *parent)
{
	const struct child *missing = first_missing(parent);
	char text[sizeof(parent->status_said)];

	if (missing != NULL)
		snprintf(text, sizeof(text), "STATUS=%s is not running and will be started again", missing->name);
	else
		snprintf(text, sizeof(text), "STATUS=watching %zu mailbox%s, %zu processes are well", config_mailboxes(parent->config),
		    config_mailboxes(parent->config) == 1 ? "" : "es", parent->child_count + 1);
	if (strcmp(text, parent->status_said) != 0 && notify_say(text))
		strcpy(parent->status_said, text);
}

void
tell_state(struct parent *parent)
{
	if (parent->phase != PHASE_RUNNING)
		return;
	if (!parent->beaten && parent->core_ready && all_answered(parent)) {
		parent->beaten = true;
		tell_alive(parent);
	}
	if (!parent->ready_said && parent->trial.pid == 0 && parent->core_ready && all_answered(parent) && notify_say("READY=1")) {
		parent->ready_said = true;
		parent->status_said[0] = '\0';
		log_info("ready mailboxes=%zu", config_mailboxes(parent->config));
	}
	if (parent->ready_said)
		tell_status(parent);
}

/* ---- Signs of life */

/* A new file in its place, so that nobody reads half of one. */
static void
heartbeat_write(struct parent *parent)
{
	const char *path = parent->config->heartbeat;
	char text[128], fresh[PATH_MAX];
	int fd, len = snprintf(text, sizeof(text), "{\"at\":%lld,\"restarts\":%lld}\n", (long long)clock_wall(),
	    (long long)parent->restarts);
	bool written;

	if (snprintf(fresh, sizeof(fresh), "%s.new", path) >= (int)sizeof(fresh))
		return;
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	written = fd != -1 && fchmod(fd, 0644) == 0 && write(fd, text, (size_t)len) == len;
	if (fd != -1 && close(fd) == -1)
		written = false;
	if (!written || rename(fresh, path) == -1) {
		if (!parent->heartbeat_failed)
			log_err("heartbeat reason=\"%s cannot be written: %s\"", path, strerror(errno));
		unlink(fresh);
	}
	parent->heartbeat_failed = !written;
}

void
tell_alive(struct parent *parent)
{
	int64_t now = clock_real_ms();

	if (parent->phase != PHASE_RUNNING)
		return;
	for (size_t i = 0; i < parent->child_count; i++) {
		if (parent->children[i].pulse.answered_ms == -1)
			return;		/* it was not started yet */
		if (!pulse_is_well(&parent->children[i].pulse, now)) {
			log_err("silent name=%s; nobody is told that all is well", parent->children[i].name);
			return;
		}
	}
	heartbeat_write(parent);
	if (parent->has_watchdog)
		notify_say("WATCHDOG=1");
}

void
tell_reloading(void)
{
	notify_say("RELOADING=1");
}

void
tell_stopping(void)
{
	notify_say("STOPPING=1\nSTATUS=stopping");
}
