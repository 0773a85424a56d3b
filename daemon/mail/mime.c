/*
 * From the bytes of a mail to its best body and its documents: the tree of
 * its parts, by way of GMime.  Runs in adviced-parse only.
 * Invariant: every leaf part is decoded exactly once; what goes beyond a
 * limit is left out and said in message->remarks.
 * Fails: ERR_MESSAGE for what has not one header field.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/str.h"
#include "mail/charset.h"
#include "mail/headers.h"
#include "mail/html.h"
#include "mail/mime.h"
#include "mail/parse_rest.h"

/* Where in the mail a part stands. */
struct place {
	unsigned	depth;
	bool		in_related;
	bool		in_alternative;
	bool		in_forward;	/* inside an attached mail */
	bool		in_return;	/* inside the mail that a report brings back */
	bool		in_attached;	/* inside any mail within the mail */
	bool		is_root;	/* of a multipart/related */
	bool		is_first;	/* of its multipart */
};

/* The body text of a part: of a leaf one of the two, of multipart/alternative both. */
struct found {
	char	*plain;
	char	*html;
};

static struct found walk(struct reading *reading, GMimeObject *object, struct place place);

/* The HTML's text; that somebody hid words in it is said. */
static char *
html_seen(struct reading *reading, const char *html)
{
	bool hidden;
	char *text = html_text_seen(reading->arena, html, &hidden);

	if (hidden)
		reading_remark(reading, "The mail holds text that a reader cannot see; the hidden text was left out.");
	return text;
}

/* The text of what was found: plain if there is any, else the HTML's. */
static char *
settle(struct reading *reading, struct found found)
{
	char *html = NULL;

	if (found.plain != NULL && *str_trim(reading->arena, found.plain) != '\0') {
		/* "Your program cannot show HTML" is no body. */
		if (found.html == NULL || strlen(found.plain) > 300 || strcasestr(found.plain, "html") == NULL)
			return found.plain;
		html = html_seen(reading, found.html);
		return strlen(html) > 2 * strlen(found.plain) ? html : found.plain;
	}
	if (found.html != NULL)
		html = html_seen(reading, found.html);
	return html != NULL ? html : found.plain;
}

static struct found
walk_multipart(struct reading *reading, GMimeMultipart *multipart, const char *type, struct place place)
{
	struct found found = { NULL, NULL }, one;
	bool alternative = strcmp(type, "multipart/alternative") == 0;
	bool related = strcmp(type, "multipart/related") == 0;
	int i, n = g_mime_multipart_get_count(multipart);

	if (strcmp(type, "multipart/encrypted") == 0)
		reading->opaque = true;
	if (n == 0 && g_mime_multipart_get_prologue(multipart) != NULL) {
		/* Its boundary is not the one it names: all of it is one text. */
		found.plain = charset_tidy(reading->arena, str_utf8(reading->arena,
		    g_mime_multipart_get_prologue(multipart), strlen(g_mime_multipart_get_prologue(multipart))));
		reading_remark(reading, "The parts of the mail could not be told apart; it was read as one text.");
		return found;
	}
	place.in_related = related || (place.in_related && !alternative);
	place.in_alternative = alternative;
	place.depth++;
	for (i = 0; i < n; i++) {
		place.is_first = i == 0;
		place.is_root = related && i == 0;
		if (reading->parts > reading->limits->parts)
			break;
		one = walk(reading, g_mime_multipart_get_part(multipart, i), place);
		if (alternative || related) {
			found.plain = found.plain != NULL ? found.plain : one.plain;
			found.html = found.html != NULL ? found.html : one.html;
			continue;
		}
		one.plain = settle(reading, one);
		if (one.plain == NULL)
			continue;
		if (found.plain == NULL)
			found.plain = one.plain;
		else if (*one.plain != '\0')
			found.plain = arena_printf(reading->arena, "%s\n%s", found.plain, one.plain);
	}
	return found;
}

