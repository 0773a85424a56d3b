/*
 * Which system calls a process may make, by seccomp.  Every role but the
 * parent, whose filter would be everybody's.
 * Invariant: each role has a list of what it needs, and nothing else.  A
 * long-lived role that asks for more gets "no such call", so that a new
 * version of the C library falls back to an older way and is not killed; the
 * parse child, which reads strangers' bytes, is killed.
 * Fails: ERR_DAEMON.
 */
#include <errno.h>
#include <linux/filter.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/arena.h"
#include "base/str.h"
#include "role/sandbox_private.h"

#define LENGTH(list)	(sizeof(list) / sizeof((list)[0]))
#define NAMESPACES	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP)

/* Memory, descriptors that are there, waiting, the clock, signals. */
static const int basic[] = { SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pread64),
	SCMP_SYS(pwrite64), SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(close_range), SCMP_SYS(fstat), SCMP_SYS(fcntl),
	SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(eventfd2), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap),
	SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(memfd_create), SCMP_SYS(futex), SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq), SCMP_SYS(arch_prctl), SCMP_SYS(set_tid_address), SCMP_SYS(membarrier), SCMP_SYS(getcpu),
	SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(exit), SCMP_SYS(exit_group),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigpending),
	SCMP_SYS(sigaltstack), SCMP_SYS(tgkill), SCMP_SYS(restart_syscall), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(times),
	SCMP_SYS(getrusage), SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid),
	SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getrlimit), SCMP_SYS(uname), SCMP_SYS(sysinfo),
	SCMP_SYS(umask), SCMP_SYS(prctl), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom), SCMP_SYS(sendto),
	SCMP_SYS(recvmmsg), SCMP_SYS(sendmmsg), SCMP_SYS(shutdown), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername) };

/* Files; which of them, Landlock says: so there is no truncate() by path, which its early versions do not see. */
static const int reading[] = { SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(newfstatat),
	SCMP_SYS(statx), SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(getcwd), SCMP_SYS(fadvise64) };
static const int writing[] = { SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(unlink),
	SCMP_SYS(unlinkat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
	SCMP_SYS(sync_file_range), SCMP_SYS(ftruncate), SCMP_SYS(fallocate), SCMP_SYS(flock), SCMP_SYS(chmod), SCMP_SYS(fchmod),
	SCMP_SYS(fchmodat), SCMP_SYS(fchown), SCMP_SYS(utimensat), SCMP_SYS(copy_file_range), SCMP_SYS(sendfile) };
/* Noticing that a folder has changed. */
static const int noticing[] = { SCMP_SYS(inotify_init1), SCMP_SYS(inotify_add_watch), SCMP_SYS(inotify_rm_watch) };
static const int serving[] = { SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4) };
static const int connecting[] = { SCMP_SYS(bind), SCMP_SYS(connect), SCMP_SYS(socketpair), SCMP_SYS(ioctl) };
/* The parser's keeper: a child for each mail, which limits itself further; a file of documents begun anew for a second try. */
static const int keeping[] = { SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(kill), SCMP_SYS(setpgid), SCMP_SYS(socketpair),
	SCMP_SYS(setrlimit), SCMP_SYS(prlimit64), SCMP_SYS(seccomp), SCMP_SYS(ftruncate) };

/* Never, whatever a library would like: said as "not permitted", so that it is seen for what it is. */
static const int forbidden[] = { SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(kexec_load), SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key),
	SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(reboot),
	SCMP_SYS(io_uring_setup), SCMP_SYS(setuid), SCMP_SYS(setgid), SCMP_SYS(setgroups), SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime), SCMP_SYS(pidfd_getfd), SCMP_SYS(open_by_handle_at), SCMP_SYS(mknod), SCMP_SYS(mknodat) };

static int
add_rules(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t n, struct err *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (seccomp_rule_add(filter, action, calls[i], 0) != 0)
			return err_set(err, ERR_DAEMON, "sandbox: cannot add a rule for system call %d", calls[i]);
	return 0;
}

static int
allow(scmp_filter_ctx filter, const int *calls, size_t n, struct err *err)
{
	return add_rules(filter, SCMP_ACT_ALLOW, calls, n, err);
}

static int
allow_sockets(scmp_filter_ctx filter, const int *families, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i])) != 0)
			return err_set(err, ERR_DAEMON, "sandbox: cannot add a rule for sockets");
	return 0;
}

/* Threads (flags: CLONE_THREAD) or processes (0), and neither in a world of its own. */
static int
allow_clone(scmp_filter_ctx filter, unsigned flags, struct err *err)
{
	if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, NAMESPACES | CLONE_THREAD, flags)) != 0)
		return err_set(err, ERR_DAEMON, "sandbox: cannot add a rule for processes");
	return 0;
}

static int
core_calls(scmp_filter_ctx filter, struct err *err)
{
	static const int families[] = { AF_UNIX };

	if (allow(filter, reading, LENGTH(reading), err) == -1 || allow(filter, writing, LENGTH(writing), err) == -1 ||
	    allow(filter, noticing, LENGTH(noticing), err) == -1 || allow(filter, serving, LENGTH(serving), err) == -1)
		return -1;
	return allow_sockets(filter, families, LENGTH(families), err);
}

