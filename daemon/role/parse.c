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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ipc/frame.h"
#include "ipc/wire.h"
#include "mail/record.h"
#include "role/parse_child.h"

#define ASKERS		3
#define CHILDREN_MAX	8
#define WAITING_MAX	32	/* mails taken from the askers and not yet with a child */
#define RESIDENT_MAILS	1000	/* then a fresh child: what libraries leak stays small */

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

/* A mail to read: its descriptors are ours until it is answered for. */
struct work {
	struct channel	*asker;		/* whom to answer, with which id */
	uint64_t	 id;
	bool		 many;		/* a resident child may take it */
	struct parse_task task;
};

struct child {
	pid_t		 pid;		/* 0: no child here */
	int		 out;		/* its results */
	struct channel	*feed;		/* resident: its mails; NULL for one that takes one mail */
	bool		 busy;
	struct work	 work;		/* while busy */
	int64_t		 deadline_ms;
	unsigned	 mails;
	struct buf	 result;
};

struct zygote {
	const struct parse_settings *settings;
	struct channel	*askers[ASKERS];
	struct child	 children[CHILDREN_MAX];
	struct work	 waiting[WAITING_MAX + CHILDREN_MAX];	/* what is read again comes on top */
	size_t		 waiting_count;
	int		 nowhere;	/* /dev/null, for the children */
	bool		 stop;
};

/* --- answers ----------------------------------------------------------- */

static void
answer(struct channel *asker, uint64_t id, unsigned status, const char *sentence, const void *record, size_t len)
{
	struct frame frame;
	struct err ignored;

	if (asker == NULL)
		return;
	frame_init(&frame, WIRE_PARSED, id);
	put_u32(&frame, status);
	put_str(&frame, sentence);
	put_bytes(&frame, record, len);
	channel_queue(asker, &frame);
	frame_free(&frame);
	/* An asker that is gone is noticed where it is read. */
	(void)channel_flush(asker, &ignored);
}

/* A child's result is a stranger's word: taken apart and checked before it goes on. True when it was one. */
static bool
pass_on(struct child *child)
{
	struct frame frame;
	struct arena *arena = arena_new();
	const void *record;
	const char *sentence;
	unsigned status;
	size_t len;
	bool good;

	frame_init(&frame, WIRE_PARSED, child->work.id);
	buf_add(&frame.body, child->result.data + 4, child->result.len - 4);
	status = get_u32(&frame);
	sentence = get_str(&frame, arena);
	record = get_bytes(&frame, &len);
	good = get_end(&frame) && (status == PARSE_OK || status == PARSE_FAILED || status == PARSE_NO_ROOM) &&
	    len <= RECORD_MAX;
	if (good)
		answer(child->work.asker, child->work.id, status, sentence, record, len);
	frame_free(&frame);
	arena_free(&arena);
	return good;
}

/* --- children ---------------------------------------------------------- */

static void
work_end(struct work *work)
{
	if (work->task.mail_fd != -1)
		close(work->task.mail_fd);
	if (work->task.documents_fd != -1)
		close(work->task.documents_fd);
	work->task.mail_fd = work->task.documents_fd = -1;
}

/*
 * What broke a child was most likely a document that it looked into.  The
 * mail is read once more without that; only a mail that breaks it then too is
 * answered for as one that cannot be read.  False when that was the second try.
 */
static bool
read_again(struct zygote *zygote, struct work *work)
{
	if (work->task.shut || work->asker == NULL || zygote->stop ||
	    (work->task.documents_fd != -1 && ftruncate(work->task.documents_fd, 0) == -1))
		return false;
	work->task.shut = true;
	memmove(zygote->waiting + 1, zygote->waiting, zygote->waiting_count * sizeof(*work));
	zygote->waiting[0] = *work;
	zygote->waiting_count++;
	return true;
}

/* The child is done for, by itself or by us: reap it, and see to the mail it had. */
static void
child_end(struct zygote *zygote, struct child *child, unsigned status, const char *sentence)
{
	int how = 0;
	char text[160];

	kill(child->pid, SIGKILL);
	while (waitpid(child->pid, &how, 0) == -1 && errno == EINTR)
		;
	if (child->busy) {
		if (status == PARSE_CRASHED && WIFSIGNALED(how)) {
			snprintf(text, sizeof(text), "%s (signal %d)", sentence, WTERMSIG(how));
			sentence = text;
		}
		if (read_again(zygote, &child->work))
			log_warning("reading-again reason=\"%s\"", sentence);
		else {
			answer(child->work.asker, child->work.id, status, sentence, NULL, 0);
			log_warning("unread reason=\"%s\"", sentence);
			work_end(&child->work);
		}
	}
	close(child->out);
	channel_free(&child->feed);
	buf_free(&child->result);
	memset(child, 0, sizeof(*child));
}

