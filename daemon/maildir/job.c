/*
 * What core asks of a maildir: settle, refile, append, find, list.  Run by the
 * fetch role.
 * Invariant: a mail stands in one folder at any moment: moving it is a rename.
 * Fails: ERR_RETRY when the disk fails, ERR_MAILBOX when a folder cannot be
 * read; the job stays and is begun again.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "imap/settle.h"
#include "ipc/wire.h"
#include "maildir/watch_private.h"

#define SHOWN_MAX	500

static void
job_free(struct maildir_job *job)
{
	free(job->folder);
	free(job->from);
	free(job->message_id);
	free(job->sha256);
	uids_free(&job->uids);
	if (job->fd != -1)
		close(job->fd);
	free(job);
}

void
maildir_jobs_free(struct maildir *m)
{
	struct maildir_job *next;

	for (; m->jobs != NULL; m->jobs = next) {
		next = m->jobs->next;
		job_free(m->jobs);
	}
}

void
maildir_jobs_drop_others(struct maildir *m)
{
	struct maildir_job **link = &m->jobs, *job;

	while ((job = *link) != NULL) {
		if ((job->type != WIRE_SETTLE && job->type != WIRE_REFILE) || job->number == m->number) {
			link = &job->next;
			continue;
		}
		*link = job->next;
		job_free(job);
	}
	m->jobs_end = link;
}

bool
maildir_job_is_list(const struct maildir *m)
{
	return m->jobs != NULL && m->jobs->type == WIRE_LIST;
}

static void
take_fields(struct maildir_job *job, struct frame *frame, struct arena *arena)
{
	uint32_t n;

	job->folder = x_strdup(get_str(frame, arena));
	switch (job->type) {
	case WIRE_SETTLE:
		get_str(frame, arena);		/* a maildir has no keywords of ours */
		job->number = get_u32(frame);
		n = get_u32(frame);
		for (uint32_t i = 0; i < n && !frame->bad; i++)
			uids_add(&job->uids, get_u32(frame));
		break;
	case WIRE_REFILE:
		job->from = x_strdup(get_str(frame, arena));
		job->message_id = x_strdup(get_str(frame, arena));
		job->number = get_u32(frame);
		uids_add(&job->uids, get_u32(frame));
		job->size = get_u64(frame);
		job->mtime = get_i64(frame);
		job->sha256 = x_strdup(get_str(frame, arena));
		break;
	case WIRE_APPEND:
		get_str(frame, arena);		/* flags: it lies in cur, seen */
		job->message_id = x_strdup(get_str(frame, arena));
		job->fd = get_fd(frame);
		frame->bad |= job->fd == -1;
		break;
	case WIRE_FIND:
		job->message_id = x_strdup(get_str(frame, arena));
		break;
	default:
		break;
	}
}

int
maildir_job_add(struct maildir *m, struct frame *frame)
{
	struct maildir_job *job = x_calloc(1, sizeof(*job));
	struct arena *arena = arena_new();
	int rc = -1;

	job->type = frame->type;
	job->id = frame->id;
	job->fd = -1;
	take_fields(job, frame, arena);
	arena_free(&arena);
	if (get_end(frame)) {
		*m->jobs_end = job;
		m->jobs_end = &job->next;
		rc = 0;
	} else
		job_free(job);
	return rc;
}

static void
say(struct maildir *m, struct frame *frame)
{
	m->out(m->out_ctx, frame);
	frame_free(frame);
}

bool
maildir_still_there(struct maildir *m, const char *base)
{
	struct maildir_folder folder;
	struct arena *arena = arena_new();
	struct maildir_mail *mails;
	struct err ignored;
	size_t count;
	bool there, found = false;

	if (maildir_open(m->mailbox->maildir, m->mailbox->folder, false, &folder, &there, &ignored) == 0 && there) {
		found = maildir_scan(arena, &folder, &mails, &count, &ignored) == 0 && maildir_find(mails, count, base) != NULL;
		maildir_close(&folder);
	}
	arena_free(&arena);
	return found;
}