/*
 * fetch and send: a server elsewhere; libcurl looks its name up in a thread.  No local sockets: behind one of them core takes
 * commands.  A resolver that is spoken to over one is passed over for DNS.
 */
static int
wire_calls(scmp_filter_ctx filter, struct err *err)
{
	static const int families[] = { AF_INET, AF_INET6, AF_NETLINK };

	if (allow(filter, reading, LENGTH(reading), err) == -1 || allow(filter, writing, LENGTH(writing), err) == -1 ||
	    allow(filter, noticing, LENGTH(noticing), err) == -1 ||
	    allow(filter, connecting, LENGTH(connecting), err) == -1 ||
	    allow_sockets(filter, families, LENGTH(families), err) == -1)
		return -1;
	return allow_clone(filter, CLONE_THREAD, err);
}

/* A maildir on this machine: no network at all. */
static int
maildir_calls(scmp_filter_ctx filter, struct err *err)
{
	return allow(filter, reading, LENGTH(reading), err) == -1 || allow(filter, writing, LENGTH(writing), err) == -1 ? -1 :
	    allow(filter, noticing, LENGTH(noticing), err);
}

/* The board asks core as a person would, and puts one file. */
static int
board_calls(scmp_filter_ctx filter, struct err *err)
{
	static const int families[] = { AF_UNIX };
	static const int asking[] = { SCMP_SYS(connect) };

	if (allow(filter, reading, LENGTH(reading), err) == -1 || allow(filter, writing, LENGTH(writing), err) == -1 ||
	    allow(filter, asking, LENGTH(asking), err) == -1)
		return -1;
	return allow_sockets(filter, families, LENGTH(families), err);
}

static int
parse_calls(scmp_filter_ctx filter, struct err *err)
{
	if (allow(filter, reading, LENGTH(reading), err) == -1 || allow(filter, keeping, LENGTH(keeping), err) == -1)
		return -1;
	return allow_clone(filter, 0, err);
}

static const struct role_calls {
	const char	*role;
	int		(*add)(scmp_filter_ctx filter, struct err *err);
} role_calls[] = {
	{ "core", core_calls }, { "fetch", wire_calls }, { "maildir", maildir_calls }, { "send", wire_calls }, { "parse", parse_calls },
	{ "board", board_calls },
};

static int
fill(scmp_filter_ctx filter, const char *role, struct err *err)
{
	if (add_rules(filter, SCMP_ACT_ERRNO(EPERM), forbidden, LENGTH(forbidden), err) == -1 ||
	    allow(filter, basic, LENGTH(basic), err) == -1)
		return -1;
	for (size_t i = 0; i < LENGTH(role_calls); i++)
		if (str_same(role, role_calls[i].role))
			return role_calls[i].add(filter, err);
	return err_set(err, ERR_DAEMON, "sandbox: there is no role %s", role);
}

int
sandbox_role_calls(const char *role, struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int result = -1;

	if (filter == NULL)
		return err_set(err, ERR_DAEMON, "sandbox: cannot make a system call filter");
	if (fill(filter, role, err) == 0) {
		if (seccomp_load(filter) == 0)
			result = 0;
		else
			err_set(err, ERR_DAEMON, "sandbox: the kernel took no system call filter");
	}
	seccomp_release(filter);
	return result;
}

/* The parse role asks once and loads it in each child; the list is sorted, so that a call is found in a few steps. */
static int
program_of(scmp_filter_ctx filter, struct sock_fprog *program_r, struct err *err)
{
	int fd = memfd_create("calls", MFD_CLOEXEC), result = -1;
	struct stat st;
	void *code;

	if (fd == -1 || seccomp_export_bpf(filter, fd) != 0 || fstat(fd, &st) == -1)
		err_set(err, ERR_DAEMON, "sandbox: cannot make a system call filter");
	else {
		code = x_calloc(1, (size_t)st.st_size);
		program_r->filter = code;
		program_r->len = (unsigned short)((size_t)st.st_size / sizeof(struct sock_filter));
		if (pread(fd, code, (size_t)st.st_size, 0) == st.st_size)
			result = 0;
		else {
			err_set(err, ERR_DAEMON, "sandbox: cannot read the system call filter");
			free(code);
		}
	}
	if (fd != -1)
		close(fd);
	return result;
}

/*
 * What a parse child may do.  Memory, its descriptors, the clock.  Opening a
 * file is refused and not deadly: the C library tries it when a mail names a
 * character set that was not loaded, and a stranger must not be able to kill
 * the child with a word.
 */
int
sandbox_child_filter(bool resident, struct sock_fprog *program_r, struct err *err)
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

	if (filter == NULL || seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0) {
		err_set(err, ERR_DAEMON, "sandbox: cannot make a system call filter");
		goto out;
	}
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
	result = program_of(filter, program_r, err);
out:
	seccomp_release(filter);
	return result;
}
