/*
 * The SMTP dialogue of one mail: MAIL, RCPT for each, DATA, the body, and the
 * account of what became of it.  Run by the send role, over any transport.
 * Invariants: nothing is sent when a recipient is refused; sending() has
 * returned before the first byte of the body leaves; SEND_SENT only after a
 * 2xx to the final dot; a loss before the server asked for the body is
 * SEND_RETRY, one after it SEND_UNKNOWN.
 * Fails: dialogue_begin() with ERR_RETRY.
 */
#include <sys/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/step.h"
#include "base/str.h"
#include "send/body.h"
#include "send/refusal.h"
#include "send/reply.h"

/* RFC 5321 4.5.3.2.6: after the final dot a server may think for ten minutes. */
#define END_PATIENCE	20
#define END_MAX_MS	(10 * 60 * 1000)
#define QUIT_MS		1000
#define ADDRESS_MAX	254
#define PIPELINE_MAX	50	/* commands in one go: their replies fit any socket buffer */

bool
smtp_address_is_safe(const char *address)
{
	const char *p, *at = strrchr(address, '@');

	if (at == NULL || at == address || at[1] == '\0' || strlen(address) > ADDRESS_MAX)
		return false;
	for (p = address; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '<' || *p == '>')
			return false;
	return true;
}

static void
outcome_set(struct smtp_outcome *outcome, enum send_result result, int code, const char *text)
{
	outcome->result = result;
	outcome->reply.code = code;
	snprintf(outcome->reply.text, sizeof(outcome->reply.text), "%s", text);
}

/* The mail and every recipient end the same way. */
static void
account_all(struct smtp_account *account, size_t count, enum send_result result, int code, const char *text)
{
	size_t i;

	outcome_set(&account->mail, result, code, text);
	for (i = 0; i < count; i++)
		outcome_set(&account->recipients[i], result, code, text);
}

/* The whole mail was refused: what was said is nobody's own reply. */
static void
account_whole(struct smtp_account *account, size_t count, enum send_result result, const struct smtp_reply *reply)
{
	outcome_set(&account->mail, result, reply->code, reply->text);
	for (size_t i = 0; i < count; i++)
		outcome_set(&account->recipients[i], result, 0, reply->text);
}

/*
 * After DATA one reply speaks for all.  Where it is about a recipient and says which, that one has failed, and the
 * others can be sent to alone: nobody has anything.  Where it does not say, only a sole recipient is meant.
 */
static void
account_late(const struct smtp_mail *mail, const struct smtp_reply *reply, struct smtp_account *account)
{
	enum send_result result = refusal_means(REFUSAL_MAIL, reply->code, reply->text);
	size_t named = 0, who = 0;

	for (size_t i = 0; i < mail->to_count && result == SEND_FAILED; i++)
		if (strcasestr(reply->text, mail->to[i]) != NULL) {
			named++;
			who = i;
		}
	if (result == SEND_FAILED && mail->to_count == 1)
		named = 1;
	account_whole(account, mail->to_count, result != SEND_FAILED ? result : named == 1 ? SEND_RETRY : SEND_REJECTED, reply);
	if (named != 1)
		return;
	for (size_t i = 0; i < mail->to_count; i++)
		outcome_set(&account->recipients[i], i == who ? SEND_FAILED : SEND_RETRY, i == who ? reply->code : 250, reply->text);
	if (mail->to_count == 1)
		account->mail.result = SEND_FAILED;
}

/* "AUTH LOGIN XOAUTH2": is this one among them? */
static bool
offers_auth(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (text += strcspn(text, " ="); *text != '\0'; text += strcspn(text, " ")) {
		text += strspn(text, " =");
		if (strncasecmp(text, name, len) == 0 && (text[len] == ' ' || text[len] == '\0'))
			return true;
	}
	return false;
}

static void
take_keyword(struct dialogue *dialogue, const char *text)
{
	if (str_same(text, "8BITMIME"))
		dialogue->has_8bitmime = true;
	else if (str_same(text, "SMTPUTF8"))
		dialogue->has_smtputf8 = true;
	else if (str_same(text, "PIPELINING"))
		dialogue->has_pipelining = true;
	else if (str_starts_nocase(text, "AUTH ") || str_starts_nocase(text, "AUTH=")) {
		dialogue->has_xoauth2 |= offers_auth(text, "XOAUTH2");
		dialogue->has_oauthbearer |= offers_auth(text, "OAUTHBEARER");
	} else if (str_same(text, "SIZE") || str_starts_nocase(text, "SIZE ")) {
		dialogue->has_size = true;
		if (text[4] == ' ')
			dialogue->size_max = strtoull(text + 5, NULL, 10);
	}
}

