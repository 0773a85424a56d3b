/*
 * Shutting processes in: see sandbox.h.  Every role.
 * Invariant: a filter only ever takes away.  Long-lived roles are refused
 * with an error, so that a new version of the C library cannot kill them; the
 * parse child, which reads strangers' bytes, is killed.
 * Fails: ERR_DAEMON.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/str.h"
#include "role/sandbox.h"

#define RESIDENT_FACTOR	100	/* a resident child takes that many mails' processor time */

/* --- Landlock ---------------------------------------------------------- */

#define READ_FILE_RIGHTS	LANDLOCK_ACCESS_FS_READ_FILE
#define READ_RIGHTS	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_RIGHTS	(READ_RIGHTS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | \
	LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM | \
	LANDLOCK_ACCESS_FS_REFER)
#define WRITE_FILE_RIGHTS	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)
#define ALL_RIGHTS	(WRITE_RIGHTS | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	LANDLOCK_ACCESS_FS_MAKE_BLOCK)

static int
landlock_allow(int ruleset, const char *path, bool write, struct err *err)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = write ? WRITE_RIGHTS : READ_RIGHTS };
	struct stat st;
	int result;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd == -1)
		return errno == ENOENT ? 0 : err_errno(err, ERR_DAEMON, "sandbox: %s", path);
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access = write ? WRITE_FILE_RIGHTS : READ_FILE_RIGHTS;
	result = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	if (result == -1)
		err_errno(err, ERR_DAEMON, "sandbox: %s", path);
	close(rule.parent_fd);
	return result;
}

/* Nothing of the file system but these paths; quietly nothing where the kernel has no Landlock. */
static int
landlock_shut(const struct sandbox_paths *paths, struct err *err)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = ALL_RIGHTS };
	int ruleset = -1, result = -1, i;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	/* The first version cannot allow a rename between folders, which the spool lives by. */
	if (abi < 2)
		return 0;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset == -1)
		return 0;
	for (i = 0; paths->read != NULL && paths->read[i] != NULL; i++)
		if (landlock_allow(ruleset, paths->read[i], false, err) == -1)
			goto out;
	for (i = 0; paths->write != NULL && paths->write[i] != NULL; i++)
		if (landlock_allow(ruleset, paths->write[i], true, err) == -1)
			goto out;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) == -1) {
		err_errno(err, ERR_DAEMON, "sandbox: cannot shut out the file system");
		goto out;
	}
	result = 0;
out:
	close(ruleset);
	return result;
}

/* --- system calls ------------------------------------------------------ */

static int
add_rules(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t n, struct err *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (seccomp_rule_add(filter, action, calls[i], 0) != 0)
			return err_set(err, ERR_DAEMON, "sandbox: cannot add a rule for system call %d", calls[i]);
	return 0;
}

/* What no role but the parent ever needs: other programs, other processes' memory, the kernel's own matters. */
static int
filter_role(struct err *err)
{
	static const int refused[] = { SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace),
		SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(mount), SCMP_SYS(umount2),
		SCMP_SYS(pivot_root), SCMP_SYS(kexec_load), SCMP_SYS(init_module), SCMP_SYS(finit_module),
		SCMP_SYS(delete_module), SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd),
		SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(unshare), SCMP_SYS(setns),
		SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(reboot), SCMP_SYS(io_uring_setup) };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int result = -1;

	if (filter == NULL)
		return err_set(err, ERR_DAEMON, "sandbox: cannot make a system call filter");
	if (add_rules(filter, SCMP_ACT_ERRNO(EPERM), refused, sizeof(refused) / sizeof(refused[0]), err) == 0) {
		if (seccomp_load(filter) == 0)
			result = 0;
		else
			err_set(err, ERR_DAEMON, "sandbox: the kernel took no system call filter");
	}
	seccomp_release(filter);
	return result;
}

/*
 * What a parse child may do.  Memory, its descriptors, the clock.  Opening a
 * file is refused and not deadly: the C library tries it when a mail names a
 * character set that was not loaded, and a stranger must not be able to kill
 * the child with a word.
 */
static int
filter_child(bool resident, struct err *err)
{
	static const int allowed[] = { SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(pwrite64),
		SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(brk),
		SCMP_SYS(mremap), SCMP_SYS(munmap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(exit),
		SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
		SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
		SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(restart_syscall), SCMP_SYS(sched_yield) };
	static const int refused[] = { SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(access),
		SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(stat), SCMP_SYS(lstat),
		SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
		SCMP_SYS(getcwd), SCMP_SYS(ioctl) };
	static const int further[] = { SCMP_SYS(recvmsg), SCMP_SYS(poll), SCMP_SYS(ppoll) };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int result = -1;

	if (filter == NULL)
		return err_set(err, ERR_DAEMON, "sandbox: cannot make a system call filter");
	if (add_rules(filter, SCMP_ACT_ALLOW, allowed, sizeof(allowed) / sizeof(allowed[0]), err) == -1 ||
	    add_rules(filter, SCMP_ACT_ERRNO(EACCES), refused, sizeof(refused) / sizeof(refused[0]), err) == -1)
		goto out;
	if (resident && add_rules(filter, SCMP_ACT_ALLOW, further, sizeof(further) / sizeof(further[0]), err) == -1)
		goto out;
	/* Memory, but never memory that can be run. */
	if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0 ||
	    seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0) {
		err_set(err, ERR_DAEMON, "sandbox: cannot add a rule for memory");
		goto out;
	}
	if (seccomp_load(filter) != 0)
		err_set(err, ERR_DAEMON, "sandbox: the kernel took no system call filter");
	else
		result = 0;
out:
	seccomp_release(filter);
	return result;
}

/* --- both -------------------------------------------------------------- */

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
	if (paths != NULL && landlock_shut(paths, err) == -1)
		return -1;
	/* The parent starts the others; a filter of its own would be theirs for ever. */
	return str_same(role, "parent") ? 0 : filter_role(err);
}

int
sandbox_parse_child(const struct sandbox_limits *limits, bool resident, struct err *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_errno(err, ERR_DAEMON, "sandbox: the kernel refuses");
	if (limit(RLIMIT_CORE, 0, err) == -1 || limit(RLIMIT_AS, limits->memory_bytes, err) == -1 ||
	    limit(RLIMIT_FSIZE, limits->file_bytes, err) == -1 || limit(RLIMIT_NOFILE, 64, err) == -1 ||
	    limit(RLIMIT_CPU, (uint64_t)limits->cpu_seconds * (resident ? RESIDENT_FACTOR : 1), err) == -1)
		return -1;
	return filter_child(resident, err);
}
