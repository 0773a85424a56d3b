/*
 * Core's way of a mail: announced -> claimed -> parsed -> decided -> committed
 * -> archived.  Mailboxes take turns, each in the order of arrival.
 * Invariant (promise no-loss): the file leaves new and cur only after the
 * transaction that accounts for it is committed; a crash at any point repeats
 * the work, and the fingerprint makes the repeat harmless.
 * Fails: core_failed() tells what ends the role from what is tried again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/step.h"
#include "ipc/wire.h"
#include "mail/record.h"
#include "role/core_private.h"
#include "spool/claim.h"
#include "spool/finish.h"
#include "spool/quarantine.h"

static void
record_free(struct core *core, struct work *work)
{
	core->parsed_bytes -= work->record_len;
	free(work->record);
	work->record = NULL;
	work->record_len = 0;
}

void
mail_work_free(struct core *core, struct work **link)
{
	struct work *work = *link;

	*link = work->next;
	if (*link == NULL)
		work->mailbox->work_end = link;
	core->work_count--;
	core->untaken -= work->state == WORK_UNTAKEN;
	core->parsed -= work->state == WORK_PARSED;
	record_free(core, work);
	free(work);
}

void
mail_free(struct core *core)
{
	for (size_t i = 0; i < core->mailbox_count; i++)
		while (core->mailboxes[i].work != NULL)
			mail_work_free(core, &core->mailboxes[i].work);
}

/* Its documents stay only where they are those of a message: not of a repeat, nor of what could not be read. */
int
mail_documents_drop(struct core *core, const char *name, struct err *err)
{
	return file_exists(core->spool.docs, name) ? file_remove(core->spool.docs, name, err) : 0;
}

/* ---- To the parser and back */

