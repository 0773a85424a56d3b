/*
 * advicectl board --json, and what the page is drawn from: how everything
 * stands, then a line for each case, in pieces so that core can do other
 * things in between.
 * Invariant (promise no-leak): references, roles and teams, unless the
 * configuration wants names.
 * Fails: exit 1 when the store cannot be read.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "ctl/board.h"
#include "ctl/health.h"

#define PIECE_MS	20	/* of core's time */
#define PIECE		64	/* numbers of cases between two looks at the clock */

/* Core's roles are there only where a daemon runs, and nobody else waits for a core that was opened for us alone. */
static bool
daemon_runs(const struct live *live)
{
	for (size_t i = 0; i < live->role_count; i++)
		if (live->roles[i].here)
			return true;
	return false;
}

bool
live_is_later_piece(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++)
		if ((strcmp(argv[i], "--after") == 0 || strcmp(argv[i], "--piece") == 0) && strcmp(argv[i + 1], "0") != 0)
			return true;
	return false;
}

/* ---- How everything stands */

/* How many open cases there are, where they are too many to tell of. */
static int64_t
left_out(const struct health *health)
{
	return health->counts.open_cases > BOARD_CASES ? health->counts.open_cases : 0;
}

static void
head_json(struct live *live, const struct health *health, bool names)
{
	struct buf *out = &live->out;

	json_open(out, NULL, '{');
	json_str(out, "board", instant_iso(live->arena, live->now));
	json_bool(out, "names", names);
	json_bool(out, "daemon", daemon_runs(live));
	json_bool(out, "well", health->well);
	json_int(out, "outbox-waiting", health->counts.outbox_waiting);
	json_int(out, "outbox-held", health->counts.outbox_held + health->queues.by_state[OUTBOX_REVIEW]);
	json_int(out, "outbox-unknown", health->counts.outbox_unknown);
	json_int(out, "quarantine", health->counts.quarantined);
	json_int(out, "left-out", left_out(health));
	json_close(out, '}');
	buf_add_char(out, '\n');
	for (size_t i = 0; i < live->engine->pack_count; i++) {
		json_open(out, NULL, '{');
		json_str(out, "pack", live->engine->packs[i]->name);
		json_str(out, "title", live->engine->packs[i]->title);
		json_close(out, '}');
		buf_add_char(out, '\n');
	}
	for (size_t i = 0; i < health->finding_count; i++) {
		json_open(out, NULL, '{');
		json_str(out, "finding", health->findings[i].text);
		json_bool(out, "wrong", health->findings[i].wrong);
		json_close(out, '}');
		buf_add_char(out, '\n');
	}
}

