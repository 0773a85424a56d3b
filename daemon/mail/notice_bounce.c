/*
 * Reports about mail of ours: is it a failure, a delay or a receipt, and
 * which mail is it about.  Runs in adviced-parse; pure.
 * Invariant: only a mailer reports; a person who passes a report on, or
 * writes about one, is a person.
 * Fails: false, when the mail is no report.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "mail/headers.h"
#include "mail/notice.h"
#include "mail/words.h"

#define BOUNCED_MAX	200

bool
bounced_add(struct reading *reading, const char *address, const char *status, const char *reason)
{
	struct message *message = reading->message;
	struct mail_addresses list = { NULL, 0 };
	struct bounced *one;
	size_t i;

	address_parse(reading->arena, address, "report", &message->remarks, &list);
	if (list.n == 0 || *list.v[0].address == '\0' || message->bounced_count >= BOUNCED_MAX)
		return false;
	for (i = 0; i < message->bounced_count; i++)
		if (str_same(message->bounced[i].address, list.v[0].address)) {
			/* Named twice: what was said the second time may tell more. */
			if (*message->bounced[i].status == '\0' && status != NULL)
				message->bounced[i].status = status;
			if (*message->bounced[i].reason == '\0' && reason != NULL)
				message->bounced[i].reason = reason;
			return true;
		}
	one = arena_push(reading->arena, message->bounced, message->bounced_count);
	one->address = list.v[0].address;
	one->status = status == NULL ? "" : status;
	one->reason = reason == NULL ? "" : reason;
	return true;
}

/* An SMTP reply: "550 ", "(550)", "554-"; the class of it as a status, or NULL. */
static const char *
reply_class(const char *text)
{
	const char *s;

	for (s = text; (s = strpbrk(s, "45")) != NULL; s++) {
		if ((s > text && (isalnum((unsigned char)s[-1]) || strchr(".,:-+/", s[-1]) != NULL)) ||
		    s[1] < '0' || s[1] > '5' || !isdigit((unsigned char)s[2]))
			continue;
		if (s[3] == ' ' || s[3] == '-' || s[3] == ')' || s[3] == ':' || s[3] == ';')
			return *s == '4' ? "4.0.0" : "5.0.0";
	}
	return NULL;
}

char *
status_in(struct arena *arena, const char *text)
{
	const char *s;
	size_t len;

	for (s = text; *s != '\0'; s++) {
		if ((*s != '2' && *s != '4' && *s != '5') || s[1] != '.' ||
		    (s > text && (isalnum((unsigned char)s[-1]) || s[-1] == '.')))
			continue;
		len = strspn(s, "0123456789.");
		while (len > 0 && s[len - 1] == '.')
			len--;
		if (len >= 5 && len <= 9 && strspn(s + 2, "0123456789") <= 3 &&
		    s[2 + strspn(s + 2, "0123456789")] == '.' && memchr(s + len, '@', 1) == NULL)
			return arena_strndup(arena, s, len);
	}
	s = reply_class(text);
	return s == NULL ? NULL : arena_strdup(arena, s);
}

/* The id in a "Message-ID:" line and the line after it, where it was folded; with or without < >. */
static bool
id_of_line(struct reading *reading, const char *value)
{
	struct strs ids = { NULL, 0 };
	size_t len = strcspn(value, "\n"), more;
	char *id;

	if (value[len] == '\n' && strspn(value, " \t\r") >= len) {
		more = strcspn(value + len + 1, "\n");
		len += 1 + more;
	}
	header_ids(reading->arena, arena_strndup(reading->arena, value, len > 2000 ? 2000 : len), &ids);
	if (ids.n == 0) {
		id = str_squeeze(reading->arena, arena_strndup(reading->arena, value, len > 2000 ? 2000 : len));
		id += strspn(id, "> |");
		if (strchr(id, '@') == NULL || strpbrk(id, " <>") != NULL)
			return false;
		strs_add(reading->arena, &ids, id);
	}
	reading->message->original_message_id = ids.v[0];
	return true;
}

