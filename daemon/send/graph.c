/*
 * Sending through Microsoft Graph.  Run by the send role.
 * Invariants: sending() has returned before the first byte of the mail leaves,
 * and is called once a mail; SEND_SENT only for a 2xx; a loss before the mail
 * was offered is SEND_RETRY, one after it SEND_UNKNOWN.
 * What Graph answers is one answer for all recipients: whom it does not reach
 * is heard of later, by a bounce.
 * Fails: the trouble is ERR_MAILBOX when a token or a certificate must be put
 * right; everything else is the account's.
 */
#include "send/graph.h"

#include <sys/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_read.h"
#include "base/step.h"
#include "base/str.h"
#include "send/dialogue.h"
#include "send/graph_mime.h"
#include "signin/https.h"
#include "signin/said.h"

#define ANSWER_MOST	(64 * 1024)
#define PATIENCE	4		/* time limits for the whole exchange */

struct graph {
	const struct server	*server;
	struct signin		*signin;
	struct graph_turn	 turn;
};

/* One mail on its way. */
struct post {
	struct graph		*graph;
	const struct smtp_mail	*mail;
	struct smtp_account	*account;
	bool			 asked;		/* sending() has said 0 */
};

struct graph *
graph_new(const struct server *server, struct signin *signin, struct graph_turn turn)
{
	struct graph *graph = x_calloc(1, sizeof(*graph));

	graph->server = server;
	graph->signin = signin;
	graph->turn = turn;
	return graph;
}

void
graph_free(struct graph **graph)
{
	free(*graph);
	*graph = NULL;
}

const char *
graph_scope(struct arena *arena, const struct server *server)
{
	return arena_printf(arena, "https://%s/.default", server->host);
}

/* ---- The account */

static void
account_all(struct post *post, enum send_result result, int code, const char *text)
{
	struct smtp_outcome *mail = &post->account->mail;

	mail->result = result;
	mail->reply.code = code;
	snprintf(mail->reply.text, sizeof(mail->reply.text), "%s", text);
	for (size_t i = 0; i < post->mail->to_count; i++) {
		post->account->recipients[i] = *mail;
		post->account->recipients[i].reply.code = 0;	/* nobody's own */
	}
}

/* "ErrorAccessDenied: Access is denied", of Graph's answer. */
static const char *
said_by_graph(struct arena *arena, const struct https_answer *answer)
{
	const struct json *json, *error;
	const char *code, *message;

	if (json_read(arena, buf_text(&answer->body), answer->body.len, &json, NULL) == -1)
		return "";
	error = json_member(json, "error");
	code = json_member_text(error, "code");
	message = json_member_text(error, "message");
	if (code == NULL)
		return "";
	return arena_printf(arena, "%s: %s", str_visible(arena, code, 60), message == NULL ? "" : str_visible(arena, message, 120));
}

/* A refusal for good: of us, of a recipient, or of the mail. */
static enum send_result
refusal(const struct post *post, int status, const char *said)
{
	const struct said_row *row = said_find(SAID_GRAPH, said);

	if (row != NULL && row->scope == ERR_RETRY)
		return SEND_RETRY;
	if (row != NULL && row->scope == ERR_MAILBOX)
		return SEND_BARRED;
	if (row != NULL && strcmp(row->what, "ErrorInvalidRecipients") == 0 && post->mail->to_count == 1)
		return SEND_FAILED;
	return status == 401 || status == 403 || status == 404 ? SEND_BARRED : SEND_REJECTED;
}

/*
 * What a status means.  502 and 504 are a gateway's: it has lost the server
 * behind it, and cannot know what that one did with the mail.
 */
static enum send_result
meaning(const struct post *post, int status, const char *said)
{
	if (status / 100 == 2)
		return SEND_SENT;
	/* It had the whole mail by then, and does not say what became of it; 503 says that it did not take it. */
	if (status == 500 || status == 502 || status == 504)
		return SEND_UNKNOWN;
	if (status == 408 || status == 429 || status >= 500 || status / 100 == 3)
		return SEND_RETRY;
	return refusal(post, status, said);
}

static void
take_answer(struct post *post, const struct https_answer *answer)
{
	struct arena *arena = arena_new();
	const char *said = said_by_graph(arena, answer);
	enum send_result result = meaning(post, answer->status, said);
	struct err err;

	if (result == SEND_SENT)
		account_all(post, result, answer->status, "accepted by Microsoft Graph");
	else {
		said_err(SAID_GRAPH, "Microsoft Graph", said[0] != '\0' ? said : arena_printf(arena, "it answers %d",
		    answer->status), ERR_RETRY, &err);
		account_all(post, result, answer->status, str_visible(arena, err.text, 250));
	}
	if (result == SEND_RETRY)
		post->account->retry_after_s = https_retry_after(answer->retry_after, clock_wall());
	arena_free(&arena);
}

/* ---- The exchange */

static int
on_offer(void *ctx, struct err *err)
{
	struct post *post = ctx;

	/* The same mail once more with another token: core knows. */
	if (!post->asked && post->mail->sending(post->mail->ctx, err) == -1)
		return -1;
	post->asked = true;
	if (step("graph.post") == -1)
		return err_set(err, ERR_RETRY, "stopped before the mail");
	return 0;
}

