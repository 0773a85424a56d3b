/*
 * What templates may ask about a case: its facts, dates, people, texts,
 * questions and strands.  Runs in core and advicectl; pure.
 * Invariant: a field that the pack knows but the case does not is "" (the
 * renderer then holds a mail that needs it); NULL is said only of a name that
 * the pack does not know at all.  Nothing that somebody wrote begins a link, a
 * heading or a list in a mail of ours: only the rules' own texts do.
 * Fails: never.
 */
#include <string.h>

#include "base/literal.h"
#include "case/conditions.h"
#include "case/dates.h"
#include "case/fields.h"
#include "rule/answer.h"
#include "case/people.h"

struct asking {
	const struct fields	*fields;
	struct arena		*arena;
	const struct case_strand *strand;	/* or NULL */
	int			 no;		/* its number, 0 */
};

static struct asking
asking_of(const struct fields *fields, struct arena *arena, int index)
{
	const struct case_state *state = fields->state;
	struct asking a = { .fields = fields, .arena = arena };

	if (index < 0 && fields->mail != NULL)
		a.no = fields->mail->strand;
	else if (index >= 0 && (size_t)index < state->strand_count)
		a.no = state->strands[index].no;
	a.strand = case_strand(state, a.no);
	return a;
}

static const struct stage *
stage_of(const struct asking *a)
{
	const struct strand *rules = a->strand == NULL ? NULL :
	    pack_strand(a->fields->pack, a->strand->name);

	return rules == NULL ? NULL : strand_stage(rules, a->strand->stage);
}

static struct dates_query
dates_query_of(const struct asking *a)
{
	return (struct dates_query){
		.pack = a->fields->pack, .state = a->fields->state, .strand = a->no,
		.question = a->fields->mail == NULL ? 0 : a->fields->mail->question,
		.now = a->fields->now,
	};
}

/* ---- How values are written */

/* "4 January 2027" */
static const char *
day_text(struct arena *arena, dayno day)
{
	static const char *const months[] = { "January", "February", "March", "April", "May", "June",
	    "July", "August", "September", "October", "November", "December" };
	struct civil civil;

	if (day == DAY_NONE)
		return "";
	civil = date_to_civil(day);
	return arena_printf(arena, "%d %s %d", civil.day, months[civil.month - 1], civil.year);
}

static const char *
instant_text(struct arena *arena, instant at)
{
	return at == INSTANT_NONE ? "" : day_text(arena, instant_date(at));
}

static const char *
person_text(const struct asking *a, const char *address)
{
	const struct world *world = a->fields->world;
	const struct person *person = NULL;

	if (world != NULL && world->directory != NULL)
		person = directory_find(world->directory, address);
	return person == NULL || person->name[0] == '\0' ? address : person->name;
}

static const char *
value_text(const struct asking *a, const char *value)
{
	dayno day;

	if (date_parse_iso(value, &day))
		return day_text(a->arena, day);
	if (strchr(value, '@') != NULL && strpbrk(value, " ,;\n") == NULL)
		return person_text(a, value);
	return value;
}

/* ---- People */

static const char *
people_text(const struct asking *a, const char *name, bool manager)
{
	const struct fields *fields = a->fields;
	const struct stage *stage = stage_of(a);
	struct recipient_choice choice = { name, manager };
	struct recipient recipient = { &choice, 1, name };
	struct people_query query = {
		.pack = fields->pack, .world = fields->world, .state = fields->state, .strand = a->no,
		.on = instant_date(fields->now), .keep_absent = true,
		.them = stage == NULL ? NULL : &stage->waits_for,
	};
	struct people people;
	struct strs names = { 0 };

	people_of(a->arena, &query, &recipient, &people);
	for (size_t i = 0; i < people.addresses.n; i++)
		strs_add(a->arena, &names, person_text(a, people.addresses.v[i]));
	return strs_join(a->arena, &names, " and ");
}

static const char *
role_field(const struct asking *a, const char *name)
{
	static const char suffix[] = "'s manager";
	size_t len = strlen(name), cut = sizeof(suffix) - 1;
	const struct role *role;
	const char *text;

	if (strcmp(name, "their manager") == 0)
		return people_text(a, "them", true);
	if (len > cut && strcmp(name + len - cut, suffix) == 0)
		return people_text(a, arena_strndup(a->arena, name, len - cut), true);
	if (strcmp(name, "them") == 0 || strcmp(name, "owner") == 0)
		return people_text(a, name, false);
	role = pack_role(a->fields->pack, name);
	if (role == NULL)
		return NULL;
	text = people_text(a, name, false);
	/* A vacant post is still called by its name. */
	return text[0] == '\0' && role->source == ROLE_POST ? role->post : text;
}

