/* `advicectl cases` and `due` among many: in pieces, the first of them to a person, all to a script, and nothing silently left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/file.h"
#include "ctl/ctl.h"
#include "ctl/live.h"
#include "store/store.h"
#include "times.h"

#define COUNT(v)	(sizeof(v) / sizeof((v)[0]))

/* 700 open cases, their numbers over three pieces, each with 150 dates from 99 days ago to yesterday; one that is closed. */
#define MANY	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<700)"
#define DATES	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<700)," \
		" d(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM d WHERE k<150)"
_Static_assert(700 * 37 > 2 * LIVE_PIECE && 700 * 150 > LIVE_ROWS_MOST, "the lists are not long enough");

static const char *const filling[] = {
	MANY "INSERT INTO cases(id, pack, reference, opened) SELECT i*37, 'leicester', printf('EHC-%05d', i), 1 FROM n",
	"INSERT INTO cases(id, pack, reference, opened, closed) VALUES(5, 'leicester', 'EHC-CLOSED', 1, 2)",
	MANY "INSERT INTO strand(case_id, no, name, service, stage, entry, final, chased, held)"
	    " SELECT i*37, 1, 'advice', '', 'with-worker', 1, 0, '', 0 FROM n",
	DATES "INSERT INTO deadline(case_id, no, strand, name, version, date, derivation, superseded)"
	    " SELECT i*37, k, k%2, 'due', 1, :today-1-(i*31+k)%99, '', 0 FROM n, d",
	/* None of these is shown: not the newest, too far ahead, of a case that is closed. */
	"UPDATE deadline SET superseded=1 WHERE case_id=37 AND no=1",
	"UPDATE deadline SET date=:today+15 WHERE case_id=37 AND no=2",
	"INSERT INTO deadline(case_id, no, strand, name, version, date, derivation, superseded)"
	    " VALUES(5, 1, 0, 'due', 1, :today-500, '', 0)",
};
#define DUES	(700 * 150 - 2)

struct room {
	char		 folder[32];
	struct arena	*arena;
	const char	*config;
};

static void
fill(const char *path)
{
	struct store *store;
	struct err err;
	sqlite3 *db;
	sqlite3_stmt *stmt;

	if (store_open(path, &store, &err) == -1)
		fail_msg("%s", err.text);
	store_close(&store);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
	for (size_t i = 0; i < COUNT(filling); i++) {
		if (sqlite3_prepare_v2(db, filling[i], -1, &stmt, NULL) != SQLITE_OK)
			fail_msg("%s: %s", filling[i], sqlite3_errmsg(db));
		if (sqlite3_bind_parameter_count(stmt) > 0)
			sqlite3_bind_int(stmt, 1, instant_date(clock_wall()));
		if (sqlite3_step(stmt) != SQLITE_DONE)
			fail_msg("%s: %s", filling[i], sqlite3_errmsg(db));
		sqlite3_finalize(stmt);
	}
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int
room_open(void **state)
{
	struct room *room = calloc(1, sizeof(*room));
	char cwd[4096];
	FILE *f;

	assert_non_null(room);
	strcpy(room->folder, "/tmp/adviced-lists-XXXXXX");
	assert_non_null(mkdtemp(room->folder));
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	room->arena = arena_new();
	room->config = arena_printf(room->arena, "%s/adviced.cfg", room->folder);
	assert_non_null(f = fopen(room->config, "w"));
	fprintf(f, "packs = [ \"leicester\" ]\nrules = \"%s/rules\"\ncalendars = \"%s/config/calendars\"\nspool = \"spool\"\n"
	    "database = \"adviced.db\"\nsocket = \"control\"\nadministrator = \"help@leicester.example\"\n"
	    "mailboxes : { das : { address = \"das@leicester.example\"; maildir = \"box\"; own-copy = \"no\" } }\n"
	    "smtp : { host = \"127.0.0.1\"; port = 9; tls = \"none\"; from = \"das@leicester.example\" }\n", cwd, cwd);
	fclose(f);
	fill(arena_printf(room->arena, "%s/adviced.db", room->folder));
	*state = room;
	return 0;
}

static int
room_close(void **state)
{
	struct room *room = *state;

	file_remove_tree(room->folder);
	arena_free(&room->arena);
	free(room);
	return 0;
}

/* What the command prints. */
static void
ask(struct room *room, const char *command, struct buf *out)
{
	const struct ctl ctl = { .config = room->config };
	char *words = arena_strdup(room->arena, command), *argv[8] = { NULL }, path[64];
	int argc = 0, code, fd, before;
	struct err err;

	for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
		argv[argc++] = word;
	snprintf(path, sizeof(path), "%s/said", room->folder);
	assert_true((fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600)) != -1);
	fflush(stdout);
	assert_true((before = dup(STDOUT_FILENO)) != -1 && dup2(fd, STDOUT_FILENO) != -1);
	close(fd);
	code = ctl_live(&ctl, argc, argv);
	fflush(stdout);
	assert_true(dup2(before, STDOUT_FILENO) != -1);
	close(before);
	if (code != 0)
		fail_msg("%s: code %d", command, code);
	assert_int_equal(file_read(AT_FDCWD, path, 64 << 20, out, &err), 0);
}

