/*
 * What core tells of the board, as lines of JSON, and back again.  The writing
 * runs in core, the reading wherever the page is drawn.
 * Invariant: what is read is what was written; a line of another kind is left
 * out, so that a page can be drawn by a program that is older than the daemon.
 * Fails: ERR_RETRY for a line that is no JSON.
 */
#include <string.h>

#include "base/json.h"
#include "base/json_read.h"
#include "ctl/board.h"

/* ---- Writing */

static void
put_day(struct arena *arena, struct buf *out, const char *name, dayno day)
{
	if (day != DAY_NONE)
		json_str(out, name, date_iso(arena, day));
}

static void
put_text(struct buf *out, const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_str(out, name, text);
}

static void
put_true(struct buf *out, const char *name, bool value)
{
	if (value)
		json_bool(out, name, true);
}

static void
put_work(struct arena *arena, const struct board_work *work, struct buf *out)
{
	json_open(out, NULL, '{');
	put_text(out, "strand", work->strand);
	put_text(out, "service", work->service);
	put_text(out, "stage", work->stage);
	put_day(arena, out, "began", work->began);
	put_day(arena, out, "ended", work->ended);
	put_true(out, "held", work->held);
	put_true(out, "counted", work->counted);
	put_day(arena, out, "due", work->due);
	put_text(out, "due-name", work->due_name);
	put_day(arena, out, "last", work->last);
	put_text(out, "last-name", work->last_name);
	put_text(out, "with", work->holder);
	put_text(out, "team", work->team);
	put_text(out, "wants", work->wants);
	json_open(out, "marks", '[');
	for (size_t i = 0; i < work->mark_count; i++) {
		json_open(out, NULL, '{');
		put_day(arena, out, board_mark_name(work->marks[i].kind), work->marks[i].on);
		put_text(out, "what", work->marks[i].what);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_close(out, '}');
}

void
board_case_put(struct arena *arena, const struct board_case *shown, struct buf *out)
{
	json_open(out, NULL, '{');
	json_str(out, "case", shown->name);
	json_int(out, "number", shown->id);
	json_str(out, "pack", shown->pack);
	put_text(out, "child", shown->child);
	put_day(arena, out, "opened", shown->opened);
	put_day(arena, out, "closed", shown->closed);
	put_true(out, "paused", shown->paused);
	json_open(out, "work", '[');
	for (size_t i = 0; i < shown->work_count; i++)
		put_work(arena, &shown->work[i], out);
	json_close(out, ']');
	json_close(out, '}');
	buf_add_char(out, '\n');
}

/* ---- Reading */

static const char *
text_of(const struct json *json, const char *name)
{
	const char *text = json_member_text(json, name);

	return text == NULL ? "" : text;
}

static bool
true_of(const struct json *json, const char *name)
{
	const struct json *member = json_member(json, name);

	return member != NULL && member->type == JSON_TRUE;
}

static dayno
day_of(const struct json *json, const char *name)
{
	const char *text = json_member_text(json, name);
	dayno day = DAY_NONE;

	return text != NULL && date_parse_iso(text, &day) ? day : DAY_NONE;
}

static instant
instant_of(const struct json *json, const char *name)
{
	const char *text = json_member_text(json, name);
	instant at;

	return text != NULL && instant_parse_iso(text, &at) ? at : INSTANT_NONE;
}

static long
number_of(const struct json *json, const char *name)
{
	long value = -1;

	(void)json_member_number(json, name, -1, INT32_MAX, &value);
	return value;
}

static void
mark_read(const struct json *json, struct board_mark *mark)
{
	mark->what = text_of(json, "what");
	for (int kind = BOARD_STAGE; kind <= BOARD_ESCALATE; kind++)
		if (json_member(json, board_mark_name((enum board_mark_kind)kind)) != NULL) {
			mark->kind = (enum board_mark_kind)kind;
			mark->on = day_of(json, board_mark_name((enum board_mark_kind)kind));
		}
}

static void
work_read(struct arena *arena, const struct json *json, struct board_work *work)
{
	const struct json *marks = json_member(json, "marks");

	*work = (struct board_work){
		.strand = text_of(json, "strand"), .service = text_of(json, "service"), .stage = text_of(json, "stage"),
		.began = day_of(json, "began"), .ended = day_of(json, "ended"), .held = true_of(json, "held"),
		.counted = true_of(json, "counted"), .due = day_of(json, "due"), .due_name = text_of(json, "due-name"),
		.last = day_of(json, "last"), .last_name = text_of(json, "last-name"), .holder = text_of(json, "with"),
		.team = text_of(json, "team"), .wants = text_of(json, "wants"),
	};
	for (size_t i = 0; marks != NULL && i < marks->count; i++)
		mark_read(&marks->items[i], arena_push(arena, work->marks, work->mark_count));
}

static void
case_read(struct arena *arena, const struct json *json, struct board *board)
{
	struct board_case *shown = arena_push(arena, board->cases, board->case_count);
	const struct json *work = json_member(json, "work");

	*shown = (struct board_case){
		.id = number_of(json, "number"), .name = text_of(json, "case"), .pack = text_of(json, "pack"),
		.child = json_member_text(json, "child"), .opened = day_of(json, "opened"), .closed = day_of(json, "closed"),
		.paused = true_of(json, "paused"),
	};
	for (size_t i = 0; work != NULL && i < work->count; i++)
		work_read(arena, &work->items[i], arena_push(arena, shown->work, shown->work_count));
}

static void
head_read(const struct json *json, struct board *board)
{
	board->now = instant_of(json, "board");
	board->names = true_of(json, "names");
	board->running = true_of(json, "daemon");
	board->well = true_of(json, "well");
	board->waiting = number_of(json, "outbox-waiting");
	board->held = number_of(json, "outbox-held");
	board->unknown = number_of(json, "outbox-unknown");
	board->quarantined = number_of(json, "quarantine");
	board->left_out = number_of(json, "left-out");
	if (board->left_out < 0)
		board->left_out = 0;
}

static void
mailbox_read(struct arena *arena, const struct json *json, struct board *board)
{
	*arena_push(arena, board->mailboxes, board->mailbox_count) = (struct board_mailbox){
		.name = text_of(json, "mailbox"), .pack = text_of(json, "pack"), .trouble = text_of(json, "trouble"),
		.sent = true_of(json, "sent"), .shadow = strcmp(text_of(json, "mode"), mode_name(MODE_SHADOW)) == 0,
		.looked = instant_of(json, "looked"), .tested = true_of(json, "tested"),
		.overdue = true_of(json, "overdue"), .way_age_s = number_of(json, "way-age-s"),
		.round_trip_ms = number_of(json, "round-trip-ms"),
	};
}

static void
triage_read(struct arena *arena, const struct json *json, struct board *board)
{
	instant since = instant_of(json, "since");

	*arena_push(arena, board->triage, board->triage_count) = (struct board_triage){
		.number = number_of(json, "triage"), .pack = text_of(json, "pack"), .case_name = text_of(json, "case"),
		.what = text_of(json, "what"), .reason = json_member_text(json, "reason"), .asked = text_of(json, "asked"),
		.since = since == INSTANT_NONE ? DAY_NONE : instant_date(since),
	};
}

static void
line_read(struct arena *arena, const struct json *json, struct board *board, int64_t *next)
{
	if (json_member(json, "board") != NULL)
		head_read(json, board);
	else if (json_member(json, "work") != NULL)
		case_read(arena, json, board);
	else if (json_member(json, "triage") != NULL)
		triage_read(arena, json, board);
	else if (json_member(json, "mailbox") != NULL)
		mailbox_read(arena, json, board);
	else if (json_member(json, "finding") != NULL)
		*arena_push(arena, board->findings, board->finding_count) = (struct board_finding){
			text_of(json, "finding"), true_of(json, "wrong") };
	else if (json_member(json, "title") != NULL)
		*arena_push(arena, board->packs, board->pack_count) = (struct board_pack){
			text_of(json, "pack"), json_member_text(json, "title") == NULL ? text_of(json, "pack") : text_of(json, "title") };
	else if (json_member(json, "next") != NULL) {
		*next = number_of(json, "next");
		board->took_ms = number_of(json, "took-ms");
	}
}

int
board_read(struct arena *arena, const char *lines, struct board *board, int64_t *next_r, struct err *err)
{
	const char *end;

	*next_r = 0;
	for (; (end = strchr(lines, '\n')) != NULL; lines = end + 1) {
		const struct json *json;

		if (json_read(arena, lines, (size_t)(end - lines), &json, err) == -1)
			return err_wrap(err, "what the daemon told of the board");
		line_read(arena, json, board, next_r);
	}
	return 0;
}
