/*
 * The parent's loop.  See parent.h.
 * Invariant: while a core runs, the daemon's lock is held; a new core is
 * started only when everything of the one before it has ended.
 * Fails: exit 0 after a stop that was asked for; 1 when another daemon has the
 * lock, or when core cannot begin because of what an administrator wrote.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ipc/wire.h"
#include "role/lock.h"
#include "role/parent_private.h"
#include "role/sandbox.h"

#define STOP_MS		20000	/* a mail that is being sent is brought to its end */
#define STOP_CORE_MS	10000
#define END_MS		3000	/* when core is gone, nothing that the others do counts */

/* ---- Beginning and end of all */

static void
child_new(struct parent *parent, size_t i, const char *prefix, const char *name, const struct mailbox_config *mailbox)
{
	struct child *child = &parent->children[i];

	snprintf(child->name, sizeof(child->name), "%s%.55s", prefix, name);
	child->mailbox = mailbox;
	child->pulse = (struct pulse){ .started_ms = -1, .answered_ms = -1, .asked_ms = -1, .limit_ms = PULSE_LIMIT_MS };
}

static void
children_make(struct parent *parent)
{
	size_t i;

	free(parent->children);
	parent->child_count = parent->config->mailbox_count + 3;
	parent->children = x_calloc(parent->child_count, sizeof(*parent->children));
	child_new(parent, 0, "", "core", NULL);
	child_new(parent, 1, "", "parse", NULL);
	child_new(parent, 2, "", "send", NULL);
	for (i = 0; i < parent->config->mailbox_count; i++)
		child_new(parent, i + 3, "fetch:", parent->config->mailboxes[i].name, &parent->config->mailboxes[i]);
}

static void
phase_begin(struct parent *parent, enum phase phase, int64_t wait_ms)
{
	parent->phase = phase;
	parent->phase_until_ms = clock_real_ms() + wait_ms;
	for (size_t i = phase == PHASE_END_CORE ? 0 : 1; i < parent->child_count; i++)
		child_tell(&parent->children[i], WIRE_STOP, 0);
}

static void
end_all(struct parent *parent, bool again, int64_t wait_ms)
{
	parent->again = again;
	parent->core_ready = false;
	if (parent->phase == PHASE_RUNNING)
		phase_begin(parent, PHASE_END_OTHERS, wait_ms);
}

/* How many of those that this phase ends still run. */
static size_t
still_running(const struct parent *parent)
{
	size_t n = 0;

	for (size_t i = parent->phase == PHASE_END_OTHERS ? 1 : 0; i < parent->child_count; i++)
		n += parent->children[i].pid != 0;
	return n;
}

static void
kill_the_rest(struct parent *parent)
{
	for (size_t i = parent->phase == PHASE_END_OTHERS ? 1 : 0; i < parent->child_count; i++)
		if (parent->children[i].pid != 0) {
			log_warning("kill name=%s reason=\"it did not stop\"", parent->children[i].name);
			kill(parent->children[i].pid, SIGKILL);
		}
	parent->phase_until_ms = INT64_MAX;
}

static void
phase_turn(struct parent *parent)
{
	if (parent->phase == PHASE_END_OTHERS && still_running(parent) == 0)
		phase_begin(parent, PHASE_END_CORE, STOP_CORE_MS);
	if (parent->phase == PHASE_END_CORE && still_running(parent) == 0)
		parent->phase = parent->again ? PHASE_RUNNING : PHASE_ENDED;
	if ((parent->phase == PHASE_END_OTHERS || parent->phase == PHASE_END_CORE) &&
	    clock_real_ms() >= parent->phase_until_ms)
		kill_the_rest(parent);
}

/* ---- A role's death */

static void
log_death(const struct child *child, int status, int64_t wait_ms)
{
	if (WIFSIGNALED(status))
		log_err("died name=%s signal=%d again_ms=%lld", child->name, WTERMSIG(status), (long long)wait_ms);
	else
		log_warning("ended name=%s code=%d again_ms=%lld", child->name, WEXITSTATUS(status), (long long)wait_ms);
}

static void
core_died(struct parent *parent, int status)
{
	bool config = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CONFIG;

	if (config && !parent->core_was_ready) {
		log_err("stopping reason=\"core cannot begin with this configuration; see above\"");
		parent->exit_code = 1;
		end_all(parent, false, END_MS);
	} else {
		end_all(parent, true, END_MS);
	}
}

static void
child_died(struct parent *parent, struct child *child, int status)
{
	int64_t now = clock_real_ms(), wait_ms = 0;

	child->pid = 0;
	child_lost(child);
	if (parent->phase == PHASE_RUNNING) {
		if (!child->told_to_stop)
			wait_ms = backoff_next_ms(&child->backoff, now - child->pulse.started_ms);
		parent->restarts += !child->told_to_stop;
		log_death(child, status, wait_ms);
	}
	child->start_at_ms = now + wait_ms;
	child->wanted_anew = child->told_to_stop;
	child->told_to_stop = false;
	child->pulse.started_ms = child->pulse.asked_ms = -1;
	if (child == &parent->children[0] && parent->phase == PHASE_RUNNING)
		core_died(parent, status);
}

