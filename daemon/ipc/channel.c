/*
 * Channels: frames over one end of a socketpair.  Every role that talks.
 * Invariant: the descriptors that arrive belong to the frame with whose first
 * bytes they were sent; nothing that the other end sends makes us hold more
 * than one frame and one filling, or more than a few descriptors.
 * Fails: ERR_DAEMON when the other end is gone or sends what is no frame;
 * from then on every call fails.  ERR_RETRY when a wait ran out of time.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "ipc/frame.h"

#define HEADER_SIZE	16
#define READ_PIECE	(64 * 1024)
#define FILL_MAX	(1024 * 1024)	/* bytes taken in at once; the rest waits in the socket */
#define FDS_WAITING	16		/* descriptors come in beyond this only after some were taken */
#define SQUEEZE_AT	(256 * 1024)	/* done bytes that are worth moving the rest for */

/* Descriptors go with the bytes of their frame.  Places count from the stream's start. */
struct passed {
	uint64_t	start, end;
	int		fds[FRAME_FDS];
};

struct received {
	uint64_t	at;		/* a byte of the frame it came with */
	int		fd;
};

struct channel {
	int		 fd;
	struct buf	 out;		/* from stream place out_base */
	uint64_t	 out_base, sent;
	struct passed	*passing;
	size_t		 passing_count;
	struct buf	 in;		/* from stream place in_base */
	uint64_t	 in_base, taken, checked;
	struct received	*received;
	size_t		 received_count;
	bool		 ended;		/* the other end closed */
	const char	*broken;	/* why nothing works any more, or NULL */
};

struct channel *
channel_new(int fd)
{
	struct channel	*channel = x_calloc(1, sizeof(*channel));
	int		 flags = fcntl(fd, F_GETFL);

	channel->fd = fd;
	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		channel->broken = "no socket";
	return channel;
}

static void
close_all(const int *fds)
{
	size_t	i;

	for (i = 0; i < FRAME_FDS; i++) {
		if (fds[i] != -1)
			close(fds[i]);
	}
}

void
channel_free(struct channel **channel)
{
	struct channel	*c = *channel;
	size_t		 i;

	if (c == NULL)
		return;
	for (i = 0; i < c->passing_count; i++)
		close_all(c->passing[i].fds);
	for (i = 0; i < c->received_count; i++)
		close(c->received[i].fd);
	free(c->passing);
	free(c->received);
	buf_free(&c->out);
	buf_free(&c->in);
	close(c->fd);
	free(c);
	*channel = NULL;
}

int
channel_fd(const struct channel *channel)
{
	return channel->fd;
}

static uint64_t
out_end(const struct channel *channel)
{
	return channel->out_base + channel->out.len;
}

bool
channel_wants_write(const struct channel *channel)
{
	return channel->broken == NULL && channel->sent < out_end(channel);
}

static void
pass_fds(struct channel *channel, const struct frame *frame, uint64_t start, uint64_t end)
{
	struct passed	*passed;
	size_t		 i;

	channel->passing = x_realloc(channel->passing,
	    (channel->passing_count + 1) * sizeof(*passed));
	passed = &channel->passing[channel->passing_count++];
	passed->start = start;
	passed->end = end;
	for (i = 0; i < FRAME_FDS; i++) {
		passed->fds[i] = -1;
		if (frame->fds[i] == -1)
			continue;
		passed->fds[i] = fcntl(frame->fds[i], F_DUPFD_CLOEXEC, 0);
		if (passed->fds[i] == -1)
			channel->broken = "no descriptors left to send one";
	}
}

static void
put_be(struct buf *buf, uint64_t value, int size)
{
	while (size-- > 0)
		buf_add_char(buf, (char)(value >> (8 * size) & 0xff));
}

void
channel_queue(struct channel *channel, const struct frame *frame)
{
	uint64_t	start = out_end(channel);
	size_t		i;

	if (frame->bad)
		channel->broken = "a frame too large, or without its descriptor, was to be sent";
	if (channel->broken != NULL)
		return;
	put_be(&channel->out, frame->body.len, 4);
	put_be(&channel->out, frame->type, 2);
	put_be(&channel->out, 0, 2);
	put_be(&channel->out, frame->id, 8);
	buf_add(&channel->out, buf_text(&frame->body), frame->body.len);
	for (i = 0; i < FRAME_FDS; i++) {
		if (frame->fds[i] != -1) {
			pass_fds(channel, frame, start, out_end(channel));
			return;
		}
	}
}

