/* An office with a store and a spool in which words are planted: for the tests of what is erased, proven, kept and brought back. */
#ifndef PURGE_HOUSE_H
#define PURGE_HOUSE_H

#include "test_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ctl/ctl.h"
#include "ctl/erase.h"
#include "spool/spool.h"
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

static inline int
begin(void *ctx, struct err *err)
{
	return store_begin(((struct house *)ctx)->room.store, err);
}

static inline int
commit(void *ctx, struct err *err)
{
	return store_commit(((struct house *)ctx)->room.store, err);
}

static inline void
rollback(void *ctx)
{
	store_rollback(((struct house *)ctx)->room.store);
}

static inline int
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

static inline int
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

static inline void
put_file(struct house *house, int folder, const char *name, const char *token)
{
	struct room *room = &house->room;
	int fd;

	WELL(file_create(folder, name, &fd, &room->err));
	WELL(file_write(fd, token, strlen(token), &room->err));
	WELL(file_commit(&fd, &room->err));
}

static inline int64_t
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

static inline int64_t
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

static inline int64_t
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
static inline int64_t
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

static inline size_t
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

static inline size_t
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

static inline size_t
found(struct house *house, const char *token)
{
	return found_below(house->room.arena, house->room.dir, token);
}

static inline void
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

static inline void
chain_is_whole(struct house *house)
{
	struct room *room = &house->room;
	int64_t rows, broken;

	WELL(store_journal_verify(room->store, &rows, &broken, &room->err));
	assert_int_equal(broken, 0);
	assert_true(rows > 0);
}

/* For step_set(); ctx is how many steps go well (unsigned *), before all others fail. */
static inline int
stop_at(void *ctx, const char *name)
{
	unsigned *left = ctx;

	(void)name;
	return *left == 0 ? EIO : ((*left)--, 0);
}

#endif
