/*
 * The core role as an object.  See core.h.
 * Invariant: nothing is acknowledged to anyone (archived, moved on the server,
 * sent) before the transaction that decided it is committed.
 * Fails: ERR_RETRY from the disk makes it wait and try again; ERR_DAEMON ends
 * the role, and the parent starts all of them afresh.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "ipc/wire.h"
#include "role/core_private.h"
#include "spool/recover.h"

struct core_mailbox *
core_mailbox(struct core *core, const char *name)
{
	for (size_t i = 0; i < core->mailbox_count; i++)
		if (strcmp(core->mailboxes[i].config->name, name) == 0)
			return &core->mailboxes[i];
	return NULL;
}

struct core_mailbox *
core_mailbox_of_peer(struct core *core, const char *peer)
{
	return str_starts(peer, "fetch:") ? core_mailbox(core, peer + strlen("fetch:")) : NULL;
}

int
core_begin(struct core *core, struct err *err)
{
	arena_free(&core->transaction);
	core->transaction = arena_new();
	core->frozen = (struct strs){ NULL, 0 };
	if (store_begin(core->store, err) == -1)
		return -1;
	return clock_keep(core, err);
}

int
core_commit(struct core *core, struct err *err)
{
	if (freeze_sync(core, err) == -1)
		return -1;
	if (store_commit(core->store, err) == -1) {
		freeze_doubt(core);
		return -1;
	}
	core->frozen = (struct strs){ NULL, 0 };
	core->disk_trouble[0] = '\0';
	core->commits++;
	freeze_drop_doubtful(core);
	return 0;
}

bool
core_wait(struct core *core, const char *why)
{
	bool news = strcmp(core->disk_trouble, why) != 0;

	/* Kept in memory for `status`: a full disk takes no row, and a line a second would fill what is left of it. */
	snprintf(core->disk_trouble, sizeof(core->disk_trouble), "%s", why);
	core->retry_at_ms = clock_real_ms() + RETRY_WAIT_MS;
	return news;
}

bool
core_failed(struct core *core, struct err *err)
{
	struct err ignored;

	store_rollback(core->store);
	freeze_undo(core, 0);
	engine_refresh(&core->engine, &ignored);
	if (err->scope != ERR_RETRY)
		return false;
	if (core_wait(core, err->text))
		log_err("waiting reason=\"%s\"", err->text);
	return true;
}

/* ---- Opening */

/* Kept beside the row: what lay in the mailbox before us stays untouched under a new UIDVALIDITY too. */
static int
baseline_read(struct core *core, struct core_mailbox *mailbox, struct err *err)
{
	const char *text;
	long long at;

	if (store_setting(core->store, core->arena, arena_printf(core->arena, "baseline %s", mailbox->config->name), &text, err) == -1)
		return -1;
	if (text != NULL && sscanf(text, "%u %lld", &mailbox->baseline_uidvalidity, &at) == 2)
		mailbox->baseline_at = at;
	else
		mailbox->baseline_at = INSTANT_NONE;
	return listing_read_adopt(core, mailbox, err);
}

static int
mailboxes_open(struct core *core, struct err *err)
{
	const struct config *config = core->config;

	core->mailboxes = arena_alloc(core->arena, (config->mailbox_count + 1) * sizeof(*core->mailboxes));
	core->mailbox_count = config->mailbox_count;
	for (size_t i = 0; i < config->mailbox_count; i++) {
		struct core_mailbox *mailbox = &core->mailboxes[i];
		struct mailbox_row *row;

		mailbox->config = &config->mailboxes[i];
		mailbox->work_end = &mailbox->work;
		strcpy(mailbox->peer, "fetch:");
		strncat(mailbox->peer, mailbox->config->name, sizeof(mailbox->peer) - sizeof("fetch:"));
		if (store_mailbox(core->store, core->arena, mailbox->config->name, &row, err) == -1)
			return -1;
		if (row != NULL) {
			mailbox->row = *row;
		} else {
			mailbox->row = (struct mailbox_row){ .name = mailbox->config->name, .proven = INSTANT_NONE,
			    .held_before = INSTANT_NONE, .looked = INSTANT_NONE };
		}
		mailbox->row.address = mailbox->config->address;
		mailbox->row.trouble = "";
		if (baseline_read(core, mailbox, err) == -1)
			return -1;
	}
	return 0;
}

