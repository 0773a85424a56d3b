/*
 * A frozen mail for Microsoft Graph.  Run by the send role; pure.
 * Invariant: those to whom the headers send the mail are exactly its
 * recipients, no more and no fewer.
 * Fails: ERR_MESSAGE.
 */
#include "send/graph_mime.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/str.h"
#include "send/dialogue.h"

/* ---- Headers */

/* The line that begins at text, its end (CRLF, LF, CR) left out; *next_r: behind its end. */
static size_t
line_length(const char *text, size_t len, size_t *next_r)
{
	size_t n = 0;

	while (n < len && text[n] != '\r' && text[n] != '\n')
		n++;
	*next_r = n + (n < len) + (n + 1 < len && text[n] == '\r' && text[n + 1] == '\n');
	return n;
}

static bool
is_recipient_header(const char *line, size_t len)
{
	static const char *const names[] = { "To:", "Cc:", "Bcc:" };

	for (size_t i = 0; i < 3; i++)
		if (len >= strlen(names[i]) && strncasecmp(line, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* What stands in To, Cc and Bcc, on one line, commas between. False: the mail does not begin with a header. */
static bool
recipient_headers(const char *mail, size_t len, struct buf *out)
{
	size_t at = 0, n, next;
	bool in_one = false;

	/* What begins with a space would go on with the header that we put before it. */
	if (len > 0 && (mail[0] == ' ' || mail[0] == '\t'))
		return false;
	while (at < len) {
		n = line_length(mail + at, len - at, &next);
		if (n == 0)
			return at > 0;
		if (mail[at] == ' ' || mail[at] == '\t') {
			if (in_one)
				buf_add(out, mail + at, n);
		} else if ((in_one = is_recipient_header(mail + at, n))) {
			const char *colon = memchr(mail + at, ':', n);

			buf_add_char(out, ',');
			buf_add(out, colon + 1, n - (size_t)(colon + 1 - (mail + at)));
		}
		at += next;
	}
	return at > 0;
}

/* ---- Addresses */

/* One entry of a list: "Name <address>" or "address"; what is quoted or in brackets may hold commas. */
struct entry { const char *begin, *end, *angle, *angle_end; };

static const char *
skip_quoted(const char *p)
{
	for (p++; *p != '\0' && *p != '"'; p++)
		if (*p == '\\' && p[1] != '\0')
			p++;
	return *p == '"' ? p + 1 : p;
}

static const char *
next_entry(const char *p, struct entry *entry)
{
	*entry = (struct entry){ .begin = p };
	while (*p != '\0' && (*p != ',' || (entry->angle != NULL && entry->angle_end == NULL))) {
		if (*p == '"') {
			p = skip_quoted(p);
			continue;
		}
		if (*p == '<' && entry->angle == NULL)
			entry->angle = p + 1;
		else if (*p == '>' && entry->angle != NULL && entry->angle_end == NULL)
			entry->angle_end = p;
		p++;
	}
	entry->end = p;
	return *p == ',' ? p + 1 : p;
}

/* NULL: it is no address that we can be sure of; "": there is nothing. */
static const char *
entry_address(struct arena *arena, const struct entry *entry)
{
	const char *address;

	if (entry->angle != NULL && entry->angle_end == NULL)
		return NULL;
	address = entry->angle != NULL ? arena_strndup(arena, entry->angle, (size_t)(entry->angle_end - entry->angle)) :
	    arena_strndup(arena, entry->begin, (size_t)(entry->end - entry->begin));
	address = str_trim(arena, address);
	if (*address == '\0' && entry->angle == NULL)
		return address;
	return smtp_address_is_safe(address) && strpbrk(address, ",;:()\"\\") == NULL ? address : NULL;
}

static bool
is_among(const char *address, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_same(address, list[i]))
			return true;
	return false;
}

static int
named_read(struct arena *arena, const char *headers, const char *const *to, size_t to_count, struct strs *named, struct err *err)
{
	struct entry entry;
	const char *address;

	while (*headers != '\0') {
		headers = next_entry(headers, &entry);
		address = entry_address(arena, &entry);
		if (address == NULL)
			return err_set(err, ERR_MESSAGE, "the mail's headers name a recipient in a way that Microsoft Graph may read "
			    "otherwise than we do");
		if (*address == '\0')
			continue;
		if (!is_among(address, to, to_count))
			return err_set(err, ERR_MESSAGE, "the mail is to go to some of those who stand in its headers and not to all: "
			    "Microsoft Graph cannot do that, it would send it to all of them");
		strs_add_new(arena, named, address);
	}
	return 0;
}

/* ---- The whole */

static void
add_crlf(struct buf *out, const char *mail, size_t len)
{
	size_t at = 0, n, next;

	while (at < len) {
		n = line_length(mail + at, len - at, &next);
		buf_add(out, mail + at, n);
		buf_add_str(out, "\r\n");
		at += next;
	}
}

static int
add_bcc(const struct strs *named, const char *const *to, size_t to_count, struct buf *out, struct err *err)
{
	const char *before = "Bcc: ";

	for (size_t i = 0; i < to_count; i++) {
		if (strs_has_nocase(named, to[i]))
			continue;
		if (!smtp_address_is_safe(to[i]) || strpbrk(to[i], ",;:()\"\\") != NULL)
			return err_set(err, ERR_MESSAGE, "one of the recipients has no address that mail can be sent to");
		buf_printf(out, "%s%s", before, to[i]);
		before = ",\r\n ";
	}
	if (before[0] == ',')
		buf_add_str(out, "\r\n");
	return 0;
}

int
graph_mime(const char *mail, size_t len, const char *const *to, size_t to_count, struct buf *out, struct err *err)
{
	struct arena *arena = arena_new();
	struct buf headers = BUF_INIT, whole = BUF_INIT;
	struct strs named = { NULL, 0 };
	int rc = -1;

	/* Behind a NUL, a recipient would not be seen by us. */
	if (!recipient_headers(mail, len, &headers) || (headers.len > 0 && memchr(headers.data, '\0', headers.len) != NULL)) {
		err_set(err, ERR_MESSAGE, "the mail to be sent has no headers that can be read");
		goto out;
	}
	if (named_read(arena, buf_text(&headers), to, to_count, &named, err) == -1 ||
	    add_bcc(&named, to, to_count, &whole, err) == -1)
		goto out;
	add_crlf(&whole, mail, len);
	if (whole.len > GRAPH_MIME_MOST) {
		err_set(err, ERR_MESSAGE, "the mail has %zu KB, and Microsoft Graph takes %zu KB in one piece: a person must pass it on, "
		    "or mails must go out by \"smtp\"", whole.len / 1024 + 1, GRAPH_MIME_MOST / 1024);
		goto out;
	}
	base64_add(out, whole.data, whole.len);
	rc = 0;
out:
	buf_free(&headers);
	buf_free(&whole);
	arena_free(&arena);
	return rc;
}