/* A header of an attached mail as it is shown above its text. */
static void
show_header(struct reading *reading, struct buf *out, GMimeObject *message, const char *name, const char *shown)
{
	const char *raw = source_header(reading->source, message, name);

	if (raw != NULL)
		buf_printf(out, "%s: %s\n", shown,
		    header_decode(reading->arena, raw, "header of an attached mail", &reading->message->remarks));
}

static void
walk_attached_mail(struct reading *reading, GMimeMessage *inner, struct place place)
{
	struct buf above = reading->forwarded, head = BUF_INIT;
	GMimeObject *object = GMIME_OBJECT(inner), *part = g_mime_message_get_mime_part(inner);
	struct found found = { NULL, NULL };
	char *text;

	show_header(reading, &head, object, "From", "From");
	show_header(reading, &head, object, "Date", "Sent");
	show_header(reading, &head, object, "To", "To");
	show_header(reading, &head, object, "Cc", "Cc");
	show_header(reading, &head, object, "Subject", "Subject");
	if (place.in_return && part_header(object, "Message-ID") != NULL)
		buf_printf(&reading->returned, "Message-ID: %s\n", part_header(object, "Message-ID"));
	memset(&reading->forwarded, 0, sizeof(reading->forwarded));
	place.depth++;
	place.in_related = place.in_alternative = false;
	place.in_attached = true;
	if (!place.in_return) {
		place.in_forward = true;
		reading->has_attached_mail = true;
	}
	if (part != NULL)
		found = walk(reading, part, place);
	text = settle(reading, found);
	if (place.in_return) {
		buf_add_str(&reading->returned, buf_text(&head));
		if (text != NULL && reading->returned.len < reading->limits->text_bytes)
			buf_printf(&reading->returned, "\n%s\n", text);
		buf_free(&reading->forwarded);
		reading->forwarded = above;
	} else {
		/* The outer mail first, then what was attached to it. */
		struct buf below = reading->forwarded;

		reading->forwarded = above;
		if (reading->forwarded.len < reading->limits->text_bytes) {
			if (reading->forwarded.len > 0)
				buf_add_str(&reading->forwarded, "\n" HISTORY_RULE "\n");
			buf_printf(&reading->forwarded, "%s\n%s\n", buf_text(&head), text == NULL ? "" : text);
			if (below.len > 0)
				buf_printf(&reading->forwarded, "\n" HISTORY_RULE "\n%s", buf_text(&below));
		}
		buf_free(&below);
	}
	buf_free(&head);
}

/* Parts that are about the mail, not of it: reports, calendar. True when taken. */
static bool
special_part(struct reading *reading, GMimeObject *object, const char *type, struct place place)
{
	struct buf *into = NULL, bytes;

	if (strcmp(type, "message/delivery-status") == 0 || strcmp(type, "message/global-delivery-status") == 0 ||
	    strcmp(type, "message/disposition-notification") == 0 ||
	    strcmp(type, "message/global-disposition-notification") == 0)
		/* A report that somebody passed on reports nothing to us. */
		into = place.in_attached ? &reading->forwarded : &reading->report;
	else if (strcmp(type, "text/rfc822-headers") == 0)
		into = &reading->returned;
	else if (strcmp(type, "text/calendar") == 0 && !place.in_forward && !place.in_return) {
		const char *method = part_type_param(object, "method");

		if (!place.in_alternative && place.depth > 0 && part_has_disposition(object, "attachment"))
			return false;
		reading->calendar_shown = true;
		if (method != NULL && strlen(method) < 20 && *reading->message->calendar_method == '\0') {
			char *s = str_utf8(reading->arena, method, strlen(method)), *c;

			for (c = s; *c != '\0'; c++)
				*c = (char)toupper((unsigned char)*c);
			reading->message->calendar_method = s;
		}
		into = &reading->calendar;
	}
	if (into == NULL)
		return false;
	bytes = part_bytes(reading, GMIME_PART(object), reading->limits->text_bytes);
	if (into->len < reading->limits->text_bytes) {
		buf_add(into, buf_text(&bytes), bytes.len);
		buf_add_str(into, "\n\n");
	}
	buf_free(&bytes);
	return true;
}

