/*
 * The fetch role's eyes without its process, for a command that asks the
 * servers while no daemon runs.  Runs in advicectl, which holds the daemon's
 * lock.
 * Invariant: fetch is never told RESUME, so that it only lists.
 * Fails: a mailbox that cannot be asked stays unanswered, with its trouble.
 */
#include "role/alone.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ipc/wire.h"
#include "role/watcher.h"

#define PATIENCE_MS	120000	/* without a word */

struct asker {
	struct arena		*arena;
	struct live_listing	*listings;
	size_t			 count;
	size_t			 left;		/* folders not yet answered */
	int64_t			 until_ms;
	const char		*trouble;
};

static void
heard(void *ctx, const struct frame *from)
{
	struct asker *asker = ctx;
	struct frame frame;

	frame_init(&frame, from->type, from->id);
	buf_add(&frame.body, from->body.data, from->body.len);
	if (frame.type == WIRE_LISTING && frame.id > 0 && frame.id <= asker->count) {
		live_listing_take(asker->arena, &asker->listings[frame.id - 1], &frame);
		asker->left -= asker->listings[frame.id - 1].answered;
		asker->until_ms = clock_real_ms() + PATIENCE_MS;
	} else if (frame.type == WIRE_TROUBLE && get_u32(&frame) != ERR_NONE)
		asker->trouble = get_str(&frame, asker->arena);
	frame_free(&frame);
}

static bool
goes_on(void *ctx)
{
	const struct asker *asker = ctx;

	return clock_real_ms() < asker->until_ms;
}

static int
ask_for(struct watcher *watcher, struct asker *asker, const char *mailbox, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < asker->count; i++) {
		struct frame frame;

		if (strcmp(asker->listings[i].mailbox, mailbox) != 0)
			continue;
		frame_init(&frame, WIRE_LIST, i + 1);
		put_str(&frame, asker->listings[i].folder);
		rc = watcher_handle(watcher, &frame, err);
		frame_free(&frame);
		asker->left++;
	}
	return rc;
}

static void
list_mailbox(struct asker *asker, const struct mailbox_config *mailbox)
{
	struct fetch_start start = { .mailbox = mailbox, .tmp_fd = -1, .new_fd = -1, .turn = { goes_on, asker },
	    .out = heard, .out_ctx = asker };
	struct watcher watcher;
	struct fetch_wait wait;
	struct err err = { ERR_NONE, "" };
	char *secret = NULL;

	asker->left = 0;
	asker->until_ms = clock_real_ms() + PATIENCE_MS;
	asker->trouble = NULL;
	if (mailbox->maildir == NULL && config_secret(&mailbox->imap, &secret, &err) == -1) {
		asker->trouble = arena_strdup(asker->arena, err.text);
		return;
	}
	start.password = secret == NULL ? "" : secret;
	if (watcher_new(&start, &watcher, &err) == 0) {
		if (ask_for(&watcher, asker, mailbox->name, &err) == 0)
			/* A server that refuses us will refuse us again: no second try. */
			while (asker->left > 0 && asker->trouble == NULL && goes_on(asker)) {
				watcher_turn(&watcher, &wait);
				if (asker->left > 0 && asker->trouble == NULL) {
					struct pollfd fd = { wait.fd, POLLIN, 0 };

					poll(&fd, 1, wait.timeout_ms < 0 || wait.timeout_ms > 1000 ? 1000 : wait.timeout_ms);
				}
			}
		watcher_free(&watcher);
	}
	if (err.scope != ERR_NONE)
		asker->trouble = arena_strdup(asker->arena, err.text);
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void
alone_list(struct arena *arena, const struct config *config, struct live_listing *listings, size_t count,
    const char **trouble_r)
{
	struct asker asker = { .arena = arena, .listings = listings, .count = count };

	*trouble_r = "";
	for (size_t i = 0; i < config->mailbox_count; i++) {
		bool wanted = false;

		for (size_t k = 0; k < count; k++)
			wanted |= strcmp(listings[k].mailbox, config->mailboxes[i].name) == 0;
		if (!wanted)
			continue;
		list_mailbox(&asker, &config->mailboxes[i]);
		if (asker.trouble != NULL)
			*trouble_r = asker.trouble;
	}
}
