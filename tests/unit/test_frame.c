/* Frames and channels: fields there and back, descriptors, and an other end that lies. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "ipc/frame.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

struct pair {
	struct channel	*a, *b;
};

static void
make_pair(struct pair *pair, int send_bytes)
{
	int	fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	if (send_bytes > 0)
		assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &send_bytes,
		    sizeof(send_bytes)), 0);
	pair->a = channel_new(fds[0]);
	pair->b = channel_new(fds[1]);
}

static void
free_pair(struct pair *pair)
{
	channel_free(&pair->a);
	channel_free(&pair->b);
}

/* A descriptor on a file that holds text. */
static int
file_with(const char *text)
{
	char	path[] = "/tmp/test_frame.XXXXXX";
	int	fd = mkstemp(path);

	assert_true(fd != -1);
	unlink(path);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void
check_text(int fd, const char *want)
{
	char	got[32] = "";

	assert_true(fd != -1);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_true(pread(fd, got, sizeof(got) - 1, 0) >= 0);
	assert_string_equal(got, want);
	close(fd);
}

static int
open_fds(void)
{
	int	n = 0, fd;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

static void
test_fields(void **state)
{
	struct arena	*arena = arena_new();
	struct pair	 pair;
	struct frame	 out, in;
	struct err	 err;
	size_t		 len;

	(void)state;
	make_pair(&pair, 0);
	frame_init(&out, 7, UINT64_MAX - 1);
	put_u32(&out, UINT32_MAX);
	put_u64(&out, UINT64_MAX);
	put_i64(&out, INT64_MIN);
	put_str(&out, "caf\xc3\xa9");
	put_str(&out, NULL);
	put_bytes(&out, "\0\xff\0", 3);
	put_bytes(&out, NULL, 0);
	channel_queue(pair.a, &out);
	frame_free(&out);
	assert_true(channel_wants_write(pair.a));
	assert_int_equal(channel_flush(pair.a, &err), 0);
	assert_false(channel_wants_write(pair.a));
	assert_int_equal(channel_fill(pair.b, &err), 0);
	assert_true(channel_next(pair.b, &in));
	assert_int_equal(in.type, 7);
	assert_true(in.id == UINT64_MAX - 1);
	assert_true(get_u32(&in) == UINT32_MAX);
	assert_true(get_u64(&in) == UINT64_MAX);
	assert_true(get_i64(&in) == INT64_MIN);
	assert_string_equal(get_str(&in, arena), "caf\xc3\xa9");
	assert_string_equal(get_str(&in, arena), "");
	assert_false(get_end(&in));
	assert_memory_equal(get_bytes(&in, &len), "\0\xff\0", 3);
	assert_int_equal(len, 3);
	assert_non_null(get_bytes(&in, &len));
	assert_int_equal(len, 0);
	assert_int_equal(get_fd(&in), -1);
	assert_true(get_end(&in));
	assert_false(channel_next(pair.b, &in));
	frame_free(&in);
	free_pair(&pair);
	arena_free(&arena);
}

enum get { GET_U32, GET_U64, GET_STR, GET_BYTES };

/* A body as an enemy would write it: asking it for a field must say bad and give nothing. */
static void
test_bad_fields(void **state)
{
	static const struct {
		const char	*name, *body;
		size_t		 len;
		enum get	 get;
	} rows[] = {
		{ "nothing", "", 0, GET_U32 },
		{ "half a length", "\0\0\0", 3, GET_BYTES },
		{ "length beyond the end", "\0\0\0\5abcd", 8, GET_BYTES },
		{ "length of everything", "\xff\xff\xff\xff" "abcd", 8, GET_BYTES },
		{ "length that wraps", "\xff\xff\xff\xfc" "abcd", 8, GET_STR },
		{ "number too short", "\0\0\0\3abc", 7, GET_U32 },
		{ "number too long", "\0\0\0\5abcde", 9, GET_U32 },
		{ "empty number", "\0\0\0\0", 4, GET_U64 },
		{ "u32 for u64", "\0\0\0\4abcd", 8, GET_U64 },
		{ "NUL in a text", "\0\0\0\3a\0b", 7, GET_STR },
		{ "NUL ends a text", "\0\0\0\2a\0", 6, GET_STR },
		{ "text not UTF-8", "\0\0\0\2a\xff", 6, GET_STR },
		{ "text cut in a character", "\0\0\0\2a\xc3", 6, GET_STR },
	};
	struct arena	*arena = arena_new();
	struct frame	 frame;
	size_t		 i, len;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		bool	empty = true;

		frame_init(&frame, 1, 1);
		buf_add(&frame.body, rows[i].body, rows[i].len);
		switch (rows[i].get) {
		case GET_U32:
			empty = get_u32(&frame) == 0;
			break;
		case GET_U64:
			empty = get_u64(&frame) == 0;
			break;
		case GET_STR:
			empty = get_str(&frame, arena)[0] == '\0';
			break;
		case GET_BYTES:
			empty = get_bytes(&frame, &len) == NULL && len == 0;
			break;
		}
		if (!frame.bad || !empty || get_end(&frame))
			fail_msg("%s: not seen as bad", rows[i].name);
		if (get_u32(&frame) != 0 || get_str(&frame, arena)[0] != '\0' ||
		    get_bytes(&frame, &len) != NULL)
			fail_msg("%s: gives something after it was bad", rows[i].name);
		frame_free(&frame);
	}
	arena_free(&arena);
}

static void
test_too_large(void **state)
{
	struct pair	 pair;
	struct frame	 frame;
	struct err	 err;
	char		*data = calloc(1, FRAME_MAX);

	(void)state;
	make_pair(&pair, 0);
	frame_init(&frame, 1, 1);
	put_bytes(&frame, data, FRAME_MAX - 4);
	assert_false(frame.bad);
	put_u32(&frame, 1);
	assert_true(frame.bad);
	channel_queue(pair.a, &frame);
	assert_int_equal(channel_flush(pair.a, &err), -1);
	assert_int_equal(err.scope, ERR_DAEMON);
	frame_free(&frame);
	free(data);
	free_pair(&pair);
}

/* A few bytes at a time: frames of all sizes, with and without descriptors, arrive in order. */
static void
test_partial(void **state)
{
	static const size_t	sizes[] = { 0, 1, 100, 70000, 3, 1000000, FRAME_MAX - 4, 2, 5000 };
	struct pair	 pair;
	struct frame	 frame;
	struct err	 err;
	const char	*got;
	char		*data = malloc(FRAME_MAX), text[8];
	size_t		 i, next = 0, turns = 0, len;
	int		 fd;

	(void)state;
	for (i = 0; i < FRAME_MAX; i++)
		data[i] = (char)(i * 7 + i / 251);
	make_pair(&pair, 4096);
	for (i = 0; i < COUNT(sizes); i++) {
		frame_init(&frame, (uint16_t)i, i);
		put_bytes(&frame, data, sizes[i]);
		if (i % 3 != 0) {
			snprintf(text, sizeof(text), "f%zu", i);
			fd = file_with(text);
			put_fd(&frame, fd);
			close(fd);
		}
		channel_queue(pair.a, &frame);
		frame_free(&frame);
	}
	while (next < COUNT(sizes)) {
		assert_true(++turns < 100000);
		assert_int_equal(channel_flush(pair.a, &err), 0);
		assert_int_equal(channel_fill(pair.b, &err), 0);
		while (channel_next(pair.b, &frame)) {
			assert_int_equal(frame.type, next);
			got = get_bytes(&frame, &len);
			assert_int_equal(len, sizes[next]);
			assert_true(memcmp(got, data, len) == 0);
			assert_true(get_end(&frame));
			snprintf(text, sizeof(text), "f%zu", next);
			if (next % 3 != 0)
				check_text(get_fd(&frame), text);
			assert_int_equal(get_fd(&frame), -1);
			frame_free(&frame);
			next++;
		}
	}
	assert_true(turns > COUNT(sizes));
	free(data);
	free_pair(&pair);
}

/* Small frames that arrive together: each keeps its own descriptors. */
static void
test_descriptors(void **state)
{
	const int	 before = open_fds();
	struct pair	 pair;
	struct frame	 frame;
	struct err	 err;
	int		 one = file_with("one"), two = file_with("two"), i;

	(void)state;
	make_pair(&pair, 0);
	for (i = 0; i < 40; i++) {
		frame_init(&frame, (uint16_t)i, 0);
		put_u32(&frame, (uint32_t)i);
		if (i % 4 >= 1)
			put_fd(&frame, one);
		if (i % 4 == 2)
			put_fd(&frame, two);
		channel_queue(pair.a, &frame);
		frame_free(&frame);
	}
	close(one);
	close(two);
	assert_int_equal(channel_flush(pair.a, &err), 0);
	for (i = 0; i < 40; i++) {
		if (!channel_next(pair.b, &frame)) {
			assert_int_equal(channel_fill(pair.b, &err), 0);
			assert_true(channel_next(pair.b, &frame));
		}
		assert_int_equal(frame.type, i);
		if (i % 4 >= 1 && i % 8 != 3)	/* some are left for frame_free() */
			check_text(get_fd(&frame), "one");
		if (i % 4 == 2)
			check_text(get_fd(&frame), "two");
		if (i % 8 != 3)
			assert_int_equal(get_fd(&frame), -1);
		frame_free(&frame);
	}
	/* What is never sent, or never taken, is closed with its channel. */
	frame_init(&frame, 1, 1);
	put_fd(&frame, 0);
	channel_queue(pair.a, &frame);
	assert_int_equal(channel_flush(pair.a, &err), 0);
	channel_queue(pair.a, &frame);
	frame_free(&frame);
	assert_int_equal(channel_fill(pair.b, &err), 0);
	free_pair(&pair);
	assert_int_equal(open_fds(), before);
}

/* Write bytes with fds of them attached, as no honest sender would. */
static void
send_raw(int fd, const char *bytes, size_t len, int fds)
{
	char		control[CMSG_SPACE(8 * sizeof(int))] = { 0 };
	struct iovec	iov = { (void *)(uintptr_t)bytes, len };
	struct msghdr	msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr	*cmsg;
	int		i;

	if (fds > 0) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE((size_t)fds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN((size_t)fds * sizeof(int));
		for (i = 0; i < fds; i++)
			memcpy(CMSG_DATA(cmsg) + (size_t)i * sizeof(int), &(int){ 0 }, sizeof(int));
	}
	assert_int_equal(sendmsg(fd, &msg, MSG_NOSIGNAL), len);
}

#define EMPTY_FRAME "\0\0\0\0" "\0\1" "\0\0" "\0\0\0\0\0\0\0\1"

static void
test_hostile(void **state)
{
	static const struct {
		const char	*name, *bytes;
		size_t		 len;
		int		 fds;	/* with each sending */
		int		 times;
		bool		 refused;
		int		 frames;
	} rows[] = {
		{ "an honest frame", EMPTY_FRAME, 16, 0, 1, false, 1 },
		{ "with two descriptors", EMPTY_FRAME, 16, 2, 1, false, 1 },
		{ "two descriptors each", EMPTY_FRAME, 16, 2, 5, false, 5 },
		{ "three descriptors", EMPTY_FRAME, 16, 3, 1, true, 0 },
		{ "eight descriptors", EMPTY_FRAME, 16, 8, 1, true, 0 },
		{ "a descriptor with every byte", "\0", 1, 1, 12, true, 0 },
		{ "two with every byte", "\0", 1, 2, 30, true, 0 },
		{ "one byte over the largest",
		    "\0\x40\0\1" "\0\1\0\0" "\0\0\0\0\0\0\0\1", 16, 0, 1, true, 0 },
		{ "the largest, not all there",
		    "\0\x40\0\0" "\0\1\0\0" "\0\0\0\0\0\0\0\1", 16, 0, 1, false, 0 },
		{ "a length of four gigabytes",
		    "\xff\xff\xff\xff" "\0\1\0\0" "\0\0\0\0\0\0\0\1", 16, 0, 1, true, 0 },
		{ "not zero", "\0\0\0\0" "\0\1" "\0\1" "\0\0\0\0\0\0\0\1", 16, 0, 1, true, 0 },
		{ "text", "GET / HTTP/1.1\r\n\r\n", 18, 0, 1, true, 0 },
		{ "half a header", "\0\0\0\0\0\1", 6, 0, 1, false, 0 },
	};
	const int	 before = open_fds();
	struct pair	 pair;
	struct frame	 frame;
	struct err	 err;
	size_t		 i;
	int		 times, frames, result;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		make_pair(&pair, 0);
		err.scope = ERR_NONE;
		for (times = 0; times < rows[i].times; times++)
			send_raw(channel_fd(pair.a), rows[i].bytes, rows[i].len, rows[i].fds);
		result = channel_fill(pair.b, &err);
		for (frames = 0; channel_next(pair.b, &frame); frames++)
			frame_free(&frame);
		if ((result == -1) != rows[i].refused || frames != rows[i].frames)
			fail_msg("%s: %d, %d frames, %s", rows[i].name, result, frames, err.text);
		if (rows[i].refused && (err.scope != ERR_DAEMON ||
		    channel_fill(pair.b, &err) != -1 || channel_flush(pair.b, &err) != -1))
			fail_msg("%s: the connection still works", rows[i].name);
		free_pair(&pair);
		if (open_fds() != before)
			fail_msg("%s: %d descriptors were left open", rows[i].name, open_fds() - before);
	}
}

