/*
 * Core's first step with a mail: announced by fetch, or found in the spool at a
 * start, it gets its row, and waits for the parser unless it is done with.  All
 * that was announced since the last time is one transaction.
 * Invariant (promise no-loss): a file in new is dropped only after its row,
 * under whatever number, is committed.
 * Fails: core_failed() tells what ends the role from what is tried again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "ipc/wire.h"
#include "role/core_private.h"
#include "spool/claim.h"
#include "spool/finish.h"
#include "spool/quarantine.h"
#include "spool/recover.h"

#define TAKE_MAX	500	/* in one transaction */
#define TAKE_FIRST	8	/* of each mailbox, before one that catches up takes the rest */

/* The highest number of all is the newest: what is announced in order is looked for nowhere. */
static bool
is_on_its_way(const struct core_mailbox *mailbox, const struct sighting_row *mail)
{
	if (mail->uidvalidity == mailbox->work_number && mail->uid > mailbox->work_highest)
		return false;
	for (const struct work *work = mailbox->work; work != NULL; work = work->next)
		if (strcmp(work->name, mail->spool_name) == 0)
			return true;
	return false;
}

static void
work_add(struct core *core, struct core_mailbox *mailbox, const struct sighting_row *mail)
{
	struct work *work = x_calloc(1, sizeof(*work));

	strncpy(work->name, mail->spool_name, sizeof(work->name) - 1);
	work->mailbox = mailbox;
	work->uidvalidity = mail->uidvalidity;
	work->uid = mail->uid;
	work->size = mail->size;
	work->received = mail->received;
	work->state = WORK_UNTAKEN;
	*mailbox->work_end = work;
	mailbox->work_end = &work->next;
	core->work_count++;
	core->untaken++;
	if (mail->uidvalidity != mailbox->work_number || mail->uid > mailbox->work_highest)
		mailbox->work_highest = mail->uid;
	mailbox->work_number = mail->uidvalidity;
}

/* Decided before the end, but its file had not followed yet. */
static int
put_away(struct core *core, struct arena *arena, const char *name, const struct sighting_row *row, struct err *err)
{
	struct message_row *message = NULL;

	if (row->message != 0 && store_message(core->store, arena, row->message, &message, err) == -1)
		return -1;
	if ((message == NULL || strcmp(message->spool_name, name) != 0) && mail_documents_drop(core, name, err) == -1)
		return -1;
	return row->state == SIGHTING_QUARANTINED ? spool_quarantine(&core->spool, name, row->why, err) :
	    spool_finish(&core->spool, name, err);
}

/*
 * Its row, which may stand under another number by now: then it is found by the file's name.  A file without one is
 * known by its number: as a mail that is kept under another name, if its row says so.
 */
static int
row_of(struct core *core, struct arena *arena, const struct sighting_row *mail, struct sighting_row **row_r, struct err *err)
{
	struct sighting_row *numbered, *filed;

	*row_r = NULL;
	if (store_sighting(core->store, arena, mail->mailbox, mail->uidvalidity, mail->uid, &numbered, err) == -1)
		return -1;
	if (mail->received != INSTANT_NONE || (numbered != NULL && (numbered->spool_name[0] == '\0' ||
	    strcmp(numbered->spool_name, mail->spool_name) == 0))) {
		*row_r = numbered;
		return 0;
	}
	if (store_sighting_by_file(core->store, arena, mail->spool_name, &filed, err) == -1)
		return -1;
	*row_r = filed != NULL ? filed : numbered;
	return 0;
}

/* Of one that nobody announces, its file says what fetch would have said. */
static int
measure(struct core *core, struct sighting_row *mail, struct err *err)
{
	return mail->received != INSTANT_NONE ? 0 :
	    spool_measure(&core->spool, mail->spool_name, &mail->size, &mail->received, err);
}

/* Nobody has had its content yet: it was left alone, gone, or not handed out. */
static bool
never_taken(const struct sighting_row *row)
{
	return row->spool_name[0] == '\0' && row->message == 0 && (row->state == SIGHTING_BEFORE ||
	    row->state == SIGHTING_GONE || row->state == SIGHTING_QUARANTINED);
}

