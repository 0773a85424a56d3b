/*
 * The shipped adviced-parse, asked as core asks it: what ends one of its
 * processes, or keeps it from reading, is never the mail's fault.  In one
 * process, as advicectl starts it, and in two, as the daemon does.
 * usage: role ./adviced-parse
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/date.h"
#include "ipc/frame.h"
#include "ipc/wire.h"
#include "mail/parser.h"
#include "checks.h"

static int
good_mail(void)
{
	int fd = memfd_create("mail", MFD_CLOEXEC);

	if (fd == -1 || dprintf(fd, "From: Ada Byron <ada@example.org>\r\nSubject: fine\r\n\r\nAll is well.\r\n") < 0) {
		perror("role: mail");
		exit(1);
	}
	return fd;
}

/* The next mail is read as if nothing had been. */
static void
goes_on(struct parser *parser, const char *behind)
{
	struct arena *arena = arena_new();
	struct message *message;
	struct err err;
	int fd = good_mail();

	check(parser_read(parser, arena, fd, -1, date_from_civil(2026, 10, 5), &message, &err) == 0, behind,
	    "the mail behind it was not read: %s", err.text);
	close(fd);
	arena_free(&arena);
}

/* The one process whose parent is this; 0 when there is none. */
static pid_t
child_of(pid_t parent)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while (proc != NULL && (entry = readdir(proc)) != NULL) {
		char path[300], state;
		int pid, ppid;
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9' || (file = fopen(path, "r")) == NULL)
			continue;
		if (fscanf(file, "%d (%*[^)]) %c %d", &pid, &state, &ppid) == 3 && ppid == parent && state != 'Z')
			found = pid;
		fclose(file);
	}
	if (proc != NULL)
		closedir(proc);
	return found;
}

/* A resident child that is killed is followed by another; one that is stopped runs into the deadline. */
static void
run_deaths(const char *program)
{
	static const char *const names[] = { "the resident child was killed", "the resident child was stopped" };
	struct arena *arena = arena_new();
	struct message *message;
	struct parser *parser;
	struct err err;
	pid_t child;
	int fd = good_mail();

	if (parser_open(program, true, &parser, &err) == -1) {
		printf("role: %s\n", err.text);
		exit(1);
	}
	goes_on(parser, "nothing yet");
	child = child_of(child_of(getpid()));
	check(child > 0 && kill(child, SIGKILL) == 0, names[0], "no child to kill");
	/* It may be noticed before or after the next mail is handed over: then that mail is answered for. */
	if (parser_read(parser, arena, fd, -1, date_from_civil(2026, 10, 5), &message, &err) == -1)
		check(err.scope == ERR_MESSAGE, names[0], "%s", err.text);
	goes_on(parser, names[0]);
	child = child_of(child_of(getpid()));
	check(child > 0 && kill(child, SIGSTOP) == 0, names[1], "no child to stop");
	/* The deadline ends it, and the mail is read by another. */
	check(parser_read(parser, arena, fd, -1, date_from_civil(2026, 10, 5), &message, &err) == 0, names[1],
	    "the mail was given up: %s", err.text);
	goes_on(parser, names[1]);
	parser_close(&parser);
	close(fd);
	arena_free(&arena);
}

/* ---- The role itself */

#define ROLE_FDS	20	/* open from the beginning */

struct role {
	pid_t		 pid;
	struct channel	*core, *parent;		/* parent NULL: one process */
};

/* In the child. */
static void
role_become(const char *program, int core, int parent)
{
	char *argv[] = { (char *)(uintptr_t)program, NULL };
	int spare = dup(parent == -1 ? core : parent);

	dup2(core, 3);
	if (parent != -1)
		dup2(spare, 4);
	close_range(parent == -1 ? 4 : 5, ~0u, 0);
	while (dup(0) < ROLE_FDS)	/* poll() refuses to look at more than may be open */
		;
	execv(program, argv);
	_exit(127);
}

