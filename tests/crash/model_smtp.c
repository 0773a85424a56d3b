/* The model SMTP server: a mail is accepted at its final dot, or never was there. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model.h"

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
say(struct peer *peer, const char *line)
{
	buf_printf(&peer->out, "%s\r\n", line);
}

static void
envelope_reset(struct peer *peer)
{
	peer->envelope_from = NULL;
	peer->envelope_to = (struct strs){ NULL, 0 };
}

static const char *
address_in(struct model *model, const char *line)
{
	const char *from = strchr(line, '<'), *to = from == NULL ? NULL : strchr(from, '>');

	return to == NULL ? "" : arena_strndup(model->arena, from + 1, (size_t)(to - from - 1));
}

static void
take_line(struct model *model, struct peer *peer, const char *line)
{
	if (str_starts_nocase(line, "EHLO"))
		buf_add_str(&peer->out, "250-model\r\n250-8BITMIME\r\n250 SIZE 100000000\r\n");
	else if (str_starts_nocase(line, "MAIL FROM:")) {
		envelope_reset(peer);
		peer->envelope_from = address_in(model, line);
		say(peer, "250 well");
	} else if (str_starts_nocase(line, "RCPT TO:") && peer->envelope_from != NULL) {
		strs_add(model->arena, &peer->envelope_to, address_in(model, line));
		say(peer, "250 well");
	} else if (str_same(line, "DATA") && peer->envelope_to.n > 0) {
		peer->in_data = true;
		say(peer, "354 go on");
	} else if (str_same(line, "RSET")) {
		envelope_reset(peer);
		say(peer, "250 well");
	} else if (str_same(line, "QUIT")) {
		say(peer, "221 bye");
	} else {
		buf_printf(&model->faults, "SMTP: \"%s\" is not understood\n", line);
		say(peer, "503 what?");
	}
}

/* Whoever is among the recipients gets it; of all mailboxes only one is looked into. */
static void
hand_out(struct model *model, const struct peer *peer, const struct accepted_mail *mail)
{
	const char *copy = arena_printf(model->arena, "Return-Path: <%s>\n%s", peer->envelope_from, mail->data);

	for (size_t i = 0; model->watched != NULL && i < peer->envelope_to.n; i++)
		if (str_same(peer->envelope_to.v[i], model->watched))
			model_deliver(model, copy, model->latest);
}

static void
accept_mail(struct model *model, struct peer *peer, const char *data, size_t len)
{
	static const char *const steps[] = { "smtp.end", NULL };
	struct accepted_mail *mail = arena_push(model->arena, model->accepted, model->accepted_count);
	struct buf plain = BUF_INIT;

	/* Dots that the sender put in front of dots. */
	for (size_t i = 0; i < len; i++)
		if (!(data[i] == '.' && (i == 0 || data[i - 1] == '\n')))
			buf_add_char(&plain, data[i]);
	mail->data = arena_memdup(model->arena, buf_text(&plain), plain.len + 1);
	mail->len = plain.len;
	buf_free(&plain);
	mail->from = peer->envelope_from;
	qsort(peer->envelope_to.v, peer->envelope_to.n, sizeof(peer->envelope_to.v[0]), compare);
	mail->to = strs_join(model->arena, &peer->envelope_to, " ");
	mail->id = mail_field(model->arena, mail->data, mail->len, "Message-ID");
	mail->subject = mail_field(model->arena, mail->data, mail->len, "Subject");
	model_expect(model, arena_printf(model->arena, "DATA to %s: %s", mail->to, mail->subject), steps);
	hand_out(model, peer, mail);
	say(peer, "250 taken");
}

/* One command, or the whole body (data; line is then "."), as the server is disposed. */
static void
take_in_mood(struct model *model, struct peer *peer, const char *line, const char *data, size_t len)
{
	size_t said = peer->out.len;
	enum mood mood = model_mood(model, true, line);

	if (mood == MOOD_REFUSES || mood == MOOD_REFUSES_FOR_GOOD)
		say(peer, mood == MOOD_REFUSES ? "451 4.3.0 not now" : "550 5.1.1 never");
	else if (mood != MOOD_GONE_BEFORE && data != NULL)
		accept_mail(model, peer, data, len);
	else if (mood != MOOD_GONE_BEFORE)
		take_line(model, peer, line);
	if (data != NULL) {
		envelope_reset(peer);
		peer->in_data = false;
	}
	if (mood == MOOD_GONE_BEFORE || mood == MOOD_GONE_AFTER) {
		peer->out.len = said;
		peer->gone = true;
	}
}

/* How long the body is, or -1 while its end has not come. */
static long
body_length(const struct buf *in)
{
	const char *text = buf_text(in), *end;

	if (in->len >= 3 && memcmp(text, ".\r\n", 3) == 0)
		return 0;
	end = in->len < 5 ? NULL : memmem(text, in->len, "\r\n.\r\n", 5);
	return end == NULL ? -1 : end + 2 - text;
}

void
smtp_input(struct model *model, struct peer *peer)
{
	while (!peer->gone) {
		struct arena *arena;
		const char *end;
		long len;

		if (peer->in_data) {
			if ((len = body_length(&peer->in)) == -1)
				return;
			take_in_mood(model, peer, ".", buf_text(&peer->in), (size_t)len);
			buf_consume(&peer->in, (size_t)len + 3);
			continue;
		}
		if (peer->in.len == 0 || (end = memmem(peer->in.data, peer->in.len, "\r\n", 2)) == NULL)
			return;
		arena = arena_new();
		take_in_mood(model, peer, arena_strndup(arena, peer->in.data, (size_t)(end - peer->in.data)), NULL, 0);
		arena_free(&arena);
		buf_consume(&peer->in, (size_t)(end - peer->in.data) + 2);
	}
}