static int
ask(struct core *core, struct work *work, struct err *err)
{
	struct frame frame;
	int mail = -1, documents = -1;

	if (spool_claim(&core->spool, work->name, &mail, err) == -1)
		return -1;
	if (step("spool.documents") == 0)
		documents = openat(core->spool.docs, work->name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (documents == -1) {
		close(mail);
		return err_errno(err, ERR_RETRY, "spool: docs/%s", work->name);
	}
	work->ticket = ++core->ticket;
	frame_init(&frame, WIRE_PARSE, work->ticket);
	put_i64(&frame, instant_date(core_now(core)));
	put_u32(&frame, 0);
	put_fd(&frame, mail);
	put_fd(&frame, documents);
	core->out.send(core->out.ctx, "parse", &frame);
	frame_free(&frame);
	close(mail);
	close(documents);
	work->state = WORK_PARSING;
	work->mailbox->parsing++;
	core->parsing++;
	return 0;
}

/* It stays where it is in the order of arrival. */
static void
wait_for_disk(struct core *core, const struct work *work, const char *why)
{
	if (core_wait(core, why))
		log_warning("waiting mail=%s reason=\"%s\"", work->name, why);
}

/* The first mail of a mailbox that waits for the parser; those before it are with the parser or read. */
static struct work **
first_waiting(struct core_mailbox *mailbox)
{
	struct work **link = &mailbox->work;

	while (*link != NULL && ((*link)->state == WORK_PARSING || (*link)->state == WORK_PARSED))
		link = &(*link)->next;
	return *link != NULL && (*link)->state == WORK_WAITING ? link : NULL;
}

/* One mail of a mailbox.  False: there is none, or enough is with the parser or read, or the disk fails. */
static bool
ask_one(struct core *core, struct core_mailbox *mailbox)
{
	struct work **link = mailbox->parsing < PARSING_EACH ? first_waiting(mailbox) : NULL;
	struct err err;

	if (link == NULL)
		return false;
	/* What is read behind one that takes its time must not fill the memory. */
	if (core->parsed_bytes >= PARSED_BYTES_MAX && link != &mailbox->work)
		return false;
	if (ask(core, *link, &err) == 0)
		return true;
	if (err.scope == ERR_RETRY) {
		wait_for_disk(core, *link, err.text);
		return false;
	}
	log_warning("missing mail=%s reason=\"%s\"", (*link)->name, err.text);
	mail_work_free(core, link);	/* it is not there: a person took it away, or it is done with */
	return true;
}

/* A mailbox in turn, so that one that catches up holds up no other. */
void
mail_ask_parser(struct core *core)
{
	size_t idle = 0;

	while (core->parser_attached && core->parsing < PARSING_MAX && idle < core->mailbox_count) {
		core->turn = (core->turn + 1) % core->mailbox_count;
		idle = ask_one(core, &core->mailboxes[core->turn]) ? 0 : idle + 1;
	}
}

static struct work *
work_with_ticket(struct core *core, uint64_t ticket)
{
	for (size_t i = 0; i < core->mailbox_count; i++)
		for (struct work *work = core->mailboxes[i].work; work != NULL; work = work->next) {
			if (work->state == WORK_PARSING && work->ticket == ticket)
				return work;
			if (work->state == WORK_WAITING && core->mailboxes[i].parsing == 0)
				break;
		}
	return NULL;
}

int
mail_parsed(struct core *core, struct frame *frame, struct err *err)
{
	struct arena *arena = arena_new();
	struct work *work;
	uint32_t status = get_u32(frame);
	const char *why = get_str(frame, arena);
	const void *record;
	size_t len;

	record = get_bytes(frame, &len);
	if (!get_end(frame) || status > PARSE_NO_ROOM) {
		arena_free(&arena);
		return err_set(err, ERR_MESSAGE, "a parse result that cannot be read");
	}
	if ((work = work_with_ticket(core, frame->id)) != NULL) {
		work->mailbox->parsing--;
		core->parsing--;
	}
	if (work != NULL && status == PARSE_NO_ROOM) {
		wait_for_disk(core, work, why);
		work->state = WORK_WAITING;
	} else if (work != NULL) {
		work->state = WORK_PARSED;
		work->status = (int)status;
		strncpy(work->why, why, sizeof(work->why) - 1);
		work->record = x_calloc(1, len + 1);
		memcpy(work->record, record, len);
		work->record_len = len;
		core->parsed_bytes += len;
		if (core->parsed++ == 0)
			core->parsed_since_ms = clock_real_ms();
	}
	arena_free(&arena);
	return 0;
}

/* The parser itself died: nobody's fault that we know; what it had is asked again. */
void
mail_parser_lost(struct core *core)
{
	for (size_t i = 0; i < core->mailbox_count; i++) {
		for (struct work *work = core->mailboxes[i].work; work != NULL; work = work->next)
			if (work->state == WORK_PARSING)
				work->state = WORK_WAITING;
		core->mailboxes[i].parsing = 0;
	}
	core->parsing = 0;
}

/* ---- The decision */

/* Under a moved clock, case time. */
static instant
received_at(const struct core *core, const struct work *work, const struct message *message)
{
	instant now = core_now(core);

	return core->clock.moved ? now : message_received(message, work->received, now);
}

static int
settle_add(struct core *core, const struct work *work, const struct sighting_row *sighting, const char *folder, bool leave,
    struct err *err)
{
	struct settle_row row = {
		.mailbox = work->mailbox->row.id, .sighting = sighting->id, .uidvalidity = sighting->uidvalidity,
		.uid = sighting->uid, .folder = folder, .state = SETTLE_WAITING,
	};

	return leave ? 0 : store_settle_add(core->store, &row, err);
}

static int
sighting_of(struct core *core, struct arena *arena, const struct work *work, struct sighting_row **row_r, struct err *err)
{
	if (store_sighting_by_id(core->store, arena, work->sighting, row_r, err) == -1)
		return -1;
	return *row_r == NULL ? err_set(err, ERR_DAEMON, "mail %s has no row", work->name) : 0;
}

static int
quarantine(struct core *core, struct arena *arena, struct work *work, struct sighting_row *sighting, struct err *err)
{
	struct triage_row triage = {
		.pack = work->mailbox->pack->name, .state = "open", .rule = "", .at = core_now(core),
		.reason = arena_printf(arena, "A mail could not be read and waits in quarantine as %s: %s", work->name, work->why),
	};

	sighting->state = SIGHTING_QUARANTINED;
	sighting->why = work->why;
	if (store_sighting_put(core->store, sighting, err) == -1 || store_triage_add(core->store, &triage, err) == -1)
		return -1;
	work->quarantine = true;
	log_err("quarantined mail=%s reason=\"%s\"", work->name, str_visible(arena, work->why, 200));
	return settle_add(core, work, sighting, work->mailbox->config->needs_you, work->mailbox->config->settle_leave, err);
}

static void
read_anew(struct core *core, struct work *work)
{
	work->state = WORK_WAITING;
	core->parsed--;
	record_free(core, work);
}

/* The parser could not: a strike; the second one is the last. */
static int
strike(struct core *core, struct arena *arena, struct work *work, struct err *err)
{
	struct sighting_row *sighting;

	if (sighting_of(core, arena, work, &sighting, err) == -1)
		return -1;
	sighting->strikes++;
	if (sighting->strikes >= STRIKES_MAX || work->status == PARSE_FAILED)
		return quarantine(core, arena, work, sighting, err);
	log_warning("strike mail=%s reason=\"%s\"", work->name, str_visible(arena, work->why, 200));
	read_anew(core, work);
	return store_sighting_put(core->store, sighting, err);
}

/* Durable with the others of this transaction, and open until then, as what is frozen is: documents_sync(). */
static int
documents_keep(struct core *core, struct work *work, const struct message *message, struct err *err)
{
	int fd;

	if (message->document_count == 0) {
		if (step("file.unlink") == -1 || (unlinkat(core->spool.docs, work->name, 0) == -1 && errno != ENOENT))
			return err_errno(err, ERR_RETRY, "spool: docs/%s", work->name);
		return 0;
	}
	work->documents = true;
	fd = openat(core->spool.docs, work->name, O_RDWR | O_CLOEXEC);
	if (fd == -1)
		return err_errno(err, ERR_RETRY, "spool: docs/%s", work->name);
	if (core->documents_count == BATCH_MAX)
		return file_commit(&fd, err);
	file_sync_start(fd);
	core->documents_fds[core->documents_count++] = fd;
	return 0;
}

/* The files, and what the folder holds and does not hold any more. */
static int
documents_sync(struct core *core, struct err *err)
{
	for (size_t i = 0; i < core->documents_count; i++)
		if (file_commit(&core->documents_fds[i], err) == -1)
			return -1;
	core->documents_count = 0;
	return file_sync_dir(core->spool.docs, err);
}

/*
 * The transaction that would have accounted for them is gone for good, now that another has begun.  The disk tells only once
 * what it could not write, and may have forgotten it by then: nothing is believed of these files, and each is written anew, by
 * reading its mail again.
 */
static void
documents_forget(struct core *core)
{
	core->batch_failed = false;
	for (size_t i = 0; i < core->documents_count; i++)
		if (core->documents_fds[i] != -1)
			close(core->documents_fds[i]);
	core->documents_count = 0;
	for (size_t i = 0; i < core->mailbox_count; i++)
		for (struct work *work = core->mailboxes[i].work; work != NULL; work = work->next) {
			if (work->documents && work->state == WORK_PARSED)
				read_anew(core, work);
			work->documents = false;
		}
}

/* Read, and not decided before a person has said so. */
static int
hold(struct core *core, struct work *work, struct sighting_row *sighting, const struct message *message, struct err *err)
{
	sighting->message_id = message->message_id;
	work->held = true;
	log_info("held mailbox=%s uid=%u", work->mailbox->config->name, work->uid);
	return store_held_put(core->store, sighting->id, work->record, work->record_len, err) == -1 ? -1 :
	    store_sighting_put(core->store, sighting, err);
}

static int
decide_one(struct core *core, struct arena *arena, struct work *work, struct err *err)
{
	const struct mailbox_config *config = work->mailbox->config;
	struct sighting_row *sighting;
	struct message *message;
	struct arrived *arrived;
	struct arrival arrival = {
		.pack = work->mailbox->pack, .mailbox = config->address, .trust = config->trust,
		.file = work->name, .spool_name = work->name, .sent = config->sent_of != NULL,
	};
	const char *folder;
	bool copy, leave;

	if (record_decode(arena, work->record, work->record_len, &message, err) == -1) {
		snprintf(work->why, sizeof(work->why), "%.255s", err->text);
		work->status = PARSE_FAILED;
		return strike(core, arena, work, err);
	}
	arrival.message = message;
	arrival.received = received_at(core, work, message);
	if (documents_keep(core, work, message, err) == -1 || sighting_of(core, arena, work, &sighting, err) == -1)
		return -1;
	if (sighting->state == SIGHTING_HELD)
		return hold(core, work, sighting, message, err);
	if (engine_mail(&core->engine, arena, &arrival, core_now(core), &arrived, err) == -1)
		return -1;
	if (arrived->returned != 0 && canary_back(core, work->mailbox, arrived->returned,
	    message->received != INSTANT_NONE ? message->received : work->received, err) == -1)
		return -1;
	/* The copy of our own mail is nobody's but ours to move, into the sent mail, whoever moves the others. */
	copy = arrived->copy && config->sent_of == NULL;
	leave = config->settle_leave && (!copy || arrived->canary);
	sighting->state = leave ? SIGHTING_SETTLED : SIGHTING_DONE;
	sighting->message = arrived->message;
	sighting->message_id = message->message_id;
	work->duplicate = arrived->duplicate;
	work->copy_of = arrived->copy_of;
	folder = arrived->canary ? config->canary_folder : arrived->needs_person ? config->needs_you : copy && config->sent != NULL ? config->sent :
	    arrived->filings.n > 0 ? arrived->filings.v[0] : config->processed;
	log_info("decided mailbox=%s uid=%u kind=%s case=%lld match=%s mails=%zu", config->name, work->uid,
	    arrived->classified->kind == NULL ? "other" : arrived->classified->kind->name, (long long)arrived->case_id,
	    arrived->duplicate ? "duplicate" : match_kind_name(arrived->matched->kind),
	    arrived->decision == NULL ? 0 : arrived->decision->mail_count);
	if (store_sighting_put(core->store, sighting, err) == -1)
		return -1;
	return settle_add(core, work, sighting, folder, leave, err);
}

static int
work_decide(struct core *core, struct work *work, struct err *err)
{
	struct arena *arena = arena_new();
	size_t frozen = core->frozen.n;
	int rc = store_savepoint(core->store, err);

	if (rc == 0)
		rc = work->status == PARSE_OK ? decide_one(core, arena, work, err) : strike(core, arena, work, err);
	if (rc == -1 && err->scope == ERR_MESSAGE) {
		snprintf(work->why, sizeof(work->why), "%.255s", err->text);
		rc = store_rollback_to(core->store, err);
		freeze_undo(core, frozen);
		work->status = PARSE_FAILED;
		if (rc == 0)
			rc = strike(core, arena, work, err);
	}
	if (rc == 0)
		rc = store_release(core->store, err);
	work->decided = rc == 0 && work->state == WORK_PARSED;
	arena_free(&arena);
	return rc;
}

/* After the commit: the files follow. A failure here is made good at the next start. */
static int
archive_one(struct core *core, struct work *work, struct err *err)
{
	if ((work->quarantine || work->duplicate) && mail_documents_drop(core, work->name, err) == -1)
		return -1;
	if (work->copy_of != 0 && send_proven(core, work->copy_of, err) == -1)
		return -1;
	if (work->held)
		return 0;
	return work->quarantine ? spool_quarantine(&core->spool, work->name, work->why, err) :
	    spool_finish(&core->spool, work->name, err);
}

static int
batch_archive(struct core *core, struct err *err)
{
	for (size_t i = 0; i < core->mailbox_count; i++) {
		struct core_mailbox *mailbox = &core->mailboxes[i];

		while (mailbox->work != NULL && mailbox->work->decided) {
			if (archive_one(core, mailbox->work, err) == -1)
				return -1;
			mail_work_free(core, &mailbox->work);
		}
	}
	return spool_finish_sync(&core->spool, err);
}

static void
batch_forget(struct core *core)
{
	for (size_t i = 0; i < core->mailbox_count; i++)
		for (struct work *work = core->mailboxes[i].work; work != NULL && work->decided; work = work->next)
			work->decided = work->duplicate = work->quarantine = work->held = false;
}

/* The mailbox's next mail, if it is read. */
static struct work *
next_of(const struct core_mailbox *mailbox)
{
	struct work *work = mailbox->work;

	while (work != NULL && work->decided)
		work = work->next;
	return work != NULL && work->state == WORK_PARSED ? work : NULL;
}

/* A mailbox in turn, and each in the order of arrival. */
static struct work *
next_to_decide(struct core *core)
{
	struct work *work = NULL;

	for (size_t i = 0; i < core->mailbox_count && work == NULL; i++) {
		core->turn = (core->turn + 1) % core->mailbox_count;
		work = next_of(&core->mailboxes[core->turn]);
	}
	return work;
}

static bool
any_decided(const struct core *core)
{
	for (size_t i = 0; i < core->mailbox_count; i++)
		if (core->mailboxes[i].work != NULL && core->mailboxes[i].work->decided)
			return true;
	return false;
}

int64_t
mail_wait_ms(const struct core *core)
{
	bool any = false;
	int64_t left;

	for (size_t i = 0; i < core->mailbox_count && !any; i++)
		any = next_of(&core->mailboxes[i]) != NULL;
	if (!any)
		return -1;
	/* While others are being read, it waits a moment for them: one commit serves many. */
	if (core->parsing == 0 || core->parsed >= BATCH_READY)
		return 0;
	left = core->parsed_since_ms + COMPANY_MS - clock_real_ms();
	return left > 0 ? left : 0;
}

static bool
has_few(const struct core_mailbox *mailbox)
{
	const struct work *work = mailbox->work;
	int count = 0;

	for (; work != NULL && count < BATCH_FEW; work = work->next)
		count++;
	return count > 0 && count < BATCH_FEW;
}

/*
 * Today's mail of one mailbox does not wait for whole batches of another that catches up: not to be decided, and not on its way
 * out, which takes some turns.
 */
static int
batch_most(const struct core *core)
{
	bool few = core->sending.flowing;

	if (core->mailbox_count == 1 || core->work_count <= BATCH_MAX)
		return BATCH_MAX;
	for (size_t i = 0; i < core->mailbox_count && !few; i++)
		few = has_few(&core->mailboxes[i]);
	return few ? BATCH_FEW : BATCH_MAX;
}

int
mail_decide(struct core *core, bool *more_r, struct err *err)
{
	const int most = batch_most(core);
	struct work *work;
	int rc, count = 0;

	if (any_decided(core)) {	/* committed, but the disk failed before it was archived */
		rc = batch_archive(core, err);
		*more_r = rc == 0;	/* others may be read by now */
		return rc == -1 && !core_failed(core, err) ? -1 : 0;
	}
	if (mail_wait_ms(core) != 0)
		return 0;
	core->frozen_together = true;
	rc = core_begin(core, err);
	if (rc == 0 && core->batch_failed)
		documents_forget(core);
	for (; rc == 0 && count < most && (work = next_to_decide(core)) != NULL; count++) {
		rc = work_decide(core, work, err);
		if (!work->decided)
			break;
	}
	if (rc == 0)
		rc = documents_sync(core, err);
	if (rc == 0)
		rc = core_commit(core, err);
	core->frozen_together = false;
	core->parsed_since_ms = clock_real_ms();
	if (rc == -1) {
		batch_forget(core);
		core->batch_failed = true;
		return core_failed(core, err) ? 0 : -1;
	}
	rc = batch_archive(core, err);
	*more_r = true;
	return rc == -1 && !core_failed(core, err) ? -1 : 0;
}