/* ---- Settling */

static void
answer_settled(struct maildir *m, const struct maildir_job *job, const enum outcome *outcomes)
{
	struct frame frame;

	frame_init(&frame, WIRE_SETTLED, job->id);
	put_u32(&frame, job->number);
	put_u32(&frame, (uint32_t)job->uids.n);
	for (size_t i = 0; i < job->uids.n; i++) {
		put_u32(&frame, job->uids.v[i]);
		put_u32(&frame, (uint32_t)outcomes[i]);
		put_u32(&frame, 0);
	}
	say(m, &frame);
}

/* The folder that mails go to, with what is there already; "": they stay. */
struct target {
	struct maildir_folder	 folder;
	struct maildir_mail	*mails;
	size_t			 count;
};

static int
settle_one(struct maildir_view *view, const struct target *target, uint32_t uid, bool stays, enum outcome *outcome_r,
    struct err *err)
{
	const struct uidlist_entry *entry = uidlist_uid(&view->list, uid);
	const struct maildir_mail *mail = entry == NULL ? NULL : maildir_find(view->mails, view->count, entry->base);

	*outcome_r = OUTCOME_GONE;
	if (mail == NULL)
		return 0;
	*outcome_r = OUTCOME_MOVED;
	if (stays || maildir_move(&view->folder, mail, &target->folder, err) == 0)
		return 0;
	*outcome_r = OUTCOME_GONE;
	return err->scope == ERR_MESSAGE ? 0 : -1;
}

static int
run_settle(struct maildir *m, const struct maildir_job *job, struct err *err)
{
	struct maildir_view view;
	struct target target = { .folder = { -1, -1, -1, -1 } };
	enum outcome *outcomes = x_calloc(job->uids.n + 1, sizeof(*outcomes));
	bool there, stays = job->folder[0] == '\0';
	int rc = maildir_look_at(m, &view, err);

	if (rc == 0 && !stays)
		rc = maildir_open(m->mailbox->maildir, job->folder, true, &target.folder, &there, err);
	for (size_t i = 0; rc == 0 && i < job->uids.n; i++) {
		outcomes[i] = OUTCOME_GONE;
		/* Made anew since: these numbers mean other mails. */
		if (job->number == m->number && view.list.validity == m->validity)
			rc = settle_one(&view, &target, job->uids.v[i], stays, &outcomes[i], err);
	}
	if (rc == 0)
		answer_settled(m, job, outcomes);
	maildir_close(&target.folder);
	maildir_look_end(&view);
	free(outcomes);
	return rc;
}

/* ---- Other folders */

static bool
is_same_id(const char *a, const char *b)
{
	size_t a_len, b_len;

	a += *a == '<';
	b += *b == '<';
	a_len = strcspn(a, ">");
	b_len = strcspn(b, ">");
	return a_len > 0 && a_len == b_len && memcmp(a, b, a_len) == 0;
}

static bool
has_bytes(const struct maildir_folder *folder, const struct maildir_mail *mail, const char *sha256)
{
	struct err ignored;
	char hex[65] = "";
	int fd;

	if (sha256[0] == '\0')
		return true;
	if (maildir_open_mail(folder, mail, &fd, &ignored) == -1)
		return false;
	if (sha256_hex_fd(fd, hex, &ignored) == -1)
		hex[0] = '\0';
	close(fd);
	return strcmp(hex, sha256) == 0;
}

