/* Memory: arenas, growing arrays, growing buffers; errors as values; log lines. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"

static void
test_alloc(void **state)
{
	struct arena	*arena = arena_new();
	unsigned char	*data;
	size_t		 i, j;

	(void)state;
	for (i = 0; i < 600; i++) {
		data = arena_alloc(arena, i * 7);
		assert_non_null(data);
		assert_int_equal((uintptr_t)data % _Alignof(max_align_t), 0);
		for (j = 0; j < i * 7; j++)
			assert_int_equal(data[j], 0);
		memset(data, 0xff, i * 7);
	}
	data = arena_alloc(arena, 10 * 1000 * 1000);
	assert_int_equal(data[9999999], 0);
	assert_string_equal(arena_printf(arena, "%s %d", "a", 1), "a 1");
	assert_null(arena_strdup(arena, NULL));
	assert_string_equal(arena_strndup(arena, "abc", 2), "ab");
	assert_string_equal(arena_strndup(arena, "abc", 9), "abc");
	arena_free(&arena);
	assert_null(arena);
	arena_free(&arena);
}

struct item {
	int	a;
	char	b[20];
};

/* Arrays of every length keep what they held; new items are zeroed. */
static void
test_push(void **state)
{
	struct arena	*arena = arena_new();
	struct item	*items = NULL, *item;
	char		*bytes = NULL;
	size_t		 count = 0, byte_count = 0, i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		item = arena_push(arena, items, count);
		assert_int_equal(item->a, 0);
		assert_int_equal(item->b[19], 0);
		assert_ptr_equal(item, &items[i]);
		memset(item, 0xff, sizeof(*item));
		item->a = (int)i;
		*arena_push(arena, bytes, byte_count) = (char)i;
	}
	assert_int_equal(count, 1000);
	for (i = 0; i < 1000; i++) {
		assert_int_equal(items[i].a, i);
		assert_int_equal(bytes[i], (char)i);
	}
	arena_free(&arena);
}

static char	order[8];

static void
note(void *data)
{
	strcat(order, data);
}

static void
test_cleanups(void **state)
{
	struct arena	*arena = arena_new();
	char		*two = arena_strdup(arena, "2");

	(void)state;
	arena_on_free(arena, note, arena_strdup(arena, "1"));
	arena_on_free(arena, note, two);
	arena_on_free(arena, note, arena_strdup(arena, "3"));
	arena_free(&arena);
	assert_string_equal(order, "321");
}

static void
test_buf(void **state)
{
	struct buf	buf = BUF_INIT;
	size_t		i;

	(void)state;
	assert_string_equal(buf_text(&buf), "");
	buf_reset(&buf);
	buf_consume(&buf, 0);
	buf_add(&buf, "", 0);
	assert_string_equal(buf.data, "");
	for (i = 0; i < 1000; i++)
		buf_printf(&buf, "%03zu,", i);
	assert_int_equal(buf.len, 4000);
	assert_string_equal(buf.data + 3996, "999,");
	buf_consume(&buf, 3996);
	assert_string_equal(buf_text(&buf), "999,");
	buf_consume(&buf, 4);
	assert_string_equal(buf_text(&buf), "");
	buf_add_str(&buf, "ab");
	buf_add_char(&buf, '\0');
	buf_add_char(&buf, 'c');
	assert_int_equal(buf.len, 4);
	assert_memory_equal(buf.data, "ab\0c", 5);
	buf_free(&buf);
	assert_null(buf.data);
	for (i = 0; i < 300; i++) {	/* every boundary of the first sizes */
		buf_add_char(&buf, 'x');
		assert_int_equal(strlen(buf.data), i + 1);
		assert_true(buf.size > buf.len);
	}
	buf_free(&buf);
}

