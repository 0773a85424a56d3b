/*
 * What is to happen on the servers: rows written in the decision's
 * transaction, carried out by fetch in sets of UIDs.  Runs in core.
 * Fails: as the store does; what a server refuses is asked for again, some ten times,
 * then once an hour.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ipc/wire.h"
#include "mail/record.h"
#include "role/core_private.h"

#define SETTLE_SET_MAX	500
#define SETTLE_SET_LESS	4	/* of what was asked for in vain, each time */
#define SETTLE_SET_LEAST	4
#define SETTLE_TRIES	10
#define SETTLE_WAIT_MS	5000
#define SETTLE_AGAIN_MS	(60 * 60 * 1000)

static const struct core_mailbox *
mailbox_of_row(const struct core *core, int64_t id)
{
	for (size_t i = 0; i < core->mailbox_count; i++)
		if (core->mailboxes[i].row.id == id)
			return &core->mailboxes[i];
	return NULL;
}

static void
set_forget(struct core_mailbox *mailbox)
{
	free(mailbox->settle_ids);
	free(mailbox->settle_uids);
	mailbox->settle_ids = NULL;
	mailbox->settle_uids = NULL;
	mailbox->settle_count = 0;
	mailbox->settling = false;
}

/*
 * What was asked for in vain is asked for in ever smaller sets: so a mail that breaks the connection each time keeps few others,
 * and on a line that breaks all the time some of it gets done.
 */
static size_t
set_most(const struct settle_row *first)
{
	size_t most = SETTLE_SET_MAX;

	for (int i = 0; i < first->tries && most > SETTLE_SET_LEAST; i++)
		most /= SETTLE_SET_LESS;
	return most < SETTLE_SET_LEAST ? SETTLE_SET_LEAST : most;
}

/* Rows that go to the same folder under the same UIDVALIDITY as the first. */
static size_t
set_collect(struct core_mailbox *mailbox, const struct settle_row *rows, size_t count)
{
	size_t taken = 0, most = set_most(rows);

	mailbox->settle_ids = x_calloc(count, sizeof(*mailbox->settle_ids));
	mailbox->settle_uids = x_calloc(count, sizeof(*mailbox->settle_uids));
	for (size_t i = 0; i < count && taken < most; i++) {
		if (strcmp(rows[i].folder, rows[0].folder) != 0 || rows[i].uidvalidity != rows[0].uidvalidity ||
		    rows[i].from_folder[0] != '\0')
			continue;
		mailbox->settle_ids[taken] = rows[i].id;
		mailbox->settle_uids[taken++] = rows[i].uid;
	}
	return taken;
}