static int
mailboxes_store(struct core *core, struct err *err)
{
	for (size_t i = 0; i < core->mailbox_count; i++)
		if (store_mailbox_put(core->store, &core->mailboxes[i].row, err) == -1)
			return -1;
	return 0;
}

static int
secret_open(struct core *core, struct err *err)
{
	const char *secret;
	char hex[41];

	if (store_setting(core->store, core->arena, "secret", &secret, err) == -1)
		return -1;
	if (secret == NULL) {
		core->engine.desk.random(core, hex);
		if (store_set_setting(core->store, "secret", hex, err) == -1)
			return -1;
		secret = arena_strdup(core->arena, hex);
	}
	core->engine.secret = secret;
	return 0;
}

static int
open_inside(struct core *core, const struct core_start *start, struct err *err)
{
	if (secret_open(core, err) == -1 || engine_refresh(&core->engine, err) == -1 ||
	    clock_open(core, start, err) == -1 || mailboxes_open(core, err) == -1 ||
	    packs_take(core, "start", err) == -1 || engine_digests_plan(&core->engine, core_now(core), err) == -1 || daily_plan(core, err) == -1 ||
	    mailboxes_store(core, err) == -1 || lists_open(core, err) == -1 ||
	    gate_open(core, err) == -1 || gather_open(core, err) == -1 || expiry_open(core, err) == -1 || vigil_open(core, err) == -1)
		return -1;
	return 0;
}

int
core_open(const struct core_start *start, struct core **core_r, struct err *err)
{
	struct core *core = x_calloc(1, sizeof(*core));

	core->arena = arena_new();
	core->config = start->config;
	core->rules_dir = arena_strdup(core->arena, start->rules_dir);
	core->kept_rules = start->kept_rules;
	core->out = start->out;
	core->engine.desk = freeze_desk(core);
	core->engine.administrator = start->config->administrator;
	memset(core->frozen_fds, 0xff, sizeof(core->frozen_fds));	/* -1 */
	core->lists.folder = core->lists.taken = core->lists.refused = -1;
	core->spool = (struct spool){ -1, -1, -1, -1, -1, -1, -1, -1 };
	*core_r = core;
	if (damaged_open(core, err) == -1 ||
	    spool_open(start->config->spool, &core->spool, err) == -1)
		return -1;
	core->engine.store = core->store;
	if (core_begin(core, err) == -1)
		return -1;
	if (open_inside(core, start, err) == -1 || send_open(core, start->seed, err) == -1 || send_recover(core, err) == -1) {
		store_rollback(core->store);
		return -1;
	}
	if (core_commit(core, err) == -1)
		return -1;
	packs_prune(core);
	return mail_recover(core, err);
}

void
core_close(struct core **corep)
{
	struct core *core = *corep;

	if (core == NULL)
		return;
	mail_free(core);
	reconcile_free(core);
	for (size_t i = 0; i < core->mailbox_count; i++)
		settle_lost(&core->mailboxes[i]);
	lists_close(core);
	vigil_close(core);
	keep_close(core);
	engine_end(&core->engine);
	arena_free(&core->pack_arena);
	arena_free(&core->transaction);
	spool_close(&core->spool);
	store_close(&core->store);
	arena_free(&core->arena);
	free(core);
	*corep = NULL;
}

/* ---- Peers */

