/*
 * One life: events in the order of their moments, the daemon run until it is
 * quiet after each, everything checked; then nothing goes wrong any more, and
 * all that waits must come to its end.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/step.h"
#include "torture.h"

#define WAKES_MAX	6000	/* moments of its own in a life; in a town of long ones, so many times as many */
#define QUIET_DAYS	4	/* after the last event */
#define BEGINS		"2026-09-07T09:00"

/* ---- Chance: splitmix64 */

uint64_t
chance_next(struct chance *chance)
{
	uint64_t z = chance->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

struct chance
chance_new(uint64_t seed, uint64_t of)
{
	struct chance chance = { seed * UINT64_C(0xd1342543de82ef95) + of * UINT64_C(0x2545f4914f6cdd1d) };

	chance_next(&chance);
	return chance;
}

unsigned
chance_below(struct chance *chance, unsigned n)
{
	return n == 0 ? 0 : (unsigned)(chance_next(chance) % n);
}

bool
chance_percent(struct chance *chance, unsigned percent)
{
	return chance_below(chance, 100) < percent;
}

/* ---- Saying */

instant
life_now(const struct life *life)
{
	return life->clock_ms / 1000;
}

static void
say(struct life *life, const char *fmt, va_list arguments)
{
	struct arena *arena = arena_new();
	char line[1200];

	vsnprintf(line, sizeof(line), fmt, arguments);
	buf_printf(&life->trace, "%.16s  %s\n", instant_iso(arena, life_now(life)), line);
	arena_free(&arena);
	if (life->verbose) {
		fputs(buf_text(&life->trace), stdout);
		fflush(stdout);
		buf_reset(&life->trace);
	}
}

void
life_say(struct life *life, const char *fmt, ...)
{
	va_list arguments;

	va_start(arguments, fmt);
	say(life, fmt, arguments);
	va_end(arguments);
}

void
life_fail(struct life *life, const char *fmt, ...)
{
	va_list arguments;

	if (life->failure[0] != '\0')
		return;
	va_start(arguments, fmt);
	vsnprintf(life->failure, sizeof(life->failure), fmt, arguments);
	va_end(arguments);
	life_say(life, "FAILED: %.1000s", life->failure);
}

/* ---- Events */

struct happening *
life_event(struct life *life, instant at, const char *name, event_act *act)
{
	struct happening *event = arena_alloc(life->arena, sizeof(*event));

	*event = (struct happening){ .at = at, .no = ++life->event_no, .name = name, .act = act };
	event->chance = chance_new(life->seed, 1000 + event->no);
	for (size_t i = 0; i < life->cut_count; i++)
		if (life->cuts[i] == event->no)
			return event;
	if (life->event_count < EVENTS_MAX)
		life->events[life->event_count++] = event;
	return event;
}

static size_t
soonest(const struct life *life)
{
	size_t best = 0;

	for (size_t i = 1; i < life->event_count; i++)
		if (life->events[i]->at < life->events[best]->at || (life->events[i]->at == life->events[best]->at &&
		    life->events[i]->no < life->events[best]->no))
			best = i;
	return best;
}

static void
happens(struct life *life, size_t index)
{
	struct happening *event = life->events[index];

	life->events[index] = life->events[--life->event_count];
	life_say(life, "%u %s", event->no, event->name);
	event->act(life, event);
}

/* ---- The daemon's life among them */

static void
daemon_runs(struct life *life)
{
	if (life->house == NULL && life_now(life) >= life->down_until && house_open(life) == 0)
		life_say(life, "  the daemon begins");
	if (life->house != NULL)
		house_until_quiet(life);
	people_look(life);
	if (life->house != NULL && life->failure[0] == '\0')
		check_quiet(life);
}

/* The power cut, or the kill; then a while without a daemon. */
static void
crashed(struct life *life)
{
	bool cut = life->disk.power_cut;
	unsigned lost = 0;

	life->crashes++;
	life->disk = (struct disk_plan){ 0, 0, 0, 0, false };
	house_drop(life);
	if (cut) {
		disk_power_cut(&life->chance);
		lost = spool_power_cut(&life->chance);
	} else
		disk_killed();
	if (cut)
		life_say(life, "  the power is cut, and the spool loses %u change%s", lost, lost == 1 ? "" : "s");
	else
		life_say(life, "  the process is killed");
	life->down_until = life_now(life) + 1 + (chance_percent(&life->chance, 20) ?
	    chance_below(&life->chance, 30) * DAY : chance_below(&life->chance, 600));
}

static int64_t
next_ms(struct life *life)
{
	int64_t at = life->event_count > 0 ? life->events[soonest(life)]->at * 1000 : INT64_MAX, wakes;

	wakes = life->house != NULL ? house_wakes_ms(life) : life->down_until * 1000;
	return wakes < at ? wakes : at;
}

/* Until so far, or until a failure. */
static void
live_until(struct life *life, instant until)
{
	while (life->failure[0] == '\0') {
		int64_t at;

		daemon_runs(life);
		at = next_ms(life);
		if (at > until * 1000)
			break;
		if (at - life->clock_ms >= MINUTE * 1000)
			spool_written_back();
		if (at > life->clock_ms)
			life->clock_ms = at;
		life->model->latest = life_now(life);
		if (++life->skipped_steps > WAKES_MAX * (unsigned)life->town->long_times) {
			life_fail(life, "it wakes again and again and comes to nothing");
			return;
		}
		if (life->event_count > 0 && life->events[soonest(life)]->at <= life_now(life))
			happens(life, soonest(life));
	}
	if (life->clock_ms < until * 1000)
		life->clock_ms = until * 1000;
}

static void
heal(struct life *life)
{
	life->healed = true;
	life->disk = (struct disk_plan){ 0, 0, 0, 0, false };
	life->imap_down_until = life->smtp_down_until = 0;
	if (life->down_until > life_now(life))
		life->down_until = life_now(life);
	life_say(life, "from here on nothing goes wrong");
}

static instant
last_event(const struct life *life)
{
	instant last = life_now(life);

	for (size_t i = 0; i < life->event_count; i++)
		if (life->events[i]->at > last)
			last = life->events[i]->at;
	return last;
}

static void
live(struct life *life)
{
	life->may_crash = true;
	if (setjmp(life->crash) != 0)
		crashed(life);
	if (!life->healed) {
		while (life->event_count > 0 && life->failure[0] == '\0')
			live_until(life, last_event(life));
		heal(life);
	}
	live_until(life, life_now(life) + QUIET_DAYS * DAY);
	if (life->failure[0] == '\0')
		check_end(life);
}

bool
life_play(struct life *life)
{
	instant begins;

	instant_parse_iso(BEGINS, &begins);
	life->clock_ms = life->began_ms = begins * 1000;
	life->chance = chance_new(life->seed, 1);
	life->random = chance_new(life->seed, 2);
	wire_set(life);
	step_set(disk_step, life);
	life->model = model_new(chance_percent(&life->chance, 70), true);
	life->model->can_uidplus = life->model->can_move || chance_percent(&life->chance, 70);
	life->model->can_idle = true;
	life->model->mood = life_mood;
	life->model->mood_ctx = life;
	life->model->watched = life->town->watched;
	people_begin(life);
	script_write(life);
	check_begin(life);
	live(life);
	if (life->verbose)
		disk_leave(life->place);
	if (life->verbose)
		printf("what the servers did:\n%s", buf_text(&life->model->log));
	if (life->model->faults.len > 0)
		life_fail(life, "the servers complain: %.1000s", buf_text(&life->model->faults));
	return life->failure[0] == '\0';
}
