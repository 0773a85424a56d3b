/*
 * Passwords looked at in a process of its own: see apart.h.  Parent.
 * Invariant: what was read lies in that process and in the sealed memory that
 * the role gets, and nowhere else.
 * Fails: ERR_RETRY when no process can be started, else as config_secret().
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "role/apart.h"
#include "role/launch.h"

struct said {			/* over the pipe, between two forks of one program */
	bool		well, any;
	char		hash[65];
	struct err	err;
};

static int
wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

_Noreturn static void
read_secret(const struct server *server, int memory, int pipe_fd)
{
	struct said said = { .well = false };
	char *secret = NULL;

	said.well = config_secret(server, &secret, &said.err) == 0;
	said.any = secret != NULL;
	if (said.any) {
		sha256_hex(secret, strlen(secret), said.hash);
		said.well = file_write(memory, secret, strlen(secret), &said.err) == 0;
	}
	(void)!write(pipe_fd, &said, sizeof(said));
	_exit(0);
}

static int
hear(pid_t pid, int pipe_fd, struct said *said, struct err *err)
{
	ssize_t n;

	while ((n = read(pipe_fd, said, sizeof(*said))) == -1 && errno == EINTR)
		;
	if (wait_for(pid) != 0 || n != (ssize_t)sizeof(*said))
		return err_set(err, ERR_RETRY, "the process that reads a password has died");
	if (!said->well)
		*err = said->err;
	return said->well ? 0 : -1;
}

int
apart_secret(const struct server *server, int *fd_r, char hash_r[65], struct err *err)
{
	int memory = memfd_create("password", MFD_CLOEXEC | MFD_ALLOW_SEALING), ends[2] = { -1, -1 }, rc = -1;
	struct said said;
	pid_t pid;

	hash_r[0] = '\0';
	if (fd_r != NULL)
		*fd_r = -1;
	if (memory == -1 || pipe2(ends, O_CLOEXEC) == -1 || (pid = fork()) == -1) {
		err_errno(err, ERR_RETRY, "no process to read a password in");
		goto out;
	}
	if (pid == 0)
		read_secret(server, memory, ends[1]);
	close(ends[1]);
	ends[1] = -1;
	if (hear(pid, ends[0], &said, err) == -1)
		goto out;
	memcpy(hash_r, said.hash, sizeof(said.hash));
	rc = said.any && fd_r != NULL ? launch_seal(memory, err) : 0;
	if (rc == 0 && said.any && fd_r != NULL) {
		*fd_r = memory;
		memory = -1;
	}
out:
	for (int i = 0; i < 2; i++)
		if (ends[i] != -1)
			close(ends[i]);
	if (memory != -1)
		close(memory);
	return rc;
}

bool
apart_well(bool (*look)(const void *arg), const void *arg)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		bool well = look(arg);

		fflush(stderr);
		_exit(!well);
	}
	if (pid == -1)
		fprintf(stderr, "adviced: no process to look at the passwords in: %s\n", strerror(errno));
	return pid != -1 && wait_for(pid) == 0;
}