int
dialogue_begin(struct dialogue *dialogue, const struct transport *transport, int timeout_ms,
    const char *own_name, struct err *err)
{
	struct smtp_reply reply;
	char line[300];

	memset(dialogue, 0, sizeof(*dialogue));
	dialogue->transport = *transport;
	dialogue->timeout_ms = timeout_ms;
	snprintf(line, sizeof(line), "EHLO %.255s\r\n", own_name);
	if (reply_command(dialogue, line, err) == -1 || reply_read(dialogue, &reply, take_keyword, err) == -1)
		return err_wrap(err, "greeting the mail server");
	if (reply.code != 250) {
		dialogue->broken = true;
		return err_set(err, ERR_RETRY, "the mail server answered our greeting with %d %s",
		    reply.code, reply.text);
	}
	return 0;
}

void
dialogue_free(struct dialogue *dialogue)
{
	buf_free(&dialogue->in);
}

void
dialogue_end(struct dialogue *dialogue)
{
	struct smtp_reply reply;
	struct err err;

	if (!dialogue->broken && reply_command(dialogue, "QUIT\r\n", &err) == 0)
		reply_read_within(dialogue, QUIT_MS, &reply, NULL, &err);
	dialogue->broken = true;
}

/* ---- Before anything is said */

static const char *
unusable(const struct dialogue *dialogue, const char *address)
{
	if (!smtp_address_is_safe(address))
		return "this is not an address that mail can be sent to";
	if (!str_is_ascii(address) && !dialogue->has_smtputf8)
		return "the mail server takes only addresses of plain letters (it does not offer SMTPUTF8)";
	return NULL;
}

/* What the server said of itself when it greeted us. */
static const char *
too_large(const struct dialogue *dialogue, uint64_t size, char text_r[160])
{
	snprintf(text_r, 160, "the mail is larger than the mail server takes: it has %llu KB, and %llu KB are allowed",
	    (unsigned long long)(size / 1024 + 1), (unsigned long long)(dialogue->size_max / 1024));
	return text_r;
}

/* What we refuse ourselves: addresses that would say something else, a mail that is too large or none. */
static bool
is_sendable(const struct dialogue *dialogue, const struct smtp_mail *mail, uint64_t size,
    struct smtp_account *account)
{
	size_t i, refused = 0;
	const char *why;
	char text[160];

	if (mail->to_count == 0 || mail->to_count > DIALOGUE_RECIPIENTS) {
		account_all(account, mail->to_count, SEND_REJECTED, 0, "the mail has no recipients, or too many");
		return false;
	}
	if ((why = unusable(dialogue, mail->from)) != NULL) {
		account_all(account, mail->to_count, SEND_BARRED, 0, "the sending address cannot be used");
		return false;
	}
	if (size == 0) {
		account_all(account, mail->to_count, SEND_REJECTED, 0, "the mail to be sent is empty");
		return false;
	}
	if (dialogue->size_max > 0 && size > dialogue->size_max) {
		account_all(account, mail->to_count, SEND_REJECTED, 0, too_large(dialogue, size, text));
		return false;
	}
	account_all(account, mail->to_count, SEND_RETRY, 0, "not tried: another recipient's address cannot be used");
	for (i = 0; i < mail->to_count; i++)
		if ((why = unusable(dialogue, mail->to[i])) != NULL) {
			outcome_set(&account->recipients[i], SEND_FAILED, 0, why);
			refused++;
		}
	if (refused == mail->to_count)
		account->mail.result = SEND_FAILED;
	return refused == 0;
}

/* ---- MAIL and RCPT */

static bool
needs_smtputf8(const struct smtp_mail *mail)
{
	size_t i;

	for (i = 0; i < mail->to_count; i++)
		if (!str_is_ascii(mail->to[i]))
			return true;
	return !str_is_ascii(mail->from);
}

/* Command number i of the envelope: 0 is MAIL, the others RCPT. */
static void
envelope_command(const struct dialogue *dialogue, const struct smtp_mail *mail, uint64_t size, size_t i,
    struct buf *out)
{
	if (i > 0) {
		buf_printf(out, "RCPT TO:<%s>\r\n", mail->to[i - 1]);
		return;
	}
	buf_printf(out, "MAIL FROM:<%s>", mail->from);
	if (dialogue->has_size)
		buf_printf(out, " SIZE=%llu", (unsigned long long)size);
	if (dialogue->has_8bitmime)
		buf_add_str(out, " BODY=8BITMIME");
	if (needs_smtputf8(mail))
		buf_add_str(out, " SMTPUTF8");
	buf_add_str(out, "\r\n");
}

