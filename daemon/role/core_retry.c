/*
 * The folder Retry: a mail that a person puts there is decided again, with the
 * rules and lists of today, and moved on as if it had just come.  fetch lists
 * the folder every minute; what to do with a mail is settled here.
 * Runs in core.
 * Invariant: that a mail was put there is noted in the transaction that
 * decides it again and says where it is to be moved, so that it is decided
 * once each time it is put there, whatever crashes; one that is still to be
 * moved, or could not be, is left alone.
 * Fails: as the store does; a mail that nobody knows is moved into the watched
 * folder, and comes in by the usual way.
 */
#include <string.h>

#include "base/log.h"
#include "ipc/wire.h"
#include "role/core_private.h"

#define LOOK_MS		60000
#define DECIDED_MAX	25	/* from one listing, so that nothing else waits for long; the next look takes the rest */
#define WHO		"retry folder"	/* in the journal: a person, by that folder */

struct put_there {
	uint32_t	 uidvalidity, uid;	/* in Retry */
	uint64_t	 size;
	int64_t		 internaldate;
	const char	*message_id;
};

/* ---- Asking */

static bool
wanted(const struct core_mailbox *mailbox)
{
	return mailbox->config->retry != NULL && mailbox->attached && mailbox->row.uidvalidity != 0;
}

static void
ask(struct core *core, struct core_mailbox *mailbox)
{
	struct frame frame;

	mailbox->retry.ticket = ++core->ticket;
	frame_init(&frame, WIRE_LIST, mailbox->retry.ticket);
	put_str(&frame, mailbox->config->retry);
	core->out.send(core->out.ctx, mailbox->peer, &frame);
	frame_free(&frame);
}

bool
retry_look(struct core *core, struct core_mailbox *mailbox)
{
	if (!wanted(mailbox))
		return false;
	mailbox->retry.for_look = true;
	ask(core, mailbox);
	return true;
}

void
retry_turn(struct core *core)
{
	for (size_t i = 0; i < core->mailbox_count; i++) {
		struct core_mailbox *mailbox = &core->mailboxes[i];

		if (wanted(mailbox) && mailbox->retry.ticket == 0 && clock_real_ms() >= mailbox->retry.next_ms)
			ask(core, mailbox);
	}
}

int64_t
retry_wait_ms(const struct core *core)
{
	int64_t wait = -1, now = clock_real_ms();

	for (size_t i = 0; i < core->mailbox_count; i++) {
		const struct core_mailbox *mailbox = &core->mailboxes[i];
		int64_t left = mailbox->retry.next_ms - now;

		if (wanted(mailbox) && mailbox->retry.ticket == 0 && (wait == -1 || left < wait))
			wait = left < 1 ? 1 : left;
	}
	return wait;
}

void
retry_lost(struct core_mailbox *mailbox)
{
	memset(&mailbox->retry, 0, sizeof(mailbox->retry));
}

/* ---- Which mail it is */

/* The row of a mail that was seen in the watched folder; the better its size and date fit, the surer. */
static int
known(struct core *core, struct arena *arena, const struct core_mailbox *mailbox, const struct put_there *mail,
    struct sighting_row **row_r, struct err *err)
{
	struct sighting_row like = {
		.mailbox = mailbox->row.id, .received = mail->internaldate, .size = mail->size,
		.message_id = mail->message_id[0] == '\0' ? NULL : mail->message_id,
	};
	struct sighting_alike *alike;
	size_t count, same_id = 0;

	*row_r = NULL;
	if (store_sightings_alike(core->store, arena, &like, &alike, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (alike[i].row.received == mail->internaldate && (alike[i].row.size == mail->size || alike[i].row.size == 0)) {
			*row_r = &alike[i].row;
			return 0;
		}
		same_id += alike[i].same_id;
	}
	for (size_t i = 0; same_id == 1 && i < count; i++)
		if (alike[i].same_id)
			*row_r = &alike[i].row;
	return 0;
}

/* ---- Deciding again */

/* What it did in a case before is taken back first.  *refused_r: why that cannot be; the caller takes all of it back. */
static int
take_back(struct core *core, struct arena *arena, const struct message_row *message, instant now, const char **refused_r,
    struct err *err)
{
	struct change_wish wish = {
		.word = ADMIN_DETACH, .case_id = message->case_id, .message = message->id, .who = WHO, .reason = "",
	};
	struct changed changed;

