/*
 * The text of a document that came with a mail: Word (.docx, .docm, .dotx),
 * OpenDocument, RTF, PDF, HTML, plain text.  What a document is, its bytes
 * say, not its name.  Runs shut in, on bytes in memory; opens nothing.
 * Fails: never; why a document's text could not be had is a statement such
 * as "protected with a password", which goes on from "the attachment is".
 */
#ifndef MAIL_DOCUMENT_H
#define MAIL_DOCUMENT_H

#include "base/arena.h"
#include "mail/parse.h"

#define DOCUMENT_HEAD	1024	/* so many bytes tell what a document is: PDF's mark may stand that far in */

/* Load what the libraries load from files, before the sandbox closes; all but the reader of PDFs. */
void	document_start(void);
/* The reader of PDFs; false when it is not on this machine. */
bool	pdf_start(void);

/* Is there any use in gathering the bytes of what begins like this? */
bool	document_is_readable(const char *head, size_t len, const char *type, const char *name);

struct document_file {
	const char	*bytes;
	size_t		 len;
	const char	*type, *name;	/* as the mail says; they count only where the bytes tell nothing */
	const char	*charset;	/* of plain text, or NULL */
	size_t		 room;		/* of text that may still be taken, besides the limit for one document */
	int64_t		 until_ms;	/* clock_real_ms() when time is up */
};

struct document_text {
	const char	*text;		/* tidy UTF-8; "" where nothing could be read */
	const char	*unreadable;	/* "", or why not */
	const char	*left_out;	/* NULL, or what was not read of a text that was: "has more than 300 pages; ..." */
	bool		 locked;	/* by a password */
};

void	document_look(struct arena *arena, const struct parse_limits *limits, const struct document_file *file,
	    struct document_text *text_r);

#endif
