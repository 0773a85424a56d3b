/*
 * The events of a simulation on stdout: one JSON object a line, with the
 * fields of design section 10, or a timeline that reads from top to bottom.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "ctl/simulate.h"

static void
event_open(struct buf *out, struct arena *arena, instant at, const char *event)
{
	json_open(out, NULL, '{');
	json_str(out, "at", instant_iso(arena, at));
	json_str(out, "event", event);
}

static void
event_close(struct buf *out)
{
	json_close(out, '}');
	puts(buf_text(out));
	buf_free(out);
}

/* A new day gets a line of its own in the timeline. */
static void
day_line(struct scene *scene, instant at)
{
	if (instant_date(at) == scene->last_day)
		return;
	scene->last_day = instant_date(at);
	printf("\n%s\n", date_words_weekday(scene->arena, instant_date(at)));
}

static void
line(struct scene *scene, instant at, const char *text)
{
	day_line(scene, at);
	printf("  %02d:%02d  %s\n", instant_minute(at) / 60, instant_minute(at) % 60, text);
}

static void
mail_in(void *ctx, const char *file, const char *kind, const struct matched *matched,
    const char *name, bool duplicate, instant at)
{
	struct scene *scene = ctx;
	struct arena *arena = scene->arena;
	struct buf out = BUF_INIT;

	if (!scene->json) {
		line(scene, at, arena_printf(arena, "<- %s: %s%s%s%s", file, kind,
		    name == NULL ? ", no case" : matched->kind == MATCH_NEW ? ", opens case " : ", case ",
		    name == NULL ? "" : name, duplicate ? " (seen before: no effect)" : ""));
		return;
	}
	event_open(&out, arena, at, "mail-in");
	json_str(&out, "file", file);
	json_str(&out, "kind", kind);
	json_str(&out, "match", match_kind_name(matched->kind));
	json_str(&out, "case", name);
	if (duplicate)
		json_bool(&out, "duplicate", true);
	event_close(&out);
}

static const struct case_strand *
strand_of(const struct case_state *state, int no)
{
	for (size_t i = 0; state != NULL && i < state->strand_count; i++)
		if (state->strands[i].no == no)
			return &state->strands[i];
	return NULL;
}

static void
strand_fields(struct buf *out, const struct case_state *state, int no)
{
	const struct case_strand *strand = strand_of(state, no);

	if (strand == NULL)
		return;
	json_str(out, "strand", strand->name);
	if (strand->service[0] != '\0')
		json_str(out, "service", strand->service);
}

static void
decision_json(struct arena *arena, const struct case_state *state, const struct decision *decision,
    const char *name, instant at)
{
	for (size_t i = 0; i < decision->deadline_count; i++) {
		struct buf out = BUF_INIT;

		event_open(&out, arena, at, "deadline");
		json_str(&out, "case", name);
		json_str(&out, "name", decision->deadlines[i].name);
		json_str(&out, "date", date_iso(arena, decision->deadlines[i].date));
		json_str(&out, "derivation", decision->deadlines[i].derivation);
		strand_fields(&out, state, decision->deadlines[i].strand);
		event_close(&out);
	}
	for (size_t i = 0; i < decision->entry_count; i++) {
		struct buf out = BUF_INIT;

		event_open(&out, arena, at, "move");
		json_str(&out, "case", name);
		strand_fields(&out, state, decision->entries[i].strand);
		json_str(&out, "from", case_stage_before(state, decision->entries[i].strand, decision->entries[i].entry));
		json_str(&out, "to", decision->entries[i].stage);
		json_str(&out, "rule", decision->entries[i].rule);
		event_close(&out);
	}
}

