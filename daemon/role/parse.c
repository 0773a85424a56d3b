/*
 * The parse role's zygote: see parse.h.  Runs in adviced-parse, never reads a
 * mail itself.
 * Invariant: every WIRE_PARSE is answered by exactly one WIRE_PARSED with its
 * id, whatever the mail does to the child that reads it; unless the role ends
 * first, which says nothing about the mail.
 * Fails: ERR_DAEMON when the asking side sends what is not for this role, or
 * when no child can be started.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipc/frame.h"
#include "ipc/wire.h"
#include "role/parse_private.h"

#define CHILDREN	2	/* mails in flight */

/* The kernel's own limits lie a little behind ours, so that ours speak first. */
struct parse_settings
parse_settings_from(const struct limits *limits)
{
	return (struct parse_settings){
		.parse = parse_limits_from(limits),
		.sandbox = { .memory_bytes = (uint64_t)limits->parse_memory_mb << 20,
		    .file_bytes = (uint64_t)(limits->documents_mb + 50) << 20,
		    .cpu_seconds = (unsigned)limits->parse_time_s * 2 + 1 },
		.deadline_ms = limits->parse_time_s * 1000,
		.children = CHILDREN
	};
}

/* --- mails ------------------------------------------------------------- */

static bool
has_room(struct zygote *zygote, const struct work *work)
{
	const struct child *resident;

	/* Each of our children may yet have to be read there. */
	if (zygote->second != NULL && !second_has_room(zygote->second, children_busy(zygote)))
		return false;
	if (!work->many)
		return children_busy(zygote) < zygote->settings->children;
	resident = child_resident(zygote);
	return zygote->second != NULL || resident == NULL || !resident->busy;
}

/* A child of ours reads it; many are read in one child after the other. */
static void
start_here(struct zygote *zygote, struct work *work)
{
	struct child *child = work->many ? child_resident(zygote) : NULL;

	if (child == NULL)
		child = child_spawn(zygote, work->many ? NULL : &work->task);
	if (child != NULL) {
		child_take(zygote, child, work);
		return;
	}
	work_answer(work, PARSE_NO_ROOM, "no process could be started to read the mail", NULL, 0);
	work_end(work);
}

/* Start the first of the waiting mails; false when it must go on waiting. */
static bool
start_one(struct zygote *zygote)
{
	struct work work = zygote->waiting[0];

	if (!has_room(zygote, &work))
		return false;
	zygote->waiting_count--;
	memmove(zygote->waiting, zygote->waiting + 1, zygote->waiting_count * sizeof(work));
	if (work.many && zygote->second != NULL) {
		work_ask_second(zygote, &work);		/* one child reads them all, so what it carries counts for nothing */
		work_end(&work);
	} else
		start_here(zygote, &work);
	return true;
}

/* --- askers ------------------------------------------------------------ */

static void
reply_empty(struct channel *asker, uint16_t type, uint64_t id)
{
	struct frame frame;
	struct err ignored;

	frame_init(&frame, type, id);
	channel_queue(asker, &frame);
	frame_free(&frame);
	(void)channel_flush(asker, &ignored);
}

/* An asker is gone: nobody waits for what it asked. */
static void
asker_lost(struct zygote *zygote, size_t which)
{
	struct channel *asker = zygote->askers[which];
	size_t i, kept = 0;

	for (i = 0; i < CHILDREN_MAX; i++)
		if (zygote->children[i].pid != 0 && zygote->children[i].busy &&
		    zygote->children[i].work.asker == asker) {
			zygote->children[i].work.asker = NULL;
			child_end(zygote, &zygote->children[i], PARSE_CRASHED, "nobody waits for the answer");
		}
	for (i = 0; i < zygote->waiting_count; i++)
		if (zygote->waiting[i].asker == asker)
			work_end(&zygote->waiting[i]);
		else
			zygote->waiting[kept++] = zygote->waiting[i];
	zygote->waiting_count = kept;
	if (zygote->second != NULL)
		second_forget(zygote->second, asker);
	channel_free(&zygote->askers[which]);
	/* The one that came by WIRE_PEER may be followed by another; without the others there is no work. */
	if (which < 2)
		zygote->stop = true;
}

/* The parent hands over core's new end of a socketpair. */
static int
attach_peer(struct zygote *zygote, struct frame *frame, struct err *err)
{
	int fd = get_fd(frame);

	if (fd == -1)
		return err_set(err, ERR_DAEMON, "parse: a peer was announced without its socket");
	if (zygote->askers[2] != NULL)
		asker_lost(zygote, 2);
	zygote->askers[2] = channel_new(fd);
	return 0;
}

static void
take_work(struct zygote *zygote, struct channel *asker, struct frame *frame)
{
	struct work work = { .asker = asker, .id = frame->id };
	unsigned flags;

	work.task.today = (dayno)get_i64(frame);
	flags = get_u32(frame);
	work.many = (flags & PARSE_MANY) != 0;
	work.task.shut = (flags & PARSE_SHUT) != 0;
	work.task.mail_fd = get_fd(frame);
	work.task.documents_fd = get_fd(frame);
	if (work.task.mail_fd == -1) {
		work_answer(&work, PARSE_FAILED, "no mail came with the request", NULL, 0);
		work_end(&work);
	} else
		zygote->waiting[zygote->waiting_count++] = work;
}

