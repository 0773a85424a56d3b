/* What the model servers hold, and have seen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "model.h"

struct model *
model_new(bool can_move, bool can_uidplus)
{
	struct model *model = x_calloc(1, sizeof(*model));

	model->can_move = can_move;
	model->can_uidplus = can_uidplus;
	model->imap_fd = model->smtp_fd = -1;
	model_reset(model);
	return model;
}

/* ---- Connections */

struct peer *
model_peer(struct model *model, int fd, bool is_smtp)
{
	struct peer *peer = x_calloc(1, sizeof(*peer));

	peer->fd = fd;
	peer->is_smtp = is_smtp;
	buf_add_str(&peer->out, is_smtp ? "220 model ESMTP\r\n" : "* OK model ready\r\n");
	peer->next = model->peers;
	model->peers = peer;
	return peer;
}

void
peer_input(struct model *model, struct peer *peer)
{
	if (peer->is_smtp)
		smtp_input(model, peer);
	else
		imap_input(model, peer);
}

static void
peer_free(struct peer *peer)
{
	if (peer->fd != -1)
		close(peer->fd);
	buf_free(&peer->in);
	buf_free(&peer->out);
	buf_free(&peer->idle_tag);
	free(peer);
}

void
model_hang_up(struct model *model)
{
	while (model->peers != NULL) {
		struct peer *next = model->peers->next;

		peer_free(model->peers);
		model->peers = next;
	}
}

void
model_drop_gone(struct model *model)
{
	for (struct peer **link = &model->peers; *link != NULL; ) {
		struct peer *peer = *link;

		if (peer->gone) {
			*link = peer->next;
			peer_free(peer);
		} else
			link = &peer->next;
	}
}

void
model_drop_peer(struct model *model, struct peer *peer)
{
	for (struct peer **link = &model->peers; *link != NULL; link = &(*link)->next)
		if (*link == peer) {
			*link = peer->next;
			peer_free(peer);
			return;
		}
}

void
model_reset(struct model *model)
{
	model_hang_up(model);
	arena_free(&model->arena);
	model->arena = arena_new();
	model->folders = NULL;
	model->accepted = NULL;
	model->delivered = NULL;
	model->folder_count = model->accepted_count = model->delivered_count = 0;
	model->latest = 1;
	buf_reset(&model->log);
	buf_reset(&model->faults);
	model_folder(model, "INBOX", true);
}

void
model_free(struct model **modelp)
{
	struct model *model = *modelp;

	model_hang_up(model);
	if (model->imap_fd != -1)
		close(model->imap_fd);
	if (model->smtp_fd != -1)
		close(model->smtp_fd);
	arena_free(&model->arena);
	buf_free(&model->log);
	buf_free(&model->faults);
	free(model);
	*modelp = NULL;
}

/* ---- What they hold */

struct folder *
model_folder(struct model *model, const char *name, bool make)
{
	struct folder *folder;

	for (size_t i = 0; i < model->folder_count; i++)
		if (strcasecmp(model->folders[i].name, name) == 0)
			return &model->folders[i];
	if (!make)
		return NULL;
	/* Room for all that will come: a selected folder is pointed to. */
	if (model->folders == NULL)
		model->folders = arena_alloc(model->arena, 20 * sizeof(*model->folders));
	folder = &model->folders[model->folder_count++];
	*folder = (struct folder){ .name = arena_strdup(model->arena, name), .uidnext = 1,
	    .uidvalidity = 700 + (uint32_t)model->folder_count };
	return folder;
}

struct stored_mail *
folder_add(struct model *model, struct folder *folder, const struct stored_mail *mail)
{
	struct stored_mail *copy = arena_push(model->arena, folder->mails, folder->count);

	*copy = *mail;
	copy->uid = folder->uidnext++;
	copy->deleted = copy->marked = false;
	return copy;
}

/* A header field's value, on one line; "" if there is none. */
const char *
mail_field(struct arena *arena, const char *data, size_t len, const char *name)
{
	const char *end = data + len, *line = data, *value;
	size_t name_len = strlen(name);

	while (line < end && *line != '\r' && *line != '\n') {
		const char *next = memchr(line, '\n', (size_t)(end - line));

		next = next == NULL ? end : next + 1;
		if ((size_t)(next - line) > name_len && line[name_len] == ':' &&
		    strncasecmp(line, name, name_len) == 0) {
			value = line + name_len + 1;
			while (next < end && (*next == ' ' || *next == '\t')) {
				next = memchr(next, '\n', (size_t)(end - next));
				next = next == NULL ? end : next + 1;
			}
			return str_squeeze(arena, arena_strndup(arena, value, (size_t)(next - value)));
		}
		line = next;
	}
	return "";
}

void
model_says_exists(struct model *model, const struct folder *folder)
{
	for (struct peer *peer = model->peers; peer != NULL; peer = peer->next)
		if (peer->idling && peer->selected == folder)
			buf_printf(&peer->out, "* %zu EXISTS\r\n", folder->count);
}

void
model_deliver(struct model *model, const char *text, instant at)
{
	struct stored_mail mail = { .internaldate = at };
	struct folder *inbox = model_folder(model, "INBOX", true);
	struct delivered_mail *delivered;
	struct buf crlf = BUF_INIT;

	for (; *text != '\0'; text++) {
		if (*text == '\r')
			continue;
		if (*text == '\n')
			buf_add_char(&crlf, '\r');
		buf_add_char(&crlf, *text);
	}
	mail.data = arena_memdup(model->arena, crlf.data, crlf.len + 1);
	mail.len = crlf.len;
	mail.id = mail_field(model->arena, mail.data, mail.len, "Message-ID");
	delivered = arena_push(model->arena, model->delivered, model->delivered_count);
	mail.serial = (unsigned)model->delivered_count;
	mail.uid = folder_add(model, inbox, &mail)->uid;
	*delivered = (struct delivered_mail){ inbox->uidvalidity, mail.uid, inbox->uidvalidity, mail.uid, false };
	model_says_exists(model, inbox);
	model->latest = at;
	buf_free(&crlf);
}

const struct accepted_mail *
model_latest(const struct model *model, const char *to, const char *words)
{
	for (size_t i = model->accepted_count; i > 0; i--)
		if (strstr(model->accepted[i - 1].to, to) != NULL &&
		    strstr(model->accepted[i - 1].subject, words) != NULL)
			return &model->accepted[i - 1];
	return NULL;
}

bool
model_has_accepted(const struct model *model, const char *id)
{
	for (size_t i = 0; i < model->accepted_count; i++)
		if (id[0] != '\0' && strstr(model->accepted[i].id, id) != NULL)
			return true;
	return false;
}

enum mood
model_mood(struct model *model, bool is_smtp, const char *command)
{
	return model->mood == NULL ? MOOD_WELL : model->mood(model->mood_ctx, is_smtp, command);
}

/* ---- What they saw */

void
model_note(struct model *model, const char *what)
{
	buf_printf(&model->log, "%s: %s\n", model->last_step == NULL ? "" : model->last_step(model->ctx), what);
}

void
model_expect(struct model *model, const char *what, const char *const *steps)
{
	const char *last = model->last_step == NULL ? "" : model->last_step(model->ctx);

	model_note(model, what);
	for (; model->last_step != NULL && *steps != NULL; steps++)
		if (strcmp(last, *steps) == 0)
			return;
	if (model->last_step != NULL)
		buf_printf(&model->faults, "the server executed \"%s\" without a step of its own (the last was %s)\n",
		    what, last);
}
