/*
 * A shut-in child of the parse role: reads a stranger's mail and says what it
 * says.  Runs in a fork of adviced-parse, under sandbox_parse_child().
 * Invariant: whatever is written to the pipe fits PARSE_RESULT_MAX; a record
 * that would not is cut and says so.
 * Fails: exit 1 when the sandbox cannot be had (then no mail is read at all);
 * any other end without a result is a crash to the zygote.
 */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

#include "base/str.h"
#include "ipc/frame.h"
#include "ipc/wire.h"
#include "mail/headers.h"
#include "mail/record.h"
#include "role/parse_child.h"

static void
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t done = write(fd, data, len);

		if (done == -1 && errno == EINTR)
			continue;
		if (done <= 0)
			_exit(1);
		data += done;
		len -= (size_t)done;
	}
}

static void
send_result(int fd, unsigned status, const char *sentence, const struct buf *record)
{
	struct frame frame;
	unsigned char head[4];

	frame_init(&frame, WIRE_PARSED, 0);
	put_u32(&frame, status);
	put_str(&frame, sentence);
	put_bytes(&frame, record->data, record->len);
	head[0] = (unsigned char)(frame.body.len >> 24);
	head[1] = (unsigned char)(frame.body.len >> 16);
	head[2] = (unsigned char)(frame.body.len >> 8);
	head[3] = (unsigned char)frame.body.len;
	write_all(fd, (const char *)head, 4);
	write_all(fd, frame.body.data, frame.body.len);
	frame_free(&frame);
}

/* Make the record smaller: texts and lists to at most max bytes or items, and what was found in them. */
static void
shrink(struct arena *arena, struct message *message, size_t max)
{
	size_t i, kept = 0, items = max / 256;

	message->new_text = str_cut(arena, message->new_text, max);
	message->forwarded_text = str_cut(arena, message->forwarded_text, max);
	message->quoted_text = str_cut(arena, message->quoted_text, max);
	message->subject = str_cut(arena, message->subject, max / 16);
	message->subject_peeled = str_cut(arena, message->subject_peeled, max / 16);
	message->to.n = message->to.n > items / 8 ? items / 8 : message->to.n;
	message->cc.n = message->cc.n > items / 8 ? items / 8 : message->cc.n;
	message->reply_to.n = message->reply_to.n > 5 ? 5 : message->reply_to.n;
	message->header_count = message->header_count > 20 ? 20 : message->header_count;
	for (i = 0; i < message->header_count; i++)
		message->headers[i].value = str_cut(arena, message->headers[i].value, 2048);
	for (i = 0; i < message->document_count; i++)
		message->documents[i].text = str_cut(arena, message->documents[i].text, max / 8);
	for (i = 0; i < message->said_count && kept < items; i++) {
		const struct said *said = &message->said[i];

		if ((size_t)said->start + said->length <=
		    strlen(message_text(message, said->source, said->document)))
			message->said[kept++] = *said;
	}
	message->said_count = kept;
}

static void
encode(struct arena *arena, struct message *message, struct buf *record)
{
	size_t max;

	record_encode(message, record);
	for (max = 128u << 10; record->len > RECORD_MAX && max >= 4096; max /= 4) {
		shrink(arena, message, max);
		remark_add(arena, &message->remarks,
		    "The mail says so much that not all of it was kept; please read the mail itself.");
		buf_reset(record);
		record_encode(message, record);
	}
}

static void
read_mail(const struct parse_settings *settings, const struct parse_task *task, int out_fd)
{
	struct parse_limits limits = settings->parse;
	struct arena *arena = arena_new();
	struct buf record = BUF_INIT;
	struct message *message;
	struct err err;

	limits.shut = task->shut;
	if (parse_message(arena, task->mail_fd, task->documents_fd, task->today, &limits, &message, &err) == -1)
		send_result(out_fd, err.scope == ERR_RETRY ? PARSE_NO_ROOM : err.scope == ERR_DAEMON ? PARSE_LACKING :
		    PARSE_FAILED, err.text, &record);
	else {
		encode(arena, message, &record);
		if (record.len > RECORD_MAX) {
			buf_reset(&record);
			send_result(out_fd, PARSE_FAILED, "mail: what it says is too much to be kept", &record);
		} else
			send_result(out_fd, PARSE_OK, "", &record);
	}
	buf_free(&record);
	arena_free(&arena);
}

/* Die with the zygote, be deaf to a broken pipe, and be shut in. */
static void
enter(const struct parse_childhood *childhood, bool resident)
{
	struct err err;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (sandbox_parse_child(&childhood->settings->sandbox, resident,
	    resident ? &childhood->resident : &childhood->once, &err) == -1)
		_exit(1);
}

_Noreturn void
parse_child_once(const struct parse_childhood *childhood, const struct parse_task *task, int out_fd)
{
	enter(childhood, false);
	read_mail(childhood->settings, task, out_fd);
	_exit(0);
}

_Noreturn void
parse_child_resident(const struct parse_childhood *childhood, int feed_fd, int out_fd)
{
	struct channel *feed = channel_new(feed_fd);
	struct frame frame;
	struct err err;

	enter(childhood, true);
	while (channel_wait(feed, 1 << 30, &frame, &err) == 0) {
		struct parse_task task;

		task.today = (dayno)get_i64(&frame);
		task.shut = (get_u32(&frame) & PARSE_SHUT) != 0;
		task.mail_fd = get_fd(&frame);
		task.documents_fd = get_fd(&frame);
		if (task.mail_fd == -1)
			_exit(1);
		read_mail(childhood->settings, &task, out_fd);
		close(task.mail_fd);
		if (task.documents_fd != -1)
			close(task.documents_fd);
		frame_free(&frame);
	}
	_exit(0);
}
