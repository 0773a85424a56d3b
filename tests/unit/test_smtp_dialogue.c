/*
 * The SMTP dialogue against a scripted server in the same process: what each
 * answer, and each loss, makes of a mail and its recipients; that nothing is
 * said that was not offered; that a body arrives byte for byte.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/step.h"
#include "base/str.h"
#include "ipc/frame.h"
#include "role/send.h"
#include "send/body.h"
#include "send/dialogue.h"

#define OFFERS	"250-model\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 PIPELINING\r\n"

/* One row is one server: its answer to each command ("" = it hangs up there, NULL = the usual one). */
struct script {
	const char	*name;
	const char	*ehlo, *mail, *rcpt[3], *data, *end;
	size_t		 body_room;	/* bytes of the body taken before it hangs up; 0: all */
	const char	*mid_body;	/* said then */
	enum send_result want;
	int		 want_code;
	const char	*want_each;	/* "SRFU" for each recipient: sent, retry, failed, unknown */
	bool		 want_asked, want_usable;
};

struct peer {
	const struct script *script;
	struct buf	 in, out, body, said;
	bool		 in_body, closed;
	int		 rcpts, connections, mails, data_count;
	bool		 asked_before_body, asked;
	int		 hang_up_after;	/* mails on one connection; 0: never */
};

static const char *const to_all[] = { "amina@town.example", "bob@town.example", "carol@town.example" };

/* ---- The server */

static void
say(struct peer *peer, const char *scripted, const char *usual)
{
	const char *text = scripted != NULL ? scripted : usual;

	if (*text == '\0')
		peer->closed = true;
	else
		buf_add_str(&peer->out, text);
}

static void
take_command(struct peer *peer, const char *line)
{
	const struct script *s = peer->script;

	buf_printf(&peer->said, "%s\n", line);
	if (str_starts(line, "EHLO "))
		say(peer, s->ehlo, OFFERS);
	else if (str_starts(line, "MAIL FROM:")) {
		if (peer->hang_up_after > 0 && peer->mails == peer->hang_up_after)
			peer->closed = true;
		peer->rcpts = 0;
		say(peer, peer->closed ? "" : s->mail, "250 2.1.0 sender well\r\n");
	} else if (str_starts(line, "RCPT TO:")) {
		say(peer, peer->rcpts < 3 ? s->rcpt[peer->rcpts] : NULL, "250 2.1.5 recipient well\r\n");
		peer->rcpts++;
	} else if (str_same(line, "DATA")) {
		say(peer, s->data, "354 go on\r\n");
		peer->in_body = s->data == NULL || str_starts(s->data, "354");
		peer->data_count++;
		buf_reset(&peer->body);
	} else
		say(peer, NULL, "250 well\r\n");
}

static void
take_body(struct peer *peer)
{
	const struct script *s = peer->script;
	const char *end;
	size_t len;

	peer->asked_before_body = peer->asked;
	if (s->body_room > 0 && peer->body.len + peer->in.len > s->body_room) {
		if (s->mid_body != NULL)
			buf_add_str(&peer->out, s->mid_body);
		peer->closed = true;
		return;
	}
	buf_add(&peer->body, peer->in.data, peer->in.len);
	buf_reset(&peer->in);
	end = strstr(buf_text(&peer->body), "\r\n.\r\n");
	if (end == NULL)
		return;
	len = (size_t)(end - peer->body.data) + 2;
	assert_int_equal(len + 3, peer->body.len);
	peer->body.len = len;
	peer->in_body = false;
	peer->mails++;
	say(peer, s->end, "250 2.0.0 queued\r\n");
}

