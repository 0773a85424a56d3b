/*
 * What core asks of a mailbox: settle, refile, append, find, list.  Run by the fetch role.
 * Invariant: each job is answered exactly once, with the id it came with, but
 * for those that job_drop_others() takes away; one
 * that a broken connection cut off stays first and is begun again, its mails
 * marked as doubtful.
 * Fails: as settle.c and folder.c.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "imap/folder.h"
#include "imap/settle.h"
#include "imap/watch_private.h"
#include "ipc/wire.h"

#define FOLDER_MAX	400
#define BREAKS_MAX	8

void
job_free(struct job *job)
{
	free(job->folder);
	free(job->text);
	free(job->message_id);
	free(job->sha256);
	uids_free(&job->uids);
	if (job->fd != -1)
		close(job->fd);
	free(job);
}

static char *
take_str(struct frame *frame, struct arena *arena)
{
	return x_strdup(get_str(frame, arena));
}

static void
take_fields(struct job *job, struct frame *frame, struct arena *arena)
{
	uint32_t n;

	job->folder = take_str(frame, arena);
	if (strlen(job->folder) > FOLDER_MAX)
		frame->bad = true;
	switch (job->type) {
	case WIRE_SETTLE:
		job->text = take_str(frame, arena);
		job->uidvalidity = get_u32(frame);
		n = get_u32(frame);
		for (uint32_t i = 0; i < n && !frame->bad; i++)
			uids_add(&job->uids, get_u32(frame));
		break;
	case WIRE_REFILE:
		job->text = take_str(frame, arena);
		job->message_id = take_str(frame, arena);
		job->uidvalidity = get_u32(frame);
		uids_add(&job->uids, get_u32(frame));
		job->size_bytes = get_u64(frame);
		job->internaldate = get_i64(frame);
		job->sha256 = take_str(frame, arena);
		if (strlen(job->text) > FOLDER_MAX || job->size_bytes > UINT32_MAX)
			frame->bad = true;
		break;
	case WIRE_LIST:
	case WIRE_MAKE:
		break;
	case WIRE_APPEND:
		job->text = take_str(frame, arena);
		job->message_id = take_str(frame, arena);
		if ((job->fd = get_fd(frame)) == -1)
			frame->bad = true;
		break;
	default:
		job->message_id = take_str(frame, arena);
	}
}

/* Flags and keywords go into a command as they are. */
static bool
is_flags(const char *text)
{
	return text == NULL || strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "\\$-_. ") == strlen(text);
}

int
job_add(struct fetch *fetch, struct frame *frame)
{
	struct job *job = x_calloc(1, sizeof(*job));
	struct arena *arena = arena_new();
	int result = -1;

	job->type = frame->type;
	job->id = frame->id;
	job->fd = -1;
	take_fields(job, frame, arena);
	arena_free(&arena);
	if (get_end(frame) && (job->type == WIRE_REFILE || is_flags(job->text))) {
		*fetch->jobs_end = job;
		fetch->jobs_end = &job->next;
		result = 0;
	} else
		job_free(job);
	return result;
}

void
job_drop_others(struct fetch *fetch)
{
	struct job **link = &fetch->jobs, *job;

	while ((job = *link) != NULL) {
		if ((job->type != WIRE_SETTLE && job->type != WIRE_REFILE) || job->uidvalidity == fetch->number) {
			link = &job->next;
			continue;
		}
		*link = job->next;
		job_free(job);
	}
	fetch->jobs_end = link;
}

static void
answer_settle(struct fetch *fetch, const struct job *job, const struct uids *sorted,
    const struct settled *settled)
{
	struct frame frame;

	frame_init(&frame, WIRE_SETTLED, job->id);
	put_u32(&frame, job->uidvalidity);
	put_u32(&frame, (uint32_t)sorted->n);
	for (size_t i = 0; i < sorted->n; i++) {
		put_u32(&frame, sorted->v[i]);
		put_u32(&frame, (uint32_t)settled[i].outcome);
		put_u32(&frame, settled[i].new_uid);
	}
	fetch->out(fetch->out_ctx, &frame);
	frame_free(&frame);
}

static void
remember_doubtful(struct fetch *fetch, const struct uids *uids)
{
	for (size_t i = 0; i < uids->n; i++)
		uids_add(&fetch->doubtful, uids->v[i]);
	uids_sort(&fetch->doubtful);
}

/* Refused half way, perhaps: copied, but not to be removed. */
static void
remember_failed(struct fetch *fetch, const struct uids *sorted, const struct settled *settled)
{
	for (size_t i = 0; i < sorted->n; i++)
		if (settled[i].outcome == OUTCOME_FAILED)
			uids_add(&fetch->doubtful, sorted->v[i]);
	uids_sort(&fetch->doubtful);
}

