/*
 * Asking the second keeper: see parse_second.h.  Runs in adviced-parse.
 * Invariant: a mail that was asked for is answered for once, by what the
 * second keeper says of it; it keeps the deadlines itself.  Whether it lives
 * is asked when we are asked that, and answered by it alone.
 * Fails: ERR_DAEMON, which ends the role: it is started again with both.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "ipc/wire.h"
#include "role/parse_second.h"

#define MAILS_MAX	8
#define ALIVES_MAX	8	/* who asks more often without an answer knows enough */

struct asked {
	uint16_t	 type;		/* of the answer: WIRE_PARSED, WIRE_ALIVE */
	struct channel	*asker;		/* NULL: gone */
	uint64_t	 id, ticket;
};

struct second {
	struct channel	*channel;
	struct asked	 asked[MAILS_MAX + ALIVES_MAX];		/* in the order of asking */
	size_t		 count;
	uint64_t	 ticket;
};

struct second *
second_new(int fd)
{
	struct second *second = x_calloc(1, sizeof(*second));

	second->channel = channel_new(fd);
	return second;
}

void
second_free(struct second *second)
{
	if (second == NULL)
		return;
	channel_free(&second->channel);
	free(second);
}

int
second_fd(const struct second *second)
{
	return channel_fd(second->channel);
}

bool
second_wants_write(const struct second *second)
{
	return channel_wants_write(second->channel);
}

static size_t
asked_count(const struct second *second, uint16_t type)
{
	size_t n = 0;

	for (size_t i = 0; i < second->count; i++)
		n += second->asked[i].type == type;
	return n;
}

bool
second_has_room(const struct second *second, size_t besides)
{
	return asked_count(second, WIRE_PARSED) + besides < MAILS_MAX;
}

/* Send it under a ticket of its own; false when its descriptors were too many. */
static bool
ask(struct second *second, struct asked asked, struct frame *frame)
{
	struct err ignored;
	bool whole = !frame->bad;

	if (whole) {
		asked.ticket = frame->id = ++second->ticket;
		second->asked[second->count++] = asked;
		channel_queue(second->channel, frame);
		(void)channel_flush(second->channel, &ignored);		/* second_serve() sees it */
	}
	frame_free(frame);
	return whole;
}

bool
second_ask(struct second *second, struct channel *asker, uint64_t id, const struct parse_task *task, bool many)
{
	struct frame frame;

	frame_init(&frame, WIRE_PARSE, 0);
	put_i64(&frame, task->today);
	put_u32(&frame, (many ? PARSE_MANY : 0) | (task->shut ? PARSE_SHUT : 0));
	put_fd(&frame, task->mail_fd);
	if (task->documents_fd != -1)
		put_fd(&frame, task->documents_fd);
	return ask(second, (struct asked){ WIRE_PARSED, asker, id, 0 }, &frame);
}

void
second_ask_alive(struct second *second, struct channel *asker, uint64_t id)
{
	struct frame frame;

	if (asked_count(second, WIRE_ALIVE) == ALIVES_MAX)
		return;
	frame_init(&frame, WIRE_ALIVE_ASK, 0);
	(void)ask(second, (struct asked){ WIRE_ALIVE, asker, id, 0 }, &frame);
}

void
second_forget(struct second *second, const struct channel *asker)
{
	for (size_t i = 0; i < second->count; i++)
		if (second->asked[i].asker == asker)
			second->asked[i].asker = NULL;
}

/* Its answer, as it stands, is ours. */
static void
answered(struct second *second, size_t which, const struct frame *frame)
{
	struct asked asked = second->asked[which];
	struct frame answer;
	struct err ignored;

	second->count--;
	memmove(&second->asked[which], &second->asked[which + 1], (second->count - which) * sizeof(asked));
	if (asked.asker == NULL)
		return;
	frame_init(&answer, frame->type, asked.id);
	buf_add(&answer.body, frame->body.data, frame->body.len);
	channel_queue(asked.asker, &answer);
	frame_free(&answer);
	(void)channel_flush(asked.asker, &ignored);	/* an asker that is gone is noticed where it is read */
}

static int
take_answer(struct second *second, const struct frame *frame, struct err *err)
{
	for (size_t i = 0; i < second->count; i++)
		if (second->asked[i].ticket == frame->id && second->asked[i].type == frame->type) {
			answered(second, i, frame);
			return 0;
		}
	return err_set(err, ERR_DAEMON, "parse: an answer that was not asked for");
}

int
second_serve(struct second *second, bool readable, struct err *err)
{
	struct frame frame;
	int result = 0;

	if ((channel_wants_write(second->channel) && channel_flush(second->channel, err) == -1) ||
	    (readable && channel_fill(second->channel, err) == -1)) {
		err->scope = ERR_DAEMON;
		return err_wrap(err, "parse: the process that reads PDFs has ended");
	}
	while (result == 0 && channel_next(second->channel, &frame)) {
		result = take_answer(second, &frame, err);
		frame_free(&frame);
	}
	return result;
}
