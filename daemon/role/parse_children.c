/*
 * The processes that read the mails, as their keeper sees them: started, given
 * a mail, listened to, ended.  Runs in adviced-parse, never reads a mail itself.
 * Invariant: a mail that a child took is answered for once, whatever it does to
 * the child; only those two descriptors and its pipe are open in a child.
 * Fails: child_spawn() says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ipc/wire.h"
#include "mail/record.h"
#include "role/parse_private.h"

#define RESIDENT_MAILS	1000	/* then a fresh child: what libraries leak stays small */
#define RESULT_PIECE	16384	/* read at once */

/* --- a mail ------------------------------------------------------------ */

void
work_answer(const struct work *work, unsigned status, const char *sentence, const void *record, size_t len)
{
	struct frame frame;
	struct err ignored;

	if (work->asker == NULL)
		return;
	frame_init(&frame, WIRE_PARSED, work->id);
	put_u32(&frame, status);
	put_str(&frame, sentence);
	put_bytes(&frame, record, len);
	channel_queue(work->asker, &frame);
	frame_free(&frame);
	/* An asker that is gone is noticed where it is read. */
	(void)channel_flush(work->asker, &ignored);
}

void
work_ask_second(struct zygote *zygote, const struct work *work)
{
	if (work->task.documents_fd != -1 && ftruncate(work->task.documents_fd, 0) == -1)
		work_answer(work, PARSE_NO_ROOM, "the file for its documents could not be emptied", NULL, 0);
	else if (!second_ask(zygote->second, work->asker, work->id, &work->task, work->many))
		work_answer(work, PARSE_NO_ROOM, "too many files are open to read the mail", NULL, 0);
}

/* A child's result is a stranger's word: taken apart and checked before it goes on. True when it was one. */
static bool
pass_on(struct zygote *zygote, const struct child *child)
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
	good = get_end(&frame) && (status == PARSE_OK || status == PARSE_FAILED || status == PARSE_NO_ROOM ||
	    (status == PARSE_LACKING && zygote->second != NULL)) && len <= RECORD_MAX;
	if (good && status == PARSE_LACKING)
		work_ask_second(zygote, &child->work);
	else if (good)
		work_answer(&child->work, status, sentence, record, len);
	frame_free(&frame);
	arena_free(&arena);
	return good;
}

void
work_end(struct work *work)
{
	if (work->task.mail_fd != -1)
		close(work->task.mail_fd);
	if (work->task.documents_fd != -1)
		close(work->task.documents_fd);
	work->task.mail_fd = work->task.documents_fd = -1;
}

/* --- starting and ending ----------------------------------------------- */

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

void
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
			work_answer(&child->work, status, sentence, NULL, 0);
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
			parse_child_resident(&zygote->childhood, feed[1], out[1]);
		}
		keep_only(zygote->nowhere, task->mail_fd, task->documents_fd, out[1]);
		parse_child_once(&zygote->childhood, task, out[1]);
	}
	child->pid = pid;
	child->out = out[0];
	fcntl(child->out, F_SETFL, O_NONBLOCK);
	return 0;
}

struct child *
child_spawn(struct zygote *zygote, const struct parse_task *task)
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

struct child *
child_resident(struct zygote *zygote)
{
	size_t i;

	for (i = 0; i < CHILDREN_MAX; i++)
		if (zygote->children[i].pid != 0 && zygote->children[i].feed != NULL)
			return &zygote->children[i];
	return NULL;
}

size_t
children_busy(const struct zygote *zygote)
{
	size_t i, n = 0;

	for (i = 0; i < CHILDREN_MAX; i++)
		n += zygote->children[i].pid != 0 && zygote->children[i].busy ? 1 : 0;
	return n;
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

void
child_take(struct zygote *zygote, struct child *child, const struct work *work)
{
	child->busy = true;
	child->work = *work;
	child->deadline_ms = clock_real_ms() + zygote->settings->deadline_ms;
	child->mails++;
	buf_reset(&child->result);
	if (child->feed != NULL)
		feed(child);
}

/* --- what they say ----------------------------------------------------- */

/* The child's result is complete and sound. */
static void
child_answered(struct zygote *zygote, struct child *child)
{
	if (!pass_on(zygote, child)) {
		child_end(zygote, child, PARSE_CRASHED, "the reading process gave an answer that is none");
		return;
	}
	child->busy = false;
	work_end(&child->work);
	buf_reset(&child->result);
	if (child->feed == NULL || child->mails >= RESIDENT_MAILS)
		child_end(zygote, child, PARSE_OK, "");
}

void
child_output(struct zygote *zygote, struct child *child)
{
	unsigned char *head;
	size_t want;
	ssize_t got;

	for (;;) {
		got = read(child->out, buf_room(&child->result, RESULT_PIECE), RESULT_PIECE);
		if (got == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got <= 0) {
			child_end(zygote, child, PARSE_CRASHED, "the process that read the mail broke down");
			return;
		}
		buf_took(&child->result, (size_t)got);
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

/* --- their time -------------------------------------------------------- */

int
children_wait_ms(const struct zygote *zygote)
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

void
children_kill_late(struct zygote *zygote)
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
