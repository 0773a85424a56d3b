/*
 * The owner's daily digest: when it goes, and what core knows of itself for
 * it.  The mail is engine/owners_digest.c.  Runs in core.
 * Invariant: its next day is set in the transaction in which it is put into
 * the outbox, so it goes once, whatever crashes; after downtime one goes, and
 * says what is so now.
 * Fails: as the store does; where nobody can be told, the log says it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ctl/health.h"
#include "role/core_private.h"
#include "store/keep.h"

static const struct core_mailbox *
mailbox_of(const struct core *core, const struct pack *pack)
{
	for (size_t i = 0; i < core->mailbox_count; i++)
		if (core->mailboxes[i].pack == pack && core->mailboxes[i].config->sent_of == NULL)
			return &core->mailboxes[i];
	return NULL;
}

static bool
has_row(const struct digest_row *rows, size_t count, const char *pack)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].pack, pack) == 0 && strcmp(rows[i].name, DIGEST_OWNERS) == 0)
			return true;
	return false;
}

int
daily_plan(struct core *core, struct err *err)
{
	struct arena *arena = arena_new();
	struct digest_row *rows;
	size_t count;
	instant now = core_now(core);
	int rc = store_digests(core->store, arena, &rows, &count, err);

	for (size_t i = 0; rc == 0 && core->config->daily && i < core->engine.pack_count; i++) {
		const struct pack *pack = core->engine.packs[i];

		if (mailbox_of(core, pack) != NULL && !has_row(rows, count, pack->name))
			rc = store_digest_put(core->store, pack->name, DIGEST_OWNERS, engine_owners_next(pack, core->config->daily_at, now), err);
	}
	arena_free(&arena);
	return rc;
}

/* ---- What the one before knew: "instant row" */

static int
last_read(struct core *core, struct arena *arena, const char *pack, struct owners_news *news, struct err *err)
{
	const char *text;
	char *end;

	news->since = INSTANT_NONE;
	if (store_setting(core->store, arena, arena_printf(arena, "daily %s", pack), &text, err) == -1)
		return -1;
	if (text == NULL)
		return 0;
	news->since = strtoll(text, &end, 10);
	news->journal_row = strtoll(end, NULL, 10);
	return 0;
}

static int
last_put(struct core *core, struct arena *arena, const char *pack, instant now, struct err *err)
{
	int64_t row;
	char hash[65];

	if (store_journal_head(core->store, &row, hash, err) == -1)
		return -1;
	return store_set_setting(core->store, arena_printf(arena, "daily %s", pack),
	    arena_printf(arena, "%lld %lld", (long long)now, (long long)row), err);
}

/* ---- How the daemon is */

static void
tell_mailboxes(struct live *live, const struct health *health, const struct pack *pack, struct owners_news *news)
{
	for (size_t i = 0; i < health->mailbox_count; i++) {
		const struct mailbox_row *row = &health->mailboxes[i];

		if (strcmp(row->pack, pack->name) != 0)
			continue;
		strs_add(live->arena, &news->mailboxes, row->proven == INSTANT_NONE ?
		    arena_printf(live->arena, "the mailbox %s has not been looked into yet", row->name) :
		    arena_printf(live->arena, "the mailbox %s was last looked into on %s", row->name, live_when(live, row->proven)));
	}
}

static int
news_of(struct core *core, struct live *live, const struct pack *pack, struct owners_news *news, struct err *err)
{
	struct health *health;

	core_fill_live(core, live);
	if (health_look(live, &health, err) == -1)
		return -1;
	news->well = health->well;
	for (size_t i = 0; i < health->finding_count; i++)
		strs_add(live->arena, health->findings[i].wrong ? &news->wrong : &news->notes, health->findings[i].text);
	for (size_t i = 0; i < health->pause_count; i++)
		strs_add(live->arena, &news->pauses, arena_printf(live->arena, "nothing goes out for %s until %s: it is paused",
		    health->pauses[i].scope[0] == '\0' ? "anybody" : health->pauses[i].scope, live_when(live, health->pauses[i].until)));
	tell_mailboxes(live, health, pack, news);
	return 0;
}

/* ---- Going */

static int
issue(struct core *core, struct live *live, const struct pack *pack, const struct core_mailbox *mailbox, instant now, struct err *err)
{
	struct owners_news news = { .since = INSTANT_NONE };

	if (last_read(core, live->arena, pack->name, &news, err) == -1 || news_of(core, live, pack, &news, err) == -1 ||
	    engine_owners_digest(&core->engine, live->arena, pack, mailbox->config->address, &news, now, err) == -1)
		return -1;
	return last_put(core, live->arena, pack->name, now, err);
}

/* After downtime it may be late: on a day and at an hour on which it could go, it goes; else on the next. */
static bool
may_go(const struct core *core, const struct pack *pack, instant now)
{
	instant next = engine_owners_next(pack, core->config->daily_at, instant_at(instant_date(now), 0) - 1);

	return instant_date(next) == instant_date(now) && next <= now;
}

/* What is late is gathered from all open cases first, some in each turn. */
static int
run(struct core *core, const struct digest_row *row, instant now, bool *done_r, struct err *err)
{
	const struct pack *pack = engine_pack(&core->engine, row->pack);
	const struct core_mailbox *mailbox = pack == NULL ? NULL : mailbox_of(core, pack);
	struct live live = { .arena = arena_new(), .file = -1, .who = "" };
	size_t frozen = core->frozen.n;
	bool goes = core->config->daily && mailbox != NULL && may_go(core, pack, now);
	int rc = 0;

	*done_r = true;
	if (!core->config->daily || mailbox == NULL) {
		arena_free(&live.arena);
		return store_digest_drop(core->store, row->pack, row->name, err);
	}
	if (goes)
		rc = engine_owners_look(&core->engine, pack, CASES_A_TURN, now, done_r, err);
	if (rc == -1 || !*done_r) {
		arena_free(&live.arena);
		return rc;
	}
	rc = store_savepoint(core->store, err);
	if (rc == 0 && goes && issue(core, &live, pack, mailbox, now, err) == -1) {
		freeze_undo(core, frozen);
		rc = -1;
		if (err->scope == ERR_MESSAGE || err->scope == ERR_CONFIG) {
			log_warning("daily pack=%s reason=\"%s\"", pack->name, str_visible(live.arena, err->text, 300));
			rc = store_rollback_to(core->store, err);
		}
	}
	if (rc == 0)
		rc = store_release(core->store, err);
	if (rc == 0)
		rc = store_digest_put(core->store, row->pack, row->name, engine_owners_next(pack, core->config->daily_at, now), err);
	buf_free(&live.out);
	buf_free(&live.errors);
	arena_free(&live.arena);
	return rc;
}

int
daily_run(struct core *core, instant now, size_t *count_r, struct err *err)
{
	struct arena *arena = arena_new();
	struct digest_row *rows;
	size_t count;
	bool done = true;
	int rc = store_digests(core->store, arena, &rows, &count, err);

	for (size_t i = 0; rc == 0 && done && i < count && rows[i].due <= now; i++)
		if (strcmp(rows[i].name, DIGEST_OWNERS) == 0) {
			rc = run(core, &rows[i], now, &done, err);
			*count_r += done;
		}
	arena_free(&arena);
	return rc;
}
