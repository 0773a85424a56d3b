/*
 * The figures of `status` in the Prometheus text format (version 0.0.4): for a
 * node exporter's textfile collector, or whatever else reads a file.  Runs in
 * core.
 * Invariant (promise no-leak): labels are names out of the configuration and
 * the program's own words, never of a person.
 * Fails: never.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "conf/sign_in.h"
#include "ctl/health.h"
#include "role/kept.h"

static void
head(struct buf *out, const char *name, const char *help)
{
	buf_printf(out, "# HELP adviced_%s %s\n# TYPE adviced_%s gauge\n", name, help, name);
}

/* label NULL: none. */
static void
sample(struct buf *out, const char *name, const char *label, const char *value, double number)
{
	buf_printf(out, "adviced_%s", name);
	if (label != NULL) {
		buf_printf(out, "{%s=\"", label);
		for (const char *p = value; *p != '\0'; p++)
			if (*p == '\n')
				buf_add_str(out, "\\n");
			else if (*p == '"' || *p == '\\')
				buf_printf(out, "\\%c", *p);
			else
				buf_add_char(out, *p);
		buf_add_str(out, "\"}");
	}
	buf_printf(out, number == (double)(int64_t)number ? " %.0f\n" : " %.3f\n", number);
}

static void
one(struct buf *out, const char *name, const char *help, int64_t number)
{
	head(out, name, help);
	sample(out, name, NULL, NULL, (double)number);
}

/* ---- Mailboxes */

enum way_figure { FIGURE_LOOK, FIGURE_LATENCY, FIGURE_PROVEN, FIGURE_OVERDUE, FIGURE_SKEW };

/* False: it is not known. */
static bool
way_figure(const struct live_way *way, enum way_figure which, double *number_r)
{
	switch (which) {
	case FIGURE_LOOK:
		*number_r = (double)way->look_age_s;
		return true;
	case FIGURE_LATENCY:
		*number_r = (double)way->latency_ms / 1000;
		return way->latency_ms >= 0;
	case FIGURE_PROVEN:
		*number_r = (double)way->proven_age_s;
		return way->proven_age_s >= 0;
	case FIGURE_OVERDUE:
		*number_r = way->overdue;
		return way->canary;
	case FIGURE_SKEW:
		*number_r = (double)way->skew_s;
		return way->skew_known;
	}
	return false;
}

static void
ways(const struct live *live, struct buf *out)
{
	static const struct { const char *name, *help; } figures[] = {
		[FIGURE_LOOK] = { "mailbox_look_age_seconds", "Time since the mailbox was last looked into, proven." },
		[FIGURE_LATENCY] = { "way_round_trip_seconds", "From handing a mail over to having its copy back, the last time." },
		[FIGURE_PROVEN] = { "way_proven_age_seconds", "Time since a mail of ours came back through the mailbox." },
		[FIGURE_OVERDUE] = { "way_overdue", "1 while a test mail should have come back and has not." },
		[FIGURE_SKEW] = { "mail_server_clock_ahead_seconds", "How far the mail server's clock is ahead of this machine's." },
	};

	for (size_t f = 0; f < sizeof(figures) / sizeof(figures[0]); f++) {
		head(out, figures[f].name, figures[f].help);
		for (size_t i = 0; i < live->watch->way_count; i++) {
			double number;

			if (way_figure(&live->watch->ways[i], (enum way_figure)f, &number))
				sample(out, figures[f].name, "mailbox", live->watch->ways[i].mailbox, number);
		}
	}
}

static void
processes(const struct live *live, struct buf *out)
{
	head(out, "role_up", "1 while the process runs.");
	for (size_t i = 0; i < live->role_count; i++)
		sample(out, "role_up", "role", live->roles[i].name, live->roles[i].here);
	buf_add_str(out, "# HELP adviced_role_starts_total How often the process was started since core was.\n"
	    "# TYPE adviced_role_starts_total counter\n");
	for (size_t i = 0; i < live->role_count; i++)
		sample(out, "role_starts_total", "role", live->roles[i].name, (double)live->roles[i].starts);
}

/* ---- Queues and lists */

static double
age_of(const struct live *live, instant at)
{
	return at == INSTANT_NONE || at > live->now ? 0 : (double)(live->now - at);
}

