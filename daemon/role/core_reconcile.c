/*
 * `advicectl reconcile` in core: the servers are asked what lies in their
 * folders, and the command runs when all have answered.
 * Invariant: a command under way is answered once: by what the servers said,
 * or, after a while without a word from them, by saying who did not.
 * Fails: never; what goes wrong is said to the client.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/live.h"
#include "ipc/wire.h"
#include "role/core_private.h"

#define SILENT_MS	120000	/* a big folder is listed in pieces, each of which counts */

struct reconciling {
	struct reconciling	*next;
	uint64_t		 client;
	unsigned		 uid;
	struct arena		*arena;
	int			 argc;
	char			**argv;
	struct live_listing	*listings;
	uint64_t		*tickets;	/* beside them; 0: answered, or will not be */
	size_t			 count;
	int64_t			 until_ms;
};

static void
reconciling_free(struct reconciling *r)
{
	arena_free(&r->arena);
	free(r);
}

void
reconcile_free(struct core *core)
{
	while (core->reconciling != NULL) {
		struct reconciling *next = core->reconciling->next;

		reconciling_free(core->reconciling);
		core->reconciling = next;
	}
}

static void
ask(struct core *core, struct reconciling *r, size_t i)
{
	const struct core_mailbox *mailbox = core_mailbox(core, r->listings[i].mailbox);
	struct frame frame;

	if (mailbox == NULL || !mailbox->attached)
		return;
	r->tickets[i] = ++core->ticket;
	frame_init(&frame, WIRE_LIST, r->tickets[i]);
	put_str(&frame, r->listings[i].folder);
	core->out.send(core->out.ctx, mailbox->peer, &frame);
	frame_free(&frame);
}

static bool
all_answered(const struct reconciling *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->tickets[i] != 0)
			return false;
	return true;
}

static void
finish(struct core *core, struct reconciling *r)
{
	struct live live = { .arena = arena_new(), .file = -1, .listings = r->listings, .listing_count = r->count };
	int code;

	live.who = arena_printf(live.arena, "uid %u", r->uid);
	code = core_live(core, &live, r->argc, r->argv);
	core_answer(core, r->client, &live, code);
	buf_free(&live.out);
	buf_free(&live.errors);
	arena_free(&live.arena);
}

void
reconcile_turn(struct core *core)
{
	struct reconciling **link = &core->reconciling, *r;

	while ((r = *link) != NULL) {
		if (!all_answered(r) && clock_real_ms() < r->until_ms) {
			link = &r->next;
			continue;
		}
		*link = r->next;
		finish(core, r);
		reconciling_free(r);
	}
}

int
reconcile_wait_ms(const struct core *core)
{
	int64_t left = -1;

	for (const struct reconciling *r = core->reconciling; r != NULL; r = r->next) {
		int64_t ms = r->until_ms - clock_real_ms();

		if (all_answered(r) || ms < 0)
			return 0;
		if (left == -1 || ms < left)
			left = ms;
	}
	return (int)left;
}

void
reconcile_begin(struct core *core, uint64_t client, unsigned uid, int argc, char **argv)
{
	struct reconciling *r = x_calloc(1, sizeof(*r));
	struct err err;

	r->arena = arena_new();
	r->client = client;
	r->uid = uid;
	r->argc = argc;
	r->argv = arena_alloc(r->arena, ((size_t)argc + 1) * sizeof(*r->argv));
	for (int i = 0; i < argc; i++)
		r->argv[i] = arena_strdup(r->arena, argv[i]);
	/* Where that fails, the command says so itself. */
	if (live_reconcile_folders(core->store, r->arena, core->config, argc, argv, &r->listings, &r->count, &err) == -1)
		r->count = 0;
	r->tickets = arena_alloc(r->arena, (r->count + 1) * sizeof(*r->tickets));
	for (size_t i = 0; i < r->count; i++)
		ask(core, r, i);
	r->until_ms = clock_real_ms() + SILENT_MS;
	r->next = core->reconciling;
	core->reconciling = r;
}

static void
take_listing(struct reconciling *r, size_t i, struct frame *frame)
{
	live_listing_take(r->arena, &r->listings[i], frame);
	if (r->listings[i].answered)
		r->tickets[i] = 0;
	r->until_ms = clock_real_ms() + SILENT_MS;
}

int
reconcile_listed(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err)
{
	for (struct reconciling *r = core->reconciling; r != NULL; r = r->next)
		for (size_t i = 0; i < r->count; i++)
			if (r->tickets[i] == frame->id && strcmp(r->listings[i].mailbox, mailbox->config->name) == 0) {
				take_listing(r, i, frame);
				return get_end(frame) ? 0 : err_set(err, ERR_MESSAGE, "a listing that cannot be read");
			}
	return 0;		/* whoever asked has gone */
}

void
reconcile_lost(struct core *core, const struct core_mailbox *mailbox)
{
	for (struct reconciling *r = core->reconciling; r != NULL; r = r->next)
		for (size_t i = 0; i < r->count; i++)
			if (strcmp(r->listings[i].mailbox, mailbox->config->name) == 0)
				r->tickets[i] = 0;
}

void
reconcile_client_gone(struct core *core, uint64_t client)
{
	struct reconciling **link = &core->reconciling, *r;

	while ((r = *link) != NULL) {
		if (r->client != client) {
			link = &r->next;
			continue;
		}
		*link = r->next;
		reconciling_free(r);
	}
}
