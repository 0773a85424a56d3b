/*
 * Reports of delivery that machines write for people: Exim, qmail, sendmail,
 * Postfix, Exchange, Domino, gateways.  Who was not reached, and why.  Runs
 * in adviced-parse; pure.
 * Invariant: an address counts only where the report's own words name it as
 * a recipient, the surest way of naming first; what stands in the mail that
 * came back counts only when that mail had a single recipient.
 * Fails: never; no recipient is an answer.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "mail/headers.h"
#include "mail/notice.h"
#include "mail/words.h"

#define PLACES_MAX	2000	/* addresses looked at in one report */
#define REASON_MAX	400

/* How surely a place names a recipient. */
enum naming { NAMING_NONE, NAMING_NEAR, NAMING_SAID, NAMING_LINE };

struct place {
	const char	*start, *end;	/* the address */
	enum naming	 naming;
};

/* Do the report's own words end with this line? */
static bool
ends_report(const char *line, size_t len)
{
	static const char *const headers[] = { "received:", "return-path:", "message-id:", "delivered-to:",
		"dkim-signature:", "domainkey-signature:", "x-original-to:", NULL };
	static const char *const words[] = { "copy of the message", "copy of your message", "original message",
		"unsent message", "returned message", "message headers", "message header", "headers follow",
		"undelivered message", "original mail", "beginning of the message", "end of message", NULL };
	size_t i, skip = 0;

	while (skip < len && strchr(" \t>|", line[skip]) != NULL)
		skip++;
	line += skip;
	len -= skip;
	for (i = 0; headers[i] != NULL; i++)
		if (len >= strlen(headers[i]) && strncasecmp(line, headers[i], strlen(headers[i])) == 0)
			return true;
	while (len > 0 && isspace((unsigned char)line[len - 1]))
		len--;
	if (len < 10 || len > 120 || words_in(line, len, words, 1) == 0)
		return false;
	return strchr("-*=_", line[0]) != NULL || line[len - 1] == ':' ||
	    (len > 8 && strncasecmp(line + len - 8, "follows.", 8) == 0) ||
	    (len > 7 && strncasecmp(line + len - 7, "follow.", 7) == 0);
}

static size_t
report_length(const char *text)
{
	const char *s;
	size_t len;

	for (s = text; *s != '\0'; s += len + (s[len] == '\n')) {
		len = strcspn(s, "\n");
		if (ends_report(s, len))
			break;
	}
	return (size_t)(s - text);
}

static bool
is_local(char c)
{
	return isalnum((unsigned char)c) || (c != '\0' && strchr("._%+-='&!#$*/?^`{|}~", c) != NULL);
}

/* The next address from at on; false when there is none. */
static bool
next_address(const char *text, const char *at, struct place *place)
{
	for (; (at = strchr(at, '@')) != NULL; at++) {
		place->start = at;
		place->end = at + 1;
		while (place->start > text && is_local(place->start[-1]))
			place->start--;
		while (place->start < at && strchr("'*/|`.-=", *place->start) != NULL)
			place->start++;
		while (isalnum((unsigned char)*place->end) || *place->end == '-' || *place->end == '.')
			place->end++;
		while (place->end > at && strchr(".-", place->end[-1]) != NULL)
			place->end--;
		if (place->start < at && memchr(at, '.', (size_t)(place->end - at)) != NULL)
			return true;
	}
	return false;
}

/* The address begins its line, alone or with the reason behind it. */
static bool
begins_line(const char *text, const struct place *place)
{
	static const char *const others[] = { "sent by", "from", "sender", "contact", "mail", "help", "by", NULL };
	const char *s = place->start, *end = place->end;

	while (s > text && strchr(" \t<>\"'-*", s[-1]) != NULL)
		s--;
	if (s > text && s[-1] != '\n')
		return false;
	while (*end != '\0' && strchr(">\"')", *end) != NULL)
		end++;
	if (strchr(" \t\r\n:,;(.", *end) == NULL)
		return false;
	end += strspn(end, " \t\r");
	/* In the middle of a sentence that was wrapped here. */
	if (*end != '\0' && islower((unsigned char)*end))
		return false;
	return !words_end_at(text, s, others);
}

/* The address to which the report itself came. */
static bool
is_own(const struct reading *reading, const struct place *place)
{
	const struct message *message = reading->message;
	const char *own = message->to.n > 0 ? message->to.v[0].address : "";
	size_t len = (size_t)(place->end - place->start);

	return strlen(own) == len && strncasecmp(own, place->start, len) == 0;
}

/* A server's answer: "550 <someone@x>... User unknown". */
static bool
is_reply(const char *text, const struct place *place)
{
	const char *s = place->start;

	if (s - text < 5 || s[-1] != '<' || (strncmp(place->end, ">...", 4) != 0 && strncmp(place->end, ">:", 2) != 0))
		return false;
	s -= 5;
	return (*s == '4' || *s == '5') && isdigit((unsigned char)s[1]) && isdigit((unsigned char)s[2]) && s[3] == ' ' &&
	    (s == text || !isalnum((unsigned char)s[-1]));
}

/* Words right before it say that it was to get the mail. */
static bool
is_said(const struct reading *reading, const char *text, const struct place *place)
{
	static const char *const words[] = { "rcpt to", "recipient", "recipients", "recipient address", "your mail to",
		"your message to", "your email to", "your e-mail to", "message to", "delivered to", "deliver to",
		"delivering to", "delivery to", "deliver mail to", "delivering your mail to", "deliver message to",
		"failed to", "sent to", "rfc822", "utf-8", "emailaddress", "failed address", "failed recipient",
		"intended recipient", "to the following recipient", "the address", "the following address", NULL };

	return words_end_at(text, place->start, words) || (is_reply(text, place) && !is_own(reading, place));
}

