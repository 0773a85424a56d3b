/*
 * Signing in.  Run by the fetch role.
 * Invariant: password and token are sent only over a stream that has been
 * verified (or goes to this machine), and are wiped from our buffers
 * afterwards; a token is never said as a password.
 * Fails: ERR_MAILBOX when the server refuses name, password or token;
 * ERR_RETRY when the connection broke.
 */
#include "imap/sign_in.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/str.h"
#include "imap/command.h"
#include "signin/echo.h"
#include "signin/said.h"
#include "signin/sasl.h"

static bool
may_pass(const struct reply *reply)
{
	return str_same(reply->code, "UNAVAILABLE") || str_same(reply->code, "INUSE") || str_same(reply->code, "LIMIT");
}

static int
refused(struct session *session, const char *user, const struct reply *reply, struct err *err)
{
	session->broken = true;
	if (may_pass(reply))
		return err_set(err, ERR_RETRY, "%s cannot let %s in just now: %s", session->host, user,
		    reply->text);
	return err_set(err, ERR_MAILBOX, "%s does not accept the name %s with this password: %s",
	    session->host, user, reply->text);
}

static void
forget(struct buf *secret)
{
	if (secret->data != NULL)
		explicit_bzero(secret->data, secret->size);
	buf_free(secret);
}

/* ---- With a password */

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
		base64_add(&out, plain.data, plain.len);
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
with_password(struct session *session, const char *user, const char *password, struct err *err)
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
	reply_free(&reply);
	return result;
}

/* ---- With a token */

/* To the tagged answer; a complaint before it is read, and answered so that the server goes on to refuse. */
static int
hear_verdict(struct session *session, enum sasl sasl, char complaint_r[128], struct reply *reply, struct err *err)
{
	struct buf out = BUF_INIT;
	int result = command_go_on(session, reply, err);

	if (result != 0)
		return result == 1 ? 0 : -1;
	/* The line that asked us to go on is still there: "+ " and the complaint. */
	sasl_complaint(session->imap->imap_stream_buffer->str + 1 + strspn(session->imap->imap_stream_buffer->str + 1, " "),
	    complaint_r);
	buf_add_str(&out, sasl_go_on(sasl));
	result = command_send(session, &out, err);
	buf_free(&out);
	return result == 0 ? command_answer(session, reply, err) : -1;
}

static int
say_token(struct session *session, enum sasl sasl, const struct server *server, const char *token, char complaint_r[128],
    struct reply *reply, struct err *err)
{
	struct buf out = BUF_INIT;
	char verb[40];
	int result;

	snprintf(verb, sizeof(verb), "AUTHENTICATE %s", sasl_name(sasl));
	command_start(session, &out, verb);
	result = command_send(session, &out, err);
	if (result == 0)
		result = command_go_on(session, reply, err);
	if (result == 0) {
		sasl_say(sasl, server->user, token, server->host, server->port, &out);
		result = command_send(session, &out, err);
		if (result == 0)
			result = hear_verdict(session, sasl, complaint_r, reply, err);
	} else if (result == 1)
		result = 0;
	forget(&out);
	return result;
}

static int
token_refused(struct session *session, const struct server *server, const char *complaint, const struct reply *reply,
    struct err *err)
{
	char who[350], said[500];

	if (may_pass(reply))
		return refused(session, server->user, reply, err);
	session->broken = true;
	snprintf(who, sizeof(who), "%.100s does not let %.150s in with a token", session->host, server->user);
	snprintf(said, sizeof(said), "%s%s%s%s%s", reply->code, reply->code[0] == '\0' ? "" : " ", reply->text,
	    complaint[0] == '\0' ? "" : "; ", complaint);
	return said_err(SAID_IMAP, who, said, ERR_MAILBOX, err);
}

static int
with_token(struct session *session, const struct server *server, const char *token, struct err *err)
{
	enum sasl sasl = sasl_choose(mailimap_has_authentication(session->imap, "XOAUTH2"),
	    mailimap_has_authentication(session->imap, "OAUTHBEARER"));
	struct reply reply = { .status = REPLY_OK };
	char complaint[128] = "";
	int result;

	if (sasl == SASL_NONE)
		return err_set(err, ERR_MAILBOX, "%s offers no sign-in with a token (XOAUTH2 or OAUTHBEARER); use a password-file "
		    "for it", session->host);
	result = say_token(session, sasl, server, token, complaint, &reply, err);
	if (result == 0 && reply.status != REPLY_OK)
		result = token_refused(session, server, complaint, &reply, err);
	reply_free(&reply);
	return result;
}

int
session_sign_in(struct session *session, const struct server *server, const char *credential, struct err *err)
{
	int result = server->sign_in != NULL ? with_token(session, server, credential, err) :
	    with_password(session, server->user, credential, err);

	session->by_token = server->sign_in != NULL;
	if (result == 0)
		session->imap->imap_state = MAILIMAP_STATE_AUTHENTICATED;
	else {
		session->broken = true;
		echo_hide(server, credential, err);
	}
	return result;
}
