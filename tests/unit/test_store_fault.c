/* A disk that fails at each step in turn: the state before, or the state after, never a mixture. */
#include "test_store.h"

#include <errno.h>

struct fault {
	int	 number;	/* what the failing step says */
	long	 at;		/* the step that fails; 0: none */
	bool	 goes_on;	/* and every one after it, as on a full disk */
	long	 seen, writes, syncs;
};

static int
fail_step(void *ctx, const char *name)
{
	struct fault *fault = ctx;

	fault->seen++;
	fault->writes += strcmp(name, "store.write") == 0;
	fault->syncs += strcmp(name, "store.sync") == 0;
	if (fault->at != 0 && (fault->seen == fault->at || (fault->goes_on && fault->seen > fault->at)))
		return fault->number;
	return 0;
}

/* One event as the engine stores it, without a look at what went wrong on the way. */
static int
one_event(struct room *room)
{
	static struct case_strand strands[] = {
		{ .no = 1, .name = "advice", .service = "", .stage = "allocating", .entry = 1, .chased = "" },
	};
	struct decision decision = { .strands = strands, .strand_count = 1, .reference = "EHC-20417", .next_due = 9 };
	struct message_row row = { .pack = "durham", .fingerprint = "f2", .kind = "", .state = "done", .spool_name = "" };
	struct outbox_row mail = { .pack = "durham", .mailbox = "sen", .act = "ask", .template = "question", .rule = "",
	    .spool_name = "", .message_id = "", .subject = "", .why = "" };
	struct journal_entry entry = { .at = 1, .event = "mail", .rule = "", .detail = "", .who = "daemon" };
	int64_t id;

	if (store_begin(room->store, &room->err) == -1)
		return -1;
	(void)store_message_put(room->store, &row, &room->err);
	(void)store_savepoint(room->store, &room->err);
	(void)store_case_new(room->store, "durham", 1, &id, &room->err);
	(void)store_apply(room->store, id, row.id, &decision, 1, &room->err);
	(void)store_release(room->store, &room->err);
	mail.case_id = id;
	(void)store_outbox_put(room->store, &mail, &room->err);
	(void)store_journal_add(room->store, &entry, &room->err);
	return store_commit(room->store, &room->err);
}

static void
each_step_fails(void **state)
{
	static const struct { const char *name; struct fault fault; } rows[] = {
		{ "full once", { .number = ENOSPC } }, { "full from there on", { .number = ENOSPC, .goes_on = true } },
		{ "I/O error once", { .number = EIO } }, { "I/O error from there on", { .number = EIO, .goes_on = true } },
	};
	struct room *room = *state;
	struct fault fault;
	const char *before, *after;
	size_t i;
	long at;

	for (i = 0; i < COUNT(rows); i++) {
		step_set(NULL, NULL);
		store_close(&room->store);
		(void)unlink(room->path);
		WELL(store_open(room->path, &room->store, &room->err));
		(void)room_message(room, "durham", "f1", "done");
		before = room_dump(room);
		for (at = 1;; at++) {
			fault = rows[i].fault;
			fault.at = at;
			step_set(fail_step, &fault);
			if (one_event(room) == 0)
				break;
			step_set(NULL, NULL);
			if (room->err.scope != ERR_RETRY)
				fail_msg("%s, step %ld: %s", rows[i].name, at, room->err.text);
			after = room_dump(room);
			if (strcmp(before, after) != 0)
				fail_msg("%s, step %ld: the store has changed:\n%s", rows[i].name, at, after);
			room_reopen(room);
			if (strcmp(before, room_dump(room)) != 0)
				fail_msg("%s, step %ld: the store has changed when opened again", rows[i].name, at);
		}
		step_set(NULL, NULL);
		assert_true(at > 2);		/* writes and a sync stood in the way */
		room_reopen(room);
		assert_non_null(strstr(room_dump(room), "case name=EHC-20417"));
	}
}