static int
fail(const struct channel *channel, struct err *err)
{
	return err_set(err, ERR_DAEMON, "connection between two processes: %s", channel->broken);
}

/* Put the descriptors of passed into the message; control must be zeroed. */
static void
attach(struct msghdr *msg, const struct passed *passed, char *control)
{
	struct cmsghdr	*cmsg;
	size_t		 n, i;
	int		 fds[FRAME_FDS];

	for (n = i = 0; i < FRAME_FDS; i++) {
		if (passed->fds[i] != -1)
			fds[n++] = passed->fds[i];
	}
	msg->msg_control = control;
	msg->msg_controllen = CMSG_SPACE(n * sizeof(int));
	cmsg = CMSG_FIRSTHDR(msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, n * sizeof(int));
}

/*
 * One sendmsg.  Bytes with descriptors are never sent together with bytes of
 * another frame: the receiver tells by that whose they are.
 */
static ssize_t
send_some(struct channel *channel)
{
	char		 control[CMSG_SPACE(FRAME_FDS * sizeof(int))] = { 0 };
	struct passed	*passed = channel->passing_count > 0 ? channel->passing : NULL;
	struct iovec	 iov;
	struct msghdr	 msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	bool		 attached = passed != NULL && passed->start == channel->sent;
	uint64_t	 end = out_end(channel);
	ssize_t		 n;

	if (attached) {
		attach(&msg, passed, control);
		end = passed->end;
	} else if (passed != NULL)
		end = passed->start;
	iov.iov_base = channel->out.data + (channel->sent - channel->out_base);
	iov.iov_len = end - channel->sent;
	n = sendmsg(channel->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0 && attached) {
		close_all(passed->fds);
		channel->passing_count--;
		memmove(passed, passed + 1, channel->passing_count * sizeof(*passed));
	}
	return n;
}

/* Forget what lies before place, when all of it does or when it is much. */
static void
squeeze(struct buf *buf, uint64_t *base, uint64_t place)
{
	size_t	done = (size_t)(place - *base);

	if (done < buf->len && (done < SQUEEZE_AT || done < buf->len / 2))
		return;
	buf_consume(buf, done);
	*base = place;
}

int
channel_flush(struct channel *channel, struct err *err)
{
	ssize_t	n;

	while (channel_wants_write(channel)) {
		n = send_some(channel);
		if (n == -1 && errno == EINTR)
			continue;
		/* ETOOMANYREFS: many descriptors are on their way; they will be taken. */
		if (n == -1 && (errno == EAGAIN || errno == ETOOMANYREFS || errno == ENOBUFS))
			break;
		if (n == -1) {
			channel->broken = "the other end is gone";
			break;
		}
		channel->sent += (uint64_t)n;
		squeeze(&channel->out, &channel->out_base, channel->sent);
	}
	return channel->broken == NULL ? 0 : fail(channel, err);
}

/* Take the descriptors out of a message; at is the last byte that it brought. */
static void
take_fds(struct channel *channel, struct msghdr *msg, uint64_t at)
{
	struct cmsghdr	*cmsg;
	size_t		 n, i;
	int		 fd;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		channel->received = x_realloc(channel->received,
		    (channel->received_count + n) * sizeof(*channel->received));
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int), sizeof(fd));
			channel->received[channel->received_count].at = at;
			channel->received[channel->received_count++].fd = fd;
		}
	}
	if (msg->msg_flags & MSG_CTRUNC)
		channel->broken = "more descriptors than a frame may carry";
}

static uint64_t
get_be(const char *data, int size)
{
	uint64_t	value = 0;

	while (size-- > 0)
		value = value << 8 | (unsigned char)*data++;
	return value;
}

static size_t
fds_between(const struct channel *channel, uint64_t start, uint64_t end)
{
	size_t	n = 0, i;

	for (i = 0; i < channel->received_count; i++)
		n += channel->received[i].at >= start && channel->received[i].at < end;
	return n;
}

