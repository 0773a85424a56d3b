/*
 * Which mails are notices, written by machines about mail or absence, before
 * any rule runs.  Runs in adviced-parse; pure.
 * Invariant: one header alone proves nothing: a portal's request that says
 * Auto-Submitted: auto-generated stays a request, X-Auto-Response-Suppress is
 * not looked at.
 * Fails: never; NOTICE_NONE when in doubt, since a person's mail must not be
 * lost among notices.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "mail/headers.h"
#include "mail/reading.h"
#include "mail/words.h"

/* The note that Exchange puts in the place of a mail it cannot hand out over IMAP. */
static bool
is_stub(const struct reading *reading)
{
	const char *body = reading->body == NULL ? "" : reading->body;

	return str_starts_nocase(reading->message->subject, "Retrieval using the IMAP4 protocol failed") ||
	    str_starts_nocase(reading->message->subject, "Retrieval using the POP3 protocol failed") ||
	    (str_starts_nocase(body, "The server couldn't retrieve the following message") &&
	    text_has(reading->message->from.name, "Microsoft Exchange"));
}

static bool
is_recall(const struct reading *reading)
{
	const char *subject = reading->message->subject;

	if (str_starts_nocase(subject, "Message Recall "))
		return true;
	if (text_has(reading_header(reading, "Content-Class"), "recallmessage") ||
	    text_has(reading_header(reading, "X-MS-Exchange-Recall"), "true"))
		return true;
	return str_starts_nocase(subject, "Recall:") &&
	    text_has(reading->body == NULL ? "" : reading->body, "would like to recall");
}

/* RFC 8098, or Outlook's words without the report. */
static bool
is_receipt(const struct reading *reading)
{
	static const char *const words[] = { "was read on", "was displayed on", "has been read",
		"deleted without being read", "return receipt for the mail", "was opened on",
		"your message was read", "no guarantee that the", NULL };

	if (str_same(reading->report_type, "disposition-notification"))
		return true;
	if (!str_same(reading->subject.notice, "read") && !str_same(reading->subject.notice, "not read") &&
	    !str_same(reading->subject.notice, "read receipt") &&
	    !str_same(reading->subject.notice, "return receipt"))
		return false;
	return text_has_any(reading->body == NULL ? "" : reading->body, words);
}