static int
peer_send(void *ctx, const void *data, size_t len, int64_t deadline_ms, struct err *err)
{
	struct peer *peer = ctx;
	char line[1024], *end;

	assert_true(deadline_ms > clock_real_ms());
	if (peer->closed)
		return err_set(err, ERR_RETRY, "the model hung up");
	buf_add(&peer->in, data, len);
	while (!peer->closed && !peer->in_body && peer->in.len > 0 &&
	    (end = memchr(peer->in.data, '\n', peer->in.len)) != NULL) {
		assert_true(end > peer->in.data && end[-1] == '\r');
		snprintf(line, sizeof(line), "%.*s", (int)(end - peer->in.data) - 1, peer->in.data);
		buf_consume(&peer->in, (size_t)(end - peer->in.data) + 1);
		take_command(peer, line);
	}
	if (!peer->closed && peer->in_body && peer->in.len > 0)
		take_body(peer);
	if (peer->closed && peer->in_body)
		return err_set(err, ERR_RETRY, "the model hung up");
	return 0;
}

/* Hands out a few bytes at a time, so that replies come in pieces. */
static ssize_t
peer_recv(void *ctx, void *data, size_t len, int64_t deadline_ms, struct err *err)
{
	struct peer *peer = ctx;
	size_t n = peer->out.len < 7 ? peer->out.len : 7;

	(void)deadline_ms;
	if (n == 0 && peer->closed)
		return 0;
	if (n == 0)
		return err_set(err, ERR_RETRY, "the model says nothing");
	assert_true(n <= len);
	memcpy(data, peer->out.data, n);
	buf_consume(&peer->out, n);
	return (ssize_t)n;
}

static void
peer_reset(struct peer *peer)
{
	buf_reset(&peer->in);
	buf_reset(&peer->out);
	peer->in_body = peer->closed = false;
	peer->mails = 0;
}

static void
peer_free(struct peer *peer)
{
	buf_free(&peer->in);
	buf_free(&peer->out);
	buf_free(&peer->body);
	buf_free(&peer->said);
}

static int
on_sending(void *ctx, struct err *err)
{
	struct peer *peer = ctx;

	(void)err;
	peer->asked = true;
	return 0;
}

/* ---- Helpers */

static int
file_of(const char *data, size_t len)
{
	FILE *file = tmpfile();
	int fd;

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fflush(file), 0);
	fd = dup(fileno(file));
	fclose(file);
	return fd;
}

static struct transport
peer_transport(struct peer *peer)
{
	struct transport transport = { peer, peer_send, peer_recv };

	return transport;
}

static struct smtp_mail
mail_to_all(struct peer *peer, int fd)
{
	struct smtp_mail mail = { "advice@town.example", (const char **)(uintptr_t)to_all, 3, fd, on_sending, peer };

	return mail;
}

static char
letter_of(enum send_result result)
{
	return "SRFUBJ"[result];	/* B: we are barred, J: the mail is rejected */
}

/* ---- Every answer, every loss */

