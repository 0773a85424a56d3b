/*
 * Other folders.  Run by the fetch role.
 * Invariant: a mail is put into a folder only after that folder was searched
 * for it.
 * Fails: ERR_MAILBOX when the server says no, ERR_RETRY when it broke.
 */
#include "imap/folder.h"

#include <sys/stat.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/step.h"
#include "base/str.h"
#include "imap/list.h"
#include "imap/place.h"

#define ANSWER_BYTES	(1u << 20)	/* what a server may say besides */

/* One command about a folder; what the server says is in reply. */
static int
folder_command(struct session *session, const char *verb, const char *folder, struct reply *reply,
    struct err *err)
{
	struct buf out = BUF_INIT, name = BUF_INIT;
	int result = -1;

	memset(reply, 0, sizeof(*reply));
	if (place_wire(session, folder, &name, err) == -1)
		return -1;
	command_start(session, &out, verb);
	if (command_string(session, &out, buf_text(&name), err) == 0)
		result = command_finish(session, &out, reply, err);
	buf_free(&name);
	buf_free(&out);
	return result;
}

/* The server would not make it: because somebody was faster, or for good? */
static int
not_made(struct session *session, const char *folder, const struct reply *reply, struct err *err)
{
	int there = place_exists(session, folder, err);

	if (there == 1)
		return 0;
	if (there == 0)
		err_set(err, ERR_MAILBOX, "the folder %.100s cannot be made: %s says: %s", folder, session->host,
		    reply->text);
	return -1;
}

int
folder_make(struct session *session, const char *folder, struct err *err)
{
	struct reply reply = { .status = REPLY_OK };
	int result;

	if (step("imap.create") == -1)
		return err_errno(err, ERR_RETRY, "making the folder %s", folder);
	result = folder_command(session, "CREATE", folder, &reply, err);
	if (result == 0 && reply.status != REPLY_OK && !str_same(reply.code, "ALREADYEXISTS"))
		result = not_made(session, folder, &reply, err);
	reply_free(&reply);
	/* Not subscribed is not seen, in most mail programs; but no reason to stop. */
	if (result == 0) {
		place_forget(session);
		result = folder_command(session, "SUBSCRIBE", folder, &reply, err);
		reply_free(&reply);
	}
	return result;
}

int
folder_find(struct session *session, const char *folder, const char *message_id, struct uids *found_r,
    struct err *err)
{
	memset(found_r, 0, sizeof(*found_r));
	if (!list_id_is_askable(message_id))
		return 0;
	if (session_select(session, folder, true, err) == -1)
		return session_is_broken(session) ? -1 : 0;	/* no such folder */
	return list_with_id(session, message_id, found_r, err);
}

/* A mail goes out with CRLF line ends, as IMAP wants it; what has them already is left as it is. */
struct crlf {
	char	previous;
};

static uint64_t
crlf_size(struct crlf *state, const char *data, size_t len)
{
	uint64_t size = len;

	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n' && state->previous != '\r')
			size++;
		state->previous = data[i];
	}
	return size;
}

static int
crlf_write(struct crlf *state, mailstream *to, const char *data, size_t len)
{
	size_t start = 0;

	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n' && state->previous != '\r') {
			if (mailstream_write(to, data + start, i - start) < 0 ||
			    mailstream_write(to, "\r", 1) < 0)
				return -1;
			start = i;
		}
		state->previous = data[i];
	}
	return mailstream_write(to, data + start, len - start) < 0 ? -1 : 0;
}

static int
mail_size(int fd, uint64_t *size_r, struct err *err)
{
	struct crlf state = { '\0' };
	char data[32768];
	off_t at = 0;
	ssize_t n;

	*size_r = 0;
	while ((n = pread(fd, data, sizeof(data), at)) > 0) {
		*size_r += crlf_size(&state, data, (size_t)n);
		at += n;
	}
	return n == -1 ? err_errno(err, ERR_RETRY, "reading the mail to be put away") : 0;
}

static int
send_mail(struct session *session, int fd, struct err *err)
{
	mailstream *to = session->imap->imap_stream;
	struct crlf state = { '\0' };
	char data[32768];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, data, sizeof(data), at)) > 0) {
		if (crlf_write(&state, to, data, (size_t)n) == -1)
			return session_broke(session, "putting a mail away", err);
		at += n;
	}
	if (n == -1) {
		session->broken = true;
		return err_errno(err, ERR_RETRY, "reading the mail to be put away");
	}
	return 0;
}

static int
append_once(struct session *session, const char *folder, const char *flags, int fd, uint64_t size,
    struct reply *reply, struct err *err)
{
	struct buf out = BUF_INIT, name = BUF_INIT;
	int result = -1;

	memset(reply, 0, sizeof(*reply));
	if (step("imap.append") == -1)
		return err_errno(err, ERR_RETRY, "putting a mail into %s", folder);
	if (place_wire(session, folder, &name, err) == -1)
		return -1;
	command_start(session, &out, "APPEND");
	if (command_string(session, &out, buf_text(&name), err) == -1)
		goto out;
	buf_printf(&out, " (%s) {%ju}", flags, (uintmax_t)size);
	if (command_send(session, &out, err) == -1)
		goto out;
	result = command_go_on(session, reply, err);
	if (result == 0) {
		stream_expect_lines(session->stream, size + ANSWER_BYTES);
		stream_step(session->stream);
		result = send_mail(session, fd, err);
		if (result == 0)
			result = command_send(session, &out, err);
		if (result == 0)
			result = command_answer(session, reply, err);
		stream_expect(session->stream, 0);
	} else if (result == 1)
		result = 0;
out:
	buf_free(&name);
	buf_free(&out);
	return result;
}

int
folder_append(struct session *session, const char *folder, const char *flags, const char *message_id,
    int fd, uint32_t *uid_r, struct err *err)
{
	struct reply reply = { .status = REPLY_OK };
	struct uids found = { NULL, 0 };
	uint64_t size = 0;
	int result = -1;

	*uid_r = 0;
	if (folder_find(session, folder, message_id, &found, err) == -1)
		goto out;
	if (found.n > 0) {
		*uid_r = found.v[0];
		result = 0;
		goto out;
	}
	if (mail_size(fd, &size, err) == -1)
		goto out;
	result = append_once(session, folder, flags, fd, size, &reply, err);
	if (result == 0 && reply.status == REPLY_NO && folder_make(session, folder, NULL) == 0) {
		reply_free(&reply);
		result = append_once(session, folder, flags, fd, size, &reply, err);
	}
	if (result == 0 && reply.status != REPLY_OK)
		result = err_set(err, ERR_MAILBOX, "a mail cannot be put into %s: %s says: %s", folder,
		    session->host, reply.text);
	if (result == 0)
		*uid_r = reply.append_uid;
out:
	reply_free(&reply);
	uids_free(&found);
	return result;
}