/* The value of a calendar property in one line ("METHOD:REPLY"), or "". */
static char *
calendar_value(struct arena *arena, const char *text, const char *name)
{
	const char *s;
	size_t len = strlen(name);

	for (s = text; *s != '\0'; ) {
		if (strncasecmp(s, name, len) == 0)
			return arena_strndup(arena, s + len, strspn(s + len,
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-"));
		s += strcspn(s, "\n");
		s += *s == '\n' ? 1 : 0;
	}
	return arena_strdup(arena, "");
}

static char *
upper(char *text)
{
	char *s;

	for (s = text; *s != '\0'; s++)
		*s = (char)toupper((unsigned char)*s);
	return text;
}

static bool
read_calendar(struct reading *reading)
{
	struct message *message = reading->message;
	const char *text = buf_text(&reading->calendar), *at;
	struct arena *arena = reading->arena;

	if (!reading->calendar_shown) {
		if (!text_has(reading_header(reading, "Content-Class"), "calendarmessage"))
			return false;
	}
	if (*message->calendar_method == '\0')
		message->calendar_method = upper(calendar_value(arena, text, "METHOD:"));
	for (at = text; (at = strcasestr(at, "PARTSTAT=")) != NULL; at += 9) {
		char *answer = upper(calendar_value(arena, at, "PARTSTAT="));

		if (str_same(message->calendar_method, "REPLY") && !str_same(answer, "NEEDS-ACTION") &&
		    *message->calendar_answer == '\0')
			message->calendar_answer = answer;
	}
	return true;
}

static bool
is_encrypted_document(const struct document *document)
{
	static const char *const types[] = { "application/x-microsoft-rpmsg-message", "application/pgp-encrypted",
		"application/x-pgp-encrypted", "application/vnd.egress", NULL };
	static const char *const names[] = { "message.rpmsg", "message_v2.rpmsg", "message_v3.rpmsg",
		"message_v4.rpmsg", "securedoc.html", "secure-message.html", "securemessage.html",
		"securemessageatt.html", "smime.p7m", "egress.switch", NULL };
	size_t i;

	for (i = 0; types[i] != NULL; i++)
		if (str_same(document->type, types[i]))
			return true;
	for (i = 0; names[i] != NULL; i++)
		if (str_same(document->name, names[i]))
			return true;
	return str_ends_nocase(document->name, ".rpmsg") || str_ends_nocase(document->name, ".switch") ||
	    (str_starts_nocase(document->name, "securedoc") && str_ends_nocase(document->name, ".html"));
}

/* Wrappers that hold the mail itself out of reach; the words count only in what was newly written. */
static bool
is_encrypted(const struct reading *reading)
{
	static const char *const words[] = { "sent to you securely using egress", "egress web access",
		"switch.egress.com", "reader.egress.com", "secured by egress", "has sent you a protected message",
		"sent you an encrypted message", "you've received an encrypted message",
		"you have received an encrypted message", "message encryption by microsoft",
		"office 365 message encryption", "microsoft purview message encryption",
		"you have received a secure message", "you have a new secure message", "secure messaging portal",
		"sent you a secure message", "has sent you a secure email", "you have received a secure email",
		"zixmessage", "zix secure message", "mimecast secure messaging", "proofpoint encryption",
		"cisco registered envelope", "this is an encrypted message", NULL };
	const struct message *message = reading->message;
	bool has_zip = false;
	size_t i;

	if (reading->opaque || reading->zip_locked || text_has(reading_header(reading, "Content-Class"), "rpmsg"))
		return true;
	for (i = 0; i < message->document_count; i++) {
		const struct document *document = &message->documents[i];

		if (is_encrypted_document(document))
			return true;
		has_zip = has_zip || str_ends_nocase(document->name, ".zip") ||
		    str_ends_nocase(document->name, ".7z") || str_ends_nocase(document->name, ".rar");
	}
	if (text_has_any(message->new_text, words))
		return true;
	return has_zip && (text_has(message->new_text, "password protected") ||
	    text_has(message->new_text, "password-protected") || text_has(message->new_text, "encrypted zip"));
}

/*
 * Written by a machine in answer to a mail.  "auto-replied" says so itself;
 * "auto-generated" says only that a machine wrote it, so the sender must also
 * have shut out any answer (an empty return path) or the subject must say it.
 */
static bool
is_automatic_reply(const struct reading *reading)
{
	static const char *const subjects[] = { "automatic reply", "auto reply", "auto-reply", "autoreply", "auto",
		"auto response", "out of office", "out of the office", "out of office reply",
		"out of office autoreply", "automatische antwort", "réponse automatique",
		"respuesta automática", "risposta automatica", "automatisch antwoord", "autosvar",
		"automatiskt svar", "resposta automática", "odpowiedź automatyczna", "abwesenheitsnotiz", NULL };
	static const char *const starts[] = { "out of office", "out of the office", "automatic reply",
		"autoreply", "auto reply", "auto-reply", "auto response", "i am out of the office",
		"vacation reply", "away from my", NULL };
	const char *submitted = reading_header(reading, "Auto-Submitted");
	const char *precedence = reading_header(reading, "Precedence");
	const char *path = reading_header(reading, "Return-Path");
	bool nobody = strcmp(path, "<>") == 0;
	size_t i;

	for (i = 0; subjects[i] != NULL; i++)
		if (str_same(reading->subject.notice, subjects[i]))
			return true;
	for (i = 0; starts[i] != NULL; i++)
		if (str_starts_nocase(reading->message->subject, starts[i]) &&
		    (nobody || *submitted != '\0' || *reading_header(reading, "X-Autoreply") != '\0'))
			return true;
	if (str_starts_nocase(submitted, "auto-replied"))
		return true;
	if (*reading_header(reading, "X-Autoreply") != '\0' || *reading_header(reading, "X-Autorespond") != '\0' ||
	    *reading_header(reading, "X-AutoReply-From") != '\0' ||
	    *reading_header(reading, "X-Autogenerated") != '\0' || *reading_header(reading, "X-Autoresponder") != '\0' ||
	    str_starts_nocase(precedence, "auto_reply") || str_starts_nocase(precedence, "auto-reply") ||
	    str_same(reading_header(reading, "X-Precedence"), "auto_reply") ||
	    *reading_header(reading, "X-Mail-Autoreply") != '\0')
		return true;
	if (nobody && *reading_header(reading, "X-MS-Exchange-Inbox-Rules-Loop") != '\0')
		return true;
	return nobody && str_starts_nocase(submitted, "auto-generated") &&
	    (*reading->message->in_reply_to != '\0' || away_says(reading->message->new_text));
}

void
notice_find(struct reading *reading)
{
	struct message *message = reading->message;

	if (is_stub(reading))
		message->notice = NOTICE_STUB;
	else if (is_receipt(reading))
		message->notice = NOTICE_RECEIPT;
	else if (bounce_read(reading))
		return;
	else if (is_recall(reading))
		message->notice = NOTICE_RECALL;
	else if (read_calendar(reading))
		message->notice = NOTICE_CALENDAR;
	else if (is_encrypted(reading))
		message->notice = NOTICE_ENCRYPTED;
	else if (is_automatic_reply(reading)) {
		bool away = away_says(message->new_text) || text_has(message->subject, "out of office") ||
		    text_has(message->subject, "out of the office") || away_says(message->subject_peeled);

		message->notice = away ? NOTICE_OUT_OF_OFFICE : NOTICE_AUTO_REPLY;
		if (away)
			message->back_on = away_back_on(message->new_text, reading->today);
	}
	if (message->notice == NOTICE_RECEIPT) {
		const char *at = strcasestr(buf_text(&reading->report), "Original-Message-ID:");
		struct strs ids = { NULL, 0 };

		if (at != NULL)
			header_ids(reading->arena, arena_strndup(reading->arena, at, strcspn(at, "\n")), &ids);
		message->original_message_id = ids.n > 0 ? ids.v[0] : message->in_reply_to;
	} else if (message->notice == NOTICE_OUT_OF_OFFICE || message->notice == NOTICE_AUTO_REPLY)
		message->original_message_id = message->in_reply_to;
}