/* ---- What the mail and its strand say */

/* One that went out before: the mail at hand does not count itself. */
static bool
is_reminder(const struct case_sent *sent, int strand)
{
	return sent->strand == strand && sent->act == ACT_REMIND && sent->outbox != 0;
}

static const char *
chased_text(const struct asking *a)
{
	const struct case_state *state = a->fields->state;
	struct strs days = { 0 };
	dayno day, last = DAY_NONE;

	for (size_t i = 0; i < state->sent_count; i++) {
		if (!is_reminder(&state->sent[i], a->no) || state->sent[i].at > a->fields->now)
			continue;
		day = instant_date(state->sent[i].at);
		if (day != last)
			strs_add_new(a->arena, &days, date_words(a->arena, day));
		last = day;
	}
	return strs_join(a->arena, &days, ", ");
}

static const char *
last_reminded_text(const struct asking *a)
{
	const struct case_state *state = a->fields->state;

	for (size_t i = state->sent_count; i-- > 0;)
		if (is_reminder(&state->sent[i], a->no))
			return instant_text(a->arena, state->sent[i].at);
	return "";
}

static const char *
wants_text(const struct asking *a)
{
	const struct stage *stage = stage_of(a);

	if (a->fields->mail != NULL && a->fields->mail->wants != NULL)
		return a->fields->mail->wants;
	return stage == NULL || stage->wants == NULL ? "" : stage->wants;
}

static const char *
due_text(const struct asking *a)
{
	struct dates_query query = dates_query_of(a);

	return day_text(a->arena, dates_named(a->arena, &query, "due"));
}

static const char *
answers_text(const struct asking *a)
{
	struct strs shown = { NULL, 0 };

	for (size_t i = 0; a->fields->mail != NULL && i < a->fields->mail->answers.n; i++)
		strs_add(a->arena, &shown, answer_shown(a->arena, a->fields->mail->answers.v[i]));
	return strs_join(a->arena, &shown, " or ");
}

static const char *
note_text(const struct asking *a)
{
	return a->fields->mail == NULL || a->fields->mail->note == NULL ? "" : a->fields->mail->note;
}

static const char *
text_or_none(const char *text)
{
	return text == NULL ? "" : text;
}

static const char *
choices_text(const struct asking *a)
{
	return a->fields->mail == NULL ? "" : text_or_none(a->fields->mail->choices);
}

static const char *
since_text(const struct asking *a)
{
	return a->fields->mail == NULL ? "" : text_or_none(a->fields->mail->since);
}

static const char *
by_text(const struct asking *a)
{
	return a->fields->mail == NULL ? "" : text_or_none(a->fields->mail->by);
}

static const char *
documents_text(const struct asking *a)
{
	const struct case_state *state = a->fields->state;
	struct strs names = { 0 };

	for (size_t i = 0; i < state->mail_count; i++) {
		const struct case_mail *mail = &state->mails[i];

		if (a->fields->mail == NULL || mail->message != a->fields->mail->forward)
			continue;
		for (size_t j = 0; j < mail->document_count; j++)
			strs_add(a->arena, &names, mail->documents[j].name);
	}
	return strs_join(a->arena, &names, ", ");
}

/* A name of the rules, in words for people. */
static const char *
called(const struct asking *a, const char *name)
{
	return name[0] == '\0' ? "" : pack_called(a->fields->pack, a->arena, name);
}

static const char *
wanted_missing_text(const struct asking *a)
{
	const struct strs *wanted = &a->fields->pack->wanted;
	struct strs missing = { 0 };

	for (size_t i = 0; i < wanted->n; i++)
		if (case_fact_value(a->fields->state, a->no, wanted->v[i]) == NULL)
			strs_add(a->arena, &missing, called(a, wanted->v[i]));
	return strs_join(a->arena, &missing, ", ");
}

static const char *
service_text(const struct asking *a)
{
	const char *value = case_fact_value(a->fields->state, a->no, "service");

	if (a->strand != NULL && a->strand->service[0] != '\0')
		return called(a, a->strand->service);
	return value == NULL ? "" : called(a, value);
}

static const char *
ref_text(const struct asking *a)
{
	const struct case_state *state = a->fields->state;

	return state->id == 0 && state->reference[0] == '\0' ? "" : case_name(a->arena, state);
}

static const char *
stage_text(const struct asking *a)
{
	return a->strand == NULL ? "" : called(a, a->strand->stage);
}

static const char *
strand_text(const struct asking *a)
{
	return a->strand == NULL ? "" : called(a, a->strand->name);
}

