/*
 * Connecting, signing in, and what goes wrong with it.  Run by the fetch role.
 * Invariant: the password is sent only over a stream that has been verified
 * (or goes to this machine), and is wiped from our buffers afterwards.
 * Fails: ERR_MAILBOX when the server refuses name or password;
 * ERR_RETRY when the connection broke.
 */
#include "imap/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "imap/command.h"
#include "imap/place.h"
#include "imap/sign_in.h"
#include "signin/said.h"

#define STREAM_BUFFER	16384

/* ---- libetpan's view of our stream */

static ssize_t
low_read(mailstream_low *low, void *data, size_t size)
{
	return stream_read(low->data, data, size);
}

static ssize_t
low_write(mailstream_low *low, const void *data, size_t len)
{
	return stream_write(low->data, data, len);
}

static int
low_close(mailstream_low *low)
{
	(void)low;		/* the session owns the stream */
	return 0;
}

static int
low_fd(mailstream_low *low)
{
	return stream_fd(low->data);
}

static void
low_free(mailstream_low *low)
{
	free(low);
}

static mailstream_low_driver driver = {
	.mailstream_read = low_read,
	.mailstream_write = low_write,
	.mailstream_close = low_close,
	.mailstream_get_fd = low_fd,
	.mailstream_free = low_free
};

/* ---- what went wrong */

bool
session_is_broken(const struct session *session)
{
	return session->broken || stream_error(session->stream)->scope != ERR_NONE;
}

/* The line that libetpan read last; it takes a farewell for the end of the connection, and keeps it to itself. */
static const char *
last_line(const struct session *session)
{
	const MMAPString *line = session->imap->imap_stream_buffer;

	return line == NULL || line->str == NULL ? "" : line->str;
}

static const char *
after_tag(const char *line)
{
	line += strcspn(line, " ");
	return line + strspn(line, " ");
}

bool
session_is_shut_out(struct session *session, const char *line, struct err *err)
{
	static const char *const sentences[] = {
		[BUSY_TROUBLED] = "cannot serve us just now",
		[BUSY_LIMITED] = "wants fewer commands or connections from us for a while",
		[BUSY_SHUT_OUT] = "let us in, but not at the mailbox: the account may lack full access to it or a "
		    "licence, IMAP may be switched off for it, or the server is limiting us"
	};
	struct arena *arena;
	enum busy busy = busy_read(line, &session->wait_ms);
	char wait[60] = "";

	if (busy == BUSY_NOT)
		return false;
	session->busy = busy;
	session->broken = true;
	if (session->wait_ms > 0)
		snprintf(wait, sizeof(wait), "; it asks for a rest of %d seconds", (session->wait_ms + 999) / 1000);
	arena = arena_new();
	err_set(err, busy == BUSY_SHUT_OUT ? ERR_MAILBOX : ERR_RETRY, "%s %s%s (it says: %s)", session->host,
	    sentences[busy], wait, str_visible(arena, str_trim(arena, line), 150));
	arena_free(&arena);
	/* With a token it is mostly one thing, and what to do about it is known. */
	if (busy == BUSY_SHUT_OUT && session->by_token && said_find(SAID_IMAP, line) != NULL)
		said_err(SAID_IMAP, session->host, line, ERR_MAILBOX, err);
	return true;
}

/* The dialogue is lost, or the server did not take our command for one: both end here. */
static int
not_understood(struct session *session, const char *what, struct err *err)
{
	const char *said = after_tag(last_line(session));
	struct arena *arena;

	if (session_is_shut_out(session, said, err))
		return -1;
	if (!str_starts_nocase(said, "BAD"))
		return err_set(err, ERR_RETRY, "%s: %s gave an answer that cannot be understood", what,
		    session->host);
	arena = arena_new();
	err_set(err, ERR_RETRY, "%s: %s says: %s", what, session->host, str_visible(arena,
	    str_trim(arena, said), 200));
	arena_free(&arena);
	return -1;
}

int
session_broke(struct session *session, const char *what, struct err *err)
{
	const struct err *why = stream_error(session->stream);

	session->broken = true;
	if (session->bye[0] == '\0' && str_starts_nocase(last_line(session), "* BYE"))
		session_untagged(session, last_line(session));
	if (session_is_shut_out(session, session->bye, err))
		return -1;
	if (session->bye[0] != '\0')
		return err_set(err, ERR_RETRY, "%s ended the connection: %s", session->host, session->bye);
	if (why->scope == ERR_NONE)
		return not_understood(session, what, err);
	if (err != NULL)
		*err = *why;
	return err_wrap(err, "%s", what);
}

/* libetpan keeps what it is told of new mail to itself. */
static void
note_news(struct session *session)
{
	struct mailimap_selection_info *info = session->imap->imap_selection_info;

	if (info == NULL || !info->sel_has_exists)
		return;
	info->sel_has_exists = 0;
	session->exists = info->sel_exists;
	session->news = true;
}

