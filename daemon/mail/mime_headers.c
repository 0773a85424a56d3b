/*
 * The mail's own headers: addresses, ids, dates, and those kept for trust and
 * routing.  Runs in adviced-parse only.
 * Invariant: of a header that must stand once the topmost counts.
 * Fails: never; what is too long is a remark.
 */
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/str.h"
#include "mail/headers.h"
#include "mail/mime.h"

#define HEADER_VALUE_MAX 16384
#define HEADERS_MAX	500

const char *
reading_header(const struct reading *reading, const char *name)
{
	size_t i;

	for (i = 0; i < reading->header_count; i++)
		if (strcasecmp(reading->headers[i].name, name) == 0)
			return reading->headers[i].value;
	return "";
}

void
reading_remark(struct reading *reading, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	remark_add(reading->arena, &reading->message->remarks,
	    str_utf8(reading->arena, text, strlen(text)));
}

static bool
is_address_header(const char *name)
{
	static const char *const names[] = { "From", "Sender", "Reply-To", "To", "Cc", NULL };
	size_t i;

	for (i = 0; names[i] != NULL; i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

static void
read_addresses(struct reading *reading, const char *name, const char *raw)
{
	struct message *message = reading->message;
	struct mail_addresses list = { NULL, 0 };
	struct strs *remarks = &message->remarks;

	if (strcasecmp(name, "To") == 0)
		address_parse(reading->arena, raw, "To header", remarks, &message->to);
	else if (strcasecmp(name, "Cc") == 0)
		address_parse(reading->arena, raw, "Cc header", remarks, &message->cc);
	else if (strcasecmp(name, "Reply-To") == 0)
		address_parse(reading->arena, raw, "Reply-To header", remarks, &message->reply_to);
	else {
		address_parse(reading->arena, raw, "sender's name", remarks, &list);
		if (list.n == 0)
			return;
		if (strcasecmp(name, "From") == 0 && *message->from.address == '\0' && *message->from.name == '\0')
			message->from = list.v[0];
		else if (strcasecmp(name, "Sender") == 0)
			message->sender = list.v[0];
	}
}

/* What an unfinished or doubled address header must not do: speak twice. The first of each counts. */
static void
read_header(struct reading *reading, GMimeHeader *header)
{
	const char *name = source_name(reading->source, header), *raw = g_mime_header_get_raw_value(header);
	struct mail_header *one;
	size_t len;

	if (name == NULL || raw == NULL || reading->header_count >= HEADERS_MAX)
		return;
	len = strlen(raw);
	reading->header_bytes += strlen(name) + len;
	if (reading->header_bytes > reading->limits->header_bytes) {
		reading_remark(reading, "The headers are longer than %zu KB; the rest was not read.",
		    reading->limits->header_bytes >> 10);
		return;
	}
	if (is_address_header(name) && *reading_header(reading, name) == '\0')
		read_addresses(reading, name, raw);
	if (len > HEADER_VALUE_MAX) {
		raw = arena_strndup(reading->arena, raw, HEADER_VALUE_MAX);
		if (strcasecmp(name, "Subject") == 0)
			reading_remark(reading, "The subject is longer than %d KB; only its beginning was read.",
			    HEADER_VALUE_MAX >> 10);
	}
	one = arena_push(reading->arena, reading->headers, reading->header_count);
	one->name = str_visible(reading->arena, name, 100);
	/* A server's findings hold strangers' words (addresses): what those encode must not become part of them. */
	if (strcasecmp(name, "Authentication-Results") == 0)
		one->value = str_squeeze(reading->arena, str_utf8(reading->arena, raw, strlen(raw)));
	else
		one->value = header_decode(reading->arena, raw,
		    strcasecmp(name, "Subject") == 0 ? "subject" : arena_printf(reading->arena, "header %s", one->name),
		    &reading->message->remarks);
}

/* Those that trust, routing and the notices' rules may need later. */
static void
keep_headers(struct reading *reading)
{
	static const char *const kept[] = { "Authentication-Results", "X-MS-Exchange-Organization-AuthAs",
		"X-MS-Exchange-Organization-AuthSource", "X-MS-Exchange-Organization-AuthMechanism",
		"Auto-Submitted", "Return-Path", "Precedence", "List-Id", "X-Auto-Response-Suppress",
		"Content-Class", "Importance", "X-MS-Exchange-Inbox-Rules-Loop", "Delivered-To",
		"X-Original-To", "From", NULL };
	struct message *message = reading->message;
	size_t i, j;

	for (i = 0; i < reading->header_count && message->header_count < 60; i++) {
		bool keep = str_starts_nocase(reading->headers[i].name, "X-Adviced-");

		for (j = 0; kept[j] != NULL && !keep; j++)
			keep = strcasecmp(reading->headers[i].name, kept[j]) == 0;
		if (!keep)
			continue;
		*arena_push(reading->arena, message->headers, message->header_count) = reading->headers[i];
		/* One that is too long still stands above the others: it says nothing, and they do not speak for it. */
		if (strlen(reading->headers[i].value) >= 8192)
			message->headers[message->header_count - 1].value = "";
	}
}

static void
fill_headers(struct reading *reading)
{
	struct arena *arena = reading->arena;
	struct message *message = reading->message;
	struct strs ids = { NULL, 0 };
	const char *value, *semicolon;

	message->subject = reading_header(reading, "Subject");
	header_ids(arena, reading_header(reading, "Message-ID"), &ids);
	if (ids.n > 0)
		message->message_id = ids.v[0];
	else
		message->message_id = str_visible(arena, str_squeeze(arena, reading_header(reading, "Message-ID")), 900);
	ids.n = 0;
	header_ids(arena, reading_header(reading, "In-Reply-To"), &ids);
	message->in_reply_to = ids.n > 0 ? ids.v[0] : "";
	header_ids(arena, reading_header(reading, "References"), &message->references);
	if (message->references.n > 100) {	/* the root, and the nearest */
		memmove(message->references.v + 1, message->references.v + message->references.n - 99,
		    99 * sizeof(message->references.v[0]));
		message->references.n = 100;
	}
	message->thread_root = header_thread_root(arena, reading_header(reading, "Thread-Index"));
	message->date = header_date(reading_header(reading, "Date"));
	value = reading_header(reading, "Received");
	semicolon = strrchr(value, ';');
	message->received = semicolon == NULL ? INSTANT_NONE : header_date(semicolon + 1);
	keep_headers(reading);
}

/* "Name: value" */
static bool
is_field(const char *line, size_t len)
{
	size_t name = 0;

	while (name < len && (g_ascii_isalnum(line[name]) || line[name] == '-' || line[name] == '_'))
		name++;
	return name > 0 && name + 1 < len && line[name] == ':' && strchr(" \t", line[name + 1]) != NULL;
}

off_t
mime_begin(int fd)
{
	char text[2048];
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);
	size_t first, second;

	if (len <= 0)
		return 0;
	text[len] = '\0';
	first = strcspn(text, "\n");
	if (text[first] == '\0' || is_field(text, first) || strncmp(text, "From ", 5) == 0 || strncmp(text, ">From ", 6) == 0)
		return 0;
	second = strcspn(text + first + 1, "\n");
	return is_field(text + first + 1, second) ? (off_t)first + 1 : 0;
}

void
mime_headers(struct reading *reading, GMimeMessage *mail)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(mail));
	GMimeObject *part = g_mime_message_get_mime_part(mail);
	int i, n = g_mime_header_list_get_count(list);

	for (i = 0; i < n; i++)
		read_header(reading, g_mime_header_list_get_header_at(list, i));
	if (part != NULL) {
		GMimeHeaderList *own = g_mime_object_get_header_list(part);

		n = g_mime_header_list_get_count(own);
		for (i = 0; i < n && i < 20; i++)
			read_header(reading, g_mime_header_list_get_header_at(own, i));
		reading->type = part_type(reading, part);
		reading->report_type = part_type_param(part, "report-type");
		if (reading->report_type != NULL)
			reading->report_type = str_visible(reading->arena, reading->report_type, 60);
	}
	fill_headers(reading);
}

void
mime_fingerprint_headers(struct reading *reading, GMimeMessage *mail)
{
	static const char *const names[] = { "Message-ID", "From", "Date", "Subject", NULL };
	size_t i;

	for (i = 0; names[i] != NULL; i++) {
		const char *raw = source_header(reading->source, GMIME_OBJECT(mail), names[i]);
		char *text = str_squeeze(reading->arena, str_utf8(reading->arena, raw == NULL ? "" : raw,
		    raw == NULL ? 0 : strlen(raw)));

		g_checksum_update(reading->fingerprint, (const guchar *)text, -1);
		g_checksum_update(reading->fingerprint, (const guchar *)"\n", 1);
	}
}
