/*
 * What the parent tells systemd.  Without systemd nothing happens here.
 * Invariant: WATCHDOG=1 goes out only while every role has answered within its
 * limit.
 * Fails: never; a systemd that does not listen is no reason to stop.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-daemon.h>

#include "base/log.h"
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
	sd_notify(0, "STATUS=starting");
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
tell_status(const struct parent *parent)
{
	const struct child *missing = first_missing(parent);

	if (missing != NULL)
		sd_notifyf(0, "STATUS=%s is not running and will be started again", missing->name);
	else
		sd_notifyf(0, "STATUS=watching %zu mailbox%s, %zu processes are well", config_mailboxes(parent->config),
		    config_mailboxes(parent->config) == 1 ? "" : "es", parent->child_count + 1);
}

void
tell_state(struct parent *parent)
{
	if (parent->phase != PHASE_RUNNING)
		return;
	if (!parent->ready_said && parent->trial.pid == 0 && parent->core_ready && all_answered(parent)) {
		parent->ready_said = true;
		sd_notify(0, "READY=1");
		log_info("ready mailboxes=%zu", config_mailboxes(parent->config));
	}
	if (parent->ready_said)
		tell_status(parent);
}

void
tell_watchdog(struct parent *parent)
{
	int64_t now = clock_real_ms();

	if (!parent->has_watchdog || parent->phase != PHASE_RUNNING)
		return;
	for (size_t i = 0; i < parent->child_count; i++)
		if (!pulse_is_well(&parent->children[i].pulse, now)) {
			log_err("silent name=%s; systemd is not told that all is well", parent->children[i].name);
			return;
		}
	sd_notify(0, "WATCHDOG=1");
}

void
tell_reloading(void)
{
	sd_notify(0, "RELOADING=1");
}

void
tell_stopping(void)
{
	sd_notify(0, "STOPPING=1\nSTATUS=stopping");
}
