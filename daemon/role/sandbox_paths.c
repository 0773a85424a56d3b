/*
 * Shutting out the file system, by Landlock.  Every role that is given paths.
 * Invariant: what is not named cannot be opened, made, renamed or removed any
 * more, by nobody and nothing in this process.
 * Fails: ERR_DAEMON; a kernel without Landlock, or with its first version, is
 * no failure: then the unit's own restrictions and the user's rights remain.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "role/sandbox_private.h"

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

int
sandbox_paths(const struct sandbox_paths *paths, struct err *err)
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
