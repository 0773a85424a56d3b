/*
 * Erasing: what has had its time goes, from the database's bytes, its log and
 * the spool alike; what is held, open or unfinished stays; the journal's chain
 * stays whole; a mail that was erased is known when it comes again.  And the
 * journal's own proofs, backups, and the copy before an upgrade.
 */
#include "test_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "ctl/backup.h"
#include "ctl/ctl.h"
#include "ctl/erase.h"
#include "spool/spool.h"
#include "store/schema.h"
#include "store/sql.h"

#define DAY(year, month, day)	instant_at(date_from_civil(year, month, day), 9 * 60)
#define NOW			DAY(2028, 6, 1)

#define W(text) arena_strdup(room->arena, (text))	/* a word of a command, which it may write on */

struct house {
	struct room	 room;
	char		 spool_path[128];
	struct spool	 spool;
	struct config	 config;
	struct live_change change;
};

static int
begin(void *ctx, struct err *err)
{
	return store_begin(((struct house *)ctx)->room.store, err);
}

static int
commit(void *ctx, struct err *err)
{
	return store_commit(((struct house *)ctx)->room.store, err);
}

static void
rollback(void *ctx)
{
	store_rollback(((struct house *)ctx)->room.store);
}

static int
house_open(void **state)
{
	struct house *house;
	struct room *room;
	void *opened;

	if (room_open(&opened) != 0)
		return -1;
	house = x_calloc(1, sizeof(*house));
	house->room = *(struct room *)opened;
	free(opened);
	room = &house->room;
	(void)snprintf(house->spool_path, sizeof(house->spool_path), "%s/spool", room->dir);
	WELL(spool_open(house->spool_path, &house->spool, &room->err));
	house->config = (struct config){ .spool = house->spool_path, .database = room->path,
	    .backups = arena_printf(room->arena, "%s/backups", room->dir),
	    .retention = { .raw_mail = 3, .cases = 12, .journal = 72, .unmatched = 3, .quarantine = 3 } };
	house->change = (struct live_change){ house, begin, commit, rollback };
	*state = house;
	return 0;
}

static int
house_close(void **state)
{
	struct house *house = *state;

	step_set(NULL, NULL);
	spool_close(&house->spool);
	store_close(&house->room.store);
	assert_int_equal(system(arena_printf(house->room.arena, "rm -rf '%s'", house->room.dir)), 0);
	arena_free(&house->room.arena);
	free(house);
	return 0;
}

/* ---- A case with something to find in every place */

static void
put_file(struct house *house, int folder, const char *name, const char *token)
{
	struct room *room = &house->room;
	int fd;

	WELL(file_create(folder, name, &fd, &room->err));
	WELL(file_write(fd, token, strlen(token), &room->err));
	WELL(file_commit(&fd, &room->err));
}

static int64_t
put_mailbox(struct house *house)
{
	struct room *room = &house->room;
	struct mailbox_row *there, row = { .name = "das", .pack = "durham", .address = "das@durham.example", .uidvalidity = 1,
	    .proven = INSTANT_NONE, .trouble = "" };

	WELL(store_mailbox(room->store, room->arena, "das", &there, &room->err));
	if (there != NULL)
		return there->id;
	WELL(store_mailbox_put(room->store, &row, &room->err));
	return row.id;
}

static int64_t
put_mail(struct house *house, int64_t case_id, uint32_t uid, const char *token, const char *state, instant at)
{
	struct room *room = &house->room;
	const char *file = arena_printf(room->arena, "das.1.%u", uid);
	struct document document = { .name = arena_printf(room->arena, "%s.docx", token), .type = "text/plain", .unreadable = "",
	    .size = 4 };
	struct message message = { .message_id = arena_printf(room->arena, "%s@x", token), .thread_root = arena_printf(room->arena,
	    "root%s@x", token),
	    .from = { .address = arena_printf(room->arena, "%s@home.example", token) }, .documents = &document, .document_count = 1 };
	struct message_row row = { .pack = "durham", .fingerprint = arena_printf(room->arena, "fp-%s-%u", token, uid), .received = at,
	    .kind = "advice-request", .case_id = case_id, .state = state, .spool_name = file, .record = token,
	    .record_len = strlen(token) };
	struct sighting_row sighting = { .mailbox = put_mailbox(house), .uidvalidity = 1, .uid = uid, .state = SIGHTING_SETTLED,
	    .spool_name = file, .received = at, .why = "" };
	bool known;

	strcpy(document.sha256, "0000000000000000000000000000000000000000000000000000000000000000");
	WELL(store_message_put(room->store, &row, &room->err));
	WELL(store_message_documents(room->store, row.id, &message, &room->err));
	sighting.message = row.id;
	WELL(store_sighting_add(room->store, &sighting, &known, &room->err));
	put_file(house, house->spool.archive, file, token);
	put_file(house, house->spool.docs, file, token);
	return row.id;
}

static int64_t
put_sent(struct house *house, int64_t case_id, const char *token, enum outbox_state state, instant at)
{
	struct room *room = &house->room;
	struct outbox_recipient to = { .address = arena_printf(room->arena, "%s@to.example", token), .state = state, .reply = token };
	struct outbox_row row = { .case_id = case_id, .pack = "durham", .mailbox = "das@durham.example", .state = state,
	    .act = "forward",
	    .template = "request", .rule = "pathway.cfg:9", .spool_name = arena_printf(room->arena, "out-%s", token + strlen(token) - 2),
	    .message_id = arena_printf(room->arena, "ours-%s@x", token), .subject = token, .decided = at, .next_try = at, .sent = at,
	    .why = token, .recipients = &to, .recipient_count = 1 };

	strcpy(row.sha256, "0000000000000000000000000000000000000000000000000000000000000000");
	WELL(store_outbox_put(room->store, &row, &room->err));
	WELL(store_message_id_alias(room->store, row.id, arena_printf(room->arena, "alias-%s@x", token), &room->err));
	put_file(house, house->spool.sent, row.spool_name, token);
	return row.id;
}

