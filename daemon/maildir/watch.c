/*
 * Watching a maildir: look, wait, and do what core asks.  Run by the fetch
 * role.  Everything here is done at once: there is no server to wait for.
 * Invariant: as for IMAP: mails are announced in ascending order of their
 * numbers, each durable in the spool, and none beyond one that is not
 * accounted for.
 * Fails: nothing that a caller sees; troubles go to core, and end when the
 * folder can be read again.
 */
#include "maildir/watch_private.h"

#include <sys/inotify.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "ipc/wire.h"

#define SHOWN_MAX	500	/* mails in one LISTING */
#define BATCH_MAILS	100	/* made durable together */
#define RETRY_MS	5000	/* after a trouble */
#define MAIL_MAX_BYTES	(UINT64_C(100) << 20)

int
maildir_new(const struct fetch_start *start, struct maildir **maildir_r, struct err *err)
{
	struct maildir *m = x_calloc(1, sizeof(*m));

	*maildir_r = NULL;
	if (enter_init(&m->enter, start->tmp_fd, start->new_fd, start->mailbox->name, err) == -1) {
		free(m);
		return -1;
	}
	m->mailbox = start->mailbox;
	m->max_mail_bytes = start->max_mail_bytes > 0 ? start->max_mail_bytes : MAIL_MAX_BYTES;
	m->turn = start->turn;
	m->out = start->out;
	m->out_ctx = start->out_ctx;
	m->jobs_end = &m->jobs;
	/* Without it, looking by ourselves has to do. */
	m->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	*maildir_r = m;
	return 0;
}

void
maildir_free(struct maildir **maildir)
{
	struct maildir *m = *maildir;

	*maildir = NULL;
	if (m == NULL)
		return;
	enter_drop(&m->enter);
	maildir_jobs_free(m);
	uids_free(&m->wanted);
	if (m->inotify != -1)
		close(m->inotify);
	free(m);
}

/* ---- What core says */

static int
take_resume(struct maildir *m, struct frame *frame)
{
	uint32_t n;

	m->number = get_u32(frame);
	m->highest = get_u32(frame);
	m->validity = get_u32(frame);
	m->asked = get_u32(frame);
	n = get_u32(frame);
	for (uint32_t i = 0; i < n && !frame->bad; i++)
		get_u32(frame);		/* a rename is whole or has not been */
	m->waiting = m->answered = false;
	m->resumed = get_end(frame);
	m->look_now = true;
	maildir_jobs_drop_others(m);
	return m->resumed ? 0 : -1;
}

static int
take_wanted(struct maildir *m, struct frame *frame)
{
	uint32_t number = get_u32(frame), last = get_u32(frame), n = get_u32(frame);

	uids_free(&m->wanted);
	for (uint32_t i = 0; i < n && !frame->bad; i++)
		uids_add(&m->wanted, get_u32(frame));
	uids_sort(&m->wanted);
	if (!get_end(frame))
		return -1;
	if (m->waiting && number == m->number && last == m->last) {
		m->waiting = false;
		m->answered = m->look_now = true;
	}
	return 0;
}

int
maildir_handle(struct maildir *m, struct frame *frame, struct err *err)
{
	int rc = -1;

	switch (frame->type) {
	case WIRE_RESUME:
		rc = take_resume(m, frame);
		break;
	case WIRE_WANTED:
		rc = take_wanted(m, frame);
		break;
	case WIRE_POLL:
		m->look_now = true;
		m->poll_id = frame->id;
		rc = get_end(frame) ? 0 : -1;
		break;
	case WIRE_SETTLE:
	case WIRE_REFILE:
	case WIRE_APPEND:
	case WIRE_FIND:
	case WIRE_LIST:
	case WIRE_MAKE:
		rc = maildir_job_add(m, frame);
		break;
	default:
		break;
	}
	return rc == 0 ? 0 : err_set(err, ERR_DAEMON, "fetch: a frame of type %u from core that is not for us, or damaged",
	    frame->type);
}

/* ---- The folder as it is now */

static int
compare_age(const void *pa, const void *pb)
{
	const struct maildir_mail *const *a = pa, *const *b = pb;

	if ((*a)->mtime != (*b)->mtime)
		return (*a)->mtime < (*b)->mtime ? -1 : 1;
	return strcmp((*a)->base, (*b)->base);
}

static int
compare_base(const void *pa, const void *pb)
{
	return strcmp((*(const struct uidlist_entry *const *)pa)->base, (*(const struct uidlist_entry *const *)pb)->base);
}

