/* Durable files: what is there after every step failed in turn; reading, names, hashes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/step.h"
#include "base/str.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

/* A folder of its own for each test. */
struct room {
	char	path[64];
	int	dirfd;
};

static int
set_up(void **state)
{
	struct room	*room = calloc(1, sizeof(*room));
	struct err	 err;

	strcpy(room->path, "/tmp/test_file.XXXXXX");
	assert_non_null(mkdtemp(room->path));
	assert_int_equal(file_open_dir(room->path, &room->dirfd, &err), 0);
	*state = room;
	return 0;
}

static void
remove_all(int dirfd)
{
	struct arena	*arena = arena_new();
	struct strs	 names;
	size_t		 i;
	int		 sub;

	assert_int_equal(file_list(arena, dirfd, &names, NULL), 0);
	for (i = 0; i < names.n; i++) {
		if (unlinkat(dirfd, names.v[i], 0) == 0)
			continue;
		sub = openat(dirfd, names.v[i], O_RDONLY | O_DIRECTORY);
		remove_all(sub);
		close(sub);
		unlinkat(dirfd, names.v[i], AT_REMOVEDIR);
	}
	arena_free(&arena);
}

static int
tear_down(void **state)
{
	struct room	*room = *state;

	step_set(NULL, NULL);
	remove_all(room->dirfd);
	close(room->dirfd);
	assert_int_equal(rmdir(room->path), 0);
	free(room);
	return 0;
}

/* The steps taken, and the one that fails. */
struct steps {
	char	taken[512];
	int	count;
	int	fail_at;	/* from 1; 0 for none */
	int	failing;	/* with this errno */
};

static int
count_step(void *ctx, const char *name)
{
	struct steps	*steps = ctx;

	snprintf(steps->taken + strlen(steps->taken), sizeof(steps->taken) - strlen(steps->taken),
	    "%s%s", steps->taken[0] == '\0' ? "" : " ", name + strlen("file."));
	return ++steps->count == steps->fail_at ? steps->failing : 0;
}

static void
check_file(const struct room *room, const char *name, const char *want)
{
	struct buf	text = BUF_INIT;
	struct err	err = { ERR_NONE, "" };

	if (want == NULL) {
		assert_false(file_exists(room->dirfd, name));
		return;
	}
	if (file_read(room->dirfd, name, 1000, &text, &err) == -1)
		fail_msg("%s", err.text);
	assert_string_equal(buf_text(&text), want);
	buf_free(&text);
}

static size_t
count_files(const struct room *room)
{
	struct arena	*arena = arena_new();
	struct strs	 names;
	size_t		 n;

	assert_int_equal(file_list(arena, room->dirfd, &names, NULL), 0);
	n = names.n;
	arena_free(&arena);
	return n;
}