/* Say the whole envelope, in batches where the server allows it; replies[0] is MAIL's. */
static int
envelope_say(struct dialogue *dialogue, const struct smtp_mail *mail, uint64_t size,
    struct smtp_reply *replies, struct err *err)
{
	size_t count = mail->to_count + 1, batch = dialogue->has_pipelining ? PIPELINE_MAX : 1, i = 0, j, until;
	struct buf out = BUF_INIT;
	int rc = -1;

	while (i < count) {
		until = i + batch < count ? i + batch : count;
		buf_reset(&out);
		for (j = i; j < until; j++)
			envelope_command(dialogue, mail, size, j, &out);
		if (reply_command(dialogue, buf_text(&out), err) == -1)
			goto out;
		for (; i < until; i++)
			if (reply_read(dialogue, &replies[i], NULL, err) == -1)
				goto out;
		/* Without a sender there is nothing to add recipients to; 421 says that it hangs up. */
		if (replies[0].code / 100 != 2 || replies[until - 1].code == 421)
			break;
	}
	rc = 0;
out:
	buf_free(&out);
	return rc;
}

/* Drop a half-said mail so that the connection can carry the next. */
static void
envelope_drop(struct dialogue *dialogue)
{
	struct smtp_reply reply;
	struct err err;

	if (reply_command(dialogue, "RSET\r\n", &err) == -1 ||
	    reply_read(dialogue, &reply, NULL, &err) == -1 || reply.code / 100 != 2 || reply_is_early(dialogue))
		dialogue->broken = true;
}

static void
account_refused(const struct smtp_mail *mail, const struct smtp_reply *replies, size_t refused,
    struct smtp_account *account)
{
	struct smtp_outcome *outcome;
	enum send_result all = SEND_FAILED;
	size_t i, first = 1;
	char text[256];

	while (first < mail->to_count && replies[first].code / 100 == 2)
		first++;
	snprintf(text, sizeof(text), "%zu of %zu recipients refused (%d %.120s); nothing was sent to anybody",
	    refused, mail->to_count, replies[first].code, replies[first].text);
	for (i = 0; i < mail->to_count; i++) {
		outcome = &account->recipients[i];
		outcome->reply = replies[i + 1];
		outcome->result = outcome->reply.code / 100 == 2 ? SEND_RETRY :
		    refusal_means(REFUSAL_RECIPIENT, outcome->reply.code, outcome->reply.text);
		/* The mail as a whole waits for as long as anybody of them may still get it. */
		if (outcome->result == SEND_RETRY || (all != SEND_RETRY && outcome->result != SEND_FAILED))
			all = outcome->result;
		if (outcome->reply.code / 100 != 2)
			account->mail.reply.code = outcome->reply.code;
	}
	outcome_set(&account->mail, all, account->mail.reply.code, text);
}

/* True if the replies take the sender and every recipient; otherwise the account says what they mean. */
static bool
envelope_is_taken(struct dialogue *dialogue, const struct smtp_mail *mail, const struct smtp_reply *replies,
    struct smtp_account *account)
{
	size_t i, refused = 0;

	for (i = 0; i <= mail->to_count; i++) {
		if (replies[i].code == 421) {
			dialogue->broken = true;
			account_whole(account, mail->to_count, SEND_RETRY, &replies[i]);
			return false;
		}
		if (i > 0 && replies[i].code / 100 != 2)
			refused++;
	}
	if (replies[0].code / 100 == 3 || reply_is_early(dialogue)) {
		dialogue->broken = true;
		account_all(account, mail->to_count, SEND_RETRY, 0, "the mail server spoke out of turn");
		return false;
	}
	if (replies[0].code / 100 != 2) {
		account_whole(account, mail->to_count, refusal_means(REFUSAL_SENDER, replies[0].code, replies[0].text), &replies[0]);
		return false;
	}
	if (refused > 0)
		account_refused(mail, replies, refused, account);
	return refused == 0;
}

static bool
envelope_send(struct dialogue *dialogue, const struct smtp_mail *mail, uint64_t size, struct smtp_account *account)
{
	struct smtp_reply *replies = x_calloc(mail->to_count + 1, sizeof(*replies));
	bool taken = false;
	struct err err;

	if (envelope_say(dialogue, mail, size, replies, &err) == -1)
		account_all(account, mail->to_count, SEND_RETRY, 0, err.text);
	else
		taken = envelope_is_taken(dialogue, mail, replies, account);
	if (!taken && !dialogue->broken)
		envelope_drop(dialogue);
	free(replies);
	return taken;
}