/* As it was fetched; 0 and "" when it is no longer there. */
static uint64_t
archived(const struct core *core, const char *name, char hex_r[65])
{
	int fd = openat(core->spool.archive, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct err ignored;
	struct stat st = { .st_size = 0 };

	if (fd == -1 || fstat(fd, &st) == -1 || sha256_hex_fd(fd, hex_r, &ignored) == -1) {
		hex_r[0] = '\0';
		st.st_size = 0;
	}
	if (fd != -1)
		close(fd);
	return (uint64_t)st.st_size;
}

/* A mail that was moved before: by what is known of it, its UID there being the server's affair. */
static int
refile_send(struct core *core, struct core_mailbox *mailbox, struct arena *arena, const struct settle_row *row,
    struct err *err)
{
	struct sighting_row *sighting;
	struct message_row *stored = NULL;
	struct message *message = NULL;
	struct frame frame;
	char hex[65] = "";

	if (store_sighting_by_id(core->store, arena, row->sighting, &sighting, err) == -1 ||
	    (sighting != NULL && store_message(core->store, arena, sighting->message, &stored, err) == -1))
		return -1;
	if (stored != NULL && record_decode(arena, stored->record, stored->record_len, &message, err) == -1)
		message = NULL;		/* by its bytes, then */
	set_collect(mailbox, row, 1);
	mailbox->settle_ids[0] = row->id;
	mailbox->settle_uids[0] = row->uid;
	mailbox->settle_count = 1;
	frame_init(&frame, WIRE_REFILE, mailbox->settle_ticket);
	put_str(&frame, row->folder);
	put_str(&frame, row->from_folder);
	put_str(&frame, message == NULL ? "" : message->message_id);
	put_u32(&frame, row->uidvalidity);
	put_u32(&frame, row->uid);
	put_u64(&frame, sighting == NULL || sighting->spool_name[0] == '\0' ? 0 : archived(core, sighting->spool_name, hex));
	/* Not known of a mail that was found in the spool after a crash. */
	put_i64(&frame, sighting == NULL || sighting->received == INSTANT_NONE ? 0 : sighting->received);
	put_str(&frame, hex);
	core->out.send(core->out.ctx, mailbox->peer, &frame);
	frame_free(&frame);
	return 0;
}

static int
mailbox_settle(struct core *core, struct core_mailbox *mailbox, struct err *err)
{
	struct arena *arena = arena_new();
	struct settle_row *rows;
	struct frame frame;
	size_t count = 0;
	int rc = store_settles(core->store, arena, mailbox->row.id, SETTLE_WAITING, SETTLE_SET_MAX, &rows, &count, err);

	if (rc == 0 && count > 0) {
		mailbox->settling = true;
		mailbox->settle_ticket = ++core->ticket;
	}
	if (rc == 0 && count > 0 && rows[0].from_folder[0] != '\0') {
		rc = refile_send(core, mailbox, arena, &rows[0], err);
		if (rc == -1)
			set_forget(mailbox);
	} else if (rc == 0 && count > 0) {
		mailbox->settle_count = set_collect(mailbox, rows, count);
		frame_init(&frame, WIRE_SETTLE, mailbox->settle_ticket);
		put_str(&frame, rows[0].folder);
		put_str(&frame, "");
		put_u32(&frame, rows[0].uidvalidity);
		put_u32(&frame, (uint32_t)mailbox->settle_count);
		for (size_t i = 0; i < mailbox->settle_count; i++)
			put_u32(&frame, mailbox->settle_uids[i]);
		core->out.send(core->out.ctx, mailbox->peer, &frame);
		frame_free(&frame);
	}
	arena_free(&arena);
	return rc;
}

/* In the decision's transaction: wherever the message was seen, it moves from where it was put to where it belongs now. */
int
settle_refile_add(struct core *core, int64_t message, bool needs_person, const struct strs *filings, struct err *err)
{
	struct arena *arena = arena_new();
	struct sighting_row *sightings;
	size_t count;
	int rc = store_sightings_of(core->store, arena, message, &sightings, &count, err);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		const struct core_mailbox *mailbox = mailbox_of_row(core, sightings[i].mailbox);
		struct settle_row row = {
			.mailbox = sightings[i].mailbox, .sighting = sightings[i].id, .uidvalidity = sightings[i].uidvalidity,
			.uid = sightings[i].uid, .state = SETTLE_WAITING,
		}, *last = NULL;

		if (mailbox == NULL || mailbox->config->settle_leave || sightings[i].state == SIGHTING_QUARANTINED)
			continue;
		row.folder = needs_person ? mailbox->config->needs_you : filings->n > 0 ? filings->v[0] : mailbox->config->processed;
		rc = store_settle_last(core->store, arena, sightings[i].id, &last, err);
		if (rc == -1 || last == NULL || strcmp(last->folder, row.folder) == 0)
			continue;
		row.from_folder = last->folder;
		rc = store_settle_add(core->store, &row, err);
	}
	arena_free(&arena);
	return rc;
}

/*
 * What a server refused ten times may be possible by now (somebody made room,
 * or gave us the right to make a folder): once an hour, and when the mailbox
 * is reached anew.
 */
static int
try_again(struct core *core, struct core_mailbox *mailbox, struct err *err)
{
	bool any;

	mailbox->settle_again_ms = INT64_MAX;
	if (core_begin(core, err) == -1 || store_settles_again(core->store, mailbox->row.id, &any, err) == -1 ||
	    core_commit(core, err) == -1)
		return core_failed(core, err) ? 0 : -1;
	if (any)
		log_info("again mailbox=%s what=settle", mailbox->config->name);
	return 0;
}

int
settle_next(struct core *core, struct err *err)
{
	for (size_t i = 0; i < core->mailbox_count; i++) {
		struct core_mailbox *mailbox = &core->mailboxes[i];

		/* Until a folder that was made anew is accounted for, and fetch told so, the rows bear UIDs that were. */
		if (mailbox->row.asked_uid != 0 || mailbox->resume_due)
			continue;
		if (mailbox->attached && !mailbox->settling && clock_real_ms() >= mailbox->settle_again_ms &&
		    try_again(core, mailbox, err) == -1)
			return -1;
		if (mailbox->attached && !mailbox->settling && clock_real_ms() >= mailbox->settle_after_ms &&
		    mailbox_settle(core, mailbox, err) == -1)
			return -1;
	}
	return 0;
}