/* Mails that have no number yet, the oldest first. */
static size_t
unnumbered(struct maildir_view *view, const struct maildir_mail ***mails_r)
{
	const struct uidlist_entry **known = arena_alloc(view->arena, (view->list.n + 1) * sizeof(*known));
	const struct maildir_mail **mails = NULL;
	size_t count = 0;

	for (size_t i = 0; i < view->list.n; i++)
		known[i] = &view->list.v[i];
	qsort(known, view->list.n, sizeof(*known), compare_base);
	for (size_t i = 0; i < view->count; i++) {
		struct uidlist_entry key = { .base = view->mails[i].base };
		const struct uidlist_entry *key_at = &key;

		if (bsearch(&key_at, known, view->list.n, sizeof(*known), compare_base) == NULL)
			*arena_push(view->arena, mails, count) = &view->mails[i];
	}
	if (count > 0)
		qsort(mails, count, sizeof(*mails), compare_age);
	*mails_r = mails;
	return count;
}

static bool
forget_missing(struct maildir_view *view)
{
	size_t kept = 0, before = view->list.n;

	for (size_t i = 0; i < before; i++)
		if (maildir_find(view->mails, view->count, view->list.v[i].base) != NULL)
			view->list.v[kept++] = view->list.v[i];
	view->list.n = kept;
	return kept < before;
}

static bool
some_missing(const struct maildir_view *view)
{
	for (size_t i = 0; i < view->list.n; i++)
		if (maildir_find(view->mails, view->count, view->list.v[i].base) == NULL)
			return true;
	return false;
}

static int
number_mails(struct maildir_view *view, struct err *err)
{
	const struct maildir_mail **fresh;
	bool changed, was_new = view->list.next == 1;
	size_t count;

	/* One that was renamed while we read is there when we read again. */
	if (some_missing(view) && maildir_scan(view->arena, &view->folder, &view->mails, &view->count, err) == -1)
		return -1;
	changed = forget_missing(view);
	count = unnumbered(view, &fresh);
	for (size_t i = 0; i < count; i++) {
		struct uidlist_entry *entry = arena_push(view->arena, view->list.v, view->list.n);

		entry->uid = view->list.next++;
		entry->base = fresh[i]->base;
	}
	return changed || count > 0 || was_new ? uidlist_write(view->folder.dir, &view->list, err) : 0;
}

int
maildir_look_at(struct maildir *m, struct maildir_view *view, struct err *err)
{
	bool there;

	*view = (struct maildir_view){ .arena = arena_new(), .folder = { -1, -1, -1, -1 } };
	if (maildir_open(m->mailbox->maildir, m->mailbox->folder, false, &view->folder, &there, err) == -1)
		return -1;
	if (!there)
		return err_set(err, ERR_MAILBOX, "there is no maildir with the folder %s at %s (a folder with cur, new and tmp)",
		    m->mailbox->folder, m->mailbox->maildir);
	if (maildir_scan(view->arena, &view->folder, &view->mails, &view->count, err) == -1 ||
	    uidlist_read(view->arena, view->folder.dir, m->validity, &view->list, err) == -1)
		return -1;
	return number_mails(view, err);
}

void
maildir_look_end(struct maildir_view *view)
{
	maildir_close(&view->folder);
	arena_free(&view->arena);
}

