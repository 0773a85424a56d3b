/*
 * advicectl status: how it stands.  Mailboxes with the last proven look, then
 * cases, what waits for a person, what waits to go out, what is due next; and
 * what of it is wrong (health.c).
 * Fails: exit 1 when something is wrong, or the store cannot be read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "conf/sign_in.h"
#include "ctl/health.h"
#include "role/kept.h"

static bool
role_is_here(const struct live *live, const char *name)
{
	for (size_t i = 0; i < live->role_count; i++)
		if (strcmp(live->roles[i].name, name) == 0)
			return live->roles[i].here;
	return false;
}

/* ---- Mailboxes */

static void
way_json(struct live *live, const struct live_way *way)
{
	struct buf *out = &live->out;

	if (way == NULL)
		return;
	json_int(out, "look-age-s", way->look_age_s);
	json_bool(out, "test-mails", way->canary);
	json_bool(out, "way-overdue", way->overdue);
	if (way->proven_age_s >= 0)
		json_int(out, "way-proven-age-s", way->proven_age_s);
	if (way->latency_ms >= 0)
		json_int(out, "round-trip-ms", way->latency_ms);
	if (way->skew_known)
		json_int(out, "server-clock-ahead-s", way->skew_s);
}

static void
way_text(struct live *live, const struct live_way *way)
{
	struct buf *out = &live->out;

	if (way == NULL || (!way->canary && way->proven_age_s < 0))
		return;
	if (way->proven_age_s < 0)
		buf_add_str(out, "  way of mail: not tested yet");
	else {
		buf_printf(out, "  way of mail: proven %lld minute%s ago", (long long)way->proven_age_s / 60,
		    way->proven_age_s / 60 == 1 ? "" : "s");
		if (way->latency_ms >= 0)
			buf_printf(out, ", there and back in %lld.%lld s", (long long)way->latency_ms / 1000, (long long)way->latency_ms / 100 % 10);
	}
	buf_add_str(out, way->overdue ? "; a test mail is overdue\n" : way->canary_age_s >= 0 ? "; a test mail is under way\n" : "\n");
}

static void
mailbox_line(struct live *live, const struct mailbox_row *row)
{
	const char *when = row->proven == INSTANT_NONE ? "never yet" : live_when(live, row->proven);
	bool connected = role_is_here(live, arena_printf(live->arena, "fetch:%s", row->name));
	const struct mailbox_config *config = live->config == NULL ? NULL : config_mailbox(live->config, row->name);
	const struct live_way *way = health_way(live, row->name);

	if (live->config != NULL && config == NULL)
		return;		/* no longer watched */
	if (live->json) {
		json_open(&live->out, NULL, '{');
		json_str(&live->out, "mailbox", row->name);
		json_str(&live->out, "sent-of", config == NULL ? NULL : config->sent_of);
		json_str(&live->out, "pack", row->pack);
		live_json_when(live, "last-proven-look", row->proven);
		json_str(&live->out, "trouble", row->trouble);
		json_bool(&live->out, "fetching", connected);
		way_json(live, way);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
		return;
	}
	if (config != NULL && config->sent_of != NULL)
		buf_printf(&live->out, "  its folder \"%s\": last proven look %s\n", str_visible(live->arena, config->folder, 100), when);
	else
		buf_printf(&live->out, "mailbox %-12s  pack %s, last proven look %s\n", row->name, row->pack, when);
	if (row->trouble[0] != '\0')
		buf_printf(&live->out, "  trouble: %s\n", str_visible(live->arena, row->trouble, 400));
	if (live->roles != NULL && !connected)
		buf_add_str(&live->out, "  its process is not running at the moment; it is started again by itself\n");
	way_text(live, way);
}

/* ---- Queues */

