/*
 * Commands out, replies in: the lines of an SMTP dialogue.  Run by the send
 * role; the server's bytes are a stranger's, so lines and replies are bounded.
 * Invariant: a reply is whole within one time limit, however slowly it drips.
 * Fails: ERR_RETRY; the dialogue is then broken.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "send/reply.h"

#define LINE_MAX_BYTES	4096
#define REPLY_LINES	200

static int
broken(struct dialogue *dialogue)
{
	dialogue->broken = true;
	return -1;
}

/* Cut one line off what came in; it is NUL-terminated in line, cut to size. */
static int
read_line(struct dialogue *dialogue, int64_t deadline_ms, char *line, size_t size, struct err *err)
{
	const struct transport *transport = &dialogue->transport;
	struct buf *in = &dialogue->in;
	char chunk[4096], *end;
	size_t len;
	ssize_t n;

	while ((end = in->len > 0 ? memchr(in->data, '\n', in->len) : NULL) == NULL) {
		if (in->len > LINE_MAX_BYTES) {
			err_set(err, ERR_RETRY, "the server's answer has no end");
			return broken(dialogue);
		}
		n = transport->recv(transport->ctx, chunk, sizeof(chunk), deadline_ms, err);
		if (n == 0)
			err_set(err, ERR_RETRY, "the server closed the connection");
		if (n <= 0)
			return broken(dialogue);
		buf_add(in, chunk, (size_t)n);
	}
	len = (size_t)(end - in->data);
	if (len > 0 && in->data[len - 1] == '\r')
		len--;
	if (len >= size)
		len = size - 1;
	memcpy(line, in->data, len);
	line[len] = '\0';
	buf_consume(in, (size_t)(end - in->data) + 1);
	return 0;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "250-text", "250 text", "250": the code, or 0 for what is no reply line. */
static int
line_code(const char *line)
{
	int code;

	if (!is_digit(line[0]) || !is_digit(line[1]) || !is_digit(line[2]))
		return 0;
	if (line[3] != '\0' && line[3] != ' ' && line[3] != '-')
		return 0;
	code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
	return code >= 200 && code <= 599 ? code : 0;
}

/* Add a line's text to the reply, without anything that a log or a terminal could trip over. */
static void
add_text(struct smtp_reply *reply, const char *text)
{
	size_t used = strlen(reply->text);

	if (used > 0 && used + 1 < sizeof(reply->text))
		reply->text[used++] = ' ';
	while (*text != '\0' && used + 1 < sizeof(reply->text)) {
		reply->text[used++] = *text >= ' ' && *text <= '~' ? *text : '?';
		text++;
	}
	reply->text[used] = '\0';
}

int
reply_read_within(struct dialogue *dialogue, int timeout_ms, struct smtp_reply *reply_r,
    void (*each_line)(struct dialogue *dialogue, const char *text), struct err *err)
{
	int64_t deadline_ms = clock_real_ms() + timeout_ms;
	char line[1024];
	int code, n;

	memset(reply_r, 0, sizeof(*reply_r));
	for (n = 0; n < REPLY_LINES; n++) {
		if (read_line(dialogue, deadline_ms, line, sizeof(line), err) == -1)
			return -1;
		code = line_code(line);
		if (code == 0 || (n > 0 && code != reply_r->code))
			break;
		reply_r->code = code;
		if (line[3] != '\0') {
			add_text(reply_r, line + 4);
			if (each_line != NULL)
				each_line(dialogue, line + 4);
		}
		if (line[3] != '-')
			return 0;
	}
	reply_r->code = 0;
	err_set(err, ERR_RETRY, "the server's answer is not SMTP");
	return broken(dialogue);
}

int
reply_read(struct dialogue *dialogue, struct smtp_reply *reply_r,
    void (*each_line)(struct dialogue *dialogue, const char *text), struct err *err)
{
	return reply_read_within(dialogue, dialogue->timeout_ms, reply_r, each_line, err);
}

int
reply_command(struct dialogue *dialogue, const char *line, struct err *err)
{
	const struct transport *transport = &dialogue->transport;

	if (transport->send(transport->ctx, line, strlen(line), clock_real_ms() + dialogue->timeout_ms, err) == -1)
		return broken(dialogue);
	return 0;
}

bool
reply_is_early(const struct dialogue *dialogue)
{
	return dialogue->in.len > 0;
}
