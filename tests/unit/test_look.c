/* Commands without a daemon: looking makes no store and no file, brings none up to date, and root leaves nothing that is root's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "conf/config.h"
#include "ctl/ctl.h"
#include "store/keep.h"
#include "store/schema.h"

#define STRANGER	65534	/* in the place of the daemon's user, where root tests */

struct room {
	struct arena	*arena;
	const char	*folder;
	struct config	 config;
};

static void
room_open(struct room *room)
{
	char folder[] = "/tmp/adviced-look-XXXXXX";

	*room = (struct room){ .arena = arena_new() };
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chmod(folder, 0755), 0);
	room->folder = arena_strdup(room->arena, folder);
	room->config.spool = arena_printf(room->arena, "%s/spool", folder);
	room->config.database = arena_printf(room->arena, "%s/adviced.db", folder);
	room->config.socket = arena_printf(room->arena, "%s/control", folder);
	room->config.rules = "rules";
}

static void
room_close(struct room *room)
{
	file_remove_tree(room->folder);
	arena_free(&room->arena);
}

/* What lies in the folder and below it, as "name size owner", in order. */
static void
listing(struct arena *arena, const char *folder, struct buf *out)
{
	struct strs names = { NULL, 0 };
	struct err err;
	struct stat st;
	int fd;

	assert_int_equal(file_open_dir(folder, &fd, &err), 0);
	assert_int_equal(file_list(arena, fd, &names, &err), 0);
	close(fd);
	for (size_t i = 0; i < names.n; i++) {
		const char *path = arena_printf(arena, "%s/%s", folder, names.v[i]);

		assert_int_equal(lstat(path, &st), 0);
		buf_printf(out, "%s %lld owner %u\n", path, S_ISDIR(st.st_mode) ? 0LL : (long long)st.st_size, (unsigned)st.st_uid);
		if (S_ISDIR(st.st_mode))
			listing(arena, path, out);
	}
}

static const char *
all_of(struct room *room)
{
	struct buf out = BUF_INIT;
	const char *text;

	listing(room->arena, room->folder, &out);
	text = arena_strdup(room->arena, buf_text(&out));
	buf_free(&out);
	return text;
}

static int
ask(struct room *room, const char *command)
{
	struct buf heard = BUF_INIT;
	char *words = arena_strdup(room->arena, command), *argv[8];
	int argc = 0, code;

	for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	code = ctl_ask(room->arena, &room->config, argc, argv, &heard);
	buf_free(&heard);
	return code;
}

static void
store_of_version(struct room *room, size_t version)
{
	struct err err;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(room->config.database, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(schema_migrate(db, schema_migrations, version, &err), 0);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static const char *const commands[] = {
	"status", "cases", "due", "queue", "queue show 1", "triage", "board", "verify", "legal-hold", "pause --until 2026-09-21T09:00",
	"legal-hold all on --reason tribunal",
};
#define COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static void
before_the_first_start_nothing_is_made(void **unused)
{
	struct room room;

	(void)unused;
	room_open(&room);
	for (size_t i = 0; i < COMMANDS; i++) {
		if (ask(&room, commands[i]) != 1 || all_of(&room)[0] != '\0')
			fail_msg("%s: made or said something else:\n%s", commands[i], all_of(&room));
	}
	room_close(&room);
}

static void
an_older_store_stays_as_it_is(void **unused)
{
	const char *before, *path;
	char was[65], is[65];
	struct room room;
	struct err err;
	int fd;

	(void)unused;
	room_open(&room);
	store_of_version(&room, schema_version - 1);
	assert_int_equal(mkdir(room.config.spool, 0700), 0);
	path = arena_printf(room.arena, "%s/adviced.lock", room.config.spool);
	assert_true((fd = open(path, O_WRONLY | O_CREAT, 0600)) != -1);
	close(fd);
	assert_true((fd = open(room.config.database, O_RDONLY)) != -1);
	assert_int_equal(sha256_hex_fd(fd, was, &err), 0);
	before = all_of(&room);
	for (size_t i = 0; i < COMMANDS; i++) {
		assert_int_equal(ask(&room, commands[i]), 1);
		assert_int_equal(sha256_hex_fd(fd, is, &err), 0);
		assert_string_equal(is, was);
		if (strcmp(all_of(&room), before) != 0)
			fail_msg("%s: before\n%safter\n%s", commands[i], before, all_of(&room));
	}
	close(fd);
	room_close(&room);
}

static void
give(const char *path)
{
	if (geteuid() == 0)
		assert_int_equal(chown(path, STRANGER, STRANGER), 0);
}

/* One of this version is used, looked into and written to, and all that is made belongs to whoever has the store. */
static void
what_is_made_is_the_owners(void **unused)
{
	const char *after;
	struct room room;

	(void)unused;
	room_open(&room);
	store_of_version(&room, schema_version);
	assert_int_equal(mkdir(room.config.spool, 0700), 0);
	give(room.folder);
	give(room.config.spool);
	give(room.config.database);
	assert_int_equal(ask(&room, "queue"), 0);
	assert_int_equal(ask(&room, "queue show 1"), 1);
	assert_int_equal(ask(&room, "legal-hold all on --reason tribunal"), 0);
	after = all_of(&room);
	assert_non_null(strstr(after, "adviced.lock"));
	if (geteuid() == 0 && strstr(after, "owner 0\n") != NULL)
		fail_msg("something is root's:\n%s", after);
	assert_int_equal(geteuid(), getuid());
	room_close(&room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_the_first_start_nothing_is_made),
		cmocka_unit_test(an_older_store_stays_as_it_is),
		cmocka_unit_test(what_is_made_is_the_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