static void
reap(struct parent *parent)
{
	int status;
	pid_t pid;

	/* Signals are merged: whoever is there to be reaped is. */
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; !trial_over(parent, pid, status) && !board_over(parent, pid) && i < parent->child_count; i++)
			if (parent->children[i].pid == pid)
				child_died(parent, &parent->children[i], status);
}

/* ---- Starting what is not there */

static void
start_missing(struct parent *parent)
{
	int64_t now = clock_real_ms();
	struct err err;

	for (size_t i = 0; i < parent->child_count; i++) {
		struct child *child = &parent->children[i];

		/* Without core there is nobody to talk to, and core takes no packs while they are being tried. */
		if (parent->phase != PHASE_RUNNING || (i > 0 && parent->children[0].pid == 0) ||
		    (i == 0 && child->pid == 0 && (parent->trial.wanted || parent->trial.pid != 0)))
			return;
		if (child->pid != 0 || now < child->start_at_ms)
			continue;
		if (child_start(parent, child, &err) == -1) {
			child->start_at_ms = now + backoff_next_ms(&child->backoff, 0) + 1000;
			log_err("cannot start name=%s reason=\"%s\"", child->name, err.text);
		}
	}
}

/* ---- What a role says */

static void
child_said(struct parent *parent, struct child *child, const struct frame *frame)
{
	switch (frame->type) {
	case WIRE_ALIVE:
		child->pulse.answered_ms = clock_real_ms();
		child->pulse.asked_ms = -1;
		child->answered = true;
		break;
	case WIRE_READY:
		child->pulse.limit_ms = PULSE_LIMIT_MS;
		if (child == &parent->children[0])
			parent->core_ready = parent->core_was_ready = true;
		break;
	default:
		log_err("unexpected frame from=%s type=%u", child->name, frame->type);
		kill(child->pid, SIGKILL);
	}
}

static void
child_serve(struct parent *parent, struct child *child)
{
	struct frame frame;
	struct err err;
	bool gone = channel_fill(child->channel, &err) == -1;

	while (channel_next(child->channel, &frame)) {
		child_said(parent, child, &frame);
		frame_free(&frame);
	}
	if (gone || channel_flush(child->channel, &err) == -1)
		child_lost(child);
}

static void
pulses(struct parent *parent)
{
	int64_t now = clock_real_ms();

	for (size_t i = 0; i < parent->child_count; i++) {
		struct child *child = &parent->children[i];

		if (child->pid == 0)
			continue;
		if (pulse_must_kill(&child->pulse, now)) {
			log_err("kill name=%s reason=\"no answer for %lld s\"", child->name,
			    (long long)child->pulse.limit_ms / 1000);
			kill(child->pid, SIGKILL);
			child->pulse.asked_ms = -1;
			child->pulse.started_ms = now;	/* its end is on its way */
		} else if (pulse_must_ask(&child->pulse, parent->ask_every_ms, now))
			child_ask(parent, child);
	}
}

/* ---- Reloading */

static void
config_take(struct parent *parent, struct arena *arena, struct config *config, const char *text)
{
	free(parent->config_text);
	arena_free(&parent->arena);
	parent->arena = arena;
	parent->config = config;
	parent->config_text = x_strdup(text);
}

/* The rules only: core reads its packs again, the others try again what had failed; a new password, a new process. */
void
reload_roles(struct parent *parent)
{
	for (size_t i = 0; i < parent->child_count; i++) {
		struct child *child = &parent->children[i];
		bool changed = child->pid != 0 && child_secret_changed(parent, child);

		if (changed)
			log_info("restart name=%s reason=\"its password has changed\"", child->name);
		child->told_to_stop = changed;
		child_tell(child, changed ? WIRE_STOP : WIRE_RELOAD, i == 0 ? parent->trial.by : 0);
	}
}

/* What is refused for a password that cannot be read is nothing to wait for: core is told which role it will stop. */
static void
secrets_look(struct parent *parent)
{
	for (size_t i = 0; i < parent->child_count; i++)
		if (parent->children[i].pid != 0)
			(void)child_secret_changed(parent, &parent->children[i]);
}

/* Packs that are broken are core's to refuse: it has versions that are not, and tells the administrator. */
static void
reload(struct parent *parent, uint32_t uid)
{
	struct arena *arena = arena_new();
	struct config *config = NULL;
	struct buf text = BUF_INIT;
	struct err err;
	bool packs_sound;

	tell_reloading();
	parent->trial.by = (uint64_t)uid + 1;
	if (config_text(parent->start->config_path, &text, &err) == -1)
		log_err("reload refused reason=\"%s\"", err.text);
	else if (!parent->start->check(arena, parent->start->config_path, buf_text(&text), &config, &packs_sound)) {
		log_err("reload refused; the configuration and rules in force stay");
		secrets_look(parent);
	} else if (strcmp(buf_text(&text), parent->config_text) == 0 || !packs_sound) {
		if (strcmp(buf_text(&text), parent->config_text) != 0)
			log_err("reload refused reason=\"the configuration is not taken while rule packs are broken\"");
		parent->trial.wanted = true;
	} else {
		log_info("reload reason=\"the configuration has changed\"");
		end_all(parent, true, STOP_MS);
		for (size_t i = 0; i < parent->child_count; i++)
			parent->children[i].mailbox = NULL;	/* it goes with the old configuration */
		parent->config_changed = true;
		config_take(parent, arena, config, buf_text(&text));
		arena = NULL;
	}
	parent->ready_said = false;	/* and READY=1 is said again */
	buf_free(&text);
	arena_free(&arena);
}

