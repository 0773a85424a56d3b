/*
 * advicectl doctor: the packs, the lists of people and children, the clock,
 * the calendars, and the units that look after the daemon.
 * Invariant: reads only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/calendar.h"
#include "base/clock.h"
#include "ctl/agree.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"
#include "role/kept.h"

#define SHOWN_MOST	5	/* problems of a pack: "advicectl check" shows all */
#define CALENDAR_NOTE	365	/* days, as for "advicectl status" */
#define CALENDAR_WRONG	60

/* ---- Packs */

static void
say_problems(struct doctor *doctor, const char *name, const struct problems *problems)
{
	size_t shown = 0;

	for (size_t i = 0; i < problems->n; i++) {
		const struct problem *problem = &problems->v[i];

		if (problem->warning || shown++ >= SHOWN_MOST)
			continue;
		doctor_say(doctor, DOCTOR_WRONG, name, problem->hint, "%s%s%s", problem->where.file == NULL ? "" :
		    where_text(doctor->arena, problem->where), problem->where.file == NULL ? "" : ": ", problem->text);
	}
	if (shown > SHOWN_MOST)
		doctor_say(doctor, DOCTOR_WRONG, name, arena_printf(doctor->arena, "advicectl check %s", name),
		    "%s: %zu problems more", name, shown - SHOWN_MOST);
}

/* What lies in the rules folder may be other than what is in force. */
static void
refused(struct doctor *doctor, const char *name)
{
	const char *why = NULL;
	struct err err;

	if (doctor->store != NULL && store_setting(doctor->store, doctor->arena, arena_printf(doctor->arena, "rules-refused %s",
	    kept_name(name)), &why, &err) == 0 && why != NULL && why[0] != '\0')
		doctor_say(doctor, DOCTOR_WRONG, name, arena_printf(doctor->arena,
		    "advicectl check --tests %s, and then: systemctl reload adviced", name),
		    "what lay in the rules folder for %s was refused when the daemon read it; the version before is "
		    "in force", name);
}

static void
pack_look(struct doctor *doctor, const char *name, struct strs *watched)
{
	struct problems problems = { .arena = doctor->arena };
	struct pack *pack = NULL;
	size_t warnings;

	pack_read(doctor->arena, doctor->config->rules, doctor->config->calendars, name, &pack, &problems);
	if (pack != NULL) {
		pack_check(pack, doctor->directory, &problems);
		agree_pack(doctor->config, pack, watched, &problems);
		*arena_push(doctor->arena, doctor->packs, doctor->pack_count) = pack;
	}
	say_problems(doctor, name, &problems);
	refused(doctor, name);
	if (problems_errors(&problems) > 0)
		return;
	warnings = problems_told(&problems, true);
	doctor_say(doctor, warnings > 0 ? DOCTOR_NOTE : DOCTOR_WELL, name, warnings > 0 ? arena_printf(doctor->arena,
	    "advicectl check %s names them", name) : NULL, "the pack %s is sound%s%s", name, doctor->directory == NULL ?
	    "; whether its recipients are there cannot be seen without a list of people" :
	    ", and the list of people has everybody it needs",
	    warnings > 0 ? arena_printf(doctor->arena, "; %zu warning%s", warnings, warnings == 1 ? "" : "s") : "");
}

void
doctor_packs(struct doctor *doctor)
{
	struct problems problems = { .arena = doctor->arena };
	struct strs watched = { NULL, 0 };
	struct err err;

	if (doctor->store != NULL && (store_directory(doctor->store, doctor->arena, &doctor->directory, &err) == -1 ||
	    (doctor->directory != NULL && doctor->directory->count == 0)))
		doctor->directory = NULL;
	doctor_part(doctor, "Rules");
	for (size_t i = 0; i < doctor->config->packs.n; i++)
		pack_look(doctor, doctor->config->packs.v[i], &watched);
	if (doctor->pack_count == doctor->config->packs.n)
		agree_mailboxes(doctor->config, &watched, &problems);
	say_problems(doctor, "mailboxes", &problems);
}

/* ---- Lists */

static instant
time_now(struct doctor *doctor)
{
	const char *kept = NULL;
	struct err err;

	if (doctor->store != NULL && store_setting(doctor->store, doctor->arena, "case-time", &kept, &err) == 0 && kept != NULL)
		return (instant)strtoll(kept, NULL, 10);
	return clock_wall();
}

static void
list_look(struct doctor *doctor, const char *list, const char *mend, bool must)
{
	instant imported = INSTANT_NONE;
	int days, stale = doctor->config->stale_days;
	struct err err;

	if (doctor->store != NULL && store_imported(doctor->store, list, &imported, &err) == -1) {
		doctor_say(doctor, DOCTOR_WRONG, list, NULL, "%s", err.text);
		return;
	}
	if (imported == INSTANT_NONE) {
		doctor_say(doctor, must ? DOCTOR_WRONG : DOCTOR_NOTE, list, mend, "no %s list was ever imported%s", list,
		    must ? ": nobody could be written to" : ": children are known by their mails alone");
		return;
	}
	days = instant_date(time_now(doctor)) - instant_date(imported);
	if (stale > 0 && days > stale)
		doctor_say(doctor, DOCTOR_WRONG, list, mend, "the %s list is %d days old, and should be no older than "
		    "%d", list, days, stale);
	else
		doctor_say(doctor, DOCTOR_WELL, list, NULL, "the %s list was imported on %s", list, date_words(doctor->arena,
		    instant_date(imported)));
}

