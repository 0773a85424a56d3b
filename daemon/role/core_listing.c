/*
 * Mails that fetch shows before it takes them: what lay in a mailbox before us,
 * and everything in a folder that was made anew.  Runs in core.
 *
 * A folder's UIDs are bound to a number of our own.  When the server says that
 * they mean something else now (another UIDVALIDITY, or the same one and a
 * UIDNEXT that went back), the folder gets another number, and each mail in it
 * is known again by message-id, size and date, or, where those leave a doubt,
 * by its bytes: its row moves to the new number, and what was still to happen
 * to it on the server with it.  Only what nobody knows is new; if it is older
 * than our last look at the folder it came from elsewhere, and a person is
 * asked first (advicectl adopt).
 * Invariant: what was there before us has a row too and is never taken unasked.
 * Fails: as the store does; where the disk is full it is shown again later.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ipc/wire.h"
#include "role/core_private.h"
#include "spool/claim.h"

#define HELD_SLACK_S	DAY_SECONDS	/* a mail may show up some time after it was received */

int
listing_read_adopt(struct core *core, struct core_mailbox *mailbox, struct err *err)
{
	const char *day = NULL;
	dayno from;

	if (store_setting(core->store, core->arena, arena_printf(core->arena, "adopt %s", mailbox->config->name), &day, err) == -1)
		return -1;
	if (day == NULL)
		day = mailbox->config->adopt;
	mailbox->adopt_from = day != NULL && date_parse_iso(day, &from) ? instant_at(from, 0) : INSTANT_NONE;
	return 0;
}

int
listing_resume(struct core *core, struct core_mailbox *mailbox, struct err *err)
{
	struct arena *arena = arena_new();
	struct frame frame;
	uint32_t *uids = NULL;
	size_t count = 0;
	int rc = 0;

	mailbox->resume_due = false;
	if (mailbox->row.uidvalidity != 0)
		rc = store_sightings_unsettled(core->store, arena, mailbox->row.id, mailbox->row.uidvalidity, &uids, &count, err);
	if (rc == 0) {
		frame_init(&frame, WIRE_RESUME, ++core->ticket);
		put_u32(&frame, mailbox->row.uidvalidity);
		put_u32(&frame, mailbox->row.highest_uid);
		put_u32(&frame, mailbox->row.server_uidvalidity);
		put_u32(&frame, mailbox->row.asked_uid);
		put_u32(&frame, (uint32_t)count);
		for (size_t i = 0; i < count; i++)
			put_u32(&frame, uids[i]);
		core->out.send(core->out.ctx, mailbox->peer, &frame);
		frame_free(&frame);
	}
	arena_free(&arena);
	return rc;
}

int
listing_turn(struct core *core, struct err *err)
{
	for (size_t i = 0; i < core->mailbox_count; i++)
		if (core->mailboxes[i].resume_due && core->mailboxes[i].attached &&
		    listing_resume(core, &core->mailboxes[i], err) == -1)
			return -1;
	return 0;
}

/* ---- A number for the folder as it is now */

/*
 * The server's own, where it is above all that there were: each number is above
 * the one before it, since files of the spool bear them for good.
 */
static int
number_fresh(struct core *core, const struct core_mailbox *mailbox, uint32_t uidvalidity, uint32_t *number_r, struct err *err)
{
	uint32_t highest;

	if (store_number_highest(core->store, mailbox->row.id, &highest, err) == -1)
		return -1;
	if (mailbox->row.uidvalidity > highest)
		highest = mailbox->row.uidvalidity;
	if (highest == UINT32_MAX)
		return err_set(err, ERR_DAEMON, "the folder of %s has been made anew too often", mailbox->config->name);
	*number_r = uidvalidity > highest ? uidvalidity : highest + 1;
	return 0;
}