/* A person has said that it is left alone: its documents go, unless they are those of a mail that was kept under this name. */
static int
left_alone(struct core *core, struct arena *arena, const char *name, struct err *err)
{
	struct sighting_row *kept;

	if (store_sighting_by_file(core->store, arena, name, &kept, err) == -1)
		return -1;
	return kept != NULL ? 0 : mail_documents_drop(core, name, err);
}

static int
take_known(struct core *core, struct arena *arena, struct sighting_row *row, const struct sighting_row *mail,
    enum work_taken *taken_r, struct err *err)
{
	const void *record = NULL;
	size_t len;

	*taken_r = TAKEN_DROP;
	if (row->state == SIGHTING_BEFORE && row->why[0] != '\0')
		return left_alone(core, arena, mail->spool_name, err);
	if (never_taken(row)) {
		row->state = row->state == SIGHTING_BEFORE ? SIGHTING_HELD : SIGHTING_ENTERED;
		row->spool_name = mail->spool_name;
		row->why = "";
		if (store_sighting_put(core->store, row, err) == -1)
			return -1;
	} else if (strcmp(row->spool_name, mail->spool_name) != 0)
		return 0;		/* the same bytes are kept under another name */
	*taken_r = TAKEN_DONE;
	if (row->state == SIGHTING_HELD && store_held(core->store, arena, row->id, &record, &len, err) == -1)
		return -1;
	if (row->state != SIGHTING_ENTERED && row->state != SIGHTING_HELD)
		return put_away(core, arena, mail->spool_name, row, err);
	if (record == NULL)
		*taken_r = TAKEN_WAITS;
	return 0;
}

static int
take_new(struct core *core, struct core_mailbox *mailbox, struct sighting_row *mail, enum work_taken *taken_r, struct err *err)
{
	bool same = false, known = false;

	if (measure(core, mail, err) == -1)
		return -1;
	if (mail->uid <= mailbox->row.asked_uid && mail->uidvalidity != mailbox->baseline_uidvalidity &&
	    listing_same_bytes(core, mailbox, mail->spool_name, mail, &same, err) == -1)
		return -1;
	*taken_r = same ? TAKEN_DROP : TAKEN_WAITS;
	mail->state = listing_holds(mailbox, mail) ? SIGHTING_HELD : SIGHTING_ENTERED;
	return same ? 0 : store_sighting_add(core->store, mail, &known, err);
}

/* The sighting's row, made if it is new; work->taken and work->row say what that comes to. */
static int
take(struct core *core, struct work *work, struct err *err)
{
	struct arena *arena = arena_new();
	struct sighting_row mail = { .mailbox = work->mailbox->row.id, .uidvalidity = work->uidvalidity, .uid = work->uid,
	    .spool_name = work->name, .size = work->size, .received = work->received, .why = "" }, *row;
	enum work_taken taken = TAKEN_DONE;
	int rc = store_savepoint(core->store, err);

	if (rc == 0)
		rc = row_of(core, arena, &mail, &row, err);
	if (rc == 0)
		rc = row != NULL ? take_known(core, arena, row, &mail, &taken, err) :
		    take_new(core, work->mailbox, &mail, &taken, err);
	if (rc == 0)
		work->row = row != NULL ? *row : mail;
	else if (err->scope == ERR_MESSAGE) {
		log_warning("missing mail=%s reason=\"%s\"", work->name, err->text);
		taken = TAKEN_DONE;
		rc = store_rollback_to(core->store, err);
	}
	if (rc == 0)
		rc = store_release(core->store, err);
	work->taken = taken;
	arena_free(&arena);
	return rc;
}