static bool
on_turn(void *ctx)
{
	struct post *post = ctx;

	post->graph->turn.call(post->graph->turn.ctx);
	return true;		/* a mail that is under way is brought to its end */
}

/* ".../users/MAILBOX/sendMail" */
static void
make_url(const struct server *server, const char *from, struct buf *url)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~@";

	buf_printf(url, "https://%s:%d/v1.0/users/", server->host, server->port);
	for (; *from != '\0'; from++) {
		if (strchr(plain, *from) != NULL)
			buf_add_char(url, *from);
		else
			buf_printf(url, "%%%02X", (unsigned char)*from);
	}
	buf_add_str(url, "/sendMail");
}

static int
exchange(struct post *post, const char *token, const struct buf *mime, struct https_answer *answer, struct err *err)
{
	const struct server *server = post->graph->server;
	struct buf url = BUF_INIT, bearer = BUF_INIT;
	const char *headers[] = { "Content-Type: text/plain", "Accept: application/json", NULL, NULL };
	struct https https = { .ca_file = server->ca_file, .headers = headers, .body = mime->data, .body_len = mime->len,
	    .timeout_ms = server->timeout_s * 1000 * PATIENCE, .answer_max = ANSWER_MOST, .offer = on_offer,
	    .turn = on_turn, .ctx = post };
	int rc;

	make_url(server, post->mail->from, &url);
	buf_printf(&bearer, "Authorization: Bearer %s", token);
	headers[2] = buf_text(&bearer);
	https.url = buf_text(&url);
	rc = https_post(&https, answer, err);
	explicit_bzero(bearer.data, bearer.size);
	buf_free(&bearer);
	buf_free(&url);
	return rc;
}

/* No whole answer: what is known of the mail all the same. */
static int
lost(struct post *post, const struct https_answer *answer, const struct err *why, struct err *trouble)
{
	if (answer->status != 0)
		take_answer(post, answer);
	else if (answer->offered)
		account_all(post, SEND_UNKNOWN, 0, why->text);
	else {
		account_all(post, SEND_RETRY, 0, why->text);
		*trouble = *why;
		return why->scope == ERR_RETRY ? 0 : -1;
	}
	return 0;
}

/* A refused token is replaced once: it may have ended, or been withdrawn, before we knew. */
static int
post_mime(struct post *post, const struct buf *mime, struct err *trouble)
{
	struct https_answer answer;
	const char *token;
	struct err why;
	int rc = 0;

	for (int attempt = 0; attempt < 2; attempt++) {
		if (signin_token(post->graph->signin, &token, trouble) == -1) {
			account_all(post, SEND_RETRY, 0, trouble->text);
			return -1;
		}
		if (exchange(post, token, mime, &answer, &why) == -1)
			rc = lost(post, &answer, &why, trouble);
		else
			take_answer(post, &answer);
		https_answer_free(&answer);
		if (answer.status != 401)
			return rc;
		signin_forget(post->graph->signin);
	}
	account_all(post, SEND_RETRY, 401, post->account->mail.reply.text);
	return err_set(trouble, ERR_MAILBOX, "Microsoft Graph refuses a token that was just given to us. See that \"tenant\" is the "
	    "mailbox's, and that the app has Mail.Send with admin consent. (%s)", post->account->mail.reply.text);
}

static int
read_mail(int fd, struct buf *out, struct err *err)
{
	char data[65536];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, data, sizeof(data), at)) > 0) {
		buf_add(out, data, (size_t)n);
		at += n;
		/* It is refused further on, with what it has; so much of it is enough to see that. */
		if (out->len > 2 * GRAPH_MIME_MOST)
			break;
	}
	return n == -1 ? err_errno(err, ERR_RETRY, "the mail to be sent cannot be read") : 0;
}

static int
graph_post(void *ctx, const struct smtp_mail *mail, struct smtp_account *account, struct err *trouble)
{
	struct post post = { .graph = ctx, .mail = mail, .account = account };
	struct buf data = BUF_INIT, mime = BUF_INIT;
	struct err err;
	int rc = 0;

	if (mail->to_count == 0 || mail->to_count > DIALOGUE_RECIPIENTS)
		account_all(&post, SEND_REJECTED, 0, "the mail has no recipients, or too many");
	else if (!smtp_address_is_safe(mail->from))
		account_all(&post, SEND_BARRED, 0, "the sending address cannot be used");
	else if (read_mail(mail->fd, &data, &err) == -1)
		account_all(&post, SEND_RETRY, 0, err.text);
	else if (graph_mime(buf_text(&data), data.len, mail->to, mail->to_count, &mime, &err) == -1)
		account_all(&post, SEND_REJECTED, 0, err.text);
	else
		rc = post_mime(&post, &mime, trouble);
	buf_free(&data);
	buf_free(&mime);
	return rc;
}

struct poster
graph_poster(struct graph *graph)
{
	struct poster poster = { graph, graph_post };

	return poster;
}
