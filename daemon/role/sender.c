/*
 * What the send role does with a frame from core: connect where needed, one
 * SMTP transaction a mail, and the account of it.  A connection is kept for a
 * short while, so that a burst of mails costs one TLS handshake.
 * Invariants: core has stored that the body is asked for before it leaves
 * (WIRE_SENDING, WIRE_GO); every WIRE_SEND is answered by exactly one WIRE_SENT.
 * Fails: ERR_DAEMON when core talks nonsense or is gone.  A server's failures
 * are answers, not errors.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "ipc/wire.h"
#include "role/send.h"
#include "send/dialogue.h"

#define IDLE_MS		10000
#define REFUSED_MS	30000		/* a server that refused us is left alone, then twice as long, ... */
#define REFUSED_MAX_MS	(15 * 60 * 1000)

struct sender {
	struct connector	 connector;	/* close NULL: there is none, but ... */
	struct poster		 poster;	/* ... this; else post NULL */
	const char		*own_name;
	struct sender_out	 out;
	struct dialogue		 dialogue;
	bool			 is_open;
	int64_t			 close_at_ms;	/* while open */
	int			 refused_ms;	/* 0: not refused */
	int64_t			 refused_until_ms;
	struct err		 refused_err;
	bool			 told_trouble;	/* core believes that the server will not have us */
	struct err		 standing;	/* of that, for another reason than the last connection; ERR_NONE */
	uint64_t		 mail_id;	/* being sent */
};

struct sender *
sender_new(const struct connector *connector, const char *own_name, struct sender_out out)
{
	struct sender *sender = x_calloc(1, sizeof(*sender));

	sender->connector = *connector;
	sender->own_name = x_strdup(own_name);
	sender->out = out;
	return sender;
}

struct sender *
sender_new_posting(const struct poster *poster, struct sender_out out)
{
	struct sender *sender = x_calloc(1, sizeof(*sender));

	sender->poster = *poster;
	sender->own_name = x_strdup("");
	sender->out = out;
	return sender;
}

static void
hang_up(struct sender *sender)
{
	if (sender->is_open) {
		dialogue_end(&sender->dialogue);
		dialogue_free(&sender->dialogue);
	}
	if (sender->connector.close != NULL)
		sender->connector.close(sender->connector.ctx);
	sender->is_open = false;
}

void
sender_free(struct sender **sender)
{
	if (*sender == NULL)
		return;
	hang_up(*sender);
	free((char *)(uintptr_t)(*sender)->own_name);
	free(*sender);
	*sender = NULL;
}

void
sender_reload(struct sender *sender)
{
	hang_up(sender);
	sender->refused_ms = 0;
}

void
sender_tick(struct sender *sender, int64_t now_ms)
{
	if (sender->is_open && now_ms >= sender->close_at_ms)
		hang_up(sender);
}

int
sender_wait_ms(const struct sender *sender, int64_t now_ms)
{
	if (!sender->is_open)
		return -1;
	return now_ms >= sender->close_at_ms ? 0 : (int)(sender->close_at_ms - now_ms);
}

/* ---- Connecting */

/* With ERR_NONE: what was told last is over. */
static int
emit_trouble(struct sender *sender, const struct err *trouble, struct err *err)
{
	struct frame frame;
	int rc;

	sender->told_trouble = trouble->scope != ERR_NONE;

	frame_init(&frame, WIRE_TROUBLE, 0);
	put_u32(&frame, trouble->scope);
	put_str(&frame, trouble->text);
	rc = sender->out.emit(sender->out.ctx, &frame, err);
	frame_free(&frame);
	return rc;
}

/* Trying a wrong password again and again locks accounts: leave the server alone for a while. */
static void
note_refusal(struct sender *sender, const struct err *trouble)
{
	sender->refused_ms = sender->refused_ms == 0 ? REFUSED_MS : sender->refused_ms * 2;
	if (sender->refused_ms > REFUSED_MAX_MS)
		sender->refused_ms = REFUSED_MAX_MS;
	sender->refused_until_ms = clock_real_ms() + sender->refused_ms;
	sender->refused_err = *trouble;
	log_err("send refused retry_s=%d why=\"%s\"", sender->refused_ms / 1000, trouble->text);
}

