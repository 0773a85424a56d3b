/*
 * Reports about mail of ours: who could not be reached and why, and which
 * mail it was.  RFC 3464 first, then the forms that are not (Exim, qmail,
 * gateways that write prose).  Runs in adviced-parse; pure.
 * Invariant: an address is only called bounced when the report names it as a
 * recipient.
 * Fails: false, when the mail is no report.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "mail/charset.h"
#include "mail/headers.h"
#include "mail/reading.h"
#include "mail/words.h"

#define BOUNCED_MAX	200

/* The fields of one recipient's block. */
struct block {
	char	*recipient, *original, *action, *status, *diagnostic;
};

static void
bounced_add(struct reading *reading, const char *address, const char *status, const char *reason)
{
	struct message *message = reading->message;
	struct mail_addresses list = { NULL, 0 };
	struct bounced *one;
	size_t i;

	address_parse(reading->arena, address, "report", &message->remarks, &list);
	if (list.n == 0 || *list.v[0].address == '\0' || message->bounced_count >= BOUNCED_MAX)
		return;
	for (i = 0; i < message->bounced_count; i++)
		if (str_same(message->bounced[i].address, list.v[0].address))
			return;
	one = arena_push(reading->arena, message->bounced, message->bounced_count);
	one->address = list.v[0].address;
	one->status = status == NULL ? "" : status;
	one->reason = reason == NULL ? "" : reason;
}

/* "5.1.1" or "550 5.1.1 ..." somewhere in text: the enhanced status, or NULL. */
static char *
status_in(struct arena *arena, const char *text)
{
	const char *s;
	size_t len;

	for (s = text; *s != '\0'; s++) {
		if ((*s != '4' && *s != '5') || s[1] != '.' || (s > text && (isalnum((unsigned char)s[-1]) ||
		    s[-1] == '.')))
			continue;
		len = strspn(s, "0123456789.");
		while (len > 0 && s[len - 1] == '.')
			len--;
		if (len >= 5 && len <= 9 && strspn(s + 2, "0123456789") <= 3 &&
		    s[2 + strspn(s + 2, "0123456789")] == '.' && memchr(s + len, '@', 1) == NULL)
			return arena_strndup(arena, s, len);
	}
	return NULL;
}

/* "rfc822; someone@x": what stands after the type. */
static char *
after_type(struct arena *arena, const char *value)
{
	const char *semicolon = strchr(value, ';');

	return str_trim(arena, semicolon == NULL ? value : semicolon + 1);
}

static void
block_field(struct arena *arena, struct block *block, const char *name, const char *value)
{
	if (str_same(name, "final-recipient"))
		block->recipient = after_type(arena, value);
	else if (str_same(name, "original-recipient"))
		block->original = after_type(arena, value);
	else if (str_same(name, "action"))
		block->action = str_lower(arena, str_trim(arena, value));
	else if (str_same(name, "status"))
		block->status = status_in(arena, value) != NULL ? status_in(arena, value) :
		    arena_strndup(arena, value, strcspn(value, " ;("));
	else if (str_same(name, "diagnostic-code"))
		block->diagnostic = str_squeeze(arena, after_type(arena, value));
}

/* A recipient's block is complete: note it. */
static void
block_end(struct reading *reading, struct block *block, enum notice *notice)
{
	const char *action = block->action == NULL ? "" : block->action, *address;
	const char *status = block->status;

	address = block->original != NULL && strchr(block->original, '@') != NULL &&
	    (block->recipient == NULL || strchr(block->recipient, '@') == NULL) ?
	    block->original : block->recipient;
	if (address != NULL) {
		if ((status == NULL || str_starts(status, "5.0.0")) && block->diagnostic != NULL &&
		    status_in(reading->arena, block->diagnostic) != NULL)
			status = status_in(reading->arena, block->diagnostic);
		if (str_starts(action, "fail") || (*action == '\0' && status != NULL && *status == '5')) {
			*notice = NOTICE_BOUNCE;
			bounced_add(reading, address, status, block->diagnostic);
		} else if (str_starts(action, "delay")) {
			if (*notice != NOTICE_BOUNCE)
				*notice = NOTICE_DELAY;
			bounced_add(reading, address, status, block->diagnostic);
		} else if (*notice == NOTICE_NONE)
			*notice = NOTICE_RECEIPT;	/* delivered, relayed, expanded */
	}
	memset(block, 0, sizeof(*block));
}