/* The first mail that is this one; NULL. */
static const struct maildir_mail *
find_mail(struct arena *arena, const struct maildir_folder *folder, const struct maildir_mail *mails, size_t count,
    const struct maildir_job *job)
{
	bool by_id = job->message_id[0] != '\0';
	struct err ignored;

	if (!by_id && (job->size == 0 || job->mtime == 0))
		return NULL;		/* it could be any */
	for (size_t i = 0; i < count; i++) {
		const char *id;

		if ((job->size != 0 && mails[i].size != job->size) || (job->mtime != 0 && mails[i].mtime != job->mtime))
			continue;
		if (by_id ? maildir_message_id(arena, folder, &mails[i], &id, &ignored) == 0 && is_same_id(id, job->message_id) :
		    has_bytes(folder, &mails[i], job->sha256))
			return &mails[i];
	}
	return NULL;
}

static int
find_in(struct maildir *m, struct arena *arena, const char *name, const struct maildir_job *job,
    struct maildir_folder *folder_r, const struct maildir_mail **mail_r, struct err *err)
{
	struct maildir_mail *mails;
	size_t count;
	bool there;

	*mail_r = NULL;
	if (maildir_open(m->mailbox->maildir, name, false, folder_r, &there, err) == -1)
		return -1;
	if (!there)
		return 0;
	if (maildir_scan(arena, folder_r, &mails, &count, err) == -1)
		return -1;
	*mail_r = find_mail(arena, folder_r, mails, count, job);
	return 0;
}

static int
run_refile(struct maildir *m, const struct maildir_job *job, struct err *err)
{
	struct arena *arena = arena_new();
	struct maildir_folder from, to = { -1, -1, -1, -1 };
	const struct maildir_mail *mail;
	enum outcome outcome = OUTCOME_GONE;
	bool there;
	int rc = find_in(m, arena, job->from, job, &from, &mail, err);

	if (rc == 0 && mail != NULL) {
		rc = maildir_open(m->mailbox->maildir, job->folder, true, &to, &there, err);
		if (rc == 0 && (rc = maildir_move(&from, mail, &to, err)) == 0)
			outcome = OUTCOME_MOVED;
		else if (err->scope == ERR_MESSAGE)
			rc = 0;
	} else if (rc == 0) {		/* moved by an attempt that was cut off? */
		rc = find_in(m, arena, job->folder, job, &to, &mail, err);
		if (mail != NULL)
			outcome = OUTCOME_MOVED;
	}
	if (rc == 0)
		answer_settled(m, job, &outcome);
	maildir_close(&from);
	maildir_close(&to);
	arena_free(&arena);
	return rc;
}

static int
put_away(const struct maildir_folder *folder, int fd, struct err *err)
{
	struct arena *arena = arena_new();
	const char *name = arena_printf(arena, "%lld.P%ldM%lld.adviced", (long long)clock_wall(), (long)getpid(),
	    (long long)clock_real_ms());
	char data[65536];
	int out = -1, rc = file_create(folder->tmp, name, &out, err);
	off_t at = 0;
	ssize_t n = 0;

	while (rc == 0 && (n = pread(fd, data, sizeof(data), at)) > 0) {
		rc = file_write(out, data, (size_t)n, err);
		at += n;
	}
	if (rc == 0 && n == -1)
		rc = err_errno(err, ERR_RETRY, "maildir: reading the mail to be put away");
	if (rc == 0)
		rc = file_commit(&out, err);
	if (rc == 0)
		rc = file_rename(folder->tmp, name, folder->cur, arena_printf(arena, "%s:2,S", name), err);
	if (out != -1)
		close(out);
	arena_free(&arena);
	return rc;
}

static int
run_append(struct maildir *m, const struct maildir_job *job, struct err *err)
{
	struct arena *arena = arena_new();
	struct maildir_folder folder = { -1, -1, -1, -1 };
	const struct maildir_mail *mail;
	struct frame frame;
	bool there;
	int rc = find_in(m, arena, job->folder, job, &folder, &mail, err);

	if (rc == 0 && mail == NULL) {
		maildir_close(&folder);
		rc = maildir_open(m->mailbox->maildir, job->folder, true, &folder, &there, err);
		if (rc == 0)
			rc = put_away(&folder, job->fd, err);
	}
	maildir_close(&folder);
	arena_free(&arena);
	if (rc == -1)
		return -1;
	frame_init(&frame, WIRE_APPENDED, job->id);
	put_u32(&frame, 1);
	say(m, &frame);
	return 0;
}