/* Every table that has a case's number in it says the token. */
static int64_t
put_case(struct house *house, const char *token, uint32_t uid, instant opened, instant closed)
{
	struct room *room = &house->room;
	struct case_fact facts[] = { { .name = "child-name", .value = token, .who = token, .at = opened },
	    { .name = "reference", .value = token, .who = token, .at = opened } };
	struct case_strand strand = { .no = 1, .name = "advice", .service = "", .stage = "done", .entry = 1, .began = opened,
	    .entered = opened,
	    .final = true, .chased = token, .held_at = INSTANT_NONE };
	struct case_question question = { .no = 1, .name = "involvement", .at = opened, .state = QUESTION_ANSWERED, .answer = token,
	    .answered_by = token, .answered_at = opened };
	struct case_deadline deadline = { .name = "due", .version = 1, .date = instant_date(opened) + 42, .derivation = token };
	struct decision decision = { .next_due = INSTANT_NONE, .facts = facts, .fact_count = 2, .strands = &strand, .strand_count = 1,
	    .questions = &question, .question_count = 1, .deadlines = &deadline, .deadline_count = 1, .reference = token };
	struct change_row change = { .word = ADMIN_CORRECT, .at = opened, .who = "uid 1", .what = token, .reason = token, .scope = "" };
	struct triage_row triage = { .pack = "durham", .reason = token, .state = "done", .rule = "", .at = opened, .answer = token,
	    .answered_by = token, .words = token, .note = token, .template = "" };
	struct journal_entry entry = { .at = opened, .event = "move", .rule = "pathway.cfg:9", .detail = "strand 1 to done" };
	char who[17];
	int64_t id;

	strs_add(room->arena, &question.asked, token);
	WELL(store_case_new(room->store, "durham", opened, &id, &room->err));
	WELL(store_apply(room->store, id, put_mail(house, id, uid, token, "done", opened), &decision, opened, &room->err));
	change.case_id = triage.case_id = entry.case_id = id;
	WELL(store_change_add(room->store, &change, &room->err));
	WELL(store_triage_add(room->store, &triage, &room->err));
	triage.state = "done";
	WELL(store_triage_put(room->store, &triage, &room->err));
	WELL(store_code_add(room->store, arena_printf(room->arena, "hash of %s", token), id, 1, &room->err));
	WELL(store_list_said_put(room->store, id, token, &room->err));
	WELL(store_journal_hash(room->store, id, 0, token, who, &room->err));
	entry.who = who;
	WELL(store_journal_add(room->store, &entry, &room->err));
	(void)put_sent(house, id, token, OUTBOX_SENT, opened);
	if (closed != INSTANT_NONE) {
		decision = (struct decision){ .next_due = INSTANT_NONE, .ends_case = true };
		WELL(store_apply(room->store, id, 0, &decision, closed, &room->err));
	}
	return id;
}

/* ---- What can be found in the bytes of every file */

static size_t
found_in(const char *path, const char *token)
{
	struct buf bytes = BUF_INIT;
	size_t count = 0;
	const char *at;

	assert_int_equal(file_read(AT_FDCWD, path, 256u << 20, &bytes, NULL), 0);
	at = buf_text(&bytes);
	while (bytes.len > 0 && (at = memmem(at, bytes.len - (size_t)(at - buf_text(&bytes)), token, strlen(token))) != NULL) {
		count++;
		at += strlen(token);
	}
	buf_free(&bytes);
	return count;
}

static size_t
found_below(struct arena *arena, const char *folder, const char *token)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	struct stat st;
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		const char *path = arena_printf(arena, "%s/%s", folder, entry->d_name);

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || stat(path, &st) == -1)
			continue;
		count += strstr(entry->d_name, token) != NULL;
		count += S_ISDIR(st.st_mode) ? found_below(arena, path, token) : found_in(path, token);
	}
	closedir(dir);
	return count;
}

static size_t
found(struct house *house, const char *token)
{
	return found_below(house->room.arena, house->room.dir, token);
}

static void
erase(struct house *house, instant now, bool anew)
{
	struct room *room = &house->room;
	struct erase run = { .store = room->store, .spool = &house->spool, .config = &house->config, .change = &house->change,
	    .now = now,
	    .who = "daemon", .anew = anew };
	bool more = true;

	erase_begin(&run);
	while (more)
		WELL(erase_step(&run, &more, &room->err));
	erase_end(&run);
}

static void
chain_is_whole(struct house *house)
{
	struct room *room = &house->room;
	int64_t rows, broken;

	WELL(store_journal_verify(room->store, &rows, &broken, &room->err));
	assert_int_equal(broken, 0);
	assert_true(rows > 0);
}

/* ---- Tests */

/* Erased, and the journal still proves what was done. */
static void
nothing_of_an_erased_case_stays(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	int64_t id = put_case(house, "PLANTEDAA", 1, DAY(2027, 1, 4), DAY(2027, 5, 1)), again;
	struct message_row *known;
	struct purged purged;

	/* Others around it, so that pages are divided and joined. */
	for (uint32_t i = 0; i < 60; i++)
		(void)put_case(house, arena_printf(room->arena, "OTHER%02u", i), 10 + i, DAY(2027, 1, 4), i % 2 ? DAY(2027, 5, 1) :
		    INSTANT_NONE);
	assert_true(found(house, "PLANTEDAA") > 15);
	assert_true(found(house, "OTHER01") > 15);
	erase(house, NOW, true);
	assert_int_equal(found(house, "PLANTEDAA"), 0);
	assert_int_equal(found(house, "OTHER01"), 0);
	assert_true(found(house, "OTHER02") > 15);	/* it is open */
	chain_is_whole(house);
	WELL(store_case_purged(room->store, room->arena, id, &purged, &room->err));
	assert_true(purged.all == NOW);
	/* The mail is known, and is in no case. */
	WELL(store_message_find(room->store, room->arena, "durham", "fp-PLANTEDAA-1", &known, &room->err));
	assert_non_null(known);
	assert_string_equal(known->state, "erased");
	assert_int_equal(known->case_id, 0);
	WELL(store_message_find(room->store, room->arena, "durham", "fp-PLANTEDAA-2", &known, &room->err));
	assert_null(known);
	WELL(store_case_new(room->store, "durham", NOW, &again, &room->err));
	assert_true(again > id);
}

static void
mails_go_before_the_case(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	int64_t id = put_case(house, "PLANTEDBB", 1, DAY(2028, 1, 4), DAY(2028, 2, 1));
	struct case_state *loaded;
	struct purged purged;

	erase(house, DAY(2028, 4, 20), true);
	WELL(store_case_purged(room->store, room->arena, id, &purged, &room->err));
	assert_true(purged.raw == INSTANT_NONE);
	erase(house, NOW, true);
	WELL(store_case_purged(room->store, room->arena, id, &purged, &room->err));
	assert_true(purged.raw == NOW && purged.all == INSTANT_NONE);
	assert_int_equal(found_below(room->arena, house->spool_path, "PLANTEDBB"), 0);
	WELL(store_case_load(room->store, room->arena, id, &loaded, &room->err));
	assert_string_equal(loaded->reference, "PLANTEDBB");
	assert_int_equal(loaded->mail_count, 1);
	/* One that came after all that has its own time. */
	(void)put_mail(house, id, 2, "PLANTEDCAMELATE", "done", NOW);
	erase(house, NOW + 2 * DAY_SECONDS, true);
	assert_int_equal(found_below(room->arena, house->spool_path, "PLANTEDCAMELATE"), 2);
	erase(house, DAY(2028, 9, 3), true);
	assert_int_equal(found_below(room->arena, house->spool_path, "PLANTEDCAMELATE"), 0);
	chain_is_whole(house);
}