/* Prose around the place speaks of recipients. */
static bool
is_near(const struct reading *reading, const char *text, const struct place *place)
{
	static const char *const about[] = { "recipient", "deliver", "your message to", "following address",
		"mailbox", "failed", "rcpt to", "addresses", "user", "unknown", "couldn't be", "couldn’t be", "reject",
		"wasn't", "wasn’t", "unreachable", "not found", "does not exist", "not listed", NULL };
	static const char *const others[] = { "contact", "from", "sender", "by", "message-id", "message id", "id",
		"postmaster", "references", "in-reply-to", "help", "please", "mail from", NULL };
	const struct message *message = reading->message;
	const char *from = place->start - text > 200 ? place->start - 200 : text;
	size_t len = (size_t)(place->end - place->start), behind = strnlen(place->end, 120);

	if (words_end_at(text, place->start, others) || is_own(reading, place))
		return false;
	if (strlen(message->from.address) == len && strncasecmp(message->from.address, place->start, len) == 0)
		return false;
	if (strncasecmp(place->start, "postmaster@", 11) == 0 || strncasecmp(place->start, "mailer-daemon@", 14) == 0)
		return false;
	return words_in(from, (size_t)(place->end - from) + behind, about, 1) > 0;
}

static enum naming
naming_of(const struct reading *reading, const char *text, const struct place *place)
{
	if (begins_line(text, place))
		return NAMING_LINE;
	if (is_said(reading, text, place))
		return NAMING_SAID;
	return is_near(reading, text, place) ? NAMING_NEAR : NAMING_NONE;
}

/* How far the paragraph goes, at most REASON_MAX. */
static size_t
paragraph_length(const char *text)
{
	size_t len = strnlen(text, REASON_MAX);
	const char *stop = memmem(text, len, "\n\n", 2);

	return stop == NULL ? len : (size_t)(stop - text);
}

/* What is said of an address: the rest of its paragraph, up to the next of the same standing. */
static char *
reason_after(struct arena *arena, const char *end, const char *next)
{
	size_t len = paragraph_length(end);
	char *reason;

	if (len < 3 && end[len] == '\n') {	/* the reason follows as a paragraph of its own */
		end += len + 2;
		len = paragraph_length(end);
	}
	if (next != NULL && next < end + len)
		len = next > end ? (size_t)(next - end) : 0;
	reason = arena_strndup(arena, end, len);
	reason = str_squeeze(arena, reason);
	reason += strspn(reason, ">:)\"', ");
	return str_utf8(arena, reason, strlen(reason));
}

static void
add_places(struct reading *reading, const char *text, struct place *places, size_t n, enum naming naming)
{
	char *status, *overall = status_in(reading->arena, text), *reason;
	size_t i, j;

	for (i = 0; i < n; i++) {
		if (places[i].naming != naming)
			continue;
		for (j = i + 1; j < n && places[j].naming != naming; j++)
			;
		reason = reason_after(reading->arena, places[i].end, j < n ? places[j].start : NULL);
		status = status_in(reading->arena, reason);
		if (naming == NAMING_LINE)
			bounced_add(reading, arena_strndup(reading->arena, places[i].start,
			    (size_t)(places[i].end - places[i].start)), status != NULL ? status : overall, reason);
		else
			bounced_add(reading, arena_strndup(reading->arena, places[i].start,
			    (size_t)(places[i].end - places[i].start)), overall, "");
	}
}

/* The one recipient of the mail that came back, when nobody is named. */
static void
add_returned(struct reading *reading, const char *text)
{
	const char *s, *status = status_in(reading->arena, text);
	struct mail_addresses list = { NULL, 0 };
	size_t len;

	for (s = text; *s != '\0'; s += len + (s[len] == '\n')) {
		len = strcspn(s, "\n");
		s += strspn(s, " \t>");
		len = strcspn(s, "\n");
		if (len > 3 && len < 1000 && strncasecmp(s, "To:", 3) == 0) {
			address_parse(reading->arena, arena_strndup(reading->arena, s + 3, len - 3), "report",
			    &reading->message->remarks, &list);
			break;
		}
	}
	if (list.n == 1 && *list.v[0].address != '\0')
		bounced_add(reading, list.v[0].address, status, "");
}

void
prose_read(struct reading *reading, const char *text)
{
	struct message *message = reading->message;
	size_t length = report_length(text), n = 0, i;
	char *report = arena_strndup(reading->arena, text, length);
	struct place *places = NULL, place;
	enum naming best = NAMING_NONE;
	struct mail_addresses named = { NULL, 0 };
	const char *at;

	address_parse(reading->arena, reading_header(reading, "X-Failed-Recipients"), "report", &message->remarks,
	    &named);
	for (i = 0; i < named.n; i++)
		bounced_add(reading, named.v[i].address, status_in(reading->arena, report), "");
	for (at = report; n < PLACES_MAX && next_address(report, at, &place); at = place.end) {
		place.naming = naming_of(reading, report, &place);
		if (place.naming > best)
			best = place.naming;
		*arena_push(reading->arena, places, n) = place;
	}
	if (best > NAMING_NEAR || (best == NAMING_NEAR && message->bounced_count == 0))
		add_places(reading, report, places, n, best);
	if (message->bounced_count == 0)
		add_returned(reading, buf_text(&reading->returned));
	if (message->bounced_count == 0)
		add_returned(reading, text + length);
}