static bool
is_wrapper(const char *type, const char *name)
{
	return strcmp(type, "application/ms-tnef") == 0 || strcmp(type, "application/vnd.ms-tnef") == 0 ||
	    (name != NULL && strcasecmp(name, "winmail.dat") == 0);
}

static struct found
walk_leaf(struct reading *reading, GMimeObject *object, const char *type, struct place place)
{
	struct found found = { NULL, NULL };
	const char *name = part_name(reading, object);
	bool html = strcmp(type, "text/html") == 0, attached;

	if (special_part(reading, object, type, place))
		return found;
	attached = part_has_disposition(object, "attachment") || (name != NULL && place.depth > 0 && !place.is_root &&
	    !place.in_alternative && !(place.is_first && !part_has_disposition(object, "attachment")));
	if ((html || strcmp(type, "text/plain") == 0 || strcmp(type, "text/enriched") == 0) && !attached) {
		if (html)
			found.html = part_text(reading, object, true);
		else
			found.plain = part_text(reading, object, false);
		return found;
	}
	if (place.in_return)
		return found;	/* our own attachments, coming back */
	if (is_wrapper(type, name) && open_wrapper(reading, GMIME_PART(object), &found.plain))
		return found;
	document_part(reading, object, type, place.in_related);
	return found;
}

static struct found
walk(struct reading *reading, GMimeObject *object, struct place place)
{
	struct found found = { NULL, NULL };
	char *type;

	if (object == NULL || parse_rest_missed())
		return found;
	if (place.depth > reading->limits->depth) {
		reading_remark(reading, "The mail is nested more than %u levels deep; what lies deeper was not read.",
		    reading->limits->depth);
		return found;
	}
	if (++reading->parts > reading->limits->parts) {
		reading_remark(reading, "The mail has more than %u parts; the rest was not read.",
		    reading->limits->parts);
		return found;
	}
	type = part_type(reading, object);
	if (GMIME_IS_MULTIPART(object)) {
		if (strcmp(type, "multipart/report") == 0 && !place.in_forward)
			place.in_return = true;
		return walk_multipart(reading, GMIME_MULTIPART(object), type, place);
	}
	if (GMIME_IS_MESSAGE_PART(object)) {
		GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));

		if (inner != NULL)
			walk_attached_mail(reading, inner, place);
		return found;
	}
	if (GMIME_IS_PART(object))
		return walk_leaf(reading, object, type, place);
	return found;
}

int
mime_read(struct reading *reading, int fd, struct err *err)
{
	struct place top = { .is_first = true };
	GMimeParser *parser = NULL;
	GMimeMessage *mail = NULL;
	struct mail_source source;
	off_t size = lseek(fd, 0, SEEK_END);
	int result = -1;

	if (size < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_errno(err, ERR_MESSAGE, "mail: cannot be read");
	reading->message->size = (uint64_t)size;
	source_open(reading, fd, mime_begin(fd), size, &source);
	reading->source = &source;
	parser = g_mime_parser_new_with_stream(source.stream);
	g_mime_parser_set_persist_stream(parser, TRUE);
	mail = g_mime_parser_construct_message(parser, NULL);
	source_show(&source);
	if (mail == NULL) {
		err_set(err, ERR_MESSAGE, "mail: no mail at all: not one header could be read");
		goto out;
	}
	reading->fingerprint = g_checksum_new(G_CHECKSUM_SHA256);
	mime_headers(reading, mail);
	if (reading->header_count == 0) {
		err_set(err, ERR_MESSAGE, "mail: no mail at all: not one header could be read");
		goto out;
	}
	mime_fingerprint_headers(reading, mail);
	reading->body = settle(reading, walk(reading, g_mime_message_get_mime_part(mail), top));
	memcpy(reading->message->fingerprint, g_checksum_get_string(reading->fingerprint), 65);
	result = 0;
out:
	if (reading->fingerprint != NULL)
		g_checksum_free(reading->fingerprint);
	if (mail != NULL)
		g_object_unref(mail);
	g_object_unref(parser);
	source_close(&source);
	reading->source = NULL;
	return result;
}