static int
run_find(struct maildir *m, const struct maildir_job *job, struct err *err)
{
	struct arena *arena = arena_new();
	struct maildir_folder folder;
	const struct maildir_mail *mail;
	struct frame frame;
	int rc = find_in(m, arena, job->folder, job, &folder, &mail, err);

	maildir_close(&folder);
	if (rc == 0) {
		frame_init(&frame, WIRE_FOUND, job->id);
		put_u32(&frame, mail != NULL);
		if (mail != NULL)
			put_u32(&frame, 1);	/* there are no numbers in other folders; it is there */
		say(m, &frame);
	}
	arena_free(&arena);
	return rc;
}

/* ---- Listing */

static void
say_listing(struct maildir *m, const struct maildir_job *job, struct maildir_view *view, bool there)
{
	size_t at = 0;

	do {
		size_t n = view->list.n - at < SHOWN_MAX ? view->list.n - at : SHOWN_MAX;
		struct frame frame;

		frame_init(&frame, WIRE_LISTING, job->id);
		put_u32(&frame, view->list.validity);
		put_u32(&frame, there ? UINT32_MAX : 0);
		put_u32(&frame, at + n < view->list.n);
		put_u32(&frame, (uint32_t)n);
		for (size_t i = 0; i < n; i++)
			maildir_put_listed(&frame, view, &view->list.v[at + i]);
		say(m, &frame);
		at += n;
	} while (at < view->list.n);
}

/* Another folder: its mails are counted through, their numbers mean nothing. */
static int
view_other(struct maildir *m, const char *name, struct maildir_view *view, bool *there_r, struct err *err)
{
	*view = (struct maildir_view){ .arena = arena_new(), .folder = { -1, -1, -1, -1 } };
	if (maildir_open(m->mailbox->maildir, name, false, &view->folder, there_r, err) == -1)
		return -1;
	if (*there_r && maildir_scan(view->arena, &view->folder, &view->mails, &view->count, err) == -1)
		return -1;
	for (size_t i = 0; i < view->count; i++) {
		struct uidlist_entry *entry = arena_push(view->arena, view->list.v, view->list.n);

		entry->uid = (uint32_t)i + 1;
		entry->base = view->mails[i].base;
	}
	return 0;
}

static int
run_list(struct maildir *m, const struct maildir_job *job, struct err *err)
{
	struct maildir_view view;
	bool there = true;
	int rc = job->folder[0] == '\0' ? maildir_look_at(m, &view, err) : view_other(m, job->folder, &view, &there, err);

	if (rc == 0)
		say_listing(m, job, &view, there);
	maildir_look_end(&view);
	return rc;
}

static int
run_make(struct maildir *m, const struct maildir_job *job, struct err *err)
{
	struct maildir_folder folder = { -1, -1, -1, -1 };
	bool there;
	int rc = maildir_open(m->mailbox->maildir, job->folder, true, &folder, &there, err);

	maildir_close(&folder);
	return rc;
}

int
maildir_job_run(struct maildir *m, struct err *err)
{
	struct maildir_job *job = m->jobs;
	int rc = job->type == WIRE_SETTLE ? run_settle(m, job, err) : job->type == WIRE_REFILE ? run_refile(m, job, err) :
	    job->type == WIRE_APPEND ? run_append(m, job, err) : job->type == WIRE_FIND ? run_find(m, job, err) :
	    job->type == WIRE_MAKE ? run_make(m, job, err) : run_list(m, job, err);

	if (rc == -1)
		return -1;
	m->jobs = job->next;
	if (m->jobs == NULL)
		m->jobs_end = &m->jobs;
	job_free(job);
	return 0;
}