static int
run_settle(struct fetch *fetch, const struct job *job, struct err *err)
{
	struct uids sorted = { NULL, 0 };
	struct settled *settled = NULL;
	struct settling settling = { .watched = fetch->mailbox->folder, .folder = job->folder,
	    .keyword = job->text, .uids = &sorted,
	    .repeated = &fetch->doubtful };
	struct err note = { .scope = ERR_NONE };
	int result = -1;

	if (watch_select(fetch, err) == -1)
		goto out;
	settling.uidvalidity = fetch->session->uidvalidity;
	for (size_t i = 0; i < job->uids.n; i++)
		uids_add(&sorted, job->uids.v[i]);
	uids_sort(&sorted);
	settled = x_calloc(sorted.n + 1, sizeof(*settled));
	if (job->uidvalidity != fetch->number) {
		/* These numbers mean other mails now. */
		for (size_t i = 0; i < sorted.n; i++)
			settled[i].outcome = OUTCOME_GONE;
	} else if (settle_run(fetch->session, &settling, settled, &note) == -1) {
		remember_doubtful(fetch, &sorted);
		*err = note;
		goto out;
	} else {
		uids_without(&fetch->doubtful, &sorted);
		remember_failed(fetch, &sorted, settled);
		watch_standing(fetch, job->folder, &note);
	}
	answer_settle(fetch, job, &sorted, settled);
	result = 0;
out:
	uids_free(&sorted);
	free(settled);
	return result;
}

static int
run_refile(struct fetch *fetch, const struct job *job, struct err *err)
{
	struct refiling refiling = { .from = job->text, .folder = job->folder, .message_id = job->message_id,
	    .size_bytes = (uint32_t)job->size_bytes, .internaldate = job->internaldate, .sha256 = job->sha256 };
	struct settled settled;
	struct err note = { .scope = ERR_NONE };

	fetch->selected = false;
	if (settle_refile(fetch->session, &refiling, &settled, &note) == -1) {
		*err = note;
		return -1;
	}
	watch_standing(fetch, job->folder, &note);
	answer_settle(fetch, job, &job->uids, &settled);
	return 0;
}

static int
run_append(struct fetch *fetch, const struct job *job, struct err *err)
{
	struct err note = { .scope = ERR_NONE };
	struct frame frame;
	uint32_t uid = 0;

	fetch->selected = false;
	if (folder_append(fetch->session, job->folder, job->text, job->message_id, job->fd, &uid, &note) == -1 &&
	    session_is_broken(fetch->session)) {
		*err = note;
		return -1;
	}
	watch_standing(fetch, job->folder, &note);
	frame_init(&frame, WIRE_APPENDED, job->id);
	put_u32(&frame, uid);
	fetch->out(fetch->out_ctx, &frame);
	frame_free(&frame);
	return 0;
}

static int
run_find(struct fetch *fetch, const struct job *job, struct err *err)
{
	struct err note = { .scope = ERR_NONE };
	struct uids found;
	struct frame frame;

	fetch->selected = false;
	if (folder_find(fetch->session, job->folder, job->message_id, &found, &note) == -1 &&
	    session_is_broken(fetch->session)) {
		*err = note;
		return -1;
	}
	watch_standing(fetch, job->folder, &note);
	frame_init(&frame, WIRE_FOUND, job->id);
	put_u32(&frame, (uint32_t)found.n);
	for (size_t i = 0; i < found.n; i++)
		put_u32(&frame, found.v[i]);
	fetch->out(fetch->out_ctx, &frame);
	frame_free(&frame);
	uids_free(&found);
	return 0;
}

static int
run_make(struct fetch *fetch, const struct job *job, struct err *err)
{
	struct err why_not;

	if (folder_make(fetch->session, job->folder, &why_not) == 0 || !session_is_broken(fetch->session))
		return 0;
	*err = why_not;
	return -1;
}

/* Moving these mails breaks the connection each time: core may ask again later, and other jobs must not wait for ever. */
static void
give_up(struct fetch *fetch, const struct job *job, const struct err *why)
{
	struct settled *settled = x_calloc(job->uids.n + 1, sizeof(*settled));
	struct err note = *why;

	for (size_t i = 0; i < job->uids.n; i++)
		settled[i].outcome = OUTCOME_FAILED;
	err_wrap(&note, "moving mails to %.100s breaks the connection each time", job->folder);
	watch_standing(fetch, job->folder, &note);
	answer_settle(fetch, job, &job->uids, settled);
	free(settled);
}

static bool
is_hopeless(struct fetch *fetch, struct job *job)
{
	return (job->type == WIRE_SETTLE || job->type == WIRE_REFILE) && fetch->session->busy == BUSY_NOT &&
	    ++job->breaks >= BREAKS_MAX;
}

int
job_run(struct fetch *fetch, struct err *err)
{
	struct job *job = fetch->jobs;
	int result = job->type == WIRE_SETTLE ? run_settle(fetch, job, err) :
	    job->type == WIRE_REFILE ? run_refile(fetch, job, err) :
	    job->type == WIRE_LIST ? listing_run(fetch, job, err) :
	    job->type == WIRE_MAKE ? run_make(fetch, job, err) :
	    job->type == WIRE_APPEND ? run_append(fetch, job, err) : run_find(fetch, job, err);

	if (result == -1 && !is_hopeless(fetch, job))
		return -1;
	if (result == -1)
		give_up(fetch, job, err);
	fetch->jobs = job->next;
	if (fetch->jobs == NULL)
		fetch->jobs_end = &fetch->jobs;
	job_free(job);
	return result;
}
