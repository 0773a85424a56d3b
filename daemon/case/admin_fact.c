/*
 * The value that an administrator gives a fact: checked by the form that the
 * rules, or the program, know for it.  Runs wherever decide() does; pure.
 * Invariant: a date is kept as ISO, a person as the address that the directory
 * has, a number without spaces and with a right check digit.
 * Fails: NULL, with a sentence in the decision.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "case/classify_facts.h"
#include "case/turn.h"
#include "mail/identifier.h"

enum form { FORM_UNKNOWN, FORM_TEXT, FORM_DATE, FORM_BIRTH, FORM_PERSON, FORM_NHS_NUMBER, FORM_UPN, FORM_REFERENCE,
	FORM_CHOICE };

static const struct { const char *name; enum form form; } own[] = {
	{ "child-name", FORM_TEXT }, { "date-of-birth", FORM_BIRTH }, { "nhs-number", FORM_NHS_NUMBER }, { "upn", FORM_UPN },
	{ "reference", FORM_REFERENCE }, { "request-date", FORM_DATE }, { "due-date", FORM_DATE }, { "closed-on", FORM_DATE },
};
#define OWN	(sizeof(own) / sizeof(own[0]))

struct knowing {
	struct turn	*turn;
	const char	*name;		/* looked for */
	enum form	 form;
	struct strs	 names;		/* all that are known, for "did you mean" */
};

static void
know(struct knowing *k, const char *name, enum form form)
{
	strs_add_new(k->turn->arena, &k->names, name);
	if (k->form == FORM_UNKNOWN && strcmp(name, k->name) == 0)
		k->form = form;
}

static enum form
form_of_hole(const char *hole)
{
	return str_starts(hole, "date") ? FORM_DATE : str_starts(hole, "person") || str_starts(hole, "email") ? FORM_PERSON : FORM_TEXT;
}

/* Each hole of a pattern: "{person as officer}" sets officer; as: what a hole without a name sets, or NULL for its own. */
static void
know_holes(struct knowing *k, const struct pattern *pattern, const char *as)
{
	const char *source = pattern_source(pattern);

	if (*source == '/')
		return;
	while ((source = strchr(source, '{')) != NULL) {
		size_t len = strcspn(++source, "}");
		char *hole = arena_strndup(k->turn->arena, source, len), *named = strstr(hole, " as ");

		if (named != NULL || as == NULL)
			know(k, named == NULL ? hole : str_trim(k->turn->arena, named + 4), form_of_hole(hole));
		else
			know(k, as, form_of_hole(hole));
		source += len;
	}
}

static void
know_rows(struct knowing *k, const struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct row *row = &rows->v[i];

		if (row->starts != NULL)
			know(k, row->starts, FORM_DATE);
		if (row->command != NULL)
			know_holes(k, row->command, NULL);
		for (size_t a = 0; a < row->act_count; a++)
			for (size_t s = 0; s < row->acts[a].set_count; s++) {
				const char *value = row->acts[a].sets[s].value;
				bool person = value != NULL &&
				    (strcmp(value, "sender") == 0 || pack_role(k->turn->pack, value) != NULL);

				know(k, row->acts[a].sets[s].fact, person ? FORM_PERSON : FORM_TEXT);
			}
	}
}

static void
know_kinds(struct knowing *k, const struct pack *pack)
{
	for (size_t i = 0; i < pack->kind_count; i++)
		for (size_t e = 0; e < pack->kinds[i].extract_count; e++) {
			const struct extract *extract = &pack->kinds[i].extracts[e];

			for (size_t p = 0; p < extract->pattern_count; p++)
				know_holes(k, extract->patterns[p], extract->fact);
			know(k, extract->fact, extract->or_received ? FORM_DATE : FORM_TEXT);
		}
}

static void
know_strands(struct knowing *k, const struct pack *pack)
{
	know_rows(k, &pack->always);
	for (size_t s = 0; s < pack->strand_count; s++) {
		const struct strand *strand = &pack->strands[s];

		know_rows(k, &strand->begins);
		know_rows(k, &strand->always);
		for (size_t i = 0; i < strand->stage_count; i++) {
			know_rows(k, &strand->stages[i].entry);
			know_rows(k, &strand->stages[i].choose);
			know_rows(k, &strand->stages[i].on);
		}
	}
}

/* What no row sets, but the case has been told all the same. */
static void
know_case(struct knowing *k)
{
	const struct case_state *state = k->turn->state;

	for (size_t i = 0; i < state->fact_count; i++) {
		dayno day;

		know(k, state->facts[i].name, date_parse_iso(state->facts[i].value, &day) ? FORM_DATE :
		    directory_find(&k->turn->directory, state->facts[i].value) != NULL ? FORM_PERSON : FORM_TEXT);
	}
}