/* Descriptors sent without end are taken in a few at a time: ours are not used up. */
static void
test_many_descriptors(void **state)
{
	struct pair	 pair;
	struct frame	 frame;
	struct err	 err;
	int		 before, frames = 0, i;

	(void)state;
	make_pair(&pair, 0);
	for (i = 0; i < 50; i++)
		send_raw(channel_fd(pair.a), EMPTY_FRAME, 16, 2);
	before = open_fds();
	while (frames < 50) {
		assert_int_equal(channel_fill(pair.b, &err), 0);
		assert_true(open_fds() - before <= 20);
		for (i = frames; channel_next(pair.b, &frame); frames++)
			frame_free(&frame);
		assert_true(frames > i);
	}
	free_pair(&pair);
}

/* What was sent before the end still comes out; then the end is told. */
static void
test_end(void **state)
{
	struct pair	 pair;
	struct frame	 frame;
	struct err	 err;

	(void)state;
	make_pair(&pair, 0);
	frame_init(&frame, 3, 4);
	put_str(&frame, "last words");
	channel_queue(pair.a, &frame);
	assert_int_equal(channel_flush(pair.a, &err), 0);
	channel_free(&pair.a);
	assert_null(pair.a);
	assert_int_equal(channel_fill(pair.b, &err), 0);
	frame_free(&frame);
	assert_true(channel_next(pair.b, &frame));
	assert_int_equal(frame.id, 4);
	assert_int_equal(channel_fill(pair.b, &err), -1);
	assert_int_equal(err.scope, ERR_DAEMON);
	channel_queue(pair.b, &frame);
	assert_int_equal(channel_flush(pair.b, &err), -1);
	frame_free(&frame);
	free_pair(&pair);
	make_pair(&pair, 0);
	channel_free(&pair.a);
	frame_init(&frame, 3, 4);
	channel_queue(pair.b, &frame);
	assert_int_equal(channel_flush(pair.b, &err), -1);
	frame_free(&frame);
	free_pair(&pair);
}

