/*
 * From the bytes of a mail to a struct message (GMime).  Runs only inside a
 * parse child.  Whatever the bytes are, it ends: depth, parts, header bytes
 * and text are limited, and what was cut is said in message->remarks.
 */
#ifndef MAIL_PARSE_H
#define MAIL_PARSE_H

#include "mail/message.h"
#include "base/err.h"

struct parse_limits {
	unsigned	depth;		/* nested parts; 100 */
	unsigned	parts;		/* 1,000 */
	size_t		header_bytes;	/* 1 MB */
	size_t		text_bytes;	/* each of new, forwarded, quoted text; 256 KB */
	uint64_t	document_bytes;	/* all documents decoded; 150 MB */
};
extern const struct parse_limits parse_limits_default;

/* Load what must be loaded before the sandbox closes: GMime, charset converters. */
void	parse_start(void);

/*
 * Parse the mail at mail_fd (read from offset 0).  Documents are decoded onto
 * documents_fd one after the other, unless it is -1.  today settles years of
 * two digits.  0, or -1 and ERR_MESSAGE for what is no mail at all, or
 * ERR_RETRY when the disk did not take the documents.
 */
int	parse_message(struct arena *arena, int mail_fd, int documents_fd, dayno today,
	    const struct parse_limits *limits, struct message **message_r, struct err *err);

#endif
