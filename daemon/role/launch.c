/*
 * Starting a role.  Run by the parent, and by the role for what it was given.
 * Invariant: a role has the descriptors it is meant to have and no other, and
 * cannot outlive the parent.
 * Fails: ERR_RETRY when the system has no room for another process.
 */
#include "role/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"

#define TEXT_MOST	(1024 * 1024)
#define OUT_OF_THE_WAY	32	/* where descriptors wait while the fixed places are filled */

/* Between fork and exec. */
static void
place_fds(const int *fds)
{
	int moved[ROLE_FD_END], i;

	for (i = ROLE_FD_CORE; i < ROLE_FD_END; i++) {
		moved[i] = fds[i] == -1 ? -1 : fcntl(fds[i], F_DUPFD, OUT_OF_THE_WAY);
		if (fds[i] != -1 && moved[i] == -1)
			_exit(127);
	}
	for (i = ROLE_FD_CORE; i < ROLE_FD_END; i++) {
		if (moved[i] == -1)
			close(i);
		else if (dup2(moved[i], i) == -1)
			_exit(127);
	}
	close_range(ROLE_FD_END, ~0u, 0);
}

static void
become(const struct launch *launch, pid_t parent)
{
	sigset_t none;

	/* A terminal's Ctrl-C is the parent's business. */
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_IGN);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	unsetenv("CREDENTIALS_DIRECTORY");
	place_fds(launch->fds);
	execv(launch->program != NULL ? launch->program : "/proc/self/exe", (char *const *)(uintptr_t)launch->argv);
	_exit(127);
}

int
launch(const struct launch *launch, pid_t *pid_r, struct err *err)
{
	pid_t parent = getpid();

	*pid_r = fork();
	if (*pid_r == -1)
		return err_errno(err, ERR_RETRY, "no further process can be started");
	if (*pid_r == 0)
		become(launch, parent);
	return 0;
}

int
launch_seal(int fd, struct err *err)
{
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == -1 || lseek(fd, 0, SEEK_SET) == -1)
		return err_errno(err, ERR_DAEMON, "cannot be handed over");
	return 0;
}

int
launch_text(const char *name, const char *text, int *fd_r, struct err *err)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	*fd_r = -1;
	if (fd == -1)
		return err_errno(err, ERR_RETRY, "no memory to hand over the %s", name);
	if (file_write(fd, text, strlen(text), err) == -1) {
		close(fd);
		return -1;
	}
	if (launch_seal(fd, err) == -1) {
		close(fd);
		return err_wrap(err, "the %s", name);
	}
	*fd_r = fd;
	return 0;
}

char *
launch_read(int fd)
{
	struct buf text = BUF_INIT;
	char *copy = NULL;

	if (file_read_fd(fd, TEXT_MOST, &text, NULL) == 0)
		copy = x_strdup(text.data);
	if (text.data != NULL)
		explicit_bzero(text.data, text.size);
	buf_free(&text);
	if (fd != -1)
		close(fd);
	return copy;
}