static void
mailbox_json(struct live *live, const struct mailbox_row *row)
{
	const struct mailbox_config *config = live->config == NULL ? NULL : config_mailbox(live->config, row->name);
	const struct live_way *way = health_way(live, row->name);
	struct buf *out = &live->out;

	if (config == NULL)
		return;		/* no longer watched */
	json_open(out, NULL, '{');
	json_str(out, "mailbox", row->name);
	json_str(out, "pack", row->pack);
	json_bool(out, "sent", config->sent_of != NULL);
	json_str(out, "mode", mode_name(config->mode));
	live_json_when(live, "looked", row->proven);
	json_str(out, "trouble", row->trouble);
	json_bool(out, "tested", way != NULL && way->canary);
	json_bool(out, "overdue", way != NULL && way->overdue);
	json_int(out, "way-age-s", way == NULL ? -1 : way->proven_age_s);
	json_int(out, "round-trip-ms", way == NULL ? -1 : way->latency_ms);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

/* ---- What waits for a person */

static const char *
triage_words(const struct triage_row *row)
{
	switch (row->kind) {
	case TRIAGE_MAIL:
		return row->case_id != 0 ? "A mail about this case, of which the rules do not say what it is" :
		    "A mail that could not be placed: to which case does it belong?";
	case TRIAGE_FORM:
		return "A form that may be about another child: may it be used?";
	case TRIAGE_ROW:
		return "A step of the rules that could not be done for a mail";
	case TRIAGE_ANSWER:
		return "An answer whose sender could not be proven: is it theirs?";
	case TRIAGE_OUTGOING:
		return "A mail of ours that is held: may it go?";
	case TRIAGE_NOTE:
		break;
	}
	return "Something that a person should know or mend";
}

/* Is a mailbox of that pack in the mode in which nothing is sent? */
static bool
in_shadow(const struct live *live, const struct health *health, const char *pack)
{
	for (size_t i = 0; live->config != NULL && i < health->mailbox_count; i++) {
		const struct mailbox_config *config = config_mailbox(live->config, health->mailboxes[i].name);

		if (config != NULL && strcmp(health->mailboxes[i].pack, pack) == 0 && config->mode == MODE_SHADOW)
			return true;
	}
	return false;
}

/* Whom it was put to: never by name unless that is wanted; the mailbox's owner is asked first. */
static const char *
asked_words(struct live *live, const struct health *health, const struct triage_row *row, bool names)
{
	if (row->asked.n == 0)
		return "";
	if (in_shadow(live, health, row->pack))
		return "nobody was asked by mail: in shadow";
	return names ? strs_join(live->arena, &row->asked, ", ") : "asked by mail";
}

static int
triage_json(struct live *live, const struct health *health, bool names, struct err *err)
{
	struct buf *out = &live->out;
	struct triage_row *rows;
	size_t count;

	if (store_triages(live->store, live->arena, true, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		json_open(out, NULL, '{');
		json_int(out, "triage", rows[i].id);
		json_str(out, "pack", rows[i].pack);
		json_str(out, "case", live_case_name(live, rows[i].case_id));
		json_str(out, "what", triage_words(&rows[i]));
		json_str(out, "reason", names ? rows[i].reason : NULL);
		json_str(out, "asked", asked_words(live, health, &rows[i], names));
		live_json_when(live, "since", rows[i].at);
		json_close(out, '}');
		buf_add_char(out, '\n');
	}
	return 0;
}

/* cases_r: they are to follow. */
static int
head(struct live *live, bool names, bool *cases_r, struct err *err)
{
	struct health *health;

	if (health_look(live, &health, err) == -1)
		return -1;
	*cases_r = left_out(health) == 0;
	head_json(live, health, names);
	for (size_t i = 0; i < health->mailbox_count; i++)
		mailbox_json(live, &health->mailboxes[i]);
	return triage_json(live, health, names, err);
}

/* ---- Cases */

/* The Monday on which the charts begin. */
static instant
charts_begin(instant now)
{
	dayno today = instant_date(now);

	return instant_at(today - date_weekday(today) - 7 * (BOARD_WEEKS - 1), 0);
}

/* Those of the next PIECE numbers, old closed ones among them: so a piece is never long. */
static int
cases_some(struct live *live, struct board_desk *desk, int64_t after, struct err *err)
{
	struct arena *arena = arena_new();
	int64_t *ids;
	size_t count;
	int rc = store_cases_shown(live->store, arena, after, after + PIECE, charts_begin(live->now), &ids, &count, err);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct board_case *shown;

		rc = board_case_look(desk, arena, ids[i], &shown, err);
		if (rc == 0 && shown != NULL)
			board_case_put(arena, shown, &live->out);
	}
	arena_free(&arena);
	return rc;
}

int
live_board(struct live *live, int argc, char **argv)
{
	bool names = live->config != NULL && live->config->board.names;
	struct board_desk desk = { .engine = live->engine, .now = live->now, .names = names, .arena = live->arena };
	bool cases = true, in_pieces = argc == 3 && strcmp(argv[1], "--after") == 0 && daemon_runs(live);
	int64_t began = clock_real_ms(), next, highest;
	long after = 0;
	struct err err;

	if (live->engine == NULL || (argc != 1 && (argc != 3 || !str_number(argv[2], 0, INT64_MAX, &after))))
		return live_usage(live, argv[0]);
	if ((after == 0 && head(live, names, &cases, &err) == -1) || store_case_highest(live->store, &highest, &err) == -1)
		return live_broken(live, &err);
	if (!cases)
		return 0;
	board_desk_begin(&desk);
	for (next = after; next < highest && !(in_pieces && next > after && clock_real_ms() - began >= PIECE_MS); next += PIECE)
		if (cases_some(live, &desk, next, &err) == -1)
			return live_broken(live, &err);
	if (next >= highest)
		return 0;
	json_open(&live->out, NULL, '{');
	json_int(&live->out, "next", next);
	json_int(&live->out, "took-ms", clock_real_ms() - began);
	json_close(&live->out, '}');
	buf_add_char(&live->out, '\n');
	return LIVE_GOES_ON;
}