/* ---- The loop */

static void
on_signals(struct parent *parent)
{
	struct signalfd_siginfo info;

	while (read(parent->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP && parent->phase == PHASE_RUNNING)
			reload(parent, info.ssi_uid);
		else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) {
			log_info("stopping signal=%u", info.ssi_signo);
			tell_stopping();
			end_all(parent, false, STOP_MS);
		}
	}
}

/* Until the next start, question or end of a phase; at most a second, for the clock that we cannot see move. */
static int
wait_ms(const struct parent *parent)
{
	int64_t now = clock_real_ms(), until = now + 1000;

	for (size_t i = 0; i < parent->child_count; i++)
		if (parent->children[i].pid == 0 && parent->children[i].start_at_ms < until)
			until = parent->children[i].start_at_ms;
	return until <= now ? 10 : (int)(until - now);
}

static void
wait_for_any(struct parent *parent)
{
	struct pollfd *fds = x_calloc(parent->child_count + 1, sizeof(*fds));

	fds[parent->child_count] = (struct pollfd){ parent->signal_fd, POLLIN, 0 };
	for (size_t i = 0; i < parent->child_count; i++) {
		const struct channel *channel = parent->children[i].channel;

		fds[i].fd = channel == NULL ? -1 : channel_fd(channel);
		fds[i].events = (short)(POLLIN | (channel != NULL && channel_wants_write(channel) ? POLLOUT : 0));
	}
	if (poll(fds, parent->child_count + 1, wait_ms(parent)) > 0)
		for (size_t i = 0; i < parent->child_count; i++)
			if (fds[i].revents != 0 && parent->children[i].channel != NULL)
				child_serve(parent, &parent->children[i]);
	free(fds);
}

/* All of it has ended and begins afresh. */
static void
begin_again(struct parent *parent)
{
	if (parent->config_changed) {
		children_make(parent);
		parent->trial.wanted = true;
	}
	parent->config_changed = false;
	for (size_t i = 0; i < parent->child_count; i++)
		parent->children[i].answered = false;
	parent->beaten = false;
	log_info("starting afresh");
}

static void
run(struct parent *parent)
{
	int64_t told_ms = 0;

	while (parent->phase != PHASE_ENDED) {
		enum phase before = parent->phase;

		on_signals(parent);
		reap(parent);
		phase_turn(parent);
		if (before != PHASE_RUNNING && parent->phase == PHASE_RUNNING)
			begin_again(parent);
		trial_turn(parent);
		board_turn(parent);
		if (parent->phase == PHASE_RUNNING) {
			start_missing(parent);
			pulses(parent);
		}
		tell_state(parent);
		if (clock_real_ms() - told_ms >= parent->ask_every_ms) {
			told_ms = clock_real_ms();
			tell_alive(parent);
		}
		if (parent->phase != PHASE_ENDED)
			wait_for_any(parent);
	}
}

static int
signals_open(struct parent *parent, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1 ||
	    (parent->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)) == -1)
		return err_errno(err, ERR_DAEMON, "signals cannot be received");
	return 0;
}

static int
open_all(struct parent *parent, struct err *err)
{
	struct problems problems = { .arena = parent->arena };

	if (config_parse(parent->arena, parent->start->config_path, parent->config_text, &parent->config, &problems) == -1)
		return err_set(err, ERR_CONFIG, "the configuration is not sound");
	if (lock_take(parent->config->spool, LOCK_WAIT_MS, &parent->lock_fd, err) == -1 ||
	    lock_folder(parent->config->spool, &parent->folder_fd, err) == -1 || signals_open(parent, err) == -1 ||
	    sandbox_role("parent", NULL, err) == -1)
		return -1;
	children_make(parent);
	parent->trial.wanted = true;
	tell_open(parent);
	return 0;
}

int
role_parent(const struct parent_start *start)
{
	struct parent parent = { .start = start, .arena = arena_new(), .lock_fd = -1, .folder_fd = -1, .signal_fd = -1 };
	struct err err;

	parent.config_text = x_strdup(start->config_text);
	if (open_all(&parent, &err) == -1) {
		log_err("cannot start reason=\"%s\"", err.text);
		parent.exit_code = 1;
	} else {
		run(&parent);
		unlink(parent.config->socket);
		unlink(parent.config->heartbeat);
		log_info("stopped");
	}
	if (parent.signal_fd != -1)
		close(parent.signal_fd);
	if (parent.folder_fd != -1)
		close(parent.folder_fd);
	if (parent.lock_fd != -1)
		close(parent.lock_fd);
	free(parent.children);
	free(parent.config_text);
	arena_free(&parent.arena);
	return parent.exit_code;
}