static const char *
began_text(const struct asking *a)
{
	if (a->strand != NULL)
		return instant_text(a->arena, a->strand->began);
	return instant_text(a->arena, a->fields->state->opened);
}

/* What is asked, as the subject of the mail that asked it says: "which officer?" */
static const char *
question_text(const struct asking *a)
{
	const struct case_state *state = a->fields->state;
	const struct pack *pack = a->fields->pack;
	const struct question *rules = NULL;
	const struct template *template;
	const char *subject, *text;

	for (size_t i = 0; a->fields->mail != NULL && i < state->question_count; i++)
		if (state->questions[i].no == a->fields->mail->question)
			rules = pack_question(pack, state->questions[i].name);
	if (rules == NULL)
		return "";
	template = strcmp(rules->template, "question") == 0 ? NULL : pack_template(pack, rules->template);
	subject = template == NULL || template->subject == NULL ? "" : template->subject;
	text = strstr(subject, "{ref}: ");
	text = text == NULL ? "" : text + strlen("{ref}: ");
	return text[0] == '\0' || strchr(text, '{') != NULL ? called(a, rules->name) : text;
}

static const char *
title_text(const struct asking *a)
{
	return a->fields->pack->title == NULL ? "" : a->fields->pack->title;
}

static const char *
mailbox_text(const struct asking *a)
{
	const struct world *world = a->fields->world;

	return world == NULL || world->mailbox == NULL ? "" : world->mailbox;
}

static const struct {
	const char	*name;
	const char	*(*text)(const struct asking *);
} own_fields[] = {
	{ "ref", ref_text }, { "wants", wants_text }, { "due", due_text }, { "chased", chased_text },
	{ "last-reminded", last_reminded_text }, { "note", note_text }, { "answers", answers_text },
	{ "began", began_text }, { "service", service_text }, { "state", stage_text },
	{ "stage", stage_text }, { "strand", strand_text }, { "their-documents", documents_text },
	{ "wanted-missing", wanted_missing_text }, { "title", title_text }, { "mailbox", mailbox_text },
	{ "choices", choices_text }, { "since", since_text }, { "by", by_text }, { "question", question_text },
};

static const char *
own_field(const struct asking *a, const char *name)
{
	const struct outgoing *mail = a->fields->mail;

	if (mail != NULL && mail->extra_field != NULL && strcmp(mail->extra_field, name) == 0)
		return mail->extra_value == NULL ? "" : mail->extra_value;
	for (size_t i = 0; i < sizeof(own_fields) / sizeof(own_fields[0]); i++)
		if (strcmp(own_fields[i].name, name) == 0)
			return own_fields[i].text(a);
	return pack_text(a->fields->pack, name);
}

/* ---- Dates, questions, facts */

static bool
is_date_name(const struct pack *pack, const char *name)
{
	static const char *const ready_made[] = { "received", "entered", "asked", "today", "last-heard" };

	for (size_t i = 0; i < sizeof(ready_made) / sizeof(ready_made[0]); i++)
		if (strcmp(ready_made[i], name) == 0)
			return true;
	return pack_deadline(pack, name) != NULL || pack_kind(pack, name) != NULL ||
	    pack_question(pack, name) != NULL;
}

/* A fact of the same name that is no date goes before: "involvement" may be one. */
static const char *
date_field(const struct asking *a, const char *name)
{
	struct dates_query query = dates_query_of(a);
	const char *fact;
	dayno day;

	if (!is_date_name(a->fields->pack, name))
		return NULL;
	day = dates_named(a->arena, &query, name);
	if (day != DAY_NONE)
		return day_text(a->arena, day);
	fact = case_fact_value(a->fields->state, a->no, name);
	return fact == NULL ? "" : value_text(a, fact);
}

static bool
row_sets(const struct rows *rows, const char *name)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct row *row = &rows->v[i];

		if (row->starts != NULL && strcmp(row->starts, name) == 0)
			return true;
		for (size_t j = 0; j < row->act_count; j++)
			for (size_t k = 0; k < row->acts[j].set_count; k++)
				if (strcmp(row->acts[j].sets[k].fact, name) == 0)
					return true;
		if (row->command != NULL && strs_has(pattern_holes(row->command), name))
			return true;
	}
	return false;
}

static bool
strand_sets(const struct strand *strand, const char *name)
{
	for (size_t i = 0; i < strand->stage_count; i++)
		if (row_sets(&strand->stages[i].entry, name) || row_sets(&strand->stages[i].choose, name) ||
		    row_sets(&strand->stages[i].on, name))
			return true;
	return row_sets(&strand->begins, name) || row_sets(&strand->always, name);
}