static void
test_wait(void **state)
{
	struct pair	 pair;
	struct frame	 frame;
	struct err	 err;

	(void)state;
	make_pair(&pair, 0);
	assert_int_equal(channel_wait(pair.a, 1, &frame, &err), -1);
	assert_int_equal(err.scope, ERR_RETRY);
	frame_init(&frame, 9, 0);
	channel_queue(pair.b, &frame);
	channel_queue(pair.b, &frame);
	assert_int_equal(channel_flush(pair.b, &err), 0);
	channel_free(&pair.b);
	assert_int_equal(channel_wait(pair.a, 1000, &frame, &err), 0);
	assert_int_equal(frame.type, 9);
	frame_free(&frame);
	assert_int_equal(channel_wait(pair.a, 1000, &frame, &err), 0);
	frame_free(&frame);
	assert_int_equal(channel_wait(pair.a, 1000, &frame, &err), -1);
	assert_int_equal(err.scope, ERR_DAEMON);
	free_pair(&pair);
}

/* A fixed seed: the same bytes every run. */
static void
test_noise(void **state)
{
	struct pair	 pair;
	struct frame	 frame;
	struct err	 err;
	struct arena	*arena = arena_new();
	uint32_t	 random = 1;
	char		 bytes[64];
	size_t		 i, j, len;

	(void)state;
	for (i = 0; i < 2000; i++) {
		make_pair(&pair, 0);
		for (j = 0; j < sizeof(bytes); j++) {
			random = random * 1664525 + 1013904223;
			bytes[j] = j % 4 < 3 && random >> 31 ? 0 : (char)(random >> 28);
		}
		send_raw(channel_fd(pair.a), bytes, sizeof(bytes), 0);
		channel_fill(pair.b, &err);
		while (channel_next(pair.b, &frame)) {
			while (!frame.bad && !get_end(&frame)) {
				get_bytes(&frame, &len);
				get_str(&frame, arena);
			}
			frame_free(&frame);
		}
		free_pair(&pair);
	}
	arena_free(&arena);
}

int
main(void)
{
	static const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_bad_fields),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_partial),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_many_descriptors),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
