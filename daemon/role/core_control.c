/*
 * Core's answers to advicectl: runs a live command on the store and hands its
 * words back; `clock until` is answered when the time has come.
 * Invariant: every command is answered by exactly one WIRE_CTL_END, unless its
 * client has gone.
 * Fails: never; what goes wrong is said to the client.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "ctl/live.h"
#include "ipc/wire.h"
#include "role/core_private.h"

#define PIECE		(256u * 1024)
#define WORDS_MAX	64

struct command {
	uint64_t	 client;
	struct live	 live;
	char		*argv[WORDS_MAX + 1];
	int		 argc;
};

/* ---- Answers */

static void
reply_text(struct core *core, uint64_t client, uint16_t type, const struct buf *text)
{
	struct frame frame;

	for (size_t at = 0; at < text->len; at += PIECE) {
		size_t len = text->len - at < PIECE ? text->len - at : PIECE;

		frame_init(&frame, type, 0);
		put_bytes(&frame, text->data + at, len);
		core->out.reply(core->out.ctx, client, &frame);
		frame_free(&frame);
	}
}

void
core_answer(struct core *core, uint64_t client, const struct live *live, int code)
{
	struct frame frame;

	reply_text(core, client, WIRE_CTL_OUT, &live->out);
	reply_text(core, client, WIRE_CTL_ERR, &live->errors);
	frame_init(&frame, WIRE_CTL_END, 0);
	put_u32(&frame, (uint32_t)code);
	core->out.reply(core->out.ctx, client, &frame);
	frame_free(&frame);
}

/* ---- clock until T */

static int
clock_refused(struct core *core, struct command *command, instant *until_r)
{
	struct live *live = &command->live;

	if (command->argc != 3 || strcmp(command->argv[1], "until") != 0)
		return live_usage(live, "clock");
	if (!instant_parse_iso(command->argv[2], until_r))
		return live_fail(live, 2, "\"%s\" is no time; write it as 2026-09-21T09:00",
		    str_visible(live->arena, command->argv[2], 60));
	if (!core->test_clock)
		return live_fail(live, 1, "the daemon's time is the real one; only a daemon started with --test-clock lets it be moved");
	if (core->waiting.active)
		return live_fail(live, 1, "another \"clock until\" is still under way; wait for its end");
	if (*until_r < core_now(core))
		return live_fail(live, 1, "the daemon's time is already %s, and never goes back", live_when(live, core_now(core)));
	return 0;
}

/* True: answered later. */
static bool
clock_until(struct core *core, struct command *command, int *code)
{
	instant until;

	*code = clock_refused(core, command, &until);
	if (*code != 0)
		return false;
	core->waiting.active = true;
	core->waiting.client = command->client;
	core->waiting.until = until;
	/* A mail may have come since the last look: everything is looked at first. */
	for (size_t i = 0; i < core->mailbox_count; i++)
		core->mailboxes[i].looked = false;
	return true;
}

/* ---- Everything else */

void
core_fill_live(struct core *core, struct live *live)
{
	live->store = core->store;
	live->spool = &core->spool;
	live->config = core->config;
	live->engine = &core->engine;
	live->now = core_now(core);
	live->trouble = core->disk_trouble;
	live->roles = vigil_roles(core, live->arena, &live->role_count);
	live->watch = vigil_show(core, live->arena);
	live->lists_trouble = core->lists.trouble;
	live->send_trouble = core->send_trouble;
}

/* A mail out of quarantine stands in new: taken as if fetch had just announced it. */
static void
take_released(struct core *core, const char *name)
{
	struct spool_name parsed;
	struct core_mailbox *mailbox;
	struct frame frame;
	struct err err;

	if (!spool_name_parse(name, &parsed) || (mailbox = core_mailbox(core, parsed.mailbox)) == NULL)
		return;
	frame_init(&frame, WIRE_ENTERED, 0);
	put_str(&frame, name);
	put_u32(&frame, parsed.uidvalidity);
	put_u32(&frame, parsed.uid);
	put_u64(&frame, 0);
	put_i64(&frame, INSTANT_NONE);
	if (mail_entered(core, mailbox, &frame, &err) == -1)
		log_err("released mail=%s reason=\"%s\"", name, err.text);
	frame_free(&frame);
}

/* ---- Changes: shown first, so that what was frozen for them may have to go again */

static int
change_begin(void *ctx, struct err *err)
{
	return core_begin(ctx, err);
}

