/* The spool: names, the way of a mail, quarantine, recovery, and a disk that fails at each step. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/step.h"
#include "spool/claim.h"
#include "spool/enter.h"
#include "spool/finish.h"
#include "spool/quarantine.h"
#include "spool/recover.h"

struct fixture {
	char		 path[64];
	struct spool	 spool;
	struct arena	*arena;
	struct err	 err;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->path, "/tmp/adviced-spool-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->arena = arena_new();
	assert_int_equal(spool_open(f->path, &f->spool, &f->err), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	spool_close(&f->spool);
	arena_free(&f->arena);
	snprintf(command, sizeof(command), "rm -rf '%s'", f->path);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static int
put(struct fixture *f, const char *name, const char *text)
{
	struct enter enter;
	int result = -1;

	if (enter_init(&enter, f->spool.tmp, f->spool.new, "advice", &f->err) == 0 &&
	    enter_begin(&enter, &f->err) == 0 &&
	    enter_write(&enter, text, strlen(text), &f->err) == 0 &&
	    enter_place(&enter, name, 1785000000, &f->err) == 0 && enter_sync(&enter, &f->err) == 0)
		result = 0;
	enter_abandon(&enter);
	return result;
}

static size_t
count(struct fixture *f, int dirfd)
{
	struct strs names = { NULL, 0 };

	assert_int_equal(file_list(f->arena, dirfd, &names, &f->err), 0);
	return names.n;
}

static void
test_names(void **state)
{
	static const struct { const char *name; bool ok; const char *mailbox; uint32_t uidvalidity, uid; } rows[] = {
		{ "advice.1.2", true, "advice", 1, 2 },
		{ "ses.inbox-2.4294967295.1", true, "ses.inbox-2", 4294967295u, 1 },
		{ "advice.0.0", true, "advice", 0, 0 },
		{ "advice.1.4294967296", false, NULL, 0, 0 },
		{ "advice.1.99999999999", false, NULL, 0, 0 },
		{ "advice.01.2", false, NULL, 0, 0 },
		{ "advice.1.2.why", false, NULL, 0, 0 },
		{ "advice.part", false, NULL, 0, 0 },
		{ "advice.1.", false, NULL, 0, 0 },
		{ "1.2", false, NULL, 0, 0 },
		{ ".1.2", false, NULL, 0, 0 },
		{ "../x.1.2", false, NULL, 0, 0 },
		{ "a/b.1.2", false, NULL, 0, 0 },
		{ "", false, NULL, 0, 0 },
		{ "advice.-1.2", false, NULL, 0, 0 }
	};
	char made[SPOOL_NAME_MAX];
	struct spool_name parsed;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (spool_name_parse(rows[i].name, &parsed) != rows[i].ok)
			fail_msg("row %zu: %s", i, rows[i].name);
		if (!rows[i].ok)
			continue;
		if (strcmp(parsed.mailbox, rows[i].mailbox) != 0 || parsed.uidvalidity != rows[i].uidvalidity ||
		    parsed.uid != rows[i].uid)
			fail_msg("row %zu: %s was read as %s %u %u", i, rows[i].name, parsed.mailbox,
			    parsed.uidvalidity, parsed.uid);
		assert_int_equal(spool_name_make(parsed.mailbox, parsed.uidvalidity, parsed.uid, made, NULL), 0);
		assert_string_equal(made, rows[i].name);
	}
}

static void
test_mailbox_names(void **state)
{
	static const char *const bad[] = { "", "a/b", ".hidden", "a b", "n\xc3\xa4me",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	char name[SPOOL_NAME_MAX];
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (spool_name_make(bad[i], 4294967295u, 4294967295u, name, &err) == 0)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_int_equal(err.scope, ERR_CONFIG);
	}
}

static void
test_way_of_a_mail(void **state)
{
	struct fixture *f = *state;
	struct buf text = BUF_INIT;
	int fd;

	assert_int_equal(put(f, "advice.7.1", "a mail\r\n"), 0);
	assert_int_equal(count(f, f->spool.tmp), 0);
	assert_int_equal(spool_claim(&f->spool, "advice.7.1", &fd, &f->err), 0);
	assert_int_equal(file_read_fd(fd, 100, &text, &f->err), 0);
	assert_string_equal(buf_text(&text), "a mail\r\n");
	close(fd);
	assert_int_equal(count(f, f->spool.new), 0);
	/* Claiming again is the same. */
	assert_int_equal(spool_claim(&f->spool, "advice.7.1", &fd, &f->err), 0);
	close(fd);
	assert_int_equal(spool_finish(&f->spool, "advice.7.1", &f->err), 0);
	assert_int_equal(spool_finish(&f->spool, "advice.7.1", &f->err), 0);
	assert_int_equal(spool_finish_sync(&f->spool, &f->err), 0);
	assert_int_equal(count(f, f->spool.cur), 0);
	assert_true(file_exists(f->spool.archive, "advice.7.1"));
	assert_int_equal(spool_read(&f->spool, "advice.7.1", &fd, &f->err), 0);
	close(fd);
	/* What is not there, and what is not a name. */
	assert_int_equal(spool_claim(&f->spool, "advice.7.2", &fd, &f->err), -1);
	assert_int_equal(f->err.scope, ERR_MESSAGE);
	assert_int_equal(spool_claim(&f->spool, "../archive/advice.7.1", &fd, &f->err), -1);
	assert_int_equal(spool_finish(&f->spool, "advice.7.2", &f->err), -1);
	assert_int_equal(f->err.scope, ERR_MESSAGE);
	buf_free(&text);
}

