/*
 * A mail's bytes to a struct message: see parse.h.  Runs in a parse child
 * (and, for tests, anywhere).
 * Invariant: every pointer of the message is set and every text is valid
 * UTF-8 within its limit; what was left out is in the remarks.
 * Fails: ERR_MESSAGE for what is no mail at all; ERR_RETRY when the disk does
 * not take the documents; ERR_DAEMON for a mail that is to be read elsewhere.
 */
#include <string.h>

#include <gmime/gmime.h>

#include "base/str.h"
#include "mail/body.h"
#include "mail/charset.h"
#include "mail/document.h"
#include "mail/facts.h"
#include "mail/headers.h"
#include "mail/parse_rest.h"
#include "mail/reading.h"

/* The settings in the units that are counted in; VALUE says where a setting comes from. */
#define PARSE_LIMITS(VALUE) { \
	.depth = (unsigned)VALUE(nesting), \
	.parts = (unsigned)VALUE(parts), \
	.header_bytes = (size_t)VALUE(header_kb) << 10, \
	.text_bytes = (size_t)VALUE(text_kb) << 10, \
	.document_bytes = (uint64_t)VALUE(documents_mb) << 20, \
	.look_bytes = (size_t)VALUE(document_mb) << 20, \
	.unpacked_bytes = (uint64_t)VALUE(unpacked_mb) << 20, \
	.ratio = (unsigned)VALUE(ratio), \
	.entries = (unsigned)VALUE(entries), \
	.pages = (unsigned)VALUE(pages), \
	.document_text_bytes = (size_t)VALUE(document_text_kb) << 10, \
	.documents_ms = (unsigned)VALUE(documents_time_s) * 1000 \
}
#define NORMAL(member)	LIMIT_NORMAL_##member
#define GIVEN(member)	limits->member

const struct parse_limits parse_limits_default = PARSE_LIMITS(NORMAL);

struct parse_limits
parse_limits_from(const struct limits *limits)
{
	return (struct parse_limits)PARSE_LIMITS(GIVEN);
}

void
parse_start_common(void)
{
	g_mime_init();
	charset_start();
	document_start();
}

bool
parse_start_rest(void)
{
	charset_start_rest();
	parse_rest_came();
	return pdf_start();
}

void
parse_start(void)
{
	parse_start_common();
	(void)parse_start_rest();	/* a PDF that cannot be read is said to be one */
}

/* text, cut to the limit at a character. */
static const char *
bounded(struct reading *reading, const char *text, const char *what)
{
	size_t max = reading->limits->text_bytes;

	if (strlen(text) > max)
		reading_remark(reading, "The %s is longer than %zu KB; the rest was left out.", what, max >> 10);
	return str_cut(reading->arena, text, max);
}

static void
message_init(struct message *message)
{
	message->message_id = message->in_reply_to = message->thread_root = "";
	message->from.name = message->from.address = "";
	message->sender = message->forwarded_from = message->from;
	message->subject = message->subject_peeled = message->marking = "";
	message->date = message->received = INSTANT_NONE;
	message->original_message_id = message->calendar_method = message->calendar_answer = "";
	message->back_on = DAY_NONE;
	message->new_text = message->forwarded_text = message->quoted_text = "";
}

/* The marking: of the subject, else of a line of its own in the text. */
static void
fill_texts(struct reading *reading)
{
	struct message *message = reading->message;
	struct body body;
	const char *line_marking;
	bool is_reply = reading->subject.is_reply || (*message->in_reply_to != '\0' &&
	    !reading->subject.is_forward);

	body_split(reading->arena, reading->body == NULL ? "" : reading->body, reading->subject.is_forward,
	    is_reply, &body);
	message->new_text = bounded(reading, body_trim(reading->arena, body.new_text, message->from.name,
	    &line_marking), "new text");
	if (*message->marking == '\0')
		message->marking = line_marking;
	if (reading->forwarded.len > 0)
		body.forwarded = arena_printf(reading->arena, "%s%s%s", body.forwarded,
		    *body.forwarded == '\0' ? "" : "\n", charset_tidy(reading->arena, str_utf8(reading->arena,
		    buf_text(&reading->forwarded), reading->forwarded.len)));
	if (reading->returned.len > 0)
		body.quoted = arena_printf(reading->arena, "%s%s%s", body.quoted, *body.quoted == '\0' ? "" : "\n",
		    charset_tidy(reading->arena, str_utf8(reading->arena, buf_text(&reading->returned),
		    reading->returned.len)));
	message->forwarded_text = bounded(reading, body.forwarded, "forwarded text");
	message->quoted_text = bounded(reading, body.quoted, "quoted text");
	if (*message->forwarded_text != '\0')
		body_forwarded_from(reading->arena, message->forwarded_text, &message->forwarded_from);
}

int
parse_message(struct arena *arena, int mail_fd, int documents_fd, dayno today,
    const struct parse_limits *limits, struct message **message_r, struct err *err)
{
	struct message *message = arena_alloc(arena, sizeof(*message));
	struct reading reading = { .arena = arena, .limits = limits, .message = message,
		.documents_fd = documents_fd, .today = today };
	dayno near;
	int result;

	message_init(message);
	result = mime_read(&reading, mail_fd, err);
	if (parse_rest_missed())
		result = err_set(err, ERR_DAEMON, "mail: what it takes to read it is not loaded here");
	if (result == 0 && reading.no_room)
		result = err_set(err, ERR_RETRY, "mail: the disk did not take its documents");
	if (result == 0) {
		subject_peel(arena, message->subject, &reading.subject);
		message->subject_peeled = reading.subject.peeled;
		message->marking = reading.subject.marking;
		fill_texts(&reading);
		/* Years that a mail leaves out are those of its own time. */
		near = message->received != INSTANT_NONE && instant_date(message->received) <= today ?
		    instant_date(message->received) : today;
		reading.today = near;
		/* Where all that could be read of a mail's files is a lock, it is an encrypted mail. */
		reading.zip_locked |= reading.document_locked && !reading.document_read;
		notice_find(&reading);
		facts_find(arena, message, near);
		*message_r = message;
	}
	buf_free(&reading.forwarded);
	buf_free(&reading.returned);
	buf_free(&reading.report);
	buf_free(&reading.calendar);
	return result;
}
