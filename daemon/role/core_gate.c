/*
 * What a decided mail must pass on its way out: the mode of its mailbox, and
 * the guards against storms and loops.  What does not pass is kept, with the
 * reason, never dropped: in shadow for the report on what would have gone,
 * else for a person ("advicectl queue").  Runs in core.
 * Promises: no-flood, no-loop.  Invariant: the administrator hears of a storm
 * when it begins, by a mail that the storm cannot hold up.
 * Fails: as the store does.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "engine/outbox.h"
#include "role/core_private.h"

#define HOUR_S		3600
#define DAY_S		86400
#define USUAL_S		(28 * DAY_S)	/* how far back "as many as usual" looks */

/* About the daemon itself: whatever holds up other mail, somebody must hear of it. */
static bool
is_about_us(const struct outbox_row *row)
{
	return row->case_id == 0 && strcmp(row->template, "administrator") == 0;
}

static enum mode
mode_of(const struct core *core, const char *address)
{
	for (size_t i = 0; i < core->mailbox_count; i++)
		if (str_same(core->mailboxes[i].config->address, address))
			return core->mailboxes[i].config->mode;
	return MODE_LIVE;
}

/* ---- Storms and loops.  why_r: NULL when it may go. */

/* Reckoned once an hour: a year's outbox is long. */
static int
usual_hour(struct core *core, instant now, int64_t *most_r, struct err *err)
{
	struct gate *gate = &core->gate;

	if (gate->usual_at == 0 || now >= gate->usual_at + HOUR_S || now < gate->usual_at) {
		if (store_busiest_hour(core->store, now - USUAL_S, now - HOUR_S, &gate->usual, err) == -1)
			return -1;
		gate->usual_at = now;
	}
	*most_r = gate->usual;
	return 0;
}

static int
weigh_all(struct core *core, struct arena *arena, instant now, const char **why_r, struct err *err)
{
	const struct storm *storm = &core->config->storm;
	int64_t sent, usual, most;

	if (storm->least == 0 || storm->times == 0)
		return 0;
	if (store_sent_between(core->store, now - HOUR_S, now, &sent, err) == -1)
		return -1;
	if (sent < storm->least)
		return 0;
	if (usual_hour(core, now, &usual, err) == -1)
		return -1;
	most = usual * storm->times > storm->least ? usual * storm->times : storm->least;
	if (sent >= most)
		*why_r = arena_printf(arena, "a storm: %lld mails have gone out in an hour, and the busiest hour of the last four weeks had %lld",
		    (long long)sent, (long long)usual);
	return 0;
}

static int
weigh_people(struct core *core, struct arena *arena, const struct outbox_row *row, instant now, const char **why_r, struct err *err)
{
	int most = core->config->storm.person_hour;
	int64_t sent;

	for (size_t i = 0; most > 0 && *why_r == NULL && i < row->recipient_count; i++) {
		if (store_sent_to(core->store, row->recipients[i].address, now - HOUR_S, now, &sent, err) == -1)
			return -1;
		if (sent >= most)
			*why_r = arena_printf(arena, "one of its readers has had %lld mails in an hour", (long long)sent);
	}
	return 0;
}

/*
 * What is asked about mails that belong to no case, reminders too: as many a day as about one case.  A machine that
 * answers from a new address each time would else be put to the owner for ever, who perhaps is that machine.
 */
static int
weigh_strangers(struct core *core, struct arena *arena, const struct outbox_row *row, instant now, int most, const char **why_r,
    struct err *err)
{
	int64_t sent;

	if (strcmp(row->template, "triage") != 0)
		return 0;
	if (store_sent_alone(core->store, row->mailbox, row->template, now - DAY_S, now, &sent, err) == -1)
		return -1;
	if (sent >= most)
		*why_r = arena_printf(arena, "%lld mails have gone out in a day about mails that belong to no case", (long long)sent);
	return 0;
}

static int
weigh_about(struct core *core, struct arena *arena, int64_t case_id, instant now, const char *which, const char **why_r,
    struct err *err)
{
	int64_t sent;