/* It refused us a short while ago. */
static bool
is_left_alone(const struct sender *sender, struct err *trouble)
{
	if (sender->refused_ms == 0 || clock_real_ms() >= sender->refused_until_ms)
		return false;
	*trouble = sender->refused_err;
	return true;
}

int
sender_note(struct sender *sender, const struct err *trouble, struct err *err)
{
	if (trouble->scope == sender->standing.scope &&
	    (trouble->scope == ERR_NONE || strcmp(trouble->text, sender->standing.text) == 0))
		return 0;
	sender->standing = *trouble;
	if (trouble->scope == ERR_NONE)
		sender->refused_ms = 0;
	return emit_trouble(sender, trouble, err);
}

static int
connect_now(struct sender *sender, struct err *trouble)
{
	struct transport transport;

	if (is_left_alone(sender, trouble))
		return -1;
	if (sender->connector.open(sender->connector.ctx, &transport, trouble) == -1) {
		sender->connector.close(sender->connector.ctx);
		if (trouble->scope != ERR_RETRY)
			note_refusal(sender, trouble);
		return -1;
	}
	sender->is_open = true;
	if (dialogue_begin(&sender->dialogue, &transport, sender->connector.timeout_ms,
	    sender->own_name, trouble) == -1) {
		hang_up(sender);
		return -1;
	}
	return 0;
}

/* ---- One mail */

/* Tell core that the body is asked for, and let it go only when core has that on disk. */
static int
emit_sending(void *ctx, struct err *err)
{
	struct sender *sender = ctx;
	struct frame frame;
	int rc;

	frame_init(&frame, WIRE_SENDING, sender->mail_id);
	rc = sender->out.emit(sender->out.ctx, &frame, err);
	frame_free(&frame);
	return rc == -1 ? -1 : sender->out.wait_go(sender->out.ctx, sender->mail_id, err);
}

static int
emit_sent(struct sender *sender, const struct smtp_mail *mail, const struct smtp_account *account, struct err *err)
{
	const struct smtp_outcome *outcome;
	struct frame frame;
	size_t i;
	int rc;

	frame_init(&frame, WIRE_SENT, sender->mail_id);
	put_u32(&frame, account->mail.result);
	put_u32(&frame, (uint32_t)account->mail.reply.code);
	put_str(&frame, account->mail.reply.text);
	put_u32(&frame, (uint32_t)mail->to_count);
	for (i = 0; i < mail->to_count; i++) {
		outcome = &account->recipients[i];
		put_str(&frame, mail->to[i]);
		put_u32(&frame, outcome->result);
		put_u32(&frame, (uint32_t)outcome->reply.code);
		put_str(&frame, outcome->reply.text);
	}
	put_u32(&frame, account->retry_after_s);
	rc = sender->out.emit(sender->out.ctx, &frame, err);
	frame_free(&frame);
	return rc;
}

/* No connection: nothing was said about this mail to anybody. */
static void
account_unreached(const struct err *trouble, const struct smtp_mail *mail, struct smtp_account *account)
{
	size_t i;

	account->mail.result = SEND_RETRY;
	account->mail.reply.code = 0;
	snprintf(account->mail.reply.text, sizeof(account->mail.reply.text), "%.255s", trouble->text);
	for (i = 0; i < mail->to_count; i++)
		account->recipients[i] = account->mail;
}

/* Nothing of the mail went: the server has closed the connection meanwhile, or forgotten who we are. */
static bool
is_over(const struct smtp_account *account)
{
	int code = account->mail.reply.code;

	return (account->mail.result == SEND_RETRY && (code == 0 || code == 421)) ||
	    (account->mail.result == SEND_BARRED && (code == 530 || code == 535));
}