/* In the child: leave open only what it may have. */
static void
keep_only(int nowhere, int a, int b, int c)
{
	int keep[3] = { a, b, c }, i, j, from = 3;

	dup2(nowhere, 0);
	dup2(nowhere, 1);
	dup2(nowhere, 2);
	for (i = 0; i < 3; i++)
		for (j = i + 1; j < 3; j++)
			if (keep[j] < keep[i]) {
				int swap = keep[i];

				keep[i] = keep[j];
				keep[j] = swap;
			}
	for (i = 0; i < 3; i++) {
		if (keep[i] < from)
			continue;
		if (keep[i] > from)
			close_range((unsigned)from, (unsigned)keep[i] - 1, 0);
		from = keep[i] + 1;
	}
	close_range((unsigned)from, ~0u, 0);
}

static struct child *
free_place(struct zygote *zygote)
{
	size_t i;

	for (i = 0; i < CHILDREN_MAX; i++)
		if (zygote->children[i].pid == 0)
			return &zygote->children[i];
	return NULL;
}

/* task NULL: a resident child. */
static int
start_child(struct zygote *zygote, struct child *child, int out[2], int feed[2], const struct parse_task *task)
{
	pid_t pid = fork();

	if (pid == -1)
		return -1;
	if (pid == 0) {
		signal(SIGPIPE, SIG_IGN);
		if (task == NULL) {
			keep_only(zygote->nowhere, feed[1], out[1], -1);
			parse_child_resident(zygote->settings, feed[1], out[1]);
		}
		keep_only(zygote->nowhere, task->mail_fd, task->documents_fd, out[1]);
		parse_child_once(zygote->settings, task, out[1]);
	}
	child->pid = pid;
	child->out = out[0];
	fcntl(child->out, F_SETFL, O_NONBLOCK);
	return 0;
}

/* A child for one mail, or for many (task NULL). NULL when the system has no more. */
static struct child *
spawn(struct zygote *zygote, const struct parse_task *task)
{
	int out[2] = { -1, -1 }, feed[2] = { -1, -1 };
	struct child *child = free_place(zygote);

	if (child == NULL || pipe2(out, O_CLOEXEC) == -1)
		return NULL;
	if ((task == NULL && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, feed) == -1) ||
	    start_child(zygote, child, out, feed, task) == -1) {
		close(out[0]);
		close(out[1]);
		if (feed[0] != -1) {
			close(feed[0]);
			close(feed[1]);
		}
		return NULL;
	}
	close(out[1]);
	if (task == NULL) {
		close(feed[1]);
		child->feed = channel_new(feed[0]);
	}
	return child;
}

static struct child *
resident_child(struct zygote *zygote)
{
	size_t i;

	for (i = 0; i < CHILDREN_MAX; i++)
		if (zygote->children[i].pid != 0 && zygote->children[i].feed != NULL)
			return &zygote->children[i];
	return spawn(zygote, NULL);
}

static size_t
busy_children(const struct zygote *zygote)
{
	size_t i, n = 0;

	for (i = 0; i < CHILDREN_MAX; i++)
		n += zygote->children[i].pid != 0 && zygote->children[i].busy ? 1 : 0;
	return n;
}

static void
set_busy(struct zygote *zygote, struct child *child, const struct work *work)
{
	child->busy = true;
	child->work = *work;
	child->deadline_ms = clock_real_ms() + zygote->settings->deadline_ms;
	child->mails++;
	buf_reset(&child->result);
}

/* Give the resident child its next mail. */
static void
feed(struct child *child)
{
	const struct parse_task *task = &child->work.task;
	struct frame frame;
	struct err ignored;

	frame_init(&frame, WIRE_PARSE, child->work.id);
	put_i64(&frame, task->today);
	put_u32(&frame, task->shut ? PARSE_SHUT : 0);
	put_fd(&frame, task->mail_fd);
	if (task->documents_fd != -1)
		put_fd(&frame, task->documents_fd);
	channel_queue(child->feed, &frame);
	frame_free(&frame);
	(void)channel_flush(child->feed, &ignored);	/* a dead child shows at its pipe's end */
}

/* Start the first of the waiting mails; false when it must go on waiting. */
static bool
start_one(struct zygote *zygote)
{
	struct work work = zygote->waiting[0];
	struct child *child = NULL;

	if (work.many) {
		child = resident_child(zygote);
		if (child != NULL && child->busy)
			return false;
	} else if (busy_children(zygote) >= zygote->settings->children)
		return false;
	zygote->waiting_count--;
	memmove(zygote->waiting, zygote->waiting + 1, zygote->waiting_count * sizeof(work));
	if (!work.many)
		child = spawn(zygote, &work.task);
	if (child == NULL) {
		answer(work.asker, work.id, PARSE_NO_ROOM, "no process could be started to read the mail", NULL, 0);
		work_end(&work);
		return true;
	}
	set_busy(zygote, child, &work);
	if (work.many)
		feed(child);
	return true;
}

