/* What comes over a socketpair: frames come out whole and right, or the connection ends; fields are read within them. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "ipc/frame.h"

#define HEADER	16

/* Read the fields that the script names; after the first bad one nothing may come. */
static void
read_fields(struct arena *arena, struct frame *frame, const uint8_t *script, size_t steps)
{
	const void *bytes;
	const char *text;
	size_t i, len;
	bool was_bad;

	for (i = 0; i < steps; i++) {
		was_bad = frame->bad;
		len = 0;
		switch (script[i] % 5) {
		case 0:
			must(get_u32(frame) == 0 || !frame->bad);
			break;
		case 1:
			must(get_u64(frame) == 0 || !frame->bad);
			break;
		case 2:
			must(get_i64(frame) == 0 || !frame->bad);
			break;
		case 3:
			text = get_str(frame, arena);
			must(fuzz_is_utf8(text) && (!frame->bad || *text == '\0'));
			break;
		case 4:
			bytes = get_bytes(frame, &len);
			must((bytes == NULL) == frame->bad);
			must(bytes == NULL || (const char *)bytes + len <= frame->body.data + frame->body.len);
			break;
		}
		must(frame->bad || !was_bad);
		must(frame->read <= frame->body.len);
	}
	must(get_fd(frame) == -1);
	must(!get_end(frame) || (!frame->bad && frame->read == frame->body.len));
}

static uint64_t
number(const uint8_t *at, int size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | *at++;
	return value;
}

/* The frame is the one that stands next in data; returns its length. */
static size_t
check_frame(const struct frame *frame, const uint8_t *data, size_t left)
{
	size_t length;

	must(left >= HEADER);
	length = (size_t)number(data, 4);
	must(length <= FRAME_MAX && length <= left - HEADER);
	must(frame->type == number(data + 4, 2) && number(data + 6, 2) == 0 && frame->id == number(data + 8, 8));
	must(frame->body.len == length && (length == 0 || memcmp(frame->body.data, data + HEADER, length) == 0));
	return HEADER + length;
}

/* Send data in pieces whose sizes come from it, and take out what there is. */
static size_t
through(struct arena *arena, struct channel *channel, int out, const uint8_t *data, size_t size, uint8_t pieces)
{
	struct frame frame;
	struct err err = { ERR_NONE, "" };
	size_t sent = 0, taken = 0, piece;

	while (sent < size) {
		piece = pieces % 8 == 7 ? size : (size_t)1 + pieces;
		piece = piece > size - sent ? size - sent : piece;
		must(write(out, data + sent, piece) == (ssize_t)piece);
		sent += piece;
		if (channel_fill(channel, &err) == -1) {
			must(err.scope == ERR_DAEMON && err.text[0] != '\0');
			return taken;
		}
		while (channel_next(channel, &frame)) {
			must(taken < sent);
			taken += check_frame(&frame, data + taken, size - taken);
			read_fields(arena, &frame, data, size < 12 ? size : 12);
			frame_free(&frame);
		}
	}
	return taken;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	struct channel *channel;
	struct frame frame;
	int pair[2];

	if (size == 0 || size > 16384)
		return 0;
	arena = arena_new();
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	channel = channel_new(pair[0]);
	must(through(arena, channel, pair[1], data + 1, size - 1, data[0]) <= size - 1);
	close(pair[1]);
	channel_free(&channel);
	frame_init(&frame, 1, 1);	/* the same bytes as one body */
	buf_add(&frame.body, data, size);
	read_fields(arena, &frame, data, size < 12 ? size : 12);
	frame_free(&frame);
	arena_free(&arena);
	return 0;
}
