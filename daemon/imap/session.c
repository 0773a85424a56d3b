/*
 * Signing in and choosing a folder.  Run by the fetch role.
 * Invariant: the password is sent only over a stream that has been verified
 * (or goes to this machine), and is wiped from our buffers afterwards.
 * Fails: ERR_MAILBOX when the server refuses name, password or folder;
 * ERR_RETRY when the connection broke.
 */
#include "imap/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "imap/command.h"
#include "imap/name.h"

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

int
session_broke(struct session *session, const char *what, struct err *err)
{
	const struct err *why = stream_error(session->stream);

	session->broken = true;
	if (session->bye[0] != '\0')
		return err_set(err, ERR_RETRY, "%s ended the connection: %s", session->host, session->bye);
	if (why->scope == ERR_NONE)
		return err_set(err, ERR_RETRY, "%s: %s gave an answer that cannot be understood", what,
		    session->host);
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

static int
refused(struct session *session, const char *user, const struct reply *reply, struct err *err)
{
	session->broken = true;
	if (str_same(reply->code, "UNAVAILABLE") || str_same(reply->code, "INUSE") ||
	    str_same(reply->code, "LIMIT"))
		return err_set(err, ERR_RETRY, "%s cannot let %s in just now: %s", session->host, user,
		    reply->text);
	return err_set(err, ERR_MAILBOX, "%s does not accept the name %s with this password: %s",
	    session->host, user, reply->text);
}

static void
put_base64(struct buf *out, const unsigned char *data, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		uint32_t group = (uint32_t)data[i] << 16 | (uint32_t)(i + 1 < len ? data[i + 1] : 0) << 8 |
		    (i + 2 < len ? data[i + 2] : 0);

		buf_add_char(out, digits[group >> 18 & 63]);
		buf_add_char(out, digits[group >> 12 & 63]);
		buf_add_char(out, i + 1 < len ? digits[group >> 6 & 63] : '=');
		buf_add_char(out, i + 2 < len ? digits[group & 63] : '=');
	}
}

static void
forget(struct buf *secret)
{
	if (secret->data != NULL)
		explicit_bzero(secret->data, secret->size);
	buf_free(secret);
}

static int
sign_in_plain(struct session *session, const char *user, const char *password, struct reply *reply,
    struct err *err)
{
	struct buf out = BUF_INIT, plain = BUF_INIT;
	int result;

	command_start(session, &out, "AUTHENTICATE PLAIN");
	result = command_send(session, &out, err);
	if (result == 0)
		result = command_go_on(session, reply, err);
	if (result == 0) {
		buf_add_char(&plain, '\0');
		buf_add_str(&plain, user);
		buf_add_char(&plain, '\0');
		buf_add_str(&plain, password);
		put_base64(&out, (const unsigned char *)plain.data, plain.len);
		result = command_send(session, &out, err);
		if (result == 0)
			result = command_answer(session, reply, err);
	} else if (result == 1)
		result = 0;
	forget(&plain);
	forget(&out);
	return result;
}

static int
sign_in_login(struct session *session, const char *user, const char *password, struct reply *reply,
    struct err *err)
{
	struct buf out = BUF_INIT;
	int result = -1;

	command_start(session, &out, "LOGIN");
	if (command_string(session, &out, user, err) == 0 &&
	    command_string(session, &out, password, err) == 0)
		result = command_finish(session, &out, reply, err);
	forget(&out);
	return result;
}

static int
sign_in(struct session *session, const char *user, const char *password, struct err *err)
{
	struct reply reply = { .status = REPLY_OK };
	int result;

	if (mailimap_has_authentication(session->imap, "PLAIN"))
		result = sign_in_plain(session, user, password, &reply, err);
	else if (mailimap_has_extension(session->imap, "LOGINDISABLED"))
		result = err_set(err, ERR_MAILBOX, "%s lets nobody in with a password", session->host);
	else
		result = sign_in_login(session, user, password, &reply, err);
	if (result == 0 && reply.status != REPLY_OK)
		result = refused(session, user, &reply, err);
	if (result == 0)
		session->imap->imap_state = MAILIMAP_STATE_AUTHENTICATED;
	reply_free(&reply);
	return result;
}

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
session_open(const struct server *server, const char *password, struct stream_turn turn,
    struct session **session_r, struct err *err)
{
	struct session *session = x_calloc(1, sizeof(*session));

	*session_r = NULL;
	session->host = server->host;
	if (stream_open(server, turn, &session->stream, err) == -1 || greet(session, err) == -1 ||
	    read_capabilities(session, err) == -1)
		goto fail;
	if (session->imap->imap_state != MAILIMAP_STATE_AUTHENTICATED &&
	    (sign_in(session, server->user, password, err) == -1 || read_capabilities(session, err) == -1))
		goto fail;
	*session_r = session;
	return 0;
fail:
	session->broken = true;
	session_close(&session);
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
	free(s->folder);
	free(s);
}

/* ---- folders */

static bool
may_set_keywords(const struct mailimap_selection_info *info)
{
	if (info->sel_perm_flags == NULL)
		return false;
	for (clistiter *i = clist_begin(info->sel_perm_flags); i != NULL; i = clist_next(i)) {
		const struct mailimap_flag_perm *flag = clist_content(i);

		if (flag->fl_type == MAILIMAP_FLAG_PERM_ALL)
			return true;
	}
	return false;
}

int
session_select(struct session *session, const char *folder, bool read_only, struct err *err)
{
	const struct mailimap_selection_info *info;
	struct buf name = BUF_INIT;
	char what[200];
	int r;

	free(session->folder);
	session->folder = NULL;
	name_encode(folder, &name);
	stream_step(session->stream);
	r = read_only ? mailimap_examine(session->imap, buf_text(&name)) :
	    mailimap_select(session->imap, buf_text(&name));
	buf_free(&name);
	snprintf(what, sizeof(what), "opening the folder %.100s", folder);
	/* A refused EXAMINE comes back under that name. */
	if (session_result(session, r == MAILIMAP_ERROR_EXAMINE ? MAILIMAP_ERROR_SELECT : r, what, err) == -1)
		return -1;
	info = session->imap->imap_selection_info;
	session->folder = x_strdup(folder);
	session->uidvalidity = info->sel_uidvalidity;
	session->uidnext = info->sel_uidnext;
	session->exists = info->sel_exists;
	session->can_keywords = may_set_keywords(info);
	if (session->uidvalidity == 0)
		return err_set(err, ERR_MAILBOX, "%s: %s gives no UIDVALIDITY, so mails could be mixed up",
		    what, session->host);
	if (!read_only && info->sel_perm == MAILIMAP_MAILBOX_READONLY)
		return err_set(err, ERR_MAILBOX, "%s: it may only be read; the daemon must be able to move "
		    "mails out of it", what);
	return 0;
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