	if (store_sent_about(core->store, case_id, now - DAY_S, now, &sent, err) == -1)
		return -1;
	if (sent >= core->config->storm.case_day)
		*why_r = arena_printf(arena, "%lld mails have gone out about %s in a day", (long long)sent, which);
	return 0;
}

/* A mail of several cases is one about each of them. */
static int
weigh_parts(struct core *core, struct arena *arena, const struct outbox_row *row, instant now, const char **why_r, struct err *err)
{
	struct outbox_row *parts;
	size_t count;
	int rc = store_outbox_parts(core->store, arena, row->id, &parts, &count, err);

	for (size_t i = 0; rc == 0 && *why_r == NULL && i < count; i++)
		if (parts[i].case_id != 0)
			rc = weigh_about(core, arena, parts[i].case_id, now, "one of its cases", why_r, err);
	return rc;
}

static int
weigh_case(struct core *core, struct arena *arena, const struct outbox_row *row, instant now, const char **why_r, struct err *err)
{
	int most = core->config->storm.case_day;

	if (most == 0 || *why_r != NULL)
		return 0;
	if (row->case_id != 0)
		return weigh_about(core, arena, row->case_id, now, "its case", why_r, err);
	if (weigh_strangers(core, arena, row, now, most, why_r, err) == -1)
		return -1;
	return weigh_parts(core, arena, row, now, why_r, err);
}

static int
weigh_storm(struct core *core, struct arena *arena, const struct outbox_row *row, const char **why_r, struct err *err)
{
	instant now = core_now(core);

	*why_r = NULL;
	if (weigh_people(core, arena, row, now, why_r, err) == -1 || weigh_case(core, arena, row, now, why_r, err) == -1)
		return -1;
	/* On a date's last day a mail goes, storm or not; so does what was missed, which stands for many already. */
	return *why_r != NULL || row->rank == RANK_URGENT || strcmp(row->template, MISSED_TEMPLATE) == 0 ? 0 :
	    weigh_all(core, arena, now, why_r, err);
}

/* ---- Keeping back */

/* Once a day for each kind of reason: the rest is in "queue" and in "status". */
static int
tell(struct core *core, struct arena *arena, bool storm, const char *why, struct err *err)
{
	const char *name = storm ? "told storm" : "told review", *text;
	instant now = core_now(core), at;

	if (store_setting(core->store, arena, name, &text, err) == -1)
		return -1;
	at = text == NULL ? INSTANT_NONE : strtoll(text, NULL, 10);
	/* One that lies ahead was said before the clock was put back. */
	if (at != INSTANT_NONE && at > now - (storm ? HOUR_S : DAY_S) && at <= now)
		return 0;
	if (core_tell(core, arena, storm ? "adviced: mails are kept back" : "adviced: mails wait to be looked at",
	    arena_printf(arena, "%s\n\nNothing is lost: \"advicectl queue\" lists what waits, with the reasons. \"advicectl queue show NUMBER\" "
	    "shows one as its reader gets it, \"advicectl queue release NUMBER\" lets it go, \"advicectl queue release all\" everything that waits for a look, and \"advicectl queue drop NUMBER\" takes one out.%s",
	    storm ? arena_printf(arena, "Mails are kept back, because of %s.", why) :
	    "Mails wait to be looked at before they go, since the mode of a mailbox is \"review\".",
	    storm ? "\n\nThe usual causes: a change of the rules that makes many reminders due at once, a machine that answers our mails, "
	    "or a clock that jumped. Mail about a date that ends today is not kept back by the hourly limit." : ""), err) == -1)
		return -1;
	return store_set_setting(core->store, name, arena_printf(arena, "%lld", (long long)now), err);
}

/* In the caller's transaction. */
static int
keep_row_back(struct core *core, struct arena *arena, struct outbox_row *row, enum outbox_state state, const char *why, bool storm,
    struct err *err)
{
	struct journal_entry entry = {
		.at = core_now(core), .event = "kept back", .case_id = row->case_id, .outbox = row->id, .rule = row->rule,
		.detail = storm ? "storm" : outbox_state_name(state), .who = "daemon",
	};

