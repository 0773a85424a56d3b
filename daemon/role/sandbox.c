/*
 * Shutting processes in: see sandbox.h.  Every role.
 * Invariant: what is shut stays shut, for the process and for all that it
 * starts.
 * Fails: ERR_DAEMON.
 */
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/str.h"
#include "role/sandbox_private.h"

#define RESIDENT_FACTOR	100	/* a resident child takes that many mails' processor time */

static int
limit(int what, uint64_t value, struct err *err)
{
	struct rlimit now, wanted = { .rlim_cur = value, .rlim_max = value };

	if (getrlimit(what, &now) == 0 && now.rlim_max < value)
		wanted.rlim_cur = wanted.rlim_max = now.rlim_max;
	if (setrlimit(what, &wanted) == -1)
		return err_errno(err, ERR_DAEMON, "sandbox: cannot set a limit");
	return 0;
}

int
sandbox_role(const char *role, const struct sandbox_paths *paths, struct err *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_errno(err, ERR_DAEMON, "sandbox: the kernel refuses");
	if (limit(RLIMIT_CORE, 0, err) == -1)
		return -1;
	if (paths != NULL && sandbox_paths(paths, err) == -1)
		return -1;
	/* The parent starts the others; a filter of its own would be theirs for ever. */
	return str_same(role, "parent") ? 0 : sandbox_role_calls(role, err);
}

int
sandbox_parse_child(const struct sandbox_limits *limits, bool resident, const struct sock_fprog *program, struct err *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_errno(err, ERR_DAEMON, "sandbox: the kernel refuses");
	if (limit(RLIMIT_CORE, 0, err) == -1 || limit(RLIMIT_AS, limits->memory_bytes, err) == -1 ||
	    limit(RLIMIT_FSIZE, limits->file_bytes, err) == -1 || limit(RLIMIT_NOFILE, 64, err) == -1 ||
	    limit(RLIMIT_CPU, (uint64_t)limits->cpu_seconds * (resident ? RESIDENT_FACTOR : 1), err) == -1)
		return -1;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program) == -1)
		return err_errno(err, ERR_DAEMON, "sandbox: the kernel took no system call filter");
	return 0;
}