/* message/delivery-status, field by field, folded lines joined. */
static enum notice
read_status(struct reading *reading)
{
	struct arena *arena = reading->arena;
	char *s = str_utf8(arena, buf_text(&reading->report), reading->report.len), *line, *colon;
	struct block block = { NULL, NULL, NULL, NULL, NULL };
	enum notice notice = NOTICE_NONE;

	while (*s != '\0') {
		line = s;
		for (;;) {
			s += strcspn(s, "\n");
			if (*s == '\0')
				break;
			if (s[1] == ' ' || s[1] == '\t') {
				*s = ' ';
				continue;
			}
			*s++ = '\0';
			break;
		}
		line = str_trim(arena, line);
		if (*line == '\0') {
			block_end(reading, &block, &notice);
			continue;
		}
		colon = strchr(line, ':');
		if (colon == NULL)
			continue;
		*colon = '\0';
		if (str_same(line, "original-message-id") || str_same(line, "x-original-message-id")) {
			struct strs ids = { NULL, 0 };

			header_ids(arena, colon + 1, &ids);
			if (ids.n > 0)
				reading->message->original_message_id = ids.v[0];
		}
		/* Some senders leave out the empty line between recipients. */
		if (str_same(line, "final-recipient") && block.recipient != NULL)
			block_end(reading, &block, &notice);
		block_field(arena, &block, line, str_trim(arena, colon + 1));
	}
	block_end(reading, &block, &notice);
	return notice;
}

/* The Message-ID line of the mail that came back. */
static void
find_original(struct reading *reading, const char *text)
{
	struct strs ids = { NULL, 0 };
	const char *s;

	if (*reading->message->original_message_id != '\0')
		return;
	for (s = text; s != NULL && *s != '\0'; s = strchr(s, '\n') == NULL ? NULL : strchr(s, '\n') + 1) {
		const char *at = s + strspn(s, " \t>");

		if (!str_starts_nocase(at, "message-id:") && !str_starts_nocase(at, "original-message-id:"))
			continue;
		header_ids(reading->arena, arena_strndup(reading->arena, at, strcspn(at + 11, "\n") + 11 +
		    (at[11 + strcspn(at + 11, "\n")] == '\n' ? strcspn(at + 12 + strcspn(at + 11, "\n"), "\n") + 1 : 0)),
		    &ids);
		if (ids.n > 0) {
			reading->message->original_message_id = ids.v[0];
			return;
		}
	}
}

/* Does prose around this place speak of somebody who was to get the mail? */
static bool
names_recipient(const char *text, const char *address)
{
	static const char *const before[] = { "recipient", "deliver", "your message to", "following address",
		"mailbox", "failed", "rcpt to", "addresses", "user", "unknown", "couldn't be", "reject", NULL };
	char around[321];
	const char *from = address - text > 200 ? address - 200 : text;

	/* "<someone@x>: why not", as Postfix and qmail begin a line. */
	if (address - text >= 2 && address[-1] == '<' && address[-2] == '\n' &&
	    strncmp(address + strcspn(address, ">\n"), ">:", 2) == 0)
		return true;
	snprintf(around, sizeof(around), "%.*s", 320, from);
	return text_has_any(around, before);
}

/* Reports in prose: the addresses that stand near such words, but for those of the report itself. */
static void
read_prose(struct reading *reading, const char *text)
{
	struct message *message = reading->message;
	const char *at, *status = status_in(reading->arena, text);
	const char *x_failed = reading_header(reading, "X-Failed-Recipients");

	if (*x_failed != '\0')
		bounced_add(reading, x_failed, status, "");
	for (at = text; message->bounced_count < 20 && (at = strchr(at, '@')) != NULL; at++) {
		const char *start = at, *end = at + 1;
		char *address;

		while (start > text && (isalnum((unsigned char)start[-1]) || strchr("._%+-=", start[-1]) != NULL))
			start--;
		while (isalnum((unsigned char)*end) || *end == '-' || *end == '.')
			end++;
		if (start == at || end == at + 1 || memchr(at, '.', (size_t)(end - at)) == NULL)
			continue;
		address = arena_strndup(reading->arena, start, (size_t)(end - start));
		if (str_same(address, message->from.address) || text_has(address, "postmaster@") ||
		    text_has(address, "mailer-daemon@") || !names_recipient(text, start))
			continue;
		if (message->to.n > 0 && str_same(address, message->to.v[0].address))
			continue;
		bounced_add(reading, address, status, "");
	}
}

