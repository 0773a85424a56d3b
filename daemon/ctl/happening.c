/*
 * The engine's desk in a scene: everything that happens becomes one struct
 * happening and is told.  Runs in advicectl simulate and test.
 * Invariant: the fields are those of design section 10, in its order.
 * Fails: never.
 */
#include <string.h>

#include "ctl/happening.h"

static struct happening_field *
field(struct happening *happening, const char *key)
{
	struct happening_field *field = &happening->fields[happening->n];

	if (happening->n + 1 < HAPPENING_FIELDS_MAX)
		happening->n++;
	*field = (struct happening_field){ .key = key };
	return field;
}

static void
text(struct happening *happening, const char *key, const char *value)
{
	field(happening, key)->text = value;
}

static void
list(struct happening *happening, const char *key, const struct strs *value)
{
	struct happening_field *f = field(happening, key);

	f->sort = FIELD_LIST;
	f->list = value;
}

static void
tell(const struct scene *scene, const struct happening *happening)
{
	if (scene->tell != NULL)
		scene->tell(scene->tell_ctx, happening);
}

const struct happening_field *
happening_field(const struct happening *happening, const char *key)
{
	for (size_t i = 0; i < happening->n; i++)
		if (strcmp(happening->fields[i].key, key) == 0)
			return &happening->fields[i];
	return NULL;
}

const char *
happening_text(const struct happening *happening, const char *key)
{
	const struct happening_field *found = happening_field(happening, key);

	return found == NULL || found->text == NULL ? "" : found->text;
}

static void
mail_in(void *ctx, const char *file, const char *kind, const struct matched *matched,
    const char *name, bool duplicate, instant at)
{
	struct happening happening = { .at = at, .event = "mail-in" };

	text(&happening, "file", file);
	text(&happening, "kind", kind);
	text(&happening, "match", match_kind_name(matched->kind));
	text(&happening, "case", name);
	if (duplicate)
		*field(&happening, "duplicate") = (struct happening_field){ "duplicate", FIELD_YES, "true", NULL };
	tell(ctx, &happening);
}

static void
strand_fields(struct happening *happening, const struct case_state *state, int no)
{
	for (size_t i = 0; i < state->strand_count; i++) {
		if (state->strands[i].no != no)
			continue;
		text(happening, "strand", state->strands[i].name);
		if (state->strands[i].service[0] != '\0')
			text(happening, "service", state->strands[i].service);
	}
}

static void
deadline(const struct scene *scene, const struct case_state *state, const struct case_deadline *deadline, instant at)
{
	struct happening happening = { .at = at, .event = "deadline" };

	text(&happening, "case", case_name(scene->arena, state));
	text(&happening, "name", deadline->name);
	text(&happening, "date", date_iso(scene->arena, deadline->date));
	text(&happening, "derivation", deadline->derivation);
	strand_fields(&happening, state, deadline->strand);
	tell(scene, &happening);
}

static void
move(const struct scene *scene, const struct case_state *state, const struct case_entry *entry, instant at)
{
	struct happening happening = { .at = at, .event = "move" };

	text(&happening, "case", case_name(scene->arena, state));
	strand_fields(&happening, state, entry->strand);
	text(&happening, "from", case_stage_before(state, entry->strand, entry->entry));
	text(&happening, "to", entry->stage);
	text(&happening, "rule", entry->rule);
	tell(scene, &happening);
}

static void
held(const struct scene *scene, const char *name, const char *reason, instant at)
{
	struct happening happening = { .at = at, .event = "held" };

	text(&happening, "case", name);
	text(&happening, "reason", reason);
	tell(scene, &happening);
}

static void
decided(void *ctx, const struct pack *pack, const struct case_state *state, const struct decision *decision, instant at)
{
	const struct scene *scene = ctx;

	(void)pack;
	for (size_t i = 0; state != NULL && i < decision->deadline_count; i++)
		deadline(scene, state, &decision->deadlines[i], at);
	for (size_t i = 0; state != NULL && i < decision->entry_count; i++)
		move(scene, state, &decision->entries[i], at);
	for (size_t i = 0; i < decision->held_count; i++)
		held(scene, state == NULL ? NULL : case_name(scene->arena, state), decision->held[i].reason, at);
}