int
core_attach(struct core *core, const char *peer, struct err *err)
{
	struct core_mailbox *mailbox = core_mailbox_of_peer(core, peer);

	if (core_is_out_of_order(core))
		return 0;
	vigil_came(core, peer);
	if (strcmp(peer, "parse") == 0)
		core->parser_attached = true;
	else if (strcmp(peer, "send") == 0)
		core->sender_attached = true;
	else if (mailbox == NULL)
		return err_set(err, ERR_MESSAGE, "nobody is called \"%s\"", peer);
	else {
		mailbox->attached = true;
		mailbox->settle_again_ms = 0;
		mailbox->trouble[0] = '\0';	/* it will say again what is wrong */
		return listing_resume(core, mailbox, err);
	}
	return 0;
}

void
core_detach(struct core *core, const char *peer)
{
	struct core_mailbox *mailbox = core_mailbox_of_peer(core, peer);
	struct err err;

	vigil_gone(core, peer);
	if (strcmp(peer, "parse") == 0) {
		core->parser_attached = false;
		mail_parser_lost(core);
	} else if (strcmp(peer, "send") == 0) {
		core->sender_attached = false;
		core->send_trouble[0] = '\0';
		if (send_lost(core, &err) == -1)
			log_err("lost role=send reason=\"%s\"", err.text);
	} else if (mailbox != NULL) {
		mailbox->attached = false;
		mailbox->polling = false;
		reconcile_lost(core, mailbox);
		settle_lost(mailbox);
		retry_lost(mailbox);
	}
}

static int
mailbox_changed(struct core *core, struct core_mailbox *mailbox, struct err *err)
{
	if (core_begin(core, err) == -1 || store_mailbox_put(core->store, &mailbox->row, err) == -1 ||
	    core_commit(core, err) == -1) {
		if (!core_failed(core, err))
			return -1;
	}
	return 0;
}

static int
fetch_state(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err)
{
	uint32_t uidvalidity = get_u32(frame), highest;

	get_u32(frame);
	get_u32(frame);
	highest = get_u32(frame);
	if (!get_end(frame) || uidvalidity == 0)
		return err_set(err, ERR_MESSAGE, "a state that cannot be read");
	if (mailbox->row.uidvalidity != uidvalidity)
		return 0;		/* of the folder as it was before; what it is now was just said */
	if (highest > mailbox->row.highest_uid)
		mailbox->row.highest_uid = highest;
	mailbox->row.proven = core_now(core);
	mailbox->row.looked = clock_wall();
	vigil_looked(core, mailbox);
	if (mailbox->polling && frame->id >= mailbox->poll_ticket) {
		mailbox->polling = false;
		mailbox->looked = !retry_look(core, mailbox);
	}
	return listing_over(mailbox) && !mail_untaken_in(mailbox) ? listing_end(core, mailbox, err) :
	    mailbox_changed(core, mailbox, err);
}

static int
fetch_trouble(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err)
{
	struct arena *arena = arena_new();
	uint32_t scope = get_u32(frame);
	const char *sentence = get_str(frame, arena);
	int rc;

	if (!get_end(frame)) {
		arena_free(&arena);
		return err_set(err, ERR_MESSAGE, "a trouble that cannot be read");
	}
	if (scope == ERR_NONE) {
		log_info("well mailbox=%s", mailbox->config->name);
		mailbox->settle_again_ms = 0;
	} else
		log_warning("trouble mailbox=%s scope=%u reason=\"%s\"", mailbox->config->name, scope, str_visible(arena, sentence, 300));
	snprintf(mailbox->trouble, sizeof(mailbox->trouble), "%s", sentence);
	mailbox->row.trouble = mailbox->trouble;
	vigil_trouble(core, mailbox);
	rc = mailbox_changed(core, mailbox, err);
	arena_free(&arena);
	return rc;
}

/* Asked for to see what is to be decided again, or by a command. */
static int
folder_listed(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err)
{
	bool ours;
	int rc = retry_listed(core, mailbox, frame, &ours, err);

	return ours ? rc : reconcile_listed(core, mailbox, frame, err);
}