static const struct script scripts[] = {
	/* name, ehlo, mail, rcpts, data, end, body_room, mid_body, want, code, each, asked, usable */
	{ "all well", NULL, NULL, { 0 }, NULL, NULL, 0, NULL, SEND_SENT, 250, "SSS", true, true },
	{ "no pipelining", "250 model\r\n", NULL, { 0 }, NULL, NULL, 0, NULL, SEND_SENT, 250, "SSS", true, true },
	{ "MAIL 451", NULL, "451 later\r\n", { "503 x\r\n", "503 x\r\n", "503 x\r\n" }, NULL, NULL, 0, NULL,
	    SEND_RETRY, 451, "RRR", false, true },
	{ "MAIL 550", NULL, "550 no\r\n", { "503 x\r\n", "503 x\r\n", "503 x\r\n" }, NULL, NULL, 0, NULL,
	    SEND_BARRED, 550, "BBB", false, true },
	{ "MAIL 530 is about us", NULL, "530 sign in first\r\n", { 0 }, NULL, NULL, 0, NULL,
	    SEND_BARRED, 530, "BBB", false, true },
	{ "MAIL 552 is about the mail", NULL, "552 5.3.4 message size exceeds fixed limit\r\n", { 0 }, NULL, NULL, 0, NULL,
	    SEND_REJECTED, 552, "JJJ", false, true },
	{ "no right to send as this sender, at RCPT", NULL, NULL, { "550 5.7.60 no permission to send as this sender\r\n",
	    "550 5.7.60 no permission to send as this sender\r\n", "550 5.7.60 no permission to send as this sender\r\n" }, NULL, NULL,
	    0, NULL, SEND_BARRED, 550, "BBB", false, true },
	{ "one of three is no relay's business", NULL, NULL, { NULL, "554 5.7.1 <x>: Relay access denied\r\n" }, NULL, NULL, 0, NULL,
	    SEND_RETRY, 554, "RBR", false, true },
	{ "MAIL 421", NULL, "421 closing\r\n", { "" }, NULL, NULL, 0, NULL, SEND_RETRY, 0, "RRR", false, false },
	{ "second of three refused for good", NULL, NULL, { NULL, "550 5.1.1 nobody\r\n" }, NULL, NULL, 0, NULL,
	    SEND_RETRY, 550, "RFR", false, true },
	{ "third refused for now", NULL, NULL, { NULL, NULL, "450 busy\r\n" }, NULL, NULL, 0, NULL,
	    SEND_RETRY, 450, "RRR", false, true },
	{ "all refused for good", NULL, NULL, { "550 a\r\n", "551 b\r\n", "553 c\r\n" }, NULL, NULL, 0, NULL,
	    SEND_FAILED, 553, "FFF", false, true },
	{ "all refused, one for now", NULL, NULL, { "550 a\r\n", "450 b\r\n", "553 c\r\n" }, NULL, NULL, 0, NULL,
	    SEND_RETRY, 553, "FRF", false, true },
	{ "RCPT 421 without pipelining", "250 model\r\n", NULL, { NULL, "421 closing\r\n" }, NULL, NULL, 0, NULL,
	    SEND_RETRY, 421, "RRR", false, false },
	{ "DATA 451", NULL, NULL, { 0 }, "451 later\r\n", NULL, 0, NULL, SEND_RETRY, 451, "RRR", false, true },
	{ "DATA 554", NULL, NULL, { 0 }, "554 no\r\n", NULL, 0, NULL, SEND_REJECTED, 554, "JJJ", false, true },
	{ "DATA 250 is no 354", NULL, NULL, { 0 }, "250 eh\r\n", NULL, 0, NULL, SEND_RETRY, 250, "RRR", false, false },
	{ "end 452", NULL, NULL, { 0 }, NULL, "452 full\r\n", 0, NULL, SEND_RETRY, 452, "RRR", true, true },
	{ "end 554", NULL, NULL, { 0 }, NULL, "554 spam\r\n", 0, NULL, SEND_REJECTED, 554, "JJJ", true, true },
	{ "end names the one who is gone", NULL, NULL, { 0 }, NULL, "550 5.1.1 <bob@town.example>: user unknown\r\n", 0, NULL,
	    SEND_RETRY, 550, "RFR", true, true },
	{ "end does not say who is gone", NULL, NULL, { 0 }, NULL, "550 5.1.1 user unknown\r\n", 0, NULL,
	    SEND_REJECTED, 550, "JJJ", true, true },
	{ "no right to send as this sender, at the end", NULL, NULL, { 0 }, NULL,
	    "550 5.7.60 SMTP; Client does not have permissions to send as this sender\r\n", 0, NULL,
	    SEND_BARRED, 550, "BBB", true, true },
	{ "end 421", NULL, NULL, { 0 }, NULL, "421 4.3.2 shutting down\r\n", 0, NULL, SEND_RETRY, 421, "RRR", true, false },
	{ "end 354 is no answer", NULL, NULL, { 0 }, NULL, "354 eh\r\n", 0, NULL, SEND_UNKNOWN, 354, "UUU", true, false },
	{ "end in several lines", NULL, NULL, { 0 }, NULL, "250-2.0.0 queued\r\n250 as 42\r\n", 0, NULL,
	    SEND_SENT, 250, "SSS", true, true },
	{ "end is no SMTP", NULL, NULL, { 0 }, NULL, "well done\r\n", 0, NULL, SEND_UNKNOWN, 0, "UUU", true, false },
	{ "end changes its code", NULL, NULL, { 0 }, NULL, "250-a\r\n550 b\r\n", 0, NULL, SEND_UNKNOWN, 0, "UUU", true, false },
	{ "lost at MAIL", NULL, "", { 0 }, NULL, NULL, 0, NULL, SEND_RETRY, 0, "RRR", false, false },
	{ "lost at RCPT", NULL, NULL, { NULL, "" }, NULL, NULL, 0, NULL, SEND_RETRY, 0, "RRR", false, false },
	{ "lost at DATA", NULL, NULL, { 0 }, "", NULL, 0, NULL, SEND_RETRY, 0, "RRR", false, false },
	{ "lost in the body", NULL, NULL, { 0 }, NULL, NULL, 40000, NULL, SEND_UNKNOWN, 0, "UUU", true, false },
	{ "refused in the body", NULL, NULL, { 0 }, NULL, NULL, 40000, "552 too large\r\n",
	    SEND_REJECTED, 552, "JJJ", true, false },
	{ "a yes in the body is no answer", NULL, NULL, { 0 }, NULL, NULL, 40000, "250 fine\r\n",
	    SEND_UNKNOWN, 0, "UUU", true, false },
	{ "lost after the final dot", NULL, NULL, { 0 }, NULL, "", 0, NULL, SEND_UNKNOWN, 0, "UUU", true, false },
	{ "an answer to what was not said yet", NULL, NULL, { 0 }, "354 go\r\n250 queued\r\n", NULL, 0, NULL,
	    SEND_RETRY, 0, "RRR", false, false },
	{ "too large for the server", "250-model\r\n250 SIZE 1000\r\n", NULL, { 0 }, NULL, NULL, 0, NULL,
	    SEND_REJECTED, 0, "JJJ", false, true },
};

