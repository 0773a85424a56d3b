/*
 * The trial of the packs, as the parent runs it: before core is first started,
 * after a change of the configuration, and at SIGHUP, when core hears of the
 * reload only after it.
 * Invariant: one at a time; core goes on with the rules in force meanwhile.
 * Fails: a trial that cannot be started has found out nothing, and what the
 * one before found stays as it is; one that takes too long has refused.
 */
#include <signal.h>
#include <sys/wait.h>

#include "base/log.h"
#include "role/parent_private.h"

#define TRIAL_MS	(10 * 60 * 1000)	/* hundreds of tests take seconds */

/* Core is told where there is one; else it is started now. */
static void
go_on(struct parent *parent)
{
	if (parent->phase == PHASE_RUNNING && parent->children[0].pid != 0 && !parent->trial.wanted)
		reload_roles(parent);
}

static void
begin(struct parent *parent)
{
	struct err err;

	parent->trial.wanted = false;
	if (child_once(parent, "trial", true, &parent->trial.pid, &err) == -1) {
		parent->trial.pid = 0;
		log_err("the rules cannot be tested reason=\"%s\"", err.text);
		go_on(parent);
		return;
	}
	parent->trial.until_ms = clock_real_ms() + TRIAL_MS;
}

void
trial_turn(struct parent *parent)
{
	if (parent->trial.pid != 0) {
		if (parent->trial.until_ms != INT64_MAX &&
		    (parent->phase != PHASE_RUNNING || clock_real_ms() >= parent->trial.until_ms)) {
			log_warning("kill name=trial");
			kill(parent->trial.pid, SIGKILL);
			parent->trial.until_ms = INT64_MAX;
		}
	} else if (parent->trial.wanted && parent->phase == PHASE_RUNNING) {
		begin(parent);
	}
}

bool
trial_over(struct parent *parent, pid_t pid, int status)
{
	if (parent->trial.pid == 0 || pid != parent->trial.pid)
		return false;
	parent->trial.pid = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		log_err("the rules could not be tested; what was found out before stays");
	go_on(parent);
	return true;
}