static void
test_steps(void **state)
{
	struct room	*room = *state;
	struct steps	 steps = { "", 0, 0, 0 };
	struct err	 err;
	struct stat	 st;

	step_set(count_step, &steps);
	assert_int_equal(file_replace(room->dirfd, "a", "one", 3, &err), 0);
	assert_string_equal(steps.taken, "create write fsync close rename dirsync");
	check_file(room, "a", "one");
	assert_int_equal(fstatat(room->dirfd, "a", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	steps.taken[0] = '\0';
	assert_int_equal(file_remove(room->dirfd, "a", &err), 0);
	assert_string_equal(steps.taken, "unlink dirsync");
	assert_int_equal(file_remove(room->dirfd, "a", &err), 0);
	assert_int_equal(count_files(room), 0);
}

/* Each step fails in turn: the name holds the old text or the new, never a part. */
static void
test_replace_failing(void **state)
{
	static const int	errnos[] = { ENOSPC, EIO };
	struct room		*room = *state;
	struct err		 err;
	size_t			 i;
	int			 at;

	for (i = 0; i < COUNT(errnos); i++) {
		for (at = 1; at <= 6; at++) {
			struct steps	steps = { "", 0, 0, 0 };

			assert_int_equal(file_replace(room->dirfd, "a", "old", 3, &err), 0);
			steps.fail_at = at;
			steps.failing = errnos[i];
			step_set(count_step, &steps);
			err.scope = ERR_NONE;
			errno = 0;
			if (file_replace(room->dirfd, "a", "new text", 8, &err) != -1 ||
			    err.scope != ERR_RETRY || errno != errnos[i])
				fail_msg("step %d: %s", at, err.text);
			step_set(NULL, NULL);
			check_file(room, "a", at == 6 ? "new text" : "old");
			assert_int_equal(count_files(room), 1);
		}
	}
}

/* What a crash left under the name for the time being does not stand in the way. */
static void
test_replace_after_crash(void **state)
{
	struct room	*room = *state;
	struct err	 err;
	int		 fd = -1;

	assert_int_equal(file_create(room->dirfd, ".a.tmp", &fd, &err), 0);
	assert_int_equal(file_write(fd, "half", 4, &err), 0);
	close(fd);
	assert_int_equal(file_replace(room->dirfd, "a", "whole", 5, &err), 0);
	check_file(room, "a", "whole");
	assert_int_equal(count_files(room), 1);
	assert_int_equal(file_replace(room->dirfd, "x/y", "", 0, &err), -1);
	assert_int_equal(err.scope, ERR_DAEMON);
}

static void
test_full_disk(void **state)
{
	struct room	*room = *state;
	struct steps	 steps = { "", 0, 1, ENOSPC };
	struct err	 err;
	int		 fd = -1;

	assert_int_equal(file_create(room->dirfd, "a", &fd, &err), 0);
	assert_int_equal(file_create(room->dirfd, "a", &(int){ -1 }, &err), -1);
	assert_int_equal(errno, EEXIST);
	step_set(count_step, &steps);
	assert_int_equal(file_write(fd, "12345678", 8, &err), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(err.scope, ERR_RETRY);
	check_file(room, "a", "1234");
	assert_int_equal(file_write(fd, "", 0, &err), 0);
	steps.count = 0;
	assert_int_equal(file_commit(&fd, &err), -1);
	assert_int_equal(fd, -1);
}

/* A file larger than one piece of writing takes one step for each. */
static void
test_large(void **state)
{
	struct room	*room = *state;
	struct steps	 steps = { "", 0, 0, 0 };
	struct buf	 text = BUF_INIT;
	struct err	 err;
	char		 hex[65], hex_fd[65], *data = malloc(700000);
	int		 fd = -1;

	memset(data, 'x', 700000);
	assert_int_equal(file_create(room->dirfd, "a", &fd, &err), 0);
	step_set(count_step, &steps);
	assert_int_equal(file_write(fd, data, 700000, &err), 0);
	assert_string_equal(steps.taken, "write write write");
	assert_int_equal(sha256_hex_fd(fd, hex_fd, &err), 0);
	sha256_hex(data, 700000, hex);
	assert_string_equal(hex, hex_fd);
	assert_int_equal(file_commit(&fd, &err), 0);
	assert_int_equal(file_read(room->dirfd, "a", 699999, &text, &err), -1);
	assert_int_equal(err.scope, ERR_CONFIG);
	assert_int_equal(file_read(room->dirfd, "a", 700000, &text, &err), 0);
	assert_int_equal(text.len, 700000);
	buf_free(&text);
	free(data);
}

static void
test_rename(void **state)
{
	struct room	*room = *state;
	struct steps	 steps = { "", 0, 0, 0 };
	struct err	 err;
	char		 path[96];
	int		 to = -1;

	snprintf(path, sizeof(path), "%s/to", room->path);
	assert_int_equal(file_make_dir(path, 0700, &err), 0);
	assert_int_equal(file_open_dir(path, &to, &err), 0);
	assert_int_equal(file_replace(room->dirfd, "a", "one", 3, &err), 0);
	step_set(count_step, &steps);
	assert_int_equal(file_rename(room->dirfd, "a", to, "b", &err), 0);
	assert_string_equal(steps.taken, "rename dirsync dirsync");
	assert_true(file_exists(to, "b"));
	check_file(room, "a", NULL);
	assert_int_equal(file_rename(room->dirfd, "a", to, "b", &err), -1);
	assert_int_equal(err.scope, ERR_DAEMON);
	close(to);
}

static void
test_make_dir(void **state)
{
	struct room	*room = *state;
	struct err	 err;
	struct stat	 st;
	char		 path[128];

	snprintf(path, sizeof(path), "%s//x/y/z/", room->path);
	assert_int_equal(file_make_dir(path, 0750, &err), 0);
	assert_int_equal(file_make_dir(path, 0750, &err), 0);
	assert_int_equal(fstatat(room->dirfd, "x/y/z", &st, 0), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(file_replace(room->dirfd, "file", "", 0, &err), 0);
	snprintf(path, sizeof(path), "%s/file", room->path);
	assert_int_equal(file_make_dir(path, 0750, &err), -1);
	assert_int_equal(err.scope, ERR_DAEMON);
	snprintf(path, sizeof(path), "%s/file/x", room->path);
	assert_int_equal(file_make_dir(path, 0750, &err), -1);
	assert_int_equal(file_make_dir("", 0750, &err), -1);
}

/* Neither a pipe nor a folder is waited for or taken for a file. */
static void
test_read_what_is_no_file(void **state)
{
	struct room	*room = *state;
	struct buf	 text = BUF_INIT;
	struct err	 err;

	assert_int_equal(mkfifoat(room->dirfd, "pipe", 0600), 0);
	assert_int_equal(file_read(room->dirfd, "pipe", 10, &text, &err), -1);
	assert_int_equal(err.scope, ERR_CONFIG);
	assert_int_equal(file_read(room->dirfd, ".", 10, &text, &err), -1);
	assert_int_equal(err.scope, ERR_CONFIG);
	assert_int_equal(file_read(room->dirfd, "none", 10, &text, &err), -1);
	assert_int_equal(err.scope, ERR_DAEMON);
	assert_string_equal(err.text, "none: No such file or directory");
	assert_int_equal(file_replace(room->dirfd, "empty", "", 0, &err), 0);
	buf_add_str(&text, "from before");
	assert_int_equal(file_read(room->dirfd, "empty", 0, &text, &err), 0);
	assert_string_equal(buf_text(&text), "");
	buf_free(&text);
}

static void
test_list(void **state)
{
	struct room	*room = *state;
	struct arena	*arena = arena_new();
	struct strs	 names;
	struct err	 err;

	assert_int_equal(file_replace(room->dirfd, "b", "", 0, &err), 0);
	assert_int_equal(file_replace(room->dirfd, "a", "", 0, &err), 0);
	assert_int_equal(file_replace(room->dirfd, "C", "", 0, &err), 0);
	assert_int_equal(file_list(arena, room->dirfd, &names, &err), 0);
	assert_string_equal(strs_join(arena, &names, " "), "C a b");
	assert_int_equal(file_list(arena, room->dirfd, &names, &err), 0);
	assert_int_equal(names.n, 3);
	assert_int_equal(file_list(arena, -1, &names, &err), -1);
	arena_free(&arena);
}

static void
test_safe_names(void **state)
{
	static const struct { const char *name; bool want; } rows[] = {
		{ "das.1234.17", true }, { "a_b-c=d", true }, { "0", true }, { "-", true },
		{ "", false }, { ".", false }, { "..", false }, { ".hidden", false },
		{ "a/b", false }, { "../a", false }, { "a b", false }, { "a\n", false },
		{ "caf\xc3\xa9", false }, { "a\\b", false }, { "a:b", false }, { "a*", false },
	};
	char	name[300];
	size_t	i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (file_name_is_safe(rows[i].name) != rows[i].want)
			fail_msg("\"%s\" is %ssafe", rows[i].name, rows[i].want ? "" : "not ");
	}
	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	assert_true(file_name_is_safe(name));
	name[255] = 'a';
	name[256] = '\0';
	assert_false(file_name_is_safe(name));
}

/* FIPS 180 and RFC 4231. */
static void
test_hashes(void **state)
{
	char	hex[65], keyed[17], key[20];

	(void)state;
	sha256_hex("abc", 3, hex);
	assert_string_equal(hex,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_hex("", 0, hex);
	assert_string_equal(hex,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	memset(key, 0x0b, sizeof(key));
	hmac_hex(key, sizeof(key), "Hi There", keyed);
	assert_string_equal(keyed, "b0344c61d8db3853");
}

int
main(void)
{
	static const struct CMUnitTest	tests[] = {
		cmocka_unit_test_setup_teardown(test_steps, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_replace_failing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_replace_after_crash, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_large, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rename, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_make_dir, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_read_what_is_no_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_list, set_up, tear_down),
		cmocka_unit_test(test_safe_names),
		cmocka_unit_test(test_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