static void
run_script(const struct script *s, const char *text, size_t len)
{
	struct peer peer = { .script = s };
	struct transport transport = peer_transport(&peer);
	struct smtp_outcome each[3];
	struct smtp_account account = { .recipients = each };
	struct dialogue dialogue;
	struct smtp_mail mail = mail_to_all(&peer, file_of(text, len));
	struct err err;
	size_t i;

	assert_int_equal(dialogue_begin(&dialogue, &transport, 1000, "here.example", &err), 0);
	dialogue_mail(&dialogue, &mail, &account);
	if (account.mail.result != s->want || account.mail.reply.code != s->want_code ||
	    dialogue.broken == s->want_usable || peer.asked != s->want_asked)
		fail_msg("%s: %c %d %s%s; want %c %d%s", s->name, letter_of(account.mail.result),
		    account.mail.reply.code, account.mail.reply.text, dialogue.broken ? ", broken" : "",
		    letter_of(s->want), s->want_code, s->want_usable ? "" : ", broken");
	for (i = 0; i < 3; i++)
		if (letter_of(each[i].result) != s->want_each[i])
			fail_msg("%s: recipient %zu is %c", s->name, i, letter_of(each[i].result));
	if (s->want_asked && !peer.asked_before_body)
		fail_msg("%s: the body came before its announcement", s->name);
	if (!s->want_asked && peer.body.len > 0)
		fail_msg("%s: a body was sent", s->name);
	if (!dialogue.broken) {
		/* A usable connection carries the next mail. */
		static const struct script well = { .name = "next" };
		peer.script = &well;
		dialogue.size_max = 0;
		dialogue_mail(&dialogue, &mail, &account);
		if (account.mail.result != SEND_SENT)
			fail_msg("%s: then %s", s->name, account.mail.reply.text);
	}
	dialogue_free(&dialogue);
	close(mail.fd);
	peer_free(&peer);
}

static void
test_scripts(void **state)
{
	size_t i, len = 100000;
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', len);
	for (i = 70; i < len; i += 72)
		memcpy(text + i, "\r\n", 2);
	for (i = 0; i < sizeof(scripts) / sizeof(*scripts); i++)
		run_script(&scripts[i], text, len);
	free(text);
}