/* What is committed stays, even if nothing can be tidied up at the end. */
static void
close_on_a_full_disk(void **state)
{
	struct room *room = *state;
	struct fault fault = { .number = ENOSPC, .at = 1, .goes_on = true };
	const char *before;

	assert_int_equal(one_event(room), 0);
	before = room_dump(room);
	step_set(fail_step, &fault);
	store_close(&room->store);
	step_set(NULL, NULL);
	assert_true(fault.seen > 0);
	WELL(store_open(room->path, &room->store, &room->err));
	assert_string_equal(room_dump(room), before);
}

/* synchronous=FULL: a commit is not done before an fsync. */
static void
commit_is_synced(void **state)
{
	struct room *room = *state;
	struct fault fault = { 0 };

	step_set(fail_step, &fault);
	assert_int_equal(one_event(room), 0);
	step_set(NULL, NULL);
	assert_true(fault.writes > 0);
	assert_true(fault.syncs > 0);
}

/* After a failure nothing of the broken transaction may still be written. */
static void
broken_transaction_refuses(void **state)
{
	struct room *room = *state;
	struct fault fault = { .number = ENOSPC, .at = 1, .goes_on = true };
	char *wide = arena_alloc(room->arena, 30u << 20);	/* more than is kept in memory */
	struct message_row row = { .pack = "durham", .fingerprint = "f1", .kind = "", .state = "done", .spool_name = "",
	    .record = wide, .record_len = 30u << 20 };

	(void)memset(wide, 'w', 30u << 20);
	WELL(store_begin(room->store, &room->err));
	WELL(store_set_setting(room->store, "a", "1", &room->err));
	step_set(fail_step, &fault);
	assert_int_equal(store_message_put(room->store, &row, &room->err), -1);
	assert_int_equal(room->err.scope, ERR_RETRY);
	step_set(NULL, NULL);
	assert_int_equal(store_set_setting(room->store, "b", "2", &room->err), -1);
	assert_int_equal(store_savepoint(room->store, &room->err), -1);
	assert_int_equal(room->err.scope, ERR_RETRY);
	assert_int_equal(store_commit(room->store, &room->err), -1);
	assert_string_equal(room_dump(room), "");
	WELL(store_set_setting(room->store, "c", "3", &room->err));
	assert_string_equal(room_dump(room), "setting name=c\n");
}

/* What a start would find if the process ended here. */
static const char *
dump_after_crash(struct room *room)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	const char *path = room->path, *copy = arena_printf(room->arena, "%s/copy.db", room->dir), *dump;
	struct store *store = room->store;

	assert_int_equal(system(arena_printf(room->arena, "cp %s %s && cp %s-wal %s-wal", path, copy, path, copy)), 0);
	WELL(store_open(copy, &room->store, &room->err));
	dump = room_dump(room);
	store_close(&room->store);
	room->store = store;
	for (size_t i = 0; i < COUNT(ends); i++)
		(void)unlink(arena_printf(room->arena, "%s%s", copy, ends[i]));
	return dump;
}

static int
fail_sync(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "store.sync") == 0 ? EIO : 0;
}

/* A commit whose fsync failed would be there after a crash: not any more, once another transaction has begun. */
static void
begin_ends_the_doubt(void **state)
{
	struct room *room = *state;
	const char *before;

	(void)room_message(room, "durham", "f1", "done");
	before = room_dump(room);
	step_set(fail_sync, NULL);
	assert_int_equal(one_event(room), -1);
	step_set(NULL, NULL);
	assert_string_equal(room_dump(room), before);
	assert_string_not_equal(dump_after_crash(room), before);
	step_set(fail_sync, NULL);
	assert_int_equal(store_begin(room->store, &room->err), -1);
	step_set(NULL, NULL);
	WELL(store_begin(room->store, &room->err));
	assert_string_equal(dump_after_crash(room), before);
	store_rollback(room->store);
	assert_int_equal(one_event(room), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_step_fails, room_open, room_close),
		cmocka_unit_test_setup_teardown(close_on_a_full_disk, room_open, room_close),
		cmocka_unit_test_setup_teardown(commit_is_synced, room_open, room_close),
		cmocka_unit_test_setup_teardown(broken_transaction_refuses, room_open, room_close),
		cmocka_unit_test_setup_teardown(begin_ends_the_doubt, room_open, room_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