static void
test_repeat_replaces(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(put(f, "advice.7.1", "once"), 0);
	assert_int_equal(put(f, "advice.7.1", "once"), 0);
	assert_int_equal(count(f, f->spool.new), 1);
	assert_int_equal(spool_drop(&f->spool, "advice.7.1", &f->err), 0);
	assert_int_equal(spool_drop(&f->spool, "advice.7.1", &f->err), 0);
	assert_int_equal(count(f, f->spool.new), 0);
}

static void
test_quarantine(void **state)
{
	struct fixture *f = *state;
	struct strs names;
	int fd;

	assert_int_equal(put(f, "advice.7.1", "bomb"), 0);
	assert_int_equal(spool_claim(&f->spool, "advice.7.1", &fd, &f->err), 0);
	close(fd);
	assert_int_equal(spool_quarantine(&f->spool, "advice.7.1", "reading it took too long, twice", &f->err), 0);
	/* A crash afterwards repeats it. */
	assert_int_equal(spool_quarantine(&f->spool, "advice.7.1", "reading it took too long, twice", &f->err), 0);
	assert_int_equal(spool_quarantined(&f->spool, f->arena, &names, &f->err), 0);
	assert_int_equal(names.n, 1);
	assert_string_equal(names.v[0], "advice.7.1");
	assert_string_equal(spool_why(&f->spool, f->arena, "advice.7.1"), "reading it took too long, twice");
	assert_int_equal(spool_release(&f->spool, "advice.7.1", &f->err), 0);
	assert_int_equal(count(f, f->spool.bad), 0);
	assert_true(file_exists(f->spool.new, "advice.7.1"));
	assert_int_equal(spool_release(&f->spool, "advice.7.1", &f->err), -1);
	assert_int_equal(spool_quarantine(&f->spool, "advice.7.2", "why", &f->err), -1);
	assert_int_equal(f->err.scope, ERR_MESSAGE);
	assert_int_equal(count(f, f->spool.bad), 0);
}

static void
test_recover(void **state)
{
	static const char *const want[] = { "advice.7.2", "advice.7.10", "advice.30.1", "ses.1.1" };
	struct fixture *f = *state;
	struct strs names, strange;
	int fd;

	assert_int_equal(put(f, "advice.30.1", "x"), 0);
	assert_int_equal(put(f, "ses.1.1", "x"), 0);
	assert_int_equal(put(f, "advice.7.10", "x"), 0);
	assert_int_equal(put(f, "advice.7.2", "x"), 0);
	assert_int_equal(spool_claim(&f->spool, "advice.7.10", &fd, &f->err), 0);
	close(fd);
	assert_int_equal(put(f, "advice.7.10", "x"), 0);	/* fetched again meanwhile */
	assert_int_equal(file_replace(f->spool.tmp, "advice.part", "half", 4, &f->err), 0);
	assert_int_equal(file_replace(f->spool.bad, "advice.7.9.why", "why", 3, &f->err), 0);
	assert_int_equal(file_replace(f->spool.new, "letter.txt", "x", 1, &f->err), 0);
	assert_int_equal(spool_recover(&f->spool, f->arena, &names, &strange, &f->err), 0);
	assert_int_equal(names.n, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.v[i], want[i]) != 0)
			fail_msg("place %zu: %s, not %s", i, names.v[i], want[i]);
	assert_int_equal(strange.n, 1);
	assert_int_equal(count(f, f->spool.tmp), 0);
	assert_int_equal(count(f, f->spool.bad), 0);
	assert_true(file_exists(f->spool.new, "letter.txt"));
}

/* A file says when its mail came, wherever it goes: a row that is made of it alone is whole. */
static void
test_a_file_says_when_its_mail_came(void **state)
{
	static const instant moments[] = { 1785000000, INSTANT_NONE, 1, 4000000000 };
	struct fixture *f = *state;
	char hex[65];

	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		struct enter enter;
		uint64_t size = 0;
		instant received = 5;
		int fd;

		assert_int_equal(enter_init(&enter, f->spool.tmp, f->spool.new, "advice", &f->err), 0);
		assert_int_equal(enter_begin(&enter, &f->err), 0);
		assert_int_equal(enter_write(&enter, "mail", 4, &f->err), 0);
		assert_int_equal(enter_place(&enter, "advice.7.1", moments[i], &f->err), 0);
		assert_int_equal(enter_sync(&enter, &f->err), 0);
		assert_int_equal(spool_measure(&f->spool, "advice.7.1", &size, &received, &f->err), 0);
		assert_int_equal(size, 4);
		if (received != moments[i])
			fail_msg("moment %zu: %lld", i, (long long)received);
		assert_int_equal(spool_claim(&f->spool, "advice.7.1", &fd, &f->err), 0);
		close(fd);
		/* To a backup, and back. */
		assert_int_equal(file_copy_hashed(f->spool.cur, "advice.7.1", f->spool.tmp, "copy", hex, &size, &f->err), 0);
		assert_int_equal(renameat(f->spool.tmp, "copy", f->spool.cur, "advice.7.1"), 0);
		assert_int_equal(spool_measure(&f->spool, "advice.7.1", &size, &received, &f->err), 0);
		if (received != moments[i])
			fail_msg("moment %zu, copied: %lld", i, (long long)received);
		assert_int_equal(spool_drop(&f->spool, "advice.7.1", &f->err), 0);
	}
}