static void
queues(const struct live *live, const struct health *health, struct buf *out)
{
	head(out, "cases", "Cases by state.");
	sample(out, "cases", "state", "open", (double)health->counts.open_cases);
	sample(out, "cases", "state", "closed", (double)health->counts.closed_cases);
	one(out, "mails_read", "Mails that were read and decided, as far as they are kept.", health->counts.messages);
	head(out, "outbox_mails", "Mails that are not done with, by state.");
	for (int i = 0; i < OUTBOX_STATES; i++)
		if (i != OUTBOX_SENT && i != OUTBOX_JOINED)
			sample(out, "outbox_mails", "state", outbox_state_name((enum outbox_state)i), (double)health->queues.by_state[i]);
	head(out, "outbox_oldest_age_seconds", "Age of the oldest mail that waits to be sent; 0 without any.");
	sample(out, "outbox_oldest_age_seconds", NULL, NULL, age_of(live, health->counts.oldest_queued));
	one(out, "triage_open", "What waits for a person to decide.", health->counts.triage_open);
	head(out, "triage_oldest_age_seconds", "Age of the oldest of that; 0 without any.");
	sample(out, "triage_oldest_age_seconds", NULL, NULL, age_of(live, health->queues.oldest_triage));
	one(out, "quarantine_mails", "Mails that could not be read.", health->counts.quarantined);
	one(out, "unsettled_mails", "Mails that are not yet where they belong on the server.", health->counts.unsettled);
	head(out, "timer_late_seconds", "How long the oldest timer that has fallen due is late; 0 without any.");
	sample(out, "timer_late_seconds", NULL, NULL, age_of(live, health->counts.next_due));
	if (live->watch->forgotten >= 0)
		one(out, "forgotten_cases", "Open cases in which nobody is asked or chased any more.", live->watch->forgotten);
}

static int
packs(const struct live *live, struct buf *out)
{
	struct err err;

	head(out, "pack_version", "The number of the version in force of each rule pack.");
	for (size_t i = 0; live->config != NULL && i < live->config->packs.n; i++) {
		const char *name = kept_name(live->config->packs.v[i]);
		struct pack_version_row *row;

		if (store_pack_in_force(live->store, live->arena, name, &row, &err) == -1)
			return -1;
		if (row != NULL)
			sample(out, "pack_version", "pack", name, (double)row->id);
	}
	return 0;
}

static void
rest(const struct live *live, const struct health *health, struct buf *out)
{
	head(out, "free_bytes", "Free room on the disk.");
	for (size_t i = 0; i < 2; i++)
		if (health->spaces[i].free_bytes >= 0)
			sample(out, "free_bytes", "disk", health->spaces[i].what, (double)health->spaces[i].free_bytes);
	head(out, "sign_in_days_left", "Days until the secret or certificate of a sign-in ends.");
	for (size_t i = 0; i < health->sign_in_count; i++)
		if (health->sign_ins[i].ends != DAY_NONE)
			sample(out, "sign_in_days_left", "sign_in", health->sign_ins[i].sign_in->name, health->sign_ins[i].days);
	head(out, "list_age_seconds", "Time since the list was imported.");
	for (size_t i = 0; i < 2; i++)
		if (health->lists[i].imported != INSTANT_NONE)
			sample(out, "list_age_seconds", "list", health->lists[i].name, age_of(live, health->lists[i].imported));
}

static void
problems(const struct health *health, struct buf *out)
{
	int64_t wrong = 0;

	head(out, "problem", "1 for everything that is wrong; advicectl status says it in words.");
	for (size_t i = 0; i < health->finding_count; i++) {
		const struct finding *finding = &health->findings[i];

		wrong += finding->wrong;
		if (finding->wrong)
			buf_printf(out, "adviced_problem{problem=\"%s\",about=\"%s\"} 1\n", finding->code, finding->about);
	}
	one(out, "problems", "How many things are wrong.", wrong);
}

void
metrics_write(struct live *live, const struct health *health, struct buf *out)
{
	one(out, "written_timestamp_seconds", "When this file was written; old: the daemon does not run.", clock_wall());
	one(out, "uptime_seconds", "How long core has been running.", live->watch->up_s);
	processes(live, out);
	ways(live, out);
	queues(live, health, out);
	packs(live, out);
	rest(live, health, out);
	problems(health, out);
}