	if (message->case_id == 0)
		return 0;
	if (engine_change(&core->engine, arena, &wish, now, &changed, err) == -1)
		return -1;
	*refused_r = changed.refused;
	return 0;
}

/* Our own, and what answers to none of ours: nothing is decided about such a mail, ever. */
static bool
is_never_decided(const struct message_row *message)
{
	return strcmp(message->kind, "own") == 0 || strcmp(message->kind, "stray") == 0;
}

static struct settle_row
put_into_retry(const struct core_mailbox *mailbox, const struct sighting_row *row, const struct put_there *mail)
{
	return (struct settle_row){ .mailbox = row->mailbox, .sighting = row->id, .uidvalidity = mail->uidvalidity, .uid = mail->uid,
	    .folder = mailbox->config->retry, .state = SETTLE_DONE };
}

/* Wherever it was said to belong, it must not stay in Retry. */
static int
move_on(struct core *core, struct arena *arena, const struct core_mailbox *mailbox, const struct sighting_row *row, struct err *err)
{
	struct settle_row *last, onward = {
		.mailbox = row->mailbox, .sighting = row->id, .uidvalidity = row->uidvalidity, .uid = row->uid,
		.folder = mailbox->config->needs_you, .from_folder = mailbox->config->retry, .state = SETTLE_WAITING,
	};

	if (store_settle_last(core->store, arena, row->id, &last, err) == -1)
		return -1;
	if (last != NULL && strcmp(last->folder, mailbox->config->retry) != 0)
		return 0;
	return store_settle_add(core->store, &onward, err);
}

/* To decide it anew beside what it did before would do that twice: a person takes it apart first. */
static int
left_as_it_was(struct core *core, struct arena *arena, const struct core_mailbox *mailbox, const struct sighting_row *row,
    const struct put_there *mail, const char *why, struct err *err)
{
	struct settle_row there = put_into_retry(mailbox, row, mail);
	struct triage_row triage = {
		.message = row->message, .pack = mailbox->pack->name, .state = "open", .rule = "", .at = core_now(core),
		.reason = arena_printf(arena, "A mail was put into \"%s\". What it did before cannot be taken back: %s Nothing was changed.",
		    mailbox->config->retry, why),
	};

	log_info("not again mailbox=%s uid=%u by=retry", mailbox->config->name, row->uid);
	if (store_settle_add(core->store, &there, err) == -1 || store_triage_add(core->store, &triage, err) == -1)
		return -1;
	return move_on(core, arena, mailbox, row, err);
}

static int
decide_again(struct core *core, struct arena *arena, const struct core_mailbox *mailbox, const struct sighting_row *row,
    const struct put_there *mail, const char **refused_r, struct err *err)
{
	struct settle_row there = put_into_retry(mailbox, row, mail);
	struct override override = { .who = WHO, .reason = "" };
	struct message_row *message;
	struct arrived *arrived;
	instant now = core_now(core);

	if (store_message(core->store, arena, row->message, &message, err) == -1)
		return -1;
	if (message == NULL)
		return err_set(err, ERR_MESSAGE, "its row has gone");
	if (store_settle_add(core->store, &there, err) == -1)
		return -1;
	if (is_never_decided(message))
		return move_on(core, arena, mailbox, row, err);
	if (take_back(core, arena, message, now, refused_r, err) == -1 || *refused_r != NULL)
		return *refused_r != NULL ? 0 : -1;
	if (engine_again(&core->engine, arena, row->message, &override, now, &arrived, err) == -1)
		return -1;
	log_info("again mailbox=%s uid=%u mails=%zu by=retry", mailbox->config->name, row->uid,
	    arrived->decision == NULL ? 0 : arrived->decision->mail_count);
	return move_on(core, arena, mailbox, row, err);
}

/* ---- A mail that nobody knows */

/* It was there at the look before, and should have been moved since: somebody is told, once. */
static int
stays_there(struct core *core, const struct core_mailbox *mailbox, const struct put_there *mail, struct err *err)
{
	struct arena *arena = arena_new();
	struct triage_row triage = {
		.pack = mailbox->pack->name, .state = "open", .rule = "", .at = core_now(core),
		.reason = arena_printf(arena, "The mail with UID %u in \"%s\" of %s is not known, and could not be moved into \"%s\" on the "
		    "server. Please move it.", mail->uid, mailbox->config->retry, mailbox->config->name, mailbox->config->folder),
	};
	int rc = store_triage_add(core->store, &triage, err);

	arena_free(&arena);
	return rc;
}

static void
move_in(struct core *core, const struct core_mailbox *mailbox, const struct put_there *mail)
{
	struct frame frame;

	frame_init(&frame, WIRE_REFILE, ++core->ticket);
	put_str(&frame, mailbox->config->folder);
	put_str(&frame, mailbox->config->retry);
	put_str(&frame, mail->message_id);
	put_u32(&frame, mailbox->row.uidvalidity);
	put_u32(&frame, mail->uid);
	put_u64(&frame, mail->size);
	put_i64(&frame, mail->internaldate);
	put_str(&frame, "");
	core->out.send(core->out.ctx, mailbox->peer, &frame);
	frame_free(&frame);
	log_info("retry mailbox=%s unknown: moved into %s", mailbox->config->name, mailbox->config->folder);
}

/* ---- Taking what lies there */

/*
 * It is on its way already, or could not be moved away: nothing is done about it.  A server that can neither move mails
 * nor delete single ones keeps it here under the number under which it was decided again.
 */
static int
is_under_way(struct core *core, struct arena *arena, const struct core_mailbox *mailbox, const struct sighting_row *row,
    const struct put_there *mail, bool *under_way_r, struct err *err)
{
	const struct settle_row there = put_into_retry(mailbox, row, mail);
	struct settle_row *last;

	if (store_settle_is_done(core->store, &there, under_way_r, err) == -1)
		return -1;
	*under_way_r |= row->state == SIGHTING_ENTERED;
	if (store_settle_last(core->store, arena, row->id, &last, err) == -1)
		return -1;
	*under_way_r |= last != NULL && last->from_folder != NULL && last->state != SETTLE_DONE &&
	    (strcmp(last->from_folder, mailbox->config->retry) == 0 || last->state == SETTLE_WAITING);
	return 0;
}

/* *unknown_r: nothing is known of it that could be decided again. */
static int
take_known(struct core *core, struct arena *arena, struct core_mailbox *mailbox, const struct put_there *mail,
    bool *unknown_r, struct err *err)
{
	size_t frozen = core->frozen.n;
	const char *refused = NULL;
	struct sighting_row *row;
	bool under_way;
	int rc;

	if (known(core, arena, mailbox, mail, &row, err) == -1)
		return -1;
	*unknown_r = row == NULL || (row->message == 0 && row->state != SIGHTING_ENTERED);
	if (*unknown_r)
		return mail->uid <= mailbox->retry.unknown_before ? stays_there(core, mailbox, mail, err) : 0;
	if (is_under_way(core, arena, mailbox, row, mail, &under_way, err) == -1 || under_way)
		return under_way ? 0 : -1;
	if (mailbox->retry.decided++ >= DECIDED_MAX)
		return 0;
	if (store_savepoint(core->store, err) == -1)
		return -1;
	rc = decide_again(core, arena, mailbox, row, mail, &refused, err);
	if (rc == 0 && refused != NULL) {
		freeze_undo(core, frozen);
		rc = store_rollback_to(core->store, err);
		if (rc == 0)
			rc = left_as_it_was(core, arena, mailbox, row, mail, refused, err);
	}
	if (rc == -1 && (err->scope == ERR_MESSAGE || err->scope == ERR_CONFIG)) {
		log_warning("retry mailbox=%s uid=%u reason=\"%s\"", mailbox->config->name, row->uid, str_visible(arena, err->text, 300));
		freeze_undo(core, frozen);
		*unknown_r = true;
		rc = store_rollback_to(core->store, err);
	}
	return rc == -1 ? -1 : store_release(core->store, err);
}

/* Each in a transaction of its own: what it sets going may be much. */
static int
take(struct core *core, struct core_mailbox *mailbox, const struct put_there *mail, struct err *err)
{
	struct arena *arena = arena_new();
	bool unknown = false;
	int rc = core_begin(core, err);

	if (rc == 0)
		rc = take_known(core, arena, mailbox, mail, &unknown, err);
	if (rc == 0)
		rc = core_commit(core, err);
	if (rc == 0 && unknown) {
		move_in(core, mailbox, mail);
		if (mail->uid > mailbox->retry.unknown)
			mailbox->retry.unknown = mail->uid;
	}
	if (rc == -1)
		freeze_undo(core, 0);
	arena_free(&arena);
	return rc == -1 && !core_failed(core, err) ? -1 : 0;
}

static void
done(struct core *core, struct core_mailbox *mailbox, bool there)
{
	struct frame frame;

	mailbox->retry.ticket = 0;
	mailbox->retry.unknown_before = mailbox->retry.unknown;
	mailbox->retry.unknown = 0;
	mailbox->retry.next_ms = clock_real_ms() + LOOK_MS;
	if (mailbox->retry.for_look)
		mailbox->looked = true;
	mailbox->retry.for_look = false;
	if (there || mailbox->retry.made)
		return;
	mailbox->retry.made = true;	/* asked for once; a server that does not allow it has its reasons */
	frame_init(&frame, WIRE_MAKE, 0);
	put_str(&frame, mailbox->config->retry);
	core->out.send(core->out.ctx, mailbox->peer, &frame);
	frame_free(&frame);
}

int
retry_listed(struct core *core, struct core_mailbox *mailbox, struct frame *frame, bool *ours_r, struct err *err)
{
	struct arena *arena = arena_new();
	struct put_there *mails = NULL, *mail;
	size_t count = 0;
	uint32_t uidvalidity, last, n;
	bool more;
	int rc = 0;

	*ours_r = mailbox->retry.ticket != 0 && frame->id == mailbox->retry.ticket;
	if (!*ours_r)
		goto out;
	uidvalidity = get_u32(frame);
	last = get_u32(frame);
	more = get_u32(frame) != 0;
	n = get_u32(frame);
	for (uint32_t i = 0; i < n && !frame->bad; i++) {
		mail = arena_push(arena, mails, count);
		mail->uidvalidity = uidvalidity;
		mail->uid = get_u32(frame);
		mail->size = get_u64(frame);
		mail->internaldate = get_i64(frame);
		mail->message_id = get_str(frame, arena);
	}
	if (!get_end(frame)) {
		rc = err_set(err, ERR_MESSAGE, "a listing that cannot be read");
		goto out;
	}
	mailbox->retry.decided = 0;
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = take(core, mailbox, &mails[i], err);
	if (!more)
		done(core, mailbox, last != 0);
out:
	arena_free(&arena);
	return rc;
}
