/*
 * Frames: building and reading their fields.  Every role that talks.
 * Invariant: what a get_ returns was checked against the frame's own length;
 * after the first thing that does not fit, bad stays set and every get_ gives
 * nothing.
 * Fails: by bad; a frame that could not be built whole is bad too, and
 * channel_queue() does not send it.
 */
#include "ipc/frame.h"

#include <assert.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

void
frame_init(struct frame *frame, uint16_t type, uint64_t id)
{
	size_t	i;

	*frame = (struct frame){ .type = type, .id = id };
	for (i = 0; i < FRAME_FDS; i++)
		frame->fds[i] = -1;
}

void
frame_free(struct frame *frame)
{
	size_t	i;

	buf_free(&frame->body);
	for (i = 0; i < FRAME_FDS; i++) {
		if (frame->fds[i] != -1)
			close(frame->fds[i]);
		frame->fds[i] = -1;
	}
}

/* The lowest size bytes of value, the highest of them first. */
static void
to_bytes(unsigned char *bytes, uint64_t value, size_t size)
{
	while (size > 0) {
		bytes[--size] = value & 0xff;
		value >>= 8;
	}
}

static uint64_t
from_bytes(const unsigned char *bytes, size_t size)
{
	uint64_t	value = 0;
	size_t		i;

	for (i = 0; i < size; i++)
		value = value << 8 | bytes[i];
	return value;
}

void
put_bytes(struct frame *frame, const void *data, size_t len)
{
	unsigned char	length[4];

	if (frame->bad || len > FRAME_MAX || frame->body.len + len + sizeof(length) > FRAME_MAX) {
		frame->bad = true;
		return;
	}
	to_bytes(length, len, sizeof(length));
	buf_add(&frame->body, length, sizeof(length));
	buf_add(&frame->body, data, len);
}

static void
put_number(struct frame *frame, uint64_t value, size_t size)
{
	unsigned char	bytes[8];

	to_bytes(bytes, value, size);
	put_bytes(frame, bytes, size);
}

void
put_u32(struct frame *frame, uint32_t value)
{
	put_number(frame, value, 4);
}

void
put_u64(struct frame *frame, uint64_t value)
{
	put_number(frame, value, 8);
}

void
put_i64(struct frame *frame, int64_t value)
{
	put_number(frame, (uint64_t)value, 8);
}

void
put_str(struct frame *frame, const char *text)
{
	if (text == NULL)
		text = "";
	put_bytes(frame, text, strlen(text));
}

void
put_fd(struct frame *frame, int fd)
{
	size_t	i;

	for (i = 0; i < FRAME_FDS && frame->fds[i] != -1; i++)
		continue;
	assert(i < FRAME_FDS);
	frame->fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (frame->fds[i] == -1)
		frame->bad = true;
}

const void *
get_bytes(struct frame *frame, size_t *len_r)
{
	const unsigned char	*at;
	size_t			 left, len;

	*len_r = 0;
	if (frame->bad)
		return NULL;
	left = frame->body.len - frame->read;
	at = (const unsigned char *)buf_text(&frame->body) + frame->read;
	if (left < 4 || (len = from_bytes(at, 4)) > left - 4) {
		frame->bad = true;
		return NULL;
	}
	frame->read += 4 + len;
	*len_r = len;
	return at + 4;
}

static uint64_t
get_number(struct frame *frame, size_t size)
{
	size_t		 len;
	const void	*bytes = get_bytes(frame, &len);

	if (bytes == NULL || len != size) {
		frame->bad = true;
		return 0;
	}
	return from_bytes(bytes, size);
}

uint32_t
get_u32(struct frame *frame)
{
	return (uint32_t)get_number(frame, 4);
}

uint64_t
get_u64(struct frame *frame)
{
	return get_number(frame, 8);
}

int64_t
get_i64(struct frame *frame)
{
	return (int64_t)get_number(frame, 8);
}

const char *
get_str(struct frame *frame, struct arena *arena)
{
	size_t		 len;
	const char	*text = get_bytes(frame, &len);

	/* A NUL inside counts as invalid here. */
	if (text == NULL || !g_utf8_validate_len(text, len, NULL)) {
		frame->bad = true;
		return "";
	}
	return arena_strndup(arena, text, len);
}

int
get_fd(struct frame *frame)
{
	size_t	i;
	int	fd;

	for (i = 0; i < FRAME_FDS; i++) {
		if ((fd = frame->fds[i]) == -1)
			continue;
		frame->fds[i] = -1;
		return fd;
	}
	return -1;
}

bool
get_end(struct frame *frame)
{
	return !frame->bad && frame->read == frame->body.len;
}
