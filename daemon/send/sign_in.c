/*
 * SMTP's AUTH with a token (XOAUTH2, OAUTHBEARER).  libcurl could say it too,
 * but keeps the server's reasons to itself and leaves its complaint
 * unanswered, after which some servers say nothing more.  Run by the send role.
 * Invariant: the token is wiped from our buffers; nothing is said of mail
 * before the server's 235.
 * Fails: ERR_MAILBOX, ERR_RETRY; see sign_in.h.
 */
#include "send/sign_in.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "send/reply.h"
#include "signin/echo.h"
#include "signin/said.h"
#include "signin/sasl.h"

static int
refused(const struct server *server, const struct smtp_reply *reply, const char *complaint, struct err *err)
{
	char who[350], said[450];

	snprintf(who, sizeof(who), "%.100s does not let %.150s in with a token", server->host, server->user);
	snprintf(said, sizeof(said), "%d %s%s%s", reply->code, reply->text, complaint[0] == '\0' ? "" : "; ", complaint);
	if (reply->code / 100 == 4)
		return err_set(err, ERR_RETRY, "%s: %s", who, said);
	return said_err(SAID_SMTP, who, said, ERR_MAILBOX, err);
}

/* The server's verdict; a complaint before it is read, and answered so that it goes on to refuse. */
static int
hear_verdict(struct dialogue *dialogue, enum sasl sasl, const struct server *server, struct err *err)
{
	struct smtp_reply reply;
	char complaint[128] = "", line[16];

	if (reply_read(dialogue, &reply, NULL, err) == -1)
		return -1;
	if (reply.code == 334) {
		sasl_complaint(reply.text, complaint);
		snprintf(line, sizeof(line), "%s\r\n", sasl_go_on(sasl));
		if (reply_command(dialogue, line, err) == -1 || reply_read(dialogue, &reply, NULL, err) == -1)
			return -1;
	}
	return reply.code == 235 ? 0 : refused(server, &reply, complaint, err);
}

static int
say_token(struct dialogue *dialogue, enum sasl sasl, const struct server *server, const char *token, struct err *err)
{
	struct buf out = BUF_INIT;
	struct smtp_reply reply;
	char line[40];
	int rc = -1;

	snprintf(line, sizeof(line), "AUTH %s\r\n", sasl_name(sasl));
	if (reply_command(dialogue, line, err) == -1 || reply_read(dialogue, &reply, NULL, err) == -1)
		return -1;
	if (reply.code != 334)
		return refused(server, &reply, "", err);
	sasl_say(sasl, server->user, token, server->host, server->port, &out);
	buf_add_str(&out, "\r\n");
	if (reply_command(dialogue, buf_text(&out), err) == 0)
		rc = hear_verdict(dialogue, sasl, server, err);
	explicit_bzero(out.data, out.size);
	buf_free(&out);
	return rc;
}

int
smtp_sign_in(const struct transport *transport, const struct server *server, int timeout_ms, const char *own_name,
    const char *token, struct err *err)
{
	struct dialogue dialogue;
	enum sasl sasl;
	int rc = dialogue_begin(&dialogue, transport, timeout_ms, own_name, err);

	if (rc == 0) {
		sasl = sasl_choose(dialogue.has_xoauth2, dialogue.has_oauthbearer);
		if (sasl == SASL_NONE)
			rc = err_set(err, ERR_MAILBOX, "%s offers no sign-in with a token (XOAUTH2 or OAUTHBEARER), so no mail was sent",
			    server->host);
		else
			rc = say_token(&dialogue, sasl, server, token, err);
	}
	dialogue_free(&dialogue);
	if (rc == -1)
		echo_hide(server, token, err);
	return rc;
}
