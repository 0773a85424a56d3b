/*
 * The events of a simulation on stdout: one JSON object a line, with the
 * fields of design section 10, or a timeline that reads from top to bottom.
 * Fails: never.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "ctl/happening.h"
#include "ctl/paint.h"
#include "ctl/simulate.h"

static void
print_json(struct arena *arena, const struct happening *happening)
{
	struct buf out = BUF_INIT;

	json_open(&out, NULL, '{');
	json_str(&out, "at", instant_iso(arena, happening->at));
	json_str(&out, "event", happening->event);
	for (size_t i = 0; i < happening->n; i++) {
		const struct happening_field *field = &happening->fields[i];

		if (field->sort == FIELD_LIST)
			json_strs(&out, field->key, field->list);
		else if (field->sort == FIELD_YES)
			json_bool(&out, field->key, true);
		else
			json_str(&out, field->key, field->text);
	}
	json_close(&out, '}');
	puts(buf_text(&out));
	buf_free(&out);
}

/* A new day gets a line of its own. */
static void
print_line(struct timeline *timeline, const struct happening *happening)
{
	struct arena *arena = timeline->scene->arena;
	dayno day = instant_date(happening->at);

	if (day != timeline->last_day)
		printf("\n%s\n", paint(arena, timeline->colour, PAINT_HEAD, date_words_weekday(arena, day)));
	timeline->last_day = day;
	printf("  %02d:%02d  %s\n", instant_minute(happening->at) / 60, instant_minute(happening->at) % 60,
	    paint(arena, timeline->colour && strcmp(happening->event, "held") == 0, PAINT_DOUBT, happening_line(arena, happening)));
}

static void
print(void *ctx, const struct happening *happening)
{
	struct timeline *timeline = ctx;

	if (timeline->json)
		print_json(timeline->scene->arena, happening);
	else
		print_line(timeline, happening);
}

void
simulate_prints(struct timeline *timeline, struct scene *scene, bool json, bool colour)
{
	*timeline = (struct timeline){ scene, json, colour, DAY_NONE };
	happenings_tell(scene, print, timeline);
}
