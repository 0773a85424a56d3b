/*
 * Asking adviced-parse, one mail after the other: see parser.h.  Runs in
 * advicectl and tests.
 * Invariant: the program gets our end of one socketpair as descriptor 3 and
 * nothing else but the standard three.
 * Fails: ERR_MESSAGE, ERR_DAEMON.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/frame.h"
#include "ipc/wire.h"
#include "mail/parser.h"
#include "mail/record.h"

#define ANSWER_MS	120000	/* far beyond the program's own deadline for a mail */

struct parser {
	struct channel	*channel;
	pid_t		 pid;
	bool		 many;
	uint64_t	 asked, taken;	/* ids of the last of them */
};

/* In the child: descriptor 3 is the socket, everything above is closed. */
static void
become(const char *program, int fd)
{
	char *argv[2];

	argv[0] = (char *)(uintptr_t)program;	/* execv() takes it without const and leaves it alone */
	argv[1] = NULL;
	if (fd == 3)
		fcntl(3, F_SETFD, 0);
	else if (dup2(fd, 3) == -1)
		_exit(127);
	close_range(4, ~0u, 0);
	execv(program, argv);
	_exit(127);
}

int
parser_open(const char *program, bool many, struct parser **parser_r, struct err *err)
{
	struct parser *parser;
	int pair[2];
	pid_t pid;

	if (access(program, X_OK) == -1)
		return err_errno(err, ERR_DAEMON, "parser: %s", program);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return err_errno(err, ERR_DAEMON, "parser: no socket");
	pid = fork();
	if (pid == -1) {
		err_errno(err, ERR_DAEMON, "parser: cannot start %s", program);
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	if (pid == 0)
		become(program, pair[1]);
	close(pair[1]);
	parser = x_calloc(1, sizeof(*parser));
	parser->channel = channel_new(pair[0]);
	parser->pid = pid;
	parser->many = many;
	*parser_r = parser;
	return 0;
}

void
parser_close(struct parser **parser)
{
	if (*parser == NULL)
		return;
	channel_free(&(*parser)->channel);	/* the program ends when nobody asks any more */
	while (waitpid((*parser)->pid, NULL, 0) == -1 && errno == EINTR)
		;
	free(*parser);
	*parser = NULL;
}

static int
take_answer(struct arena *arena, struct frame *frame, struct message **message_r, struct err *err)
{
	unsigned status = get_u32(frame);
	const char *sentence = get_str(frame, arena);
	size_t len;
	const void *record = get_bytes(frame, &len);

	if (!get_end(frame))
		return err_set(err, ERR_DAEMON, "parser: an answer that is none");
	if (status != PARSE_OK)
		return err_set(err, ERR_MESSAGE, "%s", sentence);
	return record_decode(arena, record, len, message_r, err);
}

int
parser_ask(struct parser *parser, int mail_fd, int documents_fd, dayno today, struct err *err)
{
	struct frame frame;

	frame_init(&frame, WIRE_PARSE, ++parser->asked);
	put_i64(&frame, today);
	put_u32(&frame, parser->many ? PARSE_MANY : 0);
	put_fd(&frame, mail_fd);
	if (documents_fd != -1)
		put_fd(&frame, documents_fd);
	channel_queue(parser->channel, &frame);
	frame_free(&frame);
	if (channel_flush(parser->channel, err) == 0)
		return 0;
	err->scope = ERR_DAEMON;
	return err_wrap(err, "parser");
}

int
parser_answer(struct parser *parser, struct arena *arena, struct message **message_r, struct err *err)
{
	struct frame frame;
	int result;

	if (channel_wait(parser->channel, ANSWER_MS, &frame, err) == -1) {
		err->scope = ERR_DAEMON;
		return err_wrap(err, "parser");
	}
	if (frame.type != WIRE_PARSED || frame.id != ++parser->taken)
		result = err_set(err, ERR_DAEMON, "parser: an answer to another question");
	else
		result = take_answer(arena, &frame, message_r, err);
	frame_free(&frame);
	return result;
}

int
parser_read(struct parser *parser, struct arena *arena, int mail_fd, int documents_fd, dayno today,
    struct message **message_r, struct err *err)
{
	if (parser_ask(parser, mail_fd, documents_fd, today, err) == -1)
		return -1;
	return parser_answer(parser, arena, message_r, err);
}