/* The Message-ID line of the mail that came back; indented or quoted as well. */
static void
find_original(struct reading *reading, const char *text)
{
	static const char *const names[] = { "message-id:", "original-message-id:", "x-original-message-id:",
		"message id:", "original message id:", "internet-message-id:", NULL };
	const char *s, *at;
	size_t i;

	for (s = text; *s != '\0' && *reading->message->original_message_id == '\0'; s += strcspn(s, "\n"),
	    s += *s == '\n') {
		at = s + strspn(s, " \t>|");
		for (i = 0; names[i] != NULL; i++)
			if (str_starts_nocase(at, names[i]) && id_of_line(reading, at + strlen(names[i])))
				return;
	}
}

/* A mailer's own name. */
static bool
is_mailer(const struct message *message)
{
	static const char *const senders[] = { "mailer-daemon", "postmaster", "post_master", "microsoftexchange",
		"mail delivery", "maildelivery", "mail-daemon", "mdaemon", "mailerdaemon", "mailer_daemon", "mailadmin",
		"bounce@", "bounces@", "bounces+", "system administrator", "ndr administrator", "mail administrator",
		"mail system", "mail router", NULL };
	const char *from = message->from.address, *name = message->from.name;

	return (*from == '\0' && *name == '\0') || text_has_any(from, senders) || text_has_any(name, senders);
}

/* Nobody who could be answered: an empty return path and a machine's mark. */
static bool
is_nobody(const struct reading *reading)
{
	return strcmp(reading_header(reading, "Return-Path"), "<>") == 0 &&
	    str_starts_nocase(reading_header(reading, "Auto-Submitted"), "auto-");
}

/* The verdict of a subject. */
static enum notice
subject_notice(const char *subject)
{
	static const char *const failed[] = { "undeliver", "delivery status notification (fail",
		"delivery notification: delivery has failed", "mail delivery failed", "mail delivery failure",
		"delivery failure", "delivery has failed", "failure notice", "returned mail", "returned email",
		"message not delivered", "mail system error", "delivery failed", "could not be delivered",
		"non delivery", "non-delivery", "nondeliverable", "undelivered", "rejected:", "mail failure",
		"returning message to sender", "delivery status notification", "unzustellbar", "nicht zustellbar",
		"unzustellbare", "non remis", "non distribu", "échec de la remise", "échec de remise", "no se puede entregar",
		"no entregado", "impossibile recapitare", "mancato recapito", "niet bezorgd", "onbestelbaar",
		"kan inte levereras", "kan ikke leveres", "não é possível entregar", "niedostarcz", "недоставленн",
		"配信できません", "配信不能", "メールエラー", "mail could not be delivered", "message undeliverable",
		"email delivery failure", "unknown user", "user unknown", "no such user", "delivery error", "failed delivery",
		"failure delivery", "mail failed", "error sending your mail", "error sending your message",
		"cannot be delivered", "couldn't be delivered", "couldn’t be delivered", "not deliverable",
		"message could not be", "delivery report", "postmaster notify", "message delivery failure",
		"delivery problem", "delivery incomplete", "message blocked", "message rejected", "mail rejected", NULL };
	static const char *const delayed[] = { "delivery delayed", "delayed mail", "delivery status notification (delay",
		"delivery status notification: delay", "notification (mail delivery delay", "message delayed",
		"still being retried", "mail delayed", "delay in delivery", "delivery has been delayed",
		"warning: could not send", "warning--could not send", "warning: message", "delivery is delayed",
		"could not send message for past", "delay notification", "delivery delay", "zustellung verzögert", NULL };
	static const char *const reached[] = { "delivered:", "relayed:", "expanded:", "delivery receipt",
		"successful mail delivery", "delivery status notification (success", "delivery status notification (relay",
		"successful delivery", "zugestellt:", "remis :", "entregado:", NULL };

	if (text_has_any(subject, delayed))
		return NOTICE_DELAY;
	if (text_has_any(subject, reached) && !text_has(subject, "undelivered:"))
		return NOTICE_RECEIPT;
	return text_has_any(subject, failed) ? NOTICE_BOUNCE : NOTICE_NONE;
}

