/*
 * What each role may and may not do once it is shut in.  Every row runs in a
 * process of its own, which says by its exit code how the call ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "role/sandbox.h"

#define WELL	0
#define KILLED	(-1)		/* by the filter, with SIGSYS */
#define CANNOT_START	125

static char folder[] = "/tmp/test_sandbox.XXXXXX";
static char inside[sizeof(folder) + 16];
static int given_fd;

static int
result(long rc)
{
	return rc == -1 ? errno : WELL;
}

static int
start_a_program(void)
{
	char *const argv[] = { (char *)(uintptr_t)"true", NULL };

	return result(execv("/bin/true", argv));
}

static int
fork_a_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return result(pid == -1 ? -1 : waitpid(pid, NULL, 0));
}

static int
go_to_the_network(void)
{
	return result(socket(AF_INET, SOCK_STREAM, 0));
}

static int
open_a_raw_socket(void)
{
	return result(socket(AF_PACKET, SOCK_RAW, 0));
}

static int
make_a_local_socket(void)
{
	return result(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int
read_a_file_outside(void)
{
	return result(open("/etc/passwd", O_RDONLY));
}

static int
write_a_file_inside(void)
{
	int fd = open(inside, O_CREAT | O_RDWR, 0600);

	return result(fd == -1 || fsync(fd) == -1 ? -1 : unlink(inside));
}

/* Opened before it was shut in. */
static int
empty_a_file(void)
{
	return result(ftruncate(given_fd, 0));
}

static int
look_into_the_parent(void)
{
	return result(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int
become_another_user(void)
{
	return result(syscall(SYS_setuid, 0));
}

static int
leave_for_a_world_of_its_own(void)
{
	return result(syscall(SYS_unshare, 0x10000000));	/* CLONE_NEWUSER */
}

static int
cut_a_file_by_its_path(void)
{
	return result(truncate("/tmp/there-is-no-such-file", 0));	/* Landlock's early versions do not see it */
}

static int
compute_with_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return result(page == MAP_FAILED ? -1 : munmap(page, 4096));
}

static int
run_what_was_written(void)
{
	return result(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ?
	    -1 : 0);
}

static const struct row {
	const char	*role;		/* "child": a parse child */
	const char	*name;
	int		(*act)(void);
	int		 want;		/* errno, WELL or KILLED */
} rows[] = {
	{ "core",  "starts no program", start_a_program, EPERM },
	{ "core",  "starts no process", fork_a_process, ENOSYS },
	{ "core",  "never touches the network", go_to_the_network, ENOSYS },
	{ "core",  "has its control socket", make_a_local_socket, WELL },
	{ "core",  "writes where it may", write_a_file_inside, WELL },
	{ "core",  "reads nothing elsewhere", read_a_file_outside, EACCES },
	{ "core",  "looks into no process", look_into_the_parent, EPERM },
	{ "core",  "stays who it is", become_another_user, EPERM },
	{ "core",  "stays where it is", leave_for_a_world_of_its_own, EPERM },
	{ "fetch", "starts no program", start_a_program, EPERM },
	{ "fetch", "starts no process", fork_a_process, ENOSYS },
	{ "fetch", "reaches its server", go_to_the_network, WELL },
	{ "fetch", "does not reach the control socket", make_a_local_socket, ENOSYS },
	{ "fetch", "sees no raw packets", open_a_raw_socket, ENOSYS },
	{ "fetch", "reads nothing elsewhere", read_a_file_outside, EACCES },
	{ "fetch", "cuts nothing elsewhere", cut_a_file_by_its_path, ENOSYS },
	{ "send",  "starts no program", start_a_program, EPERM },
	{ "send",  "reaches its server", go_to_the_network, WELL },
	{ "send",  "looks into no process", look_into_the_parent, EPERM },
	{ "board", "starts no program", start_a_program, EPERM },
	{ "board", "never touches the network", go_to_the_network, ENOSYS },
	{ "board", "reads nothing elsewhere", read_a_file_outside, EACCES },
	{ "parse", "starts no program", start_a_program, EPERM },
	{ "parse", "has a child for each mail", fork_a_process, WELL },
	{ "parse", "empties a file that it was given", empty_a_file, WELL },
	{ "parse", "never touches the network", go_to_the_network, ENOSYS },
	{ "parse", "has no local socket either", make_a_local_socket, ENOSYS },
	{ "parse", "reads nothing elsewhere", read_a_file_outside, EACCES },
	{ "child", "computes", compute_with_memory, WELL },
	{ "child", "opens no file, and lives", read_a_file_outside, EACCES },
	{ "child", "is killed for the network", go_to_the_network, KILLED },
	{ "child", "is killed for a process", fork_a_process, KILLED },
	{ "child", "is killed for a program", start_a_program, KILLED },
	{ "child", "is killed for memory that runs", run_what_was_written, KILLED },
};

static int
shut_in(const char *role)
{
	const char *write[] = { folder, NULL };
	const struct sandbox_paths paths = { NULL, write };
	const struct sandbox_limits limits = { .memory_bytes = RLIM_INFINITY, .file_bytes = 1 << 20, .cpu_seconds = 10 };
	struct sock_fprog program;
	struct err err;

	if (strcmp(role, "child") == 0)
		return sandbox_child_filter(false, &program, &err) == -1 ? -1 :
		    sandbox_parse_child(&limits, false, &program, &err);
	return sandbox_role(role, &paths, &err);
}

static int
ends_with(const struct row *row)
{
	int status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0)
		/* Not _exit(): the sanitizer has things of its own to do there, which a parse child may not. */
		syscall(SYS_exit_group, shut_in(row->role) == -1 ? CANNOT_START : row->act());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : CANNOT_START;
	return WEXITSTATUS(status);
}

/* Landlock came with Linux 5.13, and may be switched off. */
static bool
has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 2;
}

static void
test_a_role_does_what_it_must_and_no_more(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		int found;

		if (row->act == read_a_file_outside && strcmp(row->role, "child") != 0 && !has_landlock())
			continue;
		found = ends_with(row);
		if (found != row->want) {
			print_error("%s %s: found %d, wanted %d\n", row->role, row->name, found, row->want);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(inside, sizeof(inside), "%s/file", folder);
	given_fd = memfd_create("given", MFD_CLOEXEC);
	return given_fd == -1 ? -1 : 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_a_role_does_what_it_must_and_no_more) };

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