static struct role
role_begin(const char *program, bool daemon)
{
	struct role role = { .parent = NULL };
	int core[2], parent[2] = { -1, -1 };

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, core) == -1 ||
	    (daemon && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, parent) == -1) || (role.pid = fork()) == -1)
		exit(1);
	if (role.pid == 0)
		role_become(program, core[1], parent[1]);
	close(core[1]);
	role.core = channel_new(core[0]);
	if (daemon) {
		close(parent[1]);
		role.parent = channel_new(parent[0]);
	}
	return role;
}

static void
role_end(struct role *role)
{
	channel_free(&role->core);
	if (role->parent != NULL)
		channel_free(&role->parent);
	waitpid(role->pid, NULL, 0);
}

static void
role_ask(const struct role *role, uint16_t type, uint64_t id, uint32_t flags)
{
	struct frame frame;
	struct err err;
	int fd = good_mail();

	frame_init(&frame, type, id);
	if (type == WIRE_PARSE) {
		put_i64(&frame, date_from_civil(2026, 10, 5));
		put_u32(&frame, flags);
		put_fd(&frame, fd);
	}
	channel_queue(role->core, &frame);
	frame_free(&frame);
	close(fd);
	(void)channel_flush(role->core, &err);
}

/* The type of the next answer, and its id and status; WIRE_STOP: none, and the role is gone. */
static uint16_t
role_answer(const struct role *role, uint64_t *id_r, int *status_r)
{
	struct frame frame;
	struct err err;
	uint16_t type;

	*status_r = -1;
	if (channel_wait(role->core, 20000, &frame, &err) == -1)
		return WIRE_STOP;
	type = frame.type;
	*id_r = frame.id;
	if (type == WIRE_PARSED)
		*status_r = (int)get_u32(&frame);
	frame_free(&frame);
	return type;
}

/* The status of the next answer; -1: none, and the role is gone. */
static int
role_status(const struct role *role)
{
	uint64_t id;
	int status;

	(void)role_answer(role, &id, &status);
	return status;
}

/* It has gone on with what it was asked before. */
static void
role_turns(const struct role *role)
{
	role_ask(role, WIRE_ALIVE_ASK, 0, 0);
	(void)role_status(role);
}

static void
run_stop(const char *program)
{
	static const char name[] = "stopped while a mail is read";
	struct role role = role_begin(program, false);
	pid_t child;
	int status;

	role_ask(&role, WIRE_PARSE, 1, PARSE_MANY);
	check(role_status(&role) == PARSE_OK, name, "the first mail is not read");
	child = child_of(role.pid);
	check(child > 0 && kill(child, SIGSTOP) == 0, name, "no child to stop");
	role_ask(&role, WIRE_PARSE, 2, PARSE_MANY);
	role_turns(&role);
	role_ask(&role, WIRE_STOP, 0, 0);
	status = role_status(&role);
	check(status == -1, name, "the mail is answered for with %d", status);
	role_end(&role);
}

static int
highest_fd(pid_t pid)
{
	char path[40];
	DIR *dir;
	struct dirent *entry;
	int highest = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (atoi(entry->d_name) > highest)
			highest = atoi(entry->d_name);
	if (dir != NULL)
		closedir(dir);
	return highest;
}

/* There is room for the mail's descriptor, and none for a pipe from a child, or to pass it on. */
static void
run_no_child(const char *program, bool daemon, uint32_t flags, const char *name)
{
	struct rlimit few, many;
	struct role role = role_begin(program, daemon);
	int status;

	role_ask(&role, WIRE_PARSE, 1, flags);
	check(role_status(&role) == PARSE_OK, name, "the first mail is not read");
	role_turns(&role);
	getrlimit(RLIMIT_NOFILE, &many);
	few = many;
	few.rlim_cur = (rlim_t)highest_fd(role.pid) + 2;
	check(prlimit(role.pid, RLIMIT_NOFILE, &few, NULL) == 0, name, "no limit");
	role_ask(&role, WIRE_PARSE, 2, flags);
	status = role_status(&role);
	check(status == PARSE_NO_ROOM, name, "it is answered for with %d", status);
	prlimit(role.pid, RLIMIT_NOFILE, &many, NULL);
	role_ask(&role, WIRE_PARSE, 3, flags);
	check(role_status(&role) == PARSE_OK, name, "it is not read afterwards");
	role_end(&role);
}