static void
what_is_not_over_stays(void **state)
{
	static const struct { const char *name, *sql; bool goes; } rows[] = {
		{ "nothing in the way", "SELECT 1", true },
		{ "open", "UPDATE cases SET closed=NULL WHERE id=1", false },
		{ "a hold on it", "INSERT INTO legal_hold VALUES(1, 5, 'uid 1', 'tribunal')", false },
		{ "a hold on everything", "INSERT INTO legal_hold VALUES(0, 5, 'uid 1', 'inquiry')", false },
		{ "a hold on what went into it", "UPDATE cases SET merged_into=1 WHERE id=2; INSERT INTO legal_hold VALUES(2, 5, 'u', "
		    "'t')", false },
		{ "a mail that waits", "UPDATE outbox SET state=0 WHERE case_id=1", false },
		{ "a mail of which nobody knows", "UPDATE outbox SET state=5 WHERE case_id=1", false },
		{ "a mail that is held", "UPDATE outbox SET state=6 WHERE case_id=1", false },
		{ "a mail that waits for a look", "UPDATE outbox SET state=10 WHERE case_id=1", false },
		{ "a reminder that went together with others", "UPDATE outbox SET state=9 WHERE case_id=1", true },
		{ "a mail decided in shadow, which never goes", "UPDATE outbox SET state=11 WHERE case_id=1", true },
		{ "a mail that waits for others of its moment", "UPDATE outbox SET state=8 WHERE case_id=1", false },
		{ "a person is asked", "UPDATE triage SET state='open' WHERE case_id=1", false },
		{ "it went into one that goes on", "UPDATE cases SET merged_into=2 WHERE id=1; UPDATE cases SET closed=NULL WHERE id=2",
		    false },
	};
	struct house *house = *state;
	struct room *room = &house->room;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct purged purged;
		int64_t id;

		(void)room_sql(room, "PRAGMA foreign_keys=OFF; DELETE FROM purge_file; DELETE FROM legal_hold; DELETE FROM sighting;"
		    "DELETE FROM message; DELETE FROM outbox; DELETE FROM triage; DELETE FROM cases; DELETE FROM fact; DELETE FROM strand;"
		    "DELETE FROM question; DELETE FROM question_code; DELETE FROM deadline; DELETE FROM change; DELETE FROM list_said;"
		    "DELETE FROM strand_was; DELETE FROM question_was; DELETE FROM document; DELETE FROM sqlite_sequence WHERE name='cases'");
		assert_int_equal(system(arena_printf(room->arena, "rm -f '%s'/*/*", house->spool_path)), 0);
		id = put_case(house, "PLANTEDCC", 1, DAY(2027, 1, 4), DAY(2027, 5, 1));
		assert_int_equal(id, 1);
		(void)put_case(house, "PLANTEDDD", 2, DAY(2027, 1, 4), DAY(2027, 5, 1));
		assert_int_equal(room_sql(room, rows[i].sql), SQLITE_OK);
		erase(house, NOW, false);
		WELL(store_case_purged(room->store, room->arena, id, &purged, &room->err));
		if ((purged.all != INSTANT_NONE) != rows[i].goes)
			fail_msg("%s: %s", rows[i].name, rows[i].goes ? "it stayed" : "it was erased");
	}
}

/* A mail of several that was refused keeps its parts' files, for a person may yet send it; with it they go, unless another has them. */
static void
the_parts_files_go_with_a_mail_of_several(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	int64_t open = put_case(house, "PLANTEDEE", 1, DAY(2027, 1, 4), INSTANT_NONE);
	int64_t refused = put_sent(house, 0, "JOINEDFF", OUTBOX_FAILED, DAY(2027, 2, 1));
	int64_t fresh = put_sent(house, 0, "JOINEDGG", OUTBOX_FAILED, NOW - DAY_SECONDS);
	static const char *const names[] = { "PARTHH", "PARTII" };

	for (size_t i = 0; i < COUNT(names); i++) {
		struct outbox_recipient to[] = {
			{ .address = "one@to.example", .state = OUTBOX_JOINED, .reply = "", .joined = refused },
			{ .address = "two@to.example", .state = OUTBOX_JOINED, .reply = "", .joined = i == 0 ? refused : fresh },
		};
		struct outbox_row row = { .case_id = open, .pack = "durham", .mailbox = "das@durham.example", .state = OUTBOX_JOINED,
		    .act = "escalate", .template = "escalate", .rule = "", .spool_name = names[i], .message_id = "", .subject = "",
		    .decided = DAY(2027, 2, 1), .next_try = DAY(2027, 2, 1), .sent = DAY(2027, 2, 1), .why = "", .recipients = to,
		    .recipient_count = 2 };

		strcpy(row.sha256, "0000000000000000000000000000000000000000000000000000000000000000");
		WELL(store_outbox_put(room->store, &row, &room->err));
		put_file(house, house->spool.out, names[i], names[i]);
	}
	erase(house, NOW, true);
	assert_int_equal(found_below(room->arena, house->spool_path, "JOINEDFF"), 0);
	assert_int_equal(found_below(room->arena, house->spool_path, "JOINEDGG"), 1);
	assert_int_equal(found_below(room->arena, house->spool_path, "PARTHH"), 0);
	assert_true(found_below(room->arena, house->spool_path, "PARTII") > 0);
}

/* What was due when the run began is looked at again before it goes: a hold counts from the moment in which it is put. */
static void
what_changes_during_a_run_counts(void **state)
{
	static const char *const rows[] = {
		"INSERT INTO legal_hold VALUES(?, 5, 'uid 1', 'tribunal')", "UPDATE cases SET closed=NULL WHERE id=?",
		"UPDATE outbox SET state=0 WHERE case_id=?", "UPDATE cases SET purged=7, purged_why='request 3' WHERE id=?",
	};
	struct house *house = *state;
	struct room *room = &house->room;

	for (uint32_t i = 0; i < 2 * COUNT(rows); i++) {
		bool raw = i >= COUNT(rows), more = true;
		instant now = raw ? DAY(2027, 9, 1) : NOW;
		const char *token = arena_printf(room->arena, "PLANTED%05u", i);
		int64_t id = put_case(house, token, 1 + i, DAY(2027, 1, 4), DAY(2027, 5, 1));
		struct erase run = { .store = room->store, .spool = &house->spool, .config = &house->config, .change = &house->change,
		    .now = now, .who = "daemon" };
		struct query q = sql_query(room->store, rows[i % COUNT(rows)]);
		size_t before;

		erase_begin(&run);
		while (run.due_count == 0)
			WELL(erase_step(&run, &more, &room->err));
		sql_put_int(&q, id);
		assert_int_equal(sql_run(&q, &room->err), 0);
		before = found_below(room->arena, house->spool_path, token);
		while (more)
			WELL(erase_step(&run, &more, &room->err));
		erase_end(&run);
		if (run.cases + run.mails_of != 0 || found_below(room->arena, house->spool_path, token) != before)
			fail_msg("%s, after \"%s\"", raw ? "its mails were erased" : "it was erased", rows[i % COUNT(rows)]);
		assert_int_equal(room_sql(room, "UPDATE cases SET purged=1; DELETE FROM legal_hold"), SQLITE_OK);
	}
}

static int
whole_tables(unsigned what, void *ctx, void *stmt, void *ns)
{
	const char **sql = ctx;

	(void)ns;
	if (what == SQLITE_TRACE_PROFILE && sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1) > 20)
		*sql = sqlite3_sql(stmt);
	return 0;
}