/* What is wrong with the frame that begins at checked, as far as it is here; NULL if nothing. */
static const char *
what_is_wrong(const struct channel *channel, size_t here, uint64_t *end_r)
{
	const char	*header = channel->in.data + (channel->checked - channel->in_base);
	uint64_t	 length;

	*end_r = UINT64_MAX;	/* unknown until the header is whole */
	if (here >= HEADER_SIZE) {
		length = get_be(header, 4);
		if (length > FRAME_MAX)
			return "a frame says that it is larger than any may be";
		if (get_be(header + 6, 2) != 0)
			return "what came is no frame";
		*end_r = channel->checked + HEADER_SIZE + length;
	}
	if (fds_between(channel, channel->checked, *end_r) > FRAME_FDS)
		return "more descriptors than a frame may carry";
	return NULL;
}

/* Look at what has come in: checked moves on over whole frames with nothing wrong. */
static void
check_frames(struct channel *channel)
{
	const uint64_t	in_end = channel->in_base + channel->in.len;
	uint64_t	end;

	while (channel->broken == NULL && channel->checked < in_end) {
		channel->broken = what_is_wrong(channel, (size_t)(in_end - channel->checked), &end);
		if (channel->broken != NULL || end > in_end)
			return;
		channel->checked = end;
	}
}

/* One recvmsg. */
static ssize_t
receive_some(struct channel *channel)
{
	char		control[CMSG_SPACE(FRAME_FDS * sizeof(int))];
	struct iovec	iov = { buf_room(&channel->in, READ_PIECE), READ_PIECE };
	struct msghdr	msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t		n;

	n = recvmsg(channel->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n > 0) {
		buf_took(&channel->in, (size_t)n);
		take_fds(channel, &msg, channel->in_base + channel->in.len - 1);
	}
	return n;
}

int
channel_fill(struct channel *channel, struct err *err)
{
	size_t	got = 0;
	ssize_t	n;

	if (channel->broken == NULL && channel->ended)
		channel->broken = "the other end has closed it";
	while (channel->broken == NULL && got < FILL_MAX &&
	    channel->received_count < FDS_WAITING) {
		n = receive_some(channel);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			break;
		if (n <= 0) {
			channel->ended = true;
			break;
		}
		got += (size_t)n;
	}
	check_frames(channel);
	/* What came before the end is given out first; the next filling tells of the end. */
	if (channel->ended && got == 0 && channel->broken == NULL)
		channel->broken = "the other end has closed it";
	return channel->broken == NULL ? 0 : fail(channel, err);
}

/* Hand the descriptors that came with bytes before end over to the frame. */
static void
give_fds(struct channel *channel, uint64_t end, struct frame *frame)
{
	size_t	given = 0, kept = 0, i;

	for (i = 0; i < channel->received_count; i++) {
		if (channel->received[i].at >= end)
			channel->received[kept++] = channel->received[i];
		else {
			assert(given < FRAME_FDS);	/* check_frames() saw to it */
			frame->fds[given++] = channel->received[i].fd;
		}
	}
	channel->received_count = kept;
}

bool
channel_next(struct channel *channel, struct frame *frame_r)
{
	const char	*header;
	uint64_t	 length, end;

	if (channel->taken == channel->checked)
		return false;
	header = channel->in.data + (channel->taken - channel->in_base);
	length = get_be(header, 4);
	end = channel->taken + HEADER_SIZE + length;
	frame_init(frame_r, (uint16_t)get_be(header + 4, 2), get_be(header + 8, 8));
	buf_add(&frame_r->body, header + HEADER_SIZE, length);
	give_fds(channel, end, frame_r);
	channel->taken = end;
	squeeze(&channel->in, &channel->in_base, channel->taken);
	return true;
}

int
channel_wait(struct channel *channel, int timeout_ms, struct frame *frame_r, struct err *err)
{
	const int64_t	until_ms = clock_real_ms() + timeout_ms;
	int64_t		left_ms;
	struct pollfd	pfd = { .fd = channel->fd };

	for (;;) {
		if (channel_next(channel, frame_r))
			return 0;
		if (channel_flush(channel, err) == -1)
			return -1;
		left_ms = until_ms - clock_real_ms();
		if (left_ms <= 0)
			return err_set(err, ERR_RETRY, "no answer within %d ms", timeout_ms);
		pfd.revents = 0;
		pfd.events = (short)(POLLIN | (channel_wants_write(channel) ? POLLOUT : 0));
		if (poll(&pfd, 1, (int)left_ms) == -1 && errno != EINTR)
			return err_errno(err, ERR_DAEMON, "cannot wait for another process");
		if (pfd.revents & (POLLIN | POLLHUP | POLLERR) && channel_fill(channel, err) == -1)
			return -1;
	}
}