static void
counts_text(struct live *live, const struct health *health)
{
	const struct store_counts *counts = &health->counts;
	const int64_t *by_state = health->queues.by_state;
	struct buf *out = &live->out;

	buf_printf(out, "cases       %lld open, %lld closed; %lld mails read\n", (long long)counts->open_cases,
	    (long long)counts->closed_cases, (long long)counts->messages);
	buf_printf(out, "for people  %lld in triage, %lld in quarantine\n", (long long)counts->triage_open,
	    (long long)counts->quarantined);
	buf_printf(out, "outbox      %lld waiting, %lld held, %lld unknown", (long long)counts->outbox_waiting,
	    (long long)counts->outbox_held, (long long)counts->outbox_unknown);
	if (counts->oldest_queued != INSTANT_NONE)
		buf_printf(out, "; the oldest since %s", live_when(live, counts->oldest_queued));
	if (by_state[OUTBOX_REVIEW] + by_state[OUTBOX_SHADOW] > 0)
		buf_printf(out, "; %lld to be looked at, %lld decided in shadow", (long long)by_state[OUTBOX_REVIEW],
		    (long long)by_state[OUTBOX_SHADOW]);
	if (health->queues.oldest_triage != INSTANT_NONE)
		buf_printf(out, "\n            what has been waiting longest for a person: since %s",
		    live_when(live, health->queues.oldest_triage));
	for (size_t i = 0; i < 2; i++)
		if (health->spaces[i].free_bytes >= 0 && (i == 0 || health->spaces[i].free_bytes != health->spaces[0].free_bytes))
			buf_printf(out, "\nfree room   %lld MB for the %s", (long long)(health->spaces[i].free_bytes >> 20), health->spaces[i].what);
	buf_printf(out, "\nnext due    %s\n", counts->next_due == INSTANT_NONE ? "nothing" : live_when(live, counts->next_due));
}

static void
states_json(struct live *live, const struct health *health)
{
	struct buf *out = &live->out;

	json_open(out, "outbox", '{');
	for (int i = 0; i < OUTBOX_STATES; i++)
		if (i != OUTBOX_SENT && i != OUTBOX_JOINED)
			json_int(out, outbox_state_name((enum outbox_state)i), health->queues.by_state[i]);
	json_close(out, '}');
	live_json_when(live, "oldest-triage", health->queues.oldest_triage);
	json_open(out, "free-bytes", '{');
	for (size_t i = 0; i < 2; i++)
		if (health->spaces[i].free_bytes >= 0)
			json_int(out, health->spaces[i].what, health->spaces[i].free_bytes);
	json_close(out, '}');
	if (live->watch == NULL)
		return;
	json_int(out, "up-s", live->watch->up_s);
	json_str(out, "clock", live->watch->clock);
	if (live->watch->forgotten >= 0)
		json_int(out, "forgotten-cases", live->watch->forgotten);
	json_open(out, "restarts", '{');
	for (size_t i = 0; i < live->role_count; i++)
		json_int(out, live->roles[i].name, live->roles[i].starts > 0 ? live->roles[i].starts - 1 : 0);
	json_close(out, '}');
}