/* ---- What is said */

static void
test_offers(void **state)
{
	static const struct { const char *name, *ehlo, *to, *want; } rows[] = {
		{ "nothing offered", "250 model\r\n", "a@b.example", "MAIL FROM:<advice@town.example>\n" },
		{ "all offered", "250-m\r\n250-SIZE\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n", "a@b.example",
		    "MAIL FROM:<advice@town.example> SIZE=4 BODY=8BITMIME\n" },
		{ "needed", "250-m\r\n250 SMTPUTF8\r\n", "zo\303\253@b.example", "MAIL FROM:<advice@town.example> SMTPUTF8\n" },
		{ "needed, not offered", "250 m\r\n", "zo\303\253@b.example", NULL },
		{ "injection", "250 m\r\n", "a@b.example>\r\nDATA", NULL },
		{ "bracket", "250 m\r\n", "a@b.example> NOTIFY=NEVER", NULL },
		{ "space", "250 m\r\n", "a b@c.example", NULL },
		{ "no domain", "250 m\r\n", "root", NULL },
		{ "no name", "250 m\r\n", "@c.example", NULL },
		{ "empty", "250 m\r\n", "", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct script script = { .name = rows[i].name, .ehlo = rows[i].ehlo };
		struct peer peer = { .script = &script };
		struct transport transport = peer_transport(&peer);
		struct smtp_outcome each;
		struct smtp_account account = { .recipients = &each };
		struct dialogue dialogue;
		const char *to = rows[i].to;
		struct smtp_mail mail = { "advice@town.example", &to, 1, file_of("a\r\nb", 4), on_sending, &peer };
		struct err err;

		assert_int_equal(dialogue_begin(&dialogue, &transport, 1000, "here", &err), 0);
		dialogue_mail(&dialogue, &mail, &account);
		if (rows[i].want == NULL && (account.mail.result != SEND_FAILED || strstr(buf_text(&peer.said), "MAIL") != NULL))
			fail_msg("%s: was said: %s", rows[i].name, buf_text(&peer.said));
		if (rows[i].want != NULL && strstr(buf_text(&peer.said), rows[i].want) == NULL)
			fail_msg("%s: %s", rows[i].name, buf_text(&peer.said));
		dialogue_free(&dialogue);
		close(mail.fd);
		peer_free(&peer);
	}
}

static void
test_begin(void **state)
{
	static const struct { const char *ehlo; int want; } rows[] = {
		{ OFFERS, 0 }, { "250 plain\r\n", 0 }, { "250 plain\n", 0 }, { "", -1 }, { "502 no\r\n", -1 },
		{ "421 busy\r\n", -1 }, { "hello\r\n", -1 }, { "2500 x\r\n", -1 }, { "250-never ends\r\n", -1 },
		{ "999 x\r\n", -1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct script script = { .ehlo = rows[i].ehlo };
		struct peer peer = { .script = &script };
		struct transport transport = peer_transport(&peer);
		struct dialogue dialogue;
		struct err err = { ERR_NONE, "" };

		if (dialogue_begin(&dialogue, &transport, 1000, "here", &err) != rows[i].want)
			fail_msg("EHLO %s: %s", rows[i].ehlo, err.text);
		if (rows[i].want == -1)
			assert_int_equal(err.scope, ERR_RETRY);
		dialogue_free(&dialogue);
		peer_free(&peer);
	}
}

/* ---- Bodies */

static void
test_body(void **state)
{
	static const struct { const char *name, *in, *want; } rows[] = {
		{ "crlf kept", "a\r\nb\r\n", "a\r\nb\r\n" },
		{ "lf", "a\nb\n", "a\r\nb\r\n" },
		{ "no end", "a", "a" },
		{ "lone cr", "a\rb", "a\r\nb" },
		{ "dots", ".\r\n..\r\na.\r\n.a", "..\r\n...\r\na.\r\n..a" },
		{ "smuggled after lf", "a\n.\nMAIL", "a\r\n..\r\nMAIL" },
		{ "smuggled after cr", "a\r.\rMAIL", "a\r\n..\r\nMAIL" },
		{ "smuggled after cr cr lf", "a\r\r\n.\r\r\nMAIL", "a\r\n\r\n..\r\n\r\nMAIL" },
		{ "empty lines", "\n\n\n", "\r\n\r\n\r\n" },
	};
	size_t i, split, len;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		len = strlen(rows[i].in);
		for (split = 0; split <= len; split++) {
			struct buf out = BUF_INIT;
			char last = '\n';

			body_stuff(&out, rows[i].in, split, &last);
			body_stuff(&out, rows[i].in + split, len - split, &last);
			if (strcmp(buf_text(&out), rows[i].want) != 0)
				fail_msg("%s, split at %zu: %s", rows[i].name, split, buf_text(&out));
			buf_free(&out);
		}
	}
}

/* ---- Steps that fail: the final dot never leaves */

static int
fail_step(void *ctx, const char *name)
{
	return strcmp(name, ctx) == 0 ? 5 : 0;
}

static void
test_steps(void **state)
{
	static const char *const steps[] = { "smtp.data", "smtp.end" };
	static const struct script well = { .name = "well" };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct peer peer = { .script = &well };
		struct transport transport = peer_transport(&peer);
		struct smtp_outcome each[3];
		struct smtp_account account = { .recipients = each };
		struct dialogue dialogue;
		struct smtp_mail mail = mail_to_all(&peer, file_of("a\r\n", 3));
		struct err err;

		assert_int_equal(dialogue_begin(&dialogue, &transport, 1000, "here", &err), 0);
		step_set(fail_step, (void *)(uintptr_t)steps[i]);
		dialogue_mail(&dialogue, &mail, &account);
		step_set(NULL, NULL);
		assert_int_equal(account.mail.result, SEND_RETRY);
		assert_true(dialogue.broken);
		assert_int_equal(peer.mails, 0);
		assert_int_equal(peer.body.len, i == 0 ? 0 : 3);
		dialogue_free(&dialogue);
		close(mail.fd);
		peer_free(&peer);
	}
}