/* The verdict of a mailer's own words: it is still trying, or it has given up. */
static enum notice
words_notice(const char *text)
{
	static const char *const trying[] = { "will keep trying", "will continue to try", "will continue trying",
		"delivery attempts will continue", "will be retried", "will retry", "still trying", "not yet been delivered",
		"do not need to resend", "don't need to resend", "no action is required on your part", "warning message only",
		"attempts to deliver the message will continue", "continue to attempt", "keep retrying",
		"has been delayed", "hasn't been delivered yet", "hasn’t been delivered yet", NULL };
	static const char *const given_up[] = { "permanent error", "given up", "giving up", "was not able to be delivered",
		"could not be delivered", "couldn't be delivered", "couldn’t be delivered", "wasn't delivered",
		"wasn’t delivered", "was not delivered", "unable to deliver", "wasn't able to deliver", "not able to deliver",
		"delivery has failed", "delivery failed", "fatal error", "address not found", "cannot be delivered",
		"could not deliver", "couldn't deliver", "cannot deliver", "undeliverable", "no such user", "user unknown",
		"failed permanently", "message was rejected", "has been rejected", "error delivering your mail", NULL };
	size_t len = strlen(text);

	/* A warning tells what will be when it fails; the last word of one that has given up is not about trying. */
	if (words_in(text, len, trying, 1) > 0)
		return NOTICE_DELAY;
	return words_in(text, len, given_up, 1) > 0 ? NOTICE_BOUNCE : NOTICE_NONE;
}

/*
 * Reports that carry no message/delivery-status.  A mailer's own name and
 * either subject or words; a nameless machine must say so in both, since
 * portals send as nobody too.
 */
static enum notice
prose_notice(const struct reading *reading, const char *text)
{
	enum notice subject = subject_notice(reading->message->subject), words = words_notice(text);
	const char *path = reading_header(reading, "Return-Path");
	bool mailer = is_mailer(reading->message) || *reading_header(reading, "X-Failed-Recipients") != '\0';

	if (automatic_by_subject(reading))
		return NOTICE_NONE;
	if (str_same(reading->report_type, "delivery-status")) {
		if (subject == NOTICE_NONE)
			subject = NOTICE_BOUNCE;
	} else if (!mailer && (!is_nobody(reading) || words == NOTICE_NONE))
		return NOTICE_NONE;
	if (subject == NOTICE_BOUNCE)
		return words == NOTICE_DELAY ? NOTICE_DELAY : NOTICE_BOUNCE;
	if (subject != NOTICE_NONE)
		return subject;
	/* The postmaster may be a person, whose mail has a way back. */
	return mailer && (*path == '\0' || strcmp(path, "<>") == 0) ? words : NOTICE_NONE;
}

/* Amazon's and others' notifications in JSON: a machine's report for machines. */
static bool
is_json_bounce(const char *text)
{
	static const char *const words[] = { "\"notificationtype\":\"bounce\"", "\"eventtype\":\"bounce\"",
		"\\\"notificationtype\\\":\\\"bounce\\\"", NULL };

	return text[strspn(text, " \n\t")] == '{' && text_has_any(text, words);
}

bool
bounce_read(struct reading *reading)
{
	struct message *message = reading->message;
	enum notice notice = NOTICE_NONE;
	const char *text = reading->body == NULL ? "" : reading->body;

	/* A report whose parts were torn apart on the way still has its lines. */
	if (reading->report.len == 0 && text_has(text, "final-recipient:") &&
	    (is_mailer(message) || is_nobody(reading)))
		buf_add_str(&reading->report, text);
	if (str_same(reading->report_type, "feedback-report"))
		return false;		/* somebody's complaint; nothing came back */
	if (reading->report.len > 0)
		notice = status_read(reading);
	if (notice == NOTICE_NONE)
		notice = is_json_bounce(text) ? NOTICE_BOUNCE : prose_notice(reading, text);
	if (notice == NOTICE_NONE)
		return false;
	if (message->bounced_count == 0 && notice != NOTICE_RECEIPT)
		prose_read(reading, text);
	/* A gateway that passes on another's report says nothing itself. */
	if (message->bounced_count == 0 && notice == NOTICE_BOUNCE && text_has(buf_text(&reading->forwarded),
	    "final-recipient:")) {
		buf_reset(&reading->report);
		buf_add_str(&reading->report, buf_text(&reading->forwarded));
		(void)status_read(reading);
	}
	find_original(reading, buf_text(&reading->returned));
	find_original(reading, text);
	if (*message->original_message_id == '\0')
		message->original_message_id = message->in_reply_to;
	if (*message->original_message_id == '\0' && message->references.n > 0)
		message->original_message_id = message->references.v[message->references.n - 1];
	message->notice = notice;
	return true;
}