/* What was told last is over, unless it stands for another reason. */
static int
emit_well(struct sender *sender, struct err *err)
{
	const struct err well = { ERR_NONE, "" };

	sender->refused_ms = 0;
	return sender->told_trouble && sender->standing.scope == ERR_NONE ? emit_trouble(sender, &well, err) : 0;
}

/* Where whole mails are taken. */
static int
post_mail(struct sender *sender, const struct smtp_mail *mail, struct smtp_account *account, struct err *err)
{
	struct err trouble = { ERR_NONE, "" };

	if (is_left_alone(sender, &trouble)) {
		account_unreached(&trouble, mail, account);
		return emit_trouble(sender, &trouble, err);
	}
	if (sender->poster.post(sender->poster.ctx, mail, account, &trouble) == 0)
		return account->mail.result == SEND_RETRY || account->mail.result == SEND_UNKNOWN ? 0 : emit_well(sender, err);
	if (trouble.scope != ERR_RETRY)
		note_refusal(sender, &trouble);
	return emit_trouble(sender, &trouble, err);
}

/*
 * Send over the open connection, or a new one.  A kept connection that the
 * server has closed in the meantime is no failure: once more on a new one, as
 * long as the body was not asked for.
 */
static int
send_mail(struct sender *sender, const struct smtp_mail *mail, struct smtp_account *account, struct err *err)
{
	struct err trouble = { ERR_NONE, "" };
	bool kept = sender->is_open;

	if (sender->poster.post != NULL)
		return post_mail(sender, mail, account, err);
	for (;;) {
		if (!sender->is_open && connect_now(sender, &trouble) == -1) {
			account_unreached(&trouble, mail, account);
			return trouble.scope == ERR_RETRY ? 0 : emit_trouble(sender, &trouble, err);
		}
		if (emit_well(sender, err) == -1)
			return -1;
		dialogue_mail(&sender->dialogue, mail, account);
		if (!sender->dialogue.broken && !(kept && is_over(account)))
			break;
		hang_up(sender);
		if (!kept || !is_over(account))
			break;
		kept = false;
	}
	sender->close_at_ms = clock_real_ms() + IDLE_MS;
	return 0;
}

static const char **
get_recipients(struct frame *frame, struct arena *arena, size_t *count_r)
{
	uint32_t i, n = get_u32(frame);
	const char **to;

	*count_r = 0;
	if (frame->bad || n > DIALOGUE_RECIPIENTS)
		return NULL;
	to = arena_alloc(arena, (n + 1) * sizeof(*to));
	for (i = 0; i < n; i++)
		to[i] = get_str(frame, arena);
	*count_r = n;
	return to;
}

static int
handle_send(struct sender *sender, struct frame *frame, struct arena *arena, struct err *err)
{
	struct smtp_account account = { .recipients = NULL };
	struct smtp_mail mail = { .sending = emit_sending, .ctx = sender, .fd = -1 };
	int rc = -1;

	mail.from = get_str(frame, arena);
	mail.to = get_recipients(frame, arena, &mail.to_count);
	mail.fd = get_fd(frame);
	if (mail.to == NULL || !get_end(frame) || mail.fd == -1) {
		err_set(err, ERR_DAEMON, "core asked for a mail to be sent in words that make no sense");
		goto out;
	}
	sender->mail_id = frame->id;
	account.recipients = arena_alloc(arena, (mail.to_count + 1) * sizeof(*account.recipients));
	if (send_mail(sender, &mail, &account, err) == -1)
		goto out;
	rc = emit_sent(sender, &mail, &account, err);
out:
	if (mail.fd != -1)
		close(mail.fd);
	return rc;
}

int
sender_handle(struct sender *sender, struct frame *frame, struct err *err)
{
	struct arena *arena;
	int rc;

	/* Core's leave for a mail that we have given up waiting for. */
	if (frame->type == WIRE_GO)
		return 0;
	if (frame->type != WIRE_SEND)
		return err_set(err, ERR_DAEMON, "core sent a message that is not for us (type %u)", frame->type);
	arena = arena_new();
	rc = handle_send(sender, frame, arena, err);
	arena_free(&arena);
	return rc;
}
