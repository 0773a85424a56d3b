/*
 * One mail while it is being read: what mime.c has gathered and what the
 * other files of this room make a struct message of.  Known in this room
 * only; lives on the stack of parse_message().
 */
#ifndef MAIL_READING_H
#define MAIL_READING_H

#include <glib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "mail/message.h"
#include "mail/parse.h"
#include "mail/subject.h"

struct reading {
	struct arena			*arena;
	const struct parse_limits	*limits;
	struct message			*message;
	int				 documents_fd;
	const struct mail_source	*source;	/* mime.h; while its parts are read */
	dayno				 today;

	struct mail_header		*headers;	/* all of the mail's own, decoded */
	size_t				 header_count;
	size_t				 header_bytes;

	struct subject			 subject;
	const char			*type;		/* of the whole mail: "multipart/report" */
	const char			*report_type;
	char				*body;		/* the best body as text */
	struct buf			 forwarded;	/* attached mails, with header lines */
	struct buf			 returned;	/* what a report brings back of the mail it is about */
	struct buf			 report;	/* message/delivery-status, disposition-notification */
	struct buf			 calendar;
	bool				 calendar_shown;	/* part of the body, not a file */
	bool				 has_attached_mail;
	bool				 opaque;	/* a part that is encrypted by its type */
	bool				 zip_locked;	/* a zip whose first file is encrypted */

	unsigned			 parts;
	uint64_t			 documents_end;
	size_t				 document_text;	/* bytes of text taken from documents */
	int64_t				 documents_until_ms;	/* when no more are looked into; 0: not begun */
	bool				 document_read;	/* the text of one at least */
	bool				 document_locked;	/* one is protected with a password */
	bool				 no_room;	/* the disk did not take a document */
	GChecksum			*fingerprint;
};

/* A header's decoded value, "" when there is none; the topmost where there are several. */
const char *reading_header(const struct reading *reading, const char *name);
void	reading_remark(struct reading *reading, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* mime.c: read the mail at fd into reading and the parts of message that come from headers and parts. */
int	mime_read(struct reading *reading, int fd, struct err *err);

/* notice.c: what kind of automatic mail this is; fills message->notice and what belongs to it. */
void	notice_find(struct reading *reading);

/* notice_bounce.c: recipients, status and original id of a report; true when it is one. */
bool	bounce_read(struct reading *reading);

/* notice_away.c: does this text say that its sender is away, and the first day back. */
bool	away_says(const char *text);
dayno	away_back_on(const char *text, dayno today);

#endif
