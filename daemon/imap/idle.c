/*
 * Waiting for the server to speak.  Run by the fetch role.
 * Invariant: after idle_end(), and whenever idle->on is false, the dialogue
 * stands between two commands.
 * Fails: ERR_RETRY when the connection broke.
 */
#include "imap/idle.h"

#include <poll.h>
#include <string.h>

#include "imap/command.h"

#define EARLY_ENDS_MAX	3

bool
idle_has_input(const struct session *session)
{
	return session->imap->imap_stream->read_buffer_len > 0 || stream_has_input(session->stream);
}

static bool
is_readable(const struct session *session)
{
	struct pollfd pfd = { stream_fd(session->stream), POLLIN, 0 };

	return idle_has_input(session) || poll(&pfd, 1, 0) > 0;
}

/* The server ended IDLE by itself, or would not have it. */
static void
ended(struct session *session, struct idle *idle, const struct reply *reply)
{
	idle->on = false;
	if (reply->status != REPLY_OK || ++idle->early_ends >= EARLY_ENDS_MAX)
		session->can_idle = false;
}

int
idle_begin(struct session *session, struct idle *idle, struct err *err)
{
	struct reply reply = { .status = REPLY_OK };
	struct buf out = BUF_INIT;
	int result;

	command_start(session, &out, "IDLE");
	result = command_send(session, &out, err);
	if (result == 0)
		result = command_go_on(session, &reply, err);
	if (result == 0)
		idle->on = true;
	else if (result == 1) {
		ended(session, idle, &reply);
		result = 0;
	}
	reply_free(&reply);
	buf_free(&out);
	return result;
}

int
idle_read(struct session *session, struct idle *idle, struct err *err)
{
	struct reply reply = { .status = REPLY_OK };
	const char *line;
	int result = 0;

	while (idle->on && is_readable(session)) {
		stream_step(session->stream);
		if ((line = command_line(session, err)) == NULL) {
			result = -1;
			break;
		}
		if (command_is_answer(session, line, &reply))
			ended(session, idle, &reply);
		else if (line[0] == '*')
			session_untagged(session, line);
	}
	reply_free(&reply);
	return result;
}

int
idle_end(struct session *session, struct idle *idle, struct err *err)
{
	struct reply reply = { .status = REPLY_OK };
	struct buf out = BUF_INIT;
	int result;

	if (!idle->on)
		return 0;
	idle->on = false;
	idle->early_ends = 0;
	buf_add_str(&out, "DONE");
	result = command_send(session, &out, err);
	if (result == 0)
		result = command_answer(session, &reply, err);
	reply_free(&reply);
	buf_free(&out);
	return result;
}