static void
know_all(struct knowing *k)
{
	const struct pack *pack = k->turn->pack;

	for (size_t i = 0; i < OWN; i++)
		know(k, own[i].name, own[i].form);
	for (size_t i = 0; i < pack->role_count; i++)
		if (pack->roles[i].source == ROLE_ON_CASE || pack->roles[i].source == ROLE_ON_STRAND)
			know(k, pack->roles[i].name, FORM_PERSON);
	for (size_t i = 0; i < pack->fact_count; i++)
		know(k, pack->facts[i].name, FORM_CHOICE);
	for (size_t i = 0; i < pack->question_count; i++)
		for (size_t a = 0; a < pack->questions[i].answer_count; a++)
			know_holes(k, pack->questions[i].answers[a].pattern, NULL);
	know_kinds(k, pack);
	know_strands(k, pack);
	know_case(k);
}

/* ---- Values */

static const char *
date_value(struct turn *turn, const char *name, const char *text, enum date_leaning leaning)
{
	size_t taken;
	dayno day;

	if (date_parse_iso(text, &day))
		return date_iso(turn->arena, day);
	taken = date_parse_words(text, turn->today, leaning, &day);
	if (taken > 0 && text[taken] == '\0')
		return date_iso(turn->arena, day);
	admin_refuse(turn, "%s is a date; \"%s\" is none that I can read. Write it like 7 October 2026 or 2026-10-07.", name, text);
	return NULL;
}

static const char *
person_value(struct turn *turn, const char *text)
{
	const char *address, *wrong;

	if (!person_of_answer(turn, text, &address, &wrong)) {
		admin_refuse(turn, "%s", wrong);
		return NULL;
	}
	if (!acts_may_write(turn, address)) {
		admin_refuse(turn, "These rules may not write to %s: the address is in no domain that they allow.", address);
		return NULL;
	}
	return address;
}

static const char *
number_value(struct turn *turn, const char *name, const char *text, bool (*valid)(const char *))
{
	char *number = arena_strdup(turn->arena, text), *out = number;

	for (const char *in = number; *in != '\0'; in++)
		if (*in != ' ' && *in != '-')
			*out++ = (char)toupper((unsigned char)*in);
	*out = '\0';
	if (valid(number))
		return number;
	admin_refuse(turn, "The check digit shows that this is no %s. Look at it again.", name);
	return NULL;
}

static const char *
reference_value(struct turn *turn, const char *text)
{
	struct strs found = { NULL, 0 };
	size_t start, length;

	references_find(turn->arena, turn->pack, text, &found, &start, &length);
	if (found.n == 1 && start == 0 && length == strlen(text))
		return found.v[0];
	admin_refuse(turn, "\"%s\" is no reference of this authority's; they look like %s.", text,
	    strs_join(turn->arena, &turn->pack->reference_shapes, " or "));
	return NULL;
}

static const char *
choice_value(struct turn *turn, const char *name, const char *text)
{
	const struct value_fact *fact = pack_value_fact(turn->pack, name);
	struct strs values = { NULL, 0 };

	for (size_t i = 0; i < fact->value_count; i++) {
		if (str_same(fact->values[i].value, text))
			return fact->values[i].value;
		strs_add(turn->arena, &values, fact->values[i].value);
	}
	admin_refuse(turn, "%s is one of %s; found \"%s\".", name, strs_join(turn->arena, &values, ", "), text);
	return NULL;
}

static const char *
unknown(struct turn *turn, const struct knowing *k)
{
	const char **names = arena_alloc(turn->arena, (k->names.n + 1) * sizeof(*names)), *nearest;

	for (size_t i = 0; i < k->names.n; i++)
		names[i] = k->names.v[i];
	nearest = str_nearest(k->name, names);
	if (nearest != NULL)
		admin_refuse(turn, "There is no fact \"%s\"; did you mean \"%s\"?", k->name, nearest);
	else
		admin_refuse(turn, "There is no fact \"%s\". Known here: %s.", k->name, strs_join(turn->arena, &k->names, ", "));
	return NULL;
}

const char *
admin_fact_value(struct turn *turn, const char *name, const char *text)
{
	struct knowing k = { .turn = turn, .name = name };

	know_all(&k);
	text = str_squeeze(turn->arena, text);
	if (k.form == FORM_UNKNOWN)
		return unknown(turn, &k);
	if (*text == '\0')
		return "";
	switch (k.form) {
	case FORM_DATE:
		return date_value(turn, name, text, DATE_AHEAD);
	case FORM_BIRTH:
		return date_value(turn, name, text, DATE_BIRTH);
	case FORM_PERSON:
		return person_value(turn, text);
	case FORM_NHS_NUMBER:
		return number_value(turn, "NHS number", text, nhs_number_is_valid);
	case FORM_UPN:
		return number_value(turn, "UPN", text, upn_is_valid);
	case FORM_REFERENCE:
		return reference_value(turn, text);
	case FORM_CHOICE:
		return choice_value(turn, name, text);
	case FORM_UNKNOWN:
	case FORM_TEXT:
		break;
	}
	return text;
}
