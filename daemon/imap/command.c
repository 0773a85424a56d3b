/*
 * Commands line by line.  Run by the fetch role, for everything of which only
 * the answer matters.
 * Invariant: when command_finish() has returned 0, the dialogue stands
 * between two commands; when it has returned -1, the session is broken.
 * Fails: ERR_RETRY when the connection broke or the server talks nonsense.
 */
#include "imap/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

#define QUOTED_MAX	900
#define LITERAL_KEPT	1024

void
command_start(struct session *session, struct buf *out, const char *verb)
{
	buf_reset(out);
	session->tag++;
	buf_printf(out, "a%u %s", session->tag, verb);
}

static bool
can_be_quoted(const char *text)
{
	size_t len = 0;

	for (; text[len] != '\0'; len++)
		if ((unsigned char)text[len] < 0x20 || (unsigned char)text[len] > 0x7e)
			return false;
	return len <= QUOTED_MAX;
}

int
command_send(struct session *session, struct buf *out, struct err *err)
{
	mailstream *to = session->imap->imap_stream;
	bool sent;

	buf_add_str(out, "\r\n");
	stream_step(session->stream);
	sent = mailstream_write(to, out->data, out->len) == (ssize_t)out->len && mailstream_flush(to) == 0;
	explicit_bzero(out->data, out->len);
	buf_reset(out);
	return sent ? 0 : session_broke(session, "talking", err);
}

int
command_string(struct session *session, struct buf *out, const char *text, struct err *err)
{
	struct reply reply = { .status = REPLY_OK };
	int result = 0;

	buf_add_char(out, ' ');
	if (can_be_quoted(text)) {
		buf_add_char(out, '"');
		for (; *text != '\0'; text++) {
			if (*text == '"' || *text == '\\')
				buf_add_char(out, '\\');
			buf_add_char(out, *text);
		}
		buf_add_char(out, '"');
		return 0;
	}
	buf_printf(out, "{%zu}", strlen(text));
	if (command_send(session, out, err) == -1)
		return -1;
	result = command_go_on(session, &reply, err);
	if (result == 1) {
		session->broken = true;
		result = err_set(err, ERR_RETRY, "%s does not take what we say: %s", session->host, reply.text);
	}
	reply_free(&reply);
	if (result == 0)
		buf_add_str(out, text);
	return result;
}

/* The size of the literal that a line ends with, or -1; *brace_r is where it is announced. */
static long
literal_size(const char *line, size_t len, size_t *brace_r)
{
	size_t i = len;
	char *end;
	long size;

	if (len < 3 || line[len - 1] != '}')
		return -1;
	while (i > 0 && line[i - 1] != '{')
		i--;
	if (i == 0)
		return -1;
	*brace_r = i - 1;
	size = strtol(line + i, &end, 10);
	return line[i] >= '0' && line[i] <= '9' && end == line + len - 1 && size >= 0 ? size : -1;
}

/* A name may come as a literal: it is put into the line as a quoted string, up to so many bytes of it. */
static int
take_literal(struct session *session, MMAPString *line, long size)
{
	char data[4096];
	size_t kept = 0;

	if (mmap_string_append_c(line, '"') == NULL)
		return -1;
	while (size > 0) {
		size_t want = size > (long)sizeof(data) ? sizeof(data) : (size_t)size;
		ssize_t n = mailstream_read(session->imap->imap_stream, data, want);

		if (n <= 0)
			return -1;
		size -= n;
		for (ssize_t i = 0; i < n && kept < LITERAL_KEPT; i++, kept++) {
			char c = (unsigned char)data[i] < ' ' ? '?' : data[i];

			if (((c == '"' || c == '\\') && mmap_string_append_c(line, '\\') == NULL) ||
			    mmap_string_append_c(line, c) == NULL)
				return -1;
		}
	}
	return mmap_string_append_c(line, '"') == NULL ? -1 : 0;
}