static int
baseline_put(struct core *core, struct core_mailbox *mailbox, struct err *err)
{
	char name[80], text[64];

	mailbox->row.baseline_uid = mailbox->row.asked_uid;
	mailbox->baseline_uidvalidity = mailbox->row.uidvalidity;
	mailbox->baseline_at = clock_wall();
	snprintf(name, sizeof(name), "baseline %s", mailbox->config->name);
	snprintf(text, sizeof(text), "%u %lld", mailbox->baseline_uidvalidity, (long long)mailbox->baseline_at);
	log_info("baseline mailbox=%s uidvalidity=%u uid=%u", mailbox->config->name, mailbox->row.uidvalidity,
	    mailbox->row.baseline_uid);
	return store_set_setting(core->store, name, text, err);
}

/* In the open transaction. */
static int
renumber(struct core *core, struct core_mailbox *mailbox, uint32_t uidvalidity, uint32_t highest, struct err *err)
{
	struct mailbox_row *row = &mailbox->row;
	bool first = row->uidvalidity == 0;

	if (number_fresh(core, mailbox, uidvalidity, &row->uidvalidity, err) == -1)
		return -1;
	row->server_uidvalidity = uidvalidity;
	row->highest_uid = 0;
	row->asked_uid = highest;
	row->held_before = row->looked == INSTANT_NONE ? INSTANT_NONE : row->looked - HELD_SLACK_S;
	if (first && baseline_put(core, mailbox, err) == -1)
		return -1;
	if (!first)
		log_warning("recreated mailbox=%s number=%u", mailbox->config->name, row->uidvalidity);
	return store_mailbox_put(core->store, row, err);
}

/* What could not be stored now is said again by fetch, once it was told where we stand. */
static int
begin_anew(struct core *core, struct core_mailbox *mailbox, uint32_t uidvalidity, uint32_t highest, struct err *err)
{
	struct core_mailbox was = *mailbox;
	int rc = core_begin(core, err);

	if (rc == 0)
		rc = renumber(core, mailbox, uidvalidity, highest, err);
	if (rc == 0)
		rc = core_commit(core, err);
	if (rc == -1) {
		*mailbox = was;
		mailbox->resume_due = true;
		return core_failed(core, err) ? 0 : -1;
	}
	settle_lost(mailbox);		/* fetch drops it too: its UIDs mean something else */
	return listing_resume(core, mailbox, err);
}

int
listing_anew(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err)
{
	uint32_t uidvalidity = get_u32(frame), highest = get_u32(frame);

	if (!get_end(frame) || uidvalidity == 0)
		return err_set(err, ERR_MESSAGE, "the state of a new folder that cannot be read");
	return begin_anew(core, mailbox, uidvalidity, highest, err);
}

int
listing_again(struct core *core, struct core_mailbox *mailbox, struct err *err)
{
	struct mailbox_row *row = &mailbox->row;

	if (row->highest_uid > row->asked_uid)
		row->asked_uid = row->highest_uid;
	row->highest_uid = 0;
	row->held_before = INSTANT_NONE;
	mailbox->resume_due = true;
	return listing_read_adopt(core, mailbox, err) == -1 ? -1 : store_mailbox_put(core->store, row, err);
}

/* ---- Is it known? */

static bool
unsettled(const struct sighting_row *row)
{
	return row->state != SIGHTING_SETTLED && row->state != SIGHTING_GONE;
}

/* How surely it is the same mail; 0: it must be read to know. */
static int
likeness(const struct sighting_alike *alike, const struct sighting_row *mail)
{
	const struct sighting_row *row = &alike->row;
	bool same_size = row->size == 0 || row->size == mail->size, same_date = row->received == mail->received;
	bool id_unknown = !row->has_id || mail->message_id[0] == '\0';

	if (row->state == SIGHTING_GONE && row->message == 0)
		return 0;		/* nobody has ever read it */
	if (alike->same_id && same_size && same_date)
		return 3;
	if (alike->same_id && same_size && row->received == INSTANT_NONE)
		return 2;
	if (alike->same_id && (same_date || (same_size && row->state == SIGHTING_BEFORE)))
		return 2;
	return row->state == SIGHTING_BEFORE && id_unknown && same_size && same_date;
}