/* It was decided, but stands where it was: a person may move it.  Once it has gone after all, nobody need to. */
static int
tell_failure(struct core *core, const struct core_mailbox *mailbox, struct arena *arena, const struct settle_row *row,
    struct err *err)
{
	struct triage_row triage = {
		.pack = mailbox->pack->name, .state = "open", .rule = "", .at = core_now(core),
		.reason = arena_printf(arena, "The mail with UID %u in %s could not be moved to \"%s\" on the server.",
		    row->uid, mailbox->config->name, row->folder),
	}, *told = NULL;

	if (row->state == SETTLE_FAILED)
		return row->tries == SETTLE_TRIES ? store_triage_add(core->store, &triage, err) : 0;
	if (store_triage_open(core->store, arena, 0, 0, triage.reason, &told, err) == -1)
		return -1;
	return told == NULL ? 0 : store_triage_done(core->store, told->id, err);
}

/* number: the UIDVALIDITY that the set was asked under.  A mail that has another UID by now is asked for anew. */
static int
row_done(struct core *core, struct core_mailbox *mailbox, size_t index, uint32_t number, uint32_t result, struct err *err)
{
	struct arena *arena = arena_new();
	struct settle_row *row;
	struct sighting_row *sighting;
	int rc = store_settle(core->store, arena, mailbox->settle_ids[index], &row, err);

	if (row != NULL && (row->uidvalidity != number || row->uid != mailbox->settle_uids[index]))
		row = NULL;
	if (rc == 0 && row != NULL) {
		row->tries++;
		row->state = result != 2 ? SETTLE_DONE : row->tries >= SETTLE_TRIES ? SETTLE_FAILED : SETTLE_WAITING;
		rc = store_settle_put(core->store, row, err);
	}
	if (rc == 0 && row != NULL && row->tries >= SETTLE_TRIES)
		rc = tell_failure(core, mailbox, arena, row, err);
	if (row != NULL && row->state == SETTLE_FAILED && mailbox->settle_again_ms == INT64_MAX)
		mailbox->settle_again_ms = clock_real_ms() + SETTLE_AGAIN_MS;
	if (rc == 0 && row != NULL && row->state == SETTLE_FAILED && row->tries == SETTLE_TRIES)
		log_err("unmoved mailbox=%s uid=%u folder=\"%s\"", mailbox->config->name, row->uid, row->folder);
	if (rc == 0 && row != NULL && row->state != SETTLE_WAITING)
		rc = store_sighting_by_id(core->store, arena, row->sighting, &sighting, err);
	if (rc == 0 && row != NULL && row->state != SETTLE_WAITING && sighting != NULL && sighting->state != SIGHTING_QUARANTINED) {
		sighting->state = result == 1 ? SIGHTING_GONE : SIGHTING_SETTLED;
		rc = store_sighting_put(core->store, sighting, err);
	}
	arena_free(&arena);
	return rc;
}

static int
rows_done(struct core *core, struct core_mailbox *mailbox, struct frame *frame, bool *failed_r, struct err *err)
{
	uint32_t number = get_u32(frame), count = get_u32(frame);

	for (uint32_t i = 0; i < count && !frame->bad; i++) {
		uint32_t uid = get_u32(frame), result = get_u32(frame);

		get_u32(frame);
		*failed_r |= result == 2;
		for (size_t k = 0; k < mailbox->settle_count; k++)
			if (mailbox->settle_uids[k] == uid &&
			    row_done(core, mailbox, k, number, result, err) == -1)
				return -1;
	}
	return get_end(frame) ? 0 : err_set(err, ERR_MESSAGE, "a settling result that cannot be read");
}

int
settle_done(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err)
{
	bool failed = false;
	size_t count = mailbox->settle_count;
	int rc;

	if (!mailbox->settling && mailbox->config->retry != NULL)
		return 0;	/* a mail out of Retry that nobody knew: it is seen where it lies now */
	if (mailbox->settling && frame->id != mailbox->settle_ticket && mailbox->config->retry != NULL)
		return 0;
	if (!mailbox->settling || frame->id != mailbox->settle_ticket)
		return err_set(err, ERR_MESSAGE, "an answer about no set that is being settled");
	rc = core_begin(core, err);
	if (rc == 0)
		rc = rows_done(core, mailbox, frame, &failed, err);
	if (rc == 0)
		rc = core_commit(core, err);
	set_forget(mailbox);
	if (failed)
		mailbox->settle_after_ms = clock_real_ms() + SETTLE_WAIT_MS;
	if (rc == 0) {
		log_info("settled mailbox=%s mails=%zu%s", mailbox->config->name, count, failed ? " some=failed" : "");
		return 0;
	}
	return core_failed(core, err) ? 0 : -1;
}

void
settle_lost(struct core_mailbox *mailbox)
{
	set_forget(mailbox);
}