int
session_result(struct session *session, int result, const char *what, struct err *err)
{
	struct arena *arena;
	const char *said;

	note_news(session);
	switch (result) {
	case MAILIMAP_NO_ERROR:
	case MAILIMAP_NO_ERROR_AUTHENTICATED:
	case MAILIMAP_NO_ERROR_NON_AUTHENTICATED:
		return 0;
	case MAILIMAP_ERROR_SELECT:
	case MAILIMAP_ERROR_UID_FETCH:
	case MAILIMAP_ERROR_FETCH:
	case MAILIMAP_ERROR_UID_SEARCH:
	case MAILIMAP_ERROR_SEARCH:
	case MAILIMAP_ERROR_CAPABILITY:
		if (session_is_shut_out(session, after_tag(last_line(session)), err))
			return -1;
		arena = arena_new();
		said = session->imap->imap_response;
		err_set(err, ERR_MAILBOX, "%s: %s says: %s", what, session->host,
		    said == NULL ? "no" : str_visible(arena, said, 200));
		arena_free(&arena);
		return -1;
	default:
		return session_broke(session, what, err);
	}
}

void
session_untagged(struct session *session, const char *line)
{
	struct arena *arena;
	unsigned number;
	char word[16];

	if (sscanf(line, "* %u %15[A-Za-z]", &number, word) == 2) {
		if (str_same(word, "EXISTS")) {
			session->exists = number;
			session->news = true;
		} else if (str_same(word, "EXPUNGE") && session->exists > 0)
			session->exists--;
	} else if (str_starts_nocase(line, "* BYE")) {
		arena = arena_new();
		snprintf(session->bye, sizeof(session->bye), "%s", str_visible(arena, line + 5 +
		    strspn(line + 5, " "), sizeof(session->bye) - 1));
		arena_free(&arena);
		if (session->bye[0] == '\0')
			snprintf(session->bye, sizeof(session->bye), "without a reason");
	}
}

/* ---- signing in */

/* Asked for again after signing in: many servers say more then, and some say other things. */
static int
read_capabilities(struct session *session, struct err *err)
{
	struct mailimap_capability_data *list = NULL;
	int r;

	stream_step(session->stream);
	r = mailimap_capability(session->imap, &list);
	if (list != NULL)
		mailimap_capability_data_free(list);
	if (session_result(session, r, "asking what the server can do", err) == -1)
		return -1;
	session->can_move = mailimap_has_extension(session->imap, "MOVE");
	session->can_uidplus = mailimap_has_extension(session->imap, "UIDPLUS");
	session->can_idle = mailimap_has_extension(session->imap, "IDLE");
	session->can_namespace = mailimap_has_extension(session->imap, "NAMESPACE");
	return 0;
}

static int
greet(struct session *session, struct err *err)
{
	mailstream_low *low = mailstream_low_new(session->stream, &driver);
	mailstream *stream = low == NULL ? NULL : mailstream_new(low, STREAM_BUFFER);

	session->imap = mailimap_new(0, NULL);
	if (session->imap == NULL || stream == NULL)
		abort();	/* out of memory */
	stream_step(session->stream);
	return session_result(session, mailimap_connect(session->imap, stream),
	    "waiting for the server's greeting", err);
}

int
session_open(const struct server *server, const char *credential, struct stream_turn turn,
    struct session **session_r, struct err *err)
{
	struct session *session = x_calloc(1, sizeof(*session));

	*session_r = session;
	session->host = server->host;
	if (stream_open(server, turn, &session->stream, err) == -1 || greet(session, err) == -1 ||
	    read_capabilities(session, err) == -1)
		goto fail;
	if (session->imap->imap_state != MAILIMAP_STATE_AUTHENTICATED &&
	    (session_sign_in(session, server, credential, err) == -1 || read_capabilities(session, err) == -1))
		goto fail;
	return 0;
fail:
	session->broken = true;
	return -1;
}

void
session_close(struct session **session)
{
	struct session *s = *session;
	struct buf out = BUF_INIT;

	*session = NULL;
	if (s == NULL)
		return;
	if (s->imap != NULL) {
		if (!session_is_broken(s)) {
			command_start(s, &out, "LOGOUT");
			command_send(s, &out, NULL);
			buf_free(&out);
		}
		/* libetpan would say LOGOUT itself, and wait. */
		if (s->imap->imap_stream != NULL)
			mailstream_close(s->imap->imap_stream);
		s->imap->imap_stream = NULL;
		mailimap_free(s->imap);
	}
	stream_close(&s->stream);
	place_forget(s);
	free(s->folder);
	free(s);
}

int
session_noop(struct session *session, struct err *err)
{
	struct buf out = BUF_INIT;
	struct reply reply = { .status = REPLY_OK };
	int result;

	command_start(session, &out, "NOOP");
	result = command_finish(session, &out, &reply, err);
	if (result == 0 && reply.status != REPLY_OK) {
		session->broken = true;
		result = err_set(err, ERR_RETRY, "%s is in trouble: %s", session->host, reply.text);
	}
	reply_free(&reply);
	buf_free(&out);
	return result;
}
