/*
 * The names and texts of a struct message.  Pure; used by every room that
 * looks at a mail.
 * Fails: never.
 */
#include "mail/message.h"

static const char *const notice_names[] = {
	"none", "bounce", "delay", "auto-reply", "out-of-office", "receipt", "calendar", "recall",
	"encrypted", "stub"
};

static const char *const source_names[] = {
	"subject", "new text", "forwarded text", "attachment name", "attachment text", "quoted text",
	"header"
};

static const char *const said_names[] = {
	"child-name", "date-of-birth", "nhs-number", "upn", "date", "address"
};

const char *
notice_name(enum notice notice)
{
	return notice_names[notice];
}

const char *
text_source_name(enum text_source source)
{
	return source_names[source];
}

const char *
said_kind_name(enum said_kind kind)
{
	return said_names[kind];
}

const char *
message_text(const struct message *message, enum text_source source, uint32_t document)
{
	const char *text = NULL;

	switch (source) {
	case SOURCE_SUBJECT:
		text = message->subject;
		break;
	case SOURCE_NEW_TEXT:
		text = message->new_text;
		break;
	case SOURCE_FORWARDED:
		text = message->forwarded_text;
		break;
	case SOURCE_QUOTED:
		text = message->quoted_text;
		break;
	case SOURCE_ATTACHMENT_NAME:
		if (document < message->document_count)
			text = message->documents[document].name;
		break;
	case SOURCE_ATTACHMENT_TEXT:
		if (document < message->document_count)
			text = message->documents[document].text;
		break;
	case SOURCE_HEADER:
	case SOURCE_COUNT:
		break;
	}
	return text == NULL ? "" : text;
}

instant
message_received(const struct message *message, instant internaldate, instant now)
{
	if (message->received != INSTANT_NONE && message->received <= now)
		return message->received;
	if (internaldate != INSTANT_NONE && internaldate <= now)
		return internaldate;
	return message->date != INSTANT_NONE && message->date <= now ? message->date : now;
}