static const char *
line(struct arena *arena, const char *text, bool last)
{
	const char *end = last ? text + strlen(text) - 1 : strchr(text, '\n'), *begin = end;

	while (last && begin > text && begin[-1] != '\n')
		begin--;
	return last ? arena_strndup(arena, begin, (size_t)(end - begin)) : arena_strndup(arena, text, (size_t)(end - text));
}

static void
nothing_is_left_out_silently(void **state)
{
	static const struct { const char *command; size_t lines; const char *first, *last; } rows[] = {
		{ "cases", 501, "EHC-00001", "and 200 more; \"advicectl cases --limit 0\" names all" },
		{ "cases --limit 699", 700, "EHC-00001", "and 1 more;" },
		{ "cases --limit 700", 700, "EHC-00001", "EHC-00700" },
		{ "cases --limit 0", 700, "EHC-00001", "EHC-00700" },
		{ "cases --all", 501, "EHC-CLOSED", "and 201 more; \"advicectl cases --all --limit 0\" names all" },
		{ "cases --all --limit 0", 701, "EHC-CLOSED", "EHC-00700" },
		{ "cases --json", 700, "\"EHC-00001\"", "\"EHC-00700\"" },
		{ "cases --all --json", 701, "\"EHC-CLOSED\"", "\"EHC-00700\"" },
		{ "cases --json --limit 3", 3, "\"EHC-00001\"", "\"EHC-00003\"" },
		{ "due", 501, "99 days late", "and 104498 more; --limit 0 names all" },
		{ "due --limit 2", 3, "99 days late", "and 104996 more; --limit 0 names all" },
		{ "due --days 15 --limit 2", 3, "99 days late", "and 104997 more; --limit 0 names all" },
		{ "due --limit 100000", 100001, "99 days late", "and 4998 more; --limit 0 names all" },
		{ "due --limit 0", DUES, "EHC-00001", "EHC-00700" },	/* too many to be sorted in memory */
		{ "due --json", DUES, "\"EHC-00001\"", "\"EHC-00700\"" },
		{ "due --json --limit 2", 2, "\"days\":-99", "\"days\":-99" },
	};
	struct room *room = *state;
	size_t failed = 0;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_INIT;
		const char *first, *last;

		ask(room, rows[i].command, &out);
		first = line(room->arena, buf_text(&out), false);
		last = line(room->arena, buf_text(&out), true);
		if ((strstr(rows[i].command, "--json") != NULL && first[0] != '{') || times(buf_text(&out), "\n") != rows[i].lines ||
		    strstr(first, rows[i].first) == NULL || strstr(last, rows[i].last) == NULL) {
			print_error("%s: %zu lines, from\n  %s\nto\n  %s\n", rows[i].command, times(buf_text(&out), "\n"), first, last);
			failed++;
		}
		buf_free(&out);
	}
	assert_int_equal(failed, 0);
}

static void
nothing_is_said_to_be_nothing(void **state)
{
	static const struct { const char *command, *want; } rows[] = {
		{ "cases", "there are no open cases\n" }, { "cases --limit 0", "there are no open cases\n" },
		{ "cases --json", "" }, { "due", "nothing is late, and nothing falls due within 14 days\n" },
		{ "due --days 3 --limit 0", "nothing is late, and nothing falls due within 3 days\n" }, { "due --json", "" },
	};
	struct room *room = *state;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(arena_printf(room->arena, "%s/adviced.db", room->folder), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE cases SET closed=3", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_INIT;

		ask(room, rows[i].command, &out);
		if (strcmp(buf_text(&out), rows[i].want) != 0)
			fail_msg("%s: %.300s", rows[i].command, buf_text(&out));
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_left_out_silently),
		cmocka_unit_test(nothing_is_said_to_be_nothing),
	};

	return cmocka_run_group_tests(tests, room_open, room_close);
}
