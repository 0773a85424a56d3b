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
#include "mail/notice.h"
#include "mail/words.h"

#define ANSWER_TEXT_MAX	400	/* what people add to an answer to an invitation */

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

	static const char *const reports[] = { "Message Recall Success", "Message Recall Failure",
		"Message Recall Report", NULL };
	size_t i;

	for (i = 0; reports[i] != NULL; i++)
		if (str_starts_nocase(subject, reports[i]))
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

/* Folded lines made whole. */
static char *
calendar_unfold(struct arena *arena, const char *text)
{
	char *out = arena_alloc(arena, strlen(text) + 1), *to = out;

	for (; *text != '\0'; text++) {
		if (*text == '\r')
			continue;
		if (*text == '\n' && (text[1] == ' ' || text[1] == '\t'))
			text++;
		else
			*to++ = *text;
	}
	return out;
}

/* An answer whose calendar part was lost on the way: Outlook's prefix, and hardly a word besides. */
static const char *
answer_in_subject(const struct reading *reading)
{
	static const struct {
		const char	*prefix, *answer;
	} answers[] = {
		{ "accepted", "ACCEPTED" }, { "declined", "DECLINED" }, { "tentative", "TENTATIVE" },
		{ "tentatively accepted", "TENTATIVE" }, { "new time proposed", "TENTATIVE" },
	};
	size_t i;

	if (reading->message->document_count > 0 || strlen(reading->message->new_text) > ANSWER_TEXT_MAX ||
	    !str_starts_nocase(reading->message->subject, reading->subject.notice))
		return NULL;
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (str_same(reading->subject.notice, answers[i].prefix))
			return answers[i].answer;
	return NULL;
}

static bool
read_calendar(struct reading *reading)
{
	struct message *message = reading->message;
	struct arena *arena = reading->arena;
	const char *text = calendar_unfold(arena, buf_text(&reading->calendar)), *at, *answer;

	if (!reading->calendar_shown) {
		answer = answer_in_subject(reading);
		if (answer != NULL) {
			message->calendar_method = "REPLY";
			message->calendar_answer = answer;
		}
		return answer != NULL || text_has(reading_header(reading, "Content-Class"), "calendarmessage");
	}
	if (*message->calendar_method == '\0')
		message->calendar_method = upper(calendar_value(arena, text, "METHOD:"));
	if (!str_same(message->calendar_method, "REPLY") && !str_same(message->calendar_method, "COUNTER"))
		return true;
	for (at = text; *message->calendar_answer == '\0' && (at = strcasestr(at, "PARTSTAT=")) != NULL; at += 9) {
		answer = upper(calendar_value(arena, at, "PARTSTAT="));
		if (!str_same(answer, "NEEDS-ACTION"))
			message->calendar_answer = answer;
	}
	return true;
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
	else if (automatic_by_subject(reading))
		(void)automatic_read(reading);	/* an absent person's footer may name an encryption service */
	else if (read_calendar(reading))
		message->notice = NOTICE_CALENDAR;
	else if (is_sealed(reading))
		message->notice = NOTICE_ENCRYPTED;
	else
		(void)automatic_read(reading);
	if (message->notice == NOTICE_RECEIPT) {
		const char *at = strcasestr(buf_text(&reading->report), "Original-Message-ID:");
		struct strs ids = { NULL, 0 };

		if (at != NULL)
			header_ids(reading->arena, arena_strndup(reading->arena, at, strcspn(at, "\n")), &ids);
		message->original_message_id = ids.n > 0 ? ids.v[0] : message->in_reply_to;
	}
}