/* The reports that carry no message/delivery-status, by sender and subject. */
static enum notice
by_subject(const struct reading *reading)
{
	static const char *const failed[] = { "undeliver", "delivery status notification (fail",
		"delivery notification: delivery has failed", "mail delivery failed", "mail delivery failure",
		"delivery failure", "delivery has failed", "failure notice", "returned mail", "returned email",
		"message not delivered", "mail system error", "delivery failed", "could not be delivered",
		"non delivery", "non-delivery", "nondeliverable", "undelivered", "rejected:", "mail failure",
		"returning message to sender", "delivery status notification", "unzustellbar",
		"non remis", "mail could not be delivered", "message undeliverable", "email delivery failure",
		"unknown user", "no such user", "delivery error", "failed delivery", "failure delivery", "mail failed",
		"error sending your mail", "error sending your message", "cannot be delivered", NULL };
	static const char *const delayed[] = { "delivery delayed", "delayed mail", "delivery status notification (delay",
		"message delayed", "still being retried", "mail delayed", "delay in delivery",
		"warning: could not send", "warning: message", "delivery is delayed", NULL };
	static const char *const senders[] = { "mailer-daemon", "postmaster@", "microsoftexchange", "mail delivery",
		"maildelivery", "mail-daemon", "mdaemon", "mailerdaemon", "mailer_daemon", "mail delivery system",
		"mail delivery subsystem", "postmaster", "mailadmin", "bounce", "system administrator", "ndr administrator", "post_master", "mail administrator", NULL };
	const char *subject = reading->message->subject;
	const char *from = reading->message->from.address, *name = reading->message->from.name;
	bool system = text_has_any(from, senders) || text_has_any(name, senders);

	if (*from == '\0' && *name == '\0')
		system = true;
	if (strcmp(reading_header(reading, "Return-Path"), "<>") == 0 && *reading_header(reading, "Auto-Submitted") != '\0')
		system = true;
	if (!system && *reading_header(reading, "X-Failed-Recipients") == '\0')
		return NOTICE_NONE;
	if (text_has_any(subject, delayed))
		return NOTICE_DELAY;
	if (str_starts_nocase(subject, "delivered:") || str_starts_nocase(subject, "relayed:") ||
	    str_starts_nocase(subject, "expanded:"))
		return NOTICE_RECEIPT;
	return text_has_any(subject, failed) ? NOTICE_BOUNCE : NOTICE_NONE;
}

bool
bounce_read(struct reading *reading)
{
	struct message *message = reading->message;
	enum notice notice = NOTICE_NONE;
	const char *text = reading->body == NULL ? "" : reading->body;

	/* A report whose parts were torn apart on the way still has its lines. */
	if (reading->report.len == 0 && text_has(text, "final-recipient:") && by_subject(reading) != NOTICE_NONE)
		buf_add_str(&reading->report, text);
	if (reading->report.len > 0)
		notice = read_status(reading);
	if (notice == NOTICE_NONE) {
		notice = by_subject(reading);
		if (notice == NOTICE_NONE && str_same(reading->report_type, "delivery-status"))
			notice = NOTICE_BOUNCE;
		if (notice == NOTICE_BOUNCE || notice == NOTICE_DELAY)
			read_prose(reading, text);
	}
	if (notice == NOTICE_NONE)
		return false;
	find_original(reading, buf_text(&reading->returned));
	find_original(reading, text);
	if (*message->original_message_id == '\0')
		message->original_message_id = message->in_reply_to;
	message->notice = notice;
	return true;
}
