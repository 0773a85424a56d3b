/* What the parent decides by: waiting before a restart, and who is alive; and that a lock is one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "role/launch.h"
#include "role/lock.h"
#include "role/parent.h"

/* One role that dies again and again: how long each process lived, how long it is left alone then. */
static const struct backoff_row {
	const char	*name;
	int64_t		 lived_ms, want_ms;
} backoff_rows[] = {
	{ "first death: at once", 500, 0 },
	{ "second", 10, 1000 },
	{ "third", 10, 2000 },
	{ "fourth", 59999, 4000 },
	{ "fifth", 0, 8000 },
	{ "sixth", 0, 16000 },
	{ "seventh", 0, 32000 },
	{ "eighth: the most", 0, 60000 },
	{ "ninth: still the most", 0, 60000 },
	{ "after a minute of life: forgiven", 60000, 0 },
	{ "and from the beginning", 0, 1000 },
};

static void
test_backoff(void **state)
{
	struct backoff backoff = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(backoff_rows) / sizeof(backoff_rows[0]); i++) {
		int64_t got = backoff_next_ms(&backoff, backoff_rows[i].lived_ms);

		if (got != backoff_rows[i].want_ms)
			fail_msg("%s: %lld ms", backoff_rows[i].name, (long long)got);
	}
}

#define NONE	(-1)

static const struct pulse_row {
	const char	*name;
	struct pulse	 pulse;		/* started, answered, asked, limit */
	int64_t		 now_ms;
	bool		 ask, kill, well;
} pulse_rows[] = {
	{ "just started and asked", { 0, 0, 0, 60000 }, 5, false, false, true },
	{ "answered just now", { 0, 5000, NONE, 60000 }, 6000, false, false, true },
	{ "answered a while ago: ask", { 0, 5000, NONE, 60000 }, 15000, true, false, true },
	{ "asked already: wait", { 0, 5000, 15000, 60000 }, 25000, false, false, true },
	{ "silent just under its limit", { 0, 5000, 15000, 60000 }, 64999, false, false, true },
	{ "silent for its limit: kill", { 0, 5000, 15000, 60000 }, 65000, false, true, true },
	{ "silent beyond the grace: systemd is to know", { 0, 5000, 15000, 60000 }, 95000, false, true, false },
	{ "started again: its own time counts, not the dead one's", { 64000, 5000, 64000, 60000 }, 65000, false, false, true },
	{ "does not come back: not killed, not well", { NONE, 5000, NONE, 60000 }, 95000, false, false, false },
	{ "waiting to be started again", { NONE, 5000, NONE, 60000 }, 30000, false, false, true },
	{ "comes back each time and never answers", { 94000, 5000, 94000, 60000 }, 95000, false, false, false },
	{ "core opens a large store", { 0, 0, 0, 600000 }, 300000, false, false, true },
};

static void
test_pulse(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pulse_rows) / sizeof(pulse_rows[0]); i++) {
		const struct pulse_row *row = &pulse_rows[i];
		bool ask = pulse_must_ask(&row->pulse, 10000, row->now_ms);
		bool kill = pulse_must_kill(&row->pulse, row->now_ms);
		bool well = pulse_is_well(&row->pulse, row->now_ms);

		if (ask != row->ask || kill != row->kill || well != row->well)
			fail_msg("%s: ask %d kill %d well %d", row->name, ask, kill, well);
	}
}

/* What locking fails with: of a folder, of a file; 0: nothing. */
static int	folder_errno, file_errno;

/* In the place of libc's. */
int
flock(int fd, int operation)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	errno = S_ISDIR(st.st_mode) ? folder_errno : file_errno;
	return errno != 0 ? -1 : (int)syscall(SYS_flock, fd, operation);
}

static void
test_lock_that_fails(void **state)
{
	static const struct { const char *name; int folder, file; enum err_scope scope; const char *want; } rows[] = {
		{ "NFS locks nothing that is open for reading only", EBADF, 0, ERR_NONE, "" },
		{ "no lock service", ENOLCK, 0, ERR_NONE, "" },
		{ "a file system without locks of folders", EOPNOTSUPP, 0, ERR_NONE, "" },
		{ "taken", EWOULDBLOCK, 0, ERR_RETRY, "was removed by somebody" },
		{ "something else is said as it is", EIO, 0, ERR_DAEMON, "cannot be locked: Input/output error" },
		{ "the file is taken", 0, EWOULDBLOCK, ERR_RETRY, "is working on" },
		{ "the file cannot be locked at all", 0, ENOLCK, ERR_DAEMON, "cannot be taken: No locks available" },
	};
	char folder[] = "/tmp/test_parent.XXXXXX", path[64];
	size_t failed = 0;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err = { .scope = ERR_NONE, .text = "" };
		int fd, rc;

		folder_errno = rows[i].folder;
		file_errno = rows[i].file;
		rc = lock_take(folder, 0, &fd, &err);
		if (rc == 0)
			close(fd);
		if (rc != (rows[i].scope == ERR_NONE ? 0 : -1) || (rc == -1 && (err.scope != rows[i].scope ||
		    strstr(err.text, rows[i].want) == NULL))) {
			fprintf(stderr, "%s: %d, scope %d, \"%s\"\n", rows[i].name, rc, err.scope, err.text);
			failed++;
		}
	}
	folder_errno = file_errno = 0;
	snprintf(path, sizeof(path), "%s/adviced.lock", folder);
	unlink(path);
	rmdir(folder);
	assert_int_equal(failed, 0);
}

static void
test_lock(void **state)
{
	char folder[] = "/tmp/test_parent.XXXXXX", path[64];
	struct err err;
	int first, copy, second;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(lock_take(folder, 0, &first, &err), 0);
	assert_int_equal(lock_take(folder, 0, &second, &err), -1);
	assert_int_equal(err.scope, ERR_RETRY);
	/* A role that has inherited it holds it when the parent is gone. */
	copy = dup(first);
	close(first);
	assert_int_equal(lock_take(folder, 0, &second, &err), -1);
	close(copy);
	assert_int_equal(lock_take(folder, 0, &second, &err), 0);
	/* Nor does it help to remove the file while a daemon works there. */
	assert_int_equal(lock_folder(folder, &first, &err), 0);
	snprintf(path, sizeof(path), "%s/adviced.lock", folder);
	unlink(path);
	assert_int_equal(lock_take(folder, 0, &copy, &err), -1);
	assert_int_equal(err.scope, ERR_RETRY);
	close(second);
	close(first);
	assert_int_equal(lock_take(folder, 0, &second, &err), 0);
	close(second);
	unlink(path);
	rmdir(folder);
}

/* What a role is given can be read from its beginning, once, and changed by nobody. */
static void
test_handed_over(void **state)
{
	struct err err;
	char *text;
	int fd;

	(void)state;
	assert_int_equal(launch_text("configuration", "packs = [ ]\n", &fd, &err), 0);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	text = launch_read(fd);
	assert_non_null(text);
	assert_string_equal(text, "packs = [ ]\n");
	free(text);
	assert_null(launch_read(-1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backoff), cmocka_unit_test(test_pulse), cmocka_unit_test(test_lock), cmocka_unit_test(test_lock_that_fails),
		cmocka_unit_test(test_handed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