void
doctor_lists(struct doctor *doctor)
{
	doctor_part(doctor, "Lists");
	list_look(doctor, "directory", "advicectl import directory FILE", true);
	list_look(doctor, "involvement", "advicectl import involvement FILE", false);
}

/* ---- The clock */

void
doctor_clock(struct doctor *doctor)
{
	struct timex state = { .modes = 0 };
	int rc = adjtimex(&state);
	const char *kept = NULL;
	struct err err;

	doctor_part(doctor, "Clock");
	if (rc == -1)
		doctor_say(doctor, DOCTOR_NOTE, "clock", NULL, "whether the clock is kept right cannot be seen");
	else if (rc == TIME_ERROR || (state.status & STA_UNSYNC) != 0)
		doctor_say(doctor, DOCTOR_NOTE, "clock", "timedatectl set-ntp true, or install chrony; a virtual "
		    "machine may be kept right by its host", "nothing on this machine says that it keeps the clock "
		    "right: it is %s by it now",
		    instant_iso(doctor->arena, clock_wall()));
	else
		doctor_say(doctor, DOCTOR_WELL, "clock", NULL, "the clock is kept right (it is %s)",
		    instant_iso(doctor->arena, clock_wall()));
	if (doctor->store != NULL && store_setting(doctor->store, doctor->arena, "case-time", &kept, &err) == 0 && kept != NULL)
		doctor_say(doctor, DOCTOR_NOTE, "clock", "for real work begin with a new spool and database",
		    "this store lives under a test clock: its time is %s", instant_iso(doctor->arena, time_now(doctor)));
}

/* ---- Calendars */

void
doctor_calendars(struct doctor *doctor)
{
	doctor_part(doctor, "Calendars");
	for (size_t i = 0; i < doctor->pack_count; i++) {
		const struct pack *pack = doctor->packs[i];
		int year = pack->calendar == NULL ? 0 : calendar_complete_to(pack->calendar), days;

		if (year == 0)
			continue;
		days = date_from_civil(year, 12, 31) - instant_date(time_now(doctor));
		doctor_say(doctor, days < CALENDAR_WRONG ? DOCTOR_WRONG : days < CALENDAR_NOTE ? DOCTOR_NOTE :
		    DOCTOR_WELL, pack->name,
		    days < CALENDAR_NOTE ? arena_printf(doctor->arena,
		    "add the bank holidays of %d to the calendar in %s, and raise complete-to",
		    year + 1, doctor->config->calendars) : NULL, "the calendar of %s lists bank holidays up to the "
		    "end of %d", pack->name, year);
	}
}

/* ---- What looks after the daemon */

static bool
unit_is_on(const char *unit)
{
	static const char *const folders[] = { "/etc/systemd/system", "/usr/lib/systemd/system", "/run/systemd/system" };
	char path[300];
	struct stat st;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/timers.target.wants/%s", folders[i], unit);
		if (lstat(path, &st) == 0)
			return true;
	}
	return false;
}

static void
daemon_look(struct doctor *doctor)
{
	int fd = ctl_connect(doctor->config->socket, false);

	if (fd == -1)
		doctor_say(doctor, DOCTOR_NOTE, "daemon", arena_printf(doctor->arena, "systemctl start adviced%s",
		    doctor->at_name),
		    "the daemon does not run, or does not listen to you, at %s",
		    doctor->config->socket);
	else {
		close(fd);
		doctor_say(doctor, DOCTOR_WELL, "daemon", NULL, "the daemon runs; \"advicectl status\" says how it stands");
	}
}

void
doctor_units(struct doctor *doctor)
{
	const char *timer = arena_printf(doctor->arena, "adviced-watch%s.timer", doctor->at_name);

	doctor_part(doctor, "Watching over it");
	daemon_look(doctor);
	if (access("/run/systemd/system", F_OK) != 0)
		doctor_say(doctor, DOCTOR_NOTE, "watch", "run \"advicectl watch\" every five minutes, as the daemon's user, by "
		    "cron or another timer", "there is no systemd here, so nothing says whether anybody looks after the daemon");
	else if (unit_is_on(timer))
		doctor_say(doctor, DOCTOR_WELL, "watch", NULL, "%s looks after the daemon", timer);
	else		/* it may be looked at from another machine, or by another timer */
		doctor_say(doctor, DOCTOR_NOTE, "watch", arena_printf(doctor->arena, "systemctl enable --now %s", timer),
		    "%s is not switched on: when the daemon stands still, nobody is told", timer);
}