/* It was refused under another number of the folder already: a person knows. */
static int
refused_before(struct core *core, struct arena *arena, const struct sighting_row *mail, bool *known_r, struct err *err)
{
	struct sighting_alike *alike;
	size_t count;

	*known_r = false;
	if (store_sightings_alike(core->store, arena, mail, &alike, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count && !*known_r; i++) {
		const struct sighting_row *row = &alike[i].row;

		if (row->state != SIGHTING_QUARANTINED || row->spool_name[0] != '\0' || row->size != mail->size)
			continue;
		*known_r = true;
		if (store_sighting_move(core->store, row->id, mail, err) == -1)
			return -1;
	}
	return 0;
}

/* Listed, and no longer there when it was asked for: somebody was faster. */
int
mail_gone(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err)
{
	struct sighting_row row = { .mailbox = mailbox->row.id, .state = SIGHTING_GONE, .spool_name = "",
	    .why = "moved or deleted by somebody before it could be read" };
	bool known;
	int rc;

	row.uidvalidity = get_u32(frame);
	row.uid = get_u32(frame);
	row.size = get_u64(frame);
	row.received = get_i64(frame);
	if (!get_end(frame))
		return err_set(err, ERR_MESSAGE, "word of a mail that has gone, which cannot be read");
	log_info("gone mailbox=%s uid=%u", mailbox->config->name, row.uid);
	rc = core_begin(core, err);
	if (rc == 0)
		rc = store_sighting_add(core->store, &row, &known, err);
	if (rc == 0)
		rc = core_commit(core, err);
	return rc == -1 && !core_failed(core, err) ? -1 : 0;
}

/* A mail that stays on the server: too large, or the server will not hand it out. A person is told. */
int
mail_refused(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err)
{
	struct arena *arena = arena_new();
	struct sighting_row row = { .mailbox = mailbox->row.id, .state = SIGHTING_QUARANTINED, .spool_name = "" };
	struct triage_row triage = { .pack = mailbox->pack->name, .state = "open", .rule = "", .at = core_now(core) };
	bool known = false;
	int rc = 0;

	row.uidvalidity = get_u32(frame);
	row.uid = get_u32(frame);
	row.size = get_u64(frame);
	row.received = get_i64(frame);
	row.why = str_visible(arena, get_str(frame, arena), 200);
	if (!get_end(frame)) {
		arena_free(&arena);
		return err_set(err, ERR_MESSAGE, "a refusal that cannot be read");
	}
	triage.reason = arena_printf(arena, "A mail in %s could not be taken in (UID %u): %s", mailbox->config->name, row.uid, row.why);
	log_err("refused mailbox=%s uid=%u reason=\"%s\"", mailbox->config->name, row.uid, row.why);
	rc = core_begin(core, err);
	if (rc == 0)
		rc = refused_before(core, arena, &row, &known, err);
	if (rc == 0 && !known)
		rc = store_sighting_add(core->store, &row, &known, err);
	if (rc == 0 && !known)
		rc = store_triage_add(core->store, &triage, err);
	if (rc == 0)
		rc = core_commit(core, err);
	arena_free(&arena);
	return rc == -1 && !core_failed(core, err) ? -1 : 0;
}

/* Once that is committed.  True: it is out of the list. */
static bool
taken(struct core *core, struct work **link)
{
	struct work *work = *link;
	enum work_taken taken = work->taken;
	struct err err;

	work->taken = TAKEN_NOT;
	if (taken == TAKEN_DROP && spool_drop(&core->spool, work->name, &err) == -1) {
		/* Where the disk fails, it waits to be taken once more, and is dropped then. */
		if (core_wait(core, err.text))
			log_warning("not dropped mail=%s reason=\"%s\"", work->name, err.text);
		return false;
	}
	if (taken != TAKEN_WAITS) {
		mail_work_free(core, link);
		return true;
	}
	work->state = WORK_WAITING;
	work->uidvalidity = work->row.uidvalidity;
	work->uid = work->row.uid;
	work->sighting = work->row.id;
	work->size = work->row.size;
	work->received = work->row.received;
	core->untaken--;
	return false;
}

static void
all_taken(struct core *core, bool committed)
{
	for (size_t i = 0; i < core->mailbox_count; i++)
		for (struct work **link = &core->mailboxes[i].work; *link != NULL; )
			if ((*link)->taken == TAKEN_NOT)
				link = &(*link)->next;
			else if (!committed)
				(*link)->taken = TAKEN_NOT;	/* all of its first step is done again */
			else if (!taken(core, link))
				link = &(*link)->next;
}

static int
take_of(struct core *core, const struct core_mailbox *mailbox, size_t most, size_t *left, struct err *err)
{
	int rc = 0;

	for (struct work *work = mailbox->work; rc == 0 && most > 0 && *left > 0 && work != NULL; work = work->next)
		if (work->state == WORK_UNTAKEN && work->taken == TAKEN_NOT) {
			rc = take(core, work, err);
			most--;
			(*left)--;
		}
	return rc;
}

/* At most so many of what waits for its row, in one transaction. */
static int
take_some(struct core *core, size_t max, struct err *err)
{
	int rc = core_begin(core, err);

	for (size_t i = 0; rc == 0 && i < core->mailbox_count; i++)
		rc = take_of(core, &core->mailboxes[i], TAKE_FIRST, &max, err);
	for (size_t i = 0; rc == 0 && i < core->mailbox_count; i++)
		rc = take_of(core, &core->mailboxes[i], max, &max, err);
	if (rc == 0)
		rc = core_commit(core, err);
	all_taken(core, rc == 0);
	return rc;
}

bool
mail_untaken_in(const struct core_mailbox *mailbox)
{
	for (const struct work *work = mailbox->work; work != NULL; work = work->next)
		if (work->state == WORK_UNTAKEN)
			return true;
	return false;
}

int
mail_take_in(struct core *core, struct err *err)
{
	if (core->untaken == 0 || clock_real_ms() < core->retry_at_ms || take_some(core, TAKE_MAX, err) == 0)
		return 0;
	/* A full disk: the files are in new all the same, and are not announced again. */
	return core_failed(core, err) ? 0 : -1;
}

int
mail_entered(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err)
{
	struct arena *arena = arena_new();
	struct sighting_row mail = { .mailbox = mailbox->row.id, .why = "" };
	struct spool_name parsed;

	mail.spool_name = get_str(frame, arena);
	mail.uidvalidity = get_u32(frame);
	mail.uid = get_u32(frame);
	mail.size = get_u64(frame);
	mail.received = get_i64(frame);
	if (!get_end(frame) || !spool_name_parse(mail.spool_name, &parsed) || strcmp(parsed.mailbox, mailbox->config->name) != 0 ||
	    parsed.uidvalidity != mail.uidvalidity || parsed.uid != mail.uid) {
		arena_free(&arena);
		return err_set(err, ERR_MESSAGE, "an announcement that cannot be read");
	}
	log_info("entered mailbox=%s uid=%u size=%llu", mailbox->config->name, mail.uid, (unsigned long long)mail.size);
	if (!is_on_its_way(mailbox, &mail))
		work_add(core, mailbox, &mail);
	arena_free(&arena);
	return 0;
}

int
mail_recover(struct core *core, struct err *err)
{
	struct arena *arena = arena_new();
	struct strs names = { NULL, 0 }, strange = { NULL, 0 };
	int rc = spool_recover(&core->spool, arena, &names, &strange, err);

	for (size_t i = 0; i < strange.n; i++)
		log_warning("strange file=%s", str_visible(arena, strange.v[i], 100));
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		struct sighting_row mail = { .spool_name = names.v[i], .received = INSTANT_NONE };
		struct spool_name name;
		struct core_mailbox *mailbox;

		if (!spool_name_parse(names.v[i], &name))
			continue;
		mailbox = core_mailbox(core, name.mailbox);
		if (mailbox == NULL) {
			log_warning("waiting mail=%s reason=\"its mailbox is no longer configured\"", names.v[i]);
			continue;
		}
		mail.uidvalidity = name.uidvalidity;
		mail.uid = name.uid;
		work_add(core, mailbox, &mail);
	}
	if (rc == 0)
		rc = take_some(core, SIZE_MAX, err);
	if (rc == 0 && names.n > 0)
		rc = spool_finish_sync(&core->spool, err);
	if (rc == 0)
		log_info("recovered mails=%zu", names.n);
	arena_free(&arena);
	return rc;
}
