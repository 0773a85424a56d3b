/*
 * The trial of the packs.  See trial.h.  A process of its own, for it starts
 * the parser and may take long; the parent ends it at a deadline.
 * Invariant: a version stands under its hash only when it has passed all; the
 * hash is of the copy that was tested, so that a file that changes meanwhile
 * is not taken untested.
 * Fails: a pack that cannot be read, copied or tested is refused in words.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ctl/packtest.h"
#include "role/kept.h"
#include "role/trial.h"

#define FILE_MOST	(64 * 1024 * 1024)
#define DEPTH_MOST	5
#define UNMET_MOST	10	/* shown of what does not hold */
#define NEW		"new"	/* the copy, until it has passed */

struct trial {
	struct arena	*arena;		/* of one pack */
	const struct config *config;
	const char	*pack;
	const char	*folder;	/* SPOOL/rules */
	int		 dirfd;
	struct buf	 files;		/* "hash name" of each file copied: what the version's hash is of */
	size_t		 tests;
};

/* ---- The copy */

static void
copy_remove(struct trial *trial)
{
	file_remove_tree(arena_printf(trial->arena, "%s/" NEW, trial->folder));
}

static int
file_copy(struct trial *trial, int from, int to, const char *name, const char *shown, struct err *err)
{
	struct buf bytes = BUF_INIT;
	char hex[65];
	int fd = -1, rc = -1;

	if (file_read(from, name, FILE_MOST, &bytes, err) == 0 && file_create(to, name, &fd, err) == 0 &&
	    file_write(fd, buf_text(&bytes), bytes.len, err) == 0)
		rc = file_commit(&fd, err);
	if (rc == 0) {
		sha256_hex(buf_text(&bytes), bytes.len, hex);
		buf_printf(&trial->files, "%s %s\n", hex, shown);
	}
	if (fd != -1)
		close(fd);
	buf_free(&bytes);
	return rc;
}

/* skip: a name at the top that is left out, or NULL.  What an editor leaves behind under a hidden name stays behind. */
static int
folder_copy(struct trial *trial, const char *from, const char *to, const char *shown, const char *skip, int depth,
    struct err *err)
{
	struct strs names = { NULL, 0 };
	int from_fd = -1, to_fd = -1, rc = -1;

	if (depth > DEPTH_MOST)
		return err_set(err, ERR_CONFIG, "%s: folders lie more than %d deep in each other", shown, DEPTH_MOST);
	if (file_make_dir(to, 0700, err) == -1 || file_open_dir(from, &from_fd, err) == -1 ||
	    file_open_dir(to, &to_fd, err) == -1 || file_list(trial->arena, from_fd, &names, err) == -1)
		goto out;
	rc = 0;
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		const char *name = names.v[i], *below = arena_printf(trial->arena, "%s/%s", shown, name);
		struct stat st;

		if (name[0] == '.' || (skip != NULL && strcmp(name, skip) == 0) || fstatat(from_fd, name, &st, 0) == -1)
			continue;
		if (S_ISDIR(st.st_mode))
			rc = folder_copy(trial, arena_printf(trial->arena, "%s/%s", from, name),
			    arena_printf(trial->arena, "%s/%s", to, name), below, NULL, depth + 1, err);
		else if (S_ISREG(st.st_mode))
			rc = file_copy(trial, from_fd, to_fd, name, below, err);
	}
	if (rc == 0)
		rc = file_sync_dir(to_fd, err);
out:
	if (from_fd != -1)
		close(from_fd);
	if (to_fd != -1)
		close(to_fd);
	return rc;
}

/* The pack with its tests, and what it extends without theirs. */
static int
pack_copy(struct trial *trial, const struct pack *pack, char hash_r[65], struct err *err)
{
	copy_remove(trial);
	buf_reset(&trial->files);
	if (file_make_dir(arena_printf(trial->arena, "%s/" NEW "/rules", trial->folder), 0700, err) == -1)
		return -1;
	for (size_t i = 0; i < pack->folders.n; i++) {
		const char *name = kept_name(pack->folders.v[i]);

		if (folder_copy(trial, pack->folders.v[i], arena_printf(trial->arena, "%s/" NEW "/rules/%s", trial->folder, name),
		    name, i == 0 ? NULL : "tests", 1, err) == -1)
			return -1;
	}
	sha256_hex(buf_text(&trial->files), trial->files.len, hash_r);
	return 0;
}

/* ---- What came out */

static int
refuse(struct trial *trial, const char *words, struct err *err)
{
	return file_replace(trial->dirfd, arena_printf(trial->arena, "%s.refused", trial->pack), words, strlen(words), err);
}

static int
pass(struct trial *trial, const char *hash, struct err *err)
{
	const char *text = arena_printf(trial->arena, "%s %zu\n", hash, trial->tests);

	if (trial->tests == 0)
		log_warning("untested pack=%s reason=\"it has no tests of its own\"", trial->pack);
	if (file_replace(trial->dirfd, arena_printf(trial->arena, "%s.passed", trial->pack), text, strlen(text), err) == -1)
		return -1;
	return file_remove(trial->dirfd, arena_printf(trial->arena, "%s.refused", trial->pack), err);
}

