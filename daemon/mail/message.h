/*
 * What one mail says: the flat, immutable record that a parse child makes of
 * it (mail/), that crosses a pipe (record.h), and that rules are matched
 * against (case/).  Open on purpose: it is data.  Everything hangs from one
 * arena.  All text is valid UTF-8 with LF line ends; addresses are bare and
 * as written except the domain, which is lower case.
 */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/str.h"

enum notice {
	NOTICE_NONE, NOTICE_BOUNCE, NOTICE_DELAY, NOTICE_AUTO_REPLY, NOTICE_OUT_OF_OFFICE,
	NOTICE_RECEIPT, NOTICE_CALENDAR, NOTICE_RECALL, NOTICE_ENCRYPTED, NOTICE_STUB
};
const char *notice_name(enum notice notice);	/* "none", "bounce", "out-of-office" ... */

/* Where in the mail a piece of text stood; the earlier, the stronger. */
enum text_source {
	SOURCE_SUBJECT, SOURCE_NEW_TEXT, SOURCE_FORWARDED, SOURCE_ATTACHMENT_NAME,
	SOURCE_ATTACHMENT_TEXT, SOURCE_QUOTED, SOURCE_HEADER, SOURCE_COUNT
};
const char *text_source_name(enum text_source source);

/* What a mail tells by its own form; values are canonical (ISO date, ten digits, upper-case UPN). */
enum said_kind {
	SAID_CHILD_NAME,	/* labelled as the child's: "Name of child: Idris Vaughan-Hughes", forename first */
	SAID_DATE_OF_BIRTH,	/* labelled so */
	SAID_NHS_NUMBER, SAID_UPN,
	SAID_DATE,		/* any other date */
	SAID_ADDRESS,		/* an e-mail address in the text */
	SAID_KIND_COUNT
};
const char *said_kind_name(enum said_kind kind);

struct said {
	enum said_kind	 kind;
	const char	*value;
	enum text_source source;
	uint32_t	 document;	/* index, for attachment names and texts */
	uint32_t	 start, length;	/* bytes within that source's text */
};

struct mail_address {
	const char	*name;		/* decoded, or "" */
	const char	*address;	/* "someone@example.org" */
};

struct mail_addresses {
	struct mail_address	*v;
	size_t			 n;
};

struct document {
	const char	*name;		/* decoded file name; "part-3.bin" where none was given */
	const char	*type;		/* "application/pdf" */
	const char	*content_id;	/* or "" */
	bool		 is_inline;	/* a logo or other picture of the body: no document to people */
	uint64_t	 offset, size;	/* decoded, within the mail's documents file */
	char		 sha256[65];
	const char	*text;		/* of a form that could be read, else "" */
	const char	*unreadable;	/* why its text could not be read, else "" */
};

struct bounced {
	const char	*address;
	const char	*status;	/* "5.1.1", or "" */
	const char	*reason;
};

struct mail_header {			/* the few that trust and routing need, in order, topmost first */
	const char	*name;
	const char	*value;		/* unfolded */
};

struct message {
	const char	*message_id;	/* without < >; "" when missing */
	const char	*in_reply_to;
	struct strs	 references;	/* oldest first */
	const char	*thread_root;	/* Thread-Index's first 22 bytes in hex, or "" */
	struct mail_address from, sender;
	struct mail_addresses reply_to, to, cc;
	const char	*subject;	/* decoded, whole */
	const char	*subject_peeled;/* without prefixes, banners, markings */
	const char	*marking;	/* "OFFICIAL-SENSITIVE", "OFFICIAL", an older one ("PROTECT"), or "" */
	instant		 date;		/* Date header, or INSTANT_NONE */
	instant		 received;	/* topmost Received header, or INSTANT_NONE */
	struct mail_header *headers;	/* Authentication-Results, X-MS-Exchange-Organization-AuthAs, Auto-Submitted, X-Adviced-... */
	size_t		 header_count;

	enum notice	 notice;
	struct bounced	*bounced;	/* bounce and delay */
	size_t		 bounced_count;
	const char	*original_message_id;	/* of the mail a notice is about, or "" */
	dayno		 back_on;	/* out-of-office: first day back, or DAY_NONE */
	const char	*calendar_method;	/* REQUEST, REPLY, COUNTER, CANCEL ... or "" */
	const char	*calendar_answer;	/* ACCEPTED, DECLINED, TENTATIVE or "" */

	const char	*new_text;	/* what the sender wrote now: no history, signature, disclaimer, banner */
	const char	*forwarded_text;/* what they passed on, "" where nothing */
	const char	*quoted_text;	/* history */
	struct mail_address forwarded_from;	/* inner From of a forward, or "" */

	struct document	*documents;
	size_t		 document_count;
	struct said	*said;
	size_t		 said_count;
	struct strs	 remarks;	/* what could not be decoded or was cut, in plain sentences */

	uint64_t	 size;
	char		 fingerprint[65];	/* promise "once": hash of Message-ID, From, Date, Subject, decoded parts */
};

/* Text of a source ("" where there is none); document is used for attachments only. */
const char *message_text(const struct message *message, enum text_source source, uint32_t document);

/* When it counts as received: the topmost Received header, else INTERNALDATE, else Date, none of them in the future; else now. */
instant	message_received(const struct message *message, instant internaldate, instant now);

#endif