/* There are a million others beside the case that is erased, and thousands of such cases a day. */
static void
erasing_a_case_reads_no_table_whole(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	const char *whole = NULL;
	int64_t id = 0;

	for (uint32_t i = 0; i < 40; i++)
		id = put_case(house, arena_printf(room->arena, "OTHER%02u", i), 1 + i, DAY(2027, 1, 4), DAY(2027, 5, 1));
	assert_int_equal(room_sql(room, "INSERT INTO message_reference SELECT 'ref' || id, id FROM message;"
	    "INSERT INTO triage_candidate SELECT id, 1, case_id FROM triage; INSERT INTO triage_code SELECT 'c' || id, id, '' FROM triage;"
	    "UPDATE triage SET message=case_id, outbox=case_id"), SQLITE_OK);
	(void)sqlite3_trace_v2(room->store->db, SQLITE_TRACE_PROFILE, whole_tables, &whole);
	WELL(store_begin(room->store, &room->err));
	WELL(store_purge_raw(room->store, id - 1, NOW, &room->err));
	WELL(store_purge_case(room->store, id, NULL, NOW, &room->err));
	WELL(store_commit(room->store, &room->err));
	(void)sqlite3_trace_v2(room->store->db, 0, NULL, NULL);
	if (whole != NULL)
		fail_msg("a whole table is read by: %s", whole);
}

static void
what_went_into_a_case_goes_with_it(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	int64_t one = put_case(house, "PLANTEDEE", 1, DAY(2027, 1, 4), DAY(2027, 5, 1)),
	    two = put_case(house, "PLANTEDFF", 2, DAY(2027, 1, 4), INSTANT_NONE);

	WELL(store_case_merge(room->store, two, one, DAY(2027, 2, 1), &room->err));
	erase(house, NOW, true);
	assert_int_equal(found(house, "PLANTEDEE") + found(house, "PLANTEDFF"), 0);
	chain_is_whole(house);
}

static void
what_belongs_to_no_case(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	struct triage_row quarantined = { .pack = "durham", .rule = "", .at = DAY(2027, 1, 4),
	    .reason = "A mail could not be read and waits in quarantine as das.1.9: too deep" };
	struct triage_row open = { .pack = "durham", .rule = "", .at = DAY(2027, 1, 4), .reason = "who is this" };
	struct sighting_row sighting = { .mailbox = put_mailbox(house), .uidvalidity = 1, .uid = 9, .state = SIGHTING_QUARANTINED,
	    .spool_name = "das.1.9", .received = DAY(2027, 1, 4), .why = "too deep" };
	bool known;

	struct change_row pause = { .word = ADMIN_PAUSE, .at = DAY(2027, 1, 4), .who = "uid 1", .what = "pause",
	    .reason = "PLANTEDPAUSE", .scope = "" };

	WELL(store_change_add(room->store, &pause, &room->err));
	(void)put_mail(house, 0, 1, "PLANTEDOLD", "done", DAY(2028, 1, 1));
	(void)put_mail(house, 0, 2, "PLANTEDNEW", "done", DAY(2028, 5, 1));
	(void)put_mail(house, 0, 3, "PLANTEDKEPT", "kept", DAY(2027, 9, 1));
	(void)put_mail(house, 0, 4, "PLANTEDLATE", "kept", DAY(2027, 1, 1));
	open.message = put_mail(house, 0, 5, "PLANTEDASKED", "triage", DAY(2027, 1, 1));
	WELL(store_triage_add(room->store, &open, &room->err));
	(void)put_sent(house, 0, "PLANTEDSENT11", OUTBOX_SENT, DAY(2028, 1, 1));
	(void)put_sent(house, 0, "PLANTEDWAITS22", OUTBOX_UNKNOWN, DAY(2028, 1, 1));
	(void)put_sent(house, 0, "PLANTEDSHADOW33", OUTBOX_SHADOW, DAY(2028, 1, 1));
	WELL(store_sighting_add(room->store, &sighting, &known, &room->err));
	WELL(store_triage_add(room->store, &quarantined, &room->err));
	put_file(house, house->spool.bad, "das.1.9", "PLANTEDBAD");
	put_file(house, house->spool.bad, "das.1.9.why", "PLANTEDWHY");
	erase(house, NOW, true);
	assert_int_equal(found(house, "PLANTEDOLD") + found(house, "PLANTEDPAUSE"), 0);
	assert_true(found(house, "PLANTEDNEW") > 3);
	assert_true(found(house, "PLANTEDKEPT") > 3);
	assert_int_equal(found(house, "PLANTEDLATE"), 0);
	assert_true(found(house, "PLANTEDASKED") > 3);
	assert_int_equal(found(house, "PLANTEDSENT11"), 0);
	assert_true(found(house, "PLANTEDWAITS22") > 3);
	assert_int_equal(found(house, "PLANTEDSHADOW33"), 0);
	assert_true(found(house, "PLANTEDBAD") > 0);	/* nobody has seen to it */
	quarantined.state = "done";
	WELL(store_triage_put(room->store, &quarantined, &room->err));
	erase(house, NOW, true);
	assert_int_equal(found(house, "PLANTEDBAD") + found(house, "PLANTEDWHY"), 0);
	chain_is_whole(house);
}

/* The same mail dragged back after its case was erased: its new copy does not stay either. */
static void
a_repeat_of_an_erased_mail_leaves_nothing(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	struct message_row *known;
	struct sighting_row sighting = { .mailbox = put_mailbox(house), .uidvalidity = 1, .uid = 77, .state = SIGHTING_SETTLED,
	    .spool_name = "das.1.77", .received = NOW, .why = "" };
	bool was_known;

	(void)put_case(house, "PLANTEDGG", 1, DAY(2027, 1, 4), DAY(2027, 5, 1));
	erase(house, NOW, true);
	WELL(store_message_find(room->store, room->arena, "durham", "fp-PLANTEDGG-1", &known, &room->err));
	sighting.message = known->id;
	WELL(store_sighting_add(room->store, &sighting, &was_known, &room->err));
	put_file(house, house->spool.archive, "das.1.77", "PLANTEDGG");
	erase(house, NOW + DAY_SECONDS, true);
	assert_int_equal(found(house, "PLANTEDGG"), 0);
}

/* Whoever adds a table, or a column of content, to what belongs to a case has to say in store/purge.c how it is erased. */
static void
every_table_of_a_case_is_erased(void **state)
{
	static const char *const known[] = { "change", "deadline", "document", "fact", "held_mail", "journal", "legal_hold", "list_said",
	    "list_waiting", "message", "message_id_alias", "message_reference", "moved", "outbox", "outbox_recipient", "question",
	    "question_code", "question_was", "rung", "salt", "sighting", "stage_entry", "strand", "strand_was", "timer", "triage",
	    "triage_candidate", "absence", "gathered", "mail_code", NULL };
	struct house *house = *state;
	struct query q = sql_query(house->room.store, "SELECT DISTINCT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c"
	    " WHERE m.type='table' AND c.name IN ('case_id', 'message', 'outbox', 'sighting', 'triage')");

	while (sql_row(&q)) {
		const char *name = sql_get_text(&q, house->room.arena);
		bool is_known = strcmp(name, "settle") == 0 || strcmp(name, "triage_rung") == 0 || strcmp(name, "triage_code") == 0;

		for (size_t i = 0; known[i] != NULL; i++)
			is_known |= strcmp(known[i], name) == 0;
		if (!is_known)
			fail_msg("the table %s belongs to cases or mails: say in store/purge.c how it is erased, and here that it is", name);
	}
	assert_int_equal(sql_end(&q, &house->room.err), 0);
}