/* We have taken one that may be it: its bytes decide, whatever its date says. */
static bool
may_be_taken(const struct sighting_alike *alike)
{
	const struct sighting_row *row = &alike->row;

	return row->state != SIGHTING_BEFORE && (row->state != SIGHTING_GONE || row->message != 0);
}

/* *doubt_r: nobody is surely this mail, and somebody may be. */
static int
find_known(struct core *core, struct arena *arena, const struct sighting_row *mail, struct sighting_row **row_r, bool *doubt_r,
    struct err *err)
{
	struct sighting_alike *alike;
	size_t count;
	int best = 0;

	*row_r = NULL;
	*doubt_r = false;
	if (store_sightings_alike(core->store, arena, mail, &alike, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		int like = likeness(&alike[i], mail) * 2;

		*doubt_r |= like == 0 && may_be_taken(&alike[i]);
		if (like > 0)
			like += unsettled(&alike[i].row);
		if (like > best) {
			best = like;
			*row_r = &alike[i].row;
		}
	}
	return 0;
}

/* What had been moved away already lies in the watched folder again: it goes where it went. */
static int
put_away_again(struct core *core, struct core_mailbox *mailbox, struct arena *arena, struct sighting_row *row, struct err *err)
{
	struct settle_row *last, again = { .mailbox = row->mailbox, .sighting = row->id, .uidvalidity = row->uidvalidity,
	    .uid = row->uid, .state = SETTLE_WAITING };

	if (mailbox->config->settle_leave || row->state == SIGHTING_ENTERED || row->state == SIGHTING_HELD ||
	    row->state == SIGHTING_BEFORE)
		return 0;
	if (store_settle_last(core->store, arena, row->id, &last, err) == -1)
		return -1;
	if (last == NULL || (last->state == SETTLE_WAITING && last->from_folder[0] == '\0'))
		return 0;
	again.folder = last->folder;
	if (row->state != SIGHTING_QUARANTINED) {
		row->state = SIGHTING_DONE;
		if (store_sighting_put(core->store, row, err) == -1)
			return -1;
	}
	return store_settle_add(core->store, &again, err);
}

static int
move_here(struct core *core, struct core_mailbox *mailbox, struct arena *arena, struct sighting_row *row,
    const struct sighting_row *mail, struct err *err)
{
	if (store_sighting_move(core->store, row->id, mail, err) == -1)
		return -1;
	row->uidvalidity = mail->uidvalidity;
	row->uid = mail->uid;
	return put_away_again(core, mailbox, arena, row, err);
}

static int
file_hash(struct core *core, const char *name, char hex_r[65])
{
	struct err ignored;
	int fd = -1, rc;

	if (name[0] == '\0' || spool_read(&core->spool, name, &fd, &ignored) == -1)
		return -1;
	rc = sha256_hex_fd(fd, hex_r, &ignored);
	close(fd);
	return rc;
}

int
listing_same_bytes(struct core *core, struct core_mailbox *mailbox, const char *name, const struct sighting_row *mail,
    bool *same_r, struct err *err)
{
	struct arena *arena = arena_new();
	struct sighting_row *rows;
	char hash[65], other[65];
	size_t count;
	int rc = 0;

	*same_r = false;
	if (file_hash(core, name, hash) == 0)
		rc = store_sightings_sized(core->store, arena, mail, &rows, &count, err);
	else
		count = 0;
	for (size_t i = 0; rc == 0 && i < count && !*same_r; i++) {
		if (file_hash(core, rows[i].spool_name, other) == -1 || strcmp(hash, other) != 0)
			continue;
		*same_r = true;
		rc = move_here(core, mailbox, arena, &rows[i], mail, err);
	}
	arena_free(&arena);
	return rc;
}

/* ---- What is to become of one that was shown */

static bool
before_us(const struct core_mailbox *mailbox, const struct sighting_row *mail)
{
	if (mail->uidvalidity == mailbox->baseline_uidvalidity)
		return mail->uid <= mailbox->row.baseline_uid;
	/* Under another number it is told by its date. */
	return mailbox->baseline_at != INSTANT_NONE && mail->received != INSTANT_NONE && mail->received < mailbox->baseline_at;
}

static bool
is_adopted(const struct core_mailbox *mailbox, const struct sighting_row *mail)
{
	return mailbox->adopt_from != INSTANT_NONE && mail->received >= mailbox->adopt_from;
}

bool
listing_holds(const struct core_mailbox *mailbox, const struct sighting_row *mail)
{
	const struct mailbox_row *row = &mailbox->row;

	if (mail->uid > row->asked_uid)
		return false;
	if (mail->uidvalidity == mailbox->baseline_uidvalidity && mail->uid <= row->baseline_uid)
		return true;
	return row->held_before != INSTANT_NONE && (mail->received == INSTANT_NONE || mail->received < row->held_before);
}

enum verdict { VERDICT_KNOWN, VERDICT_WANTED, VERDICT_ANOTHER };

/* Of a row that stands under the same number and UID already. */
static enum verdict
verdict_of_row(const struct core_mailbox *mailbox, const struct sighting_row *row, const struct sighting_row *mail)
{
	if (row->size != 0 && row->size != mail->size && row->received != INSTANT_NONE && row->received != mail->received)
		return VERDICT_ANOTHER;
	if (row->state == SIGHTING_BEFORE && row->why[0] == '\0' && is_adopted(mailbox, mail))
		return VERDICT_WANTED;
	return row->state == SIGHTING_GONE && row->message == 0 && row->spool_name[0] == '\0' && !before_us(mailbox, mail) ?
	    VERDICT_WANTED : VERDICT_KNOWN;
}

static int
judge(struct core *core, struct core_mailbox *mailbox, struct arena *arena, struct sighting_row *mail, enum verdict *verdict_r,
    struct err *err)
{
	struct sighting_row *row;
	bool known, doubt;

