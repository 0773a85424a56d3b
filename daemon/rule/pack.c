/*
 * Look-ups by name in a pack.  Packs are small (tens of entries), so the
 * lists are simply walked.  Pure; any role.
 * Invariant: the first entry of a name in file order is the one meant.
 * Fails: NULL where there is no such name.
 */
#include <string.h>

#include "rule/pack.h"
#include "rule/template.h"

static const char *const act_names[] = {
	[ACT_FORWARD] = "forward", [ACT_SEND] = "send", [ACT_REPLY] = "reply",
	[ACT_REMIND] = "remind", [ACT_ESCALATE] = "escalate", [ACT_ASK] = "ask",
	[ACT_SET] = "set", [ACT_RECORD] = "record", [ACT_FILE] = "file",
	[ACT_HOLD] = "hold", [ACT_END] = "end", [ACT_FORGET] = "forget",
};

const char *
act_word_name(enum act_word act)
{
	return act_names[act];
}

/* Every named entry begins with its name, so one walk serves all lists. */
static const void *
named(const void *items, size_t count, size_t size, const char *name)
{
	const char *item = items;
	size_t i;

	if (name == NULL)
		return NULL;
	for (i = 0; i < count; i++, item += size) {
		const char *item_name;

		memcpy(&item_name, item, sizeof item_name);
		if (item_name != NULL && item_name[0] == name[0] && strcmp(item_name, name) == 0)
			return item;
	}
	return NULL;
}

const struct role *
pack_role(const struct pack *pack, const char *name)
{
	return named(pack->roles, pack->role_count, sizeof *pack->roles, name);
}

const struct kind *
pack_kind(const struct pack *pack, const char *name)
{
	return named(pack->kinds, pack->kind_count, sizeof *pack->kinds, name);
}

const struct value_fact *
pack_value_fact(const struct pack *pack, const char *name)
{
	return named(pack->facts, pack->fact_count, sizeof *pack->facts, name);
}

const struct deadline *
pack_deadline(const struct pack *pack, const char *name)
{
	return named(pack->deadlines, pack->deadline_count, sizeof *pack->deadlines, name);
}

const struct condition *
pack_condition(const struct pack *pack, const char *name)
{
	return named(pack->conditions, pack->condition_count, sizeof *pack->conditions, name);
}

const struct exception *
pack_exception(const struct pack *pack, const char *name)
{
	return named(pack->exceptions, pack->exception_count, sizeof *pack->exceptions, name);
}

const struct question *
pack_question(const struct pack *pack, const char *name)
{
	return named(pack->questions, pack->question_count, sizeof *pack->questions, name);
}

const struct ladder *
pack_ladder(const struct pack *pack, const char *name)
{
	return named(pack->ladders, pack->ladder_count, sizeof *pack->ladders, name);
}

const struct strand *
pack_strand(const struct pack *pack, const char *name)
{
	return named(pack->strands, pack->strand_count, sizeof *pack->strands, name);
}

const struct stage *
strand_stage(const struct strand *strand, const char *name)
{
	return named(strand->stages, strand->stage_count, sizeof *strand->stages, name);
}

const struct template *
pack_template(const struct pack *pack, const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < pack->template_count; i++)
		if (strcmp(pack->templates[i]->name, name) == 0)
			return pack->templates[i];
	return NULL;
}

/* "entered + 2 weeks", "next Wednesday", or a date that counts from such a one. */
static bool
counts_from_stage(const struct pack *pack, const struct deadline *deadline, int depth)
{
	size_t i;

	for (i = 0; i < deadline->is.term_count; i++) {
		const struct date_term *term = &deadline->is.terms[i];
		const struct deadline *base = term->base == NULL ? NULL : pack_deadline(pack, term->base);

		if (term->base == NULL || term->base[0] == '\0' || strcmp(term->base, "entered") == 0 ||
		    (term->weekday >= 0 && strcmp(term->base, "today") == 0))
			return true;
		if (base != NULL && depth > 0 && counts_from_stage(pack, base, depth - 1))
			return true;
	}
	return false;
}

/* Some stage is to be done by it, or by one that it counts from. */
static bool
is_of_a_stage(const struct pack *pack, const struct deadline *deadline, int depth)
{
	size_t s, i;

	for (s = 0; s < pack->strand_count; s++)
		for (i = 0; i < pack->strands[s].stage_count; i++)
			if (pack->strands[s].stages[i].due != NULL && strcmp(pack->strands[s].stages[i].due, deadline->name) == 0)
				return true;
	for (i = 0; i < deadline->is.term_count; i++) {
		const char *name = deadline->is.terms[i].base;
		const struct deadline *base = name == NULL ? NULL : pack_deadline(pack, name);

		if (base != NULL && depth > 0 && is_of_a_stage(pack, base, depth - 1))
			return true;
	}
	return false;
}

void
pack_mark_dates(struct pack *pack)
{
	const int deepest = 8;		/* a circle is reported by check */
	size_t i;

	for (i = 0; i < pack->deadline_count; i++)
		pack->deadlines[i].of_stage = counts_from_stage(pack, &pack->deadlines[i], deepest) &&
		    is_of_a_stage(pack, &pack->deadlines[i], deepest);
}

const char *
pack_text(const struct pack *pack, const char *name)
{
	const struct text *text = named(pack->texts, pack->text_count, sizeof *pack->texts, name);

	return text != NULL ? text->value : NULL;
}

bool
pack_has_words(const struct pack *pack, const char *name)
{
	return named(pack->called, pack->called_count, sizeof *pack->called, name) != NULL;
}

const char *
pack_called(const struct pack *pack, struct arena *arena, const char *name)
{
	const struct text *called = pack == NULL ? NULL : named(pack->called, pack->called_count, sizeof *pack->called, name);
	const struct role *role = called != NULL || pack == NULL ? NULL : pack_role(pack, name);
	char *plain;
	size_t i;

	if (called != NULL)
		return called->value;
	if (role != NULL && role->source == ROLE_POST)
		return role->post;
	if (strchr(name, '-') == NULL)
		return name;
	plain = arena_strdup(arena, name);
	for (i = 0; plain[i] != '\0'; i++)
		if (plain[i] == '-')
			plain[i] = ' ';
	return plain;
}

char *
where_text(struct arena *arena, struct where where)
{
	return arena_printf(arena, "%s:%d", where.file != NULL ? where.file : "?", where.line);
}

bool
pack_says_text(const struct pack *pack, const char *text)
{
	return strs_has(&pack->said, text);
}

static bool
in_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

bool
pack_says(const struct pack *pack, const char *name)
{
	size_t i, len = strlen(name);
	const char *p;

	for (i = 0; i < pack->said.n; i++)
		for (p = strstr(pack->said.v[i], name); p != NULL; p = strstr(p + 1, name))
			if ((p == pack->said.v[i] || !in_name(p[-1])) && !in_name(p[len]))
				return true;
	return false;
}