static void
watch_for_new(struct maildir *m, const struct maildir_view *view)
{
	const int parts[] = { view->folder.new, view->folder.cur };
	char path[64];

	for (int i = 0; i < 2 && m->inotify != -1; i++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", parts[i]);
		inotify_add_watch(m->inotify, path, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	}
}

/* ---- Telling core */

static void
say(struct maildir *m, struct frame *frame)
{
	m->out(m->out_ctx, frame);
	frame_free(frame);
}

static void
tell_trouble(struct maildir *m, const struct err *trouble)
{
	struct frame frame;

	if (trouble->scope == m->trouble.scope && (trouble->scope == ERR_NONE || strcmp(trouble->text, m->trouble.text) == 0))
		return;
	m->trouble = *trouble;
	frame_init(&frame, WIRE_TROUBLE, 0);
	put_u32(&frame, (uint32_t)trouble->scope);
	put_str(&frame, trouble->scope == ERR_NONE ? "" : trouble->text);
	say(m, &frame);
}

static void
tell_mail(struct maildir *m, uint16_t type, uint32_t uid, const struct maildir_mail *mail, const char *why)
{
	struct frame frame;

	frame_init(&frame, type, 0);
	put_u32(&frame, m->number);
	put_u32(&frame, uid);
	put_u64(&frame, mail == NULL ? 0 : mail->size);
	put_i64(&frame, mail == NULL ? 0 : mail->mtime);
	if (why != NULL)
		put_str(&frame, why);
	say(m, &frame);
}

static void
tell_state(struct maildir *m, const struct maildir_view *view, uint64_t poll_id)
{
	struct frame frame;

	frame_init(&frame, WIRE_STATE, poll_id);
	put_u32(&frame, m->number);
	put_u32(&frame, view->list.next);
	put_u32(&frame, (uint32_t)view->list.n);
	put_u32(&frame, m->highest);
	say(m, &frame);
}

void
maildir_put_listed(struct frame *frame, struct maildir_view *view, const struct uidlist_entry *entry)
{
	const struct maildir_mail *mail = maildir_find(view->mails, view->count, entry->base);
	const char *id = "";
	struct err ignored;

	if (mail != NULL)
		maildir_message_id(view->arena, &view->folder, mail, &id, &ignored);
	put_u32(frame, entry->uid);
	put_u64(frame, mail == NULL ? 0 : mail->size);
	put_i64(frame, mail == NULL ? 0 : mail->mtime);
	put_str(frame, id);
}

/* ---- Taking mails */

struct taken {
	uint32_t	uid;
	uint64_t	size;
	int64_t		mtime;
};

static int
copy_mail(struct maildir *m, int fd, struct err *err)
{
	char data[65536];
	off_t at = 0;
	ssize_t n;

	if (enter_begin(&m->enter, err) == -1)
		return -1;
	while ((n = pread(fd, data, sizeof(data), at)) > 0) {
		if (enter_write(&m->enter, data, (size_t)n, err) == -1)
			return -1;
		at += n;
	}
	return n == -1 ? err_errno(err, ERR_RETRY, "maildir: reading a mail") : 0;
}

/* 1: there was nothing to take, and core knows. */
static int
take_one(struct maildir *m, struct maildir_view *view, const struct uidlist_entry *entry, struct taken *taken, struct err *err)
{
	const struct maildir_mail *mail = maildir_find(view->mails, view->count, entry->base);
	char name[SPOOL_NAME_MAX], why[160];
	int fd, rc;

	if (mail == NULL || maildir_open_mail(&view->folder, mail, &fd, err) == -1) {
		if (mail != NULL && err->scope != ERR_MESSAGE)
			return -1;
		/* Renamed to another flag, perhaps: the next look finds it under its number; moved away: gone. */
		return maildir_still_there(m, entry->base) ? err_set(err, ERR_RETRY, "maildir: a mail was renamed meanwhile") :
		    (tell_mail(m, WIRE_GONE, entry->uid, mail, NULL), 1);
	}
	if (mail->size > m->max_mail_bytes) {
		close(fd);
		snprintf(why, sizeof(why), "the mail has %ju MB, more than the %ju MB that are allowed (limits: mail); it stays "
		    "in the mailbox", (uintmax_t)(mail->size >> 20), (uintmax_t)(m->max_mail_bytes >> 20));
		tell_mail(m, WIRE_REFUSED, entry->uid, mail, why);
		return 1;
	}
	rc = copy_mail(m, fd, err);
	close(fd);
	if (rc == 0 && (spool_name_make(m->mailbox->name, m->number, entry->uid, name, err) == -1 ||
	    enter_place(&m->enter, name, mail->mtime, err) == -1))
		rc = -1;
	*taken = (struct taken){ entry->uid, m->enter.size, mail->mtime };
	return rc;
}

static int
announce(struct maildir *m, const struct taken *taken, size_t count, struct err *err)
{
	if (count > 0 && enter_sync(&m->enter, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		char name[SPOOL_NAME_MAX];
		struct frame frame;

		spool_name_make(m->mailbox->name, m->number, taken[i].uid, name, NULL);
		frame_init(&frame, WIRE_ENTERED, 0);
		put_str(&frame, name);
		put_u32(&frame, m->number);
		put_u32(&frame, taken[i].uid);
		put_u64(&frame, taken[i].size);
		put_i64(&frame, taken[i].mtime);
		say(m, &frame);
	}
	return 0;
}

/* All above m->highest and up to last; of those that were asked about, the wanted. */
static int
take_up_to(struct maildir *m, struct maildir_view *view, uint32_t last, const struct uids *only, struct err *err)
{
	struct taken batch[BATCH_MAILS];
	size_t count = 0;
	int rc = 0;

	for (size_t i = 0; i < view->list.n && rc == 0; i++) {
		const struct uidlist_entry *entry = &view->list.v[i];

		if (entry->uid <= m->highest || entry->uid > last || (only != NULL && !uids_has(only, entry->uid)))
			continue;
		rc = take_one(m, view, entry, &batch[count], err);
		if (rc == -1)
			break;
		count += rc == 0;
		rc = 0;
		if (count == BATCH_MAILS) {
			rc = announce(m, batch, count, err);
			count = 0;
			if (m->turn.call != NULL && !m->turn.call(m->turn.ctx))
				return err_set(err, ERR_RETRY, "it is time to go");
		}
	}
	enter_abandon(&m->enter);
	if (announce(m, batch, count, rc == 0 ? err : NULL) == -1)
		rc = -1;
	return rc;
}

/* ---- Looking */

static bool
is_another(const struct maildir *m, const struct maildir_view *view)
{
	return m->number == 0 || view->list.validity != m->validity || view->list.next <= m->highest;
}

static void
say_anew(struct maildir *m, const struct maildir_view *view)
{
	struct frame frame;

	frame_init(&frame, WIRE_ANEW, 0);
	put_u32(&frame, view->list.validity);
	put_u32(&frame, view->list.next - 1);
	say(m, &frame);
	m->resumed = false;
}

/* 1: shown, and core's word is waited for. */
static int
show_next(struct maildir *m, struct maildir_view *view)
{
	struct frame frame;
	size_t first = 0, n = 0;

	while (first < view->list.n && view->list.v[first].uid <= m->highest)
		first++;
	while (n < SHOWN_MAX && first + n < view->list.n && view->list.v[first + n].uid <= m->asked)
		n++;
	if (n == 0)
		return 0;
	m->last = view->list.v[first + n - 1].uid;
	m->waiting = true;
	frame_init(&frame, WIRE_LISTING, 0);
	put_u32(&frame, m->number);
	put_u32(&frame, m->last);
	put_u32(&frame, 0);
	put_u32(&frame, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		maildir_put_listed(&frame, view, &view->list.v[first + i]);
	say(m, &frame);
	return 1;
}

static int
ask(struct maildir *m, struct maildir_view *view, struct err *err)
{
	if (m->highest >= m->asked)
		return 0;
	if (m->answered) {
		if (take_up_to(m, view, m->last, &m->wanted, err) == -1)
			return -1;
		m->highest = m->last;
		m->answered = false;
		tell_state(m, view, 0);
	}
	if (show_next(m, view) == 1)
		return 1;
	m->highest = m->asked;
	return 0;
}

static int
look(struct maildir *m, struct err *err)
{
	struct maildir_view view;
	uint64_t poll_id = m->poll_id;
	int rc = maildir_look_at(m, &view, err);

	m->look_now = false;
	if (rc == 0) {
		watch_for_new(m, &view);
		if (is_another(m, &view))
			say_anew(m, &view);
		else if ((rc = ask(m, &view, err)) == 0) {
			rc = take_up_to(m, &view, UINT32_MAX, NULL, err);
			if (rc == 0 && m->highest < view.list.next - 1)
				m->highest = view.list.next - 1;
			if (rc == 0)
				tell_state(m, &view, poll_id);
		}
	}
	maildir_look_end(&view);
	m->next_poll_ms = clock_real_ms() + m->mailbox->poll_s * INT64_C(1000);
	return rc == -1 ? -1 : 0;
}

/* ---- Turning */

static void
drain(struct maildir *m)
{
	char events[4096];

	while (m->inotify != -1 && read(m->inotify, events, sizeof(events)) > 0)
		m->look_now = true;
}

/* 1: nothing is left but to wait. */
static int
step_once(struct maildir *m, struct err *err)
{
	drain(m);
	if (!m->resumed || m->waiting)
		return maildir_job_is_list(m) ? maildir_job_run(m, err) : 1;
	if (m->look_now || clock_real_ms() >= m->next_poll_ms)
		return look(m, err);
	return m->jobs != NULL ? maildir_job_run(m, err) : 1;
}

void
maildir_turn(struct maildir *m, struct fetch_wait *wait_r)
{
	struct err err = { ERR_NONE, "" };
	int64_t now = clock_real_ms(), left;
	int rc = 0;

	while (rc == 0 && now >= m->retry_at_ms)
		rc = step_once(m, &err);
	if (rc == -1) {
		m->retry_at_ms = clock_real_ms() + RETRY_MS;
		m->look_now = true;
		tell_trouble(m, &err);
	} else if (rc == 1 && m->resumed)
		tell_trouble(m, &(struct err){ ERR_NONE, "" });
	now = clock_real_ms();
	left = (m->retry_at_ms > now ? m->retry_at_ms : m->next_poll_ms) - now;
	wait_r->fd = m->retry_at_ms > now ? -1 : m->inotify;
	wait_r->timeout_ms = !m->resumed && m->retry_at_ms <= now ? -1 : left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}