/* ---- Stopped at each step, and gone on with */

static unsigned steps_left, steps_taken;

static int
stop_at(void *ctx, const char *name)
{
	(void)ctx;
	(void)name;
	steps_taken++;
	return steps_left == 0 ? EIO : (steps_left--, 0);
}

static int
fail_once(void *ctx, const char *name)
{
	(void)ctx;
	(void)name;
	return steps_left-- == 0 ? EIO : 0;
}

/* Nothing is left for another day because the disk failed for a moment. */
static void
a_run_goes_on_with_what_failed(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;

	for (unsigned at = 0, failures = 1; failures > 0; at += 5) {
		struct erase run = { .store = room->store, .spool = &house->spool, .config = &house->config, .change = &house->change,
		    .now = NOW, .who = "daemon", .anew = true };
		const char *token = arena_printf(room->arena, "PLANTED%05u", at);
		bool more = true;

		(void)put_case(house, token, 100 + at, DAY(2027, 1, 4), DAY(2027, 5, 1));
		steps_left = at;
		step_set(fail_once, NULL);
		erase_begin(&run);
		for (failures = 0; more && failures < 3;)
			failures += erase_step(&run, &more, &room->err) == -1;
		erase_end(&run);
		step_set(NULL, NULL);
		if (run.cases != 1 || found(house, token) != 0)
			fail_msg("failed once at step %u, %zu copies of it stay, %zu cases were erased", at, found(house, token), run.cases);
	}
	chain_is_whole(house);
}

static void
broken_off_at_any_step_the_next_run_ends_it(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;

	for (unsigned at = 0, done = 0; !done; at += 3) {
		struct erase run = { .store = room->store, .spool = &house->spool, .config = &house->config, .change = &house->change,
		    .now = NOW,
		    .who = "daemon", .anew = true };
		const char *token = arena_printf(room->arena, "PLANTED%05u", at);
		bool more = true;

		(void)put_case(house, token, 100 + at, DAY(2027, 1, 4), DAY(2027, 5, 1));
		steps_left = at;
		step_set(stop_at, NULL);
		erase_begin(&run);
		while (more && erase_step(&run, &more, &room->err) == 0)
			;
		erase_end(&run);
		step_set(NULL, NULL);
		done = !more;
		room_reopen(room);
		erase(house, NOW, true);
		if (found(house, token) != 0)
			fail_msg("broken off at step %u, %zu copies of it stay", at, found(house, token));
		chain_is_whole(house);
	}
}

/* ---- The journal's own time */

static void
the_journal_is_shortened_and_stays_whole(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	struct journal_entry entry = { .event = "mail", .rule = "", .detail = "", .who = "daemon" };
	struct journal_span span;
	int64_t rows, broken;
	char hash[65];

	for (int year = 2015; year < 2029; year++) {
		entry.at = DAY(year, 3, 1);
		WELL(store_journal_add(room->store, &entry, &room->err));
	}
	WELL(store_journal_hash_at(room->store, 8, hash, &room->err));
	erase(house, NOW, true);
	WELL(store_journal_span(room->store, &span, &room->err));
	assert_int_equal(span.base, 8);	/* 2022 is within six years of 2028 */
	chain_is_whole(house);
	WELL(store_journal_verify_piece(room->store, 10, INT64_MAX, &rows, &broken, &room->err));
	assert_int_equal(broken, 0);
	assert_int_equal(rows, span.head - 10);
	assert_int_not_equal(room_sql(room, "DELETE FROM journal WHERE id=12"), SQLITE_OK);
}

static void
a_noted_head_is_found_again(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	struct journal_entry entry = { .at = NOW, .event = "mail", .rule = "", .detail = "", .who = "daemon" };
	char hash[65];
	int64_t row, at;

	for (int i = 0; i < 5; i++)
		WELL(store_journal_add(room->store, &entry, &room->err));
	WELL(store_journal_head(room->store, &row, hash, &room->err));
	for (int i = 0; i < 5; i++)
		WELL(store_journal_add(room->store, &entry, &room->err));
	WELL(store_journal_with_hash(room->store, hash, &at, &room->err));
	assert_int_equal(at, 5);
	/* Somebody writes all of it anew: whole in itself, but not what was noted. */
	assert_int_equal(room_sql(room, "DROP TRIGGER journal_no_delete; DELETE FROM journal"), SQLITE_OK);
	for (int i = 0; i < 10; i++)
		WELL(store_journal_add(room->store, &entry, &room->err));
	WELL(store_journal_with_hash(room->store, hash, &at, &room->err));
	assert_int_equal(at, 0);
}

struct chain { char hash[65]; int64_t row; };

static void
link_on(void *ctx, int64_t row, const char *digest)
{
	struct chain *chain = ctx;
	char next[65];

	journal_link(chain->hash, digest, next);
	strcpy(chain->hash, next);
	chain->row = row;
}

/* With a row's "before" and the digests from there on, anybody arrives at the head. */
static void
digests_lead_from_a_case_to_the_head(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	struct journal_proof *proof;
	struct chain chain;
	char head[65];
	int64_t row;
	size_t count;

	for (uint32_t i = 0; i < 5; i++)
		(void)put_case(house, arena_printf(room->arena, "CASE%02u", i), 1 + i, NOW, INSTANT_NONE);
	WELL(store_journal_proof(room->store, room->arena, 3, &proof, &count, &room->err));
	assert_int_equal(count, 1);
	strcpy(chain.hash, proof[0].before);
	WELL(store_journal_digests(room->store, proof[0].row - 1, link_on, &chain, &room->err));
	WELL(store_journal_head(room->store, &row, head, &room->err));
	assert_string_equal(chain.hash, head);
	assert_int_equal(chain.row, row);
}

/* ---- Evidence */

static const char *
evidence(struct house *house, const char *name, const char *option, int want)
{
	struct live live = { .arena = house->room.arena, .store = house->room.store, .config = &house->config, .now = NOW, .file = -1,
	    .who = "uid 1" };
	char *argv[] = { arena_strdup(live.arena, "evidence"), arena_strdup(live.arena, name),
	    arena_strdup(live.arena, option == NULL ? "" : option), NULL };
	const char *said;

	assert_int_equal(live_run(&live, option == NULL ? 2 : 3, argv), want);
	said = str_squeeze(live.arena, arena_printf(live.arena, "%s%s", buf_text(&live.out), buf_text(&live.errors)));
	buf_free(&live.out);
	buf_free(&live.errors);
	return said;
}

