/* Core, fetch, parse and send in one process: see roles.h. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ipc/wire.h"
#include "roles.h"

/* ---- Frames */

static void
from_core(void *ctx, const char *peer, const struct frame *frame)
{
	struct roles *roles = ctx;

	if (strcmp(peer, "send") == 0 && frame->type == WIRE_GO)
		roles->go = frame->id;
	else
		carry(&roles->carrier, false, peer, frame);
}

static void
to_client(void *ctx, uint64_t client, const struct frame *frame)
{
	struct roles *roles = ctx;
	struct frame heard;

	(void)client;
	frame_init(&heard, frame->type, frame->id);
	buf_add(&heard.body, frame->body.data, frame->body.len);
	if (frame->type == WIRE_CTL_END) {
		roles->answered = true;
		roles->code = (int)get_u32(&heard);
	} else if (heard.body.len > 4)
		buf_add(&roles->said, heard.body.data + 4, heard.body.len - 4);
	frame_free(&heard);
}

static void
gave_up(struct roles *roles, const char *where, const struct err *err)
{
	if (!roles->over)
		roles->gave_up(roles->ctx, where, err);
}

static void
core_hears(struct roles *roles, const char *peer, struct frame *frame)
{
	struct err err = { ERR_NONE, "" };

	if (core_frame(roles->core, peer, frame, &err) == -1)
		gave_up(roles, peer, &err);
}

bool
roles_hand_out(struct roles *roles)
{
	struct carried *carried;
	struct err err = { ERR_NONE, "" };
	bool any = false;

	while (!roles->over && (carried = carrier_next(&roles->carrier)) != NULL) {
		any = true;
		if (carried->to_core)
			core_hears(roles, carried->peer, &carried->frame);
		else if (strcmp(carried->peer, "parse") == 0)
			carry_parsed(&roles->carrier, &carried->frame, roles->ends);
		else if (strcmp(carried->peer, "send") == 0) {
			if (sender_handle(roles->sender, &carried->frame, &err) == -1)
				gave_up(roles, "send", &err);
		} else if (fetch_handle(roles->fetch, &carried->frame, &err) == -1)
			gave_up(roles, "fetch", &err);
		carried_free(carried);
	}
	return any;
}

/* ---- The sender */

static int
sender_says(void *ctx, const struct frame *frame, struct err *err)
{
	struct roles *roles = ctx;
	struct frame heard;

	frame_init(&heard, frame->type, frame->id);
	buf_add(&heard.body, frame->body.data, frame->body.len);
	core_hears(roles, "send", &heard);
	frame_free(&heard);
	return roles->over ? err_set(err, ERR_DAEMON, "core is gone") : 0;
}

static int
sender_waits(void *ctx, uint64_t id, struct err *err)
{
	const struct roles *roles = ctx;

	return roles->go == id ? 0 : err_set(err, ERR_RETRY, "core did not say that the mail may go");
}

/* ---- The mailbox */

static bool
turn_goes_on(void *ctx)
{
	(void)ctx;
	return true;
}

static void
fetch_says(void *ctx, const struct frame *frame)
{
	struct roles *roles = ctx;

	carry(&roles->carrier, true, roles->fetch_peer, frame);
}

/* ---- People */

void
roles_command(struct roles *roles, size_t n, const char *const *words, const char *file)
{
	struct frame frame;
	int fd = file == NULL ? -1 : open(file, O_RDONLY | O_CLOEXEC);

	frame_init(&frame, WIRE_CTL, 0);
	put_u32(&frame, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		put_str(&frame, words[i]);
	if (fd != -1) {
		put_fd(&frame, fd);
		close(fd);
	}
	roles->answered = false;
	roles->code = -1;
	buf_reset(&roles->said);
	core_command(roles->core, 1, 1000, &frame);
	frame_free(&frame);
}

/* ---- Opening and closing */

int
roles_open(struct roles *roles, struct core_start *core, struct fetch_start *fetch, const struct connector *connector,
    const char *spool, struct err *err)
{
	struct sender_out out = { roles, sender_says, sender_waits };

	carrier_begin(&roles->carrier);
	snprintf(roles->fetch_peer, sizeof(roles->fetch_peer), "fetch:%s", fetch->mailbox->name);
	core->out = (struct core_out){ roles, from_core, to_client };
	if (core_open(core, &roles->core, err) == -1 || spool_open(spool, &roles->spool, err) == -1)
		return -1;
	fetch->turn = (struct stream_turn){ turn_goes_on, roles };
	fetch->out = fetch_says;
	fetch->out_ctx = roles;
	fetch->tmp_fd = roles->spool.tmp;
	fetch->new_fd = roles->spool.new;
	if (fetch_new(fetch, &roles->fetch, err) == -1)
		return -1;
	roles->sender = sender_new(connector, "model.example", out);
	if (core_attach(roles->core, "parse", err) == -1 || core_attach(roles->core, "send", err) == -1)
		return -1;
	return core_attach(roles->core, roles->fetch_peer, err);
}

void
roles_close(struct roles *roles)
{
	sender_free(&roles->sender);
	fetch_free(&roles->fetch);
	spool_close(&roles->spool);
	core_close(&roles->core);
	buf_free(&roles->said);
}