/* One frame; takes it over (or frees it). */
static int
take_frame(struct zygote *zygote, struct channel *asker, struct frame *frame, struct err *err)
{
	int result = 0;

	switch (frame->type) {
	case WIRE_PARSE:
		take_work(zygote, asker, frame);
		break;
	case WIRE_ALIVE_ASK:
		if (zygote->second == NULL)
			reply_empty(asker, WIRE_ALIVE, frame->id);
		else	/* it is as much of this role as we are: where it hangs, we do */
			second_ask_alive(zygote->second, asker, frame->id);
		break;
	case WIRE_STOP:
		zygote->stop = true;
		break;
	case WIRE_RELOAD:
		break;
	case WIRE_PEER:
		result = attach_peer(zygote, frame, err);
		break;
	default:
		result = err_set(err, ERR_DAEMON, "parse: message %u is not for this role", frame->type);
	}
	frame_free(frame);
	return result;
}

static int
serve_asker(struct zygote *zygote, size_t which, bool readable, struct err *err)
{
	struct channel *asker = zygote->askers[which];
	struct frame frame;
	struct err gone;
	bool open = true;

	if (channel_wants_write(asker) && channel_flush(asker, &gone) == -1)
		open = false;
	if (open && readable && channel_fill(asker, &gone) == -1)
		open = false;
	while (zygote->waiting_count < WAITING_MAX && zygote->askers[which] == asker &&
	    channel_next(asker, &frame))
		if (take_frame(zygote, asker, &frame, err) == -1)
			return -1;
	if (!open)
		asker_lost(zygote, which);
	return 0;
}

/* --- the loop ---------------------------------------------------------- */

static int
turn(struct zygote *zygote, struct err *err)
{
	struct pollfd poll_fds[ASKERS + CHILDREN_MAX + 1], *second = &poll_fds[ASKERS + CHILDREN_MAX];
	size_t i;

	while (zygote->waiting_count > 0 && start_one(zygote))
		;
	for (i = 0; i < ASKERS; i++) {
		poll_fds[i].fd = zygote->askers[i] == NULL ? -1 : channel_fd(zygote->askers[i]);
		poll_fds[i].events = zygote->waiting_count < WAITING_MAX ? POLLIN : 0;
		if (zygote->askers[i] != NULL && channel_wants_write(zygote->askers[i]))
			poll_fds[i].events |= POLLOUT;
	}
	for (i = 0; i < CHILDREN_MAX; i++) {
		poll_fds[ASKERS + i].fd = zygote->children[i].pid == 0 ? -1 : zygote->children[i].out;
		poll_fds[ASKERS + i].events = POLLIN;
	}
	second->fd = zygote->second == NULL ? -1 : second_fd(zygote->second);
	second->events = (short)(POLLIN | (zygote->second != NULL && second_wants_write(zygote->second) ? POLLOUT : 0));
	for (i = 0; i < ASKERS + CHILDREN_MAX + 1; i++)
		poll_fds[i].revents = 0;
	if (poll(poll_fds, ASKERS + CHILDREN_MAX + 1, children_wait_ms(zygote)) == -1 && errno != EINTR)
		return err_errno(err, ERR_DAEMON, "parse: cannot wait");
	for (i = 0; i < CHILDREN_MAX; i++)
		if (poll_fds[ASKERS + i].revents != 0 && zygote->children[i].pid != 0)
			child_output(zygote, &zygote->children[i]);
	children_kill_late(zygote);
	if (zygote->second != NULL && second_serve(zygote->second, second->revents != 0, err) == -1)
		return -1;
	for (i = 0; i < ASKERS; i++)
		if (zygote->askers[i] != NULL && poll_fds[i].fd == channel_fd(zygote->askers[i]) &&
		    serve_asker(zygote, i, poll_fds[i].revents != 0, err) == -1)
			return -1;
	return 0;
}

static void
zygote_end(struct zygote *zygote)
{
	size_t i;

	zygote->stop = true;
	for (i = 0; i < CHILDREN_MAX; i++) {
		if (zygote->children[i].pid == 0)
			continue;
		/* Its mail did not break it, and is not answered for as if it had: core asks whoever comes next. */
		zygote->children[i].work.asker = NULL;
		child_end(zygote, &zygote->children[i], PARSE_CRASHED, "the reading role was stopped");
	}
	for (i = 0; i < zygote->waiting_count; i++)
		work_end(&zygote->waiting[i]);
	second_free(zygote->second);	/* nobody asks it any more: it ends */
	for (i = 0; i < ASKERS; i++)
		channel_free(&zygote->askers[i]);
	close(zygote->nowhere);
	free(zygote->childhood.once.filter);
	free(zygote->childhood.resident.filter);
}

int
role_parse(int asker, int parent, int second, const struct parse_settings *settings, struct err *err)
{
	struct zygote zygote = { .settings = settings, .childhood.settings = settings };
	int result;

	zygote.nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (zygote.nowhere == -1)
		return err_errno(err, ERR_DAEMON, "parse: /dev/null");
	signal(SIGPIPE, SIG_IGN);
	zygote.askers[0] = channel_new(asker);
	if (second != -1)
		zygote.second = second_new(second);
	if (parent != -1) {
		zygote.askers[1] = channel_new(parent);
		reply_empty(zygote.askers[1], WIRE_READY, 0);
	}
	result = sandbox_child_filter(false, &zygote.childhood.once, err) == -1 ? -1 :
	    sandbox_child_filter(true, &zygote.childhood.resident, err);
	while (!zygote.stop && result == 0)
		result = turn(&zygote, err);
	zygote_end(&zygote);
	return result;
}