static void
evidence_tells_what_went_into_a_case_and_what_was_erased(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	int64_t one = put_case(house, "PLANTEDLL", 1, DAY(2028, 1, 4), DAY(2028, 2, 1)),
	    two = put_case(house, "PLANTEDMM", 2, DAY(2028, 1, 4), INSTANT_NONE);
	const char *said;

	WELL(store_case_merge(room->store, two, one, DAY(2028, 1, 8), &room->err));
	said = evidence(house, "PLANTEDLL", NULL, 0);
	assert_non_null(strstr(said, "PLANTEDMM, which went into this case"));
	assert_non_null(strstr(said, "(in what was PLANTEDMM)"));
	assert_non_null(strstr(said, "Nothing of this case has been erased."));
	assert_non_null(strstr(said, "PLANTEDMM@to.example"));
	assert_non_null(strstr(evidence(house, "PLANTEDLL", "--json", 0), "\"merged\":[\"PLANTEDMM\"]"));
	assert_non_null(strstr(evidence(house, "PLANTEDLL", "--proof", 2), "usage:"));
	erase(house, NOW, true);
	said = evidence(house, "PLANTEDLL", NULL, 0);
	assert_non_null(strstr(said, "were erased on 1 Jun 2028"));
	assert_non_null(strstr(said, "The mail itself was erased."));
	erase(house, DAY(2029, 3, 1), true);
	said = evidence(house, arena_printf(room->arena, "%lld", (long long)one), NULL, 0);
	assert_null(strstr(said, "PLANTED"));
	assert_non_null(strstr(said, "All content of this case was erased on 1 Mar 2029"));
	assert_non_null(strstr(said, "strand 1 to done"));	/* the journal's rows stay */
	assert_non_null(strstr(evidence(house, "EHC-99999", NULL, 1), "there is no case"));
}

/* Before a tribunal: what may have arrived is not said to have been kept back, nor the other way round. */
static void
evidence_says_of_each_mail_what_became_of_it(void **state)
{
	static const struct { int of_mail, of_person; const char *says; } rows[] = {
		{ OUTBOX_SENT, OUTBOX_SENT, "Accepted by the mail server on" },
		{ OUTBOX_JOINED, OUTBOX_JOINED, "PLANTEDOO@to.example had it as a part of another mail (in mail 77)" },
		{ OUTBOX_UNKNOWN, OUTBOX_UNKNOWN, "It may or may not have arrived" },
		{ OUTBOX_QUEUED, OUTBOX_QUEUED, "It has not been sent yet: queued" },
		{ OUTBOX_RETRY, OUTBOX_RETRY, "It has not been sent yet: retry" },
		{ OUTBOX_SHADOW, OUTBOX_SHADOW, "It was not sent: shadow" },
		{ OUTBOX_FAILED, OUTBOX_FAILED, "Refused for PLANTEDOO@to.example" },
	};
	struct house *house = *state;
	struct room *room = &house->room;

	(void)put_case(house, "PLANTEDOO", 1, DAY(2028, 1, 4), INSTANT_NONE);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *said;

		assert_int_equal(room_sql(room, arena_printf(room->arena, "UPDATE outbox SET state=%d, why='';"
		    "UPDATE outbox_recipient SET state=%d, reply='in mail 77'", rows[i].of_mail, rows[i].of_person)), SQLITE_OK);
		said = evidence(house, "PLANTEDOO", NULL, 0);
		if (strstr(said, rows[i].says) == NULL)
			fail_msg("\"%s\" is not said: %s", rows[i].says, said);
	}
}

/* A mail's own wait for a person, before it was in any case, is part of the case's past; another case's is not. */
static void
evidence_tells_of_who_was_asked_before_the_case_was_known(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	const char *said;

	(void)put_case(house, "PLANTEDPP", 1, DAY(2028, 1, 4), INSTANT_NONE);
	(void)put_case(house, "PLANTEDQQ", 2, DAY(2028, 1, 4), INSTANT_NONE);
	assert_int_equal(room_sql(room, "UPDATE triage SET reason='WHOISTHIS', case_id=NULL, message=(SELECT min(id) FROM message)"
	    " WHERE case_id=1"), SQLITE_OK);
	said = evidence(house, "PLANTEDPP", NULL, 0);
	assert_non_null(strstr(said, "WHOISTHIS"));
	assert_null(strstr(said, "PLANTEDQQ"));
	assert_null(strstr(evidence(house, "PLANTEDQQ", NULL, 0), "WHOISTHIS"));
}

/* On request, before its time, with the reason for it; refused while it is open or on hold. */
static void
one_case_is_erased_on_request(void **state)
{
	static const struct { const char *sql, *says; int code; } rows[] = {
		{ "INSERT INTO legal_hold VALUES(1, 5, 'uid 1', 'tribunal')", "there is a legal hold on it", 1 },
		{ "DELETE FROM legal_hold; UPDATE cases SET closed=NULL", "it is open; close it first", 1 },
		{ "UPDATE cases SET closed=5", "erased: 1 case", 0 },
		{ "UPDATE cases SET reference='PLANTEDNN'", "it was erased already", 1 },
	};
	struct house *house = *state;
	struct room *room = &house->room;
	int64_t id = put_case(house, "PLANTEDNN", 1, NOW, NOW);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct live live = { .arena = room->arena, .store = room->store, .spool = &house->spool, .config = &house->config, .now = NOW,
		    .file = -1, .who = "uid 1" };
		char *argv[] = { W("purge"), W("--case"), W("PLANTEDNN"), W("--reason"), W("request 12/28"), W("--yes"), NULL };

		assert_int_equal(room_sql(room, rows[i].sql), SQLITE_OK);
		assert_int_equal(live_run(&live, 6, argv), rows[i].code);
		assert_non_null(strstr(arena_printf(room->arena, "%s%s", buf_text(&live.out), buf_text(&live.errors)), rows[i].says));
		buf_free(&live.out);
		buf_free(&live.errors);
	}
	assert_int_equal(room_sql(room, "UPDATE cases SET reference=NULL; VACUUM"), SQLITE_OK);
	WELL(store_log_empty(room->store, &room->err));
	assert_int_equal(found(house, "PLANTEDNN"), 0);
	assert_non_null(strstr(evidence(house, arena_printf(room->arena, "%lld", (long long)id), NULL, 0), "on request: request 12/28"));
	chain_is_whole(house);
}

/* ---- Backups */