static void
decision_lines(struct scene *scene, const struct case_state *state, const struct decision *decision,
    const char *name, instant at)
{
	struct arena *arena = scene->arena;

	for (size_t i = 0; i < decision->deadline_count; i++)
		line(scene, at, arena_printf(arena, "   %s: %s is %s", name, decision->deadlines[i].name,
		    decision->deadlines[i].derivation));
	for (size_t i = 0; i < decision->entry_count; i++) {
		const struct case_strand *strand = strand_of(state, decision->entries[i].strand);

		line(scene, at, arena_printf(arena, "   %s: %s is now at \"%s\" (%s)", name,
		    strand == NULL ? "the case" : strand->name, decision->entries[i].stage, decision->entries[i].rule));
	}
}

static void
held_print(struct scene *scene, const char *name, const char *reason, instant at)
{
	struct arena *arena = scene->arena;
	struct buf out = BUF_INIT;

	if (!scene->json) {
		line(scene, at, arena_printf(arena, "!! held%s%s: %s", name == NULL ? "" : ", ", name == NULL ? "" : name, reason));
		return;
	}
	event_open(&out, arena, at, "held");
	json_str(&out, "case", name);
	json_str(&out, "reason", reason);
	event_close(&out);
}

static void
decided(void *ctx, const struct pack *pack, const struct case_state *state, const struct decision *decision, instant at)
{
	struct scene *scene = ctx;
	const char *name = state == NULL ? NULL : case_name(scene->arena, state);

	(void)pack;
	if (state != NULL && scene->json)
		decision_json(scene->arena, state, decision, name, at);
	else if (state != NULL)
		decision_lines(scene, state, decision, name, at);
	for (size_t i = 0; i < decision->held_count; i++)
		held_print(scene, name, decision->held[i].reason, at);
}

static void
mail_held(void *ctx, const char *name, const char *reason, instant at)
{
	struct scene *scene = ctx;

	held_print(scene, name[0] == '\0' ? NULL : name, reason, at);
}

static void
mail_out(void *ctx, const struct letter *letter, instant at)
{
	struct scene *scene = ctx;
	struct arena *arena = scene->arena;
	const struct outgoing *mail = letter->mail;
	struct buf out = BUF_INIT;

	if (!scene->json) {
		line(scene, at, arena_printf(arena, "-> %s to %s%s%s: %s (%s)", mail->act_name, strs_join(arena, &mail->to, ", "),
		    mail->cc.n > 0 ? ", copy to " : "", strs_join(arena, &mail->cc, ", "), letter->subject,
		    mail->rule.file == NULL ? "the daemon's own" : where_text(arena, mail->rule)));
		return;
	}
	event_open(&out, arena, at, "mail-out");
	json_str(&out, "template", mail->template);
	json_str(&out, "act", mail->act_name);
	json_strs(&out, "to", &mail->to);
	json_strs(&out, "cc", &mail->cc);
	json_str(&out, "subject", letter->subject);
	json_str(&out, "case", letter->case_name[0] == '\0' ? NULL : letter->case_name);
	json_str(&out, "strand", mail->strand_name);
	json_str(&out, "rule", mail->rule.file == NULL ? NULL : where_text(arena, mail->rule));
	event_close(&out);
}

void
simulate_unreadable(struct scene *scene, const char *file, const char *why, instant at)
{
	struct buf out = BUF_INIT;

	if (!scene->json) {
		line(scene, at, arena_printf(scene->arena, "<- %s: could not be read: %s", file, why));
		return;
	}
	event_open(&out, scene->arena, at, "mail-in");
	json_str(&out, "file", file);
	json_str(&out, "kind", "other");
	json_str(&out, "match", "none");
	json_str(&out, "case", NULL);
	event_close(&out);
	held_print(scene, NULL, why, at);
}

void
simulate_prints(struct scene *scene, bool json)
{
	scene->json = json;
	scene->last_day = DAY_NONE;
	scene->engine.desk.on_mail_in = mail_in;
	scene->engine.desk.on_decision = decided;
	scene->engine.desk.on_mail_out = mail_out;
	scene->engine.desk.on_mail_held = mail_held;
}