static void
counts_json(struct live *live, const struct health *health)
{
	const struct store_counts *counts = &health->counts;
	struct buf *out = &live->out;

	json_open(out, NULL, '{');
	live_json_when(live, "now", live->now);
	json_bool(out, "well", health->well);
	json_bool(out, "daemon", live->roles != NULL);
	json_int(out, "open-cases", counts->open_cases);
	json_int(out, "closed-cases", counts->closed_cases);
	json_int(out, "messages", counts->messages);
	json_int(out, "triage", counts->triage_open);
	json_int(out, "quarantine", counts->quarantined);
	json_int(out, "outbox-waiting", counts->outbox_waiting);
	json_int(out, "outbox-held", counts->outbox_held);
	json_int(out, "outbox-unknown", counts->outbox_unknown);
	json_int(out, "unsettled", counts->unsettled);
	live_json_when(live, "oldest-queued", counts->oldest_queued);
	live_json_when(live, "next-due", counts->next_due);
	json_str(out, "trouble", live->trouble == NULL ? "" : live->trouble);
	json_str(out, "sending-trouble", live->send_trouble == NULL ? "" : live->send_trouble);
	json_open(out, "roles", '{');
	for (size_t i = 0; i < live->role_count; i++)
		json_bool(out, live->roles[i].name, live->roles[i].here);
	json_close(out, '}');
	states_json(live, health);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

static void
roles_text(struct live *live)
{
	if (live->roles == NULL) {
		buf_add_str(&live->out, "daemon      not running; start it: systemctl start adviced, or adviced -c FILE\n");
		return;
	}
	buf_printf(&live->out, "daemon      running, its time is %s\nprocesses   core", live_when(live, live->now));
	for (size_t i = 0; i < live->role_count; i++)
		buf_printf(&live->out, ", %s%s%s", live->roles[i].name, live->roles[i].here ? "" : " (not running)",
		    live->roles[i].starts > 1 ? arena_printf(live->arena, " (started %lld times)", (long long)live->roles[i].starts) : "");
	buf_add_char(&live->out, '\n');
	if (live->trouble != NULL && live->trouble[0] != '\0')
		buf_printf(&live->out, "  trouble: nothing can be stored, no mail is decided: %s; it is tried again every second\n",
		    str_visible(live->arena, live->trouble, 400));
}

/* ---- Sign-in with tokens */

static void
sign_in_json(struct live *live, const struct sign_in *sign_in, dayno ends, int days)
{
	json_open(&live->out, NULL, '{');
	json_str(&live->out, "sign-in", sign_in->name);
	json_str(&live->out, "ends", ends == DAY_NONE ? NULL : date_iso(live->arena, ends));
	if (ends != DAY_NONE)
		json_int(&live->out, "days-left", days);
	json_close(&live->out, '}');
	buf_add_char(&live->out, '\n');
}

static void
sign_in_line(struct live *live, const struct health_sign_in *one)
{
	const char *what = one->sign_in->certificate_file != NULL ? "certificate" : "secret";

	if (live->json)
		sign_in_json(live, one->sign_in, one->ends, one->days);
	else if (one->ends == DAY_NONE && one->sign_in->kind == SIGN_IN_GOOGLE)
		buf_printf(&live->out, "sign-in %-12s its key does not end by itself\n", one->sign_in->name);
	else if (one->ends == DAY_NONE)
		buf_printf(&live->out, "sign-in %-12s it is not known when its %s ends; \"secret-expires\" in the configuration says it\n",
		    one->sign_in->name, what);
	else
		buf_printf(&live->out, "sign-in %-12s %sits %s %s on %s%s\n", one->sign_in->name, one->days <= 30 ? "warning: " : "", what,
		    one->days < 0 ? "ended" : "ends", date_words(live->arena, one->ends),
		    one->days < 0 ? "" : arena_printf(live->arena, ", in %d day%s", one->days, one->days == 1 ? "" : "s"));
}

static void
sign_ins(struct live *live, const struct health *health)
{
	for (size_t i = 0; i < health->sign_in_count; i++)
		sign_in_line(live, &health->sign_ins[i]);
	if (!live->json && live->send_trouble != NULL && live->send_trouble[0] != '\0')
		buf_printf(&live->out, "sending\n  trouble: %s\n", str_visible(live->arena, live->send_trouble, 450));
}

/* ---- The lists */

static const char *
list_setting(struct live *live, const char *what, const char *list)
{
	const char *text = NULL;
	struct err err;

	if (store_setting(live->store, live->arena, arena_printf(live->arena, "%s %s", what, list), &text, &err) == -1)
		return "";
	return text == NULL ? "" : text;
}

static void
list_line(struct live *live, const struct health_list *list)
{
	if (live->json) {
		json_open(&live->out, NULL, '{');
		json_str(&live->out, "list", list->name);
		live_json_when(live, "imported", list->imported);
		json_bool(&live->out, "stale", list->stale);
		json_str(&live->out, "refused", list->refused);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
		return;
	}
	buf_printf(&live->out, "list %-15s imported %s%s\n", list->name, list->imported == INSTANT_NONE ? "never" :
	    live_when(live, list->imported), list->stale ? arena_printf(live->arena, "; warning: that is more than %d days ago",
	    live->config->stale_days) : "");
	if (list->refused[0] != '\0')
		buf_printf(&live->out, "  warning: the newer one in the watched folder was refused: %s\n",
		    str_visible(live->arena, arena_strndup(live->arena, list->refused, strcspn(list->refused, "\n")), 300));
}

static void
lists(struct live *live, const struct health *health)
{
	for (size_t i = 0; i < 2; i++)
		list_line(live, &health->lists[i]);
	if (!live->json && live->lists_trouble != NULL && live->lists_trouble[0] != '\0')
		buf_printf(&live->out, "  trouble: %s\n", str_visible(live->arena, live->lists_trouble, 400));
}

/* ---- The rules */

static int
pack_line(struct live *live, const char *pack, struct err *err)
{
	struct pack_version_row *row;
	const char *refused = list_setting(live, "rules-refused", pack), *back = list_setting(live, "rules-back", pack);

	if (store_pack_in_force(live->store, live->arena, pack, &row, err) == -1)
		return -1;
	if (row == NULL)
		return 0;
	if (live->json) {
		json_open(&live->out, NULL, '{');
		json_str(&live->out, "pack", pack);
		json_int(&live->out, "version", row->id);
		live_json_when(live, "since", row->since);
		json_str(&live->out, "who", row->who);
		json_int(&live->out, "tests", row->tests);
		json_bool(&live->out, "gone-back", back[0] != '\0');
		json_str(&live->out, "refused", refused);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
		return 0;
	}
	buf_printf(&live->out, "rules %-14s version %lld since %s (%s)%s\n", pack, (long long)row->id, live_when(live, row->since),
	    row->who, row->tests > 0 ? "" : "; warning: the pack has no tests of its own");
	if (back[0] != '\0')
		buf_add_str(&live->out, "  somebody went back to it; what lies in the rules folder is not in force until it is changed "
		    "and reloaded\n");
	if (refused[0] != '\0')
		buf_printf(&live->out, "  warning: what lies in the rules folder now was refused: %s\n",
		    str_visible(live->arena, arena_strndup(live->arena, refused, strcspn(refused, "\n")), 300));
	return 0;
}

static int
packs(struct live *live, struct err *err)
{
	for (size_t i = 0; live->config != NULL && i < live->config->packs.n; i++)
		if (pack_line(live, kept_name(live->config->packs.v[i]), err) == -1)
			return -1;
	return 0;
}

static const char *
pause_of(struct live *live, const struct pause_row *row)
{
	if (str_starts(row->scope, "mailbox:"))
		return arena_printf(live->arena, "the mailbox %s", row->scope + strlen("mailbox:"));
	if (str_starts(row->scope, "case:"))
		return live_case_name(live, strtoll(row->scope + strlen("case:"), NULL, 10));
	return "everything";
}

/* What sends nothing at the moment, because a person said so. */
static void
pause_line(struct live *live, const struct pause_row *row)
{
	if (!live->json && strcmp(row->scope, "restored") == 0)
		buf_printf(&live->out, "restored    from a backup of %s: nothing goes out before a person has looked through it and says "
		    "\"advicectl restored\"\n", live_when(live, row->since));
	else if (!live->json)
		buf_printf(&live->out, "paused      %s, until %s: nothing goes out, dates run on\n", pause_of(live, row),
		    live_when(live, row->until));
	else {
		json_open(&live->out, NULL, '{');
		json_str(&live->out, "paused", pause_of(live, row));
		live_json_when(live, "since", row->since);
		live_json_when(live, "until", row->until);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
	}
}

/* ---- What is wrong */

static void
finding_line(struct live *live, const struct finding *finding)
{
	if (!live->json) {
		buf_printf(&live->out, "%s       %s\n", finding->wrong ? live_paint(live, PAINT_WRONG, "WRONG") :
		    live_paint(live, PAINT_DOUBT, "note "), finding->text);
		return;
	}
	json_open(&live->out, NULL, '{');
	json_str(&live->out, "finding", finding->code);
	json_str(&live->out, "about", finding->about);
	json_bool(&live->out, "wrong", finding->wrong);
	json_str(&live->out, "text", finding->text);
	json_close(&live->out, '}');
	buf_add_char(&live->out, '\n');
}

int
live_status(struct live *live, int argc, char **argv)
{
	struct health *health;
	struct err err;

	(void)argv;
	if (argc != 1)
		return live_usage(live, "status");
	if (health_look(live, &health, &err) == -1)
		return live_broken(live, &err);
	if (live->json)
		counts_json(live, health);
	else
		roles_text(live);
	for (size_t i = 0; i < health->mailbox_count; i++)
		mailbox_line(live, &health->mailboxes[i]);
	sign_ins(live, health);
	if (packs(live, &err) == -1)
		return live_broken(live, &err);
	lists(live, health);
	for (size_t i = 0; i < health->pause_count; i++)
		pause_line(live, &health->pauses[i]);
	if (!live->json)
		counts_text(live, health);
	for (size_t i = 0; i < health->finding_count; i++)
		finding_line(live, &health->findings[i]);
	if (!live->json && health->well)
		buf_printf(&live->out, "%s\n", health->passing ?
		    "not yet well: this trouble is less than a minute old and may pass by itself; look again in a minute" :
		    live_paint(live, PAINT_WELL, "all is well"));
	return health->well ? 0 : 1;
}