static void
a_backup_is_whole_and_says_what_is_not(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	struct backup *backup;
	struct store *copy;
	const char *place, *wrong;
	char *before;
	struct buf dump = BUF_INIT;
	bool done = false;
	struct stat st;

	(void)put_case(house, "PLANTEDHH", 1, DAY(2027, 1, 4), INSTANT_NONE);
	WELL(backup_begin(room->store, &house->config, NULL, NOW, &backup, &room->err));
	/* Work goes on meanwhile; a mail of ours is sent and moved. */
	(void)put_case(house, "PLANTEDII", 2, DAY(2027, 1, 4), INSTANT_NONE);
	while (!done)
		WELL(backup_step(backup, &done, &room->err));
	place = arena_strdup(room->arena, backup_place(backup));
	backup_end(&backup);
	WELL(backup_verify(room->arena, place, &wrong, &room->err));
	assert_null(wrong);
	assert_int_equal(stat(place, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(arena_printf(room->arena, "%s/adviced.db", place), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	before = room_dump(room);
	WELL(store_open(arena_printf(room->arena, "%s/adviced.db", place), &copy, &room->err));
	WELL(store_dump(copy, &dump, &room->err));
	assert_string_equal(buf_text(&dump), before);
	buf_free(&dump);
	store_close(&copy);
	assert_true(found_below(room->arena, place, "PLANTEDHH") > 15);
	assert_int_equal(system(arena_printf(room->arena, "echo x >> '%s/spool/archive/das.1.1'", place)), 0);
	WELL(backup_verify(room->arena, place, &wrong, &room->err));
	assert_non_null(wrong);
}

static void
a_backup_that_fails_leaves_nothing(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	struct strs names;
	int dir;

	(void)put_case(house, "PLANTEDJJ", 1, DAY(2027, 1, 4), INSTANT_NONE);
	for (unsigned at = 0, done = 0; !done; at += 2) {
		struct backup *backup = NULL;
		bool whole = false;
		int rc;

		steps_left = at;
		step_set(stop_at, NULL);
		rc = backup_begin(room->store, &house->config, NULL, NOW, &backup, &room->err);
		while (rc == 0 && !whole)
			rc = backup_step(backup, &whole, &room->err);
		backup_end(&backup);
		step_set(NULL, NULL);
		done = rc == 0;
		if (file_open_dir(house->config.backups, &dir, NULL) == -1)
			continue;
		WELL(file_list(room->arena, dir, &names, &room->err));
		close(dir);
		for (size_t i = 0; i < names.n; i++)
			if (str_ends_nocase(names.v[i], ".part"))
				fail_msg("stopped at step %u, it leaves %s", at, names.v[i]);
	}
}

/* Nobody need remove by hand what holds personal data; of what another daemon is making, nothing is touched. */
static void
a_backup_that_was_broken_off_goes_with_the_next(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	struct backup *other = NULL, *backup = NULL;
	const char *part = arena_printf(room->arena, "%s/adviced-2026-01-31-2200.part", house->config.backups), *theirs, *place;
	bool done = false;

	WELL(backup_begin(room->store, &house->config, NULL, NOW, &other, &room->err));
	theirs = arena_printf(room->arena, "%s.part", backup_place(other));
	assert_int_equal(system(arena_printf(room->arena, "mkdir -p '%s/spool/archive' && echo x > '%s/spool/archive/das.1.1'", part,
	    part)), 0);
	WELL(backup_begin(room->store, &house->config, NULL, NOW, &backup, &room->err));
	assert_int_equal(access(part, F_OK), -1);
	assert_int_equal(access(theirs, F_OK), 0);
	assert_string_not_equal(backup_place(backup), backup_place(other));
	while (!done)
		WELL(backup_step(backup, &done, &room->err));
	place = arena_strdup(room->arena, backup_place(backup));
	backup_end(&backup);
	backup_end(&other);
	assert_int_equal(access(place, F_OK), 0);
	assert_int_equal(access(theirs, F_OK), -1);
}

/* A backup as an older daemon made it: its database is brought up to date on the way, and no copy of the older one stays. */
static void
a_backup_of_an_older_version_is_restored(void **state)
{
	static const char taken[] = "2028-05-31T21:00\n";
	struct house *house = *state;
	struct room *room = &house->room;
	const char *from = arena_printf(room->arena, "%s/older", room->dir), *database = arena_printf(room->arena, "%s/adviced.db", from);
	char *argv[] = { W("restore"), W("--from"), W(from), NULL }, hex[65], taken_hex[65];
	struct buf bytes = BUF_INIT;
	sqlite3 *db = NULL;

	store_close(&room->store);
	WELL(file_make_dir(from, 0700, &room->err));
	assert_int_equal(sqlite3_open(database, &db), SQLITE_OK);
	WELL(schema_migrate(db, schema_migrations, 2, &room->err));
	(void)sqlite3_close(db);
	WELL(file_read(AT_FDCWD, database, 1u << 20, &bytes, &room->err));
	sha256_hex(bytes.data, bytes.len, hex);
	sha256_hex(taken, strlen(taken), taken_hex);
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s/" BACKUP_TAKEN, from), taken);
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s/" BACKUP_MANIFEST, from),
	    arena_printf(room->arena, "%s  " BACKUP_DATABASE "\n%s  " BACKUP_TAKEN "\n", hex, taken_hex));
	assert_int_equal(ctl_restore(room->arena, &house->config, 3, argv), 0);
	assert_int_equal(access(arena_printf(room->arena, "%s/" RESTORING, house->spool_path), F_OK), -1);
	WELL(store_open(room->path, &room->store, &room->err));
	buf_free(&bytes);
}

/* ---- Before an upgrade */

static void
an_older_store_upgraded(struct house *house)
{
	struct room *room = &house->room;
	sqlite3 *db = NULL;

	store_close(&room->store);
	assert_int_equal(unlink(room->path), 0);
	(void)unlink(arena_printf(room->arena, "%s-wal", room->path));
	assert_int_equal(sqlite3_open(room->path, &db), SQLITE_OK);
	WELL(schema_migrate(db, schema_migrations, 2, &room->err));
	assert_int_equal(sqlite3_exec(db, "INSERT INTO cases(pack, reference, opened) VALUES('durham','PLANTEDKK',5)", NULL, NULL, NULL),
	    SQLITE_OK);
	(void)sqlite3_close(db);
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s.version-1", room->path), "older");
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s.version-0", room->path), "not ours");
	WELL(store_open(room->path, &room->store, &room->err));
}

static void
an_older_store_is_kept_beside_the_new_one(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;

	an_older_store_upgraded(house);
	assert_true(found_in(arena_printf(room->arena, "%s.version-2", room->path), "PLANTEDKK") > 0);
	assert_true(file_exists(AT_FDCWD, arena_printf(room->arena, "%s.version-1", room->path)));
	WELL(store_version_copies_remove(room->path, 0, &room->err));
	assert_false(file_exists(AT_FDCWD, arena_printf(room->arena, "%s.version-2", room->path)));
	assert_true(file_exists(AT_FDCWD, arena_printf(room->arena, "%s.version-0", room->path)));
}

static bool
is_restored(struct room *room)
{
	struct pause_row *pauses;
	size_t count;
	bool found = false;

	WELL(store_pauses(room->store, room->arena, time(NULL), &pauses, &count, &room->err));
	for (size_t i = 0; i < count; i++)
		found |= strcmp(pauses[i].scope, "restored") == 0;
	return found;
}

/* How old the copy is, as its own time says; what is in the spool came just now. */
static void
copy_made(const char *copy, int seconds_ago)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = time(NULL) - seconds_ago } };

	assert_int_equal(utimensat(AT_FDCWD, copy, times, 0), 0);
}