/* The disk fails at one step after the other. */
struct failing { int at, now; };

static int
fail_at(void *ctx, const char *name)
{
	struct failing *failing = ctx;

	(void)name;
	return ++failing->now == failing->at ? ENOSPC : 0;
}

static void
test_failing_disk(void **state)
{
	struct fixture *f = *state;
	struct failing failing = { 0, 0 };
	struct buf text = BUF_INIT;
	int steps;

	step_set(fail_at, &failing);
	assert_int_equal(put(f, "advice.7.100", "whole"), 0);
	steps = failing.now;
	assert_true(steps >= 4);	/* write, fsync, rename, fsync of the folder, at the least */
	for (int at = 1; at <= steps; at++) {
		char name[SPOOL_NAME_MAX];

		failing = (struct failing){ at, 0 };
		assert_int_equal(spool_name_make("advice", 7, (uint32_t)at, name, NULL), 0);
		if (put(f, name, "whole") != -1)
			fail_msg("step %d failed, and nobody noticed", at);
		assert_int_equal(f->err.scope, ERR_RETRY);
		/* What stands in new is whole, whatever failed. */
		if (file_exists(f->spool.new, name)) {
			buf_reset(&text);
			assert_int_equal(file_read(f->spool.new, name, 100, &text, &f->err), 0);
			assert_string_equal(buf_text(&text), "whole");
		}
		failing = (struct failing){ 0, 0 };
		if (put(f, name, "whole") == -1)
			fail_msg("after step %d had failed: %s", at, f->err.text);
	}
	step_set(NULL, NULL);
	buf_free(&text);
}

/* So many mails placed, then one sync; -1 if any of it fails. */
static int
put_many(struct fixture *f, uint32_t n)
{
	struct enter enter;
	char name[SPOOL_NAME_MAX];
	int result = enter_init(&enter, f->spool.tmp, f->spool.new, "advice", &f->err);

	for (uint32_t uid = 1; result == 0 && uid <= n; uid++)
		if (spool_name_make("advice", 8, uid, name, &f->err) == -1 || enter_begin(&enter, &f->err) == -1 ||
		    enter_write(&enter, name, strlen(name), &f->err) == -1 ||
		    enter_place(&enter, name, 1785000000, &f->err) == -1)
			result = -1;
	if (result == 0)
		result = enter_sync(&enter, &f->err);
	enter_drop(&enter);
	return result;
}

static void
all_stand(struct fixture *f, uint32_t n)
{
	struct buf text = BUF_INIT;
	char name[SPOOL_NAME_MAX];

	for (uint32_t uid = 1; uid <= n; uid++) {
		assert_int_equal(spool_name_make("advice", 8, uid, name, &f->err), 0);
		assert_int_equal(file_read(f->spool.new, name, 100, &text, &f->err), 0);
		assert_string_equal(buf_text(&text), name);
	}
	assert_int_equal(count(f, f->spool.tmp), 0);
	buf_free(&text);
}

/* One sync for many: whatever step fails, nothing is left half done, and the next attempt has them all. */
static void
test_many_at_once(void **state)
{
	struct fixture *f = *state;
	struct failing failing = { 0, 0 };
	int steps;

	step_set(fail_at, &failing);
	assert_int_equal(put_many(f, 3), 0);
	steps = failing.now;
	all_stand(f, 3);
	for (int at = 1; at <= steps; at++) {
		failing = (struct failing){ at, 0 };
		if (put_many(f, 3) != -1)
			fail_msg("step %d failed, and nobody noticed", at);
		if (count(f, f->spool.tmp) != 0)
			fail_msg("step %d failed, and left something in tmp", at);
		failing = (struct failing){ 0, 0 };
		assert_int_equal(put_many(f, 3), 0);
		all_stand(f, 3);
	}
	step_set(NULL, NULL);
	/* More than may wait for a sync. */
	assert_int_equal(put_many(f, 2 * ENTER_MAX + 1), 0);
	all_stand(f, 2 * ENTER_MAX + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_mailbox_names),
		cmocka_unit_test_setup_teardown(test_way_of_a_mail, setup, teardown),
		cmocka_unit_test_setup_teardown(test_repeat_replaces, setup, teardown),
		cmocka_unit_test_setup_teardown(test_quarantine, setup, teardown),
		cmocka_unit_test_setup_teardown(test_recover, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_file_says_when_its_mail_came, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failing_disk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_at_once, setup, teardown)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