/* All that was announced; where the disk fails, no further than it goes. */
static int
take_all(struct core *core, struct err *err)
{
	size_t before;

	do {
		before = core->untaken;
		if (mail_take_in(core, err) == -1)
			return -1;
	} while (core->untaken > 0 && core->untaken < before);
	return 0;
}

static int
fetch_frame(struct core *core, struct core_mailbox *mailbox, struct frame *frame, struct err *err)
{
	/* What it says now may be about mails that it announced before. */
	if (frame->type != WIRE_ENTERED && take_all(core, err) == -1)
		return -1;
	switch (frame->type) {
	case WIRE_ENTERED:
		return mail_entered(core, mailbox, frame, err);
	case WIRE_REFUSED:
		return mail_refused(core, mailbox, frame, err);
	case WIRE_STATE:
		return fetch_state(core, mailbox, frame, err);
	case WIRE_ANEW:
		return listing_anew(core, mailbox, frame, err);
	case WIRE_LISTING:
		return frame->id == 0 ? listing_shown(core, mailbox, frame, err) : folder_listed(core, mailbox, frame, err);
	case WIRE_GONE:
		return mail_gone(core, mailbox, frame, err);
	case WIRE_SETTLED:
		return settle_done(core, mailbox, frame, err);
	case WIRE_TROUBLE:
		return fetch_trouble(core, mailbox, frame, err);
	default:
		return err_set(err, ERR_MESSAGE, "frame %u is not for core", frame->type);
	}
}

int
core_frame(struct core *core, const char *peer, struct frame *frame, struct err *err)
{
	struct core_mailbox *mailbox = core_mailbox_of_peer(core, peer);

	if (core_is_out_of_order(core))
		return 0;
	if (frame->type == WIRE_SIGN_IN && strcmp(peer, "parse") != 0)
		return expiry_heard(core, frame, err);
	if (mailbox != NULL)
		return fetch_frame(core, mailbox, frame, err);
	if (strcmp(peer, "parse") == 0 && frame->type == WIRE_PARSED)
		return mail_parsed(core, frame, err);
	if (strcmp(peer, "send") == 0)
		return send_frame(core, frame, err);
	return err_set(err, ERR_MESSAGE, "frame %u is not for core", frame->type);
}

/* ---- Turning */

/* Several, as long as they are kept back: a mail that may go does not wait a turn for each of those before it. */
static int
send_some(struct core *core, struct err *err)
{
	uint64_t commits;
	int weighed = 0;

	do {
		commits = core->commits;
		if (send_next(core, err) == -1)
			return -1;
	} while (core->commits != commits && !core->sending.busy && ++weighed < WEIGHED_MAX);
	return 0;
}

int
core_turn(struct core *core, bool *more_r, struct err *err)
{
	*more_r = false;
	if (core_is_out_of_order(core))
		damaged_turn(core);
	if (core_is_out_of_order(core))
		return 0;
	vigil_look(core);
	if (clock_real_ms() < core->retry_at_ms)
		return 0;
	if (mail_take_in(core, err) == -1)
		return -1;
	mail_ask_parser(core);
	if (mail_wait_ms(core) > 0)
		return 0;	/* a moment, for one batch; the rest of a turn for each mail that is read would cost as much as it */
	if (mail_decide(core, more_r, err) == -1 || (!gather_waits(core) && timers_run(core, more_r, err) == -1) ||
	    packs_turn(core, more_r, err) == -1 || lists_turn(core, more_r, err) == -1 || expiry_turn(core, err) == -1 || listing_turn(core, err) == -1 || settle_next(core, err) == -1 || send_some(core, err) == -1)
		return -1;
	mail_ask_parser(core);
	reconcile_turn(core);
	retry_turn(core);
	if (keep_turn(core, more_r, err) == -1 || vigil_turn(core, err) == -1)
		return -1;
	return clock_turn(core, more_r, err);
}

instant
core_now(const struct core *core)
{
	return case_clock_now(&core->clock);
}