/* Back to the copy that was made so long before a mail was filed and a letter written; where are they then? */
static void
go_back(struct house *house, int seconds, const char *mail, bool letter_stays)
{
	struct room *room = &house->room;
	const char *copy = arena_printf(room->arena, "%s.version-2", room->path);
	char *argv[] = { W("restore"), W("--from"), W(copy), NULL };
	const char *letter = arena_printf(room->arena, "%s/out/17.eml", house->spool_path);
	const char *heads = arena_printf(room->arena, "%s/journal-head", house->spool_path);

	store_close(&room->store);
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s/archive/advice.7.11", house->spool_path), "a mail");
	put_file(house, AT_FDCWD, letter, "a letter");
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s/bad/advice.7.12", house->spool_path), "an odd mail");
	put_file(house, AT_FDCWD, heads, "2026-10-05T20:00 7 0123\n");
	copy_made(copy, seconds);
	assert_int_equal(ctl_restore(room->arena, &house->config, 3, argv), 0);
	assert_true(file_exists(AT_FDCWD, arena_printf(room->arena, "%s/%s/advice.7.11", house->spool_path, mail)));
	assert_int_equal(file_exists(AT_FDCWD, letter), letter_stays);
	/* Of a mail that could not be read since, the older store knows nothing; nor has its journal come to these heads. */
	assert_true(file_exists(AT_FDCWD, arena_printf(room->arena, "%s/%s/advice.7.12", house->spool_path, letter_stays ? "bad" : "new")));
	assert_false(file_exists(AT_FDCWD, heads));
	WELL(store_open(room->path, &room->store, &room->err));
	assert_true(is_restored(room));
}

/* After an upgrade that does not please: all mail since is decided anew, and nothing is sent unasked. */
static void
an_upgrade_can_be_gone_back_on(void **state)
{
	an_older_store_upgraded(*state);
	go_back(*state, 100, "new", false);
}

/* What lay in the spool before the copy was made belongs to it. */
static void
going_back_leaves_what_was_there_before(void **state)
{
	an_older_store_upgraded(*state);
	go_back(*state, -100, "archive", true);
}

static int
no_second_name(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "file.link") == 0 ? EPERM : 0;
}

/* The only file of that folder whose name has this in it and ends so. */
static const char *
file_like(struct room *room, const char *part, const char *end)
{
	struct strs names = { NULL, 0 };
	const char *found = NULL;
	int dir;

	WELL(file_open_dir(room->dir, &dir, &room->err));
	WELL(file_list(room->arena, dir, &names, &room->err));
	for (size_t i = 0; i < names.n; i++)
		if (strstr(names.v[i], part) != NULL && str_ends_nocase(names.v[i], end)) {
			assert_null(found);
			found = arena_printf(room->arena, "%s/%s", room->dir, names.v[i]);
		}
	close(dir);
	assert_non_null(found);
	return found;
}

/* On CIFS, or where links are protected, no file can have two names; what was there is put aside whole all the same. */
static void
a_restore_needs_no_second_names(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	const char *copy = arena_printf(room->arena, "%s.version-2", room->path);
	char *argv[] = { W("restore"), W("--from"), W(copy), NULL };

	an_older_store_upgraded(house);
	store_close(&room->store);
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s-wal", room->path), "PLANTEDLOG");
	step_set(no_second_name, NULL);
	assert_int_equal(ctl_restore(room->arena, &house->config, 3, argv), 0);
	step_set(NULL, NULL);
	assert_true(found_in(file_like(room, BEFORE_RESTORE, "-wal"), "PLANTEDLOG") > 0);
	assert_true(found_in(arena_strndup(room->arena, file_like(room, BEFORE_RESTORE, "-wal"),
	    strlen(file_like(room, BEFORE_RESTORE, "-wal")) - strlen("-wal")), "PLANTEDKK") > 0);
	WELL(store_open(room->path, &room->store, &room->err));
	assert_true(is_restored(room));
}

static int
no_second_name_and_no_new_one(void *ctx, const char *name)
{
	bool *linked = ctx;

	*linked |= strcmp(name, "file.link") == 0;
	return strcmp(name, "file.link") == 0 ? EPERM : *linked && strcmp(name, "file.rename") == 0 ? EIO : 0;
}

/* Broken off where the database has kept its place: no part of it lies beside it alone. */
static void
a_restore_that_is_broken_off_puts_no_part_aside(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	const char *copy = arena_printf(room->arena, "%s.version-2", room->path);
	char *argv[] = { W("restore"), W("--from"), W(copy), NULL };
	struct strs names = { NULL, 0 };
	bool linked = false;
	int dir;

	an_older_store_upgraded(house);
	store_close(&room->store);
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s-wal", room->path), "PLANTEDLOG");
	step_set(no_second_name_and_no_new_one, &linked);
	assert_int_equal(ctl_restore(room->arena, &house->config, 3, argv), 1);
	step_set(NULL, NULL);
	WELL(file_open_dir(room->dir, &dir, &room->err));
	WELL(file_list(room->arena, dir, &names, &room->err));
	for (size_t i = 0; i < names.n; i++)
		if (strstr(names.v[i], BEFORE_RESTORE) != NULL)
			fail_msg("%s was left", names.v[i]);
	close(dir);
	assert_true(found_in(arena_printf(room->arena, "%s-wal", room->path), "PLANTEDLOG") > 0);
	WELL(store_open(room->path, &room->store, &room->err));
}

/* A store that a later daemon has changed: refused, with the copy to go back to. */
static void
a_later_store_says_how_to_go_back(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;

	assert_int_equal(room_sql(room, "PRAGMA user_version=999"), SQLITE_OK);
	store_close(&room->store);
	assert_int_equal(store_open(room->path, &room->store, &room->err), -1);
	assert_non_null(strstr(room->err.text, "advicectl restore --from BACKUP"));
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s.version-3", room->path), "older");
	put_file(house, AT_FDCWD, arena_printf(room->arena, "%s.version-998", room->path), "later");
	assert_int_equal(store_open(room->path, &room->store, &room->err), -1);
	if (strstr(room->err.text, arena_printf(room->arena, "advicectl restore --from %s.version-3", room->path)) == NULL)
		fail_msg("%s", room->err.text);
}

int
main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, house_open, house_close)
	const struct CMUnitTest tests[] = {
		TEST(nothing_of_an_erased_case_stays), TEST(mails_go_before_the_case), TEST(what_is_not_over_stays),
		TEST(the_parts_files_go_with_a_mail_of_several), TEST(what_changes_during_a_run_counts), TEST(erasing_a_case_reads_no_table_whole),
		TEST(what_went_into_a_case_goes_with_it), TEST(what_belongs_to_no_case), TEST(a_repeat_of_an_erased_mail_leaves_nothing),
		    TEST(every_table_of_a_case_is_erased),
		TEST(a_run_goes_on_with_what_failed),
		TEST(broken_off_at_any_step_the_next_run_ends_it), TEST(the_journal_is_shortened_and_stays_whole),
		TEST(a_noted_head_is_found_again), TEST(digests_lead_from_a_case_to_the_head),
		TEST(evidence_tells_what_went_into_a_case_and_what_was_erased), TEST(one_case_is_erased_on_request),
		TEST(evidence_says_of_each_mail_what_became_of_it), TEST(evidence_tells_of_who_was_asked_before_the_case_was_known),
		    TEST(a_backup_is_whole_and_says_what_is_not),
		TEST(a_backup_that_fails_leaves_nothing), TEST(a_backup_that_was_broken_off_goes_with_the_next),
		TEST(a_backup_of_an_older_version_is_restored), TEST(an_older_store_is_kept_beside_the_new_one),
		TEST(an_upgrade_can_be_gone_back_on), TEST(going_back_leaves_what_was_there_before),
		TEST(a_restore_needs_no_second_names), TEST(a_restore_that_is_broken_off_puts_no_part_aside), TEST(a_later_store_says_how_to_go_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
