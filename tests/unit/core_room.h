/*
 * Core as an object in a scratch folder: no process, no network; peers and
 * clients hear nothing, but that the mails handed over are counted.  A test
 * fills in what it wants otherwise in *room between room_furnish() and
 * room_open().
 */
#ifndef TESTS_UNIT_CORE_ROOM_H
#define TESTS_UNIT_CORE_ROOM_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "ipc/wire.h"
#include "role/core_private.h"

#define TRUST		"@childrenstrust.example"
#define ADDRESS		"SENSocialWorkAdvice" TRUST
#define ADMINISTRATOR	"administrator" TRUST

struct heard;				/* what a test's own ears keep: defined there */

struct room {
	char		 folder[64];
	struct arena	*arena;
	struct config	 config;
	struct mailbox_config mailbox;
	struct core_start start;
	struct core	*core;
	bool		 without_sender; /* there is no send role, so that mails stay queued */
	size_t		 handed_over;	/* mails that the send role was given */
	struct heard	*heard;
};

static inline void
well(int rc, const struct err *err)
{
	if (rc == -1)
		fail_msg("%s", err->text);
}

static inline void
room_peer(void *ctx, const char *peer, const struct frame *frame)
{
	struct room *room = ctx;

	room->handed_over += strcmp(peer, "send") == 0 && frame->type == WIRE_SEND;
}

static inline void
room_client(void *ctx, uint64_t client, const struct frame *frame)
{
	(void)ctx, (void)client, (void)frame;
}

/* Its time begins on 7 September 2026 at nine. */
static inline void
room_furnish(struct room *room)
{
	static const char *packs[] = { "birmingham" };

	memset(room, 0, sizeof(*room));
	room->arena = arena_new();
	strcpy(room->folder, "/tmp/test-core-XXXXXX");
	assert_non_null(mkdtemp(room->folder));
	room->mailbox = (struct mailbox_config){ .name = "advice", .address = ADDRESS, .folder = "INBOX",
	    .processed = "Processed", .needs_you = "Needs you", .trust = "none" };
	room->config = (struct config){ .file = "", .rules = "rules", .calendars = "config/calendars",
	    .spool = arena_printf(room->arena, "%s/spool", room->folder),
	    .database = arena_printf(room->arena, "%s/store.db", room->folder),
	    .packs = { packs, 1 }, .mailboxes = &room->mailbox, .mailbox_count = 1, .per_minute = 0, .max_mail_mb = 100,
	    .administrator = ADMINISTRATOR, .log_level = "err" };
	room->start = (struct core_start){ .config = &room->config, .rules_dir = "rules", .test_clock = true,
	    .out = { room, room_peer, room_client } };
	assert_true(instant_parse_iso("2026-09-07T09:00", &room->start.from));
}

/* Opened, or opened again. */
static inline void
room_open(struct room *room)
{
	struct err err = { ERR_NONE, "" };

	well(core_open(&room->start, &room->core, &err), &err);
	room->core->sender_attached = !room->without_sender;
}

static inline void
room_take_directory(struct room *room, const char *file)
{
	struct directory *directory;
	struct buf problems = BUF_INIT;
	struct err err = { ERR_NONE, "" };

	if (directory_read(room->arena, file, &directory, &problems, &err) == -1 ||
	    store_begin(room->core->store, &err) == -1 ||
	    store_import_directory(room->core->store, directory, 0, file, &err) == -1 ||
	    store_commit(room->core->store, &err) == -1 || engine_refresh(&room->core->engine, &err) == -1)
		fail_msg("%s%s", err.text, buf_text(&problems));
	buf_free(&problems);
}

/* Opened, with the directory as it is shipped. */
static inline void
room_open_with_people(struct room *room)
{
	room_open(room);
	room_take_directory(room, "config/directory.csv");
}

/* A mail as freezing leaves it: its file, its hash, its row, which the caller has filled in. */
static inline void
room_freeze(struct room *room, struct outbox_row *row)
{
	static const char text[] = "Subject: EHC-20417: please write\r\n\r\nPlease.\r\n";
	struct err err = { ERR_NONE, "" };
	int fd = openat(room->core->spool.out, row->spool_name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd != -1 && write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1 && close(fd) == 0);
	sha256_hex(text, sizeof(text) - 1, row->sha256);
	well(store_begin(room->core->store, &err), &err);
	well(store_outbox_put(room->core->store, row, &err), &err);
	well(store_commit(room->core->store, &err), &err);
}

/* Mails that wait to be sent, with these words in their subject; all of them are the administrator's. */
static inline size_t
room_mails_about(struct room *room, const char *words)
{
	struct outbox_row *rows;
	struct err err;
	size_t count, found = 0;

	assert_int_equal(store_outbox_in_state(room->core->store, room->arena, OUTBOX_QUEUED, &rows, &count, &err), 0);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(rows[i].recipients[0].address, ADMINISTRATOR);
		found += strstr(rows[i].subject, words) != NULL;
	}
	return found;
}

static inline void
room_leave(struct room *room)
{
	core_close(&room->core);
	assert_int_equal(system(arena_printf(room->arena, "rm -rf '%s'", room->folder)), 0);
	arena_free(&room->arena);
}

/* For cmocka, where every test has a room of its own. */
static inline int
room_end(void **state)
{
	room_leave(*state);
	free(*state);
	return 0;
}

#endif