/* ---- Two processes */

/* A role of two that has read a mail in each, and the second. */
static struct role
two_begin(const char *program, pid_t *second_r, const char *name)
{
	struct role role = role_begin(program, true);

	role_ask(&role, WIRE_PARSE, 1, 0);
	check(role_status(&role) == PARSE_OK, name, "the first mail is not read");
	role_ask(&role, WIRE_PARSE, 2, PARSE_MANY);
	check(role_status(&role) == PARSE_OK, name, "the second mail is not read");
	*second_r = child_of(role.pid);
	return role;
}

/* While the second hangs the role does not say that it is alive, and reads what it can; then nothing is lost. */
static void
run_second_hangs(const char *program)
{
	static const char name[] = "the second process hangs";
	pid_t second;
	struct role role = two_begin(program, &second, name);
	uint64_t id = 0, seen = 0;
	uint16_t type;
	int status;

	check(second > 0 && kill(second, SIGSTOP) == 0, name, "none is there");
	role_ask(&role, WIRE_PARSE, 3, PARSE_MANY);
	role_ask(&role, WIRE_ALIVE_ASK, 4, 0);
	role_ask(&role, WIRE_PARSE, 5, 0);
	type = role_answer(&role, &id, &status);
	check(type == WIRE_PARSED && id == 5 && status == PARSE_OK, name, "answer %d came first, with %d", (int)id, status);
	kill(second, SIGCONT);
	for (int i = 0; i < 2; i++) {
		type = role_answer(&role, &id, &status);
		check(type == (id == 4 ? WIRE_ALIVE : WIRE_PARSED) && (id == 4 || status == PARSE_OK), name, "answer %d, with %d",
		    (int)id, status);
		seen += id;
	}
	check(seen == 3 + 4, name, "the answers are not those asked for");
	role_end(&role);
}

/* The role ends with it, and says nothing of the mail that was read there. */
static void
run_second_dies(const char *program)
{
	static const char name[] = "the second process dies";
	pid_t second;
	struct role role = two_begin(program, &second, name);
	int status;

	kill(second, SIGSTOP);
	role_ask(&role, WIRE_PARSE, 3, PARSE_MANY);
	role_ask(&role, WIRE_PARSE, 4, 0);
	check(role_status(&role) == PARSE_OK, name, "the mail that needs it not is not read");
	kill(second, SIGKILL);
	status = role_status(&role);
	check(status == -1, name, "the mail is answered for with %d", status);
	role_end(&role);
}

/* Killed, or told to stop: neither leaves the second behind, whom we would inherit. */
static void
run_first_ends(const char *program)
{
	static const char name[] = "the first process ends";

	for (int told = 0; told < 2; told++) {
		pid_t second;
		struct role role = two_begin(program, &second, name);

		kill(second, SIGSTOP);
		if (told)
			role_ask(&role, WIRE_STOP, 0, 0);
		else
			kill(role.pid, SIGKILL);
		role_end(&role);
		while (waitpid(-1, NULL, 0) > 0)	/* the second, and the child that it had; alarm() sees to an end */
			;
		check(kill(second, 0) == -1, name, "the second one lives");
	}
}

int
main(int argc, char **argv)
{
	if (argc != 2 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1) {
		fprintf(stderr, "usage: role ADVICED-PARSE\n");
		return 2;
	}
	alarm(120);
	run_deaths(argv[1]);
	run_stop(argv[1]);
	run_no_child(argv[1], false, 0, "no child can be started");
	run_no_child(argv[1], true, 0, "no child can be started in the first process");
	run_no_child(argv[1], true, PARSE_MANY, "no mail can be handed to the second process");
	run_second_hangs(argv[1]);
	run_second_dies(argv[1]);
	run_first_ends(argv[1]);
	printf("role: %u passed, %u failed\n", passed, failed);
	return failed == 0 ? 0 : 1;
}
