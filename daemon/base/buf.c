/*
 * A growing byte buffer.  Any role.  Invariant: once data is set, data[len]
 * is NUL and size > len.
 * Fails: out of memory ends the process.
 */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define SIZE_FIRST	256

/* Room for len more bytes and the NUL. */
static void
make_room(struct buf *buf, size_t len)
{
	size_t	size = buf->size == 0 ? SIZE_FIRST : buf->size;

	assert(len < SIZE_MAX / 2 - buf->len);
	if (buf->data != NULL && len < buf->size - buf->len)
		return;
	while (size - buf->len <= len)
		size *= 2;
	buf->data = x_realloc(buf->data, size);
	buf->size = size;
}

void
buf_free(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf)BUF_INIT;
}

void
buf_reset(struct buf *buf)
{
	buf->len = 0;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

char *
buf_room(struct buf *buf, size_t len)
{
	make_room(buf, len);
	return buf->data + buf->len;
}

void
buf_took(struct buf *buf, size_t len)
{
	assert(len < buf->size - buf->len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void
buf_add(struct buf *buf, const void *data, size_t len)
{
	char	*room = buf_room(buf, len);

	if (len > 0)
		memcpy(room, data, len);
	buf_took(buf, len);
}

void
buf_add_str(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_add_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void
buf_printf(struct buf *buf, const char *fmt, ...)
{
	int	len;
	va_list	ap;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(len >= 0);
	make_room(buf, (size_t)len);
	va_start(ap, fmt);
	vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	buf->len += (size_t)len;
}

void
buf_consume(struct buf *buf, size_t len)
{
	assert(len <= buf->len);
	if (len == 0)
		return;
	buf->len -= len;
	memmove(buf->data, buf->data + len, buf->len + 1);
}

const char *
buf_text(const struct buf *buf)
{
	return buf->data == NULL ? "" : buf->data;
}
