/*
 * A mail's bytes as they go over the wire after DATA: streamed from the
 * descriptor in constant memory, line ends made CRLF, dots stuffed.  Run by
 * the send role.
 * Invariant: no CR or LF leaves alone, so no server can see an end of the
 * mail where we mean none.
 * Fails: see enum body_end.
 */
#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "send/body.h"

#define BODY_CHUNK	(32 * 1024)

/* Bytes from p that need no care: none of CR, LF, and no dot at a line's start. */
static size_t
plain_run(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && p[n] != '\r' && p[n] != '\n')
		n++;
	return n;
}

void
body_stuff(struct buf *out, const char *data, size_t len, char *last)
{
	size_t i = 0, run;

	while (i < len) {
		if (data[i] == '\n') {
			if (*last != '\r')
				buf_add(out, "\r\n", 2);
			*last = '\n';
			i++;
			continue;
		}
		if (data[i] == '\r') {
			/* The line ends here, whether a LF follows or not. */
			buf_add(out, "\r\n", 2);
			*last = '\r';
			i++;
			continue;
		}
		if (*last != 0 && data[i] == '.')
			buf_add_char(out, '.');
		run = plain_run(data + i, len - i);
		buf_add(out, data + i, run);
		*last = 0;
		i += run;
	}
}

enum body_end
body_send(struct dialogue *dialogue, int fd, struct err *err)
{
	const struct transport *transport = &dialogue->transport;
	enum body_end end = BODY_LOST;
	struct buf out = BUF_INIT;
	char chunk[BODY_CHUNK], last = '\n';
	off_t offset = 0;
	ssize_t n;

	for (;;) {
		n = pread(fd, chunk, sizeof(chunk), offset);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			err_errno(err, ERR_RETRY, "reading the mail to be sent");
			end = BODY_UNREADABLE;
			goto out;
		}
		if (n == 0)
			break;
		offset += n;
		buf_reset(&out);
		body_stuff(&out, chunk, (size_t)n, &last);
		if (out.len > 0 && transport->send(transport->ctx, out.data, out.len,
		    clock_real_ms() + dialogue->timeout_ms, err) == -1)
			goto out;
	}
	if (last == 0 && transport->send(transport->ctx, "\r\n", 2,
	    clock_real_ms() + dialogue->timeout_ms, err) == -1)
		goto out;
	end = BODY_SENT;
out:
	buf_free(&out);
	return end;
}