/* ---- The sender: frames in, frames out, one connection for a burst */

struct heard { int sending, sent, trouble, well; enum send_result result; char text[256]; };

struct office { struct peer peer; struct heard heard; int opens; enum err_scope open_fails; bool no_go; };

static int
office_wait_go(void *ctx, uint64_t id, struct err *err)
{
	struct office *office = ctx;

	assert_int_equal(id, 77);
	assert_true(office->heard.sending > 0);
	if (office->no_go)
		return err_set(err, ERR_RETRY, "no leave");
	office->peer.asked = true;
	return 0;
}

static int
office_open(void *ctx, struct transport *transport_r, struct err *err)
{
	struct office *office = ctx;

	office->opens++;
	if (office->open_fails != ERR_NONE)
		return err_set(err, office->open_fails, "the door is shut");
	peer_reset(&office->peer);
	*transport_r = peer_transport(&office->peer);
	return 0;
}

static void
office_close(void *ctx)
{
	(void)ctx;
}

static int
office_emit(void *ctx, const struct frame *frame, struct err *err)
{
	struct office *office = ctx;
	struct frame copy = *frame;
	struct arena *arena = arena_new();

	(void)err;
	copy.read = 0;
	if (frame->type == WIRE_SENDING) {
		office->heard.sending++;
		assert_int_equal(frame->id, 77);
	} else if (frame->type == WIRE_SENT) {
		office->heard.sent++;
		assert_int_equal(frame->id, 77);
		office->heard.result = get_u32(&copy);
		get_u32(&copy);
		snprintf(office->heard.text, sizeof(office->heard.text), "%s", get_str(&copy, arena));
	} else if (frame->type == WIRE_TROUBLE) {
		if (get_u32(&copy) == ERR_NONE)
			office->heard.well++;
		else
			office->heard.trouble++;
	}
	arena_free(&arena);
	return 0;
}

