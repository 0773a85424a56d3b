/*
 * What is wrong.  Looks at the store, the disk and what core knows of itself,
 * and judges.  Run by core, or by advicectl where no daemon runs.
 * Invariant (promise silence-is-an-alarm): a look, a queue, a timer is judged
 * by what was last proven, never by the state of a connection.
 * Fails: as the store does.
 */
#include "ctl/health.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/calendar.h"
#include "conf/sign_in.h"
#include "role/kept.h"
#include "store/keep.h"

#define TROUBLE_S	60		/* a connection that comes back by itself sooner is none */
#define GONE_S		60		/* nor is a process */
#define QUEUE_S		3600		/* a mail that should go waits no longer */
#define TIMER_S		900		/* nor does what has fallen due */
#define SKEW_S		120		/* clocks may differ by so much */
#define SIGN_IN_DAYS	7
#define CALENDAR_NOTE	365		/* days */
#define CALENDAR_WRONG	60
#define TRIAGE_S	(7 * DAY_SECONDS)

static void
find(struct live *live, struct health *health, bool wrong, const char *code, const char *about, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

static void
find(struct live *live, struct health *health, bool wrong, const char *code, const char *about, const char *fmt, ...)
{
	char text[700];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	*arena_push(live->arena, health->findings, health->finding_count) = (struct finding){
		code, about, arena_strdup(live->arena, str_visible(live->arena, text, 600)), wrong,
	};
	health->well &= !wrong;
}

static const char *
words(struct live *live, int64_t seconds)
{
	if (seconds < 120)
		return arena_printf(live->arena, "%lld seconds", (long long)seconds);
	if (seconds < 7200)
		return arena_printf(live->arena, "%lld minutes", (long long)seconds / 60);
	if (seconds < 2 * DAY_SECONDS)
		return arena_printf(live->arena, "%lld hours", (long long)seconds / 3600);
	return arena_printf(live->arena, "%lld days", (long long)(seconds / DAY_SECONDS));
}

const struct live_way *
health_way(const struct live *live, const char *mailbox)
{
	for (size_t i = 0; live->watch != NULL && i < live->watch->way_count; i++)
		if (strcmp(live->watch->ways[i].mailbox, mailbox) == 0)
			return &live->watch->ways[i];
	return NULL;
}

/* ---- The daemon and its processes */

static void
judge_daemon(struct live *live, struct health *health)
{
	if (live->roles == NULL)
		find(live, health, true, "daemon", "", "the daemon does not run: no mail is read, nothing is sent, nobody is reminded");
	for (size_t i = 0; i < live->role_count; i++) {
		const struct live_role *role = &live->roles[i];

		health->passing |= !role->here && role->gone_s <= GONE_S;
		if (role->gone_s > GONE_S)
			find(live, health, true, "role", role->name, "the process %s does not run, for %s", role->name, words(live, role->gone_s));
		else if (role->restless)
			find(live, health, true, "role", role->name, "the process %s ends and is started again and again", role->name);
		if (role->secret != NULL && role->secret[0] != '\0')
			find(live, health, true, "secret", role->name, "%s cannot sign in again once its connection ends: %s", role->name,
			    role->secret);
	}
	if (live->watch != NULL && live->watch->clock[0] != '\0')
		find(live, health, true, "clock", "", "%s", live->watch->clock);
}

static void
judge_store(struct live *live, struct health *health)
{
	int64_t least = live->config == NULL ? 0 : (int64_t)live->config->low_space_mb << 20;

	if (live->trouble != NULL && live->trouble[0] != '\0')
		find(live, health, true, "store", "", "nothing can be stored, no mail is decided: %s", live->trouble);
	if (!store_is_in_place(live->store))
		find(live, health, true, "store", "", "the database is no longer where it was: it works on, and is lost when the daemon stops. "
		    "Make a backup now (advicectl backup), then stop the daemon and put that in its place (advicectl restore)");
	for (size_t i = 0; i < 2; i++) {
		const struct health_space *space = &health->spaces[i];

		if (space->free_bytes != -1 && space->free_bytes < least)
			find(live, health, true, "space", space->what, "the disk of the %s has only %lld MB left", space->what,
			    (long long)(space->free_bytes >> 20));
	}
}

/* ---- Mailboxes */

static void
judge_way(struct live *live, struct health *health, const struct mailbox_config *config, const struct live_way *way)
{
	if (way->overdue)
		find(live, health, true, "way", config->name, "a test mail that %s sent to itself has not come back, for %s: mail does not "
		    "go out, or does not come in", config->name, words(live, way->canary_age_s));
	if (way->skew_known && (way->skew_s > SKEW_S || way->skew_s < -SKEW_S))
		find(live, health, true, "skew", config->name, "the clock of this machine is %s %s that of the mail server of %s",
		    words(live, way->skew_s > 0 ? way->skew_s : -way->skew_s), way->skew_s > 0 ? "behind" : "ahead of", config->name);
}

static void
judge_mailbox(struct live *live, struct health *health, const struct mailbox_row *row)
{
	const struct mailbox_config *config = live->config == NULL ? NULL : config_mailbox(live->config, row->name);
	const struct live_way *way = health_way(live, row->name);
	int64_t most;

	if (config == NULL || way == NULL)
		return;
	most = config->silence_s > 0 && config->silence_s < TROUBLE_S ? config->silence_s : TROUBLE_S;
	if (row->trouble[0] != '\0') {
		health->passing |= way->trouble_s < most;
		find(live, health, way->trouble_s >= most, "mailbox", row->name, "%s: %s", row->name, row->trouble);
	}
	if (config->silence_s > 0 && way->look_age_s >= config->silence_s)
		find(live, health, true, "silent", row->name, "%s: silent, %s for %s; mail may lie there unread", row->name,
		    way->looked ? "nobody could look into it" : "nobody has been able to look into it", words(live, way->look_age_s));
	judge_way(live, health, config, way);
}

/* ---- Queues */

static bool
is_paused(const struct health *health)
{
	for (size_t i = 0; i < health->pause_count; i++)
		if (!str_starts(health->pauses[i].scope, "case:"))
			return true;
	return false;
}

static void
judge_queues(struct live *live, struct health *health)
{
	const struct store_queues *queues = &health->queues;
	instant oldest = health->counts.oldest_queued;

	if (live->send_trouble != NULL && live->send_trouble[0] != '\0')
		find(live, health, true, "sending", "", "no mail goes out: %s", live->send_trouble);
	if (oldest != INSTANT_NONE && live->now - oldest > QUEUE_S && !is_paused(health))
		find(live, health, true, "queue", "", "a mail has been waiting to go out for %s", words(live, live->now - oldest));
	if (health->counts.next_due != INSTANT_NONE && live->now - health->counts.next_due > TIMER_S &&
	    live->watch != NULL && live->watch->up_s > TIMER_S)
		find(live, health, true, "timers", "", "timers stand still: what fell due %s ago has not been done",
		    words(live, live->now - health->counts.next_due));
	if (live->watch != NULL && live->watch->forgotten > 0)
		find(live, health, true, "forgotten", "", "in %lld open case%s nobody is asked and nobody is chased any more; "
		    "\"advicectl triage\" names them", (long long)live->watch->forgotten, live->watch->forgotten == 1 ? "" : "s");
	if (queues->oldest_triage != INSTANT_NONE && live->now - queues->oldest_triage > TRIAGE_S)
		find(live, health, false, "triage", "", "something has been waiting for a person for %s",
		    words(live, live->now - queues->oldest_triage));
	if (queues->by_state[OUTBOX_UNKNOWN] > 0)
		find(live, health, false, "unknown", "", "of %lld mail%s nobody knows whether it went out; \"advicectl queue\" says which",
		    (long long)queues->by_state[OUTBOX_UNKNOWN], queues->by_state[OUTBOX_UNKNOWN] == 1 ? "" : "s");
	if (queues->by_state[OUTBOX_HELD] + queues->by_state[OUTBOX_REVIEW] > 0)
		find(live, health, false, "held", "", "%lld mails wait for a person before they go",
		    (long long)(queues->by_state[OUTBOX_HELD] + queues->by_state[OUTBOX_REVIEW]));
}

/* ---- What runs out */

static void
judge_sign_ins(struct live *live, struct health *health)
{
	for (size_t i = 0; i < health->sign_in_count; i++) {
		const struct health_sign_in *one = &health->sign_ins[i];
		const char *what = one->sign_in->certificate_file != NULL ? "certificate" : "secret";

		if (one->ends != DAY_NONE && one->days <= 30)
			find(live, health, one->days <= SIGN_IN_DAYS, "sign-in", one->sign_in->name, "the %s of the sign-in %s %s on %s", what,
			    one->sign_in->name, one->days < 0 ? "ended" : "ends", date_words(live->arena, one->ends));
	}
}

static void
judge_lists(struct live *live, struct health *health)
{
	for (size_t i = 0; i < 2; i++) {
		const struct health_list *list = &health->lists[i];

		if (list->stale)
			find(live, health, true, "list-stale", list->name, "the %s list was imported last on %s", list->name,
			    live_when(live, list->imported));
		if (list->refused[0] != '\0')
			find(live, health, true, "list-refused", list->name, "the newer %s list in the watched folder was refused", list->name);
	}
	if (live->lists_trouble != NULL && live->lists_trouble[0] != '\0')
		find(live, health, true, "lists", "", "%s", live->lists_trouble);
}

/* Two packs may have the same one. */
static void
judge_calendar(struct live *live, struct health *health, const struct pack *pack)
{
	int year = pack->calendar == NULL ? 0 : calendar_complete_to(pack->calendar);
	int days = year == 0 ? CALENDAR_NOTE : date_from_civil(year, 12, 31) - instant_date(live->now);

	if (days < CALENDAR_NOTE)
		find(live, health, days < CALENDAR_WRONG, "calendar", pack->name, "the calendar of %s lists bank holidays up to %d only: later "
		    "dates are reckoned by rule, and a newer one should be put in its place", pack->name, year);
}

static int
judge_packs(struct live *live, struct health *health, struct err *err)
{
	for (size_t i = 0; live->config != NULL && i < live->config->packs.n; i++) {
		const char *name = kept_name(live->config->packs.v[i]), *refused;

		if (store_setting(live->store, live->arena, arena_printf(live->arena, "rules-refused %s", name), &refused, err) == -1)
			return -1;
		if (refused != NULL && refused[0] != '\0')
			find(live, health, true, "rules-refused", name, "what lies in the rules folder for %s was refused; "
			    "the version before stays in force", name);
	}
	for (size_t i = 0; live->engine != NULL && i < live->engine->pack_count; i++)
		judge_calendar(live, health, live->engine->packs[i]);
	return 0;
}

/* ---- Looking */

static int
look_lists(struct live *live, struct health *health, struct err *err)
{
	static const char *const names[] = { "directory", "involvement" };
	int days = live->config == NULL ? 0 : live->config->stale_days;

	for (size_t i = 0; i < 2; i++) {
		struct health_list *list = &health->lists[i];
		const char *refused;

		list->name = names[i];
		if (store_imported(live->store, names[i], &list->imported, err) == -1 ||
		    store_setting(live->store, live->arena, arena_printf(live->arena, "list-refused %s", names[i]), &refused, err) == -1)
			return -1;
		list->refused = refused == NULL ? "" : refused;
		list->stale = list->imported != INSTANT_NONE && days > 0 && live->now >= list->imported + (instant)days * DAY_SECONDS;
	}
	return 0;
}

static int
look_sign_ins(struct live *live, struct health *health, struct err *err)
{
	for (size_t i = 0; live->config != NULL && i < live->config->sign_in_count; i++) {
		const struct sign_in *sign_in = &live->config->sign_ins[i];
		struct health_sign_in *one = arena_push(live->arena, health->sign_ins, health->sign_in_count);
		const char *text;

		*one = (struct health_sign_in){ .sign_in = sign_in, .ends = DAY_NONE };
		if (store_setting(live->store, live->arena, arena_printf(live->arena, "sign-in-ends %s", sign_in->name), &text, err) == -1)
			return -1;
		if (text == NULL || !date_parse_iso(text, &one->ends))
			one->ends = sign_in->secret_expires;
		one->days = one->ends == DAY_NONE ? 0 : one->ends - instant_date(live->now);
	}
	return 0;
}

static void
look_spaces(struct live *live, struct health *health)
{
	const char *database = live->config == NULL ? "" : live->config->database, *slash = strrchr(database, '/');

	health->spaces[0] = (struct health_space){ "spool", live->config == NULL ? "" : live->config->spool, -1 };
	health->spaces[1] = (struct health_space){ "database", slash == NULL || slash == database ? "/" :
	    arena_strndup(live->arena, database, (size_t)(slash - database)), -1 };
	for (size_t i = 0; live->config != NULL && i < 2; i++) {
		struct statvfs at;

		if (statvfs(health->spaces[i].path, &at) == 0)
			health->spaces[i].free_bytes = (int64_t)at.f_bavail * (int64_t)at.f_frsize;
	}
}

int
health_look(struct live *live, struct health **health_r, struct err *err)
{
	struct health *health = arena_alloc(live->arena, sizeof(*health));

	*health_r = health;
	health->well = true;
	if (store_counts(live->store, &health->counts, err) == -1 || store_queues(live->store, &health->queues, err) == -1 ||
	    store_mailboxes(live->store, live->arena, &health->mailboxes, &health->mailbox_count, err) == -1 ||
	    store_pauses(live->store, live->arena, live->now, &health->pauses, &health->pause_count, err) == -1 ||
	    look_lists(live, health, err) == -1 || look_sign_ins(live, health, err) == -1)
		return -1;
	look_spaces(live, health);
	judge_daemon(live, health);
	judge_store(live, health);
	for (size_t i = 0; i < health->mailbox_count; i++)
		judge_mailbox(live, health, &health->mailboxes[i]);
	judge_queues(live, health);
	judge_sign_ins(live, health);
	judge_lists(live, health);
	return judge_packs(live, health, err);
}