	outbox_move(row, 1u << OUTBOX_QUEUED | 1u << OUTBOX_RETRY, state);
	row->state = state;
	row->why = why;
	return store_outbox_put(core->store, row, err) == -1 || store_journal_add(core->store, &entry, err) == -1 ||
	    (state == OUTBOX_REVIEW && tell(core, arena, storm, why, err) == -1) ? -1 : 0;
}

static int
keep_back_in_storm(struct core *core, struct arena *arena, struct outbox_row *row, const char *why, struct err *err)
{
	if (core_begin(core, err) == -1 || keep_row_back(core, arena, row, OUTBOX_REVIEW, why, true, err) == -1 ||
	    core_commit(core, err) == -1)
		return -1;
	log_warning("kept back mail=%lld case=%lld reason=\"%s\"", (long long)row->id, (long long)row->case_id, why);
	return 0;
}

bool
gate_keeps(const struct core *core, const struct outbox_row *row)
{
	enum mode mode = mode_of(core, row->mailbox);

	return !is_about_us(row) && (mode == MODE_SHADOW || (mode == MODE_REVIEW && !row->released));
}

int
gate_keep_back(struct core *core, struct arena *arena, struct outbox_row *rows, size_t count, struct err *err)
{
	if (core_begin(core, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		bool shadow = mode_of(core, rows[i].mailbox) == MODE_SHADOW;

		if (keep_row_back(core, arena, &rows[i], shadow ? OUTBOX_SHADOW : OUTBOX_REVIEW,
		    shadow ? "" : "every mail is looked at before it goes", false, err) == -1)
			return -1;
	}
	if (core_commit(core, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		log_info("kept back mail=%lld case=%lld mode=%s", (long long)rows[i].id, (long long)rows[i].case_id,
		    outbox_state_name(rows[i].state));
	return 0;
}

int
gate_pass(struct core *core, struct arena *arena, struct outbox_row *row, bool *passes_r, struct err *err)
{
	const char *why;

	*passes_r = false;
	if (gate_keeps(core, row))
		return gate_keep_back(core, arena, row, 1, err);
	*passes_r = true;
	if (is_about_us(row) || row->released)
		return 0;
	if (weigh_storm(core, arena, row, &why, err) == -1)
		return -1;
	*passes_r = why == NULL;
	return why == NULL ? 0 : keep_back_in_storm(core, arena, row, why, err);
}

/* ---- A mailbox that changes its mode */

static int
mode_changed(struct core *core, struct arena *arena, const struct mailbox_config *mailbox, const char *name, bool was_shadow, struct err *err)
{
	struct journal_entry entry = {
		.at = core_now(core), .event = "mode", .rule = "", .who = "configuration",
		.detail = arena_printf(arena, "%s=%s", mailbox->name, mode_name(mailbox->mode)),
	};
	int64_t count = 0;

	if ((was_shadow && store_shadow_to_review(core->store, mailbox->address, &count, err) == -1) ||
	    store_set_setting(core->store, name, mode_name(mailbox->mode), err) == -1 ||
	    store_journal_add(core->store, &entry, err) == -1 ||
	    (count > 0 && tell(core, arena, false, "", err) == -1))
		return -1;
	log_warning("mode mailbox=%s mode=%s to-review=%lld", mailbox->name, mode_name(mailbox->mode), (long long)count);
	return 0;
}

/* In the transaction that opens core. */
int
gate_open(struct core *core, struct err *err)
{
	struct arena *arena = arena_new();
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < core->mailbox_count; i++) {
		const struct mailbox_config *mailbox = core->mailboxes[i].config;
		const char *name = arena_printf(arena, "mode %s", mailbox->name), *was;

		if (mailbox->sent_of != NULL)
			continue;
		rc = store_setting(core->store, arena, name, &was, err);
		if (rc == 0 && strcmp(was == NULL ? mode_name(MODE_LIVE) : was, mode_name(mailbox->mode)) != 0)
			rc = mode_changed(core, arena, mailbox, name, was != NULL && strcmp(was, mode_name(MODE_SHADOW)) == 0, err);
	}
	arena_free(&arena);
	return rc;
}