static int
ask_to_send(struct sender *sender, const char *from, uint32_t count, const char *const *to, bool with_fd)
{
	struct frame out, in;
	struct err err;
	int fd = with_fd ? file_of("Subject: x\n\n.hello\n", 19) : -1, rc;
	uint32_t i;

	frame_init(&out, WIRE_SEND, 77);
	put_str(&out, from);
	put_u32(&out, count);
	for (i = 0; i < 3; i++)
		put_str(&out, to[i]);
	frame_init(&in, WIRE_SEND, 77);
	buf_add(&in.body, out.body.data, out.body.len);
	in.fds[0] = fd;
	rc = sender_handle(sender, &in, &err);
	frame_free(&in);
	frame_free(&out);
	return rc;
}

static void
test_sender(void **state)
{
	static const struct script well = { .name = "well" };
	struct office office = { .peer = { .script = &well } };
	struct connector connector = { &office, 1000, office_open, office_close };
	struct sender_out out = { &office, office_emit, office_wait_go };
	struct sender *sender = sender_new(&connector, "here", out);
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_int_equal(ask_to_send(sender, "advice@town.example", 3, to_all, true), 0);
	assert_int_equal(office.opens, 1);
	assert_int_equal(office.heard.sending, 3);
	assert_int_equal(office.heard.sent, 3);
	assert_string_equal(buf_text(&office.peer.body), "Subject: x\r\n\r\n..hello\r\n.\r\n");

	/* Idle for long: the connection is given up; a mail opens another. */
	assert_in_range(sender_wait_ms(sender, clock_real_ms()), 1, 10000);
	sender_tick(sender, clock_real_ms() + 60000);
	assert_int_equal(sender_wait_ms(sender, clock_real_ms()), -1);
	assert_int_equal(ask_to_send(sender, "advice@town.example", 3, to_all, true), 0);
	assert_int_equal(office.opens, 2);

	/* The server hung up in between: once more, and nobody hears of it. */
	office.peer.hang_up_after = 1;
	assert_int_equal(ask_to_send(sender, "advice@town.example", 3, to_all, true), 0);
	assert_int_equal(office.opens, 3);
	assert_int_equal(office.heard.result, SEND_SENT);

	/* Refused at the door: said once to core, then left alone until somebody acts. */
	office.peer.hang_up_after = 0;
	sender_reload(sender);
	office.open_fails = ERR_MAILBOX;
	for (i = 0; i < 3; i++)
		assert_int_equal(ask_to_send(sender, "advice@town.example", 3, to_all, true), 0);
	assert_int_equal(office.opens, 4);
	assert_int_equal(office.heard.result, SEND_RETRY);
	assert_string_equal(office.heard.text, "the door is shut");
	assert_true(office.heard.trouble >= 1);
	office.open_fails = ERR_NONE;
	sender_reload(sender);
	assert_int_equal(ask_to_send(sender, "advice@town.example", 3, to_all, true), 0);
	assert_int_equal(office.opens, 5);
	assert_int_equal(office.heard.result, SEND_SENT);
	assert_int_equal(office.heard.well, 1);

	/* Core could not note that the body is asked for: nothing of it leaves. */
	office.no_go = true;
	office.peer.asked = office.peer.asked_before_body = false;
	office.peer.mails = 0;
	assert_int_equal(ask_to_send(sender, "advice@town.example", 3, to_all, true), 0);
	assert_int_equal(office.heard.result, SEND_RETRY);
	assert_string_equal(office.heard.text, "no leave");
	assert_int_equal(office.peer.mails, 0);
	assert_int_equal(office.peer.body.len, 0);
	office.no_go = false;

	/* Nonsense from core: the role ends rather than guess. */
	assert_int_equal(ask_to_send(sender, "advice@town.example", 2, to_all, true), -1);
	assert_int_equal(ask_to_send(sender, "advice@town.example", 4000, to_all, true), -1);
	assert_int_equal(ask_to_send(sender, "advice@town.example", 3, to_all, false), -1);
	sender_free(&sender);
	peer_free(&office.peer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_offers),
		cmocka_unit_test(test_begin),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
