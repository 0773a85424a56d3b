/*
 * What bombs.c feeds to the parser: mails as their writers make them, and the
 * tables of those that are meant to break it.
 */
#ifndef TESTS_PARSE_BOMBS_H
#define TESTS_PARSE_BOMBS_H

#include <stdbool.h>
#include <stddef.h>

/* ---- writer.c: a mail as it is written, into memory */

struct writer {
	int	fd;
	char	buf[1 << 16];
	size_t	len;
};

/* The mail that it writes, for the caller to close. */
int	mail_of(void (*write_mail)(struct writer *));
/* For it: bytes as they are. */
void	put(struct writer *w, const char *data, size_t len);
void	text(struct writer *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));	/* at most 511 bytes */
/* The headers From, Subject, MIME-Version. */
void	head(struct writer *w);

/* ---- Each table ends with one that has no name */

struct bomb {
	const char	*name;
	void		(*write_mail)(struct writer *);
	bool		 may_fail;	/* a plain failure is as good as a message */
	const char	*says;		/* what was left out must be said, in these words; NULL: nothing need be */
};

extern const struct bomb mail_bombs[];		/* mails.c: headers, parts, text */
extern const struct bomb document_bombs[];	/* documents.c: attached, or uuencoded in the text */

/* ---- documents.c */

/* A mail with a .docx whose text is these bytes; claimed: its size unpacked, where it lies, else 0. */
void	attach_docx(struct writer *w, const char *bytes, size_t len, size_t claimed);

#endif