static void
test_words(const struct packtest *test, size_t *left, struct buf *out)
{
	if (test->broken != NULL)
		buf_printf(out, "%s: could not be run: %s\n", test->shown, test->broken);
	for (size_t i = 0; i < test->unmet_count && *left > 0; i++, (*left)--)
		buf_printf(out, "%s:%d: %s\n    seen: %s\n", test->expect.file, test->unmet[i].demand->line,
		    test->unmet[i].demand->text, test->unmet[i].count);
}

/* True: all passed. */
static bool
tests_pass(struct trial *trial, struct buf *words)
{
	struct packtests tests;
	struct err err = { ERR_NONE, "" };
	size_t failed = 0, left = UNMET_MOST;
	const char *rules = arena_printf(trial->arena, "%s/" NEW "/rules", trial->folder);

	if (packtests_run(trial->arena, rules, trial->config->calendars, trial->pack, &tests, &err) == -1) {
		problems_print(&tests.problems, words);
		if (err.text[0] != '\0')
			buf_printf(words, "Its tests could not be run: %s\n", err.text);
		return false;
	}
	trial->tests = tests.test_count;
	for (size_t i = 0; i < tests.test_count; i++)
		failed += !packtest_passed(&tests.tests[i]);
	if (failed == 0)
		return true;
	buf_printf(words, "%zu of its %zu tests failed; \"advicectl test %s\" shows all of it.\n", failed, tests.test_count,
	    trial->pack);
	problems_print(&tests.problems, words);
	for (size_t i = 0; i < tests.test_count; i++)
		if (!packtest_passed(&tests.tests[i]))
			test_words(&tests.tests[i], &left, words);
	return false;
}

static int
copy_try(struct trial *trial, struct pack *pack, struct err *err)
{
	struct buf words = BUF_INIT;
	char hash[65];
	int rc;

	if (pack_copy(trial, pack, hash, err) == -1)
		return -1;
	/* A version seen before has passed before. */
	if (!kept_is_here(trial->config->spool, hash)) {
		/* What holds if this process is ended in the middle of them. */
		if (refuse(trial, "Its tests did not come to an end.\n", err) == -1)
			rc = -1;
		else if (!tests_pass(trial, &words))
			rc = refuse(trial, buf_text(&words), err);
		else if ((rc = file_rename(trial->dirfd, NEW, trial->dirfd, hash, err)) == 0)
			rc = pass(trial, hash, err);
	} else {
		struct packtests tests = { 0 };

		packtests_read(trial->arena, pack, &tests);
		trial->tests = tests.test_count;
		rc = pass(trial, hash, err);
	}
	buf_free(&words);
	return rc;
}

static int
pack_try(struct trial *trial, const char *name, struct err *err)
{
	struct problems problems = { .arena = trial->arena };
	struct pack *pack = NULL;
	struct buf words = BUF_INIT;
	int rc;

	pack_read(trial->arena, trial->config->rules, trial->config->calendars, name, &pack, &problems);
	if (pack != NULL)
		pack_check(pack, NULL, &problems);
	if (pack != NULL && problems_errors(&problems) == 0) {
		rc = copy_try(trial, pack, err);
	} else {
		problems_print(&problems, &words);
		rc = refuse(trial, buf_text(&words), err);
	}
	if (rc == -1)	/* a file that cannot be copied, a full disk: said as far as it can be */
		rc = refuse(trial, arena_printf(trial->arena, "It could not be tried: %s\n", err->text), err);
	copy_remove(trial);
	buf_free(&words);
	return rc;
}

int
role_trial(const struct config *config)
{
	struct trial trial = { .config = config, .dirfd = -1 };
	struct arena *arena = arena_new();
	struct err err = { ERR_NONE, "" };
	int code = 0;

	trial.folder = arena_printf(arena, "%s/rules", config->spool);
	if (file_make_dir(trial.folder, 0700, &err) == -1 || file_open_dir(trial.folder, &trial.dirfd, &err) == -1) {
		log_err("rules cannot be kept reason=\"%s\"", err.text);
		code = 1;
	}
	for (size_t i = 0; code == 0 && i < config->packs.n; i++) {
		trial.arena = arena_new();
		trial.pack = kept_name(config->packs.v[i]);
		trial.tests = 0;
		if (pack_try(&trial, config->packs.v[i], &err) == -1) {
			log_err("rules cannot be kept pack=%s reason=\"%s\"", trial.pack, err.text);
			code = 1;
		}
		arena_free(&trial.arena);
	}
	if (trial.dirfd != -1)
		close(trial.dirfd);
	buf_free(&trial.files);
	arena_free(&arena);
	return code;
}