static void
change_rollback(void *ctx)
{
	struct core *core = ctx;
	struct err ignored;

	store_rollback(core->store);
	freeze_undo(core, 0);
	engine_refresh(&core->engine, &ignored);
}

static int
change_commit(void *ctx, struct err *err)
{
	struct core *core = ctx;

	if (core_commit(core, err) == 0)
		return 0;
	core_failed(core, err);
	return -1;
}

/* Every mail there is shown once more; what is known is left as it is. */
static int
look_again(struct core *core, const char *name, struct err *err)
{
	struct core_mailbox *mailbox = core_mailbox(core, name);
	struct mailbox_row was;

	if (mailbox == NULL)
		return 0;
	was = mailbox->row;
	if (core_begin(core, err) == 0 && listing_again(core, mailbox, err) == 0 && core_commit(core, err) == 0)
		return 0;
	core_failed(core, err);
	mailbox->row = was;
	return -1;
}

int
core_live(struct core *core, struct live *live, int argc, char **argv)
{
	const struct live_change change = { core, change_begin, change_commit, change_rollback };
	struct err err;
	int code;

	live->change = &change;
	core_fill_live(core, live);
	code = live_run(live, argc, argv);
	live->change = NULL;
	if (code == 0 && live->reload && core_reload(core, live->who, &err) == -1)
		code = live_fail(live, 1, "the rules are noted, and could not be taken yet: %s", err.text);
	if (strcmp(argv[0], "import") == 0 && code == 0 && lists_reckon(core, &err) == -1)
		log_err("lists reason=\"%s\"", err.text);
	for (size_t i = 0; i < live->released.n; i++)
		take_released(core, live->released.v[i]);
	for (size_t i = 0; i < live->again.n && code != 2; i++)
		if (look_again(core, live->again.v[i], &err) == -1)
			code = live_fail(live, 1, "nothing is taken up: %s; say it again", err.text);
	return code;
}

/* Words of the command, and the file that it brought; false when it makes no sense. */
static bool
command_read(struct command *command, struct frame *frame)
{
	struct live *live = &command->live;
	uint32_t count = get_u32(frame);
	struct stat st;

	if (frame->bad || count == 0 || count > WORDS_MAX)
		return false;
	for (uint32_t i = 0; i < count; i++)
		command->argv[i] = arena_strdup(live->arena, get_str(frame, live->arena));
	command->argc = (int)count;
	live->file = get_fd(frame);
	if (!get_end(frame))
		return false;
	/* Nothing that could keep core waiting. */
	return live->file == -1 || (fstat(live->file, &st) == 0 && S_ISREG(st.st_mode));
}

void
core_command(struct core *core, uint64_t client, unsigned uid, struct frame *frame)
{
	struct command command = { .client = client, .live = { .arena = arena_new(), .file = -1 } };
	struct live *live = &command.live;
	bool later = false;
	int code = 2;

	live->who = arena_printf(live->arena, "uid %u", uid);
	if (!command_read(&command, frame))
		live_fail(live, 2, "the command cannot be understood; a list must be a plain file");
	else if (core_is_out_of_order(core))
		code = live_fail(live, 1, "%s", core->out_of_order);
	else {
		if (!live_is_later_piece(command.argc, command.argv))
			log_info("command name=%s uid=%u", str_visible(live->arena, command.argv[0], 30), uid);
		if (strcmp(command.argv[0], "clock") == 0) {
			command.argc = live_words(live, command.argc, command.argv);
			later = clock_until(core, &command, &code);
		} else if (strcmp(command.argv[0], "backup") == 0)
			later = keep_backup(core, live, client, command.argc, command.argv, &code);
		else if (strcmp(command.argv[0], "purge") == 0 && keep_backs_up(core))
			code = live_fail(live, 1, "a backup is being made, and nothing is erased meanwhile; wait for its end");
		else if ((later = strcmp(command.argv[0], "reconcile") == 0))
			reconcile_begin(core, client, uid, command.argc, command.argv);
		else
			code = core_live(core, live, command.argc, command.argv);
	}
	if (!later)
		core_answer(core, client, live, code);
	if (live->file != -1)
		close(live->file);
	buf_free(&live->out);
	buf_free(&live->errors);
	arena_free(&live->arena);
}

void
core_client_gone(struct core *core, uint64_t client)
{
	keep_client_gone(core, client);
	if (core->waiting.active && core->waiting.client == client)
		core->waiting.active = false;
	reconcile_client_gone(core, client);
}