/* ---- DATA */

/* True if the server asks for the body. */
static bool
data_ask(struct dialogue *dialogue, const struct smtp_mail *mail, struct smtp_account *account)
{
	size_t count = mail->to_count;
	struct smtp_reply reply;
	struct err err;

	if (reply_command(dialogue, "DATA\r\n", &err) == -1 || reply_read(dialogue, &reply, NULL, &err) == -1) {
		account_all(account, count, SEND_RETRY, 0, err.text);
		return false;
	}
	if (reply_is_early(dialogue)) {
		dialogue->broken = true;
		account_all(account, count, SEND_RETRY, 0, "the mail server spoke out of turn");
		return false;
	}
	if (reply.code == 354)
		return true;
	account_late(mail, &reply, account);
	if (reply.code == 421 || reply.code < 400)
		dialogue->broken = true;
	else
		envelope_drop(dialogue);
	return false;
}

/* Nothing that could end the mail has been said: hang up, and the server has nothing. */
static void
body_withheld(struct dialogue *dialogue, size_t count, const char *why, struct smtp_account *account)
{
	dialogue->broken = true;
	account_all(account, count, SEND_RETRY, 0, why);
}

/*
 * The connection broke while the body went.  A server that refuses in the
 * middle may have said so before it hung up; a refusal is then the answer.
 */
static void
body_lost(struct dialogue *dialogue, const struct smtp_mail *mail, const char *why, struct smtp_account *account)
{
	struct smtp_reply reply;
	struct err err;

	if (reply_read_within(dialogue, QUIT_MS, &reply, NULL, &err) == 0 && reply.code >= 400)
		account_late(mail, &reply, account);
	else
		account_all(account, mail->to_count, SEND_UNKNOWN, 0, why);
	dialogue->broken = true;
}

static int
end_timeout_ms(const struct dialogue *dialogue)
{
	if (dialogue->timeout_ms > END_MAX_MS / END_PATIENCE)
		return END_MAX_MS;
	return dialogue->timeout_ms * END_PATIENCE;
}

/* The final dot, and what the server says to it. */
static void
data_end(struct dialogue *dialogue, const struct smtp_mail *mail, struct smtp_account *account)
{
	struct smtp_reply reply;
	struct err err;

	if (reply_command(dialogue, ".\r\n", &err) == -1) {
		body_lost(dialogue, mail, err.text, account);
		return;
	}
	if (reply_read_within(dialogue, end_timeout_ms(dialogue), &reply, NULL, &err) == -1) {
		account_all(account, mail->to_count, SEND_UNKNOWN, 0, err.text);
		return;
	}
	if (reply.code == 421 || reply.code / 100 == 3 || reply_is_early(dialogue))
		dialogue->broken = true;
	if (reply.code >= 400)
		account_late(mail, &reply, account);
	else
		account_all(account, mail->to_count, reply.code / 100 == 2 ? SEND_SENT : SEND_UNKNOWN, reply.code, reply.text);
}

static void
data_send(struct dialogue *dialogue, const struct smtp_mail *mail, struct smtp_account *account)
{
	size_t count = mail->to_count;
	struct err err;

	if (mail->sending(mail->ctx, &err) == -1) {
		body_withheld(dialogue, count, err.text, account);
		return;
	}
	if (step("smtp.data") == -1) {
		body_withheld(dialogue, count, "stopped before the body", account);
		return;
	}
	switch (body_send(dialogue, mail->fd, &err)) {
	case BODY_UNREADABLE:
		body_withheld(dialogue, count, err.text, account);
		return;
	case BODY_LOST:
		body_lost(dialogue, mail, err.text, account);
		return;
	case BODY_SENT:
		break;
	}
	if (step("smtp.end") == -1) {
		body_withheld(dialogue, count, "stopped before the end of the mail", account);
		return;
	}
	data_end(dialogue, mail, account);
}

void
dialogue_mail(struct dialogue *dialogue, const struct smtp_mail *mail, struct smtp_account *account)
{
	struct stat st;

	if (fstat(mail->fd, &st) == -1) {
		account_all(account, mail->to_count, SEND_RETRY, 0, "the mail to be sent cannot be read");
		return;
	}
	if (!is_sendable(dialogue, mail, (uint64_t)st.st_size, account))
		return;
	if (envelope_send(dialogue, mail, (uint64_t)st.st_size, account) &&
	    data_ask(dialogue, mail, account))
		data_send(dialogue, mail, account);
}
