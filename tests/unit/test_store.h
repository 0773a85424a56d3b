/* A store in a scratch folder, for the tests of store/. */
#ifndef TEST_STORE_H
#define TEST_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/step.h"
#include "store/store.h"

#define COUNT(list)	(sizeof(list) / sizeof((list)[0]))
#define WELL(call)	do { if ((call) != 0) fail_msg("%s: %s", #call, room->err.text); } while (0)
#define MORNING		instant_at(date_from_civil(2026, 11, 23), 9 * 60)

struct room {
	char		 dir[64], path[96];
	struct store	*store;
	struct arena	*arena;
	struct err	 err;
};

static inline int
room_open(void **state)
{
	struct room *room = x_calloc(1, sizeof(*room));

	(void)snprintf(room->dir, sizeof(room->dir), "/tmp/test-store-XXXXXX");
	assert_non_null(mkdtemp(room->dir));
	(void)snprintf(room->path, sizeof(room->path), "%s/store.db", room->dir);
	room->arena = arena_new();
	WELL(store_open(room->path, &room->store, &room->err));
	*state = room;
	return 0;
}

static inline int
room_close(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	struct room *room = *state;
	char name[128];
	size_t i;

	step_set(NULL, NULL);
	store_close(&room->store);
	arena_free(&room->arena);
	for (i = 0; i < COUNT(ends); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", room->path, ends[i]);
		(void)unlink(name);
	}
	assert_int_equal(rmdir(room->dir), 0);
	free(room);
	return 0;
}

static inline void
room_reopen(struct room *room)
{
	store_close(&room->store);
	WELL(store_open(room->path, &room->store, &room->err));
}

/* The store behind its back. */
static inline int
room_sql(struct room *room, const char *sql)
{
	sqlite3 *db = NULL;
	int rc = sqlite3_open(room->path, &db);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	(void)sqlite3_close(db);
	return rc;
}

static inline char *
room_dump(struct room *room)
{
	struct buf out = BUF_INIT;
	char *text;

	WELL(store_dump(room->store, &out, &room->err));
	text = arena_strdup(room->arena, buf_text(&out));
	buf_free(&out);
	return text;
}

static inline int64_t
room_message(struct room *room, const char *pack, const char *fingerprint, const char *state)
{
	struct message_row row = { .pack = pack, .fingerprint = fingerprint, .received = MORNING,
	    .kind = "advice-request", .state = state, .spool_name = "das.1.7", .record = "record", .record_len = 6 };

	WELL(store_message_put(room->store, &row, &room->err));
	assert_true(row.id > 0);
	return row.id;
}

#endif
