/*
 * Mails of any size, written into memory a piece at a time.
 * Fails: with the program, when there is no memory for a file.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bombs.h"

static void
flush(struct writer *w)
{
	size_t at = 0;

	while (at < w->len) {
		ssize_t done = write(w->fd, w->buf + at, w->len - at);

		if (done <= 0) {
			perror("bombs: write");
			exit(1);
		}
		at += (size_t)done;
	}
	w->len = 0;
}

void
put(struct writer *w, const char *data, size_t len)
{
	while (len > 0) {
		size_t room = sizeof(w->buf) - w->len, take = len < room ? len : room;

		memcpy(w->buf + w->len, data, take);
		w->len += take;
		data += take;
		len -= take;
		if (w->len == sizeof(w->buf))
			flush(w);
	}
}

void
text(struct writer *w, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	put(w, line, (size_t)n);
}

void
head(struct writer *w)
{
	text(w, "From: Ada Byron <ada@example.org>\r\nSubject: bomb\r\nMIME-Version: 1.0\r\n");
}

int
mail_of(void (*write_mail)(struct writer *))
{
	static struct writer w;

	w.fd = memfd_create("mail", MFD_CLOEXEC);
	w.len = 0;
	if (w.fd == -1) {
		perror("bombs: memfd_create");
		exit(1);
	}
	write_mail(&w);
	flush(&w);
	return w.fd;
}