static bool
mail_tells(const struct pack *pack, const char *name)
{
	for (size_t i = 0; i < pack->kind_count; i++)
		for (size_t j = 0; j < pack->kinds[i].extract_count; j++)
			if (strcmp(pack->kinds[i].extracts[j].fact, name) == 0)
				return true;
	for (size_t i = 0; i < pack->question_count; i++)
		for (size_t j = 0; j < pack->questions[i].answer_count; j++)
			if (strs_has(pattern_holes(pack->questions[i].answers[j].pattern), name))
				return true;
	return pack_value_fact(pack, name) != NULL;
}

/* Somewhere in the pack, or in the daemon itself, this fact can become known. */
static bool
may_be_fact(const struct pack *pack, const char *name)
{
	static const char *const common[] = { "child-name", "date-of-birth", "nhs-number", "upn",
	    "reference", "received", "marking", "worker", "closed-on", "involvement", "words",
	    "words-by", "sender", "back-on", "their-text", "flags" };

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (strcmp(common[i], name) == 0)
			return true;
	for (size_t i = 0; i < pack->strand_count; i++)
		if (strand_sets(&pack->strands[i], name))
			return true;
	return strs_has(&pack->wanted, name) || row_sets(&pack->always, name) || mail_tells(pack, name);
}

static const char *
fact_field(const struct asking *a, const char *name)
{
	const char *value = case_fact_value(a->fields->state, a->no, name);

	if (value != NULL)
		return value_text(a, value);
	return may_be_fact(a->fields->pack, name) ? "" : NULL;
}

static const char *
field(const struct asking *a, const char *name)
{
	const char *value = own_field(a, name);

	if (value == NULL)
		value = date_field(a, name);
	if (value == NULL)
		value = role_field(a, name);
	if (value == NULL)
		value = fact_field(a, name);
	return value;
}

/* ---- The source */

/* These hold lists of ours, in which others are quoted; the note about what waits is its reason, and that is quoted whole. */
static bool
has_lists(const struct asking *a, const char *name)
{
	return strcmp(name, "choices") == 0 || (strcmp(name, "note") == 0 && a->fields->mail != NULL && a->fields->mail->triage == 0);
}

struct field_said {
	const char	*name, *value;	/* name: the template's own */
};

/* A template asks whether there is such a field, and then for it, in subject and body. */
static const char *
field_once(struct fields *fields, struct arena *arena, int strand, const char *name)
{
	struct asking a = asking_of(fields, strand < 0 && fields->arena != NULL ? fields->arena : arena, strand);
	struct field_said *said;

	if (strand >= 0 || fields->arena == NULL)
		return field(&a, name);
	for (size_t i = 0; i < fields->said_count; i++)
		if (strcmp(fields->said[i].name, name) == 0)
			return fields->said[i].value;
	said = arena_push(fields->arena, fields->said, fields->said_count);
	*said = (struct field_said){ arena_strdup(fields->arena, name), NULL };
	return said->value = field(&a, name);
}

static const char *
source_field(void *ctx, struct arena *arena, int strand, const char *name)
{
	struct asking a = asking_of(ctx, arena, strand);
	const char *value = field_once(ctx, arena, strand, name);

	if (value == NULL || value == pack_text(a.fields->pack, name))
		return value;
	return has_lists(&a, name) ? literal_links(arena, value) : literal_all(arena, value);
}

static bool
source_holds(void *ctx, int strand, const char *condition)
{
	struct fields *fields = ctx;
	struct arena *arena = fields->arena != NULL ? fields->arena : arena_new();
	struct asking a = asking_of(fields, arena, strand);
	struct cond_query query = {
		.pack = fields->pack, .world = fields->world, .state = fields->state,
		.strand = a.no, .now = fields->now,
	};
	const char *value;
	bool holds;

	if (pack_condition(fields->pack, condition) != NULL) {
		holds = condition_named_holds(arena, &query, condition);
	} else {
		value = field_once(fields, arena, strand, condition);
		holds = value != NULL && value[0] != '\0' && !str_same(value, "no");
	}
	if (arena != fields->arena)
		arena_free(&arena);
	return holds;
}

static int
source_strand(void *ctx, const char *name, int nth)
{
	const struct fields *fields = ctx;

	for (size_t i = 0; i < fields->state->strand_count; i++)
		if (strcmp(fields->state->strands[i].name, name) == 0 && nth-- == 0)
			return (int)i;
	return -1;
}

struct template_source
fields_source(struct fields *fields)
{
	return (struct template_source){
		.ctx = fields, .field = source_field, .holds = source_holds, .strand = source_strand,
	};
}