/* Written into directly: what is there stays, all of the room may be used, and only what is said to be used counts. */
static void
test_buf_room(void **state)
{
	struct buf	buf = BUF_INIT;
	char		*room;

	(void)state;
	for (size_t len = 0; len < 600; len++) {
		buf_add_str(&buf, "ab");
		room = buf_room(&buf, len);
		memset(room, 'x', len);
		buf_took(&buf, len / 2);
		assert_int_equal(buf.len, 2 + len / 2);
		assert_int_equal(strlen(buf.data), buf.len);
		assert_memory_equal(buf.data, "ab", 2);
		room = buf_room(&buf, len);
		memset(room, 'y', len);
		buf_took(&buf, len);
		assert_int_equal(strspn(buf.data + 2, "x"), len / 2);
		assert_int_equal(strspn(buf.data + 2 + len / 2, "y"), len);
		assert_int_equal(strlen(buf.data), buf.len);
		if (len % 7 == 0)
			buf_free(&buf);
		else
			buf_reset(&buf);
	}
	buf_free(&buf);
}

static void
test_err(void **state)
{
	struct err	err = { ERR_NONE, "" };
	char		long_text[600];

	(void)state;
	errno = EEXIST;
	assert_int_equal(err_set(&err, ERR_CONFIG, "line %d", 3), -1);
	assert_int_equal(err.scope, ERR_CONFIG);
	assert_string_equal(err.text, "line 3");
	assert_int_equal(err_wrap(&err, "%s", "a.cfg"), -1);
	assert_string_equal(err.text, "a.cfg: line 3");
	assert_int_equal(err.scope, ERR_CONFIG);
	assert_int_equal(err_errno(&err, ERR_RETRY, "cannot open %s", "x"), -1);
	assert_string_equal(err.text, "cannot open x: File exists");
	assert_int_equal(errno, EEXIST);
	assert_int_equal(err_set(NULL, ERR_RETRY, "x"), -1);
	assert_int_equal(err_wrap(NULL, "x"), -1);
	assert_int_equal(err_errno(NULL, ERR_RETRY, "x"), -1);
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	err_errno(&err, ERR_RETRY, "%s", long_text);
	err_wrap(&err, "%s", long_text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

/* Takes what is written to stderr meanwhile. */
static void
capture_log(void (*write_log)(void), char *text, size_t size)
{
	int	pipe_fds[2], saved = dup(STDERR_FILENO);
	ssize_t	n;

	assert_int_equal(pipe2(pipe_fds, O_NONBLOCK), 0);
	dup2(pipe_fds[1], STDERR_FILENO);
	write_log();
	dup2(saved, STDERR_FILENO);
	n = read(pipe_fds[0], text, size - 1);
	text[n > 0 ? n : 0] = '\0';
	close(saved);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void
write_forged(void)
{
	log_init("core", LOG_LEVEL_INFO);
	log_info("entered mailbox=%s uid=%d", "das\n<3>forged", 7);
	log_debug("not written");
	log_err("died");
}

static void
write_long(void)
{
	char	text[5000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_warning("%s", text);
}

static void
test_log(void **state)
{
	char	text[8000];

	(void)state;
	capture_log(write_forged, text, sizeof(text));
	assert_string_equal(text,
	    "<6>entered mailbox=das <3>forged uid=7 role=core\n<3>died role=core\n");
	capture_log(write_long, text, sizeof(text));
	assert_int_equal(strncmp(text, "<4>xxx", 6), 0);
	assert_true(strlen(text) < 2048);
	assert_string_equal(text + strlen(text) - 13, "xx role=core\n");
}

/* Out of memory ends the process: nobody sees NULL. */
static void
test_no_memory(void **state)
{
	int	status;
	pid_t	pid = fork();

	(void)state;
	if (pid == 0) {
		struct arena	*arena = arena_new();

		close(STDERR_FILENO);
		arena_grow(arena, arena, (size_t)1 << 62, 16);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 71);
}

int
main(void)
{
	static const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_push),
		cmocka_unit_test(test_cleanups),
		cmocka_unit_test(test_buf),
		cmocka_unit_test(test_buf_room),
		cmocka_unit_test(test_err),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
