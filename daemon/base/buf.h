/* A growing byte buffer on the heap; always NUL-terminated behind len. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

struct buf {
	char	*data;
	size_t	 len;
	size_t	 size;
};

#define BUF_INIT { NULL, 0, 0 }

void	buf_free(struct buf *buf);		/* and clears it */
void	buf_reset(struct buf *buf);		/* len = 0, memory kept */
void	buf_add(struct buf *buf, const void *data, size_t len);
void	buf_add_str(struct buf *buf, const char *text);
void	buf_add_char(struct buf *buf, char c);
void	buf_printf(struct buf *buf, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* Room for up to len more bytes behind what is there, to be written to directly; buf_took() then counts in those written. */
char	*buf_room(struct buf *buf, size_t len);
void	buf_took(struct buf *buf, size_t len);
/* Drop len bytes from the front. */
void	buf_consume(struct buf *buf, size_t len);
const char *buf_text(const struct buf *buf);	/* "" when empty */

#endif