const char *
command_line(struct session *session, struct err *err)
{
	MMAPString *line = session->imap->imap_stream_buffer;
	size_t len, brace;
	long size;

	if (mailstream_read_line(session->imap->imap_stream, line) == NULL)
		goto broke;
	while ((len = strcspn(line->str, "\r\n")), (size = literal_size(line->str, len, &brace)) >= 0)
		if (mmap_string_truncate(line, brace) == NULL || take_literal(session, line, size) == -1 ||
		    mailstream_read_line_append(session->imap->imap_stream, line) == NULL)
			goto broke;
	line->str[len] = '\0';
	return line->str;
broke:
	session_broke(session, "talking", err);
	return NULL;
}

/* What the server says in brackets: "[TRYCREATE] ...", "[COPYUID 1 2:3 5:6] ...". */
static const char *
take_code(const char *text, struct reply *reply)
{
	const char *end = *text == '[' ? strchr(text, ']') : NULL;
	size_t len;

	if (end == NULL)
		return text;
	len = strcspn(text + 1, " ]");
	snprintf(reply->code, sizeof(reply->code), "%.*s", (int)len, text + 1);
	if (str_starts_nocase(text, "[COPYUID ")) {
		buf_reset(&reply->copyuid);
		buf_add(&reply->copyuid, text + 9, (size_t)(end - text - 9));
	} else if (str_starts_nocase(text, "[APPENDUID "))
		sscanf(text + 11, "%*u %u", &reply->append_uid);
	for (end++; *end == ' '; end++)
		;
	return end;
}

bool
command_is_answer(const struct session *session, const char *line, struct reply *reply)
{
	struct arena *arena;
	char tag[16];
	const char *p;
	int len = snprintf(tag, sizeof(tag), "a%u ", session->tag);

	if (strncmp(line, tag, (size_t)len) != 0)
		return false;
	p = line + len;
	reply->status = str_starts_nocase(p, "OK") ? REPLY_OK : str_starts_nocase(p, "NO") ? REPLY_NO :
	    REPLY_BAD;
	p += strcspn(p, " ");
	p = take_code(p + strspn(p, " "), reply);
	arena = arena_new();
	snprintf(reply->text, sizeof(reply->text), "%s", str_visible(arena, p, sizeof(reply->text) - 1));
	arena_free(&arena);
	return true;
}

/* UID MOVE gives its COPYUID in an untagged OK. */
static void
note_untagged(struct session *session, const char *line, struct reply *reply)
{
	if (str_starts_nocase(line, "* OK [COPYUID "))
		take_code(line + 5, reply);
	else
		session_untagged(session, line);
}

/* An answer that is about the command; one that is about us ends the session. */
static int
take_answer(struct session *session, const char *line, int answered, struct err *err)
{
	line += strcspn(line, " ");
	return session_is_shut_out(session, line + strspn(line, " "), err) ? -1 : answered;
}

int
command_answer(struct session *session, struct reply *reply, struct err *err)
{
	const char *line;

	while ((line = command_line(session, err)) != NULL) {
		if (command_is_answer(session, line, reply))
			return take_answer(session, line, 0, err);
		if (line[0] == '*')
			note_untagged(session, line, reply);
	}
	return -1;
}

int
command_go_on(struct session *session, struct reply *reply, struct err *err)
{
	const char *line;

	while ((line = command_line(session, err)) != NULL) {
		if (line[0] == '+')
			return 0;
		if (command_is_answer(session, line, reply))
			return take_answer(session, line, 1, err);
		if (line[0] == '*')
			note_untagged(session, line, reply);
	}
	return -1;
}

int
command_finish(struct session *session, struct buf *out, struct reply *reply, struct err *err)
{
	memset(reply, 0, sizeof(*reply));
	if (command_send(session, out, err) == -1)
		return -1;
	return command_answer(session, reply, err);
}

void
reply_free(struct reply *reply)
{
	buf_free(&reply->copyuid);
}