	*verdict_r = VERDICT_KNOWN;
	if (store_sighting(core->store, arena, mail->mailbox, mail->uidvalidity, mail->uid, &row, err) == -1)
		return -1;
	if (row != NULL) {
		*verdict_r = verdict_of_row(mailbox, row, mail);
		return 0;
	}
	if (find_known(core, arena, mail, &row, &doubt, err) == -1)
		return -1;
	if (row != NULL)
		return move_here(core, mailbox, arena, row, mail, err);
	if (!before_us(mailbox, mail) || is_adopted(mailbox, mail) || doubt) {
		*verdict_r = VERDICT_WANTED;
		return 0;
	}
	mail->state = SIGHTING_BEFORE;
	return store_sighting_add(core->store, mail, &known, err);
}

struct shown {
	struct sighting_row	*mails;
	size_t			 count;
	uint32_t		*wanted;
	size_t			 wanted_count;
	bool			 another;	/* one of them is not the mail that we know under its UID */
};

static bool
shown_read(const struct core_mailbox *mailbox, struct arena *arena, struct frame *frame, struct shown *shown)
{
	uint32_t n;

	get_u32(frame);		/* nothing of it follows */
	n = get_u32(frame);
	for (uint32_t i = 0; i < n && !frame->bad; i++) {
		struct sighting_row *mail = arena_push(arena, shown->mails, shown->count);

		mail->mailbox = mailbox->row.id;
		mail->uidvalidity = mailbox->row.uidvalidity;
		mail->uid = get_u32(frame);
		mail->size = get_u64(frame);
		mail->received = get_i64(frame);
		mail->message_id = get_str(frame, arena);
		mail->spool_name = mail->why = "";
	}
	return get_end(frame);
}

static int
judge_all(struct core *core, struct core_mailbox *mailbox, struct arena *arena, struct shown *shown, struct err *err)
{
	for (size_t i = 0; i < shown->count && !shown->another; i++) {
		struct arena *passing = arena_new();
		enum verdict verdict;
		int rc = judge(core, mailbox, passing, &shown->mails[i], &verdict, err);

		arena_free(&passing);
		if (rc == -1)
			return -1;
		if (verdict == VERDICT_WANTED)
			*arena_push(arena, shown->wanted, shown->wanted_count) = shown->mails[i].uid;
		shown->another = verdict == VERDICT_ANOTHER;
	}
	return 0;
}

static void
say_wanted(struct core *core, struct core_mailbox *mailbox, uint32_t last, const struct shown *shown)
{
	struct frame frame;

	frame_init(&frame, WIRE_WANTED, 0);
	put_u32(&frame, mailbox->row.uidvalidity);
	put_u32(&frame, last);
	put_u32(&frame, (uint32_t)shown->wanted_count);
	for (size_t i = 0; i < shown->wanted_count; i++)
		put_u32(&frame, shown->wanted[i]);
	core->out.send(core->out.ctx, mailbox->peer, &frame);
	frame_free(&frame);
}

int
listing_shown(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err)
{
	struct arena *arena = arena_new();
	struct shown shown = { .mails = NULL };
	uint32_t number = get_u32(frame), last = get_u32(frame);
	int rc = 0;

	if (!shown_read(mailbox, arena, frame, &shown))
		rc = err_set(err, ERR_MESSAGE, "a listing that cannot be read");
	else if (number == mailbox->row.uidvalidity) {		/* else it was told meanwhile what to show */
		rc = core_begin(core, err);
		if (rc == 0)
			rc = judge_all(core, mailbox, arena, &shown, err);
		if (rc == 0 && shown.another) {
			store_rollback(core->store);
			rc = begin_anew(core, mailbox, mailbox->row.server_uidvalidity, mailbox->row.asked_uid, err);
		} else if (rc == 0 && (rc = core_commit(core, err)) == 0)
			say_wanted(core, mailbox, last, &shown);
		if (rc == -1 && core_failed(core, err)) {
			mailbox->resume_due = true;
			rc = 0;
		}
	}
	arena_free(&arena);
	return rc;
}

/* ---- The end of it */

bool
listing_over(const struct core_mailbox *mailbox)
{
	return mailbox->row.asked_uid != 0 && mailbox->row.highest_uid >= mailbox->row.asked_uid;
}

/* Somebody is told of mails that wait for them: once, however often the folder is made anew. */
static int
tell_held(struct core *core, const struct core_mailbox *mailbox, struct arena *arena, struct err *err)
{
	const char *marker = arena_printf(arena, "\"advicectl adopt %s\"", mailbox->config->name);
	struct triage_row *rows, row = { .pack = mailbox->pack->name, .state = "open", .rule = "", .at = core_now(core) };
	struct sighting_row *held;
	size_t count, held_count;

	if (store_sightings_in(core->store, arena, mailbox->row.id, SIGHTING_HELD, &held, &held_count, err) == -1 ||
	    store_triages(core->store, arena, true, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (strstr(rows[i].reason, marker) != NULL)
			return 0;
	if (held_count == 0)
		return 0;
	row.reason = arena_printf(arena, "%zu older mail%s in %s wait%s until a person agrees to take them up: %s shows what "
	    "they would do.", held_count, held_count == 1 ? "" : "s", mailbox->config->name, held_count == 1 ? "s" : "", marker);
	return store_triage_add(core->store, &row, err);
}

int
listing_end(struct core *core, struct core_mailbox *mailbox, struct err *err)
{
	struct arena *arena = arena_new();
	struct mailbox_row was = mailbox->row;
	int rc = core_begin(core, err);

	mailbox->row.asked_uid = 0;
	mailbox->row.held_before = INSTANT_NONE;
	if (rc == 0)
		rc = tell_held(core, mailbox, arena, err);
	if (rc == 0)
		rc = store_mailbox_put(core->store, &mailbox->row, err);
	if (rc == 0)
		rc = core_commit(core, err);
	if (rc == 0) {
		log_info("accounted mailbox=%s uid=%u", mailbox->config->name, was.asked_uid);
		mailbox->resume_due = true;	/* fetch must know the UIDs of today of what it may have copied under others */
	} else {
		mailbox->row = was;	/* the next look ends it */
		rc = core_failed(core, err) ? 0 : -1;
	}
	arena_free(&arena);
	return rc;
}