/* The child's result is complete and sound. */
static void
child_answered(struct zygote *zygote, struct child *child)
{
	if (!pass_on(child)) {
		child_end(zygote, child, PARSE_CRASHED, "the reading process gave an answer that is none");
		return;
	}
	child->busy = false;
	work_end(&child->work);
	buf_reset(&child->result);
	if (child->feed == NULL || child->mails >= RESIDENT_MAILS)
		child_end(zygote, child, PARSE_OK, "");
}

static void
child_output(struct zygote *zygote, struct child *child)
{
	unsigned char *head;
	char chunk[65536];
	size_t want;
	ssize_t got;

	for (;;) {
		got = read(child->out, chunk, sizeof(chunk));
		if (got == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got <= 0) {
			child_end(zygote, child, PARSE_CRASHED, "the process that read the mail broke down");
			return;
		}
		buf_add(&child->result, chunk, (size_t)got);
		if (child->result.len < 4)
			continue;
		head = (unsigned char *)child->result.data;
		want = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
		if (!child->busy || want > PARSE_RESULT_MAX || child->result.len > want + 4) {
			child_end(zygote, child, PARSE_CRASHED, "the reading process gave an answer that is none");
			return;
		}
		if (child->result.len == want + 4) {
			child_answered(zygote, child);
			return;
		}
	}
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

	work.task.today = (dayno)get_i64(frame);
	work.many = (get_u32(frame) & PARSE_MANY) != 0;
	work.task.mail_fd = get_fd(frame);
	work.task.documents_fd = get_fd(frame);
	if (work.task.mail_fd == -1) {
		answer(asker, work.id, PARSE_FAILED, "no mail came with the request", NULL, 0);
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
		reply_empty(asker, WIRE_ALIVE, frame->id);
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
wait_ms(const struct zygote *zygote)
{
	int64_t now = clock_real_ms(), left = -1, one;
	size_t i;

	for (i = 0; i < CHILDREN_MAX; i++) {
		if (zygote->children[i].pid == 0 || !zygote->children[i].busy)
			continue;
		one = zygote->children[i].deadline_ms > now ? zygote->children[i].deadline_ms - now : 0;
		if (left == -1 || one < left)
			left = one;
	}
	return (int)left;
}

static void
kill_late(struct zygote *zygote)
{
	int64_t now = clock_real_ms();
	char text[120];
	size_t i;

	for (i = 0; i < CHILDREN_MAX; i++) {
		struct child *child = &zygote->children[i];

		if (child->pid == 0 || !child->busy || child->deadline_ms > now)
			continue;
		snprintf(text, sizeof(text), "the mail took longer than %d ms to read", zygote->settings->deadline_ms);
		child_end(zygote, child, PARSE_TIMED_OUT, text);
	}
}

static int
turn(struct zygote *zygote, struct err *err)
{
	struct pollfd poll_fds[ASKERS + CHILDREN_MAX];
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
	for (i = 0; i < ASKERS + CHILDREN_MAX; i++)
		poll_fds[i].revents = 0;
	if (poll(poll_fds, ASKERS + CHILDREN_MAX, wait_ms(zygote)) == -1 && errno != EINTR)
		return err_errno(err, ERR_DAEMON, "parse: cannot wait");
	for (i = 0; i < CHILDREN_MAX; i++)
		if (poll_fds[ASKERS + i].revents != 0 && zygote->children[i].pid != 0)
			child_output(zygote, &zygote->children[i]);
	kill_late(zygote);
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
	for (i = 0; i < ASKERS; i++)
		channel_free(&zygote->askers[i]);
	close(zygote->nowhere);
}

int
role_parse(int asker, int parent, const struct parse_settings *settings, struct err *err)
{
	struct zygote zygote = { .settings = settings };
	int result = 0;

	zygote.nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (zygote.nowhere == -1)
		return err_errno(err, ERR_DAEMON, "parse: /dev/null");
	signal(SIGPIPE, SIG_IGN);
	zygote.askers[0] = channel_new(asker);
	if (parent != -1) {
		zygote.askers[1] = channel_new(parent);
		reply_empty(zygote.askers[1], WIRE_READY, 0);
	}
	while (!zygote.stop && result == 0)
		result = turn(&zygote, err);
	zygote_end(&zygote);
	return result;
}
