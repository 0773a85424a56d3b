/*
 * From the bytes of a mail to a struct message (GMime).  Runs only inside a
 * parse child.  Whatever the bytes are, it ends: depth, parts, header bytes
 * and text are limited, and what was cut is said in message->remarks.
 */
#ifndef MAIL_PARSE_H
#define MAIL_PARSE_H

#include "mail/message.h"
#include "base/err.h"
#include "base/limits.h"

/* From the settings of base/limits.h, where the default of each stands. */
struct parse_limits {
	unsigned	depth;		/* nested parts */
	unsigned	parts;
	size_t		header_bytes;
	size_t		text_bytes;	/* each of new, forwarded, quoted text */
	uint64_t	document_bytes;	/* all documents decoded */
	size_t		look_bytes;	/* a document that is larger is not looked into */
	uint64_t	unpacked_bytes;	/* what is unpacked of one document */
	unsigned	ratio;		/* unpacked to packed */
	unsigned	entries;	/* of a zip */
	unsigned	pages;
	size_t		document_text_bytes;	/* of one document's text */
	unsigned	documents_ms;	/* real time for looking into all documents of a mail */
	bool		shut;		/* look into nothing: a first reading broke down or took too long */
};
extern const struct parse_limits parse_limits_default;
struct parse_limits parse_limits_from(const struct limits *limits);

/*
 * Load what must be loaded before the sandbox closes: GMime, charset converters, document libraries.  In two steps: what
 * nearly every mail needs, and the rest (parse_rest.h); that is false when the reader of PDFs is not on this machine.
 */
void	parse_start(void);
void	parse_start_common(void);
bool	parse_start_rest(void);

/*
 * Parse the mail at mail_fd (read from offset 0).  Documents are decoded onto
 * documents_fd one after the other, unless it is -1.  today settles years of
 * two digits.  0, or -1 and ERR_MESSAGE for what is no mail at all, ERR_RETRY
 * when the disk did not take the documents, or ERR_DAEMON when this process
 * has not loaded what the mail needs.
 */
int	parse_message(struct arena *arena, int mail_fd, int documents_fd, dayno today,
	    const struct parse_limits *limits, struct message **message_r, struct err *err);

#endif