static void
mail_held(void *ctx, const char *name, const char *reason, instant at)
{
	held(ctx, name[0] == '\0' ? NULL : name, reason, at);
}

static void
mail_out(void *ctx, const struct letter *letter, instant at)
{
	const struct scene *scene = ctx;
	const struct outgoing *mail = letter->mail;
	struct happening happening = { .at = at, .event = "mail-out" };

	text(&happening, "template", mail->template);
	text(&happening, "act", mail->act_name);
	list(&happening, "to", &mail->to);
	list(&happening, "cc", &mail->cc);
	text(&happening, "subject", letter->subject);
	text(&happening, "case", letter->case_name[0] == '\0' ? NULL : letter->case_name);
	text(&happening, "strand", mail->strand_name);
	text(&happening, "rule", mail->rule.file == NULL ? NULL : where_text(scene->arena, mail->rule));
	tell(scene, &happening);
}

void
happening_unreadable(struct scene *scene, const char *file, const char *why, instant at)
{
	struct happening happening = { .at = at, .event = "mail-in" };

	text(&happening, "file", file);
	text(&happening, "kind", "other");
	text(&happening, "match", "none");
	text(&happening, "case", NULL);
	tell(scene, &happening);
	held(scene, NULL, why, at);
}

void
happenings_tell(struct scene *scene, void (*told)(void *ctx, const struct happening *happening), void *ctx)
{
	scene->tell = told;
	scene->tell_ctx = ctx;
	scene->engine.desk.on_mail_in = mail_in;
	scene->engine.desk.on_decision = decided;
	scene->engine.desk.on_mail_out = mail_out;
	scene->engine.desk.on_mail_held = mail_held;
}

/* ---- In words */

static const char *
in_line(struct arena *arena, const struct happening *happening)
{
	const char *name = happening_text(happening, "case");

	return arena_printf(arena, "<- %s: %s%s%s%s", happening_text(happening, "file"), happening_text(happening, "kind"),
	    name[0] == '\0' ? ", no case" :
	    strcmp(happening_text(happening, "match"), match_kind_name(MATCH_NEW)) == 0 ? ", opens case " : ", case ",
	    name, happening_field(happening, "duplicate") != NULL ? " (seen before: no effect)" : "");
}

static const char *
out_line(struct arena *arena, const struct happening *happening)
{
	const struct strs *cc = happening_field(happening, "cc")->list;
	const char *rule = happening_text(happening, "rule");

	return arena_printf(arena, "-> %s to %s%s%s: %s (%s)", happening_text(happening, "act"),
	    strs_join(arena, happening_field(happening, "to")->list, ", "), cc->n > 0 ? ", copy to " : "",
	    strs_join(arena, cc, ", "), happening_text(happening, "subject"), rule[0] == '\0' ? "the daemon's own" : rule);
}

const char *
happening_line(struct arena *arena, const struct happening *happening)
{
	const char *name = happening_text(happening, "case"), *strand = happening_text(happening, "strand");

	if (strcmp(happening->event, "mail-in") == 0)
		return in_line(arena, happening);
	if (strcmp(happening->event, "mail-out") == 0)
		return out_line(arena, happening);
	if (strcmp(happening->event, "deadline") == 0)
		return arena_printf(arena, "   %s: %s is %s", name, happening_text(happening, "name"),
		    happening_text(happening, "derivation"));
	if (strcmp(happening->event, "move") == 0)
		return arena_printf(arena, "   %s: %s is now at \"%s\" (%s)", name, strand[0] == '\0' ? "the case" : strand,
		    happening_text(happening, "to"), happening_text(happening, "rule"));
	return arena_printf(arena, "!! held%s%s: %s", name[0] == '\0' ? "" : ", ", name, happening_text(happening, "reason"));
}
